import { uno } from '../shared/utils.js';

/*
 * Pregunta una vez antes de algo que no se deshace. Va en un <form> (o en un botón con hx-*):
 * data-confirmar="¿Suspender Aura?" data-confirmar-detalle="…" data-confirmar-boton="Suspender".
 */
export default function (elemento) {
  let aceptado = false;

  async function preguntar(evento) {
    if (aceptado) {
      aceptado = false;
      return;
    }
    evento.preventDefault();
    evento.stopImmediatePropagation();
    const quien = evento.submitter ?? elemento;
    if (!(await confirmar(elemento.dataset))) return;
    aceptado = true;
    if (elemento.localName === 'form')
      elemento.requestSubmit(quien.localName === 'button' ? quien : undefined);
    else elemento.click();
  }

  const evento = elemento.localName === 'form' ? 'submit' : 'click';
  elemento.addEventListener(evento, preguntar, { capture: true });
  return () => elemento.removeEventListener(evento, preguntar, { capture: true });
}

/** Abre el diálogo de confirmación del layout y resuelve true si la persona acepta. */
export function confirmar({
  confirmar: titulo,
  confirmarDetalle: detalle = '',
  confirmarBoton: texto = 'Continuar',
}) {
  const dialogo = uno('#confirmacion');
  if (!dialogo) return Promise.resolve(window.confirm(titulo));
  uno('[data-titulo]', dialogo).textContent = titulo;
  uno('[data-detalle]', dialogo).textContent = detalle;
  uno('[data-aceptar]', dialogo).textContent = texto;
  dialogo.returnValue = '';
  dialogo.showModal();
  return new Promise((resolver) => {
    dialogo.addEventListener('close', () => resolver(dialogo.returnValue === 'si'), { once: true });
  });
}
