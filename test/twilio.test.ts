import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { buffer } from 'node:stream/consumers';
import { CODIGOS_CONOCIDOS, motivoTwilio, razonTwilio } from '../src/integraciones/twilio_codigos.ts';
import { dividir } from '../src/integraciones/dividir.ts';
import { crearWhatsApp, ErrorTwilio, type MensajeSaliente } from '../src/integraciones/twilio.ts';
import { crearFalsoTwilio, cuentaFalsa, type FalsoTwilio } from './apoyo/falso_twilio.ts';

let falso: FalsoTwilio;
before(async () => {
  falso = await crearFalsoTwilio();
});
after(() => falso.cerrar());

const whatsapp = (extra: { tiempoMs?: number } = {}) =>
  crearWhatsApp({
    twilio: { ...falso.cuenta, apiUrl: falso.url },
    simulador: null,
    tiempoMs: 2000,
    ...extra,
  });

const mensaje = (extra: Partial<MensajeSaliente> = {}): MensajeSaliente => ({
  credenciales: null,
  de: '+5216621234567',
  para: '+5216622047718',
  texto: 'Hola',
  urlEstado: 'https://nora.ejemplo.com/webhook/estado?m=1',
  ...extra,
});

describe('enviar', () => {
  test('un texto sale con prefijo de WhatsApp, url de estado y por el SDK real', async () => {
    const r = await whatsapp().enviar(mensaje());
    assert.ok(r.ok);
    assert.match(r.sid, /^SM[0-9a-f]{32}$/);
    assert.equal(r.estado, 'queued');
    const enviado = falso.enviados.at(-1);
    assert.equal(enviado?.from, 'whatsapp:+5216621234567');
    assert.equal(enviado?.to, 'whatsapp:+5216622047718');
    assert.equal(enviado?.statusCallback, 'https://nora.ejemplo.com/webhook/estado?m=1');
    const cabeceras = falso.peticiones.at(-1)?.cabeceras;
    assert.equal(cabeceras?.['x-twilio-host'], 'api.twilio.com');
    assert.match(cabeceras?.['user-agent'] ?? '', /^twilio-node\//);
  });

  test('un BSUID, un archivo y una plantilla se mandan como Twilio los pide', async () => {
    assert.ok((await whatsapp().enviar(mensaje({ para: 'MX.1039485762' }))).ok);
    assert.ok((await whatsapp().enviar(mensaje({ mediaUrl: 'https://nora.ejemplo.com/a.jpg' }))).ok);
    const r = await whatsapp().enviar(
      mensaje({ contentSid: `HX${'a'.repeat(32)}`, contentVariables: { 1: 'Ana' }, texto: 'no debe ir' }),
    );
    assert.ok(r.ok);
    assert.equal(falso.enviados.at(-1)?.body, '');
    assert.equal(falso.enviados.at(-1)?.contentVariables, '{"1":"Ana"}');
  });

  test('las credenciales de la nora ganan a las globales', async () => {
    const propia = falso.agregarCuenta();
    assert.ok((await whatsapp().enviar(mensaje({ credenciales: propia }))).ok);
    assert.equal(falso.enviados.at(-1)?.accountSid, propia.accountSid);
    const mala = await whatsapp().enviar(mensaje({ credenciales: cuentaFalsa() }));
    assert.partialDeepStrictEqual(mala, { ok: false, clase: 'rechazado', codigo: 20003 });
    const ilegible = await whatsapp().enviar(mensaje({ credenciales: { accountSid: 'X', authToken: 'y' } }));
    assert.partialDeepStrictEqual(ilegible, { ok: false, clase: 'rechazado', codigo: 20003 });
  });

  test('cada código de Twilio llega rechazado con una razón en español', async () => {
    for (const codigo of [63016, 63018, 21610, 63024, 63049, 63019, 63021, 21408, 63003]) {
      falso.programar({ codigo });
      const r = await whatsapp().enviar(mensaje());
      assert.partialDeepStrictEqual(r, {
        ok: false,
        clase: 'rechazado',
        codigo,
        motivo: motivoTwilio(codigo),
      });
    }
    assert.partialDeepStrictEqual(await whatsapp().enviar(mensaje({ para: '+0' })), { codigo: 21211 });
    assert.partialDeepStrictEqual(await whatsapp().enviar(mensaje({ urlEstado: 'nada' })), { codigo: 21609 });
    falso.permitirRemitentes('+5216621234567');
    assert.partialDeepStrictEqual(await whatsapp().enviar(mensaje({ de: '+12025550100' })), {
      codigo: 63007,
    });
  });

  test('429 se puede reintentar y dice cuánto esperar; el SDK no repite solo un envío', async () => {
    falso.programar({ codigo: 20429, retryAfter: 3 });
    const antes = falso.peticiones.length;
    const r = await whatsapp().enviar(mensaje());
    assert.partialDeepStrictEqual(r, { ok: false, clase: 'reintentable', codigo: 20429, esperaMs: 3000 });
    assert.equal(falso.peticiones.length, antes + 1);
  });

  test('conexión rechazada o nombre que no existe: no salió, se puede reintentar', async () => {
    for (const apiUrl of ['http://127.0.0.1:1', 'http://twilio.invalid']) {
      const w = crearWhatsApp({ twilio: { ...falso.cuenta, apiUrl }, simulador: null });
      assert.partialDeepStrictEqual(await w.enviar(mensaje()), {
        ok: false,
        clase: 'reintentable',
        codigo: null,
      });
    }
  });

  test('tardanza, corte tras aceptar, corte antes y 5xx son inciertos y no se repiten', async () => {
    const casos = [
      { tardarMs: 600 },
      { cortar: 'despues' as const },
      { cortar: 'antes' as const },
      { http: 503 },
      { aceptarYContestar: 502 },
    ];
    for (const regla of casos) {
      falso.programar(regla);
      const antes = falso.peticiones.length;
      const r = await whatsapp({ tiempoMs: 300 }).enviar(mensaje());
      assert.partialDeepStrictEqual(r, { ok: false, clase: 'incierto' }, JSON.stringify(regla));
      assert.equal(falso.peticiones.length, antes + 1);
    }
  });

  test('una respuesta 201 cortada o ilegible es incierta, nunca rechazada', async () => {
    const respuestas = [
      'HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{"sid":',
      'HTTP/1.1 201 Created\r\ncontent-length: 5\r\n\r\n<html',
      'HTTP/1.1 201 Created\r\ncontent-length: 2\r\ncontent-type: application/json\r\n\r\n{}',
    ];
    for (const respuesta of respuestas) {
      const servidor = createServer();
      servidor.on('connection', (s) => s.once('data', () => s.end(respuesta)));
      await new Promise<void>((listo) => servidor.listen(0, '127.0.0.1', listo));
      const apiUrl = `http://127.0.0.1:${(servidor.address() as AddressInfo).port}`;
      const w = crearWhatsApp({ twilio: { ...falso.cuenta, apiUrl }, simulador: null, tiempoMs: 500 });
      assert.partialDeepStrictEqual(await w.enviar(mensaje()), { ok: false, clase: 'incierto' }, respuesta);
      servidor.close();
    }
  });

  test('lo que Twilio rechazaría seguro no llega a salir', async () => {
    const antes = falso.peticiones.length;
    assert.partialDeepStrictEqual(await whatsapp().enviar(mensaje({ texto: ' ' })), { codigo: 21602 });
    assert.partialDeepStrictEqual(await whatsapp().enviar(mensaje({ texto: 'a'.repeat(1601) })), {
      codigo: 21617,
    });
    const sinTwilio = crearWhatsApp({ twilio: null, simulador: null });
    assert.partialDeepStrictEqual(await sinTwilio.enviar(mensaje()), { ok: false, clase: 'rechazado' });
    assert.equal(sinTwilio.tokenGlobal, null);
    assert.equal(falso.peticiones.length, antes);
  });

  test('el detalle de un fallo no lleva el token ni el texto del mensaje', async () => {
    for (const apiUrl of ['http://127.0.0.1:1', falso.url]) {
      if (apiUrl === falso.url) falso.programar({ cortar: 'antes' });
      const w = crearWhatsApp({ twilio: { ...falso.cuenta, apiUrl }, simulador: null });
      const r = await w.enviar(mensaje({ texto: 'secreto del cliente' }));
      assert.ok(!r.ok);
      assert.ok(!r.detalle.includes(falso.cuenta.authToken));
      assert.ok(!r.detalle.includes('secreto'));
    }
  });
});

describe('listar y buscar', () => {
  test('recorre todas las páginas, filtra por fecha y dirección y respeta el límite', async () => {
    const cuenta = falso.agregarCuenta();
    const ahora = Date.now();
    for (let i = 0; i < 25; i++) {
      falso.agregarEntrante({
        cuenta,
        de: `+52166220000${String(i).padStart(2, '0')}`,
        para: '+5216621234567',
        cuerpo: `m${i}`,
        creado: new Date(ahora - i * 60_000),
      });
    }
    const w = whatsapp();
    const reunir = async (p: Partial<Parameters<typeof w.listar>[0]>) => {
      const lista = [];
      for await (const m of w.listar({
        credenciales: cuenta,
        desde: new Date(ahora - 3_600_000),
        limite: 1000,
        ...p,
      })) {
        lista.push(m);
      }
      return lista;
    };
    assert.equal((await reunir({})).length, 25);
    const diez = await reunir({ limite: 10 });
    assert.equal(diez.length, 10);
    assert.partialDeepStrictEqual(diez[0], {
      de: '+5216622000000',
      cuerpo: 'm0',
      direccion: 'entrante',
      medios: 0,
    });
    assert.equal((await reunir({ desde: new Date(ahora - 5 * 60_000) })).length, 6);
    assert.equal((await reunir({ de: '+5216622000003' })).length, 1);
    assert.equal((await reunir({ para: '+5210000000000' })).length, 0);

    const paginas = falso.peticiones.length;
    for await (const _ of w.listar({ credenciales: cuenta, desde: new Date(0), limite: 3 })) continue;
    assert.equal(falso.peticiones.length, paginas + 1);
  });

  test('sigue next_page_uri cuando hay más mensajes que el tope de una página', async () => {
    const cuenta = falso.agregarCuenta();
    for (let i = 0; i < 1005; i++) {
      falso.agregarEntrante({
        cuenta,
        de: '+5216622047718',
        para: '+5216621234567',
        creado: new Date(Date.now() - i),
      });
    }
    const sids = new Set<string>();
    for await (const m of whatsapp().listar({ credenciales: cuenta, desde: new Date(0), limite: 5000 }))
      sids.add(m.sid);
    assert.equal(sids.size, 1005);
  });

  test('un mensaje se busca por sid; el desconocido es null y la credencial mala lanza', async () => {
    const r = await whatsapp().enviar(mensaje());
    assert.ok(r.ok);
    assert.partialDeepStrictEqual(await whatsapp().buscar(r.sid, null), {
      sid: r.sid,
      direccion: 'saliente',
      estado: 'queued',
    });
    assert.ok((await whatsapp().buscar(r.sid, null))?.fecha instanceof Date);
    assert.equal(await whatsapp().buscar(`SM${'0'.repeat(32)}`, null), null);
    await assert.rejects(
      whatsapp().buscar(r.sid, cuentaFalsa()),
      (e) => e instanceof ErrorTwilio && e.codigo === 20003,
    );
  });

  test('los archivos de un mensaje se listan con una url que luego se puede bajar', async () => {
    const medio = falso.agregarMedia({ contenido: Buffer.from('hola'), tipo: 'image/png' });
    const m = falso.agregarEntrante({ de: '+5216622047718', para: '+5216621234567', medios: [medio] });
    const [uno] = await whatsapp().listarMedia(m.sid, null);
    assert.deepEqual(uno, { url: medio.url, tipo: 'image/png' });
  });
});

describe('descargarMedia', () => {
  test('sigue la redirección al CDN sin llevarle las credenciales', async () => {
    const contenido = Buffer.from('una foto');
    const medio = falso.agregarMedia({ contenido, tipo: 'image/jpeg' });
    const antes = falso.peticiones.length;
    const r = await whatsapp().descargarMedia(medio.url, null);
    assert.ok(r.ok);
    assert.equal(r.tipo, 'image/jpeg');
    assert.equal(r.bytes, contenido.length);
    assert.deepEqual(await buffer(r.flujo), contenido);
    const [api, cdn] = falso.peticiones.slice(antes);
    assert.match(api?.cabeceras.authorization ?? '', /^Basic /);
    assert.equal(cdn?.cabeceras.authorization, undefined);
  });

  test('una dirección ajena, disfrazada o interna se rechaza sin abrir conexión', async () => {
    let tocado = 0;
    const ajeno = createServer((_req, res) => {
      tocado++;
      res.end('x');
    });
    await new Promise<void>((listo) => ajeno.listen(0, '127.0.0.1', listo));
    const { port } = ajeno.address() as AddressInfo;
    const malas = [
      `http://127.0.0.1:${port}/2010-04-01/x`,
      'http://api.twilio.com/x',
      'https://api.twilio.com.malo.mx/x',
      'https://mms.twiliocdn.com:8443/x',
      'https://usuario@mms.twiliocdn.com/x',
      'https://s3-external-1.amazonaws.com/otra-carpeta/x',
      'http://169.254.169.254/latest/meta-data',
      'file:///etc/passwd',
      'nada',
    ];
    for (const url of malas) {
      assert.partialDeepStrictEqual(
        await whatsapp().descargarMedia(url, null),
        { ok: false, reintentable: false },
        url,
      );
    }
    const trampa = falso.agregarMedia({
      contenido: Buffer.alloc(1),
      tipo: 'image/png',
      redirigirA: `http://127.0.0.1:${port}/robar`,
    });
    assert.partialDeepStrictEqual(await whatsapp().descargarMedia(trampa.url, null), {
      ok: false,
      reintentable: false,
    });
    assert.equal(tocado, 0);
    ajeno.close();
  });

  test('un 404 breve se reintenta; un tipo activo o un archivo enorme no', async () => {
    const breve = falso.agregarMedia({
      contenido: Buffer.from('x'),
      tipo: 'image/png',
      fallarAntes: { http: 404, veces: 1 },
    });
    assert.partialDeepStrictEqual(await whatsapp().descargarMedia(breve.url, null), {
      ok: false,
      reintentable: true,
    });
    assert.ok((await whatsapp().descargarMedia(breve.url, null)).ok);
    const html = falso.agregarMedia({ contenido: Buffer.from('<script>'), tipo: 'text/html' });
    assert.partialDeepStrictEqual(await whatsapp().descargarMedia(html.url, null), {
      ok: false,
      reintentable: false,
    });
    const enorme = falso.agregarMedia({ contenido: Buffer.alloc(17 * 1024 * 1024), tipo: 'video/mp4' });
    assert.partialDeepStrictEqual(await whatsapp().descargarMedia(enorme.url, null), {
      ok: false,
      reintentable: false,
    });
  });

  test('un archivo que no anuncia su tamaño se corta al pasar del tope', async () => {
    const enorme = falso.agregarMedia({
      contenido: Buffer.alloc(17 * 1024 * 1024),
      tipo: 'video/mp4',
      sinLongitud: true,
    });
    const r = await whatsapp().descargarMedia(enorme.url, null);
    assert.ok(r.ok);
    await assert.rejects(buffer(r.flujo), { name: 'ErrorMediaGrande' });
  });
});

describe('firma', () => {
  const params = { From: 'whatsapp:+5216622047718', Body: '¿Cuánto cuesta? 🙌', MessageSid: 'SM1' };
  const url = 'https://nora.ejemplo.com/webhook/estado?m=1&f=a%2Fb';

  test('acepta la propia y rechaza alterada, vacía, corta, ajena o de otra url', () => {
    const w = whatsapp();
    const firma = w.firmar(url, params, 'token');
    assert.ok(w.verificarFirma({ token: 'token', firma, url, params }));
    assert.ok(!w.verificarFirma({ token: 'otro', firma, url, params }));
    assert.ok(!w.verificarFirma({ token: 'token', firma, url: url.replace('m=1', 'm=2'), params }));
    assert.ok(!w.verificarFirma({ token: 'token', firma, url, params: { ...params, Body: 'x' } }));
    assert.ok(!w.verificarFirma({ token: 'token', firma, url, params: { ...params, Otro: 'x' } }));
    for (const mala of [undefined, '', 'x', `${firma}x`]) {
      assert.ok(!w.verificarFirma({ token: 'token', firma: mala, url, params }));
    }
    assert.ok(!w.verificarFirma({ token: '', firma: w.firmar(url, params, ''), url, params }));
    assert.ok(!w.verificarFirma({ token: 'token', firma, url: 'no es url', params }));
  });
});

describe('estado', () => {
  test('dice si Twilio contesta y qué corregir cuando no', async () => {
    assert.partialDeepStrictEqual(await whatsapp().estado(), { ok: true, simulado: false });
    const malo = await whatsapp().estado(cuentaFalsa());
    assert.equal(malo.ok, false);
    assert.match(malo.detalle, /Account SID/);
    const caido = crearWhatsApp({
      twilio: { ...falso.cuenta, apiUrl: 'http://127.0.0.1:1' },
      simulador: null,
    });
    assert.match((await caido.estado()).detalle, /conectar/);
    const nada = crearWhatsApp({ twilio: null, simulador: null });
    assert.match((await nada.estado()).detalle, /TWILIO_ACCOUNT_SID/);
  });

  test('no pregunta más de una vez por minuto', async () => {
    const w = whatsapp();
    await w.estado();
    const antes = falso.peticiones.length;
    await w.estado();
    assert.equal(falso.peticiones.length, antes);
  });
});

describe('códigos', () => {
  test('todos dicen qué pasó y qué hacer, y el desconocido conserva su número', () => {
    for (const codigo of CODIGOS_CONOCIDOS) {
      const { motivo, accion } = razonTwilio(codigo);
      assert.match(motivo, /\.$/);
      assert.match(accion, /\.$/);
    }
    assert.match(motivoTwilio(99999), /99999/);
    assert.ok(motivoTwilio(null).length > 10);
  });
});

describe('dividir', () => {
  test('corta al final de la oración y no pierde nada', () => {
    const texto = Array.from(
      { length: 80 },
      (_, i) => `Esta es la oración número ${i}, cuesta $1.50 y ya.`,
    ).join(' ');
    const partes = dividir(texto);
    assert.ok(partes.length > 1);
    for (const parte of partes) {
      assert.ok(parte.length <= 1600);
      assert.ok(parte.endsWith('ya.'));
    }
    assert.equal(partes.join(' '), texto);
  });

  test('prefiere el párrafo y, sin puntos, la palabra', () => {
    assert.deepEqual(dividir('uno dos tres.\n\ncuatro. cinco', 22), ['uno dos tres.', 'cuatro. cinco']);
    assert.deepEqual(dividir('aaaa bbbb cccc', 9), ['aaaa bbbb', 'cccc']);
    assert.deepEqual(dividir('aaaa bbbb cccc', 8), ['aaaa', 'bbbb', 'cccc']);
  });

  test('nunca parte un par subrogado ni un emoji compuesto', () => {
    const familia = '👨‍👩‍👧‍👦';
    for (const tope of [12, 13, 17, 23, 1600]) {
      const partes = dividir(familia.repeat(200), tope);
      for (const parte of partes) {
        assert.ok(parte.isWellFormed());
        assert.equal(parte.length % familia.length, 0);
        assert.ok(parte.length <= tope);
      }
      assert.equal(partes.join(''), familia.repeat(200));
    }
    for (const parte of dividir('😀'.repeat(2000), 7)) assert.ok(parte.isWellFormed());
    assert.ok(dividir(`e${'\u0301'.repeat(5000)}`).every((p) => p.length <= 1600));
  });

  test('lo vacío da nada y lo corto queda igual', () => {
    assert.deepEqual(dividir(''), []);
    assert.deepEqual(dividir('  \n '), []);
    assert.deepEqual(dividir(' hola '), ['hola']);
    assert.deepEqual(dividir('a'.repeat(1600)), ['a'.repeat(1600)]);
    assert.deepEqual(
      dividir('a'.repeat(1601)).map((p) => p.length),
      [1600, 1],
    );
  });
});

describe('el falso', () => {
  const llamar = (metodo: string, cuerpo: Record<string, string>, consulta = '') =>
    fetch(`${falso.url}/2010-04-01/Accounts/${falso.cuenta.accountSid}/Messages.json${consulta}`, {
      method: metodo,
      headers: {
        authorization: `Basic ${Buffer.from(`${falso.cuenta.accountSid}:${falso.cuenta.authToken}`).toString('base64')}`,
      },
      ...(metodo === 'POST' && { body: new URLSearchParams(cuerpo) }),
    });

  test('rechaza con el código de Twilio lo que ella rechazaría', async () => {
    const bien = { To: 'whatsapp:+5216622047718', From: 'whatsapp:+5216621234567', Body: 'Hola' };
    const casos: [Record<string, string>, number][] = [
      [{ ...bien, To: '' }, 21604],
      [{ ...bien, From: '' }, 21603],
      [{ ...bien, Body: '' }, 21602],
      [{ ...bien, Cuerpo: 'x' }, 20001],
      [{ ...bien, To: '+5216622047718' }, 21211],
      [{ ...bien, Body: 'a'.repeat(1601) }, 21617],
      [{ ...bien, MediaUrl: 'ftp://x/y' }, 21620],
      [{ ...bien, ContentVariables: '{}' }, 21654],
      [{ ...bien, ContentSid: 'HX1' }, 21655],
      [{ ...bien, Body: '', ContentSid: `HX${'a'.repeat(32)}`, ContentVariables: '{"1":""}' }, 20001],
    ];
    for (const [cuerpo, codigo] of casos) {
      const r = await llamar('POST', cuerpo);
      assert.equal(r.status, 400);
      assert.partialDeepStrictEqual(await r.json(), { code: codigo, status: 400 }, JSON.stringify(cuerpo));
    }
    assert.equal((await llamar('GET', {}, '?Desde=ayer')).status, 400);
    assert.equal((await llamar('GET', {}, '?PageSize=5000')).status, 400);
    assert.equal((await fetch(`${falso.url}/2010-04-01/Accounts/x.json`)).status, 401);
  });

  test('manda los callbacks firmados en el orden que se pida', async () => {
    const vistos: [string | null, boolean][] = [];
    const anotar = async (req: IncomingMessage) => {
      const params = Object.fromEntries(new URLSearchParams((await buffer(req)).toString()));
      const firma = req.headers['x-twilio-signature'];
      const url = `http://127.0.0.1:${(servidor.address() as AddressInfo).port}${req.url}`;
      const valida = whatsapp().verificarFirma({
        token: falso.cuenta.authToken,
        firma: typeof firma === 'string' ? firma : undefined,
        url,
        params,
      });
      vistos.push([params['MessageStatus'] ?? null, valida]);
    };
    const servidor = createServer((req, res) => void anotar(req).finally(() => res.end()));
    await new Promise<void>((listo) => servidor.listen(0, '127.0.0.1', listo));
    const urlEstado = `http://127.0.0.1:${(servidor.address() as AddressInfo).port}/webhook/estado?m=1`;
    const r = await whatsapp().enviar(mensaje({ urlEstado }));
    assert.ok(r.ok);
    assert.deepEqual(
      await falso.mandarEstados(r.sid, ['read', 'sent', 'sent', 'delivered']),
      [200, 200, 200, 200],
    );
    assert.deepEqual(
      vistos,
      ['read', 'sent', 'sent', 'delivered'].map((estado) => [estado, true]),
    );
    servidor.close();
  });
});
