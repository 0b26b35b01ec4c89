import { timingSafeEqual } from 'node:crypto';
import twilio from 'twilio';
import type { Config } from '../config.ts';
import { MAXIMO_TEXTO } from './dividir.ts';
import { bajarMedia, basica, type MediaDescargada } from './media.ts';
import { baseSimulador, cuentaSimulada } from './simulador/cuenta.ts';
import {
  BASE_TWILIO,
  basesDe,
  crearClientes,
  esDelSimulador,
  huella,
  TOPE_CLIENTES,
} from './twilio_clientes.ts';
import { motivoTwilio } from './twilio_codigos.ts';
import { clasificar, ErrorTwilio, fallo, leer, MOTIVO_INCIERTO, textoDe } from './twilio_errores.ts';
import { revisarCuenta } from './twilio_estado.ts';
import type {
  Credenciales,
  EstadoServicio,
  MensajeSaliente,
  MensajeTwilio,
  OpcionesWhatsApp,
  ResultadoEnvio,
} from './twilio_formas.ts';
import { leerPlantilla, type PlantillaTwilio } from './twilio_plantillas.ts';

export { ErrorTwilio } from './twilio_errores.ts';
export type * from './twilio_formas.ts';

const PREFIJO = 'whatsapp:';
const VIGENCIA_ESTADO_MS = 60_000;
// WhatsApp admite 6,000 plantillas por cuenta: con páginas de 200 sobra.
const TOPE_PAGINAS = 40;

export interface WhatsApp {
  /** true cuando, sin credenciales propias de la nora, los mensajes van al teléfono simulado. */
  readonly simulado: boolean;
  /** Cuenta global; la simulada si no hay; null si no hay ninguna (producción sin Twilio). */
  readonly cuentaGlobal: Credenciales | null;
  /** Token que firma los webhooks de una nora sin credenciales propias. */
  readonly tokenGlobal: string | null;
  /** Envía un mensaje; nunca lanza y nunca repite un envío por su cuenta. */
  enviar(mensaje: MensajeSaliente): Promise<ResultadoEnvio>;
  /**
   * Mensajes de WhatsApp de [desde, hasta], los más nuevos primero, por páginas; Twilio sólo promete filtrar por día.
   * Lanza ErrorTwilio si una página falla.
   */
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
          if (!esDeWhatsApp(instancia)) continue;
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

/** La lista es de la cuenta entera: el SMS de un número y su WhatsApp sin el prefijo se verían iguales. */
function esDeWhatsApp(m: { from: string | null; to: string | null }): boolean {
  return Boolean(m.from?.startsWith(PREFIJO) && m.to?.startsWith(PREFIJO));
}

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
