import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { abrirNora } from './apoyo/nora.ts';
import { hasta } from './apoyo/web.ts';

const raiz = mkdtempSync(join(tmpdir(), 'nora-senales-'));
chmodSync(raiz, 0o711);
after(() => rmSync(raiz, { recursive: true, force: true }));

for (const senal of ['SIGINT', 'SIGTERM'] as const)
  test(`${senal} cuando la base apenas se está abriendo termina limpio: sin PostgreSQL vivo ni restos`, async () => {
    const datos = join(raiz, senal);
    const { hijo, salida, dicho } = abrir(datos);
    const pidfile = join(datos, 'postgres', 'datos', 'postmaster.pid');
    await hasta(() => existsSync(pidfile) && /^\d+\n/.test(readFileSync(pidfile, 'utf8')), 60_000);
    assert.doesNotMatch(dicho(), /Nora está lista/, 'la señal llega antes de que exista el contexto');
    hijo.kill(senal);
    assert.deepEqual(await salida, [0, null], dicho());
    assert.doesNotMatch(dicho(), /Nora está lista|Error/);
    assert.equal(existsSync(pidfile), false, 'PostgreSQL se apagó');
    assert.deepEqual(readdirSync(join(datos, 'usuarios_postgres')), []);
  });

test('un Ctrl-C que llega dos veces, como bajo npm o node --watch, no deja a PostgreSQL sin apagar', async () => {
  const datos = join(raiz, 'eco');
  const { hijo, salida, dicho } = abrir(datos);
  await hasta(() => dicho().includes('Nora está lista'), 60_000);
  hijo.kill('SIGINT');
  hijo.kill('SIGINT');
  setTimeout(() => hijo.kill('SIGINT'), 30);
  assert.deepEqual(await salida, [0, null], dicho());
  assert.equal(existsSync(join(datos, 'postgres', 'datos', 'postmaster.pid')), false, 'PostgreSQL se apagó');
});

test('si una Nora de prueba falla a medio abrirse, suelta los proveedores falsos y su base', async () => {
  const antes = process.getActiveResourcesInfo().filter((r) => r === 'TCPServerWrap').length;
  await assert.rejects(abrirNora({ conOpenai: true, entorno: { TWILIO_ACCOUNT_SID: 'mal' } }));
  await hasta(() => process.getActiveResourcesInfo().filter((r) => r === 'TCPServerWrap').length === antes);
  // Con el puerto ya abierto y la base ya conectada.
  const sustitutos = {
    get whatsapp(): never {
      throw new Error('falla a propósito');
    },
  };
  await assert.rejects(abrirNora({ conOpenai: true, sustitutos }), /a propósito/);
  await hasta(() => process.getActiveResourcesInfo().filter((r) => r === 'TCPServerWrap').length === antes);
});

function abrir(datos: string) {
  const hijo = spawn(process.execPath, [join(import.meta.dirname, '../src/servidor.ts')], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: raiz,
      NORA_CARPETA: raiz,
      PORT: '0',
      DATOS_DIR: datos,
      NIVEL_LOG: 'silent',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let dicho = '';
  hijo.stdout.on('data', (trozo) => (dicho += String(trozo)));
  hijo.stderr.on('data', (trozo) => (dicho += String(trozo)));
  const salida = once(hijo, 'exit') as Promise<[number | null, string | null]>;
  return { hijo, salida, dicho: () => dicho };
}
