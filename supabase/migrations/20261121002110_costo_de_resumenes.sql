-- El resumen de una conversacion se apuntaba sin modo ni modelo: el local salia como «modelo general», y el de una nora con modelo
-- propio se cobraba al precio del general.
create or replace function public.guardar_resumen(p_contacto uuid, p jsonb, p_usuario uuid) returns uuid language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v_id uuid; b public.configuracion_bot;
begin
  if not exists (select from public.contactos where id = p_contacto and nombre_nora = v_nora) then return null; end if;
  insert into public.resumenes_contacto (nombre_nora, contacto_id, modo, modelo, resumen, intereses, pasos, mensajes, tokens_entrada, tokens_salida, usuario_id)
  values (v_nora, p_contacto, p->>'modo', p->>'modelo', left(p->>'resumen', 4000), array(select left(x, 300) from jsonb_array_elements_text(coalesce(p->'intereses', '[]')) x limit 20), array(select left(x, 300) from jsonb_array_elements_text(coalesce(p->'pasos', '[]')) x limit 20),
    coalesce((p->>'mensajes')::int, 0), coalesce((p->>'tokens_entrada')::int, 0), coalesce((p->>'tokens_salida')::int, 0), p_usuario) returning id into v_id;
  insert into public.eventos_contacto (nombre_nora, contacto_id, tipo, detalle, usuario_id) values (v_nora, p_contacto, 'resumen', jsonb_build_object('modo', p->>'modo'), p_usuario);
  select * into b from public.configuracion_bot where nombre_nora = v_nora;
  perform interno.sumar_consumo(b, jsonb_build_object('modo', p->>'modo', 'modelo', p->>'modelo', 'tokens_entrada', coalesce((p->>'tokens_entrada')::int, 0), 'tokens_salida', coalesce((p->>'tokens_salida')::int, 0)));
  return v_id;
end $$;
