import type { Request, Response } from 'express';
import type { Contexto } from '../contexto.ts';
import { ErrorApp, noEncontrado } from '../errores.ts';
import { prefiereJson } from '../web/formato.ts';
import type { LimiteEntrada } from '../web/limites.ts';
import { comprobarClave } from './clave.ts';

/** El id de quien tiene la sesión. */
export function yo(req: Request): string {
  if (!req.usuario) throw noEncontrado();
  return req.usuario.id;
}

/** La fila de quien tiene la sesión. */
export async function leerPropia({ bd }: Pick<Contexto, 'bd'>, req: Request) {
  const { data } = await bd.servicio
    .from('usuarios')
    .select('clave_hash, totp_activo, totp_codigos, avisos, correo, nombre')
    .eq('id', yo(req))
    .single()
    .throwOnError();
  return data;
}

/** @throws ErrorApp 422 si la contraseña no es, 429 si se intenta mucho */
export async function confirmarClave(
  ctx: Pick<Contexto, 'bd'>,
  limite: LimiteEntrada,
  req: Request,
  clave: string,
): Promise<void> {
  await limite.apartar(`clave:${yo(req)}`, req.ip ?? '');
  const { clave_hash } = await leerPropia(ctx, req);
  if (!(await comprobarClave(clave, clave_hash)))
    throw new ErrorApp(422, 'clave_invalida', 'Esa no es tu contraseña.', {
      campos: { actual: 'Esa no es tu contraseña.' },
    });
  await limite.perdonar(`clave:${yo(req)}`, req.ip ?? '');
}

/** Tras un cambio en la cuenta propia: vuelve a ella y lo dice. */
export function listo(req: Request, res: Response, texto: string): void {
  if (prefiereJson(req)) return void res.json({ ok: true });
  req.session.aviso = { tipo: 'bien', texto };
  res.redirect(303, '/cuenta');
}
