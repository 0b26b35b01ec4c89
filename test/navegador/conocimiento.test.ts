import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { abrirNavegador, abrirPestana, entrar, hallazgosAxe, MODOS, ponerModo } from '../apoyo/navegador.ts';
import { abrirNora, type NoraDePrueba } from '../apoyo/nora.ts';
import { CLAVE, crearNora, crearUsuario } from '../apoyo/web.ts';

let n: NoraDePrueba;
let navegador: Browser;
let pagina: Page;
const fallas: string[] = [];
const RUTA = '/panel_cliente/aura/conocimiento';
const REGLAS = '/panel_cliente/aura/respuestas';

before(async () => {
  n = await abrirNora({ trabajadores: false });
  await crearNora(n.ctx, 'aura', ['conocimiento', 'respuestas']);
  await crearUsuario(n.ctx, { correo: 'ana@aura.mx', noras: { aura: 'dueno' } });
  navegador = await abrirNavegador();
  pagina = await abrirPestana(navegador, {}, fallas);
  await entrar(pagina, n.url, 'ana@aura.mx', CLAVE);
});
after(async () => {
  await navegador?.close();
  await n?.cerrar();
});

test('con el teclado se enseña un bloque: el contador avanza y avisa mientras se escribe si ya hay uno parecido', async () => {
  await pagina.goto(`${n.url}${RUTA}`);
  await pagina.getByRole('link', { name: 'Escribir un bloque' }).press('Enter');
  await pagina.keyboard.type('Corte de dama');
  await pagina.keyboard.press('Tab');
  await pagina.keyboard.type('El corte de dama cuesta $350 e incluye lavado y secado. 👍');
  assert.equal(await pagina.locator('[data-contador]').textContent(), '57 / 1,000');
  await pagina.getByRole('button', { name: 'Guardar' }).press('Enter');
  await pagina.locator('.bloque', { hasText: 'Corte de dama' }).waitFor();
  await pagina.goto(`${n.url}${RUTA}/nuevo`);
  await pagina.fill('#texto_bloque', 'El corte de dama cuesta $390 e incluye lavado y secado.');
  await pagina.locator('.gemelo', { hasText: 'Se parece' }).waitFor();
  await pagina.getByRole('button', { name: 'Guardar', exact: true }).click();
  await pagina.getByRole('button', { name: 'Guardar de todos modos' }).click();
  await pagina.waitForURL(`**${RUTA}`);
  assert.equal(await pagina.locator('.bloque').count(), 2);
});

test('se importa un archivo: se corrige en la vista previa, se quita uno y se guarda lo demás', async () => {
  await pagina.goto(`${n.url}${RUTA}/importar`);
  await pagina.setInputFiles('[name=archivo]', {
    name: 'foto.png',
    mimeType: 'image/png',
    buffer: Buffer.from([0x89, 0x50]),
  });
  await pagina.getByRole('button', { name: 'Leer archivo' }).click();
  await pagina.getByText('no se puede importar').waitFor();
  const texto =
    '# Horarios\n\nAbrimos de lunes a viernes.\n\n# Pagos\n\nAceptamos tarjeta.\n\n# Otro\n\nEsto no va.';
  await pagina.setInputFiles('[name=archivo]', {
    name: 'manual.md',
    mimeType: 'text/markdown',
    buffer: Buffer.from(texto),
  });
  await pagina.getByRole('button', { name: 'Leer archivo' }).click();
  await pagina.getByRole('heading', { name: 'Revisa antes de guardar' }).waitFor();
  await pagina.getByLabel('Contenido del bloque 1').fill('Abrimos de lunes a sábado.');
  await pagina.getByLabel('Contenido del bloque 1').press('Tab');
  await pagina.getByRole('checkbox', { name: 'Bloque 3' }).uncheck();
  await pagina.getByRole('button', { name: 'Guardar 2 bloques' }).click();
  await pagina.locator('.bloque').nth(3).waitFor();
  await pagina.fill('[name=q]', 'sabado');
  await pagina.locator('.bloque').nth(1).waitFor({ state: 'detached' });
  assert.match((await pagina.locator('.bloque').textContent()) ?? '', /lunes a sábado/);
});

test('elegir varios, borrarlos y deshacer; y otra pestaña se entera sin recargar', async () => {
  const otra = await pagina.context().newPage();
  await otra.goto(`${n.url}${RUTA}`);
  await pagina.goto(`${n.url}${RUTA}`);
  await pagina.getByRole('checkbox', { name: 'Elegir todos' }).check();
  await pagina.getByText('4 elegidos').waitFor();
  await pagina.getByRole('button', { name: 'Poner', exact: true }).click();
  await pagina.locator('[name=etiqueta]:invalid:focus').waitFor();
  await pagina.getByRole('button', { name: 'Borrar' }).click();
  await pagina.getByText('4 bloques borrados').waitFor();
  await otra.locator('.bloque').first().waitFor({ state: 'detached', timeout: 15_000 });
  await pagina.getByRole('button', { name: 'Deshacer' }).click();
  await pagina.locator('.bloque').nth(3).waitFor();
  await pagina.getByRole('switch').first().click();
  await pagina.locator('.bloque--apagado').waitFor();
  await otra.close();
});

test('una regla se escribe con sus variables y el probador dice al momento que gana', async () => {
  await pagina.goto(`${n.url}${REGLAS}/nueva`);
  await pagina.fill('#disparador', 'ubicación, dónde están');
  await pagina.fill('#respuesta', 'Hola ');
  await pagina.locator('[data-variable="{{nombre}}"]').click();
  assert.equal(await pagina.inputValue('#respuesta'), 'Hola {{nombre}}');
  await pagina.setInputFiles('#archivo', {
    name: 'malo.png',
    mimeType: 'image/png',
    buffer: Buffer.from('no soy png'),
  });
  await pagina.getByRole('button', { name: 'Crear regla' }).click();
  await pagina.getByText('WhatsApp no acepta').waitFor();
  assert.equal(await pagina.inputValue('#respuesta'), 'Hola {{nombre}}');
  await pagina.setInputFiles('#archivo', []);
  await pagina.getByRole('button', { name: 'Crear regla' }).click();
  await pagina.locator('.regla', { hasText: '«ubicación» o «dónde están»' }).waitFor();
  await pagina.fill('#probar_texto', 'oye, ¿DONDE ESTAN?');
  await pagina.locator('.probador__gana', { hasText: 'ubicación, dónde están' }).waitFor();
  await pagina.getByText('El mensaje contiene «dónde están».').waitFor();
});

test('axe no encuentra nada y nada se sale de la pantalla, en teléfono y escritorio, claro y oscuro', async () => {
  const [fila] = (
    await n.ctx.bd.pool.query<{ b: string; r: string }>(
      'select (select id from conocimiento_nora limit 1) b, (select id from respuestas_automaticas limit 1) r',
    )
  ).rows;
  const rutas = [
    RUTA,
    `${RUTA}/nuevo`,
    `${RUTA}/bloques/${fila?.b}`,
    `${RUTA}/preguntas`,
    `${RUTA}/importar`,
    REGLAS,
    `${REGLAS}/reglas/${fila?.r}`,
    `${REGLAS}/rapidas`,
    `${REGLAS}/mensajes`,
  ];
  const deDosFormas = [RUTA, `${RUTA}/bloques/${fila?.b}`, REGLAS, `${REGLAS}/rapidas`];
  for (const ruta of rutas) {
    await ponerModo(pagina, MODOS[0]);
    await pagina.goto(n.url + ruta);
    // En escritorio bastan las páginas con otra distribución.
    for (const modo of deDosFormas.includes(ruta) ? MODOS : MODOS.slice(0, 1)) {
      await ponerModo(pagina, modo);
      assert.deepEqual(await hallazgosAxe(pagina), [], `${ruta} a ${modo.ancho}`);
      assert.ok(
        (await pagina.evaluate(() => document.documentElement.scrollWidth)) <= modo.ancho,
        `${ruta} a ${modo.ancho}`,
      );
    }
  }
  // Lo que se rechaza a propósito (parecido y archivo malo) es lo único que la consola puede decir.
  assert.deepEqual(
    fallas.filter((f) => !/ 4(09|15) /.test(f)),
    [],
  );
});
