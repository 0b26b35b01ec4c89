import { espaciar, escribiendo, uno } from '../shared/utils.js';
import { escucharVivo } from '../shared/vivo.js';

/*
 * Vuelve a pedir lo que señala data-refresca cuando otra persona cambia algo de la nora. Espera si quien mira está
 * escribiendo o tiene algo elegido o abierto: refrescar no debe quitarle nada de las manos.
 */
export default function (elemento) {
  const refrescar = espaciar(async () => {
    const zona = uno(elemento.dataset.refresca, elemento);
    if (!zona || document.visibilityState !== 'visible') return;
    if (escribiendo() || uno('input:checked, [popover]:popover-open, dialog[open]', elemento)) return;
    await window.htmx?.ajax('GET', location.pathname + location.search, {
      target: elemento.dataset.refresca,
      select: elemento.dataset.refresca,
      swap: 'outerMorph',
    });
  }, 3000);
  const dejar = ['nora:actualizada', 'reconectado'].map((evento) => escucharVivo(evento, refrescar));
  return () => dejar.forEach((fn) => fn());
}
