import type { z } from 'zod';
import { ErrorApp } from '../errores.ts';

/**
 * Valida lo que llegó de fuera (`req.body`, `req.query`, `req.params`) con un esquema zod y devuelve
 * el valor ya tipado.
 * @throws ErrorApp 422 `datos_invalidos` con `extra.campos` = { ruta.del.campo: primer mensaje }
 */
export function leer<E extends z.ZodType>(esquema: E, entrada: unknown): z.output<E> {
  // Express 5 deja req.body sin definir cuando no hubo cuerpo que leer.
  const resultado = esquema.safeParse(entrada ?? {});
  if (resultado.success) return resultado.data;
  const campos: Record<string, string> = {};
  for (const falla of resultado.error.issues) {
    const ruta = falla.path.join('.') || '_';
    campos[ruta] ??= falla.message;
  }
  throw new ErrorApp(422, 'datos_invalidos', 'Revisa los datos marcados.', { campos });
}
