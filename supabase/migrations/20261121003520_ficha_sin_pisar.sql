-- Guardar una ficha que se abrio hace rato no deshace lo que otra persona cambio entre tanto, ni una BAJA: cada campo que se guarda dice que
-- valor tenia a la vista quien lo edito, y si ya es otro no se guarda nada y se dice quien lo cambio.

create function interno.acepta_texto(p boolean) returns text language sql immutable set search_path = '' as $$
  select case p when true then 'si' when false then 'no' else '' end
$$;
-- Un formulario manda los saltos de renglon a su modo.
create function interno.renglones(p text) returns text language sql immutable set search_path = '' as $$
  select btrim(regexp_replace(p, '\r\n?', E'\n', 'g'), E' \t\n')
$$;

-- p: {nombre, telefono, correo, empresa, notas, acepta ('si'|'no'|''), datos}; la llave ausente no se toca. p_previos: lo que quien edita tenia a la
-- vista, por campo ({telefono, 'dato.talla', …}). {r:'guardado'|'telefono_repetido'|'sin_telefono'|'cambio', id, otro, choques:{campo:{ahora, quien}}}
drop function public.guardar_ficha(uuid, jsonb, uuid);
create function public.guardar_ficha(p_contacto uuid, p jsonb, p_usuario uuid, p_previos jsonb default '{}') returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); a public.contactos; b public.contactos; v_otro uuid; v_cambios jsonb; v_choques jsonb;
begin
  select * into a from public.contactos where id = p_contacto and nombre_nora = v_nora for no key update;
  if not found then return null; end if;
  select jsonb_object_agg(z.campo, jsonb_build_object('ahora', z.ahora, 'quien', (
      select interno.nombre_de(e.usuario_id) from public.eventos_contacto e where e.nombre_nora = v_nora and e.contacto_id = a.id and e.tipo = 'datos' and e.detalle->'cambios' ? z.columna
        and coalesce(case when z.columna = 'datos' then e.detalle#>>array['cambios', 'datos', '1', substr(z.campo, 6)] when z.columna = 'acepta_envios' then interno.acepta_texto((e.detalle#>>'{cambios,acepta_envios,1}')::boolean) else e.detalle#>>array['cambios', z.columna, '1'] end, '') = z.ahora
       order by e.cuando desc, e.id desc limit 1))) into v_choques
    from (select f.campo, f.ahora, case when f.campo like 'dato.%' then 'datos' when f.campo = 'acepta' then 'acepta_envios' else f.campo end columna, f.nuevo
            from (select x.campo, coalesce(case x.campo when 'nombre' then a.nombre when 'telefono' then a.telefono when 'correo' then a.correo when 'empresa' then a.empresa when 'notas' then a.notas when 'acepta' then interno.acepta_texto(a.acepta_envios) else case when jsonb_typeof(a.datos->substr(x.campo, 6)) in ('string', 'number') then a.datos->>substr(x.campo, 6) end end, '') ahora,
                         coalesce(case when x.campo like 'dato.%' then p->'datos'->>substr(x.campo, 6) else p->>x.campo end, '') nuevo, x.previo
                    from jsonb_each_text(p_previos) x(campo, previo)) f
           where interno.renglones(f.ahora) not in (interno.renglones(f.previo), interno.renglones(f.nuevo))) z;
  if v_choques is not null then return jsonb_build_object('r', 'cambio', 'choques', v_choques); end if;
  if p ? 'telefono' and p->>'telefono' is not null then
    v_otro := coalesce((select o.id from public.contactos o where o.nombre_nora = v_nora and o.clave_telefono = public.clave_de(p->>'telefono') and o.id <> a.id),
                       (select t.contacto_id from public.telefonos_contacto t where t.nombre_nora = v_nora and t.clave = public.clave_de(p->>'telefono') and t.contacto_id <> a.id));
    if v_otro is not null then return jsonb_build_object('r', 'telefono_repetido', 'otro', v_otro); end if;
  end if;
  if p ? 'telefono' and p->>'telefono' is null and a.id_whatsapp is null then return '{"r":"sin_telefono"}'; end if;
  update public.contactos set
    nombre = case when p ? 'nombre' then nullif(btrim(p->>'nombre'), '') else nombre end,
    -- Si es el mismo numero escrito de otro modo se queda la forma con la que WhatsApp lo conoce.
    telefono = case when p ? 'telefono' and public.clave_de(p->>'telefono') is distinct from clave_telefono then p->>'telefono' else telefono end,
    correo = case when p ? 'correo' then nullif(btrim(p->>'correo'), '') else correo end,
    empresa = case when p ? 'empresa' then nullif(btrim(p->>'empresa'), '') else empresa end,
    notas = case when p ? 'notas' then nullif(btrim(p->>'notas'), '') else notas end,
    acepta_envios = case when p ? 'acepta' then case p->>'acepta' when 'si' then true when 'no' then false end else acepta_envios end,
    datos = case when p ? 'datos' then jsonb_strip_nulls(datos || (p->'datos')) else datos end
   where id = a.id returning * into b;
  select jsonb_object_agg(x.c, jsonb_build_array(x.antes, x.despues)) into v_cambios from (values ('nombre', to_jsonb(a.nombre), to_jsonb(b.nombre)), ('telefono', to_jsonb(a.telefono), to_jsonb(b.telefono)), ('correo', to_jsonb(a.correo), to_jsonb(b.correo)),
    ('empresa', to_jsonb(a.empresa), to_jsonb(b.empresa)), ('notas', to_jsonb(a.notas), to_jsonb(b.notas)), ('acepta_envios', to_jsonb(a.acepta_envios), to_jsonb(b.acepta_envios)), ('datos', a.datos, b.datos)) x(c, antes, despues) where x.antes is distinct from x.despues;
  if v_cambios is not null then
    insert into public.eventos_contacto (nombre_nora, contacto_id, tipo, detalle, usuario_id) values (v_nora, a.id, 'datos', jsonb_build_object('cambios', v_cambios), p_usuario);
  end if;
  return jsonb_build_object('r', 'guardado', 'id', a.id, 'cambio', v_cambios is not null);
end $$;
revoke execute on function public.guardar_ficha(uuid, jsonb, uuid, jsonb) from public, anon, authenticated;
grant execute on function public.guardar_ficha(uuid, jsonb, uuid, jsonb) to nora_panel;
