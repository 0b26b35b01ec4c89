import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { claveDe, formatearTelefono, leerDireccion, normalizarTelefono } from '../src/mensajes/telefono.ts';
import { type BaseDePrueba, prepararBase } from './apoyo/base.ts';

let base: BaseDePrueba;
let bd: pg.Client;
before(async () => {
  base = await prepararBase();
  bd = new pg.Client(base.url);
  await bd.connect();
});
after(async () => {
  await bd.end();
  await base.cerrar();
});

test('la clave de un teléfono es la misma en la base y en el programa', async () => {
  const numeros = [
    '+526621234567',
    '+5216621234567',
    '+541123456789',
    '+5491123456789',
    '+551187654321',
    '+5511987654321',
    '+14155550000',
    '+34600111222',
    '+5219',
    '+52166212345678',
  ];
  for (const numero of numeros) {
    const { rows } = await bd.query<{ clave: string }>('select clave_de($1) clave', [numero]);
    assert.equal(rows[0]?.clave, claveDe(numero), numero);
  }
});

test('una dirección de WhatsApp es un teléfono, un id de quien lo oculta, o nada', () => {
  assert.deepEqual(leerDireccion('whatsapp:+5216621234567'), { telefono: '+5216621234567', bsuid: null });
  assert.deepEqual(leerDireccion('whatsapp:MX.8899aabbcc'), { telefono: null, bsuid: 'MX.8899aabbcc' });
  for (const mala of ['', 'whatsapp:', 'whatsapp:+0', '<script>', `whatsapp:${'x'.repeat(300)}`]) {
    assert.equal(leerDireccion(mala), null, mala);
  }
});

test('lo que teclea una persona se vuelve E.164 mexicano si no dice país', () => {
  assert.equal(normalizarTelefono('662 123 4567'), '+526621234567');
  assert.equal(normalizarTelefono('+1 (415) 555-0123'), '+14155550123');
  assert.equal(normalizarTelefono('12'), null);
  assert.equal(normalizarTelefono('hola'), null);
  assert.equal(formatearTelefono('+5216621234567'), formatearTelefono('+526621234567'));
});
