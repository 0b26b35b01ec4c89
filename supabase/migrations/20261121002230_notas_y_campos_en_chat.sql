-- El chat enseña las notas del equipo que se dejaron en la ficha y llama a los campos propios por su nombre.

create or replace function public.abrir_chat(p_contacto uuid, p_n integer default 40) returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); k public.contactos; b public.configuracion_bot; v_hilo jsonb;
begin
  select * into k from public.contactos where id = p_contacto and nombre_nora = v_nora;
  if not found then return null; end if;
  select * into b from public.configuracion_bot where nombre_nora = v_nora;
  v_hilo := public.listar_mensajes(p_contacto, null, null, null, null, p_n);
  return v_hilo || jsonb_build_object(
    'contacto', interno.fila(k) || jsonb_build_object('correo', k.correo, 'empresa', k.empresa, 'notas', k.notas, 'datos', k.datos, 'created_at', k.created_at, 'ventana_hasta', k.ventana_hasta, 'ia_pausada_hasta', k.ia_pausada_hasta,
      'motivo_espera', k.motivo_espera, 'id_whatsapp', k.id_whatsapp,
      'anuncio', interno.anuncio_de(k)),
    'etiquetas', interno.catalogo_etiquetas(v_nora), 'razon_silencio', interno.razon_silencio(k, b), 'razon_no_enviar', interno.razon_no_enviar(k, b, 'humano'), 'razon_no_plantilla', interno.razon_no_plantilla(k, b),
    'equipo', interno.equipo_chat(v_nora),
    -- Las ultimas: las demas estan en su ficha de Contactos.
    'notas_equipo', (select coalesce(jsonb_agg(interno.nota(n) order by n.created_at desc, n.id desc), '[]') from (select x.* from public.notas_contacto x where x.nombre_nora = v_nora and x.contacto_id = k.id order by x.created_at desc, x.id desc limit 3) n),
    'campos', (select coalesce(jsonb_agg(jsonb_build_object('clave', c.clave, 'titulo', c.titulo, 'tipo', c.tipo) order by c.orden, lower(c.titulo)), '[]') from public.campos_contacto c where c.nombre_nora = v_nora),
    'programados', (select coalesce(jsonb_agg(interno.programado(m) order by m.cuando, m.id), '[]') from public.mensajes_programados m where m.nombre_nora = v_nora and m.contacto_id = k.id and m.estado = 'programado'),
    'ia_activa_nora', b.ia_activa, 'ahora', clock_timestamp());
end $$;
