import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Config } from '../config.ts';

const VIGENCIA_S = 4 * 3600;

/** URL pública y temporal de un adjunto, para que Twilio pueda bajarlo. Vale cuatro horas: lo que dura su cola. */
export function urlDeAdjunto(
  config: Pick<Config, 'urlPublica' | 'secretos'>,
  id: string,
  ahora = Date.now(),
): string {
  const vence = Math.floor(ahora / 1000) + VIGENCIA_S;
  return `${config.urlPublica}/adjuntos/${id}?vence=${vence}&firma=${firmar(config, id, vence)}`;
}

/** Verdadero si la firma es nuestra y no ha vencido. */
export function firmaDeAdjuntoValida(
  config: Pick<Config, 'secretos'>,
  id: string,
  vence: number,
  firma: string,
  ahora = Date.now(),
): boolean {
  if (!Number.isSafeInteger(vence) || vence * 1000 < ahora) return false;
  const esperada = Buffer.from(firmar(config, id, vence));
  const dada = Buffer.from(firma);
  return esperada.length === dada.length && timingSafeEqual(esperada, dada);
}

function firmar(config: Pick<Config, 'secretos'>, id: string, vence: number): string {
  return createHmac('sha256', config.secretos.cifrado).update(`adjunto:${id}:${vence}`).digest('base64url');
}
