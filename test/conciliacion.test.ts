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

test('tras horas caída se mira desde la última vuelta completa, y una cuenta que no contestó no la da por hecha', async () => {
  const AL_DIA = "nombre = 'conciliacion_al_dia'";
  const al_dia = async () =>
    (
      await n.sql<{ ultimo: Date }>(`select ultimo from tareas_programadas where ${AL_DIA}`)
    )[0]?.ultimo.getTime() ?? 0;
  await conciliar(n.ctx);
  await n.sql(`update tareas_programadas set ultimo = now() - interval '5 hours' where ${AL_DIA}`);
  const antes = await al_dia();
  n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: 'durante la caída', creado: hace(4 * 60) });
  n.twilio.agregarEntrante({ de: ANA, para: AURA, cuerpo: 'de antes', creado: hace(6 * 60) });
  const credenciales = await n.sql<{ c: string }>(
    "select credenciales_twilio c from configuracion_bot where nombre_nora = 'demo'",
  );
  const mala = cifrar(
    n.ctx.config.secretos.cifrado,
    JSON.stringify({ ...propia, authToken: 'otro' }),
    'twilio:demo',
  );
  const poner = async (cifradas: string, token: string) => {
    await n.sql("update configuracion_bot set credenciales_twilio = $1 where nombre_nora = 'demo'", [
      cifradas,
    ]);
    await hasta(async () => (await n.ctx.llavero.deNora('demo'))?.authToken === token);
  };
  await poner(mala, 'otro');
  assert.equal((await conciliar(n.ctx)).repuestos, 1, 'la cuenta mala no estorba a la buena');
  assert.equal(await al_dia(), antes);
  await poner(credenciales[0]?.c ?? '', propia.authToken);
  assert.equal((await conciliar(n.ctx)).repuestos, 0);
  assert.ok((await al_dia()) > antes);
  assert.deepEqual(
    (await libro()).map((f) => f.mensaje),
    ['durante la caída'],
  );
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

async function responder(nora: string, texto: string): Promise<void> {
  const [k] = await n.sql<{ id: string }>('select id from contactos where nombre_nora = $1', [nora]);
  await n.ctx.bd
    .deNora(nora)
    .rpc('enviar_humano', {
      p: { contacto: k?.id ?? '', textos: [texto], clave: `clave-${nora}-${Date.now()}` },
    })
    .throwOnError();
  n.ctx.bd.avisar('atenciones');
  await n.reposo();
}
