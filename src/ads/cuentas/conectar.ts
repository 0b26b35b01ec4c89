import type { Contexto } from '../../contexto.ts';
import type { ClienteBd } from '../../datos/clientes.ts';
import { ErrorApp } from '../../errores.ts';
import { PERMISO_CAMBIAR, PERMISO_LEER } from '../../integraciones/meta.ts';
import { ErrorMeta, explicarErrorMeta } from '../../integraciones/meta_errores.ts';
import { guardarConexion } from './consultas.ts';
import { guardarPermiso } from './permiso.ts';

type Piezas = Pick<Contexto, 'config' | 'meta'>;

const DIA_MS = 86_400_000;

interface Quien {
  nombre_nora: string;
  bd: ClienteBd;
  usuario: string;
}

/** La dirección a la que Meta regresa; hay que registrarla tal cual en la aplicación de Meta. */
export function direccionDeRegreso({ config }: Pick<Contexto, 'config'>): string {
  return `${config.urlPublica}/ads/facebook`;
}

/** Canjea lo que trajo Facebook por un permiso largo y guarda lo que deja ver. Devuelve la conexión por elegir. */
export async function conectarConCodigo(
  ctx: Piezas,
  quien: Quien,
  p: { codigo: string; verificador: string },
): Promise<string> {
  return explicando(async () => {
    const corto = await ctx.meta.canjearCodigo({ ...p, regreso: direccionDeRegreso(ctx) });
    // Con la configuración de empresas el código ya da un permiso largo, o uno de sistema que no se alarga.
    const corta = corto.vence !== null && corto.vence.getTime() - Date.now() < DIA_MS;
    const { token } = corta ? await ctx.meta.alargar(corto.token) : corto;
    return guardarConToken(ctx, quien, token);
  });
}

/** Lo mismo con un permiso pegado, por lo común de un usuario de sistema. @throws ErrorApp 422 si no sirve */
export async function conectarConToken(ctx: Piezas, quien: Quien, token: string): Promise<string> {
  return explicando(() => guardarConToken(ctx, quien, token));
}

/** Con el permiso de la agencia: sólo para quien administra, porque deja ver las cuentas de todos sus clientes. */
export async function conectarConAgencia(ctx: Piezas, quien: Quien): Promise<string> {
  const { token } = ctx.config.meta;
  if (!token) throw new ErrorApp(409, 'sin_agencia', 'Esta instalación no tiene META_ACCESS_TOKEN.');
  return explicando(() => guardarConToken(ctx, quien, token, true));
}

async function guardarConToken(ctx: Piezas, quien: Quien, token: string, agencia = false): Promise<string> {
  const estado = await ctx.meta.revisarToken(token);
  if (!estado.valido) throw new ErrorMeta('token', 'El permiso no es válido.');
  if (![PERMISO_LEER, PERMISO_CAMBIAR].some((p) => estado.permisos.includes(p)))
    throw campo('Ese permiso no deja leer anuncios: le falta ads_read.');
  const sesion = ctx.meta.conToken(token);
  const cuentas = await sesion.cuentas();
  if (cuentas.length === 0)
    throw campo(
      'Ese permiso no ve ninguna cuenta de anuncios. Pide que te la asignen y vuelve a intentarlo.',
    );
  // Sin permiso de páginas se puede seguir: la página sólo adorna.
  const paginas = estado.permisos.includes('pages_show_list') ? await sesion.paginas() : [];
  return guardarConexion(
    quien.bd,
    {
      token: agencia ? null : guardarPermiso(ctx, quien.nombre_nora, token),
      expira: estado.vence,
      permisos: estado.permisos,
      cuentas,
      paginas,
    },
    quien.usuario,
  );
}

/** Lo que falla con Meta llega a la persona en sus palabras y sin el permiso. */
async function explicando<T>(hacer: () => Promise<T>): Promise<T> {
  try {
    return await hacer();
  } catch (error) {
    if (!(error instanceof ErrorMeta)) throw error;
    if (error.clase === 'token')
      throw campo('Meta dice que ese permiso no es válido o ya venció. Genera otro y vuelve a pegarlo.');
    throw new ErrorApp(
      error.reintentable ? 502 : 422,
      `meta_${error.clase}`,
      explicarErrorMeta(error.clase, error.message, 'persona'),
    );
  }
}

function campo(texto: string): ErrorApp {
  return new ErrorApp(422, 'datos', texto, { campos: { token: texto } });
}
