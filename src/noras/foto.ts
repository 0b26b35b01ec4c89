import type { Request, Response } from 'express';
import type { Contexto } from '../contexto.ts';
import { ErrorAdjunto } from '../datos/adjuntos.ts';
import { noEncontrado } from '../errores.ts';
import { mandarFlujo } from '../web/mandar_flujo.ts';

const TIPOS = new Set(['image/jpeg', 'image/png', 'image/webp']);

/** La dirección de la foto de una nora; es lo que guarda `configuracion_bot.foto_perfil`. */
export function rutaFoto(nombre_nora: string, id: string): string {
  return `/panel_cliente/${nombre_nora}/foto/${id}`;
}

/**
 * Manda la foto de la nora a cualquiera de su equipo. Vive fuera de los módulos: el riel la dibuja siempre.
 * Sólo la foto puesta: por aquí no se llega a otros archivos de la nora.
 */
export async function enviarFoto(
  ctx: Pick<Contexto, 'adjuntos'>,
  req: Request,
  res: Response,
): Promise<void> {
  const id = String(req.params['id'] ?? '');
  if (req.nora.foto_perfil !== rutaFoto(req.nora.nombre_nora, id)) throw noEncontrado();
  const { data } = await req.nora.bd
    .from('adjuntos')
    .select('tipo, ruta, estado')
    .eq('id', id)
    .maybeSingle()
    .throwOnError();
  if (!data?.ruta || data.estado !== 'listo' || !TIPOS.has(data.tipo)) throw noEncontrado();
  const flujo = await ctx.adjuntos.leer(data.ruta).catch((e: unknown) => {
    throw e instanceof ErrorAdjunto && e.codigo === 'no_existe' ? noEncontrado() : e;
  });
  // Cada foto nueva tiene otra dirección.
  res.setHeader('Cache-Control', 'private, max-age=31536000, immutable');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.type(data.tipo);
  await mandarFlujo(flujo, res);
}
