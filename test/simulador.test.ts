import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { buffer } from 'node:stream/consumers';
import express from 'express';
import { type Contexto, crearContexto } from '../src/contexto.ts';
import { crearSimulador } from '../src/integraciones/simulador/rutas.ts';
import type { MensajeSaliente } from '../src/integraciones/twilio.ts';
import { crearManejadorErrores } from '../src/web/errores.ts';
import { prepararVistas } from '../src/web/vistas.ts';
import { type BaseDePrueba, prepararBase } from './apoyo/base.ts';
import { crearNora, crearUsuario, hasta } from './apoyo/web.ts';

const PUBLICA = 'https://nora.ejemplo.com';
const AURA = '+5216621234567';
const LUCIA = '+5216625550123';

interface Recibido {
  ruta: string;
  firmaValida: boolean;
  params: Record<string, string>;
}

let base: BaseDePrueba;
let ctx: Contexto;
let servidor: Server;
let url: string;
let admin: string;
let duena: string;
let recibidos: Recibido[] = [];
let avisos: Recibido[] = [];
let contestar = 200;
let senales: { nora: string; evento: string; datos: object }[] = [];

before(async () => {
  base = await prepararBase();
  const emitir = (nora: string, evento: string, datos: object) => void senales.push({ nora, evento, datos });
  ctx = await crearContexto(base.config, { vivo: { emitir, conectar: async () => undefined } as never });
  for (const nora of ['aura', 'demo', 'sinnumero', 'ajena']) await crearNora(ctx, nora);
  await ponerNumero('aura', AURA);
  await ponerNumero('demo', '+5216627654321');
  await ponerNumero('ajena', '+5216620000000');
  admin = await crearUsuario(ctx, { correo: 'admin@prueba.mx', rol: 'admin' });
  duena = await crearUsuario(ctx, {
    correo: 'duena@prueba.mx',
    noras: { aura: 'dueno', sinnumero: 'agente' },
  });
  servidor = montar().listen(0, '127.0.0.1');
  await once(servidor, 'listening');
  const { port } = servidor.address() as AddressInfo;
  url = `http://127.0.0.1:${port}`;
  Object.assign(ctx.config, { puerto: port, urlPublica: PUBLICA });
});
after(async () => {
  servidor.closeAllConnections();
  servidor.close();
  await ctx.cerrar();
  await base.cerrar();
});
beforeEach(() => {
  recibidos = [];
  avisos = [];
  senales = [];
  contestar = 200;
});

describe('API simulada', () => {
  test('el SDK envía, el teléfono lo guarda y avisa enviado, entregado y leído con firma válida', async () => {
    const r = await ctx.whatsapp.enviar(saliente());
    assert.ok(r.ok);
    assert.equal(r.estado, 'queued');
    const suyos = () => avisos.filter((x) => x.params['MessageSid'] === r.sid);
    await hasta(() => suyos().length === 3);
    assert.deepEqual(
      suyos().map((x) => [x.ruta, x.params['MessageStatus'], x.firmaValida, x.params['MessageSid']]),
      ['sent', 'delivered', 'read'].map((estado) => ['/webhook/estado?m=1', estado, true, r.sid]),
    );
    assert.equal((await ctx.whatsapp.buscar(r.sid, null))?.estado, 'read');
    assert.ok(senales.every((s) => s.nora === 'aura' && s.evento === 'simulador:mensaje'));
  });

  test('sin la cuenta simulada nadie envía ni lee', async () => {
    const ruta = `${url}/simulador/api/2010-04-01/Accounts/${ctx.whatsapp.cuentaGlobal?.accountSid}/Messages.json`;
    for (const authorization of ['', 'Basic x', `Basic ${Buffer.from('AC1:2').toString('base64')}`]) {
      for (const method of ['GET', 'POST']) {
        const r = await fetch(ruta, { method, headers: { authorization } });
        assert.equal(r.status, 401);
        assert.partialDeepStrictEqual(await r.json(), { code: 20003 });
      }
    }
  });

  test('rechaza como Twilio: número ajeno, destino inválido y los reservados para fallar', async () => {
    const casos: [Partial<MensajeSaliente>, number][] = [
      [{ de: '+12025550100' }, 63007],
      [{ para: '+0' }, 21211],
      [{ para: '+15005550004' }, 21610],
      [{ para: '+15005550001' }, 21211],
    ];
    for (const [cambio, codigo] of casos) {
      assert.partialDeepStrictEqual(await ctx.whatsapp.enviar(saliente(cambio)), {
        clase: 'rechazado',
        codigo,
      });
    }
  });

  test('la lista pagina y filtra como la de Twilio', async () => {
    const ana = '+5216625550777';
    for (let i = 0; i < 5; i++)
      assert.ok((await ctx.whatsapp.enviar(saliente({ para: ana, texto: `m${i}` }))).ok);
    const textos = [];
    const desde = new Date(Date.now() - 60_000);
    for await (const m of ctx.whatsapp.listar({ credenciales: null, desde, limite: 100, para: ana }))
      textos.push(m.cuerpo);
    assert.deepEqual(textos, ['m4', 'm3', 'm2', 'm1', 'm0']);
    for await (const m of ctx.whatsapp.listar({ credenciales: null, desde, limite: 9, de: LUCIA, para: ana }))
      assert.fail(m.sid);
    const cuenta = ctx.whatsapp.cuentaGlobal;
    const ruta = `/2010-04-01/Accounts/${cuenta?.accountSid}/Messages.json`;
    const authorization = `Basic ${Buffer.from(`${cuenta?.accountSid}:${cuenta?.authToken}`).toString('base64')}`;
    const pagina = await fetch(
      `${url}/simulador/api${ruta}?PageSize=2&To=${encodeURIComponent(`whatsapp:${ana}`)}`,
      {
        headers: { authorization },
      },
    );
    const cuerpo = (await pagina.json()) as { messages: unknown[]; next_page_uri: string };
    assert.equal(cuerpo.messages.length, 2);
    assert.match(cuerpo.next_page_uri, /PageSize=2.*Page=1/);
  });

  test('un adjunto nuestro se baja y se ve; uno ajeno o perdido termina fallido con 63019', async () => {
    const bueno = await ctx.whatsapp.enviar(saliente({ mediaUrl: `${PUBLICA}/foto.png` }));
    assert.ok(bueno.ok);
    const [medio] = await ctx.whatsapp.listarMedia(bueno.sid, null);
    assert.equal(medio?.tipo, 'image/png');
    for (const mediaUrl of ['https://otro.ejemplo.com/x.png', `${PUBLICA}/no-existe.png`]) {
      avisos = [];
      const malo = await ctx.whatsapp.enviar(saliente({ mediaUrl }));
      assert.ok(malo.ok);
      await hasta(() => avisos.some((r) => r.params['MessageSid'] === malo.sid));
      const aviso = avisos.find((r) => r.params['MessageSid'] === malo.sid);
      assert.partialDeepStrictEqual(aviso?.params, { MessageStatus: 'failed', ErrorCode: '63019' });
    }
  });
});

describe('pantalla', () => {
  test('lo que escribe la persona llega firmado a /webhook con los parámetros de Twilio', async () => {
    const r = await escribir({ texto: '¿Cuánto cuesta un corte? 🙌', nombre: 'Lucía' });
    assert.deepEqual([r.status, ((await r.json()) as { estado: string }).estado], [201, 'received']);
    assert.equal(recibidos[0]?.firmaValida, true);
    assert.partialDeepStrictEqual(recibidos[0]?.params, {
      From: `whatsapp:${LUCIA}`,
      To: `whatsapp:${AURA}`,
      Body: '¿Cuánto cuesta un corte? 🙌',
      ProfileName: 'Lucía',
      WaId: LUCIA.slice(1),
      NumMedia: '0',
      SmsStatus: 'received',
      AccountSid: ctx.whatsapp.cuentaGlobal?.accountSid,
    });
    assert.match(recibidos[0]?.params['MessageSid'] ?? '', /^SM[0-9a-f]{32}$/);
    assert.match(await (await ver('/mensajes')).text(), /¿Cuánto cuesta un corte\? 🙌.*Nora lo guardó/s);
  });

  test('una foto viaja como media que Nora baja con sus credenciales y nadie sin ellas', async () => {
    const foto = new File([Buffer.from('una foto')], 'uña 1.png', { type: 'image/png' });
    assert.equal((await escribir({ foto })).status, 201);
    const { params } = recibidos[0] ?? assert.fail();
    assert.partialDeepStrictEqual(params, {
      NumMedia: '1',
      MediaContentType0: 'image/png',
      MessageType: 'image',
    });
    const media = params['MediaUrl0'] ?? '';
    const bajada = await ctx.whatsapp.descargarMedia(media, null);
    assert.ok(bajada.ok);
    assert.equal((await buffer(bajada.flujo)).toString(), 'una foto');
    assert.equal(bajada.nombre, 'uña 1.png');
    assert.equal((await fetch(media, { redirect: 'manual' })).status, 401);
    const cdn = media.replace(/.*Messages\/(\w+)\/Media\/(\w+)/, `${url}/simulador/api/cdn/$1/$2?firma=0`);
    assert.equal((await fetch(cdn)).status, 404);
    const html = new File(['<script>'], 'x.html', { type: 'text/html' });
    assert.equal((await escribir({ foto: html })).status, 422);
  });

  test('si Nora no lo guarda se dice, y reintentar entrega el mismo MessageSid', async () => {
    contestar = 503;
    const r = (await (await escribir({ texto: 'se pierde' })).json()) as { estado: string; sid: string };
    assert.equal(r.estado, 'failed');
    assert.match(await (await ver('/mensajes')).text(), /Nora no lo recibió/);
    contestar = 200;
    await fetch(`${url}/simulador/mensajes/${r.sid}/reintento`, { method: 'POST', headers: como(duena) });
    assert.deepEqual(
      recibidos.map((x) => x.params['MessageSid']),
      [r.sid, r.sid],
    );
    assert.doesNotMatch(await (await ver('/mensajes')).text(), /no lo recibió/);
  });

  test('un BSUID entra sin WaId y los espacios de un número se quitan', async () => {
    await escribir({ texto: 'hola', numero: 'MX.1039485762' });
    assert.equal(recibidos[0]?.params['From'], 'whatsapp:MX.1039485762');
    assert.equal(recibidos[0]?.params['WaId'], undefined);
    await escribir({ texto: 'hola', numero: '+52 1 662 555 0199' });
    assert.equal(recibidos[1]?.params['From'], 'whatsapp:+5216625550199');
    for (const numero of ['6625550199', '+52', 'hola', '+52<script>']) {
      assert.equal((await escribir({ texto: 'hola', numero })).status, 422, numero);
    }
    assert.equal((await escribir({ texto: ' ' })).status, 422);
    assert.equal((await escribir({ texto: 'nulo \0 aquí' })).status, 201);
  });

  test('cada quien sólo abre el teléfono de sus noras', async () => {
    assert.equal((await ver('', { nora: 'aura' })).status, 200);
    assert.equal((await ver('', { nora: 'demo' })).status, 404);
    assert.equal((await ver('/mensajes', { nora: 'demo' })).status, 404);
    assert.equal((await ver('', { nora: 'no-existe' })).status, 404);
    assert.equal((await ver('', { nora: 'demo' }, admin)).status, 200);
    assert.equal((await ver('', {}, '')).status, 401);
    assert.equal((await escribir({ texto: 'hola', nora: 'demo' })).status, 404);
    const { sid } = (await (await escribir({ texto: 'de aura' })).json()) as { sid: string };
    const otra = await crearUsuario(ctx, { correo: 'otra@prueba.mx', noras: { demo: 'dueno' } });
    const r = await fetch(`${url}/simulador/mensajes/${sid}/reintento`, {
      method: 'POST',
      headers: como(otra),
    });
    assert.equal(r.status, 404);
    assert.equal((await escribir({ texto: 'hola', nora: 'sinnumero' })).status, 422);
  });

  test('la página escapa lo que la gente escribe y ofrece los atajos', async () => {
    await escribir({ texto: '<img src=x onerror=alert(1)>', numero: '+5216625550999' });
    const html = await (await ver('', { nora: 'aura', numero: '+5216625550999' })).text();
    assert.ok(html.includes('&lt;img src=x onerror=alert(1)&gt;'));
    assert.ok(!html.includes('<img src=x'));
    for (const atajo of ['¿Cuánto cuesta un corte?', 'BAJA', 'ALTA']) assert.ok(html.includes(atajo));
  });

  test('con credenciales de Twilio o en producción no existe', async () => {
    const piezas = { ...ctx, whatsapp: { ...ctx.whatsapp, simulado: false } };
    const app = express()
      .use('/simulador', crearSimulador(piezas).api, crearSimulador(piezas).paginas)
      .listen(0);
    await once(app, 'listening');
    const { port } = app.address() as AddressInfo;
    assert.equal((await fetch(`http://127.0.0.1:${port}/simulador`)).status, 404);
    assert.equal(
      (await fetch(`http://127.0.0.1:${port}/simulador/api/2010-04-01/Accounts/AC1.json`)).status,
      404,
    );
    app.close();
  });
});

function montar() {
  const app = express();
  prepararVistas(app, { recurso: (ruta) => ruta, sinCache: true });
  const simulador = crearSimulador(ctx);
  app.use('/simulador', simulador.api);
  app.post(/^\/webhook/, express.urlencoded({ extended: false }), (req, res) => {
    const params = req.body as Record<string, string>;
    const firmaValida = ctx.whatsapp.verificarFirma({
      token: ctx.whatsapp.tokenGlobal ?? '',
      firma: req.get('x-twilio-signature'),
      url: PUBLICA + req.originalUrl,
      params,
    });
    (req.path === '/webhook' ? recibidos : avisos).push({ ruta: req.originalUrl, firmaValida, params });
    res.status(contestar).send('<Response/>');
  });
  app.get('/foto.png', (_req, res) => void res.type('image/png').send(Buffer.from('png')));
  app.use(express.urlencoded({ extended: false }));
  // Aquí no se prueba la sesión: quién entra lo dice una cabecera.
  app.use(async (req, _res, next) => {
    const id = req.get('x-usuario');
    const cuenta = id ? await ctx.membresias.obtener(id) : null;
    req.usuario = cuenta && { id: cuenta.id, nombre: cuenta.nombre, correo: cuenta.correo, rol: cuenta.rol };
    next();
  });
  app.use('/simulador', simulador.paginas);
  app.use(crearManejadorErrores(ctx));
  return app;
}

function saliente(extra: Partial<MensajeSaliente> = {}): MensajeSaliente {
  const urlEstado = `${PUBLICA}/webhook/estado?m=1`;
  return { credenciales: null, de: AURA, para: LUCIA, texto: 'Hola, soy Nora', urlEstado, ...extra };
}

function como(usuario: string): Record<string, string> {
  return { accept: 'application/json', ...(usuario && { 'x-usuario': usuario }) };
}

async function escribir(
  m: { texto?: string; foto?: File; nombre?: string; numero?: string; nora?: string },
  usuario = duena,
): Promise<Response> {
  const datos = new FormData();
  for (const [campo, valor] of Object.entries({ nora: 'aura', numero: LUCIA, ...m })) datos.set(campo, valor);
  return fetch(`${url}/simulador/mensajes`, { method: 'POST', body: datos, headers: como(usuario) });
}

async function ver(ruta: string, consulta: Record<string, string> = {}, usuario = duena): Promise<Response> {
  const q = new URLSearchParams({ ...(ruta && { nora: 'aura', numero: LUCIA }), ...consulta });
  const html = usuario ? { accept: 'text/html' } : {};
  return fetch(`${url}/simulador${ruta}?${q}`, { headers: { ...como(usuario), ...html } });
}

async function ponerNumero(nombre_nora: string, numero_nora: string): Promise<void> {
  await ctx.bd.servicio
    .from('configuracion_bot')
    .update({ numero_nora })
    .eq('nombre_nora', nombre_nora)
    .throwOnError();
  await ctx.registro.refrescar(nombre_nora);
}
