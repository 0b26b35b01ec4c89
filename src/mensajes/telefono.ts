import { parsePhoneNumberFromString } from 'libphonenumber-js';

/** A quién apunta una dirección de WhatsApp: un teléfono E.164 o, si la persona lo oculta, su id (BSUID). */
export interface Direccion {
  telefono: string | null;
  bsuid: string | null;
}

const E164 = /^\+[1-9]\d{6,14}$/;
// twilio.com/docs/messaging/guides/webhook-request: From puede traer el id de quien oculta su número.
const BSUID = /^[A-Za-z0-9][A-Za-z0-9._:-]{2,190}$/;

/** Lee `whatsapp:+5216621234567` o `whatsapp:MX.1234…`. Null si no es ninguna de las dos. */
export function leerDireccion(texto: string): Direccion | null {
  const valor = texto.replace(/^whatsapp:/i, '').trim();
  // Algunos proxies convierten el + de un formulario en espacio antes de firmar.
  const numero = /^\d{7,15}$/.test(valor) ? `+${valor}` : valor;
  if (E164.test(numero)) return { telefono: numero, bsuid: null };
  if (BSUID.test(valor)) return { telefono: null, bsuid: valor };
  return null;
}

/**
 * La clave con la que se reconoce a una persona aunque WhatsApp escriba su número de otro modo: el 1 de
 * México, el 9 de Argentina y el noveno dígito de Brasil sobran. Igual a `clave_de` en la base.
 */
export function claveDe(telefono: string): string {
  if (/^\+521\d{10}$/.test(telefono)) return `+52${telefono.slice(4)}`;
  if (/^\+549\d{10}$/.test(telefono)) return `+54${telefono.slice(4)}`;
  if (/^\+55\d{2}9\d{8}$/.test(telefono)) return `+55${telefono.slice(3, 5)}${telefono.slice(6)}`;
  return telefono;
}

/** Lo que una persona teclea ("662 123 4567", "+1 415…") en E.164; null si no es un teléfono posible. */
export function normalizarTelefono(texto: string): string | null {
  const numero = parsePhoneNumberFromString(texto.slice(0, 40), 'MX');
  return numero?.isPossible() && E164.test(numero.number) ? numero.number : null;
}

/** Para leer: `+52 662 123 4567`. El 1 de los móviles mexicanos no se muestra: nadie lo marca ya. */
export function formatearTelefono(telefono: string | null): string {
  if (!telefono) return 'Número oculto';
  return parsePhoneNumberFromString(claveDe(telefono))?.formatInternational() ?? telefono;
}
