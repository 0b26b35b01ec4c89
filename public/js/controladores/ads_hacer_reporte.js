import { escuchar } from '../shared/utils.js';

/* Hacer un reporte: la pregunta dice a cuántas personas se les manda, que depende de la cuenta y del periodo elegidos. */
export default function (formulario) {
  const { cuenta, cadencia } = formulario.elements;
  const poner = () => {
    formulario.dataset.confirmarDetalle = cuenta.selectedOptions[0].dataset[cadencia.value];
  };
  poner();
  return escuchar([formulario, 'change', poner], [window, 'pageshow', poner]);
}
