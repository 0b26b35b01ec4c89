import type { Request, Response } from 'express';
import { ErrorApp } from '../errores.ts';
import { ponerEspera } from '../web/errores.ts';
import { exigirVigente } from '../web/csrf.ts';
import { prefiereJson } from '../web/formato.ts';

/**
 * Corre lo que hace un formulario y, si algo esperado falla, vuelve a dibujarlo con el error y lo ya escrito.
 * A los programas les llega el error tal cual.
 */
export async function conFormulario(
  req: Request,
  res: Response,
  hacer: () => Promise<void>,
  redibujar: (falla: FallaFormulario) => void | Promise<void>,
): Promise<void> {
  try {
    exigirVigente(res);
    await hacer();
  } catch (error) {
    const sePuede =
      error instanceof ErrorApp && error.estado < 500 && error.estado !== 404 && error.estado !== 410;
    if (!sePuede || prefiereJson(req)) throw error;
    res.status(error.estado);
    ponerEspera(res, error);
    const campos = (error.extra?.['campos'] as Record<string, string> | undefined) ?? {};
    await redibujar({ error: { codigo: error.codigo, mensaje: error.message }, campos });
  }
}

export interface FallaFormulario {
  error: { codigo: string; mensaje: string } | null;
  campos: Record<string, string>;
}

export const SIN_FALLA: FallaFormulario = { error: null, campos: {} };

/** Lo escrito en un formulario, para no perderlo: sólo textos y listas de textos, nunca contraseñas. */
export function loEscrito(cuerpo: unknown): Record<string, string | string[]> {
  const pares = Object.entries((cuerpo ?? {}) as Record<string, unknown>).filter(
    (par): par is [string, string | string[]] =>
      !/clave|actual|nueva|token|codigo/i.test(par[0]) &&
      (typeof par[1] === 'string' || (Array.isArray(par[1]) && par[1].every((v) => typeof v === 'string'))),
  );
  return Object.fromEntries(pares);
}
