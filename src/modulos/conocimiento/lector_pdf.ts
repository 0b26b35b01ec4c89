import { type Lectura, mal } from './lectura.ts';
import { MARCA_TITULO, partirTexto } from './partir.ts';

const MAXIMO_PAGINAS = 400;

interface Renglon {
  texto: string;
  /** Alto de la letra y posición, en puntos. */
  alto: number;
  y: number;
  pagina: number;
  /** Está en la franja de hasta arriba o hasta abajo de su página, donde van encabezados y pies. */
  orilla: boolean;
}

/** Qué tanto de la página es orilla, de cada lado. */
const ORILLA = 0.09;

/** Un PDF con texto. @throws ErrorApp si está dañado, pide contraseña o es pura imagen */
export async function leerPdf(nombre: string, bytes: Buffer): Promise<Lectura> {
  const { getDocumentProxy } = await import('unpdf');
  const avisos: string[] = [];
  const renglones: Renglon[] = [];
  let pdf: Awaited<ReturnType<typeof getDocumentProxy>>;
  try {
    pdf = await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 });
  } catch (e) {
    if ((e as Error)?.name === 'PasswordException')
      throw mal('pdf_con_clave', `«${nombre}» tiene contraseña. Guárdalo sin ella y vuelve a subirlo.`);
    throw mal('archivo_danado', `«${nombre}» está dañado: no se pudo leer como PDF.`);
  }
  const paginas = Math.min(pdf.numPages, MAXIMO_PAGINAS);
  let vacias = 0;
  for (let n = 1; n <= paginas; n++) {
    const pagina = await pdf.getPage(n);
    const { items } = await pagina.getTextContent();
    const antes = renglones.length;
    renglones.push(...renglonesDe(items as PiezaPdf[], n, pagina.getViewport({ scale: 1 }).height));
    if (renglones.length === antes) vacias++;
    pagina.cleanup();
  }
  if (renglones.every((r) => !/[\p{L}\p{N}]/u.test(r.texto)))
    throw mal(
      'pdf_sin_texto',
      `«${nombre}» no tiene texto: parece escaneado o hecho de imágenes. Pásalo por un programa de OCR o copia el texto y pégalo.`,
    );
  if (vacias > 0)
    avisos.push(
      `${vacias === 1 ? 'Una página no tenía' : `${vacias} páginas no tenían`} texto (son imágenes) y no se ${vacias === 1 ? 'trajo' : 'trajeron'}.`,
    );
  if (pdf.numPages > MAXIMO_PAGINAS)
    avisos.push(`Tiene ${pdf.numPages} páginas; se leyeron las primeras ${MAXIMO_PAGINAS}.`);
  return { bloques: partirTexto(textoDeRenglones(sinRepetidos(renglones, paginas)), 'marcado'), avisos };
}

interface PiezaPdf {
  str?: string;
  transform?: number[];
  height?: number;
  width?: number;
  hasEOL?: boolean;
}

/** Las piezas de una página, juntas por renglón. */
function renglonesDe(items: PiezaPdf[], pagina: number, altura: number): Renglon[] {
  const renglones: Renglon[] = [];
  let actual: (Renglon & { fin: number }) | null = null;
  for (const { str = '', transform = [], height = 0, width = 0, hasEOL } of items) {
    const x = transform[4] ?? 0;
    const y = transform[5] ?? 0;
    const alto = height || Math.abs(transform[3] ?? 0);
    if (str.trim()) {
      if (actual && Math.abs(actual.y - y) <= Math.max(2, alto * 0.5)) {
        // Un hueco ancho entre piezas es una columna de tabla.
        const hueco = x - actual.fin;
        const union =
          /\s$/.test(actual.texto) || /^\s/.test(str)
            ? ''
            : hueco > alto * 1.8
              ? ' · '
              : hueco > alto * 0.12
                ? ' '
                : '';
        actual.texto += union + str;
        actual.alto = Math.max(actual.alto, alto);
        actual.fin = x + width;
      } else {
        const orilla = y > altura * (1 - ORILLA) || y < altura * ORILLA;
        actual = { texto: str, alto, y, pagina, orilla, fin: x + width };
        renglones.push(actual);
      }
    } else if (actual && str) actual.texto += ' ';
    if (hasEOL) actual = null;
  }
  return renglones.map((r) => ({ ...r, texto: r.texto.replace(/\s+/g, ' ').trim() }));
}

/** Sin encabezados ni pies que se repiten en casi todas las páginas, ni números de página. */
function sinRepetidos(renglones: Renglon[], paginas: number): Renglon[] {
  const veces = new Map<string, Set<number>>();
  const forma = (t: string) => t.replace(/\d+/g, '#').toLowerCase();
  for (const r of renglones.filter((x) => x.orilla)) {
    const visto = veces.get(forma(r.texto)) ?? new Set();
    veces.set(forma(r.texto), visto.add(r.pagina));
  }
  return renglones.filter((r) => {
    if (!r.orilla) return true;
    if (/^(?:p[aá]g(?:ina|\.)?\s*)?[-–]?\s*\d{1,4}\s*[-–]?(?:\s*(?:de|\/)\s*\d{1,4})?$/i.test(r.texto))
      return paginas < 2;
    return paginas < 3 || (veces.get(forma(r.texto))?.size ?? 0) < Math.max(3, paginas * 0.6);
  });
}

/** Encabezado = letra más grande que la del cuerpo; párrafo nuevo = más aire que entre renglones. */
function textoDeRenglones(renglones: Renglon[]): string {
  const cuerpo = altoDelCuerpo(renglones);
  const aire = aireNormal(renglones);
  let texto = '';
  let antes: Renglon | null = null;
  let enTitulo = false;
  for (const r of renglones) {
    const titulo = r.alto > cuerpo * 1.12 && r.texto.length <= 110 && /\p{L}/u.test(r.texto);
    const salto = antes !== null && antes.pagina === r.pagina ? antes.y - r.y : 0;
    const mismaPagina = antes?.pagina === r.pagina;
    const seguido = mismaPagina && salto > 0 && salto <= aire * 1.35;
    if (titulo) texto += enTitulo && seguido ? ` ${r.texto}` : `\n\n${MARCA_TITULO}${r.texto}`;
    else if (enTitulo || antes === null) texto += `\n\n${r.texto}`;
    else if (/^[-•·▪●◦*–]\s/.test(r.texto)) texto += `\n${r.texto.replace(/^[-•·▪●◦*–]\s/, '- ')}`;
    else if (seguido || (!mismaPagina && !/[.!?:]$/.test(antes.texto))) {
      // Una palabra partida con guion al final del renglón se vuelve a unir.
      if (/\p{Ll}-$/u.test(texto) && /^\p{Ll}/u.test(r.texto)) texto = texto.slice(0, -1) + r.texto;
      else texto += (antes.texto.includes(' · ') && r.texto.includes(' · ') ? '\n' : ' ') + r.texto;
    } else texto += `\n\n${r.texto}`;
    enTitulo = titulo;
    antes = r;
  }
  return texto;
}

/** El alto de letra que más caracteres lleva. */
function altoDelCuerpo(renglones: Renglon[]): number {
  const peso = new Map<number, number>();
  for (const r of renglones) {
    const alto = Math.round(r.alto * 2) / 2;
    peso.set(alto, (peso.get(alto) ?? 0) + r.texto.length);
  }
  return [...peso].reduce((mejor, otro) => (otro[1] > mejor[1] ? otro : mejor), [12, 0])[0];
}

function aireNormal(renglones: Renglon[]): number {
  const saltos = renglones
    .flatMap((r, i) => {
      const otro = renglones[i + 1];
      return otro && otro.pagina === r.pagina && r.y > otro.y ? [r.y - otro.y] : [];
    })
    .toSorted((a, b) => a - b);
  return saltos[Math.floor(saltos.length * 0.4)] ?? 14;
}
