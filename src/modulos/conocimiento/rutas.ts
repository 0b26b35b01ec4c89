import { type Request, type Response, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import type { Json } from '../../datos/tipos.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import type { Cambio } from '../../ia/ensayo.ts';
import { estadoPruebas, revisarCambio } from '../../ia/pruebas.ts';
import { esFragmento, prefiereJson } from '../../web/formato.ts';
import { leer } from '../../web/leer.ts';
import { recibirArchivo } from '../../web/subida.ts';
import { renderizar } from '../../web/vistas.ts';
import * as consultas from './consultas.ts';
import * as esquemas from './esquemas.ts';
import { CABEZA_CSV, renglonCsv, seccionMarkdown } from './exportar.ts';
import { leerArchivo, leerPegado, MAXIMO_ARCHIVO, MAXIMO_TEXTO } from './leer_archivo.ts';
import {
  conteosDe,
  type Entorno,
  presentarAbierto,
  presentarBloque,
  presentarGemelo,
  presentarImportacion,
  presentarImportado,
  presentarLista,
  presentarPregunta,
} from './presentar.ts';

const VISTAS = 'panel_cliente/conocimiento';

/** Rutas de `/panel_cliente/:nombre_nora/conocimiento`. Todo pasa por `req.nora.bd`: sólo existe lo de esa nora. */
export function crearRutasConocimiento(ctx: Contexto): Router {
  const rutas = Router({ mergeParams: true });

  rutas.get('/', async (req, res) => {
    const vista = leer(esquemas.consultaLista, req.query);
    const lista = await consultas.listar(req.nora.bd, vista);
    const { borrados } = leer(esquemas.consultaBorrados, req.query);
    dibujar(req, res, 'index', { ...presentarLista(lista, vista, entornoDe(req)), borrados });
  });

  rutas.get('/nuevo', async (req, res) => {
    const { pregunta, titulo } = leer(esquemas.consultaNuevo, req.query);
    const hallada = pregunta ? await consultas.buscarPregunta(req.nora.bd, pregunta) : null;
    const valores = {
      ...VACIO,
      titulo: (hallada?.pregunta ?? titulo).replace(/\s+/g, ' ').slice(0, 120),
      contenido: hallada?.sugerida?.slice(0, 1000) ?? '',
      pregunta: hallada?.id ?? '',
    };
    dibujarFormulario(req, res, { valores, pregunta: hallada, pruebas: await pruebasDe(req) });
  });

  rutas.post('/bloques', (req, res) => guardar(req, res, null));

  rutas.get('/bloques/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const bloque = await obtener(req, id);
    if (prefiereJson(req)) return void res.json({ bloque });
    dibujarFormulario(req, res, { bloque, valores: valoresDe(bloque), pruebas: await pruebasDe(req) });
  });

  rutas.post('/bloques/:id', (req, res) => guardar(req, res, leer(esquemas.parametrosId, req.params).id));

  rutas.delete('/bloques/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const cambio: Cambio = [{ op: 'bloques', ids: [id], accion: 'borrar', etiqueta: '' }];
    if (await apartar(req, res, cambio, 'Borrar un bloque')) return;
    const hechos = await consultas.cambiarVarios(req.nora.bd, [id], 'borrar', '', idUsuario(req));
    if (hechos.length === 0) throw noEncontrado('Ese bloque ya no existe.');
    terminar(req, res, `${baseDe(req)}?borrados=${id}`, null, { borrados: hechos });
  });

  rutas.post('/bloques/:id/activo', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const accion = req.query['valor'] === 'no' ? 'apagar' : 'encender';
    const cambio: Cambio = [{ op: 'bloques', ids: [id], accion, etiqueta: '' }];
    const resumen = `${accion === 'apagar' ? 'Apagar' : 'Encender'} un bloque`;
    if (await apartar(req, res, cambio, resumen)) return;
    await consultas.cambiarVarios(req.nora.bd, [id], accion, '', idUsuario(req));
    const bloque = await obtener(req, id);
    avisar(req);
    if (!esFragmento(req)) return responder(req, res, baseDe(req), { bloque });
    renderizar(
      res,
      `${VISTAS}/_bloque`,
      { base: baseDe(req), bloque: presentarBloque(bloque, entornoDe(req)) },
      { layout: null },
    );
  });

  rutas.post('/bloques/:id/versiones/:version/restauracion', async (req, res) => {
    const { id, version } = leer(esquemas.parametrosVersion, req.params);
    if (
      await apartar(req, res, [{ op: 'restaurar', id, version }], `Traer la versión ${version} de un bloque`)
    )
      return;
    const hecho = await consultas.restaurar(req.nora.bd, id, version, idUsuario(req));
    if (!hecho) throw noEncontrado('Esa versión no existe.');
    if (hecho.r === 'guardado')
      return terminar(req, res, `${baseDe(req)}/bloques/${id}`, `Volvió la versión ${version}.`, { id });
    const gemelo = 'gemelo' in hecho ? hecho.gemelo : null;
    throw new ErrorApp(
      409,
      'duplicado',
      `No se pudo: otro bloque («${gemelo?.titulo || 'sin título'}») ya dice lo mismo.`,
      { gemelo },
    );
  });

  rutas.post('/varios', async (req, res) => {
    const { ids, accion, etiqueta } = leer(esquemas.cuerpoVarios, req.body);
    if (accion.endsWith('etiquetar') && !etiqueta)
      throw new ErrorApp(422, 'datos_invalidos', 'Escribe la etiqueta.', {
        campos: { etiqueta: 'Escribe la etiqueta.' },
      });
    // Las etiquetas apenas mueven lo que Nora encuentra: no ameritan esperar a las pruebas.
    const pesa = !accion.endsWith('etiquetar');
    const cambio: Cambio = [{ op: 'bloques', ids, accion, etiqueta }];
    if (pesa && (await apartar(req, res, cambio, `${RESUMENES[accion] ?? accion} ${plural(ids.length)}`)))
      return;
    const hechos = await consultas.cambiarVarios(req.nora.bd, ids, accion, etiqueta, idUsuario(req));
    const borrados = accion === 'borrar' && hechos.length > 0 ? `?borrados=${hechos.join(',')}` : '';
    const texto = borrados
      ? null
      : hechos.length === 0
        ? 'No hubo nada que cambiar.'
        : `${plural(hechos.length)} con el cambio hecho.`;
    terminar(req, res, `${baseDe(req)}${borrados}`, texto, { ids: hechos });
  });

  rutas.post('/restauracion', async (req, res) => {
    const { ids } = leer(esquemas.cuerpoVarios.pick({ ids: true }), req.body);
    const n = await consultas.restaurarBorrados(req.nora.bd, ids, idUsuario(req));
    terminar(req, res, baseDe(req), n === 0 ? 'Ya estaban de vuelta.' : `${plural(n)} de vuelta.`, { n });
  });

  rutas.post('/gemelo', async (req, res) => {
    const { contenido, id } = leer(esquemas.cuerpoGemelo, req.body);
    const hallado = contenido ? await consultas.buscarGemelo(req.nora.bd, contenido, id) : null;
    if (prefiereJson(req)) return void res.json({ gemelo: hallado });
    const gemelo = hallado ? presentarGemelo(hallado, entornoDe(req)) : null;
    renderizar(res, `${VISTAS}/_gemelo`, { gemelo, guardando: false }, { layout: null });
  });

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
      req,
      res,
      `${baseDe(req)}/preguntas`,
      'Pregunta descartada. Si alguien la vuelve a hacer, aparece de nuevo.',
      { id },
    );
  });

  rutas.get('/importar', (req, res) => {
    dibujar(req, res, 'importar', {
      titulo: 'Importar conocimiento',
      base: baseDe(req),
      texto: '',
      campos: {},
      megas: MAXIMO_ARCHIVO / 1_048_576,
    });
  });

  rutas.post('/importaciones', async (req, res) => {
    const { campos, archivo } = await recibirArchivo(req, {
      maximo: MAXIMO_ARCHIVO,
      maximoCampo: MAXIMO_TEXTO,
    });
    const texto = campos['texto']?.trim() ?? '';
    try {
      if (!archivo && !texto)
        throw new ErrorApp(422, 'datos_invalidos', 'Elige un archivo o pega un texto.', {
          campos: { archivo: 'Elige un archivo o pega un texto.' },
        });
      const { formato, lectura } = archivo
        ? await leerArchivo(archivo)
        : { formato: 'texto' as const, lectura: await leerPegado(texto) };
      const p = { archivo: archivo?.nombre ?? 'Texto pegado', formato, ...lectura };
      const id = await consultas.crearImportacion(req.nora.bd, p, idUsuario(req));
      terminar(
        req,
        res,
        `${baseDe(req)}/importaciones/${id}`,
        null,
        { id, bloques: lectura.bloques.length },
        201,
      );
    } catch (error) {
      if (!(error instanceof ErrorApp) || prefiereJson(req)) throw error;
      const datos = {
        titulo: 'Importar conocimiento',
        base: baseDe(req),
        texto,
        campos: error.extra?.['campos'] ?? {},
        megas: MAXIMO_ARCHIVO / 1_048_576,
      };
      dibujar(req, res, 'importar', datos, error.estado);
    }
  });

  rutas.get('/importaciones/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const { desde } = leer(esquemas.consultaImportacion, req.query);
    const importacion = await consultas.abrirImportacion(req.nora.bd, id, desde);
    if (!importacion) throw noEncontrado('Esa importación ya no existe. Sube el archivo otra vez.');
    if (prefiereJson(req)) return void res.json({ importacion });
    if (importacion.guardada) return res.redirect(303, baseDe(req));
    const e = entornoDe(req);
    dibujar(req, res, 'importacion', {
      titulo: `Revisar ${importacion.archivo}`,
      base: e.base,
      ...presentarImportacion(importacion, desde, e),
      pruebas: await pruebasDe(req),
    });
  });

  rutas.post('/importaciones/:id/bloques/:bloque', (req, res) =>
    cambiarImportado(req, res, leer(esquemas.cuerpoImportado, req.body)),
  );
  rutas.post('/importaciones/:id/bloques/:bloque/inclusion', (req, res) =>
    cambiarImportado(req, res, leer(esquemas.cuerpoIncluir, req.body)),
  );

  rutas.post('/importaciones/:id/seleccion', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const { cuales } = leer(esquemas.cuerpoSeleccion, req.body);
    const n = await consultas.incluirImportados(req.nora.bd, id, cuales);
    if (n === null) throw noEncontrado('Esa importación ya no existe. Sube el archivo otra vez.');
    responder(req, res, `${baseDe(req)}/importaciones/${id}`, { n });
  });

  rutas.post('/importaciones/:id/guardado', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const { etiqueta, probar } = leer(esquemas.cuerpoGuardarImportacion, req.body);
    const cambio: Cambio = [{ op: 'importacion', id, etiqueta }];
    if (await apartar(req, res, cambio, 'Importar bloques', probar)) return;
    const hecho = await consultas.guardarImportacion(req.nora.bd, id, etiqueta, idUsuario(req));
    if (!hecho) throw noEncontrado('Esa importación ya no existe. Sube el archivo otra vez.');
    const repetidos =
      hecho.repetidos > 0
        ? ` ${plural(hecho.repetidos)} ya ${hecho.repetidos === 1 ? 'existía' : 'existían'}.`
        : '';
    terminar(
      req,
      res,
      `${baseDe(req)}?orden=recientes`,
      `Nora aprendió ${plural(hecho.guardados)}.${repetidos}`,
      { ...hecho },
    );
  });

  rutas.delete('/importaciones/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    if (!(await consultas.borrarImportacion(req.nora.bd, id)))
      throw noEncontrado('Esa importación ya no existe.');
    responder(req, res, `${baseDe(req)}/importar`, { id });
  });

  rutas.get('/exportar.csv', async (req, res) => {
    res.attachment(`conocimiento-${req.nora.nombre_nora}.csv`).type('text/csv; charset=utf-8');
    await escribir(req, res, CABEZA_CSV, renglonCsv);
  });
  rutas.get('/exportar.md', async (req, res) => {
    res.attachment(`conocimiento-${req.nora.nombre_nora}.md`).type('text/markdown; charset=utf-8');
    await escribir(req, res, `# Conocimiento de ${req.nora.nombre_visible}\n\n`, seccionMarkdown);
  });

  async function guardar(req: Request, res: Response, id: string | null): Promise<void> {
    const bloque = id ? await obtener(req, id) : null;
    try {
      const { probar, ...datos } = leer(esquemas.cuerpoBloque, req.body);
      const { activas, exige } = await pruebasDe(req);
      if (activas > 0 && (exige || probar)) {
        // Antes de correr nada: lo que de todos modos no se podría publicar se dice ahora.
        await mirarEstorbos(req, bloque, datos);
        const resumen = `Bloque «${datos.titulo || datos.contenido}»`.slice(0, 200);
        if (await apartar(req, res, [{ op: 'bloque', datos: sinHuecos({ ...datos, id }) }], resumen, probar))
          return;
      }
      const hecho = await consultas.guardar(req.nora.bd, { ...datos, id }, idUsuario(req));
      if (!hecho) throw noEncontrado('Ese bloque ya no existe.');
      if (hecho.r === 'guardado') {
        const destino = datos.pregunta ? `${baseDe(req)}/preguntas` : baseDe(req);
        return terminar(
          req,
          res,
          destino,
          id ? 'Cambios guardados.' : 'Nora ya lo sabe.',
          { id: hecho.id },
          id ? 200 : 201,
        );
      }
      throw estorbo(hecho);
    } catch (error) {
      if (!(error instanceof ErrorApp) || prefiereJson(req) || error.estado === 404) throw error;
      const {
        campos = {},
        gemelo,
        actual,
      } = (error.extra ?? {}) as {
        campos?: Record<string, string>;
        gemelo?: consultas.Gemelo;
        actual?: consultas.BloqueAbierto;
      };
      const valores = {
        ...VACIO,
        ...(req.body as object),
        activo: (req.body as { activo?: unknown })?.activo === 'si',
      };
      // Ya vio lo que guardó la otra persona: si guarda de nuevo, es a sabiendas.
      if (actual) Object.assign(valores, { version: String(actual.version) });
      const pruebas = await pruebasDe(req);
      dibujarFormulario(req, res, { bloque, valores, campos, gemelo, actual, pruebas, estado: error.estado });
    }
  }

  /**
   * Si la nora exige pruebas (o se pidieron), el cambio queda apartado mientras corren y la persona va a ver cómo salen.
   * Verdadero: ya se respondió y no hay que guardar.
   */
  async function apartar(
    req: Request,
    res: Response,
    cambio: Cambio,
    resumen: string,
    siempre = false,
  ): Promise<boolean> {
    const { bd, nombre_nora } = req.nora;
    const revision = await revisarCambio(ctx, {
      bd,
      nombre_nora,
      usuario: idUsuario(req),
      cambio,
      resumen,
      siempre,
    });
    if (revision.r === 'libre') return false;
    if (esFragmento(req)) res.setHeader('HX-Redirect', revision.ruta).sendStatus(204);
    else responder(req, res, revision.ruta, { en_prueba: revision.corrida }, 202);
    return true;
  }

  async function cambiarImportado(req: Request, res: Response, datos: object): Promise<void> {
    const { id, bloque } = leer(esquemas.parametrosImportado, req.params);
    const hecho = await consultas.editarImportado(req.nora.bd, id, bloque, datos);
    if (!hecho) throw noEncontrado('Ese bloque ya no está en la vista previa.');
    if (!esFragmento(req))
      return responder(req, res, `${baseDe(req)}/importaciones/${id}`, { bloque: hecho });
    const importacion = await consultas.abrirImportacion(req.nora.bd, id, 0);
    if (!importacion) throw noEncontrado('Esa importación ya no existe.');
    const e = entornoDe(req);
    renderizar(
      res,
      `${VISTAS}/_importado`,
      { b: presentarImportado(hecho, id, e), conteos: conteosDe(importacion) },
      { layout: null },
    );
  }

  /** Lo escrito quedó: avisa a las demás pantallas y responde. */
  function terminar(
    req: Request,
    res: Response,
    destino: string,
    texto: string | null,
    datos: object,
    estado = 200,
  ): void {
    avisar(req);
    if (texto && !prefiereJson(req)) req.session.aviso = { tipo: 'bien', texto };
    responder(req, res, destino, datos, estado);
  }

  function avisar(req: Request): void {
    ctx.vivo.emitir(req.nora.nombre_nora, 'nora:actualizada', {});
  }

  return rutas;
}

const VACIO = {
  titulo: '',
  contenido: '',
  etiquetas: '',
  prioridad: '0',
  activo: true,
  version: '',
  pregunta: '',
};

function valoresDe(b: consultas.BloqueAbierto) {
  return {
    ...VACIO,
    titulo: b.titulo,
    contenido: b.contenido,
    etiquetas: b.etiquetas.join(', '),
    prioridad: String(b.prioridad),
    activo: b.activo,
    version: String(b.version),
  };
}

/** Como viaja en JSON: lo que falta es null. */
function sinHuecos(datos: Record<string, Json | undefined>): Record<string, Json> {
  return Object.fromEntries(Object.entries(datos).map(([clave, valor]) => [clave, valor ?? null]));
}

/** Las pruebas que hay que correr, para ofrecerlas; ninguna si la nora no tiene el módulo. */
async function pruebasDe(req: Request): Promise<Pruebas> {
  return req.nora.modulos.has('ia') ? estadoPruebas(req.nora.bd) : SIN_PRUEBAS;
}

/** @throws ErrorApp si guardar ese bloque se toparía con otro igual, uno parecido o un cambio ajeno */
async function mirarEstorbos(
  req: Request,
  bloque: consultas.BloqueAbierto | null,
  datos: { contenido: string; version?: number | undefined; aunque: boolean },
): Promise<void> {
  const ultima = bloque?.versiones[0];
  if (bloque && ultima && datos.version && datos.version !== bloque.version)
    throw estorbo({ r: 'cambiado', actual: { ...ultima, version: bloque.version } });
  if (bloque?.contenido === datos.contenido) return;
  const gemelo = await consultas.buscarGemelo(req.nora.bd, datos.contenido, bloque?.id);
  if (gemelo?.exacto) throw estorbo({ r: 'duplicado', gemelo });
  if (gemelo && !datos.aunque) throw estorbo({ r: 'parecido', gemelo });
}

/** Por qué no se guardó, con lo que hay que mirar para decidir. */
function estorbo(hecho: Exclude<consultas.Guardado, { r: 'guardado' }>): ErrorApp {
  if (hecho.r === 'cambiado')
    return new ErrorApp(409, 'cambiado', 'Alguien más guardó este bloque mientras lo editabas.', {
      actual: hecho.actual,
    });
  const exacto = hecho.r === 'duplicado';
  const mensaje = exacto ? 'Ya hay un bloque que dice lo mismo.' : 'Hay un bloque que dice casi lo mismo.';
  return new ErrorApp(exacto ? 422 : 409, hecho.r, mensaje, {
    gemelo: hecho.gemelo,
    campos: exacto ? { contenido: mensaje } : {},
  });
}

interface Pruebas {
  activas: number;
  exige: boolean;
}

const SIN_PRUEBAS: Pruebas = { activas: 0, exige: false };

const RESUMENES: Record<string, string> = { encender: 'Encender', apagar: 'Apagar', borrar: 'Borrar' };

interface Formulario {
  pruebas: Pruebas;
  valores: typeof VACIO;
  bloque?: consultas.BloqueAbierto | null;
  pregunta?: { pregunta: string; sugerida: string | null } | null;
  campos?: Record<string, string>;
  gemelo?: consultas.Gemelo | undefined;
  actual?: consultas.BloqueAbierto | undefined;
  estado?: number;
}

function dibujarFormulario(req: Request, res: Response, f: Formulario): void {
  const e = entornoDe(req);
  const bloque = f.bloque ? presentarAbierto(f.bloque, e) : null;
  dibujar(
    req,
    res,
    'editar',
    {
      titulo: bloque ? bloque.nombre : 'Nuevo bloque',
      base: e.base,
      bloque,
      valores: f.valores,
      campos: f.campos ?? {},
      pregunta: f.pregunta ?? null,
      gemelo: f.gemelo ? presentarGemelo(f.gemelo, e) : null,
      actual: f.actual ?? null,
      pruebas: f.pruebas,
    },
    f.estado,
  );
}

async function obtener(req: Request, id: string): Promise<consultas.BloqueAbierto> {
  const bloque = await consultas.abrir(req.nora.bd, id);
  if (!bloque) throw noEncontrado('Ese bloque no existe.');
  return bloque;
}

/** Escribe por tandas y respeta a quien descarga despacio: miles de bloques no se juntan en memoria. */
async function escribir(
  req: Request,
  res: Response,
  cabeza: string,
  renglon: (b: Parameters<typeof renglonCsv>[0]) => string,
): Promise<void> {
  res.write(cabeza);
  for await (const tanda of consultas.recorrer(req.nora.bd)) {
    if (res.destroyed) return;
    if (!res.write(tanda.map(renglon).join('')))
      await new Promise((listo) => res.once('drain', listo).once('close', listo));
  }
  res.end();
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
  const base = baseDe(req);
  return {
    base,
    zona: req.nora.zona_horaria,
    ahora: new Date(),
    chat: req.nora.modulos.has('chat') ? base.replace(/conocimiento$/, 'chat') : '',
  };
}

function baseDe(req: Request): string {
  return `/panel_cliente/${req.nora.nombre_nora}/conocimiento`;
}

function plural(n: number): string {
  return n === 1 ? 'un bloque' : `${n.toLocaleString('es-MX')} bloques`;
}

function idUsuario(req: Request): string {
  if (!req.usuario) throw new ErrorApp(401, 'sin_sesion', 'Entra para continuar.');
  return req.usuario.id;
}
