import type { Contexto } from '../contexto.ts';
import type { SesionMeta } from '../integraciones/meta_sesion.ts';
import { type ClaseErrorMeta, ErrorMeta, explicarErrorMeta } from '../integraciones/meta_errores.ts';
import type { CambiarEnMeta, EstadoObjeto, PeticionCambio, ResultadoCambio } from './cambios.ts';
import { credencialDe } from './cuentas/consultas.ts';
import { abrirPermiso } from './cuentas/permiso.ts';
import { finDelDia } from './periodos.ts';

type Piezas = Pick<Contexto, 'bd' | 'config' | 'meta' | 'registrarError'>;

/**
 * Escribe un cambio en Meta y pregunta cómo quedó. Nunca se repite solo: si no se supo, se lee; si lo leído es lo pedido,
 * quedó; si es otra cosa, no quedó; si tampoco se pudo leer, es incierto y así se dice.
 */
export function crearCambiarEnMeta(ctx: Piezas): CambiarEnMeta {
  return async (p) => {
    const c = await credencialDe(ctx.bd.servicio, p.nombre_nora, p.cuenta_id);
    if (!c) return { ok: false, clase: 'rechazado', motivo: 'La cuenta ya no está conectada.' };
    let meta: SesionMeta;
    try {
      meta = ctx.meta.conToken(abrirPermiso(ctx, p.nombre_nora, c));
    } catch {
      return { ok: false, clase: 'rechazado', motivo: explicarErrorMeta('token', '', 'persona') };
    }
    const moneda = c.moneda ?? '';
    const ajeno = await cambiadoFuera(meta, p, moneda);
    if (ajeno) return { ok: false, clase: 'rechazado', motivo: ajeno };
    const falla = await escribir(meta, p, moneda, c.zona ?? 'UTC');
    if (falla && NO_QUEDO.has(falla.clase))
      return {
        ok: false,
        clase: 'rechazado',
        motivo: explicarErrorMeta(falla.clase, falla.message, 'persona'),
      };
    return comprobar(ctx, meta, p, moneda, c.zona ?? 'UTC', falla);
  };
}

/** Con éstas Meta dijo que no; con las demás pudo haber quedado y hay que leerlo. */
const NO_QUEDO: ReadonlySet<ClaseErrorMeta> = new Set(['token', 'permiso', 'limite', 'no_existe', 'rechazo']);

/** Antes de escribir se mira: la confirmación nombró un valor viejo, y ése tiene que seguir siendo el de Meta. */
async function cambiadoFuera(meta: SesionMeta, p: PeticionCambio, moneda: string): Promise<string | null> {
  try {
    const hoy = await meta.leerObjeto(p.nivel, p.id, moneda);
    const igual = (Object.keys(p.cambio) as (keyof EstadoObjeto)[]).every((campo) =>
      campo === 'fin'
        ? Date.parse(hoy.fin ?? '') === Date.parse(p.actual.fin ?? '') || (!hoy.fin && !p.actual.fin)
        : hoy[campo] === p.actual[campo],
    );
    return igual
      ? null
      : 'Alguien lo cambió en Meta después de la última sincronización. Sincroniza la cuenta, mira el valor nuevo y decide de nuevo.';
  } catch (error) {
    if (error instanceof ErrorMeta) return explicarErrorMeta(error.clase, error.message, 'persona');
    throw error;
  }
}

async function escribir(
  meta: SesionMeta,
  p: PeticionCambio,
  moneda: string,
  zona: string,
): Promise<ErrorMeta | null> {
  const { estado, presupuesto_diario, presupuesto_total, fin } = p.cambio;
  try {
    await meta.cambiar(
      p.nivel,
      p.id,
      {
        ...(estado && { estado: estado === 'PAUSED' ? 'PAUSED' : 'ACTIVE' }),
        ...(typeof presupuesto_diario === 'number' && { presupuesto_diario }),
        ...(typeof presupuesto_total === 'number' && { presupuesto_total }),
        ...(fin !== undefined && { fin: fin && finDelDia(fin, zona) }),
      },
      moneda,
    );
    return null;
  } catch (error) {
    if (error instanceof ErrorMeta) return error;
    throw error;
  }
}

async function comprobar(
  ctx: Piezas,
  meta: SesionMeta,
  p: PeticionCambio,
  moneda: string,
  zona: string,
  falla: ErrorMeta | null,
): Promise<ResultadoCambio> {
  let leido: EstadoObjeto & { puesto: string };
  try {
    leido = await meta.leerObjeto(p.nivel, p.id, moneda);
  } catch (error) {
    await ctx.registrarError('Meta', error, p.nombre_nora, 'ads_cambios');
    return {
      ok: false,
      clase: 'incierto',
      motivo:
        'Meta no dijo cómo quedó. Ábrelo en el administrador de anuncios antes de volver a intentarlo; en la siguiente sincronización se verá aquí.',
    };
  }
  if (quedo(p, leido, zona)) {
    const { puesto: _puesto, ...estado } = leido;
    return {
      ok: true,
      leido: {
        estado: estado.estado,
        presupuesto_diario: estado.presupuesto_diario,
        presupuesto_total: estado.presupuesto_total,
        fin: estado.fin,
      },
    };
  }
  return {
    ok: false,
    clase: 'rechazado',
    motivo: falla
      ? `El valor sigue como estaba. ${explicarErrorMeta(falla.clase, falla.message, 'persona')}`
      : 'Meta dijo que sí, pero al volver a leerlo el valor sigue siendo otro.',
  };
}

function quedo(p: PeticionCambio, leido: EstadoObjeto & { puesto: string }, zona: string): boolean {
  const { estado, presupuesto_diario, presupuesto_total, fin } = p.cambio;
  // Lo que se pidió es `status`; el estado que se ve puede ser otro (campaña en pausa, en revisión).
  if (estado !== undefined && leido.puesto !== estado) return false;
  if (presupuesto_diario !== undefined && leido.presupuesto_diario !== presupuesto_diario) return false;
  if (presupuesto_total !== undefined && leido.presupuesto_total !== presupuesto_total) return false;
  if (fin !== undefined) {
    const pedido = fin ? Date.parse(finDelDia(fin, zona)) : null;
    if ((leido.fin ? Date.parse(leido.fin) : null) !== pedido) return false;
  }
  return true;
}
