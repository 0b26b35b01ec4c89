import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mover } from '../src/ads/periodos.ts';
import { claveDia } from '../src/web/fechas.ts';
import { azarDe, type RenglonPrueba, sembrarAds } from './apoyo/ads.ts';
import { abrirWeb, crearUsuario, type Visitante, type Web, dosVecinas, entrarComo } from './apoyo/web.ts';

const BASE = '/panel_cliente/aura/ads';
const HTML = { accept: 'text/html' };
const HOY = claveDia(new Date());

let web: Web;
let ana: Visitante;
let dora: Visitante;
let agente: Visitante;
let cuenta: string;
let renglones: RenglonPrueba[];
const sql = (texto: string, valores?: unknown[]) => web.ctx.bd.pool.query(texto, valores);

before(async () => {
  web = await abrirWeb();
  ({ ana, dora } = await dosVecinas(web, ['chat', 'contactos', 'ads']));
  await crearUsuario(web.ctx, { correo: 'agente@aura.mx', noras: { aura: 'agente' } });
  agente = await entrarComo(web, 'agente@aura.mx');
  ({ cuenta, renglones } = await sembrarAds(
    sql,
    'aura',
    { desde: mover(HOY, -60), hasta: mover(HOY, -1) },
    { azar: azarDe(11), demo: true },
  ));
});
after(() => web.cerrar());

const sumar = (lista: RenglonPrueba[]) => ({
  gasto: lista.reduce((n, r) => n + Math.round(r.gasto * 100), 0) / 100,
  impresiones: lista.reduce((n, r) => n + r.impresiones, 0),
  clics: lista.reduce((n, r) => n + r.clics, 0),
  conversaciones: lista.reduce((n, r) => n + r.conversaciones, 0),
});
const entre = (desde: string, hasta: string) => renglones.filter((r) => r.dia >= desde && r.dia <= hasta);

describe('resumen', () => {
  test('la dueña ve sumas iguales a los renglones, por periodo, plataforma y campaña, y las de antes', async () => {
    const { json, estado } = await ana.get(`${BASE}?rango=28d`);
    assert.equal(estado, 200);
    const [desde, hasta] = [mover(HOY, -28), mover(HOY, -1)];
    assert.deepEqual(json['total'], sumar(entre(desde, hasta)));
    assert.deepEqual(json['antes'], sumar(entre(mover(HOY, -56), mover(HOY, -29))));
    const suma = (lista: unknown, clave: string) =>
      Math.round((lista as Record<string, number>[]).reduce((n, x) => n + (x[clave] ?? 0), 0) * 100) / 100;
    for (const lista of ['plataformas', 'objetos', 'dias'])
      assert.equal(suma(json[lista], 'gasto'), sumar(entre(desde, hasta)).gasto, lista);
    const c1 = (json['objetos'] as { id: string; clics: number }[]).find((o) => o.id === 'c1');
    assert.equal(c1?.clics, sumar(entre(desde, hasta).filter((r) => r.anuncio.startsWith('a1'))).clics);
  });

  test('el alcance nunca se suma: sale el que Meta dio para esa ventana exacta, o se dice que no hay', async () => {
    assert.equal((await ana.get(`${BASE}?rango=7d`)).json['alcance'], null);
    await sql(
      'insert into meta_ads_alcances (nombre_nora, cuenta_id, desde, hasta, alcance) values ($1, $2, $3, $4, 4321)',
      ['aura', cuenta, mover(HOY, -7), mover(HOY, -1)],
    );
    assert.equal(((await ana.get(`${BASE}?rango=7d`)).json['alcance'] as { n: number }).n, 4321);
    assert.match((await ana.get(`${BASE}?rango=28d`, HTML)).texto, /Meta no lo ha dado para estas fechas/);
  });

  test('baja de campaña a conjunto y a anuncio, ordena y dice su ventana', async () => {
    const { texto } = await ana.get(`${BASE}?rango=28d&orden=nombre&sentido=asc`, HTML);
    assert.ok(texto.indexOf('Campaña 1') < texto.indexOf('Campaña 2'));
    assert.match(texto, /aria-sort="ascending"/);
    assert.match(texto, /comparado con/);
    const anuncios = await ana.get(`${BASE}?rango=28d&nivel=anuncios&padre=s1`);
    assert.deepEqual((anuncios.json['objetos'] as { id: string }[]).map((o) => o.id).toSorted(), [
      'a11',
      'a12',
    ]);
    assert.deepEqual(
      (anuncios.json['padres'] as { id: string }[]).map((o) => o.id),
      ['c1', 's1'],
    );
  });

  test('cada columna ordena en los tres niveles, hacia arriba y hacia abajo', async () => {
    await sql(
      `update meta_ads_conjuntos set presupuesto_diario = 90, estado = 'PAUSED' where cuenta_id = $1 and id = 's1'`,
      [cuenta],
    );
    await sql(`update meta_ads_conjuntos set presupuesto_total = 4000 where cuenta_id = $1 and id = 's2'`, [
      cuenta,
    ]);
    await sql(`update meta_ads_campanas set presupuesto_diario = 350 where cuenta_id = $1 and id = 'c2'`, [
      cuenta,
    ]);
    await sql(
      `update meta_ads_anuncios set estado = 'PAUSED' where cuenta_id = $1 and id in ('a12', 'a21')`,
      [cuenta],
    );
    type Fila = Record<string, number | string | null>;
    const llaves: Record<string, (o: Fila) => number | string | null> = {
      nombre: (o) => String(o['nombre']).toLowerCase(),
      estado: (o) => String(o['estado']),
      presupuesto: (o) => o['presupuesto_diario'] ?? o['presupuesto_total'] ?? null,
      gasto: (o) => Number(o['gasto']),
      impresiones: (o) => Number(o['impresiones']),
      clics: (o) => Number(o['clics']),
      ctr: (o) => Number(o['clics']) / Number(o['impresiones']),
      cpc: (o) => Number(o['gasto']) / Number(o['clics']),
      conversaciones: (o) => Number(o['conversaciones']),
      costo_conversacion: (o) => Number(o['gasto']) / Number(o['conversaciones']),
    };
    for (const nivel of ['campanas', 'conjuntos', 'anuncios'])
      for (const [orden, llave] of Object.entries(llaves))
        for (const sentido of ['asc', 'desc']) {
          const { json } = await ana.get(
            `${BASE}?rango=28d&nivel=${nivel}&orden=${orden}&sentido=${sentido}`,
          );
          const vistas = (json['objetos'] as Fila[]).map(llave);
          assert.equal(vistas.length, nivel === 'anuncios' ? 4 : 2);
          const signo = sentido === 'asc' ? 1 : -1;
          for (const [i, x] of vistas.slice(1).entries()) {
            const antes = vistas[i] ?? null;
            if (x === null || antes === null) assert.equal(x ?? null, null, 'lo que no tiene va al final');
            else
              assert.ok(
                (antes < x ? -1 : antes > x ? 1 : 0) * signo <= 0,
                `${nivel} ${orden} ${sentido}: ${vistas.join()}`,
              );
          }
        }
    await sql(`update meta_ads_campanas set presupuesto_diario = 200 where cuenta_id = $1`, [cuenta]);
    await sql(`update meta_ads_anuncios set estado = 'ACTIVE' where cuenta_id = $1`, [cuenta]);
  });

  test('si al periodo anterior le faltan días no se compara con él, y se dice cuántos', async () => {
    const completa = (await ana.get(`${BASE}?rango=28d`, HTML)).texto;
    assert.match(completa, /comparado con/);
    assert.match(completa, /class="cambio/);
    const { json } = await ana.get(`${BASE}?rango=90d`);
    assert.equal(json['faltan_antes'], 90);
    const { texto } = await ana.get(`${BASE}?rango=90d`, HTML);
    assert.match(texto, /No se compara con .*faltan 90 días por traer/);
    assert.doesNotMatch(texto, /class="cambio|antes \$|comparado con/);
    assert.match(texto, /De estas fechas no se ha traído: /, 'y de las propias también se dice');
  });

  test('detrás de una campaña, un anuncio o un lugar están sólo sus renglones, y su CSV', async () => {
    const de = entre(mover(HOY, -28), mover(HOY, -1));
    const filas = async (filtro: string) =>
      (
        (await ana.get(`${BASE}/renglones?cuenta=${cuenta}&rango=28d&${filtro}`)).json[
          'renglones'
        ] as unknown[]
      ).length;
    assert.equal(await filas('nivel=campanas&id=c1'), de.filter((r) => r.anuncio.startsWith('a1')).length);
    assert.equal(await filas('nivel=conjuntos&id=s2'), de.filter((r) => r.anuncio.startsWith('a2')).length);
    assert.equal(await filas('nivel=anuncios&id=a21'), de.filter((r) => r.anuncio === 'a21').length);
    assert.equal(await filas('plataforma=instagram'), de.filter((r) => r.plataforma === 'instagram').length);
    const csv = await ana.get(`${BASE}/exportar.csv?cuenta=${cuenta}&rango=28d&nivel=anuncios&id=a21`);
    assert.equal(csv.texto.trim().split('\r\n').length - 1, de.filter((r) => r.anuncio === 'a21').length);
    const objeto = (await ana.get(`${BASE}/campanas/c1?cuenta=${cuenta}`, HTML)).texto;
    const [, ruta = ''] = /href="([^"]*\/renglones\?[^"]*)"/.exec(objeto) ?? [];
    assert.match((await ana.get(ruta.replaceAll('&amp;', '&'), HTML)).texto, /Campaña 1, /);
  });

  test('el CSV trae todos los renglones, con las fórmulas escapadas', async () => {
    const { texto, cabeceras } = await ana.get(`${BASE}/exportar.csv?cuenta=${cuenta}&rango=28d`);
    assert.match(cabeceras.get('content-type') ?? '', /text\/csv/);
    assert.equal(texto.trim().split('\r\n').length - 1, entre(mover(HOY, -28), mover(HOY, -1)).length);
    assert.match(texto, /,'=Anuncio 11,/);
    assert.match((await ana.get(`${BASE}/renglones?cuenta=${cuenta}&rango=7d`, HTML)).texto, /=Anuncio 11/);
  });

  test('un contacto que llegó por un anuncio se cuenta junto a lo de Meta, sin mezclarse', async () => {
    const { rows } = (await sql(
      "insert into contactos (nombre_nora, telefono, nombre, etiquetas) values ('aura', '+526621119999', 'Luz', array['venta']) returning id",
    )) as { rows: { id: string }[] };
    for (let i = 0; i < 2; i++)
      await sql(
        `insert into historial_conversaciones (nombre_nora, contacto_id, mensaje, tipo, autor, estado, fecha_hora, referido) values ('aura', $1, 'hola', 'usuario', 'contacto', 'recibido', now() - interval '2 days', $2)`,
        [
          rows[0]?.id,
          JSON.stringify({ ReferralSourceId: 'a11', ReferralHeadline: 'Promo', ReferralCtwaClid: 'x' }),
        ],
      );
    const { json } = await ana.get(`${BASE}?rango=7d`);
    const n = json['nuestros'] as {
      conversaciones: number;
      etiquetas: object[];
      anuncios: { id: string; conversaciones: number; meta: number }[];
    };
    assert.equal(n.conversaciones, 1);
    assert.deepEqual(n.etiquetas, [{ nombre: 'venta', n: 1 }]);
    assert.equal(n.anuncios[0]?.conversaciones, 1);
    assert.equal(
      n.anuncios[0]?.meta,
      sumar(entre(mover(HOY, -7), mover(HOY, -1)).filter((r) => r.anuncio === 'a11')).conversaciones,
    );
  });
});

describe('cambios', () => {
  test('cambiar un presupuesto pide confirmar con el valor viejo y el nuevo, y deja su renglón', async () => {
    const ruta = `${BASE}/campanas/c1/presupuesto`;
    const pregunta = await ana.post(ruta, { cuenta, tipo: 'diario', monto: '350.50' }, HTML);
    assert.match(pregunta.texto, /\$200\.00[\s\S]*\$350\.50/);
    assert.equal(
      (await ana.get(`${BASE}/campanas/c1?cuenta=${cuenta}`)).json['objeto'] &&
        (
          (await ana.get(`${BASE}/campanas/c1?cuenta=${cuenta}`)).json['objeto'] as {
            presupuesto_diario: number;
          }
        ).presupuesto_diario,
      200,
    );
    const hecho = await ana.post(ruta, {
      cuenta,
      tipo: 'diario',
      monto: '350.50',
      antes: '200',
      confirmado: 'si',
    });
    assert.equal(hecho.estado, 200);
    const { json } = await ana.get(`${BASE}/cambios`);
    const [c] = json['cambios'] as Record<string, unknown>[];
    assert.deepEqual(
      [c?.['campo'], c?.['antes'], c?.['despues'], c?.['resultado'], c?.['origen']],
      ['presupuesto_diario', 200, 350.5, 'hecho', 'panel'],
    );
    assert.equal(c?.['quien'], 'ana@aura.mx');
    const viejo = await ana.post(ruta, {
      cuenta,
      tipo: 'diario',
      monto: '400',
      antes: '200',
      confirmado: 'si',
    });
    assert.equal(viejo.estado, 409);
  });

  test('el tope de la administración y los montos raros se dicen junto al campo', async () => {
    await web.ctx.bd.servicio
      .rpc('ads_guardar_limites', {
        p_nora: 'aura',
        p_cuenta: cuenta,
        p_diario: 500,
        p_total: null as never,
        p_usuario: null as never,
      })
      .throwOnError();
    for (const [monto, dice] of [
      ['501', /tope que puso administración es \$500\.00/],
      ['-4', /Escribe un monto/],
      ['0', /mayor que cero/],
      ['1e9', /Escribe un monto/],
    ] as const) {
      const r = await ana.post(`${BASE}/campanas/c1/presupuesto`, {
        cuenta,
        tipo: 'diario',
        monto,
        confirmado: 'si',
      });
      assert.equal(r.estado, 422, monto);
      assert.match(r.texto, dice);
    }
  });

  test('pausar y reanudar son dos caras del mismo recurso', async () => {
    await ana.post(`${BASE}/anuncios/a11/pausa`, { cuenta, confirmado: 'si' });
    assert.equal(
      ((await ana.get(`${BASE}/anuncios/a11?cuenta=${cuenta}`)).json['objeto'] as { estado: string }).estado,
      'PAUSED',
    );
    await ana.post(`${BASE}/anuncios/a11/pausa`, { cuenta, confirmado: 'si', _metodo: 'DELETE' });
    assert.equal(
      ((await ana.get(`${BASE}/anuncios/a11?cuenta=${cuenta}`)).json['objeto'] as { estado: string }).estado,
      'ACTIVE',
    );
  });
});

describe('muro', () => {
  test('un agente no tiene el módulo y la otra nora no ve ni toca nada', async () => {
    assert.equal((await agente.get(BASE)).estado, 404);
    assert.equal((await agente.post(`${BASE}/campanas/c1/pausa`, { cuenta, confirmado: 'si' })).estado, 404);
    assert.deepEqual((await dora.get('/panel_cliente/demo/ads')).json, { cuentas: [] });
    for (const ruta of [
      `?cuenta=${cuenta}`,
      `/exportar.csv?cuenta=${cuenta}`,
      `/campanas/c1?cuenta=${cuenta}`,
    ])
      assert.equal((await dora.get(`/panel_cliente/demo/ads${ruta}`)).estado, 404, ruta);
    assert.equal(
      (await dora.post('/panel_cliente/demo/ads/campanas/c1/pausa', { cuenta, confirmado: 'si' })).estado,
      404,
    );
    assert.equal((await dora.get(BASE)).estado, 404);
    assert.deepEqual((await dora.get('/panel_cliente/demo/ads/cambios')).json['cambios'], []);
  });
});
