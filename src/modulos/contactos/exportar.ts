import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { ClienteBd } from '../../datos/base_de_datos.ts';
import { exportarContactos, leerCatalogo } from './consultas.ts';
import { filaCsv } from './csv.ts';
import type { Filtro } from './filtro.ts';

const COLUMNAS = [
  'Nombre',
  'Teléfono',
  'Correo',
  'Empresa',
  'Etiquetas',
  'Notas',
  'Acepta envíos',
  'Bloqueado',
  'Nora responde',
  'Último mensaje',
  'Alta',
  'Anuncio',
];

/** Manda los contactos del filtro como CSV, de mil en mil y al paso del que descarga: la memoria no crece con la lista. */
export async function enviarContactosCsv(
  res: Response,
  bd: ClienteBd,
  filtro: Filtro,
  nombre: string,
): Promise<void> {
  const { campos } = await leerCatalogo(bd);
  await enviarCsv(res, nombre, filas(bd, filtro, campos));
}

/** Manda un CSV por flujo. Lo de siempre para que Excel lo abra bien: BOM y CRLF. */
export async function enviarCsv(res: Response, nombre: string, lineas: AsyncIterable<string>): Promise<void> {
  res.setHeader('Content-Type', 'text/csv; charset=utf-8');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Content-Disposition', `attachment; filename="${nombre.replace(/[^\w.-]/g, '_')}"`);
  try {
    await pipeline(Readable.from(lineas, { objectMode: true, highWaterMark: 64 }), res);
  } catch (e) {
    // Cerrar la página corta la descarga: no es un error.
    if (!res.destroyed && !res.writableEnded) throw e;
  }
}

async function* filas(
  bd: ClienteBd,
  filtro: Filtro,
  campos: { clave: string; titulo: string }[],
): AsyncGenerator<string> {
  yield `\ufeff${filaCsv([...COLUMNAS, ...campos.map((c) => c.titulo)])}`;
  for (let despues: string | null = null; ; ) {
    const pagina: unknown[][] = await exportarContactos(bd, filtro, despues);
    let trozo = '';
    for (const [
      ,
      nom,
      tel,
      correo,
      empresa,
      etiquetas,
      notas,
      acepta,
      bloqueado,
      ia,
      ultimo,
      alta,
      anuncio,
      datos,
    ] of pagina) {
      const propios = (datos ?? {}) as Record<string, unknown>;
      trozo += filaCsv([
        nom,
        tel,
        correo,
        empresa,
        (etiquetas as string[]).join('; '),
        notas,
        acepta === true ? 'sí' : acepta === false ? 'no' : '',
        bloqueado === true ? 'sí' : 'no',
        ia === true ? 'sí' : 'no',
        ultimo,
        alta,
        anuncio,
        ...campos.map((c) => propios[c.clave]),
      ]);
    }
    if (trozo) yield trozo;
    if (pagina.length < 1000) return;
    despues = String(pagina.at(-1)?.[0]);
  }
}
