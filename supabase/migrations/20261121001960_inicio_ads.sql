-- El inicio dice lo gastado en la semana y avisa antes de que muera un permiso de Meta.

create function interno.ads_inicio(p_nora text) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('cuentas', count(*), 'demo', bool_and(m.demo), 'ultima', max(m.ultima_sincronizacion),
      'mal', (select jsonb_build_object('nombre', coalesce(x.nombre, x.ad_account_id), 'estado', x.estado_conexion, 'expira', x.token_expira, 'n', count(*) over ())
                from public.meta_ads_cuentas x where x.nombre_nora = p_nora and x.activo and not x.demo and (x.estado_conexion in ('por_vencer', 'vencida', 'sin_permiso', 'error') or x.token_expira < clock_timestamp() + interval '7 days')
               order by x.estado_conexion = 'por_vencer', x.token_expira limit 1),
      -- Cada moneda por su lado: sumarlas no significa nada.
      'gasto', (select coalesce(jsonb_agg(jsonb_build_object('moneda', z.moneda, 'gasto', z.gasto) order by z.gasto desc), '[]') from (
                 select coalesce(x.moneda, '') moneda, sum(d.gasto) gasto from public.meta_ads_cuentas x join public.meta_ads_dias d on d.nombre_nora = x.nombre_nora and d.cuenta_id = x.id
                    and d.dia >= (clock_timestamp() at time zone coalesce(x.zona_horaria, 'UTC'))::date - 7 and d.dia < (clock_timestamp() at time zone coalesce(x.zona_horaria, 'UTC'))::date
                  where x.nombre_nora = p_nora and x.activo group by 1) z),
      'por_aprobar', (select count(*) from public.meta_ads_reportes r where r.nombre_nora = p_nora and r.estado = 'por_aprobar'))
    from public.meta_ads_cuentas m where m.nombre_nora = p_nora and m.activo
$$;

create or replace function public.panel_inicio(p_usuario uuid) returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare v jsonb := interno.panel_inicio(p_usuario); v_faltan jsonb; v_cuantas bigint;
begin
  if v is null then return null; end if;
  select count(*), coalesce(jsonb_agg(jsonb_build_object('tipo', 'sin_respuesta', 'texto', q.pregunta, 'n', q.n, 'desde', q.ultima) order by q.n desc, q.ultima desc) filter (where q.lugar <= 2), '[]') into v_cuantas, v_faltan
    from (select p.*, row_number() over (order by p.n desc, p.ultima desc) lugar from interno.preguntas(public.nora_actual(), 7, 300) p) q;
  return jsonb_set(jsonb_set(v, '{cifras,sin_respuesta}', to_jsonb(v_cuantas)), '{pendientes}',
    (select coalesce(jsonb_agg(x order by o) filter (where x->>'tipo' <> 'sin_respuesta'), '[]') from jsonb_array_elements(v->'pendientes') with ordinality z(x, o)) || v_faltan)
    || jsonb_build_object('ads', case when interno.modulo_activo(public.nora_actual(), 'ads') then interno.ads_inicio(public.nora_actual()) end);
end $$;
