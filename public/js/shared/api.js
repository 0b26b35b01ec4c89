import { meta } from './utils.js';

/** Falla de una petición: `message` ya se puede enseñar a la persona. */
export class ErrorApi extends Error {
  constructor(estado, codigo, mensaje, campos) {
    super(mensaje);
    this.estado = estado;
    this.codigo = codigo;
    this.campos = campos ?? {};
  }
}

/**
 * Pide al servidor con la sesión y el csrf puestos.
 * `datos` puede ser un objeto (viaja como JSON) o FormData. Devuelve JSON, texto o null (204).
 * @throws ErrorApi con estado 0 si no hay conexión o se agotó el tiempo.
 */
export async function pedir(
  metodo,
  ruta,
  datos,
  { signal, tiempoMs = 20_000, acepta = 'application/json' } = {},
) {
  const encabezados = { accept: acepta, 'x-csrf-token': meta('csrf') };
  const esFormulario = datos instanceof FormData || datos instanceof URLSearchParams;
  if (datos !== undefined && !esFormulario) encabezados['content-type'] = 'application/json';
  const limite = AbortSignal.timeout(tiempoMs);
  let respuesta;
  try {
    respuesta = await fetch(ruta, {
      method: metodo,
      credentials: 'same-origin',
      headers: encabezados,
      body: datos === undefined || esFormulario ? datos : JSON.stringify(datos),
      signal: signal ? AbortSignal.any([signal, limite]) : limite,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ErrorApi(
      0,
      'sin_conexion',
      'No hay conexión con Nora. Revisa tu internet e inténtalo de nuevo.',
    );
  }
  // A una página se le contesta con una redirección que fetch sigue: la de entrada no debe acabar dentro de otra.
  if (respuesta.status === 401 || (respuesta.redirected && new URL(respuesta.url).pathname === '/login')) {
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
    throw new ErrorApi(401, 'sin_sesion', 'Tu sesión terminó. Entra de nuevo.');
  }
  const esJson = respuesta.headers.get('content-type')?.includes('json');
  const cuerpo = respuesta.status === 204 ? null : await (esJson ? respuesta.json() : respuesta.text());
  if (respuesta.ok) return cuerpo;
  const falla = esJson ? (cuerpo?.error ?? cuerpo) : null;
  throw new ErrorApi(
    respuesta.status,
    falla?.codigo ?? 'error',
    falla?.mensaje ?? 'No se pudo completar. Inténtalo de nuevo en un momento.',
    falla?.campos,
  );
}

export const api = {
  leer: (ruta, opciones) => pedir('GET', ruta, undefined, opciones),
  html: (ruta, opciones) => pedir('GET', ruta, undefined, { acepta: 'text/html', ...opciones }),
  enviar: (ruta, datos = {}, opciones) => pedir('POST', ruta, datos, opciones),
  borrar: (ruta, opciones) => pedir('DELETE', ruta, undefined, opciones),
};
