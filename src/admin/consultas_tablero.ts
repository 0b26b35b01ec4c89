import type { PreciosIA } from '../config_entorno.ts';
import type { Contexto } from '../contexto.ts';
import type { ClienteBd } from '../datos/base_de_datos.ts';
import { costoDe } from '../ia/precios.ts';
import type { NoraMedida } from './consultas.ts';

export interface Sumas {
  recibidos: number;
  ia: number;
  automaticas: number;
  humanos: number;
  envios: number;
  fallidos: number;
  tokens: number;
  costo: number;
}

export interface Tablero {
  noras: {
    total: number;
    activas: number;
    calladas: number;
    fallando: number;
    suspendidas: number;
    esperando: number;
  };
  dia: Sumas;
  mes: Sumas;
  esperan: number;
  espera_desde: string | null;
  errores: number;
  carriles: Partial<
    Record<'respuesta' | 'salida', { n: number; vencidos: number; mas_viejo: string | null }>
  >;
  incidentes: {
    id: string;
    nombre_nora: string | null;
    clase: string;
    detalle: string;
    desde: string;
  }[];
  lista: NoraMedida[];
}

/** Las que más piden atención; todas están en `/admin/cifras`. */
const NORAS_EN_TABLERO = 50;

export async function leerTablero(ctx: Pick<Contexto, 'bd' | 'config'>): Promise<Tablero> {
  const { data } = await ctx.bd.servicio
    .rpc('admin_tablero', { p_precios: preciosDe(ctx.config) as never, p_n: NORAS_EN_TABLERO })
    .throwOnError();
  return data as unknown as Tablero;
}

/** Los precios por modelo; '' es el modelo general, con el que se apunta lo que no dice cuál. */
export function preciosDe(config: Contexto['config']): PreciosIA {
  const general = config.openai?.modelo ?? 'gpt-5-mini';
  const un = (entrada: number, salida: number) =>
    costoDe(config.ia.precios, general, { entrada, salida }) ?? 0;
  return { ...config.ia.precios, '': { entrada: un(1_000_000, 0), salida: un(0, 1_000_000) } };
}

export type Periodo = '24' | '30';
export type OrdenCifras = 'recibidos' | 'salen' | 'ia' | 'fallidos' | 'costo';

/** Lo de una nora en un periodo. `respuestas` = de la IA, automáticas y humanas; `salen` suma además los envíos. */
export interface CifrasNora {
  recibidos: number;
  salen: number;
  ia: number;
  respuestas: number;
  fallidos: number;
  tokens: number;
  costo: number;
}

export interface FilaCifras extends CifrasNora {
  nombre_nora: string;
  nombre_visible: string;
  /** La cifra por la que se ordena. */
  valor: number;
}

/** Una cifra del tablero repartida entre las noras que la suman; `total` es la misma que dice el tablero. */
export async function leerCifras(
  ctx: Pick<Contexto, 'bd' | 'config'>,
  {
    periodo,
    orden,
    valor,
    nora,
    n,
  }: { periodo: Periodo; orden: OrdenCifras; valor: string | null; nora: string | null; n: number },
): Promise<{ cuantas: number; total: CifrasNora; filas: FilaCifras[]; siguiente: FilaCifras | null }> {
  const { data } = await ctx.bd.servicio
    .rpc('admin_cifras', {
      p_precios: preciosDe(ctx.config) as never,
      p_periodo: periodo,
      p_orden: orden,
      // Como texto: un número de JavaScript perdería decimales de la llave y saltaría renglones.
      p_valor: valor as unknown as number,
      p_nora: nora as string,
      p_n: n,
    })
    .throwOnError();
  const { cuantas, total, filas } = data as unknown as {
    cuantas: number;
    total: CifrasNora;
    filas: FilaCifras[];
  };
  return { cuantas, total, ...partir(filas, n) };
}

/** Una persona que espera, o un envío que falló. */
export interface FilaPersona {
  id: string;
  contacto_id: string;
  nombre_nora: string;
  nombre: string | null;
  telefono: string;
  detalle: string | null;
  estado?: string;
  codigo?: string | null;
  desde: string;
}

export interface PaginaPersonas {
  total: number;
  filas: FilaPersona[];
  /** La última de la página; null en la última página. */
  siguiente: FilaPersona | null;
}

interface Recorrido {
  nora: string | null;
  desde: string | null;
  id: string | null;
  n: number;
}

/** Quién espera a una persona, lo más viejo primero. */
export async function listarEsperando(
  servicio: ClienteBd,
  { nora, desde, id, n }: Recorrido,
): Promise<PaginaPersonas> {
  const { data } = await servicio
    .rpc('admin_esperando', {
      p_nora: nora as string,
      p_desde: desde as string,
      p_id: id as string,
      p_n: n,
    })
    .throwOnError();
  const { total, filas } = data as unknown as { total: number; filas: FilaPersona[] };
  return { total, ...partir(filas, n) };
}

/** Los envíos que fallaron, el más nuevo primero. */
export async function listarFallidos(
  servicio: ClienteBd,
  periodo: Periodo,
  { nora, desde, id, n }: Recorrido,
): Promise<PaginaPersonas> {
  const { data } = await servicio
    .rpc('admin_fallidos', {
      p_nora: nora as string,
      p_periodo: periodo,
      p_desde: desde as string,
      p_id: id as string,
      p_n: n,
    })
    .throwOnError();
  const { total, filas } = data as unknown as { total: number; filas: FilaPersona[] };
  return { total, ...partir(filas, n) };
}

/** La base manda una fila de más cuando hay otra página. */
function partir<T>(filas: T[], n: number): { filas: T[]; siguiente: T | null } {
  const visibles = filas.slice(0, n);
  return { filas: visibles, siguiente: filas.length > n ? (visibles.at(-1) ?? null) : null };
}
