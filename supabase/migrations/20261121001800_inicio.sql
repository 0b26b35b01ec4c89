-- El inicio de una nora con miles de mensajes al dia: lo ya cerrado de hoy sale de resumen_hora y solo se cuenta lo de despues.

create or replace function interno.dias_de(p_nora text, p_zona text) returns table (dia date, recibidos bigint, ia bigint, fallidos bigint) language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare v_hoy date := (clock_timestamp() at time zone p_zona)::date; v_desde timestamptz; v_vivo timestamptz;
begin
  select greatest(coalesce(max(r.dia) + 1, v_hoy - 13), v_hoy - 13)::timestamp at time zone p_zona into v_desde from public.resumen_dia r where r.nombre_nora = p_nora and r.dia < v_hoy;
  select u.hasta into v_vivo from public.resumen_hora_hasta u where u.nombre_nora = p_nora;
  -- Un dia que no empieza en hora cerrada (zonas de media hora), o mas viejo que las horas guardadas, se cuenta renglon por renglon.
  if v_vivo is null or v_vivo < v_desde or v_desde <> date_trunc('hour', v_desde) or v_desde < v_vivo - interval '50 hours' then v_vivo := v_desde; end if;
  return query
  with vivo as (
    select z.dia, sum(z.recibidos)::bigint recibidos, sum(z.ia)::bigint ia, sum(z.fallidos)::bigint fallidos from (
      select (h.fecha_hora at time zone p_zona)::date dia, count(*) filter (where h.autor = 'contacto') recibidos, count(*) filter (where h.autor = 'ia') ia, 0::bigint fallidos
        from public.historial_conversaciones h where h.nombre_nora = p_nora and h.fecha_hora >= v_vivo group by 1
      union all
      select (x.hora at time zone p_zona)::date, sum(x.recibidos)::bigint, sum(x.ia)::bigint, 0
        from public.resumen_hora x where x.nombre_nora = p_nora and x.hora >= v_desde and x.hora < v_vivo group by 1
      union all
      -- Un envio puede fallar cuando su hora ya se cerro; son pocos y tienen su indice.
      select (h.fecha_hora at time zone p_zona)::date, 0, 0, count(*) filter (where h.estado = 'fallido')
        from public.historial_conversaciones h where h.nombre_nora = p_nora and h.estado in ('fallido', 'incierto') and h.fecha_hora >= v_desde group by 1) z
    group by 1)
  select d.d::date, coalesce(v.recibidos, r.recibidos, 0), coalesce(v.ia, r.ia, 0), coalesce(v.fallidos, r.fallidos, 0)
    from generate_series(v_hoy - 13, v_hoy, interval '1 day') d(d) left join vivo v on v.dia = d.d::date left join public.resumen_dia r on r.nombre_nora = p_nora and r.dia = d.d::date order by d.d;
end $$;
