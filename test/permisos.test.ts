import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CLAVES_MODULOS } from '../src/modulos/index.ts';
import { abrirWeb, crearNora, crearUsuario, type Visitante, type Web } from './apoyo/web.ts';

/**
 * Rol × ruta, sacado de `rutas_registradas`: una ruta nueva sin renglón aquí hace fallar la prueba. Cada renglón dice quién
 * entra; los demás reciben 404 (o 401 sin sesión) y no saben que existe.
 */
type Rol = 'anonimo' | 'ajeno' | 'agente' | 'dueno' | 'admin';
const ROLES: Rol[] = ['anonimo', 'ajeno', 'agente', 'dueno', 'admin'];
const TODOS = ROLES;
const CON_SESION: Rol[] = ['ajeno', 'agente', 'dueno', 'admin'];
const EQUIPO: Rol[] = ['agente', 'dueno', 'admin'];
const DUENOS: Rol[] = ['dueno', 'admin'];
const ADMIN: Rol[] = ['admin'];

// El primero que coincida manda. `null` = no se decide por rol: firma, token o liga propia.
const EXPECTATIVAS: [RegExp, Rol[] | null][] = [
  [/^(GET|POST) \/(webhook|webhook\/estado|adjuntos\/:id)$/, null],
  [/^\w+ \/simulador\/(2010|cdn|v1|api)/, null],
  [/^GET \/metricas$/, null],
  // La liga de un reporte de anuncios y su baja: quien trae el secreto entra.
  [/^(GET|POST) \/reportes\/(baja\/)?:token(\/reporte\.pdf)?$/, null],
  [/^GET \/(salud|iconos\.svg|estaticos|npm|favicon)/, TODOS],
  [/^(GET|POST) \/(login|login\/codigo|recuperar|recuperar\/clave|invitacion)$/, TODOS],
  [/^GET \/$/, TODOS],
  [/^POST \/logout$/, TODOS],
  [/^GET \/noras$/, CON_SESION],
  // El regreso de Facebook: sólo dice si la ida era de esta sesión y manda al panel.
  [/^GET \/ads\/facebook$/, CON_SESION],
  // El permiso de la agencia deja ver las cuentas de todos sus clientes.
  [/^POST \/panel_cliente\/:nora\/ads\/cuentas\/agencia$/, ADMIN],
  [/^\w+ \/cuenta(\/|$)/, CON_SESION],
  [/^\w+ \/simulador/, CON_SESION],
  [/^\w+ \/(admin|debug_info|debug_rutas)(\/|$)/, ADMIN],
  [/^\w+ \/panel_cliente\/:nora\/(equipo|ia|etiquetas|conocimiento|ads|envios|estadisticas)(\/|$)/, DUENOS],
  // Un agente llega a las respuestas rápidas y no a las reglas ni a los saludos.
  [/^GET \/panel_cliente\/:nora\/respuestas$/, EQUIPO],
  [/^\w+ \/panel_cliente\/:nora\/respuestas\/rapidas(\/|$)/, EQUIPO],
  [/^\w+ \/panel_cliente\/:nora\/respuestas\//, DUENOS],
  [/^\w+ \/panel_cliente\/:nora\/(chat|contactos|tareas)(\/|$)/, EQUIPO],
  [/^GET \/panel_cliente\/:nora(\/foto\/:id|\/marco|\/sin_leer)?$/, EQUIPO],
];

let web: Web;
const visitantes = new Map<Rol, Visitante>();

before(async () => {
  web = await abrirWeb({ NORA_DEMO: '0' });
  const modulos = [...CLAVES_MODULOS];
  await crearNora(web.ctx, 'mia', modulos);
  await crearNora(web.ctx, 'otra', modulos);
  await crearUsuario(web.ctx, { correo: 'ajeno@x.mx', noras: { otra: 'dueno' } });
  await crearUsuario(web.ctx, { correo: 'agente@x.mx', noras: { mia: 'agente' } });
  await crearUsuario(web.ctx, { correo: 'dueno@x.mx', noras: { mia: 'dueno' } });
  await crearUsuario(web.ctx, { correo: 'admin@x.mx', rol: 'admin' });
  for (const rol of ROLES) {
    const v = web.visitante();
    if (rol === 'anonimo') await v.pedirToken();
    else assert.equal((await v.entrar(`${rol}@x.mx`)).estado, 200, rol);
    visitantes.set(rol, v);
  }
});

after(() => web.cerrar());

interface Ruta {
  metodo: string;
  ruta: string;
  plantilla: string;
}

async function rutas(): Promise<Ruta[]> {
  const { rows } = await web.ctx.bd.pool.query<{ metodo: string; ruta: string }>(
    `select metodo, ruta from rutas_registradas where nombre_nora is null or nombre_nora = 'mia' order by 2, 1`,
  );
  return rows.map(({ metodo, ruta }) => ({
    metodo,
    plantilla: ruta.replace('/panel_cliente/mia', '/panel_cliente/:nora'),
    ruta: ruta.replace(':nombre_nora', 'mia').replace(/[:*]\w+/g, '00000000-0000-4000-8000-000000000000'),
  }));
}

function esperado({ metodo, plantilla }: Ruta): Rol[] | null | undefined {
  return EXPECTATIVAS.find(([patron]) => patron.test(`${metodo} ${plantilla}`))?.[1];
}

test('toda ruta registrada tiene dicho quién entra', async () => {
  const todas = await rutas();
  assert.ok(todas.length > 80, String(todas.length));
  assert.deepEqual(
    todas.filter((r) => esperado(r) === undefined).map((r) => `${r.metodo} ${r.plantilla}`),
    [],
  );
  for (const obligada of [
    '/admin/dashboard',
    '/admin/usuarios',
    '/debug_info',
    '/panel_cliente/:nora/equipo',
  ])
    assert.ok(
      todas.some((r) => r.plantilla === obligada),
      obligada,
    );
});

test('quien no tiene permiso recibe 404, y 401 sin sesión, en cada ruta y con cualquier método', async () => {
  const faltas: string[] = [];
  for (const r of await rutas()) {
    const quienes = esperado(r);
    if (!quienes || r.plantilla === '/logout') continue;
    for (const rol of ROLES.filter((x) => !quienes.includes(x))) {
      for (const accept of ['application/json', 'text/html']) {
        const { estado } = await pedir(visitantes.get(rol) as Visitante, r, accept);
        const bien = rol === 'anonimo' ? (accept === 'text/html' ? 303 : 401) : 404;
        if (estado !== bien) faltas.push(`${rol} ${r.metodo} ${r.ruta} (${accept}): ${estado}, no ${bien}`);
      }
    }
  }
  assert.deepEqual(faltas, []);
});

test('quien sí tiene permiso abre cada página sin huecos', async () => {
  const faltas: string[] = [];
  for (const r of await rutas()) {
    const quienes = esperado(r);
    if (!quienes || r.metodo !== 'GET' || /[:*]/.test(r.plantilla.replace(':nora', ''))) continue;
    for (const rol of quienes) {
      const { estado } = await pedir(visitantes.get(rol) as Visitante, r, 'text/html');
      // 410 es una liga sin su secreto; 422, una búsqueda sin lo que pide.
      if (![200, 303, 410, 422].includes(estado)) faltas.push(`${rol} ${r.ruta}: ${estado}`);
    }
  }
  assert.deepEqual(faltas, []);
});

test('el menú de un agente trae sólo chat, contactos y respuestas rápidas; el del dueño, todo', async () => {
  const menu = async (rol: Rol) => {
    const { texto } = await (visitantes.get(rol) as Visitante).get('/panel_cliente/mia', {
      accept: 'text/html',
    });
    const riel = /<nav class="riel__lista"[^]*?<\/nav>/.exec(texto)?.[0] ?? '';
    return [...riel.matchAll(/<a [^>]*href="([^"]+)"/g)].map((m) =>
      (m[1] ?? '').replace('/panel_cliente/mia', ''),
    );
  };
  assert.deepEqual(await menu('agente'), ['', '/chat', '/contactos', '/respuestas/rapidas']);
  const deDueno = await menu('dueno');
  for (const ruta of ['/ia', '/conocimiento', '/etiquetas', '/ads', '/respuestas', '/equipo'])
    assert.ok(deDueno.includes(ruta), ruta);
  const agente = visitantes.get('agente') as Visitante;
  const entrada = await agente.get('/panel_cliente/mia/respuestas', { accept: 'text/html' });
  assert.equal(entrada.cabeceras.get('location'), '/panel_cliente/mia/respuestas/rapidas');
  const rapidas = await agente.get('/panel_cliente/mia/respuestas/rapidas', { accept: 'text/html' });
  assert.doesNotMatch(rapidas.texto, /respuestas\/mensajes|>Reglas</);
});

test('sin token, /metricas no existe; una cabecera cualquiera tampoco lo abre', async () => {
  for (const v of visitantes.values())
    assert.equal((await v.get('/metricas', { authorization: 'Bearer x' })).estado, 404);
});

function pedir(v: Visitante, { metodo, ruta }: Ruta, accept: string) {
  if (metodo === 'GET') return v.get(ruta, { accept });
  if (metodo === 'DELETE') return v.borrar(ruta, { accept });
  return v.post(ruta, {}, { accept });
}
