import type { Request, Response, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import type { Json } from '../../datos/tipos.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import type { Cambio } from '../../ia/ensayo.ts';
import { esFragmento, prefiereJson } from '../../web/formato.ts';
import { leer } from '../../web/leer.ts';
import { avisarNora, idUsuario, responder, terminar } from '../../web/pagina.ts';
import { renderizar } from '../../web/vistas.ts';
import { apartar, baseDe, dibujar, entornoDe, plural, pruebasDe, VISTAS } from './comun.ts';
import * as consultas from './consultas.ts';
import * as esquemas from './esquemas.ts';
import { dibujarFormulario, estorbo, mirarEstorbos, VACIO, valoresDe } from './formulario.ts';
import { presentarBloque, presentarGemelo, presentarLista } from './presentar.ts';

/** La lista y sus bloques: escribirlos, cambiarlos, encenderlos, borrarlos y volver a una versión. */
export function rutasBloques(ctx: Contexto, rutas: Router): void {
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
    if (await apartar(ctx, req, res, cambio, 'Borrar un bloque')) return;
    const hechos = await consultas.cambiarVarios(req.nora.bd, [id], 'borrar', '', idUsuario(req));
    if (hechos.length === 0) throw noEncontrado('Ese bloque ya no existe.');
    terminar(ctx, req, res, `${baseDe(req)}?borrados=${id}`, null, { borrados: hechos });
  });

  rutas.post('/bloques/:id/activo', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const accion = req.query['valor'] === 'no' ? 'apagar' : 'encender';
    const cambio: Cambio = [{ op: 'bloques', ids: [id], accion, etiqueta: '' }];
    const resumen = `${accion === 'apagar' ? 'Apagar' : 'Encender'} un bloque`;
    if (await apartar(ctx, req, res, cambio, resumen)) return;
    await consultas.cambiarVarios(req.nora.bd, [id], accion, '', idUsuario(req));
    const bloque = await obtener(req, id);
    avisarNora(ctx, req);
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
      await apartar(
        ctx,
        req,
        res,
        [{ op: 'restaurar', id, version }],
        `Traer la versión ${version} de un bloque`,
      )
    )
      return;
    const hecho = await consultas.restaurar(req.nora.bd, id, version, idUsuario(req));
    if (!hecho) throw noEncontrado('Esa versión no existe.');
    if (hecho.r === 'guardado')
      return terminar(ctx, req, res, `${baseDe(req)}/bloques/${id}`, `Volvió la versión ${version}.`, { id });
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
    if (
      pesa &&
      (await apartar(ctx, req, res, cambio, `${RESUMENES[accion] ?? accion} ${plural(ids.length)}`))
    )
      return;
    const hechos = await consultas.cambiarVarios(req.nora.bd, ids, accion, etiqueta, idUsuario(req));
    const borrados = accion === 'borrar' && hechos.length > 0 ? `?borrados=${hechos.join(',')}` : '';
    const texto = borrados
      ? null
      : hechos.length === 0
        ? 'No hubo nada que cambiar.'
        : `${plural(hechos.length)} con el cambio hecho.`;
    terminar(ctx, req, res, `${baseDe(req)}${borrados}`, texto, { ids: hechos });
  });

  rutas.post('/restauracion', async (req, res) => {
    const { ids } = leer(esquemas.cuerpoVarios.pick({ ids: true }), req.body);
    // Lo que vuelve también cambia lo que Nora contesta, y desde el borrado pudo publicarse otra cosa.
    const borrados = await consultas.versionesBorradas(req.nora.bd, ids);
    const cambio: Cambio = borrados.map((b) => ({ op: 'restaurar', ...b }));
    if (
      cambio.length > 0 &&
      (await apartar(ctx, req, res, cambio, `Traer de vuelta ${plural(cambio.length)}`))
    )
      return;
    const n = await consultas.restaurarBorrados(req.nora.bd, ids, idUsuario(req));
    terminar(ctx, req, res, baseDe(req), n === 0 ? 'Ya estaban de vuelta.' : `${plural(n)} de vuelta.`, {
      n,
    });
  });

  rutas.post('/gemelo', async (req, res) => {
    const { contenido, id } = leer(esquemas.cuerpoGemelo, req.body);
    const hallado = contenido ? await consultas.buscarGemelo(req.nora.bd, contenido, id) : null;
    if (prefiereJson(req)) return void res.json({ gemelo: hallado });
    const gemelo = hallado ? presentarGemelo(hallado, entornoDe(req)) : null;
    renderizar(res, `${VISTAS}/_gemelo`, { gemelo, guardando: false }, { layout: null });
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
        if (
          await apartar(
            ctx,
            req,
            res,
            [{ op: 'bloque', datos: sinHuecos({ ...datos, id }) }],
            resumen,
            probar,
          )
        )
          return;
      }
      const hecho = await consultas.guardar(req.nora.bd, { ...datos, id }, idUsuario(req));
      if (!hecho) throw noEncontrado('Ese bloque ya no existe.');
      if (hecho.r === 'guardado') {
        const destino = datos.pregunta ? `${baseDe(req)}/preguntas` : baseDe(req);
        return terminar(
          ctx,
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
}

/** Como viaja en JSON: lo que falta es null. */
function sinHuecos(datos: Record<string, Json | undefined>): Record<string, Json> {
  return Object.fromEntries(Object.entries(datos).map(([clave, valor]) => [clave, valor ?? null]));
}

const RESUMENES: Record<string, string> = { encender: 'Encender', apagar: 'Apagar', borrar: 'Borrar' };

async function obtener(req: Request, id: string): Promise<consultas.BloqueAbierto> {
  const bloque = await consultas.abrir(req.nora.bd, id);
  if (!bloque) throw noEncontrado('Ese bloque no existe.');
  return bloque;
}
