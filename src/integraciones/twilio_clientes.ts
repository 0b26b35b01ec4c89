import { createHash } from 'node:crypto';
import twilio from 'twilio';
import type { RequestOptions as Peticion } from 'twilio/lib/base/RequestClient.js';
import type { Credenciales, OpcionesWhatsApp } from './twilio_formas.ts';

export const BASE_TWILIO = 'https://api.twilio.com';
/** Cuentas que se recuerdan a la vez. */
export const TOPE_CLIENTES = 500;

/** Un cliente del SDK por cuenta, en caché, con sus peticiones reescritas a la base que toca. */
export function crearClientes(opciones: OpcionesWhatsApp, tiempoMs: number) {
  const clientes = new Map<string, twilio.Twilio>();
  // Repetir un 429 por dentro sólo conviene al leer: en un envío lo decide su carril, que sabe cuánto esperar.
  const lector = new twilio.RequestClient({ timeout: tiempoMs, autoRetry: true, maxRetries: 2 });
  const escritor = new twilio.RequestClient({
    timeout: tiempoMs,
    autoRetry: false,
    // El tope de WhatsApp son 80 mensajes por segundo y número; los 20 del SDK harían fila aquí adentro.
    maxSockets: 100,
  });
  return (cuenta: Credenciales): twilio.Twilio => {
    const llave = huella(cuenta);
    const previo = clientes.get(llave);
    if (previo) return previo;
    const httpClient = new twilio.RequestClient({ timeout: tiempoMs });
    httpClient.request = async <T>(peticion: Peticion<T>): Promise<Respuesta<T>> => {
      const base = basesDe(opciones, cuenta)[0] ?? BASE_TWILIO;
      const elegido = peticion.method === 'get' ? lector : escritor;
      return anotarEspera(await elegido.request<T>(reescribir(peticion, base)));
    };
    const cliente = twilio(cuenta.accountSid, cuenta.authToken, { httpClient });
    if (clientes.size >= TOPE_CLIENTES) clientes.clear();
    clientes.set(llave, cliente);
    return cliente;
  };
}

interface Respuesta<T> {
  statusCode: number;
  body: T;
  headers: unknown;
}

// El host original viaja en una cabecera: detrás de una sola base hay api, messaging y content.
function reescribir<T>(peticion: Peticion<T>, base: string): Peticion<T> {
  if (base === BASE_TWILIO) return peticion;
  const original = new URL(peticion.uri);
  return {
    ...peticion,
    uri: base + original.pathname + original.search,
    headers: { ...peticion.headers, 'X-Twilio-Host': original.host },
  };
}

// RestException no conserva cabeceras pero sí `details`: por ahí pasa el Retry-After.
function anotarEspera<T>(respuesta: Respuesta<T>): Respuesta<T> {
  if (respuesta.statusCode < 400 || typeof respuesta.body !== 'object' || respuesta.body === null)
    return respuesta;
  const cabeceras: unknown = respuesta.headers;
  const espera =
    typeof cabeceras === 'object' && cabeceras !== null && 'retry-after' in cabeceras
      ? cabeceras['retry-after']
      : undefined;
  if (espera === undefined) return respuesta;
  return { ...respuesta, body: { ...respuesta.body, details: { retry_after: espera } } };
}

/** Dónde está la API de una cuenta, y desde dónde puede servir sus archivos. */
export function basesDe(opciones: OpcionesWhatsApp, cuenta: Credenciales): string[] {
  if (opciones.simulador && esDelSimulador(opciones, cuenta)) return [opciones.simulador.base()];
  return opciones.twilio?.apiUrl ? [opciones.twilio.apiUrl.replace(/\/+$/, '')] : [BASE_TWILIO];
}

export function esDelSimulador(opciones: OpcionesWhatsApp, cuenta: Credenciales): boolean {
  return opciones.simulador !== null && cuenta.accountSid === opciones.simulador.cuenta.accountSid;
}

/** Con qué se recuerda una cuenta sin guardar su token. */
export function huella(cuenta: Credenciales): string {
  return createHash('sha256').update(`${cuenta.accountSid}:${cuenta.authToken}`).digest('base64');
}
