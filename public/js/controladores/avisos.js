import { notificaciones } from '../shared/notificaciones.js';
import { avisar } from '../shared/notificaciones.js';
import { escuchar, todos } from '../shared/utils.js';

/* Interruptores de notificaciones de este navegador: input[data-aviso="escritorio|sonido"]. */
export default function (elemento) {
  const campos = todos('[data-aviso]', elemento);
  const pintar = () => {
    for (const campo of campos) campo.checked = notificaciones[campo.dataset.aviso];
  };

  async function cambiar({ target }) {
    if (target.dataset.aviso === 'sonido') notificaciones.ponerSonido(target.checked);
    else if (target.dataset.aviso === 'escritorio') {
      const pedido = target.checked;
      const quedo = await notificaciones.ponerEscritorio(pedido);
      if (pedido && !quedo)
        avisar(
          'Tu navegador tiene bloqueadas las notificaciones de este sitio. Permítelas en el candado de la dirección.',
          {
            tono: 'cuidado',
            duraMs: 9000,
          },
        );
    }
    pintar();
  }

  pintar();
  return escuchar([elemento, 'change', cambiar]);
}
