import { escuchar, todos, uno } from '../shared/utils.js';

/* Enseña la plantilla con los datos puestos conforme se escriben. */
export default function (forma) {
  const previa = uno('[data-previa]', forma);

  function pintar() {
    for (const parte of todos('[data-parte]', previa)) {
      const clave = parte.dataset.parte;
      const valor = uno(`[data-variable="${CSS.escape(clave)}"]`, forma)?.value.trim();
      parte.textContent = valor || clave;
      parte.toggleAttribute('data-lleno', Boolean(valor));
    }
  }

  pintar();
  return escuchar([forma, 'input', pintar]);
}
