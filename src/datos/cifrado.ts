import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** El texto no se pudo descifrar: clave distinta, contexto distinto o datos alterados. */
export class ErrorCifrado extends Error {
  override name = 'ErrorCifrado';
}

/**
 * Cifra con AES-256-GCM. Devuelve `v1:iv:etiqueta:datos`, cada parte en base64url.
 * @param clave 32 bytes (`config.secretos.cifrado`).
 * @param contexto ata el secreto a su dueño (por ejemplo `twilio:aura`): copiado a otra fila no abre.
 */
export function cifrar(clave: Buffer, texto: string, contexto = ''): string {
  const iv = randomBytes(12);
  const c = createCipheriv('aes-256-gcm', clave, iv);
  c.setAAD(Buffer.from(contexto));
  const datos = Buffer.concat([c.update(texto, 'utf8'), c.final()]);
  return ['v1', ...[iv, c.getAuthTag(), datos].map((b) => b.toString('base64url'))].join(':');
}

/**
 * Lo contrario de `cifrar`, con la misma clave y el mismo contexto.
 * @throws ErrorCifrado
 */
export function descifrar(clave: Buffer, cifrado: string, contexto = ''): string {
  const [version, ...partes] = cifrado.split(':');
  const [iv, etiqueta, datos] = partes.map((p) => Buffer.from(p, 'base64url'));
  // La etiqueta completa: Node acepta por omision etiquetas recortadas, mas faciles de falsificar.
  if (version !== 'v1' || partes.length !== 3 || !iv || !datos || iv.length !== 12 || etiqueta?.length !== 16)
    throw new ErrorCifrado('El secreto guardado no tiene el formato esperado');
  try {
    const d = createDecipheriv('aes-256-gcm', clave, iv, { authTagLength: 16 });
    d.setAAD(Buffer.from(contexto));
    d.setAuthTag(etiqueta);
    return Buffer.concat([d.update(datos), d.final()]).toString('utf8');
  } catch {
    throw new ErrorCifrado('El secreto guardado no abre con esta CLAVE_CIFRADO');
  }
}
