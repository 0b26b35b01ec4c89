import type { Request, Response } from 'express';
import type { Contexto } from '../../contexto.ts';
import { tomarAviso } from '../../web/pagina.ts';
import { renderizar } from '../../web/vistas.ts';
import { type Entorno, pestanas } from './presentar.ts';

export const VISTAS = 'panel_cliente/ia';

export function entornoDe(ctx: Contexto, req: Request): Entorno {
  const { nombre_nora, zona_horaria, modulos } = req.nora;
  const panel = `/panel_cliente/${nombre_nora}`;
  return {
    base: `${panel}/ia`,
    zona: zona_horaria,
    chat: modulos.has('chat') ? `${panel}/chat` : '',
    conocimiento: modulos.has('conocimiento') ? `${panel}/conocimiento` : '',
    modelo: ctx.modelo?.modelo ?? null,
    precios: ctx.config.ia.precios,
  };
}

export function dibujar(
  ctx: Contexto,
  req: Request,
  res: Response,
  vista: string,
  pestana: string,
  datos: object,
  estado?: number,
): void {
  const e = entornoDe(ctx, req);
  const comunes = { base: e.base, pestanas: pestanas(e.base, pestana), aviso: tomarAviso(req) };
  renderizar(res, `${VISTAS}/${vista}`, { ...comunes, ...datos }, { ...(estado && { estado }) });
}

export function terminar(
  req: Request,
  res: Response,
  ruta: string,
  texto: string,
  tipo: 'bien' | 'mal' = 'bien',
): void {
  if (texto) req.session.aviso = { tipo, texto };
  res.redirect(303, `/panel_cliente/${req.nora.nombre_nora}/ia${ruta}`);
}
