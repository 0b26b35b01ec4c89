import type { Request, Response } from 'express';
import type { Contexto } from '../../contexto.ts';
import type { Cambio } from '../../ia/ensayo.ts';
import { estadoPruebas, revisarCambio } from '../../ia/pruebas.ts';
import { esFragmento } from '../../web/formato.ts';
import { dibujarPagina, idUsuario, responder } from '../../web/pagina.ts';
import type { Entorno } from './presentar.ts';

export const VISTAS = 'panel_cliente/conocimiento';

export interface Pruebas {
  activas: number;
  exige: boolean;
}

const SIN_PRUEBAS: Pruebas = { activas: 0, exige: false };

/** Las pruebas que hay que correr, para ofrecerlas; ninguna si la nora no tiene el módulo. */
export async function pruebasDe(req: Request): Promise<Pruebas> {
  return req.nora.modulos.has('ia') ? estadoPruebas(req.nora.bd) : SIN_PRUEBAS;
}

/**
 * Si la nora exige pruebas (o se pidieron), el cambio queda apartado mientras corren y la persona va a ver cómo salen.
 * Verdadero: ya se respondió y no hay que guardar.
 */
export async function apartar(
  ctx: Contexto,
  req: Request,
  res: Response,
  cambio: Cambio,
  resumen: string,
  siempre = false,
): Promise<boolean> {
  const { bd, nombre_nora } = req.nora;
  const revision = await revisarCambio(ctx, {
    bd,
    nombre_nora,
    usuario: idUsuario(req),
    cambio,
    resumen,
    siempre,
  });
  if (revision.r === 'libre') return false;
  if (esFragmento(req)) res.setHeader('HX-Redirect', revision.ruta).sendStatus(204);
  else responder(req, res, revision.ruta, { en_prueba: revision.corrida }, 202);
  return true;
}

export function dibujar(req: Request, res: Response, vista: string, datos: object, estado?: number): void {
  dibujarPagina(req, res, `${VISTAS}/${vista}`, datos, estado);
}

export function entornoDe(req: Request): Entorno {
  const base = baseDe(req);
  return {
    base,
    zona: req.nora.zona_horaria,
    ahora: new Date(),
    chat: req.nora.modulos.has('chat') ? base.replace(/conocimiento$/, 'chat') : '',
  };
}

export function baseDe(req: Request): string {
  return `/panel_cliente/${req.nora.nombre_nora}/conocimiento`;
}

export function plural(n: number): string {
  return n === 1 ? 'un bloque' : `${n.toLocaleString('es-MX')} bloques`;
}
