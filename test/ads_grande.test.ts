import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { diasDe, mover } from '../src/ads/periodos.ts';
import { sincronizarCuenta } from '../src/ads/sincronizar/sincronizar.ts';
import { crearMeta } from '../src/integraciones/meta.ts';
import { azarDe } from './apoyo/ads.ts';
import { crearFalsoMeta, type FalsoMeta } from './apoyo/falso_meta.ts';
import { cuentaFalsa } from './apoyo/falso_meta_datos.ts';
import { abrirWeb, crearNora, crearUsuario, type Web } from './apoyo/web.ts';

const ACT = 'act_9';
const ANUNCIOS = 10_000;
const HOY = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/Hermosillo' }).format(new Date());
const DIAS = diasDe({ desde: mover(HOY, -2), hasta: mover(HOY, -1) });

let web: Web;
let falso: FalsoMeta;
const sql = async <T extends object>(texto: string, valores: unknown[] = []): Promise<T[]> =>
  (await web.ctx.bd.pool.query(texto, valores)).rows as T[];

before(async () => {
  falso = await crearFalsoMeta();
  falso.cuentas.set(ACT, cuentaFalsa({ act: ACT, anuncios: ANUNCIOS, dias: DIAS, azar: azarDe(9) }));
  web = await abrirWeb({ META_GRAPH_URL: falso.url, META_ACCESS_TOKEN: falso.nuevoToken() });
  web.ctx.meta = crearMeta({ app: null, graphUrl: falso.url, pausaMs: 1, sondeoMs: 1 });
  await crearNora(web.ctx, 'aura', ['chat', 'ads']);
});
after(async () => {
  await web?.cerrar();
  await falso?.cerrar();
});

test('diez mil anuncios: cada nivel llega en varias páginas, completo, y nunca se pide más de un día de una vez', async () => {
  const [c] = await sql<{ id: string }>(
    `insert into meta_ads_cuentas (nombre_nora, ad_account_id, con_agencia, estado_conexion) values ('aura', $1, true, 'conectada') returning id`,
    [ACT],
  );
  // Lo viejo se da por traído: 400 días vacíos no prueban nada más.
  await sql(
    `insert into meta_ads_dias (nombre_nora, cuenta_id, dia, gasto, gasto_primero, traido) select 'aura', $1, d::date, 0, 0, now() + interval '1 hour' from generate_series($2::date, $3::date, interval '1 day') d`,
    [c?.id, mover(HOY, -400), mover(HOY, -3)],
  );
  // Lo que dejó a medias un proceso que murió no se cuela.
  await sql(
    `insert into interno.ads_llegada (cuenta_id, dia, anuncio, plataforma, gasto, impresiones, clics, conversaciones, conjunto, conjunto_nombre, campana, campana_nombre, anuncio_nombre) values ($1, $2, 'fantasma', 'facebook', 999, 1, 1, 1, 'f', 'f', 'f', 'f', 'f')`,
    [c?.id, mover(HOY, -1)],
  );
  const r = await sincronizarCuenta(web.ctx, {
    nombre_nora: 'aura',
    cuenta_id: c?.id ?? '',
    pedida: 'guion',
  });
  assert.deepEqual(r, { estado: 'hecha', renglones: ANUNCIOS * 2 * DIAS.length });

  const veces = (fin: string) => falso.peticiones.filter((p) => p.ruta.endsWith(fin)).length;
  assert.deepEqual(
    [veces('/campaigns'), veces('/adsets'), veces('/ads')],
    [2, 4, 20],
    'páginas de quinientos',
  );
  const pedidos = falso.peticiones.filter((p) => p.params['breakdowns']);
  assert.equal(pedidos.length, 40 * DIAS.length);
  for (const p of pedidos) {
    const { since, until } = JSON.parse(p.params['time_range'] ?? '{}') as { since: string; until: string };
    assert.equal(since, until, 'veinte mil renglones son un día: es lo más que cabe en la memoria a la vez');
  }

  const [n] = await sql<Record<string, number>>(
    `select (select count(*)::int from meta_ads_campanas where cuenta_id = $1) campanas, (select count(*)::int from meta_ads_conjuntos where cuenta_id = $1) conjuntos, (select count(*)::int from meta_ads_anuncios where cuenta_id = $1) anuncios,
            (select count(*)::int from meta_ads_insights where cuenta_id = $1) renglones, (select count(*)::int from meta_ads_logs_cambios where cuenta_id = $1) cambios, (select count(*)::int from interno.ads_llegada) apilados,
            (select count(*)::int from meta_ads_dias d left join (select i.dia, sum(i.gasto) gasto from meta_ads_insights i where i.cuenta_id = $1 group by 1) i on i.dia = d.dia where d.cuenta_id = $1 and d.gasto <> coalesce(i.gasto, 0)) sin_cuadrar`,
    [c?.id],
  );
  assert.deepEqual(n, {
    campanas: 1000,
    conjuntos: 2000,
    anuncios: ANUNCIOS,
    renglones: ANUNCIOS * 2 * DIAS.length,
    cambios: 0,
    apilados: 0,
    sin_cuadrar: 0,
  });
});

test('y su página, su CSV y su reporte salen completos', async () => {
  await crearUsuario(web.ctx, { correo: 'ana@aura.mx', noras: { aura: 'dueno' } });
  const ana = web.visitante();
  await ana.entrar('ana@aura.mx');
  const base = '/panel_cliente/aura/ads';
  const suyos = falso.cuentas.get(ACT)?.renglones ?? [];
  const gasto = suyos.reduce((n, r) => n + Math.round(r.gasto * 100), 0) / 100;
  for (const nivel of ['campanas', 'conjuntos', 'anuncios']) {
    const r = await ana.get(`${base}?rango=7d&nivel=${nivel}&pagina=3`);
    assert.equal(r.estado, 200, nivel);
    assert.equal((r.json['total'] as { gasto: number }).gasto, gasto);
    assert.equal((r.json['objetos'] as unknown[]).length, 50);
  }
  const csv = await ana.get(`${base}/exportar.csv?rango=7d`);
  assert.equal(csv.texto.trim().split('\r\n').length - 1, suyos.length);
  const [c] = await sql<{ id: string }>('select id from meta_ads_cuentas');
  const hecho = await ana.post(`${base}/reportes`, { cuenta: c?.id ?? '', cadencia: 'diario' });
  assert.ok(hecho.estado < 300, hecho.texto);
  const [rep] = await sql<{ gasto: number; n: number; estado: string }>(
    `select estado, (cifras->'total'->>'gasto')::float8 gasto, (cifras->>'n_anuncios')::int n from meta_ads_reportes`,
  );
  const ayer =
    suyos.filter((r) => r.dia === mover(HOY, -1)).reduce((n, r) => n + Math.round(r.gasto * 100), 0) / 100;
  assert.deepEqual(rep, { estado: 'listo', gasto: ayer, n: ANUNCIOS });
});
