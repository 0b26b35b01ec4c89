import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { inflateRawSync } from 'node:zlib';
import { ErrorApp } from '../../errores.ts';
import { leerCsv, sinApostrofo } from './csv.ts';
import { limpiarTexto, MARCA_TITULO, type Pedazo, partirPedazo, partirTexto } from './partir.ts';

/** Lo que se le pide al hilo lector. */
export interface Encargo {
  formato: 'texto' | 'markdown' | 'csv' | 'docx' | 'pdf';
  nombre: string;
  contenido: Uint8Array;
}

export interface Lectura {
  bloques: Pedazo[];
  /** Lo que la persona debe saber antes de guardar. */
  avisos: string[];
}

const MAXIMO_BLOQUES = 1000;
const MAXIMO_PAGINAS = 400;
const MAXIMO_DESCOMPRIMIDO = 60 * 1024 * 1024;

/** @throws ErrorApp con el mensaje para quien subió el archivo */
export async function leerYPartir({ formato, nombre, contenido }: Encargo): Promise<Lectura> {
  const bytes = Buffer.from(contenido);
  const lectura = await leerFormato(formato, nombre, bytes);
  // Un bloque sin letras ni números no enseña nada y en la base sería igual a cualquier otro como él.
  lectura.bloques = lectura.bloques.filter((b) => /[\p{L}\p{N}]/u.test(b.contenido));
  if (lectura.bloques.length === 0)
    throw mal('sin_bloques', `No encontramos texto que enseñar en «${nombre}».`);
  if (lectura.bloques.length > MAXIMO_BLOQUES) {
    lectura.avisos.push(
      `Salieron ${lectura.bloques.length.toLocaleString('es-MX')} bloques; aquí van los primeros ${MAXIMO_BLOQUES.toLocaleString('es-MX')}. Divide el archivo para traer el resto.`,
    );
    lectura.bloques.length = MAXIMO_BLOQUES;
  }
  return lectura;
}

async function leerFormato(formato: Encargo['formato'], nombre: string, bytes: Buffer): Promise<Lectura> {
  switch (formato) {
    case 'pdf':
      return leerPdf(nombre, bytes);
    case 'docx':
      return leerDocx(nombre, bytes);
    case 'csv':
      return leerHoja(aTexto(nombre, bytes));
    default:
      return { bloques: partirTexto(aTexto(nombre, bytes), formato), avisos: [] };
  }
}

/** UTF-8, UTF-16 con marca o, si no es ninguno, Windows-1252, que es lo que guarda Excel en español. */
function aTexto(nombre: string, bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  // Unos cuantos nulos se quitan al limpiar; muchos quieren decir que no es texto.
  let nulos = 0;
  for (const b of bytes.subarray(0, 8192)) if (b === 0) nulos++;
  if (nulos > 8) throw mal('archivo_danado', `«${nombre}» no es un archivo de texto.`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

// CSV ------------------------------------------------------------------------------------------------------------

const COLUMNAS: Record<string, RegExp> = {
  titulo: /^(t[ií]tulo|title|tema|pregunta|question|nombre|producto|servicio)$/i,
  contenido: /^(contenido|content|texto|text|respuesta|answer|descripci[oó]n|description|bloque)$/i,
  etiquetas: /^(etiquetas?|tags?|categor[ií]as?|category)$/i,
  prioridad: /^(prioridad|priority)$/i,
  activo: /^(activo|active|encendido)$/i,
};

function leerHoja(texto: string): Lectura {
  const avisos: string[] = [];
  // Aquí no se recorta: un campo vacío al principio de un renglón también cuenta.
  const filas = leerCsv(
    texto
      .toWellFormed()
      .replace(/^\ufeff/, '')
      .replace(/\r\n?/g, '\n')
      .replaceAll('\0', ''),
  );
  const [cabeza = []] = filas;
  const columnas = Object.fromEntries(
    Object.entries(COLUMNAS).map(([clave, patron]) => [
      clave,
      cabeza.findIndex((c) => patron.test(c.trim())),
    ]),
  );
  if ((columnas['contenido'] ?? -1) < 0) return { bloques: sinColumnas(filas, cabeza, columnas), avisos };
  let vacias = 0;
  const de = (fila: string[], clave: string) => {
    const i = columnas[clave] ?? -1;
    return i < 0 ? '' : sinApostrofo((fila[i] ?? '').trim());
  };
  const bloques = filas.slice(1).flatMap((fila) => {
    const contenido = de(fila, 'contenido');
    if (!contenido) {
      vacias++;
      return [];
    }
    return partirPedazo({
      titulo: de(fila, 'titulo'),
      contenido,
      etiquetas: etiquetasDe(de(fila, 'etiquetas')),
      prioridad: Math.min(9, Math.max(0, Math.trunc(Number(de(fila, 'prioridad'))) || 0)),
      activo: !/^(no|0|false|falso|apagado)$/i.test(de(fila, 'activo')),
    });
  });
  if (vacias > 0)
    avisos.push(
      `${vacias === 1 ? 'Un renglón venía' : `${vacias} renglones venían`} sin contenido y no se trajeron.`,
    );
  return { bloques, avisos };
}

/** Sin una columna de contenido, cada renglón es un bloque: «Producto: Tinte. Precio: $900.» */
function sinColumnas(filas: string[][], cabeza: string[], columnas: Record<string, number>): Pedazo[] {
  const conCabeza =
    filas.length > 1 && cabeza.length > 1 && cabeza.every((c) => c.trim() && !/\d{2,}/.test(c));
  const posicion = columnas['titulo'] ?? -1;
  const titulo = posicion >= 0 ? posicion : cabeza.length > 1 ? 0 : -1;
  return (conCabeza ? filas.slice(1) : filas).flatMap((fila) => {
    const celdas = fila.map((v) => sinApostrofo(v.trim()));
    const contenido = celdas
      .map((v, i) => (v && conCabeza ? `${cabeza[i]?.trim() ?? ''}: ${v}` : v))
      .filter(Boolean)
      .join(conCabeza ? '. ' : ' · ');
    return contenido
      ? partirPedazo({ titulo: celdas[titulo] ?? '', contenido, etiquetas: [], prioridad: 0, activo: true })
      : [];
  });
}

function etiquetasDe(texto: string): string[] {
  const partes = texto.split(/[,;|]/).map((e) => limpiarTexto(e).slice(0, 40).trim());
  return [...new Set(partes.filter(Boolean))].slice(0, 20);
}

// DOCX -----------------------------------------------------------------------------------------------------------

async function leerDocx(nombre: string, bytes: Buffer): Promise<Lectura> {
  revisarZip(nombre, bytes);
  const { default: mammoth } = await import('mammoth');
  let html: string;
  try {
    const sinImagen = mammoth.images.imgElement(() => Promise.resolve({ src: '' }));
    html = (await mammoth.convertToHtml({ buffer: bytes }, { convertImage: sinImagen })).value;
  } catch {
    throw mal('archivo_danado', `«${nombre}» está dañado: no se pudo leer como documento de Word.`);
  }
  return { bloques: partirTexto(textoDeHtml(html), 'marcado'), avisos: [] };
}

/** El HTML de mammoth es plano y bien cerrado: basta con saber qué abre párrafo, renglón, celda o encabezado. */
function textoDeHtml(html: string): string {
  return (
    html
      .replace(/<p>\s*(?:<a id="[^"]*"><\/a>)*<strong>([^<]{2,100})<\/strong>\s*<\/p>/g, (todo, t: string) =>
        /[.;,]$/.test(t.trim()) ? todo : `<h4>${t}</h4>`,
      )
      .replace(/<h[1-6]>/g, `\n\n${MARCA_TITULO}`)
      .replace(/<\/h[1-6]>/g, '\n\n')
      .replace(/<\/t[dh]>\s*<t[dh][^>]*>/g, ' · ')
      .replace(/<tr>/g, '\n')
      // Dentro de una celda el párrafo no separa: si no, cada celda quedaría suelta.
      .replace(/<(?:td|th)[^>]*>|<\/(?:td|th)>/g, '')
      .replace(/<\/p>\s*·/g, ' ·')
      .replace(/·\s*<p>/g, '· ')
      .replace(/<li>/g, '\n- ')
      .replace(/<br\s*\/?>/g, '\n')
      .replace(/<\/(?:p|ul|ol|table)>|<(?:table|ul|ol|p)>/g, '\n\n')
      .replace(/<[^>]*>/g, '')
      .replace(/\n\n- /g, '\n- ')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&')
  );
}

/**
 * Un .docx es un zip: se descomprime aquí con tope antes de dárselo a quien lo lee, para que unos kilobytes que se
 * inflan a gigabytes no se coman la memoria.
 */
function revisarZip(nombre: string, bytes: Buffer): void {
  const danado = () =>
    mal('archivo_danado', `«${nombre}» está dañado: no se pudo leer como documento de Word.`);
  const fin = bytes.lastIndexOf(Buffer.from('PK\x05\x06'));
  if (fin < 0 || fin + 22 > bytes.length) throw danado();
  const entradas = bytes.readUInt16LE(fin + 10);
  let i = bytes.readUInt32LE(fin + 16);
  let quedan = MAXIMO_DESCOMPRIMIDO;
  let documento = false;
  for (let n = 0; n < entradas; n++) {
    if (i + 46 > bytes.length || bytes.readUInt32LE(i) !== 0x02014b50) throw danado();
    const metodo = bytes.readUInt16LE(i + 10);
    const comprimido = bytes.readUInt32LE(i + 20);
    const [largoNombre, largoExtra, largoNota] = [28, 30, 32].map((d) => bytes.readUInt16LE(i + d)) as [
      number,
      number,
      number,
    ];
    const local = bytes.readUInt32LE(i + 42);
    if (bytes.toString('utf8', i + 46, i + 46 + largoNombre) === 'word/document.xml') documento = true;
    if (local + 30 > bytes.length) throw danado();
    const inicio = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    if (metodo === 8) {
      try {
        quedan -= inflateRawSync(bytes.subarray(inicio, inicio + comprimido), {
          maxOutputLength: Math.max(1, quedan),
        }).length;
      } catch (e) {
        if ((e as { code?: unknown }).code !== 'ERR_BUFFER_TOO_LARGE') throw danado();
        quedan = -1;
      }
    } else quedan -= comprimido;
    if (quedan < 0)
      throw mal('archivo_grande', `«${nombre}» es demasiado grande por dentro. Quítale imágenes o divídelo.`);
    i += 46 + largoNombre + largoExtra + largoNota;
  }
  if (!documento) throw mal('archivo_danado', `«${nombre}» no es un documento de Word.`);
}

// PDF ------------------------------------------------------------------------------------------------------------

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

async function leerPdf(nombre: string, bytes: Buffer): Promise<Lectura> {
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

function mal(codigo: string, mensaje: string): ErrorApp {
  return new ErrorApp(422, codigo, mensaje, { campos: { archivo: mensaje } });
}

if (!isMainThread && parentPort && (workerData as Partial<Encargo> | null)?.formato) {
  const puerto = parentPort;
  try {
    puerto.postMessage({ ok: true, lectura: await leerYPartir(workerData as Encargo) });
  } catch (error) {
    const { codigo, message } = error as Partial<ErrorApp>;
    if (!(error instanceof ErrorApp)) throw error;
    puerto.postMessage({ ok: false, codigo, mensaje: message });
  }
}
