import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { abrirNavegador, abrirPestana, entrar, hallazgosAxe, vigilar } from '../apoyo/navegador.ts';

const RAIZ = join(import.meta.dirname, '../..');
/** Con CAPTURAS=carpeta se guardan las pantallas para mirarlas. */
const CAPTURAS = process.env['CAPTURAS'];
const PREGUNTA = '¿Cuánto cuesta un corte?';

let datosDir: string;
let proceso: ChildProcess;
let url: string;
let salida = '';
let navegador: Browser;
const fallas: string[] = [];

before(async () => {
  datosDir = mkdtempSync(join(tmpdir(), 'nora-historia-'));
  const puerto = await puertoLibre();
  url = `http://localhost:${puerto}`;
  proceso = spawn(join(RAIZ, 'scripts/up'), {
    cwd: RAIZ,
    env: { ...process.env, PORT: String(puerto), DATOS_DIR: datosDir, NIVEL_LOG: 'error', URL_PUBLICA: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  proceso.stdout?.on('data', (trozo: Buffer) => (salida += trozo.toString()));
  proceso.stderr?.on('data', (trozo: Buffer) => (salida += trozo.toString()));
  await esperarSalida(/Nora está lista/);
  navegador = await abrirNavegador();
});
after(async () => {
  await navegador?.close();
  if (proceso && proceso.exitCode === null) {
    proceso.kill('SIGTERM');
    await new Promise((listo) => proceso.once('exit', listo));
  }
  rmSync(datosDir, { recursive: true, force: true });
});

test('quien llega de nuevas escribe desde el simulador, ve la respuesta llegar, de dónde salió, y toma la conversación', async () => {
  assert.match(salida, /mariana@aura\.local\s+aura-mariana-2026/);
  assert.match(salida, /\/simulador/);
  const panel = await abrirPestana(navegador, {}, fallas);
  await panel.goto(`${url}/login`);
  assert.deepEqual(await hallazgosAxe(panel), []);
  await capturar(panel, 'login');
  await entrar(panel, url, 'mariana@aura.local', 'aura-mariana-2026');
  assert.equal(new URL(panel.url()).pathname, '/panel_cliente/aura');
  await panel.getByRole('heading', { level: 1 }).waitFor();
  assert.deepEqual(await hallazgosAxe(panel), []);
  await capturar(panel, 'inicio');
  await panel.goto(`${url}/panel_cliente/aura/chat`);

  const telefono = await panel.context().newPage();
  vigilar(telefono, fallas);
  await telefono.goto(`${url}/simulador?nora=aura&numero=%2B526625559988`);
  assert.deepEqual(await hallazgosAxe(telefono), []);
  await telefono.fill('#sim-nombre', 'Lucía Robles');
  await decir(telefono, PREGUNTA);

  // Sin recargar: la fila sube y el hilo, abierto, recibe pregunta y respuesta.
  const fila = panel.locator('.hilos__fila').first();
  await fila.getByText('Lucía Robles').waitFor({ timeout: 40_000 });
  await fila.locator('a').first().click();
  await panel.locator('.burbuja', { hasText: PREGUNTA }).waitFor();
  const respuesta = panel.locator('.burbuja--nora', { hasText: '$' }).last();
  await respuesta.waitFor({ timeout: 40_000 });
  await panel.locator('[data-escribiendo]').waitFor({ state: 'hidden', timeout: 5000 });
  await telefono.getByText('$350').or(telefono.getByText('$')).first().waitFor({ timeout: 40_000 });
  await capturar(panel, 'chat');

  await respuesta.getByText('¿De dónde salió?').click();
  const fuentes = panel.getByRole('dialog');
  await fuentes.getByText(/corte/i).first().waitFor();
  assert.deepEqual(await hallazgosAxe(panel), []);
  await capturar(panel, 'fuentes');
  await panel.keyboard.press('Escape');

  const deNora = await panel.locator('.burbuja--nora').count();
  await panel.getByRole('button', { name: 'Tomar' }).click();
  await panel.getByRole('button', { name: /Devolver/ }).waitFor();
  await panel.fill('#redactor-texto', 'Hola Lucía, soy Mariana');
  await panel.keyboard.press('Enter');
  await telefono.getByText('Hola Lucía, soy Mariana').waitFor({ timeout: 40_000 });
  await decir(telefono, '¿A qué hora abren?');
  await panel.locator('.burbuja', { hasText: '¿A qué hora abren?' }).waitFor({ timeout: 40_000 });
  await panel.waitForTimeout(3500);
  assert.equal(await panel.locator('.burbuja--nora').count(), deNora, 'Nora guarda silencio');
  assert.deepEqual(await hallazgosAxe(panel), []);
  await capturar(telefono, 'simulador');

  for (const [nombre, opciones] of [
    ['oscuro', { colorScheme: 'dark' as const }],
    ['celular', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }],
  ] as const) {
    const otra = await abrirPestana(navegador, opciones, fallas);
    await entrar(otra, url, 'mariana@aura.local', 'aura-mariana-2026');
    assert.deepEqual(await hallazgosAxe(otra), [], `inicio ${nombre}`);
    await capturar(otra, `inicio_${nombre}`);
    await otra.goto(panel.url());
    await otra.locator('.burbuja').last().waitFor();
    assert.deepEqual(await hallazgosAxe(otra), [], `chat ${nombre}`);
    await capturar(otra, `chat_${nombre}`);
    await otra.context().close();
  }
  assert.deepEqual(fallas, []);
});

test('Ctrl-C apaga en orden y la segunda vez abre con lo que había', async () => {
  proceso.kill('SIGINT');
  await new Promise((listo) => proceso.once('exit', listo));
  const inicio = performance.now();
  salida = '';
  proceso = spawn(join(RAIZ, 'scripts/up'), {
    cwd: RAIZ,
    env: {
      ...process.env,
      PORT: new URL(url).port,
      DATOS_DIR: datosDir,
      NIVEL_LOG: 'error',
      URL_PUBLICA: url,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  proceso.stdout?.on('data', (trozo: Buffer) => (salida += trozo.toString()));
  proceso.stderr?.on('data', (trozo: Buffer) => (salida += trozo.toString()));
  await esperarSalida(/Nora está lista/);
  console.log(`segunda vez: ${((performance.now() - inicio) / 1000).toFixed(1)} s`);
  const pagina = await abrirPestana(navegador);
  await entrar(pagina, url, 'mariana@aura.local', 'aura-mariana-2026');
  await pagina.goto(`${url}/panel_cliente/aura/chat`);
  await pagina.getByText('Lucía Robles').first().waitFor();
});

async function decir(telefono: Page, texto: string): Promise<void> {
  await telefono.locator('#sim-redactor').getByRole('textbox').last().fill(texto);
  await telefono.keyboard.press('Enter');
}

async function capturar(pagina: Page, nombre: string): Promise<void> {
  if (!CAPTURAS) return;
  mkdirSync(CAPTURAS, { recursive: true });
  await pagina.waitForTimeout(300);
  await pagina.screenshot({ path: join(CAPTURAS, `${nombre}.png`) });
}

async function esperarSalida(patron: RegExp): Promise<void> {
  const limite = Date.now() + 150_000;
  while (!patron.test(salida)) {
    if (proceso.exitCode !== null) throw new Error(`scripts/up terminó antes de tiempo:\n${salida}`);
    if (Date.now() > limite) throw new Error(`scripts/up no arrancó:\n${salida}`);
    await new Promise((listo) => setTimeout(listo, 100));
  }
}

async function puertoLibre(): Promise<number> {
  const servidor = createServer();
  await new Promise<void>((listo) => servidor.listen(0, '127.0.0.1', listo));
  const { port } = servidor.address() as AddressInfo;
  await new Promise((listo) => servidor.close(listo));
  return port;
}
