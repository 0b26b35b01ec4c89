import { type Request, type Response, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { noEncontrado } from '../../errores.ts';
import { crearDescarga } from '../../web/descarga.ts';
import { prefiereJson } from '../../web/formato.ts';
import { leer } from '../../web/leer.ts';
import { idUsuario, terminar } from '../../web/pagina.ts';
import { baseDe, dibujar, entornoDe } from './comun.ts';
import * as consultas from './consultas.ts';
import * as esquemas from './esquemas.ts';
import { CABEZA_CSV, renglonCsv, seccionMarkdown } from './exportar.ts';
import { presentarPregunta } from './presentar.ts';
import { rutasBloques } from './rutas_bloques.ts';
import { rutasImportar } from './rutas_importar.ts';

/** Rutas de `/panel_cliente/:nombre_nora/conocimiento`. Todo pasa por `req.nora.bd`: sólo existe lo de esa nora. */
export function crearRutasConocimiento(ctx: Contexto): Router {
  const rutas = Router({ mergeParams: true });
  rutasBloques(ctx, rutas);
  rutasImportar(ctx, rutas);

  rutas.get('/preguntas', async (req, res) => {
    const e = entornoDe(req);
    const preguntas = await consultas.listarPreguntas(req.nora.bd);
    if (prefiereJson(req)) return void res.json({ preguntas });
    dibujar(req, res, 'preguntas', {
      titulo: 'Preguntas sin respuesta',
      base: e.base,
      preguntas: preguntas.map((p) => presentarPregunta(p, e)),
    });
  });

  rutas.delete('/preguntas/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const hecho = await consultas.descartarPregunta(req.nora.bd, id, idUsuario(req));
    if (!hecho) throw noEncontrado('Esa pregunta ya no está.');
    terminar(
      ctx,
      req,
      res,
      `${baseDe(req)}/preguntas`,
      'Pregunta descartada. Si alguien la vuelve a hacer, aparece de nuevo.',
      { id },
    );
  });

  rutas.get('/exportar.csv', async (req, res) => {
    res.attachment(`conocimiento-${req.nora.nombre_nora}.csv`).type('text/csv; charset=utf-8');
    await escribir(req, res, CABEZA_CSV, renglonCsv);
  });
  rutas.get('/exportar.md', async (req, res) => {
    res.attachment(`conocimiento-${req.nora.nombre_nora}.md`).type('text/markdown; charset=utf-8');
    await escribir(req, res, `# Conocimiento de ${req.nora.nombre_visible}\n\n`, seccionMarkdown);
  });
  return rutas;
}

/** Escribe por tandas y respeta a quien descarga despacio: miles de bloques no se juntan en memoria. */
async function escribir(
  req: Request,
  res: Response,
  cabeza: string,
  renglon: (b: Parameters<typeof renglonCsv>[0]) => string,
): Promise<void> {
  const descarga = crearDescarga(res);
  await descarga(cabeza);
  for await (const tanda of consultas.recorrer(req.nora.bd)) {
    if (!(await descarga(tanda.map(renglon).join('')))) return;
  }
  res.end();
}
