import { escuchar, uno } from '../shared/utils.js';

/* Al elegir un giro escribe su personalidad, mientras nadie la haya cambiado a mano. */
export default function (grupo) {
  const lista = uno('select', grupo);
  const texto = uno('textarea', grupo);
  const propuesta = () => lista.selectedOptions[0]?.dataset.personalidad ?? '';
  let puesta = propuesta();
  if (texto.value.trim() === '') texto.value = puesta;

  function alElegir() {
    if (texto.value.trim() === '' || texto.value === puesta) texto.value = propuesta();
    puesta = propuesta();
  }

  return escuchar([lista, 'change', alElegir]);
}
