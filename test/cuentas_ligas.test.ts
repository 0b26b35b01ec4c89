import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { generateSync } from 'otplib';
import { pasoDe } from '../src/cuentas/totp.ts';
import { trazarQr } from '../src/cuentas/qr.ts';
import { abrirWeb, CLAVE, crearNora, crearUsuario, hasta, type Visitante, type Web } from './apoyo/web.ts';

let web: Web;
let admin: Visitante;
let dueno: Visitante;
let ip = 0;

before(async () => {
  web = await abrirWeb({ NORA_DEMO: '0' });
  await crearNora(web.ctx, 'uno', ['chat', 'ia']);
  await crearNora(web.ctx, 'dos', ['chat']);
  await crearUsuario(web.ctx, { correo: 'admin@x.mx', rol: 'admin' });
  await crearUsuario(web.ctx, { correo: 'dueno@x.mx', noras: { uno: 'dueno' } });
  admin = await entrado('admin@x.mx');
  dueno = await entrado('dueno@x.mx');
});
after(() => web.cerrar());

async function entrado(correo: string, clave = CLAVE): Promise<Visitante> {
  const v = web.visitante();
  assert.equal((await v.entrar(correo, clave)).estado, 200, correo);
  return v;
}

async function nuevo(): Promise<Visitante> {
  const v = web.visitante();
  await v.pedirToken();
  return v;
}

const otraIp = () => ({ 'x-forwarded-for': `203.0.113.${++ip}` });

type Entrega = { liga: string; enviada: boolean };
async function invitarDesdeEquipo(correo: string, rol = 'agente'): Promise<string> {
  const r = await dueno.post('/panel_cliente/uno/equipo', { correo, rol });
  assert.equal(r.estado, 201, r.texto);
  return rutaDe((r.json['invitacion'] as Entrega).liga);
}
const rutaDe = (liga: string) => new URL(liga).pathname + new URL(liga).search;

test('un dueño invita, la persona crea su cuenta con la liga y entra; la liga no sirve otra vez', async () => {
  const liga = await invitarDesdeEquipo('nueva@x.mx');
  const secreto = new URL(liga, 'http://x').searchParams.get('t') ?? '';
  const { rows } = await web.ctx.bd.pool.query<{ t: string }>(
    `select row_to_json(e)::text t from enlaces_cuenta e`,
  );
  assert.ok(rows.length > 0 && rows.every((r) => !r.t.includes(secreto)), 'la base no guarda la liga');
  const v = await nuevo();
  assert.equal((await v.get(liga)).json['caso'], 'crear');
  assert.equal((await v.post(liga, { nombre: 'Nueva', clave: 'corta' })).estado, 422);
  const r = await v.post(liga, { nombre: 'Nueva Persona', clave: 'una frase de paso' });
  assert.equal(r.json['destino'], '/panel_cliente/uno', r.texto);
  assert.equal((await v.get('/panel_cliente/uno')).estado, 200);
  assert.equal((await v.get('/panel_cliente/dos')).estado, 404);
  assert.equal((await v.get('/panel_cliente/uno/equipo')).estado, 404, 'un agente no ve el equipo');
  assert.equal((await (await nuevo()).get(liga)).estado, 410);
  assert.equal(
    (await (await nuevo()).post(liga, { nombre: 'Otra', clave: 'una frase de paso' })).estado,
    410,
  );
});

test('dos personas con la misma liga a la vez: entra una', async () => {
  const liga = await invitarDesdeEquipo('carrera@x.mx');
  const vs = await Promise.all([nuevo(), nuevo(), nuevo()]);
  const rs = await Promise.all(vs.map((v) => v.post(liga, { nombre: 'X', clave: 'una frase de paso' })));
  assert.equal(rs.filter((r) => r.estado === 200).length, 1, rs.map((r) => r.estado).join());
});

test('una invitación vencida, cancelada o inventada no abre nada', async () => {
  const vencida = await invitarDesdeEquipo('vencida@x.mx');
  await web.ctx.bd.pool.query(`update enlaces_cuenta set vence = now() where correo = 'vencida@x.mx'`);
  assert.equal((await (await nuevo()).get(vencida)).estado, 410);
  const cancelada = await invitarDesdeEquipo('cancelada@x.mx');
  const { pendientes } = (await dueno.get('/panel_cliente/uno/equipo')).json as {
    pendientes: { id: string; correo: string }[];
  };
  const id = pendientes.find((p) => p.correo === 'cancelada@x.mx')?.id;
  assert.equal((await dueno.borrar(`/panel_cliente/uno/equipo/invitaciones/${id}`)).estado, 200);
  assert.equal((await (await nuevo()).get(cancelada)).estado, 410);
  assert.equal((await (await nuevo()).get('/invitacion?t=inventada-inventada-inventada')).estado, 410);
  assert.equal((await (await nuevo()).get('/invitacion')).estado, 410);
});

test('quien ya tiene cuenta acepta con la suya; con la de otra persona no se puede', async () => {
  await crearUsuario(web.ctx, { correo: 'ya@x.mx', noras: { dos: 'agente' } });
  const liga = await invitarDesdeEquipo('ya@x.mx', 'dueno');
  const otra = await entrado('dueno@x.mx');
  assert.equal((await otra.get(liga)).json['caso'], 'ajena');
  assert.equal((await otra.post(liga)).estado, 403);
  const v = await nuevo();
  assert.equal((await v.get(liga)).json['caso'], 'entrar');
  assert.equal(
    (await v.post(liga, { nombre: 'Ladrón', clave: 'otra clave larga' })).estado,
    303,
    'sin entrar no se acepta',
  );
  const ella = await entrado('ya@x.mx');
  assert.equal((await ella.get('/panel_cliente/uno')).estado, 404, 'antes de aceptar no entra');
  assert.equal((await ella.post(liga)).estado, 200);
  assert.equal((await ella.get('/panel_cliente/uno/equipo')).estado, 200);
});

test('el equipo nunca se queda sin dueño y sólo toca a los suyos', async () => {
  const yo = await web.ctx.bd.pool.query<{ id: string }>(
    `select id from usuarios where correo = 'dueno@x.mx'`,
  );
  await web.ctx.bd.pool.query(
    `delete from usuarios_noras m using usuarios u where u.id = m.usuario_id and u.correo = 'ya@x.mx' and m.nombre_nora = 'uno'`,
  );
  const base = `/panel_cliente/uno/equipo/${yo.rows[0]?.id}`;
  assert.equal((await dueno.borrar(base)).estado, 409);
  assert.equal((await dueno.post(base, { rol: 'agente' })).estado, 409);
  const ajeno = await crearUsuario(web.ctx, { correo: 'ajena@x.mx', noras: { dos: 'agente' } });
  assert.equal((await dueno.borrar(`/panel_cliente/uno/equipo/${ajeno}`)).estado, 404);
  const agente = await crearUsuario(web.ctx, { correo: 'mueve@x.mx', noras: { uno: 'agente' } });
  const suya = await entrado('mueve@x.mx');
  assert.equal((await suya.get('/panel_cliente/uno/ia')).estado, 404);
  assert.equal((await dueno.post(`/panel_cliente/uno/equipo/${agente}`, { rol: 'dueno' })).estado, 200);
  assert.equal((await suya.get('/panel_cliente/uno/equipo')).estado, 200);
  assert.equal((await dueno.borrar(`/panel_cliente/uno/equipo/${agente}`)).estado, 200);
  assert.equal((await suya.get('/panel_cliente/uno')).estado, 404);
  const { rows } = await web.ctx.bd.pool.query<{ accion: string }>(
    `select accion from auditoria where entidad = 'equipo mueve@x.mx' order by cuando`,
  );
  assert.deepEqual(
    rows.map((r) => r.accion),
    ['cambiar rol', 'quitar'],
  );
});

test('la liga de recuperación cambia la clave una vez, cierra las sesiones y vence', async () => {
  const id = await crearUsuario(web.ctx, { correo: 'olvida@x.mx', noras: { uno: 'agente' } });
  const abierta = await entrado('olvida@x.mx');
  const pedir = async () =>
    rutaDe(((await admin.post(`/admin/usuarios/${id}/recuperacion`)).json['recuperacion'] as Entrega).liga);
  const primera = await pedir();
  const liga = await pedir();
  assert.equal((await (await nuevo()).get(primera)).estado, 410, 'la nueva deja sin valor la anterior');
  const v = await nuevo();
  assert.equal((await v.post(liga, { clave: 'corta' })).estado, 422);
  assert.equal((await v.post(liga, { clave: 'clave nueva larga' })).estado, 200);
  assert.equal((await v.post(liga, { clave: 'clave nueva larga' })).estado, 410);
  assert.equal((await abierta.get('/panel_cliente/uno')).estado, 401);
  assert.equal(
    (await (await nuevo()).post('/login', { correo: 'olvida@x.mx', clave: CLAVE }, otraIp())).estado,
    401,
  );
  await entrado('olvida@x.mx', 'clave nueva larga');
  const vencida = await pedir();
  await web.ctx.bd.pool.query(
    `update enlaces_cuenta set vence = now() where usado_en is null and clase = 'recuperacion'`,
  );
  assert.equal((await (await nuevo()).post(vencida, { clave: 'clave nueva larga' })).estado, 410);
  assert.equal(
    (await (await nuevo()).get(vencida.replace('/recuperar/clave', '/invitacion'))).estado,
    410,
    'una liga no sirve para otra cosa',
  );
  for (const correo of ['olvida@x.mx', 'nadie@x.mx'])
    assert.equal((await (await nuevo()).post('/recuperar', { correo })).texto, '{"ok":true}');
});

test('cada quien ve sus sesiones, cierra una o las demás, y no las de otros', async () => {
  await crearUsuario(web.ctx, { correo: 'sesiones@x.mx', noras: { uno: 'agente' } });
  const [a, b, c] = [
    await entrado('sesiones@x.mx'),
    await entrado('sesiones@x.mx'),
    await entrado('sesiones@x.mx'),
  ];
  type Sesion = { id: string; actual: boolean };
  const lista = async (v: Visitante) => (await v.get('/cuenta')).json['sesiones'] as Sesion[];
  const suyas = await lista(a);
  assert.equal(suyas.length, 3);
  assert.equal(suyas.filter((s) => s.actual).length, 1);
  const deB = (await lista(b)).find((s) => s.actual)?.id ?? '';
  assert.equal((await dueno.borrar(`/cuenta/sesiones/${deB}`)).estado, 404);
  assert.equal((await a.borrar(`/cuenta/sesiones/${deB}`)).estado, 200);
  assert.equal((await b.get('/panel_cliente/uno')).estado, 401);
  assert.equal((await c.get('/panel_cliente/uno')).estado, 200);
  assert.equal((await a.borrar('/cuenta/sesiones')).estado, 200);
  assert.equal((await c.get('/panel_cliente/uno')).estado, 401);
  assert.equal(
    (await a.post('/cuenta/clave', { actual: 'no es', nueva: 'otra clave larga' }, otraIp())).estado,
    422,
  );
  const cambio = await a.post('/cuenta/clave', { actual: CLAVE, nueva: 'otra clave larga' }, otraIp());
  assert.equal(cambio.estado, 200, cambio.texto);
  assert.equal((await a.get('/panel_cliente/uno')).estado, 200, 'la sesión que la cambió sigue');
  await entrado('sesiones@x.mx', 'otra clave larga');
});

test('desactivar saca al momento y reactivar devuelve; nadie se deja fuera a sí mismo', async () => {
  const id = await crearUsuario(web.ctx, { correo: 'fuera@x.mx', noras: { uno: 'agente' } });
  const v = await entrado('fuera@x.mx');
  assert.equal((await admin.post(`/admin/usuarios/${id}/suspension`)).estado, 200);
  assert.equal((await v.get('/panel_cliente/uno')).estado, 401);
  const { rows } = await web.ctx.bd.pool.query(
    `select from interno.sesiones where sess->'usuario'->>'id' = $1`,
    [id],
  );
  assert.equal(rows.length, 0);
  assert.equal((await admin.borrar(`/admin/usuarios/${id}/suspension`)).estado, 200);
  await entrado('fuera@x.mx');
  const yo = await web.ctx.bd.pool.query<{ id: string }>(
    `select id from usuarios where correo = 'admin@x.mx'`,
  );
  assert.equal((await admin.post(`/admin/usuarios/${yo.rows[0]?.id}/suspension`)).estado, 409);
});

test('el doble paso: tolera un reloj algo corrido, no acepta dos veces lo mismo y se entra con un código de recuperación', async () => {
  await crearUsuario(web.ctx, { correo: 'dos_pasos@x.mx', noras: { uno: 'agente' } });
  const v = await entrado('dos_pasos@x.mx');
  const { secreto } = (await v.get('/cuenta/doble_paso')).json as { secreto: string };
  const codigo = (corrido = 0) =>
    generateSync({ secret: secreto, epoch: Math.floor(Date.now() / 1000) + corrido });
  assert.equal((await v.post('/cuenta/doble_paso', { codigo: '000000' }, otraIp())).estado, 422);
  const activado = await v.post('/cuenta/doble_paso', { codigo: codigo() }, otraIp());
  assert.equal(activado.estado, 200, activado.texto);
  const { codigos } = activado.json as { codigos: string[] };
  assert.equal(codigos.length, 10);
  const { rows } = await web.ctx.bd.pool.query<{ t: string }>(
    `select row_to_json(u)::text t from usuarios u where correo = 'dos_pasos@x.mx'`,
  );
  assert.ok(!rows[0]?.t.includes(secreto) && !rows[0]?.t.includes(codigos[0] ?? '-'), 'nada queda en claro');

  const entrar = async (c: string) => {
    const w = await nuevo();
    const primero = await w.post('/login', { correo: 'dos_pasos@x.mx', clave: CLAVE }, otraIp());
    assert.equal(primero.json['destino'], '/login/codigo');
    w.csrf = String(primero.json['csrf']);
    assert.equal((await w.get('/panel_cliente/uno')).estado, 401, 'con la pura clave no se entra');
    return w.post('/login/codigo', { codigo: c }, otraIp());
  };
  assert.equal((await entrar(codigo())).estado, 401, 'el código que lo activó ya se gastó');
  const siguiente = codigo(30);
  assert.equal((await entrar(siguiente)).estado, 200, 'un paso adelante se tolera');
  assert.equal((await entrar(siguiente)).estado, 401, 'y no se repite');
  assert.equal((await entrar(codigos[0] ?? '')).estado, 200);
  assert.equal((await entrar(codigos[0] ?? '')).estado, 401, 'un código de recuperación sirve una vez');
  assert.equal((await entrar((codigos[1] ?? '').toUpperCase())).estado, 200, 'sin importar mayúsculas');
  assert.equal(await pasoDe(secreto, codigo(90)), null, 'tres pasos adelante no');
  assert.equal(await pasoDe(secreto, codigo(-90)), null, 'ni atrás');
  const apagado = await v.post('/cuenta/doble_paso', { _metodo: 'DELETE', actual: CLAVE }, otraIp());
  assert.equal(apagado.estado, 200, apagado.texto);
  await entrado('dos_pasos@x.mx');
});

test('en producción un administrador sin doble paso sólo llega a su cuenta', async () => {
  const antes = web.ctx.config.entorno;
  (web.ctx.config as { entorno: string }).entorno = 'produccion';
  try {
    for (const ruta of [
      '/admin/dashboard',
      '/debug_info',
      '/panel_cliente/uno',
      '/noras',
      '/admin/noras/uno',
    ])
      assert.equal((await admin.get(ruta)).estado, 403, ruta);
    const html = await admin.get('/admin/dashboard', { accept: 'text/html' });
    assert.equal(html.cabeceras.get('location'), '/cuenta/doble_paso');
    assert.equal((await admin.get('/cuenta/doble_paso')).estado, 200);
    assert.equal((await dueno.get('/panel_cliente/uno')).estado, 200, 'a los clientes no se les exige');
  } finally {
    (web.ctx.config as { entorno: string }).entorno = antes;
  }
});

test('entrar bien no borra los intentos hechos desde ese lugar contra otras cuentas', async () => {
  const desde = otraIp();
  const v = await nuevo();
  for (let i = 0; i < 3; i++) await v.post('/login', { correo: `otra${i}@x.mx`, clave: 'no' }, desde);
  await v.post('/login', { correo: 'dueno@x.mx', clave: CLAVE }, desde);
  const { rows } = await web.ctx.bd.pool.query<{ n: number }>(
    `select max(fallos)::int n from interno.intentos_entrada where actualizado > now() - interval '5 s'`,
  );
  assert.ok((rows[0]?.n ?? 0) >= 4);
});

test('el QR es una cuadrícula legible', async () => {
  const { lado, trazo } = trazarQr('otpauth://totp/Nora:a@b.mx?secret=JBSWY3DPEHPK3PXP&issuer=Nora');
  assert.ok(lado > 30 && lado < 60 && Number.isInteger(lado));
  assert.ok(trazo.startsWith('M4 4h1v1h-1z'), 'la esquina del primer marco');
  await hasta(() => true);
});

async function acciones(correo: string): Promise<string[]> {
  const { rows } = await web.ctx.bd.pool.query<{ que: string }>(
    `select a.accion || ' ' || split_part(a.entidad, ' de ', 1) que from auditoria a join usuarios u on u.id = a.quien where u.correo = $1 order by a.cuando`,
    [correo],
  );
  return rows.map((r) => r.que);
}

test('una invitación vale 72 horas y una recuperación una, ni un minuto más', async () => {
  const id = await crearUsuario(web.ctx, { correo: 'plazos@x.mx', noras: { uno: 'agente' } });
  await invitarDesdeEquipo('plazo@x.mx');
  await admin.post(`/admin/usuarios/${id}/recuperacion`);
  const { rows } = await web.ctx.bd.pool.query<{ clase: string; minutos: number }>(
    `select clase, round(extract(epoch from vence - creado) / 60)::int minutos from enlaces_cuenta where correo in ('plazo@x.mx', 'plazos@x.mx') order by 1`,
  );
  assert.deepEqual(rows, [
    { clase: 'invitacion', minutos: 72 * 60 },
    { clase: 'recuperacion', minutos: 60 },
  ]);
});

test('una liga de recuperación es de su persona: ni otra con sesión, ni una cuenta apagada, ni con otro correo', async () => {
  const id = await crearUsuario(web.ctx, { correo: 'suya@x.mx', noras: { uno: 'agente' } });
  const pedir = async () =>
    rutaDe(((await admin.post(`/admin/usuarios/${id}/recuperacion`)).json['recuperacion'] as Entrega).liga);
  // Otra persona, con su sesión abierta, sólo cambia la clave de la dueña de la liga; la suya queda igual.
  const otra = await entrado('dueno@x.mx');
  assert.equal((await otra.post(await pedir(), { clave: 'la clave de suya' })).estado, 200);
  assert.equal((await otra.get('/panel_cliente/uno')).estado, 200);
  await entrado('dueno@x.mx');
  await entrado('suya@x.mx', 'la clave de suya');
  assert.deepEqual(await acciones('suya@x.mx'), ['cambiar clave propia por recuperacion']);
  // La liga pedida antes de cambiar de correo o de apagarse ya no abre.
  const deAntes = await pedir();
  await web.ctx.bd.pool.query(`update usuarios set correo = 'mudada@x.mx' where id = $1`, [id]);
  assert.equal((await (await nuevo()).post(deAntes, { clave: 'clave de un extraño' })).estado, 410);
  await web.ctx.bd.pool.query(`update usuarios set correo = 'suya@x.mx' where id = $1`, [id]);
  const apagada = await pedir();
  await admin.post(`/admin/usuarios/${id}/suspension`);
  assert.equal((await (await nuevo()).post(apagada, { clave: 'clave de un extraño' })).estado, 410);
  assert.equal((await admin.post(`/admin/usuarios/${id}/recuperacion`)).estado, 404, 'ni se crea otra');
});

test('los códigos de recuperación nuevos dejan sin valor a los de antes y todo el doble paso queda apuntado', async () => {
  await crearUsuario(web.ctx, { correo: 'codigos@x.mx', noras: { uno: 'agente' } });
  const v = await entrado('codigos@x.mx');
  const { secreto } = (await v.get('/cuenta/doble_paso')).json as { secreto: string };
  const activado = await v.post(
    '/cuenta/doble_paso',
    { codigo: generateSync({ secret: secreto }) },
    otraIp(),
  );
  const viejos = (activado.json as { codigos: string[] }).codigos;
  assert.equal((await v.post('/cuenta/doble_paso/codigos', { actual: 'no es' }, otraIp())).estado, 422);
  const r = await v.post('/cuenta/doble_paso/codigos', { actual: CLAVE }, otraIp());
  const nuevos = (r.json as { codigos: string[] }).codigos;
  assert.equal(nuevos.length, 10);
  const entrarCon = async (codigo: string) => {
    const w = await nuevo();
    const primero = await w.post('/login', { correo: 'codigos@x.mx', clave: CLAVE }, otraIp());
    w.csrf = String(primero.json['csrf']);
    return (await w.post('/login/codigo', { codigo }, otraIp())).estado;
  };
  assert.equal(await entrarCon(viejos[0] ?? ''), 401);
  assert.equal(await entrarCon(nuevos[0] ?? ''), 200);
  await v.post('/cuenta/doble_paso', { _metodo: 'DELETE', actual: CLAVE }, otraIp());
  assert.deepEqual(await acciones('codigos@x.mx'), [
    'activar doble paso',
    'activar doble paso',
    'usar codigo',
    'desactivar doble paso',
  ]);
  const invitada = await invitarDesdeEquipo('apuntada@x.mx');
  await (await nuevo()).post(invitada, { nombre: 'Apuntada', clave: 'una frase de paso' });
  assert.deepEqual(await acciones('apuntada@x.mx'), ['aceptar invitacion apuntada@x.mx']);
});
