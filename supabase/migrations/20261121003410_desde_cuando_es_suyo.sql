-- Desde cuando una nora es la duena de su numero: lo que entro antes era de otra nora o de otro programa, y la conciliacion no debe traerlo ni contestarlo.

alter table public.configuracion_bot add column numero_desde timestamptz;
comment on column public.configuracion_bot.numero_desde is 'Cuando empezo a recibir con este numero y esta cuenta de Twilio; null sin numero. La conciliacion no trae nada anterior';
update public.configuracion_bot set numero_desde = created_at where numero_nora is not null;

-- Se conserva el de quien llega con su numero y su fecha; un clon llega sin numero.
create function interno.estrenar_numero() returns trigger language plpgsql set search_path = '' as $$
begin
  new.numero_desde := case when new.numero_nora is null then null when tg_op = 'INSERT' then coalesce(new.numero_desde, clock_timestamp()) else clock_timestamp() end;
  return new;
end $$;
revoke execute on function interno.estrenar_numero() from public;
create trigger estrenar_numero before insert on public.configuracion_bot for each row execute function interno.estrenar_numero();
create trigger cambiar_numero before update of numero_nora on public.configuracion_bot for each row when (old.numero_nora is distinct from new.numero_nora) execute function interno.estrenar_numero();

-- Otra cuenta es otro trafico aunque el numero sea el mismo; un token nuevo de la misma cuenta no: lo que se perdio con el viejo se repone.
-- Las credenciales van cifradas, asi que eso lo dice quien las pone.
drop function public.poner_credenciales(text, text, text, uuid);
create function public.poner_credenciales(p_nora text, p_cifrado text, p_sena text, p_quien uuid, p_misma_cuenta boolean default false) returns boolean language plpgsql set search_path = '' as $$
declare v_habia boolean;
begin
  select credenciales_twilio is not null into v_habia from public.configuracion_bot where nombre_nora = p_nora for update;
  if not found then return false; end if;
  update public.configuracion_bot set credenciales_twilio = p_cifrado, numero_desde = case when p_misma_cuenta or numero_nora is null then numero_desde else clock_timestamp() end where nombre_nora = p_nora;
  perform public.auditar(p_quien, case when p_cifrado is null then 'quitar' else 'poner' end, 'credenciales de Twilio', p_nora, jsonb_build_object('propias', v_habia), jsonb_build_object('propias', p_cifrado is not null, 'cuenta', p_sena));
  return true;
end $$;
revoke execute on function public.poner_credenciales(text, text, text, uuid, boolean) from public, anon, authenticated;
grant execute on function public.poner_credenciales(text, text, text, uuid, boolean) to service_role;

-- Conciliacion: los sid que la nora debio recibir y no estan en su libro. p: [{sid,para,fecha}], de un mismo numero o de varios.
-- Lo que ya se aparto por sus datos no falta: reponerlo lo apartaria otra vez, con su error, en cada vuelta.
drop function public.sids_faltantes(text, jsonb);
create function public.mensajes_faltantes(p_nora text, p jsonb) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(m.sid), '[]') from jsonb_to_recordset(p) m(sid text, para text, fecha timestamptz)
    join public.configuracion_bot b on b.nombre_nora = p_nora and b.numero_nora = m.para and b.borrado_pedido_en is null and m.fecha >= b.numero_desde
   where not exists (select from public.historial_conversaciones h where h.nombre_nora = p_nora and h.sid = m.sid)
     and not exists (select from public.sids_borrados z where z.nombre_nora = p_nora and z.sid = m.sid)
     and not exists (select from public.mensajes_sin_nora q where q.sid = m.sid and q.motivo like 'cuarentena%')
$$;
revoke execute on function public.mensajes_faltantes(text, jsonb) from public, anon, authenticated;
grant execute on function public.mensajes_faltantes(text, jsonb) to service_role;
