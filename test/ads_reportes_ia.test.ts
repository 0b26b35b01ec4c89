import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { ticReportes } from '../src/ads/reportes/tic.ts';
import { azarDe, sembrarAds } from './apoyo/ads.ts';
import { crearFalsoOpenai, type FalsoOpenai } from './apoyo/falso_openai.ts';
import { abrirWeb, crearNora, crearUsuario, type Visitante, type Web } from './apoyo/web.ts';

/** Lunes 9 de noviembre de 2026, 10:00 en Hermosillo. */
const LUNES = new Date('2026-11-09T17:00:00Z');
const BASE = '/panel_cliente/aura/ads';
const HTML = { accept: 'text/html' };
let web: Web;
let falso: FalsoOpenai;
let ana: Visitante;
const sql = async (texto: string, valores?: unknown[]) =>
  (await web.ctx.bd.pool.query(texto, valores)).rows as Record<string, unknown>[];

before(async () => {
  falso = await crearFalsoOpenai();
  web = await abrirWeb({
    OPENAI_API_KEY: falso.apiKey,
    OPENAI_BASE_URL: falso.url,
    OPENAI_MODELO: falso.modelo,
  });
  await crearNora(web.ctx, 'aura', ['chat', 'ia', 'ads']);
  await crearUsuario(web.ctx, { correo: 'ana@aura.mx', noras: { aura: 'dueno' } });
  ana = web.visitante();
  await ana.entrar('ana@aura.mx');
  await sembrarAds(sql, 'aura', { desde: '2026-10-20', hasta: '2026-11-08' }, { azar: azarDe(8) });
});
after(async () => {
  await web.cerrar();
  await falso.cerrar();
});
beforeEach(async () => {
  await sql('delete from meta_ads_reportes');
  falso.peticiones.length = 0;
});

/** Lo que la lista que recibió el modelo dice de una cifra: `gasto: $1,234.50, antes …`. */
const cifra = (mensajes: { content: string }[], clave: string): string =>
  new RegExp(`^${clave}: ([^\\n]*?)(?:, antes|$)`, 'm').exec(mensajes.at(-1)?.content ?? '')?.[1] ?? '';

async function reporte() {
  const [r] = await sql(
    `select id, estado, textos->'es'->>'modo' modo, textos->'es'->>'rechazo' rechazo, textos->'es'->'parrafos' parrafos from meta_ads_reportes`,
  );
  return r as { id: string; estado: string; modo: string; rechazo: string | null; parrafos: string[] };
}

test('con modelo, el texto es suyo si cada número es del reporte, y la página lo dice', async () => {
  falso.responderCon((mensajes) => ({
    parrafos: [
      `Esta vez se gastaron ${cifra(mensajes, 'gasto')}.`,
      `Tus anuncios recibieron ${cifra(mensajes, 'clics')} clics.`,
    ],
  }));
  assert.deepEqual(await ticReportes(web.ctx, LUNES), { hechos: 1, negados: 0 });
  const r = await reporte();
  assert.deepEqual([r.estado, r.modo, r.rechazo], ['listo', 'ia', null]);
  assert.match(r.parrafos[0] ?? '', /^Esta vez se gastaron \$[\d,]+\.\d\d\.$/);
  assert.match((await ana.get(`${BASE}/reportes/${r.id}`, HTML)).texto, /de IA, con cada número cotejado/);
});

test('un número inventado se rechaza: sale el de plantilla y queda dicho cuál fue', async () => {
  for (const [inventado, dice] of [
    ['Se gastaron $98,765.43 en la semana.', /98,765\.43/],
    ['Se gastaron veinte mil pesos.', /con palabras/],
    ['Los clics subieron 731.4 %.', /731\.4/],
  ] as const) {
    await sql('delete from meta_ads_reportes');
    falso.responderCon(() => ({ parrafos: [inventado] }));
    await ticReportes(web.ctx, LUNES);
    const r = await reporte();
    assert.deepEqual([r.estado, r.modo], ['listo', 'plantilla'], inventado);
    assert.match(r.rechazo ?? '', dice);
    assert.ok(!JSON.stringify(r.parrafos).includes(inventado));
    assert.match(r.parrafos[0] ?? '', /^Se gastaron \$/);
    const { texto } = await ana.get(`${BASE}/reportes/${r.id}`, HTML);
    assert.match(texto, /de plantilla[\s\S]{0,40}el de la IA no pasó/);
  }
});

test('si el modelo no contesta, o contesta basura, el reporte sale igual con su plantilla', async () => {
  for (const regla of [
    { error: { http: 500 } },
    { contenido: '{"parrafos":"no es lista"}' },
    { contenido: 'hola' },
  ]) {
    await sql('delete from meta_ads_reportes');
    let vigente = true;
    falso.programar({ ...regla, veces: 8, si: () => vigente });
    await ticReportes(web.ctx, LUNES);
    vigente = false;
    const r = await reporte();
    assert.deepEqual(
      [r.estado, r.modo, r.rechazo],
      ['listo', 'plantilla', 'el modelo no contestó'],
      JSON.stringify(regla),
    );
  }
  const [error] = await sql(`select count(*)::int n from logs_errores where origen = 'reporte_ads'`);
  assert.ok(Number(error?.['n']) >= 1);
});

test('repetir el reloj no vuelve a preguntar al modelo ni cambia el texto ya hecho', async () => {
  let veces = 0;
  falso.responderCon((mensajes) => ({
    parrafos: [`Se gastaron ${cifra(mensajes, 'gasto')}. ${'Sigue así. '.repeat(++veces)}`],
  }));
  await Promise.all([ticReportes(web.ctx, LUNES), ticReportes(web.ctx, LUNES)]);
  const primero = await reporte();
  assert.equal(primero.modo, 'ia');
  const preguntas = falso.peticiones.length;
  for (let i = 0; i < 3; i++) await ticReportes(web.ctx, LUNES);
  assert.deepEqual(await reporte(), primero);
  assert.equal(falso.peticiones.length, preguntas);
});

test('con el módulo de inteligencia apagado no se manda ninguna cifra al modelo', async () => {
  await web.ctx.bd.servicio
    .rpc('cambiar_modulo', { p_nora: 'aura', p_modulo: 'ia', p_activo: false, p_quien: null as never })
    .throwOnError();
  await ticReportes(web.ctx, LUNES);
  const r = await reporte();
  assert.deepEqual([r.estado, r.modo, r.rechazo], ['listo', 'plantilla', null]);
  assert.equal(falso.peticiones.length, 0);
});
