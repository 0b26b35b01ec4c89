import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { pino } from 'pino';
import { DEMO } from '../src/demo/datos.ts';
import { sembrar } from '../src/demo/sembrar.ts';
import { type BaseDeDatos, crearBaseDeDatos } from '../src/datos/base_de_datos.ts';
import { type BaseDePrueba, prepararBase } from './apoyo/base.ts';

/** Nombres de tabla y columna que TypeScript no dejaría escribir. */
interface Atacante {
  from(tabla: string): {
    select(columnas: string): Consulta;
    insert(fila: object): Consulta;
    update(fila: object): Consulta;
    delete(): Consulta;
    upsert(fila: object, opciones?: object): Consulta;
  };
  rpc(funcion: string, argumentos: object): Consulta;
}
interface Consulta extends PromiseLike<{ data: unknown; error: { code: string } | null; status: number }> {
  eq(columna: string, valor: unknown): Consulta;
  order(columna: string): Consulta;
  limit(n: number): Consulta;
}
interface Columna {
  tabla: string;
  columna: string;
  lee: boolean;
  escribe: boolean;
  inserta: boolean;
}

const NORAS = ['aura', 'demo'] as const;
let base: BaseDePrueba;
let bd: BaseDeDatos;

before(async () => {
  base = await prepararBase();
  bd = await crearBaseDeDatos(base.config, pino({ level: 'silent' }));
  assert.equal(await sembrar(bd, DEMO), true);
});
after(async () => {
  await bd?.cerrar();
  await base?.cerrar();
});

const como = (nora: string) => bd.deNora(nora) as unknown as Atacante;
const ajenaDe = (nora: string) => (nora === 'aura' ? 'demo' : 'aura');
const sql = async <T extends pg.QueryResultRow>(texto: string, valores: unknown[] = []) =>
  (await bd.pool.query<T>(texto, valores)).rows;

/** Todas las columnas de todas las tablas y vistas de public, con lo que el panel puede hacer en cada una. */
const columnas = () =>
  sql<Columna>(`
    select c.relname tabla, a.attname columna, has_column_privilege('nora_panel', c.oid, a.attnum, 'select') lee,
           has_column_privilege('nora_panel', c.oid, a.attnum, 'update') escribe, has_column_privilege('nora_panel', c.oid, a.attnum, 'insert') inserta
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') order by 1, a.attnum`);

/** Todo el contenido de la base, tabla por tabla, menos lo de una nora: lo que un ataque suyo no debe mover. */
async function fotoSin(nora: string): Promise<Record<string, string>> {
  const tablas = await sql<{ tabla: string; con_nora: boolean }>(`
    select c.relname tabla, exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'nombre_nora') con_nora
      from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1`);
  const foto: Record<string, string> = {};
  for (const { tabla, con_nora } of tablas) {
    const [f] = await sql<{ h: string }>(
      `select count(*) || ':' || coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') h from public.${tabla} t ${con_nora ? 'where nombre_nora is distinct from $1' : 'where $1::text is not null'}`,
      [nora],
    );
    foto[tabla] = f?.h ?? '';
  }
  return foto;
}

describe('cada nora frente a todas las tablas', () => {
  // Los permisos por columna son del rol, no de la nora: con una basta.
  test(`ninguna columna sin permiso se lee, se filtra, se ordena, se cambia ni se inserta`, async () => {
    const lista = await columnas();
    assert.ok(lista.length > 150, 'el catálogo tiene muchas columnas');
    for (const [tabla, suyas] of Map.groupBy(lista, (c) => c.tabla)) {
      const legible = suyas.find((c) => c.lee)?.columna;
      for (const c of suyas) {
        const intentos: Consulta[] = [];
        if (!c.lee) {
          intentos.push(como('aura').from(tabla).select(c.columna).limit(1));
          if (legible) intentos.push(como('aura').from(tabla).select(legible).order(c.columna).limit(1));
        }
        if (!c.escribe && legible) {
          intentos.push(
            como('aura')
              .from(tabla)
              .update({ [c.columna]: null })
              .eq(legible, randomUUID()),
          );
        }
        if (!c.inserta)
          intentos.push(
            como('aura')
              .from(tabla)
              .insert({ [c.columna]: null }),
          );
        for (const [i, r] of (await Promise.all(intentos)).entries()) {
          // 428C9 y 55000: una columna generada o una vista no se escriben ni con permiso.
          assert.match(r.error?.code ?? '', /^(42501|428C9|55000)$/, `${tabla}.${c.columna} (intento ${i})`);
        }
      }
    }
  });

  for (const nora of NORAS) {
    test(`${nora}: con filas ajenas en cada tabla, ni una se ve por ninguna columna ni por vía de otra tabla`, async () => {
      const ajena = ajenaDe(nora);
      const lista = (await columnas()).filter((c) => c.lee);
      for (const [tabla, suyas] of Map.groupBy(lista, (c) => c.tabla)) {
        const nombres = suyas.map((c) => c.columna);
        const r = await como(nora).from(tabla).select(nombres.join(',')).limit(1000);
        assert.equal(r.error, null, tabla);
        const filas = r.data as Record<string, unknown>[];
        assert.ok(
          filas.every((f) => f['nombre_nora'] === undefined || f['nombre_nora'] === nora),
          tabla,
        );
        if (!nombres.includes('nombre_nora')) continue;
        const [otras] = await sql<{ f: Record<string, unknown> }>(
          `select to_jsonb(t) f from public.${tabla} t where nombre_nora = $1 limit 1`,
          [ajena],
        );
        const id = otras?.f['id'];
        if (id && nombres.includes('id')) {
          assert.deepEqual(
            (await como(nora).from(tabla).select('id').eq('id', id)).data,
            [],
            `${tabla} por id`,
          );
        }
      }
      const incrustadas = await como(nora)
        .from('contactos')
        .select('id, historial_conversaciones(id, nombre_nora)')
        .limit(1000);
      if (!incrustadas.error)
        assert.ok(!JSON.stringify(incrustadas.data).includes(`"${ajena}"`), 'incrustada');
    });

    test(`${nora}: insertar, cambiar, borrar y reemplazar lo ajeno no mueve una sola fila de la base`, async () => {
      const ajena = ajenaDe(nora);
      const antes = await fotoSin(nora);
      for (const [tabla, suyas] of Map.groupBy(await columnas(), (c) => c.tabla)) {
        const [otra] = await sql<{ f: Record<string, unknown> }>(
          `select to_jsonb(t) f from public.${tabla} t ${suyas.some((c) => c.columna === 'nombre_nora') ? 'where nombre_nora = $1' : 'where $1::text is not null'} limit 1`,
          [ajena],
        );
        const fila = otra?.f ?? {};
        const insertables = Object.fromEntries(
          suyas.filter((c) => c.inserta).map((c) => [c.columna, fila[c.columna] ?? null]),
        );
        await como(nora)
          .from(tabla)
          .insert({ ...insertables, nombre_nora: ajena });
        await como(nora)
          .from(tabla)
          .upsert({ ...fila, nombre_nora: nora });
        await como(nora)
          .from(tabla)
          .upsert({ ...fila, nombre_nora: ajena });
        for (const c of suyas.filter((x) => x.escribe)) {
          await como(nora)
            .from(tabla)
            .update({ [c.columna]: fila[c.columna] ?? null })
            .eq('nombre_nora', ajena);
          if (fila['id'])
            await como(nora)
              .from(tabla)
              .update({ [c.columna]: null })
              .eq('id', fila['id']);
        }
        await como(nora).from(tabla).delete().eq('nombre_nora', ajena);
        if (fila['id']) await como(nora).from(tabla).delete().eq('id', fila['id']);
      }
      assert.deepEqual(await fotoSin(nora), antes);
    });
  }
});

describe('funciones', () => {
  test('todas las que no son del panel le contestan que no, con cualquier argumento', async () => {
    const funciones = await sql<{ nombre: string; args: string[] }>(`
      select p.proname nombre, coalesce(p.proargnames[1:p.pronargs], '{}') args from pg_proc p
       where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' and not has_function_privilege('nora_panel', p.oid, 'execute')
         and p.prorettype <> 'trigger'::regtype and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')`);
    assert.ok(funciones.length > 30, `${funciones.length}`);
    const antes = await fotoSin('nadie');
    for (const f of funciones) {
      for (const argumentos of [{}, Object.fromEntries(f.args.map((a) => [a, null]))]) {
        const r = await como('aura').rpc(f.nombre, argumentos);
        assert.notEqual(r.error, null, f.nombre);
      }
    }
    assert.deepEqual(await fotoSin('nadie'), antes);
  });

  test('con un contacto propio y piezas ajenas (adjunto, mensaje, etiqueta) nada cruza el muro', async () => {
    const [mio] = await sql<{ id: string }>(
      `select id from contactos where nombre_nora = 'aura' order by id limit 1`,
    );
    const [ajeno] = await sql<{ contacto: string; mensaje: string }>(
      `select c.id contacto, h.id mensaje from contactos c join historial_conversaciones h on h.contacto_id = c.id where c.nombre_nora = 'demo' limit 1`,
    );
    const [adjunto] = await sql<{ id: string }>(
      `insert into adjuntos (nombre_nora, tipo, ruta, estado) values ('demo', 'image/png', 'demo/x.png', 'listo') returning id`,
    );
    assert.ok(mio && ajeno && adjunto);
    await sql(
      `update contactos set ventana_hasta = now() + interval '1 hour', bloqueado = false where id = $1`,
      [mio.id],
    );
    const antes = await fotoSin('aura');
    const clave = randomUUID();
    const robo = await como('aura').rpc('enviar_humano', {
      p: { contacto: mio.id, textos: ['mira'], adjuntos: [adjunto.id], clave, usuario: null },
    });
    assert.notEqual(robo.error, null, 'mandó un archivo ajeno');
    const intruso = await como('aura').rpc('enviar_humano', {
      p: { contacto: ajeno.contacto, textos: ['hola'], clave, usuario: null },
    });
    assert.equal(intruso.data, null);
    for (const [f, args] of [
      ['tomar_contacto', { p_contacto: ajeno.contacto, p_usuario: null }],
      ['devolver_contacto', { p_contacto: ajeno.contacto, p_usuario: null }],
      ['alternar_ia', { p_contacto: ajeno.contacto, p_activa: false, p_usuario: null }],
      ['bloquear_contacto', { p_contacto: ajeno.contacto, p_bloqueado: true, p_usuario: null }],
      ['reintentar_envio', { p_mensaje: ajeno.mensaje, p_usuario: null }],
      ['abrir_chat', { p_contacto: ajeno.contacto, p_n: 10 }],
      ['fila_chat', { p_contacto: ajeno.contacto, p_usuario: null }],
      ['fuentes_de', { p_mensaje: ajeno.mensaje }],
    ] as const) {
      const r = await como('aura').rpc(f, args);
      assert.ok(r.error !== null || r.data === null, `${f}: ${JSON.stringify(r.data)}`);
    }
    assert.deepEqual(await fotoSin('aura'), antes);
  });
});

describe('con el rol del panel y SQL en la mano', () => {
  /** Como si la API ejecutara SQL del atacante: conexión de authenticator, rol nora_panel y la nora en el token. */
  async function atacar(texto: string): Promise<{ filas: number; codigo: string | null }> {
    const c = new pg.Client(base.config.base.autenticadorUrl);
    await c.connect();
    try {
      await c.query('begin');
      await c.query(
        `select set_config('role', 'nora_panel', true), set_config('request.jwt.claims', $1, true)`,
        [JSON.stringify({ role: 'nora_panel', nombre_nora: 'aura' })],
      );
      const r = await c.query(texto);
      return { filas: r.rowCount ?? 0, codigo: null };
    } catch (error) {
      return { filas: 0, codigo: (error as { code: string }).code };
    } finally {
      await c.query('rollback').catch(() => undefined);
      await c.end();
    }
  }

  test('ni uniones, ni funciones que se asoman, ni ataduras entre noras', async () => {
    const [ajeno] = await sql<{ id: string }>(`select id from contactos where nombre_nora = 'demo' limit 1`);
    const sinFilas = [
      `select id from contactos where nombre_nora = 'demo'`,
      `select h.id from historial_conversaciones h join contactos c on c.id = h.contacto_id where c.nombre_nora <> 'aura'`,
      `select id from contactos where nombre_nora <> 'aura' or 1 / (case when nombre_nora = 'demo' then 0 else 1 end) = 9`,
      `update contactos set notas = 'x' where id = '${ajeno?.id}' returning id`,
      `delete from conocimiento_nora where nombre_nora = 'demo' returning id`,
    ];
    for (const ataque of sinFilas) assert.deepEqual(await atacar(ataque), { filas: 0, codigo: null }, ataque);
    const negados = [
      'select * from contactos',
      'select credenciales_twilio from configuracion_bot',
      'select correo from usuarios',
      'select * from interno.sesiones',
      `select interno.despertar('${ajeno?.id}', 'demo', 'salida')`,
      `insert into contactos (nombre_nora, telefono) values ('demo', '+526629999999')`,
      `update contactos set nombre_nora = 'demo'`,
      `update contactos set epoca = 0`,
      `update configuracion_bot set activo = true`,
      'truncate contactos',
      'create table public.mia (n int)',
      'create function public.mia() returns int language sql as $$ select 1 $$',
      'alter table contactos disable row level security',
      'create policy p on contactos for all using (true)',
      'set role nora_dueno',
      'set role service_role; set session authorization nora_dueno',
      `copy contactos to program 'id'`,
      `select pg_read_file('/etc/passwd')`,
      'set row_security = off; select id from contactos',
    ];
    for (const ataque of negados) assert.notEqual((await atacar(ataque)).codigo, null, ataque);
  });

  test('Postgres mismo rechaza una fila que ate dos noras, también al servicio', async () => {
    const [ajeno] = await sql<{ id: string }>(`select id from contactos where nombre_nora = 'demo' limit 1`);
    const [mensaje] = await sql<{ id: string }>(
      `select id from historial_conversaciones where nombre_nora = 'demo' limit 1`,
    );
    for (const [texto, valores] of [
      [
        `insert into historial_conversaciones (nombre_nora, contacto_id, mensaje, tipo, autor, estado) values ('aura', $1, 'x', 'usuario', 'contacto', 'recibido')`,
        [ajeno?.id],
      ],
      [
        `insert into atenciones (nombre_nora, contacto_id, carril, vence) values ('aura', $1, 'salida', now())`,
        [ajeno?.id],
      ],
      [
        `insert into rafagas (nombre_nora, contacto_id, epoca, resultado) values ('aura', $1, 999, 'silencio')`,
        [ajeno?.id],
      ],
      [
        `insert into respuestas_ia (nombre_nora, contacto_id, modo, motivo) values ('aura', $1, 'local', 'respondida')`,
        [ajeno?.id],
      ],
      [
        `insert into adjuntos (nombre_nora, historial_id, tipo) values ('aura', $1, 'image/png')`,
        [mensaje?.id],
      ],
      [`insert into adjuntos (nombre_nora, tipo, ruta) values ('aura', 'image/png', 'demo/robado.png')`, []],
    ] as const) {
      await assert.rejects(
        sql(texto, [...valores]),
        (e: { code: string }) => e.code === '23503' || e.code === '23514',
        texto,
      );
    }
  });
});
