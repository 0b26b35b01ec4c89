-- Los anuncios de la demo: se siembran una vez por nora y cada noche reciben el dia que terminó.

-- p: [{nombre_nora, numero_nora, act}]. De las noras de la demo que existen y siguen siendo ellas (su numero), lo sembrado y hasta donde.
create function public.demo_ads_leer(p jsonb) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('nombre_nora', b.nombre_nora, 'sembrada', exists (select from public.tareas_programadas t where t.nombre = 'demo_ads:' || b.nombre_nora),
      'cuenta', (select jsonb_build_object('id', m.id, 'hasta', (select max(x.dia) from public.meta_ads_dias x where x.nombre_nora = m.nombre_nora and x.cuenta_id = m.id),
          'reportes', (select count(*) from public.meta_ads_reportes r where r.nombre_nora = m.nombre_nora and r.cuenta_id = m.id),
          'campanas', (select coalesce(jsonb_object_agg(c.id, jsonb_build_object('estado', c.estado, 'diario', c.presupuesto_diario, 'fin', (c.fin at time zone m.zona_horaria)::date)), '{}') from public.meta_ads_campanas c where c.nombre_nora = m.nombre_nora and c.cuenta_id = m.id),
          'estados', (select coalesce(jsonb_object_agg(z.id, z.estado), '{}') from (select s.id, s.estado from public.meta_ads_conjuntos s where s.nombre_nora = m.nombre_nora and s.cuenta_id = m.id union all select a.id, a.estado from public.meta_ads_anuncios a where a.nombre_nora = m.nombre_nora and a.cuenta_id = m.id) z))
        from public.meta_ads_cuentas m where m.nombre_nora = b.nombre_nora and m.ad_account_id = e.act and m.demo and m.activo)) order by b.nombre_nora), '[]')
    from jsonb_to_recordset(p) e(nombre_nora text, numero_nora text, act text) join public.configuracion_bot b on b.nombre_nora = e.nombre_nora and b.numero_nora = e.numero_nora
$$;

-- p: {nombre_nora, cuenta?: {…} la primera vez | cuenta_id despues, campanas?, conjuntos?, anuncios?, cambios?, renglones, dias, ventanas, traido}. El id de la cuenta; null si ya estaba sembrada o ya no existe.
create function public.demo_ads_guardar(p jsonb) returns uuid language plpgsql set search_path = '' as $$
declare v_nora text := p->>'nombre_nora'; v_cuenta uuid; v_traido timestamptz := (p->>'traido')::timestamptz; c jsonb := nullif(p->'cuenta', 'null');
begin
  perform pg_advisory_xact_lock(hashtextextended('nora:demo_ads:' || v_nora, 0));
  if c is not null then
    -- Si despues borran la cuenta, no vuelve.
    insert into public.tareas_programadas (nombre) values ('demo_ads:' || v_nora) on conflict do nothing;
    if not found then return null; end if;
    update public.modulos_disponibles set activo = true where nombre_nora = v_nora and modulo = 'ads' and not activo;
    insert into public.meta_ads_cuentas (nombre_nora, ad_account_id, nombre, moneda, zona_horaria, estado_conexion, demo) values (v_nora, c->>'ad_account_id', c->>'nombre', c->>'moneda', c->>'zona', 'conectada', true)
    on conflict do nothing returning id into v_cuenta;
    if v_cuenta is null then return null; end if;
    insert into public.meta_ads_campanas (nombre_nora, cuenta_id, id, nombre, objetivo, estado, presupuesto_diario, fin, traido)
    select v_nora, v_cuenta, x.id, x.nombre, x.objetivo, x.estado, x.diario, x.fin, v_traido from jsonb_to_recordset(p->'campanas') x(id text, nombre text, objetivo text, estado text, diario numeric, fin timestamptz);
    insert into public.meta_ads_conjuntos (nombre_nora, cuenta_id, id, campana_id, nombre, estado, traido)
    select v_nora, v_cuenta, x.id, x.campana, x.nombre, x.estado, v_traido from jsonb_to_recordset(p->'conjuntos') x(id text, campana text, nombre text, estado text);
    insert into public.meta_ads_anuncios (nombre_nora, cuenta_id, id, conjunto_id, campana_id, nombre, estado, miniatura, traido)
    select v_nora, v_cuenta, x.id, x.conjunto, x.campana, x.nombre, x.estado, x.miniatura, v_traido from jsonb_to_recordset(p->'anuncios') x(id text, conjunto text, campana text, nombre text, estado text, miniatura text);
    insert into public.meta_ads_logs_cambios (nombre_nora, cuenta_id, cuando, usuario_id, origen, nivel, objeto_id, objeto, campo, antes, despues, resultado)
    select v_nora, v_cuenta, x.cuando, u.id, case when x.correo is null then 'fuera' else 'panel' end, x.nivel, x.id, x.objeto, x.campo, x.antes, x.despues, case when x.correo is null then 'visto' else 'hecho' end
      from jsonb_to_recordset(p->'cambios') x(cuando timestamptz, correo text, nivel text, id text, objeto text, campo text, antes jsonb, despues jsonb) left join public.usuarios u on lower(u.correo) = lower(x.correo);
  else
    select m.id into v_cuenta from public.meta_ads_cuentas m where m.nombre_nora = v_nora and m.id = (p->>'cuenta_id')::uuid and m.demo;
    if v_cuenta is null then return null; end if;
  end if;
  insert into public.meta_ads_insights (nombre_nora, cuenta_id, dia, anuncio_id, plataforma, gasto, impresiones, clics, conversaciones, traido)
  select v_nora, v_cuenta, x.dia, x.anuncio, x.plataforma, x.gasto, x.impresiones, x.clics, x.conversaciones, v_traido
    from jsonb_to_recordset(p->'renglones') x(dia date, anuncio text, plataforma text, gasto numeric, impresiones bigint, clics bigint, conversaciones bigint) on conflict do nothing;
  insert into public.meta_ads_dias (nombre_nora, cuenta_id, dia, gasto, gasto_primero, traido)
  select v_nora, v_cuenta, x.dia, x.gasto, x.primero, v_traido from jsonb_to_recordset(p->'dias') x(dia date, gasto numeric, primero numeric) on conflict do nothing;
  -- El alcance no se suma: cada ventana que la pagina ofrece tiene el suyo, menor que sus impresiones y mas repetido mientras mas larga. Las de ayer ya no las ofrece nadie.
  delete from public.meta_ads_alcances where nombre_nora = v_nora and cuenta_id = v_cuenta;
  insert into public.meta_ads_alcances (nombre_nora, cuenta_id, desde, hasta, alcance, traido)
  select v_nora, v_cuenta, v.desde, v.hasta, round(coalesce(sum(i.impresiones), 0) / (1.18 + 0.42 * ln(v.hasta - v.desde + 1))), v_traido
    from (select distinct x.desde, x.hasta from jsonb_to_recordset(p->'ventanas') x(desde date, hasta date)) v
    left join public.meta_ads_insights i on i.nombre_nora = v_nora and i.cuenta_id = v_cuenta and i.dia between v.desde and v.hasta group by v.desde, v.hasta;
  update public.meta_ads_cuentas set ultima_sincronizacion = v_traido where id = v_cuenta;
  return v_cuenta;
end $$;

revoke execute on function public.demo_ads_leer(jsonb), public.demo_ads_guardar(jsonb) from public, anon, authenticated;
grant execute on function public.demo_ads_leer(jsonb), public.demo_ads_guardar(jsonb) to service_role;

-- Igual que antes, con el anuncio del que vino cada quien.
create or replace function public.sembrar_demo(p jsonb) returns boolean language plpgsql set search_path = '' as $$
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
  insert into public.historial_conversaciones (id, nombre_nora, contacto_id, telefono, mensaje, tipo, origen, fecha_hora, sid, autor, usuario_id, estado, estado_en, error_codigo, error_detalle, epoca, referido)
  select h.id, h.nombre_nora, h.contacto_id, h.telefono, h.mensaje, h.tipo, h.origen, h.fecha_hora, h.sid, h.autor, u.id, h.estado, h.estado_en, h.error_codigo, h.error_detalle, h.epoca, h.referido
    from jsonb_array_elements(p->'historial_conversaciones') e cross join lateral jsonb_populate_record(null::public.historial_conversaciones, e) h
    left join public.usuarios u on lower(u.correo) = lower(e->>'usuario_correo');
  insert into public.respuestas_ia (nombre_nora, contacto_id, historial_id, modo, fragmentos, citados, fuentes, latencia_ms, motivo, pregunta, creado)
  select nombre_nora, contacto_id, historial_id, modo, fragmentos, citados, fuentes, latencia_ms, motivo, pregunta, creado
    from jsonb_populate_recordset(null::public.respuestas_ia, p->'respuestas_ia');
  return true;
end $$;
