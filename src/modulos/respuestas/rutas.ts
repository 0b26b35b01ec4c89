import { type Request, type Response, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { VARIABLES } from '../../mensajes/variables.ts';
import { esFragmento, prefiereJson } from '../../web/formato.ts';
import { leer } from '../../web/leer.ts';
import { recibirArchivo } from '../../web/subida.ts';
import { renderizar } from '../../web/vistas.ts';
import { enviarAdjunto, guardarAdjunto, MAXIMO_ADJUNTO } from './adjunto.ts';
import * as consultas from './consultas.ts';
import * as esquemas from './esquemas.ts';
import {
  COINCIDENCIAS,
  type Entorno,
  HORARIOS,
  presentarAdjunto,
  presentarHorario,
  presentarPrueba,
  presentarRegla,
  presentarReglas,
} from './presentar.ts';

const VISTAS = 'panel_cliente/respuestas';

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
    terminar(req, res, baseDe(req), 'Regla borrada.', { id });
  });

  rutas.post('/reglas/:id/activo', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const accion = req.query['valor'] === 'no' ? 'apagar' : 'encender';
    const regla = await consultas.cambiarRegla(req.nora.bd, id, accion, idUsuario(req));
    if (!regla) throw noEncontrado('Esa regla ya no existe.');
    avisar(req);
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

  rutas.get('/mensajes', async (req, res) => {
    const reglas = await consultas.listarReglas(req.nora.bd);
    const valores = {
      mensaje_bienvenida: reglas.bienvenida ?? '',
      mensaje_fuera_horario: reglas.fuera_horario ?? '',
    };
    if (prefiereJson(req)) return void res.json(valores);
    dibujarMensajes(req, res, reglas, valores, {});
  });

  rutas.post('/mensajes', async (req, res) => {
    try {
      const datos = leer(esquemas.cuerpoMensajes, req.body);
      await consultas.guardarMensajes(req.nora.bd, datos, idUsuario(req));
      terminar(req, res, `${baseDe(req)}/mensajes`, 'Mensajes guardados.', datos);
    } catch (error) {
      if (!(error instanceof ErrorApp) || prefiereJson(req)) throw error;
      const valores = { mensaje_bienvenida: '', mensaje_fuera_horario: '', ...(req.body as object) };
      dibujarMensajes(
        req,
        res,
        await consultas.listarReglas(req.nora.bd),
        valores,
        camposDe(error),
        error.estado,
      );
    }
  });

  rutas.get('/rapidas', async (req, res) => {
    const { q, editar } = leer(esquemas.consultaRapidas, req.query);
    await dibujarRapidas(req, res, { q, editar });
  });
  rutas.post('/rapidas', (req, res) => guardarRapida(req, res, null));
  rutas.post('/rapidas/:id', (req, res) =>
    guardarRapida(req, res, leer(esquemas.parametrosId, req.params).id),
  );
  rutas.delete('/rapidas/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const rapida = await consultas.borrarRapida(req.nora.bd, id, idUsuario(req));
    if (!rapida) throw noEncontrado('Esa respuesta ya no existe.');
    terminar(req, res, `${baseDe(req)}/rapidas`, `Se borró /${rapida.atajo}.`, { id });
  });

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

  async function guardarRapida(req: Request, res: Response, id: string | null): Promise<void> {
    try {
      const datos = leer(esquemas.cuerpoRapida, req.body);
      const hecha = await consultas.guardarRapida(req.nora.bd, { ...datos, id }, idUsuario(req));
      if (!hecha) throw noEncontrado('Esa respuesta ya no existe.');
      if (hecha.r === 'repetida') throw campo('atajo', `Ya hay una respuesta con /${datos.atajo}.`);
      if (hecha.r === 'demasiadas')
        throw campo('atajo', 'Ya tienes 500 respuestas rápidas. Borra las que no uses.');
      terminar(
        req,
        res,
        `${baseDe(req)}/rapidas`,
        `Guardada: /${datos.atajo}.`,
        { id: hecha.id },
        id ? 200 : 201,
      );
    } catch (error) {
      if (!(error instanceof ErrorApp) || prefiereJson(req) || error.estado === 404) throw error;
      const valores = { atajo: '', texto: '', ...(req.body as object) };
      await dibujarRapidas(req, res, {
        q: '',
        editar: id ?? undefined,
        valores,
        campos: camposDe(error),
        estado: error.estado,
      });
    }
  }

  /** Lo escrito quedó: avisa a las demás pantallas y responde. */
  function terminar(
    req: Request,
    res: Response,
    destino: string,
    texto: string,
    datos: object,
    estado = 200,
  ): void {
    avisar(req);
    if (!prefiereJson(req)) req.session.aviso = { tipo: 'bien', texto };
    responder(req, res, destino, datos, estado);
  }

  function avisar(req: Request): void {
    ctx.vivo.emitir(req.nora.nombre_nora, 'nora:actualizada', {});
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

function dibujarMensajes(
  req: Request,
  res: Response,
  reglas: consultas.Reglas,
  valores: object,
  campos: object,
  estado?: number,
): void {
  const base = baseDe(req);
  const ia = req.nora.modulos.has('ia') ? base.replace(/respuestas$/, 'ia') : '';
  dibujar(
    req,
    res,
    'mensajes',
    {
      titulo: 'Bienvenida y fuera de horario',
      base,
      seccion: 'mensajes',
      rapidas: reglas.rapidas,
      valores,
      campos,
      horario: presentarHorario(reglas),
      ia,
      variables: VARIABLES,
    },
    estado,
  );
}

interface VistaRapidas {
  q: string;
  editar?: string | undefined;
  valores?: { atajo: string; texto: string };
  campos?: Record<string, string>;
  estado?: number;
}

async function dibujarRapidas(req: Request, res: Response, v: VistaRapidas): Promise<void> {
  const rapidas = await consultas.listarRapidas(req.nora.bd);
  if (prefiereJson(req)) return void res.json({ rapidas });
  const abierta = rapidas.find((r) => r.id === v.editar);
  if (v.editar && !abierta) throw noEncontrado('Esa respuesta ya no existe.');
  const datos = {
    titulo: 'Respuestas rápidas',
    base: baseDe(req),
    seccion: 'rapidas',
    lista: rapidas,
    rapidas: rapidas.length,
    editar: abierta ?? null,
    valores: v.valores ?? abierta ?? { atajo: '', texto: '' },
    campos: v.campos ?? {},
  };
  dibujar(req, res, 'rapidas', datos, v.estado);
}

async function obtenerRegla(req: Request): Promise<consultas.Regla> {
  const regla = await consultas.abrirRegla(req.nora.bd, leer(esquemas.parametrosId, req.params).id);
  if (!regla) throw noEncontrado('Esa regla no existe.');
  return regla;
}

function campo(nombre: string, mensaje: string): ErrorApp {
  return new ErrorApp(422, 'datos_invalidos', mensaje, { campos: { [nombre]: mensaje } });
}

function camposDe(error: ErrorApp): Record<string, string> {
  return (error.extra?.['campos'] as Record<string, string> | undefined) ?? {};
}

function dibujar(req: Request, res: Response, vista: string, datos: object, estado?: number): void {
  const { aviso = null } = req.session;
  if (aviso) delete req.session.aviso;
  renderizar(
    res,
    `${VISTAS}/${vista}`,
    { ...datos, aviso },
    { layout: esFragmento(req) ? null : 'panel', ...(estado && { estado }) },
  );
}

function responder(req: Request, res: Response, destino: string, datos: object, estado = 200): void {
  if (prefiereJson(req)) res.status(estado).json({ ...datos, ruta: destino });
  else res.redirect(303, destino);
}

function entornoDe(req: Request): Entorno {
  return { base: baseDe(req), zona: req.nora.zona_horaria, ahora: new Date() };
}

function baseDe(req: Request): string {
  return `/panel_cliente/${req.nora.nombre_nora}/respuestas`;
}

function idUsuario(req: Request): string {
  if (!req.usuario) throw new ErrorApp(401, 'sin_sesion', 'Entra para continuar.');
  return req.usuario.id;
}
