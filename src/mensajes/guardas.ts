import { normalizar, palabras } from '../ia/texto.ts';

interface Dicho {
  autor: string;
  texto: string;
}

const MINIMO_REPETIDOS = 4;

/**
 * Dos bots hablándose: en los últimos minutos la otra parte dijo cuatro veces casi lo mismo y cada vez le
 * contestamos. `ultimos` va del más nuevo al más viejo.
 */
export function parecenDosBots(ultimos: Dicho[]): boolean {
  const suyos = ultimos.filter((u) => u.autor === 'contacto').slice(0, MINIMO_REPETIDOS);
  const nuestros = ultimos.filter((u) => u.autor === 'ia' || u.autor === 'automatica');
  if (suyos.length < MINIMO_REPETIDOS || nuestros.length < MINIMO_REPETIDOS - 1) return false;
  const primero = suyos[0];
  return primero !== undefined && suyos.every((s) => casiIguales(s.texto, primero.texto));
}

/** Mismas palabras salvo, a lo más, una de cada cinco (números y horas cambian entre repeticiones). */
function casiIguales(a: string, b: string): boolean {
  const unas = new Set(palabras(normalizar(a)));
  const otras = new Set(palabras(normalizar(b)));
  if (unas.size === 0 || otras.size === 0) return a.trim() === b.trim();
  const comunes = [...unas].filter((p) => otras.has(p)).length;
  return comunes / Math.max(unas.size, otras.size) >= 0.8;
}
