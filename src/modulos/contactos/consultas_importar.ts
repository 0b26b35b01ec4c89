import type { Request } from 'express';
import type { Contexto } from '../../contexto.ts';
import type { ClienteBd } from '../../datos/base_de_datos.ts';
import { llamar } from '../../datos/llamar.ts';
import { type Formato, filaCsv, sinEscape } from './csv.ts';

export const COLA_IMPORTAR = 'importar_contactos';

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
