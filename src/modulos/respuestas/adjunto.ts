import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorAdjunto } from '../../datos/adjuntos.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { apuntarAdjunto } from '../../mensajes/media.ts';
import { mandarFlujo } from '../../web/mandar_flujo.ts';
import type { Archivo } from '../../web/subida.ts';
import type { AdjuntoRegla } from './consultas.ts';

/** Topes de WhatsApp por Twilio: twilio.com/docs/whatsapp/guidance-whatsapp-media-messages. */
export const MAXIMO_ADJUNTO = 16 * 1024 * 1024;
const MAXIMO_IMAGEN = 5 * 1024 * 1024;

/** Lo que una regla puede mandar, con cómo empieza de verdad cada tipo: WhatsApp rechaza un archivo que miente. */
const TIPOS: readonly { tipo: string; empieza: (b: Buffer) => boolean }[] = [
  { tipo: 'image/jpeg', empieza: (b) => b[0] === 0xff && b[1] === 0xd8 },
  { tipo: 'image/png', empieza: (b) => b.subarray(1, 4).toString('latin1') === 'PNG' },
  { tipo: 'image/webp', empieza: (b) => b.subarray(8, 12).toString('latin1') === 'WEBP' },
  { tipo: 'application/pdf', empieza: (b) => b.subarray(0, 1024).includes('%PDF-') },
  { tipo: 'audio/ogg', empieza: (b) => b.subarray(0, 4).toString('latin1') === 'OggS' },
  {
    tipo: 'audio/mpeg',
    empieza: (b) =>
      b.subarray(0, 3).toString('latin1') === 'ID3' || (b[0] === 0xff && ((b[1] ?? 0) & 0xe6) === 0xe2),
  },
  { tipo: 'audio/mp4', empieza: (b) => b.subarray(4, 11).toString('latin1') === 'ftypM4A' },
  { tipo: 'video/mp4', empieza: (b) => b.subarray(4, 8).toString('latin1') === 'ftyp' },
];

const EN_LINEA = /^(image|audio|video)\//;

/**
 * Guarda el archivo de una regla, reconocido por cómo empieza y no por lo que diga el navegador.
 * @throws ErrorApp 413 `archivo_grande`, 415 `tipo_no_aceptado`, 422 `archivo_vacio`
 */
export async function guardarAdjunto(
  ctx: Pick<Contexto, 'adjuntos'>,
  req: Request,
  archivo: Archivo,
): Promise<string> {
  const { nombre, contenido } = archivo;
  if (contenido.length === 0) throw mal(422, 'archivo_vacio', `«${nombre}» está vacío.`);
  const tipo = TIPOS.find((t) => t.empieza(contenido))?.tipo;
  if (!tipo)
    throw mal(
      415,
      'tipo_no_aceptado',
      `WhatsApp no acepta «${nombre}». Sube una imagen, un PDF, un audio o un video MP4.`,
    );
  if (tipo.startsWith('image/') && contenido.length > MAXIMO_IMAGEN)
    throw mal(413, 'archivo_grande', `«${nombre}» pesa más de 5 MB, el tope de WhatsApp para imágenes.`);
  const id = randomUUID();
  const nora = req.nora.nombre_nora;
  const hecho = await ctx.adjuntos.guardar(contenido, {
    nombre_nora: nora,
    id,
    tipo,
    maximo: MAXIMO_ADJUNTO,
  });
  await apuntarAdjunto(req.nora.bd, { id, nombre_nora: nora, tipo, nombre, ...hecho });
  return id;
}

/** Enseña el archivo de una regla a quien ya demostró ser de su nora. */
export async function enviarAdjunto(
  ctx: Pick<Contexto, 'adjuntos'>,
  res: Response,
  adjunto: AdjuntoRegla,
): Promise<void> {
  if (adjunto.estado !== 'listo' || !adjunto.ruta) throw noEncontrado('Ese archivo ya no existe.');
  const flujo = await ctx.adjuntos.leer(adjunto.ruta).catch((e: unknown) => {
    throw e instanceof ErrorAdjunto && e.codigo === 'no_existe'
      ? noEncontrado('Ese archivo ya no existe.')
      : e;
  });
  res.setHeader('Content-Type', adjunto.tipo);
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
  res.setHeader('Cache-Control', 'private, max-age=86400, immutable');
  const nombre = encodeURIComponent(adjunto.nombre ?? 'archivo').replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16)}`,
  );
  res.setHeader(
    'Content-Disposition',
    `${EN_LINEA.test(adjunto.tipo) ? 'inline' : 'attachment'}; filename*=UTF-8''${nombre}`,
  );
  await mandarFlujo(flujo, res);
}

function mal(estado: number, codigo: string, mensaje: string): ErrorApp {
  return new ErrorApp(estado, codigo, mensaje, { campos: { archivo: mensaje } });
}
