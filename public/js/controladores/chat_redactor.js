import { escuchar, nuevaClave, rebotar, uno } from '../shared/utils.js';
import { emitirVivo } from '../shared/vivo.js';
import { decir, enPestana, fundir, nodosDe, pedirFragmento, raizDe } from './chat_comun.js';
import { avisarFuera, cuerpoDe, sacar } from './chat_salida.js';

/* Donde se escribe. Lo que se envía pasa a la salida (chat_salida.js), que responde por ello aunque se abra otra conversación. */
const MAXIMO = 16 * 1024 * 1024;
const MAXIMO_IMAGEN = 5 * 1024 * 1024;
const MAXIMO_ARCHIVOS = 10;
const AVISO_ESCRIBE_MS = 3000;
/** Archivos elegidos y sin enviar de cada conversación: quien va a ver otra los encuentra al volver. Recargar sí los pierde. */
const pendientes = new Map();

export default function (forma) {
  const raiz = raizDe(forma);
  const { contacto } = forma.dataset;
  const campo = uno('#redactor-texto', forma);
  const archivo = uno('.redactor__archivo', forma);
  const previas = uno('[data-previas]', forma);
  const rapidas = uno('#chat-rapidas', forma);
  const mensajeError = uno('[data-redactor-error]', forma);
  const { nombre } = forma.closest('.conversacion').dataset;
  const llave = `nora:borrador:${raiz.dataset.nora}:${contacto}`;
  const llaveNota = `${llave}:nota`;
  const base = raiz.dataset.base;
  let archivos = pendientes.get(llave) ?? [];
  let avisado = 0;
  let pedido = 0;
  // Lo escrito en el otro modo: una nota a medias nunca debe terminar enviándose.
  let aparte = enPestana.leer(llaveNota);
  let porProgramar = null;
  const enNota = () => campo.dataset.modo === 'nota';

  // ── Enviar ─────────────────────────────────────────────────
  function enviar(evento) {
    evento.preventDefault();
    if (evento.submitter?.hasAttribute('formaction')) return void programar(evento.submitter);
    const nota = enNota();
    if (forma.hasAttribute('data-impedido') && !nota) return;
    const texto = campo.value.trim();
    if (nota && archivos.length > 0)
      return decirError('Una nota va sin archivos. Quítalos o cambia a mensaje.');
    if (!texto && archivos.length === 0) return campo.focus();
    const envio = { contacto, nombre, clave: nuevaClave(), texto, archivos, nota };
    campo.value = '';
    archivos = [];
    pintarPrevias();
    guardarYa();
    decirError('');
    campo.focus({ preventScroll: true });
    sacar(raiz, envio);
  }

  // Lo que no salió vuelve a donde se escribió.
  function recuperar({ detail }) {
    const { envio } = detail;
    if (envio.contacto !== contacto) return;
    detail.tomado = true;
    if (envio.nota !== enNota()) cambiarModo();
    campo.value = [envio.texto, campo.value].filter(Boolean).join('\n');
    archivos = [...envio.archivos, ...archivos];
    pintarPrevias();
    guardarYa();
    if (envio.perdidos?.length > 0) decirError(`Vuelve a adjuntar ${envio.perdidos.join(', ')}.`);
    campo.focus();
  }

  // ── Enviar después ─────────────────────────────────────────
  async function programar(boton) {
    const cuando = boton.value || uno('#redactor-cuando', forma).value;
    const texto = campo.value.trim();
    boton.closest('[popover]')?.hidePopover?.();
    if (enNota()) return decirError('Una nota se guarda al momento. Cambia a mensaje para enviar después.');
    if (!texto && archivos.length === 0) {
      decirError('Escribe primero el mensaje que quieres enviar después.');
      return campo.focus();
    }
    if (!cuando) return decirError('Elige la fecha y la hora en que debe salir.');
    // La misma clave mientras sea lo mismo: si la red se corta, repetirlo no programa dos.
    if (porProgramar?.texto !== texto || porProgramar.cuando !== cuando)
      porProgramar = { clave: nuevaClave(), texto, cuando };
    const enviados = archivos;
    const cuerpo = cuerpoDe({ clave: porProgramar.clave, texto, archivos });
    cuerpo.set('cuando', cuando);
    try {
      const html = await pedirFragmento(`${base}/${contacto}/programados${location.search}`, {
        metodo: 'POST',
        cuerpo,
        tiempoMs: enviados.length > 0 ? 120_000 : 20_000,
      });
      porProgramar = null;
      if (enPestana.leer(llave).trim() === texto) enPestana.guardar(llave, '');
      // Mientras tanto se pudo ir a otra conversación y volver: lo quita quien esté ahora en su lugar.
      decir(raiz, 'programado', { contacto, texto, archivos: enviados });
      await fundir(raiz, html);
      uno('[data-chat-anuncio]', raiz).textContent = 'Mensaje programado';
    } catch (error) {
      const razon = Object.values(error.campos ?? {})[0] ?? error.message;
      if (forma.isConnected) decirError(razon);
      else avisarFuera(raiz, { contacto, razon }, `No se programó tu mensaje para ${nombre}`);
    }
  }

  // Sólo se quita lo que quedó programado: lo que se escribió mientras contestaba el servidor se queda.
  function quitarProgramado({ detail }) {
    if (detail.contacto !== contacto) return;
    if (enNota()) aparte = aparte.trim() === detail.texto ? '' : aparte;
    else if (campo.value.trim() === detail.texto) campo.value = '';
    archivos = archivos.filter((a) => !detail.archivos.includes(a));
    pintarPrevias();
    guardarYa();
    decirError('');
  }

  // ── Notas internas ─────────────────────────────────────────
  const escrito = campo.placeholder;
  function cambiarModo() {
    ponerModo(!enNota());
    campo.focus({ preventScroll: true });
  }

  function ponerModo(nota) {
    [aparte, campo.value] = [campo.value, aparte];
    if (nota) campo.dataset.modo = 'nota';
    else delete campo.dataset.modo;
    campo.placeholder = nota ? 'Nota para tu equipo. No se le envía.' : escrito;
    campo.setAttribute('aria-label', nota ? 'Nota interna, no se envía' : 'Mensaje');
    uno('[data-modo-nota]', forma).setAttribute('aria-pressed', String(nota));
    decirError('');
    cerrarRapidas();
  }

  // ── Escribir ───────────────────────────────────────────────
  const guardarBorrador = rebotar(guardarYa, 200);

  function guardarYa() {
    guardarBorrador.cancelar();
    enPestana.guardar(llave, enNota() ? aparte : campo.value);
    enPestana.guardar(llaveNota, enNota() ? campo.value : aparte);
  }

  function alEscribir() {
    guardarBorrador();
    decirError('');
    void verRapidas();
    if (!enNota() && campo.value && Date.now() - avisado > AVISO_ESCRIBE_MS) {
      avisado = Date.now();
      void emitirVivo('escribiendo', { nora: raiz.dataset.nora, contacto_id: contacto });
    }
  }

  function tecla(evento) {
    if (evento.isComposing || evento.keyCode === 229) return;
    if (!rapidas.hidden && teclaRapidas(evento)) return;
    // En teléfono Enter salta de línea: para enviar está el botón bajo el pulgar.
    if (evento.key === 'Enter' && !evento.shiftKey && !matchMedia('(pointer: coarse)').matches) {
      evento.preventDefault();
      forma.requestSubmit();
    }
  }

  // ── Respuestas rápidas ─────────────────────────────────────
  async function verRapidas() {
    const dicho = /^\/([\p{L}\p{N}_-]{0,40})$/u.exec(campo.value);
    if (!dicho || enNota()) return cerrarRapidas();
    const este = ++pedido;
    try {
      const nodos = nodosDe(
        await pedirFragmento(`${base}/rapidas?${new URLSearchParams({ q: dicho[1], contacto })}`),
      );
      if (este !== pedido || !campo.value.startsWith('/')) return;
      rapidas.replaceChildren(nodos);
      rapidas.hidden = false;
      campo.setAttribute('aria-controls', 'chat-rapidas');
      elegir(0);
    } catch {
      cerrarRapidas();
    }
  }

  function elegir(donde) {
    const opciones = [...rapidas.querySelectorAll('[data-texto]')];
    if (opciones.length === 0) return;
    const i = (donde + opciones.length) % opciones.length;
    opciones.forEach((o, n) => o.setAttribute('aria-selected', String(n === i)));
    opciones[i].scrollIntoView({ block: 'nearest' });
    campo.setAttribute('aria-activedescendant', opciones[i].id);
  }

  function teclaRapidas(evento) {
    const opciones = [...rapidas.querySelectorAll('[data-texto]')];
    const donde = opciones.findIndex((o) => o.getAttribute('aria-selected') === 'true');
    const hacer = {
      ArrowDown: () => elegir(donde + 1),
      ArrowUp: () => elegir(donde - 1),
      Enter: () => (opciones[donde] ? usar(opciones[donde]) : cerrarRapidas()),
      Tab: () => (opciones[donde] ? usar(opciones[donde]) : cerrarRapidas()),
      Escape: cerrarRapidas,
    }[evento.key];
    if (!hacer) return false;
    evento.preventDefault();
    evento.stopPropagation();
    hacer();
    return true;
  }

  function usar(opcion) {
    campo.value = opcion.dataset.texto;
    cerrarRapidas();
    guardarBorrador();
    campo.focus();
    campo.setSelectionRange(campo.value.length, campo.value.length);
  }

  function cerrarRapidas() {
    pedido++;
    rapidas.hidden = true;
    campo.removeAttribute('aria-activedescendant');
    campo.removeAttribute('aria-controls');
  }

  // ── Archivos ───────────────────────────────────────────────
  function agregar(lista) {
    for (const a of lista) {
      const imagen = /^image\/(jpeg|png|webp)$/.test(a.type);
      const tope = imagen ? MAXIMO_IMAGEN : MAXIMO;
      if (a.size > tope) decirError(`«${a.name}» pesa más de ${tope / 1_048_576} MB, el tope de WhatsApp.`);
      else if (a.size === 0) decirError(`«${a.name}» está vacío.`);
      else if (archivos.length >= MAXIMO_ARCHIVOS)
        decirError(`Puedes enviar hasta ${MAXIMO_ARCHIVOS} archivos a la vez.`);
      else archivos.push({ archivo: a, url: imagen ? URL.createObjectURL(a) : '' });
    }
    pintarPrevias();
  }

  function pintarPrevias() {
    previas.replaceChildren(...archivos.map(previa));
    previas.hidden = archivos.length === 0;
  }

  function previa(este) {
    const li = Object.assign(document.createElement('li'), { className: 'previa' });
    if (este.url) li.append(Object.assign(new Image(), { src: este.url, alt: '' }));
    const texto = document.createElement('span');
    texto.append(Object.assign(document.createElement('strong'), { textContent: este.archivo.name }));
    texto.append(Object.assign(document.createElement('small'), { textContent: peso(este.archivo.size) }));
    const quitar = Object.assign(document.createElement('button'), { type: 'button', textContent: '×' });
    quitar.setAttribute('aria-label', `Quitar ${este.archivo.name}`);
    quitar.addEventListener('click', () => {
      archivos = archivos.filter((a) => a !== este);
      pintarPrevias();
      campo.focus();
    });
    li.append(texto, quitar);
    return li;
  }

  function pegar(evento) {
    const lista = [...(evento.clipboardData?.files ?? [])];
    if (lista.length === 0) return;
    evento.preventDefault();
    agregar(lista);
  }

  function soltar(evento) {
    if (!evento.dataTransfer?.types.includes('Files')) return;
    evento.preventDefault();
    forma.classList.toggle('redactor--suelta', evento.type === 'dragover');
    if (evento.type === 'drop' && !forma.hasAttribute('data-impedido'))
      agregar([...evento.dataTransfer.files]);
  }

  function alElegirHora(evento) {
    evento.preventDefault();
    uno('[data-programar]', forma).click();
  }

  function decirError(texto) {
    mensajeError.textContent = texto;
    mensajeError.hidden = !texto;
  }

  // ── Ventana de 24 horas ────────────────────────────────────
  function contar() {
    const hasta = Date.parse(forma.dataset.ventana ?? '');
    const marca = uno('[data-falta]', forma);
    if (!marca || Number.isNaN(hasta)) return;
    const minutos = Math.ceil((hasta - Date.now()) / 60_000);
    if (minutos <= 0) return cerrarVentana();
    const horas = Math.floor(minutos / 60);
    marca.textContent = horas > 0 ? `${horas} h ${minutos % 60} min` : `${minutos} min`;
    marca.closest('[data-cuenta-regresiva]').toggleAttribute('data-urgente', minutos <= 120);
  }

  // Se cerró con la página abierta: la razón la escribe el servidor.
  function cerrarVentana() {
    if (forma.hasAttribute('data-impedido')) return;
    forma.dataset.impedido = 'ventana_cerrada';
    decir(raiz, 'refrescar-partes');
  }

  // En teléfono Enter salta de línea, y su teclado lo dice; con teclado de verdad, envía.
  if (!matchMedia('(pointer: coarse)').matches) campo.enterKeyHint = 'send';
  if (!campo.value) campo.value = enPestana.leer(llave);
  // Una nota a medias sin mensaje a medias: se sigue donde se dejó.
  if (!campo.value && aparte) ponerModo(true);
  pintarPrevias();
  contar();
  const reloj = setInterval(contar, 15_000);
  const quitar = escuchar(
    [forma, 'submit', enviar],
    [forma, 'click', (e) => e.target.closest('[data-modo-nota]') && cambiarModo()],
    // Enter en la fecha mandaría lo escrito ahora mismo: el botón de enviar es el primero del formulario.
    [forma, 'keydown', (e) => e.key === 'Enter' && e.target.id === 'redactor-cuando' && alElegirHora(e)],
    [campo, 'input', alEscribir],
    [campo, 'keydown', tecla],
    [campo, 'paste', pegar],
    [campo, 'blur', () => setTimeout(cerrarRapidas, 150)],
    [rapidas, 'pointerdown', (e) => e.preventDefault()],
    [rapidas, 'click', (e) => e.target.closest('[data-texto]') && usar(e.target.closest('[data-texto]'))],
    [archivo, 'change', () => (agregar([...archivo.files]), (archivo.value = ''), campo.focus())],
    [raiz, 'chat:devolver', recuperar],
    [raiz, 'chat:programado', quitarProgramado],
    [forma.closest('.conversacion') ?? forma, 'dragover', soltar],
    [forma.closest('.conversacion') ?? forma, 'dragleave', soltar],
    [forma.closest('.conversacion') ?? forma, 'drop', soltar],
  );
  return () => {
    quitar();
    clearInterval(reloj);
    guardarYa();
    if (archivos.length > 0) pendientes.set(llave, archivos);
    else pendientes.delete(llave);
  };
}

function peso(bytes) {
  return bytes < 1_048_576
    ? `${Math.max(1, Math.round(bytes / 1024))} kB`
    : `${(bytes / 1_048_576).toFixed(1)} MB`;
}
