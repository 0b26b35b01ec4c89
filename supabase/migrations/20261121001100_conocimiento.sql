-- Ensenar a Nora y decidir que contesta por regla: versiones, gemelos, usos, preguntas sin respuesta, importaciones y horario de las reglas.

-- Quien escribe, para las versiones: lo dice cada funcion del panel y dura lo que su transaccion.
create function interno.firmar(p_usuario uuid) returns void language sql set search_path = '' as $$
  select set_config('nora.usuario', coalesce(p_usuario::text, ''), true)
$$;
create function interno.quien_firma() returns uuid language sql stable set search_path = '' as $$
  select u.id from public.usuarios u where u.id = nullif(current_setting('nora.usuario', true), '')::uuid
$$;

-- Versiones de un bloque ----------------------------------------------------------------------------------------------

create table public.versiones_conocimiento (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  -- Sin llave al bloque: lo borrado se puede traer de vuelta.
  bloque_id uuid not null,
  version integer not null,
  accion text not null check (accion in ('crear', 'editar', 'restaurar', 'borrar')),
  titulo text not null,
  contenido text not null,
  etiquetas text[] not null,
  prioridad smallint not null,
  activo boolean not null,
  usuario_id uuid references public.usuarios (id) on delete set null,
  creado timestamptz not null default clock_timestamp(),
  unique (nombre_nora, bloque_id, version)
);
create index versiones_conocimiento_usuario on public.versiones_conocimiento (usuario_id) where usuario_id is not null;

-- Un disparador y no cada funcion: asi no hay manera de cambiar un bloque sin dejar su version.
create function interno.versionar_conocimiento() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.versiones_conocimiento (nombre_nora, bloque_id, version, accion, titulo, contenido, etiquetas, prioridad, activo, usuario_id)
  values (new.nombre_nora, new.id, 1 + coalesce((select max(v.version) from public.versiones_conocimiento v where v.nombre_nora = new.nombre_nora and v.bloque_id = new.id), 0),
    coalesce(nullif(current_setting('nora.accion', true), ''), case tg_op when 'INSERT' then 'crear' else 'editar' end),
    new.titulo, new.contenido, new.etiquetas, new.prioridad, new.activo, interno.quien_firma());
  return null;
end $$;
create trigger versionar_alta after insert on public.conocimiento_nora for each row execute function interno.versionar_conocimiento();
create trigger versionar after update of titulo, contenido, etiquetas, prioridad, activo on public.conocimiento_nora for each row
  when ((old.titulo, old.contenido, old.etiquetas, old.prioridad, old.activo) is distinct from (new.titulo, new.contenido, new.etiquetas, new.prioridad, new.activo))
  execute function interno.versionar_conocimiento();

insert into public.versiones_conocimiento (nombre_nora, bloque_id, version, accion, titulo, contenido, etiquetas, prioridad, activo, creado)
select c.nombre_nora, c.id, 1, 'crear', c.titulo, c.contenido, c.etiquetas, c.prioridad, c.activo, c.updated_at from public.conocimiento_nora c;

-- Buscar y comparar ---------------------------------------------------------------------------------------------------

alter table public.conocimiento_nora add column plano text generated always as (public.sin_acentos(titulo || ' ' || contenido)) stored;
create index conocimiento_plano on public.conocimiento_nora using gin (nombre_nora, plano extensions.gin_trgm_ops);
create index conocimiento_reciente on public.conocimiento_nora (nombre_nora, updated_at desc, id);

-- Resumen de un texto para hallar otros parecidos: los 16 menores resumenes de sus pares de palabras. Dos textos que se parecen comparten alguno,
-- dos que solo usan las mismas palabras no; y compartir lo contesta un indice (comparar trigramas con miles de bloques tardaba minutos al importar).
create function public.firma_texto(t text) returns integer[] language sql immutable parallel safe set search_path = '' as $$
  select array(select distinct ('x' || left(md5(p.palabra || ' ' || coalesce(p.sigue, '')), 8))::bit(32)::integer h
                 from (select w palabra, lead(w) over (order by o) sigue, count(*) over () n from regexp_split_to_table(btrim(public.en_palabras(t)), ' ') with ordinality x(w, o)) p
                where p.sigue is not null or p.n = 1 order by h limit 16)
$$;
grant execute on function public.firma_texto(text) to nora_panel, service_role;
alter table public.conocimiento_nora add column firma integer[] generated always as (public.firma_texto(contenido)) stored;
create index conocimiento_firma on public.conocimiento_nora using gin (nombre_nora, firma);

-- El bloque que ya dice lo mismo, o casi: {id,titulo,contenido,activo,parecido,exacto}.
create function interno.gemelo(p_nora text, p_contenido text, p_excepto uuid default null) returns jsonb
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare r jsonb; v_texto text := public.sin_acentos(p_contenido);
begin
  select jsonb_build_object('id', c.id, 'titulo', c.titulo, 'contenido', c.contenido, 'activo', c.activo, 'parecido', 1, 'exacto', true) into r
    from public.conocimiento_nora c where c.nombre_nora = p_nora and c.huella = md5(public.en_palabras(p_contenido)) and c.id is distinct from p_excepto;
  if r is not null then return r; end if;
  select jsonb_build_object('id', z.id, 'titulo', z.titulo, 'contenido', z.contenido, 'activo', z.activo, 'parecido', least(0.99, round(z.s::numeric, 2)), 'exacto', false) into r
    from (select c.id, c.titulo, c.contenido, c.activo, extensions.similarity(public.sin_acentos(c.contenido), v_texto) s
            from public.conocimiento_nora c
           where c.nombre_nora = p_nora and c.firma && public.firma_texto(p_contenido) and c.id is distinct from p_excepto
             and length(c.contenido) between length(p_contenido) / 2 and 2 * length(p_contenido)) z
   where z.s >= 0.65 order by z.s desc, z.id limit 1;
  return r;
end $$;

create function public.gemelo_conocimiento(p_contenido text, p_excepto uuid default null) returns jsonb language sql stable security definer set search_path = '' as $$
  select interno.gemelo(public.nora_actual(), left(p_contenido, 2000), p_excepto) where public.nora_actual() is not null and btrim(p_contenido) <> ''
$$;

-- Usos: cuantas veces se le dio a Nora, cuantas lo cito y cuando. Se suman por tramos ya cerrados; leer no recorre la historia entera.
create table public.usos_conocimiento (
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  bloque_id uuid not null,
  dados bigint not null default 0,
  citados bigint not null default 0,
  ultimo_dado timestamptz,
  ultima_cita timestamptz,
  primary key (nombre_nora, bloque_id)
);
create table public.usos_conocimiento_corte (
  nombre_nora text primary key references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  hasta timestamptz not null default '-infinity'
);

create function interno.usos_entre(p_nora text, p_desde timestamptz, p_hasta timestamptz)
returns table (bloque_id uuid, dados bigint, citados bigint, ultimo_dado timestamptz, ultima_cita timestamptz) language sql stable set search_path = '' as $$
  select u.id, count(*) filter (where not u.cita), count(*) filter (where u.cita), max(u.creado) filter (where not u.cita), max(u.creado) filter (where u.cita)
    from (select unnest(r.fragmentos) id, false cita, r.creado from public.respuestas_ia r where r.nombre_nora = p_nora and r.creado > p_desde and r.creado <= p_hasta
          union all
          select unnest(r.citados), true, r.creado from public.respuestas_ia r where r.nombre_nora = p_nora and r.creado > p_desde and r.creado <= p_hasta) u
   group by u.id
$$;

-- Guarda lo sumado hasta hace dos minutos: una respuesta que aun no confirma su transaccion no se queda fuera.
create function interno.sumar_usos(p_nora text) returns void language plpgsql set search_path = '' as $$
declare v_desde timestamptz; v_hasta timestamptz := clock_timestamp() - interval '2 minutes';
begin
  insert into public.usos_conocimiento_corte (nombre_nora) values (p_nora) on conflict do nothing;
  -- Si otra pagina lo esta sumando, esta lee lo que haya.
  select c.hasta into v_desde from public.usos_conocimiento_corte c where c.nombre_nora = p_nora for update skip locked;
  if not found or v_hasta <= v_desde then return; end if;
  insert into public.usos_conocimiento as u (nombre_nora, bloque_id, dados, citados, ultimo_dado, ultima_cita)
  select p_nora, n.bloque_id, n.dados, n.citados, n.ultimo_dado, n.ultima_cita from interno.usos_entre(p_nora, v_desde, v_hasta) n
  on conflict (nombre_nora, bloque_id) do update set dados = u.dados + excluded.dados, citados = u.citados + excluded.citados,
    ultimo_dado = greatest(u.ultimo_dado, excluded.ultimo_dado), ultima_cita = greatest(u.ultima_cita, excluded.ultima_cita);
  update public.usos_conocimiento_corte set hasta = v_hasta where nombre_nora = p_nora;
end $$;

create function interno.usos_de(p_nora text) returns table (bloque_id uuid, dados bigint, citados bigint, ultimo_dado timestamptz, ultima_cita timestamptz) language sql stable set search_path = '' as $$
  select z.bloque_id, sum(z.dados)::bigint, sum(z.citados)::bigint, max(z.ultimo_dado), max(z.ultima_cita)
    from (select u.bloque_id, u.dados, u.citados, u.ultimo_dado, u.ultima_cita from public.usos_conocimiento u where u.nombre_nora = p_nora
          union all
          select * from interno.usos_entre(p_nora, coalesce((select c.hasta from public.usos_conocimiento_corte c where c.nombre_nora = p_nora), '-infinity'), 'infinity')) z
   group by z.bloque_id
$$;

create function interno.bloque(c public.conocimiento_nora) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', c.id, 'titulo', c.titulo, 'contenido', c.contenido, 'etiquetas', to_jsonb(c.etiquetas), 'prioridad', c.prioridad, 'activo', c.activo, 'created_at', c.created_at, 'updated_at', c.updated_at,
    'version', (select max(v.version) from public.versiones_conocimiento v where v.nombre_nora = c.nombre_nora and v.bloque_id = c.id))
$$;

-- La lista. p: {q, etiqueta, estado:'todos'|'activos'|'apagados'|'sin_uso', orden:'prioridad'|'recientes'|'citados'|'titulo', desde, n}.
-- {bloques, total, conteos, etiquetas}. Lo escrito se busca tal cual (sin acentos ni mayusculas); si nada lo contiene, por significado, como busca Nora.
create function public.listar_conocimiento(p jsonb) returns jsonb language plpgsql security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_nora text := public.nora_actual(); v_q text := btrim(left(coalesce(p->>'q', ''), 200)); v_estado text := coalesce(p->>'estado', 'todos'); v_orden text := coalesce(p->>'orden', 'prioridad'); v_etiqueta text := coalesce(p->>'etiqueta', '');
  v_desde integer := least(greatest(coalesce((p->>'desde')::integer, 0), 0), 100000); v_n integer := least(greatest(coalesce((p->>'n')::integer, 30), 1), 100);
  v_patrones text[]; v_ids uuid[]; v_cerca boolean := false; r jsonb;
begin
  if v_nora is null then return null; end if;
  perform interno.sumar_usos(v_nora);
  if v_q <> '' then
    select array_agg(public.como_patron(t)) into v_patrones from regexp_split_to_table(v_q, '\s+') t where t <> '';
    select coalesce(array_agg(c.id), '{}') into v_ids from public.conocimiento_nora c
     where c.nombre_nora = v_nora and (c.plano like all (v_patrones) or public.sin_acentos(array_to_string(c.etiquetas, ' ')) like all (v_patrones));
    if v_ids = '{}' then
      v_cerca := true;
      select coalesce(array_agg(b.id), '{}') into v_ids from public.buscar_conocimiento(v_nora, v_q, 20) b;
    end if;
  end if;
  with usos as materialized (select * from interno.usos_de(v_nora)),
  todos as (
    select c.id, c.titulo, left(c.contenido, 60) inicio, c.etiquetas, c.prioridad, c.activo, c.updated_at, coalesce(u.dados, 0) dados, coalesce(u.citados, 0) citados, u.ultimo_dado, u.ultima_cita
      from public.conocimiento_nora c left join usos u on u.bloque_id = c.id where c.nombre_nora = v_nora),
  hallados as (
    select t.* from todos t
     where (v_q = '' or t.id = any (v_ids)) and (v_etiqueta = '' or t.etiquetas @> array[v_etiqueta])
       and case v_estado when 'activos' then t.activo when 'apagados' then not t.activo when 'sin_uso' then t.activo and t.citados = 0 else true end),
  puestos as (
    select h.*, row_number() over (order by
      case when v_q <> '' and v_cerca then array_position(v_ids, h.id) end,
      case when v_orden = 'prioridad' then h.prioridad end desc nulls last,
      case when v_orden = 'citados' then h.citados end desc nulls last,
      case when v_orden = 'titulo' then public.sin_acentos(coalesce(nullif(h.titulo, ''), h.inicio)) end nulls last,
      h.updated_at desc, h.id) lugar from hallados h)
  select jsonb_build_object(
    'bloques', (select coalesce(jsonb_agg(jsonb_build_object('id', z.id, 'titulo', z.titulo, 'contenido', c.contenido, 'etiquetas', to_jsonb(z.etiquetas), 'prioridad', z.prioridad, 'activo', z.activo,
        'updated_at', z.updated_at, 'dados', z.dados, 'citados', z.citados, 'ultimo_dado', z.ultimo_dado, 'ultima_cita', z.ultima_cita) order by z.lugar), '[]')
        from puestos z join public.conocimiento_nora c on c.nombre_nora = v_nora and c.id = z.id where z.lugar > v_desde and z.lugar <= v_desde + v_n),
    'total', (select count(*) from hallados), 'cerca', v_cerca,
    'conteos', (select jsonb_build_object('todos', count(*), 'activos', count(*) filter (where t.activo), 'apagados', count(*) filter (where not t.activo), 'sin_uso', count(*) filter (where t.activo and t.citados = 0)) from todos t),
    'etiquetas', (select coalesce(jsonb_agg(jsonb_build_object('nombre', e.nombre, 'n', e.n) order by public.sin_acentos(e.nombre)), '[]') from (select x nombre, count(*) n from todos t, unnest(t.etiquetas) x group by x limit 200) e))
    into r;
  return r || jsonb_build_object('preguntas', interno.contar_preguntas(v_nora));
end $$;

-- Un bloque con sus usos y sus versiones, la mas nueva primero; tambien si ya se borro (borrado: true).
create function public.abrir_bloque(p_id uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); c public.conocimiento_nora; v_versiones jsonb;
begin
  select coalesce(jsonb_agg(jsonb_build_object('version', z.version, 'accion', z.accion, 'titulo', z.titulo, 'contenido', z.contenido, 'etiquetas', to_jsonb(z.etiquetas), 'prioridad', z.prioridad, 'activo', z.activo,
           'quien', interno.nombre_de(z.usuario_id), 'creado', z.creado) order by z.version desc), '[]') into v_versiones
    from (select * from public.versiones_conocimiento v where v.nombre_nora = v_nora and v.bloque_id = p_id order by v.version desc limit 60) z;
  select * into c from public.conocimiento_nora b where b.nombre_nora = v_nora and b.id = p_id;
  if not found then
    return case when jsonb_array_length(v_versiones) > 0 then (v_versiones->0) || jsonb_build_object('id', p_id, 'borrado', true, 'versiones', v_versiones, 'dados', 0, 'citados', 0) end;
  end if;
  perform interno.sumar_usos(v_nora);
  return interno.bloque(c) || jsonb_build_object('borrado', false, 'versiones', v_versiones, 'dados', 0, 'citados', 0)
    || coalesce((select jsonb_build_object('dados', u.dados, 'citados', u.citados, 'ultimo_dado', u.ultimo_dado, 'ultima_cita', u.ultima_cita) from interno.usos_de(v_nora) u where u.bloque_id = p_id), '{}');
end $$;

-- Guarda un bloque. p: {id?, titulo, contenido, etiquetas:[…], prioridad, activo, version?, aunque, pregunta?}.
-- {r:'guardado',id} | {r:'duplicado',gemelo} | {r:'parecido',gemelo} (con aunque = true se guarda igual) | {r:'cambiado',actual} (otra persona lo guardo antes). null: no existe.
create function public.guardar_bloque(p jsonb, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare
  v_nora text := public.nora_actual(); v_id uuid := (p->>'id')::uuid; c public.conocimiento_nora; v_antes jsonb; v_gemelo jsonb; v_contenido text := p->>'contenido';
  v_etiquetas text[] := array(select x from jsonb_array_elements_text(coalesce(p->'etiquetas', '[]')) x);
begin
  if v_nora is null then return null; end if;
  if v_id is not null then
    select * into c from public.conocimiento_nora b where b.nombre_nora = v_nora and b.id = v_id for no key update;
    if not found then return null; end if;
    v_antes := interno.bloque(c);
    if p->>'version' is not null and (p->>'version')::integer is distinct from (v_antes->>'version')::integer then
      return jsonb_build_object('r', 'cambiado', 'actual', v_antes || coalesce((select jsonb_build_object('quien', interno.nombre_de(v.usuario_id), 'creado', v.creado)
        from public.versiones_conocimiento v where v.nombre_nora = v_nora and v.bloque_id = v_id order by v.version desc limit 1), '{}'));
    end if;
  end if;
  if v_id is null or c.contenido <> v_contenido then
    v_gemelo := interno.gemelo(v_nora, v_contenido, v_id);
    if (v_gemelo->>'exacto')::boolean then return jsonb_build_object('r', 'duplicado', 'gemelo', v_gemelo); end if;
    if v_gemelo is not null and not coalesce((p->>'aunque')::boolean, false) then return jsonb_build_object('r', 'parecido', 'gemelo', v_gemelo); end if;
  end if;
  perform interno.firmar(p_usuario);
  begin
    if v_id is null then
      insert into public.conocimiento_nora (nombre_nora, titulo, contenido, etiquetas, prioridad, activo)
      values (v_nora, p->>'titulo', v_contenido, v_etiquetas, (p->>'prioridad')::smallint, (p->>'activo')::boolean) returning * into c;
    else
      update public.conocimiento_nora set titulo = p->>'titulo', contenido = v_contenido, etiquetas = v_etiquetas, prioridad = (p->>'prioridad')::smallint, activo = (p->>'activo')::boolean
       where nombre_nora = v_nora and id = v_id returning * into c;
    end if;
  exception when unique_violation then
    return jsonb_build_object('r', 'duplicado', 'gemelo', interno.gemelo(v_nora, v_contenido, v_id));
  end;
  if nullif(p->>'pregunta', '') is not null then
    perform interno.atender_pregunta(v_nora, (p->>'pregunta')::uuid, c.id, p_usuario);
  end if;
  -- Guardar sin cambios no hace version: tampoco se apunta.
  if v_antes->'version' is distinct from interno.bloque(c)->'version' then
    perform interno.apuntar(p_usuario, case when v_id is null then 'crear' else 'editar' end || ' conocimiento', 'conocimiento_nora ' || c.id, v_antes, interno.bloque(c));
  end if;
  return jsonb_build_object('r', 'guardado', 'id', c.id);
end $$;

-- Enciende, apaga, etiqueta, desetiqueta o borra varios. Devuelve los ids que cambiaron.
create function public.cambiar_bloques(p_ids jsonb, p_accion text, p_etiqueta text, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v_ids uuid[]; v_hechos uuid[];
begin
  select array_agg(c.id) into v_ids from (
    select b.id from public.conocimiento_nora b where b.nombre_nora = v_nora and b.id in (select x::uuid from jsonb_array_elements_text(p_ids) x limit 500) order by b.id for no key update) c;
  if v_ids is null then return '[]'; end if;
  perform interno.firmar(p_usuario);
  if p_accion in ('encender', 'apagar') then
    with u as (update public.conocimiento_nora set activo = p_accion = 'encender' where nombre_nora = v_nora and id = any (v_ids) and activo <> (p_accion = 'encender') returning id) select array_agg(id) into v_hechos from u;
  elsif p_accion = 'etiquetar' then
    with u as (update public.conocimiento_nora set etiquetas = etiquetas || p_etiqueta where nombre_nora = v_nora and id = any (v_ids) and not etiquetas @> array[p_etiqueta] and cardinality(etiquetas) < 20 returning id) select array_agg(id) into v_hechos from u;
  elsif p_accion = 'desetiquetar' then
    with u as (update public.conocimiento_nora set etiquetas = array_remove(etiquetas, p_etiqueta) where nombre_nora = v_nora and id = any (v_ids) and etiquetas @> array[p_etiqueta] returning id) select array_agg(id) into v_hechos from u;
  elsif p_accion = 'borrar' then
    insert into public.versiones_conocimiento (nombre_nora, bloque_id, version, accion, titulo, contenido, etiquetas, prioridad, activo, usuario_id)
    select c.nombre_nora, c.id, 1 + coalesce((select max(v.version) from public.versiones_conocimiento v where v.nombre_nora = v_nora and v.bloque_id = c.id), 0), 'borrar', c.titulo, c.contenido, c.etiquetas, c.prioridad, c.activo, interno.quien_firma()
      from public.conocimiento_nora c where c.nombre_nora = v_nora and c.id = any (v_ids);
    with d as (delete from public.conocimiento_nora where nombre_nora = v_nora and id = any (v_ids) returning id) select array_agg(id) into v_hechos from d;
  end if;
  if v_hechos is not null then
    perform interno.apuntar(p_usuario, p_accion || ' conocimiento', left('conocimiento_nora x' || cardinality(v_hechos), 200), null, jsonb_build_object('ids', to_jsonb(v_hechos), 'etiqueta', p_etiqueta));
  end if;
  return coalesce(to_jsonb(v_hechos), '[]');
end $$;

-- Trae de vuelta una version, tambien de un bloque borrado (con su mismo id). {r:'guardado',id} | {r:'duplicado',gemelo}
create function public.restaurar_bloque(p_id uuid, p_version integer, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v public.versiones_conocimiento; c public.conocimiento_nora; v_antes jsonb;
begin
  select * into v from public.versiones_conocimiento z where z.nombre_nora = v_nora and z.bloque_id = p_id and z.version = p_version;
  if not found then return null; end if;
  perform interno.firmar(p_usuario), set_config('nora.accion', 'restaurar', true);
  select * into c from public.conocimiento_nora b where b.nombre_nora = v_nora and b.id = p_id for no key update;
  if found then v_antes := interno.bloque(c); end if;
  begin
    insert into public.conocimiento_nora as k (id, nombre_nora, titulo, contenido, etiquetas, prioridad, activo) values (p_id, v_nora, v.titulo, v.contenido, v.etiquetas, v.prioridad, v.activo)
    on conflict (nombre_nora, id) do update set titulo = excluded.titulo, contenido = excluded.contenido, etiquetas = excluded.etiquetas, prioridad = excluded.prioridad, activo = excluded.activo
    returning * into c;
  exception when unique_violation then
    perform set_config('nora.accion', '', true);
    return jsonb_build_object('r', 'duplicado', 'gemelo', interno.gemelo(v_nora, v.contenido, p_id));
  end;
  perform set_config('nora.accion', '', true);
  perform interno.apuntar(p_usuario, 'restaurar conocimiento', 'conocimiento_nora ' || p_id, v_antes, interno.bloque(c) || jsonb_build_object('de_version', p_version));
  return jsonb_build_object('r', 'guardado', 'id', p_id);
end $$;

-- Deshace un borrado: cada bloque vuelve como estaba. Devuelve cuantos volvieron.
create function public.restaurar_borrados(p_ids jsonb, p_usuario uuid) returns integer language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); x record; n integer := 0;
begin
  for x in select distinct on (v.bloque_id) v.bloque_id, v.version, v.accion from public.versiones_conocimiento v
            where v.nombre_nora = v_nora and v.bloque_id in (select e::uuid from jsonb_array_elements_text(p_ids) e limit 500) order by v.bloque_id, v.version desc loop
    continue when x.accion <> 'borrar';
    if public.restaurar_bloque(x.bloque_id, x.version, p_usuario)->>'r' = 'guardado' then n := n + 1; end if;
  end loop;
  return n;
end $$;

-- Lo que preguntaron y nada contesto ----------------------------------------------------------------------------------

create index respuestas_ia_sin_evidencia on public.respuestas_ia (nombre_nora, creado desc) where motivo = 'sin_evidencia';
-- Una pregunta ya ensenada o descartada; vuelve a salir si alguien la hace despues y Nora sigue sin saber.
create table public.preguntas_atendidas (
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  clave text not null check (length(clave) = 32),
  bloque_id uuid,
  usuario_id uuid references public.usuarios (id) on delete set null,
  atendida timestamptz not null default clock_timestamp(),
  primary key (nombre_nora, clave)
);
create index preguntas_atendidas_usuario on public.preguntas_atendidas (usuario_id) where usuario_id is not null;

-- Agrupadas por sus palabras, como en el inicio.
create function interno.preguntas(p_nora text, p_dias integer default 60, p_n integer default 2000) returns table (clave text, id uuid, pregunta text, n bigint, personas bigint, ultima timestamptz, contacto_id uuid) language sql stable set search_path = '' as $$
  select q.clave, (array_agg(q.id order by q.creado desc))[1], (array_agg(q.pregunta order by q.creado desc))[1], count(*), count(distinct q.contacto_id), max(q.creado), (array_agg(q.contacto_id order by q.creado desc))[1]
    from (select md5(z.palabras) clave, z.id, z.pregunta, z.creado, z.contacto_id
            from (select public.en_palabras(r.pregunta) palabras, r.*
                    from (select t.id, t.pregunta, t.creado, t.contacto_id from public.respuestas_ia t where t.nombre_nora = p_nora and t.motivo = 'sin_evidencia' and t.creado > clock_timestamp() - make_interval(days => p_dias) order by t.creado desc limit p_n) r offset 0) z
           where z.palabras <> '  ') q
    left join public.preguntas_atendidas a on a.nombre_nora = p_nora and a.clave = q.clave
   where a.clave is null or q.creado > a.atendida
   group by q.clave
$$;
create function interno.contar_preguntas(p_nora text) returns bigint language sql stable set search_path = '' as $$
  select count(*) from interno.preguntas(p_nora)
$$;
create function interno.atender_pregunta(p_nora text, p_respuesta uuid, p_bloque uuid, p_usuario uuid) returns boolean language sql set search_path = '' as $$
  with i as (
    insert into public.preguntas_atendidas as a (nombre_nora, clave, bloque_id, usuario_id)
    select p_nora, md5(public.en_palabras(r.pregunta)), p_bloque, (select u.id from public.usuarios u where u.id = p_usuario)
      from public.respuestas_ia r where r.nombre_nora = p_nora and r.id = p_respuesta
    on conflict (nombre_nora, clave) do update set bloque_id = excluded.bloque_id, usuario_id = excluded.usuario_id, atendida = excluded.atendida returning 1)
  select exists (select from i)
$$;

-- Lo primero que una persona del equipo escribio despues, dentro del dia: casi siempre es la respuesta que falta ensenar.
create function interno.respuesta_humana(p_nora text, p_contacto uuid, p_desde timestamptz) returns text language sql stable set search_path = '' as $$
  select h.mensaje from public.historial_conversaciones h
   where h.nombre_nora = p_nora and h.contacto_id = p_contacto and h.fecha_hora > p_desde and h.fecha_hora < p_desde + interval '1 day' and h.autor = 'humano' and btrim(h.mensaje) <> ''
   order by h.fecha_hora, h.id limit 1
$$;

create function public.preguntas_sin_respuesta(p_n integer default 100) returns jsonb language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', q.id, 'pregunta', q.pregunta, 'n', q.n, 'personas', q.personas, 'ultima', q.ultima, 'contacto_id', q.contacto_id,
           'sugerida', interno.respuesta_humana(public.nora_actual(), q.contacto_id, q.ultima)) order by q.n desc, q.ultima desc), '[]')
    from (select * from interno.preguntas(public.nora_actual()) z order by z.n desc, z.ultima desc limit least(greatest(p_n, 1), 200)) q
$$;
create function public.pregunta_sin_respuesta(p_id uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('id', r.id, 'pregunta', r.pregunta, 'ultima', r.creado, 'contacto_id', r.contacto_id, 'sugerida', interno.respuesta_humana(r.nombre_nora, r.contacto_id, r.creado))
    from public.respuestas_ia r where r.nombre_nora = public.nora_actual() and r.id = p_id and r.motivo = 'sin_evidencia'
$$;
create function public.descartar_pregunta(p_id uuid, p_usuario uuid) returns boolean language sql security definer set search_path = '' as $$
  select interno.atender_pregunta(public.nora_actual(), p_id, null, p_usuario)
$$;

-- Importar: lo leido queda en una vista previa que se edita y se guarda entera o no se guarda ---------------------------

create table public.importaciones_conocimiento (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  usuario_id uuid references public.usuarios (id) on delete set null,
  archivo text not null check (length(archivo) <= 200),
  formato text not null check (formato in ('texto', 'markdown', 'csv', 'docx', 'pdf')),
  avisos jsonb not null default '[]',
  guardada jsonb,
  creado timestamptz not null default clock_timestamp(),
  unique (nombre_nora, id)
);
create index importaciones_conocimiento_usuario on public.importaciones_conocimiento (usuario_id) where usuario_id is not null;
create index importaciones_conocimiento_creado on public.importaciones_conocimiento (nombre_nora, creado desc);
create table public.importaciones_bloques (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null,
  importacion_id uuid not null,
  orden integer not null,
  titulo text not null default '' check (length(titulo) <= 120),
  contenido text not null check (length(contenido) between 1 and 1000),
  etiquetas text[] not null default '{}' check (cardinality(etiquetas) <= 20),
  prioridad smallint not null default 0 check (prioridad between 0 and 9),
  activo boolean not null default true,
  incluir boolean not null default true,
  gemelo jsonb,
  huella text generated always as (md5(public.en_palabras(contenido))) stored,
  foreign key (nombre_nora, importacion_id) references public.importaciones_conocimiento (nombre_nora, id) on update cascade on delete cascade
);
create index importaciones_bloques_orden on public.importaciones_bloques (nombre_nora, importacion_id, orden);

-- Marca gemelos: el duplicado exacto no se incluye (ni dentro del mismo archivo); el parecido se avisa.
create function interno.marcar_gemelos(p_nora text, p_importacion uuid, p_bloque uuid default null, p_desde integer default 0, p_n integer default 100000) returns void language plpgsql set search_path = '' as $$
begin
  update public.importaciones_bloques b set gemelo = g.gemelo, incluir = b.incluir and not coalesce((g.gemelo->>'exacto')::boolean, false)
    from (select h.id, case when h.primero < h.orden then
              (select jsonb_build_object('orden', o.orden, 'titulo', o.titulo, 'contenido', o.contenido, 'parecido', 1, 'exacto', true, 'en_archivo', true) from public.importaciones_bloques o
                where o.nombre_nora = p_nora and o.importacion_id = p_importacion and o.orden = h.primero)
            else interno.gemelo(p_nora, h.contenido) end gemelo
            from (select x.id, x.orden, x.contenido, min(x.orden) over (partition by x.huella) primero from public.importaciones_bloques x where x.nombre_nora = p_nora and x.importacion_id = p_importacion) h
           where (p_bloque is null or h.id = p_bloque) and h.orden > p_desde and h.orden <= p_desde + p_n) g
   where b.id = g.id and b.nombre_nora = p_nora;
end $$;

-- p: {archivo, formato, avisos:[…], bloques:[{titulo,contenido,etiquetas,prioridad,activo}]}. Devuelve el id; falta compararla (comparar_importacion). De paso olvida vistas previas viejas de esta nora.
create function public.crear_importacion(p jsonb, p_usuario uuid) returns uuid language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v_id uuid;
begin
  if v_nora is null then return null; end if;
  delete from public.importaciones_conocimiento i where i.nombre_nora = v_nora and i.creado < clock_timestamp() - interval '7 days';
  insert into public.importaciones_conocimiento (nombre_nora, usuario_id, archivo, formato, avisos)
  values (v_nora, (select u.id from public.usuarios u where u.id = p_usuario), p->>'archivo', p->>'formato', coalesce(p->'avisos', '[]')) returning id into v_id;
  insert into public.importaciones_bloques (nombre_nora, importacion_id, orden, titulo, contenido, etiquetas, prioridad, activo)
  select v_nora, v_id, o, coalesce(x->>'titulo', ''), x->>'contenido', array(select e from jsonb_array_elements_text(coalesce(x->'etiquetas', '[]')) e), coalesce((x->>'prioridad')::smallint, 0), coalesce((x->>'activo')::boolean, true)
    from jsonb_array_elements(p->'bloques') with ordinality b(x, o);
  return v_id;
end $$;
-- Compara con lo que ya se sabe un tramo de la vista previa: por tramos, para que mil bloques no sean una sola consulta larga. Falso: ya no existe.
create function public.comparar_importacion(p_id uuid, p_desde integer, p_n integer) returns boolean language plpgsql security definer set search_path = '' as $$
begin
  perform 1 from public.importaciones_conocimiento i where i.nombre_nora = public.nora_actual() and i.id = p_id and i.guardada is null for update;
  if not found then return false; end if;
  perform interno.marcar_gemelos(public.nora_actual(), p_id, null, p_desde, p_n);
  return true;
end $$;

create function public.abrir_importacion(p_id uuid, p_desde integer default 0, p_n integer default 50) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('id', i.id, 'archivo', i.archivo, 'formato', i.formato, 'avisos', i.avisos, 'guardada', i.guardada, 'creado', i.creado, 'quien', interno.nombre_de(i.usuario_id),
    'total', (select count(*) from public.importaciones_bloques b where b.nombre_nora = i.nombre_nora and b.importacion_id = i.id),
    'incluidos', (select count(*) from public.importaciones_bloques b where b.nombre_nora = i.nombre_nora and b.importacion_id = i.id and b.incluir),
    'duplicados', (select count(*) from public.importaciones_bloques b where b.nombre_nora = i.nombre_nora and b.importacion_id = i.id and (b.gemelo->>'exacto')::boolean),
    'parecidos', (select count(*) from public.importaciones_bloques b where b.nombre_nora = i.nombre_nora and b.importacion_id = i.id and not (b.gemelo->>'exacto')::boolean),
    'bloques', (select coalesce(jsonb_agg(jsonb_build_object('id', z.id, 'orden', z.orden, 'titulo', z.titulo, 'contenido', z.contenido, 'etiquetas', to_jsonb(z.etiquetas), 'prioridad', z.prioridad, 'activo', z.activo, 'incluir', z.incluir, 'gemelo', z.gemelo) order by z.orden), '[]')
        from (select * from public.importaciones_bloques b where b.nombre_nora = i.nombre_nora and b.importacion_id = i.id order by b.orden offset greatest(p_desde, 0) limit least(greatest(p_n, 1), 100)) z))
    from public.importaciones_conocimiento i where i.nombre_nora = public.nora_actual() and i.id = p_id
$$;

-- p: {titulo?, contenido?, etiquetas?, incluir?}; lo que falta no se toca. Devuelve el bloque o null.
create function public.editar_importado(p_importacion uuid, p_bloque uuid, p jsonb) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); r jsonb;
begin
  perform 1 from public.importaciones_conocimiento i where i.nombre_nora = v_nora and i.id = p_importacion and i.guardada is null for update;
  if not found then return null; end if;
  update public.importaciones_bloques set titulo = coalesce(p->>'titulo', titulo), contenido = coalesce(p->>'contenido', contenido),
    etiquetas = case when p ? 'etiquetas' then array(select e from jsonb_array_elements_text(p->'etiquetas') e) else etiquetas end, incluir = coalesce((p->>'incluir')::boolean, incluir)
   where nombre_nora = v_nora and importacion_id = p_importacion and id = p_bloque;
  if p ? 'contenido' then perform interno.marcar_gemelos(v_nora, p_importacion, p_bloque); end if;
  select jsonb_build_object('id', z.id, 'orden', z.orden, 'titulo', z.titulo, 'contenido', z.contenido, 'etiquetas', to_jsonb(z.etiquetas), 'prioridad', z.prioridad, 'activo', z.activo, 'incluir', z.incluir, 'gemelo', z.gemelo) into r
    from public.importaciones_bloques z where z.nombre_nora = v_nora and z.importacion_id = p_importacion and z.id = p_bloque;
  return r;
end $$;
-- p_cuales: 'todos' (menos los duplicados exactos, que no se pueden guardar), 'nuevos' (sin gemelo) o 'ninguno'.
create function public.incluir_importados(p_importacion uuid, p_cuales text) returns integer language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); n integer;
begin
  perform 1 from public.importaciones_conocimiento i where i.nombre_nora = v_nora and i.id = p_importacion and i.guardada is null for update;
  if not found then return null; end if;
  update public.importaciones_bloques b set incluir = case p_cuales when 'todos' then not coalesce((b.gemelo->>'exacto')::boolean, false) when 'nuevos' then b.gemelo is null else false end
   where b.nombre_nora = v_nora and b.importacion_id = p_importacion;
  get diagnostics n = row_count;
  return n;
end $$;

-- Todo o nada, y una sola vez aunque se pulse dos veces. {guardados, repetidos, primera_vez}
create function public.guardar_importacion(p_id uuid, p_usuario uuid, p_etiqueta text default null) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); i public.importaciones_conocimiento; v_pedidos integer; v_hechos integer;
begin
  select * into i from public.importaciones_conocimiento z where z.nombre_nora = v_nora and z.id = p_id for update;
  if not found then return null; end if;
  if i.guardada is not null then return i.guardada || '{"primera_vez":false}'; end if;
  perform interno.firmar(p_usuario);
  select count(*) into v_pedidos from public.importaciones_bloques b where b.nombre_nora = v_nora and b.importacion_id = p_id and b.incluir;
  with n as (
    insert into public.conocimiento_nora (nombre_nora, titulo, contenido, etiquetas, prioridad, activo)
    select v_nora, b.titulo, b.contenido, case when coalesce(p_etiqueta, '') = '' or b.etiquetas @> array[p_etiqueta] or cardinality(b.etiquetas) >= 20 then b.etiquetas else b.etiquetas || p_etiqueta end, b.prioridad, b.activo
      from public.importaciones_bloques b where b.nombre_nora = v_nora and b.importacion_id = p_id and b.incluir order by b.orden
    on conflict (nombre_nora, huella) do nothing returning 1)
  select count(*) into v_hechos from n;
  update public.importaciones_conocimiento z set guardada = jsonb_build_object('guardados', v_hechos, 'repetidos', v_pedidos - v_hechos) where z.nombre_nora = v_nora and z.id = p_id returning z.guardada into i.guardada;
  perform interno.apuntar(p_usuario, 'importar conocimiento', 'importaciones_conocimiento ' || p_id, null, i.guardada || jsonb_build_object('archivo', i.archivo));
  delete from public.importaciones_bloques b where b.nombre_nora = v_nora and b.importacion_id = p_id;
  return i.guardada || '{"primera_vez":true}';
end $$;
create function public.borrar_importacion(p_id uuid) returns boolean language sql security definer set search_path = '' as $$
  with d as (delete from public.importaciones_conocimiento where nombre_nora = public.nora_actual() and id = p_id returning 1) select exists (select from d)
$$;

-- Respuestas automaticas: horario, archivo y por que gana una ----------------------------------------------------------

alter table public.adjuntos add unique (nombre_nora, id);
alter table public.respuestas_automaticas add unique (nombre_nora, id),
  add column horario text not null default 'siempre' check (horario in ('siempre', 'dentro', 'fuera')),
  add column adjunto_id uuid,
  add foreign key (nombre_nora, adjunto_id) references public.adjuntos (nombre_nora, id) on update cascade on delete set null (adjunto_id);
create index respuestas_automaticas_adjunto on public.respuestas_automaticas (nombre_nora, adjunto_id) where adjunto_id is not null;
-- Con archivo, el texto puede ir vacio.
alter table public.respuestas_automaticas drop constraint respuestas_automaticas_respuesta_check;
alter table public.respuestas_automaticas add check (length(respuesta) <= 4000 and (length(btrim(respuesta)) > 0 or adjunto_id is not null));
alter table public.contactos add column aviso_cierre_en timestamptz;
comment on column public.contactos.aviso_cierre_en is 'cuando recibio el mensaje de fuera de horario: uno por periodo cerrado';

-- Los tramos abiertos alrededor de un momento, en hora de pared de la nora. src/ia/horario.ts lee lo mismo.
create function interno.tramos_abiertos(p_horario jsonb, p_local timestamp) returns table (abre timestamp, cierra timestamp) language sql stable set search_path = '' as $$
  select d.dia + (t.x->>0)::interval, d.dia + (t.x->>1)::interval
    from (select (p_local::date - g)::timestamp dia, (array['dom', 'lun', 'mar', 'mie', 'jue', 'vie', 'sab'])[1 + extract(dow from p_local::date - g)::int] clave from generate_series(-1, 8) g) d
    cross join lateral jsonb_array_elements(case when jsonb_typeof(p_horario->d.clave) = 'array' then p_horario->d.clave else '[]' end) t(x)
   where t.x->>0 ~ '^([01]\d|2[0-4]):[0-5]\d$' and t.x->>1 ~ '^([01]\d|2[0-4]):[0-5]\d$'
$$;
-- null = no ha dicho su horario.
create function interno.abierto(p_horario jsonb, p_zona text, p_ahora timestamptz) returns boolean language sql stable set search_path = '' as $$
  select case when jsonb_typeof(p_horario) = 'object' and p_horario ?| '{lun,mar,mie,jue,vie,sab,dom}'
    then exists (select from interno.tramos_abiertos(p_horario, p_ahora at time zone p_zona) t where p_ahora at time zone p_zona >= t.abre and p_ahora at time zone p_zona < t.cierra) end
$$;
-- Desde cuando esta cerrado; null si esta abierto o no se sabe. Sin ninguna apertura en la semana, desde siempre.
create function interno.cerrado_desde(p_horario jsonb, p_zona text, p_ahora timestamptz) returns timestamptz language sql stable set search_path = '' as $$
  select case when interno.abierto(p_horario, p_zona, p_ahora) is false
    then coalesce((select max(t.cierra) at time zone p_zona from interno.tramos_abiertos(p_horario, p_ahora at time zone p_zona) t where t.cierra <= p_ahora at time zone p_zona), '-infinity') end
$$;

-- Las reglas que coinciden con lo dicho (cada mensaje por separado y la rafaga entera), en el orden en que deciden. `hallado` es cual de sus
-- disparadores (separados por coma) coincidio; `aplica` es falso si esta apagada o si no es su horario.
create function interno.evaluar_reglas(p_nora text, p_textos text[], p_abierto boolean)
returns table (id uuid, disparador text, hallado text, coincidencia text, respuesta text, prioridad integer, horario text, adjunto_id uuid, activo boolean, en_horario boolean, aplica boolean, lugar bigint)
language sql stable set search_path = '' as $$
  with textos as materialized (select distinct public.en_palabras(t) t from unnest(p_textos || array_to_string(p_textos, ' ')) t),
  halladas as (
    select distinct on (r.id) r.*, d.d hallado,
           case r.horario when 'dentro' then p_abierto is distinct from false when 'fuera' then p_abierto is not distinct from false else true end en_horario
      from public.respuestas_automaticas r
      cross join lateral (select btrim(x) d, public.en_palabras(x) e from regexp_split_to_table(r.disparador, '[,\n]') x) d
      join textos t on case r.coincidencia when 'exacta' then t.t = d.e when 'empieza' then starts_with(t.t, d.e) else position(d.e in t.t) > 0 end
     where r.nombre_nora = p_nora and d.e <> '  '
     order by r.id, length(d.d) desc, d.d)
  select h.id, h.disparador, h.hallado, h.coincidencia, h.respuesta, h.prioridad, h.horario, h.adjunto_id, h.activo, h.en_horario, h.activo and h.en_horario,
         row_number() over (order by h.activo and h.en_horario desc, h.prioridad desc, case h.coincidencia when 'exacta' then 0 when 'empieza' then 1 else 2 end, length(h.hallado) desc, h.id)
    from halladas h
$$;

-- La que gana, o null. Es la que usa el canal y la que prueba el probador.
create or replace function public.regla_para(p_nora text, p_textos text[]) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', e.id, 'respuesta', e.respuesta, 'disparador', e.hallado, 'horario', e.horario,
           'adjunto', (select jsonb_build_object('id', a.id, 'tipo', a.tipo, 'nombre', a.nombre) from public.adjuntos a where a.nombre_nora = p_nora and a.id = e.adjunto_id and a.estado = 'listo'))
    from interno.evaluar_reglas(p_nora, p_textos, (select interno.abierto(b.horario, b.zona_horaria, clock_timestamp()) from public.configuracion_bot b where b.nombre_nora = p_nora)) e
   where e.aplica order by e.lugar limit 1
$$;

-- El contexto de una rafaga mas lo que toca decir por estar cerrado: una vez por persona y por periodo cerrado.
create function public.contexto_rafaga(p_contacto uuid, p_tokens_conocimiento integer default 3000, p_tokens_historial integer default 2000) returns jsonb language sql stable set search_path = '' as $$
  select public.contexto_ia(p_contacto, p_tokens_conocimiento, p_tokens_historial) || jsonb_build_object('fuera_horario', (
    select b.mensaje_fuera_horario from public.contactos k join public.configuracion_bot b on b.nombre_nora = k.nombre_nora
     where k.id = p_contacto and btrim(coalesce(b.mensaje_fuera_horario, '')) <> '' and coalesce(k.aviso_cierre_en, '-infinity') <= interno.cerrado_desde(b.horario, b.zona_horaria, clock_timestamp())
       and (k.aviso_cierre_en is null or isfinite(interno.cerrado_desde(b.horario, b.zona_horaria, clock_timestamp())))))
$$;

-- guardar_respuesta y, en la misma transaccion, lo que ella no sabe: el archivo de una regla (mensajes[].adjunto) y el aviso de cierre (p.aviso_cierre).
create function public.cerrar_rafaga(p jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare r jsonb := public.guardar_respuesta(p);
begin
  if r->>'r' <> 'guardada' then return r; end if;
  -- Cada mensaje lleva su propio renglon de adjunto con el mismo archivo: lo que se envio queda aunque la regla cambie.
  insert into public.adjuntos (nombre_nora, historial_id, orden, tipo, nombre, bytes, ruta, sha256, estado)
  select a.nombre_nora, (r->'ids'->>(m.o::int - 1))::uuid, 0, a.tipo, a.nombre, a.bytes, a.ruta, a.sha256, 'listo'
    from jsonb_array_elements(coalesce(p->'mensajes', '[]')) with ordinality m(x, o)
    join public.adjuntos a on a.nombre_nora = r->>'nora' and a.id = (m.x->>'adjunto')::uuid and a.estado = 'listo';
  if (p->>'aviso_cierre')::boolean then
    update public.contactos set aviso_cierre_en = clock_timestamp() where id = (p->>'contacto')::uuid;
  end if;
  return r;
end $$;

-- El probador: p_momento 'ahora' | 'dentro' | 'fuera'. {reglas:[… la primera con aplica = true gana], abierto, modulo}
create function public.probar_reglas(p_texto text, p_momento text default 'ahora') returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('abierto', m.abierto, 'horario_dicho', m.dicho,
    'reglas', (select coalesce(jsonb_agg(to_jsonb(e) order by e.lugar), '[]') from (select * from interno.evaluar_reglas(b.nombre_nora, array[left(p_texto, 4000)], m.abierto) z order by z.lugar limit 30) e),
    'gana', case when p_momento = 'ahora' then public.regla_para(b.nombre_nora, array[left(p_texto, 4000)])->'id' end)
    from public.configuracion_bot b
    cross join lateral (select case p_momento when 'dentro' then true when 'fuera' then false else interno.abierto(b.horario, b.zona_horaria, clock_timestamp()) end abierto,
                               interno.abierto(b.horario, b.zona_horaria, clock_timestamp()) is not null dicho) m
   where b.nombre_nora = public.nora_actual()
$$;

create function interno.regla(r public.respuestas_automaticas) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', r.id, 'disparador', r.disparador, 'coincidencia', r.coincidencia, 'respuesta', r.respuesta, 'prioridad', r.prioridad, 'activo', r.activo, 'horario', r.horario, 'usos', r.usos, 'ultimo_uso', r.ultimo_uso, 'updated_at', r.updated_at,
    'adjunto', (select jsonb_build_object('id', a.id, 'tipo', a.tipo, 'nombre', a.nombre, 'bytes', a.bytes) from public.adjuntos a where a.nombre_nora = r.nombre_nora and a.id = r.adjunto_id))
$$;
-- Las reglas en el orden en que deciden y los ajustes que las rodean.
create function public.listar_reglas() returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'reglas', (select coalesce(jsonb_agg(interno.regla(z) order by z.prioridad desc, case z.coincidencia when 'exacta' then 0 when 'empieza' then 1 else 2 end, length(z.disparador) desc, z.id), '[]')
                 from (select * from public.respuestas_automaticas r where r.nombre_nora = b.nombre_nora order by r.prioridad desc, r.id limit 500) z),
    'bienvenida', b.mensaje_bienvenida, 'fuera_horario', b.mensaje_fuera_horario, 'horario', b.horario, 'abierto', interno.abierto(b.horario, b.zona_horaria, clock_timestamp()),
    'rapidas', (select count(*) from public.respuestas_rapidas q where q.nombre_nora = b.nombre_nora))
    from public.configuracion_bot b where b.nombre_nora = public.nora_actual()
$$;
create function public.abrir_regla(p_id uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select interno.regla(r) from public.respuestas_automaticas r where r.nombre_nora = public.nora_actual() and r.id = p_id
$$;

-- p: {id?, disparador, coincidencia, respuesta, prioridad, activo, horario, adjunto_id (ausente = no se toca; null = se quita)}.
-- {r:'guardada',id} | {r:'repetida',regla} si otra regla ya tiene ese disparador, de la misma forma y en el mismo horario. null: no existe.
create function public.guardar_regla(p jsonb, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v_id uuid := (p->>'id')::uuid; g public.respuestas_automaticas; v_otra public.respuestas_automaticas; v_antes jsonb; v_adjunto uuid := (p->>'adjunto_id')::uuid;
begin
  if v_nora is null then return null; end if;
  -- Dos reglas guardadas a la vez no deben saltarse la comparacion.
  perform pg_advisory_xact_lock(hashtextextended('nora:reglas:' || v_nora, 0));
  if v_id is not null then
    select * into g from public.respuestas_automaticas r where r.nombre_nora = v_nora and r.id = v_id for update;
    if not found then return null; end if;
    v_antes := interno.regla(g);
  elsif (select count(*) from public.respuestas_automaticas r where r.nombre_nora = v_nora) >= 500 then
    return jsonb_build_object('r', 'demasiadas');
  end if;
  if v_adjunto is not null and not exists (select from public.adjuntos a where a.nombre_nora = v_nora and a.id = v_adjunto and a.historial_id is null and a.estado = 'listo') then
    raise exception using errcode = '22023', message = 'adjunto desconocido';
  end if;
  select r.* into v_otra from public.respuestas_automaticas r
   where r.nombre_nora = v_nora and r.id is distinct from v_id and r.coincidencia = p->>'coincidencia' and r.horario = p->>'horario'
     and exists (select from regexp_split_to_table(r.disparador, '[,\n]') a join regexp_split_to_table(p->>'disparador', '[,\n]') b on public.en_palabras(a) = public.en_palabras(b) and public.en_palabras(a) <> '  ')
   limit 1;
  if v_otra.id is not null then
    return jsonb_build_object('r', 'repetida', 'regla', interno.regla(v_otra));
  end if;
  if v_id is null then
    insert into public.respuestas_automaticas (nombre_nora, disparador, coincidencia, respuesta, prioridad, activo, horario, adjunto_id)
    values (v_nora, p->>'disparador', p->>'coincidencia', p->>'respuesta', (p->>'prioridad')::integer, (p->>'activo')::boolean, p->>'horario', v_adjunto) returning * into g;
  else
    update public.respuestas_automaticas set disparador = p->>'disparador', coincidencia = p->>'coincidencia', respuesta = p->>'respuesta', prioridad = (p->>'prioridad')::integer, activo = (p->>'activo')::boolean,
      horario = p->>'horario', adjunto_id = case when p ? 'adjunto_id' then v_adjunto else adjunto_id end where nombre_nora = v_nora and id = v_id returning * into g;
  end if;
  perform interno.apuntar(p_usuario, case when v_id is null then 'crear' else 'editar' end || ' regla', 'respuestas_automaticas ' || g.id, v_antes, interno.regla(g));
  return jsonb_build_object('r', 'guardada', 'id', g.id);
end $$;

create function public.cambiar_regla(p_id uuid, p_accion text, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); g public.respuestas_automaticas; v_antes jsonb;
begin
  select * into g from public.respuestas_automaticas r where r.nombre_nora = v_nora and r.id = p_id for update;
  if not found then return null; end if;
  v_antes := interno.regla(g);
  if p_accion = 'borrar' then
    delete from public.respuestas_automaticas where nombre_nora = v_nora and id = p_id;
  elsif p_accion in ('encender', 'apagar') then
    update public.respuestas_automaticas set activo = p_accion = 'encender' where nombre_nora = v_nora and id = p_id returning * into g;
  end if;
  perform interno.apuntar(p_usuario, p_accion || ' regla', 'respuestas_automaticas ' || p_id, v_antes, case when p_accion <> 'borrar' then interno.regla(g) end);
  return interno.regla(g);
end $$;

-- Bienvenida y fuera de horario. p: {mensaje_bienvenida, mensaje_fuera_horario}; vacio = no se manda.
create function public.guardar_mensajes(p jsonb, p_usuario uuid) returns boolean language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v_antes jsonb; v_despues jsonb;
begin
  select jsonb_build_object('mensaje_bienvenida', b.mensaje_bienvenida, 'mensaje_fuera_horario', b.mensaje_fuera_horario) into v_antes from public.configuracion_bot b where b.nombre_nora = v_nora for no key update;
  if not found then return false; end if;
  update public.configuracion_bot b set mensaje_bienvenida = nullif(btrim(p->>'mensaje_bienvenida'), ''), mensaje_fuera_horario = nullif(btrim(p->>'mensaje_fuera_horario'), '') where b.nombre_nora = v_nora
  returning jsonb_build_object('mensaje_bienvenida', b.mensaje_bienvenida, 'mensaje_fuera_horario', b.mensaje_fuera_horario) into v_despues;
  if v_antes <> v_despues then perform interno.apuntar(p_usuario, 'editar mensajes', 'configuracion_bot ' || v_nora, v_antes, v_despues); end if;
  return true;
end $$;

-- Respuestas rapidas. {r:'guardada',id} | {r:'repetida'} | {r:'demasiadas'}; null: no existe.
create function public.guardar_rapida(p jsonb, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v_id uuid := (p->>'id')::uuid; v_antes jsonb; v_despues jsonb;
begin
  if v_nora is null then return null; end if;
  if v_id is not null then
    select jsonb_build_object('id', q.id, 'atajo', q.atajo, 'texto', q.texto) into v_antes from public.respuestas_rapidas q where q.nombre_nora = v_nora and q.id = v_id for update;
    if not found then return null; end if;
  elsif (select count(*) from public.respuestas_rapidas q where q.nombre_nora = v_nora) >= 500 then
    return jsonb_build_object('r', 'demasiadas');
  end if;
  begin
    if v_id is null then
      insert into public.respuestas_rapidas as q (nombre_nora, atajo, texto) values (v_nora, p->>'atajo', p->>'texto') returning jsonb_build_object('id', q.id, 'atajo', q.atajo, 'texto', q.texto) into v_despues;
    else
      update public.respuestas_rapidas q set atajo = p->>'atajo', texto = p->>'texto' where q.nombre_nora = v_nora and q.id = v_id returning jsonb_build_object('id', q.id, 'atajo', q.atajo, 'texto', q.texto) into v_despues;
    end if;
  exception when unique_violation then
    return jsonb_build_object('r', 'repetida');
  end;
  perform interno.apuntar(p_usuario, case when v_id is null then 'crear' else 'editar' end || ' respuesta rapida', 'respuestas_rapidas ' || (v_despues->>'id'), v_antes, v_despues);
  return jsonb_build_object('r', 'guardada', 'id', v_despues->>'id');
end $$;
create function public.borrar_rapida(p_id uuid, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_antes jsonb;
begin
  delete from public.respuestas_rapidas q where q.nombre_nora = public.nora_actual() and q.id = p_id returning jsonb_build_object('id', q.id, 'atajo', q.atajo, 'texto', q.texto) into v_antes;
  if v_antes is not null then perform interno.apuntar(p_usuario, 'borrar respuesta rapida', 'respuestas_rapidas ' || p_id, v_antes, null); end if;
  return v_antes;
end $$;

-- Muro ----------------------------------------------------------------------------------------------------------------

do $$ declare t text; begin
  foreach t in array array['versiones_conocimiento', 'usos_conocimiento', 'usos_conocimiento_corte', 'preguntas_atendidas', 'importaciones_conocimiento', 'importaciones_bloques'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('revoke all on public.%I from anon, authenticated', t);
    execute format('grant select, insert, update, delete on public.%I to service_role', t);
    execute format('create policy nora on public.%I for all to nora_panel using (nombre_nora = (select public.nora_actual())) with check (nombre_nora = (select public.nora_actual()))', t);
  end loop;
end $$;
grant select (id, nombre_nora, bloque_id, version, accion, titulo, contenido, etiquetas, prioridad, activo, usuario_id, creado) on public.versiones_conocimiento to nora_panel;
grant select (nombre_nora, bloque_id, dados, citados, ultimo_dado, ultima_cita) on public.usos_conocimiento to nora_panel;
grant select (nombre_nora, clave, bloque_id, usuario_id, atendida) on public.preguntas_atendidas to nora_panel;
grant select (id, nombre_nora, usuario_id, archivo, formato, avisos, guardada, creado) on public.importaciones_conocimiento to nora_panel;
grant select (id, nombre_nora, importacion_id, orden, titulo, contenido, etiquetas, prioridad, activo, incluir, gemelo) on public.importaciones_bloques to nora_panel;
grant select (horario, adjunto_id) on public.respuestas_automaticas to nora_panel;

do $$ declare f text; begin
  foreach f in array array['gemelo_conocimiento(text, uuid)', 'listar_conocimiento(jsonb)', 'abrir_bloque(uuid)', 'guardar_bloque(jsonb, uuid)', 'cambiar_bloques(jsonb, text, text, uuid)', 'restaurar_bloque(uuid, integer, uuid)', 'restaurar_borrados(jsonb, uuid)',
    'preguntas_sin_respuesta(integer)', 'pregunta_sin_respuesta(uuid)', 'descartar_pregunta(uuid, uuid)', 'crear_importacion(jsonb, uuid)', 'comparar_importacion(uuid, integer, integer)', 'abrir_importacion(uuid, integer, integer)', 'editar_importado(uuid, uuid, jsonb)',
    'incluir_importados(uuid, text)', 'guardar_importacion(uuid, uuid, text)', 'borrar_importacion(uuid)', 'probar_reglas(text, text)', 'listar_reglas()', 'abrir_regla(uuid)', 'guardar_regla(jsonb, uuid)', 'cambiar_regla(uuid, text, uuid)',
    'guardar_mensajes(jsonb, uuid)', 'guardar_rapida(jsonb, uuid)', 'borrar_rapida(uuid, uuid)'] loop
    execute format('revoke execute on function public.%s from public, anon, authenticated', f);
    execute format('grant execute on function public.%s to nora_panel', f);
  end loop;
end $$;
revoke execute on function public.contexto_rafaga(uuid, integer, integer), public.cerrar_rafaga(jsonb) from public, anon, authenticated;
grant execute on function public.contexto_rafaga(uuid, integer, integer), public.cerrar_rafaga(jsonb) to service_role;
-- Las de servicio corren como quien las llama y usan estas piezas.
grant execute on function interno.tramos_abiertos(jsonb, timestamp), interno.abierto(jsonb, text, timestamptz), interno.cerrado_desde(jsonb, text, timestamptz), interno.evaluar_reglas(text, text[], boolean) to service_role;
