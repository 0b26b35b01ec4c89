-- Tres cambios de configuracion dejaban renglon sin decir como estaba: editar una regla de etiqueta, encenderla o apagarla, y descartar un cambio en prueba.

create or replace function public.guardar_regla_etiqueta(p_id uuid, p jsonb, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v_frases text[] := array(select left(btrim(x), 200) from jsonb_array_elements_text(p->'frases') x where public.en_palabras(x) <> '  '); a public.reglas_etiquetas; b public.reglas_etiquetas; v_etiqueta text;
begin
  select e.nombre into v_etiqueta from public.etiquetas e where e.id = (p->>'etiqueta')::uuid and e.nombre_nora = v_nora;
  if not found then return '{"r":"no_esta"}'; end if;
  if p_id is null then
    if (select count(*) from public.reglas_etiquetas r where r.nombre_nora = v_nora) >= 200 then return '{"r":"demasiadas"}'; end if;
    insert into public.reglas_etiquetas (nombre_nora, etiqueta_id, frases) values (v_nora, (p->>'etiqueta')::uuid, v_frases) returning * into b;
  else
    select * into a from public.reglas_etiquetas r where r.id = p_id and r.nombre_nora = v_nora for update;
    if not found then return '{"r":"no_esta"}'; end if;
    update public.reglas_etiquetas set etiqueta_id = (p->>'etiqueta')::uuid, frases = v_frases, activo = coalesce((p->>'activo')::boolean, activo) where id = p_id and nombre_nora = v_nora returning * into b;
  end if;
  perform interno.apuntar(p_usuario, 'guardar', 'regla de etiqueta ' || v_etiqueta,
    case when a.id is not null then jsonb_build_object('etiqueta', (select e.nombre from public.etiquetas e where e.nombre_nora = v_nora and e.id = a.etiqueta_id), 'frases', to_jsonb(a.frases), 'activo', a.activo) end,
    jsonb_build_object('id', b.id, 'etiqueta', v_etiqueta, 'frases', to_jsonb(b.frases), 'activo', b.activo));
  return jsonb_build_object('r', 'guardada', 'id', b.id);
end $$;

create or replace function public.activar_regla_etiqueta(p_id uuid, p_activo boolean, p_usuario uuid) returns boolean language plpgsql security definer set search_path = '' as $$
declare a public.reglas_etiquetas;
begin
  select * into a from public.reglas_etiquetas r where r.id = p_id and r.nombre_nora = public.nora_actual() for update;
  if not found then return false; end if;
  update public.reglas_etiquetas set activo = p_activo where id = a.id and nombre_nora = a.nombre_nora;
  perform interno.apuntar(p_usuario, case when p_activo then 'activar' else 'desactivar' end,
    'regla de etiqueta ' || (select e.nombre from public.etiquetas e where e.nombre_nora = a.nombre_nora and e.id = a.etiqueta_id), jsonb_build_object('activo', a.activo), jsonb_build_object('activo', p_activo));
  return true;
end $$;

create or replace function public.descartar_cambio(p_id uuid, p_usuario uuid) returns boolean language plpgsql security definer set search_path = '' as $$
declare c public.corridas_ia;
begin
  update public.corridas_ia x set publicacion = 'descartada', publicado_por = (select u.id from public.usuarios u where u.id = p_usuario), estado = case when x.estado in ('pendiente', 'corriendo') then 'fallida' else x.estado end
   where x.nombre_nora = public.nora_actual() and x.id = p_id and x.publicacion = 'esperando' returning * into c;
  if not found then return false; end if;
  perform interno.apuntar(p_usuario, 'descartar cambio', 'corridas_ia ' || p_id, jsonb_build_object('resumen', c.resumen, 'cambio', c.cambio), jsonb_build_object('publicacion', c.publicacion));
  return true;
end $$;
