-- Leer 10,000 noras al arrancar tardaba casi un segundo: la ficha buscaba sus módulos nora por nora. Ahora los de una página se juntan de una
-- vez y salen como json, que no se ordena ni se vuelve a armar. La ficha sigue escrita en un solo lugar; la de dos argumentos no fija
-- search_path para que el planeador pueda incrustarla, y por eso nombra todo con su esquema.
create function interno.ficha_registro(b public.configuracion_bot, p_modulos json) returns json language sql stable as $$
  select pg_catalog.json_build_object('nombre_nora', b.nombre_nora, 'nombre_visible', b.nombre_visible, 'numero_nora', b.numero_nora, 'activo', b.activo, 'ia_activa', b.ia_activa, 'zona_horaria', b.zona_horaria,
    'foto_perfil', b.foto_perfil, 'credenciales_propias', b.credenciales_twilio is not null, 'modulos', coalesce(p_modulos, '[]'::pg_catalog.json))
$$;
revoke all on function interno.ficha_registro(public.configuracion_bot, json) from public;
grant execute on function interno.ficha_registro(public.configuracion_bot, json) to service_role;

create or replace function interno.ficha_registro(b public.configuracion_bot) returns jsonb language sql stable set search_path = '' as $$
  select interno.ficha_registro(b, (select json_agg(m.modulo order by m.modulo) from public.modulos_disponibles m where m.nombre_nora = b.nombre_nora and m.activo))::jsonb
$$;

drop function public.cargar_registro(text, integer);
-- Una página del registro por nombre, hasta 10,000 noras (unos 230 bytes cada una).
create function public.cargar_registro(p_desde text default '', p_n integer default 1000) returns json language sql stable set search_path = '' as $$
  with pagina as materialized (select * from public.configuracion_bot c where c.nombre_nora > p_desde order by c.nombre_nora limit least(p_n, 10000)),
  m as materialized (
    select d.nombre_nora, json_agg(d.modulo order by d.modulo) as modulos from public.modulos_disponibles d
     where d.activo and d.nombre_nora > p_desde and d.nombre_nora <= (select max(p.nombre_nora) from pagina p) group by d.nombre_nora)
  select coalesce(json_agg(interno.ficha_registro(b, m.modulos) order by b.nombre_nora), '[]') from pagina b left join m on m.nombre_nora = b.nombre_nora
$$;
revoke all on function public.cargar_registro(text, integer) from public, anon, authenticated;
grant execute on function public.cargar_registro(text, integer) to service_role;
