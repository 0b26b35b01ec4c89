-- Importar una tanda de contactos costaba el cuadrado de lo ya importado: en una nora que las estadisticas todavia no conocen,
-- el plan buscaba cada telefono recorriendo otro indice de la nora entera. Cincuenta mil filas: de 69 s a 15.

-- Una tanda ya leida: [{l: linea, t: telefono, n: nombre, c: correo, e: empresa, o: notas, g: etiquetas[], d: datos, a: acepta, m: por que se rechaza, x: celdas originales}].
-- Devuelve [{l, r, m, id, x}].
-- Cada telefono se busca con «el primero desde aqui, en orden»: sin poder ordenar, solo lo da el indice que empieza por nora y clave,
-- digan lo que digan las estadisticas. Los demas ajustes son por lo mismo: ninguna otra forma de buscar conviene con mil filas.
create or replace function interno.importar_tanda(p_nora text, p_modo text, p_filas jsonb) returns jsonb language plpgsql set search_path = ''
  set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_sort = off set enable_incremental_sort = off as $$
declare v_quien uuid := nullif(current_setting('nora.quien', true), '')::uuid; v_etiquetas jsonb; v_claves text[]; v_ids uuid[]; v_nuevas jsonb; v_de jsonb; v_cambiadas jsonb; v_res jsonb;
begin
  insert into public.etiquetas (nombre_nora, nombre) select distinct on (lower(g)) p_nora, g from jsonb_array_elements(p_filas) f cross join lateral jsonb_array_elements_text(case when jsonb_typeof(f->'g') = 'array' then f->'g' else '[]' end) g order by lower(g) on conflict do nothing;
  -- Como esta escrita cada una en el catalogo, una vez por tanda y no una por fila.
  select coalesce(jsonb_object_agg(lower(e.nombre), e.nombre), '{}') into v_etiquetas
    from (select distinct lower(g) g from jsonb_array_elements(p_filas) f cross join lateral jsonb_array_elements_text(case when jsonb_typeof(f->'g') = 'array' then f->'g' else '[]' end) g) x
    join public.etiquetas e on e.nombre_nora = p_nora and lower(e.nombre) = x.g;

  -- A quien corresponde cada telefono: el suyo, o uno que dejo al unirse con otra ficha.
  select array_agg(f.clave), array_agg(coalesce(z.id, y.id)) into v_claves, v_ids
    from (select public.clave_de(x.t) clave from jsonb_to_recordset(p_filas) as x(t text, m text) where x.m is null) f
    left join lateral (select k.id, k.clave_telefono c from public.contactos k where k.nombre_nora = p_nora and k.clave_telefono >= f.clave order by k.clave_telefono limit 1) z on z.c = f.clave
    left join lateral (select t.contacto_id id, t.clave c from public.telefonos_contacto t where t.nombre_nora = p_nora and t.clave >= f.clave order by t.clave limit 1) y on y.c = f.clave;
  -- Dos telefonos de la misma persona: cada fila en su turno, para que ninguna se pierda.
  if (select count(i) <> count(distinct i) from unnest(v_ids) i) then raise unique_violation; end if;
  select coalesce(jsonb_object_agg(c, i) filter (where i is not null), '{}') into v_de from unnest(v_claves, v_ids) u(c, i);

  with i as (insert into public.contactos (nombre_nora, telefono, nombre, correo, empresa, notas, etiquetas, datos, acepta_envios, ultimo_mensaje)
    select p_nora, f.t, f.n, f.c, f.e, f.o, interno.etiquetas_de(v_etiquetas, f.g), coalesce(f.d, '{}'), f.a, public.sin_mensajes()
      from jsonb_to_recordset(p_filas) as f(t text, n text, c text, e text, o text, g jsonb, d jsonb, a boolean, m text)
     where f.m is null and not v_de ? public.clave_de(f.t) order by public.clave_de(f.t)
    on conflict do nothing returning id, clave_telefono)
  select coalesce(jsonb_object_agg(i.clave_telefono, i.id), '{}') into v_nuevas from i;
  insert into public.eventos_contacto (nombre_nora, contacto_id, tipo, detalle, usuario_id)
  select p_nora, x.value::uuid, 'creado', '{"origen":"importacion"}', v_quien from jsonb_each_text(v_nuevas) x;
  -- Quien escribio por primera vez mientras tanto: ya esta, y su fila lo actualiza.
  if (select count(*) from jsonb_object_keys(v_de)) + (select count(*) from jsonb_object_keys(v_nuevas)) < cardinality(v_claves) then
    select v_de || coalesce(jsonb_object_agg(z.c, z.id), '{}') into v_de from unnest(v_claves) c
      cross join lateral (select k.id, k.clave_telefono c from public.contactos k where k.nombre_nora = p_nora and k.clave_telefono >= c order by k.clave_telefono limit 1) z
     where z.c = c and not v_nuevas ? c;
  end if;

  -- Los candados de quienes ya existian, en el orden de todos.
  v_ids := array(select value::uuid from jsonb_each_text(v_de));
  perform 1 from public.contactos k where k.id = any (v_ids) order by k.clave_telefono, k.id for no key update;
  with v as materialized (select k.id, case when p_modo = 'completar' then coalesce(k.nombre, f.n) else coalesce(f.n, k.nombre) end nombre, case when p_modo = 'completar' then coalesce(k.correo, f.c) else coalesce(f.c, k.correo) end correo,
      case when p_modo = 'completar' then coalesce(k.empresa, f.e) else coalesce(f.e, k.empresa) end empresa,
      -- Las notas se suman, nunca se pierden; repetir el archivo no las repite.
      case when f.o is null or position(f.o in coalesce(k.notas, '')) > 0 then k.notas when k.notas is null then f.o else left(k.notas || E'\n' || f.o, 4000) end notas,
      case when p_modo = 'completar' then coalesce(f.d, '{}') || k.datos else k.datos || coalesce(f.d, '{}') end datos,
      k.etiquetas || array(select x from unnest(interno.etiquetas_de(v_etiquetas, f.g)) x where not x = any (k.etiquetas)) etiquetas,
      -- Una lista de Excel no le quita a nadie su BAJA.
      case when k.acepta_envios is false then false when p_modo = 'completar' then coalesce(k.acepta_envios, f.a) else coalesce(f.a, k.acepta_envios) end acepta
    from (select r.*, (v_de->>public.clave_de(r.t))::uuid i from jsonb_to_recordset(p_filas) as r(t text, n text, c text, e text, o text, g jsonb, d jsonb, a boolean, m text) where r.m is null and p_modo <> 'saltar' offset 0) f
    join public.contactos k on k.id = f.i),
  u as (update public.contactos k set nombre = v.nombre, correo = v.correo, empresa = v.empresa, notas = v.notas, datos = v.datos, etiquetas = v.etiquetas, acepta_envios = v.acepta from v
     where k.id = v.id and (k.nombre, k.correo, k.empresa, k.notas, k.datos, k.etiquetas, k.acepta_envios) is distinct from (v.nombre, v.correo, v.empresa, v.notas, v.datos, v.etiquetas, v.acepta) returning k.id)
  select coalesce(jsonb_object_agg(u.id, true), '{}') into v_cambiadas from u;

  select jsonb_agg(jsonb_build_object('l', f.l, 'm', f.m, 'x', f.x, 'id', coalesce(v_nuevas->>f.clave, v_de->>f.clave),
      'r', case when f.m is not null then 'rechazada' when v_nuevas ? f.clave then 'creada' when v_cambiadas ? (v_de->>f.clave) then 'actualizada' else 'igual' end)) into v_res
    from (select r.l, r.m, r.x, case when r.m is null then public.clave_de(r.t) end clave from jsonb_to_recordset(p_filas) as r(l int, t text, m text, x jsonb) offset 0) f;
  return v_res;
end $$;
-- Los nombres del catalogo que pide una fila. `p_catalogo`: {en minusculas: como esta escrito}.
create function interno.etiquetas_de(p_catalogo jsonb, p_nombres jsonb) returns text[] language sql immutable set search_path = '' as $$
  select array(select distinct p_catalogo->>lower(x) from jsonb_array_elements_text(case when jsonb_typeof(p_nombres) = 'array' then p_nombres else '[]' end) x where p_catalogo ? lower(x) order by 1)
$$;
drop function interno.etiquetas_propias(text, jsonb);

-- Guarda una tanda si es la que sigue: repetirla o retomar el trabajo a la mitad no hace nada dos veces. {r:'guardada'|'ya'|'parada'|'con_celdas', procesadas}
-- 'con_celdas': una fila no cabe y hay que ir una por una; hacen falta las celdas originales de todas, para devolver la que se rechace como venia.
create or replace function public.importar_contactos(p_importacion uuid, p_desde integer, p_filas jsonb) returns jsonb language plpgsql security definer set search_path = '' as $$
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
    if exists (select from jsonb_array_elements(p_filas) e where not e ? 'x') then return '{"r":"con_celdas"}'; end if;
    v_res := '[]';
    for f in select e from jsonb_array_elements(p_filas) with ordinality x(e, o) order by o loop
      begin
        v_res := v_res || interno.importar_tanda(v_nora, v_modo, jsonb_build_array(f));
      exception when data_exception or integrity_constraint_violation or program_limit_exceeded then
        v_res := v_res || jsonb_build_array(jsonb_build_object('l', f->'l', 'r', 'rechazada', 'm', 'Un dato no cabe o hay más de 50 etiquetas en la ficha', 'x', f->'x'));
      end;
    end loop;
  end;
  perform interno.apuntar_filas(v_nora, i.id, v_res);
  return jsonb_build_object('r', 'guardada', 'procesadas', p_desde + jsonb_array_length(p_filas));
end $$;
