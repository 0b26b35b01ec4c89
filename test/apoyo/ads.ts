import { randomUUID } from 'node:crypto';
import { diasDe, type Periodo } from '../../src/ads/periodos.ts';

type Sql = (texto: string, valores?: unknown[]) => Promise<unknown>;

export interface RenglonPrueba {
  dia: string;
  anuncio: string;
  plataforma: string;
  gasto: number;
  impresiones: number;
  clics: number;
  conversaciones: number;
}

/** Una cuenta con dos campañas de dos anuncios, sus renglones al azar y sus totales por día. Devuelve lo insertado. */
export async function sembrarAds(
  sql: Sql,
  nora: string,
  p: Periodo,
  o: { azar?: () => number; act?: string; demo?: boolean; sinDias?: string[]; zona?: string } = {},
): Promise<{ cuenta: string; renglones: RenglonPrueba[] }> {
  const azar = o.azar ?? Math.random;
  const cuenta = randomUUID();
  await sql(
    `insert into meta_ads_cuentas (id, nombre_nora, ad_account_id, nombre, moneda, zona_horaria, estado_conexion, demo)
     values ($1, $2, $3, $4, 'MXN', $5, 'conectada', $6)`,
    [cuenta, nora, o.act ?? 'act_100', `Cuenta de ${nora}`, o.zona ?? 'America/Hermosillo', o.demo ?? false],
  );
  for (const c of ['1', '2']) {
    await sql(
      `insert into meta_ads_campanas (nombre_nora, cuenta_id, id, nombre, estado, presupuesto_diario) values ($1, $2, $3, $4, 'ACTIVE', 200)`,
      [nora, cuenta, `c${c}`, `Campaña ${c}`],
    );
    await sql(
      `insert into meta_ads_conjuntos (nombre_nora, cuenta_id, id, campana_id, nombre, estado) values ($1, $2, $3, $4, $5, 'ACTIVE')`,
      [nora, cuenta, `s${c}`, `c${c}`, `Conjunto ${c}`],
    );
    for (const a of ['1', '2'])
      await sql(
        `insert into meta_ads_anuncios (nombre_nora, cuenta_id, id, conjunto_id, campana_id, nombre, estado) values ($1, $2, $3, $4, $5, $6, 'ACTIVE')`,
        [nora, cuenta, `a${c}${a}`, `s${c}`, `c${c}`, a === '1' ? `=Anuncio ${c}${a}` : `Anuncio ${c}${a}`],
      );
  }
  const renglones: RenglonPrueba[] = [];
  for (const dia of diasDe(p))
    for (const anuncio of ['a11', 'a12', 'a21', 'a22'])
      for (const plataforma of ['facebook', 'instagram']) {
        if (azar() < 0.1) continue;
        const impresiones = Math.floor(azar() * 5000);
        renglones.push({
          dia,
          anuncio,
          plataforma,
          gasto: Math.floor(azar() * 20_000) / 100,
          impresiones,
          clics: Math.floor(azar() * impresiones * 0.05),
          conversaciones: Math.floor(azar() * 8),
        });
      }
  await sql(
    `insert into meta_ads_insights (nombre_nora, cuenta_id, dia, anuncio_id, plataforma, gasto, impresiones, clics, conversaciones)
     select $1, $2, x.dia, x.anuncio, x.plataforma, x.gasto, x.impresiones, x.clics, x.conversaciones
       from jsonb_to_recordset($3::jsonb) x(dia date, anuncio text, plataforma text, gasto numeric, impresiones bigint, clics bigint, conversaciones bigint)`,
    [nora, cuenta, JSON.stringify(renglones)],
  );
  await sql(
    `insert into meta_ads_dias (nombre_nora, cuenta_id, dia, gasto, gasto_primero)
     select $1, $2, d.dia, coalesce(sum(i.gasto), 0), coalesce(sum(i.gasto), 0)
       from unnest($3::date[]) d(dia) left join meta_ads_insights i on i.cuenta_id = $2 and i.dia = d.dia group by d.dia`,
    [nora, cuenta, diasDe(p).filter((d) => !(o.sinDias ?? []).includes(d))],
  );
  return { cuenta, renglones };
}

/** Números al azar que se repiten: la falla de una prueba se puede volver a ver con su semilla. */
export function azarDe(semilla: number): () => number {
  let s = semilla % 2147483647 || 1;
  return () => (s = (s * 16807) % 2147483647) / 2147483647;
}
