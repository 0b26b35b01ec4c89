import { api } from '../shared/api.js';
import { escuchar, todos, uno } from '../shared/utils.js';

/* Manda un archivo o un texto largo, dice que lo está leyendo y lleva a la vista previa. Un error no borra lo escrito. */
export default function (formulario) {
  const campo = uno('input[type="file"]', formulario);
  const soltar = uno('[data-soltar]', formulario);
  const error = uno('[data-error]', formulario);
  const avance = uno('[data-avance]', formulario);
  const boton = uno('button', formulario);
  const control = campo ?? uno('textarea', formulario);
  const megas = Number(formulario.dataset.megas ?? 15);

  function fallar(mensaje) {
    uno('span', error).textContent = mensaje;
    error.hidden = mensaje === '';
    if (mensaje) control.setAttribute('aria-invalid', 'true');
    else control.removeAttribute('aria-invalid');
  }

  function nombrar() {
    const archivo = campo?.files[0];
    fallar('');
    if (soltar)
      uno('[data-nombre]', soltar).textContent = archivo?.name ?? 'Elige un archivo o suéltalo aquí';
    if (archivo && archivo.size > megas * 1_048_576)
      fallar(`«${archivo.name}» pesa más de ${megas} MB. Divídelo o redúcelo.`);
  }

  function ocupar(si) {
    boton.disabled = si;
    boton.setAttribute('aria-busy', String(si));
    avance.hidden = !si;
  }

  async function enviar(evento) {
    evento.preventDefault();
    const archivo = campo?.files[0];
    if (campo && !archivo) return fallar('Elige un archivo.');
    if (!campo && !control.value.trim()) return fallar('Pega el texto que quieres enseñarle.');
    if (archivo && archivo.size > megas * 1_048_576) return nombrar();
    fallar('');
    ocupar(true);
    try {
      const { ruta } = await api.enviar(formulario.action, new FormData(formulario), { tiempoMs: 120_000 });
      location.assign(ruta);
    } catch (falla) {
      fallar(falla.message);
      ocupar(false);
    }
  }

  const arrastre = soltar
    ? [
        ...['dragenter', 'dragover'].map((nombre) => [
          soltar,
          nombre,
          (evento) => {
            evento.preventDefault();
            soltar.classList.add('soltar--encima');
          },
        ]),
        ...['dragleave', 'drop'].map((nombre) => [
          soltar,
          nombre,
          () => soltar.classList.remove('soltar--encima'),
        ]),
        [
          soltar,
          'drop',
          (evento) => {
            evento.preventDefault();
            if (evento.dataTransfer.files.length === 0) return;
            campo.files = evento.dataTransfer.files;
            nombrar();
          },
        ],
      ]
    : [];
  const revivir = () => ocupar(false);
  return escuchar(
    [formulario, 'submit', enviar],
    ...(campo ? [[campo, 'change', nombrar]] : []),
    ...arrastre,
    [window, 'pageshow', revivir],
    ...todos('textarea', formulario).map((area) => [area, 'input', () => fallar('')]),
  );
}
