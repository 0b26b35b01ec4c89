-- Lo que faltaba para que ninguna cifra engañe: comparar sólo con periodos completos, decir qué deja hacer el permiso y en
-- qué situación tiene Meta la cuenta, y los renglones de una sola campaña.

alter table public.meta_ads_cuentas add column permisos text[], add column pagina text check (length(pagina) <= 200), add column situacion integer;
grant select (permisos, pagina, situacion) on public.meta_ads_cuentas to nora_panel;
comment on column public.meta_ads_cuentas.permisos is 'los que dijo debug_token la ultima vez; null = nunca se le pregunto';
comment on column public.meta_ads_cuentas.situacion is 'account_status de Meta: 1 activa, 2 deshabilitada, 3 con adeudo, 100 y 101 cerrada';

-- Igual que antes, con la situacion de la cuenta en Meta.
create or replace function interno.ads_cuenta(m public.meta_ads_cuentas) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', m.id, 'ad_account_id', m.ad_account_id, 'nombre', coalesce(m.nombre, m.ad_account_id), 'moneda', m.moneda, 'zona', m.zona_horaria, 'estado_conexion', m.estado_conexion,
    'token_expira', m.token_expira, 'ultima_sincronizacion', m.ultima_sincronizacion, 'activo', m.activo, 'demo', interno.ads_es_demo(m), 'situacion', m.situacion)
$$;

-- Igual que antes; ademas guarda que deja hacer el permiso y la pagina elegida, si el permiso la ve, y uno que ya esta por vencer nace dicho.
create or replace function public.ads_conectar(p_id uuid, p_cuentas text[], p_pagina text, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); x public.meta_ads_conexiones; c record; v_pagina text; v_ids uuid[] := '{}'; v_id uuid;
begin
  delete from public.meta_ads_conexiones z where z.nombre_nora = v_nora and z.id = p_id and z.usuario_id = p_usuario and z.created_at > clock_timestamp() - interval '1 hour' returning * into x;
  if not found then return jsonb_build_object('r', 'caduca'); end if;
  select left(e->>'nombre', 200) into v_pagina from jsonb_array_elements(x.paginas) e where e->>'id' = p_pagina;
  for c in select e->>'id' act, e->>'nombre' nombre, e->>'moneda' moneda, e->>'zona' zona, (e->>'situacion')::integer situacion from jsonb_array_elements(x.cuentas) e where e->>'id' = any (p_cuentas) loop
    -- Con renglones guardados en otra moneda, las sumas mezclarian pesos con dolares.
    if exists (select from public.meta_ads_cuentas m join public.meta_ads_insights i on i.cuenta_id = m.id where m.nombre_nora = v_nora and m.ad_account_id = c.act and m.moneda <> c.moneda) then
      raise exception using errcode = 'P0001', message = 'otra_moneda', detail = c.nombre;
    end if;
    insert into public.meta_ads_cuentas (nombre_nora, ad_account_id, access_token, con_agencia, token_expira, page_id, pagina, permisos, situacion, nombre, moneda, zona_horaria, estado_conexion)
    values (v_nora, c.act, x.access_token, x.access_token is null, x.token_expira, case when v_pagina is not null then p_pagina end, v_pagina, x.permisos, c.situacion, left(c.nombre, 200), c.moneda, c.zona, interno.ads_conexion(x.token_expira))
    on conflict (nombre_nora, ad_account_id) do update set access_token = excluded.access_token, con_agencia = excluded.con_agencia, token_expira = excluded.token_expira, page_id = coalesce(excluded.page_id, public.meta_ads_cuentas.page_id), pagina = coalesce(excluded.pagina, public.meta_ads_cuentas.pagina), permisos = excluded.permisos, situacion = excluded.situacion,
      nombre = excluded.nombre, moneda = excluded.moneda, zona_horaria = excluded.zona_horaria, estado_conexion = excluded.estado_conexion, activo = true, demo = false
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

create or replace function public.ads_guardar_cuenta(p_folio uuid, p jsonb) returns void language plpgsql set search_path = '' as $$
declare s public.meta_ads_sincronizaciones := interno.ads_vuelta(p_folio);
begin
  update public.meta_ads_cuentas set nombre = p->>'nombre', moneda = p->>'moneda', zona_horaria = p->>'zona', situacion = (p->>'situacion')::integer where nombre_nora = s.nombre_nora and id = s.cuenta_id and (nombre, moneda, zona_horaria, situacion) is distinct from (p->>'nombre', p->>'moneda', p->>'zona', (p->>'situacion')::integer);
end $$;

create or replace function public.ads_guardar_token(p_nora text, p_cuenta uuid, p jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare m public.meta_ads_cuentas; v_estado text;
begin
  select * into m from public.meta_ads_cuentas x where x.nombre_nora = p_nora and x.id = p_cuenta and x.activo for no key update;
  if not found or m.access_token is distinct from p->>'viejo' then return null; end if;
  v_estado := case when not (p->>'valido')::boolean then 'vencida' when (p->>'sin_permiso')::boolean then 'sin_permiso' else interno.ads_conexion((p->>'expira')::timestamptz) end;
  update public.meta_ads_cuentas x set access_token = coalesce(p->>'token', x.access_token), token_expira = (p->>'expira')::timestamptz, estado_conexion = v_estado where x.id = m.id
     and (x.token_expira, x.estado_conexion) is distinct from ((p->>'expira')::timestamptz, v_estado) or x.id = m.id and p->>'token' is not null;
  -- Sin respuesta de Meta (un token que ya ni se deja revisar) se conserva lo que se sabia.
  update public.meta_ads_cuentas x set permisos = array(select e from jsonb_array_elements_text(p->'permisos') e) where x.id = m.id and jsonb_typeof(p->'permisos') = 'array' and x.permisos is distinct from array(select e from jsonb_array_elements_text(p->'permisos') e);
  return jsonb_build_object('antes', m.estado_conexion, 'ahora', v_estado);
end $$;

create or replace function public.ads_cuentas_estado() returns jsonb language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(interno.ads_cuenta(m) || jsonb_build_object('con_agencia', m.con_agencia, 'conectada_con_permiso', m.access_token is not null or m.con_agencia, 'page_id', m.page_id, 'pagina', m.pagina, 'permisos', to_jsonb(m.permisos),
      'dias', (select count(*) from public.meta_ads_dias d where d.nombre_nora = m.nombre_nora and d.cuenta_id = m.id),
      'desde', (select min(d.dia) from public.meta_ads_dias d where d.nombre_nora = m.nombre_nora and d.cuenta_id = m.id),
      'vueltas', (select coalesce(jsonb_agg(to_jsonb(v) - 'nombre_nora' - 'cuenta_id' order by v.inicio desc), '[]') from (select s.* from public.meta_ads_sincronizaciones s where s.nombre_nora = m.nombre_nora and s.cuenta_id = m.id order by s.inicio desc limit 5) v))
    order by m.activo desc, m.created_at, m.id), '[]') from public.meta_ads_cuentas m where m.nombre_nora = public.nora_actual()
$$;

-- Comparar con un periodo al que le faltan dias es inventar un cambio: se dice cuantos faltan y no se compara ---------------

alter function public.ads_panel(jsonb) set schema interno;
create function public.ads_panel(p jsonb) returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare m public.meta_ads_cuentas; r jsonb := interno.ads_panel(p);
begin
  if r is null then return null; end if;
  select * into m from public.meta_ads_cuentas c where c.nombre_nora = public.nora_actual() and c.id = (p->>'cuenta')::uuid;
  return r || jsonb_build_object('faltan_antes', jsonb_array_length(interno.ads_faltan(m, (p->>'antes_desde')::date, (p->>'antes_hasta')::date, clock_timestamp())));
end $$;

alter function interno.ads_cifras(public.meta_ads_cuentas, date, date, date, date, timestamptz) rename to ads_cifras_crudas;
create function interno.ads_cifras(m public.meta_ads_cuentas, p_desde date, p_hasta date, p_adesde date, p_ahasta date, p_ahora timestamptz) returns jsonb language plpgsql stable set search_path = '' as $$
declare v_faltan jsonb := interno.ads_faltan(m, p_adesde, p_ahasta, p_ahora); c jsonb := interno.ads_cifras_crudas(m, p_desde, p_hasta, p_adesde, p_ahasta, p_ahora);
begin
  return c || jsonb_build_object('faltan_antes', v_faltan) || case when v_faltan = '[]' then '{}'::jsonb else jsonb_build_object('antes', interno.ads_sumas(null, null, null, null)) end;
end $$;

-- Igual que antes; con {nivel, id} o {plataforma}, solo los de esa campana, conjunto, anuncio o lugar.
create or replace function public.ads_renglones(p jsonb) returns jsonb language sql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
  select coalesce(jsonb_agg(interno.ads_sumas(z.gasto, z.impresiones, z.clics, z.conversaciones) || jsonb_build_object('dia', z.dia, 'anuncio_id', z.anuncio_id, 'anuncio', coalesce(n.nombre, ''), 'conjunto', coalesce(s.nombre, ''), 'campana', coalesce(c.nombre, ''), 'plataforma', z.plataforma, 'traido', z.traido)
      order by z.dia, z.anuncio_id, z.plataforma), '[]')
    from (select r.* from interno.ads_renglones r where r.nombre_nora = public.nora_actual() and r.cuenta_id = (p->>'cuenta')::uuid and r.dia between (p->>'desde')::date and (p->>'hasta')::date
             and (jsonb_typeof(p->'despues') is distinct from 'array' or (r.dia, r.anuncio_id, r.plataforma) > ((p->'despues'->>0)::date, p->'despues'->>1, p->'despues'->>2))
             and (p->>'plataforma' is null or r.plataforma = p->>'plataforma')
             and (p->>'id' is null or exists (select from interno.ads_anuncios n where n.nombre_nora = r.nombre_nora and n.cuenta_id = r.cuenta_id and n.id = r.anuncio_id and p->>'id' = case p->>'nivel' when 'campanas' then n.campana_id when 'conjuntos' then n.conjunto_id else n.id end))
           order by r.dia, r.anuncio_id, r.plataforma limit least(coalesce((p->>'n')::integer, 1000), 1000)) z
    left join interno.ads_anuncios n on n.nombre_nora = z.nombre_nora and n.cuenta_id = z.cuenta_id and n.id = z.anuncio_id
    left join interno.ads_conjuntos s on s.nombre_nora = z.nombre_nora and s.cuenta_id = z.cuenta_id and s.id = n.conjunto_id
    left join interno.ads_campanas c on c.nombre_nora = z.nombre_nora and c.cuenta_id = z.cuenta_id and c.id = n.campana_id
$$;

-- Igual que antes, con mas etiquetas: «venta» no siempre es de las cuatro mas puestas.
create or replace function interno.ads_nuestros(m public.meta_ads_cuentas, p_desde date, p_hasta date) returns jsonb language sql stable set search_path = '' as $$
  with l as materialized (
    select distinct h.referido->>'ReferralSourceId' anuncio, h.contacto_id
      from public.historial_conversaciones h
     where h.nombre_nora = m.nombre_nora and h.referido is not null and h.autor = 'contacto'
       and h.fecha_hora >= (p_desde::timestamp at time zone coalesce(m.zona_horaria, 'UTC')) and h.fecha_hora < ((p_hasta + 1)::timestamp at time zone coalesce(m.zona_horaria, 'UTC'))
       and exists (select from interno.ads_anuncios n where n.nombre_nora = m.nombre_nora and n.cuenta_id = m.id and n.id = h.referido->>'ReferralSourceId')),
  -- Una busqueda por persona: juntarlas con toda la lista de contactos cuesta lo que mida la lista.
  y as materialized (select l.anuncio, l.contacto_id, x.etiqueta from l cross join lateral (select k.etiquetas from public.contactos k where k.nombre_nora = m.nombre_nora and k.id = l.contacto_id offset 0) k cross join lateral unnest(k.etiquetas) x(etiqueta)),
  e as materialized (select y.anuncio, y.etiqueta, count(distinct y.contacto_id) n from y group by 1, 2),
  s as materialized (select x.anuncio_id, x.gasto, x.conversaciones from interno.ads_por_anuncio(m.id, p_desde, p_hasta) x),
  t as (select l.anuncio, count(*) n from l group by 1 order by 2 desc limit 20)
  select jsonb_build_object('conversaciones', (select count(distinct l.contacto_id) from l),
    -- Desde que dia se sabe de que anuncio viene cada quien: de antes no hay con que dividir.
    'desde', (select (min(h.fecha_hora) at time zone coalesce(m.zona_horaria, 'UTC'))::date from public.historial_conversaciones h where h.nombre_nora = m.nombre_nora and h.referido is not null),
    'etiquetas', (select coalesce(jsonb_agg(jsonb_build_object('nombre', z.etiqueta, 'n', z.n) order by z.n desc, z.etiqueta), '[]') from (
        select y.etiqueta, count(distinct y.contacto_id) n from y group by 1 order by 2 desc, 1 limit 8) z),
    'anuncios', (select coalesce(jsonb_agg(jsonb_build_object('id', t.anuncio, 'nombre', n.nombre, 'gasto', coalesce(s.gasto, 0), 'meta', coalesce(s.conversaciones, 0), 'conversaciones', t.n, 'contactos', t.n,
        'etiquetas', (select coalesce(jsonb_agg(jsonb_build_object('nombre', e.etiqueta, 'n', e.n) order by e.n desc, e.etiqueta), '[]') from e where e.anuncio = t.anuncio)) order by t.n desc, t.anuncio), '[]')
      from t join interno.ads_anuncios n on n.nombre_nora = m.nombre_nora and n.cuenta_id = m.id and n.id = t.anuncio
      left join s on s.anuncio_id = t.anuncio))
$$;

-- Igual que antes, con quien la recibio: desde la pagina tambien puede dejar de recibir.
create or replace function public.ads_abrir_liga(p_huella text, p_entrega uuid) returns jsonb language plpgsql set search_path = '' as $$
declare r public.meta_ads_reportes; b public.configuracion_bot;
begin
  select * into r from public.meta_ads_reportes x where x.liga_huella = p_huella and x.liga_revocada is null and x.liga_vence > clock_timestamp() and x.estado in ('listo', 'por_aprobar');
  if not found then return null; end if;
  select * into b from public.configuracion_bot y where y.nombre_nora = r.nombre_nora and y.activo;
  if not found then return null; end if;
  if p_entrega is not null then
    update public.meta_ads_entregas set leido_en = clock_timestamp() where id = p_entrega and reporte_id = r.id and leido_en is null;
  end if;
  return jsonb_build_object('id', r.id, 'nombre_nora', r.nombre_nora, 'nora', b.nombre_visible, 'cadencia', r.cadencia, 'serie', r.serie, 'cifras', r.cifras, 'textos', r.textos,
    'receptor', (select e.receptor_id from public.meta_ads_entregas e join public.meta_ads_receptores c on c.nombre_nora = e.nombre_nora and c.id = e.receptor_id and c.baja_en is null where e.nombre_nora = r.nombre_nora and e.id = p_entrega and e.reporte_id = r.id));
end $$;

-- Igual que antes, sin buscar renglon por renglon: con diez mil anuncios «que ya no esta abajo» recorria ocho dias por cada
-- anuncio y el segundo dia de una cuenta asi no se guardaba nunca. Las dos listas se juntan y agrupan de una pasada, sin
-- ningun cruce que un plan sin estadisticas pueda hacer al cuadrado.
create or replace function interno.ads_resumir(p_nora text, p_cuenta uuid, p_dias date[]) returns void language plpgsql security definer set search_path = '' as $$
declare v_dias date[]; v_bloques integer[];
begin
  v_dias := array(select distinct x from unnest(p_dias) x where x is not null);
  if cardinality(v_dias) = 0 then return; end if;
  -- Dos dias comparten bloque: quien llega segundo tiene que ver lo del primero.
  perform pg_advisory_xact_lock(hashtextextended('nora:ads_resumir:' || p_cuenta, 0));

  delete from public.meta_ads_resumen_dias r where r.cuenta_id = p_cuenta and r.dia = any (v_dias)
     and not exists (select from public.meta_ads_insights i where i.nombre_nora = p_nora and i.cuenta_id = p_cuenta and i.dia = r.dia and i.plataforma = r.plataforma);
  insert into public.meta_ads_resumen_dias as r (nombre_nora, cuenta_id, dia, plataforma, gasto, impresiones, clics, conversaciones, renglones, traido)
  select p_nora, p_cuenta, i.dia, i.plataforma, sum(i.gasto), sum(i.impresiones), sum(i.clics), sum(i.conversaciones), count(*), max(i.traido)
    from public.meta_ads_insights i where i.nombre_nora = p_nora and i.cuenta_id = p_cuenta and i.dia = any (v_dias) group by i.dia, i.plataforma
  on conflict (cuenta_id, dia, plataforma) do update set gasto = excluded.gasto, impresiones = excluded.impresiones, clics = excluded.clics, conversaciones = excluded.conversaciones, renglones = excluded.renglones, traido = excluded.traido
   where (r.gasto, r.impresiones, r.clics, r.conversaciones, r.renglones, r.traido) is distinct from (excluded.gasto, excluded.impresiones, excluded.clics, excluded.conversaciones, excluded.renglones, excluded.traido);

  with suma as materialized (
    select i.dia - date '1970-01-01' b, i.anuncio_id, sum(i.gasto) g, sum(i.impresiones) i, sum(i.clics) c, sum(i.conversaciones) v
      from public.meta_ads_insights i where i.nombre_nora = p_nora and i.cuenta_id = p_cuenta and i.dia = any (v_dias) group by i.dia, i.anuncio_id),
  fuera as (
    delete from public.meta_ads_resumen r where r.ctid = any (array(select max(u.t) from (
        select z.bloque b, z.anuncio_id, z.ctid t, 1 hay from public.meta_ads_resumen z where z.cuenta_id = p_cuenta and z.nivel = 0 and z.bloque = any (array(select d - date '1970-01-01' from unnest(v_dias) d))
        union all select s.b, s.anuncio_id, null, 2 from suma s) u group by u.b, u.anuncio_id having max(u.hay) = 1)) returning r.bloque),
  puestos as (
    insert into public.meta_ads_resumen as r (nombre_nora, cuenta_id, nivel, bloque, anuncio_id, gasto, impresiones, clics, conversaciones)
    select p_nora, p_cuenta, 0, s.b, s.anuncio_id, s.g, s.i, s.c, s.v from suma s
    on conflict (cuenta_id, nivel, bloque, anuncio_id) do update set gasto = excluded.gasto, impresiones = excluded.impresiones, clics = excluded.clics, conversaciones = excluded.conversaciones
     where (r.gasto, r.impresiones, r.clics, r.conversaciones) is distinct from (excluded.gasto, excluded.impresiones, excluded.clics, excluded.conversaciones) returning r.bloque)
  select array(select f.bloque from fuera f union select x.bloque from puestos x) into v_bloques;

  -- Cada nivel se suma del de abajo, ocho bloques hacen uno; si abajo no cambio nada, arriba tampoco.
  for n in 1..2 loop
    exit when cardinality(v_bloques) = 0;
    v_bloques := array(select distinct x >> 3 from unnest(v_bloques) x);
    with suma as materialized (
      select a.bloque >> 3 b, a.anuncio_id, sum(a.gasto) g, sum(a.impresiones) i, sum(a.clics) c, sum(a.conversaciones) v
        from public.meta_ads_resumen a where a.cuenta_id = p_cuenta and a.nivel = n - 1 and a.bloque = any (array(select y from unnest(v_bloques) x, generate_series(x << 3, (x << 3) + 7) y)) group by 1, 2),
    fuera as (
      delete from public.meta_ads_resumen r where r.ctid = any (array(select max(u.t) from (
          select z.bloque b, z.anuncio_id, z.ctid t, 1 hay from public.meta_ads_resumen z where z.cuenta_id = p_cuenta and z.nivel = n and z.bloque = any (v_bloques)
          union all select s.b, s.anuncio_id, null, 2 from suma s) u group by u.b, u.anuncio_id having max(u.hay) = 1)) returning r.bloque),
    puestos as (
      insert into public.meta_ads_resumen as r (nombre_nora, cuenta_id, nivel, bloque, anuncio_id, gasto, impresiones, clics, conversaciones)
      select p_nora, p_cuenta, n, s.b, s.anuncio_id, s.g, s.i, s.c, s.v from suma s
      on conflict (cuenta_id, nivel, bloque, anuncio_id) do update set gasto = excluded.gasto, impresiones = excluded.impresiones, clics = excluded.clics, conversaciones = excluded.conversaciones
       where (r.gasto, r.impresiones, r.clics, r.conversaciones) is distinct from (excluded.gasto, excluded.impresiones, excluded.clics, excluded.conversaciones) returning r.bloque)
    select array(select f.bloque from fuera f union select x.bloque from puestos x) into v_bloques;
  end loop;
end $$;

-- Igual que antes, buscando cada objeto por su llave y nada mas: con la nora en la condicion, sin estadisticas se recorria la cuenta entera por cada uno.
create or replace function public.ads_guardar_estructura(p_folio uuid, p_nivel text, p_filas jsonb, p_leido timestamptz) returns void language plpgsql set search_path = '' as $$
declare s public.meta_ads_sincronizaciones := interno.ads_vuelta(p_folio); v_tabla text := case p_nivel when 'campanas' then 'meta_ads_campanas' when 'conjuntos' then 'meta_ads_conjuntos' when 'anuncios' then 'meta_ads_anuncios' end; v_filas jsonb;
begin
  select coalesce(jsonb_agg(f), '[]') into v_filas from (select distinct on (e->>'id') e f from jsonb_array_elements(p_filas) e) z
   where not exists (select from public.meta_ads_logs_cambios l where l.nombre_nora = s.nombre_nora and l.cuenta_id = s.cuenta_id and l.objeto_id = f->>'id' and l.origen = 'panel' and l.cuando > p_leido);
  execute format($q$
    insert into public.meta_ads_logs_cambios (nombre_nora, cuenta_id, origen, nivel, objeto_id, objeto, campo, antes, despues, resultado)
    select $1, $2, 'fuera', $3, v.id, f->>'nombre', c.campo, c.antes, c.despues, 'visto'
      from jsonb_array_elements($4) f join public.%I v on v.cuenta_id = $2 and v.id = f->>'id'
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

-- Los dias enormes llegan por partes: se apilan aqui y se acomodan de una vez, para que la memoria de quien los trae no crezca
-- con la cuenta. No es dato de nadie: si el proceso muere, la vuelta siguiente empieza su pila.
create unlogged table interno.ads_llegada (
  -- Sin llave a la cuenta: restaurar un respaldo vacia las tablas de public, y nada de fuera debe estorbarle.
  cuenta_id uuid not null,
  dia date not null,
  anuncio text not null,
  anuncio_nombre text,
  conjunto text,
  conjunto_nombre text,
  campana text,
  campana_nombre text,
  plataforma text not null,
  gasto numeric(14, 2),
  impresiones bigint,
  clics bigint,
  conversaciones bigint,
  primary key (cuenta_id, dia, anuncio, plataforma)
);
alter table interno.ads_llegada enable row level security;
revoke all on interno.ads_llegada from public, anon, authenticated;
grant select, insert, delete on interno.ads_llegada to service_role;
create policy servicio on interno.ads_llegada for all to service_role using (true) with check (true);

create function public.ads_apilar(p_folio uuid, p_renglones jsonb, p_nueva boolean) returns void language plpgsql set search_path = '' as $$
declare s public.meta_ads_sincronizaciones := interno.ads_vuelta(p_folio);
begin
  if p_nueva then delete from interno.ads_llegada y where y.cuenta_id = s.cuenta_id or not exists (select from public.meta_ads_cuentas m where m.id = y.cuenta_id); end if;
  insert into interno.ads_llegada (cuenta_id, dia, anuncio, anuncio_nombre, conjunto, conjunto_nombre, campana, campana_nombre, plataforma, gasto, impresiones, clics, conversaciones)
  select s.cuenta_id, r.* from jsonb_to_recordset(p_renglones) r(dia date, anuncio text, anuncio_nombre text, conjunto text, conjunto_nombre text, campana text, campana_nombre text, plataforma text, gasto numeric(14, 2), impresiones bigint, clics bigint, conversaciones bigint)
  on conflict do nothing;
end $$;

-- Igual que antes, con lo apilado. Esos dias quedan exactamente como Meta los dio, o no cambia ninguno.
drop function public.ads_guardar_dias(uuid, date, date, jsonb, jsonb);
create function public.ads_guardar_dias(p_folio uuid, p_desde date, p_hasta date, p_renglones jsonb, p_dias jsonb, p_apilados boolean default false) returns integer language plpgsql set search_path = '' as $$
declare s public.meta_ads_sincronizaciones := interno.ads_vuelta(p_folio); v_n integer;
begin
  -- Un solo enunciado: lo que sobra se va y lo que llego entra a la vez. Lo borrado o archivado ya no sale en los listados, pero gasto: se apunta con lo que dice su renglon.
  with l as materialized (
    select distinct on (r.dia, r.anuncio, r.plataforma) r.* from (
        select x.* from jsonb_to_recordset(p_renglones) x(dia date, anuncio text, anuncio_nombre text, conjunto text, conjunto_nombre text, campana text, campana_nombre text, plataforma text, gasto numeric(14, 2), impresiones bigint, clics bigint, conversaciones bigint)
        union all select y.dia, y.anuncio, y.anuncio_nombre, y.conjunto, y.conjunto_nombre, y.campana, y.campana_nombre, y.plataforma, y.gasto, y.impresiones, y.clics, y.conversaciones from interno.ads_llegada y where p_apilados and y.cuenta_id = s.cuenta_id) r
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
  if p_apilados then delete from interno.ads_llegada y where y.cuenta_id = s.cuenta_id; end if;
  update public.meta_ads_sincronizaciones set renglones = renglones + v_n where id = p_folio;
  return v_n;
end $$;
revoke all on function public.ads_apilar(uuid, jsonb, boolean), public.ads_guardar_dias(uuid, date, date, jsonb, jsonb, boolean) from public, anon, authenticated;
grant execute on function public.ads_apilar(uuid, jsonb, boolean), public.ads_guardar_dias(uuid, date, date, jsonb, jsonb, boolean) to service_role;

-- Estadisticas para el planeador cuando una cuenta grande acaba de entrar: hasta que autovacuum pasara, su pagina de diez mil
-- anuncios tardaba un minuto y el reporte se cortaba. Solo si lo que se sabe de la tabla se quedo corto, y una a la vez.
create function public.ads_estadisticas(p_cuenta uuid) returns integer language plpgsql security definer set search_path = '' as $$
declare t record; v_anuncios bigint; v_renglones bigint; v_n integer := 0;
begin
  select count(*) into v_anuncios from public.meta_ads_anuncios x where x.cuenta_id = p_cuenta;
  select coalesce(sum(x.renglones), 0) into v_renglones from public.meta_ads_resumen_dias x where x.cuenta_id = p_cuenta;
  if greatest(v_anuncios, v_renglones) < 1000 or not pg_try_advisory_xact_lock(hashtextextended('nora:ads_estadisticas', 0)) then return 0; end if;
  for t in select c.oid::regclass tabla from pg_catalog.pg_class c join (values ('meta_ads_campanas', v_anuncios / 100), ('meta_ads_conjuntos', v_anuncios / 100), ('meta_ads_anuncios', v_anuncios), ('meta_ads_insights', v_renglones), ('meta_ads_resumen', v_renglones / 2)) e(nombre, n)
             on c.oid = ('public.' || e.nombre)::regclass where c.reltuples < e.n / 2.0 loop
    execute format('analyze %s', t.tabla);
    v_n := v_n + 1;
  end loop;
  return v_n;
end $$;
revoke all on function public.ads_estadisticas(uuid) from public, anon, authenticated;
grant execute on function public.ads_estadisticas(uuid) to service_role;

revoke all on function public.ads_panel(jsonb), interno.ads_panel(jsonb), interno.ads_cifras(public.meta_ads_cuentas, date, date, date, date, timestamptz) from public, anon, authenticated, nora_panel;
grant execute on function public.ads_panel(jsonb) to nora_panel, service_role;
grant execute on function interno.ads_panel(jsonb), interno.ads_cifras(public.meta_ads_cuentas, date, date, date, date, timestamptz) to service_role;
