import type { Contexto } from '../../contexto.ts';
import { describirError } from '../../errores.ts';
import { PERMISO_CAMBIAR, PERMISO_LEER } from '../../integraciones/meta.ts';
import { ErrorMeta, traducirError } from '../../integraciones/meta_errores.ts';
import { type CuentaPorRevisar, cuentasPorRevisar, guardarRevision } from './consultas.ts';
import { abrirPermiso, guardarPermiso } from './permiso.ts';

type Piezas = Pick<Contexto, 'bd' | 'config' | 'meta' | 'registrarError'>;

const DIA_MS = 86_400_000;
/** Un permiso de 60 días se cambia por otro cuando le quedan menos de éstos: los vencidos ya no se pueden cambiar. */
const RENOVAR_DIAS = 30;

export interface Revisado {
  cuenta: string;
  nora: string;
  estado: string;
  renovado: boolean;
  /** Por qué no se pudo revisar; el estado guardado no se toca. */
  falla: string | null;
}

/** Pregunta a Meta por cada permiso, renueva los que pueden renovarse y apunta cómo quedaron. */
export async function revisarTokens(ctx: Piezas): Promise<Revisado[]> {
  const hechos: Revisado[] = [];
  for (let despues: string | null = null; ; ) {
    const pagina = await cuentasPorRevisar(ctx.bd.servicio, despues);
    for (const c of pagina) hechos.push(await revisarToken(ctx, c));
    const ultima = pagina.at(-1);
    if (!ultima) return hechos;
    despues = ultima.id;
  }
}

async function revisarToken(ctx: Piezas, c: CuentaPorRevisar): Promise<Revisado> {
  const r: Revisado = {
    cuenta: c.nombre,
    nora: c.nombre_nora,
    estado: c.estado,
    renovado: false,
    falla: null,
  };
  try {
    const token = abrirPermiso(ctx, c.nombre_nora, c);
    const estado = await ctx.meta.revisarToken(token);
    let nuevo: { token: string } | null = null;
    const dias = estado.muere ? (estado.muere.getTime() - Date.now()) / DIA_MS : Infinity;
    if (estado.valido && c.token && estado.tipo === 'USER' && dias < RENOVAR_DIAS && ctx.meta.conLogin)
      nuevo = await ctx.meta.alargar(token).catch(async (error: unknown) => {
        // Con el de ahora se puede seguir: se avisa y se intenta otra vez mañana.
        await ctx.registrarError(
          'Meta',
          `No se pudo renovar el permiso de ${c.nombre}: ${describirError(error)}`,
          c.nombre_nora,
          'ads_tokens',
        );
        return null;
      });
    // Cambiar el permiso no alarga el acceso a los datos: la fecha que vale es la que Meta diga del nuevo.
    const ahora = nuevo ? await ctx.meta.revisarToken(nuevo.token) : estado;
    const alcanza = [PERMISO_LEER, PERMISO_CAMBIAR].some((p) => ahora.permisos.includes(p));
    const guardado = await guardarRevision(ctx.bd.servicio, c, {
      viejo: c.token,
      token: nuevo && guardarPermiso(ctx, c.nombre_nora, nuevo.token),
      expira: ahora.vence,
      valido: ahora.valido,
      sin_permiso: ahora.valido && !alcanza,
      permisos: ahora.valido ? ahora.permisos : null,
    });
    r.renovado = nuevo !== null && guardado !== null;
    r.estado = guardado?.ahora ?? r.estado;
    if (guardado && guardado.antes !== guardado.ahora) await avisar(ctx, c, guardado.ahora);
  } catch (error) {
    const falla = error instanceof ErrorMeta ? traducirError(error) : null;
    if (falla?.clase === 'token') {
      const guardado = await guardarRevision(ctx.bd.servicio, c, {
        viejo: c.token,
        token: null,
        expira: c.expira ? new Date(c.expira) : null,
        valido: false,
        sin_permiso: false,
        permisos: null,
      });
      r.estado = guardado?.ahora ?? r.estado;
      if (guardado && guardado.antes !== guardado.ahora) await avisar(ctx, c, guardado.ahora);
    } else {
      r.falla = describirError(error);
      await ctx.registrarError('Meta', error, c.nombre_nora, 'ads_tokens');
    }
  }
  return r;
}

const AVISOS: Readonly<Record<string, string>> = {
  por_vencer:
    'el permiso de Meta vence en menos de siete días. Vuelve a conectar la cuenta para no perder días.',
  vencida: 'el permiso de Meta venció o se retiró. No se sincroniza ni salen reportes hasta reconectarla.',
  sin_permiso:
    'el permiso de Meta ya no deja leer sus anuncios. Vuelve a conectarla con los permisos completos.',
};

async function avisar(ctx: Piezas, c: CuentaPorRevisar, estado: string): Promise<void> {
  const aviso = AVISOS[estado];
  if (aviso) await ctx.registrarError('Meta', `${c.nombre}: ${aviso}`, c.nombre_nora, 'ads_tokens');
}
