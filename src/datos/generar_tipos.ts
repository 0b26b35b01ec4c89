import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { abrirEmbebido } from './embebido.ts';
import { migrar } from './migraciones.ts';

const RAIZ = join(import.meta.dirname, '..', '..');
const ARCHIVO = join(import.meta.dirname, 'tipos.ts');

/** Texto de `tipos.ts` segun el catalogo de una base ya migrada, en la forma `Database` de supabase-js. */
export async function generarTipos(url: string): Promise<string> {
  const cliente = new pg.Client(url);
  await cliente.connect();
  try {
    const tablas = (await cliente.query<Tabla>(SQL_TABLAS)).rows;
    const relaciones = (await cliente.query<Relacion>(SQL_RELACIONES)).rows;
    const funciones = (await cliente.query<Funcion>(SQL_FUNCIONES)).rows;
    const enums = (await cliente.query<Enumeracion>(SQL_ENUMS)).rows;
    return formatear(escribir(tablas, relaciones, funciones, enums));
  } finally {
    await cliente.end();
  }
}

interface Columna {
  nombre: string;
  tipo: string;
  nulable: boolean;
  opcional: boolean;
  generada: boolean;
}
interface Tabla {
  nombre: string;
  vista: boolean;
  columnas: Columna[];
}
interface Relacion {
  tabla: string;
  nombre: string;
  columnas: string[];
  unica: boolean;
  destino: string;
  columnas_destino: string[];
}
interface Funcion {
  nombre: string;
  devuelve: string;
  /** Tabla cuyas filas devuelve, si las devuelve. */
  fila: string | null;
  conjunto: boolean;
  argumentos: { nombre: string; tipo: string; opcional: boolean; modo: 'i' | 'o' | 'b' | 'v' | 't' }[];
}
interface Enumeracion {
  nombre: string;
  valores: string[];
}

const TIPOS: Record<string, string> = {
  ...Object.fromEntries(['int2', 'int4', 'int8', 'float4', 'float8', 'numeric'].map((t) => [t, 'number'])),
  bool: 'boolean',
  json: 'Json',
  jsonb: 'Json',
  void: 'undefined',
  ...Object.fromEntries(
    'text varchar bpchar citext name uuid date time timetz timestamp timestamptz interval inet bytea char'
      .split(' ')
      .map((t) => [t, 'string']),
  ),
};

function escribir(
  tablas: Tabla[],
  relaciones: Relacion[],
  funciones: Funcion[],
  enums: Enumeracion[],
): string {
  const nombresEnum = new Set(enums.map((e) => e.nombre));
  const ts = (tipo: string): string => {
    if (tipo.startsWith('_')) return `${ts(tipo.slice(1))}[]`;
    return nombresEnum.has(tipo) ? `Database['public']['Enums']['${tipo}']` : (TIPOS[tipo] ?? 'unknown');
  };
  const onulo = (tipo: string) => (tipo === 'unknown' ? tipo : `${tipo} | null`);
  const columna = (c: Columna, opcional: boolean) =>
    `${clave(c.nombre)}${opcional ? '?' : ''}: ${c.nulable ? onulo(ts(c.tipo)) : ts(c.tipo)};`;
  const tabla = (t: Tabla): string => {
    const escribibles = t.columnas.filter((c) => !c.generada);
    const escritura = t.vista
      ? ''
      : `Insert: {${unir(escribibles.map((c) => columna(c, c.opcional)))}};
         Update: {${unir(escribibles.map((c) => columna(c, true)))}};`;
    return `${clave(t.nombre)}: { Row: {${unir(t.columnas.map((c) => columna(c, false)))}}; ${escritura}
      Relationships: ${relacionesDe(t.nombre, relaciones)}; };`;
  };
  const funcion = (f: Funcion): string => {
    const entran = f.argumentos.filter((a) => 'ibv'.includes(a.modo));
    const salen = f.argumentos.filter((a) => 'obt'.includes(a.modo));
    // Un parametro de SQL siempre admite null, y los que tienen valor por omision se pueden callar.
    // Y un objeto con interfaz propia cabe en un jsonb, aunque TypeScript no lo vea como `Json`.
    const args = entran.map((a) => {
      const tipo = ts(a.tipo) === 'Json' ? 'Json | object' : onulo(ts(a.tipo));
      return `${clave(a.nombre)}${a.opcional ? '?' : ''}: ${tipo};`;
    });
    const fila = salen.length
      ? `{${unir(salen.map((a) => `${clave(a.nombre)}: ${ts(a.tipo)};`))}}`
      : f.fila
        ? `Database['public']['Tables']['${f.fila}']['Row']`
        : ts(f.devuelve);
    const cuantas = f.conjunto ? '[]' : '';
    return `${clave(f.nombre)}: { Args: ${args.length ? `{${unir(args)}}` : 'Record<PropertyKey, never>'};
      Returns: ${fila}${cuantas}; };`;
  };
  return `// Generado por \`npm run tipos\` desde supabase/migrations. No lo edites a mano.

    export type Json = string | number | boolean | null | { [clave: string]: Json | undefined } | Json[];

    export type Database = { public: {
      Tables: ${grupo(tablas.filter((t) => !t.vista).map(tabla))};
      Views: ${grupo(tablas.filter((t) => t.vista).map(tabla))};
      Functions: ${grupo(funciones.map(funcion))};
      Enums: ${grupo(enums.map((e) => `${clave(e.nombre)}: ${e.valores.map((v) => JSON.stringify(v)).join(' | ')};`))};
      CompositeTypes: { [_ in never]: never };
    } };`;
}

function relacionesDe(tabla: string, relaciones: Relacion[]): string {
  const suyas = relaciones
    .filter((r) => r.tabla === tabla)
    .map((r) => {
      const lista = (nombres: string[]) => `[${nombres.map((n) => JSON.stringify(n)).join(', ')}]`;
      return `{ foreignKeyName: ${JSON.stringify(r.nombre)}; columns: ${lista(r.columnas)};
        isOneToOne: ${r.unica}; referencedRelation: ${JSON.stringify(r.destino)};
        referencedColumns: ${lista(r.columnas_destino)}; }`;
    });
  return `[${suyas.join(', ')}]`;
}

function grupo(lineas: string[]): string {
  return lineas.length ? `{${unir(lineas)}}` : '{ [_ in never]: never }';
}

/** Con salto tras la llave el formateador deja cada miembro en su renglon. */
function unir(lineas: string[]): string {
  return `\n${lineas.join('\n')}\n`;
}

function clave(nombre: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(nombre) ? nombre : JSON.stringify(nombre);
}

function formatear(texto: string): string {
  const biome = join(RAIZ, 'node_modules', '.bin', 'biome');
  return execFileSync(biome, ['format', '--stdin-file-path=src/datos/tipos.ts'], {
    cwd: RAIZ,
    input: texto,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

const SQL_TABLAS = `
select c.relname as nombre, c.relkind in ('v','m') as vista,
       json_agg(json_build_object(
         'nombre', a.attname, 'tipo', coalesce(b.typname, t.typname),
         'nulable', not a.attnotnull and t.typtype <> 'd',
         'opcional', not a.attnotnull or a.atthasdef or a.attidentity <> '',
         'generada', a.attgenerated <> '' or a.attidentity = 'a') order by a.attname collate "C") as columnas
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_type t on t.oid = a.atttypid
  left join pg_type b on b.oid = t.typbasetype
 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r','p','v','m') and not c.relispartition
 group by c.oid order by c.relname collate "C"`;

const SQL_RELACIONES = `
select c.relname as tabla, f.conname as nombre, d.relname as destino,
       (select array_agg(a.attname::text order by k.n) from unnest(f.conkey) with ordinality k(col, n)
          join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.col) as columnas,
       (select array_agg(a.attname::text order by k.n) from unnest(f.confkey) with ordinality k(col, n)
          join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.col) as columnas_destino,
       exists (select from pg_constraint u where u.conrelid = f.conrelid and u.contype in ('p','u')
                and u.conkey <@ f.conkey) as unica
  from pg_constraint f
  join pg_class c on c.oid = f.conrelid and c.relnamespace = 'public'::regnamespace
  join pg_class d on d.oid = f.confrelid and d.relnamespace = 'public'::regnamespace
 where f.contype = 'f' order by c.relname collate "C", f.conname collate "C"`;

// Solo lo que la aplicacion puede llamar: sin permiso concedido no existe para TypeScript.
const SQL_FUNCIONES = `
select p.proname as nombre, t.typname as devuelve, p.proretset as conjunto,
       (select c.relname from pg_class c where c.oid = t.typrelid and c.relkind in ('r','p')
           and c.relnamespace = 'public'::regnamespace) as fila,
       coalesce((select json_agg(json_build_object('nombre', coalesce(p.proargnames[x.n], ''), 'tipo', y.typname,
                   'modo', coalesce(p.proargmodes[x.n], 'i'),
                   'opcional', x.n > p.pronargs - p.pronargdefaults) order by x.n)
          from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality x(tipo, n)
          join pg_type y on y.oid = x.tipo), '[]') as argumentos
  from pg_proc p join pg_type t on t.oid = p.prorettype
 where p.pronamespace = 'public'::regnamespace and p.prokind = 'f'
   and t.typname not in ('trigger', 'event_trigger')
   and exists (select from pg_roles r where r.rolname in ('service_role', 'nora_panel')
                and has_function_privilege(r.oid, p.oid, 'execute'))
 order by p.proname collate "C", p.oid::regprocedure::text collate "C"`;

const SQL_ENUMS = `
select t.typname as nombre, array_agg(e.enumlabel::text order by e.enumsortorder) as valores
  from pg_type t join pg_enum e on e.enumtypid = t.oid
 where t.typnamespace = 'public'::regnamespace group by t.typname order by t.typname collate "C"`;

/** Escribe `tipos.ts` desde una base temporal; con `revisar` solo dice si coincide. */
async function principal(revisar: boolean): Promise<number> {
  const carpeta = mkdtempSync(join(tmpdir(), 'nora-tipos-'));
  const servidor = await abrirEmbebido(carpeta, { fragil: true });
  try {
    await migrar(servidor.urlDueno);
    const texto = await generarTipos(servidor.urlDueno);
    const igual = leerActual() === texto;
    if (!revisar && !igual) writeFileSync(ARCHIVO, texto);
    if (revisar && !igual) {
      console.error('src/datos/tipos.ts no corresponde a supabase/migrations: corre npm run tipos');
      return 1;
    }
    console.log(igual ? 'tipos al día' : 'tipos.ts actualizado');
    return 0;
  } finally {
    await servidor.soltar();
    rmSync(carpeta, { recursive: true, force: true });
  }
}

function leerActual(): string {
  try {
    return readFileSync(ARCHIVO, 'utf8');
  } catch {
    return '';
  }
}

if (process.argv[1] === import.meta.filename)
  process.exitCode = await principal(process.argv.includes('--revisar'));
