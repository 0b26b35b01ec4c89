-- Administracion y cuentas: tablero, enlaces de un solo uso, doble paso, paquetes, errores, auditoria, avisos, retencion y borrado.

alter table public.usuarios
  add column totp_secreto text check (length(totp_secreto) <= 400),
  add column totp_activo boolean not null default false,
  add column totp_paso bigint not null default 0,
  add column totp_codigos text[] not null default '{}',
  add column avisos jsonb not null default '{}' check (jsonb_typeof(avisos) = 'object');
comment on column public.usuarios.totp_secreto is 'AES-256-GCM con contexto totp:<id>; sin activar mientras totp_activo sea falso';
comment on column public.usuarios.totp_paso is 'ultimo paso de 30 s aceptado: un codigo no vale dos veces';
comment on column public.usuarios.totp_codigos is 'sha256 de los codigos de recuperacion que quedan';
drop trigger avisar on public.usuarios;
create trigger avisar after delete or update of activo, rol, clave_hash, nombre, totp_activo on public.usuarios for each row execute function interno.avisar_usuario();
-- Las sesiones de una persona, para que las vea y las cierre.
create index sesiones_usuario on interno.sesiones ((sess->'usuario'->>'id'));

alter table public.configuracion_bot
  add column limite_espera_min integer not null default 15 check (limite_espera_min between 1 and 1440),
  add column retencion_mensajes_dias integer check (retencion_mensajes_dias between 7 and 3650),
  add column retencion_media_dias integer check (retencion_media_dias between 1 and 3650),
  add column borrado_pedido_en timestamptz;
comment on column public.configuracion_bot.retencion_mensajes_dias is 'null = se guardan para siempre';

alter table public.resumen_dia add column envios integer not null default 0;
alter table public.logs_errores
  add column resuelto_en timestamptz,
  add column reaperturas integer not null default 0;
create index logs_errores_huella on public.logs_errores (huella, fecha_hora desc);
create index auditoria_accion on public.auditoria (accion, cuando desc);

-- Invitaciones y recuperaciones: solo se guarda el sha256 de la liga.
create table public.enlaces_cuenta (
  id uuid primary key default gen_random_uuid(),
  clase text not null check (clase in ('invitacion', 'recuperacion')),
  huella text not null unique check (length(huella) = 64),
  correo text not null check (length(correo) between 3 and 254),
  usuario_id uuid references public.usuarios (id) on delete cascade,
  nombre_nora text references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  rol text check (rol in ('admin', 'dueno', 'agente')),
  creado_por uuid references public.usuarios (id) on delete set null,
  creado timestamptz not null default clock_timestamp(),
  vence timestamptz not null,
  usado_en timestamptz
);
create index enlaces_nora on public.enlaces_cuenta (nombre_nora, creado desc);
create index enlaces_usuario on public.enlaces_cuenta (usuario_id);
create index enlaces_creador on public.enlaces_cuenta (creado_por);
create index enlaces_correo on public.enlaces_cuenta (lower(correo));

create table public.paquetes (
  id uuid primary key default gen_random_uuid(),
  nombre text not null check (length(btrim(nombre)) between 1 and 60),
  modulos text[] not null default '{}',
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
create unique index paquetes_nombre on public.paquetes (lower(nombre));
create trigger tocar before update on public.paquetes for each row execute function interno.tocar_updated_at();

-- Lo que cada despliegue agrego, quito o cambio en las rutas.
create table public.rutas_arranques (
  id uuid primary key default gen_random_uuid(),
  cuando timestamptz not null default clock_timestamp(),
  cambios jsonb not null
);
create index rutas_arranques_cuando on public.rutas_arranques (cuando desc);

create table public.incidentes (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  clase text not null check (clase in ('espera', 'fallidos', 'integracion', 'tope')),
  clave text not null default '' check (length(clave) <= 100),
  detalle text not null default '' check (length(detalle) <= 500),
  desde timestamptz not null default clock_timestamp(),
  visto timestamptz not null default clock_timestamp(),
  cerrado timestamptz
);
create unique index incidentes_abiertos on public.incidentes (coalesce(nombre_nora, ''), clase, clave) where cerrado is null;
create index incidentes_nora on public.incidentes (nombre_nora, desde desc);
create table public.avisos_enviados (
  incidente_id uuid not null references public.incidentes (id) on delete cascade,
  usuario_id uuid not null references public.usuarios (id) on delete cascade,
  momento text not null check (momento in ('abre', 'cierra')),
  enviado timestamptz not null default clock_timestamp(),
  primary key (incidente_id, usuario_id, momento)
);
create index avisos_enviados_usuario on public.avisos_enviados (usuario_id);

do $$ declare t text; begin
  foreach t in array array['enlaces_cuenta', 'paquetes', 'rutas_arranques', 'incidentes', 'avisos_enviados'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('revoke all on public.%I from anon, authenticated', t);
    execute format('grant select, insert, update, delete on public.%I to service_role', t);
  end loop;
end $$;

-- Tablero -------------------------------------------------------------------------------------------------------------

-- Cada hora se cierran los dias que ya pasaron; ahora tambien se cuentan los envios.
create or replace function public.cerrar_dias(p_desde text default '', p_n integer default 200) returns jsonb language plpgsql set search_path = '' as $$
declare b record; v_ult text := null; v_filas int := 0; v_primero date; v_hoy date; n int;
begin
  for b in select c.nombre_nora, c.zona_horaria from public.configuracion_bot c where c.nombre_nora > p_desde order by c.nombre_nora limit p_n loop
    v_ult := b.nombre_nora; v_hoy := (clock_timestamp() at time zone b.zona_horaria)::date;
    select coalesce(max(r.dia) + 1, v_hoy - 90) into v_primero from public.resumen_dia r where r.nombre_nora = b.nombre_nora;
    insert into public.resumen_dia (nombre_nora, dia, recibidos, ia, automaticas, humanos, envios, fallidos)
    -- Una pasada por el tramo entero: unir cada dia con sus mensajes recorria la nora noventa veces (10 s con cien mil mensajes).
    select b.nombre_nora, d.dia, coalesce(v.recibidos, 0), coalesce(v.ia, 0), coalesce(v.automaticas, 0), coalesce(v.humanos, 0), coalesce(v.envios, 0), coalesce(v.fallidos, 0)
      from (select generate_series(v_primero, v_hoy - 1, interval '1 day')::date dia) d
      left join (select (h.fecha_hora at time zone b.zona_horaria)::date dia, count(*) filter (where h.autor = 'contacto') recibidos, count(*) filter (where h.autor = 'ia') ia,
                        count(*) filter (where h.autor = 'automatica') automaticas, count(*) filter (where h.autor = 'humano') humanos, count(*) filter (where h.autor = 'envio') envios,
                        count(*) filter (where h.estado = 'fallido') fallidos
                   from public.historial_conversaciones h
                  where h.nombre_nora = b.nombre_nora and h.fecha_hora >= (v_primero::timestamp at time zone b.zona_horaria) and h.fecha_hora < (v_hoy::timestamp at time zone b.zona_horaria)
                  group by 1) v on v.dia = d.dia
    on conflict do nothing;
    get diagnostics n = row_count;
    v_filas := v_filas + n;
  end loop;
  return jsonb_build_object('ultima', v_ult, 'filas', v_filas);
end $$;

-- Como esta cada nora. 24 h = contadas ahora; 30 dias = hoy y los 29 anteriores en la zona de la nora: los cerrados salen de resumen_dia y el resto se cuenta.
-- Los fallidos se cuentan siempre: un aviso de Twilio puede llegar despues de cerrado el dia, y su indice parcial es chico.
create function interno.estado_noras(p_solo text[] default null, p_precios jsonb default '{}') returns table (
  nombre_nora text, nombre_visible text, numero_nora text, foto_perfil text, activo boolean, ia_activa boolean, borrando boolean, creada timestamptz,
  recibidos_24 bigint, ia_24 bigint, automaticas_24 bigint, humanos_24 bigint, envios_24 bigint, fallidos_24 bigint, tokens_hoy bigint, costo_hoy numeric,
  recibidos_30 bigint, ia_30 bigint, automaticas_30 bigint, humanos_30 bigint, envios_30 bigint, fallidos_30 bigint, tokens_30 bigint, costo_30 numeric,
  esperan bigint, espera_desde timestamptz, errores bigint, ultimo_mensaje timestamptz, estado text)
-- Compilar el plan (jit) cuesta más que correrlo.
language sql stable set search_path = '' set plan_cache_mode = force_custom_plan set jit = off as $$
  with b as materialized (
    select c.nombre_nora, c.nombre_visible, c.numero_nora, c.foto_perfil, c.activo, c.ia_activa, c.borrado_pedido_en is not null borrando, c.created_at, c.zona_horaria, (clock_timestamp() at time zone c.zona_horaria)::date hoy
      from public.configuracion_bot c where p_solo is null or c.nombre_nora = any (p_solo)),
  e as materialized (select l.nombre_nora, count(*) n from public.logs_errores l where not l.resuelto and l.nombre_nora is not null group by 1),
  -- El precio de cada modelo: el de su nombre o el de la familia mas larga («gpt-5-mini» vale para «gpt-5-mini-2025-08-07»).
  m as materialized (
    select d.modelo, coalesce((q.precio->>'entrada')::numeric, 0) entrada, coalesce((q.precio->>'salida')::numeric, 0) salida
      from (select distinct c.modelo from public.consumo_modelos c where c.dia >= current_date - 32) d
      left join lateral (select x.value precio from jsonb_each(p_precios) x where d.modelo = x.key or starts_with(d.modelo, x.key || '-') order by length(x.key) desc limit 1) q on true),
  -- Una pasada por nora desde lo mas viejo que haga falta: hoy (o lo sin cerrar) y las ultimas 24 h.
  z as (
    select b.*, coalesce(e.n, 0) errores, r.recibidos c_recibidos, r.ia c_ia, r.automaticas c_automaticas, r.humanos c_humanos, r.envios c_envios,
           (greatest(coalesce((select max(x.dia) + 1 from public.resumen_dia x where x.nombre_nora = b.nombre_nora), b.hoy - 29), b.hoy - 29))::timestamp at time zone b.zona_horaria abierto
      from b left join e on e.nombre_nora = b.nombre_nora
      left join lateral (select sum(x.recibidos) recibidos, sum(x.ia) ia, sum(x.automaticas) automaticas, sum(x.humanos) humanos, sum(x.envios) envios
                           from public.resumen_dia x where x.nombre_nora = b.nombre_nora and x.dia between b.hoy - 29 and b.hoy - 1) r on true)
  select z.nombre_nora, z.nombre_visible, z.numero_nora, z.foto_perfil, z.activo, z.ia_activa, z.borrando, z.created_at,
         h.recibidos_24, h.ia_24, h.automaticas_24, h.humanos_24, h.envios_24, f.f24, coalesce(g.tokens_hoy, 0), coalesce(g.costo_hoy, 0),
         coalesce(z.c_recibidos, 0) + h.recibidos, coalesce(z.c_ia, 0) + h.ia, coalesce(z.c_automaticas, 0) + h.automaticas, coalesce(z.c_humanos, 0) + h.humanos, coalesce(z.c_envios, 0) + h.envios, f.f30, coalesce(g.tokens_30, 0), coalesce(g.costo_30, 0),
         k.n, k.desde, z.errores, (select c.ultimo_mensaje from public.contactos c where c.nombre_nora = z.nombre_nora order by c.ultimo_mensaje desc limit 1),
         case when not z.activo then 'suspendida' when z.errores > 0 or f.f24 > 0 then 'fallando' when h.recibidos_24 = 0 then 'callada' else 'activa' end
    from z
    cross join lateral (
      select count(*) filter (where x.autor = 'contacto' and x.fecha_hora >= z.abierto) recibidos, count(*) filter (where x.autor = 'ia' and x.fecha_hora >= z.abierto) ia,
             count(*) filter (where x.autor = 'automatica' and x.fecha_hora >= z.abierto) automaticas, count(*) filter (where x.autor = 'humano' and x.fecha_hora >= z.abierto) humanos,
             count(*) filter (where x.autor = 'envio' and x.fecha_hora >= z.abierto) envios,
             count(*) filter (where x.autor = 'contacto' and x.fecha_hora > now() - interval '24 hours') recibidos_24, count(*) filter (where x.autor = 'ia' and x.fecha_hora > now() - interval '24 hours') ia_24,
             count(*) filter (where x.autor = 'automatica' and x.fecha_hora > now() - interval '24 hours') automaticas_24, count(*) filter (where x.autor = 'humano' and x.fecha_hora > now() - interval '24 hours') humanos_24,
             count(*) filter (where x.autor = 'envio' and x.fecha_hora > now() - interval '24 hours') envios_24
        from public.historial_conversaciones x where x.nombre_nora = z.nombre_nora and x.fecha_hora >= least(z.abierto, now() - interval '24 hours')) h
    cross join lateral (
      select count(*) filter (where x.fecha_hora > now() - interval '24 hours') f24, count(*) filter (where x.fecha_hora >= (z.hoy - 29)::timestamp at time zone z.zona_horaria) f30
        from public.historial_conversaciones x where x.nombre_nora = z.nombre_nora and x.estado in ('fallido', 'incierto') and x.fecha_hora >= (z.hoy - 30)::timestamp at time zone z.zona_horaria) f
    -- El dia de consumo es el de la nora: el costo es el de hoy y el de los 30 dias, no el de 24 horas corridas.
    cross join lateral (select sum(x.tokens_entrada + x.tokens_salida) filter (where x.dia = z.hoy) tokens_hoy, sum(x.tokens_entrada + x.tokens_salida) tokens_30,
             sum((x.tokens_entrada * m.entrada + x.tokens_salida * m.salida) / 1000000) filter (where x.dia = z.hoy) costo_hoy, sum((x.tokens_entrada * m.entrada + x.tokens_salida * m.salida) / 1000000) costo_30
        from public.consumo_modelos x left join m on m.modelo = x.modelo where x.nombre_nora = z.nombre_nora and x.dia between z.hoy - 29 and z.hoy) g
    cross join lateral (select count(*) n, min(x.espera_humano_desde) desde from public.contactos x where x.nombre_nora = z.nombre_nora and x.espera_humano_desde is not null) k
$$;

create function public.admin_tablero(p_precios jsonb default '{}', p_n integer default 200) returns jsonb language sql stable set search_path = '' set jit = off as $$
  with z as materialized (select * from interno.estado_noras(null, p_precios))
  select jsonb_build_object(
    'noras', jsonb_build_object('total', count(*), 'activas', count(*) filter (where z.activo), 'calladas', count(*) filter (where z.estado = 'callada'), 'fallando', count(*) filter (where z.estado = 'fallando'), 'suspendidas', count(*) filter (where not z.activo), 'esperando', count(*) filter (where z.esperan > 0)),
    'dia', jsonb_build_object('recibidos', coalesce(sum(recibidos_24), 0), 'ia', coalesce(sum(ia_24), 0), 'automaticas', coalesce(sum(automaticas_24), 0), 'humanos', coalesce(sum(humanos_24), 0), 'envios', coalesce(sum(envios_24), 0), 'fallidos', coalesce(sum(fallidos_24), 0), 'tokens', coalesce(sum(tokens_hoy), 0), 'costo', coalesce(sum(costo_hoy), 0)),
    'mes', jsonb_build_object('recibidos', coalesce(sum(recibidos_30), 0), 'ia', coalesce(sum(ia_30), 0), 'automaticas', coalesce(sum(automaticas_30), 0), 'humanos', coalesce(sum(humanos_30), 0), 'envios', coalesce(sum(envios_30), 0), 'fallidos', coalesce(sum(fallidos_30), 0), 'tokens', coalesce(sum(tokens_30), 0), 'costo', coalesce(sum(costo_30), 0)),
    'esperan', coalesce(sum(esperan), 0), 'espera_desde', min(espera_desde),
    'errores', (select count(*) from public.logs_errores l where not l.resuelto),
    'carriles', (select coalesce(jsonb_object_agg(a.carril, jsonb_build_object('n', a.n, 'vencidos', a.vencidos, 'mas_viejo', a.viejo)), '{}') from (select t.carril, count(*) n, count(*) filter (where t.vence < now()) vencidos, min(t.vence) filter (where t.vence < now()) viejo from public.atenciones t group by 1) a),
    'incidentes', (select coalesce(jsonb_agg(jsonb_build_object('id', i.id, 'nombre_nora', i.nombre_nora, 'clase', i.clase, 'detalle', i.detalle, 'desde', i.desde) order by i.desde), '[]') from (select * from public.incidentes x where x.cerrado is null order by x.desde limit 50) i),
    'lista', (select coalesce(jsonb_agg(to_jsonb(y) order by (y.estado = 'fallando') desc, y.esperan desc, y.recibidos_24 desc, y.nombre_nora), '[]') from (select * from z order by (z.estado = 'fallando') desc, z.esperan desc, z.recibidos_24 desc, z.nombre_nora limit p_n) y))
    from z
$$;

-- Lista de noras: sin filtro de estado solo se cuenta la pagina; con filtro se cuentan todas.
create function public.admin_noras(p_q text default '', p_estado text default '', p_desde text default '', p_n integer default 50) returns jsonb language plpgsql stable set search_path = '' as $$
declare v_pagina text[]; v_total bigint; v_n int := least(p_n, 200);
begin
  if p_estado in ('', 'activa', 'suspendida') then
    select count(*) into v_total from public.configuracion_bot b
     where (coalesce(p_q, '') = '' or public.sin_acentos(b.nombre_visible || ' ' || b.nombre_nora || ' ' || coalesce(b.numero_nora, '')) like public.como_patron(p_q))
       and (p_estado = '' or b.activo = (p_estado = 'activa'));
    select array_agg(y.nombre_nora order by y.nombre_nora) into v_pagina from (
      select b.nombre_nora from public.configuracion_bot b
       where b.nombre_nora > p_desde and (coalesce(p_q, '') = '' or public.sin_acentos(b.nombre_visible || ' ' || b.nombre_nora || ' ' || coalesce(b.numero_nora, '')) like public.como_patron(p_q))
         and (p_estado = '' or b.activo = (p_estado = 'activa'))
       order by b.nombre_nora limit v_n + 1) y;
    return jsonb_build_object('total', v_total, 'noras', (select coalesce(jsonb_agg(to_jsonb(z) order by z.nombre_nora), '[]') from interno.estado_noras(coalesce(v_pagina, '{}')) z));
  end if;
  return (
    with z as (
      select * from interno.estado_noras() e
       where (coalesce(p_q, '') = '' or public.sin_acentos(e.nombre_visible || ' ' || e.nombre_nora || ' ' || coalesce(e.numero_nora, '')) like public.como_patron(p_q))
         and case p_estado when 'esperando' then e.esperan > 0 when 'fallidos' then e.fallidos_30 > 0 else e.estado = p_estado end)
    select jsonb_build_object('total', (select count(*) from z), 'noras', (select coalesce(jsonb_agg(to_jsonb(y) order by y.nombre_nora), '[]') from (select * from z where z.nombre_nora > p_desde order by z.nombre_nora limit v_n + 1) y)));
end $$;

-- Las personas que esperan y los envios que fallaron, de todas las noras: a donde llevan las cifras del tablero.
create function public.admin_esperando(p_nora text default null, p_n integer default 100) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(z) order by z.desde), '[]') from (
    select k.id contacto_id, k.nombre_nora, k.nombre, k.telefono, k.motivo_espera detalle, k.espera_humano_desde desde from public.contactos k
     where k.espera_humano_desde is not null and (p_nora is null or k.nombre_nora = p_nora) order by k.espera_humano_desde limit least(p_n, 500)) z
$$;
create function public.admin_fallidos(p_nora text default null, p_n integer default 100) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(z) order by z.desde desc), '[]') from (
    select h.id, h.contacto_id, h.nombre_nora, k.nombre, k.telefono, coalesce(h.error_detalle, h.estado) detalle, h.error_codigo codigo, h.fecha_hora desde
      from public.historial_conversaciones h join public.contactos k on k.nombre_nora = h.nombre_nora and k.id = h.contacto_id
     where h.estado in ('fallido', 'incierto') and h.fecha_hora > now() - interval '30 days' and (p_nora is null or h.nombre_nora = p_nora) order by h.fecha_hora desc limit least(p_n, 500)) z
$$;

-- Noras ---------------------------------------------------------------------------------------------------------------

-- p: cualquiera de los campos de abajo; la llave ausente no se toca. Se apunta lo que cambio, antes y despues.
create or replace function public.actualizar_nora(p_nora text, p jsonb, p_quien uuid default null) returns jsonb language plpgsql set search_path = '' as $$
declare a public.configuracion_bot; b public.configuracion_bot; v_antes jsonb; v_despues jsonb;
begin
  select * into a from public.configuracion_bot where nombre_nora = p_nora for update;
  if not found then return null; end if;
  update public.configuracion_bot set
    nombre_visible = case when p ? 'nombre_visible' then p->>'nombre_visible' else nombre_visible end,
    numero_nora = case when p ? 'numero_nora' then nullif(p->>'numero_nora', '') else numero_nora end,
    zona_horaria = case when p ? 'zona_horaria' then p->>'zona_horaria' else zona_horaria end,
    personalidad = case when p ? 'personalidad' then nullif(p->>'personalidad', '') else personalidad end,
    instrucciones = case when p ? 'instrucciones' then nullif(p->>'instrucciones', '') else instrucciones end,
    mensaje_bienvenida = case when p ? 'mensaje_bienvenida' then nullif(p->>'mensaje_bienvenida', '') else mensaje_bienvenida end,
    modelo_ia = case when p ? 'modelo_ia' then nullif(p->>'modelo_ia', '') else modelo_ia end,
    tope_tokens_dia = case when p ? 'tope_tokens_dia' then (p->>'tope_tokens_dia')::integer else tope_tokens_dia end,
    limite_espera_min = case when p ? 'limite_espera_min' then (p->>'limite_espera_min')::integer else limite_espera_min end,
    retencion_mensajes_dias = case when p ? 'retencion_mensajes_dias' then nullif(p->>'retencion_mensajes_dias', '')::integer else retencion_mensajes_dias end,
    retencion_media_dias = case when p ? 'retencion_media_dias' then nullif(p->>'retencion_media_dias', '')::integer else retencion_media_dias end,
    activo = case when p ? 'activo' then (p->>'activo')::boolean and borrado_pedido_en is null else activo end
   where nombre_nora = p_nora returning * into b;
  select coalesce(jsonb_object_agg(x.key, x.value), '{}'), coalesce(jsonb_object_agg(x.key, to_jsonb(b)->x.key), '{}') into v_antes, v_despues
    from jsonb_each(to_jsonb(a)) x where p ? x.key and x.value is distinct from to_jsonb(b)->x.key;
  if v_antes <> '{}' then perform public.auditar(p_quien, 'actualizar', 'nora', p_nora, v_antes, v_despues); end if;
  return interno.ficha_registro(b);
end $$;

create function interno.equipo_de(p_nora text) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'miembros', (select coalesce(jsonb_agg(jsonb_build_object('id', u.id, 'nombre', u.nombre, 'correo', u.correo, 'rol', m.rol, 'activo', u.activo, 'ultimo_acceso', u.ultimo_acceso) order by m.rol desc, lower(u.nombre)), '[]') from public.usuarios_noras m join public.usuarios u on u.id = m.usuario_id where m.nombre_nora = p_nora),
    'pendientes', (select coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'correo', e.correo, 'rol', e.rol, 'vence', e.vence) order by e.creado), '[]') from public.enlaces_cuenta e where e.nombre_nora = p_nora and e.clase = 'invitacion' and e.usado_en is null and e.vence > clock_timestamp()))
$$;
create function public.admin_nora(p_nora text) returns jsonb language sql stable set search_path = '' as $$
  select to_jsonb(b) - 'credenciales_twilio' || jsonb_build_object('con_credenciales', b.credenciales_twilio is not null,
    'estado', (select to_jsonb(e) from interno.estado_noras(array[b.nombre_nora]) e),
    'modulos', (select coalesce(jsonb_object_agg(m.modulo, m.activo), '{}') from public.modulos_disponibles m where m.nombre_nora = b.nombre_nora),
    'equipo', interno.equipo_de(b.nombre_nora),
    'bloques', (select count(*) from public.conocimiento_nora c where c.nombre_nora = b.nombre_nora),
    'contactos', (select count(*) from public.contactos c where c.nombre_nora = b.nombre_nora))
    from public.configuracion_bot b where b.nombre_nora = p_nora
$$;

-- p_cifrado null quita las credenciales propias. p_seña es lo unico que ve la auditoria.
create function public.poner_credenciales(p_nora text, p_cifrado text, p_sena text, p_quien uuid) returns boolean language plpgsql set search_path = '' as $$
declare v_habia boolean;
begin
  select credenciales_twilio is not null into v_habia from public.configuracion_bot where nombre_nora = p_nora for update;
  if not found then return false; end if;
  update public.configuracion_bot set credenciales_twilio = p_cifrado where nombre_nora = p_nora;
  perform public.auditar(p_quien, case when p_cifrado is null then 'quitar' else 'poner' end, 'credenciales de Twilio', p_nora, jsonb_build_object('propias', v_habia), jsonb_build_object('propias', p_cifrado is not null, 'cuenta', p_sena));
  return true;
end $$;

-- Copia la configuracion y lo que la nora sabe; nunca personas, mensajes, numero ni credenciales.
create function public.clonar_nora(p_origen text, p jsonb, p_quien uuid) returns jsonb language plpgsql set search_path = '' as $$
declare b public.configuracion_bot; t text; v_columnas text;
begin
  insert into public.configuracion_bot (nombre_nora, nombre_visible, mensaje_bienvenida, personalidad, instrucciones, foto_perfil, ia_activa, modo_respuesta, modelo_ia, zona_horaria, horario, mensaje_fuera_horario, reanudar_ia_horas, tope_tokens_dia, limite_espera_min, retencion_mensajes_dias, retencion_media_dias)
  select p->>'nombre_nora', p->>'nombre_visible', mensaje_bienvenida, personalidad, instrucciones, null, ia_activa, modo_respuesta, modelo_ia, zona_horaria, horario, mensaje_fuera_horario, reanudar_ia_horas, tope_tokens_dia, limite_espera_min, retencion_mensajes_dias, retencion_media_dias
    from public.configuracion_bot where nombre_nora = p_origen returning * into b;
  if b.id is null then return null; end if;
  insert into public.modulos_disponibles (nombre_nora, modulo, activo)
  select b.nombre_nora, m, coalesce((select d.activo from public.modulos_disponibles d where d.nombre_nora = p_origen and d.modulo = m), false) from unnest(interno.claves_modulos()) m;
  foreach t in array array['etiquetas', 'conocimiento_nora', 'respuestas_automaticas', 'respuestas_rapidas'] loop
    -- Toda columna propia; ni llaves, ni referencias a otras filas de la nora, ni cuentas de uso.
    select string_agg(quote_ident(a.attname), ', ' order by a.attnum) into v_columnas from pg_catalog.pg_attribute a
     where a.attrelid = format('public.%I', t)::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
       and a.attname not in ('id', 'nombre_nora', 'busqueda', 'usos', 'ultimo_uso', 'created_at', 'updated_at')
       and not exists (select from pg_catalog.pg_constraint c where c.conrelid = a.attrelid and c.contype = 'f' and a.attnum = any (c.conkey));
    execute format('insert into public.%1$I (nombre_nora, %2$s) select $1, %2$s from public.%1$I where nombre_nora = $2%3$s', t, v_columnas, case when t = 'respuestas_automaticas' then ' and length(btrim(respuesta)) > 0' else '' end) using b.nombre_nora, p_origen;
  end loop;
  perform public.auditar(p_quien, 'clonar', 'nora', b.nombre_nora, jsonb_build_object('origen', p_origen), p);
  return interno.ficha_registro(b);
end $$;

-- Borrar de verdad: se suspende y se marca; un trabajo la vacia por trozos y al final no queda ni una fila suya.
create function public.pedir_borrado(p_nora text, p_quien uuid) returns boolean language plpgsql set search_path = '' as $$
begin
  update public.configuracion_bot set activo = false, borrado_pedido_en = coalesce(borrado_pedido_en, clock_timestamp()) where nombre_nora = p_nora;
  if not found then return false; end if;
  perform public.auditar(p_quien, 'borrar', 'nora', p_nora, (select jsonb_build_object('contactos', count(*)) from public.contactos k where k.nombre_nora = p_nora), null);
  return true;
end $$;
create function public.borrar_trozo(p_nora text, p_n integer default 200) returns jsonb language plpgsql set search_path = '' as $$
declare v_n int; t text;
begin
  if not exists (select from public.configuracion_bot where nombre_nora = p_nora and borrado_pedido_en is not null) then return jsonb_build_object('fin', true); end if;
  with u as (select k.id from public.contactos k where k.nombre_nora = p_nora order by k.id limit p_n for update)
  delete from public.contactos k using u where k.id = u.id;
  get diagnostics v_n = row_count;
  if v_n > 0 then return jsonb_build_object('fin', false, 'borrados', v_n); end if;
  delete from public.configuracion_bot where nombre_nora = p_nora;
  -- Las tablas sin llave hacia la nora tambien; auditoria y errores la sobreviven a proposito.
  for t in select c.relname from pg_catalog.pg_class c join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'nombre_nora' and not a.attisdropped
            where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname not in ('auditoria', 'logs_errores', 'configuracion_bot') loop
    execute format('delete from public.%I where nombre_nora = $1', t) using p_nora;
  end loop;
  return jsonb_build_object('fin', true);
end $$;
create function public.adjuntos_de(p_nora text, p_despues uuid default null, p_n integer default 500) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', z.id, 'ruta', z.ruta) order by z.id), '[]') from (
    select a.id, a.ruta from public.adjuntos a where a.nombre_nora = p_nora and a.ruta is not null and (p_despues is null or a.id > p_despues) order by a.id limit least(p_n, 1000)) z
$$;

-- Modulos y paquetes ----------------------------------------------------------------------------------------------------

create function public.matriz_modulos(p_q text default '', p_desde text default '', p_n integer default 50) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'noras', (select coalesce(jsonb_agg(jsonb_build_object('nombre_nora', z.nombre_nora, 'nombre_visible', z.nombre_visible, 'activo', z.activo,
        'modulos', (select coalesce(jsonb_agg(m.modulo), '[]') from public.modulos_disponibles m where m.nombre_nora = z.nombre_nora and m.activo)) order by z.nombre_nora), '[]')
      from (select b.nombre_nora, b.nombre_visible, b.activo from public.configuracion_bot b where b.nombre_nora > p_desde
               and (coalesce(p_q, '') = '' or public.sin_acentos(b.nombre_visible || ' ' || b.nombre_nora) like public.como_patron(p_q)) order by b.nombre_nora limit least(p_n, 200) + 1) z),
    'paquetes', (select coalesce(jsonb_agg(jsonb_build_object('id', q.id, 'nombre', q.nombre, 'modulos', q.modulos) order by lower(q.nombre)), '[]') from public.paquetes q),
    'cambios', (select coalesce(jsonb_agg(to_jsonb(c) order by c.cuando desc), '[]') from (
        select a.cuando, a.nombre_nora, a.accion, a.entidad, coalesce(u.nombre, 'el sistema') quien from public.auditoria a left join public.usuarios u on u.id = a.quien
         where a.accion in ('activar', 'desactivar') and a.entidad like 'modulo %' order by a.cuando desc limit 15) c))
$$;
create function public.guardar_paquete(p jsonb, p_quien uuid) returns uuid language plpgsql set search_path = '' as $$
declare v_id uuid; v_antes jsonb; v_modulos text[] := array(select m from jsonb_array_elements_text(coalesce(p->'modulos', '[]')) m where m = any (interno.claves_modulos()));
begin
  if p->>'id' is not null then
    select to_jsonb(q) into v_antes from public.paquetes q where q.id = (p->>'id')::uuid for update;
    update public.paquetes set nombre = btrim(p->>'nombre'), modulos = v_modulos where id = (p->>'id')::uuid returning id into v_id;
    if v_id is null then return null; end if;
  else
    insert into public.paquetes (nombre, modulos) values (btrim(p->>'nombre'), v_modulos) returning id into v_id;
  end if;
  perform public.auditar(p_quien, 'guardar', 'paquete ' || btrim(p->>'nombre'), null, v_antes, jsonb_build_object('modulos', v_modulos));
  return v_id;
end $$;
create function public.borrar_paquete(p_id uuid, p_quien uuid) returns boolean language plpgsql set search_path = '' as $$
declare v public.paquetes;
begin
  delete from public.paquetes where id = p_id returning * into v;
  if v.id is null then return false; end if;
  perform public.auditar(p_quien, 'borrar', 'paquete ' || v.nombre, null, to_jsonb(v), null);
  return true;
end $$;
-- Deja a cada nora con exactamente los modulos del paquete. Devuelve cuantos interruptores se movieron.
create function public.aplicar_paquete(p_id uuid, p_noras jsonb, p_quien uuid) returns jsonb language plpgsql set search_path = '' as $$
declare v public.paquetes; r record; v_n int := 0; v_noras int := 0; v_antes int;
begin
  select * into v from public.paquetes where id = p_id;
  if not found then return null; end if;
  for r in select b.nombre_nora from public.configuracion_bot b where p_noras ? b.nombre_nora order by b.nombre_nora loop
    v_antes := v_n;
    select v_n + count(*) into v_n from (
      select public.cambiar_modulo(r.nombre_nora, m, m = any (v.modulos), p_quien) x from unnest(interno.claves_modulos()) m) y where y.x->>'r' = 'cambiado';
    perform public.auditar(p_quien, 'aplicar', 'paquete ' || v.nombre, r.nombre_nora, null, jsonb_build_object('cambios', v_n - v_antes));
    v_noras := v_noras + 1;
  end loop;
  return jsonb_build_object('noras', v_noras, 'cambios', v_n);
end $$;

-- Cuentas ---------------------------------------------------------------------------------------------------------------

create or replace function public.cargar_usuario(p_usuario uuid) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', u.id, 'correo', u.correo, 'nombre', u.nombre, 'rol', u.rol, 'activo', u.activo, 'totp', u.totp_activo,
    -- Cambia con la clave y no sirve para recuperarla: la sesion lo guarda y deja de valer cuando difiere.
    'sello', left(encode(sha256(convert_to(u.clave_hash, 'UTF8')), 'hex'), 32),
    'noras', (select coalesce(jsonb_agg(jsonb_build_object('nombre_nora', m.nombre_nora, 'rol', m.rol) order by m.nombre_nora), '[]') from public.usuarios_noras m where m.usuario_id = u.id))
    from public.usuarios u where u.id = p_usuario
$$;

-- p: {clase, huella, correo, usuario_id?, nombre_nora?, rol?, minutos}. Una liga nueva deja sin valor la anterior igual.
create function public.crear_enlace(p jsonb, p_quien uuid) returns jsonb language plpgsql set search_path = '' as $$
declare v public.enlaces_cuenta;
begin
  delete from public.enlaces_cuenta e where e.usado_en is null and e.clase = p->>'clase' and lower(e.correo) = lower(p->>'correo') and e.nombre_nora is not distinct from p->>'nombre_nora';
  insert into public.enlaces_cuenta (clase, huella, correo, usuario_id, nombre_nora, rol, creado_por, vence)
  values (p->>'clase', p->>'huella', lower(btrim(p->>'correo')), (p->>'usuario_id')::uuid, p->>'nombre_nora', p->>'rol', p_quien, clock_timestamp() + make_interval(mins => (p->>'minutos')::int))
  returning * into v;
  perform public.auditar(p_quien, case v.clase when 'invitacion' then 'invitar' else 'recuperar' end, 'usuario ' || left(v.correo, 180), v.nombre_nora, null, jsonb_build_object('rol', v.rol, 'vence', v.vence));
  return jsonb_build_object('id', v.id, 'vence', v.vence);
end $$;
create function public.abrir_enlace(p_huella text) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('clase', e.clase, 'correo', e.correo, 'rol', e.rol, 'nombre_nora', e.nombre_nora, 'nombre_visible', b.nombre_visible, 'usado', e.usado_en is not null, 'vencido', e.vence <= clock_timestamp(),
    'usuario_id', u.id, 'usuario_activo', u.activo)
    from public.enlaces_cuenta e left join public.configuracion_bot b on b.nombre_nora = e.nombre_nora left join public.usuarios u on lower(u.correo) = lower(e.correo) where e.huella = p_huella
$$;
-- p: {nombre?, clave_hash?}. Quien ya tiene cuenta la acepta con su sesion (p_usuario); quien no, la crea aqui.
create function public.aceptar_invitacion(p_huella text, p jsonb, p_usuario uuid) returns jsonb language plpgsql set search_path = '' as $$
declare e public.enlaces_cuenta; u public.usuarios;
begin
  select * into e from public.enlaces_cuenta where huella = p_huella and clase = 'invitacion' for update;
  if not found then return jsonb_build_object('r', 'no_existe'); end if;
  if e.usado_en is not null then return jsonb_build_object('r', 'usada'); end if;
  if e.vence <= clock_timestamp() then return jsonb_build_object('r', 'vencida'); end if;
  select * into u from public.usuarios x where lower(x.correo) = lower(e.correo) for update;
  if found then
    if p_usuario is null then return jsonb_build_object('r', 'entrar'); end if;
    if u.id <> p_usuario or not u.activo then return jsonb_build_object('r', 'ajena'); end if;
    if e.rol = 'admin' then update public.usuarios set rol = 'admin' where id = u.id; end if;
  else
    if p_usuario is not null then return jsonb_build_object('r', 'ajena'); end if;
    if p->>'clave_hash' is null then return jsonb_build_object('r', 'faltan_datos'); end if;
    insert into public.usuarios (correo, nombre, clave_hash, rol) values (lower(e.correo), p->>'nombre', p->>'clave_hash', case when e.rol = 'admin' then 'admin' else 'cliente' end) returning * into u;
  end if;
  if e.nombre_nora is not null then
    insert into public.usuarios_noras (usuario_id, nombre_nora, rol) values (u.id, e.nombre_nora, e.rol) on conflict (nombre_nora, usuario_id) do update set rol = excluded.rol;
  end if;
  update public.enlaces_cuenta set usado_en = clock_timestamp(), usuario_id = u.id where id = e.id;
  perform public.auditar(u.id, 'aceptar', 'invitacion ' || left(e.correo, 180), e.nombre_nora, null, jsonb_build_object('rol', e.rol));
  return jsonb_build_object('r', 'ok', 'usuario', u.id, 'nombre_nora', e.nombre_nora);
end $$;
-- Cambia la clave, gasta la liga y borra las demas ligas de recuperacion de esa persona.
create function public.recuperar_clave(p_huella text, p_clave_hash text) returns jsonb language plpgsql set search_path = '' as $$
declare e public.enlaces_cuenta; u public.usuarios;
begin
  select * into e from public.enlaces_cuenta where huella = p_huella and clase = 'recuperacion' for update;
  if not found then return jsonb_build_object('r', 'no_existe'); end if;
  if e.usado_en is not null then return jsonb_build_object('r', 'usada'); end if;
  if e.vence <= clock_timestamp() then return jsonb_build_object('r', 'vencida'); end if;
  update public.usuarios set clave_hash = p_clave_hash where id = e.usuario_id and activo and lower(correo) = lower(e.correo) returning * into u;
  if not found then return jsonb_build_object('r', 'no_existe'); end if;
  update public.enlaces_cuenta set usado_en = clock_timestamp() where id = e.id;
  delete from public.enlaces_cuenta x where x.usuario_id = u.id and x.clase = 'recuperacion' and x.usado_en is null;
  perform public.auditar(u.id, 'cambiar', 'clave propia por recuperacion', null, null, null);
  return jsonb_build_object('r', 'ok', 'usuario', u.id);
end $$;
create function public.borrar_enlaces_viejos() returns integer language sql set search_path = '' as $$
  with d as (delete from public.enlaces_cuenta where vence < clock_timestamp() - interval '30 days' returning 1) select count(*)::int from d
$$;

-- Un paso o un codigo se gastan una sola vez, aunque lleguen dos a la vez.
create function public.gastar_totp(p_usuario uuid, p_paso bigint) returns boolean language sql set search_path = '' as $$
  with u as (update public.usuarios set totp_paso = p_paso where id = p_usuario and activo and totp_paso < p_paso returning 1) select exists (select from u)
$$;
create function public.gastar_codigo(p_usuario uuid, p_huella text) returns boolean language plpgsql set search_path = '' as $$
begin
  update public.usuarios set totp_codigos = array_remove(totp_codigos, p_huella) where id = p_usuario and activo and totp_activo and p_huella = any (totp_codigos);
  if not found then return false; end if;
  perform public.auditar(p_usuario, 'usar', 'codigo de recuperacion', null, null, null);
  return true;
end $$;
create function public.cambiar_totp(p_usuario uuid, p jsonb, p_quien uuid) returns boolean language plpgsql set search_path = '' as $$
begin
  update public.usuarios set totp_activo = (p->>'activo')::boolean,
    totp_secreto = case when p ? 'secreto' then p->>'secreto' else totp_secreto end,
    totp_codigos = case when p ? 'codigos' then array(select jsonb_array_elements_text(p->'codigos')) else totp_codigos end,
    totp_paso = case when p ? 'paso' then (p->>'paso')::bigint else totp_paso end
   where id = p_usuario;
  if not found then return false; end if;
  perform public.auditar(p_quien, case when (p->>'activo')::boolean then 'activar' else 'desactivar' end, 'doble paso de ' || p_usuario, null, null, null);
  return true;
end $$;

-- p: {nombre?, activo?, rol?, clave_hash?, avisos?}
create function public.actualizar_usuario(p_usuario uuid, p jsonb, p_quien uuid) returns jsonb language plpgsql set search_path = '' as $$
declare a public.usuarios; b public.usuarios;
begin
  select * into a from public.usuarios where id = p_usuario for update;
  if not found then return null; end if;
  -- Sin un solo administrador activo nadie podria arreglarlo.
  if a.rol = 'admin' and a.activo and (coalesce((p->>'activo')::boolean, true) = false or coalesce(p->>'rol', 'admin') <> 'admin') then
    perform pg_advisory_xact_lock(hashtextextended('nora:ultimo_admin', 0));
    if not exists (select from public.usuarios where rol = 'admin' and activo and id <> p_usuario) then return jsonb_build_object('r', 'ultimo_admin'); end if;
  end if;
  update public.usuarios set nombre = coalesce(p->>'nombre', nombre), activo = coalesce((p->>'activo')::boolean, activo), rol = coalesce(p->>'rol', rol),
    clave_hash = coalesce(p->>'clave_hash', clave_hash), avisos = coalesce(p->'avisos', avisos) where id = p_usuario returning * into b;
  perform public.auditar(p_quien, 'actualizar', 'usuario ' || left(b.correo, 180), null,
    jsonb_build_object('nombre', a.nombre, 'activo', a.activo, 'rol', a.rol, 'avisos', a.avisos), jsonb_build_object('nombre', b.nombre, 'activo', b.activo, 'rol', b.rol, 'avisos', b.avisos, 'clave_nueva', p ? 'clave_hash'));
  return jsonb_build_object('r', 'ok');
end $$;

create function public.listar_usuarios(p_q text default '', p_desde text default '', p_n integer default 50) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('total', (select count(*) from public.usuarios),
    'usuarios', (select coalesce(jsonb_agg(to_jsonb(z) order by z.correo), '[]') from (
      select u.id, u.correo, u.nombre, u.rol, u.activo, u.totp_activo, u.ultimo_acceso,
             (select coalesce(jsonb_agg(jsonb_build_object('nombre_nora', m.nombre_nora, 'nombre_visible', b.nombre_visible, 'rol', m.rol) order by m.nombre_nora), '[]') from public.usuarios_noras m join public.configuracion_bot b on b.nombre_nora = m.nombre_nora where m.usuario_id = u.id) noras
        from public.usuarios u where lower(u.correo) > p_desde and (coalesce(p_q, '') = '' or public.sin_acentos(u.nombre || ' ' || u.correo) like public.como_patron(p_q)) order by lower(u.correo) limit least(p_n, 200) + 1) z),
    'pendientes', (select coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'correo', e.correo, 'rol', e.rol, 'nombre_nora', e.nombre_nora, 'vence', e.vence) order by e.creado desc), '[]') from (select * from public.enlaces_cuenta x where x.clase = 'invitacion' and x.usado_en is null and x.vence > clock_timestamp() order by x.creado desc limit 100) e))
$$;

-- Equipo de una nora: lo usan el administrador (con p_nora) y el dueño desde su panel (la nora sale de nora_actual()).
create function interno.cambiar_equipo(p_nora text, p_usuario uuid, p_rol text, p_quien uuid) returns text language plpgsql set search_path = '' as $$
declare v_antes text; v_correo text;
begin
  -- Se bloquean todas las membresias de la nora: dos dueños que se quitan uno al otro no la dejan sin dueño.
  perform 1 from public.usuarios_noras m where m.nombre_nora = p_nora order by m.usuario_id for update;
  select m.rol, u.correo into v_antes, v_correo from public.usuarios_noras m join public.usuarios u on u.id = m.usuario_id where m.nombre_nora = p_nora and m.usuario_id = p_usuario;
  if not found then return 'no_existe'; end if;
  if v_antes = 'dueno' and coalesce(p_rol, '') <> 'dueno' and not exists (select from public.usuarios_noras m join public.usuarios u on u.id = m.usuario_id and u.activo where m.nombre_nora = p_nora and m.rol = 'dueno' and m.usuario_id <> p_usuario) then return 'ultimo_dueno'; end if;
  if p_rol is null then delete from public.usuarios_noras m where m.nombre_nora = p_nora and m.usuario_id = p_usuario;
  else update public.usuarios_noras m set rol = p_rol where m.nombre_nora = p_nora and m.usuario_id = p_usuario; end if;
  perform public.auditar(p_quien, case when p_rol is null then 'quitar' else 'cambiar rol' end, 'equipo ' || left(v_correo, 180), p_nora, to_jsonb(v_antes), to_jsonb(p_rol));
  return 'ok';
end $$;
create function public.cambiar_equipo(p_nora text, p_usuario uuid, p_rol text, p_quien uuid) returns text language sql set search_path = '' as $$ select interno.cambiar_equipo(p_nora, p_usuario, p_rol, p_quien) $$;
create function public.equipo_actual() returns jsonb language sql stable security definer set search_path = '' as $$ select interno.equipo_de(public.nora_actual()) where public.nora_actual() is not null $$;
create function public.cambiar_equipo_actual(p_usuario uuid, p_rol text, p_quien uuid) returns text language sql security definer set search_path = '' as $$ select interno.cambiar_equipo(public.nora_actual(), p_usuario, p_rol, p_quien) where public.nora_actual() is not null $$;
create function public.invitar_actual(p_correo text, p_rol text, p_huella text, p_quien uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
begin
  if public.nora_actual() is null or p_rol not in ('dueno', 'agente') then return null; end if;
  if exists (select from public.usuarios_noras m join public.usuarios u on u.id = m.usuario_id where m.nombre_nora = public.nora_actual() and lower(u.correo) = lower(btrim(p_correo))) then return jsonb_build_object('r', 'ya_esta'); end if;
  return public.crear_enlace(jsonb_build_object('clase', 'invitacion', 'huella', p_huella, 'correo', p_correo, 'nombre_nora', public.nora_actual(), 'rol', p_rol, 'minutos', 72 * 60), p_quien) || jsonb_build_object('r', 'ok');
end $$;
create function interno.cancelar_invitacion(p_id uuid, p_nora text, p_quien uuid) returns boolean language plpgsql set search_path = '' as $$
declare v public.enlaces_cuenta;
begin
  delete from public.enlaces_cuenta e where e.id = p_id and e.clase = 'invitacion' and e.usado_en is null and (p_nora is null or e.nombre_nora = p_nora) returning * into v;
  if v.id is null then return false; end if;
  perform public.auditar(p_quien, 'cancelar', 'invitacion ' || left(v.correo, 180), v.nombre_nora, jsonb_build_object('rol', v.rol), null);
  return true;
end $$;
create function public.cancelar_invitacion(p_id uuid, p_quien uuid) returns boolean language sql set search_path = '' as $$ select interno.cancelar_invitacion(p_id, null, p_quien) $$;
create function public.cancelar_invitacion_actual(p_id uuid, p_quien uuid) returns boolean language sql security definer set search_path = '' as $$ select interno.cancelar_invitacion(p_id, public.nora_actual(), p_quien) where public.nora_actual() is not null $$;

-- Errores y auditoria -----------------------------------------------------------------------------------------------------

-- Un error resuelto que vuelve se reabre: conserva su primera vez y su cuenta.
create or replace function public.registrar_error(p_tipo text, p_descripcion text, p_nora text default null, p_origen text default null) returns uuid language plpgsql set search_path = '' as $$
declare
  v_id uuid;
  -- La huella junta lo mismo dicho con otros numeros o identificadores.
  v_huella text := md5(p_tipo || '|' || coalesce(p_nora, '') || '|' || regexp_replace(coalesce(p_origen, ''), '[0-9a-f]{8}-[0-9a-f-]{27}', '#', 'g') || '|' || regexp_replace(regexp_replace(lower(left(p_descripcion, 2000)), '[0-9a-f]{8}-[0-9a-f-]{27}|(sm|mm|ac)[0-9a-f]{32}', '#', 'g'), '\d+', '#', 'g'));
begin
  perform pg_advisory_xact_lock(hashtextextended(v_huella, 1));
  update public.logs_errores l set veces = l.veces + 1, fecha_hora = clock_timestamp(), descripcion = left(p_descripcion, 2000), origen = left(p_origen, 200),
         reaperturas = l.reaperturas + l.resuelto::int, resuelto = false, resuelto_por = null, resuelto_en = null
   where l.id = (select x.id from public.logs_errores x where x.huella = v_huella order by x.resuelto, x.fecha_hora desc limit 1) returning l.id into v_id;
  if v_id is null then
    insert into public.logs_errores (tipo, descripcion, nombre_nora, origen, huella) values (p_tipo, left(p_descripcion, 2000), p_nora, left(p_origen, 200), v_huella) returning id into v_id;
  end if;
  return v_id;
end $$;

-- p: {tipo?, nora?, origen?, q?, resuelto?: 'si'|'no'|'todos'}
create function public.listar_errores(p jsonb, p_antes timestamptz default null, p_antes_id uuid default null, p_n integer default 50) returns jsonb language sql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
  select jsonb_build_object(
    'errores', (select coalesce(jsonb_agg(to_jsonb(z) order by z.fecha_hora desc, z.id desc), '[]') from (
      select l.id, l.tipo, l.descripcion, l.origen, l.nombre_nora, l.veces, l.primera_vez, l.fecha_hora, l.resuelto, l.resuelto_en, l.reaperturas, u.nombre resuelto_por
        from public.logs_errores l left join public.usuarios u on u.id = l.resuelto_por
       where (p_antes is null or (l.fecha_hora, l.id) < (p_antes, p_antes_id))
         and (coalesce(p->>'tipo', '') = '' or l.tipo = p->>'tipo') and (coalesce(p->>'nora', '') = '' or l.nombre_nora = p->>'nora')
         and (coalesce(p->>'origen', '') = '' or public.sin_acentos(l.origen) like public.como_patron(p->>'origen'))
         and (coalesce(p->>'q', '') = '' or public.sin_acentos(l.descripcion) like public.como_patron(p->>'q'))
         and case coalesce(p->>'resuelto', 'no') when 'todos' then true when 'si' then l.resuelto else not l.resuelto end
       order by l.fecha_hora desc, l.id desc limit least(p_n, 1000) + 1) z),
    'abiertos', (select count(*) from public.logs_errores l where not l.resuelto),
    'por_tipo', (select coalesce(jsonb_object_agg(y.tipo, y.n), '{}') from (select l.tipo, count(*) n from public.logs_errores l where not l.resuelto group by 1) y))
$$;
create function public.resolver_errores(p_ids jsonb, p_resuelto boolean, p_quien uuid) returns integer language plpgsql set search_path = '' as $$
declare n int := 0; r record;
begin
  for r in select l.id, l.huella from public.logs_errores l where p_ids ? l.id::text and l.resuelto <> p_resuelto order by l.id for update loop
    -- Al reabrir puede haber ya uno abierto con la misma huella.
    if not p_resuelto and exists (select from public.logs_errores x where x.huella = r.huella and not x.resuelto) then continue; end if;
    update public.logs_errores set resuelto = p_resuelto, resuelto_por = case when p_resuelto then p_quien end, resuelto_en = case when p_resuelto then clock_timestamp() end where id = r.id;
    n := n + 1;
  end loop;
  if n > 0 then perform public.auditar(p_quien, case when p_resuelto then 'resolver' else 'reabrir' end, 'errores', null, null, jsonb_build_object('cuantos', n, 'ids', p_ids)); end if;
  return n;
end $$;

-- p: {nora?, quien?, accion?, q?, desde?, hasta?}
create function public.listar_auditoria(p jsonb, p_antes timestamptz default null, p_antes_id uuid default null, p_n integer default 50) returns jsonb language sql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
  select coalesce(jsonb_agg(to_jsonb(z) order by z.cuando desc, z.id desc), '[]') from (
    select a.id, a.cuando, a.accion, a.entidad, a.nombre_nora, a.antes, a.despues, a.quien quien_id, u.nombre quien, u.correo
      from public.auditoria a left join public.usuarios u on u.id = a.quien
     where (p_antes is null or (a.cuando, a.id) < (p_antes, p_antes_id))
       and (coalesce(p->>'nora', '') = '' or a.nombre_nora = p->>'nora')
       and (coalesce(p->>'accion', '') = '' or a.accion = p->>'accion')
       and (coalesce(p->>'quien', '') = '' or public.sin_acentos(u.nombre || ' ' || u.correo) like public.como_patron(p->>'quien'))
       and (coalesce(p->>'q', '') = '' or public.sin_acentos(a.entidad || ' ' || coalesce(a.antes::text, '') || ' ' || coalesce(a.despues::text, '')) like public.como_patron(p->>'q'))
       and (coalesce(p->>'desde', '') = '' or a.cuando >= (p->>'desde')::date::timestamp at time zone 'America/Hermosillo')
       and (coalesce(p->>'hasta', '') = '' or a.cuando < ((p->>'hasta')::date + 1)::timestamp at time zone 'America/Hermosillo')
     order by a.cuando desc, a.id desc limit least(p_n, 1000) + 1) z
$$;

-- Estado tecnico ----------------------------------------------------------------------------------------------------------

create function public.estado_base() returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('bytes', pg_database_size(current_database()), 'version', current_setting('server_version'), 'conexiones', (select count(*) from pg_stat_activity a where a.datname = current_database()),
    'avisos', pg_notification_queue_usage(),
    'migraciones', (select coalesce(jsonb_agg(jsonb_build_object('nombre', m.nombre, 'aplicada', m.aplicada) order by m.nombre), '[]') from interno.migraciones m),
    'carriles', (select coalesce(jsonb_agg(to_jsonb(z)), '[]') from (select t.carril, count(*) n, count(*) filter (where t.vence < now()) vencidos, min(t.vence) filter (where t.vence < now()) mas_viejo, count(*) filter (where t.arriendo_hasta > now()) trabajando from public.atenciones t group by 1 order by 1) z),
    'tareas', (select coalesce(jsonb_agg(jsonb_build_object('nombre', t.nombre, 'ultimo', t.ultimo) order by t.nombre), '[]') from public.tareas_programadas t))
$$;

create or replace function public.guardar_rutas_plantilla(p jsonb) returns integer language plpgsql set search_path = '' as $$
declare n int; v_cambios jsonb;
begin
  perform pg_advisory_xact_lock(hashtextextended('nora:rutas', 0));
  -- Contra lo que dejo el arranque anterior; la primera vez no hay con que comparar.
  if exists (select from public.rutas_plantilla) then
    with x as (select e->>'ruta' ruta, e->>'metodo' metodo, e->>'blueprint' blueprint, e->>'modulo' modulo from jsonb_array_elements(p) e)
    select jsonb_agg(jsonb_build_object('que', case when r.ruta is null then 'agregada' when x.ruta is null then 'quitada' else 'cambiada' end, 'ruta', coalesce(x.ruta, r.ruta), 'metodo', coalesce(x.metodo, r.metodo), 'blueprint', coalesce(x.blueprint, r.blueprint), 'antes', case when x.ruta is not null then r.blueprint end))
      into v_cambios from x full join public.rutas_plantilla r on r.ruta = x.ruta and r.metodo = x.metodo
     where r.ruta is null or x.ruta is null or r.blueprint <> x.blueprint or r.modulo is distinct from x.modulo;
    if v_cambios is not null then
      insert into public.rutas_arranques (cambios) values (v_cambios);
      delete from public.rutas_arranques a where a.id not in (select y.id from public.rutas_arranques y order by y.cuando desc limit 50);
    end if;
  end if;
  insert into public.rutas_plantilla (ruta, metodo, blueprint, modulo, por_nora)
  select x->>'ruta', x->>'metodo', x->>'blueprint', x->>'modulo', (x->>'por_nora')::boolean from jsonb_array_elements(p) x
  on conflict (ruta, metodo) do update set blueprint = excluded.blueprint, modulo = excluded.modulo, por_nora = excluded.por_nora, registrado_en = clock_timestamp();
  delete from public.rutas_plantilla r where not exists (select from jsonb_array_elements(p) x where x->>'ruta' = r.ruta and x->>'metodo' = r.metodo);
  select count(*)::int into n from public.rutas_plantilla;
  return n;
end $$;

-- Avisos --------------------------------------------------------------------------------------------------------------------

-- Abre, mantiene y cierra incidentes. p_rotas: [{nora|null, clave, detalle}] integraciones que ahora fallan.
create function public.revisar_incidentes(p_rotas jsonb default '[]') returns jsonb language plpgsql set search_path = '' as $$
declare v_abiertos jsonb; v_cerrados jsonb;
begin
  perform pg_advisory_xact_lock(hashtextextended('nora:incidentes', 0));
  create temporary table if not exists ahora_mal (nora text, clase text, clave text, detalle text) on commit drop;
  delete from pg_temp.ahora_mal;
  insert into pg_temp.ahora_mal
  select b.nombre_nora, 'espera', '', case when k.n = 1 then 'Una persona espera' else k.n || ' personas esperan' end || ' desde hace más de ' || b.limite_espera_min || ' min'
    from public.configuracion_bot b cross join lateral (select count(*) n from public.contactos c where c.nombre_nora = b.nombre_nora and c.espera_humano_desde is not null and c.espera_humano_desde < clock_timestamp() - make_interval(mins => b.limite_espera_min)) k
   where b.activo and k.n > 0
  union all
  select b.nombre_nora, 'fallidos', '', h.n || ' envíos fallaron en la última hora'
    from public.configuracion_bot b cross join lateral (select count(*) n from public.historial_conversaciones x where x.nombre_nora = b.nombre_nora and x.estado = 'fallido' and x.fecha_hora > clock_timestamp() - interval '1 hour') h
   where b.activo and h.n >= 3
  union all
  select b.nombre_nora, 'tope', '', 'Se acabaron los tokens de hoy: la IA no contesta hasta mañana'
    from public.configuracion_bot b join public.consumo_ia c on c.nombre_nora = b.nombre_nora and c.dia = (clock_timestamp() at time zone b.zona_horaria)::date
   where b.activo and b.tope_tokens_dia > 0 and c.tokens_entrada + c.tokens_salida >= b.tope_tokens_dia
  union all
  select m.nombre_nora, 'integracion', 'meta ' || left(m.ad_account_id, 60), 'La cuenta de anuncios ' || coalesce(m.nombre, m.ad_account_id) || ' perdió la conexión'
    from public.meta_ads_cuentas m join public.configuracion_bot b on b.nombre_nora = m.nombre_nora and b.activo where m.activo and m.estado_conexion in ('vencida', 'sin_permiso', 'error')
  union all
  select x->>'nora', 'integracion', left(x->>'clave', 100), left(x->>'detalle', 500) from jsonb_array_elements(p_rotas) x;

  with c as (update public.incidentes i set cerrado = clock_timestamp() where i.cerrado is null
      and not exists (select from pg_temp.ahora_mal a where a.nora is not distinct from i.nombre_nora and a.clase = i.clase and a.clave = i.clave) returning i.id)
  select coalesce(jsonb_agg(c.id), '[]') into v_cerrados from c;
  update public.incidentes i set visto = clock_timestamp(), detalle = a.detalle from pg_temp.ahora_mal a
   where i.cerrado is null and a.nora is not distinct from i.nombre_nora and a.clase = i.clase and a.clave = i.clave;
  with n as (insert into public.incidentes (nombre_nora, clase, clave, detalle) select a.nora, a.clase, a.clave, a.detalle from pg_temp.ahora_mal a
             where not exists (select from public.incidentes i where i.cerrado is null and i.nombre_nora is not distinct from a.nora and i.clase = a.clase and i.clave = a.clave) returning id)
  select coalesce(jsonb_agg(n.id), '[]') into v_abiertos from n;
  return jsonb_build_object('abiertos', v_abiertos, 'cerrados', v_cerrados);
end $$;
-- A quien le toca: el equipo de la nora y los administradores, segun lo que cada quien eligio (por omision, abajo).
create function public.destinatarios_incidente(p_incidente uuid, p_momento text) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(distinct u.id), '[]') from public.incidentes i
    join public.usuarios u on u.activo left join public.usuarios_noras m on m.usuario_id = u.id and m.nombre_nora = i.nombre_nora
   where i.id = p_incidente and (u.rol = 'admin' or m.id is not null)
     and coalesce((u.avisos->>i.clase)::boolean, case when u.rol = 'admin' then i.clase <> 'espera' when m.rol = 'dueno' then true else i.clase = 'espera' end)
     -- La recuperacion se cuenta a quien supo del problema.
     and (p_momento = 'abre' or exists (select from public.avisos_enviados e where e.incidente_id = i.id and e.usuario_id = u.id and e.momento = 'abre'))
$$;
-- Aparta el aviso (una vez por persona y momento) y devuelve lo que hace falta para escribirlo; null si ya se mando.
create function public.apartar_aviso(p_incidente uuid, p_usuario uuid, p_momento text) returns jsonb language plpgsql set search_path = '' as $$
begin
  insert into public.avisos_enviados (incidente_id, usuario_id, momento) values (p_incidente, p_usuario, p_momento) on conflict do nothing;
  if not found then return null; end if;
  return (select jsonb_build_object('correo', u.correo, 'nombre', u.nombre, 'clase', i.clase, 'detalle', i.detalle, 'desde', i.desde, 'cerrado', i.cerrado, 'nombre_nora', i.nombre_nora, 'nombre_visible', b.nombre_visible)
    from public.incidentes i join public.usuarios u on u.id = p_usuario left join public.configuracion_bot b on b.nombre_nora = i.nombre_nora where i.id = p_incidente);
end $$;

-- Retencion -----------------------------------------------------------------------------------------------------------------

create function public.noras_con_retencion() returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('nombre_nora', b.nombre_nora, 'mensajes', b.retencion_mensajes_dias, 'media', b.retencion_media_dias) order by b.nombre_nora), '[]')
    from public.configuracion_bot b where b.retencion_mensajes_dias is not null or b.retencion_media_dias is not null
$$;
-- Lo que se borraria: los dias null no borran nada. Los archivos que usa una regla o el conocimiento no cuentan: no son de una conversacion.
create function public.retencion_ensayo(p_nora text, p_mensajes integer, p_media integer) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'mensajes', (select count(*) from public.historial_conversaciones h where h.nombre_nora = p_nora and p_mensajes is not null and h.fecha_hora < clock_timestamp() - make_interval(days => p_mensajes) and h.estado not in ('pendiente', 'enviando')),
    'archivos', count(*), 'bytes', coalesce(sum(a.bytes), 0))
    from public.adjuntos a where a.nombre_nora = p_nora and a.historial_id is not null and a.ruta is not null and a.created_at < clock_timestamp() - make_interval(days => least(p_mensajes, p_media))
$$;
create function public.retencion_media(p_nora text, p_dias integer, p_n integer default 200) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', z.id, 'ruta', z.ruta, 'compartida', z.compartida)), '[]') from (
    select a.id, a.ruta, exists (select from public.adjuntos o where o.nombre_nora = a.nombre_nora and o.ruta = a.ruta and o.id <> a.id) compartida
      from public.adjuntos a where a.nombre_nora = p_nora and a.historial_id is not null and a.ruta is not null and a.created_at < clock_timestamp() - make_interval(days => p_dias) order by a.created_at limit p_n) z
$$;
create function public.media_borrada(p_nora text, p_ids jsonb) returns integer language sql set search_path = '' as $$
  with u as (update public.adjuntos set ruta = null, origen_url = null, estado = 'fallido', error = 'Borrado por la política de retención' where nombre_nora = p_nora and p_ids ? id::text returning 1) select count(*)::int from u
$$;
create function public.retencion_mensajes(p_nora text, p_dias integer, p_n integer default 1000) returns integer language plpgsql set search_path = '' as $$
declare n int; v_corte timestamptz := clock_timestamp() - make_interval(days => p_dias);
begin
  with u as (select h.id from public.historial_conversaciones h where h.nombre_nora = p_nora and h.fecha_hora < v_corte and h.estado not in ('pendiente', 'enviando') order by h.fecha_hora limit p_n)
  delete from public.historial_conversaciones h using u where h.id = u.id;
  get diagnostics n = row_count;
  if n < p_n then
    -- Lo que quedaria dicho en otra parte: la pregunta suelta, la ultima linea del contacto, el telefono simulado.
    delete from public.respuestas_ia r where r.nombre_nora = p_nora and r.creado < v_corte;
    delete from public.simulador_mensajes s where s.nombre_nora = p_nora and s.creado < v_corte;
    update public.contactos k set mensaje_reciente = null where k.id in (select c.id from public.contactos c where c.nombre_nora = p_nora and c.ultimo_mensaje < v_corte and c.mensaje_reciente is not null order by c.clave_telefono limit 5000);
  end if;
  return n;
end $$;

do $$ declare f text; begin
  foreach f in array array['admin_tablero(jsonb, integer)', 'admin_noras(text, text, text, integer)', 'admin_esperando(text, integer)', 'admin_fallidos(text, integer)', 'admin_nora(text)', 'poner_credenciales(text, text, text, uuid)', 'clonar_nora(text, jsonb, uuid)',
    'pedir_borrado(text, uuid)', 'borrar_trozo(text, integer)', 'adjuntos_de(text, uuid, integer)', 'matriz_modulos(text, text, integer)', 'guardar_paquete(jsonb, uuid)', 'borrar_paquete(uuid, uuid)', 'aplicar_paquete(uuid, jsonb, uuid)',
    'crear_enlace(jsonb, uuid)', 'abrir_enlace(text)', 'aceptar_invitacion(text, jsonb, uuid)', 'recuperar_clave(text, text)', 'borrar_enlaces_viejos()', 'gastar_totp(uuid, bigint)', 'gastar_codigo(uuid, text)', 'cambiar_totp(uuid, jsonb, uuid)',
    'actualizar_usuario(uuid, jsonb, uuid)', 'listar_usuarios(text, text, integer)', 'cambiar_equipo(text, uuid, text, uuid)', 'cancelar_invitacion(uuid, uuid)', 'listar_errores(jsonb, timestamptz, uuid, integer)', 'resolver_errores(jsonb, boolean, uuid)',
    'listar_auditoria(jsonb, timestamptz, uuid, integer)', 'estado_base()', 'revisar_incidentes(jsonb)', 'destinatarios_incidente(uuid, text)', 'apartar_aviso(uuid, uuid, text)', 'noras_con_retencion()', 'retencion_ensayo(text, integer, integer)',
    'retencion_media(text, integer, integer)', 'media_borrada(text, jsonb)', 'retencion_mensajes(text, integer, integer)'] loop
    execute format('grant execute on function public.%s to service_role', f);
  end loop;
  foreach f in array array['equipo_actual()', 'cambiar_equipo_actual(uuid, text, uuid)', 'invitar_actual(text, text, text, uuid)', 'cancelar_invitacion_actual(uuid, uuid)'] loop
    execute format('grant execute on function public.%s to nora_panel', f);
  end loop;
end $$;
grant execute on function interno.estado_noras(text[], jsonb), interno.equipo_de(text), interno.cambiar_equipo(text, uuid, text, uuid), interno.cancelar_invitacion(uuid, text, uuid) to service_role;
