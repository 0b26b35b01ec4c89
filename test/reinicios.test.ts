import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, describe, test } from 'node:test';
import { pino } from 'pino';
import { type BaseDeDatos, crearBaseDeDatos } from '../src/datos/base_de_datos.ts';
import { type BaseDePrueba, prepararBase } from './apoyo/base.ts';
import { crearFalsoOpenai, type FalsoOpenai, type ReglaOpenai } from './apoyo/falso_openai.ts';
import { crearFalsoTwilio, type FalsoTwilio } from './apoyo/falso_twilio.ts';
import { ANA, AURA, abrirNora, ensenar, type NoraDePrueba, sembrarNoras } from './apoyo/nora.ts';
import { hasta } from './apoyo/web.ts';
import { arrancarProceso, encargoDe, type Hijo } from './fallos/hijos.ts';
import { idDe, revisarLibro } from './fallos/libro.ts';

const ARRIENDO_MS = 1500;
const TOPE_MS = 45_000;

describe('procesos que mueren con kill -9', () => {
  let base: BaseDePrueba;
  let bd: BaseDeDatos;
  let twilio: FalsoTwilio;
  let openai: FalsoOpenai;
  let entorno: Record<string, string>;
  const hijos: Hijo[] = [];

  before(async () => {
    twilio = await crearFalsoTwilio();
    openai = await crearFalsoOpenai();
    openai.responderCon(() => contestar());
    entorno = {
      ARRIENDO_MS: String(ARRIENDO_MS),
      TWILIO_ACCOUNT_SID: twilio.cuenta.accountSid,
      TWILIO_AUTH_TOKEN: twilio.cuenta.authToken,
      TWILIO_API_URL: twilio.url,
      OPENAI_API_KEY: openai.apiKey,
      OPENAI_BASE_URL: openai.url,
      OPENAI_MODELO: openai.modelo,
    };
    base = await prepararBase();
    bd = await crearBaseDeDatos(base.config, pino({ level: 'silent' }));
    await bd.servicio
      .rpc('crear_nora', {
        p: {
          nombre_nora: 'aura',
          nombre_visible: 'Aura',
          numero_nora: AURA,
          modulos: ['chat', 'ia'],
        } as never,
      })
      .throwOnError();
  });
  after(async () => {
    await Promise.all(hijos.map((h) => h.matar()));
    await bd.cerrar();
    await base.cerrar();
    await twilio.cerrar();
    await openai.cerrar();
  });
  afterEach(async () => {
    await bd.pool.query('delete from contactos');
    twilio.enviados.length = 0;
    twilio.mensajes.length = 0;
    openai.peticiones.length = 0;
  });

  const contestar = () => ({
    respuesta: `respuesta ${randomBytes(4).toString('hex')}`,
    citas: [],
    accion: 'responder',
  });

  async function trabajador(): Promise<Hijo> {
    const hijo = arrancarProceso(encargoDe(base, 'trabajos', entorno, 'http://127.0.0.1:9'));
    hijos.push(hijo);
    await hijo.listo;
    return hijo;
  }

  /** Deja exactamente esos vivos: arrancar uno cuesta segundos, así que se heredan de una prueba a otra. */
  async function conVivos(cuantos: number): Promise<Hijo[]> {
    const vivos = hijos.filter((h) => h.vivo());
    await Promise.all(vivos.splice(cuantos).map((h) => h.matar()));
    while (vivos.length < cuantos) vivos.push(await trabajador());
    return vivos;
  }
  async function unSolo(): Promise<Hijo> {
    const [unico] = await conVivos(1);
    assert.ok(unico);
    return unico;
  }

  /** Un mensaje ya en el libro, como lo deja el webhook. Devuelve sus MessageSid. */
  async function escribir(cuantos = 1): Promise<Set<string>> {
    const p = Array.from({ length: cuantos }, (_, i) => ({
      sid: `SM${randomBytes(16).toString('hex')}`,
      to: AURA,
      telefono: `+52662555${String(1000 + i)}`,
      cuerpo: `¿abren el día ${i}?`,
    }));
    await bd.servicio.rpc('recibir_mensajes', { p: p as never, p_espera_ms: 20 }).throwOnError();
    bd.avisar('atenciones');
    return new Set(p.map((m) => m.sid));
  }

  async function sinTrabajo(): Promise<boolean> {
    return (await bd.pool.query('select from atenciones limit 1')).rowCount === 0;
  }

  const todoBien = async (entregados: Set<string>) => {
    const r = await revisarLibro(bd.pool, { entregados, claves: new Set(), enviados: twilio.enviados });
    assert.deepEqual(r.muestras, []);
    return r;
  };

  test('el arriendo de siempre caduca dentro de un minuto', () => {
    assert.ok(base.config.mensajes.arriendoMs + 2000 <= 60_000);
  });

  test('a la mitad de una llamada al modelo: otro proceso contesta, una sola vez', async () => {
    const primero = await unSolo();
    openai.programar({ tardarMs: 20_000 });
    const sids = await escribir();
    await hasta(() => openai.peticiones.length === 1, TOPE_MS);
    await primero.matar();
    await trabajador();
    await hasta(() => twilio.enviados.length > 0, TOPE_MS);
    await hasta(sinTrabajo, TOPE_MS);
    const r = await todoBien(sids);
    assert.deepEqual([r.respuestas, twilio.enviados.length, openai.peticiones.length], [1, 1, 2]);
  });

  test('el modelo tarda más que el arriendo: se renueva y nadie más lo llama', async () => {
    await conVivos(2);
    openai.programar({ tardarMs: ARRIENDO_MS * 2.5 });
    const sids = await escribir();
    await hasta(() => twilio.enviados.length > 0, TOPE_MS);
    await hasta(sinTrabajo, TOPE_MS);
    const r = await todoBien(sids);
    assert.deepEqual([r.respuestas, twilio.enviados.length], [1, 1]);
  });

  test('congelado más que su arriendo y de vuelta: su respuesta vieja se tira', async () => {
    const primero = await unSolo();
    openai.programar({ tardarMs: 1000 });
    const sids = await escribir();
    await hasta(() => openai.peticiones.length === 1, TOPE_MS);
    const regreso = primero.congelar(ARRIENDO_MS * 3);
    await trabajador();
    await regreso;
    await hasta(() => twilio.enviados.length > 0, TOPE_MS);
    await hasta(sinTrabajo, TOPE_MS);
    const r = await todoBien(sids);
    assert.deepEqual([r.respuestas, twilio.enviados.length], [1, 1]);
  });

  test('a la mitad de un envío que Twilio sí aceptó: se encuentra en su lista y no se repite', async () => {
    const primero = await unSolo();
    twilio.programar({ tardarMs: 1200 });
    const pedidos = () => twilio.peticiones.filter((p) => p.metodo === 'POST').length;
    const antes = pedidos();
    const sids = await escribir();
    await hasta(() => pedidos() > antes, TOPE_MS);
    await primero.matar();
    await hasta(() => twilio.enviados.length === 1, TOPE_MS);
    await trabajador();
    await hasta(sinTrabajo, TOPE_MS);
    const r = await todoBien(sids);
    assert.deepEqual([r.inciertos, twilio.enviados.length, pedidos() - antes], [0, 1, 1]);
  });

  test('a la mitad de un envío del que Twilio no sabe nada: queda incierto para una persona, nunca se reenvía solo', async () => {
    const primero = await unSolo();
    twilio.programar({ tardarMs: 800, cortar: 'antes' });
    const pedidos = () => twilio.peticiones.filter((p) => p.metodo === 'POST').length;
    const antes = pedidos();
    await escribir();
    await hasta(() => pedidos() > antes, TOPE_MS);
    await primero.matar();
    await trabajador();
    // Los 20 s que se le dan a la lista de Twilio, sin esperarlos de verdad.
    await bd.pool.query(
      `update historial_conversaciones set estado_en = estado_en - interval '30 seconds' where estado = 'enviando'`,
    );
    await hasta(sinTrabajo, TOPE_MS);
    const { rows } = await bd.pool.query<{ estado: string }>(
      `select estado from historial_conversaciones where autor = 'ia'`,
    );
    assert.deepEqual(rows, [{ estado: 'incierto' }]);
    assert.deepEqual([twilio.enviados.length, pedidos() - antes], [0, 1]);
  });

  test('dos procesos en los mismos carriles: cada mensaje, una respuesta y un envío', async () => {
    await conVivos(2);
    const sids = await escribir(80);
    await hasta(sinTrabajo, TOPE_MS);
    const r = await todoBien(sids);
    assert.deepEqual([r.respuestas, twilio.enviados.length], [80, 80]);
    assert.equal(new Set(twilio.enviados.map(idDe)).size, 80);
  });
});

describe('un proveedor de IA que falla', () => {
  let n: NoraDePrueba;
  before(async () => {
    n = await abrirNora({ conOpenai: true, entorno: { IA_TIEMPO_MS: '700' } });
    await sembrarNoras(n);
    await ensenar(
      n,
      'aura',
      'Precio de cortes',
      'El corte de dama cuesta $350 y el de caballero $180. Incluyen lavado.',
    );
  });
  after(() => n.cerrar());

  const casos: [string, ReglaOpenai][] = [
    ['caído', { cortar: 'antes' }],
    ['con error 500', { error: { http: 500 } }],
    ['lento', { tardarMs: 3000 }],
    ['con 429', { error: { http: 429, code: 'rate_limit_exceeded' }, retryAfterMs: 20 }],
    ['sin saldo', { error: { http: 429, code: 'insufficient_quota' } }],
    ['con JSON malo', { contenido: '{"respuesta": "hola", "cit' }],
    ['con otra forma', { contenido: '{"texto":"hola"}' }],
    ['truncado', { fin: 'length', contenido: '{"respuesta":"El corte' }],
    ['cortado a media respuesta', { cortar: 'a_medias' }],
  ];
  for (const [caso, regla] of casos) {
    for (const [pregunta, esperado] of [
      ['¿Cuánto cuesta un corte de dama?', 'respondida'],
      ['¿Venden boletos de avión a Tijuana?', 'pasada_a_humano'],
    ] as const) {
      test(`${caso}: a «${pregunta}» el modo local ${esperado === 'respondida' ? 'contesta' : 'pasa a una persona'}, con un solo error registrado`, async () => {
        await n.reposo();
        await n.sql('delete from contactos');
        await n.sql('delete from logs_errores');
        n.twilio.enviados.length = 0;
        // Vale para todos los intentos de este caso y para ninguno del siguiente.
        let vigente = true;
        n.openai?.programar({ ...regla, si: () => vigente, veces: 9 });
        await n.escribir({ de: ANA, para: AURA, cuerpo: pregunta });
        await hasta(() => n.twilio.enviados.length > 0, 15_000);
        await n.reposo(15_000);
        vigente = false;
        const [rafaga] = await n.sql<{ resultado: string }>('select resultado from rafagas');
        assert.equal(rafaga?.resultado, esperado);
        const [ia] = await n.sql<{ modo: string; detalle: string }>(
          'select modo, detalle from respuestas_ia',
        );
        assert.equal(ia?.modo, 'local');
        assert.match(ia?.detalle ?? '', /^proveedor /);
        await hasta(async () => (await n.sql('select from logs_errores')).length > 0);
        const errores = await n.sql<{ tipo: string; veces: number }>('select tipo, veces from logs_errores');
        assert.deepEqual(errores, [{ tipo: 'OpenAI', veces: 1 }]);
        assert.equal(n.twilio.enviados.length, 1);
        if (esperado === 'respondida') assert.match(n.twilio.enviados[0]?.body ?? '', /350/);
      });
    }
  }
});
