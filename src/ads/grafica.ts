import type { Formatos } from './formatos.ts';
import { sumar, type Sumas } from './metricas.ts';
import type { Dia } from './periodos.ts';

/** Una columna lista para dibujar; todo en por ciento para que la gráfica se estire sin deformarse. */
export interface ColumnaTendencia {
  x: number;
  ancho: number;
  y: number;
  alto: number;
  /** Centro de la columna y altura del punto de conversaciones. */
  cx: number;
  cy: number;
  etiqueta: string;
  titulo: string;
  dia: Dia;
  gasto: string;
  clics: string;
  conversaciones: string;
}

export interface Tendencia {
  columnas: ColumnaTendencia[];
  /** Marcas del eje de gasto, de arriba abajo. */
  marcas: string[];
  /** Marcas del eje de conversaciones, de arriba abajo. */
  marcasConversaciones: string[];
  resumen: string;
  vacia: boolean;
  /** Las columnas juntan siete días. */
  porSemana: boolean;
}

const MAXIMO_COLUMNAS = 92;
const HUECO = 0.3;
const ALTO_MINIMO = 1.4;

/** Gasto en barras y conversaciones en puntos; con más de 92 días junta de siete en siete. */
export function dibujarTendencia(
  dias: readonly (Sumas & { dia: Dia })[],
  f: Formatos,
  t: {
    semana: string;
    resumen: (gasto: string, conversaciones: string) => string;
    dia: (d: Sumas & { dia: Dia }) => string;
  },
): Tendencia {
  const porSemana = dias.length > MAXIMO_COLUMNAS;
  const partes = porSemana ? juntar(dias, 7) : dias.map((d) => ({ ...d, completa: true }));
  const total = sumar(dias);
  const tope = redondearTope(Math.max(0, ...partes.map((d) => d.gasto)));
  const topeConv = redondearTope(Math.max(0, ...partes.map((d) => d.conversaciones)));
  const paso = 100 / Math.max(1, partes.length);
  const ancho = paso * (1 - HUECO);
  const cada = Math.ceil(partes.length / 10);
  return {
    columnas: partes.map((d, i) => {
      const alto = d.gasto > 0 ? Math.max(ALTO_MINIMO, (d.gasto / tope) * 100) : 0;
      return {
        x: r2(i * paso + (paso - ancho) / 2),
        ancho: r2(ancho),
        y: r2(100 - alto),
        alto: r2(alto),
        cx: r2(i * paso + paso / 2),
        cy: r2(100 - (d.conversaciones / topeConv) * 100),
        etiqueta: i % cada === 0 ? f.dia(d.dia) : '',
        titulo: `${porSemana && d.completa ? `${t.semana} ` : ''}${t.dia(d)}`,
        dia: d.dia,
        gasto: f.dinero(d.gasto),
        clics: f.entero(d.clics),
        conversaciones: f.entero(d.conversaciones),
      };
    }),
    marcas: [tope, tope / 2, 0].map((n) => f.dinero(n).replace(/\.00$/, '')),
    marcasConversaciones: [topeConv, topeConv / 2, 0].map((n) => f.entero(n)),
    resumen: t.resumen(f.dinero(total.gasto), f.entero(total.conversaciones)),
    vacia: total.gasto === 0 && total.impresiones === 0,
    porSemana,
  };
}

/** La misma gráfica como SVG suelto, con colores fijos: la lleva el PDF. */
export function svgTendencia(g: Tendencia, ancho = 515, alto = 150): string {
  const [izq, der, abajo] = [52, 28, 18];
  const w = ancho - izq - der;
  const h = alto - abajo - 6;
  const px = (n: number): number => r2(izq + (n / 100) * w);
  const py = (n: number): number => r2(6 + (n / 100) * h);
  const texto = (x: number, y: number, t: string, ancla = 'middle'): string =>
    `<text x="${x}" y="${y}" font-size="7" fill="#6f6a78" text-anchor="${ancla}" font-family="Roboto">${escapar(t)}</text>`;
  const rayas = [0, 50, 100].map(
    (n, i) =>
      `<line x1="${izq}" x2="${izq + w}" y1="${py(n)}" y2="${py(n)}" stroke="#e6e2dc" stroke-width="0.6"/>` +
      texto(izq - 5, py(n) + 2.5, g.marcas[i] ?? '', 'end') +
      texto(izq + w + 5, py(n) + 2.5, g.marcasConversaciones[i] ?? '', 'start'),
  );
  const barras = g.columnas.map(
    (c) =>
      `<rect x="${px(c.x)}" y="${py(c.y)}" width="${r2((c.ancho / 100) * w)}" height="${r2((c.alto / 100) * h)}" rx="1.5" fill="#b9a7f0"/>` +
      (c.etiqueta ? texto(px(c.cx), alto - 5, c.etiqueta) : ''),
  );
  const linea = g.columnas.map((c, i) => `${i ? 'L' : 'M'}${px(c.cx)} ${py(c.cy)}`).join('');
  const puntos = g.columnas.map((c) => `<circle cx="${px(c.cx)}" cy="${py(c.cy)}" r="2" fill="#15794b"/>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${ancho}" height="${alto}" viewBox="0 0 ${ancho} ${alto}">${rayas.join('')}${barras.join('')}<path d="${linea}" fill="none" stroke="#15794b" stroke-width="1.2"/>${puntos.join('')}</svg>`;
}

/** Se junta desde el final: la última columna, que es la que se mira, nunca está a medias. */
function juntar(
  dias: readonly (Sumas & { dia: Dia })[],
  n: number,
): (Sumas & { dia: Dia; completa: boolean })[] {
  const partes: (Sumas & { dia: Dia; completa: boolean })[] = [];
  for (let fin = dias.length; fin > 0; fin -= n) {
    const trozo = dias.slice(Math.max(0, fin - n), fin);
    partes.unshift({ ...sumar(trozo), dia: trozo[0]?.dia ?? '', completa: trozo.length === n });
  }
  return partes;
}

/** El siguiente número redondo cuya mitad también se lee bien. */
function redondearTope(maximo: number): number {
  if (maximo <= 2) return 2;
  const base = 10 ** Math.floor(Math.log10(maximo));
  for (const factor of [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10])
    if (factor * base >= maximo && Number.isInteger((factor * base) / 2)) return factor * base;
  return base * 10;
}

function escapar(t: string): string {
  return t.replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

function r2(n: number): number {
  return Math.round(n * 100) / 100;
}
