-- Recibir y conversar. Orden de candados en todas partes: contactos (nora, clave) -> atenciones (contacto, carril) -> historial.
-- Ninguna funcion de aqui lanza NOTIFY: lo hace quien llama, despues del commit. Todos los relojes son los de la base.

create function public.resumen_de(p_texto text, p_tipo text) returns text language sql immutable parallel safe as $$
  select left(case when btrim(coalesce(p_texto, '')) <> '' then btrim(p_texto)
    when p_tipo like 'image/%' then 'Foto' when p_tipo like 'audio/%' then 'Audio' when p_tipo like 'video/%' then 'Video'
    when p_tipo is not null then 'Documento' else '' end, 200)
$$;

-- Guarda un grupo de mensajes entrantes en conjunto. p: [{sid,to,telefono,bsuid,cuerpo,perfil,adjuntos:[{url,tipo}],referido,respuesta_a,crudo}]
-- Devuelve [{i,r:'nuevo'|'repetido'|'ocupado'|'sin_nora',id,c,nora}].
-- Solo bucles por indice: el plan se guarda la primera vez, y con la base recien nacida saldria recorrer tablas que luego crecen.
create function public.recibir_lote(p jsonb, p_espera_ms integer, p_espera_candado boolean) returns jsonb
language plpgsql set search_path = '' set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  v_n int[]; v_nora text[]; v_tel text[]; v_clave text[]; v_bs text[]; v_to text[]; v_sid text[]; v_cuerpo text[]; v_perfil text[]; v_llave text[];
  v_adj jsonb[]; v_ref jsonb[]; v_resp text[]; v_crudo jsonb[]; v_c uuid[]; v_distinto boolean; k_id uuid[]; h_n int[]; h_id uuid[]; res jsonb;
begin
  select array_agg(o), array_agg(b.nombre_nora), array_agg(x->>'telefono'), array_agg(public.clave_de(x->>'telefono')), array_agg(x->>'bsuid'), array_agg(x->>'to'),
         array_agg(x->>'sid'), array_agg(coalesce(x->>'cuerpo', '')), array_agg(nullif(left(x->>'perfil', 200), '')), array_agg(b.nombre_nora || ' ' || (x->>'sid')),
         array_agg(case when jsonb_typeof(x->'adjuntos') = 'array' then x->'adjuntos' end), array_agg(nullif(x->'referido', 'null')), array_agg(x->>'respuesta_a'), array_agg(nullif(x->'crudo', 'null'))
    into v_n, v_nora, v_tel, v_clave, v_bs, v_to, v_sid, v_cuerpo, v_perfil, v_llave, v_adj, v_ref, v_resp, v_crudo
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
    insert into public.contactos (nombre_nora, telefono, id_whatsapp, nombre)
    select distinct on (u.nora, coalesce(u.clave, u.bs)) u.nora, u.tel, u.bs, u.perfil
      from unnest(v_n, v_nora, v_tel, v_clave, v_bs, v_perfil, v_c) u(n, nora, tel, clave, bs, perfil, c)
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
    select distinct on (u.nora, u.sid) u.*, k.epoca, row_number() over (partition by u.c order by u.n) as turno
      from unnest(v_n, v_nora, v_tel, v_bs, v_to, v_sid, v_cuerpo, v_adj, v_ref, v_resp, v_crudo, v_c) u(n, nora, tel, bs, destino, sid, cuerpo, adj, ref, resp, crudo, c)
      join public.contactos k on k.id = u.c
     where u.c = any (k_id)
     order by u.nora, u.sid, u.n),
  h as (
    insert into public.historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, origen, sid, autor, estado, adjuntos, referido, respuesta_a, epoca, crudo)
    select nora, c, coalesce(tel, bs), cuerpo, 'usuario', destino, sid, 'contacto', 'recibido', adj, ref, resp, epoca + turno, crudo from m order by n
    on conflict (nombre_nora, sid) do nothing
    returning id, contacto_id, nombre_nora, mensaje, fecha_hora, epoca, array_position(v_llave, nombre_nora || ' ' || sid) as n),
  j as (
    insert into public.adjuntos (nombre_nora, historial_id, orden, tipo, origen_url)
    select h.nombre_nora, h.id, x.o - 1, left(coalesce(x.e->>'tipo', 'application/octet-stream'), 200), left(x.e->>'url', 2000)
      from h cross join lateral jsonb_array_elements(v_adj[h.n]) with ordinality x(e, o)),
  porc as (
    select h.contacto_id, h.nombre_nora, count(*)::int cuantos, max(h.fecha_hora) f, max(h.epoca) epoca,
           (array_agg(public.resumen_de(h.mensaje, v_adj[h.n]->0->>'tipo') order by h.epoca desc))[1] ult
      from h group by 1, 2),
  u as (
    update public.contactos k set epoca = porc.epoca, no_leidos = k.no_leidos + porc.cuantos, ultimo_mensaje = porc.f, mensaje_reciente = porc.ult, reciente_autor = 'contacto',
           ventana_hasta = porc.f + interval '24 hours'
      from porc where k.id = porc.contacto_id),
  a as (
    insert into public.atenciones (contacto_id, carril, nombre_nora, vence)
    select porc.contacto_id, 'respuesta', porc.nombre_nora, clock_timestamp() + make_interval(secs => p_espera_ms / 1000.0) from porc order by porc.contacto_id
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

create function public.recibir_por_fila(p jsonb, p_espera_ms integer, p_espera_candado boolean) returns jsonb
language plpgsql set search_path = '' as $$
declare x jsonb; i bigint; r jsonb := '[]';
begin
  for x, i in select e, o - 1 from jsonb_array_elements(p) with ordinality t(e, o) order by e->>'to', coalesce(public.clave_de(e->>'telefono'), e->>'bsuid') loop
    begin
      r := r || jsonb_build_array((public.recibir_lote(jsonb_build_array(x), p_espera_ms, p_espera_candado)->0) || jsonb_build_object('i', i));
    exception when data_exception or integrity_constraint_violation or program_limit_exceeded or raise_exception then
      insert into public.mensajes_sin_nora (sid, motivo, crudo) values (left(x->>'sid', 64), 'cuarentena ' || sqlstate, x) on conflict do nothing;
      r := r || jsonb_build_array(jsonb_build_object('i', i, 'r', 'veneno', 'e', sqlstate));
    end;
  end loop;
  return r;
end $$;

-- Primero en conjunto; solo si los datos del grupo tienen la culpa, uno por uno. Una sola llamada desde fuera en los dos casos.
create function public.recibir_mensajes(p jsonb, p_espera_ms integer default 1200, p_espera_candado boolean default false) returns jsonb
language plpgsql set search_path = '' as $$
begin
  return public.recibir_lote(p, p_espera_ms, p_espera_candado);
exception when data_exception or integrity_constraint_violation or program_limit_exceeded or raise_exception then
  return public.recibir_por_fila(p, p_espera_ms, p_espera_candado);
end $$;

-- Carriles -----------------------------------------------------------------------------------------------------------

-- Cuanto falta, en ms, para que haya algo que reclamar cuando todo lo vencido esta arrendado: el siguiente vencimiento o arriendo.
create function interno.espera_turno(p_carril text, p_ahora timestamptz) returns numeric language sql stable set search_path = '' as $$
  select greatest(0, extract(epoch from least(
    (select a.vence from public.atenciones a where a.carril = p_carril and a.vence > p_ahora order by a.vence limit 1),
    (select min(a.arriendo_hasta) from public.atenciones a where a.carril = p_carril and a.vence <= p_ahora and a.arriendo_hasta >= p_ahora)) - p_ahora) * 1000)
$$;

-- Rueda entre noras: empieza despues de p_desde, visita como mucho p_noras, toma hasta p_por_nora de cada una.
-- Devuelve {t:[{contacto_id,nombre_nora,arrendado_por,vuelta,intentos}], sigue, proximo_ms}.
create function public.reclamar_turnos(p_carril text, p_max integer, p_por_nora integer, p_desde text default '', p_arriendo_ms integer default 45000, p_noras integer default 32) returns jsonb
language plpgsql set search_path = '' set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
-- Una sola hora para todo: clock_timestamp() dentro de la consulta no puede ser condicion de indice y recorreria lo que aun no vence.
declare res jsonb; v_ids uuid[]; v_sigue text; v_n int; v_ahora timestamptz := clock_timestamp();
begin
  -- Lo mas comun es que nada haya vencido: se sabe con una lectura de indice, sin visitar noras.
  if not exists (select from public.atenciones a where a.carril = p_carril and a.vence <= v_ahora and (a.arriendo_hasta is null or a.arriendo_hasta < v_ahora)) then
    return jsonb_build_object('t', '[]'::jsonb, 'sigue', '', 'proximo_ms', interno.espera_turno(p_carril, v_ahora));
  end if;

  with recursive noras(nombre_nora, n) as (
    (select a.nombre_nora, 1 from public.atenciones a where a.carril = p_carril and a.nombre_nora > p_desde order by a.nombre_nora limit 1)
    union all
    select s.nombre_nora, n.n + 1 from noras n cross join lateral (
      select a.nombre_nora from public.atenciones a where a.carril = p_carril and a.nombre_nora > n.nombre_nora order by a.nombre_nora limit 1) s
     where n.n < p_noras),
  cand as (
    select c.contacto_id, row_number() over (partition by n.nombre_nora order by c.vence) rn, n.n
      from noras n cross join lateral (
        select a.contacto_id, a.vence from public.atenciones a
         where a.carril = p_carril and a.nombre_nora = n.nombre_nora and a.vence <= v_ahora and (a.arriendo_hasta is null or a.arriendo_hasta < v_ahora)
         order by a.vence
         -- Los arrendados son los que vencieron primero: con mirar los primeros basta, aunque haya miles detras.
         limit greatest(0, p_por_nora - (select count(*) from (
           select b.arriendo_hasta from public.atenciones b where b.carril = p_carril and b.nombre_nora = n.nombre_nora and b.vence <= v_ahora order by b.vence limit 300) b where b.arriendo_hasta >= v_ahora))) c),
  el as (select contacto_id from cand order by rn, n limit p_max)
  select array_agg(contacto_id), (select case when count(*) < p_noras then '' else max(nombre_nora) end from noras) into v_ids, v_sigue from el;

  with l as (
    select a.contacto_id from public.atenciones a
     where a.carril = p_carril and a.contacto_id = any (v_ids) and a.vence <= v_ahora and (a.arriendo_hasta is null or a.arriendo_hasta < v_ahora)
     order by a.contacto_id for update of a skip locked),
  u as (
    update public.atenciones a set arriendo_hasta = clock_timestamp() + make_interval(secs => p_arriendo_ms / 1000.0), arrendado_por = gen_random_uuid(), intentos = a.intentos + 1, desde = clock_timestamp()
      from l where a.contacto_id = l.contacto_id and a.carril = p_carril
    returning a.contacto_id, a.nombre_nora, a.arrendado_por, a.vuelta, a.intentos)
  select coalesce(jsonb_agg(to_jsonb(u)), '[]'), count(*) into res, v_n from u;

  return jsonb_build_object('t', res, 'sigue', coalesce(v_sigue, ''), 'proximo_ms', case when v_n >= p_max or coalesce(v_sigue, '') <> ''
    or exists (select from public.atenciones a where a.carril = p_carril and a.vence <= v_ahora and (a.arriendo_hasta is null or a.arriendo_hasta < v_ahora))
    then 0 else interno.espera_turno(p_carril, v_ahora) end);
end $$;

-- Borra el turno solo si nadie trajo mas trabajo mientras tanto; si no, lo suelta para la siguiente vuelta.
create function public.terminar_turno(p_contacto uuid, p_carril text, p_ficha uuid, p_vuelta bigint) returns text language plpgsql set search_path = '' as $$
begin
  delete from public.atenciones where contacto_id = p_contacto and carril = p_carril and arrendado_por = p_ficha and vuelta = p_vuelta;
  if found then return 'fin'; end if;
  update public.atenciones set arriendo_hasta = null, arrendado_por = null, intentos = 0 where contacto_id = p_contacto and carril = p_carril and arrendado_por = p_ficha;
  if found then return 'sigue'; end if;
  return 'ajena';
end $$;

create function public.reprogramar_turno(p_contacto uuid, p_carril text, p_ficha uuid, p_ms integer, p_error text) returns boolean language plpgsql set search_path = '' as $$
begin
  update public.atenciones set arriendo_hasta = null, arrendado_por = null, vence = clock_timestamp() + make_interval(secs => p_ms / 1000.0), ultimo_error = left(p_error, 500)
   where contacto_id = p_contacto and carril = p_carril and arrendado_por = p_ficha;
  return found;
end $$;

-- p: [{contacto,carril,ficha}]; en orden, para que dos renovaciones a la vez no se traben. Devuelve las fichas que siguen vivas.
create function public.renovar_turnos(p jsonb, p_arriendo_ms integer default 45000) returns jsonb language sql set search_path = '' as $$
  with l as (
    select a.contacto_id, a.carril from public.atenciones a join jsonb_to_recordset(p) x(contacto uuid, carril text, ficha uuid)
        on a.contacto_id = x.contacto and a.carril = x.carril and a.arrendado_por = x.ficha
     order by a.contacto_id, a.carril for update of a),
  u as (update public.atenciones a set arriendo_hasta = clock_timestamp() + make_interval(secs => p_arriendo_ms / 1000.0) from l where a.contacto_id = l.contacto_id and a.carril = l.carril returning a.arrendado_por)
  select coalesce(jsonb_agg(arrendado_por), '[]') from u
$$;

-- Crea o despierta el turno de salida de un contacto. Va siempre despues de bloquear el contacto.
create function interno.despertar(p_contacto uuid, p_nora text, p_carril text) returns void language sql set search_path = '' as $$
  insert into public.atenciones (contacto_id, carril, nombre_nora, vence) values (p_contacto, p_carril, p_nora, clock_timestamp())
  on conflict (contacto_id, carril) do update set vuelta = public.atenciones.vuelta + 1, vence = least(public.atenciones.vence, excluded.vence)
$$;

create function interno.modulo_activo(p_nora text, p_modulo text) returns boolean language sql stable set search_path = '' as $$
  select exists (select from public.modulos_disponibles m where m.nombre_nora = p_nora and m.modulo = p_modulo and m.activo)
$$;

-- Por que Nora debe callar con este contacto, o null si puede hablar. La misma respuesta al leer el contexto y al guardar.
create function interno.razon_silencio(k public.contactos, b public.configuracion_bot) returns text language sql stable set search_path = '' as $$
  select case when not b.activo then 'suspendida'
    when k.bloqueado then 'bloqueado'
    when not b.ia_activa then 'ia_apagada_nora'
    when not k.ia_activa then 'ia_apagada'
    when k.ia_pausada_hasta > clock_timestamp() then case when k.atendido_por is not null then 'atendido_por_persona' else 'espera_persona' end
    when k.acepta_envios is false then 'baja' end
$$;

-- La regla automatica que gana para lo que dijo la persona: cada mensaje por separado y la rafaga entera.
create function public.regla_para(p_nora text, p_textos text[]) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', r.id, 'respuesta', r.respuesta, 'disparador', r.disparador)
    from public.respuestas_automaticas r
   where r.nombre_nora = p_nora and r.activo and public.en_palabras(r.disparador) <> '  '
     and exists (select from unnest(p_textos || array_to_string(p_textos, ' ')) t
                  where case r.coincidencia when 'exacta' then public.en_palabras(t) = public.en_palabras(r.disparador)
                    when 'empieza' then starts_with(public.en_palabras(t), public.en_palabras(r.disparador))
                    else position(public.en_palabras(r.disparador) in public.en_palabras(t)) > 0 end)
   order by r.prioridad desc, case r.coincidencia when 'exacta' then 0 when 'empieza' then 1 else 2 end, length(r.disparador) desc, r.id limit 1
$$;

-- Todo lo que hace falta para decidir una rafaga, leido de una sola vez (STABLE: una sola foto). Los tokens se cuentan como letras / 4.
create function public.contexto_ia(p_contacto uuid, p_tokens_conocimiento integer default 3000, p_tokens_historial integer default 2000) returns jsonb
language plpgsql stable set search_path = '' as $$
declare k public.contactos; b public.configuracion_bot; v_rafaga jsonb; v_textos text[]; v_turnos jsonb; v_con jsonb; v_inicio timestamptz;
begin
  select * into k from public.contactos where id = p_contacto;
  if not found then return null; end if;
  select * into b from public.configuracion_bot where nombre_nora = k.nombre_nora;

  select coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'texto', x.mensaje, 'fecha', x.fecha_hora, 'sid', x.sid, 'tipos', x.tipos) order by x.epoca), '[]'),
         coalesce(array_agg(x.mensaje order by x.epoca) filter (where btrim(x.mensaje) <> ''), '{}'), min(x.fecha_hora)
    into v_rafaga, v_textos, v_inicio
    from (select h.id, h.mensaje, h.fecha_hora, h.sid, h.epoca, (select jsonb_agg(e->>'tipo') from jsonb_array_elements(h.adjuntos) e) tipos
            from (select * from public.historial_conversaciones t where t.nombre_nora = k.nombre_nora and t.contacto_id = k.id order by t.fecha_hora desc, t.id desc limit 120) h
           where h.autor = 'contacto' and h.epoca > k.epoca_resuelta order by h.epoca desc limit 40) x;

  select coalesce(jsonb_agg(jsonb_build_object('autor', t.autor, 'texto', t.mensaje, 'fecha', t.fecha_hora) order by t.fecha_hora, t.id), '[]') into v_turnos
    from (select h.*, sum(length(h.mensaje) / 4 + 4) over (order by h.fecha_hora desc, h.id desc) acum
            from (select t.id, t.autor, t.mensaje, t.fecha_hora from public.historial_conversaciones t
                   where t.nombre_nora = k.nombre_nora and t.contacto_id = k.id and t.estado not in ('omitido', 'interno', 'fallido') and btrim(t.mensaje) <> ''
                     and not (t.autor = 'contacto' and coalesce(t.epoca, 0) > k.epoca_resuelta)
                   order by t.fecha_hora desc, t.id desc limit 60) h) t
   where t.acum <= p_tokens_historial;

  v_con := public.base_conocimiento(k.nombre_nora, array_to_string(v_textos, ' '), p_tokens_conocimiento);

  return jsonb_build_object(
    'epoca', k.epoca, 'pendiente', k.epoca > k.epoca_resuelta, 'silencio', interno.razon_silencio(k, b),
    'modulo_ia', interno.modulo_activo(k.nombre_nora, 'ia'), 'modulo_respuestas', interno.modulo_activo(k.nombre_nora, 'respuestas'),
    'nora', jsonb_build_object('nombre_nora', b.nombre_nora, 'nombre_visible', b.nombre_visible, 'personalidad', b.personalidad, 'instrucciones', b.instrucciones,
      'mensaje_bienvenida', b.mensaje_bienvenida, 'modo_respuesta', b.modo_respuesta, 'modelo_ia', b.modelo_ia, 'zona_horaria', b.zona_horaria, 'horario', b.horario, 'tope_tokens_dia', b.tope_tokens_dia),
    'contacto', jsonb_build_object('id', k.id, 'nombre', k.nombre, 'telefono', k.telefono, 'bienvenida_en', k.bienvenida_en, 'espera_humano_desde', k.espera_humano_desde, 'motivo_espera', k.motivo_espera, 'acepta_envios', k.acepta_envios),
    'rafaga', v_rafaga, 'rafaga_desde', v_inicio, 'turnos', v_turnos, 'conocimiento', v_con, 'regla', case when cardinality(v_textos) > 0 then public.regla_para(k.nombre_nora, v_textos) end,
    'respuestas_hora', (select count(*) from (select 1 from public.historial_conversaciones h where h.nombre_nora = k.nombre_nora and h.contacto_id = k.id and h.autor = 'ia' and h.estado <> 'omitido' and h.fecha_hora > clock_timestamp() - interval '1 hour' limit 200) z),
    'ultimos', (select coalesce(jsonb_agg(jsonb_build_object('autor', z.autor, 'texto', left(z.mensaje, 500), 'fecha', z.fecha_hora) order by z.fecha_hora desc), '[]') from (
       select h.autor, h.mensaje, h.fecha_hora from public.historial_conversaciones h where h.nombre_nora = k.nombre_nora and h.contacto_id = k.id and h.estado not in ('omitido', 'interno') and h.fecha_hora > clock_timestamp() - interval '15 minutes'
       order by h.fecha_hora desc, h.id desc limit 16) z),
    'tokens_hoy', coalesce((select c.tokens_entrada + c.tokens_salida from public.consumo_ia c where c.nombre_nora = b.nombre_nora and c.dia = (clock_timestamp() at time zone b.zona_horaria)::date), 0),
    'ahora', clock_timestamp());
end $$;

-- Cierra una rafaga: contacto -> atenciones -> historial, todo o nada, y quita el turno en la misma transaccion.
-- p: {contacto,ficha,epoca,resultado,motivo,mensajes:[{texto,autor}],exige:'ia'|'reglas'|'nada',pasar,pausar,motivo_espera,bienvenida,acepta_envios,regla_id,ia:{…}}
-- Devuelve {r:'guardada'|'descartada'|'ajena', ids, nora}. Descartada = llego algo mas o alguien intervino: el turno vuelve a correr.
create function public.guardar_respuesta(p jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare
  k public.contactos; b public.configuracion_bot; v_ficha uuid := (p->>'ficha')::uuid; v_exige text := coalesce(p->>'exige', 'nada'); v_ids uuid[]; v_ult text; v_autor text; v_ia jsonb := p->'ia'; v_horas interval;
begin
  select * into k from public.contactos where id = (p->>'contacto')::uuid for no key update;
  if not found then return '{"r":"ajena"}'; end if;
  perform 1 from public.atenciones where contacto_id = k.id and carril = 'respuesta' and arrendado_por = v_ficha for update;
  if not found then return '{"r":"ajena"}'; end if;
  select * into b from public.configuracion_bot where nombre_nora = k.nombre_nora;

  if k.epoca <> (p->>'epoca')::bigint
     or (v_exige <> 'nada' and interno.razon_silencio(k, b) is not null)
     or (v_exige = 'ia' and not interno.modulo_activo(k.nombre_nora, 'ia'))
     or (v_exige = 'reglas' and not interno.modulo_activo(k.nombre_nora, 'respuestas')) then
    update public.atenciones set arriendo_hasta = null, arrendado_por = null, intentos = 0, vence = greatest(vence, clock_timestamp()) where contacto_id = k.id and carril = 'respuesta' and arrendado_por = v_ficha;
    if v_ia is not null then perform interno.sumar_consumo(b, v_ia); end if;
    return jsonb_build_object('r', 'descartada', 'nora', k.nombre_nora);
  end if;

  delete from public.atenciones where contacto_id = k.id and carril = 'respuesta' and arrendado_por = v_ficha;
  if jsonb_array_length(coalesce(p->'mensajes', '[]')) > 0 then
    perform interno.despertar(k.id, k.nombre_nora, 'salida');
  end if;
  with i as (
    insert into public.historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, origen, autor, estado, epoca)
    select k.nombre_nora, k.id, coalesce(k.telefono, k.id_whatsapp), m->>'texto', 'respuesta', b.numero_nora, m->>'autor', 'pendiente', k.epoca
      from jsonb_array_elements(coalesce(p->'mensajes', '[]')) with ordinality e(m, o) order by o
    returning id, mensaje, autor, fecha_hora)
  select array_agg(i.id order by i.fecha_hora, i.id), (array_agg(i.mensaje order by i.fecha_hora desc, i.id desc))[1], (array_agg(i.autor order by i.fecha_hora desc, i.id desc))[1] into v_ids, v_ult, v_autor from i;

  v_horas := make_interval(hours => b.reanudar_ia_horas);
  update public.contactos set
    epoca_resuelta = k.epoca,
    mensaje_reciente = case when v_ids is null then mensaje_reciente else public.resumen_de(v_ult, null) end, reciente_autor = coalesce(v_autor, reciente_autor),
    ultimo_mensaje = case when v_ids is null then ultimo_mensaje else clock_timestamp() end,
    bienvenida_en = case when (p->>'bienvenida')::boolean then clock_timestamp() else bienvenida_en end,
    acepta_envios = case when jsonb_typeof(p->'acepta_envios') = 'boolean' then (p->>'acepta_envios')::boolean else acepta_envios end,
    espera_humano_desde = case when (p->>'pasar')::boolean then coalesce(espera_humano_desde, clock_timestamp()) else espera_humano_desde end,
    motivo_espera = case when (p->>'pasar')::boolean then left(p->>'motivo_espera', 300) else motivo_espera end,
    atendido_por = case when ia_pausada_hasta <= clock_timestamp() then null else atendido_por end,
    ia_pausada_hasta = case when (p->>'pausar')::boolean then greatest(ia_pausada_hasta, clock_timestamp() + v_horas) else ia_pausada_hasta end
   where id = k.id;

  insert into public.rafagas (nombre_nora, contacto_id, epoca, resultado, motivo) values (k.nombre_nora, k.id, k.epoca, p->>'resultado', left(p->>'motivo', 300)) on conflict do nothing;
  if p->>'regla_id' is not null then
    update public.respuestas_automaticas set usos = usos + 1, ultimo_uso = clock_timestamp() where id = (p->>'regla_id')::uuid and nombre_nora = k.nombre_nora;
  end if;
  if v_ia is not null then
    insert into public.respuestas_ia (nombre_nora, contacto_id, historial_id, modo, modelo, fragmentos, citados, fuentes, tokens_entrada, tokens_salida, latencia_ms, motivo, detalle, pregunta)
    select k.nombre_nora, k.id, (select h.id from public.historial_conversaciones h where h.id = any (v_ids) and h.autor = 'ia' order by h.fecha_hora desc, h.id desc limit 1),
           v_ia->>'modo', left(v_ia->>'modelo', 100), f.ids, c.ids,
           coalesce((select jsonb_agg(jsonb_build_object('id', n.id, 'titulo', n.titulo, 'contenido', n.contenido)) from public.conocimiento_nora n where n.nombre_nora = k.nombre_nora and n.id = any (c.ids)), '[]'),
           coalesce((v_ia->>'tokens_entrada')::int, 0), coalesce((v_ia->>'tokens_salida')::int, 0), coalesce((v_ia->>'latencia_ms')::int, 0), v_ia->>'motivo', left(v_ia->>'detalle', 500), left(v_ia->>'pregunta', 2000)
      from (select coalesce(array_agg(x::uuid), '{}') ids from jsonb_array_elements_text(coalesce(v_ia->'fragmentos', '[]')) x) f,
           (select coalesce(array_agg(x::uuid), '{}') ids from jsonb_array_elements_text(coalesce(v_ia->'citados', '[]')) x) c;
    perform interno.sumar_consumo(b, v_ia);
  end if;
  return jsonb_build_object('r', 'guardada', 'ids', to_jsonb(coalesce(v_ids, '{}')), 'nora', k.nombre_nora);
end $$;

create function interno.sumar_consumo(b public.configuracion_bot, p_ia jsonb) returns void language sql set search_path = '' as $$
  insert into public.consumo_ia (nombre_nora, dia, tokens_entrada, tokens_salida, respuestas)
  values (b.nombre_nora, (clock_timestamp() at time zone b.zona_horaria)::date, coalesce((p_ia->>'tokens_entrada')::int, 0), coalesce((p_ia->>'tokens_salida')::int, 0), 1)
  on conflict (nombre_nora, dia) do update set tokens_entrada = public.consumo_ia.tokens_entrada + excluded.tokens_entrada, tokens_salida = public.consumo_ia.tokens_salida + excluded.tokens_salida, respuestas = public.consumo_ia.respuestas + 1
$$;

-- Envio --------------------------------------------------------------------------------------------------------------

-- Lo que impide mandar a este contacto ahora, o null. Lo que escribe una persona puede salir aunque haya BAJA, dentro de la ventana.
create function interno.razon_no_enviar(k public.contactos, b public.configuracion_bot, p_autor text) returns text language sql stable set search_path = '' as $$
  select case when not b.activo then 'suspendida' when b.numero_nora is null then 'sin_numero' when k.bloqueado then 'bloqueado'
    when k.acepta_envios is false and p_autor in ('ia', 'envio') then 'baja'
    when k.ventana_hasta is null or k.ventana_hasta <= clock_timestamp() then 'ventana_cerrada' end
$$;

-- El siguiente mensaje por enviar de un contacto, ya en 'enviando'. {r:'envia'|'dudoso'|'vacio'|'otra'|'ajena'|'impedido'|'omitido', …}
-- 'dudoso': quien lo estaba enviando murio; se pregunta a Twilio, jamas se reenvia a ciegas.
create function public.siguiente_envio(p_contacto uuid, p_ficha uuid, p_arriendo_ms integer default 45000) returns jsonb language plpgsql set search_path = '' as $$
declare h public.historial_conversaciones; k public.contactos; b public.configuracion_bot; v_razon text; v_adj jsonb;
begin
  update public.atenciones set arriendo_hasta = clock_timestamp() + make_interval(secs => p_arriendo_ms / 1000.0) where contacto_id = p_contacto and carril = 'salida' and arrendado_por = p_ficha;
  if not found then return '{"r":"ajena"}'; end if;
  select * into h from public.historial_conversaciones where contacto_id = p_contacto and estado in ('pendiente', 'enviando') order by fecha_hora, id limit 1 for update;
  if not found then
    -- Un cambio simultaneo pudo quitar la primera de la fila: se vuelve a mirar.
    if exists (select from public.historial_conversaciones where contacto_id = p_contacto and estado in ('pendiente', 'enviando')) then return '{"r":"otra"}'; end if;
    return '{"r":"vacio"}';
  end if;
  select * into k from public.contactos where id = p_contacto;
  select * into b from public.configuracion_bot where nombre_nora = k.nombre_nora;
  if h.estado = 'enviando' then
    return jsonb_build_object('r', 'dudoso', 'id', h.id, 'texto', h.mensaje, 'desde', h.estado_en, 'edad_ms', extract(epoch from clock_timestamp() - h.estado_en) * 1000, 'de', b.numero_nora, 'para', coalesce(k.telefono, k.id_whatsapp), 'nora', k.nombre_nora);
  end if;
  -- Un reintento de Nora que una persona alcanzo mientras Twilio lo rechazaba: callar_ia no lo vio porque estaba en 'enviando'.
  if h.autor in ('ia', 'automatica') and h.intentos > 0
     and (k.epoca > h.epoca and (k.atendido_por is not null or not k.ia_activa)
          or exists (select from public.historial_conversaciones t where t.nombre_nora = h.nombre_nora and t.contacto_id = h.contacto_id and t.fecha_hora > h.fecha_hora and t.autor = 'humano')) then
    update public.historial_conversaciones set estado = 'omitido', estado_en = clock_timestamp() where id = h.id;
    return jsonb_build_object('r', 'omitido', 'id', h.id);
  end if;
  v_razon := interno.razon_no_enviar(k, b, h.autor);
  if v_razon is not null then
    update public.historial_conversaciones set estado = 'fallido', estado_en = clock_timestamp(), error_detalle = v_razon where id = h.id;
    return jsonb_build_object('r', 'impedido', 'id', h.id, 'razon', v_razon, 'nora', k.nombre_nora);
  end if;
  update public.historial_conversaciones set estado = 'enviando', estado_en = clock_timestamp(), intentos = intentos + 1 where id = h.id;
  select jsonb_agg(jsonb_build_object('id', a.id, 'tipo', a.tipo, 'nombre', a.nombre) order by a.orden) into v_adj from public.adjuntos a where a.historial_id = h.id and a.estado = 'listo';
  return jsonb_build_object('r', 'envia', 'id', h.id, 'texto', h.mensaje, 'autor', h.autor, 'epoca', h.epoca, 'de', b.numero_nora, 'para', coalesce(k.telefono, k.id_whatsapp), 'nora', k.nombre_nora, 'adjuntos', coalesce(v_adj, '[]'), 'intentos', h.intentos + 1);
end $$;

create function public.envio_aceptado(p_id uuid, p_sid text) returns boolean language plpgsql set search_path = '' as $$
begin
  update public.historial_conversaciones set sid = p_sid, estado = case when estado in ('enviando', 'incierto') then 'enviado' else estado end, estado_en = clock_timestamp(), error_codigo = null, error_detalle = null
   where id = p_id and sid is null and estado in ('enviando', 'incierto', 'enviado', 'entregado', 'leido', 'fallido');
  return found;
exception when unique_violation then
  -- El aviso de estado ya dejo ese sid en otra fila: no se toca.
  return false;
end $$;

-- p_estado: 'fallido', 'incierto' o 'pendiente' (se reintentara).
create function public.envio_rechazado(p_id uuid, p_estado text, p_codigo integer, p_detalle text) returns boolean language plpgsql set search_path = '' as $$
begin
  update public.historial_conversaciones set estado = p_estado, estado_en = clock_timestamp(), error_codigo = p_codigo, error_detalle = left(p_detalle, 1000)
   where id = p_id and estado = 'enviando' and p_estado in ('fallido', 'incierto', 'pendiente');
  return found;
end $$;

create table public.estados_recibidos (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  historial_id uuid,
  sid text check (length(sid) <= 64),
  estado text not null check (length(estado) <= 60),
  crudo jsonb not null,
  recibido timestamptz not null default clock_timestamp()
);
comment on table public.estados_recibidos is 'avisos de estado que no se pudieron aplicar: estado desconocido o mensaje que no es nuestro';
create index estados_recibidos_fecha on public.estados_recibidos (recibido);
create index estados_recibidos_nora on public.estados_recibidos (nombre_nora) where nombre_nora is not null;
alter table public.estados_recibidos enable row level security;
grant select, insert, update, delete on public.estados_recibidos to service_role;

create function interno.rango_estado(e text) returns integer language sql immutable set search_path = '' as $$
  select case e when 'pendiente' then 0 when 'incierto' then 1 when 'enviando' then 1 when 'enviado' then 2 when 'fallido' then 3 when 'entregado' then 4 when 'leido' then 5 else 9 end
$$;

-- Avisos de estado, en grupo: [{id,sid,estado,nuestro,codigo,detalle,numero,crudo}] (nuestro = estado traducido o null si no se conoce).
-- p_huerfanos: guarda los que no se pudieron aplicar. Un estado solo avanza: enviado < fallido < entregado < leido. Devuelve [{id,contacto_id,nora,estado}] de lo que cambio.
create function public.registrar_estados(p jsonb, p_huerfanos boolean default true) returns jsonb language plpgsql set search_path = '' as $$
declare x record; h public.historial_conversaciones; v_nora text; res jsonb := '[]';
begin
  -- En el orden de las filas que se van a bloquear: el webhook nombra el id y la conciliacion solo el sid, y no deben cruzarse.
  for x in select e.* from jsonb_to_recordset(p) e(id uuid, sid text, estado text, nuestro text, codigo integer, detalle text, numero text, crudo jsonb)
            left join lateral (select b.nombre_nora n from public.configuracion_bot b where b.numero_nora = e.numero) b on true
            left join lateral (select t.id from public.historial_conversaciones t where t.nombre_nora = b.n and t.sid = e.sid) t on e.id is null
            order by coalesce(e.id, t.id), e.sid loop
    h := null; v_nora := null;
    select b.nombre_nora into v_nora from public.configuracion_bot b where b.numero_nora = x.numero;
    if x.id is not null then
      select * into h from public.historial_conversaciones t where t.id = x.id and t.nombre_nora = v_nora and t.tipo = 'respuesta' for update;
      -- El sid del aviso manda solo si la fila no tenia otro.
      if h.id is not null and h.sid is not null and h.sid <> x.sid then h := null; end if;
    end if;
    if h.id is null and x.sid is not null and v_nora is not null then
      select * into h from public.historial_conversaciones t where t.nombre_nora = v_nora and t.sid = x.sid and t.tipo = 'respuesta' for update;
    end if;
    if h.id is null or x.nuestro is null then
      continue when not p_huerfanos;
      insert into public.estados_recibidos (nombre_nora, historial_id, sid, estado, crudo) values (v_nora, h.id, left(x.sid, 64), left(coalesce(x.estado, '?'), 60), coalesce(x.crudo, '{}'));
      continue;
    end if;
    begin
      if h.estado <> 'omitido' and interno.rango_estado(x.nuestro) > interno.rango_estado(h.estado) then
        update public.historial_conversaciones set estado = x.nuestro, estado_en = clock_timestamp(), sid = coalesce(sid, x.sid),
               error_codigo = case when x.nuestro = 'fallido' then x.codigo end, error_detalle = case when x.nuestro = 'fallido' then left(x.detalle, 1000) end
         where id = h.id;
        res := res || jsonb_build_array(jsonb_build_object('id', h.id, 'contacto_id', h.contacto_id, 'nora', h.nombre_nora, 'estado', x.nuestro));
      elsif h.sid is null and x.sid is not null then
        update public.historial_conversaciones set sid = x.sid where id = h.id;
      end if;
    exception when unique_violation then
      insert into public.estados_recibidos (nombre_nora, historial_id, sid, estado, crudo) values (v_nora, h.id, left(x.sid, 64), left(coalesce(x.estado, '?'), 60), coalesce(x.crudo, '{}'));
    end;
  end loop;
  return res;
end $$;

-- Conciliacion: cuales de estos sid faltan en el libro. p: [{sid,...}] -> los que no estan.
create function public.sids_faltantes(p_nora text, p_sids jsonb) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(s), '[]') from jsonb_array_elements_text(p_sids) s
   where not exists (select from public.historial_conversaciones h where h.nombre_nora = p_nora and h.sid = s)
$$;

-- El turno fallo por ultima vez: el contacto espera a una persona y queda escrito por que.
create function public.rendirse(p_contacto uuid, p_ficha uuid, p_error text) returns text language plpgsql set search_path = '' as $$
declare k public.contactos;
begin
  select * into k from public.contactos where id = p_contacto for no key update;
  if not found then return 'ajena'; end if;
  delete from public.atenciones where contacto_id = p_contacto and carril = 'respuesta' and arrendado_por = p_ficha;
  if not found then return 'ajena'; end if;
  update public.contactos set epoca_resuelta = k.epoca, espera_humano_desde = coalesce(espera_humano_desde, clock_timestamp()), motivo_espera = 'Nora no pudo responder' where id = p_contacto;
  insert into public.rafagas (nombre_nora, contacto_id, epoca, resultado, motivo) values (k.nombre_nora, k.id, k.epoca, 'fallida', left(p_error, 300)) on conflict do nothing;
  return 'fin';
end $$;

-- Media entrante: se reclama por tiempo, asi que otra caida solo la retrasa.
create function public.reclamar_adjuntos(p_n integer, p_arriendo_ms integer default 60000) returns jsonb language sql set search_path = '' as $$
  with l as (select a.id from public.adjuntos a where a.estado = 'pendiente' and a.origen_url is not null and a.vence <= clock_timestamp() order by a.vence limit least(p_n, 50) for update skip locked),
  u as (update public.adjuntos a set vence = clock_timestamp() + make_interval(secs => p_arriendo_ms / 1000.0), intentos = a.intentos + 1 from l where a.id = l.id
        returning a.id, a.nombre_nora, a.historial_id, a.tipo, a.origen_url, a.intentos)
  select coalesce(jsonb_agg(to_jsonb(u) || jsonb_build_object('contacto_id', h.contacto_id)), '[]') from u left join public.historial_conversaciones h on h.id = u.historial_id
$$;
create function public.adjunto_listo(p_id uuid, p jsonb) returns boolean language sql set search_path = '' as $$
  with u as (update public.adjuntos set estado = 'listo', ruta = p->>'ruta', bytes = (p->>'bytes')::bigint, sha256 = p->>'sha256', tipo = coalesce(p->>'tipo', tipo), nombre = coalesce(left(p->>'nombre', 200), nombre), error = null
    where id = p_id and estado = 'pendiente' returning 1) select exists (select from u)
$$;
create function public.adjunto_fallido(p_id uuid, p_error text, p_reintentar_ms integer) returns boolean language sql set search_path = '' as $$
  with u as (update public.adjuntos set estado = case when p_reintentar_ms is null then 'fallido' else 'pendiente' end, error = left(p_error, 500),
    vence = clock_timestamp() + make_interval(secs => coalesce(p_reintentar_ms, 0) / 1000.0) where id = p_id and estado = 'pendiente' returning 1) select exists (select from u)
$$;

do $$ declare f text; begin
  foreach f in array array['resumen_de(text, text)', 'recibir_lote(jsonb, integer, boolean)', 'recibir_por_fila(jsonb, integer, boolean)', 'recibir_mensajes(jsonb, integer, boolean)',
    'reclamar_turnos(text, integer, integer, text, integer, integer)', 'terminar_turno(uuid, text, uuid, bigint)', 'reprogramar_turno(uuid, text, uuid, integer, text)', 'renovar_turnos(jsonb, integer)',
    'regla_para(text, text[])', 'contexto_ia(uuid, integer, integer)', 'guardar_respuesta(jsonb)', 'siguiente_envio(uuid, uuid, integer)', 'envio_aceptado(uuid, text)',
    'envio_rechazado(uuid, text, integer, text)', 'registrar_estados(jsonb, boolean)', 'sids_faltantes(text, jsonb)', 'rendirse(uuid, uuid, text)', 'reclamar_adjuntos(integer, integer)',
    'adjunto_listo(uuid, jsonb)', 'adjunto_fallido(uuid, text, integer)'] loop
    execute format('grant execute on function public.%s to service_role', f);
  end loop;
end $$;
-- Las funciones de servicio corren como quien las llama y usan estas piezas internas.
grant usage on schema interno to service_role;
grant execute on function interno.despertar(uuid, text, text), interno.modulo_activo(text, text), interno.razon_silencio(public.contactos, public.configuracion_bot),
  interno.razon_no_enviar(public.contactos, public.configuracion_bot, text), interno.sumar_consumo(public.configuracion_bot, jsonb), interno.rango_estado(text), interno.espera_turno(text, timestamptz) to service_role;
