import type { Request, Response } from 'express';
import type { Contexto } from '../contexto.ts';
import { ErrorApp } from '../errores.ts';
import './tipos_express.ts';
import { esFragmento, prefiereJson } from './formato.ts';
import { renderizar } from './vistas.ts';

/** Quién hace la petición. @throws ErrorApp 401 si nadie entró */
export function idUsuario(req: Request): string {
  if (!req.usuario) throw new ErrorApp(401, 'sin_sesion', 'Entra para continuar.');
  return req.usuario.id;
}

/**
 * El aviso de una sola vez que dejó la petición anterior. Un fragmento nunca lo toma: la página que se está yendo
 * todavía se refresca con el cambio que acaba de hacer, y se llevaría lo que es para la que viene.
 */
export function tomarAviso(req: Request): { tipo: string; texto: string } | null {
  if (esFragmento(req)) return null;
  const { aviso = null } = req.session;
  if (aviso) delete req.session.aviso;
  return aviso;
}

/** Los campos que marcó un error ya lanzado: {campo: mensaje}. */
export function camposDe(error: ErrorApp): Record<string, string> {
  return (error.extra?.['campos'] as Record<string, string> | undefined) ?? {};
}

/** Una página del panel con su aviso; si sólo se pidió un fragmento, sin lo que la rodea. */
export function dibujarPagina(
  req: Request,
  res: Response,
  vista: string,
  datos: object,
  estado?: number,
): void {
  renderizar(
    res,
    vista,
    { ...datos, aviso: tomarAviso(req) },
    { layout: esFragmento(req) ? null : 'panel', ...(estado && { estado }) },
  );
}

/** Lo que cambió, en JSON con la dirección a la que se iría; a un navegador lo lleva a ella. */
export function responder(req: Request, res: Response, destino: string, datos: object, estado = 200): void {
  if (prefiereJson(req)) res.status(estado).json({ ...datos, ruta: destino });
  else res.redirect(303, destino);
}

/** Un cambio que quedó: lo saben las demás pantallas de la nora, y la persona lo lee al llegar a `destino`. */
export function terminar(
  ctx: Pick<Contexto, 'vivo'>,
  req: Request,
  res: Response,
  destino: string,
  texto: string | null,
  datos: object,
  estado = 200,
): void {
  avisarNora(ctx, req);
  if (texto && !prefiereJson(req)) req.session.aviso = { tipo: 'bien', texto };
  responder(req, res, destino, datos, estado);
}

/** Las demás pantallas abiertas de esta nora vuelven a pedir lo suyo. */
export function avisarNora(ctx: Pick<Contexto, 'vivo'>, req: Request): void {
  ctx.vivo.emitir(req.nora.nombre_nora, 'nora:actualizada', {});
}
