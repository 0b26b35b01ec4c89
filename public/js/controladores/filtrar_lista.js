import { escuchar, plano, todos, uno } from '../shared/utils.js';

/* Filtra en el momento los [data-texto] de su interior con lo escrito en su input. Para listas cortas ya dibujadas. */
export default function (elemento) {
  const campo = uno('input', elemento);
  const nada = uno('[data-nada]', elemento);

  function filtrar() {
    const buscado = plano(campo.value.trim());
    let visibles = 0;
    for (const opcion of todos('[data-texto]', elemento)) {
      opcion.hidden = buscado !== '' && !plano(opcion.dataset.texto).includes(buscado);
      if (!opcion.hidden) visibles++;
    }
    if (nada) nada.hidden = visibles > 0;
  }

  return escuchar([campo, 'input', filtrar]);
}
