import type { Request, Response } from 'express';
import { noEncontrado } from '../../errores.ts';
import { esFragmento, prefiereJson } from '../../web/formato.ts';
import { tomarAviso } from '../../web/pagina.ts';
import { renderizar } from '../../web/vistas.ts';
import { type Cuenta, listarCuentas } from './consultas.ts';

const VISTAS = 'panel_cliente/ads';

export type Pestana = 'resumen' | 'reportes' | 'receptores' | 'cambios' | 'cuentas';

export function baseDe(req: Request): string {
  return `/panel_cliente/${req.nora.nombre_nora}/ads`;
}

/** Dibuja una página del módulo con su pestaña y el aviso que haya dejado la acción anterior. */
export function dibujar(
  req: Request,
  res: Response,
  vista: string,
  pestana: Pestana,
  datos: object,
  estado?: number,
): void {
  renderizar(
    res,
    `${VISTAS}/${vista}`,
    { base: baseDe(req), pestana, ...datos, aviso: tomarAviso(req) },
    { layout: esFragmento(req) ? null : 'panel', ...(estado && { estado }) },
  );
}

/** Lo escrito quedó: lo dice en la página siguiente, o responde en JSON a un programa. */
export function terminar(
  req: Request,
  res: Response,
  destino: string,
  texto: string,
  datos: object = {},
  estado = 200,
): void {
  if (prefiereJson(req)) return void res.status(estado).json({ ...datos, ruta: destino });
  req.session.aviso = { tipo: 'bien', texto };
  res.redirect(303, destino);
}

/** La cuenta pedida, o la primera; null si la nora no tiene ninguna. @throws ErrorApp 404 si la pedida no es suya */
export async function elegirCuenta(
  req: Request,
  id: string | undefined,
): Promise<{ cuenta: Cuenta; cuentas: Cuenta[] } | null> {
  const cuentas = await listarCuentas(req.nora.bd);
  const cuenta = id ? cuentas.find((c) => c.id === id) : cuentas[0];
  if (!cuenta && id) throw noEncontrado('Esa cuenta de anuncios no existe.');
  return cuenta ? { cuenta, cuentas } : null;
}
