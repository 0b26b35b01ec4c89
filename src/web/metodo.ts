import type { RequestHandler } from 'express';

/**
 * Un formulario HTML sólo sabe GET y POST: con el campo oculto `_metodo=DELETE` una acción de borrar
 * funciona también sin JavaScript. Va después de csrf, que ya vio el POST.
 */
export const metodoDeFormulario: RequestHandler = (req, _res, next) => {
  const cuerpo = req.body as { _metodo?: unknown } | undefined;
  if (req.method === 'POST' && cuerpo?._metodo === 'DELETE') req.method = 'DELETE';
  next();
};
