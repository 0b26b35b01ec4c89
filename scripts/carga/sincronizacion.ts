import { diasDe, mover } from '../../src/ads/periodos.ts';
import type { Banco } from './banco.ts';
import { abrirHijo } from './canal.ts';
import { cupoDe, type MetaAbierta, type PeticionMeta, type ResumenMeta } from './meta_falsa.ts';
import type { Renglon } from './tabla.ts';

const CUENTAS = 100;
const ANUNCIOS = 200;
const DIAS = 28;
const HISTORIA = 400;

/** 100 cuentas de 200 anuncios, 28 días cada una, contra el Graph falso y dentro del cupo que él mismo declara. */
export async function medirSincronizacion(banco: Banco, nora: string): Promise<Renglon[]> {
  const hoy = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/Hermosillo' }).format(new Date());
  const recientes = diasDe({ desde: mover(hoy, -DIAS), hasta: mover(hoy, -1) });
  const meta = abrirHijo<PeticionMeta, MetaAbierta & ResumenMeta>('meta_falsa.ts');
  try {
    const { url, token } = await meta.pedir({
      tipo: 'abrir',
      cuentas: CUENTAS,
      anuncios: ANUNCIOS,
      dias: recientes,
      primera: 1000,
    });
    await banco.sql(
      `insert into meta_ads_cuentas (nombre_nora, ad_account_id, con_agencia, estado_conexion)
       select $1, 'act_' || (999 + i), true, 'conectada' from generate_series(1, $2::int) i`,
      [nora, CUENTAS],
    );
    // Lo viejo se da por traído: aquí se mide la vuelta de cada día, no la primera.
    await banco.sql(
      `insert into meta_ads_dias (nombre_nora, cuenta_id, dia, gasto, gasto_primero)
       select $1, m.id, d::date, 0, 0 from meta_ads_cuentas m, generate_series($2::date, $3::date, interval '1 day') d where m.nombre_nora = $1`,
      [nora, mover(hoy, -HISTORIA), mover(hoy, -DIAS - 1)],
    );
    const corrida = await banco.correr('sincronizador_semanal.ts', [nora], {
      META_GRAPH_URL: url,
      META_ACCESS_TOKEN: token,
    });
    const resumen = await meta.pedir({ tipo: 'resumen' });
    const [cuenta] = await banco.sql<{ n: number; malos: number }>(
      `select (select count(*)::int from meta_ads_insights where nombre_nora = $1) n,
              (select count(*)::int from meta_ads_dias d where d.nombre_nora = $1 and d.dia > $2
                 and d.gasto <> (select coalesce(sum(i.gasto), 0) from meta_ads_insights i where i.nombre_nora = d.nombre_nora and i.cuenta_id = d.cuenta_id and i.dia = d.dia)) malos`,
      [nora, mover(hoy, -DIAS - 1)],
    );
    const esperados = resumen.renglonesPorCuenta * CUENTAS;
    const s = corrida.ms / 1000;
    const n = (x: number) => x.toLocaleString('en-US');
    return [
      {
        que: `Ads sync: ${CUENTAS} accounts of ${ANUNCIOS} ads, ${DIAS} days`,
        resultado: `${s.toFixed(0)} s, ${n(cuenta?.n ?? 0)} rows (${n(Math.round((cuenta?.n ?? 0) / s))}/s), days that do not add up: ${cuenta?.malos}`,
        meta: 'all rows, all add up',
        cumple: corrida.codigo === 0 && cuenta?.n === esperados && cuenta.malos === 0,
      },
      {
        que: 'Ads sync: calls to Meta of the account that made most, against its hourly limit',
        resultado: `${resumen.mayor} of ${n(cupoDe(ANUNCIOS))}`,
        meta: 'within the limit',
        cumple: resumen.mayor < cupoDe(ANUNCIOS),
      },
      {
        que: 'Ads sync: memory at 20 % and at the end (RSS)',
        resultado: `${corrida.rssAlPrincipio} MB and ${corrida.rssAlFinal} MB`,
        meta: 'flat (< 60 MB more)',
        cumple: corrida.rssAlFinal - corrida.rssAlPrincipio < 60,
      },
    ];
  } finally {
    await meta.parar();
  }
}

const ANUNCIOS_GRANDE = 10_000;
const DIAS_GRANDE = 6;

/** Una sola cuenta de diez mil anuncios, seis días: veinte mil renglones por día, cada día por su lado. */
export async function medirCuentaGrande(banco: Banco, nora: string): Promise<Renglon[]> {
  const hoy = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/Hermosillo' }).format(new Date());
  const dias = diasDe({ desde: mover(hoy, -DIAS_GRANDE), hasta: mover(hoy, -1) });
  const meta = abrirHijo<PeticionMeta, MetaAbierta & ResumenMeta>('meta_falsa.ts');
  try {
    const { url, token } = await meta.pedir({
      tipo: 'abrir',
      cuentas: 1,
      anuncios: ANUNCIOS_GRANDE,
      dias,
      primera: 9000,
    });
    const [cuenta] = await banco.sql<{ id: string }>(
      `insert into meta_ads_cuentas (nombre_nora, ad_account_id, con_agencia, estado_conexion) values ($1, 'act_9000', true, 'conectada') returning id`,
      [nora],
    );
    await banco.sql(
      `insert into meta_ads_dias (nombre_nora, cuenta_id, dia, gasto, gasto_primero, traido)
       select $1, $2, d::date, 0, 0, now() + interval '1 hour' from generate_series($3::date, $4::date, interval '1 day') d`,
      [nora, cuenta?.id, mover(hoy, -HISTORIA), mover(hoy, -DIAS_GRANDE - 1)],
    );
    const corrida = await banco.correr('sincronizador_semanal.ts', [nora, 'act_9000'], {
      META_GRAPH_URL: url,
      META_ACCESS_TOKEN: token,
    });
    const [traido] = await banco.sql<{ n: number }>(
      'select count(*)::int n from meta_ads_insights where cuenta_id = $1',
      [cuenta?.id],
    );
    const { renglonesPorCuenta } = await meta.pedir({ tipo: 'resumen' });
    const s = corrida.ms / 1000;
    return [
      {
        que: `Ads sync: one account of 10,000 ads, ${DIAS_GRANDE} days`,
        resultado: `${s.toFixed(0)} s, ${(traido?.n ?? 0).toLocaleString('en-US')} rows`,
        meta: 'all rows',
        cumple: corrida.codigo === 0 && traido?.n === renglonesPorCuenta,
      },
      {
        que: 'Ads sync: memory with 10,000 ads, at 20 % and at the end (RSS)',
        resultado: `${corrida.rssAlPrincipio} MB and ${corrida.rssAlFinal} MB`,
        meta: 'flat (< 60 MB more)',
        cumple: corrida.rssAlFinal - corrida.rssAlPrincipio < 60,
      },
    ];
  } finally {
    await meta.parar();
  }
}
