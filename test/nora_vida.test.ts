import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { borrarNora } from '../src/admin/tareas.ts';
import { DEMO } from '../src/demo/datos.ts';
import { sembrar } from '../src/demo/sembrar.ts';
import { sembrarAds } from './apoyo/ads.ts';
import { llenarNora, tablasConNora } from './apoyo/llenar.ts';
import { abrirWeb, crearUsuario, type Visitante, type Web } from './apoyo/web.ts';

/** Exportar, clonar y borrar una nora que tiene al menos una fila en cada tabla del catálogo. */
let web: Web;
let admin: Visitante;
let rutas: string[];

before(async () => {
  web = await abrirWeb({ NORA_DEMO: '0' });
  await sembrar(web.ctx.bd, DEMO);
  await sembrarAds(sql, 'aura', { desde: '2026-11-01', hasta: '2026-11-03' });
  rutas = await llenarNora(sql, 'aura', web.ctx.adjuntos);
  await llenarNora(sql, 'demo', web.ctx.adjuntos);
  await sql(`update meta_ads_cuentas set access_token = 'v1:token:de:meta' where nombre_nora = 'aura'`);
  await sql(`update configuracion_bot set credenciales_twilio = 'v1:a:b:c' where nombre_nora = 'aura'`);
  await web.ctx.registro.resincronizar();
  await crearUsuario(web.ctx, { correo: 'admin@x.mx', rol: 'admin' });
  admin = web.visitante();
  await admin.entrar('admin@x.mx');
});
after(() => web.cerrar());

interface Linea {
  tabla?: string;
  fila?: Record<string, unknown>;
  archivo?: { ruta: string };
  fin?: { filas: number; archivos: number };
}

async function sql<T extends object = Record<string, unknown>>(
  texto: string,
  valores: unknown[] = [],
): Promise<T[]> {
  return (await web.ctx.bd.pool.query(texto, valores)).rows as T[];
}

async function contar(tabla: string, nora: string): Promise<number> {
  const [fila] = await sql<{ n: number }>(
    `select count(*)::int n from public."${tabla}" where nombre_nora = $1`,
    [nora],
  );
  return fila?.n ?? -1;
}

/** Lo que hay de una nora en cada tabla. */
async function cuentas(nora: string): Promise<Record<string, number>> {
  const r: Record<string, number> = {};
  for (const t of await tablasConNora(sql)) r[t] = await contar(t, nora);
  return r;
}

test('exportar trae cada fila de cada tabla de la nora, todos sus archivos y ningún secreto', async () => {
  const antes = await cuentas('aura');
  assert.ok(Object.keys(antes).length > 50, 'el catálogo se recorrió');
  const r = await admin.get('/admin/noras/aura/exportacion');
  assert.equal(r.estado, 200);
  assert.match(r.cabeceras.get('content-disposition') ?? '', /nora_aura\.ndjson/);
  const lineas = r.texto
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l) as Linea);
  const vistas: Record<string, number> = {};
  for (const { tabla, fila } of lineas) {
    if (!tabla || !fila) continue;
    vistas[tabla] = (vistas[tabla] ?? 0) + 1;
    assert.equal(fila['nombre_nora'], 'aura', tabla);
  }
  // Las ligas de cuenta son llaves de entrada y no datos de la nora; exportar deja su propio renglón de auditoría.
  delete antes['enlaces_cuenta'];
  antes['auditoria'] = (antes['auditoria'] ?? 0) + 1;
  assert.deepEqual(vistas, antes);
  assert.doesNotMatch(
    r.texto,
    /v1:a:b:c|v1:token:de:meta|clave_hash|"credenciales_twilio"|"access_token"|totp/,
  );

  const archivos = lineas.flatMap((l) => (l.archivo ? [l.archivo.ruta] : []));
  const porBorrar = await sql<{ ruta: string }>(
    `select ruta from adjuntos_por_borrar where nombre_nora = 'aura'`,
  );
  assert.equal(porBorrar.length, 1);
  const vivos = rutas.filter((ruta) => ruta !== porBorrar[0]?.ruta);
  assert.deepEqual(archivos.sort(), vivos.sort(), 'lo que ya se va a borrar no se entrega');
  const filas = Object.values(vistas).reduce((a, b) => a + b, 0);
  assert.deepEqual(lineas.at(-1)?.fin, { filas, archivos: vivos.length });
});

test('clonar copia todos los ajustes, lo que sabe y sus archivos; nunca personas, número ni credenciales', async () => {
  const [bloque] = await sql<{ id: string; contenido: string }>(
    `select id, contenido from conocimiento_nora where nombre_nora = 'aura' limit 1`,
  );
  const [adjunto] = await sql<{ id: string }>(
    `select id from adjuntos where nombre_nora = 'aura' and ruta is not null limit 1`,
  );
  await sql(
    `update configuracion_bot set palabras_pase = '{gerente}', mensaje_fuera_de_tema = 'De eso no sé.', exige_pruebas = true, limite_espera_min = 33, retencion_media_dias = 90,
            foto_perfil = '/panel_cliente/aura/foto/' || $1 where nombre_nora = 'aura'`,
    [adjunto?.id],
  );
  await sql(
    `insert into respuestas_automaticas (nombre_nora, disparador, coincidencia, respuesta, adjunto_id) values ('aura', 'catálogo', 'exacta', '', $1)`,
    [adjunto?.id],
  );
  await sql(`update pruebas_ia set citas = array[$1::uuid] where nombre_nora = 'aura'`, [bloque?.id]);
  const r = await admin.post('/admin/noras/aura/copia', {
    nombre_nora: 'aura_2',
    nombre_visible: 'Aura dos',
  });
  assert.equal(r.estado, 201, r.texto);

  const ajustes = async (nora: string) => {
    const [fila] = await sql(`select * from configuracion_bot where nombre_nora = $1`, [nora]);
    return fila as Record<string, unknown>;
  };
  const [de, a] = [await ajustes('aura'), await ajustes('aura_2')];
  const propias = [
    'id',
    'nombre_nora',
    'nombre_visible',
    'numero_nora',
    'numero_desde',
    'foto_perfil',
    'credenciales_twilio',
    'created_at',
    'updated_at',
  ];
  for (const columna of Object.keys(de).filter((c) => !propias.includes(c)))
    assert.deepEqual(a[columna], de[columna], columna);
  assert.equal(a['numero_nora'], null);
  assert.equal(a['numero_desde'], null);
  assert.equal(a['credenciales_twilio'], null);

  const copiadas = [
    'modulos_disponibles',
    'conocimiento_nora',
    'etiquetas',
    'reglas_etiquetas',
    'respuestas_automaticas',
    'respuestas_rapidas',
    'campos_contacto',
    'segmentos',
    'pruebas_ia',
  ];
  for (const t of copiadas) assert.equal(await contar(t, 'aura_2'), await contar(t, 'aura'), t);
  for (const t of [
    'contactos',
    'historial_conversaciones',
    'usuarios_noras',
    'meta_ads_cuentas',
    'rafagas',
    'notas_contacto',
  ])
    assert.equal(await contar(t, 'aura_2'), 0, t);
  const [cita] = await sql<{ contenido: string }>(
    `select c.contenido from pruebas_ia p join conocimiento_nora c on c.nombre_nora = 'aura_2' and c.id = p.citas[1] where p.nombre_nora = 'aura_2'`,
  );
  assert.equal(cita?.contenido, bloque?.contenido, 'la prueba cita al bloque de la copia');

  const [regla] = await sql<{ ruta: string; foto: string }>(
    `select a.ruta, b.foto_perfil foto from respuestas_automaticas r join adjuntos a on a.nombre_nora = r.nombre_nora and a.id = r.adjunto_id join configuracion_bot b on b.nombre_nora = r.nombre_nora where r.nombre_nora = 'aura_2'`,
  );
  assert.match(regla?.ruta ?? '', /^aura_2\//);
  (await web.ctx.adjuntos.leer(regla?.ruta ?? '')).destroy();
  const foto = await admin.get(regla?.foto ?? '');
  assert.equal(foto.estado, 200, 'la foto de la copia se ve en su panel');

  assert.equal(
    (await admin.post('/admin/noras/aura/copia', { nombre_nora: 'aura_2', nombre_visible: 'x' })).estado,
    409,
  );
  const [sueltos] = await sql<{ n: number }>(
    `select count(*)::int n from adjuntos where nombre_nora = 'aura_2'`,
  );
  assert.equal(archivosEnDisco('aura_2'), sueltos?.n, 'una copia negada no deja archivos');
});

test('borrar exige el nombre y no deja filas, archivos, encargos ni lo que decía su gente; las demás siguen igual', async () => {
  const demo = await cuentas('demo');
  await web.ctx.trabajos.encolar('importar_contactos', { nombre_nora: 'aura', id: 'x' });
  await web.ctx.trabajos.encolar('importar_contactos', { nombre_nora: 'demo', id: 'y' });
  await web.ctx.registrarError('Web', 'algo de aura', 'aura', 'prueba');
  const [{ numero } = { numero: '' }] = await sql<{ numero: string }>(
    `select numero_nora numero from configuracion_bot where nombre_nora = 'aura'`,
  );
  await sql(
    `insert into mensajes_sin_nora (sid, motivo, crudo) values ('SM1', 'cuarentena', jsonb_build_object('to', $1::text)), ('SM2', 'numero_desconocido', '{"to":"+520000000000"}')`,
    [numero],
  );
  await sql(
    `select auditar(null, 'editar', 'contactos 1', 'aura', '{"telefono":"+526621110001"}', '{"telefono":"+526621110002"}')`,
  );
  const [adjunto] = await sql<{ id: string }>(`select id from adjuntos where nombre_nora = 'aura' limit 1`);
  // Un resto que ninguna fila nombra, como el de una subida cortada.
  await web.ctx.adjuntos.guardar(Buffer.from('resto'), {
    nombre_nora: 'aura',
    id: adjunto?.id ?? '',
    tipo: 'video/mp4',
  });
  assert.ok(archivosEnDisco('aura') > rutas.length);

  assert.equal((await admin.post('/admin/noras/aura/borrado', { confirma: 'Aura' })).estado, 422);
  assert.ok((await contar('contactos', 'aura')) > 0);
  await borrarNora(web.ctx, 'aura');
  assert.ok((await contar('contactos', 'aura')) > 0, 'sin pedirse no se borra');
  assert.equal((await admin.post('/admin/noras/aura/borrado', { confirma: 'aura' })).estado, 202);
  assert.equal(web.ctx.registro.obtener('aura')?.activo, false);
  await admin.borrar('/admin/noras/aura/suspension');
  assert.equal(web.ctx.registro.obtener('aura')?.activo, false, 'ya no se puede reactivar');
  const pedidos = await sql(
    `select from pgboss.job where name = 'borrar_nora' and data->>'nombre_nora' = 'aura'`,
  );
  assert.equal(pedidos.length, 1);
  await borrarNora(web.ctx, 'aura');
  await borrarNora(web.ctx, 'aura');

  const quedan = await cuentas('aura');
  const { auditoria = 0, ...resto } = quedan;
  assert.deepEqual(
    Object.entries(resto).filter(([, n]) => n !== 0),
    [],
  );
  assert.ok(auditoria > 0, 'queda quién la borró');
  const conDatos = await sql(
    `select entidad from auditoria where nombre_nora = 'aura' and concat(antes, despues) like '%526621110%'`,
  );
  assert.deepEqual(conDatos, []);
  // Sin llave hacia la nora tampoco queda quien la nombre.
  const [otras] = await sql<{ avisos: number; sueltos: number; ajenos: number }>(
    `select (select count(*)::int from avisos_enviados e where not exists (select from incidentes i where i.id = e.incidente_id)) avisos,
            (select count(*)::int from mensajes_sin_nora where sid = 'SM1') sueltos, (select count(*)::int from mensajes_sin_nora where sid = 'SM2') ajenos`,
  );
  assert.deepEqual(otras, { avisos: 0, sueltos: 0, ajenos: 1 });
  const encargos = await sql<{ name: string; nora: string }>(
    `select name, data->>'nombre_nora' nora from pgboss.job where data->>'nombre_nora' is not null order by 1, 2`,
  );
  assert.deepEqual(encargos, [{ name: 'importar_contactos', nora: 'demo' }]);
  assert.equal(existsSync(carpetaDe('aura')), false, 'ni la carpeta de sus archivos');
  assert.equal(web.ctx.registro.obtener('aura'), null);
  assert.deepEqual(await cuentas('demo'), demo);
  assert.ok(archivosEnDisco('demo') > 0);
});

function carpetaDe(nora: string): string {
  return join(web.ctx.config.datosDir, 'adjuntos', nora);
}

function archivosEnDisco(nora: string): number {
  return readdirSync(carpetaDe(nora), { recursive: true, withFileTypes: true }).filter((f) => f.isFile())
    .length;
}
