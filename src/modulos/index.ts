import type { Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { modulo as chat } from './chat/index.ts';
import { modulo as panel } from './panel/index.ts';

/**
 * Un módulo del panel: una carpeta en `src/modulos/<clave>` cuyo `index.ts` exporta `modulo`.
 * Su router se crea una vez y lo comparten todas las noras; qué nora lo tiene es dato (`modulos_disponibles`).
 */
export interface Modulo {
  /** Clave en `modulos_disponibles` y segmento de la URL: `/panel_cliente/<nora>/<clave>`. */
  readonly clave: ClaveModulo | 'panel';
  readonly titulo: string;
  /** Nombre de un icono de lucide que exista en el sprite. */
  readonly icono: string;
  /** Nombre con el que sus rutas salen en `rutas_registradas`, p. ej. `panel_chat_bp`. */
  readonly blueprint: string;
  crearRutas(ctx: Contexto): Router;
}

/** Todas las claves de módulo; crear una nora escribe una fila por cada una, activa o no. */
export const CLAVES_MODULOS = [
  'chat',
  'contactos',
  'etiquetas',
  'ia',
  'respuestas',
  'conocimiento',
  'envios',
  'ads',
  'estadisticas',
  'tareas',
] as const;

export type ClaveModulo = (typeof CLAVES_MODULOS)[number];

/** Cómo se llama cada módulo en la interfaz, tenga ya código o no. */
export const TITULOS_MODULOS: Readonly<Record<ClaveModulo, string>> = {
  chat: 'Chat',
  contactos: 'Contactos',
  etiquetas: 'Etiquetas',
  ia: 'Inteligencia artificial',
  respuestas: 'Respuestas automáticas',
  conocimiento: 'Conocimiento',
  envios: 'Envíos',
  ads: 'Anuncios',
  estadisticas: 'Estadísticas',
  tareas: 'Tareas',
};

/** El inicio de cada panel: no se apaga, así que no es una clave de `modulos_disponibles`. */
export const MODULO_INICIO: Modulo = panel;

/** Módulos con código, en el orden en que se muestran. Agregar uno es agregar su renglón aquí. */
export const MODULOS: readonly Modulo[] = [chat];

/** Dice si una clave recibida de fuera es de un módulo. */
export function esClaveModulo(clave: string): clave is ClaveModulo {
  return (CLAVES_MODULOS as readonly string[]).includes(clave);
}

/** Los módulos que una nora ve en su menú: con código y activos para ella. */
export function modulosVisibles(activos: ReadonlySet<string>): Modulo[] {
  return MODULOS.filter((m) => activos.has(m.clave));
}
