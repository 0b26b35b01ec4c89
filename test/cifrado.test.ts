import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { cifrar, descifrar, ErrorCifrado } from '../src/datos/cifrado.ts';

const clave = randomBytes(32);

describe('cifrado', () => {
  test('lo cifrado vuelve igual, nunca se repite y no deja ver el texto', () => {
    for (const texto of ['', 'SK0123', '{"ñ":"🙂"}', 'x'.repeat(10_000)]) {
      const c = cifrar(clave, texto, 'twilio:aura');
      assert.equal(descifrar(clave, c, 'twilio:aura'), texto);
      assert.notEqual(c, cifrar(clave, texto, 'twilio:aura'));
      assert.match(c, /^v1:[\w-]{16}:[\w-]{22}:[\w-]*$/);
    }
  });

  test('otra clave, otro dueño o un solo byte cambiado no abren', () => {
    const c = cifrar(clave, 'secreto', 'twilio:aura');
    const [v = '', iv = '', etiqueta = '', datos = ''] = c.split(':');
    const malos: [Buffer, string, string][] = [
      [randomBytes(32), c, 'twilio:aura'],
      [clave, c, 'twilio:demo'],
      [clave, c, ''],
      [clave, [v, iv, etiqueta, Buffer.from('otro').toString('base64url')].join(':'), 'twilio:aura'],
      [clave, [v, iv, etiqueta.slice(0, 6), datos].join(':'), 'twilio:aura'],
      [clave, ['v2', iv, etiqueta, datos].join(':'), 'twilio:aura'],
      [clave, 'texto plano', 'twilio:aura'],
      [clave, '', 'twilio:aura'],
    ];
    for (const [k, texto, contexto] of malos)
      assert.throws(() => descifrar(k, texto, contexto), ErrorCifrado);
  });
});
