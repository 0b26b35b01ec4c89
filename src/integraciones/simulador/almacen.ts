import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClienteBd } from '../../datos/base_de_datos.ts';

/** Un archivo del teléfono: el contenido vive en disco, aquí sólo lo que se sabe de él. */
export interface MedioSimulado {
  sid: string;
  tipo: string;
  nombre: string;
  bytes: number;
}

export interface MensajeSimulado {
  sid: string;
  nombre_nora: string | null;
  /** Números sin el prefijo `whatsapp:`. */
  de: string;
  a: string;
  cuerpo: string;
  medios: MedioSimulado[];
  estado: string;
  direccion: 'entrante' | 'saliente';
  url_estado: string | null;
  creado: string;
}

const COLUMNAS = 'sid, nombre_nora, de, a, cuerpo, medios, estado, direccion, url_estado, creado';

/** SM… o MM…, como los de Twilio. */
export function sidNuevo(prefijo: 'SM' | 'MM' | 'ME'): string {
  return prefijo + randomBytes(16).toString('hex');
}

export async function crearMensaje(
  bd: ClienteBd,
  m: Omit<MensajeSimulado, 'creado'>,
): Promise<MensajeSimulado> {
  const { data } = await bd
    .from('simulador_mensajes')
    .insert({ ...m, medios: m.medios.map((medio) => ({ ...medio })) })
    .select(COLUMNAS)
    .single()
    .throwOnError();
  return presentarFila(data);
}

/** Cambia el estado sólo si sigue en alguno de `desde`; dice si cambió. */
export async function cambiarEstado(
  bd: ClienteBd,
  sid: string,
  estado: string,
  desde: readonly string[],
): Promise<boolean> {
  const { data } = await bd
    .from('simulador_mensajes')
    .update({ estado })
    .eq('sid', sid)
    .in('estado', [...desde])
    .select('sid')
    .throwOnError();
  return data.length > 0;
}

export async function buscarMensaje(bd: ClienteBd, sid: string): Promise<MensajeSimulado | null> {
  const { data } = await bd
    .from('simulador_mensajes')
    .select(COLUMNAS)
    .eq('sid', sid)
    .maybeSingle()
    .throwOnError();
  return data ? presentarFila(data) : null;
}

/** Los últimos `n` mensajes entre la nora y una persona, del más viejo al más nuevo. */
export async function listarHilo(
  bd: ClienteBd,
  nombre_nora: string,
  persona: string,
  n: number,
): Promise<MensajeSimulado[]> {
  const [entrantes, salientes] = await Promise.all(
    (['de', 'a'] as const).map((columna) =>
      bd
        .from('simulador_mensajes')
        .select(COLUMNAS)
        .eq('nombre_nora', nombre_nora)
        .eq('direccion', columna === 'de' ? 'entrante' : 'saliente')
        .or(igual(columna, persona))
        .order('creado', { ascending: false })
        .order('id', { ascending: false })
        .limit(n)
        .throwOnError(),
    ),
  );
  return [...(entrantes?.data ?? []), ...(salientes?.data ?? [])]
    .map(presentarFila)
    .sort((a, b) => a.creado.localeCompare(b.creado))
    .slice(-n);
}

/** Los números con los que ya se habló desde este teléfono, el más reciente primero. */
export async function listarPersonas(bd: ClienteBd, nombre_nora: string): Promise<string[]> {
  const { data } = await bd
    .from('simulador_mensajes')
    .select('de')
    .eq('nombre_nora', nombre_nora)
    .eq('direccion', 'entrante')
    .order('creado', { ascending: false })
    .limit(300)
    .throwOnError();
  return [...new Set(data.map((fila) => fila.de))].slice(0, 20);
}

/** Cómo se llama cada número en los contactos de la nora. */
export async function listarNombres(
  bd: ClienteBd,
  nombre_nora: string,
  numeros: readonly string[],
): Promise<Map<string, string>> {
  const { data } = await bd
    .from('contactos')
    .select('nombre, telefono, id_whatsapp')
    .eq('nombre_nora', nombre_nora)
    .or(numeros.map((n) => igual(n.startsWith('+') ? 'telefono' : 'id_whatsapp', n)).join(','))
    .limit(50)
    .throwOnError();
  const nombres = new Map<string, string>();
  for (const fila of data) {
    if (!fila.nombre) continue;
    if (fila.telefono) nombres.set(fila.telefono, fila.nombre);
    if (fila.id_whatsapp) nombres.set(fila.id_whatsapp, fila.nombre);
  }
  return nombres;
}

/** Para la lista REST: los más nuevos primero, desde `salto`. */
export async function listarMensajes(
  bd: ClienteBd,
  p: { desde?: Date; hasta?: Date; de?: string; a?: string; salto: number; n: number },
): Promise<MensajeSimulado[]> {
  let consulta = bd.from('simulador_mensajes').select(COLUMNAS);
  if (p.desde) consulta = consulta.gte('creado', p.desde.toISOString());
  if (p.hasta) consulta = consulta.lte('creado', p.hasta.toISOString());
  // Un solo or(): la API embebida se queda con el último si hay varios.
  const extremos = [...(p.de ? [igual('de', p.de)] : []), ...(p.a ? [igual('a', p.a)] : [])];
  if (extremos.length > 0) consulta = consulta.or(`and(${extremos.join(',')})`);
  const { data } = await consulta
    .order('creado', { ascending: false })
    .order('id', { ascending: false })
    .range(p.salto, p.salto + p.n - 1)
    .throwOnError();
  return data.map(presentarFila);
}

/** Los enviados que se quedaron a medio camino (el proceso se apagó entre dos estados). */
export async function listarAMedias(bd: ClienteBd): Promise<MensajeSimulado[]> {
  const { data } = await bd
    .from('simulador_mensajes')
    .select(COLUMNAS)
    .eq('direccion', 'saliente')
    .in('estado', ['queued', 'sent', 'delivered'])
    .gte('creado', new Date(Date.now() - 3_600_000).toISOString())
    .limit(200)
    .throwOnError();
  return data.map(presentarFila);
}

/** Guarda el contenido de un archivo en `DATOS_DIR/simulador`. */
export async function guardarArchivo(
  datosDir: string,
  a: { tipo: string; nombre: string; contenido: Buffer },
): Promise<MedioSimulado> {
  const sid = sidNuevo('ME');
  const carpeta = join(datosDir, 'simulador');
  await mkdir(carpeta, { recursive: true });
  await writeFile(join(carpeta, sid), a.contenido, { mode: 0o600 });
  return { sid, tipo: a.tipo, nombre: a.nombre, bytes: a.contenido.length };
}

/** El contenido de un archivo; null si ya no está o el sid no tiene forma de sid. */
export async function leerArchivo(datosDir: string, sid: string): Promise<Buffer | null> {
  if (!/^ME[0-9a-f]{32}$/.test(sid)) return null;
  return readFile(join(datosDir, 'simulador', sid)).catch(() => null);
}

// La API de datos embebida lee `eq.+521…` como número y no halla nada; entre comillas, dentro de or(), es texto
// en todas (hasta en PostgREST, que fuera de or() tomaría las comillas como parte del valor).
function igual(columna: string, valor: string): string {
  return `${columna}.eq."${valor.replace(/["\\]/g, '\\$&')}"`;
}

interface Fila {
  sid: string;
  nombre_nora: string | null;
  de: string;
  a: string;
  cuerpo: string;
  medios: unknown;
  estado: string;
  direccion: string;
  url_estado: string | null;
  creado: string;
}

function presentarFila(fila: Fila): MensajeSimulado {
  return {
    ...fila,
    medios: (Array.isArray(fila.medios) ? fila.medios : []) as MedioSimulado[],
    direccion: fila.direccion === 'entrante' ? 'entrante' : 'saliente',
  };
}
