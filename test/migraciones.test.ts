import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { pino } from 'pino';
import { leerConfig } from '../src/config.ts';
import { crearBaseDeDatos } from '../src/datos/base_de_datos.ts';
import {
  CARPETA_MIGRACIONES,
  ErrorConexion,
  ErrorMigracion,
  leerMigraciones,
  migrar,
} from '../src/datos/migraciones.ts';
import { sqlRoles } from '../src/datos/roles.ts';
import { enBase, prepararBase } from './apoyo/base.ts';
import { faltasDelCatalogo, fotoDePermisos } from './apoyo/catalogo.ts';

const raiz = mkdtempSync(join(tmpdir(), 'nora-migraciones-'));
chmodSync(raiz, 0o711);
after(() => rmSync(raiz, { recursive: true, force: true }));

async function con<T>(url: string, fn: (c: pg.Client) => Promise<T>): Promise<T> {
  const c = new pg.Client(url);
  await c.connect();
  try {
    return await fn(c);
  } finally {
    await c.end();
  }
}

function carpetaCon(archivos: Record<string, string>): string {
  const carpeta = mkdtempSync(join(raiz, 'm-'));
  for (const [nombre, sql] of Object.entries(archivos)) writeFileSync(join(carpeta, nombre), sql);
  return carpeta;
}

describe('migrador', () => {
  const vacia = carpetaCon({});

  test('aplica lo nuevo en orden y la segunda corrida no cambia nada', async () => {
    const base = await prepararBase({}, vacia);
    const carpeta = carpetaCon({
      '2_b.sql': 'insert into t values (2)',
      '1_a.sql': 'create table t (n int)',
    });
    assert.deepEqual(await migrar(base.url, carpeta), ['1_a.sql', '2_b.sql']);
    assert.deepEqual(await migrar(base.url, carpeta), []);
    writeFileSync(join(carpeta, '3_c.sql'), 'insert into t values (3)');
    assert.deepEqual(await migrar(base.url, carpeta), ['3_c.sql']);
    const filas = await con(base.url, (c) => c.query('select n from t order by n'));
    assert.deepEqual(filas.rows, [{ n: 2 }, { n: 3 }]);
    await base.cerrar();
  });

  test('si la base no contesta se dice en una línea que nombra la variable y no la clave', async () => {
    await assert.rejects(
      migrar('postgresql://u:mi-clave@127.0.0.1:1/x'),
      (e) =>
        e instanceof ErrorConexion &&
        /^DATABASE_URL: .*ECONNREFUSED/.test(e.message) &&
        !/mi-clave|\n/.test(e.message),
    );
  });

  test('la que falla no deja nada a medias y dice archivo y renglón', async () => {
    const base = await prepararBase({}, vacia);
    const carpeta = carpetaCon({ '1_a.sql': 'create table t (n int);\n\nselect no_existe;\n' });
    await assert.rejects(
      migrar(base.url, carpeta),
      (e) => e instanceof ErrorMigracion && /^1_a\.sql:3: .*no_existe/.test(e.message),
    );
    const hay = await con(base.url, (c) => c.query(`select to_regclass('t') t`));
    assert.deepEqual(hay.rows, [{ t: null }]);
    await base.cerrar();
  });

  test('una aplicada que cambió detiene el arranque con su nombre', async () => {
    const base = await prepararBase({}, vacia);
    const carpeta = carpetaCon({ '1_a.sql': 'select 1' });
    await migrar(base.url, carpeta);
    writeFileSync(join(carpeta, '1_a.sql'), 'select 2');
    await assert.rejects(
      migrar(base.url, carpeta),
      (e) => e instanceof ErrorMigracion && /1_a\.sql cambió/.test(e.message),
    );
    await base.cerrar();
  });

  test('lo que ya aplicó la CLI de Supabase se adopta, y desde ahí se vigila; lo ajeno no', async () => {
    const base = await prepararBase({}, vacia);
    const primera = 'create table t (n int)';
    const carpeta = carpetaCon({ '1_a.sql': primera, '2_b.sql': 'insert into t values (2)' });
    await con(base.url, async (c) => {
      await c.query(primera);
      await comoLaCli(c, [
        ['1', 'a', primera],
        ['2', 'de_otra_aplicacion', 'select 1'],
      ]);
    });
    assert.deepEqual(await migrar(base.url, carpeta), ['2_b.sql']);
    assert.deepEqual(await migrar(base.url, carpeta), []);
    writeFileSync(join(carpeta, '3_c.sql'), 'select no_existe');
    await con(base.url, (c) => comoLaCli(c, [['3', 'c', 'select 3']]));
    assert.deepEqual(await migrar(base.url, carpeta), [], 'un db push posterior también se adopta');
    writeFileSync(join(carpeta, '1_a.sql'), 'select 2');
    await assert.rejects(
      migrar(base.url, carpeta),
      (e) => e instanceof ErrorMigracion && /1_a\.sql cambió/.test(e.message),
    );
    await base.cerrar();
  });

  test('cuatro procesos a la vez la aplican una sola vez', async () => {
    const base = await prepararBase({}, vacia);
    const carpeta = carpetaCon({ '1_a.sql': 'create table t (n int); select pg_sleep(0.1)' });
    const r = await Promise.all([1, 2, 3, 4].map(() => migrar(base.url, carpeta)));
    assert.deepEqual(r.flat(), ['1_a.sql']);
    await base.cerrar();
  });
});

/** El registro que deja la CLI de Supabase (pkg/migration/history.go). */
async function comoLaCli(
  c: pg.Client,
  filas: [version: string, nombre: string, sql: string][],
): Promise<void> {
  await c.query(`
    create schema if not exists supabase_migrations;
    create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
    alter table supabase_migrations.schema_migrations add column if not exists statements text[];
    alter table supabase_migrations.schema_migrations add column if not exists name text;`);
  for (const [version, nombre, sql] of filas)
    await c.query(
      'insert into supabase_migrations.schema_migrations (version, name, statements) values ($1, $2, $3)',
      [version, nombre, [sql]],
    );
}

describe('migraciones en el PostgreSQL embebido', () => {
  test('aplican completas, una segunda corrida no toca nada y el catálogo cumple las reglas', async () => {
    const base = await prepararBase();
    const antes = await con(base.url, fotoDePermisos);
    assert.deepEqual(await migrar(base.url), []);
    assert.equal(await con(base.url, fotoDePermisos), antes);
    assert.deepEqual(await con(base.url, faltasDelCatalogo), []);
    await base.cerrar();
  });

  test('el catálogo de reglas sí ve cada falta', async () => {
    const base = await prepararBase();
    const faltas = await con(base.url, async (c) => {
      await c.query(`
        create table public.abierta (nombre_nora text, access_token text);
        grant select on public.abierta to nora_panel;
        create function public.de_todos() returns int language sql as 'select 1';
        grant execute on function public.de_todos() to public;
        create function public.sin_ruta(p_nora text) returns int language sql security definer as 'select 1';
        grant execute on function public.sin_ruta(text) to nora_panel;
        create view public.vista_abierta as select 1 as uno;
        alter function public.cerrar_rafaga(jsonb) reset plan_cache_mode;
        grant select (nombre_nora) on public.contactos to anon;`);
      return faltasDelCatalogo(c);
    });
    for (const esperada of [
      /abierta no tiene RLS/,
      /nora_panel tiene SELECT sobre toda la tabla abierta/,
      /el panel puede leer abierta\.access_token/,
      /abierta tiene nombre_nora y ningun indice/,
      /de_todos\(\) puede ejecutarla cualquiera/,
      /sin_ruta\(text\) es security definer/,
      /sin_ruta\(text\), que llama el panel/,
      /vista_abierta no es security_invoker/,
      /cerrar_rafaga corre con cada mensaje/,
      /anon o authenticated tienen permiso en la columna contactos\.nombre_nora/,
    ])
      assert.ok(
        faltas.some((f) => esperada.test(f)),
        `${esperada} en:\n${faltas.join('\n')}`,
      );
    await base.cerrar();
  });
});

const BIN_15 = '/usr/lib/postgresql/15/bin';
// openssl llega con el paquete de PostgreSQL de Debian.
const SIN_15 = existsSync(join(BIN_15, 'initdb'))
  ? false
  : 'instala postgresql-15 (scripts/test lo hace si puede)';

describe('migraciones en PostgreSQL 15, como dueño que no es superusuario', { skip: SIN_15 }, () => {
  const clave = randomBytes(16).toString('hex');
  let servidor: Awaited<ReturnType<typeof arrancar15>>;
  before(async () => {
    servidor = await arrancar15(clave);
  });
  after(() => servidor?.detener());

  test('aplican completas, la segunda corrida no cambia nada y el catálogo cumple las reglas', async () => {
    await con(servidor.url('postgres', 'postgres'), async (c) => {
      await c.query(sqlRoles({ claveDueno: clave, claveAutenticador: clave }));
      await c.query('create database nora owner nora_dueno');
    });
    const url = servidor.url('nora_dueno', 'nora');
    const dueno = await con(url, (c) =>
      c.query('select rolsuper from pg_roles where rolname = current_user'),
    );
    assert.deepEqual(dueno.rows, [{ rolsuper: false }]);
    assert.deepEqual(
      await migrar(url),
      leerMigraciones().map((m) => m.nombre),
    );
    const antes = await con(url, fotoDePermisos);
    assert.deepEqual(await migrar(url), []);
    assert.equal(await con(url, fotoDePermisos), antes);
    assert.deepEqual(await con(url, faltasDelCatalogo), []);
    const ajuste = await con(url, (c) => c.query('show random_page_cost'));
    assert.deepEqual(ajuste.rows, [{ random_page_cost: '1.1' }]);
  });

  test('también donde el esquema public reparte todo por omisión, como en un proyecto de Supabase', async () => {
    await con(servidor.url('postgres', 'postgres'), (c) =>
      c.query('create database alojada owner nora_dueno'),
    );
    const url = servidor.url('nora_dueno', 'alojada');
    await con(url, (c) =>
      c.query(`
        create schema extensions;
        alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
        alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
        alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
        grant usage on schema public, extensions to anon, authenticated, service_role;`),
    );
    await migrar(url);
    assert.deepEqual(await con(url, faltasDelCatalogo), []);
  });

  test('con sslmode=verify-full va cifrado todo lo que usa DATABASE_URL, y otra autoridad no entra', async () => {
    await con(servidor.url('postgres', 'postgres'), (c) =>
      c.query('create database cifrada owner nora_dueno'),
    );
    const autenticadorUrl = servidor.url('authenticator', 'cifrada');
    const urlCon = (certificado: string) =>
      `${servidor.url('nora_dueno', 'cifrada')}?sslmode=verify-full&sslrootcert=${certificado}`;
    await assert.rejects(
      migrar(urlCon(servidor.otroCertificado)),
      (e) => e instanceof ErrorConexion && /^DATABASE_URL: .*SELF_SIGNED/.test(e.message),
    );
    await assert.rejects(
      migrar(urlCon('/no/existe.crt')),
      (e) => e instanceof ErrorConexion && /^DATABASE_URL: .*\/no\/existe\.crt/.test(e.message),
    );
    const config = leerConfig({ DATOS_DIR: join(raiz, 'cifrada') });
    config.base = { ...config.base, databaseUrl: urlCon(servidor.certificado), autenticadorUrl };
    const bd = await crearBaseDeDatos(config, pino({ level: 'silent' }));
    try {
      const { rows } = await bd.pool.query<{ quien: string; ssl: boolean }>(
        `select distinct a.application_name quien, s.ssl from pg_stat_ssl s join pg_stat_activity a using (pid)
          where a.datname = 'cifrada' and a.usename = 'nora_dueno' order by 1`,
      );
      assert.deepEqual(rows, [
        { quien: 'nora', ssl: true },
        { quien: 'nora_avisos', ssl: true },
      ]);
    } finally {
      await bd.cerrar();
    }
  });

  test('una base que migró la CLI de Supabase arranca: nada se repite y el catálogo cumple las reglas', async () => {
    await con(servidor.url('postgres', 'postgres'), (c) =>
      c.query('create database por_cli owner nora_dueno'),
    );
    const url = servidor.url('nora_dueno', 'por_cli');
    const [sin, ultima] = [leerMigraciones().slice(0, -1), leerMigraciones().at(-1)];
    await con(url, async (c) => {
      for (const { nombre, sql } of sin) {
        const [, version = '', resto = ''] = /^(\d+)_(.*)\.sql$/.exec(nombre) ?? [];
        await c.query(sql);
        await comoLaCli(c, [[version, resto, sql]]);
      }
    });
    assert.deepEqual(await migrar(url), [ultima?.nombre]);
    assert.deepEqual(await con(url, faltasDelCatalogo), []);
  });

  test('una base a la que ya se le aplicaron las primeras acepta las que siguen', async () => {
    await con(servidor.url('postgres', 'postgres'), (c) =>
      c.query('create database por_partes owner nora_dueno'),
    );
    const url = servidor.url('nora_dueno', 'por_partes');
    const nombres = leerMigraciones().map((m) => m.nombre);
    const parcial = join(raiz, 'parcial');
    mkdirSync(parcial);
    for (const n of nombres.slice(0, -1)) copyFileSync(join(CARPETA_MIGRACIONES, n), join(parcial, n));
    await migrar(url, parcial);
    assert.deepEqual(await migrar(url), nombres.slice(-1));
  });
});

/** Un PostgreSQL 15 de Debian en una carpeta temporal, para probar con la version mas vieja que se admite. */
async function arrancar15(clave: string) {
  const carpeta = join(raiz, 'pg15');
  mkdirSync(carpeta);
  const id = (opcion: string) => Number(execFileSync('id', [opcion, 'postgres']).toString());
  const cuenta = process.getuid?.() === 0 ? { uid: id('-u'), gid: id('-g') } : {};
  if (cuenta.uid !== undefined) chownSync(carpeta, cuenta.uid, cuenta.gid);
  writeFileSync(join(carpeta, 'clave'), clave);
  chmodSync(join(carpeta, 'clave'), 0o644);
  const datos = join(carpeta, 'datos');
  const correr = (programa: string, ...argumentos: string[]) =>
    execFileSync(join(BIN_15, programa), argumentos, {
      ...cuenta,
      cwd: carpeta,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  correr(
    'initdb',
    '-D',
    datos,
    '-U',
    'postgres',
    `--pwfile=${join(carpeta, 'clave')}`,
    '-A',
    'scram-sha-256',
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
  );
  const certificar = (nombre: string) => {
    const archivos = ['-keyout', join(carpeta, `${nombre}.key`), '-out', join(carpeta, `${nombre}.crt`)];
    const quien = ['-subj', `/CN=${nombre}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
    const que = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    execFileSync('openssl', [...que, ...quien, ...archivos], { ...cuenta, cwd: carpeta, stdio: 'ignore' });
    return join(carpeta, `${nombre}.crt`);
  };
  const [certificado, otroCertificado] = [certificar('propio'), certificar('otro')];
  const puerto = await puertoLibre();
  const ssl = `-c ssl=on -c ssl_cert_file=${certificado} -c ssl_key_file=${join(carpeta, 'propio.key')}`;
  const opciones = `-p ${puerto} ${ssl} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`;
  correr('pg_ctl', 'start', '-w', '-s', '-D', datos, '-l', join(carpeta, 'registro.log'), '-o', opciones);
  const url = (rol: string, base: string) =>
    enBase(`postgresql://${rol}:${clave}@127.0.0.1:${puerto}/postgres`, base);
  const detener = () => void correr('pg_ctl', 'stop', '-w', '-s', '-m', 'immediate', '-D', datos);
  return { url, detener, certificado, otroCertificado };
}

function puertoLibre(): Promise<number> {
  return new Promise((listo) => {
    const s = createServer();
    s.listen(0, '127.0.0.1', () => {
      const a = s.address();
      s.close(() => listo(typeof a === 'object' && a ? a.port : 0));
    });
  });
}
