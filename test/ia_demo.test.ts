import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { DEMO } from '../src/demo/datos.ts';
import { sembrar } from '../src/demo/sembrar.ts';
import { comprobarClave } from '../src/cuentas/clave.ts';
import { type BaseDeDatos, crearBaseDeDatos } from '../src/datos/base_de_datos.ts';
import { estimarTokens } from '../src/ia/conocimiento.ts';
import { leerHorario } from '../src/ia/horario.ts';
import { type BaseDePrueba, prepararBase } from './apoyo/base.ts';

let base: BaseDePrueba;
let bd: BaseDeDatos;
const AHORA = new Date();
before(async () => {
  base = await prepararBase();
  bd = await crearBaseDeDatos(base.config, pino({ level: 'silent' }));
});
after(async () => {
  await bd?.cerrar();
  await base?.cerrar();
});

async function valor(sql: string): Promise<unknown> {
  const { rows } = await bd.pool.query<Record<string, unknown>>(sql);
  return Object.values(rows[0] ?? {})[0];
}

test('dos arranques a la vez siembran una sola vez y el siguiente no toca nada', async () => {
  const veces = await Promise.all([sembrar(bd, DEMO, AHORA), sembrar(bd, DEMO, AHORA)]);
  assert.equal(veces.filter(Boolean).length, 1);
  assert.equal(await sembrar(bd, DEMO, AHORA), false);
});

test('la demo trae dos noras completas con su gente y sus conversaciones', async () => {
  assert.deepEqual(
    (await bd.pool.query('select nombre_nora from configuracion_bot order by 1')).rows.map(
      (r) => r.nombre_nora,
    ),
    ['aura', 'demo'],
  );
  assert.equal(
    Number(
      await valor(`select min(n) from (select count(*) n from conocimiento_nora group by nombre_nora) x`),
    ) >= 24,
    true,
  );
  assert.equal(Number(await valor('select count(*) from contactos where anuncio_id is null')), 40);
  assert.ok(
    Number(await valor('select count(*) from contactos where anuncio_id is not null')) > 30,
    'y quienes llegaron por un anuncio',
  );
  assert.ok(Number(await valor('select count(*) from historial_conversaciones')) > 150);
  assert.equal(
    Number(await valor(`select count(*) from historial_conversaciones where estado = 'fallido'`)),
    1,
  );
  assert.ok(Number(await valor('select count(*) from contactos where espera_humano_desde is not null')) >= 4);
  assert.equal(Number(await valor('select count(*) from contactos where atendido_por is not null')), 2);
  assert.equal(
    Number(
      await valor(
        `select count(*) from historial_conversaciones where autor = 'humano' and usuario_id is null`,
      ),
    ),
    0,
  );
  assert.equal(Number(await valor('select count(*) from usuarios_noras')), 3);
});

test('ninguna fecha es futura, todas caben en sus días y cada hilo va en orden', async () => {
  assert.equal(
    Number(await valor('select count(*) from historial_conversaciones where fecha_hora > now()')),
    0,
  );
  assert.equal(
    Number(
      await valor(
        `select count(*) from historial_conversaciones h join contactos k on k.id = h.contacto_id where h.fecha_hora < now() - case when k.anuncio_id is null then interval '15 days' else interval '29 days' end`,
      ),
    ),
    0,
  );
  assert.equal(
    Number(
      await valor(
        `select count(*) from contactos c where c.ultimo_mensaje <> (select max(fecha_hora) from historial_conversaciones h where h.contacto_id = c.id)`,
      ),
    ),
    0,
  );
  assert.equal(
    Number(await valor('select count(*) from contactos where epoca <> epoca_resuelta')),
    0,
    'nada queda por contestar',
  );
});

test('cada respuesta de la IA de la demo sale de bloques que existen, y sus precios también', async () => {
  const { rows } = await bd.pool.query<{ mensaje: string; texto: string | null }>(
    `select h.mensaje, (select string_agg(k.contenido, ' ') from conocimiento_nora k where k.id = any (r.citados)) texto
       from respuestas_ia r join historial_conversaciones h on h.id = r.historial_id`,
  );
  assert.ok(rows.length > 40);
  for (const r of rows) {
    for (const precio of r.mensaje.match(/\$[\d,.]*\d/g) ?? [])
      assert.ok(r.texto?.includes(precio), `${precio} en «${r.mensaje}»`);
  }
});

test('el conocimiento de cada nora cabe entero en el contexto y su horario se entiende', () => {
  for (const n of DEMO.noras) {
    const tokens = n.conocimiento.reduce((s, b) => s + estimarTokens(b.titulo + b.contenido), 0);
    assert.ok(tokens <= 3000, `${n.nombre_nora}: ${tokens} tokens`);
    assert.ok(leerHorario(n.horario));
    const nombres = new Set(n.etiquetas.map((e) => e.nombre));
    for (const c of n.contactos) for (const e of c.etiquetas) assert.ok(nombres.has(e), `${c.nombre}: ${e}`);
  }
});

test('las claves de la demo abren sus cuentas', async () => {
  const { rows } = await bd.pool.query<{ correo: string; clave_hash: string }>(
    'select correo, clave_hash from usuarios',
  );
  for (const u of DEMO.usuarios) {
    assert.ok(
      await comprobarClave(u.clave, rows.find((r) => r.correo === u.correo)?.clave_hash ?? null),
      u.correo,
    );
  }
});
