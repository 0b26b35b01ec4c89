import { escuchar, todos, uno } from '../shared/utils.js';
import { avisarError, decir, fundir, nodosDe, pedirFragmento } from './chat_comun.js';

/*
 * El diálogo del chat: cualquier enlace con data-abre-dialogo se abre aquí dentro (sin JavaScript es una página), y sus
 * formularios se mandan sin perder lo escrito: lo que falte se dice junto a su campo.
 */
export default function (dialogo) {
  const raiz = dialogo.closest('.chat');
  let pedido = 0;

  async function abrir(evento) {
    const enlace = evento.target.closest?.('a[data-abre-dialogo]');
    if (!enlace || evento.ctrlKey || evento.metaKey || evento.shiftKey || evento.button > 0) return;
    evento.preventDefault();
    enlace.closest('[popover]')?.hidePopover?.();
    const este = ++pedido;
    try {
      const nodos = nodosDe(await pedirFragmento(enlace.href));
      if (este === pedido) mostrar(nodos);
    } catch (error) {
      avisarError(error);
    }
  }

  function mostrar(nodos) {
    dialogo.replaceChildren(nodos);
    dialogo.setAttribute('aria-label', uno('h2', dialogo)?.textContent ?? 'Chat');
    if (!dialogo.open) dialogo.showModal();
    dialogo.scrollTop = 0;
    const campo = todos('input:not([type=hidden]), textarea, a.plantilla', dialogo).find(
      (c) => c.offsetParent,
    );
    campo?.focus({ preventScroll: true });
  }

  async function enviar(evento) {
    const forma = evento.target.closest('form[data-dialogo-forma]');
    if (!forma) return;
    evento.preventDefault();
    if (forma.dataset.ocupado) return;
    forma.dataset.ocupado = '1';
    forma.setAttribute('aria-busy', 'true');
    limpiar(forma);
    try {
      const html = await pedirFragmento(forma.getAttribute('action'), {
        metodo: 'POST',
        cuerpo: new URLSearchParams(new FormData(forma, evento.submitter)),
        tiempoMs: 60_000,
      });
      await recibir(html);
    } catch (error) {
      decirErrores(forma, error);
    } finally {
      delete forma.dataset.ocupado;
      forma.removeAttribute('aria-busy');
    }
  }

  /** Otro paso del diálogo, las partes de la conversación, o a dónde ir. */
  async function recibir(html) {
    const nodos = nodosDe(html);
    const destino = nodos.querySelector('[data-ir]')?.dataset.ir;
    if (destino) return location.assign(destino);
    if (!nodos.querySelector('hx-partial')) return mostrar(nodos);
    dialogo.close();
    if (!raiz) return location.reload();
    await fundir(raiz, html);
    decir(raiz, 'poner-al-dia');
  }

  function limpiar(forma) {
    for (const e of todos('[data-error-de]', forma)) {
      e.textContent = '';
      e.hidden = true;
    }
    for (const c of todos('[aria-invalid]', forma)) {
      c.removeAttribute('aria-invalid');
      c.removeAttribute('aria-describedby');
    }
  }

  function decirErrores(forma, error) {
    const campos = Object.entries(error.campos ?? {});
    let primero = null;
    for (const [nombre, texto] of campos) {
      const lugar = uno(`[data-error-de="${CSS.escape(nombre)}"]`, forma);
      const campo = forma.elements.namedItem(nombre);
      if (!lugar) continue;
      lugar.id ||= `error-${nombre}`;
      lugar.textContent = texto;
      lugar.hidden = false;
      campo?.setAttribute('aria-invalid', 'true');
      campo?.setAttribute('aria-describedby', lugar.id);
      primero ??= campo;
    }
    primero?.closest('details')?.setAttribute('open', '');
    primero?.focus();
    if (primero) return;
    const general = uno('[data-error-de="_"]', forma);
    if (!general) return avisarError(error);
    general.textContent = error.message;
    general.hidden = false;
  }

  return escuchar(
    [document, 'click', (e) => void abrir(e)],
    [dialogo, 'submit', (e) => void enviar(e)],
    [dialogo, 'click', (e) => e.target === dialogo && dialogo.close()],
  );
}
