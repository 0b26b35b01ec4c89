import type { ClienteBd } from '../../datos/base_de_datos.ts';
import { llamar } from '../../datos/llamar.ts';

export interface Regla {
  id: string;
  disparador: string;
  coincidencia: 'exacta' | 'contiene' | 'empieza';
  respuesta: string;
  prioridad: number;
  activo: boolean;
  horario: 'siempre' | 'dentro' | 'fuera';
  usos: number;
  ultimo_uso: string | null;
  updated_at: string;
  adjunto: { id: string; tipo: string; nombre: string | null; bytes: number | null } | null;
}

export interface Reglas {
  /** En el orden en que deciden. */
  reglas: Regla[];
  bienvenida: string | null;
  fuera_horario: string | null;
  horario: unknown;
  /** null: la nora no ha dicho su horario. */
  abierto: boolean | null;
  rapidas: number;
}

/** Una regla que coincide con lo probado; la primera con `aplica` es la que contesta. */
export interface Coincidencia {
  id: string;
  disparador: string;
  hallado: string;
  coincidencia: Regla['coincidencia'];
  respuesta: string;
  prioridad: number;
  horario: Regla['horario'];
  activo: boolean;
  en_horario: boolean;
  aplica: boolean;
}

export interface Prueba {
  reglas: Coincidencia[];
  abierto: boolean | null;
  horario_dicho: boolean;
  /** La que diría el canal en este momento; sólo al probar «ahora». */
  gana: string | null;
}

export interface Rapida {
  id: string;
  atajo: string;
  texto: string;
}

export interface AdjuntoRegla {
  id: string;
  tipo: string;
  nombre: string | null;
  bytes: number | null;
  ruta: string | null;
  estado: string;
}

export type ReglaGuardada =
  | { r: 'guardada'; id: string }
  | { r: 'repetida'; regla: Regla }
  | { r: 'demasiadas' };
export type RapidaGuardada = { r: 'guardada'; id: string } | { r: 'repetida' } | { r: 'demasiadas' };

const TOPE_RAPIDAS = 500;

export function listarReglas(bd: ClienteBd): Promise<Reglas> {
  return llamar(bd, 'listar_reglas', {});
}

export function abrirRegla(bd: ClienteBd, id: string): Promise<Regla | null> {
  return llamar(bd, 'abrir_regla', { p_id: id });
}

/** null: no existe. */
export function guardarRegla(bd: ClienteBd, p: object, usuario: string): Promise<ReglaGuardada | null> {
  return llamar(bd, 'guardar_regla', { p, p_usuario: usuario });
}

export function cambiarRegla(
  bd: ClienteBd,
  id: string,
  accion: 'encender' | 'apagar' | 'borrar',
  usuario: string,
): Promise<Regla | null> {
  return llamar(bd, 'cambiar_regla', { p_id: id, p_accion: accion, p_usuario: usuario });
}

export function probarReglas(bd: ClienteBd, texto: string, momento: string): Promise<Prueba> {
  return llamar(bd, 'probar_reglas', { p_texto: texto, p_momento: momento });
}

export function guardarMensajes(bd: ClienteBd, p: object, usuario: string): Promise<boolean> {
  return llamar(bd, 'guardar_mensajes', { p, p_usuario: usuario });
}

/** Todas: el tope las deja muy por debajo de las 1,000 filas en que la API corta. */
export async function listarRapidas(bd: ClienteBd): Promise<Rapida[]> {
  const { data } = await bd
    .from('respuestas_rapidas')
    .select('id, atajo, texto')
    .order('atajo')
    .limit(TOPE_RAPIDAS)
    .throwOnError();
  return data;
}

export function guardarRapida(bd: ClienteBd, p: object, usuario: string): Promise<RapidaGuardada | null> {
  return llamar(bd, 'guardar_rapida', { p, p_usuario: usuario });
}

export function borrarRapida(bd: ClienteBd, id: string, usuario: string): Promise<Rapida | null> {
  return llamar(bd, 'borrar_rapida', { p_id: id, p_usuario: usuario });
}

/** El archivo de una regla de esta nora; lo de las conversaciones no se ve por aquí. */
export async function buscarAdjunto(bd: ClienteBd, id: string): Promise<AdjuntoRegla | null> {
  const { data } = await bd
    .from('adjuntos')
    .select('id, tipo, nombre, bytes, ruta, estado')
    .eq('id', id)
    .is('historial_id', null)
    .maybeSingle()
    .throwOnError();
  return data;
}
