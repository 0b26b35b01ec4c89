import type { ClienteBd } from '../../datos/base_de_datos.ts';
import { llamar } from '../../datos/llamar.ts';
import type { Catalogo, FilaContacto } from './consultas.ts';
import type { Cursor } from '../../web/cursor.ts';

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

/** Un campo que otra persona (o nadie del equipo: quien escribió BAJA) cambió mientras se editaba. */
export interface Choque {
  ahora: string;
  quien: string | null;
}

/** null si no es de esta nora. */
export async function abrirContacto(bd: ClienteBd, contacto: string): Promise<FichaContacto | null> {
  return llamar(bd, 'abrir_contacto', { p_contacto: contacto });
}

/** Quienes parecen la misma persona; null si el contacto no es de esta nora. */
export async function duplicadosDe(bd: ClienteBd, contacto: string): Promise<Duplicado[] | null> {
  return llamar(bd, 'duplicados_contacto', { p_contacto: contacto });
}

/** `previos`: lo que cada campo decía al editarlo; si ya dice otra cosa no se guarda nada y vuelve como choque. */
export async function guardarFicha(
  bd: ClienteBd,
  contacto: string,
  p: object,
  previos: Record<string, string>,
  usuario: string,
): Promise<
  | { r: 'guardado' | 'telefono_repetido' | 'sin_telefono'; otro?: string }
  | { r: 'cambio'; choques: Record<string, Choque> }
  | null
> {
  return llamar(bd, 'guardar_ficha', { p_contacto: contacto, p, p_usuario: usuario, p_previos: previos });
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
