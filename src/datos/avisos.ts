import pg from 'pg';
import type { Logger } from 'pino';
import { esSqlstate } from './errores_bd.ts';

/** LISTEN/NOTIFY de un proceso: una conexion que escucha, y avisos juntados para no frenar los commits. */
export interface Avisos {
  escuchar(canal: string, fn: (carga: string) => void): Promise<() => void>;
  avisar(canal: string): void;
  /** ¿La conexion que escucha esta abierta? */
  conectado(): boolean;
  cerrar(): Promise<void>;
}

/** El canal no entrega nada: casi siempre, un pooler de transacciones delante de la base. */
export class ErrorSordera extends Error {
  override name = 'ErrorSordera';
}

const JUNTAR_MS = 5;
const ESPERA_MAXIMA_MS = 5000;

/**
 * Abre la conexion que escucha y comprueba que oye.
 * @throws ErrorSordera si un aviso propio no llega en 5 s.
 */
export async function crearAvisos(url: string, pool: pg.Pool, log: Logger): Promise<Avisos> {
  const oyentes = new Map<string, Set<(carga: string) => void>>();
  const pendientes = new Map<string, NodeJS.Timeout>();
  let cliente: pg.Client | null = null;
  let cerrado = false;
  let reintento: NodeJS.Timeout | undefined;
  let cola: Promise<unknown> = Promise.resolve();

  /** Una sentencia a la vez: pg no admite encimarlas en una misma conexion. */
  function enCola(sentencia: string): Promise<void> {
    const turno = cola.then(async () => {
      try {
        await cliente?.query(sentencia);
      } catch (e) {
        // Si se cayó la conexion, la que la reemplace vuelve a escuchar todos los canales.
        if (esSqlstate((e as { code?: unknown }).code) && cliente) throw e;
      }
    });
    cola = turno.catch(() => {});
    return turno;
  }

  async function conectar(): Promise<void> {
    const nuevo = new pg.Client({
      connectionString: url,
      application_name: 'nora_avisos',
      keepAlive: true,
      connectionTimeoutMillis: 5000,
    });
    nuevo.on('notification', (n) => repartir(n.channel, n.payload ?? ''));
    nuevo.on('error', () => perdida(nuevo));
    nuevo.on('end', () => perdida(nuevo));
    try {
      await nuevo.connect();
      for (const canal of oyentes.keys()) await nuevo.query(`listen ${canal}`);
    } catch (e) {
      nuevo.removeAllListeners('end');
      nuevo.end().catch(() => {});
      throw e;
    }
    if (cerrado) return nuevo.end();
    cliente = nuevo;
  }

  function repartir(canal: string, carga: string): void {
    for (const fn of oyentes.get(canal) ?? []) {
      try {
        fn(carga);
      } catch (err) {
        log.error({ err, canal }, 'fallo quien escuchaba un aviso');
      }
    }
  }

  function perdida(quien: pg.Client): void {
    if (cliente !== quien || cerrado) return;
    cliente = null;
    log.warn('se perdió la conexión de avisos; reconectando');
    reconectar(100);
  }

  function reconectar(espera: number): void {
    if (cerrado) return;
    reintento = setTimeout(() => {
      conectar().then(
        () => {
          log.info('conexión de avisos recuperada');
          for (const canal of oyentes.keys()) repartir(canal, 'resincronizar');
        },
        () => reconectar(Math.min(espera * 2, ESPERA_MAXIMA_MS)),
      );
    }, espera);
  }

  function mandar(canal: string): void {
    pendientes.delete(canal);
    // Un aviso perdido no es un error: todo el que escucha tiene ademas un barrido.
    pool.query('select pg_notify($1, $2)', [canal, '']).catch((err: unknown) => {
      if (!cerrado) log.debug({ err, canal }, 'aviso no enviado');
    });
  }

  const avisos: Avisos = {
    async escuchar(canal, fn) {
      exigirCanal(canal);
      const grupo = oyentes.get(canal) ?? new Set();
      oyentes.set(canal, grupo);
      grupo.add(fn);
      // El segundo oyente espera al LISTEN del primero: al volver, ya se oye.
      await (grupo.size === 1 ? enCola(`listen ${canal}`) : cola);
      return () => {
        grupo.delete(fn);
        if (grupo.size > 0 || oyentes.get(canal) !== grupo) return;
        oyentes.delete(canal);
        enCola(`unlisten ${canal}`).catch(() => {});
      };
    },
    avisar(canal) {
      exigirCanal(canal);
      if (cerrado || pendientes.has(canal)) return;
      pendientes.set(
        canal,
        setTimeout(() => mandar(canal), JUNTAR_MS),
      );
    },
    conectado: () => cliente !== null,
    async cerrar() {
      for (const [canal, reloj] of pendientes) {
        clearTimeout(reloj);
        mandar(canal);
      }
      cerrado = true;
      clearTimeout(reintento);
      await cliente?.end().catch(() => {});
      cliente = null;
    },
  };

  await conectar();
  try {
    await probarOido(avisos);
  } catch (e) {
    await avisos.cerrar();
    throw e;
  }
  return avisos;
}

/** LISTEN no admite parametros: el nombre va tal cual en la sentencia. */
function exigirCanal(canal: string): void {
  if (!/^[a-z][a-z0-9_]{0,59}$/.test(canal)) throw new TypeError(`Canal invalido: ${canal}`);
}

async function probarOido(avisos: Avisos): Promise<void> {
  const canal = `nora_oido_${process.pid}`;
  const oido = Promise.withResolvers<void>();
  const dejar = await avisos.escuchar(canal, () => oido.resolve());
  const reloj = setTimeout(
    () =>
      oido.reject(
        new ErrorSordera(
          'DATABASE_URL no entrega avisos (LISTEN): usa la conexión directa o el pooler de sesión',
        ),
      ),
    5000,
  );
  avisos.avisar(canal);
  try {
    await oido.promise;
  } finally {
    clearTimeout(reloj);
    dejar();
  }
}
