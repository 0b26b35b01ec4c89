import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import type { Request } from 'express';
import type { Contexto } from '../../contexto.ts';
import type { ClienteBd } from '../../datos/base_de_datos.ts';
import { ErrorApp } from '../../errores.ts';
import { claveDe } from '../../mensajes/telefono.ts';
import { type Campo, leerCatalogo, llamar } from './consultas.ts';
import { type Formato, filaCsv, leerCsv, revisarCsv, sinEscape } from './csv.ts';
import { correo, leerDatos, leerTelefono } from './esquemas.ts';

export const COLA_IMPORTAR = 'importar_contactos';
export const MAXIMO_CSV = 50 * 1024 * 1024;
const TANDA = 1000;

export interface Importacion extends Formato {
  id: string;
  archivo: string;
  bytes: number;
  ruta: string | null;
  columnas: { nombres: string[]; encabezado: boolean };
  muestra: string[][];
  mapeo: string[];
  opciones: { modo?: string; etiqueta?: string };
  estado: 'lista' | 'en_fila' | 'procesando' | 'terminada' | 'fallida' | 'cancelada';
  total: number;
  procesadas: number;
  creadas: number;
  actualizadas: number;
  iguales: number;
  rechazadas: number;
  error: string | null;
  creado: string;
  empezado: string | null;
  terminado: string | null;
}

export interface FilaImportada {
  linea: number;
  resultado: 'creada' | 'actualizada' | 'igual' | 'rechazada';
  motivo: string | null;
  contacto_id: string | null;
  celdas: string[] | null;
  nombre: string | null;
  telefono: string | null;
}

const COLUMNAS =
  'id, archivo, bytes, ruta, codificacion, separador, columnas, muestra, mapeo, opciones, estado, total, procesadas, creadas, actualizadas, iguales, rechazadas, error, creado, empezado, terminado';

/**
 * Recibe el archivo por flujo a un temporal, lo revisa completo y lo deja donde cualquier proceso lo lea. Nada se importa todavía.
 * @returns id de la importación
 * @throws ErrorApp 413 `archivo_grande`, 415 `no_es_csv`, 422 `csv_danado` | `csv_vacio` | `sin_archivo`
 */
export async function recibirCsv(
  ctx: Pick<Contexto, 'adjuntos'>,
  req: Request,
  usuario: string,
): Promise<string> {
  const carpeta = await mkdtemp(join(tmpdir(), 'nora-csv-'));
  try {
    const temporal = join(carpeta, 'subida');
    const { nombre, bytes } = await bajarA(temporal, req);
    const revision = await revisarCsv(() => createReadStream(temporal));
    const { campos } = await leerCatalogo(req.nora.bd);
    const id = randomUUID();
    const guardado = await ctx.adjuntos.guardar(createReadStream(temporal), {
      nombre_nora: req.nora.nombre_nora,
      id,
      tipo: 'text/csv',
      maximo: MAXIMO_CSV,
    });
    const p = {
      ...revision,
      id,
      archivo: nombre,
      bytes,
      ruta: guardado.ruta,
      mapeo: proponerMapeo(revision.columnas.nombres, revision.muestra, campos),
    };
    const hecha = await llamar<string | null>(req.nora.bd, 'crear_importacion_contactos', {
      p,
      p_usuario: usuario,
    });
    if (!hecha) throw new Error('La importación no se apuntó');
    return hecha;
  } finally {
    await rm(carpeta, { recursive: true, force: true });
  }
}

async function bajarA(destino: string, req: Request): Promise<{ nombre: string; bytes: number }> {
  if (!req.is('multipart/form-data'))
    throw new ErrorApp(422, 'sin_archivo', 'Elige el archivo CSV que quieres importar.');
  const declarado = Number(req.get('content-length') ?? 0);
  // Lo que de entrada no cabe no se espera: el navegador lo sabrá en cuanto conteste.
  if (declarado > MAXIMO_CSV + 64 * 1024) throw muyGrande();
  const lector = abrirLector(req);
  let archivo: Promise<{ nombre: string; bytes: number }> | null = null;
  lector.on('file', (_campo, flujo, datos) => {
    if (archivo) {
      flujo.resume();
      return;
    }
    archivo = escribir(flujo, destino, datos.filename ?? 'contactos.csv');
    // Se espera al final; sin esto, un rechazo temprano tumbaría el proceso.
    archivo.catch(() => flujo.resume());
  });
  try {
    await pipeline(req, lector);
  } catch (e) {
    await (archivo as Promise<unknown> | null)?.catch(() => {});
    throw e instanceof ErrorApp
      ? e
      : new ErrorApp(400, 'envio_danado', 'El archivo llegó incompleto. Inténtalo de nuevo.');
  }
  if (!archivo) throw new ErrorApp(422, 'sin_archivo', 'Elige el archivo CSV que quieres importar.');
  return archivo;
}

function abrirLector(req: Request): busboy.Busboy {
  try {
    return busboy({
      headers: req.headers,
      defParamCharset: 'utf8',
      limits: { files: 1, fileSize: MAXIMO_CSV, fields: 5, fieldSize: 1024 },
    });
  } catch {
    throw new ErrorApp(400, 'envio_danado', 'El archivo llegó mal formado. Inténtalo de nuevo.');
  }
}

async function escribir(
  flujo: Readable & { truncated?: boolean },
  destino: string,
  nombre: string,
): Promise<{ nombre: string; bytes: number }> {
  const salida = createWriteStream(destino, { mode: 0o600 });
  await pipeline(flujo, salida);
  if (flujo.truncated) throw muyGrande();
  const limpio = nombre
    .toWellFormed()
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069/\\]/gu, '')
    .trim()
    .slice(-120);
  return { nombre: limpio || 'contactos.csv', bytes: salida.bytesWritten };
}

function muyGrande(): ErrorApp {
  return new ErrorApp(
    413,
    'archivo_grande',
    'El archivo pesa más de 50 MB. Divídelo en varios e impórtalos uno por uno.',
  );
}

/** null si no es de esta nora. */
export async function buscarImportacion(bd: ClienteBd, id: string): Promise<Importacion | null> {
  const { data } = await bd
    .from('importaciones_contactos')
    .select(COLUMNAS)
    .eq('id', id)
    .maybeSingle()
    .throwOnError();
  return data as unknown as Importacion | null;
}

export async function listarImportaciones(bd: ClienteBd): Promise<Importacion[]> {
  const { data } = await bd
    .from('importaciones_contactos')
    .select(COLUMNAS)
    .order('creado', { ascending: false })
    .limit(20)
    .throwOnError();
  return data as unknown as Importacion[];
}

export async function filasImportadas(
  bd: ClienteBd,
  id: string,
  resultado: string | null,
  despues = 0,
  n = 100,
): Promise<FilaImportada[]> {
  return llamar(bd, 'filas_importacion_contactos', {
    p_importacion: id,
    p_resultado: resultado,
    p_despues: despues,
    p_n: n,
  });
}

/** Encarga el trabajo. false si ya se había empezado. */
export async function empezarImportacion(
  ctx: Pick<Contexto, 'trabajos'>,
  req: Request,
  id: string,
  mapeo: string[],
  opciones: object,
  usuario: string,
): Promise<boolean> {
  const hecho = await llamar<{ r: string } | null>(req.nora.bd, 'empezar_importacion_contactos', {
    p_id: id,
    p_mapeo: mapeo,
    p_opciones: opciones,
    p_usuario: usuario,
  });
  if (hecho?.r !== 'en_fila') return false;
  await ctx.trabajos.encolar(COLA_IMPORTAR, { nombre_nora: req.nora.nombre_nora, id });
  return true;
}

export async function cancelarImportacion(
  ctx: Pick<Contexto, 'adjuntos'>,
  bd: ClienteBd,
  id: string,
): Promise<void> {
  const previa = await buscarImportacion(bd, id);
  await llamar(bd, 'cerrar_importacion_contactos', { p_id: id, p_estado: 'cancelada' });
  if (previa?.estado === 'lista' && previa.ruta) await ctx.adjuntos.borrar(previa.ruta);
}

interface Encargo extends Formato {
  ruta: string;
  mapeo: string[];
  opciones: { modo?: string; etiqueta?: string; encabezado?: boolean };
  procesadas: number;
  campos: Campo[];
}

interface FilaLista {
  l: number;
  t?: string;
  n?: string | null;
  c?: string | null;
  e?: string | null;
  o?: string | null;
  g?: string[];
  d?: Record<string, string | number | null>;
  a?: boolean | null;
  m?: string;
  x?: string[];
}

/**
 * El trabajo: lee el archivo por flujo y guarda de mil en mil. Si se corta, al repetirse sigue donde iba: la base sólo
 * acepta la tanda que toca, así que ninguna fila cuenta dos veces.
 */
export async function importarContactos(
  ctx: Pick<Contexto, 'bd' | 'adjuntos' | 'registro' | 'vivo'>,
  nora: string,
  id: string,
): Promise<void> {
  const bd = ctx.bd.deNora(nora);
  if (!ctx.registro.moduloActivo(nora, 'contactos')) {
    await cerrar(bd, id, 'cancelada', 'El módulo de contactos se apagó antes de terminar.');
    return;
  }
  const encargo = await llamar<Encargo | null>(bd, 'tomar_importacion_contactos', { p_id: id });
  if (!encargo) return;
  try {
    if (!(await importarTandas(ctx, bd, id, encargo))) return;
  } catch (e) {
    // Lo que está mal es el archivo: repetir no lo arregla.
    if (!(e instanceof ErrorApp)) throw e;
    await cerrar(bd, id, 'fallida', e.message);
    return;
  }
  await cerrar(bd, id, 'terminada', null);
  ctx.vivo.emitir(nora, 'nora:actualizada', {});
  await ctx.adjuntos.borrar(encargo.ruta);
}

async function importarTandas(
  ctx: Pick<Contexto, 'adjuntos'>,
  bd: ClienteBd,
  id: string,
  encargo: Encargo,
): Promise<boolean> {
  const vistas = new Map<string, number>();
  const leerFila = lectorDeFilas(encargo, vistas);
  let saltar = encargo.procesadas;
  let procesadas = encargo.procesadas;
  let tanda: FilaLista[] = [];
  let primera = encargo.opciones.encabezado !== false;
  // Una tanda viaja mientras se lee la siguiente; nunca dos, porque la base sólo acepta la que sigue.
  let enVuelo: Promise<boolean> = Promise.resolve(true);
  const guardar = async (): Promise<boolean> => {
    if (!(await enVuelo)) return false;
    enVuelo = guardarTanda(bd, id, procesadas, tanda);
    // El error se recoge en la siguiente espera; sin esto, mientras tanto parecería que nadie lo atiende.
    enVuelo.catch(() => {});
    procesadas += tanda.length;
    tanda = [];
    return true;
  };
  for await (const { linea, celdas } of leerCsv(await ctx.adjuntos.leer(encargo.ruta), encargo)) {
    if (primera) {
      primera = false;
      continue;
    }
    // Aun lo ya guardado se lee, para reconocer los teléfonos repetidos igual que la primera vez.
    const fila = leerFila(linea, celdas);
    if (saltar > 0) {
      saltar -= 1;
      continue;
    }
    tanda.push(fila);
    if (tanda.length >= TANDA && !(await guardar())) return false;
  }
  if (tanda.length > 0 && !(await guardar())) return false;
  return enVuelo;
}

/** false si alguien la canceló, o si la está haciendo otro proceso: aquí se deja. */
async function guardarTanda(bd: ClienteBd, id: string, desde: number, filas: FilaLista[]): Promise<boolean> {
  const hecho = await llamar<{ r: string }>(bd, 'importar_contactos', {
    p_importacion: id,
    p_desde: desde,
    p_filas: filas,
  });
  return hecho.r === 'guardada';
}

function cerrar(bd: ClienteBd, id: string, estado: string, error: string | null): Promise<unknown> {
  return llamar(bd, 'cerrar_importacion_contactos', { p_id: id, p_estado: estado, p_error: error });
}

const SI = /^(s[ií]|1|true|verdadero|acepta|x)$/i;
const NO = /^(no|0|false|falso|baja)$/i;

/** Convierte celdas en una fila para la base, o dice por qué no se puede. */
function lectorDeFilas(
  encargo: Encargo,
  vistas: Map<string, number>,
): (linea: number, celdas: string[]) => FilaLista {
  const etiquetaFija = encargo.opciones.etiqueta ? [encargo.opciones.etiqueta] : [];
  return (linea, celdas) => {
    const valores = new Map<string, string>();
    encargo.mapeo.forEach((destino, i) => {
      const valor = limpiarCelda(celdas[i] ?? '');
      if (destino && valor)
        valores.set(destino, valores.has(destino) ? `${valores.get(destino)} ${valor}` : valor);
    });
    const rechazar = (m: string): FilaLista => ({
      l: linea,
      m,
      x: celdas.slice(0, 200).map((c) => c.toWellFormed().replaceAll('\0', '').slice(0, 1000)),
    });
    const escrito = valores.get('telefono') ?? '';
    if (!escrito) return rechazar('Falta el teléfono');
    const telefono = leerTelefono(escrito);
    if (!telefono) return rechazar(`«${escrito.slice(0, 40)}» no es un teléfono válido`);
    const antes = vistas.get(claveDe(telefono));
    if (antes !== undefined) return rechazar(`Repetida: el mismo teléfono ya venía en la línea ${antes}`);
    const nombre = [valores.get('nombre'), valores.get('apellidos')].filter(Boolean).join(' ');
    if (nombre.length > 200) return rechazar('El nombre pasa de 200 caracteres');
    if ((valores.get('empresa')?.length ?? 0) > 200) return rechazar('La empresa pasa de 200 caracteres');
    if ((valores.get('notas')?.length ?? 0) > 4000) return rechazar('Las notas pasan de 4,000 caracteres');
    const direccion = valores.get('correo') ?? '';
    if (!correo.safeParse(direccion).success)
      return rechazar(`«${direccion.slice(0, 60)}» no es un correo válido`);
    const etiquetas = [
      ...new Set([...etiquetaFija, ...(valores.get('etiquetas') ?? '').split(/[;,|]/).map((e) => e.trim())]),
    ].filter((e) => e !== '');
    if (etiquetas.length > 20) return rechazar('Trae más de 20 etiquetas');
    if (etiquetas.some((e) => e.length > 40)) return rechazar('Una etiqueta pasa de 40 caracteres');
    const { datos, errores } = leerDatos(encargo.campos, (clave) => valores.get(`dato.${clave}`));
    const [mal] = Object.entries(errores);
    if (mal)
      return rechazar(
        `${encargo.campos.find((c) => `dato.${c.clave}` === mal[0])?.titulo ?? mal[0]}: ${mal[1]}`,
      );
    vistas.set(claveDe(telefono), linea);
    const acepta = valores.get('acepta') ?? '';
    return {
      l: linea,
      t: telefono,
      n: nombre || null,
      c: direccion || null,
      e: valores.get('empresa') ?? null,
      o: valores.get('notas') ?? null,
      g: etiquetas,
      d: datos,
      a: SI.test(acepta) ? true : NO.test(acepta) ? false : null,
    };
  };
}

function limpiarCelda(celda: string): string {
  return sinEscape(celda.toWellFormed().replaceAll('\0', '').trim()).trim();
}

const SINONIMOS: [string, RegExp][] = [
  [
    'telefono',
    /^(telefono|tel|celular|cel|movil|whatsapp|whats ?app|numero|numero de telefono|phone|phone number|mobile|telefono 1|contacto)$/,
  ],
  ['apellidos', /^(apellidos?|last ?name|surname|apellido paterno|apellido materno)$/],
  ['nombre', /^(nombres?|name|full ?name|nombre completo|first ?name|cliente|contacto nombre)$/],
  ['correo', /^(correo|correo electronico|e ?mail|mail|email address)$/],
  ['empresa', /^(empresa|compania|company|negocio|organizacion|organization)$/],
  ['notas', /^(notas?|notes?|comentarios?|observaciones)$/],
  ['etiquetas', /^(etiquetas?|tags?|labels?|grupo|categoria)$/],
  ['acepta', /^(acepta envios|acepta|opt ?in|suscrito|acepta mensajes)$/],
];

/** A qué parece ir cada columna, por su título o por lo que trae. */
export function proponerMapeo(
  nombres: readonly string[],
  muestra: readonly string[][],
  campos: readonly Campo[],
): string[] {
  const plano = (t: string): string =>
    t
      .normalize('NFD')
      .replace(/\p{Diacritic}/gu, '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, ' ')
      .trim();
  const mapeo = nombres.map((nombre) => {
    const campo = campos.find((c) => plano(c.titulo) === plano(nombre) || plano(c.clave) === plano(nombre));
    return (
      SINONIMOS.find(([, patron]) => patron.test(plano(nombre)))?.[0] ?? (campo ? `dato.${campo.clave}` : '')
    );
  });
  if (!mapeo.includes('telefono')) {
    const parece = nombres.findIndex(
      (_, i) => muestra.length > 0 && muestra.every((f) => leerTelefono(limpiarCelda(f[i] ?? '')) !== null),
    );
    if (parece >= 0) mapeo[parece] = 'telefono';
  }
  // Un destino, una columna, salvo nombre y notas, que se juntan.
  return mapeo.map((d, i) => (d && d !== 'notas' && d !== 'apellidos' && mapeo.indexOf(d) !== i ? '' : d));
}

/** Las filas rechazadas, con sus celdas como venían y el motivo al final: se corrigen y se vuelven a subir. */
export async function* csvRechazadas(bd: ClienteBd, imp: Importacion): AsyncGenerator<string> {
  yield `\ufeff${filaCsv([...imp.columnas.nombres, 'Línea', 'Por qué se rechazó'])}`;
  for (let despues = 0; ; ) {
    const filas = await filasImportadas(bd, imp.id, 'rechazada', despues, 1000);
    for (const f of filas) {
      const celdas = f.celdas ?? [];
      yield filaCsv([...imp.columnas.nombres.map((_, i) => sinEscape(celdas[i] ?? '')), f.linea, f.motivo]);
    }
    const ultima = filas.at(-1);
    if (!ultima || filas.length < 1000) return;
    despues = ultima.linea;
  }
}
