import { avisar, notificarMensaje, ponerContador } from '../shared/notificaciones.js';
import { espaciar, uno } from '../shared/utils.js';
import { escucharVivo } from '../shared/vivo.js';

/*
 * En el <body> del panel: mantiene la cuenta de conversaciones sin leer y avisa de lo que llega con la página atrás. El chat,
 * que sabe más (quién escribió y qué), toma el control poniendo data-avisa-propio en su raíz.
 */
export default function (cuerpo) {
  const { nora, noraVisible } = cuerpo.dataset;
  const toca = () => uno('[data-cuenta="chat"]') && !uno('[data-avisa-propio]');
  if (Number(cuerpo.dataset.sinLeer) > 0) ponerContador(Number(cuerpo.dataset.sinLeer));

  const contar = espaciar(async () => {
    if (!toca()) return;
    const r = await fetch(`/panel_cliente/${nora}/sin_leer`, {
      headers: { accept: 'application/json' },
    }).catch(() => null);
    // Sin red o sin acceso se queda la de antes, y a quien está escribiendo no se le saca de su página.
    if (r?.ok && toca()) ponerContador((await r.json()).chat);
  }, 3000);

  const dejar = [
    escucharVivo('mensaje:nuevo', ({ autor, contacto_id }) => {
      if (autor !== 'contacto' || !toca()) return;
      contar();
      notificarMensaje({
        titulo: `Mensaje nuevo en ${noraVisible}`,
        ruta: `/panel_cliente/${nora}/chat/${contacto_id}`,
        etiqueta: `contacto-${contacto_id}`,
      });
    }),
    ...['contacto:actualizado', 'conectado', 'reconectado'].map((evento) => escucharVivo(evento, contar)),
  ];
  const alExpulsar = escucharVivo('expulsado', () =>
    avisar('Tu sesión terminó o ya no tienes acceso a esta nora. Lo que ves ya no se actualiza.', {
      tono: 'cuidado',
      duraMs: 3_600_000,
      accion: { texto: 'Recargar', hacer: () => location.reload() },
    }),
  );
  return () => {
    for (const fn of dejar) fn();
    alExpulsar();
  };
}
