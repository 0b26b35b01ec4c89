import { Readable } from 'node:stream';
import type { ReadableStream as FlujoWeb } from 'node:stream/web';
import type { Contexto } from '../contexto.ts';

/**
 * De dónde toma la página la imagen de un anuncio: las de la demo son archivos nuestros; las de Meta pasan por el módulo
 * de anuncios, así que quien no lo puede abrir no las ve.
 * @param base dirección del módulo de anuncios, o vacía
 */
export function rutaDeMiniatura(base: string, id: string, miniatura: string | null): string | null {
  if (!miniatura || miniatura.startsWith('/estaticos/')) return miniatura;
  return base ? `${base}/miniaturas/${encodeURIComponent(id)}` : null;
}

const TIPOS = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif']);
const MAXIMO = 1024 * 1024;
const TIEMPO_MS = 5000;

/**
 * La imagen de un anuncio, pedida por nosotros: la página no habla con Meta ni le dice quién la mira. Sólo de los
 * servidores de imágenes de Meta, sin redirecciones, sin credenciales y con tope. null si no se puede: caducan solas.
 */
export async function abrirMiniatura(
  ctx: Pick<Contexto, 'meta'>,
  direccion: string,
): Promise<{ tipo: string; datos: Buffer } | null> {
  const url = URL.parse(direccion);
  if (!url || !ctx.meta.esMiniatura(url)) return null;
  try {
    const r = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIEMPO_MS) });
    const tipo = (r.headers.get('content-type') ?? '').split(';')[0]?.trim() ?? '';
    if (!r.ok || !r.body || !TIPOS.has(tipo)) {
      await r.body?.cancel();
      return null;
    }
    const trozos: Buffer[] = [];
    let bytes = 0;
    for await (const trozo of Readable.fromWeb(r.body as FlujoWeb)) {
      bytes += (trozo as Buffer).length;
      if (bytes > MAXIMO) return null;
      trozos.push(trozo as Buffer);
    }
    return { tipo, datos: Buffer.concat(trozos) };
  } catch {
    return null;
  }
}
