import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { abrirSecretos } from './datos/secretos.ts';

/** Un arranque imposible por configuracion: `message` es una sola linea que dice que variable corregir. */
export class ErrorConfiguracion extends Error {
  override name = 'ErrorConfiguracion';
}

export type ModoBase = 'embebido' | 'postgrest' | 'supabase';

/** Todo lo que la aplicacion sabe de su entorno; se lee una vez y no cambia mientras vive el proceso. */
export interface Config {
  entorno: 'local' | 'produccion';
  puerto: number;
  /** Interfaz de red en la que escucha: 127.0.0.1 en local, 0.0.0.0 en produccion, o lo que diga HOST. */
  host: string;
  rol: 'todo' | 'web' | 'trabajos';
  procesosWeb: number;
  /** Sin diagonal al final. */
  urlPublica: string;
  /** Ruta absoluta. */
  datosDir: string;
  demo: boolean;
  secretos: { sesion: string[]; cifrado: Buffer };
  cookie: string;
  admin: { correo: string; clave: string } | null;
  base: ConfigBase;
  twilio: { accountSid: string; authToken: string; apiUrl: string | null } | null;
  openai: { apiKey: string; baseUrl: string | null; modelo: string } | null;
  mensajes: { esperaRafagaMs: number; arriendoMs: number; topeRespuestasHora: number };
  ia: {
    tokensConocimiento: number;
    tokensHistorial: number;
    tiempoMs: number;
    /** Dólares por millón de tokens, por modelo: los de fábrica más los de PRECIOS_IA, que ganan. */
    precios: PreciosIA;
  };
  meta: {
    /** Con ella se entra con Facebook y se renuevan permisos; sin ella sólo se pegan. */
    app: { id: string; secreto: string } | null;
    /** Permiso de la agencia, para cuentas que no tienen uno propio. */
    token: string | null;
    /** config_id de «Facebook Login for Business»; null = login de siempre. */
    configuracion: string | null;
    graphUrl: string | null;
  };
  /** null sin SMTP_URL: las ligas se muestran una vez en pantalla y no hay avisos por correo. */
  correo: { smtpUrl: string; remitente: string } | null;
  /** Con esto se lee /metricas; null = la ruta no existe. */
  metricasToken: string | null;
  respaldos: { dir: string; cuantos: number; nocturno: boolean };
  /** Días que se guarda un error en `logs_errores`. */
  erroresDias: number;
  vistasSinCache: boolean;
  nivelLog: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
}

/** Modelo -> dólares por millón de tokens de entrada y de salida. */
export type PreciosIA = Readonly<Record<string, { entrada: number; salida: number }>>;

export interface ConfigBase {
  modo: ModoBase;
  databaseUrl?: string;
  /** Solo en modo embebido y cuando el servidor ya corre: conexion del rol authenticator para la API de datos. */
  autenticadorUrl?: string;
  supabaseUrl?: string;
  llaveSecreta?: string;
  llavePublica?: string;
  /** Secreto HS256. */
  jwtSecreto?: string;
  /** JWK privada ES256 con `kid`. */
  jwtClave?: ClaveJwt;
  postgrestUrl?: string;
}

export type ClaveJwt = { kty: string; crv: string; kid: string; x: string; y: string; d: string };

type Entorno = Record<string, string | undefined>;

/**
 * Lee `.env.local` y `.env` de `carpeta` y el entorno del proceso, y devuelve la configuracion.
 * Gana el entorno real, luego `.env.local`, luego `.env`: `loadEnvFile` nunca pisa lo que ya existe.
 * @throws ErrorConfiguracion con una linea que nombra la variable culpable.
 */
export function cargarConfig(carpeta: string = process.cwd()): Config {
  for (const archivo of ['.env.local', '.env']) {
    const ruta = join(carpeta, archivo);
    if (existsSync(ruta)) process.loadEnvFile(ruta);
  }
  return leerConfig(process.env, carpeta);
}

/**
 * Convierte un entorno en configuracion, sin tocar `process.env`.
 * En local los secretos que falten se generan y guardan en `DATOS_DIR/secretos.json`.
 * @throws ErrorConfiguracion
 */
export function leerConfig(entorno: Entorno, carpeta: string = process.cwd()): Config {
  const e = validar(entorno);
  const produccion = e.ENTORNO === 'produccion';
  const base = leerBase(e);
  const datosDir = resolve(carpeta, e.DATOS_DIR);
  if (produccion) exigirProduccion(e, base);
  const generados = produccion ? null : abrirSecretos(datosDir);
  const cifrado = e.CLAVE_CIFRADO ?? generados?.cifrado;
  const sesion = e.SECRETO_SESION ?? (generados ? [generados.sesion] : undefined);
  if (!sesion) throw falta('SECRETO_SESION', 'ENTORNO=produccion la exige');
  if (!cifrado) throw falta('CLAVE_CIFRADO', 'ENTORNO=produccion la exige');
  if (base.modo === 'embebido' && generados) base.jwtSecreto = generados.jwt;

  return {
    entorno: e.ENTORNO,
    puerto: e.PORT,
    host: e.HOST ?? (produccion ? '0.0.0.0' : '127.0.0.1'),
    rol: e.ROL,
    procesosWeb: e.WEB_CONCURRENCY,
    urlPublica: e.URL_PUBLICA ?? `http://localhost:${e.PORT}`,
    datosDir,
    demo: e.NORA_DEMO ?? !produccion,
    secretos: { sesion, cifrado: Buffer.from(cifrado) },
    cookie: e.SESSION_COOKIE_NAME,
    admin: parejaCompleta(e, 'ADMIN_CORREO', 'ADMIN_CLAVE')
      ? { correo: e.ADMIN_CORREO ?? '', clave: e.ADMIN_CLAVE ?? '' }
      : null,
    base,
    twilio: leerTwilio(e),
    openai: leerOpenai(e),
    mensajes: {
      esperaRafagaMs: e.ESPERA_RAFAGA_MS,
      arriendoMs: e.ARRIENDO_MS,
      topeRespuestasHora: e.TOPE_RESPUESTAS_HORA,
    },
    ia: {
      tokensConocimiento: e.IA_TOKENS_CONOCIMIENTO,
      tokensHistorial: e.IA_TOKENS_HISTORIAL,
      tiempoMs: e.IA_TIEMPO_MS,
      precios: { ...PRECIOS_DE_FABRICA, ...e.PRECIOS_IA },
    },
    meta: {
      app: leerAppDeMeta(e),
      configuracion: e.META_CONFIG_ID ?? null,
      token: e.META_ACCESS_TOKEN ?? null,
      graphUrl: e.META_GRAPH_URL ?? null,
    },
    correo: parejaCompleta(e, 'SMTP_URL', 'CORREO_REMITENTE')
      ? { smtpUrl: e.SMTP_URL ?? '', remitente: e.CORREO_REMITENTE ?? '' }
      : null,
    metricasToken: e.METRICAS_TOKEN ?? null,
    respaldos: {
      dir: e.RESPALDOS_DIR ? resolve(carpeta, e.RESPALDOS_DIR) : join(datosDir, 'respaldos'),
      cuantos: e.RESPALDOS_CUANTOS,
      nocturno: e.RESPALDO_NOCTURNO,
    },
    erroresDias: e.ERRORES_DIAS,
    vistasSinCache: e.VISTAS_SIN_CACHE,
    nivelLog: e.NIVEL_LOG,
  };
}

/** Nombres de todas las variables que se leen, sin los alias: `.env.example` debe traerlas todas. */
export function variablesConocidas(): string[] {
  return Object.keys(esquemaEntorno.shape);
}

/** Nombres viejos que se siguen aceptando, y el nombre que les toca hoy. */
export const alias: Record<string, string> = {
  SUPABASE_KEY: 'SUPABASE_SECRET_KEY',
  SECRET_KEY: 'SECRETO_SESION',
};

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
 */
const PRECIOS_DE_FABRICA: PreciosIA = {
  'gpt-5.4': { entrada: 2.5, salida: 15 },
  'gpt-5.1': { entrada: 1.25, salida: 10 },
  'gpt-5-pro': { entrada: 15, salida: 120 },
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

type Leido = z.output<typeof esquemaEntorno>;
type Variable = keyof Leido;

function validar(entorno: Entorno): Leido {
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

function leerBase(e: Leido): ConfigBase {
  if (e.SUPABASE_URL && e.POSTGREST_URL)
    throw new ErrorConfiguracion('SUPABASE_URL y POSTGREST_URL: deja sólo una, son dos formas distintas');
  if (e.SUPABASE_JWT_SECRET && e.SUPABASE_JWT_CLAVE)
    throw new ErrorConfiguracion('SUPABASE_JWT_SECRET y SUPABASE_JWT_CLAVE: deja sólo una');
  if (e.DATABASE_URL) rechazarPoolerDeTransacciones(e.DATABASE_URL);
  const firma = e.SUPABASE_JWT_CLAVE
    ? { jwtClave: e.SUPABASE_JWT_CLAVE }
    : { ...(e.SUPABASE_JWT_SECRET && { jwtSecreto: e.SUPABASE_JWT_SECRET }) };

  if (e.SUPABASE_URL) {
    const porque = 'SUPABASE_URL está puesta';
    exigirFirma(e, porque);
    return {
      modo: 'supabase',
      supabaseUrl: e.SUPABASE_URL,
      databaseUrl: exigir(e, 'DATABASE_URL', porque),
      llaveSecreta: exigir(e, 'SUPABASE_SECRET_KEY', porque),
      llavePublica: exigir(e, 'SUPABASE_PUBLISHABLE_KEY', porque),
      ...firma,
    };
  }
  if (e.POSTGREST_URL) {
    const porque = 'POSTGREST_URL está puesta';
    exigirFirma(e, porque);
    rechazarSobrantes(
      e,
      ['SUPABASE_SECRET_KEY', 'SUPABASE_PUBLISHABLE_KEY'],
      'sólo sirve junto con SUPABASE_URL',
    );
    return {
      modo: 'postgrest',
      postgrestUrl: e.POSTGREST_URL,
      databaseUrl: exigir(e, 'DATABASE_URL', porque),
      ...firma,
    };
  }
  rechazarSobrantes(
    e,
    [
      'DATABASE_URL',
      'SUPABASE_SECRET_KEY',
      'SUPABASE_PUBLISHABLE_KEY',
      'SUPABASE_JWT_SECRET',
      'SUPABASE_JWT_CLAVE',
    ],
    'falta SUPABASE_URL (o POSTGREST_URL); sin ninguna se usa la base embebida',
  );
  return { modo: 'embebido' };
}

function leerTwilio(e: Leido): Config['twilio'] {
  if (!parejaCompleta(e, 'TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN')) {
    rechazarSobrantes(e, ['TWILIO_API_URL'], 'faltan TWILIO_ACCOUNT_SID y TWILIO_AUTH_TOKEN');
    return null;
  }
  return {
    accountSid: e.TWILIO_ACCOUNT_SID ?? '',
    authToken: e.TWILIO_AUTH_TOKEN ?? '',
    apiUrl: e.TWILIO_API_URL ?? null,
  };
}

function leerAppDeMeta(e: Leido): Config['meta']['app'] {
  if (!parejaCompleta(e, 'META_APP_ID', 'META_APP_SECRET')) {
    rechazarSobrantes(e, ['META_CONFIG_ID'], 'faltan META_APP_ID y META_APP_SECRET');
    return null;
  }
  return { id: e.META_APP_ID ?? '', secreto: e.META_APP_SECRET ?? '' };
}

function leerOpenai(e: Leido): Config['openai'] {
  if (!e.OPENAI_API_KEY) {
    rechazarSobrantes(e, ['OPENAI_BASE_URL', 'OPENAI_MODELO'], 'falta OPENAI_API_KEY');
    return null;
  }
  return {
    apiKey: e.OPENAI_API_KEY,
    baseUrl: e.OPENAI_BASE_URL ?? null,
    modelo: e.OPENAI_MODELO ?? 'gpt-5-mini',
  };
}

function exigirProduccion(e: Leido, base: ConfigBase): void {
  const porque = 'ENTORNO=produccion la exige';
  exigir(e, 'SECRETO_SESION', porque);
  exigir(e, 'CLAVE_CIFRADO', porque);
  exigir(e, 'URL_PUBLICA', porque);
  if (!e.URL_PUBLICA?.startsWith('https://'))
    throw new ErrorConfiguracion('URL_PUBLICA: con ENTORNO=produccion debe empezar con https://');
  if (base.modo === 'embebido')
    throw falta(
      'SUPABASE_URL',
      'ENTORNO=produccion exige una base: SUPABASE_URL o POSTGREST_URL, y DATABASE_URL',
    );
}

function exigirFirma(e: Leido, porque: string): void {
  if (!e.SUPABASE_JWT_SECRET && !e.SUPABASE_JWT_CLAVE)
    throw falta('SUPABASE_JWT_CLAVE', `o SUPABASE_JWT_SECRET: ${porque}`);
}

function exigir<V extends Variable>(e: Leido, variable: V, porque: string): NonNullable<Leido[V]> {
  const valor = e[variable];
  if (valor === undefined || valor === null) throw falta(variable, porque);
  return valor;
}

function parejaCompleta(e: Leido, a: Variable, b: Variable): boolean {
  if (e[a] && !e[b]) throw falta(b, `${a} está puesta`);
  if (e[b] && !e[a]) throw falta(a, `${b} está puesta`);
  return Boolean(e[a] && e[b]);
}

function rechazarSobrantes(e: Leido, variables: Variable[], porque: string): void {
  const sobra = variables.find((v) => e[v] !== undefined);
  if (sobra) throw new ErrorConfiguracion(`${sobra} está puesta, pero ${porque}`);
}

function rechazarPoolerDeTransacciones(databaseUrl: string): void {
  // El pooler de transacciones acepta LISTEN y nunca entrega nada.
  if (new URL(databaseUrl).port === '6543')
    throw new ErrorConfiguracion(
      'DATABASE_URL: el puerto 6543 es el pooler de transacciones y no entrega avisos; usa la conexión directa o el pooler de sesión (5432)',
    );
}

function falta(variable: string, porque: string): ErrorConfiguracion {
  return new ErrorConfiguracion(`Falta ${variable}: ${porque}`);
}
