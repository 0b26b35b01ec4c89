import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import {
  abrirNavegador,
  abrirPestana,
  entrar,
  hallazgosAxe,
  ir,
  MODOS,
  ponerModo,
} from '../apoyo/navegador.ts';
import { abrirNora, ensenar, type NoraDePrueba, sembrarNoras } from '../apoyo/nora.ts';
import { CLAVE, crearUsuario } from '../apoyo/web.ts';

const IA = '/panel_cliente/aura/ia';
const CORTE = '¿Cuánto cuesta el corte de cabello?';

let n: NoraDePrueba;
let navegador: Browser;
let p: Page;
const fallas: string[] = [];

before(async () => {
  n = await abrirNora();
  await sembrarNoras(n);
  await crearUsuario(n.ctx, { correo: 'duena@aura.mx', noras: { aura: 'dueno' } });
  await ensenar(n, 'aura', 'Horario', 'Abrimos de lunes a viernes de 10:00 a 20:00.');
  navegador = await abrirNavegador();
  p = await abrirPestana(navegador, { viewport: { width: 1360, height: 900 } }, fallas);
  await entrar(p, n.url, 'duena@aura.mx', CLAVE);
});
after(async () => {
  await navegador?.close();
  await n?.cerrar();
});

test('la dueña enseña un bloque, lo pregunta en el probador con el teclado y lo ve citado', async () => {
  await p.goto(`${n.url}/panel_cliente/aura/conocimiento/nuevo`);
  await p.fill('[name=titulo]', 'Precio del corte');
  await p.fill('[name=contenido]', 'El corte de cabello cuesta $350 e incluye lavado.');
  await Promise.all([p.waitForURL((u) => !u.pathname.endsWith('/nuevo')), p.press('[name=titulo]', 'Enter')]);
  // Enter pregunta cuando ya llegó su conducta; antes, en un cuadro de texto sólo baja de renglón.
  await ir(p, `${n.url}${IA}/probador`);
  await p.fill('#texto', CORTE);
  await p.press('#texto', 'Enter');
  await p.waitForSelector('.ia-bloques__citado');
  assert.match((await p.locator('.ia-bloques__citado').textContent()) ?? '', /Precio del corte/);
  assert.match((await p.locator('[data-hilo]').textContent()) ?? '', /\$350/);
  // Se puede seguir hablando sin tocar el ratón.
  assert.equal(await p.evaluate(() => document.activeElement?.id), 'texto');
  await p.keyboard.type('gracias');
  await p.keyboard.press('Enter');
  await p.waitForSelector('text=Con mucho gusto');
  assert.match((await p.locator('[data-hilo]').textContent()) ?? '', /\$350/);
});

test('una prueba hecha desde el probador se rompe con un cambio y la puerta lo detiene hasta confirmarlo', async () => {
  await p.goto(`${n.url}${IA}/probador`);
  await p.fill('#texto', CORTE);
  await p.click('text=Preguntar');
  await p.click('text=Hacerla prueba');
  assert.equal(await p.inputValue('[name=pregunta]'), CORTE);
  assert.equal(await p.locator('[name=citas]:checked').count(), 1);
  await p.fill('[name=contiene]', '350');
  await p.click('text=Guardar prueba');
  await p.waitForURL(/\/pruebas$/);
  await p.check('[name=exige]');
  await p.locator('form[action$="/exigencia"] button').click();
  await p.waitForSelector('.toast');

  await p.goto(`${n.url}${IA}`);
  await p.fill('[name=palabras_pase]', 'corte');
  await p.click('button:has-text("Probar y publicar")');
  await p.waitForURL(/\/corridas\//);
  await p.waitForSelector('text=El cambio no se ha publicado', { timeout: 15_000 });
  assert.match((await p.locator('#corrida').textContent()) ?? '', /Antes pasaba/);
  assert.deepEqual(await n.sql(`select palabras_pase from configuracion_bot where nombre_nora = 'aura'`), [
    { palabras_pase: [] },
  ]);
  assert.deepEqual(await hallazgosAxe(p), []);
  await p.click('text=Publicar de todos modos');
  await p.click('#confirmacion [data-aceptar]');
  await p.waitForSelector('text=Publicado aunque rompía');
  assert.deepEqual(await n.sql(`select palabras_pase from configuracion_bot where nombre_nora = 'aura'`), [
    { palabras_pase: ['corte'] },
  ]);
});

test('la foto se recorta cuadrada en el navegador y queda en el riel', async () => {
  await p.goto(`${n.url}${IA}`);
  const apaisada = await p.evaluate(async () => {
    const lienzo = Object.assign(document.createElement('canvas'), { width: 600, height: 300 });
    const d = lienzo.getContext('2d');
    if (!d) return '';
    d.fillStyle = 'rebeccapurple';
    d.fillRect(0, 0, 600, 300);
    return lienzo.toDataURL('image/png').split(',')[1] ?? '';
  });
  await p.setInputFiles('#foto_archivo', {
    name: 'malo.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('no'),
  });
  await p.waitForSelector('text=no es una foto');
  await p.setInputFiles('#foto_archivo', {
    name: 'foto.png',
    mimeType: 'image/png',
    buffer: Buffer.from(apaisada, 'base64'),
  });
  await p.waitForSelector('[data-recorte][open]');
  await p.keyboard.press('ArrowLeft');
  await p.keyboard.press('+');
  await Promise.all([p.waitForEvent('load'), p.click('[data-subir]')]);
  const foto = p.locator('.riel .riel__nora img');
  await foto.waitFor();
  const medidas = await foto.evaluate(async (img: HTMLImageElement) => {
    await img.decode();
    return [img.naturalWidth, img.naturalHeight];
  });
  assert.deepEqual(medidas, [512, 512]);
});

test('todas las páginas están limpias para axe y caben, en escritorio y en teléfono', async () => {
  for (const ruta of ['', '/probador', '/pruebas', '/pruebas/nueva', '/auditoria', '/costos']) {
    await ponerModo(p, MODOS[0]);
    await p.goto(`${n.url}${IA}${ruta}`);
    for (const modo of MODOS) {
      await ponerModo(p, modo);
      // El mismo documento cambia poco de ancho: en escritorio axe basta con las dos páginas más cargadas.
      if (modo === MODOS[0] || ruta === '' || ruta === '/pruebas')
        assert.deepEqual(await hallazgosAxe(p), [], `${modo.ancho} ${ruta}`);
      assert.equal(
        await p.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
        true,
        `${modo.ancho} ${ruta} se desborda`,
      );
    }
  }
  assert.deepEqual(fallas, []);
});
