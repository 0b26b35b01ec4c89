import { escuchar } from '../shared/utils.js';

/*
 * En un botón: data-dialogo="id" abre ese <dialog>. En un <dialog>: los [data-cerrar] y el clic en el velo lo cierran.
 * Esc y el foco los maneja el navegador.
 */
export default function (elemento) {
  if (elemento.localName !== 'dialog') {
    return escuchar([
      elemento,
      'click',
      () => document.getElementById(elemento.dataset.dialogo)?.showModal(),
    ]);
  }
  if (elemento.hasAttribute('data-abierto') && !elemento.open) elemento.showModal();
  return escuchar([
    elemento,
    'click',
    (evento) => {
      if (evento.target === elemento || evento.target.closest('[data-cerrar]')) elemento.close();
    },
  ]);
}
