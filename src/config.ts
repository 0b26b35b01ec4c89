import { existsSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { join, resolve } from 'node:path';
import {
  type ClaveJwt,
  type Entorno,
  ErrorConfiguracion,
  type Leido,
  PRECIOS_DE_FABRICA,
  type PreciosIA,
  type Variable,
  validar,
} from './config_entorno.ts';
import { abrirSecretos } from './datos/secretos.ts';

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

/** Donde está el programa, y no desde dónde se corre: cron lo corre desde la casa de quien sea, y ahí no hay `.env` ni datos. */
const PROYECTO = join(import.meta.dirname, '..');

/**
 * Lee `.env.local` y `.env` de `carpeta` y el entorno del proceso, y devuelve la configuracion. Sin decir cuál, la del
 * proyecto o la de NORA_CARPETA; las rutas relativas parten de ella.
 * Gana el entorno real, luego `.env.local`, luego `.env`: `loadEnvFile` nunca pisa lo que ya existe.
 * @throws ErrorConfiguracion con una linea que nombra la variable culpable.
 */
export function cargarConfig(carpeta: string = resolve(process.env['NORA_CARPETA'] || PROYECTO)): Config {
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
export function leerConfig(entorno: Entorno, carpeta: string = PROYECTO): Config {
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

function leerBase(e: Leido): ConfigBase {
  if (e.SUPABASE_URL && e.POSTGREST_URL)
    throw new ErrorConfiguracion('SUPABASE_URL y POSTGREST_URL: deja sólo una, son dos formas distintas');
  if (e.SUPABASE_JWT_SECRET && e.SUPABASE_JWT_CLAVE)
    throw new ErrorConfiguracion('SUPABASE_JWT_SECRET y SUPABASE_JWT_CLAVE: deja sólo una');
  if (e.DATABASE_URL) {
    rechazarPoolerDeTransacciones(e.DATABASE_URL);
    exigirCifrado(e.DATABASE_URL);
  }
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
  // Con localhost arrancaría para fallar en todo: ninguna firma coincide y Twilio no tiene a dónde avisar.
  if (!e.TWILIO_API_URL)
    exigir(e, 'URL_PUBLICA', 'TWILIO_ACCOUNT_SID está puesta, y Twilio entrega y firma con esa dirección');
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

/**
 * pg no cifra si no se le pide (libpq sí lo intenta) y un Supabase recién creado acepta conexiones en claro: sesiones,
 * encargos y respaldos saldrían así a internet. `sslmode=disable` dicho a propósito vale: una VPN puede tener nombre público.
 */
function exigirCifrado(databaseUrl: string): void {
  const { hostname, searchParams } = new URL(databaseUrl);
  if (['sslmode', 'sslrootcert', 'ssl'].some((p) => searchParams.has(p))) return;
  if (esRedPropia(searchParams.get('host') ?? decodeURIComponent(hostname))) return;
  throw new ErrorConfiguracion(
    'DATABASE_URL: ese servidor no está en tu red y la conexión iría sin cifrar; agrégale ?sslmode=verify-full&sslrootcert=/ruta/al/certificado.crt (en Supabase se baja en Database Settings › SSL Configuration; sin sslrootcert si su autoridad es pública), o ?sslmode=disable si el camino ya es privado',
  );
}

const REDES_PROPIAS = new BlockList();
for (const [red, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  REDES_PROPIAS.addSubnet(red, bits);
for (const [red, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  REDES_PROPIAS.addSubnet(red, bits, 'ipv6');

/** Un socket de Unix, esta máquina, un nombre de compose o de un clúster, o una dirección que internet no encamina. */
function esRedPropia(servidor: string): boolean {
  const s = servidor.toLowerCase().replace(/^\[(.+)\]$/, '$1');
  const ip = isIP(s);
  if (ip) return REDES_PROPIAS.check(s, ip === 6 ? 'ipv6' : 'ipv4');
  return s.startsWith('/') || !s.includes('.') || /\.(localhost|local|internal|lan|svc|home\.arpa)$/.test(s);
}

function falta(variable: string, porque: string): ErrorConfiguracion {
  return new ErrorConfiguracion(`Falta ${variable}: ${porque}`);
}
