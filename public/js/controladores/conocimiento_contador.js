import { api } from '../shared/api.js';
import { escuchar, rebotar, uno } from '../shared/utils.js';

const MAXIMO = 1000;

/*
 * En el formulario de un bloque: cuenta los caracteres como los cuenta la base (cada emoji es uno) y, con data-gemelo,
 * avisa mientras se escribe si ya hay un bloque que dice lo mismo o casi.
 */
export default function (formulario) {
  const texto = uno('textarea[name="contenido"]', formulario);
  const salida = uno('[data-contador]', formulario);
  const zona = uno('[data-zona-gemelo]', formulario);
  let visto = texto.value;
  let control;

  function contar() {
    if (!salida) return;
    const n = [...texto.value.trim()].length;
    salida.textContent = `${n.toLocaleString('es-MX')} / ${MAXIMO.toLocaleString('es-MX')}`;
    salida.classList.toggle('contador--pasado', n > MAXIMO);
  }

  const comparar = rebotar(async () => {
    const contenido = texto.value.trim();
    if (!formulario.dataset.gemelo || contenido === visto.trim() || contenido.length < 12) return;
    visto = contenido;
    control?.abort();
    control = new AbortController();
    try {
      const datos = new URLSearchParams({ contenido, id: formulario.dataset.id });
      const html = await api.enviar(formulario.dataset.gemelo, datos, {
        acepta: 'text/html',
        signal: control.signal,
      });
      zona.innerHTML = html;
    } catch {
      // Es sólo un aviso: al guardar se compara de nuevo.
    }
  }, 700);

  contar();
  const quitar = escuchar([texto, 'input', contar], [texto, 'input', comparar]);
  return () => {
    comparar.cancelar();
    control?.abort();
    quitar();
  };
}
