import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SignJWT } from 'jose';
import pg from 'pg';
import { pino } from 'pino';
import { DEMO } from '../src/demo/datos.ts';
import { sembrar } from '../src/demo/sembrar.ts';
import { type ApiLocal, crearApiLocal, ErrorMuro } from '../src/datos/api_local.ts';
import { type BaseDeDatos, crearBaseDeDatos } from '../src/datos/base_de_datos.ts';
import { type BaseDePrueba, prepararBase } from './apoyo/base.ts';
import { fotoDePermisos } from './apoyo/catalogo.ts';

const log = pino({ level: 'silent' });
type Fila = Record<string, unknown>;

/** Lo que hace falta para atacar: nombres de tabla y columna que TypeScript no dejaria escribir. */
interface Atacante {
  from(tabla: string): {
    select(columnas: string, opciones?: object): Consulta;
    insert(fila: object): Consulta;
    update(fila: object): Consulta;
    delete(): Consulta;
  };
  rpc(funcion: string, argumentos: object): Consulta;
}
interface Consulta extends PromiseLike<{ data: unknown; error: { code: string } | null; status: number }> {
  eq(columna: string, valor: unknown): Consulta;
  neq(columna: string, valor: unknown): Consulta;
  order(columna: string): Consulta;
  select(columnas: string): Consulta;
  limit(n: number): Consulta;
}

describe('muro entre noras', () => {
  let base: BaseDePrueba;
  let bd: BaseDeDatos;
  let api: ApiLocal;
  let permisosAntes: string;
  const aura = () => bd.deNora('aura') as unknown as Atacante;

  before(async () => {
    base = await prepararBase();
    const pool = new pg.Pool({ connectionString: base.url, max: 1 });
    permisosAntes = await fotoDePermisos(pool);
    await pool.end();
    bd = await crearBaseDeDatos(base.config, log);
    assert.equal(await sembrar(bd, DEMO), true);
    api = await crearApiLocal(
      base.config.base.autenticadorUrl ?? '',
      base.config.base.jwtSecreto ?? '',
      bd.pool,
    );
  });
  after(async () => {
    await api?.cerrar();
    await bd?.cerrar();
    await base?.cerrar();
  });

  async function filas<T extends pg.QueryResultRow>(sql: string, valores: unknown[] = []): Promise<T[]> {
    return (await bd.pool.query<T>(sql, valores)).rows;
  }

  test('la API local sigue en la versión cuyo interior se ajusta', () => {
    const ruta = join(import.meta.dirname, '../node_modules/@supabase/lite/package.json');
    assert.equal((JSON.parse(readFileSync(ruta, 'utf8')) as { version: string }).version, '0.10.0');
  });

  test('ninguna petición cambia los permisos de la base', async () => {
    for (const cliente of [bd.servicio as unknown as Atacante, aura()]) {
      await cliente.from('contactos').select('id').limit(1);
      await cliente.from('contactos').select('*').limit(1);
      await cliente.from('no_existe').select('id');
      await cliente.from('contactos').insert({ nombre_nora: 'demo' });
      await cliente.rpc('nora_actual', {});
    }
    assert.equal(await fotoDePermisos(bd.pool), permisosAntes);
  });

  test('una nora sólo lee lo suyo en todas las tablas, aunque pida lo ajeno por su nombre', async () => {
    const tablas = await filas<{ tabla: string; hay: boolean }>(`
      select c.relname as tabla from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'nombre_nora'
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')
         and has_column_privilege('nora_panel', c.oid, a.attnum, 'select') order by 1`);
    assert.ok(tablas.length >= 5, 'el panel lee varias tablas');
    let conDatosAjenos = 0;
    for (const { tabla } of tablas) {
      const [ajenas] = await filas<{ n: number }>(
        `select count(*)::int n from public.${tabla} where nombre_nora = 'demo'`,
      );
      conDatosAjenos += ajenas?.n ? 1 : 0;
      const todas = await aura().from(tabla).select('nombre_nora').limit(1000);
      assert.equal(todas.error, null, tabla);
      assert.deepEqual(
        (todas.data as Fila[]).filter((f) => f['nombre_nora'] !== 'aura'),
        [],
        tabla,
      );
      const pedidas = await aura().from(tabla).select('nombre_nora').eq('nombre_nora', 'demo');
      assert.deepEqual(pedidas.data, [], tabla);
    }
    assert.ok(conDatosAjenos >= 5, 'la prueba necesita filas ajenas que esconder');
  });

  test('una nora no escribe, cambia ni borra lo ajeno en ninguna tabla', async () => {
    const antes = await fotoDe('demo');
    const tablas = await filas<{ tabla: string; columna: string | null; inserta: string[] | null }>(`
      select c.relname as tabla,
             (select a.attname from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                 and has_column_privilege('nora_panel', c.oid, a.attnum, 'update') order by a.attnum limit 1) as columna,
             (select array_agg(a.attname::text) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                 and has_column_privilege('nora_panel', c.oid, a.attnum, 'insert')) as inserta
        from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'`);
    for (const { tabla, columna, inserta } of tablas) {
      if (columna) {
        const [ajena] = await filas<Fila>(
          `select ${columna} from public.${tabla} where nombre_nora = 'demo' limit 1`,
        );
        const valor = ajena?.[columna] ?? null;
        await aura()
          .from(tabla)
          .update({ [columna]: valor })
          .eq('nombre_nora', 'demo');
        await aura()
          .from(tabla)
          .update({ [columna]: valor })
          .neq('nombre_nora', 'aura');
      }
      await aura().from(tabla).delete().eq('nombre_nora', 'demo');
      await aura().from(tabla).delete().neq('nombre_nora', 'aura');
      const [fila] = await filas<Fila>(`select * from public.${tabla} limit 1`);
      if (inserta?.includes('nombre_nora') && fila) {
        const copia = Object.fromEntries(inserta.filter((c) => c !== 'id').map((c) => [c, fila[c]]));
        const r = await aura()
          .from(tabla)
          .insert({ ...copia, nombre_nora: 'demo' });
        assert.notEqual(r.error, null, `aura insertó en ${tabla} de demo`);
      }
      const cambio = await aura().from(tabla).update({ nombre_nora: 'demo' }).eq('nombre_nora', 'aura');
      assert.notEqual(cambio.error, null, `aura regaló filas de ${tabla}`);
    }
    assert.equal(await fotoDe('demo'), antes);
  });

  test('ninguna función del panel lee ni toca a la otra nora con identificadores ajenos', async () => {
    const antes = await fotoDe('demo');
    const [ajeno] = await filas<{ contacto: string; mensaje: string; usuario: string; telefono: string }>(`
      select c.id as contacto, h.id as mensaje, c.telefono,
             (select usuario_id from usuarios_noras where nombre_nora = 'demo' limit 1) as usuario
        from contactos c join historial_conversaciones h on h.contacto_id = c.id
        left join respuestas_ia r on r.historial_id = h.id
       where c.nombre_nora = 'demo' order by r.id is null, h.id limit 1`);
    assert.ok(ajeno);
    const propios = await filas<{ id: string }>(`select id from contactos where nombre_nora = 'aura'`);
    const secretos = [
      ajeno.telefono,
      ...(
        await filas<{
          t: string;
        }>(`select distinct unnest(array[telefono, nombre]) t from contactos c where nombre_nora = 'demo'
         and not exists (select from contactos p where p.nombre_nora = 'aura' and p.nombre = c.nombre)`)
      ).map((f) => f.t),
    ].filter((t) => t && t.length > 6);
    const funciones = await filas<{ nombre: string; argumentos: string[]; tipos: string[] }>(`
      select p.proname as nombre, coalesce(p.proargnames[1:p.pronargs], '{}') as argumentos,
             coalesce((select array_agg(t.typname::text order by n) from unnest(p.proargtypes) with ordinality x(o, n)
                         join pg_type t on t.oid = x.o), '{}') as tipos
        from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef
         and has_function_privilege('nora_panel', p.oid, 'execute')`);
    assert.ok(funciones.length >= 10);
    for (const f of funciones) {
      const argumentos = Object.fromEntries(
        f.argumentos.map((a, i) => [a, valorHostil(a, f.tipos[i] ?? '', ajeno)]),
      );
      const r = await aura().rpc(f.nombre, argumentos);
      const texto = JSON.stringify(r.data ?? null);
      for (const s of secretos) assert.ok(!texto.includes(s), `${f.nombre} devolvió «${s}» de la otra nora`);
    }
    assert.equal(await fotoDe('demo'), antes, 'alguna función cambió filas ajenas');
    assert.deepEqual(await filas(`select id from contactos where nombre_nora = 'aura'`), propios);
  });

  test('sin nora en el token no hay filas ni funciones que contesten', async () => {
    const [mio] = await filas<{ id: string }>(`select id from contactos where nombre_nora = 'aura' limit 1`);
    const vacio = bd.deNora('nora-que-no-existe') as unknown as Atacante;
    assert.deepEqual((await vacio.from('contactos').select('id')).data, []);
    for (const f of ['abrir_chat', 'marcar_leido', 'fila_chat']) {
      const r = await vacio.rpc(f, { p_contacto: mio?.id });
      assert.ok(r.error || r.data === null || r.data === false, f);
    }
  });

  test('las columnas secretas no se leen, filtran ni ordenan', async () => {
    const intentos: [string, Consulta][] = [
      ['directa', aura().from('configuracion_bot').select('credenciales_twilio')],
      ['asterisco', aura().from('configuracion_bot').select('*')],
      ['filtro', aura().from('configuracion_bot').select('nombre_nora').neq('credenciales_twilio', 'x')],
      ['orden', aura().from('configuracion_bot').select('nombre_nora').order('credenciales_twilio')],
      ['usuarios', aura().from('usuarios').select('correo')],
      ['incrustada', aura().from('usuarios_noras').select('usuarios(clave_hash)')],
      ['atenciones', aura().from('atenciones').select('contacto_id')],
      ['bitácora', aura().from('logs_errores').select('descripcion')],
      [
        'al insertar',
        aura().from('configuracion_bot').update({ credenciales_twilio: 'x' }).eq('nombre_nora', 'aura'),
      ],
      ['el número', aura().from('configuracion_bot').update({ numero_nora: '+1' }).eq('nombre_nora', 'aura')],
      ['reactivarse', aura().from('configuracion_bot').update({ activo: true }).eq('nombre_nora', 'aura')],
      ['módulos', aura().from('modulos_disponibles').update({ activo: true }).eq('nombre_nora', 'aura')],
    ];
    for (const [nombre, consulta] of intentos) {
      const r = await consulta;
      assert.notEqual(r.error, null, nombre);
      assert.ok([401, 403, 400, 404].includes(r.status), `${nombre}: ${r.status}`);
    }
  });

  test('el panel no alcanza las funciones de servicio', async () => {
    const [cerradas] = await filas<{ n: number }>(`
      select count(*)::int n from pg_proc p where p.pronamespace = 'public'::regnamespace
         and has_function_privilege('service_role', p.oid, 'execute') and not has_function_privilege('nora_panel', p.oid, 'execute')`);
    assert.ok((cerradas?.n ?? 0) > 10);
    for (const [f, args] of [
      ['cargar_registro', { p_desde: '', p_n: 10 }],
      ['recibir_mensajes', { p: [] }],
      ['crear_nora', { p: { nombre_nora: 'intrusa' } }],
      ['buscar_conocimiento', { p_nora: 'demo', p_consulta: 'precio', p_n: 5 }],
      ['credenciales_nora', { p_nora: 'demo' }],
    ] as const) {
      const r = await aura().rpc(f, args);
      assert.equal(r.error?.code, '42501', f);
    }
  });

  describe('JWT hostiles', () => {
    const secreto = () => base.config.base.jwtSecreto ?? '';
    const firmar = (datos: object, opciones: { clave?: string; exp?: string | null; alg?: string } = {}) => {
      const t = new SignJWT({ ...datos }).setProtectedHeader({ alg: opciones.alg ?? 'HS256' }).setIssuedAt();
      if (opciones.exp !== null) t.setExpirationTime(opciones.exp ?? '5m');
      return t.sign(Buffer.from(opciones.clave ?? secreto()));
    };
    const pedir = async (
      autorizacion: string | null,
      cabeceras: Record<string, string> = {},
      ruta = '/rest/v1/contactos?select=nombre_nora',
    ) => {
      const r = await api.fetch(
        new Request(`http://nora.local${ruta}`, {
          headers: { ...(autorizacion && { authorization: autorizacion }), ...cabeceras },
        }),
      );
      return { estado: r.status, cuerpo: await r.json().catch(() => null) };
    };

    test('un rol fuera de la lista se rechaza aunque la firma sea buena', async () => {
      const roles = [
        'postgres',
        'nora_dueno',
        'authenticator',
        'authenticated',
        'pg_read_all_data',
        'none',
        '',
        'NORA_PANEL',
        'nora_panel ',
        null,
        7,
        ['nora_panel'],
        { a: 1 },
      ];
      for (const role of roles) {
        const r = await pedir(`Bearer ${await firmar({ role, nombre_nora: 'aura' })}`);
        assert.equal(r.estado, 401, JSON.stringify(role));
      }
    });

    test('sin firma válida, vencido, eterno, sin nora o mal formado: 401', async () => {
      const b64 = (o: object) => Buffer.from(JSON.stringify(o)).toString('base64url');
      const cuerpo = { role: 'nora_panel', nombre_nora: 'aura', exp: Math.floor(Date.now() / 1000) + 300 };
      const bueno = await firmar({ role: 'nora_panel', nombre_nora: 'aura' });
      const [cabeza, , firma] = bueno.split('.');
      const hs512 = `${b64({ alg: 'HS512' })}.${b64(cuerpo)}`;
      const malos = [
        null,
        '',
        'Bearer',
        'Bearer x',
        'Bearer a.b.c',
        `Basic ${bueno}`,
        `Bearer ${b64({ alg: 'none' })}.${b64(cuerpo)}.`,
        `Bearer ${cabeza}.${b64({ ...cuerpo, nombre_nora: 'demo' })}.${firma}`,
        `Bearer ${hs512}.${createHmac('sha512', secreto()).update(hs512).digest('base64url')}`,
        `Bearer ${await firmar({ role: 'nora_panel', nombre_nora: 'aura' }, { clave: 'x'.repeat(32) })}`,
        `Bearer ${await firmar({ role: 'service_role' }, { clave: 'embebido'.repeat(8) })}`,
        `Bearer ${await firmar({ role: 'nora_panel', nombre_nora: 'aura' }, { exp: '-1s' })}`,
        `Bearer ${await firmar({ role: 'nora_panel', nombre_nora: 'aura' }, { exp: null })}`,
        `Bearer ${await firmar({ role: 'nora_panel' })}`,
        `Bearer ${await firmar({ role: 'nora_panel', nombre_nora: '' })}`,
        `Bearer ${await firmar({ role: 'nora_panel', nombre_nora: ['aura', 'demo'] })}`,
        `Bearer ${bueno}, Bearer ${bueno}`,
      ];
      for (const autorizacion of malos)
        assert.equal((await pedir(autorizacion)).estado, 401, String(autorizacion));
      for (const llave of ['embebido', secreto(), 'sb_secret_x'])
        assert.equal((await pedir(null, { apikey: llave })).estado, 401, 'la llave sola no identifica');
    });

    test('un nombre de nora con SQL dentro no ve nada', async () => {
      for (const nombre_nora of [
        `aura' or '1'='1`,
        `aura","nombre_nora":"demo`,
        '%',
        `\\'; set role postgres; --`,
      ]) {
        const r = await pedir(`Bearer ${await firmar({ role: 'nora_panel', nombre_nora })}`);
        assert.deepEqual(r, { estado: 200, cuerpo: [] }, nombre_nora);
      }
    });

    test('anon no puede nada', async () => {
      const r = await pedir(`Bearer ${await firmar({ role: 'anon', nombre_nora: 'aura' })}`);
      assert.ok([401, 403].includes(r.estado));
    });

    test('sólo existe el esquema public y sólo la API de datos', async () => {
      const bueno = `Bearer ${await firmar({ role: 'service_role' })}`;
      assert.equal((await pedir(bueno, { 'accept-profile': 'interno' }, '/rest/v1/sesiones')).estado, 404);
      for (const ruta of ['/auth/v1/signup', '/storage/v1/bucket', '/', '/pg/query', '/rest/v10'])
        assert.equal((await pedir(bueno, {}, ruta)).estado, 404, ruta);
    });

    test('las peticiones mezcladas de varias noras nunca se cruzan', async () => {
      const pedidas = await Promise.all(
        Array.from({ length: 60 }, async (_, i) => {
          const nora = i % 2 ? 'aura' : 'demo';
          const { data } = await bd.deNora(nora).from('contactos').select('nombre_nora').throwOnError();
          return data.every((f) => f.nombre_nora === nora) && data.length > 0;
        }),
      );
      assert.ok(pedidas.every(Boolean));
    });
  });

  test('el rol de conexión de la API, sin identidad, no lee ninguna fila', async () => {
    const c = new pg.Client(base.config.base.autenticadorUrl);
    await c.connect();
    for (const tabla of ['contactos', 'usuarios', 'configuracion_bot', 'historial_conversaciones']) {
      const r = await c
        .query(`select count(*)::int n from public.${tabla}`)
        .catch((e: { code: string }) => e.code);
      assert.ok(r === '42501' || (typeof r === 'object' && (r.rows as Fila[])[0]?.['n'] === 0), tabla);
    }
    for (const rol of ['postgres', 'nora_dueno', 'pg_read_all_data'])
      await assert.rejects(c.query(`set role ${rol}`), { code: '42501' });
    await c.end();
  });

  test('si alguien concede una columna secreta, el proceso se niega a arrancar', async () => {
    await bd.pool.query('grant select (credenciales_twilio) on public.configuracion_bot to nora_panel');
    try {
      await assert.rejects(
        crearBaseDeDatos(base.config, log),
        (e) => e instanceof ErrorMuro && /nora_panel.*credenciales_twilio/.test(e.message),
      );
    } finally {
      await bd.pool.query('revoke select (credenciales_twilio) on public.configuracion_bot from nora_panel');
    }
  });

  async function fotoDe(nora: string): Promise<string> {
    const tablas = await filas<{ tabla: string }>(`
      select c.relname as tabla from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'nombre_nora'
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by 1`);
    const partes: string[] = [];
    for (const { tabla } of tablas) {
      const [f] = await filas<{ foto: string }>(
        `select coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') as foto from public.${tabla} t where nombre_nora = $1`,
        [nora],
      );
      partes.push(`${tabla}:${f?.foto}`);
    }
    return partes.join('\n');
  }
});

function valorHostil(
  nombre: string,
  tipo: string,
  ajeno: { contacto: string; mensaje: string; usuario: string },
): unknown {
  const ids = { p_contacto: ajeno.contacto, p_mensaje: ajeno.mensaje, p_usuario: ajeno.usuario };
  if (nombre in ids) return ids[nombre as keyof typeof ids];
  if (tipo === 'uuid') return ajeno.mensaje;
  if (tipo === '_uuid') return [ajeno.mensaje, ajeno.contacto];
  if (tipo === 'text') return nombre === 'p_filtro' ? 'todos' : null;
  if (tipo === 'int4' || tipo === 'int8') return 50;
  if (tipo === 'bool') return true;
  if (tipo === 'jsonb')
    return nombre === 'p_ids'
      ? [ajeno.mensaje]
      : {
          contacto: ajeno.contacto,
          contacto_id: ajeno.contacto,
          usuario: ajeno.usuario,
          texto: 'ataque',
          clave: 'x',
          nombre: 'ataque',
          nombre_nora: 'demo',
          nora: 'demo',
        };
  return null;
}
