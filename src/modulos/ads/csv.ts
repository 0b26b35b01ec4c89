import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { Sumas } from '../../ads/metricas.ts';
import type { Periodo } from '../../ads/periodos.ts';
import type { CifrasReporte } from '../../ads/reportes/tipos.ts';
import type { ClienteBd } from '../../datos/base_de_datos.ts';
import { type FiltroRenglones, leerRenglones } from './consultas.ts';

const COLUMNAS = [
  'dia',
  'campana',
  'conjunto',
  'anuncio',
  'anuncio_id',
  'plataforma',
  'gasto',
  'moneda',
  'impresiones',
  'clics',
  'conversaciones',
  'traido',
];
const PAGINA = 1000;

/** Los renglones diarios de una cuenta como CSV, de mil en mil y al paso de quien descarga: con 10,000 anuncios la memoria no crece. */
export async function enviarCsvAds(
  res: Response,
  bd: ClienteBd,
  cuenta: { id: string; ad_account_id: string; moneda: string | null },
  periodo: Periodo,
  filtro: FiltroRenglones = {},
): Promise<void> {
  const nombre = `anuncios_${cuenta.ad_account_id}_${periodo.desde}_${periodo.hasta}.csv`;
  res.setHeader('Content-Type', 'text/csv; charset=utf-8');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Content-Disposition', `attachment; filename="${nombre.replace(/[^\w.-]/g, '_')}"`);
  try {
    await pipeline(
      Readable.from(lineas(bd, cuenta, periodo, filtro), { objectMode: true, highWaterMark: 16 }),
      res,
    );
  } catch (e) {
    // Cerrar la página corta la descarga: no es un error.
    if (!res.destroyed && !res.writableEnded) throw e;
  }
}

const COLUMNAS_REPORTE = [
  'parte',
  'nombre',
  'campana',
  'gasto',
  'moneda',
  'impresiones',
  'clics',
  'conversaciones',
];

/** Lo mismo que dice el reporte, de sus cifras congeladas: aunque Meta las corrija después, cuadra con su PDF. */
export function csvDeReporte(c: CifrasReporte): string {
  const fila = (parte: string, s: Sumas, nombre = '', campana = '') =>
    filaCsv([parte, nombre, campana, s.gasto, c.cuenta.moneda, s.impresiones, s.clics, s.conversaciones]);
  return [
    `\ufeff${filaCsv(COLUMNAS_REPORTE)}`,
    fila('total', c.total),
    ...c.dias.map((d) => fila('dia', d, d.dia)),
    ...c.campanas.map((p) => fila('campana', p, p.nombre)),
    ...c.anuncios.map((p) => fila('anuncio', p, p.nombre, p.campana ?? '')),
    ...c.plataformas.map((p) => fila('plataforma', p, p.nombre)),
  ].join('');
}

async function* lineas(
  bd: ClienteBd,
  cuenta: { id: string; moneda: string | null },
  periodo: Periodo,
  filtro: FiltroRenglones,
): AsyncGenerator<string> {
  yield `\ufeff${filaCsv(COLUMNAS)}`;
  for (let despues: [string, string, string] | null = null; ; ) {
    const pagina = await leerRenglones(bd, { ...filtro, cuenta: cuenta.id, periodo, despues, n: PAGINA });
    let trozo = '';
    for (const r of pagina)
      trozo += filaCsv([
        r.dia,
        r.campana,
        r.conjunto,
        r.anuncio,
        r.anuncio_id,
        r.plataforma,
        r.gasto,
        cuenta.moneda,
        r.impresiones,
        r.clics,
        r.conversaciones,
        r.traido,
      ]);
    if (trozo) yield trozo;
    const ultimo = pagina.at(-1);
    if (!ultimo || pagina.length < PAGINA) return;
    despues = [ultimo.dia, ultimo.anuncio_id, ultimo.plataforma];
  }
}

/** Un renglón CSV con CRLF. Lo que empieza como fórmula se escapa: una hoja de cálculo la ejecutaría. */
export function filaCsv(valores: readonly unknown[]): string {
  return `${valores.map(celda).join(',')}\r\n`;
}

function celda(valor: unknown): string {
  if (typeof valor === 'number') return String(valor);
  const texto = typeof valor === 'string' ? valor.replaceAll('\0', '') : '';
  const segura = /^[=+\-@\t\r]/.test(texto) ? `'${texto}` : texto;
  return /[",\r\n]/.test(segura) ? `"${segura.replaceAll('"', '""')}"` : segura;
}
