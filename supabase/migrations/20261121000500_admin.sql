-- Registro dinamico, cuentas, errores y administracion: solo el servicio las llama.

create function interno.ficha_registro(b public.configuracion_bot) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('nombre_nora', b.nombre_nora, 'nombre_visible', b.nombre_visible, 'numero_nora', b.numero_nora, 'activo', b.activo, 'ia_activa', b.ia_activa, 'zona_horaria', b.zona_horaria, 'foto_perfil', b.foto_perfil,
    'credenciales_propias', b.credenciales_twilio is not null,
    'modulos', (select coalesce(jsonb_agg(m.modulo order by m.modulo), '[]') from public.modulos_disponibles m where m.nombre_nora = b.nombre_nora and m.activo))
$$;
create function public.cargar_registro(p_desde text default '', p_n integer default 1000) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(interno.ficha_registro(b) order by b.nombre_nora), '[]') from (select * from public.configuracion_bot c where c.nombre_nora > p_desde order by c.nombre_nora limit least(p_n, 2000)) b
$$;
create function public.cargar_nora(p_nora text) returns jsonb language sql stable set search_path = '' as $$
  select interno.ficha_registro(b) from public.configuracion_bot b where b.nombre_nora = p_nora
$$;

-- Lo que el registro de una sesion necesita de un usuario: sus datos y sus membresias.
create function public.cargar_usuario(p_usuario uuid) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', u.id, 'correo', u.correo, 'nombre', u.nombre, 'rol', u.rol, 'activo', u.activo,
    -- Cambia con la clave y no sirve para recuperarla: la sesion lo guarda y deja de valer cuando difiere.
    'sello', left(encode(sha256(convert_to(u.clave_hash, 'UTF8')), 'hex'), 32),
    'noras', (select coalesce(jsonb_agg(jsonb_build_object('nombre_nora', m.nombre_nora, 'rol', m.rol) order by m.nombre_nora), '[]') from public.usuarios_noras m where m.usuario_id = u.id))
    from public.usuarios u where u.id = p_usuario
$$;
-- Guarda un usuario por correo y, si se dan, su clave y sus membresias. p: {correo,nombre,rol,clave_hash?,noras?:[{nombre_nora,rol}]}
create function public.guardar_usuario(p jsonb) returns uuid language plpgsql set search_path = '' as $$
declare v_id uuid;
begin
  insert into public.usuarios (correo, nombre, rol, clave_hash) values (lower(btrim(p->>'correo')), p->>'nombre', p->>'rol', p->>'clave_hash')
  on conflict (lower(correo)) do update set nombre = excluded.nombre, rol = excluded.rol, clave_hash = coalesce(excluded.clave_hash, public.usuarios.clave_hash), activo = true
  returning id into v_id;
  insert into public.usuarios_noras (usuario_id, nombre_nora, rol) select v_id, x->>'nombre_nora', coalesce(x->>'rol', 'agente') from jsonb_array_elements(coalesce(p->'noras', '[]')) x
  on conflict (nombre_nora, usuario_id) do update set rol = excluded.rol;
  return v_id;
end $$;

create function public.registrar_error(p_tipo text, p_descripcion text, p_nora text default null, p_origen text default null) returns uuid language sql set search_path = '' as $$
  -- La huella junta lo mismo dicho con otros numeros o identificadores.
  insert into public.logs_errores (tipo, descripcion, nombre_nora, origen, huella)
  values (p_tipo, left(p_descripcion, 2000), p_nora, left(p_origen, 200),
    md5(p_tipo || '|' || coalesce(p_nora, '') || '|' || coalesce(p_origen, '') || '|' || regexp_replace(regexp_replace(lower(left(p_descripcion, 2000)), '[0-9a-f]{8}-[0-9a-f-]{27}|(sm|mm|ac)[0-9a-f]{32}', '#', 'g'), '\d+', '#', 'g')))
  on conflict (huella) where not resuelto do update set veces = public.logs_errores.veces + 1, fecha_hora = clock_timestamp(), descripcion = excluded.descripcion
  returning id
$$;
create function public.borrar_errores_viejos(p_dias integer default 90) returns integer language sql set search_path = '' as $$
  with d as (delete from public.logs_errores where fecha_hora < clock_timestamp() - make_interval(days => p_dias) returning 1) select count(*)::int from d
$$;

create function public.auditar(p_quien uuid, p_accion text, p_entidad text, p_nora text default null, p_antes jsonb default null, p_despues jsonb default null) returns uuid language sql set search_path = '' as $$
  insert into public.auditoria (quien, accion, entidad, nombre_nora, antes, despues) values (p_quien, left(p_accion, 100), left(p_entidad, 200), p_nora, p_antes, p_despues) returning id
$$;

create function public.guardar_rutas_plantilla(p jsonb) returns integer language plpgsql set search_path = '' as $$
declare n int;
begin
  insert into public.rutas_plantilla (ruta, metodo, blueprint, modulo, por_nora)
  select x->>'ruta', x->>'metodo', x->>'blueprint', x->>'modulo', (x->>'por_nora')::boolean from jsonb_array_elements(p) x
  on conflict (ruta, metodo) do update set blueprint = excluded.blueprint, modulo = excluded.modulo, por_nora = excluded.por_nora, registrado_en = clock_timestamp();
  delete from public.rutas_plantilla r where not exists (select from jsonb_array_elements(p) x where x->>'ruta' = r.ruta and x->>'metodo' = r.metodo);
  select count(*)::int into n from public.rutas_plantilla;
  return n;
end $$;

create function interno.claves_modulos() returns text[] language sql immutable set search_path = '' as $$
  select array['chat', 'contactos', 'etiquetas', 'ia', 'respuestas', 'conocimiento', 'envios', 'ads', 'estadisticas', 'tareas']
$$;

-- p: {nombre_nora,nombre_visible,numero_nora,modulos:[…],personalidad?,instrucciones?,mensaje_bienvenida?,zona_horaria?}; una fila por cada modulo, activa o no.
create function public.crear_nora(p jsonb, p_quien uuid default null) returns jsonb language plpgsql set search_path = '' as $$
declare b public.configuracion_bot;
begin
  insert into public.configuracion_bot (nombre_nora, nombre_visible, numero_nora, personalidad, instrucciones, mensaje_bienvenida, zona_horaria, modo_respuesta, horario, mensaje_fuera_horario)
  values (p->>'nombre_nora', p->>'nombre_visible', nullif(p->>'numero_nora', ''), p->>'personalidad', p->>'instrucciones', p->>'mensaje_bienvenida', coalesce(p->>'zona_horaria', 'America/Hermosillo'), coalesce(p->>'modo_respuesta', 'flexible'), coalesce(p->'horario', '{}'), p->>'mensaje_fuera_horario')
  returning * into b;
  insert into public.modulos_disponibles (nombre_nora, modulo, activo) select b.nombre_nora, m, coalesce(p->'modulos' ? m, false) from unnest(interno.claves_modulos()) m;
  perform public.auditar(p_quien, 'crear', 'nora', b.nombre_nora, null, p - 'instrucciones' - 'personalidad');
  return interno.ficha_registro(b);
end $$;

create function public.cambiar_modulo(p_nora text, p_modulo text, p_activo boolean, p_quien uuid default null) returns jsonb language plpgsql set search_path = '' as $$
declare v_antes boolean;
begin
  if not (p_modulo = any (interno.claves_modulos())) or not exists (select from public.configuracion_bot where nombre_nora = p_nora) then return null; end if;
  select activo into v_antes from public.modulos_disponibles where nombre_nora = p_nora and modulo = p_modulo for update;
  if v_antes is not distinct from p_activo then return jsonb_build_object('r', 'igual'); end if;
  insert into public.modulos_disponibles (nombre_nora, modulo, activo) values (p_nora, p_modulo, p_activo) on conflict (nombre_nora, modulo) do update set activo = excluded.activo;
  perform public.auditar(p_quien, case when p_activo then 'activar' else 'desactivar' end, 'modulo ' || p_modulo, p_nora, to_jsonb(v_antes), to_jsonb(p_activo));
  return jsonb_build_object('r', 'cambiado');
end $$;

-- p: {nombre_visible?, numero_nora?, activo?}
create function public.actualizar_nora(p_nora text, p jsonb, p_quien uuid default null) returns jsonb language plpgsql set search_path = '' as $$
declare a public.configuracion_bot; b public.configuracion_bot;
begin
  select * into a from public.configuracion_bot where nombre_nora = p_nora for update;
  if not found then return null; end if;
  update public.configuracion_bot set
    nombre_visible = case when p ? 'nombre_visible' then p->>'nombre_visible' else nombre_visible end,
    numero_nora = case when p ? 'numero_nora' then nullif(p->>'numero_nora', '') else numero_nora end,
    activo = case when p ? 'activo' then (p->>'activo')::boolean else activo end
   where nombre_nora = p_nora returning * into b;
  perform public.auditar(p_quien, 'actualizar', 'nora', p_nora, jsonb_build_object('nombre_visible', a.nombre_visible, 'numero_nora', a.numero_nora, 'activo', a.activo), jsonb_build_object('nombre_visible', b.nombre_visible, 'numero_nora', b.numero_nora, 'activo', b.activo));
  return interno.ficha_registro(b);
end $$;

-- Lista del administrador: busca por nombre o numero, pagina por llave.
create function public.listar_noras(p_q text default null, p_desde text default '', p_n integer default 50) returns jsonb language sql stable set search_path = '' as $$
  with z as (
    select b.* from public.configuracion_bot b
     where b.nombre_nora > p_desde and (coalesce(p_q, '') = '' or public.sin_acentos(b.nombre_visible || ' ' || b.nombre_nora || ' ' || coalesce(b.numero_nora, '')) like public.como_patron(p_q))
     order by b.nombre_nora limit least(p_n, 200) + 1)
  select jsonb_build_object('noras', coalesce(jsonb_agg(interno.ficha_registro(z) || jsonb_build_object('created_at', z.created_at,
      'ultimo_mensaje', (select k.ultimo_mensaje from public.contactos k where k.nombre_nora = z.nombre_nora order by k.ultimo_mensaje desc limit 1),
      'esperan', (select count(*) from public.contactos k where k.nombre_nora = z.nombre_nora and k.espera_humano_desde is not null)) order by z.nombre_nora), '[]'),
    'total', (select count(*) from public.configuracion_bot)) from z
$$;

-- Apunta el disparo y dice cuando fue el anterior (null la primera vez).
create function public.marcar_tarea(p_nombre text) returns timestamptz language plpgsql set search_path = '' as $$
declare v timestamptz;
begin
  select t.ultimo into v from public.tareas_programadas t where t.nombre = p_nombre for update;
  insert into public.tareas_programadas (nombre) values (p_nombre) on conflict (nombre) do update set ultimo = clock_timestamp();
  return v;
end $$;
create function public.leer_tarea(p_nombre text) returns timestamptz language sql stable set search_path = '' as $$
  select t.ultimo from public.tareas_programadas t where t.nombre = p_nombre
$$;

-- Noras con cuenta de Twilio propia y numero, por paginas: las demas comparten la cuenta global.
create function public.noras_con_credenciales(p_desde text default '', p_n integer default 100) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('nombre_nora', z.nombre_nora, 'numero_nora', z.numero_nora) order by z.nombre_nora), '[]') from (
    select b.nombre_nora, b.numero_nora from public.configuracion_bot b where b.nombre_nora > p_desde and b.credenciales_twilio is not null and b.numero_nora is not null and b.activo order by b.nombre_nora limit p_n) z
$$;

create function public.credenciales_nora(p_nora text) returns text language sql stable set search_path = '' as $$
  select credenciales_twilio from public.configuracion_bot where nombre_nora = p_nora
$$;

do $$ declare f text; begin
  foreach f in array array['cargar_registro(text, integer)', 'cargar_nora(text)', 'cargar_usuario(uuid)', 'guardar_usuario(jsonb)', 'registrar_error(text, text, text, text)', 'borrar_errores_viejos(integer)',
    'auditar(uuid, text, text, text, jsonb, jsonb)', 'guardar_rutas_plantilla(jsonb)', 'crear_nora(jsonb, uuid)', 'cambiar_modulo(text, text, boolean, uuid)', 'actualizar_nora(text, jsonb, uuid)', 'listar_noras(text, text, integer)', 'credenciales_nora(text)', 'marcar_tarea(text)', 'leer_tarea(text)', 'noras_con_credenciales(text, integer)'] loop
    execute format('grant execute on function public.%s to service_role', f);
  end loop;
end $$;
grant execute on function interno.ficha_registro(public.configuracion_bot), interno.claves_modulos() to service_role;
