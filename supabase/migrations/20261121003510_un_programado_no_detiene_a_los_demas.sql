-- Un mensaje programado que no puede salir (su archivo ya no esta, por ejemplo) queda impedido el solo: antes el error deshacia la tanda
-- entera, y como sale primero lo mas viejo, ese renglon detenia lo programado de todas las noras.
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
      begin
        v_ids := interno.salida_humana(k, b, jsonb_build_object('textos', m.textos, 'adjuntos', to_jsonb(m.adjuntos), 'clave', 'p-' || m.id, 'plantilla', m.plantilla), m.usuario_id, true);
        v_id := v_ids[1];
        update public.mensajes_programados set estado = 'enviado', historial_id = v_id where id = m.id;
      exception when data_exception or integrity_constraint_violation or program_limit_exceeded or raise_exception then
        v_razon := 'programado_roto';
      end;
    end if;
    if v_razon is not null then
      insert into public.historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, origen, autor, usuario_id, estado, estado_en, error_detalle, clave_cliente, plantilla)
      values (k.nombre_nora, k.id, coalesce(k.telefono, k.id_whatsapp), m.texto, 'respuesta', b.numero_nora, 'humano', m.usuario_id, 'fallido', clock_timestamp(), v_razon, 'p-' || m.id, m.plantilla) on conflict do nothing returning id into v_id;
      if v_id is null then select h.id into v_id from public.historial_conversaciones h where h.nombre_nora = k.nombre_nora and h.clave_cliente = 'p-' || m.id; end if;
      update public.adjuntos set historial_id = v_id where nombre_nora = k.nombre_nora and id = any (m.adjuntos) and historial_id is null;
      update public.mensajes_programados set estado = 'impedido', motivo = v_razon, historial_id = v_id where id = m.id;
      update public.contactos set espera_humano_desde = coalesce(espera_humano_desde, clock_timestamp()), motivo_espera = 'No salió un mensaje programado' where id = k.id;
    end if;
    res := res || jsonb_build_array(jsonb_build_object('contacto_id', k.id, 'nora', k.nombre_nora, 'id', v_id, 'estado', case when v_razon is null then 'enviado' else 'impedido' end));
  end loop;
  return jsonb_build_object('hechos', res, 'proximo_ms', (select greatest(0, extract(epoch from min(p.cuando) - clock_timestamp()) * 1000) from public.mensajes_programados p where p.estado = 'programado'));
end $function$;
