-- Los datos de la demo en una sola transaccion: o quedan completos o no queda nada. scripts/demo/sembrar.ts arma p con ids y fechas.
-- Solo en una base sin noras, y una sola vez aunque arranquen varios procesos a la vez: devuelve false si ya habia algo.
create function public.sembrar_demo(p jsonb) returns boolean language plpgsql set search_path = '' as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('nora:sembrar_demo', 0));
  if exists (select from public.configuracion_bot) then return false; end if;

  insert into public.configuracion_bot (nombre_nora, nombre_visible, numero_nora, mensaje_bienvenida, personalidad, instrucciones, modo_respuesta, zona_horaria, horario, mensaje_fuera_horario)
  select nombre_nora, nombre_visible, numero_nora, mensaje_bienvenida, personalidad, instrucciones, modo_respuesta, zona_horaria, horario, mensaje_fuera_horario
    from jsonb_populate_recordset(null::public.configuracion_bot, p->'configuracion_bot');
  insert into public.modulos_disponibles (nombre_nora, modulo, activo)
  select nombre_nora, modulo, activo from jsonb_populate_recordset(null::public.modulos_disponibles, p->'modulos_disponibles');

  -- El primer administrador puede existir ya (ADMIN_CORREO): su cuenta y su clave se respetan.
  insert into public.usuarios (id, correo, nombre, clave_hash, rol)
  select id, correo, nombre, clave_hash, rol from jsonb_populate_recordset(null::public.usuarios, p->'usuarios')
  on conflict do nothing;
  insert into public.usuarios_noras (usuario_id, nombre_nora, rol)
  select u.id, m.nombre_nora, m.rol from jsonb_to_recordset(p->'usuarios_noras') as m (correo text, nombre_nora text, rol text)
    join public.usuarios u on lower(u.correo) = lower(m.correo);

  insert into public.etiquetas (nombre_nora, nombre, color)
  select nombre_nora, nombre, color from jsonb_populate_recordset(null::public.etiquetas, p->'etiquetas');
  insert into public.conocimiento_nora (id, nombre_nora, titulo, contenido, etiquetas, prioridad)
  select id, nombre_nora, titulo, contenido, etiquetas, prioridad from jsonb_populate_recordset(null::public.conocimiento_nora, p->'conocimiento_nora');
  insert into public.respuestas_rapidas (nombre_nora, atajo, texto)
  select nombre_nora, atajo, texto from jsonb_populate_recordset(null::public.respuestas_rapidas, p->'respuestas_rapidas');
  insert into public.respuestas_automaticas (nombre_nora, disparador, coincidencia, respuesta, prioridad)
  select nombre_nora, disparador, coincidencia, respuesta, prioridad from jsonb_populate_recordset(null::public.respuestas_automaticas, p->'respuestas_automaticas');

  -- Los ids de usuario se buscan por correo: el que ya existia conserva el suyo.
  insert into public.contactos (id, nombre_nora, telefono, nombre, correo, empresa, notas, etiquetas, mensaje_reciente, reciente_autor, ultimo_mensaje, no_leidos, ia_activa, bloqueado,
    acepta_envios, bienvenida_en, ventana_hasta, epoca, epoca_resuelta, atendido_por, ia_pausada_hasta, espera_humano_desde, motivo_espera, created_at)
  select c.id, c.nombre_nora, c.telefono, c.nombre, c.correo, c.empresa, c.notas, c.etiquetas, c.mensaje_reciente, c.reciente_autor, c.ultimo_mensaje, c.no_leidos, c.ia_activa, c.bloqueado,
         c.acepta_envios, c.bienvenida_en, c.ventana_hasta, c.epoca, c.epoca_resuelta, u.id, c.ia_pausada_hasta, c.espera_humano_desde, c.motivo_espera, c.created_at
    from jsonb_array_elements(p->'contactos') e cross join lateral jsonb_populate_record(null::public.contactos, e) c
    left join public.usuarios u on lower(u.correo) = lower(e->>'atendido_por_correo');
  insert into public.historial_conversaciones (id, nombre_nora, contacto_id, telefono, mensaje, tipo, origen, fecha_hora, sid, autor, usuario_id, estado, estado_en, error_codigo, error_detalle, epoca)
  select h.id, h.nombre_nora, h.contacto_id, h.telefono, h.mensaje, h.tipo, h.origen, h.fecha_hora, h.sid, h.autor, u.id, h.estado, h.estado_en, h.error_codigo, h.error_detalle, h.epoca
    from jsonb_array_elements(p->'historial_conversaciones') e cross join lateral jsonb_populate_record(null::public.historial_conversaciones, e) h
    left join public.usuarios u on lower(u.correo) = lower(e->>'usuario_correo');
  insert into public.respuestas_ia (nombre_nora, contacto_id, historial_id, modo, fragmentos, citados, fuentes, latencia_ms, motivo, pregunta, creado)
  select nombre_nora, contacto_id, historial_id, modo, fragmentos, citados, fuentes, latencia_ms, motivo, pregunta, creado
    from jsonb_populate_recordset(null::public.respuestas_ia, p->'respuestas_ia');
  return true;
end $$;
revoke execute on function public.sembrar_demo(jsonb) from public, anon, authenticated;
grant execute on function public.sembrar_demo(jsonb) to service_role;
