import express, {
  type ErrorRequestHandler,
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

const TOPE_CUERPO = '64kb';
const VACIA = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

type Parametros = Record<string, string>;

/**
 * Lo que llama Twilio: mensajes, avisos de estado y la descarga de lo que enviamos.
 * 200 sólo después del commit; 403 sin firma válida; 400 mal formado; 503 si la base no está (y Twilio repite
 * si la URL lleva `#rc=3&rp=all`, que no forma parte de la firma).
 */
export function crearWebhooks(ctx: Contexto): Router {
  const router = Router();
  const cuerpo = express.urlencoded({ extended: false, limit: TOPE_CUERPO, parameterLimit: 300 });
  router.post('/webhook', cuerpo, exigirFirma(ctx, 'To'), recibirMensaje(ctx));
  router.post('/webhook/estado', cuerpo, exigirFirma(ctx, 'From'), recibirEstado(ctx));
  router.get('/adjuntos/:id', entregarAdjunto(ctx));
  router.use(['/webhook', '/webhook/estado'], fallarEnClaro(ctx));
  return router;
}

function recibirMensaje(ctx: Contexto): RequestHandler {
  return async function recibirMensajeDeTwilio(req, res) {
    const mensaje = leerMensajeEntrante(parametros(req));
    if (!mensaje)
      return responder(res, 400, 'Faltan MessageSid, From o To, o no son direcciones de WhatsApp.');
    await ctx.ingreso.recibir(mensaje);
    responder(res, 200);
  };
}

function recibirEstado(ctx: Contexto): RequestHandler {
  return async function recibirEstadoDeTwilio(req, res) {
    const id = typeof req.query['m'] === 'string' ? req.query['m'] : null;
    const aviso = leerAvisoEstado(parametros(req), id);
    if (!aviso) return responder(res, 400, 'Faltan MessageSid, MessageStatus o From.');
    await ctx.estados.recibir(aviso);
    responder(res, 200);
  };
}

/** Firma de Twilio con el token de la nora dueña del número que viene en `campo`. */
function exigirFirma(ctx: Contexto, campo: 'To' | 'From'): RequestHandler {
  return async function verificarFirma(req, res, next) {
    const params = parametros(req);
    const numero = leerDireccion(params[campo] ?? '')?.telefono;
    const nora = numero ? ctx.registro.buscarPorNumero(numero) : null;
    const cuenta = await ctx.llavero.cuentaDe(nora?.nombre_nora ?? null);
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

/** Sólo valores sencillos: un parámetro repetido no existe en lo que Twilio firma. */
function parametros(req: Request): Parametros {
  const cuerpo: unknown = req.body;
  const limpio: Parametros = Object.create(null) as Parametros;
  if (typeof cuerpo !== 'object' || cuerpo === null) return limpio;
  for (const [clave, valor] of Object.entries(cuerpo)) if (typeof valor === 'string') limpio[clave] = valor;
  return limpio;
}

function responder(res: Response, estado: number, problema?: string): void {
  res.status(estado);
  if (problema) res.type('text/plain').send(problema);
  else res.type('text/xml').send(VACIA);
}
