import { randomBytes } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import {
  conectarConAgencia,
  conectarConCodigo,
  conectarConToken,
  direccionDeRegreso,
} from '../../ads/cuentas/conectar.ts';
import * as consultas from '../../ads/cuentas/consultas.ts';
import { pedirSincronizacion } from '../../ads/sincronizar/pedir.ts';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { crearPkce } from '../../integraciones/meta.ts';
import { prefiereJson } from '../../web/formato.ts';
import { leer } from '../../web/leer.ts';
import { camposDe, idUsuario } from '../../web/pagina.ts';
import { baseDe, dibujar, terminar } from './comun.ts';
import * as esquemas from './esquemas.ts';
import { cadaCuanto, presentarConexion, presentarCuentas } from './presentar_cuentas.ts';

const PLAZO_IDA_MS = 15 * 60_000;

/** Las cuentas de Meta de la nora: conectarlas, elegirlas, traerlas y soltarlas. */
export function crearRutasCuentas(ctx: Contexto): Router {
  const rutas = Router({ mergeParams: true });

  rutas.get('/', (req, res) => mostrar(req, res, {}));

  rutas.post('/facebook', (req, res) => {
    if (!ctx.meta.conLogin)
      throw new ErrorApp(409, 'sin_aplicacion', 'Esta instalación no tiene una aplicación de Meta.');
    const { verificador, reto } = crearPkce();
    const estado = randomBytes(24).toString('base64url');
    req.session.facebook = {
      estado,
      verificador,
      nora: req.nora.nombre_nora,
      hasta: Date.now() + PLAZO_IDA_MS,
    };
    res.redirect(303, ctx.meta.direccionDeLogin({ estado, reto, regreso: direccionDeRegreso(ctx) }));
  });

  rutas.get('/facebook/canje', async (req, res) => {
    const ida = req.session.facebook;
    delete req.session.facebook;
    if (!ida?.codigo || ida.nora !== req.nora.nombre_nora || ida.hasta < Date.now())
      return res.redirect(303, `${baseDe(req)}/cuentas`);
    try {
      const id = await conectarConCodigo(ctx, quien(req), {
        codigo: ida.codigo,
        verificador: ida.verificador,
      });
      res.redirect(303, `${baseDe(req)}/cuentas/elegir/${id}`);
    } catch (error) {
      if (!(error instanceof ErrorApp)) throw error;
      await mostrar(req, res, { falla: error.message, estado: error.estado });
    }
  });

  rutas.post('/permiso', async (req, res) => {
    try {
      const { token } = leer(esquemas.cuerpoPermiso, req.body);
      const id = await conectarConToken(ctx, quien(req), token);
      if (prefiereJson(req)) return void res.status(201).json({ id });
      res.redirect(303, `${baseDe(req)}/cuentas/elegir/${id}`);
    } catch (error) {
      if (!(error instanceof ErrorApp) || prefiereJson(req)) throw error;
      const campos = camposDe(error);
      // Lo pegado no vuelve a la página: es un secreto.
      await mostrar(req, res, {
        campos,
        ...(!campos['token'] && { falla: error.message }),
        estado: error.estado,
      });
    }
  });

  rutas.post('/agencia', async (req, res) => {
    if (req.usuario?.rol !== 'admin') throw noEncontrado();
    const id = await conectarConAgencia(ctx, quien(req));
    res.redirect(303, `${baseDe(req)}/cuentas/elegir/${id}`);
  });

  rutas.get('/elegir/:id', (req, res) => elegir(req, res, {}));
  rutas.post('/elegir/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const d = leer(esquemas.cuerpoElegir, req.body);
    if (d.cuentas.length === 0) return elegir(req, res, { falla: 'Elige al menos una cuenta.', estado: 422 });
    const r = await consultas.conectar(req.nora.bd, {
      conexion: id,
      cuentas: d.cuentas,
      pagina: d.pagina,
      usuario: idUsuario(req),
    });
    if (r.r === 'caduca')
      throw new ErrorApp(410, 'caduca', 'Pasó una hora desde que diste el permiso. Vuelve a conectar.');
    if (r.r === 'otra_moneda')
      return elegir(req, res, {
        falla: `${r.nombre} ya tiene cifras guardadas en otra moneda; sumarlas sería mentir. Conéctala en otra nora o pide que se borren.`,
        estado: 409,
      });
    if (r.ids.length === 0) throw noEncontrado('Esas cuentas no están en el permiso.');
    for (const cuenta_id of r.ids)
      await pedirSincronizacion(ctx, { nombre_nora: req.nora.nombre_nora, cuenta_id, pedida: 'primera' });
    const n = r.ids.length;
    terminar(
      req,
      res,
      `${baseDe(req)}/cuentas`,
      `${n === 1 ? 'Cuenta conectada' : `${n} cuentas conectadas`}. Ya se están trayendo sus cifras.`,
      { ids: r.ids },
    );
  });

  rutas.post('/:id/sincronizacion', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const cuenta = (await consultas.listarEstados(req.nora.bd)).find((c) => c.id === id);
    if (!cuenta) throw noEncontrado('Esa cuenta no existe.');
    if (!cuenta.activo || !cuenta.conectada_con_permiso)
      throw new ErrorApp(409, 'desconectada', 'Esa cuenta no está conectada con Meta.');
    const nueva = await pedirSincronizacion(ctx, { nombre_nora: req.nora.nombre_nora, cuenta_id: id });
    const dicho = nueva ? 'Sincronización en marcha.' : 'La acabas de pedir: ya está en marcha.';
    terminar(req, res, `${baseDe(req)}/cuentas`, dicho, {}, 202);
  });

  rutas.delete('/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const hecho = await consultas.desconectar(req.nora.bd, id, idUsuario(req));
    if (!hecho) throw noEncontrado('Esa cuenta no está conectada.');
    terminar(
      req,
      res,
      `${baseDe(req)}/cuentas`,
      `${hecho.nombre} quedó desconectada. Lo ya traído se conserva.`,
    );
  });

  async function mostrar(
    req: Request,
    res: Response,
    e: { campos?: Record<string, string>; falla?: string; estado?: number },
  ): Promise<void> {
    const cuentas = await consultas.listarEstados(req.nora.bd);
    if (prefiereJson(req)) return void res.status(e.estado ?? 200).json({ cuentas });
    dibujar(
      req,
      res,
      'cuentas',
      'cuentas',
      {
        titulo: 'Cuentas de anuncios',
        cuentas: presentarCuentas(cuentas, new Date(), req.nora.zona_horaria),
        cada: cadaCuanto(cuentas),
        conLogin: ctx.meta.conLogin,
        conAgencia: req.usuario?.rol === 'admin' && ctx.config.meta.token !== null,
        campos: e.campos ?? {},
        falla: e.falla ?? null,
      },
      e.estado,
    );
  }

  return rutas;
}

async function elegir(req: Request, res: Response, e: { falla?: string; estado?: number }): Promise<void> {
  const { id } = leer(esquemas.parametrosId, req.params);
  const conexion = await consultas.leerConexion(req.nora.bd, id, idUsuario(req));
  if (!conexion) throw noEncontrado('Esa conexión ya no vale. Vuelve a conectar.');
  if (prefiereJson(req)) return void res.status(e.estado ?? 200).json({ conexion });
  dibujar(
    req,
    res,
    'elegir',
    'cuentas',
    {
      titulo: 'Elegir cuentas',
      v: presentarConexion(conexion, req.nora.zona_horaria),
      falla: e.falla ?? null,
    },
    e.estado,
  );
}

function quien(req: Request) {
  return { nombre_nora: req.nora.nombre_nora, bd: req.nora.bd, usuario: idUsuario(req) };
}
