-- Recuperacion de conocimiento: el mismo orden sirve para responder y para auditar de donde salio una respuesta.
-- Cada palabra informativa de la pregunta es un termino; un termino vale lo que distingue dentro de la nora (idf)
-- y cuenta en cada bloque segun ts_rank (titulo A, etiquetas B, contenido C, corregido por largo).

-- Como suena una palabra en el espanol de Mexico: quien escribe "posole", "natasion" o "orario" busca pozole, natacion y horario.
create function public.clave_fonetica(t text) returns text language sql immutable parallel safe set search_path = '' as $$
  select regexp_replace(regexp_replace(regexp_replace(
    translate(regexp_replace(replace(replace(replace(replace(replace(t, 'ch', '1'), 'h', ''), 'll', 'y'), 'qu', 'k'), 'x', 's'), 'c([ei])', 's\1', 'g'), 'zvcwq', 'sbkbk'),
    'g([ei])', 'j\1', 'g'), 'n([pb])', 'm\1', 'g'), '(.)\1+', '\1', 'g')
$$;

-- Las palabras de cada bloque como suenan, escritas al guardar: calcularlas en cada pregunta costaba 60 ms con 250 bloques.
alter table public.conocimiento_nora add column sonidos text[] not null default '{}';
create function interno.escuchar_conocimiento() returns trigger language plpgsql set search_path = '' as $$
begin
  new.sonidos := array(select distinct public.clave_fonetica(l.lexeme) from unnest(new.busqueda) l where length(l.lexeme) between 4 and 20 and l.lexeme !~ '\d');
  return new;
end $$;
-- Los disparadores corren por orden alfabetico: este lee la busqueda que acaba de escribir "indexar".
create trigger indexar_sonidos before insert or update of titulo, contenido, etiquetas on public.conocimiento_nora
  for each row execute function interno.escuchar_conocimiento();

-- Los terminos de una consulta: un renglon por palabra que no es vacia, con sus formas. La primera forma es el lexema.
-- El diccionario reduce conjugaciones y plurales; aqui se suman las que no alcanza, todas de la gramatica y ninguna de sinonimos:
-- -cion/-ciones (sin acento el singular no se reduce), diminutivos (perrito, perro) y diptongos (cuesta, costo; cierran, cerrar).
create function public.terminos_consulta(p_consulta text) returns table (lexema text, formas text[]) language sql stable set search_path = '' as $$
  select l.lexeme, array(
    select distinct f from unnest(array[
      l.lexeme,
      case when l.lexeme ~ '[cs]ion$' then (select v.lexeme from unnest(to_tsvector('public.es'::regconfig, l.lexeme || 'es')) v limit 1) end,
      case when length(l.lexeme) >= 6 and l.lexeme ~ '[^aeiou]it$' then left(l.lexeme, -2) end,
      case when length(l.lexeme) >= 5 and l.lexeme ~ 'ue' then replace(l.lexeme, 'ue', 'o') end,
      case when length(l.lexeme) >= 5 and l.lexeme ~ 'ie' then replace(l.lexeme, 'ie', 'e') end,
      case when length(l.lexeme) >= 4 and l.lexeme ~ '^(qu|[^aeiou])+o[^aeiou]+$' then regexp_replace(l.lexeme, 'o', 'ue') end,
      case when length(l.lexeme) >= 4 and l.lexeme ~ '^(qu|[^aeiou])+e[^aeiou]+$' then regexp_replace(l.lexeme, 'e', 'ie') end
    ]) f where f is not null)
  -- Sin la ene, "una" es palabra vacia y la pregunta perderia la unica que dice de que se trata.
  from unnest(to_tsvector('public.es'::regconfig, regexp_replace(left(p_consulta, 1000), '\muña\M', 'uñas', 'gi'))) l
  -- La cortesia no distingue ningun bloque; los lexemas son los de hola, buenas, favor, gracias, quisiera, disculpe…
  where length(l.lexeme) <= 40 and l.lexeme <> all ('{hol,holi,buen,favor,porf,porfavor,graci,quis,quisier,quier,gustari,podri,pued,disculp,oig,plis,ocup,sab,ayud,inform,informacion}')
  order by l.positions[1]
  limit 40
$$;

-- Los p_n bloques activos de p_nora que mejor contestan p_consulta, el mejor primero: [id, titulo, contenido, rango].
-- Segundo paso, solo para palabras que la nora no usa en ningun bloque: su palabra mas parecida de oido (trigramas sobre la clave fonetica).
create function public.buscar_conocimiento(p_nora text, p_consulta text, p_n integer default 5)
returns table (id uuid, titulo text, contenido text, rango real)
language plpgsql stable set search_path = '' as $$
declare
  v_total integer; t record; v_q tsquery; v_df integer; v_consultas tsquery[] := '{}'; v_pesos real[] := '{}'; v_faltan text[] := '{}';
begin
  select count(*) into v_total from public.conocimiento_nora c where c.nombre_nora = p_nora and c.activo;
  if v_total = 0 then return; end if;
  for t in select * from public.terminos_consulta(p_consulta) loop
    -- Prefijo desde cinco letras: "reserv" alcanza a "reservacion", que sin acento no se reduce.
    select string_agg(quote_literal(f) || case when length(f) >= 5 and f !~ '\d' then ':*' else '' end, ' | ')::tsquery into v_q from unnest(t.formas) f;
    select count(*) into v_df from public.conocimiento_nora c where c.nombre_nora = p_nora and c.activo and c.busqueda @@ v_q;
    if v_df > 0 then
      v_consultas := v_consultas || v_q;
      v_pesos := v_pesos || ln(1 + (v_total - v_df + 0.5) / (v_df + 0.5))::real;
    elsif length(t.lexema) >= 4 and t.lexema !~ '\d' then
      v_faltan := v_faltan || public.clave_fonetica(t.lexema);
    end if;
  end loop;
  if cardinality(v_faltan) > 0 then
    for t in
      with vocabulario as materialized (
        select s.clave, count(*)::integer as df from public.conocimiento_nora c cross join lateral unnest(c.sonidos) s(clave)
         where c.nombre_nora = p_nora and c.activo group by 1),
      parecida as (
        select distinct on (f.clave) v.clave, v.df, s.s
          from unnest(v_faltan) f(clave)
          join vocabulario v on abs(length(v.clave) - length(f.clave)) <= 2
          cross join lateral (select extensions.similarity(v.clave, f.clave) s) s
         where s.s >= 0.45 order by f.clave, s.s desc, v.df desc)
      select p.df, p.s, (select string_agg(distinct quote_literal(l.lexeme), ' | ')::tsquery
                           from public.conocimiento_nora c cross join lateral unnest(c.busqueda) l
                          where c.nombre_nora = p_nora and c.activo and c.sonidos @> array[p.clave] and public.clave_fonetica(l.lexeme) = p.clave) as q
        from parecida p
    loop
      continue when t.q is null;
      v_consultas := v_consultas || t.q;
      v_pesos := v_pesos || (t.s * ln(1 + (v_total - t.df + 0.5) / (t.df + 0.5)))::real;
    end loop;
  end if;
  if cardinality(v_consultas) = 0 then return; end if;
  select string_agg('(' || x::text || ')', ' | ')::tsquery into v_q from unnest(v_consultas) x;
  return query
    select c.id, c.titulo, c.contenido, r.rango
      from public.conocimiento_nora c
      cross join lateral (select sum(ts_rank('{0.1,0.5,0.5,1}', c.busqueda, u.q, 1) * u.p)::real as rango
                            from unnest(v_consultas, v_pesos) u(q, p) where c.busqueda @@ u.q) r
     where c.nombre_nora = p_nora and c.activo and c.busqueda @@ v_q
     order by r.rango desc, c.prioridad desc, c.created_at, c.id
     limit greatest(1, least(coalesce(p_n, 5), 100));
end $$;

-- Lo que un bloque ocupa en el contexto del modelo. src/ia/conocimiento.ts repite esta cuenta; una prueba las compara.
create function public.tokens_de(t text) returns integer language sql immutable parallel safe set search_path = '' as $$
  select ceil(length(coalesce(t, '')) / 4.0)::integer
$$;

-- El conocimiento para responder p_consulta dentro de p_tokens: todo si cabe (orden estable, para que el proveedor reuse su cache);
-- si no, los que mejor contestan, y el hueco que sobre se llena con los que el dueno marco como prioritarios.
-- [{id, titulo, contenido, etiquetas, prioridad, rango}]; rango es null donde no hubo busqueda.
create function public.base_conocimiento(p_nora text, p_consulta text, p_tokens integer) returns jsonb
language plpgsql stable set search_path = '' as $$
declare v_total bigint; r jsonb;
begin
  select coalesce(sum(public.tokens_de(c.titulo || c.contenido)), 0) into v_total
    from public.conocimiento_nora c where c.nombre_nora = p_nora and c.activo;
  if v_total <= p_tokens then
    select jsonb_agg(jsonb_build_object('id', c.id, 'titulo', c.titulo, 'contenido', c.contenido, 'etiquetas', c.etiquetas, 'prioridad', c.prioridad, 'rango', null)
                     order by c.prioridad desc, c.created_at, c.id) into r
      from public.conocimiento_nora c where c.nombre_nora = p_nora and c.activo;
    return coalesce(r, '[]');
  end if;
  with hallados as (select b.id, b.rango, b.orden from public.buscar_conocimiento(p_nora, p_consulta, 40) with ordinality b(id, titulo, contenido, rango, orden)),
  candidatos as (
    select c.*, h.rango, row_number() over (order by h.orden nulls last, c.prioridad desc, c.created_at, c.id) as lugar
      from public.conocimiento_nora c left join hallados h on h.id = c.id
     where c.nombre_nora = p_nora and c.activo and (h.id is not null or c.prioridad > 0)),
  sumados as (select k.*, sum(public.tokens_de(k.titulo || k.contenido)) over (order by k.lugar) as llevan from candidatos k)
  select jsonb_agg(jsonb_build_object('id', k.id, 'titulo', k.titulo, 'contenido', k.contenido, 'etiquetas', k.etiquetas, 'prioridad', k.prioridad, 'rango', k.rango) order by k.lugar)
    into r from sumados k where k.llevan <= p_tokens;
  return coalesce(r, '[]');
end $$;

revoke execute on function public.clave_fonetica(text), public.terminos_consulta(text), public.buscar_conocimiento(text, text, integer),
  public.tokens_de(text), public.base_conocimiento(text, text, integer), interno.escuchar_conocimiento() from public, anon, authenticated;
-- El panel escribe conocimiento con su rol y el disparador corre como quien escribe, asi que necesita clave_fonetica.
grant execute on function public.clave_fonetica(text) to nora_panel, service_role;
grant execute on function public.terminos_consulta(text), public.buscar_conocimiento(text, text, integer),
  public.tokens_de(text), public.base_conocimiento(text, text, integer) to service_role;
