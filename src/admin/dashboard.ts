import { type Request, type Response, Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { esFragmento, prefiereJson } from '../web/formato.ts';
import { leer } from '../web/leer.ts';
import { renderizar } from '../web/vistas.ts';
import { contarAtencionAds } from './ads_consultas.ts';
import { pagina } from './comun.ts';
import {
  leerCifras,
  leerTablero,
  listarEsperando,
  listarFallidos,
  type PaginaPersonas,
  type Periodo,
} from './consultas_tablero.ts';
import { esquemaCifras, esquemaPersonas } from './esquemas.ts';
import { presentarCifras, presentarPersonas, presentarTablero, TITULOS_CIFRA } from './presentar_tablero.ts';
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

  router.get('/cifras', async (req, res) => {
    const { periodo, orden, valor, nora } = leer(esquemaCifras, req.query);
    const datos = await leerCifras(ctx, { periodo, orden, valor, nora, n: PAGINA });
    pagina(req, res, 'listas/cifras', presentarCifras(datos, periodo, orden), {
      seccion: 'dashboard',
      titulo: TITULOS_CIFRA[orden],
    });
  });

  router.get('/esperando', async (req, res) => {
    const filtro = leer(esquemaPersonas, req.query);
    const lista = await listarEsperando(ctx.bd.servicio, { ...filtro, n: PAGINA });
    dibujarPersonas(ctx, req, res, 'esperando', filtro, lista);
  });

  router.get('/fallidos', async (req, res) => {
    const filtro = leer(esquemaPersonas, req.query);
    const lista = await listarFallidos(ctx.bd.servicio, filtro.periodo, { ...filtro, n: PAGINA });
    dibujarPersonas(ctx, req, res, 'fallidos', filtro, lista);
  });

  return router;
}

const PAGINA = 50;

function dibujarPersonas(
  { registro }: Pick<Contexto, 'registro'>,
  req: Request,
  res: Response,
  cual: 'esperando' | 'fallidos',
  { nora, periodo }: { nora: string | null; periodo: Periodo },
  lista: PaginaPersonas,
): void {
  const datos = presentarPersonas(lista, {
    cual,
    nora,
    periodo,
    abre: (una) => registro.moduloActivo(una, 'chat'),
  });
  pagina(req, res, 'listas/personas', datos, { seccion: 'dashboard', titulo: datos.titulo });
}
