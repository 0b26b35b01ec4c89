import { api, ErrorApi } from '../shared/api.js';
import { avisar } from '../shared/notificaciones.js';
import { escuchar, espaciar, rebotar, todos, uno } from '../shared/utils.js';
import { escucharVivo } from '../shared/vivo.js';

/*
 * Lista de contactos: busca mientras se escribe, baja página por página y lleva la cuenta de los elegidos.
 * Sin JavaScript todo esto funciona con enlaces y formularios.
 */
const numero = new Intl.NumberFormat('es-MX');

export default function (raiz) {
  const { base } = raiz.dataset;
  const buscador = uno('[data-buscar]', raiz);
  const campo = uno('input[type="search"]', buscador);
  const seleccion = uno('[data-seleccion]', raiz);
  const filas = uno('[data-filas]', raiz);
  let enCurso = null;
  let tocada = 0;

  const consulta = () => {
    const q = new URLSearchParams(new URL(location.href).search);
    for (const sobra of ['antes', 'lote']) q.delete(sobra);
    return q;
  };

  // ── Buscar y ordenar ───────────────────────────────────────
  async function recargar() {
    enCurso?.abort();
    enCurso = new AbortController();
    const { signal } = enCurso;
    const q = consulta();
    try {
      const respuesta = await fetch(`${base}/lista?${q}`, {
        headers: { accept: 'text/html', 'hx-request': 'true' },
        credentials: 'same-origin',
        signal,
      });
      if (!respuesta.ok)
        throw new ErrorApi(respuesta.status, 'error', 'No se pudo actualizar la lista. Recarga la página.');
      const html = await respuesta.text();
      if (signal.aborted) return;
      filas.innerHTML = html;
      ponerTotal(decodeURIComponent(respuesta.headers.get('x-total') ?? ''), filtra(q));
      for (const donde of [seleccion, uno('[data-exportar]', raiz)]) conservarFiltro(donde, q);
      contar();
      observar();
    } catch (error) {
      if (!signal.aborted)
        avisar(error instanceof ErrorApi ? error.message : 'No hay conexión con Nora. Revisa tu internet.', {
          tono: 'mal',
        });
    }
  }

  // Acciones y exportación van siempre con el filtro que se ve.
  function conservarFiltro(elemento, q) {
    const atributo = elemento?.localName === 'a' ? 'href' : 'action';
    if (elemento) elemento.setAttribute(atributo, `${elemento.getAttribute(atributo).split('?')[0]}?${q}`);
    for (const boton of elemento?.localName === 'form' ? todos('[formaction]', elemento) : [])
      boton.setAttribute('formaction', `${boton.getAttribute('formaction').split('?')[0]}?${q}`);
  }

  function filtra(q) {
    return [...q].some(([clave, valor]) => clave !== 'orden' && valor.trim() !== '');
  }

  function ponerTotal(total, filtrada) {
    for (const lugar of todos('[data-total]', raiz)) lugar.textContent = total;
    uno('[data-que]', raiz).textContent = filtrada
      ? 'con estos filtros'
      : total === '1'
        ? 'persona en tu lista'
        : 'personas en tu lista';
    const nadie = !uno('tr', filas);
    uno('[data-tabla]', raiz).hidden = nadie;
    uno('[data-vacio]', raiz).hidden = !nadie;
    uno('[data-vacio-filtrado]', raiz).hidden = !filtrada;
    uno('[data-vacio-entero]', raiz).hidden = filtrada;
  }

  function cambiar(clave, valor) {
    const url = new URL(location.href);
    if (valor) url.searchParams.set(clave, valor);
    else url.searchParams.delete(clave);
    url.searchParams.delete('antes');
    history.replaceState(null, '', url);
    void recargar();
  }

  const buscar = rebotar(() => {
    const q = campo.value.trim();
    if (q !== (consulta().get('q') ?? '')) cambiar('q', q);
  }, 180);

  // ── Más páginas ────────────────────────────────────────────
  const vigia = new IntersectionObserver(
    (vistos) => vistos.some((v) => v.isIntersecting) && void masAbajo(),
    { rootMargin: '500px 0px' },
  );
  function observar() {
    vigia.disconnect();
    const mas = uno('[data-mas]', filas);
    if (mas) vigia.observe(mas);
  }
  async function masAbajo() {
    const mas = uno('[data-mas]', filas);
    if (!mas || mas.dataset.pidiendo) return;
    mas.dataset.pidiendo = '1';
    try {
      const plantilla = document.createElement('template');
      plantilla.innerHTML = await api.html(uno('[data-siguiente]', mas).dataset.siguiente);
      // Quien subió mientras se bajaba ya está arriba: no se repite.
      for (const fila of todos('tr[id]', plantilla.content))
        if (document.getElementById(fila.id)) fila.remove();
      mas.replaceWith(plantilla.content);
      contar();
      observar();
    } catch (error) {
      delete mas.dataset.pidiendo;
      avisar(error.message, { tono: 'mal' });
    }
  }
  function alPedirMas(evento) {
    if (!evento.target.closest('[data-siguiente]')) return;
    evento.preventDefault();
    void masAbajo();
  }

  // ── Elegir ─────────────────────────────────────────────────
  const casillas = () => todos('[name="ids"]', filas);
  let ultima = null;
  function alElegir(evento) {
    const { target } = evento;
    if (target.matches('[data-pagina]')) for (const c of casillas()) c.checked = target.checked;
    if (target.name === 'ids') {
      tocada = Date.now();
      ultima = target;
    }
    contar();
  }
  // Con mayúsculas se elige todo lo que queda en medio, como en un correo.
  function enTramo(evento) {
    if (!evento.shiftKey || evento.target.name !== 'ids' || !ultima?.isConnected) return;
    const lista = casillas();
    const [a, b] = [lista.indexOf(ultima), lista.indexOf(evento.target)].toSorted((x, y) => x - y);
    for (const c of lista.slice(a, b + 1)) c.checked = evento.target.checked;
  }
  function contar() {
    const n = casillas().filter((c) => c.checked).length;
    const todosMarcado = uno('[data-todos]', raiz)?.checked;
    uno('[data-elegidos]', raiz).textContent = todosMarcado
      ? 'Todos los que coinciden'
      : n === 1
        ? '1 elegido'
        : `${numero.format(n)} elegidos`;
    const cabeza = uno('[data-pagina]', raiz);
    cabeza.checked = n > 0 && n === casillas().length;
    cabeza.indeterminate = n > 0 && !cabeza.checked;
  }

  // ── En vivo ────────────────────────────────────────────────
  // No se mueve la lista bajo los dedos: ni con algo elegido, ni más abajo de la primera página.
  const alDia = espaciar(() => {
    if (document.hidden || Date.now() - tocada < 2000) return;
    if (casillas().some((c) => c.checked) || scrollY > 400 || filas.contains(document.activeElement)) return;
    void recargar();
  }, 3000);

  observar();
  contar();
  // Con la página a medio cargar se pudo escribir antes de que hubiera quien oyera.
  buscar();
  const vivos = ['contacto:actualizado', 'mensaje:nuevo', 'nora:actualizada', 'reconectado'].map((e) =>
    escucharVivo(e, alDia),
  );
  const quitar = escuchar(
    [campo, 'input', buscar],
    [
      uno('[data-orden]', buscador),
      'change',
      (e) => cambiar('orden', e.target.value === 'alta' ? 'alta' : ''),
    ],
    [filas, 'click', alPedirMas],
    [filas, 'click', enTramo],
    [seleccion, 'change', alElegir],
    [seleccion, 'reset', () => setTimeout(contar)],
    // Al terminar una acción larga, lo que se ve ya cambió.
    [raiz, 'htmx:after:swap', () => uno('[data-lote-listo]', raiz) && void recargar()],
  );
  return () => {
    quitar();
    vigia.disconnect();
    for (const dejar of vivos) dejar();
  };
}
