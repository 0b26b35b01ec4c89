import { z } from 'zod';
import type { ClienteBd } from '../../datos/clientes.ts';
import type { Json } from '../../datos/tipos.ts';
import type { NivelMeta } from '../../integraciones/meta_formas.ts';

const vuelta = z.object({
  folio: z.string(),
  ciclo: z.string(),
  act: z.string(),
  token: z.string().nullable(),
  agencia: z.boolean(),
  moneda: z.string().nullable(),
  zona: z.string().nullable(),
  nombre: z.string().nullable(),
  con_renglones: z.boolean(),
});
/** Una cuenta tomada: mientras dure el arriendo nadie más la escribe. `token` viene cifrado. */
export type Vuelta = z.output<typeof vuelta>;

const pendiente = z.object({ id: z.string(), nombre_nora: z.string() });

export type Pedida = 'horario' | 'persona' | 'primera' | 'guion';

/** Cuánto se queda una vuelta con la cuenta sin dar señales, en segundos. */
export const ARRIENDO_S = 300;

/** Cuentas a las que ya les toca, de todas las noras, por llave. */
export async function cuentasPorSincronizar(
  bd: ClienteBd,
  despues: string | null,
  horas: number,
): Promise<{ id: string; nombre_nora: string }[]> {
  const { data } = await bd
    .rpc('ads_cuentas_por_sincronizar', { p_despues: despues as never, p_n: 200, p_horas: horas })
    .throwOnError();
  return z.array(pendiente).parse(data);
}

/** Si a esa cuenta todavía le toca por horario: si nadie la trajo mientras su encargo esperaba. */
export async function leToca(bd: ClienteBd, cuenta: string, horas: number): Promise<boolean> {
  const { data } = await bd
    .rpc('ads_cuentas_por_sincronizar', {
      p_despues: null as never,
      p_n: 1,
      p_horas: horas,
      p_cuenta: cuenta,
    })
    .throwOnError();
  return z.array(pendiente).parse(data).length > 0;
}

/** Toma la cuenta; null si ya la lleva alguien, si está desconectada o si es de demostración. */
export async function tomarCuenta(
  bd: ClienteBd,
  nora: string,
  cuenta: string,
  pedida: Pedida,
): Promise<Vuelta | null> {
  const { data } = await bd
    .rpc('ads_tomar_cuenta', { p_nora: nora, p_cuenta: cuenta, p_pedida: pedida, p_segundos: ARRIENDO_S })
    .throwOnError();
  return vuelta.nullable().parse(data);
}

/** Dice en qué va y renueva el arriendo. @throws si la vuelta ya no es de quien llama */
export async function avanzar(bd: ClienteBd, folio: string, etapa: string, avance: number): Promise<void> {
  await bd
    .rpc('ads_avanzar', {
      p_folio: folio,
      p_etapa: etapa,
      p_avance: Math.round(avance),
      p_segundos: ARRIENDO_S,
    })
    .throwOnError();
}

export async function guardarCuenta(
  bd: ClienteBd,
  folio: string,
  c: { nombre: string; moneda: string; zona: string; situacion: number },
): Promise<void> {
  await bd.rpc('ads_guardar_cuenta', { p_folio: folio, p: c }).throwOnError();
}

/** Una página de la estructura. `leido`: cuándo se pidió; lo cambiado aquí después no se pisa. */
export async function guardarEstructura(
  bd: ClienteBd,
  folio: string,
  nivel: NivelMeta,
  filas: readonly object[],
  leido: Date,
): Promise<void> {
  await bd
    .rpc('ads_guardar_estructura', {
      p_folio: folio,
      p_nivel: nivel,
      p_filas: filas as unknown as Json,
      p_leido: leido.toISOString(),
    })
    .throwOnError();
}

/** El listado completo terminó: lo que no vino ya no existe en Meta. */
export async function cerrarEstructura(bd: ClienteBd, folio: string, nivel: NivelMeta): Promise<void> {
  await bd.rpc('ads_cerrar_estructura', { p_folio: folio, p_nivel: nivel }).throwOnError();
}

/** Los días que faltan, del más nuevo al más viejo. */
export async function diasPorTraer(
  bd: ClienteBd,
  folio: string,
  p: { recientes: string; desde: string; hasta: string },
): Promise<string[]> {
  const { data } = await bd
    .rpc('ads_dias_por_traer', {
      p_folio: folio,
      p_recientes: p.recientes,
      p_desde: p.desde,
      p_hasta: p.hasta,
    })
    .throwOnError();
  return z.array(z.string()).parse(data);
}

/** Deja aparte una parte de lo que va llegando; `nueva` tira lo que hubiera de un intento anterior. */
export async function apilar(
  bd: ClienteBd,
  folio: string,
  renglones: readonly object[],
  nueva: boolean,
): Promise<void> {
  await bd
    .rpc('ads_apilar', { p_folio: folio, p_renglones: renglones as unknown as Json, p_nueva: nueva })
    .throwOnError();
}

/** Deja esos días exactamente como llegaron, con lo apilado si lo hay: todos o ninguno. Devuelve cuántos renglones quedaron. */
export async function guardarDias(
  bd: ClienteBd,
  folio: string,
  p: { desde: string; hasta: string },
  renglones: readonly object[],
  dias: readonly { dia: string; gasto: number }[],
  apilados: boolean,
): Promise<number> {
  const { data } = await bd
    .rpc('ads_guardar_dias', {
      p_folio: folio,
      p_desde: p.desde,
      p_hasta: p.hasta,
      p_renglones: renglones as unknown as Json,
      p_dias: dias as unknown as Json,
      p_apilados: apilados,
    })
    .throwOnError();
  return data;
}

/** Después de traer mucho de golpe, que la base sepa cuánto hay; no hace nada si ya lo sabe. */
export async function ponerEstadisticas(bd: ClienteBd, cuenta: string): Promise<void> {
  await bd.rpc('ads_estadisticas', { p_cuenta: cuenta }).throwOnError();
}

export async function guardarAlcances(
  bd: ClienteBd,
  folio: string,
  ventanas: readonly { desde: string; hasta: string; alcance: number }[],
): Promise<void> {
  await bd
    .rpc('ads_guardar_alcances', { p_folio: folio, p_ventanas: ventanas as unknown as Json })
    .throwOnError();
}

export interface FinDeVuelta {
  estado: 'hecha' | 'espera' | 'fallida';
  clase?: string;
  motivo?: string;
  reanudar_en?: string;
  conexion?: 'vencida' | 'sin_permiso' | 'error';
}

export async function terminarVuelta(bd: ClienteBd, folio: string, fin: FinDeVuelta): Promise<void> {
  await bd.rpc('ads_terminar_vuelta', { p_folio: folio, p: { ...fin } }).throwOnError();
}

/** Las cuentas conectadas de todas las noras, de una, o una sola (por su `act_…`), de página en página. */
export async function* listarCuentasActivas(
  bd: ClienteBd,
  nora: string | null,
  act: string | null,
): AsyncGenerator<{ id: string; nombre_nora: string; nombre: string }> {
  for (let despues: string | null = null; ; ) {
    let q = bd
      .from('meta_ads_cuentas')
      .select('id, nombre_nora, nombre, ad_account_id')
      .eq('activo', true)
      .eq('demo', false)
      .order('id')
      .limit(200);
    if (nora) q = q.eq('nombre_nora', nora);
    if (act) q = q.eq('ad_account_id', act);
    if (despues) q = q.gt('id', despues);
    const { data } = await q.throwOnError();
    for (const c of data) yield { id: c.id, nombre_nora: c.nombre_nora, nombre: c.nombre ?? c.ad_account_id };
    const ultima = data.at(-1);
    if (!ultima) return;
    despues = ultima.id;
  }
}
