import { avisar } from '../shared/notificaciones.js';
import { escuchar } from '../shared/utils.js';

/*
 * En el <body>: cuando una petición de htmx falla y su respuesta no se dibuja en la página, lo dice en un toast.
 * Las 422 no llegan aquí como aviso: su formulario ya muestra el error junto al campo.
 */
export default function (cuerpo) {
  function alResponderMal({ detail: { ctx } }) {
    const estado = ctx.response?.raw?.status ?? ctx.response?.status;
    if (estado === 422) return;
    if (estado === 401)
      return location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
    const documento = new DOMParser().parseFromString(ctx.text ?? '', 'text/html');
    const mensaje = documento.querySelector('[data-mensaje]')?.textContent.trim();
    avisar(mensaje || 'No se pudo completar. Inténtalo de nuevo en un momento.', {
      tono: 'mal',
      duraMs: 8000,
    });
  }

  function alFallar({ detail }) {
    const falla = detail.error;
    if (falla?.name === 'AbortError') return;
    if (detail.ctx?.response) return;
    avisar('No hay conexión con Nora. Revisa tu internet e inténtalo de nuevo.', {
      tono: 'mal',
      duraMs: 8000,
    });
  }

  return escuchar([cuerpo, 'htmx:response:error', alResponderMal], [cuerpo, 'htmx:error', alFallar]);
}
