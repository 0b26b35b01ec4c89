import { type Request, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { noEncontrado } from '../../errores.ts';
import { esFragmento } from '../../web/formato.ts';
import { leer } from '../../web/leer.ts';
import * as fechas from '../../web/fechas.ts';
import { idUsuario, tomarAviso } from '../../web/pagina.ts';
import { renderizar } from '../../web/vistas.ts';
import * as consultas from './consultas.ts';
import * as esquemas from './esquemas.ts';
import { enviarContactosCsv } from './exportar.ts';
import { aConsulta, type Filtro, leerFiltro } from './filtro.ts';
import { arrancarLote } from './lotes.ts';
import { baseDe, datosFilas, entornoDe, textoTotal } from './paginas.ts';
import { pintarLista } from './pintar_lista.ts';
import { presentarBorrado, presentarLote } from './presentar.ts';
import { fragmento, VISTAS } from './respuestas.ts';
import { rutasCampos } from './rutas_campos.ts';
import { rutasFicha } from './rutas_ficha.ts';
import { rutasImportar } from './rutas_importar.ts';
import { rutasSegmentos } from './rutas_segmentos.ts';

/** Rutas de `/panel_cliente/:nombre_nora/contactos`. Todo pasa por `req.nora.bd`: sólo existe lo de esa nora. */
export function crearRutasContactos(ctx: Contexto): Router {
  const rutas = Router({ mergeParams: true });

  rutas.get('/', (req, res) => pintarLista(req, res));

  rutas.get('/lista', async (req, res) => {
    const { orden, antes } = leer(esquemas.consultaLista, req.query);
    const filtro = leerFiltro(req.query);
    const [pagina, catalogo, total] = await Promise.all([
      consultas.listarContactos(req.nora.bd, filtro, { orden, antes }),
      consultas.leerCatalogo(req.nora.bd),
      antes ? -1 : consultas.contarContactos(req.nora.bd, filtro),
    ]);
    const e = entornoDe(req, catalogo);
    if (total >= 0) res.setHeader('X-Total', encodeURIComponent(textoTotal(total)));
    fragmento(res, '_filas', datosFilas(pagina, filtro, orden, e));
  });

  rutas.get('/exportar.csv', async (req, res) => {
    await enviarContactosCsv(res, req.nora.bd, leerFiltro(req.query), nombreCsv(req));
  });

  rutas.post('/exportar', async (req, res) => {
    const filtro = seleccion(req, leer(esquemas.cuerpoSeleccion, req.body));
    await enviarContactosCsv(res, req.nora.bd, filtro, nombreCsv(req));
  });

  rutas.post('/lotes', async (req, res) => {
    const cuerpo = leer(esquemas.cuerpoLote, req.body);
    const [accion, valor] = accionDe(cuerpo);
    const lote = await consultas.crearLote(
      req.nora.bd,
      accion,
      valor,
      seleccion(req, cuerpo),
      idUsuario(req),
    );
    await arrancarLote(ctx, req.nora.nombre_nora, lote);
    // Lo borrado ya no está en ningún filtro por el que convenga seguir mirando, pero el filtro se conserva.
    res.redirect(303, `${baseDe(req)}?${aConsulta(leerFiltro(req.query), { lote: lote.id })}`);
  });

  rutas.get('/lotes/:id', async (req, res) => {
    const lote = await consultas.leerLote(req.nora.bd, leer(esquemas.parametrosId, req.params).id);
    if (!lote) throw noEncontrado('Esa acción ya no está.');
    if (!esFragmento(req)) return res.redirect(303, `${baseDe(req)}?lote=${lote.id}`);
    fragmento(res, '_lote', { lote: presentarLote(lote, baseDe(req)) });
  });

  rutas.post('/lotes/:id/regreso', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const lote = await consultas.pedirDeshacerLote(req.nora.bd, id, idUsuario(req));
    if (!lote) throw noEncontrado('Esa acción ya no se puede deshacer.');
    await arrancarLote(ctx, req.nora.nombre_nora, { id, total: lote.cambiados });
    res.redirect(303, `${baseDe(req)}?lote=${id}`);
  });

  rutas.get('/borrados', async (req, res) => {
    const { antes } = leer(esquemas.consultaBorrados, req.query);
    const { filas, hay_mas } = await consultas.listarBorrados(req.nora.bd, antes);
    const e = entornoDe(req);
    const ultimo = hay_mas ? filas.at(-1) : undefined;
    renderizar(res, `${VISTAS}/borrados`, {
      titulo: 'Contactos borrados',
      base: e.base,
      aviso: tomarAviso(req),
      borrados: filas.map((l) => presentarBorrado(l, e)),
      siguiente: ultimo
        ? `${e.base}/borrados?${new URLSearchParams({ antes: `${ultimo.creado}_${ultimo.id}` })}`
        : '',
    });
  });

  rutasSegmentos(rutas);
  rutasCampos(rutas);
  rutasImportar(ctx, rutas);
  // Al final: `/:contacto` también encajaría con los nombres de arriba.
  rutasFicha(ctx, rutas);
  return rutas;
}

function seleccion(req: Request, cuerpo: { ids?: string[] | undefined; todos?: '1' | undefined }): Filtro {
  return cuerpo.todos ? leerFiltro(req.query) : { ids: cuerpo.ids ?? [] };
}

function accionDe(c: {
  accion: string;
  etiqueta?: string;
}): [consultas.Lote['accion'], consultas.Lote['valor']] {
  switch (c.accion) {
    case 'etiquetar':
    case 'desetiquetar':
      return [c.accion, { etiqueta: c.etiqueta ?? '' }];
    case 'ia_si':
    case 'ia_no':
      return ['ia', { si: c.accion === 'ia_si' }];
    case 'bloquear':
    case 'desbloquear':
      return ['bloquear', { si: c.accion === 'bloquear' }];
    default:
      return ['borrar', {}];
  }
}

function nombreCsv(req: Request): string {
  return `contactos_${req.nora.nombre_nora}_${fechas.claveDia(new Date(), req.nora.zona_horaria)}.csv`;
}
