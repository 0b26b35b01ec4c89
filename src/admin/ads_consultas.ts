import type { ClienteBd } from '../datos/base_de_datos.ts';

/** Cómo está una cuenta; lo peor manda. */
export type SaludAds = 'muerta' | 'fallando' | 'por_vencer' | 'atrasada' | 'bien' | 'demo' | 'desconectada';

export interface VueltaAds {
  id: string;
  pedida: string;
  inicio: string;
  fin: string | null;
  estado: 'corriendo' | 'hecha' | 'espera' | 'fallida';
  etapa: string;
  avance: number;
  renglones: number;
  motivo: string | null;
  reanudar_en: string | null;
}

export interface ReporteAdmin {
  id: string;
  cadencia: string;
  desde: string;
  hasta: string;
  estado: string;
  motivo: string | null;
  creado: string;
}

/** Una cuenta de anuncios como la ve la administración; montos en su moneda. */
export interface CuentaAdmin {
  id: string;
  nombre_nora: string;
  nora: string;
  nora_activa: boolean;
  nombre: string;
  ad_account_id: string;
  moneda: string | null;
  zona: string | null;
  activo: boolean;
  demo: boolean;
  con_agencia: boolean;
  estado_conexion: string;
  token_expira: string | null;
  ultima_sincronizacion: string | null;
  /** account_status de Meta; null = no se sabe. */
  situacion: number | null;
  salud: SaludAds;
  vuelta: VueltaAds | null;
  renglones: number;
  desde: string | null;
  hasta: string | null;
  gasto_7: number;
  gasto_28: number;
  reporte: ReporteAdmin | null;
  /** Vueltas fallidas en 7 días; reportes negados y entregas rebotadas en 28. */
  fallas: { vueltas: number; negados: number; rebotes: number };
}

export interface FichaAds extends CuentaAdmin {
  ajustes: { maximo_diario: number | null; maximo_total: number | null };
  receptores: number;
  vueltas: VueltaAds[];
  reportes: (ReporteAdmin & { entregas: Record<string, number> })[];
}

/** Gasto de todas las noras en una moneda; `demo` aparte, que ese dinero no existe. */
export interface GastoMoneda {
  moneda: string | null;
  demo: boolean;
  cuentas: number;
  noras: number;
  gasto_7: number;
  gasto_28: number;
}

export interface ListaAds {
  cuentas: CuentaAdmin[];
  conteos: Record<string, number>;
  gasto: GastoMoneda[];
  /** Valor de `desde` para la página que sigue; null en la última. */
  siguiente: string | null;
}

/** Cuentas por nombre de nora. `desde` es `nora:uuid`, la llave de la última vista. */
export async function listarCuentasAds(
  servicio: ClienteBd,
  { q, estado, desde, n }: { q: string; estado: string; desde: string; n: number },
): Promise<ListaAds> {
  const [desde_nora = null, desde_id = null] = desde ? desde.split(':') : [];
  const { data } = await servicio
    .rpc('admin_ads', { p: { q, estado, desde_nora, desde_id, n } })
    .throwOnError();
  const { cuentas, ...resto } = data as unknown as Omit<ListaAds, 'siguiente'>;
  const visibles = cuentas.slice(0, n);
  const ultima = cuentas.length > n ? visibles.at(-1) : undefined;
  return {
    ...resto,
    cuentas: visibles,
    siguiente: ultima ? `${ultima.nombre_nora}:${ultima.id}` : null,
  };
}

/** null si no existe. */
export async function leerCuentaAds(servicio: ClienteBd, id: string): Promise<FichaAds | null> {
  const { data } = await servicio.rpc('admin_ads_cuenta', { p_id: id }).throwOnError();
  return data as unknown as FichaAds | null;
}

/** Cuántas cuentas activas hay y cuántas piden que alguien haga algo. */
export async function contarAtencionAds(
  servicio: ClienteBd,
): Promise<{ cuentas: number; atencion: number; muertas: number }> {
  const { data } = await servicio.rpc('admin_ads_atencion').throwOnError();
  return data as unknown as { cuentas: number; atencion: number; muertas: number };
}

/** Topes de presupuesto de una cuenta, en su moneda; null = sin tope. Queda en la auditoría lo de antes y lo de después. */
export async function guardarLimites(
  servicio: ClienteBd,
  cuenta: Pick<CuentaAdmin, 'id' | 'nombre_nora'>,
  limites: { diario: number | null; total: number | null },
  usuario: string,
): Promise<void> {
  await servicio
    .rpc('ads_guardar_limites', {
      p_nora: cuenta.nombre_nora,
      p_cuenta: cuenta.id,
      p_diario: limites.diario as number,
      p_total: limites.total as number,
      p_usuario: usuario,
    })
    .throwOnError();
}
