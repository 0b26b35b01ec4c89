import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Config } from '../../config.ts';

/*
 * Las ligas de un reporte se calculan y no se guardan: la base sólo tiene su resumen, así que quien la lea no puede
 * abrir ninguna, y un reenvío vuelve a escribir la misma. Subir `serie` las revoca.
 */

type Llave = { secretos: Pick<Config['secretos'], 'cifrado'> };

/** El secreto de la página pública de un reporte: 43 letras, 256 bits. */
export function tokenDeReporte(config: Llave, id: string, serie: number): string {
  return firmar(config, `reporte:${id}:${serie}`);
}

/** El secreto con el que alguien deja de recibir: no vence. */
export function tokenDeBaja(config: Llave, receptor: string): string {
  return firmar(config, `baja:${receptor}`);
}

/** Lo único que se guarda de un secreto. */
export function huellaDeLiga(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** La página pública; con `entrega`, abrirla apunta que esa persona lo leyó. */
export function ligaDeReporte(
  config: Llave & Pick<Config, 'urlPublica'>,
  r: { id: string; serie: number },
  entrega: string | null = null,
): string {
  const e = entrega ? `?e=${entrega}.${firmaDeEntrega(config, entrega)}` : '';
  return `${config.urlPublica}/reportes/${tokenDeReporte(config, r.id, r.serie)}${e}`;
}

export function ligaDeBaja(config: Llave & Pick<Config, 'urlPublica'>, receptor: string): string {
  return `${config.urlPublica}/reportes/baja/${tokenDeBaja(config, receptor)}`;
}

/** El id de la entrega si la firma es nuestra; null si alguien la inventó. */
export function entregaDe(config: Llave, e: unknown): string | null {
  const partes = typeof e === 'string' ? /^([0-9a-f-]{36})\.([\w-]{16})$/.exec(e) : null;
  if (!partes?.[1] || !partes[2]) return null;
  const esperada = Buffer.from(firmaDeEntrega(config, partes[1]));
  const dada = Buffer.from(partes[2]);
  return esperada.length === dada.length && timingSafeEqual(esperada, dada) ? partes[1] : null;
}

function firmaDeEntrega(config: Llave, id: string): string {
  return firmar(config, `entrega:${id}`).slice(0, 16);
}

function firmar(config: Llave, texto: string): string {
  return createHmac('sha256', config.secretos.cifrado).update(`ads:${texto}`).digest('base64url');
}
