import { todos } from '../shared/utils.js';

/*
 * Grupo de botones con data-tema-valor="sistema|claro|oscuro". La elección va en una cookie para que el servidor
 * ya pinte la siguiente página con su tema, sin parpadeo.
 */
export default function (elemento) {
  const raiz = document.documentElement;

  function pintar() {
    const actual = raiz.dataset.tema || 'sistema';
    for (const boton of todos('[data-tema-valor]'))
      boton.setAttribute('aria-pressed', String(boton.dataset.temaValor === actual));
  }

  function elegir(evento) {
    const valor = evento.target.closest('[data-tema-valor]')?.dataset.temaValor;
    if (!valor) return;
    const guardado = valor === 'sistema' ? '' : valor;
    if (guardado) raiz.dataset.tema = guardado;
    else delete raiz.dataset.tema;
    const dura = guardado ? 31_536_000 : 0;
    const segura = location.protocol === 'https:' ? '; secure' : '';
    document.cookie = `tema=${guardado}; path=/; max-age=${dura}; samesite=lax${segura}`;
    pintar();
  }

  elemento.addEventListener('click', elegir);
  pintar();
  return () => elemento.removeEventListener('click', elegir);
}
