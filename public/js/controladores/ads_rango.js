import { escuchar, uno } from '../shared/utils.js';

/* Elegir un periodo ya dicho lo abre; tocar una fecha lo vuelve «Fechas…». Sin JS, el botón Ver hace lo mismo. */
export default function (formulario) {
  const rango = uno('[name=rango]', formulario);
  const fechas = [uno('[name=desde]', formulario), uno('[name=hasta]', formulario)];
  const conFechas = () => {
    rango.value = 'rango';
  };
  return escuchar(
    [rango, 'change', () => rango.value !== 'rango' && formulario.requestSubmit()],
    [
      uno('select[name=cuenta]', formulario) ?? formulario,
      'change',
      (e) => e.target.name === 'cuenta' && formulario.requestSubmit(),
    ],
    ...fechas.map((f) => [f, 'change', conFechas]),
  );
}
