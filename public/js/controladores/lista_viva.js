import { espaciar, escribiendo, todos, uno } from '../shared/utils.js';
import { escucharVivo } from '../shared/vivo.js';

/*
 * Vuelve a pedir lo que señala data-refresca cuando otra persona cambia algo de la nora (y con los eventos de data-oye).
 * Espera si quien mira está escribiendo o tiene algo elegido o abierto: refrescar no debe quitarle nada de las manos.
 */
const EN_MANOS = 'input:checked, [popover]:popover-open, dialog[open], details[open]';

export default function (elemento) {
  const refrescar = espaciar(async () => {
    const zona = uno(elemento.dataset.refresca, elemento);
    if (!zona || document.visibilityState !== 'visible') return;
    if (escribiendo() || todos(EN_MANOS, elemento).some((e) => e.checkVisibility()) || filtrada()) return;
    await window.htmx?.ajax('GET', direccion(), {
      target: elemento.dataset.refresca,
      select: elemento.dataset.refresca,
      swap: 'outerMorph',
    });
  }, 3000);

  // Lo buscado sin recargar no está en la dirección de la página: está en su formulario.
  function direccion() {
    const busca = uno('form[role="search"]', elemento);
    if (!busca) return location.pathname + location.search;
    return `${new URL(busca.action).pathname}?${new URLSearchParams(new FormData(busca))}`;
  }

  // Un filtro que sólo esconde renglones se perdería.
  const filtrada = () => Boolean(uno('input[type="search"]:not(form *)', elemento)?.value);

  const eventos = ['nora:actualizada', 'reconectado', ...(elemento.dataset.oye?.split(' ') ?? [])];
  const dejar = eventos.map((evento) => escucharVivo(evento, refrescar));
  return () => dejar.forEach((fn) => fn());
}
