import { ErrorApi } from '../shared/api.js';
import { avisar } from '../shared/notificaciones.js';
import { meta, uno } from '../shared/utils.js';

/* Lo que comparten los controladores del chat. Hablan entre sí con eventos `chat:*` sobre la raíz. */

/** Raíz del chat en la que vive un elemento. */
export const raizDe = (elemento) => elemento.closest('.chat');

/** Lanza un evento del chat en su raíz. */
export function decir(elemento, evento, detalle = {}) {
  (raizDe(elemento) ?? elemento).dispatchEvent(new CustomEvent(`chat:${evento}`, { detail: detalle }));
}

/**
 * Pide un fragmento HTML. Los errores llegan en JSON para poder decirlos donde toca.
 * @throws ErrorApi con estado 0 si no hubo conexión
 */
export async function pedirFragmento(ruta, { metodo = 'GET', cuerpo, signal, tiempoMs = 20_000 } = {}) {
  const limite = AbortSignal.timeout(tiempoMs);
  let respuesta;
  try {
    respuesta = await fetch(ruta, {
      method: metodo,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json, text/html;q=0.9',
        'x-fragmento': '1',
        'x-csrf-token': meta('csrf'),
      },
      body: cuerpo,
      signal: signal ? AbortSignal.any([signal, limite]) : limite,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ErrorApi(0, 'sin_conexion', 'No hay conexión con Nora. Revisa tu internet.');
  }
  if (respuesta.status === 401 || respuesta.redirected) {
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
    throw new ErrorApi(401, 'sin_sesion', 'Tu sesión terminó. Vuelve a entrar.');
  }
  const texto = respuesta.status === 204 ? '' : await respuesta.text();
  if (respuesta.ok) return texto;
  throw errorDe(respuesta, texto);
}

function errorDe(respuesta, texto) {
  let falla = null;
  try {
    falla = JSON.parse(texto).error;
  } catch {
    // Un proxy o un servidor a medio apagar contestan HTML: se usa el mensaje general.
  }
  return new ErrorApi(
    respuesta.status,
    falla?.codigo ?? 'error',
    falla?.mensaje ?? 'No se pudo completar. Inténtalo de nuevo en un momento.',
    falla?.campos,
  );
}

/** Convierte HTML del servidor en nodos. */
export function nodosDe(html) {
  const plantilla = document.createElement('template');
  plantilla.innerHTML = html;
  return plantilla.content;
}

/**
 * Pone las partes de la conversación (cabeza, redactor, ficha) sin perder foco ni lo que se está escribiendo:
 * se funden con lo que hay en vez de reemplazarlo. Las de otra conversación no se ponen: quien la pidió pudo abrir ésta
 * antes de que contestara el servidor, y lo que se escribiera debajo le llegaría a otra persona.
 */
export async function fundir(raiz, html) {
  const partes = nodosDe(html);
  const deQuien = partes.querySelector('#chat-redactor')?.dataset.contacto;
  if (!deQuien || deQuien !== uno('#conversacion', raiz)?.dataset.contacto) return;
  if (window.htmx) {
    await window.htmx.swap({ text: html, sourceElement: raiz, target: raiz, swap: 'none' });
    return;
  }
  for (const parte of partes.children) {
    const nuevo = parte.firstElementChild;
    const viejo = nuevo && document.getElementById(nuevo.id);
    if (viejo && !viejo.contains(document.activeElement)) viejo.replaceWith(nuevo);
  }
}

/** Dice un error donde la persona lo vea; los de conexión no se repiten en ráfaga. */
let ultimoAviso = 0;
export function avisarError(error) {
  if (error?.name === 'AbortError') return;
  if (error instanceof ErrorApi && error.estado === 0) {
    if (Date.now() - ultimoAviso < 8000) return;
    ultimoAviso = Date.now();
  }
  avisar(error instanceof ErrorApi ? error.message : 'Algo falló en esta página. Recárgala si se repite.', {
    tono: 'mal',
  });
  if (!(error instanceof ErrorApi)) console.error(error);
}

/** Guarda en la pestaña; sin almacenamiento, no pasa nada. */
export const enPestana = {
  leer(clave) {
    try {
      return sessionStorage.getItem(clave) ?? '';
    } catch {
      return '';
    }
  },
  guardar(clave, valor) {
    try {
      if (valor) sessionStorage.setItem(clave, valor);
      else sessionStorage.removeItem(clave);
    } catch {
      // Modo privado o lleno: el borrador dura lo que la página.
    }
  },
};
