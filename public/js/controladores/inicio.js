import { ponerContador } from '../shared/notificaciones.js';
import { espaciar, escuchar } from '../shared/utils.js';
import { escucharVivo } from '../shared/vivo.js';

const CADA_MINUTO = 60_000;

/* Mantiene vivo el inicio: pide de nuevo su fragmento cuando algo pasa, a lo más cada tres segundos y sólo a la vista. */
export default function (elemento) {
  const refrescar = espaciar(async () => {
    if (
      document.visibilityState !== 'visible' ||
      elemento.contains(document.activeElement?.closest('details[open]'))
    )
      return;
    await window.htmx?.ajax('GET', location.pathname, { target: `#${elemento.id}`, swap: 'outerMorph' });
    ponerContador(Number(elemento.dataset.sinLeer));
  }, 3000);

  const reloj = setInterval(refrescar, CADA_MINUTO);
  const dejar = [
    'mensaje:nuevo',
    'mensaje:estado',
    'contacto:actualizado',
    'nora:actualizada',
    'reconectado',
  ].map((evento) => escucharVivo(evento, refrescar));
  const quitar = escuchar([document, 'visibilitychange', refrescar]);
  return () => {
    clearInterval(reloj);
    for (const fn of dejar) fn();
    quitar();
  };
}
