import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { mover } from '../src/ads/periodos.ts';
import { claveDia } from '../src/web/fechas.ts';
import { azarDe, type RenglonPrueba, sembrarAds } from './apoyo/ads.ts';
import { abrirWeb, crearNora, crearUsuario, type Visitante, type Web } from './apoyo/web.ts';

const HTML = { accept: 'text/html' };
const HOY = claveDia(new Date(), 'America/Hermosillo');
const SECRETO = 'EAAsecreto-cifrado-que-no-debe-salir';
let web: Web;
let admin: Visitante;
let duena: Visitante;
const cuentas: Record<string, string> = {};
const renglones: Record<string, RenglonPrueba[]> = {};
const sql = async (texto: string, valores: unknown[] = []) =>
  (await web.ctx.bd.pool.query(texto, valores)).rows as Record<string, unknown>[];

before(async () => {
  web = await abrirWeb();
  for (const n of ['aura', 'demo']) await crearNora(web.ctx, n, ['chat', 'ads']);
  await crearUsuario(web.ctx, { correo: 'admin@x.mx', rol: 'admin' });
  await crearUsuario(web.ctx, { correo: 'ana@aura.mx', noras: { aura: 'dueno' } });
  [admin, duena] = [web.visitante(), web.visitante()];
  await admin.entrar('admin@x.mx');
  await duena.entrar('ana@aura.mx');
  const p = { desde: mover(HOY, -40), hasta: mover(HOY, -1) };
  for (const [nombre, nora, o] of [
    ['bien', 'aura', { act: 'act_1' }],
    ['dolares', 'aura', { act: 'act_2' }],
    ['muerta', 'demo', { act: 'act_3' }],
    ['ensayo', 'demo', { act: 'act_4', demo: true }],
  ] as const) {
    const s = await sembrarAds(sql, nora, p, { azar: azarDe(nombre.length * 7), ...o });
    cuentas[nombre] = s.cuenta;
    renglones[nombre] = s.renglones;
  }
  await sql(
    `update meta_ads_cuentas set access_token = $1, ultima_sincronizacion = now(), token_expira = now() + interval '50 days' where not demo`,
    [SECRETO],
  );
  await sql(
    `update meta_ads_cuentas set moneda = 'USD', token_expira = now() + interval '3 days' where id = $1`,
    [cuentas['dolares']],
  );
  await sql(`update meta_ads_cuentas set token_expira = now() - interval '1 hour' where id = $1`, [
    cuentas['muerta'],
  ]);
});
after(() => web.cerrar());

const lista = async (consulta = '') =>
  (await admin.get(`/admin/ads${consulta}`)).json as {
    cuentas: { id: string; nombre_nora: string; salud: string; gasto_7: number; renglones: number }[];
    conteos: Record<string, number>;
    gasto: { moneda: string; demo: boolean; gasto_7: number; gasto_28: number }[];
    siguiente: string | null;
  };
const suma = (cuales: string[], dias: number) =>
  cuales
    .flatMap((c) => renglones[c] ?? [])
    .filter((r) => r.dia >= mover(HOY, -dias))
    .reduce((n, r) => n + Math.round(r.gasto * 100), 0) / 100;

describe('todas las cuentas', () => {
  test('cada una dice su salud, y el permiso no sale ni en la página ni en el JSON', async () => {
    const { cuentas: todas } = await lista();
    assert.deepEqual(
      Object.fromEntries(todas.map((c) => [c.id, c.salud])),
      Object.fromEntries(
        Object.entries({ bien: 'bien', dolares: 'por_vencer', muerta: 'muerta', ensayo: 'demo' }).map(
          ([k, v]) => [cuentas[k], v],
        ),
      ),
    );
    const bien = todas.find((c) => c.id === cuentas['bien']);
    assert.equal(bien?.renglones, renglones['bien']?.length);
    assert.equal(bien?.gasto_7, suma(['bien'], 7));
    await sql('update meta_ads_cuentas set situacion = 3 where id = $1', [cuentas['bien']]);
    const { texto } = await admin.get('/admin/ads', HTML);
    assert.match(texto, /Con adeudo/);
    assert.match(
      (await admin.get(`/admin/ads/${cuentas['bien']}`, HTML)).texto,
      /Según Meta<\/dt><dd class="mal">Con adeudo/,
    );
    assert.match(texto, /venció hace 1 h/);
    assert.match(texto, /vence en 2 días/);
    for (const t of [
      texto,
      JSON.stringify(todas),
      (await admin.get(`/admin/ads/${cuentas['bien']}`, HTML)).texto,
      (await admin.get(`/admin/ads/${cuentas['bien']}`)).texto,
    ])
      assert.ok(!t.includes(SECRETO));
  });

  test('el gasto va por moneda: ni pesos con dólares, ni dinero de demostración con el de verdad', async () => {
    const { gasto } = await lista();
    assert.deepEqual(
      gasto
        .map((g) => [g.moneda, g.demo, g.gasto_7, g.gasto_28])
        .toSorted((a, b) => String(a).localeCompare(String(b))),
      [
        ['MXN', false, suma(['bien', 'muerta'], 7), suma(['bien', 'muerta'], 28)],
        ['MXN', true, suma(['ensayo'], 7), suma(['ensayo'], 28)],
        ['USD', false, suma(['dolares'], 7), suma(['dolares'], 28)],
      ],
    );
  });

  test('se filtra por estado y se busca por nora, nombre o número de cuenta', async () => {
    for (const [consulta, quienes] of [
      ['?estado=muerta', ['muerta']],
      ['?estado=atencion', ['dolares', 'muerta']],
      ['?estado=demo', ['ensayo']],
      ['?q=act_2', ['dolares']],
      ['?q=NORA+aura', ['bien', 'dolares']],
      ['?q=%25', []],
    ] as const) {
      const { cuentas: halladas } = await lista(consulta);
      assert.deepEqual(
        halladas.map((c) => c.id).toSorted(),
        quienes.map((k) => cuentas[k] ?? '').toSorted(),
        consulta,
      );
    }
  });

  test('con cientos de noras se recorre por llave, sin repetir ni saltarse ninguna', async () => {
    await sql(
      `insert into configuracion_bot (nombre_nora, nombre_visible) select 'n' || i, 'Nora ' || i from generate_series(100, 299) i`,
    );
    await sql(
      `insert into meta_ads_cuentas (nombre_nora, ad_account_id, nombre, moneda) select 'n' || i, 'act_n' || i, 'Cuenta ' || i, 'COP' from generate_series(100, 299) i`,
    );
    const vistas: string[] = [];
    let desde: string | null = '';
    while (desde !== null) {
      const pagina = await lista(`?q=cuenta&n=30&desde=${encodeURIComponent(desde)}`);
      vistas.push(...pagina.cuentas.map((c) => c.id));
      desde = pagina.siguiente;
    }
    assert.equal(vistas.length, 204);
    assert.equal(new Set(vistas).size, 204);
    await sql(`delete from configuracion_bot where nombre_nora like 'n___'`);
  });

  test('el tablero dice cuántas piden atención y lleva a ellas', async () => {
    const { texto } = await admin.get('/admin/dashboard', HTML);
    assert.match(texto, /href="\/admin\/ads\?estado=atencion"/);
    assert.match(texto, /Cuentas de anuncios por atender[\s\S]{0,120}>2</);
    assert.match(texto, /1 sin permiso de Meta/);
  });
});

describe('una cuenta', () => {
  test('sus límites se guardan con lo de antes y lo de después en la auditoría, y los respeta el panel', async () => {
    const ruta = `/admin/ads/${cuentas['bien']}/limites`;
    assert.equal((await admin.post(ruta, { diario: '$1,500.50', total: '' })).estado, 200);
    assert.equal((await admin.post(ruta, { diario: '300', total: '9000' })).estado, 200);
    const [a] = await sql(
      `select antes, despues, nombre_nora, quien is not null con_quien from auditoria where accion = 'limitar anuncios' order by cuando desc limit 1`,
    );
    const de = (x: unknown) => {
      const { maximo_diario, maximo_total } = x as Record<string, unknown>;
      return [maximo_diario, maximo_total];
    };
    assert.deepEqual(
      [de(a?.['antes']), de(a?.['despues']), a?.['nombre_nora'], a?.['con_quien']],
      [[1500.5, null], [300, 9000], 'aura', true],
    );
    const { texto, estado } = await duena.post('/panel_cliente/aura/ads/campanas/c1/presupuesto', {
      cuenta: cuentas['bien'] ?? '',
      tipo: 'diario',
      monto: '301',
      confirmado: 'si',
    });
    assert.equal(estado, 422);
    assert.match(texto, /\$300\.00/);
  });

  test('un monto raro se dice junto a su campo y no se pierde lo escrito', async () => {
    const ruta = `/admin/ads/${cuentas['bien']}/limites`;
    for (const malo of ['-5', '0', '1e9', 'mucho']) {
      const r = await admin.post(ruta, { diario: malo, total: '77' }, HTML);
      assert.equal(r.estado, 422, malo);
      assert.match(r.texto, /value="77"/);
      assert.match(r.texto, /aria-invalid="true"/);
    }
    const [a] = await sql('select maximo_diario::int from meta_ads_ajustes where cuenta_id = $1', [
      cuentas['bien'],
    ]);
    assert.equal(a?.['maximo_diario'], 300);
  });

  test('«Sincronizar ahora» encarga el trabajo de esa cuenta y lo apunta; una de demostración no se puede', async () => {
    assert.equal((await admin.post(`/admin/ads/${cuentas['bien']}/sincronizacion`)).estado, 202);
    const trabajos = await sql(`select data from pgboss.job where name = 'ads_sincronizar'`);
    assert.deepEqual(
      trabajos.map((t) => (t['data'] as { cuenta_id: string }).cuenta_id),
      [cuentas['bien']],
    );
    const [a] = await sql(`select nombre_nora from auditoria where accion = 'sincronizar anuncios'`);
    assert.equal(a?.['nombre_nora'], 'aura');
    assert.equal((await admin.post(`/admin/ads/${cuentas['ensayo']}/sincronizacion`)).estado, 409);
  });

  test('quien no administra recibe 404 en todo, y una cuenta que no existe también', async () => {
    for (const ruta of ['/admin/ads', `/admin/ads/${cuentas['bien']}`])
      assert.equal((await duena.get(ruta)).estado, 404, ruta);
    for (const que of ['limites', 'sincronizacion']) {
      assert.equal((await duena.post(`/admin/ads/${cuentas['bien']}/${que}`, { diario: '1' })).estado, 404);
      assert.equal((await admin.post(`/admin/ads/${randomUUID()}/${que}`, { diario: '1' })).estado, 404);
    }
    assert.equal((await admin.get(`/admin/ads/${randomUUID()}`)).estado, 404);
  });

  test('la última vuelta que falló se ve con su motivo, y el reporte que no salió con el suyo', async () => {
    await sql(
      `insert into meta_ads_sincronizaciones (nombre_nora, cuenta_id, pedida, ciclo, fin, arriendo_hasta, estado, clase, motivo) values ('aura', $1, 'horario', now(), now(), now(), 'fallida', 'meta', 'Meta contestó una página y no datos.')`,
      [cuentas['bien']],
    );
    await sql(
      `insert into meta_ads_reportes (nombre_nora, cuenta_id, cadencia, desde, hasta, estado, motivo) values ('aura', $1, 'semanal', $2, $3, 'negado', 'faltan_dias')`,
      [cuentas['bien'], mover(HOY, -14), mover(HOY, -8)],
    );
    assert.equal((await lista('?estado=fallando')).cuentas[0]?.id, cuentas['bien']);
    const { texto } = await admin.get(`/admin/ads/${cuentas['bien']}`, HTML);
    assert.match(texto, /Meta contestó una página y no datos\./);
    assert.match(texto, /faltan días por traer/);
    assert.match(texto, /1 vuelta fallida en 7 días · 1 reporte que no salió/);
  });
});
