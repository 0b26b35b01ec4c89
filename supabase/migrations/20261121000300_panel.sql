-- Lo que pide el panel. Cada funcion toma la nora de nora_actual(), nunca de un argumento: sin nora, nada.
-- SECURITY DEFINER porque @@, LIKE y @> no usan sus indices bajo RLS, y porque tocan tablas que el panel no puede escribir.

create function interno.nombre_de(p_usuario uuid) returns text language sql stable set search_path = '' as $$
  select u.nombre from public.usuarios u where u.id = p_usuario
$$;

-- Auditoria de un cambio de configuracion hecho desde el panel; la nora es la de quien lo hace.
create function interno.apuntar(p_usuario uuid, p_accion text, p_entidad text, p_antes jsonb, p_despues jsonb) returns void language sql set search_path = '' as $$
  insert into public.auditoria (quien, accion, entidad, nombre_nora, antes, despues)
  values ((select u.id from public.usuarios u where u.id = p_usuario), left(p_accion, 100), left(p_entidad, 200), public.nora_actual(), p_antes, p_despues)
$$;

-- Una fila de la lista de chats.
create function interno.fila(k public.contactos) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', k.id, 'nombre', k.nombre, 'telefono', k.telefono, 'imagen_perfil', k.imagen_perfil, 'mensaje_reciente', k.mensaje_reciente, 'reciente_autor', k.reciente_autor,
    'ultimo_mensaje', k.ultimo_mensaje, 'no_leidos', k.no_leidos, 'etiquetas', to_jsonb(k.etiquetas), 'ia_activa', k.ia_activa, 'bloqueado', k.bloqueado,
    'ia_pausada', coalesce(k.ia_pausada_hasta > clock_timestamp(), false), 'atendido_por', k.atendido_por, 'atendido_nombre', interno.nombre_de(k.atendido_por),
    'espera_humano_desde', k.espera_humano_desde, 'acepta_envios', k.acepta_envios)
$$;

create function interno.mensaje(h public.historial_conversaciones) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', h.id, 'mensaje', h.mensaje, 'tipo', h.tipo, 'autor', h.autor, 'usuario_id', h.usuario_id, 'usuario_nombre', interno.nombre_de(h.usuario_id), 'estado', h.estado,
    'error_codigo', h.error_codigo, 'error_detalle', h.error_detalle, 'fecha_hora', h.fecha_hora, 'respuesta_a', h.respuesta_a, 'referido', h.referido, 'clave_cliente', h.clave_cliente,
    'con_fuentes', case when h.autor = 'ia' then exists (select from public.respuestas_ia r where r.historial_id = h.id) else false end,
    'adjuntos', case when h.adjuntos is null and h.tipo = 'usuario' then '[]'::jsonb else
      (select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'tipo', a.tipo, 'nombre', a.nombre, 'bytes', a.bytes, 'estado', a.estado, 'error', a.error) order by a.orden), '[]') from public.adjuntos a where a.historial_id = h.id) end)
$$;

create function public.conteos_chat(p_usuario uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'sin_leer', (select count(*) from public.contactos k where k.nombre_nora = n.n and k.no_leidos > 0),
    'esperando', (select count(*) from public.contactos k where k.nombre_nora = n.n and k.espera_humano_desde is not null),
    'mios', (select count(*) from public.contactos k where k.nombre_nora = n.n and k.atendido_por = p_usuario))
  from (select public.nora_actual() n) n where n.n is not null
$$;

-- Los veinte mensajes mas recientes que dicen eso. Dos caminos, porque ninguno sirve para todo: una palabra comun aparece entre los
-- ultimos mil y basta leerlos; una rara no, y entonces el indice de texto da pocas filas. Dejar elegir al plan lee el millon entero
-- cuando la palabra no existe (mas de 15 s).
create function interno.hallar_mensajes(p_nora text, p_ts tsquery) returns table (id uuid, contacto_id uuid, mensaje text, fecha_hora timestamptz, autor text) language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare n int;
begin
  return query select z.id, z.contacto_id, z.mensaje, z.fecha_hora, z.autor
    from (select h.* from public.historial_conversaciones h where h.nombre_nora = p_nora order by h.fecha_hora desc, h.id desc limit 1000) z
   where to_tsvector('public.es'::regconfig, z.mensaje) @@ p_ts and (z.estado <> 'interno' or z.autor = 'nota') order by z.fecha_hora desc, z.id desc limit 20;
  get diagnostics n = row_count;
  if n = 20 then return; end if;
  return query with m as materialized (
      select h.id, h.contacto_id, h.mensaje, h.fecha_hora, h.autor from public.historial_conversaciones h
       where h.nombre_nora = p_nora and to_tsvector('public.es'::regconfig, h.mensaje) @@ p_ts and (h.estado <> 'interno' or h.autor = 'nota'))
  select m.* from m order by m.fecha_hora desc, m.id desc offset n limit 20 - n;
end $$;

-- La lista: filtro 'todos'|'sin_leer'|'esperando'|'mios'|'etiqueta', busqueda sin acentos en nombre, telefono, correo, empresa y notas, y aparte en el texto de los mensajes.
-- {filas, mensajes, conteos, etiquetas, hay_mas}; conteos, etiquetas y mensajes solo en la primera pagina.
create function public.listar_chats(p_filtro text default 'todos', p_etiqueta text default null, p_q text default null, p_usuario uuid default null, p_antes timestamptz default null, p_antes_id uuid default null, p_n integer default 30) returns jsonb
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_nora text := public.nora_actual(); v_n int := least(greatest(p_n, 1), 100); v_q text := btrim(left(coalesce(p_q, ''), 200)); v_patron text; v_digitos text; v_ts tsquery;
  v_u timestamptz := coalesce(p_antes, 'infinity'); v_id uuid := coalesce(p_antes_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'); v_filas jsonb; v_mens jsonb := '[]'; v_hay boolean;
begin
  if v_nora is null then return null; end if;
  if v_q = '' then
    -- Una consulta por filtro: asi cada una usa su indice parcial.
    case p_filtro
      when 'sin_leer' then
        select coalesce(jsonb_agg(interno.fila(z) order by z.ultimo_mensaje desc, z.id desc), '[]') into v_filas from (
          select k.* from public.contactos k where k.nombre_nora = v_nora and k.no_leidos > 0 and (k.ultimo_mensaje, k.id) < (v_u, v_id) order by k.ultimo_mensaje desc, k.id desc limit v_n + 1) z;
      when 'esperando' then
        select coalesce(jsonb_agg(interno.fila(z) order by z.ultimo_mensaje desc, z.id desc), '[]') into v_filas from (
          select k.* from public.contactos k where k.nombre_nora = v_nora and k.espera_humano_desde is not null and (k.ultimo_mensaje, k.id) < (v_u, v_id) order by k.ultimo_mensaje desc, k.id desc limit v_n + 1) z;
      when 'mios' then
        select coalesce(jsonb_agg(interno.fila(z) order by z.ultimo_mensaje desc, z.id desc), '[]') into v_filas from (
          select k.* from public.contactos k where k.nombre_nora = v_nora and k.atendido_por = p_usuario and (k.ultimo_mensaje, k.id) < (v_u, v_id) order by k.ultimo_mensaje desc, k.id desc limit v_n + 1) z;
      when 'etiqueta' then
        select coalesce(jsonb_agg(interno.fila(z) order by z.ultimo_mensaje desc, z.id desc), '[]') into v_filas from (
          select k.* from public.contactos k where k.nombre_nora = v_nora and (case when coalesce(p_etiqueta, '') = '' then k.etiquetas <> '{}' else k.etiquetas @> array[p_etiqueta] end) and (k.ultimo_mensaje, k.id) < (v_u, v_id) order by k.ultimo_mensaje desc, k.id desc limit v_n + 1) z;
      else
        select coalesce(jsonb_agg(interno.fila(z) order by z.ultimo_mensaje desc, z.id desc), '[]') into v_filas from (
          select k.* from public.contactos k where k.nombre_nora = v_nora and (k.ultimo_mensaje, k.id) < (v_u, v_id) order by k.ultimo_mensaje desc, k.id desc limit v_n + 1) z;
    end case;
  else
    v_patron := public.como_patron(v_q);
    -- Un telefono se puede escribir con espacios, guiones o el 1 de mas: se busca tambien solo por sus ultimos digitos.
    v_digitos := regexp_replace(v_q, '\D', '', 'g');
    v_digitos := case when v_q ~ '^[\d\s()+.-]+$' and length(v_digitos) >= 4 then '%' || right(v_digitos, 10) || '%' end;
    select coalesce(jsonb_agg(interno.fila(z) order by z.ultimo_mensaje desc, z.id desc), '[]') into v_filas from (
      select k.* from public.contactos k
       where k.nombre_nora = v_nora and (k.busqueda like v_patron or k.busqueda like v_digitos) and (k.ultimo_mensaje, k.id) < (v_u, v_id)
         and (p_filtro <> 'sin_leer' or k.no_leidos > 0) and (p_filtro <> 'esperando' or k.espera_humano_desde is not null) and (p_filtro <> 'mios' or k.atendido_por = p_usuario)
         and (p_filtro <> 'etiqueta' or coalesce(p_etiqueta, '') = '' or k.etiquetas @> array[p_etiqueta])
       order by k.ultimo_mensaje desc, k.id desc limit v_n + 1) z;
    v_ts := websearch_to_tsquery('public.es', v_q);
    if p_antes is null and numnode(v_ts) > 0 then
      select coalesce(jsonb_agg(jsonb_build_object('id', z.id, 'contacto_id', z.contacto_id, 'nombre', c.nombre, 'telefono', c.telefono, 'fecha_hora', z.fecha_hora, 'autor', z.autor,
               'extracto', ts_headline('public.es', left(z.mensaje, 2000), v_ts, 'MaxFragments=1, MaxWords=18, MinWords=6, StartSel=⟦, StopSel=⟧')) order by z.fecha_hora desc), '[]') into v_mens
        from interno.hallar_mensajes(v_nora, v_ts) z
        join public.contactos c on c.nombre_nora = v_nora and c.id = z.contacto_id;
    end if;
  end if;
  v_hay := jsonb_array_length(v_filas) > v_n;
  if v_hay then v_filas := v_filas - v_n; end if;
  return jsonb_build_object('filas', v_filas, 'hay_mas', v_hay) || case when p_antes is null then jsonb_build_object('mensajes', v_mens, 'conteos', public.conteos_chat(p_usuario), 'etiquetas', interno.catalogo_etiquetas(v_nora)) else '{}' end;
end $$;

create function interno.catalogo_etiquetas(p_nora text) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('nombre', e.nombre, 'color', e.color) order by lower(e.nombre)), '[]') from (select * from public.etiquetas t where t.nombre_nora = p_nora order by lower(t.nombre) limit 300) e
$$;

create function public.fila_chat(p_contacto uuid, p_usuario uuid default null) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('fila', interno.fila(k), 'conteos', public.conteos_chat(p_usuario), 'etiquetas', interno.catalogo_etiquetas(k.nombre_nora)) from public.contactos k where k.id = p_contacto and k.nombre_nora = public.nora_actual()
$$;

-- Mensajes de un hilo por llave (fecha, id): anteriores a un punto (los mas nuevos primero) o posteriores a el. Siempre devueltos en orden de lectura.
create function public.listar_mensajes(p_contacto uuid, p_antes timestamptz default null, p_antes_id uuid default null, p_despues timestamptz default null, p_despues_id uuid default null, p_n integer default 40) returns jsonb
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare v_nora text := public.nora_actual(); v_n int := least(greatest(p_n, 1), 200); v jsonb; v_hay boolean;
begin
  if v_nora is null then return null; end if;
  if p_despues is not null then
    select coalesce(jsonb_agg(interno.mensaje(z) order by z.fecha_hora, z.id), '[]') into v from (
      select h.* from public.historial_conversaciones h where h.nombre_nora = v_nora and h.contacto_id = p_contacto and (h.fecha_hora, h.id) > (p_despues, coalesce(p_despues_id, '00000000-0000-0000-0000-000000000000')) order by h.fecha_hora, h.id limit v_n + 1) z;
    v_hay := jsonb_array_length(v) > v_n;
    if v_hay then v := v - v_n; end if;
  else
    select coalesce(jsonb_agg(interno.mensaje(z) order by z.fecha_hora, z.id), '[]') into v from (
      select h.* from public.historial_conversaciones h where h.nombre_nora = v_nora and h.contacto_id = p_contacto and (h.fecha_hora, h.id) < (coalesce(p_antes, 'infinity'), coalesce(p_antes_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff')) order by h.fecha_hora desc, h.id desc limit v_n + 1) z;
    v_hay := jsonb_array_length(v) > v_n;
    if v_hay then v := v - 0; end if;
  end if;
  return jsonb_build_object('mensajes', v, 'hay_mas', v_hay);
end $$;

-- Los estados actuales de unos mensajes del hilo (palomitas), por id.
create function public.mensajes_por_id(p_contacto uuid, p_ids jsonb) returns jsonb language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(interno.mensaje(h) order by h.fecha_hora, h.id), '[]') from public.historial_conversaciones h
   where h.nombre_nora = public.nora_actual() and h.contacto_id = p_contacto and h.id in (select x::uuid from jsonb_array_elements_text(p_ids) x limit 200)
$$;

create function public.abrir_chat(p_contacto uuid, p_n integer default 40) returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); k public.contactos; b public.configuracion_bot; v_hilo jsonb;
begin
  select * into k from public.contactos where id = p_contacto and nombre_nora = v_nora;
  if not found then return null; end if;
  select * into b from public.configuracion_bot where nombre_nora = v_nora;
  v_hilo := public.listar_mensajes(p_contacto, null, null, null, null, p_n);
  return v_hilo || jsonb_build_object(
    'contacto', interno.fila(k) || jsonb_build_object('correo', k.correo, 'empresa', k.empresa, 'notas', k.notas, 'datos', k.datos, 'created_at', k.created_at, 'ventana_hasta', k.ventana_hasta, 'ia_pausada_hasta', k.ia_pausada_hasta,
      'motivo_espera', k.motivo_espera, 'id_whatsapp', k.id_whatsapp,
      'referido', (select h.referido from public.historial_conversaciones h where h.nombre_nora = v_nora and h.contacto_id = k.id and h.referido is not null order by h.fecha_hora limit 1)),
    'etiquetas', interno.catalogo_etiquetas(v_nora), 'razon_silencio', interno.razon_silencio(k, b), 'razon_no_enviar', interno.razon_no_enviar(k, b, 'humano'),
    'ia_activa_nora', b.ia_activa, 'ahora', clock_timestamp());
end $$;

create function interno.aviso_hilo(k public.contactos, p_texto text, p_usuario uuid) returns void language sql set search_path = '' as $$
  insert into public.historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, autor, usuario_id, estado)
  values (k.nombre_nora, k.id, k.telefono, p_texto, 'respuesta', 'sistema', p_usuario, 'interno')
$$;
create function interno.callar_ia(p_contacto uuid) returns void language sql set search_path = '' as $$
  update public.historial_conversaciones set estado = 'omitido', estado_en = clock_timestamp() where contacto_id = p_contacto and estado = 'pendiente' and autor in ('ia', 'automatica')
$$;

-- Lo que escribe una persona. p: {contacto, textos:[…], adjuntos:[uuid], clave, usuario}. Con la misma clave no se repite nada.
-- Va directo a la salida, toma la conversacion, calla a Nora y retira lo que ella tuviera sin enviar. {r:'guardado'|'repetido'|'impedido', ids, razon}
create function public.enviar_humano(p jsonb) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); k public.contactos; b public.configuracion_bot; v_clave text := p->>'clave'; v_razon text; v_ids uuid[]; v_id uuid; v_usuario uuid := (p->>'usuario')::uuid; v_textos jsonb := coalesce(p->'textos', '[]'); v_adj jsonb := coalesce(p->'adjuntos', '[]'); i int; n int; v_tipo text;
begin
  if coalesce(length(v_clave), 0) not between 8 and 64 then raise exception using errcode = '22023', message = 'clave invalida'; end if;
  n := greatest(jsonb_array_length(v_textos), jsonb_array_length(v_adj));
  if n not between 1 and 30 then raise exception using errcode = '22023', message = 'mensaje vacio o demasiado largo'; end if;
  select * into k from public.contactos where id = (p->>'contacto')::uuid and nombre_nora = v_nora for no key update;
  if not found then return null; end if;
  select array_agg(h.id order by h.fecha_hora, h.id) into v_ids from public.historial_conversaciones h where h.nombre_nora = v_nora and (h.clave_cliente = v_clave or h.clave_cliente like replace(v_clave, '_', '\_') || ':%');
  if v_ids is not null then return jsonb_build_object('r', 'repetido', 'ids', to_jsonb(v_ids)); end if;
  select * into b from public.configuracion_bot where nombre_nora = v_nora;
  v_razon := interno.razon_no_enviar(k, b, 'humano');
  if v_razon is not null then return jsonb_build_object('r', 'impedido', 'razon', v_razon); end if;

  perform interno.despertar(k.id, v_nora, 'salida');
  perform interno.callar_ia(k.id);
  if k.atendido_por is distinct from v_usuario then
    perform interno.aviso_hilo(k, coalesce(interno.nombre_de(v_usuario), 'Alguien del equipo') || ' tomó la conversación', v_usuario);
  end if;
  for i in 0..n - 1 loop
    insert into public.historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, origen, autor, usuario_id, estado, epoca, clave_cliente)
    values (v_nora, k.id, coalesce(k.telefono, k.id_whatsapp), coalesce(v_textos->>i, ''), 'respuesta', b.numero_nora, 'humano', v_usuario, 'pendiente', k.epoca + 1, case when i = 0 then v_clave else v_clave || ':' || i end)
    returning id into v_id;
    v_ids := v_ids || v_id;
    if v_adj->>i is not null then
      update public.adjuntos set historial_id = v_id where id = (v_adj->>i)::uuid and nombre_nora = v_nora and historial_id is null and estado = 'listo' returning tipo into v_tipo;
      if not found then raise exception using errcode = '22023', message = 'adjunto desconocido'; end if;
    elsif btrim(coalesce(v_textos->>i, '')) = '' then
      raise exception using errcode = '22023', message = 'mensaje vacio';
    end if;
  end loop;
  update public.contactos set epoca = k.epoca + 1, epoca_resuelta = k.epoca + 1, no_leidos = 0, atendido_por = v_usuario, ia_pausada_hasta = clock_timestamp() + make_interval(hours => b.reanudar_ia_horas),
    espera_humano_desde = null, motivo_espera = null, mensaje_reciente = public.resumen_de(coalesce(v_textos->>(n - 1), ''), v_tipo), reciente_autor = 'humano', ultimo_mensaje = clock_timestamp() where id = k.id;
  return jsonb_build_object('r', 'guardado', 'ids', to_jsonb(v_ids));
end $$;

create function public.tomar_contacto(p_contacto uuid, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare k public.contactos; b public.configuracion_bot;
begin
  select * into k from public.contactos where id = p_contacto and nombre_nora = public.nora_actual() for no key update;
  if not found then return null; end if;
  select * into b from public.configuracion_bot where nombre_nora = k.nombre_nora;
  perform interno.callar_ia(k.id);
  if k.atendido_por is distinct from p_usuario then
    perform interno.aviso_hilo(k, coalesce(interno.nombre_de(p_usuario), 'Alguien del equipo') || ' tomó la conversación', p_usuario);
  end if;
  update public.contactos set epoca = epoca + 1, atendido_por = p_usuario, ia_pausada_hasta = clock_timestamp() + make_interval(hours => b.reanudar_ia_horas) where id = k.id;
  return jsonb_build_object('r', 'tomado');
end $$;

-- Hasta donde habia contestado alguien: lo que la persona escribio despues sigue sin respuesta.
create function interno.epoca_contestada(k public.contactos) returns bigint language sql stable set search_path = '' as $$
  select coalesce((select max(e.epoca) from public.historial_conversaciones e where e.nombre_nora = k.nombre_nora and e.contacto_id = k.id and e.autor = 'contacto'
    and e.fecha_hora < (select max(r.fecha_hora) from public.historial_conversaciones r where r.nombre_nora = k.nombre_nora and r.contacto_id = k.id and r.tipo = 'respuesta' and r.estado not in ('omitido', 'interno', 'fallido'))),
    case when exists (select from public.historial_conversaciones r where r.nombre_nora = k.nombre_nora and r.contacto_id = k.id and r.tipo = 'respuesta' and r.estado not in ('omitido', 'interno', 'fallido')) then k.epoca_resuelta else 0 end)
$$;

-- Nora vuelve a atender; si lo ultimo que dijo la persona quedo sin contestar, lo contesta.
create function public.devolver_contacto(p_contacto uuid, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare k public.contactos;
begin
  select * into k from public.contactos where id = p_contacto and nombre_nora = public.nora_actual() for no key update;
  if not found then return null; end if;
  -- Devolver lo que nadie tiene no cambia nada: subir la epoca tiraria lo que Nora este pensando y decidiria otra vez lo ya decidido.
  if k.atendido_por is null and coalesce(k.ia_pausada_hasta <= clock_timestamp(), true) and k.espera_humano_desde is null then return jsonb_build_object('r', 'igual'); end if;
  perform interno.despertar(k.id, k.nombre_nora, 'respuesta');
  perform interno.aviso_hilo(k, coalesce(interno.nombre_de(p_usuario), 'Alguien del equipo') || ' devolvió la conversación a Nora', p_usuario);
  update public.contactos set epoca = epoca + 1, epoca_resuelta = interno.epoca_contestada(k), atendido_por = null, ia_pausada_hasta = null, espera_humano_desde = null, motivo_espera = null where id = k.id;
  return jsonb_build_object('r', 'devuelto');
end $$;

create function public.alternar_ia(p_contacto uuid, p_activa boolean, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare k public.contactos;
begin
  select * into k from public.contactos where id = p_contacto and nombre_nora = public.nora_actual() for no key update;
  if not found then return null; end if;
  if k.ia_activa = p_activa then return jsonb_build_object('r', 'igual'); end if;
  if p_activa then perform interno.despertar(k.id, k.nombre_nora, 'respuesta'); else perform interno.callar_ia(k.id); end if;
  perform interno.aviso_hilo(k, coalesce(interno.nombre_de(p_usuario), 'Alguien del equipo') || case when p_activa then ' encendió' else ' apagó' end || ' las respuestas de Nora', p_usuario);
  update public.contactos set ia_activa = p_activa, epoca = epoca + 1, epoca_resuelta = case when p_activa then interno.epoca_contestada(k) else epoca_resuelta end where id = k.id;
  return jsonb_build_object('r', 'cambiado');
end $$;

create function public.bloquear_contacto(p_contacto uuid, p_bloqueado boolean, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare k public.contactos;
begin
  select * into k from public.contactos where id = p_contacto and nombre_nora = public.nora_actual() for no key update;
  if not found then return null; end if;
  if k.bloqueado = p_bloqueado then return jsonb_build_object('r', 'igual'); end if;
  if p_bloqueado then perform interno.callar_ia(k.id); end if;
  perform interno.aviso_hilo(k, coalesce(interno.nombre_de(p_usuario), 'Alguien del equipo') || case when p_bloqueado then ' bloqueó' else ' desbloqueó' end || ' a esta persona', p_usuario);
  update public.contactos set bloqueado = p_bloqueado, epoca = epoca + 1, epoca_resuelta = epoca + 1, espera_humano_desde = case when p_bloqueado then null else espera_humano_desde end where id = k.id;
  return jsonb_build_object('r', 'cambiado');
end $$;

create function public.marcar_leido(p_contacto uuid) returns boolean language sql security definer set search_path = '' as $$
  with u as (update public.contactos set no_leidos = 0 where id = p_contacto and nombre_nora = public.nora_actual() and no_leidos > 0 returning 1) select exists (select from u)
$$;
create function public.marcar_no_leido(p_contacto uuid) returns boolean language sql security definer set search_path = '' as $$
  with u as (update public.contactos set no_leidos = 1 where id = p_contacto and nombre_nora = public.nora_actual() and no_leidos = 0 returning 1) select exists (select from u)
$$;

-- p_datos: {nombre?, correo?, empresa?, notas?}; la llave ausente no se toca, la vacia se borra.
create function public.guardar_contacto(p_contacto uuid, p_datos jsonb, p_usuario uuid) returns jsonb language sql security definer set search_path = '' as $$
  update public.contactos set
    nombre = case when p_datos ? 'nombre' then nullif(btrim(p_datos->>'nombre'), '') else nombre end,
    correo = case when p_datos ? 'correo' then nullif(btrim(p_datos->>'correo'), '') else correo end,
    empresa = case when p_datos ? 'empresa' then nullif(btrim(p_datos->>'empresa'), '') else empresa end,
    notas = case when p_datos ? 'notas' then nullif(btrim(p_datos->>'notas'), '') else notas end
   where id = p_contacto and nombre_nora = public.nora_actual()
  returning jsonb_build_object('id', id, 'nombre', nombre, 'correo', correo, 'empresa', empresa, 'notas', notas)
$$;

-- Pone una etiqueta y la agrega al catalogo si no existia (sin distinguir mayusculas: gana la forma ya escrita).
create function public.poner_etiqueta(p_contacto uuid, p_nombre text, p_color text default 'gris') returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v_nombre text := btrim(p_nombre); v_lista jsonb;
begin
  if not exists (select from public.contactos where id = p_contacto and nombre_nora = v_nora) then return null; end if;
  insert into public.etiquetas (nombre_nora, nombre, color) values (v_nora, v_nombre, p_color) on conflict do nothing;
  select e.nombre into v_nombre from public.etiquetas e where e.nombre_nora = v_nora and lower(e.nombre) = lower(v_nombre);
  update public.contactos set etiquetas = case when v_nombre = any (etiquetas) then etiquetas else etiquetas || v_nombre end where id = p_contacto and nombre_nora = v_nora returning to_jsonb(etiquetas) into v_lista;
  return v_lista;
end $$;
create function public.quitar_etiqueta(p_contacto uuid, p_nombre text) returns jsonb language sql security definer set search_path = '' as $$
  update public.contactos set etiquetas = array_remove(etiquetas, p_nombre) where id = p_contacto and nombre_nora = public.nora_actual() returning to_jsonb(etiquetas)
$$;

-- Reintentar es una decision de una persona: el mensaje vuelve a la fila si todavia se puede mandar.
create function public.reintentar_envio(p_mensaje uuid, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); k public.contactos; b public.configuracion_bot; h public.historial_conversaciones; v_razon text;
begin
  select * into h from public.historial_conversaciones where id = p_mensaje and nombre_nora = v_nora;
  if not found then return null; end if;
  select * into k from public.contactos where id = h.contacto_id for no key update;
  select * into b from public.configuracion_bot where nombre_nora = v_nora;
  if h.estado not in ('fallido', 'incierto') then return jsonb_build_object('r', 'no_hace_falta'); end if;
  v_razon := interno.razon_no_enviar(k, b, h.autor);
  if v_razon is not null then return jsonb_build_object('r', 'impedido', 'razon', v_razon); end if;
  perform interno.despertar(k.id, v_nora, 'salida');
  update public.historial_conversaciones set estado = 'pendiente', estado_en = clock_timestamp(), sid = null, error_codigo = null, error_detalle = null, intentos = 0 where id = h.id and estado in ('fallido', 'incierto');
  return jsonb_build_object('r', 'en_fila');
end $$;

-- "¿De dónde salió?": lo que Nora tuvo delante y lo que cito.
create function public.fuentes_de(p_mensaje uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('modo', r.modo, 'modelo', r.modelo, 'latencia_ms', r.latencia_ms, 'tokens_entrada', r.tokens_entrada, 'tokens_salida', r.tokens_salida, 'motivo', r.motivo, 'pregunta', r.pregunta, 'creado', r.creado,
    'citados', r.fuentes,
    'dados', (select coalesce(jsonb_agg(jsonb_build_object('id', n.id, 'titulo', n.titulo, 'contenido', n.contenido, 'citado', n.id = any (r.citados))), '[]') from public.conocimiento_nora n where n.nombre_nora = r.nombre_nora and n.id = any (r.fragmentos)),
    'cambiados', (select coalesce(jsonb_agg(f->>'id'), '[]') from jsonb_array_elements(r.fuentes) f where not exists (select from public.conocimiento_nora n where n.nombre_nora = r.nombre_nora and n.id = (f->>'id')::uuid and n.contenido = f->>'contenido')))
    from public.respuestas_ia r where r.historial_id = p_mensaje and r.nombre_nora = public.nora_actual() order by r.creado desc limit 1
$$;

create function public.buscar_rapidas(p_q text, p_n integer default 8) returns jsonb language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', z.id, 'atajo', z.atajo, 'texto', z.texto) order by z.atajo), '[]') from (
    select r.* from public.respuestas_rapidas r where r.nombre_nora = public.nora_actual() and (coalesce(p_q, '') = '' or r.atajo like public.como_patron(p_q) or public.sin_acentos(r.texto) like public.como_patron(p_q)) order by r.atajo limit least(p_n, 50)) z
$$;

-- Inicio: todo en una llamada.
-- El principio del tramo se calcula aparte: como variable, el plan sabe cuantos mensajes son y usa el indice.
create function interno.dias_de(p_nora text, p_zona text) returns table (dia date, recibidos bigint, ia bigint, fallidos bigint) language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare v_hoy date := (clock_timestamp() at time zone p_zona)::date; v_desde timestamptz;
begin
  select greatest(coalesce(max(r.dia) + 1, v_hoy - 13), v_hoy - 13)::timestamp at time zone p_zona into v_desde from public.resumen_dia r where r.nombre_nora = p_nora and r.dia < v_hoy;
  return query
  with vivo as (
    select (h.fecha_hora at time zone p_zona)::date dia, count(*) filter (where h.autor = 'contacto') recibidos, count(*) filter (where h.autor = 'ia') ia, count(*) filter (where h.estado = 'fallido') fallidos
      from public.historial_conversaciones h where h.nombre_nora = p_nora and h.fecha_hora >= v_desde group by 1)
  select d.d::date, coalesce(v.recibidos, r.recibidos, 0), coalesce(v.ia, r.ia, 0), coalesce(v.fallidos, r.fallidos, 0)
    from generate_series(v_hoy - 13, v_hoy, interval '1 day') d(d) left join vivo v on v.dia = d.d::date left join public.resumen_dia r on r.nombre_nora = p_nora and r.dia = d.d::date order by d.d;
end $$;

create function public.panel_inicio(p_usuario uuid) returns jsonb language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
-- Las fechas van en variables: una funcion volatil en la condicion deja sin indice (cien mil contactos: 150 ms contra 1).
declare v_nora text := public.nora_actual(); b public.configuracion_bot; v_dias jsonb; v_hoy jsonb; v_bloques int; v_semana timestamptz := clock_timestamp() - interval '7 days'; v_medianoche timestamptz;
begin
  select * into b from public.configuracion_bot where nombre_nora = v_nora;
  if not found then return null; end if;
  v_medianoche := (clock_timestamp() at time zone b.zona_horaria)::date::timestamp at time zone b.zona_horaria;
  select jsonb_agg(jsonb_build_object('dia', d.dia, 'recibidos', d.recibidos, 'ia', d.ia) order by d.dia), (array_agg(jsonb_build_object('recibidos', d.recibidos, 'ia', d.ia, 'fallidos', d.fallidos) order by d.dia desc))[1]
    into v_dias, v_hoy from interno.dias_de(v_nora, b.zona_horaria) d;
  select count(*) into v_bloques from public.conocimiento_nora c where c.nombre_nora = v_nora and c.activo;
  return jsonb_build_object(
    'nora', jsonb_build_object('nombre_visible', b.nombre_visible, 'numero_nora', b.numero_nora, 'ia_activa', b.ia_activa, 'modo_respuesta', b.modo_respuesta, 'personalidad_lista', coalesce(btrim(b.personalidad), '') <> '', 'foto_perfil', b.foto_perfil, 'zona_horaria', b.zona_horaria, 'credenciales_propias', b.credenciales_twilio is not null, 'created_at', b.created_at),
    'cifras', jsonb_build_object(
      'sin_leer', (select count(*) from public.contactos k where k.nombre_nora = v_nora and k.no_leidos > 0),
      'esperan', (select count(*) from public.contactos k where k.nombre_nora = v_nora and k.espera_humano_desde is not null),
      -- Hasta diez mil: contar a cien mil en cada visita cuesta mas que todo lo demas.
      'contactos', (select count(*) from (select 1 from public.contactos k where k.nombre_nora = v_nora limit 10001) z),
      'nuevos_hoy', (select count(*) from public.contactos k where k.nombre_nora = v_nora and k.created_at >= v_medianoche),
      'bloques', v_bloques,
      'sin_respuesta', (select count(*) from (select 1 from public.respuestas_ia r where r.nombre_nora = v_nora and r.motivo = 'sin_evidencia' and r.creado > v_semana limit 1000) z),
      'reglas', (select count(*) from public.respuestas_automaticas r where r.nombre_nora = v_nora and r.activo),
      'usos_reglas', (select coalesce(sum(r.usos), 0) from public.respuestas_automaticas r where r.nombre_nora = v_nora),
      'etiquetas', (select count(*) from public.etiquetas e where e.nombre_nora = v_nora),
      'ia_con_fuente_pct', (select case when count(*) > 0 then round(100.0 * count(*) filter (where cardinality(z.citados) > 0) / count(*)) end from (select r.citados from public.respuestas_ia r where r.nombre_nora = v_nora and r.motivo = 'respondida' and r.creado > v_semana order by r.creado desc limit 1000) z),
      'respondidos_hoy', v_hoy->'ia', 'recibidos_hoy', v_hoy->'recibidos',
      'fallidos', (select count(*) from (select 1 from public.historial_conversaciones h where h.nombre_nora = v_nora and h.estado in ('fallido', 'incierto') and h.fecha_hora > v_semana limit 1000) z)),
    'dias', v_dias,
    'pendientes', (
      select coalesce(jsonb_agg(z.j), '[]') from (
        (select jsonb_build_object('tipo', 'espera', 'contacto_id', k.id, 'nombre', k.nombre, 'telefono', k.telefono, 'texto', coalesce(k.motivo_espera, k.mensaje_reciente), 'desde', k.espera_humano_desde) j
           from public.contactos k where k.nombre_nora = v_nora and k.espera_humano_desde is not null order by k.espera_humano_desde limit 5)
        union all
        (select jsonb_build_object('tipo', 'fallido', 'contacto_id', f.contacto_id, 'nombre', k.nombre, 'telefono', k.telefono, 'texto', f.error_detalle, 'codigo', f.error_codigo, 'desde', f.fecha_hora) j
           from (select h.contacto_id, h.error_detalle, h.error_codigo, h.fecha_hora from public.historial_conversaciones h where h.nombre_nora = v_nora and h.estado in ('fallido', 'incierto') and h.fecha_hora > v_semana order by h.fecha_hora desc limit 3) f
           join public.contactos k on k.nombre_nora = v_nora and k.id = f.contacto_id)
        union all
        (select jsonb_build_object('tipo', 'sin_respuesta', 'texto', q.pregunta, 'n', q.n, 'desde', q.ultima) j
           from (select min(r.pregunta) pregunta, count(*) n, max(r.creado) ultima from (select t.pregunta, t.creado from public.respuestas_ia t where t.nombre_nora = v_nora and t.motivo = 'sin_evidencia' and t.creado > v_semana order by t.creado desc limit 200) r
                  where btrim(coalesce(r.pregunta, '')) <> '' group by public.en_palabras(r.pregunta) order by count(*) desc, max(r.creado) desc limit 2) q)) z),
    'miembros', (select coalesce(jsonb_agg(jsonb_build_object('nombre', u.nombre, 'correo', u.correo, 'rol', m.rol) order by m.rol desc, u.nombre), '[]') from public.usuarios_noras m join public.usuarios u on u.id = m.usuario_id and u.activo where m.nombre_nora = v_nora),
    'ultimo_recibido', (select max(h.fecha_hora) from (select h.fecha_hora, h.autor from public.historial_conversaciones h where h.nombre_nora = v_nora order by h.fecha_hora desc limit 50) h where h.autor = 'contacto'),
    'ultima_ia', (select jsonb_build_object('modo', r.modo, 'modelo', r.modelo, 'latencia_ms', r.latencia_ms, 'cuando', r.creado, 'motivo', r.motivo) from public.respuestas_ia r where r.nombre_nora = v_nora order by r.creado desc limit 1),
    'mensaje_prueba', exists (select from public.historial_conversaciones h where h.nombre_nora = v_nora and h.autor = 'contacto'));
end $$;

-- Cierra los dias que ya pasaron para una nora: idempotente. La llama un trabajo nocturno por paginas.
create function public.cerrar_dias(p_desde text default '', p_n integer default 200) returns jsonb language plpgsql set search_path = '' as $$
declare b record; v_ult text := null; v_filas int := 0; v_primero date; v_hoy date; n int;
begin
  for b in select c.nombre_nora, c.zona_horaria from public.configuracion_bot c where c.nombre_nora > p_desde order by c.nombre_nora limit p_n loop
    v_ult := b.nombre_nora; v_hoy := (clock_timestamp() at time zone b.zona_horaria)::date;
    select coalesce(max(r.dia) + 1, v_hoy - 90) into v_primero from public.resumen_dia r where r.nombre_nora = b.nombre_nora;
    insert into public.resumen_dia (nombre_nora, dia, recibidos, ia, automaticas, humanos, fallidos)
    -- Una pasada por el tramo entero: unir cada dia con sus mensajes recorria la nora noventa veces (10 s con cien mil mensajes).
    select b.nombre_nora, d.dia, coalesce(v.recibidos, 0), coalesce(v.ia, 0), coalesce(v.automaticas, 0), coalesce(v.humanos, 0), coalesce(v.fallidos, 0)
      from (select generate_series(v_primero, v_hoy - 1, interval '1 day')::date dia) d
      left join (select (h.fecha_hora at time zone b.zona_horaria)::date dia, count(*) filter (where h.autor = 'contacto') recibidos, count(*) filter (where h.autor = 'ia') ia,
                        count(*) filter (where h.autor = 'automatica') automaticas, count(*) filter (where h.autor = 'humano') humanos, count(*) filter (where h.estado = 'fallido') fallidos
                   from public.historial_conversaciones h
                  where h.nombre_nora = b.nombre_nora and h.fecha_hora >= (v_primero::timestamp at time zone b.zona_horaria) and h.fecha_hora < (v_hoy::timestamp at time zone b.zona_horaria)
                  group by 1) v on v.dia = d.dia
    on conflict do nothing;
    get diagnostics n = row_count;
    v_filas := v_filas + n;
  end loop;
  return jsonb_build_object('ultima', v_ult, 'filas', v_filas);
end $$;

do $$ declare f text; begin
  foreach f in array array['conteos_chat(uuid)', 'listar_chats(text, text, text, uuid, timestamptz, uuid, integer)', 'fila_chat(uuid, uuid)', 'listar_mensajes(uuid, timestamptz, uuid, timestamptz, uuid, integer)', 'mensajes_por_id(uuid, jsonb)',
    'abrir_chat(uuid, integer)', 'enviar_humano(jsonb)', 'tomar_contacto(uuid, uuid)', 'devolver_contacto(uuid, uuid)', 'alternar_ia(uuid, boolean, uuid)', 'bloquear_contacto(uuid, boolean, uuid)', 'marcar_leido(uuid)', 'marcar_no_leido(uuid)',
    'guardar_contacto(uuid, jsonb, uuid)', 'poner_etiqueta(uuid, text, text)', 'quitar_etiqueta(uuid, text)', 'reintentar_envio(uuid, uuid)', 'fuentes_de(uuid)', 'buscar_rapidas(text, integer)', 'panel_inicio(uuid)'] loop
    execute format('grant execute on function public.%s to nora_panel', f);
  end loop;
end $$;
grant execute on function public.cerrar_dias(text, integer) to service_role;
