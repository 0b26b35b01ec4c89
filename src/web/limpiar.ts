/**
 * Texto escrito por una persona, listo para guardarse: saltos de línea iguales, sin nulos ni otros controles, sin
 * subrogados sueltos (la base no los acepta) y sin marcas invisibles que voltean lo que se ve.
 */
export function limpiarEscrito(texto: string): string {
  return texto
    .toWellFormed()
    .replace(/\r\n?|\u2028|\u2029/g, '\n')
    .replace(/(?![\n\t])\p{Cc}|[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffd]/gu, '')
    .trim();
}
