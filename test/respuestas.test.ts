import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { rellenar, variablesDesconocidas } from '../src/mensajes/variables.ts';
import { ANA, AURA, abrirNora, type NoraDePrueba, sembrarNoras } from './apoyo/nora.ts';
import { CLAVE, crearUsuario, hasta } from './apoyo/web.ts';

const BASE = '/panel_cliente/aura/respuestas';
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let n: NoraDePrueba;
let ana: Persona;
let dora: Persona;

before(async () => {
  n = await abrirNora();
  await sembrarNoras(n);
  await crearUsuario(n.ctx, { correo: 'ana@aura.mx', noras: { aura: 'dueno' } });
  await crearUsuario(n.ctx, { correo: 'dora@demo.mx', noras: { demo: 'dueno' } });
  ana = await entrar('ana@aura.mx');
  dora = await entrar('dora@demo.mx');
});
after(() => n.cerrar());

describe('reglas', () => {
  test('quien crea una regla la ve en la lista y contesta por WhatsApp con variables y su archivo', async () => {
    const creada = await ana.subir(
      `${BASE}/reglas`,
      {
        disparador: 'ubicación, cómo llegar',
        coincidencia: 'contiene',
        respuesta: 'Hola {{nombre|qué tal}}, soy {{nora}}. Aquí está el mapa.',
        prioridad: '5',
        horario: 'siempre',
        activo: 'si',
      },
      { nombre: 'mapa.png', contenido: PNG },
    );
    assert.equal(creada.estado, 201, creada.texto);
    const lista = await ana.pedir('GET', BASE, { accept: 'text/html' });
    assert.match(lista.texto, /«ubicación»/);
    assert.match(lista.texto, /mapa\.png/);

    await n.escribir({ para: AURA, cuerpo: '¿COMO LLEGAR con ustedes?', nombre: 'Renata Valenzuela' });
    await hasta(() => n.twilio.enviados.length === 1, 8000);
    await n.reposo();
    const [enviado] = n.twilio.enviados;
    assert.equal(enviado?.body, 'Hola Renata, soy AURA. Aquí está el mapa.');
    const [media] = enviado?.medios ?? [];
    assert.ok(media, 'sale con su archivo');
    const bajado = await fetch(media.url);
    assert.equal(bajado.status, 200);
    assert.deepEqual(Buffer.from(await bajado.arrayBuffer()), PNG);
    const [regla] = await n.sql<{ usos: string; ultimo_uso: Date | null }>(
      'select usos, ultimo_uso from respuestas_automaticas',
    );
    assert.equal(Number(regla?.usos), 1);
    assert.ok(regla?.ultimo_uso);
    // Lo enviado conserva su archivo aunque la regla se borre.
    await ana.pedir('DELETE', `${BASE}/reglas/${String(creada.json['id'])}`);
    const [h] = await n.sql("select from adjuntos where historial_id is not null and estado = 'listo'");
    assert.ok(h);
  });

  test('si el texto de la regla no cabe como pie de su archivo, van en dos mensajes: primero el archivo', async () => {
    await n.sql('delete from respuestas_automaticas');
    await n.sql('delete from contactos');
    n.twilio.enviados.length = 0;
    const respuesta = 'Te explicamos cómo llegar paso a paso. '.repeat(30).trim();
    const datos = {
      disparador: 'llegar',
      coincidencia: 'contiene',
      respuesta,
      prioridad: '5',
      horario: 'siempre',
      activo: 'si',
    };
    const creada = await ana.subir(`${BASE}/reglas`, datos, { nombre: 'mapa.png', contenido: PNG });
    assert.equal(creada.estado, 201, creada.texto);
    await n.escribir({ para: AURA, cuerpo: '¿cómo puedo llegar?' });
    await hasta(() => n.twilio.enviados.length === 2, 8000);
    await n.reposo();
    assert.deepEqual(
      n.twilio.enviados.map((m) => [m.body, m.medios.length]),
      [
        ['', 1],
        [respuesta, 0],
      ],
    );
  });

  test('el probador dice cuál gana y por qué, con la misma función que el canal', async () => {
    await n.sql('delete from respuestas_automaticas');
    await regla('precio', 'contiene', 'Baja', { prioridad: '1' });
    const alta = await regla('precio del corte', 'contiene', 'Alta', { prioridad: '3' });
    await regla('el precio del corte', 'exacta', 'Apagada', { prioridad: '9', activo: '' });
    await regla('el precio', 'empieza', 'De noche', { prioridad: '8', horario: 'fuera' });
    const texto = 'El PRECIO del corte?';
    const dentro = await ana.pedir(
      'GET',
      `${BASE}/probador?${new URLSearchParams({ texto, momento: 'dentro' })}`,
      { accept: 'text/html' },
    );
    assert.match(dentro.texto, /Contesta <a[^>]*><bdi>«precio del corte»/);
    assert.match(dentro.texto, /prioridad más alta \(3\)/);
    assert.match(dentro.texto, /«el precio»<\/bdi><\/a> coincide, pero es sólo para cuando está cerrado/);
    assert.match(dentro.texto, /su prioridad es 1 y la que gana tiene 3/);
    assert.match(dentro.texto, /coincide, pero está apagada/);
    const fuera = await ana.pedir(
      'GET',
      `${BASE}/probador?${new URLSearchParams({ texto, momento: 'fuera' })}`,
      { accept: 'text/html' },
    );
    assert.match(fuera.texto, /Contesta <a[^>]*><bdi>«el precio»/);
    const [canal] = await n.sql<{ r: { id: string } }>("select regla_para('aura', array[$1]) r", [texto]);
    const ahora = await ana.pedir('GET', `${BASE}/probador?${new URLSearchParams({ texto })}`);
    assert.equal(canal?.r.id, alta);
    assert.equal(ahora.json['gana'], alta);
    const nadie = await ana.pedir('GET', `${BASE}/probador?texto=hola`, { accept: 'text/html' });
    assert.match(nadie.texto, /Ninguna regla contesta/);
    const baja = await ana.pedir('GET', `${BASE}/probador?texto=BAJA`, { accept: 'text/html' });
    assert.match(baja.texto, /palabra de BAJA/);
  });

  test('compara palabras enteras, sin acentos, y cada disparador separado por coma', async () => {
    await n.sql('delete from respuestas_automaticas');
    const id = await regla('menú, carta', 'contiene', 'Menú');
    const gana = async (texto: string) => {
      const { json } = await ana.pedir('GET', `${BASE}/probador?${new URLSearchParams({ texto })}`);
      return json['gana'];
    };
    assert.equal(await gana('me pasas el MENU'), id);
    assert.equal(await gana('¿y la carta?'), id);
    assert.equal(await gana('menudo problema'), null);
    assert.equal(await gana('cartas'), null);
  });

  test('lo mal escrito se dice junto al campo, nada se pierde y nada se guarda', async () => {
    await n.sql('delete from respuestas_automaticas');
    const casos: [Record<string, string>, RegExp][] = [
      [{ disparador: '' }, /Escribe la palabra o frase/],
      [{ disparador: '¿?, 👍' }, /signos y los emojis no se comparan/],
      [{ disparador: 'x'.repeat(10_000) }, /200 caracteres o menos/],
      [{ respuesta: '' }, /Escribe qué contesta Nora o adjunta/],
      [{ respuesta: 'Hola {{nombre}} {{apellido}}' }, /No existe \{\{apellido\}\}/],
      [{ prioridad: '1000' }, /de 0 a 99/],
    ];
    for (const [malo, mensaje] of casos) {
      const r = await ana.formulario(`${BASE}/reglas`, { ...REGLA, ...malo });
      assert.equal(r.estado, 422);
      assert.match(r.texto, mensaje);
      if (!('respuesta' in malo)) assert.match(r.texto, /Respuesta que no se pierde/);
    }
    const raro = await ana.formulario(`${BASE}/reglas`, {
      ...REGLA,
      disparador: 'hola\0 \u202emundo',
      respuesta: '<script>alert(1)</script> مرحبا 👋',
    });
    assert.equal(raro.estado, 303);
    const lista = await ana.pedir('GET', BASE, { accept: 'text/html' });
    assert.doesNotMatch(lista.texto, /<script>alert/);
    assert.match(lista.texto, /hola mundo/);
    const igual = await ana.formulario(`${BASE}/reglas`, { ...REGLA, disparador: 'adiós, HOLA  MUNDO' });
    assert.equal(igual.estado, 422);
    assert.match(igual.texto, /Ya hay una regla/);
    assert.equal((await n.sql('select from respuestas_automaticas')).length, 1);
  });

  test('un archivo que miente, vacío o enorme se rechaza con razón y sin dejar nada', async () => {
    const antes = await n.sql('select from adjuntos');
    const exe = await ana.subir(`${BASE}/reglas`, REGLA, {
      nombre: 'virus.png',
      contenido: Buffer.from('MZ no soy imagen'),
    });
    assert.equal(exe.estado, 415);
    assert.match(exe.texto, /WhatsApp no acepta/);
    const vacio = await ana.subir(`${BASE}/reglas`, REGLA, {
      nombre: 'nada.pdf',
      contenido: Buffer.alloc(0),
    });
    assert.equal(vacio.estado, 422);
    const enorme = await ana.subir(`${BASE}/reglas`, REGLA, {
      nombre: 'pelicula.mp4',
      contenido: Buffer.alloc(20 * 1024 * 1024),
    });
    assert.equal(enorme.estado, 413);
    assert.match(enorme.texto, /16 MB/);
    const mal = await ana.subir(
      `${BASE}/reglas`,
      { ...REGLA, disparador: '' },
      { nombre: 'mapa.png', contenido: PNG },
    );
    assert.equal(mal.estado, 422);
    assert.equal((await n.sql('select from adjuntos')).length, antes.length);
  });
});

describe('fuera de horario', () => {
  const cerrado = '{"lun":[],"mar":[]}';
  /** Un horario que cerró hace poco o que está abierto ahora, en UTC. */
  const tramo = (desde: number, hasta_: number) => {
    const hora = (h: number) => `${String(h).padStart(2, '0')}:00`;
    const dias = ['lun', 'mar', 'mie', 'jue', 'vie', 'sab', 'dom'];
    return JSON.stringify(Object.fromEntries(dias.map((d) => [d, [[hora(desde), hora(hasta_)]]])));
  };

  test('se manda una vez por persona y por periodo cerrado, y Nora contesta igual', async () => {
    await n.reposo();
    await n.sql('delete from contactos');
    await n.sql('delete from respuestas_automaticas');
    await regla('mapa', 'contiene', 'Morelos 415');
    n.twilio.enviados.length = 0;
    const h = new Date().getUTCHours();
    // Abierto una sola hora al día, que no es esta.
    const horario = tramo((h + 12) % 24, ((h + 12) % 24) + 1);
    await n.sql(
      "update configuracion_bot set zona_horaria = 'UTC', horario = $1, mensaje_fuera_horario = 'Cerrado, {{nombre|amiga}}' where nombre_nora = 'aura'",
      [horario],
    );
    const escribir = async (de: string) => {
      const antes = n.twilio.enviados.length;
      await n.escribir({ de, para: AURA, cuerpo: 'el mapa', nombre: '' });
      await n.reposo();
      return n.twilio.enviados.slice(antes).map((e) => e.body);
    };
    assert.deepEqual(await escribir(ANA), ['Cerrado, amiga', 'Morelos 415']);
    assert.deepEqual(await escribir(ANA), ['Morelos 415'], 'no se repite en el mismo cierre');
    assert.deepEqual(await escribir('+526621110002'), ['Cerrado, amiga', 'Morelos 415'], 'a cada persona');
    await n.sql("update contactos set aviso_cierre_en = aviso_cierre_en - interval '25 hours'");
    assert.deepEqual(await escribir(ANA), ['Cerrado, amiga', 'Morelos 415'], 'otro periodo cerrado');
  });

  test('abierto no se manda; una regla «sólo cerrado» habla por él; sin horario no se sabe y no se manda', async () => {
    await n.sql('delete from respuestas_automaticas');
    await regla('mapa', 'contiene', 'De día', { horario: 'dentro' });
    await regla('mapa', 'contiene', 'De noche', { horario: 'fuera' });
    const con = async (horario: string) => {
      await n.sql('delete from contactos');
      await n.sql("update configuracion_bot set horario = $1 where nombre_nora = 'aura'", [horario]);
      n.twilio.enviados.length = 0;
      await n.escribir({ para: AURA, cuerpo: 'mapa' });
      await n.reposo();
      return n.twilio.enviados.map((e) => e.body);
    };
    assert.deepEqual(await con(tramo(0, 24)), ['De día']);
    assert.deepEqual(await con(cerrado), ['De noche']);
    assert.deepEqual(await con('{}'), ['De día']);
  });

  test('a quien atiende una persona no le llega', async () => {
    await n.sql("update configuracion_bot set horario = $1 where nombre_nora = 'aura'", [cerrado]);
    await n.sql("update contactos set ia_pausada_hasta = now() + interval '1 hour', aviso_cierre_en = null");
    n.twilio.enviados.length = 0;
    await n.escribir({ para: AURA, cuerpo: 'hola?' });
    await n.reposo();
    assert.equal(n.twilio.enviados.length, 0);
  });

  test('los mensajes se editan, se auditan y una variable mal escrita no borra lo demás', async () => {
    const mal = await ana.formulario(`${BASE}/mensajes`, {
      mensaje_bienvenida: 'Hola, bienvenida',
      mensaje_fuera_horario: 'Cerrado {{hoy}}',
    });
    assert.equal(mal.estado, 422);
    assert.match(mal.texto, /No existe \{\{hoy\}\}/);
    assert.match(mal.texto, /Hola, bienvenida/);
    const bien = await ana.formulario(`${BASE}/mensajes`, {
      mensaje_bienvenida: '',
      mensaje_fuera_horario: 'Cerrado hoy',
    });
    assert.equal(bien.estado, 303);
    const [b] = await n.sql<{ mensaje_bienvenida: null; mensaje_fuera_horario: string }>(
      "select mensaje_bienvenida, mensaje_fuera_horario from configuracion_bot where nombre_nora = 'aura'",
    );
    assert.deepEqual(b, { mensaje_bienvenida: null, mensaje_fuera_horario: 'Cerrado hoy' });
    const [a] = await n.sql<{ quien: string }>(
      "select u.correo quien from auditoria a join usuarios u on u.id = a.quien where accion = 'editar mensajes' and a.nombre_nora = 'aura'",
    );
    assert.equal(a?.quien, 'ana@aura.mx');
  });
});

describe('respuestas rápidas', () => {
  test('se crean, se encuentran en el «/» del chat, se editan y se borran', async () => {
    const r = await ana.formulario(`${BASE}/rapidas`, { atajo: '/Ubicación Centro', texto: 'Morelos 415' });
    assert.equal(r.estado, 303);
    const chat = await ana.pedir('GET', '/panel_cliente/aura/chat/rapidas?q=ubica', {
      accept: 'text/html',
      'x-fragmento': '1',
    });
    assert.match(chat.texto, /ubicacion-centro/);
    const otra = await ana.formulario(`${BASE}/rapidas`, {
      atajo: 'ubicacion-centro',
      texto: 'Otra que no se pierde',
    });
    assert.equal(otra.estado, 422);
    assert.match(otra.texto, /Ya hay una respuesta con \/ubicacion-centro/);
    assert.match(otra.texto, /Otra que no se pierde/);
    const [fila] = await n.sql<{ id: string }>('select id from respuestas_rapidas');
    assert.equal(
      (await ana.formulario(`${BASE}/rapidas/${fila?.id}`, { atajo: 'mapa', texto: 'Morelos' })).estado,
      303,
    );
    assert.equal((await ana.pedir('DELETE', `${BASE}/rapidas/${fila?.id}`)).estado, 200);
    assert.equal((await n.sql('select from respuestas_rapidas')).length, 0);
  });
});

describe('entre noras', () => {
  test('lo de una nora no existe para la otra, ni por su propia ruta con el id ajeno', async () => {
    await n.sql('delete from respuestas_automaticas');
    const creada = await ana.subir(`${BASE}/reglas`, REGLA, { nombre: 'mapa.png', contenido: PNG });
    const id = String(creada.json['id']);
    const [adjunto] = await n.sql<{ adjunto_id: string }>('select adjunto_id from respuestas_automaticas');
    const [rapida] = await n.sql<{ id: string }>(
      "insert into respuestas_rapidas (nombre_nora, atajo, texto) values ('aura', 'x', 'y') returning id",
    );
    const suya = '/panel_cliente/demo/respuestas';
    for (const [metodo, ruta] of [
      ['GET', `/reglas/${id}`],
      ['DELETE', `/reglas/${id}`],
      ['POST', `/reglas/${id}/activo?valor=no`],
      ['GET', `/adjuntos/${adjunto?.adjunto_id}`],
      ['DELETE', `/rapidas/${rapida?.id}`],
    ] as const)
      assert.equal((await dora.pedir(metodo, suya + ruta)).estado, 404, `${metodo} ${ruta}`);
    assert.equal((await dora.formulario(`${suya}/reglas/${id}`, REGLA)).estado, 404);
    assert.equal((await dora.pedir('GET', BASE)).estado, 404);
    assert.deepEqual((await dora.pedir('GET', suya)).json['reglas'], []);
    assert.deepEqual((await dora.pedir('GET', `${suya}/probador?texto=ubicacion`)).json['reglas'], []);
    const [aun] = await n.sql<{ activo: boolean }>('select activo from respuestas_automaticas');
    assert.equal(aun?.activo, true);
  });
});

test('las variables sin dato se quitan con su espacio o usan su respaldo', () => {
  const datos = {
    nora: {
      nombre_visible: 'Aura',
      zona_horaria: 'America/Hermosillo',
      horario: { lun: [['10:00', '20:00']] },
    },
    contacto: { nombre: null, telefono: '+526621110001' },
    ahora: new Date('2026-11-21T02:30:00Z'),
  };
  assert.equal(rellenar('Hola {{nombre}}, soy {{ Nora }}', datos), 'Hola, soy Aura');
  assert.equal(rellenar('{{nombre|Amiga}}: {{hora}} {{saludo}}', datos), 'Amiga: 19:30 Buenas noches');
  assert.equal(
    rellenar('{{horario}}', datos),
    'lunes 10:00 a 20:00; martes cerrado; miércoles cerrado; jueves cerrado; viernes cerrado; sábado cerrado; domingo cerrado',
  );
  assert.equal(
    rellenar('{{otra}} $& {{nora}}', { ...datos, nora: { ...datos.nora, nombre_visible: '$& Co' } }),
    '{{otra}} $& $& Co',
  );
  assert.deepEqual(variablesDesconocidas('{{nombre|x}} {{otra}} {{ otra }} {{}}'), ['otra', '']);
});

const REGLA = {
  disparador: 'ubicación',
  coincidencia: 'contiene',
  respuesta: 'Respuesta que no se pierde',
  prioridad: '0',
  horario: 'siempre',
  activo: 'si',
};

async function regla(
  disparador: string,
  coincidencia: string,
  respuesta: string,
  extra: Record<string, string> = {},
): Promise<string> {
  const r = await ana.subir(`${BASE}/reglas`, { ...REGLA, disparador, coincidencia, respuesta, ...extra });
  assert.equal(r.estado, 201, r.texto);
  return String(r.json['id']);
}

interface Respuesta {
  estado: number;
  texto: string;
  json: Record<string, unknown>;
}
interface Persona {
  pedir(
    metodo: string,
    ruta: string,
    cabeceras?: Record<string, string>,
    cuerpo?: FormData | URLSearchParams,
  ): Promise<Respuesta>;
  /** Como lo mandaría el navegador sin JavaScript. */
  formulario(ruta: string, datos: Record<string, string>): Promise<Respuesta>;
  subir(
    ruta: string,
    datos: Record<string, string>,
    archivo?: { nombre: string; contenido: Buffer },
  ): Promise<Respuesta>;
}

async function entrar(correo: string): Promise<Persona> {
  const cookies = new Map<string, string>();
  let csrf = '';
  const pedir: Persona['pedir'] = async (metodo, ruta, cabeceras = {}, cuerpo) => {
    const r = await fetch(n.url + ruta, {
      method: metodo,
      redirect: 'manual',
      headers: {
        accept: 'application/json',
        cookie: [...cookies].map(([k, v]) => `${k}=${v}`).join('; '),
        'x-csrf-token': csrf,
        ...cabeceras,
      },
      ...(cuerpo && { body: cuerpo }),
    });
    for (const linea of r.headers.getSetCookie()) {
      const [par = ''] = linea.split(';');
      cookies.set(par.slice(0, par.indexOf('=')), par.slice(par.indexOf('=') + 1));
    }
    const texto = await r.text();
    return {
      estado: r.status,
      texto,
      json: r.headers.get('content-type')?.includes('json')
        ? (JSON.parse(texto) as Record<string, unknown>)
        : {},
    };
  };
  csrf = String((await pedir('GET', '/login')).json['csrf']);
  const r = await pedir('POST', '/login', {}, new URLSearchParams({ correo, clave: CLAVE }));
  if (typeof r.json['csrf'] === 'string') csrf = r.json['csrf'];
  return {
    pedir,
    formulario: (ruta, datos) => pedir('POST', ruta, { accept: 'text/html' }, new URLSearchParams(datos)),
    subir(ruta, datos, archivo) {
      const cuerpo = new FormData();
      for (const [k, v] of Object.entries(datos)) cuerpo.append(k, v);
      if (archivo) cuerpo.append('archivo', new Blob([new Uint8Array(archivo.contenido)]), archivo.nombre);
      return pedir('POST', ruta, {}, cuerpo);
    },
  };
}
