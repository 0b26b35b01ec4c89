-- Borrar a una persona tambien la quita de donde ya no lleva el id de su ficha: la foto de cuando se borro en bloque y volvio a escribir
-- (deshacer aquel borrado la traeria entera de vuelta), las uniones de aquella ficha, y el CSV en que venia, se haya guardado su fila o no.

-- El mismo telefono, escrito de cualquier forma: sus digitos, o los ultimos diez si trae lada de pais.
create function interno.digitos_de(t text) returns text language sql immutable set search_path = '' as $$
  select case when length(d) > 10 then right(d, 10) else d end from (select regexp_replace(coalesce(t, ''), '\D', '', 'g') d) x
$$;

create or replace function interno.olvidar_fotos(p_nora text, p_contacto uuid) returns void language plpgsql set search_path = '' as $$
declare v_claves text[]; v_digitos text[];
begin
  select coalesce(array_agg(distinct c), '{}') into v_claves from (
    select unnest(array[k.clave_telefono, k.id_whatsapp]) c from public.contactos k where k.nombre_nora = p_nora and k.id = p_contacto
    union all select t.clave from public.telefonos_contacto t where t.nombre_nora = p_nora and t.contacto_id = p_contacto) z where c is not null;
  v_digitos := array(select interno.digitos_de(c) from unnest(v_claves) c where length(interno.digitos_de(c)) >= 8);
  update public.lotes_contactos_filas f set antes = null where f.nombre_nora = p_nora and f.antes is not null
     and (f.contacto_id = p_contacto or f.antes #>> '{filas,0,filas,0,clave_telefono}' = any (v_claves) or f.antes #>> '{filas,0,filas,0,id_whatsapp}' = any (v_claves));
  delete from public.uniones_contactos u where u.nombre_nora = p_nora
     and (p_contacto in (u.destino_id, u.origen_id) or exists (select from unnest(array['destino', 'origen', 'despues']) l where u.foto #>> array[l, 'clave_telefono'] = any (v_claves) or u.foto #>> array[l, 'id_whatsapp'] = any (v_claves)));
  update public.importaciones_contactos_filas f set celdas = null, contacto_id = null where f.nombre_nora = p_nora
     and (f.contacto_id = p_contacto or (f.celdas is not null and exists (select from jsonb_array_elements_text(f.celdas) c where interno.digitos_de(c) = any (v_digitos))));
  -- La muestra solo sirve para ver el archivo antes de importarlo: se le quita el renglon.
  update public.importaciones_contactos i set muestra = coalesce((select jsonb_agg(r order by o) from jsonb_array_elements(i.muestra) with ordinality x(r, o)
      where not exists (select from jsonb_array_elements_text(r) c where interno.digitos_de(c) = any (v_digitos))), '[]')
   where i.nombre_nora = p_nora and exists (select from jsonb_array_elements(i.muestra) r cross join lateral jsonb_array_elements_text(r) c where interno.digitos_de(c) = any (v_digitos));
end $$;
