import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Inicio } from '../src/modulos/panel/consultas.ts';
import {
  abrirWeb,
  crearNora,
  crearUsuario,
  hasta,
  type Respuesta,
  type Visitante,
  type Web,
} from './apoyo/web.ts';

const BASE = '/panel_cliente/aura/conocimiento';
const HTML = { accept: 'text/html' };
const BLOQUE = {
  titulo: 'Corte de dama',
  contenido: 'El corte de dama cuesta $350 e incluye lavado y secado.',
  etiquetas: 'precios, cabello',
  prioridad: '2',
  activo: 'si',
};

let web: Web;
let ana: Visitante;
let beto: Visitante;
let dora: Visitante;
let admin: Visitante;

before(async () => {
  web = await abrirWeb();
  for (const nora of ['aura', 'demo']) await crearNora(web.ctx, nora, ['chat', 'conocimiento']);
  await crearUsuario(web.ctx, { correo: 'ana@aura.mx', noras: { aura: 'dueno' } });
  await crearUsuario(web.ctx, { correo: 'beto@aura.mx', noras: { aura: 'dueno' } });
  await crearUsuario(web.ctx, { correo: 'dora@demo.mx', noras: { demo: 'dueno' } });
  await crearUsuario(web.ctx, { correo: 'admin@nora.mx', rol: 'admin' });
  [ana, beto, dora, admin] = (await Promise.all(
    ['ana@aura.mx', 'beto@aura.mx', 'dora@demo.mx', 'admin@nora.mx'].map(async (correo) => {
      const v = web.visitante();
      await v.entrar(correo);
      return v;
    }),
  )) as [Visitante, Visitante, Visitante, Visitante];
});
after(() => web.cerrar());
beforeEach(async () => {
  await sql('delete from conocimiento_nora');
  await sql('delete from versiones_conocimiento');
  await sql('delete from contactos');
  await sql('delete from preguntas_atendidas');
  await sql('delete from usos_conocimiento');
  await sql('delete from usos_conocimiento_corte');
});

test('para un agente el conocimiento no existe: ni en su menú, ni por dirección, ni guardando bajo la compuerta', async () => {
  await crearUsuario(web.ctx, { correo: 'agente@aura.mx', noras: { aura: 'agente' } });
  const agente = web.visitante();
  await agente.entrar('agente@aura.mx');
  const id = await crear();
  for (const ruta of ['', '/nuevo', '/preguntas', `/bloques/${id}`])
    assert.equal((await agente.get(BASE + ruta, HTML)).estado, 404, ruta);
  await sql('update configuracion_bot set exige_pruebas = true');
  assert.equal((await agente.post(`${BASE}/bloques`, BLOQUE)).estado, 404);
  await sql('update configuracion_bot set exige_pruebas = false');
  assert.equal((await sql('select from conocimiento_nora')).length, 1);
  assert.doesNotMatch((await agente.get('/panel_cliente/aura', HTML)).texto, /aura\/conocimiento/);
});

describe('bloques', () => {
  test('quien enseña un bloque lo ve en la lista, y lo encuentra sin acentos, a medias o con faltas', async () => {
    const id = await crear();
    await crear({
      ...BLOQUE,
      titulo: 'Ubicación',
      contenido: 'Estamos en Blvd. Morelos 415, hay estacionamiento.',
      etiquetas: 'dirección',
    });
    for (const q of ['LAVADO', 'sec', 'corte 350', 'cabello']) {
      const { texto } = await ana.get(`${BASE}?${new URLSearchParams({ q })}`, HTML);
      assert.match(texto, new RegExp(`bloque_${id}`), q);
      assert.doesNotMatch(texto, /Morelos 415/, q);
    }
    const { texto } = await ana.get(`${BASE}?q=estasionamiento`, HTML);
    assert.match(texto, /Esto es lo que Nora encontraría/);
    assert.match(texto, /Morelos 415/);
    assert.match((await ana.get(`${BASE}?q=%25`, HTML)).texto, /Ningún bloque coincide/);
    assert.match((await ana.get(`${BASE}?etiqueta=precios`, HTML)).texto, new RegExp(`bloque_${id}`));
  });

  test('un duplicado no se guarda y enseña a su gemelo; uno parecido avisa y se puede guardar igual', async () => {
    const id = await crear();
    const igual = await ana.post(
      `${BASE}/bloques`,
      {
        ...BLOQUE,
        titulo: 'Otro título',
        contenido: 'el CORTE de dama cuesta 350, e incluye lavado y secado',
      },
      HTML,
    );
    assert.equal(igual.estado, 422);
    assert.match(igual.texto, /Ya hay un bloque que dice lo mismo/);
    assert.match(igual.texto, new RegExp(`href="${BASE}/bloques/${id}"`));
    assert.match(igual.texto, /Otro título/);
    const parecido = { ...BLOQUE, contenido: 'El corte de dama cuesta $380 e incluye lavado y secado.' };
    const aviso = await ana.post(`${BASE}/bloques`, parecido, HTML);
    assert.equal(aviso.estado, 409);
    assert.match(aviso.texto, /Se parece \d\d % a otro bloque/);
    assert.match(aviso.texto, /Guardar de todos modos/);
    assert.equal((await ana.post(`${BASE}/bloques`, { ...parecido, aunque: 'si' })).estado, 201);
    const vivo = await ana.post(
      `${BASE}/gemelo`,
      { contenido: 'El corte de dama cuesta $390 e incluye lavado y secado' },
      HTML,
    );
    assert.match(vivo.texto, /Se parece/);
    const distinto = await ana.post(`${BASE}/gemelo`, {
      contenido: 'Abrimos de lunes a viernes de diez a ocho.',
    });
    assert.equal(distinto.json['gemelo'], null);
    // Apagado también cuenta, y en la otra nora no.
    assert.equal((await dora.post('/panel_cliente/demo/conocimiento/bloques', BLOQUE)).estado, 201);
  });

  test('lo vacío, lo largo y lo raro se dice junto al campo sin perder lo escrito; emoji cuenta por uno', async () => {
    const casos: [Record<string, string>, RegExp][] = [
      [{ contenido: '  \n ' }, /Escribe lo que Nora debe saber/],
      [{ contenido: '¿?… 👍' }, /Escribe al menos una palabra/],
      [{ contenido: 'x'.repeat(1001) }, /Sobra 1 carácter:/],
      [{ titulo: 'n'.repeat(10_000) }, /120 caracteres o menos/],
      [{ prioridad: '12' }, /Elige de 0 a 9/],
      [{ etiquetas: 'e'.repeat(41) }, /40 caracteres o menos/],
    ];
    for (const [malo, mensaje] of casos) {
      const r = await ana.post(`${BASE}/bloques`, { ...BLOQUE, ...malo }, HTML);
      assert.equal(r.estado, 422);
      assert.match(r.texto, mensaje);
      assert.match(r.texto, /precios, cabello|eeeee/);
    }
    assert.equal((await sql('select from conocimiento_nora')).length, 0);
    const justo = await ana.post(`${BASE}/bloques`, { ...BLOQUE, contenido: `a${'👍'.repeat(999)}` });
    assert.equal(justo.estado, 201);
    const raro = await ana.post(`${BASE}/bloques`, {
      ...BLOQUE,
      titulo: '<script>alert(1)</script>',
      contenido: 'nulo\0 \u202eمرحبا mundo',
    });
    assert.equal(raro.estado, 201);
    const { texto } = await ana.get(BASE, HTML);
    assert.doesNotMatch(texto, /<script>alert/);
    const [fila] = await sql<{ contenido: string }>(
      "select contenido from conocimiento_nora where contenido like 'nulo%'",
    );
    assert.equal(fila?.contenido, 'nulo مرحبا mundo');
  });

  test('cada cambio deja su versión con quién, y restaurar trae la de antes', async () => {
    const id = await crear();
    const r = await beto.post(`${BASE}/bloques/${id}`, {
      ...BLOQUE,
      contenido: 'El corte cuesta $400.',
      version: '1',
    });
    assert.equal(r.estado, 200);
    const { json } = await ana.get(`${BASE}/bloques/${id}`);
    const versiones = (json['bloque'] as { versiones: { version: number; quien: string; accion: string }[] })
      .versiones;
    assert.deepEqual(
      versiones.map((v) => [v.version, v.quien, v.accion]),
      [
        [2, 'beto@aura.mx', 'editar'],
        [1, 'ana@aura.mx', 'crear'],
      ],
    );
    assert.equal((await ana.post(`${BASE}/bloques/${id}/versiones/1/restauracion`)).estado, 200);
    const [fila] = await sql<{ contenido: string }>('select contenido from conocimiento_nora');
    assert.equal(fila?.contenido, BLOQUE.contenido);
    const pagina = await ana.get(`${BASE}/bloques/${id}`, HTML);
    assert.match(pagina.texto, /Trajo una versión anterior/);
    // Guardar sin cambios no ensucia el historial.
    await ana.post(`${BASE}/bloques/${id}`, BLOQUE);
    assert.equal((await sql('select from versiones_conocimiento')).length, 3);
    const [auditoria] = await sql<{ antes: { contenido: string }; despues: { contenido: string } }>(
      "select antes, despues from auditoria where accion = 'editar conocimiento' limit 1",
    );
    assert.deepEqual(
      [auditoria?.antes.contenido, auditoria?.despues.contenido],
      [BLOQUE.contenido, 'El corte cuesta $400.'],
    );
  });

  test('dos personas editando a la vez: la segunda ve lo de la primera y no pierde lo suyo', async () => {
    const id = await crear();
    await beto.post(`${BASE}/bloques/${id}`, {
      ...BLOQUE,
      contenido: 'Lo de Beto va primero.',
      version: '1',
    });
    const r = await ana.post(
      `${BASE}/bloques/${id}`,
      { ...BLOQUE, contenido: 'Lo de Ana va después.', version: '1' },
      HTML,
    );
    assert.equal(r.estado, 409);
    assert.match(r.texto, /beto@aura\.mx guardó este bloque/);
    assert.match(r.texto, /Lo de Beto/);
    assert.match(r.texto, /Lo de Ana/);
    assert.match(r.texto, /name="version" value="2"/);
    assert.equal(
      (
        await ana.post(`${BASE}/bloques/${id}`, {
          ...BLOQUE,
          contenido: 'Lo de Ana va después.',
          version: '2',
        })
      ).estado,
      200,
    );
  });

  test('borrar uno o varios se deshace tal cual; encender, apagar y etiquetar van en grupo', async () => {
    const ids = [
      await crear(),
      await crear({ ...BLOQUE, contenido: 'Abrimos a las diez.' }),
      await crear({ ...BLOQUE, contenido: 'Cerramos a las ocho.' }),
    ];
    assert.equal((await ana.post(`${BASE}/varios`, { ids, accion: 'apagar' })).estado, 200);
    assert.equal(
      (await ana.post(`${BASE}/varios`, { ids, accion: 'etiquetar', etiqueta: 'temporada' })).estado,
      200,
    );
    assert.equal(
      (await sql("select from conocimiento_nora where not activo and etiquetas @> '{temporada}'")).length,
      3,
    );
    const antes = await sql(
      'select id, titulo, contenido, etiquetas, prioridad, activo from conocimiento_nora order by id',
    );
    const borrado = await ana.post(`${BASE}/varios`, { ids, accion: 'borrar' }, HTML);
    assert.equal(borrado.estado, 303);
    const pagina = await ana.get(String(borrado.cabeceras.get('location')), HTML);
    assert.match(pagina.texto, /3 bloques borrados/);
    assert.match(pagina.texto, /Deshacer/);
    assert.equal((await ana.post(`${BASE}/restauracion`, { ids })).json['n'], 3);
    assert.deepEqual(
      await sql(
        'select id, titulo, contenido, etiquetas, prioridad, activo from conocimiento_nora order by id',
      ),
      antes,
    );
    assert.equal((await ana.post(`${BASE}/restauracion`, { ids })).json['n'], 0);
  });
});

describe('con pruebas', () => {
  test('si la nora las exige, el cambio se aparta hasta correrlas; lo que no se podría publicar se dice antes', async () => {
    const id = await crear();
    await sql("update modulos_disponibles set activo = true where nombre_nora = 'aura' and modulo = 'ia'");
    await sql(
      "insert into pruebas_ia (nombre_nora, pregunta, espera, contiene) values ('aura', '¿Cuánto cuesta el corte?', 'responde', '{350}')",
    );
    await sql("update configuracion_bot set exige_pruebas = true where nombre_nora = 'aura'");
    await hasta(() => web.ctx.registro.moduloActivo('aura', 'ia'));
    try {
      const cambio = { ...BLOQUE, contenido: 'El corte cuesta cuatrocientos.', version: '1' };
      const r = await ana.post(`${BASE}/bloques/${id}`, cambio);
      assert.equal(r.estado, 202, r.texto);
      assert.match(String(r.json['ruta']), /\/ia\/pruebas\/corridas\//);
      assert.equal((await ana.post(`${BASE}/bloques/${id}/activo?valor=no`)).estado, 202);
      assert.equal((await ana.borrar(`${BASE}/bloques/${id}`)).estado, 202);
      const [fila] = await sql<{ contenido: string; activo: boolean }>(
        'select contenido, activo from conocimiento_nora',
      );
      assert.deepEqual(fila, { contenido: BLOQUE.contenido, activo: true });
      assert.equal(
        (await ana.post(`${BASE}/bloques`, BLOQUE)).estado,
        422,
        'el duplicado no espera a las pruebas',
      );
      assert.match((await ana.get(`${BASE}/nuevo`, HTML)).texto, /Al guardar se corre una prueba/);
      // Deshacer un borrado también mueve lo que contesta: no es una puerta trasera.
      await sql("update configuracion_bot set exige_pruebas = false where nombre_nora = 'aura'");
      await ana.borrar(`${BASE}/bloques/${id}`);
      await sql("update configuracion_bot set exige_pruebas = true where nombre_nora = 'aura'");
      assert.equal((await ana.post(`${BASE}/restauracion`, { ids: [id] })).estado, 202);
      assert.equal((await sql('select from conocimiento_nora')).length, 0);
      await sql("update configuracion_bot set exige_pruebas = false where nombre_nora = 'aura'");
      assert.equal((await ana.post(`${BASE}/restauracion`, { ids: [id] })).estado, 200);
      assert.equal((await sql('select from conocimiento_nora')).length, 1);
      assert.match((await ana.get(`${BASE}/nuevo`, HTML)).texto, /Probar antes/);
      const [hoy] = await sql<{ version: number }>('select max(version) version from versiones_conocimiento');
      const otro = { ...cambio, version: String(hoy?.version) };
      assert.equal((await ana.post(`${BASE}/bloques/${id}`, { ...otro, probar: 'si' })).estado, 202);
      assert.equal((await ana.post(`${BASE}/bloques/${id}`, otro)).estado, 200);
    } finally {
      await sql("update configuracion_bot set exige_pruebas = false where nombre_nora = 'aura'");
      await sql('delete from corridas_ia');
      await sql('delete from pruebas_ia');
    }
  });
});

describe('usos y preguntas', () => {
  test('cuenta cuántas veces se dio y se citó cada bloque, también lo ya sumado, y separa lo nunca usado', async () => {
    const a = await crear();
    const b = await crear({ ...BLOQUE, contenido: 'Abrimos a las diez.' });
    const contacto = await contactoDe('aura');
    const responder = (hace: string, citados: string[]) =>
      sql(
        `insert into respuestas_ia (nombre_nora, contacto_id, modo, fragmentos, citados, motivo, creado) values ('aura', $1, 'local', $2, $3, 'respondida', now() - $4::interval)`,
        [contacto, [a, b], citados, hace],
      );
    await responder('3 days', [a]);
    await responder('1 hour', [a]);
    const uso = async () => {
      const { json } = await ana.get(`${BASE}/bloques/${a}`);
      const { dados, citados } = json['bloque'] as { dados: number; citados: number };
      return [dados, citados];
    };
    assert.deepEqual(await uso(), [2, 2]);
    // Leer no suma dos veces, y lo de hace un instante cuenta ya.
    await responder('1 second', [a]);
    assert.deepEqual(await uso(), [3, 3]);
    assert.deepEqual(await uso(), [3, 3]);
    const nunca = await ana.get(`${BASE}?estado=sin_uso`, HTML);
    assert.match(nunca.texto, new RegExp(`bloque_${b}`));
    assert.doesNotMatch(nunca.texto, new RegExp(`bloque_${a}`));
    assert.match(nunca.texto, /A la vista 3 veces, nunca usado/);
  });

  test('lo que nadie supo contestar se agrupa, se enseña con un clic y vuelve si se pregunta de nuevo', async () => {
    const contacto = await contactoDe('aura');
    const preguntar = async (pregunta: string, hace: string) => {
      const [fila] = await sql<{ id: string }>(
        `insert into respuestas_ia (nombre_nora, contacto_id, modo, motivo, pregunta, creado) values ('aura', $1, 'local', 'sin_evidencia', $2, now() - $3::interval) returning id`,
        [contacto, pregunta, hace],
      );
      return fila?.id ?? '';
    };
    await preguntar('¿Hacen permanentes?', '2 hours');
    const ultima = await preguntar('hacen PERMANENTES', '1 hour');
    await sql(
      `insert into historial_conversaciones (nombre_nora, contacto_id, mensaje, tipo, autor, estado, fecha_hora) values ('aura', $1, 'Sí, desde $900', 'respuesta', 'humano', 'enviado', now() - interval '50 minutes')`,
      [contacto],
    );
    const { texto } = await ana.get(`${BASE}/preguntas`, HTML);
    assert.match(texto, /2 veces/);
    assert.match(texto, /Tu equipo contestó:<\/b> <bdi>Sí, desde \$900/);
    const nuevo = await ana.get(`${BASE}/nuevo?pregunta=${ultima}`, HTML);
    assert.match(nuevo.texto, /value="hacen PERMANENTES"/);
    assert.match(nuevo.texto, /Sí, desde \$900<\/textarea>/);
    assert.equal(
      (
        await ana.post(`${BASE}/bloques`, {
          ...BLOQUE,
          titulo: 'Permanentes',
          contenido: 'Sí, desde $900',
          pregunta: ultima,
        })
      ).estado,
      201,
    );
    assert.deepEqual((await ana.get(`${BASE}/preguntas`)).json['preguntas'], []);
    assert.deepEqual(await enInicio(), { cifra: 0, pendientes: [] }, 'lo enseñado ya no es pendiente');
    await preguntar('¿hacen permanentes?', '-1 second');
    assert.equal(((await ana.get(`${BASE}/preguntas`)).json['preguntas'] as unknown[]).length, 1);
    assert.deepEqual(await enInicio(), { cifra: 1, pendientes: ['¿hacen permanentes?'] });
    const [otra] = (await ana.get(`${BASE}/preguntas`)).json['preguntas'] as { id: string }[];
    assert.equal((await dora.borrar(`/panel_cliente/demo/conocimiento/preguntas/${otra?.id}`)).estado, 404);
  });
});

describe('importar y exportar', () => {
  const MD =
    '# Horarios\n\nAbrimos de lunes a viernes de 10 a 8.\n\n# Precios\n\nEl corte de dama cuesta $350 e incluye lavado y secado.\n\n# Repetido\n\nabrimos de lunes a viernes de 10 a 8';

  test('la vista previa marca lo que ya se sabe, se corrige y se guarda todo o nada una sola vez', async () => {
    await crear();
    const r = await subir(ana, 'manual.md', MD);
    assert.equal(r.estado, 201, r.texto);
    assert.equal((await sql('select from conocimiento_nora')).length, 1, 'todavía no se guarda nada');
    const ruta = String(r.json['ruta']);
    const { texto } = await ana.get(ruta, HTML);
    assert.match(texto, /3 bloques · 2 ya los sabía/);
    assert.match(texto, /Nora ya sabe esto/);
    assert.match(texto, /Está repetido en este archivo \(bloque 1\)/);
    assert.match(texto, /Guardar 1 bloque/);
    const { json } = await ana.get(ruta);
    const bloques = (
      json['importacion'] as { bloques: { id: string; contenido: string; incluir: boolean }[] }
    ).bloques;
    const [uno, , tres] = bloques;
    const largo = await ana.post(`${ruta}/bloques/${uno?.id}`, { contenido: 'x'.repeat(1001) });
    assert.equal(largo.estado, 422);
    assert.equal(
      (
        await ana.post(`${ruta}/bloques/${tres?.id}`, {
          contenido: 'En diciembre abrimos también los domingos.',
          titulo: 'Diciembre',
        })
      ).estado,
      200,
    );
    assert.equal((await ana.post(`${ruta}/bloques/${tres?.id}/inclusion`, { incluir: 'si' })).estado, 200);
    for (const _ of [1, 2])
      assert.equal((await ana.post(`${ruta}/guardado`, { etiqueta: 'manual' })).json['guardados'], 2);
    const filas = await sql<{ titulo: string; etiquetas: string[] }>(
      "select titulo, etiquetas from conocimiento_nora where etiquetas @> '{manual}' order by titulo",
    );
    assert.deepEqual(
      filas.map((f) => f.titulo),
      ['Diciembre', 'Horarios'],
    );
    const [v] = await sql<{ correo: string }>(
      "select u.correo from versiones_conocimiento v join usuarios u on u.id = v.usuario_id where v.titulo = 'Diciembre'",
    );
    assert.equal(v?.correo, 'ana@aura.mx');
  });

  test('un archivo malo, enorme o del tipo equivocado se rechaza claro y no deja nada', async () => {
    const casos: [string, string | Buffer, number, RegExp][] = [
      ['foto.png', Buffer.from([0x89, 0x50, 0x4e, 0x47]), 415, /no se puede importar/],
      ['roto.csv', 'titulo,contenido\na,"b', 422, /renglón 2/],
      ['roto.pdf', 'x', 422, /dañado/],
      ['vacio.txt', '', 422, /vacío/],
      ['enorme.pdf', Buffer.alloc(20 * 1024 * 1024, 'x'), 413, /15 MB/],
    ];
    for (const [nombre, contenido, estado, mensaje] of casos) {
      const r = await subir(ana, nombre, contenido);
      assert.equal(r.estado, estado, nombre);
      assert.match(r.texto, mensaje);
    }
    const nada = await ana.post(`${BASE}/importaciones`, { texto: '  ' }, HTML);
    assert.equal(nada.estado, 422);
    assert.match(nada.texto, /Elige un archivo o pega un texto/);
    assert.equal((await sql('select from importaciones_conocimiento where guardada is null')).length, 0);
  });

  test('lo exportado vuelve a entrar como duplicado exacto, y las fórmulas salen inofensivas', async () => {
    await crear();
    await crear({
      ...BLOQUE,
      titulo: '=1+1',
      contenido: '=HYPERLINK("http://malo") dice el bloque',
      etiquetas: '@a, b',
      activo: '',
    });
    const csv = await ana.get(`${BASE}/exportar.csv`, HTML);
    assert.match(String(csv.cabeceras.get('content-disposition')), /conocimiento-aura\.csv/);
    assert.match(csv.texto, /(^|\n)'=1\+1,/);
    for (const formato of ['csv', 'md']) {
      const { texto } = await ana.get(`${BASE}/exportar.${formato}`, HTML);
      const r = await subir(ana, `otra.${formato}`, texto);
      const { json } = await ana.get(String(r.json['ruta']));
      const i = json['importacion'] as { total: number; duplicados: number };
      assert.deepEqual([i.total, i.duplicados], [2, 2], formato);
    }
  });
});

describe('entre noras', () => {
  test('el admin usa la misma pantalla en cada nora; una persona de otra nora no ve ni toca nada', async () => {
    const id = await crear();
    const r = await subir(ana, 'm.md', '# A\n\nUno dos tres.');
    const importacion = String(r.json['ruta']).split('/').at(-1);
    assert.match((await admin.get(BASE, HTML)).texto, new RegExp(`bloque_${id}`));
    assert.equal(
      (await admin.post(`${BASE}/bloques/${id}`, { ...BLOQUE, titulo: 'Por el admin' })).estado,
      200,
    );
    const suya = '/panel_cliente/demo/conocimiento';
    assert.equal((await dora.get(BASE)).estado, 404);
    for (const ruta of [`/bloques/${id}`, `/importaciones/${importacion}`])
      assert.equal((await dora.get(suya + ruta)).estado, 404, ruta);
    assert.equal((await dora.post(`${suya}/bloques/${id}`, BLOQUE)).estado, 404);
    assert.equal((await dora.borrar(`${suya}/bloques/${id}`)).estado, 404);
    assert.equal((await dora.post(`${suya}/bloques/${id}/versiones/1/restauracion`)).estado, 404);
    assert.equal((await dora.post(`${suya}/importaciones/${importacion}/guardado`)).estado, 404);
    assert.deepEqual((await dora.post(`${suya}/varios`, { ids: [id], accion: 'borrar' })).json['ids'], []);
    assert.equal((await dora.post(`${suya}/restauracion`, { ids: [id] })).json['n'], 0);
    assert.doesNotMatch((await dora.get(`${suya}/exportar.csv`, HTML)).texto, /corte/);
    assert.doesNotMatch((await dora.get(`${suya}?q=corte`, HTML)).texto, new RegExp(id));
    for (const tabla of [
      'versiones_conocimiento',
      'importaciones_conocimiento',
      'importaciones_bloques',
    ] as const) {
      const { data } = await web.ctx.bd.deNora('demo').from(tabla).select('nombre_nora').throwOnError();
      assert.ok(
        data.every((f) => f.nombre_nora === 'demo'),
        tabla,
      );
      assert.ok((await sql(`select from ${tabla} where nombre_nora = 'aura'`)).length > 0, tabla);
    }
    await assert.rejects(async () =>
      web.ctx.bd.deNora('demo').from('versiones_conocimiento').delete().neq('nombre_nora', '').throwOnError(),
    );
  });
});

async function crear(datos: Record<string, string> = BLOQUE): Promise<string> {
  const r = await ana.post(`${BASE}/bloques`, { ...datos, aunque: 'si' });
  assert.equal(r.estado, 201, r.texto);
  return String(r.json['id']);
}

async function subir(quien: Visitante, nombre: string, contenido: string | Buffer): Promise<Respuesta> {
  const cuerpo = new FormData();
  cuerpo.append(
    'archivo',
    new Blob([typeof contenido === 'string' ? contenido : new Uint8Array(contenido)]),
    nombre,
  );
  const r = await fetch(`${web.url}${BASE}/importaciones`, {
    method: 'POST',
    body: cuerpo,
    headers: {
      accept: 'application/json',
      'x-csrf-token': quien.csrf,
      cookie: [...quien.cookies].map(([k, v]) => `${k}=${v}`).join('; '),
    },
  });
  const texto = await r.text();
  return {
    estado: r.status,
    cabeceras: r.headers,
    texto,
    json: JSON.parse(texto) as Record<string, unknown>,
  };
}

async function contactoDe(nora: string): Promise<string> {
  const [fila] = await sql<{ id: string }>(
    "insert into contactos (nombre_nora, telefono) values ($1, '+526621110001') returning id",
    [nora],
  );
  return fila?.id ?? '';
}

async function sql<T extends object = Record<string, unknown>>(
  texto: string,
  valores?: unknown[],
): Promise<T[]> {
  return (await web.ctx.bd.pool.query(texto, valores)).rows as T[];
}

/** Lo que el inicio dice que Nora no supo. */
async function enInicio(): Promise<{ cifra: number; pendientes: (string | null)[] }> {
  const { data } = await web.ctx.bd
    .deNora('aura')
    .rpc('panel_inicio', { p_usuario: randomUUID() })
    .throwOnError();
  const { cifras, pendientes } = data as unknown as Inicio;
  return {
    cifra: cifras.sin_respuesta,
    pendientes: pendientes.filter((p) => p.tipo === 'sin_respuesta').map((p) => p.texto),
  };
}
