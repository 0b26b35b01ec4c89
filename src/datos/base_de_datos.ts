import { setTimeout as dormir } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import type { Config, ModoBase } from '../config.ts';
import { type ApiLocal, comprobarMuro, crearApiLocal } from './api_local.ts';
import { type Avisos, crearAvisos } from './avisos.ts';
import { type ClienteBd, type Clientes, crearClientes } from './clientes.ts';
import { abrirEmbebido, type ServidorEmbebido } from './embebido.ts';
import { migrar } from './migraciones.ts';

export type { ClienteBd } from './clientes.ts';

/** La base de datos vista por la aplicacion, igual en los tres modos. */
export interface BaseDeDatos {
  /** Pasa por encima del muro entre noras: webhook, trabajos y administracion. */
  servicio: ClienteBd;
  /** Solo ve y toca lo de esa nora, aunque la consulta olvide el filtro. */
  deNora(nombre_nora: string): ClienteBd;
  /** Conexiones directas: migraciones, sesiones, pg-boss, avisos, sockets y respaldos. Nada mas. */
  pool: pg.Pool;
  /** LISTEN; tras una reconexion llama `fn('resincronizar')`. Devuelve como dejar de escuchar. */
  escuchar(canal: string, fn: (carga: string) => void): Promise<() => void>;
  /** NOTIFY sin carga, fuera de toda transaccion y juntado: como mucho uno por canal cada 5 ms. */
  avisar(canal: string): void;
  estado(): Promise<EstadoBase>;
  cerrar(): Promise<void>;
}

export interface EstadoBase {
  ok: boolean;
  modo: ModoBase;
  detalle?: string;
  version?: string;
  /** Fraccion ocupada de la cola de avisos de PostgreSQL, de 0 a 1. */
  colaAvisos?: number;
}

/**
 * Abre la base: arranca o adopta la embebida, migra, y monta la API de datos y los avisos.
 * @throws ErrorEmbebido, ErrorMigracion, ErrorMuro o ErrorSordera, cada uno con una linea que dice que hacer.
 */
export async function crearBaseDeDatos(
  config: Config,
  log: Logger,
  carpetaMigraciones?: string,
): Promise<BaseDeDatos> {
  const { base } = config;
  // Lo abierto se cierra al reves aunque falle a la mitad: un arranque fallido no deja PostgreSQL corriendo.
  const abierto: (() => Promise<unknown>)[] = [];
  try {
    const servidor =
      base.modo === 'embebido' && !base.databaseUrl
        ? await abrirEmbebido(config.datosDir, { procesos: config.procesosWeb })
        : null;
    if (servidor) abierto.push(() => servidor.soltar());
    const urls = elegirUrls(config, servidor);
    const aplicadas = await migrar(urls.dueno, carpetaMigraciones);
    if (aplicadas.length) log.info({ aplicadas }, 'migraciones aplicadas');

    const pool = crearPool(urls.dueno, log);
    abierto.push(() => pool.end());
    const apiLocal = base.modo === 'embebido' ? await abrirApi(config, urls.autenticador, pool) : null;
    if (apiLocal) abierto.push(() => apiLocal.cerrar());
    else await comprobarMuro(pool);
    const clientes = await crearClientes(config, apiLocal);
    if (!apiLocal) await esperarApi(clientes, base.modo === 'supabase' ? 'SUPABASE_URL' : 'POSTGREST_URL');
    const avisos = await crearAvisos(urls.dueno, pool, log);
    abierto.push(() => avisos.cerrar());
    return armar(base.modo, pool, clientes, avisos, () => cerrarTodo(abierto));
  } catch (e) {
    await cerrarTodo(abierto).catch(() => {});
    throw e;
  }
}

/** La API de datos no contesta o no acepta nuestra firma; `message` es una linea. */
export class ErrorApiDeDatos extends Error {
  override name = 'ErrorApiDeDatos';
}

/** Tras migrar, la API tarda un momento en ver las tablas nuevas; una firma ajena se nota aqui y no en la primera visita. */
async function esperarApi(clientes: Clientes, variable: string): Promise<void> {
  for (const cliente of [clientes.servicio, clientes.deNora('nora-que-no-existe')]) {
    for (let intento = 0; ; intento++) {
      const { error } = await cliente.from('configuracion_bot').select('nombre_nora').limit(1);
      if (!error) break;
      if (error.code === 'PGRST301' || error.code === 'PGRST302')
        throw new ErrorApiDeDatos(
          `${variable} no acepta la firma: revisa SUPABASE_JWT_SECRET o SUPABASE_JWT_CLAVE y las llaves del proyecto`,
        );
      if (intento >= 30)
        throw new ErrorApiDeDatos(
          `${variable} no sirve los datos: ${error.code || ''} ${error.message}`.trim(),
        );
      await dormir(500);
    }
  }
}

function armar(
  modo: ModoBase,
  pool: pg.Pool,
  clientes: Clientes,
  avisos: Avisos,
  cerrar: () => Promise<void>,
): BaseDeDatos {
  let cierre: Promise<void> | null = null;
  return {
    servicio: clientes.servicio,
    deNora: (nombre_nora) => clientes.deNora(nombre_nora),
    pool,
    escuchar: (canal, fn) => avisos.escuchar(canal, fn),
    avisar: (canal) => avisos.avisar(canal),
    async estado() {
      try {
        const { rows } = await pool.query<{ version: string; cola: number }>(
          `select current_setting('server_version') as version, pg_notification_queue_usage() as cola`,
        );
        const fila = rows[0];
        return {
          ok: avisos.conectado(),
          modo,
          ...(!avisos.conectado() && { detalle: 'sin conexión de avisos' }),
          ...(fila && { version: fila.version, colaAvisos: fila.cola }),
        };
      } catch (e) {
        return { ok: false, modo, detalle: (e as { code?: string }).code ?? 'sin conexión' };
      }
    },
    cerrar: () => (cierre ??= cerrar()),
  };
}

function elegirUrls(
  config: Config,
  servidor: ServidorEmbebido | null,
): { dueno: string; autenticador: string } {
  if (servidor) return { dueno: servidor.urlDueno, autenticador: servidor.urlAutenticador };
  return { dueno: config.base.databaseUrl ?? '', autenticador: config.base.autenticadorUrl ?? '' };
}

function abrirApi(config: Config, url: string, pool: pg.Pool): Promise<ApiLocal> {
  return crearApiLocal(url, config.base.jwtSecreto ?? '', pool);
}

function crearPool(url: string, log: Logger): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: 6,
    application_name: 'nora',
    connectionTimeoutMillis: 4000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
  });
  // Una conexion que se cae emite 'error' y, sin quien lo oiga, tumba el proceso; el pool solo oye a las ociosas, y lo repite.
  pool.on('connect', (cliente) =>
    cliente.on('error', (err) => log.warn({ err }, 'se cayó una conexión a la base')),
  );
  pool.on('error', () => {});
  return pool;
}

async function cerrarTodo(abierto: (() => Promise<unknown>)[]): Promise<void> {
  for (const cerrar of abierto.splice(0).reverse()) await cerrar();
}
