import { Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { esFragmento, prefiereJson } from '../web/formato.ts';
import { leer } from '../web/leer.ts';
import { renderizar } from '../web/vistas.ts';
import { contarAtencionAds } from './ads_consultas.ts';
import { pagina } from './comun.ts';
import { leerTablero } from './consultas.ts';
import { esquemaListaNora } from './esquemas.ts';
import { presentarTablero } from './presentar.ts';
import { contarTrabajos } from './sistema_datos.ts';

/** `/admin/dashboard` y las listas a las que llevan sus cifras. */
export function crearRutasDashboard(ctx: Contexto): Router {
  const router = Router();

  router.get('/', (_req, res) => res.redirect(303, '/admin/dashboard'));

  router.get('/dashboard', async (req, res) => {
    const [tablero, trabajos, ads] = await Promise.all([
      leerTablero(ctx),
      contarTrabajos(ctx),
      contarAtencionAds(ctx.bd.servicio),
    ]);
    if (prefiereJson(req)) return void res.json({ ...tablero, trabajos, ads });
    const datos = presentarTablero(tablero, trabajos, ads);
    if (esFragmento(req)) return renderizar(res, 'admin/_tablero', datos, { layout: null });
    pagina(req, res, 'dashboard', datos, { seccion: 'dashboard', titulo: 'Tablero' });
  });

  router.get('/esperando', async (req, res) => {
    const { nora } = leer(esquemaListaNora, req.query);
    const { data } = await ctx.bd.servicio.rpc('admin_esperando', { p_nora: nora as string }).throwOnError();
    const datos = { filas: data, cual: 'esperando', nora };
    pagina(req, res, 'listas/personas', datos, { seccion: 'dashboard', titulo: 'Esperan a una persona' });
  });

  router.get('/fallidos', async (req, res) => {
    const { nora } = leer(esquemaListaNora, req.query);
    const { data } = await ctx.bd.servicio.rpc('admin_fallidos', { p_nora: nora as string }).throwOnError();
    const datos = { filas: data, cual: 'fallidos', nora };
    pagina(req, res, 'listas/personas', datos, { seccion: 'dashboard', titulo: 'Envíos fallidos' });
  });

  return router;
}
