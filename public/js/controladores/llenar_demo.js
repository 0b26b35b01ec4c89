import { escuchar } from '../shared/utils.js';

/* En la demostración: pone correo y clave en el formulario de entrada. */
export default function (boton) {
  return escuchar([
    boton,
    'click',
    () => {
      document.getElementById('correo').value = boton.dataset.correo;
      document.getElementById('clave').value = boton.dataset.clave;
      document.querySelector('form[action="/login"] button:not([type])').focus();
    },
  ]);
}
