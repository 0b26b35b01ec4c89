import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { abrirConversacion, CHAT, NUMERO, type QuienEscribe, recibirMensaje } from '../apoyo/chat.ts';
import { abrirNavegador, abrirPestana, entrar, hallazgosAxe, ir } from '../apoyo/navegador.ts';
import { abrirNora, type NoraDePrueba } from '../apoyo/nora.ts';
import { CLAVE, crearNora, crearUsuario } from '../apoyo/web.ts';

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
  await entrar(pagina, n.url, 'ana@aura.mx', CLAVE);
});
after(async () => {
  await navegador?.close();
  await n?.cerrar();
});

describe('en el navegador', () => {
  test('lo que llega entre que se dibuja la página y que hay conexión aparece al entrar', async () => {
    const { contacto } = await recibir('antes de abrir', { perfil: 'Llega Pronto' });
    let soltar = (): void => undefined;
    const detenida = new Promise<void>((listo) => (soltar = listo));
    // La biblioteca de sockets tarda en bajar, como en un teléfono con mala señal.
    await pagina.route(/socket\.io.*\.js/, async (ruta) => {
      await detenida;
      await ruta.continue();
    });
    await pagina.goto(`${n.url}${CHAT}/${contacto}`);
    await recibir('mientras cargaba', { contacto });
    await recibir('de alguien más', { perfil: 'Otra Persona' });
    assert.equal(await pagina.locator('.burbuja', { hasText: 'mientras cargaba' }).count(), 0);
    soltar();
    await pagina.locator('.burbuja', { hasText: 'mientras cargaba' }).waitFor();
    await pagina.locator('.hilos__fila', { hasText: 'de alguien más' }).waitFor();
    await pagina.unroute(/socket\.io.*\.js/);
  });

  test('la lista cuyo código baja después de que hubo conexión también se pone al día', async () => {
    const { contacto } = await recibir('antes de abrir', { perfil: 'Baja Lento' });
    let soltar = (): void => undefined;
    const detenido = new Promise<void>((listo) => (soltar = listo));
    await pagina.route(/chat_lista.*\.js/, async (ruta) => {
      await detenido;
      await ruta.continue();
    });
    await pagina.goto(`${n.url}${CHAT}/${contacto}`);
    // El hilo ya está conectado y atiende las señales; la lista, todavía no.
    await recibir('para el hilo', { contacto });
    await pagina.locator('.burbuja', { hasText: 'para el hilo' }).waitFor();
    await recibir('mientras bajaba la lista', { perfil: 'Alguien Nuevo' });
    await recibir('para el hilo otra vez', { contacto });
    await pagina.locator('.burbuja', { hasText: 'para el hilo otra vez' }).waitFor();
    const fila = pagina.locator('.hilos__fila', { hasText: 'mientras bajaba la lista' });
    assert.equal(await fila.count(), 0);
    soltar();
    await fila.waitFor({ timeout: 10_000 });
    await pagina.unroute(/chat_lista.*\.js/);
  });

  test('un mensaje nuevo aparece en la lista y en el hilo sin recargar, sin robar el foco ni lo escrito', async () => {
    const { contacto } = await recibir('Hola, ¿cuánto cuesta?', { perfil: 'Daniela Figueroa' });
    await abrir(contacto);
    await pagina.fill('#redactor-texto', 'Esto lo estoy esc');
    await recibir('¿Sigues ahí?', { contacto });
    await pagina.getByText('¿Sigues ahí?', { exact: true }).first().waitFor();
    await pagina.locator('.burbuja', { hasText: '¿Sigues ahí?' }).waitFor();
    assert.equal(await pagina.inputValue('#redactor-texto'), 'Esto lo estoy esc');
    assert.equal(await pagina.evaluate(() => document.activeElement?.id), 'redactor-texto');
    const otro = await recibir('Soy alguien nuevo', { perfil: 'Primera Vez' });
    await pagina.locator(`#fila-${otro.contacto}`).waitFor();
    assert.equal(
      await pagina.locator('.hilos__fila').first().getAttribute('id'),
      `fila-${otro.contacto}`,
      'sube al principio',
    );
    assert.match(await pagina.title(), /^\(\d+\)/);
  });

  test('lo que se envía se ve al instante, se confirma una sola vez y sus palomitas avanzan en vivo', async () => {
    const { contacto } = await recibir('hola');
    await abrir(contacto);
    await pagina.fill('#redactor-texto', 'Con gusto te atiendo');
    await pagina.press('#redactor-texto', 'Enter');
    await pagina.locator('.burbuja', { hasText: 'Con gusto te atiendo' }).first().waitFor({ timeout: 500 });
    const burbuja = pagina.locator('.burbuja[data-id]', { hasText: 'Con gusto te atiendo' });
    await burbuja.waitFor();
    await pagina.getByText('tomó la conversación').waitFor();
    assert.equal(await pagina.locator('.burbuja', { hasText: 'Con gusto te atiendo' }).count(), 1);
    assert.equal(await pagina.inputValue('#redactor-texto'), '');
    await pagina.locator('[data-atencion="devolver"]').waitFor();
    const orden = await pagina
      .locator('[data-id]')
      .evaluateAll((n) => n.map((x) => (x as HTMLElement).dataset['cursor']));
    assert.deepEqual(
      orden,
      orden.toSorted((a, b) => String(a).localeCompare(String(b))),
    );
    const id = String(await burbuja.getAttribute('data-id'));
    for (const estado of ['enviado', 'entregado', 'leido']) {
      await n.ctx.bd.pool.query('update historial_conversaciones set estado = $2 where id = $1', [
        id,
        estado,
      ]);
      n.ctx.vivo.emitir('aura', 'mensaje:estado', { contacto_id: contacto, id, estado });
      await pagina.locator(`#m-${id}[data-estado="${estado}"] .palomita--${estado}`).waitFor();
    }
  });

  test('si la red se cae justo al enviar, se reintenta con la misma clave y llega una sola vez', async () => {
    const { contacto } = await recibir('hola');
    await abrir(contacto);
    let cortes = 0;
    await pagina.route(`**/${contacto}/mensajes`, async (ruta) => {
      if (ruta.request().method() !== 'POST' || cortes > 0) return ruta.continue();
      cortes++;
      // El servidor sí lo recibe; lo que se pierde es su respuesta.
      await ruta.fetch();
      await ruta.abort('connectionreset');
    });
    await pagina.fill('#redactor-texto', 'mensaje con corte');
    await pagina.press('#redactor-texto', 'Enter');
    await pagina.locator('.burbuja[data-id]', { hasText: 'mensaje con corte' }).waitFor({ timeout: 8000 });
    await pagina.waitForTimeout(300);
    assert.equal(cortes, 1);
    assert.equal(await pagina.locator('.burbuja', { hasText: 'mensaje con corte' }).count(), 1);
    const { rows } = await n.ctx.bd.pool.query(
      `select 1 from historial_conversaciones where mensaje = 'mensaje con corte'`,
    );
    assert.equal(rows.length, 1);
    await pagina.unroute(`**/${contacto}/mensajes`);
  });

  test('al subir se cargan los anteriores sin que salte lo que se lee, y lo nuevo sólo avisa', async () => {
    const { contacto } = await recibir('mensaje 0');
    for (let i = 1; i < 120; i++) await recibir(`mensaje ${i}`, { contacto });
    await abrir(contacto);
    await pagina.locator('.burbuja', { hasText: 'mensaje 119' }).waitFor();
    assert.ok((await distanciaAlFondo()) < 5, 'abre hasta abajo');
    for (let i = 0; i < 12 && (await pagina.locator('[data-anteriores]').count()) > 0; i++) {
      const ancla = await pagina.evaluate(() => {
        const caja = document.querySelector('[data-mensajes]') as HTMLElement;
        caja.scrollTop = 60;
        const visto = document.elementFromPoint(
          caja.getBoundingClientRect().left + 60,
          caja.getBoundingClientRect().top + 120,
        );
        const b = visto?.closest('[data-id]') as HTMLElement | null;
        return b ? { id: b.id, y: b.getBoundingClientRect().top } : null;
      });
      await pagina.waitForTimeout(350);
      if (!ancla) continue;
      const y = await pagina.locator(`#${ancla.id}`).evaluate((e) => e.getBoundingClientRect().top);
      assert.ok(Math.abs(y - ancla.y) < 3, `saltó ${y - ancla.y} px`);
    }
    assert.equal(await pagina.locator('.burbuja').count(), 120, 'todos, una vez');
    assert.equal(await pagina.locator('.dia').count(), 1);
    await pagina.evaluate(() => ((document.querySelector('[data-mensajes]') as HTMLElement).scrollTop = 0));
    await recibir('lo más nuevo', { contacto });
    const boton = pagina.getByRole('button', { name: '1 mensaje nuevo' });
    await boton.waitFor();
    assert.equal(
      await pagina.evaluate(() => document.querySelector('[data-mensajes]')?.scrollTop),
      0,
      'no se movió',
    );
    await boton.click();
    await pagina.waitForFunction(() => {
      const c = document.querySelector('[data-mensajes]') as HTMLElement;
      return c.scrollHeight - c.scrollTop - c.clientHeight < 5;
    });
  });

  test('tras reconectar se pone al día sin huecos ni dobles', async () => {
    const { contacto } = await recibir('antes del corte');
    await abrir(contacto);
    await pagina.context().setOffline(true);
    n.sockets.io.disconnectSockets(true);
    const otro = await recibir('otra persona durante el corte', { perfil: 'Otra' });
    for (let i = 0; i < 5; i++) await recibir(`durante el corte ${i}`, { contacto });
    await pagina.context().setOffline(false);
    // El servidor la cortó a propósito: volver a conectar lo decide quien usa la página (o recargar).
    await pagina.evaluate(() => dispatchEvent(new Event('online')));
    await pagina.locator('.burbuja', { hasText: 'durante el corte 4' }).waitFor({ timeout: 15_000 });
    assert.equal(await pagina.locator('.burbuja', { hasText: 'durante el corte' }).count(), 5);
    await pagina.locator(`#fila-${otro.contacto}`).waitFor();
    assert.equal(await pagina.locator(`[id="fila-${contacto}"]`).count(), 1);
  });

  test('lo que se repone tarde aparece en el hilo abierto, en el lugar en que se dijo', async () => {
    const { contacto } = await recibir('lo primero', { fecha: new Date(Date.now() - 40 * 60_000) });
    await recibir('lo último', { contacto });
    await abrir(contacto);
    await recibir('lo perdido', { contacto, fecha: new Date(Date.now() - 20 * 60_000) });
    await pagina.locator('.burbuja', { hasText: 'lo perdido' }).waitFor();
    assert.deepEqual(
      await pagina
        .locator('[data-mensajes-hilo] [data-clase="contacto"]')
        .evaluateAll((burbujas) =>
          burbujas.map((b) => /lo (primero|perdido|último)/.exec(b.textContent ?? '')?.[0]),
        ),
      ['lo primero', 'lo perdido', 'lo último'],
    );
  });

  test('mil señales de golpe no se vuelven mil peticiones', async () => {
    const { contacto } = await recibir('hola');
    await abrir(contacto);
    let peticiones = 0;
    const contar = () => peticiones++;
    pagina.on('request', contar);
    for (let i = 0; i < 1000; i++) {
      n.ctx.vivo.emitir('aura', 'mensaje:nuevo', {
        contacto_id: randomUUID(),
        id: randomUUID(),
        autor: 'contacto',
      });
      n.ctx.vivo.emitir('aura', 'mensaje:estado', {
        contacto_id: contacto,
        id: randomUUID(),
        estado: 'leido',
      });
    }
    await pagina.waitForTimeout(2500);
    pagina.off('request', contar);
    assert.ok(peticiones > 0 && peticiones < 25, `${peticiones} peticiones`);
  });

  test('el borrador se queda con cada conversación', async () => {
    const a = await recibir('a', { perfil: 'Contacto A' });
    const b = await recibir('b', { perfil: 'Contacto B' });
    await abrir(a.contacto);
    await pagina.fill('#redactor-texto', 'para A');
    await pagina.waitForTimeout(300);
    await pagina.locator(`#fila-${b.contacto} > a`).click();
    await pagina.locator(`#conversacion[data-contacto="${b.contacto}"]`).waitFor();
    assert.equal(await pagina.inputValue('#redactor-texto'), '');
    await pagina.goBack();
    await pagina.locator(`#conversacion[data-contacto="${a.contacto}"]`).waitFor();
    await pagina.waitForFunction(
      () => (document.querySelector('#redactor-texto') as HTMLTextAreaElement | null)?.value === 'para A',
    );
    await pagina.fill('#redactor-texto', '');
  });

  test('todo se puede hacer con el teclado', async () => {
    await recibir('para el teclado', { perfil: 'Teclado Uno' });
    await ir(pagina, n.url + CHAT);
    await pagina.keyboard.press('j');
    await pagina.keyboard.press('j');
    const segundo = await pagina.evaluate(() => (document.activeElement as HTMLElement).dataset['contacto']);
    assert.ok(segundo);
    await pagina.keyboard.press('Enter');
    await pagina.locator(`#conversacion[data-contacto="${segundo}"]`).waitFor();
    await pagina.waitForFunction(() => document.activeElement?.id === 'redactor-texto');
    await pagina.keyboard.press('Escape');
    await pagina.keyboard.press('k');
    assert.notEqual(
      await pagina.evaluate(() => (document.activeElement as HTMLElement).dataset['contacto']),
      segundo,
    );
    await pagina.keyboard.press('/');
    await pagina.keyboard.type('teclado uno');
    await pagina.waitForFunction(() => document.querySelectorAll('.hilos__fila[id]').length === 1);
    await pagina.keyboard.press('Escape');
    await pagina.waitForFunction(() => document.querySelectorAll('.hilos__fila[id]').length > 1);
    await pagina.keyboard.press('Escape');
    await pagina.keyboard.press('?');
    await pagina.getByRole('heading', { name: 'Atajos de teclado' }).waitFor();
    await pagina.keyboard.press('Escape');
    await pagina.keyboard.press('t');
    await pagina.locator('[data-atencion="devolver"]').waitFor();
    await pagina.keyboard.press('t');
    await pagina.locator('[data-atencion="tomar"]').waitFor();
  });

  test('con «/» se elige una respuesta rápida y la ficha se guarda al salir del campo', async () => {
    await n.ctx.bd.pool.query(
      `insert into respuestas_rapidas (nombre_nora, atajo, texto) values ('aura', 'horario', 'Abrimos de 9 a 19.'), ('aura', 'ubicacion', 'Morelos 210')`,
    );
    const { contacto } = await recibir('hola');
    await abrir(contacto);
    await pagina.locator('#redactor-texto').pressSequentially('/ubi');
    await pagina.getByRole('option', { name: /Morelos/ }).waitFor();
    await pagina.keyboard.press('Enter');
    assert.equal(await pagina.inputValue('#redactor-texto'), 'Morelos 210');
    await pagina.fill('#redactor-texto', '');
    await pagina.fill('#ficha-nombre', 'Nombre Nuevo');
    await pagina.press('#ficha-nombre', 'Enter');
    await pagina.locator('.conversacion__nombre strong', { hasText: 'Nombre Nuevo' }).waitFor();
    await pagina.locator(`#fila-${contacto} .hilo__nombre`, { hasText: 'Nombre Nuevo' }).waitFor();
    await pagina.fill('#ficha-correo', 'esto no es correo');
    await pagina.press('#ficha-correo', 'Enter');
    await pagina.getByText('Escribe un correo como').waitFor();
    assert.equal(await pagina.inputValue('#ficha-correo'), 'esto no es correo');
    await pagina.fill('#ficha-etiqueta-nueva', 'VIP');
    await pagina.press('#ficha-etiqueta-nueva', 'Enter');
    await pagina.getByRole('button', { name: 'Quitar etiqueta VIP' }).click();
    await pagina.getByRole('button', { name: 'Quitar etiqueta VIP' }).waitFor({ state: 'detached' });
    await pagina.getByRole('switch').click();
    await pagina.locator('[role=switch][aria-checked=false]').waitFor();
  });

  test('un archivo elegido se ve antes de enviarse, se puede quitar y llega al hilo', async () => {
    const { contacto } = await recibir('hola');
    await abrir(contacto);
    const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), Buffer.alloc(64)]);
    await pagina.setInputFiles('.redactor__archivo', [
      { name: 'foto.png', mimeType: 'image/png', buffer: png },
      { name: 'sobra.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4') },
    ]);
    await pagina.getByRole('button', { name: 'Quitar sobra.pdf' }).click();
    assert.equal(await pagina.locator('.previa').count(), 1);
    await pagina.fill('#redactor-texto', 'Mira la foto');
    await pagina.press('#redactor-texto', 'Enter');
    await pagina.locator('.burbuja[data-id]', { hasText: 'Mira la foto' }).locator('img').waitFor();
    assert.equal(await pagina.locator('.burbuja', { hasText: 'Mira la foto' }).count(), 1);
    assert.equal(await pagina.locator('.previa').count(), 0);
    await pagina.setInputFiles('.redactor__archivo', {
      name: 'enorme.png',
      mimeType: 'image/png',
      buffer: Buffer.alloc(6 * 1024 * 1024),
    });
    await pagina.getByText('más de 5 MB').waitFor();
  });

  test('al cerrarse la ventana con la página abierta, el redactor se bloquea y dice por qué; al escribir la persona, vuelve', async () => {
    const { contacto } = await recibir('hola');
    await abrir(contacto);
    await n.ctx.bd.pool.query(
      `update contactos set ventana_hasta = now() - interval '1 second' where id = $1`,
      [contacto],
    );
    n.ctx.vivo.emitir('aura', 'contacto:actualizado', { contacto_id: contacto });
    await pagina.getByText('Se cerró la ventana de 24 horas').waitFor();
    assert.equal(await pagina.locator('#redactor-texto').isVisible(), false);
    await recibir('ya volví', { contacto });
    await pagina.locator('#redactor-texto').waitFor({ state: 'visible' });
  });

  test('en el teléfono se va de la lista al hilo y a la ficha, y «atrás» regresa por el mismo camino', async () => {
    const { contacto } = await recibir('desde el teléfono', { perfil: 'Móvil' });
    await pagina.setViewportSize({ width: 390, height: 844 });
    await pagina.goto(n.url + CHAT);
    await pagina.locator(`#fila-${contacto} > a`).click();
    await pagina.locator('#redactor-texto').waitFor();
    assert.equal(await pagina.locator('[data-lista]').isVisible(), false);
    await pagina.locator('.chat__abre-ficha').click();
    await pagina.locator('#ficha-nombre').waitFor();
    await pagina.goBack();
    await pagina.locator('#ficha-nombre').waitFor({ state: 'hidden' });
    await pagina.locator('[data-atras]').click();
    await pagina.locator(`#fila-${contacto}`).waitFor();
    assert.equal(new URL(pagina.url()).pathname, CHAT);
    await pagina.goForward();
    await pagina.locator('#redactor-texto').waitFor();
    assert.equal(await pagina.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
    await pagina.setViewportSize({ width: 1440, height: 900 });
  });

  test('una nota se escribe aparte del mensaje, se ve en el hilo y nunca se confunde con él', async () => {
    const { contacto } = await recibir('hola');
    await abrir(contacto);
    await pagina.fill('#redactor-texto', 'mensaje a medias');
    await pagina.click('[data-modo-nota]');
    assert.equal(await pagina.inputValue('#redactor-texto'), '', 'lo escrito no se vuelve nota');
    await pagina.fill('#redactor-texto', 'sólo para el equipo');
    await pagina.press('#redactor-texto', 'Enter');
    await pagina.locator('.burbuja--nota[data-id]', { hasText: 'sólo para el equipo' }).waitFor();
    assert.equal(await pagina.locator('.burbuja', { hasText: 'sólo para el equipo' }).count(), 1);
    await pagina.click('[data-modo-nota]');
    assert.equal(await pagina.inputValue('#redactor-texto'), 'mensaje a medias');
    const { rows } = await n.ctx.bd.pool.query(
      `select autor, estado from historial_conversaciones where mensaje = 'sólo para el equipo'`,
    );
    assert.deepEqual(rows, [{ autor: 'nota', estado: 'interno' }]);
    await pagina.fill('#redactor-texto', '');
  });

  test('un mensaje se programa con el reloj, se edita sin perder lo escrito y se cancela preguntando', async () => {
    const { contacto } = await recibir('hola');
    await abrir(contacto);
    await pagina.click('[data-despues]');
    await pagina.click('#chat-despues [value=en_1h]');
    await pagina.getByText('Escribe primero el mensaje').waitFor();
    await pagina.fill('#redactor-texto', 'para más tarde');
    await pagina.click('[data-despues]');
    await pagina.click('#chat-despues [value=manana]');
    await pagina.locator('.programados__caja', { hasText: 'mañana a las 09:00' }).waitFor();
    assert.equal(await pagina.inputValue('#redactor-texto'), '');
    await pagina.click('.programados__caja summary');
    await pagina.getByRole('link', { name: 'Editar' }).click();
    await pagina.fill('#programado-texto', 'para mucho más tarde');
    await pagina.fill('#programado-cuando', '2020-01-01T09:00');
    await pagina.getByRole('button', { name: 'Guardar cambios' }).click();
    await pagina.getByText('Esa hora ya pasó').waitFor();
    assert.equal(await pagina.inputValue('#programado-texto'), 'para mucho más tarde');
    await pagina.fill('#programado-cuando', '2027-01-04T09:00');
    await pagina.getByRole('button', { name: 'Guardar cambios' }).click();
    await pagina.locator('.programado', { hasText: 'para mucho más tarde' }).waitFor();
    await pagina.locator('.programado').getByRole('button', { name: 'Cancelar' }).click();
    await pagina.getByRole('button', { name: 'Cancelar mensaje' }).click();
    await pagina.locator('.programado').waitFor({ state: 'detached' });
  });

  test('desde el menú se asigna, se pospone y se resuelve; con «e» se reabre', async () => {
    await crearUsuario(n.ctx, { correo: 'beto@aura.mx', noras: { aura: 'agente' } });
    const { contacto } = await recibir('hola');
    await abrir(contacto);
    await pagina.getByRole('button', { name: 'Más acciones' }).click();
    await pagina.locator('#chat-mas').getByRole('button', { name: 'beto@aura.mx' }).click();
    await pagina.locator('#chat-cabeza', { hasText: 'la tiene beto@aura.mx' }).waitFor();
    await pagina.getByRole('button', { name: 'Más acciones' }).click();
    await pagina.locator('#chat-mas [value=manana]').click();
    await pagina.locator(`#fila-${contacto}`, { hasText: 'Hasta mañana a las 09:00' }).waitFor();
    await pagina.locator('[data-resolucion=resolver]').click();
    await pagina.locator('[data-resolucion=reabrir]').waitFor();
    await pagina.locator(`#fila-${contacto}`, { hasText: 'Resuelta' }).waitFor();
    await pagina.locator('#chat-cabeza a').first().focus();
    await pagina.keyboard.press('e');
    await pagina.locator('[data-resolucion=resolver]').waitFor();
  });

  test('las marcas que no caben en la fila no se cortan a la mitad', async () => {
    const { contacto } = await recibir('hola', { perfil: 'Muchas Marcas' });
    await n.ctx.bd.pool.query(
      `update contactos set etiquetas = '{Clienta frecuente,Por confirmar pronto,Novia de diciembre,Otra}', espera_humano_desde = now() where id = $1`,
      [contacto],
    );
    await pagina.goto(n.url + CHAT);
    const cortadas = await pagina.locator(`#fila-${contacto} .hilo__marcas`).evaluate((caja) => {
      const marco = caja.getBoundingClientRect();
      return [...caja.children].filter((m) => {
        const r = m.getBoundingClientRect();
        const seVe = r.top < marco.bottom;
        return seVe && (r.right > marco.right + 0.5 || r.bottom > marco.bottom + 0.5);
      }).length;
    });
    assert.equal(cortadas, 0);
  });

  test('borrar a una persona pide su teléfono y la quita de la lista', async () => {
    const { contacto } = await recibir('bórrame', { perfil: 'Quiere Irse' });
    const { rows } = await n.ctx.bd.pool.query('select telefono from contactos where id = $1', [contacto]);
    await abrir(contacto);
    await pagina.getByRole('link', { name: 'Borrar a esta persona' }).click();
    await pagina.fill('#borrado-telefono', '662 000 0000');
    await pagina.getByRole('button', { name: 'Borrar a esta persona' }).click();
    await pagina.getByText('No es el teléfono de esta persona').waitFor();
    assert.equal(await pagina.inputValue('#borrado-telefono'), '662 000 0000');
    assert.deepEqual(await hallazgosAxe(pagina), []);
    await pagina.fill('#borrado-telefono', rows[0].telefono);
    await pagina.getByRole('button', { name: 'Borrar a esta persona' }).click();
    await pagina.waitForURL(n.url + CHAT);
    assert.equal(await pagina.locator(`#fila-${contacto}`).count(), 0);
  });

  test('axe no encuentra nada, en claro y oscuro, escritorio y teléfono', async () => {
    const { contacto } = await recibir('para axe', { perfil: 'Axe' });
    await n.ctx.bd.pool.query(
      `insert into historial_conversaciones (nombre_nora, contacto_id, mensaje, tipo, autor, estado, error_codigo)
       values ('aura', $1, 'uno', 'respuesta', 'humano', 'fallido', 63016), ('aura', $1, 'dos', 'respuesta', 'humano', 'incierto', null),
              ('aura', $1, 'tres', 'respuesta', 'ia', 'omitido', null), ('aura', $1, 'cuatro', 'respuesta', 'ia', 'leido', null)`,
      [contacto],
    );
    await n.ctx.bd.pool.query(
      `update contactos set etiquetas = '{gris,violeta,azul,cielo,verde,lima}', espera_humano_desde = now() where id = $1`,
      [contacto],
    );
    for (const color of [
      'gris',
      'violeta',
      'azul',
      'cielo',
      'verde',
      'lima',
      'ambar',
      'naranja',
      'rojo',
      'rosa',
    ]) {
      await n.ctx.bd.pool.query(
        `insert into etiquetas (nombre_nora, nombre, color) values ('aura', $1, $1) on conflict do nothing`,
        [color],
      );
    }
    // Cada página en una combinación distinta: juntas cubren temas, anchos y los tres paneles.
    const combinaciones = [
      [CHAT, 'light', 390],
      [`${CHAT}/${contacto}`, 'light', 1440],
      [`${CHAT}/${contacto}`, 'dark', 1440],
      [`${CHAT}/${contacto}`, 'dark', 390],
      [`${CHAT}/${contacto}?ver=ficha`, 'light', 390],
      [`${CHAT}?q=axe`, 'dark', 1440],
    ] as const;
    for (const [ruta, colorScheme, width] of combinaciones) {
      await pagina.emulateMedia({ colorScheme });
      await pagina.setViewportSize({ width, height: 860 });
      await pagina.goto(n.url + ruta);
      await pagina.waitForTimeout(350);
      assert.deepEqual(await hallazgosAxe(pagina), [], `${ruta} ${colorScheme} ${width}`);
    }
    await pagina.emulateMedia({ colorScheme: 'light' });
    await pagina.setViewportSize({ width: 1440, height: 900 });
  });

  test('en todo el recorrido no hubo errores de la página ni avisos de la política de contenido', () => {
    // Lo que se rechaza a propósito (un correo mal escrito, la red cortada) también sale en la consola.
    assert.deepEqual(
      fallas.filter((f) => !/Failed to load resource|net::ERR|WebSocket/.test(f)),
      [],
    );
  });
});

const abrir = (contacto: string) => abrirConversacion(n, pagina, contacto);
const recibir = (texto: string, quien?: QuienEscribe) => recibirMensaje(n, texto, quien);

function distanciaAlFondo(): Promise<number> {
  return pagina.evaluate(() => {
    const c = document.querySelector('[data-mensajes]') as HTMLElement;
    return c.scrollHeight - c.scrollTop - c.clientHeight;
  });
}
