import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DEMO } from '../src/demo/datos.ts';
import { sembrar } from '../src/demo/sembrar.ts';
import { sembrarAds } from './apoyo/ads.ts';
import { abrirWeb, CLAVE, crearUsuario, type Respuesta, type Visitante, type Web } from './apoyo/web.ts';

/**
 * Toda ruta que escribe, sacada de lo montado, o deja renglón en `auditoria` con quién y qué, o está dicho aquí por qué no es
 * configuración. Una ruta nueva sin decidir hace fallar la prueba.
 */
const NO_ES_CONFIGURACION: [RegExp, string][] = [
  [/^\w+ \/(webhook|simulador)/, 'mensajes'],
  [/^\w+ \/(login|logout)/, 'entrar y salir'],
  [/^DELETE \/cuenta\/sesiones/, 'cerrar las sesiones propias'],
  [
    /^POST \/recuperar$/,
    'pedir una liga: sin correo configurado no hace nada, y la liga se apunta al crearse',
  ],
  [/^POST \/reportes\/baja/, 'la persona se da de baja; queda en su receptor'],
  [/^\w+ P\/chat\//, 'conversaciones: el hilo dice quién hizo qué'],
  [
    /^\w+ P\/contactos(\/:contacto|\/duplicados|\/exportar|\/importaciones|\/lotes|$)/,
    'personas y no ajustes: quedan en su línea de tiempo',
  ],
  [/^\w+ P\/conocimiento\/(gemelo|preguntas|importaciones(\/:id)?(\/(bloques|seleccion).*)?$)/, 'borradores'],
  [
    /^POST P\/ads\/cuentas\/(facebook|permiso|agencia|:id\/sincronizacion)/,
    'pedir permiso o datos a Meta: la cuenta cambia al elegirla',
  ],
  [/^POST P\/ia\/(probador|corridas)/, 'probar sin cambiar nada'],
  [/^POST P\/ia\/pruebas\/corridas\/:id\/reintento/, 'probar sin cambiar nada'],
  [
    /^\w+ P\/ads\/(:nivel|reportes|receptores\/:id\/prueba)/,
    'escribe en Meta o manda: meta_ads_logs_cambios y entregas',
  ],
];

let web: Web;
let duena: Visitante;
let admin: Visitante;
let ids: Record<string, string>;

before(async () => {
  web = await abrirWeb({ NORA_DEMO: '0' });
  await sembrar(web.ctx.bd, DEMO);
  await sql(`update modulos_disponibles set activo = true where nombre_nora = 'aura'`);
  await web.ctx.registro.resincronizar();
  ids = {
    admin: await crearUsuario(web.ctx, { correo: 'admin@x.mx', rol: 'admin' }),
    duena: await crearUsuario(web.ctx, { correo: 'duena@x.mx', noras: { aura: 'dueno' } }),
    agente: await crearUsuario(web.ctx, { correo: 'agente@x.mx', noras: { aura: 'agente' } }),
    otra: await crearUsuario(web.ctx, { correo: 'otra@x.mx', noras: { aura: 'agente' } }),
    cuenta: (await sembrarAds(sql, 'aura', { desde: '2026-11-01', hasta: '2026-11-02' })).cuenta,
  };
  [admin, duena] = [web.visitante(), web.visitante()];
  await admin.entrar('admin@x.mx');
  await duena.entrar('duena@x.mx');
  web.ctx.whatsapp.estado = () =>
    Promise.resolve({ ok: true, detalle: 'Conectada.', revisado: new Date(), simulado: false });
});
after(() => web.cerrar());

async function sql<T extends object>(texto: string, valores: unknown[] = []): Promise<T[]> {
  return (await web.ctx.bd.pool.query(texto, valores)).rows as T[];
}

async function uno(texto: string, valores: unknown[] = []): Promise<string> {
  const [fila] = await sql<{ id: string }>(texto, valores);
  assert.ok(fila, texto);
  return fila.id;
}
const idDe = (tabla: string, orden = 'created_at desc') =>
  uno(`select id from ${tabla} where nombre_nora = 'aura' order by ${orden} limit 1`);

/** Qué se pide en cada ruta de configuración. `antes` = además debe decir cómo estaba. */
interface Paso {
  ruta: string;
  pedir: () => Promise<Respuesta>;
  antes?: boolean;
}
const html = { accept: 'text/html' };
const P = '/panel_cliente/aura';
const paso = (ruta: string, pedir: () => Promise<Respuesta>, antes = false): Paso => ({ ruta, pedir, antes });

const BLOQUE = { titulo: 'Nuevo', contenido: 'El estacionamiento es gratis.', activo: 'si', aunque: 'si' };
const REGLA = { disparador: 'jueves de dos', coincidencia: 'exacta', respuesta: 'Hay 2x1.', activo: 'si' };
const AJUSTES = {
  personalidad: 'Seria.',
  instrucciones: 'Contesta corto.',
  modo_respuesta: 'estricto',
  palabras_pase: 'gerente',
  mensaje_fuera_de_tema: 'De eso no sé.',
  reanudar_ia_horas: '5',
};
const PRUEBA = { pregunta: '¿Abren hoy?', espera: 'responde', contiene: '', no_contiene: '', activa: 'on' };
const RECEPTOR = { nombre: 'Ana', quien: 'cliente', canal: 'correo', destino: 'ana@x.mx', semanal: 'si' };
const corrida = () =>
  uno(`select id from corridas_ia where nombre_nora = 'aura' and publicacion = 'esperando' limit 1`);

const PASOS: Paso[] = [
  // El panel, como dueña.
  paso('POST P/etiquetas', () => duena.post(`${P}/etiquetas`, { nombre: 'Frecuente', color: 'verde' })),
  paso(
    'POST P/etiquetas/:id',
    async () => duena.post(`${P}/etiquetas/${await idDe('etiquetas')}`, { nombre: 'Muy frecuente' }),
    true,
  ),
  paso('POST P/etiquetas/reglas/nueva', async () =>
    duena.post(`${P}/etiquetas/reglas/nueva`, { etiqueta: await idDe('etiquetas'), frases: 'otra vez' }),
  ),
  paso(
    'POST P/etiquetas/reglas/:id',
    async () =>
      duena.post(`${P}/etiquetas/reglas/${await idDe('reglas_etiquetas')}`, {
        etiqueta: await idDe('etiquetas'),
        frases: 'de nuevo',
      }),
    true,
  ),
  paso('DELETE P/etiquetas/reglas/:id/actividad', async () =>
    duena.borrar(`${P}/etiquetas/reglas/${await idDe('reglas_etiquetas')}/actividad`),
  ),
  paso('POST P/etiquetas/reglas/:id/actividad', async () =>
    duena.post(`${P}/etiquetas/reglas/${await idDe('reglas_etiquetas')}/actividad`),
  ),
  paso('DELETE P/etiquetas/reglas/:id', async () =>
    duena.borrar(`${P}/etiquetas/reglas/${await idDe('reglas_etiquetas')}`),
  ),
  paso('POST P/etiquetas/:id/union', async () =>
    duena.post(`${P}/etiquetas/${await idDe('etiquetas')}/union`, {
      con: await idDe('etiquetas', 'created_at'),
    }),
  ),
  paso('DELETE P/etiquetas/:id', async () => duena.borrar(`${P}/etiquetas/${await idDe('etiquetas')}`)),

  paso('POST P/contactos/campos', () =>
    duena.post(`${P}/contactos/campos`, { titulo: 'Talla', tipo: 'texto' }),
  ),
  paso(
    'POST P/contactos/campos/:id',
    async () =>
      duena.post(`${P}/contactos/campos/${await idDe('campos_contacto')}`, { titulo: 'Talla de zapato' }),
    true,
  ),
  paso('DELETE P/contactos/campos/:id', async () =>
    duena.borrar(`${P}/contactos/campos/${await idDe('campos_contacto')}`),
  ),
  paso('POST P/contactos/segmentos', () => duena.post(`${P}/contactos/segmentos?q=ana`, { nombre: 'Anas' })),
  paso(
    'POST P/contactos/segmentos/:id',
    async () => duena.post(`${P}/contactos/segmentos/${await idDe('segmentos')}`, { nombre: 'Las Anas' }),
    true,
  ),
  paso('DELETE P/contactos/segmentos/:id', async () =>
    duena.borrar(`${P}/contactos/segmentos/${await idDe('segmentos')}`),
  ),

  paso('POST P/conocimiento/bloques', () => duena.post(`${P}/conocimiento/bloques`, BLOQUE)),
  paso(
    'POST P/conocimiento/bloques/:id',
    async () =>
      duena.post(`${P}/conocimiento/bloques/${await idDe('conocimiento_nora')}`, {
        ...BLOQUE,
        contenido: 'El estacionamiento cuesta 20 pesos.',
      }),
    true,
  ),
  paso('POST P/conocimiento/bloques/:id/activo', async () =>
    duena.post(`${P}/conocimiento/bloques/${await idDe('conocimiento_nora')}/activo?valor=no`),
  ),
  paso('POST P/conocimiento/bloques/:id/versiones/:version/restauracion', async () =>
    duena.post(`${P}/conocimiento/bloques/${await idDe('conocimiento_nora')}/versiones/1/restauracion`),
  ),
  paso('POST P/conocimiento/varios', async () =>
    duena.post(`${P}/conocimiento/varios`, {
      ids: [await idDe('conocimiento_nora')],
      accion: 'etiquetar',
      etiqueta: 'auto',
    }),
  ),
  paso('DELETE P/conocimiento/bloques/:id', async () =>
    duena.borrar(`${P}/conocimiento/bloques/${(ids['bloque'] = await idDe('conocimiento_nora'))}`),
  ),
  paso('POST P/conocimiento/restauracion', () =>
    duena.post(`${P}/conocimiento/restauracion`, { ids: [ids['bloque'] ?? ''] }),
  ),
  paso('POST P/conocimiento/importaciones/:id/guardado', async () => {
    const id = await uno(
      `insert into importaciones_conocimiento (nombre_nora, archivo, formato) values ('aura', 'guía.txt', 'texto') returning id`,
    );
    await sql(
      `insert into importaciones_bloques (nombre_nora, importacion_id, orden, contenido) values ('aura', $1, 1, 'Se aceptan mascotas.')`,
      [id],
    );
    return duena.post(`${P}/conocimiento/importaciones/${id}/guardado`, { etiqueta: '' });
  }),

  paso('POST P/respuestas/reglas', () => duena.post(`${P}/respuestas/reglas`, REGLA)),
  paso(
    'POST P/respuestas/reglas/:id',
    async () =>
      duena.post(`${P}/respuestas/reglas/${await idDe('respuestas_automaticas')}`, {
        ...REGLA,
        respuesta: 'Hay 3x2.',
      }),
    true,
  ),
  paso('POST P/respuestas/reglas/:id/activo', async () =>
    duena.post(`${P}/respuestas/reglas/${await idDe('respuestas_automaticas')}/activo`, { activo: 'no' }),
  ),
  paso('DELETE P/respuestas/reglas/:id', async () =>
    duena.borrar(`${P}/respuestas/reglas/${await idDe('respuestas_automaticas')}`),
  ),
  paso(
    'POST P/respuestas/mensajes',
    () => duena.post(`${P}/respuestas/mensajes`, { mensaje_bienvenida: '¡Hola!', mensaje_fuera_horario: '' }),
    true,
  ),
  paso('POST P/respuestas/rapidas', () =>
    duena.post(`${P}/respuestas/rapidas`, { atajo: 'banco', texto: 'Cuenta 1' }),
  ),
  paso(
    'POST P/respuestas/rapidas/:id',
    async () =>
      duena.post(`${P}/respuestas/rapidas/${await idDe('respuestas_rapidas')}`, {
        atajo: 'banco',
        texto: 'Cuenta 2',
      }),
    true,
  ),
  paso('DELETE P/respuestas/rapidas/:id', async () =>
    duena.borrar(`${P}/respuestas/rapidas/${await idDe('respuestas_rapidas')}`),
  ),

  paso('POST P/ia', () => guardarIa(AJUSTES), true),
  paso('POST P/ia/encendido', () => duena.post(`${P}/ia/encendido`, { activa: 'no' }), true),
  paso(
    'POST P/ia/horario',
    () => duena.post(`${P}/ia/horario`, { definido: 'si', lunes_1_abre: '09:00', lunes_1_cierra: '18:00' }),
    true,
  ),
  paso('POST P/ia/exigencia', () => duena.post(`${P}/ia/exigencia`, { exige: 'on' }), true),
  paso('POST P/ia/foto', () => subirFoto()),
  paso('DELETE P/ia/foto', () => duena.borrar(`${P}/ia/foto`), true),
  paso('POST P/ia/pruebas', () => duena.post(`${P}/ia/pruebas`, PRUEBA)),
  paso(
    'POST P/ia/pruebas/:id',
    async () => duena.post(`${P}/ia/pruebas/${await idDe('pruebas_ia')}`, { ...PRUEBA, espera: 'pasa' }),
    true,
  ),
  paso('DELETE P/ia/pruebas/corridas/:id/publicacion', async () => {
    await guardarIa({ ...AJUSTES, personalidad: 'Alegre.', accion: 'probar' });
    return duena.borrar(`${P}/ia/pruebas/corridas/${await corrida()}/publicacion`);
  }),
  paso('POST P/ia/pruebas/corridas/:id/publicacion', async () => {
    await guardarIa({ ...AJUSTES, personalidad: 'Muy alegre.', accion: 'probar' });
    await sql(`update corridas_ia set estado = 'terminada' where publicacion = 'esperando'`);
    return duena.post(`${P}/ia/pruebas/corridas/${await corrida()}/publicacion`);
  }),
  paso('DELETE P/ia/pruebas/:id', async () => duena.borrar(`${P}/ia/pruebas/${await idDe('pruebas_ia')}`)),

  paso('POST P/ads/receptores', () =>
    duena.post(`${P}/ads/receptores`, { ...RECEPTOR, cuenta: ids['cuenta'] ?? '' }),
  ),
  paso(
    'POST P/ads/receptores/:id',
    async () =>
      duena.post(`${P}/ads/receptores/${await idDe('meta_ads_receptores', 'id')}`, {
        ...RECEPTOR,
        nombre: 'Ana María',
        cuenta: ids['cuenta'] ?? '',
      }),
    true,
  ),
  paso('POST P/ads/receptores/ajustes', () =>
    duena.post(`${P}/ads/receptores/ajustes`, { cuenta: ids['cuenta'] ?? '', revision: 'si', semanal: 'si' }),
  ),
  paso('DELETE P/ads/receptores/:id', async () =>
    duena.borrar(`${P}/ads/receptores/${await idDe('meta_ads_receptores', 'id')}`),
  ),

  paso('POST P/ads/cuentas/elegir/:id', async () => {
    const id = await uno(
      `insert into meta_ads_conexiones (nombre_nora, usuario_id, cuentas) values ('aura', $1, '[{"id":"act_7","nombre":"Siete","moneda":"MXN","zona":"America/Hermosillo"}]') returning id`,
      [ids['duena']],
    );
    return duena.post(`${P}/ads/cuentas/elegir/${id}`, { cuentas: 'act_7' });
  }),
  paso(
    'DELETE P/ads/cuentas/:id',
    async () =>
      duena.borrar(
        `${P}/ads/cuentas/${await uno(`select id from meta_ads_cuentas where ad_account_id = 'act_7'`)}`,
      ),
    true,
  ),

  paso('POST P/equipo', () => duena.post(`${P}/equipo`, { correo: 'nueva@x.mx', rol: 'agente' })),
  paso('DELETE P/equipo/invitaciones/:id', async () =>
    duena.borrar(
      `${P}/equipo/invitaciones/${await uno(`select id from enlaces_cuenta where correo = 'nueva@x.mx'`)}`,
    ),
  ),
  paso('POST P/equipo/:id', () => duena.post(`${P}/equipo/${ids['agente']}`, { rol: 'dueno' }), true),
  paso('DELETE P/equipo/:id', () => duena.borrar(`${P}/equipo/${ids['agente']}`), true),

  // La cuenta propia.
  paso('POST /cuenta', () => duena.post('/cuenta', { nombre: 'Mariana' }), true),
  paso('POST /cuenta/avisos', () => duena.post('/cuenta/avisos', { avisos: ['espera'] }), true),
  paso(
    'POST /cuenta/clave',
    () => duena.post('/cuenta/clave', { actual: CLAVE, nueva: 'otra clave larga 9' }),
    true,
  ),

  // La administración.
  paso(
    'POST /admin/ads/:cuenta/limites',
    () => admin.post(`/admin/ads/${ids['cuenta']}/limites`, { diario: '500', total: '' }),
    true,
  ),
  paso('POST /admin/ads/:cuenta/sincronizacion', () =>
    admin.post(`/admin/ads/${ids['cuenta']}/sincronizacion`),
  ),
  paso('POST /admin/noras', () =>
    admin.post('/admin/noras', { nombre_nora: 'nueva', nombre_visible: 'Nueva' }),
  ),
  paso(
    'POST /admin/noras/:nombre_nora',
    () => admin.post('/admin/noras/nueva', { nombre_visible: 'Otra', numero_nora: '6621230000' }),
    true,
  ),
  paso(
    'POST /admin/noras/:nombre_nora/personalidad',
    () => admin.post('/admin/noras/nueva/personalidad', { personalidad: 'Seria' }),
    true,
  ),
  paso(
    'POST /admin/noras/:nombre_nora/retencion',
    () =>
      admin.post('/admin/noras/nueva/retencion', { retencion_mensajes_dias: '30', retencion_media_dias: '' }),
    true,
  ),
  paso(
    'POST /admin/noras/:nombre_nora/modulos/:modulo',
    () => admin.post('/admin/noras/nueva/modulos/chat'),
    true,
  ),
  paso(
    'DELETE /admin/noras/:nombre_nora/modulos/:modulo',
    () => admin.borrar('/admin/noras/nueva/modulos/chat'),
    true,
  ),
  paso(
    'POST /admin/noras/:nombre_nora/credenciales',
    () =>
      admin.post('/admin/noras/nueva/credenciales', {
        account_sid: `AC${'a'.repeat(32)}`,
        auth_token: 'un-token-de-prueba',
      }),
    true,
  ),
  paso(
    'DELETE /admin/noras/:nombre_nora/credenciales',
    () => admin.borrar('/admin/noras/nueva/credenciales'),
    true,
  ),
  paso('POST /admin/noras/:nombre_nora/prueba', () =>
    admin.post('/admin/noras/nueva/prueba', { telefono: '6621230001', texto: 'hola' }),
  ),
  paso('POST /admin/noras/:nombre_nora/suspension', () => admin.post('/admin/noras/nueva/suspension'), true),
  paso(
    'DELETE /admin/noras/:nombre_nora/suspension',
    () => admin.borrar('/admin/noras/nueva/suspension'),
    true,
  ),
  paso('POST /admin/noras/:nombre_nora/copia', () =>
    admin.post('/admin/noras/nueva/copia', { nombre_nora: 'copia', nombre_visible: 'Copia' }),
  ),
  paso('POST /admin/noras/:nombre_nora/equipo', () =>
    admin.post('/admin/noras/nueva/equipo', { correo: 'jefa@x.mx', rol: 'dueno' }),
  ),
  paso(
    'POST /admin/noras/:nombre_nora/equipo/:usuario',
    () => admin.post(`/admin/noras/aura/equipo/${ids['otra']}`, { rol: 'dueno' }),
    true,
  ),
  paso(
    'DELETE /admin/noras/:nombre_nora/equipo/:usuario',
    () => admin.borrar(`/admin/noras/aura/equipo/${ids['otra']}`),
    true,
  ),
  paso('POST /admin/paquetes', () => admin.post('/admin/paquetes', { nombre: 'Uno', modulos: ['chat'] })),
  paso(
    'POST /admin/paquetes/:id',
    async () =>
      admin.post(`/admin/paquetes/${await uno('select id from paquetes')}`, {
        nombre: 'Uno',
        modulos: ['ia'],
      }),
    true,
  ),
  paso('POST /admin/paquetes/:id/noras', async () =>
    admin.post(`/admin/paquetes/${await uno('select id from paquetes')}/noras`, { noras: ['nueva'] }),
  ),
  paso(
    'DELETE /admin/paquetes/:id',
    async () => admin.borrar(`/admin/paquetes/${await uno('select id from paquetes')}`),
    true,
  ),
  paso('POST /admin/usuarios', () => admin.post('/admin/usuarios', { correo: 'colega@x.mx', rol: 'admin' })),
  paso('DELETE /admin/invitaciones/:id', async () =>
    admin.borrar(
      `/admin/invitaciones/${await uno(`select id from enlaces_cuenta where correo = 'colega@x.mx'`)}`,
    ),
  ),
  paso(
    'POST /admin/usuarios/:id',
    () => admin.post(`/admin/usuarios/${ids['otra']}`, { nombre: 'Otra' }),
    true,
  ),
  paso(
    'POST /admin/usuarios/:id/suspension',
    () => admin.post(`/admin/usuarios/${ids['otra']}/suspension`),
    true,
  ),
  paso(
    'DELETE /admin/usuarios/:id/suspension',
    () => admin.borrar(`/admin/usuarios/${ids['otra']}/suspension`),
    true,
  ),
  paso('POST /admin/usuarios/:id/recuperacion', () =>
    admin.post(`/admin/usuarios/${ids['otra']}/recuperacion`),
  ),
  paso('DELETE /admin/usuarios/:id/doble_paso', () =>
    admin.borrar(`/admin/usuarios/${ids['otra']}/doble_paso`),
  ),
  paso('POST /admin/debug/resueltos', async () =>
    admin.post('/admin/debug/resueltos', { ids: [(ids['error'] = await unError())] }),
  ),
  paso('POST /admin/debug/abiertos', () =>
    admin.post('/admin/debug/abiertos', { ids: [ids['error'] ?? ''] }),
  ),
  paso('POST /admin/noras/:nombre_nora/borrado', () =>
    admin.post('/admin/noras/copia/borrado', { confirma: 'copia' }),
  ),
];

/** Las que hace otra prueba de punta a punta, con su renglón comprobado ahí. */
const EN_OTRA_PRUEBA: Record<string, string> = {
  'POST /debug_info/trabajos/:id': 'admin_tareas.test.ts',
  'POST /invitacion': 'cuentas_ligas.test.ts',
  'POST /recuperar/clave': 'cuentas_ligas.test.ts',
  'POST /cuenta/doble_paso': 'cuentas_ligas.test.ts',
  'DELETE /cuenta/doble_paso': 'cuentas_ligas.test.ts',
  'POST /cuenta/doble_paso/codigos': 'cuentas_ligas.test.ts',
};

test('cada ruta que escribe está en la lista: o deja renglón, o dice por qué no es configuración', () => {
  const escritoras = web.rutas
    .lista()
    .filter((r) => r.metodo !== 'GET')
    .map((r) => `${r.metodo} ${r.ruta.replace('/panel_cliente/:nombre_nora', 'P')}`);
  assert.ok(escritoras.length > 120, String(escritoras.length));
  const probadas = new Set([...PASOS.map((p) => p.ruta), ...Object.keys(EN_OTRA_PRUEBA)]);
  const sueltas = escritoras.filter(
    (r) => !probadas.has(r) && !NO_ES_CONFIGURACION.some(([patron]) => patron.test(r)),
  );
  assert.deepEqual(sueltas, []);
  assert.deepEqual(
    [...probadas].filter((r) => !escritoras.includes(r)),
    [],
    'no se prueban rutas que ya no existen',
  );
  for (const r of escritoras.filter((x) => x.startsWith('POST /admin') || x.startsWith('DELETE /admin')))
    assert.ok(probadas.has(r), `${r} es de administración y debe dejar renglón`);
});

test('cada cambio de configuración deja quién, qué y cómo estaba', async () => {
  const faltas: string[] = [];
  for (const p of PASOS) {
    const quien = p.ruta.includes('/admin/') ? ids['admin'] : ids['duena'];
    const [{ desde } = { desde: '' }] = await sql<{ desde: string }>('select clock_timestamp()::text desde');
    const r = await p.pedir().catch((e: unknown) => ({ estado: 599, texto: String(e) }));
    if (r.estado >= 400) {
      faltas.push(`${p.ruta}: contestó ${r.estado} ${r.texto.slice(0, 300)}`);
      continue;
    }
    // Lo que la puerta apunta de un administrador dentro de un panel no cuenta: no dice qué cambió.
    const filas = await sql<{ accion: string; entidad: string; antes: unknown; despues: unknown }>(
      `select accion, entidad, antes, despues from auditoria where quien = $1 and cuando >= $2::timestamptz and accion not like 'panel %'`,
      [quien, desde],
    );
    if (filas.length === 0) faltas.push(`${p.ruta}: sin renglón (${r.texto.slice(0, 120)})`);
    else if (p.antes && !filas.some((f) => f.antes !== null))
      faltas.push(`${p.ruta}: no dice cómo estaba: ${JSON.stringify(filas)}`);
    else if (!filas.some((f) => f.antes !== null || f.despues !== null || p.ruta.includes('doble_paso')))
      faltas.push(`${p.ruta}: el renglón no dice qué: ${JSON.stringify(filas)}`);
  }
  assert.deepEqual(faltas, []);
});

/** Como su formulario: con la huella de lo que se estaba viendo. */
async function guardarIa(datos: Record<string, string>): Promise<Respuesta> {
  const { texto } = await duena.get(`${P}/ia`, html);
  const huella = /name="huella" value="([^"]+)"/.exec(texto)?.[1] ?? '';
  return duena.post(`${P}/ia`, { ...datos, huella });
}

async function unError(): Promise<string> {
  await web.ctx.registrarError('Web', 'algo', null, 'prueba');
  return uno(`select id from logs_errores where origen = 'prueba'`);
}

async function subirFoto(): Promise<Respuesta> {
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
  const cuerpo = new FormData();
  cuerpo.append('foto', new Blob([png], { type: 'image/png' }), 'foto.png');
  const r = await fetch(`${web.url}${P}/ia/foto`, {
    method: 'POST',
    body: cuerpo,
    redirect: 'manual',
    headers: {
      ...html,
      'x-csrf-token': duena.csrf,
      cookie: [...duena.cookies].map(([n, v]) => `${n}=${v}`).join('; '),
    },
  });
  return { estado: r.status, cabeceras: r.headers, texto: await r.text(), json: {} };
}
