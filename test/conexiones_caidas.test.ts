import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as dormir } from 'node:timers/promises';
import pg from 'pg';
import { io, type Socket } from 'socket.io-client';
import { type Contexto, crearContexto } from '../src/contexto.ts';
import type { BaseDeDatos } from '../src/datos/base_de_datos.ts';
import { migrar } from '../src/datos/migraciones.ts';
import { crearRespaldo } from '../src/datos/respaldo.ts';
import { prepararRoles } from '../src/datos/roles.ts';
import type { Secretos } from '../src/datos/secretos.ts';
import { crearEscucha } from '../src/tiempo_real/escucha.ts';
import { montarSockets, type SocketsVivos } from '../src/tiempo_real/sockets.ts';
import { ANA, AURA, abrirNora, type NoraDePrueba, sembrarNoras } from './apoyo/nora.ts';
import { crearUsuario, hasta, visitar } from './apoyo/web.ts';

/**
 * PostgreSQL reiniciado, un pg_terminate_backend o un NAT que olvida: las conexiones se caen también en uso. Un 'error' que
 * nadie oye terminaría el proceso.
 */
let n: NoraDePrueba;
/** El proceso de trabajos: sólo emite, y lo suyo llega a los navegadores por la base. */
let otro: { ctx: Contexto; sockets: SocketsVivos };
let verdugo: pg.Client;
let navegador: Socket;
let cookie: string;
const sinOir: Error[] = [];
const apuntar = (error: Error): void => void sinOir.push(error);

before(async () => {
  process.on('uncaughtExceptionMonitor', apuntar);
  n = await abrirNora({ trabajadores: false });
  await sembrarNoras(n);
  const ctx = await crearContexto(n.base.config);
  otro = { ctx, sockets: await montarSockets(ctx, null, null) };
  verdugo = new pg.Client(n.base.url);
  await verdugo.connect();
  await crearUsuario(n.ctx, { correo: 'ana@aura.mx', rol: 'admin', noras: { aura: 'dueno' } });
  const ana = visitar(n.url);
  await ana.entrar('ana@aura.mx');
  cookie = [...ana.cookies].map((c) => c.join('=')).join('; ');
  navegador = io(n.url, { transports: ['websocket'], forceNew: true, extraHeaders: { cookie } });
  await once(navegador as never, 'connect');
  assert.deepEqual(await navegador.timeout(5000).emitWithAck('entrar', { nora: 'aura' }), { ok: true });
});
after(async () => {
  navegador?.disconnect();
  await verdugo?.end();
  await otro?.sockets.cerrar();
  await otro?.ctx.cerrar();
  await n?.cerrar();
  process.off('uncaughtExceptionMonitor', apuntar);
});
afterEach(() => assert.deepEqual(sinOir.splice(0), []));

/** Corta las conexiones directas de los dos procesos a la base, ociosas o en uso. */
async function cortar(): Promise<number> {
  const { rowCount } = await verdugo.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'nora'`,
  );
  return rowCount ?? 0;
}

/** Las que alguien tiene fuera del pool. */
const enUso = ({ pool }: BaseDeDatos): number => pool.totalCount - pool.idleCount;

test('tras perder todas las conexiones, una y otra vez, las señales entre procesos vuelven y no se queda ninguna apartada', async () => {
  for (let vez = 0; vez < 3; vez++) {
    const senales: string[] = [];
    navegador.removeAllListeners('contacto:actualizado');
    navegador.on('contacto:actualizado', (datos: { contacto_id: string }) => senales.push(datos.contacto_id));
    // Como pronto en un segundo: es lo que el adaptador espera para volver a conectar.
    await hasta(async () => {
      otro.ctx.vivo.emitir('aura', 'contacto:actualizado', { contacto_id: `espera ${vez}` });
      await dormir(50);
      return senales.length > 0;
    }, 15_000);
    assert.ok((await cortar()) >= 2);
    senales.length = 0;
    await hasta(async () => {
      otro.ctx.vivo.emitir('aura', 'contacto:actualizado', { contacto_id: `vuelta ${vez}` });
      await dormir(50);
      return senales.includes(`vuelta ${vez}`);
    }, 15_000);
    senales.length = 0;
    otro.ctx.vivo.emitir('aura', 'contacto:actualizado', { contacto_id: 'una sola' });
    await hasta(() => senales.includes('una sola'));
    await dormir(100);
    assert.equal(senales.filter((s) => s === 'una sola').length, 1, 'nadie oye doble');
    // La del adaptador y nada más.
    for (const { bd } of [n.ctx, otro.ctx]) await hasta(() => enUso(bd) === 1);
  }
  assert.equal((await n.escribir({ de: ANA, para: AURA, cuerpo: 'sigo aquí' })).status, 200);
});

test('de las conexiones que pide el adaptador sólo vive la última, y al cerrar ninguna', async () => {
  const { bd } = n.ctx;
  // La del adaptador de verdad; lo demás que haya fuera son consultas de paso.
  const apartadas = (cuantas: number) => hasta(() => enUso(bd) === cuantas);
  await apartadas(1);
  const escucha = crearEscucha(bd.pool);
  const primera = await escucha.pool.connect();
  const finales: string[] = [];
  primera.on('end', () => finales.push('el adaptador pediría otra por ella'));
  await escucha.pool.connect();
  await apartadas(2);
  const enCamino = escucha.pool.connect();
  escucha.cerrar();
  assert.equal(await Promise.race([enCamino, escucha.pool.connect(), dormir(300, 'ninguna')]), 'ninguna');
  await apartadas(1);
  await assert.rejects(primera.query('select 1'));
  assert.deepEqual(finales, []);
});

test('a media exportación se corta la descarga y nada más', async () => {
  await n.sql(
    `insert into auditoria (accion, entidad, nombre_nora, antes)
     select 'guardar', 'prueba ' || i, 'aura', to_jsonb(repeat('a', 5000)) from generate_series(1, 4000) i`,
  );
  const r = await fetch(`${n.url}/admin/noras/aura/exportacion`, { headers: { cookie } });
  assert.equal(r.status, 200);
  const lector = (r.body as ReadableStream<Uint8Array>).getReader();
  await lector.read();
  // Sin leer más, la exportación se detiene con su conexión apartada y sin consulta.
  await dormir(300);
  await hasta(() => enUso(n.ctx.bd) === 2);
  await cortar();
  await dormir(100);
  await assert.rejects(async () => {
    while (!(await lector.read()).done);
  });
  await hasta(() => enUso(n.ctx.bd) === 1, 15_000);
  assert.equal((await fetch(`${n.url}/salud`)).status, 200);
});

test('a medio respaldo falla el respaldo, sin dejar carpeta a medias', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'nora-caidas-'));
  const { pool } = n.ctx.bd;
  const cortado = {
    connect: async () => {
      const cliente = await pool.connect();
      await cortar();
      await dormir(100);
      return cliente;
    },
  } as pg.Pool;
  try {
    await assert.rejects(
      crearRespaldo({ bd: { ...n.ctx.bd, pool: cortado }, adjuntos: n.ctx.adjuntos }, dir),
    );
    assert.deepEqual(readdirSync(dir), []);
    await hasta(() => enUso(n.ctx.bd) <= 1, 15_000);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('una conexión cortada a media migración, o al preparar los roles, se dice con un error y nada más', async () => {
  let corte = '';
  const puente = createServer((deNora) => {
    const aBase = connect(Number(new URL(n.base.url).port), '127.0.0.1');
    deNora.pipe(aBase).pipe(deNora);
    deNora.on('data', (datos) => {
      if (!datos.includes(corte)) return;
      deNora.destroy();
      aBase.destroy();
    });
  });
  await new Promise<void>((listo) => puente.listen(0, '127.0.0.1', listo));
  const url = new URL(n.base.url);
  url.port = String((puente.address() as AddressInfo).port);
  try {
    corte = 'pg_advisory_lock';
    await assert.rejects(migrar(url.toString()), /Connection terminated/);
    corte = 'pg_database';
    const secretos = {} as Secretos;
    await assert.rejects(prepararRoles({ url: url.toString(), secretos }), /Connection terminated/);
  } finally {
    puente.close();
  }
});
