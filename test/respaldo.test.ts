import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { crearAdjuntos, ErrorAdjunto } from '../src/datos/adjuntos.ts';
import { type BaseDeDatos, crearBaseDeDatos } from '../src/datos/base_de_datos.ts';
import { cifrar, descifrar } from '../src/datos/cifrado.ts';
import { crearRespaldo, ErrorRespaldo, type Manifiesto, podarRespaldos } from '../src/datos/respaldo.ts';
import { restaurarRespaldo } from '../src/datos/restauracion.ts';
import { DEMO } from '../src/demo/datos.ts';
import { sembrar } from '../src/demo/sembrar.ts';
import { type BaseDePrueba, prepararBase } from './apoyo/base.ts';
import { llenarNora, tablasConNora } from './apoyo/llenar.ts';

const log = pino({ level: 'silent' });
const dir = mkdtempSync(join(tmpdir(), 'nora-respaldo-'));
const clave = randomBytes(32);
let origen: BaseDePrueba;
let destino: BaseDePrueba;
let bd: BaseDeDatos;
let otra: BaseDeDatos;
let carpeta: string;

before(async () => {
  [origen, destino] = [await prepararBase(), await prepararBase()];
  bd = await crearBaseDeDatos(origen.config, log);
  otra = await crearBaseDeDatos(destino.config, log);
  await sembrar(bd, DEMO);
  const credenciales = cifrar(clave, '{"accountSid":"AC1","authToken":"t"}', 'twilio:aura');
  await bd.pool.query(`update configuracion_bot set credenciales_twilio = $1 where nombre_nora = 'aura'`, [
    credenciales,
  ]);
  await bd.pool.query(
    `insert into consumo_ia (nombre_nora, dia, tokens_entrada) values ('aura', current_date, 9007199254740993)`,
  );
  await bd.pool.query(
    `select registrar_error('Web', E'texto con "comillas", \\\\ y\nrenglones', 'aura', 'x')`,
  );
  await bd.pool.query(`select registrar_estados('[]', false)`);
  const id = randomUUID();
  const guardado = await crearAdjuntos(origen.config, bd.servicio).guardar(Buffer.from('una foto'), {
    nombre_nora: 'aura',
    id,
    tipo: 'image/png',
  });
  await bd.pool.query(
    `insert into adjuntos (id, nombre_nora, tipo, ruta, bytes, sha256, estado) values ($1, 'aura', 'image/png', $2, $3, $4, 'listo')`,
    [id, guardado.ruta, guardado.bytes, guardado.sha256],
  );
  // Cada tabla de nora con al menos una fila, también las que aún no existen al escribir esto.
  await llenarNora(
    async (texto, valores) => (await bd.pool.query(texto, valores)).rows as never,
    'aura',
    crearAdjuntos(origen.config, bd.servicio),
  );
  // Aquí se compara todo igual; lo que al restaurar se detiene a propósito lo prueba respaldo_envios.
  await bd.pool.query(`update mensajes_programados set cuando = clock_timestamp() + interval '1 day'`);
  await bd.pool.query(`update meta_ads_entregas set estado = 'enviado'`);
  carpeta = (await crearRespaldo({ bd, adjuntos: crearAdjuntos(origen.config, bd.servicio) }, dir)).carpeta;
});
after(async () => {
  await Promise.all([bd?.cerrar(), otra?.cerrar()]);
  await Promise.all([origen?.cerrar(), destino?.cerrar()]);
  rmSync(dir, { recursive: true, force: true });
});

/** Cada tabla con su huella fila por fila, sin importar el orden. */
async function foto(base: BaseDeDatos): Promise<Record<string, string>> {
  const { rows } = await base.pool.query<{ t: string }>(
    `select relname t from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
  );
  const r: Record<string, string> = {};
  for (const { t } of rows) {
    const { rows: h } = await base.pool.query<{ n: number; h: string }>(
      `select count(*)::int n, md5(coalesce(string_agg(x::text, E'\n' order by x::text), '')) h from public."${t}" x`,
    );
    r[t] = `${h[0]?.n} ${h[0]?.h}`;
  }
  return r;
}

async function catalogo(base: BaseDeDatos): Promise<unknown> {
  return (
    await base.pool.query(`select conrelid::regclass::text t, conname, pg_get_constraintdef(oid) d, convalidated from pg_constraint where connamespace = 'public'::regnamespace
      union all select tgrelid::regclass::text, tgname, tgenabled::text, true from pg_trigger where not tgisinternal order by 1, 2, 3`)
  ).rows;
}

test('un respaldo dañado, incompleto o de otra cosa no toca la base', async () => {
  const antes = await foto(otra);
  const adjuntos = crearAdjuntos(destino.config, otra.servicio);
  await assert.rejects(restaurarRespaldo({ bd: otra, adjuntos }, dir), ErrorRespaldo);
  const archivo = join(carpeta, 'tablas', 'contactos.ndjson.gz');
  const bueno = readFileSync(archivo);
  writeFileSync(archivo, bueno.subarray(0, bueno.length - 20));
  await assert.rejects(restaurarRespaldo({ bd: otra, adjuntos }, carpeta), /contactos\.ndjson\.gz/);
  writeFileSync(archivo, bueno);
  const manifiesto = join(carpeta, 'manifiesto.json');
  const original = readFileSync(manifiesto, 'utf8');
  writeFileSync(manifiesto, original.replace(/"huella": "[0-9a-f]{4}/, '"huella": "0000'));
  await assert.rejects(restaurarRespaldo({ bd: otra, adjuntos }, carpeta), /misma versión de Nora/);
  writeFileSync(manifiesto, original);
  await assert.rejects(restaurarRespaldo({ bd, adjuntos }, carpeta), /no está vacía/);
  assert.deepEqual(await foto(otra), antes);
});

test('si el almacén falla a la mitad, la base sigue vacía y la misma orden se puede repetir', async () => {
  const antes = await foto(otra);
  const adjuntos = crearAdjuntos(destino.config, otra.servicio);
  let guardados = 0;
  const lleno: typeof adjuntos = {
    ...adjuntos,
    guardar: (contenido, datos) =>
      guardados++ === 0
        ? adjuntos.guardar(contenido, datos)
        : Promise.reject(new ErrorAdjunto('almacen', 'sin espacio')),
  };
  await assert.rejects(
    restaurarRespaldo({ bd: otra, adjuntos: lleno }, carpeta),
    (e) => e instanceof ErrorRespaldo && /sin espacio.*sigue vacía.*repite/.test(e.message),
  );
  assert.equal(guardados, 2);
  assert.deepEqual(await foto(otra), antes);
});

test('lo restaurado es igual tabla por tabla, con sus archivos, llaves y disparadores, y la credencial abre', async () => {
  const reglas = await catalogo(otra);
  const adjuntos = crearAdjuntos(destino.config, otra.servicio);
  const r = await restaurarRespaldo({ bd: otra, adjuntos }, carpeta);
  assert.ok(r.filas > 300);
  // La foto y el CSV de una importación; lo que está por borrarse no se respalda.
  assert.equal(r.archivos, 2);
  const [a, b] = [await foto(bd), await foto(otra)];
  // Los turnos de los carriles no se reanudan: lo que estaba por salir quizá ya salió.
  assert.match(b['atenciones'] ?? '', /^0 /);
  assert.deepEqual({ ...b, atenciones: a['atenciones'] }, a);
  const deNora = await tablasConNora(async (t) => (await bd.pool.query(t)).rows as never);
  assert.ok(deNora.some((t) => t.startsWith('meta_ads_')));
  assert.deepEqual(
    deNora.filter((t) => a[t]?.startsWith('0 ')),
    [],
    'la prueba compara tablas con filas',
  );
  assert.deepEqual(await catalogo(otra), reglas);
  const { rows } = await otra.pool.query<{ c: string; ruta: string; n: string }>(
    `select (select credenciales_twilio from configuracion_bot where nombre_nora = 'aura') c, (select ruta from adjuntos where sha256 is not null limit 1) ruta, (select max(tokens_entrada)::text from consumo_ia) n`,
  );
  assert.equal(rows[0]?.n, '9007199254740993', 'los enteros grandes no se redondean');
  assert.deepEqual(JSON.parse(descifrar(clave, rows[0]?.c ?? '', 'twilio:aura')), {
    accountSid: 'AC1',
    authToken: 't',
  });
  const trozos: Buffer[] = [];
  for await (const t of await adjuntos.leer(rows[0]?.ruta ?? '')) trozos.push(t as Buffer);
  assert.equal(Buffer.concat(trozos).toString(), 'una foto');
});

test('el manifiesto dice en palabras qué hace falta y no lleva sesiones; se conservan los más nuevos', async () => {
  const m = JSON.parse(readFileSync(join(carpeta, 'manifiesto.json'), 'utf8')) as Manifiesto;
  assert.match(m.leeme, /CLAVE_CIFRADO/);
  assert.ok(!readdirSync(join(carpeta, 'tablas')).some((n) => n.startsWith('sesiones')));
  for (const n of ['respaldo_20200101T000000Z', 'respaldo_20200102T000000Z', 'otra_cosa'])
    mkdirSync(join(dir, n));
  assert.deepEqual(await podarRespaldos(dir, 2), ['respaldo_20200101T000000Z']);
  assert.ok(readdirSync(dir).includes('otra_cosa'));
});

test('un respaldo quita lo que otro dejó a medias hace más de un día, y nada más', async () => {
  const aparte = join(dir, 'aparte');
  const haceUnaHora = new Date(Date.now() - 3600_000).toISOString().replace(/[-:]|\.\d+/g, '');
  const vivos = [`.respaldo_${haceUnaHora}.parcial`, '.otra_cosa.parcial', 'respaldo_20200101T000000Z'];
  for (const n of ['.respaldo_20200101T000000Z.parcial', ...vivos])
    mkdirSync(join(aparte, n), { recursive: true });
  const nuevo = await crearRespaldo({ bd, adjuntos: crearAdjuntos(origen.config, bd.servicio) }, aparte);
  assert.deepEqual(readdirSync(aparte).sort(), [...vivos, basename(nuevo.carpeta)].sort());
});
