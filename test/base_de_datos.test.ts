import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, mock, test } from 'node:test';
import { setTimeout as dormir } from 'node:timers/promises';
import { decodeJwt, decodeProtectedHeader, exportJWK } from 'jose';
import { pino } from 'pino';
import { type Config, leerConfig } from '../src/config.ts';
import { type BaseDeDatos, crearBaseDeDatos } from '../src/datos/base_de_datos.ts';
import { crearClientes } from '../src/datos/clientes.ts';
import { errorRegistrable } from '../src/datos/errores_bd.ts';
import { crearFirmador } from '../src/datos/jwt.ts';
import { Lru } from '../src/datos/lru.ts';
import { type BaseDePrueba, prepararBase } from './apoyo/base.ts';

const log = pino({ level: 'silent' });

describe('base de datos en modo embebido', () => {
  let base: BaseDePrueba;
  let bd: BaseDeDatos;
  before(async () => {
    base = await prepararBase();
    bd = await crearBaseDeDatos(base.config, log);
    for (const n of ['aura', 'demo'])
      await bd.servicio
        .from('configuracion_bot')
        .insert({ nombre_nora: n, nombre_visible: n })
        .throwOnError();
  });
  after(async () => {
    await bd?.cerrar();
    await base?.cerrar();
  });

  test('los instantes y el JSON llegan como los entrega PostgREST', async () => {
    const horario = { lunes: ['09:00', '18:30'], nota: 'comillas " y \\ y ñ 🙂', vacio: null };
    const { data } = await bd.servicio
      .from('configuracion_bot')
      .update({ horario })
      .eq('nombre_nora', 'aura')
      .select('horario, created_at')
      .single()
      .throwOnError();
    assert.deepEqual(data.horario, horario);
    assert.match(data.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$/);
  });

  test('un error de la base no trae los valores de la fila ni se imprime', async () => {
    const impreso = mock.method(console, 'error', () => {});
    const { error } = await bd.servicio
      .from('configuracion_bot')
      .insert({ nombre_nora: 'aura', nombre_visible: 'x' });
    assert.equal(error?.code, '23505');
    assert.equal(error?.details, null);
    const otro = await bd.deNora('aura').from('configuracion_bot').select('credenciales_twilio');
    assert.equal(otro.error?.code, '42501');
    assert.equal(impreso.mock.callCount(), 0);
    console.error('otra cosa');
    assert.equal(impreso.mock.callCount(), 1, 'lo demás se sigue imprimiendo');
    impreso.mock.restore();
    const crudo = await bd.pool
      .query(`insert into configuracion_bot (nombre_nora) values ('aura')`)
      .catch((e: unknown) => e);
    assert.ok(!JSON.stringify(errorRegistrable(crudo)).includes('(aura)'));
  });

  test('maybeSingle sigue distinguiendo que no hay fila', async () => {
    const r = await bd.servicio.from('configuracion_bot').select('id').eq('nombre_nora', 'no').maybeSingle();
    assert.equal(r.error, null);
    assert.equal(r.data, null);
  });

  test('veinte avisos seguidos llegan como uno, y varios oyentes lo reciben', async () => {
    const oidos: string[] = [];
    const dejar = await Promise.all(['a', 'b'].map((q) => bd.escuchar('prueba_avisos', () => oidos.push(q))));
    for (let i = 0; i < 20; i++) bd.avisar('prueba_avisos');
    await hasta(() => oidos.length >= 2);
    await dormir(60);
    assert.deepEqual(oidos, ['a', 'b']);
    for (const d of dejar) d();
    bd.avisar('prueba_avisos');
    await dormir(60);
    assert.equal(oidos.length, 2);
  });

  test('si se cae la conexión que escucha, se recupera, pide resincronizar y vuelve a oír', async () => {
    const cargas: string[] = [];
    const dejar = await bd.escuchar('prueba_caida', (c) => cargas.push(c));
    await bd.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'nora_avisos'`,
    );
    await hasta(() => cargas.includes('resincronizar'));
    await bd.pool.query(`select pg_notify('prueba_caida', 'hola')`);
    await hasta(() => cargas.includes('hola'));
    assert.equal((await bd.estado()).ok, true);
    dejar();
  });

  test('un canal con nombre raro se rechaza antes de llegar a la base', () => {
    for (const canal of ['x; drop table t', '"a"', 'MAY', '', '1a'])
      assert.throws(() => bd.avisar(canal), TypeError);
  });

  test('estado dice modo y versión; cerrar dos veces no falla', async () => {
    const otra = await crearBaseDeDatos(base.config, log);
    const estado = await otra.estado();
    assert.equal(estado.modo, 'embebido');
    assert.match(estado.version ?? '', /^18\./);
    await Promise.all([otra.cerrar(), otra.cerrar()]);
    assert.equal((await otra.estado()).ok, false);
  });
});

describe('identidad de cada petición según el modo', () => {
  const pedidos: { url: string; cabeceras: IncomingHttpHeaders }[] = [];
  const servidor = createServer((req, res) => {
    pedidos.push({ url: req.url ?? '', cabeceras: req.headers });
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end('[]');
  });
  const carpeta = mkdtempSync(join(tmpdir(), 'nora-clientes-'));
  let url = '';
  before(async () => {
    await new Promise<void>((listo) => servidor.listen(0, '127.0.0.1', listo));
    url = `http://127.0.0.1:${(servidor.address() as AddressInfo).port}`;
  });
  after(() => {
    servidor.close();
    rmSync(carpeta, { recursive: true, force: true });
  });

  const configDe = (base: Config['base']): Config => ({
    ...leerConfig({ DATOS_DIR: carpeta }),
    base,
  });
  const datosDe = (cabeceras: IncomingHttpHeaders) =>
    decodeJwt((cabeceras.authorization ?? '').replace('Bearer ', ''));

  async function pedir(base: Config['base']) {
    pedidos.length = 0;
    const c = await crearClientes(configDe(base), null);
    await c.servicio.from('contactos').select('id').throwOnError();
    await c.deNora('aura').rpc('nora_actual').throwOnError();
    assert.equal(pedidos.length, 2);
    return pedidos as [(typeof pedidos)[0], (typeof pedidos)[0]];
  }

  test('PostgREST suelto: sin prefijo, con JWT HS256 corto por identidad', async () => {
    const [servicio, nora] = await pedir({
      modo: 'postgrest',
      postgrestUrl: url,
      jwtSecreto: 's'.repeat(32),
    });
    assert.equal(servicio.url, '/contactos?select=id');
    assert.equal(nora.url, '/rpc/nora_actual');
    assert.equal(datosDe(servicio.cabeceras)['role'], 'service_role');
    const datos = datosDe(nora.cabeceras);
    assert.equal(datos['role'], 'nora_panel');
    assert.equal(datos['nombre_nora'], 'aura');
    assert.equal((datos.exp ?? 0) - (datos.iat ?? 0), 600);
  });

  test('Supabase: la llave secreta sólo en apikey; la nora, con JWT ES256 y llave publicable', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwtClave = { ...(await exportJWK(privateKey)), kid: 'mia' } as NonNullable<
      Config['base']['jwtClave']
    >;
    const [servicio, nora] = await pedir({
      modo: 'supabase',
      supabaseUrl: url,
      llaveSecreta: 'sb_secret_1',
      llavePublica: 'sb_publishable_1',
      jwtClave,
    });
    assert.equal(servicio.url, '/rest/v1/contactos?select=id');
    assert.equal(servicio.cabeceras['apikey'], 'sb_secret_1');
    assert.equal(servicio.cabeceras.authorization, undefined);
    assert.equal(nora.cabeceras['apikey'], 'sb_publishable_1');
    const token = (nora.cabeceras.authorization ?? '').replace('Bearer ', '');
    assert.deepEqual(decodeProtectedHeader(token), { alg: 'ES256', kid: 'mia', typ: 'JWT' });
  });

  test('Supabase con llave vieja (JWT): va en apikey y como Bearer', async () => {
    const llaveSecreta = 'eyJhbGciOiJIUzI1NiJ9.e30.x';
    const [servicio] = await pedir({
      modo: 'supabase',
      supabaseUrl: url,
      llaveSecreta,
      llavePublica: 'eyJ.publica',
      jwtSecreto: 's'.repeat(32),
    });
    assert.equal(servicio.cabeceras['apikey'], llaveSecreta);
    assert.equal(servicio.cabeceras.authorization, `Bearer ${llaveSecreta}`);
  });

  test('el token de una nora se reutiliza y se renueva antes de vencer', async () => {
    let ahora = Date.now();
    const f = await crearFirmador({ modo: 'embebido', jwtSecreto: 's'.repeat(32) }, () => ahora);
    const aura = { role: 'nora_panel', nombre_nora: 'aura' } as const;
    const uno = await f.token(aura);
    assert.equal(await f.token(aura), uno);
    assert.notEqual(await f.token({ role: 'nora_panel', nombre_nora: 'demo' }), uno);
    ahora += 470_000;
    assert.equal(await f.token(aura), uno);
    ahora += 20_000;
    assert.notEqual(await f.token(aura), uno);
  });

  test('una nora que se llame como el servicio no toma su lugar', async () => {
    const f = await crearFirmador({ modo: 'embebido', jwtSecreto: 's'.repeat(32) });
    await f.token({ role: 'service_role' });
    for (const nombre_nora of ['s', 'service_role', 'n:s'])
      assert.equal(decodeJwt(await f.token({ role: 'nora_panel', nombre_nora }))['role'], 'nora_panel');
  });

  test('la caché olvida lo que lleva más tiempo sin usarse', () => {
    const l = new Lru<string, number>(2);
    l.poner('a', 1);
    l.poner('b', 2);
    l.obtener('a');
    l.poner('c', 3);
    assert.equal(l.obtener('b'), undefined);
    assert.equal(l.obtener('a'), 1);
    assert.equal(l.tamano, 2);
  });
});

async function hasta(condicion: () => boolean, ms = 5000): Promise<void> {
  const limite = Date.now() + ms;
  while (!condicion()) {
    assert.ok(Date.now() < limite, 'no llegó a tiempo');
    await dormir(10);
  }
}
