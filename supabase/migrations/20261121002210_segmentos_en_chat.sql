-- El chat tambien se mira por segmento: los mismos que se guardan en Contactos, con la misma condicion. Y el inicio dice cuantos hay.

create function interno.catalogo_segmentos(p_nora text) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'nombre', s.nombre) order by lower(s.nombre)), '[]') from (select * from public.segmentos t where t.nombre_nora = p_nora order by lower(t.nombre) limit 100) s
$$;

-- Con un parametro mas es otra funcion: la de antes se quita, para que nadie llame a la que no sabe de segmentos.
drop function public.listar_chats(text, text, text, uuid, timestamptz, uuid, integer);
-- Filtros: 'todos'|'sin_leer'|'esperando'|'mios'|'sin_asignar'|'pospuestas'|'resueltas'|'etiqueta'|'segmento'. Los fijos, cada uno con su indice parcial.
create function public.listar_chats(p_filtro text default 'todos', p_etiqueta text default null, p_q text default null, p_usuario uuid default null, p_antes timestamptz default null, p_antes_id uuid default null, p_n integer default 30, p_segmento uuid default null) returns jsonb
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_nora text := public.nora_actual(); v_n int := least(greatest(p_n, 1), 100); v_q text := btrim(left(coalesce(p_q, ''), 200)); v_patron text; v_digitos text; v_ts tsquery; v_cond text;
  v_u timestamptz := coalesce(p_antes, 'infinity'); v_id uuid := coalesce(p_antes_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'); v_filas jsonb; v_mens jsonb := '[]'; v_hay boolean; v_segmento jsonb;
begin
  if v_nora is null then return null; end if;
  if p_filtro = 'segmento' then
    select s.filtro into v_segmento from public.segmentos s where s.nombre_nora = v_nora and s.id = p_segmento;
  end if;
  v_cond := case p_filtro
    when 'sin_leer' then 'k.no_leidos > 0'
    when 'esperando' then 'k.espera_humano_desde is not null'
    when 'mios' then 'k.atendido_por = $4 and k.pospuesto_hasta is null'
    when 'sin_asignar' then 'k.atendido_por is null and k.resuelto_en is null and k.pospuesto_hasta is null and not k.bloqueado and k.ultimo_mensaje > public.sin_mensajes()'
    when 'pospuestas' then 'k.pospuesto_hasta is not null'
    when 'resueltas' then 'k.resuelto_en is not null'
    when 'etiqueta' then case when coalesce(p_etiqueta, '') = '' then 'k.etiquetas <> ''{}''' else 'k.etiquetas @> array[$5]' end
    -- Un segmento que ya no esta no es «todos».
    when 'segmento' then case when v_segmento is null then 'false' else '(' || interno.condicion_contactos(v_nora, v_segmento) || ') and k.ultimo_mensaje > public.sin_mensajes()' end
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
  return jsonb_build_object('filas', v_filas, 'hay_mas', v_hay) || case when p_antes is null then jsonb_build_object('mensajes', v_mens, 'conteos', public.conteos_chat(p_usuario), 'etiquetas', interno.catalogo_etiquetas(v_nora), 'segmentos', interno.catalogo_segmentos(v_nora)) else '{}' end;
end $$;
revoke execute on function public.listar_chats(text, text, text, uuid, timestamptz, uuid, integer, uuid) from public, anon, authenticated;
grant execute on function public.listar_chats(text, text, text, uuid, timestamptz, uuid, integer, uuid) to nora_panel;

create or replace function public.panel_inicio(p_usuario uuid) returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare v jsonb := interno.panel_inicio(p_usuario); v_faltan jsonb; v_cuantas bigint;
begin
  if v is null then return null; end if;
  select count(*), coalesce(jsonb_agg(jsonb_build_object('tipo', 'sin_respuesta', 'texto', q.pregunta, 'n', q.n, 'desde', q.ultima) order by q.n desc, q.ultima desc) filter (where q.lugar <= 2), '[]') into v_cuantas, v_faltan
    from (select p.*, row_number() over (order by p.n desc, p.ultima desc) lugar from interno.preguntas(public.nora_actual(), 7, 300) p) q;
  return jsonb_set(jsonb_set(jsonb_set(v, '{cifras,sin_respuesta}', to_jsonb(v_cuantas)), '{cifras,segmentos}', to_jsonb((select count(*) from public.segmentos s where s.nombre_nora = public.nora_actual()))), '{pendientes}',
    (select coalesce(jsonb_agg(x order by o) filter (where x->>'tipo' <> 'sin_respuesta'), '[]') from jsonb_array_elements(v->'pendientes') with ordinality z(x, o)) || v_faltan)
    || jsonb_build_object('ads', case when interno.modulo_activo(public.nora_actual(), 'ads') then interno.ads_inicio(public.nora_actual()) end);
end $$;
