-- Lo borrado en los ultimos 30 dias, para deshacerlo aunque el aviso de cuando se borro ya no este a la vista.
create index lotes_contactos_borrados on public.lotes_contactos (nombre_nora, creado desc, id desc) where accion = 'borrar';

-- {filas:[lote con nombres (hasta tres), recuperables], hay_mas}, lo mas nuevo primero y por llave.
create function public.listar_borrados(p_antes timestamptz default null, p_antes_id uuid default null, p_n integer default 30) returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v_n int := least(greatest(p_n, 1), 100); v jsonb; v_hay boolean;
begin
  select coalesce(jsonb_agg(interno.ficha_lote(l) || jsonb_build_object(
      'nombres', (select coalesce(jsonb_agg(coalesce(f.antes #>> '{filas,0,filas,0,nombre}', f.antes #>> '{filas,0,filas,0,telefono}')), '[]')
         from (select x.antes from public.lotes_contactos_filas x where x.nombre_nora = v_nora and x.lote_id = l.id and x.antes is not null order by x.contacto_id limit 3) f),
      'recuperables', exists (select from public.lotes_contactos_filas x where x.nombre_nora = v_nora and x.lote_id = l.id and x.antes is not null and not x.deshecho)) order by l.creado desc, l.id desc), '[]') into v
    from (select * from public.lotes_contactos y where y.nombre_nora = v_nora and y.accion = 'borrar' and y.creado > clock_timestamp() - interval '30 days' and (y.cambiados > 0 or y.estado = 'haciendo')
             and (y.creado, y.id) < (coalesce(p_antes, 'infinity'), coalesce(p_antes_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff')) order by y.creado desc, y.id desc limit v_n + 1) l;
  v_hay := jsonb_array_length(v) > v_n;
  return jsonb_build_object('filas', case when v_hay then v - v_n else v end, 'hay_mas', v_hay);
end $$;
revoke execute on function public.listar_borrados(timestamptz, uuid, integer) from public, anon, authenticated;
grant execute on function public.listar_borrados(timestamptz, uuid, integer) to nora_panel;
