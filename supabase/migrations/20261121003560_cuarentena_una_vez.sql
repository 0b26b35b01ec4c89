-- Conciliacion: los sid que la nora debio recibir y no estan en su libro. p: [{sid,para,fecha}], de un mismo numero o de varios.
-- Lo que ya se aparto por sus datos no falta: reponerlo lo apartaria otra vez, con su error, en cada vuelta.
create or replace function public.mensajes_faltantes(p_nora text, p jsonb) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(m.sid), '[]') from jsonb_to_recordset(p) m(sid text, para text, fecha timestamptz)
    join public.configuracion_bot b on b.nombre_nora = p_nora and b.numero_nora = m.para and b.borrado_pedido_en is null and m.fecha >= b.numero_desde
   where not exists (select from public.historial_conversaciones h where h.nombre_nora = p_nora and h.sid = m.sid)
     and not exists (select from public.sids_borrados z where z.nombre_nora = p_nora and z.sid = m.sid)
     and not exists (select from public.mensajes_sin_nora q where q.sid = m.sid and q.motivo like 'cuarentena%')
$$;
