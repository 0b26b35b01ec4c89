import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import express from 'express';
import { crearEstaticos } from '../src/web/estaticos.ts';
import { dia, dinero, hace, hora, numero, saludo, telefono } from '../src/web/fechas.ts';
import { armarSprite, icono, ICONOS } from '../src/web/iconos.ts';

const estaticos = crearEstaticos({ sinCache: false });
let http: Server;
let url: string;

before(async () => {
  http = express().use(estaticos.rutas).listen(0, '127.0.0.1');
  await once(http, 'listening');
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
});

after(() => {
  http.closeAllConnections();
  http.close();
});

test('un archivo con su huella se guarda para siempre; sin ella o con una vieja se revalida', async () => {
  const ruta = estaticos.recurso('/estaticos/css/nora.css');
  assert.match(ruta, /^\/estaticos\/~[0-9a-f]{10}\/css\/nora\.css$/);
  assert.match(await cacheDe(ruta), /immutable/);
  assert.equal(await cacheDe('/estaticos/css/nora.css'), 'no-cache');
  assert.equal(await cacheDe('/estaticos/~0000000000/js/nora.js'), 'no-cache');
  assert.match(await cacheDe(estaticos.recurso('/npm/htmx/htmx.min.js')), /immutable/);
});

test('de node_modules sólo sale lo que está en la lista, y nada fuera de public', async () => {
  for (const ruta of [
    '/npm/express/package.json',
    '/npm/htmx/../../package.json',
    '/npm/htmx%2f..%2f..%2fpackage.json',
    '/estaticos/../package.json',
    '/estaticos/%2e%2e/package.json',
    '/estaticos/~x/../../src/app.ts',
  ]) {
    const { status } = await fetch(url + ruta);
    assert.ok([403, 404].includes(status), `${ruta} dio ${status}`);
  }
});

test('nora.css trae todas las capas y sus fuentes versionadas', async () => {
  const css = await (await fetch(url + estaticos.recurso('/estaticos/css/nora.css'))).text();
  assert.ok(css.indexOf('@layer reset, tokens, base, componentes, modulos, utilidades;') >= 0);
  assert.match(css, /url\("\/npm\/inter\/files\/inter-latin-wght-normal\.woff2\?v=/);
  assert.ok(gzipSync(css).length < 20_000, 'la hoja común pasó de 20 kB comprimida');
});

test('el sprite trae cada icono de la lista y uno desconocido avisa por su nombre', () => {
  const { sprite } = armarSprite();
  for (const nombre of ICONOS) assert.ok(sprite.includes(`id="${nombre}"`), nombre);
  assert.match(icono('house', 'grande'), /^<svg class="icono grande" aria-hidden="true"/);
  assert.doesNotMatch(icono('house', '"><script>'), /script/);
  assert.throws(() => icono('no-existe'), /no-existe/);
});

test('las fechas y cifras se leen como en México y en la zona de la nora', () => {
  const ahora = new Date('2026-11-20T22:00:00Z');
  const zona = 'America/Hermosillo';
  assert.equal(hora(ahora, zona), '15:00');
  assert.equal(dia(ahora, zona, ahora), 'Hoy');
  assert.equal(dia('2026-11-20T06:30:00Z', zona, ahora), 'Ayer');
  assert.equal(dia('2026-11-02T18:00:00Z', zona, ahora), 'lunes 2 de nov');
  assert.equal(hace('2026-11-20T21:55:00Z', ahora), 'hace 5 min');
  assert.equal(saludo(zona, ahora), 'Buenas tardes');
  assert.equal(numero(1284), '1,284');
  assert.deepEqual([dinero(1500), dinero(18.4)], ['$1,500', '$18.40']);
  assert.equal(telefono('+5216621234567'), '+52 662 123 4567');
  assert.equal(hora(ahora, 'Zona/Inventada'), '15:00');
});

async function cacheDe(ruta: string): Promise<string> {
  const r = await fetch(url + ruta);
  assert.equal(r.status, 200, ruta);
  await r.arrayBuffer();
  return r.headers.get('cache-control') ?? '';
}
