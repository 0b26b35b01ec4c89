import { api } from '../shared/api.js';
import { escuchar, todos, uno } from '../shared/utils.js';

/*
 * El formulario de una regla. Sin archivo se envía normal; con archivo viaja como multipart, y si algo está mal se dice
 * junto a su campo sin perder lo escrito ni el archivo elegido.
 */
export default function (formulario) {
  const archivo = uno('input[type="file"]', formulario);
  const boton = uno('.boton--principal', formulario);
  const megas = Number(formulario.dataset.megas);
  let ocupado = false;

  function marcar(nombre, mensaje) {
    const campo = uno(`[name="${nombre}"]`, formulario);
    const caja = campo?.closest('.campo');
    if (!caja) return;
    let error = uno('.campo__error', caja);
    if (!error) {
      error = document.createElement('p');
      error.className = 'campo__error';
      error.append(document.createElement('span'));
      caja.append(error);
    }
    (uno('span', error) ?? error).textContent = mensaje;
    error.hidden = mensaje === '';
    if (mensaje) campo.setAttribute('aria-invalid', 'true');
    else campo.removeAttribute('aria-invalid');
  }

  function revisarArchivo() {
    const elegido = archivo.files[0];
    const grande = elegido && elegido.size > megas * 1_048_576;
    marcar('archivo', grande ? `«${elegido.name}» pesa más de ${megas} MB.` : '');
    return !grande;
  }

  async function enviar(evento) {
    if (ocupado) return evento.preventDefault();
    if (!archivo.files[0]) {
      ocupado = true;
      return;
    }
    evento.preventDefault();
    if (!revisarArchivo()) return;
    ocupado = true;
    boton.setAttribute('aria-busy', 'true');
    for (const campo of todos('[aria-invalid]', formulario)) marcar(campo.name, '');
    try {
      const { ruta } = await api.enviar(formulario.action, new FormData(formulario), { tiempoMs: 120_000 });
      location.assign(ruta);
    } catch (falla) {
      const campos = Object.entries(falla.campos ?? {});
      for (const [nombre, mensaje] of campos.length ? campos : [['archivo', falla.message]])
        marcar(nombre, mensaje);
      uno('[aria-invalid]', formulario)?.focus();
      ocupado = false;
      boton.removeAttribute('aria-busy');
    }
  }

  return escuchar(
    [formulario, 'submit', enviar],
    [archivo, 'change', revisarArchivo],
    [window, 'pageshow', () => (ocupado = false)],
  );
}
