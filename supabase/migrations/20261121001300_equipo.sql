-- El chat para un equipo: asignar, resolver, posponer, notas internas, mensajes para despues, plantillas aprobadas, exportar y borrar a una persona.
-- Candados como en todas partes: contacto -> atenciones -> historial; un mensaje programado se bloquea despues de su contacto.

alter table public.contactos add column resuelto_en timestamptz, add column pospuesto_hasta timestamptz, add column reciente_usuario uuid;
comment on column public.contactos.reciente_usuario is 'quien escribio lo ultimo cuando reciente_autor es humano; sin llave: sirve para decir Tu y nada mas';
create index contactos_resueltos on public.contactos (nombre_nora, ultimo_mensaje desc, id desc) where resuelto_en is not null;
create index contactos_pospuestos on public.contactos (nombre_nora, ultimo_mensaje desc, id desc) where pospuesto_hasta is not null;
create index contactos_por_despertar on public.contactos (pospuesto_hasta) where pospuesto_hasta is not null;
create index contactos_sin_asignar on public.contactos (nombre_nora, ultimo_mensaje desc, id desc) where atendido_por is null and resuelto_en is null and pospuesto_hasta is null and not bloqueado;
grant select (resuelto_en, pospuesto_hasta, reciente_usuario) on public.contactos to nora_panel;

-- Una nota interna vive en el hilo y jamas sale: la propia tabla lo impide, no quien la escribe.
alter table public.historial_conversaciones drop constraint historial_conversaciones_autor_check;
alter table public.historial_conversaciones add constraint historial_conversaciones_autor_check check (autor in ('contacto', 'ia', 'automatica', 'humano', 'envio', 'sistema', 'nota')),
  add constraint historial_nota_interna check (autor <> 'nota' or (estado = 'interno' and sid is null)),
  add column plantilla jsonb check (pg_column_size(plantilla) <= 16384);
comment on column public.historial_conversaciones.plantilla is '{sid, nombre, variables}: sale como plantilla de WhatsApp, con o sin ventana abierta';
grant select (plantilla) on public.historial_conversaciones to nora_panel;

-- Lo que se subio en el redactor: si nunca se envio, de noche se borra.
alter table public.adjuntos add column para text check (para in ('chat'));
grant select (para), insert (para) on public.adjuntos to nora_panel;
create index adjuntos_ruta on public.adjuntos (nombre_nora, ruta);
create index adjuntos_sueltos on public.adjuntos (created_at) where para = 'chat' and historial_id is null;

create table public.plantillas_whatsapp (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  content_sid text not null check (content_sid ~ '^HX[0-9a-fA-F]{32}$'),
  nombre text not null check (length(nombre) <= 200),
  nombre_whatsapp text check (length(nombre_whatsapp) <= 512),
  idioma text not null default '' check (length(idioma) <= 20),
  categoria text check (length(categoria) <= 40),
  tipo text not null check (length(tipo) <= 60),
  cuerpo text not null check (length(cuerpo) <= 4000),
  contenido jsonb not null default '{}' check (pg_column_size(contenido) <= 65536),
  variables text[] not null default '{}' check (cardinality(variables) <= 100),
  ejemplos jsonb not null default '{}',
  estado text not null check (length(estado) <= 40),
  motivo_rechazo text check (length(motivo_rechazo) <= 1000),
  usable boolean not null default true,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  unique (nombre_nora, id),
  unique (nombre_nora, content_sid)
);
comment on column public.plantillas_whatsapp.estado is 'el de WhatsApp: approved, pending, rejected, paused, disabled, unsubmitted…; borrada = ya no esta en Twilio';
comment on column public.plantillas_whatsapp.usable is 'su tipo puede abrir una conversacion; una lista o una ubicacion no';

create table public.plantillas_sincronizacion (
  nombre_nora text primary key references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  cuando timestamptz not null default clock_timestamp(),
  error text check (length(error) <= 500)
);

create table public.mensajes_programados (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null,
  contacto_id uuid not null,
  usuario_id uuid references public.usuarios (id) on delete set null,
  texto text not null default '' check (length(texto) <= 5000),
  textos jsonb not null default '[]',
  adjuntos uuid[] not null default '{}' check (cardinality(adjuntos) <= 10),
  plantilla jsonb check (pg_column_size(plantilla) <= 16384),
  cuando timestamptz not null,
  estado text not null default 'programado' check (estado in ('programado', 'enviado', 'impedido', 'cancelado')),
  motivo text check (length(motivo) <= 300),
  historial_id uuid,
  clave_cliente text not null check (length(clave_cliente) <= 80),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  unique (nombre_nora, clave_cliente),
  foreign key (nombre_nora, contacto_id) references public.contactos (nombre_nora, id) on update cascade on delete cascade
);
create index mensajes_programados_contacto on public.mensajes_programados (nombre_nora, contacto_id, cuando);
create index mensajes_programados_nora on public.mensajes_programados (nombre_nora, cuando, id) where estado = 'programado';
create index mensajes_programados_vencen on public.mensajes_programados (cuando) where estado = 'programado';
create index mensajes_programados_usuario on public.mensajes_programados (usuario_id) where usuario_id is not null;

-- Archivos cuya fila ya se borro: la lista sobrevive a una caida entre la base y el almacen.
create table public.adjuntos_por_borrar (
  ruta text primary key check (length(ruta) <= 500),
  nombre_nora text not null,
  creado timestamptz not null default clock_timestamp()
);
-- Mensajes de una persona borrada: la conciliacion con Twilio no debe traerlos de vuelta. El sid no dice nada de nadie.
create table public.sids_borrados (
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  sid text not null check (length(sid) <= 64),
  borrado timestamptz not null default clock_timestamp(),
  primary key (nombre_nora, sid)
);

do $$ declare t text; begin
  foreach t in array array['plantillas_whatsapp', 'plantillas_sincronizacion', 'mensajes_programados', 'adjuntos_por_borrar', 'sids_borrados'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('revoke all on public.%I from anon, authenticated', t);
    execute format('grant select, insert, update, delete on public.%I to service_role', t);
  end loop;
  foreach t in array array['plantillas_whatsapp', 'plantillas_sincronizacion', 'mensajes_programados'] loop
    execute format('create policy nora on public.%I for all to nora_panel using (nombre_nora = (select public.nora_actual())) with check (nombre_nora = (select public.nora_actual()))', t);
  end loop;
  foreach t in array array['plantillas_whatsapp', 'mensajes_programados'] loop
    execute format('create trigger tocar before update on public.%I for each row execute function interno.tocar_updated_at()', t);
  end loop;
end $$;
grant select (id, nombre_nora, content_sid, nombre, nombre_whatsapp, idioma, categoria, tipo, cuerpo, contenido, variables, ejemplos, estado, motivo_rechazo, usable, created_at, updated_at) on public.plantillas_whatsapp to nora_panel;
grant select (nombre_nora, cuando, error) on public.plantillas_sincronizacion to nora_panel;
grant select (id, nombre_nora, contacto_id, usuario_id, texto, adjuntos, plantilla, cuando, estado, motivo, historial_id, created_at, updated_at) on public.mensajes_programados to nora_panel;

-- Piezas -------------------------------------------------------------------------------------------------------------

-- Un mensaje entrante, o que alguien la tome, reabre lo resuelto y despierta lo pospuesto, venga de donde venga.
create function interno.reabrir() returns trigger language plpgsql set search_path = '' as $$
begin
  new.resuelto_en := null;
  new.pospuesto_hasta := null;
  return new;
end $$;
create trigger reabrir before update of epoca on public.contactos for each row
  when ((old.resuelto_en is not null or old.pospuesto_hasta is not null) and new.epoca > old.epoca
        and (new.no_leidos > old.no_leidos or (new.atendido_por is not null and new.atendido_por is distinct from old.atendido_por)))
  execute function interno.reabrir();

-- 'en_1h' | 'en_3h' | 'manana' | 'lunes' | hora de pared de la nora 'AAAA-MM-DDTHH:MM'. null si no se entiende.
create function interno.instante_de(p_texto text, p_zona text) returns timestamptz language plpgsql stable set search_path = '' as $$
declare v_local timestamp := clock_timestamp() at time zone p_zona;
begin
  return case p_texto
    when 'en_1h' then clock_timestamp() + interval '1 hour'
    when 'en_3h' then clock_timestamp() + interval '3 hours'
    when 'manana' then (date_trunc('day', v_local) + interval '1 day 9 hours') at time zone p_zona
    when 'lunes' then (date_trunc('week', v_local) + interval '7 days 9 hours') at time zone p_zona
    else case when p_texto ~ '^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$' then p_texto::timestamp at time zone p_zona end end;
exception when data_exception then
  return null;
end $$;

create function interno.decir_instante(p timestamptz, p_zona text) returns text language sql stable set search_path = '' as $$
  select extract(day from l) || ' de ' || (array['ene', 'feb', 'mar', 'abr', 'may', 'jun', 'jul', 'ago', 'sep', 'oct', 'nov', 'dic'])[extract(month from l)::int] || ' a las ' || to_char(l, 'HH24:MI') from (select p at time zone p_zona l) z
$$;

create function interno.alguien(p_usuario uuid) returns text language sql stable set search_path = '' as $$
  select coalesce(interno.nombre_de(p_usuario), 'Alguien del equipo')
$$;

-- Una plantilla aprobada puede salir sin ventana, pero no a quien pidio BAJA ni a quien esta bloqueado.
create function interno.razon_no_plantilla(k public.contactos, b public.configuracion_bot) returns text language sql stable set search_path = '' as $$
  select case when not b.activo then 'suspendida' when b.numero_nora is null then 'sin_numero' when k.bloqueado then 'bloqueado' when k.acepta_envios is false then 'baja' end
$$;

-- El texto con sus {{variables}} puestas, en una sola pasada: lo que alguien escriba en una no se vuelve a leer como variable.
create function interno.llenar_plantilla(p_texto text, p_valores jsonb) returns text language sql immutable set search_path = '' as $$
  select coalesce(string_agg(case when o % 2 = 0 then coalesce(p_valores->>x, '') else x end, '' order by o), '')
    from unnest(string_to_array(regexp_replace(p_texto, '\{\{\s*([A-Za-z0-9_]+)\s*\}\}', chr(1) || '\1' || chr(1), 'g'), chr(1))) with ordinality t(x, o)
$$;

-- Variables vacias o con saltos de linea, tabuladores o cuatro espacios seguidos: WhatsApp las rechaza (63013).
create function interno.variables_malas(p_variables text[], p_valores jsonb) returns jsonb language sql immutable set search_path = '' as $$
  select coalesce(jsonb_agg(v order by o), '[]') from unnest(p_variables) with ordinality t(v, o)
   where btrim(coalesce(p_valores->>v, '')) = '' or p_valores->>v ~ '[\n\r\t]| {4,}' or length(p_valores->>v) > 1024
$$;

-- Deja en la fila de salida lo que escribio una persona. p: {textos, adjuntos, clave, plantilla}. El contacto ya viene bloqueado.
-- p_programado: no se la quita a quien la tiene ni da por leido lo que llego mientras tanto.
create function interno.salida_humana(k public.contactos, b public.configuracion_bot, p jsonb, p_usuario uuid, p_programado boolean) returns uuid[] language plpgsql set search_path = '' as $$
declare v_textos jsonb := coalesce(p->'textos', '[]'); v_adj jsonb := coalesce(p->'adjuntos', '[]'); v_clave text := p->>'clave'; v_ids uuid[]; v_id uuid; v_tipo text; i int; n int; v_dueno uuid;
begin
  n := greatest(jsonb_array_length(v_textos), jsonb_array_length(v_adj));
  v_dueno := case when p_programado and k.atendido_por is not null and k.ia_pausada_hasta > clock_timestamp() then k.atendido_por else p_usuario end;
  perform interno.despertar(k.id, k.nombre_nora, 'salida');
  perform interno.callar_ia(k.id);
  if k.atendido_por is distinct from v_dueno then
    perform interno.aviso_hilo(k, interno.alguien(v_dueno) || ' tomó la conversación', v_dueno);
  end if;
  for i in 0..n - 1 loop
    insert into public.historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, origen, autor, usuario_id, estado, epoca, clave_cliente, plantilla)
    values (k.nombre_nora, k.id, coalesce(k.telefono, k.id_whatsapp), coalesce(v_textos->>i, ''), 'respuesta', b.numero_nora, 'humano', p_usuario, 'pendiente', k.epoca + 1, case when i = 0 then v_clave else v_clave || ':' || i end, nullif(p->'plantilla', 'null'))
    returning id into v_id;
    v_ids := v_ids || v_id;
    if v_adj->>i is not null then
      update public.adjuntos set historial_id = v_id where id = (v_adj->>i)::uuid and nombre_nora = k.nombre_nora and historial_id is null and estado = 'listo' returning tipo into v_tipo;
      if not found then raise exception using errcode = '22023', message = 'adjunto desconocido'; end if;
    elsif btrim(coalesce(v_textos->>i, '')) = '' then
      raise exception using errcode = '22023', message = 'mensaje vacio';
    end if;
  end loop;
  update public.contactos set epoca = k.epoca + 1, epoca_resuelta = k.epoca + 1, no_leidos = case when p_programado then no_leidos else 0 end, atendido_por = v_dueno, ia_pausada_hasta = clock_timestamp() + make_interval(hours => b.reanudar_ia_horas),
    -- Lo que la persona acababa de decir y Nora ya no contestara, lo espera alguien.
    espera_humano_desde = case when not p_programado then null when k.epoca > k.epoca_resuelta then coalesce(espera_humano_desde, clock_timestamp()) else espera_humano_desde end,
    motivo_espera = case when not p_programado then null when k.epoca > k.epoca_resuelta then coalesce(motivo_espera, 'Escribió justo antes de un mensaje programado') else motivo_espera end,
    mensaje_reciente = public.resumen_de(coalesce(v_textos->>(n - 1), ''), v_tipo), reciente_autor = 'humano', reciente_usuario = p_usuario, ultimo_mensaje = clock_timestamp() where id = k.id;
  return v_ids;
end $$;

create or replace function public.enviar_humano(p jsonb) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); k public.contactos; b public.configuracion_bot; v_clave text := p->>'clave'; v_razon text; v_ids uuid[]; v_usuario uuid := (p->>'usuario')::uuid;
begin
  if coalesce(length(v_clave), 0) not between 8 and 64 then raise exception using errcode = '22023', message = 'clave invalida'; end if;
  if greatest(jsonb_array_length(coalesce(p->'textos', '[]')), jsonb_array_length(coalesce(p->'adjuntos', '[]'))) not between 1 and 30 then raise exception using errcode = '22023', message = 'mensaje vacio o demasiado largo'; end if;
  select * into k from public.contactos where id = (p->>'contacto')::uuid and nombre_nora = v_nora for no key update;
  if not found then return null; end if;
  select array_agg(h.id order by h.fecha_hora, h.id) into v_ids from public.historial_conversaciones h where h.nombre_nora = v_nora and (h.clave_cliente = v_clave or h.clave_cliente like replace(v_clave, '_', '\_') || ':%');
  if v_ids is not null then return jsonb_build_object('r', 'repetido', 'ids', to_jsonb(v_ids)); end if;
  select * into b from public.configuracion_bot where nombre_nora = v_nora;
  v_razon := interno.razon_no_enviar(k, b, 'humano');
  if v_razon is not null then return jsonb_build_object('r', 'impedido', 'razon', v_razon); end if;
  return jsonb_build_object('r', 'guardado', 'ids', to_jsonb(interno.salida_humana(k, b, p - 'plantilla', v_usuario, false)));
end $$;

-- Como siempre, y ademas las plantillas: no las detiene la ventana.
create or replace function public.siguiente_envio(p_contacto uuid, p_ficha uuid, p_arriendo_ms integer default 45000) returns jsonb language plpgsql set search_path = '' as $$
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
  v_razon := case when h.plantilla is null then interno.razon_no_enviar(k, b, h.autor) else interno.razon_no_plantilla(k, b) end;
  if v_razon is not null then
    update public.historial_conversaciones set estado = 'fallido', estado_en = clock_timestamp(), error_detalle = v_razon where id = h.id;
    return jsonb_build_object('r', 'impedido', 'id', h.id, 'razon', v_razon, 'nora', k.nombre_nora);
  end if;
  update public.historial_conversaciones set estado = 'enviando', estado_en = clock_timestamp(), intentos = intentos + 1 where id = h.id;
  select jsonb_agg(jsonb_build_object('id', a.id, 'tipo', a.tipo, 'nombre', a.nombre) order by a.orden) into v_adj from public.adjuntos a where a.historial_id = h.id and a.estado = 'listo';
  return jsonb_build_object('r', 'envia', 'id', h.id, 'texto', h.mensaje, 'autor', h.autor, 'epoca', h.epoca, 'de', b.numero_nora, 'para', coalesce(k.telefono, k.id_whatsapp), 'nora', k.nombre_nora, 'adjuntos', coalesce(v_adj, '[]'), 'plantilla', h.plantilla, 'intentos', h.intentos + 1);
end $$;

create or replace function public.reintentar_envio(p_mensaje uuid, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); k public.contactos; b public.configuracion_bot; h public.historial_conversaciones; v_razon text;
begin
  select * into h from public.historial_conversaciones where id = p_mensaje and nombre_nora = v_nora;
  if not found then return null; end if;
  select * into k from public.contactos where id = h.contacto_id for no key update;
  select * into b from public.configuracion_bot where nombre_nora = v_nora;
  if h.estado not in ('fallido', 'incierto') then return jsonb_build_object('r', 'no_hace_falta'); end if;
  v_razon := case when h.plantilla is null then interno.razon_no_enviar(k, b, h.autor) else interno.razon_no_plantilla(k, b) end;
  if v_razon is not null then return jsonb_build_object('r', 'impedido', 'razon', v_razon); end if;
  perform interno.despertar(k.id, v_nora, 'salida');
  update public.historial_conversaciones set estado = 'pendiente', estado_en = clock_timestamp(), sid = null, error_codigo = null, error_detalle = null, intentos = 0 where id = h.id and estado in ('fallido', 'incierto');
  return jsonb_build_object('r', 'en_fila');
end $$;

-- Lo que se ve ---------------------------------------------------------------------------------------------------------

create or replace function interno.fila(k public.contactos) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', k.id, 'nombre', k.nombre, 'telefono', k.telefono, 'imagen_perfil', k.imagen_perfil, 'mensaje_reciente', k.mensaje_reciente, 'reciente_autor', k.reciente_autor,
    'reciente_usuario', k.reciente_usuario, 'reciente_nombre', case when k.reciente_autor = 'humano' then interno.nombre_de(k.reciente_usuario) end,
    'ultimo_mensaje', k.ultimo_mensaje, 'no_leidos', k.no_leidos, 'etiquetas', to_jsonb(k.etiquetas), 'ia_activa', k.ia_activa, 'bloqueado', k.bloqueado,
    'ia_pausada', coalesce(k.ia_pausada_hasta > clock_timestamp(), false), 'atendido_por', k.atendido_por, 'atendido_nombre', interno.nombre_de(k.atendido_por),
    'espera_humano_desde', k.espera_humano_desde, 'acepta_envios', k.acepta_envios, 'resuelto_en', k.resuelto_en, 'pospuesto_hasta', k.pospuesto_hasta,
    'sin_mensajes', k.ultimo_mensaje <= public.sin_mensajes())
$$;

-- Con la cita: a que mensaje contestaba la persona desde su WhatsApp.
create or replace function interno.mensaje(h public.historial_conversaciones) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', h.id, 'mensaje', h.mensaje, 'tipo', h.tipo, 'autor', h.autor, 'usuario_id', h.usuario_id, 'usuario_nombre', interno.nombre_de(h.usuario_id), 'estado', h.estado,
    'error_codigo', h.error_codigo, 'error_detalle', h.error_detalle, 'fecha_hora', h.fecha_hora, 'respuesta_a', h.respuesta_a, 'referido', h.referido, 'clave_cliente', h.clave_cliente, 'plantilla', h.plantilla->>'nombre',
    'con_fuentes', case when h.autor = 'ia' then exists (select from public.respuestas_ia r where r.historial_id = h.id) else false end,
    'cita', case when h.respuesta_a is not null then (
      select jsonb_build_object('id', q.id, 'fecha_hora', q.fecha_hora, 'autor', q.autor, 'usuario_id', q.usuario_id, 'usuario_nombre', interno.nombre_de(q.usuario_id), 'texto', public.resumen_de(q.mensaje, coalesce(q.adjuntos->0->>'tipo', (select a.tipo from public.adjuntos a where a.historial_id = q.id order by a.orden limit 1))))
        from public.historial_conversaciones q where q.nombre_nora = h.nombre_nora and q.sid = h.respuesta_a and q.contacto_id = h.contacto_id) end,
    'adjuntos', case when h.adjuntos is null and h.tipo = 'usuario' then '[]'::jsonb else
      (select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'tipo', a.tipo, 'nombre', a.nombre, 'bytes', a.bytes, 'estado', a.estado, 'error', a.error) order by a.orden), '[]') from public.adjuntos a where a.historial_id = h.id) end)
$$;

create or replace function public.conteos_chat(p_usuario uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'sin_leer', (select count(*) from public.contactos k where k.nombre_nora = n.n and k.no_leidos > 0),
    'esperando', (select count(*) from public.contactos k where k.nombre_nora = n.n and k.espera_humano_desde is not null),
    'mios', (select count(*) from public.contactos k where k.nombre_nora = n.n and k.atendido_por = p_usuario and k.pospuesto_hasta is null))
  from (select public.nora_actual() n) n where n.n is not null
$$;

-- Filtros: 'todos'|'sin_leer'|'esperando'|'mios'|'sin_asignar'|'pospuestas'|'resueltas'|'etiqueta'. Cada uno con su indice parcial.
create or replace function public.listar_chats(p_filtro text default 'todos', p_etiqueta text default null, p_q text default null, p_usuario uuid default null, p_antes timestamptz default null, p_antes_id uuid default null, p_n integer default 30) returns jsonb
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_nora text := public.nora_actual(); v_n int := least(greatest(p_n, 1), 100); v_q text := btrim(left(coalesce(p_q, ''), 200)); v_patron text; v_digitos text; v_ts tsquery; v_cond text;
  v_u timestamptz := coalesce(p_antes, 'infinity'); v_id uuid := coalesce(p_antes_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'); v_filas jsonb; v_mens jsonb := '[]'; v_hay boolean;
begin
  if v_nora is null then return null; end if;
  v_cond := case p_filtro
    when 'sin_leer' then 'k.no_leidos > 0'
    when 'esperando' then 'k.espera_humano_desde is not null'
    when 'mios' then 'k.atendido_por = $4 and k.pospuesto_hasta is null'
    when 'sin_asignar' then 'k.atendido_por is null and k.resuelto_en is null and k.pospuesto_hasta is null and not k.bloqueado and k.ultimo_mensaje > public.sin_mensajes()'
    when 'pospuestas' then 'k.pospuesto_hasta is not null'
    when 'resueltas' then 'k.resuelto_en is not null'
    when 'etiqueta' then case when coalesce(p_etiqueta, '') = '' then 'k.etiquetas <> ''{}''' else 'k.etiquetas @> array[$5]' end
    -- Quien nunca ha escrito ni recibido nada no es una conversacion; buscandolo si aparece, para empezar una.
    else case when v_q = '' then 'k.ultimo_mensaje > public.sin_mensajes()' else 'true' end end;
  if v_q <> '' then
    v_patron := public.como_patron(v_q);
    -- Un telefono se puede escribir con espacios, guiones o el 1 de mas: se busca tambien solo por sus ultimos digitos.
    v_digitos := regexp_replace(v_q, '\D', '', 'g');
    v_digitos := case when v_q ~ '^[\d\s()+.-]+$' and length(v_digitos) >= 4 then '%' || right(v_digitos, 10) || '%' end;
    v_cond := v_cond || ' and (k.busqueda like $6 or k.busqueda like $7)';
  end if;
  execute 'select coalesce(jsonb_agg(interno.fila(z) order by z.ultimo_mensaje desc, z.id desc), ''[]'') from (select k.* from public.contactos k where k.nombre_nora = $1 and (k.ultimo_mensaje, k.id) < ($2, $3) and '
       || v_cond || ' order by k.ultimo_mensaje desc, k.id desc limit $8) z' into v_filas using v_nora, v_u, v_id, p_usuario, p_etiqueta, v_patron, v_digitos, v_n + 1;
  if v_q <> '' and p_antes is null then
    v_ts := websearch_to_tsquery('public.es', v_q);
    if numnode(v_ts) > 0 then
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

create function interno.equipo_chat(p_nora text) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', z.id, 'nombre', z.nombre) order by lower(z.nombre), z.id), '[]') from (
    select u.id, u.nombre from public.usuarios_noras m join public.usuarios u on u.id = m.usuario_id and u.activo where m.nombre_nora = p_nora order by lower(u.nombre), u.id limit 200) z
$$;

create function interno.programado(m public.mensajes_programados) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', m.id, 'contacto_id', m.contacto_id, 'texto', m.texto, 'adjuntos', cardinality(m.adjuntos), 'plantilla', m.plantilla->>'nombre', 'cuando', m.cuando, 'cuando_local', to_char(m.cuando at time zone b.zona_horaria, 'YYYY-MM-DD"T"HH24:MI'), 'estado', m.estado, 'usuario_id', m.usuario_id, 'usuario_nombre', interno.nombre_de(m.usuario_id),
    'fuera_de_ventana', m.plantilla is null and (k.ventana_hasta is null or k.ventana_hasta <= m.cuando), 'nombre', k.nombre, 'telefono', k.telefono)
    from public.contactos k join public.configuracion_bot b on b.nombre_nora = k.nombre_nora where k.id = m.contacto_id
$$;

create or replace function public.abrir_chat(p_contacto uuid, p_n integer default 40) returns jsonb language plpgsql stable security definer set search_path = '' as $$
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
    'etiquetas', interno.catalogo_etiquetas(v_nora), 'razon_silencio', interno.razon_silencio(k, b), 'razon_no_enviar', interno.razon_no_enviar(k, b, 'humano'), 'razon_no_plantilla', interno.razon_no_plantilla(k, b),
    'equipo', interno.equipo_chat(v_nora),
    'programados', (select coalesce(jsonb_agg(interno.programado(m) order by m.cuando, m.id), '[]') from public.mensajes_programados m where m.nombre_nora = v_nora and m.contacto_id = k.id and m.estado = 'programado'),
    'ia_activa_nora', b.ia_activa, 'ahora', clock_timestamp());
end $$;

-- Equipo ---------------------------------------------------------------------------------------------------------------

-- Dársela a alguien es como que la tome: Nora calla. {r:'asignado'|'igual'|'desconocido'}
create function public.asignar_contacto(p_contacto uuid, p_a uuid, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare k public.contactos; b public.configuracion_bot;
begin
  select * into k from public.contactos where id = p_contacto and nombre_nora = public.nora_actual() for no key update;
  if not found then return null; end if;
  -- Un administrador de la plataforma puede quedarsela aunque no sea del equipo.
  if not exists (select from public.usuarios u where u.id = p_a and u.activo and (u.id = p_usuario or exists (select from public.usuarios_noras m where m.nombre_nora = k.nombre_nora and m.usuario_id = u.id))) then
    return jsonb_build_object('r', 'desconocido');
  end if;
  if k.atendido_por = p_a and k.ia_pausada_hasta > clock_timestamp() then return jsonb_build_object('r', 'igual'); end if;
  select * into b from public.configuracion_bot where nombre_nora = k.nombre_nora;
  perform interno.callar_ia(k.id);
  perform interno.aviso_hilo(k, interno.alguien(p_usuario) || case
    when p_a = p_usuario then ' tomó la conversación'
    when k.atendido_por is null or k.atendido_por = p_a then ' asignó la conversación a ' || interno.alguien(p_a)
    else ' pasó la conversación de ' || interno.alguien(k.atendido_por) || ' a ' || interno.alguien(p_a) end, p_usuario);
  update public.contactos set epoca = epoca + 1, atendido_por = p_a, ia_pausada_hasta = clock_timestamp() + make_interval(hours => b.reanudar_ia_horas) where id = k.id;
  return jsonb_build_object('r', 'asignado');
end $$;

-- Resolver devuelve a Nora y da por contestado lo anterior. Si Nora esta a media respuesta y nadie la tenia, termina.
create function public.resolver_contacto(p_contacto uuid, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare k public.contactos; v_tenida boolean;
begin
  select * into k from public.contactos where id = p_contacto and nombre_nora = public.nora_actual() for no key update;
  if not found then return null; end if;
  if k.resuelto_en is not null then return jsonb_build_object('r', 'igual'); end if;
  v_tenida := k.atendido_por is not null or coalesce(k.ia_pausada_hasta > clock_timestamp(), false) or k.espera_humano_desde is not null;
  perform interno.aviso_hilo(k, interno.alguien(p_usuario) || ' resolvió la conversación', p_usuario);
  update public.contactos set resuelto_en = clock_timestamp(), pospuesto_hasta = null, no_leidos = 0, atendido_por = null, ia_pausada_hasta = null, espera_humano_desde = null, motivo_espera = null,
    epoca = case when v_tenida then k.epoca + 1 else k.epoca end, epoca_resuelta = case when v_tenida then k.epoca + 1 else k.epoca_resuelta end where id = k.id;
  return jsonb_build_object('r', 'resuelto');
end $$;
create function public.reabrir_contacto(p_contacto uuid, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare k public.contactos;
begin
  select * into k from public.contactos where id = p_contacto and nombre_nora = public.nora_actual() for no key update;
  if not found then return null; end if;
  if k.resuelto_en is null then return jsonb_build_object('r', 'igual'); end if;
  perform interno.aviso_hilo(k, interno.alguien(p_usuario) || ' reabrió la conversación', p_usuario);
  update public.contactos set resuelto_en = null where id = k.id;
  return jsonb_build_object('r', 'reabierto');
end $$;

-- p_cuando vacio: deja de estar pospuesta. {r:'pospuesto'|'despierto'|'pasado'|'lejos'|'ilegible'}
create function public.posponer_contacto(p_contacto uuid, p_cuando text, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare k public.contactos; b public.configuracion_bot; v_hasta timestamptz;
begin
  select * into k from public.contactos where id = p_contacto and nombre_nora = public.nora_actual() for no key update;
  if not found then return null; end if;
  select * into b from public.configuracion_bot where nombre_nora = k.nombre_nora;
  if coalesce(p_cuando, '') = '' then
    if k.pospuesto_hasta is not null then perform interno.aviso_hilo(k, interno.alguien(p_usuario) || ' trajo de vuelta la conversación', p_usuario); end if;
    update public.contactos set pospuesto_hasta = null where id = k.id;
    return jsonb_build_object('r', 'despierto');
  end if;
  v_hasta := interno.instante_de(p_cuando, b.zona_horaria);
  if v_hasta is null then return jsonb_build_object('r', 'ilegible'); end if;
  if v_hasta <= clock_timestamp() then return jsonb_build_object('r', 'pasado'); end if;
  if v_hasta > clock_timestamp() + interval '1 year' then return jsonb_build_object('r', 'lejos'); end if;
  perform interno.aviso_hilo(k, interno.alguien(p_usuario) || ' pospuso la conversación hasta el ' || interno.decir_instante(v_hasta, b.zona_horaria), p_usuario);
  update public.contactos set pospuesto_hasta = v_hasta, resuelto_en = null, espera_humano_desde = null, motivo_espera = null where id = k.id;
  return jsonb_build_object('r', 'pospuesto');
end $$;

-- Lo que dice el equipo entre si. No cuenta como mensaje: no mueve la lista, ni la epoca, ni a Nora.
create function public.anotar_hilo(p_contacto uuid, p_texto text, p_clave text, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); k public.contactos; v_id uuid;
begin
  if coalesce(length(p_clave), 0) not between 8 and 64 or btrim(coalesce(p_texto, '')) = '' then raise exception using errcode = '22023', message = 'nota invalida'; end if;
  select * into k from public.contactos where id = p_contacto and nombre_nora = v_nora for no key update;
  if not found then return null; end if;
  select h.id into v_id from public.historial_conversaciones h where h.nombre_nora = v_nora and h.clave_cliente = p_clave;
  if v_id is not null then return jsonb_build_object('r', 'repetido', 'ids', jsonb_build_array(v_id)); end if;
  insert into public.historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, autor, usuario_id, estado, clave_cliente)
  values (v_nora, k.id, k.telefono, p_texto, 'respuesta', 'nota', p_usuario, 'interno', p_clave) returning id into v_id;
  return jsonb_build_object('r', 'guardado', 'ids', jsonb_build_array(v_id));
end $$;

-- Enviar despues -------------------------------------------------------------------------------------------------------

-- p: {contacto, texto, textos, adjuntos, cuando, clave, usuario}. {r:'programado'|'repetido'|'pasado'|'lejos'|'ilegible'|'demasiados', id}
create function public.programar_mensaje(p jsonb) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); k public.contactos; b public.configuracion_bot;
begin
  select * into k from public.contactos where id = (p->>'contacto')::uuid and nombre_nora = v_nora for no key update;
  if not found then return null; end if;
  select * into b from public.configuracion_bot where nombre_nora = v_nora;
  return interno.programar(k, b, p, null);
end $$;
create function interno.programar(k public.contactos, b public.configuracion_bot, p jsonb, p_plantilla jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare v_cuando timestamptz := interno.instante_de(p->>'cuando', b.zona_horaria); v_id uuid; v_adj uuid[];
begin
  if coalesce(length(p->>'clave'), 0) not between 8 and 64 then raise exception using errcode = '22023', message = 'clave invalida'; end if;
  select m.id into v_id from public.mensajes_programados m where m.nombre_nora = k.nombre_nora and m.clave_cliente = p->>'clave';
  if v_id is not null then return jsonb_build_object('r', 'repetido', 'id', v_id); end if;
  if v_cuando is null then return jsonb_build_object('r', 'ilegible'); end if;
  if v_cuando <= clock_timestamp() then return jsonb_build_object('r', 'pasado'); end if;
  if v_cuando > clock_timestamp() + interval '1 year' then return jsonb_build_object('r', 'lejos'); end if;
  if (select count(*) from public.mensajes_programados m where m.nombre_nora = k.nombre_nora and m.contacto_id = k.id and m.estado = 'programado') >= 50 then return jsonb_build_object('r', 'demasiados'); end if;
  select coalesce(array_agg(x::uuid order by o), '{}') into v_adj from jsonb_array_elements_text(coalesce(p->'adjuntos', '[]')) with ordinality t(x, o);
  if exists (select from unnest(v_adj) x where not exists (select from public.adjuntos a where a.nombre_nora = k.nombre_nora and a.id = x and a.historial_id is null and a.estado = 'listo')) then
    raise exception using errcode = '22023', message = 'adjunto desconocido';
  end if;
  insert into public.mensajes_programados (nombre_nora, contacto_id, usuario_id, texto, textos, adjuntos, plantilla, cuando, clave_cliente)
  values (k.nombre_nora, k.id, (p->>'usuario')::uuid, coalesce(p->>'texto', ''), coalesce(p->'textos', '[]'), v_adj, p_plantilla, v_cuando, p->>'clave') returning id into v_id;
  return jsonb_build_object('r', 'programado', 'id', v_id, 'contacto', k.id);
end $$;

create function public.listar_programados(p_antes timestamptz default null, p_antes_id uuid default null, p_n integer default 50) returns jsonb language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(interno.programado(z) order by z.cuando, z.id), '[]') from (
    select m.* from public.mensajes_programados m where m.nombre_nora = public.nora_actual() and m.estado = 'programado'
       and (m.cuando, m.id) > (coalesce(p_antes, '-infinity'), coalesce(p_antes_id, '00000000-0000-0000-0000-000000000000')) order by m.cuando, m.id limit least(p_n, 200)) z
$$;
create function public.abrir_programado(p_id uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select interno.programado(m) from public.mensajes_programados m where m.nombre_nora = public.nora_actual() and m.id = p_id
$$;
-- p: {texto, textos, cuando}; de una plantilla solo cambia la hora. {r:'editado'|'tarde'|'pasado'|'lejos'|'ilegible'|'vacio'}
create function public.editar_programado(p_id uuid, p jsonb, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare m public.mensajes_programados; v_cuando timestamptz; v_zona text;
begin
  select * into m from public.mensajes_programados where id = p_id and nombre_nora = public.nora_actual() for update;
  if not found then return null; end if;
  if m.estado <> 'programado' then return jsonb_build_object('r', 'tarde'); end if;
  select b.zona_horaria into v_zona from public.configuracion_bot b where b.nombre_nora = m.nombre_nora;
  v_cuando := interno.instante_de(p->>'cuando', v_zona);
  if v_cuando is null then return jsonb_build_object('r', 'ilegible'); end if;
  if v_cuando <= clock_timestamp() then return jsonb_build_object('r', 'pasado'); end if;
  if v_cuando > clock_timestamp() + interval '1 year' then return jsonb_build_object('r', 'lejos'); end if;
  if m.plantilla is null and btrim(coalesce(p->>'texto', '')) = '' and cardinality(m.adjuntos) = 0 then return jsonb_build_object('r', 'vacio'); end if;
  update public.mensajes_programados set cuando = v_cuando, texto = case when m.plantilla is null then coalesce(p->>'texto', '') else texto end, textos = case when m.plantilla is null then coalesce(p->'textos', '[]') else textos end where id = m.id;
  return jsonb_build_object('r', 'editado', 'contacto', m.contacto_id);
end $$;
create function public.cancelar_programado(p_id uuid, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare m public.mensajes_programados;
begin
  select * into m from public.mensajes_programados where id = p_id and nombre_nora = public.nora_actual() for update;
  if not found then return null; end if;
  if m.estado <> 'programado' then return jsonb_build_object('r', 'tarde', 'contacto', m.contacto_id); end if;
  update public.mensajes_programados set estado = 'cancelado' where id = m.id;
  return jsonb_build_object('r', 'cancelado', 'contacto', m.contacto_id);
end $$;

-- Lo que ya toca: entra al carril de salida como si se escribiera ahora, con las mismas reglas. Lo que no puede salir se ve en el hilo con su razon.
-- {hechos:[{contacto_id, nora, id, estado}], proximo_ms}
create function public.sacar_programados(p_n integer default 50) returns jsonb language plpgsql set search_path = '' as $$
declare x record; k public.contactos; b public.configuracion_bot; m public.mensajes_programados; v_razon text; v_ids uuid[]; v_id uuid; res jsonb := '[]';
begin
  for x in select p.id, p.contacto_id from public.mensajes_programados p where p.estado = 'programado' and p.cuando <= clock_timestamp() order by p.cuando, p.id limit p_n loop
    select * into k from public.contactos where id = x.contacto_id for no key update skip locked;
    continue when not found;
    select * into m from public.mensajes_programados where id = x.id and estado = 'programado' and cuando <= clock_timestamp() for update skip locked;
    continue when not found;
    select * into b from public.configuracion_bot where nombre_nora = k.nombre_nora;
    v_razon := case when m.plantilla is null then interno.razon_no_enviar(k, b, 'humano')
      else coalesce(interno.razon_no_plantilla(k, b), case when not exists (select from public.plantillas_whatsapp t where t.nombre_nora = k.nombre_nora and t.content_sid = m.plantilla->>'sid' and t.estado = 'approved') then 'plantilla_no_aprobada' end) end;
    if v_razon is null then
      v_ids := interno.salida_humana(k, b, jsonb_build_object('textos', m.textos, 'adjuntos', to_jsonb(m.adjuntos), 'clave', 'p-' || m.id, 'plantilla', m.plantilla), m.usuario_id, true);
      v_id := v_ids[1];
      update public.mensajes_programados set estado = 'enviado', historial_id = v_id where id = m.id;
    else
      insert into public.historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, origen, autor, usuario_id, estado, estado_en, error_detalle, clave_cliente, plantilla)
      values (k.nombre_nora, k.id, coalesce(k.telefono, k.id_whatsapp), m.texto, 'respuesta', b.numero_nora, 'humano', m.usuario_id, 'fallido', clock_timestamp(), v_razon, 'p-' || m.id, m.plantilla) returning id into v_id;
      update public.adjuntos set historial_id = v_id where nombre_nora = k.nombre_nora and id = any (m.adjuntos) and historial_id is null;
      update public.mensajes_programados set estado = 'impedido', motivo = v_razon, historial_id = v_id where id = m.id;
      update public.contactos set espera_humano_desde = coalesce(espera_humano_desde, clock_timestamp()), motivo_espera = 'No salió un mensaje programado' where id = k.id;
    end if;
    res := res || jsonb_build_array(jsonb_build_object('contacto_id', k.id, 'nora', k.nombre_nora, 'id', v_id, 'estado', case when v_razon is null then 'enviado' else 'impedido' end));
  end loop;
  return jsonb_build_object('hechos', res, 'proximo_ms', (select greatest(0, extract(epoch from min(p.cuando) - clock_timestamp()) * 1000) from public.mensajes_programados p where p.estado = 'programado'));
end $$;

-- Las que dormian hasta ahora vuelven a la vista de quien atiende. {hechos:[{contacto_id, nora}], proximo_ms}
create function public.despertar_pospuestas(p_n integer default 100) returns jsonb language plpgsql set search_path = '' as $$
declare k public.contactos; res jsonb := '[]';
begin
  for k in select * from public.contactos c where c.pospuesto_hasta <= clock_timestamp() order by c.pospuesto_hasta limit p_n for no key update skip locked loop
    perform interno.aviso_hilo(k, 'La conversación estaba pospuesta hasta ahora', null);
    update public.contactos set pospuesto_hasta = null, espera_humano_desde = coalesce(espera_humano_desde, clock_timestamp()), motivo_espera = coalesce(motivo_espera, 'Estaba pospuesta hasta ahora') where id = k.id;
    res := res || jsonb_build_array(jsonb_build_object('contacto_id', k.id, 'nora', k.nombre_nora));
  end loop;
  return jsonb_build_object('hechos', res, 'proximo_ms', (select greatest(0, extract(epoch from min(c.pospuesto_hasta) - clock_timestamp()) * 1000) from public.contactos c where c.pospuesto_hasta is not null));
end $$;

-- Plantillas -----------------------------------------------------------------------------------------------------------

-- Guarda lo que Twilio dice hoy. p_nora null: la cuenta global, para las noras sin credenciales propias.
-- La cuenta global es de varias: cada nora ve solo las plantillas cuyo nombre empieza con su clave (aura_recordatorio) o con `general_`; si es la unica, todas.
create function public.guardar_plantillas(p_nora text, p jsonb) returns integer language plpgsql set search_path = '' as $$
declare v_n int;
begin
  create temporary table if not exists plantillas_de_ahora (nombre_nora text, sid text, x jsonb) on commit drop;
  delete from pg_temp.plantillas_de_ahora;
  insert into pg_temp.plantillas_de_ahora
  with noras as materialized (
    select b.nombre_nora, b.credenciales_twilio is not null propia from public.configuracion_bot b where case when p_nora is null then b.credenciales_twilio is null else b.nombre_nora = p_nora end),
  globales as materialized (select b.nombre_nora from public.configuracion_bot b where b.credenciales_twilio is null),
  t as materialized (
    select x, lower(x->>'nombre') nombre,
           (select g.nombre_nora from globales g where starts_with(lower(x->>'nombre'), g.nombre_nora || '_') or starts_with(lower(x->>'nombre'), g.nombre_nora || '-') order by length(g.nombre_nora) desc limit 1) dueno
      from jsonb_array_elements(p) x)
  select n.nombre_nora, t.x->>'sid', t.x from noras n cross join t
   where n.propia or t.dueno = n.nombre_nora or (t.dueno is null and starts_with(t.nombre, 'general_')) or (select count(*) from globales) = 1;
  insert into public.plantillas_whatsapp (nombre_nora, content_sid, nombre, nombre_whatsapp, idioma, categoria, tipo, cuerpo, contenido, variables, ejemplos, estado, motivo_rechazo, usable)
  select a.nombre_nora, a.sid, left(a.x->>'nombre', 200), left(a.x->>'nombre_whatsapp', 512), left(coalesce(a.x->>'idioma', ''), 20), left(a.x->>'categoria', 40), left(a.x->>'tipo', 60), left(coalesce(a.x->>'cuerpo', ''), 4000), coalesce(a.x->'contenido', '{}'),
         array(select jsonb_array_elements_text(coalesce(a.x->'variables', '[]'))), coalesce(a.x->'ejemplos', '{}'), left(coalesce(a.x->>'estado', 'unsubmitted'), 40), left(a.x->>'motivo_rechazo', 1000), coalesce((a.x->>'usable')::boolean, true)
    from pg_temp.plantillas_de_ahora a order by a.nombre_nora, a.sid
  on conflict (nombre_nora, content_sid) do update set nombre = excluded.nombre, nombre_whatsapp = excluded.nombre_whatsapp, idioma = excluded.idioma, categoria = excluded.categoria, tipo = excluded.tipo, cuerpo = excluded.cuerpo, contenido = excluded.contenido,
    variables = excluded.variables, ejemplos = excluded.ejemplos, estado = excluded.estado, motivo_rechazo = excluded.motivo_rechazo, usable = excluded.usable
   where (public.plantillas_whatsapp.nombre, public.plantillas_whatsapp.contenido, public.plantillas_whatsapp.estado, public.plantillas_whatsapp.variables, public.plantillas_whatsapp.usable, public.plantillas_whatsapp.ejemplos, coalesce(public.plantillas_whatsapp.categoria, ''), coalesce(public.plantillas_whatsapp.motivo_rechazo, ''))
      is distinct from (excluded.nombre, excluded.contenido, excluded.estado, excluded.variables, excluded.usable, excluded.ejemplos, coalesce(excluded.categoria, ''), coalesce(excluded.motivo_rechazo, ''));
  update public.plantillas_whatsapp w set estado = 'borrada'
    from public.configuracion_bot b
   where b.nombre_nora = w.nombre_nora and case when p_nora is null then b.credenciales_twilio is null else b.nombre_nora = p_nora end
     and w.estado <> 'borrada' and not exists (select from pg_temp.plantillas_de_ahora a where a.nombre_nora = w.nombre_nora and a.sid = w.content_sid);
  insert into public.plantillas_sincronizacion (nombre_nora) select b.nombre_nora from public.configuracion_bot b where case when p_nora is null then b.credenciales_twilio is null else b.nombre_nora = p_nora end
  on conflict (nombre_nora) do update set cuando = clock_timestamp(), error = null;
  select count(*) into v_n from pg_temp.plantillas_de_ahora;
  return v_n;
end $$;
create function public.fallo_plantillas(p_nora text, p_error text) returns void language sql set search_path = '' as $$
  insert into public.plantillas_sincronizacion (nombre_nora, error) select b.nombre_nora, left(p_error, 500) from public.configuracion_bot b where case when p_nora is null then b.credenciales_twilio is null else b.nombre_nora = p_nora end
  on conflict (nombre_nora) do update set error = excluded.error
$$;

create function public.listar_plantillas() returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('plantillas', (
      select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'nombre', t.nombre, 'idioma', t.idioma, 'categoria', t.categoria, 'tipo', t.tipo, 'cuerpo', t.cuerpo, 'variables', to_jsonb(t.variables), 'ejemplos', t.ejemplos, 'estado', t.estado, 'motivo_rechazo', t.motivo_rechazo, 'usable', t.usable) order by t.estado <> 'approved', lower(t.nombre), t.idioma), '[]')
        from (select * from public.plantillas_whatsapp w where w.nombre_nora = n.n and w.estado <> 'borrada' order by w.estado <> 'approved', lower(w.nombre) limit 300) t),
    'sincronizada', s.cuando, 'error', s.error)
    from (select public.nora_actual() n) n left join public.plantillas_sincronizacion s on s.nombre_nora = n.n where n.n is not null
$$;

-- p: {contacto | telefono+nombre, plantilla, variables, clave, usuario, cuando?}. Empieza una conversacion o escribe fuera de las 24 h.
-- {r:'guardado'|'repetido'|'programado'|'impedido'|'variables'|'no_aprobada'|'pasado'|'lejos'|'ilegible'|'demasiados', ids, contacto, razon, variables}
create function public.enviar_plantilla(p jsonb) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); k public.contactos; b public.configuracion_bot; t public.plantillas_whatsapp; v_razon text; v_ids uuid[]; v_malas jsonb; v_texto text; v_plantilla jsonb; v_id uuid; v_clave_tel text := public.clave_de(p->>'telefono');
begin
  if v_nora is null or coalesce(length(p->>'clave'), 0) not between 8 and 64 then raise exception using errcode = '22023', message = 'clave invalida'; end if;
  select * into b from public.configuracion_bot where nombre_nora = v_nora;
  select * into t from public.plantillas_whatsapp where nombre_nora = v_nora and id = (p->>'plantilla')::uuid;
  if t.id is null or t.estado <> 'approved' or not t.usable then return jsonb_build_object('r', 'no_aprobada'); end if;
  v_malas := interno.variables_malas(t.variables, p->'variables');
  if v_malas <> '[]' then return jsonb_build_object('r', 'variables', 'variables', v_malas); end if;
  if not b.activo or b.numero_nora is null then return jsonb_build_object('r', 'impedido', 'razon', case when b.activo then 'sin_numero' else 'suspendida' end); end if;
  v_texto := left(interno.llenar_plantilla(t.cuerpo, p->'variables'), 20000);
  v_plantilla := jsonb_build_object('sid', t.content_sid, 'nombre', t.nombre, 'variables', (select coalesce(jsonb_object_agg(v, btrim(p->'variables'->>v)), '{}') from unnest(t.variables) v));
  if p->>'contacto' is not null then
    v_id := (p->>'contacto')::uuid;
  else
    if p->>'telefono' !~ '^\+[1-9]\d{6,14}$' then raise exception using errcode = '22023', message = 'telefono invalido'; end if;
    select x.contacto_id into v_id from public.telefonos_contacto x where x.nombre_nora = v_nora and x.clave = v_clave_tel;
    if v_id is null then
      insert into public.contactos (nombre_nora, telefono, nombre) values (v_nora, p->>'telefono', nullif(left(btrim(p->>'nombre'), 200), '')) on conflict do nothing;
      select c.id into v_id from public.contactos c where c.nombre_nora = v_nora and c.clave_telefono = v_clave_tel;
    end if;
  end if;
  select * into k from public.contactos where id = v_id and nombre_nora = v_nora for no key update;
  if not found then return null; end if;
  select array_agg(h.id) into v_ids from public.historial_conversaciones h where h.nombre_nora = v_nora and h.clave_cliente = p->>'clave';
  if v_ids is not null then return jsonb_build_object('r', 'repetido', 'ids', to_jsonb(v_ids), 'contacto', k.id); end if;
  v_razon := interno.razon_no_plantilla(k, b);
  if v_razon is not null then return jsonb_build_object('r', 'impedido', 'razon', v_razon, 'contacto', k.id); end if;
  if coalesce(p->>'cuando', '') <> '' then
    return interno.programar(k, b, p || jsonb_build_object('texto', v_texto, 'textos', jsonb_build_array(v_texto), 'adjuntos', '[]'::jsonb), v_plantilla) || jsonb_build_object('contacto', k.id);
  end if;
  v_ids := interno.salida_humana(k, b, jsonb_build_object('textos', jsonb_build_array(v_texto), 'clave', p->>'clave', 'plantilla', v_plantilla), (p->>'usuario')::uuid, false);
  return jsonb_build_object('r', 'guardado', 'ids', to_jsonb(v_ids), 'contacto', k.id);
end $$;

-- Exportar -------------------------------------------------------------------------------------------------------------

-- Una pagina del hilo, de lo viejo a lo nuevo, con lo que Nora cito en cada respuesta. p_notas: tambien lo interno.
create function public.exportar_chat(p_contacto uuid, p_despues timestamptz default null, p_despues_id uuid default null, p_n integer default 500, p_notas boolean default false) returns jsonb
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare v_nora text := public.nora_actual(); v_n int := least(greatest(p_n, 1), 1000); v jsonb; v_hay boolean;
begin
  if not exists (select from public.contactos where id = p_contacto and nombre_nora = v_nora) then return null; end if;
  select coalesce(jsonb_agg(interno.mensaje(z) || jsonb_build_object('modo_ia', r.modo, 'fuentes', r.fuentes) order by z.fecha_hora, z.id), '[]') into v from (
    select h.* from public.historial_conversaciones h where h.nombre_nora = v_nora and h.contacto_id = p_contacto and (p_notas or h.estado <> 'interno')
       and (h.fecha_hora, h.id) > (coalesce(p_despues, '-infinity'), coalesce(p_despues_id, '00000000-0000-0000-0000-000000000000')) order by h.fecha_hora, h.id limit v_n + 1) z
    left join lateral (select q.modo, q.fuentes from public.respuestas_ia q where z.autor = 'ia' and q.historial_id = z.id order by q.creado desc limit 1) r on true;
  v_hay := jsonb_array_length(v) > v_n;
  return jsonb_build_object('mensajes', case when v_hay then v - v_n else v end, 'hay_mas', v_hay);
end $$;

-- Borrar a una persona -------------------------------------------------------------------------------------------------

-- Todo lo que cuelga de ella se va en cascada; aqui se busca ademas lo que la nombra sin llave: fotos de uniones y lotes, filas importadas, auditoria, errores.
-- Los archivos quedan apuntados en adjuntos_por_borrar. {r:'borrada'|'no_coincide', mensajes, archivos}
create function public.borrar_persona(p_contacto uuid, p_confirma text, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); k public.contactos; v_digitos text := regexp_replace(coalesce(p_confirma, ''), '\D', '', 'g'); v_rutas text[]; v_mensajes int; v_archivos int; v_claves text[]; v_hist uuid[];
begin
  select * into k from public.contactos where id = p_contacto and nombre_nora = v_nora for no key update;
  if not found then return null; end if;
  if not (case when k.telefono is null then lower(btrim(coalesce(p_confirma, ''))) = lower(k.id_whatsapp)
     else v_digitos <> '' and (v_digitos in (regexp_replace(k.telefono, '\D', '', 'g'), regexp_replace(k.clave_telefono, '\D', '', 'g')) or (length(v_digitos) = 10 and right(regexp_replace(k.clave_telefono, '\D', '', 'g'), 10) = v_digitos)) end) then
    return jsonb_build_object('r', 'no_coincide');
  end if;
  select array_remove(array_agg(distinct c), null) into v_claves from (select k.clave_telefono c union all select k.telefono union all select k.id_whatsapp union all select x.clave from public.telefonos_contacto x where x.nombre_nora = v_nora and x.contacto_id = k.id union all select x.telefono from public.telefonos_contacto x where x.nombre_nora = v_nora and x.contacto_id = k.id) z;
  select count(*), array_agg(h.id) into v_mensajes, v_hist from public.historial_conversaciones h where h.nombre_nora = v_nora and h.contacto_id = k.id;
  select array_agg(distinct a.ruta) into v_rutas from public.adjuntos a where a.nombre_nora = v_nora and a.ruta is not null
     and (a.historial_id = any (v_hist) or a.id in (select unnest(m.adjuntos) from public.mensajes_programados m where m.nombre_nora = v_nora and m.contacto_id = k.id));
  insert into public.sids_borrados (nombre_nora, sid) select v_nora, h.sid from public.historial_conversaciones h where h.nombre_nora = v_nora and h.contacto_id = k.id and h.sid is not null and h.fecha_hora > clock_timestamp() - interval '3 days' on conflict do nothing;

  delete from public.adjuntos a where a.nombre_nora = v_nora and a.historial_id is null and a.id in (select unnest(m.adjuntos) from public.mensajes_programados m where m.nombre_nora = v_nora and m.contacto_id = k.id);
  delete from public.estados_recibidos e where e.nombre_nora = v_nora and (e.historial_id = any (v_hist) or replace(e.crudo->>'To', 'whatsapp:', '') = any (v_claves) or public.clave_de(replace(e.crudo->>'To', 'whatsapp:', '')) = any (v_claves));
  delete from public.mensajes_sin_nora s where s.crudo->>'to' = (select b.numero_nora from public.configuracion_bot b where b.nombre_nora = v_nora) and public.clave_de(s.crudo->>'telefono') = any (v_claves);
  delete from public.simulador_mensajes s where s.nombre_nora = v_nora and (public.clave_de(s.de) = any (v_claves) or public.clave_de(s.a) = any (v_claves));
  delete from public.uniones_contactos u where u.nombre_nora = v_nora and (u.destino_id = k.id or u.origen_id = k.id);
  delete from public.duplicados_descartados d where d.nombre_nora = v_nora and (d.a = k.id or d.b = k.id);
  update public.lotes_contactos_filas f set antes = null where f.nombre_nora = v_nora and f.contacto_id = k.id;
  update public.importaciones_contactos_filas f set celdas = null where f.nombre_nora = v_nora and f.contacto_id = k.id;
  update public.auditoria a set antes = null, despues = null where a.nombre_nora = v_nora
     and (position(k.id::text in a.entidad) > 0 or exists (select from unnest(v_claves) c where position(c in coalesce(a.antes::text, '') || coalesce(a.despues::text, '')) > 0));
  update public.logs_errores l set descripcion = (select left(regexp_replace(l.descripcion, string_agg(replace(c, '+', '\+'), '|' order by length(c) desc), '(borrado)', 'g'), 2000) from unnest(v_claves) c where c ~ '^[+\w.-]+$')
   where l.nombre_nora = v_nora and exists (select from unnest(v_claves) c where c ~ '^[+\w.-]+$' and position(c in l.descripcion) > 0);
  delete from public.contactos where id = k.id;

  -- Una regla automatica puede mandar el mismo archivo a muchos: solo se borra lo que ya nadie nombra.
  insert into public.adjuntos_por_borrar (ruta, nombre_nora) select r, v_nora from unnest(coalesce(v_rutas, '{}')) r where not exists (select from public.adjuntos a where a.nombre_nora = v_nora and a.ruta = r) on conflict do nothing;
  get diagnostics v_archivos = row_count;
  perform interno.apuntar(p_usuario, 'borrar persona', 'contactos ' || p_contacto, null, jsonb_build_object('mensajes', v_mensajes, 'archivos', v_archivos));
  return jsonb_build_object('r', 'borrada', 'mensajes', v_mensajes, 'archivos', v_archivos);
end $$;

create or replace function public.sids_faltantes(p_nora text, p_sids jsonb) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(s), '[]') from jsonb_array_elements_text(p_sids) s
   where not exists (select from public.historial_conversaciones h where h.nombre_nora = p_nora and h.sid = s)
     and not exists (select from public.sids_borrados z where z.nombre_nora = p_nora and z.sid = s)
$$;

-- De noche: lo subido al redactor hace mas de un dia y nunca enviado ni programado. Primero deja de poder enviarse; luego se borra el archivo.
create function public.soltar_adjuntos(p_n integer default 200) returns jsonb language plpgsql set search_path = '' as $$
begin
  with v as (
    select a.id from public.adjuntos a where a.para = 'chat' and a.historial_id is null and a.created_at < clock_timestamp() - interval '1 day'
       and not exists (select from public.mensajes_programados m where m.nombre_nora = a.nombre_nora and m.estado = 'programado' and a.id = any (m.adjuntos))
     order by a.created_at limit p_n for update of a skip locked),
  d as (delete from public.adjuntos a using v where a.id = v.id and a.historial_id is null returning a.nombre_nora, a.ruta)
  insert into public.adjuntos_por_borrar (ruta, nombre_nora) select distinct d.ruta, d.nombre_nora from d where d.ruta is not null
     and not exists (select from public.adjuntos o where o.nombre_nora = d.nombre_nora and o.ruta = d.ruta and o.historial_id is not null) on conflict do nothing;
  delete from public.sids_borrados where borrado < clock_timestamp() - interval '7 days';
  delete from public.estados_recibidos where recibido < clock_timestamp() - interval '30 days';
  return public.rutas_por_borrar(p_n);
end $$;
create function public.rutas_por_borrar(p_n integer default 200) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(z.ruta), '[]') from (select r.ruta from public.adjuntos_por_borrar r order by r.creado limit p_n) z
$$;
create function public.rutas_borradas(p_rutas jsonb) returns void language sql set search_path = '' as $$
  delete from public.adjuntos_por_borrar where ruta in (select jsonb_array_elements_text(p_rutas))
$$;

do $$ declare f text; begin
  foreach f in array array['asignar_contacto(uuid, uuid, uuid)', 'resolver_contacto(uuid, uuid)', 'reabrir_contacto(uuid, uuid)', 'posponer_contacto(uuid, text, uuid)', 'anotar_hilo(uuid, text, text, uuid)', 'programar_mensaje(jsonb)',
    'listar_programados(timestamptz, uuid, integer)', 'abrir_programado(uuid)', 'editar_programado(uuid, jsonb, uuid)', 'cancelar_programado(uuid, uuid)', 'listar_plantillas()', 'enviar_plantilla(jsonb)',
    'exportar_chat(uuid, timestamptz, uuid, integer, boolean)', 'borrar_persona(uuid, text, uuid)'] loop
    execute format('revoke execute on function public.%s from public, anon, authenticated', f);
    execute format('grant execute on function public.%s to nora_panel', f);
  end loop;
  foreach f in array array['sacar_programados(integer)', 'despertar_pospuestas(integer)', 'guardar_plantillas(text, jsonb)', 'fallo_plantillas(text, text)', 'soltar_adjuntos(integer)', 'rutas_por_borrar(integer)', 'rutas_borradas(jsonb)'] loop
    execute format('revoke execute on function public.%s from public, anon, authenticated', f);
    execute format('grant execute on function public.%s to service_role', f);
  end loop;
end $$;
-- Las de servicio corren como quien las llama y usan estas piezas.
grant execute on function interno.salida_humana(public.contactos, public.configuracion_bot, jsonb, uuid, boolean), interno.razon_no_plantilla(public.contactos, public.configuracion_bot), interno.alguien(uuid), interno.nombre_de(uuid),
  interno.aviso_hilo(public.contactos, text, uuid), interno.callar_ia(uuid) to service_role;
