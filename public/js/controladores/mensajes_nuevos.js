import { avisar, notificarMensaje, ponerContador } from '../shared/notificaciones.js';
import { escucharVivo } from '../shared/vivo.js';

/*
 * En el <body> del panel: cuenta lo que llega mientras la página no está al frente y avisa. El chat, que sabe más
 * (quién escribió y qué), toma el control poniendo data-avisa-propio en su raíz.
 */
export default function (cuerpo) {
  const { nora, noraVisible } = cuerpo.dataset;
  let pendientes = Number(cuerpo.dataset.sinLeer ?? 0);
  if (pendientes > 0) ponerContador(pendientes);

  const quitar = escucharVivo('mensaje:nuevo', ({ autor, contacto_id }) => {
    if (autor !== 'contacto' || document.querySelector('[data-avisa-propio]')) return;
    ponerContador(++pendientes);
    notificarMensaje({
      titulo: `Mensaje nuevo en ${noraVisible}`,
      ruta: `/panel_cliente/${nora}/chat/${contacto_id}`,
      etiqueta: `contacto-${contacto_id}`,
    });
  });
  const alExpulsar = escucharVivo('expulsado', () =>
    avisar('Tu sesión terminó o ya no tienes acceso a esta nora. Lo que ves ya no se actualiza.', {
      tono: 'cuidado',
      duraMs: 3_600_000,
      accion: { texto: 'Recargar', hacer: () => location.reload() },
    }),
  );
  return () => {
    quitar();
    alExpulsar();
  };
}
