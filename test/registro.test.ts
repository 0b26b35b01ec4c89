import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type IRouter, Router } from 'express';
import { cifrar } from '../src/datos/cifrado.ts';
import { crearTablaDeRutas, guardarRutas } from '../src/noras/rutas.ts';
import { crearRegistroDinamico, type RegistroDinamico } from '../src/noras/registro_dinamico.ts';
import { conPuerta } from '../src/trabajos/puerta.ts';
import { abrirWeb, crearNora, crearUsuario, hasta, type Web } from './apoyo/web.ts';

let web: Web;

before(async () => {
  web = await abrirWeb();
});

after(() => web.cerrar());

function sql(texto: string, valores: unknown[] = []): Promise<unknown> {
  return web.ctx.bd.pool.query(texto, valores);
}

function enMenosDeUnSegundo(cumple: () => boolean): Promise<number> {
  return hasta(cumple, 1000);
}

test('una nora creada por otro proceso atiende en menos de un segundo, sin reiniciar', async () => {
  await crearUsuario(web.ctx, { correo: 'admin@ejemplo.mx', rol: 'admin' });
  const v = web.visitante();
  await v.entrar('admin@ejemplo.mx');
  assert.equal((await v.get('/panel_cliente/viva/chat/rapidas')).estado, 404);
  const p = { nombre_nora: 'viva', nombre_visible: 'Viva', numero_nora: '+526621110000', modulos: ['chat'] };
  await sql('select crear_nora($1::jsonb, null)', [JSON.stringify(p)]);
  await enMenosDeUnSegundo(() => web.ctx.registro.moduloActivo('viva', 'chat'));
  assert.equal(web.ctx.registro.buscarPorNumero('+526621110000')?.nombre_visible, 'Viva');
  assert.notEqual((await v.get('/panel_cliente/viva')).estado, 404);
});

test('encender, apagar, suspender, cambiar de número y borrar se ven al momento', async () => {
  const { registro } = web.ctx;
  await crearNora(web.ctx, 'cambiante', ['chat']);
  await sql(`select cambiar_modulo('cambiante', 'ads', true, null)`);
  await enMenosDeUnSegundo(() => registro.moduloActivo('cambiante', 'ads'));
  await sql(`select cambiar_modulo('cambiante', 'chat', false, null)`);
  await enMenosDeUnSegundo(() => !registro.moduloActivo('cambiante', 'chat'));
  await sql(`update configuracion_bot set numero_nora = '+526620000001' where nombre_nora = 'cambiante'`);
  await enMenosDeUnSegundo(() => registro.buscarPorNumero('+526620000001') !== null);
  await sql(`update configuracion_bot set numero_nora = '+526620000002' where nombre_nora = 'cambiante'`);
  await enMenosDeUnSegundo(() => registro.buscarPorNumero('+526620000002') !== null);
  assert.equal(registro.buscarPorNumero('+526620000001'), null);
  await sql(`update configuracion_bot set activo = false where nombre_nora = 'cambiante'`);
  await enMenosDeUnSegundo(() => registro.obtener('cambiante')?.activo === false);
  assert.equal(registro.moduloActivo('cambiante', 'ads'), false, 'suspendida no tiene módulos');
  await sql(`delete from configuracion_bot where nombre_nora = 'cambiante'`);
  await enMenosDeUnSegundo(() => registro.obtener('cambiante') === null);
  assert.equal(registro.buscarPorNumero('+526620000002'), null);
});

test('un trabajo encargado con la puerta abierta espera mientras se cierra y sigue al abrirse', async () => {
  const { registro } = web.ctx;
  await crearNora(web.ctx, 'trabajadora', ['contactos']);
  const hechos: unknown[] = [];
  const encargados: unknown[][] = [];
  const trabajos = {
    ...web.ctx.trabajos,
    encolar: (...e: unknown[]) => Promise.resolve(String(encargados.push(e))),
  };
  const tarea = conPuerta({ registro, trabajos }, 'contactos', {
    cola: 'una_cola',
    trabajar: (d) => Promise.resolve(void hechos.push(d)),
  });
  const datos = { nombre_nora: 'trabajadora', id: 'x' };
  await sql(`update configuracion_bot set activo = false where nombre_nora = 'trabajadora'`);
  await enMenosDeUnSegundo(() => !registro.moduloActivo('trabajadora', 'contactos'));
  await tarea.trabajar(datos);
  assert.deepEqual([hechos, encargados], [[], [['una_cola', datos, { enSegundos: 300 }]]]);
  await sql(`update configuracion_bot set activo = true where nombre_nora = 'trabajadora'`);
  await enMenosDeUnSegundo(() => registro.moduloActivo('trabajadora', 'contactos'));
  await tarea.trabajar(datos);
  assert.deepEqual(hechos, [datos]);
  await sql(`delete from configuracion_bot where nombre_nora = 'trabajadora'`);
  await enMenosDeUnSegundo(() => registro.obtener('trabajadora') === null);
  await tarea.trabajar(datos);
  assert.deepEqual([hechos.length, encargados.length], [1, 1], 'la de una nora borrada se olvida');
});

test('lo que cambió mientras no había conexión se ve al recuperarla', async () => {
  const { registro } = web.ctx;
  await crearNora(web.ctx, 'sorda', ['chat']);
  await sql(
    `do $$ begin
       perform pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'nora_avisos' and datname = current_database();
       update public.configuracion_bot set nombre_visible = 'Ya no sorda' where nombre_nora = 'sorda';
     end $$`,
  );
  await hasta(() => registro.obtener('sorda')?.nombre_visible === 'Ya no sorda', 5000);
});

test('las credenciales de Twilio que cambiaron sin conexión de avisos no se quedan viejas en memoria', async () => {
  const { llavero, config } = web.ctx;
  await crearNora(web.ctx, 'rotada', ['chat']);
  assert.equal(await llavero.deNora('rotada'), null);
  const cuenta = { accountSid: `AC${'7'.repeat(32)}`, authToken: 'nuevo' };
  await web.ctx.bd.pool.query(
    `with corte as (select pg_terminate_backend(pid) from pg_stat_activity
                     where application_name = 'nora_avisos' and datname = current_database())
     update public.configuracion_bot set credenciales_twilio = $1 where nombre_nora = 'rotada' and (select count(*) from corte) > 0`,
    [cifrar(config.secretos.cifrado, JSON.stringify(cuenta), 'twilio:rotada')],
  );
  await hasta(async () => (await llavero.deNora('rotada'))?.authToken === 'nuevo', 5000);
});

test('mil noras de golpe entran por páginas y en una sola relectura', async () => {
  const { registro } = web.ctx;
  let avisos = 0;
  const dejar = registro.alCambiar(() => void avisos++);
  await sql(
    `with n as (insert into configuracion_bot (nombre_nora, nombre_visible) select 'mil-' || i, 'Mil ' || i from generate_series(1, 1000) i returning nombre_nora)
     insert into modulos_disponibles (nombre_nora, modulo, activo) select nombre_nora, 'chat', true from n`,
  );
  await hasta(() => registro.moduloActivo('mil-1000', 'chat'), 3000);
  assert.ok(avisos < 20, `${avisos} relecturas`);
  dejar();
  const aparte = crearRegistroDinamico(web.ctx, { pagina: 300 });
  await aparte.iniciar();
  assert.deepEqual(nombresDe(aparte), nombresDe(registro));
  // Lo leído por páginas es lo mismo que da leer la nora sola, con módulos apagados o sin ninguno.
  await sql(`update modulos_disponibles set activo = false where nombre_nora = 'mil-7'`);
  await sql(`delete from modulos_disponibles where nombre_nora = 'mil-8'`);
  await aparte.resincronizar();
  for (const nombre of ['viva', 'mil-6', 'mil-7', 'mil-8', 'mil-300', 'mil-999']) {
    const deLaPagina = aparte.obtener(nombre);
    await aparte.refrescar(nombre);
    assert.deepEqual(aparte.obtener(nombre), deLaPagina, nombre);
  }
  assert.deepEqual([...(aparte.obtener('mil-6')?.modulos ?? [])], ['chat']);
  assert.equal(aparte.obtener('mil-7')?.modulos.size, 0);
  await aparte.cerrar();
  await sql(`delete from configuracion_bot where nombre_nora like 'mil-%'`);
  await hasta(() => registro.obtener('mil-1') === null, 3000);
});

function nombresDe(registro: RegistroDinamico): string[] {
  return [...registro.noras()].map((n) => n.nombre_nora).sort();
}

test('con la base caída el registro conserva lo último y se repone después', async () => {
  let falla = false;
  const servicio = new Proxy(web.ctx.bd.servicio, {
    get(bd, campo) {
      if (campo === 'rpc' && falla) throw new Error('sin base');
      const valor: unknown = Reflect.get(bd, campo);
      return typeof valor === 'function' ? valor.bind(bd) : valor;
    },
  });
  const log = { warn() {}, info() {} };
  const registro = crearRegistroDinamico({ bd: { ...web.ctx.bd, servicio }, log }, { reintentoMs: 20 });
  await registro.iniciar();
  falla = true;
  await sql(`update configuracion_bot set nombre_visible = 'Otra' where nombre_nora = 'viva'`);
  await hasta(() => registro.estado().pendientes > 0);
  assert.equal(registro.obtener('viva')?.nombre_visible, 'Viva');
  falla = false;
  await hasta(() => registro.obtener('viva')?.nombre_visible === 'Otra');
  await registro.cerrar();
});

test('una ruta repetida no deja arrancar y se nombra a los dos módulos', () => {
  const tabla = crearTablaDeRutas();
  const uno = Router();
  uno.get('/a/:id', () => {});
  const otro = Router();
  const dentro = Router();
  dentro.get('/:contacto', () => {});
  otro.use('/a', dentro);
  tabla.registrarBlueprint({ nombre: 'panel_uno_bp', prefijo: '/p' }, uno);
  assert.throws(
    () => tabla.registrarBlueprint({ nombre: 'panel_otro_bp', prefijo: '/p' }, otro),
    /GET \/p\/a\/:contacto.*panel_uno_bp y panel_otro_bp/,
  );
  const misma = Router();
  misma.post('/x', () => {});
  misma.route('/x').post(() => {});
  assert.throws(
    () => tabla.registrarBlueprint({ nombre: 'panel_x_bp', prefijo: '/p' }, misma),
    /dos veces panel_x_bp/,
  );
  const oculta = Router();
  oculta.get(/^\/secreta/, () => {});
  assert.throws(
    () => tabla.registrarBlueprint({ nombre: 'panel_y_bp', prefijo: '/p' }, oculta),
    /no es texto/,
  );
});

test('la tabla de rutas es el espejo exacto de lo que Express tiene montado', () => {
  const { router } = web.app as unknown as { router: IRouter };
  const aparte = crearTablaDeRutas();
  aparte.registrarBlueprint({ nombre: 'todo', prefijo: '/' }, router);
  const llaves = (tabla: ReturnType<typeof crearTablaDeRutas>) =>
    tabla
      .lista()
      .map((r) => `${r.metodo} ${r.ruta}`)
      .sort();
  assert.deepEqual(llaves(web.rutas), llaves(aparte));
  assert.ok(llaves(web.rutas).includes('GET /panel_cliente/:nombre_nora/chat'));
});

test('rutas_registradas tiene una fila por ruta, nora activa y módulo activo', async () => {
  await sql('delete from configuracion_bot');
  await crearNora(web.ctx, 'con', ['chat']);
  await crearNora(web.ctx, 'sin', []);
  await crearNora(web.ctx, 'suspendida', ['chat']);
  await sql(`update configuracion_bot set activo = false where nombre_nora = 'suspendida'`);
  await guardarRutas(web.ctx.bd.servicio, web.rutas);
  const plantillas = web.rutas.lista();
  const esperadas = ['con', 'sin'].flatMap((nora) =>
    plantillas
      .filter((p) => p.por_nora && (p.modulo === null || (nora === 'con' && p.modulo === 'chat')))
      .map((p) => `${nora} ${p.metodo} ${p.ruta.replace(':nombre_nora', nora)} ${p.blueprint}`),
  );
  const { rows } = await web.ctx.bd.pool.query<{ fila: string }>(
    `select nombre_nora || ' ' || metodo || ' ' || ruta || ' ' || blueprint as fila from rutas_registradas where nombre_nora is not null`,
  );
  assert.deepEqual(rows.map((r) => r.fila).sort(), esperadas.sort());
  const { rows: globales } = await web.ctx.bd.pool.query(
    'select 1 from rutas_registradas where nombre_nora is null',
  );
  assert.equal(globales.length, plantillas.filter((p) => !p.por_nora).length);
});
