import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

/** Lo que se le hace al contenido en el camino. */
type Paso = (flujo: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;

/**
 * Manda un archivo y lo cierra pase lo que pase. Quien se va de la página mientras se buscaba el archivo deja una
 * respuesta ya cerrada: `pipeline` la rechaza sin tocar el origen, y el archivo se quedaría abierto.
 * @throws lo que falle al leer; que la persona se vaya no es un error
 */
export async function mandarFlujo(flujo: Readable, res: Response, paso?: Paso): Promise<void> {
  try {
    if (!res.destroyed) await (paso ? pipeline(flujo, paso, res) : pipeline(flujo, res));
  } catch (e) {
    if (!res.destroyed && !res.writableEnded) throw e;
  } finally {
    flujo.destroy();
  }
}
