import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { asegurarAdminInicial } from '../src/cuentas/admin_inicial.ts';
import { crearRespaldo } from '../src/datos/respaldo.ts';
import { type Restaurado, restaurarRespaldo } from '../src/datos/restauracion.ts';
import { sacar } from '../src/mensajes/programados.ts';
import { arrancarTrabajadores } from '../src/trabajos/trabajadores.ts';
import { AURA, abrirNora, ensenar, type NoraDePrueba, sembrarNoras } from './apoyo/nora.ts';
import { crearUsuario, hasta, visitar } from './apoyo/web.ts';

const PARCIAL = { 'x-fragmento': '1', accept: 'application/json, text/html;q=0.9' };
const CHAT = '/panel_cliente/aura/chat';
const PERSONAS = {
  /** Escribió y Nora no ha contestado. */
  rafaga: '+526621110001',
  /** La respuesta de Nora está por salir. */
  pendiente: '+526621110002',
  /** Lo que le escribió una persona iba en camino. */
  enviando: '+526621110003',
  /** Le toca un mensaje programado que ya venció. */
  programado: '+526621110004',
  /** Uno que todavía no. */
  futuro: '+526621110005',
  /** Escribió, pero está bloqueada. */
  bloqueada: '+526621110006',
  /** Nada a medias. */
  tranquila: '+526621110007',
} as const;
type Quien = keyof typeof PERSONAS;

const dir = mkdtempSync(join(tmpdir(), 'nora-respaldo-'));
let origen: NoraDePrueba;
let destino: NoraDePrueba;
let trabajadores: Awaited<ReturnType<typeof arrancarTrabajadores>> | null = null;
let restaurado: Restaurado;
const ids = {} as Record<Quien, string>;

before(async () => {
  // Con los trabajadores apagados todo se queda como estaba en el instante del respaldo.
  origen = await abrirNora({ trabajadores: false });
  destino = await abrirNora({ trabajadores: false });
  await sembrarNoras(origen);
  await ensenar(origen, 'aura', 'Horario', 'Abrimos de nueve de la mañana a seis de la tarde.');
  await crearUsuario(origen.ctx, { correo: 'ana@aura.mx', noras: { aura: 'dueno' } });
  for (const de of Object.values(PERSONAS))
    await origen.escribir({ de, para: AURA, cuerpo: '¿A qué hora abren?' });
  for (const { id, telefono } of await origen.sql<{ id: string; telefono: string }>(
    'select id, telefono from contactos',
  ))
    for (const quien of Object.keys(PERSONAS) as Quien[]) if (PERSONAS[quien] === telefono) ids[quien] = id;
  const atendidas = [ids.pendiente, ids.enviando, ids.programado, ids.futuro, ids.tranquila];
  await origen.sql('delete from atenciones where contacto_id = any ($1)', [atendidas]);
  await origen.sql('update contactos set epoca_resuelta = epoca where id = any ($1)', [atendidas]);
  await origen.sql('update contactos set bloqueado = true where id = $1', [ids.bloqueada]);
  for (const [quien, autor] of [
    ['pendiente', 'ia'],
    ['enviando', 'humano'],
  ] as const) {
    await origen.sql(
      `insert into historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, origen, autor, estado, estado_en)
       values ('aura', $1, $2, 'Abrimos a las nueve', 'respuesta', $3, $4, $5, clock_timestamp())`,
      [ids[quien], PERSONAS[quien], AURA, autor, quien],
    );
    await origen.sql(`select interno.despertar($1, 'aura', 'salida')`, [ids[quien]]);
  }
  for (const [quien, cuando] of [
    ['programado', '-1 minute'],
    ['futuro', '1 day'],
  ] as const)
    await origen.sql(
      `insert into mensajes_programados (nombre_nora, contacto_id, texto, textos, cuando, clave_cliente)
       values ('aura', $1, 'Te esperamos hoy', '["Te esperamos hoy"]', clock_timestamp() + $2::interval, $3)`,
      [ids[quien], cuando, `programado-${quien}`],
    );
  const [foto] = await origen.sql<{ id: string }>(
    `insert into adjuntos (nombre_nora, tipo, estado, para) values ('aura', 'image/png', 'listo', 'chat') returning id`,
  );
  await origen.sql('update mensajes_programados set adjuntos = $1 where contacto_id = $2', [
    [foto?.id],
    ids.programado,
  ]);
  await origen.sql(`
    with c as (insert into meta_ads_cuentas (nombre_nora, ad_account_id) values ('aura', 'act_1') returning id),
    r as (insert into meta_ads_reportes (nombre_nora, cuenta_id, cadencia, desde, hasta, estado) select 'aura', id, 'semanal', '2026-11-09', '2026-11-15', 'listo' from c returning id)
    insert into meta_ads_entregas (nombre_nora, reporte_id, canal, destino, nombre, idioma) select 'aura', id, 'correo', 'a@b.mx', 'Ana', 'es' from r`);

  const { carpeta } = await crearRespaldo(origen.ctx, dir);
  // Nora ya había arrancado una vez en la base nueva.
  const admin = { correo: 'admin@nueva.mx', clave: 'una clave larga' };
  await asegurarAdminInicial({ ...destino.ctx, config: { ...destino.ctx.config, admin } });
  restaurado = await restaurarRespaldo(destino.ctx, carpeta);
  await destino.ctx.registro.refrescar('aura');
  trabajadores = await arrancarTrabajadores(destino.ctx);
});
after(async () => {
  await trabajadores?.parar();
  await Promise.all([origen?.cerrar(), destino?.cerrar()]);
  rmSync(dir, { recursive: true, force: true });
});

test('tras restaurar, Nora contesta lo que llegue y no repite nada de lo que estaba por salir', async () => {
  await sacar(destino.ctx);
  await destino.escribir({ de: PERSONAS.tranquila, para: AURA, cuerpo: '¿A qué hora abren?' });
  await hasta(() => destino.twilio.enviados.some((m) => m.to.endsWith(PERSONAS.tranquila)), 10_000);
  await destino.reposo();
  assert.deepEqual(
    destino.twilio.enviados.filter((m) => !m.to.endsWith(PERSONAS.tranquila)).map((m) => m.to),
    [],
  );
});

test('lo que quizá ya salió queda para que lo decida una persona, y quien escribió espera con el motivo', async () => {
  const contactos = await destino.sql<{ id: string; espera: boolean; motivo: string | null }>(
    'select id, espera_humano_desde is not null espera, motivo_espera motivo from contactos',
  );
  const espera = (quien: Quien) => contactos.find((c) => c.id === ids[quien]);
  for (const quien of ['rafaga', 'pendiente', 'enviando', 'programado'] as const)
    assert.partialDeepStrictEqual(
      espera(quien),
      { espera: true, motivo: 'Se restauró un respaldo: no sabemos si ya se le contestó' },
      quien,
    );
  for (const quien of ['futuro', 'bloqueada'] as const) assert.equal(espera(quien)?.espera, false, quien);
  assert.deepEqual(
    await destino.sql('select resultado, motivo from rafagas where contacto_id = $1', [ids.rafaga]),
    [{ resultado: 'pasada_a_humano', motivo: 'respaldo_restaurado' }],
  );
  assert.deepEqual(
    await destino.sql(
      'select estado, motivo is not null con_motivo from mensajes_programados order by cuando',
    ),
    [
      { estado: 'impedido', con_motivo: true },
      { estado: 'programado', con_motivo: false },
    ],
  );
  assert.deepEqual(await destino.sql('select estado from meta_ads_entregas'), [{ estado: 'incierto' }]);
  assert.partialDeepStrictEqual(restaurado, { inciertos: 4, esperan: 4 });
});

test('en el hilo se dice por qué no se sabe si llegó, y reintentarlo lo manda una vez', async () => {
  const ana = visitar(destino.url);
  await ana.entrar('ana@aura.mx');
  const [mensaje] = await destino.sql<{ id: string }>(
    `select id from historial_conversaciones where contacto_id = $1 and autor = 'humano'`,
    [ids.programado],
  );
  assert.ok(mensaje);
  const ruta = `${CHAT}/${ids.programado}/mensajes`;
  const { texto } = await ana.get(`${ruta}?ids=${mensaje.id}`, PARCIAL);
  assert.match(texto, /data-estado="incierto"/);
  assert.match(
    texto,
    /Se restauró un respaldo y no sabemos si esto ya había salido.*podría llegarle dos veces/,
  );
  await ana.post(`${ruta}/${mensaje.id}/reintento`, {}, PARCIAL);
  await ana.post(`${ruta}/${mensaje.id}/reintento`, {}, PARCIAL);
  await hasta(() => destino.twilio.enviados.some((m) => m.to.endsWith(PERSONAS.programado)), 10_000);
  await destino.reposo();
  const suyos = destino.twilio.enviados.filter((m) => m.to.endsWith(PERSONAS.programado));
  assert.deepEqual(
    suyos.map((m) => [m.body, m.medios.length]),
    [['Te esperamos hoy', 1]],
    'con la foto que llevaba',
  );
});

test('haber arrancado antes en la base nueva no estorba: quedan las cuentas del respaldo', async () => {
  const cuentas = await destino.sql<{ correo: string }>('select correo from usuarios');
  assert.deepEqual(cuentas, [{ correo: 'ana@aura.mx' }]);
});
