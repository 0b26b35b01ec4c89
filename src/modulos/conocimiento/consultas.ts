import type { ClienteBd } from '../../datos/base_de_datos.ts';
import { llamar } from '../../datos/llamar.ts';
import type { BloqueExportado } from './exportar.ts';
import type { Pedazo } from './partir.ts';

export interface Bloque {
  id: string;
  titulo: string;
  contenido: string;
  etiquetas: string[];
  prioridad: number;
  activo: boolean;
  updated_at: string;
  dados: number;
  citados: number;
  ultimo_dado?: string | null;
  ultima_cita?: string | null;
}

export interface Version {
  version: number;
  accion: 'crear' | 'editar' | 'restaurar' | 'borrar';
  titulo: string;
  contenido: string;
  etiquetas: string[];
  prioridad: number;
  activo: boolean;
  quien: string | null;
  creado: string;
}

export interface BloqueAbierto extends Bloque {
  version: number;
  borrado: boolean;
  versiones: Version[];
}

export interface Lista {
  bloques: Bloque[];
  total: number;
  /** Nada contenía lo escrito: esto es lo que Nora encontraría. */
  cerca: boolean;
  conteos: { todos: number; activos: number; apagados: number; sin_uso: number };
  etiquetas: { nombre: string; n: number }[];
  preguntas: number;
}

/** El bloque que ya dice lo mismo o casi. `en_archivo`: está más arriba en el mismo archivo importado. */
export interface Gemelo {
  id?: string;
  orden?: number;
  titulo: string;
  contenido: string;
  activo?: boolean;
  /** 0 a 1. */
  parecido: number;
  exacto: boolean;
  en_archivo?: boolean;
}

export type Guardado =
  | { r: 'guardado'; id: string }
  | { r: 'duplicado' | 'parecido'; gemelo: Gemelo }
  | { r: 'cambiado'; actual: Omit<Version, 'accion'> };

export interface Pregunta {
  /** De la última respuesta en que Nora no supo. */
  id: string;
  pregunta: string;
  n: number;
  personas: number;
  ultima: string;
  contacto_id: string;
  /** Lo que alguien del equipo contestó después. */
  sugerida: string | null;
}

export interface Importado {
  id: string;
  orden: number;
  titulo: string;
  contenido: string;
  etiquetas: string[];
  prioridad: number;
  activo: boolean;
  incluir: boolean;
  gemelo: Gemelo | null;
}

export interface Importacion {
  id: string;
  archivo: string;
  formato: string;
  avisos: string[];
  guardada: { guardados: number; repetidos: number } | null;
  creado: string;
  quien: string | null;
  total: number;
  incluidos: number;
  duplicados: number;
  parecidos: number;
  bloques: Importado[];
}

export const PAGINA = 30;
export const PAGINA_IMPORTACION = 50;
const PAGINA_EXPORTAR = 500;
const TRAMO_COMPARAR = 100;

export function listar(
  bd: ClienteBd,
  p: { q: string; etiqueta: string; estado: string; orden: string; desde: number },
): Promise<Lista> {
  return llamar(bd, 'listar_conocimiento', { p: { ...p, n: PAGINA } });
}

export function abrir(bd: ClienteBd, id: string): Promise<BloqueAbierto | null> {
  return llamar(bd, 'abrir_bloque', { p_id: id });
}

/** null: no existe. */
export function guardar(bd: ClienteBd, p: object, usuario: string): Promise<Guardado | null> {
  return llamar(bd, 'guardar_bloque', { p, p_usuario: usuario });
}

export function restaurar(
  bd: ClienteBd,
  id: string,
  version: number,
  usuario: string,
): Promise<Guardado | null> {
  return llamar(bd, 'restaurar_bloque', { p_id: id, p_version: version, p_usuario: usuario });
}

/** Los ids que de verdad cambiaron. */
export function cambiarVarios(
  bd: ClienteBd,
  ids: string[],
  accion: string,
  etiqueta: string,
  usuario: string,
): Promise<string[]> {
  return llamar(bd, 'cambiar_bloques', {
    p_ids: ids,
    p_accion: accion,
    p_etiqueta: etiqueta,
    p_usuario: usuario,
  });
}

/** Deshace un borrado; cuántos volvieron. */
export function restaurarBorrados(bd: ClienteBd, ids: string[], usuario: string): Promise<number> {
  return llamar(bd, 'restaurar_borrados', { p_ids: ids, p_usuario: usuario });
}

/** De estos bloques, los que están borrados, con la versión que se borró. Cada id suma a lo mucho unas decenas de versiones. */
export async function versionesBorradas(
  bd: ClienteBd,
  ids: string[],
): Promise<{ id: string; version: number }[]> {
  const { data } = await bd
    .from('versiones_conocimiento')
    .select('bloque_id, version')
    .in('bloque_id', ids)
    .eq('accion', 'borrar')
    .order('version')
    .throwOnError();
  const { data: vivos } = await bd.from('conocimiento_nora').select('id').in('id', ids).throwOnError();
  const quedan = new Set(vivos.map((b) => b.id));
  // La última gana: el orden es de menor a mayor.
  const ultimas = new Map(data.map((v) => [v.bloque_id, v.version]));
  return [...ultimas].flatMap(([id, version]) => (quedan.has(id) ? [] : [{ id, version }]));
}

export function buscarGemelo(
  bd: ClienteBd,
  contenido: string,
  excepto: string | undefined,
): Promise<Gemelo | null> {
  return llamar(bd, 'gemelo_conocimiento', { p_contenido: contenido, p_excepto: excepto ?? null });
}

export function listarPreguntas(bd: ClienteBd): Promise<Pregunta[]> {
  return llamar(bd, 'preguntas_sin_respuesta', { p_n: 100 });
}

export function buscarPregunta(bd: ClienteBd, id: string): Promise<Omit<Pregunta, 'n' | 'personas'> | null> {
  return llamar(bd, 'pregunta_sin_respuesta', { p_id: id });
}

export function descartarPregunta(bd: ClienteBd, id: string, usuario: string): Promise<boolean> {
  return llamar(bd, 'descartar_pregunta', { p_id: id, p_usuario: usuario });
}

/** Aparta lo leído en una vista previa ya comparada con lo que la nora sabe. Devuelve su id. */
export async function crearImportacion(
  bd: ClienteBd,
  p: { archivo: string; formato: string; avisos: string[]; bloques: Pedazo[] },
  usuario: string,
): Promise<string> {
  const id = await llamar<string>(bd, 'crear_importacion', { p, p_usuario: usuario });
  for (let desde = 0; desde < p.bloques.length; desde += TRAMO_COMPARAR)
    await llamar(bd, 'comparar_importacion', { p_id: id, p_desde: desde, p_n: TRAMO_COMPARAR });
  return id;
}

export function abrirImportacion(bd: ClienteBd, id: string, desde = 0): Promise<Importacion | null> {
  return llamar(bd, 'abrir_importacion', { p_id: id, p_desde: desde, p_n: PAGINA_IMPORTACION });
}

export function editarImportado(
  bd: ClienteBd,
  id: string,
  bloque: string,
  p: object,
): Promise<Importado | null> {
  return llamar(bd, 'editar_importado', { p_importacion: id, p_bloque: bloque, p });
}

export function incluirImportados(bd: ClienteBd, id: string, cuales: string): Promise<number | null> {
  return llamar(bd, 'incluir_importados', { p_importacion: id, p_cuales: cuales });
}

export function guardarImportacion(
  bd: ClienteBd,
  id: string,
  etiqueta: string,
  usuario: string,
): Promise<{ guardados: number; repetidos: number; primera_vez: boolean } | null> {
  return llamar(bd, 'guardar_importacion', { p_id: id, p_usuario: usuario, p_etiqueta: etiqueta });
}

export function borrarImportacion(bd: ClienteBd, id: string): Promise<boolean> {
  return llamar(bd, 'borrar_importacion', { p_id: id });
}

/** Todos los bloques por páginas de llave: exportar miles no los junta en memoria. */
export async function* recorrer(bd: ClienteBd): AsyncGenerator<BloqueExportado[]> {
  let ultimo = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const { data } = await bd
      .from('conocimiento_nora')
      .select('id, titulo, contenido, etiquetas, prioridad, activo')
      .gt('id', ultimo)
      .order('id')
      .limit(PAGINA_EXPORTAR)
      .throwOnError();
    if (data.length > 0) yield data;
    ultimo = data.at(-1)?.id ?? ultimo;
    if (data.length < PAGINA_EXPORTAR) return;
  }
}
