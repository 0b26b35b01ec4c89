import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { cifrar } from '../src/datos/cifrado.ts';
import { conciliar } from '../src/mensajes/conciliacion.ts';
import type { CuentaFalsa } from './apoyo/falso_twilio.ts';
import { ANA, AURA, abrirNora, DEMO, type NoraDePrueba, sembrarNoras } from './apoyo/nora.ts';
import { hasta } from './apoyo/web.ts';

let n: NoraDePrueba;
let propia: CuentaFalsa;

before(async () => {
  n = await abrirNora();
  await sembrarNoras(n, { ia_activa: false });
  await n.sql('update configuracion_bot set ia_activa = false');
  await n.sql("update configuracion_bot set numero_desde = now() - interval '30 days'");
  propia = n.twilio.agregarCuenta();
  const cifradas = cifrar(n.ctx.config.secretos.cifrado, JSON.stringify(propia), 'twilio:demo');
  await n.ctx.bd.servicio
    .rpc('poner_credenciales', {
      p_nora: 'demo',
      p_cifrado: cifradas,
      p_sena: 'AC…',
      p_quien: null as unknown as string,
      p_misma_cuenta: true,
    })
    .throwOnError();
  await hasta(async () => (await n.ctx.llavero.deNora('demo'))?.accountSid === propia.accountSid);
});
after(() => n.cerrar());
beforeEach(async () => {
  await n.reposo();
  await n.sql('delete from contactos');
  n.twilio.mensajes.length = 0;
  n.twilio.enviados.length = 0;
});

const hace = (minutos: number) => new Date(Date.now() - minutos * 60_000);
const libro = () =>
  n.sql<{ nombre_nora: string; mensaje: string }>(
    "select nombre_nora, mensaje from historial_conversaciones where autor = 'contacto' order by fecha_hora, id",
  );

test('una nora con cuenta propia recibe y manda sólo con sus credenciales', async () => {
  const conLaGeneral = await n.twilio.entregar(`${n.url}/webhook`, { de: ANA, para: DEMO, cuerpo: 'ajeno' });
  assert.equal(conLaGeneral.status, 403);
  const conLaSuya = await n.twilio.entregar(`${n.url}/webhook`, {
    de: ANA,
    para: DEMO,
    cuerpo: 'propio',
    cuenta: propia,
    token: propia.authToken,
  });
  assert.equal(conLaSuya.status, 200);
  const aLaOtra = await n.twilio.entregar(`${n.url}/webhook`, {
    de: ANA,
    para: AURA,
    cuerpo: 'cruzado',
    cuenta: propia,
    token: propia.authToken,
  });
  assert.equal(aLaOtra.status, 403);
  await responder('demo', 'va por la suya');
  assert.deepEqual(
    n.twilio.enviados.map((m) => [m.accountSid, m.body]),
    [[propia.accountSid, 'va por la suya']],
  );
});

test('repone lo perdido de cada cuenta en el orden en que se dijo, con sus archivos, una sola vez', async () => {
  const foto = n.twilio.agregarMedia({
    contenido: Buffer.from('una foto'),
    tipo: 'image/png',
    cuenta: propia,
  });
  const sinCuerpo = { de: ANA, para: DEMO, cuenta: propia };
  n.twilio.agregarEntrante({ ...sinCuerpo, cuerpo: 'primero', creado: hace(9) });
  n.twilio.agregarEntrante({ ...sinCuerpo, cuerpo: '', medios: [foto], creado: hace(8) });
  n.twilio.agregarEntrante({ ...sinCuerpo, cuerpo: 'tercero', creado: hace(7) });
  n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: 'en la general', creado: hace(6) });
  n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: 'de ayer', creado: hace(24 * 60) });
  assert.equal((await conciliar(n.ctx)).repuestos, 4);
  assert.equal((await conciliar(n.ctx)).repuestos, 0);
  const filas = await libro();
  assert.deepEqual(
    filas.filter((f) => f.nombre_nora === 'demo').map((f) => f.mensaje),
    ['primero', '', 'tercero'],
  );
  assert.deepEqual(
    filas.filter((f) => f.nombre_nora === 'aura').map((f) => f.mensaje),
    ['en la general'],
  );
  const adjunto = async () =>
    (await n.sql<{ estado: string; bytes: string }>('select estado, bytes from adjuntos'))[0];
  await hasta(async () => (await adjunto())?.estado === 'listo', 10_000);
  assert.equal(Number((await adjunto())?.bytes), 8);
});

test('la cuenta de una nora no puede meter mensajes en el libro de otra', async () => {
  n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: 'inventado', cuenta: propia, creado: hace(5) });
  n.twilio.agregarEntrante({ de: ANA, para: DEMO, cuerpo: 'de la general', creado: hace(5) });
  assert.equal((await conciliar(n.ctx)).repuestos, 0);
  assert.deepEqual(await libro(), []);
});

test('quien recibe un número no recibe lo que se escribió a su dueña anterior, ni lo contesta', async () => {
  const ENTREGADO = '+526625550101';
  const crear = (nombre_nora: string) =>
    n.ctx.bd.servicio
      .rpc('crear_nora', {
        p: { nombre_nora, nombre_visible: nombre_nora, numero_nora: ENTREGADO, modulos: ['chat'] } as never,
      })
      .throwOnError();
  const suyas = async () =>
    (await libro()).filter((f) => f.nombre_nora === 'anterior' || f.nombre_nora === 'siguiente');
  await crear('anterior');
  await n.sql(
    "update configuracion_bot set numero_desde = now() - interval '2 days' where nombre_nora = 'anterior'",
  );
  n.twilio.agregarEntrante({ de: ANA, para: ENTREGADO, cuerpo: 'para la anterior', creado: hace(10) });
  await hasta(() => n.ctx.registro.buscarPorNumero(ENTREGADO)?.nombre_nora === 'anterior');
  await conciliar(n.ctx);
  assert.deepEqual(await suyas(), [{ nombre_nora: 'anterior', mensaje: 'para la anterior' }]);

  n.twilio.agregarEntrante({ de: ANA, para: ENTREGADO, cuerpo: 'también para ella', creado: hace(9) });
  await n.sql("update configuracion_bot set numero_nora = null where nombre_nora = 'anterior'");
  await crear('siguiente');
  await hasta(() => n.ctx.registro.buscarPorNumero(ENTREGADO)?.nombre_nora === 'siguiente');
  assert.equal((await conciliar(n.ctx)).repuestos, 0);
  assert.equal((await suyas()).length, 1);

  await n.sql(
    "update configuracion_bot set numero_desde = now() - interval '5 minutes' where nombre_nora = 'siguiente'",
  );
  n.twilio.agregarEntrante({ de: ANA, para: ENTREGADO, cuerpo: 'para la nueva', creado: hace(3) });
  assert.equal((await conciliar(n.ctx)).repuestos, 1);
  assert.deepEqual((await suyas()).at(-1), { nombre_nora: 'siguiente', mensaje: 'para la nueva' });
});

test('un contacto borrado desde el panel no vuelve solo; al deshacer vuelve con lo suyo y una sola vez', async () => {
  const bd = n.ctx.bd.deNora('aura');
  n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: 'hola', creado: hace(12) });
  assert.equal((await conciliar(n.ctx)).repuestos, 1);
  const [k] = await n.sql<{ id: string }>('select id from contactos');
  const { data } = await bd
    .rpc('crear_lote_contactos', {
      p_accion: 'borrar',
      p_valor: {},
      p_filtro: { ids: [k?.id] } as never,
      p_usuario: null,
    })
    .throwOnError();
  const p_lote = (data as { id: string }).id;
  await bd.rpc('avanzar_lote_contactos', { p_lote }).throwOnError();
  assert.deepEqual(await libro(), []);
  assert.equal((await conciliar(n.ctx)).repuestos, 0);
  assert.deepEqual(await libro(), []);

  await bd.rpc('deshacer_lote_contactos', { p_lote, p_usuario: null }).throwOnError();
  await bd.rpc('regresar_lote_contactos', { p_lote }).throwOnError();
  assert.equal((await conciliar(n.ctx)).repuestos, 0);
  assert.deepEqual(await libro(), [{ nombre_nora: 'aura', mensaje: 'hola' }]);
  n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: 'otra', creado: hace(3) });
  assert.equal((await conciliar(n.ctx)).repuestos, 1, 'lo perdido de quien volvió sí se repone');
});

test('un SMS al mismo número no es un mensaje de WhatsApp', async () => {
  n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: 'por SMS', sms: true, creado: hace(5) });
  n.twilio.agregarEntrante({ de: '22395', para: AURA, cuerpo: 'tu código', sms: true, creado: hace(4) });
  n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: 'por WhatsApp', creado: hace(3) });
  assert.deepEqual(await conciliar(n.ctx), { vistos: 1, repuestos: 1, estados: 0 });
  assert.deepEqual(await libro(), [{ nombre_nora: 'aura', mensaje: 'por WhatsApp' }]);
});

test('lo que Twilio lista de más por filtrar sólo por día no se repone', async () => {
  n.twilio.filtrarPorDia(true);
  try {
    n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: 'de esta hora', creado: hace(20) });
    const desde = hace(60).getTime();
    const mismoDia = new Date(desde - (desde % 86_400_000) / 2);
    n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: 'del mismo día', creado: mismoDia });
    assert.equal((await conciliar(n.ctx)).repuestos, 1);
    assert.deepEqual(
      (await libro()).map((f) => f.mensaje),
      ['de esta hora'],
    );
  } finally {
    n.twilio.filtrarPorDia(false);
  }
});

test('tras horas caída cada cuenta sigue desde donde se quedó, y una que no contesta no hace releer a las demás', async () => {
  const al_dia = async (cuenta: CuentaFalsa) =>
    (
      await n.sql<{ al_dia: Date }>('select al_dia from conciliaciones where cuenta = $1', [
        cuenta.accountSid,
      ])
    )[0]?.al_dia.getTime() ?? 0;
  const todas = async () =>
    (
      await n.sql<{ ultimo: Date }>(
        "select ultimo from tareas_programadas where nombre = 'conciliacion_al_dia'",
      )
    )[0]?.ultimo.getTime() ?? 0;
  await conciliar(n.ctx);
  await n.sql("update conciliaciones set al_dia = now() - interval '5 hours'");
  const [antes, antesTodas] = [await al_dia(propia), await todas()];
  n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: 'durante la caída', creado: hace(4 * 60) });
  n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: 'de antes', creado: hace(6 * 60) });
  n.twilio.agregarEntrante({
    de: ANA,
    para: DEMO,
    cuerpo: 'a la que no contesta',
    cuenta: propia,
    creado: hace(3 * 60),
  });
  const credenciales = await n.sql<{ c: string }>(
    "select credenciales_twilio c from configuracion_bot where nombre_nora = 'demo'",
  );
  const mala = cifrar(
    n.ctx.config.secretos.cifrado,
    JSON.stringify({ ...propia, authToken: 'otro' }),
    'twilio:demo',
  );
  const poner = async (cifradas: string, sirve: (token: string | null) => boolean) => {
    await n.sql("update configuracion_bot set credenciales_twilio = $1 where nombre_nora = 'demo'", [
      cifradas,
    ]);
    await hasta(async () =>
      sirve(
        await n.ctx.llavero.deNora('demo').then(
          (c) => c?.authToken ?? null,
          () => null,
        ),
      ),
    );
  };
  await poner(mala, (t) => t === 'otro');
  assert.equal((await conciliar(n.ctx)).repuestos, 1, 'la cuenta mala no estorba a la buena');
  assert.equal(await al_dia(propia), antes);
  assert.equal(await todas(), antesTodas);
  assert.ok((await al_dia(n.twilio.cuenta)) > Date.now() - 5 * 60_000, 'la buena ya no se relee');
  await poner('v1:no-abre', (t) => t === null);
  n.twilio.agregarEntrante({ de: ANA, para: DEMO, cuerpo: 'en la cuenta ajena', creado: hace(9) });
  n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: 'en la general', creado: hace(8) });
  assert.equal((await conciliar(n.ctx)).repuestos, 1);
  assert.equal(await todas(), antesTodas, 'unas credenciales que no abren tampoco detienen la vuelta');
  await poner(credenciales[0]?.c ?? '', (t) => t === propia.authToken);
  assert.equal((await conciliar(n.ctx)).repuestos, 1);
  assert.ok((await al_dia(propia)) > antes);
  assert.ok((await todas()) > antesTodas);
  assert.deepEqual(
    (await libro()).map((f) => f.mensaje),
    ['durante la caída', 'a la que no contesta', 'en la general'],
  );
});

test('un tramo que no cabe se parte: nada se pierde, y queda en el orden y con la hora en que se dijo', async () => {
  await n.sql("update conciliaciones set al_dia = now() - interval '21 hours'");
  const dichos = Array.from({ length: 12 }, (_, i) => ({
    cuerpo: `mensaje ${i}`,
    creado: hace(20 * 60 - i * 90),
  }));
  // Twilio da la hora en segundos: en el mismo, el orden es el de su lista.
  const ultimo = new Date(Math.floor(hace(150).getTime() / 1000) * 1000);
  dichos.push(
    { cuerpo: 'casi junto', creado: ultimo },
    { cuerpo: 'y junto', creado: new Date(ultimo.getTime() + 5) },
  );
  for (const d of dichos) n.twilio.agregarEntrante({ de: ANA, para: AURA, ...d });
  assert.deepEqual(await conciliar(n.ctx, 3), { vistos: 14, repuestos: 14, estados: 0 });
  const filas = await n.sql<{ mensaje: string; fecha_hora: Date; epoca: string }>(
    'select mensaje, fecha_hora, epoca from historial_conversaciones order by fecha_hora, id',
  );
  const aSegundos = (f: Date) => Math.floor(f.getTime() / 1000);
  assert.deepEqual(
    filas.map((f) => [f.mensaje, aSegundos(f.fecha_hora)]),
    dichos.map((d) => [d.cuerpo, aSegundos(d.creado)]),
  );
  assert.deepEqual(
    filas.map((f) => Number(f.epoca)),
    filas.map((_, i) => i + 1),
    'entraron de lo más viejo a lo más nuevo',
  );
  const [k] = await n.sql<{
    ultimo_mensaje: Date;
    ventana_hasta: Date;
    mensaje_reciente: string;
    no_leidos: number;
  }>('select ultimo_mensaje, ventana_hasta, mensaje_reciente, no_leidos from contactos');
  assert.deepEqual([k?.mensaje_reciente, k?.no_leidos], ['y junto', 14]);
  assert.equal(aSegundos(k?.ultimo_mensaje ?? new Date(0)), aSegundos(ultimo));
  assert.equal(aSegundos(k?.ventana_hasta ?? new Date(0)), aSegundos(ultimo) + 86_400, 'la que WhatsApp da');
  assert.equal((await conciliar(n.ctx, 3)).repuestos, 0);
});

test('lo que no se pudo guardar de una persona no detiene a las demás y se repone en la vuelta siguiente', async () => {
  const { reponer } = n.ctx.ingreso;
  const deOtra = { de: '+526621110003', para: AURA, cuerpo: 'de otra', creado: hace(20) };
  n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: 'de Ana', creado: hace(30) });
  n.twilio.agregarEntrante(deOtra);
  n.ctx.ingreso.reponer = (m) =>
    m[0]?.telefono === ANA ? Promise.reject(new Error('la base no contestó')) : reponer(m);
  try {
    await n.sql("update conciliaciones set al_dia = now() - interval '2 hours'");
    assert.equal((await conciliar(n.ctx, 1)).repuestos, 1);
  } finally {
    n.ctx.ingreso.reponer = reponer;
  }
  const [general] = await n.sql<{ falta: boolean }>(
    "select al_dia < now() - interval '29 minutes' falta from conciliaciones where cuenta = $1",
    [n.twilio.cuenta.accountSid],
  );
  assert.equal(general?.falta, true, 'no se da por repuesto lo que falta');
  assert.equal((await conciliar(n.ctx)).repuestos, 1);
  assert.deepEqual(
    (await libro()).map((f) => f.mensaje),
    ['de Ana', 'de otra'],
  );
});

test('lo repuesto tarde no atrasa la conversación que ya siguió, y cuenta en la hora y el día en que se dijo', async () => {
  await n.sql('select cerrar_dias()');
  await n.sql(
    "insert into resumen_dia (nombre_nora, dia, recibidos, ia, automaticas, humanos, fallidos, envios) select 'aura', (now() at time zone zona_horaria)::date - d, 5, 0, 0, 0, 0, 0 from configuracion_bot, generate_series(0, 1) d where nombre_nora = 'aura' on conflict (nombre_nora, dia) do update set recibidos = 5",
  );
  await n.sql("update conciliaciones set al_dia = now() - interval '4 hours'");
  await n.escribir({ para: AURA, cuerpo: 'lo de ahora' });
  const leer = () =>
    n.sql('select ultimo_mensaje, ventana_hasta, mensaje_reciente, reciente_autor from contactos');
  const antes = await leer();
  n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: 'lo de hace rato', creado: hace(3 * 60) });
  assert.equal((await conciliar(n.ctx)).repuestos, 1);
  assert.deepEqual(await leer(), antes);
  assert.deepEqual(
    (await libro()).map((f) => f.mensaje),
    ['lo de hace rato', 'lo de ahora'],
  );
  const [hora] = await n.sql<{ recibidos: number }>(
    "select recibidos from resumen_hora where nombre_nora = 'aura' and hora = date_trunc('hour', now() - interval '3 hours')",
  );
  assert.equal(hora?.recibidos, 1);
  const [dia] = await n.sql<{ recibidos: number }>(
    "select recibidos from resumen_dia d join configuracion_bot b using (nombre_nora) where nombre_nora = 'aura' and dia = ((now() - interval '3 hours') at time zone b.zona_horaria)::date",
  );
  assert.equal(dia?.recibidos, 6);
  await n.sql('delete from resumen_hora; delete from resumen_hora_hasta; delete from resumen_dia');
});

test('lo perdido de una persona se contesta una sola vez; lo que alguien del equipo ya atendió no lo contesta Nora', async () => {
  const LUZ = '+526621110002';
  await n.sql("update configuracion_bot set ia_activa = true where nombre_nora = 'aura'");
  try {
    for (const [i, de] of [ANA, LUZ, ANA, LUZ, ANA].entries())
      n.twilio.agregarEntrante({ de, para: AURA, cuerpo: `¿tienen ${i}?`, creado: hace(40 - i) });
    assert.equal((await conciliar(n.ctx)).repuestos, 5);
    await n.reposo();
    const rafagas = await n.sql<{ n: string }>('select count(*) n from rafagas group by contacto_id');
    assert.deepEqual(
      rafagas.map((r) => Number(r.n)),
      [1, 1],
    );

    await n.sql('update contactos set ia_pausada_hasta = null, espera_humano_desde = null');
    const deAna = '(select id from contactos where clave_telefono = clave_de($1))';
    await responder('aura', 'Te atiende Sofía', ANA);
    await n.sql(
      `update contactos set atendido_por = null, ia_pausada_hasta = null, resuelto_en = now() where id = ${deAna}`,
      [ANA],
    );
    const enviados = n.twilio.enviados.length;
    n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: '¿y los domingos?', creado: hace(20) });
    assert.equal((await conciliar(n.ctx)).repuestos, 1);
    assert.deepEqual(await n.sql('select carril from atenciones'), [], 'no hay nada por contestar');
    assert.equal(n.twilio.enviados.length, enviados);
    const [k] = await n.sql<{ nada: boolean; resuelto_en: Date | null; no_leidos: number }>(
      `select epoca = epoca_resuelta nada, resuelto_en, no_leidos from contactos where id = ${deAna}`,
      [ANA],
    );
    assert.deepEqual([k?.nada, k?.resuelto_en], [true, null], 'se reabre para que alguien lo vea');
    assert.ok((k?.no_leidos ?? 0) > 0);

    await n.escribir({ de: ANA, para: AURA, cuerpo: '¿y el lunes?' });
    await n.reposo();
    assert.ok(n.twilio.enviados.length > enviados, 'lo siguiente que diga sí');
  } finally {
    await n.sql("update configuracion_bot set ia_activa = false where nombre_nora = 'aura'");
  }
});

test('un BAJA que se repone tarde no deshace el ALTA que la persona escribió después', async () => {
  await n.escribir({ para: AURA, cuerpo: 'ALTA' });
  await n.reposo();
  n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: 'BAJA', creado: hace(10) });
  assert.equal((await conciliar(n.ctx)).repuestos, 1);
  await n.reposo();
  const [k] = await n.sql<{ acepta_envios: boolean }>('select acepta_envios from contactos');
  assert.equal(k?.acepta_envios, true);
  assert.doesNotMatch(n.twilio.enviados.map((m) => m.body).join(), /ya no recibirás/);
});

test('lo que ya se le contestó desde otro programa, o antes de restaurar un respaldo, no lo contesta Nora otra vez', async () => {
  const [POR_FUERA, FALLO, ANTES, DEL_LIBRO, BAJA] = [1, 2, 3, 4, 5].map((i) => `+52662111020${i}`) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const salio = (a: string, minutos: number, estado = 'delivered') =>
    Object.assign(
      n.twilio.agregarEntrante({ de: AURA, para: a, cuerpo: 'Sí tenemos.', creado: hace(minutos) }),
      { direction: 'outbound-api', status: estado },
    );
  await n.sql("update configuracion_bot set ia_activa = true where nombre_nora = 'aura'");
  try {
    await n.escribir({ de: DEL_LIBRO, para: AURA, cuerpo: '¿tienen estacionamiento?' });
    await n.reposo();
    const suya = n.twilio.enviados.at(-1);
    assert.ok(suya);
    assert.ok(suya.to.endsWith(DEL_LIBRO));
    suya.creado = hace(5);
    n.twilio.enviados.length = 0;
    await n.sql('update contactos set ia_pausada_hasta = null, espera_humano_desde = null');
    for (const de of [POR_FUERA, FALLO, ANTES, DEL_LIBRO])
      n.twilio.agregarEntrante({ de, para: AURA, cuerpo: '¿tienen macetas?', creado: hace(20) });
    n.twilio.agregarEntrante({ de: BAJA, para: AURA, cuerpo: 'Baja', creado: hace(20) });
    // WhatsApp escribe a veces el 1 de los móviles mexicanos.
    salio(POR_FUERA.replace('+52', '+521'), 19);
    salio(FALLO, 19, 'undelivered');
    salio(ANTES, 21);
    salio(BAJA, 19);
    assert.equal((await conciliar(n.ctx)).repuestos, 5);
    await n.reposo();
    const contestadas = n.twilio.enviados.map((m) => m.to.replace('whatsapp:', ''));
    assert.deepEqual(new Set(contestadas), new Set([FALLO, ANTES, DEL_LIBRO, BAJA]));
    const [k] = await n.sql<{ nada: boolean; no_leidos: number; n: number }>(
      `select epoca = epoca_resuelta nada, no_leidos, (select count(*)::int from historial_conversaciones h where h.contacto_id = k.id) n
         from contactos k where telefono = $1`,
      [POR_FUERA],
    );
    assert.deepEqual(k, { nada: true, no_leidos: 1, n: 1 }, 'se guarda para que alguien lo vea');
    const [baja] = await n.sql<{ acepta_envios: boolean }>(
      'select acepta_envios from contactos where telefono = $1',
      [BAJA],
    );
    assert.equal(baja?.acepta_envios, false);

    await n.escribir({ de: POR_FUERA, para: AURA, cuerpo: '¿y de barro?' });
    await n.reposo();
    assert.ok(
      n.twilio.enviados.some((m) => m.to.endsWith(POR_FUERA)),
      'lo siguiente que diga sí',
    );
  } finally {
    await n.sql("update configuracion_bot set ia_activa = false where nombre_nora = 'aura'");
  }
});

test('un BAJA que se repone tarde se obedece aunque alguien del equipo haya escrito después', async () => {
  await n.escribir({ para: AURA, cuerpo: 'hola' });
  await responder('aura', '¿En qué te ayudo?');
  n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: 'BAJA', creado: hace(10) });
  assert.equal((await conciliar(n.ctx)).repuestos, 1);
  await n.reposo();
  const [k] = await n.sql<{ acepta_envios: boolean }>('select acepta_envios from contactos');
  assert.equal(k?.acepta_envios, false);
});

test('lo que se apartó por sus datos no se vuelve a intentar en cada vuelta', async () => {
  n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: 'x'.repeat(20_001), creado: hace(5) });
  const errores = () =>
    n.sql("select from logs_errores where descripcion like '%cuarentena%' and origen = 'webhook'");
  await conciliar(n.ctx);
  await hasta(async () => (await errores()).length === 1);
  assert.equal((await n.sql("select from mensajes_sin_nora where motivo like 'cuarentena%'")).length, 1);
  let intentos = 0;
  const { reponer } = n.ctx.ingreso;
  n.ctx.ingreso.reponer = (m) => {
    intentos += m.length;
    return reponer(m);
  };
  try {
    n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: 'esto sí', creado: hace(4) });
    assert.equal((await conciliar(n.ctx)).repuestos, 1);
  } finally {
    n.ctx.ingreso.reponer = reponer;
  }
  assert.equal(intentos, 1, 'sólo lo que de verdad faltaba');
});

test('un aviso de estado perdido se recupera de la lista', async () => {
  await n.escribir({ para: AURA, cuerpo: 'hola' });
  await responder('aura', 'buenas');
  const [enviado] = n.twilio.enviados;
  assert.ok(enviado);
  Object.assign(enviado, { creado: hace(5), status: 'undelivered', errorCode: 63024 });
  await conciliar(n.ctx);
  const [fila] = await n.sql<{ estado: string; error_codigo: number; error_detalle: string }>(
    "select estado, error_codigo, error_detalle from historial_conversaciones where autor = 'humano'",
  );
  assert.deepEqual([fila?.estado, fila?.error_codigo], ['fallido', 63024]);
  assert.match(fila?.error_detalle ?? '', /WhatsApp/);
});

async function responder(nora: string, texto: string, a = ANA): Promise<void> {
  const [k] = await n.sql<{ id: string }>(
    'select id from contactos where nombre_nora = $1 and clave_telefono = clave_de($2)',
    [nora, a],
  );
  await n.ctx.bd
    .deNora(nora)
    .rpc('enviar_humano', {
      p: { contacto: k?.id ?? '', textos: [texto], clave: `clave-${nora}-${Date.now()}` },
    })
    .throwOnError();
  n.ctx.bd.avisar('atenciones');
  await n.reposo();
}
