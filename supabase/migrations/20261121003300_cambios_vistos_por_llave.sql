-- Qué cambió fuera de Nora se buscaba uniendo la página que llegó con todos los objetos de la cuenta, sin índice que ayude dentro de un
-- jsonb: con diez mil anuncios cada página de quinientos tardaba 300 ms en decir casi siempre «nada». Ahora se busca cada objeto por su llave.
create or replace function public.ads_guardar_estructura(p_folio uuid, p_nivel text, p_filas jsonb, p_leido timestamptz) returns void language plpgsql set search_path = '' as $$
declare s public.meta_ads_sincronizaciones := interno.ads_vuelta(p_folio); v_tabla text := case p_nivel when 'campanas' then 'meta_ads_campanas' when 'conjuntos' then 'meta_ads_conjuntos' when 'anuncios' then 'meta_ads_anuncios' end; v_filas jsonb;
begin
  select coalesce(jsonb_agg(f), '[]') into v_filas from (select distinct on (e->>'id') e f from jsonb_array_elements(p_filas) e) z
   where not exists (select from public.meta_ads_logs_cambios l where l.nombre_nora = s.nombre_nora and l.cuenta_id = s.cuenta_id and l.objeto_id = f->>'id' and l.origen = 'panel' and l.cuando > p_leido);
  execute format($q$
    insert into public.meta_ads_logs_cambios (nombre_nora, cuenta_id, origen, nivel, objeto_id, objeto, campo, antes, despues, resultado)
    select $1, $2, 'fuera', $3, v.id, f->>'nombre', c.campo, c.antes, c.despues, 'visto'
      from jsonb_array_elements($4) f
      cross join lateral (select * from public.%I o where o.cuenta_id = $2 and o.id = f->>'id' limit 1) v
      cross join lateral (values ('estado', to_jsonb(v.estado), f->'estado')%s) c(campo, antes, despues)
     where nullif(c.antes, 'null') is distinct from nullif(c.despues, 'null')
       -- Un anuncio detenido porque se detuvo su campana no es un cambio suyo.
       and (c.campo <> 'estado' or (c.antes #>> '{}' in ('ACTIVE', 'PAUSED', 'ARCHIVED', 'DELETED') and c.despues #>> '{}' in ('ACTIVE', 'PAUSED', 'ARCHIVED', 'DELETED')))
  $q$, v_tabla, case when p_nivel = 'anuncios' then '' else $v$, ('presupuesto_diario', to_jsonb(v.presupuesto_diario), to_jsonb((f->>'presupuesto_diario')::numeric(14, 2))), ('presupuesto_total', to_jsonb(v.presupuesto_total), to_jsonb((f->>'presupuesto_total')::numeric(14, 2))), ('fin', to_jsonb(v.fin), to_jsonb((f->>'fin')::timestamptz))$v$ end)
  using s.nombre_nora, s.cuenta_id, p_nivel, v_filas;
  if p_nivel = 'campanas' then
    insert into public.meta_ads_campanas (nombre_nora, cuenta_id, id, nombre, objetivo, estado, presupuesto_diario, presupuesto_total, fin)
    select s.nombre_nora, s.cuenta_id, f->>'id', f->>'nombre', f->>'objetivo', f->>'estado', (f->>'presupuesto_diario')::numeric, (f->>'presupuesto_total')::numeric, (f->>'fin')::timestamptz from jsonb_array_elements(v_filas) f
    on conflict (cuenta_id, id) do update set nombre = excluded.nombre, objetivo = excluded.objetivo, estado = excluded.estado, presupuesto_diario = excluded.presupuesto_diario, presupuesto_total = excluded.presupuesto_total, fin = excluded.fin, traido = clock_timestamp();
  elsif p_nivel = 'conjuntos' then
    insert into public.meta_ads_conjuntos (nombre_nora, cuenta_id, id, campana_id, nombre, estado, presupuesto_diario, presupuesto_total, fin)
    select s.nombre_nora, s.cuenta_id, f->>'id', f->>'campana_id', f->>'nombre', f->>'estado', (f->>'presupuesto_diario')::numeric, (f->>'presupuesto_total')::numeric, (f->>'fin')::timestamptz from jsonb_array_elements(v_filas) f
    on conflict (cuenta_id, id) do update set campana_id = excluded.campana_id, nombre = excluded.nombre, estado = excluded.estado, presupuesto_diario = excluded.presupuesto_diario, presupuesto_total = excluded.presupuesto_total, fin = excluded.fin, traido = clock_timestamp();
  else
    insert into public.meta_ads_anuncios (nombre_nora, cuenta_id, id, conjunto_id, campana_id, nombre, estado, miniatura)
    select s.nombre_nora, s.cuenta_id, f->>'id', f->>'conjunto_id', f->>'campana_id', f->>'nombre', f->>'estado', f->>'miniatura' from jsonb_array_elements(v_filas) f
    on conflict (cuenta_id, id) do update set conjunto_id = excluded.conjunto_id, campana_id = excluded.campana_id, nombre = excluded.nombre, estado = excluded.estado, miniatura = excluded.miniatura, traido = clock_timestamp();
  end if;
end $$;
