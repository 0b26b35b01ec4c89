import type { Request } from 'express';

/** true si quien pide es un programa que prefiere JSON; un navegador siempre pide HTML. */
export function prefiereJson(req: Request): boolean {
  if (esFragmento(req)) return false;
  return req.accepts(['html', 'json']) === 'json';
}

/** true si la petición la hizo htmx y espera sólo un pedazo de página. */
export function esFragmento(req: Request): boolean {
  return req.get('hx-request') === 'true';
}
