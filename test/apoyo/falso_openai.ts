import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as esperar } from 'node:timers/promises';
import { z } from 'zod';

export interface MensajeRecibido {
  role: string;
  content: string;
}

export interface CuerpoRecibido {
  model: string;
  messages: MensajeRecibido[];
  response_format?:
    | { type: string; json_schema?: { name: string; schema: Record<string, unknown> } }
    | undefined;
  [otro: string]: unknown;
}

export interface PeticionOpenai {
  ruta: string;
  cabeceras: IncomingMessage['headers'];
  cuerpo: CuerpoRecibido;
  cuando: number;
}

export interface ReglaOpenai {
  /** A qué peticiones se aplica; todas si falta. */
  si?: (cuerpo: CuerpoRecibido) => boolean;
  /** Cuántas veces; 1 si falta. */
  veces?: number;
  tardarMs?: number;
  /** Manda las cabeceras y se queda callado estos ms antes del cuerpo. */
  tardarCuerpoMs?: number;
  error?: { http: number; code?: string | null; type?: string; mensaje?: string; param?: string };
  retryAfterMs?: number;
  /** Contenido crudo del mensaje, sin pasar por JSON.stringify. */
  contenido?: string;
  fin?: 'stop' | 'length' | 'content_filter';
  negativa?: string;
  /** Cuerpo HTTP tal cual con 200. */
  crudo?: string;
  /** Cierra el socket: antes de contestar o a media respuesta. */
  cortar?: 'antes' | 'a_medias';
}

/** Lo que contesta el modelo: un objeto (se manda como JSON) o un texto crudo. */
export type Responder = (mensajes: MensajeRecibido[], cuerpo: CuerpoRecibido) => unknown;

export interface FalsoOpenai {
  /** Base para OPENAI_BASE_URL (con /v1). */
  url: string;
  apiKey: string;
  modelo: string;
  peticiones: PeticionOpenai[];
  /** La respuesta normal; puede ser asíncrona. */
  responderCon(fn: Responder): void;
  /** Programa la próxima petición; las reglas se consumen en orden. */
  programar(regla: ReglaOpenai): void;
  /** Un proveedor compatible que no conoce json_schema (ni json_object). */
  limitarFormatos(...admitidos: ('json_schema' | 'json_object')[]): void;
  /** Peticiones abiertas en este momento. */
  abiertas(): number;
  cerrar(): Promise<void>;
}

/** Un HTTP en 127.0.0.1 que contesta como Chat Completions y valida lo que OpenAI valida. */
export async function crearFalsoOpenai(opciones: { modelos?: string[] } = {}): Promise<FalsoOpenai> {
  const modelos = opciones.modelos ?? ['gpt-prueba'];
  const apiKey = `sk-falsa-${randomBytes(12).toString('hex')}`;
  const peticiones: PeticionOpenai[] = [];
  const reglas: ReglaOpenai[] = [];
  let responder: Responder = () => ({});
  let formatos: string[] = ['json_schema', 'json_object', 'text'];
  let abiertas = 0;

  const servidor = createServer((req, res) => {
    abiertas++;
    res.on('close', () => abiertas--);
    atender(req, res).catch((error: unknown) => fallar(res, { http: 500, mensaje: String(error) }));
  });
  await new Promise<void>((listo) => servidor.listen(0, '127.0.0.1', listo));
  const url = `http://127.0.0.1:${(servidor.address() as AddressInfo).port}/v1`;

  async function atender(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const texto = await leer(req);
    res.setHeader('x-request-id', `req_${randomBytes(8).toString('hex')}`);
    if (req.headers.authorization !== `Bearer ${apiKey}`) {
      return fallar(res, {
        http: 401,
        code: 'invalid_api_key',
        mensaje: `Incorrect API key provided: ${req.headers.authorization?.slice(7) ?? ''}.`,
      });
    }
    const modelo = /^\/v1\/models\/(.+)$/.exec(req.url ?? '')?.[1];
    if (req.method === 'GET' && modelo) {
      return modelos.includes(decodeURIComponent(modelo))
        ? json(res, 200, { id: modelo, object: 'model', created: 1, owned_by: 'falso' })
        : fallar(res, {
            http: 404,
            code: 'model_not_found',
            mensaje: `The model '${modelo}' does not exist`,
          });
    }
    if (req.method !== 'POST' || req.url !== '/v1/chat/completions') {
      return fallar(res, { http: 404, mensaje: `Invalid URL (${req.method} ${req.url})` });
    }
    return completar(req, res, texto);
  }

  async function completar(req: IncomingMessage, res: ServerResponse, texto: string): Promise<void> {
    let crudo: unknown;
    try {
      crudo = JSON.parse(texto);
    } catch {
      return fallar(res, { http: 400, mensaje: 'We could not parse the JSON body of your request.' });
    }
    const cuerpo = crudo as CuerpoRecibido;
    peticiones.push({ ruta: req.url ?? '', cabeceras: req.headers, cuerpo, cuando: Date.now() });
    const invalido = validar(crudo, modelos, formatos);
    if (invalido) return fallar(res, invalido);

    const regla = tomarRegla(cuerpo);
    if (regla?.tardarMs) await esperar(regla.tardarMs);
    if (regla?.cortar === 'antes') return void req.socket.destroy();
    if (regla?.error) {
      if (regla.retryAfterMs !== undefined) res.setHeader('retry-after-ms', String(regla.retryAfterMs));
      return fallar(res, regla.error);
    }
    if (regla?.crudo !== undefined) {
      res.writeHead(200, { 'content-type': 'application/json' });
      return void res.end(regla.crudo);
    }
    const contenido = regla?.contenido ?? aTexto(await responder(cuerpo.messages, cuerpo));
    const respuesta = JSON.stringify(presentar(cuerpo, contenido, regla));
    if (regla?.tardarCuerpoMs || regla?.cortar === 'a_medias') {
      res.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(respuesta),
      });
      res.write(respuesta.slice(0, 20));
      if (regla.tardarCuerpoMs) await esperar(regla.tardarCuerpoMs);
      if (regla.cortar) return void req.socket.destroy();
      return void res.end(respuesta.slice(20));
    }
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end(respuesta);
  }

  function tomarRegla(cuerpo: CuerpoRecibido): ReglaOpenai | undefined {
    const indice = reglas.findIndex((r) => !r.si || r.si(cuerpo));
    const regla = reglas[indice];
    if (!regla) return undefined;
    const quedan = (regla.veces ?? 1) - 1;
    if (quedan <= 0) reglas.splice(indice, 1);
    else reglas[indice] = { ...regla, veces: quedan };
    return regla;
  }

  return {
    url,
    apiKey,
    modelo: modelos[0] ?? 'gpt-prueba',
    peticiones,
    responderCon(fn) {
      responder = fn;
    },
    programar(regla) {
      reglas.push(regla);
    },
    limitarFormatos(...admitidos) {
      formatos = [...admitidos, 'text'];
    },
    abiertas: () => abiertas,
    async cerrar() {
      servidor.closeAllConnections();
      await new Promise((listo) => servidor.close(listo));
    },
  };
}

interface Fallo {
  http: number;
  code?: string | null;
  type?: string;
  mensaje?: string;
  param?: string;
}

const texto = z.string();
const parteTexto = z.strictObject({ type: z.literal('text'), text: texto });
const contenido = z.union([texto.min(0), z.array(parteTexto).min(1)]);
const mensaje = z.union([
  z.strictObject({
    role: z.enum(['system', 'developer', 'user']),
    content: contenido,
    name: texto.optional(),
  }),
  z.strictObject({
    role: z.literal('assistant'),
    content: contenido.nullable(),
    name: texto.optional(),
    refusal: texto.nullable().optional(),
  }),
]);

// Los parámetros de Chat Completions que Nora podría usar; uno que no está aquí es un error nuestro.
const cuerpoValido = z.strictObject({
  model: texto.min(1),
  messages: z.array(mensaje).min(1),
  response_format: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('text') }),
      z.strictObject({ type: z.literal('json_object') }),
      z.strictObject({
        type: z.literal('json_schema'),
        json_schema: z.strictObject({
          name: texto.regex(/^[a-zA-Z0-9_-]{1,64}$/),
          description: texto.optional(),
          strict: z.boolean().nullable().optional(),
          schema: z.record(texto, z.unknown()),
        }),
      }),
    ])
    .optional(),
  max_completion_tokens: z.int().min(1).nullable().optional(),
  temperature: z.number().min(0).max(2).nullable().optional(),
  top_p: z.number().min(0).max(1).nullable().optional(),
  n: z.int().min(1).max(128).nullable().optional(),
  seed: z.int().nullable().optional(),
  stop: z
    .union([texto, z.array(texto).max(4)])
    .nullable()
    .optional(),
  store: z.boolean().nullable().optional(),
  stream: z.literal(false).nullable().optional(),
  user: texto.optional(),
  metadata: z.record(texto.max(64), texto.max(512)).nullable().optional(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).nullable().optional(),
  verbosity: z.enum(['low', 'medium', 'high']).nullable().optional(),
  service_tier: texto.nullable().optional(),
  prompt_cache_key: texto.optional(),
  safety_identifier: texto.optional(),
});

function validar(crudo: unknown, modelos: string[], formatos: string[]): Fallo | null {
  const leido = cuerpoValido.safeParse(crudo);
  if (!leido.success) {
    const problema = leido.error.issues[0];
    const param =
      problema?.path.join('.') || (problema?.code === 'unrecognized_keys' ? problema.keys[0] : '');
    const code = problema?.code === 'unrecognized_keys' ? 'unknown_parameter' : 'invalid_type';
    return { http: 400, code, param: param ?? '', mensaje: `Invalid '${param}': ${problema?.message}` };
  }
  const cuerpo = leido.data;
  if (!modelos.includes(cuerpo.model)) {
    const mensaje = `The model '${cuerpo.model}' does not exist or you do not have access to it.`;
    return { http: 404, code: 'model_not_found', mensaje };
  }
  const formato = cuerpo.response_format;
  if (formato && !formatos.includes(formato.type)) {
    const mensaje = `Invalid parameter: 'response_format' of type '${formato.type}' is not supported with this model.`;
    return { http: 400, param: 'response_format', code: null, mensaje };
  }
  if (formato?.type === 'json_object' && !/json/i.test(JSON.stringify(cuerpo.messages))) {
    const mensaje =
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.";
    return { http: 400, param: 'messages', code: null, mensaje };
  }
  if (formato?.type === 'json_schema' && formato.json_schema.strict) {
    const problema = problemaEstricto(formato.json_schema.schema, [], formato.json_schema.schema);
    if (problema) {
      const mensaje = `Invalid schema for response_format '${formato.json_schema.name}': ${problema}`;
      return { http: 400, param: 'response_format', code: null, mensaje };
    }
  }
  return null;
}

const PALABRAS = new Set(
  (
    '$schema $ref $defs definitions type properties required additionalProperties items enum const anyOf description ' +
    'title default pattern format multipleOf maximum exclusiveMaximum minimum exclusiveMinimum minItems maxItems'
  ).split(' '),
);

// Las reglas de «Structured Outputs»: raíz objeto sin anyOf, todo requerido, sin propiedades de más.
function problemaEstricto(nodo: unknown, ruta: string[], raiz: Record<string, unknown>): string | null {
  const donde = `In context=(${ruta.map((r) => `'${r}'`).join(', ')})`;
  if (typeof nodo !== 'object' || nodo === null || Array.isArray(nodo))
    return `${donde}, schema must be an object.`;
  const esquema = nodo as Record<string, unknown>;
  if (ruta.length === 0 && esquema.type !== 'object') {
    return `schema must be a JSON Schema of 'type: "object"', got 'type: "${String(esquema.type)}"'.`;
  }
  const ajena = Object.keys(esquema).find((palabra) => !PALABRAS.has(palabra));
  if (ajena) return `${donde}, '${ajena}' is not permitted.`;
  if (
    !('type' in esquema || '$ref' in esquema || 'anyOf' in esquema || 'enum' in esquema || 'const' in esquema)
  ) {
    return `${donde}, schema must have a 'type' key.`;
  }
  if (esquema.type === 'object') {
    const propiedades = Object.keys((esquema.properties ?? {}) as object);
    if (esquema.additionalProperties !== false) {
      return `${donde}, 'additionalProperties' is required to be supplied and to be false.`;
    }
    const requeridas = new Set((esquema.required ?? []) as string[]);
    const suelta = propiedades.find((p) => !requeridas.has(p));
    if (suelta) {
      return `${donde}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${suelta}'.`;
    }
  }
  if (esquema.type === 'array' && !esquema.items) return `${donde}, array schema missing items.`;
  return revisarHijos(esquema, ruta, raiz);
}

function revisarHijos(
  esquema: Record<string, unknown>,
  ruta: string[],
  raiz: Record<string, unknown>,
): string | null {
  for (const mapa of ['properties', '$defs', 'definitions']) {
    for (const [clave, hijo] of Object.entries((esquema[mapa] ?? {}) as Record<string, unknown>)) {
      const problema = problemaEstricto(hijo, [...ruta, mapa, clave], raiz);
      if (problema) return problema;
    }
  }
  if (esquema.items) {
    const problema = problemaEstricto(esquema.items, [...ruta, 'items'], raiz);
    if (problema) return problema;
  }
  for (const [i, hijo] of ((esquema.anyOf ?? []) as unknown[]).entries()) {
    const problema = problemaEstricto(hijo, [...ruta, 'anyOf', String(i)], raiz);
    if (problema) return problema;
  }
  return null;
}

function presentar(cuerpo: CuerpoRecibido, respuesta: string, regla: ReglaOpenai | undefined) {
  const entrada = Math.ceil(JSON.stringify(cuerpo.messages).length / 4);
  const salida = Math.ceil(respuesta.length / 4);
  return {
    id: `chatcmpl-${randomBytes(12).toString('hex')}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: cuerpo.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: regla?.negativa ? null : respuesta,
          refusal: regla?.negativa ?? null,
          annotations: [],
        },
        logprobs: null,
        finish_reason: regla?.fin ?? 'stop',
      },
    ],
    usage: { prompt_tokens: entrada, completion_tokens: salida, total_tokens: entrada + salida },
    service_tier: 'default',
    system_fingerprint: 'fp_falso',
  };
}

async function leer(req: IncomingMessage): Promise<string> {
  const trozos: Buffer[] = [];
  for await (const trozo of req) trozos.push(trozo as Buffer);
  return Buffer.concat(trozos).toString();
}

function aTexto(valor: unknown): string {
  return typeof valor === 'string' ? valor : JSON.stringify(valor);
}

function fallar(res: ServerResponse, fallo: Fallo): void {
  if (res.headersSent) return void res.destroy();
  const type =
    fallo.type ??
    (fallo.http >= 500
      ? 'server_error'
      : fallo.code === 'insufficient_quota'
        ? fallo.code
        : 'invalid_request_error');
  json(res, fallo.http, {
    error: {
      message: fallo.mensaje ?? 'Programmed failure',
      type,
      param: fallo.param ?? null,
      code: fallo.code ?? null,
    },
  });
}

function json(res: ServerResponse, http: number, cuerpo: unknown): void {
  res.writeHead(http, { 'content-type': 'application/json' });
  res.end(JSON.stringify(cuerpo));
}
