-- Anuncios en la administracion: toda cuenta con su salud, lo que gasta cada moneda y los limites.
-- En plpgsql: nombra la tabla de las vueltas de sincronizacion, que nace en una migracion posterior.

-- Como esta una cuenta, en una palabra; lo peor manda. p_vuelta: estado de su ultima sincronizacion.
create function interno.ads_salud(m public.meta_ads_cuentas, p_vuelta text, p_ahora timestamptz) returns text language sql stable set search_path = '' as $$
  select case
    when not m.activo then 'desconectada'
    when m.demo then 'demo'
    when m.estado_conexion in ('vencida', 'sin_permiso') or m.token_expira <= p_ahora then 'muerta'
    when m.estado_conexion = 'error' or p_vuelta = 'fallida' then 'fallando'
    when m.estado_conexion = 'por_vencer' or m.token_expira <= p_ahora + interval '7 days' then 'por_vencer'
    when m.ultima_sincronizacion is null or m.ultima_sincronizacion < p_ahora - interval '26 hours' then 'atrasada'
    else 'bien' end
$$;

-- Lo que se ve de una cuenta en la lista y en su ficha. Nunca su permiso.
create function interno.ads_admin_cuenta(m public.meta_ads_cuentas, p_ahora timestamptz) returns jsonb language plpgsql stable set search_path = '' as $$
declare v_hoy date := (p_ahora at time zone coalesce(m.zona_horaria, 'UTC'))::date; v_vuelta jsonb;
begin
  select to_jsonb(s) - 'nombre_nora' - 'cuenta_id' into v_vuelta from public.meta_ads_sincronizaciones s where s.nombre_nora = m.nombre_nora and s.cuenta_id = m.id order by s.inicio desc limit 1;
  return (select interno.ads_cuenta(m) || jsonb_build_object('nombre_nora', m.nombre_nora, 'nora', b.nombre_visible, 'nora_activa', b.activo, 'con_agencia', m.con_agencia, 'conectada', m.created_at, 'vuelta', v_vuelta,
      'salud', interno.ads_salud(m, v_vuelta->>'estado', p_ahora),
      'renglones', (select coalesce(sum(x.renglones), 0) from public.meta_ads_resumen_dias x where x.cuenta_id = m.id),
      'desde', (select min(x.dia) from public.meta_ads_dias x where x.nombre_nora = m.nombre_nora and x.cuenta_id = m.id), 'hasta', (select max(x.dia) from public.meta_ads_dias x where x.nombre_nora = m.nombre_nora and x.cuenta_id = m.id),
      'gasto_7', (select coalesce(sum(x.gasto), 0) from public.meta_ads_dias x where x.nombre_nora = m.nombre_nora and x.cuenta_id = m.id and x.dia between v_hoy - 7 and v_hoy - 1),
      'gasto_28', (select coalesce(sum(x.gasto), 0) from public.meta_ads_dias x where x.nombre_nora = m.nombre_nora and x.cuenta_id = m.id and x.dia between v_hoy - 28 and v_hoy - 1),
      'reporte', (select jsonb_build_object('id', r.id, 'cadencia', r.cadencia, 'desde', r.desde, 'hasta', r.hasta, 'estado', r.estado, 'motivo', r.motivo, 'creado', r.created_at) from public.meta_ads_reportes r where r.nombre_nora = m.nombre_nora and r.cuenta_id = m.id order by r.created_at desc, r.id limit 1),
      'fallas', jsonb_build_object(
        'vueltas', (select count(*) from public.meta_ads_sincronizaciones s where s.nombre_nora = m.nombre_nora and s.cuenta_id = m.id and s.estado = 'fallida' and s.inicio > p_ahora - interval '7 days'),
        'negados', (select count(*) from public.meta_ads_reportes r where r.nombre_nora = m.nombre_nora and r.cuenta_id = m.id and r.estado = 'negado' and r.created_at > p_ahora - interval '28 days'),
        'rebotes', (select count(*) from public.meta_ads_reportes r join public.meta_ads_entregas e on e.nombre_nora = r.nombre_nora and e.reporte_id = r.id where r.nombre_nora = m.nombre_nora and r.cuenta_id = m.id and e.estado = 'rebotado' and not e.prueba and r.created_at > p_ahora - interval '28 days')))
    from public.configuracion_bot b where b.nombre_nora = m.nombre_nora);
end $$;

-- p: {q, estado, desde_nora, desde_id, n}. {cuentas: [n + 1], conteos: {salud: n}, gasto: [{moneda, demo, …}]}; nunca se suman monedas distintas ni dinero inventado con el de verdad.
create function public.admin_ads(p jsonb) returns jsonb language plpgsql stable set search_path = '' set jit = off as $$
declare v_ahora timestamptz := clock_timestamp(); v_q text := public.sin_acentos(coalesce(p->>'q', '')); v_estado text := coalesce(p->>'estado', ''); r jsonb;
begin
  with todas as materialized (
    select m.id, m.nombre_nora, interno.ads_salud(m, (select s.estado from public.meta_ads_sincronizaciones s where s.nombre_nora = m.nombre_nora and s.cuenta_id = m.id order by s.inicio desc limit 1), v_ahora) salud
      from public.meta_ads_cuentas m join public.configuracion_bot b on b.nombre_nora = m.nombre_nora
     where v_q = '' or position(v_q in public.sin_acentos(concat_ws(' ', b.nombre_visible, m.nombre_nora, m.nombre, m.ad_account_id))) > 0),
  pagina as (
    select t.id from todas t where (v_estado = '' or t.salud = v_estado or v_estado = 'atencion' and t.salud in ('muerta', 'fallando', 'por_vencer', 'atrasada'))
       and (p->>'desde_id' is null or (t.nombre_nora, t.id) > (p->>'desde_nora', (p->>'desde_id')::uuid)) order by t.nombre_nora, t.id limit least(coalesce((p->>'n')::integer, 25), 100) + 1)
  select jsonb_build_object(
    'cuentas', (select coalesce(jsonb_agg(interno.ads_admin_cuenta(m, v_ahora) order by m.nombre_nora, m.id), '[]') from public.meta_ads_cuentas m where m.id in (select g.id from pagina g)),
    'conteos', (select coalesce(jsonb_object_agg(z.salud, z.n), '{}') from (select t.salud, count(*) n from todas t group by 1) z)) into r;
  return r || jsonb_build_object('gasto', (
    select coalesce(jsonb_agg(to_jsonb(z) order by z.demo, z.gasto_28 desc, z.moneda), '[]') from (
      select m.moneda, m.demo, count(*) cuentas, count(distinct m.nombre_nora) noras, coalesce(sum(g.gasto_7), 0) gasto_7, coalesce(sum(g.gasto_28), 0) gasto_28
        from public.meta_ads_cuentas m
        cross join lateral (select sum(x.gasto) filter (where x.dia >= h.hoy - 7) gasto_7, sum(x.gasto) gasto_28 from (select (v_ahora at time zone coalesce(m.zona_horaria, 'UTC'))::date hoy) h
                              left join public.meta_ads_dias x on x.nombre_nora = m.nombre_nora and x.cuenta_id = m.id and x.dia between h.hoy - 28 and h.hoy - 1) g
       where m.activo or g.gasto_28 > 0 group by 1, 2) z));
end $$;

-- Una cuenta con sus ultimas vueltas, sus reportes y sus limites; null si no existe.
create function public.admin_ads_cuenta(p_id uuid) returns jsonb language plpgsql stable set search_path = '' as $$
declare m public.meta_ads_cuentas;
begin
  select * into m from public.meta_ads_cuentas x where x.id = p_id;
  if not found then return null; end if;
  return interno.ads_admin_cuenta(m, clock_timestamp()) || jsonb_build_object('ajustes', interno.ads_ajustes(m),
    'receptores', (select count(*) from public.meta_ads_receptores x where x.nombre_nora = m.nombre_nora and x.cuenta_id = m.id and x.activo),
    'vueltas', (select coalesce(jsonb_agg(to_jsonb(v) - 'nombre_nora' - 'cuenta_id' order by v.inicio desc), '[]') from (select * from public.meta_ads_sincronizaciones s where s.nombre_nora = m.nombre_nora and s.cuenta_id = m.id order by s.inicio desc limit 12) v),
    'reportes', (select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'cadencia', r.cadencia, 'desde', r.desde, 'hasta', r.hasta, 'estado', r.estado, 'motivo', r.motivo, 'creado', r.created_at,
        'entregas', (select coalesce(jsonb_object_agg(z.estado, z.n), '{}') from (select case when e.leido_en is not null then 'leido' else coalesce(h.estado, e.estado) end estado, count(*) n from public.meta_ads_entregas e left join public.historial_conversaciones h on h.nombre_nora = e.nombre_nora and h.id = e.historial_id where e.nombre_nora = r.nombre_nora and e.reporte_id = r.id and not e.prueba group by 1) z)) order by r.created_at desc, r.id), '[]')
      from (select * from public.meta_ads_reportes y where y.nombre_nora = m.nombre_nora and y.cuenta_id = m.id order by y.created_at desc, y.id limit 12) r));
end $$;

-- Cuantas cuentas piden que alguien haga algo: lo que dice el tablero.
create function public.admin_ads_atencion() returns jsonb language plpgsql stable set search_path = '' as $$
begin
  return (select jsonb_build_object('cuentas', count(*), 'atencion', count(*) filter (where z.salud in ('muerta', 'fallando', 'por_vencer', 'atrasada')), 'muertas', count(*) filter (where z.salud = 'muerta'))
    from (select interno.ads_salud(m, (select s.estado from public.meta_ads_sincronizaciones s where s.nombre_nora = m.nombre_nora and s.cuenta_id = m.id order by s.inicio desc limit 1), clock_timestamp()) salud from public.meta_ads_cuentas m where m.activo) z);
end $$;

do $$ declare f text; begin
  foreach f in array array['interno.ads_salud(public.meta_ads_cuentas, text, timestamptz)', 'interno.ads_admin_cuenta(public.meta_ads_cuentas, timestamptz)', 'public.admin_ads(jsonb)', 'public.admin_ads_cuenta(uuid)', 'public.admin_ads_atencion()'] loop
    execute format('revoke all on function %s from public', f);
    execute format('revoke all on function %s from anon, authenticated', f);
    execute format('grant execute on function %s to service_role', f);
  end loop;
end $$;
