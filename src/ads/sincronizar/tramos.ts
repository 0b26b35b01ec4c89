import { comparado, diaDeLaSemana, mover, type Periodo, periodoAnterior, periodoDe } from '../periodos.ts';

/** Meta corrige lo ya contado durante cuatro semanas. */
export const RECIENTES = 28;
/** Trece meses: alcanza para comparar un mes con el mismo del año pasado. */
export const HISTORIA = 400;
/** Renglones que se piden y guardan de una vez; por encima, la memoria crecería con la cuenta. */
const RENGLONES_POR_TRAMO = 20_000;
const PLATAFORMAS = 2;
const MAXIMO_TRAMO = 7;
const MAXIMO_INFORME = 30;

export interface Tramo extends Periodo {
  /** Más viejo que lo que Meta corrige: se pide como informe en segundo plano. */
  viejo: boolean;
}

/**
 * Parte los días que faltan en tramos seguidos. Los recientes van de a pocos días y por llamada directa; los viejos, por
 * mes y en informe. Con muchos anuncios un tramo es un solo día.
 * @param dias del más nuevo al más viejo, como los da la base
 */
export function tramosDe(dias: readonly string[], recientes: string, anuncios: number): Tramo[] {
  const caben = Math.max(1, Math.floor(RENGLONES_POR_TRAMO / Math.max(1, anuncios * PLATAFORMAS)));
  const tramos: Tramo[] = [];
  let actual: Tramo | null = null;
  for (const dia of dias) {
    const viejo = dia < recientes;
    const maximo = Math.min(caben, viejo ? MAXIMO_INFORME : MAXIMO_TRAMO);
    if (
      actual &&
      actual.viejo === viejo &&
      mover(actual.desde, -1) === dia &&
      mover(dia, maximo) > actual.hasta
    )
      actual.desde = dia;
    else tramos.push((actual = { desde: dia, hasta: dia, viejo }));
  }
  return tramos;
}

/** Las ventanas exactas que el panel y los reportes preguntan por alcance, sin repetir. */
export function ventanasDe(hoy: string): Periodo[] {
  const propias: Periodo[] = [
    ...(['7d', '28d', '90d', 'semana', 'mes', 'mes_pasado', 'ano'] as const).map((r) => periodoDe(r, hoy)),
    periodoAnterior('diario', hoy),
    periodoAnterior('semanal', mover(hoy, -diaDeLaSemana(hoy))),
  ];
  const todas = new Map<string, Periodo>();
  // La del día primero aún no termina.
  for (const p of propias)
    for (const v of [p, comparado(p)]) if (v.hasta < hoy) todas.set(`${v.desde}:${v.hasta}`, v);
  return [...todas.values()];
}
