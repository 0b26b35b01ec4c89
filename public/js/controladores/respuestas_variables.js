import { escuchar } from '../shared/utils.js';

/* Cada botón pone su variable donde está el cursor del campo data-para. */
export default function (grupo) {
  const campo = document.getElementById(grupo.dataset.para);
  return escuchar([
    grupo,
    'click',
    (evento) => {
      const variable = evento.target.closest('[data-variable]')?.dataset.variable;
      if (!variable) return;
      campo.setRangeText(variable, campo.selectionStart, campo.selectionEnd, 'end');
      campo.dispatchEvent(new Event('input', { bubbles: true }));
      campo.focus();
    },
  ]);
}
