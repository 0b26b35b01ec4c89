import type { Request, Response } from 'express';
import { dibujar } from '../../web/vistas.ts';
import '../../web/tipos_express.ts';

export const VISTAS = 'panel_cliente/contactos';

/** El aviso de una sola vez que dejó la petición anterior. */
export function tomarAviso(req: Request): { tipo: string; texto: string } | null {
  const { aviso = null } = req.session;
  if (aviso) delete req.session.aviso;
  return aviso;
}

export function erroresDe(error: {
  issues: { path: PropertyKey[]; message: string }[];
}): Record<string, string> {
  const errores: Record<string, string> = {};
  for (const falla of error.issues) errores[falla.path.join('.') || '_'] ??= falla.message;
  return errores;
}

export function fragmento(res: Response, vista: string, datos: object): void {
  res.setHeader('Cache-Control', 'no-store');
  res.vary('HX-Request');
  res.type('html').send(dibujar(res, `${VISTAS}/${vista}`, datos));
}
