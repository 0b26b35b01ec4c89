import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Pool, PoolClient } from 'pg';
import type { Contexto } from '../contexto.ts';
import { columnasDe } from '../admin/tablas.ts';
import { ErrorAdjunto } from './adjuntos.ts';

/** Un respaldo que no se puede usar; `message` es una línea que dice por qué y qué hacer. */
export class ErrorRespaldo extends Error {
  override name = 'ErrorRespaldo';
}

export interface ParteTabla {
  tabla: string;
  archivo: string;
  filas: number;
  sha256: string;
}

export interface Manifiesto {
  formato: 'nora/respaldo';
  version: 1;
  cuando: string;
  postgres: string;
  migraciones: { nombre: string; huella: string }[];
  tablas: ParteTabla[];
  archivos: { ruta: string; sha256: string; bytes: number; tipo: string }[];
  /** Archivos que la base nombra y el almacén ya no tiene. */
  perdidos: string[];
  leeme: string;
}

/** Renglones a la vez, al copiar y al reponer. */
export const LOTE = 500;
const LEEME =
  'Los valores cifrados (credenciales de Twilio, tokens de anuncios, doble paso) sólo abren con la misma CLAVE_CIFRADO con la que se guardaron: ' +
  'guárdala aparte, porque no está aquí. No incluye sesiones abiertas, intentos de entrada ni trabajos en cola.';
const NOMBRE = /^respaldo_\d{8}T\d{6}Z$/;
const A_MEDIAS = /^\.(respaldo_\d{8}T\d{6}Z)\.parcial$/;
const UN_DIA_MS = 24 * 3600_000;

/**
 * Copia todas las tablas en una sola foto (REPEATABLE READ) y los archivos que nombra, con sumas. La carpeta aparece con
 * su nombre sólo cuando está completa.
 */
export async function crearRespaldo(
  ctx: Pick<Contexto, 'bd' | 'adjuntos'>,
  dir: string,
): Promise<{ carpeta: string; filas: number; archivos: number; perdidos: number }> {
  const nombre = nombreDe(new Date());
  const temporal = join(dir, `.${nombre}.parcial`);
  await quitarAbandonados(dir);
  await mkdir(join(temporal, 'tablas'), { recursive: true, mode: 0o700 });
  try {
    const { tablas, migraciones, postgres, adjuntos } = await copiarTablas(
      ctx.bd.pool,
      join(temporal, 'tablas'),
    );
    const { archivos, perdidos } = await copiarArchivos(ctx, adjuntos, join(temporal, 'archivos'));
    const manifiesto: Manifiesto = {
      formato: 'nora/respaldo',
      version: 1,
      cuando: new Date().toISOString(),
      postgres,
      migraciones,
      tablas,
      archivos,
      perdidos,
      leeme: LEEME,
    };
    await writeFile(join(temporal, 'manifiesto.json'), `${JSON.stringify(manifiesto, null, 2)}\n`, {
      mode: 0o600,
    });
    const carpeta = join(dir, nombre);
    await rename(temporal, carpeta);
    return {
      carpeta,
      filas: tablas.reduce((n, t) => n + t.filas, 0),
      archivos: archivos.length,
      perdidos: perdidos.length,
    };
  } catch (error) {
    await rm(temporal, { recursive: true, force: true });
    throw error;
  }
}

function nombreDe(cuando: Date): string {
  return `respaldo_${cuando.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '')}`;
}

/** Lo que dejó a medias un proceso que mataron; el de hoy puede ser de otro que sigue trabajando. */
async function quitarAbandonados(dir: string): Promise<void> {
  const limite = nombreDe(new Date(Date.now() - UN_DIA_MS));
  for (const carpeta of await readdir(dir).catch(() => [])) {
    const nombre = A_MEDIAS.exec(carpeta)?.[1];
    if (nombre && nombre < limite) await rm(join(dir, carpeta), { recursive: true, force: true });
  }
}

/** Deja los `cuantos` respaldos más nuevos. Sólo toca carpetas con nombre de respaldo. */
export async function podarRespaldos(dir: string, cuantos: number): Promise<string[]> {
  const sobran = (await readdir(dir))
    .filter((n) => NOMBRE.test(n))
    .sort()
    .reverse()
    .slice(cuantos);
  for (const nombre of sobran) await rm(join(dir, nombre), { recursive: true, force: true });
  return sobran;
}

async function copiarTablas(pool: Pool, destino: string) {
  const cliente = await pool.connect();
  try {
    await cliente.query('begin transaction isolation level repeatable read read only');
    const tablas: ParteTabla[] = [];
    for (const tabla of await tablasPublicas(cliente))
      tablas.push(await copiarTabla(cliente, tabla, destino));
    const { rows: migraciones } = await cliente.query<{ nombre: string; huella: string }>(
      'select nombre, huella from interno.migraciones order by nombre',
    );
    const { rows: adjuntos } = await cliente.query<{ ruta: string; tipo: string }>(
      `select distinct on (ruta) ruta, tipo from (
         select ruta, tipo from public.adjuntos union all select ruta, 'text/csv' from public.importaciones_contactos) z
        where ruta is not null order by ruta`,
    );
    const { rows } = await cliente.query<{ v: string }>(`select current_setting('server_version') as v`);
    await cliente.query('commit');
    cliente.release();
    return { tablas, migraciones, adjuntos, postgres: rows[0]?.v ?? '' };
  } catch (error) {
    cliente.release(error as Error);
    throw error;
  }
}

export async function tablasPublicas(cliente: PoolClient): Promise<string[]> {
  const { rows } = await cliente.query<{ tabla: string }>(
    `select relname as tabla from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
  );
  return rows.map((r) => r.tabla);
}

async function copiarTabla(cliente: PoolClient, tabla: string, destino: string): Promise<ParteTabla> {
  const columnas = await columnasDe(cliente, tabla, { secretas: true });
  const huella = createHash('sha256');
  let filas = 0;
  async function* lineas(): AsyncGenerator<string> {
    await cliente.query(
      `declare respaldo no scroll cursor for select row_to_json(t)::text as fila from (select ${columnas} from public."${tabla}") t`,
    );
    for (;;) {
      const { rows } = await cliente.query<{ fila: string }>(`fetch ${LOTE} from respaldo`);
      filas += rows.length;
      if (rows.length > 0) {
        const texto = rows.map((r) => `${r.fila}\n`).join('');
        huella.update(texto);
        yield texto;
      }
      if (rows.length < LOTE) break;
    }
    await cliente.query('close respaldo');
  }
  const archivo = `${tabla}.ndjson.gz`;
  await pipeline(
    Readable.from(lineas()),
    createGzip(),
    createWriteStream(join(destino, archivo), { mode: 0o600 }),
  );
  return { tabla, archivo, filas, sha256: huella.digest('hex') };
}

async function copiarArchivos(
  ctx: Pick<Contexto, 'adjuntos'>,
  adjuntos: { ruta: string; tipo: string }[],
  destino: string,
): Promise<Pick<Manifiesto, 'archivos' | 'perdidos'>> {
  const archivos: Manifiesto['archivos'] = [];
  const perdidos: string[] = [];
  for (const { ruta, tipo } of adjuntos) {
    try {
      const flujo = await ctx.adjuntos.leer(ruta);
      const huella = createHash('sha256');
      let bytes = 0;
      const medir = new PassThrough();
      medir.on('data', (trozo: Buffer) => {
        huella.update(trozo);
        bytes += trozo.length;
      });
      await mkdir(dirname(join(destino, ruta)), { recursive: true, mode: 0o700 });
      await pipeline(flujo, medir, createWriteStream(join(destino, ruta), { mode: 0o600 }));
      archivos.push({ ruta, tipo, bytes, sha256: huella.digest('hex') });
    } catch (error) {
      if (!(error instanceof ErrorAdjunto && error.codigo === 'no_existe')) throw error;
      perdidos.push(ruta);
    }
  }
  return { archivos, perdidos };
}
