-- «Posibles repetidos» no se queda sin nada mientras falten parejas por ver, y lo que se exporta lleva la hora de la nora.

create or replace function public.listar_duplicados(p_n integer default 50) returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v jsonb;
begin
  with g as materialized (
    (select 0 peso, 'telefono' razon, array_agg(k.id order by k.created_at, k.id) ids from public.contactos k where k.nombre_nora = v_nora and length(k.clave_telefono) >= 11 group by right(k.clave_telefono, 10) having count(*) > 1)
    union all
    (select 1, 'correo', array_agg(k.id order by k.created_at, k.id) from public.contactos k where k.nombre_nora = v_nora and k.correo is not null group by lower(btrim(k.correo)) having count(*) > 1)
    union all
    (select 2, 'nombre', array_agg(k.id order by k.created_at, k.id) from public.contactos k where k.nombre_nora = v_nora and length(k.nombre) >= 7 and btrim(k.nombre) like '% %' group by btrim(public.sin_acentos(k.nombre)) having count(*) between 2 and 20)),
  -- Por cada ficha del grupo, la primera de las anteriores con la que no se haya dicho que no es: descartada A-B queda A-C, y al final B-C.
  q as (select z.* from (values (0), (1), (2)) w(peso) cross join lateral (
          select g.peso, g.razon, x.a, g.ids[n] b from g cross join lateral generate_series(2, least(cardinality(g.ids), 20)) n
           cross join lateral (select y.a from unnest(g.ids[1:n - 1]) with ordinality y(a, o)
              where not exists (select from public.duplicados_descartados d where d.nombre_nora = v_nora and d.a = least(y.a, g.ids[n]) and d.b = greatest(y.a, g.ids[n])) order by y.o limit 1) x
           where g.peso = w.peso limit p_n) z),
  p as (select distinct on (least(q.a, q.b), greatest(q.a, q.b)) q.* from q order by least(q.a, q.b), greatest(q.a, q.b), q.peso)
  select coalesce(jsonb_agg(jsonb_build_object('razon', z.razon, 'a', interno.fila_contacto(una), 'b', interno.fila_contacto(dos)) order by z.peso, dos.ultimo_mensaje desc), '[]') into v
    from (select * from p order by p.peso limit p_n) z
    join public.contactos una on una.id = z.a join public.contactos dos on dos.id = z.b;
  return v;
end $$;

-- Por id y no por fecha, para que quien escriba a media descarga no salga dos veces ni se quede fuera. Las horas, como las ve la nora en pantalla.
create or replace function public.exportar_contactos(p_filtro jsonb default '{}', p_despues uuid default null, p_n integer default 1000) returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare v jsonb; v_zona text := (select b.zona_horaria from public.configuracion_bot b where b.nombre_nora = public.nora_actual());
begin
  if public.nora_actual() is null then return null; end if;
  execute format('select coalesce(jsonb_agg(jsonb_build_array(z.id, z.nombre, z.telefono, z.correo, z.empresa, to_jsonb(z.etiquetas), z.notas, z.acepta_envios, z.bloqueado, z.ia_activa, case when z.mensaje_reciente is not null then to_char(z.ultimo_mensaje at time zone %4$L, ''YYYY-MM-DD HH24:MI'') end, to_char(z.created_at at time zone %4$L, ''YYYY-MM-DD HH24:MI''), z.anuncio_titulo, z.datos) order by z.id), ''[]'')
      from (select k.* from public.contactos k where %1$s and k.id > %2$L::uuid order by k.id limit %3$s) z',
    interno.condicion_contactos(public.nora_actual(), p_filtro), coalesce(p_despues, '00000000-0000-0000-0000-000000000000'), least(greatest(p_n, 1), 2000), v_zona) into v;
  return v;
end $$;
