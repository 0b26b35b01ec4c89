import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { diasDe, mover } from '../../src/ads/periodos.ts';
import { pedirSincronizacion } from '../../src/ads/sincronizar/pedir.ts';
import { crearMeta } from '../../src/integraciones/meta.ts';
import { SALA_ADMIN } from '../../src/tiempo_real/vivo.ts';
import { azarDe } from '../apoyo/ads.ts';
import { crearFalsoMeta, type FalsoMeta } from '../apoyo/falso_meta.ts';
import { cuentaFalsa } from '../apoyo/falso_meta_datos.ts';
import { abrirNavegador, abrirPestana, entrar, hallazgosAxe, ir } from '../apoyo/navegador.ts';
import { abrirNora, type NoraDePrueba } from '../apoyo/nora.ts';
import { CLAVE, crearNora, crearUsuario, hasta } from '../apoyo/web.ts';

/** Con CAPTURAS=carpeta se guardan las pantallas para mirarlas. */
const CAPTURAS = process.env['CAPTURAS'];
const HOY = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/Hermosillo' }).format(new Date());
const ACT = 'act_100';

let n: NoraDePrueba;
let falso: FalsoMeta;
let navegador: Browser;
let pagina: Page;
const fallas: string[] = [];

before(async () => {
  falso = await crearFalsoMeta();
  falso.cuentas.set(
    ACT,
    cuentaFalsa({
      act: ACT,
      nombre: 'Aura anuncios',
      anuncios: 12,
      dias: diasDe({ desde: mover(HOY, -60), hasta: mover(HOY, -1) }),
      azar: azarDe(11),
      miniaturas: `${falso.url}/miniaturas`,
    }),
  );
  falso.cuentas.set('act_200', cuentaFalsa({ act: 'act_200', nombre: 'Ferretería' }));
  n = await abrirNora({
    entorno: {
      META_GRAPH_URL: falso.url,
      META_APP_ID: falso.app.id,
      META_APP_SECRET: falso.app.secreto,
    },
    sustitutos: { meta: crearMeta({ app: falso.app, graphUrl: falso.url, pausaMs: 1, sondeoMs: 5 }) },
  });
  await crearNora(n.ctx, 'aura', ['chat', 'contactos', 'ads']);
  await crearUsuario(n.ctx, { correo: 'duena@aura.mx', noras: { aura: 'dueno' } });
  navegador = await abrirNavegador();
  pagina = await abrirPestana(navegador, { viewport: { width: 1360, height: 900 } }, fallas);
  await entrar(pagina, n.url, 'duena@aura.mx', CLAVE);
});
after(async () => {
  await navegador?.close();
  await n?.cerrar();
  await falso?.cerrar();
});

test('conectar con Facebook, verla llegar, leer sus cifras y cambiar un presupuesto', async () => {
  const ads = `${n.url}/panel_cliente/aura/ads`;
  await pagina.goto(ads);
  await pagina.getByRole('link', { name: 'Conectar una cuenta' }).click();
  await capturar('cuentas_vacia');
  await pagina.getByRole('button', { name: 'Conectar con Facebook' }).click();
  await pagina.waitForURL(/\/cuentas\/elegir\//);
  assert.doesNotMatch(pagina.url(), /code=|EAA/);
  await capturar('elegir');
  await pagina.getByLabel('Aura anuncios').check();
  await pagina.getByRole('button', { name: 'Conectar' }).click();
  await pagina.waitForURL(/\/ads\/cuentas$/);
  // Sin recargar: la página pregunta sola mientras avanza.
  await pagina.getByText('400 días guardados').waitFor({ timeout: 30_000 });
  await pagina.getByText('Conectada', { exact: true }).waitFor();
  assert.equal(await pagina.getByText('Ferretería').count(), 0, 'sólo lo elegido');
  await capturar('cuentas');

  await pagina.getByRole('link', { name: 'Ver cifras de Aura anuncios' }).click();
  const suyos = falso.cuentas.get(ACT)?.renglones.filter((r) => r.dia >= mover(HOY, -28)) ?? [];
  const gasto = suyos.reduce((s, r) => s + Math.round(r.gasto * 100), 0) / 100;
  const dicho = new Intl.NumberFormat('es-MX', { style: 'currency', currency: 'MXN' }).format(gasto);
  await pagina.getByText(dicho).first().waitFor();
  await capturar('resumen');

  await pagina.goto(`${ads}?nivel=conjuntos`);
  await pagina.getByRole('link', { name: /Abrir Conjunto 1/ }).click();
  await pagina.fill('[name=monto]', '350');
  await pagina.getByRole('button', { name: 'Revisar el cambio' }).first().click();
  assert.match((await pagina.locator('main').textContent()) ?? '', /\$200\.00[\s\S]*\$350\.00/);
  await capturar('confirmar');
  await pagina.getByRole('button', { name: 'Sí, cambiar a' }).click();
  await pagina.getByText('$200.00 → $350.00').waitFor();
  assert.equal(falso.cuentas.get(ACT)?.conjuntos[0]?.daily_budget, '35000', 'quedó en Meta');
  await capturar('objeto');
});

test('quien administra ve llegar una sincronización sin recargar', async () => {
  await crearUsuario(n.ctx, { correo: 'admin@x.mx', rol: 'admin' });
  const admin = await abrirPestana(navegador, { viewport: { width: 1360, height: 900 } }, fallas);
  await entrar(admin, n.url, 'admin@x.mx', CLAVE);
  await ir(admin, `${n.url}/admin/ads`);
  await admin.getByRole('link', { name: /Aura anuncios/ }).click();
  await admin.locator('#vueltas tbody tr').first().waitFor();
  const antes = await admin.locator('#vueltas tbody tr').count();
  await admin.evaluate(() => document.body.toggleAttribute('data-sin-recargar', true));
  await hasta(() => n.sockets.io.sockets.adapter.rooms.has(SALA_ADMIN));
  const [cuenta] = await n.sql<{ id: string }>('select id from meta_ads_cuentas where ad_account_id = $1', [
    ACT,
  ]);
  await hasta(() => pedirSincronizacion(n.ctx, { nombre_nora: 'aura', cuenta_id: cuenta?.id ?? '' }), 20_000);
  await admin.locator('#vueltas tbody tr').nth(antes).waitFor({ timeout: 20_000 });
  assert.equal(await admin.locator('body[data-sin-recargar]').count(), 1);
  assert.deepEqual(await hallazgosAxe(admin), []);
  await admin.context().close();
});

test('hacer el reporte, abrir su liga sin sesión, y cerrarla', async () => {
  await pagina.goto(`${n.url}/panel_cliente/aura/ads/reportes`);
  const dialogo = pagina.getByRole('dialog');
  // Antes de mandarle nada a un cliente dice a cuántos, según el periodo elegido.
  await n.sql(
    `insert into meta_ads_receptores (nombre_nora, cuenta_id, nombre, quien, canal, destino, cadencias, baja_huella)
     select 'aura', id, 'Luz', 'cliente', 'correo', 'luz@cliente.mx', array['semanal'], repeat('a', 64) from meta_ads_cuentas where nombre_nora = 'aura'`,
  );
  await pagina.reload();
  await pagina.getByLabel('Periodo').selectOption('diario');
  await pagina.getByRole('button', { name: 'Hacer reporte' }).click();
  await dialogo.getByText('Nadie recibe los de este periodo').waitFor();
  await dialogo.getByRole('button', { name: 'Cancelar' }).click();
  await pagina.getByLabel('Periodo').selectOption('semanal');
  await pagina.getByRole('button', { name: 'Hacer reporte' }).click();
  await dialogo.getByText('Se mandará enseguida a 1 persona.').waitFor();
  assert.deepEqual(await n.sql('select from meta_ads_reportes'), [], 'sin aceptar no se hace nada');
  await dialogo.getByRole('button', { name: 'Hacer reporte' }).click();
  await pagina.waitForURL(/\/reportes\/[\w-]{36}/);
  await pagina.getByText('va en camino a 1 persona').waitFor();
  const liga = (await pagina.locator('.ads-liga').getAttribute('href')) ?? '';
  assert.match(liga, /\/reportes\/[\w-]{43}$/);
  await capturar('reporte');
  const ajena = await abrirPestana(navegador, {}, fallas);
  assert.equal((await ajena.goto(liga))?.status(), 200);
  assert.match((await ajena.textContent('body')) ?? '', /Aura anuncios/);
  assert.deepEqual(await hallazgosAxe(ajena), []);
  await pagina.getByRole('button', { name: 'Cerrar la liga' }).click();
  await pagina.getByRole('dialog').getByRole('button', { name: 'Cerrar', exact: true }).click();
  await pagina.getByText('La cerraste').waitFor();
  const cerrada = await ajena.goto(liga);
  assert.equal(cerrada?.status(), 404);
  // El 404 de la liga cerrada es lo que se espera; nada más debe quejarse.
  assert.deepEqual(
    fallas.filter((f) => !f.includes(liga)),
    [],
  );
});

async function capturar(nombre: string): Promise<void> {
  assert.deepEqual(await hallazgosAxe(pagina), [], nombre);
  if (!CAPTURAS) return;
  mkdirSync(CAPTURAS, { recursive: true });
  for (const [tamano, width, height] of [
    ['esc', 1360, 900],
    ['mov', 390, 844],
  ] as const)
    for (const tema of ['light', 'dark'] as const) {
      await pagina.setViewportSize({ width, height });
      await pagina.emulateMedia({ colorScheme: tema });
      await pagina.screenshot({
        path: join(CAPTURAS, `${nombre}_${tamano}_${tema}.png`),
        fullPage: true,
      });
    }
  await pagina.setViewportSize({ width: 1360, height: 900 });
  await pagina.emulateMedia({ colorScheme: 'light' });
}
