import type { Response } from 'express';
import type { Contexto } from '../contexto.ts';
import { crearDescarga } from '../web/descarga.ts';
import { columnasDe, tablasDeNora } from './tablas.ts';

const PAGINA = 500;

/**
 * Todo lo de una nora como líneas JSON: primero qué es, luego `{tabla, fila}`, después `{archivo}` por cada uno de sus medios
 * y al final `{fin: {filas, archivos}}`: sin esa línea la descarga está incompleta.
 * Una sola foto (REPEATABLE READ) y sin columnas secretas: las credenciales sólo sirven en esta instalación.
 */
export async function exportarNora(ctx: Pick<Contexto, 'bd'>, res: Response, nora: string): Promise<void> {
  const cliente = await ctx.bd.pool.connect();
  let roto: Error | undefined;
  const fin = { filas: 0, archivos: 0 };
  const escribir = crearDescarga(res);
  const escribirObjeto = (objeto: object) => escribir(`${JSON.stringify(objeto)}\n`);
  try {
    res.setHeader('Content-Type', 'application/x-ndjson; charset=utf-8');
    res.setHeader('Content-Disposition', `attachment; filename="nora_${nora}.ndjson"`);
    await cliente.query('begin transaction isolation level repeatable read read only');
    await escribirObjeto({
      formato: 'nora/exportacion',
      version: 1,
      nombre_nora: nora,
      cuando: new Date().toISOString(),
    });
    for (const tabla of await tablasDeNora(cliente)) {
      const columnas = await columnasDe(cliente, tabla, { secretas: false });
      await cliente.query(
        `declare fila no scroll cursor for select row_to_json(t)::text as fila from (select ${columnas} from public."${tabla}" where nombre_nora = $1) t`,
        [nora],
      );
      for (;;) {
        const { rows } = await cliente.query<{ fila: string }>(`fetch ${PAGINA} from fila`);
        fin.filas += rows.length;
        for (const { fila } of rows) await escribir(`{"tabla":"${tabla}","fila":${fila}}\n`);
        if (rows.length < PAGINA || res.destroyed) break;
      }
      await cliente.query('close fila');
      if (res.destroyed) break;
    }
    // Los que ya están por borrarse no son de nadie.
    await cliente.query(
      `declare archivo no scroll cursor for select jsonb_build_object('ruta', r.ruta, 'bytes', a.bytes, 'sha256', a.sha256, 'tipo', a.tipo)::text as archivo
         from (select jsonb_array_elements_text(public.archivos_de($1, '', null)) ruta) r
         left join lateral (select x.bytes, x.sha256, x.tipo from public.adjuntos x where x.nombre_nora = $1 and x.ruta = r.ruta limit 1) a on true
        where not exists (select from public.adjuntos_por_borrar p where p.nombre_nora = $1 and p.ruta = r.ruta)`,
      [nora],
    );
    for (;;) {
      const { rows } = await cliente.query<{ archivo: string }>(`fetch ${PAGINA} from archivo`);
      fin.archivos += rows.length;
      for (const { archivo } of rows) await escribir(`{"archivo":${archivo}}\n`);
      if (rows.length < PAGINA || res.destroyed) break;
    }
    await escribirObjeto({ fin });
    await cliente.query('commit');
    res.end();
  } catch (error) {
    roto = error as Error;
    // A media descarga ya no se puede decir otra cosa: se corta para que nadie crea que está completa.
    if (res.headersSent) res.destroy();
    throw error;
  } finally {
    if (roto) await cliente.query('rollback').catch(() => {});
    cliente.release(roto);
  }
}
