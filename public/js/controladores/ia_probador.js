import { escuchar, uno } from '../shared/utils.js';

/* Enter pregunta (Mayús+Enter baja renglón), lo dicho se ve en seguida y al contestar se puede seguir escribiendo. */
export default function (elemento) {
  const forma = uno('[data-forma]', elemento);
  const campo = uno('#texto', elemento);
  const hilo = uno('[data-hilo]', elemento);
  let enviando = false;
  hilo.scrollTop = hilo.scrollHeight;
  // Sólo si la persona ya estaba conversando: al abrir la página el foco es suyo.
  if (hilo.querySelector('.ia-globo')) campo.focus({ preventScroll: true });

  function teclear(evento) {
    if (evento.key !== 'Enter' || evento.shiftKey || evento.isComposing) return;
    evento.preventDefault();
    if (campo.value.trim() && !enviando) forma.requestSubmit();
  }

  function enviar(evento) {
    if (enviando || !campo.value.trim()) return evento.preventDefault();
    enviando = true;
    uno('button[type="submit"]', forma).setAttribute('aria-busy', 'true');
    uno('.vacio', hilo)?.remove();
    hilo.append(
      globo('ia-globo ia-globo--dicho', campo.value.trim()),
      globo('ia-globo ia-globo--nora ia-globo--piensa', 'Nora está pensando…'),
    );
    hilo.scrollTop = hilo.scrollHeight;
  }

  function fallar() {
    enviando = false;
    uno('button[type="submit"]', forma).removeAttribute('aria-busy');
    uno('.ia-globo--piensa', hilo)?.remove();
    // Lo que se adelantó a mostrar: el texto sigue en la caja.
    hilo.querySelector('.ia-globo--dicho')?.remove();
  }

  return escuchar(
    [campo, 'keydown', teclear],
    [forma, 'submit', enviar, { capture: true }],
    [elemento, 'htmx:response:error', fallar],
    [elemento, 'htmx:error', fallar],
  );
}

function globo(clase, texto) {
  const p = document.createElement('p');
  p.className = clase;
  p.textContent = texto;
  return p;
}
