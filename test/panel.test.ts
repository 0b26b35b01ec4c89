import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Inicio } from '../src/modulos/panel/consultas.ts';
import { dibujarDias } from '../src/modulos/panel/grafica.ts';
import { type DatosInicio, presentarInicio } from '../src/modulos/panel/presentar.ts';
import { abrirWeb, crearNora, crearUsuario, type Web } from './apoyo/web.ts';

const AHORA = new Date('2026-11-20T22:30:00Z');
let web: Web;

before(async () => {
  web = await abrirWeb();
  await crearNora(web.ctx, 'uno');
  await crearNora(web.ctx, 'dos');
  await crearUsuario(web.ctx, { correo: 'una@ejemplo.mx', noras: { uno: 'dueno' } });
  await web.ctx.bd.servicio
    .from('contactos')
    .insert({
      nombre_nora: 'dos',
      telefono: '+526629990001',
      nombre: 'Persona Ajena',
      espera_humano_desde: AHORA.toISOString(),
    })
    .throwOnError();
});

after(() => web.cerrar());

test('la dueña entra a su inicio y ve el nombre de su nora, el suyo y los primeros pasos', async () => {
  const v = web.visitante();
  await v.entrar('una@ejemplo.mx');
  const r = await v.get('/panel_cliente/uno');
  assert.equal(r.estado, 200);
  assert.match(r.texto, /<main id="contenido"/);
  assert.match(r.texto, /Primeros pasos/);
  assert.match(r.texto, /una@ejemplo\.mx/);
});

test('la dueña pide su inicio con htmx y recibe sólo el cuerpo', async () => {
  const v = web.visitante();
  await v.entrar('una@ejemplo.mx');
  const r = await v.get('/panel_cliente/uno', { 'hx-request': 'true' });
  assert.equal(r.estado, 200);
  assert.match(r.texto, /id="inicio"/);
  assert.doesNotMatch(r.texto, /<html/);
});

test('la dueña de una nora no ve el inicio ni a la gente de otra', async () => {
  const v = web.visitante();
  await v.entrar('una@ejemplo.mx');
  assert.equal((await v.get('/panel_cliente/dos')).estado, 404);
  assert.doesNotMatch((await v.get('/panel_cliente/uno')).texto, /Persona Ajena/);
});

test('quien eligió tema oscuro recibe la página ya oscura; un valor inventado no llega al HTML', async () => {
  const oscura = await fetch(`${web.url}/login`, { headers: { cookie: 'tema=oscuro', accept: 'text/html' } });
  assert.match(await oscura.text(), /<html lang="es-MX" data-tema="oscuro">/);
  const rara = await fetch(`${web.url}/login`, { headers: { cookie: 'tema="><b>', accept: 'text/html' } });
  assert.match(await rara.text(), /<html lang="es-MX">/);
});

test('sin número, sin modelo y con WhatsApp de prueba, cada luz dice qué hacer', () => {
  const vista = presentarInicio(datos({ inicio: inicio({ nora: { numero_nora: null } }) }));
  assert.deepEqual(
    vista.luces.map((l) => [l.nombre, l.tono]),
    [
      ['WhatsApp', 'ambar'],
      ['IA', 'ambar'],
      ['Base de datos', 'verde'],
    ],
  );
  assert.match(vista.luces[0]?.texto ?? '', /conecte/);
});

test('un servicio caído se ve en rojo con lo que dijo y desde cuándo', () => {
  const caido = {
    ok: false,
    detalle: 'Twilio no aceptó las credenciales.',
    revisado: AHORA,
    simulado: false,
  };
  const vista = presentarInicio(datos({ estados: { ...estados(), whatsapp: caido } }));
  assert.equal(vista.luces[0]?.tono, 'rojo');
  assert.match(vista.luces[0]?.texto ?? '', /no aceptó las credenciales \(revisado hace un momento\)/);
});

test('cada luz dice cuándo se revisó, también la de la IA que ya contestó', () => {
  const ia = { ok: true, detalle: 'conectada', revisado: new Date(AHORA.getTime() - 120_000) };
  const ultima_ia = {
    modo: 'openai',
    modelo: 'gpt-5-mini',
    latencia_ms: 1200,
    cuando: AHORA.toISOString(),
    motivo: null,
  };
  const bien = { ok: true, detalle: '', revisado: AHORA, simulado: false };
  const textos = (d: Parameters<typeof datos>[0]) => presentarInicio(datos(d)).luces.map((l) => l.texto);
  const con = textos({ inicio: { ...inicio({}), ultima_ia }, estados: { ...estados(), ia, whatsapp: bien } });
  assert.match(con[0] ?? '', /revisado hace un momento/);
  assert.match(con[1] ?? '', /gpt-5-mini, 1\.2 s la última respuesta, revisada hace 2 min/);
  assert.match(con[2] ?? '', /revisada ahora/);
  const local = textos({ inicio: { ...inicio({}), ultima_ia }, estados: { ...estados(), ia: null } });
  assert.match(local[1] ?? '', /modo local.*última respuesta hace un momento/);
});

test('los primeros pasos desaparecen cuando los cuatro están hechos', () => {
  assert.deepEqual(presentarInicio(datos({})).pasos, []);
  const falta = presentarInicio(datos({ inicio: inicio({ mensaje_prueba: false }) }));
  assert.deepEqual(
    falta.pasos.map((p) => p.hecho),
    [true, true, true, false],
  );
});

test('sólo enlazan los módulos que la nora tiene y que ya tienen página', () => {
  const vista = presentarInicio(datos({}));
  assert.deepEqual(
    vista.losas.map((l) => [l.clave, l.ruta]),
    [
      ['chat', '/panel_cliente/uno/chat'],
      ['conocimiento', null],
    ],
  );
  assert.equal(presentarInicio(datos({ modulos: [] })).chat, null);
});

test('la gráfica cabe en su tope y un día con un mensaje se alcanza a ver', () => {
  const g = dibujarDias([
    { dia: '2026-11-19', recibidos: 1, ia: 0 },
    { dia: '2026-11-20', recibidos: 940, ia: 1200 },
  ]);
  assert.deepEqual(g.marcas, ['1,200', '600', '0']);
  assert.equal(g.columnas[0]?.total.alto, 1.6);
  assert.equal(g.columnas[1]?.ia.alto, 100);
  assert.equal(dibujarDias([{ dia: '2026-11-20', recibidos: 0, ia: 0 }]).vacia, true);
});

function estados(): DatosInicio['estados'] {
  return {
    whatsapp: { ok: true, detalle: '', revisado: AHORA, simulado: true },
    ia: null,
    base: { ok: true, detalle: '', revisado: AHORA },
  };
}

function inicio(cambios: { nora?: Partial<Inicio['nora']>; mensaje_prueba?: boolean }): Inicio {
  return {
    nora: {
      nombre_visible: 'Uno',
      numero_nora: '+526621234567',
      ia_activa: true,
      modo_respuesta: 'flexible',
      personalidad_lista: true,
      foto_perfil: null,
      ...cambios.nora,
    },
    cifras: {
      sin_leer: 1,
      esperan: 1,
      contactos: 2,
      nuevos_hoy: 0,
      bloques: 3,
      sin_respuesta: 0,
      reglas: 0,
      etiquetas: 0,
      ia_con_fuente_pct: null,
      respondidos_hoy: 0,
      recibidos_hoy: 1,
      fallidos: 0,
    },
    dias: null,
    pendientes: [],
    miembros: [],
    ultimo_recibido: null,
    ultima_ia: null,
    mensaje_prueba: cambios.mensaje_prueba ?? true,
    ads: null,
  };
}

function datos(cambios: {
  inicio?: Inicio;
  estados?: DatosInicio['estados'];
  modulos?: string[];
}): DatosInicio {
  return {
    inicio: cambios.inicio ?? inicio({}),
    estados: cambios.estados ?? estados(),
    nora: {
      nombre_nora: 'uno',
      zona_horaria: 'America/Hermosillo',
      modulos: new Set(cambios.modulos ?? ['chat', 'conocimiento']),
    },
    usuario: { nombre: 'Una Persona', rol: 'cliente' },
    conPagina: new Set(['chat']),
    produccion: false,
    ahora: AHORA,
  };
}
