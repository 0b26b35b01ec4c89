import { avisar } from '../shared/notificaciones.js';

/* Aviso que el servidor dejó para esta página (después de un 303): se enseña como toast y se quita. */
export default function (elemento) {
  avisar(elemento.textContent.trim(), { tono: elemento.dataset.tono || 'bien' });
  elemento.remove();
}
