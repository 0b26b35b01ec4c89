/**
 * Días civiles (`2026-11-16`) y periodos de anuncios. Meta cierra el día en la zona de la cuenta, así que aquí no hay
 * horas: sólo calendario. Un cambio de horario no alarga ni acorta una semana.
 */

export type Dia = string;

/** Con los dos extremos incluidos. */
export interface Periodo {
  desde: Dia;
  hasta: Dia;
}

export type Cadencia = 'diario' | 'semanal' | 'mensual';

/** Los rangos que ofrece el panel; `rango` usa las fechas escritas. */
export const RANGOS = ['7d', '28d', '90d', 'semana', 'mes', 'mes_pasado', 'ano', 'rango'] as const;
export type Rango = (typeof RANGOS)[number];

const DIA_MS = 86_400_000;

/** El mismo día más (o menos) `n` días. */
export function mover(dia: Dia, n: number): Dia {
  return new Date(Date.parse(`${dia}T00:00:00Z`) + n * DIA_MS).toISOString().slice(0, 10);
}

/** Cuántos días abarca, con los dos extremos. */
export function largo({ desde, hasta }: Periodo): number {
  return Math.round((Date.parse(`${hasta}T00:00:00Z`) - Date.parse(`${desde}T00:00:00Z`)) / DIA_MS) + 1;
}

/** Todos los días del periodo, en orden. */
export function diasDe(p: Periodo): Dia[] {
  return Array.from({ length: Math.max(0, largo(p)) }, (_, i) => mover(p.desde, i));
}

/** El periodo de un rango del panel, hasta ayer: el día en curso aún no dice nada. `hoy` es el día en la zona de la cuenta. */
export function periodoDe(rango: Exclude<Rango, 'rango'>, hoy: Dia): Periodo {
  const ayer = mover(hoy, -1);
  switch (rango) {
    case '7d':
      return { desde: mover(hoy, -7), hasta: ayer };
    case '28d':
      return { desde: mover(hoy, -28), hasta: ayer };
    case '90d':
      return { desde: mover(hoy, -90), hasta: ayer };
    case 'semana':
      return periodoAnterior('semanal', hoy);
    case 'mes':
      // El día primero aún no hay nada del mes: se muestra ese día y no un rango al revés.
      return { desde: primeroDeMes(hoy), hasta: ayer < primeroDeMes(hoy) ? hoy : ayer };
    case 'mes_pasado':
      return periodoAnterior('mensual', hoy);
    case 'ano':
      return { desde: mover(hoy, -365), hasta: ayer };
  }
}

/** El último periodo completo antes de `hoy`: ayer, la semana de lunes a domingo o el mes calendario. */
export function periodoAnterior(cadencia: Cadencia, hoy: Dia): Periodo {
  if (cadencia === 'diario') return { desde: mover(hoy, -1), hasta: mover(hoy, -1) };
  if (cadencia === 'semanal') {
    const lunes = mover(hoy, -diaDeLaSemana(hoy));
    return { desde: mover(lunes, -7), hasta: mover(lunes, -1) };
  }
  const hasta = mover(primeroDeMes(hoy), -1);
  return { desde: primeroDeMes(hasta), hasta };
}

/** Contra qué se compara: el mes calendario de antes si el periodo es un mes completo; si no, los mismos días justo antes. */
export function comparado(p: Periodo): Periodo {
  const hasta = mover(p.desde, -1);
  if (
    p.desde === primeroDeMes(p.desde) &&
    mover(p.hasta, 1) === primeroDeMes(mover(p.hasta, 1)) &&
    largo(p) <= 31
  )
    return { desde: primeroDeMes(hasta), hasta };
  return { desde: mover(hasta, 1 - largo(p)), hasta };
}

/** El último segundo de ese día en esa zona, como instante ISO. */
export function finDelDia(dia: Dia, zona: string): string {
  const pared = Date.parse(`${dia}T23:59:59Z`);
  // La diferencia de la zona se mide ya corrida: cerca de un cambio de horario la de la primera vuelta es otra.
  const primero = pared - diferencia(pared, zona);
  return new Date(pared - diferencia(primero, zona)).toISOString();
}

/** Cuánto va adelante del UTC el reloj de esa zona en ese instante, en ms. */
function diferencia(instante: number, zona: string): number {
  const partes = new Intl.DateTimeFormat('en-US', {
    timeZone: zona,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instante);
  const n = (tipo: string) => Number(partes.find((x) => x.type === tipo)?.value);
  return (
    Date.UTC(n('year'), n('month') - 1, n('day'), n('hour'), n('minute'), n('second')) -
    Math.floor(instante / 1000) * 1000
  );
}

/** 0 = lunes … 6 = domingo. */
export function diaDeLaSemana(dia: Dia): number {
  return (new Date(`${dia}T00:00:00Z`).getUTCDay() + 6) % 7;
}

function primeroDeMes(dia: Dia): Dia {
  return `${dia.slice(0, 8)}01`;
}
