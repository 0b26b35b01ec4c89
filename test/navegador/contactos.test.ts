import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { tareasContactos } from '../../src/modulos/contactos/trabajos.ts';
import {
  abrirNavegador,
  abrirPestana,
  entrar,
  hallazgosAxe,
  ir,
  MODOS,
  ponerModo,
} from '../apoyo/navegador.ts';
import { abrirNora, type NoraDePrueba } from '../apoyo/nora.ts';
import { CLAVE, crearNora, crearUsuario } from '../apoyo/web.ts';

const BASE = '/panel_cliente/aura/contactos';

let n: NoraDePrueba;
let navegador: Browser;
let pagina: Page;
const fallas: string[] = [];

before(async () => {
  n = await abrirNora({ trabajadores: false });
  await crearNora(n.ctx, 'aura', ['chat', 'contactos', 'etiquetas']);
  await crearUsuario(n.ctx, { correo: 'ana@aura.mx', noras: { aura: 'dueno' } });
  await n.ctx.trabajos.atender(tareasContactos(n.ctx));
  navegador = await abrirNavegador();
  pagina = await abrirPestana(navegador, { viewport: { width: 1360, height: 900 } }, fallas);
  await entrar(pagina, n.url, 'ana@aura.mx', CLAVE);
});
after(async () => {
  await navegador?.close();
  await n?.cerrar();
});

describe('contactos en el navegador', () => {
  test('importa 1,000 contactos y encuentra a uno por medio teléfono', async () => {
    const csv = `Celular;Nombre;Ciudad\n${Array.from({ length: 1000 }, (_, i) => `66238${String(i * 7).padStart(5, '0')};Persona Número ${i};Hermosillo`).join('\n')}\n12;Mala;\n`;
    // Se elige sin esperar a que la página termine de cargar, como en un teléfono lento.
    await pagina.goto(`${n.url}${BASE}/importar`, { waitUntil: 'commit' });
    await pagina.setInputFiles('#archivo_csv', {
      name: 'clientes.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(csv, 'latin1'),
    });
    await pagina.waitForURL('**/importaciones/**');
    assert.equal(await pagina.locator('select[name=columna]').first().inputValue(), 'telefono');
    assert.equal(await pagina.locator('select[name=columna]').nth(1).inputValue(), 'nombre');
    await pagina.fill('[name=etiqueta]', 'Expo');
    await pagina.getByRole('button', { name: /Importar 1,001 filas/ }).click();
    await pagina.getByRole('heading', { name: 'Terminada' }).waitFor({ timeout: 30_000 });
    assert.equal(await pagina.locator('[data-creadas]').textContent(), '1,000');
    await pagina.getByText('«12» no es un teléfono válido').waitFor();
    // Se escribe antes de que la página tenga quien oiga: la búsqueda se hace en cuanto lo hay.
    await pagina.route('**/contactos_lista.js*', async (ruta) => {
      await new Promise((listo) => setTimeout(listo, 400));
      await ruta.continue();
    });
    await pagina.getByRole('link', { name: 'Ver contactos' }).click();
    await pagina.locator('tbody tr[id]').first().waitFor();
    await pagina.fill('[data-buscar] input[type=search]', '38 06 993');
    await pagina.waitForFunction(() => document.querySelectorAll('tbody tr[id]').length === 1);
    assert.match((await pagina.locator('tbody tr[id]').textContent()) ?? '', /Persona Número 999/);
    assert.equal(await pagina.locator('h1 + p [data-total]').textContent(), '1');
    await pagina.unroute('**/contactos_lista.js*');
    await pagina.fill('[data-buscar] input[type=search]', '');
    await pagina.waitForFunction(() => document.querySelectorAll('tbody tr[id]').length >= 50);
    await pagina.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await pagina.waitForFunction(() => document.querySelectorAll('tbody tr[id]').length >= 100);
  });

  test('elige a dos, les pone una etiqueta, lo deshace y borra con deshacer', async () => {
    await ir(pagina, n.url + BASE);
    await pagina.locator('[name=ids]').nth(0).check();
    await pagina
      .locator('[name=ids]')
      .nth(2)
      .click({ modifiers: ['Shift'] });
    await pagina.getByText('3 elegidos').waitFor();
    await pagina.getByRole('button', { name: 'Poner', exact: true }).click();
    assert.equal(
      await pagina.evaluate(() => document.activeElement?.matches('[name=etiqueta]:invalid')),
      true,
      'sin etiqueta no se va a ningún lado',
    );
    await pagina.fill('[name=etiqueta]', 'Trío');
    await pagina.getByRole('button', { name: 'Poner', exact: true }).click();
    await pagina.getByText('«Trío» puesta a 3 contactos').waitFor();
    await pagina.getByRole('button', { name: 'Deshacer' }).click();
    await pagina.getByText('Listo, todo quedó como estaba.').waitFor();
    await pagina.locator('[name=ids]').nth(0).check();
    await pagina.getByRole('button', { name: 'Más' }).last().click();
    await pagina.getByRole('button', { name: 'Borrar', exact: true }).first().click();
    await pagina.locator('#confirmacion [data-aceptar]').click();
    await pagina.getByText('Se borró 1 contacto').waitFor();
    await pagina.getByRole('button', { name: 'Deshacer' }).click();
    await pagina.getByText('Listo, todo quedó como estaba.').waitFor();
    assert.equal((await n.ctx.bd.pool.query('select count(*)::int n from contactos')).rows[0].n, 1000);
  });

  test('lo borrado se trae de vuelta desde Más › Borrados cuando el aviso ya no está', async () => {
    await ir(pagina, n.url + BASE);
    await pagina.locator('[name=ids]').nth(0).check();
    await pagina.getByRole('button', { name: 'Más' }).last().click();
    await pagina.getByRole('button', { name: 'Borrar', exact: true }).first().click();
    await pagina.locator('#confirmacion [data-aceptar]').click();
    await pagina.getByText('Se borró 1 contacto').waitFor();
    await ir(pagina, n.url + BASE);
    await pagina.getByRole('button', { name: 'Más' }).first().click();
    await pagina.getByRole('link', { name: 'Borrados' }).click();
    await pagina.getByRole('button', { name: /^Deshacer/ }).click();
    await pagina.getByText('Listo, todo quedó como estaba.').waitFor();
    assert.equal((await n.ctx.bd.pool.query('select count(*)::int n from contactos')).rows[0].n, 1000);
  });

  test('la lista que tardó en tener conexión enseña lo que cambió mientras tanto', async () => {
    // La biblioteca de sockets baja lento, como en un teléfono con mala señal.
    await pagina.route(/socket\.io.*\.js/, async (ruta) => {
      await new Promise((listo) => setTimeout(listo, 2000));
      await ruta.continue();
    });
    await pagina.goto(n.url + BASE);
    const nuevo = pagina.locator('tbody tr[id]', { hasText: 'Llegó Sin Aviso' });
    await pagina.locator('tbody tr[id]').first().waitFor();
    await n.ctx.bd.pool.query(
      `insert into contactos (nombre_nora, telefono, nombre) values ('aura', '+526625550077', 'Llegó Sin Aviso')`,
    );
    assert.equal(await nuevo.count(), 0);
    await nuevo.waitFor({ timeout: 10_000 });
    await pagina.unroute(/socket\.io.*\.js/);
  });

  test('cualquier página dice cuántas conversaciones hay sin leer, y baja cuando alguien las lee', async () => {
    const sinLeer = async (n_: number): Promise<void> => {
      const { rows } = await n.ctx.bd.pool.query(
        `update contactos set no_leidos = $1 where telefono = '+526625550077' returning id`,
        [n_],
      );
      n.ctx.vivo.emitir('aura', 'contacto:actualizado', { contacto_id: rows[0].id as string });
    };
    await sinLeer(3);
    await ir(pagina, `${n.url}${BASE}/campos`);
    await pagina.waitForFunction(() => document.title.startsWith('(1) '));
    assert.equal(await pagina.locator('.riel [data-cuenta="chat"]').textContent(), '1');
    await sinLeer(0);
    await pagina.waitForFunction(() => !document.title.startsWith('('));
    assert.equal(await pagina.locator('.riel [data-cuenta="chat"]').isVisible(), false);
  });

  test('lo que llega a la ficha no quita lo viejo que ya se había pedido', async () => {
    const { rows } = await n.ctx.bd.pool.query(`select id from contactos where telefono = '+526625550077'`);
    const id = rows[0].id as string;
    await n.ctx.bd.pool.query(
      `insert into historial_conversaciones (nombre_nora, contacto_id, mensaje, tipo, autor, estado, fecha_hora)
       select 'aura', $1, 'viejo ' || i, 'usuario', 'contacto', 'recibido', now() - i * interval '3 hours' from generate_series(1, 90) i`,
      [id],
    );
    await ir(pagina, `${n.url}${BASE}/${id}`);
    const renglones = pagina.locator('[data-linea] .linea__renglon');
    const deEntrada = await renglones.count();
    await pagina.getByRole('button', { name: 'Ver lo anterior' }).click();
    await pagina.waitForFunction(
      (antes) => document.querySelectorAll('[data-linea] .linea__renglon').length > antes,
      deEntrada,
    );
    const bajados = await renglones.count();
    await n.ctx.bd.pool.query(
      `insert into historial_conversaciones (nombre_nora, contacto_id, mensaje, tipo, autor, estado) values ('aura', $1, 'recién llegado', 'usuario', 'contacto', 'recibido')`,
      [id],
    );
    n.ctx.vivo.emitir('aura', 'mensaje:nuevo', { contacto_id: id, id, autor: 'contacto' });
    await renglones.filter({ hasText: 'recién llegado' }).waitFor();
    assert.equal(await renglones.count(), bajados + 1);
    const dias = await pagina.locator('[data-linea] .linea__dia').allTextContents();
    assert.equal(new Set(dias).size, dias.length, 'ningún día dos veces');
  });

  test('une dos fichas y lo deshace', async () => {
    const { rows } = await n.ctx.bd.pool.query(
      `insert into contactos (nombre_nora, telefono, nombre, correo) values ('aura', '+526625550001', 'Lucía Valenzuela', 'lucia@x.mx'), ('aura', '+526625550002', 'Lucía Valenzuela', null) returning id`,
    );
    await pagina.goto(`${n.url}${BASE}/${rows[0].id}`);
    await pagina.getByText('Puede estar repetida').waitFor();
    await pagina.getByRole('link', { name: 'Unir…' }).click();
    await pagina.getByRole('button', { name: 'Unir fichas' }).click();
    await pagina.getByText('+52 662 555 0002').waitFor();
    await pagina.getByRole('button', { name: 'Deshacer unión' }).click();
    await pagina.locator('#confirmacion [data-aceptar]').click();
    await pagina.waitForFunction(() => !document.body.textContent?.includes('Deshacer unión'));
    assert.equal(
      (await n.ctx.bd.pool.query(`select count(*)::int n from contactos where nombre = 'Lucía Valenzuela'`))
        .rows[0].n,
      2,
    );
  });

  test('dos personas en la misma ficha: cada una ve lo que hace la otra, sin perder lo que está escribiendo', async () => {
    const { rows } = await n.ctx.bd.pool.query(
      `insert into contactos (nombre_nora, telefono, nombre) values ('aura', '+526625550009', 'Rosa Compartida') returning id`,
    );
    const ficha = `${n.url}${BASE}/${rows[0].id}`;
    const otra = await pagina.context().newPage();
    await ir(otra, ficha);
    await otra.fill('[name=empresa]', 'A medio escribir');
    await ir(pagina, ficha);
    await pagina.fill('#notas_equipo textarea', 'Llega tarde los lunes');
    await pagina.getByRole('button', { name: 'Agregar nota' }).click();
    await otra.locator('.nota__texto', { hasText: 'Llega tarde' }).waitFor({ timeout: 15_000 });
    await pagina.fill('#etiquetas [name=nombre]', 'Puntual');
    await pagina.press('#etiquetas [name=nombre]', 'Enter');
    await otra.locator('#etiquetas .etiqueta', { hasText: 'Puntual' }).waitFor({ timeout: 15_000 });
    assert.equal(await otra.inputValue('[name=empresa]'), 'A medio escribir');
    await otra.getByRole('button', { name: 'Guardar' }).first().click();
    await pagina.waitForFunction(
      () => document.querySelector<HTMLInputElement>('[name=empresa]')?.value === 'A medio escribir',
      null,
      { timeout: 15_000 },
    );
    await otra.close();
  });

  test('guardar lo que se estaba escribiendo no revierte la BAJA que llegó entre tanto', async () => {
    const { rows } = await n.ctx.bd.pool.query(
      `insert into contactos (nombre_nora, telefono, nombre, notas) values ('aura', '+526625550010', 'Rita', E'Uno\\ndos') returning id`,
    );
    const id = rows[0].id as string;
    await ir(pagina, `${n.url}${BASE}/${id}`);
    await pagina.fill('[name=empresa]', 'Florería');
    await n.ctx.bd.pool.query('update contactos set acepta_envios = false where id = $1', [id]);
    n.ctx.vivo.emitir('aura', 'contacto:actualizado', { contacto_id: id });
    await pagina.locator('#ficha_datos').getByRole('button', { name: 'Guardar' }).click();
    await pagina.getByText('Guardado.').waitFor();
    assert.deepEqual(
      (await n.ctx.bd.pool.query('select empresa, notas, acepta_envios from contactos where id = $1', [id]))
        .rows[0],
      { empresa: 'Florería', notas: 'Uno\ndos', acepta_envios: false },
    );
  });

  test('axe no encuentra nada, en claro y oscuro, escritorio y teléfono, y nada se desborda', async () => {
    const { rows } = await n.ctx.bd.pool.query(
      `update contactos set etiquetas = '{Expo,VIP}', bloqueado = true, ia_activa = false, acepta_envios = false where id = (select id from contactos order by created_at desc limit 1) returning id`,
    );
    const id = rows[0].id as string;
    await n.ctx.bd.pool.query(
      `insert into notas_contacto (nombre_nora, contacto_id, texto, usuario_id) select 'aura', $1, 'Una nota', id from usuarios limit 1`,
      [id],
    );
    await n.ctx.bd.pool.query(
      `insert into reglas_etiquetas (nombre_nora, etiqueta_id, frases) select 'aura', id, '{precio}' from etiquetas where nombre = 'Expo'`,
    );
    await n.ctx.bd.pool.query(
      `with l as (insert into lotes_contactos (nombre_nora, accion, total, hechos, cambiados, estado) values ('aura', 'borrar', 7, 7, 7, 'hecho'), ('aura', 'borrar', 1, 1, 1, 'deshaciendo') returning id)
       insert into lotes_contactos_filas (nombre_nora, lote_id, contacto_id, hecho, antes) select 'aura', id, gen_random_uuid(), true, '{"filas":[{"filas":[{"nombre":"María de los Ángeles Valenzuela Montaño"}]}]}' from l`,
    );
    const { rows: imps } = await n.ctx.bd.pool.query('select id from importaciones_contactos limit 1');
    const rutas = [
      BASE,
      `${BASE}?alguna=Expo&ia=si`,
      `${BASE}/nuevo`,
      `${BASE}/${id}`,
      `${BASE}/${id}/union`,
      `${BASE}/campos`,
      `${BASE}/duplicados`,
      `${BASE}/borrados`,
      `${BASE}/importar`,
      `${BASE}/importaciones/${imps[0].id}`,
      '/panel_cliente/aura/etiquetas',
    ];
    const deDosFormas = [
      BASE,
      `${BASE}/borrados`,
      `${BASE}/${id}`,
      `${BASE}/importaciones/${imps[0].id}`,
      '/panel_cliente/aura/etiquetas',
    ];
    for (const ruta of rutas) {
      await ponerModo(pagina, MODOS[0]);
      await ir(pagina, n.url + ruta);
      await pagina.evaluate(() => {
        for (const d of document.querySelectorAll('main details')) (d as HTMLDetailsElement).open = true;
      });
      // En escritorio, sólo las que cambian de forma.
      for (const modo of deDosFormas.includes(ruta) ? MODOS : MODOS.slice(0, 1)) {
        await ponerModo(pagina, modo);
        assert.deepEqual(await hallazgosAxe(pagina), [], `${ruta} ${modo.tema} ${modo.ancho}`);
        assert.ok(
          await pagina.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
          `${ruta} se desborda a ${modo.ancho}`,
        );
      }
    }
  });

  test('en todo el recorrido no hubo errores de la página ni avisos de la política de contenido', () => {
    assert.deepEqual(fallas, []);
  });
});
