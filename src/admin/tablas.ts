import type { ClientBase } from 'pg';

/** Columnas que sólo sirven con la CLAVE_CIFRADO de esta instalación, o que abren algo. */
const SECRETAS = /(clave_hash|credenciales|access_token|secreto|totp)/;

/** Las tablas que tienen filas de una nora, por nombre; la raíz primero. */
export async function tablasDeNora(cliente: ClientBase): Promise<string[]> {
  const { rows } = await cliente.query<{ tabla: string }>(`
    select c.relname as tabla from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'nombre_nora' and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'enlaces_cuenta' order by c.relname <> 'configuracion_bot', c.relname`);
  return rows.map((r) => r.tabla);
}

/** Lista de columnas guardadas de una tabla, lista para un select; nunca las generadas. */
export async function columnasDe(
  cliente: ClientBase,
  tabla: string,
  { secretas, esquema = 'public' }: { secretas: boolean; esquema?: string },
): Promise<string> {
  const { rows } = await cliente.query<{ columna: string }>(
    `select attname as columna from pg_attribute where attrelid = format('%I.%I', $1::text, $2::text)::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [esquema, tabla],
  );
  return rows
    .filter((r) => secretas || !SECRETAS.test(r.columna))
    .map((r) => `"${r.columna}"`)
    .join(', ');
}
