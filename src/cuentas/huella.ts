import { createHash, randomBytes } from 'node:crypto';

/** sha256 en hexadecimal: lo que se guarda de una liga o de un código, y el nombre público de una sesión. */
export function huellaDe(secreto: string): string {
  return createHash('sha256').update(secreto).digest('hex');
}

/** Un secreto de 256 bits para una liga de un solo uso, con lo único que se guarda de él. */
export function nuevoSecreto(): { secreto: string; huella: string } {
  const secreto = randomBytes(32).toString('base64url');
  return { secreto, huella: huellaDe(secreto) };
}
