import { createHash, randomUUID } from 'node:crypto';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import type { Request, Response } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorAdjunto } from '../../datos/adjuntos.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { apuntarAdjunto } from '../../mensajes/media.ts';
import { mandarFlujo } from '../../web/mandar_flujo.ts';
import type { AdjuntoGuardado } from './consultas.ts';

/** Topes de WhatsApp por Twilio: twilio.com/docs/whatsapp/guidance-whatsapp-media-messages. */
const MAXIMO = 16 * 1024 * 1024;
const MAXIMO_IMAGEN = 5 * 1024 * 1024;
const MAXIMO_ARCHIVOS = 10;

// Lo que WhatsApp acepta de salida, con la extensión por la que se reconoce cuando el navegador no dice el tipo.
const TIPOS: Record<string, string> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  amr: 'audio/amr',
  aac: 'audio/aac',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  mp4: 'video/mp4',
  '3gp': 'video/3gpp',
  pdf: 'application/pdf',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  ppt: 'application/vnd.ms-powerpoint',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  vcf: 'text/vcard',
};
const ACEPTADOS = new Set([...Object.values(TIPOS), 'audio/3gpp', 'text/x-vcard']);

// Sólo esto se muestra dentro de la página; lo demás se descarga, para que ningún archivo corra como página.
const EN_LINEA = new Set([
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/gif',
  'audio/ogg',
  'audio/opus',
  'audio/mpeg',
  'audio/mp4',
  'audio/aac',
  'audio/amr',
  'audio/3gpp',
  'audio/wav',
  'audio/webm',
  'video/mp4',
  'video/3gpp',
  'video/webm',
  'video/quicktime',
]);

/** Cómo empiezan de verdad los tipos que más se confunden: WhatsApp rechaza un archivo que miente. */
const FIRMAS: Record<string, (b: Buffer) => boolean> = {
  'image/jpeg': (b) => b[0] === 0xff && b[1] === 0xd8,
  'image/png': (b) => b.subarray(1, 4).toString('latin1') === 'PNG',
  'image/webp': (b) => b.subarray(8, 12).toString('latin1') === 'WEBP',
  'application/pdf': (b) => b.subarray(0, 1024).includes('%PDF-'),
  'video/mp4': (b) => b.subarray(4, 8).toString('latin1') === 'ftyp',
};

export interface Envio {
  cuerpo: unknown;
  /** Ids ya guardados, en el orden en que se eligieron. */
  adjuntos: string[];
}

/**
 * Lee un envío: formulario normal, JSON o multipart con archivos, que se guardan conforme llegan.
 * @throws ErrorApp 413 `archivo_grande`, 415 `tipo_no_aceptado`, 422 `archivo_vacio` | `archivo_danado`
 */
export async function recibirEnvio(ctx: Pick<Contexto, 'adjuntos'>, req: Request): Promise<Envio> {
  if (!req.is('multipart/form-data')) return { cuerpo: req.body, adjuntos: [] };
  const cuerpo: Record<string, string> = {};
  const guardados: Promise<string>[] = [];
  const lector = abrirLector(req);
  lector.on('field', (nombre, valor) => {
    cuerpo[nombre] = valor;
  });
  lector.on('file', (_campo, flujo, datos) => {
    const id = idDe(req, cuerpo['clave_cliente'], guardados.length);
    const guardado = guardar(ctx, req, flujo, { ...datos, id });
    // La espera es al final; sin esto, un rechazo temprano tumbaría el proceso.
    flujo.on('error', () => {});
    guardado.catch(() => flujo.resume());
    guardados.push(guardado);
  });
  let deMas = false;
  lector.on('filesLimit', () => {
    deMas = true;
  });
  try {
    await pipeline(req, lector);
  } catch (e) {
    await Promise.allSettled(guardados);
    throw e instanceof ErrorApp
      ? e
      : new ErrorApp(400, 'envio_danado', 'El envío llegó incompleto. Inténtalo de nuevo.');
  }
  const adjuntos = await Promise.all(guardados);
  if (deMas)
    throw new ErrorApp(422, 'demasiados_archivos', `Envía ${MAXIMO_ARCHIVOS} archivos o menos a la vez.`);
  return { cuerpo, adjuntos };
}

/** Manda un archivo de la conversación a quien ya demostró ser de su nora. Entiende `Range` (audio y video). */
export async function enviarAdjunto(
  ctx: Pick<Contexto, 'adjuntos'>,
  req: Request,
  res: Response,
  adjunto: AdjuntoGuardado,
): Promise<void> {
  if (adjunto.estado !== 'listo' || !adjunto.ruta) throw noEncontrado('Ese archivo todavía no está.');
  const flujo = await ctx.adjuntos.leer(adjunto.ruta).catch((e: unknown) => {
    throw e instanceof ErrorAdjunto && e.codigo === 'no_existe'
      ? noEncontrado('Ese archivo ya no existe.')
      : e;
  });
  const tipo = tipoBase(adjunto.tipo);
  const enLinea = EN_LINEA.has(tipo);
  res.setHeader('Content-Type', enLinea || ACEPTADOS.has(tipo) ? tipo : 'application/octet-stream');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
  res.setHeader('Cache-Control', 'private, max-age=86400, immutable');
  res.setHeader('Content-Disposition', disposicion(enLinea, adjunto.nombre));
  const total = Number(adjunto.bytes ?? 0);
  const rango = total > 0 ? rangoDe(req, total) : null;
  if (total > 0) res.setHeader('Accept-Ranges', 'bytes');
  if (rango === 'imposible') {
    flujo.destroy();
    res.status(416).setHeader('Content-Range', `bytes */${total}`).end();
    return;
  }
  const { desde, hasta } = rango ?? { desde: 0, hasta: total - 1 };
  if (total > 0) res.setHeader('Content-Length', String(hasta - desde + 1));
  if (rango) res.status(206).setHeader('Content-Range', `bytes ${desde}-${hasta}/${total}`);
  await mandarFlujo(flujo, res, total > 0 ? tramo(desde, hasta) : undefined);
}

function abrirLector(req: Request): busboy.Busboy {
  try {
    return busboy({
      headers: req.headers,
      defParamCharset: 'utf8',
      limits: { files: MAXIMO_ARCHIVOS, fileSize: MAXIMO + 1, fields: 20, fieldSize: 32 * 1024, parts: 40 },
    });
  } catch {
    throw new ErrorApp(400, 'envio_danado', 'El envío llegó mal formado. Inténtalo de nuevo.');
  }
}

async function guardar(
  ctx: Pick<Contexto, 'adjuntos'>,
  req: Request,
  flujo: Readable,
  datos: busboy.FileInfo & { id: string },
): Promise<string> {
  const nombre = nombreLimpio(datos.filename);
  const tipo = tipoDe(datos.mimeType, nombre);
  if (!ACEPTADOS.has(tipo)) {
    throw new ErrorApp(
      415,
      'tipo_no_aceptado',
      `WhatsApp no acepta «${nombre}». Envía una imagen, audio, video MP4, PDF u Office.`,
    );
  }
  const maximo = tipo.startsWith('image/') ? MAXIMO_IMAGEN : MAXIMO;
  const nora = req.nora.nombre_nora;
  const hecho = await ctx.adjuntos
    .guardar(comprobado(flujo, tipo, nombre), { nombre_nora: nora, id: datos.id, tipo, maximo })
    .catch((e: unknown) => {
      if (!(e instanceof ErrorAdjunto) || e.codigo !== 'muy_grande') throw e;
      const mb = maximo / 1_048_576;
      throw new ErrorApp(413, 'archivo_grande', `«${nombre}» pesa más de ${mb} MB, el tope de WhatsApp.`);
    });
  if (hecho.bytes === 0) throw new ErrorApp(422, 'archivo_vacio', `«${nombre}» está vacío.`);
  const fila = { id: datos.id, nombre_nora: nora, tipo, nombre, para: 'chat' as const, ...hecho };
  await apuntarAdjunto(req.nora.bd, fila).catch((e: unknown) => {
    // El mismo envío, repetido tras un corte de red: el archivo ya estaba apuntado.
    if ((e as { code?: unknown }).code !== '23505') throw e;
  });
  return datos.id;
}

/**
 * Deja pasar el archivo si empieza como dice su tipo. Si algo falla se sigue leyendo y tirando: busboy no avanza, y
 * la petición no termina, mientras nadie consuma este archivo.
 */
function comprobado(flujo: Readable, tipo: string, nombre: string): Readable {
  const salida = new PassThrough();
  const firma = FIRMAS[tipo];
  let visto = false;
  flujo.on('data', (trozo: Buffer) => {
    if (salida.destroyed) return;
    if (!visto && firma && !firma(trozo)) {
      salida.destroy(new ErrorApp(422, 'archivo_danado', `«${nombre}» está dañado o no es lo que dice ser.`));
      return;
    }
    visto = true;
    if (salida.write(trozo)) return;
    flujo.pause();
    salida.once('drain', () => flujo.resume());
  });
  flujo.once('end', () => salida.end());
  flujo.once('error', (e) => salida.destroy(e));
  salida.once('close', () => flujo.resume());
  // El error puede llegar antes de que el almacén empiece a leer; al leer lo recibe igual.
  salida.on('error', () => {});
  return salida;
}

/** El mismo envío repetido guarda en el mismo lugar: la clave decide el id, y nadie más puede adivinarlo. */
function idDe(req: Request, clave: string | undefined, orden: number): string {
  if (!clave) return randomUUID();
  const h = createHash('sha256')
    .update(JSON.stringify([req.nora.nombre_nora, req.usuario?.id, req.params['contacto'], clave, orden]))
    .digest('hex');
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-8${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20, 32)}`;
}

function tipoDe(declarado: string, nombre: string): string {
  const tipo = tipoBase(declarado);
  if (ACEPTADOS.has(tipo)) return tipo;
  const extension = /\.([a-z0-9]{2,5})$/i.exec(nombre)?.[1]?.toLowerCase() ?? '';
  // El navegador no siempre conoce la extensión; un tipo que sí dijo y no se acepta, no se cambia por otro.
  return tipo === '' || tipo === 'application/octet-stream' ? (TIPOS[extension] ?? tipo) : tipo;
}

function tipoBase(tipo: string): string {
  return tipo.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function nombreLimpio(nombre: string | undefined): string {
  const limpio = (nombre ?? '')
    .toWellFormed()
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069/\\]/gu, '')
    .trim();
  return limpio.slice(-120) || 'archivo';
}

function disposicion(enLinea: boolean, nombre: string | null): string {
  const clase = enLinea ? 'inline' : 'attachment';
  if (!nombre) return clase;
  const ascii = nombre.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const utf8 = encodeURIComponent(nombre.toWellFormed()).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16)}`,
  );
  return `${clase}; filename="${ascii}"; filename*=UTF-8''${utf8}`;
}

function rangoDe(req: Request, total: number): { desde: number; hasta: number } | 'imposible' | null {
  const rangos = req.range(total, { combine: true });
  if (rangos === undefined || rangos === -2) return null;
  if (rangos === -1) return 'imposible';
  const uno = rangos[0];
  return rangos.type === 'bytes' && uno && rangos.length === 1 ? { desde: uno.start, hasta: uno.end } : null;
}

/** Sólo los bytes de un tramo. */
function tramo(desde: number, hasta: number) {
  return async function* recortar(flujo: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let aqui = 0;
    for await (const trozo of flujo) {
      const inicio = aqui;
      aqui += trozo.length;
      if (aqui <= desde) continue;
      yield trozo.subarray(Math.max(0, desde - inicio), Math.min(trozo.length, hasta + 1 - inicio));
      if (aqui > hasta) return;
    }
  };
}
