import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Ad, FacebookAdsApi } from 'facebook-nodejs-business-sdk';
import { crearMeta, crearPkce, type Meta, VERSION } from '../src/integraciones/meta.ts';
import { ErrorMeta } from '../src/integraciones/meta_errores.ts';
import { ESTADOS_ANUNCIO } from '../src/integraciones/meta_formas.ts';
import { crearUso } from '../src/integraciones/meta_uso.ts';
import { crearFalsoMeta, type FalsoMeta } from './apoyo/falso_meta.ts';
import { cuentaFalsa } from './apoyo/falso_meta_datos.ts';
import { azarDe } from './apoyo/ads.ts';
import { diasDe, mover } from '../src/ads/periodos.ts';

const HOY = new Date().toISOString().slice(0, 10);
const P = { desde: mover(HOY, -7), hasta: mover(HOY, -1) };
const ACT = 'act_100';
let falso: FalsoMeta;
let meta: Meta;

before(async () => {
  falso = await crearFalsoMeta();
  meta = crearMeta({ app: falso.app, graphUrl: falso.url, pausaMs: 1, sondeoMs: 5 });
  falso.cuentas.set(
    ACT,
    cuentaFalsa({
      act: ACT,
      anuncios: 130,
      dias: diasDe(P),
      azar: azarDe(7),
      miniaturas: `${falso.url}/miniaturas`,
    }),
  );
  falso.cuentas.set('act_200', cuentaFalsa({ act: 'act_200', moneda: 'CLP', zona: 'America/Santiago' }));
});
after(() => falso.cerrar());

async function todo<T>(g: AsyncGenerator<T[]>): Promise<T[]> {
  const r: T[] = [];
  for await (const p of g) r.push(...p);
  return r;
}
const falla = (clase: string) => (e: unknown) => e instanceof ErrorMeta && e.clase === clase;

test('la versión que se escribe en el diálogo es la del SDK instalado', () => {
  assert.equal(FacebookAdsApi.VERSION, VERSION);
});

test('los estados que se nombran para no perder lo gastado por lo borrado son los del SDK instalado', () => {
  const { EffectiveStatus } = Ad as unknown as { EffectiveStatus: Record<string, string> };
  assert.deepEqual(ESTADOS_ANUNCIO.toSorted(), Object.values(EffectiveStatus).toSorted());
});

test('las cuentas y la estructura llegan enteras, página por página', async () => {
  const s = meta.conToken(falso.nuevoToken());
  assert.deepEqual(
    (await s.cuentas()).map((c) => [c.id, c.moneda, c.zona]),
    [
      [ACT, 'MXN', 'America/Hermosillo'],
      ['act_200', 'CLP', 'America/Santiago'],
    ],
  );
  assert.equal((await todo(s.campanas(ACT, 'MXN'))).length, 13);
  const conjuntos = await todo(s.conjuntos(ACT, 'MXN'));
  assert.equal(conjuntos.length, 26);
  assert.equal(conjuntos[0]?.presupuesto_diario, 200);
  const anuncios = await todo(s.anuncios(ACT));
  assert.equal(anuncios.length, 130);
  assert.match(anuncios[0]?.miniatura ?? '', /^http/);
});

test('sin centavos en su moneda, 20000 son 20,000 y no 200', async () => {
  const s = meta.conToken(falso.nuevoToken());
  assert.equal((await todo(s.conjuntos('act_200', 'CLP')))[0]?.presupuesto_diario, 20_000);
});

test('una conversación se cuenta una vez aunque venga en seis acciones, y los totales son los de la cuenta', async () => {
  const s = meta.conToken(falso.nuevoToken());
  const renglones = await todo(s.renglones(ACT, P));
  const suyos = falso.cuentas.get(ACT)?.renglones ?? [];
  assert.equal(renglones.length, suyos.length);
  const suma = (xs: { conversaciones: number }[]) => xs.reduce((n, r) => n + r.conversaciones, 0);
  assert.equal(suma(renglones), suma(suyos));
  const dias = await s.dias(ACT, P);
  const gasto = renglones.reduce((n, r) => n + Math.round(r.gasto * 100), 0);
  assert.equal(
    dias.reduce((n, d) => n + Math.round(d.gasto * 100), 0),
    gasto,
  );
});

test('el informe en segundo plano da lo mismo que la consulta directa', async () => {
  const s = meta.conToken(falso.nuevoToken());
  const avances: number[] = [];
  const informe = await todo(s.renglonesEnInforme(ACT, P, (pct) => void avances.push(pct)));
  assert.deepEqual(informe, await todo(s.renglones(ACT, P)));
  assert.deepEqual(avances, [40, 100]);
});

test('si una página son demasiados datos se pide más chica desde ahí mismo, y nada falta ni se repite', async () => {
  const limites = () =>
    falso.peticiones.splice(0).flatMap((p) => (p.params['limit'] ? [Number(p.params['limit'])] : []));
  const ids = (xs: { id: string }[]) => xs.map((x) => x.id).toSorted();
  const suyos = ids(falso.cuentas.get(ACT)?.anuncios ?? []);
  try {
    for (const como of ['codigo_1', 'subcodigo'] as const) {
      falso.demasiado = como;
      falso.maximoPagina = 100;
      limites();
      const s = meta.conToken(falso.nuevoToken());
      const vistos: { id: string }[] = [];
      for await (const pagina of s.anuncios(ACT)) {
        vistos.push(...pagina);
        falso.maximoPagina = 50;
      }
      assert.deepEqual(ids(vistos), suyos);
      assert.deepEqual(limites(), [500, 100, 100, 25, 25]);
    }
    const s = meta.conToken(falso.nuevoToken());
    assert.deepEqual(
      await todo(s.renglonesEnInforme(ACT, P)),
      await todo(s.renglones(ACT, P)),
      'un informe hecho también se lee por páginas más chicas',
    );
    falso.maximoPagina = 10;
    await assert.rejects(todo(s.anuncios(ACT)), falla('demasiado'));
  } finally {
    falso.maximoPagina = Infinity;
    falso.demasiado = 'codigo_1';
  }
});

test('cada falla se distingue y ninguna lleva el token', async () => {
  const token = falso.nuevoToken();
  const s = () => meta.conToken(token);
  const caso = async (regla: Parameters<FalsoMeta['programar']>[0], clase: string) => {
    falso.programar(regla);
    await assert.rejects(s().cuenta(ACT), (e: unknown) => {
      assert.ok(e instanceof ErrorMeta);
      assert.equal(e.clase, clase);
      assert.ok(!`${e.message} ${e.stack} ${JSON.stringify(e)}`.includes(token));
      return true;
    });
  };
  const si = () => true;
  await caso({ si, error: { http: 400, code: 190, message: `Bad ${token}` } }, 'token');
  await caso({ si, error: { http: 403, code: 200 } }, 'permiso');
  await caso({ si, error: { http: 400, code: 17, error_subcode: 2446079 } }, 'limite');
  await caso({ si, error: { http: 400, code: 80000 } }, 'limite');
  await caso({ si, error: { http: 400, code: 100, error_subcode: 1487534 } }, 'demasiado');
  const menos = "PLEASE reduce the amount of data you're asking for, then retry your request";
  await caso({ si, error: { http: 500, code: 1, message: menos } }, 'demasiado');
  await caso({ si, veces: 3, error: { http: 500, code: 1, message: 'An unknown error' } }, 'pasajero');
  await caso({ si, error: { http: 400, code: 100, error_subcode: 33 } }, 'no_existe');
  await caso({ si, error: { http: 400, code: 100 } }, 'rechazo');
  await caso({ si, veces: 3, html: 502 }, 'pasajero');
  await caso({ si, veces: 3, cortar: true }, 'conexion');
});

test('una falla pasajera al leer se repite sola; un HTML de 502 también', async () => {
  falso.programar({ si: () => true, html: 502 });
  assert.equal((await meta.conToken(falso.nuevoToken()).cuenta(ACT)).id, ACT);
  falso.programar({ si: () => true, veces: 2, error: { http: 500, code: 2, is_transient: true } });
  assert.equal((await meta.conToken(falso.nuevoToken()).cuenta(ACT)).id, ACT);
});

test('las cabeceras del cupo frenan y paran: después de 100 no sale ninguna petición más', async () => {
  falso.otraHora();
  falso.cupo = 4;
  try {
    const s = meta.conToken(falso.nuevoToken());
    for (let i = 0; i < 3; i++) await s.cuenta(ACT);
    await assert.rejects(async () => {
      for (let i = 0; i < 5; i++) await s.cuenta(ACT);
    }, falla('limite'));
    const antes = falso.peticiones.length;
    await assert.rejects(
      s.cuenta(ACT),
      (e: unknown) => e instanceof ErrorMeta && e.clase === 'limite' && e.esperaMs > 60_000,
    );
    assert.equal(falso.peticiones.length, antes);
  } finally {
    falso.cupo = Infinity;
    falso.otraHora();
  }
});

test('una página que se repite sin fin se corta, y una dirección ajena no recibe el token', async () => {
  falso.repetirPagina = true;
  await assert.rejects(todo(meta.conToken(falso.nuevoToken()).campanas(ACT, 'MXN')), falla('ilegible'));
  falso.repetirPagina = false;
  const otra = await crearFalsoMeta();
  const api = (falso.cuentas.get(ACT)?.campanas ?? []).length;
  assert.ok(api > 0);
  const { crearApi } = await import('../src/integraciones/meta_api.ts');
  const suelta = await crearApi(falso.nuevoToken(), { base: falso.url, uso: crearUso() });
  await assert.rejects(suelta.call('GET', `${otra.url}/v24.0/robo`), falla('ilegible'));
  assert.equal(otra.peticiones.length, 0);
  await otra.cerrar();
});

test('entrar con Facebook: estado, PKCE, canje de un uso, permiso largo y revisión', async () => {
  const { verificador, reto } = crearPkce();
  const regreso = 'http://127.0.0.1:1/ads/facebook';
  const ida = await fetch(meta.direccionDeLogin({ estado: 'abc', reto, regreso }), { redirect: 'manual' });
  const vuelta = new URL(ida.headers.get('location') ?? '');
  assert.equal(vuelta.searchParams.get('state'), 'abc');
  const codigo = vuelta.searchParams.get('code') ?? '';
  await assert.rejects(meta.canjearCodigo({ codigo: 'otro', verificador, regreso }), falla('rechazo'));
  const corto = await meta.canjearCodigo({ codigo, verificador, regreso });
  await assert.rejects(meta.canjearCodigo({ codigo, verificador, regreso }), falla('rechazo'));
  const largo = await meta.alargar(corto.token);
  const dias = ((largo.vence?.getTime() ?? 0) - Date.now()) / 86_400_000;
  assert.ok(dias > 59 && dias < 61, String(dias));
  const estado = await meta.revisarToken(largo.token);
  assert.equal(estado.valido, true);
  assert.deepEqual(estado.permisos, ['ads_read', 'ads_management', 'business_management', 'pages_show_list']);
  assert.deepEqual(await meta.conToken(largo.token).paginas(), [{ id: '555', nombre: 'Aura Estudio' }]);
  assert.equal((await meta.revisarToken(`EAA${'x'.repeat(40)}`)).valido, false);
});

test('con la configuración de empresas se pide por ella y el permiso de sistema que da no vence', async () => {
  const empresas = crearMeta({ app: falso.app, graphUrl: falso.url, configuracion: '778899', pausaMs: 1 });
  const { verificador, reto } = crearPkce();
  const regreso = 'http://127.0.0.1:1/ads/facebook';
  const direccion = empresas.direccionDeLogin({ estado: 'abc', reto, regreso });
  assert.equal(new URL(direccion).searchParams.get('scope'), null);
  const vuelta = await fetch(direccion, { redirect: 'manual' });
  const codigo = new URL(vuelta.headers.get('location') ?? '').searchParams.get('code') ?? '';
  const dado = await empresas.canjearCodigo({ codigo, verificador, regreso });
  assert.equal(dado.vence, null);
  assert.deepEqual((await empresas.revisarToken(dado.token)).tipo, 'SYSTEM_USER');
});

test('vence lo primero que pase: que muera el permiso o que se cierre el acceso a los datos', async () => {
  const en = (dias: number) => Math.floor(Date.now() / 1000) + dias * 86_400;
  for (const [vence, acceso, primero, muere] of [
    [en(50), en(3), en(3), en(50)],
    [en(3), en(50), en(3), en(3)],
    [0, en(20), en(20), 0],
    [0, 0, 0, 0],
  ] as const) {
    const r = await meta.revisarToken(falso.nuevoToken({ tipo: 'USER', vence, acceso }));
    assert.deepEqual([(r.vence?.getTime() ?? 0) / 1000, (r.muere?.getTime() ?? 0) / 1000], [primero, muere]);
  }
});

test('de 75 % en adelante cada petición espera más; por debajo, nada; y en 100 no sale', async () => {
  const uso = crearUso({ pausaMs: 1000 });
  const con = (pct: number, minutos = 0) =>
    uso.leer({
      'x-business-use-case-usage': JSON.stringify({
        '100': [
          {
            type: 'ads_insights',
            call_count: pct,
            total_cputime: 1,
            estimated_time_to_regain_access: minutos,
          },
        ],
      }),
    });
  con(74);
  assert.equal(uso.frenoMs(), 0);
  const frenos = [75, 80, 90, 99].map((pct) => {
    con(pct);
    return uso.frenoMs();
  });
  assert.deepEqual(
    frenos.toSorted((a, b) => a - b),
    frenos,
  );
  assert.equal(frenos[0], 1000);
  assert.ok((frenos[3] ?? 0) > 20_000, String(frenos[3]));
  con(100, 12);
  await assert.rejects(uso.antesDePedir(), falla('limite'));
  assert.ok(uso.faltaMs() > 11 * 60_000 && uso.faltaMs() <= 12 * 60_000, 'la hora que dijo Meta');
  // La cuenta también habla, en segundos, y el detalle de la aplicación y el de insights.
  const otro = crearUso({ pausaMs: 1 });
  otro.leer({ 'x-ad-account-usage': JSON.stringify({ acc_id_util_pct: 100, reset_time_duration: 90 }) });
  assert.ok(otro.faltaMs() > 80_000 && otro.faltaMs() <= 90_000);
  for (const [cabecera, valor] of [
    ['x-app-usage', { call_count: 81 }],
    ['x-fb-ads-insights-throttle', { app_id_util_pct: 81, acc_id_util_pct: 2 }],
  ] as const) {
    const u = crearUso({ pausaMs: 1 });
    u.leer({ [cabecera]: JSON.stringify(valor) });
    assert.equal(u.porcentaje(), 81, cabecera);
  }
});

test('un cambio escribe de verdad, en centavos, y lo que Meta no acepta se dice con sus palabras', async () => {
  const s = meta.conToken(falso.nuevoToken());
  const conjunto = falso.cuentas.get(ACT)?.conjuntos[0];
  assert.ok(conjunto);
  await s.cambiar('conjuntos', conjunto.id, { presupuesto_diario: 350.5 }, 'MXN');
  assert.equal(conjunto.daily_budget, '35050');
  assert.equal((await s.leerObjeto('conjuntos', conjunto.id, 'MXN')).presupuesto_diario, 350.5);
  await assert.rejects(
    s.cambiar('conjuntos', conjunto.id, { presupuesto_diario: 3 }, 'MXN'),
    /mínimo es \$10/,
  );
  await s.cambiar('conjuntos', conjunto.id, { fin: '2027-01-02T06:59:59.000Z' }, 'MXN');
  assert.equal((await s.leerObjeto('conjuntos', conjunto.id, 'MXN')).fin, '2027-01-02T06:59:59.000Z');
  await s.cambiar('conjuntos', conjunto.id, { fin: null }, 'MXN');
  assert.equal((await s.leerObjeto('conjuntos', conjunto.id, 'MXN')).fin, null);
  const solo = meta.conToken(falso.nuevoToken({ permisos: ['ads_read'] }));
  await assert.rejects(solo.cambiar('conjuntos', conjunto.id, { estado: 'PAUSED' }, 'MXN'), falla('permiso'));
});
