-- Un reporte que no pudo salir su lunes sale cualquier día de esa semana; para no mandar de golpe la de una cuenta recién
-- conectada hay que saber desde cuándo se pide cada cadencia.

alter table public.meta_ads_ajustes add column semanal_desde timestamptz, add column mensual_desde timestamptz;
comment on column public.meta_ads_ajustes.semanal_desde is 'cuando se encendio; null = desde que la cuenta se conecto';
comment on column public.meta_ads_ajustes.mensual_desde is 'cuando se encendio; null = nunca se ha encendido, o antes de que se apuntara';

-- Igual que antes, apuntando cuando se enciende cada cadencia. La semanal nace encendida.
create or replace function public.ads_guardar_ajustes(p jsonb, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); m public.meta_ads_cuentas; v_antes jsonb;
begin
  select * into m from public.meta_ads_cuentas x where x.nombre_nora = v_nora and x.id = (p->>'cuenta')::uuid;
  if not found then return null; end if;
  v_antes := interno.ads_ajustes(m);
  insert into public.meta_ads_ajustes as a (cuenta_id, nombre_nora, diario, semanal, mensual, revision, mensual_desde) values (m.id, v_nora, (p->>'diario')::boolean, (p->>'semanal')::boolean, (p->>'mensual')::boolean, (p->>'revision')::boolean, case when (p->>'mensual')::boolean then clock_timestamp() end)
  on conflict (cuenta_id) do update set diario = excluded.diario, semanal = excluded.semanal, mensual = excluded.mensual, revision = excluded.revision,
    semanal_desde = case when excluded.semanal and not a.semanal then clock_timestamp() else a.semanal_desde end,
    mensual_desde = case when excluded.mensual and not a.mensual then clock_timestamp() else a.mensual_desde end;
  perform interno.apuntar(p_usuario, 'ajustar reportes de anuncios', 'meta_ads_cuentas ' || m.id, v_antes, interno.ads_ajustes(m));
  return interno.ads_ajustes(m);
end $$;

-- Igual que antes, con desde cuando se pide cada cadencia.
create or replace function public.ads_cuentas_por_reportar(p_despues uuid, p_n integer default 100) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', z.id, 'nombre_nora', z.nombre_nora, 'zona', z.zona, 'zona_cuenta', z.zona_horaria, 'cadencias', to_jsonb(z.cadencias), 'desde', z.desde,
      'hechos', (select coalesce(jsonb_agg(r.cadencia || ':' || r.desde), '[]') from public.meta_ads_reportes r where r.cuenta_id = z.id and r.estado in ('listo', 'por_aprobar') and r.desde > current_date - 70)) order by z.id), '[]')
    from (select m.id, m.nombre_nora, b.zona_horaria zona, m.zona_horaria, array_remove(array[case when coalesce(a.diario, false) then 'diario' end, case when coalesce(a.semanal, true) then 'semanal' end, case when coalesce(a.mensual, false) then 'mensual' end], null) cadencias,
                 jsonb_build_object('diario', m.created_at, 'semanal', greatest(m.created_at, a.semanal_desde), 'mensual', greatest(m.created_at, a.mensual_desde)) desde
            from public.meta_ads_cuentas m join public.configuracion_bot b on b.nombre_nora = m.nombre_nora and b.activo
            join public.modulos_disponibles d on d.nombre_nora = m.nombre_nora and d.modulo = 'ads' and d.activo
            left join public.meta_ads_ajustes a on a.cuenta_id = m.id
           where m.activo and (p_despues is null or m.id > p_despues) order by m.id limit least(p_n, 500)) z
$$;
