import type { ClienteBd } from '../../datos/base_de_datos.ts';
import { llamar } from '../../datos/llamar.ts';
import type { Cursor } from '../../web/cursor.ts';
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

export interface Lote {
  id: string;
  accion: 'etiquetar' | 'desetiquetar' | 'ia' | 'bloquear' | 'borrar';
  valor: { etiqueta?: string; si?: boolean };
  total: number;
  hechos: number;
  cambiados: number;
  regresados: number;
  estado: 'haciendo' | 'hecho' | 'deshaciendo' | 'deshecho';
  creado: string;
  quien: string | null;
  tocados?: string[] | null;
}

/** Un lote de borrar: de quiénes (hasta tres) y si queda alguien a quien traer de vuelta. */
export interface Borrado extends Lote {
  nombres: (string | null)[];
  recuperables: boolean;
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
/** Lo que se borró en los últimos 30 días, lo más nuevo primero. */
export async function listarBorrados(
  bd: ClienteBd,
  antes?: Cursor,
): Promise<{ filas: Borrado[]; hay_mas: boolean }> {
  return llamar(bd, 'listar_borrados', { p_antes: antes?.fecha ?? null, p_antes_id: antes?.id ?? null });
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
