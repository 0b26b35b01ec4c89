-- El tablero suma horas cerradas: contar las ultimas 24 h y el dia en curso renglon por renglon tardaba medio segundo con un millon de mensajes.
-- Las cierra la tarea de cada hora, no un trigger: recibir y contestar no pagan nada.

create table public.resumen_hora (
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  hora timestamptz not null,
  recibidos integer not null,
  ia integer not null,
  automaticas integer not null,
  humanos integer not null,
  envios integer not null,
  primary key (nombre_nora, hora)
);
comment on table public.resumen_hora is 'Horas ya cerradas, solo las que tuvieron mensajes; se guardan dos dias y medio';
create table public.resumen_hora_hasta (
  nombre_nora text primary key references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  hasta timestamptz not null
);
comment on table public.resumen_hora_hasta is 'Desde aqui se cuenta en vivo; sin renglon, todo se cuenta en vivo';
do $$ declare t text; begin
  foreach t in array array['resumen_hora', 'resumen_hora_hasta'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('revoke all on public.%I from anon, authenticated', t);
    execute format('grant select, insert, update, delete on public.%I to service_role', t);
  end loop;
end $$;

-- La primera hora completa desde ese momento.
create function interno.hora_siguiente(p timestamptz) returns timestamptz language sql stable as $$
  select date_trunc('hour', p + interval '1 hour' - interval '1 microsecond')
$$;

-- Cierra las horas que ya pasaron, con cinco minutos de gracia para lo que aun se esta guardando. Tras un paro largo alcanza con dos dias:
-- lo anterior ya lo tiene resumen_dia.
create function interno.cerrar_horas(p_nora text) returns void language plpgsql set search_path = '' as $$
declare v_hasta timestamptz := date_trunc('hour', clock_timestamp() - interval '5 minutes'); v_desde timestamptz;
begin
  select greatest(u.hasta, v_hasta - interval '50 hours') into v_desde from public.resumen_hora_hasta u where u.nombre_nora = p_nora;
  v_desde := coalesce(v_desde, v_hasta - interval '50 hours');
  if v_desde >= v_hasta then return; end if;
  insert into public.resumen_hora (nombre_nora, hora, recibidos, ia, automaticas, humanos, envios)
  select p_nora, date_trunc('hour', x.fecha_hora), count(*) filter (where x.autor = 'contacto'), count(*) filter (where x.autor = 'ia'), count(*) filter (where x.autor = 'automatica'),
         count(*) filter (where x.autor = 'humano'), count(*) filter (where x.autor = 'envio')
    from public.historial_conversaciones x where x.nombre_nora = p_nora and x.fecha_hora >= v_desde and x.fecha_hora < v_hasta group by 2
  on conflict do nothing;
  insert into public.resumen_hora_hasta (nombre_nora, hasta) values (p_nora, v_hasta) on conflict (nombre_nora) do update set hasta = greatest(excluded.hasta, public.resumen_hora_hasta.hasta);
  delete from public.resumen_hora h where h.nombre_nora = p_nora and h.hora < v_hasta - interval '60 hours';
end $$;
grant execute on function interno.hora_siguiente(timestamptz), interno.cerrar_horas(text) to service_role;

create or replace function public.cerrar_dias(p_desde text default '', p_n integer default 200) returns jsonb language plpgsql set search_path = '' as $$
declare b record; v_ult text := null; v_filas int := 0; v_primero date; v_hoy date; n int;
begin
  for b in select c.nombre_nora, c.zona_horaria from public.configuracion_bot c where c.nombre_nora > p_desde order by c.nombre_nora limit p_n loop
    v_ult := b.nombre_nora; v_hoy := (clock_timestamp() at time zone b.zona_horaria)::date;
    select coalesce(max(r.dia) + 1, v_hoy - 90) into v_primero from public.resumen_dia r where r.nombre_nora = b.nombre_nora;
    insert into public.resumen_dia (nombre_nora, dia, recibidos, ia, automaticas, humanos, envios, fallidos)
    -- Una pasada por el tramo entero: unir cada dia con sus mensajes recorria la nora noventa veces (10 s con cien mil mensajes).
    select b.nombre_nora, d.dia, coalesce(v.recibidos, 0), coalesce(v.ia, 0), coalesce(v.automaticas, 0), coalesce(v.humanos, 0), coalesce(v.envios, 0), coalesce(v.fallidos, 0)
      from (select generate_series(v_primero, v_hoy - 1, interval '1 day')::date dia) d
      left join (select (h.fecha_hora at time zone b.zona_horaria)::date dia, count(*) filter (where h.autor = 'contacto') recibidos, count(*) filter (where h.autor = 'ia') ia,
                        count(*) filter (where h.autor = 'automatica') automaticas, count(*) filter (where h.autor = 'humano') humanos, count(*) filter (where h.autor = 'envio') envios,
                        count(*) filter (where h.estado = 'fallido') fallidos
                   from public.historial_conversaciones h
                  where h.nombre_nora = b.nombre_nora and h.fecha_hora >= (v_primero::timestamp at time zone b.zona_horaria) and h.fecha_hora < (v_hoy::timestamp at time zone b.zona_horaria)
                  group by 1) v on v.dia = d.dia
    on conflict do nothing;
    get diagnostics n = row_count;
    v_filas := v_filas + n;
    perform interno.cerrar_horas(b.nombre_nora);
  end loop;
  return jsonb_build_object('ultima', v_ult, 'filas', v_filas);
end $$;

create or replace function interno.estado_noras(p_solo text[] default null, p_precios jsonb default '{}') returns table (
  nombre_nora text, nombre_visible text, numero_nora text, foto_perfil text, activo boolean, ia_activa boolean, borrando boolean, creada timestamptz,
  recibidos_24 bigint, ia_24 bigint, automaticas_24 bigint, humanos_24 bigint, envios_24 bigint, fallidos_24 bigint, tokens_hoy bigint, costo_hoy numeric,
  recibidos_30 bigint, ia_30 bigint, automaticas_30 bigint, humanos_30 bigint, envios_30 bigint, fallidos_30 bigint, tokens_30 bigint, costo_30 numeric,
  esperan bigint, espera_desde timestamptz, errores bigint, ultimo_mensaje timestamptz, estado text)
-- Compilar el plan (jit) cuesta más que correrlo.
language sql stable set search_path = '' set plan_cache_mode = force_custom_plan set jit = off as $$
  with b as materialized (
    select c.nombre_nora, c.nombre_visible, c.numero_nora, c.foto_perfil, c.activo, c.ia_activa, c.borrado_pedido_en is not null borrando, c.created_at, c.zona_horaria, (clock_timestamp() at time zone c.zona_horaria)::date hoy
      from public.configuracion_bot c where p_solo is null or c.nombre_nora = any (p_solo)),
  e as materialized (select l.nombre_nora, count(*) n from public.logs_errores l where not l.resuelto and l.nombre_nora is not null group by 1),
  -- Los tokens de cada modelo se suman una vez para todas; el dia de consumo es el de la nora: el costo es el de hoy y el de los 30 dias, no el de 24 horas corridas.
  c as materialized (
    select x.nombre_nora, x.modelo, sum(x.tokens_entrada) filter (where x.dia = b.hoy) entrada_hoy, sum(x.tokens_salida) filter (where x.dia = b.hoy) salida_hoy, sum(x.tokens_entrada) entrada_30, sum(x.tokens_salida) salida_30
      from b join public.consumo_modelos x on x.nombre_nora = b.nombre_nora and x.dia between b.hoy - 29 and b.hoy group by 1, 2),
  -- El precio de cada modelo: el de su nombre o el de la familia mas larga («gpt-5-mini» vale para «gpt-5-mini-2025-08-07»).
  m as materialized (
    select d.modelo, coalesce((q.precio->>'entrada')::numeric, 0) entrada, coalesce((q.precio->>'salida')::numeric, 0) salida
      from (select distinct c.modelo from c) d
      left join lateral (select x.value precio from jsonb_each(p_precios) x where d.modelo = x.key or starts_with(d.modelo, x.key || '-') order by length(x.key) desc limit 1) q on true),
  g as materialized (
    select c.nombre_nora, sum(c.entrada_hoy + c.salida_hoy)::bigint tokens_hoy, sum(c.entrada_30 + c.salida_30)::bigint tokens_30,
           sum((c.entrada_hoy * m.entrada + c.salida_hoy * m.salida) / 1000000) costo_hoy, sum((c.entrada_30 * m.entrada + c.salida_30 * m.salida) / 1000000) costo_30
      from c join m on m.modelo = c.modelo group by 1),
  -- Una pasada por nora desde lo mas viejo que haga falta: hoy (o lo sin cerrar) y las ultimas 24 h.
  a as materialized (
    select b.*, coalesce(e.n, 0) errores, r.recibidos c_recibidos, r.ia c_ia, r.automaticas c_automaticas, r.humanos c_humanos, r.envios c_envios,
           (greatest(coalesce((select max(x.dia) + 1 from public.resumen_dia x where x.nombre_nora = b.nombre_nora), b.hoy - 29), b.hoy - 29))::timestamp at time zone b.zona_horaria abierto
      from b left join e on e.nombre_nora = b.nombre_nora
      left join lateral (select sum(x.recibidos) recibidos, sum(x.ia) ia, sum(x.automaticas) automaticas, sum(x.humanos) humanos, sum(x.envios) envios
                           from public.resumen_dia x where x.nombre_nora = b.nombre_nora and x.dia between b.hoy - 29 and b.hoy - 1) r on true),
  z as materialized (
    select a.*, t.hace_24, case when u.hasta > t.hace_24 + interval '4 hours' then u.hasta else least(t.hace_24, a.abierto) end vivo
      from a cross join (select now() - interval '24 hours' hace_24) t left join public.resumen_hora_hasta u on u.nombre_nora = a.nombre_nora)
  select z.nombre_nora, z.nombre_visible, z.numero_nora, z.foto_perfil, z.activo, z.ia_activa, z.borrando, z.created_at,
         h.recibidos_24, h.ia_24, h.automaticas_24, h.humanos_24, h.envios_24, f.f24, coalesce(g.tokens_hoy, 0), coalesce(g.costo_hoy, 0),
         coalesce(z.c_recibidos, 0) + h.recibidos, coalesce(z.c_ia, 0) + h.ia, coalesce(z.c_automaticas, 0) + h.automaticas, coalesce(z.c_humanos, 0) + h.humanos, coalesce(z.c_envios, 0) + h.envios, f.f30, coalesce(g.tokens_30, 0), coalesce(g.costo_30, 0),
         k.n, k.desde, z.errores, (select c.ultimo_mensaje from public.contactos c where c.nombre_nora = z.nombre_nora order by c.ultimo_mensaje desc limit 1),
         case when not z.activo then 'suspendida' when z.errores > 0 or f.f24 > 0 then 'fallando' when h.recibidos_24 = 0 then 'callada' else 'activa' end
    from z
    -- Lo reciente y las orillas que no caen en hora completa se cuentan en vivo; en medio van las horas ya cerradas.
    cross join lateral (
      select coalesce(sum(y.recibidos) filter (where y.en_30), 0)::bigint recibidos, coalesce(sum(y.recibidos) filter (where y.en_24), 0)::bigint recibidos_24, coalesce(sum(y.ia) filter (where y.en_30), 0)::bigint ia, coalesce(sum(y.ia) filter (where y.en_24), 0)::bigint ia_24, coalesce(sum(y.automaticas) filter (where y.en_30), 0)::bigint automaticas, coalesce(sum(y.automaticas) filter (where y.en_24), 0)::bigint automaticas_24, coalesce(sum(y.humanos) filter (where y.en_30), 0)::bigint humanos, coalesce(sum(y.humanos) filter (where y.en_24), 0)::bigint humanos_24, coalesce(sum(y.envios) filter (where y.en_30), 0)::bigint envios, coalesce(sum(y.envios) filter (where y.en_24), 0)::bigint envios_24 from (
        select x.fecha_hora >= z.hace_24 en_24, x.fecha_hora >= z.abierto en_30, count(*) filter (where x.autor = 'contacto') recibidos, count(*) filter (where x.autor = 'ia') ia, count(*) filter (where x.autor = 'automatica') automaticas, count(*) filter (where x.autor = 'humano') humanos, count(*) filter (where x.autor = 'envio') envios
          from public.historial_conversaciones x where x.nombre_nora = z.nombre_nora and x.fecha_hora >= z.vivo group by 1, 2
        union all
        select true, false, count(*) filter (where x.autor = 'contacto') recibidos, count(*) filter (where x.autor = 'ia') ia, count(*) filter (where x.autor = 'automatica') automaticas, count(*) filter (where x.autor = 'humano') humanos, count(*) filter (where x.autor = 'envio') envios
          from public.historial_conversaciones x where x.nombre_nora = z.nombre_nora and x.fecha_hora >= z.hace_24 and x.fecha_hora < least(interno.hora_siguiente(z.hace_24), z.vivo)
        union all
        select false, true, count(*) filter (where x.autor = 'contacto') recibidos, count(*) filter (where x.autor = 'ia') ia, count(*) filter (where x.autor = 'automatica') automaticas, count(*) filter (where x.autor = 'humano') humanos, count(*) filter (where x.autor = 'envio') envios
          from public.historial_conversaciones x where x.nombre_nora = z.nombre_nora and x.fecha_hora >= z.abierto and x.fecha_hora < least(interno.hora_siguiente(z.abierto), z.vivo)
        union all
        select x.hora >= z.hace_24, x.hora >= z.abierto, sum(x.recibidos) recibidos, sum(x.ia) ia, sum(x.automaticas) automaticas, sum(x.humanos) humanos, sum(x.envios) envios
          from public.resumen_hora x where x.nombre_nora = z.nombre_nora and x.hora >= least(z.hace_24, z.abierto) and x.hora < z.vivo group by 1, 2) y) h
    cross join lateral (
      select count(*) filter (where x.fecha_hora > now() - interval '24 hours') f24, count(*) filter (where x.fecha_hora >= (z.hoy - 29)::timestamp at time zone z.zona_horaria) f30
        from public.historial_conversaciones x where x.nombre_nora = z.nombre_nora and x.estado in ('fallido', 'incierto') and x.fecha_hora >= (z.hoy - 30)::timestamp at time zone z.zona_horaria) f
    left join g on g.nombre_nora = z.nombre_nora
    cross join lateral (select count(*) n, min(x.espera_humano_desde) desde from public.contactos x where x.nombre_nora = z.nombre_nora and x.espera_humano_desde is not null) k
$$;
