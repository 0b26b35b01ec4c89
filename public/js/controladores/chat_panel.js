import { ErrorApi } from '../shared/api.js';
import { avisar, notificaciones } from '../shared/notificaciones.js';
import { escribiendo, escuchar, todos, uno } from '../shared/utils.js';
import { avisarError, decir, fundir, nodosDe, pedirFragmento } from './chat_comun.js';
import { avisarPendientes, olvidarTodo } from './chat_salida.js';

/*
 * La raíz del chat: qué conversación está abierta, el historial del navegador, los formularios de la cabeza y la
 * ficha, los diálogos y el teclado. Los clics se oyen aquí arriba: diez mil filas no cuestan diez mil oyentes.
 */
const AVISAR_LENTO_MS = 600;
/** Atajos que tocan la conversación abierta. */
const DE_LA_ABIERTA = new Set(['r', 't', 'e', 'n']);

export default function (raiz) {
  const { base } = raiz.dataset;
  const centro = uno('[data-chat-centro]', raiz);
  const lado = uno('[data-chat-lado]', raiz);
  const movil = matchMedia('(max-width: 860px)');
  const tactil = matchMedia('(pointer: coarse)');
  const inicio = location.pathname;
  let pasos = 0;
  let enCurso = null;
  let relojLento = null;
  /** Formularios con su envío en camino. Aparte del nodo: al fundir la ficha se perdería. */
  const enviando = new WeakMap();
  // `raiz.dataset.contacto` es a dónde se va; mientras llega, en pantalla sigue la anterior.
  const enPantalla = () => uno('#conversacion', centro)?.dataset.contacto ?? '';
  const abriendo = () => centro.getAttribute('aria-busy') === 'true';

  pintarAvisos();
  avisarPendientes(raiz, enPantalla());

  // ── Abrir, volver, ficha ───────────────────────────────────
  async function abrir(contacto, { mensaje = '', enfocar = true, vista = 'hilo' } = {}) {
    enCurso?.abort();
    enCurso = new AbortController();
    const { signal } = enCurso;
    marcar(contacto, 'hilo');
    ocupar(contacto);
    try {
      const consulta = new URLSearchParams(location.search);
      consulta.delete('ver');
      if (mensaje) consulta.set('mensaje', mensaje);
      else consulta.delete('mensaje');
      const nodos = nodosDe(await pedirFragmento(`${base}/${contacto}?${consulta}`, { signal }));
      if (signal.aborted) return;
      const [conversacion, ficha] = ['#conversacion', '#chat-ficha'].map((s) => nodos.querySelector(s));
      desocupar();
      if (!conversacion) throw new Error(`Sin conversación en la respuesta de ${contacto}`);
      poner(conversacion, ficha);
      if (vista !== 'hilo') marcar(contacto, vista);
      // En teléfono el teclado taparía lo que se vino a leer.
      if (enfocar && !tactil.matches) enfocarEn('#redactor-texto');
    } catch (error) {
      if (signal.aborted || error.estado === 401) return;
      desocupar();
      // Si lo que se pidió es otra parte de la misma conversación, la que se ve sigue siendo la suya.
      if (contacto === enPantalla()) return avisarError(error);
      if (error.estado === 404) olvidarTodo(raiz, contacto);
      poner(fallo(error));
      if (enfocar) enfocarEn('[data-reabrir]');
    }
  }

  function marcar(contacto, vista) {
    raiz.dataset.contacto = contacto;
    raiz.dataset.vista = vista;
    decir(raiz, 'actual');
  }

  /** Lo que va en el centro, con su ficha al lado si es una conversación. */
  function poner(que, ficha) {
    centro.replaceChildren(que);
    lado.replaceChildren(...(ficha ? [ficha] : []));
    const { nombre } = uno('#conversacion', centro)?.dataset ?? {};
    uno('h1', raiz).textContent = nombre ? `Chat con ${nombre}` : 'Chat';
  }

  // Lo que se escriba o se toque mientras llega la otra le caería a la que se deja.
  function ocupar(contacto) {
    centro.setAttribute('aria-busy', 'true');
    // En el teléfono no se viene de otra conversación sino de la lista: enseñar la de antes sería un destello.
    if (movil.matches && contacto !== enPantalla()) poner(espera(contacto));
    else centro.inert = true;
    lado.inert = true;
    clearTimeout(relojLento);
    relojLento = setTimeout(
      () => (uno('[data-chat-anuncio]', raiz).textContent = 'Abriendo la conversación…'),
      AVISAR_LENTO_MS,
    );
  }

  function desocupar() {
    clearTimeout(relojLento);
    centro.removeAttribute('aria-busy');
    centro.inert = false;
    lado.inert = false;
  }

  function dejarDeAbrir() {
    enCurso?.abort();
    desocupar();
  }

  const plantilla = (cual) => uno(`template[data-chat-${cual}]`, raiz).content.cloneNode(true);

  function espera(contacto) {
    const nodos = plantilla('espera');
    const fila = uno(`a.hilo[data-contacto="${contacto}"]`, raiz);
    const quien = nodos.querySelector('[data-quien]');
    if (fila) quien.prepend(uno('.avatar', fila).cloneNode(true));
    quien.querySelector('strong').textContent = fila ? uno('.hilo__nombre', fila).textContent : '';
    return nodos;
  }

  function fallo(error) {
    const nodos = plantilla('fallo');
    const yaNoEsta = error.estado === 404;
    const conocido = error instanceof ErrorApi;
    if (yaNoEsta) nodos.querySelector('[data-reabrir]').remove();
    nodos.querySelector('h2').textContent = yaNoEsta
      ? 'Esta conversación ya no está'
      : 'No se pudo abrir la conversación';
    nodos.querySelector('[data-fallo-razon]').textContent = yaNoEsta
      ? 'Quizá borraron a esa persona. Elige otra de la lista.'
      : conocido
        ? error.message
        : 'Algo falló en esta página. Recárgala si se repite.';
    if (!conocido) console.error(error);
    return nodos;
  }

  function reabrir() {
    const mensaje = new URLSearchParams(location.search).get('mensaje') ?? '';
    void abrir(raiz.dataset.contacto, { mensaje });
  }

  // Quien ya se puso a escribir en otro lado (buscar, por ejemplo) se queda ahí.
  function enfocarEn(selector) {
    if (!escribiendo()) uno(selector, centro)?.focus({ preventScroll: true });
  }

  function ir(contacto, opciones = {}) {
    const aqui = location.pathname === `${base}/${contacto}`;
    if (!opciones.mensaje && contacto === enPantalla()) {
      dejarDeAbrir();
      if (!aqui || raiz.dataset.vista !== 'hilo') empujar(contacto);
      marcar(contacto, 'hilo');
      if (!tactil.matches) uno('#redactor-texto', centro)?.focus({ preventScroll: true });
      return;
    }
    // Un segundo clic en la que ya viene no la pide otra vez.
    if (!opciones.mensaje && abriendo() && contacto === raiz.dataset.contacto) return;
    if (!aqui || opciones.mensaje) empujar(contacto, opciones.mensaje);
    void abrir(contacto, opciones);
  }

  function empujar(contacto, mensaje = '', ver = '') {
    const url = new URL(location.href);
    url.pathname = contacto ? `${base}/${contacto}` : base;
    for (const [clave, valor] of [
      ['mensaje', mensaje],
      ['ver', ver],
      ['antes', ''],
    ]) {
      if (valor) url.searchParams.set(clave, valor);
      else url.searchParams.delete(clave);
    }
    history.pushState({ chat: true }, '', url);
    pasos++;
  }

  // «Atrás» de la página y del navegador son el mismo paso mientras haya a dónde volver.
  function atras(destino) {
    if (pasos > 0) return history.back();
    const url = new URL(location.href);
    url.searchParams.delete('ver');
    url.searchParams.delete('mensaje');
    if (destino === 'lista') url.pathname = base;
    history.replaceState({ chat: true }, '', url);
    situar();
  }

  function situar() {
    const contacto = location.pathname.startsWith(`${base}/`) ? location.pathname.slice(base.length + 1) : '';
    if (!contacto) return cerrar();
    const consulta = new URLSearchParams(location.search);
    const vista = consulta.get('ver') === 'ficha' ? 'ficha' : 'hilo';
    if (contacto === enPantalla()) {
      dejarDeAbrir();
      return marcar(contacto, vista);
    }
    void abrir(contacto, { mensaje: consulta.get('mensaje') ?? '', enfocar: false, vista });
  }

  function cerrar() {
    dejarDeAbrir();
    const previo = raiz.dataset.contacto;
    // En pantalla ancha la conversación se queda a la vista; en el teléfono se vuelve a la lista.
    if (!enPantalla()) poner(plantilla('vacio'));
    marcar(enPantalla(), 'lista');
    if (movil.matches) uno(`#fila-${previo} > a`, raiz)?.focus({ preventScroll: true });
  }

  function alVolver() {
    pasos = Math.max(0, pasos - 1);
    if (location.pathname === base || location.pathname.startsWith(`${base}/`)) situar();
    else if (inicio !== location.pathname) location.reload();
  }

  // ── Clics ──────────────────────────────────────────────────
  function clic(evento) {
    if (evento.defaultPrevented || evento.ctrlKey || evento.metaKey || evento.shiftKey || evento.button > 0)
      return;
    const en = (selector) => evento.target.closest(selector);
    const fila = en('a.hilo[data-contacto]');
    const hecho = () => (evento.preventDefault(), true);
    if (fila) return hecho() && ir(fila.dataset.contacto, { mensaje: fila.dataset.mensaje });
    if (en('[data-atras]')) return hecho() && atras('lista');
    if (en('[data-cerrar-ficha]')) return hecho() && atras('hilo');
    if (en('[data-ver-ficha]')) {
      // En pantalla ancha la ficha ya está a la vista.
      evento.preventDefault();
      if (getComputedStyle(lado).display !== 'none') return uno('#chat-ficha', lado)?.focus();
      empujar(raiz.dataset.contacto, '', 'ficha');
      marcar(raiz.dataset.contacto, 'ficha');
      uno('#chat-ficha', lado)?.focus({ preventScroll: true });
      return;
    }
    const cita = en('a[data-cita]');
    if (cita) return hecho() && irACita(cita);
    const fuentes = en('a[data-fuentes]');
    if (fuentes) return hecho() && verFuentes(fuentes);
    const imagen = en('a[data-imagen]');
    if (imagen) return hecho() && verImagen(imagen);
    if (en('[data-reabrir]')) reabrir();
    if (en('[data-abrir-ayuda]')) uno('[data-chat-ayuda]', raiz).showModal();
    if (en('[data-sonido]')) {
      notificaciones.ponerSonido(!notificaciones.sonido);
      pintarAvisos();
    }
    if (en('[data-avisos]')) void pedirAvisos();
  }

  // El mensaje citado: si está en pantalla se va a él; si no, se abre el hilo ahí.
  function irACita(enlace) {
    const blanco = document.getElementById(`m-${enlace.dataset.cita}`);
    if (!blanco) {
      const mensaje = new URL(enlace.href).searchParams.get('mensaje');
      return ir(raiz.dataset.contacto, { mensaje, enfocar: false });
    }
    blanco.scrollIntoView({ block: 'center' });
    blanco.classList.remove('burbuja--hallada');
    requestAnimationFrame(() => blanco.classList.add('burbuja--hallada'));
  }

  async function verFuentes(enlace) {
    const dialogo = uno('[data-chat-fuentes]', raiz);
    try {
      dialogo.replaceChildren(nodosDe(await pedirFragmento(enlace.href)));
      dialogo.showModal();
      dialogo.scrollTop = 0;
    } catch (error) {
      avisarError(error);
    }
  }

  function verImagen(enlace) {
    const visor = uno('[data-chat-visor]', raiz);
    const foto = uno('[data-visor-imagen]', visor);
    foto.src = enlace.href;
    foto.alt = uno('img', enlace)?.alt ?? '';
    visor.showModal();
  }

  function cerrarTocandoFuera(evento) {
    if (evento.target.localName === 'dialog') evento.target.close();
  }

  async function pedirAvisos() {
    const quedo = await notificaciones.ponerEscritorio(!notificaciones.escritorio);
    if (!quedo && 'Notification' in window && Notification.permission === 'denied') {
      avisar('Tu navegador bloquea los avisos de este sitio. Permítelos en el candado de la dirección.', {
        tono: 'cuidado',
      });
    }
    pintarAvisos();
  }

  function pintarAvisos() {
    pintarBoton('[data-sonido]', notificaciones.sonido, 'volume-2', 'volume-x', 'Sonido de mensajes nuevos');
    pintarBoton('[data-avisos]', notificaciones.escritorio, 'bell', 'bell-off', 'Avisos de escritorio');
  }

  function pintarBoton(selector, puesto, si, no, nombre) {
    const boton = uno(selector, raiz);
    if (!boton) return;
    boton.setAttribute('aria-pressed', String(puesto));
    boton.title = `${nombre}: ${puesto ? 'encendido' : 'apagado'}`;
    const uso = uno('use', boton);
    uso.setAttribute('href', uso.getAttribute('href').replace(/#.*$/, `#${puesto ? si : no}`));
  }

  // ── Formularios de la cabeza y la ficha ────────────────────
  async function enviar(evento) {
    const forma = evento.target.closest('form[data-accion]');
    if (!forma || evento.defaultPrevented) return;
    evento.preventDefault();
    // Otro dato cambió mientras se guardaba el primero: se guarda de nuevo, con los dos, al terminar.
    if (enviando.has(forma)) {
      enviando.get(forma).otraVez = forma.hasAttribute('data-autoguardar');
      return;
    }
    const envio = { otraVez: false };
    enviando.set(forma, envio);
    forma.setAttribute('aria-busy', 'true');
    const contacto = enPantalla();
    try {
      const html = await mandar(forma, evento.submitter, envio);
      forma.closest('[popover]')?.hidePopover?.();
      if (forma.hasAttribute('data-etiquetar')) forma.reset();
      forma.dispatchEvent(new CustomEvent('chat:guardado'));
      await fundir(raiz, html);
      decir(raiz, 'contacto', { id: contacto });
      decir(raiz, 'poner-al-dia');
    } catch (error) {
      const mostrado = !forma.dispatchEvent(
        new CustomEvent('chat:rechazado', { detail: error, cancelable: true }),
      );
      if (!mostrado) avisarError(error);
    } finally {
      enviando.delete(forma);
      forma.removeAttribute('aria-busy');
    }
  }

  /** La respuesta que vale es la última: las de en medio pondrían en pantalla lo de antes. */
  async function mandar(forma, boton, envio) {
    for (;;) {
      envio.otraVez = false;
      try {
        const html = await pedirFragmento(`${forma.getAttribute('action')}${location.search}`, {
          metodo: 'POST',
          cuerpo: new URLSearchParams(new FormData(forma, boton)),
        });
        if (!envio.otraVez) return html;
      } catch (error) {
        if (!envio.otraVez) throw error;
      }
    }
  }

  // ── Teclado ────────────────────────────────────────────────
  function tecla(evento) {
    if (evento.defaultPrevented || evento.ctrlKey || evento.metaKey || evento.altKey) return;
    if (uno('dialog[open]')) return;
    if (evento.key === 'Escape') return escapar(evento);
    if (escribiendo(evento.target)) {
      if (evento.target.matches('[data-buscar] input') && ['ArrowDown', 'Enter'].includes(evento.key)) {
        evento.preventDefault();
        uno('a.hilo', raiz)?.focus();
      }
      return;
    }
    const hacer = {
      j: () => mover(1),
      k: () => mover(-1),
      '/': () => (
        uno('[data-buscar] input[type="search"]', raiz)?.focus(), uno('[data-buscar] input', raiz)?.select()
      ),
      '?': () => uno('[data-chat-ayuda]', raiz).showModal(),
      r: () => uno('#redactor-texto', raiz)?.focus(),
      t: () => uno('[data-atencion]', raiz)?.click(),
      e: () => uno('[data-resolucion]', raiz)?.click(),
      n: () => (
        uno('[data-modo-nota][aria-pressed="false"]', raiz)?.click(), uno('#redactor-texto', raiz)?.focus()
      ),
    }[evento.key];
    if (!hacer || (DE_LA_ABIERTA.has(evento.key) && !aLaMano())) return;
    evento.preventDefault();
    hacer();
  }

  // Mientras llega otra, o con la lista encima en el teléfono, un atajo tocaría una conversación que no se está viendo.
  const aLaMano = () => Boolean(enPantalla()) && !centro.inert && centro.getClientRects().length > 0;

  function mover(paso) {
    const filas = todos('a.hilo', raiz);
    const donde = filas.indexOf(
      document.activeElement.closest?.('a.hilo') ?? uno('a.hilo[aria-current]', raiz),
    );
    const siguiente = filas[Math.min(filas.length - 1, Math.max(0, donde + paso))];
    siguiente?.focus({ preventScroll: true });
    siguiente?.scrollIntoView({ block: 'nearest' });
  }

  function escapar(evento) {
    const campo = evento.target;
    if (campo.matches?.('[data-buscar] input')) {
      if (campo.value) {
        campo.value = '';
        campo.dispatchEvent(new Event('input', { bubbles: true }));
      } else campo.blur();
      return;
    }
    if (escribiendo(campo)) {
      const fila = uno(`#fila-${raiz.dataset.contacto} > a`, raiz);
      if (campo.closest('#chat-redactor') && fila) fila.focus({ preventScroll: true });
      else campo.blur();
      return;
    }
    if (raiz.dataset.vista === 'ficha') atras('hilo');
    else if (raiz.dataset.vista === 'hilo' && movil.matches) atras('lista');
  }

  return escuchar(
    [raiz, 'click', clic],
    [raiz, 'submit', enviar],
    [document, 'keydown', tecla],
    [window, 'popstate', alVolver],
    [raiz, 'chat:abrir', ({ detail }) => ir(detail.contacto)],
    ...todos('dialog', raiz).map((d) => [d, 'click', cerrarTocandoFuera]),
  );
}
