import { Readable, Transform } from 'node:stream';
import type { ReadableStream as FlujoWeb } from 'node:stream/web';

/** Tope de WhatsApp por archivo en Twilio: twilio.com/docs/whatsapp/guidance-whatsapp-media-messages. */
export const MAXIMO_MEDIA = 16 * 1024 * 1024;

const TIPOS_PERMITIDOS = new Set([
  'application/msword',
  'application/octet-stream',
  'application/pdf',
  'application/vnd.ms-excel',
  'application/vnd.ms-powerpoint',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/zip',
  'audio/3gpp',
  'audio/aac',
  'audio/amr',
  'audio/mp4',
  'audio/mpeg',
  'audio/ogg',
  'audio/opus',
  'audio/wav',
  'audio/webm',
  'image/gif',
  'image/heic',
  'image/jpeg',
  'image/png',
  'image/webp',
  'text/csv',
  'text/plain',
  'text/vcard',
  'text/x-vcard',
  'video/3gpp',
  'video/mp4',
  'video/quicktime',
  'video/webm',
]);

/** El CDN de Twilio: adonde redirige su API; nunca recibe credenciales. */
const HOSTS_CDN = new Set(['mms.twiliocdn.com', 'media.twiliocdn.com']);
const SALTOS = 3;

export type MediaDescargada =
  | { ok: true; flujo: Readable; tipo: string; bytes?: number; nombre?: string }
  | { ok: false; motivo: string; reintentable: boolean };

/** El flujo de una descarga que se pasó del tope a media lectura. */
export class ErrorMediaGrande extends Error {
  override name = 'ErrorMediaGrande';
}

/** true si el tipo (sin parámetros) es de los que Nora guarda; html, svg y scripts nunca. */
export function tipoPermitido(tipo: string): boolean {
  return TIPOS_PERMITIDOS.has(tipoBase(tipo));
}

/**
 * Baja un archivo de un mensaje entrante. Sólo de la API (con credenciales) y del CDN de Twilio (sin ellas);
 * cada redirección se comprueba antes de seguirla. Una dirección ajena se rechaza sin abrir conexión: un webhook
 * falsificado no debe poder mandar las credenciales ni usar el servidor para tocar la red interna.
 * El flujo emite ErrorMediaGrande si el archivo pasa de `maximo` aunque no lo anunciara.
 */
export async function bajarMedia(p: {
  url: string;
  bases: readonly string[];
  autorizacion: string | null;
  tiempoMs: number;
  maximo?: number;
}): Promise<MediaDescargada> {
  const maximo = p.maximo ?? MAXIMO_MEDIA;
  const senal = AbortSignal.timeout(p.tiempoMs);
  let actual = URL.parse(p.url);
  for (let salto = 0; salto <= SALTOS; salto++) {
    if (!actual || !hostPermitido(actual, p.bases)) {
      return rechazo(`La dirección del archivo no es de Twilio (${actual?.host ?? 'ilegible'}).`, false);
    }
    const conCredenciales = salto === 0 && p.autorizacion !== null && esBase(actual, p.bases);
    let respuesta: Response;
    try {
      respuesta = await fetch(actual, {
        redirect: 'manual',
        signal: senal,
        headers: conCredenciales && p.autorizacion ? { authorization: p.autorizacion } : {},
      });
    } catch (error) {
      return rechazo(`No se pudo descargar el archivo: ${texto(error)}.`, true);
    }
    if (respuesta.status < 300 || respuesta.status >= 400) return leer(respuesta, maximo);
    await respuesta.body?.cancel();
    const destino = respuesta.headers.get('location');
    actual = destino ? URL.parse(destino, actual) : null;
  }
  return rechazo('El archivo da demasiadas vueltas antes de descargarse.', false);
}

/** `Basic …` de una cuenta. */
export function basica(cuenta: { accountSid: string; authToken: string }): string {
  return `Basic ${Buffer.from(`${cuenta.accountSid}:${cuenta.authToken}`).toString('base64')}`;
}

async function leer(respuesta: Response, maximo: number): Promise<MediaDescargada> {
  const { status } = respuesta;
  if (status !== 200 || !respuesta.body) {
    await respuesta.body?.cancel();
    // Twilio contesta 404 unos segundos mientras termina de guardar el archivo (chatwoot#15499).
    const reintentable = status === 404 || status === 408 || status === 429 || status >= 500;
    return rechazo(`Twilio contestó ${status} al pedir el archivo.`, reintentable);
  }
  const tipo = tipoBase(respuesta.headers.get('content-type') ?? '');
  if (!TIPOS_PERMITIDOS.has(tipo)) {
    await respuesta.body.cancel();
    return rechazo(`El tipo de archivo «${tipo || 'desconocido'}» no se admite.`, false);
  }
  const bytes = Number(respuesta.headers.get('content-length') ?? Number.NaN);
  if (bytes > maximo) {
    await respuesta.body.cancel();
    return rechazo('El archivo pesa más de 16 MB.', false);
  }
  const nombre = nombreDe(respuesta.headers.get('content-disposition'));
  const origen = Readable.fromWeb(respuesta.body as FlujoWeb<Uint8Array>);
  const flujo = topado(maximo);
  // pipe no propaga errores: sin esto una conexión cortada dejaría el flujo abierto para siempre.
  origen.on('error', (error) => flujo.destroy(error));
  flujo.on('close', () => origen.destroy());
  origen.pipe(flujo);
  return {
    ok: true,
    flujo,
    tipo,
    ...(Number.isFinite(bytes) && { bytes }),
    ...(nombre && { nombre }),
  };
}

function topado(maximo: number): Transform {
  let leidos = 0;
  return new Transform({
    transform(trozo: Buffer, _codificacion, listo) {
      leidos += trozo.length;
      if (leidos > maximo) listo(new ErrorMediaGrande('El archivo pesa más de 16 MB.'));
      else listo(null, trozo);
    },
  });
}

function hostPermitido(url: URL, bases: readonly string[]): boolean {
  if (esBase(url, bases)) return true;
  if (url.protocol !== 'https:' || url.port !== '' || url.username !== '') return false;
  if (HOSTS_CDN.has(url.hostname)) return true;
  // Cuentas viejas sin «HTTP auth en media»: la carpeta de Twilio en S3, y sólo ella.
  return url.hostname === 's3-external-1.amazonaws.com' && url.pathname.startsWith('/media.twiliocdn.com/');
}

function esBase(url: URL, bases: readonly string[]): boolean {
  return bases.some((base) => {
    const permitida = new URL(base);
    const ruta = permitida.pathname.replace(/\/$/, '');
    return url.origin === permitida.origin && url.username === '' && url.pathname.startsWith(`${ruta}/`);
  });
}

function nombreDe(disposicion: string | null): string | undefined {
  if (!disposicion) return undefined;
  const codificado = /filename\*=(?:UTF-8|utf-8)''([^;]+)/.exec(disposicion)?.[1];
  const simple = /filename="?([^";]+)"?/.exec(disposicion)?.[1];
  try {
    return codificado ? decodeURIComponent(codificado) : simple;
  } catch {
    return simple;
  }
}

function tipoBase(tipo: string): string {
  return (tipo.split(';')[0] ?? '').trim().toLowerCase();
}

function rechazo(motivo: string, reintentable: boolean): MediaDescargada {
  return { ok: false, motivo, reintentable };
}

function texto(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'TimeoutError' ? 'tardó demasiado' : error.message;
}
