import { csrfSync } from 'csrf-sync';
import type { Request, RequestHandler, Response } from 'express';
import { ErrorApp } from '../errores.ts';
import { prefiereJson } from './formato.ts';

const { csrfSynchronisedProtection, generateToken, invalidCsrfTokenError } = csrfSync({
  size: 32,
  getTokenFromRequest: (req) => {
    const enCabecera = req.headers['x-csrf-token'];
    if (typeof enCabecera === 'string') return enCabecera;
    const enCuerpo = (req.body as { _csrf?: unknown } | undefined)?._csrf;
    return typeof enCuerpo === 'string' ? enCuerpo : undefined;
  },
});

/**
 * Formularios de quien todavía no entra. Su sesión dura media hora y la pestaña puede llevar toda la noche abierta: el
 * manejador los rechaza igual, con `exigirVigente`, pero vuelve a dibujarlos con lo escrito y un token que sí sirve.
 */
const DE_ENTRADA = new Set(['/login', '/login/codigo', '/recuperar', '/recuperar/clave', '/invitacion']);

/**
 * Exige el token de la sesión en todo lo que no sea lectura: campo `_csrf` o cabecera `x-csrf-token`.
 * Va después de sesiones y de los lectores de cuerpo.
 */
export const exigirCsrf: RequestHandler = (req, res, next) => {
  csrfSynchronisedProtection(req, res, (error?: unknown) => {
    if (error !== invalidCsrfTokenError) return next(error);
    if (DE_ENTRADA.has(req.path) && !prefiereJson(req)) {
      res.locals['caducada'] = true;
      return next();
    }
    next(new ErrorApp(403, 'csrf', 'La página caducó. Recárgala e inténtalo de nuevo.'));
  });
};

/** @throws ErrorApp 403 si el token de un formulario de entrada no era el suyo; va antes que cualquier efecto */
export function exigirVigente(res: Response): void {
  if (res.locals['caducada'])
    throw new ErrorApp(403, 'csrf', 'Esta página llevaba mucho tiempo abierta. Inténtalo otra vez.');
}

/**
 * El token para las vistas. Se crea hasta que alguien lo escribe: una página que no lo usa no abre
 * sesión, y una visita de paso no deja una fila en la base.
 */
export function csrfPerezoso(req: Request): { toString(): string; toJSON(): string } {
  const token = (): string => (req.session ? generateToken(req) : '');
  return { toString: token, toJSON: token };
}

/** El token ya como texto; lo usan las respuestas JSON. */
export function tokenCsrf(req: Request): string {
  return generateToken(req);
}
