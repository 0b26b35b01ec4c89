-- Sin «materialized» el planificador aplana la subconsulta y arma el contexto hasta tres veces, una por cada mención de c.c.
-- Con 240 bloques de conocimiento, contexto_rafaga pasa de 25 a 14 ms.
create or replace function public.contexto_ia(p_contacto uuid, p_tokens_conocimiento integer default 3000, p_tokens_historial integer default 2000) returns jsonb language sql stable set search_path = '' as $$
  with c as materialized (select public.contexto_ia_base(p_contacto, p_tokens_conocimiento, p_tokens_historial) c)
  select c.c || jsonb_build_object('nora', interno.nora_ia(b))
    from c join public.configuracion_bot b on b.nombre_nora = c.c->'nora'->>'nombre_nora'
$$;
