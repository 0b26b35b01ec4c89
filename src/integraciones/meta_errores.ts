/**
 * token: venció, se revocó o no es válido. permiso: el token no alcanza para esa cuenta. limite: Meta pide esperar.
 * demasiado: la consulta trae demasiados datos, hay que partirla. no_existe: ese objeto ya no está.
 * rechazo: la petición no le gustó. pasajero: falla suya. conexion: no contestó. ilegible: contestó algo que no entendemos.
 */
export type ClaseErrorMeta =
  | 'token'
  | 'permiso'
  | 'limite'
  | 'demasiado'
  | 'no_existe'
  | 'rechazo'
  | 'pasajero'
  | 'conexion'
  | 'ilegible';

/** Una falla de la Graph API, sin token en ninguna de sus partes. */
export class ErrorMeta extends Error {
  override name = 'ErrorMeta';
  readonly clase: ClaseErrorMeta;
  /** Cuánto pide esperar Meta, en ms; sólo con `limite`. */
  readonly esperaMs: number;
  readonly codigo: number | null;
  readonly subcodigo: number | null;

  constructor(
    clase: ClaseErrorMeta,
    mensaje: string,
    o: { esperaMs?: number; codigo?: number | null; subcodigo?: number | null } = {},
  ) {
    super(sinSecretos(mensaje).slice(0, 400));
    this.clase = clase;
    this.esperaMs = o.esperaMs ?? 0;
    this.codigo = o.codigo ?? null;
    this.subcodigo = o.subcodigo ?? null;
  }

  /** true si repetir lo mismo en un momento puede salir bien. */
  get reintentable(): boolean {
    return this.clase === 'pasajero' || this.clase === 'conexion';
  }
}

/** Códigos de límite: developers.facebook.com/docs/graph-api/overview/rate-limiting (4, 17, 32, 613 y 80000-80014). */
const LIMITES = new Set([4, 17, 32, 613]);
const TOKEN = new Set([102, 190, 463, 467]);
/** «Please reduce the amount of data»: developers.facebook.com/docs/marketing-api/insights/best-practices. */
const DEMASIADO = new Set([1487534, 1504018, 1504033]);
/** Lo mismo sin subcódigo, que es lo usual en cuentas grandes: HTTP 500, código 1 y sólo este texto. */
const MENOS_DATOS = /reduce the amount of data/i;
const ESPERA_LIMITE_MS = 5 * 60_000;

/** Traduce lo que lanza el SDK. Su error guarda la dirección con el token: aquí se queda sólo lo que sirve. */
export function traducirError(error: unknown): ErrorMeta {
  if (error instanceof ErrorMeta) return error;
  // El SDK hace JSON.parse de cualquier cuerpo de error: una página HTML llega como SyntaxError.
  if (error instanceof SyntaxError || error instanceof TypeError)
    return new ErrorMeta('pasajero', 'Meta contestó una página y no datos.');
  if (!esObjeto(error)) return new ErrorMeta('conexion', 'No se pudo hablar con Meta.');
  const estado = typeof error['status'] === 'number' ? error['status'] : null;
  const cuerpo = esObjeto(error['response']) ? error['response'] : {};
  const codigo = entero(cuerpo['code']);
  const subcodigo = entero(cuerpo['error_subcode']);
  const mensaje = textoDe(cuerpo['error_user_msg']) || textoDe(cuerpo['message']);
  const detalle = { codigo, subcodigo };
  if (estado === null)
    return new ErrorMeta('conexion', 'Meta no contestó a tiempo o no se pudo llegar a ella.');
  if (codigo !== null && TOKEN.has(codigo))
    return new ErrorMeta('token', mensaje || 'El permiso de Meta venció o se retiró.', detalle);
  if ((subcodigo !== null && DEMASIADO.has(subcodigo)) || MENOS_DATOS.test(textoDe(cuerpo['message'])))
    return new ErrorMeta('demasiado', mensaje, detalle);
  if (codigo !== null && (LIMITES.has(codigo) || (codigo >= 80000 && codigo <= 80014)))
    return new ErrorMeta('limite', mensaje, { ...detalle, esperaMs: ESPERA_LIMITE_MS });
  if (codigo === 100 && subcodigo === 33) return new ErrorMeta('no_existe', mensaje, detalle);
  if (codigo === 803) return new ErrorMeta('no_existe', mensaje, detalle);
  if (codigo !== null && (codigo === 3 || codigo === 10 || (codigo >= 200 && codigo <= 299)))
    return new ErrorMeta('permiso', mensaje, detalle);
  if (cuerpo['is_transient'] === true || codigo === 1 || codigo === 2 || estado >= 500)
    return new ErrorMeta('pasajero', mensaje || `Meta falló (${estado}).`, detalle);
  if (codigo !== null) return new ErrorMeta('rechazo', mensaje, detalle);
  return new ErrorMeta('ilegible', mensaje || `Meta contestó ${estado} sin decir por qué.`, detalle);
}

/**
 * Para leerse: qué pasó y qué hacer.
 * @param espera quién lo pidió: un trabajo se repite solo; si es una persona, nadie más lo va a repetir por ella
 */
export function explicarErrorMeta(
  clase: ClaseErrorMeta,
  detalle: string,
  espera: 'persona' | 'trabajo',
): string {
  const solo = espera === 'trabajo';
  const despues = 'No se cambió nada. Espera unos minutos y vuelve a intentarlo.';
  switch (clase) {
    case 'token':
      return 'El permiso de Meta venció o se retiró. Vuelve a conectar la cuenta.';
    case 'permiso':
      return 'El permiso de Meta no alcanza para esta cuenta. Pide acceso de anunciante en el administrador de negocios y vuelve a conectarla.';
    case 'limite':
      return solo
        ? 'Meta pidió esperar: se seguirá solo a la hora que indicó.'
        : `Meta pidió esperar. ${despues}`;
    case 'demasiado':
      return solo
        ? 'Meta dice que son demasiados datos de una vez, aun día por día.'
        : `Meta dice que son demasiados datos de una vez. ${despues}`;
    case 'no_existe':
      return 'Meta dice que eso ya no existe, o que este permiso no lo ve.';
    case 'rechazo':
      return `Meta no lo aceptó: ${detalle}`;
    case 'pasajero':
    case 'conexion':
      return `Meta no está contestando bien. ${solo ? 'Se volverá a intentar solo.' : despues}`;
    case 'ilegible':
      return `Meta contestó algo que no se entiende. ${solo ? 'Se volverá a intentar; si' : `${despues} Si`} sigue, avisa a la administración.`;
  }
}

function sinSecretos(texto: string): string {
  return texto
    .replace(/((?:access_token|input_token|client_secret|fb_exchange_token|code)=)[^&\s"]+/gi, '$1…')
    .replace(/\bEAA[A-Za-z0-9]{12,}/g, 'EAA…');
}

function esObjeto(v: unknown): v is Record<string, unknown> {
  return typeof v === 'object' && v !== null;
}
function entero(v: unknown): number | null {
  return typeof v === 'number' && Number.isInteger(v) ? v : null;
}
function textoDe(v: unknown): string {
  return typeof v === 'string' ? v : '';
}
