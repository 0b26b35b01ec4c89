import type { AdsDemo } from './ads/tipos.ts';

/** Autor de un mensaje de la demo; los mismos valores que `historial_conversaciones.autor`. */
export type AutorDemo = 'contacto' | 'ia' | 'automatica' | 'humano' | 'sistema';

/** Bloque de conocimiento: `contenido` de 1 a 1000 caracteres. */
export interface BloqueDemo {
  titulo: string;
  contenido: string;
  etiquetas: string[];
  /** 0 normal; más alto desempata a favor. */
  prioridad?: number;
}

export interface MensajeDemo {
  autor: AutorDemo;
  texto: string;
  /** Correo del usuario que escribió, sólo si `autor` es `humano`. */
  usuario?: string;
  estado?: 'enviado' | 'entregado' | 'leido' | 'fallido' | 'incierto';
  error_codigo?: number;
  error_detalle?: string;
  /** Títulos de los bloques que la IA citó. */
  fuentes?: string[];
  /** Minutos desde el mensaje anterior; por omisión, lo que tarda una persona o la IA. */
  pausa?: number;
  /** El anuncio del que viene, con los campos de Twilio (`ReferralSourceId`…). */
  referido?: Record<string, string>;
}

export interface ContactoDemo {
  nombre: string;
  telefono: string;
  correo?: string;
  empresa?: string;
  notas?: string;
  etiquetas: string[];
  no_leidos?: number;
  /** Correo de quien lo tiene tomado. */
  atendido_por?: string;
  /** Espera a una persona desde su último mensaje. */
  espera_humano?: boolean;
  ia_activa?: boolean;
  bloqueado?: boolean;
  acepta_envios?: boolean;
  /** Cuándo empezó su última conversación: días atrás y hora local, o minutos atrás. */
  inicio: { dias: number; hora: string } | { minutos: number };
  mensajes: MensajeDemo[];
}

export interface NoraDemo {
  nombre_nora: string;
  nombre_visible: string;
  numero_nora: string;
  personalidad: string;
  instrucciones: string;
  mensaje_bienvenida: string;
  mensaje_fuera_horario: string;
  modo_respuesta: 'flexible' | 'estricto';
  zona_horaria: string;
  /** Tramos abiertos por día, `HH:MM` locales; un día sin tramos está cerrado. */
  horario: Record<'lun' | 'mar' | 'mie' | 'jue' | 'vie' | 'sab' | 'dom', [string, string][]>;
  modulos: string[];
  etiquetas: { nombre: string; color: string }[];
  conocimiento: BloqueDemo[];
  respuestas_rapidas: { atajo: string; texto: string }[];
  respuestas_automaticas: {
    disparador: string;
    coincidencia: 'exacta' | 'contiene' | 'empieza';
    respuesta: string;
    prioridad: number;
  }[];
  contactos: ContactoDemo[];
  ads?: AdsDemo;
}

export interface UsuarioDemo {
  correo: string;
  nombre: string;
  clave: string;
  rol: 'admin' | 'cliente';
  membresias: { nombre_nora: string; rol: 'dueno' | 'agente' }[];
}

export interface DatosDemo {
  usuarios: UsuarioDemo[];
  noras: NoraDemo[];
}
