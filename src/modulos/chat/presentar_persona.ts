import { parsePhoneNumberFromString } from 'libphonenumber-js';
import type { Entorno } from './tipos.ts';

const TONOS = ['violeta', 'azul', 'cielo', 'verde', 'lima', 'ambar', 'naranja', 'rojo', 'rosa', 'gris'];

/** Color de una etiqueta: el suyo si es de la paleta, si no uno fijo por su nombre. */
export function tonoEtiqueta(nombre: string, e: Entorno): string {
  const color = e.colores[nombre] ?? '';
  return TONOS.includes(color) ? color : tonoDe(nombre.toLowerCase());
}

/** `+52 662 204 7718`; el `1` que WhatsApp agrega a los móviles de México no se muestra. */
export function telefonoDe(telefono: string | null | undefined): string {
  if (!telefono) return '';
  const limpio = telefono.replace(/^\+521(\d{10})$/, '+52$1');
  return parsePhoneNumberFromString(limpio)?.formatInternational() ?? limpio;
}

export function primerNombre(nombre: string | null | undefined): string {
  return nombre?.trim().split(/\s+/)[0] || 'Equipo';
}

export function nombreDe(c: { nombre: string | null; telefono: string | null }): string {
  return c.nombre?.trim() || telefonoDe(c.telefono) || 'Sin nombre';
}

/** Tono fijo para una llave: la misma persona o etiqueta, siempre el mismo color. */
export function tonoDe(llave: string): string {
  let suma = 0;
  for (const letra of llave) suma = (suma * 31 + (letra.codePointAt(0) ?? 0)) >>> 0;
  return TONOS[suma % (TONOS.length - 1)] ?? 'gris';
}
