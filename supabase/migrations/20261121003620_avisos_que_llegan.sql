-- Avisos: que ninguno se pierda por una caida del correo, que un tropiezo de ocho segundos no abra y cierre un incidente, y que
-- la caida de un proveedor no abra uno por cada nora.

-- Lo que fallo en la ultima revision y todavia no es incidente: lo es si vuelve a fallar en la siguiente.
create table interno.sospechas (
  nora text not null default '',
  clave text not null check (length(clave) <= 100),
  visto timestamptz not null default clock_timestamp(),
  primary key (nora, clave)
);
alter table interno.sospechas enable row level security;
revoke all on interno.sospechas from public, anon, authenticated;
grant select, insert, update, delete on interno.sospechas to service_role;
create policy servicio on interno.sospechas for all to service_role using (true) with check (true);

-- Abre, mantiene y cierra incidentes; dice cuantos. p_rotas: [{nora|null, clave, detalle, agrupada?}] integraciones que ahora fallan.
-- Una conexion abre con dos revisiones seguidas fallando; agrupada no abre (hay otra que habla por ella), pero lo abierto sigue.
create or replace function public.revisar_incidentes(p_rotas jsonb default '[]') returns jsonb language plpgsql set search_path = '' as $$
declare v_abiertos int; v_cerrados int;
begin
  perform pg_advisory_xact_lock(hashtextextended('nora:incidentes', 0));
  create temporary table if not exists ahora_mal (nora text, clase text, clave text, detalle text, abre boolean) on commit drop;
  delete from pg_temp.ahora_mal;
  insert into pg_temp.ahora_mal
  select b.nombre_nora, 'espera', '', case when k.n = 1 then 'Una persona espera' else k.n || ' personas esperan' end || ' desde hace más de ' || b.limite_espera_min || ' min', true
    from public.configuracion_bot b cross join lateral (select count(*) n from public.contactos c where c.nombre_nora = b.nombre_nora and c.espera_humano_desde is not null and c.espera_humano_desde < clock_timestamp() - make_interval(mins => b.limite_espera_min)) k
   where b.activo and k.n > 0
  union all
  select b.nombre_nora, 'fallidos', '', h.n || ' envíos fallaron en la última hora', true
    from public.configuracion_bot b cross join lateral (select count(*) n from public.historial_conversaciones x where x.nombre_nora = b.nombre_nora and x.estado = 'fallido' and x.fecha_hora > clock_timestamp() - interval '1 hour') h
   where b.activo and h.n >= 3
  union all
  select b.nombre_nora, 'tope', '', 'Se acabaron los tokens de hoy: la IA no contesta hasta mañana', true
    from public.configuracion_bot b join public.consumo_ia c on c.nombre_nora = b.nombre_nora and c.dia = (clock_timestamp() at time zone b.zona_horaria)::date
   where b.activo and b.tope_tokens_dia > 0 and c.tokens_entrada + c.tokens_salida >= b.tope_tokens_dia
  union all
  select m.nombre_nora, 'integracion', 'meta ' || left(m.ad_account_id, 60), 'La cuenta de anuncios ' || coalesce(m.nombre, m.ad_account_id) || ' perdió la conexión', true
    from public.meta_ads_cuentas m join public.configuracion_bot b on b.nombre_nora = m.nombre_nora and b.activo where m.activo and m.estado_conexion in ('vencida', 'sin_permiso', 'error')
  union all
  select x->>'nora', 'integracion', left(x->>'clave', 100), left(x->>'detalle', 500), not coalesce((x->>'agrupada')::boolean, false)
         -- La revision corre cada dos minutos: mas vieja que esto no es la anterior.
         and exists (select from interno.sospechas s where s.nora = coalesce(x->>'nora', '') and s.clave = left(x->>'clave', 100) and s.visto > clock_timestamp() - interval '10 minutes')
    from jsonb_array_elements(p_rotas) x;
  delete from interno.sospechas s where not exists (select from jsonb_array_elements(p_rotas) x where coalesce(x->>'nora', '') = s.nora and left(x->>'clave', 100) = s.clave);
  insert into interno.sospechas (nora, clave) select distinct coalesce(x->>'nora', ''), left(x->>'clave', 100) from jsonb_array_elements(p_rotas) x
  on conflict (nora, clave) do update set visto = excluded.visto;

  with c as (update public.incidentes i set cerrado = clock_timestamp() where i.cerrado is null
      and not exists (select from pg_temp.ahora_mal a where a.nora is not distinct from i.nombre_nora and a.clase = i.clase and a.clave = i.clave) returning 1)
  select count(*) into v_cerrados from c;
  update public.incidentes i set visto = clock_timestamp(), detalle = a.detalle from pg_temp.ahora_mal a
   where i.cerrado is null and a.nora is not distinct from i.nombre_nora and a.clase = i.clase and a.clave = i.clave;
  with n as (insert into public.incidentes (nombre_nora, clase, clave, detalle) select a.nora, a.clase, a.clave, a.detalle from pg_temp.ahora_mal a
             where a.abre and not exists (select from public.incidentes i where i.cerrado is null and i.nombre_nora is not distinct from a.nora and i.clase = a.clase and i.clave = a.clave) returning 1)
  select count(*) into v_abiertos from n;
  return jsonb_build_object('abiertos', v_abiertos, 'cerrados', v_cerrados);
end $$;

-- Los avisos que faltan, venga el incidente de esta revision o de una en que el correo no salio: al equipo de la nora y a los
-- administradores, segun lo que cada quien eligio (por omision, abajo). [{incidente, usuario, momento}]
create function public.avisos_pendientes(p_n integer default 500) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('incidente', z.id, 'usuario', z.usuario, 'momento', z.momento) order by z.desde, z.id, z.usuario), '[]') from (
    select i.id, i.desde, u.id usuario, case when i.cerrado is null then 'abre' else 'cierra' end momento
      from public.incidentes i join public.usuarios u on u.activo left join public.usuarios_noras m on m.usuario_id = u.id and m.nombre_nora = i.nombre_nora
     where (i.cerrado is null or i.cerrado > clock_timestamp() - interval '1 day') and (u.rol = 'admin' or m.id is not null)
       and coalesce((u.avisos->>i.clase)::boolean, case when u.rol = 'admin' then i.clase <> 'espera' when m.rol = 'dueno' then true else i.clase = 'espera' end)
       -- La recuperacion se cuenta a quien supo del problema.
       and (i.cerrado is null or exists (select from public.avisos_enviados e where e.incidente_id = i.id and e.usuario_id = u.id and e.momento = 'abre'))
       and not exists (select from public.avisos_enviados e where e.incidente_id = i.id and e.usuario_id = u.id and e.momento = case when i.cerrado is null then 'abre' else 'cierra' end)
     order by i.desde, i.id, u.id limit least(p_n, 500)) z
$$;
drop function public.destinatarios_incidente(uuid, text);
revoke all on function public.avisos_pendientes(integer) from public, anon, authenticated;
grant execute on function public.avisos_pendientes(integer) to service_role;
