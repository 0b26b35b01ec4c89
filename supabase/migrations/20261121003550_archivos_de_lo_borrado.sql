-- Los archivos de quien se borro se van cuando ya nadie puede pedirlos: al caducar la foto que los devolveria, o al olvidarla.

-- La foto es lo ultimo que nombra esos archivos: al perderse se apuntan para borrarse. Lo que aun usa otra fila (la recuperaron, o es el archivo de
-- una regla) se queda.
create function interno.soltar_foto() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.adjuntos_por_borrar (ruta, nombre_nora)
  select distinct f->>'ruta', old.nombre_nora
    from jsonb_path_query(old.antes, '$.filas[*] ? (@.tabla == "public.adjuntos").filas[*] ? (@.ruta != null)') f
   where not exists (select from public.adjuntos a where a.nombre_nora = old.nombre_nora and a.ruta = f->>'ruta')
  on conflict do nothing;
  return null;
end $$;
revoke execute on function interno.soltar_foto() from public;
create trigger soltar_foto after delete on public.lotes_contactos_filas for each row when (old.antes is not null) execute function interno.soltar_foto();
create trigger olvidar_foto after update of antes on public.lotes_contactos_filas for each row when (old.antes is not null and new.antes is null)
  execute function interno.soltar_foto();

-- Lo que se termino de bajar cuando su mensaje ya no esta tampoco es de nadie; y lo que se vuelve a bajar deja de estar por borrarse.
create or replace function public.adjunto_listo(p_id uuid, p jsonb) returns boolean language plpgsql set search_path = '' as $$
begin
  update public.adjuntos set estado = 'listo', ruta = p->>'ruta', bytes = (p->>'bytes')::bigint, sha256 = p->>'sha256', tipo = coalesce(p->>'tipo', tipo), nombre = coalesce(left(p->>'nombre', 200), nombre), error = null
   where id = p_id and estado = 'pendiente';
  if found then
    delete from public.adjuntos_por_borrar where ruta = p->>'ruta';
    return true;
  end if;
  insert into public.adjuntos_por_borrar (ruta, nombre_nora)
  select p->>'ruta', split_part(p->>'ruta', '/', 1) where not exists (select from public.adjuntos a where a.id = p_id) on conflict do nothing;
  return false;
end $$;

-- Lo que caduca: fotos de borrados y uniones deshechas a los 30 dias, filas de importaciones a los 90. Sus archivos quedan apuntados para borrarse.
-- El archivo de una importacion solo sirve mientras puede correr; quien la esta corriendo cuando se cancela tarda poco en soltarlo.
drop function public.limpiar_contactos();
create function public.limpiar_contactos() returns void language plpgsql security definer set search_path = '' as $$
begin
  delete from public.lotes_contactos where creado < clock_timestamp() - interval '30 days';
  delete from public.cambios_etiquetas where creado < clock_timestamp() - interval '30 days' and terminado is not null;
  with i as (
    select x.id, x.nombre_nora, x.ruta from public.importaciones_contactos x
     where x.ruta is not null and (x.creado < clock_timestamp() - interval '90 days' or case when x.estado = 'lista' then x.creado < clock_timestamp() - interval '2 days'
           else x.estado not in ('en_fila', 'procesando') and coalesce(x.terminado, x.creado) < clock_timestamp() - interval '1 hour' end) for update),
  u as (update public.importaciones_contactos x set ruta = null from i where x.id = i.id)
  insert into public.adjuntos_por_borrar (ruta, nombre_nora) select i.ruta, i.nombre_nora from i on conflict do nothing;
  -- Ninguna se va sin haber soltado su archivo.
  delete from public.importaciones_contactos where ruta is null and (creado < clock_timestamp() - interval '90 days' or (estado = 'lista' and creado < clock_timestamp() - interval '2 days'));
end $$;
revoke execute on function public.limpiar_contactos() from public, anon, authenticated;
grant execute on function public.limpiar_contactos() to service_role;
