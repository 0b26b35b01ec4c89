import { type Request, type Response, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { VARIABLES } from '../../mensajes/variables.ts';
import { esFragmento, prefiereJson } from '../../web/formato.ts';
import { leer } from '../../web/leer.ts';
import { avisarNora, camposDe, idUsuario, responder, terminar } from '../../web/pagina.ts';
import { recibirArchivo } from '../../web/subida.ts';
import { renderizar } from '../../web/vistas.ts';
import { enviarAdjunto, guardarAdjunto, MAXIMO_ADJUNTO } from './adjunto.ts';
import { baseDe, campo, dibujar, entornoDe, VISTAS } from './comun.ts';
import * as consultas from './consultas.ts';
import { rutasTextos } from './rutas_textos.ts';
import * as esquemas from './esquemas.ts';
import {
  COINCIDENCIAS,
  HORARIOS,
  presentarAdjunto,
  presentarPrueba,
  presentarRegla,
  presentarReglas,
} from './presentar.ts';

/** Rutas de `/panel_cliente/:nombre_nora/respuestas`. Todo pasa por `req.nora.bd`: sólo existe lo de esa nora. */
export function crearRutasRespuestas(ctx: Contexto): Router {
  const rutas = Router({ mergeParams: true });

  rutas.get('/', async (req, res) => {
    const prueba = leer(esquemas.consultaProbador, req.query);
    const reglas = await consultas.listarReglas(req.nora.bd);
    if (prefiereJson(req)) return void res.json({ reglas: reglas.reglas });
    const resultado = prueba.texto ? await probar(req, prueba, reglas) : null;
    dibujar(req, res, 'index', {
      ...presentarReglas(reglas, entornoDe(req)),
      seccion: 'reglas',
      prueba,
      resultado,
    });
  });

  rutas.get('/probador', async (req, res) => {
    const prueba = leer(esquemas.consultaProbador, req.query);
    if (prefiereJson(req))
      return void res.json(await consultas.probarReglas(req.nora.bd, prueba.texto, prueba.momento));
    const resultado = prueba.texto
      ? await probar(req, prueba, await consultas.listarReglas(req.nora.bd))
      : null;
    renderizar(res, `${VISTAS}/_resultado`, { base: baseDe(req), resultado }, { layout: null });
  });

  rutas.get('/nueva', (req, res) => {
    const { disparador } = leer(esquemas.consultaNueva, req.query);
    dibujarRegla(req, res, { valores: { ...VACIA, disparador } });
  });
  rutas.post('/reglas', (req, res) => guardarRegla(req, res, null));

  rutas.get('/reglas/:id', async (req, res) => {
    const regla = await obtenerRegla(req);
    if (prefiereJson(req)) return void res.json({ regla });
    dibujarRegla(req, res, { regla, valores: valoresDe(regla) });
  });
  rutas.post('/reglas/:id', async (req, res) => guardarRegla(req, res, await obtenerRegla(req)));

  rutas.delete('/reglas/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const regla = await consultas.cambiarRegla(req.nora.bd, id, 'borrar', idUsuario(req));
    if (!regla) throw noEncontrado('Esa regla ya no existe.');
    terminar(ctx, req, res, baseDe(req), 'Regla borrada.', { id });
  });

  rutas.post('/reglas/:id/activo', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const accion = req.query['valor'] === 'no' ? 'apagar' : 'encender';
    const regla = await consultas.cambiarRegla(req.nora.bd, id, accion, idUsuario(req));
    if (!regla) throw noEncontrado('Esa regla ya no existe.');
    avisarNora(ctx, req);
    if (!esFragmento(req)) return responder(req, res, baseDe(req), { regla });
    const { reglas } = await consultas.listarReglas(req.nora.bd);
    const lugar = reglas.findIndex((r) => r.id === id) + 1;
    renderizar(
      res,
      `${VISTAS}/_regla`,
      { regla: presentarRegla(regla, lugar, entornoDe(req)) },
      { layout: null },
    );
  });

  rutas.get('/adjuntos/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const adjunto = await consultas.buscarAdjunto(req.nora.bd, id);
    if (!adjunto) throw noEncontrado('Ese archivo no existe.');
    await enviarAdjunto(ctx, res, adjunto);
  });

  rutasTextos(ctx, rutas);

  async function guardarRegla(req: Request, res: Response, regla: consultas.Regla | null): Promise<void> {
    const { campos: cuerpo, archivo } = await recibirArchivo(req, { maximo: MAXIMO_ADJUNTO });
    try {
      const { quitar_adjunto: quitar, ...datos } = leer(esquemas.cuerpoRegla, cuerpo);
      const conArchivo = archivo !== null || (regla?.adjunto && !quitar);
      if (!datos.respuesta && !conArchivo)
        throw campo('respuesta', 'Escribe qué contesta Nora o adjunta un archivo.');
      // El archivo se guarda al final: si algo de lo escrito está mal no queda nada a medias.
      const adjunto = archivo
        ? { adjunto_id: await guardarAdjunto(ctx, req, archivo) }
        : quitar
          ? { adjunto_id: null }
          : {};
      const hecha = await consultas.guardarRegla(
        req.nora.bd,
        { ...datos, ...adjunto, id: regla?.id ?? null },
        idUsuario(req),
      );
      if (!hecha) throw noEncontrado('Esa regla ya no existe.');
      if (hecha.r === 'demasiadas')
        throw campo(
          'disparador',
          'Ya tienes 500 reglas. Borra alguna o junta varias palabras en una, separadas por coma.',
        );
      if (hecha.r === 'repetida')
        throw new ErrorApp(422, 'repetida', 'Ya hay una regla igual.', {
          repetida: hecha.regla.id,
          campos: {
            disparador: `Ya hay una regla con ese disparador y ese horario: «${hecha.regla.disparador}».`,
          },
        });
      terminar(
        ctx,
        req,
        res,
        baseDe(req),
        regla ? 'Regla guardada.' : 'Regla creada.',
        { id: hecha.id },
        regla ? 200 : 201,
      );
    } catch (error) {
      if (!(error instanceof ErrorApp) || prefiereJson(req) || error.estado === 404) throw error;
      const valores = { ...VACIA, ...cuerpo, activo: cuerpo['activo'] === 'si' };
      dibujarRegla(req, res, {
        regla,
        valores,
        campos: camposDe(error),
        repetida: error.extra?.['repetida'] as string | undefined,
        estado: error.estado,
      });
    }
  }

  return rutas;
}

const VACIA = {
  disparador: '',
  coincidencia: 'contiene',
  respuesta: '',
  prioridad: '0',
  horario: 'siempre',
  activo: true,
};

function valoresDe(r: consultas.Regla) {
  return {
    disparador: r.disparador,
    coincidencia: r.coincidencia as string,
    respuesta: r.respuesta,
    prioridad: String(r.prioridad),
    horario: r.horario as string,
    activo: r.activo,
  };
}

async function probar(
  req: Request,
  p: { texto: string; momento: string; nombre: string },
  reglas: consultas.Reglas,
) {
  const hecha = await consultas.probarReglas(req.nora.bd, p.texto, p.momento);
  const nora = {
    nombre_visible: req.nora.nombre_visible,
    zona_horaria: req.nora.zona_horaria,
    horario: reglas.horario,
  };
  return presentarPrueba(hecha, p.texto, p.nombre, nora, entornoDe(req));
}

interface FormularioRegla {
  valores: typeof VACIA;
  regla?: consultas.Regla | null;
  campos?: Record<string, string>;
  repetida?: string | undefined;
  estado?: number;
}

function dibujarRegla(
  req: Request,
  res: Response,
  { valores, regla = null, campos = {}, repetida = '', estado }: FormularioRegla,
): void {
  const e = entornoDe(req);
  const datos = {
    titulo: regla ? 'Editar regla' : 'Nueva regla',
    base: e.base,
    regla: regla ? presentarRegla(regla, 0, e) : null,
    adjunto: regla?.adjunto ? presentarAdjunto(regla.adjunto, e) : null,
    valores,
    campos,
    repetida: repetida ? `${e.base}/reglas/${repetida}` : '',
    coincidencias: COINCIDENCIAS,
    horarios: HORARIOS,
    variables: VARIABLES,
    megas: MAXIMO_ADJUNTO / 1_048_576,
  };
  dibujar(req, res, 'regla', datos, estado);
}

async function obtenerRegla(req: Request): Promise<consultas.Regla> {
  const regla = await consultas.abrirRegla(req.nora.bd, leer(esquemas.parametrosId, req.params).id);
  if (!regla) throw noEncontrado('Esa regla no existe.');
  return regla;
}
