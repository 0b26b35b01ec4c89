import { escuchar, meta, uno } from '../shared/utils.js';

/* Sube el CSV en cuanto se elige o se suelta, con su avance, y va a la página donde se confirma. */
export default function (formulario) {
  const campo = uno('input[type="file"]', formulario);
  const avance = uno('[data-avance]', formulario);
  const error = uno('[data-error]', formulario);
  let enCurso = null;

  function decir(texto) {
    error.hidden = !texto;
    uno('[data-mensaje]', error).textContent = texto;
  }

  function subir(archivo) {
    if (!archivo || enCurso) return;
    decir('');
    if (archivo.size > Number(formulario.dataset.maximo))
      return decir('El archivo pesa más de 50 MB. Divídelo en varios e impórtalos uno por uno.');
    const datos = new FormData();
    datos.append('archivo', archivo);
    // fetch no dice cuánto lleva subido; XMLHttpRequest sí.
    enCurso = new XMLHttpRequest();
    enCurso.open('POST', formulario.action);
    enCurso.setRequestHeader('accept', 'application/json');
    enCurso.setRequestHeader('x-csrf-token', meta('csrf'));
    enCurso.responseType = 'json';
    enCurso.upload.onprogress = (e) => {
      if (e.lengthComputable) avance.value = Math.round((100 * e.loaded) / e.total);
    };
    enCurso.onloadend = terminar;
    avance.hidden = false;
    avance.value = 0;
    enCurso.send(datos);
  }

  function terminar() {
    const { status, response } = enCurso;
    enCurso = null;
    avance.hidden = true;
    campo.value = '';
    if (status === 201 && response?.ruta) return location.assign(response.ruta);
    decir(
      response?.error?.mensaje ??
        (status === 0
          ? 'Se cortó la conexión. Inténtalo de nuevo.'
          : 'No se pudo subir el archivo. Inténtalo de nuevo.'),
    );
  }

  // Con la página a medio cargar se pudo elegir antes de que hubiera quien oyera.
  subir(campo.files[0]);
  return escuchar(
    [campo, 'change', () => subir(campo.files[0])],
    [formulario, 'submit', (e) => (e.preventDefault(), subir(campo.files[0]))],
    [formulario, 'dragover', (e) => (e.preventDefault(), formulario.toggleAttribute('data-encima', true))],
    [formulario, 'dragleave', () => formulario.toggleAttribute('data-encima', false)],
    [
      formulario,
      'drop',
      (e) => {
        e.preventDefault();
        formulario.toggleAttribute('data-encima', false);
        subir(e.dataTransfer.files[0]);
      },
    ],
  );
}
