import type { ClaseFalloModelo } from '../integraciones/openai.ts';
import type { Bloque } from './conocimiento.ts';
import { estimarTokens } from './conocimiento.ts';

/** Un mensaje del hilo, del más viejo al más nuevo. `autor` es el de `historial_conversaciones`. */
export interface Turno {
  autor: 'contacto' | 'ia' | 'automatica' | 'humano' | 'envio' | 'sistema';
  texto: string;
  fecha?: string;
}

/** Lo que la IA necesita saber de la nora que responde. */
export interface NoraIA {
  nombre_nora: string;
  nombre_visible: string;
  personalidad: string | null;
  instrucciones: string | null;
  modo_respuesta: 'flexible' | 'estricto';
  modelo_ia: string | null;
  zona_horaria: string;
  /** `configuracion_bot.horario` tal cual; lo que no se entiende cuenta como no dicho. */
  horario: unknown;
  mensaje_fuera_de_tema?: string | null;
}

/** Una etiqueta que la IA puede poner y cuándo, como lo escribió la dueña. */
export interface EtiquetaIA {
  nombre: string;
  cuando: string | null;
}

export interface EntradaIA {
  nora: NoraIA;
  contacto: { id: string; nombre: string | null };
  historial: Turno[];
  /** La ráfaga actual del contacto, unida con saltos de línea. */
  pregunta: string;
  conocimiento: Bloque[];
  /** Las que la nora deja poner a la IA y la persona aún no tiene. Sólo las usa el modelo: sin él etiquetan las reglas. */
  etiquetas?: readonly EtiquetaIA[];
  ahora: Date;
}

export interface SalidaIA {
  accion: 'responder' | 'pasar_a_humano';
  /** Lo que se le dice al contacto; también al pasarlo a una persona. Vacío sólo si `senal` ya se había abortado. */
  texto: string;
  modo: 'openai' | 'local';
  modelo: string | null;
  /** Ids de los bloques que tuvo a la vista. */
  fragmentos: string[];
  /** Ids de los bloques de los que salió la respuesta; siempre dentro de `fragmentos`. */
  citados: string[];
  tokens_entrada: number;
  tokens_salida: number;
  latencia_ms: number;
  motivo: 'respondida' | 'sin_evidencia' | 'pasada_a_humano' | 'error';
  /** Por qué, en una línea para el registro (`respuestas_ia.detalle`). */
  detalle: string | null;
  /** Por qué no sirvió el modelo, si había uno: lo demás lo contestó en su lugar el modo local. */
  fallo_modelo?: ClaseFalloModelo;
  /** Nombres de las etiquetas que propone poner; siempre de `entrada.etiquetas`. */
  etiquetas?: string[];
  /** Cobertura (0 a 1) de los mejores bloques, sólo en modo local. */
  puntajes?: { id: string; cobertura: number }[];
}

/**
 * Los últimos turnos que caben en `tope` tokens, en orden. La ráfaga actual se quita si venía incluida:
 * va aparte, como último mensaje.
 */
export function recortarHistorial(historial: Turno[], pregunta: string, tope: number): Turno[] {
  const turnos = historial.filter((t) => t.texto.trim() !== '' && t.autor !== 'sistema');
  const lineas = new Set(pregunta.split('\n').map((l) => l.trim()));
  while (turnos.length > 0) {
    const ultimo = turnos.at(-1) as Turno;
    const deLaRafaga =
      ultimo.autor === 'contacto' && ultimo.texto.split('\n').every((l) => lineas.has(l.trim()));
    if (!deLaRafaga) break;
    turnos.pop();
  }
  let quedan = tope;
  const desde = turnos.findLastIndex((t) => (quedan -= estimarTokens(t.texto)) < 0);
  return turnos.slice(desde + 1);
}

/** La fecha y hora de la nora, escritas como las diría una persona. Una zona inválida cae a la del producto. */
export function fechaEnZona(ahora: Date, zona: string): string {
  const opciones: Intl.DateTimeFormatOptions = {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  };
  try {
    return ahora.toLocaleString('es-MX', { ...opciones, timeZone: zona });
  } catch {
    return ahora.toLocaleString('es-MX', { ...opciones, timeZone: 'America/Hermosillo' });
  }
}
