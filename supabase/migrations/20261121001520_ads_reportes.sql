-- Cambios desde el panel, receptores, reportes que salen una vez y su entrega.

-- Una campana, un conjunto o un anuncio. p: {cuenta, nivel, id, desde, hasta, antes_desde, antes_hasta}
create function public.ads_objeto(p jsonb) returns jsonb language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare v_nora text := public.nora_actual(); m public.meta_ads_cuentas; v_nivel text := p->>'nivel'; v_id text := p->>'id'; v_desde date := (p->>'desde')::date; v_hasta date := (p->>'hasta')::date; o record; v_dias jsonb; v_traido timestamptz;
  g numeric; i numeric; c numeric; v numeric; ag numeric; ai numeric; ac numeric; av numeric;
begin
  select * into m from public.meta_ads_cuentas x where x.nombre_nora = v_nora and x.id = (p->>'cuenta')::uuid;
  if not found then return null; end if;
  select * into o from (
    select x.id, x.nombre, x.estado, x.presupuesto_diario, x.presupuesto_total, x.fin, null::text miniatura, null::text campana from interno.ads_campanas x where v_nivel = 'campanas' and x.nombre_nora = v_nora and x.cuenta_id = m.id and x.id = v_id
    union all select x.id, x.nombre, x.estado, x.presupuesto_diario, x.presupuesto_total, x.fin, null, k.nombre from interno.ads_conjuntos x left join interno.ads_campanas k on k.nombre_nora = v_nora and k.cuenta_id = m.id and k.id = x.campana_id where v_nivel = 'conjuntos' and x.nombre_nora = v_nora and x.cuenta_id = m.id and x.id = v_id
    union all select x.id, x.nombre, x.estado, null, null, null, x.miniatura, k.nombre from interno.ads_anuncios x left join interno.ads_campanas k on k.nombre_nora = v_nora and k.cuenta_id = m.id and k.id = x.campana_id where v_nivel = 'anuncios' and x.nombre_nora = v_nora and x.cuenta_id = m.id and x.id = v_id) z limit 1;
  if not found then return null; end if;
  with r as materialized (
    select x.dia, x.gasto, x.impresiones, x.clics, x.conversaciones, x.traido from interno.ads_renglones x
     where x.nombre_nora = v_nora and x.cuenta_id = m.id and (x.dia between v_desde and v_hasta or x.dia between (p->>'antes_desde')::date and (p->>'antes_hasta')::date)
       and x.anuncio_id in (select n.id from interno.ads_anuncios n where n.nombre_nora = v_nora and n.cuenta_id = m.id and case v_nivel when 'campanas' then n.campana_id = v_id when 'conjuntos' then n.conjunto_id = v_id else n.id = v_id end)),
  t as (select sum(r.gasto) filter (where r.dia >= v_desde) g, sum(r.impresiones) filter (where r.dia >= v_desde) i, sum(r.clics) filter (where r.dia >= v_desde) c, sum(r.conversaciones) filter (where r.dia >= v_desde) v,
               sum(r.gasto) filter (where r.dia < v_desde) ag, sum(r.impresiones) filter (where r.dia < v_desde) ai, sum(r.clics) filter (where r.dia < v_desde) ac, sum(r.conversaciones) filter (where r.dia < v_desde) av, max(r.traido) traido from r),
  d as (select jsonb_agg(interno.ads_sumas(z.g, z.i, z.c, z.v) || jsonb_build_object('dia', z.dia) order by z.dia) dias
          from (select y.dia::date dia, sum(r.gasto) g, sum(r.impresiones) i, sum(r.clics) c, sum(r.conversaciones) v from generate_series(v_desde, v_hasta, interval '1 day') y(dia) left join r on r.dia = y.dia::date group by 1) z)
  select t.g, t.i, t.c, t.v, t.ag, t.ai, t.ac, t.av, t.traido, d.dias into g, i, c, v, ag, ai, ac, av, v_traido, v_dias from t, d;
  return interno.ads_sumas(g, i, c, v) || jsonb_build_object('id', o.id, 'nombre', o.nombre, 'estado', o.estado, 'presupuesto_diario', o.presupuesto_diario, 'presupuesto_total', o.presupuesto_total, 'fin', o.fin, 'miniatura', o.miniatura, 'campana', o.campana, 'nivel', v_nivel,
    'antes', interno.ads_sumas(ag, ai, ac, av), 'cuenta', interno.ads_cuenta(m), 'ajustes', interno.ads_ajustes(m), 'dias', coalesce(v_dias, '[]'), 'traido', v_traido,
    'cambios', interno.ads_cambios_de(v_nora, m.id, v_id, 20));
end $$;

create function interno.ads_ajustes(m public.meta_ads_cuentas) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('diario', coalesce(a.diario, false), 'semanal', coalesce(a.semanal, true), 'mensual', coalesce(a.mensual, false), 'revision', coalesce(a.revision, false), 'minimo', null, 'maximo_diario', a.maximo_diario, 'maximo_total', a.maximo_total)
    from (select 1) x left join public.meta_ads_ajustes a on a.cuenta_id = m.id and a.nombre_nora = m.nombre_nora
$$;

create function interno.ads_cambios_de(p_nora text, p_cuenta uuid, p_objeto text, p_n integer) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', z.id, 'cuando', z.cuando, 'quien', interno.nombre_de(z.usuario_id), 'origen', z.origen, 'nivel', z.nivel, 'objeto', z.objeto, 'campo', z.campo, 'antes', z.antes, 'despues', z.despues, 'resultado', z.resultado, 'detalle', z.detalle, 'moneda', z.moneda) order by z.cuando desc, z.id desc), '[]')
    from (select l.*, m.moneda from public.meta_ads_logs_cambios l join public.meta_ads_cuentas m on m.id = l.cuenta_id where l.nombre_nora = p_nora and (p_cuenta is null or l.cuenta_id = p_cuenta) and (p_objeto is null or l.objeto_id = p_objeto) order by l.cuando desc, l.id desc limit p_n) z
$$;

create function public.ads_cambios(p jsonb) returns jsonb language sql stable security definer set search_path = '' as $$
  select interno.ads_cambios_de(public.nora_actual(), (p->>'cuenta')::uuid, null, 200)
$$;

-- Un cambio pedido a Meta y lo que quedo. p: {cuenta, nivel, id, campo, antes, despues, resultado, detalle, leido?}. Con `leido` la copia de aqui queda como Meta dice que quedo.
create function public.ads_apuntar_cambio(p jsonb, p_usuario uuid) returns void language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v_cuenta uuid := (p->>'cuenta')::uuid; v_id text := p->>'id'; v_leido jsonb := nullif(p->'leido', 'null'); v_nombre text;
begin
  select z.nombre into v_nombre from (select c.nombre from public.meta_ads_campanas c where p->>'nivel' = 'campanas' and c.nombre_nora = v_nora and c.cuenta_id = v_cuenta and c.id = v_id
    union all select c.nombre from public.meta_ads_conjuntos c where p->>'nivel' = 'conjuntos' and c.nombre_nora = v_nora and c.cuenta_id = v_cuenta and c.id = v_id
    union all select c.nombre from public.meta_ads_anuncios c where p->>'nivel' = 'anuncios' and c.nombre_nora = v_nora and c.cuenta_id = v_cuenta and c.id = v_id) z;
  if not found then return; end if;
  insert into public.meta_ads_logs_cambios (nombre_nora, cuenta_id, usuario_id, origen, nivel, objeto_id, objeto, campo, antes, despues, resultado, detalle)
  values (v_nora, v_cuenta, (select u.id from public.usuarios u where u.id = p_usuario), 'panel', p->>'nivel', v_id, v_nombre, p->>'campo', p->'antes', p->'despues', p->>'resultado', left(p->>'detalle', 500));
  perform interno.apuntar(p_usuario, 'cambiar anuncio: ' || (p->>'campo'), (p->>'nivel') || ' ' || v_id, jsonb_build_object('valor', p->'antes'), jsonb_build_object('valor', p->'despues', 'resultado', p->'resultado'));
  if v_leido is null then return; end if;
  if p->>'nivel' = 'campanas' then
    update public.meta_ads_campanas set estado = v_leido->>'estado', presupuesto_diario = (v_leido->>'presupuesto_diario')::numeric, presupuesto_total = (v_leido->>'presupuesto_total')::numeric, fin = (v_leido->>'fin')::timestamptz where nombre_nora = v_nora and cuenta_id = v_cuenta and id = v_id;
  elsif p->>'nivel' = 'conjuntos' then
    update public.meta_ads_conjuntos set estado = v_leido->>'estado', presupuesto_diario = (v_leido->>'presupuesto_diario')::numeric, presupuesto_total = (v_leido->>'presupuesto_total')::numeric, fin = (v_leido->>'fin')::timestamptz where nombre_nora = v_nora and cuenta_id = v_cuenta and id = v_id;
  else
    update public.meta_ads_anuncios set estado = v_leido->>'estado' where nombre_nora = v_nora and cuenta_id = v_cuenta and id = v_id;
  end if;
end $$;

-- Receptores ----------------------------------------------------------------------------------------------------------

create function public.ads_receptores() returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'receptores', (select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'cuenta_id', r.cuenta_id, 'cuenta', coalesce(m.nombre, m.ad_account_id), 'nombre', r.nombre, 'quien', r.quien, 'canal', r.canal, 'destino', r.destino, 'cadencias', to_jsonb(r.cadencias), 'idioma', r.idioma, 'plantilla_id', r.plantilla_id, 'activo', r.activo, 'baja_en', r.baja_en,
        'ultima', (select jsonb_build_object('estado', coalesce(h.estado, e.estado), 'motivo', coalesce(h.error_detalle, e.motivo), 'cuando', e.created_at) from public.meta_ads_entregas e left join public.historial_conversaciones h on h.nombre_nora = e.nombre_nora and h.id = e.historial_id where e.nombre_nora = r.nombre_nora and e.receptor_id = r.id order by e.created_at desc limit 1)) order by m.nombre, r.nombre, r.id), '[]')
      from public.meta_ads_receptores r join public.meta_ads_cuentas m on m.id = r.cuenta_id where r.nombre_nora = n.n),
    'cuentas', (select coalesce(jsonb_agg(interno.ads_cuenta(m) || jsonb_build_object('ajustes', interno.ads_ajustes(m)) order by m.activo desc, m.created_at, m.id), '[]') from public.meta_ads_cuentas m where m.nombre_nora = n.n),
    'plantillas', (select coalesce(jsonb_agg(jsonb_build_object('id', w.id, 'nombre', w.nombre, 'idioma', w.idioma, 'cuerpo', w.cuerpo) order by lower(w.nombre)), '[]') from public.plantillas_whatsapp w where w.nombre_nora = n.n and w.estado = 'approved' and w.usable))
    from (select public.nora_actual() n) n where n.n is not null
$$;

-- p: {id?, cuenta, nombre, quien, canal, destino, cadencias, idioma, plantilla, baja_huella, otra_vez?}. {r:'guardado',id} | {r:'repetido'} | {r:'de_baja'}; null: no existe la cuenta o el receptor.
create function public.ads_guardar_receptor(p jsonb, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); r public.meta_ads_receptores; v_antes jsonb; v_cadencias text[] := array(select x from jsonb_array_elements_text(p->'cadencias') x);
begin
  if not exists (select from public.meta_ads_cuentas m where m.nombre_nora = v_nora and m.id = (p->>'cuenta')::uuid) then return null; end if;
  if p->>'plantilla' is not null and not exists (select from public.plantillas_whatsapp w where w.nombre_nora = v_nora and w.id = (p->>'plantilla')::uuid) then return null; end if;
  if p->>'id' is not null then
    select * into r from public.meta_ads_receptores x where x.nombre_nora = v_nora and x.id = (p->>'id')::uuid for no key update;
    if not found then return null; end if;
    v_antes := to_jsonb(r) - 'baja_huella';
  end if;
  begin
    if v_antes is null then
      insert into public.meta_ads_receptores (id, nombre_nora, cuenta_id, nombre, quien, canal, destino, cadencias, idioma, plantilla_id, baja_huella)
      values ((p->>'nuevo_id')::uuid, v_nora, (p->>'cuenta')::uuid, p->>'nombre', p->>'quien', p->>'canal', p->>'destino', v_cadencias, p->>'idioma', (p->>'plantilla')::uuid, p->>'baja_huella') returning * into r;
    else
      -- Otro correo es otra persona: su baja no pasa de una a otra, ni se le quita a quien la pidio.
      if r.baja_en is not null and r.destino = p->>'destino' then return jsonb_build_object('r', 'de_baja'); end if;
      update public.meta_ads_receptores set cuenta_id = (p->>'cuenta')::uuid, nombre = p->>'nombre', quien = p->>'quien', canal = p->>'canal', destino = p->>'destino', cadencias = v_cadencias, idioma = p->>'idioma', plantilla_id = (p->>'plantilla')::uuid, baja_en = null, activo = true where id = r.id returning * into r;
    end if;
  exception when unique_violation then
    return jsonb_build_object('r', 'repetido');
  end;
  perform interno.apuntar(p_usuario, case when v_antes is null then 'crear' else 'editar' end || ' receptor de anuncios', 'meta_ads_receptores ' || r.id, v_antes, to_jsonb(r) - 'baja_huella');
  return jsonb_build_object('r', 'guardado', 'id', r.id);
end $$;

create function public.ads_borrar_receptor(p_id uuid, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare r public.meta_ads_receptores;
begin
  delete from public.meta_ads_receptores x where x.nombre_nora = public.nora_actual() and x.id = p_id returning * into r;
  if not found then return null; end if;
  perform interno.apuntar(p_usuario, 'borrar receptor de anuncios', 'meta_ads_receptores ' || r.id, to_jsonb(r) - 'baja_huella', null);
  return jsonb_build_object('nombre', r.nombre);
end $$;

create function public.ads_guardar_ajustes(p jsonb, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); m public.meta_ads_cuentas; v_antes jsonb;
begin
  select * into m from public.meta_ads_cuentas x where x.nombre_nora = v_nora and x.id = (p->>'cuenta')::uuid;
  if not found then return null; end if;
  v_antes := interno.ads_ajustes(m);
  insert into public.meta_ads_ajustes (cuenta_id, nombre_nora, diario, semanal, mensual, revision) values (m.id, v_nora, (p->>'diario')::boolean, (p->>'semanal')::boolean, (p->>'mensual')::boolean, (p->>'revision')::boolean)
  on conflict (cuenta_id) do update set diario = excluded.diario, semanal = excluded.semanal, mensual = excluded.mensual, revision = excluded.revision;
  perform interno.apuntar(p_usuario, 'ajustar reportes de anuncios', 'meta_ads_cuentas ' || m.id, v_antes, interno.ads_ajustes(m));
  return interno.ads_ajustes(m);
end $$;

-- Los topes los pone la administracion, no la nora.
create function public.ads_guardar_limites(p_nora text, p_cuenta uuid, p_diario numeric, p_total numeric, p_usuario uuid) returns jsonb language plpgsql set search_path = '' as $$
declare m public.meta_ads_cuentas; v_antes jsonb;
begin
  select * into m from public.meta_ads_cuentas x where x.nombre_nora = p_nora and x.id = p_cuenta;
  if not found then return null; end if;
  v_antes := interno.ads_ajustes(m);
  insert into public.meta_ads_ajustes (cuenta_id, nombre_nora, maximo_diario, maximo_total) values (m.id, m.nombre_nora, p_diario, p_total)
  on conflict (cuenta_id) do update set maximo_diario = excluded.maximo_diario, maximo_total = excluded.maximo_total;
  insert into public.auditoria (quien, accion, entidad, nombre_nora, antes, despues) values ((select u.id from public.usuarios u where u.id = p_usuario), 'limitar anuncios', 'meta_ads_cuentas ' || m.id, m.nombre_nora, v_antes, interno.ads_ajustes(m));
  return interno.ads_ajustes(m);
end $$;

-- Reportes ------------------------------------------------------------------------------------------------------------

-- Todo lo que dice un reporte de ese periodo, contado ahora.
create function interno.ads_cifras(m public.meta_ads_cuentas, p_desde date, p_hasta date, p_adesde date, p_ahasta date, p_ahora timestamptz) returns jsonb language sql stable set search_path = '' as $$
  with r as materialized (select x.anuncio_id, x.plataforma, x.dia, x.gasto, x.impresiones, x.clics, x.conversaciones, x.traido from interno.ads_renglones x where x.nombre_nora = m.nombre_nora and x.cuenta_id = m.id and x.dia between p_desde and p_hasta),
  a as materialized (select r.anuncio_id, sum(r.gasto) gasto, sum(r.impresiones) impresiones, sum(r.clics) clics, sum(r.conversaciones) conversaciones from r group by 1)
  select jsonb_build_object('cuenta', interno.ads_cuenta(m), 'desde', p_desde, 'hasta', p_hasta, 'antes_desde', p_adesde, 'antes_hasta', p_ahasta,
    'total', (select interno.ads_sumas(sum(r.gasto), sum(r.impresiones), sum(r.clics), sum(r.conversaciones)) from r),
    'antes', (select interno.ads_sumas(sum(x.gasto), sum(x.impresiones), sum(x.clics), sum(x.conversaciones)) from interno.ads_renglones x where x.nombre_nora = m.nombre_nora and x.cuenta_id = m.id and x.dia between p_adesde and p_ahasta),
    'alcance', interno.ads_alcance(m, p_desde, p_hasta)->'n',
    'gasto_cuenta', (select sum(x.gasto) from interno.ads_dias_cuenta x where x.nombre_nora = m.nombre_nora and x.cuenta_id = m.id and x.dia between p_desde and p_hasta),
    'dias', (select jsonb_agg(interno.ads_sumas(z.g, z.i, z.c, z.v) || jsonb_build_object('dia', z.dia) order by z.dia) from (select d.dia::date dia, sum(r.gasto) g, sum(r.impresiones) i, sum(r.clics) c, sum(r.conversaciones) v from generate_series(p_desde, p_hasta, interval '1 day') d(dia) left join r on r.dia = d.dia::date group by 1) z),
    'campanas', (select coalesce(jsonb_agg(interno.ads_sumas(z.gasto, z.impresiones, z.clics, z.conversaciones) || jsonb_build_object('id', z.id, 'nombre', z.nombre, 'estado', z.estado) order by z.gasto desc, z.id), '[]')
        from (select coalesce(c.id, '') id, coalesce(c.nombre, 'Sin campaña') nombre, c.estado, sum(a.gasto) gasto, sum(a.impresiones) impresiones, sum(a.clics) clics, sum(a.conversaciones) conversaciones from a left join interno.ads_anuncios n on n.nombre_nora = m.nombre_nora and n.cuenta_id = m.id and n.id = a.anuncio_id left join interno.ads_campanas c on c.nombre_nora = m.nombre_nora and c.cuenta_id = m.id and c.id = n.campana_id group by 1, 2, 3 order by sum(a.gasto) desc limit 40) z),
    'anuncios', (select coalesce(jsonb_agg(interno.ads_sumas(z.gasto, z.impresiones, z.clics, z.conversaciones) || jsonb_build_object('id', z.anuncio_id, 'nombre', coalesce(n.nombre, z.anuncio_id), 'campana', c.nombre) order by z.gasto desc, z.anuncio_id), '[]')
        from (select * from a order by a.gasto desc, a.anuncio_id limit 10) z left join interno.ads_anuncios n on n.nombre_nora = m.nombre_nora and n.cuenta_id = m.id and n.id = z.anuncio_id left join interno.ads_campanas c on c.nombre_nora = m.nombre_nora and c.cuenta_id = m.id and c.id = n.campana_id),
    'n_anuncios', (select count(*) from a),
    'plataformas', (select coalesce(jsonb_agg(interno.ads_sumas(z.g, z.i, z.c, z.v) || jsonb_build_object('id', z.plataforma, 'nombre', z.plataforma) order by z.g desc, z.plataforma), '[]') from (select r.plataforma, sum(r.gasto) g, sum(r.impresiones) i, sum(r.clics) c, sum(r.conversaciones) v from r group by 1) z),
    'faltan', interno.ads_faltan(m, p_desde, p_hasta, p_ahora),
    'corregidos', (select coalesce(jsonb_agg(x.dia order by x.dia), '[]') from interno.ads_dias_cuenta x where x.nombre_nora = m.nombre_nora and x.cuenta_id = m.id and x.dia between p_desde and p_hasta and x.corregido),
    'traido', (select max(x.traido) from interno.ads_dias_cuenta x where x.nombre_nora = m.nombre_nora and x.cuenta_id = m.id and x.dia between p_desde and p_hasta),
    'demo', interno.ads_es_demo(m), 'renglones', (select count(*) from r))
$$;

-- Por que esas cifras no pueden salir, o null. La suma de anuncios y el total de la cuenta se redondean por separado: se tolera eso y nada mas.
create function interno.ads_negar(m public.meta_ads_cuentas, c jsonb, p_ahora timestamptz) returns text language sql stable set search_path = '' as $$
  select case
    when not interno.ads_es_demo(m) and (m.estado_conexion in ('vencida', 'sin_permiso') or m.token_expira <= p_ahora) then 'token'
    when (c->>'hasta')::date >= (p_ahora at time zone coalesce(m.zona_horaria, 'UTC'))::date then 'dia_abierto'
    when jsonb_array_length(c->'faltan') > 0 then 'faltan_dias'
    when abs((c->'total'->>'gasto')::numeric - coalesce((c->>'gasto_cuenta')::numeric, -1)) > 0.02 + 0.015 * sqrt((c->>'renglones')::numeric) then 'no_cuadra'
  end
$$;

create function public.ads_cuentas_por_reportar(p_despues uuid, p_n integer default 100) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', z.id, 'nombre_nora', z.nombre_nora, 'zona', z.zona, 'zona_cuenta', z.zona_horaria, 'cadencias', to_jsonb(z.cadencias),
      'hechos', (select coalesce(jsonb_agg(r.cadencia || ':' || r.desde), '[]') from public.meta_ads_reportes r where r.cuenta_id = z.id and r.estado in ('listo', 'por_aprobar') and r.desde > current_date - 70)) order by z.id), '[]')
    from (select m.id, m.nombre_nora, b.zona_horaria zona, m.zona_horaria, array_remove(array[case when coalesce(a.diario, false) then 'diario' end, case when coalesce(a.semanal, true) then 'semanal' end, case when coalesce(a.mensual, false) then 'mensual' end], null) cadencias
            from public.meta_ads_cuentas m join public.configuracion_bot b on b.nombre_nora = m.nombre_nora and b.activo
            join public.modulos_disponibles d on d.nombre_nora = m.nombre_nora and d.modulo = 'ads' and d.activo
            left join public.meta_ads_ajustes a on a.cuenta_id = m.id
           where m.activo and (p_despues is null or m.id > p_despues) order by m.id limit least(p_n, 500)) z
$$;

-- {id, estado, cifras, motivo, serie, idiomas, con_ia, avisar}. Un proceso a la vez por reporte; lo resuelto devuelve null.
create function public.ads_preparar_reporte(p jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare m public.meta_ads_cuentas; r public.meta_ads_reportes; c jsonb; v_motivo text; v_ahora timestamptz := (p->>'ahora')::timestamptz; v_avisar jsonb := '[]';
begin
  select * into m from public.meta_ads_cuentas x where x.nombre_nora = p->>'nora' and x.id = (p->>'cuenta')::uuid and x.activo;
  if not found then return null; end if;
  insert into public.meta_ads_reportes (nombre_nora, cuenta_id, cadencia, desde, hasta) values (m.nombre_nora, m.id, p->>'cadencia', (p->>'desde')::date, (p->>'hasta')::date) on conflict (cuenta_id, cadencia, desde) do nothing;
  select * into r from public.meta_ads_reportes x where x.cuenta_id = m.id and x.cadencia = p->>'cadencia' and x.desde = (p->>'desde')::date for update;
  if r.estado in ('por_aprobar', 'listo') then return null; end if;
  c := interno.ads_cifras(m, r.desde, r.hasta, (p->>'antes_desde')::date, (p->>'antes_hasta')::date, v_ahora);
  v_motivo := interno.ads_negar(m, c, v_ahora);
  if v_motivo is not null and r.avisado is distinct from v_motivo then
    select coalesce(jsonb_agg(jsonb_build_object('nombre', u.nombre, 'correo', u.correo) order by u.correo), '[]') into v_avisar
      from public.usuarios_noras x join public.usuarios u on u.id = x.usuario_id and u.activo where x.nombre_nora = m.nombre_nora and x.rol = 'dueno';
  end if;
  update public.meta_ads_reportes set estado = case when v_motivo is null then 'borrador' else 'negado' end, motivo = v_motivo, avisado = coalesce(v_motivo, avisado), cifras = c where id = r.id returning * into r;
  return jsonb_build_object('id', r.id, 'estado', r.estado, 'cifras', c, 'motivo', v_motivo, 'serie', r.serie, 'avisar', v_avisar,
    'idiomas', (select coalesce(jsonb_agg(distinct x.i), '["es"]') from (select 'es' i union select e.idioma from public.meta_ads_receptores e where e.nombre_nora = m.nombre_nora and e.cuenta_id = m.id and e.activo) x),
    'con_ia', (select b.ia_activa and interno.modulo_activo(m.nombre_nora, 'ia') from public.configuracion_bot b where b.nombre_nora = m.nombre_nora));
end $$;

create function interno.ads_crear_entregas(r public.meta_ads_reportes) returns integer language plpgsql set search_path = '' as $$
declare v_n integer;
begin
  insert into public.meta_ads_entregas (nombre_nora, reporte_id, receptor_id, canal, destino, nombre, idioma)
  select e.nombre_nora, r.id, e.id, e.canal, e.destino, e.nombre, e.idioma from public.meta_ads_receptores e
   where e.nombre_nora = r.nombre_nora and e.cuenta_id = r.cuenta_id and e.activo and e.baja_en is null and r.cadencia = any (e.cadencias)
  on conflict do nothing;
  get diagnostics v_n = row_count;
  return v_n;
end $$;

-- p: {nora, id, textos, huella}. true si este proceso lo dejo listo (o por aprobar). Las entregas nacen en la misma transaccion.
create function public.ads_publicar_reporte(p jsonb) returns boolean language plpgsql set search_path = '' as $$
declare r public.meta_ads_reportes; v_revision boolean;
begin
  select * into r from public.meta_ads_reportes x where x.nombre_nora = p->>'nora' and x.id = (p->>'id')::uuid and x.estado = 'borrador' for update;
  if not found then return false; end if;
  select coalesce((select a.revision from public.meta_ads_ajustes a where a.cuenta_id = r.cuenta_id), false) into v_revision;
  update public.meta_ads_reportes set estado = case when v_revision then 'por_aprobar' else 'listo' end, textos = p->'textos', liga_huella = p->>'huella', liga_vence = clock_timestamp() + interval '60 days' where id = r.id returning * into r;
  if r.estado = 'listo' then perform interno.ads_crear_entregas(r); end if;
  return true;
end $$;

create function interno.ads_reporte(r public.meta_ads_reportes) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', r.id, 'cuenta_id', r.cuenta_id, 'cadencia', r.cadencia, 'desde', r.desde, 'hasta', r.hasta, 'estado', r.estado, 'motivo', r.motivo, 'serie', r.serie, 'liga_vence', r.liga_vence, 'liga_revocada', r.liga_revocada, 'creado', r.created_at, 'aprobado_por', interno.nombre_de(r.aprobado_por))
$$;

-- Estado visto de una entrega: si ya es un mensaje de WhatsApp, el de ese mensaje.
create function interno.ads_entrega(e public.meta_ads_entregas) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', e.id, 'receptor_id', e.receptor_id, 'canal', e.canal, 'destino', e.destino, 'nombre', e.nombre, 'idioma', e.idioma, 'prueba', e.prueba, 'vuelta', e.vuelta, 'creado', e.created_at, 'enviado_en', coalesce(e.enviado_en, h.fecha_hora), 'leido_en', e.leido_en,
    'estado', case when e.leido_en is not null then 'leido' else coalesce(h.estado, e.estado) end, 'motivo', coalesce(h.error_detalle, e.motivo))
    from (select 1) x left join public.historial_conversaciones h on h.nombre_nora = e.nombre_nora and h.id = e.historial_id
$$;

create function public.ads_reportes(p jsonb) returns jsonb language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(interno.ads_reporte(r) || jsonb_build_object('cuenta', coalesce(m.nombre, m.ad_account_id), 'moneda', m.moneda, 'total', r.cifras->'total', 'faltan', r.cifras->'faltan', 'gasto_cuenta', r.cifras->'gasto_cuenta',
      'entregas', (select coalesce(jsonb_object_agg(z.estado, z.n), '{}') from (select case when e.leido_en is not null then 'leido' else coalesce(h.estado, e.estado) end estado, count(*) n from public.meta_ads_entregas e left join public.historial_conversaciones h on h.nombre_nora = e.nombre_nora and h.id = e.historial_id where e.nombre_nora = r.nombre_nora and e.reporte_id = r.id and not e.prueba group by 1) z)) order by r.created_at desc, r.id), '[]')
    from (select * from public.meta_ads_reportes x where x.nombre_nora = public.nora_actual() and (p->>'cuenta' is null or x.cuenta_id = (p->>'cuenta')::uuid) and (p->>'antes' is null or x.created_at < (p->>'antes')::timestamptz) order by x.created_at desc, x.id limit 40) r
    join public.meta_ads_cuentas m on m.id = r.cuenta_id
$$;

create function public.ads_reporte(p_id uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select interno.ads_reporte(r) || jsonb_build_object('cifras', r.cifras, 'textos', r.textos,
      'entregas', (select coalesce(jsonb_agg(interno.ads_entrega(e) order by e.created_at desc, e.id), '[]') from public.meta_ads_entregas e where e.nombre_nora = r.nombre_nora and e.reporte_id = r.id))
    from public.meta_ads_reportes r where r.nombre_nora = public.nora_actual() and r.id = p_id
$$;

-- p: {id, accion:'aprobar'|'revocar'|'renovar'|'reenviar'|'prueba', receptor?, huella?}. {r:'hecho', …}|{r:'no_toca'}; null: no existe.
create function public.ads_mover_reporte(p jsonb, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); r public.meta_ads_reportes; e public.meta_ads_receptores; v_accion text := p->>'accion'; v_n integer := 0;
begin
  select * into r from public.meta_ads_reportes x where x.nombre_nora = v_nora and x.id = (p->>'id')::uuid for update;
  if not found then return null; end if;
  if v_accion = 'aprobar' then
    if r.estado <> 'por_aprobar' then return '{"r":"no_toca"}'; end if;
    update public.meta_ads_reportes set estado = 'listo', aprobado_por = p_usuario where id = r.id returning * into r;
    v_n := interno.ads_crear_entregas(r);
  elsif v_accion = 'revocar' then
    update public.meta_ads_reportes set liga_revocada = clock_timestamp(), liga_huella = null where id = r.id;
  elsif v_accion = 'renovar' then
    if r.estado not in ('listo', 'por_aprobar') then return '{"r":"no_toca"}'; end if;
    update public.meta_ads_reportes set serie = r.serie + 1, liga_huella = p->>'huella', liga_revocada = null, liga_vence = clock_timestamp() + interval '60 days' where id = r.id;
  elsif v_accion in ('reenviar', 'prueba') then
    if r.estado <> 'listo' and not (v_accion = 'prueba' and r.estado = 'por_aprobar') then return '{"r":"no_toca"}'; end if;
    select * into e from public.meta_ads_receptores x where x.nombre_nora = v_nora and x.id = (p->>'receptor')::uuid and x.cuenta_id = r.cuenta_id;
    if not found then return null; end if;
    if e.baja_en is not null then return '{"r":"de_baja"}'; end if;
    insert into public.meta_ads_entregas (nombre_nora, reporte_id, receptor_id, canal, destino, nombre, idioma, prueba, vuelta)
    values (v_nora, r.id, e.id, e.canal, e.destino, e.nombre, e.idioma, v_accion = 'prueba', 1 + coalesce((select max(x.vuelta) from public.meta_ads_entregas x where x.reporte_id = r.id and x.receptor_id = e.id and x.prueba = (v_accion = 'prueba')), 0));
    v_n := 1;
  else
    raise exception using errcode = '22023', message = 'accion desconocida';
  end if;
  perform interno.apuntar(p_usuario, v_accion || ' reporte de anuncios', 'meta_ads_reportes ' || r.id, null, p - 'huella');
  return jsonb_build_object('r', 'hecho', 'entregas', v_n, 'cuenta', r.cuenta_id, 'serie', r.serie);
end $$;

-- Entregar ------------------------------------------------------------------------------------------------------------

create function public.ads_reclamar_entrega() returns jsonb language plpgsql set search_path = '' as $$
declare e public.meta_ads_entregas;
begin
  -- A medio envio murio quien lo llevaba: pudo haber salido, asi que no se repite; lo decide una persona.
  update public.meta_ads_entregas set estado = 'incierto', motivo = 'El envío se interrumpió; no sabemos si llegó.' where estado = 'enviando' and arriendo_hasta < clock_timestamp();
  select * into e from public.meta_ads_entregas x where x.estado = 'pendiente' and x.vence <= clock_timestamp() order by x.vence, x.id limit 1 for update skip locked;
  if not found then return null; end if;
  -- Quien pidio la baja entre tanto ya no recibe.
  if exists (select from public.meta_ads_receptores r where r.nombre_nora = e.nombre_nora and r.id = e.receptor_id and r.baja_en is not null) then
    update public.meta_ads_entregas set estado = 'rebotado', motivo = 'Esa persona pidió no recibir el reporte.' where id = e.id;
    return public.ads_reclamar_entrega();
  end if;
  update public.meta_ads_entregas set estado = 'enviando', intentos = intentos + 1, arriendo_hasta = clock_timestamp() + interval '5 minutes' where id = e.id returning * into e;
  return (select to_jsonb(e) || jsonb_build_object('cadencia', r.cadencia, 'serie', r.serie, 'cifras', r.cifras, 'textos', r.textos, 'nora', b.nombre_visible,
      'plantilla', (select jsonb_build_object('id', w.id, 'contenido', w.contenido, 'variables', to_jsonb(w.variables)) from public.meta_ads_receptores c join public.plantillas_whatsapp w on w.nombre_nora = c.nombre_nora and w.id = c.plantilla_id where c.nombre_nora = e.nombre_nora and c.id = e.receptor_id))
    from public.meta_ads_reportes r join public.configuracion_bot b on b.nombre_nora = r.nombre_nora where r.nombre_nora = e.nombre_nora and r.id = e.reporte_id);
end $$;

create function public.ads_anotar_entrega(p_id uuid, p_estado text, p_motivo text, p_espera_s integer default 0) returns void language sql set search_path = '' as $$
  update public.meta_ads_entregas set estado = p_estado, motivo = left(p_motivo, 300), arriendo_hasta = null, vence = clock_timestamp() + make_interval(secs => p_espera_s), enviado_en = case when p_estado = 'enviado' then clock_timestamp() else enviado_en end
   where id = p_id and estado = 'enviando'
$$;

-- Deja el reporte como mensaje de la nora en la fila de salida, y la entrega atada a el, en una transaccion.
create function public.ads_entregar_whatsapp(p jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare e public.meta_ads_entregas; k public.contactos; b public.configuracion_bot; t public.plantillas_whatsapp; v_razon text; v_id uuid; v_texto text := p->>'texto'; v_plantilla jsonb; v_clave text; x jsonb := p->'adjunto';
begin
  select * into e from public.meta_ads_entregas y where y.id = (p->>'entrega')::uuid and y.estado = 'enviando' for update;
  if not found then return jsonb_build_object('r', 'impedido', 'razon', 'ya_no_toca'); end if;
  select * into b from public.configuracion_bot where nombre_nora = e.nombre_nora;
  select y.contacto_id into v_id from public.telefonos_contacto y where y.nombre_nora = e.nombre_nora and y.clave = public.clave_de(e.destino);
  if v_id is null then
    insert into public.contactos (nombre_nora, telefono, nombre) values (e.nombre_nora, e.destino, e.nombre) on conflict do nothing;
    select c.id into v_id from public.contactos c where c.nombre_nora = e.nombre_nora and c.clave_telefono = public.clave_de(e.destino);
  end if;
  select * into k from public.contactos c where c.nombre_nora = e.nombre_nora and c.id = v_id for no key update;
  v_razon := interno.razon_no_enviar(k, b, 'envio');
  if v_razon = 'ventana_cerrada' then
    select w.* into t from public.meta_ads_receptores r join public.plantillas_whatsapp w on w.nombre_nora = r.nombre_nora and w.id = r.plantilla_id where r.nombre_nora = e.nombre_nora and r.id = e.receptor_id;
    if t.id is null then return jsonb_build_object('r', 'impedido', 'razon', 'ventana_cerrada'); end if;
    if t.estado <> 'approved' or not t.usable then return jsonb_build_object('r', 'impedido', 'razon', 'no_aprobada'); end if;
    if interno.variables_malas(t.variables, p->'variables') <> '[]' then return jsonb_build_object('r', 'impedido', 'razon', 'variables'); end if;
    v_razon := interno.razon_no_plantilla(k, b);
    v_texto := left(interno.llenar_plantilla(t.cuerpo, p->'variables'), 20000);
    v_plantilla := jsonb_build_object('sid', t.content_sid, 'nombre', t.nombre, 'variables', p->'variables');
  end if;
  if v_razon is not null then return jsonb_build_object('r', 'impedido', 'razon', v_razon); end if;
  v_clave := 'reporte:' || e.id;
  perform interno.despertar(k.id, e.nombre_nora, 'salida');
  insert into public.historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, origen, autor, estado, epoca, clave_cliente, plantilla)
  values (e.nombre_nora, k.id, coalesce(k.telefono, k.id_whatsapp), v_texto, 'respuesta', b.numero_nora, 'envio', 'pendiente', k.epoca, v_clave, v_plantilla) returning id into v_id;
  if v_plantilla is null then
    insert into public.adjuntos (id, nombre_nora, historial_id, tipo, nombre, bytes, ruta, sha256, estado) values ((x->>'id')::uuid, e.nombre_nora, v_id, x->>'tipo', x->>'nombre', (x->>'bytes')::bigint, x->>'ruta', x->>'sha256', 'listo');
  end if;
  update public.contactos set mensaje_reciente = public.resumen_de(v_texto, null), reciente_autor = 'envio', ultimo_mensaje = clock_timestamp() where id = k.id;
  update public.meta_ads_entregas set estado = 'en_fila', historial_id = v_id, motivo = null, arriendo_hasta = null where id = e.id;
  return jsonb_build_object('r', 'en_fila', 'contacto', k.id, 'plantilla', v_plantilla is not null);
end $$;

-- Lo publico ----------------------------------------------------------------------------------------------------------

create function public.ads_abrir_liga(p_huella text, p_entrega uuid) returns jsonb language plpgsql set search_path = '' as $$
declare r public.meta_ads_reportes; b public.configuracion_bot;
begin
  select * into r from public.meta_ads_reportes x where x.liga_huella = p_huella and x.liga_revocada is null and x.liga_vence > clock_timestamp() and x.estado in ('listo', 'por_aprobar');
  if not found then return null; end if;
  select * into b from public.configuracion_bot y where y.nombre_nora = r.nombre_nora and y.activo;
  if not found then return null; end if;
  if p_entrega is not null then
    update public.meta_ads_entregas set leido_en = clock_timestamp() where id = p_entrega and reporte_id = r.id and leido_en is null;
  end if;
  return jsonb_build_object('id', r.id, 'nombre_nora', r.nombre_nora, 'nora', b.nombre_visible, 'cadencia', r.cadencia, 'serie', r.serie, 'cifras', r.cifras, 'textos', r.textos);
end $$;

create function public.ads_baja(p_huella text, p_hacer boolean) returns jsonb language plpgsql set search_path = '' as $$
declare r public.meta_ads_receptores;
begin
  select * into r from public.meta_ads_receptores x where x.baja_huella = p_huella for update;
  if not found then return null; end if;
  if p_hacer and r.baja_en is null then
    update public.meta_ads_receptores set baja_en = clock_timestamp(), activo = false where id = r.id returning * into r;
    insert into public.auditoria (quien, accion, entidad, nombre_nora, antes, despues) values (null, 'baja de reportes de anuncios', 'meta_ads_receptores ' || r.id, r.nombre_nora, null, jsonb_build_object('nombre', r.nombre, 'canal', r.canal));
  end if;
  return (select jsonb_build_object('nombre', r.nombre, 'cuenta', coalesce(m.nombre, m.ad_account_id), 'nora', b.nombre_visible, 'idioma', r.idioma, 'activo', r.baja_en is null)
            from public.meta_ads_cuentas m join public.configuracion_bot b on b.nombre_nora = m.nombre_nora where m.id = r.cuenta_id);
end $$;

-- Permisos ------------------------------------------------------------------------------------------------------------
do $$ declare f regprocedure; begin
  for f in select p.oid from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('public', 'interno') and p.proname like 'ads\_%' loop
    execute format('revoke all on function %s from public', f);
    execute format('grant execute on function %s to service_role', f);
  end loop;
end $$;
grant execute on function public.ads_cuentas(), public.ads_panel(jsonb), public.ads_renglones(jsonb), public.ads_objeto(jsonb), public.ads_cambios(jsonb), public.ads_apuntar_cambio(jsonb, uuid), public.ads_receptores(), public.ads_guardar_receptor(jsonb, uuid), public.ads_borrar_receptor(uuid, uuid),
  public.ads_guardar_ajustes(jsonb, uuid), public.ads_reportes(jsonb), public.ads_reporte(uuid), public.ads_mover_reporte(jsonb, uuid) to nora_panel;
-- La entrega por WhatsApp corre como servicio y llena la plantilla con lo mismo que usa el chat.
grant execute on function interno.variables_malas(text[], jsonb), interno.llenar_plantilla(text, jsonb), interno.razon_no_plantilla(public.contactos, public.configuracion_bot), interno.razon_no_enviar(public.contactos, public.configuracion_bot, text) to service_role;
