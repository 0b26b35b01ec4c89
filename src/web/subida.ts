import { pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import type { Request } from 'express';
import { ErrorApp } from '../errores.ts';

export interface Archivo {
  nombre: string;
  /** Tipo que declaró el navegador, en minúsculas y sin parámetros; puede mentir. */
  tipo: string;
  contenido: Buffer;
}

export interface Subida {
  campos: Record<string, string>;
  archivo: Archivo | null;
}

/**
 * Lee un formulario con a lo más un archivo, entero en memoria y con tope. Uno normal (sin archivos) también se entiende.
 * Lo que pasa del tope se tira conforme llega: ni ocupa memoria ni deja la petición colgada.
 * @throws ErrorApp 413 `archivo_grande`, 413 `texto_grande`, 400 `envio_danado`
 */
export async function recibirArchivo(
  req: Request,
  { maximo, maximoCampo = 256 * 1024 }: { maximo: number; maximoCampo?: number },
): Promise<Subida> {
  if (!req.is('multipart/form-data')) return { campos: camposDe(req.body), archivo: null };
  const campos: Record<string, string> = {};
  const trozos: Buffer[] = [];
  let archivo: Omit<Archivo, 'contenido'> | null = null;
  let grande = '';
  let largo = false;
  try {
    const lector = busboy({
      headers: req.headers,
      defParamCharset: 'utf8',
      limits: { files: 1, fileSize: maximo + 1, fields: 40, fieldSize: maximoCampo + 1, parts: 60 },
    });
    lector.on('field', (nombre, valor, { valueTruncated }) => {
      largo ||= valueTruncated;
      campos[nombre] = valor;
    });
    lector.on('file', (_campo, flujo, { filename, mimeType }) => {
      const nombre = nombreLimpio(filename);
      // Un campo de archivo vacío llega igual, sin nombre.
      if (filename) archivo = { nombre, tipo: mimeType.split(';', 1)[0]?.trim().toLowerCase() ?? '' };
      flujo.on('data', (trozo: Buffer) => {
        if (!grande) trozos.push(trozo);
      });
      flujo.on('limit', () => {
        grande = nombre;
        trozos.length = 0;
      });
      flujo.on('error', () => {});
    });
    await pipeline(req, lector);
  } catch {
    throw new ErrorApp(400, 'envio_danado', 'El envío llegó incompleto. Inténtalo de nuevo.');
  }
  if (grande) throw demasiadoGrande(grande, maximo);
  if (largo) throw new ErrorApp(413, 'texto_grande', 'El texto es demasiado largo. Divídelo en partes.');
  const contenido = Buffer.concat(trozos);
  return { campos, archivo: archivo ? { ...(archivo as Omit<Archivo, 'contenido'>), contenido } : null };
}

function demasiadoGrande(nombre: string, maximo: number): ErrorApp {
  const mb = Math.round(maximo / 1_048_576);
  const mensaje = `«${nombre}» pesa más de ${mb} MB, lo más que se puede subir. Divídelo o redúcelo.`;
  return new ErrorApp(413, 'archivo_grande', mensaje, { campos: { archivo: mensaje } });
}

function camposDe(cuerpo: unknown): Record<string, string> {
  const pares = Object.entries((cuerpo ?? {}) as Record<string, unknown>);
  return Object.fromEntries(pares.filter((par): par is [string, string] => typeof par[1] === 'string'));
}

/** Sin rutas, controles ni marcas de dirección de texto; conserva la extensión. */
function nombreLimpio(nombre: string | undefined): string {
  const limpio = (nombre ?? '')
    .toWellFormed()
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069/\\]/gu, '')
    .trim();
  return limpio.slice(-120) || 'archivo';
}
