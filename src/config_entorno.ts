import { z } from 'zod';

/** Un arranque imposible por configuracion: `message` es una sola linea que dice que variable corregir. */
export class ErrorConfiguracion extends Error {
  override name = 'ErrorConfiguracion';
}

export type Entorno = Record<string, string | undefined>;

/** Modelo -> dólares por millón de tokens de entrada y de salida. */
export type PreciosIA = Readonly<Record<string, { entrada: number; salida: number }>>;

export type ClaveJwt = { kty: string; crv: string; kid: string; x: string; y: string; d: string };

const url = (protocolos: RegExp, ejemplo: string) =>
  z
    .string()
    .refine((v) => URL.canParse(v) && protocolos.test(new URL(v).protocol), {
      error: `debe ser una URL como ${ejemplo}`,
    })
    .transform((v) => v.replace(/\/+$/, ''));

const urlHttp = url(/^https?:$/, 'https://nora.ejemplo.com');
const urlSmtp = url(/^smtps?:$/, 'smtps://usuario:clave@correo.ejemplo.com');
const urlPostgres = url(/^postgres(ql)?:$/, 'postgresql://usuario:clave@servidor:5432/nora');
const entero = (minimo: number, maximo: number, defecto: number) =>
  z.coerce
    .number({ error: 'debe ser un número' })
    .int({ error: 'debe ser un número entero' })
    .min(minimo, { error: `debe ser al menos ${minimo}` })
    .max(maximo, { error: `debe ser como mucho ${maximo}` })
    .default(defecto);
const opcion = <const T extends readonly [string, ...string[]]>(valores: T, defecto: NoInfer<T[number]>) =>
  z.enum(valores, { error: `debe ser ${valores.join(', ')}` }).default(defecto as never);
const siNo = z
  .enum(['0', '1', 'false', 'true', 'no', 'si'], { error: 'debe ser 0 o 1' })
  .transform((v) => v === '1' || v === 'true' || v === 'si');

const secretosSesion = z
  .string()
  .transform((v) =>
    v
      .split(',')
      .map((s) => s.trim())
      .filter(Boolean),
  )
  .refine((v) => v.length > 0 && v.every((s) => s.length >= 32), {
    error: 'necesita al menos 32 caracteres (varios separados por coma para rotar)',
  });

const claveCifrado = z.string().transform((v, ctx) => {
  const bytes = /^[0-9a-f]{64}$/i.test(v) ? Buffer.from(v, 'hex') : Buffer.from(v, 'base64');
  if (bytes.length !== 32) {
    ctx.addIssue({ code: 'custom', message: 'deben ser 32 bytes en base64 o 64 dígitos hexadecimales' });
    return z.NEVER;
  }
  return bytes;
});

const claveJwt = z.string().transform((v, ctx): ClaveJwt => {
  const forma = z.object({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    kid: z.string().min(1),
    x: z.string(),
    y: z.string(),
    d: z.string(),
  });
  try {
    // `supabase gen signing-key` escribe una JWK; el archivo signing_keys.json trae una lista de ellas.
    const leido: unknown = JSON.parse(v);
    return forma.parse(Array.isArray(leido) ? leido[0] : leido);
  } catch {
    ctx.addIssue({
      code: 'custom',
      message:
        'debe ser la JWK privada ES256 (con kid y d) que da `supabase gen signing-key --algorithm ES256`',
    });
    return z.NEVER;
  }
});

/**
 * Dólares por millón de tokens, tarifa estándar sin caché ni lote, de developers.openai.com/api/docs/pricing.
 * Cotejados el 2026-11-21 con copias fechadas de esa lista: deploybase.ai/articles/openai-pricing (marzo de 2026) y
 * aumiqx.com/ai-tools/openai-api-pricing-gpt4-costs-guide-2026 (abril de 2026). Cambian sin aviso: PRECIOS_IA los corrige.
 * Sólo los que contestan por Chat Completions, que son los que se ofrecen a cada nora: gpt-5-pro no está porque OpenAI lo atiende
 * únicamente por Responses.
 */
export const PRECIOS_DE_FABRICA: PreciosIA = {
  'gpt-5.4': { entrada: 2.5, salida: 15 },
  'gpt-5.1': { entrada: 1.25, salida: 10 },
  'gpt-5': { entrada: 1.25, salida: 10 },
  'gpt-5-mini': { entrada: 0.25, salida: 2 },
  'gpt-5-nano': { entrada: 0.05, salida: 0.4 },
  'gpt-4.1': { entrada: 2, salida: 8 },
  'gpt-4.1-mini': { entrada: 0.4, salida: 1.6 },
  'gpt-4.1-nano': { entrada: 0.1, salida: 0.4 },
  'gpt-4o': { entrada: 2.5, salida: 10 },
  'gpt-4o-mini': { entrada: 0.15, salida: 0.6 },
};

const preciosIA = z.string().transform((v, ctx): PreciosIA => {
  const precio = z.number().nonnegative();
  const forma = z.record(z.string().min(1).max(100), z.object({ entrada: precio, salida: precio }));
  try {
    return forma.parse(JSON.parse(v));
  } catch {
    ctx.addIssue({
      code: 'custom',
      message:
        'debe ser JSON como {"gpt-5-mini":{"entrada":0.25,"salida":2}}, en dólares por millón de tokens',
    });
    return z.NEVER;
  }
});

/** Qué variables se leen y con qué forma; qué significa cada una lo arma `config.ts`. */
const esquemaEntorno = z.object({
  ENTORNO: opcion(['local', 'produccion'], 'local'),
  PORT: entero(0, 65535, 3000),
  HOST: z.string().optional(),
  URL_PUBLICA: urlHttp.optional(),
  DATOS_DIR: z.string().default('.datos'),
  ROL: opcion(['todo', 'web', 'trabajos'], 'todo'),
  WEB_CONCURRENCY: entero(1, 64, 1),
  NORA_DEMO: siNo.optional(),
  SECRETO_SESION: secretosSesion.optional(),
  CLAVE_CIFRADO: claveCifrado.optional(),
  SESSION_COOKIE_NAME: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/, { error: 'sólo letras, números, guion y guion bajo' })
    .default('nora_sesion'),
  ADMIN_CORREO: z.email({ error: 'debe ser un correo' }).optional(),
  ADMIN_CLAVE: z.string().min(10, { error: 'necesita al menos 10 caracteres' }).optional(),
  DATABASE_URL: urlPostgres.optional(),
  SUPABASE_URL: urlHttp.optional(),
  SUPABASE_SECRET_KEY: z.string().optional(),
  SUPABASE_PUBLISHABLE_KEY: z.string().optional(),
  SUPABASE_JWT_SECRET: z.string().min(32, { error: 'necesita al menos 32 caracteres' }).optional(),
  SUPABASE_JWT_CLAVE: claveJwt.optional(),
  POSTGREST_URL: urlHttp.optional(),
  TWILIO_ACCOUNT_SID: z
    .string()
    .regex(/^AC[0-9a-zA-Z]{32}$/, { error: 'debe empezar con AC y tener 34 caracteres' })
    .optional(),
  TWILIO_AUTH_TOKEN: z.string().optional(),
  TWILIO_API_URL: urlHttp.optional(),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: urlHttp.optional(),
  OPENAI_MODELO: z.string().optional(),
  ESPERA_RAFAGA_MS: entero(0, 60_000, 1200),
  ARRIENDO_MS: entero(1000, 600_000, 45_000),
  TOPE_RESPUESTAS_HORA: entero(1, 1000, 30),
  IA_TOKENS_CONOCIMIENTO: entero(100, 200_000, 3000),
  IA_TOKENS_HISTORIAL: entero(100, 200_000, 2000),
  IA_TIEMPO_MS: entero(100, 120_000, 20_000),
  PRECIOS_IA: preciosIA.optional(),
  META_APP_ID: z
    .string()
    .regex(/^\d{5,25}$/, { error: 'debe ser el número de la aplicación' })
    .optional(),
  META_APP_SECRET: z
    .string()
    .regex(/^[0-9a-f]{32}$/i, { error: 'deben ser 32 dígitos hexadecimales' })
    .optional(),
  META_CONFIG_ID: z
    .string()
    .regex(/^\d{5,25}$/, { error: 'debe ser el número de la configuración' })
    .optional(),
  META_ACCESS_TOKEN: z.string().min(20, { error: 'parece incompleto' }).max(3000).optional(),
  META_GRAPH_URL: urlHttp.optional(),
  SMTP_URL: urlSmtp.optional(),
  CORREO_REMITENTE: z
    .string()
    .max(200)
    .regex(/^[^\r\n]*@[^\r\n]+$/, { error: 'debe ser un correo, como Nora <avisos@ejemplo.com>' })
    .optional(),
  METRICAS_TOKEN: z.string().min(16, { error: 'necesita al menos 16 caracteres' }).optional(),
  RESPALDOS_DIR: z.string().optional(),
  RESPALDOS_CUANTOS: entero(1, 365, 7),
  RESPALDO_NOCTURNO: siNo.default(true),
  ERRORES_DIAS: entero(1, 3650, 90),
  VISTAS_SIN_CACHE: siNo.default(false),
  NIVEL_LOG: opcion(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info'),
});

export type Leido = z.output<typeof esquemaEntorno>;
export type Variable = keyof Leido;

/** Nombres viejos que se siguen aceptando, y el nombre que les toca hoy. */
export const alias: Record<string, string> = {
  SUPABASE_KEY: 'SUPABASE_SECRET_KEY',
  SECRET_KEY: 'SECRETO_SESION',
};

/** Nombres de todas las variables que se leen, sin los alias: `.env.example` debe traerlas todas. */
export function variablesConocidas(): string[] {
  return Object.keys(esquemaEntorno.shape);
}

/**
 * Los valores ya convertidos; una variable vacía es como si no estuviera.
 * @throws ErrorConfiguracion con la primera que no tiene la forma que debe
 */
export function validar(entorno: Entorno): Leido {
  const limpio: Entorno = {};
  for (const nombre of variablesConocidas()) {
    const viejo = Object.keys(alias).find((a) => alias[a] === nombre);
    const valor = entorno[nombre]?.trim() || (viejo ? entorno[viejo]?.trim() : undefined);
    if (valor) limpio[nombre] = valor;
  }
  const r = esquemaEntorno.safeParse(limpio);
  if (r.success) return r.data;
  const primero = r.error.issues[0];
  throw new ErrorConfiguracion(`${String(primero?.path[0] ?? 'configuración')}: ${primero?.message ?? ''}`);
}
