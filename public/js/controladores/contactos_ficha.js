import { api } from '../shared/api.js';
import { avisar } from '../shared/notificaciones.js';
import { escuchar, espaciar, todos, uno } from '../shared/utils.js';
import { escucharVivo } from '../shared/vivo.js';

/*
 * Ficha: al día con lo que otra persona cambia, línea de tiempo por clases y páginas, y aviso si se va a perder lo escrito.
 * Lo que quien mira tiene en las manos (el cursor, algo escrito, un diálogo) se queda como está.
 */
const ZONAS = ['ficha_cabeza', 'ficha_datos', 'resumen', 'etiquetas', 'notas_equipo'];
const EN_MANOS = ':focus, dialog[open], [aria-invalid="true"]';

export default function (raiz) {
  const { contacto } = raiz.dataset;
  const linea = uno('[data-linea]', raiz);
  let clase = 'todo';
  let guardando = false;
  /** Ya pidió páginas más viejas: al ponerse al día no se le quitan de los ojos. */
  let bajoMas = false;

  const nodos = (html) => {
    const plantilla = document.createElement('template');
    plantilla.innerHTML = html;
    return plantilla.content;
  };

  async function recargar() {
    try {
      ponerPagina(nodos(await api.html(`${linea.dataset.url}?clase=${clase}`)));
    } catch (error) {
      avisar(error.message, { tono: 'mal' });
    }
  }

  /** La primera página: sola, o su parte nueva encima de lo que ya bajó. */
  function ponerPagina(pagina) {
    const puestos = new Set(todos('.linea__renglon', linea).map((r) => r.outerHTML));
    const renglones = Array.from(pagina.children);
    const empalme = renglones.findIndex((r) => r.matches('.linea__renglon') && puestos.has(r.outerHTML));
    if (!bajoMas || empalme < 0) {
      bajoMas = false;
      linea.replaceChildren(...renglones);
      return;
    }
    const nuevos = renglones.slice(0, empalme);
    const dias = new Set(nuevos.filter((r) => r.matches('.linea__dia')).map((r) => r.textContent));
    const primero = uno('.linea__dia', linea);
    if (primero && dias.has(primero.textContent)) primero.remove();
    linea.prepend(...nuevos);
  }

  async function alTocar(evento) {
    const boton = evento.target.closest('[data-clase], [data-anteriores]');
    if (!boton) return;
    if (boton.dataset.clase) {
      clase = boton.dataset.clase;
      for (const b of todos('[data-clase]', raiz)) b.setAttribute('aria-pressed', String(b === boton));
      bajoMas = false;
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
      bajoMas = true;
    } catch (error) {
      boton.disabled = false;
      avisar(error.message, { tono: 'mal' });
    }
  }

  async function refrescar() {
    if (document.hidden) return;
    let ficha;
    try {
      ficha = nodos(await api.html(location.pathname));
    } catch (error) {
      avisar(error.message, { tono: 'mal' });
      return;
    }
    for (const id of ZONAS) {
      const [vieja, nueva] = [document.getElementById(id), ficha.querySelector(`#${id}`)];
      if (vieja && nueva && !ocupada(vieja)) vieja.replaceWith(nueva);
    }
    const renglones = ficha.querySelector('[data-linea]');
    if (clase === 'todo' && renglones) ponerPagina(renglones);
    else await recargar();
  }

  const ocupada = (zona) =>
    (uno('[data-ficha]', zona) && sucio()) ||
    uno(EN_MANOS, zona) ||
    todos('textarea:not([data-ficha] *), [name="nombre"]:not([data-ficha] *)', zona).some(
      (c) => !c.closest('dialog') && c.value,
    );

  const alDia = espaciar(() => void refrescar(), 1500);

  // Se compara con lo que llegó del servidor: también cuenta lo escrito antes de que este archivo cargara.
  const sucio = () => todos('[data-ficha] :is(input, select, textarea)', raiz).some(cambiado);
  const mio = ({ contacto_id }) => contacto_id === contacto && alDia();
  const vivos = [
    escucharVivo('contacto:actualizado', mio),
    escucharVivo('mensaje:nuevo', mio),
    escucharVivo('reconectado', alDia),
  ];
  const quitar = escuchar(
    [raiz, 'click', alTocar],
    [raiz, 'submit', (e) => e.target.matches('[data-ficha]') && (guardando = true)],
    [document, 'visibilitychange', () => !document.hidden && alDia()],
    [window, 'beforeunload', (e) => !guardando && sucio() && e.preventDefault()],
  );
  return () => {
    quitar();
    for (const dejar of vivos) dejar();
  };
}

function cambiado(campo) {
  if (campo.getAttribute('aria-invalid') === 'true') return true;
  if (campo.localName !== 'select') return campo.value !== campo.defaultValue;
  const opciones = Array.from(campo.options);
  const suya = opciones.find((o) => o.defaultSelected) ?? opciones[0];
  return campo.value !== (suya?.value ?? '');
}
