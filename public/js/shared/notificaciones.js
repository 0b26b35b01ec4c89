import { preferencias, todos, uno } from './utils.js';

const TITULO = document.title.replace(/^\(\d+\)\s*/, '');
const ICONO = '/estaticos/images/favicon.svg';
let audio = null;

/**
 * Muestra un toast en la región aria-live. `tono`: 'info' | 'bien' | 'cuidado' | 'mal'.
 * `accion`: {texto, hacer} para deshacer o ir. Devuelve cómo cerrarlo.
 */
export function avisar(texto, { tono = 'info', titulo = '', accion, duraMs = accion ? 9000 : 5000 } = {}) {
  const region = uno('#toasts');
  if (!region) return () => {};
  const toast = document.createElement('div');
  toast.className = tono === 'info' ? 'toast' : `toast toast--${tono}`;
  if (tono === 'mal') toast.setAttribute('role', 'alert');
  const cuerpo = document.createElement('div');
  cuerpo.className = 'toast__texto';
  if (titulo) cuerpo.append(Object.assign(document.createElement('strong'), { textContent: titulo }));
  cuerpo.append(Object.assign(document.createElement('span'), { textContent: texto }));
  toast.append(cuerpo);
  if (accion) toast.append(crearBoton(accion.texto, 'boton boton--chico', () => (cerrar(), accion.hacer())));
  const quitar = uno('#plantilla_cerrar')?.content.firstElementChild.cloneNode(true);
  quitar?.addEventListener('click', () => cerrar());
  if (quitar) toast.append(quitar);

  let reloj;
  const contar = () => {
    clearTimeout(reloj);
    reloj = setTimeout(cerrar, duraMs);
  };
  function cerrar() {
    clearTimeout(reloj);
    toast.classList.add('toast--sale');
    setTimeout(() => toast.remove(), 160);
  }
  // Nadie debe perder un aviso por estar leyéndolo.
  toast.addEventListener('pointerenter', () => clearTimeout(reloj));
  toast.addEventListener('pointerleave', contar);
  toast.addEventListener('focusin', () => clearTimeout(reloj));
  toast.addEventListener('focusout', contar);
  region.append(toast);
  while (region.children.length > 3) region.firstElementChild.remove();
  contar();
  return cerrar;
}

/** Pone el número sin leer en el título y en los menús. */
export function ponerContador(n, clave = 'chat') {
  document.title = n > 0 ? `(${n > 99 ? '99+' : n}) ${TITULO}` : TITULO;
  for (const marca of todos(`[data-cuenta="${clave}"]`)) {
    marca.textContent = n > 0 ? (n > 99 ? '99+' : n) : '';
    marca.hidden = n === 0;
  }
}

/** Preferencias de este navegador. */
export const notificaciones = {
  get escritorio() {
    return (
      'Notification' in window &&
      Notification.permission === 'granted' &&
      preferencias.leer('escritorio', false)
    );
  },
  get sonido() {
    return preferencias.leer('sonido', false);
  },
  /** Enciende o apaga las de escritorio; pide permiso si hace falta. Devuelve cómo quedaron. */
  async ponerEscritorio(valor) {
    if (valor && 'Notification' in window && Notification.permission === 'default')
      await Notification.requestPermission();
    preferencias.guardar('escritorio', valor);
    return this.escritorio;
  },
  ponerSonido(valor) {
    preferencias.guardar('sonido', valor);
    if (valor) sonar();
    return valor;
  },
};

/**
 * Mensaje nuevo: con la página al frente no interrumpe; si no, avisa en el escritorio y suena si la persona lo pidió.
 * `etiqueta` junta los avisos de la misma conversación en uno.
 */
export function notificarMensaje({ titulo, texto = '', ruta, etiqueta }) {
  if (document.visibilityState === 'visible' && document.hasFocus()) return;
  if (notificaciones.sonido) sonar();
  if (!notificaciones.escritorio) return;
  const aviso = new Notification(titulo, { body: texto, tag: etiqueta, icon: ICONO, silent: true });
  aviso.addEventListener('click', () => {
    window.focus();
    aviso.close();
    if (ruta) location.assign(ruta);
  });
}

/** Dos notas suaves hechas en el momento: no hay archivo que bajar. */
export function sonar() {
  try {
    audio ??= new AudioContext();
    void audio.resume();
    for (const [i, frecuencia] of [660, 880].entries()) {
      const inicio = audio.currentTime + i * 0.12;
      const oscilador = audio.createOscillator();
      const volumen = audio.createGain();
      oscilador.type = 'sine';
      oscilador.frequency.value = frecuencia;
      volumen.gain.setValueAtTime(0, inicio);
      volumen.gain.linearRampToValueAtTime(0.12, inicio + 0.015);
      volumen.gain.exponentialRampToValueAtTime(0.0001, inicio + 0.3);
      oscilador.connect(volumen).connect(audio.destination);
      oscilador.start(inicio);
      oscilador.stop(inicio + 0.32);
    }
  } catch {
    // Sin permiso de audio todavía (nadie ha tocado la página): mejor callar que fallar.
  }
}

function crearBoton(texto, clase, alHacer) {
  const boton = document.createElement('button');
  boton.type = 'button';
  boton.className = clase;
  boton.textContent = texto;
  boton.addEventListener('click', alHacer);
  return boton;
}
