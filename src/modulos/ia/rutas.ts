import { Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { crearDescarga } from '../../web/descarga.ts';
import { esFragmento } from '../../web/formato.ts';
import { leer } from '../../web/leer.ts';
import { renderizar } from '../../web/vistas.ts';
import { dibujar, entornoDe, VISTAS } from './comun.ts';
import * as consultas from './consultas.ts';
import { CABEZA_CSV, renglonCsv } from './csv.ts';
import * as esquemas from './esquemas.ts';
import { consultaDe, OPCIONES_MOTIVO, presentarFila } from './presentar.ts';
import { presentarCostos } from './presentar_costos.ts';
import { rutasAjustes } from './rutas_ajustes.ts';
import { rutasProbador } from './rutas_probador.ts';
import { rutasPruebas } from './rutas_pruebas.ts';

const PAGINA = 40;

/** Rutas de `/panel_cliente/:nombre_nora/ia`. Todo pasa por `req.nora.bd`: sólo existe lo de esa nora. */
export function crearRutasIa(ctx: Contexto): Router {
  const rutas = Router({ mergeParams: true });
  rutasAjustes(ctx, rutas);
  rutasProbador(ctx, rutas);
  rutasPruebas(ctx, rutas);

  // Auditoría de respuestas
  rutas.get('/auditoria', async (req, res) => {
    const q = leer(esquemas.consultaAuditoria, req.query);
    const e = entornoDe(ctx, req);
    const pagina = await consultas.auditar(req.nora.bd, q, PAGINA);
    const filas = pagina.filas.map((f) => presentarFila(f, e));
    const ultima = pagina.hay_mas ? pagina.filas.at(-1) : undefined;
    const datos = {
      filas,
      siguiente: ultima && `${e.base}/auditoria${consultaDe(q, { antes: `${ultima.creado}_${ultima.id}` })}`,
    };
    if (esFragmento(req)) return renderizar(res, `${VISTAS}/_respuestas`, datos, { layout: null });
    dibujar(ctx, req, res, 'auditoria', 'auditoria', {
      titulo: 'Respuestas de Nora',
      ...datos,
      q,
      filtrado: consultaDe(q) !== '',
      csv: `${e.base}/auditoria.csv${consultaDe(q)}`,
      motivos: OPCIONES_MOTIVO,
      modelos: pagina.modelos,
      seguido: q.antes !== undefined,
    });
  });

  rutas.get('/auditoria.csv', async (req, res) => {
    const q = leer(esquemas.consultaAuditoria, req.query);
    res.setHeader('Content-Type', 'text/csv; charset=utf-8');
    res.setHeader('Content-Disposition', `attachment; filename="respuestas_${req.nora.nombre_nora}.csv"`);
    const escribir = crearDescarga(res);
    await escribir(`\ufeff${CABEZA_CSV}`);
    let { antes } = q;
    for (;;) {
      const pagina = await consultas.auditar(req.nora.bd, { ...q, antes }, 500);
      const sigue = await escribir(pagina.filas.map((f) => renglonCsv(f, req.nora.zona_horaria)).join(''));
      const ultima = pagina.filas.at(-1);
      if (!sigue || !pagina.hay_mas || !ultima) break;
      antes = { fecha: ultima.creado, id: ultima.id };
    }
    res.end();
  });

  // Costo
  rutas.get('/costos', async (req, res) => {
    const { mes } = leer(esquemas.consultaCostos, req.query);
    const costos = await consultas.leerCostos(req.nora.bd, mes ? `${mes}-01` : null);
    dibujar(ctx, req, res, 'costos', 'costos', {
      titulo: 'Costo de la IA',
      costos: presentarCostos(costos, entornoDe(ctx, req)),
    });
  });

  return rutas;
}
