-- Deshacer lo que se hizo en bloque: termina aunque a alguien se le haya borrado para siempre, no revive mensajes cuya hora ya paso, no choca con
-- lo que volvio a llegar mientras tanto, y pone las etiquetas con el nombre que llevan hoy.

-- Como se llama hoy la etiqueta que en p_desde se llamaba asi: la sigue por renombres y uniones. null si ya no existe.
create function interno.etiqueta_de_hoy(p_nora text, p_nombre text, p_desde timestamptz) returns text language plpgsql stable set search_path = '' as $$
declare v text := p_nombre; v_t timestamptz := p_desde; x record;
begin
  for i in 1..20 loop
    select c.a, c.creado into x from public.cambios_etiquetas c where c.nombre_nora = p_nora and c.de = v and c.creado > v_t order by c.creado limit 1;
    exit when not found or x.a is null;
    v := x.a;
    v_t := x.creado;
  end loop;
  if exists (select from public.etiquetas e where e.nombre_nora = p_nora and e.nombre = v) then return v; end if;
  -- A quien el renombre todavia no le llegaba se le fotografio con el nombre que ya era viejo.
  return case when p_desde > '-infinity' then interno.etiqueta_de_hoy(p_nora, p_nombre, '-infinity') end;
end $$;
-- Lo mismo para todas las de una persona, en su orden; si dos son ya la misma queda una, donde la dejaria avanzar_cambio_etiqueta.
create function interno.etiquetas_de_hoy(p_nora text, p_etiquetas jsonb, p_desde timestamptz) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(q.hoy order by q.o), '[]') from (
    select distinct on (z.hoy) z.hoy, t.o from jsonb_array_elements_text(p_etiquetas) with ordinality t(e, o) cross join lateral (select interno.etiqueta_de_hoy(p_nora, t.e, p_desde) hoy) z
     where z.hoy is not null order by z.hoy, z.hoy <> t.e, t.o) q
$$;

-- Devuelve el id de la ficha: la misma de antes, o la que la persona abrio al volver a escribir mientras tanto. p_desde: de cuando es la foto.
drop function interno.restaurar_contacto(text, jsonb, uuid);
create function interno.restaurar_contacto(p_nora text, p_foto jsonb, p_usuario uuid, p_desde timestamptz) returns uuid language plpgsql set search_path = '' as $$
declare t jsonb; s jsonb; c jsonb := p_foto->'filas'->0->'filas'->0; v_id uuid; v_filas jsonb; fk record; v_faltan jsonb := '{}'; v_ids jsonb; v_cancelados jsonb := '[]'; v_ficha public.contactos;
begin
  c := c || jsonb_build_object('etiquetas', interno.etiquetas_de_hoy(p_nora, c->'etiquetas', p_desde));
  select k.id into v_id from public.contactos k where k.nombre_nora = p_nora and (k.id = (c->>'id')::uuid or k.clave_telefono = public.clave_de(c->>'telefono') or k.id_whatsapp = c->>'id_whatsapp') order by k.id = (c->>'id')::uuid desc limit 1;
  for t in select e from jsonb_array_elements(p_foto->'filas') with ordinality x(e, o) order by o loop
    -- Una tabla que ya no exista se ignora: la foto puede ser de antes de una migracion.
    continue when to_regclass(t->>'tabla') is null;
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
      delete from public.sids_borrados z where z.nombre_nora = p_nora and z.sid in (select f->>'sid' from jsonb_array_elements(v_filas) f);
    elsif t->>'tabla' = 'public.mensajes_programados' then
      -- Un recordatorio de antier no sale hoy, ni sale sin su archivo: quien lo programo ve en el hilo que ya no va.
      select jsonb_agg(f || case when z.razon is null then '{}' else jsonb_build_object('estado', 'cancelado', 'motivo', z.razon) end),
             jsonb_agg(jsonb_build_object('cuando', f->>'cuando', 'razon', z.razon)) filter (where z.razon is not null) into v_filas, v_cancelados
        from jsonb_array_elements(v_filas) f cross join lateral (select case
          when f->>'estado' <> 'programado' then null
          when (f->>'cuando')::timestamptz <= clock_timestamp() then 'su hora pasó mientras la ficha estuvo borrada'
          when exists (select from jsonb_array_elements_text(f->'adjuntos') a where not exists (select from public.adjuntos x where x.nombre_nora = p_nora and x.id = a::uuid and x.historial_id is null and x.estado = 'listo'))
            then 'su archivo se borró mientras la ficha estuvo borrada' end razon) z;
    end if;
    -- De un mensaje que ya habia vuelto a llegar cuelga lo suyo: lo de la foto no tiene de donde colgar.
    for fk in select h.columna, p.ids from jsonb_each(v_faltan) p(tabla, ids) cross join lateral interno.hijas_de(p.tabla::regclass) h where h.tabla = (t->>'tabla')::regclass loop
      select jsonb_agg(f) into v_filas from jsonb_array_elements(v_filas) f where f->>fk.columna is null or not fk.ids ? (f->>fk.columna);
    end loop;
    continue when v_filas is null;
    if v_id <> (c->>'id')::uuid then
      select jsonb_agg(case when f->>'contacto_id' = c->>'id' then f || jsonb_build_object('contacto_id', v_id) else f end) into v_filas from jsonb_array_elements(v_filas) f;
    end if;
    perform interno.reponer_filas(t->>'tabla', v_filas);
    if exists (select from interno.hijas_de((t->>'tabla')::regclass) h where h.al_borrar = 'c') then
      execute format('select jsonb_agg(f->''id'') from jsonb_array_elements($1) f where not exists (select from %s x where x.nombre_nora = $2 and x.id = (f->>''id'')::uuid)', (t->>'tabla')::regclass) into v_ids using t->'filas', p_nora;
      if v_ids is not null then v_faltan := v_faltan || jsonb_build_object(t->>'tabla', v_ids); end if;
    end if;
  end loop;
  for s in select e from jsonb_array_elements(p_foto->'sueltas') e loop
    continue when to_regclass(s->>'tabla') is null;
    execute format('update %s t set nombre_nora = $1, %2$I = $2 where t.id in (select x::uuid from jsonb_array_elements_text($3) x) and t.%2$I is null', (s->>'tabla')::regclass, s->>'columna') using p_nora, v_id, s->'ids';
  end loop;
  if jsonb_array_length(coalesce(v_cancelados, '[]')) > 0 then
    select * into v_ficha from public.contactos z where z.id = v_id;
    perform interno.aviso_hilo(v_ficha, 'Se canceló el mensaje programado para el ' || interno.decir_instante((e->>'cuando')::timestamptz, b.zona_horaria) || ': ' || (e->>'razon'), p_usuario)
       from jsonb_array_elements(v_cancelados) e cross join public.configuracion_bot b where b.nombre_nora = p_nora;
  end if;
  insert into public.eventos_contacto (nombre_nora, contacto_id, tipo, usuario_id) values (p_nora, v_id, 'recuperado', p_usuario);
  return v_id;
end $$;

create or replace function public.regresar_lote_contactos(p_lote uuid, p_n integer default 500) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); l public.lotes_contactos; v_ids uuid[]; v_vieja text; v_etiqueta text; v_si boolean; v_quedan boolean; f record; n int := 0;
begin
  select * into l from public.lotes_contactos where id = p_lote and nombre_nora = v_nora for update;
  if not found then return null; end if;
  if l.estado <> 'deshaciendo' then return interno.ficha_lote(l); end if;
  v_ids := array(select x.contacto_id from public.lotes_contactos_filas x where x.nombre_nora = v_nora and x.lote_id = l.id and x.antes is not null and not x.deshecho order by x.contacto_id limit case l.accion when 'borrar' then least(p_n, 100) else p_n end);
  perform interno.actuar(l.usuario_id, 'deshacer');
  perform 1 from public.contactos k where k.nombre_nora = v_nora and k.id = any (v_ids) order by k.clave_telefono, k.id for no key update;
  v_vieja := l.valor->>'etiqueta';
  v_etiqueta := interno.etiqueta_de_hoy(v_nora, v_vieja, l.creado);
  v_si := (l.valor->>'si')::boolean;
  case l.accion
    when 'etiquetar' then
      -- A quien el renombre todavia no le llega se le quita con el nombre viejo, si no es ya el de otra.
      if exists (select from public.etiquetas e where e.nombre_nora = v_nora and e.nombre = v_vieja) then v_vieja := v_etiqueta; end if;
      update public.contactos k set etiquetas = array_remove(array_remove(k.etiquetas, v_etiqueta), v_vieja) where k.nombre_nora = v_nora and k.id = any (v_ids) and (v_etiqueta = any (k.etiquetas) or v_vieja = any (k.etiquetas));
    when 'desetiquetar' then update public.contactos k set etiquetas = k.etiquetas || v_etiqueta where k.nombre_nora = v_nora and k.id = any (v_ids) and not v_etiqueta = any (k.etiquetas) and cardinality(k.etiquetas) < 50;
    when 'ia' then perform interno.poner_ia(v_nora, v_ids, not v_si, l.usuario_id);
    when 'bloquear' then perform interno.poner_bloqueo(v_nora, v_ids, not v_si, l.usuario_id);
    when 'borrar' then
      for f in select x.antes from public.lotes_contactos_filas x where x.nombre_nora = v_nora and x.lote_id = l.id and x.contacto_id = any (v_ids) and x.antes is not null order by x.contacto_id loop
        perform interno.restaurar_contacto(v_nora, f.antes, l.usuario_id, l.creado);
      end loop;
  end case;
  n := coalesce(cardinality(v_ids), 0);
  update public.lotes_contactos_filas x set deshecho = true where x.nombre_nora = v_nora and x.lote_id = l.id and x.contacto_id = any (v_ids);
  -- Y no por la cuenta: a quien se borro para siempre ya no se le regresa nada.
  v_quedan := exists (select from public.lotes_contactos_filas x where x.nombre_nora = v_nora and x.lote_id = l.id and x.antes is not null and not x.deshecho);
  update public.lotes_contactos set regresados = regresados + n, estado = case when v_quedan then estado else 'deshecho' end, terminado = case when not v_quedan then clock_timestamp() end where id = l.id returning * into l;
  return interno.ficha_lote(l) || jsonb_build_object('tocados', to_jsonb(v_ids));
end $$;

-- Deshace una union: cada cosa vuelve a donde estaba. Lo que alguien cambio o escribio despues se respeta, y lo que llego desde el numero
-- de la otra persona se va con ella. {r:'separado'|'no_esta'|'ya'|'antes_otra'|'telefono_ocupado', origen}
create or replace function public.deshacer_union(p_union uuid, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
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
  -- Las etiquetas, con el nombre que llevan hoy: asi tampoco parece que alguien las cambio cuando solo se renombro una.
  d0 := d0 || jsonb_build_object('etiquetas', interno.etiquetas_de_hoy(v_nora, d0->'etiquetas', u.creada));
  d1 := d1 || jsonb_build_object('etiquetas', interno.etiquetas_de_hoy(v_nora, d1->'etiquetas', u.creada));
  o := o || jsonb_build_object('etiquetas', interno.etiquetas_de_hoy(v_nora, o->'etiquetas', u.creada));
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
