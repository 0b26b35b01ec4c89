import { notificarMensaje, ponerContador } from '../shared/notificaciones.js';
import { escuchar, espaciar, rebotar, todos, uno } from '../shared/utils.js';
import { escucharVivo } from '../shared/vivo.js';
import { avisarError, nodosDe, pedirFragmento } from './chat_comun.js';

/*
 * La lista de conversaciones: filtros, búsqueda, paginado al bajar y filas al día. Las señales se juntan:
 * pocas → se pide cada fila; muchas → una sola vez la primera página. Ninguna fila tiene oyentes propios.
 */
const FILAS_A_LA_VEZ = 6;
const ESPERA_MS = 250;
const ESPERA_OCULTA_MS = 2000;
// Después que cualquier otro: con él, «antes de» incluye a la fila de ese instante.
const ID_ULTIMO = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const CLAVES = ['filtro', 'etiqueta', 'segmento', 'q'];

export default function (raiz) {
  const { base } = raiz.dataset;
  const caja = uno('[data-hilos]', raiz);
  const lista = uno('[data-hilos-lista]', raiz);
  const campo = uno('[data-buscar] input[type="search"]', raiz);
  const sucios = new Map();
  let consulta = new URLSearchParams(location.search);
  let enCurso = null;
  let salto = null;

  for (const clave of Array.from(consulta.keys())) if (!CLAVES.includes(clave)) consulta.delete(clave);

  // ── Filtros y búsqueda ─────────────────────────────────────
  async function recargar({ arriba = true } = {}) {
    enCurso?.abort();
    enCurso = new AbortController();
    const { signal } = enCurso;
    caja.setAttribute('aria-busy', 'true');
    try {
      const html = await pedirFragmento(`${base}/lista?${consulta}`, { signal });
      if (signal.aborted) return;
      lista.replaceChildren(nodosDe(html));
      leerCuentas();
      marcarActual();
      observar();
      if (arriba) caja.scrollTop = 0;
    } catch (error) {
      if (!signal.aborted) avisarError(error);
    } finally {
      if (!signal.aborted) caja.removeAttribute('aria-busy');
    }
  }

  function filtrar(evento) {
    const enlace = evento.target.closest('a[data-filtro]');
    if (!enlace || !raiz.contains(enlace) || conTecla(evento)) return;
    evento.preventDefault();
    // Lo buscado es lo de ahora; el enlace trae lo que se buscaba cuando se dibujó la página.
    const q = consulta.get('q');
    consulta = new URLSearchParams(new URL(enlace.href).search);
    // Volver a tocar la etiqueta elegida la quita.
    if (enlace.hasAttribute('aria-current') && enlace.closest('#chat-etiquetas'))
      consulta = new URLSearchParams();
    consulta.delete('q');
    if (q) consulta.set('q', q);
    enlace.closest('[popover]')?.hidePopover?.();
    pintarFiltros();
    escribirUrl();
    void recargar();
  }

  function pintarFiltros() {
    const actual = consulta.get('filtro') ?? 'todos';
    const etiqueta = consulta.get('etiqueta');
    for (const f of todos('a[data-filtro]', raiz)) {
      const suyo = new URL(f.href).searchParams;
      const es =
        f.dataset.filtro === actual &&
        ['etiqueta', 'segmento'].every((c) => actual !== c || suyo.get(c) === consulta.get(c));
      if (es) f.setAttribute('aria-current', 'true');
      else f.removeAttribute('aria-current');
    }
    const boton = uno('[popovertarget="chat-etiquetas"]', raiz);
    const oculto = uno('#chat-etiquetas a[aria-current][data-nombre]', raiz);
    const nombre = actual === 'etiqueta' && etiqueta ? etiqueta : (oculto?.dataset.nombre ?? 'Más');
    if (boton) uno('[data-filtro-mas]', boton).textContent = nombre;
    boton?.toggleAttribute('data-actual', nombre !== 'Más');
  }

  const buscar = rebotar(() => {
    const q = campo.value.trim();
    if (q === (consulta.get('q') ?? '')) return;
    if (q) consulta.set('q', q);
    else consulta.delete('q');
    escribirUrl();
    void recargar();
  }, 170);

  function enviarBusqueda(evento) {
    evento.preventDefault();
    buscar();
  }

  // La dirección dice siempre lo que se ve, para recargar o compartir, sin llenar el historial.
  function escribirUrl() {
    const url = new URL(location.href);
    for (const clave of CLAVES) {
      if (consulta.get(clave)) url.searchParams.set(clave, consulta.get(clave));
      else url.searchParams.delete(clave);
    }
    history.replaceState(history.state, '', url);
  }

  // ── Paginado ───────────────────────────────────────────────
  const vigia = new IntersectionObserver(
    (vistos) => vistos.some((v) => v.isIntersecting) && void masAbajo(),
    { root: caja, rootMargin: '600px 0px' },
  );

  function observar() {
    vigia.disconnect();
    const mas = uno('[data-mas]', lista);
    if (mas) vigia.observe(mas);
  }

  async function masAbajo() {
    const mas = uno('[data-mas]', lista);
    if (!mas || mas.dataset.pidiendo) return;
    mas.dataset.pidiendo = '1';
    try {
      const nodos = nodosDe(await pedirFragmento(uno('[data-siguiente]', mas).dataset.siguiente));
      if (!mas.isConnected) return;
      nodos.querySelector('[data-cuentas]')?.remove();
      // Una fila que subió mientras se bajaba ya está arriba: no se repite.
      for (const fila of todos('.hilos__fila[id]', nodos))
        if (document.getElementById(fila.id)) fila.remove();
      mas.replaceWith(nodos);
      marcarActual();
      observar();
    } catch (error) {
      delete mas.dataset.pidiendo;
      avisarError(error);
    }
  }

  // ── En vivo ────────────────────────────────────────────────
  const vaciar = espaciar(() => void ponerAlDia(), ESPERA_MS);

  function ensuciar(contacto, motivo) {
    if (!contacto) return;
    sucios.set(contacto, sucios.get(contacto) === 'nuevo' ? 'nuevo' : motivo);
    if (!document.hidden) vaciar();
    else salto ??= setTimeout(() => ((salto = null), vaciar()), ESPERA_OCULTA_MS);
  }

  async function ponerAlDia() {
    if (sucios.size === 0) return;
    const lote = new Map(sucios);
    sucios.clear();
    const ids = [...lote.keys()];
    try {
      if (simple() && ids.length <= FILAS_A_LA_VEZ) {
        await Promise.all(ids.map((id) => pedirFila(id, { esNuevo: lote.get(id) === 'nuevo' })));
      } else if (consulta.get('q')) {
        // Los resultados de una búsqueda no se mueven bajo los dedos: sólo se refresca lo que ya está.
        const visibles = ids.filter((id) => lote.get(id) !== 'nuevo' && filaDe(id)).slice(0, FILAS_A_LA_VEZ);
        await Promise.all(visibles.map((id) => pedirFila(id, { enSuLugar: true })));
        await avisarNuevos(lote);
      } else {
        await primeraPagina(lote);
      }
    } catch (error) {
      avisarError(error);
    }
  }

  const simple = () => !consulta.get('q') && (consulta.get('filtro') ?? 'todos') === 'todos';
  const filaDe = (id) => document.getElementById(`fila-${id}`);

  async function pedirFila(id, { esNuevo = false, enSuLugar = false }) {
    const vista = String(consulta);
    let html;
    try {
      html = await pedirFragmento(`${base}/${id}/fila?${vista}`);
    } catch (error) {
      if (error.estado !== 404) throw error;
      // Se borró a esa persona: su fila también.
      filaDe(id)?.remove();
      return;
    }
    const fila = nodosDe(html).querySelector('.hilos__fila');
    if (!fila) return;
    tomarCuentas(fila);
    // Si se cambió de filtro mientras llegaba, ya no se sabe si le toca estar.
    poner(fila, enSuLugar || vista !== String(consulta));
    if (esNuevo) anunciar(fila);
  }

  /** `enSuLugar`: sólo si ya está en la lista, y sin moverla. */
  function poner(fila, enSuLugar) {
    const vieja = document.getElementById(fila.id);
    if (enSuLugar && !vieja) return;
    const conFoco = vieja?.contains(document.activeElement);
    if (vieja && (enSuLugar || vieja.dataset.instante === fila.dataset.instante)) vieja.replaceWith(fila);
    else {
      const ultima = uno('.hilos__fila[id]:last-of-type', lista) ?? todos('.hilos__fila[id]', lista).at(-1);
      const mas = uno('[data-mas]', lista);
      // Más vieja que todo lo cargado y hay más abajo: aparecerá al llegar allí.
      if (!vieja && mas && ultima && fila.dataset.instante < ultima.dataset.instante) return;
      vieja?.remove();
      uno('.hilos__vacio', lista)?.remove();
      const despues = todos('.hilos__fila[id]', lista).find(
        (f) => f.dataset.instante < fila.dataset.instante,
      );
      if (despues) despues.before(fila);
      else if (mas) mas.before(fila);
      else lista.append(fila);
    }
    if (conFoco) uno('a', fila).focus({ preventScroll: true });
    marcarActual();
  }

  async function primeraPagina(lote = new Map()) {
    const vista = String(consulta);
    const nodos = nodosDe(await pedirFragmento(`${base}/lista?${vista}`));
    const filas = todos('.hilos__fila[id]', nodos);
    // Si se cambió de filtro mientras llegaba, esto ya no es lo que se ve.
    if (vista === String(consulta)) {
      const hayMas = nodos.querySelector('[data-mas]') !== null;
      const puestas = todos('.hilos__fila[id]', lista);
      // Lo más común al entrar: nada cambió. Mover filas iguales le quitaría el clic a quien está por darlo.
      const iguales = filas.length > 0 && filas.every((f, i) => mismaFila(f, puestas[i]));
      const sobran = !hayMas && puestas.length > filas.length;
      const otroFinal = puestas.length === filas.length && hayMas !== (uno('[data-mas]', lista) !== null);
      if (!iguales || sobran || otroFinal) acomodar(nodos, filas, hayMas);
      const cuentas = nodos.querySelector('[data-cuentas]');
      if (cuentas) uno('[data-cuentas]', lista)?.replaceWith(cuentas);
      leerCuentas();
      if (hayMas) await revisarLejanas(lote, filas);
    }
    await avisarNuevos(lote, filas);
  }

  function acomodar(nodos, filas, hayMas) {
    const conFoco = document.activeElement?.closest?.('.hilos__fila')?.id;
    const seTocan = filas.some((f) => document.getElementById(f.id));
    if (!hayMas || !seTocan || consulta.get('q')) {
      // Aquí está todo lo que hay: lo que no venga ya no es de este filtro.
      lista.replaceChildren(nodos);
    } else {
      const ultima = filas.at(-1).dataset.instante;
      const nuevas = new Set(filas.map((f) => f.id));
      for (const f of todos('.hilos__fila[id]', lista)) {
        if (nuevas.has(f.id) || f.dataset.instante >= ultima || f.dataset.instante === '') f.remove();
      }
      // Si no queda nada por debajo, manda el final de página que trae la respuesta.
      if (todos('.hilos__fila[id]', lista).length === 0) {
        uno('[data-mas]', lista)?.remove();
        lista.append(nodos.querySelector('[data-mas]'));
      }
      lista.prepend(...filas);
    }
    if (conFoco) uno(`#${conFoco} > a`, lista)?.focus({ preventScroll: true });
    marcarActual();
    observar();
  }

  // Lo que cambió más abajo de la primera página también pudo salir del filtro: se pregunta qué hay en su lugar.
  async function revisarLejanas(lote, filas) {
    const primeras = new Set(filas.map((f) => f.id));
    const lejanas = [...lote.keys()].map(filaDe).filter((f) => f?.dataset.instante && !primeras.has(f.id));
    await Promise.all(
      lejanas.slice(0, FILAS_A_LA_VEZ).map(async (vieja) => {
        const desde = new URLSearchParams(consulta);
        desde.set('antes', `${vieja.dataset.instante}_${ID_ULTIMO}`);
        const fila = nodosDe(await pedirFragmento(`${base}/lista?${desde}`)).querySelector(`#${vieja.id}`);
        if (!vieja.isConnected) return;
        if (fila) poner(fila, true);
        else vieja.remove();
      }),
    );
  }

  // A quien filtra o busca también se le avisa de lo que no se ve en su lista: la fila trae quién, qué y las cuentas.
  async function avisarNuevos(lote, filas = []) {
    const nuevos = [...lote.keys()].filter((id) => lote.get(id) === 'nuevo');
    const traida = (id) => filas.find((f) => f.id === `fila-${id}`);
    // De una ráfaga basta un aviso.
    const cuales = nuevos.length > FILAS_A_LA_VEZ ? [nuevos.find((id) => traida(id)) ?? nuevos[0]] : nuevos;
    await Promise.all(
      cuales.map(async (id) => {
        if (traida(id)) anunciar(traida(id));
        else await pedirFila(id, { esNuevo: true, enSuLugar: true });
      }),
    );
  }

  // ── Cuentas, título y avisos ───────────────────────────────
  function leerCuentas() {
    const cuentas = uno('[data-cuentas]', lista);
    if (!cuentas) return;
    const sinLeer = Number(cuentas.dataset.sinLeer) || 0;
    pintarCuenta('sin_leer', sinLeer);
    pintarCuenta('esperando', Number(cuentas.dataset.esperando) || 0);
    pintarCuenta('mios', Number(cuentas.dataset.mios) || 0);
    ponerContador(sinLeer);
  }

  // Cada fila suelta trae los conteos del momento: no hay que llevarlos a mano ni pueden desviarse.
  function tomarCuentas(fila) {
    const cuentas = uno('[data-cuentas]', lista);
    if (!cuentas || fila.dataset.sinLeer === undefined) return;
    cuentas.dataset.sinLeer = fila.dataset.sinLeer;
    cuentas.dataset.esperando = fila.dataset.esperando;
    cuentas.dataset.mios = fila.dataset.mios;
    leerCuentas();
  }

  function pintarCuenta(filtro, n) {
    const chip = uno(`a[data-filtro="${filtro}"]`, raiz);
    if (!chip) return;
    let marca = uno('.filtro__cuenta', chip);
    if (!marca) {
      marca = Object.assign(document.createElement('span'), { className: 'filtro__cuenta' });
      chip.append(' ', marca);
    }
    marca.textContent = n > 0 ? (n > 99 ? '99+' : n) : '';
  }

  function anunciar(fila) {
    const enlace = uno('a', fila);
    const titulo = uno('.hilo__nombre', fila).textContent;
    const texto = uno('.hilo__texto', fila).textContent;
    notificarMensaje({ titulo, texto, ruta: enlace.href, etiqueta: `contacto-${enlace.dataset.contacto}` });
    if (enlace.dataset.contacto !== raiz.dataset.contacto) {
      const anuncio = uno('[data-chat-anuncio]', raiz);
      anuncio.textContent = `Mensaje de ${titulo}`;
    }
  }

  function marcarActual() {
    const id =
      raiz.dataset.vista === 'lista' && matchMedia('(max-width: 860px)').matches ? '' : raiz.dataset.contacto;
    for (const e of todos('a.hilo[aria-current]', lista))
      if (e.dataset.contacto !== id) e.removeAttribute('aria-current');
    if (id) uno(`#fila-${id} > a`, lista)?.setAttribute('aria-current', 'true');
  }

  leerCuentas();
  observar();
  // Con la página a medio cargar se pudo escribir antes de que hubiera quien oyera.
  buscar();
  const vivos = [
    escucharVivo('mensaje:nuevo', ({ contacto_id: id, autor }) =>
      ensuciar(id, autor === 'contacto' ? 'nuevo' : 'cambio'),
    ),
    escucharVivo('contacto:actualizado', ({ contacto_id: id }) => ensuciar(id, 'cambio')),
    // También la primera vez: lo que llegó mientras cargaba la página no se volvería a avisar.
    ...['conectado', 'reconectado'].map((evento) =>
      escucharVivo(evento, () => void primeraPagina().catch(avisarError)),
    ),
  ];
  const quitar = escuchar(
    [raiz, 'click', filtrar],
    [campo, 'input', buscar],
    [campo.form, 'submit', enviarBusqueda],
    [raiz, 'chat:actual', marcarActual],
    [raiz, 'chat:contacto', (e) => ensuciar(e.detail.id, 'cambio')],
    [document, 'visibilitychange', () => !document.hidden && vaciar()],
  );
  return () => {
    quitar();
    vigia.disconnect();
    for (const dejar of vivos) dejar();
  };
}

const conTecla = (e) => e.ctrlKey || e.metaKey || e.shiftKey || e.button > 0;

function mismaFila(nueva, puesta) {
  return (
    nueva.id === puesta?.id &&
    nueva.dataset.instante === puesta.dataset.instante &&
    nueva.textContent === puesta.textContent
  );
}
