-- La conexion con Meta: permisos cifrados, cuentas elegidas y sincronizaciones que se retoman donde quedaron.

alter table public.meta_ads_cuentas add column con_agencia boolean not null default false;
grant select (con_agencia) on public.meta_ads_cuentas to nora_panel;
comment on column public.meta_ads_cuentas.con_agencia is 'usa META_ACCESS_TOKEN y no un permiso propio';

-- Un permiso recien dado, mientras la persona elige cuentas. Vive una hora; nadie del panel puede leer el permiso.
create table public.meta_ads_conexiones (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  usuario_id uuid not null references public.usuarios (id) on delete cascade,
  access_token text check (length(access_token) <= 4000),
  token_expira timestamptz,
  permisos text[] not null default '{}',
  cuentas jsonb not null check (pg_column_size(cuentas) <= 1048576),
  paginas jsonb not null default '[]' check (pg_column_size(paginas) <= 1048576),
  created_at timestamptz not null default clock_timestamp()
);
create index meta_ads_conexiones_nora on public.meta_ads_conexiones (nombre_nora, created_at);
create index meta_ads_conexiones_usuario on public.meta_ads_conexiones (usuario_id);

-- Una vuelta de sincronizacion. La que esta 'corriendo' con arriendo vigente es la unica que puede escribir en la cuenta.
create table public.meta_ads_sincronizaciones (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null,
  cuenta_id uuid not null,
  pedida text not null check (pedida in ('horario', 'persona', 'primera', 'guion')),
  -- Lo traido desde aqui ya vale: al retomar no se vuelve a pedir.
  ciclo timestamptz not null,
  inicio timestamptz not null default clock_timestamp(),
  fin timestamptz,
  arriendo_hasta timestamptz not null,
  estado text not null default 'corriendo' check (estado in ('corriendo', 'hecha', 'espera', 'fallida')),
  etapa text not null default 'cuenta' check (length(etapa) <= 40),
  avance integer not null default 0 check (avance between 0 and 100),
  renglones integer not null default 0,
  clase text check (length(clase) <= 40),
  motivo text check (length(motivo) <= 500),
  reanudar_en timestamptz,
  foreign key (nombre_nora, cuenta_id) references public.meta_ads_cuentas (nombre_nora, id) on update cascade on delete cascade
);
create unique index meta_ads_sincronizaciones_una on public.meta_ads_sincronizaciones (cuenta_id) where estado = 'corriendo';
create index meta_ads_sincronizaciones_lista on public.meta_ads_sincronizaciones (nombre_nora, cuenta_id, inicio desc);

do $$ declare t text; begin
  foreach t in array array['meta_ads_conexiones', 'meta_ads_sincronizaciones'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('revoke all on public.%I from anon, authenticated', t);
    execute format('grant select, insert, update, delete on public.%I to service_role', t);
    execute format('create policy nora on public.%I for all to nora_panel using (nombre_nora = (select public.nora_actual())) with check (nombre_nora = (select public.nora_actual()))', t);
  end loop;
end $$;
grant select (id, nombre_nora, usuario_id, token_expira, permisos, cuentas, paginas, created_at) on public.meta_ads_conexiones to nora_panel;
grant select (id, nombre_nora, cuenta_id, pedida, ciclo, inicio, fin, arriendo_hasta, estado, etapa, avance, renglones, clase, motivo, reanudar_en) on public.meta_ads_sincronizaciones to nora_panel;

-- Cuentas, desde el panel -----------------------------------------------------------------------------------------------

-- p: {token, expira, permisos, cuentas, paginas}; token ya cifrado. Devuelve el id de la conexion por elegir.
create function public.ads_guardar_conexion(p jsonb, p_usuario uuid) returns uuid language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v_id uuid;
begin
  if v_nora is null then return null; end if;
  delete from public.meta_ads_conexiones x where x.nombre_nora = v_nora and (x.created_at < clock_timestamp() - interval '1 hour' or x.usuario_id = p_usuario);
  insert into public.meta_ads_conexiones (nombre_nora, usuario_id, access_token, token_expira, permisos, cuentas, paginas)
  values (v_nora, p_usuario, p->>'token', (p->>'expira')::timestamptz, array(select x from jsonb_array_elements_text(coalesce(p->'permisos', '[]')) x), p->'cuentas', coalesce(p->'paginas', '[]')) returning id into v_id;
  return v_id;
end $$;

-- Lo que esa persona tiene por elegir, sin el permiso.
create function public.ads_leer_conexion(p_id uuid, p_usuario uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('id', x.id, 'cuentas', x.cuentas, 'paginas', x.paginas, 'permisos', to_jsonb(x.permisos), 'expira', x.token_expira, 'agencia', x.access_token is null,
      'ya', (select coalesce(jsonb_agg(m.ad_account_id), '[]') from public.meta_ads_cuentas m where m.nombre_nora = x.nombre_nora and m.activo and not m.demo))
    from public.meta_ads_conexiones x where x.nombre_nora = public.nora_actual() and x.id = p_id and x.usuario_id = p_usuario and x.created_at > clock_timestamp() - interval '1 hour'
$$;

-- Conecta las cuentas elegidas con el permiso guardado. {r:'conectadas', ids} | {r:'otra_moneda', nombre} | {r:'caduca'}
create function public.ads_conectar(p_id uuid, p_cuentas text[], p_pagina text, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); x public.meta_ads_conexiones; c record; v_ids uuid[] := '{}'; v_id uuid;
begin
  delete from public.meta_ads_conexiones z where z.nombre_nora = v_nora and z.id = p_id and z.usuario_id = p_usuario and z.created_at > clock_timestamp() - interval '1 hour' returning * into x;
  if not found then return jsonb_build_object('r', 'caduca'); end if;
  for c in select e->>'id' act, e->>'nombre' nombre, e->>'moneda' moneda, e->>'zona' zona from jsonb_array_elements(x.cuentas) e where e->>'id' = any (p_cuentas) loop
    -- Con renglones guardados en otra moneda, las sumas mezclarian pesos con dolares.
    if exists (select from public.meta_ads_cuentas m join public.meta_ads_insights i on i.cuenta_id = m.id where m.nombre_nora = v_nora and m.ad_account_id = c.act and m.moneda <> c.moneda) then
      raise exception using errcode = 'P0001', message = 'otra_moneda', detail = c.nombre;
    end if;
    insert into public.meta_ads_cuentas (nombre_nora, ad_account_id, access_token, con_agencia, token_expira, page_id, nombre, moneda, zona_horaria, estado_conexion)
    values (v_nora, c.act, x.access_token, x.access_token is null, x.token_expira, nullif(p_pagina, ''), left(c.nombre, 200), c.moneda, c.zona, 'conectada')
    on conflict (nombre_nora, ad_account_id) do update set access_token = excluded.access_token, con_agencia = excluded.con_agencia, token_expira = excluded.token_expira, page_id = coalesce(excluded.page_id, public.meta_ads_cuentas.page_id),
      nombre = excluded.nombre, moneda = excluded.moneda, zona_horaria = excluded.zona_horaria, estado_conexion = 'conectada', activo = true, demo = false
    returning id into v_id;
    v_ids := v_ids || v_id;
    perform interno.apuntar(p_usuario, 'conectar cuenta de anuncios', 'meta_ads_cuentas ' || v_id, null, jsonb_build_object('cuenta', c.act, 'nombre', c.nombre, 'moneda', c.moneda, 'agencia', x.access_token is null));
  end loop;
  return jsonb_build_object('r', 'conectadas', 'ids', to_jsonb(v_ids));
exception when raise_exception then
  declare v_nombre text; begin
    get stacked diagnostics v_nombre = pg_exception_detail;
    return jsonb_build_object('r', 'otra_moneda', 'nombre', v_nombre);
  end;
end $$;

-- Olvida el permiso y deja de sincronizar; lo ya traido se queda.
create function public.ads_desconectar(p_cuenta uuid, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare m public.meta_ads_cuentas;
begin
  update public.meta_ads_cuentas x set access_token = null, con_agencia = false, token_expira = null, activo = false, estado_conexion = 'sin_probar' where x.nombre_nora = public.nora_actual() and x.id = p_cuenta and x.activo returning * into m;
  if not found then return null; end if;
  perform interno.apuntar(p_usuario, 'desconectar cuenta de anuncios', 'meta_ads_cuentas ' || m.id, jsonb_build_object('cuenta', m.ad_account_id), null);
  return jsonb_build_object('nombre', coalesce(m.nombre, m.ad_account_id));
end $$;

-- Las cuentas con su ultima vuelta y sus ultimas fallas.
create function public.ads_cuentas_estado() returns jsonb language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(interno.ads_cuenta(m) || jsonb_build_object('con_agencia', m.con_agencia, 'conectada_con_permiso', m.access_token is not null or m.con_agencia, 'page_id', m.page_id,
      'dias', (select count(*) from public.meta_ads_dias d where d.nombre_nora = m.nombre_nora and d.cuenta_id = m.id),
      'desde', (select min(d.dia) from public.meta_ads_dias d where d.nombre_nora = m.nombre_nora and d.cuenta_id = m.id),
      'vueltas', (select coalesce(jsonb_agg(to_jsonb(v) - 'nombre_nora' - 'cuenta_id' order by v.inicio desc), '[]') from (select s.* from public.meta_ads_sincronizaciones s where s.nombre_nora = m.nombre_nora and s.cuenta_id = m.id order by s.inicio desc limit 5) v))
    order by m.activo desc, m.created_at, m.id), '[]') from public.meta_ads_cuentas m where m.nombre_nora = public.nora_actual()
$$;

do $$ declare f text; begin
  foreach f in array array['ads_guardar_conexion(jsonb, uuid)', 'ads_leer_conexion(uuid, uuid)', 'ads_conectar(uuid, text[], text, uuid)', 'ads_desconectar(uuid, uuid)', 'ads_cuentas_estado()'] loop
    execute format('revoke all on function public.%s from public', f);
    execute format('grant execute on function public.%s to nora_panel', f);
  end loop;
end $$;

-- Sincronizacion, desde los trabajos ---------------------------------------------------------------------------------------

-- Cuentas a las que ya les toca, por llave.
create function public.ads_cuentas_por_sincronizar(p_despues uuid, p_n integer, p_horas numeric) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', z.id, 'nombre_nora', z.nombre_nora) order by z.id), '[]')
    from (select m.id, m.nombre_nora from public.meta_ads_cuentas m
            join public.configuracion_bot b on b.nombre_nora = m.nombre_nora and b.activo
            join public.modulos_disponibles d on d.nombre_nora = m.nombre_nora and d.modulo = 'ads' and d.activo
            left join lateral (select s.estado, s.reanudar_en, s.inicio, s.arriendo_hasta from public.meta_ads_sincronizaciones s where s.nombre_nora = m.nombre_nora and s.cuenta_id = m.id order by s.inicio desc limit 1) u on true
           where m.activo and not m.demo and (m.access_token is not null or m.con_agencia) and m.estado_conexion not in ('vencida', 'sin_permiso') and (p_despues is null or m.id > p_despues)
             and case u.estado when 'espera' then u.reanudar_en <= clock_timestamp() when 'corriendo' then u.arriendo_hasta < clock_timestamp() when 'fallida' then u.inicio < clock_timestamp() - interval '50 minutes'
                  else coalesce(m.ultima_sincronizacion < clock_timestamp() - make_interval(mins => (p_horas * 60)::integer), true) end
           order by m.id limit least(p_n, 500)) z
$$;

-- Toma la cuenta para una vuelta, o null si otra la tiene. Retoma el ciclo de la que se quedo a medias hace poco.
create function public.ads_tomar_cuenta(p_nora text, p_cuenta uuid, p_pedida text, p_segundos integer) returns jsonb language plpgsql set search_path = '' as $$
declare m public.meta_ads_cuentas; s public.meta_ads_sincronizaciones; v_ciclo timestamptz;
begin
  select * into m from public.meta_ads_cuentas x where x.nombre_nora = p_nora and x.id = p_cuenta and x.activo and not x.demo and (x.access_token is not null or x.con_agencia) for no key update;
  if not found then return null; end if;
  update public.meta_ads_sincronizaciones x set estado = 'fallida', fin = clock_timestamp(), clase = 'abandonada', motivo = 'El proceso que la llevaba se detuvo.' where x.cuenta_id = m.id and x.estado = 'corriendo' and x.arriendo_hasta < clock_timestamp();
  select x.ciclo into v_ciclo from public.meta_ads_sincronizaciones x where x.nombre_nora = p_nora and x.cuenta_id = m.id and x.estado in ('espera', 'fallida') and x.ciclo > clock_timestamp() - interval '6 hours'
    and not exists (select from public.meta_ads_sincronizaciones y where y.cuenta_id = m.id and y.estado = 'hecha' and y.inicio > x.inicio) order by x.inicio desc limit 1;
  insert into public.meta_ads_sincronizaciones (nombre_nora, cuenta_id, pedida, ciclo, arriendo_hasta) values (m.nombre_nora, m.id, p_pedida, coalesce(v_ciclo, clock_timestamp()), clock_timestamp() + make_interval(secs => p_segundos))
  on conflict (cuenta_id) where estado = 'corriendo' do nothing returning * into s;
  if s.id is null then return null; end if;
  -- Vueltas de hace un mes ya no le dicen nada a nadie.
  delete from public.meta_ads_sincronizaciones x where x.nombre_nora = p_nora and x.cuenta_id = m.id and x.inicio < clock_timestamp() - interval '30 days';
  return jsonb_build_object('folio', s.id, 'ciclo', s.ciclo, 'act', m.ad_account_id, 'token', m.access_token, 'agencia', m.con_agencia, 'moneda', m.moneda, 'zona', m.zona_horaria, 'nombre', m.nombre,
    'con_renglones', exists (select from public.meta_ads_insights i where i.cuenta_id = m.id));
end $$;

-- La vuelta, si aun es de quien llama. Con su renglon tomado: nadie la da por abandonada a media escritura.
create function interno.ads_vuelta(p_folio uuid) returns public.meta_ads_sincronizaciones language plpgsql set search_path = '' as $$
declare s public.meta_ads_sincronizaciones;
begin
  select * into s from public.meta_ads_sincronizaciones x where x.id = p_folio and x.estado = 'corriendo' for no key update;
  if not found then raise exception using errcode = 'P0001', message = 'vuelta_perdida'; end if;
  return s;
end $$;

create function public.ads_avanzar(p_folio uuid, p_etapa text, p_avance integer, p_segundos integer) returns void language plpgsql set search_path = '' as $$
begin
  perform interno.ads_vuelta(p_folio);
  update public.meta_ads_sincronizaciones set etapa = p_etapa, avance = greatest(least(p_avance, 100), 0), arriendo_hasta = clock_timestamp() + make_interval(secs => p_segundos) where id = p_folio;
end $$;

create function public.ads_guardar_cuenta(p_folio uuid, p jsonb) returns void language plpgsql set search_path = '' as $$
declare s public.meta_ads_sincronizaciones := interno.ads_vuelta(p_folio);
begin
  update public.meta_ads_cuentas set nombre = p->>'nombre', moneda = p->>'moneda', zona_horaria = p->>'zona' where nombre_nora = s.nombre_nora and id = s.cuenta_id and (nombre, moneda, zona_horaria) is distinct from (p->>'nombre', p->>'moneda', p->>'zona');
end $$;

-- Una pagina de campanas, conjuntos o anuncios. p_leido: cuando se pidio; lo que el panel cambio despues no se pisa.
-- Lo que cambio sin que nadie de aqui lo pidiera queda apuntado como hecho fuera.
create function public.ads_guardar_estructura(p_folio uuid, p_nivel text, p_filas jsonb, p_leido timestamptz) returns void language plpgsql set search_path = '' as $$
declare s public.meta_ads_sincronizaciones := interno.ads_vuelta(p_folio); v_tabla text := case p_nivel when 'campanas' then 'meta_ads_campanas' when 'conjuntos' then 'meta_ads_conjuntos' when 'anuncios' then 'meta_ads_anuncios' end; v_filas jsonb;
begin
  select coalesce(jsonb_agg(f), '[]') into v_filas from (select distinct on (e->>'id') e f from jsonb_array_elements(p_filas) e) z
   where not exists (select from public.meta_ads_logs_cambios l where l.nombre_nora = s.nombre_nora and l.cuenta_id = s.cuenta_id and l.objeto_id = f->>'id' and l.origen = 'panel' and l.cuando > p_leido);
  execute format($q$
    insert into public.meta_ads_logs_cambios (nombre_nora, cuenta_id, origen, nivel, objeto_id, objeto, campo, antes, despues, resultado)
    select $1, $2, 'fuera', $3, v.id, f->>'nombre', c.campo, c.antes, c.despues, 'visto'
      from jsonb_array_elements($4) f join public.%I v on v.nombre_nora = $1 and v.cuenta_id = $2 and v.id = f->>'id'
      cross join lateral (values ('estado', to_jsonb(v.estado), f->'estado')%s) c(campo, antes, despues)
     where nullif(c.antes, 'null') is distinct from nullif(c.despues, 'null')
       -- Un anuncio detenido porque se detuvo su campana no es un cambio suyo.
       and (c.campo <> 'estado' or (c.antes #>> '{}' in ('ACTIVE', 'PAUSED', 'ARCHIVED', 'DELETED') and c.despues #>> '{}' in ('ACTIVE', 'PAUSED', 'ARCHIVED', 'DELETED')))
  $q$, v_tabla, case when p_nivel = 'anuncios' then '' else $v$, ('presupuesto_diario', to_jsonb(v.presupuesto_diario), to_jsonb((f->>'presupuesto_diario')::numeric(14, 2))), ('presupuesto_total', to_jsonb(v.presupuesto_total), to_jsonb((f->>'presupuesto_total')::numeric(14, 2))), ('fin', to_jsonb(v.fin), to_jsonb((f->>'fin')::timestamptz))$v$ end)
  using s.nombre_nora, s.cuenta_id, p_nivel, v_filas;
  if p_nivel = 'campanas' then
    insert into public.meta_ads_campanas (nombre_nora, cuenta_id, id, nombre, objetivo, estado, presupuesto_diario, presupuesto_total, fin)
    select s.nombre_nora, s.cuenta_id, f->>'id', f->>'nombre', f->>'objetivo', f->>'estado', (f->>'presupuesto_diario')::numeric, (f->>'presupuesto_total')::numeric, (f->>'fin')::timestamptz from jsonb_array_elements(v_filas) f
    on conflict (cuenta_id, id) do update set nombre = excluded.nombre, objetivo = excluded.objetivo, estado = excluded.estado, presupuesto_diario = excluded.presupuesto_diario, presupuesto_total = excluded.presupuesto_total, fin = excluded.fin, traido = clock_timestamp();
  elsif p_nivel = 'conjuntos' then
    insert into public.meta_ads_conjuntos (nombre_nora, cuenta_id, id, campana_id, nombre, estado, presupuesto_diario, presupuesto_total, fin)
    select s.nombre_nora, s.cuenta_id, f->>'id', f->>'campana_id', f->>'nombre', f->>'estado', (f->>'presupuesto_diario')::numeric, (f->>'presupuesto_total')::numeric, (f->>'fin')::timestamptz from jsonb_array_elements(v_filas) f
    on conflict (cuenta_id, id) do update set campana_id = excluded.campana_id, nombre = excluded.nombre, estado = excluded.estado, presupuesto_diario = excluded.presupuesto_diario, presupuesto_total = excluded.presupuesto_total, fin = excluded.fin, traido = clock_timestamp();
  else
    insert into public.meta_ads_anuncios (nombre_nora, cuenta_id, id, conjunto_id, campana_id, nombre, estado, miniatura)
    select s.nombre_nora, s.cuenta_id, f->>'id', f->>'conjunto_id', f->>'campana_id', f->>'nombre', f->>'estado', f->>'miniatura' from jsonb_array_elements(v_filas) f
    on conflict (cuenta_id, id) do update set conjunto_id = excluded.conjunto_id, campana_id = excluded.campana_id, nombre = excluded.nombre, estado = excluded.estado, miniatura = excluded.miniatura, traido = clock_timestamp();
  end if;
end $$;

-- El listado se leyo completo: lo que no vino ya no esta en Meta.
create function public.ads_cerrar_estructura(p_folio uuid, p_nivel text) returns integer language plpgsql set search_path = '' as $$
declare s public.meta_ads_sincronizaciones := interno.ads_vuelta(p_folio); v_n integer;
begin
  execute format($q$
    with ido as (update public.%I v set estado = 'DELETED' where v.nombre_nora = $1 and v.cuenta_id = $2 and v.traido < $3 and v.estado is distinct from 'DELETED' and v.estado is distinct from 'ARCHIVED'
       and not exists (select from public.meta_ads_logs_cambios l where l.nombre_nora = $1 and l.cuenta_id = $2 and l.objeto_id = v.id and l.origen = 'panel' and l.cuando > $3) returning v.id, v.nombre)
    insert into public.meta_ads_logs_cambios (nombre_nora, cuenta_id, origen, nivel, objeto_id, objeto, campo, antes, despues, resultado) select $1, $2, 'fuera', $4, ido.id, ido.nombre, 'estado', null, '"DELETED"', 'visto' from ido
  $q$, case p_nivel when 'campanas' then 'meta_ads_campanas' when 'conjuntos' then 'meta_ads_conjuntos' when 'anuncios' then 'meta_ads_anuncios' end)
  using s.nombre_nora, s.cuenta_id, s.inicio, p_nivel;
  get diagnostics v_n = row_count;
  return v_n;
end $$;

-- Que dias hay que pedir: los recientes que este ciclo aun no trae (Meta los corrige) y los viejos que nunca se trajeron.
create function public.ads_dias_por_traer(p_folio uuid, p_recientes date, p_desde date, p_hasta date) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(g.dia::date order by g.dia desc), '[]')
    from public.meta_ads_sincronizaciones s cross join generate_series(p_desde, p_hasta, interval '1 day') g(dia)
    left join public.meta_ads_dias d on d.nombre_nora = s.nombre_nora and d.cuenta_id = s.cuenta_id and d.dia = g.dia::date
   where s.id = p_folio and (d.dia is null or (d.dia >= p_recientes and d.traido < s.ciclo))
$$;

-- Esos dias quedan exactamente como Meta los dio, o no cambia ninguno. p_dias: [{dia, gasto}] de la cuenta; el que no viene gasto 0.
create function public.ads_guardar_dias(p_folio uuid, p_desde date, p_hasta date, p_renglones jsonb, p_dias jsonb) returns integer language plpgsql set search_path = '' as $$
declare s public.meta_ads_sincronizaciones := interno.ads_vuelta(p_folio); v_n integer;
begin
  -- Un solo enunciado: lo que sobra se va y lo que llego entra a la vez. Lo borrado o archivado ya no sale en los listados, pero gasto: se apunta con lo que dice su renglon.
  with l as materialized (
    select distinct on (r.dia, r.anuncio, r.plataforma) r.* from jsonb_to_recordset(p_renglones) r(dia date, anuncio text, anuncio_nombre text, conjunto text, conjunto_nombre text, campana text, campana_nombre text, plataforma text, gasto numeric(14, 2), impresiones bigint, clics bigint, conversaciones bigint)
     where r.dia between p_desde and p_hasta order by r.dia, r.anuncio, r.plataforma),
  c as (insert into public.meta_ads_campanas (nombre_nora, cuenta_id, id, nombre, estado) select distinct on (l.campana) s.nombre_nora, s.cuenta_id, l.campana, l.campana_nombre, 'DELETED' from l on conflict (cuenta_id, id) do nothing),
  j as (insert into public.meta_ads_conjuntos (nombre_nora, cuenta_id, id, campana_id, nombre, estado) select distinct on (l.conjunto) s.nombre_nora, s.cuenta_id, l.conjunto, l.campana, l.conjunto_nombre, 'DELETED' from l on conflict (cuenta_id, id) do nothing),
  a as (insert into public.meta_ads_anuncios (nombre_nora, cuenta_id, id, conjunto_id, campana_id, nombre, estado) select distinct on (l.anuncio) s.nombre_nora, s.cuenta_id, l.anuncio, l.conjunto, l.campana, l.anuncio_nombre, 'DELETED' from l on conflict (cuenta_id, id) do nothing),
  d as (delete from public.meta_ads_insights i where i.nombre_nora = s.nombre_nora and i.cuenta_id = s.cuenta_id and i.dia between p_desde and p_hasta
     and (i.dia, i.anuncio_id, i.plataforma) not in (select l.dia, l.anuncio, l.plataforma from l)),
  i as (insert into public.meta_ads_insights as y (nombre_nora, cuenta_id, dia, anuncio_id, plataforma, gasto, impresiones, clics, conversaciones)
    select s.nombre_nora, s.cuenta_id, l.dia, l.anuncio, l.plataforma, l.gasto, l.impresiones, l.clics, l.conversaciones from l
    on conflict (cuenta_id, dia, anuncio_id, plataforma) do update set gasto = excluded.gasto, impresiones = excluded.impresiones, clics = excluded.clics, conversaciones = excluded.conversaciones, traido = clock_timestamp()
     -- Lo que Meta repite igual no se reescribe: son cuatro semanas enteras, seis veces al dia.
     where (y.gasto, y.impresiones, y.clics, y.conversaciones) is distinct from (excluded.gasto, excluded.impresiones, excluded.clics, excluded.conversaciones) returning 1)
  select count(*) into v_n from l;
  -- Pero traido si quedo: la pagina dice cuando se pregunto por ultima vez.
  update public.meta_ads_resumen_dias r set traido = clock_timestamp() where r.nombre_nora = s.nombre_nora and r.cuenta_id = s.cuenta_id and r.dia between p_desde and p_hasta;
  insert into public.meta_ads_dias (nombre_nora, cuenta_id, dia, gasto, gasto_primero)
  select s.nombre_nora, s.cuenta_id, g.dia::date, coalesce(t.gasto, 0), coalesce(t.gasto, 0) from generate_series(p_desde, p_hasta, interval '1 day') g(dia) left join lateral (select max((e->>'gasto')::numeric) gasto from jsonb_array_elements(p_dias) e where (e->>'dia')::date = g.dia::date) t on true
  on conflict (cuenta_id, dia) do update set gasto = excluded.gasto, traido = clock_timestamp();
  update public.meta_ads_sincronizaciones set renglones = renglones + v_n where id = p_folio;
  return v_n;
end $$;

create function public.ads_guardar_alcances(p_folio uuid, p_ventanas jsonb) returns void language plpgsql set search_path = '' as $$
declare s public.meta_ads_sincronizaciones := interno.ads_vuelta(p_folio);
begin
  insert into public.meta_ads_alcances (nombre_nora, cuenta_id, desde, hasta, alcance) select distinct on (e->>'desde', e->>'hasta') s.nombre_nora, s.cuenta_id, (e->>'desde')::date, (e->>'hasta')::date, (e->>'alcance')::bigint from jsonb_array_elements(p_ventanas) e
  on conflict (cuenta_id, desde, hasta) do update set alcance = excluded.alcance, traido = clock_timestamp();
end $$;

-- p: {estado, clase?, motivo?, reanudar_en?, conexion?}
create function public.ads_terminar_vuelta(p_folio uuid, p jsonb) returns void language plpgsql set search_path = '' as $$
declare s public.meta_ads_sincronizaciones := interno.ads_vuelta(p_folio);
begin
  update public.meta_ads_sincronizaciones set estado = p->>'estado', fin = clock_timestamp(), avance = case when p->>'estado' = 'hecha' then 100 else avance end, clase = p->>'clase', motivo = left(p->>'motivo', 500), reanudar_en = (p->>'reanudar_en')::timestamptz where id = p_folio;
  update public.meta_ads_cuentas m set ultima_sincronizacion = case when p->>'estado' = 'hecha' then clock_timestamp() else m.ultima_sincronizacion end,
         estado_conexion = case when p->>'conexion' is not null then p->>'conexion' when p->>'estado' = 'hecha' then interno.ads_conexion(m.token_expira) else m.estado_conexion end
   where m.nombre_nora = s.nombre_nora and m.id = s.cuenta_id and m.activo;
end $$;

create function interno.ads_conexion(p_expira timestamptz) returns text language sql stable set search_path = '' as $$
  select case when p_expira <= clock_timestamp() then 'vencida' when p_expira <= clock_timestamp() + interval '7 days' then 'por_vencer' else 'conectada' end
$$;

-- Permisos: los que hay que revisar de noche, por llave.
create function public.ads_tokens(p_despues uuid, p_n integer) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'nombre_nora', m.nombre_nora, 'token', m.access_token, 'agencia', m.con_agencia, 'nombre', coalesce(m.nombre, m.ad_account_id), 'expira', m.token_expira, 'estado', m.estado_conexion) order by m.id), '[]')
    from (select * from public.meta_ads_cuentas x where x.activo and not x.demo and (x.access_token is not null or x.con_agencia) and (p_despues is null or x.id > p_despues) order by x.id limit least(p_n, 500)) m
$$;

-- p: {token?, viejo?, expira, valido, sin_permiso}. Sin pisar un permiso que alguien cambio mientras se revisaba. Devuelve el estado que quedo y el de antes.
create function public.ads_guardar_token(p_nora text, p_cuenta uuid, p jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare m public.meta_ads_cuentas; v_estado text;
begin
  select * into m from public.meta_ads_cuentas x where x.nombre_nora = p_nora and x.id = p_cuenta and x.activo for no key update;
  if not found or m.access_token is distinct from p->>'viejo' then return null; end if;
  v_estado := case when not (p->>'valido')::boolean then 'vencida' when (p->>'sin_permiso')::boolean then 'sin_permiso' else interno.ads_conexion((p->>'expira')::timestamptz) end;
  update public.meta_ads_cuentas x set access_token = coalesce(p->>'token', x.access_token), token_expira = (p->>'expira')::timestamptz, estado_conexion = v_estado where x.id = m.id
     and (x.token_expira, x.estado_conexion) is distinct from ((p->>'expira')::timestamptz, v_estado) or x.id = m.id and p->>'token' is not null;
  return jsonb_build_object('antes', m.estado_conexion, 'ahora', v_estado);
end $$;

-- Para escribir en Meta a nombre de una nora: su permiso y su moneda.
create function public.ads_credencial(p_nora text, p_cuenta uuid) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('token', m.access_token, 'agencia', m.con_agencia, 'moneda', m.moneda, 'zona', m.zona_horaria, 'act', m.ad_account_id) from public.meta_ads_cuentas m where m.nombre_nora = p_nora and m.id = p_cuenta and m.activo
$$;

do $$ declare f text; begin
  foreach f in array array['ads_cuentas_por_sincronizar(uuid, integer, numeric)', 'ads_tomar_cuenta(text, uuid, text, integer)', 'ads_avanzar(uuid, text, integer, integer)', 'ads_guardar_cuenta(uuid, jsonb)', 'ads_guardar_estructura(uuid, text, jsonb, timestamptz)', 'ads_cerrar_estructura(uuid, text)',
    'ads_dias_por_traer(uuid, date, date, date)', 'ads_guardar_dias(uuid, date, date, jsonb, jsonb)', 'ads_guardar_alcances(uuid, jsonb)', 'ads_terminar_vuelta(uuid, jsonb)', 'ads_tokens(uuid, integer)', 'ads_guardar_token(text, uuid, jsonb)', 'ads_credencial(text, uuid)'] loop
    execute format('revoke all on function public.%s from public', f);
    execute format('grant execute on function public.%s to service_role', f);
  end loop;
end $$;
grant execute on function interno.ads_vuelta(uuid), interno.ads_conexion(timestamptz) to service_role;
