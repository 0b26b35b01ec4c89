import type { Nivel } from '../modulos/ads/esquemas.ts';
import { finDelDia } from './periodos.ts';

/** Lo que se puede cambiar de un objeto y como queda; montos en la moneda de la cuenta. */
export interface EstadoObjeto {
  estado: string | null;
  presupuesto_diario: number | null;
  presupuesto_total: number | null;
  /** Instante ISO; en un cambio, el día en la zona de la cuenta. null = sin fecha de fin. */
  fin: string | null;
}

export interface PeticionCambio {
  nombre_nora: string;
  cuenta_id: string;
  nivel: Nivel;
  id: string;
  /** Lo que la persona vio antes de confirmar. */
  actual: EstadoObjeto;
  cambio: Partial<EstadoObjeto>;
}

/** `leido` es lo que Meta dice que quedó, preguntado después de escribir. */
export type ResultadoCambio =
  | { ok: true; leido: EstadoObjeto }
  | { ok: false; clase: 'rechazado' | 'incierto'; motivo: string };

/** Quien escribe en Meta y vuelve a leer; lo pone la integración. */
export type CambiarEnMeta = (p: PeticionCambio) => Promise<ResultadoCambio>;

/**
 * Hace un cambio y dice cómo quedó. En una cuenta de demostración no hay Meta detrás: el cambio es sólo de la copia.
 */
export async function cambiarObjeto(
  p: PeticionCambio,
  demo: boolean,
  zona: string,
  enMeta: CambiarEnMeta,
): Promise<ResultadoCambio> {
  if (demo) {
    const fin = p.cambio.fin ? { fin: finDelDia(p.cambio.fin, zona) } : {};
    return { ok: true, leido: { ...p.actual, ...p.cambio, ...fin } };
  }
  return enMeta(p);
}
