import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as dormir } from 'node:timers/promises';
import { validate } from 'node-cron';
import { horarioAdmin, tareasAdmin } from '../src/admin/tareas.ts';
import { programarTareas } from '../src/trabajos/horario.ts';
import { borrarViejos } from '../src/trabajos/trabajadores.ts';
import { abrirWeb, crearUsuario, hasta, type Visitante, type Web } from './apoyo/web.ts';

let web: Web;
let admin: Visitante;

before(async () => {
  web = await abrirWeb({ NORA_DEMO: '0', RESPALDOS_CUANTOS: '2', ERRORES_DIAS: '30' });
  await crearUsuario(web.ctx, { correo: 'admin@x.mx', rol: 'admin' });
  admin = web.visitante();
  await admin.entrar('admin@x.mx');
});
after(() => web.cerrar());

async function sql<T>(texto: string, valores: unknown[] = []): Promise<T[]> {
  return (await web.ctx.bd.pool.query(texto, valores)).rows as T[];
}

interface Info {
  fallidos: { id: string; cola: string; intentos: number; problema: string }[];
  trabajos: { fallidos: number; colas: { cola: string; fallidos: number }[] };
}
const info = async (): Promise<Info> => (await admin.get('/debug_info')).json as unknown as Info;

test('un trabajo que agotó sus intentos sale en /debug_info, se reintenta desde ahí y esta vez termina', async () => {
  let sirve = false;
  const hechos: unknown[] = [];
  await web.ctx.trabajos.atender([
    {
      cola: 'prueba_falla',
      reintentos: 0,
      trabajar: (datos) => {
        if (!sirve) return Promise.reject(new Error('el proveedor no contesta'));
        hechos.push(datos);
        return Promise.resolve();
      },
    },
  ]);
  await web.ctx.trabajos.encolar('prueba_falla', { n: 7 });
  await hasta(async () => (await info()).fallidos.length > 0, 30_000);
  const { fallidos, trabajos } = await info();
  assert.deepEqual(
    fallidos.map((f) => [f.cola, f.intentos, f.problema]),
    [['prueba_falla', 1, 'el proveedor no contesta']],
  );
  assert.equal(trabajos.fallidos, 1);
  assert.equal((await admin.get('/metricas')).estado, 404);
  const pagina = await admin.get('/debug_info', { accept: 'text/html' });
  assert.match(pagina.texto, new RegExp(`/debug_info/trabajos/${fallidos[0]?.id}`));

  sirve = true;
  assert.equal((await admin.post('/debug_info/trabajos/no-es-un-id')).estado, 404);
  assert.equal((await admin.post(`/debug_info/trabajos/${fallidos[0]?.id}`)).estado, 200);
  assert.equal(
    (await admin.post(`/debug_info/trabajos/${fallidos[0]?.id}`)).estado,
    404,
    'ya está en la fila',
  );
  await hasta(() => hechos.length > 0, 30_000);
  assert.deepEqual(hechos, [{ n: 7 }], 'con los mismos datos y una sola vez');
  await hasta(async () => (await info()).trabajos.fallidos === 0, 10_000);
  const [huella] = await sql<{ quien: string }>(
    `select u.correo quien from auditoria a join usuarios u on u.id = a.quien where a.accion = 'reintentar' and a.entidad like 'trabajo %'`,
  );
  assert.equal(huella?.quien, 'admin@x.mx');
});

test('una cola que lo pide atiende varios encargos a la vez', async () => {
  let juntos = 0;
  let maximo = 0;
  let hechos = 0;
  await web.ctx.trabajos.atender([
    {
      cola: 'prueba_juntos',
      aLaVez: 3,
      trabajar: async () => {
        maximo = Math.max(maximo, ++juntos);
        await dormir(500);
        juntos--;
        hechos++;
      },
    },
  ]);
  for (let i = 0; i < 3; i++) await web.ctx.trabajos.encolar('prueba_juntos', { i });
  await hasta(() => hechos === 3, 40_000);
  assert.equal(maximo, 3);
});

test('el respaldo de la noche se programa, se hace como trabajo y conserva los que dice la configuración', async () => {
  const { config } = web.ctx;
  const horario = horarioAdmin(web.ctx);
  const respaldo = horario.find((t) => t.cola === 'respaldo');
  assert.ok(respaldo && validate(respaldo.cuando));
  const hora = Number(respaldo.cuando.split(' ')[1]);
  assert.ok(hora >= 0 && hora <= 5, 'de noche en la zona de la agencia');
  const apagado = { config: { ...config, respaldos: { ...config.respaldos, nocturno: false } } };
  assert.equal(
    horarioAdmin(apagado).some((t) => t.cola === 'respaldo'),
    false,
  );

  for (const viejo of ['respaldo_20200101T000000Z', 'respaldo_20200102T000000Z'])
    mkdirSync(join(config.respaldos.dir, viejo), { recursive: true });
  const tarea = tareasAdmin(web.ctx).find((t) => t.cola === 'respaldo');
  await tarea?.trabajar({});
  const quedan = readdirSync(config.respaldos.dir).sort();
  assert.equal(quedan.length, 2);
  assert.equal(quedan[0], 'respaldo_20200102T000000Z');
  const manifiesto = readFileSync(join(config.respaldos.dir, quedan[1] ?? '', 'manifiesto.json'), 'utf8');
  assert.match(manifiesto, /"tabla": "usuarios"/);
});

test('un respaldo que debió correr con todo apagado se encarga al arrancar; uno reciente, no', async () => {
  const encargos: string[] = [];
  const ctx = {
    ...web.ctx,
    trabajos: {
      ...web.ctx.trabajos,
      encolar: (cola: string) => (encargos.push(cola), Promise.resolve(null)),
    },
  };
  const soloRespaldo = horarioAdmin(web.ctx).filter((t) => t.cola === 'respaldo');
  await (await programarTareas(ctx, soloRespaldo)).parar();
  assert.deepEqual(encargos, ['respaldo']);
  await (await programarTareas(ctx, soloRespaldo)).parar();
  assert.deepEqual(encargos, ['respaldo']);
  await sql(`update tareas_programadas set ultimo = now() - interval '2 days' where nombre = 'respaldo'`);
  await (await programarTareas(ctx, soloRespaldo)).parar();
  assert.deepEqual(encargos, ['respaldo', 'respaldo']);
});

test('la limpieza nocturna de errores borra lo más viejo que ERRORES_DIAS y nada más', async () => {
  for (const dias of [31, 29]) {
    await sql(`select registrar_error('Web', $1, null, 'prueba')`, [
      `de hace ${dias === 31 ? 'mucho' : 'poco'}`,
    ]);
    await sql(
      `update logs_errores set fecha_hora = now() - make_interval(days => $1) where descripcion like $2`,
      [dias, dias === 31 ? '%mucho' : '%poco'],
    );
  }
  await borrarViejos(web.ctx);
  const quedan = await sql<{ descripcion: string }>(
    `select descripcion from logs_errores where origen = 'prueba'`,
  );
  assert.deepEqual(quedan, [{ descripcion: 'de hace poco' }]);
});
