-- El inicio en una sola función: la de antes juntaba las preguntas sin respuesta, y la que la envolvía las tiraba y las volvía a juntar.
create or replace function public.panel_inicio(p_usuario uuid) returns jsonb language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
-- Las fechas van en variables: una funcion volatil en la condicion deja sin indice (cien mil contactos: 150 ms contra 1).
declare v_nora text := public.nora_actual(); b public.configuracion_bot; v_dias jsonb; v_hoy jsonb; v_bloques int; v_faltan jsonb; v_cuantas bigint; v_semana timestamptz := clock_timestamp() - interval '7 days'; v_medianoche timestamptz;
begin
  select * into b from public.configuracion_bot where nombre_nora = v_nora;
  if not found then return null; end if;
  v_medianoche := (clock_timestamp() at time zone b.zona_horaria)::date::timestamp at time zone b.zona_horaria;
  select jsonb_agg(jsonb_build_object('dia', d.dia, 'recibidos', d.recibidos, 'ia', d.ia) order by d.dia), (array_agg(jsonb_build_object('recibidos', d.recibidos, 'ia', d.ia, 'fallidos', d.fallidos) order by d.dia desc))[1]
    into v_dias, v_hoy from interno.dias_de(v_nora, b.zona_horaria) d;
  select count(*) into v_bloques from public.conocimiento_nora c where c.nombre_nora = v_nora and c.activo;
  select count(*), coalesce(jsonb_agg(jsonb_build_object('tipo', 'sin_respuesta', 'texto', q.pregunta, 'n', q.n, 'desde', q.ultima) order by q.n desc, q.ultima desc) filter (where q.lugar <= 2), '[]') into v_cuantas, v_faltan
    from (select p.*, row_number() over (order by p.n desc, p.ultima desc) lugar from interno.preguntas(v_nora, 7, 300) p) q;
  return jsonb_build_object(
    'nora', jsonb_build_object('nombre_visible', b.nombre_visible, 'numero_nora', b.numero_nora, 'ia_activa', b.ia_activa, 'modo_respuesta', b.modo_respuesta, 'personalidad_lista', coalesce(btrim(b.personalidad), '') <> '', 'foto_perfil', b.foto_perfil, 'zona_horaria', b.zona_horaria, 'credenciales_propias', b.credenciales_twilio is not null, 'created_at', b.created_at),
    'cifras', jsonb_build_object(
      'sin_leer', (select count(*) from public.contactos k where k.nombre_nora = v_nora and k.no_leidos > 0),
      'esperan', (select count(*) from public.contactos k where k.nombre_nora = v_nora and k.espera_humano_desde is not null),
      -- Hasta diez mil: contar a cien mil en cada visita cuesta mas que todo lo demas.
      'contactos', (select count(*) from (select 1 from public.contactos k where k.nombre_nora = v_nora limit 10001) z),
      'nuevos_hoy', (select count(*) from public.contactos k where k.nombre_nora = v_nora and k.created_at >= v_medianoche),
      'bloques', v_bloques, 'sin_respuesta', v_cuantas, 'segmentos', (select count(*) from public.segmentos s where s.nombre_nora = v_nora),
      'reglas', (select count(*) from public.respuestas_automaticas r where r.nombre_nora = v_nora and r.activo),
      'usos_reglas', (select coalesce(sum(r.usos), 0) from public.respuestas_automaticas r where r.nombre_nora = v_nora),
      'etiquetas', (select count(*) from public.etiquetas e where e.nombre_nora = v_nora),
      'ia_con_fuente_pct', (select case when count(*) > 0 then round(100.0 * count(*) filter (where cardinality(z.citados) > 0) / count(*)) end from (select r.citados from public.respuestas_ia r where r.nombre_nora = v_nora and r.motivo = 'respondida' and r.creado > v_semana order by r.creado desc limit 1000) z),
      'respondidos_hoy', v_hoy->'ia', 'recibidos_hoy', v_hoy->'recibidos',
      'fallidos', (select count(*) from (select 1 from public.historial_conversaciones h where h.nombre_nora = v_nora and h.estado in ('fallido', 'incierto') and h.fecha_hora > v_semana limit 1000) z)),
    'dias', v_dias,
    'pendientes', (
      select coalesce(jsonb_agg(z.j), '[]') from (
        (select jsonb_build_object('tipo', 'espera', 'contacto_id', k.id, 'nombre', k.nombre, 'telefono', k.telefono, 'texto', coalesce(k.motivo_espera, k.mensaje_reciente), 'desde', k.espera_humano_desde) j
           from public.contactos k where k.nombre_nora = v_nora and k.espera_humano_desde is not null order by k.espera_humano_desde limit 5)
        union all
        (select jsonb_build_object('tipo', 'fallido', 'contacto_id', f.contacto_id, 'nombre', k.nombre, 'telefono', k.telefono, 'texto', f.error_detalle, 'codigo', f.error_codigo, 'desde', f.fecha_hora) j
           from (select h.contacto_id, h.error_detalle, h.error_codigo, h.fecha_hora from public.historial_conversaciones h where h.nombre_nora = v_nora and h.estado in ('fallido', 'incierto') and h.fecha_hora > v_semana order by h.fecha_hora desc limit 3) f
           join public.contactos k on k.nombre_nora = v_nora and k.id = f.contacto_id)) z) || v_faltan,
    'miembros', (select coalesce(jsonb_agg(jsonb_build_object('nombre', u.nombre, 'correo', u.correo, 'rol', m.rol) order by m.rol desc, u.nombre), '[]') from public.usuarios_noras m join public.usuarios u on u.id = m.usuario_id and u.activo where m.nombre_nora = v_nora),
    'ultimo_recibido', (select max(h.fecha_hora) from (select h.fecha_hora, h.autor from public.historial_conversaciones h where h.nombre_nora = v_nora order by h.fecha_hora desc limit 50) h where h.autor = 'contacto'),
    'ultima_ia', (select jsonb_build_object('modo', r.modo, 'modelo', r.modelo, 'latencia_ms', r.latencia_ms, 'cuando', r.creado, 'motivo', r.motivo) from public.respuestas_ia r where r.nombre_nora = v_nora order by r.creado desc limit 1),
    'mensaje_prueba', exists (select from public.historial_conversaciones h where h.nombre_nora = v_nora and h.autor = 'contacto'),
    'ads', case when interno.modulo_activo(v_nora, 'ads') then interno.ads_inicio(v_nora) end);
end $$;
drop function interno.panel_inicio(uuid);
