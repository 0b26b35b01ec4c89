import { createHash, randomUUID } from 'node:crypto';
import type { AlmacenAdjuntos } from '../../src/datos/adjuntos.ts';

type Sql = <T extends object>(texto: string, valores?: unknown[]) => Promise<T[]>;

interface Columna {
  nombre: string;
  tipo: string;
  obligada: boolean;
  /** Los `check` que la nombran. */
  reglas: string[];
  /** A qué tabla y columna apunta, si apunta. */
  de: { tabla: string; columna: string } | null;
}

/** Lo que el catálogo no alcanza a decir. */
const ESPECIALES: Record<string, unknown> = {
  'plantillas_whatsapp.content_sid': `HX${'0'.repeat(32)}`,
  'duplicados_descartados.a': '00000000-0000-4000-8000-000000000001',
  'duplicados_descartados.b': '00000000-0000-4000-8000-000000000002',
};

/** Las tablas con filas por nora, según el catálogo. */
export async function tablasConNora(sql: Sql): Promise<string[]> {
  const filas = await sql<{ t: string }>(
    `select c.relname t from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'nombre_nora' and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by 1`,
  );
  return filas.map((f) => f.t);
}

/**
 * Deja al menos una fila de la nora en cada tabla que tenga `nombre_nora`, armada con lo que dice el catálogo: una tabla
 * nueva entra sola. Las que guardan `ruta` reciben un archivo de verdad. Devuelve las rutas que guardó.
 * @throws Error con el nombre de la tabla que no supo llenar
 */
export async function llenarNora(
  sql: Sql,
  nora: string,
  adjuntos: Pick<AlmacenAdjuntos, 'guardar'>,
): Promise<string[]> {
  const rutas: string[] = [];
  let faltan = await vacias(sql, nora);
  let falla: unknown;
  while (faltan.length > 0) {
    const siguen: string[] = [];
    for (const tabla of faltan) {
      try {
        // Un disparador de otra tabla pudo llenarla ya.
        if (!(await estaVacia(sql, nora, tabla))) continue;
        await llenarTabla(sql, nora, tabla, adjuntos, rutas);
      } catch (error) {
        // Quizá le falta la fila a la que apunta: otra vuelta, cuando ya exista.
        falla = error;
        siguen.push(tabla);
      }
    }
    if (siguen.length === faltan.length)
      throw new Error(`No supe llenar ${siguen.join(', ')}: ${String(falla)}. Agrega su caso a ESPECIALES.`);
    faltan = siguen;
  }
  return rutas;
}

async function vacias(sql: Sql, nora: string): Promise<string[]> {
  const lista: string[] = [];
  for (const t of await tablasConNora(sql)) if (await estaVacia(sql, nora, t)) lista.push(t);
  return lista;
}

async function estaVacia(sql: Sql, nora: string, tabla: string): Promise<boolean> {
  return (await sql(`select 1 from public."${tabla}" where nombre_nora = $1 limit 1`, [nora])).length === 0;
}

async function llenarTabla(
  sql: Sql,
  nora: string,
  tabla: string,
  adjuntos: Pick<AlmacenAdjuntos, 'guardar'>,
  rutas: string[],
): Promise<void> {
  const valores = new Map<string, unknown>([['nombre_nora', nora]]);
  for (const c of await columnasDe(sql, tabla)) {
    if (c.nombre === 'ruta') {
      const id = randomUUID();
      const { ruta } = await adjuntos.guardar(Buffer.from(tabla), {
        nombre_nora: nora,
        id,
        tipo: tabla === 'adjuntos' ? 'image/png' : 'text/csv',
      });
      rutas.push(ruta);
      valores.set('ruta', ruta);
      if (tabla === 'adjuntos') valores.set('tipo', 'image/png').set('estado', 'listo');
    }
    if (!c.obligada || valores.has(c.nombre)) continue;
    valores.set(c.nombre, await valorDe(sql, nora, tabla, c));
  }
  const nombres = [...valores.keys()];
  await sql(
    `insert into public."${tabla}" (${nombres.map((n) => `"${n}"`).join(', ')}) values (${nombres.map((_, i) => `$${i + 1}`).join(', ')})`,
    [...valores.values()],
  );
}

async function columnasDe(sql: Sql, tabla: string): Promise<Columna[]> {
  return sql<Columna & Record<string, unknown>>(
    `select a.attname nombre, format_type(a.atttypid, null) tipo, a.attnotnull and not a.atthasdef and a.attidentity = '' obligada,
            array(select pg_get_constraintdef(k.oid) from pg_constraint k where k.conrelid = a.attrelid and k.contype = 'c' and a.attnum = any (k.conkey)) reglas,
            (select jsonb_build_object('tabla', k.confrelid::regclass::text, 'columna', f.attname) from pg_constraint k
               join pg_attribute f on f.attrelid = k.confrelid and f.attnum = k.confkey[array_position(k.conkey, a.attnum)]
              where k.conrelid = a.attrelid and k.contype = 'f' and a.attnum = any (k.conkey) order by cardinality(k.conkey) desc limit 1) de
       from pg_attribute a where a.attrelid = format('public.%I', $1::text)::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum`,
    [tabla],
  );
}

async function valorDe(sql: Sql, nora: string, tabla: string, c: Columna): Promise<unknown> {
  const especial = ESPECIALES[`${tabla}.${c.nombre}`];
  if (especial !== undefined) return especial;
  if (c.de) {
    // Una cuenta de persona no es de ninguna nora.
    const deNora = c.de.tabla === 'usuarios' ? '$1::text is not null' : 'nombre_nora = $1';
    const [fila] = await sql<{ v: unknown }>(
      `select "${c.de.columna}" v from ${c.de.tabla} where ${deNora} limit 1`,
      [nora],
    );
    if (!fila) throw new Error(`${tabla}.${c.nombre} espera una fila de ${c.de.tabla}`);
    return fila.v;
  }
  const regla = c.reglas.join(' ');
  const opcion = /ARRAY\['([^']+)'/.exec(regla)?.[1];
  if (c.tipo.endsWith('[]')) return [opcion ?? 'texto'];
  if (opcion) return opcion;
  const largo = /length\(\(?\w+\)?\) = (\d+)/.exec(regla)?.[1];
  // Distinto en cada nora: hay llaves únicas entre todas.
  if (largo) return createHash('sha512').update(nora).digest('hex').slice(0, Number(largo));
  if (c.tipo === 'uuid') return randomUUID();
  if (c.tipo === 'date') return '2026-01-02';
  if (c.tipo.startsWith('timestamp')) return new Date();
  if (c.tipo === 'jsonb') return '{}';
  if (['integer', 'bigint', 'smallint', 'numeric', 'double precision'].includes(c.tipo)) return 1;
  if (c.tipo === 'boolean') return true;
  return `texto_${nora}`;
}
