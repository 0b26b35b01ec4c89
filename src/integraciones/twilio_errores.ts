import { motivoTwilio } from './twilio_codigos.ts';
import type { ClaseFallo, ResultadoEnvio } from './twilio_formas.ts';

// También es lo que se lee cuando ya se agotaron los intentos.
const MOTIVO_SIN_CONEXION =
  'No se pudo conectar con Twilio. Nora lo intenta sola unas veces; si quedó como fallido, dale Reintentar.';

export const MOTIVO_INCIERTO =
  'No sabemos si el mensaje salió: se cortó la conexión con Twilio. Espera su confirmación antes de reenviarlo.';

/** Lo que lanza una lectura fallida (listar, buscar, listarMedia): con su clase y su código. */
export class ErrorTwilio extends Error {
  override name = 'ErrorTwilio';
  readonly codigo: number | null;
  readonly estadoHttp: number | null;
  constructor(mensaje: string, codigo: number | null, estadoHttp: number | null) {
    super(mensaje);
    this.codigo = codigo;
    this.estadoHttp = estadoHttp;
  }
}

// Errores que ocurren antes de que la petición salga por el socket: repetir no duplica nada.
const ANTES_DE_ENVIAR = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EPROTO',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Qué pasó con un envío que lanzó: si se puede repetir, y por qué en palabras de quien atiende. */
export function clasificar(error: unknown): ResultadoEnvio {
  const { estadoHttp, codigo, detalle, esperaMs } = leerError(error);
  if (estadoHttp !== null) {
    if (estadoHttp === 429 || codigo === 20429) {
      return fallo('reintentable', codigo ?? 20429, motivoTwilio(20429), detalle, esperaMs);
    }
    if (estadoHttp >= 300 && estadoHttp < 500 && estadoHttp !== 408) {
      return fallo('rechazado', codigo, motivoTwilio(codigo), detalle);
    }
    return fallo('incierto', codigo, MOTIVO_INCIERTO, detalle, esperaMs);
  }
  if (seguroNoSalio(error)) {
    return fallo('reintentable', null, MOTIVO_SIN_CONEXION, detalle);
  }
  return fallo('incierto', null, MOTIVO_INCIERTO, detalle);
}

function seguroNoSalio(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const codigo = 'code' in error ? String(error.code) : '';
  const causa: unknown = error.cause;
  const enConexion =
    typeof causa === 'object' && causa !== null && 'syscall' in causa && causa.syscall === 'connect';
  return enConexion || ANTES_DE_ENVIAR.has(codigo);
}

interface ErrorLeido {
  estadoHttp: number | null;
  codigo: number | null;
  detalle: string;
  esperaMs?: number;
}

/** RestException o TwilioServiceException: ambas traen `status`; un error de axios es de red aunque lo traiga. */
export function leerError(error: unknown): ErrorLeido {
  if (!(error instanceof Error) || 'isAxiosError' in error || !('status' in error)) {
    return { estadoHttp: null, codigo: null, detalle: textoDe(error) };
  }
  const espera = esperaDe('details' in error ? error.details : null);
  const codigo = 'code' in error && typeof error.code === 'number' ? error.code : null;
  return {
    estadoHttp: Number(error.status),
    codigo,
    detalle: `HTTP ${String(error.status)}${codigo ? ` (${codigo})` : ''}: ${error.message ?? ''}`.trim(),
    ...(espera !== null && { esperaMs: espera }),
  };
}

/** Hace una lectura. @throws ErrorTwilio en vez del error del SDK */
export async function leer<T>(fn: () => Promise<T>): Promise<T> {
  try {
    return await fn();
  } catch (error) {
    const { detalle, codigo, estadoHttp } = leerError(error);
    throw new ErrorTwilio(detalle, codigo, estadoHttp);
  }
}

function esperaDe(detalles: unknown): number | null {
  if (typeof detalles !== 'object' || detalles === null || !('retry_after' in detalles)) return null;
  const crudo = String(detalles.retry_after);
  const segundos = Number(crudo);
  const ms = Number.isFinite(segundos) ? segundos * 1000 : Date.parse(crudo) - Date.now();
  return Number.isFinite(ms) && ms >= 0 ? Math.round(ms) : null;
}

export function fallo(
  clase: ClaseFallo,
  codigo: number | null,
  motivo: string,
  detalle: string,
  esperaMs?: number,
): ResultadoEnvio {
  return { ok: false, clase, codigo, motivo, detalle, ...(esperaMs !== undefined && { esperaMs }) };
}

/** Su código y su frase: un error de red puede traer la URL o la configuración completa de axios. */
export function textoDe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const codigo = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  return `${codigo}${error.message}`.slice(0, 500);
}
