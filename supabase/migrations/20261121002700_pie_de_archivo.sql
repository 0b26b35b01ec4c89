-- Un archivo con un texto que WhatsApp no admite como pie ya no se rechaza: el texto va en su propio mensaje.

-- Deja en la fila de salida lo que escribio una persona. p: {textos, adjuntos, clave, plantilla}. El contacto ya viene bloqueado.
-- p_programado: no se la quita a quien la tiene ni da por leido lo que llego mientras tanto.
create or replace function interno.salida_humana(k public.contactos, b public.configuracion_bot, p jsonb, p_usuario uuid, p_programado boolean) returns uuid[] language plpgsql set search_path = '' as $$
declare v_textos jsonb := coalesce(p->'textos', '[]'); v_adj jsonb := coalesce(p->'adjuntos', '[]'); v_clave text := p->>'clave'; v_ids uuid[]; v_id uuid; v_tipo text; i int; n int; v_dueno uuid;
begin
  -- WhatsApp no admite texto junto a un audio ni pies de mas de 1,024 letras (error 63021 de Twilio): los archivos van primero y el texto despues.
  if exists (select from jsonb_array_elements_text(v_adj) with ordinality a(id, o)
               join public.adjuntos x on x.id = a.id::uuid and x.nombre_nora = k.nombre_nora
              where btrim(coalesce(v_textos->>(a.o::int - 1), '')) <> '' and (x.tipo like 'audio/%' or length(v_textos->>(a.o::int - 1)) > 1024)) then
    v_textos := (select jsonb_agg(''::text) from jsonb_array_elements(v_adj)) || v_textos;
  end if;
  n := greatest(jsonb_array_length(v_textos), jsonb_array_length(v_adj));
  v_dueno := case when p_programado and k.atendido_por is not null and k.ia_pausada_hasta > clock_timestamp() then k.atendido_por else p_usuario end;
  perform interno.despertar(k.id, k.nombre_nora, 'salida');
  perform interno.callar_ia(k.id);
  if k.atendido_por is distinct from v_dueno then
    perform interno.aviso_hilo(k, interno.alguien(v_dueno) || ' tomó la conversación', v_dueno);
  end if;
  for i in 0..n - 1 loop
    insert into public.historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, origen, autor, usuario_id, estado, epoca, clave_cliente, plantilla)
    values (k.nombre_nora, k.id, coalesce(k.telefono, k.id_whatsapp), coalesce(v_textos->>i, ''), 'respuesta', b.numero_nora, 'humano', p_usuario, 'pendiente', k.epoca + 1, case when i = 0 then v_clave else v_clave || ':' || i end, nullif(p->'plantilla', 'null'))
    returning id into v_id;
    v_ids := v_ids || v_id;
    if v_adj->>i is not null then
      update public.adjuntos set historial_id = v_id where id = (v_adj->>i)::uuid and nombre_nora = k.nombre_nora and historial_id is null and estado = 'listo' returning tipo into v_tipo;
      if not found then raise exception using errcode = '22023', message = 'adjunto desconocido'; end if;
    elsif btrim(coalesce(v_textos->>i, '')) = '' then
      raise exception using errcode = '22023', message = 'mensaje vacio';
    end if;
  end loop;
  update public.contactos set epoca = k.epoca + 1, epoca_resuelta = k.epoca + 1, no_leidos = case when p_programado then no_leidos else 0 end, atendido_por = v_dueno, ia_pausada_hasta = clock_timestamp() + make_interval(hours => b.reanudar_ia_horas),
    -- Lo que la persona acababa de decir y Nora ya no contestara, lo espera alguien.
    espera_humano_desde = case when not p_programado then null when k.epoca > k.epoca_resuelta then coalesce(espera_humano_desde, clock_timestamp()) else espera_humano_desde end,
    motivo_espera = case when not p_programado then null when k.epoca > k.epoca_resuelta then coalesce(motivo_espera, 'Escribió justo antes de un mensaje programado') else motivo_espera end,
    mensaje_reciente = public.resumen_de(coalesce(v_textos->>(n - 1), ''), v_tipo), reciente_autor = 'humano', reciente_usuario = p_usuario, ultimo_mensaje = clock_timestamp() where id = k.id;
  return v_ids;
end $$;
