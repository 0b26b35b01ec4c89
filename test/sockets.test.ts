import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { io, type Socket } from 'socket.io-client';
import { AURA, abrirNora, ANA, DEMO, type NoraDePrueba, sembrarNoras } from './apoyo/nora.ts';
import { CLAVE, crearUsuario, hasta } from './apoyo/web.ts';

const TOPE_MS = 8000;
interface Senal {
  evento: string;
  datos: Record<string, unknown>;
}
interface Cliente {
  socket: Socket;
  senales: Senal[];
  entrar(nora: unknown): Promise<{ ok: boolean; motivo?: string }>;
}

let n: NoraDePrueba;
let ana: string;
let dora: string;
let anaId: string;
const abiertos: Socket[] = [];

before(async () => {
  n = await abrirNora();
  await sembrarNoras(n);
  anaId = await crearUsuario(n.ctx, { correo: 'ana@aura.mx', noras: { aura: 'dueno' } });
  await crearUsuario(n.ctx, { correo: 'dora@demo.mx', noras: { demo: 'agente' } });
  ana = await entrarComo('ana@aura.mx');
  dora = await entrarComo('dora@demo.mx');
});
after(() => n.cerrar());
beforeEach(async () => {
  await n.reposo();
  // Cada prueba empieza con todo en su sitio, haya quedado como haya quedado la anterior.
  await n.sql(`update configuracion_bot set activo = true where not activo`);
  await n.sql(
    `update modulos_disponibles set activo = true where nombre_nora = 'aura' and modulo = 'chat' and not activo`,
  );
  await n.sql(`update usuarios set activo = true where not activo`);
  await n.sql(
    `insert into usuarios_noras (usuario_id, nombre_nora, rol) values ($1, 'aura', 'dueno') on conflict do nothing`,
    [anaId],
  );
  await hasta(() => n.ctx.registro.moduloActivo('aura', 'chat'));
  await hasta(async () => (await n.ctx.membresias.rolEn(anaId, 'aura')) !== null);
});
afterEach(() => {
  for (const s of abiertos.splice(0)) s.disconnect();
});

/** La cookie de una sesión abierta por el formulario de entrada. */
async function entrarComo(correo: string): Promise<string> {
  const pagina = await fetch(`${n.url}/login`, { headers: { accept: 'application/json' } });
  const { csrf } = (await pagina.json()) as { csrf: string };
  const cookie = (r: Response) =>
    r.headers
      .getSetCookie()
      .map((c) => c.split(';', 1)[0] ?? '')
      .join('; ');
  const r = await fetch(`${n.url}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { accept: 'application/json', cookie: cookie(pagina), 'x-csrf-token': csrf },
    body: new URLSearchParams({ correo, clave: CLAVE }),
  });
  await r.arrayBuffer();
  return cookie(r);
}

function conectar(cookie: string | null): Cliente {
  const socket = io(n.url, {
    transports: ['websocket'],
    forceNew: true,
    reconnectionDelay: 50,
    reconnectionDelayMax: 100,
    ...(cookie && { extraHeaders: { cookie } }),
  });
  abiertos.push(socket);
  const senales: Senal[] = [];
  socket.onAny((evento: string, datos: Record<string, unknown>) => senales.push({ evento, datos }));
  return {
    socket,
    senales,
    entrar: (nora) => socket.timeout(TOPE_MS).emitWithAck('entrar', { nora }) as Promise<{ ok: boolean }>,
  };
}

const conectado = async (c: Cliente) => {
  if (!c.socket.connected) await once(c.socket as never, 'connect');
};
const desconectado = (c: Cliente) => hasta(() => !c.socket.connected, TOPE_MS);
const nuevosDe = (c: Cliente) =>
  c.senales.filter((s) => s.evento === 'mensaje:nuevo' && s.datos['autor'] === 'contacto');

async function enAura(): Promise<Cliente> {
  const c = conectar(ana);
  await conectado(c);
  assert.deepEqual(await c.entrar('aura'), { ok: true });
  return c;
}

describe('quién entra', () => {
  test('sin sesión, con una inventada o con una cerrada no conecta', async () => {
    for (const cookie of [null, 'nora=s%3Ainventada.firma', `${ana.split('=')[0]}=s%3Aotra.x`]) {
      const c = conectar(cookie);
      const [error] = (await once(c.socket as never, 'connect_error')) as [Error];
      assert.equal(error.message, 'sin_sesion');
      assert.equal(c.socket.connected, false);
    }
  });

  test('el sondeo largo no existe: sólo websocket', async () => {
    const r = await fetch(`${n.url}/socket.io/?EIO=4&transport=polling`, { headers: { cookie: ana } });
    assert.equal(r.status, 400);
  });

  test('sólo entra a las salas de sus noras; ajena, desconocida o mal pedida se niegan igual', async () => {
    const c = await enAura();
    for (const nora of [
      'demo',
      'no_existe',
      'aura:chat',
      '*',
      '',
      { nombre: 'demo' },
      ['demo'],
      null,
      'x'.repeat(500),
    ]) {
      assert.deepEqual(await c.entrar(nora), { ok: false, motivo: 'sin_permiso' }, JSON.stringify(nora));
    }
  });
});

describe('qué le llega', () => {
  test('recibe lo de su nora y jamás lo de otra', async () => {
    const deAura = await enAura();
    const deDemo = conectar(dora);
    await conectado(deDemo);
    assert.deepEqual(await deDemo.entrar('demo'), { ok: true });
    assert.equal((await deDemo.entrar('aura')).ok, false);
    for (let i = 0; i < 3; i++) {
      await n.escribir({ de: ANA, para: AURA, cuerpo: `para aura ${i}` });
      await n.escribir({ de: ANA, para: DEMO, cuerpo: `para demo ${i}` });
    }
    await hasta(() => nuevosDe(deAura).length === 3 && nuevosDe(deDemo).length === 3, TOPE_MS);
    await n.reposo();
    const contactos = await n.sql<{ id: string; nombre_nora: string }>(
      'select id, nombre_nora from contactos',
    );
    const deNora = (nora: string) =>
      new Set(contactos.filter((k) => k.nombre_nora === nora).map((k) => k.id));
    for (const [cliente, nora] of [
      [deAura, 'aura'],
      [deDemo, 'demo'],
    ] as const) {
      const vistos = cliente.senales.flatMap((s) =>
        typeof s.datos['contacto_id'] === 'string' ? [s.datos['contacto_id']] : [],
      );
      assert.ok(vistos.length >= 3 && vistos.every((id) => deNora(nora).has(id)), nora);
    }
    const [salida] = await n.sql<{ estado: string }>(
      `select estado from historial_conversaciones where tipo = 'respuesta' limit 1`,
    );
    assert.ok(salida);
    assert.ok(deAura.senales.some((s) => s.evento === 'mensaje:estado'));
  });

  test('conectado sin pedir sala no recibe nada', async () => {
    const c = conectar(ana);
    await conectado(c);
    const testigo = await enAura();
    await n.escribir({ de: ANA, para: AURA, cuerpo: 'hola' });
    await hasta(() => nuevosDe(testigo).length === 1, TOPE_MS);
    assert.deepEqual(c.senales, []);
  });

  test('«escribiendo» llega a los compañeros y no a otra nora, aunque se pida', async () => {
    const yo = await enAura();
    const otra = await enAura();
    const deDemo = conectar(dora);
    await conectado(deDemo);
    await deDemo.entrar('demo');
    const contacto_id = '6f1c1c52-7f0c-4a53-8d0e-0f6c3f2a9b11';
    yo.socket.emit('escribiendo', { nora: 'demo', contacto_id });
    yo.socket.emit('escribiendo', { nora: 'aura', contacto_id: "'; drop table" });
    yo.socket.emit('escribiendo', { nora: 'aura', contacto_id });
    await hasta(() => otra.senales.length > 0, TOPE_MS);
    assert.deepEqual(otra.senales, [{ evento: 'escribiendo', datos: { contacto_id, quien: 'ana@aura.mx' } }]);
    assert.deepEqual(deDemo.senales, []);
  });

  test('tras perder la conexión vuelve a entrar y recibe lo siguiente, una sola vez', async () => {
    const c = await enAura();
    c.socket.on('connect', () => void c.entrar('aura'));
    for (const s of n.sockets.io.sockets.sockets.values()) s.conn.close();
    await desconectado(c);
    await hasta(() => c.socket.connected, TOPE_MS);
    const sala = () => n.sockets.io.sockets.adapter.rooms.get('nora:aura:chat')?.size ?? 0;
    await hasta(() => sala() === 1, TOPE_MS);
    await n.escribir({ de: ANA, para: AURA, cuerpo: 'después del corte' });
    await hasta(() => nuevosDe(c).length > 0, TOPE_MS);
    await n.reposo();
    assert.equal(nuevosDe(c).length, 1);
  });
});

describe('quién sale', () => {
  test('perder la membresía desconecta y no deja volver a entrar', async () => {
    const c = await enAura();
    const deDemo = conectar(dora);
    await conectado(deDemo);
    await deDemo.entrar('demo');
    await n.sql(`delete from usuarios_noras where usuario_id = $1`, [anaId]);
    await hasta(() => c.senales.some((s) => s.evento === 'fuera'), TOPE_MS);
    await desconectado(c);
    await hasta(async () => (await n.ctx.membresias.rolEn(anaId, 'aura')) === null);
    const otraVez = conectar(ana);
    await conectado(otraVez);
    assert.equal((await otraVez.entrar('aura')).ok, false);
    assert.equal(deDemo.socket.connected, true, 'a los demás no les pasa nada');
  });

  test('desactivar al usuario o cambiarle la clave cierra sus sockets', async () => {
    const c = await enAura();
    await n.sql(`update usuarios set activo = false where id = $1`, [anaId]);
    await desconectado(c);
    await n.sql(`update usuarios set activo = true where id = $1`, [anaId]);
    await hasta(async () => (await n.ctx.membresias.obtener(anaId)) !== null);
    const d = await enAura();
    const [fila] = await n.sql<{ clave_hash: string }>('select clave_hash from usuarios where id = $1', [
      anaId,
    ]);
    await n.sql(`update usuarios set clave_hash = clave_hash || 'x' where id = $1`, [anaId]);
    await desconectado(d);
    await n.sql(`update usuarios set clave_hash = $2 where id = $1`, [anaId, fila?.clave_hash]);
    await hasta(async () => (await n.ctx.membresias.obtener(anaId)) !== null);
  });

  test('revocar una sesión corta sus sockets al momento y no los de las demás de esa persona', async () => {
    const c = await enAura();
    const cookieOtra = await entrarComo('ana@aura.mx');
    const otra = conectar(cookieOtra);
    await conectado(otra);
    const pedir = async (ruta: string, metodo = 'GET') => {
      const cabeceras = { accept: 'application/json', cookie: cookieOtra };
      const { csrf } = (await (await fetch(`${n.url}/login`, { headers: cabeceras })).json()) as {
        csrf: string;
      };
      return fetch(n.url + ruta, { method: metodo, headers: { ...cabeceras, 'x-csrf-token': csrf } });
    };
    const { sesiones } = (await (await pedir('/cuenta')).json()) as {
      sesiones: { id: string; actual: boolean }[];
    };
    for (const s of sesiones.filter((x) => !x.actual))
      assert.equal((await pedir(`/cuenta/sesiones/${s.id}`, 'DELETE')).status, 200);
    await desconectado(c);
    assert.equal(otra.socket.connected, true);
    ana = cookieOtra;
  });

  test('suspender la nora desconecta a los suyos y no a los de otra', async () => {
    const c = await enAura();
    const deDemo = conectar(dora);
    await conectado(deDemo);
    await deDemo.entrar('demo');
    await n.sql(`update configuracion_bot set activo = false where nombre_nora = 'aura'`);
    await desconectado(c);
    assert.equal(deDemo.socket.connected, true);
    const otraVez = conectar(ana);
    await conectado(otraVez);
    assert.equal((await otraVez.entrar('aura')).ok, false);
  });

  test('apagar el módulo chat saca de su sala; encenderlo devuelve las señales', async () => {
    const c = await enAura();
    const { io: servidor } = n.sockets;
    const enSala = () => servidor.sockets.adapter.rooms.get('nora:aura:chat')?.size ?? 0;
    await hasta(() => enSala() === 1, TOPE_MS);
    await n.ctx.bd.servicio
      .rpc('cambiar_modulo', { p_nora: 'aura', p_modulo: 'chat', p_activo: false })
      .throwOnError();
    await hasta(() => enSala() === 0 && c.senales.some((s) => s.evento === 'nora:actualizada'), TOPE_MS);
    await n.escribir({ de: ANA, para: AURA, cuerpo: 'sin chat' });
    await n.reposo();
    assert.deepEqual(nuevosDe(c), []);
    await n.ctx.bd.servicio
      .rpc('cambiar_modulo', { p_nora: 'aura', p_modulo: 'chat', p_activo: true })
      .throwOnError();
    await hasta(() => enSala() === 1, TOPE_MS);
    await n.escribir({ de: ANA, para: AURA, cuerpo: 'con chat' });
    await hasta(() => nuevosDe(c).length === 1, TOPE_MS);
  });
});
