import { z } from 'zod';

/** Formas de lo que contesta la Marketing API v24: developers.facebook.com/docs/marketing-api/reference. */

const id = z.string().min(1).max(64);
const nombre = z
  .string()
  .catch('')
  .transform((t) => t.trim().slice(0, 500) || 'Sin nombre');
const instante = z
  .string()
  .refine((t) => !Number.isNaN(Date.parse(t)))
  .transform((t) => new Date(t).toISOString());
const centavos = z.coerce.number().int().nonnegative();
/** Meta manda los números como texto. */
const cantidad = z.coerce.number().int().nonnegative().default(0);
const dinero = z.coerce.number().nonnegative().default(0);
const dia = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

/** Monedas sin centavos en la API: developers.facebook.com/docs/marketing-api/currencies (offset 1). */
const SIN_CENTAVOS = new Set(['CLP', 'COP', 'CRC', 'HUF', 'ISK', 'IDR', 'JPY', 'KRW', 'PYG', 'TWD', 'VND']);

/** Cuántas unidades de la API hay en una de la moneda: 100 para el peso mexicano, 1 para el chileno. */
export function divisor(moneda: string | null): number {
  return moneda && SIN_CENTAVOS.has(moneda) ? 1 : 100;
}

export const CAMPOS_CUENTA = ['id', 'account_id', 'name', 'currency', 'timezone_name', 'account_status'];
export const cuenta = z
  .looseObject({
    id: z.string().regex(/^act_\d{1,30}$/),
    name: nombre.optional(),
    currency: z.string().length(3),
    timezone_name: z.string().max(60),
    account_status: z.number().int().optional(),
  })
  .transform((c) => ({
    id: c.id,
    nombre: c.name?.slice(0, 200) ?? c.id,
    moneda: c.currency,
    zona: c.timezone_name,
    /** account_status: 1 activa, 2 deshabilitada, 3 con adeudo, 7 en revisión, 9 en gracia, 100 y 101 cerrada. */
    situacion: c.account_status ?? 1,
  }));
export type CuentaMeta = z.output<typeof cuenta>;

export const CAMPOS_PAGINA = ['id', 'name'];
export const pagina = z.looseObject({ id, name: nombre }).transform((p) => ({ id: p.id, nombre: p.name }));
export type PaginaMeta = z.output<typeof pagina>;

/** Montos en unidades de la moneda; `fin` instante ISO o null. */
export interface ObjetoMeta {
  id: string;
  nombre: string;
  estado: string;
  presupuesto_diario: number | null;
  presupuesto_total: number | null;
  fin: string | null;
}

const comun = {
  id,
  name: nombre,
  status: z.string().max(40),
  effective_status: z.string().max(40).optional(),
  daily_budget: centavos.optional(),
  lifetime_budget: centavos.optional(),
};

export const CAMPOS = {
  campanas: [
    'id',
    'name',
    'objective',
    'status',
    'effective_status',
    'daily_budget',
    'lifetime_budget',
    'stop_time',
  ],
  conjuntos: [
    'id',
    'name',
    'campaign_id',
    'status',
    'effective_status',
    'daily_budget',
    'lifetime_budget',
    'end_time',
  ],
  anuncios: [
    'id',
    'name',
    'adset_id',
    'campaign_id',
    'status',
    'effective_status',
    'creative{thumbnail_url}',
  ],
} as const;
export type NivelMeta = keyof typeof CAMPOS;

export const campana = z.looseObject({
  ...comun,
  objective: z.string().max(100).optional(),
  stop_time: instante.optional(),
});
export const conjunto = z.looseObject({ ...comun, campaign_id: id, end_time: instante.optional() });
export const anuncio = z.looseObject({
  ...comun,
  adset_id: id,
  campaign_id: id,
  creative: z
    .looseObject({
      thumbnail_url: z
        .url({ protocol: /^https?$/ })
        .max(2000)
        .optional()
        .catch(undefined),
    })
    .optional(),
});

export interface CampanaMeta extends ObjetoMeta {
  objetivo: string | null;
}
export interface ConjuntoMeta extends ObjetoMeta {
  campana_id: string;
}
export interface AnuncioMeta extends ObjetoMeta {
  conjunto_id: string;
  campana_id: string;
  miniatura: string | null;
}

type Comun = z.output<z.ZodObject<typeof comun>>;

/** Lo común de los tres niveles. Un presupuesto en 0 es que no lo lleva ese nivel. */
export function objetoDe(o: Comun & { fin?: string | undefined }, moneda: string | null): ObjetoMeta {
  const monto = (n: number | undefined) => (n ? n / divisor(moneda) : null);
  return {
    id: o.id,
    nombre: o.name,
    estado: o.effective_status ?? o.status,
    presupuesto_diario: monto(o.daily_budget),
    presupuesto_total: monto(o.lifetime_budget),
    fin: o.fin ?? null,
  };
}

/**
 * La acción que es «una conversación iniciada»; Meta cuenta el mismo hecho en varios `action_type` y sumarlos lo
 * multiplica: developers.facebook.com/docs/marketing-api/reference/ads-action-stats.
 */
export const ACCION_CONVERSACION = 'onsite_conversion.messaging_conversation_started_7d';

const accion = z.looseObject({ action_type: z.string(), value: z.coerce.number().nonnegative() });

/** Los `effective_status` de un anuncio según el SDK instalado; una prueba comprueba que son los mismos. */
export const ESTADOS_ANUNCIO = [
  'ACTIVE',
  'ADSET_PAUSED',
  'ARCHIVED',
  'CAMPAIGN_PAUSED',
  'DELETED',
  'DISAPPROVED',
  'IN_PROCESS',
  'PAUSED',
  'PENDING_BILLING_INFO',
  'PENDING_REVIEW',
  'PREAPPROVED',
  'WITH_ISSUES',
];

export const CAMPOS_RENGLON = [
  'ad_id',
  'ad_name',
  'adset_id',
  'adset_name',
  'campaign_id',
  'campaign_name',
  'spend',
  'impressions',
  'clicks',
  'actions',
];
export const renglon = z
  .looseObject({
    ad_id: id,
    ad_name: nombre.optional(),
    adset_id: id,
    adset_name: nombre.optional(),
    campaign_id: id,
    campaign_name: nombre.optional(),
    date_start: dia,
    date_stop: dia,
    publisher_platform: z.string().min(1).max(40),
    spend: dinero,
    impressions: cantidad,
    clicks: cantidad,
    actions: z.array(accion).default([]),
  })
  .refine((r) => r.date_start === r.date_stop, 'un renglón abarca más de un día')
  .transform((r) => ({
    dia: r.date_start,
    anuncio: r.ad_id,
    anuncio_nombre: r.ad_name ?? r.ad_id,
    conjunto: r.adset_id,
    conjunto_nombre: r.adset_name ?? r.adset_id,
    campana: r.campaign_id,
    campana_nombre: r.campaign_name ?? r.campaign_id,
    plataforma: r.publisher_platform,
    gasto: r.spend,
    impresiones: r.impressions,
    clics: r.clicks,
    conversaciones: Math.round(r.actions.find((a) => a.action_type === ACCION_CONVERSACION)?.value ?? 0),
  }));
export type RenglonMeta = z.output<typeof renglon>;

export const diaDeCuenta = z
  .looseObject({ date_start: dia, date_stop: dia, spend: dinero })
  .refine((r) => r.date_start === r.date_stop)
  .transform((r) => ({ dia: r.date_start, gasto: r.spend }));

export const ventana = z
  .looseObject({ date_start: dia, date_stop: dia, reach: cantidad })
  .transform((r) => ({ desde: r.date_start, hasta: r.date_stop, alcance: r.reach }));
export type VentanaMeta = z.output<typeof ventana>;

export const corrida = z.looseObject({
  async_status: z.string(),
  async_percent_completion: z.coerce.number().min(0).max(100).default(0),
});

export const canje = z.looseObject({
  access_token: z.string().min(10).max(3000),
  /** Segundos; los de sistema no lo traen. */
  expires_in: z.coerce.number().int().positive().optional(),
});

export const revision = z.looseObject({
  data: z.looseObject({
    is_valid: z.boolean(),
    type: z.string().optional(),
    app_id: z.string().optional(),
    /** Segundos; 0 = no vence. */
    expires_at: z.number().int().nonnegative().optional(),
    data_access_expires_at: z.number().int().nonnegative().optional(),
    scopes: z.array(z.string()).default([]),
    error: z.looseObject({ message: z.string().optional() }).optional(),
  }),
});
