import type { Contexto } from '../contexto.ts';
import { huellaDe } from './huella.ts';

export interface SesionPropia {
  /** Huella del id: sirve para cerrarla y no para usarla. */
  id: string;
  ip: string;
  agente: string;
  desde: Date | null;
  vence: Date;
}

/** Las sesiones abiertas de una persona, la más nueva primero. */
export async function listarSesiones(ctx: Pick<Contexto, 'bd'>, usuario: string): Promise<SesionPropia[]> {
  const { rows } = await ctx.bd.pool.query<{ sid: string; origen: Origen | null; expire: Date }>(
    `select sid, sess->'origen' as origen, expire from interno.sesiones
      where sess->'usuario'->>'id' = $1 and expire > now() order by (sess->'origen'->>'desde')::bigint desc nulls last limit 100`,
    [usuario],
  );
  return rows.map(({ sid, origen, expire }) => ({
    id: huellaDe(sid),
    ip: origen?.ip ?? '',
    agente: origen?.agente ?? '',
    desde: origen ? new Date(origen.desde) : null,
    vence: expire,
  }));
}

/**
 * Cierra sesiones de una persona y corta sus sockets: una (`cual`), o todas menos `excepto`.
 * @returns cuántas cerró
 */
export async function cerrarSesiones(
  ctx: Pick<Contexto, 'bd' | 'vivo'>,
  usuario: string,
  { cual = null, excepto = null }: { cual?: string | null; excepto?: string | null } = {},
): Promise<number> {
  const { rows } = await ctx.bd.pool.query<{ huella: string }>(
    `delete from interno.sesiones where sess->'usuario'->>'id' = $1
        and ($2::text is null or encode(sha256(convert_to(sid, 'UTF8')), 'hex') = $2) and ($3::text is null or sid <> $3)
     returning encode(sha256(convert_to(sid, 'UTF8')), 'hex') as huella`,
    [usuario, cual, excepto],
  );
  for (const { huella } of rows) ctx.vivo.cerrarSesion(huella);
  return rows.length;
}

interface Origen {
  ip: string;
  agente: string;
  desde: number;
}
