import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { comparado, periodoAnterior } from '../src/ads/periodos.ts';
import { entregarPendientes } from '../src/ads/reportes/entregar.ts';
import { ligaDeReporte } from '../src/ads/reportes/ligas.ts';
import { redactarPlantilla } from '../src/ads/reportes/redaccion.ts';
import { ticReportes, toca } from '../src/ads/reportes/tic.ts';
import type { CifrasReporte } from '../src/ads/reportes/tipos.ts';
import { revisarTexto } from '../src/ads/reportes/verificar_texto.ts';
import { azarDe, type RenglonPrueba, sembrarAds } from './apoyo/ads.ts';
import { abrirWeb, crearNora, crearUsuario, type Visitante, type Web } from './apoyo/web.ts';

const BASE = '/panel_cliente/aura/ads';
const HTML = { accept: 'text/html' };
/** Lunes 9 de noviembre de 2026, 10:00 en Hermosillo (UTC-7). */
const LUNES = new Date('2026-11-09T17:00:00Z');
const SEMANA = { desde: '2026-11-02', hasta: '2026-11-08' };

interface Carta {
  para: string[];
  crudo: string;
}

let web: Web;
let ana: Visitante;
let smtp: SMTPServer;
let cuenta: string;
let renglones: RenglonPrueba[];
const cartas: Carta[] = [];
const sql = async <T extends object = Record<string, unknown>>(
  texto: string,
  valores?: unknown[],
): Promise<T[]> => (await web.ctx.bd.pool.query(texto, valores)).rows as T[];

before(async () => {
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo(direccion, _sesion, listo) {
      const falla = direccion.address.startsWith('noexiste')
        ? Object.assign(new Error('no existe'), { responseCode: 550 })
        : null;
      listo(falla);
    },
    onData(flujo, sesion, listo) {
      let crudo = '';
      flujo.on('data', (b: Buffer) => (crudo += b.toString('latin1')));
      flujo.on('end', () => {
        // Una cabecera larga sigue en el renglón de abajo: aquí se junta.
        cartas.push({
          para: sesion.envelope.rcptTo.map((r) => r.address),
          crudo: crudo.replace(/\r\n[ \t]+/g, ' '),
        });
        listo();
      });
    },
  });
  smtp.listen(0, '127.0.0.1');
  await once(smtp.server, 'listening');
  const { port } = smtp.server.address() as AddressInfo;
  web = await abrirWeb({ SMTP_URL: `smtp://127.0.0.1:${port}`, CORREO_REMITENTE: 'Nora <nora@nora.test>' });
  for (const nora of ['aura', 'demo']) await crearNora(web.ctx, nora, ['chat', 'ads']);
  await crearUsuario(web.ctx, { correo: 'ana@aura.mx', noras: { aura: 'dueno' } });
  ana = web.visitante();
  await ana.entrar('ana@aura.mx');
  ({ cuenta, renglones } = await sembrarAds(
    sql,
    'aura',
    { desde: '2026-10-01', hasta: '2026-11-08' },
    { azar: azarDe(5) },
  ));
  for (const [nombre, destino, idioma] of [
    ['Luz', 'luz@cliente.mx', 'es'],
    ['Tom', 'tom@client.com', 'en'],
    ['Nadie', 'noexiste@cliente.mx', 'es'],
  ] as const) {
    const r = await ana.post(`${BASE}/receptores`, {
      cuenta,
      nombre,
      quien: 'cliente',
      canal: 'correo',
      destino,
      semanal: 'si',
      idioma,
    });
    assert.equal(r.estado, 201, r.texto);
  }
});
after(async () => {
  await web.cerrar();
  await new Promise<void>((listo) => smtp.close(() => listo()));
});

describe('el reloj', () => {
  test('toca el lunes a las 10:00 de la zona de la nora, con horario de verano y fin de mes', () => {
    assert.equal(toca('semanal', 'America/Hermosillo', new Date('2026-11-09T16:59:00Z')), null);
    assert.deepEqual(toca('semanal', 'America/Hermosillo', LUNES), SEMANA);
    // Nueva York dejó el horario de verano el 1 de noviembre: sus 10:00 pasan de las 14:00 a las 15:00 UTC.
    assert.deepEqual(toca('semanal', 'America/New_York', new Date('2026-10-26T14:00:00Z')), {
      desde: '2026-10-19',
      hasta: '2026-10-25',
    });
    assert.equal(toca('semanal', 'America/New_York', new Date('2026-11-02T14:30:00Z')), null);
    assert.deepEqual(toca('semanal', 'America/New_York', new Date('2026-11-02T15:00:00Z')), {
      desde: '2026-10-26',
      hasta: '2026-11-01',
    });
    // El domingo a las 23:59 todavía; el lunes siguiente ya es otra semana.
    for (const tarde of ['2026-11-11T18:00:00Z', '2026-11-10T07:30:00Z', '2026-11-16T06:59:00Z'])
      assert.deepEqual(toca('semanal', 'America/Hermosillo', new Date(tarde)), SEMANA, tarde);
    assert.equal(toca('semanal', 'America/Hermosillo', new Date('2026-11-16T07:00:00Z')), null);
    assert.deepEqual(toca('mensual', 'America/Hermosillo', new Date('2026-03-08T06:59:00Z')), {
      desde: '2026-02-01',
      hasta: '2026-02-28',
    });
    assert.equal(toca('mensual', 'America/Hermosillo', new Date('2026-03-08T07:00:00Z')), null);
    assert.deepEqual(toca('diario', 'America/Hermosillo', new Date('2026-11-11T18:00:00Z')), {
      desde: '2026-11-10',
      hasta: '2026-11-10',
    });
    assert.equal(toca('diario', 'America/Hermosillo', new Date('2026-11-11T16:59:00Z')), null);
    assert.deepEqual(toca('mensual', 'America/Hermosillo', new Date('2026-03-01T17:00:00Z')), {
      desde: '2026-02-01',
      hasta: '2026-02-28',
    });
    assert.deepEqual(comparado({ desde: '2026-03-01', hasta: '2026-03-31' }), {
      desde: '2026-02-01',
      hasta: '2026-02-28',
    });
    assert.deepEqual(periodoAnterior('mensual', '2028-03-15'), { desde: '2028-02-01', hasta: '2028-02-29' });
  });

  test('el lunes, dos procesos y una repetición hacen un solo reporte, con cifras iguales a la suma a mano', async () => {
    await Promise.all([ticReportes(web.ctx, LUNES), ticReportes(web.ctx, LUNES)]);
    await ticReportes(web.ctx, new Date(LUNES.getTime() + 600_000));
    const reportes = await sql<{ id: string; estado: string; cifras: CifrasReporte }>(
      'select * from meta_ads_reportes',
    );
    assert.deepEqual(
      reportes.map((r) => r.estado),
      ['listo'],
    );
    const c = reportes[0]?.cifras;
    const semana = renglones.filter((r) => r.dia >= SEMANA.desde && r.dia <= SEMANA.hasta);
    const centavos = (lista: RenglonPrueba[]) =>
      lista.reduce((n, r) => n + Math.round(r.gasto * 100), 0) / 100;
    assert.equal(c?.total.gasto, centavos(semana));
    assert.equal(
      c?.total.conversaciones,
      semana.reduce((n, r) => n + r.conversaciones, 0),
    );
    assert.equal(
      c?.antes.gasto,
      centavos(renglones.filter((r) => r.dia >= '2026-10-26' && r.dia <= '2026-11-01')),
    );
    assert.equal((await sql('select * from meta_ads_entregas')).length, 3);
  });

  test('dos carteros a la vez entregan una carta por persona; el que no existe rebota con su razón', async () => {
    await Promise.all([entregarPendientes(web.ctx), entregarPendientes(web.ctx)]);
    assert.deepEqual(new Set(cartas.map((c) => c.para[0])), new Set(['luz@cliente.mx', 'tom@client.com']));
    assert.equal(cartas.length, 2);
    const luz = cartas.find((c) => c.para[0] === 'luz@cliente.mx')?.crudo ?? '';
    assert.match(luz, /List-Unsubscribe: <http.*\/reportes\/baja\//);
    assert.match(luz, /List-Unsubscribe-Post: List-Unsubscribe=One-Click/);
    assert.match(luz, /application\/pdf/);
    assert.match(luz, /filename="?reporte_act_100_2026-11-02_2026-11-08\.pdf/);
    assert.match(
      cartas.find((c) => c.para[0] === 'tom@client.com')?.crudo ?? '',
      /Subject: \S*Weekly_report/,
    );
    const estados = await sql<{ destino: string; estado: string; motivo: string }>(
      'select destino, estado, motivo from meta_ads_entregas order by destino',
    );
    assert.deepEqual(
      estados.map((e) => e.estado),
      ['enviado', 'rebotado', 'enviado'],
    );
    assert.match(estados[1]?.motivo ?? '', /no aceptó la dirección/);
  });
});

describe('se niega a salir', () => {
  const probar = async (
    preparar: () => Promise<unknown>,
    deshacer: () => Promise<unknown>,
    motivo: string,
  ): Promise<void> => {
    await sql('delete from meta_ads_reportes');
    cartas.length = 0;
    await preparar();
    await ticReportes(web.ctx, LUNES);
    await ticReportes(web.ctx, LUNES);
    await entregarPendientes(web.ctx);
    const [r] = await sql<{ estado: string; motivo: string }>('select estado, motivo from meta_ads_reportes');
    assert.deepEqual([r?.estado, r?.motivo], ['negado', motivo]);
    // Al equipo, una vez; a los receptores, nada.
    assert.deepEqual(
      cartas.map((c) => c.para[0]),
      ['ana@aura.mx'],
    );
    await deshacer();
    await ticReportes(web.ctx, new Date(LUNES.getTime() + 1_200_000));
    assert.equal((await sql<{ estado: string }>('select estado from meta_ads_reportes'))[0]?.estado, 'listo');
    await sql('delete from meta_ads_entregas');
  };

  test('con el token muerto, con días sin traer o si la suma no cuadra; arreglado, sale', async () => {
    await probar(
      () => sql("update meta_ads_cuentas set estado_conexion = 'vencida'"),
      () => sql("update meta_ads_cuentas set estado_conexion = 'conectada'"),
      'token',
    );
    await probar(
      () => sql("update meta_ads_dias set dia = dia - 400 where dia = '2026-11-05'"),
      () => sql("update meta_ads_dias set dia = dia + 400 where dia < '2026-01-01'"),
      'faltan_dias',
    );
    await probar(
      () => sql("update meta_ads_dias set gasto = gasto + 5 where dia = '2026-11-05'"),
      () => sql("update meta_ads_dias set gasto = gasto - 5 where dia = '2026-11-05'"),
      'no_cuadra',
    );
  });
});

describe('el texto', () => {
  test('el de plantilla sólo dice cifras del reporte, con 60 cuentas al azar en los dos idiomas', () => {
    for (let semilla = 1; semilla <= 60; semilla++) {
      const c = cifrasAlAzar(azarDe(semilla * 7919));
      for (const idioma of ['es', 'en'] as const)
        assert.equal(
          revisarTexto(redactarPlantilla(c, idioma).join('\n'), c, idioma),
          null,
          `semilla ${semilla} ${idioma}`,
        );
    }
  });

  test('una cifra inventada, redondeada, con palabras o en sentido contrario no pasa', () => {
    const c = cifrasAlAzar(azarDe(3));
    c.total = { gasto: 1234.5, impresiones: 50_000, clics: 900, conversaciones: 40 };
    c.antes = { gasto: 1000, impresiones: 40_000, clics: 1000, conversaciones: 50 };
    const casos: [string, boolean][] = [
      ['Se gastaron $1,234.50, 23.5 % más que antes.', true],
      ['Se gastaron $1,234.50, 23.5 % menos que antes.', false],
      ['Se gastaron $1,234.', false],
      ['Hubo 41 conversaciones.', false],
      ['Hubo 40 conversaciones y 20 % menos que antes.', true],
      ['El gasto casi se duplicó.', false],
      ['Hubo cuarenta conversaciones.', false],
      ['Cada conversación costó 1234.50.', false],
    ];
    for (const [texto, pasa] of casos) assert.equal(revisarTexto(texto, c, 'es') === null, pasa, texto);
  });

  test('una semana vacía lo dice y no inventa ceros', () => {
    const c = cifrasAlAzar(azarDe(2));
    c.total = { gasto: 0, impresiones: 0, clics: 0, conversaciones: 0 };
    assert.match(redactarPlantilla(c, 'es').join(' '), /no hubo anuncios en circulación/);
  });
});

describe('la liga y la baja', () => {
  test('se abre sin cuenta, no se indexa, y revocada deja de abrir; la de una prueba de memoria tampoco', async () => {
    const [r] = await sql<{ id: string }>("select id from meta_ads_reportes where estado = 'listo'");
    const pagina = await ana.get(`${BASE}/reportes/${r?.id}`, HTML);
    const liga = /http:\/\/[^"<\s]+\/reportes\/[\w-]{43}/.exec(pagina.texto)?.[0] ?? '';
    const ruta = new URL(liga).pathname;
    const nadie = web.visitante();
    const abierta = await nadie.get(ruta, HTML);
    assert.equal(abierta.estado, 200);
    assert.match(abierta.texto, /Cuenta de aura/);
    assert.match(abierta.cabeceras.get('x-robots-tag') ?? '', /noindex/);
    assert.equal((await nadie.get(`${ruta}/reporte.pdf`)).texto.slice(0, 5), '%PDF-');
    assert.equal((await nadie.get(`/reportes/${'A'.repeat(43)}`, HTML)).estado, 404);
    assert.match(abierta.texto, /<meta name="robots" content="noindex/);
    assert.doesNotMatch(
      abierta.texto,
      /No quiero recibir más/,
      'sin saber quién la abre no hay a quién dar de baja',
    );
    await sql("update meta_ads_reportes set liga_vence = now() - interval '1 second' where id = $1", [r?.id]);
    for (const x of ['', '/reporte.pdf'])
      assert.equal((await nadie.get(ruta + x, HTML)).estado, 404, 'vencida');
    await sql("update meta_ads_reportes set liga_vence = now() + interval '1 day' where id = $1", [r?.id]);
    assert.equal((await nadie.get(ruta, HTML)).estado, 200);
    assert.equal((await ana.post(`${BASE}/reportes/${r?.id}/liga`, { _metodo: 'DELETE' })).estado, 200);
    assert.equal((await nadie.get(ruta, HTML)).estado, 404);
    await ana.post(`${BASE}/reportes/${r?.id}/liga`);
    assert.equal((await nadie.get(ruta, HTML)).estado, 404, 'la vieja no revive');
  });

  test('quien se da de baja desde su correo ya no recibe, ni por reenvío', async () => {
    await sql('delete from meta_ads_reportes');
    cartas.length = 0;
    await ticReportes(web.ctx, LUNES);
    await entregarPendientes(web.ctx);
    const crudo = cartas.find((c) => c.para[0] === 'luz@cliente.mx')?.crudo ?? '';
    const baja = /List-Unsubscribe: <http:\/\/[^/]+(\/reportes\/baja\/[\w-]{43})>/.exec(crudo)?.[1] ?? '';
    const nadie = web.visitante();
    const [entrega] = await sql<{ id: string }>(
      "select e.id from meta_ads_entregas e where e.destino = 'luz@cliente.mx' order by e.created_at desc limit 1",
    );
    const [suyo] = await sql<{ id: string; serie: number }>('select id, serie from meta_ads_reportes');
    const liga = new URL(
      ligaDeReporte(web.ctx.config, { id: suyo?.id ?? '', serie: suyo?.serie ?? 1 }, entrega?.id ?? ''),
    );
    const suya = (await nadie.get(liga.pathname + liga.search, HTML)).texto;
    assert.ok(suya.includes(`href="${baja}"`), 'la página que abrió desde su carta también la deja ir');
    const [leida] = await sql<{ leida: boolean }>(
      'select leido_en is not null leida from meta_ads_entregas where id = $1',
      [entrega?.id],
    );
    assert.equal(leida?.leida, true);
    const [tom] = await sql<{ id: string }>(
      "select id from meta_ads_entregas where destino = 'tom@client.com' order by created_at desc limit 1",
    );
    const ingles = new URL(
      ligaDeReporte(web.ctx.config, { id: suyo?.id ?? '', serie: suyo?.serie ?? 1 }, tom?.id ?? ''),
    );
    const abre = async (mas: string) =>
      (await nadie.get(ingles.pathname + ingles.search + mas, HTML)).texto.slice(0, 60);
    assert.match(await abre(''), /<html lang="en">/, 'a quien lo recibe en inglés se le abre en inglés');
    assert.match(await abre('&idioma=es'), /<html lang="es-MX">/);
    assert.match((await nadie.get(liga.pathname, HTML)).texto, /<html lang="es-MX">/);
    assert.match((await nadie.get(baja, HTML)).texto, /Sí, no quiero más/);
    assert.match(
      (await nadie.post(baja, { 'List-Unsubscribe': 'One-Click' }, HTML)).texto,
      /Ya no recibirás/,
    );
    const [luz] = await sql<{ id: string }>(
      "select id from meta_ads_receptores where destino = 'luz@cliente.mx'",
    );
    const [r] = await sql<{ id: string }>('select id from meta_ads_reportes');
    assert.equal(
      (await ana.post(`${BASE}/reportes/${r?.id}/reenvio`, { receptor: luz?.id ?? '' })).estado,
      409,
    );
  });
});

test('el CSV de un reporte dice lo mismo que su PDF aunque Meta corrija después sus cifras', async () => {
  const [r] = await sql<{ id: string; cifras: CifrasReporte }>('select id, cifras from meta_ads_reportes');
  assert.ok(r);
  await sql("update meta_ads_insights set gasto = gasto + 100 where dia = '2026-11-05'");
  const csv = await ana.get(`${BASE}/reportes/${r.id}/reporte.csv`);
  await sql("update meta_ads_insights set gasto = gasto - 100 where dia = '2026-11-05'");
  assert.match(csv.cabeceras.get('content-type') ?? '', /text\/csv/);
  const filas = csv.texto.split('\r\n').map((f) => f.split(','));
  const gasto = (parte: string) =>
    filas.filter((f) => f[0]?.endsWith(parte)).reduce((suma, f) => suma + Math.round(Number(f[3]) * 100), 0);
  assert.equal(gasto('total'), Math.round(r.cifras.total.gasto * 100));
  for (const parte of ['dia', 'campana', 'plataforma'])
    assert.equal(gasto(parte), gasto('total'), `${parte} suma lo que dice el total`);
  assert.equal(filas.filter((f) => f[0] === 'dia').length, 7);
  assert.ok(csv.texto.includes("'=Anuncio"), 'lo que parece fórmula va escapado');
});

describe('revisión', () => {
  test('con revisión, nada sale hasta que la dueña aprueba', async () => {
    await ana.post(`${BASE}/receptores/ajustes`, { cuenta, semanal: 'si', revision: 'si' });
    await sql('delete from meta_ads_reportes');
    await ticReportes(web.ctx, LUNES);
    const [r] = await sql<{ id: string; estado: string }>('select id, estado from meta_ads_reportes');
    assert.equal(r?.estado, 'por_aprobar');
    assert.equal((await sql('select from meta_ads_entregas')).length, 0);
    assert.equal((await ana.post(`${BASE}/reportes/${r?.id}/aprobacion`)).estado, 200);
    assert.equal((await sql('select from meta_ads_entregas')).length, 2);
    assert.equal((await ana.post(`${BASE}/reportes/${r?.id}/aprobacion`)).estado, 409);
  });
});

describe('tarde', () => {
  const JUEVES = new Date('2026-11-12T18:00:00Z');
  const hechos = async () =>
    (await sql<{ k: string }>("select cadencia || ':' || estado k from meta_ads_reportes order by 1")).map(
      (r) => r.k,
    );
  before(async () => {
    await sql("update meta_ads_cuentas set created_at = '2026-10-01T00:00:00Z'");
    await ana.post(`${BASE}/receptores/ajustes`, { cuenta, semanal: 'si' });
  });

  test('con todo apagado de lunes a miércoles sale el jueves; con el permiso muerto, el día que se reconecta', async () => {
    await sql('delete from meta_ads_reportes');
    await ticReportes(web.ctx, JUEVES);
    assert.deepEqual(await hechos(), ['semanal:listo']);
    await sql('delete from meta_ads_reportes');
    cartas.length = 0;
    await sql("update meta_ads_cuentas set estado_conexion = 'vencida'");
    await ticReportes(web.ctx, LUNES);
    assert.deepEqual(await hechos(), ['semanal:negado']);
    const aviso = cartas.find((c) => c.para[0] === 'ana@aura.mx')?.crudo.replace(/=\r\n/g, '') ?? '';
    assert.match(aviso, /intentar solo hasta el 15 nov/);
    await sql("update meta_ads_cuentas set estado_conexion = 'conectada'");
    await ticReportes(web.ctx, JUEVES);
    assert.deepEqual(await hechos(), ['semanal:listo']);
  });

  test('una cuenta conectada el jueves, o la cadencia encendida ese día, espera a la semana siguiente', async () => {
    await sql('delete from meta_ads_reportes');
    await sql('update meta_ads_cuentas set created_at = $1', [JUEVES]);
    await ticReportes(web.ctx, new Date(JUEVES.getTime() + 3_600_000));
    assert.deepEqual(await hechos(), []);
    // El lunes a las tres de la tarde todavía es a tiempo.
    await sql("update meta_ads_cuentas set created_at = '2026-11-09T22:00:00Z'");
    await ticReportes(web.ctx, JUEVES);
    assert.deepEqual(await hechos(), ['semanal:listo']);
    await sql('delete from meta_ads_reportes');
    await sql("update meta_ads_cuentas set created_at = '2026-10-01T00:00:00Z'");
    await ana.post(`${BASE}/receptores/ajustes`, { cuenta });
    await ana.post(`${BASE}/receptores/ajustes`, { cuenta, semanal: 'si' });
    await sql('update meta_ads_ajustes set semanal_desde = $1 where semanal_desde is not null', [JUEVES]);
    await ticReportes(web.ctx, JUEVES);
    assert.deepEqual(await hechos(), [], 'encendida el jueves');
    // Cambiar otra cosa no es encenderla.
    await sql('update meta_ads_ajustes set semanal_desde = null');
    await ana.post(`${BASE}/receptores/ajustes`, { cuenta, semanal: 'si', revision: 'si' });
    await ticReportes(web.ctx, JUEVES);
    assert.deepEqual(await hechos(), ['semanal:por_aprobar']);
    await ana.post(`${BASE}/receptores/ajustes`, { cuenta, semanal: 'si' });
  });
});

function cifrasAlAzar(azar: () => number): CifrasReporte {
  const sumas = () => ({
    gasto: Math.floor(azar() * 900_000) / 100,
    impresiones: Math.floor(azar() * 90_000),
    clics: Math.floor(azar() * 3000),
    conversaciones: Math.floor(azar() * 200),
  });
  const parte = (id: string) => ({ id, nombre: `Promo ${id} 2x1`, ...sumas() });
  return {
    cuenta: {
      id: 'x',
      nombre: 'Tienda 24',
      ad_account_id: 'act_1',
      moneda: azar() < 0.5 ? 'MXN' : 'USD',
      zona: null,
    },
    ...SEMANA,
    antes_desde: '2026-10-26',
    antes_hasta: '2026-11-01',
    total: sumas(),
    antes: sumas(),
    alcance: null,
    gasto_cuenta: null,
    dias: [],
    campanas: [parte('c1')],
    anuncios: [parte('a1'), parte('a2')],
    plataformas: [],
    n_anuncios: 2,
    faltan: [],
    corregidos: [],
    traido: null,
    demo: false,
  };
}
