import type pg from 'pg';

/**
 * Faltas contra las reglas del muro entre noras y de los carriles, segun el catalogo de una base migrada.
 * Cada renglon dice que objeto y que regla; sin faltas, lista vacia.
 */
export async function faltasDelCatalogo(cliente: pg.Client | pg.Pool): Promise<string[]> {
  const { rows } = await cliente.query<{ falta: string }>(SQL);
  return rows.map((r) => r.falta);
}

/** Permisos de todo lo nuestro, para comparar antes y despues. */
export async function fotoDePermisos(cliente: pg.Client | pg.Pool): Promise<string> {
  const { rows } = await cliente.query<{ foto: string }>(`
    select md5(string_agg(x, E'\\n' order by x)) as foto from (
      select format('r %s %s', c.oid::regclass, c.relacl) x from pg_class c where ${NUESTRO('c.relnamespace')}
      union all
      select format('c %s %s %s', a.attrelid::regclass, a.attname, a.attacl) from pg_attribute a
        join pg_class c on c.oid = a.attrelid where ${NUESTRO('c.relnamespace')} and a.attacl is not null
      union all
      select format('f %s %s', p.oid::regprocedure, p.proacl) from pg_proc p where ${NUESTRO('p.pronamespace')}
      union all
      select format('n %s %s', n.nspname, n.nspacl) from pg_namespace n where n.nspname in ('public', 'interno')
      union all
      select format('d %s %s', d.defaclnamespace, d.defaclacl) from pg_default_acl d
      union all
      select format('m %s %s', m.roleid::regrole, m.member::regrole) from pg_auth_members m
    ) t`);
  return rows[0]?.foto ?? '';
}

function NUESTRO(columna: string): string {
  return `${columna} in (select oid from pg_namespace where nspname in ('public', 'interno'))`;
}

const DE_EXTENSION = (oid: string, clase: string) =>
  `exists (select from pg_depend d where d.objid = ${oid} and d.classid = '${clase}'::regclass and d.deptype = 'e')`;

const SQL = `
select format('la tabla %s no tiene RLS', c.oid::regclass) as falta
  from pg_class c
 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relrowsecurity
union all
select format('%s puede ejecutarla cualquiera (PUBLIC)', p.oid::regprocedure)
  from pg_proc p where ${NUESTRO('p.pronamespace')} and not ${DE_EXTENSION('p.oid', 'pg_proc')}
   and (p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0))
union all
select format('%s es security definer y no fija search_path = vacio', p.oid::regprocedure)
  from pg_proc p where ${NUESTRO('p.pronamespace')} and p.prosecdef
   and not coalesce('search_path=""' = any (p.proconfig), false)
union all
select format('la vista %s no es security_invoker', c.oid::regclass)
  from pg_class c where ${NUESTRO('c.relnamespace')} and c.relkind in ('v', 'm')
   and not coalesce(c.reloptions && array['security_invoker=on', 'security_invoker=true'], false)
union all
select format('%s tiene %s sobre toda la tabla %s', coalesce(r.rolname, 'PUBLIC'), a.privilege_type, c.oid::regclass)
  from pg_class c cross join lateral aclexplode(c.relacl) a left join pg_roles r on r.oid = a.grantee
 where ${NUESTRO('c.relnamespace')} and coalesce(r.rolname, 'PUBLIC') in ('PUBLIC', 'anon', 'authenticated', 'nora_panel')
   -- DELETE no se puede conceder por columnas.
   and not (r.rolname = 'nora_panel' and (a.privilege_type = 'DELETE' or c.relkind = 'v' and a.privilege_type = 'SELECT'))
union all
select format('anon o authenticated tienen permiso en la columna %s.%s', t.attrelid::regclass, t.attname)
  from pg_attribute t join pg_class c on c.oid = t.attrelid cross join lateral aclexplode(t.attacl) a
  left join pg_roles r on r.oid = a.grantee
 where ${NUESTRO('c.relnamespace')} and coalesce(r.rolname, 'PUBLIC') in ('PUBLIC', 'anon', 'authenticated')
union all
select format('%s puede ejecutarla %s', p.oid::regprocedure, r.rolname)
  from pg_proc p cross join pg_roles r
 where ${NUESTRO('p.pronamespace')} and r.rolname in ('anon', 'authenticated')
   and not ${DE_EXTENSION('p.oid', 'pg_proc')} and has_function_privilege(r.oid, p.oid, 'execute')
union all
select format('%s entra al esquema interno', r.rolname)
  from pg_roles r where r.rolname in ('anon', 'authenticated', 'nora_panel')
   and has_schema_privilege(r.oid, 'interno', 'usage')
union all
select format('%s, que llama el panel, recibe la nora como argumento', p.oid::regprocedure)
  from pg_proc p where ${NUESTRO('p.pronamespace')} and p.prosecdef
   and has_function_privilege('nora_panel', p.oid, 'execute') and 'p_nora' = any (p.proargnames)
union all
select format('el panel puede leer %s.%s', c.oid::regclass, a.attname)
  from pg_attribute a join pg_class c on c.oid = a.attrelid
 where ${NUESTRO('c.relnamespace')} and a.attnum > 0 and not a.attisdropped
   and a.attname ~ '(clave_hash|credenciales|access_token|secreto|totp)'
   and has_column_privilege('nora_panel', c.oid, a.attnum, 'select')
union all
select format('la tabla %s tiene nombre_nora y ningun indice empieza con ella', c.oid::regclass)
  from pg_class c join pg_attribute n on n.attrelid = c.oid and n.attname = 'nombre_nora'
 where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
   and has_any_column_privilege('nora_panel', c.oid, 'select')
   and not exists (select from pg_index i where i.indrelid = c.oid and i.indkey[0] = n.attnum)
union all
-- Se pierde con sólo volver a crear la función.
select format('%s corre con cada mensaje o renglon y no conserva su plan', f)
  from unnest(array['public.recibir_mensajes', 'public.reclamar_turnos', 'public.contexto_rafaga', 'public.cerrar_rafaga', 'public.etiquetar_por_reglas',
    'public.siguiente_envio', 'public.envio_aceptado', 'interno.fila', 'interno.fila_contacto', 'interno.mensaje', 'interno.nombre_de']) f
 where not exists (select from pg_proc p where format('%s.%s', p.pronamespace::regnamespace, p.proname) = f and 'plan_cache_mode=force_generic_plan' = any (p.proconfig))
order by 1`;
