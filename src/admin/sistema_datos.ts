import type { Contexto } from '../contexto.ts';

export interface ConteoTrabajos {
  pendientes: number;
  activos: number;
  fallidos: number;
  colas: { cola: string; pendientes: number; activos: number; fallidos: number; mas_viejo: string | null }[];
}

const VACIO: ConteoTrabajos = { pendientes: 0, activos: 0, fallidos: 0, colas: [] };

/** Lo que hay en pg-boss por cola; vacío si todavía no arranca nunca. */
export async function contarTrabajos(ctx: Pick<Contexto, 'bd'>): Promise<ConteoTrabajos> {
  if (!(await hayColas(ctx))) return VACIO;
  const { rows } = await ctx.bd.pool.query<ConteoTrabajos['colas'][number]>(`
    select name as cola, count(*) filter (where state in ('created', 'retry'))::int as pendientes, count(*) filter (where state = 'active')::int as activos,
           count(*) filter (where state = 'failed')::int as fallidos, min(created_on) filter (where state in ('created', 'retry'))::text as mas_viejo
      from pgboss.job where name <> 'muertos' and state in ('created', 'retry', 'active', 'failed') group by 1 order by 1`);
  const suma = (campo: 'pendientes' | 'activos' | 'fallidos') => rows.reduce((n, r) => n + r[campo], 0);
  return {
    pendientes: suma('pendientes'),
    activos: suma('activos'),
    fallidos: suma('fallidos'),
    colas: rows,
  };
}

export interface TrabajoFallido {
  id: string;
  cola: string;
  cuando: string;
  intentos: number;
  problema: string;
}

/** Los últimos trabajos que agotaron sus reintentos. El problema va recortado y sin pila. */
export async function listarTrabajosFallidos(ctx: Pick<Contexto, 'bd'>): Promise<TrabajoFallido[]> {
  if (!(await hayColas(ctx))) return [];
  const { rows } = await ctx.bd.pool.query<TrabajoFallido>(`
    select id::text, name as cola, completed_on::text as cuando, retry_count + 1 as intentos, left(coalesce(output->>'message', output->>'name', ''), 300) as problema
      from pgboss.job where state = 'failed' and name <> 'muertos' order by completed_on desc nulls last limit 50`);
  return rows;
}

/**
 * Vuelve a poner en fila un trabajo fallido y despierta a quien lo atiende. false si ya no está o ya no está fallido.
 * pg-boss avisa de lo nuevo pero no de lo que se reintenta: sin este aviso, en su mismo canal, tardaría medio minuto en verlo.
 */
export async function reintentarTrabajo(ctx: Pick<Contexto, 'bd'>, id: string): Promise<boolean> {
  if (!(await hayColas(ctx))) return false;
  const { rowCount } = await ctx.bd.pool.query(
    `with r as (
       update pgboss.job set state = 'created', retry_count = 0, start_after = now(), started_on = null, completed_on = null, output = null
        where id = $1 and state = 'failed' returning name)
     select pg_notify('pgboss_' || left(encode(sha224('pgboss'::bytea), 'hex'), 24), name) from r`,
    [id],
  );
  return (rowCount ?? 0) > 0;
}

/** Quita los encargos de una nora que se borra, menos el que la está borrando. Cada encargo dice su nora en `nombre_nora`. */
export async function olvidarTrabajos(ctx: Pick<Contexto, 'bd'>, nora: string): Promise<void> {
  if (!(await hayColas(ctx))) return;
  await ctx.bd.pool.query(
    `delete from pgboss.job where data->>'nombre_nora' = $1 and not (name = 'borrar_nora' and state = 'active')`,
    [nora],
  );
}

async function hayColas(ctx: Pick<Contexto, 'bd'>): Promise<boolean> {
  const { rows } = await ctx.bd.pool.query<{ hay: boolean }>(
    `select to_regclass('pgboss.job') is not null as hay`,
  );
  return rows[0]?.hay ?? false;
}
