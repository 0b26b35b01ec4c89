import type { Contexto } from '../contexto.ts';
import { borrarPendientes } from '../mensajes/limpieza.ts';

/**
 * Borra lo que ya no se puede deshacer en contactos, con sus archivos, y los de importaciones que ya no corren. Recorre
 * todas las noras, y por eso vive aquí y no en el módulo, que sólo conoce al cliente de una.
 */
export async function limpiarContactos(ctx: Pick<Contexto, 'bd' | 'adjuntos' | 'log'>): Promise<void> {
  await ctx.bd.servicio.rpc('limpiar_contactos').throwOnError();
  await borrarPendientes(ctx);
}
