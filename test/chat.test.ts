import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  abrirWeb,
  hasta,
  type Respuesta,
  type Visitante,
  type Web,
  dosVecinas,
  NUMERO_DE,
} from './apoyo/web.ts';

const PARCIAL = { 'x-fragmento': '1', accept: 'application/json, text/html;q=0.9' };
const BASE = '/panel_cliente/aura/chat';

let web: Web;
let ana: Visitante;
let dora: Visitante;
let idAna: string;
let emitidos: { nora: string; evento: string; datos: Record<string, unknown> }[] = [];

before(async () => {
  web = await abrirWeb();
  ({ ana, dora, idAna } = await dosVecinas(web, ['chat']));
  Object.assign(web.ctx.vivo, {
    emitir: (nora: string, evento: string, datos: Record<string, unknown>) =>
      emitidos.push({ nora, evento, datos }),
  });
  await hasta(async () => (await ana.get(BASE, { accept: 'text/html' })).estado === 200);
});
after(() => web.cerrar());

describe('la lista', () => {
  test('quien atiende ve a quien acaba de escribir, con lo que falta por leer', async () => {
    const { contacto } = await recibir('aura', '¿Aceptan tarjeta?', { perfil: 'Renata Valenzuela' });
    const pagina = await ana.get(BASE, { accept: 'text/html' });
    assert.equal(pagina.estado, 200);
    const fila = trozo(pagina.texto, `fila-${contacto}`);
    assert.match(fila, /Renata Valenzuela/);
    assert.match(fila, /¿Aceptan tarjeta\?/);
    assert.match(fila, /data-no-leidos="1"/);
  });

  test('lo que la gente escribe nunca llega a ser HTML', async () => {
    const { contacto } = await recibir(
      'aura',
      '<img src=x onerror=alert(1)> *<b>hola</b>* https://a.mx/?q="><script>',
      {
        perfil: '<script>alert(1)</script>',
      },
    );
    for (const ruta of [BASE, `${BASE}/${contacto}`, `${BASE}/${contacto}?ver=ficha`]) {
      const { texto } = await ana.get(ruta, { accept: 'text/html' });
      assert.doesNotMatch(texto, /<img src=x|<b>hola|<script>alert|"><script>/);
      assert.match(texto, /&lt;script&gt;alert/);
    }
  });

  test('un mensaje que llega vacío se nota en la lista y en el hilo', async () => {
    const { contacto } = await recibir('aura', '', { perfil: 'Manda Encuestas' });
    const aviso = /Mensaje que sólo se puede ver en WhatsApp/;
    assert.match((await ana.get(`${BASE}/${contacto}/fila`, PARCIAL)).texto, aviso);
    assert.match((await ana.get(`${BASE}/${contacto}/mensajes`, PARCIAL)).texto, aviso);
  });

  test('busca por nombre sin acentos, por teléfono y por el texto de un mensaje, y el resultado lleva al mensaje', async () => {
    const { contacto, id } = await recibir('aura', 'Quisiera una permanente con rizo holgado', {
      perfil: 'Íñigo Peñalosa',
      telefono: '+526441122334',
    });
    for (const q of ['inigo penalosa', 'ÍÑIGO', '644 112 2334']) {
      const { texto } = await ana.get(`${BASE}/lista?${new URLSearchParams({ q })}`, PARCIAL);
      assert.match(texto, new RegExp(`fila-${contacto}`), q);
    }
    const { texto } = await ana.get(`${BASE}/lista?q=rizos+holgados`, PARCIAL);
    const enlace = /href="([^"]+\?mensaje=[^"]+)"/.exec(texto)?.[1];
    assert.ok(enlace, 'hay un enlace al mensaje');
    assert.ok(enlace.includes(contacto));
    assert.match(texto, /<mark>/);
    const hilo = await ana.get(enlace.replaceAll('&amp;', '&'), { accept: 'text/html' });
    assert.match(hilo.texto, new RegExp(`data-hallado="${id}"`));
    assert.match(hilo.texto, new RegExp(`id="m-${id}"`));
    const nada = await ana.get(`${BASE}/lista?q=%25_%5C`, PARCIAL);
    assert.match(nada.texto, /Nada con eso/);
  });

  test('la búsqueda rápida en los últimos mensajes da lo mismo que el índice completo', async () => {
    const frases = [
      '¿A qué hora es la Presencia?',
      'PRESENCIAS en la boda',
      'Quiero que esté presente mi hermana',
      'Corte de niño y de NIÑA, con pingüinos',
      'Un corte de cabello y un tinte',
      'tinte sin corte',
      'sólo un tinte',
      'escríbeme a ana@correo.mx o al 350',
      'las hermanísimas presentadas, preséntamelas',
    ];
    const { contacto } = await recibir('aura', 'Hola', { perfil: 'Repite Mucho' });
    const { pool } = web.ctx.bd;
    await pool.query(
      `insert into historial_conversaciones (nombre_nora, contacto_id, mensaje, tipo, autor, estado, fecha_hora)
       select 'aura', $1, f, 'usuario', 'contacto', 'recibido', now() - g * interval '1 minute' - i * interval '1 second'
         from unnest($2::text[]) with ordinality x(f, i) cross join generate_series(1, 30) g`,
      [contacto, frases],
    );
    const vacias = ['zacatecas', 'presencial o nada'];
    const preguntas = [
      'presencia',
      'presentes',
      'niña',
      'pinguino',
      'corte tinte',
      '"corte de"',
      'corte or tinte',
    ];
    preguntas.push('tinte -corte', 'ana@correo.mx', '350', 'hermana presente', ...vacias);
    for (const q of preguntas) {
      const { rows } = await pool.query<{ rapida: string[]; completa: string[] }>(
        `select array(select id from interno.hallar_mensajes('aura', websearch_to_tsquery('public.es', $1))) as rapida,
                array(select id from historial_conversaciones h where nombre_nora = 'aura'
                  and to_tsvector('public.es', mensaje) @@ websearch_to_tsquery('public.es', $1)
                  order by fecha_hora desc, id desc limit 20) as completa`,
        [q],
      );
      assert.deepEqual(rows[0]?.rapida, rows[0]?.completa, q);
      assert.equal(rows[0]?.completa.length, vacias.includes(q) ? 0 : 20, q);
    }
    await pool.query('delete from contactos where id = $1', [contacto]);
  });

  test('los filtros separan sin leer, esperando, míos y por etiqueta', async () => {
    const a = await recibir('aura', 'uno');
    const b = await recibir('aura', 'dos');
    await ana.post(`${BASE}/${a.contacto}/atencion`, {}, PARCIAL);
    await ana.post(`${BASE}/${a.contacto}/etiquetas`, { nombre: 'Novias 2027' }, PARCIAL);
    await ana.post(`${BASE}/${a.contacto}/lectura`, {}, PARCIAL);
    await web.ctx.bd.pool.query('update contactos set espera_humano_desde = now() where id = $1', [
      b.contacto,
    ]);
    const salen = async (q: string) => {
      const { texto } = await ana.get(`${BASE}/lista?${q}`, PARCIAL);
      return [texto.includes(`fila-${a.contacto}`), texto.includes(`fila-${b.contacto}`)];
    };
    assert.deepEqual(await salen('filtro=todos'), [true, true]);
    assert.deepEqual(await salen('filtro=sin_leer'), [false, true]);
    assert.deepEqual(await salen('filtro=esperando'), [false, true]);
    const abierta = await ana.get(`${BASE}/${b.contacto}`, { accept: 'text/html' });
    assert.match(abierta.texto, /<span>espera a alguien<\/span>/, 'también lo dice el hilo abierto');
    assert.deepEqual(await salen('filtro=mios'), [true, false]);
    assert.deepEqual(await salen('filtro=etiqueta&etiqueta=Novias+2027'), [true, false]);
    assert.deepEqual(await salen('filtro=cualquiercosa'), [true, true]);
  });

  test('un segmento guardado en Contactos también filtra el chat, y el de otra nora o ya borrado no enseña a nadie', async () => {
    const a = await recibir('aura', 'uno');
    const b = await recibir('aura', 'dos');
    await ana.post(`${BASE}/${a.contacto}/etiquetas`, { nombre: 'Novias 2028' }, PARCIAL);
    const segmento = async (nora: string) =>
      (
        await web.ctx.bd.pool.query<{ id: string }>(
          `insert into segmentos (nombre_nora, nombre, filtro) values ($1, 'Las de 2028', '{"alguna":["Novias 2028"],"ia":"si"}') returning id`,
          [nora],
        )
      ).rows[0]?.id ?? '';
    const [suyo, ajeno] = [await segmento('aura'), await segmento('demo')];
    const salen = async (q: string) => {
      const { texto } = await ana.get(`${BASE}/lista?${q}`, PARCIAL);
      return [texto.includes(`fila-${a.contacto}`), texto.includes(`fila-${b.contacto}`)];
    };
    assert.deepEqual(await salen(`filtro=segmento&segmento=${suyo}`), [true, false]);
    assert.deepEqual(await salen(`filtro=segmento&segmento=${suyo}&q=nadie+asi`), [false, false]);
    assert.deepEqual(await salen(`filtro=segmento&segmento=${ajeno}`), [false, false]);
    assert.deepEqual(await salen('filtro=segmento&segmento=x'), [false, false]);
    const { texto } = await ana.get(`${BASE}?filtro=segmento&segmento=${suyo}`, { accept: 'text/html' });
    assert.match(texto, new RegExp(`segmento=${suyo}"[^>]*data-nombre="Las de 2028"[^>]*aria-current`));
    assert.doesNotMatch(texto, new RegExp(ajeno));
    assert.match(texto, new RegExp(`href="${BASE}/${a.contacto}\\?filtro=segmento&amp;segmento=${suyo}"`));
    await web.ctx.bd.pool.query('delete from segmentos');
    assert.deepEqual(await salen(`filtro=segmento&segmento=${suyo}`), [false, false]);
  });

  test('al bajar página por página no falta ni se repite nadie aunque sigan llegando mensajes', async () => {
    const esperados = new Set<string>();
    for (let i = 0; i < 75; i++) esperados.add((await recibir('aura', `hola ${i}`)).contacto);
    const vistos: string[] = [];
    let ruta: string | undefined = `${BASE}/lista`;
    for (let pagina = 0; ruta && pagina < 20; pagina++) {
      const { texto }: Respuesta = await ana.get(ruta, PARCIAL);
      vistos.push(...[...texto.matchAll(/id="fila-([0-9a-f-]{36})"/g)].map((h) => h[1] ?? ''));
      ruta = /data-siguiente="([^"]+)"/.exec(texto)?.[1]?.replaceAll('&amp;', '&');
      // Alguien nuevo escribe y alguien que ya se vio vuelve a escribir: ambos se van hasta arriba.
      await recibir('aura', 'llego a media lectura');
      await recibirDe('aura', vistos[0] ?? '', 'yo otra vez');
    }
    assert.equal(new Set(vistos).size, vistos.length, 'nadie dos veces');
    for (const id of esperados) assert.ok(vistos.includes(id), 'nadie falta');
  });
});

describe('el hilo', () => {
  test('hacia atrás y hacia adelante por cursor se lee todo, una vez y en orden, mientras llegan mensajes', async () => {
    const { contacto } = await recibir('aura', 'mensaje 0');
    for (let i = 1; i < 100; i++) await recibirDe('aura', contacto, `mensaje ${i}`);
    const primera = await ana.get(`${BASE}/${contacto}`, { accept: 'text/html' });
    let vistos = idsDe(primera.texto);
    let anteriores = enlace(primera.texto, 'data-anteriores');
    const cursor = cursores(primera.texto).at(-1) ?? '';
    while (anteriores) {
      await recibirDe('aura', contacto, 'nuevo mientras leo');
      const { texto } = await ana.get(anteriores, PARCIAL);
      vistos = [...idsDe(texto), ...vistos];
      anteriores = enlace(texto, 'data-anteriores');
    }
    let despues: string | null = cursor;
    while (despues) {
      const { texto }: Respuesta = await ana.get(
        `${BASE}/${contacto}/mensajes?${new URLSearchParams({ despues })}`,
        PARCIAL,
      );
      vistos.push(...idsDe(texto));
      despues = texto.includes('data-posteriores') ? (cursores(texto).at(-1) ?? null) : null;
    }
    const { rows } = await web.ctx.bd.pool.query<{ id: string }>(
      'select id from historial_conversaciones where contacto_id = $1 order by fecha_hora, id',
      [contacto],
    );
    assert.deepEqual(
      vistos,
      rows.map((r) => r.id),
    );
  });

  test('abrir el chat o pedir la fila no lo marca leído; leerlo sí, y se avisa a los demás', async () => {
    const { contacto } = await recibir('aura', 'hola');
    await ana.get(`${BASE}/${contacto}`, { accept: 'text/html' });
    assert.equal((await fila(contacto)).no_leidos, 1);
    emitidos = [];
    const r = await ana.post(`${BASE}/${contacto}/lectura`, {}, PARCIAL);
    assert.equal(r.estado, 204);
    assert.equal((await fila(contacto)).no_leidos, 0);
    assert.deepEqual(
      emitidos.map((e) => [e.nora, e.evento, e.datos['contacto_id']]),
      [['aura', 'contacto:actualizado', contacto]],
    );
  });

  test('un mensaje fallido dice por qué en español y se puede reintentar una sola vez', async () => {
    const { contacto } = await recibir('aura', 'hola');
    await enviar(contacto, 'va', randomUUID());
    const [humano] = await mensajes(contacto, 'humano');
    assert.ok(humano);
    await web.ctx.bd.pool.query(
      `update historial_conversaciones set estado = 'fallido', error_codigo = 63003 where id = $1`,
      [humano.id],
    );
    const { texto } = await ana.get(`${BASE}/${contacto}/mensajes?ids=${humano.id}`, PARCIAL);
    assert.match(texto, /no tiene WhatsApp/);
    assert.match(texto, /Reintentar/);
    const r = await ana.post(`${BASE}/${contacto}/mensajes/${humano.id}/reintento`, {}, PARCIAL);
    assert.equal(r.estado, 200);
    assert.match(r.texto, /data-estado="pendiente"/);
    await ana.post(`${BASE}/${contacto}/mensajes/${humano.id}/reintento`, {}, PARCIAL);
    const [otra] = await mensajes(contacto, 'humano');
    assert.equal(otra?.estado, 'pendiente');
    assert.equal((await mensajes(contacto, 'humano')).length, 1);
  });

  test('«¿de dónde salió?» enseña lo que Nora citó y avisa si el bloque cambió después', async () => {
    const { contacto } = await recibir('aura', '¿Cuánto cuesta un corte?');
    const { pool } = web.ctx.bd;
    const {
      rows: [bloque],
    } = await pool.query(
      `insert into conocimiento_nora (nombre_nora, titulo, contenido) values ('aura', 'Precios', 'El corte cuesta $350.') returning id`,
    );
    const {
      rows: [respuesta],
    } = await pool.query(
      `insert into historial_conversaciones (nombre_nora, contacto_id, mensaje, tipo, autor, estado)
       values ('aura', $1, 'Cuesta $350.', 'respuesta', 'ia', 'enviado') returning id`,
      [contacto],
    );
    await pool.query(
      `insert into respuestas_ia (nombre_nora, contacto_id, historial_id, modo, modelo, fragmentos, citados, fuentes, latencia_ms, motivo)
       values ('aura', $1, $2, 'local', null, $3, $3, $4, 12, 'respondida')`,
      [
        contacto,
        respuesta.id,
        [bloque.id],
        JSON.stringify([{ id: bloque.id, titulo: 'Precios', contenido: 'El corte cuesta $350.' }]),
      ],
    );
    const ruta = `${BASE}/${contacto}/mensajes/${respuesta.id}/fuentes`;
    const antes = await ana.get(ruta, PARCIAL);
    assert.match(antes.texto, /El corte cuesta \$350\./);
    assert.match(antes.texto, /Modo local/);
    assert.doesNotMatch(antes.texto, /ya cambió/);
    await pool.query(`update conocimiento_nora set contenido = 'El corte cuesta $400.' where id = $1`, [
      bloque.id,
    ]);
    const despues = await ana.get(ruta, PARCIAL);
    assert.match(despues.texto, /El corte cuesta \$350\./);
    assert.match(despues.texto, /ya cambió/);
    assert.equal(
      (await ana.get(ruta, { accept: 'text/html' })).estado,
      200,
      'también es una página sin JavaScript',
    );
  });
});

describe('enviar', () => {
  test('el mismo envío repetido, incluso a la vez, guarda un solo mensaje', async () => {
    const { contacto } = await recibir('aura', 'hola');
    const clave = randomUUID();
    emitidos = [];
    const respuestas = await Promise.all(
      Array.from({ length: 6 }, () => enviar(contacto, 'Con gusto', clave)),
    );
    for (const r of respuestas) {
      assert.equal(r.estado, 200, r.texto);
      assert.match(r.texto, new RegExp(`data-clave="${clave}"`));
    }
    assert.equal((await mensajes(contacto, 'humano')).length, 1);
    assert.ok(emitidos.some((e) => e.evento === 'mensaje:nuevo' && e.nora === 'aura'));
  });

  test('enviar toma la conversación, calla a Nora y lo dice en el hilo', async () => {
    const { contacto } = await recibir('aura', 'hola');
    await enviar(contacto, 'Soy yo', randomUUID());
    const k = await fila(contacto);
    assert.equal(k.atendido_por, idAna);
    assert.ok(new Date(k.ia_pausada_hasta).getTime() > Date.now());
    const { texto } = await ana.get(`${BASE}/${contacto}`, { accept: 'text/html' });
    assert.match(texto, /tomó la conversación/);
    assert.match(texto, /la tienes tú/);
  });

  test('sin JavaScript el formulario manda y regresa a la conversación', async () => {
    const { contacto } = await recibir('aura', 'hola');
    const pagina = await ana.get(`${BASE}/${contacto}`, { accept: 'text/html' });
    const clave = /name="clave_cliente" value="([^"]+)"/.exec(pagina.texto)?.[1] ?? '';
    const r = await ana.post(
      `${BASE}/${contacto}/mensajes`,
      { texto: 'Desde un formulario', clave_cliente: clave },
      { accept: 'text/html' },
    );
    assert.equal(r.estado, 303);
    assert.equal(r.cabeceras.get('location'), `${BASE}/${contacto}`);
    const t = await ana.post(`${BASE}/${contacto}/atencion`, { _metodo: 'DELETE' }, { accept: 'text/html' });
    assert.equal(t.estado, 303);
    assert.equal((await fila(contacto)).atendido_por, null);
  });

  test('fuera de las 24 horas, bloqueado o sin número no se guarda nada y se dice por qué', async () => {
    const { contacto } = await recibir('aura', 'hola');
    const { pool } = web.ctx.bd;
    const casos: [string, string, RegExp][] = [
      [
        `update contactos set ventana_hasta = now() - interval '1 minute' where id = $1`,
        'ventana_cerrada',
        /24 horas/,
      ],
      [
        `update contactos set ventana_hasta = now() + interval '1 hour', bloqueado = true where id = $1`,
        'bloqueado',
        /Bloqueaste/,
      ],
    ];
    for (const [sql, codigo, dicho] of casos) {
      await pool.query(sql, [contacto]);
      const r = await enviar(contacto, 'no debe salir', randomUUID());
      assert.equal(r.estado, 409);
      assert.equal((r.json['error'] as { codigo: string }).codigo, codigo);
      const pagina = await ana.get(`${BASE}/${contacto}`, { accept: 'text/html' });
      assert.match(pagina.texto, dicho);
      assert.match(pagina.texto, new RegExp(`data-impedido="${codigo}"`));
    }
    assert.equal((await mensajes(contacto, 'humano')).length, 0);
  });

  test('un mensaje vacío, sin clave o enorme se rechaza; uno largo se parte en los que caben', async () => {
    const { contacto } = await recibir('aura', 'hola');
    assert.equal((await enviar(contacto, '   ', randomUUID())).estado, 422);
    assert.equal((await enviar(contacto, 'hola', '')).estado, 422);
    assert.equal((await enviar(contacto, 'x'.repeat(4097), randomUUID())).estado, 422);
    const clave = randomUUID();
    const largo = 'Una frase cualquiera que se repite. '.repeat(90);
    await enviar(contacto, largo, clave);
    await enviar(contacto, largo, clave);
    const guardados = await mensajes(contacto, 'humano');
    assert.equal(guardados.length, 3);
    assert.ok(guardados.every((m) => m.mensaje.length <= 1600));
  });

  test('sin el token del formulario no se envía', async () => {
    const { contacto } = await recibir('aura', 'hola');
    const r = await ana.post(
      `${BASE}/${contacto}/mensajes`,
      { texto: 'x', clave_cliente: randomUUID() },
      { ...PARCIAL, 'x-csrf-token': 'otro' },
    );
    assert.equal(r.estado, 403);
  });
});

describe('archivos', () => {
  const PNG = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), Buffer.alloc(200, 7)]);

  test('una imagen se envía, se ve en el hilo y sólo la abre su nora; repetir no la duplica', async () => {
    const { contacto } = await recibir('aura', 'hola');
    const clave = randomUUID();
    const archivos = [{ nombre: 'año "nuevo".png', tipo: 'image/png', datos: PNG }];
    const r = await subir(contacto, clave, 'Mira', archivos);
    assert.equal(r.estado, 200, r.texto);
    assert.equal((await subir(contacto, clave, 'Mira', archivos)).estado, 200);
    assert.equal((await mensajes(contacto, 'humano')).length, 1);
    const url = /src="([^"]+\/adjuntos\/[0-9a-f-]{36})"/.exec(r.texto)?.[1] ?? '';
    const archivo = await ana.get(url);
    assert.equal(archivo.estado, 200);
    assert.equal(archivo.cabeceras.get('content-type'), 'image/png');
    assert.equal(archivo.cabeceras.get('x-content-type-options'), 'nosniff');
    assert.match(archivo.cabeceras.get('content-disposition') ?? '', /^inline; .*filename\*=UTF-8''a%C3%B1o/);
    assert.match(archivo.cabeceras.get('content-security-policy') ?? '', /sandbox/);
    const tramo = await ana.get(url, { range: 'bytes=1-3' });
    assert.equal(tramo.estado, 206);
    assert.equal(tramo.texto, 'PNG');
    assert.equal((await ana.get(url, { range: 'bytes=9999-' })).estado, 416);
    assert.equal((await dora.get(url)).estado, 404);
    assert.equal((await dora.get(url.replace('/aura/', '/demo/'))).estado, 404);
    assert.equal((await web.visitante().get(url)).estado, 401);
  });

  test('lo que no cabe como pie va en su propio mensaje, después del archivo; lo corto sí lo acompaña', async () => {
    const foto = { nombre: 'foto.png', tipo: 'image/png', datos: PNG };
    const audio = { nombre: 'nota.ogg', tipo: 'audio/ogg', datos: Buffer.from('OggS con voz') };
    const largo = 'Una explicación con todos sus detalles. '.repeat(35).trim();
    const casos: [string, (typeof foto)[], [string, number][]][] = [
      ['Mira', [foto], [['Mira', 1]]],
      [
        largo,
        [foto],
        [
          ['', 1],
          [largo, 0],
        ],
      ],
      [
        'escúchalo',
        [audio],
        [
          ['', 1],
          ['escúchalo', 0],
        ],
      ],
      [
        largo,
        [foto, foto],
        [
          ['', 1],
          ['', 1],
          [largo, 0],
        ],
      ],
    ];
    for (const [texto, archivos, esperado] of casos) {
      const { contacto } = await recibir('aura', 'hola');
      const r = await subir(contacto, randomUUID(), texto, archivos);
      assert.equal(r.estado, 200, r.texto);
      const { rows } = await web.ctx.bd.pool.query<{ mensaje: string; n: number }>(
        `select mensaje, (select count(*)::int from adjuntos a where a.historial_id = h.id) n
           from historial_conversaciones h where contacto_id = $1 and autor = 'humano' order by fecha_hora, id`,
        [contacto],
      );
      assert.deepEqual(
        rows.map((h) => [h.mensaje, h.n]),
        esperado,
      );
    }
  });

  test('lo que WhatsApp no acepta se rechaza con su razón y no se guarda', async () => {
    const { contacto } = await recibir('aura', 'hola');
    const casos: [string, string, Buffer, number, RegExp][] = [
      ['virus.html', 'text/html', Buffer.from('<script>'), 415, /no acepta/],
      ['dibujo.svg', 'image/svg+xml', Buffer.from('<svg/>'), 415, /no acepta/],
      ['falsa.png', 'image/png', Buffer.from('no soy un png de verdad'), 422, /dañado/],
      ['vacia.pdf', 'application/pdf', Buffer.alloc(0), 422, /vacío/],
      ['enorme.png', 'image/png', Buffer.concat([PNG, Buffer.alloc(5 * 1024 * 1024)]), 413, /5 MB/],
    ];
    for (const [nombre, tipo, datos, estado, dicho] of casos) {
      const r = await subir(contacto, randomUUID(), 'x', [{ nombre, tipo, datos }]);
      assert.equal(r.estado, estado, `${nombre}: ${r.texto}`);
      assert.match(r.texto, dicho);
    }
    assert.equal((await mensajes(contacto, 'humano')).length, 0);
  });

  test('un archivo que no es imagen, audio ni video siempre se descarga', async () => {
    const { contacto } = await recibir('aura', 'hola');
    const r = await subir(contacto, randomUUID(), '', [
      { nombre: 'lista.pdf', tipo: 'application/pdf', datos: Buffer.from('%PDF-1.4 hola') },
    ]);
    const url = /href="([^"]+\/adjuntos\/[0-9a-f-]{36})"/.exec(r.texto)?.[1] ?? '';
    assert.match((await ana.get(url)).cabeceras.get('content-disposition') ?? '', /^attachment/);
  });
});

describe('la ficha', () => {
  test('guarda los datos que cambian, borra los vacíos y no toca los demás', async () => {
    const { contacto } = await recibir('aura', 'hola', { perfil: 'Dani' });
    await ana.post(
      `${BASE}/${contacto}/datos`,
      { nombre: 'Daniela', correo: 'd@x.mx', empresa: 'Uno' },
      PARCIAL,
    );
    const r = await ana.post(`${BASE}/${contacto}/datos`, { notas: 'Alérgica', empresa: '' }, PARCIAL);
    assert.match(r.texto, /id="chat-ficha"/);
    const k = await fila(contacto);
    assert.deepEqual([k.nombre, k.correo, k.empresa, k.notas], ['Daniela', 'd@x.mx', null, 'Alérgica']);
    const mala = await ana.post(`${BASE}/${contacto}/datos`, { correo: 'no es correo' }, PARCIAL);
    assert.equal(mala.estado, 422);
    assert.match(JSON.stringify(mala.json), /correo/);
    const colada = await ana.post(`${BASE}/${contacto}/datos`, { bloqueado: 'true', epoca: '9' }, PARCIAL);
    assert.equal(colada.estado, 200);
    assert.equal((await fila(contacto)).bloqueado, false);
  });

  test('enseña las notas del equipo que se dejaron en Contactos, con quién, y los campos propios por su nombre', async () => {
    const { contacto } = await recibir('aura', 'hola');
    const sql = (texto: string, v: unknown[] = []) => web.ctx.bd.pool.query(texto, v);
    await sql(
      `insert into campos_contacto (nombre_nora, clave, titulo, tipo, orden) values ('aura', 'cumpleanos', 'Cumpleaños', 'fecha', 2), ('aura', 'talla', 'Talla de uñas', 'numero', 1), ('demo', 'suyo', 'De otra nora', 'texto', 1)`,
    );
    await sql(
      `update contactos set datos = '{"cumpleanos": "1990-02-01", "talla": 7.5, "campo_viejo": "se conserva"}' where id = $1`,
      [contacto],
    );
    for (const t of ['la primera', 'la segunda', 'la tercera', '<b>la cuarta</b>'])
      await sql(
        `insert into notas_contacto (nombre_nora, contacto_id, texto, usuario_id) values ('aura', $1, $2, (select id from usuarios where correo = 'ana@aura.mx'))`,
        [contacto, t],
      );
    const { texto } = await ana.get(`${BASE}/${contacto}/ficha`, PARCIAL);
    const datos = [...texto.matchAll(/datos__rotulo">([^<]+)<\/span><span class="datos__fijo">([^<]+)</g)];
    assert.deepEqual(
      datos.slice(1, 4).map(([, nombre, valor]) => [nombre, valor]),
      [
        ['Talla de uñas', '7.5'],
        ['Cumpleaños', '1 feb 1990'],
        ['campo viejo', 'se conserva'],
      ],
    );
    const notas = /class="ficha__notas">(.*?)<\/ul>/s.exec(texto)?.[1] ?? '';
    assert.match(notas, /&lt;b&gt;la cuarta.*la tercera.*la segunda/s);
    assert.doesNotMatch(notas, /la primera/);
    assert.equal((notas.match(/<small>Tú · /g) ?? []).length, 3);
    assert.doesNotMatch(texto, /#notas_equipo/, 'sin el módulo de contactos no hay ficha que abrir');
  });

  test('poner y quitar etiquetas, apagar la IA, bloquear, tomar y devolver cambian al contacto y avisan', async () => {
    const { contacto } = await recibir('aura', 'hola');
    const ruta = `${BASE}/${contacto}`;
    await ana.post(`${ruta}/etiquetas`, { nombre: ' Uñas / spa ' }, PARCIAL);
    await ana.post(`${ruta}/etiquetas`, { nombre: 'uñas / spa' }, PARCIAL);
    assert.deepEqual((await fila(contacto)).etiquetas, ['Uñas / spa']);
    const quitada = await ana.borrar(`${ruta}/etiquetas/${encodeURIComponent('Uñas / spa')}`, PARCIAL);
    assert.equal(quitada.estado, 200);
    assert.deepEqual((await fila(contacto)).etiquetas, []);
    await ana.borrar(`${ruta}/ia`, PARCIAL);
    assert.equal((await fila(contacto)).ia_activa, false);
    await ana.post(`${ruta}/ia`, {}, PARCIAL);
    assert.equal((await fila(contacto)).ia_activa, true);
    await ana.post(`${ruta}/bloqueo`, {}, PARCIAL);
    assert.equal((await fila(contacto)).bloqueado, true);
    await ana.borrar(`${ruta}/bloqueo`, PARCIAL);
    assert.equal((await fila(contacto)).bloqueado, false);
    emitidos = [];
    const tomado = await ana.post(`${ruta}/atencion`, {}, PARCIAL);
    assert.match(tomado.texto, /Devolver/);
    assert.equal((await fila(contacto)).atendido_por, idAna);
    const devuelto = await ana.borrar(`${ruta}/atencion`, PARCIAL);
    assert.match(devuelto.texto, /Tomar/);
    assert.equal((await fila(contacto)).atendido_por, null);
    assert.deepEqual(
      emitidos.map((e) => e.evento),
      ['contacto:actualizado', 'contacto:actualizado'],
    );
  });

  test('las respuestas rápidas se encuentran por su atajo, sólo las de esa nora', async () => {
    const { pool } = web.ctx.bd;
    await pool.query(
      `insert into respuestas_rapidas (nombre_nora, atajo, texto) values ('aura', 'ubicacion', 'Estamos en Morelos 210'), ('demo', 'ubicacion', 'Ferretería en Juárez 8')`,
    );
    const { texto } = await ana.get(`${BASE}/rapidas?q=ubi`, PARCIAL);
    assert.match(texto, /Morelos 210/);
    assert.doesNotMatch(texto, /Juárez/);
  });

  test('una respuesta rápida se llena con los datos de quien la va a recibir, y sólo de alguien de esta nora', async () => {
    await web.ctx.bd.pool.query(
      `insert into respuestas_rapidas (nombre_nora, atajo, texto) values ('aura', 'saludar', 'Hola {{nombre|qué tal}}, soy de {{nora}}. {{nada}}')`,
    );
    const { contacto } = await recibir('aura', 'hola', { perfil: 'Paola <b>Ríos' });
    const ajeno = await recibir('demo', 'hola', { perfil: 'Ramón Ajeno' });
    const ver = async (id: string) =>
      (await ana.get(`${BASE}/rapidas?q=saludar&contacto=${id}`, PARCIAL)).texto;
    assert.match(await ver(contacto), /data-texto="Hola Paola, soy de [^{]+\. \{\{nada\}\}"/);
    assert.doesNotMatch(await ver(ajeno.contacto), /Ramón/);
  });

  test('quien se importó y no ha escrito sale al buscarlo sin una hora inventada', async () => {
    await web.ctx.bd.pool.query(
      `insert into contactos (nombre_nora, telefono, nombre, ultimo_mensaje) values ('aura', '+526621230001', 'Zoraida Importada', sin_mensajes())`,
    );
    const { texto } = await ana.get(`${BASE}/lista?q=zoraida`, PARCIAL);
    assert.match(texto, /Zoraida Importada/);
    assert.doesNotMatch(texto, /<time/);
  });

  test('etiquetar desde el chat deja dicho quién lo hizo', async () => {
    const { contacto } = await recibir('aura', 'hola');
    await ana.post(`${BASE}/${contacto}/etiquetas`, { nombre: 'Frecuente' }, PARCIAL);
    await ana.borrar(`${BASE}/${contacto}/etiquetas/Frecuente`);
    const { rows } = await web.ctx.bd.pool.query(
      `select usuario_id, detalle->>'origen' origen from eventos_contacto where contacto_id = $1 and tipo = 'etiquetas'`,
      [contacto],
    );
    assert.deepEqual(rows, [
      { usuario_id: idAna, origen: 'persona' },
      { usuario_id: idAna, origen: 'persona' },
    ]);
  });
});

describe('el muro entre noras', () => {
  test('nadie de otra nora lee ni cambia nada, ni por su propia dirección ni por la ajena', async () => {
    const { contacto, id } = await recibir('aura', 'secreto de aura');
    const antes = await fila(contacto);
    const c = contacto;
    const rutas: [metodo: 'get' | 'post' | 'borrar', ruta: string, datos?: Record<string, string>][] = [
      ['get', `/${c}`],
      ['get', `/${c}/mensajes`],
      ['get', `/${c}/mensajes?ids=${id}`],
      ['get', `/${c}/fila`],
      ['get', `/${c}/ficha`],
      ['get', `/${c}/mensajes/${id}/fuentes`],
      ['get', `/?q=secreto`],
      ['get', `/lista?q=secreto`],
      ['post', `/${c}/mensajes`, { texto: 'intruso', clave_cliente: randomUUID() }],
      ['post', `/${c}/mensajes/${id}/reintento`],
      ['post', `/${c}/atencion`],
      ['borrar', `/${c}/atencion`],
      ['post', `/${c}/ia`],
      ['borrar', `/${c}/ia`],
      ['post', `/${c}/bloqueo`],
      ['borrar', `/${c}/bloqueo`],
      ['post', `/${c}/lectura`],
      ['post', `/${c}/datos`, { notas: 'intruso' }],
      ['post', `/${c}/etiquetas`, { nombre: 'intruso' }],
      ['borrar', `/${c}/etiquetas/intruso`],
    ];
    for (const nora of ['aura', 'demo']) {
      for (const [metodo, ruta, datos] of rutas) {
        const url = `/panel_cliente/${nora}/chat${ruta}`;
        const r = metodo === 'post' ? await dora.post(url, datos, PARCIAL) : await dora[metodo](url, PARCIAL);
        // En la suya, lo que no nombra un contacto ajeno responde bien, pero vacío.
        assert.ok(r.estado === 404 || (nora === 'demo' && r.estado < 300), `${metodo} ${url}: ${r.estado}`);
        assert.doesNotMatch(r.texto, /secreto de aura/, `${metodo} ${url}`);
      }
    }
    assert.deepEqual(await fila(contacto), antes);
    assert.equal((await mensajes(contacto, 'humano')).length, 0);
    const { rows } = await web.ctx.bd.pool.query(`select 1 from etiquetas where nombre = 'intruso'`);
    assert.equal(rows.length, 0);
  });

  test('un mensaje de otro contacto no se alcanza desde este', async () => {
    const a = await recibir('aura', 'de a');
    const b = await recibir('aura', 'de b');
    const { texto } = await ana.get(`${BASE}/${a.contacto}/mensajes?ids=${b.id}`, PARCIAL);
    assert.doesNotMatch(texto, /de b/);
    const r = await ana.post(`${BASE}/${a.contacto}/mensajes/${b.id}/reintento`, {}, PARCIAL);
    assert.equal(r.estado, 404);
  });

  test('con el módulo apagado o sin sesión no hay chat', async () => {
    assert.equal((await web.visitante().get(`${BASE}/lista`, PARCIAL)).estado, 401);
    await web.ctx.bd.pool.query(
      `update modulos_disponibles set activo = false where nombre_nora = 'aura' and modulo = 'chat'`,
    );
    await hasta(async () => (await ana.get(`${BASE}/lista`, PARCIAL)).estado === 404);
    await web.ctx.bd.pool.query(
      `update modulos_disponibles set activo = true where nombre_nora = 'aura' and modulo = 'chat'`,
    );
    await hasta(async () => (await ana.get(`${BASE}/lista`, PARCIAL)).estado === 200);
  });

  test('una dirección inventada es 404 o 422, nunca un error inesperado', async () => {
    for (const ruta of [
      '/nada',
      '/nada/mensajes',
      `/${randomUUID()}`,
      `/${randomUUID()}/ficha`,
      '/adjuntos/x',
    ]) {
      const { estado } = await ana.get(BASE + ruta, PARCIAL);
      assert.ok([404, 422].includes(estado), `${ruta}: ${estado}`);
    }
    for (const q of ['antes=x', 'despues=2026-01-01_1', `ids=${'x,'.repeat(50)}`]) {
      const { estado } = await ana.get(`${BASE}/${randomUUID()}/mensajes?${q}`, PARCIAL);
      assert.equal(estado, 422, q);
    }
  });
});

let siguiente = 1000;

async function recibir(
  nora: keyof typeof NUMERO_DE,
  texto: string,
  { perfil = 'Alguien', telefono = `+52662300${siguiente++}` }: { perfil?: string; telefono?: string } = {},
): Promise<{ contacto: string; id: string }> {
  const { data } = await web.ctx.bd.servicio
    .rpc('recibir_mensajes', {
      p: [{ sid: `SM${randomUUID()}`, to: NUMERO_DE[nora], telefono, cuerpo: texto, perfil, crudo: {} }],
    })
    .throwOnError();
  const [hecho] = data as unknown as { r: string; id: string; c: string }[];
  assert.equal(hecho?.r, 'nuevo', JSON.stringify(data));
  return { contacto: hecho.c, id: hecho.id };
}

async function recibirDe(nora: keyof typeof NUMERO_DE, contacto: string, texto: string): Promise<void> {
  await recibir(nora, texto, { telefono: (await fila(contacto)).telefono });
}

function enviar(contacto: string, texto: string, clave: string): Promise<Respuesta> {
  return ana.post(`${BASE}/${contacto}/mensajes`, { texto, clave_cliente: clave }, PARCIAL);
}

async function subir(
  contacto: string,
  clave: string,
  texto: string,
  archivos: { nombre: string; tipo: string; datos: Buffer }[],
): Promise<{ estado: number; texto: string }> {
  const cuerpo = new FormData();
  cuerpo.set('texto', texto);
  cuerpo.set('clave_cliente', clave);
  for (const a of archivos)
    cuerpo.append('archivo', new File([new Uint8Array(a.datos)], a.nombre, { type: a.tipo }));
  const r = await fetch(`${web.url}${BASE}/${contacto}/mensajes`, {
    method: 'POST',
    headers: {
      ...PARCIAL,
      'x-csrf-token': ana.csrf,
      cookie: [...ana.cookies].map(([n, v]) => `${n}=${v}`).join('; '),
    },
    body: cuerpo,
  });
  return { estado: r.status, texto: await r.text() };
}

async function fila(contacto: string) {
  const { rows } = await web.ctx.bd.pool.query('select * from contactos where id = $1', [contacto]);
  return rows[0];
}

async function mensajes(
  contacto: string,
  autor: string,
): Promise<{ id: string; mensaje: string; estado: string }[]> {
  const { rows } = await web.ctx.bd.pool.query(
    'select id, mensaje, estado from historial_conversaciones where contacto_id = $1 and autor = $2 order by fecha_hora, id',
    [contacto, autor],
  );
  return rows;
}

function trozo(html: string, id: string): string {
  const donde = html.indexOf(`id="${id}"`);
  return donde < 0 ? '' : html.slice(donde, html.indexOf('</li>', donde));
}

function idsDe(html: string): string[] {
  return [...html.matchAll(/ id="m-([0-9a-f-]{36})"/g)].map((h) => h[1] ?? '');
}

function cursores(html: string): string[] {
  return [...html.matchAll(/data-cursor="([^"]+)"/g)].map((h) => (h[1] ?? '').replaceAll('&#43;', '+'));
}

function enlace(html: string, atributo: string): string {
  return (new RegExp(`${atributo}="([^"]+)"`).exec(html)?.[1] ?? '').replaceAll('&amp;', '&');
}
