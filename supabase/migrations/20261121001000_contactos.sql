-- Contactos y etiquetas: filtros y segmentos, ficha, notas, linea de tiempo, lotes que se deshacen, importacion, uniones y reglas.

-- Anuncio de origen: el primero por el que llego la persona. En el contacto, porque filtrar por el historial no escala.
alter table public.contactos add column anuncio_id text check (length(anuncio_id) <= 200), add column anuncio_titulo text check (length(anuncio_titulo) <= 300);
create index contactos_anuncio on public.contactos (nombre_nora, anuncio_id, ultimo_mensaje desc, id desc) where anuncio_id is not null;
create index contactos_altas on public.contactos (nombre_nora, created_at desc, id desc);
drop index public.contactos_creados;
-- Filtros que casi nadie cumple: sin su indice, una pagina vacia recorre a todos.
create index contactos_sin_ia on public.contactos (nombre_nora, ultimo_mensaje desc, id desc) where not ia_activa;
create index contactos_bloqueados on public.contactos (nombre_nora, ultimo_mensaje desc, id desc) where bloqueado;
create index contactos_baja on public.contactos (nombre_nora, ultimo_mensaje desc, id desc) where acepta_envios is false;
create index contactos_datos on public.contactos using gin (nombre_nora, datos jsonb_path_ops) where datos <> '{}';
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

create table public.importaciones_contactos (
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
create index importaciones_contactos_nora on public.importaciones_contactos (nombre_nora, creado desc);
create index importaciones_contactos_viejas on public.importaciones_contactos (creado);
create index importaciones_contactos_usuario on public.importaciones_contactos (usuario_id) where usuario_id is not null;
create table public.importaciones_contactos_filas (
  nombre_nora text not null,
  importacion_id uuid not null,
  linea integer not null,
  resultado text not null check (resultado in ('creada', 'actualizada', 'igual', 'rechazada')),
  motivo text check (length(motivo) <= 300),
  contacto_id uuid,
  celdas jsonb,
  primary key (nombre_nora, importacion_id, linea),
  foreign key (nombre_nora, importacion_id) references public.importaciones_contactos (nombre_nora, id) on update cascade on delete cascade
);
create index importaciones_contactos_filas_rechazadas on public.importaciones_contactos_filas (nombre_nora, importacion_id, linea) where resultado = 'rechazada';

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
  foreach t in array array['segmentos', 'reglas_etiquetas'] loop
    execute format('create trigger tocar before update on public.%I for each row execute function interno.tocar_updated_at()', t);
  end loop;
  -- Solo al corregirla: pasar de una ficha a otra no es corregir.
  create trigger tocar before update of texto on public.notas_contacto for each row execute function interno.tocar_updated_at();
  foreach t in array array['segmentos', 'campos_contacto', 'notas_contacto', 'eventos_contacto', 'resumenes_contacto', 'telefonos_contacto', 'uniones_contactos', 'duplicados_descartados',
    'lotes_contactos', 'lotes_contactos_filas', 'importaciones_contactos', 'importaciones_contactos_filas', 'reglas_etiquetas', 'cambios_etiquetas'] loop
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
grant select (id, nombre_nora, usuario_id, archivo, bytes, ruta, codificacion, separador, columnas, muestra, mapeo, opciones, estado, total, procesadas, creadas, actualizadas, iguales, rechazadas, error, creado, empezado, terminado) on public.importaciones_contactos to nora_panel;
grant select (nombre_nora, importacion_id, linea, resultado, motivo, contacto_id, celdas) on public.importaciones_contactos_filas to nora_panel;
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
  -- Unir y separar ya dejan su propio renglon.
  if current_setting('nora.origen', true) = 'union' then return null; end if;
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
      c := c || ' and (' || (select string_agg(format('k.busqueda like %L', x), ' or ') from unnest(partes) x)
             || format(' or k.id = any (array(select t.contacto_id from public.telefonos_contacto t where t.nombre_nora = %L and t.clave like any (%L::text[]) limit 200)))', p_nora, partes);
    else
      -- Cada palabra por su lado: «ana lopez» encuentra a «Ana María López». Una o dos letras son el principio de una palabra: asi tambien hay indice.
      partes := array(select case when length(btrim(public.como_patron(x), '%')) < 3 then format('(t.busqueda like %L or t.busqueda like %L)', substr(public.como_patron(x), 2), '% ' || substr(public.como_patron(x), 2)) else format('t.busqueda like %L', public.como_patron(x)) end
        from regexp_split_to_table(v_q, '\s+') with ordinality w(x, o) where x <> '' order by o limit 6);
      v := array_to_string(partes, ' and ');
      c := c || ' and ((' || replace(v, 't.busqueda', 'k.busqueda') || format(') or k.id = any (array(select t.contacto_id from public.notas_contacto t where t.nombre_nora = %L and ', p_nora) || v || ' limit 500)))';
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
    c := c || format(' and k.datos <> ''{}'' and k.datos @> %L::jsonb', jsonb_build_object(par->>'clave', par->>'valor'));
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
    'uniones', (select coalesce(jsonb_agg(jsonb_build_object('id', u.id, 'origen_nombre', u.origen_nombre, 'creada', u.creada, 'quien', interno.nombre_de(u.usuario_id)) order by u.creada desc), '[]') from public.uniones_contactos u where u.nombre_nora = v_nora and u.destino_id = k.id and u.deshecha is null)) || public.catalogo_contactos();
end $$;

-- Aparte de la ficha, que no debe esperar a que se comparen los nombres.
create function public.duplicados_contacto(p_contacto uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select interno.duplicados_de(k) from public.contactos k where k.id = p_contacto and k.nombre_nora = public.nora_actual()
$$;

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

-- Fotos: todo lo que cuelga de un contacto, sea cual sea el modulo que lo guarde, se lee del catalogo de llaves foraneas ------------

create function interno.columnas_de(p_tabla regclass) returns name[] language sql stable set search_path = '' as $$
  select array_agg(a.attname order by a.attnum) from pg_catalog.pg_attribute a where a.attrelid = p_tabla and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
$$;
create function interno.llave_de(p_tabla regclass) returns name[] language sql stable set search_path = '' as $$
  select array_agg(a.attname order by a.attnum) from pg_catalog.pg_index i join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey) where i.indrelid = p_tabla and i.indisprimary
$$;
-- Las tablas que apuntan a otra por (nombre_nora, columna) -> (nombre_nora, id). al_borrar: 'c' se borran con ella, 'n' quedan sueltas.
create function interno.hijas_de(p_tabla regclass) returns table (tabla regclass, columna name, al_borrar "char") language sql stable set search_path = '' as $$
  select c.conrelid::regclass, a.attname, c.confdeltype from pg_catalog.pg_constraint c
    join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey) and a.attname <> 'nombre_nora'
   where c.contype = 'f' and c.confrelid = p_tabla and c.conrelid <> p_tabla
$$;
create function interno.arbol_contacto() returns table (tabla regclass, hondura integer) language sql stable set search_path = '' as $$
  with recursive a(t, h) as (
    select 'public.contactos'::regclass, 0
    union all
    select x.tabla, a.h + 1 from a cross join lateral interno.hijas_de(a.t) x where x.al_borrar = 'c' and a.h < 6)
  select a.t, max(a.h) from a where a.t <> 'public.atenciones'::regclass group by a.t
$$;

-- {filas:[{tabla, filas:[…]}] de padres a hijas, sueltas:[{tabla, columna, ids}]}
create function interno.fotografiar_contacto(p_nora text, p_id uuid) returns jsonb language plpgsql stable set search_path = '' as $$
declare r record; fk record; v_ids jsonb := jsonb_build_object('public.contactos', jsonb_build_array(p_id)); v_sql text; v_filas jsonb; v_todo jsonb := '[]'; v_sueltas jsonb := '[]';
begin
  for r in select x.tabla, x.hondura from interno.arbol_contacto() x order by x.hondura, x.tabla::text loop
    if r.hondura = 0 then
      v_sql := format('select to_jsonb(t) f from public.contactos t where t.nombre_nora = $2 and t.id = %L', p_id);
    else
      select string_agg(format('select to_jsonb(t) f from %1$s t where t.nombre_nora = $2 and t.%2$I = any (array(select x::uuid from jsonb_array_elements_text($1->%3$L) x))', r.tabla, h.columna, p.tabla::text), ' union ') into v_sql
        from interno.arbol_contacto() p cross join lateral interno.hijas_de(p.tabla) h where h.tabla = r.tabla and h.al_borrar = 'c' and v_ids ? p.tabla::text;
    end if;
    continue when v_sql is null;
    execute 'select jsonb_agg(z.f) from (' || v_sql || ') z' into v_filas using v_ids, p_nora;
    continue when v_filas is null;
    v_todo := v_todo || jsonb_build_array(jsonb_build_object('tabla', r.tabla::text, 'filas', v_filas));
    if 'id' = any (interno.columnas_de(r.tabla)) then
      v_ids := v_ids || jsonb_build_object(r.tabla::text, (select jsonb_agg(e->'id') from jsonb_array_elements(v_filas) e));
    end if;
  end loop;
  for fk in select h.tabla, h.columna from interno.hijas_de('public.contactos') h where h.al_borrar = 'n' and 'id' = any (interno.columnas_de(h.tabla)) loop
    execute format('select jsonb_agg(t.id) from %s t where t.nombre_nora = $1 and t.%I = $2', fk.tabla, fk.columna) into v_filas using p_nora, p_id;
    if v_filas is not null then v_sueltas := v_sueltas || jsonb_build_array(jsonb_build_object('tabla', fk.tabla::text, 'columna', fk.columna, 'ids', v_filas)); end if;
  end loop;
  return jsonb_build_object('filas', v_todo, 'sueltas', v_sueltas);
end $$;

create function interno.reponer_filas(p_tabla text, p_filas jsonb) returns integer language plpgsql set search_path = '' as $$
declare v_cols text; n int;
begin
  -- Una tabla o columna que ya no exista se ignora: la foto puede ser de antes de una migracion.
  if to_regclass(p_tabla) is null then return 0; end if;
  select string_agg(quote_ident(x), ', ') into v_cols from unnest(interno.columnas_de(p_tabla::regclass)) x where exists (select from jsonb_array_elements(p_filas) f where f ? x::text);
  execute format('insert into %1$s (%2$s) overriding system value select %2$s from jsonb_populate_recordset(null::%1$s, $1) on conflict do nothing', p_tabla::regclass, v_cols) using p_filas;
  get diagnostics n = row_count;
  return n;
end $$;

-- Devuelve el id de la ficha: la misma de antes, o la que la persona abrio al volver a escribir mientras tanto.
create function interno.restaurar_contacto(p_nora text, p_foto jsonb, p_usuario uuid) returns uuid language plpgsql set search_path = '' as $$
declare t jsonb; s jsonb; c jsonb := p_foto->'filas'->0->'filas'->0; v_id uuid; v_filas jsonb;
begin
  select k.id into v_id from public.contactos k where k.nombre_nora = p_nora and (k.id = (c->>'id')::uuid or k.clave_telefono = public.clave_de(c->>'telefono') or k.id_whatsapp = c->>'id_whatsapp') order by k.id = (c->>'id')::uuid desc limit 1;
  for t in select e from jsonb_array_elements(p_foto->'filas') with ordinality x(e, o) order by o loop
    v_filas := t->'filas';
    if t->>'tabla' = 'public.contactos' then
      if v_id is not null then
        update public.contactos k set nombre = coalesce(k.nombre, c->>'nombre'), correo = coalesce(k.correo, c->>'correo'), empresa = coalesce(k.empresa, c->>'empresa'), notas = coalesce(k.notas, c->>'notas'), datos = (c->'datos') || k.datos,
               etiquetas = (array(select x from (select unnest(k.etiquetas) x union select jsonb_array_elements_text(c->'etiquetas')) y order by x limit 50)), acepta_envios = coalesce(k.acepta_envios, (c->>'acepta_envios')::boolean), bloqueado = k.bloqueado or (c->>'bloqueado')::boolean
         where k.id = v_id;
        continue;
      end if;
      v_id := (c->>'id')::uuid;
      -- Nada de lo que quedo pendiente se contesta ni se manda dias despues sin que alguien lo decida.
      v_filas := jsonb_build_array(c || jsonb_build_object('epoca_resuelta', c->'epoca', 'atendido_por', (select to_jsonb(u.id) from public.usuarios u where u.id = (c->>'atendido_por')::uuid)));
    elsif t->>'tabla' = 'public.historial_conversaciones' then
      select jsonb_agg(f || case f->>'estado' when 'pendiente' then '{"estado":"omitido","error_detalle":"La ficha se borró antes de enviarlo."}'::jsonb when 'enviando' then '{"estado":"incierto"}' else '{}' end
                         || case when v_id <> (c->>'id')::uuid then '{"epoca":0}'::jsonb else '{}' end || jsonb_build_object('usuario_id', (select to_jsonb(u.id) from public.usuarios u where u.id = (f->>'usuario_id')::uuid))) into v_filas from jsonb_array_elements(v_filas) f;
    end if;
    if v_id <> (c->>'id')::uuid then
      select jsonb_agg(case when f->>'contacto_id' = c->>'id' then f || jsonb_build_object('contacto_id', v_id) else f end) into v_filas from jsonb_array_elements(v_filas) f;
    end if;
    perform interno.reponer_filas(t->>'tabla', v_filas);
  end loop;
  for s in select e from jsonb_array_elements(p_foto->'sueltas') e loop
    continue when to_regclass(s->>'tabla') is null;
    execute format('update %s t set nombre_nora = $1, %2$I = $2 where t.id in (select x::uuid from jsonb_array_elements_text($3) x) and t.%2$I is null', (s->>'tabla')::regclass, s->>'columna') using p_nora, v_id, s->'ids';
  end loop;
  insert into public.eventos_contacto (nombre_nora, contacto_id, tipo, usuario_id) values (p_nora, v_id, 'recuperado', p_usuario);
  return v_id;
end $$;

-- Lotes ----------------------------------------------------------------------------------------------------------------

-- Apunta a quienes toca ahora, antes de cambiar nada: lo que llegue despues no se cuela. {id, total}
create function public.crear_lote_contactos(p_accion text, p_valor jsonb, p_filtro jsonb, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v_id uuid; v_nombre text := btrim(p_valor->>'etiqueta'); n int;
begin
  if v_nora is null then return null; end if;
  if p_accion = 'etiquetar' then
    insert into public.etiquetas (nombre_nora, nombre) values (v_nora, v_nombre) on conflict do nothing;
    select e.nombre into v_nombre from public.etiquetas e where e.nombre_nora = v_nora and lower(e.nombre) = lower(v_nombre);
    p_valor := jsonb_build_object('etiqueta', v_nombre);
  end if;
  insert into public.lotes_contactos (nombre_nora, accion, valor, usuario_id) values (v_nora, p_accion, p_valor, p_usuario) returning id into v_id;
  insert into public.lotes_contactos_filas (nombre_nora, lote_id, contacto_id) select v_nora, v_id, x from interno.contactos_de_filtro(v_nora, p_filtro) x;
  get diagnostics n = row_count;
  update public.lotes_contactos set total = n where id = v_id;
  perform interno.apuntar(p_usuario, 'lote ' || p_accion, 'contactos', null, jsonb_build_object('lote', v_id, 'total', n, 'valor', p_valor, 'filtro', p_filtro - 'ids'));
  return jsonb_build_object('id', v_id, 'total', n);
end $$;

create function interno.ficha_lote(l public.lotes_contactos) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', l.id, 'accion', l.accion, 'valor', l.valor, 'total', l.total, 'hechos', l.hechos, 'cambiados', l.cambiados, 'regresados', l.regresados, 'estado', l.estado, 'creado', l.creado, 'quien', interno.nombre_de(l.usuario_id))
$$;
create function public.leer_lote_contactos(p_lote uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select interno.ficha_lote(l) from public.lotes_contactos l where l.id = p_lote and l.nombre_nora = public.nora_actual()
$$;

-- Una tanda: bloquea a sus contactos en el orden de todos, cambia y apunta como estaban. null si el lote no existe.
create function public.avanzar_lote_contactos(p_lote uuid, p_n integer default 500) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); l public.lotes_contactos; v_ids uuid[]; v_tocados uuid[]; v_antes jsonb := '{}'; v_etiqueta text; v_id uuid; v_si boolean; n int;
begin
  select * into l from public.lotes_contactos where id = p_lote and nombre_nora = v_nora for update;
  if not found then return null; end if;
  if l.estado <> 'haciendo' then return interno.ficha_lote(l); end if;
  v_ids := array(select f.contacto_id from public.lotes_contactos_filas f where f.nombre_nora = v_nora and f.lote_id = l.id and not f.hecho order by f.contacto_id limit case l.accion when 'borrar' then least(p_n, 100) else p_n end);
  perform interno.actuar(l.usuario_id, 'lote');
  perform 1 from public.contactos k where k.nombre_nora = v_nora and k.id = any (v_ids) order by k.clave_telefono, k.id for no key update;
  v_etiqueta := l.valor->>'etiqueta';
  v_si := (l.valor->>'si')::boolean;
  case l.accion
    when 'etiquetar' then
      with u as (update public.contactos k set etiquetas = k.etiquetas || v_etiqueta where k.nombre_nora = v_nora and k.id = any (v_ids) and not v_etiqueta = any (k.etiquetas) and cardinality(k.etiquetas) < 50 returning k.id) select array_agg(u.id) into v_tocados from u;
    when 'desetiquetar' then
      with u as (update public.contactos k set etiquetas = array_remove(k.etiquetas, v_etiqueta) where k.nombre_nora = v_nora and k.id = any (v_ids) and v_etiqueta = any (k.etiquetas) returning k.id) select array_agg(u.id) into v_tocados from u;
    when 'ia' then v_tocados := interno.poner_ia(v_nora, v_ids, v_si, l.usuario_id);
    when 'bloquear' then v_tocados := interno.poner_bloqueo(v_nora, v_ids, v_si, l.usuario_id);
    when 'borrar' then
      foreach v_id in array v_ids loop
        continue when not exists (select from public.contactos k where k.nombre_nora = v_nora and k.id = v_id);
        v_antes := v_antes || jsonb_build_object(v_id::text, interno.fotografiar_contacto(v_nora, v_id));
        v_tocados := v_tocados || v_id;
      end loop;
      delete from public.contactos k where k.nombre_nora = v_nora and k.id = any (v_ids);
  end case;
  update public.lotes_contactos_filas f set hecho = true, antes = case when f.contacto_id = any (coalesce(v_tocados, '{}')) then coalesce(v_antes->(f.contacto_id::text), '{}') end where f.nombre_nora = v_nora and f.lote_id = l.id and f.contacto_id = any (v_ids);
  n := cardinality(v_ids);
  update public.lotes_contactos set hechos = hechos + n, cambiados = cambiados + coalesce(cardinality(v_tocados), 0), estado = case when hechos + n >= total then 'hecho' else estado end,
         terminado = case when hechos + n >= total then clock_timestamp() end where id = l.id returning * into l;
  return interno.ficha_lote(l) || jsonb_build_object('tocados', to_jsonb(v_tocados));
end $$;

-- Encender la IA en bloque no contesta el pasado: Nora responde desde el siguiente mensaje de cada quien.
create function interno.poner_ia(p_nora text, p_ids uuid[], p_si boolean, p_usuario uuid) returns uuid[] language plpgsql set search_path = '' as $$
declare v uuid[]; k public.contactos;
begin
  v := array(select c.id from public.contactos c where c.nombre_nora = p_nora and c.id = any (p_ids) and c.ia_activa <> p_si);
  for k in select c.* from public.contactos c where c.id = any (v) loop
    if not p_si then perform interno.callar_ia(k.id); end if;
    perform interno.aviso_hilo(k, coalesce(interno.nombre_de(p_usuario), 'Alguien del equipo') || case when p_si then ' encendió' else ' apagó' end || ' las respuestas de Nora', p_usuario);
  end loop;
  update public.contactos c set ia_activa = p_si, epoca = c.epoca + 1, epoca_resuelta = c.epoca + 1 where c.id = any (v);
  return v;
end $$;
create function interno.poner_bloqueo(p_nora text, p_ids uuid[], p_si boolean, p_usuario uuid) returns uuid[] language plpgsql set search_path = '' as $$
declare v uuid[]; k public.contactos;
begin
  v := array(select c.id from public.contactos c where c.nombre_nora = p_nora and c.id = any (p_ids) and c.bloqueado <> p_si);
  for k in select c.* from public.contactos c where c.id = any (v) loop
    if p_si then perform interno.callar_ia(k.id); end if;
    perform interno.aviso_hilo(k, coalesce(interno.nombre_de(p_usuario), 'Alguien del equipo') || case when p_si then ' bloqueó' else ' desbloqueó' end || ' a esta persona', p_usuario);
  end loop;
  update public.contactos c set bloqueado = p_si, epoca = c.epoca + 1, epoca_resuelta = c.epoca + 1, espera_humano_desde = case when p_si then null else c.espera_humano_desde end where c.id = any (v);
  return v;
end $$;

-- Pide deshacer: si el lote seguia en marcha, se detiene donde iba.
create function public.deshacer_lote_contactos(p_lote uuid, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare l public.lotes_contactos;
begin
  update public.lotes_contactos set estado = 'deshaciendo', terminado = null where id = p_lote and nombre_nora = public.nora_actual() and estado in ('haciendo', 'hecho') returning * into l;
  if not found then return public.leer_lote_contactos(p_lote); end if;
  perform interno.apuntar(p_usuario, 'deshacer lote ' || l.accion, 'contactos', jsonb_build_object('lote', l.id, 'cambiados', l.cambiados), null);
  return interno.ficha_lote(l);
end $$;
create function public.regresar_lote_contactos(p_lote uuid, p_n integer default 500) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); l public.lotes_contactos; v_ids uuid[]; v_etiqueta text; v_si boolean; f record; n int := 0;
begin
  select * into l from public.lotes_contactos where id = p_lote and nombre_nora = v_nora for update;
  if not found then return null; end if;
  if l.estado <> 'deshaciendo' then return interno.ficha_lote(l); end if;
  v_ids := array(select x.contacto_id from public.lotes_contactos_filas x where x.nombre_nora = v_nora and x.lote_id = l.id and x.antes is not null and not x.deshecho order by x.contacto_id limit case l.accion when 'borrar' then least(p_n, 100) else p_n end);
  perform interno.actuar(l.usuario_id, 'deshacer');
  perform 1 from public.contactos k where k.nombre_nora = v_nora and k.id = any (v_ids) order by k.clave_telefono, k.id for no key update;
  v_etiqueta := l.valor->>'etiqueta';
  v_si := (l.valor->>'si')::boolean;
  case l.accion
    when 'etiquetar' then update public.contactos k set etiquetas = array_remove(k.etiquetas, v_etiqueta) where k.nombre_nora = v_nora and k.id = any (v_ids) and v_etiqueta = any (k.etiquetas);
    when 'desetiquetar' then update public.contactos k set etiquetas = k.etiquetas || v_etiqueta where k.nombre_nora = v_nora and k.id = any (v_ids) and not v_etiqueta = any (k.etiquetas) and cardinality(k.etiquetas) < 50;
    when 'ia' then perform interno.poner_ia(v_nora, v_ids, not v_si, l.usuario_id);
    when 'bloquear' then perform interno.poner_bloqueo(v_nora, v_ids, not v_si, l.usuario_id);
    when 'borrar' then
      for f in select x.antes from public.lotes_contactos_filas x where x.nombre_nora = v_nora and x.lote_id = l.id and x.contacto_id = any (v_ids) order by x.contacto_id loop
        perform interno.restaurar_contacto(v_nora, f.antes, l.usuario_id);
      end loop;
  end case;
  n := coalesce(cardinality(v_ids), 0);
  update public.lotes_contactos_filas x set deshecho = true where x.nombre_nora = v_nora and x.lote_id = l.id and x.contacto_id = any (v_ids);
  update public.lotes_contactos set regresados = regresados + n, estado = case when regresados + n >= cambiados then 'deshecho' else estado end, terminado = case when regresados + n >= cambiados then clock_timestamp() end where id = l.id returning * into l;
  return interno.ficha_lote(l) || jsonb_build_object('tocados', to_jsonb(v_ids));
end $$;

-- Uniones --------------------------------------------------------------------------------------------------------------

-- Pasa todo lo de una persona a otra ficha. p_elegidos: por campo, 'origen' para quedarse con el suyo. {r:'unido'|'misma', id}
create function public.unir_contactos(p_destino uuid, p_origen uuid, p_elegidos jsonb, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare
  v_nora text := public.nora_actual(); d public.contactos; o public.contactos; fk record; r record; v_movidas jsonb := '[]'; v_quitadas jsonb := '[]'; v_epocas jsonb; v_llave name[]; v_pk text; v_sql text; v jsonb; v_base bigint; n int; v_id uuid; v_foto jsonb;
begin
  if p_destino = p_origen then return '{"r":"misma"}'; end if;
  perform 1 from public.contactos k where k.nombre_nora = v_nora and k.id in (p_destino, p_origen) order by k.clave_telefono, k.id for update;
  select * into d from public.contactos where id = p_destino and nombre_nora = v_nora;
  select * into o from public.contactos where id = p_origen and nombre_nora = v_nora;
  if d.id is null or o.id is null then return null; end if;
  perform interno.actuar(p_usuario, 'union');

  -- Lo que falta por contestar de los dos sigue faltando, en orden, con epocas nuevas.
  v_base := greatest(d.epoca, o.epoca, d.epoca_resuelta, o.epoca_resuelta);
  delete from public.atenciones where nombre_nora = v_nora and contacto_id = o.id;
  select jsonb_agg(jsonb_build_object('id', h.id, 'epoca', h.epoca) order by h.fecha_hora, h.id), count(*) into v_epocas, n from public.historial_conversaciones h
   where h.nombre_nora = v_nora and h.autor = 'contacto' and ((h.contacto_id = d.id and h.epoca > d.epoca_resuelta) or (h.contacto_id = o.id and h.epoca > o.epoca_resuelta));
  if n > 0 then perform interno.despertar(d.id, v_nora, 'respuesta'); end if;
  if exists (select from public.historial_conversaciones h where h.contacto_id = o.id and h.estado in ('pendiente', 'enviando')) then perform interno.despertar(d.id, v_nora, 'salida'); end if;
  update public.historial_conversaciones h set epoca = v_base + x.o from jsonb_array_elements(v_epocas) with ordinality x(e, o) where h.id = (x.e->>'id')::uuid;

  for fk in select h.tabla, h.columna from interno.hijas_de('public.contactos') h where h.tabla <> 'public.atenciones'::regclass loop
    v_llave := interno.llave_de(fk.tabla);
    select string_agg(format('%L, t.%I', x, x), ', ') into v_pk from unnest(v_llave) x;
    begin
      execute format('with m as (update %s t set %I = $1 where t.nombre_nora = $3 and t.%I = $2 returning jsonb_build_object(%s) pk) select jsonb_agg(m.pk) from m', fk.tabla, fk.columna, fk.columna, v_pk) into v using d.id, o.id, v_nora;
    exception when unique_violation then
      -- Algo que cada ficha solo puede tener una vez: se pasa fila por fila y lo que choca se guarda para devolverlo.
      v := '[]';
      for r in execute format('select jsonb_build_object(%s) pk, to_jsonb(t) fila from %s t where t.nombre_nora = $2 and t.%I = $1', v_pk, fk.tabla, fk.columna) using o.id, v_nora loop
        v_sql := (select string_agg(format('t.%I = %L', x, r.pk->>x::text), ' and ') from unnest(v_llave) x);
        begin
          execute format('update %s t set %I = $1 where %s', fk.tabla, fk.columna, v_sql) using d.id;
          v := v || jsonb_build_array(case when r.pk ? fk.columna::text then r.pk || jsonb_build_object(fk.columna, d.id) else r.pk end);
        exception when unique_violation then
          execute format('delete from %s t where %s', fk.tabla, v_sql);
          v_quitadas := v_quitadas || jsonb_build_array(jsonb_build_object('tabla', fk.tabla::text, 'fila', r.fila));
        end;
      end loop;
    end;
    if jsonb_array_length(coalesce(v, '[]')) > 0 then
      v_movidas := v_movidas || jsonb_build_array(jsonb_build_object('tabla', fk.tabla::text, 'columna', fk.columna, 'llaves', v));
    end if;
  end loop;

  v_foto := jsonb_build_object('destino', to_jsonb(d), 'origen', to_jsonb(o), 'movidas', v_movidas, 'quitadas', v_quitadas, 'epocas', coalesce(v_epocas, '[]'));
  delete from public.contactos where id = o.id;
  update public.contactos set
    nombre = interno.elegir(d.nombre, o.nombre, p_elegidos->>'nombre'), correo = interno.elegir(d.correo, o.correo, p_elegidos->>'correo'), empresa = interno.elegir(d.empresa, o.empresa, p_elegidos->>'empresa'),
    telefono = interno.elegir(d.telefono, o.telefono, p_elegidos->>'telefono'), id_whatsapp = coalesce(d.id_whatsapp, o.id_whatsapp), imagen_perfil = coalesce(d.imagen_perfil, o.imagen_perfil),
    notas = case when d.notas is null or o.notas is null or d.notas = o.notas then coalesce(d.notas, o.notas) else left(d.notas || E'\n' || o.notas, 4000) end, datos = o.datos || d.datos,
    etiquetas = (d.etiquetas || array(select x from unnest(o.etiquetas) x where not x = any (d.etiquetas)))[1:50],
    mensaje_reciente = case when o.ultimo_mensaje > d.ultimo_mensaje and o.mensaje_reciente is not null then o.mensaje_reciente else coalesce(d.mensaje_reciente, o.mensaje_reciente) end,
    reciente_autor = case when o.ultimo_mensaje > d.ultimo_mensaje and o.mensaje_reciente is not null then o.reciente_autor else coalesce(d.reciente_autor, o.reciente_autor) end,
    ultimo_mensaje = greatest(d.ultimo_mensaje, o.ultimo_mensaje), no_leidos = d.no_leidos + o.no_leidos, ia_activa = d.ia_activa and o.ia_activa, bloqueado = d.bloqueado or o.bloqueado,
    -- Quien pidio BAJA desde uno de sus numeros la pidio: nadie la revierte uniendo fichas.
    acepta_envios = case when d.acepta_envios is false or o.acepta_envios is false then false else coalesce(d.acepta_envios, o.acepta_envios) end,
    bienvenida_en = least(d.bienvenida_en, o.bienvenida_en), ventana_hasta = greatest(d.ventana_hasta, o.ventana_hasta), atendido_por = coalesce(d.atendido_por, o.atendido_por), ia_pausada_hasta = greatest(d.ia_pausada_hasta, o.ia_pausada_hasta),
    espera_humano_desde = least(d.espera_humano_desde, o.espera_humano_desde), motivo_espera = coalesce(d.motivo_espera, o.motivo_espera), created_at = least(d.created_at, o.created_at),
    anuncio_id = coalesce(d.anuncio_id, o.anuncio_id), anuncio_titulo = coalesce(d.anuncio_titulo, o.anuncio_titulo),
    epoca = v_base + greatest(n, 1), epoca_resuelta = case when n > 0 then v_base else v_base + 1 end
   where id = d.id;
  insert into public.telefonos_contacto (nombre_nora, clave, contacto_id, telefono)
  select v_nora, x.clave, d.id, x.tel from (values (d.clave_telefono, d.telefono), (o.clave_telefono, o.telefono), (d.id_whatsapp, null), (o.id_whatsapp, null)) x(clave, tel)
   where x.clave is not null and not exists (select from public.contactos k where k.id = d.id and (k.clave_telefono = x.clave or k.id_whatsapp = x.clave)) on conflict do nothing;
  -- El numero de la ficha puede cambiar al siguiente mensaje: los dos quedan apuntados desde ahora.
  insert into public.telefonos_contacto (nombre_nora, clave, contacto_id, telefono) select v_nora, k.clave_telefono, k.id, k.telefono from public.contactos k where k.id = d.id and k.clave_telefono is not null on conflict do nothing;
  insert into public.eventos_contacto (nombre_nora, contacto_id, tipo, detalle, usuario_id) values (v_nora, d.id, 'union', jsonb_build_object('nombre', coalesce(o.nombre, o.telefono, o.id_whatsapp)), p_usuario);
  insert into public.uniones_contactos (nombre_nora, destino_id, origen_id, origen_nombre, foto, usuario_id)
  select v_nora, d.id, o.id, coalesce(o.nombre, o.telefono, o.id_whatsapp), v_foto || jsonb_build_object('despues', to_jsonb(k)), p_usuario from public.contactos k where k.id = d.id returning id into v_id;
  perform interno.apuntar(p_usuario, 'unir', 'contacto ' || d.id, null, jsonb_build_object('origen', o.id, 'union', v_id));
  return jsonb_build_object('r', 'unido', 'id', v_id);
end $$;

create function interno.elegir(p_destino text, p_origen text, p_cual text) returns text language sql immutable set search_path = '' as $$
  select case when p_cual = 'origen' then coalesce(p_origen, p_destino) else coalesce(p_destino, p_origen) end
$$;

-- Deshace una union: cada cosa vuelve a donde estaba. Lo que alguien cambio o escribio despues se respeta, y lo que llego desde el numero
-- de la otra persona se va con ella. {r:'separado'|'no_esta'|'ya'|'antes_otra'|'telefono_ocupado', origen}
create function public.deshacer_union(p_union uuid, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare
  v_nora text := public.nora_actual(); u public.uniones_contactos; k public.contactos; d0 jsonb; d1 jsonb; o jsonb; c jsonb; m jsonb; x jsonb; v_sql text; v_cols name[]; v_nuevo jsonb; v_quieto boolean; v_pend int; v_despues uuid[]; v_clave_o text; v_clave_d text; v_movidos uuid[];
begin
  select * into u from public.uniones_contactos where id = p_union and nombre_nora = v_nora for update;
  if not found then return null; end if;
  if u.deshecha is not null then return '{"r":"ya"}'; end if;
  if exists (select from public.uniones_contactos v where v.nombre_nora = v_nora and v.deshecha is null and v.creada > u.creada and u.destino_id in (v.destino_id, v.origen_id)) then return '{"r":"antes_otra"}'; end if;
  select * into k from public.contactos where id = u.destino_id and nombre_nora = v_nora for update;
  if not found then return '{"r":"no_esta"}'; end if;
  perform interno.actuar(p_usuario, 'union');
  d0 := u.foto->'destino'; d1 := u.foto->'despues'; o := u.foto->'origen'; c := to_jsonb(k);
  v_clave_o := public.clave_de(o->>'telefono'); v_clave_d := public.clave_de(d0->>'telefono');
  if exists (select from public.contactos z where z.nombre_nora = v_nora and z.id <> k.id and (z.clave_telefono = v_clave_o or z.id_whatsapp = o->>'id_whatsapp')) then return '{"r":"telefono_ocupado"}'; end if;
  -- Si desde la union no ha pasado nada en la conversacion, hasta las epocas regresan.
  v_quieto := k.epoca = (d1->>'epoca')::bigint and k.epoca_resuelta = (d1->>'epoca_resuelta')::bigint;
  select coalesce(array_agg((l->>'id')::uuid), '{}') into v_movidos from jsonb_array_elements(u.foto->'movidas') mm cross join lateral jsonb_array_elements(mm->'llaves') l where mm->>'tabla' = 'public.historial_conversaciones';
  v_despues := array(select h.id from public.historial_conversaciones h where h.nombre_nora = v_nora and h.contacto_id = k.id and h.fecha_hora > u.creada and (public.clave_de(h.telefono) = v_clave_o or h.telefono = o->>'id_whatsapp') and not h.id = any (v_movidos));

  -- Los apuntes de numeros: los que hizo esta union se van; los que ya traia el origen regresan con el.
  delete from public.telefonos_contacto t where t.nombre_nora = v_nora and t.contacto_id = k.id and t.clave in (v_clave_o, v_clave_d, o->>'id_whatsapp', d0->>'id_whatsapp')
    and not exists (select from jsonb_array_elements(u.foto->'movidas') mm cross join lateral jsonb_array_elements(mm->'llaves') l where mm->>'tabla' = 'public.telefonos_contacto' and l->>'clave' = t.clave);

  v_cols := array(select a from unnest(interno.columnas_de('public.contactos')) a where a not in ('id', 'nombre_nora', 'updated_at', 'epoca', 'epoca_resuelta', 'telefono', 'id_whatsapp'));
  select jsonb_object_agg(a, case when c->a::text is not distinct from d1->a::text then d0->a::text else c->a::text end) into v_nuevo from unnest(v_cols) a;
  v_nuevo := v_nuevo || jsonb_build_object('telefono', case when k.clave_telefono is null or k.clave_telefono in (coalesce(v_clave_o, ''), coalesce(v_clave_d, '')) then d0->'telefono' else c->'telefono' end,
    'id_whatsapp', case when k.id_whatsapp is null or k.id_whatsapp in (coalesce(o->>'id_whatsapp', ''), coalesce(d0->>'id_whatsapp', '')) then d0->'id_whatsapp' else c->'id_whatsapp' end);
  v_cols := v_cols || array['telefono', 'id_whatsapp']::name[];
  select string_agg(quote_ident(a), ', ') into v_sql from unnest(v_cols) a;
  execute format('update public.contactos set (%1$s) = (select %1$s from jsonb_populate_record(null::public.contactos, $1)) where id = $2', v_sql) using v_nuevo, k.id;
  perform interno.reponer_filas('public.contactos', jsonb_build_array(o || jsonb_build_object('atendido_por', (select to_jsonb(s.id) from public.usuarios s where s.id = (o->>'atendido_por')::uuid))));

  for m in select e from jsonb_array_elements(u.foto->'movidas') e loop
    continue when to_regclass(m->>'tabla') is null;
    if m->'llaves'->0 = jsonb_build_object('id', m->'llaves'->0->'id') then
      execute format('update %s t set %I = $1 where t.%I = $2 and t.id in (select (l->>''id'')::uuid from jsonb_array_elements($3) l)', (m->>'tabla')::regclass, m->>'columna', m->>'columna') using u.origen_id, k.id, m->'llaves';
    else
      for x in select e from jsonb_array_elements(m->'llaves') e loop
        select string_agg(format('t.%I = %L', y.key, y.value), ' and ') into v_sql from jsonb_each_text(x) y;
        execute format('update %s t set %I = $1 where %s', (m->>'tabla')::regclass, m->>'columna', v_sql) using u.origen_id;
      end loop;
    end if;
  end loop;
  for x in select e from jsonb_array_elements(u.foto->'quitadas') e loop
    perform interno.reponer_filas(x->>'tabla', jsonb_build_array(x->'fila'));
  end loop;
  update public.historial_conversaciones set contacto_id = u.origen_id where id = any (v_despues);
  if v_quieto then
    update public.historial_conversaciones h set epoca = (e->>'epoca')::bigint from jsonb_array_elements(u.foto->'epocas') e where h.id = (e->>'id')::uuid;
    select count(*) into v_pend from public.historial_conversaciones h where h.nombre_nora = v_nora and h.contacto_id = k.id and h.autor = 'contacto' and h.epoca > (d0->>'epoca_resuelta')::bigint;
    update public.contactos set epoca = k.epoca + 1, epoca_resuelta = case when v_pend > 0 then (d0->>'epoca_resuelta')::bigint else k.epoca + 1 end where id = k.id;
    if (o->>'epoca')::bigint > (o->>'epoca_resuelta')::bigint then perform interno.despertar(u.origen_id, v_nora, 'respuesta'); end if;
  else
    -- Ya hubo conversacion: lo que se contesto, contestado esta.
    update public.contactos set epoca = k.epoca + 1 where id = k.id;
    update public.contactos set epoca = k.epoca + 1, epoca_resuelta = k.epoca + 1 where id = u.origen_id;
  end if;
  if cardinality(v_despues) > 0 then
    update public.contactos z set ultimo_mensaje = h.fecha_hora, mensaje_reciente = public.resumen_de(h.mensaje, null), reciente_autor = h.autor, ventana_hasta = greatest(z.ventana_hasta, k.ventana_hasta)
      from (select * from public.historial_conversaciones y where y.id = any (v_despues) order by y.fecha_hora desc, y.id desc limit 1) h where z.id = u.origen_id;
  end if;
  if exists (select from public.historial_conversaciones h where h.contacto_id = u.origen_id and h.estado in ('pendiente', 'enviando')) then perform interno.despertar(u.origen_id, v_nora, 'salida'); end if;
  insert into public.eventos_contacto (nombre_nora, contacto_id, tipo, detalle, usuario_id) values (v_nora, k.id, 'separacion', jsonb_build_object('nombre', u.origen_nombre), p_usuario), (v_nora, u.origen_id, 'separacion', jsonb_build_object('nombre', coalesce(k.nombre, k.telefono)), p_usuario);
  update public.uniones_contactos set deshecha = clock_timestamp(), deshecha_por = p_usuario where id = u.id;
  perform interno.apuntar(p_usuario, 'deshacer union', 'contacto ' || k.id, jsonb_build_object('origen', u.origen_id, 'union', u.id), null);
  return jsonb_build_object('r', 'separado', 'origen', u.origen_id);
end $$;

-- Parejas que parecen la misma persona, lo mas seguro primero: mismos diez digitos, mismo correo, mismo nombre completo.
create function public.listar_duplicados(p_n integer default 50) returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v jsonb;
begin
  with g as (
    (select 0 peso, 'telefono' razon, array_agg(k.id order by k.created_at, k.id) ids from public.contactos k where k.nombre_nora = v_nora and length(k.clave_telefono) >= 11 group by right(k.clave_telefono, 10) having count(*) > 1 limit p_n)
    union all
    (select 1, 'correo', array_agg(k.id order by k.created_at, k.id) from public.contactos k where k.nombre_nora = v_nora and k.correo is not null group by lower(btrim(k.correo)) having count(*) > 1 limit p_n)
    union all
    (select 2, 'nombre', array_agg(k.id order by k.created_at, k.id) from public.contactos k where k.nombre_nora = v_nora and length(k.nombre) >= 7 and btrim(k.nombre) like '% %' group by btrim(public.sin_acentos(k.nombre)) having count(*) between 2 and 20 limit p_n)),
  p as (select distinct on (least(g.ids[1], i), greatest(g.ids[1], i)) g.peso, g.razon, g.ids[1] a, i b from g cross join lateral unnest(g.ids[2:20]) i order by least(g.ids[1], i), greatest(g.ids[1], i), g.peso)
  select coalesce(jsonb_agg(jsonb_build_object('razon', z.razon, 'a', interno.fila_contacto(una), 'b', interno.fila_contacto(dos)) order by z.peso, dos.ultimo_mensaje desc), '[]') into v
    from (select * from p where not exists (select from public.duplicados_descartados d where d.nombre_nora = v_nora and d.a = least(p.a, p.b) and d.b = greatest(p.a, p.b)) order by p.peso limit p_n) z
    join public.contactos una on una.id = z.a join public.contactos dos on dos.id = z.b;
  return v;
end $$;
create function public.descartar_duplicado(p_a uuid, p_b uuid, p_usuario uuid) returns boolean language plpgsql security definer set search_path = '' as $$
begin
  if p_a = p_b or (select count(*) from public.contactos k where k.nombre_nora = public.nora_actual() and k.id in (p_a, p_b)) <> 2 then return false; end if;
  insert into public.duplicados_descartados (nombre_nora, a, b, usuario_id) values (public.nora_actual(), least(p_a, p_b), greatest(p_a, p_b), p_usuario) on conflict do nothing;
  return true;
end $$;

-- Importacion ----------------------------------------------------------------------------------------------------------

create function public.crear_importacion_contactos(p jsonb, p_usuario uuid) returns uuid language sql security definer set search_path = '' as $$
  insert into public.importaciones_contactos (id, nombre_nora, usuario_id, archivo, bytes, ruta, codificacion, separador, columnas, muestra, mapeo, total)
  select (p->>'id')::uuid, public.nora_actual(), p_usuario, left(p->>'archivo', 200), (p->>'bytes')::bigint, p->>'ruta', p->>'codificacion', p->>'separador', p->'columnas', p->'muestra', p->'mapeo', (p->>'total')::int
   where public.nora_actual() is not null returning id
$$;
-- De revisada a en fila, una sola vez. {r:'en_fila'|'ya'}
create function public.empezar_importacion_contactos(p_id uuid, p_mapeo jsonb, p_opciones jsonb, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v public.importaciones_contactos;
begin
  select * into v from public.importaciones_contactos where id = p_id and nombre_nora = public.nora_actual() for update;
  if not found then return null; end if;
  if v.estado <> 'lista' then return '{"r":"ya"}'; end if;
  update public.importaciones_contactos set estado = 'en_fila', mapeo = p_mapeo, opciones = p_opciones where id = v.id;
  perform interno.apuntar(p_usuario, 'importar', 'contactos', null, jsonb_build_object('importacion', v.id, 'archivo', v.archivo, 'filas', v.total, 'opciones', p_opciones));
  return '{"r":"en_fila"}';
end $$;
-- Toma el trabajo (o lo retoma donde se quedo) y da lo que hace falta para leer el archivo. null si ya no toca.
create function public.tomar_importacion_contactos(p_id uuid) returns jsonb language sql security definer set search_path = '' as $$
  update public.importaciones_contactos set estado = 'procesando', empezado = coalesce(empezado, clock_timestamp()) where id = p_id and nombre_nora = public.nora_actual() and estado in ('en_fila', 'procesando')
  returning jsonb_build_object('ruta', ruta, 'codificacion', codificacion, 'separador', separador, 'mapeo', mapeo, 'opciones', opciones, 'total', total, 'procesadas', procesadas,
    'campos', (select coalesce(jsonb_agg(jsonb_build_object('clave', c.clave, 'titulo', c.titulo, 'tipo', c.tipo, 'opciones', to_jsonb(c.opciones))), '[]') from public.campos_contacto c where c.nombre_nora = public.nora_actual()))
$$;
create function public.cerrar_importacion_contactos(p_id uuid, p_estado text, p_error text default null) returns boolean language plpgsql security definer set search_path = '' as $$
begin
  update public.importaciones_contactos set estado = p_estado, error = left(p_error, 500), terminado = clock_timestamp() where id = p_id and nombre_nora = public.nora_actual() and estado in ('lista', 'en_fila', 'procesando');
  return found;
end $$;

-- Una tanda ya leida: [{l: linea, t: telefono, n: nombre, c: correo, e: empresa, o: notas, g: etiquetas[], d: datos, a: acepta, m: por que se rechaza, x: celdas originales}].
-- Devuelve [{l, r, m, id}].
create function interno.importar_tanda(p_nora text, p_modo text, p_filas jsonb) returns jsonb language plpgsql set search_path = ''
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare v_nuevas jsonb; v_filas jsonb; v_ids uuid[]; v_res jsonb;
begin
  insert into public.etiquetas (nombre_nora, nombre) select distinct on (lower(g)) p_nora, g from jsonb_array_elements(p_filas) f cross join lateral jsonb_array_elements_text(case when jsonb_typeof(f->'g') = 'array' then f->'g' else '[]' end) g order by lower(g) on conflict do nothing;

  with f as materialized (select x.*, public.clave_de(x.t) clave from jsonb_to_recordset(p_filas) as x(t text, n text, c text, e text, o text, g jsonb, d jsonb, a boolean, m text) where x.m is null),
  i as (insert into public.contactos (nombre_nora, telefono, nombre, correo, empresa, notas, etiquetas, datos, acepta_envios, ultimo_mensaje)
    select p_nora, f.t, f.n, f.c, f.e, f.o, interno.etiquetas_propias(p_nora, f.g), coalesce(f.d, '{}'), f.a, public.sin_mensajes() from f
      left join lateral (select 1 si from public.telefonos_contacto t where t.nombre_nora = p_nora and t.clave = f.clave) t on true
      left join lateral (select 1 si from public.contactos k where k.nombre_nora = p_nora and k.clave_telefono = f.clave) k on true
     where t.si is null and k.si is null order by f.clave
    on conflict do nothing returning id, clave_telefono)
  select coalesce(jsonb_object_agg(i.clave_telefono, i.id), '{}') into v_nuevas from i;
  insert into public.eventos_contacto (nombre_nora, contacto_id, tipo, detalle, usuario_id)
  select p_nora, x.value::uuid, 'creado', '{"origen":"importacion"}', nullif(current_setting('nora.quien', true), '')::uuid from jsonb_each_text(v_nuevas) x;

  -- A quien corresponde cada fila: una mirada por fila a cada llave, sin depender de las estadisticas.
  select jsonb_agg(f.e || jsonb_build_object('i', coalesce(z.id, t.id), 'v', v_nuevas ? f.clave)) into v_filas
    from (select e, case when e->>'m' is null then public.clave_de(e->>'t') end clave from jsonb_array_elements(p_filas) e offset 0) f
    left join lateral (select k.id from public.contactos k where k.nombre_nora = p_nora and k.clave_telefono = f.clave limit 1) z on true
    left join lateral (select y.contacto_id id from public.telefonos_contacto y where y.nombre_nora = p_nora and y.clave = f.clave limit 1) t on true;
  select array_agg((f->>'i')::uuid) into v_ids from jsonb_array_elements(v_filas) f where f->>'m' is null and not (f->>'v')::boolean;
  -- Los candados de quienes ya existian, en el orden de todos.
  perform 1 from public.contactos k where k.id = any (v_ids) order by k.clave_telefono, k.id for no key update;

  with v as materialized (select distinct on (k.id) k.id, case when p_modo = 'completar' then coalesce(k.nombre, f.n) else coalesce(f.n, k.nombre) end nombre, case when p_modo = 'completar' then coalesce(k.correo, f.c) else coalesce(f.c, k.correo) end correo,
      case when p_modo = 'completar' then coalesce(k.empresa, f.e) else coalesce(f.e, k.empresa) end empresa,
      -- Las notas se suman, nunca se pierden; repetir el archivo no las repite.
      case when f.o is null or position(f.o in coalesce(k.notas, '')) > 0 then k.notas when k.notas is null then f.o else left(k.notas || E'\n' || f.o, 4000) end notas,
      case when p_modo = 'completar' then coalesce(f.d, '{}') || k.datos else k.datos || coalesce(f.d, '{}') end datos,
      k.etiquetas || array(select x from unnest(interno.etiquetas_propias(p_nora, f.g)) x where not x = any (k.etiquetas)) etiquetas,
      -- Una lista de Excel no le quita a nadie su BAJA.
      case when k.acepta_envios is false then false when p_modo = 'completar' then coalesce(k.acepta_envios, f.a) else coalesce(f.a, k.acepta_envios) end acepta
    from jsonb_to_recordset(v_filas) as f(l int, n text, c text, e text, o text, g jsonb, d jsonb, a boolean, i uuid) join public.contactos k on k.id = f.i
   where p_modo <> 'saltar' and f.i = any (v_ids) order by k.id, f.l),
  u as (update public.contactos k set nombre = v.nombre, correo = v.correo, empresa = v.empresa, notas = v.notas, datos = v.datos, etiquetas = v.etiquetas, acepta_envios = v.acepta from v
     where k.id = v.id and (k.nombre, k.correo, k.empresa, k.notas, k.datos, k.etiquetas, k.acepta_envios) is distinct from (v.nombre, v.correo, v.empresa, v.notas, v.datos, v.etiquetas, v.acepta) returning k.id)
  select jsonb_agg(jsonb_build_object('l', f->'l', 'r', case when f->>'m' is not null then 'rechazada' when (f->>'v')::boolean then 'creada' when (f->>'i')::uuid = any (array(select u.id from u)) then 'actualizada' else 'igual' end, 'm', f->'m', 'id', f->'i', 'x', f->'x')) into v_res
    from jsonb_array_elements(v_filas) f;
  return v_res;
end $$;
create function interno.etiquetas_propias(p_nora text, p_nombres jsonb) returns text[] language sql stable set search_path = '' as $$
  select array(select e.nombre from public.etiquetas e where e.nombre_nora = p_nora and jsonb_typeof(p_nombres) = 'array' and lower(e.nombre) in (select lower(x) from jsonb_array_elements_text(p_nombres) x) order by e.nombre)
$$;
create function interno.apuntar_filas(p_nora text, p_importacion uuid, p_res jsonb) returns void language sql set search_path = '' as $$
  insert into public.importaciones_contactos_filas (nombre_nora, importacion_id, linea, resultado, motivo, contacto_id, celdas)
  select p_nora, p_importacion, (r->>'l')::int, r->>'r', left(r->>'m', 300), (r->>'id')::uuid, case when r->>'r' = 'rechazada' then nullif(r->'x', 'null') end
    from jsonb_array_elements(p_res) r on conflict do nothing;
  update public.importaciones_contactos i set procesadas = i.procesadas + jsonb_array_length(p_res), creadas = i.creadas + z.c, actualizadas = i.actualizadas + z.a, iguales = i.iguales + z.g, rechazadas = i.rechazadas + z.x
    from (select count(*) filter (where r->>'r' = 'creada') c, count(*) filter (where r->>'r' = 'actualizada') a, count(*) filter (where r->>'r' = 'igual') g, count(*) filter (where r->>'r' = 'rechazada') x from jsonb_array_elements(p_res) r) z
   where i.id = p_importacion and i.nombre_nora = p_nora
$$;
-- Guarda una tanda si es la que sigue: repetirla o retomar el trabajo a la mitad no hace nada dos veces. {r:'guardada'|'ya'|'parada', procesadas}
create function public.importar_contactos(p_importacion uuid, p_desde integer, p_filas jsonb) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); i public.importaciones_contactos; v_res jsonb := '[]'; f jsonb; v_modo text;
begin
  select * into i from public.importaciones_contactos where id = p_importacion and nombre_nora = v_nora for update;
  if not found or i.estado <> 'procesando' then return '{"r":"parada"}'; end if;
  if i.procesadas <> p_desde then return jsonb_build_object('r', 'ya', 'procesadas', i.procesadas); end if;
  v_modo := coalesce(i.opciones->>'modo', 'actualizar');
  perform interno.actuar(i.usuario_id, 'importacion');
  begin
    v_res := interno.importar_tanda(v_nora, v_modo, p_filas);
  exception when data_exception or integrity_constraint_violation or program_limit_exceeded then
    -- Alguna fila no cabe: una por una, para que solo esa se rechace.
    v_res := '[]';
    for f in select e from jsonb_array_elements(p_filas) with ordinality x(e, o) order by o loop
      begin
        v_res := v_res || interno.importar_tanda(v_nora, v_modo, jsonb_build_array(f));
      exception when data_exception or integrity_constraint_violation or program_limit_exceeded then
        v_res := v_res || jsonb_build_array(jsonb_build_object('l', f->'l', 'r', 'rechazada', 'm', 'Un dato no cabe o hay más de 50 etiquetas en la ficha'));
      end;
    end loop;
  end;
  perform interno.apuntar_filas(v_nora, i.id, v_res);
  return jsonb_build_object('r', 'guardada', 'procesadas', p_desde + jsonb_array_length(p_filas));
end $$;
create function public.filas_importacion_contactos(p_importacion uuid, p_resultado text default null, p_despues integer default 0, p_n integer default 100) returns jsonb language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('linea', z.linea, 'resultado', z.resultado, 'motivo', z.motivo, 'contacto_id', z.contacto_id, 'celdas', z.celdas, 'nombre', k.nombre, 'telefono', k.telefono) order by z.linea), '[]')
    from (select * from public.importaciones_contactos_filas f where f.nombre_nora = public.nora_actual() and f.importacion_id = p_importacion and f.linea > p_despues and (p_resultado is null or f.resultado = p_resultado) order by f.linea limit least(p_n, 2000)) z
    left join public.contactos k on k.nombre_nora = z.nombre_nora and k.id = z.contacto_id
$$;

-- Etiquetas ------------------------------------------------------------------------------------------------------------

create function public.listar_etiquetas() returns jsonb language sql stable security definer set search_path = '' as $$
  with n as (select public.nora_actual() n), c as (select e, count(*) n from n join public.contactos k on k.nombre_nora = n.n and k.etiquetas <> '{}' cross join lateral unnest(k.etiquetas) e group by e)
  select jsonb_build_object(
    'etiquetas', (select coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'nombre', e.nombre, 'color', e.color, 'descripcion', e.descripcion, 'ia_puede', e.ia_puede, 'n', coalesce(c.n, 0),
        'segmentos', (select count(*) from public.segmentos s where s.nombre_nora = e.nombre_nora and (s.filtro->'alguna' ? e.nombre or s.filtro->'todas' ? e.nombre or s.filtro->'ninguna' ? e.nombre)),
        'reglas', (select count(*) from public.reglas_etiquetas r where r.nombre_nora = e.nombre_nora and r.etiqueta_id = e.id)) order by lower(e.nombre)), '[]')
      from public.etiquetas e left join c on c.e = e.nombre where e.nombre_nora = n.n),
    'reglas', (select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'etiqueta_id', r.etiqueta_id, 'etiqueta', e.nombre, 'color', e.color, 'frases', to_jsonb(r.frases), 'activo', r.activo, 'usos', r.usos, 'ultimo_uso', r.ultimo_uso) order by r.created_at, r.id), '[]')
      from public.reglas_etiquetas r join public.etiquetas e on e.id = r.etiqueta_id where r.nombre_nora = n.n),
    'pendientes', (select count(*) from public.cambios_etiquetas x where x.nombre_nora = n.n and x.terminado is null))
  from n where n.n is not null
$$;

create function interno.renombrar_en_segmentos(p_nora text, p_de text, p_a text) returns void language sql set search_path = '' as $$
  update public.segmentos s set filtro = s.filtro || (select jsonb_object_agg(x.c, (select jsonb_agg(distinct case when e = p_de then p_a else e end) from jsonb_array_elements_text(s.filtro->x.c) e)) from unnest(array['alguna', 'todas', 'ninguna']) x(c) where s.filtro->x.c ? p_de)
   where s.nombre_nora = p_nora and (s.filtro->'alguna' ? p_de or s.filtro->'todas' ? p_de or s.filtro->'ninguna' ? p_de)
$$;
create function interno.apuntar_cambio(p_nora text, p_de text, p_a text, p_usuario uuid) returns uuid language sql set search_path = '' as $$
  insert into public.cambios_etiquetas (nombre_nora, de, a, usuario_id) values (p_nora, p_de, p_a, p_usuario) returning id
$$;
-- p: {nombre, color, descripcion, ia_puede}. {r:'guardada'|'repetida'|'no_esta'|'demasiadas', id, otra, cambio}
create function public.guardar_etiqueta(p_id uuid, p jsonb, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); a public.etiquetas; b public.etiquetas; v_otra uuid; v_cambio uuid;
begin
  select e.id into v_otra from public.etiquetas e where e.nombre_nora = v_nora and lower(e.nombre) = lower(btrim(p->>'nombre')) and e.id is distinct from p_id;
  if v_otra is not null then return jsonb_build_object('r', 'repetida', 'otra', v_otra); end if;
  if p_id is null then
    if (select count(*) from public.etiquetas e where e.nombre_nora = v_nora) >= 300 then return '{"r":"demasiadas"}'; end if;
    insert into public.etiquetas (nombre_nora, nombre, color, descripcion, ia_puede) values (v_nora, btrim(p->>'nombre'), p->>'color', nullif(btrim(p->>'descripcion'), ''), coalesce((p->>'ia_puede')::boolean, false)) returning * into b;
  else
    select * into a from public.etiquetas where id = p_id and nombre_nora = v_nora for update;
    if not found then return '{"r":"no_esta"}'; end if;
    update public.etiquetas set nombre = btrim(p->>'nombre'), color = p->>'color', descripcion = nullif(btrim(p->>'descripcion'), ''), ia_puede = coalesce((p->>'ia_puede')::boolean, false) where id = a.id returning * into b;
    if a.nombre <> b.nombre then
      perform interno.renombrar_en_segmentos(v_nora, a.nombre, b.nombre);
      v_cambio := interno.apuntar_cambio(v_nora, a.nombre, b.nombre, p_usuario);
    end if;
  end if;
  perform interno.apuntar(p_usuario, 'guardar', 'etiqueta ' || b.nombre, case when a.id is not null then to_jsonb(a) end, to_jsonb(b));
  return jsonb_build_object('r', 'guardada', 'id', b.id, 'cambio', v_cambio);
end $$;
-- Los segmentos que la nombran la conservan: quitarla de un filtro lo abriria a todo el mundo.
create function public.borrar_etiqueta(p_id uuid, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare a public.etiquetas;
begin
  delete from public.etiquetas where id = p_id and nombre_nora = public.nora_actual() returning * into a;
  if not found then return null; end if;
  perform interno.apuntar(p_usuario, 'borrar', 'etiqueta ' || a.nombre, to_jsonb(a), null);
  return jsonb_build_object('nombre', a.nombre, 'cambio', interno.apuntar_cambio(a.nombre_nora, a.nombre, null, p_usuario));
end $$;
-- Quien tenia la primera queda con la segunda; sus reglas y segmentos tambien.
create function public.unir_etiquetas(p_de uuid, p_a uuid, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); a public.etiquetas; b public.etiquetas;
begin
  perform 1 from public.etiquetas where id in (p_de, p_a) and nombre_nora = v_nora order by id for update;
  select * into a from public.etiquetas where id = p_de and nombre_nora = v_nora;
  select * into b from public.etiquetas where id = p_a and nombre_nora = v_nora;
  if a.id is null or b.id is null or a.id = b.id then return null; end if;
  update public.reglas_etiquetas set etiqueta_id = b.id where nombre_nora = v_nora and etiqueta_id = a.id;
  perform interno.renombrar_en_segmentos(v_nora, a.nombre, b.nombre);
  delete from public.etiquetas where id = a.id;
  perform interno.apuntar(p_usuario, 'unir', 'etiqueta ' || a.nombre, to_jsonb(a), to_jsonb(b));
  return jsonb_build_object('de', a.nombre, 'a', b.nombre, 'cambio', interno.apuntar_cambio(v_nora, a.nombre, b.nombre, p_usuario));
end $$;
-- Lleva el cambio a los siguientes contactos que todavia tienen el nombre viejo. {faltan, cambiados}
create function public.avanzar_cambio_etiqueta(p_cambio uuid, p_n integer default 1000) returns jsonb language plpgsql security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare v_nora text := public.nora_actual(); x public.cambios_etiquetas; v_ids uuid[]; n int;
begin
  select * into x from public.cambios_etiquetas where id = p_cambio and nombre_nora = v_nora for update;
  if not found then return null; end if;
  if x.terminado is not null then return jsonb_build_object('faltan', false, 'cambiados', x.cambiados); end if;
  v_ids := array(select k.id from public.contactos k where k.nombre_nora = v_nora and k.etiquetas @> array[x.de] limit p_n);
  perform interno.actuar(x.usuario_id, 'catalogo');
  perform 1 from public.contactos k where k.id = any (v_ids) order by k.clave_telefono, k.id for no key update;
  update public.contactos k set etiquetas = case when x.a is null or x.a = any (k.etiquetas) then array_remove(k.etiquetas, x.de) else array_replace(k.etiquetas, x.de, x.a) end where k.id = any (v_ids) and x.de = any (k.etiquetas);
  get diagnostics n = row_count;
  update public.cambios_etiquetas set cambiados = cambiados + n, terminado = case when cardinality(v_ids) < p_n then clock_timestamp() end where id = x.id;
  return jsonb_build_object('faltan', cardinality(v_ids) >= p_n, 'cambiados', x.cambiados + n);
end $$;

-- {r:'guardada'|'no_esta'|'demasiadas', id}
create function public.guardar_regla_etiqueta(p_id uuid, p jsonb, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v_frases text[] := array(select left(btrim(x), 200) from jsonb_array_elements_text(p->'frases') x where public.en_palabras(x) <> '  '); b public.reglas_etiquetas; v_etiqueta text;
begin
  select e.nombre into v_etiqueta from public.etiquetas e where e.id = (p->>'etiqueta')::uuid and e.nombre_nora = v_nora;
  if not found then return '{"r":"no_esta"}'; end if;
  if p_id is null then
    if (select count(*) from public.reglas_etiquetas r where r.nombre_nora = v_nora) >= 200 then return '{"r":"demasiadas"}'; end if;
    insert into public.reglas_etiquetas (nombre_nora, etiqueta_id, frases) values (v_nora, (p->>'etiqueta')::uuid, v_frases) returning * into b;
  else
    update public.reglas_etiquetas set etiqueta_id = (p->>'etiqueta')::uuid, frases = v_frases, activo = coalesce((p->>'activo')::boolean, activo) where id = p_id and nombre_nora = v_nora returning * into b;
    if not found then return '{"r":"no_esta"}'; end if;
  end if;
  perform interno.apuntar(p_usuario, 'guardar', 'regla de etiqueta ' || v_etiqueta, null, to_jsonb(b));
  return jsonb_build_object('r', 'guardada', 'id', b.id);
end $$;
create function public.activar_regla_etiqueta(p_id uuid, p_activo boolean, p_usuario uuid) returns boolean language plpgsql security definer set search_path = '' as $$
begin
  update public.reglas_etiquetas set activo = p_activo where id = p_id and nombre_nora = public.nora_actual();
  if not found then return false; end if;
  perform interno.apuntar(p_usuario, case when p_activo then 'activar' else 'desactivar' end, 'regla de etiqueta', jsonb_build_object('id', p_id), null);
  return true;
end $$;
create function public.borrar_regla_etiqueta(p_id uuid, p_usuario uuid) returns boolean language plpgsql security definer set search_path = '' as $$
declare a public.reglas_etiquetas;
begin
  delete from public.reglas_etiquetas where id = p_id and nombre_nora = public.nora_actual() returning * into a;
  if not found then return false; end if;
  perform interno.apuntar(p_usuario, 'borrar', 'regla de etiqueta', to_jsonb(a), null);
  return true;
end $$;
-- Que pondrian las reglas a un texto: el probador de la pagina.
create function public.probar_reglas_etiquetas(p_texto text) returns jsonb language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('regla', r.id, 'etiqueta', e.nombre, 'color', e.color, 'frase', f.frase) order by e.nombre), '[]')
    from public.reglas_etiquetas r join public.etiquetas e on e.id = r.etiqueta_id
    cross join lateral (select x frase from unnest(r.frases) x where position(public.en_palabras(x) in public.en_palabras(left(p_texto, 4000))) > 0 limit 1) f
   where r.nombre_nora = public.nora_actual() and r.activo
$$;

-- Al recibir: aplica las reglas de su nora a estos mensajes de personas. Repetirlo no cambia nada. [{nombre_nora, contacto_id, etiquetas}] de quien cambio.
create function public.etiquetar_por_reglas(p_mensajes uuid[]) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v jsonb; v_res jsonb;
begin
  select jsonb_agg(jsonb_build_object('nora', z.nombre_nora, 'contacto', z.contacto_id, 'etiquetas', z.etiquetas, 'reglas', z.reglas)) into v from (
    select h.nombre_nora, h.contacto_id, array_agg(distinct e.nombre) etiquetas, array_agg(distinct r.id) reglas
      from public.historial_conversaciones h join public.reglas_etiquetas r on r.nombre_nora = h.nombre_nora and r.activo join public.etiquetas e on e.id = r.etiqueta_id
     where h.id = any (p_mensajes) and h.autor = 'contacto' and interno.modulo_activo(h.nombre_nora, 'etiquetas')
       and exists (select from unnest(r.frases) f where position(public.en_palabras(f) in public.en_palabras(h.mensaje)) > 0)
     group by 1, 2) z;
  if v is null then return '[]'; end if;
  perform interno.actuar(null, 'regla');
  perform 1 from public.contactos k join jsonb_array_elements(v) x on k.id = (x->>'contacto')::uuid order by k.nombre_nora, k.clave_telefono, k.id for no key update of k;
  with n as (
    select k.id, k.nombre_nora, array(select e from jsonb_array_elements_text(x->'etiquetas') e where not e = any (k.etiquetas)) nuevas, x->'reglas' reglas from public.contactos k join jsonb_array_elements(v) x on k.id = (x->>'contacto')::uuid and k.nombre_nora = x->>'nora'),
  u as (update public.contactos k set etiquetas = k.etiquetas || n.nuevas from n where k.id = n.id and cardinality(n.nuevas) > 0 and cardinality(k.etiquetas) + cardinality(n.nuevas) <= 50 returning k.id, k.nombre_nora, n.nuevas, n.reglas),
  r as (update public.reglas_etiquetas g set usos = g.usos + c.n, ultimo_uso = clock_timestamp()
          from (select y.regla, count(*) n from u cross join lateral jsonb_array_elements_text(u.reglas) y(regla) join public.reglas_etiquetas q on q.id = y.regla::uuid join public.etiquetas e on e.id = q.etiqueta_id and e.nombre = any (u.nuevas) group by 1) c where g.id = c.regla::uuid)
  select coalesce(jsonb_agg(jsonb_build_object('nombre_nora', u.nombre_nora, 'contacto_id', u.id, 'etiquetas', to_jsonb(u.nuevas))), '[]') into v_res from u;
  return v_res;
end $$;
-- Lo que la IA puede poner en esta nora, con cuando ponerlo. Vacio si el modulo esta apagado.
create function public.etiquetas_para_ia(p_nora text) returns jsonb language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('nombre', e.nombre, 'cuando', e.descripcion) order by lower(e.nombre)), '[]') from (select * from public.etiquetas t where t.nombre_nora = p_nora and t.ia_puede order by lower(t.nombre) limit 40) e where interno.modulo_activo(p_nora, 'etiquetas')
$$;
-- Pone las que la IA propuso y tiene permitidas; las demas se ignoran. Devuelve las que puso.
create function public.etiquetar_por_ia(p_contacto uuid, p_etiquetas jsonb) returns jsonb language plpgsql security definer set search_path = '' as $$
declare k public.contactos; v_nuevas text[];
begin
  select * into k from public.contactos where id = p_contacto for no key update;
  if not found or not interno.modulo_activo(k.nombre_nora, 'etiquetas') then return '[]'; end if;
  v_nuevas := array(select e.nombre from public.etiquetas e where e.nombre_nora = k.nombre_nora and e.ia_puede and not e.nombre = any (k.etiquetas) and lower(e.nombre) in (select lower(btrim(x)) from jsonb_array_elements_text(p_etiquetas) x));
  if cardinality(v_nuevas) = 0 or cardinality(v_nuevas) + cardinality(k.etiquetas) > 50 then return '[]'; end if;
  perform interno.actuar(null, 'ia');
  update public.contactos set etiquetas = k.etiquetas || v_nuevas where id = k.id;
  return to_jsonb(v_nuevas);
end $$;

-- Lo que caduca: fotos de borrados y uniones deshechas a los 30 dias, filas de importaciones a los 90. Devuelve rutas de archivos por borrar.
create function public.limpiar_contactos() returns jsonb language plpgsql security definer set search_path = '' as $$
declare v jsonb;
begin
  delete from public.lotes_contactos where creado < clock_timestamp() - interval '30 days';
  delete from public.cambios_etiquetas where creado < clock_timestamp() - interval '30 days' and terminado is not null;
  select coalesce(jsonb_agg(i.ruta), '[]') into v from public.importaciones_contactos i where i.creado < clock_timestamp() - interval '2 days' and i.estado = 'lista' and i.ruta is not null;
  delete from public.importaciones_contactos where creado < clock_timestamp() - interval '90 days' or (estado = 'lista' and creado < clock_timestamp() - interval '2 days');
  return v;
end $$;
-- Borra de aqui lo que quede de una persona que pidio ser olvidada (fotos de borrados y de uniones). La llama quien borra todo lo demas.
create function interno.olvidar_fotos(p_nora text, p_contacto uuid) returns void language sql set search_path = '' as $$
  update public.lotes_contactos_filas set antes = null where nombre_nora = p_nora and contacto_id = p_contacto and antes is not null;
  delete from public.uniones_contactos where nombre_nora = p_nora and p_contacto in (destino_id, origen_id);
  update public.importaciones_contactos_filas set celdas = null, contacto_id = null where nombre_nora = p_nora and contacto_id = p_contacto
$$;

do $$ declare f text; begin
  foreach f in array array[
    'sin_mensajes()', 'listar_contactos(jsonb, text, timestamptz, uuid, integer)', 'contar_contactos(jsonb, integer)', 'catalogo_contactos()', 'exportar_contactos(jsonb, uuid, integer)',
    'contactos_de_segmento(uuid, uuid, integer)', 'guardar_segmento(uuid, text, jsonb, uuid)', 'borrar_segmento(uuid, uuid)', 'guardar_campo(uuid, jsonb, uuid)', 'borrar_campo(uuid, uuid)',
    'abrir_contacto(uuid)', 'duplicados_contacto(uuid)', 'guardar_ficha(uuid, jsonb, uuid)', 'crear_contacto(jsonb, uuid)', 'poner_etiqueta_ficha(uuid, text, uuid)', 'quitar_etiqueta_ficha(uuid, text, uuid)',
    'guardar_nota(uuid, text, uuid, uuid)', 'borrar_nota(uuid, uuid, uuid, boolean)', 'linea_contacto(uuid, text, timestamptz, uuid, integer)', 'conversacion_contacto(uuid, integer)',
    'guardar_resumen(uuid, jsonb, uuid)', 'crear_lote_contactos(text, jsonb, jsonb, uuid)', 'leer_lote_contactos(uuid)', 'avanzar_lote_contactos(uuid, integer)',
    'deshacer_lote_contactos(uuid, uuid)', 'regresar_lote_contactos(uuid, integer)', 'unir_contactos(uuid, uuid, jsonb, uuid)', 'deshacer_union(uuid, uuid)', 'listar_duplicados(integer)',
    'descartar_duplicado(uuid, uuid, uuid)', 'crear_importacion_contactos(jsonb, uuid)', 'empezar_importacion_contactos(uuid, jsonb, jsonb, uuid)', 'tomar_importacion_contactos(uuid)',
    'cerrar_importacion_contactos(uuid, text, text)', 'importar_contactos(uuid, integer, jsonb)', 'filas_importacion_contactos(uuid, text, integer, integer)', 'listar_etiquetas()',
    'guardar_etiqueta(uuid, jsonb, uuid)', 'borrar_etiqueta(uuid, uuid)', 'unir_etiquetas(uuid, uuid, uuid)', 'avanzar_cambio_etiqueta(uuid, integer)',
    'guardar_regla_etiqueta(uuid, jsonb, uuid)', 'activar_regla_etiqueta(uuid, boolean, uuid)', 'borrar_regla_etiqueta(uuid, uuid)', 'probar_reglas_etiquetas(text)'] loop
    execute format('grant execute on function public.%s to nora_panel', f);
  end loop;
  foreach f in array array[
    'sin_mensajes()', 'etiquetar_por_reglas(uuid[])', 'etiquetas_para_ia(text)', 'etiquetar_por_ia(uuid, jsonb)', 'limpiar_contactos()'] loop
    execute format('grant execute on function public.%s to service_role', f);
  end loop;
end $$;
