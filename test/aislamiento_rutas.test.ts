import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  abrirWeb,
  crearNora,
  crearUsuario,
  hasta,
  type Respuesta,
  type Visitante,
  type Web,
} from './apoyo/web.ts';

let web: Web;

before(async () => {
  web = await abrirWeb();
  await crearNora(web.ctx, 'ana', ['chat', 'tareas']);
  await crearNora(web.ctx, 'beto', ['chat']);
  await crearUsuario(web.ctx, { correo: 'ana@ejemplo.mx', noras: { ana: 'dueno' } });
  await crearUsuario(web.ctx, { correo: 'beto@ejemplo.mx', noras: { beto: 'dueno' } });
});

after(() => web.cerrar());

async function entrar(correo: string): Promise<Visitante> {
  const v = web.visitante();
  assert.equal((await v.entrar(correo)).estado, 200);
  return v;
}

/** Todas las rutas de panel que existen, con algo en sus huecos. */
function rutasDe(nora: string): { metodo: string; ruta: string }[] {
  return web.rutas
    .lista()
    .filter((r) => r.por_nora)
    .map(({ metodo, ruta }) => ({
      metodo,
      ruta: ruta.replace(':nombre_nora', nora).replace(/[:*]\w+/g, '00000000-0000-4000-8000-000000000000'),
    }));
}

async function pedir(v: Visitante, metodo: string, ruta: string, cabeceras = {}): Promise<number> {
  if (metodo === 'GET') return (await v.get(ruta, cabeceras)).estado;
  if (metodo === 'DELETE') return (await v.borrar(ruta, cabeceras)).estado;
  const r = await v.post(ruta, { _metodo: metodo }, cabeceras);
  return r.estado;
}

test('quien es de una nora recibe 404 en cada ruta de otra, igual que en una que no existe', async () => {
  const ana = await entrar('ana@ejemplo.mx');
  assert.ok(rutasDe('beto').length > 5);
  for (const nora of ['beto', 'nadie', 'BETO', 'beto%20', '..%2fbeto']) {
    for (const { metodo, ruta } of rutasDe(nora)) {
      for (const accept of ['application/json', 'text/html'])
        assert.equal(await pedir(ana, metodo, ruta, { accept }), 404, `${metodo} ${ruta}`);
    }
  }
});

test('sin sesión no se llega a ninguna ruta del panel', async () => {
  const v = web.visitante();
  await v.pedirToken();
  for (const { metodo, ruta } of rutasDe('ana'))
    assert.equal(await pedir(v, metodo, ruta), 401, `${metodo} ${ruta}`);
});

test('con el módulo apagado todas sus rutas dan 404 y el inicio sigue', async () => {
  const beto = await entrar('beto@ejemplo.mx');
  await web.ctx.bd.pool.query(`select cambiar_modulo('beto', 'chat', false, null)`);
  await hasta(() => !web.ctx.registro.moduloActivo('beto', 'chat'));
  for (const { metodo, ruta } of rutasDe('beto').filter((r) => r.ruta.includes('/chat')))
    assert.equal(await pedir(beto, metodo, ruta), 404, `${metodo} ${ruta}`);
  assert.equal((await beto.get('/panel_cliente/beto')).estado, 200);
  await web.ctx.bd.pool.query(`select cambiar_modulo('beto', 'chat', true, null)`);
});

test('un módulo activo sin código todavía tampoco existe', async () => {
  const ana = await entrar('ana@ejemplo.mx');
  assert.equal((await ana.get('/panel_cliente/ana/tareas')).estado, 404);
});

test('perder la membresía corta en la petición siguiente', async () => {
  const id = await crearUsuario(web.ctx, { correo: 'pasa@ejemplo.mx', noras: { ana: 'agente' } });
  const v = await entrar('pasa@ejemplo.mx');
  assert.equal((await v.get('/panel_cliente/ana')).estado, 200);
  await web.ctx.bd.pool.query('delete from usuarios_noras where usuario_id = $1', [id]);
  const ms = await hasta(async () => (await v.get('/panel_cliente/ana')).estado === 404, 1000);
  assert.ok(ms < 500, `tardó ${ms} ms`);
});

test('/salud avisa antes de estar listo, mientras drena y cuando falta la base', async () => {
  const v = web.visitante();
  for (const momento of ['arrancando', 'drenando'] as const) {
    web.vida.momento = momento;
    const r = await v.get('/salud');
    assert.equal(r.estado, 503);
    assert.equal(r.json['estado'], momento);
  }
  web.vida.momento = 'listo';
  const estado = web.ctx.bd.estado;
  web.ctx.bd.estado = () => Promise.reject(new Error('servidor-interno.local no responde'));
  const sinBase = await v.get('/salud');
  web.ctx.bd.estado = estado;
  assert.equal(sinBase.estado, 503);
  assert.doesNotMatch(sinBase.texto, /servidor-interno/);
  const caidas = sinBase.json['dependencias'] as Record<string, { ok: boolean }>;
  assert.deepEqual(
    [caidas['base']?.ok, caidas['avisos']?.ok],
    [false, false],
    'lo que no se pudo ver no se da por bueno',
  );
  const r = await hastaSana(v);
  assert.equal(r.estado, 200);
  assert.deepEqual(Object.keys(r.json['dependencias'] as object), [
    'base',
    'avisos',
    'registro',
    'whatsapp',
    'ia',
  ]);
});

async function hastaSana(v: Visitante): Promise<Respuesta> {
  let r = await v.get('/salud');
  await hasta(async () => {
    r = await v.get('/salud');
    return r.estado === 200;
  });
  return r;
}

test('lo inesperado muestra un identificador y jamás el texto; queda en logs_errores', async () => {
  const v = web.visitante();
  const { error } = await romper(v);
  assert.equal(error.codigo, 'inesperado');
  assert.ok(error.id_error);
  await hasta(async () => {
    const { data } = await web.ctx.bd.servicio
      .from('logs_errores')
      .select('tipo, descripcion, origen')
      .ilike('origen', `%${error.id_error}%`)
      .throwOnError();
    return data[0]?.tipo === 'Web' && (data[0]?.descripcion ?? '').includes('secreto interno');
  });
});

/** Provoca un error de programa en una ruta de verdad: la base que lanza al buscar el correo. */
async function romper(v: Visitante): Promise<{ error: { codigo: string; id_error: string } }> {
  const obtener = web.ctx.membresias.obtener;
  const ana = await entrar('ana@ejemplo.mx');
  web.ctx.membresias.obtener = () => Promise.reject(new Error('secreto interno'));
  try {
    const pagina = await ana.get('/noras', { accept: 'text/html' });
    assert.equal(pagina.estado, 500);
    assert.doesNotMatch(pagina.texto, /secreto/);
    // La misma falla se junta en un renglón, que guarda el identificador de la última vez.
    const r = await ana.get('/noras');
    assert.equal(r.estado, 500);
    assert.doesNotMatch(r.texto, /secreto/);
    assert.equal((await v.get('/salud')).estado, 200);
    return r.json as { error: { codigo: string; id_error: string } };
  } finally {
    web.ctx.membresias.obtener = obtener;
  }
}

test('un cuerpo enorme o mal formado no es un error del programa', async () => {
  const ana = await entrar('ana@ejemplo.mx');
  assert.equal((await ana.post('/logout', { x: 'x'.repeat(300_000) })).estado, 413);
  const roto = await fetch(`${web.url}/logout`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: '{"a":',
  });
  assert.equal(roto.status, 400);
});
