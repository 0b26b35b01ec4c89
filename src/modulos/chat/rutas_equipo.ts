import { Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { leer } from '../../web/leer.ts';
import { idUsuario } from '../../web/pagina.ts';
import { avisarMensajes, crearCambio, enviarMensajes, esFragmento, exigirHora, volver } from './comun.ts';
import * as equipo from './consultas_equipo.ts';
import * as esquemas from './esquemas.ts';

/** Asignar, resolver, posponer y anotar. */
export function crearRutasEquipo(ctx: Contexto): Router {
  const rutas = Router({ mergeParams: true });
  const cambio = crearCambio(ctx);

  rutas.post(
    '/:contacto/asignacion',
    cambio(async (req, id) => {
      const { usuario } = leer(esquemas.cuerpoAsignacion, req.body);
      const hecho = await equipo.asignarContacto(req.nora.bd, id, usuario, idUsuario(req));
      if (hecho?.r === 'desconocido') {
        throw new ErrorApp(422, 'desconocido', 'Esa persona ya no está en tu equipo. Recarga la página.');
      }
      return hecho;
    }),
  );

  rutas.post(
    '/:contacto/resolucion',
    cambio((req, id) => equipo.resolverContacto(req.nora.bd, id, idUsuario(req))),
  );
  rutas.delete(
    '/:contacto/resolucion',
    cambio((req, id) => equipo.reabrirContacto(req.nora.bd, id, idUsuario(req))),
  );

  rutas.post(
    '/:contacto/pospuesta',
    cambio(async (req, id) => {
      const { cuando } = leer(esquemas.cuerpoPospuesta, req.body);
      const hecho = await equipo.posponerContacto(req.nora.bd, id, cuando, idUsuario(req));
      if (hecho) exigirHora(hecho.r);
      return hecho;
    }),
  );
  rutas.delete(
    '/:contacto/pospuesta',
    cambio((req, id) => equipo.posponerContacto(req.nora.bd, id, '', idUsuario(req))),
  );

  rutas.post('/:contacto/notas', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const { texto, clave_cliente: clave } = leer(esquemas.cuerpoNota, req.body);
    const hecho = await equipo.anotarHilo(req.nora.bd, {
      contacto,
      texto,
      clave,
      usuario: idUsuario(req),
    });
    if (!hecho) throw noEncontrado('Esa conversación no existe.');
    avisarMensajes(ctx, req, contacto, hecho.ids, 'nota');
    if (!esFragmento(req)) return volver(req, res, contacto);
    await enviarMensajes(req, res, contacto, hecho.ids);
  });

  return rutas;
}
