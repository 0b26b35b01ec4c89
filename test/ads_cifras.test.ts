import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { SMTPServer } from 'smtp-server';
import { formatosDe } from '../src/ads/formatos.ts';
import {
  comparado,
  type Cadencia,
  diasDe,
  mover,
  type Periodo,
  periodoAnterior,
} from '../src/ads/periodos.ts';
import { presentarReporte } from '../src/ads/reportes/presentar.ts';
import type { CifrasReporte } from '../src/ads/reportes/tipos.ts';
import { azarDe, type RenglonPrueba } from './apoyo/ads.ts';
import { type BaseDePrueba, prepararBase } from './apoyo/base.ts';

const ZONA = 'America/Hermosillo';
const PLATAFORMAS = ['facebook', 'instagram', 'messenger'];
let base: BaseDePrueba;
let pool: pg.Pool;

before(async () => {
  base = await prepararBase();
  pool = new pg.Pool({ connectionString: base.url, max: 3 });
  await pool.query(`insert into configuracion_bot (nombre_nora, nombre_visible) values ('aura', 'Aura')`);
  await pool.query(
    `insert into modulos_disponibles (nombre_nora, modulo, activo) values ('aura', 'ads', true)`,
  );
});
after(async () => {
  await pool?.end();
  await base?.cerrar();
});

interface Mundo {
  cuenta: string;
  renglones: RenglonPrueba[];
  campanaDe: Map<string, string>;
  corregidos: Set<string>;
}

/** Una cuenta de tamaño, forma y huecos al azar; `sinDias` nunca se trajeron. */
async function inventar(azar: () => number, p: Periodo, sinDias: readonly string[] = []): Promise<Mundo> {
  const cuenta = randomUUID();
  const entero = (n: number) => Math.floor(azar() * n);
  await pool.query(
    `insert into meta_ads_cuentas (id, nombre_nora, ad_account_id, nombre, moneda, zona_horaria, estado_conexion) values ($1, 'aura', $2, 'Tienda', 'MXN', $3, 'conectada')`,
    [cuenta, `act_${entero(1e9)}`, ZONA],
  );
  const campanaDe = new Map<string, string>();
  const campanas = Array.from({ length: 1 + entero(5) }, (_, i) => `k${i}`);
  for (let i = 0; i < 1 + entero(18); i++) campanaDe.set(`a${i}`, campanas[entero(campanas.length)] ?? 'k0');
  await pool.query(
    `insert into meta_ads_campanas (nombre_nora, cuenta_id, id, nombre, estado) select 'aura', $1, x, 'Campaña ' || x, 'ACTIVE' from unnest($2::text[]) x`,
    [cuenta, campanas],
  );
  await pool.query(
    `insert into meta_ads_anuncios (nombre_nora, cuenta_id, id, conjunto_id, campana_id, nombre, estado) select 'aura', $1, x.a, 's', x.c, 'Anuncio ' || x.a, 'ACTIVE' from jsonb_to_recordset($2::jsonb) x(a text, c text)`,
    [cuenta, JSON.stringify([...campanaDe].map(([a, c]) => ({ a, c })))],
  );
  const traidos = diasDe(p).filter((d) => !sinDias.includes(d));
  const renglones: RenglonPrueba[] = [];
  const tira = azar();
  for (const dia of traidos)
    for (const anuncio of campanaDe.keys())
      for (const plataforma of PLATAFORMAS) {
        if (azar() < tira) continue;
        const impresiones = entero(9000);
        renglones.push({
          dia,
          anuncio,
          plataforma,
          // Centavos que el punto flotante no sabe sumar.
          gasto: entero(30_000) / 100,
          impresiones,
          clics: entero(impresiones / 20),
          conversaciones: azar() < 0.5 ? 0 : entero(9),
        });
      }
  await pool.query(
    `insert into meta_ads_insights (nombre_nora, cuenta_id, dia, anuncio_id, plataforma, gasto, impresiones, clics, conversaciones)
     select 'aura', $1, x.dia, x.anuncio, x.plataforma, x.gasto, x.impresiones, x.clics, x.conversaciones from jsonb_to_recordset($2::jsonb) x(dia date, anuncio text, plataforma text, gasto numeric, impresiones bigint, clics bigint, conversaciones bigint)`,
    [cuenta, JSON.stringify(renglones)],
  );
  const corregidos = new Set(traidos.filter(() => azar() < 0.1));
  await pool.query(
    `insert into meta_ads_dias (nombre_nora, cuenta_id, dia, gasto, gasto_primero)
     select 'aura', $1, d.dia, d.g, d.g + case when d.dia::text = any ($3) then 1.5 else 0 end from (select d.dia, coalesce(sum(i.gasto), 0) g from unnest($2::date[]) d(dia) left join meta_ads_insights i on i.cuenta_id = $1 and i.dia = d.dia group by 1) d`,
    [cuenta, traidos, [...corregidos]],
  );
  return { cuenta, renglones, campanaDe, corregidos };
}

const sumar = (lista: readonly RenglonPrueba[]) => ({
  gasto: lista.reduce((n, r) => n + Math.round(r.gasto * 100), 0) / 100,
  impresiones: lista.reduce((n, r) => n + r.impresiones, 0),
  clics: lista.reduce((n, r) => n + r.clics, 0),
  conversaciones: lista.reduce((n, r) => n + r.conversaciones, 0),
});

function porLlave(lista: readonly RenglonPrueba[], llave: (r: RenglonPrueba) => string) {
  const grupos = Map.groupBy(lista, llave);
  return [...grupos]
    .map(([id, suyos]) => ({ id, ...sumar(suyos) }))
    .toSorted((a, b) => b.gasto - a.gasto || (a.id < b.id ? -1 : 1));
}

const preparar = async (m: Mundo, cadencia: Cadencia, p: Periodo, antes: Periodo) => {
  const { rows } = await pool.query<{ r: { estado: string; cifras: CifrasReporte } }>(
    'select ads_preparar_reporte($1) r',
    [
      {
        nora: 'aura',
        cuenta: m.cuenta,
        cadencia,
        desde: p.desde,
        hasta: p.hasta,
        antes_desde: antes.desde,
        antes_hasta: antes.hasta,
        ahora: `${mover(p.hasta, 3)}T20:00:00Z`,
      },
    ],
  );
  return rows[0]?.r;
};

test('lo que dice un reporte es lo que suman sus renglones a mano, en 40 cuentas y periodos al azar', async () => {
  for (let semilla = 1; semilla <= 40; semilla++) {
    const azar = azarDe(semilla * 104_729);
    const cadencia = (['diario', 'semanal', 'mensual'] as const)[Math.floor(azar() * 3)] ?? 'semanal';
    const p = periodoAnterior(cadencia, mover('2026-01-01', Math.floor(azar() * 320)));
    const antes = comparado(p);
    const m = await inventar(azar, { desde: mover(antes.desde, -3), hasta: mover(p.hasta, 3) });
    const hecho = await preparar(m, cadencia, p, antes);
    const donde = `semilla ${semilla}, ${cadencia} ${p.desde}`;
    assert.equal(hecho?.estado, 'borrador', donde);
    const c = hecho.cifras;
    const entre = (x: Periodo) => m.renglones.filter((r) => r.dia >= x.desde && r.dia <= x.hasta);
    const suyos = entre(p);
    const sinNombre = (lista: CifrasReporte['campanas']) =>
      lista.map(({ id, gasto, impresiones, clics, conversaciones }) => ({
        id,
        gasto,
        impresiones,
        clics,
        conversaciones,
      }));
    assert.deepEqual(c.total, sumar(suyos), donde);
    assert.deepEqual(c.antes, sumar(entre(antes)), donde);
    assert.deepEqual(
      c.dias,
      diasDe(p).map((dia) => ({ ...sumar(suyos.filter((r) => r.dia === dia)), dia })),
      donde,
    );
    assert.deepEqual(
      sinNombre(c.campanas),
      porLlave(suyos, (r) => m.campanaDe.get(r.anuncio) ?? ''),
      donde,
    );
    assert.deepEqual(sinNombre(c.anuncios), porLlave(suyos, (r) => r.anuncio).slice(0, 10), donde);
    assert.deepEqual(
      sinNombre(c.plataformas),
      porLlave(suyos, (r) => r.plataforma),
      donde,
    );
    assert.equal(c.n_anuncios, new Set(suyos.map((r) => r.anuncio)).size, donde);
    assert.equal(c.gasto_cuenta, c.total.gasto, donde);
    assert.deepEqual(
      c.corregidos,
      diasDe(p).filter((d) => m.corregidos.has(d)),
      donde,
    );
    assert.equal(c.alcance, null, 'sin preguntarle a Meta no hay alcance, y no es la suma');
    const vista = presentarReporte(c, cadencia, 'es', undefined);
    const dicho = (clave: string) => vista.cifras.find((x) => x.clave === clave)?.valor;
    assert.equal(dicho('gasto'), formatosDe('es', 'MXN').dinero(sumar(suyos).gasto), donde);
    assert.equal(
      vista.notas.some((n) => n.startsWith('Meta corrigió')),
      c.corregidos.length > 0,
      donde,
    );
  }
});

test('si al periodo anterior le faltan días no se compara, y se dice en los dos idiomas', async () => {
  const p = { desde: '2026-11-02', hasta: '2026-11-08' };
  const m = await inventar(azarDe(77), { desde: '2026-10-26', hasta: '2026-11-11' }, [
    '2026-10-27',
    '2026-10-28',
  ]);
  const hecho = await preparar(m, 'semanal', p, comparado(p));
  assert.equal(hecho?.estado, 'borrador', 'lo suyo está completo: sale');
  assert.deepEqual(hecho.cifras.faltan_antes, ['2026-10-27', '2026-10-28']);
  for (const [idioma, nota] of [
    ['es', /No se compara con .*faltan 2 días/],
    ['en', /Not compared with .*2 days of it were never fetched/],
  ] as const) {
    const v = presentarReporte(hecho.cifras, 'semanal', idioma, undefined);
    assert.ok(v.cifras.every((c) => c.cambio === ''));
    assert.ok(
      v.cifras.every((c) => !/0\.00|\b0\b/.test(c.antes)),
      'ni un cero inventado de antes',
    );
    assert.ok(
      v.notas.some((n) => nota.test(n)),
      v.notas.join('\n'),
    );
    assert.doesNotMatch(v.parrafos.join(' '), /más que|menos que|more than|less than|antes|before/);
  }
});

test('el lunes en dos procesos del sistema: un reporte por cuenta y una carta por persona', async () => {
  const cartas: string[] = [];
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(flujo, sesion, listo) {
      flujo.resume();
      flujo.on('end', () => {
        cartas.push(sesion.envelope.rcptTo.map((r) => r.address).join());
        listo();
      });
    },
  });
  smtp.listen(0, '127.0.0.1');
  await once(smtp.server, 'listening');
  try {
    await pool.query('delete from meta_ads_cuentas');
    const personas: string[] = [];
    for (let i = 0; i < 3; i++) {
      const m = await inventar(azarDe(500 + i), { desde: '2026-10-20', hasta: '2026-11-08' });
      for (const n of ['a', 'b']) {
        personas.push(`${n}${i}@x.mx`);
        await pool.query(
          `insert into meta_ads_receptores (nombre_nora, cuenta_id, nombre, quien, canal, destino, cadencias, baja_huella) values ('aura', $1, 'P', 'cliente', 'correo', $2, array['semanal'], $3)`,
          [m.cuenta, `${n}${i}@x.mx`, `${n}${i}`.padEnd(64, '0')],
        );
      }
    }
    const encargo = JSON.stringify({
      entorno: {
        NORA_DEMO: '0',
        NIVEL_LOG: 'silent',
        PORT: '0',
        DATOS_DIR: base.config.datosDir,
        SMTP_URL: `smtp://127.0.0.1:${(smtp.server.address() as AddressInfo).port}`,
        CORREO_REMITENTE: 'Nora <nora@nora.test>',
      },
      databaseUrl: base.config.base.databaseUrl,
      autenticadorUrl: base.config.base.autenticadorUrl,
      // Lunes 9 de noviembre de 2026, 10:00 en Hermosillo.
      ahora: '2026-11-09T17:00:00Z',
    });
    const hijos = [0, 1].map(() =>
      fork(join(import.meta.dirname, 'fallos/tic_reportes.ts'), [encargo], {
        execArgv: [],
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      }),
    );
    await Promise.all(hijos.map((h) => once(h, 'message')));
    const salidas = hijos.map((h) => once(h, 'message'));
    for (const h of hijos) h.send('ya');
    const hechos = (await Promise.all(salidas)).map(([r]) => (r as { hechos: number }).hechos);
    assert.equal((hechos[0] ?? 0) + (hechos[1] ?? 0), 3, 'entre los dos, cada reporte lo hizo uno');
    const { rows } = await pool.query<{ n: number }>(
      `select count(*)::int n from meta_ads_reportes where estado = 'listo' group by cuenta_id`,
    );
    assert.deepEqual(
      rows.map((r) => r.n),
      [1, 1, 1],
    );
    assert.deepEqual(cartas.toSorted(), personas.toSorted());
  } finally {
    await new Promise<void>((listo) => smtp.close(() => listo()));
  }
});
