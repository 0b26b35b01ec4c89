import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { mandarAvisos, revisarAvisos } from '../src/admin/avisos.ts';
import { crearCorreo } from '../src/integraciones/correo.ts';
import { abrirWeb, CLAVE, crearNora, crearUsuario, type Visitante, type Web } from './apoyo/web.ts';

/** Lo que un servidor de correo de verdad recibió por SMTP, con su sobre. */
interface Recibido {
  de: string;
  para: string[];
  crudo: string;
}

const recibidos: Recibido[] = [];
let rechaza = false;
let smtp: SMTPServer;
let smtpUrl: string;
let web: Web;
let admin: Visitante;

before(async () => {
  smtp = new SMTPServer({
    authMethods: ['PLAIN'],
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    onAuth: (a, _s, listo) =>
      a.username === 'nora' && a.password === 'clave-smtp'
        ? listo(null, { user: 'nora' })
        : listo(new Error('mala clave-smtp')),
    onRcptTo: (_d, _s, listo) => listo(rechaza ? new Error('no existe') : undefined),
    onData(flujo, sesion, listo) {
      void buffer(flujo).then((cuerpo) => {
        const { mailFrom, rcptTo } = sesion.envelope;
        recibidos.push({
          de: mailFrom ? mailFrom.address : '',
          para: rcptTo.map((r) => r.address),
          crudo: cuerpo.toString(),
        });
        listo();
      });
    },
  });
  smtp.listen(0, '127.0.0.1');
  await once(smtp.server, 'listening');
  smtpUrl = `smtp://nora:clave-smtp@127.0.0.1:${(smtp.server.address() as AddressInfo).port}`;
  web = await abrirWeb({
    NORA_DEMO: '0',
    SMTP_URL: smtpUrl,
    CORREO_REMITENTE: 'Nora <avisos@ejemplo.com>',
  });
  await crearNora(web.ctx, 'uno', ['chat']);
  await crearUsuario(web.ctx, { correo: 'admin@x.mx', rol: 'admin' });
  admin = web.visitante();
  await admin.entrar('admin@x.mx');
});
after(async () => {
  await web?.cerrar();
  await new Promise<void>((listo) => smtp.close(() => listo()));
});

/** El texto ya decodificado: la liga va partida y con «=3D» si el mensaje usa quoted-printable. */
function texto({ crudo }: Recibido): string {
  const corte = crudo.indexOf('\r\n\r\n');
  const cuerpo = crudo.slice(corte + 4);
  if (/^content-transfer-encoding: base64/im.test(crudo)) return Buffer.from(cuerpo, 'base64').toString();
  if (!/^content-transfer-encoding: quoted-printable/im.test(crudo)) return cuerpo;
  const bytes = cuerpo
    .replaceAll('=\r\n', '')
    .replace(/=([0-9A-F]{2})/g, (_t, h: string) => String.fromCharCode(Number.parseInt(h, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

function ligaDe(r: Recibido | undefined): string {
  const url = new URL(/https?:\/\/\S+\?t=\S+/.exec(r ? texto(r) : '')?.[0] ?? '');
  return url.pathname + url.search;
}

async function nuevo(): Promise<Visitante> {
  const v = web.visitante();
  await v.pedirToken();
  return v;
}

test('la invitación llega por correo con una liga que sirve, y entonces no se enseña en pantalla', async () => {
  const r = await admin.post('/admin/noras/uno/equipo', { correo: 'nueva@x.mx', rol: 'agente' });
  assert.equal(r.estado, 201, r.texto);
  assert.deepEqual(r.json['invitacion'], {
    correo: 'nueva@x.mx',
    enviada: true,
    liga: null,
    problema: null,
  });
  assert.equal(recibidos.length, 1);
  assert.equal(recibidos[0]?.de, 'avisos@ejemplo.com');
  assert.deepEqual(recibidos[0]?.para, ['nueva@x.mx']);
  assert.match(texto(recibidos[0] as Recibido), /Nora uno[\s\S]*72 horas/);
  const v = await nuevo();
  const acepta = await v.post(ligaDe(recibidos[0]), { nombre: 'Nueva', clave: CLAVE });
  assert.ok([200, 201, 303].includes(acepta.estado), acepta.texto);
  assert.equal((await web.visitante().entrar('nueva@x.mx')).estado, 200);
});

test('recuperar la clave manda la liga a su dueño y a nadie si el correo no existe', async () => {
  recibidos.length = 0;
  const respuestas = [];
  for (const correo of ['nadie@x.mx', 'nueva@x.mx'])
    respuestas.push((await (await nuevo()).post('/recuperar', { correo })).texto);
  assert.equal(respuestas[0], respuestas[1], 'desde fuera no se distingue');
  const inicio = performance.now();
  while (recibidos.length === 0 && performance.now() - inicio < 5000)
    await new Promise((listo) => setTimeout(listo, 10));
  assert.deepEqual(
    recibidos.map((r) => r.para),
    [['nueva@x.mx']],
  );
  const v = await nuevo();
  assert.equal((await v.post(ligaDe(recibidos[0]), { clave: 'otra clave larga 9' })).estado, 200);
  assert.equal((await web.visitante().entrar('nueva@x.mx', 'otra clave larga 9')).estado, 200);
});

test('un incidente manda un correo por persona al abrir y otro al resolverse, aunque el encargo se repita', async () => {
  recibidos.length = 0;
  let encargos = 0;
  const ctx = {
    ...web.ctx,
    trabajos: { ...web.ctx.trabajos, encolar: () => (encargos++, Promise.resolve(null)) },
  };
  const vuelta = async (): Promise<void> => {
    await revisarAvisos(ctx);
    // El encargo corre en dos procesos a la vez, como si se hubiera repetido tras una caída.
    if (encargos > 0) await Promise.all([mandarAvisos(web.ctx), mandarAvisos(web.ctx)]);
    encargos = 0;
  };
  await web.ctx.bd.pool.query(
    `insert into contactos (nombre_nora, telefono, espera_humano_desde) values ('uno', '+526621110000', now() - interval '20 minutes')`,
  );
  const cuantos = () => recibidos.filter((r) => r.para[0] === 'nueva@x.mx').length;
  // Con el servidor de correo caído media mañana, el aviso sale cuando vuelve.
  const caido = crearCorreo({ smtpUrl: 'smtp://127.0.0.1:1', remitente: 'Nora <nora@x.mx>' });
  for (let i = 0; i < 6; i++) {
    await revisarAvisos(ctx);
    await mandarAvisos({ ...web.ctx, correo: caido });
  }
  assert.equal(cuantos(), 0);
  await vuelta();
  await vuelta();
  assert.equal(cuantos(), 1);
  assert.match(texto(recibidos[0] as Recibido), /Una persona espera desde hace más de 15 min/);
  await web.ctx.bd.pool.query(`update contactos set espera_humano_desde = null where nombre_nora = 'uno'`);
  await vuelta();
  await vuelta();
  assert.equal(cuantos(), 2);
  assert.match(texto(recibidos.at(-1) as Recibido), /Ya nadie espera[^]*decía: «Una persona espera/);
});

test('si el correo no sale, la liga se enseña una vez, se dice por qué y el error queda apuntado', async () => {
  rechaza = true;
  try {
    const r = await admin.post('/admin/noras/uno/equipo', { correo: 'mala@x.mx', rol: 'agente' });
    const { enviada, liga, problema } = r.json['invitacion'] as Record<string, unknown>;
    assert.equal(enviada, false);
    assert.match(String(liga), /\/invitacion\?t=/);
    assert.match(String(problema), /no aceptó la dirección/);
    const { rows } = await web.ctx.bd.pool.query(
      `select from logs_errores where origen = 'cuentas/enlaces' and not resuelto`,
    );
    assert.equal(rows.length, 1);
  } finally {
    rechaza = false;
  }
});

test('una clave mala o un servidor caído se dicen sin repetir la clave', async () => {
  const remitente = 'avisos@ejemplo.com';
  assert.deepEqual(await crearCorreo({ smtpUrl, remitente }).estado(), { ok: true });
  const mala = await crearCorreo({
    smtpUrl: smtpUrl.replace('clave-smtp', 'otra-clave'),
    remitente,
  }).estado();
  // Ninguna es definitiva: se corrige la configuración, no la dirección de la persona.
  assert.deepEqual(mala, {
    ok: false,
    motivo: 'El servidor de correo no aceptó el usuario o la clave.',
    definitivo: false,
  });
  const caido = await crearCorreo({ smtpUrl: 'smtp://127.0.0.1:1', remitente }).estado();
  assert.deepEqual(caido, {
    ok: false,
    motivo: 'No se pudo conectar con el servidor de correo.',
    definitivo: false,
  });
});
