import { escuchar, espaciar, todos, uno } from '../shared/utils.js';
import { escucharVivo } from '../shared/vivo.js';
import { avisarError, decir, fundir, nodosDe, pedirFragmento, raizDe } from './chat_comun.js';
import { olvidar, pendientesDe } from './chat_salida.js';

/*
 * El hilo abierto. Lo que llega se pide por cursor y se funde por id: ni huecos ni dobles aunque una señal se pierda,
 * llegue dos veces o el envío propio vuelva por dos caminos. Nunca mueve lo que la persona está leyendo.
 */
const CERCA_PX = 120;
const JUNTAR_MS = 120;

export default function (seccion) {
  const raiz = raizDe(seccion);
  const { contacto, url, nombre } = seccion.dataset;
  const caja = uno('[data-mensajes]', seccion);
  const hilo = uno('[data-mensajes-hilo]', seccion);
  const botonAbajo = uno('[data-ir-abajo]', seccion);
  const sueltos = new Set();
  const avisados = new Set();
  let nuevos = 0;
  let cola = Promise.resolve();
  let relojEscribe = null;
  let leyendo = false;

  // ── Leer el hilo ───────────────────────────────────────────
  const burbujas = () => todos('[data-id]', hilo);
  const ultimoCursor = () => burbujas().at(-1)?.dataset.cursor ?? '';
  const enElFondo = () => caja.scrollHeight - caja.scrollTop - caja.clientHeight < CERCA_PX;
  const hayHueco = () => Boolean(uno('[data-posteriores]', hilo));
  const alFondo = () => (caja.scrollTop = caja.scrollHeight);

  // Una petición a la vez: dos puestas al día cruzadas son la receta de los dobles.
  function enFila(hacer) {
    cola = cola.then(hacer).catch((error) => {
      if (error.estado !== 404) avisarError(error);
    });
    return cola;
  }

  function ponerAlDia() {
    return enFila(async () => {
      if (hayHueco()) return;
      for (let vuelta = 0; vuelta < 20; vuelta++) {
        const cursor = ultimoCursor();
        const q = cursor ? new URLSearchParams({ despues: cursor }) : '';
        const nodos = nodosDe(await pedirFragmento(`${url}/mensajes?${q}`));
        if (!seccion.isConnected) return;
        const sigue = nodos.querySelector('[data-posteriores]');
        sigue?.remove();
        agregarAbajo(nodos);
        if (!sigue) return traerAtrasados();
      }
    });
  }

  // Lo que se repone tarde lleva la hora en que se dijo: no viene después de lo último y se pide por su id.
  async function traerAtrasados() {
    const ids = [...avisados].filter((id) => !document.getElementById(`m-${id}`)).slice(0, 100);
    avisados.clear();
    if (ids.length === 0) return;
    const nodos = nodosDe(await pedirFragmento(`${url}/mensajes?ids=${ids.join(',')}`));
    if (!seccion.isConnected) return;
    // Lo que cae antes de lo cargado vendrá en su página.
    const desde = uno('[data-anteriores]', hilo) ? (burbujas()[0]?.dataset.cursor ?? '') : '';
    for (const nodo of todos('[data-id]', nodos)) if (nodo.dataset.cursor < desde) nodo.remove();
    agregarAbajo(nodos);
    ordenarPorCursor();
  }

  function agregarAbajo(nodos) {
    const pegado = enElFondo();
    const entraron = [];
    for (const nodo of Array.from(nodos.children)) {
      if (!nodo.dataset.id && !nodo.classList.contains('dia')) continue;
      const previo = nodo.dataset.id && buscarPrevio(nodo);
      if (previo) {
        if (previo.dataset.local) llego(previo.dataset.local);
        if (previo.outerHTML !== nodo.outerHTML) previo.replaceWith(nodo);
        continue;
      }
      agregarAlFinal(nodo);
      if (nodo.dataset.id) entraron.push(nodo);
    }
    if (entraron.length === 0 && nodos.children.length === 0) return;
    uno('[data-sin-mensajes]', hilo)?.remove();
    ordenarDias();
    for (const n of entraron) n.classList.add('burbuja--entra');
    if (pegado) alFondo();
    else contarNuevos(entraron.filter((n) => n.dataset.clase === 'contacto').length);
    anunciar(entraron);
    // Lo que se estaba escribiendo ya llegó, venga de quien venga.
    if (entraron.length > 0) escribe('');
    if (entraron.some((n) => n.dataset.clase === 'contacto')) {
      // La fila de la lista se entera después: lo que falta por leer lo sabe el hilo.
      seccion.dataset.noLeidos = '1';
      marcarLeido();
      refrescarPartes();
    }
  }

  // Lo que se está enviando se queda hasta abajo, sin moverse: todavía no tiene lugar en el orden y puede tener el foco.
  function agregarAlFinal(nodo) {
    const local = uno('[data-local]', hilo);
    if (local) local.before(nodo);
    else hilo.append(nodo);
  }

  // Por id, o por la clave con la que salió de este navegador.
  function buscarPrevio(nodo) {
    const { id, clave } = nodo.dataset;
    return (
      document.getElementById(`m-${id}`) ??
      (clave ? uno(`[data-local="${CSS.escape(clave.replace(/:\d+$/, ''))}"]`, hilo) : null)
    );
  }

  const llego = (clave) => {
    for (const e of pendientesDe(raiz, contacto)) if (e.clave === clave) olvidar(raiz, e);
  };

  // Lo que aún no se confirma se ve al volver a su conversación, con cómo reintentarlo; si ya llegó, está en el hilo.
  function ponerPendientes() {
    for (const envio of pendientesDe(raiz, contacto)) {
      const clave = CSS.escape(envio.clave);
      if (uno(`[data-clave="${clave}"], [data-clave^="${clave}:"]`, hilo)) {
        olvidar(raiz, envio);
        continue;
      }
      envio.nodo.classList.remove('burbuja--entra');
      hilo.append(envio.nodo);
      uno('[data-sin-mensajes]', hilo)?.remove();
    }
  }

  /** Una fecha por día: al unir páginas la de en medio sobra. */
  function ordenarDias() {
    let dia = '';
    for (const nodo of Array.from(hilo.children)) {
      if (nodo.classList.contains('dia')) {
        const sigue = nodo.nextElementSibling;
        if (nodo.dataset.dia === dia || !sigue || sigue.classList.contains('dia')) nodo.remove();
      } else if (nodo.dataset.dia) dia = nodo.dataset.dia;
    }
  }

  // ── Hacia atrás y hacia adelante ───────────────────────────
  const vigia = new IntersectionObserver(
    (vistos) => {
      for (const v of vistos)
        if (v.isIntersecting)
          void (v.target.dataset.anteriores ? traerAntes(v.target) : traerDespues(v.target));
    },
    { root: caja, rootMargin: '400px 0px' },
  );

  function vigilar() {
    vigia.disconnect();
    for (const mas of todos('[data-anteriores], [data-posteriores]', hilo)) vigia.observe(mas);
  }

  function traerAntes(mas) {
    if (mas.dataset.pidiendo) return;
    mas.dataset.pidiendo = '1';
    return enFila(async () => {
      const nodos = nodosDe(
        await pedirFragmento(mas.dataset.anteriores).catch((error) => soltar(mas, error)),
      );
      if (!mas.isConnected) return;
      for (const n of todos('[data-id]', nodos)) if (document.getElementById(n.id)) n.remove();
      // La distancia al fondo no cambia: lo que se lee no se mueve aunque arriba crezca.
      const alFinal = caja.scrollHeight - caja.scrollTop;
      mas.replaceWith(nodos);
      ordenarDias();
      caja.scrollTop = caja.scrollHeight - alFinal;
      vigilar();
    });
  }

  function traerDespues(mas) {
    if (mas.dataset.pidiendo) return;
    mas.dataset.pidiendo = '1';
    return enFila(async () => {
      const nodos = nodosDe(
        await pedirFragmento(mas.dataset.posteriores).catch((error) => soltar(mas, error)),
      );
      if (!mas.isConnected) return;
      for (const n of todos('[data-id]', nodos)) if (document.getElementById(n.id)) n.remove();
      mas.replaceWith(nodos);
      ordenarDias();
      vigilar();
      pintarBoton();
    });
  }

  function soltar(mas, error) {
    delete mas.dataset.pidiendo;
    throw error;
  }

  // ── Palomitas ──────────────────────────────────────────────
  const refrescarSueltos = espaciar(() => {
    const ids = [...sueltos].filter((id) => document.getElementById(`m-${id}`)).slice(0, 100);
    sueltos.clear();
    if (ids.length === 0) return;
    void enFila(async () => {
      const nodos = nodosDe(await pedirFragmento(`${url}/mensajes?ids=${ids.join(',')}`));
      const pegado = enElFondo();
      for (const nodo of todos('[data-id]', nodos)) {
        const previo = document.getElementById(nodo.id);
        if (!previo || previo.outerHTML === nodo.outerHTML) continue;
        // Quien escucha o ve el archivo no debe perder dónde iba.
        if (previo.querySelector('audio, video') && nodo.querySelector('audio, video')) {
          uno('.burbuja__pie', previo)?.replaceWith(uno('.burbuja__pie', nodo));
          previo.dataset.estado = nodo.dataset.estado;
        } else previo.replaceWith(nodo);
      }
      if (pegado) alFondo();
    });
  }, JUNTAR_MS);

  // ── Nuevos, lectura y avisos ───────────────────────────────
  function contarNuevos(n) {
    nuevos += n;
    pintarBoton();
  }

  function pintarBoton() {
    const lejos = !enElFondo() || hayHueco();
    if (!lejos) nuevos = 0;
    botonAbajo.hidden = !lejos;
    botonAbajo.toggleAttribute('data-nuevos', nuevos > 0);
    uno('[data-ir-abajo-texto]', botonAbajo).textContent =
      nuevos === 0 ? 'Ir a lo más reciente' : nuevos === 1 ? '1 mensaje nuevo' : `${nuevos} mensajes nuevos`;
  }

  async function irAbajo() {
    if (hayHueco()) {
      await enFila(async () => {
        const nodos = nodosDe(await pedirFragmento(`${url}/mensajes`));
        hilo.replaceChildren(...nodos.childNodes);
        ponerPendientes();
        vigilar();
      });
    }
    nuevos = 0;
    const suave =
      !matchMedia('(prefers-reduced-motion: reduce)').matches && caja.scrollHeight - caja.scrollTop < 4000;
    caja.scrollTo({ top: caja.scrollHeight, behavior: suave ? 'smooth' : 'auto' });
    marcarLeido(true);
  }

  const alDesplazar = espaciar(() => {
    pintarBoton();
    if (enElFondo() && !hayHueco()) marcarLeido();
  }, 120);

  function marcarLeido(aunque = false) {
    if (leyendo || document.hidden || !document.hasFocus() || (!aunque && !enElFondo())) return;
    // Ya se está abriendo otra, o se ve la lista: nadie está leyendo ésta.
    if (raiz.dataset.contacto !== contacto || movilSinHilo()) return;
    const fila = uno(`#fila-${contacto} [data-no-leidos]`, raiz);
    if (!fila && seccion.dataset.noLeidos === '0') return;
    leyendo = true;
    seccion.dataset.noLeidos = '0';
    pedirFragmento(`${url}/lectura`, { metodo: 'POST' })
      .then(() => {
        leyendo = false;
        decir(seccion, 'contacto', { id: contacto });
        // Lo que entró mientras se marcaba también se leyó.
        if (seccion.dataset.noLeidos !== '0') marcarLeido();
      })
      .catch(() => {
        leyendo = false;
        seccion.dataset.noLeidos = '1';
      });
  }

  const movilSinHilo = () => raiz?.dataset.vista === 'lista' && matchMedia('(max-width: 860px)').matches;

  function anunciar(entraron) {
    const textos = entraron.map((n) => n.dataset.anuncio).filter(Boolean);
    const region = uno('[data-chat-anuncio]', raiz);
    if (textos.length === 0 || !region) return;
    region.textContent =
      textos.length === 1 ? `${nombre}: ${textos[0]}` : `${textos.length} mensajes de ${nombre}`;
  }

  function escribe(quien) {
    const aviso = uno('[data-escribiendo]', seccion);
    clearTimeout(relojEscribe);
    const pegado = enElFondo();
    aviso.hidden = !quien;
    uno('[data-escribiendo-quien]', aviso).textContent = quien ? `${quien} está escribiendo` : '';
    if (pegado) alFondo();
    if (quien) relojEscribe = setTimeout(() => escribe(''), quien === 'Nora' ? 25_000 : 6000);
  }

  const refrescarPartes = espaciar(() => {
    pedirFragmento(`${url}/ficha${location.search}`)
      .then((html) => (seccion.isConnected ? fundir(raiz, html) : null))
      .catch((error) => error.estado !== 404 && avisarError(error));
  }, 400);

  // ── Lo que se escribe aquí ─────────────────────────────────
  // La raíz lo dice a quien esté abierto: lo de otra conversación no es de este hilo.
  function alEnviar({ detail: { contacto: deQuien, nodo } }) {
    if (deQuien !== contacto) return;
    uno('[data-sin-mensajes]', hilo)?.remove();
    hilo.append(nodo);
    if (hayHueco()) void irAbajo();
    alFondo();
    escribe('');
  }

  // El mensaje confirmado ocupa el lugar del provisional; lo demás (avisos del hilo) llega con la puesta al día.
  function alConfirmar({ detail: { contacto: deQuien, clave, html } }) {
    if (deQuien !== contacto) return;
    void enFila(async () => {
      const local = uno(`[data-local="${CSS.escape(clave)}"]`, hilo);
      const nodos = todos('[data-id]', nodosDe(html));
      for (const nodo of nodos) {
        if (document.getElementById(nodo.id)) continue;
        if (local?.isConnected) local.before(nodo);
        else agregarAlFinal(nodo);
      }
      local?.remove();
      ordenarPorCursor();
      alFondo();
    });
    // Un aviso del hilo («tomó la conversación») pudo quedar antes de lo recién enviado: se pide desde lo anterior.
    void ponerAlDiaDesdeAntes();
  }

  function ponerAlDiaDesdeAntes() {
    return enFila(async () => {
      const lista = burbujas();
      const cursor = lista.at(-8)?.dataset.cursor;
      const q = cursor ? new URLSearchParams({ despues: cursor }) : '';
      const nodos = nodosDe(await pedirFragmento(`${url}/mensajes?${q}`));
      if (!seccion.isConnected) return;
      for (const mas of nodos.querySelectorAll('[data-anteriores], [data-posteriores]')) mas.remove();
      agregarAbajo(nodos);
      ordenarPorCursor();
    });
  }

  function ordenarPorCursor() {
    const lista = burbujas();
    for (let i = lista.length - 1; i > 0; i--) {
      const [previo, este] = [lista[i - 1], lista[i]];
      if (previo.dataset.cursor > este.dataset.cursor) {
        previo.before(este);
        [lista[i - 1], lista[i]] = [este, previo];
        i = Math.min(lista.length, i + 2);
      }
    }
    ponerDias();
  }

  // Al reacomodar, una fecha puede quedar lejos de su día: se pone de nuevo donde empieza.
  function ponerDias() {
    const fechas = new Map(todos('.dia', hilo).map((d) => [d.dataset.dia, d]));
    let dia = '';
    for (const nodo of burbujas()) {
      if (nodo.dataset.dia !== dia) {
        dia = nodo.dataset.dia;
        const fecha = fechas.get(dia);
        if (fecha && nodo.previousElementSibling !== fecha) nodo.before(fecha);
        fechas.delete(dia);
      }
    }
    for (const sobra of fechas.values()) sobra.remove();
  }

  async function reintentar(evento) {
    const forma = evento.target.closest('form[data-reintento]');
    if (!forma) return;
    evento.preventDefault();
    const burbuja = forma.closest('[data-id]');
    const boton = uno('button', forma);
    boton.disabled = true;
    try {
      const html = await pedirFragmento(forma.getAttribute('action'), { metodo: 'POST' });
      const nodo = nodosDe(html).querySelector('[data-id]');
      if (nodo) burbuja.replaceWith(nodo);
    } catch (error) {
      boton.disabled = false;
      avisarError(error);
    }
  }

  // ── Arranque ───────────────────────────────────────────────
  ponerPendientes();
  const { hallado } = seccion.dataset;
  const blanco = hallado && document.getElementById(`m-${hallado}`);
  if (blanco) {
    blanco.scrollIntoView({ block: 'center' });
    blanco.classList.add('burbuja--hallada');
  } else alFondo();
  // Las imágenes llegan después y empujan: mientras se esté en el fondo, se sigue en el fondo.
  const medidor = new ResizeObserver(() => {
    if (pegadoAlFondo) alFondo();
  });
  let pegadoAlFondo = !blanco;
  medidor.observe(hilo);
  medidor.observe(caja);
  const sujetar = () => (pegadoAlFondo = enElFondo() && !hayHueco());
  requestAnimationFrame(() => {
    vigilar();
    pintarBoton();
    marcarLeido();
  });

  const mio = (fn) => (datos) => datos?.contacto_id === contacto && fn(datos);
  const ponerAlDiaJunto = espaciar(() => void ponerAlDia(), JUNTAR_MS);

  function alLlegar({ id, autor }) {
    if (!hayHueco()) {
      avisados.add(id);
      return ponerAlDiaJunto();
    }
    // Se está leyendo algo viejo y lo nuevo no está cargado: sólo se cuenta.
    if (autor !== 'contacto') return;
    seccion.dataset.noLeidos = '1';
    contarNuevos(1);
  }
  const vivos = [
    escucharVivo('mensaje:nuevo', mio(alLlegar)),
    escucharVivo(
      'mensaje:estado',
      mio(({ id }) => (sueltos.add(id), refrescarSueltos())),
    ),
    escucharVivo(
      'contacto:actualizado',
      mio(() => (refrescarPartes(), ponerAlDiaJunto())),
    ),
    escucharVivo(
      'escribiendo',
      mio(({ quien }) => escribe(String(quien ?? '').split(' ')[0])),
    ),
    // Lo que llegó mientras cargaba la página no se volvería a avisar.
    escucharVivo('conectado', () => {
      void ponerAlDia();
      for (const b of burbujas().slice(-20))
        if (['pendiente', 'enviando'].includes(b.dataset.estado)) sueltos.add(b.dataset.id);
      refrescarSueltos();
    }),
    escucharVivo('reconectado', () => {
      void ponerAlDia();
      for (const b of burbujas().slice(-60))
        if (b.dataset.estado && b.dataset.clase !== 'contacto') sueltos.add(b.dataset.id);
      refrescarSueltos();
      refrescarPartes();
    }),
  ];
  const quitar = escuchar(
    [caja, 'scroll', () => (sujetar(), alDesplazar()), { passive: true }],
    [botonAbajo, 'click', () => void irAbajo()],
    [seccion, 'submit', reintentar],
    [raiz, 'chat:enviando', alEnviar],
    [raiz, 'chat:enviado', alConfirmar],
    [raiz, 'chat:poner-al-dia', () => void ponerAlDia()],
    [raiz, 'chat:refrescar-partes', () => refrescarPartes()],
    [raiz, 'chat:actual', () => marcarLeido()],
    [window, 'focus', () => marcarLeido()],
    [document, 'visibilitychange', () => marcarLeido()],
  );
  return () => {
    quitar();
    vigia.disconnect();
    medidor.disconnect();
    clearTimeout(relojEscribe);
    for (const dejar of vivos) dejar();
  };
}
