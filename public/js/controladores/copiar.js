import { avisar } from '../shared/notificaciones.js';
import { escuchar } from '../shared/utils.js';

/* Botón con data-copiar="texto". */
export default function (boton) {
  return escuchar([
    boton,
    'click',
    async () => {
      try {
        await navigator.clipboard.writeText(boton.dataset.copiar);
        avisar('Copiado', { tono: 'bien', duraMs: 2000 });
      } catch {
        avisar('Tu navegador no dejó copiar. Selecciona el texto y cópialo a mano.', { tono: 'cuidado' });
      }
    },
  ]);
}
