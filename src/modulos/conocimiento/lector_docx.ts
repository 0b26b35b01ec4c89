import { inflateRawSync } from 'node:zlib';
import { type Lectura, mal } from './lectura.ts';
import { MARCA_TITULO, partirTexto } from './partir.ts';

const MAXIMO_DESCOMPRIMIDO = 60 * 1024 * 1024;

/** Un documento de Word. @throws ErrorApp si está dañado o se infla de más */
export async function leerDocx(nombre: string, bytes: Buffer): Promise<Lectura> {
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
