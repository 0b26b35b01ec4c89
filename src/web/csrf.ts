import { csrfSync } from 'csrf-sync';
import type { Request, RequestHandler } from 'express';
import { ErrorApp } from '../errores.ts';

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
 * Exige el token de la sesión en todo lo que no sea lectura: campo `_csrf` o cabecera `x-csrf-token`.
 * Va después de sesiones y de los lectores de cuerpo.
 */
export const exigirCsrf: RequestHandler = (req, res, next) => {
  csrfSynchronisedProtection(req, res, (error?: unknown) => {
    if (error !== invalidCsrfTokenError) return next(error);
    next(new ErrorApp(403, 'csrf', 'La página caducó. Recárgala e inténtalo de nuevo.'));
  });
};

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
