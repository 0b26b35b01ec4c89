import { createRequire } from 'node:module';
import { setTimeout as dormir } from 'node:timers/promises';
import { z } from 'zod';
import { ErrorMeta, traducirError } from './meta_errores.ts';
import type { UsoMeta } from './meta_uso.ts';

type Sdk = typeof import('facebook-nodejs-business-sdk');
export type Api = InstanceType<Sdk['FacebookAdsApi']>;

const TIEMPO_MS = 30_000;
const MAXIMO_BYTES = 30 * 1024 * 1024;
/** 2,000 páginas de 500 renglones son un millón: más que eso es un bucle, no una cuenta. */
const MAXIMO_PAGINAS = 2000;
/** Cuántas veces se repite una lectura que falló por algo pasajero, y tras cuántas pausas cada una. */
const REINTENTOS = [1, 5];

let cargado: Promise<Sdk> | null = null;

/** El SDK pesa 0.2 s y 968 clases: se carga la primera vez que alguien habla con Meta. */
export function cargarSdk(): Promise<Sdk> {
  return (cargado ??= (async () => {
    const sdk = await import('facebook-nodejs-business-sdk');
    // El SDK no pone plazo a nada: se lo pone su propio axios, que no es el nuestro.
    const suyo = createRequire(createRequire(import.meta.url).resolve('facebook-nodejs-business-sdk'));
    const { defaults } = z
      .looseObject({ defaults: z.record(z.string(), z.unknown()) })
      .parse({ defaults: (suyo('axios') as { defaults: unknown }).defaults });
    Object.assign(defaults, { timeout: TIEMPO_MS, maxContentLength: MAXIMO_BYTES, maxRedirects: 0 });
    return sdk;
  })());
}

/**
 * La API del SDK con un token, contra `base`, que respeta el cupo y habla con nuestros errores. Nunca es la global del
 * SDK: cada cuenta lleva la suya. El informe de fallas de Meta queda apagado (tercer argumento).
 */
export async function crearApi(
  token: string,
  o: { base: string; uso: UsoMeta; senal?: AbortSignal | undefined },
): Promise<Api> {
  const sdk = await cargarSdk();
  class ApiPropia extends sdk.FacebookAdsApi {
    override async call<T>(
      metodo: string,
      ruta: string | string[],
      params: Record<string, unknown> = {},
      archivos: Record<string, unknown> = {},
    ): Promise<T> {
      // La página siguiente llega como dirección completa con el token: fuera de Meta no va a ninguna parte.
      if (typeof ruta === 'string' && !ruta.startsWith(`${o.base}/`))
        throw new ErrorMeta('ilegible', 'La página siguiente no es de Meta.');
      for (let vuelta = 0; ; vuelta++) {
        o.senal?.throwIfAborted();
        await o.uso.antesDePedir(o.senal);
        try {
          const r = await super.call<T>(metodo, ruta, { ...params }, archivos, false, o.base);
          o.uso.leer((r as { headers?: unknown } | null)?.headers);
          return r;
        } catch (error) {
          o.uso.leer((error as { headers?: unknown } | null)?.headers);
          const traducido = traducirError(error);
          if (traducido.clase === 'limite' && o.uso.faltaMs() > 0)
            throw new ErrorMeta('limite', traducido.message, {
              codigo: traducido.codigo,
              subcodigo: traducido.subcodigo,
              esperaMs: o.uso.faltaMs(),
            });
          const pausas = metodo === 'GET' && traducido.reintentable ? REINTENTOS[vuelta] : undefined;
          if (pausas === undefined) throw traducido;
          await dormir(pausas * o.uso.pausaMs, undefined, o.senal ? { signal: o.senal } : {});
        }
      }
    }
  }
  const api = new ApiPropia(token, 'es_LA', false);
  api.setShowHeader(true);
  return api;
}

const listado = z.looseObject({
  data: z.array(z.unknown()),
  paging: z.looseObject({ next: z.string().optional() }).optional(),
});

/**
 * Las páginas de un listado, cada renglón revisado. Se pide por la API del SDK y no por sus cursores: éstos hacen de cada
 * renglón un objeto con 170 accesores, y diez mil renglones tardaban cuatro segundos en armarse.
 * @param porPagina cuántos renglones se piden, de más a menos: si Meta dice que son demasiados datos, se sigue desde esa
 * misma página con el número siguiente
 * @throws ErrorMeta `ilegible` si una página se repite sin fin
 */
export async function* paginas<T>(
  api: Api,
  ruta: string[],
  params: Record<string, unknown>,
  porPagina: readonly number[],
  forma: z.ZodType<T>,
): AsyncGenerator<T[]> {
  const vistas = new Set<string>();
  const filas = z.array(forma);
  const [limite, ...menores] = porPagina;
  let limit = limite;
  for (let siguiente: string | null = null; ; ) {
    let crudo: unknown;
    try {
      crudo =
        siguiente === null
          ? await api.call('GET', ruta, { ...params, limit })
          : await api.call('GET', conLimite(siguiente, limit));
    } catch (error) {
      const menor = error instanceof ErrorMeta && error.clase === 'demasiado' ? menores.shift() : undefined;
      if (menor === undefined) throw error;
      limit = menor;
      continue;
    }
    const pagina = leer(listado, crudo);
    yield leer(filas, pagina.data);
    const { next } = pagina.paging ?? {};
    if (!next) return;
    if (vistas.has(next) || vistas.size >= MAXIMO_PAGINAS)
      throw new ErrorMeta('ilegible', 'Meta repite la misma página de resultados.');
    vistas.add(next);
    siguiente = next;
  }
}

/** La dirección de la página siguiente trae el número de renglones con que se pidió la anterior. */
function conLimite(direccion: string, limit: number | undefined): string {
  const url = new URL(direccion);
  url.searchParams.set('limit', String(limit));
  return url.toString();
}

/** Revisa la forma de lo contestado. @throws ErrorMeta `ilegible` con el campo que no cuadra */
export function leer<T>(forma: z.ZodType<T>, datos: unknown): T {
  const r = forma.safeParse(datos);
  if (r.success) return r.data;
  const primero = r.error.issues[0];
  throw new ErrorMeta(
    'ilegible',
    `${primero?.path.join('.') ?? ''}: ${primero?.message ?? 'forma inesperada'}`,
  );
}

/** Los datos de un objeto del SDK, sin sus accesores. */
export function datosDe(o: unknown): unknown {
  const conDatos = o as { exportAllData?: () => unknown; _data?: unknown } | null;
  return conDatos?.exportAllData?.() ?? conDatos?._data ?? o;
}
