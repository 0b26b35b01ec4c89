import type { EntradaIA } from './contexto_ia.ts';
import { normalizar } from './texto.ts';

type Cortesia = 'saludo' | 'gracias' | 'despedida' | 'acuerdo' | 'negacion';

const FRASES: [Cortesia, RegExp][] = [
  [
    'gracias',
    /^(muchas |mil |muchisimas )?(gracias|grax|agradezco|se los agradezco)( a (ti|usted|ustedes))?$/,
  ],
  [
    'despedida',
    /^(adios|bye|hasta (luego|pronto|manyana)|nos vemos|buen dia|bonit[oa] (dia|tarde|noche)|que esten? bien)$/,
  ],
  [
    'saludo',
    /^(h?ol[ai]+s?|buen[oa]s?|buen[oa]?s? (dias?|tardes?|noches?)|que tal|que onda|como estan?|como estas|saludos|hey|hello|buenas buenas|tardes|dias|noches)$/,
  ],
  [
    'acuerdo',
    /^(o+k+(ey|ay|i)?|okis|va|vale|sale|si|claro|perfecto|excelente|de acuerdo|esta bien|muy bien|listo|entendido|enterad[oa]|genial|super|correcto|asi es|por favor|porfa(vor)?)$/,
  ],
  ['negacion', /^(no|nop|nel|no gracias|asi esta bien|nada mas|es todo|seria todo)$/],
];

/** Nadie saluda con más letras; buscar frase por frase en una ráfaga de 160,000 detenía el proceso dos segundos. */
const MAXIMO_LETRAS = 300;

/**
 * Si el mensaje es pura cortesía («hola, buenas tardes», «ok, gracias»), cuál; null si dice algo más.
 * Sin letras ni números (un emoji, «👍», «...») cuenta como acuerdo.
 */
export function leerCortesia(pregunta: string): Cortesia | null {
  if (pregunta.length > MAXIMO_LETRAS) return null;
  const partes = normalizar(pregunta)
    .replace(/[^a-z0-9?]+/g, ' ')
    .replaceAll('?', ' ')
    .trim();
  if (partes === '') return 'acuerdo';
  const halladas = new Set<Cortesia>();
  let resto = partes.split(/\s+/);
  while (resto.length > 0) {
    const corte = cortarFrase(resto);
    if (!corte) return null;
    halladas.add(corte.tipo);
    resto = resto.slice(corte.largo);
  }
  return (
    (['gracias', 'despedida', 'saludo', 'acuerdo', 'negacion'] as const).find((c) => halladas.has(c)) ?? null
  );
}

/**
 * Respuesta fija a una cortesía, sin inventar nada; null cuando depende de lo que se venía hablando:
 * un «sí» a una pregunta nuestra no se puede contestar de memoria.
 */
export function responderCortesia(
  cortesia: Cortesia,
  entrada: Pick<EntradaIA, 'nora' | 'contacto' | 'historial'>,
): string | null {
  const ultimo = entrada.historial.findLast((t) => t.autor !== 'sistema');
  const preguntamos = ultimo !== undefined && ultimo.autor !== 'contacto' && /\?\s*$/.test(ultimo.texto);
  const nombre = primerNombre(entrada.contacto.nombre);
  switch (cortesia) {
    case 'saludo':
      return ultimo && ultimo.autor !== 'contacto'
        ? `¡Hola${nombre}! Dime, ¿en qué te ayudo?`
        : `¡Hola${nombre}! Gracias por escribir a ${entrada.nora.nombre_visible}. ¿En qué te puedo ayudar?`;
    case 'gracias':
      return '¡Con mucho gusto! Aquí estoy si necesitas algo más.';
    case 'despedida':
      return '¡Gracias por escribirnos! Que tengas un excelente día.';
    case 'acuerdo':
      return preguntamos && !esAbierta(ultimo.texto)
        ? null
        : '¡Perfecto! Si te surge otra duda, escríbeme por aquí.';
    case 'negacion':
      return preguntamos && !esAbierta(ultimo.texto) ? null : 'De acuerdo. Aquí estoy si necesitas algo más.';
  }
}

function cortarFrase(resto: string[]): { tipo: Cortesia; largo: number } | null {
  for (let largo = Math.min(5, resto.length); largo > 0; largo--) {
    const frase = resto.slice(0, largo).join(' ');
    const tipo = FRASES.find(([, patron]) => patron.test(frase))?.[0];
    if (tipo) return { tipo, largo };
  }
  return null;
}

/** «¿En qué te ayudo?» no espera un sí o un no. */
function esAbierta(texto: string): boolean {
  return /(en que|que mas|algo mas)[^?]*\?\s*$/.test(normalizar(texto));
}

function primerNombre(nombre: string | null): string {
  const primero = nombre?.trim().split(/\s+/)[0] ?? '';
  return /^\p{L}{2,20}$/u.test(primero) ? `, ${primero}` : '';
}
