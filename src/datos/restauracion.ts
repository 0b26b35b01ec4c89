import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Pool, PoolClient } from 'pg';
import type { Contexto } from '../contexto.ts';
import { columnasDe } from '../admin/tablas.ts';
import { ErrorRespaldo, LOTE, type Manifiesto, type ParteTabla } from './respaldo.ts';

export interface Restaurado {
  filas: number;
  archivos: number;
  /** Envíos que el respaldo traía a medias o ya vencidos y que no se sabe si salieron. */
  inciertos: number;
  /** Conversaciones que se quedan esperando a una persona por la restauración. */
  esperan: number;
}

/**
 * Comprueba las sumas de un respaldo y lo pone en una base recién migrada y sin noras, con Nora apagada. Lo que estaba por
 * salir no sale solo: queda a la vista de una persona. Si falla se puede repetir.
 * @throws ErrorRespaldo, con las filas como estaban, si falta o cambió un archivo, si el almacén no los guarda o si la base ya
 * tiene noras o es de otra versión
 */
export async function restaurarRespaldo(
  ctx: Pick<Contexto, 'bd' | 'adjuntos'>,
  carpeta: string,
): Promise<Restaurado> {
  const manifiesto = await leerManifiesto(carpeta);
  await comprobarSumas(carpeta, manifiesto);
  await exigirIgualYVacia(ctx.bd.pool, manifiesto);
  // Antes que las filas: con las filas ya puestas, un tropiezo del almacén dejaría una base que no se acepta de nuevo.
  for (const a of manifiesto.archivos) await reponerArchivo(ctx, carpeta, a);
  const cliente = await ctx.bd.pool.connect();
  try {
    await cliente.query('begin');
    // Otra vez: copiar los archivos pudo tardar y alguien arrancar Nora mientras.
    await exigirIgualYVacia(cliente, manifiesto);
    await sinAtaduras(cliente, async () => {
      const tablas = manifiesto.tablas.map((t) => `public."${t.tabla}"`).join(', ');
      await cliente.query(`truncate ${tablas}`);
      for (const parte of manifiesto.tablas) await llenarTabla(cliente, carpeta, parte);
    });
    await ponerSecuencias(cliente);
    const detenido = await detenerLoQueIbaASalir(cliente);
    await cliente.query('commit');
    cliente.release();
    const filas = manifiesto.tablas.reduce((n, t) => n + t.filas, 0);
    return { filas, archivos: manifiesto.archivos.length, ...detenido };
  } catch (error) {
    await cliente.query('rollback').catch(() => {});
    cliente.release(error as Error);
    throw error;
  }
}

const NO_SE_SABE = 'Se restauró un respaldo y no sabemos si esto ya había salido.';
const POR_REVISAR = 'Se restauró un respaldo: no sabemos si ya se le contestó';

/**
 * Entre el respaldo y la falla Nora siguió trabajando: lo que aquí está por salir quizá ya salió, y nada se manda dos veces a
 * ciegas. Todo queda como «no sabemos si llegó», que una persona puede reintentar.
 * Lo que alguien acababa de escribir tampoco se contesta solo, porque quizá ya se le contestó: se da por atendido y la
 * conversación espera a una persona, con el motivo. Lo siguiente que escriba sí lo contesta Nora. Lo programado para después
 * de hoy sigue en pie.
 */
async function detenerLoQueIbaASalir(
  cliente: PoolClient,
): Promise<Pick<Restaurado, 'inciertos' | 'esperan'>> {
  const programados = await cliente.query<{ contacto_id: string }>(
    `with m as (
       update public.mensajes_programados set estado = 'impedido', motivo = $1, historial_id = gen_random_uuid()
        where estado = 'programado' and cuando <= clock_timestamp() returning *),
     h as (
       insert into public.historial_conversaciones (id, nombre_nora, contacto_id, telefono, mensaje, tipo, origen, autor, usuario_id, estado, estado_en, error_detalle, clave_cliente, plantilla)
       select m.historial_id, m.nombre_nora, m.contacto_id, coalesce(k.telefono, k.id_whatsapp), m.texto, 'respuesta', b.numero_nora, 'humano', m.usuario_id, 'incierto', clock_timestamp(), $1, 'p-' || m.id, m.plantilla
         from m join public.contactos k on k.id = m.contacto_id join public.configuracion_bot b on b.nombre_nora = m.nombre_nora),
     a as (
       update public.adjuntos a set historial_id = m.historial_id from m
        where a.nombre_nora = m.nombre_nora and a.id = any (m.adjuntos) and a.historial_id is null)
     select contacto_id from m`,
    [NO_SE_SABE],
  );
  const salientes = await cliente.query<{ contacto_id: string; autor: string }>(
    `update public.historial_conversaciones set estado = 'incierto', estado_en = clock_timestamp(), error_detalle = $1
      where estado in ('pendiente', 'enviando') returning contacto_id, autor`,
    [NO_SE_SABE],
  );
  // La entrega de un reporte que ya es un mensaje de WhatsApp sigue el estado de ese mensaje.
  const entregas = await cliente.query(
    `update public.meta_ads_entregas set estado = 'incierto', motivo = $1, arriendo_hasta = null
      where estado in ('pendiente', 'enviando')`,
    [NO_SE_SABE],
  );
  const rafagas = await cliente.query<{ contacto_id: string }>(
    `with k as (
       update public.contactos k set epoca_resuelta = k.epoca from public.atenciones a
        where a.contacto_id = k.id and a.carril = 'respuesta'
          and exists (select from public.historial_conversaciones h where h.nombre_nora = k.nombre_nora and h.contacto_id = k.id
                         and h.autor = 'contacto' and h.epoca > k.epoca_resuelta)
       returning k.id, k.nombre_nora, k.epoca),
     r as (
       insert into public.rafagas (nombre_nora, contacto_id, epoca, resultado, motivo)
       select nombre_nora, id, epoca, 'pasada_a_humano', 'respaldo_restaurado' from k on conflict do nothing)
     select id contacto_id from k`,
  );
  await cliente.query('delete from public.atenciones');
  // Quien recibe un reporte no está esperando respuesta, y a quien está bloqueado no se le contesta.
  const porRevisar = [
    ...programados.rows,
    ...salientes.rows.filter((h) => h.autor !== 'envio'),
    ...rafagas.rows,
  ].map((f) => f.contacto_id);
  const { rowCount: esperan } = await cliente.query(
    `update public.contactos set espera_humano_desde = clock_timestamp(), motivo_espera = $2
      where id = any ($1::uuid[]) and espera_humano_desde is null and not bloqueado`,
    [porRevisar, POR_REVISAR],
  );
  return {
    inciertos: programados.rows.length + salientes.rows.length + (entregas.rowCount ?? 0),
    esperan: esperan ?? 0,
  };
}

async function leerManifiesto(carpeta: string): Promise<Manifiesto> {
  try {
    const m = JSON.parse(await readFile(join(carpeta, 'manifiesto.json'), 'utf8')) as Manifiesto;
    if (m.formato === 'nora/respaldo' && m.version === 1) return m;
  } catch {
    // Sin manifiesto legible no es un respaldo, sea cual sea la razón.
  }
  throw new ErrorRespaldo(`${carpeta} no es un respaldo de Nora: falta manifiesto.json o es de otra versión`);
}

async function comprobarSumas(carpeta: string, m: Manifiesto): Promise<void> {
  for (const t of m.tablas) await comprobar(join(carpeta, 'tablas', t.archivo), t.sha256, true);
  for (const a of m.archivos) await comprobar(join(carpeta, 'archivos', a.ruta), a.sha256, false);
}

async function comprobar(archivo: string, sha256: string, comprimido: boolean): Promise<void> {
  const huella = createHash('sha256');
  try {
    const flujo = createReadStream(archivo);
    if (comprimido) await pipeline(flujo, createGunzip(), huella);
    else await pipeline(flujo, huella);
  } catch {
    throw new ErrorRespaldo(`${archivo} falta o está dañado: usa otro respaldo`);
  }
  if (huella.digest('hex') !== sha256)
    throw new ErrorRespaldo(`${archivo} cambió después de respaldarse: su suma no coincide`);
}

async function exigirIgualYVacia(bd: Pick<Pool, 'query'>, m: Manifiesto): Promise<void> {
  const { rows } = await bd.query<{ nombre: string; huella: string }>(
    'select nombre, huella from interno.migraciones order by nombre',
  );
  const aqui = new Map(rows.map((r) => [r.nombre, r.huella]));
  const distinta =
    m.migraciones.find((x) => aqui.get(x.nombre) !== x.huella)?.nombre ??
    rows.find((r) => !m.migraciones.some((x) => x.nombre === r.nombre))?.nombre;
  if (distinta)
    throw new ErrorRespaldo(
      `La base y el respaldo difieren en la migración ${distinta}: restaura con la misma versión de Nora`,
    );
  // Haber arrancado una vez no estorba: sin noras y sin más cuenta que la de ADMIN_CORREO no hay nada que perder.
  const { rows: hay } = await bd.query<{ noras: boolean; cuentas: boolean }>(
    `select exists (select from public.configuracion_bot) noras,
            (select count(*) > 1 or coalesce(bool_or(rol <> 'admin'), false) from public.usuarios) cuentas`,
  );
  if (hay[0]?.noras || hay[0]?.cuentas)
    throw new ErrorRespaldo(
      `La base no está vacía: ya tiene ${hay[0].noras ? 'noras' : 'cuentas de personas'}. Restaura en una base nueva, antes de arrancar Nora ahí; con la base embebida, detén Nora y borra sólo la carpeta postgres de DATOS_DIR (los respaldos y la clave de cifrado están al lado)`,
    );
}

/** Quita llaves foráneas y disparadores, hace lo suyo y los repone: así el orden de las tablas no importa y nada se recalcula. */
async function sinAtaduras(cliente: PoolClient, hacer: () => Promise<void>): Promise<void> {
  const { rows: llaves } = await cliente.query<{ tabla: string; nombre: string; definicion: string }>(`
    select conrelid::regclass::text as tabla, quote_ident(conname) as nombre, pg_get_constraintdef(oid) as definicion from pg_constraint
     where contype = 'f' and connamespace = 'public'::regnamespace and conparentid = 0 order by 1, 2`);
  const { rows: tablas } = await cliente.query<{ tabla: string }>(
    `select oid::regclass::text as tabla from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`,
  );
  for (const l of llaves) await cliente.query(`alter table ${l.tabla} drop constraint ${l.nombre}`);
  // «enable trigger user» los deja normales: los que corren siempre hay que decirlos otra vez.
  const { rows: siempre } = await cliente.query<{ tabla: string; nombre: string }>(
    `select tgrelid::regclass::text tabla, quote_ident(tgname) nombre from pg_trigger where tgenabled = 'A' and not tgisinternal`,
  );
  for (const { tabla } of tablas) await cliente.query(`alter table ${tabla} disable trigger user`);
  await hacer();
  for (const { tabla } of tablas) await cliente.query(`alter table ${tabla} enable trigger user`);
  for (const { tabla, nombre } of siempre)
    await cliente.query(`alter table ${tabla} enable always trigger ${nombre}`);
  for (const l of llaves)
    await cliente.query(`alter table ${l.tabla} add constraint ${l.nombre} ${l.definicion}`);
}

async function llenarTabla(cliente: PoolClient, carpeta: string, parte: ParteTabla): Promise<void> {
  const columnas = await columnasDe(cliente, parte.tabla, { secretas: true });
  const lector = createInterface({
    input: createReadStream(join(carpeta, 'tablas', parte.archivo)).pipe(createGunzip()),
    crlfDelay: Infinity,
  });
  let lote: string[] = [];
  // Las líneas viajan como texto hasta PostgreSQL: JavaScript redondearía los enteros grandes.
  const vaciar = async () => {
    if (lote.length === 0) return;
    await cliente.query(
      `insert into public."${parte.tabla}" (${columnas}) overriding system value select ${columnas} from json_populate_recordset(null::public."${parte.tabla}", $1::json)`,
      [`[${lote.join(',')}]`],
    );
    lote = [];
  };
  for await (const linea of lector) {
    lote.push(linea);
    if (lote.length >= LOTE) await vaciar();
  }
  await vaciar();
}

async function ponerSecuencias(cliente: PoolClient): Promise<void> {
  const { rows } = await cliente.query<{ secuencia: string; tabla: string; columna: string }>(`
    select s.oid::regclass::text as secuencia, d.refobjid::regclass::text as tabla, quote_ident(a.attname) as columna from pg_class s
      join pg_depend d on d.objid = s.oid and d.deptype in ('a', 'i') and d.refclassid = 'pg_class'::regclass
      join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid where s.relkind = 'S' and s.relnamespace = 'public'::regnamespace`);
  for (const { secuencia, tabla, columna } of rows)
    await cliente.query(
      `select setval('${secuencia}', coalesce((select max(${columna}) from ${tabla}), 0) + 1, false)`,
    );
}

/** Repetirlo no daña: el mismo id vuelve a la misma ruta. */
async function reponerArchivo(
  ctx: Pick<Contexto, 'adjuntos'>,
  carpeta: string,
  a: Manifiesto['archivos'][number],
): Promise<void> {
  const [nombre_nora = '', , archivo = ''] = a.ruta.split('/');
  const guardado = await ctx.adjuntos
    .guardar(createReadStream(join(carpeta, 'archivos', a.ruta)), {
      nombre_nora,
      id: archivo.slice(0, 36),
      tipo: a.tipo,
      maximo: a.bytes + 1,
    })
    .catch((error: Error) => {
      throw new ErrorRespaldo(
        `No se pudo reponer el archivo ${a.ruta} (${error.message}). La base sigue vacía: arregla el almacén y repite la orden`,
      );
    });
  if (guardado.ruta !== a.ruta)
    throw new ErrorRespaldo(`${a.ruta} no se pudo reponer con su nombre (quedó en ${guardado.ruta})`);
}
