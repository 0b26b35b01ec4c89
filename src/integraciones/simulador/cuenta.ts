import { createHmac, timingSafeEqual } from 'node:crypto';

/** La parte de Config que dice dónde contesta este proceso. */
export interface Direccion {
  host: string;
  puerto: number;
  urlPublica: string;
}

/**
 * Cuenta de Twilio que sólo existe en esta instalación: sale del secreto de cifrado, así todos los procesos
 * calculan la misma sin guardarla.
 */
export function cuentaSimulada(cifrado: Buffer): { accountSid: string; authToken: string } {
  return {
    accountSid: `AC${derivar(cifrado, 'cuenta').slice(0, 32)}`,
    authToken: derivar(cifrado, 'token').slice(0, 32),
  };
}

/** Origen por el que este equipo se habla a sí mismo, sin salir a internet aunque la URL pública sea un túnel. */
export function origenLocal(d: Direccion): string {
  if (d.puerto === 0) return d.urlPublica;
  const host = d.host === '0.0.0.0' || d.host === '::' || d.host === '' ? '127.0.0.1' : d.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${d.puerto}`;
}

/** Base de la API REST simulada; el SDK le agrega `/2010-04-01/…`. */
export function baseSimulador(d: Direccion): string {
  return `${origenLocal(d)}/simulador/api`;
}

/** Firma corta de un archivo del CDN simulado (que, como el de Twilio, no pide credenciales). */
export function firmaArchivo(cifrado: Buffer, archivo: string): string {
  return derivar(cifrado, `archivo:${archivo}`).slice(0, 40);
}

/** Comparación en tiempo constante de dos textos cualesquiera. */
export function iguales(a: string, b: string): boolean {
  const x = Buffer.from(a);
  const y = Buffer.from(b);
  return x.length === y.length && timingSafeEqual(x, y);
}

function derivar(cifrado: Buffer, para: string): string {
  return createHmac('sha256', cifrado).update(`simulador:${para}`).digest('hex');
}
