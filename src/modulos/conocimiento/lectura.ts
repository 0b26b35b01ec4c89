import { ErrorApp } from '../../errores.ts';
import type { Pedazo } from './partir.ts';

/** Lo que se sacó de un archivo. */
export interface Lectura {
  bloques: Pedazo[];
  /** Lo que la persona debe saber antes de guardar. */
  avisos: string[];
}

/** El rechazo de un archivo, dicho junto al campo en que se eligió. */
export function mal(codigo: string, mensaje: string): ErrorApp {
  return new ErrorApp(422, codigo, mensaje, { campos: { archivo: mensaje } });
}
