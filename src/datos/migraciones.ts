import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { cargarConfig } from '../config.ts';
import { abrirEmbebido } from './embebido.ts';

/** Carpeta con el formato de la CLI de Supabase: `<version>_<nombre>.sql`, en orden alfabetico. */
export const CARPETA_MIGRACIONES = join(import.meta.dirname, '..', '..', 'supabase', 'migrations');

/** Una migracion no pudo aplicarse o cambió después de aplicada. */
export class ErrorMigracion extends Error {
  override name = 'ErrorMigracion';
}

/** La base no contesta o no deja entrar; `message` es una linea, sin la clave. */
export class ErrorConexion extends Error {
  override name = 'ErrorConexion';
}

export interface Migracion {
  nombre: string;
  sql: string;
  /** sha256 del texto con saltos de linea normalizados. */
  huella: string;
}

/**
 * Aplica lo que falte, cada archivo en su transaccion, y devuelve los nombres aplicados.
 * Varias instancias a la vez esperan su turno en un candado consultivo.
 * @param url conexion directa o de sesion del dueño de la base.
 * @throws ErrorMigracion o ErrorConexion
 */
export async function migrar(url: string, carpeta: string = CARPETA_MIGRACIONES): Promise<string[]> {
  const migraciones = leerMigraciones(carpeta);
  const cliente = await conectar(url);
  try {
    await cliente.query('select pg_advisory_lock(7202602)');
    await cliente.query(SQL_REGISTRO);
    await adoptarDeLaCli(cliente, migraciones);
    const { rows } = await cliente.query<{ nombre: string; huella: string }>(
      'select nombre, huella from interno.migraciones',
    );
    const aplicadas = new Map(rows.map((r) => [r.nombre, r.huella]));
    const nuevas: string[] = [];
    for (const m of migraciones) {
      const huella = aplicadas.get(m.nombre);
      if (huella === m.huella) continue;
      if (huella !== undefined)
        throw new ErrorMigracion(
          `${m.nombre} cambió después de aplicarse: deshaz el cambio y agrega otra migración`,
        );
      await aplicar(cliente, m);
      nuevas.push(m.nombre);
    }
    // PostgREST guarda el catalogo en memoria; en los otros modos nadie escucha este canal.
    if (nuevas.length) await cliente.query(`notify pgrst, 'reload schema'`);
    return nuevas;
  } finally {
    await cliente.end();
  }
}

/** Crear el cliente también puede fallar: ahí se lee el certificado de `sslrootcert`. */
async function conectar(url: string): Promise<pg.Client> {
  try {
    const cliente = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
    // Si se corta, la consulta en curso ya lo dice; sin quien oiga el aviso, el proceso moriria.
    cliente.on('error', () => {});
    await cliente.connect();
    return cliente;
  } catch (error) {
    const e = error as Error & { code?: string };
    const porque = [e.code, e.message].filter(Boolean).join(': ');
    throw new ErrorConexion(`DATABASE_URL: no pude entrar a la base (${porque})`);
  }
}

/** Lee las migraciones de una carpeta, en orden. */
export function leerMigraciones(carpeta: string = CARPETA_MIGRACIONES): Migracion[] {
  return readdirSync(carpeta)
    .filter((n) => n.endsWith('.sql'))
    .sort()
    .map((nombre) => {
      const sql = readFileSync(join(carpeta, nombre), 'utf8').replaceAll('\r\n', '\n');
      return { nombre, sql, huella: createHash('sha256').update(sql).digest('hex') };
    });
}

const SQL_REGISTRO = `
create schema if not exists interno;
revoke all on schema interno from public;
create table if not exists interno.migraciones (
  nombre text primary key,
  huella text not null,
  aplicada timestamptz not null default now()
);
alter table interno.migraciones enable row level security;
`;

/**
 * La CLI de Supabase (`supabase start`, `db push`) aplica esta misma carpeta y lo apunta en un registro suyo: sin adoptarlo, la
 * primera se repetiría y fallaría en cada arranque. Ella no guarda suma, así que lo adoptado lleva la del archivo de hoy: un
 * cambio anterior no se nota, y desde aquí detiene el arranque como siempre.
 */
async function adoptarDeLaCli(cliente: pg.Client, migraciones: Migracion[]): Promise<void> {
  // Si quien migra no puede leer ese registro, tampoco es dueño de lo que la CLI haya creado.
  const { rowCount } = await cliente.query(`
    select from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'supabase_migrations' and c.relname = 'schema_migrations'
       and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')`);
  if (!rowCount) return;
  // Con nombre y no sólo versión: un proyecto compartido puede tener migraciones ajenas. Las CLI viejas no tenían esa columna.
  await cliente.query(
    `insert into interno.migraciones (nombre, huella)
     select m.nombre, m.huella from jsonb_to_recordset($1) m(nombre text, huella text)
       join supabase_migrations.schema_migrations s on s.version || '_' || (to_jsonb(s) ->> 'name') || '.sql' = m.nombre
     on conflict do nothing`,
    [JSON.stringify(migraciones.map(({ nombre, huella }) => ({ nombre, huella })))],
  );
}

async function aplicar(cliente: pg.Client, m: Migracion): Promise<void> {
  try {
    await cliente.query('begin');
    await cliente.query(m.sql);
    await cliente.query('insert into interno.migraciones (nombre, huella) values ($1, $2)', [
      m.nombre,
      m.huella,
    ]);
    await cliente.query('commit');
  } catch (e) {
    await cliente.query('rollback');
    throw new ErrorMigracion(`${m.nombre}${lineaDelError(m.sql, e)}: ${(e as Error).message}`);
  }
}

/** PostgreSQL dice el caracter; a quien la escribe le sirve la linea. */
function lineaDelError(sql: string, e: unknown): string {
  const posicion = Number((e as { position?: string }).position);
  return posicion > 0 ? `:${sql.slice(0, posicion).split('\n').length}` : '';
}

/** `npm run migrar`: aplica lo pendiente a la base configurada, sin arrancar la aplicacion. */
async function principal(): Promise<void> {
  const config = cargarConfig();
  const servidor = config.base.modo === 'embebido' ? await abrirEmbebido(config.datosDir) : null;
  try {
    const nuevas = await migrar(servidor?.urlDueno ?? config.base.databaseUrl ?? '');
    console.log(nuevas.length ? `Aplicadas: ${nuevas.join(', ')}` : 'Nada que aplicar');
  } finally {
    await servidor?.soltar();
  }
}

if (process.argv[1] === import.meta.filename) await principal();
