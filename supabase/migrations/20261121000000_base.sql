-- Cimientos: esquemas, extensiones, roles, permisos por omision y funciones que usan las tablas.
-- Valida en PostgreSQL 15 y posteriores y en Supabase, como dueno que no es superusuario.

create schema if not exists extensions;
create schema if not exists interno;
-- La lleva el ejecutor de la aplicacion; existe tambien cuando migra la linea de comandos de Supabase.
create table if not exists interno.migraciones (nombre text primary key, huella text not null, aplicada timestamptz not null default now());
alter table interno.migraciones enable row level security;
create extension if not exists unaccent with schema extensions;
create extension if not exists pg_trgm with schema extensions;
create extension if not exists btree_gin with schema extensions;

-- Supabase y el arranque embebido ya traen estos roles; una instalacion a mano puede no tenerlos.
do $$ begin
  if not exists (select from pg_roles where rolname = 'anon') then create role anon nologin; end if;
  if not exists (select from pg_roles where rolname = 'authenticated') then create role authenticated nologin; end if;
  if not exists (select from pg_roles where rolname = 'service_role') then create role service_role nologin bypassrls; end if;
  if not exists (select from pg_roles where rolname = 'authenticator') then create role authenticator nologin; end if;
  -- El panel usa un rol propio y no `authenticated`: quien se registre por su cuenta en un proyecto alojado no puede nada.
  -- El rol es de todo el cluster: dos bases que migran a la vez pueden querer crearlo las dos.
  begin
    if not exists (select from pg_roles where rolname = 'nora_panel') then create role nora_panel nologin; end if;
  exception when duplicate_object or unique_violation then null; end;
  begin
    if not pg_has_role('authenticator', 'nora_panel', 'member') then grant nora_panel to authenticator; end if;
  exception when unique_violation then null; end;
end $$;

alter default privileges revoke execute on functions from public;
-- Un proyecto de Supabase reparte todo lo nuevo de public a sus roles de cliente: se apaga antes de crear nada.
alter default privileges in schema public revoke all on tables from anon, authenticated;
alter default privileges in schema public revoke all on functions from anon, authenticated;
alter default privileges in schema public revoke all on sequences from anon, authenticated;
revoke all on schema interno from public;
grant usage on schema public, extensions to anon, authenticated, service_role, nora_panel;

-- La nora del JWT de la peticion. Sin JWT de panel no hay nora y no hay filas.
create function public.nora_actual() returns text language sql stable set search_path = '' as $$
  select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'nombre_nora'
$$;
grant execute on function public.nora_actual() to nora_panel, service_role;

-- Estas cuatro no llevan `set search_path`: cada llamada lo pagaria (y SQL no se podria poner en linea), y corren por cada fila
-- de cada mensaje. Todo lo que nombran esta calificado o es de pg_catalog. La primera es plpgsql porque unaccent no es inmutable
-- y como SQL tampoco se pondria en linea.
create function public.sin_acentos(t text) returns text language plpgsql immutable parallel safe as $$
begin
  return extensions.unaccent('extensions.unaccent'::regdictionary, lower(t));
end $$;
grant execute on function public.sin_acentos(text) to nora_panel, service_role;

-- Texto reducido a palabras sin acentos ni signos, con un espacio a cada lado: compara palabras enteras.
create function public.en_palabras(t text) returns text language sql immutable parallel safe as $$
  select ' ' || btrim(regexp_replace(public.sin_acentos(coalesce(t, '')), '[^[:alnum:]]+', ' ', 'g')) || ' '
$$;
grant execute on function public.en_palabras(text) to nora_panel, service_role;

-- Una persona, una clave: WhatsApp escribe el mismo movil con y sin el 1 de Mexico, el 9 de Argentina o el noveno digito de Brasil.
-- src/mensajes/telefono.ts repite esta regla; una prueba las compara.
create function public.clave_de(t text) returns text language sql immutable parallel safe as $$
  select case when t ~ '^\+521\d{10}$' then '+52' || substr(t, 5)
              when t ~ '^\+549\d{10}$' then '+54' || substr(t, 5)
              when t ~ '^\+55\d{2}9\d{8}$' then '+55' || substr(t, 4, 2) || substr(t, 7)
              else t end
$$;
grant execute on function public.clave_de(text) to nora_panel, service_role;

-- El texto de un patron LIKE con sus comodines escapados.
create function public.como_patron(t text) returns text language sql immutable parallel safe set search_path = '' as $$
  select '%' || replace(replace(replace(public.sin_acentos(coalesce(t, '')), '\', '\\'), '%', '\%'), '_', '\_') || '%'
$$;
grant execute on function public.como_patron(text) to nora_panel, service_role;

do $$ begin
  if not exists (select from pg_ts_config c join pg_namespace n on n.oid = c.cfgnamespace where c.cfgname = 'es' and n.nspname = 'public') then
    create text search configuration public.es (copy = pg_catalog.spanish);
    alter text search configuration public.es alter mapping for hword, hword_part, word with extensions.unaccent, pg_catalog.spanish_stem;
  end if;
end $$;

create function interno.tocar_updated_at() returns trigger language plpgsql set search_path = '' as $$
begin
  new.updated_at := clock_timestamp();
  return new;
end $$;

-- Cambios de configuracion y modulos: raros, asi que su NOTIFY puede viajar en la transaccion.
create function interno.avisar_registro() returns trigger language plpgsql set search_path = '' as $$
begin
  perform pg_notify('registro', coalesce(new.nombre_nora, old.nombre_nora));
  return null;
end $$;
create function interno.avisar_membresia() returns trigger language plpgsql set search_path = '' as $$
begin
  perform pg_notify('membresias', coalesce(new.usuario_id, old.usuario_id)::text);
  return null;
end $$;
create function interno.avisar_usuario() returns trigger language plpgsql set search_path = '' as $$
begin
  perform pg_notify('membresias', coalesce(new.id, old.id)::text);
  return null;
end $$;
