import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Contexto } from '../contexto.ts';
import { describirError, ErrorApp, noEncontrado } from '../errores.ts';
import { esFragmento, prefiereJson } from './formato.ts';
import { renderizar } from './vistas.ts';

/** Lo que recibe `views/shared/error.ejs`. */
export interface DatosError {
  estado: number;
  codigo: string;
  titulo: string;
  mensaje: string;
  /** Identificador que la persona puede dar al pedir ayuda; sólo en errores inesperados. */
  id_error: string | null;
  /** true cuando htmx va a poner el resultado dentro de una página ya dibujada. */
  fragmento: boolean;
  campos: Record<string, string>;
}

/** Va al final de las rutas: nada más respondió. */
export const rutaDesconocida: RequestHandler = (_req, _res, next) => next(noEncontrado());

/**
 * Último middleware. Lo esperado (`ErrorApp`, cuerpos mal formados) se muestra con su mensaje; lo
 * inesperado se guarda en `logs_errores` y la persona sólo ve un identificador, nunca el texto.
 */
export function crearManejadorErrores(ctx: Pick<Contexto, 'log' | 'registrarError'>): ErrorRequestHandler {
  return function manejarError(error: unknown, req, res, next) {
    if (res.headersSent) return next(error);
    const esperado = comoEsperado(error);
    const datos: DatosError = {
      ...presentar(esperado ?? inesperado()),
      id_error: esperado ? null : req.id,
      fragmento: esFragmento(req),
    };
    if (!esperado) {
      const origen = `${req.method} ${req.originalUrl.split('?', 1)[0]} [${req.id}]`;
      void ctx.registrarError('Web', error, req.nora?.nombre_nora, origen);
    }
    if (datos.estado === 503) res.setHeader('Retry-After', '5');
    if (esperado) ponerEspera(res, esperado);
    res.status(datos.estado);
    responder(ctx, req, res, datos, esperado?.extra);
  };
}

/** Con `extra.segundos`, la cabecera que dice a un programa cuándo volver. */
export function ponerEspera(res: Response, { extra }: ErrorApp): void {
  const segundos = extra?.['segundos'];
  if (typeof segundos === 'number') res.setHeader('Retry-After', String(segundos));
}

function responder(
  ctx: Pick<Contexto, 'log'>,
  req: Request,
  res: Response,
  datos: DatosError,
  extra: Record<string, unknown> | undefined,
): void {
  res.vary('Accept');
  if (prefiereJson(req)) {
    const { codigo, mensaje, id_error } = datos;
    res.json({ error: { codigo, mensaje, ...(id_error ? { id_error } : {}), ...extra } });
    return;
  }
  try {
    renderizar(res, 'shared/error', { ...datos }, { layout: datos.fragmento ? null : 'simple' });
  } catch (falla) {
    // Si lo que falló es la propia vista, al menos se responde algo legible.
    ctx.log.error({ falla: describirError(falla) }, 'no se pudo dibujar la página de error');
    res.type('text').send(`${datos.titulo}. ${datos.mensaje}${datos.id_error ? ` (${datos.id_error})` : ''}`);
  }
}

function inesperado(): ErrorApp {
  return new ErrorApp(
    500,
    'inesperado',
    'Algo salió mal de nuestro lado. Ya quedó registrado; inténtalo otra vez en un momento.',
  );
}

/** Traduce los errores de Express y de la base que no son culpa del programa. */
function comoEsperado(error: unknown): ErrorApp | null {
  if (error instanceof ErrorApp) return error;
  const { status, type, code } = (error ?? {}) as { status?: unknown; type?: unknown; code?: unknown };
  if (type === 'entity.too.large' || status === 413)
    return new ErrorApp(413, 'demasiado_grande', 'Lo que enviaste es demasiado grande.');
  if (typeof code === 'string' && SIN_BASE.test(code))
    return new ErrorApp(503, 'sin_base', 'La base de datos no responde. Inténtalo en unos segundos.');
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new ErrorApp(status, 'peticion_invalida', 'No pudimos entender la petición.');
  if (error instanceof URIError)
    return new ErrorApp(400, 'peticion_invalida', 'La dirección está mal escrita.');
  return null;
}

// Conexión rechazada o cortada, servidor apagándose o arrancando, sin conexiones libres.
const SIN_BASE = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|57P0[123]|08\d{3}|53300)$/;

const TITULOS: Record<number, string> = {
  400: 'Petición inválida',
  401: 'Entra primero',
  403: 'No se puede',
  404: 'No está aquí',
  409: 'Ya cambió',
  413: 'Demasiado grande',
  422: 'Revisa los datos',
  429: 'Espera un poco',
  503: 'Volvemos enseguida',
};

function presentar(error: ErrorApp): Omit<DatosError, 'id_error' | 'fragmento'> {
  return {
    estado: error.estado,
    codigo: error.codigo,
    titulo: TITULOS[error.estado] ?? (error.estado >= 500 ? 'Algo salió mal' : 'No se pudo'),
    mensaje: error.message,
    campos: (error.extra?.['campos'] as Record<string, string> | undefined) ?? {},
  };
}
