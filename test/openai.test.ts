import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as esperar } from 'node:timers/promises';
import { z } from 'zod';
import { crearModelo } from '../src/integraciones/openai.ts';
import { crearFalsoOpenai, type FalsoOpenai } from './apoyo/falso_openai.ts';

let falso: FalsoOpenai;
before(async () => {
  falso = await crearFalsoOpenai();
});
after(() => falso.cerrar());
beforeEach(() => {
  falso.limitarFormatos('json_schema', 'json_object');
  falso.responderCon((mensajes) => ({ ...buena, respuesta: `eco: ${mensajes.at(-1)?.content ?? ''}` }));
});

const esquema = z.object({
  respuesta: z.string(),
  citas: z.array(z.string()),
  accion: z.enum(['responder', 'pasar_a_humano']),
  nota: z.string().nullable(),
});
const buena = { respuesta: 'Cuesta $350.', citas: ['a'], accion: 'responder' as const, nota: null };
const modelo = (extra: { tiempoMs?: number; apiKey?: string; baseUrl?: string; modelo?: string } = {}) =>
  crearModelo({ apiKey: falso.apiKey, baseUrl: falso.url, modelo: falso.modelo, tiempoMs: 3000, ...extra });
const pregunta = {
  mensajes: [
    { role: 'system' as const, content: 'Eres Nora.' },
    { role: 'user' as const, content: '¿Cuánto cuesta un corte?' },
  ],
  esquema,
  nombre: 'respuesta_nora',
};

describe('responder', () => {
  test('pide con esquema estricto y devuelve datos, tokens, modelo, tiempo e id de petición', async () => {
    const r = await modelo().responder(pregunta);
    assert.ok(r.ok);
    assert.equal(r.datos.respuesta, 'eco: ¿Cuánto cuesta un corte?');
    assert.ok(r.tokensEntrada > 0 && r.tokensSalida > 0);
    assert.equal(r.modelo, falso.modelo);
    assert.match(r.idPeticion ?? '', /^req_/);
    const { cuerpo } = falso.peticiones.at(-1) ?? assert.fail();
    assert.equal(cuerpo.response_format?.type, 'json_schema');
    assert.equal(cuerpo.response_format?.json_schema?.name, 'respuesta_nora');
  });

  test('la nora puede usar otro modelo; uno que no existe es error del servidor, sin reintento', async () => {
    const antes = falso.peticiones.length;
    const r = await modelo().responder({ ...pregunta, modelo: 'no-existe' });
    assert.partialDeepStrictEqual(r, { ok: false, clase: 'servidor', reintentable: false });
    assert.equal(falso.peticiones.length, antes + 1);
  });

  test('un 429 pasajero se reintenta una vez y sale bien', async () => {
    falso.programar({ error: { http: 429, code: 'rate_limit_exceeded' }, retryAfterMs: 10 });
    const antes = falso.peticiones.length;
    assert.ok((await modelo().responder(pregunta)).ok);
    assert.equal(falso.peticiones.length, antes + 2);
  });

  test('un 429 que no cede es límite; un 500 que no cede es servidor', async () => {
    falso.programar({ error: { http: 429, code: 'rate_limit_exceeded' }, retryAfterMs: 1, veces: 2 });
    assert.partialDeepStrictEqual(await modelo().responder(pregunta), {
      clase: 'limite',
      reintentable: true,
    });
    falso.programar({ error: { http: 500 }, retryAfterMs: 1, veces: 2 });
    const r = await modelo().responder(pregunta);
    assert.partialDeepStrictEqual(r, { clase: 'servidor', reintentable: true });
    assert.match(r.idPeticion ?? '', /^req_/);
  });

  test('si el límite pide esperar mucho, se dice de inmediato y no se duerme hasta el plazo', async () => {
    falso.programar({ error: { http: 429, code: 'rate_limit_exceeded' }, retryAfterMs: 30_000 });
    const antes = falso.peticiones.length;
    const inicio = performance.now();
    const r = await modelo().responder(pregunta);
    assert.partialDeepStrictEqual(r, { ok: false, clase: 'limite', reintentable: true });
    assert.equal(falso.peticiones.length, antes + 1);
    assert.ok(performance.now() - inicio < 2000);
    await vaciar();
  });

  test('sin saldo no se reintenta', async () => {
    falso.programar({ error: { http: 429, code: 'insufficient_quota' }, veces: 5 });
    const antes = falso.peticiones.length;
    const r = await modelo().responder({ ...pregunta });
    assert.partialDeepStrictEqual(r, { ok: false, clase: 'sin_saldo', reintentable: false });
    assert.equal(falso.peticiones.length, antes + 1);
    await vaciar();
  });

  test('una llave mala es credencial y no aparece en el detalle', async () => {
    const apiKey = 'sk-proj-secretisima123456';
    const r = await modelo({ apiKey }).responder(pregunta);
    assert.partialDeepStrictEqual(r, { ok: false, clase: 'credencial', reintentable: false });
    assert.ok(!r.ok && !r.detalle.includes('secretisima'));
  });

  test('el plazo es total: cuenta cabeceras lentas, cuerpo lento y la espera del reintento', async () => {
    const reglas = [
      { tardarMs: 1500 },
      { tardarCuerpoMs: 1500 },
      { error: { http: 429, code: 'rate_limit_exceeded' }, retryAfterMs: 4000 },
    ];
    for (const regla of reglas) {
      falso.programar(regla);
      const inicio = performance.now();
      const r = await modelo().responder({ ...pregunta, tiempoMs: 300 });
      assert.partialDeepStrictEqual(
        r,
        { ok: false, clase: 'tiempo', reintentable: true },
        JSON.stringify(regla),
      );
      assert.ok(performance.now() - inicio < 1000, JSON.stringify(regla));
    }
  });

  test('una señal externa cancela y suelta la conexión', async () => {
    falso.programar({ tardarMs: 2000 });
    const senal = AbortSignal.timeout(100);
    const r = await modelo().responder({ ...pregunta, senal });
    assert.partialDeepStrictEqual(r, { ok: false, clase: 'cancelado' });
    await esperar(50);
    const ya = await modelo().responder({ ...pregunta, senal: AbortSignal.abort() });
    assert.partialDeepStrictEqual(ya, { ok: false, clase: 'cancelado' });
  });

  test('cada respuesta que no sirve se distingue y cuenta sus tokens', async () => {
    const casos = [
      [{ contenido: '{"respuesta": ' }, 'formato'],
      [{ contenido: 'Claro, cuesta $350' }, 'formato'],
      [{ contenido: JSON.stringify({ ...buena, accion: 'bailar' }) }, 'formato'],
      [{ contenido: JSON.stringify({ respuesta: 'x' }) }, 'formato'],
      [{ contenido: '{"respuesta":"Cues', fin: 'length' }, 'formato'],
      [{ contenido: '' }, 'formato'],
      [{ fin: 'content_filter' }, 'rechazo'],
      [{ negativa: 'Lo siento, no puedo.' }, 'rechazo'],
    ] as const;
    for (const [regla, clase] of casos) {
      falso.programar(regla);
      const r = await modelo().responder(pregunta);
      assert.partialDeepStrictEqual(r, { ok: false, clase }, JSON.stringify(regla));
      assert.ok(!r.ok && r.tokensEntrada > 0 && !r.detalle.includes('Cues'));
    }
  });

  test('cuerpo que no es JSON, corte y proveedor apagado', async () => {
    falso.programar({ crudo: '<html>gateway</html>' });
    assert.partialDeepStrictEqual(await modelo().responder(pregunta), { ok: false, reintentable: true });
    falso.programar({ crudo: '{}' });
    assert.partialDeepStrictEqual(await modelo().responder(pregunta), { ok: false, clase: 'formato' });
    falso.programar({ cortar: 'antes', veces: 2 });
    assert.partialDeepStrictEqual(await modelo().responder(pregunta), {
      ok: false,
      clase: 'conexion',
      reintentable: true,
    });
    falso.programar({ cortar: 'a_medias', veces: 2 });
    assert.partialDeepStrictEqual(await modelo().responder(pregunta), {
      ok: false,
      clase: 'conexion',
      reintentable: true,
    });
    const apagado = modelo({ baseUrl: 'http://127.0.0.1:1/v1' });
    assert.partialDeepStrictEqual(await apagado.responder(pregunta), {
      ok: false,
      clase: 'conexion',
      reintentable: true,
    });
    await vaciar();
  });
});

describe('proveedores compatibles', () => {
  test('sin json_schema cae a json_object, sin él a texto, y lo recuerda', async () => {
    falso.limitarFormatos('json_object');
    const m = modelo();
    assert.ok((await m.responder(pregunta)).ok);
    assert.equal(falso.peticiones.at(-1)?.cuerpo.response_format?.type, 'json_object');
    const antes = falso.peticiones.length;
    assert.ok((await m.responder(pregunta)).ok);
    assert.equal(falso.peticiones.length, antes + 1);

    falso.limitarFormatos();
    falso.responderCon(() => `\`\`\`json\n${JSON.stringify(buena)}\n\`\`\``);
    assert.ok((await m.responder(pregunta)).ok);
    assert.equal(falso.peticiones.at(-1)?.cuerpo.response_format, undefined);
    falso.programar({ contenido: JSON.stringify({ ...buena, citas: 'no es lista' }) });
    assert.partialDeepStrictEqual(await m.responder(pregunta), { ok: false, clase: 'formato' });
  });

  test('lo que un modelo no admite no cambia cómo se le pide a los demás', async () => {
    const dos = await crearFalsoOpenai({ modelos: ['viejo', 'nuevo'] });
    try {
      dos.responderCon(() => buena);
      const m = modelo({ baseUrl: dos.url, apiKey: dos.apiKey, modelo: 'viejo' });
      dos.limitarFormatos('json_object');
      assert.ok((await m.responder(pregunta)).ok);
      dos.limitarFormatos('json_schema', 'json_object');
      assert.ok((await m.responder({ ...pregunta, modelo: 'nuevo' })).ok);
      assert.equal(dos.peticiones.at(-1)?.cuerpo.response_format?.type, 'json_schema');
      assert.ok((await m.responder(pregunta)).ok);
      assert.equal(dos.peticiones.at(-1)?.cuerpo.response_format?.type, 'json_object');
    } finally {
      await dos.cerrar();
    }
  });

  test('un esquema que el modo estricto no admite se dice, no se esconde cambiando de formato', async () => {
    const r = await modelo().responder({
      ...pregunta,
      esquema: z.object({ a: z.record(z.string(), z.string()) }),
    });
    assert.partialDeepStrictEqual(r, { ok: false, clase: 'formato', reintentable: false });
  });
});

describe('estado', () => {
  test('dice si contesta y qué corregir cuando no', async () => {
    assert.equal((await modelo().estado()).ok, true);
    assert.match((await modelo({ apiKey: 'mala' }).estado()).detalle, /OPENAI_API_KEY/);
    assert.match((await modelo({ modelo: 'otro' }).estado()).detalle, /OPENAI_MODELO/);
    assert.match((await modelo({ baseUrl: 'http://127.0.0.1:1/v1' }).estado()).detalle, /conectar/);
  });
});

describe('el falso', () => {
  test('rechaza lo que OpenAI rechazaría', async () => {
    const bien = { model: falso.modelo, messages: [{ role: 'user', content: 'hola json' }] };
    const formato = (schema: object, name = 'x') => ({
      response_format: { type: 'json_schema', json_schema: { name, strict: true, schema } },
    });
    const objeto = {
      type: 'object',
      properties: { a: { type: 'string' } },
      required: ['a'],
      additionalProperties: false,
    };
    const pedir = async (cuerpo: object) => {
      const r = await fetch(`${falso.url}/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${falso.apiKey}` },
        body: JSON.stringify(cuerpo),
      });
      await r.text();
      return r.status;
    };
    assert.equal(await pedir(bien), 200);
    assert.equal(await pedir({ ...bien, ...formato(objeto) }), 200);
    const malos = [
      { ...bien, inventado: 1 },
      { ...bien, messages: [] },
      { ...bien, messages: [{ role: 'bot', content: 'x' }] },
      { ...bien, messages: [{ role: 'user', content: null }] },
      { ...bien, temperature: 3 },
      { model: falso.modelo },
      { ...bien, ...formato(objeto, 'con espacios') },
      { ...bien, ...formato({ ...objeto, required: [] }) },
      { ...bien, ...formato({ ...objeto, additionalProperties: true }) },
      { ...bien, ...formato({ type: 'array', items: objeto }) },
      { ...bien, ...formato({ ...objeto, properties: { a: { type: 'string', minLength: 1 } } }) },
      { ...bien, messages: [{ role: 'user', content: 'hola' }], response_format: { type: 'json_object' } },
    ];
    for (const malo of malos) assert.equal(await pedir(malo), 400, JSON.stringify(malo));
    assert.equal(await pedir({ ...bien, model: 'otro' }), 404);
  });
});

// Las reglas con más veces de las que se usaron no deben colarse en la prueba siguiente.
async function vaciar(): Promise<void> {
  for (let i = 0; i < 10; i++) {
    const r = await modelo().responder(pregunta);
    if (r.ok) return;
  }
}
