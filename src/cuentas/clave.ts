import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derivar = promisify(argon2);

// Mínimo de OWASP para argon2id (Password Storage Cheat Sheet): 19 MiB, 2 pasadas, 1 hilo.
const COSTO = { memory: 19_456, passes: 2, parallelism: 1 };
const LARGO = 32;
// PHC: $argon2id$v=19$m=…,t=…,p=…$sal$resumen, en base64 sin relleno.
const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]{11,})\$([A-Za-z0-9+/]{22,})$/;

/** Resume una clave con argon2id y sal nueva, en formato PHC. */
export async function resumirClave(clave: string): Promise<string> {
  const sal = randomBytes(16);
  const resumen = await derivar('argon2id', {
    message: normalizar(clave),
    nonce: sal,
    tagLength: LARGO,
    ...COSTO,
  });
  return `$argon2id$v=19$m=${COSTO.memory},t=${COSTO.passes},p=${COSTO.parallelism}$${base64(sal)}$${base64(resumen)}`;
}

/**
 * true si la clave corresponde al resumen. Sin resumen (correo inexistente) hace el mismo trabajo y
 * devuelve false: el tiempo de respuesta no dice qué correos existen.
 */
export async function comprobarClave(clave: string, resumen: string | null): Promise<boolean> {
  const partes = PHC.exec(resumen ?? '');
  const sal = partes ? Buffer.from(partes[4] ?? '', 'base64') : Buffer.alloc(16);
  const esperado = partes ? Buffer.from(partes[5] ?? '', 'base64') : Buffer.alloc(LARGO);
  const obtenido = await derivar('argon2id', {
    message: normalizar(clave),
    nonce: sal,
    tagLength: esperado.length,
    memory: partes ? Number(partes[1]) : COSTO.memory,
    passes: partes ? Number(partes[2]) : COSTO.passes,
    parallelism: partes ? Number(partes[3]) : COSTO.parallelism,
  });
  return timingSafeEqual(obtenido, esperado) && partes !== null;
}

/** true si el resumen se hizo con otro costo y conviene rehacerlo ahora que se tiene la clave. */
export function convieneRehacer(resumen: string): boolean {
  const partes = PHC.exec(resumen);
  if (!partes) return true;
  return (
    Number(partes[1]) !== COSTO.memory ||
    Number(partes[2]) !== COSTO.passes ||
    Number(partes[3]) !== COSTO.parallelism
  );
}

/** La misma clave tecleada en otro sistema llega con los acentos compuestos de otra forma. */
function normalizar(clave: string): string {
  return clave.normalize('NFKC');
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
