-- Quien se dio de alta a mano entra arriba de la lista, con la fecha de hoy, pero no tiene ultimo mensaje: ningun filtro por esa fecha lo incluye.
create or replace function interno.condicion_contactos(p_nora text, f jsonb) returns text language sql stable set search_path = '' as $$
  select interno.condicion_sin_campos(p_nora, f - 'campos') || interno.condicion_campos(f)
      || case when f ?| array['desde', 'hasta', 'hace_menos', 'hace_mas'] then ' and k.mensaje_reciente is not null' else '' end
$$;
