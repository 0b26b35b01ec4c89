import type { RequestHandler } from 'express';
import type { Config } from '../config.ts';
import type { Contexto } from '../contexto.ts';
import type { Cuenta } from '../noras/membresia.ts';
import { ErrorApp, noEncontrado } from '../errores.ts';
import { esFragmento, prefiereJson } from '../web/formato.ts';
import { alargarSesion, reiniciarSesion } from '../web/sesiones.ts';
import '../web/tipos_express.ts';

/**
 * Pone `req.usuario` a partir de la sesión. La cuenta se comprueba en cada petición: desactivarla o
 * cambiarle la clave saca a la persona al instante.
 */
export function reconocerUsuario(ctx: Pick<Contexto, 'membresias' | 'config'>): RequestHandler {
  return async function conUsuario(req, _res, next) {
    req.usuario = null;
    const enSesion = req.session.usuario;
    if (!enSesion) return next();
    const cuenta = await ctx.membresias.obtener(enSesion.id);
    if (!cuenta || cuenta.sello !== enSesion.sello) {
      await reiniciarSesion(req);
      return next();
    }
    alargarSesion(req);
    req.usuario = {
      id: cuenta.id,
      nombre: cuenta.nombre,
      correo: cuenta.correo,
      rol: cuenta.rol,
      debeDoblePaso: debeDoblePaso(ctx.config, cuenta),
    };
    next();
  };
}

/** En producción un administrador no pasa de su cuenta hasta activar el segundo paso: su sesión abre todas las noras. */
export function debeDoblePaso(
  config: Pick<Config, 'entorno'>,
  cuenta: Pick<Cuenta, 'rol' | 'totp'>,
): boolean {
  return config.entorno === 'produccion' && cuenta.rol === 'admin' && !cuenta.totp;
}

/** Como `exigirSesion`, y además con el segundo paso puesto si le toca. */
export const exigirSesion: RequestHandler = (req, res, next) => {
  if (!req.usuario?.debeDoblePaso) return exigirIdentidad(req, res, next);
  if (prefiereJson(req) || esFragmento(req))
    return next(new ErrorApp(403, 'falta_doble_paso', 'Activa el doble paso en tu cuenta para continuar.'));
  res.redirect(303, '/cuenta/doble_paso');
};

/** Sin sesión manda a `/login` y recuerda a dónde iba; a programas y a htmx les contesta 401. */
export const exigirIdentidad: RequestHandler = (req, res, next) => {
  if (req.usuario) return next();
  const destino = req.method === 'GET' ? `/login?next=${encodeURIComponent(req.originalUrl)}` : '/login';
  if (prefiereJson(req)) return next(new ErrorApp(401, 'sin_sesion', 'Entra para continuar.'));
  if (esFragmento(req)) {
    // Un 303 lo seguiría htmx y metería la página de entrada dentro del panel.
    res.setHeader('HX-Redirect', '/login');
    return next(new ErrorApp(401, 'sin_sesion', 'Tu sesión terminó. Entra de nuevo.'));
  }
  res.redirect(303, destino);
};

/** Sólo administradores. Para los demás la ruta no existe. */
export const exigirAdmin: RequestHandler = (req, _res, next) => {
  next(req.usuario?.rol === 'admin' ? undefined : noEncontrado());
};
