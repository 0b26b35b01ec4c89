import type { Response } from 'express';
import { dibujar } from '../../web/vistas.ts';
import '../../web/tipos_express.ts';

export const VISTAS = 'panel_cliente/contactos';

export function fragmento(res: Response, vista: string, datos: object): void {
  res.setHeader('Cache-Control', 'no-store');
  res.vary('HX-Request');
  res.type('html').send(dibujar(res, `${VISTAS}/${vista}`, datos));
}
