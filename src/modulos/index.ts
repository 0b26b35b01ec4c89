import type { Router } from 'express';
import type { Contexto } from '../contexto.ts';
import type { RolMembresia } from '../noras/membresia.ts';
import type { TareaProgramada } from '../trabajos/horario.ts';
import type { Tarea } from '../trabajos/trabajos.ts';
import { modulo as ads } from './ads/index.ts';
import { modulo as chat } from './chat/index.ts';
import { modulo as contactos } from './contactos/index.ts';
import { modulo as conocimiento } from './conocimiento/index.ts';
import { modulo as etiquetas } from './etiquetas/index.ts';
import { modulo as ia } from './ia/index.ts';
import { modulo as panel } from './panel/index.ts';
import { modulo as respuestas } from './respuestas/index.ts';

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
  /** Sólo dueños y administración: para un agente no existe, ni en el menú ni por su dirección. */
  readonly soloDuenos?: boolean;
  crearRutas(ctx: Contexto): Router;
  /** Los encargos de fondo del módulo: los atiende quien corre los trabajos. */
  tareas?(ctx: Contexto): Tarea[];
  /** Cuándo se encargan solas las que se repiten. */
  readonly horario?: readonly TareaProgramada[];
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
export const MODULOS: readonly Modulo[] = [chat, contactos, etiquetas, conocimiento, respuestas, ia, ads];

/** Dice si una clave recibida de fuera es de un módulo. */
export function esClaveModulo(clave: string): clave is ClaveModulo {
  return (CLAVES_MODULOS as readonly string[]).includes(clave);
}

/** Los módulos que alguien ve en el menú de una nora: con código, activos para ella y para su papel en el equipo. */
export function modulosVisibles(activos: ReadonlySet<string>, membresia: RolMembresia): Modulo[] {
  return MODULOS.filter((m) => activos.has(m.clave) && puedeVer(m, membresia));
}

/** Lo que un agente necesita para atender. Todo lo demás (ia, conocimiento, envíos…) es de dueños, lo diga su módulo o no. */
const DE_AGENTE: ReadonlySet<string> = new Set(['panel', 'chat', 'contactos', 'respuestas', 'tareas']);

/** Si ese papel entra a ese módulo. */
export function puedeVer(modulo: { clave: string; soloDuenos?: boolean }, membresia: RolMembresia): boolean {
  return membresia !== 'agente' || (!modulo.soloDuenos && DE_AGENTE.has(modulo.clave));
}

/** De estos módulos un agente sólo alcanza una parte: las reglas y los saludos de la nora son cosa de sus dueños. */
const PARTES_DE_AGENTE: Readonly<Record<string, { ruta: string; titulo: string }>> = {
  respuestas: { ruta: '/rapidas', titulo: 'Respuestas rápidas' },
};

/** A qué parte de un módulo se limita ese papel (ruta dentro del módulo y título); null = a todo. */
export function parteDe(clave: string, membresia: RolMembresia): { ruta: string; titulo: string } | null {
  return membresia === 'agente' ? (PARTES_DE_AGENTE[clave] ?? null) : null;
}

/** De qué módulos recibe señales alguien: los activos, menos los que no son para su papel. */
export function modulosDeSala(activos: ReadonlySet<string>, membresia: RolMembresia): string[] {
  return [...activos].filter((clave) =>
    puedeVer(MODULOS.find((m) => m.clave === clave) ?? { clave }, membresia),
  );
}
