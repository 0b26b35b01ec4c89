import type { Request, Response } from 'express';
import { ErrorApp } from '../../errores.ts';
import { dibujarPagina } from '../../web/pagina.ts';
import type { Entorno } from './presentar.ts';

export const VISTAS = 'panel_cliente/respuestas';

export function campo(nombre: string, mensaje: string): ErrorApp {
  return new ErrorApp(422, 'datos_invalidos', mensaje, { campos: { [nombre]: mensaje } });
}

export function dibujar(req: Request, res: Response, vista: string, datos: object, estado?: number): void {
  dibujarPagina(req, res, `${VISTAS}/${vista}`, datos, estado);
}

export function entornoDe(req: Request): Entorno {
  return { base: baseDe(req), zona: req.nora.zona_horaria, ahora: new Date() };
}

export function baseDe(req: Request): string {
  return `/panel_cliente/${req.nora.nombre_nora}/respuestas`;
}
