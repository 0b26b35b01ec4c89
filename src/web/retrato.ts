/** Tonos que tiene `shared/avatar.css`. */
const TONOS = 6;

export interface Retrato {
  /** Una o dos letras; de un teléfono, sus dos últimas cifras. */
  letras: string;
  /** 0 a 5. */
  tono: number;
}

/** Lo que va en el círculo de quien no tiene foto: la misma clave da el mismo color en todas las pantallas. */
export function retratoDe(nombre: string, clave: string = nombre): Retrato {
  let suma = 7;
  for (const letra of clave) suma = (suma * 31 + (letra.codePointAt(0) ?? 0)) % 9973;
  return { letras: letrasDe(nombre.trim()), tono: suma % TONOS };
}

function letrasDe(nombre: string): string {
  if (/^[+\d]/.test(nombre)) return nombre.replace(/\D/g, '').slice(-2);
  const palabras = nombre.split(/\s+/).filter((p) => /^[\p{L}\p{N}]/u.test(p));
  const otra = palabras.length > 1 ? palabras.at(-1) : '';
  return `${primeraLetra(palabras[0] ?? nombre) || '?'}${primeraLetra(otra ?? '')}`.toUpperCase();
}

/** Por punto de código: media letra no se puede dibujar. */
function primeraLetra(palabra: string): string {
  return palabra ? String.fromCodePoint(palabra.codePointAt(0) ?? 63) : '';
}
