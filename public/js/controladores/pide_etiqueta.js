import { escuchar } from '../shared/utils.js';

/*
 * En un formulario de acciones en grupo: poner o quitar una etiqueta sin decir cuál se avisa en su campo. El rechazo del
 * servidor llevaría a otra página, sin lo elegido.
 */
export default function (formulario) {
  return escuchar([
    formulario,
    'click',
    (evento) => {
      const boton = evento.target.closest('button[name="accion"]');
      if (boton) formulario.elements.namedItem('etiqueta').required = boton.value.endsWith('etiquetar');
    },
  ]);
}
