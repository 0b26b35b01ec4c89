import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { ErrorApp } from '../../errores.ts';
import { leerCsv, sinApostrofo } from './csv.ts';
import { leerDocx } from './lector_docx.ts';
import { leerPdf } from './lector_pdf.ts';
import { type Lectura, mal } from './lectura.ts';
import { limpiarTexto, type Pedazo, partirPedazo, partirTexto } from './partir.ts';

/** Lo que se le pide al hilo lector. */
export interface Encargo {
  formato: 'texto' | 'markdown' | 'csv' | 'docx' | 'pdf';
  nombre: string;
  contenido: Uint8Array;
}

const MAXIMO_BLOQUES = 1000;

/** @throws ErrorApp con el mensaje para quien subió el archivo */
export async function leerYPartir({ formato, nombre, contenido }: Encargo): Promise<Lectura> {
  const bytes = Buffer.from(contenido);
  const lectura = await leerFormato(formato, nombre, bytes);
  // Un bloque sin letras ni números no enseña nada y en la base sería igual a cualquier otro como él.
  lectura.bloques = lectura.bloques.filter((b) => /[\p{L}\p{N}]/u.test(b.contenido));
  if (lectura.bloques.length === 0)
    throw mal('sin_bloques', `No encontramos texto que enseñar en «${nombre}».`);
  if (lectura.bloques.length > MAXIMO_BLOQUES) {
    lectura.avisos.push(
      `Salieron ${lectura.bloques.length.toLocaleString('es-MX')} bloques; aquí van los primeros ${MAXIMO_BLOQUES.toLocaleString('es-MX')}. Divide el archivo para traer el resto.`,
    );
    lectura.bloques.length = MAXIMO_BLOQUES;
  }
  return lectura;
}

async function leerFormato(formato: Encargo['formato'], nombre: string, bytes: Buffer): Promise<Lectura> {
  switch (formato) {
    case 'pdf':
      return leerPdf(nombre, bytes);
    case 'docx':
      return leerDocx(nombre, bytes);
    case 'csv':
      return leerHoja(aTexto(nombre, bytes));
    default:
      return { bloques: partirTexto(aTexto(nombre, bytes), formato), avisos: [] };
  }
}

/** UTF-8, UTF-16 con marca o, si no es ninguno, Windows-1252, que es lo que guarda Excel en español. */
function aTexto(nombre: string, bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  // Unos cuantos nulos se quitan al limpiar; muchos quieren decir que no es texto.
  let nulos = 0;
  for (const b of bytes.subarray(0, 8192)) if (b === 0) nulos++;
  if (nulos > 8) throw mal('archivo_danado', `«${nombre}» no es un archivo de texto.`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

// CSV ------------------------------------------------------------------------------------------------------------

const COLUMNAS: Record<string, RegExp> = {
  titulo: /^(t[ií]tulo|title|tema|pregunta|question|nombre|producto|servicio)$/i,
  contenido: /^(contenido|content|texto|text|respuesta|answer|descripci[oó]n|description|bloque)$/i,
  etiquetas: /^(etiquetas?|tags?|categor[ií]as?|category)$/i,
  prioridad: /^(prioridad|priority)$/i,
  activo: /^(activo|active|encendido)$/i,
};

function leerHoja(texto: string): Lectura {
  const avisos: string[] = [];
  // Aquí no se recorta: un campo vacío al principio de un renglón también cuenta.
  const filas = leerCsv(
    texto
      .toWellFormed()
      .replace(/^\ufeff/, '')
      .replace(/\r\n?/g, '\n')
      .replaceAll('\0', ''),
  );
  const [cabeza = []] = filas;
  const columnas = Object.fromEntries(
    Object.entries(COLUMNAS).map(([clave, patron]) => [
      clave,
      cabeza.findIndex((c) => patron.test(c.trim())),
    ]),
  );
  if ((columnas['contenido'] ?? -1) < 0) return { bloques: sinColumnas(filas, cabeza, columnas), avisos };
  let vacias = 0;
  const de = (fila: string[], clave: string) => {
    const i = columnas[clave] ?? -1;
    return i < 0 ? '' : sinApostrofo((fila[i] ?? '').trim());
  };
  const bloques = filas.slice(1).flatMap((fila) => {
    const contenido = de(fila, 'contenido');
    if (!contenido) {
      vacias++;
      return [];
    }
    return partirPedazo({
      titulo: de(fila, 'titulo'),
      contenido,
      etiquetas: etiquetasDe(de(fila, 'etiquetas')),
      prioridad: Math.min(9, Math.max(0, Math.trunc(Number(de(fila, 'prioridad'))) || 0)),
      activo: !/^(no|0|false|falso|apagado)$/i.test(de(fila, 'activo')),
    });
  });
  if (vacias > 0)
    avisos.push(
      `${vacias === 1 ? 'Un renglón venía' : `${vacias} renglones venían`} sin contenido y no se trajeron.`,
    );
  return { bloques, avisos };
}

/** Sin una columna de contenido, cada renglón es un bloque: «Producto: Tinte. Precio: $900.» */
function sinColumnas(filas: string[][], cabeza: string[], columnas: Record<string, number>): Pedazo[] {
  const conCabeza =
    filas.length > 1 && cabeza.length > 1 && cabeza.every((c) => c.trim() && !/\d{2,}/.test(c));
  const posicion = columnas['titulo'] ?? -1;
  const titulo = posicion >= 0 ? posicion : cabeza.length > 1 ? 0 : -1;
  return (conCabeza ? filas.slice(1) : filas).flatMap((fila) => {
    const celdas = fila.map((v) => sinApostrofo(v.trim()));
    const contenido = celdas
      .map((v, i) => (v && conCabeza ? `${cabeza[i]?.trim() ?? ''}: ${v}` : v))
      .filter(Boolean)
      .join(conCabeza ? '. ' : ' · ');
    return contenido
      ? partirPedazo({ titulo: celdas[titulo] ?? '', contenido, etiquetas: [], prioridad: 0, activo: true })
      : [];
  });
}

function etiquetasDe(texto: string): string[] {
  const partes = texto.split(/[,;|]/).map((e) => limpiarTexto(e).slice(0, 40).trim());
  return [...new Set(partes.filter(Boolean))].slice(0, 20);
}

if (!isMainThread && parentPort && (workerData as Partial<Encargo> | null)?.formato) {
  const puerto = parentPort;
  try {
    puerto.postMessage({ ok: true, lectura: await leerYPartir(workerData as Encargo) });
  } catch (error) {
    const { codigo, message } = error as Partial<ErrorApp>;
    if (!(error instanceof ErrorApp)) throw error;
    puerto.postMessage({ ok: false, codigo, mensaje: message });
  }
}
