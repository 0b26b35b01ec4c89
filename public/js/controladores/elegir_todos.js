import { escuchar, todos } from '../shared/utils.js';

/* Una casilla que marca o desmarca todas las `ids` de su formulario. */
export default function (maestro) {
  return escuchar([
    maestro,
    'change',
    () => {
      for (const casilla of todos('input[name="ids"]', maestro.form)) casilla.checked = maestro.checked;
    },
  ]);
}
