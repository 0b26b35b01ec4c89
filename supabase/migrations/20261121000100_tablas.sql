-- Las tablas. Cada tabla de inquilino: RLS, indices encabezados por nombre_nora, permisos por columna, llaves compuestas.

create table public.configuracion_bot (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null unique check (nombre_nora ~ '^[a-z0-9][a-z0-9_-]{1,39}$'),
  nombre_visible text not null check (length(btrim(nombre_visible)) between 1 and 80),
  numero_nora text unique check (numero_nora ~ '^\+[1-9]\d{6,14}$'),
  mensaje_bienvenida text check (length(mensaje_bienvenida) <= 1600),
  personalidad text check (length(personalidad) <= 4000),
  instrucciones text check (length(instrucciones) <= 8000),
  foto_perfil text check (length(foto_perfil) <= 500),
  ia_activa boolean not null default true,
  modo_respuesta text not null default 'flexible' check (modo_respuesta in ('flexible', 'estricto')),
  modelo_ia text check (length(modelo_ia) <= 100),
  zona_horaria text not null default 'America/Hermosillo' check (length(zona_horaria) <= 60),
  horario jsonb not null default '{}',
  mensaje_fuera_horario text check (length(mensaje_fuera_horario) <= 1600),
  reanudar_ia_horas integer not null default 12 check (reanudar_ia_horas between 1 and 720),
  tope_tokens_dia integer not null default 1000000 check (tope_tokens_dia >= 0),
  credenciales_twilio text check (length(credenciales_twilio) <= 4000),
  activo boolean not null default true,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
comment on column public.configuracion_bot.credenciales_twilio is 'AES-256-GCM; JSON {accountSid, authToken}';

create table public.modulos_disponibles (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  modulo text not null check (modulo ~ '^[a-z][a-z_]{1,29}$'),
  activo boolean not null default false,
  unique (nombre_nora, modulo)
);

create table public.usuarios (
  id uuid primary key default gen_random_uuid(),
  correo text not null check (length(correo) between 3 and 254),
  nombre text not null check (length(btrim(nombre)) between 1 and 120),
  clave_hash text not null,
  rol text not null check (rol in ('admin', 'cliente')),
  activo boolean not null default true,
  ultimo_acceso timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
create unique index usuarios_correo on public.usuarios (lower(correo));

create table public.usuarios_noras (
  id uuid primary key default gen_random_uuid(),
  usuario_id uuid not null references public.usuarios (id) on delete cascade,
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  rol text not null default 'agente' check (rol in ('dueno', 'agente')),
  created_at timestamptz not null default clock_timestamp(),
  unique (nombre_nora, usuario_id)
);
create index usuarios_noras_usuario on public.usuarios_noras (usuario_id);

create table public.contactos (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  telefono text check (length(telefono) <= 40),
  clave_telefono text,
  id_whatsapp text check (length(id_whatsapp) <= 200),
  nombre text check (length(nombre) <= 200),
  correo text check (length(correo) <= 254),
  empresa text check (length(empresa) <= 200),
  notas text check (length(notas) <= 4000),
  imagen_perfil text check (length(imagen_perfil) <= 500),
  etiquetas text[] not null default '{}' check (cardinality(etiquetas) <= 50),
  datos jsonb not null default '{}' check (pg_column_size(datos) <= 32768),
  mensaje_reciente text check (length(mensaje_reciente) <= 200),
  reciente_autor text,
  ultimo_mensaje timestamptz not null default clock_timestamp(),
  no_leidos integer not null default 0 check (no_leidos >= 0),
  ia_activa boolean not null default true,
  bloqueado boolean not null default false,
  acepta_envios boolean,
  bienvenida_en timestamptz,
  ventana_hasta timestamptz,
  epoca bigint not null default 0,
  epoca_resuelta bigint not null default 0,
  atendido_por uuid references public.usuarios (id) on delete set null,
  ia_pausada_hasta timestamptz,
  espera_humano_desde timestamptz,
  motivo_espera text check (length(motivo_espera) <= 300),
  busqueda text,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  check (telefono is not null or id_whatsapp is not null),
  unique (nombre_nora, id),
  unique (nombre_nora, clave_telefono),
  unique (nombre_nora, id_whatsapp)
) with (fillfactor = 80);
comment on column public.contactos.busqueda is 'nombre, telefono, correo, empresa y notas sin acentos; la escribe el disparador calcular';
comment on column public.contactos.epoca is 'sube con cada mensaje entrante, envio humano y cambio de IA: una respuesta solo se guarda si sigue igual';
comment on column public.contactos.epoca_resuelta is 'hasta que epoca se decidio ya una rafaga: lo entrante por encima es lo que falta atender';
comment on column public.contactos.acepta_envios is 'null = no ha dicho; false = pidio BAJA';
create index contactos_lista on public.contactos (nombre_nora, ultimo_mensaje desc, id desc);
create index contactos_no_leidos on public.contactos (nombre_nora, ultimo_mensaje desc, id desc) where no_leidos > 0;
create index contactos_esperando on public.contactos (nombre_nora, ultimo_mensaje desc, id desc) where espera_humano_desde is not null;
create index contactos_atendidos on public.contactos (nombre_nora, atendido_por, ultimo_mensaje desc, id desc) where atendido_por is not null;
create index contactos_usuario on public.contactos (atendido_por) where atendido_por is not null;
create index contactos_creados on public.contactos (nombre_nora, created_at);
create index contactos_etiquetas on public.contactos using gin (nombre_nora, etiquetas);
create index contactos_busqueda on public.contactos using gin (nombre_nora, busqueda extensions.gin_trgm_ops);

create table public.historial_conversaciones (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null,
  contacto_id uuid not null,
  telefono text check (length(telefono) <= 200),
  mensaje text not null check (length(mensaje) <= 20000),
  tipo text not null check (tipo in ('usuario', 'respuesta')),
  origen text check (length(origen) <= 200),
  fecha_hora timestamptz not null default clock_timestamp(),
  sid text check (length(sid) <= 64),
  autor text not null check (autor in ('contacto', 'ia', 'automatica', 'humano', 'envio', 'sistema')),
  usuario_id uuid references public.usuarios (id) on delete set null,
  estado text not null check (estado in ('recibido', 'pendiente', 'enviando', 'enviado', 'entregado', 'leido', 'fallido', 'incierto', 'omitido', 'interno')),
  estado_en timestamptz,
  error_codigo integer,
  error_detalle text check (length(error_detalle) <= 1000),
  adjuntos jsonb,
  respuesta_a text check (length(respuesta_a) <= 64),
  referido jsonb,
  clave_cliente text check (length(clave_cliente) <= 80),
  epoca bigint,
  intentos integer not null default 0,
  crudo jsonb,
  foreign key (nombre_nora, contacto_id) references public.contactos (nombre_nora, id) on update cascade on delete cascade,
  unique (nombre_nora, id),
  unique (nombre_nora, sid)
) with (fillfactor = 90);
-- Parcial: solo lo que escribe una persona lleva clave, y lo que entra no debe pagar una entrada vacia.
create unique index historial_clave_cliente on public.historial_conversaciones (nombre_nora, clave_cliente) where clave_cliente is not null;
comment on column public.historial_conversaciones.estado is 'interno = aviso del sistema en el hilo, jamas se envia; omitido = ya no se enviara';
create index historial_hilo on public.historial_conversaciones (nombre_nora, contacto_id, fecha_hora desc, id desc);
create index historial_reciente on public.historial_conversaciones (nombre_nora, fecha_hora desc, id desc);
create index historial_pendiente on public.historial_conversaciones (contacto_id, fecha_hora, id) where estado in ('pendiente', 'enviando');
create index historial_fallidos on public.historial_conversaciones (nombre_nora, fecha_hora desc) where estado in ('fallido', 'incierto');
create index historial_usuario on public.historial_conversaciones (usuario_id) where usuario_id is not null;
create index historial_texto on public.historial_conversaciones using gin (nombre_nora, to_tsvector('public.es'::regconfig, mensaje));

create table public.mensajes_sin_nora (
  id uuid primary key default gen_random_uuid(),
  sid text unique check (length(sid) <= 64),
  motivo text not null check (length(motivo) <= 200),
  crudo jsonb not null,
  recibido timestamptz not null default clock_timestamp()
);

create table public.atenciones (
  contacto_id uuid not null,
  carril text not null check (carril in ('respuesta', 'salida')),
  nombre_nora text not null,
  vence timestamptz not null,
  desde timestamptz not null default clock_timestamp(),
  vuelta bigint not null default 1,
  arriendo_hasta timestamptz,
  arrendado_por uuid,
  intentos integer not null default 0,
  ultimo_error text check (length(ultimo_error) <= 500),
  primary key (contacto_id, carril),
  foreign key (nombre_nora, contacto_id) references public.contactos (nombre_nora, id) on update cascade on delete cascade
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
create index atenciones_turno on public.atenciones (carril, nombre_nora, vence);
create index atenciones_vence on public.atenciones (carril, vence);

create table public.adjuntos (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  historial_id uuid,
  orden smallint not null default 0,
  tipo text not null check (length(tipo) <= 200),
  nombre text check (length(nombre) <= 200),
  bytes bigint,
  ruta text check (length(ruta) <= 500 and starts_with(ruta, nombre_nora || '/')),
  sha256 text check (length(sha256) <= 64),
  origen_url text check (length(origen_url) <= 2000),
  estado text not null default 'pendiente' check (estado in ('pendiente', 'listo', 'fallido')),
  error text check (length(error) <= 500),
  intentos integer not null default 0,
  vence timestamptz not null default clock_timestamp(),
  created_at timestamptz not null default clock_timestamp(),
  foreign key (nombre_nora, historial_id) references public.historial_conversaciones (nombre_nora, id) on update cascade on delete cascade
);
create index adjuntos_historial on public.adjuntos (historial_id, orden);
create index adjuntos_nora on public.adjuntos (nombre_nora, created_at);
create index adjuntos_pendientes on public.adjuntos (vence) where estado = 'pendiente' and origen_url is not null;

create table public.conocimiento_nora (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  titulo text not null default '' check (length(titulo) <= 120),
  contenido text not null check (length(contenido) between 1 and 1000 and length(btrim(contenido, E' \t\r\n')) > 0),
  etiquetas text[] not null default '{}' check (cardinality(etiquetas) <= 20),
  prioridad smallint not null default 0 check (prioridad between 0 and 9),
  activo boolean not null default true,
  huella text generated always as (md5(public.en_palabras(contenido))) stored,
  busqueda tsvector,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  unique (nombre_nora, id),
  unique (nombre_nora, huella)
);
create index conocimiento_lista on public.conocimiento_nora (nombre_nora, activo, prioridad desc, id);
create index conocimiento_busqueda on public.conocimiento_nora using gin (nombre_nora, busqueda);
-- array_to_string no es inmutable, asi que busqueda la escribe un disparador y no una columna generada.
create function interno.indexar_conocimiento() returns trigger language plpgsql set search_path = '' as $$
begin
  new.busqueda := setweight(to_tsvector('public.es'::regconfig, new.titulo), 'A')
    || setweight(to_tsvector('public.es'::regconfig, array_to_string(new.etiquetas, ' ')), 'B')
    || setweight(to_tsvector('public.es'::regconfig, new.contenido), 'C');
  return new;
end $$;
create trigger indexar before insert or update of titulo, contenido, etiquetas on public.conocimiento_nora
  for each row execute function interno.indexar_conocimiento();

create table public.respuestas_ia (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null,
  contacto_id uuid not null,
  historial_id uuid,
  modo text not null check (modo in ('openai', 'local')),
  modelo text check (length(modelo) <= 100),
  fragmentos uuid[] not null default '{}',
  citados uuid[] not null default '{}',
  fuentes jsonb not null default '[]',
  tokens_entrada integer not null default 0,
  tokens_salida integer not null default 0,
  latencia_ms integer not null default 0,
  motivo text not null check (motivo in ('respondida', 'sin_evidencia', 'pasada_a_humano', 'descartada', 'error')),
  detalle text check (length(detalle) <= 500),
  pregunta text check (length(pregunta) <= 2000),
  creado timestamptz not null default clock_timestamp(),
  foreign key (nombre_nora, contacto_id) references public.contactos (nombre_nora, id) on update cascade on delete cascade,
  foreign key (nombre_nora, historial_id) references public.historial_conversaciones (nombre_nora, id) on update cascade on delete cascade
);
comment on column public.respuestas_ia.fuentes is 'copia de los bloques citados al responder [{id,titulo,contenido}]: el bloque puede cambiar o borrarse despues';
create index respuestas_ia_historial on public.respuestas_ia (historial_id);
create index respuestas_ia_nora on public.respuestas_ia (nombre_nora, creado desc, id desc);
create index respuestas_ia_contacto on public.respuestas_ia (nombre_nora, contacto_id);

-- Cada rafaga termina en un solo resultado escrito. La llave unica es la garantia.
create table public.rafagas (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null,
  contacto_id uuid not null,
  epoca bigint not null,
  resultado text not null check (resultado in ('respondida', 'regla', 'bienvenida', 'preferencia', 'pasada_a_humano', 'silencio', 'fallida')),
  motivo text check (length(motivo) <= 300),
  creado timestamptz not null default clock_timestamp(),
  unique (contacto_id, epoca),
  foreign key (nombre_nora, contacto_id) references public.contactos (nombre_nora, id) on update cascade on delete cascade
);
create index rafagas_nora on public.rafagas (nombre_nora, creado desc);

create table public.respuestas_automaticas (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  disparador text not null check (length(btrim(disparador)) between 1 and 200),
  coincidencia text not null check (coincidencia in ('exacta', 'contiene', 'empieza')),
  respuesta text not null check (length(btrim(respuesta)) between 1 and 4000),
  prioridad integer not null default 0,
  activo boolean not null default true,
  usos bigint not null default 0,
  ultimo_uso timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
create index respuestas_automaticas_nora on public.respuestas_automaticas (nombre_nora, activo, prioridad desc, id);

create table public.respuestas_rapidas (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  atajo text not null check (atajo ~ '^[a-z0-9_-]{1,40}$'),
  texto text not null check (length(btrim(texto)) between 1 and 4000),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  unique (nombre_nora, atajo)
);

create table public.etiquetas (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  nombre text not null check (length(btrim(nombre)) between 1 and 40 and nombre = btrim(nombre)),
  color text not null default 'gris' check (color in ('gris', 'violeta', 'azul', 'cielo', 'verde', 'lima', 'ambar', 'naranja', 'rojo', 'rosa')),
  created_at timestamptz not null default clock_timestamp()
);
create unique index etiquetas_nombre on public.etiquetas (nombre_nora, lower(nombre));

-- Consumo por dia (zona de la nora): el tope de tokens se decide con una fila, no con una suma.
create table public.consumo_ia (
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  dia date not null,
  tokens_entrada bigint not null default 0,
  tokens_salida bigint not null default 0,
  respuestas integer not null default 0,
  primary key (nombre_nora, dia)
) with (fillfactor = 50);

-- Dias ya cerrados, contados una vez: el inicio no recorre meses de mensajes.
create table public.resumen_dia (
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  dia date not null,
  recibidos integer not null,
  ia integer not null,
  automaticas integer not null,
  humanos integer not null,
  fallidos integer not null,
  primary key (nombre_nora, dia)
);

create table public.meta_ads_cuentas (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  cliente_id text check (length(cliente_id) <= 100),
  access_token text check (length(access_token) <= 4000),
  page_id text check (length(page_id) <= 100),
  ad_account_id text not null check (length(ad_account_id) <= 100),
  nombre text check (length(nombre) <= 200),
  moneda text check (length(moneda) = 3),
  zona_horaria text check (length(zona_horaria) <= 60),
  estado_conexion text not null default 'sin_probar' check (estado_conexion in ('sin_probar', 'conectada', 'por_vencer', 'vencida', 'sin_permiso', 'error')),
  token_expira timestamptz,
  ultima_sincronizacion timestamptz,
  activo boolean not null default true,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  unique (nombre_nora, ad_account_id)
);

create table public.logs_errores (
  id uuid primary key default gen_random_uuid(),
  tipo text not null check (tipo in ('IA', 'Supabase', 'OpenAI', 'Twilio', 'Webhook', 'SocketIO', 'Meta', 'Trabajos', 'Web')),
  descripcion text not null check (length(descripcion) <= 2000),
  fecha_hora timestamptz not null default clock_timestamp(),
  primera_vez timestamptz not null default clock_timestamp(),
  origen text check (length(origen) <= 200),
  nombre_nora text,
  huella text not null,
  veces integer not null default 1,
  resuelto boolean not null default false,
  resuelto_por uuid references public.usuarios (id) on delete set null
);
create unique index logs_errores_abiertos on public.logs_errores (huella) where not resuelto;
create index logs_errores_fecha on public.logs_errores (fecha_hora desc);

create table public.auditoria (
  id uuid primary key default gen_random_uuid(),
  quien uuid references public.usuarios (id) on delete set null,
  accion text not null check (length(accion) <= 100),
  entidad text not null check (length(entidad) <= 200),
  antes jsonb,
  despues jsonb,
  cuando timestamptz not null default clock_timestamp(),
  nombre_nora text
);
create index auditoria_cuando on public.auditoria (cuando desc);
create index auditoria_nora on public.auditoria (nombre_nora, cuando desc);
create index auditoria_quien on public.auditoria (quien) where quien is not null;

create table public.rutas_plantilla (
  id uuid primary key default gen_random_uuid(),
  ruta text not null,
  metodo text not null,
  blueprint text not null,
  modulo text,
  por_nora boolean not null,
  registrado_en timestamptz not null default clock_timestamp(),
  unique (ruta, metodo)
);

-- Mensajes del telefono simulado: hace las veces de los servidores de Twilio cuando no hay credenciales.
create table public.simulador_mensajes (
  id uuid primary key default gen_random_uuid(),
  sid text not null unique check (length(sid) <= 64),
  nombre_nora text,
  de text not null check (length(de) <= 200),
  a text not null check (length(a) <= 200),
  cuerpo text not null default '' check (length(cuerpo) <= 20000),
  medios jsonb not null default '[]',
  estado text not null,
  direccion text not null check (direccion in ('entrante', 'saliente')),
  url_estado text check (length(url_estado) <= 2000),
  creado timestamptz not null default clock_timestamp()
);
create index simulador_mensajes_hilo on public.simulador_mensajes (nombre_nora, creado desc);

create table interno.sesiones (sid varchar primary key, sess json not null, expire timestamp(6) not null);
create index sesiones_expire on interno.sesiones (expire);
create table interno.intentos_entrada (
  clave text primary key check (length(clave) <= 400),
  fallos integer not null default 0,
  bloqueado_hasta timestamptz,
  actualizado timestamptz not null default clock_timestamp()
);
create table interno.socket_io_attachments (id bigserial primary key, created_at timestamptz default now(), payload bytea);

-- El ultimo disparo de cada tarea programada: lo que se perdio con todo apagado se nota al arrancar.
create table public.tareas_programadas (nombre text primary key check (length(nombre) <= 60), ultimo timestamptz not null default clock_timestamp());

-- La vista dice lo que esta montado ahora mismo: plantillas x noras activas x modulos activos.
create view public.rutas_registradas with (security_invoker = on) as
  select md5(n.nombre_nora || p.id::text)::uuid as id, replace(p.ruta, ':nombre_nora', n.nombre_nora) as ruta, p.blueprint, p.metodo, p.registrado_en, n.nombre_nora
    from public.configuracion_bot n cross join public.rutas_plantilla p
   where p.por_nora and n.activo
     and (p.modulo is null or exists (select from public.modulos_disponibles m where m.nombre_nora = n.nombre_nora and m.modulo = p.modulo and m.activo))
  union all
  select p.id, p.ruta, p.blueprint, p.metodo, p.registrado_en, null from public.rutas_plantilla p where not p.por_nora;

-- Disparadores

-- Ni columnas generadas ni un disparador sobre toda la fila: un mensaje entrante cambia la fila varias veces por minuto y
-- recalcularia lo que no cambio (unaccent y dos expresiones regulares costaban mas que escribir la fila).
create function interno.calcular_contacto() returns trigger language plpgsql set search_path = '' as $$
begin
  new.clave_telefono := public.clave_de(new.telefono);
  new.busqueda := public.sin_acentos(coalesce(new.nombre, '') || ' ' || coalesce(new.telefono, '') || ' ' || coalesce(new.clave_telefono, '') || ' ' || coalesce(new.correo, '') || ' ' || coalesce(new.empresa, '') || ' ' || coalesce(new.notas, ''));
  return new;
end $$;
create trigger calcular before insert or update of nombre, telefono, clave_telefono, correo, empresa, notas, busqueda on public.contactos for each row execute function interno.calcular_contacto();
-- Tambien al restaurar o sembrar con los demas disparadores apagados.
alter table public.contactos enable always trigger calcular;
-- Lo que cambia una persona; la actividad de la conversacion tiene su propia fecha.
create trigger tocar before update of nombre, telefono, id_whatsapp, correo, empresa, notas, imagen_perfil, etiquetas, datos, ia_activa, bloqueado, acepta_envios, atendido_por
  on public.contactos for each row execute function interno.tocar_updated_at();
do $$ declare t text; begin
  foreach t in array array['configuracion_bot', 'usuarios', 'conocimiento_nora', 'respuestas_automaticas', 'respuestas_rapidas', 'meta_ads_cuentas'] loop
    execute format('create trigger tocar before update on public.%I for each row execute function interno.tocar_updated_at()', t);
  end loop;
end $$;
create trigger avisar after insert or delete or update of nombre_visible, numero_nora, activo, ia_activa, zona_horaria, foto_perfil, credenciales_twilio
  on public.configuracion_bot for each row execute function interno.avisar_registro();
create trigger avisar after insert or update or delete on public.modulos_disponibles for each row execute function interno.avisar_registro();
create trigger avisar after insert or update or delete on public.usuarios_noras for each row execute function interno.avisar_membresia();
create trigger avisar after delete or update of activo, rol, clave_hash, nombre on public.usuarios for each row execute function interno.avisar_usuario();

-- Muro: RLS en todo; nadie puede nada salvo lo que se concede abajo, columna por columna.
do $$ declare t text; begin
  for t in select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind = 'r' loop
    execute format('alter table public.%I enable row level security', t);
    execute format('grant select, insert, update, delete on public.%I to service_role', t);
  end loop;
  foreach t in array array['configuracion_bot', 'modulos_disponibles', 'contactos', 'historial_conversaciones', 'adjuntos', 'conocimiento_nora', 'respuestas_ia', 'rafagas',
    'respuestas_automaticas', 'respuestas_rapidas', 'etiquetas', 'consumo_ia', 'resumen_dia', 'meta_ads_cuentas'] loop
    execute format('create policy nora on public.%I for all to nora_panel using (nombre_nora = (select public.nora_actual())) with check (nombre_nora = (select public.nora_actual()))', t);
  end loop;
end $$;
revoke all on all tables in schema public from anon, authenticated;
revoke all on all tables in schema interno from anon, authenticated, service_role;
grant select on public.rutas_registradas to service_role;

grant select (id, nombre_nora, nombre_visible, numero_nora, mensaje_bienvenida, personalidad, instrucciones, foto_perfil, ia_activa, modo_respuesta, modelo_ia, zona_horaria, horario, mensaje_fuera_horario, reanudar_ia_horas, tope_tokens_dia, activo, created_at, updated_at),
      update (nombre_visible, mensaje_bienvenida, personalidad, instrucciones, foto_perfil, ia_activa, modo_respuesta, horario, mensaje_fuera_horario, reanudar_ia_horas) on public.configuracion_bot to nora_panel;
grant select (id, nombre_nora, modulo, activo) on public.modulos_disponibles to nora_panel;
grant select (id, nombre_nora, telefono, clave_telefono, id_whatsapp, nombre, correo, empresa, notas, imagen_perfil, etiquetas, datos, mensaje_reciente, reciente_autor, ultimo_mensaje, no_leidos, ia_activa, bloqueado, acepta_envios, ventana_hasta, atendido_por, ia_pausada_hasta, espera_humano_desde, motivo_espera, created_at, updated_at),
      insert (nombre_nora, telefono, nombre, correo, empresa, notas, datos, etiquetas),
      update (nombre, correo, empresa, notas, datos, imagen_perfil) on public.contactos to nora_panel;
grant select (id, nombre_nora, contacto_id, telefono, mensaje, tipo, origen, fecha_hora, sid, autor, usuario_id, estado, estado_en, error_codigo, error_detalle, adjuntos, respuesta_a, referido) on public.historial_conversaciones to nora_panel;
grant select (id, nombre_nora, historial_id, orden, tipo, nombre, bytes, ruta, estado, error, created_at),
      insert (id, nombre_nora, tipo, nombre, bytes, ruta, sha256, estado) on public.adjuntos to nora_panel;
grant select (id, nombre_nora, titulo, contenido, etiquetas, prioridad, activo, huella, created_at, updated_at),
      insert (nombre_nora, titulo, contenido, etiquetas, prioridad, activo),
      update (titulo, contenido, etiquetas, prioridad, activo), delete on public.conocimiento_nora to nora_panel;
grant select (id, nombre_nora, contacto_id, historial_id, modo, modelo, fragmentos, citados, fuentes, tokens_entrada, tokens_salida, latencia_ms, motivo, detalle, pregunta, creado) on public.respuestas_ia to nora_panel;
grant select (id, nombre_nora, contacto_id, epoca, resultado, motivo, creado) on public.rafagas to nora_panel;
grant select (id, nombre_nora, disparador, coincidencia, respuesta, prioridad, activo, usos, ultimo_uso, created_at, updated_at),
      insert (nombre_nora, disparador, coincidencia, respuesta, prioridad, activo),
      update (disparador, coincidencia, respuesta, prioridad, activo), delete on public.respuestas_automaticas to nora_panel;
grant select (id, nombre_nora, atajo, texto, created_at, updated_at), insert (nombre_nora, atajo, texto), update (atajo, texto), delete on public.respuestas_rapidas to nora_panel;
grant select (id, nombre_nora, nombre, color, created_at), insert (nombre_nora, nombre, color), update (color) on public.etiquetas to nora_panel;
grant select (nombre_nora, dia, tokens_entrada, tokens_salida, respuestas) on public.consumo_ia to nora_panel;
grant select (nombre_nora, dia, recibidos, ia, automaticas, humanos, fallidos) on public.resumen_dia to nora_panel;
grant select (id, nombre_nora, cliente_id, page_id, ad_account_id, nombre, moneda, zona_horaria, estado_conexion, token_expira, ultima_sincronizacion, activo, created_at, updated_at) on public.meta_ads_cuentas to nora_panel;
