-- La puerta de los modulos vale tambien para lo que trabaja sin que nadie lo mire: con el chat apagado un mensaje programado no sale
-- (queda impedido y la conversacion espera a una persona), y con la nora suspendida o los anuncios apagados las entregas de un
-- reporte esperan, tambien las de correo.
CREATE OR REPLACE FUNCTION public.sacar_programados(p_n integer DEFAULT 50)
 RETURNS jsonb
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare x record; k public.contactos; b public.configuracion_bot; m public.mensajes_programados; v_razon text; v_ids uuid[]; v_id uuid; res jsonb := '[]';
begin
  for x in select p.id, p.contacto_id from public.mensajes_programados p where p.estado = 'programado' and p.cuando <= clock_timestamp() order by p.cuando, p.id limit p_n loop
    select * into k from public.contactos where id = x.contacto_id for no key update skip locked;
    continue when not found;
    select * into m from public.mensajes_programados where id = x.id and estado = 'programado' and cuando <= clock_timestamp() for update skip locked;
    continue when not found;
    select * into b from public.configuracion_bot where nombre_nora = k.nombre_nora;
    v_razon := case when m.plantilla is null then interno.razon_no_enviar(k, b, 'humano')
      else coalesce(interno.razon_no_plantilla(k, b), case when not exists (select from public.plantillas_whatsapp t where t.nombre_nora = k.nombre_nora and t.content_sid = m.plantilla->>'sid' and t.estado = 'approved') then 'plantilla_no_aprobada' end) end;
    if v_razon is null and not interno.modulo_activo(k.nombre_nora, 'chat') then v_razon := 'modulo_apagado'; end if;
    if v_razon is null then
      v_ids := interno.salida_humana(k, b, jsonb_build_object('textos', m.textos, 'adjuntos', to_jsonb(m.adjuntos), 'clave', 'p-' || m.id, 'plantilla', m.plantilla), m.usuario_id, true);
      v_id := v_ids[1];
      update public.mensajes_programados set estado = 'enviado', historial_id = v_id where id = m.id;
    else
      insert into public.historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, origen, autor, usuario_id, estado, estado_en, error_detalle, clave_cliente, plantilla)
      values (k.nombre_nora, k.id, coalesce(k.telefono, k.id_whatsapp), m.texto, 'respuesta', b.numero_nora, 'humano', m.usuario_id, 'fallido', clock_timestamp(), v_razon, 'p-' || m.id, m.plantilla) returning id into v_id;
      update public.adjuntos set historial_id = v_id where nombre_nora = k.nombre_nora and id = any (m.adjuntos) and historial_id is null;
      update public.mensajes_programados set estado = 'impedido', motivo = v_razon, historial_id = v_id where id = m.id;
      update public.contactos set espera_humano_desde = coalesce(espera_humano_desde, clock_timestamp()), motivo_espera = 'No salió un mensaje programado' where id = k.id;
    end if;
    res := res || jsonb_build_array(jsonb_build_object('contacto_id', k.id, 'nora', k.nombre_nora, 'id', v_id, 'estado', case when v_razon is null then 'enviado' else 'impedido' end));
  end loop;
  return jsonb_build_object('hechos', res, 'proximo_ms', (select greatest(0, extract(epoch from min(p.cuando) - clock_timestamp()) * 1000) from public.mensajes_programados p where p.estado = 'programado'));
end $function$;

CREATE OR REPLACE FUNCTION public.ads_reclamar_entrega()
 RETURNS jsonb
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare e public.meta_ads_entregas;
begin
  -- A medio envio murio quien lo llevaba: pudo haber salido, asi que no se repite; lo decide una persona.
  update public.meta_ads_entregas set estado = 'incierto', motivo = 'El envío se interrumpió; no sabemos si llegó.' where estado = 'enviando' and arriendo_hasta < clock_timestamp();
  select * into e from public.meta_ads_entregas x where x.estado = 'pendiente' and x.vence <= clock_timestamp()
    and exists (select from public.configuracion_bot n where n.nombre_nora = x.nombre_nora and n.activo) and interno.modulo_activo(x.nombre_nora, 'ads')
   order by x.vence, x.id limit 1 for update skip locked;
  if not found then return null; end if;
  -- Quien pidio la baja entre tanto ya no recibe.
  if exists (select from public.meta_ads_receptores r where r.nombre_nora = e.nombre_nora and r.id = e.receptor_id and r.baja_en is not null) then
    update public.meta_ads_entregas set estado = 'rebotado', motivo = 'Esa persona pidió no recibir el reporte.' where id = e.id;
    return public.ads_reclamar_entrega();
  end if;
  update public.meta_ads_entregas set estado = 'enviando', intentos = intentos + 1, arriendo_hasta = clock_timestamp() + interval '5 minutes' where id = e.id returning * into e;
  return (select to_jsonb(e) || jsonb_build_object('cadencia', r.cadencia, 'serie', r.serie, 'cifras', r.cifras, 'textos', r.textos, 'nora', b.nombre_visible,
      'plantilla', (select jsonb_build_object('id', w.id, 'contenido', w.contenido, 'variables', to_jsonb(w.variables)) from public.meta_ads_receptores c join public.plantillas_whatsapp w on w.nombre_nora = c.nombre_nora and w.id = c.plantilla_id where c.nombre_nora = e.nombre_nora and c.id = e.receptor_id))
    from public.meta_ads_reportes r join public.configuracion_bot b on b.nombre_nora = r.nombre_nora where r.nombre_nora = e.nombre_nora and r.id = e.reporte_id);
end $function$;

-- Filtra con like dentro de una funcion del dueño: con plan generico no usaria el indice de la nora.
alter function public.buscar_rapidas(text, integer) set plan_cache_mode = force_custom_plan;
