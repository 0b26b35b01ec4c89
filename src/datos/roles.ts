import pg from 'pg';
import type { Secretos } from './secretos.ts';

/**
 * Deja la base `nora` y sus roles como los espera Supabase, con un dueño que no es superusuario.
 * Repetirlo no cambia nada.
 * @param url conexion del superusuario interno a la base `postgres`.
 */
export async function prepararRoles({ url, secretos }: { url: string; secretos: Secretos }): Promise<void> {
  const cliente = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  // Si se corta, la consulta en curso ya lo dice; sin quien oiga el aviso, el proceso moriria.
  cliente.on('error', () => {});
  await cliente.connect();
  try {
    const { rows } = await cliente.query<{ listo: boolean }>(
      `select exists (select from pg_database where datname = 'nora')
              and exists (select from pg_roles where rolname = 'nora_dueno') listo`,
    );
    if (rows[0]?.listo) return;
    await cliente.query('select pg_advisory_lock(7202601)');
    await cliente.query(sqlRoles(secretos));
    const { rowCount } = await cliente.query(`select from pg_database where datname = 'nora'`);
    if (!rowCount) await cliente.query('create database nora owner nora_dueno');
  } finally {
    await cliente.end();
  }
}

/** Vale igual en PostgreSQL 15 y posteriores. */
export function sqlRoles(s: Pick<Secretos, 'claveDueno' | 'claveAutenticador'>): string {
  const literal = (v: string) => pg.escapeLiteral(v);
  return `
do $$ begin
  if not exists (select from pg_roles where rolname = 'anon') then create role anon nologin; end if;
  if not exists (select from pg_roles where rolname = 'authenticated') then create role authenticated nologin; end if;
  if not exists (select from pg_roles where rolname = 'service_role') then create role service_role nologin bypassrls; end if;
  if not exists (select from pg_roles where rolname = 'authenticator') then create role authenticator; end if;
  if not exists (select from pg_roles where rolname = 'nora_dueno') then create role nora_dueno; end if;
end $$;
-- Con INHERIT: sin heredar, la API de datos no ve ninguna tabla al leer el catalogo.
alter role authenticator login inherit nosuperuser nocreatedb nocreaterole password ${literal(s.claveAutenticador)};
alter role nora_dueno login nosuperuser createrole password ${literal(s.claveDueno)};
grant anon, authenticated, service_role to authenticator;
-- Con opcion de administrar: las migraciones reparten estos roles, como hace postgres en Supabase.
grant anon, authenticated, service_role, authenticator to nora_dueno with admin option;
`;
}
