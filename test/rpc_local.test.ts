import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { type BaseDeDatos, crearBaseDeDatos } from '../src/datos/base_de_datos.ts';
import { type BaseDePrueba, prepararBase } from './apoyo/base.ts';
import { hasta } from './apoyo/web.ts';

let base: BaseDePrueba;
let bd: BaseDeDatos;

before(async () => {
  base = await prepararBase();
  bd = await crearBaseDeDatos(base.config, pino({ level: 'silent' }));
  await bd.pool.query(`
    create function public.p_nada(p_x integer) returns void language sql set search_path = '' as 'select null::void';
    create function public.p_filas(p_n integer) returns setof integer language sql set search_path = '' as 'select generate_series(1, p_n)';
    create function public.p_tabla(p_t text[], p_c timestamptz default null) returns table (t text, c timestamptz) language sql set search_path = '' as 'select x, p_c from unnest(p_t) x';
    create function public.p_truena(p_m text) returns jsonb language plpgsql set search_path = '' as 'begin raise exception using errcode = ''22023'', message = p_m; end';
    create function public.p_jsonb(p_j jsonb) returns jsonb language sql set search_path = '' as 'select p_j';
    create function public.p_duerme() returns void language sql set search_path = '' as 'select pg_sleep(20)';
    grant execute on function public.p_duerme(), public.p_nada(integer), public.p_filas(integer), public.p_tabla(text[], timestamptz), public.p_truena(text), public.p_jsonb(jsonb) to nora_panel, service_role`);
  // El catálogo se lee al abrir.
  await bd.cerrar();
  bd = await crearBaseDeDatos(base.config, pino({ level: 'silent' }));
});
after(async () => {
  await bd?.cerrar();
  await base?.cerrar();
});

const llamar = (f: string, p: object = {}, cliente = bd.servicio) => cliente.rpc(f as never, p as never);

test('cada forma de respuesta llega como la de PostgREST', async () => {
  assert.equal((await llamar('p_nada', { p_x: 1 }).throwOnError()).data, null);
  const largo = (await llamar('p_filas', { p_n: 1500 }).throwOnError()).data as unknown as number[];
  assert.equal(largo.length, 1500);
  const { data } = await llamar('p_tabla', {
    p_t: ['a', "b'\\;--", 'ñ😀'],
    p_c: '2026-11-20T10:00:00Z',
  }).throwOnError();
  assert.deepEqual(data, [
    { t: 'a', c: '2026-11-20T10:00:00+00:00' },
    { t: "b'\\;--", c: '2026-11-20T10:00:00+00:00' },
    { t: 'ñ😀', c: '2026-11-20T10:00:00+00:00' },
  ]);
  assert.deepEqual((await llamar('p_tabla', { p_t: [] }).throwOnError()).data, []);
  const objeto = { a: [1, null, { b: "O'Hara \\" }], c: 12345678901234 };
  assert.deepEqual((await llamar('p_jsonb', { p_j: objeto }).throwOnError()).data, objeto);
});

test('un error trae su código y no los valores de la fila', async () => {
  const { error, status } = await llamar('p_truena', { p_m: 'no cuadra' });
  assert.equal(status, 400);
  assert.equal(error?.code, '22023');
  assert.equal(error?.message, 'no cuadra');
  const nulo = await llamar('p_jsonb', { p_j: { a: '\u0000' } });
  assert.match(String(nulo.error?.code), /^22/);
});

test('una función que sólo dijo que no, no cuesta la conexión; una cortada a la mitad se repone sola', async () => {
  const pids = async () =>
    (
      await bd.pool.query<{ pid: number }>(
        `select pid from pg_stat_activity where datname = current_database() and application_name = 'nora_rpc' order by pid`,
      )
    ).rows.map((f) => f.pid);
  await llamar('p_nada', { p_x: 1 }).throwOnError();
  const antes = await pids();
  assert.ok(antes.length > 0);
  for (let i = 0; i < 5; i++) assert.ok((await llamar('p_truena', { p_m: 'no' })).error);
  assert.deepEqual(await pids(), antes);
  const [cortada] = await Promise.all([
    llamar('p_duerme'),
    hasta(async () => {
      const { rowCount } = await bd.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '%p_duerme%' and pid <> pg_backend_pid()`,
      );
      return rowCount === 1;
    }),
  ]);
  assert.equal(cortada.error?.code, '57P01');
  await llamar('p_nada', { p_x: 1 }).throwOnError();
});

test('lo que no conoce lo contesta la biblioteca', async () => {
  assert.ok((await llamar('no_existe')).error);
  assert.ok((await llamar('p_nada', { p_otro: 1 })).error);
  assert.deepEqual((await llamar('p_filas', { p_n: 3 }).limit(2)).error, null);
});

test('doscientas llamadas encimadas: cada una con su identidad y ninguna la hereda', async () => {
  const noras = ['una', 'otra', null];
  const vistas = await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      const nora = noras[i % 3] ?? null;
      const { data } = await llamar('nora_actual', {}, nora ? bd.deNora(nora) : bd.servicio).throwOnError();
      return [nora, data];
    }),
  );
  for (const [nora, vista] of vistas) assert.equal(vista ?? null, nora);
});
