import type { Trozo } from './formato.ts';

/** Filas como las devuelven las funciones del panel; los nombres son los de las columnas. */
export interface FilaContacto {
  id: string;
  nombre: string | null;
  telefono: string | null;
  mensaje_reciente: string | null;
  ultimo_mensaje: string | null;
  reciente_autor?: string | null;
  no_leidos: number;
  etiquetas: string[] | null;
  ia_activa: boolean;
  ia_pausada: boolean;
  espera_humano_desde: string | null;
  atendido_por: string | null;
  atendido_nombre?: string | null;
  reciente_usuario?: string | null;
  reciente_nombre?: string | null;
  bloqueado?: boolean;
  resuelto_en?: string | null;
  pospuesto_hasta?: string | null;
  /** Nunca ha escrito ni recibido nada. */
  sin_mensajes?: boolean;
}

export interface ContactoAbierto extends FilaContacto {
  id_whatsapp?: string | null;
  correo?: string | null;
  empresa?: string | null;
  notas?: string | null;
  imagen_perfil?: string | null;
  acepta_envios?: boolean | null;
  ventana_hasta: string | null;
  created_at: string;
  datos?: Record<string, unknown> | null;
  anuncio?: AnuncioContacto | null;
}

/** Un campo propio de la nora: cómo se llama lo que `datos` guarda con su clave. */
export interface CampoPropio {
  clave: string;
  titulo: string;
  tipo: string;
}

export interface NotaEquipo {
  id: string;
  texto: string;
  usuario_id: string | null;
  autor: string | null;
  created_at: string;
}

/** El anuncio por el que llegó; sin `nombre` no es de una cuenta conectada. */
export interface AnuncioContacto {
  id: string | null;
  cuando: string;
  titular: string | null;
  nombre: string | null;
  cuenta: string | null;
  campana: string | null;
  miniatura: string | null;
}

export interface FilaAdjunto {
  id: string;
  tipo: string | null;
  nombre: string | null;
  bytes: number | null;
  estado: string | null;
}

export interface FilaMensaje {
  id: string;
  fecha_hora: string;
  tipo: string;
  autor: string;
  mensaje: string | null;
  usuario_id?: string | null;
  usuario_nombre?: string | null;
  estado: string | null;
  error_codigo?: number | null;
  error_detalle?: string | null;
  adjuntos?: FilaAdjunto[] | null;
  referido?: Record<string, unknown> | null;
  respuesta_a?: string | null;
  cita?: FilaCita | null;
  /** Nombre de la plantilla con la que salió. */
  plantilla?: string | null;
  clave_cliente?: string | null;
  con_fuentes?: boolean;
}

/** El mensaje al que la persona contestó desde su WhatsApp. */
export interface FilaCita {
  id: string;
  fecha_hora: string;
  autor: string;
  usuario_id: string | null;
  usuario_nombre: string | null;
  texto: string;
}

export interface FilaHallazgo {
  id: string;
  contacto_id: string;
  nombre: string | null;
  telefono: string | null;
  fecha_hora: string;
  extracto: string;
}

export interface Fuentes {
  modo: string | null;
  modelo: string | null;
  latencia_ms: number | null;
  tokens_entrada: number | null;
  tokens_salida: number | null;
  motivo: string | null;
  pregunta: string | null;
  /** Copia de lo citado, tal como estaba al responder. */
  citados: { id: string; titulo: string | null; contenido: string }[] | null;
  /** Lo que tuvo delante y todavía existe. */
  dados: { id: string; titulo: string | null; contenido: string; citado: boolean }[] | null;
  /** Ids de lo citado que ya cambió o se borró. */
  cambiados: string[] | null;
}

export interface Entorno {
  base: string;
  zona: string;
  usuarioId: string;
  colores: Record<string, string>;
  /** La nora tiene encendido algo que conteste solo (IA o respuestas automáticas). */
  contestaSola: boolean;
  /** Dirección de sus anuncios, si quien mira puede abrirlos; vacía si no. */
  ads: string;
  /** Dirección de Contactos; vacía si no lo tiene. */
  contactos: string;
  ahora: Date;
}

export interface Marca {
  texto: string;
  tono: string;
  icono?: string;
}

export interface FilaVista {
  id: string;
  nombre: string;
  cuando: string;
  instante: string;
  prefijo: string;
  texto: string;
  noLeidos: number;
  espera: boolean;
  marcas: Marca[];
  cursor: string;
}

export interface AdjuntoVista {
  clase: 'imagen' | 'audio' | 'video' | 'documento';
  situacion: 'listo' | 'descargando' | 'fallido';
  url: string;
  nombre: string;
  tipo: string;
  peso: string;
}

export interface BurbujaVista {
  id: string;
  clase: 'contacto' | 'nora' | 'automatica' | 'persona' | 'envio' | 'nota' | 'aviso';
  cursor: string;
  dia: string;
  diaTitulo: string;
  abreDia: boolean;
  hora: string;
  instante: string;
  autor: string;
  trozos: Trozo[];
  adjuntos: AdjuntoVista[];
  clave: string;
  estado: string;
  palomita: { icono: string; texto: string; clase: string } | null;
  razon: string;
  reintentable: boolean;
  fuentes: boolean;
  anuncio: string;
  icono: string;
  cita: { autor: string; texto: string; id: string; url: string } | null;
  plantilla: string;
}
