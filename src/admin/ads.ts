import { type Request, type Response, Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { conFormulario, type FallaFormulario, loEscrito, SIN_FALLA } from '../cuentas/formulario.ts';
import { ErrorApp, noEncontrado } from '../errores.ts';
import { prefiereJson } from '../web/formato.ts';
import { leer } from '../web/leer.ts';
import { guardarLimites, leerCuentaAds, listarCuentasAds } from './ads_consultas.ts';
import { presentarCuentaAds, presentarFilaAds, presentarGasto, SALUDES } from './ads_presentar.ts';
import { hecho, pagina, quien } from './comun.ts';
import { esquemaCuentaAds, esquemaLimitesAds, esquemaListaAds } from './esquemas.ts';

const RUTA = '/ads/:cuenta';

/** Encarga la sincronización de una cuenta; no espera a que termine. false: la acababan de pedir. */
export type PedirSincronizacion = (
  ctx: Contexto,
  p: { nombre_nora: string; cuenta_id: string },
) => Promise<boolean>;

/** `/admin/ads`: la salud de toda cuenta de anuncios, lo que gasta cada moneda y los límites que pone la agencia. */
export function crearRutasAdminAds(ctx: Contexto, pedir: PedirSincronizacion): Router {
  const router = Router();
  const servicio = ctx.bd.servicio;

  router.get('/ads', async (req, res) => {
    const { q, estado, desde, n } = leer(esquemaListaAds, req.query);
    const lista = await listarCuentasAds(servicio, { q, estado, desde, n });
    if (prefiereJson(req)) return void res.json(lista);
    const ahora = new Date();
    const datos = {
      q,
      estado,
      consulta: new URLSearchParams({ q, estado, ...(desde && { desde }) }).toString(),
      filtros: SALUDES.map(([clave, texto]) => ({
        clave,
        texto,
        n: cuantas(lista.conteos, clave),
      })),
      cuentas: lista.cuentas.map((c) => presentarFilaAds(c, ahora)),
      gasto: presentarGasto(lista.gasto),
      siguiente: lista.siguiente && new URLSearchParams({ q, estado, desde: lista.siguiente }).toString(),
    };
    pagina(req, res, 'ads/index', datos, { seccion: 'ads', titulo: 'Anuncios' });
  });

  router.get(RUTA, async (req, res) => dibujarCuenta(req, res, SIN_FALLA));

  router.post(`${RUTA}/limites`, async (req, res) => {
    const { cuenta } = leer(esquemaCuentaAds, req.params);
    await conFormulario(
      req,
      res,
      async () => {
        const limites = leer(esquemaLimitesAds, req.body);
        const c = await obtener(cuenta);
        await guardarLimites(servicio, c, limites, quien(req));
        hecho(req, res, {
          ruta: `/admin/ads/${c.id}`,
          texto: 'Límites guardados. Valen desde el siguiente cambio.',
        });
      },
      (falla) => dibujarCuenta(req, res, falla),
    );
  });

  router.post(`${RUTA}/sincronizacion`, async (req, res) => {
    const { cuenta } = leer(esquemaCuentaAds, req.params);
    const c = await obtener(cuenta);
    if (c.demo || !c.activo)
      throw new ErrorApp(
        409,
        'sin_conexion',
        c.demo
          ? 'Es una cuenta de demostración: no hay nada que traer de Meta.'
          : 'Esa cuenta está desconectada: su dueño la conecta desde su panel.',
      );
    const nueva = await pedir(ctx, { nombre_nora: c.nombre_nora, cuenta_id: c.id });
    await servicio
      .rpc('auditar', {
        p_quien: quien(req),
        p_accion: 'sincronizar anuncios',
        p_entidad: `meta_ads_cuentas ${c.id}`,
        p_nora: c.nombre_nora,
        p_despues: { cuenta: c.ad_account_id, nombre: c.nombre },
      })
      .throwOnError();
    hecho(req, res, {
      ruta: `/admin/ads/${c.id}`,
      texto: nueva
        ? 'Sincronización pedida. Empieza en unos segundos.'
        : 'La acabas de pedir: ya está en marcha.',
      estado: 202,
    });
  });

  return router;

  async function obtener(id: string) {
    const c = await leerCuentaAds(servicio, id);
    if (!c) throw noEncontrado('Esa cuenta de anuncios no existe.');
    return c;
  }

  async function dibujarCuenta(req: Request, res: Response, falla: FallaFormulario): Promise<void> {
    const c = await obtener(leer(esquemaCuentaAds, req.params).cuenta);
    if (prefiereJson(req)) return void res.json({ cuenta: c });
    const datos = { c: presentarCuentaAds(c, new Date()), escrito: loEscrito(req.body), ...falla };
    pagina(req, res, 'ads/cuenta', datos, { seccion: 'ads', titulo: c.nombre });
  }
}

const ATENCION = ['muerta', 'fallando', 'por_vencer', 'atrasada'];

function cuantas(conteos: Record<string, number>, clave: string): number {
  return Object.entries(conteos)
    .filter(
      ([salud]) => clave === '' || salud === clave || (clave === 'atencion' && ATENCION.includes(salud)),
    )
    .reduce((suma, [, n]) => suma + n, 0);
}
