import { espaciar, escuchar, todos } from '../shared/utils.js';
import { escucharVivo } from '../shared/vivo.js';

/* La barra de una corrida avanza con cada señal; por si se pierde una, también se pregunta cada pocos segundos. */
export default function (elemento) {
  // Al refrescar se respeta lo que la persona abrió o cerró, así que lo que falla se abre aquí y una sola vez.
  const abiertos = new Set();
  function abrir() {
    for (const parte of todos('details[data-abrir]', elemento)) {
      if (!abiertos.has(parte.id)) parte.open = true;
      abiertos.add(parte.id);
    }
  }
  abrir();
  const refrescar = espaciar(async () => {
    if (document.visibilityState !== 'visible') return;
    await window.htmx?.ajax('GET', elemento.dataset.ruta, { target: '#corrida', swap: 'outerMorph' });
    abrir();
  }, 400);
  const reloj = setInterval(() => {
    if ('andando' in elemento.dataset) refrescar();
  }, 3000);
  const dejar = [
    escucharVivo('pruebas:avance', (datos) => {
      if (datos.corrida_id === elemento.dataset.id) refrescar();
    }),
    escucharVivo('reconectado', refrescar),
    escuchar([document, 'visibilitychange', refrescar]),
  ];
  return () => {
    clearInterval(reloj);
    for (const fn of dejar) fn();
  };
}
