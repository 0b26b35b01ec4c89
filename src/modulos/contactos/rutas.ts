import { type Request, type Response, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { esFragmento } from '../../web/formato.ts';
import { fallasDe, leer } from '../../web/leer.ts';
import { idUsuario, tomarAviso } from '../../web/pagina.ts';
import { renderizar } from '../../web/vistas.ts';
import * as consultas from './consultas.ts';
import * as esquemas from './esquemas.ts';
import { enviarContactosCsv } from './exportar.ts';
import { aConsulta, type Filtro, leerFiltro } from './filtro.ts';
import { arrancarLote } from './lotes.ts';
import { baseDe, datosFilas, datosLista, entornoDe, textoTotal } from './paginas.ts';
import { presentarLote } from './presentar.ts';
import { fragmento, VISTAS } from './respuestas.ts';
import { rutasFicha } from './rutas_ficha.ts';
import { rutasImportar } from './rutas_importar.ts';

/** Rutas de `/panel_cliente/:nombre_nora/contactos`. Todo pasa por `req.nora.bd`: sólo existe lo de esa nora. */
export function crearRutasContactos(ctx: Contexto): Router {
  const rutas = Router({ mergeParams: true });

  rutas.get('/', async (req, res) => {
    const { orden, antes, lote: idLote } = leer(esquemas.consultaLista, req.query);
    const filtro = leerFiltro(req.query);
    const [pagina, total, catalogo, lote] = await Promise.all([
      consultas.listarContactos(req.nora.bd, filtro, { orden, antes }),
      consultas.contarContactos(req.nora.bd, filtro),
      consultas.leerCatalogo(req.nora.bd),
      idLote ? consultas.leerLote(req.nora.bd, idLote) : null,
    ]);
    const e = entornoDe(req, catalogo);
    renderizar(res, `${VISTAS}/index`, {
      titulo: 'Contactos',
      aviso: tomarAviso(req),
      ...datosLista(filtro, orden, total, catalogo, e),
      ...datosFilas(pagina, filtro, orden, e),
      lote: lote && presentarLote(lote, e.base),
    });
  });

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

  rutas.post('/segmentos', async (req, res) => {
    const { nombre } = leer(esquemas.cuerpoSegmento, req.body);
    const filtro = leerFiltro(req.query);
    if (Object.keys(filtro).length === 0)
      throw new ErrorApp(422, 'sin_filtro', 'Pon al menos un filtro antes de guardarlo como segmento.');
    const hecho = await consultas.guardarSegmento(req.nora.bd, null, nombre, filtro, idUsuario(req));
    if (hecho.r === 'repetido')
      throw new ErrorApp(409, 'repetido', `Ya hay un segmento que se llama «${nombre}». Usa otro nombre.`);
    req.session.aviso = {
      tipo: 'bien',
      texto: `Segmento «${nombre}» guardado. También sirve para los envíos.`,
    };
    res.redirect(303, `${baseDe(req)}?${aConsulta(filtro)}`);
  });

  rutas.post('/segmentos/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const { nombre } = leer(esquemas.cuerpoSegmento, req.body);
    const previo = (await consultas.leerCatalogo(req.nora.bd)).segmentos.find((s) => s.id === id);
    if (!previo) throw noEncontrado('Ese segmento ya no está.');
    const dado = leerFiltro(req.query);
    const filtro = Object.keys(dado).length > 0 ? dado : previo.filtro;
    const hecho = await consultas.guardarSegmento(req.nora.bd, id, nombre, filtro, idUsuario(req));
    if (hecho.r === 'repetido')
      throw new ErrorApp(409, 'repetido', `Ya hay un segmento que se llama «${nombre}». Usa otro nombre.`);
    req.session.aviso = { tipo: 'bien', texto: `Segmento «${nombre}» actualizado.` };
    res.redirect(303, `${baseDe(req)}?${aConsulta(filtro)}`);
  });

  rutas.delete('/segmentos/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    if (!(await consultas.borrarSegmento(req.nora.bd, id, idUsuario(req))))
      throw noEncontrado('Ese segmento ya no está.');
    req.session.aviso = { tipo: 'bien', texto: 'Segmento borrado. Los contactos siguen igual.' };
    res.redirect(303, baseDe(req));
  });

  rutasCampos(rutas);
  rutasImportar(ctx, rutas);
  // Al final: `/:contacto` también encajaría con los nombres de arriba.
  rutasFicha(ctx, rutas);
  return rutas;
}

function rutasCampos(rutas: Router): void {
  const pintar = async (
    req: Request,
    res: Response,
    extra: { estado?: number; valores?: object; errores?: object } = {},
  ): Promise<void> => {
    const { campos } = await consultas.leerCatalogo(req.nora.bd);
    const { estado = 200, valores = {}, errores = {} } = extra;
    renderizar(
      res,
      `${VISTAS}/campos`,
      { titulo: 'Campos propios', base: baseDe(req), campos, valores, errores, aviso: tomarAviso(req) },
      { estado },
    );
  };

  rutas.get('/campos', (req, res) => pintar(req, res));

  rutas.post('/campos', async (req, res) => {
    const r = esquemas.cuerpoCampo.safeParse(req.body ?? {});
    if (!r.success)
      return pintar(req, res, { estado: 422, valores: req.body as object, errores: fallasDe(r.error) });
    const hecho = await consultas.guardarCampo(
      req.nora.bd,
      null,
      { ...r.data, clave: claveDeCampo(r.data.titulo) },
      idUsuario(req),
    );
    if (hecho.r === 'repetido')
      return pintar(req, res, {
        estado: 422,
        valores: req.body as object,
        errores: { titulo: 'Ya hay un campo con ese nombre' },
      });
    if (hecho.r === 'demasiados')
      throw new ErrorApp(409, 'demasiados', 'Una nora puede tener hasta 40 campos propios.');
    req.session.aviso = { tipo: 'bien', texto: `Campo «${r.data.titulo}» agregado a todas las fichas.` };
    res.redirect(303, `${baseDe(req)}/campos`);
  });

  rutas.post('/campos/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const hecho = await consultas.guardarCampo(
      req.nora.bd,
      id,
      leer(esquemas.cuerpoCampoEditado, req.body),
      idUsuario(req),
    );
    if (hecho.r === 'no_esta') throw noEncontrado('Ese campo ya no está.');
    req.session.aviso = { tipo: 'bien', texto: 'Campo actualizado.' };
    res.redirect(303, `${baseDe(req)}/campos`);
  });

  rutas.delete('/campos/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    if (!(await consultas.borrarCampo(req.nora.bd, id, idUsuario(req))))
      throw noEncontrado('Ese campo ya no está.');
    req.session.aviso = {
      tipo: 'bien',
      texto: 'Campo quitado de las fichas. Si lo vuelves a crear con el mismo nombre, sus valores regresan.',
    };
    res.redirect(303, `${baseDe(req)}/campos`);
  });
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
  return `contactos_${req.nora.nombre_nora}_${new Date().toISOString().slice(0, 10)}.csv`;
}

function claveDeCampo(titulo: string): string {
  const plano = titulo
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return (/^[a-z]/.test(plano) ? plano : `campo_${plano}`).slice(0, 40).replace(/_+$/, '') || 'campo';
}
