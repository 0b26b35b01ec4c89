import type { z } from 'zod';
import { ErrorApp } from '../errores.ts';

/**
 * Valida lo que llegó de fuera (`req.body`, `req.query`, `req.params`) con un esquema zod y devuelve
 * el valor ya tipado.
 * @throws ErrorApp 422 `datos_invalidos` con `extra.campos` = lo que dice `fallasDe`
 */
export function leer<E extends z.ZodType>(esquema: E, entrada: unknown): z.output<E> {
  // Express 5 deja req.body sin definir cuando no hubo cuerpo que leer.
  const resultado = esquema.safeParse(entrada ?? {});
  if (resultado.success) return resultado.data;
  throw new ErrorApp(422, 'datos_invalidos', 'Revisa los datos marcados.', {
    campos: fallasDe(resultado.error),
  });
}

/**
 * {campo: su primer mensaje}, como lo ponen los formularios al lado de cada campo. Lo que está mal en un renglón de una
 * lista (`frases.3`) también se dice en la lista entera, que es el campo que la persona ve.
 */
export function fallasDe(error: {
  issues: readonly { path: PropertyKey[]; message: string }[];
}): Record<string, string> {
  const fallas: Record<string, string> = {};
  for (const { path, message } of error.issues) {
    fallas[path.join('.') || '_'] ??= message;
    if (path.length > 1) fallas[String(path[0])] ??= message;
  }
  return fallas;
}
