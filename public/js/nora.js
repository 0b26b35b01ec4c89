/*
 * Une cada elemento [data-controlador="a b"] con ./controladores/a.js y b.js.
 * Un controlador exporta `default (elemento) => limpiar?` y no sabe quién lo llama;
 * lo que htmx agregue o quite del documento se conecta y se limpia solo.
 */
const vivos = new WeakMap();

async function conectar(elemento) {
  const puestos = vivos.get(elemento) ?? new Map();
  vivos.set(elemento, puestos);
  for (const nombre of (elemento.dataset.controlador ?? '').split(/\s+/).filter(Boolean)) {
    if (puestos.has(nombre) || !/^[a-z0-9_]+$/.test(nombre)) continue;
    puestos.set(nombre, null);
    try {
      const { default: iniciar } = await import(`./controladores/${nombre}.js`);
      // Pudo salir del documento mientras llegaba el archivo.
      if (elemento.isConnected) puestos.set(nombre, iniciar(elemento) ?? null);
      else puestos.delete(nombre);
    } catch (error) {
      console.error(`controlador ${nombre}`, error);
    }
  }
}

function desconectar(elemento) {
  for (const limpiar of vivos.get(elemento)?.values() ?? []) limpiar?.();
  vivos.delete(elemento);
}

function recorrer(nodo, hacer) {
  if (nodo.nodeType !== Node.ELEMENT_NODE) return;
  if (nodo.hasAttribute('data-controlador')) hacer(nodo);
  for (const hijo of nodo.querySelectorAll('[data-controlador]')) hacer(hijo);
}

new MutationObserver((cambios) => {
  for (const { removedNodes, addedNodes } of cambios) {
    // Un nodo que sólo cambió de lugar sale y entra: sigue conectado y no se toca.
    for (const nodo of removedNodes) if (!nodo.isConnected) recorrer(nodo, desconectar);
    for (const nodo of addedNodes) if (nodo.isConnected) recorrer(nodo, conectar);
  }
}).observe(document.documentElement, { childList: true, subtree: true });

const primeros = [];
recorrer(document.documentElement, (elemento) => primeros.push(conectar(elemento)));
/* Con todo conectado la página ya responde a teclas y botones: lo esperan las pruebas de navegador. */
void Promise.all(primeros).then(() => document.documentElement.toggleAttribute('data-conectada', true));
