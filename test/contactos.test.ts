import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as esperar } from 'node:timers/promises';
import { tareasContactos } from '../src/modulos/contactos/trabajos.ts';
import { limpiarContactos } from '../src/trabajos/limpieza_contactos.ts';
import { abrirWeb, crearUsuario, hasta, type Visitante, type Web, dosVecinas } from './apoyo/web.ts';

const BASE = '/panel_cliente/aura/contactos';
const HTML = { accept: 'text/html' };
const PARCIAL = { 'hx-request': 'true', accept: 'text/html' };

let web: Web;
let ana: Visitante;
let dora: Visitante;
let idAna: string;
let numero = 1_000_000;

before(async () => {
  web = await abrirWeb();
  ({ ana, dora, idAna } = await dosVecinas(web, ['chat', 'contactos', 'etiquetas', 'ia']));
  await web.ctx.trabajos.atender(tareasContactos(web.ctx));
});
after(() => web.cerrar());
beforeEach(() =>
  sql(
    `delete from contactos; delete from etiquetas; delete from segmentos; delete from campos_contacto; delete from lotes_contactos; delete from uniones_contactos; delete from importaciones_contactos`,
  ),
);

describe('lista, búsqueda y filtros', () => {
  test('quien atiende encuentra a una persona por cualquier pedazo: nombre sin acentos, teléfono de cualquier forma, correo, empresa o nota', async () => {
    const id = await crear({
      nombre: 'Íñigo Peñalosa Ruiz',
      telefono: '+5216441122334',
      correo: 'inigo@taller.mx',
      empresa: 'Taller Ñandú',
      notas: 'Prefiere tardes',
    });
    await sql(
      `insert into notas_contacto (nombre_nora, contacto_id, texto) values ('aura', $1, 'Alérgico al látex')`,
      [id],
    );
    for (let i = 0; i < 3; i++) await crear({ nombre: `Otra Persona ${i}` });
    for (const q of [
      'inigo',
      'PEÑALOSA',
      'ruiz inigo',
      'penal',
      '644 112 2334',
      '(644) 112-2334',
      '+52 1 644 112 2334',
      '112 23',
      '5264411',
      '52164411',
      'taller.mx',
      'nandu',
      'tardes',
      'latex',
      'al',
      'pe',
    ]) {
      assert.deepEqual(await salen({ q }), q === 'pe' ? (await salen({ q })).filter(Boolean) : [id], q);
    }
    assert.deepEqual(await salen({ q: '%_\\' }), []);
    assert.deepEqual(await salen({ q: "'; drop table contactos; --" }), []);
  });

  test('los filtros se combinan y cada uno separa a quien toca', async () => {
    await sql(
      `insert into etiquetas (nombre_nora, nombre) values ('aura', 'VIP'), ('aura', 'Novia'), ('aura', 'Deudor')`,
    );
    const a = await crear({
      nombre: 'A',
      etiquetas: ['VIP', 'Novia'],
      acepta_envios: true,
      mensaje_reciente: 'hola',
    });
    const b = await crear({
      nombre: 'B',
      etiquetas: ['VIP', 'Deudor'],
      ia_activa: false,
      acepta_envios: false,
    });
    const c = await crear({
      nombre: 'C',
      bloqueado: true,
      no_leidos: 2,
      ultimo_mensaje: '2026-01-10T12:00:00-07:00',
      mensaje_reciente: 'hola',
      datos: { ciudad: 'Hermosillo' },
    });
    const casos: [Record<string, string | string[]>, string[]][] = [
      [{ alguna: ['VIP', 'Deudor'] }, [a, b]],
      [{ todas: ['VIP', 'Deudor'] }, [b]],
      [{ ninguna: 'VIP' }, [c]],
      [{ alguna: 'VIP', ninguna: 'Deudor' }, [a]],
      [{ ia: 'no' }, [b]],
      [{ ia: 'si' }, [a, c]],
      [{ sin_leer: '1' }, [c]],
      [{ bloqueado: 'si' }, [c]],
      [{ acepta: 'si' }, [a]],
      [{ acepta: 'no' }, [b]],
      [{ acepta: 'sin_decir' }, [c]],
      [{ acepta: 'no_rechaza' }, [a, c]],
      [{ desde: '2026-01-10', hasta: '2026-01-10' }, [c]],
      [{ hasta: '2026-01-09' }, []],
      [{ hace_mas: '30' }, [c]],
      // B está arriba de la lista por recién dada de alta, pero nadie ha escrito nada.
      [{ hace_menos: '30' }, [a]],
      [{ desde: '2026-01-11' }, [a]],
      [{ 'campo.ciudad': 'Hermosillo' }, [c]],
      [{ 'campo.ciudad': 'Nogales' }, []],
      [{ alguna: 'VIP', ia: 'no', acepta: 'no', q: 'b' }, [b]],
      [{ ia: 'cualquier cosa', desde: 'ayer' }, [a, b, c]],
    ];
    for (const [filtro, esperados] of casos)
      assert.deepEqual((await salen(filtro)).toSorted(), esperados.toSorted(), JSON.stringify(filtro));
  });

  test('se filtra por campos propios de cada tipo: texto sin acentos, número y fecha entre dos puntas, lista exacta', async () => {
    await sql(`insert into campos_contacto (nombre_nora, clave, titulo, tipo, opciones) values ('aura', 'calle', 'Calle', 'texto', '{}'),
      ('aura', 'talla', 'Talla', 'numero', '{}'), ('aura', 'cumple', 'Cumpleaños', 'fecha', '{}'), ('aura', 'sucursal', 'Sucursal', 'lista', '{Centro,Norte}')`);
    const a = await crear({
      nombre: 'A',
      datos: { calle: 'José María 100%', talla: 9, cumple: '1990-05-01', sucursal: 'Centro' },
    });
    const b = await crear({
      nombre: 'B',
      datos: { calle: 'Morelos', talla: 10.5, cumple: '2001-12-31', sucursal: 'Norte' },
    });
    const c = await crear({ nombre: 'C', datos: { talla: 'no sé', cumple: 'ayer' } });
    const casos: [Record<string, string>, string[]][] = [
      [{ 'campo.calle.contiene': 'jose maria' }, [a]],
      [{ 'campo.calle.contiene': '0%' }, [a]],
      [{ 'campo.calle.contiene': "' or true --" }, []],
      [{ 'campo.talla.min': '10' }, [b]],
      [{ 'campo.talla.min': '9', 'campo.talla.max': '10' }, [a]],
      [{ 'campo.cumple.min': '1990-05-01', 'campo.cumple.max': '1999-12-31' }, [a]],
      [{ 'campo.cumple.min': '1990-05-02' }, [b]],
      [{ 'campo.sucursal': 'Norte', 'campo.talla.min': '1' }, [b]],
      [{ 'campo.talla.min': 'mucho' }, [a, b, c]],
    ];
    for (const [filtro, esperados] of casos)
      assert.deepEqual((await salen(filtro)).toSorted(), esperados.toSorted(), JSON.stringify(filtro));
    const { texto } = await ana.get(`${BASE}?campo.talla.min=9&campo.calle.contiene=jose`, HTML);
    assert.match(texto, /name="campo\.talla\.min" value="9"/);
    assert.match(texto, /type="date"[^>]*name="campo\.cumple\.max"/);
    assert.match(texto, /Talla desde 9/);
    assert.match(texto, /Calle contiene jose/);
  });

  test('quien llegó por un anuncio queda con él y se puede filtrar', async () => {
    const { contacto } = await recibir('aura', 'hola', '+526449990001', {
      ReferralSourceId: '7788',
      ReferralHeadline: 'Promo de otoño',
    });
    await recibir('aura', 'otra vez', '+526449990001', {
      ReferralSourceId: '9999',
      ReferralHeadline: 'Otro anuncio',
    });
    const { contacto: sin } = await recibir('aura', 'hola', '+526449990002');
    assert.deepEqual(await salen({ anuncio: '7788' }), [contacto], 'cuenta el primero');
    assert.deepEqual(await salen({ anuncio: 'cualquiera' }), [contacto]);
    assert.deepEqual(await salen({ anuncio: 'ninguno' }), [sin]);
    assert.match((await ana.get(BASE, HTML)).texto, /Promo de otoño \(1\)/);
  });

  test('página por página no falta ni se repite nadie', async () => {
    await sql(
      `insert into contactos (nombre_nora, telefono, nombre, ultimo_mensaje) select 'aura', '+5266277' || lpad(i::text, 5, '0'), 'P ' || i, now() - make_interval(secs => i / 3) from generate_series(1, 130) i`,
    );
    const vistos: string[] = [];
    for (let ruta: string | undefined = `${BASE}/lista`; ruta; ) {
      const { texto }: { texto: string } = await ana.get(ruta, PARCIAL);
      vistos.push(...idsDe(texto));
      ruta = /data-siguiente="([^"]+)"/.exec(texto)?.[1]?.replaceAll('&amp;', '&');
    }
    assert.equal(vistos.length, 130);
    assert.equal(new Set(vistos).size, 130);
  });

  test('un filtro se guarda como segmento, se usa por su nombre y lo leen otras funciones', async () => {
    await sql(`insert into etiquetas (nombre_nora, nombre) values ('aura', 'VIP')`);
    const a = await crear({ nombre: 'A', etiquetas: ['VIP'] });
    await crear({ nombre: 'B' });
    assert.equal((await ana.post(`${BASE}/segmentos?alguna=VIP`, { nombre: 'Clientas' })).estado, 303);
    assert.equal((await ana.post(`${BASE}/segmentos?alguna=VIP`, { nombre: 'clientas' })).estado, 409);
    assert.equal((await ana.post(`${BASE}/segmentos`, { nombre: 'Nada' })).estado, 422);
    const [s] = await sql<{ id: string; filtro: object }>('select id, filtro from segmentos');
    assert.ok(s);
    assert.deepEqual(s.filtro, { alguna: ['VIP'] });
    const ids = await sql<{ x: string }>(`select interno.contactos_de_segmento('aura', $1) x`, [s.id]);
    assert.deepEqual(
      ids.map((r) => r.x),
      [a],
    );
    const { texto } = await ana.get(`${BASE}?alguna=VIP`, HTML);
    assert.match(texto, new RegExp(`action="${BASE}/segmentos/${s.id}\\?alguna=VIP"`));
    assert.equal(
      (await ana.post(`${BASE}/segmentos/${s.id}?alguna=VIP`, { nombre: 'Consentidas' })).estado,
      303,
    );
    assert.deepEqual(await sql('select nombre, filtro from segmentos'), [
      { nombre: 'Consentidas', filtro: { alguna: ['VIP'] } },
    ]);
    assert.equal(
      (await dora.post(`/panel_cliente/demo/contactos/segmentos/${s.id}`, { nombre: 'Mía' })).estado,
      404,
    );
    assert.equal((await sql(`select interno.contactos_de_segmento('demo', $1) x`, [s.id])).length, 0);
    const { data: deOtra } = await web.ctx.bd
      .deNora('demo')
      .rpc('contactos_de_segmento', { p_segmento: s.id });
    assert.equal(deOtra, null);
    assert.equal((await dora.borrar(`/panel_cliente/demo/contactos/segmentos/${s.id}`)).estado, 404);
    assert.equal((await ana.borrar(`${BASE}/segmentos/${s.id}`)).estado, 303);
    assert.equal((await sql(`select from auditoria where entidad like 'segmento%'`)).length, 3);
  });

  test('un segmento de varias condiciones se reconoce al abrirlo: se puede renombrar y borrar', async () => {
    await sql(`insert into etiquetas (nombre_nora, nombre) values ('aura', 'VIP')`);
    const q = 'q=ana&todas=VIP&ia=no&sin_leer=1&hace_mas=30&campo.talla.min=9';
    assert.equal((await ana.post(`${BASE}/segmentos?${q}`, { nombre: 'Dormidas' })).estado, 303);
    const [s] = await sql<{ id: string }>('select id from segmentos');
    const { texto } = await ana.get(`${BASE}?${q}`, HTML);
    assert.match(texto, new RegExp(`action="${BASE}/segmentos/${s?.id}\\?[^"]+"`), 'cambiar el nombre');
    assert.match(texto, /Borrar segmento/);
  });
});

describe('la ficha', () => {
  test('se crea a mano, avisa si el teléfono ya está y no pierde lo escrito', async () => {
    const mala = await ana.post(BASE, { nombre: 'Ana', telefono: '12', correo: 'no es correo' }, HTML);
    assert.equal(mala.estado, 422);
    assert.match(mala.texto, /Escribe un teléfono como/);
    assert.match(mala.texto, /Escribe un correo como/);
    assert.match(mala.texto, /value="no es correo"/);
    const buena = await ana.post(BASE, {
      nombre: 'Ana 🎀 \u202eلكم',
      telefono: '662 123 4567',
      acepta: 'si',
    });
    assert.equal(buena.estado, 303);
    const [k] = await sql<{ id: string; telefono: string; nombre: string; acepta_envios: boolean }>(
      'select id, telefono, nombre, acepta_envios from contactos',
    );
    assert.equal(k?.telefono, '+526621234567');
    assert.equal(k?.acepta_envios, true);
    const repetida = await ana.post(BASE, { nombre: 'Otra', telefono: '+52 1 662 123 4567' }, HTML);
    assert.equal(repetida.estado, 422);
    assert.match(repetida.texto, new RegExp(`${k?.id}`));
  });

  test('se edita completa, con campos propios por tipo, y cada error sale junto a su campo', async () => {
    for (const c of [
      { titulo: 'Cumpleaños', tipo: 'fecha' },
      { titulo: 'Talla', tipo: 'numero' },
      { titulo: 'Sucursal', tipo: 'lista', opciones: 'Centro\nNorte' },
      { titulo: 'Apodo', tipo: 'texto' },
    ])
      assert.equal((await ana.post(`${BASE}/campos`, c)).estado, 303);
    assert.equal(
      (await ana.post(`${BASE}/campos`, { titulo: 'Sin opciones', tipo: 'lista' }, HTML)).estado,
      422,
    );
    assert.match(
      (await ana.post(`${BASE}/campos`, { titulo: 'talla', tipo: 'texto' }, HTML)).texto,
      /Ya hay un campo con ese nombre/,
    );
    const id = await crear({ nombre: 'Eva' });
    const mala = await ana.post(
      `${BASE}/${id}`,
      {
        nombre: 'x'.repeat(10_000),
        'dato.cumpleanos': '2026-02-30',
        'dato.talla': 'grande',
        'dato.sucursal': 'Sur',
        'dato.apodo': 'La Güera',
      },
      HTML,
    );
    assert.equal(mala.estado, 422);
    for (const t of [
      /Usa 200 caracteres o menos/,
      /Escribe la fecha/,
      /Escribe un número/,
      /Elige una de/,
      /La Güera/,
      /x{10000}/,
    ])
      assert.match(mala.texto, t);
    assert.equal((await sql('select from contactos where nombre = $1', ['Eva'])).length, 1, 'nada a medias');
    assert.equal(
      (
        await ana.post(`${BASE}/${id}`, {
          nombre: 'Eva\0 María',
          correo: 'eva@x.mx',
          empresa: '',
          notas: 'hola',
          acepta: 'no',
          'dato.cumpleanos': '20/11/1990',
          'dato.talla': '1,234.5',
          'dato.sucursal': 'norte',
          'dato.apodo': '',
        })
      ).estado,
      303,
    );
    const [k] = await sql<Record<string, unknown>>(
      'select nombre, correo, empresa, notas, acepta_envios, datos from contactos',
    );
    assert.deepEqual(k, {
      nombre: 'Eva María',
      correo: 'eva@x.mx',
      empresa: null,
      notas: 'hola',
      acepta_envios: false,
      datos: { cumpleanos: '1990-11-20', talla: 1234.5, sucursal: 'Norte' },
    });
    const otra = await crear({ nombre: 'Otra', telefono: '+526620001111' });
    const chocan = await ana.post(`${BASE}/${id}`, { telefono: '662 000 1111' }, HTML);
    assert.equal(chocan.estado, 422);
    assert.match(chocan.texto, new RegExp(otra));
  });

  test('guardar una ficha abierta hace rato no revierte una BAJA ni lo que otra persona corrigió', async () => {
    await ana.post(`${BASE}/campos`, { titulo: 'Talla', tipo: 'numero' });
    const id = await crear({
      nombre: 'Eva',
      telefono: '+526621112200',
      empresa: 'Vieja',
      notas: 'Uno\r\ndos',
      datos: { talla: 9.5 },
      acepta_envios: true,
    });
    const abierta = formularioDe((await ana.get(`${BASE}/${id}`, HTML)).texto);
    await sql('update contactos set acepta_envios = false where id = $1', [id]);
    await ana.post(`${BASE}/${id}`, { telefono: '662 111 2299' });
    const r = await ana.post(`${BASE}/${id}`, { ...abierta, nombre: 'Eva María', notas: 'Uno\r\ndos' }, HTML);
    assert.equal(r.estado, 303, r.texto);
    const leer = async () =>
      (
        await sql<Record<string, unknown>>(
          'select nombre, telefono, empresa, notas, datos, acepta_envios from contactos where id = $1',
          [id],
        )
      )[0];
    assert.deepEqual(await leer(), {
      nombre: 'Eva María',
      telefono: '+526621112299',
      empresa: 'Vieja',
      notas: 'Uno\r\ndos',
      datos: { talla: 9.5 },
      acepta_envios: false,
    });
  });

  test('si dos corrigen el mismo campo, al segundo se le dice quién y qué puso, sin perder lo suyo, y puede insistir', async () => {
    const id = await crear({ nombre: 'Eva', empresa: 'Vieja', correo: 'eva@x.mx', acepta_envios: null });
    await crearUsuario(web.ctx, { correo: 'carla@aura.mx', noras: { aura: 'agente' } });
    const carla = web.visitante();
    await carla.entrar('carla@aura.mx');
    const abierta = formularioDe((await ana.get(`${BASE}/${id}`, HTML)).texto);
    await carla.post(`${BASE}/${id}`, { empresa: 'La de Carla', correo: 'nuevo@x.mx' });
    await sql('update contactos set acepta_envios = false where id = $1', [id]);
    const suyo = { ...abierta, empresa: 'La de Ana', acepta: 'si' };
    const choca = await ana.post(`${BASE}/${id}`, suyo, HTML);
    assert.equal(choca.estado, 422);
    assert.match(choca.texto, /carla@aura\.mx puso «La de Carla» mientras escribías/);
    assert.match(choca.texto, /Pidió BAJA mientras escribías/);
    const leer = () => sql('select empresa, correo, acepta_envios from contactos where id = $1', [id]);
    assert.deepEqual(await leer(), [{ empresa: 'La de Carla', correo: 'nuevo@x.mx', acepta_envios: false }]);
    const otraVez = formularioDe(choca.texto);
    assert.equal(otraVez['empresa'], 'La de Ana', 'lo escrito se queda');
    assert.equal(otraVez['correo'], 'nuevo@x.mx', 'lo que no tocó se ve como está hoy');
    assert.equal((await ana.post(`${BASE}/${id}`, otraVez, HTML)).estado, 303);
    assert.deepEqual(await leer(), [{ empresa: 'La de Ana', correo: 'nuevo@x.mx', acepta_envios: true }]);
    await ana.post(`${BASE}/${id}`, { nombre: 'Sólo el nombre' });
    assert.deepEqual(await leer(), [{ empresa: 'La de Ana', correo: 'nuevo@x.mx', acepta_envios: true }]);
  });

  test('las notas llevan autor y hora; sólo su autor las corrige', async () => {
    const id = await crear({ nombre: 'Eva' });
    await crearUsuario(web.ctx, { correo: 'beto@aura.mx', noras: { aura: 'agente' } });
    const beto = web.visitante();
    await beto.entrar('beto@aura.mx');
    await ana.post(`${BASE}/${id}/notas`, { texto: '<b>Paga</b> los viernes' });
    const vacia = await ana.post(`${BASE}/${id}/notas`, { texto: '   ' }, HTML);
    assert.equal(vacia.estado, 422);
    assert.match(vacia.texto, /Escribe la nota/);
    const [n] = await sql<{ id: string }>('select id from notas_contacto');
    const { texto } = await beto.get(`${BASE}/${id}`, HTML);
    assert.match(texto, /&lt;b&gt;Paga/);
    assert.match(texto, /ana@aura\.mx<\/strong>/);
    assert.equal((await beto.post(`${BASE}/${id}/notas/${n?.id}`, { texto: 'otra cosa' })).estado, 404);
    assert.equal((await beto.borrar(`${BASE}/${id}/notas/${n?.id}`)).estado, 404);
    assert.equal((await ana.post(`${BASE}/${id}/notas/${n?.id}`, { texto: 'Paga los lunes' })).estado, 204);
    assert.equal((await ana.borrar(`${BASE}/${id}/notas/${n?.id}`)).estado, 204);
    assert.equal((await sql('select from notas_contacto')).length, 0);
  });

  test('la línea de tiempo junta mensajes, etiquetas, quién la tomó y cambios, por páginas', async () => {
    const { contacto } = await recibir('aura', 'mensaje 0', '+526449990009');
    for (let i = 1; i < 40; i++) await recibir('aura', `mensaje ${i}`, '+526449990009');
    await ana.post(`${BASE}/${contacto}/etiquetas`, { nombre: 'VIP' });
    await ana.borrar(`${BASE}/${contacto}/etiquetas/VIP`);
    await ana.post(`${BASE}/${contacto}`, { nombre: 'Con nombre' });
    await sql(
      `select set_config('request.jwt.claims', '{"nombre_nora":"aura"}', false), tomar_contacto($1, $2)`,
      [contacto, idAna],
    );
    await ana.post(`${BASE}/${contacto}/notas`, { texto: 'nota en la línea' });
    const { texto } = await ana.get(`${BASE}/${contacto}/linea`, PARCIAL);
    for (const t of [/Se puso «VIP»/, /Se quitó «VIP»/, /cambió nombre/, /nota en la línea/, /mensaje 39/])
      assert.match(texto, t);
    const cambios = await ana.get(`${BASE}/${contacto}/linea?clase=cambios`, PARCIAL);
    assert.doesNotMatch(cambios.texto, /mensaje 39/);
    const mensajes = await ana.get(`${BASE}/${contacto}/linea?clase=mensajes`, PARCIAL);
    assert.doesNotMatch(mensajes.texto, /VIP/);
    const mas = /data-anteriores="([^"]+)"/.exec(texto)?.[1]?.replaceAll('&amp;', '&');
    assert.ok(mas);
    assert.match((await ana.get(mas, PARCIAL)).texto, /mensaje 0/);
  });

  test('el resumen sin modelo toma frases tal cual, lo dice y se guarda con fecha', async () => {
    const { contacto } = await recibir('aura', 'Quiero saber del paquete de novia', '+526449990010');
    await recibir('aura', '¿El paquete de novia incluye peinado?', '+526449990010');
    assert.equal((await ana.post(`${BASE}/${contacto}/resumen`)).estado, 204);
    const [r] = await sql<{
      modo: string;
      resumen: string;
      intereses: string[];
      pasos: string[];
      creado: Date;
    }>('select * from resumenes_contacto');
    assert.equal(r?.modo, 'local');
    assert.match(r?.resumen ?? '', /«¿El paquete de novia incluye peinado\?»/);
    assert.deepEqual(r?.intereses.toSorted(), ['novia', 'paquete']);
    assert.match(r?.pasos[0] ?? '', /Contestar lo último/);
    const { texto } = await ana.get(`${BASE}/${contacto}`, HTML);
    assert.match(texto, /Sin modelo de IA: son palabras y frases tomadas tal cual/);
    const vacio = await crear({ nombre: 'Sin mensajes' });
    assert.equal((await ana.post(`${BASE}/${vacio}/resumen`)).estado, 409);
  });

  test('con modelo, el resumen trae lo suyo, gasta del tope del día y si falla queda el local', async () => {
    const { contacto } = await recibir('aura', 'Quiero una cita', '+526449990011');
    let falla = false;
    const previo = web.ctx.modelo;
    Object.assign(web.ctx, {
      modelo: {
        modelo: 'm',
        responder: async () =>
          falla
            ? {
                ok: false,
                clase: 'tiempo',
                detalle: 'lento',
                reintentable: true,
                latenciaMs: 1,
                idPeticion: null,
                tokensEntrada: 0,
                tokensSalida: 0,
              }
            : {
                ok: true,
                datos: { resumen: 'Pide una cita.', intereses: ['Citas'], pasos: ['Ofrecer horario'] },
                tokensEntrada: 70,
                tokensSalida: 30,
                modelo: 'm-1',
                latenciaMs: 1,
                idPeticion: null,
              },
        estado: async () => ({ ok: true, detalle: '', revisado: new Date() }),
      },
    });
    await ana.post(`${BASE}/${contacto}/resumen`);
    falla = true;
    await ana.post(`${BASE}/${contacto}/resumen`);
    Object.assign(web.ctx, { modelo: previo });
    const filas = await sql<{ modo: string; resumen: string }>(
      'select modo, resumen from resumenes_contacto order by creado',
    );
    assert.deepEqual(
      filas.map((f) => f.modo),
      ['openai', 'local'],
    );
    assert.equal(filas[0]?.resumen, 'Pide una cita.');
    assert.equal(
      (await sql<{ n: string }>('select sum(tokens_entrada + tokens_salida) n from consumo_ia'))[0]?.n,
      '100',
    );
    const [modelos] = await sql<{ m: string[] }>(
      `select array_agg(distinct modelo) m from consumo_modelos where uso = 'otros' and dia >= current_date - 1`,
    );
    assert.deepEqual(modelos?.m, ['local', 'm-1'], 'cada resumen se cobra al modelo que lo escribió');
  });
});

describe('acciones en bloque', () => {
  test('etiquetar a los elegidos y deshacer deja a cada quien como estaba, sin quitarla a quien ya la tenía', async () => {
    await sql(`insert into etiquetas (nombre_nora, nombre) values ('aura', 'VIP')`);
    const a = await crear({ nombre: 'A' });
    const b = await crear({ nombre: 'B', etiquetas: ['VIP'] });
    const ajena = await crear({ nombre: 'X', nora: 'demo' });
    const lote = await enBloque({ accion: 'etiquetar', etiqueta: 'vip', ids: [a, b, ajena] });
    assert.deepEqual(await etiquetasDe(a, b, ajena), [['VIP'], ['VIP'], []]);
    assert.match((await ana.get(`${BASE}?lote=${lote}`, HTML)).texto, /«VIP» puesta a 1 contacto/);
    assert.equal((await dora.post(`/panel_cliente/demo/contactos/lotes/${lote}/regreso`)).estado, 404);
    await ana.post(`${BASE}/lotes/${lote}/regreso`);
    assert.deepEqual(await etiquetasDe(a, b), [[], ['VIP']]);
    assert.equal(
      (await ana.post(`${BASE}/lotes`, { accion: 'etiquetar', etiqueta: '', ids: [a] })).estado,
      422,
    );
    assert.equal((await ana.post(`${BASE}/lotes`, { accion: 'borrar' })).estado, 422);
  });

  test('todos los que coinciden con el filtro: IA y bloqueo, con aviso en el hilo, y de regreso', async () => {
    const { contacto: a } = await recibir('aura', 'hola', '+526449990012');
    const b = await crear({ nombre: 'B', bloqueado: true });
    const lote = await enBloque({ accion: 'ia_no', todos: '1' }, '?bloqueado=no');
    assert.deepEqual(await columna('ia_activa', a, b), [false, true]);
    assert.match(
      (
        await sql<{ mensaje: string }>(
          `select mensaje from historial_conversaciones where estado = 'interno'`,
        )
      )[0]?.mensaje ?? '',
      /apagó las respuestas/,
    );
    await ana.post(`${BASE}/lotes/${lote}/regreso`);
    assert.deepEqual(await columna('ia_activa', a, b), [true, true]);
    await enBloque({ accion: 'bloquear', ids: [a] });
    assert.deepEqual(await columna('bloqueado', a), [true]);
    await enBloque({ accion: 'desbloquear', todos: '1' });
    assert.deepEqual(await columna('bloqueado', a, b), [false, false]);
  });

  test('borrar y deshacer devuelve la persona con todo lo suyo, fila por fila', async () => {
    const { contacto, id } = await recibir('aura', 'hola', '+526449990013');
    await ana.post(`${BASE}/${contacto}`, { nombre: 'Eva', notas: 'descripción' });
    await ana.post(`${BASE}/${contacto}/notas`, { texto: 'una nota' });
    await ana.post(`${BASE}/${contacto}/etiquetas`, { nombre: 'VIP' });
    await ana.post(`${BASE}/${contacto}/resumen`);
    await sql(
      `insert into adjuntos (nombre_nora, historial_id, tipo, ruta, estado) values ('aura', $1, 'image/png', 'aura/aa/x.png', 'listo')`,
      [id],
    );
    await sql(
      `insert into respuestas_ia (nombre_nora, contacto_id, historial_id, modo, motivo) values ('aura', $1, $2, 'local', 'respondida')`,
      [contacto, id],
    );
    await sql('update contactos set epoca_resuelta = epoca; delete from atenciones');
    const antes = await fotoDe(contacto);
    const { cabeceras } = await ana.borrar(`${BASE}/${contacto}`);
    const lote = /lote=([0-9a-f-]{36})/.exec(cabeceras.get('location') ?? '')?.[1];
    assert.equal((await sql('select from contactos')).length, 0);
    assert.equal((await sql('select from adjuntos where historial_id = $1', [id])).length, 0);
    await ana.post(`${BASE}/lotes/${lote}/regreso`);
    const despues = await fotoDe(contacto);
    despues['eventos_contacto'] = despues['eventos_contacto']?.filter(
      (e) => (e as { tipo: string }).tipo !== 'recuperado',
    );
    assert.deepEqual(despues, antes);
  });

  test('si la persona volvió a escribir mientras estaba borrada, al deshacer recupera su historia en la ficha nueva', async () => {
    const { contacto } = await recibir('aura', 'antes de borrar', '+526449990014');
    await ana.post(`${BASE}/${contacto}`, { nombre: 'Eva' });
    const lote = await enBloque({ accion: 'borrar', ids: [contacto] });
    const { contacto: nuevo } = await recibir('aura', 'volví', '+5216449990014');
    assert.notEqual(nuevo, contacto);
    await ana.post(`${BASE}/lotes/${lote}/regreso`);
    const [k] = await sql<{ id: string; nombre: string; n: string; pendientes: string }>(
      `select k.id, k.nombre, (select count(*) from historial_conversaciones h where h.contacto_id = k.id) n, (select count(*) from historial_conversaciones h where h.contacto_id = k.id and h.epoca > k.epoca_resuelta) pendientes from contactos k where nombre_nora = 'aura'`,
    );
    assert.deepEqual({ ...k }, { id: nuevo, nombre: 'Eva', n: '2', pendientes: '1' });
  });

  test('deshacer termina aunque a una de las personas se le haya borrado para siempre', async () => {
    const a = await crear({ nombre: 'A' });
    const b = await crear({ nombre: 'B', telefono: '+526621119900' });
    const lote = await enBloque({ accion: 'etiquetar', etiqueta: 'VIP', ids: [a, b] });
    await sql(
      `select set_config('request.jwt.claims', '{"nombre_nora":"aura"}', false), borrar_persona($1, '6621119900', $2)`,
      [b, idAna],
    );
    const r = await Promise.race([ana.post(`${BASE}/lotes/${lote}/regreso`), esperar(8000, null)]);
    // Si no terminó, que deje de dar vueltas antes de la prueba que sigue.
    if (!r) await sql('delete from lotes_contactos');
    assert.equal(r?.estado, 303);
    assert.deepEqual(await etiquetasDe(a), [[]]);
    assert.deepEqual(await sql('select estado, regresados from lotes_contactos'), [
      { estado: 'deshecho', regresados: 1 },
    ]);
    assert.match((await ana.get(`${BASE}?lote=${lote}`, HTML)).texto, /Menos 1 persona que se borró/);
  });

  test('recuperar a quien le volvió a llegar uno de sus mensajes no falla, y uno que se quedó a medias se reanuda', async () => {
    const { contacto, id } = await recibir('aura', 'con foto', '+526449990016');
    const [m] = await sql<{ sid: string }>('select sid from historial_conversaciones where id = $1', [id]);
    await sql(
      `insert into adjuntos (nombre_nora, historial_id, tipo, ruta, estado) values ('aura', $1, 'image/png', 'aura/aa/y.png', 'listo')`,
      [id],
    );
    await ana.post(`${BASE}/${contacto}/notas`, { texto: 'una nota' });
    const lote = await enBloque({ accion: 'borrar', ids: [contacto] });
    assert.equal((await sql('select from sids_borrados where sid = $1', [m?.sid])).length, 1);
    const { contacto: nuevo } = await recibir('aura', 'volví', '+526449990016');
    await sql(
      `insert into historial_conversaciones (nombre_nora, contacto_id, mensaje, tipo, autor, estado, sid) values ('aura', $1, 'con foto', 'usuario', 'contacto', 'recibido', $2)`,
      [nuevo, m?.sid],
    );
    // Así lo deja un proceso que murió a la mitad.
    await sql(`update lotes_contactos set estado = 'deshaciendo' where id = $1`, [lote]);
    const aMedias = (await ana.get(`${BASE}?lote=${lote}`, HTML)).texto;
    assert.equal((await ana.post(`${BASE}/lotes/${lote}/regreso`)).estado, 303);
    assert.match(aMedias, /lotes\/[0-9a-f-]+\/regreso[^]*Reanudar/);
    assert.deepEqual(await sql('select estado from lotes_contactos'), [{ estado: 'deshecho' }]);
    assert.deepEqual(
      await sql(`select mensaje from historial_conversaciones where contacto_id = $1 order by mensaje`, [
        nuevo,
      ]),
      [{ mensaje: 'con foto' }, { mensaje: 'volví' }],
    );
    assert.equal((await sql('select from notas_contacto where contacto_id = $1', [nuevo])).length, 1);
    assert.equal((await sql('select from sids_borrados where sid = $1', [m?.sid])).length, 0);
  });

  test('recuperar a alguien no revive mensajes programados que ya pasaron o se quedaron sin su archivo, y lo dice en el hilo', async () => {
    const id = await crear({ nombre: 'Eva' });
    await sql(
      `insert into mensajes_programados (nombre_nora, contacto_id, texto, textos, cuando, clave_cliente, adjuntos) values
        ('aura', $1, 'te esperamos hoy', '["te esperamos hoy"]', now() - interval '1 minute', 'clave-prog-1', '{}'),
        ('aura', $1, 'te esperamos mañana', '["te esperamos mañana"]', now() + interval '1 day', 'clave-prog-2', '{}'),
        ('aura', $1, 'tu boleto', '["tu boleto"]', now() + interval '1 day', 'clave-prog-3', array[gen_random_uuid()])`,
      [id],
    );
    const lote = await enBloque({ accion: 'borrar', ids: [id] });
    await ana.post(`${BASE}/lotes/${lote}/regreso`);
    assert.deepEqual(
      await sql(
        `select texto, estado from mensajes_programados where contacto_id = $1 order by clave_cliente`,
        [id],
      ),
      [
        { texto: 'te esperamos hoy', estado: 'cancelado' },
        { texto: 'te esperamos mañana', estado: 'programado' },
        { texto: 'tu boleto', estado: 'cancelado' },
      ],
    );
    const avisos = await sql<{ mensaje: string }>(
      `select mensaje from historial_conversaciones where contacto_id = $1 and estado = 'interno'`,
      [id],
    );
    assert.equal(
      avisos.filter((a) => /^Se canceló el mensaje programado para el \d/.test(a.mensaje)).length,
      2,
    );
  });

  test('lo borrado se encuentra en «Borrados» aunque se haya perdido el aviso: quién, cuándo, y el botón de deshacer', async () => {
    assert.match((await ana.get(BASE, HTML)).texto, new RegExp(`href="${BASE}/borrados"`));
    assert.match((await ana.get(`${BASE}/borrados`, HTML)).texto, /Nada borrado en los últimos 30 días/);
    const id = await crear({ nombre: 'Íñigo Borrado' });
    const lote = await enBloque({ accion: 'borrar', ids: [id] });
    const varios = await Promise.all(['Uno', 'Dos', 'Tres', 'Cuatro'].map((nombre) => crear({ nombre })));
    await enBloque({ accion: 'borrar', ids: varios });
    const { texto } = await ana.get(`${BASE}/borrados`, HTML);
    assert.match(texto, /Íñigo Borrado/);
    assert.match(texto, /y 1 más/);
    assert.match(texto, /ana@aura\.mx · (ahora|hace)/);
    assert.match(texto, new RegExp(`${BASE}/lotes/${lote}/regreso`));
    assert.doesNotMatch((await dora.get('/panel_cliente/demo/contactos/borrados', HTML)).texto, /Íñigo/);
    assert.equal((await ana.post(`${BASE}/lotes/${lote}/regreso`)).estado, 303);
    assert.deepEqual(await columna('nombre', id), ['Íñigo Borrado']);
    const despues = (await ana.get(`${BASE}/borrados`, HTML)).texto;
    assert.match(despues, /Recuperado/);
    assert.doesNotMatch(despues, new RegExp(`${BASE}/lotes/${lote}/regreso`));
    await sql(`update lotes_contactos set creado = now() - interval '31 days' where id = $1`, [lote]);
    assert.doesNotMatch((await ana.get(`${BASE}/borrados`, HTML)).texto, /Íñigo/);
    await sql(
      `with l as (insert into lotes_contactos (nombre_nora, accion, total, hechos, cambiados, estado, creado) select 'aura', 'borrar', 1, 1, 1, 'hecho', now() - make_interval(hours => i) from generate_series(1, 40) i returning id)
       insert into lotes_contactos_filas (nombre_nora, lote_id, contacto_id, hecho, antes) select 'aura', id, gen_random_uuid(), true, '{"filas":[{"filas":[{"nombre":"Alguien"}]}]}' from l`,
    );
    const primera = (await ana.get(`${BASE}/borrados`, HTML)).texto;
    const mas = /href="([^"]+antes=[^"]+)"/.exec(primera)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const cuantos = (t: string): number => [...t.matchAll(/\/regreso"/g)].length;
    assert.deepEqual([cuantos(primera), cuantos((await ana.get(mas, HTML)).texto)], [30, 11]);
  });

  test('deshacer habla de las etiquetas con el nombre de hoy: lo renombrado sigue renombrado y lo borrado no vuelve', async () => {
    await sql(
      `insert into etiquetas (nombre_nora, nombre) values ('aura', 'VIP'), ('aura', 'Fuera'), ('aura', 'Otra')`,
    );
    const a = await crear({ nombre: 'A' });
    const b = await crear({ nombre: 'B', etiquetas: ['Otra', 'VIP', 'Fuera'] });
    const c = await crear({ nombre: 'C', etiquetas: ['VIP'] });
    const [d, o] = [await crear({ nombre: 'D' }), await crear({ nombre: 'O', etiquetas: ['VIP', 'Fuera'] })];
    const puesta = await enBloque({ accion: 'etiquetar', etiqueta: 'VIP', ids: [a] });
    const quitada = await enBloque({ accion: 'desetiquetar', etiqueta: 'VIP', ids: [c] });
    const borrado = await enBloque({ accion: 'borrar', ids: [b] });
    await ana.post(`${BASE}/${d}/union`, { con: o });
    const ids = new Map(
      (await sql<{ id: string; nombre: string }>('select id, nombre from etiquetas')).map((e) => [
        e.nombre,
        e.id,
      ]),
    );
    const etiquetas = '/panel_cliente/aura/etiquetas';
    assert.equal(
      (await ana.post(`${etiquetas}/${ids.get('VIP')}`, { nombre: 'Oro', color: 'gris' })).estado,
      204,
    );
    assert.equal((await ana.borrar(`${etiquetas}/${ids.get('Fuera')}`)).estado, 204);
    assert.deepEqual(await etiquetasDe(a, d), [['Oro'], ['Oro']]);
    for (const lote of [puesta, quitada, borrado]) await ana.post(`${BASE}/lotes/${lote}/regreso`);
    assert.deepEqual(await etiquetasDe(a, b, c), [[], ['Otra', 'Oro'], ['Oro']]);
    const [u] = await sql<{ id: string }>('select id from uniones_contactos');
    assert.equal((await ana.borrar(`${BASE}/${d}/uniones/${u?.id}`)).estado, 303);
    assert.deepEqual(await etiquetasDe(d, o), [[], ['Oro']]);
  });

  test('los archivos de lo borrado se van cuando ya no se puede deshacer; los recuperados y los de una regla se quedan', async () => {
    const { contacto: ida, id: suyo } = await recibir('aura', 'mi INE', '+526449990015');
    const { contacto: vuelve, id: otro } = await recibir('aura', 'mi recibo', '+526449990016');
    const ine = await guardarArchivo(suyo);
    const recibo = await guardarArchivo(otro);
    const catalogo = await guardarArchivo(suyo);
    await sql(
      `insert into adjuntos (nombre_nora, tipo, ruta, estado) values ('aura', 'text/plain', $1, 'listo')`,
      [catalogo],
    );
    const lotes = [];
    for (const id of [ida, vuelve]) lotes.push(await enBloque({ accion: 'borrar', ids: [id] }));
    await ana.post(`${BASE}/lotes/${lotes[1]}/regreso`);
    await limpiarContactos(web.ctx);
    for (const ruta of [ine, recibo, catalogo]) assert.ok(await hayArchivo(ruta), 'aún se puede deshacer');
    await sql(`update lotes_contactos set creado = creado - interval '31 days'`);
    await limpiarContactos(web.ctx);
    assert.deepEqual(await Promise.all([ine, recibo, catalogo].map(hayArchivo)), [false, true, true]);
  });

  test('lo grande va por un trabajo y se puede deshacer igual', async () => {
    await sql(
      `insert into contactos (nombre_nora, telefono, nombre) select 'aura', '+5266288' || lpad(i::text, 5, '0'), 'P ' || i from generate_series(1, 1201) i`,
    );
    const lote = await enBloque({ accion: 'etiquetar', etiqueta: 'Todos', todos: '1' });
    await hasta(
      async () =>
        (await sql(`select from lotes_contactos where id = $1 and estado = 'hecho'`, [lote])).length === 1,
      15_000,
    );
    assert.equal((await sql(`select from contactos where etiquetas = '{Todos}'`)).length, 1201);
    await ana.post(`${BASE}/lotes/${lote}/regreso`);
    await hasta(
      async () =>
        (await sql(`select from lotes_contactos where id = $1 and estado = 'deshecho'`, [lote])).length === 1,
      15_000,
    );
    assert.equal((await sql(`select from contactos where etiquetas <> '{}'`)).length, 0);
  });
});

describe('unir y separar', () => {
  test('unir pasa todo a una ficha y deshacer deja las dos exactamente como estaban', async () => {
    const { contacto: d } = await recibir('aura', 'desde mi número de siempre', '+526449990020');
    await recibir('aura', 'otra cosa', '+526449990020');
    const { contacto: o } = await recibir('aura', 'desde el número nuevo', '+526449990021');
    await sql(
      `insert into rafagas (nombre_nora, contacto_id, epoca, resultado) values ('aura', $1, 1, 'respondida'), ('aura', $2, 1, 'respondida')`,
      [d, o],
    );
    await ana.post(`${BASE}/${d}`, { nombre: 'Eva Ruiz', correo: 'eva@x.mx', notas: 'de siempre' });
    await ana.post(`${BASE}/${o}`, { nombre: 'Evita', empresa: 'Florería', notas: 'la nueva', acepta: 'no' });
    for (const [id, e] of [
      [d, 'VIP'],
      [o, 'Novia'],
    ] as const)
      await ana.post(`${BASE}/${id}/etiquetas`, { nombre: e });
    await ana.post(`${BASE}/${o}/notas`, { texto: 'nota de la otra' });
    const antes = [await fotoDe(d), await fotoDe(o)];
    const pagina = await ana.get(`${BASE}/${d}/union?con=${o}`, HTML);
    assert.match(pagina.texto, /Evita/);
    assert.equal(
      (
        await ana.post(`${BASE}/${d}/union`, {
          con: o,
          nombre: 'destino',
          telefono: 'destino',
          correo: 'destino',
          empresa: 'destino',
        })
      ).estado,
      303,
    );
    const [k] = await sql<Record<string, unknown>>(
      'select id, nombre, empresa, notas, etiquetas, acepta_envios, no_leidos from contactos',
    );
    assert.deepEqual(k, {
      id: d,
      nombre: 'Eva Ruiz',
      empresa: 'Florería',
      notas: 'de siempre\nla nueva',
      etiquetas: ['VIP', 'Novia'],
      acepta_envios: false,
      no_leidos: 3,
    });
    assert.equal((await sql(`select from historial_conversaciones where contacto_id = $1`, [d])).length, 3);
    const [u] = await sql<{ id: string }>('select id from uniones_contactos');
    assert.equal((await dora.borrar(`/panel_cliente/demo/contactos/${d}/uniones/${u?.id}`)).estado, 404);
    assert.equal((await ana.borrar(`${BASE}/${d}/uniones/${u?.id}`)).estado, 303);
    const despues = [await fotoDe(d), await fotoDe(o)];
    for (const f of [...antes, ...despues]) {
      f['eventos_contacto'] = f['eventos_contacto']?.filter(
        (e) => !['union', 'separacion'].includes((e as { tipo: string }).tipo),
      );
      // La época de la que se queda sólo sube: así una respuesta a medio pensar no se cuela.
      for (const c of f['contactos'] ?? [])
        for (const clave of ['updated_at', 'epoca']) delete (c as Record<string, unknown>)[clave];
    }
    assert.deepEqual(despues, antes);
    assert.equal((await ana.borrar(`${BASE}/${d}/uniones/${u?.id}`)).estado, 409);
  });

  test('lo que escriba desde cualquiera de sus números llega a la ficha unida, y al separar se va con quien es', async () => {
    const { contacto: d } = await recibir('aura', 'uno', '+526449990022');
    const { contacto: o } = await recibir('aura', 'dos', '+526449990023');
    await ana.post(`${BASE}/${d}/union`, { con: o });
    assert.equal((await recibir('aura', 'desde el segundo', '+5216449990023')).contacto, d);
    assert.equal((await recibir('aura', 'desde el primero', '+526449990022')).contacto, d);
    assert.equal((await sql(`select from contactos where nombre_nora = 'aura'`)).length, 1);
    assert.equal((await recibir('demo', 'a otra nora', '+526449990023')).contacto === d, false);
    assert.equal((await ana.post(BASE, { nombre: 'Repetida', telefono: '+526449990023' }, HTML)).estado, 422);
    assert.match((await ana.get(`${BASE}/lista?q=9990023`, PARCIAL)).texto, new RegExp(d));
    const [u] = await sql<{ id: string }>('select id from uniones_contactos');
    await ana.borrar(`${BASE}/${d}/uniones/${u?.id}`);
    const de = async (id: string) =>
      (
        await sql<{ mensaje: string }>(
          `select mensaje from historial_conversaciones where contacto_id = $1 and estado <> 'interno' order by fecha_hora`,
          [id],
        )
      ).map((m) => m.mensaje);
    assert.deepEqual(await de(d), ['uno', 'desde el primero']);
    assert.deepEqual(await de(o), ['dos', 'desde el segundo']);
    assert.equal((await recibir('aura', 'ya separada', '+526449990023')).contacto, o);
  });

  test('lo que quedó sin contestar en las dos sigue sin contestar tras unir', async () => {
    const { contacto: d } = await recibir('aura', 'a', '+526449990024');
    const { contacto: o } = await recibir('aura', 'b', '+526449990025');
    await ana.post(`${BASE}/${d}/union`, { con: o });
    const { data } = await web.ctx.bd.servicio.rpc('contexto_ia', { p_contacto: d } as never);
    const c = data as unknown as { pendiente: boolean; rafaga: { texto: string }[] };
    assert.equal(c.pendiente, true);
    assert.deepEqual(
      c.rafaga.map((m) => m.texto),
      ['a', 'b'],
    );
    assert.equal((await sql('select from atenciones where contacto_id = $1', [d])).length, 1);
  });

  test('se sugieren repetidos por teléfono, correo y nombre, y «no son la misma» los quita', async () => {
    const a = await crear({ nombre: 'Lucía Valenzuela', telefono: '+526621112233' });
    const b = await crear({ nombre: 'lucia VALENZUELA', telefono: '+526621112244' });
    const c = await crear({ nombre: 'C', correo: 'uno@x.mx' });
    const d = await crear({ nombre: 'D', correo: 'UNO@x.mx' });
    await crear({ nombre: 'Lucía Valenzuela', telefono: '+526621112255', nora: 'demo' });
    const { texto } = await ana.get(`${BASE}/duplicados`, HTML);
    assert.match(texto, /Mismo correo/);
    assert.match(texto, /Mismo nombre/);
    assert.equal((texto.match(/No son la misma/g) ?? []).length, 2);
    assert.match((await ana.get(`${BASE}/${c}/repetidos`, PARCIAL)).texto, new RegExp(d));
    assert.match((await ana.get(`${BASE}/${a}/repetidos`, PARCIAL)).texto, new RegExp(b));
    assert.equal((await ana.post(`${BASE}/duplicados`, { a, b })).estado, 303);
    assert.doesNotMatch((await ana.get(`${BASE}/${a}/repetidos`, PARCIAL)).texto, new RegExp(b));
    assert.equal((await dora.post('/panel_cliente/demo/contactos/duplicados', { a: c, b: d })).estado, 404);
  });

  test('descartar parejas de tres fichas parecidas enseña las que faltan hasta que no queda ninguna', async () => {
    for (let i = 0; i < 3; i++) await crear({ nombre: `X${i}`, correo: 'tres@x.mx' });
    await sql(
      `insert into contactos (nombre_nora, telefono, correo) select 'aura', '+5266266' || lpad(i::text, 5, '0'), 'par' || i / 2 || '@x.mx' from generate_series(0, 119) i`,
    );
    await sql(
      `insert into duplicados_descartados (nombre_nora, a, b) select 'aura', least(x.id, y.id), greatest(x.id, y.id) from contactos x join contactos y on x.correo = y.correo and x.id < y.id where x.correo like 'par%'`,
    );
    const vistas: string[] = [];
    for (let i = 0; i < 5; i++) {
      const { texto } = await ana.get(`${BASE}/duplicados`, HTML);
      const [, a, b] =
        /name="a" value="([^"]+)"><input type="hidden" name="b" value="([^"]+)"/.exec(texto) ?? [];
      if (!a || !b) break;
      vistas.push([a, b].toSorted().join());
      await ana.post(`${BASE}/duplicados`, { a, b });
    }
    assert.equal(vistas.length, 3);
    assert.equal(new Set(vistas).size, 3);
  });
});

describe('el muro', () => {
  test('ninguna ruta deja ver ni tocar lo de otra nora', async () => {
    const id = await crear({ nombre: 'Secreta', telefono: '+526625550000' });
    const otro = await crear({ nombre: 'Secreta dos' });
    const suya = await crear({ nombre: 'De demo', nora: 'demo' });
    await ana.post(`${BASE}/${id}/notas`, { texto: 'privada' });
    const [n] = await sql<{ id: string }>('select id from notas_contacto');
    await ana.post(`${BASE}/segmentos?q=secreta`, { nombre: 'S' });
    await ana.post(`${BASE}/campos`, { titulo: 'Campo', tipo: 'texto' });
    const [s] = await sql<{ id: string }>('select id from segmentos');
    const [c] = await sql<{ id: string }>('select id from campos_contacto');
    const D = '/panel_cliente/demo/contactos';
    for (const ruta of [D, `${D}/lista`, `${D}/exportar.csv`])
      assert.doesNotMatch((await dora.get(ruta, HTML)).texto, /Secreta/);
    for (const ruta of [
      `${D}/${id}`,
      `${D}/${id}/linea`,
      `${D}/${id}/repetidos`,
      `${D}/${id}/union`,
      `${D}/${suya}/union?con=${id}`,
    ])
      assert.equal((await dora.get(ruta, HTML)).estado, 404, ruta);
    for (const [ruta, datos] of [
      [`${D}/${id}`, { nombre: 'Robada' }],
      [`${D}/${id}/notas`, { texto: 'x' }],
      [`${D}/${id}/notas/${n?.id}`, { texto: 'x' }],
      [`${D}/${id}/etiquetas`, { nombre: 'x' }],
      [`${D}/${id}/ia`, {}],
      [`${D}/${id}/bloqueo`, {}],
      [`${D}/${id}/resumen`, {}],
      [`${D}/${suya}/union`, { con: id }],
      [`${D}/${id}/union`, { con: otro }],
      [`${D}/segmentos/${s?.id}?q=x`, { nombre: 'x' }],
      [`${D}/campos/${c?.id}`, { titulo: 'x' }],
    ] as const) {
      assert.equal((await dora.post(ruta, datos)).estado, 404, ruta);
    }
    for (const ruta of [
      `${D}/${id}`,
      `${D}/${id}/ia`,
      `${D}/${id}/bloqueo`,
      `${D}/${id}/etiquetas/x`,
      `${D}/${id}/notas/${n?.id}`,
      `${D}/campos/${c?.id}`,
    ])
      assert.equal((await dora.borrar(ruta)).estado, 404, ruta);
    for (const tabla of [
      'contactos',
      'segmentos',
      'campos_contacto',
      'notas_contacto',
      'eventos_contacto',
      'uniones_contactos',
      'lotes_contactos',
      'importaciones_contactos',
      'importaciones_contactos_filas',
      'reglas_etiquetas',
      'resumenes_contacto',
      'telefonos_contacto',
    ] as const) {
      const { data } = await web.ctx.bd.deNora('demo').from(tabla).select('nombre_nora').throwOnError();
      assert.ok(
        (data as { nombre_nora: string }[]).every((f) => f.nombre_nora === 'demo'),
        tabla,
      );
    }
    assert.equal((await ana.get(`${BASE}/${id}`, HTML)).estado, 200);
    await web.ctx.bd.servicio
      .rpc('cambiar_modulo', { p_nora: 'aura', p_modulo: 'contactos', p_activo: false })
      .throwOnError();
    await hasta(() => !web.ctx.registro.moduloActivo('aura', 'contactos'));
    assert.equal((await ana.get(BASE, HTML)).estado, 404);
    await web.ctx.bd.servicio
      .rpc('cambiar_modulo', { p_nora: 'aura', p_modulo: 'contactos', p_activo: true })
      .throwOnError();
    await hasta(() => web.ctx.registro.moduloActivo('aura', 'contactos'));
    await esperar(5);
  });
});

async function sql<T extends object = Record<string, unknown>>(
  texto: string,
  valores?: unknown[],
): Promise<T[]> {
  return (await web.ctx.bd.pool.query(texto, valores)).rows as T[];
}

/** Un archivo de verdad en el almacén, colgado de ese mensaje. */
async function guardarArchivo(mensaje: string): Promise<string> {
  const { ruta } = await web.ctx.adjuntos.guardar(Buffer.from('x'), {
    nombre_nora: 'aura',
    id: randomUUID(),
    tipo: 'text/plain',
  });
  await sql(
    `insert into adjuntos (nombre_nora, historial_id, tipo, ruta, estado) values ('aura', $1, 'text/plain', $2, 'listo')`,
    [mensaje, ruta],
  );
  return ruta;
}

async function hayArchivo(ruta: string): Promise<boolean> {
  const flujo = await web.ctx.adjuntos.leer(ruta).catch(() => null);
  flujo?.destroy();
  return flujo !== null;
}

async function crear({
  nora = 'aura',
  ...datos
}: Record<string, unknown> & { nora?: string }): Promise<string> {
  const fila = { telefono: `+5266${(numero++).toString().padStart(8, '0')}`, nombre_nora: nora, ...datos };
  const columnas = Object.keys(fila);
  const [k] = await sql<{ id: string }>(
    `insert into contactos (${columnas.join(', ')}) values (${columnas.map((_, i) => `$${i + 1}`).join(', ')}) returning id`,
    Object.values(fila),
  );
  return k?.id ?? '';
}

async function recibir(
  nora: string,
  cuerpo: string,
  telefono: string,
  referido?: object,
): Promise<{ contacto: string; id: string }> {
  const to = nora === 'aura' ? '+526620000001' : '+526620000002';
  const { data } = await web.ctx.bd.servicio
    .rpc('recibir_mensajes', {
      p: [
        { sid: `SM${randomUUID()}`, to, telefono, cuerpo, crudo: {}, ...(referido && { referido }) },
      ] as never,
    })
    .throwOnError();
  const [r] = data as unknown as { c: string; id: string; r: string }[];
  assert.equal(r?.r, 'nuevo');
  return { contacto: r?.c ?? '', id: r?.id ?? '' };
}

async function salen(filtro: Record<string, string | string[]>): Promise<string[]> {
  const q = new URLSearchParams();
  for (const [clave, valor] of Object.entries(filtro)) for (const v of [valor].flat()) q.append(clave, v);
  const r = await ana.get(`${BASE}/lista?${q}`, PARCIAL);
  assert.equal(r.estado, 200);
  return idsDe(r.texto);
}

function idsDe(texto: string): string[] {
  return [...texto.matchAll(/id="contacto-([0-9a-f-]{36})"/g)].map((h) => h[1] ?? '');
}

async function enBloque(datos: Record<string, string | string[]>, consulta = ''): Promise<string> {
  const r = await ana.post(`${BASE}/lotes${consulta}`, datos);
  assert.equal(r.estado, 303, r.texto);
  return /lote=([0-9a-f-]{36})/.exec(r.cabeceras.get('location') ?? '')?.[1] ?? '';
}

async function columna(nombre: string, ...ids: string[]): Promise<unknown[]> {
  const filas = await sql<{ id: string; v: unknown }>(
    `select id, ${nombre} v from contactos where id = any ($1)`,
    [ids],
  );
  return ids.map((id) => filas.find((f) => f.id === id)?.v);
}
const etiquetasDe = (...ids: string[]) => columna('etiquetas', ...ids);

/** Todo lo que cuelga de un contacto, en cualquier tabla, ordenado. */
async function fotoDe(contacto: string): Promise<Record<string, object[] | undefined>> {
  const foto: Record<string, object[] | undefined> = {};
  const tablas = await sql<{ t: string; c: string }>(
    `select x.tabla::text t, x.columna::text c from interno.hijas_de('contactos') x where x.tabla::text <> 'atenciones' order by 1`,
  );
  for (const { t, c } of [{ t: 'contactos', c: 'id' }, ...tablas]) {
    foto[t] = (
      await sql<{ j: object }>(
        `select to_jsonb(z) j from ${t} z where ${c} = $1 order by to_jsonb(z)::text`,
        [contacto],
      )
    ).map((f) => f.j);
  }
  for (const k of foto['contactos'] ?? []) delete (k as Record<string, unknown>)['updated_at'];
  foto['adjuntos'] = (
    await sql<{ j: object }>(
      'select to_jsonb(a) j from adjuntos a join historial_conversaciones h on h.id = a.historial_id where h.contacto_id = $1',
      [contacto],
    )
  ).map((f) => f.j);
  return foto;
}

/** Los campos del formulario de la ficha como los mandaría un navegador sin tocar nada. */
function formularioDe(texto: string): Record<string, string> {
  const [, dentro = ''] = /<form[^>]*data-ficha>([^]*?)<\/form>/.exec(texto) ?? [];
  const claro = (t: string): string => t.replaceAll('&#34;', '"').replaceAll('&amp;', '&');
  const campos: Record<string, string> = {};
  for (const [entrada] of dentro.matchAll(/<input[^>]*>/g)) {
    const nombre = / name="([^"]*)"/.exec(entrada)?.[1] ?? '';
    if (nombre !== '_csrf') campos[nombre] = claro(/ value="([^"]*)"/.exec(entrada)?.[1] ?? '');
  }
  for (const [, nombre = '', opciones = ''] of dentro.matchAll(
    /<select[^>]* name="([^"]*)"[^>]*>([^]*?)<\/select>/g,
  ))
    campos[nombre] = /value="([^"]*)" selected/.exec(opciones)?.[1] ?? '';
  for (const [, nombre = '', valor = ''] of dentro.matchAll(
    /<textarea[^>]* name="([^"]*)"[^>]*>([^]*?)<\/textarea>/g,
  ))
    campos[nombre] = claro(valor);
  return campos;
}
