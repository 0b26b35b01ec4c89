import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as esperar } from 'node:timers/promises';
import twilio from 'twilio';

export interface CuentaFalsa {
  accountSid: string;
  authToken: string;
}

/** Un mensaje como lo guarda el proveedor. */
export interface MensajeFalso {
  sid: string;
  accountSid: string;
  from: string;
  to: string;
  body: string;
  status: string;
  direction: 'inbound' | 'outbound-api';
  statusCallback: string | null;
  contentSid: string | null;
  contentVariables: string | null;
  medios: { sid: string; tipo: string; url: string }[];
  creado: Date;
  errorCode: number | null;
  errorMessage: string | null;
}

export interface PeticionFalsa {
  metodo: string;
  ruta: string;
  cabeceras: IncomingMessage['headers'];
  campos: Record<string, string[]>;
  cuando: number;
}

export interface ReglaFalsa {
  /** A qué envíos se aplica; todos si falta. */
  si?: (campos: Record<string, string[]>) => boolean;
  /** Cuántas veces; 1 si falta. */
  veces?: number;
  /** Contesta con este error de Twilio. */
  codigo?: number;
  http?: number;
  mensaje?: string;
  retryAfter?: number;
  /** Tarda antes de contestar, en ms. */
  tardarMs?: number;
  /** Corta la conexión: antes de aceptar o ya guardado el mensaje. */
  cortar?: 'antes' | 'despues';
  /** Acepta el mensaje y aun así contesta este HTTP (respuesta perdida en un proxy). */
  aceptarYContestar?: number;
}

export interface EntranteFalso {
  de: string;
  para: string;
  cuerpo?: string;
  nombre?: string;
  sid?: string;
  medios?: { sid: string; tipo: string; url: string }[];
  extra?: Record<string, string>;
  creado?: Date;
  cuenta?: CuentaFalsa;
  /** Un SMS: direcciones sin prefijo, y de un código corto si se quiere. */
  sms?: boolean;
}

/** Una plantilla de la Content API, con su aprobación. */
export interface PlantillaFalsa {
  sid: string;
  accountSid: string;
  nombre: string;
  idioma: string;
  tipos: Record<string, Record<string, unknown>>;
  variables: Record<string, string>;
  categoria: string;
  estado: string;
  motivo: string;
}

export interface FalsoTwilio {
  url: string;
  cuenta: CuentaFalsa;
  peticiones: PeticionFalsa[];
  /** Mensajes aceptados por POST, en orden. */
  enviados: MensajeFalso[];
  /** Todo lo que la lista de Twilio conoce. */
  mensajes: MensajeFalso[];
  agregarCuenta(cuenta?: CuentaFalsa): CuentaFalsa;
  /** Programa el próximo envío (o los siguientes); se consumen en el orden en que se agregan. */
  programar(regla: ReglaFalsa): void;
  /** POST firmado a la url de estado del mensaje, con los parámetros que Twilio manda. */
  mandarEstado(sid: string, estado: string, error?: { codigo: number; mensaje?: string }): Promise<number>;
  /** Varios callbacks en el orden dado. */
  mandarEstados(sid: string, estados: string[]): Promise<number[]>;
  /** Registra un entrante en la lista sin avisar: un webhook que se perdió. */
  agregarEntrante(e: EntranteFalso): MensajeFalso;
  /** Registra un entrante y lo entrega firmado a un webhook. `urlFirma` si se firma otra URL (pública). */
  entregar(url: string, e: EntranteFalso & { urlFirma?: string; token?: string }): Promise<Response>;
  /** Los parámetros de un webhook entrante, para firmarlos o alterarlos a mano. */
  parametrosEntrante(m: MensajeFalso, e: EntranteFalso): Record<string, string>;
  /** Archivo en la media del proveedor; su URL redirige al CDN (sin credenciales), como en Twilio. */
  agregarMedia(m: {
    contenido: Buffer;
    tipo: string;
    redirigirA?: string;
    fallarAntes?: { http: number; veces: number };
    sinLongitud?: boolean;
    cuenta?: CuentaFalsa;
  }): { sid: string; tipo: string; url: string };
  /** Alta de una plantilla. En cuanto una cuenta tiene alguna, sólo acepta las suyas, aprobadas y bien llenadas. */
  agregarPlantilla(p: Partial<PlantillaFalsa> & { cuerpo?: string; cuenta?: CuentaFalsa }): PlantillaFalsa;
  plantillas: PlantillaFalsa[];
  /** Restringe los números que pueden enviar; sin llamarla, todos. */
  permitirRemitentes(...numeros: string[]): void;
  /** Que la lista sólo distinga días (UTC), que es lo que Twilio documenta; sin llamarla, distingue segundos. */
  filtrarPorDia(si: boolean): void;
  cerrar(): Promise<void>;
}

const CAMPOS_CREAR = new Set(
  (
    'To From MessagingServiceSid Body MediaUrl ContentSid ContentVariables StatusCallback ApplicationSid MaxPrice ' +
    'ProvideFeedback Attempt ValidityPeriod ForceDelivery ContentRetention AddressRetention SmartEncoded ' +
    'PersistentAction TrafficType ShortenUrls ScheduleType SendAt SendAsMms MessageIntent RiskCheck FallbackFrom'
  ).split(' '),
);
const CAMPOS_LISTA = new Set([
  'To',
  'From',
  'DateSent',
  'DateSent<',
  'DateSent>',
  'PageSize',
  'Page',
  'PageToken',
]);
const WHATSAPP = /^whatsapp:(\+[1-9]\d{6,14}|[A-Z]{2}\.[A-Za-z0-9._-]{5,128})$/;

/** Un HTTP en 127.0.0.1 que contesta como la API REST de Twilio y rechaza lo que ella rechazaría. */
export async function crearFalsoTwilio(cuentaInicial: CuentaFalsa = cuentaFalsa()): Promise<FalsoTwilio> {
  const cuentas = new Map([[cuentaInicial.accountSid, cuentaInicial]]);
  const peticiones: PeticionFalsa[] = [];
  const enviados: MensajeFalso[] = [];
  const mensajes: MensajeFalso[] = [];
  const reglas: ReglaFalsa[] = [];
  const archivos = new Map<string, Parameters<FalsoTwilio['agregarMedia']>[0]>();
  const plantillas: PlantillaFalsa[] = [];
  let remitentes: Set<string> | null = null;
  let porDia = false;

  const servidor = createServer((req, res) => {
    atender(req, res).catch((error: unknown) => {
      if (!res.headersSent) res.writeHead(500);
      res.end(String(error));
    });
  });
  await new Promise<void>((listo) => servidor.listen(0, '127.0.0.1', listo));
  const url = `http://127.0.0.1:${(servidor.address() as AddressInfo).port}`;

  async function atender(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const destino = new URL(req.url ?? '/', url);
    const campos = await leerCampos(req, destino);
    peticiones.push({
      metodo: req.method ?? '',
      ruta: destino.pathname,
      cabeceras: req.headers,
      campos,
      cuando: Date.now(),
    });
    if (destino.pathname.startsWith('/cdn/')) return servirArchivo(destino.pathname.slice(5), req, res);

    if (destino.pathname.startsWith('/v1/')) return atenderContenido(req, campos, destino, res);
    const partes = /^\/2010-04-01\/Accounts\/([^/]+?)(?:\.json|\/(.*))$/.exec(destino.pathname);
    if (!partes) return fallar(res, 404, 20404, `The requested resource ${destino.pathname} was not found`);
    const cuenta = autenticar(req);
    if (!cuenta) return fallar(res, 401, 20003, 'Authenticate');
    if (cuenta.accountSid !== partes[1]) {
      return fallar(res, 404, 20404, `The requested resource ${destino.pathname} was not found`);
    }
    const recurso = partes[2] ?? '';
    if (recurso === '')
      return json(res, 200, { sid: cuenta.accountSid, status: 'active', friendly_name: 'Falsa' });
    if (recurso === 'Messages.json') {
      return req.method === 'POST' ? crear(cuenta, campos, req, res) : listar(cuenta, campos, destino, res);
    }
    const uno = /^Messages\/((?:SM|MM)[0-9a-f]{32})\.json$/.exec(recurso);
    if (uno && req.method === 'GET') {
      const hallado = mensajes.find((m) => m.sid === uno[1] && m.accountSid === cuenta.accountSid);
      return hallado
        ? json(res, 200, presentar(hallado))
        : fallar(res, 404, 20404, `The requested resource ${destino.pathname} was not found`);
    }
    const lista = /^Messages\/((?:SM|MM)[0-9a-f]{32})\/Media\.json$/.exec(recurso);
    if (lista) return listarMedios(cuenta, lista[1] ?? '', destino, res);
    const medio = /^Messages\/[^/]+\/Media\/(ME[0-9a-f]{32})$/.exec(recurso);
    if (medio) return redirigirMedia(medio[1] ?? '', res);
    return fallar(res, 404, 20404, `The requested resource ${destino.pathname} was not found`);
  }

  /** content.twilio.com: otro host, detrás de la misma base; el SDK dice cuál en una cabecera. */
  function atenderContenido(
    req: IncomingMessage,
    campos: Record<string, string[]>,
    destino: URL,
    res: ServerResponse,
  ): void {
    const cuenta = autenticar(req);
    if (!cuenta) return fallar(res, 401, 20003, 'Authenticate');
    const enSuHost = req.headers['x-twilio-host'] === 'content.twilio.com';
    if (!enSuHost || req.method !== 'GET' || destino.pathname !== '/v1/ContentAndApprovals') {
      return fallar(res, 404, 20404, `The requested resource ${destino.pathname} was not found`);
    }
    // Una regla sin condición es para un envío: la lectura periódica no se la gasta.
    const regla = reglas.some((r) => r.si?.({ recurso: ['ContentAndApprovals'] }))
      ? tomarRegla({ recurso: ['ContentAndApprovals'] })
      : undefined;
    if (regla?.codigo !== undefined || regla?.http !== undefined) {
      return fallar(res, regla.http ?? 400, regla.codigo ?? null, regla.mensaje ?? 'Programmed failure');
    }
    const ajeno = Object.keys(campos).find((c) => !['PageSize', 'Page', 'PageToken'].includes(c));
    if (ajeno) return fallar(res, 400, 20001, `Unknown parameter '${ajeno}'`);
    const tamano = Number(campos.PageSize?.[0] ?? 50);
    const pagina = Number(campos.Page?.[0] ?? 0);
    if (!Number.isInteger(tamano) || tamano < 1 || tamano > 1000)
      return fallar(res, 400, 20007, 'Invalid Page Size');
    if (pagina > 0 && !campos.PageToken) return fallar(res, 400, 20006, 'PageToken is required');
    const suyas = plantillas.filter((p) => p.accountSid === cuenta.accountSid);
    const base = `https://content.twilio.com/v1/ContentAndApprovals?PageSize=${tamano}`;
    const hayMas = suyas.length > (pagina + 1) * tamano;
    json(res, 200, {
      contents: suyas.slice(pagina * tamano, (pagina + 1) * tamano).map(presentarContenido),
      meta: {
        key: 'contents',
        page: pagina,
        page_size: tamano,
        url: `${base}&Page=${pagina}`,
        first_page_url: `${base}&Page=0`,
        next_page_url: hayMas ? `${base}&Page=${pagina + 1}&PageToken=PT${pagina + 1}` : null,
        previous_page_url: null,
      },
    });
  }

  function autenticar(req: IncomingMessage): CuentaFalsa | null {
    const basica = /^Basic (.+)$/.exec(req.headers.authorization ?? '')?.[1];
    const [sid = '', token = ''] = Buffer.from(basica ?? '', 'base64')
      .toString()
      .split(':');
    const cuenta = cuentas.get(sid);
    return cuenta && cuenta.authToken === token ? cuenta : null;
  }

  async function crear(
    cuenta: CuentaFalsa,
    campos: Record<string, string[]>,
    req: IncomingMessage,
    res: ServerResponse,
  ): Promise<void> {
    const regla = tomarRegla(campos);
    if (regla?.tardarMs) await esperar(regla.tardarMs);
    if (regla?.cortar === 'antes') return void req.socket.destroy();
    if (regla?.codigo !== undefined || (regla?.http !== undefined && regla.http >= 400)) {
      const http = regla.http ?? (regla.codigo === 20429 ? 429 : regla.codigo === 20003 ? 401 : 400);
      if (regla.retryAfter !== undefined) res.setHeader('Retry-After', String(regla.retryAfter));
      return fallar(res, http, regla.codigo ?? null, regla.mensaje ?? 'Programmed failure');
    }
    const invalido =
      validarCrear(campos, req, remitentes) ??
      validarPlantilla(
        campos,
        plantillas.filter((p) => p.accountSid === cuenta.accountSid),
      );
    if (invalido) return fallar(res, 400, invalido[0], invalido[1]);
    const creado = nuevoMensaje({
      accountSid: cuenta.accountSid,
      from: campos.From?.[0] ?? '',
      to: campos.To?.[0] ?? '',
      body: campos.Body?.[0] ?? '',
      status: campos.MessagingServiceSid ? 'accepted' : 'queued',
      direction: 'outbound-api',
      statusCallback: campos.StatusCallback?.[0] ?? null,
      contentSid: campos.ContentSid?.[0] ?? null,
      contentVariables: campos.ContentVariables?.[0] ?? null,
      medios: (campos.MediaUrl ?? []).map((u) => ({
        sid: idDe('ME'),
        tipo: 'application/octet-stream',
        url: u,
      })),
    });
    mensajes.push(creado);
    enviados.push(creado);
    if (regla?.cortar === 'despues') return void req.socket.destroy();
    if (regla?.aceptarYContestar) return fallar(res, regla.aceptarYContestar, null, 'Bad gateway');
    return json(res, 201, presentar(creado));
  }

  function tomarRegla(campos: Record<string, string[]>): ReglaFalsa | undefined {
    const contenido = campos.recurso !== undefined;
    const indice = reglas.findIndex((r) => (r.si ? r.si(campos) : !contenido));
    const regla = reglas[indice];
    if (!regla) return undefined;
    const quedan = (regla.veces ?? 1) - 1;
    if (quedan <= 0) reglas.splice(indice, 1);
    else reglas[indice] = { ...regla, veces: quedan };
    return regla;
  }

  function listar(
    cuenta: CuentaFalsa,
    campos: Record<string, string[]>,
    destino: URL,
    res: ServerResponse,
  ): void {
    const ajeno = Object.keys(campos).find((c) => !CAMPOS_LISTA.has(c));
    if (ajeno) return fallar(res, 400, 20001, `Unknown parameter '${ajeno}'`);
    const tamano = Number(campos.PageSize?.[0] ?? 50);
    const pagina = Number(campos.Page?.[0] ?? 0);
    if (!Number.isInteger(tamano) || tamano < 1 || tamano > 1000) {
      return fallar(res, 400, 20007, 'Invalid Page Size');
    }
    if (pagina > 0 && !campos.PageToken) return fallar(res, 400, 20006, 'PageToken is required');
    const fechas = (['DateSent', 'DateSent<', 'DateSent>'] as const).map((c) => campos[c]?.[0]);
    if (fechas.some((f) => f !== undefined && Number.isNaN(Date.parse(f)))) {
      return fallar(res, 400, 20001, 'Invalid DateSent');
    }
    const [dia, hasta, desde] = fechas;
    const corte = (fecha: Date) => (porDia ? Math.floor(fecha.getTime() / 86_400_000) : segundos(fecha));
    const filtrados = mensajes
      .filter((m) => m.accountSid === cuenta.accountSid)
      .filter((m) => !campos.To || m.to === campos.To[0])
      .filter((m) => !campos.From || m.from === campos.From[0])
      .filter((m) => !dia || m.creado.toISOString().startsWith(dia.slice(0, 10)))
      .filter((m) => !hasta || corte(m.creado) <= corte(new Date(hasta)))
      .filter((m) => !desde || corte(m.creado) >= corte(new Date(desde)))
      .sort((a, b) => b.creado.getTime() - a.creado.getTime());
    const trozo = filtrados.slice(pagina * tamano, (pagina + 1) * tamano);
    const hayMas = filtrados.length > (pagina + 1) * tamano;
    const siguiente = new URLSearchParams(destino.search);
    siguiente.set('Page', String(pagina + 1));
    siguiente.set('PageToken', `PASM${pagina + 1}`);
    json(res, 200, {
      messages: trozo.map(presentar),
      page: pagina,
      page_size: tamano,
      start: pagina * tamano,
      end: pagina * tamano + trozo.length - 1,
      uri: destino.pathname + destino.search,
      first_page_uri: `${destino.pathname}?PageSize=${tamano}&Page=0`,
      next_page_uri: hayMas ? `${destino.pathname}?${siguiente}` : null,
      previous_page_uri: null,
    });
  }

  function listarMedios(cuenta: CuentaFalsa, sid: string, destino: URL, res: ServerResponse): void {
    const hallado = mensajes.find((m) => m.sid === sid && m.accountSid === cuenta.accountSid);
    if (!hallado) return fallar(res, 404, 20404, `The requested resource ${destino.pathname} was not found`);
    json(res, 200, {
      media_list: hallado.medios.map((m) => ({
        sid: m.sid,
        account_sid: cuenta.accountSid,
        parent_sid: sid,
        content_type: m.tipo,
        date_created: hallado.creado.toUTCString(),
        date_updated: hallado.creado.toUTCString(),
        uri: `${new URL(m.url).pathname}.json`,
      })),
      page: 0,
      page_size: 50,
      next_page_uri: null,
      uri: destino.pathname,
    });
  }

  function redirigirMedia(sid: string, res: ServerResponse): void {
    const archivo = archivos.get(sid);
    if (!archivo) return fallar(res, 404, 20404, 'The requested resource was not found');
    if (archivo.fallarAntes && archivo.fallarAntes.veces > 0) {
      archivo.fallarAntes.veces--;
      return fallar(res, archivo.fallarAntes.http, 20404, 'The requested resource was not found');
    }
    res.writeHead(307, { location: archivo.redirigirA ?? `${url}/cdn/${sid}` });
    res.end();
  }

  function servirArchivo(sid: string, req: IncomingMessage, res: ServerResponse): void {
    const archivo = archivos.get(sid);
    // El CDN de Twilio (S3) contesta 400 si además de su firma le llega Authorization.
    if (!archivo || req.headers.authorization) {
      res.writeHead(archivo ? 400 : 404, { 'content-type': 'application/xml' });
      return void res.end('<Error/>');
    }
    res.writeHead(200, {
      'content-type': archivo.tipo,
      ...(!archivo.sinLongitud && { 'content-length': archivo.contenido.length }),
    });
    res.end(archivo.contenido);
  }

  function agregarEntrante(e: EntranteFalso): MensajeFalso {
    const creado = nuevoMensaje({
      ...(e.sid && { sid: e.sid }),
      accountSid: (e.cuenta ?? cuentaInicial).accountSid,
      from: e.sms ? e.de : conPrefijo(e.de),
      to: e.sms ? e.para : conPrefijo(e.para),
      body: e.cuerpo ?? '',
      status: 'received',
      direction: 'inbound',
      medios: e.medios ?? [],
      ...(e.creado && { creado: e.creado }),
    });
    mensajes.push(creado);
    return creado;
  }

  async function mandarEstado(
    sid: string,
    estado: string,
    error?: { codigo: number; mensaje?: string },
  ): Promise<number> {
    const mensaje = mensajes.find((m) => m.sid === sid);
    if (!mensaje?.statusCallback) throw new Error(`${sid} no tiene url de estado`);
    mensaje.status = estado;
    mensaje.errorCode = error?.codigo ?? mensaje.errorCode;
    mensaje.errorMessage = error?.mensaje ?? mensaje.errorMessage;
    const cuenta = cuentas.get(mensaje.accountSid) ?? cuentaInicial;
    const respuesta = await publicar(
      mensaje.statusCallback,
      parametrosEstado(mensaje, estado, error),
      cuenta.authToken,
    );
    await respuesta.arrayBuffer();
    return respuesta.status;
  }

  return {
    url,
    cuenta: cuentaInicial,
    peticiones,
    enviados,
    mensajes,
    agregarCuenta(cuenta = cuentaFalsa()) {
      cuentas.set(cuenta.accountSid, cuenta);
      return cuenta;
    },
    programar(regla) {
      reglas.push(regla);
    },
    mandarEstado,
    async mandarEstados(sid, estados) {
      const codigos: number[] = [];
      for (const estado of estados) codigos.push(await mandarEstado(sid, estado));
      return codigos;
    },
    agregarEntrante,
    async entregar(destino, e) {
      const mensaje = agregarEntrante(e);
      const token = e.token ?? (e.cuenta ?? cuentaInicial).authToken;
      return publicar(destino, parametrosEntrante(mensaje, e), token, e.urlFirma);
    },
    parametrosEntrante,
    agregarMedia(m) {
      const sid = idDe('ME');
      archivos.set(sid, { ...m });
      const cuenta = m.cuenta ?? cuentaInicial;
      const ruta = `/2010-04-01/Accounts/${cuenta.accountSid}/Messages/${idDe('MM')}/Media/${sid}`;
      return { sid, tipo: m.tipo, url: url + ruta };
    },
    plantillas,
    agregarPlantilla({ cuerpo, cuenta = cuentaInicial, ...datos }) {
      const plantilla: PlantillaFalsa = {
        sid: idDe('HX'),
        accountSid: cuenta.accountSid,
        nombre: 'general_prueba',
        idioma: 'es_MX',
        tipos: { 'twilio/text': { body: cuerpo ?? 'Hola {{1}}' } },
        variables: {},
        categoria: 'UTILITY',
        estado: 'approved',
        motivo: '',
        ...datos,
      };
      plantillas.push(plantilla);
      return plantilla;
    },
    permitirRemitentes(...numeros) {
      remitentes = new Set(numeros.map(conPrefijo));
    },
    filtrarPorDia(si) {
      porDia = si;
    },
    async cerrar() {
      servidor.closeAllConnections();
      await new Promise((listo) => servidor.close(listo));
    },
  };
}

/** Una cuenta cualquiera con la forma de las de Twilio. */
export function cuentaFalsa(): CuentaFalsa {
  return { accountSid: idDe('AC'), authToken: randomBytes(16).toString('hex') };
}

/** POST de formulario con X-Twilio-Signature, como lo hace Twilio. */
export async function publicar(
  url: string,
  params: Record<string, string>,
  token: string,
  urlFirma: string = url,
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      'user-agent': 'TwilioProxy/1.1',
      'x-twilio-signature': twilio.getExpectedTwilioSignature(token, urlFirma, params),
      'i-twilio-idempotency-token': randomBytes(16).toString('hex'),
    },
    body: new URLSearchParams(params),
  });
}

function validarCrear(
  c: Record<string, string[]>,
  req: IncomingMessage,
  remitentes: Set<string> | null,
): [number, string] | null {
  const tipo = req.headers['content-type'] ?? '';
  if (!tipo.startsWith('application/x-www-form-urlencoded')) return [20001, 'Unsupported content type'];
  const ajeno = Object.keys(c).find((campo) => !CAMPOS_CREAR.has(campo));
  if (ajeno) return [20001, `Unknown parameter '${ajeno}'`];
  const repetido = Object.keys(c).find(
    (k) => (c[k]?.length ?? 0) > 1 && k !== 'MediaUrl' && k !== 'PersistentAction',
  );
  if (repetido) return [20001, `Parameter '${repetido}' given more than once`];
  const uno = (campo: string) => c[campo]?.[0] ?? '';
  if (!uno('To')) return [21604, "A 'To' phone number is required."];
  if (!uno('From') && !uno('MessagingServiceSid')) return [21603, "A 'From' phone number is required."];
  if (!WHATSAPP.test(uno('To'))) return [21211, `Invalid 'To' Phone Number: ${uno('To')}`];
  if (uno('From') && (!WHATSAPP.test(uno('From')) || (remitentes && !remitentes.has(uno('From'))))) {
    return [63007, 'Twilio could not find a Channel with the specified From address'];
  }
  if (uno('ContentSid')) {
    if (!/^HX[0-9a-f]{32}$/i.test(uno('ContentSid'))) return [21655, 'The ContentSid is Invalid'];
    // La guía de plantillas pide omitirlos; mandarlos es un error nuestro que aquí no pasa.
    if (c.Body || c.MediaUrl) return [20001, 'Body and MediaUrl must be omitted with ContentSid'];
    if (c.ContentVariables && !variablesValidas(uno('ContentVariables'))) {
      return [21656, 'The Content Variables Parameter is invalid'];
    }
  } else if (c.ContentVariables) {
    return [21654, 'ContentSid Required'];
  } else if (!uno('Body').trim() && !c.MediaUrl) {
    return [21602, 'Message body is required.'];
  }
  if (uno('Body').length > 1600)
    return [21617, 'The concatenated message body exceeds the 1600 character limit'];
  if ((c.MediaUrl?.length ?? 0) > 10) return [21623, 'Number of media files exceeds allowed limit.'];
  if (c.MediaUrl?.some((u) => !urlHttp(u))) return [21620, 'Invalid media URL(s)'];
  if (
    c.StatusCallback &&
    (!urlHttp(uno('StatusCallback')) || new URL(uno('StatusCallback')).hostname.includes('_'))
  ) {
    return [21609, "Invalid 'StatusCallback' URL"];
  }
  return null;
}

/** Sólo plantillas de la cuenta, aprobadas y con todas sus variables puestas, ni una de más. */
function validarPlantilla(c: Record<string, string[]>, suyas: PlantillaFalsa[]): [number, string] | null {
  const sid = c.ContentSid?.[0];
  if (!sid || suyas.length === 0) return null;
  const plantilla = suyas.find((p) => p.sid === sid);
  if (!plantilla) return [21655, 'The ContentSid is Invalid'];
  if (plantilla.estado !== 'approved') return [63016, 'The template is not approved'];
  const pedidas = new Set(
    [...JSON.stringify(plantilla.tipos).matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map((h) => h[1] ?? ''),
  );
  const dadas = Object.keys(JSON.parse(c.ContentVariables?.[0] ?? '{}') as object);
  return dadas.length === pedidas.size && dadas.every((v) => pedidas.has(v))
    ? null
    : [21656, 'The Content Variables Parameter is invalid'];
}

function presentarContenido(p: PlantillaFalsa) {
  return {
    sid: p.sid,
    account_sid: p.accountSid,
    friendly_name: p.nombre,
    language: p.idioma,
    variables: p.variables,
    types: p.tipos,
    approval_requests: {
      name: p.nombre,
      category: p.categoria,
      content_type: Object.keys(p.tipos)[0] ?? 'twilio/text',
      status: p.estado,
      rejection_reason: p.motivo,
      allow_category_change: true,
    },
    date_created: '2026-01-05T17:00:00Z',
    date_updated: '2026-01-05T17:00:00Z',
    url: `https://content.twilio.com/v1/Content/${p.sid}`,
  };
}

function variablesValidas(texto: string): boolean {
  try {
    const valor: unknown = JSON.parse(texto);
    if (typeof valor !== 'object' || valor === null || Array.isArray(valor)) return false;
    return Object.values(valor).every((v) => typeof v === 'string' && v !== '' && !/\n|\t| {5,}/.test(v));
  } catch {
    return false;
  }
}

function parametrosEntrante(m: MensajeFalso, e: EntranteFalso): Record<string, string> {
  const numero = m.from.replace('whatsapp:', '');
  const medios = Object.fromEntries(
    m.medios.flatMap((medio, i) => [
      [`MediaUrl${i}`, medio.url],
      [`MediaContentType${i}`, medio.tipo],
    ]),
  );
  return {
    SmsMessageSid: m.sid,
    NumMedia: String(m.medios.length),
    ProfileName: e.nombre ?? 'Persona de prueba',
    MessageType: m.medios[0] ? (m.medios[0].tipo.split('/')[0] ?? 'document') : 'text',
    SmsSid: m.sid,
    ...(numero.startsWith('+') && { WaId: numero.slice(1) }),
    SmsStatus: 'received',
    Body: m.body,
    To: m.to,
    NumSegments: '1',
    ReferralNumMedia: '0',
    MessageSid: m.sid,
    AccountSid: m.accountSid,
    From: m.from,
    ApiVersion: '2010-04-01',
    ...medios,
    ...e.extra,
  };
}

function parametrosEstado(
  m: MensajeFalso,
  estado: string,
  error?: { codigo: number; mensaje?: string },
): Record<string, string> {
  return {
    ApiVersion: '2010-04-01',
    AccountSid: m.accountSid,
    ChannelPrefix: 'whatsapp',
    From: m.from,
    To: m.to,
    ChannelToAddress: m.to.replace('whatsapp:', ''),
    MessageSid: m.sid,
    MessageStatus: estado,
    SmsSid: m.sid,
    SmsStatus: estado,
    ...(estado === 'read' && { EventType: 'READ' }),
    ...(error && { ErrorCode: String(error.codigo), ErrorMessage: error.mensaje ?? '' }),
  };
}

function nuevoMensaje(
  datos: Partial<MensajeFalso> &
    Pick<MensajeFalso, 'accountSid' | 'from' | 'to' | 'body' | 'status' | 'direction'>,
): MensajeFalso {
  return {
    sid: idDe(datos.medios?.length ? 'MM' : 'SM'),
    statusCallback: null,
    contentSid: null,
    contentVariables: null,
    medios: [],
    creado: new Date(),
    errorCode: null,
    errorMessage: null,
    ...datos,
  };
}

function presentar(m: MensajeFalso) {
  const base = `/2010-04-01/Accounts/${m.accountSid}/Messages/${m.sid}`;
  const fecha = m.creado.toUTCString().replace('GMT', '+0000');
  return {
    account_sid: m.accountSid,
    api_version: '2010-04-01',
    body: m.body,
    date_created: fecha,
    date_sent: m.status === 'queued' || m.status === 'accepted' ? null : fecha,
    date_updated: fecha,
    direction: m.direction,
    error_code: m.errorCode,
    error_message: m.errorMessage,
    from: m.from,
    messaging_service_sid: null,
    num_media: String(m.medios.length),
    num_segments: '1',
    price: null,
    price_unit: null,
    sid: m.sid,
    status: m.status,
    subresource_uris: { media: `${base}/Media.json` },
    to: m.to,
    uri: `${base}.json`,
  };
}

async function leerCampos(req: IncomingMessage, destino: URL): Promise<Record<string, string[]>> {
  const trozos: Buffer[] = [];
  for await (const trozo of req) trozos.push(trozo as Buffer);
  const campos: Record<string, string[]> = {};
  const origenes = [destino.searchParams, new URLSearchParams(Buffer.concat(trozos).toString())];
  for (const origen of origenes) {
    for (const [campo, valor] of origen) (campos[campo] ??= []).push(valor);
  }
  return campos;
}

function fallar(res: ServerResponse, http: number, codigo: number | null, mensaje: string): void {
  json(res, http, {
    ...(codigo !== null && { code: codigo, more_info: `https://www.twilio.com/docs/errors/${codigo}` }),
    message: mensaje,
    status: http,
  });
}

function json(res: ServerResponse, http: number, cuerpo: unknown): void {
  res.writeHead(http, { 'content-type': 'application/json' });
  res.end(JSON.stringify(cuerpo));
}

function conPrefijo(numero: string): string {
  return numero.startsWith('whatsapp:') ? numero : `whatsapp:${numero}`;
}

function idDe(prefijo: string): string {
  return prefijo + randomBytes(16).toString('hex');
}

function urlHttp(texto: string): boolean {
  return /^https?:/.test(URL.parse(texto)?.protocol ?? '');
}

// En la práctica Twilio filtra con resolución de segundos.
function segundos(fecha: Date): number {
  return Math.floor(fecha.getTime() / 1000) * 1000;
}
