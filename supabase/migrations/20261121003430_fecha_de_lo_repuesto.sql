-- Lo que la conciliacion repone lleva la fecha en que se dijo: con la de ahora se abria una ventana de 24 horas que WhatsApp ya no da, y el hilo quedaba en desorden.

-- Lo que se repone puede venir ya contestado por alguien que no esta en el libro: otro programa con el mismo numero, o esta misma nora antes de
-- restaurar un respaldo. Y lo que la persona pide sobre sus mensajes (BAJA, ALTA) se atiende siempre, aunque alguien le haya escrito despues.

-- Guarda un grupo de mensajes entrantes en conjunto. p: [{sid,to,telefono,bsuid,cuerpo,perfil,adjuntos:[{url,tipo}],referido,respuesta_a,crudo,fecha?,atendido?}]
-- fecha: solo lo que se repone tarde trae la suya; lo demas se dijo ahora. Nunca es del futuro ni regresa en el tiempo lo que el contacto ya tiene.
-- atendido: solo con fecha, y solo si quien repone lo sabe; si no, lo dice el libro.
-- Devuelve [{i,r:'nuevo'|'repetido'|'ocupado'|'sin_nora',id,c,nora}].
-- Solo bucles por indice: el plan se guarda la primera vez, y con la base recien nacida saldria recorrer tablas que luego crecen.
create or replace function public.recibir_lote(p jsonb, p_espera_ms integer, p_espera_candado boolean) returns jsonb
language plpgsql set search_path = '' set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  v_n int[]; v_nora text[]; v_tel text[]; v_clave text[]; v_bs text[]; v_to text[]; v_sid text[]; v_cuerpo text[]; v_perfil text[]; v_llave text[];
  v_adj jsonb[]; v_ref jsonb[]; v_resp text[]; v_crudo jsonb[]; v_fecha timestamptz[]; v_c uuid[]; v_distinto boolean; k_id uuid[]; h_n int[]; h_id uuid[]; res jsonb;
begin
  select array_agg(o), array_agg(b.nombre_nora), array_agg(x->>'telefono'), array_agg(public.clave_de(x->>'telefono')), array_agg(x->>'bsuid'), array_agg(x->>'to'),
         array_agg(x->>'sid'), array_agg(coalesce(x->>'cuerpo', '')), array_agg(nullif(left(x->>'perfil', 200), '')), array_agg(b.nombre_nora || ' ' || (x->>'sid')),
         array_agg(case when jsonb_typeof(x->'adjuntos') = 'array' then x->'adjuntos' end), array_agg(nullif(x->'referido', 'null')), array_agg(x->>'respuesta_a'), array_agg(nullif(x->'crudo', 'null')),
         -- Twilio da la fecha en segundos: el lugar en el grupo desempata.
         array_agg(case when x->>'fecha' is not null then least((x->>'fecha')::timestamptz + o * interval '1 microsecond', clock_timestamp()) end)
    into v_n, v_nora, v_tel, v_clave, v_bs, v_to, v_sid, v_cuerpo, v_perfil, v_llave, v_adj, v_ref, v_resp, v_crudo, v_fecha
    from jsonb_array_elements(p) with ordinality e(x, o)
    left join lateral (select c.nombre_nora from public.configuracion_bot c where c.numero_nora = x->>'to') b on true;

  if array_position(v_nora, null) is not null then
    insert into public.mensajes_sin_nora (sid, motivo, crudo)
    select s, 'numero_desconocido', p->(n - 1) from unnest(v_nora, v_sid, v_n) u(nora, s, n) where nora is null order by s
    on conflict (sid) do nothing;
  end if;

  -- A quien pertenece cada mensaje: el telefono manda; luego la ficha a la que se unio el suyo; el id de WhatsApp vale cuando no hay
  -- telefono o no se conocia. Dos vueltas: en la primera casi siempre estan todos y no hay nada que crear.
  for vuelta in 1..2 loop
    select array_agg(coalesce(a.id, d.id, b.id) order by u.n),
           bool_or((k.nombre is null and u.perfil is not null) or u.tel is distinct from coalesce(k.telefono, u.tel) or (k.telefono is null and u.tel is not null) or (k.id_whatsapp is null and u.bs is not null))
      into v_c, v_distinto
      from unnest(v_n, v_nora, v_tel, v_clave, v_bs, v_perfil) u(n, nora, tel, clave, bs, perfil)
      left join lateral (select k.id from public.contactos k where k.nombre_nora = u.nora and k.clave_telefono = u.clave) a on true
      left join lateral (select k.id from public.contactos k where k.nombre_nora = u.nora and k.id_whatsapp = u.bs) b on true
      left join lateral (select t.contacto_id id from public.telefonos_contacto t where t.nombre_nora = u.nora and t.clave = coalesce(u.clave, u.bs)) d on true
      left join public.contactos k on k.id = coalesce(a.id, d.id, b.id);
    exit when vuelta = 2 or array_position(v_c, null) is null;
    -- Contactos nuevos, en orden de clave; sin objetivo en el conflicto porque hay dos llaves unicas.
    insert into public.contactos (nombre_nora, telefono, id_whatsapp, nombre, ultimo_mensaje)
    select distinct on (u.nora, coalesce(u.clave, u.bs)) u.nora, u.tel, u.bs, u.perfil, coalesce(u.fecha, clock_timestamp())
      from unnest(v_n, v_nora, v_tel, v_clave, v_bs, v_perfil, v_c, v_fecha) u(n, nora, tel, clave, bs, perfil, c, fecha)
     where u.nora is not null and u.c is null
     order by u.nora, coalesce(u.clave, u.bs), u.n
    on conflict do nothing;
  end loop;

  if p_espera_candado then
    perform set_config('lock_timeout', '2000', true);
    select array_agg(k.id) into k_id
      from (select distinct u.nora, coalesce(u.clave, u.bs) clave, u.c from unnest(v_nora, v_clave, v_bs, v_c) u(nora, clave, bs, c) where u.c is not null order by 1, 2) d
      cross join lateral (select k.id from public.contactos k where k.id = d.c for no key update) k;
  else
    select array_agg(k.id) into k_id
      from (select distinct u.nora, coalesce(u.clave, u.bs) clave, u.c from unnest(v_nora, v_clave, v_bs, v_c) u(nora, clave, bs, c) where u.c is not null order by 1, 2) d
      cross join lateral (select k.id from public.contactos k where k.id = d.c for no key update skip locked) k;
  end if;

  -- Cada fila guardada recuerda su lugar en el grupo (n) y lo demas se lee de los arreglos: unir de nuevo por sid, sin mas
  -- plan que el bucle, costaba el cuadrado del grupo tres veces.
  with m as materialized (
    select distinct on (u.nora, u.sid) u.*,
           -- Epoca 0: ya lo atendio una persona, que escribio despues. Se guarda y se cuenta como no leido, y Nora no lo contesta como si fuera nuevo.
           case when u.fecha is not null and coalesce((p->(u.n - 1)->>'atendido')::boolean, exists (
                       select from public.historial_conversaciones t where t.nombre_nora = u.nora and t.contacto_id = u.c and t.fecha_hora > u.fecha
                          and t.autor = 'humano' and t.estado not in ('interno', 'omitido', 'fallido')))
                then 0 else k.epoca + row_number() over (partition by u.c order by u.n) end as epoca
      from unnest(v_n, v_nora, v_tel, v_bs, v_to, v_sid, v_cuerpo, v_adj, v_ref, v_resp, v_crudo, v_c, v_fecha) u(n, nora, tel, bs, destino, sid, cuerpo, adj, ref, resp, crudo, c, fecha)
      join public.contactos k on k.id = u.c
     where u.c = any (k_id)
     order by u.nora, u.sid, u.n),
  h as (
    insert into public.historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, origen, sid, autor, estado, adjuntos, referido, respuesta_a, epoca, crudo, fecha_hora)
    select nora, c, coalesce(tel, bs), cuerpo, 'usuario', destino, sid, 'contacto', 'recibido', adj, ref, resp, epoca, crudo, coalesce(fecha, clock_timestamp()) from m order by n
    on conflict (nombre_nora, sid) do nothing
    returning id, contacto_id, nombre_nora, mensaje, fecha_hora, epoca, array_position(v_llave, nombre_nora || ' ' || sid) as n),
  j as (
    insert into public.adjuntos (nombre_nora, historial_id, orden, tipo, origen_url)
    select h.nombre_nora, h.id, x.o - 1, left(coalesce(x.e->>'tipo', 'application/octet-stream'), 200), left(x.e->>'url', 2000)
      from h cross join lateral jsonb_array_elements(v_adj[h.n]) with ordinality x(e, o)),
  porc as (
    select h.contacto_id, h.nombre_nora, count(*)::int cuantos, max(h.fecha_hora) f, max(h.epoca) epoca,
           (array_agg(public.resumen_de(h.mensaje, v_adj[h.n]->0->>'tipo') order by h.fecha_hora desc, h.epoca desc))[1] ult
      from h group by 1, 2),
  u as (
    -- Lo ya atendido tambien sube la epoca: reabre lo resuelto y lo que se este pensando se piensa otra vez sabiendolo; pero no deja nada por contestar.
    update public.contactos k set epoca = case when porc.epoca > 0 then porc.epoca else k.epoca + 1 end,
           epoca_resuelta = case when porc.epoca > 0 or k.epoca > k.epoca_resuelta then k.epoca_resuelta else k.epoca + 1 end,
           no_leidos = k.no_leidos + porc.cuantos, ultimo_mensaje = greatest(k.ultimo_mensaje, porc.f), ventana_hasta = greatest(k.ventana_hasta, porc.f + interval '24 hours'),
           mensaje_reciente = case when porc.f >= k.ultimo_mensaje or k.mensaje_reciente is null then porc.ult else k.mensaje_reciente end,
           reciente_autor = case when porc.f >= k.ultimo_mensaje or k.mensaje_reciente is null then 'contacto' else k.reciente_autor end
      from porc where k.id = porc.contacto_id),
  a as (
    insert into public.atenciones (contacto_id, carril, nombre_nora, vence)
    select porc.contacto_id, 'respuesta', porc.nombre_nora, clock_timestamp() + make_interval(secs => p_espera_ms / 1000.0) from porc where porc.epoca > 0 order by porc.contacto_id
    on conflict (contacto_id, carril) do update set vuelta = public.atenciones.vuelta + 1,
      vence = case when public.atenciones.intentos > 0 then greatest(public.atenciones.vence, excluded.vence)
                   else greatest(public.atenciones.vence, least(excluded.vence, public.atenciones.desde + interval '10 seconds')) end)
  select array_agg(h.n), array_agg(h.id) into h_n, h_id from h;

  -- Lo que el mensaje ensena de la persona (nombre de perfil, numero vigente, id de WhatsApp) casi nunca es nuevo: aparte, para que
  -- lo de siempre no recalcule llaves ni busqueda.
  if v_distinto then
    update public.contactos k set nombre = coalesce(k.nombre, z.perfil), telefono = coalesce(z.tel, k.telefono),
           id_whatsapp = coalesce(k.id_whatsapp, case when not exists (select from public.contactos o where o.nombre_nora = k.nombre_nora and o.id_whatsapp = z.bs) then z.bs end)
      from (select u.c, (array_agg(u.tel order by u.n desc) filter (where u.tel is not null))[1] tel, (array_agg(u.bs order by u.n desc) filter (where u.bs is not null))[1] bs,
                   (array_agg(u.perfil order by u.n desc) filter (where u.perfil is not null))[1] perfil
              from unnest(v_n, v_tel, v_bs, v_perfil, v_c) u(n, tel, bs, perfil, c) where u.n = any (h_n) group by u.c) z
     where k.id = z.c
       and ((k.nombre is null and z.perfil is not null) or k.telefono is distinct from coalesce(z.tel, k.telefono) or (k.id_whatsapp is null and z.bs is not null));
  end if;

  select jsonb_agg(jsonb_build_object('i', u.n - 1, 'r', case when u.nora is null then 'sin_nora' when u.c is null or not (u.c = any (coalesce(k_id, '{}'))) then 'ocupado' when u.n = any (h_n) then 'nuevo' else 'repetido' end,
                                      'id', h_id[array_position(h_n, u.n)], 'c', u.c, 'nora', u.nora))
    into res
    from unnest(v_n, v_nora, v_c) u(n, nora, c);
  return res;
end $$;

-- Repone lo perdido de una persona en una sola transaccion (se contesta una vez) y lo suma a las horas y dias que ya se habian contado.
create function public.reponer_mensajes(p jsonb, p_espera_ms integer) returns jsonb language plpgsql set search_path = '' as $$
declare r jsonb := public.recibir_mensajes(p, p_espera_ms, true);
begin
  insert into public.resumen_hora as t (nombre_nora, hora, recibidos, ia, automaticas, humanos, envios)
  select h.nombre_nora, date_trunc('hour', h.fecha_hora), count(*), 0, 0, 0, 0
    from jsonb_array_elements(r) e(x) join public.historial_conversaciones h on h.id = (e.x->>'id')::uuid join public.resumen_hora_hasta u on u.nombre_nora = h.nombre_nora and date_trunc('hour', h.fecha_hora) < u.hasta
   group by 1, 2
  on conflict (nombre_nora, hora) do update set recibidos = t.recibidos + excluded.recibidos;
  update public.resumen_dia d set recibidos = d.recibidos + z.n
    from (select h.nombre_nora, (h.fecha_hora at time zone b.zona_horaria)::date dia, count(*) n
            from jsonb_array_elements(r) e(x) join public.historial_conversaciones h on h.id = (e.x->>'id')::uuid join public.configuracion_bot b on b.nombre_nora = h.nombre_nora group by 1, 2) z
   where d.nombre_nora = z.nombre_nora and d.dia = z.dia;
  return r;
end $$;
revoke execute on function public.reponer_mensajes(jsonb, integer) from public, anon, authenticated;
grant execute on function public.reponer_mensajes(jsonb, integer) to service_role;

-- Hasta donde esta repuesto lo de cada cuenta de Twilio: una que no contesta no hace releer las demas.
create table public.conciliaciones (
  cuenta text primary key check (length(cuenta) <= 64),
  al_dia timestamptz not null
);
comment on table public.conciliaciones is 'cuenta: Account SID; al_dia: todo lo anterior ya se comparo con el libro';
alter table public.conciliaciones enable row level security;
revoke all on public.conciliaciones from anon, authenticated;
grant select, insert, update, delete on public.conciliaciones to service_role;

-- La que aun no tiene renglon sigue desde la ultima vuelta en la que contestaron todas.
create function public.conciliada_hasta(p_cuenta text) returns timestamptz language sql stable set search_path = '' as $$
  select coalesce((select c.al_dia from public.conciliaciones c where c.cuenta = p_cuenta), (select t.ultimo from public.tareas_programadas t where t.nombre = 'conciliacion_al_dia'))
$$;
create function public.marcar_conciliada(p_cuenta text, p_al_dia timestamptz) returns void language sql set search_path = '' as $$
  insert into public.conciliaciones as c (cuenta, al_dia) values (p_cuenta, p_al_dia) on conflict (cuenta) do update set al_dia = greatest(c.al_dia, excluded.al_dia)
$$;
revoke execute on function public.conciliada_hasta(text), public.marcar_conciliada(text, timestamptz) from public, anon, authenticated;
grant execute on function public.conciliada_hasta(text), public.marcar_conciliada(text, timestamptz) to service_role;
