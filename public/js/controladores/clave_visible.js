import { escuchar, uno } from '../shared/utils.js';

/* En .adosado con un input de clave y un botón: lo muestra y lo vuelve a ocultar. */
export default function (elemento) {
  const campo = uno('input', elemento);
  const boton = uno('button', elemento);
  boton.hidden = false;
  return escuchar([
    boton,
    'click',
    () => {
      const ver = campo.type === 'password';
      campo.type = ver ? 'text' : 'password';
      boton.setAttribute('aria-pressed', String(ver));
      boton.setAttribute('aria-label', ver ? 'Ocultar la contraseña' : 'Ver la contraseña');
      for (const icono of boton.children) icono.toggleAttribute('hidden');
      campo.focus();
    },
  ]);
}
