import { randomBytes } from 'node:crypto';
import { generateSecret, generateURI, verify } from 'otplib';
import type { Contexto } from '../contexto.ts';
import { cifrar, descifrar } from '../datos/cifrado.ts';
import { huellaDe } from './huella.ts';

/** Un paso de 30 s de tolerancia a cada lado: relojes de teléfono algo corridos (RFC 6238, 5.2). */
const TOLERANCIA_S = 30;
const CODIGOS = 10;
// Sin letras ni cifras que se confundan al copiarlas de un papel.
const ALFABETO = 'abcdefghjkmnpqrstuvwxyz23456789';

export function crearSecretoTotp(): string {
  return generateSecret();
}

/** La dirección que entienden las aplicaciones de códigos. */
export function uriTotp(secreto: string, correo: string): string {
  return generateURI({ issuer: 'Nora', label: correo, secret: secreto });
}

/**
 * El paso de 30 s al que corresponde un código, o null si no vale.
 * @param despuesDe último paso aceptado: ése y los anteriores ya no valen, así un código visto no sirve dos veces
 */
export async function pasoDe(
  secreto: string,
  codigo: string,
  despuesDe = 0,
  ahora: number = Date.now(),
): Promise<number | null> {
  const token = codigo.replace(/\D/g, '');
  if (token.length !== 6) return null;
  const r = await verify({
    secret: secreto,
    token,
    epoch: Math.floor(ahora / 1000),
    epochTolerance: TOLERANCIA_S,
  });
  if (!r.valid || !('timeStep' in r)) return null;
  return r.timeStep > despuesDe ? r.timeStep : null;
}

/** Diez códigos de un solo uso, con las huellas que se guardan. */
export function crearCodigos(): { codigos: string[]; huellas: string[] } {
  const codigos = Array.from({ length: CODIGOS }, () => {
    const letras = [...randomBytes(10)].map((b) => ALFABETO[b % ALFABETO.length]).join('');
    return `${letras.slice(0, 5)}-${letras.slice(5)}`;
  });
  return { codigos, huellas: codigos.map(huellaDeCodigo) };
}

export function huellaDeCodigo(codigo: string): string {
  return huellaDe(codigo.toLowerCase().replace(/[^a-z0-9]/g, ''));
}

export function sellarSecreto(ctx: Pick<Contexto, 'config'>, usuario: string, secreto: string): string {
  return cifrar(ctx.config.secretos.cifrado, secreto, `totp:${usuario}`);
}

export function abrirSecreto(ctx: Pick<Contexto, 'config'>, usuario: string, sellado: string): string {
  return descifrar(ctx.config.secretos.cifrado, sellado, `totp:${usuario}`);
}

/**
 * Gasta un código de la aplicación o uno de recuperación; false si no vale o ya se usó.
 * La base decide el gasto: dos peticiones a la vez con el mismo código no pasan las dos.
 */
export async function gastarSegundoPaso(
  ctx: Pick<Contexto, 'bd' | 'config'>,
  usuario: string,
  codigo: string,
): Promise<boolean> {
  const servicio = ctx.bd.servicio;
  const { data: fila } = await servicio
    .from('usuarios')
    .select('totp_secreto, totp_activo, totp_paso')
    .eq('id', usuario)
    .maybeSingle()
    .throwOnError();
  if (!fila?.totp_activo || !fila.totp_secreto) return false;
  if (/^[\d\s]+$/.test(codigo)) {
    const paso = await pasoDe(abrirSecreto(ctx, usuario, fila.totp_secreto), codigo, fila.totp_paso);
    if (paso === null) return false;
    const { data } = await servicio.rpc('gastar_totp', { p_usuario: usuario, p_paso: paso }).throwOnError();
    return data === true;
  }
  const { data } = await servicio
    .rpc('gastar_codigo', { p_usuario: usuario, p_huella: huellaDeCodigo(codigo) })
    .throwOnError();
  return data === true;
}
