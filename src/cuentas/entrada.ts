import type { Contexto } from '../contexto.ts';
import { ErrorApp } from '../errores.ts';
import { selloDe } from '../noras/membresia.ts';
import type { LimiteEntrada } from '../web/limites.ts';
import { comprobarClave, convieneRehacer, resumirClave } from './clave.ts';
import { anotarAcceso, buscarPorCorreo } from './consultas.ts';

/** Quien acaba de comprobar su clave, listo para abrir sesión. */
export interface Entrante {
  id: string;
  rol: 'admin' | 'cliente';
  sello: string;
  /** Falta su segundo paso antes de abrir sesión. */
  totp: boolean;
}

/**
 * Comprueba correo y clave. No distingue correo inexistente, cuenta desactivada y clave mala, ni por
 * mensaje ni por tiempo.
 * @throws ErrorApp 401 `entrada_invalida`, 429 `demasiados_intentos`
 */
export async function comprobarEntrada(
  ctx: Pick<Contexto, 'bd' | 'membresias'>,
  limite: LimiteEntrada,
  datos: { correo: string; clave: string; ip: string },
): Promise<Entrante> {
  await limite.apartar(datos.correo, datos.ip);
  const usuario = await buscarPorCorreo(ctx.bd.servicio, datos.correo);
  const buena = await comprobarClave(datos.clave, usuario?.activo ? usuario.clave_hash : null);
  if (!usuario || !buena) {
    throw new ErrorApp(401, 'entrada_invalida', 'El correo o la clave no son correctos.');
  }
  await limite.perdonar(datos.correo, datos.ip);
  const nuevo = convieneRehacer(usuario.clave_hash) ? await resumirClave(datos.clave) : null;
  await anotarAcceso(ctx.bd.servicio, usuario.id, nuevo);
  // Rehacer el resumen cambia el sello: este proceso no debe comparar con el viejo.
  ctx.membresias.olvidar(usuario.id);
  const { id, rol, totp_activo } = usuario;
  return { id, rol, totp: totp_activo, sello: selloDe(nuevo ?? usuario.clave_hash) };
}

/** A dónde va cada quien al entrar: admin a /admin, con una nora a su panel, con varias (o ninguna) a elegir. */
export async function destinoInicial(
  ctx: Pick<Contexto, 'membresias' | 'registro'>,
  usuario: { id: string; rol: 'admin' | 'cliente' },
): Promise<string> {
  if (usuario.rol === 'admin') return '/admin';
  const cuenta = await ctx.membresias.obtener(usuario.id);
  const activas = [...(cuenta?.noras.keys() ?? [])].filter((n) => ctx.registro.obtener(n)?.activo);
  return activas.length === 1 ? `/panel_cliente/${activas[0]}` : '/noras';
}
