import { escuchar } from '../shared/utils.js';

const numero = new Intl.NumberFormat('es-MX');

/* Cuenta en vivo lo escrito en el campo `data-de` contra su `data-maximo`. */
export default function (elemento) {
  const campo = document.getElementById(elemento.dataset.de);
  if (!campo) return undefined;
  const maximo = Number(elemento.dataset.maximo);
  const contar = () => {
    const largo = campo.value.length;
    elemento.textContent = `${numero.format(largo)} / ${numero.format(maximo)}`;
    elemento.classList.toggle('ia-pasado', largo > maximo);
  };
  contar();
  return escuchar([campo, 'input', contar]);
}
