import { cuantos, numero } from '../../web/fechas.ts';
import type { DiaMensajes } from './consultas.ts';

/** Una columna lista para dibujar; `x`, `y`, `ancho` y `alto` en por ciento: la gráfica se estira sin deformarse. */
export interface Columna {
  x: number;
  ancho: number;
  total: { y: number; alto: number };
  ia: { y: number; alto: number };
  etiqueta: string;
  /** Mes bajo el número, sólo en la primera columna y al cambiar de mes. */
  mes: string;
  titulo: string;
  recibidos: string;
  respondidos: string;
  fecha: string;
}

export interface Grafica {
  columnas: Columna[];
  /** Números del eje, de arriba abajo y a la misma distancia. */
  marcas: string[];
  resumen: string;
  vacia: boolean;
}

/** Parte de cada día que queda libre entre barras. */
const HUECO = 0.36;
/** Un día con un solo mensaje también debe verse. */
const ALTO_MINIMO = 1.6;

const mesCorto = new Intl.DateTimeFormat('es-MX', { month: 'short', timeZone: 'UTC' });
const diaLargo = new Intl.DateTimeFormat('es-MX', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  timeZone: 'UTC',
});

/** Calcula las barras de mensajes por día: la alta son los recibidos, la de color las respuestas de Nora. */
export function dibujarDias(dias: readonly DiaMensajes[]): Grafica {
  const tope = redondearTope(Math.max(0, ...dias.map((d) => Math.max(d.recibidos, d.ia))));
  const paso = 100 / Math.max(1, dias.length);
  const recibidos = dias.reduce((suma, d) => suma + d.recibidos, 0);
  const ia = dias.reduce((suma, d) => suma + d.ia, 0);
  return {
    columnas: dias.map((d, i) => dibujarColumna(d, i, paso, tope)),
    marcas: [tope, tope / 2, 0].map(numero),
    resumen: `${cuantos(recibidos, 'mensaje recibido', 'mensajes recibidos')} y ${cuantos(ia, 'respuesta', 'respuestas')} de Nora en ${dias.length} días`,
    vacia: recibidos + ia === 0,
  };
}

function dibujarColumna(d: DiaMensajes, i: number, paso: number, tope: number): Columna {
  const fecha = new Date(`${d.dia}T00:00:00Z`);
  const ancho = paso * (1 - HUECO);
  const barra = (valor: number): { y: number; alto: number } => {
    const alto = valor === 0 ? 0 : Math.max(ALTO_MINIMO, (valor / tope) * 100);
    return { y: redondear(100 - alto), alto: redondear(alto) };
  };
  const largo = diaLargo.format(fecha).replace(',', '');
  return {
    x: redondear(i * paso + (paso - ancho) / 2),
    ancho: redondear(ancho),
    total: barra(d.recibidos),
    ia: barra(d.ia),
    etiqueta: String(fecha.getUTCDate()),
    mes: i === 0 || fecha.getUTCDate() === 1 ? mesCorto.format(fecha).replace('.', '') : '',
    titulo: `${largo}: ${cuantos(d.recibidos, 'recibido', 'recibidos')}, ${cuantos(d.ia, 'respondido', 'respondidos')} por Nora`,
    recibidos: numero(d.recibidos),
    respondidos: numero(d.ia),
    fecha: largo,
  };
}

/** El siguiente número redondo cuya mitad también lo es. */
function redondearTope(maximo: number): number {
  if (maximo <= 4) return 4;
  const base = 10 ** Math.floor(Math.log10(maximo));
  for (const factor of [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10]) {
    const tope = factor * base;
    if (tope >= maximo && Number.isInteger(tope / 2)) return tope;
  }
  return base * 10;
}

function redondear(n: number): number {
  return Math.round(n * 100) / 100;
}
