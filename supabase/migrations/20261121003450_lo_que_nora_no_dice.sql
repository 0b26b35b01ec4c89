-- Lo que Nora no debe decir, y los avisos que ya no hablan de nada.

-- El contexto dice si se le puede escribir a esta persona: una respuesta que WhatsApp no va a dejar salir no se piensa ni se paga. Y las
-- respuestas por hora cuentan tambien las automaticas: una regla y el contestador de un banco se escriben para siempre sin que la IA participe.
create or replace function public.contexto_ia_base(p_contacto uuid, p_tokens_conocimiento integer default 3000, p_tokens_historial integer default 2000) returns jsonb
language plpgsql stable set search_path = '' as $$
declare k public.contactos; b public.configuracion_bot; v_rafaga jsonb; v_textos text[]; v_turnos jsonb; v_con jsonb; v_inicio timestamptz;
begin
  select * into k from public.contactos where id = p_contacto;
  if not found then return null; end if;
  select * into b from public.configuracion_bot where nombre_nora = k.nombre_nora;

  select coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'texto', x.mensaje, 'fecha', x.fecha_hora, 'sid', x.sid, 'tipos', x.tipos) order by x.epoca), '[]'),
         coalesce(array_agg(x.mensaje order by x.epoca) filter (where btrim(x.mensaje) <> ''), '{}'), min(x.fecha_hora)
    into v_rafaga, v_textos, v_inicio
    from (select h.id, h.mensaje, h.fecha_hora, h.sid, h.epoca, (select jsonb_agg(e->>'tipo') from jsonb_array_elements(h.adjuntos) e) tipos
            from (select * from public.historial_conversaciones t where t.nombre_nora = k.nombre_nora and t.contacto_id = k.id order by t.fecha_hora desc, t.id desc limit 120) h
           where h.autor = 'contacto' and h.epoca > k.epoca_resuelta order by h.epoca desc limit 40) x;

  select coalesce(jsonb_agg(jsonb_build_object('autor', t.autor, 'texto', t.mensaje, 'fecha', t.fecha_hora) order by t.fecha_hora, t.id), '[]') into v_turnos
    from (select h.*, sum(length(h.mensaje) / 4 + 4) over (order by h.fecha_hora desc, h.id desc) acum
            from (select t.id, t.autor, t.mensaje, t.fecha_hora from public.historial_conversaciones t
                   where t.nombre_nora = k.nombre_nora and t.contacto_id = k.id and t.estado not in ('omitido', 'interno', 'fallido') and btrim(t.mensaje) <> ''
                     and not (t.autor = 'contacto' and coalesce(t.epoca, 0) > k.epoca_resuelta)
                   order by t.fecha_hora desc, t.id desc limit 60) h) t
   where t.acum <= p_tokens_historial;

  v_con := public.base_conocimiento(k.nombre_nora, array_to_string(v_textos, ' '), p_tokens_conocimiento);

  return jsonb_build_object(
    'epoca', k.epoca, 'pendiente', k.epoca > k.epoca_resuelta, 'silencio', interno.razon_silencio(k, b),
    'modulo_ia', interno.modulo_activo(k.nombre_nora, 'ia'), 'modulo_respuestas', interno.modulo_activo(k.nombre_nora, 'respuestas'),
    'nora', jsonb_build_object('nombre_nora', b.nombre_nora, 'nombre_visible', b.nombre_visible, 'personalidad', b.personalidad, 'instrucciones', b.instrucciones,
      'mensaje_bienvenida', b.mensaje_bienvenida, 'modo_respuesta', b.modo_respuesta, 'modelo_ia', b.modelo_ia, 'zona_horaria', b.zona_horaria, 'horario', b.horario, 'tope_tokens_dia', b.tope_tokens_dia),
    'contacto', jsonb_build_object('id', k.id, 'nombre', k.nombre, 'telefono', k.telefono, 'bienvenida_en', k.bienvenida_en, 'espera_humano_desde', k.espera_humano_desde, 'motivo_espera', k.motivo_espera, 'acepta_envios', k.acepta_envios),
    'rafaga', v_rafaga, 'rafaga_desde', v_inicio, 'turnos', v_turnos, 'conocimiento', v_con, 'regla', case when cardinality(v_textos) > 0 then public.regla_para(k.nombre_nora, v_textos) end,
    'respuestas_hora', (select count(*) from (select 1 from public.historial_conversaciones h where h.nombre_nora = k.nombre_nora and h.contacto_id = k.id and h.autor in ('ia', 'automatica') and h.estado <> 'omitido' and h.fecha_hora > clock_timestamp() - interval '1 hour' limit 200) z),
    'ultimos', (select coalesce(jsonb_agg(jsonb_build_object('autor', z.autor, 'texto', left(z.mensaje, 500), 'fecha', z.fecha_hora) order by z.fecha_hora desc), '[]') from (
       select h.autor, h.mensaje, h.fecha_hora from public.historial_conversaciones h where h.nombre_nora = k.nombre_nora and h.contacto_id = k.id and h.estado not in ('omitido', 'interno') and h.fecha_hora > clock_timestamp() - interval '15 minutes'
       order by h.fecha_hora desc, h.id desc limit 16) z),
    'no_se_puede', interno.razon_no_enviar(k, b, 'ia'),
    'tokens_hoy', coalesce((select c.tokens_entrada + c.tokens_salida from public.consumo_ia c where c.nombre_nora = b.nombre_nora and c.dia = (clock_timestamp() at time zone b.zona_horaria)::date), 0),
    'ahora', clock_timestamp());
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
    'respuestas_hora', 0, 'ultimos', '[]'::jsonb, 'no_se_puede', null,
    'tokens_hoy', coalesce((select c.tokens_entrada + c.tokens_salida from public.consumo_ia c where c.nombre_nora = b.nombre_nora and c.dia = (clock_timestamp() at time zone b.zona_horaria)::date), 0),
    'ahora', clock_timestamp(),
    'fuera_horario', case when (q.x->>'nuevo')::boolean and interno.abierto(b.horario, b.zona_horaria, clock_timestamp()) is false then nullif(btrim(b.mensaje_fuera_horario), '') end,
    -- Solo el ensayo: cuanto se parece cada bloque a la pregunta, aunque todos cupieran.
    'rangos', (select coalesce(jsonb_object_agg(z.id, z.rango), '{}') from public.buscar_conocimiento(b.nombre_nora, q.x->>'texto', 40) z)
  ) order by q.o), '[]')
  from public.configuracion_bot b cross join jsonb_array_elements(p->'preguntas') with ordinality q(x, o) where b.nombre_nora = p_nora
$$;

-- Apagar a Nora retira lo que aun no habia salido, en la misma transaccion y venga de donde venga el cambio. La confirmacion de una BAJA si sale.
-- Sin esperar candados: lo que en este instante se esta enviando ya no se puede retirar.
create function interno.callar_nora() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  with p as (
    select h.id from public.historial_conversaciones h
     where h.nombre_nora = new.nombre_nora and h.estado = 'pendiente' and h.autor in ('ia', 'automatica')
       and not exists (select from public.rafagas r where r.contacto_id = h.contacto_id and r.epoca = h.epoca and r.resultado = 'preferencia')
     order by h.id for update skip locked)
  update public.historial_conversaciones h set estado = 'omitido', estado_en = clock_timestamp() from p where h.id = p.id;
  return null;
end $$;
revoke execute on function interno.callar_nora() from public, anon, authenticated;
create trigger callar_nora after update of ia_activa on public.configuracion_bot
  for each row when (old.ia_activa and not new.ia_activa) execute function interno.callar_nora();

create or replace function public.siguiente_envio(p_contacto uuid, p_ficha uuid, p_arriendo_ms integer default 45000) returns jsonb language plpgsql set search_path = '' as $$
declare h public.historial_conversaciones; k public.contactos; b public.configuracion_bot; v_razon text; v_adj jsonb;
begin
  update public.atenciones set arriendo_hasta = clock_timestamp() + make_interval(secs => p_arriendo_ms / 1000.0) where contacto_id = p_contacto and carril = 'salida' and arrendado_por = p_ficha;
  if not found then return '{"r":"ajena"}'; end if;
  select * into h from public.historial_conversaciones where contacto_id = p_contacto and estado in ('pendiente', 'enviando') order by fecha_hora, id limit 1 for update;
  if not found then
    -- Un cambio simultaneo pudo quitar la primera de la fila: se vuelve a mirar.
    if exists (select from public.historial_conversaciones where contacto_id = p_contacto and estado in ('pendiente', 'enviando')) then return '{"r":"otra"}'; end if;
    return '{"r":"vacio"}';
  end if;
  select * into k from public.contactos where id = p_contacto;
  select * into b from public.configuracion_bot where nombre_nora = k.nombre_nora;
  if h.estado = 'enviando' then
    return jsonb_build_object('r', 'dudoso', 'id', h.id, 'texto', h.mensaje, 'desde', h.estado_en, 'edad_ms', extract(epoch from clock_timestamp() - h.estado_en) * 1000, 'de', b.numero_nora, 'para', coalesce(k.telefono, k.id_whatsapp), 'nora', k.nombre_nora);
  end if;
  -- Un reintento de Nora que una persona alcanzo, o que se quedo sin Nora, mientras Twilio lo rechazaba: quien la callo no lo vio porque estaba en 'enviando'.
  if h.autor in ('ia', 'automatica') and h.intentos > 0
     and (h.autor = 'ia' and not b.ia_activa
          or k.epoca > h.epoca and (k.atendido_por is not null or not k.ia_activa)
          or exists (select from public.historial_conversaciones t where t.nombre_nora = h.nombre_nora and t.contacto_id = h.contacto_id and t.fecha_hora > h.fecha_hora and t.autor = 'humano')) then
    update public.historial_conversaciones set estado = 'omitido', estado_en = clock_timestamp() where id = h.id;
    return jsonb_build_object('r', 'omitido', 'id', h.id);
  end if;
  v_razon := case when h.plantilla is null then interno.razon_no_enviar(k, b, h.autor) else interno.razon_no_plantilla(k, b) end;
  if v_razon is not null then
    update public.historial_conversaciones set estado = 'fallido', estado_en = clock_timestamp(), error_detalle = v_razon where id = h.id;
    return jsonb_build_object('r', 'impedido', 'id', h.id, 'razon', v_razon, 'nora', k.nombre_nora);
  end if;
  update public.historial_conversaciones set estado = 'enviando', estado_en = clock_timestamp(), intentos = intentos + 1 where id = h.id;
  select jsonb_agg(jsonb_build_object('id', a.id, 'tipo', a.tipo, 'nombre', a.nombre) order by a.orden) into v_adj from public.adjuntos a where a.historial_id = h.id and a.estado = 'listo';
  return jsonb_build_object('r', 'envia', 'id', h.id, 'texto', h.mensaje, 'autor', h.autor, 'epoca', h.epoca, 'de', b.numero_nora, 'para', coalesce(k.telefono, k.id_whatsapp), 'nora', k.nombre_nora, 'adjuntos', coalesce(v_adj, '[]'), 'plantilla', h.plantilla, 'intentos', h.intentos + 1);
end $$;
-- Volver a crearla le quita el plan fijo de 002900.
alter function public.siguiente_envio(uuid, uuid, integer) set plan_cache_mode = force_generic_plan;
alter function public.siguiente_envio(uuid, uuid, integer) set enable_seqscan = off;

create or replace function public.reintentar_envio(p_mensaje uuid, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); k public.contactos; b public.configuracion_bot; h public.historial_conversaciones; v_razon text;
begin
  select * into h from public.historial_conversaciones where id = p_mensaje and nombre_nora = v_nora;
  if not found then return null; end if;
  select * into k from public.contactos where id = h.contacto_id for no key update;
  select * into b from public.configuracion_bot where nombre_nora = v_nora;
  if h.estado not in ('fallido', 'incierto') then return jsonb_build_object('r', 'no_hace_falta'); end if;
  v_razon := case when h.plantilla is null then interno.razon_no_enviar(k, b, h.autor) else interno.razon_no_plantilla(k, b) end;
  if v_razon is not null then return jsonb_build_object('r', 'impedido', 'razon', v_razon); end if;
  -- Un aviso atrasado del primer intento diria de este lo que ya no es: con su sid no se vuelve a tocar nada.
  if h.sid is not null then insert into public.sids_borrados (nombre_nora, sid) values (v_nora, h.sid) on conflict do nothing; end if;
  perform interno.despertar(k.id, v_nora, 'salida');
  update public.historial_conversaciones set estado = 'pendiente', estado_en = clock_timestamp(), sid = null, error_codigo = null, error_detalle = null, intentos = 0 where id = h.id and estado in ('fallido', 'incierto');
  return jsonb_build_object('r', 'en_fila');
end $$;

create or replace function public.registrar_estados(p jsonb, p_huerfanos boolean default true) returns jsonb language plpgsql set search_path = '' as $$
declare x record; h public.historial_conversaciones; v_nora text; res jsonb := '[]';
begin
  -- En el orden de las filas que se van a bloquear: el webhook nombra el id y la conciliacion solo el sid, y no deben cruzarse.
  for x in select e.* from jsonb_to_recordset(p) e(id uuid, sid text, estado text, nuestro text, codigo integer, detalle text, numero text, crudo jsonb)
            left join lateral (select b.nombre_nora n from public.configuracion_bot b where b.numero_nora = e.numero) b on true
            left join lateral (select t.id from public.historial_conversaciones t where t.nombre_nora = b.n and t.sid = e.sid) t on e.id is null
            order by coalesce(e.id, t.id), e.sid loop
    h := null; v_nora := null;
    select b.nombre_nora into v_nora from public.configuracion_bot b where b.numero_nora = x.numero;
    continue when v_nora is not null and exists (select from public.sids_borrados z where z.nombre_nora = v_nora and z.sid = x.sid);
    if x.id is not null then
      select * into h from public.historial_conversaciones t where t.id = x.id and t.nombre_nora = v_nora and t.tipo = 'respuesta' for update;
      -- El sid del aviso manda solo si la fila no tenia otro.
      if h.id is not null and h.sid is not null and h.sid <> x.sid then h := null; end if;
    end if;
    if h.id is null and x.sid is not null and v_nora is not null then
      select * into h from public.historial_conversaciones t where t.nombre_nora = v_nora and t.sid = x.sid and t.tipo = 'respuesta' for update;
    end if;
    if h.id is null or x.nuestro is null then
      continue when not p_huerfanos;
      insert into public.estados_recibidos (nombre_nora, historial_id, sid, estado, crudo) values (v_nora, h.id, left(x.sid, 64), left(coalesce(x.estado, '?'), 60), coalesce(x.crudo, '{}'));
      continue;
    end if;
    begin
      if h.estado <> 'omitido' and interno.rango_estado(x.nuestro) > interno.rango_estado(h.estado) then
        update public.historial_conversaciones set estado = x.nuestro, estado_en = clock_timestamp(), sid = coalesce(sid, x.sid),
               error_codigo = case when x.nuestro = 'fallido' then x.codigo end, error_detalle = case when x.nuestro = 'fallido' then left(x.detalle, 1000) end
         where id = h.id;
        res := res || jsonb_build_array(jsonb_build_object('id', h.id, 'contacto_id', h.contacto_id, 'nora', h.nombre_nora, 'estado', x.nuestro));
      elsif h.sid is null and x.sid is not null then
        update public.historial_conversaciones set sid = x.sid where id = h.id;
      end if;
    exception when unique_violation then
      insert into public.estados_recibidos (nombre_nora, historial_id, sid, estado, crudo) values (v_nora, h.id, left(x.sid, 64), left(coalesce(x.estado, '?'), 60), coalesce(x.crudo, '{}'));
    end;
  end loop;
  return res;
end $$;

comment on table public.sids_borrados is 'Mensajes que Twilio todavia nombra y aqui ya no son nada: de una persona borrada, o un intento que se repitio';
