-- Sincronizar: saber si a una sola cuenta ya le toca, y no dejar para siempre a medio corregir los días de antes de un hueco.

-- Igual que antes; con p_cuenta, sólo esa: lo que el horario encargó hace rato pudo haberlo hecho ya otra vuelta.
drop function public.ads_cuentas_por_sincronizar(uuid, integer, numeric);
create function public.ads_cuentas_por_sincronizar(p_despues uuid, p_n integer, p_horas numeric, p_cuenta uuid default null) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', z.id, 'nombre_nora', z.nombre_nora) order by z.id), '[]')
    from (select m.id, m.nombre_nora from public.meta_ads_cuentas m
            join public.configuracion_bot b on b.nombre_nora = m.nombre_nora and b.activo
            join public.modulos_disponibles d on d.nombre_nora = m.nombre_nora and d.modulo = 'ads' and d.activo
            left join lateral (select s.estado, s.reanudar_en, s.inicio, s.arriendo_hasta from public.meta_ads_sincronizaciones s where s.nombre_nora = m.nombre_nora and s.cuenta_id = m.id order by s.inicio desc limit 1) u on true
           where m.activo and not m.demo and (m.access_token is not null or m.con_agencia) and m.estado_conexion not in ('vencida', 'sin_permiso') and (p_despues is null or m.id > p_despues) and (p_cuenta is null or m.id = p_cuenta)
             and case u.estado when 'espera' then u.reanudar_en <= clock_timestamp() when 'corriendo' then u.arriendo_hasta < clock_timestamp() when 'fallida' then u.inicio < clock_timestamp() - interval '50 minutes'
                  else coalesce(m.ultima_sincronizacion < clock_timestamp() - make_interval(mins => (p_horas * 60)::integer), true) end
           order by m.id limit least(p_n, 500)) z
$$;
revoke all on function public.ads_cuentas_por_sincronizar(uuid, integer, numeric, uuid) from public, anon, authenticated;
grant execute on function public.ads_cuentas_por_sincronizar(uuid, integer, numeric, uuid) to service_role;

-- Que dias hay que pedir: los recientes que este ciclo aun no trae (Meta los corrige), los viejos que nunca se trajeron y los
-- que se trajeron por ultima vez cuando Meta todavia los corregia: tras un hueco largo nadie volveria a pedirlos.
create or replace function public.ads_dias_por_traer(p_folio uuid, p_recientes date, p_desde date, p_hasta date) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(g.dia::date order by g.dia desc), '[]')
    from public.meta_ads_sincronizaciones s join public.meta_ads_cuentas m on m.nombre_nora = s.nombre_nora and m.id = s.cuenta_id cross join generate_series(p_desde, p_hasta, interval '1 day') g(dia)
    left join public.meta_ads_dias d on d.nombre_nora = s.nombre_nora and d.cuenta_id = s.cuenta_id and d.dia = g.dia::date
   where s.id = p_folio and (d.dia is null or (d.dia >= p_recientes and d.traido < s.ciclo)
      or (d.dia < p_recientes and (d.traido at time zone coalesce(m.zona_horaria, 'UTC'))::date - d.dia < p_hasta + 1 - p_recientes))
$$;
