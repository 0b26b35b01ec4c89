import { createSecretKey } from 'node:crypto';
import { importJWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { ConfigBase } from '../config.ts';
import { Lru } from './lru.ts';

/** Roles con los que la aplicacion se presenta ante la API de datos; cualquier otro se rechaza. */
export const ROLES_PERMITIDOS = ['anon', 'nora_panel', 'service_role'] as const;
export type RolJwt = (typeof ROLES_PERMITIDOS)[number];

/** Quien pide: el servicio entero o una sola nora. */
export type Identidad = { role: 'service_role' } | { role: 'nora_panel'; nombre_nora: string };

/** Firma y conserva tokens cortos, uno por identidad, renovados antes de vencer. */
export interface Firmador {
  token(identidad: Identidad): Promise<string>;
}

const VIDA_S = 600;
/** Con tanto margen un token recien entregado nunca vence a media peticion. */
const MARGEN_S = 120;

/**
 * Firmador HS256 (secreto) o ES256 (JWK privada, con su `kid`) segun la configuracion.
 * @throws Error si no hay con que firmar.
 */
export async function crearFirmador(base: ConfigBase, ahora: () => number = Date.now): Promise<Firmador> {
  const { llave, cabecera } = await llaveDeFirma(base);
  const cache = new Lru<string, { token: Promise<string>; vence: number }>(5000);

  async function firmar(identidad: Identidad, s: number): Promise<string> {
    return new SignJWT({ ...identidad })
      .setProtectedHeader(cabecera)
      .setIssuedAt(s)
      .setExpirationTime(s + VIDA_S)
      .sign(llave);
  }

  return {
    token(identidad) {
      const clave = identidad.role === 'nora_panel' ? `n:${identidad.nombre_nora}` : 's';
      const s = Math.floor(ahora() / 1000);
      const guardado = cache.obtener(clave);
      if (guardado && guardado.vence - MARGEN_S > s) return guardado.token;
      const token = firmar(identidad, s);
      cache.poner(clave, { token, vence: s + VIDA_S });
      return token;
    },
  };
}

/**
 * Verificador de lo que entra a la API de datos local: firma, vigencia y rol de la lista cerrada.
 * @returns los datos del token, o null si no vale.
 */
export function crearVerificador(secreto: string): (token: string) => Promise<JWTPayload | null> {
  const llave = createSecretKey(Buffer.from(secreto));
  const vistos = new Lru<string, JWTPayload>(5000);
  return async (token) => {
    const visto = vistos.obtener(token);
    if (visto) return (visto.exp ?? 0) * 1000 > Date.now() ? visto : null;
    try {
      const { payload } = await jwtVerify(token, llave, {
        algorithms: ['HS256'],
        requiredClaims: ['exp', 'role'],
      });
      if (!rolPermitido(payload)) return null;
      vistos.poner(token, payload);
      return payload;
    } catch {
      return null;
    }
  };
}

function rolPermitido(payload: JWTPayload): boolean {
  const rol = payload['role'];
  if (!ROLES_PERMITIDOS.some((r) => r === rol)) return false;
  return (
    rol !== 'nora_panel' || (typeof payload['nombre_nora'] === 'string' && payload['nombre_nora'] !== '')
  );
}

async function llaveDeFirma(base: ConfigBase) {
  if (base.jwtClave) {
    const llave = await importJWK(base.jwtClave, 'ES256');
    return { llave, cabecera: { alg: 'ES256', kid: base.jwtClave.kid, typ: 'JWT' } };
  }
  if (!base.jwtSecreto) throw new Error('No hay con qué firmar los JWT de la base');
  return { llave: createSecretKey(Buffer.from(base.jwtSecreto)), cabecera: { alg: 'HS256', typ: 'JWT' } };
}
