-- Lo que se guarda de Meta: estructura, renglones diarios, totales de la cuenta y cambios. Todo por cuenta y con su dueña.

do $$ begin
  -- Las llaves compuestas de abajo la necesitan.
  if not exists (select from pg_constraint c where c.conrelid = 'public.meta_ads_cuentas'::regclass and c.contype in ('u', 'p') and pg_get_constraintdef(c.oid) ~ '\(nombre_nora, id\)') then
    alter table public.meta_ads_cuentas add constraint meta_ads_cuentas_nora_id unique (nombre_nora, id);
  end if;
end $$;
alter table public.meta_ads_cuentas add column demo boolean not null default false;
grant select (demo) on public.meta_ads_cuentas to nora_panel;

create table public.meta_ads_campanas (
  nombre_nora text not null,
  cuenta_id uuid not null,
  id text not null check (length(id) <= 64),
  nombre text not null check (length(nombre) <= 500),
  objetivo text check (length(objetivo) <= 100),
  estado text check (length(estado) <= 40),
  presupuesto_diario numeric(14, 2),
  presupuesto_total numeric(14, 2),
  fin timestamptz,
  traido timestamptz not null default clock_timestamp(),
  primary key (cuenta_id, id),
  foreign key (nombre_nora, cuenta_id) references public.meta_ads_cuentas (nombre_nora, id) on update cascade on delete cascade
);
create index meta_ads_campanas_nora on public.meta_ads_campanas (nombre_nora, cuenta_id, id);

create table public.meta_ads_conjuntos (
  nombre_nora text not null,
  cuenta_id uuid not null,
  id text not null check (length(id) <= 64),
  campana_id text not null check (length(campana_id) <= 64),
  nombre text not null check (length(nombre) <= 500),
  estado text check (length(estado) <= 40),
  presupuesto_diario numeric(14, 2),
  presupuesto_total numeric(14, 2),
  fin timestamptz,
  traido timestamptz not null default clock_timestamp(),
  primary key (cuenta_id, id),
  foreign key (nombre_nora, cuenta_id) references public.meta_ads_cuentas (nombre_nora, id) on update cascade on delete cascade
);
create index meta_ads_conjuntos_nora on public.meta_ads_conjuntos (nombre_nora, cuenta_id, campana_id);

create table public.meta_ads_anuncios (
  nombre_nora text not null,
  cuenta_id uuid not null,
  id text not null check (length(id) <= 64),
  conjunto_id text not null check (length(conjunto_id) <= 64),
  campana_id text not null check (length(campana_id) <= 64),
  nombre text not null check (length(nombre) <= 500),
  estado text check (length(estado) <= 40),
  miniatura text check (length(miniatura) <= 2000),
  traido timestamptz not null default clock_timestamp(),
  primary key (cuenta_id, id),
  foreign key (nombre_nora, cuenta_id) references public.meta_ads_cuentas (nombre_nora, id) on update cascade on delete cascade
);
create index meta_ads_anuncios_nora on public.meta_ads_anuncios (nombre_nora, cuenta_id, campana_id);
create index meta_ads_anuncios_id on public.meta_ads_anuncios (nombre_nora, id);

-- Un renglon por anuncio, dia y lugar. La conversacion es una sola accion de Meta, nunca la suma de sus variantes.
create table public.meta_ads_insights (
  nombre_nora text not null,
  cuenta_id uuid not null,
  dia date not null,
  anuncio_id text not null check (length(anuncio_id) <= 64),
  plataforma text not null check (length(plataforma) <= 40),
  gasto numeric(14, 2) not null check (gasto >= 0),
  impresiones bigint not null check (impresiones >= 0),
  clics bigint not null check (clics >= 0),
  conversaciones bigint not null check (conversaciones >= 0),
  traido timestamptz not null default clock_timestamp(),
  primary key (cuenta_id, dia, anuncio_id, plataforma),
  foreign key (nombre_nora, cuenta_id) references public.meta_ads_cuentas (nombre_nora, id) on update cascade on delete cascade
);
-- Con lo que se suma dentro: la pagina de dos años se contesta sin ir a la tabla.
create index meta_ads_insights_suma on public.meta_ads_insights (nombre_nora, cuenta_id, dia, anuncio_id, plataforma) include (gasto, impresiones, clics, conversaciones, traido);

-- El total del dia segun la cuenta: con que se compara la suma de los anuncios. Que exista el renglon dice que ese dia ya se trajo.
create table public.meta_ads_dias (
  nombre_nora text not null,
  cuenta_id uuid not null,
  dia date not null,
  gasto numeric(14, 2) not null check (gasto >= 0),
  gasto_primero numeric(14, 2) not null check (gasto_primero >= 0),
  traido timestamptz not null default clock_timestamp(),
  primary key (cuenta_id, dia),
  foreign key (nombre_nora, cuenta_id) references public.meta_ads_cuentas (nombre_nora, id) on update cascade on delete cascade
);
create index meta_ads_dias_nora on public.meta_ads_dias (nombre_nora, cuenta_id, dia);
comment on column public.meta_ads_dias.gasto_primero is 'el de la primera vez, para decir que Meta lo corrigio';

-- Personas distintas de una ventana exacta. No se suma: se pregunta.
create table public.meta_ads_alcances (
  nombre_nora text not null,
  cuenta_id uuid not null,
  desde date not null,
  hasta date not null,
  alcance bigint not null check (alcance >= 0),
  traido timestamptz not null default clock_timestamp(),
  primary key (cuenta_id, desde, hasta),
  foreign key (nombre_nora, cuenta_id) references public.meta_ads_cuentas (nombre_nora, id) on update cascade on delete cascade
);
create index meta_ads_alcances_nora on public.meta_ads_alcances (nombre_nora, cuenta_id);

create table public.meta_ads_logs_cambios (
  id uuid primary key default gen_random_uuid(),
  nombre_nora text not null,
  cuenta_id uuid not null,
  cuando timestamptz not null default clock_timestamp(),
  usuario_id uuid references public.usuarios (id) on delete set null,
  -- panel: lo hizo alguien desde aqui. fuera: la sincronizacion lo encontro distinto.
  origen text not null check (origen in ('panel', 'fuera')),
  nivel text not null check (nivel in ('campanas', 'conjuntos', 'anuncios')),
  objeto_id text not null check (length(objeto_id) <= 64),
  objeto text not null check (length(objeto) <= 500),
  campo text not null check (length(campo) <= 40),
  antes jsonb,
  despues jsonb,
  resultado text not null check (resultado in ('hecho', 'rechazado', 'incierto', 'visto')),
  detalle text check (length(detalle) <= 500),
  foreign key (nombre_nora, cuenta_id) references public.meta_ads_cuentas (nombre_nora, id) on update cascade on delete cascade
);
create index meta_ads_logs_cambios_lista on public.meta_ads_logs_cambios (nombre_nora, cuenta_id, cuando desc, id desc);
create index meta_ads_logs_cambios_usuario on public.meta_ads_logs_cambios (usuario_id) where usuario_id is not null;

do $$ declare t text; begin
  foreach t in array array['meta_ads_campanas', 'meta_ads_conjuntos', 'meta_ads_anuncios', 'meta_ads_insights', 'meta_ads_dias', 'meta_ads_alcances', 'meta_ads_logs_cambios'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('revoke all on public.%I from anon, authenticated', t);
    execute format('grant select, insert, update, delete on public.%I to service_role', t);
    execute format('create policy nora on public.%I for all to nora_panel using (nombre_nora = (select public.nora_actual())) with check (nombre_nora = (select public.nora_actual()))', t);
  end loop;
end $$;
grant select (nombre_nora, cuenta_id, id, nombre, objetivo, estado, presupuesto_diario, presupuesto_total, fin, traido) on public.meta_ads_campanas to nora_panel;
grant select (nombre_nora, cuenta_id, id, campana_id, nombre, estado, presupuesto_diario, presupuesto_total, fin, traido) on public.meta_ads_conjuntos to nora_panel;
grant select (nombre_nora, cuenta_id, id, conjunto_id, campana_id, nombre, estado, miniatura, traido) on public.meta_ads_anuncios to nora_panel;
grant select (nombre_nora, cuenta_id, dia, anuncio_id, plataforma, gasto, impresiones, clics, conversaciones, traido) on public.meta_ads_insights to nora_panel;
grant select (nombre_nora, cuenta_id, dia, gasto, gasto_primero, traido) on public.meta_ads_dias to nora_panel;
grant select (nombre_nora, cuenta_id, desde, hasta, alcance, traido) on public.meta_ads_alcances to nora_panel;
grant select (id, nombre_nora, cuenta_id, cuando, usuario_id, origen, nivel, objeto_id, objeto, campo, antes, despues, resultado, detalle) on public.meta_ads_logs_cambios to nora_panel;
