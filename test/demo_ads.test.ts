import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mover } from '../src/ads/periodos.ts';
import { tokenDeReporte } from '../src/ads/reportes/ligas.ts';
import { ponerAdsAlDia } from '../src/demo/ads/al_dia.ts';
import { DEMO } from '../src/demo/datos.ts';
import { sembrar } from '../src/demo/sembrar.ts';
import { claveDia } from '../src/web/fechas.ts';
import { abrirWeb, crearUsuario, type Visitante, type Web } from './apoyo/web.ts';

const HTML = { accept: 'text/html' };
const AHORA = new Date();
const HOY = claveDia(AHORA, 'America/Hermosillo');
let web: Web;
let ana: Visitante;
const sql = async (texto: string, valores: unknown[] = []) =>
  (await web.ctx.bd.pool.query(texto, valores)).rows as Record<string, never>[];

before(async () => {
  web = await abrirWeb();
  assert.equal(await sembrar(web.ctx.bd, DEMO, AHORA), true);
  await ponerAdsAlDia(web.ctx, DEMO.noras, AHORA);
  await web.ctx.registro.resincronizar();
  await crearUsuario(web.ctx, { correo: 'ana@aura.mx', noras: { aura: 'dueno', demo: 'dueno' } });
  ana = web.visitante();
  await ana.entrar('ana@aura.mx');
});
after(() => web.cerrar());

const foto = () =>
  sql(`select 'r' t, md5(string_agg(i::text, '|' order by i.cuenta_id, i.dia, i.anuncio_id, i.plataforma)) h, count(*)::int n from meta_ads_insights i
       union all select 'x', md5(string_agg(r.id::text || r.cifras::text, '|' order by r.id)), count(*)::int from meta_ads_reportes r
       union all select 'e', md5(string_agg(e.id::text, '|' order by e.id)), count(*)::int from meta_ads_receptores e`);

describe('anuncios de la demo', () => {
  test('las dos noras traen un año que llega hasta ayer, cuadra por día y está marcado como demo', async () => {
    const cuentas = await sql(
      `select m.nombre_nora, m.demo, m.access_token, (select min(dia)::text from meta_ads_dias d where d.cuenta_id = m.id) desde, (select max(dia)::text from meta_ads_dias d where d.cuenta_id = m.id) hasta,
              (select count(*)::int from meta_ads_dias d where d.cuenta_id = m.id and d.gasto <> (select coalesce(sum(i.gasto), 0) from meta_ads_insights i where i.cuenta_id = m.id and i.dia = d.dia)) no_cuadran
         from meta_ads_cuentas m order by 1`,
    );
    assert.deepEqual(
      cuentas.map((c) => [c['nombre_nora'], c['demo'], c['access_token'], c['hasta'], c['no_cuadran']]),
      ['aura', 'demo'].map((n) => [n, true, null, mover(HOY, -1), 0]),
    );
    assert.ok(cuentas.every((c) => String(c['desde']) <= mover(HOY, -365)));
    for (const n of ['aura', 'demo']) {
      const { texto, estado } = await ana.get(`/panel_cliente/${n}/ads?rango=ano`, HTML);
      assert.equal(estado, 200);
      assert.match(texto, /Datos de demostración/);
      assert.doesNotMatch(texto, /Meta no lo ha dado para estas fechas/);
    }
  });

  test('cada rango que ofrece la página tiene su alcance, y nunca pasa de sus impresiones', async () => {
    for (const rango of ['7d', '28d', '90d', 'semana', 'mes', 'mes_pasado', 'ano']) {
      const { json } = await ana.get(`/panel_cliente/aura/ads?rango=${rango}`);
      const alcance = json['alcance'] as { n: number } | null;
      const total = json['total'] as { impresiones: number };
      assert.ok(alcance, rango);
      assert.ok(alcance.n <= total.impresiones && (alcance.n > 0 || total.impresiones === 0), rango);
    }
  });

  test('quienes llegaron por un anuncio están en el chat y se cuentan junto a lo de Meta', async () => {
    const { json } = await ana.get('/panel_cliente/aura/ads?rango=28d');
    const nuestras = (json['nuestros'] as { conversaciones: number }).conversaciones;
    const { conversaciones } = json['total'] as { conversaciones: number };
    assert.ok(nuestras > 10 && nuestras <= conversaciones, `${nuestras} de ${conversaciones}`);
    const sueltos = await sql(
      `select h.id from historial_conversaciones h where h.referido is not null
          and not exists (select from meta_ads_anuncios a where a.nombre_nora = h.nombre_nora and a.id = h.referido->>'ReferralSourceId')`,
    );
    assert.deepEqual(sueltos, []);
  });

  test('la semana pasada ya tiene su reporte, con sus receptores y su liga pública que dice que es demo', async () => {
    const [r] = await sql(
      `select r.id, r.serie, r.estado, r.cifras->>'demo' demo, (select count(*)::int from meta_ads_entregas e where e.reporte_id = r.id) entregas from meta_ads_reportes r where r.nombre_nora = 'aura'`,
    );
    assert.deepEqual([r?.['estado'], r?.['demo'], r?.['entregas']], ['listo', 'true', 2]);
    const { texto, estado } = await web
      .visitante()
      .get(`/reportes/${tokenDeReporte(web.ctx.config, String(r?.['id']), Number(r?.['serie']))}`, HTML);
    assert.equal(estado, 200);
    assert.match(texto, /Datos de demostración/);
  });

  test('repetirlo no cambia nada', async () => {
    const antes = await foto();
    await ponerAdsAlDia(web.ctx, DEMO.noras, AHORA);
    assert.deepEqual(await foto(), antes);
  });

  test('tres noches después llegan esos tres días, y lo que se pausó en el panel ya no gasta', async () => {
    const [cuenta] = await sql(`select id from meta_ads_cuentas where nombre_nora = 'aura'`);
    const id = '120213480021310101';
    const pausa = await ana.post(`/panel_cliente/aura/ads/campanas/${id}/pausa`, {
      cuenta: String(cuenta?.['id']),
      confirmado: 'si',
    });
    assert.equal(pausa.estado, 200);
    const [antes] = await foto();
    await ponerAdsAlDia(web.ctx, DEMO.noras, new Date(AHORA.getTime() + 3 * 86_400_000));
    const dias = await sql(
      `select d.dia::text, d.gasto > 0 con_gasto, (select count(*)::int from meta_ads_insights i join meta_ads_anuncios a on a.cuenta_id = i.cuenta_id and a.id = i.anuncio_id where i.cuenta_id = d.cuenta_id and i.dia = d.dia and a.campana_id = $2) de_la_pausada
         from meta_ads_dias d where d.cuenta_id = $1 and d.dia >= $3 order by 1`,
      [cuenta?.['id'], id, HOY],
    );
    assert.deepEqual(
      dias.map((d) => [d['dia'], d['de_la_pausada']]),
      [0, 1, 2].map((n) => [mover(HOY, n), 0]),
    );
    const [despues] = await foto();
    assert.notDeepEqual(despues, antes);
  });

  test('una cuenta de la demo que alguien quitó no vuelve, y una nora con otro número no recibe nada', async () => {
    await sql(`delete from meta_ads_cuentas where nombre_nora = 'aura'`);
    await sql(`delete from meta_ads_cuentas where nombre_nora = 'demo'`);
    await sql(`delete from tareas_programadas where nombre = 'demo_ads:demo'`);
    await sql(`update configuracion_bot set numero_nora = '+526629990000' where nombre_nora = 'demo'`);
    await ponerAdsAlDia(web.ctx, DEMO.noras, AHORA);
    assert.deepEqual(await sql('select id from meta_ads_cuentas'), []);
  });
});
