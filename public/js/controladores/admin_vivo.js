import { escucharAdmin } from '../shared/vivo.js';

/*
 * En el <body> de administración: convierte la señal del servidor en un evento del documento (`admin-tablero`,
 * `admin-errores`, `admin-ads`) que htmx usa para volver a pedir su pedazo.
 */
export default function (cuerpo) {
  if (!['dashboard', 'errores', 'ads'].includes(cuerpo.dataset.seccion)) return undefined;
  return escucharAdmin((asunto) => cuerpo.dispatchEvent(new CustomEvent(`admin-${asunto}`)));
}
