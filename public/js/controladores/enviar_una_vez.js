import { escuchar, uno } from '../shared/utils.js';

/* Formulario normal: marca el botón ocupado y no deja enviarlo dos veces por doble clic. */
export default function (formulario) {
  let enviado = false;
  const marcar = (ocupado) =>
    uno('button[type="submit"], button:not([type])', formulario)?.setAttribute('aria-busy', ocupado);
  return escuchar(
    [
      formulario,
      'submit',
      (evento) => {
        if (evento.defaultPrevented) return;
        if (enviado) return evento.preventDefault();
        enviado = true;
        marcar('true');
      },
    ],
    // Volver con la flecha del navegador revive la página tal como se fue.
    [window, 'pageshow', () => ((enviado = false), marcar('false'))],
  );
}
