import { setTimeout as dormir } from 'node:timers/promises';
import { App, type Connection } from '@supabase/lite';
import { createPostgresConnection } from '@supabase/lite/postgres';
import { SignJWT } from 'jose';
import pg from 'pg';
import { crearVerificador, ROLES_PERMITIDOS } from './jwt.ts';
import { crearRpcLocal, type RpcLocal } from './rpc_local.ts';

aceptarAvisosDeNode();

/** La API de datos dentro del proceso: recibe una peticion de supabase-js y la contesta sin red. */
export interface ApiLocal {
  fetch: typeof globalThis.fetch;
  cerrar(): Promise<void>;
}

/** Direccion ficticia: nunca se abre un puerto para la API local. */
export const URL_API_LOCAL = 'http://nora.local';

/**
 * Columnas que ningun rol de cliente puede leer. Se comprueban despues de la primera peticion porque la
 * biblioteca, tal cual viene, reparte permisos sobre todo el esquema justo en ese momento.
 */
export const COLUMNAS_PROHIBIDAS = [
  ['configuracion_bot', 'credenciales_twilio'],
  ['meta_ads_cuentas', 'access_token'],
  ['usuarios', 'clave_hash'],
] as const;

/** De la biblioteca y, aparte, de las llamadas directas a funciones. */
const CONEXIONES = 8;
const TOPE_CIERRE_MS = 3000;

/** El muro entre inquilinos no esta en pie: el proceso no debe atender a nadie. */
export class ErrorMuro extends Error {
  override name = 'ErrorMuro';
}

/**
 * Monta la API de datos sobre una base ya migrada.
 * @param url conexion del rol `authenticator`: sin superusuario y sin ser dueño de nada.
 * @param pool conexion del dueño, para comprobar los permisos.
 * @throws ErrorMuro si tras la primera peticion un cliente puede leer una columna prohibida.
 */
export async function crearApiLocal(url: string, jwtSecreto: string, pool: pg.Pool): Promise<ApiLocal> {
  const conexion = createPostgresConnection({
    url,
    postgresOptions: {
      max: CONEXIONES,
      // La biblioteca ignora los limites por rol.
      connection: {
        application_name: 'nora_api',
        statement_timeout: 15_000,
        idle_in_transaction_session_timeout: 20_000,
      },
      types: { json: tipoJson(114), jsonb: tipoJson(3802), timestamptz: TIPO_INSTANTE },
      onnotice: () => {},
    },
  });
  // Campo privado, version fija: sin esto su primera peticion hace GRANT ALL a los roles de cliente.
  (conexion as unknown as { rlsState: string }).rlsState = 'active';
  callarErroresDeConsultas(conexion as unknown as ConErroresNormalizados);
  juntarContexto(conexion as unknown as ConContexto);
  const app = new App({
    connection: conexion as unknown as Connection,
    auth: { enabled: false, jwt_secret: jwtSecreto },
    options: { server: { disableStudio: true, disableFallback: true, apiKeys: false } },
  } as never);
  const verificar = crearVerificador(jwtSecreto);

  let rpc: RpcLocal | null = null;
  let cerrada = false;
  const enVuelo = new Set<Promise<Response>>();
  const api: ApiLocal = {
    async fetch(entrada, opciones) {
      const peticion = entrada instanceof Request ? entrada : null;
      const cabeceras = peticion?.headers ?? new Headers(opciones?.headers);
      const token = /^Bearer (.+)$/i.exec(cabeceras.get('authorization') ?? '')?.[1];
      const identidad = token ? await verificar(token) : null;
      if (!identidad) return rechazo();
      const ruta = direccionDe(entrada).slice(URL_API_LOCAL.length);
      if (!ruta.startsWith('/rest/v1/') || pideOtroEsquema(cabeceras)) return rechazo(404);
      const directa = rpc?.contestar({
        metodo: opciones?.method ?? 'GET',
        ruta,
        cabeceras,
        cuerpo: opciones?.body,
        identidad,
        senal: opciones?.signal,
      });
      if (directa) return directa;
      if (cerrada) return rechazo(503);
      return contar(enVuelo, app.fetch(peticion ?? new Request(entrada, opciones)));
    },
    cerrar: async () => {
      // Cortar una transacción a medias hace que la biblioteca lance una promesa que nadie atiende.
      cerrada = true;
      await conTope(Promise.allSettled([...enVuelo]));
      await Promise.allSettled([conTope(conexion.close()), rpc?.cerrar()]);
    },
  };
  try {
    await estrenar(app, jwtSecreto);
    await comprobarMuro(pool);
    rpc = await crearRpcLocal(url, CONEXIONES);
  } catch (e) {
    await api.cerrar();
    throw e;
  }
  return api;
}

/**
 * Comprueba que ningun rol de cliente lea las columnas prohibidas ni alcance el esquema interno.
 * @throws ErrorMuro
 */
export async function comprobarMuro(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ rol: string; tabla: string; columna: string }>(
    `select r.rolname rol, c.relname tabla, a.attname columna
       from unnest($1::text[], $2::text[]) p(tabla, columna)
       join pg_class c on c.relname = p.tabla and c.relnamespace = 'public'::regnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attname = p.columna and not a.attisdropped
       cross join pg_roles r
      where r.rolname in ('anon', 'authenticated', 'nora_panel')
        and has_column_privilege(r.oid, c.oid, a.attnum, 'select')`,
    [COLUMNAS_PROHIBIDAS.map((c) => c[0]), COLUMNAS_PROHIBIDAS.map((c) => c[1])],
  );
  const roto = rows[0];
  if (roto)
    throw new ErrorMuro(
      `El rol ${roto.rol} puede leer ${roto.tabla}.${roto.columna}: no arranco con el muro roto`,
    );
}

/** La biblioteca ya entrega los objetos como texto JSON; su serializador los codificaria otra vez. */
function tipoJson(oid: number) {
  return {
    to: oid,
    from: [oid],
    serialize: (v: unknown) => (typeof v === 'string' && esJson(v) ? v : JSON.stringify(v)),
    parse: (v: string): unknown => JSON.parse(v),
  };
}

function esJson(v: string): boolean {
  try {
    JSON.parse(v);
    return true;
  } catch {
    return false;
  }
}

/** Los instantes salen como los escribe PostgREST: `2026-11-20T23:46:33.519178+00:00`. */
const TIPO_INSTANTE = {
  to: 1184,
  from: [1184],
  serialize: (v: unknown) => (v instanceof Date ? v.toISOString() : String(v)),
  parse: (v: string) => v.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'),
};

interface ConContexto {
  applyJwtSessionContext(bd: ConConsultas, vars: { auth?: { role?: string; jwt?: unknown } }): Promise<void>;
  applyRpcRequestGucs(bd: ConConsultas): Promise<void>;
}

interface ConConsultas {
  executeQuery(consulta: object): Promise<unknown>;
}

/**
 * La biblioteca fija la identidad de cada peticion con hasta doce sentencias de dos viajes cada una; aqui van
 * en una sola. Medido: una llamada baja de 11-18 ms a 3-5. Lo que PostgREST ofrece y aqui no se usa
 * (cabeceras de la peticion, respuesta a la medida) no se fija.
 */
function juntarContexto(conexion: ConContexto): void {
  conexion.applyJwtSessionContext = async (bd, vars) => {
    const rol = vars.auth?.role ?? 'anon';
    if (!ROLES_PERMITIDOS.some((r) => r === rol)) throw new ErrorMuro(`Rol no permitido: ${rol}`);
    const datos = JSON.stringify(vars.auth?.jwt ?? { role: rol });
    await correrCrudo(
      bd,
      `select set_config('role', ${pg.escapeLiteral(rol)}, true), set_config('request.jwt.claims', ${pg.escapeLiteral(datos)}, true)`,
    );
  };
  conexion.applyRpcRequestGucs = () => Promise.resolve();
}

/** Sin parametros viaja como consulta simple: una ida y una vuelta. */
async function correrCrudo(bd: ConConsultas, sql: string): Promise<void> {
  await bd.executeQuery({
    sql,
    parameters: [],
    query: { kind: 'RawNode', sqlFragments: [sql], parameters: [] },
    queryId: { queryId: 'contexto' },
  });
}

interface ConErroresNormalizados {
  normalizeDbError(e: unknown): unknown;
}

/**
 * La biblioteca imprime con console.error cada error de PostgreSQL, con los valores de la fila en `detail`,
 * justo despues de normalizarlo. Quien consulta ya recibe el error: esa unica linea se calla.
 */
function callarErroresDeConsultas(conexion: ConErroresNormalizados): void {
  const normalizar = conexion.normalizeDbError.bind(conexion);
  conexion.normalizeDbError = (e) => {
    const real = console.error;
    const restaurar = () => {
      if (console.error === mudo) console.error = real;
    };
    const mudo = () => restaurar();
    const normalizado = normalizar(e);
    console.error = mudo;
    queueMicrotask(restaurar);
    return normalizado;
  };
}

/** Una primera peticion sin identidad: es la que dispararia el reparto de permisos. */
async function estrenar(app: { fetch(r: Request): Promise<Response> }, jwtSecreto: string): Promise<void> {
  const token = await new SignJWT({ role: 'anon' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(Buffer.from(jwtSecreto));
  const r = await app.fetch(
    new Request(`${URL_API_LOCAL}/rest/v1/`, { headers: { authorization: `Bearer ${token}` } }),
  );
  await r.arrayBuffer();
}

/** Como en PostgREST, solo se sirve `public`: `interno` no existe para la API. */
function pideOtroEsquema(cabeceras: Headers): boolean {
  return ['accept-profile', 'content-profile'].some((c) => (cabeceras.get(c) ?? 'public') !== 'public');
}

/** La misma promesa, apuntada mientras dura. */
function contar(enVuelo: Set<Promise<Response>>, trabajo: Promise<Response>): Promise<Response> {
  enVuelo.add(trabajo);
  const quitar = () => void enVuelo.delete(trabajo);
  trabajo.then(quitar, quitar);
  return trabajo;
}

function direccionDe(entrada: string | URL | Request): string {
  if (typeof entrada === 'string') return entrada;
  return entrada instanceof Request ? entrada.url : entrada.href;
}

/** Con la base colgada, la biblioteca esperaria para siempre a cerrar sus conexiones. */
function conTope(cierre: Promise<unknown>): Promise<unknown> {
  return Promise.race([cierre, dormir(TOPE_CIERRE_MS, undefined, { ref: false })]);
}

function rechazo(estado = 401): Response {
  return Response.json(
    { code: 'PGRST301', message: 'Identidad no permitida', details: null, hint: null },
    { status: estado },
  );
}

/**
 * @supabase/lite pone al cargarse un process.emitWarning que sólo entiende textos, y Node avisa también con errores (una fuga
 * de oyentes, algo obsoleto): ahí lanzaba un TypeError en medio de lo que se estuviera haciendo.
 */
function aceptarAvisosDeNode(): void {
  const avisar = process.emitWarning.bind(process) as (aviso: string, ...resto: unknown[]) => void;
  process.emitWarning = ((aviso: string | Error, ...resto: unknown[]) => {
    if (typeof aviso === 'string') return avisar(aviso, ...resto);
    const { name: type, message, code } = aviso as Error & { code?: string };
    avisar(message, { type, ...(code !== undefined && { code }) });
  }) as typeof process.emitWarning;
}
