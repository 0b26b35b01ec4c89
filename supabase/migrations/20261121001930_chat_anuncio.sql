-- La ficha del chat dice de que anuncio vino la persona.

-- El ultimo por el que llego, con su nombre y su campaña si es de una cuenta conectada. Sin anuncio apuntado no se recorre el hilo.
create function interno.anuncio_de(k public.contactos) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', h.referido->>'ReferralSourceId', 'cuando', h.fecha_hora, 'titular', coalesce(h.referido->>'ReferralHeadline', h.referido->>'headline', h.referido->>'titular'), 'nombre', a.nombre, 'cuenta', a.cuenta_id, 'campana', c.nombre, 'miniatura', a.miniatura)
    from (select x.referido, x.fecha_hora from public.historial_conversaciones x where k.anuncio_id is not null and x.nombre_nora = k.nombre_nora and x.contacto_id = k.id and x.referido is not null order by x.fecha_hora desc, x.id desc limit 1) h
    left join lateral (select n.* from public.meta_ads_anuncios n where n.nombre_nora = k.nombre_nora and n.id = h.referido->>'ReferralSourceId' order by n.traido desc limit 1) a on true
    left join public.meta_ads_campanas c on c.nombre_nora = a.nombre_nora and c.cuenta_id = a.cuenta_id and c.id = a.campana_id
$$;
revoke all on function interno.anuncio_de(public.contactos) from public;

-- Igual que antes, con el anuncio.
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
    'programados', (select coalesce(jsonb_agg(interno.programado(m) order by m.cuando, m.id), '[]') from public.mensajes_programados m where m.nombre_nora = v_nora and m.contacto_id = k.id and m.estado = 'programado'),
    'ia_activa_nora', b.ia_activa, 'ahora', clock_timestamp());
end $$;

-- Igual que antes, con el primer dia en que un mensaje dijo de que anuncio venia.
create or replace function interno.ads_nuestros(m public.meta_ads_cuentas, p_desde date, p_hasta date) returns jsonb language sql stable set search_path = '' as $$
  with l as materialized (
    select distinct h.referido->>'ReferralSourceId' anuncio, h.contacto_id
      from public.historial_conversaciones h
     where h.nombre_nora = m.nombre_nora and h.referido is not null and h.autor = 'contacto'
       and h.fecha_hora >= (p_desde::timestamp at time zone coalesce(m.zona_horaria, 'UTC')) and h.fecha_hora < ((p_hasta + 1)::timestamp at time zone coalesce(m.zona_horaria, 'UTC'))
       and exists (select from interno.ads_anuncios n where n.nombre_nora = m.nombre_nora and n.cuenta_id = m.id and n.id = h.referido->>'ReferralSourceId')),
  -- Una busqueda por persona: juntarlas con toda la lista de contactos cuesta lo que mida la lista.
  y as materialized (select l.anuncio, l.contacto_id, x.etiqueta from l cross join lateral (select k.etiquetas from public.contactos k where k.nombre_nora = m.nombre_nora and k.id = l.contacto_id offset 0) k cross join lateral unnest(k.etiquetas) x(etiqueta)),
  e as materialized (select y.anuncio, y.etiqueta, count(distinct y.contacto_id) n from y group by 1, 2),
  s as materialized (select x.anuncio_id, x.gasto, x.conversaciones from interno.ads_por_anuncio(m.id, p_desde, p_hasta) x),
  t as (select l.anuncio, count(*) n from l group by 1 order by 2 desc limit 20)
  select jsonb_build_object('conversaciones', (select count(distinct l.contacto_id) from l),
    -- Desde que dia se sabe de que anuncio viene cada quien: de antes no hay con que dividir.
    'desde', (select (min(h.fecha_hora) at time zone coalesce(m.zona_horaria, 'UTC'))::date from public.historial_conversaciones h where h.nombre_nora = m.nombre_nora and h.referido is not null),
    'etiquetas', (select coalesce(jsonb_agg(jsonb_build_object('nombre', z.etiqueta, 'n', z.n) order by z.n desc, z.etiqueta), '[]') from (
        select y.etiqueta, count(distinct y.contacto_id) n from y group by 1 order by 2 desc, 1 limit 4) z),
    'anuncios', (select coalesce(jsonb_agg(jsonb_build_object('id', t.anuncio, 'nombre', n.nombre, 'gasto', coalesce(s.gasto, 0), 'meta', coalesce(s.conversaciones, 0), 'conversaciones', t.n, 'contactos', t.n,
        'etiquetas', (select coalesce(jsonb_agg(jsonb_build_object('nombre', e.etiqueta, 'n', e.n) order by e.n desc, e.etiqueta), '[]') from e where e.anuncio = t.anuncio)) order by t.n desc, t.anuncio), '[]')
      from t join interno.ads_anuncios n on n.nombre_nora = m.nombre_nora and n.cuenta_id = m.id and n.id = t.anuncio
      left join s on s.anuncio_id = t.anuncio))
$$;
