import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import express from 'express';
import { asegurarAdminInicial } from '../src/cuentas/admin_inicial.ts';
import { comprobarClave, convieneRehacer, resumirClave } from '../src/cuentas/clave.ts';
import { siguienteSeguro } from '../src/cuentas/siguiente.ts';
import { crearLimiteEntrada } from '../src/web/limites.ts';
import { crearSesiones } from '../src/web/sesiones.ts';
import { abrirWeb, CLAVE, crearNora, crearUsuario, hasta, type Web } from './apoyo/web.ts';

let web: Web;

before(async () => {
  web = await abrirWeb();
  await crearNora(web.ctx, 'uno');
  await crearNora(web.ctx, 'dos');
  await crearUsuario(web.ctx, { correo: 'una@ejemplo.mx', noras: { uno: 'dueno' } });
  await crearUsuario(web.ctx, { correo: 'varias@ejemplo.mx', noras: { uno: 'agente', dos: 'dueno' } });
  await crearUsuario(web.ctx, { correo: 'nadie@ejemplo.mx' });
  await crearUsuario(web.ctx, { correo: 'admin@ejemplo.mx', rol: 'admin' });
});

after(() => web.cerrar());

/** Cada prueba viene de otra dirección: el límite de entrada de una no estorba a la otra. */
let ultimaIp = 0;
function otraIp(): Record<string, string> {
  ultimaIp += 1;
  return { 'x-forwarded-for': `203.0.113.${ultimaIp}` };
}

async function contarSesiones(): Promise<number> {
  const { rows } = await web.ctx.bd.pool.query<{ n: number }>(
    'select count(*)::int as n from interno.sesiones',
  );
  return rows[0]?.n ?? 0;
}

test('quien no ha entrado va a /login y se recuerda a dónde iba', async () => {
  const v = web.visitante();
  const pagina = await v.get('/panel_cliente/uno/chat?filtro=todos', { accept: 'text/html' });
  assert.equal(pagina.estado, 303);
  assert.equal(
    pagina.cabeceras.get('location'),
    `/login?next=${encodeURIComponent('/panel_cliente/uno/chat?filtro=todos')}`,
  );
  assert.equal((await v.get('/panel_cliente/uno')).estado, 401);
  const htmx = await v.get('/panel_cliente/uno', { accept: '*/*', 'hx-request': 'true' });
  assert.equal(htmx.estado, 401);
  assert.equal(htmx.cabeceras.get('hx-redirect'), '/login');
});

test('al entrar cada quien llega a lo suyo, sin importar mayúsculas en el correo', async () => {
  const casos = [
    ['UNA@ejemplo.MX', '/panel_cliente/uno'],
    ['varias@ejemplo.mx', '/noras'],
    ['nadie@ejemplo.mx', '/noras'],
    ['admin@ejemplo.mx', '/admin'],
  ] as const;
  for (const [correo, destino] of casos) {
    const r = await web.visitante().entrar(correo);
    assert.equal(r.estado, 200, correo);
    assert.equal(r.json['destino'], destino, correo);
  }
});

test('el id de sesión cambia al entrar y el de antes no sirve', async () => {
  const v = web.visitante();
  await v.get('/login');
  const antes = v.cookies.get(web.ctx.config.cookie);
  assert.ok(antes);
  await v.entrar('una@ejemplo.mx');
  const despues = v.cookies.get(web.ctx.config.cookie);
  assert.notEqual(despues, antes);
  const ladron = web.visitante();
  ladron.cookies.set(web.ctx.config.cookie, antes);
  assert.equal((await ladron.get('/panel_cliente/uno')).estado, 401);
  assert.equal((await v.get('/panel_cliente/uno')).estado, 200);
});

test('una redirección no sale hasta que la base guardó el aviso que lleva', async () => {
  const v = web.visitante();
  await v.entrar('una@ejemplo.mx');
  const c = await web.ctx.bd.pool.connect();
  await c.query('begin');
  await c.query('select from interno.sesiones for update');
  let llego = false;
  // Basta la cabecera para que un navegador siga: por eso se mira con fetch y no con el cuerpo completo.
  const respuesta = fetch(`${web.url}/cuenta`, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      accept: 'text/html',
      cookie: [...v.cookies].map(([n, valor]) => `${n}=${valor}`).join('; '),
      'x-csrf-token': v.csrf,
    },
    body: new URLSearchParams({ nombre: 'Una Persona' }),
  }).finally(() => (llego = true));
  // Ya espera el candado: lo único que falta es guardar la sesión.
  await hasta(async () => {
    const { rows } = await web.ctx.bd.pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ilike '%sesiones%'`,
    );
    return rows.length > 0;
  });
  await new Promise((listo) => setTimeout(listo, 50));
  assert.equal(llego, false);
  await c.query('commit');
  c.release();
  const { status, headers } = await respuesta;
  assert.equal(status, 303);
  const siguiente = await v.get(String(headers.get('location')), { accept: 'text/html' });
  assert.match(siguiente.texto, /Nombre guardado\./);
});

test('salir borra la sesión de la base y la cookie vieja deja de servir', async () => {
  const v = web.visitante();
  await v.entrar('una@ejemplo.mx');
  const vieja = v.cookies.get(web.ctx.config.cookie) ?? '';
  const antes = await contarSesiones();
  assert.equal((await v.post('/logout')).estado, 200);
  assert.equal(await contarSesiones(), antes - 1);
  v.cookies.set(web.ctx.config.cookie, vieja);
  assert.equal((await v.get('/panel_cliente/uno')).estado, 401);
});

test('una pestaña de entrada que caducó vuelve a dibujarse con lo escrito, y la segunda vez entra', async () => {
  const v = web.visitante();
  const formulario = (r: { texto: string }) => /name="_csrf" value="([^"]+)"/.exec(r.texto)?.[1] ?? '';
  const html = { accept: 'text/html' };
  const primero = formulario(await v.get('/login?next=/cuenta', html));
  // Pasó la media hora: la base ya no tiene esa sesión.
  await web.ctx.bd.pool.query('delete from interno.sesiones');
  const enviar = (ruta: string, campos: Record<string, string>) => v.post(ruta, campos, html);
  const datos = { correo: 'una@ejemplo.mx', clave: CLAVE, next: '/cuenta' };
  const caducada = await enviar('/login', { ...datos, _csrf: primero });
  assert.equal(caducada.estado, 403);
  assert.match(caducada.texto, /llevaba mucho tiempo abierta/);
  assert.match(caducada.texto, /value="una@ejemplo\.mx"/);
  assert.match(caducada.texto, /value="\/cuenta"/);
  assert.ok(!caducada.texto.includes(CLAVE));
  assert.equal((await v.get('/cuenta', html)).estado, 303, 'no entró');
  const entra = await enviar('/login', { ...datos, _csrf: formulario(caducada) });
  assert.deepEqual([entra.estado, entra.cabeceras.get('location')], [303, '/cuenta']);
});

test('ningún formulario de entrada hace nada sin su token', async () => {
  const v = web.visitante();
  const intentos = () => web.ctx.bd.pool.query('select * from interno.intentos_entrada order by clave');
  const antes = (await intentos()).rows;
  for (const [ruta, campos] of [
    ['/login', { correo: 'una@ejemplo.mx', clave: 'no es' }],
    ['/login/codigo', { codigo: '123456' }],
    ['/recuperar', { correo: 'una@ejemplo.mx' }],
  ] as const) {
    const r = await v.post(ruta, campos, { accept: 'text/html' });
    assert.ok([403, 303].includes(r.estado), `${ruta}: ${r.estado}`);
    if (r.estado === 303) assert.equal(r.cabeceras.get('location'), '/login');
  }
  assert.deepEqual((await intentos()).rows, antes);
});

test('sin el token del formulario no se entra ni se sale', async () => {
  const v = web.visitante();
  await v.get('/login');
  const r = await v.post('/login', { correo: 'una@ejemplo.mx', clave: CLAVE });
  assert.equal(r.estado, 403);
  await v.entrar('una@ejemplo.mx');
  v.csrf = 'otro';
  assert.equal((await v.post('/logout')).estado, 403);
  assert.equal((await v.get('/panel_cliente/uno')).estado, 200);
});

test('clave mala, correo inexistente y cuenta apagada contestan lo mismo y tardan parecido', async () => {
  const id = await crearUsuario(web.ctx, { correo: 'apagada@ejemplo.mx' });
  await web.ctx.bd.servicio.from('usuarios').update({ activo: false }).eq('id', id).throwOnError();
  const tiempos: Record<string, number> = {};
  const textos = new Set<string>();
  for (const [correo, clave] of [
    ['una@ejemplo.mx', 'no es'],
    ['fantasma@ejemplo.mx', CLAVE],
    ['apagada@ejemplo.mx', CLAVE],
  ] as const) {
    const muestras: number[] = [];
    for (let i = 0; i < 5; i++) {
      const v = web.visitante();
      await v.pedirToken();
      const inicio = performance.now();
      const r = await v.post('/login', { correo, clave }, otraIp());
      muestras.push(performance.now() - inicio);
      assert.equal(r.estado, 401);
      textos.add(r.texto);
    }
    // El mejor de cinco: una máquina ocupada alarga, nunca acorta.
    tiempos[correo] = Math.min(...muestras);
  }
  assert.equal(textos.size, 1);
  const todos = Object.values(tiempos);
  const [corto, largo] = [Math.min(...todos), Math.max(...todos)];
  assert.ok(largo < corto * 3, `los tiempos delatan: ${JSON.stringify(tiempos)}`);
});

test('al sexto intento fallido se bloquea esa persona en ese lugar, aunque la clave ya sea buena', async () => {
  await crearUsuario(web.ctx, { correo: 'terca@ejemplo.mx', noras: { uno: 'agente' } });
  const desde = otraIp();
  const v = web.visitante();
  await v.pedirToken();
  for (let i = 0; i < 5; i++)
    assert.equal((await v.post('/login', { correo: 'terca@ejemplo.mx', clave: 'no' }, desde)).estado, 401);
  const bloqueada = await v.post('/login', { correo: 'terca@ejemplo.mx', clave: CLAVE }, desde);
  assert.equal(bloqueada.estado, 429);
  assert.ok(Number(bloqueada.cabeceras.get('retry-after')) > 0);
  const { error } = bloqueada.json as { error: { codigo: string; segundos: number } };
  assert.equal(error.codigo, 'demasiados_intentos');
  assert.ok(error.segundos > 0 && error.segundos <= 900);
  const enOtroLugar = await v.post('/login', { correo: 'terca@ejemplo.mx', clave: CLAVE }, otraIp());
  assert.equal(enOtroLugar.estado, 200);
});

test('treinta intentos a la vez no prueban más claves que las permitidas', async () => {
  const desde = otraIp();
  const v = web.visitante();
  await v.pedirToken();
  const respuestas = await Promise.all(
    Array.from({ length: 30 }, () => v.post('/login', { correo: 'una@ejemplo.mx', clave: 'no' }, desde)),
  );
  const probadas = respuestas.filter((r) => r.estado === 401).length;
  assert.equal(probadas, 5);
  assert.equal(respuestas.filter((r) => r.estado === 429).length, 25);
});

test('una oficina entera que entra bien desde el mismo lugar no se bloquea, y eso no borra los fallos de nadie', async () => {
  const limite = crearLimiteEntrada(web.ctx.bd.pool);
  const { 'x-forwarded-for': ip = '' } = otraIp();
  for (let i = 0; i < 60; i++) {
    await limite.apartar(`persona${i}@oficina.mx`, ip);
    await limite.perdonar(`persona${i}@oficina.mx`, ip);
  }
  // Quien prueba correos ajenos y entra con el suyo entre uno y otro llega al mismo tope.
  let probados = 0;
  const probar = async (): Promise<void> => {
    for (let i = 0; i < 60; i++) {
      await limite.apartar(`ajeno${i}@oficina.mx`, ip);
      probados += 1;
      await limite.apartar('propia@oficina.mx', ip);
      await limite.perdonar('propia@oficina.mx', ip);
    }
  };
  await assert.rejects(probar(), { estado: 429 });
  assert.equal(probados, 40);
});

test('entrar bien olvida los intentos fallidos', async () => {
  const desde = otraIp();
  for (let vuelta = 0; vuelta < 3; vuelta++) {
    const v = web.visitante();
    await v.pedirToken();
    for (let i = 0; i < 4; i++)
      assert.equal((await v.post('/login', { correo: 'una@ejemplo.mx', clave: 'no' }, desde)).estado, 401);
    assert.equal((await v.post('/login', { correo: 'una@ejemplo.mx', clave: CLAVE }, desde)).estado, 200);
  }
});

test('lo que llega mal escrito se contesta con el campo y su arreglo', async () => {
  const v = web.visitante();
  await v.pedirToken();
  const r = await v.post('/login', { correo: 'no es correo', clave: '' }, otraIp());
  assert.equal(r.estado, 422);
  const { error } = r.json as { error: { campos: Record<string, string> } };
  assert.deepEqual(Object.keys(error.campos).sort(), ['clave', 'correo']);
});

test('next sólo lleva a rutas de aquí', async () => {
  const ajenas = [
    '//mal.mx',
    '/\\mal.mx',
    'https://mal.mx',
    'javascript:alert(1)',
    '',
    '/\t/mal.mx',
    '\\/mal.mx',
  ];
  for (const next of [...ajenas, '/login', '/logout', null, ['/a'], `/${'a'.repeat(600)}`])
    assert.equal(siguienteSeguro(next), null, String(next));
  assert.equal(siguienteSeguro('/panel_cliente/uno?x=1#y'), '/panel_cliente/uno?x=1');
  const v = web.visitante();
  await v.pedirToken();
  const datos = { correo: 'una@ejemplo.mx', clave: CLAVE, next: '//mal.mx' };
  assert.equal((await v.post('/login', datos, otraIp())).json['destino'], '/panel_cliente/uno');
});

test('cambiar la clave o apagar la cuenta saca sus sesiones en la petición siguiente', async () => {
  const id = await crearUsuario(web.ctx, { correo: 'cambia@ejemplo.mx', noras: { uno: 'agente' } });
  const usuarios = web.ctx.bd.servicio.from('usuarios');
  const cambios = [{ clave_hash: await resumirClave('otra clave larga') }, { activo: false }];
  for (const [i, cambio] of cambios.entries()) {
    const v = web.visitante();
    await v.entrar('cambia@ejemplo.mx', i === 0 ? CLAVE : 'otra clave larga');
    assert.equal((await v.get('/panel_cliente/uno')).estado, 200);
    await usuarios.update(cambio).eq('id', id).throwOnError();
    const ms = await hasta(async () => (await v.get('/panel_cliente/uno')).estado === 401);
    assert.ok(ms < 1000, `tardó ${ms} ms`);
  }
});

test('una visita de paso no deja sesión ni cookie', async () => {
  const antes = await contarSesiones();
  const v = web.visitante();
  for (const ruta of ['/nada', '/panel_cliente/uno', '/salud', '/', '/admin']) await v.get(ruta);
  assert.equal(v.cookies.size, 0);
  assert.equal(await contarSesiones(), antes);
});

test('las claves se guardan como argon2id PHC y se comprueban también las de otras herramientas', async () => {
  const resumen = await resumirClave('contraseña ñandú');
  assert.match(resumen, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.equal(await comprobarClave('contraseña ñandú'.normalize('NFD'), resumen), true);
  assert.equal(await comprobarClave('contraseña nandú', resumen), false);
  assert.equal(await comprobarClave('', null), false);
  // Vector de la implementación de referencia (P-H-C/phc-winner-argon2, src/test.c).
  const ajeno = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
  assert.equal(await comprobarClave('password', ajeno), true);
  assert.equal(convieneRehacer(ajeno), true);
  assert.equal(convieneRehacer(resumen), false);
});

test('el admin inicial se crea, se repone y no se toca si ya está bien', async () => {
  const config = { ...web.ctx.config, admin: { correo: 'Jefa@Ejemplo.mx', clave: 'primera clave' } };
  const ctx = { ...web.ctx, config };
  await Promise.all([asegurarAdminInicial(ctx), asegurarAdminInicial(ctx)]);
  const v = web.visitante();
  assert.equal((await v.entrar('jefa@ejemplo.mx', 'primera clave')).json['destino'], '/admin');
  await asegurarAdminInicial(ctx);
  assert.equal((await v.get('/admin/dashboard')).estado, 200);
  await asegurarAdminInicial({
    ...ctx,
    config: { ...config, admin: { ...config.admin, clave: 'segunda clave' } },
  });
  await hasta(async () => (await v.get('/admin/dashboard')).estado === 401);
  assert.equal((await web.visitante().entrar('jefa@ejemplo.mx', 'segunda clave')).estado, 200);
});

test('en producción la cookie es segura, y un secreto rotado no saca a nadie', async () => {
  const pedir = async (sesion: string[], cookie?: string) => {
    const config = { ...web.ctx.config, entorno: 'produccion' as const };
    config.secretos = { ...config.secretos, sesion };
    const app = express();
    app.use(crearSesiones({ ...web.ctx, config }));
    app.get('/', (req, res) => {
      const antes = req.session.renovada ?? 0;
      req.session.renovada = antes + 1;
      res.json(antes);
    });
    const http = app.listen(0, '127.0.0.1');
    await once(http, 'listening');
    const { port } = http.address() as { port: number };
    const headers = { 'x-forwarded-proto': 'https', ...(cookie ? { cookie } : {}) };
    const r = await fetch(`http://127.0.0.1:${port}/`, { headers });
    http.close();
    return { veces: await r.json(), cookie: r.headers.getSetCookie()[0] ?? '' };
  };
  const viejo = 'v'.repeat(32);
  const primera = await pedir([viejo]);
  assert.match(primera.cookie, /; HttpOnly/);
  assert.match(primera.cookie, /; Secure/);
  assert.match(primera.cookie, /; SameSite=Lax/);
  const cookie = primera.cookie.split(';', 1)[0] ?? '';
  assert.equal((await pedir(['n'.repeat(32), viejo], cookie)).veces, 1);
  assert.equal((await pedir(['n'.repeat(32)], cookie)).veces, 0);
});
