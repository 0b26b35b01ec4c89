import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { ANA, AURA, abrirNora, DEMO, type NoraDePrueba, sembrarNoras } from './apoyo/nora.ts';
import { hasta } from './apoyo/web.ts';

let n: NoraDePrueba;
before(async () => {
  n = await abrirNora({ conOpenai: true });
  await sembrarNoras(n);
});
after(() => n.cerrar());
beforeEach(async () => {
  await n.reposo();
  await n.sql('delete from contactos; delete from etiquetas');
  n.twilio.enviados.length = 0;
  if (n.openai) n.openai.peticiones.length = 0;
});

describe('del webhook a la etiqueta', () => {
  test('la IA pone, en la misma respuesta, las que su nora le permite; nada inventado, ajeno ni prohibido', async () => {
    await n.sql(`insert into etiquetas (nombre_nora, nombre, descripcion, ia_puede) values
      ('aura', 'Interesada', 'Pregunta por paquetes', true), ('aura', 'Novia', null, true), ('aura', 'Morosa', 'No paga', false),
      ('demo', 'Mayoreo', 'Compra por caja', true)`);
    contestar([1, 1, 7, 0, -2]);
    await preguntar(AURA, '¿Tienen paquetes de novia?');
    assert.deepEqual(await etiquetas('aura'), ['Interesada']);

    const sistema = dicho();
    assert.match(sistema, /\[1\] Interesada: Pregunta por paquetes\n\[2\] Novia/);
    assert.doesNotMatch(sistema, /Morosa|Mayoreo/);
    const [evento] = await n.sql<{ detalle: { origen: string; puestas: string[] } }>(
      `select detalle from eventos_contacto where tipo = 'etiquetas'`,
    );
    assert.deepEqual([evento?.detalle.origen, evento?.detalle.puestas], ['ia', ['Interesada']]);

    // La que ya tiene no se vuelve a ofrecer.
    contestar([1]);
    await preguntar(AURA, '¿y cuánto duran?');
    assert.doesNotMatch(dicho(), /Interesada/);
    assert.deepEqual(await etiquetas('aura'), ['Interesada', 'Novia']);
  });

  test('sin etiquetas permitidas, o con el módulo apagado, ni se piden ni se ponen', async () => {
    await n.sql(
      `insert into etiquetas (nombre_nora, nombre, ia_puede) values ('aura', 'Morosa', false), ('demo', 'Mayoreo', true)`,
    );
    await modulo('demo', false);
    contestar(null);
    await preguntar(AURA, 'hola, una duda');
    await preguntar(DEMO, 'hola, una duda');
    assert.deepEqual([await etiquetas('aura'), await etiquetas('demo')], [[], []]);
    for (const p of n.openai?.peticiones ?? [])
      assert.doesNotMatch(JSON.stringify(p.cuerpo.response_format), /etiquetas/);
    await modulo('demo', true);
  });

  test('lo que se propuso para una respuesta que ya no salió no deja etiqueta', async () => {
    await n.sql(`insert into etiquetas (nombre_nora, nombre, ia_puede) values ('aura', 'Interesada', true)`);
    let entro = false;
    n.openai?.responderCon(async () => {
      if (!entro) {
        entro = true;
        await n.sql(`update contactos set ia_activa = false, epoca = epoca + 1 where nombre_nora = 'aura'`);
      }
      return { respuesta: 'Claro', citas: [], accion: 'responder', etiquetas: [1] };
    });
    await n.escribir({ para: AURA, cuerpo: '¿tienen paquetes?' });
    await hasta(() => entro, 8000);
    await n.reposo();
    assert.equal(n.twilio.enviados.length, 0);
    assert.deepEqual(await etiquetas('aura'), []);
  });

  test('las reglas etiquetan en el mismo turno, con la IA apagada también, y sólo en su nora', async () => {
    await n.sql(`with e as (insert into etiquetas (nombre_nora, nombre) values ('aura', 'Precio') returning id)
      insert into reglas_etiquetas (nombre_nora, etiqueta_id, frases) select 'aura', id, '{cuánto cuesta}' from e`);
    contestar(null);
    await preguntar(AURA, '¿CUANTO cuesta el tinte?');
    await preguntar(DEMO, '¿cuánto cuesta el martillo?');
    assert.deepEqual([await etiquetas('aura'), await etiquetas('demo')], [['Precio'], []]);
    await n.sql(
      `delete from contactos; update configuracion_bot set ia_activa = false where nombre_nora = 'aura'`,
    );
    await n.escribir({ para: AURA, cuerpo: 'cuanto cuesta' });
    await hasta(async () => (await etiquetas('aura')).length === 1, 8000);
    await n.sql(`update configuracion_bot set ia_activa = true`);
  });
});

/** `null`: la forma de siempre, sin etiquetas. */
function contestar(etiquetas: number[] | null): void {
  n.openai?.responderCon(() => ({
    respuesta: 'Con gusto.',
    citas: [],
    accion: 'responder',
    ...(etiquetas && { etiquetas }),
  }));
}
async function preguntar(para: string, cuerpo: string): Promise<void> {
  const antes = n.twilio.enviados.length;
  await n.escribir({ de: ANA, para, cuerpo });
  await hasta(() => n.twilio.enviados.length > antes, 8000);
  await n.reposo();
}
function dicho(): string {
  return (n.openai?.peticiones.at(-1)?.cuerpo.messages ?? [])
    .filter((m) => m.role === 'system')
    .map((m) => m.content)
    .join('\n');
}
async function etiquetas(nora: string): Promise<string[]> {
  return (
    (
      await n.sql<{ etiquetas: string[] }>('select etiquetas from contactos where nombre_nora = $1', [nora])
    )[0]?.etiquetas ?? []
  );
}
async function modulo(nora: string, activo: boolean): Promise<void> {
  await n.ctx.bd.servicio
    .rpc('cambiar_modulo', { p_nora: nora, p_modulo: 'etiquetas', p_activo: activo })
    .throwOnError();
}
