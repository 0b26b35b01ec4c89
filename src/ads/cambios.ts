import type { Nivel } from '../modulos/ads/esquemas.ts';

/** Lo que se puede cambiar de un objeto y como queda; montos en la moneda de la cuenta. */
export interface EstadoObjeto {
  estado: string | null;
  presupuesto_diario: number | null;
  presupuesto_total: number | null;
  /** Instante ISO o día; null = sin fecha de fin. */
  fin: string | null;
}

export interface PeticionCambio {
  nombre_nora: string;
  cuenta_id: string;
  nivel: Nivel;
  id: string;
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
  actual: EstadoObjeto,
  demo: boolean,
  enMeta: CambiarEnMeta | null,
): Promise<ResultadoCambio> {
  if (demo) return { ok: true, leido: { ...actual, ...p.cambio } };
  if (!enMeta)
    return {
      ok: false,
      clase: 'rechazado',
      motivo: 'Esta instalación no tiene conexión con Meta para hacer cambios.',
    };
  return enMeta(p);
}
