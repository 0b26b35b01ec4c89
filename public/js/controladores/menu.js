import { escuchar, todos } from '../shared/utils.js';

/*
 * Va en el <div popover class="menu">. El navegador abre, cierra y devuelve el foco; aquí sólo se coloca junto a su
 * botón y se recorre con flechas.
 */
export default function (menu) {
  const boton = document.querySelector(`[popovertarget="${menu.id}"]`);

  function colocar(evento) {
    const abierto = evento.newState === 'open';
    for (const b of todos(`[popovertarget="${menu.id}"]`)) b.setAttribute('aria-expanded', String(abierto));
    if (!abierto) return;
    // La primera opción recibe el foco para seguir con flechas; una caja de búsqueda no, abriría el teclado del teléfono.
    requestAnimationFrame(() =>
      todos('a, button', menu)
        .find((o) => o.offsetParent !== null)
        ?.focus(),
    );
    if (!menu.classList.contains('menu')) return;
    const ancla = (evento.source ?? boton)?.getBoundingClientRect();
    if (!ancla) return;
    const margen = 12;
    // El alto se mide después: mostrarlo invisible primero evita el brinco.
    requestAnimationFrame(() => {
      const alto = menu.offsetHeight;
      const x = Math.max(margen, Math.min(ancla.left, innerWidth - menu.offsetWidth - margen));
      const cabe = ancla.bottom + 6 + alto <= innerHeight - margen;
      const y = cabe ? ancla.bottom + 6 : Math.max(margen, ancla.top - alto - 6);
      menu.style.setProperty('--menu-x', `${x}px`);
      menu.style.setProperty('--menu-y', `${y}px`);
    });
  }

  function recorrer(evento) {
    if (!['ArrowDown', 'ArrowUp', 'Home', 'End'].includes(evento.key)) return;
    const opciones = todos('a, button, input', menu).filter((o) => o.offsetParent !== null && !o.disabled);
    const donde = opciones.indexOf(document.activeElement);
    const siguiente = {
      ArrowDown: donde + 1,
      ArrowUp: donde - 1 + (donde < 0 ? opciones.length + 1 : 0),
      Home: 0,
      End: opciones.length - 1,
    }[evento.key];
    evento.preventDefault();
    opciones.at(siguiente % opciones.length)?.focus();
  }

  return escuchar([menu, 'beforetoggle', colocar], [menu, 'keydown', recorrer]);
}
