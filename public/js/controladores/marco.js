import { espaciar, todos, uno } from '../shared/utils.js';
import { escucharVivo } from '../shared/vivo.js';

/*
 * En el <body> del panel: cuando la agencia enciende o apaga un módulo, o cambia el nombre o la foto de la nora, pone el
 * marco nuevo sin recargar. Si lo que se apagó es el módulo de esta página, lo dice.
 */
export default function (cuerpo) {
  const { nora, modulo } = cuerpo.dataset;
  const cartel = uno('[data-apagado]');
  const propio = uno('.riel__lista [aria-current="page"] > span')?.textContent;

  const refrescar = espaciar(async () => {
    const r = await fetch(`/panel_cliente/${nora}/marco?modulo=${modulo}`, {
      headers: { accept: 'text/html', 'hx-request': 'true' },
    }).catch(() => null);
    // Sin red o sin acceso ya hay quien avise; la señal siguiente lo vuelve a intentar.
    if (!r?.ok) return;
    const nuevo = new DOMParser().parseFromString(await r.text(), 'text/html');
    const sigue = Boolean(uno('.riel__lista [aria-current="page"]', nuevo));
    for (const viejo of todos('[data-marco]', cuerpo))
      cambiar(viejo, uno(`[data-marco="${viejo.dataset.marco}"]`, nuevo));
    if (!cartel || !propio) return;
    cartel.hidden = sigue;
    uno('[data-apagado-texto]', cartel).textContent = `Se apagó ${propio} en esta nora.`;
  }, 500);

  const dejar = ['nora:marco', 'reconectado'].map((evento) => escucharVivo(evento, refrescar));
  return () => {
    for (const fn of dejar) fn();
  };
}

function cambiar(viejo, nuevo) {
  if (!nuevo) return;
  // Las cuentas (sin leer) las lleva esta página: el marco recién pedido no las sabe.
  for (const cuenta of todos('[data-cuenta]', nuevo)) {
    const puesta = uno(`[data-cuenta="${cuenta.dataset.cuenta}"]`, viejo);
    if (!puesta) continue;
    cuenta.textContent = puesta.textContent;
    cuenta.hidden = puesta.hidden;
  }
  if (viejo.innerHTML === nuevo.innerHTML) return;
  const foco = viejo.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
  viejo.replaceChildren(...nuevo.childNodes);
  if (foco) (todos('a', viejo).find((a) => a.getAttribute('href') === foco) ?? uno('a', viejo))?.focus();
}
