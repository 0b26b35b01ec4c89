/**
 * Deja pasar un `next` sólo si es una ruta de esta misma aplicación; si no, null. Sin esto el
 * formulario de entrada serviría para mandar a la gente a sitios ajenos.
 */
export function siguienteSeguro(next: unknown): string | null {
  if (typeof next !== 'string' || next.length > 500) return null;
  // "//sitio" y "/\sitio" son otro servidor para un navegador; los controles se ignoran al leer la URL.
  if (!next.startsWith('/') || /^\/[/\\]/.test(next) || /[\p{Cc}\\]/u.test(next)) return null;
  const url = new URL(next, 'http://nora.invalid');
  if (url.origin !== 'http://nora.invalid') return null;
  if (/^\/(login|logout)(\/|$)/.test(url.pathname)) return null;
  return url.pathname + url.search;
}
