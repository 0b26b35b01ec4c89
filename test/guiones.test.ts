import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { abrirEmbebido, type ServidorEmbebido } from '../src/datos/embebido.ts';

/** Los guiones de `scripts/` como los corre una persona: procesos aparte, en una carpeta suya, con su código de salida. */
const raiz = mkdtempSync(join(tmpdir(), 'nora-guiones-'));
chmodSync(raiz, 0o711);
const CLAVE = Buffer.alloc(32, 7).toString('base64');
// Mientras la prueba tenga abierto el PostgreSQL de una carpeta, cada guion lo adopta en vez de arrancarlo y apagarlo.
const abiertos: ServidorEmbebido[] = [];
after(async () => {
  for (const servidor of abiertos) await servidor.soltar();
  rmSync(raiz, { recursive: true, force: true });
});

interface Corrida {
  codigo: number;
  salida: string;
  errores: string;
}

function entornoDe(carpeta: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: raiz,
    // Un .env de quien desarrolla no debe colarse.
    NORA_CARPETA: raiz,
    PORT: '0',
    DATOS_DIR: carpeta,
    RESPALDOS_CUANTOS: '2',
    CLAVE_CIFRADO: CLAVE,
    NIVEL_LOG: 'silent',
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
  };
}

function correr(guion: string, argumentos: string[], carpeta: string): Promise<Corrida> {
  const env = entornoDe(carpeta);
  const archivo = join(import.meta.dirname, '../scripts', guion);
  return new Promise((listo) => {
    // Desde cualquier otra carpeta, como cron.
    execFile(process.execPath, [archivo, ...argumentos], { env, cwd: tmpdir() }, (error, salida, errores) => {
      listo({ codigo: error ? Number(error.code) : 0, salida, errores });
    });
  });
}

/** El servidor de verdad, hasta que dice que está listo; con Ctrl-C termina bien. */
async function arrancarYParar(carpeta: string): Promise<void> {
  const hijo = spawn(process.execPath, [join(import.meta.dirname, '../src/servidor.ts')], {
    env: entornoDe(carpeta),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const trozo of hijo.stdout) if (String(trozo).includes('Nora está lista')) break;
  hijo.kill('SIGINT');
  const [codigo] = (await once(hijo, 'exit')) as [number | null];
  assert.equal(codigo, 0);
}

const respaldosDe = (carpeta: string): string[] => readdirSync(join(raiz, carpeta, 'respaldos')).sort();

describe('scripts/', () => {
  test('diagnostico_modulo: dice cada revisión y sale con 0 si todo está bien, 1 si algo falla y 2 si faltan datos', async () => {
    // El primero sobre cada carpeta la crea, la arranca y la apaga él solo.
    assert.equal((await correr('sembrar.ts', [], 'uno')).codigo, 0);
    abiertos.push(await abrirEmbebido(join(raiz, 'uno')));
    const sinDatos = await correr('diagnostico_modulo.ts', ['aura'], 'uno');
    assert.equal(sinDatos.codigo, 2);
    assert.match(sinDatos.errores, /Uso: .*<nombre_nora> <modulo>/);
    // Las rutas las apunta el servidor al arrancar; sin él, es lo único que falta.
    const sinRutas = await correr('diagnostico_modulo.ts', ['aura', 'chat'], 'uno');
    assert.equal(sinRutas.codigo, 1, sinRutas.salida);
    assert.deepEqual(renglonesMalos(sinRutas.salida), ['Rutas registradas']);
    for (const titulo of ['Nora', 'Filas de módulos', 'Puerta', 'Código', 'WhatsApp', 'Número'])
      assert.match(sinRutas.salida, new RegExp(`^ok  ${titulo}: `, 'm'));
    await arrancarYParar('uno');
    const bien = await correr('diagnostico_modulo.ts', ['aura', 'chat'], 'uno');
    assert.equal(bien.codigo, 0, bien.salida);
    assert.deepEqual(renglonesMalos(bien.salida), []);
    // Lo demás que revisa se prueba sin un proceso por caso, en admin_noras.test.ts.
    const nadie = await correr('diagnostico_modulo.ts', ['nadie', 'chat'], 'uno');
    assert.equal(nadie.codigo, 1);
    assert.match(nadie.salida, /NO {2}Nora: No existe «nadie»/);
  });

  test('backup_diario: deja una carpeta completa, dice lo de la clave y conserva sólo los más nuevos', async () => {
    for (const viejo of ['respaldo_20200101T000000Z', 'respaldo_20200102T000000Z'])
      mkdirSync(join(raiz, 'uno', 'respaldos', viejo), { recursive: true });
    const r = await correr('backup_diario.ts', [], 'uno');
    assert.equal(r.codigo, 0, r.errores);
    assert.match(r.salida, /Respaldo en .*respaldo_\d{8}T\d{6}Z: \d+ filas y \d+ archivos/);
    assert.match(r.salida, /misma CLAVE_CIFRADO/);
    assert.match(r.salida, /Se borraron los viejos: respaldo_20200101T000000Z/);
    const quedan = respaldosDe('uno');
    assert.equal(quedan.length, 2);
    assert.equal(quedan[0], 'respaldo_20200102T000000Z');
  });

  test('restaurar: comprueba las sumas antes, pone todo en una base nueva y se niega donde ya hay noras', async () => {
    const sinDatos = await correr('restaurar.ts', [], 'dos');
    assert.equal(sinDatos.codigo, 2);
    const bueno = join(raiz, 'uno', 'respaldos', respaldosDe('uno').at(-1) ?? '');
    const danado = join(raiz, 'danado');
    cpSync(bueno, danado, { recursive: true });
    const tabla = join(danado, 'tablas', 'contactos.ndjson.gz');
    writeFileSync(tabla, readFileSync(tabla).subarray(0, 200));
    const mal = await correr('restaurar.ts', [danado], 'dos');
    assert.equal(mal.codigo, 1);
    assert.match(mal.errores, /contactos\.ndjson\.gz falta o está dañado/);

    const bien = await correr('restaurar.ts', [bueno], 'dos');
    assert.equal(bien.codigo, 0, bien.errores);
    assert.match(bien.salida, /Listo: \d+ filas/);
    abiertos.push(await abrirEmbebido(join(raiz, 'dos')));
    const otra = await correr('restaurar.ts', [bueno], 'dos');
    assert.equal(otra.codigo, 1);
    assert.match(otra.errores, /no está vacía/);
    const copia = await correr('diagnostico_modulo.ts', ['aura', 'chat'], 'dos');
    assert.equal(copia.codigo, 0, copia.salida);
  });
});

test('preparar: lo que se instala con una umask cerrada lo puede leer cualquier cuenta', async () => {
  const carpeta = join(raiz, 'preparar');
  const programas = join(carpeta, 'programas');
  mkdirSync(programas, { recursive: true });
  writeFileSync(join(carpeta, 'package-lock.json'), '{}');
  // Instala lo que se le pida donde se le pida, con la umask que traiga, como el de verdad.
  const instalar = `#!/bin/sh
    case "$*" in *--prefix*) d=".node/node_modules/$(echo "$*" | grep -o 'node-[a-z0-9-]*@' | tr -d @)/bin" ;; *) d=node_modules/bin ;; esac
    mkdir -p "$d" && printf '#!/bin/sh\\n' >"$d/node" && chmod +x "$d/node"`;
  writeFileSync(join(programas, 'npm'), instalar, { mode: 0o755 });
  writeFileSync(join(programas, 'node'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const preparar = `umask 077; set -euo pipefail; . "$1"; nora_preparar_node; nora_preparar_dependencias
    echo instalado; find .node/node_modules/*/bin node_modules/bin ! -perm -005`;
  const r = await new Promise<Corrida>((listo) =>
    execFile(
      'bash',
      ['-c', preparar, '-', join(import.meta.dirname, '../scripts/preparar.sh')],
      { cwd: carpeta, env: { PATH: `${programas}:/usr/bin:/bin` } },
      (error, salida, errores) => listo({ codigo: error ? Number(error.code) : 0, salida, errores }),
    ),
  );
  assert.equal(r.codigo, 0, r.errores);
  assert.match(r.salida, /instalado\n$/, 'nada cerrado después');
});

function renglonesMalos(salida: string): string[] {
  return [...salida.matchAll(/^NO {2}([^:]+):/gm)].map((m) => m[1] ?? '');
}
