import { escuchar, uno } from '../shared/utils.js';

/* Lo que debe decir y citar sólo se pide cuando Nora debe contestar ella. */
export default function (formulario) {
  const partes = uno('[data-solo-responde]', formulario);
  const acomodar = () => {
    partes.hidden = new FormData(formulario).get('espera') !== 'responde';
  };
  acomodar();
  return escuchar([formulario, 'change', acomodar]);
}
