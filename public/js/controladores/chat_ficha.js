import { escuchar, todos, uno } from '../shared/utils.js';

/*
 * La ficha se edita en su sitio: al salir de un campo se guarda, y lo que llegue del servidor no pisa lo que se está
 * escribiendo. El botón «Guardar» sólo se ve sin JavaScript (lo esconde la hoja de estilos).
 */
export default function (ficha) {
  function alCambiar(evento) {
    const forma = evento.target.closest('form[data-autoguardar]');
    if (!forma) return;
    // Lo que llegue mientras se guarda no debe devolver el valor viejo a la pantalla.
    evento.target.setAttribute('hx-morph-skip', '');
    estado(forma, 'Guardando…');
    forma.requestSubmit();
  }

  function alEnfocar(evento) {
    if (evento.target.matches('form[data-autoguardar] :is(input, textarea)'))
      evento.target.setAttribute('hx-morph-skip', '');
  }

  function alGuardar(evento) {
    const forma = evento.target;
    if (!forma.matches('[data-autoguardar]')) return;
    for (const campo of todos('input, textarea', forma)) {
      campo.removeAttribute('aria-invalid');
      if (campo !== document.activeElement) campo.removeAttribute('hx-morph-skip');
    }
    estado(forma, 'Guardado');
    // Lo que se diga después (otro guardado, un error) no es suyo para borrarlo.
    setTimeout(() => uno('[data-guardado]', forma)?.textContent === 'Guardado' && estado(forma, ''), 2500);
  }

  function alRechazar(evento) {
    const forma = evento.target;
    const { campos, message } = evento.detail;
    if (!forma.matches('[data-autoguardar], [data-etiquetar]')) return;
    evento.preventDefault();
    const [nombre, texto] = Object.entries(campos ?? {})[0] ?? ['', message];
    const campo = forma.elements.namedItem(nombre);
    campo?.setAttribute('aria-invalid', 'true');
    estado(forma, texto ?? message, true);
  }

  function estado(forma, texto, malo = false) {
    const lugar = uno('[data-guardado]', forma);
    if (!lugar) return;
    lugar.textContent = texto;
    lugar.toggleAttribute('data-error', malo);
  }

  // Enter en un dato lo guarda y sigue; en las notas salta de línea.
  function tecla(evento) {
    if (evento.key !== 'Enter' || !evento.target.matches('.datos__fila input')) return;
    evento.preventDefault();
    evento.target.blur();
  }

  return escuchar(
    [ficha, 'change', alCambiar],
    [ficha, 'focusin', alEnfocar],
    [ficha, 'chat:guardado', alGuardar, { capture: true }],
    [ficha, 'chat:rechazado', alRechazar, { capture: true }],
    [ficha, 'keydown', tecla],
  );
}
