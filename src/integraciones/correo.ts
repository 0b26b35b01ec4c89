import { createTransport } from 'nodemailer';
import type { Config } from '../config.ts';

export interface MensajeCorreo {
  para: string;
  asunto: string;
  /** Texto plano: se lee igual en todas partes y no carga nada de fuera. */
  texto: string;
  /** La misma carta con formato, para quien la quiera ver así. Sin imágenes de fuera. */
  html?: string;
  adjuntos?: readonly { nombre: string; tipo: string; contenido: Buffer }[];
  /** Enlace de baja: sale como List-Unsubscribe de un clic (RFC 8058), que es lo que enseña el programa de correo. */
  baja?: string;
}

export type ResultadoCorreo =
  | { ok: true }
  /** `definitivo`: el servidor dijo 5xx y volver a intentar no cambia nada. */
  | { ok: false; motivo: string; definitivo?: boolean };

export interface Correo {
  /** Nunca lanza. */
  enviar(mensaje: MensajeCorreo): Promise<ResultadoCorreo>;
  /** Saluda al servidor sin mandar nada. */
  estado(): Promise<ResultadoCorreo>;
}

const TOPE_MS = 10_000;

/** El correo por SMTP, con tiempos acotados y sin poder leer archivos ni direcciones ajenas. */
export function crearCorreo(config: NonNullable<Config['correo']>): Correo {
  const transporte = createTransport({
    url: config.smtpUrl,
    connectionTimeout: TOPE_MS,
    greetingTimeout: TOPE_MS,
    socketTimeout: TOPE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const intentar = async (hacer: () => Promise<unknown>): Promise<ResultadoCorreo> => {
    try {
      await hacer();
      return { ok: true };
    } catch (error) {
      return { ok: false, motivo: motivoDe(error), definitivo: esDefinitivo(error) };
    }
  };
  return {
    enviar: (m) =>
      intentar(() =>
        transporte.sendMail({
          from: config.remitente,
          to: m.para,
          subject: m.asunto,
          text: m.texto,
          ...(m.html && { html: m.html }),
          ...(m.adjuntos && {
            attachments: m.adjuntos.map((a) => ({
              filename: a.nombre,
              contentType: a.tipo,
              content: a.contenido,
            })),
          }),
          ...(m.baja && {
            headers: {
              'List-Unsubscribe': `<${m.baja}>`,
              'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
            },
          }),
        }),
      ),
    estado: () => intentar(() => transporte.verify()),
  };
}

/** El texto del servidor puede repetir la clave o el correo: sólo se dice de qué clase fue la falla. */
function motivoDe(error: unknown): string {
  const { code, responseCode } = (error ?? {}) as { code?: unknown; responseCode?: unknown };
  if (code === 'EAUTH') return 'El servidor de correo no aceptó el usuario o la clave.';
  if (code === 'EENVELOPE') return 'El servidor de correo no aceptó la dirección.';
  if (code === 'ECONNECTION' || code === 'ESOCKET' || code === 'ETIMEDOUT' || code === 'EDNS')
    return 'No se pudo conectar con el servidor de correo.';
  return `El servidor de correo no aceptó el mensaje${typeof responseCode === 'number' ? ` (${responseCode})` : ''}.`;
}

/** RFC 5321: 4yz es pasajero y 5yz definitivo. Sin conexión, o con una clave que se va a corregir, se puede volver a intentar. */
function esDefinitivo(error: unknown): boolean {
  const { code, responseCode } = (error ?? {}) as { code?: unknown; responseCode?: unknown };
  return code !== 'EAUTH' && typeof responseCode === 'number' && responseCode >= 500;
}
