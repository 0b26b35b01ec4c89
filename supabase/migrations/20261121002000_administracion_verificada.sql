-- Lo que al recorrer la administracion faltaba: clonar olvidaba ajustes y conocimiento, borrar dejaba archivos, trabajos, errores y mensajes sueltos.

-- Columnas de una tabla que se pueden copiar a otra nora: ni generadas, ni llaves, ni referencias a filas que la otra no tiene, ni cuentas de uso.
create function interno.columnas_clonables(p_tabla text, p_menos text[] default '{}') returns text language sql stable set search_path = '' as $$
  select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_catalog.pg_attribute a
   where a.attrelid = format('public.%I', p_tabla)::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     and a.attname not in ('id', 'nombre_nora', 'busqueda', 'usos', 'ultimo_uso', 'created_at', 'updated_at') and a.attname <> all (p_menos)
     and not exists (select from pg_catalog.pg_constraint c where c.conrelid = a.attrelid and c.contype = 'f' and a.attnum = any (c.conkey))
$$;

-- Los archivos que forman parte de la configuracion: los de las respuestas automaticas y la foto. Quien clona los copia y dice a donde.
create function public.archivos_clonables(p_nora text) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'ruta', a.ruta, 'tipo', a.tipo)), '[]') from public.adjuntos a join public.configuracion_bot b on b.nombre_nora = a.nombre_nora
   where a.nombre_nora = p_nora and a.ruta is not null and a.estado = 'listo'
     and (exists (select from public.respuestas_automaticas r where r.nombre_nora = p_nora and r.adjunto_id = a.id) or b.foto_perfil = '/panel_cliente/' || p_nora || '/foto/' || a.id)
$$;

-- Copia la configuracion y lo que la nora sabe; nunca personas, mensajes, numero ni credenciales.
-- p: {nombre_nora, nombre_visible, archivos?: {"id de antes": {id, ruta}}}: los archivos ya copiados; una regla sin texto cuyo archivo no vino no se copia.
create or replace function public.clonar_nora(p_origen text, p jsonb, p_quien uuid) returns jsonb language plpgsql set search_path = '' as $$
declare b public.configuracion_bot; t text; v_columnas text; v_nueva text := p->>'nombre_nora'; v_archivos jsonb := coalesce(p->'archivos', '{}'); v_foto text;
begin
  execute format('insert into public.configuracion_bot (nombre_nora, nombre_visible, %1$s) select $1, $2, %1$s from public.configuracion_bot where nombre_nora = $3 returning *',
    interno.columnas_clonables('configuracion_bot', array['nombre_visible', 'numero_nora', 'foto_perfil', 'credenciales_twilio', 'activo', 'borrado_pedido_en'])) into b using v_nueva, p->>'nombre_visible', p_origen;
  if b.id is null then return null; end if;
  insert into public.modulos_disponibles (nombre_nora, modulo, activo)
  select v_nueva, m, coalesce((select d.activo from public.modulos_disponibles d where d.nombre_nora = p_origen and d.modulo = m), false) from unnest(interno.claves_modulos()) m;
  insert into public.adjuntos (id, nombre_nora, tipo, nombre, bytes, ruta, sha256, estado)
  select (x.value->>'id')::uuid, v_nueva, a.tipo, a.nombre, a.bytes, x.value->>'ruta', a.sha256, 'listo' from jsonb_each(v_archivos) x join public.adjuntos a on a.nombre_nora = p_origen and a.id = x.key::uuid;
  select '/panel_cliente/' || v_nueva || '/foto/' || (v_archivos->split_part(o.foto_perfil, '/', 5)->>'id') into v_foto from public.configuracion_bot o where o.nombre_nora = p_origen;
  if v_foto is not null then update public.configuracion_bot set foto_perfil = v_foto where nombre_nora = v_nueva returning * into b; end if;

  foreach t in array array['etiquetas', 'conocimiento_nora', 'respuestas_rapidas', 'campos_contacto', 'segmentos'] loop
    v_columnas := interno.columnas_clonables(t);
    execute format('insert into public.%1$I (nombre_nora, %2$s) select $1, %2$s from public.%1$I where nombre_nora = $2', t, v_columnas) using v_nueva, p_origen;
  end loop;
  -- Lo que nombra a otra fila de la nora la busca en la copia.
  v_columnas := interno.columnas_clonables('respuestas_automaticas');
  execute format('insert into public.respuestas_automaticas (nombre_nora, adjunto_id, %1$s) select $1, ($3->(r.adjunto_id::text)->>''id'')::uuid, %1$s from public.respuestas_automaticas r
     where r.nombre_nora = $2 and (length(btrim(r.respuesta)) > 0 or $3 ? r.adjunto_id::text)', v_columnas) using v_nueva, p_origen, v_archivos;
  v_columnas := interno.columnas_clonables('reglas_etiquetas');
  execute format('insert into public.reglas_etiquetas (nombre_nora, etiqueta_id, %1$s) select $1, n.id, %2$s from public.reglas_etiquetas r
      join public.etiquetas e on e.nombre_nora = r.nombre_nora and e.id = r.etiqueta_id join public.etiquetas n on n.nombre_nora = $1 and lower(n.nombre) = lower(e.nombre) where r.nombre_nora = $2',
    v_columnas, 'r.' || replace(v_columnas, ', ', ', r.')) using v_nueva, p_origen;
  v_columnas := interno.columnas_clonables('pruebas_ia', array['citas']);
  execute format('insert into public.pruebas_ia (nombre_nora, citas, %1$s) select $1, array(select coalesce(n.id, c.id) from unnest(r.citas) with ordinality c(id, o)
      left join public.conocimiento_nora v on v.nombre_nora = $2 and v.id = c.id left join public.conocimiento_nora n on n.nombre_nora = $1 and n.huella = v.huella order by c.o), %1$s from public.pruebas_ia r where r.nombre_nora = $2',
    v_columnas) using v_nueva, p_origen;
  perform public.auditar(p_quien, 'clonar', 'nora', v_nueva, jsonb_build_object('origen', p_origen), p - 'archivos');
  return interno.ficha_registro(b);
end $$;

-- Todo archivo que alguna tabla de la nora nombra, por paginas (p_n null: todos). Sale del catalogo: una tabla nueva con `ruta` entra sola.
create function public.archivos_de(p_nora text, p_despues text default '', p_n integer default 500) returns jsonb language plpgsql stable set search_path = '' as $$
declare v_sql text; v jsonb;
begin
  select string_agg(format('select x.ruta from public.%I x where x.nombre_nora = $1 and x.ruta > $2', c.relname), ' union ') into v_sql
    from pg_catalog.pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
     and (select count(*) from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname in ('nombre_nora', 'ruta') and not a.attisdropped) = 2;
  execute 'select coalesce(jsonb_agg(z.ruta order by z.ruta), ''[]'') from (select u.ruta from (' || v_sql || ') u order by u.ruta limit $3) z' into v using p_nora, p_despues, p_n;
  return v;
end $$;
drop function public.adjuntos_de(text, uuid, integer);

-- De una nora borrada sólo queda quién hizo qué y cuándo: lo que decían los cambios de su gente y sus clientes se va con ella.
create or replace function public.borrar_trozo(p_nora text, p_n integer default 200) returns jsonb language plpgsql set search_path = '' as $$
declare v_n int; t text; v_numero text;
begin
  select b.numero_nora into v_numero from public.configuracion_bot b where b.nombre_nora = p_nora and b.borrado_pedido_en is not null;
  if not found then return jsonb_build_object('fin', true); end if;
  with u as (select k.id from public.contactos k where k.nombre_nora = p_nora order by k.id limit p_n for update)
  delete from public.contactos k using u where k.id = u.id;
  get diagnostics v_n = row_count;
  if v_n > 0 then return jsonb_build_object('fin', false, 'borrados', v_n); end if;
  delete from public.configuracion_bot where nombre_nora = p_nora;
  -- Las tablas sin llave hacia la nora tambien.
  for t in select c.relname from pg_catalog.pg_class c join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'nombre_nora' and not a.attisdropped
            where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname not in ('auditoria', 'configuracion_bot') loop
    execute format('delete from public.%I where nombre_nora = $1', t) using p_nora;
  end loop;
  delete from public.mensajes_sin_nora s where s.crudo->>'to' = v_numero;
  update public.auditoria a set antes = null, despues = null where a.nombre_nora = p_nora and (a.antes is not null or a.despues is not null)
     and not (a.entidad in ('nora', 'credenciales de Twilio') or a.entidad like 'modulo %' or a.entidad like 'paquete %');
  return jsonb_build_object('fin', true);
end $$;

do $$ declare f text; begin
  foreach f in array array['archivos_clonables(text)', 'archivos_de(text, text, integer)'] loop
    execute format('revoke execute on function public.%s from public, anon, authenticated', f);
    execute format('grant execute on function public.%s to service_role', f);
  end loop;
end $$;
revoke execute on function interno.columnas_clonables(text, text[]) from public;
grant execute on function interno.columnas_clonables(text, text[]) to service_role;
