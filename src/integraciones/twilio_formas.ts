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

export interface OpcionesWhatsApp {
  /** TWILIO_*; `apiUrl` es la base REST cuando no es la de Twilio. */
  twilio: { accountSid: string; authToken: string; apiUrl: string | null } | null;
  /** El teléfono incluido: base de su API (con ruta) y su cuenta. null en producción. */
  simulador: { base: () => string; cuenta: Credenciales } | null;
  /** Tope de una petición; Twilio suele contestar en menos de un segundo. */
  tiempoMs?: number;
  tiempoMediaMs?: number;
}
