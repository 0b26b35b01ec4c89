import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { type Logger, type LoggerOptions, pino } from 'pino';
import type { Config } from '../config.ts';
import { errorRegistrable } from '../datos/errores_bd.ts';
import './tipos_express.ts';

const PERSONALES = [
  'From',
  'Body',
  'WaId',
  'ProfileName',
  'Authorization',
  'authorization',
  'cookie',
  'telefono',
  'mensaje',
  'correo',
  'clave',
];

/**
 * Campos que pino nunca escribe, en la raíz y hasta dos niveles abajo. `detail` de los errores de
 * PostgreSQL trae valores de filas, por eso también se borra.
 */
const REDACCION: NonNullable<LoggerOptions['redact']> = {
  paths: [...PERSONALES, 'detail'].flatMap((campo) => [campo, `*.${campo}`, `*.*.${campo}`]),
  censor: '[oculto]',
};

/** La bitácora del proceso: un renglón JSON por suceso en la salida estándar, sin datos de personas. */
export function crearLog(config: Pick<Config, 'nivelLog' | 'rol'>): Logger {
  return pino({
    level: config.nivelLog,
    redact: REDACCION,
    base: { pid: process.pid, rol: config.rol },
    serializers: { err: errorRegistrable, error: errorRegistrable },
  });
}

/**
 * Una línea por petición: método, ruta sin parámetros de búsqueda, estado y duración.
 * Los parámetros pueden traer teléfonos, nombres o búsquedas de personas, así que no se escriben.
 */
export function crearBitacora(log: Logger): RequestHandler {
  return function bitacora(req: Request, res: Response, next: NextFunction) {
    const inicio = performance.now();
    req.id = randomUUID();
    req.usuario = null;
    res.setHeader('x-peticion', req.id);
    const ruta = req.originalUrl.split('?', 1)[0];
    const nivel = esRuido(req.path) ? 'debug' : 'info';
    // 'close' llega siempre una vez, también cuando la persona se va antes de la respuesta.
    res.once('close', () => {
      const datos = {
        peticion: req.id,
        metodo: req.method,
        ruta,
        estado: res.statusCode,
        ms: Math.round((performance.now() - inicio) * 10) / 10,
        ...(res.writableFinished ? {} : { cortada: true }),
      };
      log[res.statusCode >= 500 ? 'error' : nivel](datos, 'petición');
    });
    next();
  };
}

function esRuido(ruta: string): boolean {
  return ruta === '/salud' || ruta.startsWith('/estaticos/') || ruta.startsWith('/npm/');
}
