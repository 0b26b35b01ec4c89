import { Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { noEncontrado } from '../../errores.ts';
import { modulosVisibles } from '../index.ts';
import { enviarFoto } from '../../noras/foto.ts';
import { esFragmento } from '../../web/formato.ts';
import { renderizar } from '../../web/vistas.ts';
import { contarSinLeer, leerInicio } from './consultas.ts';
import { leerEstados } from './estados.ts';
import { presentarInicio } from './presentar.ts';

const MODULO_DE_INICIO = 'panel';

/** `GET /panel_cliente/:nombre_nora`. Con htmx devuelve sólo el cuerpo, para refrescarse en el lugar. */
export function crearRutas(ctx: Contexto): Router {
  const rutas = Router({ mergeParams: true });

  rutas.get('/', async (req, res) => {
    const { nora, usuario } = req;
    if (!usuario) throw noEncontrado();
    const [inicio, estados] = await Promise.all([
      leerInicio(nora.bd, usuario.id),
      leerEstados(ctx, nora.nombre_nora),
    ]);
    if (!inicio) throw noEncontrado();
    const produccion = ctx.config.entorno === 'produccion';
    const conPagina = new Set<string>(
      modulosVisibles(nora.modulos, req.membresia).map((modulo) => modulo.clave),
    );
    const datos = presentarInicio({
      inicio,
      estados,
      nora,
      usuario,
      conPagina,
      produccion,
      ahora: new Date(),
    });
    renderizar(res, 'panel_cliente/inicio/index', datos, { layout: esFragmento(req) ? null : 'panel' });
  });

  // El marco solo, para cambiarlo en los paneles abiertos sin recargarlos. `modulo` es el de la página que lo pide.
  rutas.get('/marco', (req, res) => {
    const { modulo } = req.query;
    const modulo_actual = typeof modulo === 'string' ? modulo : MODULO_DE_INICIO;
    res.setHeader('Cache-Control', 'no-store');
    renderizar(res, 'shared/_riel', { modulo_actual }, { layout: null });
  });

  // Las páginas que no la traen la piden ya dibujadas: contarla en cada una sería otra ida a la base antes de pintar.
  rutas.get('/sin_leer', async (req, res) => {
    res.setHeader('Cache-Control', 'no-store');
    res.json({ chat: await contarSinLeer(req.nora.bd) });
  });

  rutas.get('/foto/:id', (req, res) => enviarFoto(ctx, req, res));

  return rutas;
}
