import { api } from '../shared/api.js';
import { avisar } from '../shared/notificaciones.js';
import { escuchar, espaciar, preferencias, uno } from '../shared/utils.js';
import { escucharVivo } from '../shared/vivo.js';

const CERCA_DEL_FINAL = 120;
// Con señal en vivo el sondeo sólo es red de seguridad; sin ella es lo que mueve la pantalla.
const SONDEO_MS = { conVivo: 15_000, sinVivo: 2000 };

/** La pantalla del teléfono simulado: manda mensajes en orden y concilia la conversación con la del servidor. */
export default function (elemento) {
  const { nora, numero } = elemento.dataset;
  const lista = uno('[data-mensajes]', elemento);
  const redactor = uno('[data-redactor]', elemento);
  const texto = uno('[data-texto]', elemento);
  const foto = uno('[data-foto]', elemento);
  const plantilla = uno('[data-plantilla-burbuja]', elemento);
  const ruta = `/simulador/mensajes?${new URLSearchParams({ nora, numero })}`;
  const control = new AbortController();
  let ultimo = '';
  let vivo = false;
  let reloj;
  // Uno tras otro: la persona escribió en ese orden y así deben llegar.
  let fila = Promise.resolve();
  let porMandar = 0;

  // La sala de avisos se pide con la nora del documento; esta página no la trae porque cambia aquí mismo.
  document.body.dataset.nora = nora;

  async function refrescar() {
    clearTimeout(reloj);
    try {
      const html = await api.html(ruta, { signal: control.signal });
      if (html !== ultimo) conciliar(html);
      ultimo = html;
    } catch (error) {
      if (control.signal.aborted) return;
      console.debug('simulador', error);
    }
    clearTimeout(reloj);
    if (!document.hidden) reloj = setTimeout(refrescar, vivo ? SONDEO_MS.conVivo : SONDEO_MS.sinVivo);
  }

  const pronto = espaciar(refrescar, 120);

  function conciliar(html) {
    const alFinal = lista.scrollHeight - lista.scrollTop - lista.clientHeight < CERCA_DEL_FINAL;
    const nuevos = Array.from(new DOMParser().parseFromString(html, 'text/html').body.children);
    const vigentes = new Set(nuevos.map((globo) => globo.id));
    for (const globo of Array.from(lista.children)) {
      if (!globo.hasAttribute('data-provisional') && !vigentes.has(globo.id)) globo.remove();
    }
    let previo = null;
    for (const globo of nuevos) {
      const puesto = document.getElementById(globo.id);
      if (!puesto) {
        quitarProvisional(globo);
        if (previo) previo.after(globo);
        else lista.prepend(globo);
        previo = globo;
        continue;
      }
      if (puesto.innerHTML !== globo.innerHTML || puesto.className !== globo.className) {
        puesto.className = globo.className;
        puesto.innerHTML = globo.innerHTML;
      }
      previo = puesto;
    }
    if (alFinal) bajar();
  }

  // La burbuja puesta al escribir deja su lugar a la guardada, sin repetirse.
  function quitarProvisional(globo) {
    if (globo.classList.contains('mensaje--yo')) uno('[data-provisional]', lista)?.remove();
    uno('#s-vacio', lista)?.remove();
  }

  function bajar() {
    lista.scrollTop = lista.scrollHeight;
  }

  function mandar(mensaje, archivo) {
    const burbuja = plantilla.content.firstElementChild.cloneNode(true);
    uno('[data-globo-texto]', burbuja).textContent = mensaje || archivo?.name || '';
    uno('#s-vacio', lista)?.remove();
    lista.append(burbuja);
    bajar();
    porMandar += 1;
    fila = fila.then(async () => {
      try {
        const datos = new FormData();
        datos.set('nora', nora);
        datos.set('numero', numero);
        datos.set('nombre', uno('#sim-nombre')?.value ?? '');
        datos.set('texto', mensaje);
        if (archivo) datos.set('foto', archivo);
        const r = await api.enviar('/simulador/mensajes', datos);
        if (r.estado !== 'received')
          avisar('Nora no recibió el mensaje. Puedes reintentarlo.', { tono: 'mal' });
      } catch (error) {
        burbuja.remove();
        avisar(error.message, { tono: 'mal' });
        if (!texto.value) texto.value = mensaje;
      }
      porMandar -= 1;
      await refrescar();
      if (porMandar === 0) for (const resto of lista.querySelectorAll('[data-provisional]')) resto.remove();
    });
  }

  function enviarRedactor(evento) {
    evento.preventDefault();
    const mensaje = texto.value.trim();
    const archivo = foto.files[0];
    if (!mensaje && !archivo) return texto.focus();
    texto.value = '';
    quitarArchivo();
    mandar(mensaje, archivo);
    texto.focus();
  }

  function enviarAtajo(evento) {
    evento.preventDefault();
    const { textos } = evento.submitter?.dataset ?? {};
    for (const mensaje of JSON.parse(textos ?? '[]')) mandar(mensaje);
  }

  function alTeclear(evento) {
    // En un celular Enter escribe otra línea, como en WhatsApp.
    if (evento.key !== 'Enter' || evento.shiftKey || evento.isComposing) return;
    if (matchMedia('(pointer: coarse)').matches) return;
    evento.preventDefault();
    redactor.requestSubmit();
  }

  function mostrarArchivo() {
    const archivo = foto.files[0];
    const imagen = uno('[data-previa-imagen]', elemento);
    URL.revokeObjectURL(imagen.src);
    uno('[data-previa]', elemento).hidden = !archivo;
    uno('[data-previa-nombre]', elemento).textContent = archivo?.name ?? '';
    imagen.hidden = !archivo?.type.startsWith('image/');
    if (!imagen.hidden) imagen.src = URL.createObjectURL(archivo);
  }

  function quitarArchivo() {
    foto.value = '';
    mostrarArchivo();
  }

  async function reintentar(evento) {
    const boton = evento.target.closest('[data-reintentar]');
    if (!boton) return;
    boton.disabled = true;
    try {
      await api.enviar(`/simulador/mensajes/${boton.dataset.reintentar}/reintento`);
    } catch (error) {
      avisar(error.message, { tono: 'mal' });
    }
    await refrescar();
  }

  recordarNombre(uno('#sim-nombre'), numero);
  if (matchMedia('(max-width: 860px)').matches) uno('.simulador__quien', elemento).open = false;
  bajar();
  reloj = setTimeout(refrescar, SONDEO_MS.sinVivo);

  const dejar = [
    escuchar(
      [uno('[data-atajos]', elemento), 'submit', enviarAtajo],
      [uno('[data-nora-elegida]', elemento), 'change', (e) => cambiarDeNora(e.target)],
      [lista, 'click', reintentar],
      [lista, 'load', () => cercaDelFinal(lista) && bajar(), { capture: true }],
      [document, 'visibilitychange', () => document.hidden || pronto()],
    ),
    escucharVivo('simulador:mensaje', (datos) => datos.numero === numero && pronto()),
    escucharVivo('conectado', () => (vivo = true)),
    escucharVivo('reconectado', () => ((vivo = true), pronto())),
    escucharVivo('desconectado', () => (vivo = false)),
  ];
  if (redactor) {
    uno('[data-adjuntar]', elemento).hidden = false;
    dejar.push(
      escuchar(
        [redactor, 'submit', enviarRedactor],
        [texto, 'keydown', alTeclear],
        [uno('[data-adjuntar]', elemento), 'click', () => foto.click()],
        [foto, 'change', mostrarArchivo],
        [uno('[data-previa-quitar]', elemento), 'click', quitarArchivo],
      ),
    );
  }

  return () => {
    control.abort();
    clearTimeout(reloj);
    for (const soltar of dejar) soltar();
  };
}

function cercaDelFinal(lista) {
  return lista.scrollHeight - lista.scrollTop - lista.clientHeight < 400;
}

// Otra nora, otra conversación: se conserva quién escribe.
function cambiarDeNora(select) {
  select.form.requestSubmit();
}

/** El nombre de cada número se recuerda en este navegador hasta que la nora lo conozca. */
function recordarNombre(campo, numero) {
  if (!campo) return;
  const clave = `simulador:nombre:${numero}`;
  if (!campo.value) campo.value = preferencias.leer(clave, '');
  campo.addEventListener('change', () => preferencias.guardar(clave, campo.value.trim()));
}
