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
