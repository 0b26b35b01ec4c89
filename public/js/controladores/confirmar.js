import { uno } from '../shared/utils.js';

/*
 * Pregunta una vez antes de algo que no se deshace. Va en un <form> (o en un botón con hx-*):
 * data-confirmar="¿Suspender Aura?" data-confirmar-detalle="…" data-confirmar-boton="Suspender". Lo que diga el botón que
 * se tocó vale más que lo del formulario. Con data-confirmar-cuenta="noras nora noras", {n} es cuántas casillas `noras` van
 * marcadas y su palabra; sin ninguna no hay qué preguntar: el servidor dirá que falta elegir.
 */
export default function (elemento) {
  let aceptado = false;

  async function preguntar(evento) {
    if (aceptado) {
      aceptado = false;
      return;
    }
    const quien = evento.submitter ?? elemento;
    const dicho = { ...elemento.dataset, ...quien.dataset };
    if (dicho.confirmarCuenta) {
      const [campo, una, varias] = dicho.confirmarCuenta.split(' ');
      const n = new FormData(elemento).getAll(campo).length;
      if (n === 0) return;
      dicho.confirmar = dicho.confirmar.replace('{n}', `${n} ${n === 1 ? una : varias}`);
    }
    evento.preventDefault();
    evento.stopImmediatePropagation();
    if (!(await confirmar(dicho))) return;
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
