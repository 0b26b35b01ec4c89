import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { abrirConversacion, CHAT, NUMERO, type QuienEscribe, recibirMensaje } from '../apoyo/chat.ts';
import { abrirNavegador, abrirPestana, entrar, hallazgosAxe, ir } from '../apoyo/navegador.ts';
import { abrirNora, type NoraDePrueba } from '../apoyo/nora.ts';
import { CLAVE, crearNora, crearUsuario, hasta } from '../apoyo/web.ts';

let n: NoraDePrueba;
let navegador: Browser;
let pagina: Page;
const fallas: string[] = [];

before(async () => {
  n = await abrirNora({ trabajadores: false });
  await crearNora(n.ctx, 'aura', ['chat']);
  await n.ctx.bd.pool.query('update configuracion_bot set numero_nora = $1', [NUMERO]);
  await crearUsuario(n.ctx, { correo: 'ana@aura.mx', noras: { aura: 'dueno' } });
  navegador = await abrirNavegador();
  pagina = await abrirPestana(navegador, {}, fallas);
  pagina.setDefaultTimeout(8000);
  await entrar(pagina, n.url, 'ana@aura.mx', CLAVE);
});
afterEach(() => pagina.unrouteAll({ behavior: 'ignoreErrors' }));
after(async () => {
  await navegador?.close();
  await n?.cerrar();
});

describe('varias conversaciones a la vez', () => {
  test('lo que termina de enviarse después de abrir otra conversación queda en la suya y no en la abierta', async () => {
    const [a, b] = await dos('Envía A', 'Envía B');
    await abrir(a);
    const envio = await detener(`**/${a}/mensajes`, 'POST');
    await pagina.fill('#redactor-texto', 'esto es sólo para A');
    await pagina.press('#redactor-texto', 'Enter');
    await envio.llego();
    await tocar(b);
    await enPantalla(b);
    envio.soltar();
    await hasta(async () => (await mensajesDe(a)).includes('esto es sólo para A'));
    await pagina.locator(`#fila-${a}`, { hasText: 'esto es sólo para A' }).waitFor();
    assert.equal(await pagina.locator('.burbuja', { hasText: 'esto es sólo para A' }).count(), 0);
    await tocar(a);
    await enPantalla(a);
    await pagina.locator('.burbuja[data-id]', { hasText: 'esto es sólo para A' }).waitFor();
    assert.equal(await pagina.locator('.burbuja', { hasText: 'esto es sólo para A' }).count(), 1);
  });

  test('programar en una y abrir otra no cambia a quién se le escribe, y el borrador se va con lo programado', async () => {
    const [a, b] = await dos('Programa A', 'Programa B');
    await abrir(a);
    const peticion = await detener(`**/${a}/programados**`, 'POST');
    await pagina.fill('#redactor-texto', 'mañana te digo');
    await pagina.click('[data-despues]');
    await pagina.click('#chat-despues [value=manana]');
    await peticion.llego();
    await tocar(b);
    await enPantalla(b);
    // Que lo propio de abrir B (marcarla leída, refrescarla) ya haya pasado: taparía lo que venga de A.
    await hasta(async () => (await sinLeer(b)) === 0);
    await pagina.waitForTimeout(900);
    const respuesta = pagina.waitForResponse((r) => r.url().includes(`/${a}/programados`));
    peticion.soltar();
    await (await respuesta).finished();
    await pagina.waitForTimeout(200);
    assert.match(await pagina.locator('#chat-cabeza').innerText(), /Programa B/);
    assert.match(await pagina.locator('#chat-ficha .ficha__quien').innerText(), /Programa B/);
    assert.match(String(await pagina.locator('#chat-redactor').getAttribute('action')), new RegExp(b));
    await pagina.fill('#redactor-texto', 'esto es para B');
    await pagina.press('#redactor-texto', 'Enter');
    await pagina.locator('.burbuja[data-id]', { hasText: 'esto es para B' }).waitFor();
    assert.deepEqual(await mensajesDe(a), ['hola']);
    assert.ok((await mensajesDe(b)).includes('esto es para B'));
    await tocar(a);
    await enPantalla(a);
    await pagina.locator('.programados__caja', { hasText: 'mañana' }).waitFor();
    assert.equal(await pagina.inputValue('#redactor-texto'), '');
  });

  test('lo que no sale después de abrir otra conversación se avisa, sobrevive a recargar y se puede reintentar', async () => {
    const [a, b] = await dos('Falla A', 'Falla B');
    await abrir(a);
    const envio = await detener(`**/${a}/mensajes`, 'POST', 500);
    await pagina.fill('#redactor-texto', 'un mensaje largo que costó escribir');
    await pagina.press('#redactor-texto', 'Enter');
    await envio.llego();
    await tocar(b);
    await enPantalla(b);
    envio.soltar();
    const aviso = pagina.locator('.toast', { hasText: 'No salió tu mensaje para Falla A' });
    await aviso.waitFor();
    assert.equal(await pagina.locator('.burbuja', { hasText: 'un mensaje largo' }).count(), 0);
    await pagina.unrouteAll({ behavior: 'ignoreErrors' });
    // Aun si nadie toca el aviso y la página se recarga.
    await abrir(b);
    await aviso.getByRole('button', { name: 'Abrir' }).click();
    await enPantalla(a);
    const burbuja = pagina.locator('.burbuja--fallido', { hasText: 'un mensaje largo que costó escribir' });
    await burbuja.getByRole('button', { name: 'Editar' }).click();
    assert.equal(await pagina.inputValue('#redactor-texto'), 'un mensaje largo que costó escribir');
    assert.equal(await burbuja.count(), 0);

    await pagina.route(`**/${a}/mensajes`, (ruta) =>
      ruta.request().method() === 'POST' ? ruta.fulfill(ERROR_500) : ruta.continue(),
    );
    await pagina.press('#redactor-texto', 'Enter');
    const reintentar = burbuja.getByRole('button', { name: 'Reintentar' });
    await reintentar.focus();
    await recibir('mientras, escribe la persona', { contacto: a });
    await pagina.locator('.burbuja', { hasText: 'mientras, escribe' }).waitFor();
    assert.equal(await pagina.evaluate(() => document.activeElement?.textContent), 'Reintentar');
    assert.match(
      await pagina.locator('.burbuja').last().innerText(),
      /un mensaje largo/,
      'sigue hasta abajo',
    );
    await pagina.unrouteAll({ behavior: 'ignoreErrors' });
    await abrir(a);
    await reintentar.click();
    await pagina.locator('.burbuja[data-id]', { hasText: 'un mensaje largo' }).waitFor();
    assert.equal(await burbuja.count(), 0);
    await abrir(a);
    assert.equal(await pagina.locator('.burbuja', { hasText: 'un mensaje largo' }).count(), 1);
    assert.deepEqual(await mensajesDe(a), [
      'hola',
      'mientras, escribe la persona',
      'un mensaje largo que costó escribir',
    ]);
  });

  test('si la página se recarga con un envío en camino que sí llegó, no se ofrece mandarlo otra vez', async () => {
    const [a] = await dos('Recarga A', 'Recarga B');
    await abrir(a);
    await pagina.route(`**/${a}/mensajes`, async (ruta) => {
      if (ruta.request().method() !== 'POST') return ruta.continue();
      await ruta.fetch();
    });
    await pagina.fill('#redactor-texto', 'llegó pero nadie lo supo');
    await pagina.press('#redactor-texto', 'Enter');
    await hasta(async () => (await mensajesDe(a)).includes('llegó pero nadie lo supo'));
    await pagina.unrouteAll({ behavior: 'ignoreErrors' });
    await abrir(a);
    await pagina.locator('.burbuja[data-id]', { hasText: 'llegó pero nadie' }).waitFor();
    assert.equal(await pagina.locator('.burbuja', { hasText: 'llegó pero nadie' }).count(), 1);
  });

  test('con una abriéndose despacio, ni el teclado ni el ratón tocan la que se deja', async () => {
    const [a, b] = await dos('Lenta A', 'Lenta B');
    await abrir(a);
    const pedida = await detener(`**/${b}?*`, 'GET');
    await pagina.locator(`#fila-${b} > a`).focus();
    await pagina.keyboard.press('Enter');
    await pedida.llego();
    for (const tecla of ['t', 'e', 'r']) await pagina.keyboard.press(tecla);
    assert.equal(
      await pagina.evaluate(() => document.activeElement?.id === 'redactor-texto'),
      false,
      'no se escribe en la que se deja',
    );
    assert.equal(await pagina.locator('[data-chat-centro]').getAttribute('aria-busy'), 'true');
    // Otro clic en la misma no la pide dos veces ni agrega pasos al historial.
    const pasos = await pagina.evaluate(() => history.length);
    await pagina.locator(`#fila-${b} > a`).click();
    assert.equal(await pagina.evaluate(() => history.length), pasos);
    pedida.soltar();
    await enPantalla(b);
    await pagina.waitForFunction(() => document.activeElement?.id === 'redactor-texto');
    assert.equal(await pagina.locator('[data-chat-centro][aria-busy], [inert]').count(), 0);
    assert.equal(await pagina.locator('.chat > h1').textContent(), 'Chat con Lenta B');
    const { rows } = await n.ctx.bd.pool.query(
      'select 1 from contactos where id = any($1) and (atendido_por is not null or resuelto_en is not null)',
      [[a, b]],
    );
    assert.deepEqual(rows, [], 'nadie la tomó ni la resolvió');
  });

  test('mientras una llega se puede volver a la que estaba: se queda esa y sirve', async () => {
    const [a, b] = await dos('Vuelve A', 'Vuelve B');
    await abrir(a);
    const pedida = await detener(`**/${b}?*`, 'GET');
    await tocar(b);
    await pedida.llego();
    await tocar(a);
    pedida.soltar();
    await pagina.waitForTimeout(200);
    await enPantalla(a);
    assert.equal(await pagina.locator('[inert]').count(), 0);
    assert.equal(new URL(pagina.url()).pathname, `${CHAT}/${a}`);
    assert.equal(await pagina.locator('.chat').getAttribute('data-contacto'), a);
  });

  test('si una no abre se dice en su lugar y con «Reintentar» abre; la de antes no se queda bajo su nombre', async () => {
    const [a, b] = await dos('Abre A', 'Abre B');
    await abrir(a);
    await pagina.fill('#redactor-texto', 'a medias para A');
    await pagina.route(`**/${b}?*`, (ruta) => ruta.abort('internetdisconnected'));
    await tocar(b);
    const aviso = pagina.getByRole('alert').filter({ hasText: 'No se pudo abrir la conversación' });
    await aviso.waitFor();
    assert.equal(await pagina.locator('#redactor-texto').count(), 0);
    assert.equal(await pagina.locator('#chat-ficha').count(), 0);
    assert.deepEqual(await hallazgosAxe(pagina), []);
    // Tocar su fila también lo intenta de nuevo.
    const otra = pagina.waitForRequest((r) => r.url().includes(`/${b}?`));
    await tocar(b);
    await otra;
    await aviso.waitFor();
    await pagina.unrouteAll({ behavior: 'ignoreErrors' });
    await aviso.getByRole('button', { name: 'Reintentar' }).click();
    await enPantalla(b);
    await pagina.waitForFunction(() => document.activeElement?.id === 'redactor-texto');
    await pagina.goBack();
    await enPantalla(a);
    await pagina.waitForFunction(
      () => document.querySelector<HTMLTextAreaElement>('#redactor-texto')?.value === 'a medias para A',
    );
    await pagina.fill('#redactor-texto', '');
  });

  test('una que ya borraron no ofrece reintentar, y al volver a la lista no queda nada de ella', async () => {
    const [a, b] = await dos('Borra A', 'Borra B');
    await abrir(b);
    await pagina.route(`**/${b}/mensajes`, (ruta) => ruta.fulfill(ERROR_500));
    await pagina.fill('#redactor-texto', 'ya no hay a quién');
    await pagina.press('#redactor-texto', 'Enter');
    await pagina.locator('.burbuja--fallido').waitFor();
    await ir(pagina, n.url + CHAT);
    await pagina.locator('.toast', { hasText: 'No salió tu mensaje para Borra B' }).waitFor();
    await n.ctx.bd.pool.query('delete from contactos where id = $1', [b]);
    await tocar(b);
    await pagina.getByText('Esta conversación ya no está').waitFor();
    // Lo que no salió para quien ya no está no se vuelve a avisar en cada carga.
    const guardado = await pagina.evaluate(() => JSON.stringify(sessionStorage));
    assert.doesNotMatch(guardado, /ya no hay a quién/);
    assert.equal(await pagina.getByRole('button', { name: 'Reintentar' }).count(), 0);
    await pagina.goBack();
    await pagina.getByText('Elige una conversación').waitFor();
    await tocar(a);
    await enPantalla(a);
  });

  test('«atrás» y enseguida otra: manda la última que se tocó', async () => {
    const [a, b] = await dos('Rápida A', 'Rápida B');
    const { contacto: c } = await recibir('hola', { perfil: 'Rápida C' });
    await abrir(a);
    await tocar(b);
    await enPantalla(b);
    const pedida = await detener(`**/${a}?*`, 'GET');
    await pagina.goBack();
    await pedida.llego();
    await tocar(c);
    await enPantalla(c);
    pedida.soltar();
    await pagina.waitForTimeout(200);
    assert.equal(await pagina.locator('.chat').getAttribute('data-contacto'), c);
    assert.equal(await pagina.locator('a.hilo[aria-current]').getAttribute('data-contacto'), c);
  });

  test('en el teléfono, al tocar otra se ve su nombre y no lo de la anterior; «atrás» no espera', async () => {
    const [a, b] = await dos('Celular A', 'Celular B');
    await pagina.setViewportSize({ width: 320, height: 640 });
    await abrir(a);
    await pagina.locator('[data-atras]').click();
    const pedida = await detener(`**/${b}?*`, 'GET');
    await tocar(b);
    await pedida.llego();
    await pagina.locator('.conversacion__nombre', { hasText: 'Celular B' }).waitFor();
    assert.equal(await pagina.getByText('Celular A').filter({ visible: true }).count(), 0);
    await pagina.locator('[data-atras]').click();
    await pagina.locator(`#fila-${a}`).waitFor();
    await pagina.unrouteAll({ behavior: 'ignoreErrors' });
    await pagina.route(`**/${b}?*`, (ruta) => ruta.abort('internetdisconnected'));
    await tocar(b);
    await pagina.getByRole('button', { name: 'Reintentar' }).waitFor();
    assert.equal(await pagina.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
    await pagina.getByRole('link', { name: 'Volver a las conversaciones' }).click();
    await pagina.locator(`#fila-${b}`).waitFor();
    await pagina.setViewportSize({ width: 1440, height: 900 });
  });

  test('una nota a medias se encuentra al volver, y el teclado del teléfono dice que Enter salta de línea', async () => {
    const [a, b] = await dos('Nota A', 'Nota B');
    await abrir(a);
    assert.equal(await pagina.locator('#redactor-texto').getAttribute('enterkeyhint'), 'send');
    await pagina.click('[data-modo-nota]');
    await pagina.fill('#redactor-texto', 'nota sin terminar');
    await tocar(b);
    await enPantalla(b);
    assert.equal(await pagina.locator('[data-modo-nota]').getAttribute('aria-pressed'), 'false');
    await tocar(a);
    await enPantalla(a);
    await pagina.locator('[data-modo-nota][aria-pressed="true"]').waitFor();
    assert.equal(await pagina.inputValue('#redactor-texto'), 'nota sin terminar');
    await pagina.waitForTimeout(250);
    await abrir(a);
    assert.equal(await pagina.inputValue('#redactor-texto'), 'nota sin terminar');
    await pagina.fill('#redactor-texto', '');
    await pagina.click('[data-modo-nota]');
    const telefono = await abrirPestana(navegador, { hasTouch: true, isMobile: true }, fallas);
    await telefono.context().addCookies(await pagina.context().cookies());
    await ir(telefono, `${n.url}${CHAT}/${a}`);
    assert.equal(await telefono.locator('#redactor-texto').getAttribute('enterkeyhint'), 'enter');
    await telefono.context().close();
  });

  test('un archivo elegido y sin enviar se encuentra al volver, y nunca aparece en otra', async () => {
    const [a, b] = await dos('Archivo A', 'Archivo B');
    await abrir(a);
    await pagina.setInputFiles('#chat-redactor .redactor__archivo', {
      name: 'precios.pdf',
      mimeType: 'application/pdf',
      buffer: Buffer.from('%PDF-1.4'),
    });
    await pagina.locator('.previa', { hasText: 'precios.pdf' }).waitFor();
    await tocar(b);
    await enPantalla(b);
    assert.equal(await pagina.locator('.previa').count(), 0);
    await tocar(a);
    await enPantalla(a);
    await pagina.locator('.previa', { hasText: 'precios.pdf' }).waitFor();
    await pagina.getByRole('button', { name: 'Quitar precios.pdf' }).click();
    await tocar(b);
    await enPantalla(b);
    await tocar(a);
    await enPantalla(a);
    assert.equal(await pagina.locator('.previa').count(), 0);
  });

  test('lo que se escribe mientras se programa lo anterior no se borra', async () => {
    const [a] = await dos('Escribe A', 'Escribe B');
    await abrir(a);
    const peticion = await detener(`**/${a}/programados**`, 'POST');
    await pagina.fill('#redactor-texto', 'para mañana');
    await pagina.click('[data-despues]');
    await pagina.click('#chat-despues [value=manana]');
    await peticion.llego();
    await pagina.fill('#redactor-texto', 'y esto otro es de ahora');
    peticion.soltar();
    await pagina.locator('.programados__caja', { hasText: 'mañana' }).waitFor();
    assert.equal(await pagina.inputValue('#redactor-texto'), 'y esto otro es de ahora');
    await pagina.fill('#redactor-texto', '');
  });

  test('dos datos de la ficha cambiados seguidos se guardan los dos', async () => {
    const [a] = await dos('Ficha A', 'Ficha B');
    await abrir(a);
    const guardado = await detener(`**/${a}/datos*`, 'POST');
    await pagina.fill('#ficha-nombre', 'Nombre Bueno');
    await pagina.press('#ficha-nombre', 'Tab');
    await guardado.llego();
    await pagina.fill('#ficha-empresa', 'Empresa Buena');
    await pagina.press('#ficha-empresa', 'Tab');
    guardado.soltar();
    await pagina.locator('#ficha-datos [data-guardado]', { hasText: 'Guardado' }).waitFor();
    const { rows } = await n.ctx.bd.pool.query('select nombre, empresa from contactos where id = $1', [a]);
    assert.deepEqual(rows, [{ nombre: 'Nombre Bueno', empresa: 'Empresa Buena' }]);
    assert.equal(await pagina.inputValue('#ficha-empresa'), 'Empresa Buena');
  });

  test('lo que sale de un filtro se va de la lista con sus cuentas, también lo último y lo de páginas de abajo', async () => {
    await n.ctx.bd.pool.query('update contactos set no_leidos = 0, espera_humano_desde = null');
    const esperan: string[] = [];
    for (let i = 0; i < 33; i++) esperan.push((await recibir('auxilio', { perfil: `Espera ${i}` })).contacto);
    await n.ctx.bd.pool.query(
      'update contactos set espera_humano_desde = now(), no_leidos = 0 where id = any($1)',
      [esperan],
    );
    await ir(pagina, `${n.url}${CHAT}?filtro=esperando`);
    // La lista va de lo más nuevo a lo más viejo: la primera que escribió está hasta abajo, en la segunda página.
    await pagina.locator('[data-mas]').scrollIntoViewIfNeeded();
    const [ultima = '', penultima = ''] = esperan;
    await pagina.locator(`#fila-${ultima}`).waitFor();
    await atender(ultima);
    await pagina.locator(`#fila-${ultima}`).waitFor({ state: 'detached' });
    assert.equal(await cuenta('esperando'), '32');
    assert.equal(await pagina.locator('.hilos__fila').count(), 32);
    // Con todo en una página, también se va la de hasta abajo.
    await n.ctx.bd.pool.query('update contactos set espera_humano_desde = null where id = any($1)', [
      esperan.slice(4),
    ]);
    await ir(pagina, `${n.url}${CHAT}?filtro=esperando`);
    assert.equal(await pagina.locator('.hilos__fila').count(), 3);
    await atender(penultima);
    await pagina.locator(`#fila-${penultima}`).waitFor({ state: 'detached' });
    await hasta(async () => (await cuenta('esperando')) === '2');
  });

  test('con la lista igual, las cuentas que cambiaron más abajo se ponen al día al reconectar', async () => {
    const viejo = (await recibir('de hace mucho', { perfil: 'Vieja' })).contacto;
    await n.ctx.bd.pool.query(
      `update contactos set ultimo_mensaje = '2020-01-01', espera_humano_desde = null where id = $1`,
      [viejo],
    );
    for (let i = 0; i < 31; i++) await recibir('relleno', { perfil: `Relleno ${i}` });
    await ir(pagina, n.url + CHAT);
    await pagina.locator('.hilos__fila').first().waitFor();
    const antes = Number((await cuenta('esperando')) || 0);
    await n.ctx.bd.pool.query('update contactos set espera_humano_desde = now() where id = $1', [viejo]);
    n.sockets.io.disconnectSockets(true);
    await pagina.evaluate(() => dispatchEvent(new Event('online')));
    await hasta(async () => Number(await cuenta('esperando')) === antes + 1, 6000);
  });

  test('la conversación abierta y a la vista nunca se queda con «sin leer»', async () => {
    const { contacto } = await recibir('hola', { perfil: 'Leída' });
    await abrir(contacto);
    await hasta(async () => (await sinLeer(contacto)) === 0);
    const lectura = await detener(`**/${contacto}/lectura`, 'POST');
    // La fila se acaba de refrescar: la siguiente vez tarda, y el hilo llega antes que su marca.
    n.ctx.vivo.emitir('aura', 'contacto:actualizado', { contacto_id: contacto });
    await pagina.waitForTimeout(30);
    await recibir('¿sigues?', { contacto });
    await pagina.locator('.burbuja', { hasText: '¿sigues?' }).waitFor();
    await lectura.llego();
    await recibir('¿hola?', { contacto });
    await pagina.locator('.burbuja', { hasText: '¿hola?' }).waitFor();
    lectura.soltar();
    await hasta(async () => (await sinLeer(contacto)) === 0, 2000);
    await pagina.locator(`#fila-${contacto} [data-no-leidos]`).waitFor({ state: 'detached' });
  });

  test('con un filtro o una búsqueda puestos, un mensaje nuevo también avisa y sube la cuenta del título', async () => {
    const aparte = await abrirPestana(navegador, {}, fallas);
    await aparte.context().addCookies(await pagina.context().cookies());
    // Como si la persona estuviera en otra ventana, con los avisos encendidos.
    await aparte.addInitScript(() => {
      const avisos: string[] = [];
      class Aviso extends EventTarget {
        static permission = 'granted';
        constructor(titulo: string, { body = '' } = {}) {
          super();
          avisos.push(`${titulo}: ${body}`);
        }
      }
      Object.assign(window, { Notification: Aviso, avisos });
      document.hasFocus = () => false;
      localStorage.setItem('nora:escritorio', 'true');
    });
    for (const [i, consulta] of ['filtro=resueltas', 'q=nadie se llama así'].entries()) {
      await ir(aparte, `${n.url}${CHAT}?${consulta}`);
      await aparte.waitForTimeout(300);
      const antes = Number(/^\((\d+)/.exec(await aparte.title())?.[1] ?? 0);
      await recibir(`urge ${i}`, { perfil: `Persona ${i}` });
      await aparte.waitForFunction((e) => document.title.startsWith(`(${e})`), antes + 1);
      await aparte.waitForFunction(() => (window as unknown as { avisos: string[] }).avisos.length > 0);
      assert.deepEqual(await aparte.evaluate(() => (window as unknown as { avisos: string[] }).avisos), [
        `Persona ${i}: urge ${i}`,
      ]);
      assert.equal(await aparte.locator('.hilos__fila').count(), 0, 'no se mete donde no le toca');
    }
    await aparte.context().close();
  });

  test('leyendo algo viejo, sólo lo que escribe la persona cuenta como mensaje nuevo', async () => {
    const { contacto, id } = await recibir('lo viejo', { perfil: 'Larga' });
    for (let i = 0; i < 110; i++) await recibir(`relleno ${i}`, { contacto });
    const { rows } = await n.ctx.bd.pool.query(
      `select to_char(fecha_hora at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') fecha
       from historial_conversaciones where id = $1`,
      [id],
    );
    await ir(pagina, `${n.url}${CHAT}/${contacto}?mensaje=${encodeURIComponent(`${rows[0].fecha}_${id}`)}`);
    await pagina.locator('[data-posteriores]').waitFor({ state: 'attached' });
    await pagina.waitForTimeout(300);
    const emitir = () => n.ctx.vivo.emitir('aura', 'contacto:actualizado', { contacto_id: contacto });
    emitir();
    await pagina.waitForTimeout(400);
    emitir();
    await recibir('esto sí es nuevo', { contacto });
    await pagina.getByRole('button', { name: '1 mensaje nuevo' }).waitFor();
    await pagina.waitForTimeout(400);
    await pagina.getByRole('button', { name: '1 mensaje nuevo' }).click();
    await pagina.locator('.burbuja', { hasText: 'esto sí es nuevo' }).waitFor();
    await hasta(async () => (await sinLeer(contacto)) === 0);
  });

  test('quitar lo buscado y tocar un filtro no vuelve a buscar lo de antes', async () => {
    await recibir('hola', { perfil: 'Zoila' });
    await recibir('hola', { perfil: 'Otra' });
    await ir(pagina, `${n.url}${CHAT}?q=zoila`);
    await pagina.fill('[data-buscar] input[type=search]', '');
    await pagina.waitForFunction(() => !location.search.includes('q='));
    await pagina.locator('a[data-filtro=sin_leer]').click();
    await pagina.waitForFunction(() => location.search.includes('sin_leer'));
    assert.doesNotMatch(pagina.url(), /q=/);
    await pagina.locator('.hilos__fila', { hasText: 'Otra' }).first().waitFor();
  });

  test('en todo el recorrido no hubo errores de la página ni avisos de la política de contenido', () => {
    // Lo que se corta a propósito también sale en la consola.
    assert.deepEqual(
      fallas.filter((f) => !/Failed to load resource|net::ERR|WebSocket/.test(f)),
      [],
    );
  });
});

const ERROR_500 = {
  status: 500,
  contentType: 'application/json',
  body: JSON.stringify({ error: { codigo: 'error', mensaje: 'Algo falló de nuestro lado.' } }),
};

/** Deja en el aire lo que se pida así; al soltarlo sigue su camino, o contesta que falló si se da `estado`. */
async function detener(ruta: string, metodo: string, estado?: 500) {
  const { promise: sueltas, resolve: soltar } = Promise.withResolvers<void>();
  let llegadas = 0;
  await pagina.route(ruta, async (una) => {
    if (una.request().method() !== metodo) return una.fallback();
    llegadas++;
    await sueltas;
    // Lo que la página ya canceló no tiene a quién contestarle.
    await (estado ? una.fulfill(ERROR_500) : una.continue()).catch(() => undefined);
  });
  return { llego: () => hasta(() => llegadas > 0, 8000), soltar };
}

const abrir = (contacto: string) => abrirConversacion(n, pagina, contacto);
const recibir = (texto: string, quien?: QuienEscribe) => recibirMensaje(n, texto, quien);
const tocar = (contacto: string) => pagina.locator(`#fila-${contacto} > a`).click();
const enPantalla = (contacto: string) =>
  pagina.locator(`#conversacion[data-contacto="${contacto}"]`).waitFor();

async function dos(uno: string, otro: string): Promise<[string, string]> {
  const a = await recibir('hola', { perfil: uno });
  const b = await recibir('hola', { perfil: otro });
  return [a.contacto, b.contacto];
}

/** Alguien del equipo, en otra computadora, atiende a quien esperaba. */
async function atender(contacto: string): Promise<void> {
  await n.ctx.bd.pool.query('update contactos set espera_humano_desde = null where id = $1', [contacto]);
  n.ctx.vivo.emitir('aura', 'contacto:actualizado', { contacto_id: contacto });
}

async function mensajesDe(contacto: string): Promise<string[]> {
  const { rows } = await n.ctx.bd.pool.query(
    `select mensaje from historial_conversaciones
     where contacto_id = $1 and autor in ('contacto', 'humano') order by fecha_hora, id`,
    [contacto],
  );
  return rows.map((r) => r.mensaje);
}

async function sinLeer(contacto: string): Promise<number> {
  const { rows } = await n.ctx.bd.pool.query('select no_leidos from contactos where id = $1', [contacto]);
  return rows[0].no_leidos;
}

const cuenta = (filtro: string) => pagina.locator(`a[data-filtro=${filtro}] .filtro__cuenta`).textContent();
