-- Cada cifra del tablero lleva a una lista que suma lo mismo: las de antes se cortaban en cien renglones y los fallidos de 24 horas llevaban a los de 30 dias.

drop function public.admin_esperando(text, integer);
drop function public.admin_fallidos(text, integer);

-- Quien espera a una persona, lo mas viejo primero. (p_desde, p_id): la ultima vista. Viene una fila de mas si hay otra pagina.
create function public.admin_esperando(p_nora text default null, p_desde timestamptz default null, p_id uuid default null, p_n integer default 50) returns jsonb language sql stable set search_path = '' set plan_cache_mode = force_custom_plan set jit = off as $$
  select jsonb_build_object(
    'total', (select count(*) from public.contactos k where k.espera_humano_desde is not null and (p_nora is null or k.nombre_nora = p_nora)),
    'filas', (select coalesce(jsonb_agg(to_jsonb(z) order by z.desde, z.id), '[]') from (
      select k.id, k.id contacto_id, k.nombre_nora, k.nombre, k.telefono, k.motivo_espera detalle, k.espera_humano_desde desde from public.contactos k
       where k.espera_humano_desde is not null and (p_nora is null or k.nombre_nora = p_nora) and (p_desde is null or (k.espera_humano_desde, k.id) > (p_desde, p_id))
       order by k.espera_humano_desde, k.id limit least(p_n, 500) + 1) z))
$$;

-- Los envios que fallaron, el mas nuevo primero. p_periodo: '24' = las ultimas 24 horas; '30' = hoy y los 29 dias anteriores de cada nora, como en el tablero.
create function public.admin_fallidos(p_nora text default null, p_periodo text default '30', p_desde timestamptz default null, p_id uuid default null, p_n integer default 50) returns jsonb language sql stable set search_path = '' set plan_cache_mode = force_custom_plan set jit = off as $$
  with f as materialized (
    select h.id, h.contacto_id, h.nombre_nora, h.estado, h.error_detalle, h.error_codigo, h.fecha_hora
      from public.configuracion_bot b cross join lateral (
        select x.id, x.contacto_id, x.nombre_nora, x.estado, x.error_detalle, x.error_codigo, x.fecha_hora from public.historial_conversaciones x
         where x.nombre_nora = b.nombre_nora and x.estado in ('fallido', 'incierto')
           and x.fecha_hora >= case p_periodo when '24' then now() - interval '24 hours' else ((clock_timestamp() at time zone b.zona_horaria)::date - 29)::timestamp at time zone b.zona_horaria end) h
     where p_nora is null or b.nombre_nora = p_nora)
  select jsonb_build_object(
    'total', (select count(*) from f),
    'filas', (select coalesce(jsonb_agg(to_jsonb(z) order by z.desde desc, z.id desc), '[]') from (
      -- Primero la pagina y luego sus personas: unir antes recorria todos los contactos.
      select y.id, y.contacto_id, y.nombre_nora, k.nombre, k.telefono, y.error_detalle detalle, y.estado, y.error_codigo codigo, y.fecha_hora desde
        from (select * from f where p_desde is null or (f.fecha_hora, f.id) < (p_desde, p_id) order by f.fecha_hora desc, f.id desc limit least(p_n, 500) + 1) y
        join public.contactos k on k.nombre_nora = y.nombre_nora and k.id = y.contacto_id) z))
$$;

-- Una cifra del tablero repartida entre las noras, la mayor primero. p_orden: recibidos, salen, ia, fallidos o costo; (p_valor, p_nora): la ultima vista.
create function public.admin_cifras(p_precios jsonb default '{}', p_periodo text default '30', p_orden text default 'recibidos', p_valor numeric default null, p_nora text default null, p_n integer default 50)
returns jsonb language sql stable set search_path = '' set jit = off as $$
  with e as materialized (select * from interno.estado_noras(null, p_precios)),
  z as materialized (
    select e.nombre_nora, e.nombre_visible, x.recibidos, x.ia + x.automaticas + x.humanos + x.envios salen, x.ia, x.ia + x.automaticas + x.humanos respuestas, x.fallidos, x.tokens, x.costo
      from e cross join lateral (
        select e.recibidos_24 recibidos, e.ia_24 ia, e.automaticas_24 automaticas, e.humanos_24 humanos, e.envios_24 envios, e.fallidos_24 fallidos, e.tokens_hoy tokens, e.costo_hoy costo where p_periodo = '24'
        union all
        select e.recibidos_30, e.ia_30, e.automaticas_30, e.humanos_30, e.envios_30, e.fallidos_30, e.tokens_30, e.costo_30 where p_periodo <> '24') x),
  -- Un modelo sin precio conocido gasta tokens y cuesta cero: por costo se listan los que gastaron. Seis decimales van y vienen de JavaScript sin cambiar.
  o as materialized (
    select z.*, case p_orden when 'salen' then z.salen when 'ia' then z.ia when 'fallidos' then z.fallidos when 'costo' then round(z.costo, 6) else z.recibidos end::numeric valor
      from z where case p_orden when 'salen' then z.salen when 'ia' then z.ia when 'fallidos' then z.fallidos when 'costo' then z.tokens else z.recibidos end > 0)
  -- El total es de todas, tambien de las que no suman a esta cifra: la parte de la IA se saca de lo que contestaron todas.
  select jsonb_build_object('cuantas', (select count(*) from o),
    'total', jsonb_build_object('recibidos', coalesce(sum(z.recibidos), 0), 'salen', coalesce(sum(z.salen), 0), 'ia', coalesce(sum(z.ia), 0), 'respuestas', coalesce(sum(z.respuestas), 0), 'fallidos', coalesce(sum(z.fallidos), 0), 'tokens', coalesce(sum(z.tokens), 0), 'costo', coalesce(sum(z.costo), 0)),
    'filas', (select coalesce(jsonb_agg(to_jsonb(y) order by y.valor desc, y.nombre_nora), '[]') from (
      select * from o p where p_valor is null or p.valor < p_valor or (p.valor = p_valor and p.nombre_nora > p_nora) order by p.valor desc, p.nombre_nora limit least(p_n, 200) + 1) y))
    from z
$$;

-- La ficha de una nora, con su costo a los precios de verdad: sin ellos decia cero.
drop function public.admin_nora(text);
create function public.admin_nora(p_nora text, p_precios jsonb default '{}') returns jsonb language sql stable set search_path = '' as $$
  select to_jsonb(b) - 'credenciales_twilio' || jsonb_build_object('con_credenciales', b.credenciales_twilio is not null,
    'estado', (select to_jsonb(e) from interno.estado_noras(array[b.nombre_nora], p_precios) e),
    'modulos', (select coalesce(jsonb_object_agg(m.modulo, m.activo), '{}') from public.modulos_disponibles m where m.nombre_nora = b.nombre_nora),
    'equipo', interno.equipo_de(b.nombre_nora),
    'bloques', (select count(*) from public.conocimiento_nora c where c.nombre_nora = b.nombre_nora),
    'contactos', (select count(*) from public.contactos c where c.nombre_nora = b.nombre_nora))
    from public.configuracion_bot b where b.nombre_nora = p_nora
$$;

do $$ declare f text; begin
  foreach f in array array['admin_nora(text, jsonb)', 'admin_esperando(text, timestamptz, uuid, integer)', 'admin_fallidos(text, text, timestamptz, uuid, integer)', 'admin_cifras(jsonb, text, text, numeric, text, integer)'] loop
    execute format('revoke execute on function public.%s from public, anon, authenticated', f);
    execute format('grant execute on function public.%s to service_role', f);
  end loop;
end $$;
