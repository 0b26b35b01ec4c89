import { escuchar, todos, uno } from '../shared/utils.js';

/* La barra de «elegir varios»: aparece con lo que se puede hacer cuando hay algo elegido. */
export default function (formulario) {
  const barra = uno('[data-varios]', formulario);
  const maestro = uno('[data-todos]', formulario);
  const cuantos = uno('[data-cuantos]', formulario);

  function contar() {
    const casillas = todos('input[name="ids"]', formulario);
    const elegidas = casillas.filter((casilla) => casilla.checked).length;
    maestro.checked = elegidas > 0 && elegidas === casillas.length;
    maestro.indeterminate = elegidas > 0 && elegidas < casillas.length;
    cuantos.textContent =
      elegidas === 0 ? 'Elegir todos' : elegidas === 1 ? '1 elegido' : `${elegidas} elegidos`;
    barra.toggleAttribute('data-hay', elegidas > 0);
  }

  function elegirTodos() {
    for (const casilla of todos('input[name="ids"]', formulario)) casilla.checked = maestro.checked;
    contar();
  }

  // Enter en el campo de etiqueta la pone; si no, el navegador usaría el primer botón.
  function alTeclear(evento) {
    if (evento.key !== 'Enter' || evento.target.name !== 'etiqueta') return;
    evento.preventDefault();
    uno('button[value="etiquetar"]', formulario).click();
  }

  contar();
  return escuchar(
    [maestro, 'change', elegirTodos],
    [formulario, 'change', contar],
    [formulario, 'keydown', alTeclear],
  );
}
