import { type Request, Router } from 'express';
import { periodoAnterior } from '../../ads/periodos.ts';
import { huellaDeLiga, ligaDeReporte, tokenDeReporte } from '../../ads/reportes/ligas.ts';
import { crearPdfReporte } from '../../ads/reportes/pdf.ts';
import { presentarReporte } from '../../ads/reportes/presentar.ts';
import { COLA_ENTREGAS, hacerReporte } from '../../ads/reportes/tic.ts';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { claveDia, cuantos } from '../../web/fechas.ts';
import { prefiereJson } from '../../web/formato.ts';
import { leer } from '../../web/leer.ts';
import { idUsuario } from '../../web/pagina.ts';
import { baseDe, dibujar, elegirCuenta, terminar } from './comun.ts';
import * as consultas from './consultas_reportes.ts';
import { csvDeReporte } from './csv.ts';
import * as esquemas from './esquemas.ts';
import { presentarAvisos, presentarEntregas, presentarFilaReporte } from './presentar_reportes.ts';

/** Historial de reportes: hacerlos, revisarlos, descargarlos, reenviarlos y cerrar su liga. */
export function crearRutasReportes(ctx: Contexto): Router {
  const rutas = Router({ mergeParams: true });

  rutas.get('/', async (req, res) => {
    const q = leer(esquemas.consultaReportes, req.query);
    const [lista, quienes] = await Promise.all([
      consultas.listarReportes(req.nora.bd, { cuenta: q.cuenta ?? null, antes: q.antes ?? null }),
      consultas.leerReceptores(req.nora.bd),
    ]);
    if (prefiereJson(req)) return void res.json({ reportes: lista });
    const ultimo = lista.length === 40 ? lista.at(-1) : null;
    dibujar(req, res, 'reportes', 'reportes', {
      titulo: 'Reportes',
      filas: lista.map((r) => presentarFilaReporte(r, baseDe(req), req.nora.zona_horaria)),
      cuentas: quienes.cuentas.map((c) => ({
        id: c.id,
        nombre: c.nombre ?? c.ad_account_id,
        actual: c.id === q.cuenta,
        avisos: presentarAvisos(quienes, c.id),
      })),
      cuenta: q.cuenta ?? '',
      mas: ultimo
        ? `${baseDe(req)}/reportes?${new URLSearchParams({ ...(q.cuenta && { cuenta: q.cuenta }), antes: ultimo.creado })}`
        : null,
    });
  });

  rutas.post('/', async (req, res) => {
    const d = leer(esquemas.cuerpoReporte, req.body);
    const elegida = await elegirCuenta(req, d.cuenta);
    if (!elegida) throw noEncontrado('Esa cuenta no existe.');
    const ahora = new Date();
    const periodo = periodoAnterior(d.cadencia, claveDia(ahora, req.nora.zona_horaria));
    const cuenta = { id: d.cuenta, nombre_nora: req.nora.nombre_nora };
    const r = await hacerReporte(ctx, cuenta, d.cadencia, periodo, ahora);
    await entregar(ctx);
    const lista = await consultas.listarReportes(req.nora.bd, { cuenta: d.cuenta, antes: null });
    const hecho = lista.find((x) => x.cadencia === d.cadencia && x.desde === periodo.desde);
    const n = Object.values(hecho?.entregas ?? {}).reduce((suma, x) => suma + x, 0);
    const texto =
      r === null
        ? 'Ese reporte ya estaba hecho.'
        : r === 'negado'
          ? 'El reporte no puede salir todavía: mira por qué.'
          : hecho?.estado === 'por_aprobar'
            ? 'Reporte hecho: queda por aprobar y no se ha mandado a nadie.'
            : n === 0
              ? 'Reporte hecho. Nadie recibe los de este periodo: no se mandó.'
              : `Reporte hecho: va en camino a ${cuantos(n, 'persona', 'personas')}.`;
    terminar(
      req,
      res,
      hecho ? `${baseDe(req)}/reportes/${hecho.id}` : `${baseDe(req)}/reportes`,
      texto,
      { id: hecho?.id, estado: hecho?.estado },
      r === 'listo' ? 201 : 200,
    );
  });

  rutas.get('/:id', async (req, res) => {
    const r = await obtener(req);
    if (prefiereJson(req)) return void res.json({ reporte: r });
    const { idioma } = leer(esquemas.consultaIdioma, req.query);
    const { receptores } = await consultas.leerReceptores(req.nora.bd);
    const abierta =
      r.estado !== 'negado' &&
      r.estado !== 'borrador' &&
      !r.liga_revocada &&
      r.liga_vence !== null &&
      new Date(r.liga_vence) > new Date();
    dibujar(req, res, 'reporte', 'reportes', {
      titulo: 'Reporte',
      fila: presentarFilaReporte(
        {
          ...r,
          cuenta: r.cifras.cuenta.nombre,
          moneda: r.cifras.cuenta.moneda,
          total: r.cifras.total,
          faltan: r.cifras.faltan,
          gasto_cuenta: r.cifras.gasto_cuenta,
          entregas: {},
        },
        baseDe(req),
        req.nora.zona_horaria,
      ),
      r: presentarReporte(r.cifras, r.cadencia, idioma, r.textos[idioma]),
      rechazo: r.textos[idioma]?.rechazo ?? '',
      liga: abierta ? ligaDeReporte(ctx.config, { id: r.id, serie: r.serie }) : null,
      entregas: presentarEntregas(r.entregas, req.nora.zona_horaria),
      receptores: receptores
        .filter((x) => x.cuenta_id === r.cuenta_id && !x.baja_en)
        .map((x) => ({ id: x.id, texto: `${x.nombre} · ${x.destino}` })),
    });
  });

  rutas.get('/:id/reporte.pdf', async (req, res) => {
    const r = await obtener(req);
    const { idioma } = leer(esquemas.consultaIdioma, req.query);
    res.type('application/pdf');
    res.setHeader('Content-Disposition', `attachment; filename="reporte_${r.desde}_${r.hasta}.pdf"`);
    res.send(await crearPdfReporte(presentarReporte(r.cifras, r.cadencia, idioma, r.textos[idioma])));
  });
  rutas.get('/:id/reporte.csv', async (req, res) => {
    const r = await obtener(req);
    res.type('text/csv; charset=utf-8');
    res.setHeader('Content-Disposition', `attachment; filename="reporte_${r.desde}_${r.hasta}.csv"`);
    res.send(csvDeReporte(r.cifras));
  });

  rutas.post('/:id/aprobacion', (req, res) =>
    mover(req, res, 'aprobar', 'Aprobado: va en camino a sus receptores.'),
  );
  rutas.post('/:id/liga', (req, res) => mover(req, res, 'renovar', 'Liga nueva: la anterior ya no abre.'));
  rutas.delete('/:id/liga', (req, res) =>
    mover(req, res, 'revocar', 'Liga cerrada: quien la tenga ya no puede abrir el reporte.'),
  );
  rutas.post('/:id/reenvio', (req, res) => mover(req, res, 'reenviar', 'Reenvío en camino.'));

  async function mover(
    req: Request,
    res: Parameters<typeof terminar>[1],
    accion: 'aprobar' | 'revocar' | 'renovar' | 'reenviar',
    texto: string,
  ): Promise<void> {
    const r = await obtener(req);
    const receptor = accion === 'reenviar' ? leer(esquemas.cuerpoReenvio, req.body).receptor : undefined;
    const hecho = await consultas.moverReporte(
      req.nora.bd,
      {
        id: r.id,
        accion,
        ...(receptor && { receptor }),
        ...(accion === 'renovar' && { huella: huellaDeLiga(tokenDeReporte(ctx.config, r.id, r.serie + 1)) }),
      },
      idUsuario(req),
    );
    if (!hecho) throw noEncontrado('Ese reporte o ese receptor ya no existe.');
    if (hecho.r === 'de_baja') throw new ErrorApp(409, 'de_baja', 'Esa persona pidió no recibir el reporte.');
    if (hecho.r !== 'hecho')
      throw new ErrorApp(409, 'no_toca', 'Este reporte ya no está para eso. Recarga la página.');
    if (hecho.entregas > 0) await entregar(ctx);
    terminar(req, res, `${baseDe(req)}/reportes/${r.id}`, texto);
  }

  return rutas;
}

async function obtener(req: Request): Promise<consultas.ReporteCompleto> {
  const r = await consultas.buscarReporte(req.nora.bd, leer(esquemas.parametrosId, req.params).id);
  if (!r) throw noEncontrado('Ese reporte no existe.');
  return r;
}

/** Sin clave única: un reenvío a los segundos de otro también debe salir ya, y llamar de más al cartero no repite nada. */
async function entregar(ctx: Pick<Contexto, 'trabajos'>): Promise<void> {
  await ctx.trabajos.encolar(COLA_ENTREGAS, {});
}
