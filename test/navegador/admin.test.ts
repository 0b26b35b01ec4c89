import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { abrirNavegador, abrirPestana, entrar, hallazgosAxe, MODOS, ponerModo } from '../apoyo/navegador.ts';
import { abrirNora, type NoraDePrueba, sembrarNoras } from '../apoyo/nora.ts';
import { CLAVE, crearUsuario } from '../apoyo/web.ts';

/** Con CAPTURAS=carpeta se guardan las pantallas para mirarlas. */
const CAPTURAS = process.env['CAPTURAS'];

let n: NoraDePrueba;
let navegador: Browser;
let admin: Page;
const fallas: string[] = [];

before(async () => {
  n = await abrirNora();
  await sembrarNoras(n);
  await crearUsuario(n.ctx, { correo: 'admin@x.mx', rol: 'admin' });
  await crearUsuario(n.ctx, { correo: 'duena@aura.mx', noras: { aura: 'dueno' } });
  await crearUsuario(n.ctx, { correo: 'dueno@demo.mx', noras: { demo: 'dueno' } });
  navegador = await abrirNavegador();
  admin = await abrirPestana(navegador, { viewport: { width: 1360, height: 900 } }, fallas);
  await entrar(admin, n.url, 'admin@x.mx', CLAVE);
});
after(async () => {
  await navegador?.close();
  await n?.cerrar();
});

test('del alta guiada al primer mensaje contestado, viendo cada paso', async () => {
  await admin.goto(`${n.url}/admin/noras/nueva`);
  await admin.fill('[name=nombre_visible]', 'Florería Ñandú');
  await admin.fill('[name=nombre_nora]', 'florista');
  await admin.fill('[name=numero_nora]', '662 200 3344');
  // La personalidad es la del giro hasta que alguien la escribe a su modo.
  const personalidad = admin.locator('[name=personalidad]');
  const general = await personalidad.inputValue();
  await admin.selectOption('[name=giro]', { index: 1 });
  assert.notEqual(await personalidad.inputValue(), general);
  await personalidad.fill('Cálida, y habla de flores.');
  await admin.selectOption('[name=giro]', { index: 2 });
  assert.equal(await personalidad.inputValue(), 'Cálida, y habla de flores.');
  await admin.fill('[name=correo_dueno]', 'florista@x.mx');
  await admin.press('[name=correo_dueno]', 'Enter');
  await admin.waitForSelector('text=Pega estas direcciones en Twilio');
  assert.match((await admin.locator('main').textContent()) ?? '', /\/invitacion\?t=/);
  assert.equal(await admin.locator('.copiable code').filter({ hasText: '/webhook#rc=3' }).count(), 2);
  assert.deepEqual(await hallazgosAxe(admin), []);
  await capturar(admin, 'conectar');
  await admin.fill('[name=texto]', 'Hola, ¿qué servicios tienen?');
  await admin.press('[name=texto]', 'Enter');
  const conversacion = admin.getByRole('link', { name: 'Ver la conversación' });
  await conversacion.waitFor({ timeout: 20_000 });
  const pasos = await admin.locator('.prueba > li').allTextContents();
  for (const paso of ['Nora activa', 'Número de WhatsApp', 'Cuenta de WhatsApp', 'Llega al webhook'])
    assert.ok(
      pasos.some((p) => p.includes(paso)),
      `${paso}: ${pasos.join(' | ')}`,
    );
  for (const paso of ['Se guarda', 'Nora decide', 'Sale la respuesta'])
    assert.ok(
      pasos.some((p) => p.includes(paso)),
      `${paso}: ${pasos.join(' | ')}`,
    );
  assert.deepEqual(await hallazgosAxe(admin), []);
  await capturar(admin, 'prueba');
  const [respuesta] = await n.sql<{ mensaje: string }>(
    `select mensaje from historial_conversaciones where nombre_nora = 'florista' and tipo = 'respuesta' and estado in ('enviado', 'entregado', 'leido')`,
  );
  assert.ok(respuesta, 'la respuesta salió de verdad');
  const [creada] = await n.sql<{ personalidad: string; instrucciones: string }>(
    `select personalidad, instrucciones from configuracion_bot where nombre_nora = 'florista'`,
  );
  assert.equal(creada?.personalidad, 'Cálida, y habla de flores.');
  assert.match(creada?.instrucciones ?? '', /diagnósticos/, 'lo demás es del giro elegido');
  await conversacion.click();
  await admin.waitForSelector('text=Hola, ¿qué servicios tienen?');
  assert.ok((await admin.locator('main').textContent())?.includes(respuesta.mensaje.slice(0, 30)));
});

test('suspender una nora con su panel abierto: el panel se entera y pierde su conexión, el de otra sigue', async () => {
  const panel = await abrirPestana(navegador, {});
  const ajeno = await abrirPestana(navegador, {});
  await entrar(panel, n.url, 'duena@aura.mx', CLAVE);
  await entrar(ajeno, n.url, 'dueno@demo.mx', CLAVE);
  await panel.goto(`${n.url}/panel_cliente/aura/chat`);
  await ajeno.goto(`${n.url}/panel_cliente/demo/chat`);
  const enSala = (nora: string) =>
    [...n.sockets.io.sockets.adapter.rooms].some(([s, c]) => s.startsWith(`nora:${nora}`) && c.size > 0);
  await esperar(() => enSala('aura') && enSala('demo'));

  await admin.goto(`${n.url}/admin/noras/aura`);
  await admin.locator('form[action$="/aura/suspension"] button').first().click();
  await admin
    .locator('#confirmacion [data-aceptar]')
    .click({ timeout: 2000 })
    .catch(() => undefined);
  await esperar(async () => {
    const [fila] = await n.sql<{ activo: boolean }>(
      `select activo from configuracion_bot where nombre_nora = 'aura'`,
    );
    return fila?.activo === false;
  });
  await esperar(() => !enSala('aura'));
  assert.equal(enSala('demo'), true);
  await panel.waitForSelector('text=/acceso|suspendida|disponible/i', { timeout: 15_000 });
  await capturar(panel, 'panel_suspendido');
  assert.equal((await panel.goto(`${n.url}/panel_cliente/aura/chat`))?.status(), 404);
  assert.equal((await ajeno.goto(`${n.url}/panel_cliente/demo/chat`))?.status(), 200);
  const [huella] = await n.sql<{ accion: string; quien: string }>(
    `select accion, quien::text from auditoria where nombre_nora = 'aura' and quien is not null order by cuando desc limit 1`,
  );
  assert.ok(huella?.quien, 'quedó apuntado quién');
  await panel.context().close();
  await ajeno.context().close();
});

test('apagar un módulo en la matriz cambia los paneles abiertos sin recargarlos, y la página del módulo lo dice', async () => {
  const chat = await abrirPestana(navegador, { viewport: { width: 1360, height: 900 } });
  await entrar(chat, n.url, 'dueno@demo.mx', CLAVE);
  await chat.goto(`${n.url}/panel_cliente/demo/chat`);
  const inicio = await chat.context().newPage();
  await inicio.setViewportSize({ width: 390, height: 844 });
  await inicio.goto(`${n.url}/panel_cliente/demo`);
  const titulos = (p: Page, donde: string) => p.locator(`${donde} a`).allTextContents();
  const tiene = async (p: Page, donde: string, que: string) =>
    (await titulos(p, donde)).some((t) => t.includes(que));
  await esperar(() => (n.sockets.io.sockets.adapter.rooms.get('nora:demo')?.size ?? 0) >= 2);
  for (const p of [chat, inicio]) await p.evaluate(() => Object.assign(window, { sinRecargar: true }));

  await admin.goto(`${n.url}/admin/modulos?q=demo`);
  await admin.getByRole('switch', { name: 'Chat en DEMO' }).click();
  await esperar(async () => !(await tiene(chat, '.riel__lista', 'Chat')));
  await esperar(async () => !(await tiene(inicio, '.barra', 'Chat')));
  await chat.locator('[data-apagado]').waitFor({ state: 'visible' });
  assert.match((await chat.locator('[data-apagado]').textContent()) ?? '', /Se apagó Chat/);
  assert.equal(await inicio.locator('[data-apagado]').isVisible(), false, 'el inicio sigue siendo suyo');
  assert.deepEqual(await hallazgosAxe(chat), []);
  await capturar(chat, 'modulo_apagado');
  await chat.setViewportSize({ width: 390, height: 844 });
  await capturar(chat, 'modulo_apagado_390');
  await chat.setViewportSize({ width: 1360, height: 900 });
  const pagina = await chat.context().newPage();
  assert.equal((await pagina.goto(`${n.url}/panel_cliente/demo/chat`))?.status(), 404);
  assert.match((await pagina.locator('main').textContent()) ?? '', /Chat está apagado en DEMO/);
  await pagina.close();

  await admin.getByRole('switch', { name: 'Chat en DEMO' }).click();
  await esperar(() => tiene(chat, '.riel__lista', 'Chat'));
  await chat.locator('[data-apagado]').waitFor({ state: 'hidden' });

  // Un paquete mueve varios de golpe, en las noras elegidas y en nadie más.
  await admin.goto(`${n.url}/admin/modulos`);
  await admin.locator('details', { hasText: 'Nuevo paquete' }).waitFor();
  const nuevo = admin.locator('form[action="/admin/paquetes"]');
  await nuevo.locator('[name=nombre]').fill('Sólo charla');
  await nuevo.getByLabel('Chat').check();
  await nuevo.getByRole('button', { name: 'Crear paquete' }).click();
  await admin.waitForSelector('text=Paquete creado');
  await admin.locator('details', { hasText: 'Sólo charla' }).locator('summary').click();
  const aplicar = admin.getByRole('button', { name: 'Aplicar a las elegidas' });
  for (const cual of ['DEMO', 'Florería Ñandú']) await admin.getByLabel(`Elegir ${cual}`).check();
  await aplicar.click();
  const dialogo = admin.getByRole('dialog');
  await dialogo.getByText('¿Aplicar Sólo charla a 2 noras?').waitFor();
  await dialogo.getByRole('button', { name: 'Cancelar' }).click();
  assert.equal(n.ctx.registro.moduloActivo('demo', 'ia'), true, 'sin aceptar no se apaga nada');
  await admin.getByLabel('Elegir Florería Ñandú').uncheck();
  await aplicar.click();
  await dialogo.getByText('¿Aplicar Sólo charla a 1 nora?').waitFor();
  await dialogo.getByRole('button', { name: 'Aplicar', exact: true }).click();
  await admin.waitForSelector('text=/Paquete aplicado en una nora: 5 cambios/');
  await esperar(async () => (await titulos(chat, '.riel__lista')).length === 3);
  assert.deepEqual(
    (await titulos(chat, '.riel__lista')).map((t) => t.trim().replace(/\s+\d*$/, '')),
    ['Inicio', 'Chat', 'Equipo'],
  );
  assert.equal(n.ctx.registro.moduloActivo('florista', 'ia'), true, 'la que no se eligió sigue igual');
  assert.match((await admin.locator('#cambios').textContent()) ?? '', /admin@x\.mx/);
  for (const p of [chat, inicio])
    assert.equal(await p.evaluate(() => 'sinRecargar' in window), true, 'ninguna página se recargó');
  await chat.context().close();
});

test('un error aparece solo en /admin/debug, se resuelve ahí mismo y se reabre si vuelve', async () => {
  await n.sql('delete from logs_errores');
  await admin.goto(`${n.url}/admin/debug`);
  await admin.waitForSelector('text=Nada por aquí');
  await esperar(() => (n.sockets.io.sockets.adapter.rooms.get('admin')?.size ?? 0) > 0);
  const fallar = () => n.ctx.registrarError('Twilio', 'La cuenta no contesta a tiempo', 'demo', 'prueba');
  await fallar();
  await admin.waitForSelector('.errores >> text=La cuenta no contesta a tiempo', { timeout: 10_000 });
  await admin.waitForSelector('#errores_cuenta >> text=Uno sin resolver');
  assert.deepEqual(await hallazgosAxe(admin), []);
  await capturar(admin, 'error');
  await admin.locator('.errores > li').getByRole('button', { name: 'Resolver' }).click();
  await admin.waitForSelector('text=Nada por aquí');
  const leer = () =>
    n.sql<{ resuelto: boolean; con_quien: boolean; veces: number }>(
      'select resuelto, resuelto_por is not null con_quien, veces from logs_errores',
    );
  assert.deepEqual(await leer(), [{ resuelto: true, con_quien: true, veces: 1 }]);
  await esperar(() => (n.sockets.io.sockets.adapter.rooms.get('admin')?.size ?? 0) > 0);
  await fallar();
  await admin.waitForSelector('.errores >> text=La cuenta no contesta a tiempo', { timeout: 10_000 });
  assert.equal((await leer()).filter((e) => !e.resuelto).length, 1);
  // Varios de una vez, con el teclado.
  await n.ctx.registrarError('Meta', 'El permiso venció', 'demo', 'prueba');
  await admin.waitForSelector('.errores >> text=El permiso venció', { timeout: 10_000 });
  await admin.getByLabel('Elegir los de esta página').focus();
  await admin.keyboard.press('Space');
  assert.equal(await admin.locator('.errores [name=ids]:checked').count(), 2);
  await admin.getByRole('button', { name: 'Resolver los elegidos' }).focus();
  await admin.keyboard.press('Enter');
  await admin.waitForSelector('text=Ninguno sin resolver');
  assert.equal((await leer()).filter((e) => !e.resuelto).length, 0);
  // Con todos a la vista, el botón de uno resuelto lo reabre.
  await admin.goto(`${n.url}/admin/debug?resuelto=todos`);
  await admin
    .locator('.errores > li', { hasText: 'El permiso venció' })
    .getByRole('button', { name: 'Reabrir' })
    .click();
  await admin.waitForSelector('#errores_cuenta >> text=Uno sin resolver');
});

test('las páginas de administración y de cuenta están limpias para axe y caben', async () => {
  const visitante = await abrirPestana(navegador, {}, fallas);
  const deAdmin = [
    '/admin/dashboard',
    '/admin/noras',
    '/admin/noras/nueva',
    '/admin/noras/florista',
    '/admin/noras/florista/conectar',
    '/admin/modulos',
    '/admin/usuarios',
    '/admin/debug',
    '/admin/auditoria',
    '/admin/esperando',
    '/admin/fallidos?periodo=24',
    '/admin/cifras?orden=ia',
    '/debug_info',
    // Todas son tres mil renglones iguales, y axe mira cada uno.
    '/debug_rutas?q=equipo',
    '/cuenta',
    '/cuenta/doble_paso',
    '/panel_cliente/demo/equipo',
  ];
  for (const [p, rutas] of [
    [admin, deAdmin],
    [visitante, ['/login', '/recuperar']],
  ] as const) {
    for (const ruta of rutas) {
      await ponerModo(p, MODOS[0]);
      const r = await p.goto(n.url + ruta);
      assert.equal(r?.status(), 200, ruta);
      for (const modo of MODOS) {
        const { ancho, tema } = modo;
        await ponerModo(p, modo);
        await capturar(p, `${ruta.slice(1).replaceAll(/[/?=&]/g, '-')}_${ancho}_${tema}`);
        assert.deepEqual(await hallazgosAxe(p), [], `${ruta} ${ancho} ${tema}`);
        const sobra = await p.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.ok(sobra <= 0, `${ruta} se sale ${sobra} px a ${ancho}`);
      }
    }
  }
  assert.deepEqual(fallas, []);
});

async function capturar(p: Page, nombre: string): Promise<void> {
  if (!CAPTURAS) return;
  mkdirSync(CAPTURAS, { recursive: true });
  await p.screenshot({ path: join(CAPTURAS, `${nombre}.png`), fullPage: true });
}

async function esperar(cumple: () => boolean | Promise<boolean>): Promise<void> {
  const limite = Date.now() + 15_000;
  while (!(await cumple())) {
    if (Date.now() > limite) throw new Error('No pasó en 15 s');
    await new Promise((listo) => setTimeout(listo, 50));
  }
}
