import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as dormir } from 'node:timers/promises';
import pg from 'pg';
import { crearApp } from '../src/app.ts';
import { leerConfig } from '../src/config.ts';
import { crearContexto } from '../src/contexto.ts';
import { abrirEmbebido } from '../src/datos/embebido.ts';
import { publicar } from './apoyo/falso_twilio.ts';
import { ANA, AURA, abrirNora, sembrarNoras } from './apoyo/nora.ts';
import { crearNora, hasta } from './apoyo/web.ts';

const NUMERO = '+526621234567';

test('con la base fuera Twilio recibe 503 antes de 5 s, y al volver el mismo mensaje entra', async () => {
  const datosDir = mkdtempSync(join(tmpdir(), 'nora-caida-'));
  const token = 'x'.repeat(32);
  const config = leerConfig({
    DATOS_DIR: datosDir,
    PORT: '0',
    NORA_DEMO: '0',
    NIVEL_LOG: 'silent',
    TWILIO_ACCOUNT_SID: `AC${'a'.repeat(32)}`,
    TWILIO_AUTH_TOKEN: token,
    TWILIO_API_URL: 'http://127.0.0.1:9',
  });
  let servidor = await abrirEmbebido(datosDir, { fragil: true });
  config.base.databaseUrl = servidor.urlDueno;
  config.base.autenticadorUrl = servidor.urlAutenticador;
  const ctx = await crearContexto(config);
  const http = crearApp(ctx).listen(0, '127.0.0.1');
  await once(http, 'listening');
  const direccion = http.address();
  const url = `http://127.0.0.1:${typeof direccion === 'object' ? direccion?.port : ''}/webhook`;
  config.urlPublica = url.replace('/webhook', '');
  const mensaje = {
    MessageSid: `SM${'b'.repeat(32)}`,
    AccountSid: config.twilio?.accountSid ?? '',
    From: 'whatsapp:+526621110001',
    To: `whatsapp:${NUMERO}`,
    Body: 'no me pierdan',
  };
  try {
    await crearNora(ctx, 'aura');
    await ctx.bd.servicio
      .rpc('actualizar_nora', { p_nora: 'aura', p: { numero_nora: NUMERO } })
      .throwOnError();
    await hasta(() => ctx.registro.buscarPorNumero(NUMERO) !== null);
    await servidor.soltar();

    for (let i = 0; i < 2; i++) {
      const inicio = performance.now();
      const r = await publicar(url, mensaje, token);
      assert.equal(r.status, 503);
      assert.ok(performance.now() - inicio < 5000, `tardó ${Math.round(performance.now() - inicio)} ms`);
    }

    servidor = await abrirEmbebido(datosDir, { fragil: true });
    let estado = 0;
    await hasta(async () => (estado = (await publicar(url, mensaje, token)).status) === 200, 15_000);
    assert.equal(estado, 200);
    const { rows } = await ctx.bd.pool.query('select mensaje from historial_conversaciones');
    assert.deepEqual(rows, [{ mensaje: 'no me pierdan' }]);
  } finally {
    http.closeAllConnections();
    http.close();
    await ctx.cerrar();
    await servidor.soltar();
    rmSync(datosDir, { recursive: true, force: true });
  }
});

test('con la base trabada nadie espera más de 5 s: ni mensajes, ni avisos que hacen fila, ni la firma', async () => {
  const n = await abrirNora({ trabajadores: false });
  const traba = new pg.Client(n.base.url);
  try {
    await sembrarNoras(n);
    await traba.connect();
    await traba.query('begin');
    await traba.query('lock table contactos, historial_conversaciones in access exclusive mode');
    let cual = 0;
    const firmado = async (ruta: string, params: Record<string, string>): Promise<[number, number]> => {
      const inicio = performance.now();
      const MessageSid = `SM${String(++cual).padStart(32, '0')}`;
      const { authToken } = n.twilio.cuenta;
      const r = await publicar(`${n.url}${ruta}`, { MessageSid, ...params }, authToken);
      return [r.status, performance.now() - inicio];
    };
    const aviso = () => firmado('/webhook/estado', { MessageStatus: 'read', From: `whatsapp:${AURA}` });
    const mensaje = () =>
      firmado('/webhook', { From: `whatsapp:${ANA}`, To: `whatsapp:${AURA}`, Body: 'hola' });
    const pedidos = [aviso(), mensaje()];
    // Los que llegan con un grupo ya detenido son los que se formaban detrás de él.
    for (let i = 0; i < 3; i++) {
      await dormir(700);
      pedidos.push(aviso(), mensaje());
    }
    for (const [estado, ms] of await Promise.all(pedidos)) {
      assert.equal(estado, 503);
      assert.ok(ms < 5000, `tardó ${Math.round(ms)} ms`);
    }
  } finally {
    await traba.end();
    await n.cerrar();
  }
});
