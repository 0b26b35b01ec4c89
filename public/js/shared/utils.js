/** Primer elemento que cumple el selector. */
export const uno = (selector, desde = document) => desde.querySelector(selector);

/** Todos los que lo cumplen, en arreglo. */
export const todos = (selector, desde = document) => [...desde.querySelectorAll(selector)];

/** Valor de un <meta name>. */
export const meta = (nombre) => uno(`meta[name="${nombre}"]`)?.content ?? '';

/** Espera a que dejen de llamar. `.cancelar()` olvida lo pendiente. */
export function rebotar(fn, ms) {
  let reloj;
  const rebotada = (...datos) => {
    clearTimeout(reloj);
    reloj = setTimeout(() => fn(...datos), ms);
  };
  rebotada.cancelar = () => clearTimeout(reloj);
  return rebotada;
}

/** Llama en seguida y a lo más una vez cada `ms`, sin perder la última. */
export function espaciar(fn, ms) {
  let reloj;
  let repetir = false;
  const correr = () => {
    fn();
    reloj = setTimeout(() => {
      reloj = undefined;
      if (repetir) {
        repetir = false;
        correr();
      }
    }, ms);
  };
  return () => {
    if (reloj) repetir = true;
    else correr();
  };
}

/** Agrega oyentes y devuelve cómo quitarlos todos: `return escuchar([elemento, 'click', fn], …)`. */
export function escuchar(...oyentes) {
  const control = new AbortController();
  for (const [quien, evento, fn, opciones] of oyentes)
    quien.addEventListener(evento, fn, { ...opciones, signal: control.signal });
  return () => control.abort();
}

/** Texto sin acentos ni mayúsculas, para comparar. */
export const plano = (texto) =>
  texto
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase();

/** Dice si la persona está escribiendo, para no robarle teclas. */
export function escribiendo(destino = document.activeElement) {
  return Boolean(destino?.closest?.('input, textarea, select, [contenteditable="true"]'));
}

/** Guarda y lee preferencias del navegador; sin almacenamiento disponible, usa lo de fábrica. */
export const preferencias = {
  leer(clave, fabrica) {
    try {
      return JSON.parse(localStorage.getItem(`nora:${clave}`)) ?? fabrica;
    } catch {
      return fabrica;
    }
  },
  guardar(clave, valor) {
    try {
      localStorage.setItem(`nora:${clave}`, JSON.stringify(valor));
    } catch {
      // En modo privado puede no haber dónde: la preferencia dura lo que la página.
    }
  },
};

/** Clave única para envíos que no deben repetirse. */
export const nuevaClave = () =>
  crypto.randomUUID?.() ??
  [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');
