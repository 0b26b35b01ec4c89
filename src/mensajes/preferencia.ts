import { normalizar } from '../ia/texto.ts';

const BAJA = new Set(['stop', 'alto', 'baja', 'darme de baja', 'cancelar suscripcion', 'unsubscribe']);
const ALTA = new Set(['start', 'alta', 'unstop']);

/**
 * Si el mensaje es sólo STOP/ALTO/BAJA (false) o START/ALTA (true), sin importar acentos, mayúsculas ni signos. Con una
 * cifra ya dice otra cosa: «baja 2» es un piso o un pedido.
 */
export function leerPreferencia(texto: string): boolean | null {
  const palabra = normalizar(texto)
    .replace(/[^a-z0-9 ]+/g, ' ')
    .trim()
    .replace(/\s+/g, ' ');
  if (BAJA.has(palabra)) return false;
  return ALTA.has(palabra) ? true : null;
}

/** La última preferencia dicha en una ráfaga; null si en ninguno de sus mensajes hay una. */
export function ultimaPreferencia(textos: string[]): boolean | null {
  return textos.map(leerPreferencia).findLast((p) => p !== null) ?? null;
}

export function textoPreferencia(acepta: boolean, nora: string): string {
  return acepta
    ? `Listo: vuelves a recibir mensajes de ${nora}. Para dejar de recibirlos escribe BAJA.`
    : `Listo: ya no recibirás mensajes automáticos de ${nora}. Si cambias de opinión escribe ALTA.`;
}
