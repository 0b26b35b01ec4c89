import type { ClienteBd } from '../../datos/base_de_datos.ts';
import { llamar } from '../../datos/llamar.ts';
import type { DatosVariables } from '../../mensajes/variables.ts';
import type { Cursor } from '../../web/cursor.ts';
import type {
  CampoPropio,
  ContactoAbierto,
  FilaContacto,
  FilaHallazgo,
  FilaMensaje,
  Fuentes,
  NotaEquipo,
} from './tipos.ts';
import type { FilaProgramado } from './presentar_equipo.ts';

/** Filas por página de la lista y burbujas por página del hilo. */
const PAGINA_LISTA = 30;
const PAGINA_HILO = 40;
const PAGINA_PUESTA_AL_DIA = 100;

export interface EtiquetaCatalogo {
  nombre: string;
  color: string;
}

export interface PaginaChats {
  filas: FilaContacto[];
  hay_mas: boolean;
  mensajes?: FilaHallazgo[];
  conteos?: Conteos;
  etiquetas?: EtiquetaCatalogo[];
  /** Los guardados en Contactos. */
  segmentos?: { id: string; nombre: string }[];
}

export interface Conteos {
  sin_leer: number;
  esperando: number;
  mios: number;
}

export interface PaginaMensajes {
  mensajes: FilaMensaje[];
  hay_mas: boolean;
}

export interface ChatAbierto extends PaginaMensajes {
  contacto: ContactoAbierto;
  etiquetas: EtiquetaCatalogo[];
  razon_no_enviar: string | null;
  /** Por qué Nora no contestaría ahora; null = contesta. */
  razon_silencio: string | null;
  /** Por qué ni siquiera una plantilla puede salir; null = puede. */
  razon_no_plantilla: string | null;
  equipo: { id: string; nombre: string }[];
  programados: FilaProgramado[];
  /** Las últimas que se dejaron en su ficha. */
  notas_equipo: NotaEquipo[];
  campos: CampoPropio[];
}

/** Resultado de un envío humano; `impedido` trae la clave de por qué no se puede. */
export type ResultadoEnvio = { r: 'guardado' | 'repetido'; ids: string[] } | { r: 'impedido'; razon: string };

export interface AdjuntoGuardado {
  id: string;
  tipo: string;
  nombre: string | null;
  bytes: number | null;
  ruta: string | null;
  estado: string;
}

/** Una página de la lista; con `antes` sólo filas, sin él también conteos, catálogo y hallazgos. */
export async function listarChats(
  bd: ClienteBd,
  p: {
    filtro: string;
    etiqueta: string;
    segmento: string;
    q: string;
    antes?: Cursor | undefined;
    usuario: string;
  },
): Promise<PaginaChats> {
  return llamar(bd, 'listar_chats', {
    p_filtro: p.filtro,
    p_etiqueta: p.etiqueta || null,
    p_q: p.q || null,
    p_usuario: p.usuario,
    p_antes: p.antes?.fecha ?? null,
    p_antes_id: p.antes?.id ?? null,
    p_n: PAGINA_LISTA,
    p_segmento: p.segmento || null,
  });
}

/** Contacto, catálogo de etiquetas y últimos mensajes; null si no es de esta nora. `n` = cuántos mensajes. */
export async function abrirChat(
  bd: ClienteBd,
  contacto: string,
  n = PAGINA_HILO,
): Promise<ChatAbierto | null> {
  return llamar(bd, 'abrir_chat', { p_contacto: contacto, p_n: n });
}

/** Una fila de la lista con los conteos del momento; null si no es de esta nora. */
export async function obtenerFila(
  bd: ClienteBd,
  contacto: string,
  usuario: string,
): Promise<{ fila: FilaContacto; conteos: Conteos; etiquetas: EtiquetaCatalogo[] } | null> {
  return llamar(bd, 'fila_chat', { p_contacto: contacto, p_usuario: usuario });
}

/** Mensajes antes o después de un punto, en orden de lectura. */
export async function listarMensajes(
  bd: ClienteBd,
  contacto: string,
  p: { antes?: Cursor | undefined; despues?: Cursor | undefined },
): Promise<PaginaMensajes> {
  return llamar(bd, 'listar_mensajes', {
    p_contacto: contacto,
    p_antes: p.antes?.fecha ?? null,
    p_antes_id: p.antes?.id ?? null,
    p_despues: p.despues?.fecha ?? null,
    p_despues_id: p.despues?.id ?? null,
    p_n: p.despues ? PAGINA_PUESTA_AL_DIA : PAGINA_HILO,
  });
}

/** Mensajes sueltos del hilo, para refrescar palomitas; los que no son de este contacto no vienen. */
export async function listarPorId(bd: ClienteBd, contacto: string, ids: string[]): Promise<FilaMensaje[]> {
  return llamar(bd, 'mensajes_por_id', { p_contacto: contacto, p_ids: ids });
}

/** Guarda lo que escribió una persona; con la misma clave no se repite. null si el contacto no es de la nora. */
export async function enviarHumano(
  bd: ClienteBd,
  p: { contacto: string; textos: string[]; adjuntos: string[]; clave: string; usuario: string },
): Promise<ResultadoEnvio | null> {
  return llamar(bd, 'enviar_humano', { p });
}

export async function tomarContacto(bd: ClienteBd, contacto: string, usuario: string): Promise<unknown> {
  return llamar(bd, 'tomar_contacto', { p_contacto: contacto, p_usuario: usuario });
}

export async function devolverContacto(bd: ClienteBd, contacto: string, usuario: string): Promise<unknown> {
  return llamar(bd, 'devolver_contacto', { p_contacto: contacto, p_usuario: usuario });
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

/** true si había algo sin leer. */
export async function marcarLeido(bd: ClienteBd, contacto: string): Promise<boolean> {
  return llamar(bd, 'marcar_leido', { p_contacto: contacto });
}

/** Guarda los datos que vengan; la llave ausente no se toca y la vacía se borra. */
export async function guardarContacto(
  bd: ClienteBd,
  contacto: string,
  datos: Record<string, string | undefined>,
  usuario: string,
): Promise<unknown> {
  return llamar(bd, 'guardar_contacto', { p_contacto: contacto, p_datos: datos, p_usuario: usuario });
}

export async function ponerEtiqueta(
  bd: ClienteBd,
  contacto: string,
  nombre: string,
  color: string,
  usuario: string,
): Promise<unknown> {
  return llamar(bd, 'poner_etiqueta_ficha', {
    p_contacto: contacto,
    p_nombre: nombre,
    p_color: color,
    p_usuario: usuario,
  });
}

export async function quitarEtiqueta(
  bd: ClienteBd,
  contacto: string,
  nombre: string,
  usuario: string,
): Promise<unknown> {
  return llamar(bd, 'quitar_etiqueta_ficha', { p_contacto: contacto, p_nombre: nombre, p_usuario: usuario });
}

export async function reintentarEnvio(
  bd: ClienteBd,
  mensaje: string,
  usuario: string,
): Promise<{ r: 'en_fila' | 'no_hace_falta' | 'impedido'; razon?: string } | null> {
  return llamar(bd, 'reintentar_envio', { p_mensaje: mensaje, p_usuario: usuario });
}

export async function fuentesDe(bd: ClienteBd, mensaje: string): Promise<Fuentes | null> {
  return llamar(bd, 'fuentes_de', { p_mensaje: mensaje });
}

export async function buscarRapidas(bd: ClienteBd, q: string): Promise<{ atajo: string; texto: string }[]> {
  return llamar(bd, 'buscar_rapidas', { p_q: q, p_n: 8 });
}

/** Lo que las variables de un texto necesitan de la nora y de la persona; null si no es de aquí. */
export async function datosVariables(
  bd: ClienteBd,
  contacto: string,
): Promise<Omit<DatosVariables, 'ahora'> | null> {
  return llamar(bd, 'datos_variables', { p_contacto: contacto });
}

/** El archivo, si es de esta nora: el muro lo decide la base. */
export async function buscarAdjunto(bd: ClienteBd, id: string): Promise<AdjuntoGuardado | null> {
  const { data } = await bd
    .from('adjuntos')
    .select('id, tipo, nombre, bytes, ruta, estado')
    .eq('id', id)
    .maybeSingle()
    .throwOnError();
  return data as AdjuntoGuardado | null;
}
