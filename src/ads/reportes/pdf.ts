import type { Content, TableCell } from 'pdfmake/interfaces.js';
import { crearPdf, type DocumentoPdf, paraPdf as conHuecos } from '../../web/pdf.ts';
import { svgTendencia } from '../grafica.ts';
import type { CifraVista, FilaVista, VistaReporte } from './presentar.ts';

const TINTA = '#26222e';
const GRIS = '#6f6a78';
const VIOLETA = '#5b37c4';
const TONOS = { bien: '#15794b', mal: '#b3261e', igual: GRIS } as const;
const MAXIMO_CAMPANAS = 20;

/** El reporte como PDF tamaño carta. @throws lo que `crearPdf` */
export function crearPdfReporte(v: VistaReporte): Promise<Buffer> {
  return crearPdf(documento(v));
}

function documento(v: VistaReporte): DocumentoPdf {
  const t = v.frases;
  return {
    info: { title: `${v.encabezado} · ${v.cuenta}`, creator: 'Nora' },
    language: v.idioma,
    pageSize: 'LETTER',
    pageMargins: [48, 44, 48, 52],
    defaultStyle: { font: 'Roboto', fontSize: 9, color: TINTA, lineHeight: 1.15 },
    content: [
      {
        text: paraPdf(v.encabezado.toUpperCase()),
        fontSize: 8,
        bold: true,
        color: VIOLETA,
        characterSpacing: 0.8,
      },
      { text: paraPdf(v.cuenta), fontSize: 20, bold: true, margin: [0, 3, 0, 2] },
      { text: `${v.periodo}`, fontSize: 11 },
      { text: v.comparado, fontSize: 9, color: GRIS, margin: [0, 1, 0, v.demo ? 6 : 12] },
      ...(v.demo ? [aviso(t.demo)] : []),
      ...v.parrafos.map(
        (p): Content => ({ text: paraPdf(p), fontSize: 10.5, lineHeight: 1.3, margin: [0, 0, 0, 5] }),
      ),
      ...(v.vacio ? [] : cuerpo(v)),
      titulo(t.notas),
      { ul: v.notas.map((n) => paraPdf(n)), color: GRIS, fontSize: 8, lineHeight: 1.3 },
    ],
  };
}

function cuerpo(v: VistaReporte): Content[] {
  const t = v.frases;
  return [
    cifras(v.cifras),
    {
      unbreakable: true,
      stack: [
        titulo(t.tendencia),
        {
          text: [
            { text: '■ ', color: '#b9a7f0' },
            `${t.leyendaGasto}    `,
            { text: '● ', color: '#15794b' },
            t.leyendaConversaciones,
          ],
          fontSize: 8,
          color: GRIS,
          margin: [0, 0, 0, 4],
        },
        { svg: svgTendencia(v.tendencia) },
      ],
    },
    ...tabla(t.plataformas, v.plataformas, v, false),
    ...tabla(t.campanas, v.campanas.slice(0, MAXIMO_CAMPANAS), v, false),
    ...tabla(t.anuncios, v.anuncios, v, true),
  ];
}

/** Nueve cifras de tres en tres, en una tabla con rayas finas: pdfmake no sabe de tarjetas. */
function cifras(lista: CifraVista[]): Content {
  const celdas = lista.map(
    (c): TableCell => ({
      stack: [
        { text: c.nombre, fontSize: 8, color: GRIS },
        {
          text: [
            { text: paraPdf(c.valor), fontSize: 15, bold: true },
            ...(c.cambio ? [{ text: `  ${c.cambio}`, fontSize: 9, bold: true, color: TONOS[c.tono] }] : []),
          ],
          margin: [0, 2, 0, 1],
        },
        { text: paraPdf(c.antes), fontSize: 7.5, color: GRIS },
      ],
      margin: [6, 6, 6, 5],
    }),
  );
  const renglones: TableCell[][] = [];
  for (let i = 0; i < celdas.length; i += 3) {
    const r = celdas.slice(i, i + 3);
    while (r.length < 3) r.push({ text: '' });
    renglones.push(r);
  }
  return {
    margin: [0, 8, 0, 4],
    table: { widths: ['*', '*', '*'], body: renglones, dontBreakRows: true },
    layout: 'cuadricula',
  };
}

function tabla(nombre: string, filas: FilaVista[], v: VistaReporte, conDetalle: boolean): Content[] {
  if (filas.length === 0) return [];
  const t = v.frases;
  const cabeza = [
    t.nombre,
    t.metricas.gasto,
    t.metricas.impresiones,
    t.metricas.clics,
    t.metricas.ctr,
    t.metricas.conversaciones,
    t.metricas.costo_conversacion,
  ];
  const renglon = (f: FilaVista): TableCell[] => [
    conDetalle || f.detalle
      ? {
          stack: [
            { text: paraPdf(f.nombre) },
            ...(f.detalle ? [{ text: paraPdf(f.detalle), fontSize: 7, color: GRIS }] : []),
          ],
        }
      : { text: paraPdf(f.nombre) },
    ...[f.gasto, f.impresiones, f.clics, f.ctr, f.conversaciones, f.costo].map(
      (x): TableCell => ({ text: x, alignment: 'right', noWrap: true }),
    ),
  ];
  const contenido = (lista: FilaVista[]): Content => ({
    fontSize: 8.5,
    table: {
      headerRows: 1,
      dontBreakRows: true,
      keepWithHeaderRows: 1,
      widths: ['*', 'auto', 'auto', 'auto', 'auto', 'auto', 62],
      body: [
        cabeza.map(
          (x, i): TableCell => ({ text: x, fontSize: 7.5, color: GRIS, alignment: i ? 'right' : 'left' }),
        ),
        ...lista.map(renglon),
      ],
    },
    layout: 'renglones',
  });
  // Corta: entera en una página. Larga: que al menos el título no se quede solo.
  return filas.length <= 8
    ? [{ unbreakable: true, stack: [titulo(nombre), contenido(filas)] }]
    : [titulo(nombre), contenido(filas)];
}

/** En un nombre de anuncio un emoji es adorno: mejor sin él que con un hueco, salvo que no quede nada. */
function paraPdf(texto: string): string {
  const visible = conHuecos(texto);
  return visible.replace(/\s*□/g, '').trim() || visible;
}

function titulo(texto: string): Content {
  return { text: texto, fontSize: 12, bold: true, margin: [0, 14, 0, 6], headlineLevel: 1 };
}

function aviso(texto: string): Content {
  return {
    table: {
      widths: ['*'],
      body: [[{ text: texto, fontSize: 8.5, color: '#7a4b00', fillColor: '#fdf3dc', margin: [6, 4, 6, 4] }]],
    },
    layout: 'noBorders',
    margin: [0, 0, 0, 10],
  };
}
