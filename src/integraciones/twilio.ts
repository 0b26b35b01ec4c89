import { createHash, timingSafeEqual } from 'node:crypto';
import twilio from 'twilio';
import type { RequestOptions as Peticion } from 'twilio/lib/base/RequestClient.js';
import type { Config } from '../config.ts';
import { motivoTwilio } from './codigos_twilio.ts';
import { MAXIMO_TEXTO } from './dividir.ts';
import { bajarMedia, basica, type MediaDescargada } from './media.ts';
import { leerPlantilla, type PlantillaTwilio } from './plantillas_twilio.ts';
import { baseSimulador, cuentaSimulada } from './simulador/cuenta.ts';

export { dividir, MAXIMO_TEXTO } from './dividir.ts';
export { ErrorMediaGrande, MAXIMO_MEDIA, type MediaDescargada, tipoPermitido } from './media.ts';

const BASE_TWILIO = 'https://api.twilio.com';
const PREFIJO = 'whatsapp:';
const TOPE_CLIENTES = 500;
const VIGENCIA_ESTADO_MS = 60_000;
// WhatsApp admite 6,000 plantillas por cuenta: con páginas de 200 sobra.
const TOPE_PAGINAS = 40;

/** Cuenta de Twilio en claro; las de una nora llegan ya descifradas. */
export interface Credenciales {
  accountSid: string;
  authToken: string;
}

export interface MensajeSaliente {
  /** Las de la nora, descifradas; null = las globales (o el teléfono simulado si no hay). */
  credenciales: Credenciales | null;
  /** E.164, el número de la nora. */
  de: string;
  /** E.164 o BSUID. */
  para: string;
  texto?: string;
  mediaUrl?: string;
  urlEstado: string;
  /** HX…; con plantilla no van texto ni archivo (twilio.com/docs/api/errors/63016). */
  contentSid?: string;
  contentVariables?: Record<string, string>;
}

/**
 * rechazado: Twilio no lo aceptó, repetirlo igual daría lo mismo. reintentable: seguro que no salió.
 * incierto: pudo haber salido; jamás se reenvía a ciegas, lo aclaran su callback o la lista de Twilio.
 */
export type ClaseFallo = 'rechazado' | 'reintentable' | 'incierto';

export type ResultadoEnvio =
  | { ok: true; sid: string; estado: string }
  | {
      ok: false;
      clase: ClaseFallo;
      codigo: number | null;
      /** Español, para quien atiende. */
      motivo: string;
      /** Técnico, para el registro de errores. Sin credenciales. */
      detalle: string;
      /** Cuánto pidió Twilio esperar, en ms. */
      esperaMs?: number;
    };

/** Un mensaje de la lista de Twilio; números sin el prefijo `whatsapp:`. */
export interface MensajeTwilio {
  sid: string;
  accountSid: string;
  de: string;
  para: string;
  cuerpo: string;
  estado: string;
  direccion: 'entrante' | 'saliente';
  fecha: Date;
  codigo: number | null;
  error: string | null;
  medios: number;
}

export interface EstadoServicio {
  ok: boolean;
  /** Español: qué pasa y, si no está bien, qué hacer. */
  detalle: string;
  revisado: Date;
}

export interface WhatsApp {
  /** true cuando, sin credenciales propias de la nora, los mensajes van al teléfono simulado. */
  readonly simulado: boolean;
  /** Cuenta global; la simulada si no hay; null si no hay ninguna (producción sin Twilio). */
  readonly cuentaGlobal: Credenciales | null;
  /** Token que firma los webhooks de una nora sin credenciales propias. */
  readonly tokenGlobal: string | null;
  /** Envía un mensaje; nunca lanza y nunca repite un envío por su cuenta. */
  enviar(mensaje: MensajeSaliente): Promise<ResultadoEnvio>;
  /** Mensajes de [desde, hasta], los más nuevos primero, por páginas. Lanza ErrorTwilio si una página falla. */
  listar(p: {
    credenciales: Credenciales | null;
    desde: Date;
    hasta?: Date;
    limite: number;
    de?: string;
    para?: string;
  }): AsyncIterable<MensajeTwilio>;
  /** Un mensaje por su sid; null si Twilio no lo conoce. Lanza ErrorTwilio si no se pudo preguntar. */
  buscar(sid: string, credenciales: Credenciales | null): Promise<MensajeTwilio | null>;
  /** Archivos de un mensaje, para reponer un webhook perdido. Lanza ErrorTwilio. */
  listarMedia(sid: string, credenciales: Credenciales | null): Promise<{ url: string; tipo: string }[]>;
  /** Plantillas de la cuenta (Content API), con el estado de su aprobación en WhatsApp. Lanza ErrorTwilio. */
  listarPlantillas(credenciales: Credenciales | null): Promise<PlantillaTwilio[]>;
  descargarMedia(url: string, credenciales: Credenciales | null): Promise<MediaDescargada>;
  /** X-Twilio-Signature contra la URL pública exacta; false (nunca lanza) si falta o no coincide. */
  verificarFirma(p: {
    token: string;
    firma: string | undefined;
    url: string;
    params: Record<string, string>;
  }): boolean;
  firmar(url: string, params: Record<string, string>, token: string): string;
  /** Pregunta a Twilio por la cuenta, a lo más una vez por minuto. */
  estado(credenciales?: Credenciales | null): Promise<EstadoServicio & { simulado: boolean }>;
}

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

export interface OpcionesWhatsApp {
  /** TWILIO_*; `apiUrl` es la base REST cuando no es la de Twilio. */
  twilio: { accountSid: string; authToken: string; apiUrl: string | null } | null;
  /** El teléfono incluido: base de su API (con ruta) y su cuenta. null en producción. */
  simulador: { base: () => string; cuenta: Credenciales } | null;
  /** Tope de una petición; Twilio suele contestar en menos de un segundo. */
  tiempoMs?: number;
  tiempoMediaMs?: number;
}

/** Opciones según la configuración: sin Twilio y fuera de producción, el teléfono simulado. */
export function opcionesWhatsApp(
  config: Pick<Config, 'twilio' | 'entorno' | 'host' | 'puerto' | 'urlPublica' | 'secretos'>,
): OpcionesWhatsApp {
  const conSimulador = config.twilio === null && config.entorno !== 'produccion';
  return {
    twilio: config.twilio,
    simulador: conSimulador
      ? { base: () => baseSimulador(config), cuenta: cuentaSimulada(config.secretos.cifrado) }
      : null,
  };
}

/** El proveedor de WhatsApp: el SDK de twilio detrás de nuestros verbos. */
export function crearWhatsApp(opciones: OpcionesWhatsApp): WhatsApp {
  const tiempoMs = opciones.tiempoMs ?? 15_000;
  const simulado = opciones.twilio === null && opciones.simulador !== null;
  const cuentaGlobal: Credenciales | null = opciones.twilio ?? opciones.simulador?.cuenta ?? null;
  const clienteDe = crearClientes(opciones, tiempoMs);
  const estados = new Map<string, EstadoServicio & { simulado: boolean }>();

  function cuentaDe(credenciales: Credenciales | null): Credenciales {
    const cuenta = credenciales ?? cuentaGlobal;
    if (!cuenta) throw new ErrorTwilio('Falta conectar Twilio: no hay credenciales.', null, null);
    return cuenta;
  }

  return {
    simulado,
    cuentaGlobal,
    tokenGlobal: cuentaGlobal?.authToken ?? null,

    async enviar(mensaje) {
      const invalido = revisarSaliente(mensaje);
      if (invalido) return invalido;
      const cuenta = mensaje.credenciales ?? cuentaGlobal;
      if (!cuenta) {
        return fallo(
          'rechazado',
          null,
          'Falta conectar Twilio. Avisa a quien administra Nora.',
          'sin credenciales',
        );
      }
      let cliente: twilio.Twilio;
      try {
        cliente = clienteDe(cuenta);
      } catch (error) {
        return fallo('rechazado', 20003, motivoTwilio(20003), textoDe(error));
      }
      try {
        const creado = await cliente.messages.create({
          from: PREFIJO + sinPrefijo(mensaje.de),
          to: PREFIJO + sinPrefijo(mensaje.para),
          statusCallback: mensaje.urlEstado,
          ...contenidoDe(mensaje),
        });
        if (!creado.sid) return fallo('incierto', null, MOTIVO_INCIERTO, 'respuesta sin sid');
        return { ok: true, sid: creado.sid, estado: creado.status };
      } catch (error) {
        return clasificar(error);
      }
    },

    async *listar(p) {
      const cliente = clienteDe(cuentaDe(p.credenciales));
      let quedan = p.limite;
      type Pagina = Awaited<ReturnType<typeof cliente.messages.page>>;
      let pagina: Pagina | undefined = await leer(() =>
        cliente.messages.page({
          pageSize: Math.max(1, Math.min(1000, p.limite)),
          dateSentAfter: p.desde,
          ...(p.hasta && { dateSentBefore: p.hasta }),
          ...(p.de && { from: PREFIJO + sinPrefijo(p.de) }),
          ...(p.para && { to: PREFIJO + sinPrefijo(p.para) }),
        }),
      );
      while (pagina) {
        for (const instancia of pagina.instances) {
          if (quedan-- <= 0) return;
          yield presentarMensaje(instancia);
        }
        const siguiente: string | undefined = pagina.nextPageUrl;
        if (!siguiente || quedan <= 0) return;
        pagina = await leer(() => cliente.messages.getPage(siguiente));
      }
    },

    async buscar(sid, credenciales) {
      const cliente = clienteDe(cuentaDe(credenciales));
      try {
        return presentarMensaje(await leer(() => cliente.messages(sid).fetch()));
      } catch (error) {
        if (error instanceof ErrorTwilio && error.estadoHttp === 404) return null;
        throw error;
      }
    },

    async listarMedia(sid, credenciales) {
      const cuenta = cuentaDe(credenciales);
      const cliente = clienteDe(cuenta);
      const lista = await leer(() => cliente.messages(sid).media.list({ limit: 10 }));
      const base = basesDe(opciones, cuenta)[0] ?? BASE_TWILIO;
      return lista.map((m) => ({ url: base + m.uri.replace(/\.json$/, ''), tipo: m.contentType }));
    },

    async listarPlantillas(credenciales) {
      const { contentAndApprovals } = clienteDe(cuentaDe(credenciales)).content.v1;
      type Pagina = Awaited<ReturnType<typeof contentAndApprovals.page>>;
      const halladas: PlantillaTwilio[] = [];
      let pagina: Pagina | undefined = await leer(() => contentAndApprovals.page({ pageSize: 200 }));
      for (let vuelta = 0; pagina && vuelta < TOPE_PAGINAS; vuelta++) {
        for (const instancia of pagina.instances) {
          const plantilla = leerPlantilla(instancia);
          if (plantilla) halladas.push(plantilla);
        }
        const siguiente: string | undefined = pagina.nextPageUrl;
        pagina = siguiente ? await leer(() => contentAndApprovals.getPage(siguiente)) : undefined;
      }
      return halladas;
    },

    async descargarMedia(url, credenciales) {
      const cuenta = credenciales ?? cuentaGlobal;
      return bajarMedia({
        url,
        bases: cuenta ? basesDe(opciones, cuenta) : [BASE_TWILIO],
        autorizacion: cuenta ? basica(cuenta) : null,
        tiempoMs: opciones.tiempoMediaMs ?? 60_000,
      });
    },

    verificarFirma({ token, firma, url, params }) {
      if (!token || !firma) return false;
      try {
        // Casi siempre se firmó la dirección tal como se configuró: una cuenta. El SDK prueba además con y sin puerto.
        if (sonIguales(firma, twilio.getExpectedTwilioSignature(token, url, params))) return true;
        return twilio.validateRequest(token, firma, url, params);
      } catch {
        return false;
      }
    },

    firmar(url, params, token) {
      return twilio.getExpectedTwilioSignature(token, url, params);
    },

    async estado(credenciales = null) {
      const cuenta = credenciales ?? cuentaGlobal;
      const llave = cuenta ? huella(cuenta) : '';
      const previo = estados.get(llave);
      if (previo && Date.now() - previo.revisado.getTime() < VIGENCIA_ESTADO_MS) return previo;
      const esSimulada = cuenta !== null && esDelSimulador(opciones, cuenta);
      const revisado = { ...(await revisarCuenta(cuenta, esSimulada, clienteDe)), simulado: esSimulada };
      if (estados.size >= TOPE_CLIENTES) estados.clear();
      estados.set(llave, revisado);
      return revisado;
    },
  };
}

function sonIguales(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}

/** `whatsapp:+52…` → `+52…`. */
export function sinPrefijo(direccion: string): string {
  return direccion.startsWith(PREFIJO) ? direccion.slice(PREFIJO.length) : direccion;
}

// También es lo que se lee cuando ya se agotaron los intentos.
const MOTIVO_SIN_CONEXION =
  'No se pudo conectar con Twilio. Nora lo intenta sola unas veces; si quedó como fallido, dale Reintentar.';

const MOTIVO_INCIERTO =
  'No sabemos si el mensaje salió: se cortó la conexión con Twilio. Espera su confirmación antes de reenviarlo.';

function revisarSaliente(m: MensajeSaliente): ResultadoEnvio | null {
  if (!m.de) return fallo('rechazado', 21603, motivoTwilio(21603), 'sin remitente');
  if (!m.para) return fallo('rechazado', 21604, motivoTwilio(21604), 'sin destinatario');
  if (!m.contentSid && !m.mediaUrl && !m.texto?.trim()) {
    return fallo('rechazado', 21602, motivoTwilio(21602), 'sin texto, archivo ni plantilla');
  }
  if (m.texto && !m.contentSid && m.texto.length > MAXIMO_TEXTO) {
    return fallo('rechazado', 21617, motivoTwilio(21617), `${m.texto.length} caracteres`);
  }
  return null;
}

function contenidoDe(m: MensajeSaliente) {
  if (m.contentSid) {
    return {
      contentSid: m.contentSid,
      ...(m.contentVariables &&
        Object.keys(m.contentVariables).length > 0 && {
          contentVariables: JSON.stringify(m.contentVariables),
        }),
    };
  }
  return { ...(m.texto && { body: m.texto }), ...(m.mediaUrl && { mediaUrl: [m.mediaUrl] }) };
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

function clasificar(error: unknown): ResultadoEnvio {
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

// RestException o TwilioServiceException: ambas traen `status`; un error de axios es de red aunque lo traiga.
function leerError(error: unknown): ErrorLeido {
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

async function leer<T>(fn: () => Promise<T>): Promise<T> {
  try {
    return await fn();
  } catch (error) {
    const { detalle, codigo, estadoHttp } = leerError(error);
    throw new ErrorTwilio(detalle, codigo, estadoHttp);
  }
}

function presentarMensaje(m: {
  sid: string;
  accountSid: string;
  from: string | null;
  to: string | null;
  body: string | null;
  status: string;
  direction: string;
  dateSent: Date | null;
  dateCreated: Date | null;
  errorCode: number | null;
  errorMessage: string | null;
  numMedia: string | null;
}): MensajeTwilio {
  return {
    sid: m.sid,
    accountSid: m.accountSid,
    de: sinPrefijo(m.from ?? ''),
    para: sinPrefijo(m.to ?? ''),
    cuerpo: m.body ?? '',
    estado: m.status,
    direccion: m.direction === 'inbound' ? 'entrante' : 'saliente',
    fecha: m.dateSent ?? m.dateCreated ?? new Date(),
    codigo: Number.isInteger(m.errorCode) ? m.errorCode : null,
    error: m.errorMessage || null,
    medios: Number(m.numMedia ?? 0) || 0,
  };
}

async function revisarCuenta(
  cuenta: Credenciales | null,
  simulada: boolean,
  clienteDe: (cuenta: Credenciales) => twilio.Twilio,
): Promise<EstadoServicio> {
  if (!cuenta) {
    return {
      ok: false,
      detalle: 'Falta conectar Twilio: agrega TWILIO_ACCOUNT_SID y TWILIO_AUTH_TOKEN.',
      revisado: new Date(),
    };
  }
  if (simulada) {
    return {
      ok: true,
      detalle: 'Teléfono simulado: los mensajes no salen a WhatsApp.',
      revisado: new Date(),
    };
  }
  try {
    const datos = await clienteDe(cuenta).api.v2010.accounts(cuenta.accountSid).fetch();
    return datos.status === 'active'
      ? { ok: true, detalle: 'Conectado con Twilio.', revisado: new Date() }
      : { ok: false, detalle: motivoTwilio(20005), revisado: new Date() };
  } catch (error) {
    const { estadoHttp, codigo } = leerError(error);
    const detalle =
      estadoHttp === 401 ||
      estadoHttp === 403 ||
      (error instanceof Error && /must start with AC/.test(error.message))
        ? motivoTwilio(20003)
        : estadoHttp === null
          ? 'No se puede conectar con Twilio. Revisa la salida a internet del servidor.'
          : motivoTwilio(codigo);
    return { ok: false, detalle, revisado: new Date() };
  }
}

/** Un cliente del SDK por cuenta, en caché, con sus peticiones reescritas a la base que toca. */
function crearClientes(opciones: OpcionesWhatsApp, tiempoMs: number) {
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

function esperaDe(detalles: unknown): number | null {
  if (typeof detalles !== 'object' || detalles === null || !('retry_after' in detalles)) return null;
  const crudo = String(detalles.retry_after);
  const segundos = Number(crudo);
  const ms = Number.isFinite(segundos) ? segundos * 1000 : Date.parse(crudo) - Date.now();
  return Number.isFinite(ms) && ms >= 0 ? Math.round(ms) : null;
}

function basesDe(opciones: OpcionesWhatsApp, cuenta: Credenciales): string[] {
  if (opciones.simulador && esDelSimulador(opciones, cuenta)) return [opciones.simulador.base()];
  return opciones.twilio?.apiUrl ? [opciones.twilio.apiUrl.replace(/\/+$/, '')] : [BASE_TWILIO];
}

function esDelSimulador(opciones: OpcionesWhatsApp, cuenta: Credenciales): boolean {
  return opciones.simulador !== null && cuenta.accountSid === opciones.simulador.cuenta.accountSid;
}

function huella(cuenta: Credenciales): string {
  return createHash('sha256').update(`${cuenta.accountSid}:${cuenta.authToken}`).digest('base64');
}

function fallo(
  clase: ClaseFallo,
  codigo: number | null,
  motivo: string,
  detalle: string,
  esperaMs?: number,
): ResultadoEnvio {
  return { ok: false, clase, codigo, motivo, detalle, ...(esperaMs !== undefined && { esperaMs }) };
}

// Un error de red puede traer la URL o la configuración completa de axios: sólo su código y su frase.
function textoDe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const codigo = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  return `${codigo}${error.message}`.slice(0, 500);
}
