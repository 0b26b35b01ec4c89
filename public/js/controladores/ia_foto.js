import { api } from '../shared/api.js';
import { avisar } from '../shared/notificaciones.js';
import { escuchar, uno } from '../shared/utils.js';

const LADO = 512;
const TIPOS = ['image/jpeg', 'image/png', 'image/webp'];
const PASO = 16;

/* Elegir una foto, recortarla cuadrada en el navegador (arrastrar, acercar, teclado) y subir sólo el recorte. */
export default function (panel) {
  const archivo = uno('[data-archivo]', panel);
  const dialogo = uno('[data-recorte]', panel);
  const lienzo = uno('[data-lienzo]', panel);
  const zoom = uno('[data-zoom]', panel);
  const subir = uno('[data-subir]', panel);
  const falla = uno('[data-error]', panel);
  const dibujo = lienzo.getContext('2d');
  let foto = null;
  let centro = { x: 0, y: 0 };
  let arrastre = null;

  async function elegir() {
    const elegido = archivo.files?.[0];
    archivo.value = '';
    if (!elegido) return;
    decir('');
    if (!TIPOS.includes(elegido.type)) return decir('Ese archivo no es una foto. Elige un JPG, PNG o WebP.');
    if (elegido.size > Number(panel.dataset.megas) * 1_048_576)
      return decir(`La foto pesa más de ${panel.dataset.megas} MB. Elige una más ligera.`);
    try {
      foto?.close();
      foto = await createImageBitmap(elegido);
    } catch {
      return decir('No se pudo leer esa foto. Prueba con otra.');
    }
    zoom.value = '1';
    centro = { x: foto.width / 2, y: foto.height / 2 };
    pintar();
    dialogo.showModal();
    lienzo.focus();
  }

  /** Lado, en pixeles de la foto, de lo que se ve. */
  const visible = () => Math.min(foto.width, foto.height) / Number(zoom.value);

  function pintar() {
    if (!foto) return;
    const lado = visible();
    centro.x = Math.min(Math.max(centro.x, lado / 2), foto.width - lado / 2);
    centro.y = Math.min(Math.max(centro.y, lado / 2), foto.height - lado / 2);
    // Una foto transparente sobre negro no se reconoce.
    dibujo.fillStyle = '#fff';
    dibujo.fillRect(0, 0, LADO, LADO);
    dibujo.imageSmoothingQuality = 'high';
    dibujo.drawImage(foto, centro.x - lado / 2, centro.y - lado / 2, lado, lado, 0, 0, LADO, LADO);
  }

  function mover(x, y) {
    const escala = visible() / lienzo.clientWidth;
    centro.x -= x * escala;
    centro.y -= y * escala;
    pintar();
  }

  function teclear(evento) {
    const flechas = {
      ArrowLeft: [PASO, 0],
      ArrowRight: [-PASO, 0],
      ArrowUp: [0, PASO],
      ArrowDown: [0, -PASO],
    };
    const flecha = flechas[evento.key];
    if (flecha) mover(...flecha);
    else if (evento.key === '+' || evento.key === '=') acercar(0.1);
    else if (evento.key === '-') acercar(-0.1);
    else return;
    evento.preventDefault();
  }

  function acercar(cuanto) {
    zoom.value = String(Number(zoom.value) + cuanto);
    pintar();
  }

  async function enviar() {
    subir.setAttribute('aria-busy', 'true');
    subir.disabled = true;
    try {
      const recorte = await new Promise((listo) => lienzo.toBlob(listo, 'image/jpeg', 0.9));
      const datos = new FormData();
      datos.append('foto', recorte, 'foto.jpg');
      await api.enviar(panel.dataset.ruta, datos, { tiempoMs: 60_000 });
      dialogo.close();
      location.reload();
    } catch (error) {
      dialogo.close();
      decir(error.campos?.foto ?? error.message);
      avisar(error.campos?.foto ?? error.message, { tono: 'mal' });
    } finally {
      subir.removeAttribute('aria-busy');
      subir.disabled = false;
    }
  }

  function decir(texto) {
    falla.textContent = texto;
    falla.hidden = texto === '';
  }

  // Con la página a medio cargar se pudo elegir antes de que hubiera quien oyera.
  void elegir();
  const quitar = escuchar(
    [archivo, 'change', elegir],
    [zoom, 'input', pintar],
    [lienzo, 'keydown', teclear],
    [lienzo, 'wheel', (e) => (e.preventDefault(), acercar(e.deltaY < 0 ? 0.1 : -0.1)), { passive: false }],
    [
      lienzo,
      'pointerdown',
      (e) => ((arrastre = { x: e.clientX, y: e.clientY }), lienzo.setPointerCapture(e.pointerId)),
    ],
    [
      lienzo,
      'pointermove',
      (e) => {
        if (!arrastre) return;
        mover(e.clientX - arrastre.x, e.clientY - arrastre.y);
        arrastre = { x: e.clientX, y: e.clientY };
      },
    ],
    [lienzo, 'pointerup', () => (arrastre = null)],
    [lienzo, 'pointercancel', () => (arrastre = null)],
    [uno('[data-cancelar]', panel), 'click', () => dialogo.close()],
    [subir, 'click', enviar],
  );
  return () => {
    quitar();
    foto?.close();
  };
}
