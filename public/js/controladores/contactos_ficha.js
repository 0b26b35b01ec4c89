import { api } from '../shared/api.js';
import { avisar } from '../shared/notificaciones.js';
import { escuchar, espaciar, todos, uno } from '../shared/utils.js';
import { escucharVivo } from '../shared/vivo.js';

/* Ficha: línea de tiempo por clases y páginas, al día con lo que pasa, y aviso si se va a perder lo escrito. */
export default function (raiz) {
  const { contacto } = raiz.dataset;
  const linea = uno('[data-linea]', raiz);
  const formulario = uno('[data-ficha]', raiz);
  let clase = 'todo';
  let sucio = Boolean(uno('[aria-invalid="true"]', formulario));

  const nodos = (html) => {
    const plantilla = document.createElement('template');
    plantilla.innerHTML = html;
    return plantilla.content;
  };

  async function recargar() {
    try {
      linea.replaceChildren(nodos(await api.html(`${linea.dataset.url}?clase=${clase}`)));
    } catch (error) {
      avisar(error.message, { tono: 'mal' });
    }
  }

  async function alTocar(evento) {
    const boton = evento.target.closest('[data-clase], [data-anteriores]');
    if (!boton) return;
    if (boton.dataset.clase) {
      clase = boton.dataset.clase;
      for (const b of todos('[data-clase]', raiz)) b.setAttribute('aria-pressed', String(b === boton));
      return recargar();
    }
    boton.disabled = true;
    try {
      const nuevos = nodos(await api.html(boton.dataset.anteriores));
      // El día ya tiene su título arriba: no se repite al empalmar.
      const dias = new Set(todos('.linea__dia', linea).map((d) => d.textContent));
      const primero = nuevos.querySelector('.linea__dia');
      if (primero && dias.has(primero.textContent)) primero.remove();
      boton.closest('li').replaceWith(nuevos);
    } catch (error) {
      boton.disabled = false;
      avisar(error.message, { tono: 'mal' });
    }
  }

  const alDia = espaciar(() => void recargar(), 1500);
  const mio = ({ contacto_id }) => contacto_id === contacto && alDia();
  const vivos = [
    escucharVivo('contacto:actualizado', mio),
    escucharVivo('mensaje:nuevo', mio),
    escucharVivo('reconectado', alDia),
  ];
  const quitar = escuchar(
    [raiz, 'click', alTocar],
    [formulario, 'input', () => (sucio = true)],
    [formulario, 'submit', () => (sucio = false)],
    [window, 'beforeunload', (e) => sucio && e.preventDefault()],
  );
  return () => {
    quitar();
    for (const dejar of vivos) dejar();
  };
}
