import type { ClienteBd } from '../../datos/base_de_datos.ts';
import type { Idioma } from '../formatos.ts';
import type { Cadencia, Periodo } from '../periodos.ts';
import type { CifrasReporte, TextoReporte } from './tipos.ts';

/** Una cuenta activa con lo que decide si ya le toca reporte. */
export interface CuentaPorReportar {
  id: string;
  nombre_nora: string;
  /** De la nora: a sus 10:00 sale el reporte. */
  zona: string;
  /** De la cuenta: ahí terminan sus días. */
  zona_cuenta: string | null;
  cadencias: Cadencia[];
  /** Desde cuándo se le pide cada una: cuando se conectó, o cuando se encendió si fue después. */
  desde: Record<Cadencia, string>;
  /** Reportes que ya se resolvieron, `semanal:2026-11-09`. */
  hechos: string[];
}

export interface Preparado {
  id: string;
  estado: 'borrador' | 'negado' | 'por_aprobar' | 'listo';
  cifras: CifrasReporte;
  motivo: string | null;
  serie: number;
  idiomas: Idioma[];
  con_ia: boolean;
  /** A quién avisar que no salió; vacío si ya se avisó por ese motivo. */
  avisar: { nombre: string; correo: string }[];
}

export interface Entrega {
  id: string;
  nombre_nora: string;
  reporte_id: string;
  receptor_id: string | null;
  canal: 'correo' | 'whatsapp';
  destino: string;
  nombre: string;
  idioma: Idioma;
  prueba: boolean;
  intentos: number;
  cadencia: Cadencia;
  serie: number;
  cifras: CifrasReporte;
  textos: Partial<Record<Idioma, TextoReporte>>;
  nora: string;
  plantilla: { id: string; contenido: unknown; variables: string[] } | null;
}

export type SalidaWhatsApp =
  | { r: 'en_fila'; contacto: string; plantilla: boolean }
  | { r: 'impedido'; razon: string };

export type EstadoEntrega = 'pendiente' | 'enviado' | 'rebotado';

/** Cuentas activas de noras con el módulo encendido, por páginas de cien. */
export async function cuentasPorReportar(
  bd: ClienteBd,
  despues: string | null,
): Promise<CuentaPorReportar[]> {
  const { data } = await bd
    .rpc('ads_cuentas_por_reportar', { p_despues: despues as string, p_n: 100 })
    .throwOnError();
  return data as unknown as CuentaPorReportar[];
}

/**
 * Congela las cifras de un periodo, o dice por qué no puede salir. Con la misma cuenta, cadencia y periodo siempre es el
 * mismo renglón: un proceso a la vez, y lo ya resuelto no se toca. null: otro ya lo resolvió o la cuenta no existe.
 */
export async function prepararReporte(
  bd: ClienteBd,
  p: { nora: string; cuenta: string; cadencia: Cadencia; periodo: Periodo; antes: Periodo; ahora: Date },
): Promise<Preparado | null> {
  const { data } = await bd
    .rpc('ads_preparar_reporte', {
      p: {
        nora: p.nora,
        cuenta: p.cuenta,
        cadencia: p.cadencia,
        desde: p.periodo.desde,
        hasta: p.periodo.hasta,
        antes_desde: p.antes.desde,
        antes_hasta: p.antes.hasta,
        ahora: p.ahora.toISOString(),
      },
    })
    .throwOnError();
  return data as unknown as Preparado | null;
}

/** Pone los textos, crea las entregas y lo deja listo (o por aprobar). false: otro lo hizo antes. */
export async function publicarReporte(
  bd: ClienteBd,
  p: { nora: string; id: string; textos: Partial<Record<Idioma, TextoReporte>>; huella: string },
): Promise<boolean> {
  const { data } = await bd.rpc('ads_publicar_reporte', { p: p as never }).throwOnError();
  return data === true;
}

/** Toma una entrega pendiente; null si no hay. Lo que un proceso muerto dejó a medias queda `incierto` y no se repite. */
export async function reclamarEntrega(bd: ClienteBd): Promise<Entrega | null> {
  const { data } = await bd.rpc('ads_reclamar_entrega').throwOnError();
  return data as unknown as Entrega | null;
}

export async function anotarEntrega(
  bd: ClienteBd,
  id: string,
  estado: EstadoEntrega,
  motivo: string | null,
  esperaS = 0,
): Promise<void> {
  await bd
    .rpc('ads_anotar_entrega', {
      p_id: id,
      p_estado: estado,
      p_motivo: motivo as string,
      p_espera_s: esperaS,
    })
    .throwOnError();
}

/**
 * Deja el reporte en la fila de salida de WhatsApp de esa persona. Dentro de la ventana, texto y PDF; fuera, su plantilla.
 * {r:'en_fila', contacto, plantilla} | {r:'impedido', razon};
 * con `plantilla` salió por ella, sin el archivo.
 */
export async function entregarPorWhatsApp(
  bd: ClienteBd,
  p: { entrega: string; texto: string; adjunto: object; variables: Record<string, string> },
): Promise<SalidaWhatsApp> {
  const { data } = await bd.rpc('ads_entregar_whatsapp', { p: p as never }).throwOnError();
  return data as unknown as SalidaWhatsApp;
}

export interface Publico {
  id: string;
  nombre_nora: string;
  nora: string;
  cadencia: Cadencia;
  serie: number;
  cifras: CifrasReporte;
  textos: Partial<Record<Idioma, TextoReporte>>;
  /** En el que se le mandó a quien abre; null si se abrió sin decir quién. */
  idioma: Idioma | null;
  /** A quién se le mandó esta liga; null si se abrió sin decirlo o ya se dio de baja. */
  receptor: string | null;
}

/** El reporte de una liga vigente; null si no existe, venció, se revocó o la nora se suspendió. */
export async function abrirLiga(
  bd: ClienteBd,
  huella: string,
  entrega: string | null,
): Promise<Publico | null> {
  const { data } = await bd
    .rpc('ads_abrir_liga', { p_huella: huella, p_entrega: entrega as string })
    .throwOnError();
  return data as unknown as Publico | null;
}

export interface Baja {
  nombre: string;
  cuenta: string;
  nora: string;
  idioma: Idioma;
  activo: boolean;
}

/** A quién pertenece una liga de baja; con `hacer`, lo da de baja. null si no existe. */
export async function abrirBaja(bd: ClienteBd, huella: string, hacer: boolean): Promise<Baja | null> {
  const { data } = await bd.rpc('ads_baja', { p_huella: huella, p_hacer: hacer }).throwOnError();
  return data as unknown as Baja | null;
}
