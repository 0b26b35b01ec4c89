import OpenAI, {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  AuthenticationError,
  PermissionDeniedError,
  RateLimitError,
} from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import type {
  ChatCompletion,
  ChatCompletionCreateParamsNonStreaming,
} from 'openai/resources/chat/completions';
import { z } from 'zod';

const TIEMPO_MS = 20_000;
const VIGENCIA_ESTADO_MS = 60_000;

export interface MensajeModelo {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface PeticionModelo<T> {
  mensajes: readonly MensajeModelo[];
  /** Objeto zod; `.nullable()`, no `.optional()`: el modo estricto exige todos los campos. */
  esquema: z.ZodType<T>;
  /** Nombre del esquema: letras, números, guion y guion bajo, hasta 64. */
  nombre: string;
  /** Cancela desde fuera (llegó un mensaje nuevo, se apaga el proceso). */
  senal?: AbortSignal | undefined;
  /** Modelo de la nora, si no es el general. */
  modelo?: string | null | undefined;
  /** Tope total con todo y reintento, en ms. */
  tiempoMs?: number | undefined;
}

/**
 * tiempo: se acabó el plazo. limite: 429 pasajero. sin_saldo: la cuenta no tiene crédito. credencial: 401/403.
 * rechazo: el modelo o su filtro se negaron. formato: contestó algo que no cumple el esquema o quedó trunco.
 * conexion: no se pudo hablar con el proveedor. servidor: 5xx, u otro 4xx por una petición que no le gustó.
 * cancelado: lo pidió `senal`.
 */
export type ClaseFalloModelo =
  | 'tiempo'
  | 'limite'
  | 'sin_saldo'
  | 'credencial'
  | 'rechazo'
  | 'formato'
  | 'conexion'
  | 'servidor'
  | 'cancelado';

export type RespuestaModelo<T> =
  | {
      ok: true;
      datos: T;
      tokensEntrada: number;
      tokensSalida: number;
      modelo: string;
      latenciaMs: number;
      idPeticion: string | null;
    }
  | {
      ok: false;
      clase: ClaseFalloModelo;
      /** Técnico, para el registro de errores; sin la llave ni el texto de la conversación. */
      detalle: string;
      /** true si repetir más tarde tiene sentido. */
      reintentable: boolean;
      latenciaMs: number;
      idPeticion: string | null;
      /** Lo gastado aunque no sirviera (formato, rechazo), para el tope diario. */
      tokensEntrada: number;
      tokensSalida: number;
    };

export interface Modelo {
  /** El modelo general (OPENAI_MODELO). */
  readonly modelo: string;
  /** Una respuesta con forma comprobada; nunca lanza. */
  responder<T>(peticion: PeticionModelo<T>): Promise<RespuestaModelo<T>>;
  /** Pregunta al proveedor por el modelo, a lo más una vez por minuto. Español, con qué hacer si falla. */
  estado(): Promise<{ ok: boolean; detalle: string; revisado: Date }>;
}

/** El modelo de lenguaje por Chat Completions: sirve cualquier proveedor compatible con OPENAI_BASE_URL. */
export function crearModelo(opciones: {
  apiKey: string;
  baseUrl: string | null;
  modelo: string;
  tiempoMs?: number;
}): Modelo {
  const cliente = new OpenAI({
    apiKey: opciones.apiKey,
    baseURL: opciones.baseUrl ?? 'https://api.openai.com/v1',
    organization: null,
    project: null,
    timeout: opciones.tiempoMs ?? TIEMPO_MS,
    maxRetries: 1,
    fetch: pedirSinInsistirEnVano,
    // El SDK escribe cuerpos completos al depurar; la bitácora es nuestra.
    logLevel: 'off',
  });
  // Lo que cada modelo admite se aprende a la primera y vale para las siguientes; el de una nora no decide por las demás.
  const formatos = new Map<string, Formato>();
  let ultimo: { ok: boolean; detalle: string; revisado: Date } | null = null;

  async function intentar<T>(
    p: PeticionModelo<T>,
    modelo: string,
    senal: AbortSignal,
  ): Promise<ChatCompletion> {
    for (;;) {
      const usado = formatos.get(modelo) ?? 'esquema';
      try {
        return await cliente.chat.completions.create(armar(p, modelo, usado), { signal: senal });
      } catch (error) {
        const siguiente = formatoMasSencillo(error, usado);
        if (!siguiente) throw error;
        formatos.set(modelo, siguiente);
      }
    }
  }

  return {
    modelo: opciones.modelo,

    async responder(p) {
      const inicio = performance.now();
      const plazo = AbortSignal.timeout(p.tiempoMs ?? opciones.tiempoMs ?? TIEMPO_MS);
      const senal = p.senal ? AbortSignal.any([plazo, p.senal]) : plazo;
      const modelo = p.modelo || opciones.modelo;
      const latencia = () => Math.round(performance.now() - inicio);
      try {
        const completado = await intentar(p, modelo, senal);
        const leido = leerRespuesta(completado, p.esquema);
        const comunes = {
          latenciaMs: latencia(),
          idPeticion: idDe(completado),
          tokensEntrada: completado.usage?.prompt_tokens ?? 0,
          tokensSalida: completado.usage?.completion_tokens ?? 0,
        };
        return leido.ok
          ? { ok: true, datos: leido.datos, modelo: completado.model || modelo, ...comunes }
          : { ...leido, ...comunes };
      } catch (error) {
        const clasificado = clasificar(error, plazo, p.senal);
        return {
          ok: false,
          ...clasificado,
          latenciaMs: latencia(),
          idPeticion: error instanceof APIError ? (error.requestID ?? null) : null,
          tokensEntrada: 0,
          tokensSalida: 0,
        };
      }
    },

    async estado() {
      if (ultimo && Date.now() - ultimo.revisado.getTime() < VIGENCIA_ESTADO_MS) return ultimo;
      ultimo = { ...(await revisar(cliente, opciones.modelo)), revisado: new Date() };
      return ultimo;
    },
  };
}

type Formato = 'esquema' | 'objeto' | 'libre';

function armar<T>(
  p: PeticionModelo<T>,
  modelo: string,
  formato: Formato,
): ChatCompletionCreateParamsNonStreaming {
  const mensajes = p.mensajes.map((m) => ({ role: m.role, content: m.content }));
  if (formato === 'esquema') {
    return { model: modelo, messages: mensajes, response_format: formatoEstricto(p) };
  }
  const instruccion = {
    role: 'system' as const,
    content: `Contesta sólo con un objeto JSON, sin explicaciones ni comillas invertidas, que cumpla este esquema:\n${JSON.stringify(z.toJSONSchema(p.esquema))}`,
  };
  return {
    model: modelo,
    messages: [instruccion, ...mensajes],
    ...(formato === 'objeto' && { response_format: { type: 'json_object' as const } }),
  };
}

// El SDK revisa el esquema antes de mandarlo: si no sirve es error nuestro y no debe parecer de red.
class ErrorEsquema extends Error {
  override name = 'ErrorEsquema';
}

function formatoEstricto<T>(p: PeticionModelo<T>) {
  try {
    return zodResponseFormat(p.esquema, p.nombre);
  } catch (error) {
    throw new ErrorEsquema(`el esquema «${p.nombre}» no sirve: ${causaDe(error)}`);
  }
}

// Ollama, vLLM y otros contestan 400 cuando no conocen json_schema, y algunos tampoco json_object.
function formatoMasSencillo(error: unknown, usado: Formato): Formato | null {
  if (!(error instanceof APIError) || (error.status !== 400 && error.status !== 422)) return null;
  const pistas = `${error.param ?? ''} ${error.message}`;
  if (!/response_format|json_schema|json_object|structured output/i.test(pistas)) return null;
  // Un esquema mal armado es error nuestro: cambiar de formato lo escondería.
  if (/Invalid schema for response_format/i.test(pistas)) return null;
  if (usado === 'esquema') return 'objeto';
  return usado === 'objeto' ? 'libre' : null;
}

type Leido<T> =
  | { ok: true; datos: T }
  | { ok: false; clase: ClaseFalloModelo; detalle: string; reintentable: boolean };

function leerRespuesta<T>(completado: ChatCompletion, esquema: z.ZodType<T>): Leido<T> {
  const eleccion = completado.choices?.[0];
  if (!eleccion?.message) return noSirve('formato', 'respuesta sin choices');
  if (eleccion.finish_reason === 'content_filter')
    return noSirve('rechazo', 'filtro de contenido del proveedor');
  if (eleccion.message.refusal) return noSirve('rechazo', 'el modelo se negó a contestar');
  if (eleccion.finish_reason === 'length')
    return noSirve('formato', 'respuesta truncada (finish_reason length)');
  const contenido = eleccion.message.content;
  if (!contenido) return noSirve('formato', 'respuesta vacía');
  let crudo: unknown;
  try {
    crudo = JSON.parse(sinCerca(contenido));
  } catch {
    return noSirve('formato', 'la respuesta no es JSON');
  }
  const comprobado = esquema.safeParse(crudo);
  if (comprobado.success) return { ok: true, datos: comprobado.data };
  const campos = comprobado.error.issues.map((i) => `${i.path.join('.') || '(raíz)'}: ${i.code}`).slice(0, 5);
  return noSirve('formato', `la respuesta no cumple el esquema (${campos.join(', ')})`);
}

function noSirve(clase: 'rechazo' | 'formato', detalle: string): Leido<never> {
  // Otra pregunta igual puede salir bien formada; una negativa se repetiría.
  return { ok: false, clase, detalle, reintentable: clase === 'formato' };
}

function sinCerca(texto: string): string {
  return /^\s*```(?:json)?\s*([\s\S]*?)\s*```\s*$/.exec(texto)?.[1] ?? texto;
}

function clasificar(
  error: unknown,
  plazo: AbortSignal,
  externa: AbortSignal | undefined,
): { clase: ClaseFalloModelo; detalle: string; reintentable: boolean } {
  if (error instanceof ErrorEsquema) return { clase: 'formato', detalle: error.message, reintentable: false };
  if (externa?.aborted)
    return { clase: 'cancelado', detalle: 'cancelado por quien lo pidió', reintentable: true };
  if (plazo.aborted || error instanceof APIConnectionTimeoutError) {
    return { clase: 'tiempo', detalle: 'el proveedor tardó demasiado', reintentable: true };
  }
  if (error instanceof APIUserAbortError) {
    return { clase: 'cancelado', detalle: 'cancelado por quien lo pidió', reintentable: true };
  }
  if (error instanceof APIConnectionError) {
    return { clase: 'conexion', detalle: causaDe(error), reintentable: true };
  }
  if (!(error instanceof APIError)) {
    // Un 200 cuyo cuerpo no es JSON llega como SyntaxError; lo demás es un corte a media respuesta.
    const cuerpoIlegible = error instanceof SyntaxError;
    return { clase: cuerpoIlegible ? 'formato' : 'conexion', detalle: causaDe(error), reintentable: true };
  }
  const detalle = detalleDe(error);
  if (sinSaldo(error.code, error.type)) return { clase: 'sin_saldo', detalle, reintentable: false };
  if (error instanceof AuthenticationError || error instanceof PermissionDeniedError) {
    return { clase: 'credencial', detalle, reintentable: false };
  }
  if (error instanceof RateLimitError) return { clase: 'limite', detalle, reintentable: true };
  if (error.code === 'content_policy_violation' || error.code === 'content_filter') {
    return { clase: 'rechazo', detalle, reintentable: false };
  }
  return { clase: 'servidor', detalle, reintentable: (error.status ?? 500) >= 500 || error.status === 408 };
}

function sinSaldo(codigo: unknown, tipo: unknown): boolean {
  const conocidos = ['insufficient_quota', 'billing_hard_limit_reached', 'billing_not_active'];
  return conocidos.includes(String(codigo)) || conocidos.includes(String(tipo));
}

/** Más que esto no se espera a que el proveedor deje pasar: quien escribió prefiere ya lo que Nora sabe de memoria. */
const ESPERA_MAXIMA_MS = 5000;

// El SDK reintenta todo 429 y duerme lo que le pidan; sin saldo, o si falta mucho, eso sólo hace esperar a la persona.
// Su cabecera x-should-retry lo frena.
async function pedirSinInsistirEnVano(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  const respuesta = await fetch(url, init);
  if (respuesta.status !== 429) return respuesta;
  const texto = await respuesta.text();
  const cabeceras = new Headers(respuesta.headers);
  // El cuerpo ya viene descomprimido.
  for (const nombre of ['content-encoding', 'content-length']) cabeceras.delete(nombre);
  const sinSaldo = /"(insufficient_quota|billing_hard_limit_reached|billing_not_active)"/.test(texto);
  if (sinSaldo || esperaPedida(cabeceras) > ESPERA_MAXIMA_MS) cabeceras.set('x-should-retry', 'false');
  return new Response(texto, { status: 429, headers: cabeceras });
}

/** Milisegundos que pide el proveedor antes de volver a intentar; 0 si no lo dice. */
function esperaPedida(cabeceras: Headers): number {
  const ms = Number(cabeceras.get('retry-after-ms') ?? Number.NaN);
  if (ms >= 0) return ms;
  const dicho = cabeceras.get('retry-after');
  if (dicho === null) return 0;
  const segundos = Number(dicho);
  return segundos >= 0 ? segundos * 1000 : (Date.parse(dicho) || 0) - Date.now();
}

async function revisar(cliente: OpenAI, modelo: string): Promise<{ ok: boolean; detalle: string }> {
  const senal = AbortSignal.timeout(5000);
  try {
    await cliente.models.retrieve(modelo, { signal: senal, maxRetries: 0 });
    return { ok: true, detalle: `Conectada (${modelo}).` };
  } catch (error) {
    if (error instanceof APIError && error.status === 404) {
      return error.code === 'model_not_found'
        ? {
            ok: false,
            detalle: `El modelo «${modelo}» no existe o tu cuenta no puede usarlo. Corrige OPENAI_MODELO.`,
          }
        : // Un proveedor compatible que no ofrece /models: contestó, y eso es lo que se preguntaba.
          { ok: true, detalle: `Conectada (${modelo}).` };
    }
    const consejos: Partial<Record<ClaseFalloModelo, string>> = {
      credencial: 'La llave de OpenAI no sirve. Revisa OPENAI_API_KEY.',
      sin_saldo: 'La cuenta de OpenAI se quedó sin saldo. Agrega crédito en su consola.',
      limite: 'OpenAI está limitando las peticiones. Se recupera solo en unos minutos.',
      tiempo: 'OpenAI no contesta. Mientras, Nora responde con su conocimiento.',
      conexion: 'No se puede conectar con OpenAI. Mientras, Nora responde con su conocimiento.',
    };
    const { clase, detalle } = clasificar(error, senal, undefined);
    return { ok: false, detalle: consejos[clase] ?? `OpenAI contestó con un error: ${detalle}` };
  }
}

function detalleDe(error: APIError): string {
  const datos = [error.status, error.code, error.type].filter((d) => d !== undefined && d !== null);
  // El 401 de OpenAI repite parte de la llave en su mensaje.
  const mensaje = error.message.replace(/\b(sk|key|pk)-[\w*-]{4,}/g, '$1-…');
  return `${datos.join(' ')}: ${mensaje}`.slice(0, 500);
}

function causaDe(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 300);
  const causa: unknown = error.cause;
  const codigo = causa instanceof Error && 'code' in causa ? ` (${String(causa.code)})` : '';
  return `${error.message}${codigo}`.slice(0, 300);
}

function idDe(completado: ChatCompletion): string | null {
  const id = '_request_id' in completado ? completado._request_id : null;
  return typeof id === 'string' ? id : null;
}
