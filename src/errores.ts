import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { ClienteBd } from './datos/base_de_datos.ts';

/** De qué parte del sistema viene un error inesperado; son los valores de `logs_errores.tipo`. */
export type TipoError =
  | 'IA'
  | 'Supabase'
  | 'OpenAI'
  | 'Twilio'
  | 'Webhook'
  | 'SocketIO'
  | 'Meta'
  | 'Trabajos'
  | 'Web';

/**
 * Guarda un error inesperado en `logs_errores`. Nunca lanza ni rechaza: se llama desde lugares
 * que ya están fallando. Los repetidos se juntan por huella en la base.
 */
export type RegistrarError = (
  tipo: TipoError,
  descripcion: unknown,
  nombre_nora?: string | null,
  origen?: string | null,
) => Promise<void>;

/**
 * Un error esperado: su mensaje está escrito para la persona y se le muestra tal cual.
 * `estado` es el código HTTP, `codigo` una palabra estable para programas, `extra` datos públicos
 * (por ejemplo `{ campos: { correo: 'Escribe un correo válido' } }`).
 */
export class ErrorApp extends Error {
  readonly estado: number;
  readonly codigo: string;
  readonly extra: Record<string, unknown> | undefined;

  constructor(estado: number, codigo: string, mensaje: string, extra?: Record<string, unknown>) {
    super(mensaje);
    this.name = 'ErrorApp';
    this.estado = estado;
    this.codigo = codigo;
    this.extra = extra;
  }
}

/** El 404 de siempre: lo ajeno, lo desconocido y lo apagado se ven igual desde fuera. */
export function noEncontrado(mensaje = 'No encontramos lo que buscas.'): ErrorApp {
  return new ErrorApp(404, 'no_encontrado', mensaje);
}

const MAXIMO_DESCRIPCION = 2000;
const MAXIMO_ORIGEN = 200;
const VENTANA_MS = 60_000;
const MAXIMO_POR_VENTANA = 30;
const MAXIMO_HUELLAS = 1000;

/**
 * Construye `registrarError`. La bitácora siempre recibe el error; la base lo recibe por
 * `rpc registrar_error`, con un tope por huella y minuto para que una avería en bucle no la sature.
 */
export function crearRegistrarError(ctx: {
  log: Pick<Logger, 'error'>;
  bd: { servicio: ClienteBd };
}): RegistrarError {
  const vistas = new Map<string, { desde: number; veces: number }>();

  return async (tipo, descripcion, nombre_nora, origen) => {
    try {
      const texto = describirError(descripcion);
      ctx.log.error({ tipo, nombre_nora: nombre_nora ?? undefined, origen: origen ?? undefined }, texto);
      if (!dentroDelTope(vistas, huellaDe(tipo, texto, nombre_nora))) return;
      await ctx.bd.servicio
        .rpc('registrar_error', {
          p_tipo: tipo,
          p_descripcion: texto,
          p_nora: nombre_nora ?? null,
          p_origen: origen?.slice(0, MAXIMO_ORIGEN) ?? null,
        })
        .abortSignal(AbortSignal.timeout(5000))
        .throwOnError();
    } catch (falla) {
      try {
        ctx.log.error({ falla: describirError(falla) }, 'no se pudo guardar el error en logs_errores');
      } catch {
        // Sin bitácora y sin base no queda a quién contarle; lanzar aquí taparía el error original.
      }
    }
  };
}

/**
 * Texto de un error que se puede guardar: nombre, mensaje, código y pila. Nunca `detail`, `where`
 * ni `hint` de PostgreSQL: `detail` trae valores de filas.
 */
export function describirError(error: unknown): string {
  return recortar(comoTexto(error));
}

function comoTexto(error: unknown): string {
  if (typeof error === 'string') return error;
  if (error instanceof Error) {
    const cabeza = `${error.name}: ${error.message}${codigoDe(error)}`;
    const pila = error.stack?.split('\n').filter((linea) => linea.startsWith('    at '));
    const causa = error.cause === undefined ? '' : `\ncausa: ${comoTexto(error.cause)}`;
    return [cabeza, ...(pila ?? []).slice(0, 12)].join('\n') + causa;
  }
  if (error && typeof error === 'object') {
    const { message } = error as { message?: unknown };
    if (typeof message === 'string') return `${message}${codigoDe(error)}`;
  }
  return `error sin descripción (${typeof error})`;
}

function codigoDe(error: object): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' || typeof code === 'number' ? ` [${code}]` : '';
}

function recortar(texto: string): string {
  return texto.slice(0, MAXIMO_DESCRIPCION).toWellFormed().replaceAll('\0', '');
}

function huellaDe(tipo: string, texto: string, nora: string | null | undefined): string {
  const sinNumeros = (texto.split('\n', 1)[0] ?? '').replace(/[0-9a-f]{8,}|\d+/gi, '#');
  return createHash('sha256')
    .update(`${tipo}|${nora ?? ''}|${sinNumeros}`)
    .digest('base64url');
}

function dentroDelTope(vistas: Map<string, { desde: number; veces: number }>, huella: string): boolean {
  const ahora = Date.now();
  if (vistas.size > MAXIMO_HUELLAS) vistas.clear();
  const vista = vistas.get(huella);
  if (!vista || ahora - vista.desde > VENTANA_MS) {
    vistas.set(huella, { desde: ahora, veces: 1 });
    return true;
  }
  vista.veces += 1;
  return vista.veces <= MAXIMO_POR_VENTANA;
}
