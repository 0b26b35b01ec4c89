-- Las sumas de los anuncios hechas al escribir: la pagina de dos años lee miles de renglones y no cientos de miles.

-- Por anuncio, en bloques de 1, 8 y 64 dias contados desde 1970: cualquier periodo son a lo mas unas decenas de bloques.
create table public.meta_ads_resumen (
  nombre_nora text not null,
  cuenta_id uuid not null,
  nivel smallint not null check (nivel between 0 and 2),
  bloque integer not null,
  anuncio_id text not null,
  gasto numeric(16, 2) not null,
  impresiones bigint not null,
  clics bigint not null,
  conversaciones bigint not null,
  primary key (cuenta_id, nivel, bloque, anuncio_id) include (gasto, impresiones, clics, conversaciones),
  foreign key (nombre_nora, cuenta_id) references public.meta_ads_cuentas (nombre_nora, id) on update cascade on delete cascade
);
create index meta_ads_resumen_anuncio on public.meta_ads_resumen (cuenta_id, anuncio_id, nivel, bloque);
create index meta_ads_resumen_nora on public.meta_ads_resumen (nombre_nora, cuenta_id);

-- Por dia y lugar: la tendencia, Facebook contra Instagram, cuantos renglones hay detras y de cuando son.
create table public.meta_ads_resumen_dias (
  nombre_nora text not null,
  cuenta_id uuid not null,
  dia date not null,
  plataforma text not null,
  gasto numeric(16, 2) not null,
  impresiones bigint not null,
  clics bigint not null,
  conversaciones bigint not null,
  renglones integer not null,
  traido timestamptz not null,
  primary key (cuenta_id, dia, plataforma),
  foreign key (nombre_nora, cuenta_id) references public.meta_ads_cuentas (nombre_nora, id) on update cascade on delete cascade
);
create index meta_ads_resumen_dias_nora on public.meta_ads_resumen_dias (nombre_nora, cuenta_id);

-- Nadie las lee por la API: solo las funciones del panel. En public, como lo demas de una nora, para que vayan en el respaldo.
do $$ declare t text; begin
  foreach t in array array['meta_ads_resumen', 'meta_ads_resumen_dias'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('revoke all on public.%I from anon, authenticated', t);
    execute format('grant select, insert, update, delete on public.%I to service_role', t);
    execute format('create policy nora on public.%I for all to nora_panel using (nombre_nora = (select public.nora_actual())) with check (nombre_nora = (select public.nora_actual()))', t);
  end loop;
end $$;

-- Rehace el resumen de esos dias a partir de sus renglones. Repetirla no cambia nada, y lo que ya decia lo mismo no se vuelve a escribir.
create function interno.ads_resumir(p_nora text, p_cuenta uuid, p_dias date[]) returns void language plpgsql security definer set search_path = '' as $$
declare v_dias date[]; v_bloques integer[];
begin
  v_dias := array(select distinct x from unnest(p_dias) x where x is not null);
  if cardinality(v_dias) = 0 then return; end if;
  -- Dos dias comparten bloque: quien llega segundo tiene que ver lo del primero.
  perform pg_advisory_xact_lock(hashtextextended('nora:ads_resumir:' || p_cuenta, 0));

  delete from public.meta_ads_resumen_dias r where r.cuenta_id = p_cuenta and r.dia = any (v_dias)
     and not exists (select from public.meta_ads_insights i where i.nombre_nora = p_nora and i.cuenta_id = p_cuenta and i.dia = r.dia and i.plataforma = r.plataforma);
  insert into public.meta_ads_resumen_dias as r (nombre_nora, cuenta_id, dia, plataforma, gasto, impresiones, clics, conversaciones, renglones, traido)
  select p_nora, p_cuenta, i.dia, i.plataforma, sum(i.gasto), sum(i.impresiones), sum(i.clics), sum(i.conversaciones), count(*), max(i.traido)
    from public.meta_ads_insights i where i.nombre_nora = p_nora and i.cuenta_id = p_cuenta and i.dia = any (v_dias) group by i.dia, i.plataforma
  on conflict (cuenta_id, dia, plataforma) do update set gasto = excluded.gasto, impresiones = excluded.impresiones, clics = excluded.clics, conversaciones = excluded.conversaciones, renglones = excluded.renglones, traido = excluded.traido
   where (r.gasto, r.impresiones, r.clics, r.conversaciones, r.renglones, r.traido) is distinct from (excluded.gasto, excluded.impresiones, excluded.clics, excluded.conversaciones, excluded.renglones, excluded.traido);

  with fuera as (
    delete from public.meta_ads_resumen r where r.cuenta_id = p_cuenta and r.nivel = 0 and r.bloque = any (array(select d - date '1970-01-01' from unnest(v_dias) d))
       and not exists (select from public.meta_ads_insights i where i.nombre_nora = p_nora and i.cuenta_id = p_cuenta and i.dia = date '1970-01-01' + r.bloque and i.anuncio_id = r.anuncio_id) returning r.bloque),
  puestos as (
    insert into public.meta_ads_resumen as r (nombre_nora, cuenta_id, nivel, bloque, anuncio_id, gasto, impresiones, clics, conversaciones)
    select p_nora, p_cuenta, 0, i.dia - date '1970-01-01', i.anuncio_id, sum(i.gasto), sum(i.impresiones), sum(i.clics), sum(i.conversaciones)
      from public.meta_ads_insights i where i.nombre_nora = p_nora and i.cuenta_id = p_cuenta and i.dia = any (v_dias) group by i.dia, i.anuncio_id
    on conflict (cuenta_id, nivel, bloque, anuncio_id) do update set gasto = excluded.gasto, impresiones = excluded.impresiones, clics = excluded.clics, conversaciones = excluded.conversaciones
     where (r.gasto, r.impresiones, r.clics, r.conversaciones) is distinct from (excluded.gasto, excluded.impresiones, excluded.clics, excluded.conversaciones) returning r.bloque)
  select array(select f.bloque from fuera f union select x.bloque from puestos x) into v_bloques;

  -- Cada nivel se suma del de abajo, ocho bloques hacen uno; si abajo no cambio nada, arriba tampoco.
  for n in 1..2 loop
    exit when cardinality(v_bloques) = 0;
    v_bloques := array(select distinct x >> 3 from unnest(v_bloques) x);
    with fuera as (
      delete from public.meta_ads_resumen r where r.cuenta_id = p_cuenta and r.nivel = n and r.bloque = any (v_bloques)
         and not exists (select from public.meta_ads_resumen a where a.cuenta_id = p_cuenta and a.nivel = n - 1 and a.bloque between r.bloque << 3 and (r.bloque << 3) + 7 and a.anuncio_id = r.anuncio_id) returning r.bloque),
    puestos as (
      insert into public.meta_ads_resumen as r (nombre_nora, cuenta_id, nivel, bloque, anuncio_id, gasto, impresiones, clics, conversaciones)
      select p_nora, p_cuenta, n, b, a.anuncio_id, sum(a.gasto), sum(a.impresiones), sum(a.clics), sum(a.conversaciones)
        from unnest(v_bloques) b join public.meta_ads_resumen a on a.cuenta_id = p_cuenta and a.nivel = n - 1 and a.bloque between b << 3 and (b << 3) + 7 group by b, a.anuncio_id
      on conflict (cuenta_id, nivel, bloque, anuncio_id) do update set gasto = excluded.gasto, impresiones = excluded.impresiones, clics = excluded.clics, conversaciones = excluded.conversaciones
       where (r.gasto, r.impresiones, r.clics, r.conversaciones) is distinct from (excluded.gasto, excluded.impresiones, excluded.clics, excluded.conversaciones) returning r.bloque)
    select array(select f.bloque from fuera f union select x.bloque from puestos x) into v_bloques;
  end loop;
end $$;

-- Para que nadie lo olvide: quien escriba renglones, por donde sea, deja su resumen hecho en la misma transaccion.
create function interno.ads_resumir_tocados() returns trigger language plpgsql security definer set search_path = '' as $$
declare c record;
begin
  if tg_op = 'INSERT' then
    for c in select n.nombre_nora, n.cuenta_id, array_agg(distinct n.dia) dias from nuevos n group by 1, 2 order by 2 loop perform interno.ads_resumir(c.nombre_nora, c.cuenta_id, c.dias); end loop;
  elsif tg_op = 'UPDATE' then
    for c in select x.nombre_nora, x.cuenta_id, array_agg(distinct x.dia) dias from (select n.nombre_nora, n.cuenta_id, n.dia from nuevos n union select v.nombre_nora, v.cuenta_id, v.dia from viejos v) x group by 1, 2 order by 2 loop perform interno.ads_resumir(c.nombre_nora, c.cuenta_id, c.dias); end loop;
  else
    for c in select v.nombre_nora, v.cuenta_id, array_agg(distinct v.dia) dias from viejos v group by 1, 2 order by 2 loop perform interno.ads_resumir(c.nombre_nora, c.cuenta_id, c.dias); end loop;
  end if;
  return null;
end $$;
create trigger resumir_nuevos after insert on public.meta_ads_insights referencing new table as nuevos for each statement execute function interno.ads_resumir_tocados();
create trigger resumir_cambiados after update on public.meta_ads_insights referencing old table as viejos new table as nuevos for each statement execute function interno.ads_resumir_tocados();
create trigger resumir_borrados after delete on public.meta_ads_insights referencing old table as viejos for each statement execute function interno.ads_resumir_tocados();

do $$ declare c record; begin
  for c in select nombre_nora, cuenta_id, array_agg(distinct dia) dias from public.meta_ads_insights group by 1, 2 loop perform interno.ads_resumir(c.nombre_nora, c.cuenta_id, c.dias); end loop;
end $$;

-- Leer del resumen ----------------------------------------------------------------------------------------------------

-- Los bloques mas grandes que caben justo en el periodo, y en las orillas los chicos.
create function interno.ads_bloques(p_desde date, p_hasta date) returns table (nivel smallint, bloque integer) language sql immutable set search_path = '' rows 20 as $$
  select z.nivel::smallint, z.bloque from (select a, b, (a + 7) >> 3 << 3 a1, b >> 3 << 3 b1, (a + 63) >> 6 << 6 a2, b >> 6 << 6 b2 from (select p_desde - date '1970-01-01' a, p_hasta - date '1970-01-01' + 1 b) p) p
   cross join lateral (
    select 2 nivel, x bloque from generate_series(p.a2 >> 6, (p.b2 >> 6) - 1) x
    union all select 1, x from generate_series(p.a1 >> 3, (p.b1 >> 3) - 1) x where not (x << 3 >= p.a2 and x << 3 < p.b2)
    union all select 0, x from generate_series(p.a, p.b - 1) x where not (x >= p.a1 and x < p.b1)) z
$$;

-- Lo que sumo cada anuncio en el periodo.
create function interno.ads_por_anuncio(p_cuenta uuid, p_desde date, p_hasta date) returns table (anuncio_id text, gasto numeric, impresiones numeric, clics numeric, conversaciones numeric) language sql stable set search_path = '' rows 200 as $$
  select r.anuncio_id, sum(r.gasto), sum(r.impresiones), sum(r.clics), sum(r.conversaciones)
    from interno.ads_bloques(p_desde, p_hasta) b join public.meta_ads_resumen r on r.cuenta_id = p_cuenta and r.nivel = b.nivel and r.bloque = b.bloque group by r.anuncio_id
$$;

-- Sin `set`, para que se escriba dentro de quien la usa: una llamada por dia era la mitad de la pagina.
create or replace function interno.ads_sumas(g numeric, i numeric, c numeric, v numeric) returns jsonb language sql stable as $$
  select jsonb_build_object('gasto', coalesce(g, 0), 'impresiones', coalesce(i, 0), 'clics', coalesce(c, 0), 'conversaciones', coalesce(v, 0))
$$;

-- Lo que llego a WhatsApp por un anuncio se busca por fecha entre lo referido, que es lo menos.
create index historial_referidos on public.historial_conversaciones (nombre_nora, fecha_hora) where referido is not null;

-- Igual que antes, leida del resumen.
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
    'etiquetas', (select coalesce(jsonb_agg(jsonb_build_object('nombre', z.etiqueta, 'n', z.n) order by z.n desc, z.etiqueta), '[]') from (
        select y.etiqueta, count(distinct y.contacto_id) n from y group by 1 order by 2 desc, 1 limit 4) z),
    'anuncios', (select coalesce(jsonb_agg(jsonb_build_object('id', t.anuncio, 'nombre', n.nombre, 'gasto', coalesce(s.gasto, 0), 'meta', coalesce(s.conversaciones, 0), 'conversaciones', t.n, 'contactos', t.n,
        'etiquetas', (select coalesce(jsonb_agg(jsonb_build_object('nombre', e.etiqueta, 'n', e.n) order by e.n desc, e.etiqueta), '[]') from e where e.anuncio = t.anuncio)) order by t.n desc, t.anuncio), '[]')
      from t join interno.ads_anuncios n on n.nombre_nora = m.nombre_nora and n.cuenta_id = m.id and n.id = t.anuncio
      left join s on s.anuncio_id = t.anuncio))
$$;

-- La pagina entera. p: {cuenta, desde, hasta, antes_desde, antes_hasta, nivel, padre?, orden, sentido, salto, n}.
create or replace function public.ads_panel(p jsonb) returns jsonb language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_nora text := public.nora_actual(); m public.meta_ads_cuentas; r jsonb; v_desde date := (p->>'desde')::date; v_hasta date := (p->>'hasta')::date; v_adesde date := (p->>'antes_desde')::date; v_ahasta date := (p->>'antes_hasta')::date;
  v_nivel text := p->>'nivel'; v_padre text := p->>'padre'; v_orden text := p->>'orden'; v_asc boolean := p->>'sentido' = 'asc'; v_salto integer := coalesce((p->>'salto')::integer, 0); v_n integer := least(coalesce((p->>'n')::integer, 50), 200);
begin
  select * into m from public.meta_ads_cuentas c where c.nombre_nora = v_nora and c.id = (p->>'cuenta')::uuid;
  if not found then return null; end if;
  with g as materialized (
    select x.dia, x.plataforma, x.dia >= v_desde ahora, x.gasto, x.impresiones, x.clics, x.conversaciones, x.renglones, x.traido from public.meta_ads_resumen_dias x
     where x.cuenta_id = m.id and (x.dia between v_desde and v_hasta or x.dia between v_adesde and v_ahasta)),
  a as materialized (select x.*, true ahora from interno.ads_por_anuncio(m.id, v_desde, v_hasta) x union all select x.*, false from interno.ads_por_anuncio(m.id, v_adesde, v_ahasta) x),
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
    'total', (select interno.ads_sumas(sum(g.gasto), sum(g.impresiones), sum(g.clics), sum(g.conversaciones)) from g where g.ahora),
    'antes', (select interno.ads_sumas(sum(g.gasto), sum(g.impresiones), sum(g.clics), sum(g.conversaciones)) from g where not g.ahora),
    'dias', (select coalesce(jsonb_agg(interno.ads_sumas(z.gasto, z.impresiones, z.clics, z.conversaciones) || jsonb_build_object('dia', z.dia) order by z.dia), '[]')
               from (select d.dia::date dia, sum(g.gasto) gasto, sum(g.impresiones) impresiones, sum(g.clics) clics, sum(g.conversaciones) conversaciones from generate_series(v_desde, v_hasta, interval '1 day') d(dia) left join g on g.dia = d.dia::date group by 1) z),
    'plataformas', (select coalesce(jsonb_agg(interno.ads_sumas(z.gasto, z.impresiones, z.clics, z.conversaciones) || jsonb_build_object('id', z.plataforma) order by z.gasto desc, z.plataforma), '[]')
               from (select g.plataforma, sum(g.gasto) gasto, sum(g.impresiones) impresiones, sum(g.clics) clics, sum(g.conversaciones) conversaciones from g where g.ahora group by 1) z),
    'mejores', (select coalesce(jsonb_agg(interno.ads_sumas(k.gasto, k.impresiones, k.clics, k.conversaciones) || jsonb_build_object('id', k.id, 'nombre', k.nombre, 'campana', k.campana) order by k.mejor), '[]') from cortos k where k.conversaciones >= 2 and k.mejor <= 3),
    'peores', (select coalesce(jsonb_agg(interno.ads_sumas(k.gasto, k.impresiones, k.clics, k.conversaciones) || jsonb_build_object('id', k.id, 'nombre', k.nombre, 'campana', k.campana) order by k.peor), '[]') from cortos k where k.cuantos > 3 and k.peor <= 3 and (k.mejor > 3 or k.conversaciones < 2) and k.gasto >= k.medio / 10),
    'objetos', (select coalesce(jsonb_agg(interno.ads_sumas(o.gasto, o.impresiones, o.clics, o.conversaciones) || jsonb_build_object('id', o.id, 'nombre', o.nombre, 'estado', o.estado, 'presupuesto_diario', o.presupuesto_diario, 'presupuesto_total', o.presupuesto_total, 'fin', o.fin, 'miniatura', o.miniatura,
               'antes', interno.ads_sumas(o.agasto, o.aimpresiones, o.aclics, o.aconversaciones)) order by o.lugar), '[]') from puestos o where o.lugar > v_salto and o.lugar <= v_salto + v_n),
    'total_objetos', (select count(*) from objetos),
    'renglones', (select coalesce(sum(g.renglones), 0) from g where g.ahora), 'traido', (select max(g.traido) from g where g.ahora)) into r;
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

-- Una campana, un conjunto o un anuncio. p: {cuenta, nivel, id, desde, hasta, antes_desde, antes_hasta}
create or replace function public.ads_objeto(p jsonb) returns jsonb language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
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
  with n as materialized (select x.id from interno.ads_anuncios x where x.nombre_nora = v_nora and x.cuenta_id = m.id and case v_nivel when 'campanas' then x.campana_id = v_id when 'conjuntos' then x.conjunto_id = v_id else x.id = v_id end),
  r as materialized (
    select date '1970-01-01' + x.bloque dia, x.gasto, x.impresiones, x.clics, x.conversaciones from n join public.meta_ads_resumen x on x.cuenta_id = m.id and x.anuncio_id = n.id and x.nivel = 0 and x.bloque between v_desde - date '1970-01-01' and v_hasta - date '1970-01-01'),
  h as (select sum(r.gasto) g, sum(r.impresiones) i, sum(r.clics) c, sum(r.conversaciones) v from r),
  b as (select sum(x.gasto) g, sum(x.impresiones) i, sum(x.clics) c, sum(x.conversaciones) v from interno.ads_por_anuncio(m.id, (p->>'antes_desde')::date, (p->>'antes_hasta')::date) x join n on n.id = x.anuncio_id),
  -- De cuando es el periodo en la cuenta: se trae por dias enteros, no anuncio por anuncio.
  t as (select h.g, h.i, h.c, h.v, b.g ag, b.i ai, b.c ac, b.v av, (select max(x.traido) from public.meta_ads_resumen_dias x where x.cuenta_id = m.id and x.dia between v_desde and v_hasta) traido from h, b),
  d as (select jsonb_agg(interno.ads_sumas(z.g, z.i, z.c, z.v) || jsonb_build_object('dia', z.dia) order by z.dia) dias
          from (select y.dia::date dia, sum(r.gasto) g, sum(r.impresiones) i, sum(r.clics) c, sum(r.conversaciones) v from generate_series(v_desde, v_hasta, interval '1 day') y(dia) left join r on r.dia = y.dia::date group by 1) z)
  select t.g, t.i, t.c, t.v, t.ag, t.ai, t.ac, t.av, t.traido, d.dias into g, i, c, v, ag, ai, ac, av, v_traido, v_dias from t, d;
  return interno.ads_sumas(g, i, c, v) || jsonb_build_object('id', o.id, 'nombre', o.nombre, 'estado', o.estado, 'presupuesto_diario', o.presupuesto_diario, 'presupuesto_total', o.presupuesto_total, 'fin', o.fin, 'miniatura', o.miniatura, 'campana', o.campana, 'nivel', v_nivel,
    'antes', interno.ads_sumas(ag, ai, ac, av), 'cuenta', interno.ads_cuenta(m), 'ajustes', interno.ads_ajustes(m), 'dias', coalesce(v_dias, '[]'), 'traido', v_traido,
    'cambios', interno.ads_cambios_de(v_nora, m.id, v_id, 20));
end $$;

revoke all on function interno.ads_resumir(text, uuid, date[]), interno.ads_resumir_tocados(), interno.ads_bloques(date, date), interno.ads_por_anuncio(uuid, date, date) from public;
grant execute on function interno.ads_resumir(text, uuid, date[]) to service_role;
