-- Contactos y etiquetas: filtros y segmentos, ficha, notas, linea de tiempo, lotes que se deshacen, importacion, uniones y reglas.

-- Anuncio de origen: el primero por el que llego la persona. En el contacto, porque filtrar por el historial no escala.
alter table public.contactos add column anuncio_id text check (length(anuncio_id) <= 200), add column anuncio_titulo text check (length(anuncio_titulo) <= 300);
create index contactos_anuncio on public.contactos (nombre_nora, anuncio_id, ultimo_mensaje desc, id desc) where anuncio_id is not null;
create index contactos_altas on public.contactos (nombre_nora, created_at desc, id desc);
drop index public.contactos_creados;
alter table public.etiquetas add column descripcion text check (length(descripcion) <= 200), add column ia_puede boolean not null default false, add unique (nombre_nora, id);
comment on column public.etiquetas.ia_puede is 'la IA puede ponerla por su cuenta; descripcion dice cuando';

create table public.segmentos (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  nombre text not null check (length(btrim(nombre)) between 1 and 60 and nombre = btrim(nombre)),
  filtro jsonb not null check (jsonb_typeof(filtro) = 'object' and pg_column_size(filtro) <= 8192),
  creado_por uuid references public.usuarios (id) on delete set null,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  unique (nombre_nora, id)
);
create unique index segmentos_nombre on public.segmentos (nombre_nora, lower(nombre));
create index segmentos_creador on public.segmentos (creado_por) where creado_por is not null;

-- Los campos propios de cada nora; los valores viven en contactos.datos bajo `clave`.
create table public.campos_contacto (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  clave text not null check (clave ~ '^[a-z][a-z0-9_]{0,39}$'),
  titulo text not null check (length(btrim(titulo)) between 1 and 60),
  tipo text not null check (tipo in ('texto', 'numero', 'fecha', 'lista')),
  opciones text[] not null default '{}' check (cardinality(opciones) <= 100),
  orden integer not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  unique (nombre_nora, clave)
);

create table public.notas_contacto (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null,
  contacto_id uuid not null,
  texto text not null check (length(btrim(texto)) between 1 and 4000),
  busqueda text generated always as (public.sin_acentos(texto)) stored,
  usuario_id uuid references public.usuarios (id) on delete set null,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  foreign key (nombre_nora, contacto_id) references public.contactos (nombre_nora, id) on update cascade on delete cascade
);
create index notas_contacto_hilo on public.notas_contacto (nombre_nora, contacto_id, created_at desc, id desc);
create index notas_contacto_busqueda on public.notas_contacto using gin (nombre_nora, busqueda extensions.gin_trgm_ops);
create index notas_contacto_usuario on public.notas_contacto (usuario_id) where usuario_id is not null;

-- Lo que le paso a la ficha y no es un mensaje. Los avisos del hilo (quien la tomo, IA, bloqueo) ya estan en el historial.
create table public.eventos_contacto (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null,
  contacto_id uuid not null,
  tipo text not null check (tipo in ('creado', 'etiquetas', 'datos', 'union', 'separacion', 'resumen', 'recuperado')),
  detalle jsonb not null default '{}',
  usuario_id uuid references public.usuarios (id) on delete set null,
  cuando timestamptz not null default clock_timestamp(),
  foreign key (nombre_nora, contacto_id) references public.contactos (nombre_nora, id) on update cascade on delete cascade
);
create index eventos_contacto_hilo on public.eventos_contacto (nombre_nora, contacto_id, cuando desc, id desc);
create index eventos_contacto_usuario on public.eventos_contacto (usuario_id) where usuario_id is not null;

create table public.resumenes_contacto (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null,
  contacto_id uuid not null,
  modo text not null check (modo in ('openai', 'local')),
  modelo text check (length(modelo) <= 100),
  resumen text not null check (length(resumen) <= 4000),
  intereses text[] not null default '{}' check (cardinality(intereses) <= 20),
  pasos text[] not null default '{}' check (cardinality(pasos) <= 20),
  mensajes integer not null default 0,
  tokens_entrada integer not null default 0,
  tokens_salida integer not null default 0,
  usuario_id uuid references public.usuarios (id) on delete set null,
  creado timestamptz not null default clock_timestamp(),
  foreign key (nombre_nora, contacto_id) references public.contactos (nombre_nora, id) on update cascade on delete cascade
);
create index resumenes_contacto_hilo on public.resumenes_contacto (nombre_nora, contacto_id, creado desc);
create index resumenes_contacto_usuario on public.resumenes_contacto (usuario_id) where usuario_id is not null;

-- Los otros numeros (o ids de WhatsApp) de una persona unida: lo que escriba desde ellos llega a la misma ficha.
create table public.telefonos_contacto (
  nombre_nora text not null,
  clave text not null check (length(clave) <= 200),
  contacto_id uuid not null,
  telefono text check (length(telefono) <= 40),
  primary key (nombre_nora, clave),
  foreign key (nombre_nora, contacto_id) references public.contactos (nombre_nora, id) on update cascade on delete cascade
);
create index telefonos_contacto_contacto on public.telefonos_contacto (nombre_nora, contacto_id);

-- Una union guarda todo lo que hace falta para deshacerla. Sin llave a contactos: la ficha unida ya no existe.
create table public.uniones_contactos (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  destino_id uuid not null,
  origen_id uuid not null,
  origen_nombre text,
  foto jsonb not null,
  usuario_id uuid references public.usuarios (id) on delete set null,
  creada timestamptz not null default clock_timestamp(),
  deshecha timestamptz,
  deshecha_por uuid references public.usuarios (id) on delete set null
);
create index uniones_contactos_destino on public.uniones_contactos (nombre_nora, destino_id, creada desc);
create index uniones_contactos_usuario on public.uniones_contactos (usuario_id) where usuario_id is not null;
create index uniones_contactos_deshecha on public.uniones_contactos (deshecha_por) where deshecha_por is not null;

create table public.duplicados_descartados (
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  a uuid not null,
  b uuid not null check (a < b),
  usuario_id uuid references public.usuarios (id) on delete set null,
  cuando timestamptz not null default clock_timestamp(),
  primary key (nombre_nora, a, b)
);
create index duplicados_descartados_usuario on public.duplicados_descartados (usuario_id) where usuario_id is not null;

-- Una accion sobre muchos contactos, por tandas, con lo necesario para deshacerla.
create table public.lotes_contactos (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  accion text not null check (accion in ('etiquetar', 'desetiquetar', 'ia', 'bloquear', 'borrar')),
  valor jsonb not null default '{}',
  usuario_id uuid references public.usuarios (id) on delete set null,
  total integer not null default 0,
  hechos integer not null default 0,
  cambiados integer not null default 0,
  regresados integer not null default 0,
  estado text not null default 'haciendo' check (estado in ('haciendo', 'hecho', 'deshaciendo', 'deshecho')),
  creado timestamptz not null default clock_timestamp(),
  terminado timestamptz,
  unique (nombre_nora, id)
);
create index lotes_contactos_nora on public.lotes_contactos (nombre_nora, creado desc);
create index lotes_contactos_viejos on public.lotes_contactos (creado);
create index lotes_contactos_usuario on public.lotes_contactos (usuario_id) where usuario_id is not null;
create table public.lotes_contactos_filas (
  nombre_nora text not null,
  lote_id uuid not null,
  contacto_id uuid not null,
  hecho boolean not null default false,
  deshecho boolean not null default false,
  antes jsonb,
  primary key (nombre_nora, lote_id, contacto_id),
  foreign key (nombre_nora, lote_id) references public.lotes_contactos (nombre_nora, id) on update cascade on delete cascade
);
create index lotes_contactos_filas_faltan on public.lotes_contactos_filas (nombre_nora, lote_id, contacto_id) where not hecho;
comment on column public.lotes_contactos_filas.antes is 'null = no cambio nada; al borrar, la foto completa de la persona';

create table public.importaciones (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  usuario_id uuid references public.usuarios (id) on delete set null,
  archivo text not null check (length(archivo) <= 200),
  bytes bigint not null,
  ruta text check (length(ruta) <= 500 and starts_with(ruta, nombre_nora || '/')),
  codificacion text not null check (codificacion in ('utf-8', 'utf-16le', 'windows-1252')),
  separador text not null check (length(separador) = 1),
  columnas jsonb not null,
  muestra jsonb not null default '[]',
  mapeo jsonb not null default '[]',
  opciones jsonb not null default '{}',
  estado text not null default 'lista' check (estado in ('lista', 'en_fila', 'procesando', 'terminada', 'fallida', 'cancelada')),
  total integer not null,
  procesadas integer not null default 0,
  creadas integer not null default 0,
  actualizadas integer not null default 0,
  iguales integer not null default 0,
  rechazadas integer not null default 0,
  error text check (length(error) <= 500),
  creado timestamptz not null default clock_timestamp(),
  empezado timestamptz,
  terminado timestamptz,
  unique (nombre_nora, id)
);
create index importaciones_nora on public.importaciones (nombre_nora, creado desc);
create index importaciones_viejas on public.importaciones (creado);
create index importaciones_usuario on public.importaciones (usuario_id) where usuario_id is not null;
create table public.importaciones_filas (
  nombre_nora text not null,
  importacion_id uuid not null,
  linea integer not null,
  resultado text not null check (resultado in ('creada', 'actualizada', 'igual', 'rechazada')),
  motivo text check (length(motivo) <= 300),
  contacto_id uuid,
  celdas jsonb,
  primary key (nombre_nora, importacion_id, linea),
  foreign key (nombre_nora, importacion_id) references public.importaciones (nombre_nora, id) on update cascade on delete cascade
);
create index importaciones_filas_rechazadas on public.importaciones_filas (nombre_nora, importacion_id, linea) where resultado = 'rechazada';

-- "Si el mensaje contiene … poner …"
create table public.reglas_etiquetas (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null,
  etiqueta_id uuid not null,
  frases text[] not null check (cardinality(frases) between 1 and 20),
  activo boolean not null default true,
  usos bigint not null default 0,
  ultimo_uso timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  foreign key (nombre_nora, etiqueta_id) references public.etiquetas (nombre_nora, id) on update cascade on delete cascade
);
create index reglas_etiquetas_nora on public.reglas_etiquetas (nombre_nora, etiqueta_id);

-- Renombrar, unir o borrar una etiqueta en miles de contactos va por tandas: esto es lo que falta por llevar.
create table public.cambios_etiquetas (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  de text not null,
  a text,
  usuario_id uuid references public.usuarios (id) on delete set null,
  cambiados integer not null default 0,
  creado timestamptz not null default clock_timestamp(),
  terminado timestamptz
);
create index cambios_etiquetas_nora on public.cambios_etiquetas (nombre_nora, creado desc);
create index cambios_etiquetas_usuario on public.cambios_etiquetas (usuario_id) where usuario_id is not null;

do $$ declare t text; begin
  foreach t in array array['segmentos', 'notas_contacto', 'reglas_etiquetas'] loop
    execute format('create trigger tocar before update on public.%I for each row execute function interno.tocar_updated_at()', t);
  end loop;
  foreach t in array array['segmentos', 'campos_contacto', 'notas_contacto', 'eventos_contacto', 'resumenes_contacto', 'telefonos_contacto', 'uniones_contactos', 'duplicados_descartados',
    'lotes_contactos', 'lotes_contactos_filas', 'importaciones', 'importaciones_filas', 'reglas_etiquetas', 'cambios_etiquetas'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('revoke all on public.%I from anon, authenticated', t);
    execute format('grant select, insert, update, delete on public.%I to service_role', t);
    execute format('create policy nora on public.%I for all to nora_panel using (nombre_nora = (select public.nora_actual())) with check (nombre_nora = (select public.nora_actual()))', t);
  end loop;
end $$;
grant select (anuncio_id, anuncio_titulo) on public.contactos to nora_panel;
grant select (descripcion, ia_puede) on public.etiquetas to nora_panel;
grant select (id, nombre_nora, nombre, filtro, creado_por, created_at, updated_at) on public.segmentos to nora_panel;
grant select (id, nombre_nora, clave, titulo, tipo, opciones, orden, created_at) on public.campos_contacto to nora_panel;
grant select (id, nombre_nora, contacto_id, texto, usuario_id, created_at, updated_at) on public.notas_contacto to nora_panel;
grant select (id, nombre_nora, contacto_id, tipo, detalle, usuario_id, cuando) on public.eventos_contacto to nora_panel;
grant select (id, nombre_nora, contacto_id, modo, modelo, resumen, intereses, pasos, mensajes, creado) on public.resumenes_contacto to nora_panel;
grant select (nombre_nora, clave, contacto_id, telefono) on public.telefonos_contacto to nora_panel;
grant select (id, nombre_nora, destino_id, origen_id, origen_nombre, usuario_id, creada, deshecha) on public.uniones_contactos to nora_panel;
grant select (id, nombre_nora, accion, valor, usuario_id, total, hechos, cambiados, regresados, estado, creado, terminado) on public.lotes_contactos to nora_panel;
grant select (id, nombre_nora, usuario_id, archivo, bytes, ruta, codificacion, separador, columnas, muestra, mapeo, opciones, estado, total, procesadas, creadas, actualizadas, iguales, rechazadas, error, creado, empezado, terminado) on public.importaciones to nora_panel;
grant select (nombre_nora, importacion_id, linea, resultado, motivo, contacto_id, celdas) on public.importaciones_filas to nora_panel;
grant select (id, nombre_nora, etiqueta_id, frases, activo, usos, ultimo_uso, created_at, updated_at) on public.reglas_etiquetas to nora_panel;

-- Disparadores ---------------------------------------------------------------------------------------------------------

create function interno.apuntar_anuncio() returns trigger language plpgsql set search_path = '' as $$
begin
  update public.contactos set anuncio_id = left(coalesce(new.referido->>'ReferralSourceId', new.referido->>'ReferralSourceUrl', 'anuncio'), 200),
         anuncio_titulo = left(coalesce(new.referido->>'ReferralHeadline', new.referido->>'ReferralBody', new.referido->>'ReferralSourceUrl'), 300)
   where id = new.contacto_id and nombre_nora = new.nombre_nora and anuncio_id is null;
  return null;
end $$;
create trigger apuntar_anuncio after insert on public.historial_conversaciones for each row when (new.referido is not null) execute function interno.apuntar_anuncio();
update public.contactos k set anuncio_id = left(coalesce(z.r->>'ReferralSourceId', z.r->>'ReferralSourceUrl', 'anuncio'), 200), anuncio_titulo = left(coalesce(z.r->>'ReferralHeadline', z.r->>'ReferralBody', z.r->>'ReferralSourceUrl'), 300)
  from (select distinct on (h.nombre_nora, h.contacto_id) h.contacto_id, h.referido r from public.historial_conversaciones h where h.referido is not null order by h.nombre_nora, h.contacto_id, h.fecha_hora) z where k.id = z.contacto_id;

-- Quien y por que viajan en dos ajustes de la transaccion: poner_etiqueta, de antes, no los conoce y queda como una persona sin nombre.
create function interno.actuar(p_usuario uuid, p_origen text) returns void language sql set search_path = '' as $$
  select set_config('nora.quien', coalesce(p_usuario::text, ''), true), set_config('nora.origen', p_origen, true)
$$;
create function interno.apuntar_etiquetas() returns trigger language plpgsql set search_path = '' as $$
begin
  insert into public.eventos_contacto (nombre_nora, contacto_id, tipo, detalle, usuario_id)
  values (new.nombre_nora, new.id, 'etiquetas', jsonb_build_object('puestas', to_jsonb(array(select unnest(new.etiquetas) except select unnest(old.etiquetas))), 'quitadas', to_jsonb(array(select unnest(old.etiquetas) except select unnest(new.etiquetas))),
    'origen', coalesce(nullif(current_setting('nora.origen', true), ''), 'persona')), nullif(current_setting('nora.quien', true), '')::uuid);
  return null;
end $$;
create trigger apuntar_etiquetas after update of etiquetas on public.contactos for each row when (old.etiquetas is distinct from new.etiquetas) execute function interno.apuntar_etiquetas();


-- Filtros --------------------------------------------------------------------------------------------------------------

-- La fecha de quien todavia no tiene mensajes (importado): asi no tapa a nadie en la lista de chats.
create function public.sin_mensajes() returns timestamptz language sql immutable parallel safe set search_path = '' as $$ select timestamptz '2000-01-01 00:00:00+00' $$;

-- Un filtro (src/modulos/contactos/filtro.ts) hecho condicion sobre `k`. Es el unico lugar que lo traduce: lista, conteo, lotes, exportacion y segmentos.
-- Todo valor pasa por %L; con literales, ademas, cada consulta se planea con sus estadisticas.
create function interno.condicion_contactos(p_nora text, f jsonb) returns text language plpgsql stable set search_path = '' as $$
declare c text := format('k.nombre_nora = %L', p_nora); v_q text := btrim(left(coalesce(f->>'q', ''), 200)); d text; v_zona text; v text; par jsonb; partes text[] := '{}'; lista text[];
begin
  if v_q <> '' then
    if v_q ~ '^[\d\s()+./-]+$' and length(regexp_replace(v_q, '\D', '', 'g')) >= 3 then
      d := regexp_replace(v_q, '\D', '', 'g');
      -- Completo, bastan los ultimos diez; a medias, se prueba tambien sin el 1 o el 9 que WhatsApp intercala.
      if length(d) >= 10 then partes := array['%' || right(d, 10) || '%'];
      else partes := array['%' || d || '%'] || case when d ~ '^521' then array['%52' || substr(d, 4) || '%'] when d ~ '^549' then array['%54' || substr(d, 4) || '%'] else '{}'::text[] end; end if;
      c := c || ' and (' || (select string_agg(format('k.busqueda like %L', x), ' or ') from unnest(partes || public.como_patron(v_q)) x)
             || format(' or k.id = any (array(select t.contacto_id from public.telefonos_contacto t where t.nombre_nora = %L and t.clave like any (%L::text[]) limit 200)))', p_nora, partes);
    else
      -- Cada palabra por su lado: «ana lopez» encuentra a «Ana María López».
      partes := array(select public.como_patron(x) from regexp_split_to_table(v_q, '\s+') with ordinality w(x, o) where x <> '' order by o limit 6);
      c := c || ' and ((' || (select string_agg(format('k.busqueda like %L', x), ' and ') from unnest(partes) x)
             || format(') or k.id = any (array(select n.contacto_id from public.notas_contacto n where n.nombre_nora = %L', p_nora) || (select string_agg(format(' and n.busqueda like %L', x), '') from unnest(partes) x) || ' limit 500)))';
    end if;
  end if;
  if jsonb_typeof(f->'ids') = 'array' then
    c := c || format(' and k.id = any (%L::uuid[])', array(select jsonb_array_elements_text(f->'ids')));
  end if;
  lista := array(select jsonb_array_elements_text(case when jsonb_typeof(f->'alguna') = 'array' then f->'alguna' else '[]' end));
  if cardinality(lista) > 0 then c := c || format(' and k.etiquetas && %L::text[]', lista); end if;
  lista := array(select jsonb_array_elements_text(case when jsonb_typeof(f->'todas') = 'array' then f->'todas' else '[]' end));
  if cardinality(lista) > 0 then c := c || format(' and k.etiquetas @> %L::text[]', lista); end if;
  lista := array(select jsonb_array_elements_text(case when jsonb_typeof(f->'ninguna') = 'array' then f->'ninguna' else '[]' end));
  if cardinality(lista) > 0 then c := c || format(' and not (k.etiquetas && %L::text[])', lista); end if;
  c := c || case f->>'ia' when 'si' then ' and k.ia_activa' when 'no' then ' and not k.ia_activa' else '' end
         || case f->>'bloqueado' when 'si' then ' and k.bloqueado' when 'no' then ' and not k.bloqueado' else '' end
         || case f->>'acepta' when 'si' then ' and k.acepta_envios' when 'no' then ' and k.acepta_envios is false' when 'sin_decir' then ' and k.acepta_envios is null' when 'no_rechaza' then ' and k.acepta_envios is not false' else '' end
         || case when f->>'sin_leer' = 'true' then ' and k.no_leidos > 0' else '' end
         || case when f->>'espera' = 'true' then ' and k.espera_humano_desde is not null' else '' end;
  v := f->>'anuncio';
  c := c || case when coalesce(v, '') = '' then '' when v = 'cualquiera' then ' and k.anuncio_id is not null' when v = 'ninguno' then ' and k.anuncio_id is null' else format(' and k.anuncio_id = %L', v) end;
  if f ? 'desde' or f ? 'hasta' then
    select b.zona_horaria into v_zona from public.configuracion_bot b where b.nombre_nora = p_nora;
    if f ? 'desde' then c := c || format(' and k.ultimo_mensaje >= %L::timestamptz', (f->>'desde')::date::timestamp at time zone v_zona); end if;
    if f ? 'hasta' then c := c || format(' and k.ultimo_mensaje < %L::timestamptz and k.ultimo_mensaje > public.sin_mensajes()', ((f->>'hasta')::date + 1)::timestamp at time zone v_zona); end if;
  end if;
  if f ? 'hace_menos' then c := c || format(' and k.ultimo_mensaje >= %L::timestamptz', clock_timestamp() - make_interval(days => (f->>'hace_menos')::int)); end if;
  if f ? 'hace_mas' then c := c || format(' and k.ultimo_mensaje < %L::timestamptz and k.ultimo_mensaje > public.sin_mensajes()', clock_timestamp() - make_interval(days => (f->>'hace_mas')::int)); end if;
  for par in select e from jsonb_array_elements(case when jsonb_typeof(f->'campos') = 'array' then f->'campos' else '[]' end) e loop
    c := c || format(' and k.datos->>%L = %L', par->>'clave', par->>'valor');
  end loop;
  return c;
end $$;

create function interno.fila_contacto(k public.contactos) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', k.id, 'nombre', k.nombre, 'telefono', k.telefono, 'correo', k.correo, 'empresa', k.empresa, 'imagen_perfil', k.imagen_perfil, 'etiquetas', to_jsonb(k.etiquetas), 'mensaje_reciente', k.mensaje_reciente,
    'ultimo_mensaje', k.ultimo_mensaje, 'sin_mensajes', k.ultimo_mensaje <= public.sin_mensajes(), 'no_leidos', k.no_leidos, 'ia_activa', k.ia_activa, 'bloqueado', k.bloqueado, 'acepta_envios', k.acepta_envios,
    'espera_humano_desde', k.espera_humano_desde, 'atendido_nombre', interno.nombre_de(k.atendido_por), 'anuncio_titulo', k.anuncio_titulo, 'created_at', k.created_at)
$$;

-- Una pagina por llave: orden 'mensaje' (ultimo mensaje) o 'alta'. {filas, hay_mas}
create function public.listar_contactos(p_filtro jsonb default '{}', p_orden text default 'mensaje', p_antes timestamptz default null, p_antes_id uuid default null, p_n integer default 50) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v_n int := least(greatest(p_n, 1), 200); v_col text := case p_orden when 'alta' then 'created_at' else 'ultimo_mensaje' end; v jsonb; v_hay boolean;
begin
  if v_nora is null then return null; end if;
  execute format('select coalesce(jsonb_agg(interno.fila_contacto(z) order by z.%1$I desc, z.id desc), ''[]'') from (select k.* from public.contactos k where %2$s and (k.%1$I, k.id) < (%3$L::timestamptz, %4$L::uuid) order by k.%1$I desc, k.id desc limit %5$s) z',
    v_col, interno.condicion_contactos(v_nora, p_filtro), coalesce(p_antes, 'infinity'), coalesce(p_antes_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), v_n + 1) into v;
  v_hay := jsonb_array_length(v) > v_n;
  return jsonb_build_object('filas', case when v_hay then v - v_n else v end, 'hay_mas', v_hay);
end $$;

create function public.contar_contactos(p_filtro jsonb default '{}', p_tope integer default 1000000) returns integer language plpgsql stable security definer set search_path = '' as $$
declare n int;
begin
  if public.nora_actual() is null then return null; end if;
  execute format('select count(*) from (select 1 from public.contactos k where %s limit %s) z', interno.condicion_contactos(public.nora_actual(), p_filtro), greatest(p_tope, 1)) into n;
  return n;
end $$;

-- Lo que la lista y la ficha necesitan alrededor: etiquetas, segmentos, campos propios y anuncios conocidos.
create function public.catalogo_contactos() returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('etiquetas', interno.catalogo_etiquetas(n.n),
    'segmentos', (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'nombre', s.nombre, 'filtro', s.filtro) order by lower(s.nombre)), '[]') from public.segmentos s where s.nombre_nora = n.n),
    'campos', (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'clave', c.clave, 'titulo', c.titulo, 'tipo', c.tipo, 'opciones', to_jsonb(c.opciones)) order by c.orden, lower(c.titulo)), '[]') from public.campos_contacto c where c.nombre_nora = n.n),
    'anuncios', (select coalesce(jsonb_agg(jsonb_build_object('id', a.anuncio_id, 'titulo', a.titulo, 'n', a.n) order by a.n desc), '[]') from (
       select k.anuncio_id, max(k.anuncio_titulo) titulo, count(*) n from public.contactos k where k.nombre_nora = n.n and k.anuncio_id is not null group by k.anuncio_id order by count(*) desc limit 50) a))
  from (select public.nora_actual() n) n where n.n is not null
$$;

-- Exportar: por id y no por fecha, para que quien escriba a media descarga no salga dos veces ni se quede fuera.
create function public.exportar_contactos(p_filtro jsonb default '{}', p_despues uuid default null, p_n integer default 1000) returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare v jsonb;
begin
  if public.nora_actual() is null then return null; end if;
  execute format('select coalesce(jsonb_agg(jsonb_build_array(z.id, z.nombre, z.telefono, z.correo, z.empresa, to_jsonb(z.etiquetas), z.notas, z.acepta_envios, z.bloqueado, z.ia_activa, z.ultimo_mensaje, z.created_at, z.anuncio_titulo, z.datos) order by z.id), ''[]'')
      from (select k.* from public.contactos k where %s and k.id > %L::uuid order by k.id limit %s) z',
    interno.condicion_contactos(public.nora_actual(), p_filtro), coalesce(p_despues, '00000000-0000-0000-0000-000000000000'), least(greatest(p_n, 1), 2000)) into v;
  return v;
end $$;

-- Segmentos: los usan tambien otras funciones (envios) por interno.contactos_de_segmento.
create function interno.contactos_de_filtro(p_nora text, p_filtro jsonb) returns setof uuid language plpgsql stable set search_path = '' as $$
begin
  return query execute format('select k.id from public.contactos k where %s', interno.condicion_contactos(p_nora, p_filtro));
end $$;
create function interno.contactos_de_segmento(p_nora text, p_segmento uuid) returns setof uuid language sql stable set search_path = '' as $$
  select x from public.segmentos s cross join lateral interno.contactos_de_filtro(s.nombre_nora, s.filtro) x where s.id = p_segmento and s.nombre_nora = p_nora
$$;
-- Por paginas de ids en orden; null si el segmento no es de esta nora.
create function public.contactos_de_segmento(p_segmento uuid, p_despues uuid default null, p_n integer default 1000) returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare v_filtro jsonb; v jsonb;
begin
  select s.filtro into v_filtro from public.segmentos s where s.id = p_segmento and s.nombre_nora = public.nora_actual();
  if not found then return null; end if;
  execute format('select coalesce(jsonb_agg(z.id order by z.id), ''[]'') from (select k.id from public.contactos k where %s and k.id > %L::uuid order by k.id limit %s) z',
    interno.condicion_contactos(public.nora_actual(), v_filtro), coalesce(p_despues, '00000000-0000-0000-0000-000000000000'), least(greatest(p_n, 1), 5000)) into v;
  return v;
end $$;
-- {r:'guardado'|'repetido'|'no_esta', id}
create function public.guardar_segmento(p_id uuid, p_nombre text, p_filtro jsonb, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); a public.segmentos; b public.segmentos;
begin
  if p_id is null then
    insert into public.segmentos (nombre_nora, nombre, filtro, creado_por) values (v_nora, btrim(p_nombre), p_filtro, p_usuario) returning * into b;
  else
    select * into a from public.segmentos where id = p_id and nombre_nora = v_nora for update;
    if not found then return '{"r":"no_esta"}'; end if;
    update public.segmentos set nombre = btrim(p_nombre), filtro = p_filtro where id = a.id returning * into b;
  end if;
  perform interno.apuntar(p_usuario, 'guardar', 'segmento ' || b.nombre, case when a.id is not null then jsonb_build_object('nombre', a.nombre, 'filtro', a.filtro) end, jsonb_build_object('nombre', b.nombre, 'filtro', b.filtro));
  return jsonb_build_object('r', 'guardado', 'id', b.id);
exception when unique_violation then return '{"r":"repetido"}';
end $$;
create function public.borrar_segmento(p_id uuid, p_usuario uuid) returns boolean language plpgsql security definer set search_path = '' as $$
declare a public.segmentos;
begin
  delete from public.segmentos where id = p_id and nombre_nora = public.nora_actual() returning * into a;
  if not found then return false; end if;
  perform interno.apuntar(p_usuario, 'borrar', 'segmento ' || a.nombre, jsonb_build_object('nombre', a.nombre, 'filtro', a.filtro), null);
  return true;
end $$;

-- Campos propios: el tipo no cambia una vez creado, porque ya hay valores escritos con el. {r:'guardado'|'repetido'|'demasiados'|'no_esta', id}
create function public.guardar_campo(p_id uuid, p jsonb, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); a public.campos_contacto; b public.campos_contacto; v_op text[] := array(select jsonb_array_elements_text(coalesce(p->'opciones', '[]')));
begin
  if p_id is null then
    if (select count(*) from public.campos_contacto c where c.nombre_nora = v_nora) >= 40 then return '{"r":"demasiados"}'; end if;
    insert into public.campos_contacto (nombre_nora, clave, titulo, tipo, opciones, orden)
    values (v_nora, p->>'clave', btrim(p->>'titulo'), p->>'tipo', v_op, coalesce((select max(c.orden) + 1 from public.campos_contacto c where c.nombre_nora = v_nora), 0)) returning * into b;
  else
    select * into a from public.campos_contacto where id = p_id and nombre_nora = v_nora for update;
    if not found then return '{"r":"no_esta"}'; end if;
    update public.campos_contacto set titulo = btrim(p->>'titulo'), opciones = case when tipo = 'lista' then v_op else opciones end where id = a.id returning * into b;
  end if;
  perform interno.apuntar(p_usuario, 'guardar', 'campo ' || b.clave, case when a.id is not null then to_jsonb(a) end, to_jsonb(b));
  return jsonb_build_object('r', 'guardado', 'id', b.id);
exception when unique_violation then return '{"r":"repetido"}';
end $$;
-- Deja de mostrarse; lo escrito se queda en datos y vuelve si se crea otra vez con el mismo nombre.
create function public.borrar_campo(p_id uuid, p_usuario uuid) returns boolean language plpgsql security definer set search_path = '' as $$
declare a public.campos_contacto;
begin
  delete from public.campos_contacto where id = p_id and nombre_nora = public.nora_actual() returning * into a;
  if not found then return false; end if;
  perform interno.apuntar(p_usuario, 'borrar', 'campo ' || a.clave, to_jsonb(a), null);
  return true;
end $$;

-- Ficha ----------------------------------------------------------------------------------------------------------------

-- Posibles repetidos de una persona: mismo telefono con otra lada, mismo correo o mismo nombre completo. Usa el indice de trigramas.
create function interno.duplicados_de(k public.contactos) returns jsonb language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare v jsonb; v_tel text := case when length(k.clave_telefono) >= 11 then right(k.clave_telefono, 10) end; v_correo text := nullif(lower(btrim(k.correo)), ''); v_nombre text := btrim(public.sin_acentos(k.nombre));
begin
  if v_nombre !~ '\S+\s+\S+' or length(v_nombre) < 7 then v_nombre := null; end if;
  if v_tel is null and v_correo is null and v_nombre is null then return '[]'; end if;
  select coalesce(jsonb_agg(interno.fila_contacto(z.o) || jsonb_build_object('razon', z.razon) order by z.peso, z.u desc), '[]') into v from (
    select o, o.ultimo_mensaje u, case when right(o.clave_telefono, 10) = v_tel then 'telefono' when lower(btrim(o.correo)) = v_correo then 'correo' else 'nombre' end razon,
           case when right(o.clave_telefono, 10) = v_tel then 0 when lower(btrim(o.correo)) = v_correo then 1 else 2 end peso
      from public.contactos o
     where o.nombre_nora = k.nombre_nora and o.id <> k.id
       and (o.busqueda like '%' || v_tel || '%' or o.busqueda like public.como_patron(v_correo) or o.busqueda like public.como_patron(v_nombre))
       and (right(o.clave_telefono, 10) = v_tel or lower(btrim(o.correo)) = v_correo or btrim(public.sin_acentos(o.nombre)) = v_nombre)
       and not exists (select from public.duplicados_descartados d where d.nombre_nora = k.nombre_nora and d.a = least(o.id, k.id) and d.b = greatest(o.id, k.id))
     limit 6) z;
  return v;
end $$;

create function interno.nota(n public.notas_contacto) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', n.id, 'texto', n.texto, 'usuario_id', n.usuario_id, 'autor', interno.nombre_de(n.usuario_id), 'created_at', n.created_at, 'editada', n.updated_at > n.created_at + interval '1 second')
$$;

create function public.abrir_contacto(p_contacto uuid) returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); k public.contactos;
begin
  select * into k from public.contactos where id = p_contacto and nombre_nora = v_nora;
  if not found then return null; end if;
  return jsonb_build_object(
    'contacto', interno.fila_contacto(k) || jsonb_build_object('notas', k.notas, 'datos', k.datos, 'id_whatsapp', k.id_whatsapp, 'ia_pausada_hasta', k.ia_pausada_hasta, 'atendido_por', k.atendido_por, 'motivo_espera', k.motivo_espera,
      'mensajes', (select count(*) from (select 1 from public.historial_conversaciones h where h.nombre_nora = v_nora and h.contacto_id = k.id and h.estado <> 'interno' limit 10000) z)),
    'telefonos', (select coalesce(jsonb_agg(coalesce(t.telefono, t.clave) order by t.clave), '[]') from public.telefonos_contacto t where t.nombre_nora = v_nora and t.contacto_id = k.id),
    'notas', (select coalesce(jsonb_agg(interno.nota(n) order by n.created_at desc, n.id desc), '[]') from (select * from public.notas_contacto t where t.nombre_nora = v_nora and t.contacto_id = k.id order by t.created_at desc, t.id desc limit 100) n),
    'resumen', (select jsonb_build_object('modo', r.modo, 'modelo', r.modelo, 'resumen', r.resumen, 'intereses', to_jsonb(r.intereses), 'pasos', to_jsonb(r.pasos), 'mensajes', r.mensajes, 'creado', r.creado, 'quien', interno.nombre_de(r.usuario_id)) from public.resumenes_contacto r where r.nombre_nora = v_nora and r.contacto_id = k.id order by r.creado desc limit 1),
    'duplicados', interno.duplicados_de(k),
    'uniones', (select coalesce(jsonb_agg(jsonb_build_object('id', u.id, 'origen_nombre', u.origen_nombre, 'creada', u.creada, 'quien', interno.nombre_de(u.usuario_id)) order by u.creada desc), '[]') from public.uniones_contactos u where u.nombre_nora = v_nora and u.destino_id = k.id and u.deshecha is null)) || public.catalogo_contactos();
end $$;

-- p: {nombre, telefono, correo, empresa, notas, acepta ('si'|'no'|''), datos}; la llave ausente no se toca. {r:'guardado'|'telefono_repetido'|'sin_telefono', id, otro}
create function public.guardar_ficha(p_contacto uuid, p jsonb, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); a public.contactos; b public.contactos; v_otro uuid; v_cambios jsonb;
begin
  select * into a from public.contactos where id = p_contacto and nombre_nora = v_nora for no key update;
  if not found then return null; end if;
  if p ? 'telefono' and p->>'telefono' is not null then
    v_otro := coalesce((select o.id from public.contactos o where o.nombre_nora = v_nora and o.clave_telefono = public.clave_de(p->>'telefono') and o.id <> a.id),
                       (select t.contacto_id from public.telefonos_contacto t where t.nombre_nora = v_nora and t.clave = public.clave_de(p->>'telefono') and t.contacto_id <> a.id));
    if v_otro is not null then return jsonb_build_object('r', 'telefono_repetido', 'otro', v_otro); end if;
  end if;
  if p ? 'telefono' and p->>'telefono' is null and a.id_whatsapp is null then return '{"r":"sin_telefono"}'; end if;
  update public.contactos set
    nombre = case when p ? 'nombre' then nullif(btrim(p->>'nombre'), '') else nombre end,
    -- Si es el mismo numero escrito de otro modo se queda la forma con la que WhatsApp lo conoce.
    telefono = case when p ? 'telefono' and public.clave_de(p->>'telefono') is distinct from clave_telefono then p->>'telefono' else telefono end,
    correo = case when p ? 'correo' then nullif(btrim(p->>'correo'), '') else correo end,
    empresa = case when p ? 'empresa' then nullif(btrim(p->>'empresa'), '') else empresa end,
    notas = case when p ? 'notas' then nullif(btrim(p->>'notas'), '') else notas end,
    acepta_envios = case when p ? 'acepta' then case p->>'acepta' when 'si' then true when 'no' then false end else acepta_envios end,
    datos = case when p ? 'datos' then jsonb_strip_nulls(datos || (p->'datos')) else datos end
   where id = a.id returning * into b;
  select jsonb_object_agg(x.c, jsonb_build_array(x.antes, x.despues)) into v_cambios from (values ('nombre', to_jsonb(a.nombre), to_jsonb(b.nombre)), ('telefono', to_jsonb(a.telefono), to_jsonb(b.telefono)), ('correo', to_jsonb(a.correo), to_jsonb(b.correo)),
    ('empresa', to_jsonb(a.empresa), to_jsonb(b.empresa)), ('notas', to_jsonb(a.notas), to_jsonb(b.notas)), ('acepta_envios', to_jsonb(a.acepta_envios), to_jsonb(b.acepta_envios)), ('datos', a.datos, b.datos)) x(c, antes, despues) where x.antes is distinct from x.despues;
  if v_cambios is not null then
    insert into public.eventos_contacto (nombre_nora, contacto_id, tipo, detalle, usuario_id) values (v_nora, a.id, 'datos', jsonb_build_object('cambios', v_cambios), p_usuario);
  end if;
  return jsonb_build_object('r', 'guardado', 'id', a.id, 'cambio', v_cambios is not null);
end $$;

-- {r:'creado'|'repetido', id}
create function public.crear_contacto(p jsonb, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v_id uuid; v_clave text := public.clave_de(p->>'telefono');
begin
  if v_nora is null then return null; end if;
  select t.contacto_id into v_id from public.telefonos_contacto t where t.nombre_nora = v_nora and t.clave = v_clave;
  if v_id is null then
    insert into public.contactos (nombre_nora, telefono, nombre, correo, empresa, notas, acepta_envios, datos)
    values (v_nora, p->>'telefono', nullif(btrim(p->>'nombre'), ''), nullif(btrim(p->>'correo'), ''), nullif(btrim(p->>'empresa'), ''), nullif(btrim(p->>'notas'), ''), case p->>'acepta' when 'si' then true when 'no' then false end, jsonb_strip_nulls(coalesce(p->'datos', '{}')))
    on conflict do nothing returning id into v_id;
    if v_id is not null then
      insert into public.eventos_contacto (nombre_nora, contacto_id, tipo, detalle, usuario_id) values (v_nora, v_id, 'creado', '{"origen":"persona"}', p_usuario);
      return jsonb_build_object('r', 'creado', 'id', v_id);
    end if;
    select k.id into v_id from public.contactos k where k.nombre_nora = v_nora and k.clave_telefono = v_clave;
  end if;
  return jsonb_build_object('r', 'repetido', 'id', v_id);
end $$;

create function public.poner_etiqueta_ficha(p_contacto uuid, p_nombre text, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
begin
  perform interno.actuar(p_usuario, 'persona');
  return public.poner_etiqueta(p_contacto, p_nombre);
end $$;
create function public.quitar_etiqueta_ficha(p_contacto uuid, p_nombre text, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
begin
  perform interno.actuar(p_usuario, 'persona');
  return public.quitar_etiqueta(p_contacto, p_nombre);
end $$;

-- Con p_nota la corrige, pero solo quien la escribio. null si no hay tal contacto o nota.
create function public.guardar_nota(p_contacto uuid, p_texto text, p_usuario uuid, p_nota uuid default null) returns jsonb language plpgsql security definer set search_path = '' as $$
declare n public.notas_contacto; v_nora text := public.nora_actual();
begin
  if p_nota is null then
    if not exists (select from public.contactos where id = p_contacto and nombre_nora = v_nora) then return null; end if;
    insert into public.notas_contacto (nombre_nora, contacto_id, texto, usuario_id) values (v_nora, p_contacto, btrim(p_texto), p_usuario) returning * into n;
  else
    update public.notas_contacto set texto = btrim(p_texto) where id = p_nota and contacto_id = p_contacto and nombre_nora = v_nora and usuario_id = p_usuario returning * into n;
    if not found then return null; end if;
  end if;
  return interno.nota(n);
end $$;
-- Quien la escribio, o quien manda en la nora (p_manda), la borra.
create function public.borrar_nota(p_contacto uuid, p_nota uuid, p_usuario uuid, p_manda boolean) returns boolean language plpgsql security definer set search_path = '' as $$
begin
  delete from public.notas_contacto where id = p_nota and contacto_id = p_contacto and nombre_nora = public.nora_actual() and (p_manda or usuario_id = p_usuario);
  return found;
end $$;

-- Mensajes, avisos del hilo, notas y eventos, de lo mas nuevo a lo mas viejo, por llave. p_clase: 'todo'|'mensajes'|'cambios'.
create function public.linea_contacto(p_contacto uuid, p_clase text default 'todo', p_antes timestamptz default null, p_antes_id uuid default null, p_n integer default 30) returns jsonb
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare v_nora text := public.nora_actual(); v_n int := least(greatest(p_n, 1), 100); v jsonb; v_hay boolean; v_u timestamptz := coalesce(p_antes, 'infinity'); v_id uuid := coalesce(p_antes_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
begin
  if not exists (select from public.contactos where id = p_contacto and nombre_nora = v_nora) then return null; end if;
  select coalesce(jsonb_agg(z.j || jsonb_build_object('id', z.id, 'cuando', z.f) order by z.f desc, z.id desc), '[]') into v from (
    select * from (
      (select h.id, h.fecha_hora f, jsonb_build_object('clase', case when h.estado = 'interno' then 'aviso' else 'mensaje' end, 'texto', left(h.mensaje, 300), 'autor', h.autor, 'estado', h.estado, 'quien', interno.nombre_de(h.usuario_id), 'adjuntos', case when h.adjuntos is null then 0 else jsonb_array_length(h.adjuntos) end) j
         from public.historial_conversaciones h where h.nombre_nora = v_nora and h.contacto_id = p_contacto and (h.fecha_hora, h.id) < (v_u, v_id) and (p_clase = 'todo' or (h.estado = 'interno') = (p_clase = 'cambios')) order by h.fecha_hora desc, h.id desc limit v_n + 1)
      union all
      (select e.id, e.cuando, jsonb_build_object('clase', 'evento', 'tipo', e.tipo, 'detalle', e.detalle, 'quien', interno.nombre_de(e.usuario_id))
         from public.eventos_contacto e where p_clase <> 'mensajes' and e.nombre_nora = v_nora and e.contacto_id = p_contacto and (e.cuando, e.id) < (v_u, v_id) order by e.cuando desc, e.id desc limit v_n + 1)
      union all
      (select n.id, n.created_at, jsonb_build_object('clase', 'nota', 'texto', left(n.texto, 300), 'quien', interno.nombre_de(n.usuario_id))
         from public.notas_contacto n where p_clase <> 'mensajes' and n.nombre_nora = v_nora and n.contacto_id = p_contacto and (n.created_at, n.id) < (v_u, v_id) order by n.created_at desc, n.id desc limit v_n + 1)) t
    order by f desc, id desc limit v_n + 1) z;
  v_hay := jsonb_array_length(v) > v_n;
  return jsonb_build_object('filas', case when v_hay then v - v_n else v end, 'hay_mas', v_hay);
end $$;

-- Lo que se dijo, para resumirlo; lo mas viejo primero.
create function public.conversacion_contacto(p_contacto uuid, p_n integer default 200) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('nombre', k.nombre, 'modelo_ia', b.modelo_ia, 'nora', b.nombre_visible, 'ia_activa', b.ia_activa, 'modulo_ia', interno.modulo_activo(b.nombre_nora, 'ia'), 'tope', b.tope_tokens_dia,
    'tokens_hoy', coalesce((select c.tokens_entrada + c.tokens_salida from public.consumo_ia c where c.nombre_nora = b.nombre_nora and c.dia = (clock_timestamp() at time zone b.zona_horaria)::date), 0),
    'mensajes', (select coalesce(jsonb_agg(jsonb_build_object('autor', z.autor, 'texto', left(z.mensaje, 1000), 'fecha', z.fecha_hora) order by z.fecha_hora, z.id), '[]') from (
      select h.* from public.historial_conversaciones h where h.nombre_nora = k.nombre_nora and h.contacto_id = k.id and h.estado not in ('interno', 'omitido', 'fallido') and btrim(h.mensaje) <> '' order by h.fecha_hora desc, h.id desc limit least(p_n, 400)) z))
    from public.contactos k join public.configuracion_bot b on b.nombre_nora = k.nombre_nora where k.id = p_contacto and k.nombre_nora = public.nora_actual()
$$;
create function public.guardar_resumen(p_contacto uuid, p jsonb, p_usuario uuid) returns uuid language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v_id uuid; b public.configuracion_bot;
begin
  if not exists (select from public.contactos where id = p_contacto and nombre_nora = v_nora) then return null; end if;
  insert into public.resumenes_contacto (nombre_nora, contacto_id, modo, modelo, resumen, intereses, pasos, mensajes, tokens_entrada, tokens_salida, usuario_id)
  values (v_nora, p_contacto, p->>'modo', p->>'modelo', left(p->>'resumen', 4000), array(select left(x, 300) from jsonb_array_elements_text(coalesce(p->'intereses', '[]')) x limit 20), array(select left(x, 300) from jsonb_array_elements_text(coalesce(p->'pasos', '[]')) x limit 20),
    coalesce((p->>'mensajes')::int, 0), coalesce((p->>'tokens_entrada')::int, 0), coalesce((p->>'tokens_salida')::int, 0), p_usuario) returning id into v_id;
  insert into public.eventos_contacto (nombre_nora, contacto_id, tipo, detalle, usuario_id) values (v_nora, p_contacto, 'resumen', jsonb_build_object('modo', p->>'modo'), p_usuario);
  select * into b from public.configuracion_bot where nombre_nora = v_nora;
  perform interno.sumar_consumo(b, jsonb_build_object('tokens_entrada', coalesce((p->>'tokens_entrada')::int, 0), 'tokens_salida', coalesce((p->>'tokens_salida')::int, 0)));
  return v_id;
end $$;
