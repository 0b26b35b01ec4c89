import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { pino } from 'pino';
import { type BaseDeDatos, crearBaseDeDatos } from '../src/datos/base_de_datos.ts';
import { estimarTokens, obtenerBaseConocimiento } from '../src/ia/conocimiento.ts';
import { claveFonetica } from '../src/ia/texto.ts';
import { type BaseDePrueba, prepararBase } from './apoyo/base.ts';
import { leerCorpus, leerRenglones } from './datos/leer.ts';

let base: BaseDePrueba;
let c: pg.Client;
let bd: BaseDeDatos;
const claveDe = new Map<string, string>();

before(async () => {
  base = await prepararBase();
  c = new pg.Client(base.url);
  await c.connect();
  await c.query(
    `insert into configuracion_bot (nombre_nora, nombre_visible) values ('todo', 'Todo'), ('otra', 'Otra'), ('vacia', 'Vacía')`,
  );
  const bloques = leerCorpus();
  const { rows } = await c.query<{ id: string; contenido: string }>(
    `insert into conocimiento_nora (nombre_nora, titulo, contenido, etiquetas, prioridad)
     select 'todo', titulo, contenido, etiquetas, coalesce(prioridad, 0)
       from jsonb_to_recordset($1) x (titulo text, contenido text, etiquetas text[], prioridad smallint) returning id, contenido`,
    [JSON.stringify(bloques)],
  );
  for (const r of rows) claveDe.set(r.id, bloques.find((b) => b.contenido === r.contenido)?.clave ?? '');
  await c.query(
    `insert into conocimiento_nora (nombre_nora, titulo, contenido) values ('otra', 'Corte secreto', 'El corte de dama cuesta $1 sólo aquí.')`,
  );
  await c.query('analyze conocimiento_nora');
  bd = await crearBaseDeDatos(base.config, pino({ level: 'silent' }));
});
after(async () => {
  await bd?.cerrar();
  await c?.end();
  await base?.cerrar();
});

async function buscar(nora: string, pregunta: string, n = 5): Promise<string[]> {
  const { rows } = await c.query<{ id: string }>({
    name: 'buscar',
    text: 'select id from buscar_conocimiento($1, $2, $3)',
    values: [nora, pregunta, n],
  });
  return rows.map((r) => claveDe.get(r.id) ?? r.id);
}

describe('búsqueda de conocimiento', () => {
  test('entre cientos de bloques encuentra el que contesta en los primeros cinco: recall@5 >= 0.97', async (t) => {
    const preguntas = leerRenglones('preguntas_busqueda.txt');
    assert.ok(claveDe.size >= 240 && preguntas.length >= 150);
    const fallas: string[] = [];
    const tiempos: number[] = [];
    let primeras = 0;
    for (const [claves = '', pregunta = ''] of preguntas) {
      const halladas = await buscar('todo', pregunta);
      // El mejor de cinco: otra cosa corriendo en la máquina no dice nada de la consulta.
      const intentos: number[] = [];
      for (let i = 0; i < 5; i++) {
        const inicio = performance.now();
        await buscar('todo', pregunta);
        intentos.push(performance.now() - inicio);
      }
      tiempos.push(Math.min(...intentos));
      const lugar = halladas.findIndex((h) => claves.split(',').includes(h));
      if (lugar < 0) fallas.push(`${claves} ${pregunta} -> ${halladas.join(' ')}`);
      if (lugar === 0) primeras++;
    }
    tiempos.sort((a, b) => a - b);
    const recall = 1 - fallas.length / preguntas.length;
    const ms = (q: number) => (tiempos[Math.floor(tiempos.length * q)] ?? 0).toFixed(1);
    t.diagnostic(
      `recall@5 ${recall.toFixed(3)} recall@1 ${(primeras / preguntas.length).toFixed(3)} en ${preguntas.length} preguntas y ${claveDe.size} bloques; p50 ${ms(0.5)} ms, p95 ${ms(0.95)} ms`,
    );
    for (const f of fallas) t.diagnostic(f);
    assert.ok(recall >= 0.97, `recall@5 ${recall}`);
    assert.ok(Number(ms(0.5)) < 5, `p50 ${ms(0.5)} ms`);
  });

  test('una nora nunca encuentra bloques de otra', async () => {
    const { rows } = await c.query(
      `select titulo from buscar_conocimiento('otra', 'cuánto cuesta un corte de dama', 50)`,
    );
    assert.deepEqual(rows, [{ titulo: 'Corte secreto' }]);
    assert.ok(!(await buscar('todo', 'corte secreto', 100)).some((k) => k.length > 3));
  });

  test('preguntas vacías, de puros signos, enormes u hostiles no encuentran nada y no fallan', async () => {
    for (const q of [
      '',
      '   ',
      '???',
      '👍🏽',
      "' | & ! ( ) <-> :* \\",
      'de la que el',
      'hola buenas gracias',
    ]) {
      assert.deepEqual(await buscar('todo', q), [], q);
    }
    assert.ok((await buscar('todo', `${'corte '.repeat(5000)}`)).length > 0);
    assert.deepEqual(await buscar('vacia', 'corte'), []);
    assert.deepEqual(await buscar('no-existe', 'corte'), []);
  });

  test('un bloque apagado deja de salir y uno editado se encuentra por lo nuevo', async () => {
    await c.query(
      `insert into conocimiento_nora (nombre_nora, titulo, contenido) values ('vacia', 'Prueba', 'Vendemos papalotes')`,
    );
    assert.equal((await buscar('vacia', 'papalote')).length, 1);
    await c.query(`update conocimiento_nora set contenido = 'Vendemos trompos' where nombre_nora = 'vacia'`);
    assert.equal((await buscar('vacia', 'papalote')).length, 0);
    assert.equal((await buscar('vacia', 'tronpos')).length, 1, 'la falta de ortografía también');
    await c.query(`update conocimiento_nora set activo = false where nombre_nora = 'vacia'`);
    assert.equal((await buscar('vacia', 'trompo')).length, 0);
  });

  test('la clave fonética y la cuenta de tokens son las mismas en SQL y en TypeScript', async () => {
    const muestras = [
      'pozole',
      'posole',
      'horario',
      'quesadilla',
      'tronpo',
      'enbarazo',
      'cochinita',
      'gente',
      'llave',
      'xilofono',
      'spinning',
      'w',
      '',
    ];
    for (const m of muestras) {
      const { rows } = await c.query('select clave_fonetica($1) k, tokens_de($2) t', [m, `${m} ñandú 👍`]);
      assert.deepEqual(rows[0], { k: claveFonetica(m), t: estimarTokens(`${m} ñandú 👍`) }, m);
    }
  });

  test('ni el panel ni un anónimo pueden llamar a la búsqueda', async () => {
    for (const rol of ['anon', 'authenticated', 'nora_panel']) {
      for (const f of [
        `buscar_conocimiento('otra', 'corte', 5)`,
        `base_conocimiento('otra', 'corte', 100)`,
        `sembrar_demo('{}')`,
      ]) {
        const { rows } = await c.query(
          `select has_function_privilege($1, p.oid, 'execute') as puede from pg_proc p where p.proname = $2`,
          [rol, f.slice(0, f.indexOf('('))],
        );
        assert.deepEqual(rows, [{ puede: false }], `${rol} ${f}`);
      }
    }
  });
});

describe('obtenerBaseConocimiento', () => {
  test('si todo cabe lo da todo; si no, lo mejor dentro del tope y empezando por lo que contesta', async () => {
    const todo = await obtenerBaseConocimiento(bd, 'todo', 'precio del balayage', 1_000_000);
    assert.equal(todo.length, claveDe.size);
    assert.ok(todo.every((b) => b.rango === null));
    const parte = await obtenerBaseConocimiento(bd, 'todo', 'presio del balayage', 600);
    assert.equal(claveDe.get(parte[0]?.id ?? ''), 'a10');
    assert.ok(parte.reduce((s, b) => s + estimarTokens(b.titulo + b.contenido), 0) <= 600);
    assert.deepEqual(await obtenerBaseConocimiento(bd, 'no-existe', 'hola', 3000), []);
  });

  test('cada respuesta arma su contexto una sola vez', async () => {
    await c.query(`update configuracion_bot set numero_nora = '+526620000001' where nombre_nora = 'otra'`);
    const { rows: recibidos } = await c.query<{ r: { c: string }[] }>(
      'select recibir_mensajes($1, 0, false) r',
      [
        JSON.stringify([
          { sid: 'SM1', to: '+526620000001', telefono: '+526621110001', cuerpo: '¿y el corte?' },
        ]),
      ],
    );
    // Un contador en lugar de la función de adentro, igual de estable: lo que el planificador aplane se vería aquí dos veces.
    await c.query(`
      create sequence interno.veces;
      alter function public.contexto_ia_base(uuid, integer, integer) rename to contexto_de_verdad;
      create function public.contexto_ia_base(p_contacto uuid, p_conocimiento integer, p_historial integer) returns jsonb language plpgsql stable set search_path = '' as
        $$ begin perform nextval('interno.veces'); return public.contexto_de_verdad(p_contacto, p_conocimiento, p_historial); end $$`);
    const { rows } = await c.query<{ r: { nora: { nombre_nora: string }; conocimiento: unknown[] } }>(
      'select contexto_rafaga($1) r',
      [recibidos[0]?.r[0]?.c],
    );
    assert.equal(rows[0]?.r.nora.nombre_nora, 'otra');
    assert.equal(rows[0]?.r.conocimiento.length, 1);
    assert.deepEqual((await c.query('select last_value::int n from interno.veces')).rows, [{ n: 1 }]);
  });
});
