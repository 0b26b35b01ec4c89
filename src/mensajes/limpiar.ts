/**
 * Texto que la base acepta: recortado, bien formado y sin nulos, en ese orden (recortar puede partir un par
 * subrogado). Un nulo o un subrogado suelto tira el parámetro antes de que corra ninguna función.
 */
export function limpiar(texto: string, maximo: number): string {
  return texto.slice(0, maximo).toWellFormed().replaceAll('\0', '');
}
