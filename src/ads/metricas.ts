/** Lo que se suma de un anuncio, un día o una cuenta. `gasto` en la moneda de la cuenta. */
export interface Sumas {
  gasto: number;
  impresiones: number;
  clics: number;
  conversaciones: number;
}

/** Lo que se divide. `null` cuando no hay entre qué dividir: un cero sería mentira. */
export interface Razones {
  /** Clics por cada cien impresiones. */
  ctr: number | null;
  cpc: number | null;
  /** Costo de mil impresiones. */
  cpm: number | null;
  costo_conversacion: number | null;
}

export type Metrica = keyof Sumas | keyof Razones | 'alcance';

export const METRICAS: readonly Metrica[] = [
  'gasto',
  'impresiones',
  'alcance',
  'clics',
  'ctr',
  'cpc',
  'cpm',
  'conversaciones',
  'costo_conversacion',
];

/** Las que cuestan: que bajen es bueno. El gasto no es bueno ni malo por sí mismo. */
export const MEJOR_BAJA: ReadonlySet<Metrica> = new Set(['cpc', 'cpm', 'costo_conversacion']);

export const CERO: Sumas = { gasto: 0, impresiones: 0, clics: 0, conversaciones: 0 };

/** CTR, CPC, CPM y costo por conversación a partir de las sumas: nunca el promedio de promedios. */
export function razones(s: Sumas): Razones {
  return {
    ctr: dividir(s.clics * 100, s.impresiones),
    cpc: dividir(s.gasto, s.clics),
    cpm: dividir(s.gasto * 1000, s.impresiones),
    costo_conversacion: dividir(s.gasto, s.conversaciones),
  };
}

/** Suma de muchas, con el gasto en centésimos enteros: sumar decimales de punto flotante deja centavos de más. */
export function sumar(lista: Iterable<Sumas>): Sumas {
  let centesimos = 0;
  const t = { ...CERO };
  for (const s of lista) {
    centesimos += Math.round(s.gasto * 100);
    t.impresiones += s.impresiones;
    t.clics += s.clics;
    t.conversaciones += s.conversaciones;
  }
  return { ...t, gasto: centesimos / 100 };
}

/** Cambio en por ciento contra lo anterior; `null` si antes no había nada (no existe «infinito por ciento»). */
export function cambio(ahora: number | null, antes: number | null): number | null {
  if (ahora === null || antes === null || antes === 0) return null;
  return ((ahora - antes) / antes) * 100;
}

function dividir(a: number, b: number): number | null {
  return b > 0 ? a / b : null;
}
