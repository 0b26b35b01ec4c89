import { setTimeout as esperar } from 'node:timers/promises';
import twilio from 'twilio';
import type { Contexto } from '../../contexto.ts';
import { MAXIMO_MEDIA, tipoPermitido } from '../media.ts';
import { cambiarEstado, guardarArchivo, type MedioSimulado, type MensajeSimulado } from './almacen.ts';
import { baseSimulador, cuentaSimulada, firmaArchivo, origenLocal } from './cuenta.ts';

export type CtxSimulador = Pick<Contexto, 'config' | 'bd' | 'log' | 'registro' | 'vivo' | 'whatsapp'>;

// Los tiempos de un teléfono con buena señal: se alcanza a ver cada palomita.
const PASOS = [
  { estado: 'sent', espera: 150, desde: ['queued'] },
  { estado: 'delivered', espera: 350, desde: ['queued', 'sent'] },
  { estado: 'read', espera: 900, desde: ['queued', 'sent', 'delivered'] },
] as const;

/** Números que siempre fallan, los mismos que Twilio reserva: twilio.com/docs/iam/test-credentials. */
export const NUMEROS_DE_FALLO: Readonly<Record<string, number>> = {
  '+15005550001': 21211,
  '+15005550002': 21612,
  '+15005550003': 21408,
  '+15005550004': 21610,
  '+15005550009': 21614,
};

/** Avanza un mensaje de la nora por enviado, entregado y leído, avisando a su url de estado. Nunca lanza. */
export async function avanzar(ctx: CtxSimulador, m: MensajeSimulado): Promise<void> {
  try {
    for (const paso of PASOS) {
      await esperar(paso.espera, undefined, { ref: false });
      if (!(await cambiarEstado(ctx.bd.servicio, m.sid, paso.estado, paso.desde))) continue;
      avisarPantalla(ctx, m);
      await avisarEstado(ctx, m, paso.estado);
    }
  } catch (error) {
    ctx.log.debug({ error, sid: m.sid }, 'el teléfono simulado no pudo avanzar un mensaje');
  }
}

/** Marca fallido un mensaje ya aceptado y lo avisa, como hace WhatsApp cuando no puede entregarlo. */
export async function fallar(ctx: CtxSimulador, m: MensajeSimulado, codigo: number): Promise<void> {
  try {
    await esperar(150, undefined, { ref: false });
    await cambiarEstado(ctx.bd.servicio, m.sid, 'failed', ['queued', 'sent']);
    avisarPantalla(ctx, m);
    await avisarEstado(ctx, m, 'failed', codigo);
  } catch (error) {
    ctx.log.debug({ error, sid: m.sid }, 'el teléfono simulado no pudo marcar un fallo');
  }
}

/** Lo que escribe la persona: POST firmado a /webhook con los parámetros de Twilio. Devuelve el HTTP (0 sin conexión). */
export async function entregarAlWebhook(
  ctx: CtxSimulador,
  m: MensajeSimulado,
  nombre: string | null,
): Promise<number> {
  return publicar(ctx, `${ctx.config.urlPublica}/webhook`, parametrosEntrante(ctx, m, nombre));
}

/** Señal para que la pantalla vuelva a pedir la conversación. */
export function avisarPantalla(ctx: CtxSimulador, m: MensajeSimulado): void {
  if (!m.nombre_nora) return;
  ctx.vivo.emitir(m.nombre_nora, 'simulador:mensaje', { numero: m.direccion === 'entrante' ? m.de : m.a });
}

/** Ruta REST de un archivo; pide Basic auth y redirige al CDN simulado. */
export function rutaMedia(ctx: CtxSimulador, m: Pick<MensajeSimulado, 'sid'>, medio: MedioSimulado): string {
  const { accountSid } = cuentaSimulada(ctx.config.secretos.cifrado);
  return `/2010-04-01/Accounts/${accountSid}/Messages/${m.sid}/Media/${medio.sid}`;
}

/** Ruta firmada del archivo, sin credenciales, como las del CDN de Twilio. */
export function rutaCdn(ctx: CtxSimulador, m: Pick<MensajeSimulado, 'sid'>, medio: MedioSimulado): string {
  return `/cdn/${m.sid}/${medio.sid}?firma=${firmaArchivo(ctx.config.secretos.cifrado, medio.sid)}`;
}

/**
 * Baja el archivo que la nora quiere mandar, como lo bajaría Twilio, pero sólo si lo sirve esta misma
 * instalación: el simulador no sale a internet.
 */
export async function bajarAdjunto(ctx: CtxSimulador, url: string): Promise<MedioSimulado | null> {
  const local = haciaLocal(ctx, url);
  if (!local) return null;
  try {
    const respuesta = await fetch(local, { redirect: 'error', signal: AbortSignal.timeout(10_000) });
    const tipo = (respuesta.headers.get('content-type') ?? '').split(';')[0]?.trim() ?? '';
    if (!respuesta.ok || !tipoPermitido(tipo)) return null;
    const contenido = Buffer.from(await respuesta.arrayBuffer());
    if (contenido.length > MAXIMO_MEDIA) return null;
    const nombre = /filename="?([^";]+)"?/.exec(respuesta.headers.get('content-disposition') ?? '')?.[1];
    return await guardarArchivo(ctx.config.datosDir, { tipo, nombre: nombre ?? 'archivo', contenido });
  } catch {
    return null;
  }
}

async function avisarEstado(
  ctx: CtxSimulador,
  m: MensajeSimulado,
  estado: string,
  codigo?: number,
): Promise<void> {
  if (!m.url_estado) return;
  const { accountSid } = cuentaSimulada(ctx.config.secretos.cifrado);
  const http = await publicar(ctx, m.url_estado, {
    ApiVersion: '2010-04-01',
    AccountSid: accountSid,
    ChannelPrefix: 'whatsapp',
    From: `whatsapp:${m.de}`,
    To: `whatsapp:${m.a}`,
    ChannelToAddress: m.a,
    MessageSid: m.sid,
    MessageStatus: estado,
    SmsSid: m.sid,
    SmsStatus: estado,
    ...(estado === 'read' && { EventType: 'READ' }),
    ...(codigo !== undefined && { ErrorCode: String(codigo), ErrorMessage: '' }),
  });
  if (http !== 200)
    ctx.log.warn({ http, sid: m.sid, estado }, 'la url de estado no aceptó el aviso simulado');
}

function parametrosEntrante(
  ctx: CtxSimulador,
  m: MensajeSimulado,
  nombre: string | null,
): Record<string, string> {
  const { accountSid } = cuentaSimulada(ctx.config.secretos.cifrado);
  const clase = m.medios[0]?.tipo.split('/')[0] ?? 'text';
  const medios = m.medios.flatMap((medio, i) => [
    [`MediaUrl${i}`, baseSimulador(ctx.config) + rutaMedia(ctx, m, medio)],
    [`MediaContentType${i}`, medio.tipo],
  ]);
  return {
    SmsMessageSid: m.sid,
    NumMedia: String(m.medios.length),
    ...(nombre && { ProfileName: nombre }),
    MessageType: clase === 'application' ? 'document' : clase,
    SmsSid: m.sid,
    ...(m.de.startsWith('+') && { WaId: m.de.slice(1) }),
    SmsStatus: 'received',
    Body: m.cuerpo,
    To: `whatsapp:${m.a}`,
    NumSegments: '1',
    ReferralNumMedia: '0',
    MessageSid: m.sid,
    AccountSid: accountSid,
    From: `whatsapp:${m.de}`,
    ApiVersion: '2010-04-01',
    ...Object.fromEntries(medios),
  };
}

// Se firma la URL pública, que es la que el webhook comprueba, y se entrega por la red local.
async function publicar(ctx: CtxSimulador, url: string, params: Record<string, string>): Promise<number> {
  const destino = haciaLocal(ctx, url);
  if (!destino) return 0;
  const { authToken } = cuentaSimulada(ctx.config.secretos.cifrado);
  try {
    const respuesta = await fetch(destino, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(15_000),
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        'user-agent': 'TwilioProxy/1.1',
        'x-twilio-signature': twilio.getExpectedTwilioSignature(authToken, url, params),
      },
      body: new URLSearchParams(params),
    });
    await respuesta.arrayBuffer();
    return respuesta.status;
  } catch (error) {
    ctx.log.debug({ error }, 'el teléfono simulado no alcanzó a Nora');
    return 0;
  }
}

function haciaLocal(ctx: CtxSimulador, url: string): string | null {
  const local = origenLocal(ctx.config);
  for (const origen of [ctx.config.urlPublica, local]) {
    if (url.startsWith(`${origen}/`)) return local + url.slice(origen.length);
  }
  return null;
}
