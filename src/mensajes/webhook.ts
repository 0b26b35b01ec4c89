import { parse } from 'node:querystring';
import express, {
  type ErrorRequestHandler,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  Router,
} from 'express';
import type { Contexto } from '../contexto.ts';
import { describirError, noEncontrado } from '../errores.ts';
import { mandarFlujo } from '../web/mandar_flujo.ts';
import { leerDireccion } from './telefono.ts';
import { leerMensajeEntrante } from './entrante.ts';
import { leerAvisoEstado } from './estados.ts';
import { firmaDeAdjuntoValida } from './firma_adjuntos.ts';
import { buscarAdjunto } from './media.ts';
import { conTope, TOPE_MS } from './tope.ts';

const TIPO_FORMULARIO = 'application/x-www-form-urlencoded';
const TOPE_CUERPO = '64kb';
const TOPE_PARAMETROS = 300;
const VACIA = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

const CABECERAS_VACIA = {
  'Content-Type': 'text/xml; charset=utf-8',
  'Content-Length': Buffer.byteLength(VACIA),
};
const CABECERAS_PROBLEMA = { 'Content-Type': 'text/plain; charset=utf-8' };

type Parametros = Record<string, string>;

/**
 * Lo que llama Twilio: mensajes, avisos de estado y la descarga de lo que enviamos.
 * 200 sólo después del commit; 403 sin firma válida; 400 mal formado; 503 si la base no está (y Twilio repite
 * si la URL lleva `#rc=3&rp=all`, que no forma parte de la firma).
 */
export function crearWebhooks(ctx: Contexto): Router {
  const router = Router();
  const cuerpo = [express.raw({ type: TIPO_FORMULARIO, limit: TOPE_CUERPO }), leerParametros];
  router.post('/webhook', cuerpo, exigirFirma(ctx, 'To'), recibirMensaje(ctx));
  router.post('/webhook/estado', cuerpo, exigirFirma(ctx, 'From'), recibirEstado(ctx));
  router.get('/adjuntos/:id', entregarAdjunto(ctx));
  router.use(['/webhook', '/webhook/estado'], fallarEnClaro(ctx));
  return router;
}

function recibirMensaje(ctx: Contexto): RequestHandler {
  return async function recibirMensajeDeTwilio(req, res) {
    const mensaje = leerMensajeEntrante(req.body as Parametros);
    if (!mensaje)
      return responder(res, 400, 'Faltan MessageSid, From o To, o no son direcciones de WhatsApp.');
    await ctx.ingreso.recibir(mensaje, limiteDe(res));
    responder(res, 200);
  };
}

function recibirEstado(ctx: Contexto): RequestHandler {
  return async function recibirEstadoDeTwilio(req, res) {
    const id = typeof req.query['m'] === 'string' ? req.query['m'] : null;
    const aviso = leerAvisoEstado(req.body as Parametros, id);
    if (!aviso) return responder(res, 400, 'Faltan MessageSid, MessageStatus o From.');
    await ctx.estados.recibir(aviso, limiteDe(res));
    responder(res, 200);
  };
}

/** Hasta cuándo espera esta petición a la base: uno solo para la firma y para lo que se guarda. */
function limiteDe(res: Response): number {
  const { locals } = res as { locals: { limite?: number } };
  return (locals.limite ??= Date.now() + TOPE_MS);
}

/** Firma de Twilio con el token de la nora dueña del número que viene en `campo`. */
function exigirFirma(ctx: Contexto, campo: 'To' | 'From'): RequestHandler {
  return async function verificarFirma(req, res, next) {
    const params = req.body as Parametros;
    const numero = leerDireccion(params[campo] ?? '')?.telefono;
    const nora = numero ? ctx.registro.buscarPorNumero(numero) : null;
    const cuenta = await conTope(ctx.llavero.cuentaDe(nora?.nombre_nora ?? null), limiteDe(res));
    const valida =
      cuenta !== null &&
      (params['AccountSid'] === undefined || params['AccountSid'] === cuenta.accountSid) &&
      ctx.whatsapp.verificarFirma({
        token: cuenta.authToken,
        firma: req.get('x-twilio-signature'),
        url: ctx.config.urlPublica + req.originalUrl,
        params,
      });
    if (valida) return next();
    ctx.log.warn({ ruta: req.path, nora: nora?.nombre_nora }, 'webhook con firma inválida o ausente');
    responder(res, 403, 'La firma no corresponde a esta dirección y a este token.');
  };
}

/** Un archivo nuestro, para Twilio: vale la firma de la URL, no una sesión. */
function entregarAdjunto(ctx: Contexto): RequestHandler {
  return async function entregarAdjuntoFirmado(req, res, next) {
    const id = String(req.params['id']);
    const { firma } = req.query;
    if (typeof firma !== 'string' || !firmaDeAdjuntoValida(ctx.config, id, Number(req.query['vence']), firma))
      return next(noEncontrado());
    const adjunto = await buscarAdjunto(ctx.bd.servicio, id);
    if (!adjunto?.ruta) return next(noEncontrado());
    res.setHeader('Content-Type', adjunto.tipo);
    res.setHeader('X-Content-Type-Options', 'nosniff');
    res.setHeader('Cache-Control', 'private, max-age=3600');
    if (adjunto.bytes) res.setHeader('Content-Length', adjunto.bytes);
    const nombre = encodeURIComponent(adjunto.nombre ?? 'archivo');
    res.setHeader('Content-Disposition', `inline; filename*=UTF-8''${nombre}`);
    const flujo = await ctx.adjuntos.leer(adjunto.ruta);
    await mandarFlujo(flujo, res);
  };
}

/** Errores del cuerpo (muy grande, mal codificado) y de la base, dichos como los entiende Twilio. */
function fallarEnClaro(ctx: Contexto): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const estado = estadoDeCuerpo(error);
    if (estado) return responder(res, estado, 'El cuerpo no se puede leer.');
    void ctx.registrarError('Webhook', describirError(error), null, req.path);
    res.setHeader('Retry-After', '2');
    responder(res, 503, 'No se pudo guardar; vuelve a enviarlo.');
  };
}

function estadoDeCuerpo(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('type' in error) || !('status' in error)) return null;
  const estado = Number(error.status);
  return estado >= 400 && estado < 500 ? (estado === 413 ? 413 : 400) : null;
}

/**
 * El formulario en `req.body`, sólo con valores sencillos: un parámetro repetido no existe en lo que Twilio firma.
 * Basta el lector de Node: nada viene anidado, y el de Express se llevaba la décima parte del procesador de un webhook.
 */
function leerParametros(req: Request, res: Response, next: NextFunction): void {
  const limpio: Parametros = Object.create(null) as Parametros;
  const leido = Buffer.isBuffer(req.body)
    ? parse(req.body.toString(), '&', '=', { maxKeys: TOPE_PARAMETROS + 1 })
    : {};
  const claves = Object.keys(leido);
  if (claves.length > TOPE_PARAMETROS) return responder(res, 413, 'Son demasiados parámetros.');
  for (const clave of claves) {
    const valor = leido[clave];
    if (typeof valor === 'string') limpio[clave] = valor;
  }
  req.body = limpio;
  next();
}

function responder(res: Response, estado: number, problema?: string): void {
  // Sin `send`: calcularía un ETag que Twilio no lee.
  res.writeHead(estado, problema ? CABECERAS_PROBLEMA : CABECERAS_VACIA).end(problema ?? VACIA);
}
