-- La IA pone etiquetas en la misma respuesta ---------------------------------------------------------------------------

-- El contexto de una rafaga mas lo que toca decir por estar cerrado (una vez por persona y por periodo cerrado) y las etiquetas permitidas a la IA que aun no tiene.
create or replace function public.contexto_rafaga(p_contacto uuid, p_tokens_conocimiento integer default 3000, p_tokens_historial integer default 2000) returns jsonb language sql stable set search_path = '' as $$
  select public.contexto_ia(p_contacto, p_tokens_conocimiento, p_tokens_historial) || jsonb_build_object('fuera_horario', (
    select b.mensaje_fuera_horario from public.contactos k join public.configuracion_bot b on b.nombre_nora = k.nombre_nora
     where k.id = p_contacto and btrim(coalesce(b.mensaje_fuera_horario, '')) <> '' and coalesce(k.aviso_cierre_en, '-infinity') <= interno.cerrado_desde(b.horario, b.zona_horaria, clock_timestamp())
       and (k.aviso_cierre_en is null or isfinite(interno.cerrado_desde(b.horario, b.zona_horaria, clock_timestamp())))),
    'etiquetas_ia', (select coalesce(jsonb_agg(e.x), '[]') from public.contactos k cross join jsonb_array_elements(public.etiquetas_para_ia(k.nombre_nora)) e(x) where k.id = p_contacto and not e.x->>'nombre' = any (k.etiquetas)))
$$;
-- Lo que la IA propuso se pone sólo si la respuesta se guardo: un turno descartado no deja etiquetas. r.etiquetas: las que puso.
create or replace function public.cerrar_rafaga(p jsonb) returns jsonb language plpgsql set search_path = '' as $$
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
  if jsonb_array_length(coalesce(p->'etiquetas', '[]')) > 0 then
    r := r || jsonb_build_object('etiquetas', public.etiquetar_por_ia((p->>'contacto')::uuid, p->'etiquetas'));
  end if;
  return r;
end $$;
create or replace function interno.contextos_ensayo(p_nora text, p jsonb) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'epoca', 0, 'pendiente', true, 'silencio', null,
    'modulo_ia', interno.modulo_activo(b.nombre_nora, 'ia'), 'modulo_respuestas', interno.modulo_activo(b.nombre_nora, 'respuestas'),
    'nora', interno.nora_ia(b),
    'contacto', jsonb_build_object('id', '00000000-0000-4000-8000-000000000000', 'nombre', q.x->>'nombre', 'telefono', '+520000000000', 'bienvenida_en', case when (q.x->>'nuevo')::boolean then null else clock_timestamp() end,
      'espera_humano_desde', null, 'motivo_espera', null, 'acepta_envios', null),
    'rafaga', jsonb_build_array(jsonb_build_object('id', '00000000-0000-4000-8000-000000000000', 'texto', q.x->>'texto', 'fecha', clock_timestamp(), 'sid', null, 'tipos', null)), 'rafaga_desde', clock_timestamp(),
    'turnos', coalesce(q.x->'turnos', '[]'),
    'conocimiento', public.base_conocimiento(b.nombre_nora, q.x->>'texto', (p->>'tokens')::integer),
    'regla', public.regla_para(b.nombre_nora, array[q.x->>'texto']),
    'etiquetas_ia', public.etiquetas_para_ia(b.nombre_nora),
    'respuestas_hora', 0, 'ultimos', '[]'::jsonb,
    'tokens_hoy', coalesce((select c.tokens_entrada + c.tokens_salida from public.consumo_ia c where c.nombre_nora = b.nombre_nora and c.dia = (clock_timestamp() at time zone b.zona_horaria)::date), 0),
    'ahora', clock_timestamp(),
    'fuera_horario', case when (q.x->>'nuevo')::boolean and interno.abierto(b.horario, b.zona_horaria, clock_timestamp()) is false then nullif(btrim(b.mensaje_fuera_horario), '') end,
    -- Solo el ensayo: cuanto se parece cada bloque a la pregunta, aunque todos cupieran.
    'rangos', (select coalesce(jsonb_object_agg(z.id, z.rango), '{}') from public.buscar_conocimiento(b.nombre_nora, q.x->>'texto', 40) z)
  ) order by q.o), '[]')
  from public.configuracion_bot b cross join jsonb_array_elements(p->'preguntas') with ordinality q(x, o) where b.nombre_nora = p_nora
$$;

-- Las etiquetas del chat dicen quien las puso; antes habia dos caminos y uno lo callaba ---------------------------------

drop function public.poner_etiqueta_ficha(uuid, text, uuid);
create function public.poner_etiqueta_ficha(p_contacto uuid, p_nombre text, p_usuario uuid, p_color text default 'gris') returns jsonb language plpgsql security definer set search_path = '' as $$
begin
  perform interno.actuar(p_usuario, 'persona');
  return public.poner_etiqueta(p_contacto, p_nombre, p_color);
end $$;
revoke execute on function public.poner_etiqueta_ficha(uuid, text, uuid, text) from public, anon, authenticated;
grant execute on function public.poner_etiqueta_ficha(uuid, text, uuid, text) to nora_panel;
revoke execute on function public.poner_etiqueta(uuid, text, text), public.quitar_etiqueta(uuid, text) from nora_panel;

-- Borrar a una persona olvida sus fotos con la funcion que ya existia para eso ------------------------------------------

create or replace function public.borrar_persona(p_contacto uuid, p_confirma text, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); k public.contactos; v_digitos text := regexp_replace(coalesce(p_confirma, ''), '\D', '', 'g'); v_rutas text[]; v_mensajes int; v_archivos int; v_claves text[]; v_hist uuid[];
begin
  select * into k from public.contactos where id = p_contacto and nombre_nora = v_nora for no key update;
  if not found then return null; end if;
  if not (case when k.telefono is null then lower(btrim(coalesce(p_confirma, ''))) = lower(k.id_whatsapp)
     else v_digitos <> '' and (v_digitos in (regexp_replace(k.telefono, '\D', '', 'g'), regexp_replace(k.clave_telefono, '\D', '', 'g')) or (length(v_digitos) = 10 and right(regexp_replace(k.clave_telefono, '\D', '', 'g'), 10) = v_digitos)) end) then
    return jsonb_build_object('r', 'no_coincide');
  end if;
  select array_remove(array_agg(distinct c), null) into v_claves from (select k.clave_telefono c union all select k.telefono union all select k.id_whatsapp union all select x.clave from public.telefonos_contacto x where x.nombre_nora = v_nora and x.contacto_id = k.id union all select x.telefono from public.telefonos_contacto x where x.nombre_nora = v_nora and x.contacto_id = k.id) z;
  select count(*), array_agg(h.id) into v_mensajes, v_hist from public.historial_conversaciones h where h.nombre_nora = v_nora and h.contacto_id = k.id;
  select array_agg(distinct a.ruta) into v_rutas from public.adjuntos a where a.nombre_nora = v_nora and a.ruta is not null
     and (a.historial_id = any (v_hist) or a.id in (select unnest(m.adjuntos) from public.mensajes_programados m where m.nombre_nora = v_nora and m.contacto_id = k.id));
  insert into public.sids_borrados (nombre_nora, sid) select v_nora, h.sid from public.historial_conversaciones h where h.nombre_nora = v_nora and h.contacto_id = k.id and h.sid is not null and h.fecha_hora > clock_timestamp() - interval '3 days' on conflict do nothing;

  delete from public.adjuntos a where a.nombre_nora = v_nora and a.historial_id is null and a.id in (select unnest(m.adjuntos) from public.mensajes_programados m where m.nombre_nora = v_nora and m.contacto_id = k.id);
  delete from public.estados_recibidos e where e.nombre_nora = v_nora and (e.historial_id = any (v_hist) or replace(e.crudo->>'To', 'whatsapp:', '') = any (v_claves) or public.clave_de(replace(e.crudo->>'To', 'whatsapp:', '')) = any (v_claves));
  delete from public.mensajes_sin_nora s where s.crudo->>'to' = (select b.numero_nora from public.configuracion_bot b where b.nombre_nora = v_nora) and public.clave_de(s.crudo->>'telefono') = any (v_claves);
  delete from public.simulador_mensajes s where s.nombre_nora = v_nora and (public.clave_de(s.de) = any (v_claves) or public.clave_de(s.a) = any (v_claves));
  delete from public.duplicados_descartados d where d.nombre_nora = v_nora and (d.a = k.id or d.b = k.id);
  perform interno.olvidar_fotos(v_nora, k.id);
  update public.auditoria a set antes = null, despues = null where a.nombre_nora = v_nora
     and (position(k.id::text in a.entidad) > 0 or exists (select from unnest(v_claves) c where position(c in coalesce(a.antes::text, '') || coalesce(a.despues::text, '')) > 0));
  update public.logs_errores l set descripcion = (select left(regexp_replace(l.descripcion, string_agg(replace(c, '+', '\+'), '|' order by length(c) desc), '(borrado)', 'g'), 2000) from unnest(v_claves) c where c ~ '^[+\w.-]+$')
   where l.nombre_nora = v_nora and exists (select from unnest(v_claves) c where c ~ '^[+\w.-]+$' and position(c in l.descripcion) > 0);
  delete from public.contactos where id = k.id;

  -- Una regla automatica puede mandar el mismo archivo a muchos: solo se borra lo que ya nadie nombra.
  insert into public.adjuntos_por_borrar (ruta, nombre_nora) select r, v_nora from unnest(coalesce(v_rutas, '{}')) r where not exists (select from public.adjuntos a where a.nombre_nora = v_nora and a.ruta = r) on conflict do nothing;
  get diagnostics v_archivos = row_count;
  perform interno.apuntar(p_usuario, 'borrar persona', 'contactos ' || p_contacto, null, jsonb_build_object('mensajes', v_mensajes, 'archivos', v_archivos));
  return jsonb_build_object('r', 'borrada', 'mensajes', v_mensajes, 'archivos', v_archivos);
end $$;

-- El inicio no cuenta lo que ya se enseno ------------------------------------------------------------------------------

-- Se envuelve en vez de copiarse: lo demas del inicio sigue siendo de su migracion.
alter function public.panel_inicio(uuid) set schema interno;
revoke execute on function interno.panel_inicio(uuid) from public, anon, authenticated, nora_panel;
create function public.panel_inicio(p_usuario uuid) returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare v jsonb := interno.panel_inicio(p_usuario); v_faltan jsonb; v_cuantas bigint;
begin
  if v is null then return null; end if;
  select count(*), coalesce(jsonb_agg(jsonb_build_object('tipo', 'sin_respuesta', 'texto', q.pregunta, 'n', q.n, 'desde', q.ultima) order by q.n desc, q.ultima desc) filter (where q.lugar <= 2), '[]') into v_cuantas, v_faltan
    from (select p.*, row_number() over (order by p.n desc, p.ultima desc) lugar from interno.preguntas(public.nora_actual(), 7, 300) p) q;
  return jsonb_set(jsonb_set(v, '{cifras,sin_respuesta}', to_jsonb(v_cuantas)), '{pendientes}',
    (select coalesce(jsonb_agg(x order by o) filter (where x->>'tipo' <> 'sin_respuesta'), '[]') from jsonb_array_elements(v->'pendientes') with ordinality z(x, o)) || v_faltan);
end $$;
revoke execute on function public.panel_inicio(uuid) from public, anon, authenticated;
grant execute on function public.panel_inicio(uuid) to nora_panel;

-- Una respuesta rapida se llena con los datos de a quien se le escribe ---------------------------------------------------

create function public.datos_variables(p_contacto uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('nora', jsonb_build_object('nombre_visible', b.nombre_visible, 'zona_horaria', b.zona_horaria, 'horario', b.horario), 'contacto', jsonb_build_object('nombre', k.nombre, 'telefono', k.telefono))
    from public.contactos k join public.configuracion_bot b on b.nombre_nora = k.nombre_nora where k.id = p_contacto and k.nombre_nora = public.nora_actual()
$$;
revoke execute on function public.datos_variables(uuid) from public, anon, authenticated;
grant execute on function public.datos_variables(uuid) to nora_panel;

-- Filtrar por campos propios de cualquier tipo ---------------------------------------------------------------------------

-- Un valor se lee como texto: se compara como numero solo si lo es, y una fecha ISO se ordena sola.
create function interno.condicion_campos(f jsonb) returns text language plpgsql immutable set search_path = '' as $$
declare c text := ''; par jsonb; v_clave text; v text;
begin
  for par in select e from jsonb_array_elements(case when jsonb_typeof(f->'campos') = 'array' then f->'campos' else '[]' end) e loop
    v_clave := par->>'clave'; v := par->>'valor';
    c := c || ' and k.datos <> ''{}'' and ' || case
      when par->>'op' = 'contiene' then format('public.sin_acentos(k.datos->>%L) like %L', v_clave, public.como_patron(v))
      when par->>'op' in ('min', 'max') and v ~ '^\d{4}-\d{2}-\d{2}$' then format('(k.datos->>%L) ~ ''^\d{4}-\d{2}-\d{2}$'' and (k.datos->>%L) collate "C" %s %L', v_clave, v_clave, case par->>'op' when 'min' then '>=' else '<=' end, v)
      when par->>'op' in ('min', 'max') then format('case when (k.datos->>%L) ~ ''^-?\d+(\.\d+)?$'' then (k.datos->>%L)::numeric %s %L::numeric else false end', v_clave, v_clave, case par->>'op' when 'min' then '>=' else '<=' end, v)
      else format('k.datos @> %L::jsonb', jsonb_build_object(v_clave, v)) end;
  end loop;
  return c;
end $$;
alter function interno.condicion_contactos(text, jsonb) rename to condicion_sin_campos;
create function interno.condicion_contactos(p_nora text, f jsonb) returns text language sql stable set search_path = '' as $$
  select interno.condicion_sin_campos(p_nora, f - 'campos') || interno.condicion_campos(f)
$$;
