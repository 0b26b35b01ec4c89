import type { Idioma } from '../../ads/formatos.ts';
import type { Sumas } from '../../ads/metricas.ts';
import type { Cadencia } from '../../ads/periodos.ts';
import type { CifrasReporte, TextoReporte } from '../../ads/reportes/tipos.ts';
import type { ClienteBd } from '../../datos/base_de_datos.ts';
import type { Ajustes, Cuenta } from './consultas.ts';
import type { QUIENES } from './esquemas.ts';

export interface Receptor {
  id: string;
  cuenta_id: string;
  cuenta: string;
  nombre: string;
  quien: (typeof QUIENES)[number];
  canal: 'correo' | 'whatsapp';
  destino: string;
  cadencias: Cadencia[];
  idioma: Idioma;
  plantilla_id: string | null;
  activo: boolean;
  baja_en: string | null;
  ultima: { estado: string; motivo: string | null; cuando: string } | null;
}

export interface Receptores {
  receptores: Receptor[];
  cuentas: (Cuenta & { ajustes: Ajustes })[];
  plantillas: { id: string; nombre: string; idioma: string; cuerpo: string }[];
}

export interface FilaReporte {
  id: string;
  cuenta_id: string;
  cuenta: string;
  moneda: string | null;
  cadencia: Cadencia;
  desde: string;
  hasta: string;
  estado: 'borrador' | 'negado' | 'por_aprobar' | 'listo';
  motivo: string | null;
  serie: number;
  liga_vence: string | null;
  liga_revocada: string | null;
  creado: string;
  total: Sumas | null;
  faltan: string[];
  gasto_cuenta: number | null;
  entregas: Record<string, number>;
}

export interface EntregaVista {
  id: string;
  receptor_id: string | null;
  canal: 'correo' | 'whatsapp';
  destino: string;
  nombre: string;
  idioma: Idioma;
  prueba: boolean;
  vuelta: number;
  estado: string;
  motivo: string | null;
  creado: string;
  enviado_en: string | null;
  leido_en: string | null;
}

export interface ReporteCompleto
  extends Omit<FilaReporte, 'cuenta' | 'total' | 'faltan' | 'gasto_cuenta' | 'entregas' | 'moneda'> {
  cifras: CifrasReporte;
  textos: Partial<Record<Idioma, TextoReporte>>;
  entregas: EntregaVista[];
}

/** Quién recibe qué, con las cuentas y las plantillas que se pueden elegir. */
export async function leerReceptores(bd: ClienteBd): Promise<Receptores> {
  const { data } = await bd.rpc('ads_receptores').throwOnError();
  return data as unknown as Receptores;
}

/** null: la cuenta, la plantilla o el receptor no son de esta nora. */
export async function guardarReceptor(
  bd: ClienteBd,
  p: object,
  usuario: string,
): Promise<{ r: 'guardado'; id: string } | { r: 'repetido' | 'de_baja' } | null> {
  const { data } = await bd.rpc('ads_guardar_receptor', { p: p as never, p_usuario: usuario }).throwOnError();
  return data as never;
}

export async function borrarReceptor(
  bd: ClienteBd,
  id: string,
  usuario: string,
): Promise<{ nombre: string } | null> {
  const { data } = await bd.rpc('ads_borrar_receptor', { p_id: id, p_usuario: usuario }).throwOnError();
  return data as never;
}

export async function guardarAjustes(bd: ClienteBd, p: object, usuario: string): Promise<Ajustes | null> {
  const { data } = await bd.rpc('ads_guardar_ajustes', { p: p as never, p_usuario: usuario }).throwOnError();
  return data as never;
}

/** De cuarenta en cuarenta, lo nuevo primero; `antes` es el `creado` del último visto. */
export async function listarReportes(
  bd: ClienteBd,
  p: { cuenta: string | null; antes: string | null },
): Promise<FilaReporte[]> {
  const { data } = await bd.rpc('ads_reportes', { p }).throwOnError();
  return data as unknown as FilaReporte[];
}

export async function buscarReporte(bd: ClienteBd, id: string): Promise<ReporteCompleto | null> {
  const { data } = await bd.rpc('ads_reporte', { p_id: id }).throwOnError();
  return data as unknown as ReporteCompleto | null;
}

export async function moverReporte(
  bd: ClienteBd,
  p: {
    id: string;
    accion: 'aprobar' | 'revocar' | 'renovar' | 'reenviar' | 'prueba';
    receptor?: string;
    huella?: string;
  },
  usuario: string,
): Promise<{ r: 'hecho'; entregas: number } | { r: 'no_toca' | 'de_baja' } | null> {
  const { data } = await bd.rpc('ads_mover_reporte', { p, p_usuario: usuario }).throwOnError();
  return data as never;
}
