import type { Contexto } from '../contexto.ts';
import { describirError } from '../errores.ts';
import { rutasBorradas, rutasPorBorrar, soltarAdjuntos } from './consultas.ts';

type Piezas = Pick<Contexto, 'bd' | 'adjuntos' | 'log'>;

const VUELTAS = 200;

/** De noche: borra lo que se subió al redactor y nunca se envió, y lo que otro borrado dejó pendiente. */
export async function borrarSueltos(ctx: Piezas): Promise<void> {
  for (let vuelta = 0; vuelta < VUELTAS; vuelta++) {
    const rutas = await soltarAdjuntos(ctx.bd.servicio);
    if (rutas.length === 0 || (await borrar(ctx, rutas)) === 0) return;
  }
}

/** Borra del almacén los archivos cuya fila ya no existe. Lo que falle se queda apuntado para la próxima. */
export async function borrarPendientes(ctx: Piezas): Promise<void> {
  for (let vuelta = 0; vuelta < VUELTAS; vuelta++) {
    const rutas = await rutasPorBorrar(ctx.bd.servicio);
    if (rutas.length === 0 || (await borrar(ctx, rutas)) === 0) return;
  }
}

async function borrar(ctx: Piezas, rutas: string[]): Promise<number> {
  const hechas: string[] = [];
  for (const ruta of rutas) {
    try {
      await ctx.adjuntos.borrar(ruta);
      hechas.push(ruta);
    } catch (error) {
      ctx.log.warn({ falla: describirError(error) }, 'no se pudo borrar un archivo; se intentará de nuevo');
    }
  }
  if (hechas.length > 0) await rutasBorradas(ctx.bd.servicio, hechas);
  return hechas.length;
}
