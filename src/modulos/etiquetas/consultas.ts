import type { ClienteBd } from '../../datos/base_de_datos.ts';
import { llamar } from '../../datos/llamar.ts';

export interface Etiqueta {
  id: string;
  nombre: string;
  color: string;
  descripcion: string | null;
  ia_puede: boolean;
  n: number;
  segmentos: number;
  reglas: number;
}

export interface Regla {
  id: string;
  etiqueta_id: string;
  etiqueta: string;
  color: string;
  frases: string[];
  activo: boolean;
  usos: number;
  ultimo_uso: string | null;
}

export interface Catalogo {
  etiquetas: Etiqueta[];
  reglas: Regla[];
  /** Cambios de nombre que todavía se están llevando a los contactos. */
  pendientes: number;
}

/** `cambio` es lo que falta por llevar a los contactos; se avanza con `avanzarCambio`. */
export type Guardada =
  | { r: 'guardada'; id: string; cambio: string | null }
  | { r: 'repetida'; otra: string }
  | { r: 'no_esta' | 'demasiadas' };

export async function listarEtiquetas(bd: ClienteBd): Promise<Catalogo> {
  return llamar(bd, 'listar_etiquetas', {});
}
export async function guardarEtiqueta(
  bd: ClienteBd,
  id: string | null,
  p: object,
  usuario: string,
): Promise<Guardada> {
  return llamar(bd, 'guardar_etiqueta', { p_id: id, p, p_usuario: usuario });
}
export async function borrarEtiqueta(
  bd: ClienteBd,
  id: string,
  usuario: string,
): Promise<{ nombre: string; cambio: string } | null> {
  return llamar(bd, 'borrar_etiqueta', { p_id: id, p_usuario: usuario });
}
export async function unirEtiquetas(
  bd: ClienteBd,
  de: string,
  a: string,
  usuario: string,
): Promise<{ de: string; a: string; cambio: string } | null> {
  return llamar(bd, 'unir_etiquetas', { p_de: de, p_a: a, p_usuario: usuario });
}
/** Una tanda de contactos; null si el cambio no es de esta nora. */
export async function avanzarCambio(
  bd: ClienteBd,
  cambio: string,
): Promise<{ faltan: boolean; cambiados: number } | null> {
  return llamar(bd, 'avanzar_cambio_etiqueta', { p_cambio: cambio });
}
export async function guardarRegla(
  bd: ClienteBd,
  id: string | null,
  p: object,
  usuario: string,
): Promise<{ r: 'guardada' | 'no_esta' | 'demasiadas' }> {
  return llamar(bd, 'guardar_regla_etiqueta', { p_id: id, p, p_usuario: usuario });
}
export async function activarRegla(
  bd: ClienteBd,
  id: string,
  activo: boolean,
  usuario: string,
): Promise<boolean> {
  return llamar(bd, 'activar_regla_etiqueta', { p_id: id, p_activo: activo, p_usuario: usuario });
}
export async function borrarRegla(bd: ClienteBd, id: string, usuario: string): Promise<boolean> {
  return llamar(bd, 'borrar_regla_etiqueta', { p_id: id, p_usuario: usuario });
}
/** Qué etiquetas pondrían las reglas activas a un texto. */
export async function probarReglas(
  bd: ClienteBd,
  texto: string,
): Promise<{ etiqueta: string; color: string; frase: string }[]> {
  return llamar(bd, 'probar_reglas_etiquetas', { p_texto: texto });
}
