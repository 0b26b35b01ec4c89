import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { crearApp } from '../src/app.ts';
import { leerConfig } from '../src/config.ts';
import { crearContexto } from '../src/contexto.ts';
import { abrirEmbebido } from '../src/datos/embebido.ts';
import { publicar } from './apoyo/falso_twilio.ts';
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
