import { randomUUID } from 'node:crypto';
import type { Banco } from './banco.ts';

export interface SiembraAnuncios {
  /** La nora que los recibe; tiene que existir. Se le enciende el módulo. */
  nora: string;
  anuncios: number;
  /** Días hacia atrás, hasta ayer. */
  dias: number;
  /** Personas que llegaron diciendo de qué anuncio venían, con otras nueve que no por cada una. */
  llegadas: number;
}

/**
 * Una cuenta de anuncios con su estructura, sus renglones diarios por Facebook e Instagram, sus totales y los mensajes que trajo.
 * @returns el id de la cuenta
 */
export async function sembrarAnuncios(banco: Banco, s: SiembraAnuncios): Promise<string> {
  const cuenta = randomUUID();
  await banco.enUna(async (c) => {
    await c.query(`set session_replication_role = replica; set synchronous_commit = off`);
    await c.query(`update modulos_disponibles set activo = true where nombre_nora = $1 and modulo = 'ads'`, [
      s.nora,
    ]);
    await c.query(
      `insert into meta_ads_cuentas (id, nombre_nora, ad_account_id, nombre, moneda, zona_horaria, estado_conexion, demo)
       values ($2, $1, 'act_' || abs(hashtext($2::uuid::text)), 'Cuenta de carga', 'MXN', 'America/Hermosillo', 'conectada', true)`,
      [s.nora, cuenta],
    );
    await c.query(SQL_CAMPANAS, [s.nora, cuenta, Math.ceil(s.anuncios / 10)]);
    await c.query(SQL_CONJUNTOS, [s.nora, cuenta, Math.ceil(s.anuncios / 5)]);
    await c.query(SQL_ANUNCIOS, [s.nora, cuenta, s.anuncios]);
    await c.query(SQL_RENGLONES, [s.nora, cuenta, s.anuncios, s.dias]);
    await c.query(SQL_DIAS, [s.nora, cuenta]);
    await c.query(SQL_CONTACTOS, [s.nora, s.llegadas * 10, s.dias]);
    await c.query(SQL_MENSAJES, [s.nora, s.anuncios]);
    await c.query('set session_replication_role = origin');
    // Sin disparadores el resumen no se hizo solo.
    await c.query(
      `select interno.ads_resumir($1, $2, array(select current_date - i from generate_series(0, $3::int + 1) i))`,
      [s.nora, cuenta, s.dias],
    );
    await c.query('vacuum analyze');
    await c.query('checkpoint');
  });
  return cuenta;
}

const SQL_CAMPANAS = `
insert into meta_ads_campanas (nombre_nora, cuenta_id, id, nombre, objetivo, estado, presupuesto_diario)
select $1, $2, 'c' || i, 'Campaña ' || i, 'MESSAGES', case when i % 4 = 0 then 'PAUSED' else 'ACTIVE' end, 100 + i from generate_series(0, $3::int - 1) i`;

const SQL_CONJUNTOS = `
insert into meta_ads_conjuntos (nombre_nora, cuenta_id, id, campana_id, nombre, estado)
select $1, $2, 's' || i, 'c' || i / 2, 'Conjunto ' || i, 'ACTIVE' from generate_series(0, $3::int - 1) i`;

const SQL_ANUNCIOS = `
insert into meta_ads_anuncios (nombre_nora, cuenta_id, id, conjunto_id, campana_id, nombre, estado)
select $1, $2, 'a' || i, 's' || i / 5, 'c' || i / 10, 'Anuncio ' || i, 'ACTIVE' from generate_series(0, $3::int - 1) i`;

const SQL_RENGLONES = `
insert into meta_ads_insights (nombre_nora, cuenta_id, dia, anuncio_id, plataforma, gasto, impresiones, clics, conversaciones)
select $1, $2, current_date - d, 'a' || a, p, round((20 + 40 * random())::numeric, 2), 500 + (2000 * random())::int, (60 * random())::int, (5 * random())::int
  from generate_series($4::int, 1, -1) d, generate_series(0, $3::int - 1) a, unnest(array['facebook', 'instagram']) p`;

const SQL_DIAS = `
insert into meta_ads_dias (nombre_nora, cuenta_id, dia, gasto, gasto_primero)
select $1, $2, i.dia, sum(i.gasto), sum(i.gasto) from meta_ads_insights i where i.cuenta_id = $2 group by i.dia`;

const SQL_CONTACTOS = `
insert into contactos (nombre_nora, telefono, nombre, etiquetas, ultimo_mensaje, created_at)
select $1, '+52645' || (1000000 + i), 'Persona ' || i, case when i % 50 = 0 then array['venta'] else '{}' end, u, u
  from generate_series(0, $2::int - 1) i cross join lateral (select clock_timestamp() - $3::int * random() * interval '1 day' * ((i + 1) / (i + 1)) u) f`;

const SQL_MENSAJES = `
insert into historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, origen, fecha_hora, autor, estado, referido)
select $1, k.id, k.telefono, 'Hola, vi su anuncio', 'usuario', '+526621500000', k.ultimo_mensaje, 'contacto', 'recibido',
       case when k.n % 10 = 0 then jsonb_build_object('ReferralSourceId', 'a' || (k.n / 10) % $2::int, 'ReferralHeadline', 'Promoción') end
  from (select x.*, row_number() over (order by x.telefono) - 1 n from contactos x where x.nombre_nora = $1) k`;
