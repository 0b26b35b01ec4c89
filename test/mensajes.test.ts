import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import twilio from 'twilio';
import { borrarSueltos } from '../src/mensajes/limpieza.ts';
import { leerPreferencia } from '../src/mensajes/preferencia.ts';
import { publicar } from './apoyo/falso_twilio.ts';
import { ANA, AURA, abrirNora, DEMO, ensenar, type NoraDePrueba, sembrarNoras } from './apoyo/nora.ts';
import { hasta } from './apoyo/web.ts';

let n: NoraDePrueba;
before(async () => {
  n = await abrirNora();
  await sembrarNoras(n);
  await ensenar(
    n,
    'aura',
    'Precio de cortes',
    'El corte de dama cuesta $350 y el de caballero $180. Incluyen lavado.',
  );
});
after(() => n.cerrar());
beforeEach(async () => {
  await n.reposo();
  await n.sql('delete from contactos');
  await n.sql('delete from mensajes_sin_nora');
  await n.sql('update configuracion_bot set mensaje_bienvenida = null, ia_activa = true, activo = true');
  n.twilio.enviados.length = 0;
});

const hilo = () =>
  n.sql<{ autor: string; mensaje: string; estado: string; sid: string | null; nombre_nora: string }>(
    'select autor, mensaje, estado, sid, nombre_nora from historial_conversaciones order by fecha_hora, id',
  );
const sid = () => `SM${randomBytes(16).toString('hex')}`;

describe('el webhook', () => {
  test('guarda el mensaje antes de contestar 200 y Nora responde con su fuente', async () => {
    const r = await n.escribir({ para: AURA, cuerpo: '¿Cuánto cuesta un corte?', nombre: 'Ana' });
    assert.equal(r.status, 200);
    assert.match(await r.text(), /<Response\/>/);
    assert.equal((await hilo())[0]?.mensaje, '¿Cuánto cuesta un corte?');
    await hasta(() => n.twilio.enviados.length === 1, 8000);
    await n.reposo();
    const [, respuesta] = await hilo();
    assert.equal(respuesta?.autor, 'ia');
    assert.match(respuesta?.mensaje ?? '', /350/);
    assert.equal(n.twilio.enviados[0]?.from, `whatsapp:${AURA}`);
    const [ia] = await n.sql<{ citados: string[]; modo: string }>('select citados, modo from respuestas_ia');
    assert.equal(ia?.citados.length, 1);
    assert.equal(ia?.modo, 'local');
    const [rafaga] = await n.sql<{ resultado: string }>('select resultado from rafagas');
    assert.equal(rafaga?.resultado, 'respondida');
  });

  test('rechaza con 403 lo que no trae firma, la trae de otro token o de otra URL', async () => {
    const params = {
      MessageSid: sid(),
      From: `whatsapp:${ANA}`,
      To: `whatsapp:${AURA}`,
      Body: 'hola',
      AccountSid: n.twilio.cuenta.accountSid,
    };
    const url = `${n.url}/webhook`;
    const sinFirma = await fetch(url, { method: 'POST', body: new URLSearchParams(params) });
    assert.equal(sinFirma.status, 403);
    assert.equal((await publicar(url, params, 'otro token')).status, 403);
    assert.equal(
      (await publicar(url, params, n.twilio.cuenta.authToken, 'https://otra.mx/webhook')).status,
      403,
    );
    assert.equal(
      (await publicar(url, { ...params, AccountSid: `AC${'0'.repeat(32)}` }, n.twilio.cuenta.authToken))
        .status,
      403,
    );
    assert.equal((await hilo()).length, 0);
  });

  test('contesta 400 a lo firmado pero mal formado y 413 a lo enorme, sin guardar nada', async () => {
    const url = `${n.url}/webhook`;
    const token = n.twilio.cuenta.authToken;
    assert.equal(
      (await publicar(url, { From: `whatsapp:${ANA}`, To: `whatsapp:${AURA}`, Body: 'x' }, token)).status,
      400,
    );
    assert.equal(
      (await publicar(url, { MessageSid: sid(), From: 'whatsapp:', To: `whatsapp:${AURA}` }, token)).status,
      400,
    );
    const enorme = {
      MessageSid: sid(),
      From: `whatsapp:${ANA}`,
      To: `whatsapp:${AURA}`,
      Body: 'x'.repeat(70_000),
    };
    assert.equal((await publicar(url, enorme, token)).status, 413);
    const muchos = Object.fromEntries(Array.from({ length: 301 }, (_, i) => [`P${i}`, 'x']));
    assert.equal((await publicar(url, muchos, token)).status, 413);
    // Lo que no es un formulario no trae nada que la firma ampare.
    const enJson = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-twilio-signature': twilio.getExpectedTwilioSignature(token, url, {}),
      },
      body: JSON.stringify({ MessageSid: sid(), From: `whatsapp:${ANA}`, To: `whatsapp:${AURA}` }),
    });
    assert.ok(enJson.status === 400 || enJson.status === 403, String(enJson.status));
    assert.equal((await hilo()).length, 0);
  });

  test('un parámetro repetido o mal codificado no estorba a los demás', async () => {
    const params = {
      MessageSid: sid(),
      From: `whatsapp:${ANA}`,
      To: `whatsapp:${AURA}`,
      Body: 'hola',
    };
    const cuerpo = `${new URLSearchParams(params).toString()}&Repetido=1&Repetido=2&Raro=%zz`;
    const r = await fetch(`${n.url}/webhook`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': twilio.getExpectedTwilioSignature(
          n.twilio.cuenta.authToken,
          `${n.url}/webhook`,
          { ...params, Raro: '%zz' },
        ),
      },
      body: cuerpo,
    });
    assert.equal(r.status, 200);
    const [mensaje] = await hilo();
    assert.equal(mensaje?.mensaje, 'hola');
  });

  test('el mismo MessageSid repetido, también a la vez, no cambia nada', async () => {
    const repetido = sid();
    const rs = await Promise.all(
      Array.from({ length: 12 }, () => n.escribir({ para: AURA, cuerpo: 'hola repetido', sid: repetido })),
    );
    assert.ok(rs.every((r) => r.status === 200));
    assert.equal((await hilo()).filter((h) => h.autor === 'contacto').length, 1);
    const [k] = await n.sql<{ no_leidos: number; epoca: string }>('select no_leidos, epoca from contactos');
    assert.deepEqual([k?.no_leidos, Number(k?.epoca)], [1, 1]);
  });

  test('un mensaje envenenado en medio de un grupo falla solo', async () => {
    const buenos = Array.from({ length: 20 }, (_, i) =>
      n.escribir({ de: `+52662333${String(1000 + i)}`, para: AURA, cuerpo: `bueno ${i}` }),
    );
    const raros = [
      n.escribir({ de: '+526623339901', para: AURA, cuerpo: 'nulo \0 dentro' }),
      n.escribir({ de: '+526623339902', para: AURA, cuerpo: 'subrogado \ud83d suelto' }),
      n.escribir({ de: '+526623339903', para: AURA, cuerpo: 'y'.repeat(25_000) }),
    ];
    const rs = await Promise.all([...buenos, ...raros]);
    assert.ok(rs.every((r) => r.status === 200));
    assert.equal((await hilo()).filter((h) => h.autor === 'contacto').length, 23);
  });

  test('lo que va a un número desconocido se guarda aparte, se registra y Twilio recibe 200', async () => {
    const r = await n.escribir({ para: '+15550001111', cuerpo: 'perdido' });
    assert.equal(r.status, 200);
    assert.equal((await n.sql('select from mensajes_sin_nora')).length, 1);
    await hasta(async () => (await n.sql("select from logs_errores where tipo = 'Webhook'")).length === 1);
  });

  test('guarda los parámetros nuevos de Twilio, el anuncio de origen y la ubicación', async () => {
    await n.escribir({
      para: AURA,
      cuerpo: '',
      extra: {
        ReferralSourceId: '1203',
        ReferralHeadline: 'Color de otoño',
        Latitude: '29.07',
        Longitude: '-110.95',
        ParametroNuevo: 'x',
      },
    });
    const [h] = await n.sql<{
      mensaje: string;
      referido: Record<string, string>;
      crudo: Record<string, string>;
    }>("select mensaje, referido, crudo from historial_conversaciones where autor = 'contacto'");
    assert.match(h?.mensaje ?? '', /29\.07/);
    assert.equal(h?.referido['ReferralHeadline'], 'Color de otoño');
    assert.equal(h?.crudo['ParametroNuevo'], 'x');
  });
});

test('sin anuncio de por medio no hay origen, aunque Twilio mande ReferralNumMedia', async () => {
  await n.escribir({ para: AURA, cuerpo: 'hola', extra: { ReferralNumMedia: '0' } });
  const [h] = await n.sql<{ referido: unknown }>(
    "select referido from historial_conversaciones where autor = 'contacto'",
  );
  assert.equal(h?.referido, null);
});

describe('una persona, un contacto', () => {
  test('+521…, +52… y 549/54, y el noveno dígito de Brasil caen juntos y se responde a la última forma vista', async () => {
    const pares = [
      ['+5216621110001', '+526621110001'],
      ['+5491123456789', '+541123456789'],
      ['+5511987654321', '+551187654321'],
    ];
    for (const [a = '', b = ''] of pares) {
      await n.escribir({ de: a, para: AURA, cuerpo: 'uno' });
      await n.escribir({ de: b, para: AURA, cuerpo: 'dos' });
    }
    const contactos = await n.sql<{ telefono: string }>('select telefono from contactos order by telefono');
    assert.deepEqual(
      contactos.map((c) => c.telefono),
      ['+526621110001', '+541123456789', '+551187654321'],
    );
  });

  test('quien oculta su número llega por BSUID y se junta cuando aparece con teléfono', async () => {
    await n.escribir({ de: 'MX.8899aabbcc', para: AURA, cuerpo: 'soy misteriosa' });
    await n.escribir({
      de: '+526625550000',
      para: AURA,
      cuerpo: 'ya me ves',
      extra: { ExternalUserId: 'MX.8899aabbcc' },
    });
    const contactos = await n.sql<{ telefono: string; id_whatsapp: string }>(
      'select telefono, id_whatsapp from contactos',
    );
    assert.deepEqual(contactos, [{ telefono: '+526625550000', id_whatsapp: 'MX.8899aabbcc' }]);
  });

  test('la misma persona en dos noras son dos contactos que no se mezclan', async () => {
    await n.escribir({ para: AURA, cuerpo: 'hola aura' });
    await n.escribir({ para: DEMO, cuerpo: 'hola demo' });
    const contactos = await n.sql<{ nombre_nora: string }>('select nombre_nora from contactos order by 1');
    assert.deepEqual(
      contactos.map((c) => c.nombre_nora),
      ['aura', 'demo'],
    );
  });
});

describe('qué se contesta', () => {
  test('una ráfaga de cinco mensajes recibe una sola respuesta', async () => {
    for (const t of ['hola', 'oye', 'una pregunta', '¿cuánto cuesta', 'el corte de dama?'])
      await n.escribir({ para: AURA, cuerpo: t });
    await n.reposo();
    assert.equal((await hilo()).filter((h) => h.autor === 'ia').length, 1);
    assert.equal((await n.sql('select from rafagas')).length, 1);
  });

  test('la bienvenida sale una vez, y si además pregunta también se le contesta', async () => {
    await n.sql("update configuracion_bot set mensaje_bienvenida = 'Bienvenida a Aura'");
    await n.escribir({ para: AURA, cuerpo: 'Hola, ¿cuánto cuesta un corte de dama?' });
    await n.reposo();
    await n.escribir({ para: AURA, cuerpo: 'gracias' });
    await n.reposo();
    const nuestros = (await hilo()).filter((h) => h.autor !== 'contacto');
    assert.equal(nuestros.filter((h) => h.mensaje === 'Bienvenida a Aura').length, 1);
    assert.match(nuestros[1]?.mensaje ?? '', /350/);
  });

  test('a un simple saludo basta la bienvenida', async () => {
    await n.sql("update configuracion_bot set mensaje_bienvenida = 'Bienvenida a Aura'");
    await n.escribir({ para: AURA, cuerpo: 'hola buenas tardes' });
    await n.reposo();
    assert.deepEqual(
      (await hilo()).slice(1).map((h) => h.mensaje),
      ['Bienvenida a Aura'],
    );
  });

  test('suspendida, bloqueado o con la IA apagada: se guarda y se calla, con su razón', async () => {
    const casos: [string, string][] = [
      ["update configuracion_bot set activo = false where nombre_nora = 'aura'", 'suspendida'],
      ["update configuracion_bot set ia_activa = false where nombre_nora = 'aura'", 'ia_apagada_nora'],
    ];
    for (const [i, [cambio, motivo]] of casos.entries()) {
      await n.sql(cambio);
      await n.escribir({ de: `+5266244400${i}0`, para: AURA, cuerpo: '¿cuánto cuesta un corte?' });
      await n.reposo();
      await n.sql('update configuracion_bot set activo = true, ia_activa = true');
      const [r] = await n.sql<{ motivo: string; resultado: string }>(
        'select resultado, motivo from rafagas order by creado desc limit 1',
      );
      assert.deepEqual(r, { resultado: 'silencio', motivo });
    }
    assert.equal(n.twilio.enviados.length, 0);
  });

  test('una respuesta automática gana a la IA y cuenta su uso', async () => {
    await n.sql(
      "insert into respuestas_automaticas (nombre_nora, disparador, coincidencia, respuesta) values ('aura', 'dónde están', 'contiene', 'En Blvd. Kino 123, {{nombre}}')",
    );
    await n.escribir({ para: AURA, cuerpo: 'oigan DONDE ESTAN ubicados?', nombre: 'Ana Ruiz' });
    await n.reposo();
    const [, r] = await hilo();
    assert.deepEqual([r?.autor, r?.mensaje], ['automatica', 'En Blvd. Kino 123, Ana']);
    assert.equal((await n.sql<{ usos: string }>('select usos from respuestas_automaticas'))[0]?.usos, '1');
    await n.sql('delete from respuestas_automaticas');
  });

  test('el módulo ia apagado no llama a la IA aunque la nora la tenga activa', async () => {
    await n.ctx.bd.servicio
      .rpc('cambiar_modulo', { p_nora: 'demo', p_modulo: 'ia', p_activo: false })
      .throwOnError();
    await n.escribir({ para: DEMO, cuerpo: '¿cuánto cuesta un martillo?' });
    await n.reposo();
    assert.deepEqual(
      (await hilo()).map((h) => h.autor),
      ['contacto'],
    );
    await n.ctx.bd.servicio
      .rpc('cambiar_modulo', { p_nora: 'demo', p_modulo: 'ia', p_activo: true })
      .throwOnError();
  });

  test('BAJA detiene lo automático con una sola confirmación, ALTA lo reanuda, y una persona sí puede escribir', async () => {
    await n.escribir({ para: AURA, cuerpo: ' Baja. ' });
    await n.reposo();
    await n.escribir({ para: AURA, cuerpo: '¿cuánto cuesta un corte?' });
    await n.escribir({ para: AURA, cuerpo: 'ALTO' });
    await n.reposo();
    assert.equal((await hilo()).filter((h) => h.autor !== 'contacto').length, 1);
    const [k] = await n.sql<{ id: string; acepta_envios: boolean }>(
      'select id, acepta_envios from contactos',
    );
    assert.equal(k?.acepta_envios, false);
    const { data } = await n.ctx.bd
      .deNora('aura')
      .rpc('enviar_humano', { p: { contacto: k?.id ?? '', textos: ['hola'], clave: 'clave-0001' } })
      .throwOnError();
    assert.equal((data as { r: string }).r, 'guardado');
    await n.escribir({ para: AURA, cuerpo: 'alta' });
    await n.reposo();
    assert.equal(
      (await n.sql<{ acepta_envios: boolean }>('select acepta_envios from contactos'))[0]?.acepta_envios,
      true,
    );
  });

  test('«baja 2» es un pedido, no una BAJA; con acentos, signos y mayúsculas sí lo es', async () => {
    for (const texto of ['baja 2', '2 alto', 'la baja', 'Baja California'])
      assert.equal(leerPreferencia(texto), null, texto);
    for (const texto of ['STOP', 'Stóp', '¡ALTO!', ' bajá. ', 'Baja 🙏'])
      assert.equal(leerPreferencia(texto), false, texto);
    for (const texto of ['START', 'Álta', '“alta”']) assert.equal(leerPreferencia(texto), true, texto);
    await n.escribir({ para: AURA, cuerpo: 'baja 2' });
    await n.reposo();
    const [k] = await n.sql<{ acepta_envios: boolean | null }>('select acepta_envios from contactos');
    assert.notEqual(k?.acepta_envios, false);
  });

  test('quien dice ALTA y pregunta en la misma ráfaga recibe la confirmación y la respuesta', async () => {
    await n.escribir({ para: AURA, cuerpo: 'BAJA' });
    await n.reposo();
    await n.sql('delete from historial_conversaciones');
    await Promise.all([
      n.escribir({ para: AURA, cuerpo: 'ALTA' }),
      n.escribir({ para: AURA, cuerpo: '¿Cuánto cuesta un corte?' }),
    ]);
    await n.reposo();
    const nuestros = (await hilo()).filter((h) => h.autor !== 'contacto');
    assert.deepEqual(
      nuestros.map((h) => [h.autor, h.estado]),
      [
        ['automatica', 'enviado'],
        ['ia', 'enviado'],
      ],
    );
    assert.match(nuestros[1]?.mensaje ?? '', /350/);
    const [k] = await n.sql<{ acepta_envios: boolean }>('select acepta_envios from contactos');
    assert.equal(k?.acepta_envios, true);
  });

  test('una foto sin texto se guarda, se acusa una vez y espera a una persona', async () => {
    const foto = n.twilio.agregarMedia({ contenido: Buffer.from('fake-png'), tipo: 'image/png' });
    await n.escribir({ para: AURA, cuerpo: '', medios: [foto] });
    await n.escribir({
      para: AURA,
      cuerpo: '',
      medios: [n.twilio.agregarMedia({ contenido: Buffer.from('otra'), tipo: 'image/png' })],
    });
    await n.reposo();
    assert.equal((await hilo()).filter((h) => h.autor === 'automatica').length, 1);
    await hasta(async () => (await n.sql("select from adjuntos where estado = 'listo'")).length === 2, 8000);
    const [k] = await n.sql<{ espera: boolean; mensaje_reciente: string }>(
      'select espera_humano_desde is not null espera, mensaje_reciente from contactos',
    );
    assert.equal(k?.espera, true);
  });

  test('un archivo que acaba de bajar cuando su mensaje ya se borró no se queda en el almacén', async () => {
    const guardar = n.ctx.adjuntos.guardar.bind(n.ctx.adjuntos);
    const rutas: string[] = [];
    n.ctx.adjuntos.guardar = async (contenido, datos) => {
      const hecho = await guardar(contenido, datos);
      await n.sql('delete from contactos');
      rutas.push(hecho.ruta);
      return hecho;
    };
    try {
      const foto = n.twilio.agregarMedia({ contenido: Buffer.from('fake-png'), tipo: 'image/png' });
      await n.escribir({ para: AURA, cuerpo: '', medios: [foto] });
      await hasta(async () => (await n.sql('select from adjuntos_por_borrar')).length === 1, 8000);
    } finally {
      n.ctx.adjuntos.guardar = guardar;
    }
    await borrarSueltos(n.ctx);
    await assert.rejects(n.ctx.adjuntos.leer(rutas[0] ?? ''), /no existe/);
  });

  test('lo que Twilio entrega vacío se acusa sin llamarlo archivo y en el chat se ve que llegó', async () => {
    await n.escribir({ para: AURA, cuerpo: '', extra: { MessageType: 'poll' } });
    await n.reposo();
    const [suyo, nuestro] = await hilo();
    assert.equal(suyo?.mensaje, '');
    assert.match(nuestro?.mensaje ?? '', /no lo puedo abrir/);
    assert.doesNotMatch(nuestro?.mensaje ?? '', /archivo/);
    const [k] = await n.sql<{ motivo_espera: string }>('select motivo_espera from contactos');
    assert.equal(k?.motivo_espera, 'Envió algo que sólo se ve en WhatsApp');
  });

  test('lo que se calla no borra el último mensaje de la lista', async () => {
    await n.sql('update configuracion_bot set ia_activa = false');
    await n.escribir({ para: AURA, cuerpo: 'sigo aquí' });
    await n.reposo();
    const [k] = await n.sql<{ mensaje_reciente: string }>('select mensaje_reciente from contactos');
    assert.equal(k?.mensaje_reciente, 'sigo aquí');
  });

  test('pedir una persona pausa a Nora y deja al contacto esperando', async () => {
    await n.escribir({ para: AURA, cuerpo: 'quiero hablar con una persona por favor' });
    await n.reposo();
    await n.escribir({ para: AURA, cuerpo: '¿cuánto cuesta un corte?' });
    await n.reposo();
    assert.equal((await hilo()).filter((h) => h.autor !== 'contacto').length, 1);
    const [r] = await n.sql<{ motivo: string }>('select motivo from rafagas order by creado desc limit 1');
    assert.equal(r?.motivo, 'espera_persona');
  });

  test('pasado el tope diario de la IA o el de respuestas por hora, espera a una persona y queda dicho por qué', async () => {
    await n.escribir({ para: AURA, cuerpo: '¿Cuánto cuesta un corte?' });
    await n.reposo();
    await n.sql("update configuracion_bot set tope_tokens_dia = 1 where nombre_nora = 'aura'");
    await n.sql(
      `insert into consumo_ia (nombre_nora, dia, tokens_entrada, tokens_salida, respuestas)
       select nombre_nora, (now() at time zone zona_horaria)::date, 5, 5, 1 from configuracion_bot where nombre_nora = 'aura'
       on conflict (nombre_nora, dia) do update set tokens_entrada = 5`,
    );
    const antes = await n.sql('select from respuestas_ia');
    await n.escribir({ para: AURA, cuerpo: '¿Y cuánto cuesta el de caballero?' });
    await n.reposo();
    await n.sql("update configuracion_bot set tope_tokens_dia = default where nombre_nora = 'aura'");
    assert.equal((await n.sql('select from respuestas_ia')).length, antes.length, 'no se pensó nada');
    const espera = async () =>
      (await n.sql<{ motivo_espera: string | null }>('select motivo_espera from contactos'))[0]
        ?.motivo_espera;
    assert.match((await espera()) ?? '', /tope de IA de hoy/);

    await n.sql('update contactos set espera_humano_desde = null, motivo_espera = null');
    await n.sql(
      `insert into historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, origen, autor, estado, fecha_hora)
       select 'aura', id, telefono, 'respuesta ' || i, 'respuesta', $1, 'ia', 'enviado', now() - interval '20 minutes'
         from contactos, generate_series(1, 30) i`,
      [AURA],
    );
    const cuantos = n.twilio.enviados.length;
    await n.escribir({ para: AURA, cuerpo: '¿Incluye lavado el corte de dama?' });
    await n.reposo();
    assert.equal(n.twilio.enviados.length, cuantos, 'se calla');
    assert.match((await espera()) ?? '', /veces en una hora/);
    const motivos = await n.sql<{ motivo: string }>('select motivo from rafagas order by epoca');
    assert.deepEqual(motivos.map((m) => m.motivo).slice(1), ['tope_tokens', 'tope_hora']);
  });

  test('si Nora pensó y no va a decir nada, deja de verse que escribe', async () => {
    const vistas: string[] = [];
    const { emitir } = n.ctx.vivo;
    Object.assign(n.ctx.vivo, {
      emitir: (nora: string, evento: string, datos: { quien?: string }) => {
        if (evento === 'escribiendo') vistas.push(datos.quien ?? '?');
        emitir(nora, evento as never, datos as never);
      },
    });
    try {
      await n.escribir({ para: AURA, cuerpo: '¿Venden boletos de avión a Tijuana?' });
      await n.reposo();
      assert.deepEqual(vistas, ['Nora']);
      assert.equal(n.twilio.enviados.length, 1);
      // A quien ya espera no se le repite que se le pasa con alguien.
      await n.escribir({ para: AURA, cuerpo: '¿Y a Mazatlán en camión?' });
      await n.reposo();
      assert.deepEqual(vistas, ['Nora', 'Nora', '']);
      assert.equal(n.twilio.enviados.length, 1);
    } finally {
      Object.assign(n.ctx.vivo, { emitir });
    }
  });

  test('dos bots que se repiten se detectan y el contacto espera a una persona', async () => {
    for (let i = 0; i < 7; i++) {
      await n.escribir({ para: AURA, cuerpo: '¿Cuánto cuesta el corte de dama?' });
      await n.reposo();
    }
    const [k] = await n.sql<{ motivo_espera: string | null }>('select motivo_espera from contactos');
    assert.match(k?.motivo_espera ?? '', /se repite/);
    assert.ok(n.twilio.enviados.length < 6);
  });

  test('una regla y el contestador de otro negocio no se escriben para siempre', async () => {
    await n.sql(
      "insert into respuestas_automaticas (nombre_nora, disparador, coincidencia, respuesta) values ('aura', 'hola', 'contiene', 'Hola, ¿qué se te ofrece?')",
    );
    try {
      for (let i = 0; i < 7; i++) {
        await n.escribir({ para: AURA, cuerpo: 'Hola, gracias por su mensaje. En un momento lo atendemos.' });
        await n.reposo();
      }
      const [k] = await n.sql<{ motivo_espera: string | null }>('select motivo_espera from contactos');
      assert.match(k?.motivo_espera ?? '', /se repite/);
      assert.ok(n.twilio.enviados.length < 6, `salieron ${n.twilio.enviados.length}`);
      // Aunque cada vez diga otra cosa, hay un tope por hora.
      await n.sql(
        `update contactos set espera_humano_desde = null, motivo_espera = null, ia_pausada_hasta = null`,
      );
      await n.sql(
        `insert into historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, origen, autor, estado, fecha_hora)
         select 'aura', id, telefono, 'respuesta ' || i, 'respuesta', $1, 'automatica', 'enviado', now() - interval '20 minutes'
           from contactos, generate_series(1, 30) i`,
        [AURA],
      );
      const antes = n.twilio.enviados.length;
      await n.escribir({ para: AURA, cuerpo: 'Hola, su turno es el 48' });
      await n.reposo();
      assert.equal(n.twilio.enviados.length, antes);
      assert.equal((await n.sql('select from rafagas where motivo = $1', ['tope_hora'])).length, 1);
    } finally {
      await n.sql('delete from respuestas_automaticas');
    }
  });

  test('lo que WhatsApp ya no dejaría salir no se piensa: espera a una persona y dice por qué', async () => {
    await n.escribir({ para: AURA, cuerpo: 'Quiero hablar con una persona' });
    await n.reposo();
    const [k] = await n.sql<{ id: string }>('select id from contactos');
    await n.escribir({ para: AURA, cuerpo: '¿Cuánto cuesta el corte de dama?' });
    await n.reposo();
    const pensadas = (await n.sql('select from respuestas_ia')).length;
    const salidas = n.twilio.enviados.length;
    await n.sql("update contactos set ventana_hasta = now() - interval '1 minute'");
    await n.ctx.bd
      .deNora('aura')
      .rpc('devolver_contacto', { p_contacto: k?.id ?? '', p_usuario: null as never })
      .throwOnError();
    n.ctx.bd.avisar('entrantes');
    await hasta(
      async () => (await n.sql("select from rafagas where motivo = 'ventana_cerrada'")).length === 1,
    );
    const [c] = await n.sql<{ motivo_espera: string | null; espera: boolean }>(
      'select motivo_espera, espera_humano_desde is not null as espera from contactos',
    );
    assert.ok(c?.espera);
    assert.match(c.motivo_espera ?? '', /24 horas/);
    assert.equal((await n.sql('select from respuestas_ia')).length, pensadas, 'no se pensó');
    assert.equal(n.twilio.enviados.length, salidas);
    assert.equal((await n.sql("select from historial_conversaciones where estado = 'fallido'")).length, 0);
  });

  test('apagar a Nora retira lo que aún no salía, menos la confirmación de una BAJA', async () => {
    await n.escribir({ para: AURA, cuerpo: 'hola, buenas' });
    await n.reposo();
    await n.sql(
      `with c as (select id, telefono, epoca from contactos),
            r as (insert into rafagas (nombre_nora, contacto_id, epoca, resultado) select 'aura', id, epoca + 1, 'preferencia' from c)
       insert into historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, origen, autor, estado, epoca)
       select 'aura', c.id, c.telefono, m.texto, 'respuesta', $1, m.autor, 'pendiente', c.epoca + m.mas
         from c, (values ('pensado', 'ia', 0), ('de una regla', 'automatica', 0), ('ya no te escribo', 'automatica', 1), ('de Ana', 'humano', 0)) m (texto, autor, mas)`,
      [AURA],
    );
    await n.sql("update configuracion_bot set ia_activa = false where nombre_nora = 'aura'");
    const filas = await n.sql<{ mensaje: string }>(
      "select mensaje from historial_conversaciones where estado = 'pendiente' order by mensaje",
    );
    assert.deepEqual(
      filas.map((f) => f.mensaje),
      ['de Ana', 'ya no te escribo'],
    );
    await n.sql("update historial_conversaciones set estado = 'omitido' where estado = 'pendiente'");
  });

  test('lo que Twilio rechazó mientras se apagaba a Nora tampoco sale después', async () => {
    n.twilio.programar({ codigo: 20429, http: 429, veces: 1 });
    await n.escribir({ para: AURA, cuerpo: '¿Cuánto cuesta el corte de dama?' });
    await hasta(
      async () =>
        (
          await n.sql(
            "select from historial_conversaciones where autor = 'ia' and estado = 'pendiente' and intentos = 1",
          )
        ).length > 0,
    );
    await n.sql("update configuracion_bot set ia_activa = false where nombre_nora = 'aura'");
    await n.reposo();
    assert.equal(n.twilio.enviados.length, 0);
    const estados = (await hilo()).filter((h) => h.autor === 'ia').map((h) => h.estado);
    assert.deepEqual([...new Set(estados)], ['omitido']);
  });
});

describe('el envío', () => {
  test('parte en 1,600 letras sin perder nada y en orden', async () => {
    const [k] = await conContacto();
    const largo = Array.from({ length: 120 }, (_, i) => `Oración número ${i} de un texto muy largo.`).join(
      ' ',
    );
    const { dividir } = await import('../src/integraciones/dividir.ts');
    await n.ctx.bd
      .deNora('aura')
      .rpc('enviar_humano', { p: { contacto: k, textos: dividir(largo), clave: 'clave-larga' } })
      .throwOnError();
    n.ctx.bd.avisar('atenciones');
    await n.reposo();
    assert.ok(n.twilio.enviados.length > 2);
    assert.ok(n.twilio.enviados.every((m) => m.body.length <= 1600));
    assert.equal(
      n.twilio.enviados
        .map((m) => m.body)
        .join(' ')
        .replaceAll(/\s+/g, ' '),
      largo,
    );
  });

  test('un archivo nuestro sólo se baja con su firma, sin vencer y para ese archivo', async () => {
    const { firmaDeAdjuntoValida, urlDeAdjunto } = await import('../src/mensajes/firma_adjuntos.ts');
    const { config } = n.ctx;
    const id = '11111111-1111-4111-8111-111111111111';
    const [k] = await conContacto();
    const hecho = await n.ctx.adjuntos.guardar(Buffer.from('contenido'), {
      nombre_nora: 'aura',
      id,
      tipo: 'text/plain',
    });
    await n.sql(
      `insert into adjuntos (id, nombre_nora, tipo, nombre, bytes, ruta, estado) values ($1, 'aura', 'text/plain', 'a.txt', 9, $2, 'listo')`,
      [id, hecho.ruta],
    );
    assert.ok(k);
    const buena = new URL(urlDeAdjunto(config, id));
    assert.equal(await (await fetch(buena)).text(), 'contenido');
    const con = (cambio: (u: URL) => void) => {
      const u = new URL(buena);
      cambio(u);
      return fetch(u).then((r) => r.status);
    };
    assert.equal(await con((u) => u.searchParams.delete('firma')), 404);
    assert.equal(await con((u) => u.searchParams.set('vence', '9999999999')), 404);
    assert.equal(await con((u) => u.searchParams.set('firma', 'x'.repeat(43))), 404);
    assert.equal(await con((u) => (u.pathname = u.pathname.replace('1111-1111', '1111-2222'))), 404);
    const firma = buena.searchParams.get('firma') ?? '';
    const vence = Number(buena.searchParams.get('vence'));
    assert.ok(firmaDeAdjuntoValida(config, id, vence, firma, vence * 1000));
    assert.ok(!firmaDeAdjuntoValida(config, id, vence, firma, vence * 1000 + 1), 'ya venció');
  });

  test('un rechazo de Twilio queda fallido con una razón para personas y no se repite', async () => {
    const [k] = await conContacto();
    n.twilio.programar({ codigo: 63016, http: 400 });
    await enviar(k, 'fuera de ventana');
    const [m] = await n.sql<{ estado: string; error_codigo: number; error_detalle: string }>(
      "select estado, error_codigo, error_detalle from historial_conversaciones where autor = 'humano'",
    );
    assert.deepEqual([m?.estado, m?.error_codigo], ['fallido', 63016]);
    assert.match(m?.error_detalle ?? '', /24 horas/);
    assert.equal(n.twilio.enviados.length, 0);
  });

  test('429 se reintenta y sale una vez', async () => {
    const [k] = await conContacto();
    n.twilio.programar({ codigo: 20429, http: 429, veces: 1 });
    await enviar(k, 'con prisa');
    assert.equal(n.twilio.enviados.length, 1);
  });

  test('un corte después de aceptar se aclara con la lista de Twilio y nunca sale dos veces', async () => {
    const [k] = await conContacto();
    n.twilio.programar({ cortar: 'despues' });
    await enviar(k, 'salió o no salió', 30_000);
    const [m] = await n.sql<{ estado: string; sid: string }>(
      "select estado, sid from historial_conversaciones where autor = 'humano'",
    );
    assert.equal(m?.estado, 'enviado');
    assert.equal(n.twilio.enviados.length, 1);
    assert.equal(m?.sid, n.twilio.enviados[0]?.sid);
  });

  test('los estados llegan repetidos y en desorden y sólo avanzan; los desconocidos se guardan', async () => {
    const [k] = await conContacto();
    await enviar(k, 'hola');
    const s = n.twilio.enviados[0]?.sid ?? '';
    for (const estado of ['read', 'delivered', 'sent', 'delivered', 'inventado', 'queued', 'undelivered']) {
      assert.equal(await n.twilio.mandarEstado(s, estado), 200);
    }
    const [m] = await n.sql<{ estado: string }>(
      "select estado from historial_conversaciones where autor = 'humano'",
    );
    assert.equal(m?.estado, 'leido');
    assert.deepEqual(
      (await n.sql<{ estado: string }>('select estado from estados_recibidos')).map((e) => e.estado),
      ['inventado'],
    );
  });

  test('un aviso atrasado del primer intento no estropea el que una persona repitió', async () => {
    const [k] = await conContacto();
    await enviar(k, 'a la segunda');
    const primero = n.twilio.enviados[0]?.sid ?? '';
    assert.equal(await n.twilio.mandarEstado(primero, 'undelivered'), 200);
    const fila = async () =>
      (
        await n.sql<{ id: string; estado: string; sid: string | null }>(
          "select id, estado, sid from historial_conversaciones where autor = 'humano'",
        )
      )[0];
    const fallida = await fila();
    assert.equal(fallida?.estado, 'fallido');
    const reintento = await n.ctx.bd
      .deNora('aura')
      .rpc('reintentar_envio', { p_mensaje: fallida.id, p_usuario: null as never })
      .throwOnError();
    assert.deepEqual(reintento.data, { r: 'en_fila' });
    // Todavía en la fila: nadie ha avisado al carril.
    for (const estado of ['sent', 'undelivered'])
      assert.equal(await n.twilio.mandarEstado(primero, estado), 200);
    assert.deepEqual([(await fila())?.estado, (await fila())?.sid], ['pendiente', null]);
    n.ctx.bd.avisar('atenciones');
    await n.reposo();
    assert.equal(n.twilio.enviados.length, 2);
    assert.deepEqual([(await fila())?.estado, (await fila())?.sid], ['enviado', n.twilio.enviados[1]?.sid]);
    assert.equal(await n.twilio.mandarEstado(primero, 'undelivered'), 200);
    assert.equal((await fila())?.estado, 'enviado');
  });

  test('fuera de la ventana de 24 h no se intenta y se dice por qué', async () => {
    const [k] = await conContacto();
    const pedidos = () => n.twilio.peticiones.filter((p) => p.metodo === 'POST').length;
    const antes = pedidos();
    await n.sql("update contactos set ventana_hasta = now() - interval '1 minute'");
    const { data } = await n.ctx.bd
      .deNora('aura')
      .rpc('enviar_humano', { p: { contacto: k, textos: ['tarde'], clave: 'clave-tarde' } })
      .throwOnError();
    assert.deepEqual(data, { r: 'impedido', razon: 'ventana_cerrada' });
    assert.equal((await n.sql("select from historial_conversaciones where autor = 'humano'")).length, 0);

    // La ventana se cierra con el mensaje ya en fila: tampoco se intenta.
    await n.sql("update contactos set ventana_hasta = now() + interval '1 hour'");
    await n.sql(
      `with h as (insert into historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, origen, autor, estado)
         select nombre_nora, id, telefono, 'en fila', 'respuesta', $2, 'humano', 'pendiente' from contactos where id = $1 returning contacto_id, nombre_nora),
       k as (update contactos set ventana_hasta = now() - interval '1 minute' where id = $1)
       insert into atenciones (contacto_id, carril, nombre_nora, vence) select contacto_id, 'salida', nombre_nora, now() from h`,
      [k, AURA],
    );
    n.ctx.bd.avisar('atenciones');
    await n.reposo();
    const [enFila] = await n.sql(
      "select estado, error_detalle from historial_conversaciones where autor = 'humano'",
    );
    assert.deepEqual(enFila, { estado: 'fallido', error_detalle: 'ventana_cerrada' });
    assert.equal(pedidos(), antes, 'nada llegó a Twilio');
  });

  async function enviar(contacto: string, texto: string, topeMs = 10_000): Promise<void> {
    await n.ctx.bd
      .deNora('aura')
      .rpc('enviar_humano', { p: { contacto, textos: [texto], clave: randomBytes(8).toString('hex') } })
      .throwOnError();
    n.ctx.bd.avisar('atenciones');
    await n.reposo(topeMs);
  }
});

test('la conciliación repone el mensaje que un webhook perdido dejó fuera', async () => {
  const { conciliar } = await import('../src/mensajes/conciliacion.ts');
  // Lo de otras pruebas ya se borró de la base y en una máquina lenta también parecería perdido.
  n.twilio.mensajes.length = 0;
  await n.sql("update configuracion_bot set numero_desde = now() - interval '1 day'");
  n.twilio.agregarEntrante({
    de: ANA,
    para: AURA,
    cuerpo: 'nadie avisó',
    creado: new Date(Date.now() - 5 * 60_000),
  });
  const r = await conciliar(n.ctx);
  assert.equal(r.repuestos, 1);
  assert.equal((await conciliar(n.ctx)).repuestos, 0);
  assert.equal((await hilo())[0]?.mensaje, 'nadie avisó');
});

/** Un contacto con la ventana abierta y a Nora callada, para probar el envío solo. */
async function conContacto(): Promise<[string]> {
  await n.sql("update configuracion_bot set ia_activa = false where nombre_nora = 'aura'");
  await n.escribir({ para: AURA, cuerpo: 'hola' });
  await n.reposo();
  const [k] = await n.sql<{ id: string }>('select id from contactos');
  return [k?.id ?? ''];
}
