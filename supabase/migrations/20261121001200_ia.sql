-- El modulo ia: ajustes de la nora, probador y pruebas por el mismo camino que el webhook, auditoria de respuestas y costo.

alter table public.configuracion_bot
  add column palabras_pase text[] not null default '{}' check (cardinality(palabras_pase) <= 50),
  add column mensaje_fuera_de_tema text check (length(mensaje_fuera_de_tema) <= 1600),
  add column exige_pruebas boolean not null default false;
comment on column public.configuracion_bot.palabras_pase is 'quien dice una de estas pasa con una persona';
comment on column public.configuracion_bot.exige_pruebas is 'un cambio que hace fallar una prueba que pasaba no se publica hasta confirmarlo';
grant select (palabras_pase, mensaje_fuera_de_tema, exige_pruebas) on public.configuracion_bot to nora_panel;

-- Lo que la IA sabe de la nora: lo leen por igual el canal y el probador.
create function interno.nora_ia(b public.configuracion_bot) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('nombre_nora', b.nombre_nora, 'nombre_visible', b.nombre_visible, 'personalidad', b.personalidad, 'instrucciones', b.instrucciones,
    'mensaje_bienvenida', b.mensaje_bienvenida, 'modo_respuesta', b.modo_respuesta, 'modelo_ia', b.modelo_ia, 'zona_horaria', b.zona_horaria, 'horario', b.horario, 'tope_tokens_dia', b.tope_tokens_dia,
    'palabras_pase', to_jsonb(b.palabras_pase), 'mensaje_fuera_de_tema', b.mensaje_fuera_de_tema)
$$;
-- Envuelve a la de mensajes, que decide la foto de la rafaga; aqui solo crece lo que dice de la nora.
alter function public.contexto_ia(uuid, integer, integer) rename to contexto_ia_base;
create function public.contexto_ia(p_contacto uuid, p_tokens_conocimiento integer default 3000, p_tokens_historial integer default 2000) returns jsonb language sql stable set search_path = '' as $$
  select c.c || jsonb_build_object('nora', interno.nora_ia(b))
    from (select public.contexto_ia_base(p_contacto, p_tokens_conocimiento, p_tokens_historial) c) c
    join public.configuracion_bot b on b.nombre_nora = c.c->'nora'->>'nombre_nora'
$$;
revoke execute on function public.contexto_ia(uuid, integer, integer), public.contexto_ia_base(uuid, integer, integer) from public, anon, authenticated;
grant execute on function public.contexto_ia(uuid, integer, integer), public.contexto_ia_base(uuid, integer, integer), interno.nora_ia(public.configuracion_bot) to service_role;

-- Consumo por modelo y por uso ------------------------------------------------------------------------------------------

create table public.consumo_modelos (
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  dia date not null,
  -- '' = el modelo general de la plataforma; 'local' = sin modelo.
  modelo text not null check (length(modelo) <= 100),
  uso text not null check (uso in ('respuestas', 'probador', 'pruebas', 'otros')),
  tokens_entrada bigint not null default 0,
  tokens_salida bigint not null default 0,
  llamadas integer not null default 0,
  primary key (nombre_nora, dia, modelo, uso)
) with (fillfactor = 50);
insert into public.consumo_modelos (nombre_nora, dia, modelo, uso, tokens_entrada, tokens_salida, llamadas)
select r.nombre_nora, (r.creado at time zone b.zona_horaria)::date, coalesce(r.modelo, 'local'), 'respuestas', sum(r.tokens_entrada), sum(r.tokens_salida), count(*)
  from public.respuestas_ia r join public.configuracion_bot b on b.nombre_nora = r.nombre_nora group by 1, 2, 3;

create or replace function interno.sumar_consumo(b public.configuracion_bot, p_ia jsonb) returns void language sql set search_path = '' as $$
  insert into public.consumo_ia (nombre_nora, dia, tokens_entrada, tokens_salida, respuestas)
  values (b.nombre_nora, (clock_timestamp() at time zone b.zona_horaria)::date, coalesce((p_ia->>'tokens_entrada')::int, 0), coalesce((p_ia->>'tokens_salida')::int, 0), (p_ia ? 'motivo')::int)
  on conflict (nombre_nora, dia) do update set tokens_entrada = public.consumo_ia.tokens_entrada + excluded.tokens_entrada, tokens_salida = public.consumo_ia.tokens_salida + excluded.tokens_salida, respuestas = public.consumo_ia.respuestas + excluded.respuestas;
  insert into public.consumo_modelos as m (nombre_nora, dia, modelo, uso, tokens_entrada, tokens_salida, llamadas)
  values (b.nombre_nora, (clock_timestamp() at time zone b.zona_horaria)::date,
    case when p_ia->>'modo' = 'local' and coalesce((p_ia->>'tokens_entrada')::int, 0) = 0 then 'local' else left(coalesce(p_ia->>'modelo', ''), 100) end,
    coalesce(p_ia->>'uso', case when p_ia ? 'motivo' then 'respuestas' else 'otros' end),
    coalesce((p_ia->>'tokens_entrada')::int, 0), coalesce((p_ia->>'tokens_salida')::int, 0), 1)
  on conflict (nombre_nora, dia, modelo, uso) do update set tokens_entrada = m.tokens_entrada + excluded.tokens_entrada, tokens_salida = m.tokens_salida + excluded.tokens_salida, llamadas = m.llamadas + 1;
$$;

-- Lo gastado en el probador y las pruebas cuenta para el tope del dia y para el costo. p: {modo, modelo, uso, tokens_entrada, tokens_salida}
create function public.sumar_ensayo(p jsonb) returns void language plpgsql security definer set search_path = '' as $$
declare b public.configuracion_bot;
begin
  select * into b from public.configuracion_bot c where c.nombre_nora = public.nora_actual();
  if found then perform interno.sumar_consumo(b, p - 'motivo'); end if;
end $$;

-- El mes de p_dia, por dia, modelo y uso; y el total del mes anterior por modelo.
create function public.costos_ia(p_dia date default null) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('hoy', h.hoy, 'mes', m.desde, 'tope', b.tope_tokens_dia, 'desde', (select min(c.dia) from public.consumo_modelos c where c.nombre_nora = b.nombre_nora),
    'filas', (select coalesce(jsonb_agg(to_jsonb(c) - 'nombre_nora' order by c.dia, c.modelo, c.uso), '[]') from (select * from public.consumo_modelos x where x.nombre_nora = b.nombre_nora and x.dia >= m.desde and x.dia < m.hasta order by x.dia limit 2000) c),
    'anterior', (select coalesce(jsonb_agg(to_jsonb(a)), '[]') from (select c.modelo, sum(c.tokens_entrada)::bigint tokens_entrada, sum(c.tokens_salida)::bigint tokens_salida, sum(c.llamadas)::bigint llamadas
      from public.consumo_modelos c where c.nombre_nora = b.nombre_nora and c.dia >= (m.desde - interval '1 month')::date and c.dia < m.desde group by c.modelo) a))
    from public.configuracion_bot b
    cross join lateral (select (clock_timestamp() at time zone b.zona_horaria)::date hoy) h
    cross join lateral (select date_trunc('month', coalesce(p_dia, h.hoy)::timestamp)::date desde, (date_trunc('month', coalesce(p_dia, h.hoy)::timestamp) + interval '1 month')::date hasta) m
   where b.nombre_nora = public.nora_actual()
$$;

-- Ajustes ---------------------------------------------------------------------------------------------------------------

create function interno.ajustes(b public.configuracion_bot) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('personalidad', b.personalidad, 'instrucciones', b.instrucciones, 'modo_respuesta', b.modo_respuesta, 'modelo_ia', b.modelo_ia, 'ia_activa', b.ia_activa, 'horario', b.horario,
    'palabras_pase', to_jsonb(b.palabras_pase), 'mensaje_fuera_de_tema', b.mensaje_fuera_de_tema, 'reanudar_ia_horas', b.reanudar_ia_horas, 'exige_pruebas', b.exige_pruebas, 'foto_perfil', b.foto_perfil)
$$;
-- Cambia solo lo que venga en p (lo vacio se borra). Con p.huella, si otra persona guardo en medio: {r:'cambiado', quien}.
create function public.guardar_ajustes_ia(p jsonb, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); b public.configuracion_bot; v_antes jsonb; v_despues jsonb; v_claves text[];
begin
  select * into b from public.configuracion_bot c where c.nombre_nora = v_nora for no key update;
  if not found then return null; end if;
  v_antes := interno.ajustes(b);
  if p ? 'huella' and p->>'huella' <> md5((v_antes - '{foto_perfil,ia_activa,horario,exige_pruebas}'::text[])::text) then
    return jsonb_build_object('r', 'cambiado', 'quien', (select interno.nombre_de(a.quien) from public.auditoria a where a.nombre_nora = v_nora and a.entidad = 'ajustes de ia' order by a.cuando desc limit 1));
  end if;
  update public.configuracion_bot c set
    personalidad = case when p ? 'personalidad' then nullif(btrim(p->>'personalidad'), '') else c.personalidad end,
    instrucciones = case when p ? 'instrucciones' then nullif(btrim(p->>'instrucciones'), '') else c.instrucciones end,
    modo_respuesta = coalesce(p->>'modo_respuesta', c.modo_respuesta),
    modelo_ia = case when p ? 'modelo_ia' then nullif(p->>'modelo_ia', '') else c.modelo_ia end,
    ia_activa = coalesce((p->>'ia_activa')::boolean, c.ia_activa),
    horario = coalesce(p->'horario', c.horario),
    palabras_pase = case when p ? 'palabras_pase' then array(select left(x, 60) from jsonb_array_elements_text(p->'palabras_pase') x) else c.palabras_pase end,
    mensaje_fuera_de_tema = case when p ? 'mensaje_fuera_de_tema' then nullif(btrim(p->>'mensaje_fuera_de_tema'), '') else c.mensaje_fuera_de_tema end,
    reanudar_ia_horas = coalesce((p->>'reanudar_ia_horas')::integer, c.reanudar_ia_horas),
    exige_pruebas = coalesce((p->>'exige_pruebas')::boolean, c.exige_pruebas),
    foto_perfil = case when p ? 'foto_perfil' then nullif(p->>'foto_perfil', '') else c.foto_perfil end
   where c.nombre_nora = v_nora returning * into b;
  v_despues := interno.ajustes(b);
  select array_agg(k) into v_claves from jsonb_object_keys(v_despues) k where v_antes->k is distinct from v_despues->k;
  if v_claves is not null then
    perform interno.apuntar(p_usuario, 'editar ' || array_to_string(v_claves, ', '), 'ajustes de ia',
      (select jsonb_object_agg(k, v_antes->k) from unnest(v_claves) k), (select jsonb_object_agg(k, v_despues->k) from unnest(v_claves) k));
  end if;
  -- Encenderla puede dejarle trabajo: quien escribio mientras dormia tiene su turno resuelto, no se le contesta tarde.
  return jsonb_build_object('r', 'guardado', 'cambios', to_jsonb(coalesce(v_claves, '{}')));
end $$;

-- La foto que ya no se usa: quita su renglon y devuelve su ruta para borrar el archivo. null si sigue puesta o no era una foto de la nora.
create function public.olvidar_foto(p_id uuid) returns text language sql security definer set search_path = '' as $$
  delete from public.adjuntos a where a.nombre_nora = public.nora_actual() and a.id = p_id and a.nombre = 'foto' and a.historial_id is null
    and not exists (select from public.configuracion_bot b where b.nombre_nora = a.nombre_nora and b.foto_perfil like '%/' || p_id::text)
    and not exists (select from public.respuestas_automaticas r where r.nombre_nora = a.nombre_nora and r.adjunto_id = p_id)
  returning a.ruta
$$;

-- Pruebas ---------------------------------------------------------------------------------------------------------------

create table public.pruebas_ia (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  pregunta text not null check (length(btrim(pregunta)) between 1 and 1000),
  espera text not null check (espera in ('responde', 'pasa', 'no_contesta')),
  contiene text[] not null default '{}' check (cardinality(contiene) <= 10),
  no_contiene text[] not null default '{}' check (cardinality(no_contiene) <= 10),
  -- Sin llave al bloque: si se borra, la prueba debe fallar y decirlo.
  citas uuid[] not null default '{}' check (cardinality(citas) <= 10),
  activa boolean not null default true,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  unique (nombre_nora, id)
);
create index pruebas_ia_orden on public.pruebas_ia (nombre_nora, created_at, id);
create unique index pruebas_ia_pregunta on public.pruebas_ia (nombre_nora, md5(public.en_palabras(pregunta)));
create trigger tocar before update on public.pruebas_ia for each row execute function interno.tocar_updated_at();

-- Una vuelta por las pruebas. Con `cambio` se corre como si ya estuviera guardado; `publicacion` dice en que quedo ese cambio.
create table public.corridas_ia (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null references public.configuracion_bot (nombre_nora) on update cascade on delete cascade,
  usuario_id uuid references public.usuarios (id) on delete set null,
  estado text not null default 'pendiente' check (estado in ('pendiente', 'corriendo', 'terminada', 'fallida')),
  cambio jsonb,
  resumen text check (length(resumen) <= 300),
  publicacion text check (publicacion in ('esperando', 'publicada', 'confirmada', 'descartada')),
  impedimento jsonb,
  error text check (length(error) <= 300),
  total integer not null default 0,
  hechas integer not null default 0,
  pasadas integer not null default 0,
  rotas integer not null default 0,
  creado timestamptz not null default clock_timestamp(),
  movido timestamptz not null default clock_timestamp(),
  terminado timestamptz,
  publicado_por uuid references public.usuarios (id) on delete set null,
  unique (nombre_nora, id),
  check ((cambio is null) = (publicacion is null))
);
create index corridas_ia_creado on public.corridas_ia (nombre_nora, creado desc, id desc);
create index corridas_ia_usuario on public.corridas_ia (usuario_id) where usuario_id is not null;
create index corridas_ia_publicado on public.corridas_ia (publicado_por) where publicado_por is not null;

create table public.resultados_ia (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null,
  corrida_id uuid not null,
  -- Sin llave: la historia sigue aunque la prueba se borre; por eso se copia lo que se pregunto y se esperaba.
  prueba_id uuid not null,
  orden integer not null,
  prueba jsonb not null,
  paso boolean,
  -- Si pasaba sin el cambio; solo se averigua cuando con el cambio falla.
  antes boolean,
  fallas jsonb not null default '[]',
  respuesta text check (length(respuesta) <= 8000),
  resultado text check (length(resultado) <= 40),
  motivo text check (length(motivo) <= 300),
  modo text,
  modelo text check (length(modelo) <= 100),
  fuentes jsonb not null default '[]',
  tokens integer not null default 0,
  latencia_ms integer not null default 0,
  unique (nombre_nora, corrida_id, prueba_id),
  foreign key (nombre_nora, corrida_id) references public.corridas_ia (nombre_nora, id) on update cascade on delete cascade
);
create index resultados_ia_prueba on public.resultados_ia (nombre_nora, prueba_id);

create function interno.prueba(p public.pruebas_ia) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', p.id, 'pregunta', p.pregunta, 'espera', p.espera, 'contiene', to_jsonb(p.contiene), 'no_contiene', to_jsonb(p.no_contiene), 'activa', p.activa,
    'citas', (select coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'titulo', coalesce(nullif(c.titulo, ''), left(c.contenido, 60)), 'falta', c.id is null)), '[]')
                from unnest(p.citas) x(id) left join public.conocimiento_nora c on c.nombre_nora = p.nombre_nora and c.id = x.id))
$$;

create function public.leer_ajustes_ia() returns jsonb language sql stable security definer set search_path = '' as $$
  select interno.ajustes(b) || jsonb_build_object('nombre_visible', b.nombre_visible, 'zona_horaria', b.zona_horaria, 'tope_tokens_dia', b.tope_tokens_dia, 'huella', md5((interno.ajustes(b) - '{foto_perfil,ia_activa,horario,exige_pruebas}'::text[])::text),
    'mensaje_fuera_horario', b.mensaje_fuera_horario, 'pruebas', (select count(*) from public.pruebas_ia p where p.nombre_nora = b.nombre_nora and p.activa),
    'tokens_hoy', coalesce((select c.tokens_entrada + c.tokens_salida from public.consumo_ia c where c.nombre_nora = b.nombre_nora and c.dia = (clock_timestamp() at time zone b.zona_horaria)::date), 0),
    'ultimo', (select jsonb_build_object('quien', interno.nombre_de(a.quien), 'cuando', a.cuando) from public.auditoria a where a.nombre_nora = b.nombre_nora and a.entidad = 'ajustes de ia' order by a.cuando desc limit 1))
    from public.configuracion_bot b where b.nombre_nora = public.nora_actual()
$$;

-- El ultimo resultado de una prueba que valio: sin cambio, o con un cambio que se publico.
create function interno.ultimo_resultado(p_nora text, p_prueba uuid, p_antes timestamptz default 'infinity') returns public.resultados_ia language sql stable set search_path = '' as $$
  select r.* from public.resultados_ia r join public.corridas_ia c on c.nombre_nora = r.nombre_nora and c.id = r.corrida_id
   where r.nombre_nora = p_nora and r.prueba_id = p_prueba and r.paso is not null and c.creado < p_antes and coalesce(c.publicacion, 'publicada') in ('publicada', 'confirmada')
   order by c.creado desc limit 1
$$;

create function interno.corrida(c public.corridas_ia) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', c.id, 'estado', c.estado, 'con_cambio', c.cambio is not null, 'resumen', c.resumen, 'publicacion', c.publicacion, 'impedimento', c.impedimento, 'error', c.error, 'total', c.total, 'hechas', c.hechas,
    'pasadas', c.pasadas, 'rotas', c.rotas, 'creado', c.creado, 'terminado', c.terminado, 'quien', interno.nombre_de(c.usuario_id), 'publico', interno.nombre_de(c.publicado_por),
    -- Nadie la ha movido en dos minutos y no ha terminado: se puede reintentar.
    'detenida', c.estado in ('pendiente', 'corriendo') and c.movido < clock_timestamp() - interval '2 minutes')
$$;

create function public.listar_pruebas() returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('exige_pruebas', b.exige_pruebas,
    'pruebas', (select coalesce(jsonb_agg(interno.prueba(p) || jsonb_build_object('paso', u.paso, 'fallas', u.fallas) order by p.created_at, p.id), '[]')
                  from public.pruebas_ia p left join lateral interno.ultimo_resultado(p.nombre_nora, p.id) u on true where p.nombre_nora = b.nombre_nora),
    'bloques', (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'titulo', coalesce(nullif(c.titulo, ''), left(c.contenido, 60))) order by public.sin_acentos(coalesce(nullif(c.titulo, ''), c.contenido))), '[]')
                  from (select * from public.conocimiento_nora k where k.nombre_nora = b.nombre_nora and k.activo order by k.prioridad desc, k.id limit 500) c),
    'corridas', (select coalesce(jsonb_agg(interno.corrida(c) order by c.creado desc), '[]') from (select * from public.corridas_ia x where x.nombre_nora = b.nombre_nora order by x.creado desc, x.id desc limit 12) c))
    from public.configuracion_bot b where b.nombre_nora = public.nora_actual()
$$;

-- p: {id?, pregunta, espera, contiene, no_contiene, citas, activa}. {r:'guardada',id} | {r:'repetida',id} | {r:'demasiadas'}; null: no existe.
create function public.guardar_prueba(p jsonb, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v_id uuid := (p->>'id')::uuid; g public.pruebas_ia; v_antes jsonb;
begin
  if v_nora is null then return null; end if;
  if v_id is not null then
    select * into g from public.pruebas_ia x where x.nombre_nora = v_nora and x.id = v_id for update;
    if not found then return null; end if;
    v_antes := interno.prueba(g);
  elsif (select count(*) from public.pruebas_ia x where x.nombre_nora = v_nora) >= 200 then
    return '{"r":"demasiadas"}';
  end if;
  begin
    if v_id is null then
      insert into public.pruebas_ia (nombre_nora, pregunta, espera) values (v_nora, p->>'pregunta', p->>'espera') returning id into v_id;
    end if;
    update public.pruebas_ia x set pregunta = p->>'pregunta', espera = p->>'espera', activa = coalesce((p->>'activa')::boolean, true),
      contiene = array(select t from jsonb_array_elements_text(coalesce(p->'contiene', '[]')) t), no_contiene = array(select t from jsonb_array_elements_text(coalesce(p->'no_contiene', '[]')) t),
      citas = array(select t::uuid from jsonb_array_elements_text(coalesce(p->'citas', '[]')) t)
     where x.nombre_nora = v_nora and x.id = v_id returning * into g;
  exception when unique_violation then
    return jsonb_build_object('r', 'repetida', 'id', (select x.id from public.pruebas_ia x where x.nombre_nora = v_nora and md5(public.en_palabras(x.pregunta)) = md5(public.en_palabras(p->>'pregunta'))));
  end;
  perform interno.apuntar(p_usuario, case when v_antes is null then 'crear' else 'editar' end || ' prueba', 'pruebas_ia ' || g.id, v_antes, interno.prueba(g));
  return jsonb_build_object('r', 'guardada', 'id', g.id);
end $$;
create function public.borrar_prueba(p_id uuid, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare g public.pruebas_ia; v_antes jsonb;
begin
  select * into g from public.pruebas_ia x where x.nombre_nora = public.nora_actual() and x.id = p_id for update;
  if not found then return null; end if;
  v_antes := interno.prueba(g);
  delete from public.pruebas_ia x where x.nombre_nora = g.nombre_nora and x.id = p_id;
  perform interno.apuntar(p_usuario, 'borrar prueba', 'pruebas_ia ' || p_id, v_antes, null);
  return v_antes;
end $$;

-- Un cambio: lista de operaciones, cada una la misma funcion que lo guarda desde su pagina. Se usa igual para ensayarlo que para publicarlo.
-- [{op:'ajustes',datos} | {op:'bloque',datos} | {op:'bloques',ids,accion,etiqueta} | {op:'restaurar',id,version} | {op:'importacion',id,etiqueta}]
create function interno.aplicar_cambio(p_cambio jsonb, p_usuario uuid) returns jsonb language plpgsql set search_path = '' as $$
declare o jsonb; r jsonb;
begin
  for o in select x from jsonb_array_elements(p_cambio) x loop
    r := case o->>'op'
      when 'ajustes' then public.guardar_ajustes_ia(o->'datos', p_usuario)
      when 'bloque' then public.guardar_bloque(o->'datos', p_usuario)
      when 'bloques' then public.cambiar_bloques(o->'ids', o->>'accion', o->>'etiqueta', p_usuario)
      when 'restaurar' then public.restaurar_bloque((o->>'id')::uuid, (o->>'version')::integer, p_usuario)
      when 'importacion' then public.guardar_importacion((o->>'id')::uuid, p_usuario, o->>'etiqueta') end;
    if r is null or coalesce(r->>'r', 'guardado') <> 'guardado' then
      return jsonb_build_object('r', 'impedido', 'op', o->>'op', 'motivo', coalesce(r->>'r', 'no_existe'));
    end if;
  end loop;
  return '{"r":"hecho"}';
end $$;

-- {r:'libre'} si no hay nada que correr; {r:'creada',id}; {r:'ocupada',id} si ya hay una corrida sin cambio andando.
create function public.iniciar_corrida(p_cambio jsonb, p_resumen text, p_usuario uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v_id uuid; v_n integer;
begin
  if v_nora is null then return null; end if;
  -- Segun por donde llegue, un null de JSON puede no ser el de SQL.
  p_cambio := case when jsonb_typeof(p_cambio) = 'array' then p_cambio end;
  perform pg_advisory_xact_lock(hashtextextended('nora:corridas:' || v_nora, 0));
  if p_cambio is null then
    select c.id into v_id from public.corridas_ia c where c.nombre_nora = v_nora and c.cambio is null and c.estado in ('pendiente', 'corriendo') and c.movido > clock_timestamp() - interval '2 minutes' limit 1;
    if v_id is not null then return jsonb_build_object('r', 'ocupada', 'id', v_id); end if;
  end if;
  select count(*) into v_n from public.pruebas_ia p where p.nombre_nora = v_nora and p.activa;
  if v_n = 0 then return '{"r":"libre"}'; end if;
  -- La historia util es corta: lo viejo se va con sus resultados, salvo un cambio que sigue esperando.
  delete from public.corridas_ia c where c.nombre_nora = v_nora and c.publicacion is distinct from 'esperando'
    and c.id in (select x.id from public.corridas_ia x where x.nombre_nora = v_nora order by x.creado desc offset 60);
  insert into public.corridas_ia (nombre_nora, usuario_id, cambio, resumen, publicacion, total)
  values (v_nora, (select u.id from public.usuarios u where u.id = p_usuario), p_cambio, left(p_resumen, 300), case when p_cambio is not null then 'esperando' end, v_n) returning id into v_id;
  insert into public.resultados_ia (nombre_nora, corrida_id, prueba_id, orden, prueba)
  select v_nora, v_id, p.id, row_number() over (order by p.created_at, p.id), interno.prueba(p) from public.pruebas_ia p where p.nombre_nora = v_nora and p.activa;
  return jsonb_build_object('r', 'creada', 'id', v_id);
end $$;

-- Lo que falta de una corrida, para quien la trabaja; la marca en marcha. null: no existe o ya termino.
create function public.tomar_corrida(p_id uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare c public.corridas_ia;
begin
  update public.corridas_ia x set estado = 'corriendo', movido = clock_timestamp(), error = null
   where x.nombre_nora = public.nora_actual() and x.id = p_id and x.estado in ('pendiente', 'corriendo') returning * into c;
  if not found then return null; end if;
  return interno.corrida(c) || jsonb_build_object('cambio', c.cambio, 'usuario', c.usuario_id,
    'faltan', (select coalesce(jsonb_agg(r.prueba || jsonb_build_object('resultado_id', r.id) order by r.orden), '[]') from public.resultados_ia r where r.nombre_nora = c.nombre_nora and r.corrida_id = c.id and r.paso is null));
end $$;
create function public.guardar_resultado(p_corrida uuid, p_id uuid, p jsonb) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); v_paso boolean := (p->>'paso')::boolean; c public.corridas_ia; v_hecho uuid;
begin
  -- Primero la corrida: es el candado de todos los que escriben en ella.
  perform 1 from public.corridas_ia x where x.nombre_nora = v_nora and x.id = p_corrida and x.estado = 'corriendo' for no key update;
  if not found then return null; end if;
  update public.resultados_ia r set paso = v_paso, antes = (p->>'antes')::boolean, fallas = coalesce(p->'fallas', '[]'), respuesta = left(p->>'respuesta', 8000), resultado = left(p->>'resultado', 40), motivo = left(p->>'motivo', 300),
    modo = p->>'modo', modelo = left(p->>'modelo', 100), fuentes = coalesce(p->'fuentes', '[]'), tokens = coalesce((p->>'tokens')::int, 0), latencia_ms = coalesce((p->>'latencia_ms')::int, 0)
   where r.nombre_nora = v_nora and r.corrida_id = p_corrida and r.id = p_id and r.paso is null returning r.id into v_hecho;
  update public.corridas_ia x set hechas = x.hechas + (v_hecho is not null)::int, pasadas = x.pasadas + (v_hecho is not null and v_paso)::int, rotas = x.rotas + (v_hecho is not null and not v_paso and coalesce((p->>'antes')::boolean, false))::int, movido = clock_timestamp()
   where x.nombre_nora = v_nora and x.id = p_corrida returning * into c;
  return interno.corrida(c);
end $$;
-- p: {error} o {impedimento} si no se pudo; si no, termino bien.
create function public.cerrar_corrida(p_id uuid, p jsonb) returns jsonb language plpgsql security definer set search_path = '' as $$
declare c public.corridas_ia;
begin
  update public.corridas_ia x set estado = case when p ? 'error' or p ? 'impedimento' then 'fallida' else 'terminada' end, error = left(p->>'error', 300), impedimento = p->'impedimento', terminado = clock_timestamp(), movido = clock_timestamp()
   where x.nombre_nora = public.nora_actual() and x.id = p_id and x.estado in ('pendiente', 'corriendo') returning * into c;
  return interno.corrida(c);
end $$;
-- Vuelve a poner en fila lo que se detuvo o fallo; lo ya contestado no se repite.
create function public.reintentar_corrida(p_id uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare c public.corridas_ia;
begin
  update public.corridas_ia x set estado = 'pendiente', movido = clock_timestamp(), error = null, impedimento = null, terminado = null
   where x.nombre_nora = public.nora_actual() and x.id = p_id and coalesce(x.publicacion, 'esperando') = 'esperando'
     and (x.estado = 'fallida' or (x.estado in ('pendiente', 'corriendo') and x.movido < clock_timestamp() - interval '2 minutes')) returning * into c;
  return interno.corrida(c);
end $$;

create function public.abrir_corrida(p_id uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select interno.corrida(c) || jsonb_build_object('cambio', c.cambio, 'anterior', (select jsonb_build_object('id', z.id, 'creado', z.creado) from public.corridas_ia z where z.nombre_nora = c.nombre_nora and z.creado < c.creado and z.estado = 'terminada' and coalesce(z.publicacion, 'publicada') in ('publicada', 'confirmada') order by z.creado desc limit 1),
    'resultados', (select coalesce(jsonb_agg(to_jsonb(r) - '{nombre_nora,corrida_id}'::text[] || jsonb_build_object('antes', coalesce(r.antes, (interno.ultimo_resultado(r.nombre_nora, r.prueba_id, c.creado)).paso), 'existe', exists (select from public.pruebas_ia p where p.nombre_nora = r.nombre_nora and p.id = r.prueba_id)) order by r.orden), '[]')
                     from public.resultados_ia r where r.nombre_nora = c.nombre_nora and r.corrida_id = c.id))
    from public.corridas_ia c where c.nombre_nora = public.nora_actual() and c.id = p_id
$$;

-- Publica el cambio de una corrida. p_confirmado: una persona lo acepta sabiendo lo que rompe; sin el, solo si termino y no rompio nada.
-- {r:'publicado'} | {r:'rompe',rotas} | {r:'sin_terminar'} | {r:'impedido',motivo}; null: no existe o ya se resolvio.
create function public.publicar_cambio(p_id uuid, p_usuario uuid, p_confirmado boolean default false) returns jsonb language plpgsql security definer set search_path = '' as $$
declare c public.corridas_ia; r jsonb;
begin
  select * into c from public.corridas_ia x where x.nombre_nora = public.nora_actual() and x.id = p_id and x.publicacion = 'esperando' for update;
  if not found then return null; end if;
  if not p_confirmado and c.estado <> 'terminada' then return '{"r":"sin_terminar"}'; end if;
  if not p_confirmado and c.rotas > 0 then return jsonb_build_object('r', 'rompe', 'rotas', c.rotas); end if;
  begin
    -- Lo firma quien hizo el cambio; quien lo confirma queda en la corrida.
    r := interno.aplicar_cambio(c.cambio, coalesce(c.usuario_id, p_usuario));
    if r->>'r' <> 'hecho' then raise exception using errcode = 'NR001', message = 'deshacer'; end if;
  exception when sqlstate 'NR001' then
    update public.corridas_ia x set impedimento = r where x.nombre_nora = c.nombre_nora and x.id = c.id;
    return r;
  end;
  update public.corridas_ia x set publicacion = case when c.rotas > 0 or c.estado <> 'terminada' then 'confirmada' else 'publicada' end, publicado_por = (select u.id from public.usuarios u where u.id = p_usuario), impedimento = null,
    estado = case when c.estado = 'terminada' then c.estado else 'fallida' end
   where x.nombre_nora = c.nombre_nora and x.id = c.id;
  if p_confirmado then
    perform interno.apuntar(p_usuario, 'publicar cambio que rompe pruebas', 'corridas_ia ' || p_id, null, jsonb_build_object('rotas', c.rotas, 'resumen', c.resumen, 'estado', c.estado));
  end if;
  return '{"r":"publicado"}';
end $$;
create function public.descartar_cambio(p_id uuid, p_usuario uuid) returns boolean language plpgsql security definer set search_path = '' as $$
begin
  update public.corridas_ia x set publicacion = 'descartada', publicado_por = (select u.id from public.usuarios u where u.id = p_usuario), estado = case when x.estado in ('pendiente', 'corriendo') then 'fallida' else x.estado end
   where x.nombre_nora = public.nora_actual() and x.id = p_id and x.publicacion = 'esperando';
  if not found then return false; end if;
  perform interno.apuntar(p_usuario, 'descartar cambio', 'corridas_ia ' || p_id, null, null);
  return true;
end $$;

-- El probador: el mismo contexto que lee el canal, para una persona que no existe. -----------------------------------------

create function interno.contextos_ensayo(p_nora text, p jsonb) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'epoca', 0, 'pendiente', true, 'silencio', null,
    'modulo_ia', interno.modulo_activo(b.nombre_nora, 'ia'), 'modulo_respuestas', interno.modulo_activo(b.nombre_nora, 'respuestas'),
    'nora', interno.nora_ia(b),
    'contacto', jsonb_build_object('id', '00000000-0000-4000-8000-000000000000', 'nombre', q.x->>'nombre', 'telefono', '+520000000000', 'bienvenida_en', case when (q.x->>'nuevo')::boolean then null else clock_timestamp() end,
      'espera_humano_desde', null, 'motivo_espera', null, 'acepta_envios', null),
    'rafaga', jsonb_build_array(jsonb_build_object('id', '00000000-0000-4000-8000-000000000000', 'texto', q.x->>'texto', 'fecha', clock_timestamp(), 'sid', null, 'tipos', null)), 'rafaga_desde', clock_timestamp(),
    'turnos', coalesce(q.x->'turnos', '[]'),
    'conocimiento', public.base_conocimiento(b.nombre_nora, q.x->>'texto', (p->>'tokens')::integer),
    'regla', public.regla_para(b.nombre_nora, array[q.x->>'texto']),
    'respuestas_hora', 0, 'ultimos', '[]'::jsonb,
    'tokens_hoy', coalesce((select c.tokens_entrada + c.tokens_salida from public.consumo_ia c where c.nombre_nora = b.nombre_nora and c.dia = (clock_timestamp() at time zone b.zona_horaria)::date), 0),
    'ahora', clock_timestamp(),
    'fuera_horario', case when (q.x->>'nuevo')::boolean and interno.abierto(b.horario, b.zona_horaria, clock_timestamp()) is false then nullif(btrim(b.mensaje_fuera_horario), '') end,
    -- Solo el ensayo: cuanto se parece cada bloque a la pregunta, aunque todos cupieran.
    'rangos', (select coalesce(jsonb_object_agg(z.id, z.rango), '{}') from public.buscar_conocimiento(b.nombre_nora, q.x->>'texto', 40) z)
  ) order by q.o), '[]')
  from public.configuracion_bot b cross join jsonb_array_elements(p->'preguntas') with ordinality q(x, o) where b.nombre_nora = p_nora
$$;

-- p: {preguntas:[{texto, turnos, nombre, nuevo}], tokens, cambio?, usuario?}. Con `cambio`, como si ya estuviera guardado: se aplica con las mismas
-- funciones que lo guardan, se lee y se deshace, todo en esta llamada. {contextos} | {impedido}
create function public.contextos_ensayo(p jsonb) returns jsonb language plpgsql security definer set search_path = '' as $$
declare v_nora text := public.nora_actual(); r jsonb; v jsonb;
begin
  if v_nora is null then return null; end if;
  if jsonb_typeof(p->'cambio') is distinct from 'array' then
    return jsonb_build_object('contextos', interno.contextos_ensayo(v_nora, p));
  end if;
  begin
    r := interno.aplicar_cambio(p->'cambio', (p->>'usuario')::uuid);
    v := case when r->>'r' = 'hecho' then jsonb_build_object('contextos', interno.contextos_ensayo(v_nora, p)) else jsonb_build_object('impedido', r) end;
    raise exception using errcode = 'NR001', message = 'deshacer';
  exception when sqlstate 'NR001' then null; end;
  return v;
end $$;

-- Auditoria de respuestas ---------------------------------------------------------------------------------------------

create index respuestas_ia_pregunta on public.respuestas_ia using gin (nombre_nora, public.sin_acentos(coalesce(pregunta, '')) extensions.gin_trgm_ops);

-- p: {q, motivo, modo, modelo, fuentes:'con'|'sin', desde, hasta, contacto, antes, antes_id, n}. {filas, hay_mas, modelos}
create function public.auditar_respuestas(p jsonb) returns jsonb language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_nora text := public.nora_actual(); v_n integer := least(greatest(coalesce((p->>'n')::integer, 40), 1), 500); v_filas jsonb; v_zona text; v_desde timestamptz; v_hasta timestamptz;
  v_q text := btrim(left(coalesce(p->>'q', ''), 100)); v_fecha timestamptz := coalesce((p->>'antes')::timestamptz, 'infinity'); v_id uuid := coalesce((p->>'antes_id')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
begin
  select b.zona_horaria into v_zona from public.configuracion_bot b where b.nombre_nora = v_nora;
  if not found then return null; end if;
  v_desde := coalesce((p->>'desde')::date::timestamp at time zone v_zona, '-infinity');
  v_hasta := coalesce(((p->>'hasta')::date + 1)::timestamp at time zone v_zona, 'infinity');
  select coalesce(jsonb_agg(z.j order by z.creado desc, z.id desc), '[]') into v_filas from (
    select r.creado, r.id, jsonb_build_object('id', r.id, 'creado', r.creado, 'pregunta', r.pregunta, 'modo', r.modo, 'modelo', r.modelo, 'motivo', r.motivo, 'detalle', r.detalle, 'tokens_entrada', r.tokens_entrada, 'tokens_salida', r.tokens_salida,
        'latencia_ms', r.latencia_ms, 'dados', cardinality(r.fragmentos), 'fuentes', r.fuentes, 'contacto_id', r.contacto_id, 'nombre', k.nombre, 'telefono', coalesce(k.telefono, k.id_whatsapp),
        'historial_id', r.historial_id, 'respuesta', h.mensaje, 'fecha_hora', h.fecha_hora, 'estado', h.estado) j
      from public.respuestas_ia r
      join public.contactos k on k.nombre_nora = r.nombre_nora and k.id = r.contacto_id
      left join public.historial_conversaciones h on h.nombre_nora = r.nombre_nora and h.id = r.historial_id
     where r.nombre_nora = v_nora and (r.creado, r.id) < (v_fecha, v_id) and r.creado >= v_desde and r.creado < v_hasta
       and (coalesce(p->>'motivo', '') = '' or r.motivo = p->>'motivo') and (coalesce(p->>'modo', '') = '' or r.modo = p->>'modo') and (coalesce(p->>'modelo', '') = '' or r.modelo = p->>'modelo')
       and case p->>'fuentes' when 'con' then cardinality(r.citados) > 0 when 'sin' then cardinality(r.citados) = 0 else true end
       and (p->>'contacto' is null or r.contacto_id = (p->>'contacto')::uuid)
       and (v_q = '' or public.sin_acentos(coalesce(r.pregunta, '')) like public.como_patron(v_q) or public.sin_acentos(h.mensaje) like public.como_patron(v_q) or public.sin_acentos(k.nombre) like public.como_patron(v_q))
     order by r.creado desc, r.id desc limit v_n + 1) z;
  return jsonb_build_object('filas', case when jsonb_array_length(v_filas) > v_n then v_filas - v_n else v_filas end, 'hay_mas', jsonb_array_length(v_filas) > v_n,
    'modelos', (select coalesce(jsonb_agg(distinct m.modelo), '[]') from public.consumo_modelos m where m.nombre_nora = v_nora and m.modelo not in ('', 'local')));
end $$;

-- Muro ----------------------------------------------------------------------------------------------------------------

do $$ declare t text; begin
  foreach t in array array['consumo_modelos', 'pruebas_ia', 'corridas_ia', 'resultados_ia'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('revoke all on public.%I from anon, authenticated', t);
    execute format('grant select, insert, update, delete on public.%I to service_role', t);
    execute format('create policy nora on public.%I for all to nora_panel using (nombre_nora = (select public.nora_actual())) with check (nombre_nora = (select public.nora_actual()))', t);
  end loop;
end $$;
grant select (nombre_nora, dia, modelo, uso, tokens_entrada, tokens_salida, llamadas) on public.consumo_modelos to nora_panel;
grant select (id, nombre_nora, pregunta, espera, contiene, no_contiene, citas, activa, created_at, updated_at) on public.pruebas_ia to nora_panel;
grant select (id, nombre_nora, usuario_id, estado, resumen, publicacion, total, hechas, pasadas, rotas, creado, terminado) on public.corridas_ia to nora_panel;
grant select (id, nombre_nora, corrida_id, prueba_id, orden, paso, antes, fallas, respuesta, modo, tokens, latencia_ms) on public.resultados_ia to nora_panel;

do $$ declare f text; begin
  foreach f in array array['sumar_ensayo(jsonb)', 'costos_ia(date)', 'leer_ajustes_ia()', 'guardar_ajustes_ia(jsonb, uuid)', 'olvidar_foto(uuid)', 'listar_pruebas()', 'guardar_prueba(jsonb, uuid)', 'borrar_prueba(uuid, uuid)', 'iniciar_corrida(jsonb, text, uuid)',
    'tomar_corrida(uuid)', 'guardar_resultado(uuid, uuid, jsonb)', 'cerrar_corrida(uuid, jsonb)', 'reintentar_corrida(uuid)', 'abrir_corrida(uuid)', 'publicar_cambio(uuid, uuid, boolean)', 'descartar_cambio(uuid, uuid)',
    'contextos_ensayo(jsonb)', 'auditar_respuestas(jsonb)'] loop
    execute format('revoke execute on function public.%s from public, anon, authenticated', f);
    execute format('grant execute on function public.%s to nora_panel', f);
  end loop;
end $$;
