-- Anuncios en el panel: lo que se lee de ellos, quien recibe reportes, los reportes y sus entregas.

-- Todo lo de abajo lee los anuncios por estas vistas y no por sus tablas: la sincronizacion puede cambiar sin tocar el panel.
create view interno.ads_renglones with (security_invoker = on) as select nombre_nora, cuenta_id, anuncio_id, dia, plataforma, gasto, impresiones, clics, conversaciones, traido from public.meta_ads_insights;
create view interno.ads_campanas with (security_invoker = on) as select nombre_nora, cuenta_id, id, nombre, estado, presupuesto_diario, presupuesto_total, fin from public.meta_ads_campanas;
create view interno.ads_conjuntos with (security_invoker = on) as select nombre_nora, cuenta_id, id, campana_id, nombre, estado, presupuesto_diario, presupuesto_total, fin from public.meta_ads_conjuntos;
create view interno.ads_anuncios with (security_invoker = on) as select nombre_nora, cuenta_id, id, conjunto_id, campana_id, nombre, estado, miniatura from public.meta_ads_anuncios;
create view interno.ads_dias_cuenta with (security_invoker = on) as select nombre_nora, cuenta_id, dia, gasto, traido, gasto <> gasto_primero corregido from public.meta_ads_dias;
create view interno.ads_alcances with (security_invoker = on) as select nombre_nora, cuenta_id, desde, hasta, alcance, traido from public.meta_ads_alcances;
grant select on interno.ads_renglones, interno.ads_campanas, interno.ads_conjuntos, interno.ads_anuncios, interno.ads_dias_cuenta, interno.ads_alcances to service_role;
create function interno.ads_es_demo(m public.meta_ads_cuentas) returns boolean language sql immutable set search_path = '' as $$ select m.demo $$;

-- Tablas --------------------------------------------------------------------------------------------------------------

-- Que reportes salen de una cuenta y que cambios se permiten desde el panel.
create table public.meta_ads_ajustes (
  cuenta_id uuid primary key,
  nombre_nora text not null,
  diario boolean not null default false,
  semanal boolean not null default true,
  mensual boolean not null default false,
  revision boolean not null default false,
  -- Limites que pone la administracion, en la moneda de la cuenta. null = sin limite nuestro.
  maximo_diario numeric(14, 2) check (maximo_diario > 0),
  maximo_total numeric(14, 2) check (maximo_total > 0),
  updated_at timestamptz not null default clock_timestamp(),
  foreign key (nombre_nora, cuenta_id) references public.meta_ads_cuentas (nombre_nora, id) on update cascade on delete cascade
);
create index meta_ads_ajustes_nora on public.meta_ads_ajustes (nombre_nora, cuenta_id);

create table public.meta_ads_receptores (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null,
  cuenta_id uuid not null,
  nombre text not null check (length(nombre) between 1 and 120),
  quien text not null check (quien in ('cliente', 'cliente_final', 'persona')),
  canal text not null check (canal in ('correo', 'whatsapp')),
  destino text not null check (length(destino) <= 200),
  cadencias text[] not null check (cardinality(cadencias) >= 1 and cadencias <@ array['diario', 'semanal', 'mensual']),
  idioma text not null default 'es' check (idioma in ('es', 'en')),
  plantilla_id uuid,
  activo boolean not null default true,
  baja_en timestamptz,
  baja_huella text not null unique check (length(baja_huella) = 64),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  unique (nombre_nora, id),
  unique (cuenta_id, canal, destino),
  foreign key (nombre_nora, cuenta_id) references public.meta_ads_cuentas (nombre_nora, id) on update cascade on delete cascade
);
create index meta_ads_receptores_cuenta on public.meta_ads_receptores (nombre_nora, cuenta_id);
comment on column public.meta_ads_receptores.baja_en is 'la persona pidio no recibir; solo ella se quita, y volver a darla de alta es otra decision apuntada';

create table public.meta_ads_reportes (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null,
  cuenta_id uuid not null,
  cadencia text not null check (cadencia in ('diario', 'semanal', 'mensual')),
  desde date not null,
  hasta date not null check (hasta >= desde),
  -- negado: no puede salir (motivo); se reintenta. borrador: cifras congeladas, faltan textos.
  estado text not null default 'borrador' check (estado in ('borrador', 'negado', 'por_aprobar', 'listo')),
  motivo text check (length(motivo) <= 40),
  avisado text check (length(avisado) <= 40),
  cifras jsonb not null default '{}' check (pg_column_size(cifras) <= 1048576),
  textos jsonb not null default '{}',
  aprobado_por uuid references public.usuarios (id) on delete set null,
  serie integer not null default 1,
  liga_huella text unique check (length(liga_huella) = 64),
  liga_vence timestamptz,
  liga_revocada timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  unique (nombre_nora, id),
  -- La llave que impide mandar dos veces lo mismo, lo pidan cuantos procesos lo pidan.
  unique (cuenta_id, cadencia, desde),
  foreign key (nombre_nora, cuenta_id) references public.meta_ads_cuentas (nombre_nora, id) on update cascade on delete cascade
);
create index meta_ads_reportes_lista on public.meta_ads_reportes (nombre_nora, cuenta_id, created_at desc);

create table public.meta_ads_entregas (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null,
  reporte_id uuid not null,
  receptor_id uuid,
  canal text not null check (canal in ('correo', 'whatsapp')),
  destino text not null check (length(destino) <= 200),
  nombre text not null check (length(nombre) <= 120),
  idioma text not null check (idioma in ('es', 'en')),
  prueba boolean not null default false,
  -- Un reenvio es otra entrega del mismo receptor.
  vuelta integer not null default 1,
  -- en_fila: ya es un mensaje de WhatsApp y su estado es el de ese mensaje. incierto: el proceso murio a medio envio; no se repite solo.
  estado text not null default 'pendiente' check (estado in ('pendiente', 'enviando', 'enviado', 'en_fila', 'rebotado', 'incierto')),
  motivo text check (length(motivo) <= 300),
  intentos integer not null default 0,
  vence timestamptz not null default clock_timestamp(),
  arriendo_hasta timestamptz,
  historial_id uuid,
  enviado_en timestamptz,
  leido_en timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  unique (nombre_nora, id),
  unique (reporte_id, receptor_id, prueba, vuelta),
  foreign key (nombre_nora, reporte_id) references public.meta_ads_reportes (nombre_nora, id) on update cascade on delete cascade
);
create index meta_ads_entregas_reporte on public.meta_ads_entregas (nombre_nora, reporte_id, created_at);
create index meta_ads_entregas_pendientes on public.meta_ads_entregas (vence) where estado in ('pendiente', 'enviando');

do $$ declare t text; begin
  foreach t in array array['meta_ads_ajustes', 'meta_ads_receptores', 'meta_ads_reportes', 'meta_ads_entregas'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('revoke all on public.%I from anon, authenticated', t);
    execute format('grant select, insert, update, delete on public.%I to service_role', t);
    execute format('create policy nora on public.%I for all to nora_panel using (nombre_nora = (select public.nora_actual())) with check (nombre_nora = (select public.nora_actual()))', t);
  end loop;
  foreach t in array array['meta_ads_ajustes', 'meta_ads_receptores', 'meta_ads_reportes'] loop
    execute format('create trigger tocar before update on public.%I for each row execute function interno.tocar_updated_at()', t);
  end loop;
end $$;
grant select (cuenta_id, nombre_nora, diario, semanal, mensual, revision, maximo_diario, maximo_total, updated_at) on public.meta_ads_ajustes to nora_panel;
grant select (id, nombre_nora, cuenta_id, nombre, quien, canal, destino, cadencias, idioma, plantilla_id, activo, baja_en, created_at, updated_at) on public.meta_ads_receptores to nora_panel;
grant select (id, nombre_nora, cuenta_id, cadencia, desde, hasta, estado, motivo, cifras, textos, serie, liga_vence, liga_revocada, created_at, updated_at) on public.meta_ads_reportes to nora_panel;
grant select (id, nombre_nora, reporte_id, receptor_id, canal, destino, nombre, idioma, prueba, vuelta, estado, motivo, historial_id, enviado_en, leido_en, created_at) on public.meta_ads_entregas to nora_panel;

-- Leer ----------------------------------------------------------------------------------------------------------------

create function interno.ads_sumas(g numeric, i numeric, c numeric, v numeric) returns jsonb language sql immutable set search_path = '' as $$
  select jsonb_build_object('gasto', coalesce(g, 0), 'impresiones', coalesce(i, 0), 'clics', coalesce(c, 0), 'conversaciones', coalesce(v, 0))
$$;

create function interno.ads_cuenta(m public.meta_ads_cuentas) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', m.id, 'ad_account_id', m.ad_account_id, 'nombre', coalesce(m.nombre, m.ad_account_id), 'moneda', m.moneda, 'zona', m.zona_horaria, 'estado_conexion', m.estado_conexion,
    'token_expira', m.token_expira, 'ultima_sincronizacion', m.ultima_sincronizacion, 'activo', m.activo, 'demo', interno.ads_es_demo(m))
$$;

create function public.ads_cuentas() returns jsonb language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(interno.ads_cuenta(m) order by m.activo desc, m.created_at, m.id), '[]') from public.meta_ads_cuentas m where m.nombre_nora = public.nora_actual()
$$;

-- Los dias del periodo que nunca se trajeron. El de hoy (en la zona de la cuenta) no cuenta: aun no termina.
create function interno.ads_faltan(m public.meta_ads_cuentas, p_desde date, p_hasta date, p_ahora timestamptz) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(d.dia::date order by d.dia), '[]')
    from generate_series(p_desde, least(p_hasta, (p_ahora at time zone coalesce(m.zona_horaria, 'UTC'))::date - 1), interval '1 day') d(dia)
   where not exists (select from interno.ads_dias_cuenta x where x.nombre_nora = m.nombre_nora and x.cuenta_id = m.id and x.dia = d.dia::date)
$$;

-- La pagina entera. p: {cuenta, desde, hasta, antes_desde, antes_hasta, nivel, padre?, orden, sentido, salto, n}. Una sola pasada por los renglones.
create function public.ads_panel(p jsonb) returns jsonb language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_nora text := public.nora_actual(); m public.meta_ads_cuentas; r jsonb; v_desde date := (p->>'desde')::date; v_hasta date := (p->>'hasta')::date; v_adesde date := (p->>'antes_desde')::date; v_ahasta date := (p->>'antes_hasta')::date;
  v_nivel text := p->>'nivel'; v_padre text := p->>'padre'; v_orden text := p->>'orden'; v_asc boolean := p->>'sentido' = 'asc'; v_salto integer := coalesce((p->>'salto')::integer, 0); v_n integer := least(coalesce((p->>'n')::integer, 50), 200);
begin
  select * into m from public.meta_ads_cuentas c where c.nombre_nora = v_nora and c.id = (p->>'cuenta')::uuid;
  if not found then return null; end if;
  with g as materialized (
    select x.anuncio_id, x.plataforma, case when grouping(x.dia) = 0 then x.dia end dia, (x.dia >= v_desde) ahora, grouping(x.anuncio_id) g_anuncio, grouping(x.dia) g_dia,
           sum(x.gasto) gasto, sum(x.impresiones) impresiones, sum(x.clics) clics, sum(x.conversaciones) conversaciones, count(*) n, max(x.traido) traido
      from (select z.anuncio_id, z.plataforma, z.dia, z.gasto, z.impresiones, z.clics, z.conversaciones, z.traido from interno.ads_renglones z
             where z.nombre_nora = v_nora and z.cuenta_id = m.id and (z.dia between v_desde and v_hasta or z.dia between v_adesde and v_ahasta)) x
     group by grouping sets ((x.anuncio_id, x.plataforma, (x.dia >= v_desde)), (x.dia, (x.dia >= v_desde)))),
  a as materialized (select g.anuncio_id, g.ahora, sum(g.gasto) gasto, sum(g.impresiones) impresiones, sum(g.clics) clics, sum(g.conversaciones) conversaciones from g where g.g_anuncio = 0 group by 1, 2),
  objetos as (
    select o.id, o.nombre, o.estado, o.presupuesto_diario, o.presupuesto_total, o.fin, o.miniatura,
           coalesce(sum(a.gasto) filter (where a.ahora), 0) gasto, coalesce(sum(a.impresiones) filter (where a.ahora), 0) impresiones, coalesce(sum(a.clics) filter (where a.ahora), 0) clics, coalesce(sum(a.conversaciones) filter (where a.ahora), 0) conversaciones,
           coalesce(sum(a.gasto) filter (where not a.ahora), 0) agasto, coalesce(sum(a.impresiones) filter (where not a.ahora), 0) aimpresiones, coalesce(sum(a.clics) filter (where not a.ahora), 0) aclics, coalesce(sum(a.conversaciones) filter (where not a.ahora), 0) aconversaciones
      from (select c.id, c.nombre, c.estado, c.presupuesto_diario, c.presupuesto_total, c.fin, null::text miniatura, null::text padre from interno.ads_campanas c where v_nivel = 'campanas' and c.nombre_nora = v_nora and c.cuenta_id = m.id
            union all select s.id, s.nombre, s.estado, s.presupuesto_diario, s.presupuesto_total, s.fin, null, s.campana_id from interno.ads_conjuntos s where v_nivel = 'conjuntos' and s.nombre_nora = v_nora and s.cuenta_id = m.id and (v_padre is null or s.campana_id = v_padre)
            union all select n.id, n.nombre, n.estado, null, null, null, n.miniatura, n.conjunto_id from interno.ads_anuncios n where v_nivel = 'anuncios' and n.nombre_nora = v_nora and n.cuenta_id = m.id and (v_padre is null or n.conjunto_id = v_padre)) o
      left join interno.ads_anuncios k on k.nombre_nora = v_nora and k.cuenta_id = m.id and case v_nivel when 'campanas' then k.campana_id = o.id when 'conjuntos' then k.conjunto_id = o.id else k.id = o.id end
      left join a on a.anuncio_id = k.id
     group by o.id, o.nombre, o.estado, o.presupuesto_diario, o.presupuesto_total, o.fin, o.miniatura),
  puestos as (
    select z.*, row_number() over (order by
        case when v_asc then z.llave end asc nulls last, case when not v_asc then z.llave end desc nulls last,
        case when v_asc then z.letra end asc nulls last, case when not v_asc then z.letra end desc nulls last, z.gasto desc, z.id) lugar
      from (select o.*, case v_orden when 'gasto' then o.gasto when 'impresiones' then o.impresiones when 'clics' then o.clics when 'conversaciones' then o.conversaciones when 'presupuesto' then coalesce(o.presupuesto_diario, o.presupuesto_total)
                       when 'ctr' then o.clics / nullif(o.impresiones, 0)::numeric when 'cpc' then o.gasto / nullif(o.clics, 0) when 'costo_conversacion' then o.gasto / nullif(o.conversaciones, 0) end llave,
                     case v_orden when 'nombre' then public.sin_acentos(o.nombre) when 'estado' then o.estado end letra from objetos o) z),
  cortos as (
    select n.id, n.nombre, c.nombre campana, a.gasto, a.impresiones, a.clics, a.conversaciones,
           row_number() over (order by a.gasto / nullif(a.conversaciones, 0), a.gasto desc) mejor, row_number() over (order by case when a.conversaciones = 0 then 0 else 1 end, a.gasto / nullif(a.conversaciones, 0) desc, a.gasto desc) peor, count(*) over () cuantos, avg(a.gasto) over () medio
      from a join interno.ads_anuncios n on n.nombre_nora = v_nora and n.cuenta_id = m.id and n.id = a.anuncio_id left join interno.ads_campanas c on c.nombre_nora = v_nora and c.cuenta_id = m.id and c.id = n.campana_id
     where a.ahora and a.gasto > 0)
  select jsonb_build_object(
    'total', (select interno.ads_sumas(sum(a.gasto), sum(a.impresiones), sum(a.clics), sum(a.conversaciones)) from a where a.ahora),
    'antes', (select interno.ads_sumas(sum(a.gasto), sum(a.impresiones), sum(a.clics), sum(a.conversaciones)) from a where not a.ahora),
    'dias', (select coalesce(jsonb_agg(interno.ads_sumas(g.gasto, g.impresiones, g.clics, g.conversaciones) || jsonb_build_object('dia', d.dia::date) order by d.dia), '[]')
               from generate_series(v_desde, v_hasta, interval '1 day') d(dia) left join g on g.g_dia = 0 and g.dia = d.dia::date),
    'plataformas', (select coalesce(jsonb_agg(interno.ads_sumas(z.gasto, z.impresiones, z.clics, z.conversaciones) || jsonb_build_object('id', z.plataforma) order by z.gasto desc, z.plataforma), '[]')
               from (select g.plataforma, sum(g.gasto) gasto, sum(g.impresiones) impresiones, sum(g.clics) clics, sum(g.conversaciones) conversaciones from g where g.g_anuncio = 0 and g.ahora group by 1) z),
    'mejores', (select coalesce(jsonb_agg(interno.ads_sumas(k.gasto, k.impresiones, k.clics, k.conversaciones) || jsonb_build_object('id', k.id, 'nombre', k.nombre, 'campana', k.campana) order by k.mejor), '[]') from cortos k where k.conversaciones >= 2 and k.mejor <= 3),
    'peores', (select coalesce(jsonb_agg(interno.ads_sumas(k.gasto, k.impresiones, k.clics, k.conversaciones) || jsonb_build_object('id', k.id, 'nombre', k.nombre, 'campana', k.campana) order by k.peor), '[]') from cortos k where k.cuantos > 3 and k.peor <= 3 and (k.mejor > 3 or k.conversaciones < 2) and k.gasto >= k.medio / 10),
    'objetos', (select coalesce(jsonb_agg(interno.ads_sumas(o.gasto, o.impresiones, o.clics, o.conversaciones) || jsonb_build_object('id', o.id, 'nombre', o.nombre, 'estado', o.estado, 'presupuesto_diario', o.presupuesto_diario, 'presupuesto_total', o.presupuesto_total, 'fin', o.fin, 'miniatura', o.miniatura,
               'antes', interno.ads_sumas(o.agasto, o.aimpresiones, o.aclics, o.aconversaciones)) order by o.lugar), '[]') from puestos o where o.lugar > v_salto and o.lugar <= v_salto + v_n),
    'total_objetos', (select count(*) from objetos),
    'renglones', (select coalesce(sum(g.n), 0) from g where g.g_anuncio = 0 and g.ahora), 'traido', (select max(g.traido) from g where g.ahora)) into r;
  return r || jsonb_build_object(
    'cuentas', '[]'::jsonb,
    'padres', case when v_padre is null then '[]'::jsonb when v_nivel = 'conjuntos' then (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'nombre', c.nombre, 'nivel', 'campanas')), '[]') from interno.ads_campanas c where c.nombre_nora = v_nora and c.cuenta_id = m.id and c.id = v_padre)
       else (select coalesce(jsonb_agg(x.j order by x.o), '[]') from (select 1 o, jsonb_build_object('id', c.id, 'nombre', c.nombre, 'nivel', 'campanas') j from interno.ads_conjuntos s join interno.ads_campanas c on c.nombre_nora = v_nora and c.cuenta_id = m.id and c.id = s.campana_id where s.nombre_nora = v_nora and s.cuenta_id = m.id and s.id = v_padre
             union all select 2, jsonb_build_object('id', s.id, 'nombre', s.nombre, 'nivel', 'conjuntos') from interno.ads_conjuntos s where s.nombre_nora = v_nora and s.cuenta_id = m.id and s.id = v_padre) x) end,
    'alcance', interno.ads_alcance(m, v_desde, v_hasta), 'alcance_antes', interno.ads_alcance(m, v_adesde, v_ahasta),
    'gasto_cuenta', (select sum(x.gasto) from interno.ads_dias_cuenta x where x.nombre_nora = v_nora and x.cuenta_id = m.id and x.dia between v_desde and v_hasta),
    'faltan', interno.ads_faltan(m, v_desde, v_hasta, clock_timestamp()),
    'nuestros', interno.ads_nuestros(m, v_desde, v_hasta));
end $$;

-- El alcance de esa ventana exacta, si Meta lo dio. Nunca se suma.
create function interno.ads_alcance(m public.meta_ads_cuentas, p_desde date, p_hasta date) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('n', x.alcance, 'traido', x.traido) from interno.ads_alcances x where x.nombre_nora = m.nombre_nora and x.cuenta_id = m.id and x.desde = p_desde and x.hasta = p_hasta and x.alcance is not null
$$;

-- Lo que llego a WhatsApp diciendo de que anuncio venia, junto a lo que Meta conto. Una conversacion = un contacto con un mensaje que trae ese anuncio, en esos dias de la cuenta.
create function interno.ads_nuestros(m public.meta_ads_cuentas, p_desde date, p_hasta date) returns jsonb language sql stable set search_path = '' as $$
  with l as materialized (
    select distinct h.referido->>'ReferralSourceId' anuncio, h.contacto_id
      from public.historial_conversaciones h
     where h.nombre_nora = m.nombre_nora and h.referido is not null and h.autor = 'contacto'
       and h.fecha_hora >= (p_desde::timestamp at time zone coalesce(m.zona_horaria, 'UTC')) and h.fecha_hora < ((p_hasta + 1)::timestamp at time zone coalesce(m.zona_horaria, 'UTC'))
       and exists (select from interno.ads_anuncios n where n.nombre_nora = m.nombre_nora and n.cuenta_id = m.id and n.id = h.referido->>'ReferralSourceId')),
  e as materialized (select l.anuncio, x.etiqueta, count(distinct l.contacto_id) n from l join public.contactos k on k.nombre_nora = m.nombre_nora and k.id = l.contacto_id cross join lateral unnest(k.etiquetas) x(etiqueta) group by 1, 2),
  t as (select l.anuncio, count(*) n from l group by 1 order by 2 desc limit 20)
  select jsonb_build_object('conversaciones', (select count(distinct l.contacto_id) from l),
    'etiquetas', (select coalesce(jsonb_agg(jsonb_build_object('nombre', z.etiqueta, 'n', z.n) order by z.n desc, z.etiqueta), '[]') from (
        select x.etiqueta, count(distinct l.contacto_id) n from l join public.contactos k on k.nombre_nora = m.nombre_nora and k.id = l.contacto_id cross join lateral unnest(k.etiquetas) x(etiqueta) group by 1 order by 2 desc limit 4) z),
    'anuncios', (select coalesce(jsonb_agg(jsonb_build_object('id', t.anuncio, 'nombre', n.nombre, 'gasto', coalesce(s.gasto, 0), 'meta', coalesce(s.conversaciones, 0), 'conversaciones', t.n, 'contactos', t.n,
        'etiquetas', (select coalesce(jsonb_agg(jsonb_build_object('nombre', e.etiqueta, 'n', e.n) order by e.n desc, e.etiqueta), '[]') from e where e.anuncio = t.anuncio)) order by t.n desc, t.anuncio), '[]')
      from t join interno.ads_anuncios n on n.nombre_nora = m.nombre_nora and n.cuenta_id = m.id and n.id = t.anuncio
      left join lateral (select sum(r.gasto) gasto, sum(r.conversaciones) conversaciones from interno.ads_renglones r where r.nombre_nora = m.nombre_nora and r.cuenta_id = m.id and r.anuncio_id = t.anuncio and r.dia between p_desde and p_hasta) s on true))
$$;

-- Los renglones tal cual, por llave. p: {cuenta, desde, hasta, despues:[dia,anuncio,plataforma]|null, n}
create function public.ads_renglones(p jsonb) returns jsonb language sql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
  select coalesce(jsonb_agg(interno.ads_sumas(z.gasto, z.impresiones, z.clics, z.conversaciones) || jsonb_build_object('dia', z.dia, 'anuncio_id', z.anuncio_id, 'anuncio', coalesce(n.nombre, ''), 'conjunto', coalesce(s.nombre, ''), 'campana', coalesce(c.nombre, ''), 'plataforma', z.plataforma, 'traido', z.traido)
      order by z.dia, z.anuncio_id, z.plataforma), '[]')
    from (select r.* from interno.ads_renglones r where r.nombre_nora = public.nora_actual() and r.cuenta_id = (p->>'cuenta')::uuid and r.dia between (p->>'desde')::date and (p->>'hasta')::date
             and (jsonb_typeof(p->'despues') is distinct from 'array' or (r.dia, r.anuncio_id, r.plataforma) > ((p->'despues'->>0)::date, p->'despues'->>1, p->'despues'->>2))
           order by r.dia, r.anuncio_id, r.plataforma limit least(coalesce((p->>'n')::integer, 1000), 1000)) z
    left join interno.ads_anuncios n on n.nombre_nora = z.nombre_nora and n.cuenta_id = z.cuenta_id and n.id = z.anuncio_id
    left join interno.ads_conjuntos s on s.nombre_nora = z.nombre_nora and s.cuenta_id = z.cuenta_id and s.id = n.conjunto_id
    left join interno.ads_campanas c on c.nombre_nora = z.nombre_nora and c.cuenta_id = z.cuenta_id and c.id = n.campana_id
$$;
