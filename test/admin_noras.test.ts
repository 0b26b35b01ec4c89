import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { aplicarRetencion } from '../src/admin/tareas.ts';
import { mandarAvisos, revisarAvisos } from '../src/admin/avisos.ts';
import { diagnosticar } from '../src/admin/diagnostico.ts';
import { cifrar } from '../src/datos/cifrado.ts';
import { DEMO } from '../src/demo/datos.ts';
import { sembrar } from '../src/demo/sembrar.ts';
import type { Correo, MensajeCorreo } from '../src/integraciones/correo.ts';
import { abrirWeb, crearNora, crearUsuario, type Visitante, type Web } from './apoyo/web.ts';

let web: Web;
let admin: Visitante;
const TOKEN = 'un-token-de-metricas-largo';
const AC = `AC${'a'.repeat(32)}`;

before(async () => {
  web = await abrirWeb({ NORA_DEMO: '0', METRICAS_TOKEN: TOKEN });
  assert.equal(await sembrar(web.ctx.bd, DEMO), true);
  await web.ctx.registro.resincronizar();
  await crearUsuario(web.ctx, { correo: 'admin@x.mx', rol: 'admin' });
  admin = web.visitante();
  await admin.entrar('admin@x.mx');
});
after(() => web.cerrar());

async function sql<T>(texto: string, valores: unknown[] = []): Promise<T[]> {
  return (await web.ctx.bd.pool.query(texto, valores)).rows as T[];
}

test('el tablero da lo mismo que contar a mano, antes y después de cerrar los días', async () => {
  const contar = async () => {
    const [r] = await sql<Record<string, number>>(`
      select (count(*) filter (where h.autor = 'contacto' and h.fecha_hora > now() - interval '24 hours'))::int dia_recibidos,
             (count(*) filter (where h.autor = 'ia' and h.fecha_hora > now() - interval '24 hours'))::int dia_ia,
             (count(*) filter (where h.autor = 'contacto' and d.desde <= h.fecha_hora))::int mes_recibidos, (count(*) filter (where h.autor = 'ia' and d.desde <= h.fecha_hora))::int mes_ia,
             (count(*) filter (where h.autor = 'humano' and d.desde <= h.fecha_hora))::int mes_humanos, (count(*) filter (where h.estado in ('fallido', 'incierto') and d.desde <= h.fecha_hora))::int mes_fallidos
        from historial_conversaciones h join configuracion_bot b on b.nombre_nora = h.nombre_nora
        cross join lateral (select ((now() at time zone b.zona_horaria)::date - 29)::timestamp at time zone b.zona_horaria desde) d`);
    const [e] = await sql<{ n: number }>(
      'select count(*)::int n from contactos where espera_humano_desde is not null',
    );
    return { ...r, esperan: e?.n } as Record<string, number | undefined>;
  };
  const leer = async () => {
    const t = (await admin.get('/admin/dashboard')).json as unknown as {
      dia: Record<string, number>;
      mes: Record<string, number>;
      esperan: number;
      noras: Record<string, number>;
      lista: { nombre_nora: string; recibidos_30: number }[];
    };
    assert.equal(
      t.lista.reduce((n, x) => n + x.recibidos_30, 0),
      t.mes['recibidos'],
      'la lista suma el total',
    );
    return {
      dia_recibidos: t.dia['recibidos'],
      dia_ia: t.dia['ia'],
      mes_recibidos: t.mes['recibidos'],
      mes_ia: t.mes['ia'],
      mes_humanos: t.mes['humanos'],
      mes_fallidos: t.mes['fallidos'],
      esperan: t.esperan,
    };
  };
  const esperado = await contar();
  assert.ok((esperado['mes_recibidos'] as number) > 50);
  assert.deepEqual(await leer(), esperado);
  await web.ctx.bd.servicio.rpc('cerrar_dias', { p_desde: '', p_n: 100 }).throwOnError();
  assert.deepEqual(await leer(), esperado, 'con los días cerrados');
  // Un aviso de Twilio que llega tarde cambia un día ya cerrado.
  await sql(
    `update historial_conversaciones set estado = 'fallido' where id = (select id from historial_conversaciones where autor = 'ia' and fecha_hora < now() - interval '3 days' order by fecha_hora desc limit 1)`,
  );
  assert.deepEqual(await leer(), await contar(), 'con un fallo que se supo después');
});

test('cada estado lleva a su lista, y el costo usa el precio de cada modelo', async () => {
  await sql(
    `insert into consumo_modelos (nombre_nora, dia, modelo, uso, tokens_entrada, tokens_salida, llamadas) values ('aura', (now() at time zone 'America/Hermosillo')::date, 'gpt-5-mini-2025-08-07', 'respuestas', 1000000, 500000, 3)`,
  );
  const t = (await admin.get('/admin/dashboard')).json as unknown as {
    dia: { costo: number };
    noras: Record<string, number>;
  };
  assert.equal(Number(t.dia.costo), 0.25 + 1);
  const { medida } = (await admin.get('/admin/noras/aura')).json as { medida: { costo_hoy: number } };
  assert.equal(Number(medida.costo_hoy), 0.25 + 1, 'la ficha dice lo mismo');
  for (const [estado, clave] of [
    ['activa', 'activas'],
    ['callada', 'calladas'],
    ['fallando', 'fallando'],
    ['suspendida', 'suspendidas'],
    ['esperando', 'esperando'],
  ] as const) {
    const { total } = (await admin.get(`/admin/noras?estado=${estado}`)).json as { total: number };
    assert.equal(total, t.noras[clave], estado);
  }
});

test('cada cifra del tablero lleva a una lista que suma lo mismo, página por página', async () => {
  await sql(
    `with u as (select id from historial_conversaciones where autor = 'ia' order by fecha_hora desc limit 3),
          v as (select id from historial_conversaciones where autor = 'ia' and fecha_hora < now() - interval '2 days' order by fecha_hora desc limit 60)
     update historial_conversaciones h set estado = 'fallido', error_detalle = 'No salió' from (select id from u union all select id from v) x where x.id = h.id`,
  );
  await sql(
    `insert into contactos (nombre_nora, telefono, espera_humano_desde) select 'aura', '+5266277700' || lpad(i::text, 2, '0'), now() - interval '1 hour' from generate_series(1, 60) i`,
  );
  type Sumas = Record<
    'recibidos' | 'ia' | 'automaticas' | 'humanos' | 'envios' | 'fallidos' | 'tokens',
    number
  >;
  const t = (await admin.get('/admin/dashboard')).json as unknown as {
    dia: Sumas;
    mes: Sumas;
    esperan: number;
  };
  /** Todas las páginas de una lista, siguiendo su liga. */
  const recorrer = async (ruta: string) => {
    const filas: { id?: string; nombre_nora: string; valor?: number }[] = [];
    for (let sigue: string | null = ruta, total = -1, cuantas = -1; ; ) {
      const r = (await admin.get(sigue)).json as unknown as {
        filas: typeof filas;
        siguiente: string | null;
        total: number;
        cuantas: number;
      };
      filas.push(...r.filas);
      ({ siguiente: sigue, total, cuantas } = r);
      if (!sigue) return { filas, total, cuantas };
      assert.ok(filas.length < 1000, 'se repite la misma página');
    }
  };
  for (const [periodo, s] of [
    ['24', t.dia],
    ['30', t.mes],
  ] as const) {
    for (const [orden, esperado] of [
      ['recibidos', s.recibidos],
      ['salen', s.ia + s.automaticas + s.humanos + s.envios],
      ['ia', s.ia],
      ['fallidos', s.fallidos],
    ] as const) {
      const { filas, cuantas } = await recorrer(`/admin/cifras?periodo=${periodo}&orden=${orden}`);
      assert.equal(
        filas.reduce((n, f) => n + Number(f.valor), 0),
        esperado,
        `${orden} ${periodo}`,
      );
      assert.equal(filas.length, cuantas);
      assert.deepEqual(
        filas.map((f) => f.valor),
        filas.map((f) => f.valor).sort((a, b) => Number(b) - Number(a)),
      );
    }
    const fallidos = await recorrer(`/admin/fallidos?periodo=${periodo}`);
    assert.ok(s.fallidos >= 3);
    assert.equal(fallidos.total, s.fallidos);
    assert.equal(new Set(fallidos.filas.map((f) => f.id)).size, s.fallidos);
  }
  assert.ok(t.mes.fallidos > 50 && t.esperan > 50, 'hay más de una página');
  const esperando = await recorrer('/admin/esperando');
  assert.equal(esperando.total, t.esperan);
  assert.equal(new Set(esperando.filas.map((f) => f.id)).size, t.esperan);
  const deAura = await recorrer('/admin/esperando?nora=aura');
  assert.ok(deAura.filas.length >= 60 && deAura.filas.every((f) => f.nombre_nora === 'aura'));
  // La persona se abre en su chat mientras ese chat se puede abrir.
  const html = async () => (await admin.get('/admin/esperando?nora=demo', { accept: 'text/html' })).texto;
  assert.match(await html(), /href="\/panel_cliente\/demo\/chat\//);
  await admin.post('/admin/noras/demo/suspension');
  assert.doesNotMatch(await html(), /href="\/panel_cliente\/demo\/chat\//);
  await admin.borrar('/admin/noras/demo/suspension');
  const pagina = await admin.get('/admin/cifras?periodo=24&orden=ia', { accept: 'text/html' });
  assert.match(pagina.texto, /Respuestas de la IA/);
  assert.match(pagina.texto, new RegExp(`<b>${t.dia.ia}</b>`), 'el pie dice la cifra del tablero');
});

test('el alta crea la nora con su giro, invita al dueño y da las direcciones de Twilio', async () => {
  const r = await admin.post('/admin/noras', {
    nombre_nora: 'salon',
    nombre_visible: 'Salón',
    giro: 'belleza',
    correo_dueno: 'duena@salon.mx',
    modulos: ['chat', 'ia'],
  });
  assert.equal(r.estado, 201, r.texto);
  const { invitacion, urls } = r.json as {
    invitacion: { liga: string };
    urls: { webhook: string; respaldo: string };
  };
  assert.match(invitacion.liga, /\/invitacion\?t=/);
  assert.match(urls.webhook, /\/webhook#rc=3&rp=all$/);
  const [n] = await sql<{ personalidad: string; n: number }>(
    `select personalidad, (select count(*)::int from modulos_disponibles m where m.nombre_nora = b.nombre_nora) n from configuracion_bot b where nombre_nora = 'salon'`,
  );
  assert.match(n?.personalidad ?? '', /recepcionista/);
  assert.equal(n?.n, 10);
  const html = await admin.post(
    '/admin/noras',
    { nombre_nora: 'salon2', nombre_visible: 'Salón 2', correo_dueno: 'duena@salon.mx' },
    { accept: 'text/html' },
  );
  assert.equal(html.estado, 200);
  assert.match(html.texto, /rc=3&amp;rp=all/);
  assert.match(html.texto, /invitacion\?t=/);
});

test('las credenciales se prueban antes de guardarse, quedan cifradas para esa nora y enmascaradas', async () => {
  const estado = web.ctx.whatsapp.estado;
  const pedidas: unknown[] = [];
  web.ctx.whatsapp.estado = (c) => {
    pedidas.push(c);
    const ok = c?.authToken === 'token-que-si-sirve';
    return Promise.resolve({
      ok,
      detalle: ok ? 'Conectada.' : 'Twilio no aceptó el token.',
      revisado: new Date(),
      simulado: false,
    });
  };
  try {
    const malo = await admin.post('/admin/noras/salon/credenciales', {
      account_sid: AC,
      auth_token: 'token-que-no-sirve',
    });
    assert.equal(malo.estado, 422);
    assert.equal(
      (
        await sql<{ c: string | null }>(
          `select credenciales_twilio c from configuracion_bot where nombre_nora = 'salon'`,
        )
      )[0]?.c,
      null,
    );
    assert.equal(
      (
        await admin.post('/admin/noras/salon/credenciales', {
          account_sid: AC,
          auth_token: 'token-que-si-sirve',
        })
      ).estado,
      200,
    );
    assert.equal(pedidas.length, 2);
    const [fila] = await sql<{ c: string }>(
      `select credenciales_twilio c from configuracion_bot where nombre_nora = 'salon'`,
    );
    assert.match(fila?.c ?? '', /^v1:/);
    assert.deepEqual(await web.ctx.llavero.deNora('salon'), {
      accountSid: AC,
      authToken: 'token-que-si-sirve',
    });
    await sql(`update configuracion_bot set credenciales_twilio = $1 where nombre_nora = 'salon2'`, [
      fila?.c,
    ]);
    await web.ctx.registro.refrescar('salon2');
    await assert.rejects(web.ctx.llavero.deNora('salon2'), 'copiadas a otra nora no abren');
    const ficha = await admin.get('/admin/noras/salon', { accept: 'text/html' });
    assert.match(ficha.texto, /ACaa…aaaa/);
    for (const texto of [
      ficha.texto,
      JSON.stringify(await sql(`select * from auditoria where nombre_nora = 'salon'`)),
    ])
      assert.doesNotMatch(texto, new RegExp(`token-que-si-sirve|${AC}`));
    assert.equal((await admin.borrar('/admin/noras/salon/credenciales')).estado, 200);
    assert.equal(await web.ctx.llavero.deNora('salon'), null);
  } finally {
    web.ctx.whatsapp.estado = estado;
  }
});

test('recibir con otra cuenta de Twilio estrena el número; cambiar sólo el token, no', async () => {
  const { estado } = web.ctx.whatsapp;
  web.ctx.whatsapp.estado = () =>
    Promise.resolve({ ok: true, detalle: 'Conectada.', revisado: new Date(), simulado: false });
  const VIEJO = '2026-01-02T03:04:05Z';
  const desde = async () =>
    (
      await sql<{ d: Date | null }>(
        `select numero_desde d from configuracion_bot where nombre_nora = 'estrena'`,
      )
    )[0]?.d?.getTime() ?? null;
  const envejecer = () =>
    sql(`update configuracion_bot set numero_desde = $1 where nombre_nora = 'estrena'`, [VIEJO]);
  const poner = async (account_sid: string, auth_token: string) =>
    assert.equal(
      (await admin.post('/admin/noras/estrena/credenciales', { account_sid, auth_token })).estado,
      200,
    );
  try {
    const alta = { nombre_nora: 'estrena', nombre_visible: 'Estrena', numero_nora: '+526620009911' };
    assert.equal((await admin.post('/admin/noras', alta)).estado, 201);
    assert.ok(Date.now() - ((await desde()) ?? 0) < 60_000, 'recién dada de alta');
    await envejecer();
    await poner(AC, 'el-primer-token-largo');
    assert.ok(Date.now() - ((await desde()) ?? 0) < 60_000, 'otra cuenta');
    await envejecer();
    await poner(AC, 'el-segundo-token-largo');
    assert.equal(await desde(), Date.parse(VIEJO), 'la misma cuenta');
    await admin.post('/admin/noras/estrena', { ...alta, nombre_visible: 'Otro nombre' });
    assert.equal(await desde(), Date.parse(VIEJO), 'otro dato');
    assert.equal((await admin.borrar('/admin/noras/estrena/credenciales')).estado, 200);
    assert.ok(Date.now() - ((await desde()) ?? 0) < 60_000, 'de vuelta a la general');
    await sql(`update configuracion_bot set numero_nora = null where nombre_nora = 'estrena'`);
    assert.equal(await desde(), null, 'sin número');
  } finally {
    web.ctx.whatsapp.estado = estado;
  }
});

test('un paquete deja a las noras elegidas con exactamente sus módulos y queda auditado', async () => {
  assert.equal(
    (await admin.post('/admin/paquetes', { nombre: 'Básico', modulos: ['chat', 'contactos'] })).estado,
    201,
  );
  assert.equal((await admin.post('/admin/paquetes', { nombre: 'básico', modulos: ['chat'] })).estado, 409);
  const { paquetes } = (await admin.get('/admin/modulos')).json as { paquetes: { id: string }[] };
  const r = await admin.post(`/admin/paquetes/${paquetes[0]?.id}/noras`, { noras: ['salon', 'salon2'] });
  assert.equal(r.estado, 200, r.texto);
  for (const n of ['salon', 'salon2']) {
    const activos = await sql<{ modulo: string }>(
      'select modulo from modulos_disponibles where nombre_nora = $1 and activo order by 1',
      [n],
    );
    assert.deepEqual(
      activos.map((a) => a.modulo),
      ['chat', 'contactos'],
      n,
    );
    assert.equal(web.ctx.registro.moduloActivo(n, 'ia'), false);
  }
  const [a] = await sql<{ n: number }>(
    `select count(*)::int n from auditoria where nombre_nora = 'salon' and entidad = 'modulo ia' and accion = 'desactivar'`,
  );
  assert.equal(a?.n, 1);
});

test('un paquete sin nombre o repetido se dice junto a su campo sin perder lo escrito, y sin noras no se aplica', async () => {
  const html = { accept: 'text/html' };
  await admin.post('/admin/paquetes', { nombre: 'Único', modulos: ['chat'] });
  const repetido = await admin.post('/admin/paquetes', { nombre: 'Único', modulos: ['chat', 'ia'] }, html);
  assert.equal(repetido.estado, 409);
  assert.match(repetido.texto, /Ya hay uno con ese nombre/);
  const nuevo = /id="paquete_nuevo"[^]*?<\/form>/.exec(repetido.texto)?.[0] ?? '';
  assert.match(nuevo, /value="Único"/);
  assert.match(nuevo, /value="ia" checked/);
  const vacio = await admin.post('/admin/paquetes', { nombre: '', modulos: 'tareas' }, html);
  assert.equal(vacio.estado, 422);
  assert.match(vacio.texto, /Escribe un nombre/);
  const [p] = await sql<{ id: string }>(`select id from paquetes where nombre = 'Único'`);
  const sin = await admin.post(`/admin/paquetes/${p?.id}/noras`, {}, html);
  assert.equal(sin.estado, 303);
  assert.match((await admin.get('/admin/modulos', html)).texto, /Elige arriba al menos una nora/);
});

test('el rol se cambia en la ficha de la nora y en Usuarios, y surte efecto al momento', async () => {
  const html = { accept: 'text/html' };
  const id = await crearUsuario(web.ctx, { correo: 'cambia@x.mx', noras: { aura: 'agente' } });
  const persona = web.visitante();
  await persona.entrar('cambia@x.mx');
  assert.equal((await persona.get('/panel_cliente/aura/equipo')).estado, 404);
  const ficha = (await admin.get('/admin/noras/aura', html)).texto;
  assert.match(ficha, new RegExp(`equipo/${id}"[^]*?name="rol" value="dueno"`));
  await admin.post(`/admin/noras/aura/equipo/${id}`, { rol: 'dueno' }, html);
  assert.equal((await persona.get('/panel_cliente/aura/equipo')).estado, 200);
  assert.match((await admin.get('/admin/usuarios?q=cambia', html)).texto, /Hacer admin/);
  await admin.post(`/admin/usuarios/${id}`, { rol: 'admin' }, html);
  assert.equal((await persona.get('/admin/dashboard')).estado, 200);
  await admin.post(`/admin/usuarios/${id}`, { rol: 'cliente' }, html);
  assert.equal((await persona.get('/admin/dashboard')).estado, 404);
  const acciones = await sql<{ antes: { rol: string }; despues: { rol: string } }>(
    `select antes, despues from auditoria where entidad = 'usuario cambia@x.mx' order by cuando`,
  );
  assert.deepEqual(
    acciones.map((a) => `${a.antes.rol} ${a.despues.rol}`),
    ['cliente admin', 'admin cliente'],
  );
});

test('los errores se juntan, se resuelven, se reabren solos y se exportan sin fórmulas', async () => {
  const registrar = (n: number) =>
    web.ctx.registrarError('Twilio', `=falla con el número ${n}`, 'aura', 'prueba');
  await registrar(1);
  await registrar(2);
  type Lista = { errores: { id: string; veces: number; reaperturas: number }[]; abiertos: number };
  const lista = async (extra = '') =>
    (await admin.get(`/admin/debug?nora=aura&tipo=Twilio&q=FALLA${extra}`)).json as unknown as Lista;
  const uno = (await lista()).errores;
  assert.deepEqual(
    uno.map((e) => e.veces),
    [2],
  );
  assert.equal(
    (await admin.post('/admin/debug/resueltos', { ids: [uno[0]?.id ?? ''] })).json['cambiados'],
    1,
  );
  assert.equal((await lista()).errores.length, 0);
  assert.equal((await lista('&resuelto=si')).errores.length, 1);
  // El botón de su renglón lo reabre y lo vuelve a resolver aunque haya otros marcados; sin elegir nada se dice.
  const suyo = { uno: uno[0]?.id ?? '', ids: ['00000000-0000-4000-8000-000000000000'] };
  assert.equal((await admin.post('/admin/debug/abiertos', suyo)).json['cambiados'], 1);
  assert.equal((await lista()).errores.length, 1);
  assert.equal((await admin.post('/admin/debug/resueltos', suyo)).json['cambiados'], 1);
  assert.equal((await admin.post('/admin/debug/resueltos', {})).estado, 422);
  const nadie = await admin.post('/admin/debug/resueltos', {}, { accept: 'text/html' });
  assert.equal(nadie.cabeceras.get('location'), '/admin/debug');
  await registrar(3);
  const otra = (await lista()).errores;
  assert.deepEqual(
    otra.map((e) => [e.id, e.veces, e.reaperturas]),
    [[uno[0]?.id, 3, 1]],
    'es el mismo, reabierto',
  );
  const csv = await admin.get('/admin/debug/csv?nora=aura');
  assert.match(csv.texto, /Twilio,aura,prueba,3/);
  assert.doesNotMatch(csv.texto, /(^|,)=falla/m);
});

test('la auditoría dice antes y después, se filtra y se exporta', async () => {
  await admin.post('/admin/noras/salon', {
    nombre_visible: 'Salón Nuevo',
    numero_nora: '',
    limite_espera_min: '30',
  });
  type Filas = {
    filas: { quien: string; antes: Record<string, unknown>; despues: Record<string, unknown> }[];
  };
  const { filas } = (await admin.get('/admin/auditoria?nora=salon&accion=actualizar'))
    .json as unknown as Filas;
  assert.deepEqual(filas[0]?.antes, { nombre_visible: 'Salón', limite_espera_min: 15 });
  assert.deepEqual(filas[0]?.despues, { nombre_visible: 'Salón Nuevo', limite_espera_min: 30 });
  assert.equal(filas[0]?.quien, 'admin@x.mx');
  assert.equal(((await admin.get('/admin/auditoria?q=nada-asi')).json as unknown as Filas).filas.length, 0);
  assert.match((await admin.get('/admin/auditoria/csv?nora=salon')).texto, /Salón Nuevo/);
});

test('la retención se ensaya sin borrar y aplica archivos y mensajes viejos, no los de una regla', async () => {
  const [h] = await sql<{ id: string }>(
    `update historial_conversaciones set fecha_hora = now() - interval '40 days' where id = (select id from historial_conversaciones where nombre_nora = 'aura' order by fecha_hora limit 1) returning id`,
  );
  const poner = async (historial: string | null) => {
    const id = randomUUID();
    const { ruta } = await web.ctx.adjuntos.guardar(Buffer.from('x'), {
      nombre_nora: 'aura',
      id,
      tipo: 'image/png',
    });
    await sql(
      `insert into adjuntos (id, nombre_nora, historial_id, tipo, ruta, bytes, estado, created_at) values ($1, 'aura', $2, 'image/png', $3, 1, 'listo', now() - interval '40 days')`,
      [id, historial, ruta],
    );
    return ruta;
  };
  const [viejo, deRegla] = [await poner(h?.id ?? ''), await poner(null)];
  const ensayo = await admin.get(
    '/admin/noras/aura/retencion?retencion_mensajes_dias=30&retencion_media_dias=',
  );
  assert.deepEqual(ensayo.json, { mensajes: 1, archivos: 1, bytes: 1 });
  assert.equal(
    (await admin.post('/admin/noras/aura/retencion', { retencion_mensajes_dias: '3' })).estado,
    422,
  );
  await aplicarRetencion(web.ctx);
  assert.equal(
    (await sql(`select from historial_conversaciones where id = $1`, [h?.id])).length,
    1,
    'sin política no se borra nada',
  );
  assert.equal(
    (
      await admin.post('/admin/noras/aura/retencion', {
        retencion_mensajes_dias: '30',
        retencion_media_dias: '',
      })
    ).estado,
    200,
  );
  await aplicarRetencion(web.ctx);
  assert.equal((await sql(`select from historial_conversaciones where id = $1`, [h?.id])).length, 0);
  await assert.rejects(web.ctx.adjuntos.leer(viejo));
  (await web.ctx.adjuntos.leer(deRegla)).destroy();
});

test('un incidente avisa una vez por persona, respeta lo que cada quien eligió y avisa al resolverse', async () => {
  await crearNora(web.ctx, 'avisada', ['chat']);
  await crearUsuario(web.ctx, { correo: 'jefa@x.mx', noras: { avisada: 'dueno' } });
  const no = await crearUsuario(web.ctx, { correo: 'callado@x.mx', noras: { avisada: 'dueno' } });
  await sql(`update usuarios set avisos = '{"espera": false}' where id = $1`, [no]);
  await sql(
    `insert into contactos (nombre_nora, telefono, espera_humano_desde) values ('avisada', '+526621110000', now() - interval '16 minutes')`,
  );
  const mandados: MensajeCorreo[] = [];
  const correo: Correo = {
    enviar: (m) => {
      mandados.push(m);
      return Promise.resolve({ ok: true });
    },
    estado: () => Promise.resolve({ ok: true }),
  };
  const ctx = {
    ...web.ctx,
    correo,
    trabajos: { ...web.ctx.trabajos, encolar: () => Promise.resolve(null) },
  };
  const vuelta = async () => {
    await revisarAvisos(ctx);
    await mandarAvisos(ctx);
    return mandados.filter((m) => m.asunto.includes('Nora avisada')).map((m) => `${m.para}: ${m.asunto}`);
  };
  assert.deepEqual(await vuelta(), ['jefa@x.mx: Esperan más de lo permitido en Nora avisada']);
  assert.equal((await vuelta()).length, 1, 'repetir la revisión y los encargos no repite el correo');
  await sql(`update contactos set espera_humano_desde = null where nombre_nora = 'avisada'`);
  assert.deepEqual((await vuelta()).slice(1), [
    'jefa@x.mx: Resuelto: esperan más de lo permitido en Nora avisada',
  ]);
});

test('cada clase de problema abre un incidente, no se repite y se cierra al componerse', async () => {
  await crearNora(web.ctx, 'mal', ['chat', 'ia']);
  const credenciales = cifrar(
    web.ctx.config.secretos.cifrado,
    '{"accountSid":"ACx","authToken":"t"}',
    'twilio:mal',
  );
  await sql(
    `update configuracion_bot set tope_tokens_dia = 100, credenciales_twilio = $1 where nombre_nora = 'mal'`,
    [credenciales],
  );
  await web.ctx.registro.refrescar('mal');
  await sql(
    `insert into consumo_ia (nombre_nora, dia, tokens_entrada) select 'mal', (now() at time zone zona_horaria)::date, 100 from configuracion_bot where nombre_nora = 'mal'`,
  );
  await sql(
    `with k as (insert into contactos (nombre_nora, telefono, espera_humano_desde) values ('mal', '+526621119999', now() - interval '2 hours') returning id)
     insert into historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, origen, autor, estado)
     select 'mal', k.id, '+526621119999', 'x', 'respuesta', '+526620000000', 'ia', 'fallido' from k, generate_series(1, 3)`,
  );
  let contesta = false;
  const estado = (c: unknown) =>
    Promise.resolve(
      c === null || contesta ? { ok: true, detalle: 'bien' } : { ok: false, detalle: 'Cuenta suspendida' },
    );
  const ctx = { ...web.ctx, whatsapp: { ...web.ctx.whatsapp, estado } };
  const incidentes = () =>
    sql<{ clase: string; detalle: string; abierto: boolean }>(
      `select clase, detalle, cerrado is null abierto from incidentes where nombre_nora = 'mal' order by clase`,
    );
  await revisarAvisos(ctx as typeof web.ctx);
  await revisarAvisos(ctx as typeof web.ctx);
  const abiertos = await incidentes();
  assert.deepEqual(
    abiertos.map((i) => `${i.clase} ${i.abierto}`),
    ['espera true', 'fallidos true', 'integracion true', 'tope true'],
  );
  assert.match(abiertos[2]?.detalle ?? '', /Cuenta suspendida/);
  // Se ven en el tablero y, compuesto todo, se cierran los cuatro.
  assert.match((await admin.get('/admin/dashboard', { accept: 'text/html' })).texto, /Tope de IA agotado/);
  contesta = true;
  await sql(`update contactos set espera_humano_desde = null where nombre_nora = 'mal'`);
  await sql(`update historial_conversaciones set estado = 'entregado' where nombre_nora = 'mal'`);
  await sql(`update configuracion_bot set tope_tokens_dia = 5000 where nombre_nora = 'mal'`);
  await revisarAvisos(ctx as typeof web.ctx);
  assert.ok((await incidentes()).every((i) => !i.abierto));
  await admin.post('/admin/noras/mal/suspension');
});

test('un tropiezo de una conexión no es un incidente, y si falla el proveedor es uno y no uno por nora', async () => {
  const noras = ['prop1', 'prop2', 'prop3', 'prop4', 'prop5', 'prop6'];
  for (const nora of noras) {
    await crearNora(web.ctx, nora, ['chat']);
    await sql(`update configuracion_bot set credenciales_twilio = $2 where nombre_nora = $1`, [
      nora,
      cifrar(
        web.ctx.config.secretos.cifrado,
        JSON.stringify({ accountSid: `AC${nora}`, authToken: 't' }),
        `twilio:${nora}`,
      ),
    ]);
    await web.ctx.registro.refrescar(nora);
  }
  let rotas: string[] = [];
  const estado = (c: { accountSid: string } | null) =>
    Promise.resolve(
      c && rotas.includes(c.accountSid.slice(2))
        ? { ok: false, detalle: 'No contestó' }
        : { ok: true, detalle: 'bien' },
    );
  const mandados: MensajeCorreo[] = [];
  const correo: Correo = {
    enviar: (m) => (mandados.push(m), Promise.resolve({ ok: true })),
    estado: () => Promise.resolve({ ok: true }),
  };
  const ctx = {
    ...web.ctx,
    correo,
    whatsapp: { ...web.ctx.whatsapp, estado },
    trabajos: { ...web.ctx.trabajos, encolar: () => Promise.resolve(null) },
  } as unknown as typeof web.ctx;
  const vuelta = async (fallan: string[]): Promise<string[]> => {
    rotas = fallan;
    mandados.length = 0;
    await revisarAvisos(ctx);
    await mandarAvisos(ctx);
    return mandados.filter((m) => m.para === 'admin@x.mx').map((m) => `${m.asunto}\n${m.texto}`);
  };
  await vuelta([]);
  assert.deepEqual(await vuelta(['prop1']), [], 'una vez no es nada');
  assert.deepEqual(await vuelta([]), [], 'ni se dice que se compuso lo que nunca se dijo');
  assert.deepEqual(await vuelta(['prop1']), [], 'dos veces sueltas tampoco');
  const [una, ...mas] = await vuelta(['prop1']);
  assert.match(una ?? '', /^Conexión rota en Nora prop1\n/);
  assert.deepEqual(mas, []);
  assert.deepEqual(await vuelta(noras), []);
  const varias = await vuelta(noras);
  assert.equal(varias.length, 1, varias.join());
  assert.match(varias[0] ?? '', /\d noras con cuenta propia no conectan \(.*prop1, prop2, /);
  const compuestas = await vuelta([]);
  assert.equal(compuestas.length, 2, 'la que ya estaba y la de todas');
  for (const c of compuestas) assert.match(c, /^Resuelto: conexión rota[^]*La conexión volvió\./);
  for (const nora of noras) await admin.post(`/admin/noras/${nora}/suspension`);
});

test('las métricas salen con su token y /debug_info no enseña secretos', async () => {
  const r = await web.visitante().get('/metricas', { authorization: `Bearer ${TOKEN}` });
  assert.equal(r.estado, 200);
  assert.match(r.texto, /nora_carril_pendientes\{carril="salida"\} \d+/);
  assert.match(r.texto, /nodejs_eventloop_lag_seconds/);
  assert.equal((await web.visitante().get('/metricas', { authorization: 'Bearer otro' })).estado, 404);
  const info = await admin.get('/debug_info');
  const { cifrado, sesion } = web.ctx.config.secretos;
  for (const secreto of [
    cifrado.toString('base64'),
    cifrado.toString('hex'),
    ...sesion,
    TOKEN,
    String(web.ctx.config.base.databaseUrl),
    String(web.ctx.config.base.jwtSecreto),
  ])
    assert.ok(!info.texto.includes(secreto));
  assert.match(info.texto, /20261121001400_administracion/);
});

test('/debug_rutas compara lo montado con lo apuntado y recuerda lo que cambió cada arranque', async () => {
  await sql(`delete from rutas_plantilla where ruta = '/admin/modulos'`);
  await sql(
    `insert into rutas_plantilla (ruta, metodo, blueprint, por_nora) values ('/vieja', 'GET', 'viejo_bp', false)`,
  );
  type Rutas = {
    filas: { ruta: string; que: string }[];
    arranques: { cambios: { que: string; ruta: string }[] }[];
  };
  const { filas } = (await admin.get('/debug_rutas')).json as unknown as Rutas;
  assert.deepEqual(
    filas.filter((f) => f.que !== 'igual').map((f) => [f.ruta, f.que]),
    [
      ['/admin/modulos', 'sin_registrar'],
      ['/vieja', 'sin_montar'],
    ],
  );
  await web.ctx.bd.servicio.rpc('guardar_rutas_plantilla', { p: web.rutas.lista() }).throwOnError();
  const despues = (await admin.get('/debug_rutas')).json as unknown as Rutas;
  assert.ok(despues.filas.every((f) => f.que === 'igual'));
  assert.deepEqual(despues.arranques[0]?.cambios.map((c) => `${c.que} ${c.ruta}`).sort(), [
    'agregada /admin/modulos',
    'quitada /vieja',
  ]);
  assert.match((await admin.get('/debug_rutas/csv')).texto, /\/panel_cliente\/aura\/chat/);
  const csv = (await admin.get('/debug_rutas/csv?q=EQUIPO')).texto.trim().split('\r\n').slice(1);
  assert.ok(csv.length > 0 && csv.every((l) => l.includes('equipo')), 'el CSV lleva el filtro');

  // Un módulo sin filas, y un último arranque que no cambió nada.
  type Todo = Rutas & { sinFilas: string[]; cambiosUltimo: number };
  assert.equal((despues as unknown as Todo).cambiosUltimo, 2);
  await sql(`update rutas_arranques set cuando = cuando - interval '1 hour'`);
  await sql(`delete from rutas_plantilla where modulo = 'etiquetas'`);
  const otra = (await admin.get('/debug_rutas?que=diferentes')).json as unknown as Todo;
  assert.deepEqual(otra.sinFilas, ['Etiquetas']);
  assert.equal(otra.cambiosUltimo, 0);
  assert.ok(otra.filas.length > 0 && otra.filas.every((f) => f.que === 'sin_registrar'));
  await web.ctx.bd.servicio.rpc('guardar_rutas_plantilla', { p: web.rutas.lista() }).throwOnError();
});

test('el diagnóstico dice qué falla en una nora y su módulo', async () => {
  const mal = (r: { bien: boolean | null; titulo: string }[]) =>
    r.filter((x) => x.bien === false).map((x) => x.titulo);
  assert.ok(mal(await diagnosticar(web.ctx, 'salon', 'ia')).includes('Puerta'));
  assert.deepEqual(mal(await diagnosticar(web.ctx, 'nadie', 'chat')), ['Nora']);
  assert.ok(mal(await diagnosticar(web.ctx, 'salon', 'tareas')).includes('Código'));
  assert.ok(mal(await diagnosticar(web.ctx, 'salon', 'inventado')).includes('Puerta'));
  const chat = await diagnosticar(web.ctx, 'salon', 'chat');
  assert.ok(chat.find((r) => r.titulo === 'Rutas registradas')?.bien);
});
