import type { Request, Response, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { noEncontrado } from '../../errores.ts';
import { encargarCorrida, encolar } from '../../ia/pruebas.ts';
import { esFragmento } from '../../web/formato.ts';
import { fallasDe, leer } from '../../web/leer.ts';
import { avisarNora, idUsuario } from '../../web/pagina.ts';
import { renderizar } from '../../web/vistas.ts';
import { dibujar, entornoDe, terminar, VISTAS } from './comun.ts';
import * as consultas from './consultas.ts';
import * as esquemas from './esquemas.ts';
import { presentarCorrida, presentarCorridaAbierta, presentarPrueba } from './presentar_pruebas.ts';

/** Las preguntas de prueba, sus corridas y la publicación de un cambio que espera por ellas. */
export function rutasPruebas(ctx: Contexto, rutas: Router): void {
  rutas.get('/pruebas', async (req, res) => {
    const e = entornoDe(ctx, req);
    const lista = await consultas.listarPruebas(req.nora.bd);
    const pruebas = lista.pruebas.map((p) => presentarPrueba(p, e.base));
    dibujar(ctx, req, res, 'pruebas', 'pruebas', {
      titulo: 'Pruebas',
      exige: lista.exige_pruebas,
      pruebas,
      activas: pruebas.filter((p) => p.activa).length,
      corridas: lista.corridas.map((c) => presentarCorrida(c, e)),
      esperando: lista.corridas
        .filter((c) => c.publicacion === 'esperando')
        .map((c) => presentarCorrida(c, e)),
    });
  });

  rutas.get('/pruebas/nueva', async (req, res) => {
    const q = leer(esquemas.consultaPrueba, req.query);
    await dibujarPrueba(req, res, null, {
      valores: { ...PRUEBA_VACIA, pregunta: q.pregunta, espera: q.espera, citas: q.cita },
    });
  });

  rutas.post('/pruebas', (req, res) => guardarPrueba(req, res, null));
  rutas.get('/pruebas/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    await dibujarPrueba(req, res, id, {});
  });
  rutas.post('/pruebas/:id', (req, res) =>
    guardarPrueba(req, res, leer(esquemas.parametrosId, req.params).id),
  );
  rutas.delete('/pruebas/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    if (!(await consultas.borrarPrueba(req.nora.bd, id, idUsuario(req))))
      throw noEncontrado('Esa prueba ya no existe.');
    avisarNora(ctx, req);
    terminar(req, res, '/pruebas', 'Prueba borrada.');
  });

  rutas.post('/exigencia', async (req, res) => {
    const { exige } = leer(esquemas.cuerpoExigir, req.body);
    await consultas.guardarAjustes(req.nora.bd, { exige_pruebas: exige }, idUsuario(req));
    terminar(
      req,
      res,
      '/pruebas',
      exige
        ? 'Los cambios pasarán por las pruebas antes de publicarse.'
        : 'Los cambios se guardan sin exigir las pruebas.',
    );
  });

  rutas.post('/corridas', async (req, res) => {
    const { bd, nombre_nora } = req.nora;
    const hecha = await encargarCorrida(ctx, {
      bd,
      nombre_nora,
      usuario: idUsuario(req),
      cambio: null,
      resumen: null,
    });
    if (!hecha) return terminar(req, res, '/pruebas', 'Agrega una prueba para poder correrlas.', 'mal');
    res.redirect(303, hecha.ruta);
  });

  rutas.get('/pruebas/corridas/:id', async (req, res) => {
    const e = entornoDe(ctx, req);
    const corrida = await obtenerCorrida(req);
    const datos = { corrida: presentarCorridaAbierta(corrida, e), base: e.base };
    if (esFragmento(req)) return renderizar(res, `${VISTAS}/_corrida`, datos, { layout: null });
    dibujar(ctx, req, res, 'corrida', 'pruebas', { titulo: 'Corrida de pruebas', ...datos });
  });

  rutas.post('/pruebas/corridas/:id/reintento', async (req, res) => {
    const { id } = await obtenerCorrida(req);
    if (await consultas.reintentarCorrida(req.nora.bd, id)) await encolar(ctx, req.nora.nombre_nora, id);
    terminar(req, res, `/pruebas/corridas/${id}`, '');
  });

  rutas.post('/pruebas/corridas/:id/publicacion', async (req, res) => {
    const { id } = await obtenerCorrida(req);
    const hecho = await consultas.publicarCambio(req.nora.bd, id, idUsuario(req));
    if (hecho?.r === 'impedido')
      return terminar(req, res, `/pruebas/corridas/${id}`, 'No se pudo publicar.', 'mal');
    avisarNora(ctx, req);
    terminar(
      req,
      res,
      `/pruebas/corridas/${id}`,
      hecho ? 'Cambio publicado.' : 'Ese cambio ya se había resuelto.',
    );
  });

  rutas.delete('/pruebas/corridas/:id/publicacion', async (req, res) => {
    const { id } = await obtenerCorrida(req);
    const hecho = await consultas.descartarCambio(req.nora.bd, id, idUsuario(req));
    terminar(
      req,
      res,
      `/pruebas/corridas/${id}`,
      hecho ? 'Cambio descartado: todo sigue como estaba.' : 'Ese cambio ya se había resuelto.',
    );
  });

  async function guardarPrueba(req: Request, res: Response, id: string | null): Promise<void> {
    const leido = esquemas.cuerpoPrueba.safeParse(req.body ?? {});
    if (!leido.success)
      return dibujarPrueba(req, res, id, { escrito: req.body, campos: fallasDe(leido.error) });
    const hecho = await consultas.guardarPrueba(
      req.nora.bd,
      { ...leido.data, ...(id && { id }) },
      idUsuario(req),
    );
    if (!hecho) throw noEncontrado('Esa prueba ya no existe.');
    if (hecho.r !== 'guardada') {
      const texto =
        hecho.r === 'repetida'
          ? 'Ya hay una prueba con esa pregunta.'
          : 'Llegaste a 200 pruebas. Borra alguna para agregar otra.';
      return dibujarPrueba(req, res, id, { escrito: req.body, campos: { pregunta: texto } });
    }
    avisarNora(ctx, req);
    terminar(req, res, '/pruebas', 'Prueba guardada.');
  }

  async function dibujarPrueba(
    req: Request,
    res: Response,
    id: string | null,
    {
      escrito,
      valores,
      campos = {},
    }: { escrito?: unknown; valores?: typeof PRUEBA_VACIA; campos?: Record<string, string> },
  ): Promise<void> {
    const lista = await consultas.listarPruebas(req.nora.bd);
    const prueba = id ? lista.pruebas.find((p) => p.id === id) : null;
    if (id && !prueba) throw noEncontrado('Esa prueba ya no existe.');
    const de = prueba
      ? {
          pregunta: prueba.pregunta,
          espera: prueba.espera as string,
          contiene: prueba.contiene.join('\n'),
          no_contiene: prueba.no_contiene.join('\n'),
          citas: prueba.citas.map((c) => c.id),
          activa: prueba.activa,
        }
      : (valores ?? PRUEBA_VACIA);
    const puesto = escrito ? valoresEscritos(escrito as Record<string, unknown>) : de;
    const citados = new Set(puesto.citas);
    dibujar(
      ctx,
      req,
      res,
      'prueba',
      'pruebas',
      {
        titulo: id ? 'Editar prueba' : 'Prueba nueva',
        id,
        valores: puesto,
        campos,
        bloques: lista.bloques.map((b) => ({ ...b, puesto: citados.has(b.id) })),
        conocimiento: entornoDe(ctx, req).conocimiento,
      },
      escrito ? 422 : undefined,
    );
  }
}

const PRUEBA_VACIA = {
  pregunta: '',
  espera: 'responde' as string,
  contiene: '',
  no_contiene: '',
  citas: [] as string[],
  activa: true,
};

function valoresEscritos(cuerpo: Record<string, unknown>): typeof PRUEBA_VACIA {
  const texto = (clave: string) => (typeof cuerpo[clave] === 'string' ? cuerpo[clave] : '');
  const citas = [cuerpo['citas'] ?? []].flat().filter((c): c is string => typeof c === 'string');
  return {
    pregunta: texto('pregunta'),
    espera: texto('espera'),
    contiene: texto('contiene'),
    no_contiene: texto('no_contiene'),
    citas,
    activa: cuerpo['activa'] !== undefined,
  };
}

async function obtenerCorrida(req: Request): Promise<consultas.CorridaAbierta> {
  const { id } = leer(esquemas.parametrosId, req.params);
  const corrida = await consultas.abrirCorrida(req.nora.bd, id);
  if (!corrida) throw noEncontrado('Esa corrida ya no existe.');
  return corrida;
}
