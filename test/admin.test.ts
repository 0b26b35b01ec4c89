import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { abrirWeb, crearNora, crearUsuario, hasta, type Visitante, type Web } from './apoyo/web.ts';

let web: Web;
let admin: Visitante;
let cliente: Visitante;

before(async () => {
  web = await abrirWeb();
  await crearNora(web.ctx, 'base', ['chat']);
  await crearUsuario(web.ctx, { correo: 'admin@ejemplo.mx', rol: 'admin' });
  await crearUsuario(web.ctx, { correo: 'cliente@ejemplo.mx', noras: { base: 'dueno' } });
  admin = web.visitante();
  await admin.entrar('admin@ejemplo.mx');
  cliente = web.visitante();
  await cliente.entrar('cliente@ejemplo.mx');
});

after(() => web.cerrar());

const NUEVA = { nombre_nora: 'florista', nombre_visible: 'Florería Ñandú', numero_nora: '662 123 4567' };

type FilaAuditoria = { accion: string; entidad: string; despues: unknown };

async function auditoria(nora: string): Promise<FilaAuditoria[]> {
  const { data } = await web.ctx.bd.servicio
    .from('auditoria')
    .select('accion, entidad, despues')
    .eq('nombre_nora', nora)
    // Lo que arman las pruebas no lo hizo nadie.
    .not('quien', 'is', null)
    .order('cuando')
    .throwOnError();
  return data;
}

test('crear una nora escribe todas sus filas de módulo, la audita y queda viva al instante', async () => {
  const r = await admin.post('/admin/noras', { ...NUEVA, modulos: ['chat', 'ia'] });
  assert.equal(r.estado, 201, r.texto);
  assert.equal((r.json['nora'] as { numero_nora: string }).numero_nora, '+526621234567');
  const { data } = await web.ctx.bd.servicio
    .from('modulos_disponibles')
    .select('modulo, activo')
    .eq('nombre_nora', 'florista')
    .throwOnError();
  assert.equal(data.length, 10);
  assert.deepEqual(data.flatMap((m) => (m.activo ? [m.modulo] : [])).sort(), ['chat', 'ia']);
  assert.deepEqual(
    (await auditoria('florista')).map((a) => a.accion),
    ['crear'],
  );
  assert.equal(web.ctx.registro.moduloActivo('florista', 'chat'), true);
  assert.equal(
    (await admin.post('/admin/noras', { ...NUEVA, nombre_nora: 'una', modulos: 'chat' })).estado,
    409,
  );
});

test('lo repetido y lo mal escrito se contestan con su campo', async () => {
  const casos = [
    [{ ...NUEVA, numero_nora: '' }, 409, 'nombre_nora'],
    [{ ...NUEVA, nombre_nora: 'otra' }, 409, 'numero_nora'],
    [{ ...NUEVA, nombre_nora: 'Con Espacios', numero_nora: '' }, 422, 'nombre_nora'],
    [{ ...NUEVA, nombre_nora: 'otra', numero_nora: '12' }, 422, 'numero_nora'],
    [{ ...NUEVA, nombre_nora: 'otra', numero_nora: '', nombre_visible: ' ' }, 422, 'nombre_visible'],
    [{ ...NUEVA, nombre_nora: 'otra', numero_nora: '', zona_horaria: 'Marte/Olimpo' }, 422, 'zona_horaria'],
    [{ ...NUEVA, nombre_nora: 'otra', numero_nora: '', modulos: ['inventado'] }, 422, 'modulos.0'],
  ] as const;
  for (const [datos, estado, campo] of casos) {
    const r = await admin.post('/admin/noras', { ...datos } as Record<string, string>);
    assert.equal(r.estado, estado, `${campo}: ${r.texto}`);
    const { error } = r.json as { error: { campos: Record<string, string> } };
    assert.ok(error.campos[campo], r.texto);
  }
  assert.equal(web.ctx.registro.obtener('otra'), null);
});

test('encender y apagar un módulo surte efecto en la página siguiente y queda auditado', async () => {
  assert.equal((await admin.borrar('/admin/noras/base/modulos/chat')).estado, 200);
  assert.equal((await cliente.get('/panel_cliente/base/chat/nuevos')).estado, 404);
  const rutas = '/admin/noras/base/modulos/chat';
  assert.equal((await admin.post(rutas)).estado, 200);
  assert.equal((await admin.post(rutas)).estado, 200, 'repetirlo no es error');
  assert.equal(web.ctx.registro.moduloActivo('base', 'chat'), true);
  const sinJs = await admin.post(rutas, { _metodo: 'DELETE' });
  assert.equal(sinJs.estado, 200);
  assert.equal(web.ctx.registro.moduloActivo('base', 'chat'), false);
  await admin.post(rutas);
  const hechos = (await auditoria('base')).filter((a) => a.entidad === 'modulo chat').map((a) => a.accion);
  assert.deepEqual(hechos, ['desactivar', 'activar', 'desactivar', 'activar']);
  assert.equal((await admin.post('/admin/noras/base/modulos/inventado')).estado, 404);
  assert.equal((await admin.post('/admin/noras/nadie/modulos/chat')).estado, 404);
});

test('una nora suspendida desaparece para todos y vuelve al reactivarla', async () => {
  await crearNora(web.ctx, 'pausada', []);
  await crearUsuario(web.ctx, { correo: 'pausada@ejemplo.mx', noras: { pausada: 'dueno' } });
  const dueno = web.visitante();
  await dueno.entrar('pausada@ejemplo.mx');
  assert.notEqual((await dueno.get('/panel_cliente/pausada')).estado, 404);
  assert.equal((await admin.post('/admin/noras/pausada/suspension')).estado, 200);
  assert.equal((await dueno.get('/panel_cliente/pausada')).estado, 404);
  assert.equal((await admin.get('/panel_cliente/pausada')).estado, 404);
  assert.deepEqual((await dueno.get('/noras')).json['noras'], []);
  assert.equal((await admin.borrar('/admin/noras/pausada/suspension')).estado, 200);
  assert.notEqual((await dueno.get('/panel_cliente/pausada')).estado, 404);
});

test('el nombre visible y el número se editan; el nombre corto no', async () => {
  const datos = { nombre_visible: 'Otra Florería', numero_nora: '', nombre_nora: 'cambiado' };
  const r = await admin.post('/admin/noras/florista', datos);
  assert.equal(r.estado, 200, r.texto);
  const nora = web.ctx.registro.obtener('florista');
  assert.equal(nora?.nombre_visible, 'Otra Florería');
  assert.equal(nora?.numero_nora, null);
  assert.equal(web.ctx.registro.obtener('cambiado'), null);
});

test('la lista busca sin acentos ni mayúsculas, también por número, y pagina sin repetir', async () => {
  await web.ctx.bd.pool.query(
    `insert into configuracion_bot (nombre_nora, nombre_visible, numero_nora)
     select 'lista-' || lpad(i::text, 3, '0'), 'Peluquería Ávila ' || i, '+5266299' || lpad(i::text, 5, '0') from generate_series(1, 60) i`,
  );
  await hasta(() => web.ctx.registro.obtener('lista-060') !== null);
  type Pagina = { noras: { nombre_nora: string }[]; total: number; siguiente: string | null };
  const vistas: string[] = [];
  let desde = '';
  do {
    const pagina = (await admin.get(`/admin/noras?q=avila&n=25&desde=${desde}`)).json as unknown as Pagina;
    assert.equal(pagina.total, 60);
    vistas.push(...pagina.noras.map((n) => n.nombre_nora));
    desde = pagina.siguiente ?? '';
  } while (desde);
  assert.equal(new Set(vistas).size, 60);
  assert.equal(vistas.length, 60);
  const porNumero = (await admin.get(`/admin/noras?q=${encodeURIComponent('9900042')}`))
    .json as unknown as Pagina;
  assert.deepEqual(
    porNumero.noras.map((n) => n.nombre_nora),
    ['lista-042'],
  );
});

test('lo que un admin escribe dentro de un panel queda auditado sin el contenido', async () => {
  await admin.post('/panel_cliente/base/chat/inexistente', { texto: 'secreto de alguien' });
  const ultima = (await auditoria('base')).at(-1);
  assert.equal(ultima?.accion, 'panel POST');
  assert.equal(ultima?.entidad, '/chat/inexistente');
  assert.deepEqual(ultima?.despues, { campos: ['texto'] });
  const antes = (await auditoria('base')).length;
  await cliente.post('/panel_cliente/base/chat/inexistente', { texto: 'hola' });
  await admin.get('/panel_cliente/base');
  assert.equal((await auditoria('base')).length, antes);
});

test('las páginas de admin y de cuentas se dibujan', async () => {
  const html = { accept: 'text/html' };
  for (const ruta of [
    '/admin/dashboard',
    '/admin/noras?q=avila',
    '/admin/noras?estado=callada',
    '/admin/noras/nueva',
    '/admin/noras/florista',
    '/admin/noras/florista/conectar',
    '/admin/modulos',
    '/admin/usuarios',
    '/admin/debug',
    '/admin/debug?resuelto=todos&tipo=Web',
    '/admin/auditoria',
    '/admin/esperando',
    '/admin/fallidos?nora=base',
    '/debug_info',
    '/debug_rutas',
    '/cuenta',
    '/cuenta/doble_paso',
  ]) {
    const r = await admin.get(ruta, html);
    assert.equal(r.estado, 200, `${ruta}: ${r.texto.slice(0, 300)}`);
    assert.match(r.texto, /<\/html>/);
    assert.equal(/ style="| onclick=|<script>/.test(r.texto), false, `${ruta} trae código en línea`);
    assert.doesNotMatch(r.texto, /\[object Object\]|undefined</, ruta);
  }
  const mal = await admin.post('/admin/noras', { nombre_nora: 'X!' }, html);
  assert.equal(mal.estado, 422);
  assert.match(mal.texto, /X!/, 'lo escrito no se pierde');
  const trozo = await admin.post(
    '/admin/noras/florista/modulos/ads',
    {},
    { accept: '*/*', 'hx-request': 'true' },
  );
  assert.equal(trozo.estado, 200, trozo.texto.slice(0, 300));
  assert.doesNotMatch(trozo.texto, /<html/);
  assert.match((await cliente.get('/noras', html)).texto, /Nora base/);
  assert.match((await web.visitante().get('/login', html)).texto, /name="_csrf"/);
  assert.match((await cliente.get('/nada', html)).texto, /<\/html>/);
});
