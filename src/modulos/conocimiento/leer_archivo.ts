import { Worker } from 'node:worker_threads';
import { ErrorApp } from '../../errores.ts';
import type { Archivo } from '../../web/subida.ts';
import type { Encargo } from './lector.ts';
import type { Lectura } from './lectura.ts';

/** Lo más que se recibe: un manual de cientos de páginas cabe; un video no. */
export const MAXIMO_ARCHIVO = 15 * 1024 * 1024;
/** Texto pegado o archivo de texto. */
export const MAXIMO_TEXTO = 2 * 1024 * 1024;
/** Bloques por importación. */
export const MAXIMO_BLOQUES = 1000;

const TIEMPO_MS = 25_000;
const MEMORIA_MB = 384;

export type Formato = Encargo['formato'];

/**
 * Lee un archivo y lo parte en bloques, en un hilo aparte con tope de tiempo y memoria: un archivo malicioso o enorme
 * no detiene a nadie más. Uno a la vez por proceso.
 * @throws ErrorApp 415 `tipo_no_aceptado`, 422 `archivo_danado` | `pdf_sin_texto` | `csv_danado` | `sin_bloques` | …
 */
export async function leerArchivo(archivo: Archivo): Promise<{ formato: Formato; lectura: Lectura }> {
  if (archivo.contenido.length === 0) throw mal('archivo_vacio', `«${archivo.nombre}» está vacío.`);
  const formato = formatoDe(archivo);
  if (formato !== 'pdf' && formato !== 'docx' && archivo.contenido.length > MAXIMO_TEXTO)
    throw mal('archivo_grande', `«${archivo.nombre}» tiene más de 2 MB de texto. Divídelo en partes.`, 413);
  return {
    formato,
    lectura: await enFila(() =>
      leerEnHilo({ formato, nombre: archivo.nombre, contenido: archivo.contenido }),
    ),
  };
}

/** Lo mismo para texto pegado en la página. */
export async function leerPegado(texto: string): Promise<Lectura> {
  const formato = /^#{1,6}\s+\S/m.test(texto) ? 'markdown' : 'texto';
  return enFila(() => leerEnHilo({ formato, nombre: 'Texto pegado', contenido: Buffer.from(texto) }));
}

let fila: Promise<unknown> = Promise.resolve();

function enFila<T>(hacer: () => Promise<T>): Promise<T> {
  const turno = fila.then(hacer);
  fila = turno.catch(() => {});
  return turno;
}

function leerEnHilo(encargo: Encargo): Promise<Lectura> {
  const hilo = new Worker(new URL('./lector.ts', import.meta.url), {
    workerData: encargo,
    resourceLimits: { maxOldGenerationSizeMb: MEMORIA_MB },
    stdout: true,
    stderr: true,
  });
  return new Promise<Lectura>((resolver, rechazar) => {
    const reloj = setTimeout(
      () =>
        rechazar(
          mal(
            'archivo_lento',
            `«${encargo.nombre}» tarda demasiado en leerse. Divídelo en partes más chicas.`,
          ),
        ),
      TIEMPO_MS,
    );
    hilo.once(
      'message',
      (r: { ok: true; lectura: Lectura } | { ok: false; codigo: string; mensaje: string }) => {
        clearTimeout(reloj);
        if (r.ok) resolver(r.lectura);
        else rechazar(mal(r.codigo, r.mensaje));
      },
    );
    // Sin memoria o con un error que ni el lector esperaba: para quien lo subió es un archivo que no se puede leer.
    const danado = () => {
      clearTimeout(reloj);
      rechazar(
        mal('archivo_danado', `No pudimos leer «${encargo.nombre}»: está dañado o es demasiado complejo.`),
      );
    };
    hilo.once('error', danado);
    hilo.once('exit', danado);
  }).finally(() => void hilo.terminate());
}

/** El formato según cómo empieza de verdad; la extensión sólo decide entre los de texto. */
function formatoDe({ nombre, contenido }: Archivo): Formato {
  const extension = /\.([a-z0-9]{1,10})$/i.exec(nombre)?.[1]?.toLowerCase() ?? '';
  if (contenido.subarray(0, 1024).includes('%PDF-')) return 'pdf';
  if (contenido.subarray(0, 4).equals(Buffer.from('PK\x03\x04'))) {
    if (extension === 'docx' || contenido.includes('word/document.xml')) return 'docx';
    throw tipo(nombre, extension === 'xlsx' ? 'Guárdalo como CSV desde tu hoja de cálculo.' : ACEPTADOS);
  }
  if (contenido.subarray(0, 4).equals(Buffer.from([0xd0, 0xcf, 0x11, 0xe0])))
    throw tipo(
      nombre,
      extension === 'xls' ? 'Guárdalo como CSV.' : 'Es de una versión vieja de Office: guárdalo como .docx.',
    );
  if (extension === 'pdf' || extension === 'docx')
    throw mal('archivo_danado', `«${nombre}» está dañado: no es un ${extension.toUpperCase()} de verdad.`);
  if (extension === 'csv' || extension === 'tsv') return 'csv';
  if (extension === 'md' || extension === 'markdown') return 'markdown';
  if (extension === 'txt' || extension === 'text') return 'texto';
  throw tipo(nombre, ACEPTADOS);
}

const ACEPTADOS = 'Sube un archivo .txt, .md, .csv, .docx o .pdf.';

function tipo(nombre: string, que: string): ErrorApp {
  return mal('tipo_no_aceptado', `«${nombre}» no se puede importar. ${que}`, 415);
}

function mal(codigo: string, mensaje: string, estado = 422): ErrorApp {
  return new ErrorApp(estado, codigo, mensaje, { campos: { archivo: mensaje } });
}
