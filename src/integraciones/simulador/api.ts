import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { leer } from '../../web/leer.ts';
import { MAXIMO_TEXTO } from '../dividir.ts';
import { basica } from '../media.ts';
import { sinPrefijo } from '../twilio.ts';
import {
  buscarMensaje,
  crearMensaje,
  leerArchivo,
  listarAMedias,
  listarMensajes,
  type MensajeSimulado,
  sidNuevo,
} from './almacen.ts';
import { cuentaSimulada, firmaArchivo, iguales } from './cuenta.ts';
import { llenarSimulada, PLANTILLAS_SIMULADAS, presentarPlantilla } from './plantillas.ts';
import {
  avanzar,
  avisarPantalla,
  bajarAdjunto,
  type CtxSimulador,
  fallar,
  NUMEROS_DE_FALLO,
  rutaCdn,
  rutaMedia,
} from './red.ts';

const CUENTA = '/api/2010-04-01/Accounts/:cuenta';
const DIRECCION = /^whatsapp:(\+[1-9]\d{6,14}|[A-Z]{2}\.[A-Za-z0-9._-]{5,128})$/;

/**
 * El trozo de la API REST de Twilio que Nora usa, contestado por la propia aplicación cuando no hay
 * credenciales. Se monta en /simulador, antes de la sesión: lo llama el SDK, con Basic auth.
 */
export function crearApiSimulada(ctx: CtxSimulador): Router {
  const rutas = Router();
  if (!ctx.whatsapp.simulado) return rutas;
  const cuenta = cuentaSimulada(ctx.config.secretos.cifrado);
  const esperada = basica(cuenta);
  retomar(ctx);

  const api = ['/api/2010-04-01', '/api/v1'];
  rutas.use(api, express.urlencoded({ extended: false, limit: '64kb' }), (req, res, next) => {
    if (iguales(req.headers.authorization ?? '', esperada)) return next();
    rechazar(res, 401, 20003, 'Authenticate');
  });
  rutas.param('cuenta', (_req, res, next, valor) => {
    if (String(valor).replace(/\.json$/, '') === cuenta.accountSid) return next();
    rechazar(res, 404, 20404, 'The requested resource was not found');
  });

  rutas.get(CUENTA, (_req, res) => {
    res.json({ sid: cuenta.accountSid, status: 'active', friendly_name: 'Teléfono simulado' });
  });

  rutas.post(`${CUENTA}/Messages.json`, async (req, res) => {
    const campos = leer(esquemaCrear, req.body);
    const invalido = validar(ctx, campos);
    if (invalido) return rechazar(res, 400, ...invalido);
    const creado = await guardarSaliente(ctx, campos);
    avisarPantalla(ctx, creado.mensaje);
    void (creado.falloMedia ? fallar(ctx, creado.mensaje, 63019) : avanzar(ctx, creado.mensaje));
    res.status(201).json(presentar(cuenta.accountSid, creado.mensaje));
  });

  rutas.get(`${CUENTA}/Messages.json`, async (req, res) => {
    const p = leer(esquemaLista, req.query);
    // Uno de más para saber si hay otra página.
    const mensajes = await listarMensajes(ctx.bd.servicio, {
      ...(p['DateSent>'] && { desde: p['DateSent>'] }),
      ...(p['DateSent<'] && { hasta: p['DateSent<'] }),
      ...(p.From && { de: sinPrefijo(p.From) }),
      ...(p.To && { a: sinPrefijo(p.To) }),
      salto: p.Page * p.PageSize,
      n: p.PageSize + 1,
    });
    res.json(presentarPagina(req, cuenta.accountSid, mensajes, p));
  });

  rutas.get(`${CUENTA}/Messages/:sid.json`, async (req, res) => {
    const mensaje = await buscarMensaje(ctx.bd.servicio, req.params.sid);
    if (!mensaje) return rechazar(res, 404, 20404, 'The requested resource was not found');
    res.json(presentar(cuenta.accountSid, mensaje));
  });

  rutas.get(`${CUENTA}/Messages/:sid/Media.json`, async (req, res) => {
    const mensaje = await buscarMensaje(ctx.bd.servicio, req.params.sid);
    if (!mensaje) return rechazar(res, 404, 20404, 'The requested resource was not found');
    res.json({
      media_list: mensaje.medios.map((medio) => ({
        sid: medio.sid,
        account_sid: cuenta.accountSid,
        parent_sid: mensaje.sid,
        content_type: medio.tipo,
        uri: `${rutaMedia(ctx, mensaje, medio)}.json`,
      })),
      page: 0,
      page_size: 50,
      next_page_uri: null,
    });
  });

  rutas.get(`${CUENTA}/Messages/:sid/Media/:medio`, async (req, res) => {
    const mensaje = await buscarMensaje(ctx.bd.servicio, req.params.sid);
    const medio = mensaje?.medios.find((m) => m.sid === req.params.medio);
    if (!mensaje || !medio) return rechazar(res, 404, 20404, 'The requested resource was not found');
    res.redirect(307, `/simulador/api${rutaCdn(ctx, mensaje, medio)}`);
  });

  rutas.get('/api/v1/ContentAndApprovals', (_req, res) => {
    const url = 'https://content.twilio.com/v1/ContentAndApprovals?PageSize=50&Page=0';
    res.json({
      contents: PLANTILLAS_SIMULADAS.map((p) => presentarPlantilla(p, cuenta.accountSid)),
      meta: {
        key: 'contents',
        page: 0,
        page_size: 50,
        url,
        first_page_url: url,
        next_page_url: null,
        previous_page_url: null,
      },
    });
  });

  rutas.get('/api/cdn/:sid/:medio', async (req, res) => {
    const firma = typeof req.query['firma'] === 'string' ? req.query['firma'] : '';
    const valida = iguales(firma, firmaArchivo(ctx.config.secretos.cifrado, req.params.medio));
    const mensaje = valida ? await buscarMensaje(ctx.bd.servicio, req.params.sid) : null;
    await enviarArchivo(ctx, res, mensaje, req.params.medio);
  });

  return rutas;
}

/** Contesta el archivo de un mensaje, o 404. Nunca como página: lo subió alguien. */
export async function enviarArchivo(
  ctx: CtxSimulador,
  res: Response,
  mensaje: MensajeSimulado | null,
  sid: string,
): Promise<void> {
  const medio = mensaje?.medios.find((m) => m.sid === sid);
  const contenido = medio ? await leerArchivo(ctx.config.datosDir, medio.sid) : null;
  if (!medio || !contenido) return void res.status(404).type('text').send('No está');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Cache-Control', 'private, max-age=86400');
  res.setHeader('Content-Disposition', `inline; filename*=UTF-8''${encodeURIComponent(medio.nombre)}`);
  res.type(medio.tipo).send(contenido);
}

const esquemaCrear = z.object({
  To: z.string().default(''),
  From: z.string().default(''),
  Body: z.string().default(''),
  MediaUrl: z.string().optional(),
  StatusCallback: z.string().max(2000).optional(),
  ContentSid: z.string().optional(),
  ContentVariables: z.string().optional(),
});
type CamposCrear = z.output<typeof esquemaCrear>;

const fecha = z.coerce.date().optional();
const esquemaLista = z.object({
  To: z.string().optional(),
  From: z.string().optional(),
  'DateSent>': fecha,
  'DateSent<': fecha,
  PageSize: z.coerce.number().int().min(1).max(999).catch(50),
  Page: z.coerce.number().int().min(0).default(0),
});

function validar(ctx: CtxSimulador, c: CamposCrear): [number, string] | null {
  if (!c.To) return [21604, "A 'To' phone number is required."];
  if (!c.From) return [21603, "A 'From' phone number is required."];
  if (!DIRECCION.test(c.To)) return [21211, `Invalid 'To' Phone Number: ${c.To}`];
  if (!ctx.registro.buscarPorNumero(sinPrefijo(c.From))) {
    return [63007, 'Twilio could not find a Channel with the specified From address'];
  }
  if (!c.ContentSid && !c.MediaUrl && !c.Body.trim()) return [21602, 'Message body is required.'];
  const llenada = c.ContentSid ? llenarSimulada(c.ContentSid, c.ContentVariables) : null;
  if (llenada && 'error' in llenada) return llenada.error;
  if (c.Body.length > MAXIMO_TEXTO)
    return [21617, 'The concatenated message body exceeds the 1600 character limit'];
  if (c.StatusCallback && !URL.canParse(c.StatusCallback)) return [21609, "Invalid 'StatusCallback' URL"];
  const reservado = NUMEROS_DE_FALLO[sinPrefijo(c.To)];
  return reservado === undefined ? null : [reservado, 'Reserved test number'];
}

async function guardarSaliente(
  ctx: CtxSimulador,
  c: CamposCrear,
): Promise<{ mensaje: MensajeSimulado; falloMedia: boolean }> {
  const medio = c.MediaUrl ? await bajarAdjunto(ctx, c.MediaUrl) : null;
  const llenada = c.ContentSid ? llenarSimulada(c.ContentSid, c.ContentVariables) : null;
  const de = sinPrefijo(c.From);
  const mensaje = await crearMensaje(ctx.bd.servicio, {
    sid: sidNuevo(c.MediaUrl ? 'MM' : 'SM'),
    nombre_nora: ctx.registro.buscarPorNumero(de)?.nombre_nora ?? null,
    de,
    a: sinPrefijo(c.To),
    cuerpo: llenada && 'texto' in llenada ? llenada.texto : c.Body,
    medios: medio ? [medio] : [],
    estado: 'queued',
    direccion: 'saliente',
    url_estado: c.StatusCallback ?? null,
  });
  return { mensaje, falloMedia: Boolean(c.MediaUrl) && !medio };
}

function presentar(accountSid: string, m: MensajeSimulado) {
  const ruta = `/2010-04-01/Accounts/${accountSid}/Messages/${m.sid}`;
  const cuando = new Date(m.creado).toUTCString().replace('GMT', '+0000');
  return {
    account_sid: accountSid,
    api_version: '2010-04-01',
    body: m.cuerpo,
    date_created: cuando,
    date_sent: m.estado === 'queued' ? null : cuando,
    date_updated: cuando,
    direction: m.direccion === 'entrante' ? 'inbound' : 'outbound-api',
    error_code: null,
    error_message: null,
    from: `whatsapp:${m.de}`,
    messaging_service_sid: null,
    num_media: String(m.medios.length),
    num_segments: '1',
    price: null,
    price_unit: null,
    sid: m.sid,
    status: m.direccion === 'entrante' ? 'received' : m.estado,
    subresource_uris: { media: `${ruta}/Media.json` },
    to: `whatsapp:${m.a}`,
    uri: `${ruta}.json`,
  };
}

function presentarPagina(
  req: Request,
  accountSid: string,
  mensajes: MensajeSimulado[],
  p: { Page: number; PageSize: number },
) {
  const ruta = `/2010-04-01/Accounts/${accountSid}/Messages.json`;
  const siguiente = new URLSearchParams(req.originalUrl.split('?')[1] ?? '');
  siguiente.set('Page', String(p.Page + 1));
  siguiente.set('PageToken', `PA${p.Page + 1}`);
  return {
    messages: mensajes.slice(0, p.PageSize).map((m) => presentar(accountSid, m)),
    page: p.Page,
    page_size: p.PageSize,
    uri: ruta,
    next_page_uri: mensajes.length > p.PageSize ? `${ruta}?${siguiente}` : null,
    previous_page_uri: null,
  };
}

function rechazar(res: Response, http: number, codigo: number, mensaje: string): void {
  const more_info = `https://www.twilio.com/docs/errors/${codigo}`;
  res.status(http).json({ code: codigo, message: mensaje, more_info, status: http });
}

// Sin esperar a nada: al arrancar, lo que quedó a medias sigue su camino.
function retomar(ctx: CtxSimulador): void {
  listarAMedias(ctx.bd.servicio)
    .then((mensajes) => Promise.all(mensajes.map((m) => avanzar(ctx, m))))
    .catch((error: unknown) => ctx.log.debug({ error }, 'no se pudo retomar el teléfono simulado'));
}
