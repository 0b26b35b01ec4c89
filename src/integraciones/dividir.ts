/** Tope de Twilio para el texto de un mensaje: twilio.com/docs/api/errors/21617. */
export const MAXIMO_TEXTO = 1600;
/** Tope del texto que acompaña a un archivo en WhatsApp (Meta, «Image messages»: «caption»); pasarse da 63021. */
export const MAXIMO_PIE = 1024;

// Un corte muy al principio deja un mensaje raquítico: antes que eso, se corta en la palabra.
const MINIMO_UTIL = 0.35;

/**
 * Parte un texto en mensajes de a lo más `maximo` unidades UTF-16, de preferencia al final de un párrafo u
 * oración, si no en un espacio y sólo al final a media palabra (nunca a media letra ni a medio emoji).
 * Un texto en blanco da [].
 */
export function dividir(texto: string, maximo: number = MAXIMO_TEXTO): string[] {
  const partes: string[] = [];
  let resto = texto.trim();
  while (resto.length > maximo) {
    const corte = dondeCortar(resto, maximo);
    const parte = resto.slice(0, corte).trimEnd();
    if (parte) partes.push(parte);
    resto = resto.slice(corte).trimStart();
  }
  if (resto) partes.push(resto);
  return partes;
}

function dondeCortar(texto: string, maximo: number): number {
  // Una unidad más: el espacio que sigue a un punto puede caer justo después del tope.
  const ventana = texto.slice(0, maximo + 1);
  const minimo = maximo * MINIMO_UTIL;
  for (const patron of [/\n\s*\n/gu, /[.!?…]+["”»)\]]*(?=\s)/gu, /\n/gu, /[,;:](?=\s)/gu]) {
    const corte = ultimoFin(ventana, patron, maximo);
    if (corte >= minimo) return corte;
  }
  const espacio = ultimoFin(ventana, /\S(?=\s)/gu, maximo);
  return espacio > 0 ? espacio : corteEntreLetras(texto, maximo);
}

function ultimoFin(ventana: string, patron: RegExp, maximo: number): number {
  let fin = 0;
  for (const hallado of ventana.matchAll(patron)) {
    const hasta = hallado.index + hallado[0].length;
    if (hasta <= maximo) fin = hasta;
  }
  return fin;
}

const letras = new Intl.Segmenter('es', { granularity: 'grapheme' });

function corteEntreLetras(texto: string, maximo: number): number {
  const segmento = letras.segment(texto).containing(maximo);
  if (segmento && segmento.index > 0) return segmento.index;
  // Una sola «letra» más larga que el tope (marcas apiladas): al menos no partir el par subrogado.
  const unidad = texto.charCodeAt(maximo);
  return maximo > 1 && unidad >= 0xdc00 && unidad <= 0xdfff ? maximo - 1 : maximo;
}
