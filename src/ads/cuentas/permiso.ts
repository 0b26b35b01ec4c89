import type { Contexto } from '../../contexto.ts';
import { cifrar, descifrar } from '../../datos/cifrado.ts';
import { ErrorMeta } from '../../integraciones/meta_errores.ts';

type Config = Pick<Contexto, 'config'>;

/** Cifra un permiso de Meta para esa nora: copiado a otra, no abre. */
export function guardarPermiso({ config }: Config, nora: string, token: string): string {
  return cifrar(config.secretos.cifrado, token, `meta:${nora}`);
}

/** El permiso con el que se habla por esa cuenta: el suyo o el de la agencia. @throws ErrorMeta `token` si no hay */
export function abrirPermiso(
  { config }: Config,
  nora: string,
  c: { token: string | null; agencia: boolean },
): string {
  if (c.token) return descifrar(config.secretos.cifrado, c.token, `meta:${nora}`);
  if (c.agencia && config.meta.token) return config.meta.token;
  throw new ErrorMeta('token', 'Esta cuenta no tiene permiso guardado.');
}
