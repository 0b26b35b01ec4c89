import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { tareasEtiquetas } from '../src/modulos/etiquetas/rutas.ts';
import { abrirWeb, hasta, type Visitante, type Web, dosVecinas } from './apoyo/web.ts';

const BASE = '/panel_cliente/aura/etiquetas';
const HTML = { accept: 'text/html' };

let web: Web;
let ana: Visitante;
let dora: Visitante;

before(async () => {
  web = await abrirWeb();
  ({ ana, dora } = await dosVecinas(web, ['contactos', 'etiquetas']));
  await web.ctx.trabajos.atender(tareasEtiquetas(web.ctx));
});
after(() => web.cerrar());
beforeEach(() =>
  sql('delete from contactos; delete from etiquetas; delete from segmentos; delete from cambios_etiquetas'),
);

describe('el catálogo', () => {
  test('se crea con color y se ve cuántos la tienen; un nombre repetido o vacío se dice junto al campo', async () => {
    assert.equal(
      (
        await ana.post(BASE, {
          nombre: 'Frecuente',
          color: 'verde',
          descripcion: 'Compra seguido',
          ia_puede: '1',
        })
      ).estado,
      204,
    );
    await contacto(['Frecuente']);
    await contacto(['Frecuente']);
    const { texto } = await ana.get(BASE, HTML);
    assert.match(texto, /2 contactos/);
    assert.match(texto, /Nora puede/);
    const repetida = await ana.post(BASE, { nombre: 'FRECUENTE', color: 'azul' }, HTML);
    assert.equal(repetida.estado, 422);
    assert.match(repetida.texto, /Ya hay una etiqueta con ese nombre/);
    assert.match((await ana.post(BASE, { nombre: '  ' }, HTML)).texto, /Escribe el nombre de la etiqueta/);
    assert.match((await ana.post(BASE, { nombre: 'x'.repeat(41) }, HTML)).texto, /Usa 40 caracteres o menos/);
    assert.doesNotMatch((await dora.get('/panel_cliente/demo/etiquetas', HTML)).texto, /Frecuente/);
  });

  test('cambiar el nombre lo cambia en contactos, segmentos y reglas; borrar la quita de todos y respeta los segmentos', async () => {
    const id = await etiqueta('VIP');
    const k = await contacto(['Otra', 'VIP']);
    const ajeno = await contacto(['VIP'], 'demo');
    await sql(
      `insert into segmentos (nombre_nora, nombre, filtro) values ('aura', 'S', '{"alguna":["VIP","Otra"]}')`,
    );
    assert.equal((await ana.post(`${BASE}/${id}`, { nombre: 'Consentida', color: 'rosa' })).estado, 204);
    assert.deepEqual(await de(k), ['Otra', 'Consentida']);
    assert.deepEqual(await de(ajeno), ['VIP']);
    assert.deepEqual(
      (
        await sql<{ filtro: { alguna: string[] } }>('select filtro from segmentos')
      )[0]?.filtro.alguna.toSorted(),
      ['Consentida', 'Otra'],
    );
    assert.equal((await ana.borrar(`${BASE}/${id}`)).estado, 204);
    assert.deepEqual(await de(k), ['Otra']);
    assert.ok(
      (
        await sql<{ filtro: { alguna: string[] } }>('select filtro from segmentos')
      )[0]?.filtro.alguna.includes('Consentida'),
      'un segmento no se abre a todos por borrar su etiqueta',
    );
    const acciones = (
      await sql<{ accion: string; entidad: string }>(
        `select accion, entidad from auditoria where entidad like 'etiqueta %' order by cuando`,
      )
    ).map((a) => `${a.accion} ${a.entidad}`);
    assert.deepEqual(acciones.slice(-2), ['guardar etiqueta Consentida', 'borrar etiqueta Consentida']);
  });

  test('unir dos deja una sola, sin repetirla en quien tenía las dos, con sus reglas', async () => {
    const a = await etiqueta('Clienta');
    const b = await etiqueta('Cliente');
    const k1 = await contacto(['Clienta', 'X']);
    const k2 = await contacto(['Cliente', 'Clienta']);
    await ana.post(`${BASE}/reglas/nueva`, { etiqueta: a, frases: 'compré' });
    assert.equal((await ana.post(`${BASE}/${a}/union`, { con: b })).estado, 204);
    assert.deepEqual(await de(k1), ['Cliente', 'X']);
    assert.deepEqual(await de(k2), ['Cliente']);
    assert.deepEqual(
      (await sql<{ etiqueta_id: string }>('select etiqueta_id from reglas_etiquetas')).map(
        (r) => r.etiqueta_id,
      ),
      [b],
    );
    assert.equal((await ana.post(`${BASE}/${b}/union`, { con: b })).estado, 404);
  });

  test('con miles de contactos el cambio se termina en un trabajo', async () => {
    const id = await etiqueta('VIP');
    await sql(
      `insert into contactos (nombre_nora, telefono, etiquetas) select 'aura', '+5266233' || lpad(i::text, 5, '0'), '{VIP}' from generate_series(1, 3500) i`,
    );
    assert.equal((await ana.post(`${BASE}/${id}`, { nombre: 'Consentida' })).estado, 204);
    await hasta(
      async () => (await sql(`select from contactos where etiquetas = '{VIP}'`)).length === 0,
      15_000,
    );
    assert.equal((await sql(`select from contactos where etiquetas = '{Consentida}'`)).length, 3500);
    await hasta(
      async () => (await sql(`select from cambios_etiquetas where terminado is null`)).length === 0,
      5000,
    );
  });
});

describe('etiquetado automático', () => {
  test('al llegar un mensaje se ponen las etiquetas de sus reglas: palabras enteras, sin acentos, y repetir no cambia nada', async () => {
    const id = await etiqueta('Precio');
    assert.equal(
      (await ana.post(`${BASE}/reglas/nueva`, { etiqueta: id, frases: 'cuánto cuesta\nprecio' })).estado,
      204,
    );
    assert.match(
      (await ana.post(`${BASE}/reglas/nueva`, { etiqueta: id, frases: ' ¿?! ' }, HTML)).texto,
      /Escribe al menos una palabra/,
    );
    const si = await recibir('aura', '¿CUANTO  cuesta el corte?');
    const no = await recibir('aura', 'qué preciosas uñas');
    const ajeno = await recibir('demo', 'precio');
    const puestas = await reglas(si.id, no.id, ajeno.id);
    assert.deepEqual(puestas, [{ nombre_nora: 'aura', contacto_id: si.c, etiquetas: ['Precio'] }]);
    assert.deepEqual([await de(si.c), await de(no.c), await de(ajeno.c)], [['Precio'], [], []]);
    assert.deepEqual(await reglas(si.id), []);
    const [r] = await sql<{ id: string; usos: string }>('select id, usos from reglas_etiquetas');
    assert.equal(r?.usos, '1');
    assert.match(
      (await sql<{ detalle: { origen: string } }>('select detalle from eventos_contacto'))[0]?.detalle
        .origen ?? '',
      /regla/,
    );
    assert.match(
      (await ana.get(`${BASE}?probar=${encodeURIComponent('el precio por favor')}`, HTML)).texto,
      /<q>precio<\/q>/,
    );
    await ana.borrar(`${BASE}/reglas/${r?.id}/actividad`);
    assert.deepEqual(await reglas((await recibir('aura', 'precio')).id), [], 'apagada no hace nada');
    await ana.post(`${BASE}/reglas/${r?.id}/actividad`);
    await web.ctx.bd.servicio
      .rpc('cambiar_modulo', { p_nora: 'aura', p_modulo: 'etiquetas', p_activo: false })
      .throwOnError();
    assert.deepEqual(await reglas((await recibir('aura', 'precio')).id), [], 'con el módulo apagado tampoco');
    await web.ctx.bd.servicio
      .rpc('cambiar_modulo', { p_nora: 'aura', p_modulo: 'etiquetas', p_activo: true })
      .throwOnError();
    await hasta(() => web.ctx.registro.moduloActivo('aura', 'etiquetas'));
  });

  test('la IA sólo pone las que tienen permiso', async () => {
    await ana.post(BASE, { nombre: 'Interesada', descripcion: 'Pregunta por paquetes', ia_puede: '1' });
    await etiqueta('Deudora');
    const { c } = await recibir('aura', 'hola');
    const { data: permitidas } = await web.ctx.bd.servicio
      .rpc('etiquetas_para_ia' as never, { p_nora: 'aura' } as never)
      .throwOnError();
    assert.deepEqual(permitidas, [{ nombre: 'Interesada', cuando: 'Pregunta por paquetes' }]);
    const { data } = await web.ctx.bd.servicio
      .rpc(
        'etiquetar_por_ia' as never,
        { p_contacto: c, p_etiquetas: ['interesada', 'Deudora', 'Inventada'] } as never,
      )
      .throwOnError();
    assert.deepEqual(data, ['Interesada']);
    assert.deepEqual(await de(c), ['Interesada']);
    assert.equal((await sql('select from etiquetas')).length, 2);
  });

  test('otra nora no ve ni toca etiquetas ni reglas', async () => {
    const id = await etiqueta('VIP');
    await ana.post(`${BASE}/reglas/nueva`, { etiqueta: id, frases: 'hola' });
    const [r] = await sql<{ id: string }>('select id from reglas_etiquetas');
    const D = '/panel_cliente/demo/etiquetas';
    for (const [ruta, datos] of [
      [`${D}/${id}`, { nombre: 'x' }],
      [`${D}/${id}/union`, { con: id }],
      [`${D}/reglas/nueva`, { etiqueta: id, frases: 'x' }],
      [`${D}/reglas/${r?.id}`, { etiqueta: id, frases: 'x' }],
      [`${D}/reglas/${r?.id}/actividad`, {}],
    ] as const) {
      assert.equal((await dora.post(ruta, datos)).estado, 404, ruta);
    }
    for (const ruta of [`${D}/${id}`, `${D}/reglas/${r?.id}`, `${D}/reglas/${r?.id}/actividad`])
      assert.equal((await dora.borrar(ruta)).estado, 404, ruta);
  });
});

async function sql<T extends object = Record<string, unknown>>(
  texto: string,
  valores?: unknown[],
): Promise<T[]> {
  return (await web.ctx.bd.pool.query(texto, valores)).rows as T[];
}
async function etiqueta(nombre: string): Promise<string> {
  return (
    (
      await sql<{ id: string }>(
        `insert into etiquetas (nombre_nora, nombre) values ('aura', $1) returning id`,
        [nombre],
      )
    )[0]?.id ?? ''
  );
}
let numero = 10_000;
async function contacto(etiquetas: string[], nora = 'aura'): Promise<string> {
  return (
    (
      await sql<{ id: string }>(
        `insert into contactos (nombre_nora, telefono, etiquetas) values ($1, $2, $3) returning id`,
        [nora, `+5266244${numero++}`, etiquetas],
      )
    )[0]?.id ?? ''
  );
}
async function de(id: string): Promise<string[] | undefined> {
  return (await sql<{ etiquetas: string[] }>('select etiquetas from contactos where id = $1', [id]))[0]
    ?.etiquetas;
}
async function recibir(nora: string, cuerpo: string): Promise<{ c: string; id: string }> {
  const to = nora === 'aura' ? '+526620000001' : '+526620000002';
  const { data } = await web.ctx.bd.servicio
    .rpc('recibir_mensajes', {
      p: [{ sid: `SM${randomUUID()}`, to, telefono: `+5266255${numero++}`, cuerpo, crudo: {} }] as never,
    })
    .throwOnError();
  return (data as unknown as { c: string; id: string }[])[0] ?? { c: '', id: '' };
}
async function reglas(...ids: string[]): Promise<unknown> {
  const { data } = await web.ctx.bd.servicio
    .rpc('etiquetar_por_reglas' as never, { p_mensajes: ids } as never)
    .throwOnError();
  return data;
}
