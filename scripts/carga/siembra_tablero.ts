import type { Banco } from './banco.ts';

/**
 * Un millón de mensajes en las noras `carga-0`…: unas hablan mucho y otras casi nada, con fallas, gente que espera, errores y consumo.
 * Todo cae en los últimos treinta días, que es lo que el tablero suma, y los días pasados quedan cerrados como cada hora.
 */
export async function sembrarTablero(banco: Banco, noras: number, mensajes: number): Promise<void> {
  await banco.enUna(async (c) => {
    await c.query(
      `set session_replication_role = replica; set synchronous_commit = off; set maintenance_work_mem = '512MB'`,
    );
    await c.query(SQL_CONTACTOS, [noras, mensajes / 10]);
    await c.query(SQL_MENSAJES);
    await c.query(SQL_CONSUMO, [noras]);
    await c.query(SQL_ERRORES, [noras]);
    await c.query('set session_replication_role = origin');
    await c.query(`select public.cerrar_dias('', 1000)`);
    await c.query('vacuum analyze');
    await c.query('checkpoint');
  });
}

/** Lo mismo que dice el tablero, contado renglón por renglón y sin resúmenes. */
export const SQL_A_MANO = `
select count(*) filter (where h.autor = 'contacto' and h.fecha_hora >= d.desde)::int recibidos,
       count(*) filter (where h.autor = 'ia' and h.fecha_hora >= d.desde)::int ia,
       count(*) filter (where h.autor = 'humano' and h.fecha_hora >= d.desde)::int humanos,
       count(*) filter (where h.estado in ('fallido', 'incierto') and h.fecha_hora >= d.desde)::int fallidos
  from historial_conversaciones h join configuracion_bot b on b.nombre_nora = h.nombre_nora
 cross join lateral (select ((now() at time zone b.zona_horaria)::date - 29)::timestamp at time zone b.zona_horaria desde) d`;

const SQL_CONTACTOS = `
insert into contactos (nombre_nora, telefono, nombre, ultimo_mensaje, espera_humano_desde, created_at)
select 'carga-' || floor($1::int * power(random(), 2))::int, '+52644' || (1000000 + i), 'Persona ' || i, u, case when i % 101 = 0 then u end, u
  from generate_series(1, $2::int) i cross join lateral (select clock_timestamp() - random() * interval '30 days' * (i / i) u) f`;

const SQL_MENSAJES = `
insert into historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, origen, fecha_hora, autor, estado)
select k.nombre_nora, k.id, k.telefono, 'Mensaje de carga ' || j, case when j % 2 = 0 then 'usuario' else 'respuesta' end, '+526621500000', k.ultimo_mensaje - j * interval '9 minutes',
       case when j % 2 = 0 then 'contacto' when j % 7 = 3 then 'humano' else 'ia' end,
       case when j % 2 = 0 then 'recibido' when j = 9 and random() < 0.1 then 'fallido' else 'leido' end
  from contactos k cross join generate_series(0, 9) j where k.nombre_nora like 'carga-%'`;

const SQL_CONSUMO = `
insert into consumo_modelos (nombre_nora, dia, modelo, uso, tokens_entrada, tokens_salida, llamadas)
select 'carga-' || i, current_date - d, m, 'respuestas', 100000, 20000, 90
  from generate_series(0, $1::int - 1) i, generate_series(0, 29) d, unnest(array['gpt-5-mini', 'gpt-5']) m`;

const SQL_ERRORES = `
insert into logs_errores (tipo, descripcion, nombre_nora, huella, resuelto)
select 'Web', 'Error de carga ' || i, 'carga-' || i % $1::int, md5(i::text), i % 10 <> 0 from generate_series(1, 5000) i`;
