import type { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { ErrorApp } from '../../errores.ts';
import { leerTelefono } from './esquemas.ts';

export type Codificacion = 'utf-8' | 'utf-16le' | 'windows-1252';

/** Cómo está escrito un archivo CSV. */
export interface Formato {
  codificacion: Codificacion;
  separador: string;
}

export interface FilaCsv {
  /** Línea del archivo en la que termina: la que se ve en un editor. */
  linea: number;
  celdas: string[];
}

export interface Revision extends Formato {
  columnas: { nombres: string[]; encabezado: boolean };
  muestra: string[][];
  /** Filas de datos, sin el encabezado. */
  total: number;
}

const MAXIMO_COLUMNAS = 200;
const MUESTRA = 5;

/**
 * Lee el archivo entero una vez, sin guardar nada: así un error en la línea 40,000 se sabe antes de empezar.
 * @param abrir da el archivo desde el principio cada vez
 * @throws ErrorApp 422 con qué línea y qué hacer
 */
export async function revisarCsv(abrir: () => Readable): Promise<Revision> {
  const inicio = await leerInicio(abrir());
  rechazarBinario(inicio);
  const codificacion = await adivinarCodificacion(abrir, inicio);
  const formato = {
    codificacion,
    separador: adivinarSeparador(new TextDecoder(codificacion).decode(inicio)),
  };
  let primera: string[] | null = null;
  const muestra: string[][] = [];
  let total = 0;
  for await (const { celdas } of leerCsv(abrir(), formato)) {
    if (!primera) primera = celdas;
    else total += 1;
    if (muestra.length <= MUESTRA) muestra.push(celdas.slice(0, MAXIMO_COLUMNAS).map((c) => c.slice(0, 200)));
  }
  if (!primera) throw new ErrorApp(422, 'csv_vacio', 'El archivo está vacío.');
  if (primera.length > MAXIMO_COLUMNAS)
    throw new ErrorApp(
      422,
      'csv_ancho',
      `El archivo tiene ${primera.length} columnas; usa ${MAXIMO_COLUMNAS} o menos.`,
    );
  // Con un teléfono en la primera fila, esa fila ya es una persona y no los títulos.
  const encabezado = !primera.some(
    (c) => /^\s*'?\+?[\d\s()-]{10,}$/.test(c) && leerTelefono(sinEscape(c)) !== null,
  );
  if (!encabezado) total += 1;
  if (total === 0)
    throw new ErrorApp(422, 'csv_vacio', 'El archivo sólo tiene los títulos: no hay filas que importar.');
  const nombres = primera.map((c, i) =>
    encabezado && c.trim() ? c.trim().slice(0, 100) : `Columna ${i + 1}`,
  );
  return {
    ...formato,
    columnas: { nombres, encabezado },
    muestra: muestra.slice(encabezado ? 1 : 0).slice(0, MUESTRA),
    total,
  };
}

/**
 * Filas de un CSV conforme llegan; no carga el archivo en memoria.
 * @throws ErrorApp 422 `csv_danado` si unas comillas no cierran o una fila es desmesurada
 */
export async function* leerCsv(
  archivo: Readable,
  { codificacion, separador }: Formato,
): AsyncGenerator<FilaCsv> {
  const lector = parse({
    delimiter: separador,
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    info: true,
    max_record_size: 100_000,
  });
  archivo.on('error', (e) => lector.destroy(e));
  const alimentar = (async () => {
    try {
      const decodificador = new TextDecoder(codificacion);
      for await (const trozo of archivo as AsyncIterable<Buffer>) {
        if (lector.destroyed) return;
        if (!lector.write(decodificador.decode(trozo, { stream: true })))
          await new Promise<void>((seguir) => {
            const listo = (): void => {
              lector.off('drain', listo).off('close', listo);
              seguir();
            };
            lector.on('drain', listo).on('close', listo);
          });
      }
      lector.end(decodificador.decode());
    } catch (e) {
      lector.destroy(e as Error);
    }
  })();
  try {
    for await (const { record, info } of lector as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      yield { linea: info.lines, celdas: record };
    }
  } catch (e) {
    throw e instanceof CsvError ? explicar(e) : e;
  } finally {
    archivo.destroy();
    lector.destroy();
    await alimentar;
  }
}

/** Una fila de CSV. Lo que una hoja de cálculo tomaría por fórmula sale con un apóstrofo delante (OWASP, CSV injection). */
export function filaCsv(celdas: readonly unknown[]): string {
  return `${celdas.map(celdaCsv).join(',')}\r\n`;
}

/** El apóstrofo con el que exportamos lo que parece fórmula se quita al volver a importar. */
export function sinEscape(celda: string): string {
  return /^'[=+\-@\t\r]/.test(celda) ? celda.slice(1) : celda;
}

function celdaCsv(valor: unknown): string {
  const crudo =
    valor === null || valor === undefined
      ? ''
      : typeof valor === 'string'
        ? valor
        : typeof valor === 'object'
          ? JSON.stringify(valor)
          : String(valor as number | boolean);
  // Un número negativo nuestro también empieza con «-»: sólo el texto puede ser fórmula.
  const texto = typeof valor !== 'number' && /^[=+\-@\t\r]/.test(crudo) ? `'${crudo}` : crudo;
  return /[",\r\n;\t]|^\s|\s$/.test(texto) ? `"${texto.replaceAll('"', '""')}"` : texto;
}

function explicar(e: CsvError): ErrorApp {
  const linea = Number((e as unknown as { lines?: number }).lines ?? 0);
  const donde = linea > 0 ? ` cerca de la línea ${linea.toLocaleString('es-MX')}` : '';
  const motivos: Record<string, string> = {
    CSV_QUOTE_NOT_CLOSED: 'hay unas comillas que se abren y nunca se cierran',
    CSV_MAX_RECORD_SIZE: 'una fila es enorme; casi siempre son unas comillas sin cerrar',
    INVALID_OPENING_QUOTE: 'hay unas comillas a media celda',
    CSV_INVALID_CLOSING_QUOTE: 'hay texto pegado después de unas comillas de cierre',
    CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: 'hay texto pegado después de unas comillas de cierre',
  };
  return new ErrorApp(
    422,
    'csv_danado',
    `El archivo está mal formado${donde}: ${motivos[e.code] ?? 'no se puede leer como CSV'}. Corrígelo y súbelo de nuevo; no se guardó nada.`,
  );
}

async function leerInicio(archivo: Readable): Promise<Buffer> {
  const trozos: Buffer[] = [];
  let bytes = 0;
  for await (const t of archivo as AsyncIterable<Buffer>) {
    trozos.push(t);
    bytes += t.length;
    if (bytes >= 65_536) break;
  }
  archivo.destroy();
  return Buffer.concat(trozos);
}

function rechazarBinario(b: Buffer): void {
  if (b.length === 0) throw new ErrorApp(422, 'csv_vacio', 'El archivo está vacío.');
  const inicio = b.subarray(0, 8).toString('latin1');
  if (inicio.startsWith('PK'))
    throw new ErrorApp(
      415,
      'no_es_csv',
      'Es un libro de Excel (.xlsx). Ábrelo y guárdalo como «CSV UTF-8»; luego sube ese archivo.',
    );
  if (inicio.startsWith('\xd0\xcf\x11\xe0'))
    throw new ErrorApp(
      415,
      'no_es_csv',
      'Es un libro de Excel antiguo (.xls). Ábrelo y guárdalo como CSV; luego sube ese archivo.',
    );
  if (inicio.startsWith('%PDF'))
    throw new ErrorApp(
      415,
      'no_es_csv',
      'Es un PDF. Hace falta un archivo CSV, con una persona por renglón.',
    );
  if (!(b[0] === 0xff && b[1] === 0xfe) && b.includes(0))
    throw new ErrorApp(
      415,
      'no_es_csv',
      'El archivo no es texto. Hace falta un archivo CSV, con una persona por renglón.',
    );
}

/** Excel en español guarda en Windows-1252; lo nuevo, en UTF-8. Se decide con el archivo entero: el acento puede estar al final. */
async function adivinarCodificacion(abrir: () => Readable, inicio: Buffer): Promise<Codificacion> {
  if (inicio[0] === 0xff && inicio[1] === 0xfe) return 'utf-16le';
  const estricto = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const trozo of abrir() as AsyncIterable<Buffer>) {
      // A mitad de un archivo de texto puede haber nulos de un archivo dañado: la base no los admite.
      if (trozo.includes(0))
        throw new ErrorApp(
          415,
          'no_es_csv',
          'El archivo trae caracteres que no son texto. Ábrelo en tu hoja de cálculo y guárdalo otra vez como CSV.',
        );
      estricto.decode(trozo, { stream: true });
    }
    estricto.decode();
    return 'utf-8';
  } catch (e) {
    if (e instanceof ErrorApp) throw e;
    return 'windows-1252';
  }
}

function adivinarSeparador(texto: string): string {
  const linea = (texto.split(/\r?\n/, 1)[0] ?? '').replace(/"[^"]*"/g, '');
  const veces = [',', ';', '\t', '|'].map((s) => [s, linea.split(s).length] as const);
  return veces.reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}
