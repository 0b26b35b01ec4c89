import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { importarContactos } from '../src/modulos/contactos/importar.ts';
import { tareasContactos } from '../src/modulos/contactos/trabajos.ts';
import { limpiarContactos } from '../src/trabajos/limpieza_contactos.ts';
import { abrirWeb, hasta, type Visitante, type Web, dosVecinas } from './apoyo/web.ts';

const BASE = '/panel_cliente/aura/contactos';

let web: Web;
let ana: Visitante;
let dora: Visitante;

before(async () => {
  web = await abrirWeb();
  ({ ana, dora } = await dosVecinas(web, ['contactos']));
  await web.ctx.trabajos.atender(tareasContactos(web.ctx));
});
after(() => web.cerrar());
beforeEach(() =>
  sql(
    `delete from contactos; delete from etiquetas; delete from importaciones_contactos; delete from campos_contacto`,
  ),
);

describe('importar un CSV', () => {
  test('cada fila acaba creada, actualizada, igual o rechazada con su motivo, y repetir el archivo no duplica nada', async () => {
    await sql(
      `insert into campos_contacto (nombre_nora, clave, titulo, tipo, opciones) values ('aura', 'talla', 'Talla', 'numero', '{}'), ('aura', 'sucursal', 'Sucursal', 'lista', '{Centro,Norte}')`,
    );
    await sql(
      `insert into contactos (nombre_nora, telefono, nombre, acepta_envios, etiquetas, notas) values ('aura', '+5216620000009', 'Vieja', false, '{VIP}', 'de antes')`,
    );
    await sql(`insert into etiquetas (nombre_nora, nombre) values ('aura', 'VIP')`);
    const csv = [
      'Celular,Nombre completo,E-mail,Empresa,Etiquetas,Notas,Talla,Sucursal,Acepta envíos,Otra cosa',
      '6620000001,Ana López,ana@x.mx,Florería,cliente; vip,hola,1.5,norte,sí,x',
      '662 000 0009,Nueva,,,Novia,más notas,,,sí,x',
      '"\'+52 1 662 000 0002","José ""Pepe"" Ñ",,,,,,,,',
      ',Sin teléfono,,,,,,,,',
      '12,Corto,,,,,,,,',
      '6620000003,Correo malo,no-es,,,,,,,',
      '6620000004,Talla mala,,,,,grande,,,',
      '+526620000001,Repetida,,,,,,,,',
      `6620000005,${'x'.repeat(10_000)},,,,,,,,`,
      "6620000006,'=HYPERLINK(1),,,,,,,,",
      '6620000007,🎀 \u202eابن,,,,,,,,',
    ].join('\r\n');
    const primera = await importar(csv, { etiqueta: 'Expo' });
    assert.deepEqual(cuentas(primera), {
      estado: 'terminada',
      total: 11,
      creadas: 4,
      actualizadas: 1,
      iguales: 0,
      rechazadas: 6,
    });
    const filas = await sql<{ linea: number; motivo: string }>(
      `select linea, motivo from importaciones_contactos_filas where resultado = 'rechazada' order by linea`,
    );
    assert.deepEqual(
      filas.map((f) => f.linea),
      [5, 6, 7, 8, 9, 10],
    );
    for (const [i, m] of [
      /Falta el teléfono/,
      /no es un teléfono válido/,
      /no es un correo/,
      /Talla: Escribe un número/,
      /ya venía en la línea 2/,
      /200 caracteres/,
    ].entries())
      assert.match(filas[i]?.motivo ?? '', m);
    const [a] = await sql(
      `select nombre, correo, empresa, etiquetas, notas, acepta_envios, datos, ultimo_mensaje = sin_mensajes() s from contactos where telefono = '+526620000001'`,
    );
    assert.deepEqual(a, {
      nombre: 'Ana López',
      correo: 'ana@x.mx',
      empresa: 'Florería',
      etiquetas: ['Expo', 'VIP', 'cliente'],
      notas: 'hola',
      acepta_envios: true,
      datos: { talla: 1.5, sucursal: 'Norte' },
      s: true,
    });
    const [v] = await sql(
      `select nombre, telefono, etiquetas, notas, acepta_envios from contactos where clave_telefono = '+526620000009'`,
    );
    assert.deepEqual(
      v,
      {
        nombre: 'Nueva',
        telefono: '+5216620000009',
        etiquetas: ['VIP', 'Expo', 'Novia'],
        notas: 'de antes\nmás notas',
        acepta_envios: false,
      },
      'la BAJA se respeta y las notas se suman',
    );
    assert.equal((await sql(`select from contactos where nombre = '=HYPERLINK(1)'`)).length, 1);
    const otra = await importar(csv, { etiqueta: 'Expo' });
    assert.deepEqual(cuentas(otra), {
      estado: 'terminada',
      total: 11,
      creadas: 0,
      actualizadas: 0,
      iguales: 5,
      rechazadas: 6,
    });
    assert.equal((await sql(`select from contactos where nombre_nora = 'aura'`)).length, 5);
    const { texto } = await ana.get(`${BASE}/importaciones/${String(primera['id'])}/rechazadas.csv`);
    assert.match(texto, /^\ufeff?Celular,Nombre completo.*Por qué se rechazó\r\n/);
    assert.match(texto, /,Sin teléfono,.*5,Falta el teléfono/);
  });

  test('Excel en español: punto y coma, Windows-1252 y sin títulos', async () => {
    const bytes = Buffer.from('662 100 0001;Peñalosa Íñigo;Muñoz y Cía\n6621000002;Sofía;\n', 'latin1');
    const r = await importar(bytes, { columna: ['telefono', 'nombre', 'empresa'] });
    assert.deepEqual(cuentas(r), {
      estado: 'terminada',
      total: 2,
      creadas: 2,
      actualizadas: 0,
      iguales: 0,
      rechazadas: 0,
    });
    assert.deepEqual(await sql(`select nombre, empresa from contactos order by telefono`), [
      { nombre: 'Peñalosa Íñigo', empresa: 'Muñoz y Cía' },
      { nombre: 'Sofía', empresa: null },
    ]);
  });

  test('los modos: completar respeta lo que hay y saltar no toca a nadie', async () => {
    await sql(
      `insert into contactos (nombre_nora, telefono, nombre) values ('aura', '+526620000001', 'Original')`,
    );
    const csv = 'telefono,nombre,empresa\n6620000001,Del archivo,Empresa\n';
    assert.equal((await importar(csv, { modo: 'saltar' }))['iguales'], 1);
    assert.equal((await importar(csv, { modo: 'completar' }))['actualizadas'], 1);
    assert.deepEqual(await sql('select nombre, empresa from contactos'), [
      { nombre: 'Original', empresa: 'Empresa' },
    ]);
  });

  test('lo que no es un CSV sano se rechaza entero, con qué línea y qué hacer, y no guarda nada', async () => {
    const casos: [string | Buffer, number, RegExp][] = [
      ['telefono,nombre\n6621,"Ana\n6622,Beto\n', 422, /comillas que se abren y nunca se cierran/],
      ['telefono,nombre\n6621,"Ana" López\n', 422, /línea 2.*comillas/],
      [Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0]), 415, /Excel/],
      [Buffer.from('%PDF-1.7 ...'), 415, /PDF/],
      [Buffer.from('telefono\n66\u0000210\n'), 415, /no es texto/],
      ['', 422, /vacío/],
      ['telefono,nombre\n', 422, /sólo tiene los títulos/],
    ];
    for (const [contenido, estado, mensaje] of casos) {
      const r = await subir(ana, BASE, contenido);
      assert.equal(r.estado, estado, r.texto);
      assert.match(r.texto, mensaje);
    }
    assert.equal(
      (await fetchCrudo(ana, `${BASE}/importaciones`, 'hola', { 'content-type': 'text/plain' })).status,
      422,
    );
    const enorme = await fetchCrudo(ana, `${BASE}/importaciones`, 'x', {
      'content-type': 'multipart/form-data; boundary=x',
      'content-length': String(200 * 1024 * 1024),
    }).catch(() => null);
    if (enorme) assert.equal(enorme.status, 413);
    assert.equal((await sql('select from importaciones_contactos')).length, 0);
    assert.equal((await sql('select from contactos')).length, 0);
  });

  test('sin columna de teléfono, o con dos a lo mismo, no empieza', async () => {
    const { id } = await subir(ana, BASE, 'a,b\nuno,dos\n');
    for (const [columna, mensaje] of [
      [['nombre', ''], /cuál columna es el teléfono/],
      [['telefono', 'telefono'], /Dos columnas van a/],
    ] as const) {
      const r = await ana.post(`${BASE}/importaciones/${id}/inicio`, { columna: [...columna] });
      assert.equal(r.estado, 422);
      assert.match(r.texto, mensaje);
    }
    const pagina = await ana.post(
      `${BASE}/importaciones/${id}/inicio`,
      { columna: ['nombre', 'empresa'], modo: 'saltar', etiqueta: 'Expo 2026' },
      { accept: 'text/html' },
    );
    assert.equal(pagina.estado, 422);
    assert.match(pagina.texto, /id="columnas_error"[^>]*>.*cuál columna es el teléfono/s);
    assert.match(pagina.texto, /value="empresa" selected/);
    assert.match(pagina.texto, /value="saltar" checked/);
    assert.match(pagina.texto, /name="etiqueta"[^>]*value="Expo 2026"/);
  });

  test('un trabajo que se corta a la mitad y se repite sigue donde iba; dos a la vez no duplican', async () => {
    const csv = `telefono,nombre\n${Array.from({ length: 2500 }, (_, i) => `66230${String(i).padStart(5, '0')},P ${i}`).join('\n')}\n`;
    const { id } = await subir(ana, BASE, csv);
    await sql(
      `update importaciones_contactos set estado = 'en_fila', mapeo = '["telefono","nombre"]', opciones = '{"encabezado":true}' where id = $1`,
      [id],
    );
    let tandas = 0;
    const bd = {
      ...web.ctx.bd,
      deNora: (n: string) => {
        const cliente = web.ctx.bd.deNora(n);
        return new Proxy(cliente, {
          get: (o, p) =>
            p === 'rpc'
              ? (f: string, d: object) => {
                  if (f === 'importar_contactos' && ++tandas === 2) throw new Error('se cortó la luz');
                  return o.rpc(f as never, d as never);
                }
              : Reflect.get(o, p),
        });
      },
    };
    await assert.rejects(importarContactos({ ...web.ctx, bd }, 'aura', id), /se cortó la luz/);
    assert.equal((await sql('select from contactos')).length, 1000);
    await Promise.all([
      importarContactos(web.ctx, 'aura', id),
      importarContactos(web.ctx, 'aura', id).catch(() => {}),
    ]);
    await importarContactos(web.ctx, 'aura', id);
    const [imp] = await sql(`select estado, procesadas, creadas, rechazadas from importaciones_contactos`);
    assert.deepEqual(imp, { estado: 'terminada', procesadas: 2500, creadas: 2500, rechazadas: 0 });
    assert.equal((await sql('select from importaciones_contactos_filas')).length, 2500);
  });

  test('la fila que no cabe en la ficha se rechaza y se descarga como venía; las demás de su tanda entran', async () => {
    const muchas = Array.from({ length: 45 }, (_, i) => `e${i}`);
    await sql(
      `insert into contactos (nombre_nora, telefono, nombre, etiquetas) values ('aura', '+526620000001', 'Llena', $1)`,
      [muchas],
    );
    const nuevas = Array.from({ length: 10 }, (_, i) => `n${i}`).join(';');
    const r = await importar(
      `telefono,nombre,etiquetas,sin mapear\n6620000001,Llena,${nuevas},lo de siempre\n6620000002,Otra,VIP,\n12,Corta,,\n`,
    );
    assert.deepEqual(cuentas(r), {
      estado: 'terminada',
      total: 3,
      creadas: 1,
      actualizadas: 0,
      iguales: 0,
      rechazadas: 2,
    });
    assert.equal(
      (await sql<{ n: number }>(`select cardinality(etiquetas) n from contactos where nombre = 'Llena'`))[0]
        ?.n,
      45,
    );
    const { texto } = await ana.get(`${BASE}/importaciones/${String(r['id'])}/rechazadas.csv`);
    assert.match(
      texto,
      /6620000001,Llena,"n0;.*n9",lo de siempre,2,Un dato no cabe o hay más de 50 etiquetas/,
    );
    assert.match(texto, /12,Corta,,,4,/);
  });

  test('los dos teléfonos de una ficha unida, en el mismo archivo, actualizan a la misma persona', async () => {
    const [k] = await sql<{ id: string }>(
      `insert into contactos (nombre_nora, telefono, nombre) values ('aura', '+526620000001', 'Unida') returning id`,
    );
    await sql(
      `insert into telefonos_contacto (nombre_nora, clave, contacto_id, telefono) values ('aura', '+526620000002', $1, '+526620000002')`,
      [k?.id],
    );
    const r = await importar(
      'telefono,empresa,notas\n6620000001,Florería,una\n6620000002,,otra\n6620000003,,\n',
    );
    assert.deepEqual(cuentas(r), {
      estado: 'terminada',
      total: 3,
      creadas: 1,
      actualizadas: 2,
      iguales: 0,
      rechazadas: 0,
    });
    assert.deepEqual(await sql(`select nombre, empresa, notas from contactos where id = $1`, [k?.id]), [
      { nombre: 'Unida', empresa: 'Florería', notas: 'una\notra' },
    ]);
  });

  test('otra nora no ve, no empieza ni descarga una importación ajena', async () => {
    const { id } = await subir(ana, BASE, 'telefono\n6620000001\n');
    const D = '/panel_cliente/demo/contactos';
    for (const ruta of [`${D}/importaciones/${id}`, `${D}/importaciones/${id}/rechazadas.csv`])
      assert.equal((await dora.get(ruta)).estado, 404);
    assert.equal((await dora.post(`${D}/importaciones/${id}/inicio`, { columna: ['telefono'] })).estado, 404);
    assert.equal((await dora.borrar(`${D}/importaciones/${id}`)).estado, 404);
    await importarContactos(web.ctx, 'demo', id);
    assert.equal((await sql('select from contactos')).length, 0);
    assert.equal((await ana.borrar(`${BASE}/importaciones/${id}`)).estado, 303);
    assert.equal(
      (await sql<{ estado: string }>('select estado from importaciones_contactos'))[0]?.estado,
      'cancelada',
    );
  });
});

describe('el archivo subido', () => {
  test('se borra en cuanto la importación ya no puede correr, se haya cancelado como se haya cancelado', async () => {
    const csv = 'telefono\n6620000001\n';
    const archivos: Record<string, string> = {};
    for (const estado of [
      'lista',
      'en_fila',
      'procesando',
      'cancelada',
      'fallida',
      'terminada',
      'reciente',
    ]) {
      const { id } = await subir(ana, BASE, csv);
      archivos[estado] = await rutaDe(id);
      if (estado === 'lista') continue;
      const cerrada = estado !== 'en_fila' && estado !== 'procesando';
      await sql(
        `update importaciones_contactos set estado = $2, terminado = case when $3 then clock_timestamp() - make_interval(hours => $4) end where id = $1`,
        [id, estado === 'reciente' ? 'cancelada' : estado, cerrada, estado === 'reciente' ? 0 : 2],
      );
    }
    await limpiarContactos(web.ctx);
    const quedan = [];
    for (const [estado, ruta] of Object.entries(archivos)) if (await hayArchivo(ruta)) quedan.push(estado);
    // A quien la corría cuando se canceló se le da un rato para soltarlo.
    assert.deepEqual(quedan, ['lista', 'en_fila', 'procesando', 'reciente']);
    await sql(`update importaciones_contactos set creado = creado - interval '3 days'`);
    await limpiarContactos(web.ctx);
    assert.equal(await hayArchivo(archivos['lista'] ?? ''), false, 'nadie la confirmó');
    await sql(`update importaciones_contactos set creado = creado - interval '90 days'`);
    await limpiarContactos(web.ctx);
    for (const ruta of Object.values(archivos)) assert.equal(await hayArchivo(ruta), false);
    assert.equal((await sql('select from importaciones_contactos')).length, 0);
  });

  test('si el archivo está mal, la importación falla y no deja el archivo', async () => {
    const { id } = await subir(ana, BASE, 'telefono\n6620000001\n');
    const ruta = await rutaDe(id);
    await sql(`update importaciones_contactos set estado = 'en_fila', mapeo = '["telefono"]' where id = $1`, [
      id,
    ]);
    await web.ctx.adjuntos.guardar(Buffer.from('telefono\n"6620000001\n'), {
      nombre_nora: 'aura',
      id,
      tipo: 'text/csv',
    });
    await importarContactos(web.ctx, 'aura', id);
    const [imp] = await sql<{ estado: string }>('select estado from importaciones_contactos where id = $1', [
      id,
    ]);
    assert.equal(imp?.estado, 'fallida');
    assert.equal(await hayArchivo(ruta), false);
  });
});

describe('exportar', () => {
  test('lo que parece fórmula sale escapado, y el archivo exportado se vuelve a importar idéntico', async () => {
    await sql(
      `insert into campos_contacto (nombre_nora, clave, titulo, tipo) values ('aura', 'talla', 'Talla', 'numero')`,
    );
    const malos = [
      '=1+1',
      '+cmd',
      '-2+3',
      '@SUM(A1)',
      '\tcon tab',
      'coma, "comillas"\ny salto',
      '🎀 \u202eابن',
    ];
    for (const [i, nombre] of malos.entries())
      await sql(
        `insert into contactos (nombre_nora, telefono, nombre, empresa, etiquetas, datos) values ('aura', $1, $2, $2, '{VIP}', '{"talla":-5}')`,
        [`+52662000100${i}`, nombre],
      );
    const { texto, cabeceras } = await ana.get(`${BASE}/exportar.csv`);
    assert.match(cabeceras.get('content-disposition') ?? '', /contactos_aura_\d{4}/);
    for (const celda of texto.split(/[,\r\n]/)) assert.doesNotMatch(celda, /^"?[=+@\t]/, celda);
    assert.match(texto, /'=1\+1/);
    assert.match(texto, /'\+526620001000/);
    const antes = await sql(
      "select telefono, btrim(nombre, E'\\t') nombre, etiquetas, datos from contactos order by telefono",
    );
    await sql('delete from contactos');
    const r = await importar(texto);
    assert.equal(
      r['creadas'],
      malos.length,
      JSON.stringify(await sql('select motivo from importaciones_contactos_filas')),
    );
    assert.deepEqual(
      await sql('select telefono, nombre, etiquetas, datos from contactos order by telefono'),
      antes,
    );
  });

  test('lo que se propone para un archivo común se puede importar tal cual: apellidos en dos columnas y el teléfono donde de verdad está', async () => {
    const proponer = async (csv: string): Promise<string[]> => {
      const { id, texto } = await subir(ana, BASE, csv);
      assert.ok(id, texto);
      return (
        (await sql<{ mapeo: string[] }>('select mapeo from importaciones_contactos where id = $1', [id]))[0]
          ?.mapeo ?? []
      );
    };
    const r = await importar(
      'Nombre,Apellido paterno,Apellido materno,Celular\nAna,López,Ruiz,6620000001\nEva,Díaz,,6620000002',
    );
    assert.deepEqual([r['creadas'], r['rechazadas']], [2, 0]);
    assert.deepEqual(
      (await sql<{ nombre: string }>('select nombre from contactos order by telefono')).map((k) => k.nombre),
      ['Ana López Ruiz', 'Eva Díaz'],
    );
    for (const [csv, esperado] of [
      ['Contacto,Teléfono\nAna,6620000003\nEva,', ['nombre', 'telefono']],
      ['Contacto,Nombre,Teléfono\nDirecto,Ana,6620000003', ['', 'nombre', 'telefono']],
      ['Número,Nombre,Teléfono\n1,Ana,6620000003\n2,Eva,6620000004', ['', 'nombre', 'telefono']],
      ['Número,Nombre,Móvil oficina\n1,Ana,6620000003\n2,Eva,6620000004', ['', 'nombre', 'telefono']],
      ['Número,Nombre\n6620000003,Ana', ['telefono', 'nombre']],
      ['Contacto,Cliente\n6620000003,Ana', ['telefono', 'nombre']],
      ['Teléfono,Celular,Nombre\n,6620000003,Ana\n,6620000004,Eva', ['', 'telefono', 'nombre']],
    ] as const)
      assert.deepEqual(await proponer(csv), esperado, csv);
  });

  test('las horas salen como las ve la nora, y sin último mensaje de quien nunca ha escrito', async () => {
    await sql(
      `insert into contactos (nombre_nora, telefono, nombre, mensaje_reciente, ultimo_mensaje, created_at) values
        ('aura', '+526629000001', 'Con mensajes', 'hola', '2026-11-21T03:10:00Z', '2026-11-01T06:30:00Z'), ('aura', '+526629000002', 'Sin mensajes', null, '2026-11-21T03:10:00Z', '2026-11-01T07:30:00Z')`,
    );
    const { texto, cabeceras } = await ana.get(`${BASE}/exportar.csv`);
    const fila = (nombre: string): string[] =>
      (texto.split('\r\n').find((l) => l.startsWith(nombre)) ?? '').split(',').slice(9, 11);
    assert.deepEqual(fila('Con mensajes'), ['2026-11-20 20:10', '2026-10-31 23:30']);
    assert.deepEqual(fila('Sin mensajes'), ['', '2026-11-01 00:30']);
    const hoy = new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/Hermosillo' }).format(new Date());
    assert.match(cabeceras.get('content-disposition') ?? '', new RegExp(`contactos_aura_${hoy}\\.csv`));
  });

  test('exporta sólo lo filtrado o lo elegido, completo aunque pase de mil, y nada ajeno', async () => {
    await sql(
      `insert into contactos (nombre_nora, telefono, nombre) select case when i <= 2300 then 'aura' else 'demo' end, '+5266299' || lpad(i::text, 5, '0'), 'P' || i from generate_series(1, 2400) i`,
    );
    const todos = (await ana.get(`${BASE}/exportar.csv`)).texto.trim().split('\r\n');
    assert.equal(todos.length, 2301);
    assert.equal(new Set(todos).size, 2301);
    assert.equal((await ana.get(`${BASE}/exportar.csv?q=P2299`)).texto.trim().split('\r\n').length, 2);
    const [k] = await sql<{ id: string }>(`select id from contactos where nombre = 'P7'`);
    const [x] = await sql<{ id: string }>(`select id from contactos where nombre = 'P2350'`);
    const elegidos = (await ana.post(`${BASE}/exportar`, { ids: [k?.id ?? '', x?.id ?? ''] })).texto
      .trim()
      .split('\r\n');
    assert.equal(elegidos.length, 2);
    assert.match(elegidos[1] ?? '', /^P7,/);
  });
});

async function sql<T extends object = Record<string, unknown>>(
  texto: string,
  valores?: unknown[],
): Promise<T[]> {
  return (await web.ctx.bd.pool.query(texto, valores)).rows as T[];
}

async function rutaDe(id: string): Promise<string> {
  const [imp] = await sql<{ ruta: string }>('select ruta from importaciones_contactos where id = $1', [id]);
  assert.ok(imp?.ruta && (await hayArchivo(imp.ruta)));
  return imp.ruta;
}

async function hayArchivo(ruta: string): Promise<boolean> {
  const flujo = await web.ctx.adjuntos.leer(ruta).catch(() => null);
  flujo?.destroy();
  return flujo !== null;
}

function cuentas(i: Record<string, unknown>) {
  const { estado, total, creadas, actualizadas, iguales, rechazadas } = i;
  return { estado, total, creadas, actualizadas, iguales, rechazadas };
}

async function importar(
  contenido: string | Buffer,
  opciones: { modo?: string; etiqueta?: string; columna?: string[] } = {},
): Promise<Record<string, unknown>> {
  const { id, texto } = await subir(ana, BASE, contenido);
  assert.ok(id, texto);
  const [imp] = await sql<{ mapeo: string[] }>('select mapeo from importaciones_contactos where id = $1', [
    id,
  ]);
  const { columna = imp?.mapeo ?? [], ...resto } = opciones;
  const inicio = await ana.post(`${BASE}/importaciones/${id}/inicio`, { columna, ...resto });
  assert.equal(inicio.estado, 303, inicio.texto);
  await hasta(
    async () =>
      (await sql(`select from importaciones_contactos where id = $1 and terminado is not null`, [id]))
        .length === 1,
    20_000,
  );
  return (await sql('select * from importaciones_contactos where id = $1', [id]))[0] ?? {};
}

async function subir(
  quien: Visitante,
  base: string,
  contenido: string | Buffer,
): Promise<{ estado: number; texto: string; id: string }> {
  const datos = new FormData();
  datos.append(
    'archivo',
    new Blob([typeof contenido === 'string' ? contenido : new Uint8Array(contenido)]),
    'contactos.csv',
  );
  const r = await fetchCrudo(quien, `${base}/importaciones`, datos);
  const texto = await r.text();
  return { estado: r.status, texto, id: r.status === 201 ? (JSON.parse(texto) as { id: string }).id : '' };
}

function fetchCrudo(
  quien: Visitante,
  ruta: string,
  body: BodyInit,
  cabeceras: Record<string, string> = {},
): Promise<Response> {
  return fetch(web.url + ruta, {
    method: 'POST',
    body,
    headers: {
      accept: 'application/json',
      'x-csrf-token': quien.csrf,
      cookie: [...quien.cookies].map(([n, v]) => `${n}=${v}`).join('; '),
      'x-request-id': randomUUID(),
      ...cabeceras,
    },
  });
}
