import type { Sumas } from '../../ads/metricas.ts';
import type { Periodo } from '../../ads/periodos.ts';
import type { ClienteBd } from '../../datos/base_de_datos.ts';
import type { Nivel, Orden } from './esquemas.ts';

export interface Cuenta {
  id: string;
  ad_account_id: string;
  nombre: string | null;
  moneda: string | null;
  zona: string | null;
  estado_conexion: string;
  token_expira: string | null;
  ultima_sincronizacion: string | null;
  activo: boolean;
  demo: boolean;
  /** account_status de Meta; null = no se sabe. */
  situacion: number | null;
}

export interface Ajustes {
  diario: boolean;
  semanal: boolean;
  mensual: boolean;
  revision: boolean;
  minimo: number | null;
  maximo_diario: number | null;
  maximo_total: number | null;
}

export interface FilaObjeto extends Sumas {
  id: string;
  nombre: string;
  estado: string | null;
  presupuesto_diario: number | null;
  presupuesto_total: number | null;
  fin: string | null;
  miniatura: string | null;
  antes: Sumas;
}

export interface AnuncioCorto extends Sumas {
  id: string;
  nombre: string;
  campana: string | null;
}

/** Lo que devuelve `ads_panel`: toda la página en una llamada. */
export interface Panel {
  cuentas: Cuenta[];
  total: Sumas;
  antes: Sumas;
  alcance: { n: number; traido: string } | null;
  alcance_antes: { n: number; traido: string } | null;
  gasto_cuenta: number | null;
  dias: (Sumas & { dia: string })[];
  plataformas: (Sumas & { id: string })[];
  mejores: AnuncioCorto[];
  peores: AnuncioCorto[];
  objetos: FilaObjeto[];
  total_objetos: number;
  padres: { id: string; nombre: string; nivel: Nivel }[];
  /** Días del periodo, hasta ayer, que nunca se trajeron. */
  faltan: string[];
  /** Cuántos días del periodo con que se compara nunca se trajeron: con uno basta para no comparar. */
  faltan_antes: number;
  traido: string | null;
  renglones: number;
  nuestros: {
    conversaciones: number;
    /** Primer día en que un mensaje dijo de qué anuncio venía; null si ninguno. */
    desde: string | null;
    etiquetas: { nombre: string; n: number }[];
    anuncios: {
      id: string;
      nombre: string;
      gasto: number;
      meta: number;
      conversaciones: number;
      contactos: number;
      etiquetas: { nombre: string; n: number }[];
    }[];
  };
}

export interface Objeto extends FilaObjeto {
  nivel: Nivel;
  cuenta: Cuenta;
  ajustes: Ajustes;
  campana: string | null;
  dias: (Sumas & { dia: string })[];
  traido: string | null;
  cambios: Cambio[];
}

export interface Cambio {
  id: string;
  cuando: string;
  quien: string | null;
  /** `panel`, o `fuera` si alguien lo cambió en Meta. */
  origen: string;
  nivel: string;
  objeto: string;
  campo: string;
  antes: unknown;
  despues: unknown;
  resultado: string;
  detalle: string | null;
  /** De su cuenta: la lista puede traer varias. */
  moneda: string | null;
}

export interface RenglonCrudo extends Sumas {
  dia: string;
  anuncio_id: string;
  anuncio: string;
  conjunto: string;
  campana: string;
  plataforma: string;
  traido: string;
}

/** Las cuentas de anuncios de la nora, la activa más reciente primero. */
export async function listarCuentas(bd: ClienteBd): Promise<Cuenta[]> {
  const { data } = await bd.rpc('ads_cuentas').throwOnError();
  return data as unknown as Cuenta[];
}

/** Toda la página del panel. null: esa cuenta no es de esta nora. */
export async function leerPanel(
  bd: ClienteBd,
  p: {
    cuenta: string;
    periodo: Periodo;
    antes: Periodo;
    nivel: Nivel;
    padre?: string | undefined;
    orden: Orden;
    sentido: 'asc' | 'desc';
    salto: number;
    n: number;
  },
): Promise<Panel | null> {
  const { periodo, antes, ...resto } = p;
  const { data } = await bd
    .rpc('ads_panel', {
      p: {
        ...resto,
        padre: p.padre ?? null,
        desde: periodo.desde,
        hasta: periodo.hasta,
        antes_desde: antes.desde,
        antes_hasta: antes.hasta,
      },
    })
    .throwOnError();
  return data as unknown as Panel | null;
}

/** Una campaña, un conjunto o un anuncio con su periodo, sus límites y sus últimos cambios; null si no es de esta nora. */
export async function leerObjeto(
  bd: ClienteBd,
  p: { cuenta: string; nivel: Nivel; id: string; periodo: Periodo; antes: Periodo },
): Promise<Objeto | null> {
  const { data } = await bd
    .rpc('ads_objeto', {
      p: {
        cuenta: p.cuenta,
        nivel: p.nivel,
        id: p.id,
        desde: p.periodo.desde,
        hasta: p.periodo.hasta,
        antes_desde: p.antes.desde,
        antes_hasta: p.antes.hasta,
      },
    })
    .throwOnError();
  return data as unknown as Objeto | null;
}

/** Sólo los renglones de una campaña, un conjunto o un anuncio, o de un lugar. */
export interface FiltroRenglones {
  nivel?: Nivel | undefined;
  id?: string | undefined;
  plataforma?: string | undefined;
}

/** Renglones diarios por anuncio y plataforma, de mil en mil; `despues` es la llave del último visto. */
export async function leerRenglones(
  bd: ClienteBd,
  p: {
    cuenta: string;
    periodo: Periodo;
    despues: [string, string, string] | null;
    n: number;
  } & FiltroRenglones,
): Promise<RenglonCrudo[]> {
  const { data } = await bd
    .rpc('ads_renglones', {
      p: {
        cuenta: p.cuenta,
        desde: p.periodo.desde,
        hasta: p.periodo.hasta,
        despues: p.despues,
        n: p.n,
        nivel: p.nivel ?? null,
        id: p.id ?? null,
        plataforma: p.plataforma ?? null,
      },
    })
    .throwOnError();
  return data as unknown as RenglonCrudo[];
}

/** Los últimos cambios de la nora o de una cuenta, de lo nuevo a lo viejo. */
export async function listarCambios(bd: ClienteBd, cuenta: string | null): Promise<Cambio[]> {
  const { data } = await bd.rpc('ads_cambios', { p: { cuenta } }).throwOnError();
  return data as unknown as Cambio[];
}

/** Apunta un cambio hecho desde el panel con lo que Meta dijo después, y pone al día la copia local. */
export async function apuntarCambio(
  bd: ClienteBd,
  p: {
    cuenta: string;
    nivel: Nivel;
    id: string;
    campo: string;
    antes: unknown;
    despues: unknown;
    resultado: 'hecho' | 'rechazado' | 'incierto';
    detalle?: string | null;
    leido?: object | null;
  },
  usuario: string,
): Promise<void> {
  await bd.rpc('ads_apuntar_cambio', { p: p as never, p_usuario: usuario }).throwOnError();
}

/** De dónde se baja la imagen de un anuncio de esta nora; null si no tiene. */
export async function leerMiniatura(bd: ClienteBd, anuncio: string): Promise<string | null> {
  const { data } = await bd
    .from('meta_ads_anuncios')
    .select('miniatura')
    .or(`id.eq."${anuncio}"`)
    .not('miniatura', 'is', null)
    .limit(1)
    .throwOnError();
  return data[0]?.miniatura ?? null;
}
