import type { Contexto } from '../contexto.ts';

/**
 * Borra lo que ya no se puede deshacer en contactos y los archivos de importaciones que nadie confirmó. Recorre todas
 * las noras, y por eso vive aquí y no en el módulo, que sólo conoce al cliente de una.
 */
export async function limpiarContactos(ctx: Pick<Contexto, 'bd' | 'adjuntos'>): Promise<void> {
  const { data } = await ctx.bd.servicio.rpc('limpiar_contactos').throwOnError();
  for (const ruta of Array.isArray(data) ? data : [])
    if (typeof ruta === 'string') await ctx.adjuntos.borrar(ruta);
}
