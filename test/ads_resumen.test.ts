import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { mover } from '../src/ads/periodos.ts';
import { azarDe, sembrarAds } from './apoyo/ads.ts';
import { type BaseDePrueba, prepararBase } from './apoyo/base.ts';

const FIN = '2026-11-20';
let base: BaseDePrueba;
let pool: pg.Pool;
let cuenta: string;
let ajena: string;

before(async () => {
  base = await prepararBase();
  pool = new pg.Pool({ connectionString: base.url, max: 4 });
  await pool.query(
    `insert into configuracion_bot (nombre_nora, nombre_visible) values ('aura', 'Aura'), ('demo', 'Demo')`,
  );
  const periodo = { desde: mover(FIN, -200), hasta: FIN };
  ({ cuenta } = await sembrarAds((t, v) => pool.query(t, v), 'aura', periodo, { azar: azarDe(3) }));
  ({ cuenta: ajena } = await sembrarAds((t, v) => pool.query(t, v), 'demo', periodo, { azar: azarDe(4) }));
});
after(async () => {
  await pool?.end();
  await base?.cerrar();
});

/** Lo que el resumen dice de más o de menos contra sumar los renglones, en cualquier nivel. Vacío = iguales. */
async function diferencias(): Promise<unknown[]> {
  const { rows } = await pool.query(`
    with crudo as (
      select n nivel, (i.dia - date '1970-01-01') >> (3 * n) bloque, i.nombre_nora, i.cuenta_id, i.anuncio_id, sum(i.gasto) g, sum(i.impresiones) i, sum(i.clics) c, sum(i.conversaciones) v
        from meta_ads_insights i cross join generate_series(0, 2) n group by 1, 2, 3, 4, 5),
    dias as (
      select nombre_nora, cuenta_id, dia, plataforma, sum(gasto) g, sum(impresiones) i, sum(clics) c, sum(conversaciones) v, count(*) n, max(traido) t from meta_ads_insights group by 1, 2, 3, 4)
    select to_jsonb(a) crudo, to_jsonb(r) resumen from crudo a full join meta_ads_resumen r
      on (r.nivel, r.bloque, r.nombre_nora, r.cuenta_id, r.anuncio_id) = (a.nivel, a.bloque, a.nombre_nora, a.cuenta_id, a.anuncio_id)
     where (a.g, a.i, a.c, a.v) is distinct from (r.gasto, r.impresiones, r.clics, r.conversaciones)
    union all
    select to_jsonb(d), to_jsonb(r) from dias d full join meta_ads_resumen_dias r
      on (r.nombre_nora, r.cuenta_id, r.dia, r.plataforma) = (d.nombre_nora, d.cuenta_id, d.dia, d.plataforma)
     where (d.g, d.i, d.c, d.v, d.n, d.t) is distinct from (r.gasto, r.impresiones, r.clics, r.conversaciones, r.renglones, r.traido)
    limit 5`);
  return rows;
}

describe('el resumen de anuncios', () => {
  test('es la suma de los renglones después de altas, correcciones, cambios de día y borrados al azar', async () => {
    assert.deepEqual(await diferencias(), []);
    const azar = azarDe(91);
    const dia = (): string => mover(FIN, -Math.floor(azar() * 200));
    const pasos: [string, () => Promise<unknown>][] = [
      [
        'corregir',
        () =>
          pool.query(
            `update meta_ads_insights set gasto = round((random() * 90)::numeric, 2), clics = clics + 1, traido = clock_timestamp() where cuenta_id = $1 and dia between $2::date - 3 and $2::date`,
            [cuenta, dia()],
          ),
      ],
      [
        'volver a traer lo mismo',
        () =>
          pool.query(
            `insert into meta_ads_insights (nombre_nora, cuenta_id, dia, anuncio_id, plataforma, gasto, impresiones, clics, conversaciones)
             values ('aura', $1, $2, 'a11', 'facebook', $3, 10, 1, 0), ('aura', $1, $2, 'a99', 'messenger', $3, 10, 1, 0)
             on conflict (cuenta_id, dia, anuncio_id, plataforma) do update set gasto = excluded.gasto, traido = excluded.traido`,
            [cuenta, dia(), Math.round(azar() * 9000) / 100],
          ),
      ],
      [
        'quitar un anuncio de un día',
        () =>
          pool.query(`delete from meta_ads_insights where cuenta_id = $1 and dia = $2 and anuncio_id = $3`, [
            cuenta,
            dia(),
            `a1${1 + Math.floor(azar() * 2)}`,
          ]),
      ],
      [
        'vaciar dos semanas',
        () =>
          pool.query(
            `delete from meta_ads_insights where cuenta_id = $1 and dia between $2::date - 13 and $2::date`,
            [cuenta, dia()],
          ),
      ],
      [
        'pasar un renglón a otro día y a otro anuncio',
        () =>
          pool.query(
            `update meta_ads_insights set dia = dia - 300, anuncio_id = 'viejo' where (cuenta_id, dia, anuncio_id, plataforma) =
               (select cuenta_id, dia, anuncio_id, plataforma from meta_ads_insights where cuenta_id = $1 and dia <= $2 and dia > $3 order by dia desc limit 1)`,
            [cuenta, dia(), mover(FIN, -250)],
          ),
      ],
    ];
    for (let i = 0; i < 40; i++) {
      const [que, hacer] = pasos[Math.floor(azar() * pasos.length)] ?? pasos[0]!;
      await hacer();
      assert.deepEqual(await diferencias(), [], `paso ${i}: ${que}`);
    }
  });

  test('de cualquier periodo, por anuncio, es lo que suman sus renglones', async () => {
    const azar = azarDe(17);
    for (let i = 0; i < 60; i++) {
      const desde = mover(FIN, -Math.floor(azar() * 260));
      const hasta = mover(desde, Math.floor(azar() ** 2 * 200));
      const { rows } = await pool.query(
        `select r.anuncio_id, r.gasto, r.impresiones, r.clics, r.conversaciones from interno.ads_por_anuncio($1, $2, $3) r
         except all select i.anuncio_id, sum(i.gasto), sum(i.impresiones), sum(i.clics), sum(i.conversaciones) from meta_ads_insights i where i.cuenta_id = $1 and i.dia between $2 and $3 group by 1`,
        [cuenta, desde, hasta],
      );
      const [n] = (
        await pool.query<{ iguales: boolean }>(
          `select (select count(*) from interno.ads_por_anuncio($1, $2, $3)) = (select count(distinct anuncio_id) from meta_ads_insights where cuenta_id = $1 and dia between $2 and $3) iguales`,
          [cuenta, desde, hasta],
        )
      ).rows;
      assert.deepEqual(rows, [], `${desde} a ${hasta}`);
      assert.equal(n?.iguales, true, `${desde} a ${hasta}`);
    }
  });

  test('dos que escriben a la vez días distintos del mismo bloque no se borran la suma', async () => {
    // Dos días que caen en el mismo bloque de ocho.
    const [d1, d2] = ['2026-10-01', '2026-10-02'];
    const [a, b] = [await pool.connect(), await pool.connect()];
    try {
      await a.query('begin');
      await b.query('begin');
      const cambiar = `update meta_ads_insights set gasto = gasto + 7 where cuenta_id = $1 and dia = $2`;
      await a.query(cambiar, [cuenta, d1]);
      const espera = b.query(cambiar, [cuenta, d2]);
      await a.query('commit');
      await espera;
      await b.query('commit');
    } finally {
      a.release();
      b.release();
    }
    assert.deepEqual(await diferencias(), []);
  });

  test('rehacerlo no cambia nada, y lo que ya decía lo mismo no se vuelve a escribir', async () => {
    const foto = async () =>
      (await pool.query(`select xmin::text, r.* from meta_ads_resumen r order by 3, 4, 5, 6`)).rows;
    const antes = await foto();
    await pool.query(
      `select interno.ads_resumir('aura', $1, array(select distinct dia from meta_ads_insights where cuenta_id = $1))`,
      [cuenta],
    );
    assert.deepEqual(await foto(), antes);
  });

  test('borrar la cuenta se lleva su resumen y deja el de la otra nora', async () => {
    await pool.query('delete from meta_ads_cuentas where id = $1', [cuenta]);
    const { rows } = await pool.query(
      'select distinct cuenta_id from meta_ads_resumen union select cuenta_id from meta_ads_resumen_dias',
    );
    assert.deepEqual(rows, [{ cuenta_id: ajena }]);
    assert.deepEqual(await diferencias(), []);
  });
});
