-- Borrar contactos desde el panel es como borrar a una persona: la conciliacion con Twilio no debe traer sus mensajes de vuelta.

-- Una tanda: bloquea a sus contactos en el orden de todos, cambia y apunta como estaban. null si el lote no existe.
create or replace function public.avanzar_lote_contactos(p_lote uuid, p_n integer default 500) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); l public.lotes_contactos; v_ids uuid[]; v_tocados uuid[]; v_antes jsonb := '{}'; v_etiqueta text; v_id uuid; v_si boolean; n int;
begin
  select * into l from public.lotes_contactos where id = p_lote and nombre_nora = v_nora for update;
  if not found then return null; end if;
  if l.estado <> 'haciendo' then return interno.ficha_lote(l); end if;
  v_ids := array(select f.contacto_id from public.lotes_contactos_filas f where f.nombre_nora = v_nora and f.lote_id = l.id and not f.hecho order by f.contacto_id limit case l.accion when 'borrar' then least(p_n, 100) else p_n end);
  perform interno.actuar(l.usuario_id, 'lote');
  perform 1 from public.contactos k where k.nombre_nora = v_nora and k.id = any (v_ids) order by k.clave_telefono, k.id for no key update;
  v_etiqueta := l.valor->>'etiqueta';
  v_si := (l.valor->>'si')::boolean;
  case l.accion
    when 'etiquetar' then
      with u as (update public.contactos k set etiquetas = k.etiquetas || v_etiqueta where k.nombre_nora = v_nora and k.id = any (v_ids) and not v_etiqueta = any (k.etiquetas) and cardinality(k.etiquetas) < 50 returning k.id) select array_agg(u.id) into v_tocados from u;
    when 'desetiquetar' then
      with u as (update public.contactos k set etiquetas = array_remove(k.etiquetas, v_etiqueta) where k.nombre_nora = v_nora and k.id = any (v_ids) and v_etiqueta = any (k.etiquetas) returning k.id) select array_agg(u.id) into v_tocados from u;
    when 'ia' then v_tocados := interno.poner_ia(v_nora, v_ids, v_si, l.usuario_id);
    when 'bloquear' then v_tocados := interno.poner_bloqueo(v_nora, v_ids, v_si, l.usuario_id);
    when 'borrar' then
      foreach v_id in array v_ids loop
        continue when not exists (select from public.contactos k where k.nombre_nora = v_nora and k.id = v_id);
        v_antes := v_antes || jsonb_build_object(v_id::text, interno.fotografiar_contacto(v_nora, v_id));
        v_tocados := v_tocados || v_id;
      end loop;
      -- Lo que la conciliacion aun alcanza a ver: sin esto le faltaria y traeria a la persona de vuelta.
      insert into public.sids_borrados (nombre_nora, sid)
      select v_nora, h.sid from public.historial_conversaciones h
       where h.nombre_nora = v_nora and h.contacto_id = any (v_ids) and h.autor = 'contacto' and h.sid is not null and h.fecha_hora > clock_timestamp() - interval '3 days' on conflict do nothing;
      delete from public.contactos k where k.nombre_nora = v_nora and k.id = any (v_ids);
  end case;
  update public.lotes_contactos_filas f set hecho = true, antes = case when f.contacto_id = any (coalesce(v_tocados, '{}')) then coalesce(v_antes->(f.contacto_id::text), '{}') end where f.nombre_nora = v_nora and f.lote_id = l.id and f.contacto_id = any (v_ids);
  n := cardinality(v_ids);
  update public.lotes_contactos set hechos = hechos + n, cambiados = cambiados + coalesce(cardinality(v_tocados), 0), estado = case when hechos + n >= total then 'hecho' else estado end,
         terminado = case when hechos + n >= total then clock_timestamp() end where id = l.id returning * into l;
  return interno.ficha_lote(l) || jsonb_build_object('tocados', to_jsonb(v_tocados));
end $$;
