import type { ClienteBd } from '../../datos/base_de_datos.ts';
import type { Cursor } from './esquemas.ts';
import type { Filtro, Orden } from './filtro.ts';

export const PAGINA = 50;
export const TOPE_CONTEO = 10_000;

export interface FilaContacto {
  id: string;
  nombre: string | null;
  telefono: string | null;
  correo: string | null;
  empresa: string | null;
  imagen_perfil: string | null;
  etiquetas: string[];
  mensaje_reciente: string | null;
  ultimo_mensaje: string;
  sin_mensajes: boolean;
  no_leidos: number;
  ia_activa: boolean;
  bloqueado: boolean;
  acepta_envios: boolean | null;
  espera_humano_desde: string | null;
  atendido_nombre: string | null;
  anuncio_titulo: string | null;
  created_at: string;
}

export interface Campo {
  id: string;
  clave: string;
  titulo: string;
  tipo: 'texto' | 'numero' | 'fecha' | 'lista';
  opciones: string[];
}

export interface Segmento {
  id: string;
  nombre: string;
  filtro: Filtro;
}

export interface Catalogo {
  etiquetas: { nombre: string; color: string }[];
  segmentos: Segmento[];
  campos: Campo[];
  anuncios: { id: string; titulo: string | null; n: number }[];
}

export interface Nota {
  id: string;
  texto: string;
  usuario_id: string | null;
  autor: string | null;
  created_at: string;
  editada: boolean;
}

export interface FichaContacto extends Catalogo {
  contacto: FilaContacto & {
    notas: string | null;
    datos: Record<string, unknown>;
    id_whatsapp: string | null;
    ia_pausada_hasta: string | null;
    atendido_por: string | null;
    motivo_espera: string | null;
    mensajes: number;
  };
  telefonos: string[];
  notas: Nota[];
  resumen: {
    modo: 'openai' | 'local';
    modelo: string | null;
    resumen: string;
    intereses: string[];
    pasos: string[];
    mensajes: number;
    creado: string;
    quien: string | null;
  } | null;
  uniones: { id: string; origen_nombre: string | null; creada: string; quien: string | null }[];
}

export type Duplicado = FilaContacto & { razon: string };

export interface RenglonLinea {
  id: string;
  cuando: string;
  clase: 'mensaje' | 'aviso' | 'evento' | 'nota';
  texto?: string;
  autor?: string;
  estado?: string;
  quien?: string | null;
  adjuntos?: number;
  tipo?: string;
  detalle?: Record<string, unknown>;
}

export interface Lote {
  id: string;
  accion: 'etiquetar' | 'desetiquetar' | 'ia' | 'bloquear' | 'borrar';
  valor: { etiqueta?: string; si?: boolean };
  total: number;
  hechos: number;
  cambiados: number;
  regresados: number;
  estado: 'haciendo' | 'hecho' | 'deshaciendo' | 'deshecho';
  tocados?: string[] | null;
}

export interface Conversacion {
  nombre: string | null;
  nora: string;
  modelo_ia: string | null;
  modulo_ia: boolean;
  tope: number;
  tokens_hoy: number;
  mensajes: { autor: string; texto: string; fecha: string }[];
}

export interface Pareja {
  razon: string;
  a: FilaContacto;
  b: FilaContacto;
}

/** Una página por llave. `n` = filas por página. */
export async function listarContactos(
  bd: ClienteBd,
  filtro: Filtro,
  p: { orden?: Orden; antes?: Cursor | undefined; n?: number },
): Promise<{ filas: FilaContacto[]; hay_mas: boolean }> {
  return llamar(bd, 'listar_contactos', {
    p_filtro: filtro,
    p_orden: p.orden ?? 'mensaje',
    p_antes: p.antes?.fecha ?? null,
    p_antes_id: p.antes?.id ?? null,
    p_n: p.n ?? PAGINA,
  });
}
/** Cuántos hay, hasta TOPE_CONTEO + 1: contar cien mil en cada visita no ayuda a nadie. */
export async function contarContactos(bd: ClienteBd, filtro: Filtro): Promise<number> {
  return llamar(bd, 'contar_contactos', { p_filtro: filtro, p_tope: TOPE_CONTEO + 1 });
}
export async function leerCatalogo(bd: ClienteBd): Promise<Catalogo> {
  return llamar(bd, 'catalogo_contactos', {});
}
/** Filas en crudo para CSV, en orden de id, después de uno. Las posiciones son las de `exportar_contactos`. */
export async function exportarContactos(
  bd: ClienteBd,
  filtro: Filtro,
  despues: string | null,
): Promise<unknown[][]> {
  return llamar(bd, 'exportar_contactos', { p_filtro: filtro, p_despues: despues, p_n: 1000 });
}
/** null si no es de esta nora. */
export async function abrirContacto(bd: ClienteBd, contacto: string): Promise<FichaContacto | null> {
  return llamar(bd, 'abrir_contacto', { p_contacto: contacto });
}
/** Quienes parecen la misma persona; null si el contacto no es de esta nora. */
export async function duplicadosDe(bd: ClienteBd, contacto: string): Promise<Duplicado[] | null> {
  return llamar(bd, 'duplicados_contacto', { p_contacto: contacto });
}
export async function guardarFicha(
  bd: ClienteBd,
  contacto: string,
  p: object,
  usuario: string,
): Promise<{ r: 'guardado' | 'telefono_repetido' | 'sin_telefono'; otro?: string } | null> {
  return llamar(bd, 'guardar_ficha', { p_contacto: contacto, p, p_usuario: usuario });
}
export async function crearContacto(
  bd: ClienteBd,
  p: object,
  usuario: string,
): Promise<{ r: 'creado' | 'repetido'; id: string }> {
  return llamar(bd, 'crear_contacto', { p, p_usuario: usuario });
}
export async function ponerEtiqueta(
  bd: ClienteBd,
  contacto: string,
  nombre: string,
  usuario: string,
): Promise<unknown> {
  return llamar(bd, 'poner_etiqueta_ficha', { p_contacto: contacto, p_nombre: nombre, p_usuario: usuario });
}
export async function quitarEtiqueta(
  bd: ClienteBd,
  contacto: string,
  nombre: string,
  usuario: string,
): Promise<unknown> {
  return llamar(bd, 'quitar_etiqueta_ficha', { p_contacto: contacto, p_nombre: nombre, p_usuario: usuario });
}
export async function alternarIa(
  bd: ClienteBd,
  contacto: string,
  activa: boolean,
  usuario: string,
): Promise<unknown> {
  return llamar(bd, 'alternar_ia', { p_contacto: contacto, p_activa: activa, p_usuario: usuario });
}
export async function bloquearContacto(
  bd: ClienteBd,
  contacto: string,
  bloqueado: boolean,
  usuario: string,
): Promise<unknown> {
  return llamar(bd, 'bloquear_contacto', {
    p_contacto: contacto,
    p_bloqueado: bloqueado,
    p_usuario: usuario,
  });
}
export async function guardarNota(
  bd: ClienteBd,
  contacto: string,
  texto: string,
  usuario: string,
  nota?: string,
): Promise<Nota | null> {
  return llamar(bd, 'guardar_nota', {
    p_contacto: contacto,
    p_texto: texto,
    p_usuario: usuario,
    p_nota: nota ?? null,
  });
}
export async function borrarNota(
  bd: ClienteBd,
  contacto: string,
  nota: string,
  usuario: string,
  manda: boolean,
): Promise<boolean> {
  return llamar(bd, 'borrar_nota', {
    p_contacto: contacto,
    p_nota: nota,
    p_usuario: usuario,
    p_manda: manda,
  });
}
export async function leerLinea(
  bd: ClienteBd,
  contacto: string,
  clase: string,
  antes?: Cursor,
): Promise<{ filas: RenglonLinea[]; hay_mas: boolean } | null> {
  return llamar(bd, 'linea_contacto', {
    p_contacto: contacto,
    p_clase: clase,
    p_antes: antes?.fecha ?? null,
    p_antes_id: antes?.id ?? null,
  });
}
export async function leerConversacion(bd: ClienteBd, contacto: string): Promise<Conversacion | null> {
  return llamar(bd, 'conversacion_contacto', { p_contacto: contacto });
}
export async function guardarResumen(
  bd: ClienteBd,
  contacto: string,
  p: object,
  usuario: string,
): Promise<string | null> {
  return llamar(bd, 'guardar_resumen', { p_contacto: contacto, p, p_usuario: usuario });
}
export async function guardarSegmento(
  bd: ClienteBd,
  id: string | null,
  nombre: string,
  filtro: Filtro,
  usuario: string,
): Promise<{ r: 'guardado' | 'repetido' | 'no_esta'; id?: string }> {
  return llamar(bd, 'guardar_segmento', { p_id: id, p_nombre: nombre, p_filtro: filtro, p_usuario: usuario });
}
export async function borrarSegmento(bd: ClienteBd, id: string, usuario: string): Promise<boolean> {
  return llamar(bd, 'borrar_segmento', { p_id: id, p_usuario: usuario });
}
export async function guardarCampo(
  bd: ClienteBd,
  id: string | null,
  p: object,
  usuario: string,
): Promise<{ r: 'guardado' | 'repetido' | 'demasiados' | 'no_esta' }> {
  return llamar(bd, 'guardar_campo', { p_id: id, p, p_usuario: usuario });
}
export async function borrarCampo(bd: ClienteBd, id: string, usuario: string): Promise<boolean> {
  return llamar(bd, 'borrar_campo', { p_id: id, p_usuario: usuario });
}
export async function crearLote(
  bd: ClienteBd,
  accion: Lote['accion'],
  valor: Lote['valor'],
  filtro: Filtro,
  usuario: string,
): Promise<{ id: string; total: number }> {
  return llamar(bd, 'crear_lote_contactos', {
    p_accion: accion,
    p_valor: valor,
    p_filtro: filtro,
    p_usuario: usuario,
  });
}
export async function leerLote(bd: ClienteBd, id: string): Promise<Lote | null> {
  return llamar(bd, 'leer_lote_contactos', { p_lote: id });
}
/** Una tanda hacia adelante. */
export async function avanzarLote(bd: ClienteBd, id: string): Promise<Lote | null> {
  return llamar(bd, 'avanzar_lote_contactos', { p_lote: id });
}
export async function pedirDeshacerLote(bd: ClienteBd, id: string, usuario: string): Promise<Lote | null> {
  return llamar(bd, 'deshacer_lote_contactos', { p_lote: id, p_usuario: usuario });
}
/** Una tanda de regreso. */
export async function regresarLote(bd: ClienteBd, id: string): Promise<Lote | null> {
  return llamar(bd, 'regresar_lote_contactos', { p_lote: id });
}
export async function unirContactos(
  bd: ClienteBd,
  destino: string,
  origen: string,
  elegidos: object,
  usuario: string,
): Promise<{ r: 'unido' | 'misma'; id?: string } | null> {
  return llamar(bd, 'unir_contactos', {
    p_destino: destino,
    p_origen: origen,
    p_elegidos: elegidos,
    p_usuario: usuario,
  });
}
export async function deshacerUnion(
  bd: ClienteBd,
  union: string,
  usuario: string,
): Promise<{ r: 'separado' | 'no_esta' | 'ya' | 'antes_otra' | 'telefono_ocupado'; origen?: string } | null> {
  return llamar(bd, 'deshacer_union', { p_union: union, p_usuario: usuario });
}
export async function listarDuplicados(bd: ClienteBd): Promise<Pareja[]> {
  return llamar(bd, 'listar_duplicados', {});
}
export async function descartarDuplicado(
  bd: ClienteBd,
  a: string,
  b: string,
  usuario: string,
): Promise<boolean> {
  return llamar(bd, 'descartar_duplicado', { p_a: a, p_b: b, p_usuario: usuario });
}

/** Llama a una función de la base y devuelve su jsonb tal cual. @throws el error de la base */
export async function llamar<T>(bd: ClienteBd, funcion: string, datos: object): Promise<T> {
  const { data } = await bd.rpc(funcion as never, datos as never).throwOnError();
  return data as T;
}
