import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { abrirWeb, crearNora, crearUsuario, type Visitante, type Web } from './apoyo/web.ts';

const PANEL = '/panel_cliente/aura';
const HTML = { accept: 'text/html' };
const MODULOS = ['contactos', 'etiquetas', 'respuestas', 'conocimiento', 'ia'];
/** Diez mil caracteres que ocupan doce letras cada uno al viajar. */
const LARGO = `MARCA ${'🎀'.repeat(10_000)}`;
const RARO = 'nulo\0 🎀 \u202eمرحبا';
const OTRO = 'lo que ya llevaba «escrito»';

interface Formulario {
  que: string;
  ruta: string;
  /** El campo que se maltrata. */
  campo: string;
  /** Lo demás, bien puesto; OTRO debe seguir ahí después del error. */
  datos: Record<string, string>;
  /** Lo que quedó guardado de ese campo, para el texto raro. */
  guardado: string;
}

let web: Web;
let ana: Visitante;
let etiqueta: string;
let formularios: Formulario[];

before(async () => {
  web = await abrirWeb();
  await crearNora(web.ctx, 'aura', MODULOS);
  await crearUsuario(web.ctx, { correo: 'ana@aura.mx', noras: { aura: 'dueno' } });
  ana = web.visitante();
  await ana.entrar('ana@aura.mx');
  const [e] = await sql<{ id: string }>(
    `insert into etiquetas (nombre_nora, nombre) values ('aura', 'VIP') returning id`,
  );
  etiqueta = e?.id ?? '';
  formularios = armar();
});
after(() => web.cerrar());

function armar(): Formulario[] {
  const ia = {
    personalidad: '',
    instrucciones: OTRO,
    modo_respuesta: 'flexible',
    modelo_ia: '',
    palabras_pase: '',
    mensaje_fuera_de_tema: '',
    reanudar_ia_horas: '12',
  };
  const regla = {
    disparador: 'hola',
    coincidencia: 'contiene',
    respuesta: OTRO,
    prioridad: '0',
    horario: 'siempre',
    activo: 'si',
  };
  const prueba = { pregunta: '¿Abren?', espera: 'responde', contiene: OTRO, no_contiene: '', activa: 'si' };
  const bloque = {
    titulo: OTRO,
    contenido: 'Abrimos a las diez.',
    etiquetas: '',
    prioridad: '0',
    activo: 'si',
  };
  const contacto = { telefono: '662 000 0001', nombre: '', correo: '', empresa: OTRO, notas: '', acepta: '' };
  return [
    {
      que: 'crear una etiqueta',
      ruta: '/etiquetas',
      campo: 'nombre',
      datos: { color: 'rosa', descripcion: OTRO },
      guardado: 'select nombre v from etiquetas',
    },
    {
      que: 'cuándo poner una etiqueta',
      ruta: '/etiquetas',
      campo: 'descripcion',
      datos: { nombre: OTRO, color: 'rosa' },
      guardado: 'select descripcion v from etiquetas',
    },
    {
      que: 'cambiar una etiqueta',
      ruta: `/etiquetas/${etiqueta}`,
      campo: 'nombre',
      datos: { color: 'rosa', descripcion: OTRO },
      guardado: 'select nombre v from etiquetas',
    },
    {
      que: 'regla de etiquetado',
      ruta: '/etiquetas/reglas/nueva',
      campo: 'frases',
      datos: { etiqueta },
      guardado: 'select unnest(frases) v from reglas_etiquetas',
    },
    {
      que: 'contacto nuevo',
      ruta: '/contactos',
      campo: 'nombre',
      datos: contacto,
      guardado: 'select nombre v from contactos',
    },
    {
      que: 'notas de un contacto nuevo',
      ruta: '/contactos',
      campo: 'notas',
      datos: { ...contacto, telefono: '662 000 0002' },
      guardado: 'select notas v from contactos',
    },
    {
      que: 'palabra de una respuesta automática',
      ruta: '/respuestas/reglas',
      campo: 'disparador',
      datos: regla,
      guardado: 'select disparador v from respuestas_automaticas',
    },
    {
      que: 'texto de una respuesta automática',
      ruta: '/respuestas/reglas',
      campo: 'respuesta',
      datos: { ...regla, disparador: OTRO },
      guardado: 'select respuesta v from respuestas_automaticas',
    },
    {
      que: 'respuesta rápida',
      ruta: '/respuestas/rapidas',
      campo: 'texto',
      datos: { atajo: 'que_ya_llevaba' },
      guardado: 'select texto v from respuestas_rapidas',
    },
    {
      que: 'bienvenida',
      ruta: '/respuestas/mensajes',
      campo: 'mensaje_bienvenida',
      datos: { mensaje_fuera_horario: OTRO },
      guardado: 'select mensaje_bienvenida v from configuracion_bot',
    },
    {
      que: 'bloque de conocimiento',
      ruta: '/conocimiento/bloques',
      campo: 'contenido',
      datos: bloque,
      guardado: 'select contenido v from conocimiento_nora',
    },
    {
      que: 'título de un bloque',
      ruta: '/conocimiento/bloques',
      campo: 'titulo',
      datos: { ...bloque, contenido: OTRO },
      guardado: 'select titulo v from conocimiento_nora',
    },
    {
      que: 'personalidad',
      ruta: '/ia',
      campo: 'personalidad',
      datos: ia,
      guardado: 'select personalidad v from configuracion_bot',
    },
    {
      que: 'respuesta fuera de tema',
      ruta: '/ia',
      campo: 'mensaje_fuera_de_tema',
      datos: ia,
      guardado: 'select mensaje_fuera_de_tema v from configuracion_bot',
    },
    {
      que: 'palabras de pase',
      ruta: '/ia',
      campo: 'palabras_pase',
      datos: ia,
      guardado: 'select unnest(palabras_pase) v from configuracion_bot',
    },
    {
      que: 'pregunta de prueba',
      ruta: '/ia/pruebas',
      campo: 'pregunta',
      datos: prueba,
      guardado: 'select pregunta v from pruebas_ia',
    },
    {
      que: 'lo que debe decir una prueba',
      ruta: '/ia/pruebas',
      campo: 'contiene',
      datos: { ...prueba, pregunta: OTRO },
      guardado: 'select unnest(contiene) v from pruebas_ia',
    },
  ];
}

describe('entradas hostiles en los formularios del panel', () => {
  test('diez mil caracteres: el error sale junto a su campo, sigue todo lo escrito y no se guarda nada', async () => {
    for (const f of formularios) {
      const antes = await huellaDeTablas();
      const r = await ana.post(`${PANEL}${f.ruta}`, { ...f.datos, [f.campo]: LARGO }, HTML);
      assert.equal(r.estado, 422, `${f.que}: contestó ${r.estado}`);
      assert.match(errorDe(r.texto, f.campo), /\p{L}{3}/u, `${f.que}: sin error junto al campo`);
      assert.match(r.texto, /MARCA 🎀{500}/u, `${f.que}: perdió lo que estaba mal`);
      for (const [campo, valor] of Object.entries(f.datos))
        if (valor === OTRO) assert.ok(r.texto.includes(OTRO), `${f.que}: perdió «${campo}»`);
      assert.deepEqual(await huellaDeTablas(), antes, `${f.que}: guardó algo a medias`);
    }
  });

  test('bytes nulos, emojis y marcas que voltean el texto: se guarda limpio y legible', async () => {
    for (const f of formularios) {
      const r = await ana.post(
        `${PANEL}${f.ruta}`,
        { ...f.datos, ...(await alDia(f)), [f.campo]: RARO },
        HTML,
      );
      assert.ok(r.estado === 303, `${f.que}: contestó ${r.estado}`);
      const filas = await sql<{ v: string | null }>(f.guardado);
      const suya = filas.map((x) => x.v ?? '').find((v) => v.includes('nulo'));
      assert.match(suya ?? '', /^nulo 🎀 \u202e?مرحبا$/u, `${f.que}: quedó «${suya}»`);
      await limpiar();
    }
  });

  test('un renglón mal en una lista se dice en el campo de la lista', async () => {
    const largo = 'y'.repeat(300);
    const casos: [string, string, Record<string, string>][] = [
      ['/etiquetas/reglas/nueva', 'frases', { etiqueta, frases: `precio\n${largo}` }],
      ['/contactos/campos', 'opciones', { titulo: 'Sucursal', tipo: 'lista', opciones: `Centro\n${largo}` }],
      [
        '/ia/pruebas',
        'contiene',
        { pregunta: '¿Abren?', espera: 'responde', contiene: `10\n${largo}`, no_contiene: '', activa: 'si' },
      ],
    ];
    for (const [ruta, campo, datos] of casos) {
      const r = await ana.post(`${PANEL}${ruta}`, datos, HTML);
      assert.equal(r.estado, 422, ruta);
      assert.match(errorDe(r.texto, campo), /caracteres o menos/, ruta);
      assert.ok(r.texto.includes(largo), `${ruta}: perdió lo escrito`);
    }
  });

  test('lo que ya existe tampoco manda a otra página: segmento, campo y nota dicen qué está mal con lo escrito', async () => {
    const C = `${PANEL}/contactos`;
    const [campo] = await sql<{ id: string }>(
      `insert into campos_contacto (nombre_nora, clave, titulo, tipo, opciones) values ('aura', 'sucursal', 'Sucursal', 'lista', '{Centro}') returning id`,
    );
    const [k] = await sql<{ id: string }>(
      `insert into contactos (nombre_nora, telefono, nombre) values ('aura', '+526620008888', 'Eva') returning id`,
    );
    await sql(
      `insert into segmentos (nombre_nora, nombre, filtro) values ('aura', 'Frecuentes', '{"ia":"si"}')`,
    );
    const casos: [string, string, Record<string, string>, number, RegExp, string][] = [
      [
        `${C}/segmentos?bloqueado=no`,
        'nombre',
        { nombre: 'frecuentes' },
        409,
        /Ya hay un segmento/,
        'frecuentes',
      ],
      [`${C}/segmentos?bloqueado=no`, 'nombre', { nombre: LARGO }, 422, /caracteres o menos/, 'MARCA'],
      [
        `${C}/campos/${campo?.id}`,
        'titulo',
        { titulo: LARGO, opciones: OTRO },
        422,
        /caracteres o menos/,
        OTRO,
      ],
      [
        `${C}/campos/${campo?.id}`,
        'opciones',
        { titulo: OTRO, opciones: '' },
        422,
        /al menos una opción/,
        OTRO,
      ],
      [`${C}/${k?.id}/notas`, 'texto', { texto: LARGO }, 422, /caracteres o menos/, 'MARCA'],
    ];
    for (const [ruta, nombre, datos, estado, mensaje, escrito] of casos) {
      const r = await ana.post(ruta, datos, HTML);
      assert.equal(r.estado, estado, ruta);
      assert.match(errorDe(r.texto, nombre), mensaje, ruta);
      assert.ok(r.texto.includes(escrito), `${ruta}: perdió lo escrito`);
    }
    assert.deepEqual(await sql(`select titulo, opciones from campos_contacto`), [
      { titulo: 'Sucursal', opciones: ['Centro'] },
    ]);
    assert.equal((await sql('select from segmentos')).length, 1);
  });

  test('ningún campo, vacío o de más, tumba una página', async () => {
    for (const f of formularios)
      for (const datos of [{}, { [f.campo]: '' }, { [f.campo]: ['a', 'b'] }, { [f.campo]: '\0' }]) {
        const r = await ana.post(`${PANEL}${f.ruta}`, datos as Record<string, string>, HTML);
        assert.ok(r.estado < 500, `${f.que} con ${JSON.stringify(datos)}: contestó ${r.estado}`);
        await limpiar();
      }
  });
});

/** El texto del error al que apunta el campo con ese nombre; vacío si no está marcado. */
function errorDe(html: string, campo: string): string {
  for (const [etiquetaHtml] of html.matchAll(/<(?:input|textarea|select)\b[^>]*>/g)) {
    if (!etiquetaHtml.includes(`name="${campo}"`) || !etiquetaHtml.includes('aria-invalid="true"')) continue;
    const ids = /aria-describedby="([^"]*)"/.exec(etiquetaHtml)?.[1]?.split(/\s+/) ?? [];
    for (const id of ids) {
      const cuerpo = new RegExp(`<p class="campo__error"[^>]*id="${id}"[^>]*>(.*?)</p>`, 's').exec(html)?.[1];
      if (cuerpo) return cuerpo.replace(/<[^>]+>/g, '').trim();
    }
  }
  return '';
}

/** Los ajustes de la IA llevan la huella de lo que se estaba viendo. */
async function alDia(f: Formulario): Promise<Record<string, string>> {
  if (f.ruta !== '/ia') return {};
  const { texto } = await ana.get(`${PANEL}/ia`, HTML);
  return { huella: /name="huella" value="([^"]+)"/.exec(texto)?.[1] ?? '' };
}

async function huellaDeTablas(): Promise<unknown> {
  const tablas = [
    'etiquetas',
    'reglas_etiquetas',
    'contactos',
    'respuestas_automaticas',
    'respuestas_rapidas',
    'conocimiento_nora',
    'pruebas_ia',
    'configuracion_bot',
  ];
  return sql(
    tablas
      .map((t) => `select '${t}' t, count(*) n, md5(string_agg(x::text, '' order by x::text)) h from ${t} x`)
      .join(' union all '),
  );
}

async function limpiar(): Promise<void> {
  await sql(
    `delete from contactos; delete from reglas_etiquetas; delete from etiquetas where id <> '${etiqueta}'; update etiquetas set nombre = 'VIP', descripcion = null;
     delete from respuestas_automaticas; delete from respuestas_rapidas; delete from conocimiento_nora; delete from pruebas_ia`,
  );
}

async function sql<T extends object>(texto: string): Promise<T[]> {
  const r = (await web.ctx.bd.pool.query(texto)) as { rows: T[] } | { rows: T[] }[];
  return Array.isArray(r) ? (r.at(-1)?.rows ?? []) : r.rows;
}
