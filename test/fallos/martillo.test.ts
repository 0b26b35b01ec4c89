import assert from 'node:assert/strict';
import { test } from 'node:test';
import { martillar, presentarMartillo } from './martillo.ts';

const SEGUNDOS = 8;

// La versión larga: `node test/fallos/martillo.ts 90 [semilla]`.
test('con procesos que mueren a media faena nada se pierde, se duplica ni se dice después de una persona', async (t) => {
  const semilla = Date.now() % 1_000_000;
  const r = await martillar({
    segundos: SEGUNDOS,
    semilla,
    contactosPorNora: 12,
    webs: 1,
    rafagasPorSegundo: 10,
  });
  t.diagnostic(`\n${presentarMartillo(r)}`);
  assert.deepEqual(r.muestras, [], `semilla ${semilla}`);
  assert.ok(r.kills + r.congelados >= 2, 'el martillo no golpeó');
  assert.ok(r.mensajes > 20 && r.respuestas > 5 && r.humanos > 0, 'hubo poco que golpear');
});
