import connectPgSimple from 'connect-pg-simple';
import type { Request, RequestHandler } from 'express';
import session from 'express-session';
import type { Contexto } from '../contexto.ts';
import { describirError } from '../errores.ts';
import './tipos_express.ts';

const MINUTO = 60_000;
const DIA = 24 * 60 * MINUTO;
/** Una sesión sin usuario sólo guarda el token del formulario de entrada. */
const ANONIMA_MS = 30 * MINUTO;
const CON_USUARIO_MS = 14 * DIA;

/**
 * Middleware de sesión sobre `interno.sesiones`. El mismo objeto se usa en Express y en
 * `io.engine.use`, para que página y socket vean a la misma persona.
 */
export function crearSesiones(ctx: Pick<Contexto, 'config' | 'bd' | 'log'>): RequestHandler {
  const Almacen = connectPgSimple(session);
  return session({
    name: ctx.config.cookie,
    // El primero firma y todos verifican: así se rota el secreto sin sacar a nadie.
    secret: ctx.config.secretos.sesion,
    resave: false,
    saveUninitialized: false,
    proxy: ctx.config.entorno === 'produccion',
    cookie: {
      httpOnly: true,
      sameSite: 'lax',
      secure: ctx.config.entorno === 'produccion',
      path: '/',
      maxAge: ANONIMA_MS,
    },
    store: new Almacen({
      pool: ctx.bd.pool,
      schemaName: 'interno',
      tableName: 'sesiones',
      // Sin esto cada petición haría un UPDATE; alargarSesion lo hace una vez al día.
      disableTouch: true,
      errorLog: (...partes: unknown[]) => {
        ctx.log.warn({ falla: partes.map(describirError).join(' ') }, 'sesiones');
      },
    }),
  });
}

/**
 * Redirecciones sin cuerpo. express-session manda la cabecera y casi todo el cuerpo mientras guarda, y el navegador se va
 * en cuanto ve la cabecera: la página siguiente leería la sesión de antes y el aviso se perdería. Sin cuerpo no sale nada
 * hasta que la base confirma.
 */
export const redirigirYaGuardado: RequestHandler = (_req, res, next) => {
  const redirigir = (a: number | string, b?: number | string): void => {
    const [estado, destino] = typeof a === 'number' ? [a, String(b)] : [302, a];
    res.status(estado).location(destino).setHeader('Content-Length', '0');
    res.end();
  };
  res.redirect = redirigir as typeof res.redirect;
  next();
};

/**
 * Entra una persona: id de sesión nuevo (el de antes pudo plantarlo otro), sus datos y a la base,
 * todo antes de responder para que la página siguiente ya la encuentre.
 */
export async function abrirSesion(req: Request, usuario: { id: string; sello: string }): Promise<void> {
  await enSesion((listo) => req.session.regenerate(listo));
  req.session.usuario = { id: usuario.id, sello: usuario.sello };
  req.session.renovada = Date.now();
  req.session.origen = {
    ip: req.ip ?? '',
    agente: (req.get('user-agent') ?? '').slice(0, 300),
    desde: Date.now(),
  };
  req.session.cookie.maxAge = CON_USUARIO_MS;
  await enSesion((listo) => req.session.save(listo));
}

/** Cambia la sesión por una vacía y borra la de antes; la petición sigue como anónima. */
export async function reiniciarSesion(req: Request): Promise<void> {
  await enSesion((listo) => req.session.regenerate(listo));
}

/** Borra la sesión de la base. Después de esto la petición ya no tiene `req.session`. */
export async function cerrarSesion(req: Request): Promise<void> {
  await enSesion((listo) => req.session.destroy(listo));
}

/** Alarga la sesión de quien sigue usando la aplicación, como mucho una vez al día. */
export function alargarSesion(req: Request): void {
  if (Date.now() - (req.session.renovada ?? 0) < DIA) return;
  req.session.renovada = Date.now();
  req.session.cookie.maxAge = CON_USUARIO_MS;
}

function enSesion(hacer: (listo: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((cumplir, fallar) => {
    hacer((error) => {
      if (error) fallar(error instanceof Error ? error : new Error(describirError(error)));
      else cumplir();
    });
  });
}
