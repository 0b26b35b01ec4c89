import type { EntradaIA } from './contexto_ia.ts';
import { leerCortesia, responderCortesia } from './cortesia.ts';
import { buscarEvidencia, type Evidencia } from './evidencia.ts';
import { estaAbierto } from './horario.ts';
import { normalizar, palabras, VACIAS } from './texto.ts';

export interface RespuestaLocal {
  accion: 'responder' | 'pasar_a_humano';
  texto: string;
  citados: string[];
  motivo: 'respondida' | 'sin_evidencia' | 'pasada_a_humano';
  detalle: string;
  puntajes: { id: string; cobertura: number }[];
}

/** Letras de la pregunta que se leen: de sobra para preguntar, y una pegada de texto no ocupa el proceso. */
const MAXIMO_PREGUNTA = 800;

/**
 * Contesta sin modelo: copia del mejor bloque las oraciones que responden, o lo pasa a una persona. Nunca redacta datos.
 *
 * La coincidencia es fuerte cuando una oración, leída bajo su título, cumple las tres reglas:
 * 1. cubre más de la mitad de lo que informa la pregunta, donde cada término pesa su idf entre los bloques de la nora
 *    (una palabra que la nora no usa nunca pesa más que cualquiera: preguntar por lo que no hay se nota);
 * 2. trae la clase de dato pedida: un precio a «¿cuánto cuesta?», una hora a «¿a qué hora?»…;
 * 3. su bloque contiene todos los números de la pregunta («tinaco de 450 litros» no es el de 1,100).
 */
export function responderLocal(entrada: EntradaIA): RespuestaLocal {
  const cortesia = leerCortesia(entrada.pregunta);
  if (cortesia) {
    const texto = responderCortesia(cortesia, entrada);
    if (texto)
      return {
        accion: 'responder',
        texto,
        citados: [],
        motivo: 'respondida',
        detalle: cortesia,
        puntajes: [],
      };
    return pasarConGusto(entrada, 'contesta a una pregunta nuestra');
  }
  if (pidePersona(entrada.pregunta)) return pasar(entrada, 'pasada_a_humano', 'pidió una persona', []);
  if (preguntaPorSuCaso(entrada.pregunta)) return pasarConGusto(entrada, 'pregunta por su propio caso');
  const { evidencias, puntajes } = contestarPartes(entrada);
  if (evidencias.length === 0)
    return pasar(entrada, 'sin_evidencia', 'ningún bloque coincide con fuerza', puntajes);
  return {
    accion: 'responder',
    texto: `${saludoDe(entrada)}${[...new Set(evidencias.map((e) => e.texto))].join('\n\n')}`,
    citados: [...new Set(evidencias.map((e) => e.id))],
    motivo: 'respondida',
    detalle: `cobertura ${evidencias.map((e) => e.cobertura.toFixed(2)).join(', ')}`,
    puntajes,
  };
}

type Puntajes = RespuestaLocal['puntajes'];

/**
 * Quien pregunta dos cosas recibe las dos, si ambas se pueden contestar. Si no, la pregunta se lee entera:
 * muchas veces los renglones de una ráfaga son pedazos de una sola.
 */
function contestarPartes({ pregunta, conocimiento }: EntradaIA): {
  evidencias: Evidencia[];
  puntajes: Puntajes;
} {
  const texto = pregunta.slice(0, MAXIMO_PREGUNTA);
  const partes = texto
    .split(/\n+|\?\s*(?=\S)|\s+y\s+(?=¿?(?:cu[aá]nt|a qu[eé] hora|d[oó]nde|tienen|hay|abren|aceptan)\b)/i)
    .filter((p) => dice(p));
  if (partes.length >= 2 && partes.length <= 3) {
    const leidas = partes.map((p) => buscarEvidencia(p, conocimiento));
    const evidencias = leidas.flatMap((l) => l.mejor ?? []);
    if (evidencias.length === partes.length)
      return { evidencias, puntajes: leidas.flatMap((l) => l.puntajes) };
  }
  const { mejor, puntajes } = buscarEvidencia(texto, conocimiento);
  return { evidencias: mejor ? [mejor] : [], puntajes };
}

/** Si un pedazo de mensaje informa algo: ni cortesía ni «quiero saber». */
function dice(parte: string): boolean {
  return leerCortesia(parte) === null && palabras(normalizar(parte)).some((p) => !VACIAS.has(p));
}

/** Lo que se le dice a quien se pasa con una persona, según si el negocio está abierto. */
export function textoPaseHumano(
  entrada: Pick<EntradaIA, 'nora' | 'ahora'>,
  motivo: 'sin_evidencia' | 'pasada_a_humano',
): string {
  const propio = entrada.nora.mensaje_fuera_de_tema?.trim();
  if (motivo === 'sin_evidencia' && propio) return propio;
  const inicio = motivo === 'sin_evidencia' ? 'Para no darte un dato equivocado, ' : 'Claro, ';
  const cierre =
    estaAbierto(entrada.nora.horario, entrada.nora.zona_horaria, entrada.ahora) === false
      ? 'te responde por aquí en cuanto abramos.'
      : 'en un momento te responde por aquí.';
  return `${inicio}le paso tu mensaje a una persona del equipo; ${cierre}`;
}

/** Si el contacto pide hablar con alguien del equipo. */
export function pidePersona(pregunta: string): boolean {
  const t = normalizar(pregunta);
  return (
    /\b(hablar|comunic\w+|atien\w+|atend\w+|contest\w+|pas[ae]\w*|llam\w+|marc\w+)\b.{0,30}\b(persona|alguien|humano|asesor[a]?|encargad[oa]|gerente|duen[yi]?[oa]|agente|ejecutiv[oa])\b/.test(
      t,
    ) ||
    /^\W*(un |una )?(asesor[a]?|humano|persona real|agente)\W*$/.test(t) ||
    /\bno (quiero|con) (un |hablar con un )?(robot|bot|maquina)\b/.test(t)
  );
}

/** La palabra o frase de `lista` que dice el mensaje, comparada entera, sin acentos ni mayúsculas; null si ninguna. */
export function palabraDePase(texto: string, lista: readonly string[]): string | null {
  const dicho = enPalabras(texto);
  return lista.find((p) => enPalabras(p).trim() !== '' && dicho.includes(enPalabras(p))) ?? null;
}

function enPalabras(texto: string): string {
  return ` ${normalizar(texto)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()} `;
}

/** «¿Ya llegó mi pedido?», «¿ya está lista?»: eso no está en el conocimiento, lo sabe una persona. */
export function preguntaPorSuCaso(pregunta: string): boolean {
  const t = normalizar(pregunta);
  return (
    /(^|[^a-z ] *)ya\b(?! (me|te|les|lo|la)? ?(pued|qui|ocup))/.test(t) ||
    /\b(cuando|donde|como) (llega|viene|va|esta|sale) mi\b/.test(t)
  );
}

/** Quien saluda y pregunta en el mismo mensaje recibe también el saludo. */
function saludoDe(entrada: EntradaIA): string {
  return /^\W*(h?ol[ai]|buen[oa]s?)\b/.test(normalizar(entrada.pregunta)) ? '¡Hola! ' : '';
}

function pasar(
  entrada: EntradaIA,
  motivo: 'sin_evidencia' | 'pasada_a_humano',
  detalle: string,
  puntajes: { id: string; cobertura: number }[],
): RespuestaLocal {
  return {
    accion: 'pasar_a_humano',
    texto: textoPaseHumano(entrada, motivo),
    citados: [],
    motivo,
    detalle,
    puntajes,
  };
}

/** No sabe, pero tampoco es un dato del negocio: se dice sin disculpa y Nora puede seguir con lo que sí sepa. */
function pasarConGusto(entrada: EntradaIA, detalle: string): RespuestaLocal {
  return {
    ...pasar(entrada, 'sin_evidencia', detalle, []),
    texto: textoPaseHumano(entrada, 'pasada_a_humano'),
  };
}
