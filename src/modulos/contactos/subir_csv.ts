import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import type { Request } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp } from '../../errores.ts';
import { llamar } from '../../datos/llamar.ts';
import { leerCatalogo } from './consultas.ts';
import { revisarCsv } from './csv.ts';
import { proponerMapeo } from './mapeo_csv.ts';

const MAXIMO_CSV = 50 * 1024 * 1024;

/**
 * Recibe el archivo por flujo a un temporal, lo revisa completo y lo deja donde cualquier proceso lo lea. Nada se importa todavía.
 * @returns id de la importación
 * @throws ErrorApp 413 `archivo_grande`, 415 `no_es_csv`, 422 `csv_danado` | `csv_vacio` | `sin_archivo`
 */
export async function recibirCsv(
  ctx: Pick<Contexto, 'adjuntos'>,
  req: Request,
  usuario: string,
): Promise<string> {
  const carpeta = await mkdtemp(join(tmpdir(), 'nora-csv-'));
  try {
    const temporal = join(carpeta, 'subida');
    const { nombre, bytes } = await bajarA(temporal, req);
    const revision = await revisarCsv(() => createReadStream(temporal));
    const { campos } = await leerCatalogo(req.nora.bd);
    const id = randomUUID();
    const guardado = await ctx.adjuntos.guardar(createReadStream(temporal), {
      nombre_nora: req.nora.nombre_nora,
      id,
      tipo: 'text/csv',
      maximo: MAXIMO_CSV,
    });
    const p = {
      ...revision,
      id,
      archivo: nombre,
      bytes,
      ruta: guardado.ruta,
      mapeo: proponerMapeo(revision.columnas.nombres, revision.muestra, campos),
    };
    const hecha = await llamar<string | null>(req.nora.bd, 'crear_importacion_contactos', {
      p,
      p_usuario: usuario,
    });
    if (!hecha) throw new Error('La importación no se apuntó');
    return hecha;
  } finally {
    await rm(carpeta, { recursive: true, force: true });
  }
}

async function bajarA(destino: string, req: Request): Promise<{ nombre: string; bytes: number }> {
  if (!req.is('multipart/form-data'))
    throw new ErrorApp(422, 'sin_archivo', 'Elige el archivo CSV que quieres importar.');
  const declarado = Number(req.get('content-length') ?? 0);
  // Lo que de entrada no cabe no se espera: el navegador lo sabrá en cuanto conteste.
  if (declarado > MAXIMO_CSV + 64 * 1024) throw muyGrande();
  const lector = abrirLector(req);
  let archivo: Promise<{ nombre: string; bytes: number }> | null = null;
  lector.on('file', (_campo, flujo, datos) => {
    if (archivo) {
      flujo.resume();
      return;
    }
    archivo = escribir(flujo, destino, datos.filename ?? 'contactos.csv');
    // Se espera al final; sin esto, un rechazo temprano tumbaría el proceso.
    archivo.catch(() => flujo.resume());
  });
  try {
    await pipeline(req, lector);
  } catch (e) {
    await (archivo as Promise<unknown> | null)?.catch(() => {});
    throw e instanceof ErrorApp
      ? e
      : new ErrorApp(400, 'envio_danado', 'El archivo llegó incompleto. Inténtalo de nuevo.');
  }
  if (!archivo) throw new ErrorApp(422, 'sin_archivo', 'Elige el archivo CSV que quieres importar.');
  return archivo;
}

function abrirLector(req: Request): busboy.Busboy {
  try {
    return busboy({
      headers: req.headers,
      defParamCharset: 'utf8',
      limits: { files: 1, fileSize: MAXIMO_CSV, fields: 5, fieldSize: 1024 },
    });
  } catch {
    throw new ErrorApp(400, 'envio_danado', 'El archivo llegó mal formado. Inténtalo de nuevo.');
  }
}

async function escribir(
  flujo: Readable & { truncated?: boolean },
  destino: string,
  nombre: string,
): Promise<{ nombre: string; bytes: number }> {
  const salida = createWriteStream(destino, { mode: 0o600 });
  await pipeline(flujo, salida);
  if (flujo.truncated) throw muyGrande();
  const limpio = nombre
    .toWellFormed()
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069/\\]/gu, '')
    .trim()
    .slice(-120);
  return { nombre: limpio || 'contactos.csv', bytes: salida.bytesWritten };
}

function muyGrande(): ErrorApp {
  return new ErrorApp(
    413,
    'archivo_grande',
    'El archivo pesa más de 50 MB. Divídelo en varios e impórtalos uno por uno.',
  );
}
