/** Texto de WhatsApp en trozos: la vista los dibuja escapados, así que nada de lo que escribe la gente llega a ser HTML. */

export interface Trozo {
  tipo: 'texto' | 'fuerte' | 'cursiva' | 'tachado' | 'mono' | 'enlace';
  texto: string;
  url?: string;
}

const MARCAS: Record<string, Trozo['tipo']> = { '*': 'fuerte', _: 'cursiva', '~': 'tachado' };

// Una sola pasada: bloque mono, enlace o marca pegada a la palabra, como lo entiende WhatsApp.
const PATRON =
  /```([^`]{1,2000})```|(https?:\/\/[^\s<>"]{1,2000})|(?<![\p{L}\p{N}*_~])([*_~])(?=\S)([^*_~\n]{1,1000}?)(?<=\S)\3(?![\p{L}\p{N}*_~])/gu;

/** Parte un mensaje en trozos con el formato de WhatsApp (*negrita*, _cursiva_, ~tachado~, ```mono```) y enlaces. */
export function partirTexto(texto: string): Trozo[] {
  const trozos: Trozo[] = [];
  let desde = 0;
  for (const hallado of texto.matchAll(PATRON)) {
    agregarTexto(trozos, texto.slice(desde, hallado.index));
    const [todo, mono, enlace, marca, dentro] = hallado;
    desde = hallado.index + todo.length;
    if (mono !== undefined) trozos.push({ tipo: 'mono', texto: mono });
    else if (enlace !== undefined) desde -= agregarEnlace(trozos, enlace);
    else trozos.push({ tipo: MARCAS[marca ?? ''] ?? 'texto', texto: dentro ?? '' });
  }
  agregarTexto(trozos, texto.slice(desde));
  return trozos;
}

/** Parte el extracto de una búsqueda por las marcas ⟦ ⟧ que pone la base alrededor de lo hallado. */
export function partirExtracto(extracto: string): { texto: string; marcado: boolean }[] {
  return extracto
    .replace(/\s+/g, ' ')
    .split(/[⟦⟧]/)
    .map((texto, i) => ({ texto, marcado: i % 2 === 1 }))
    .filter((parte) => parte.texto !== '');
}

function agregarTexto(trozos: Trozo[], texto: string): void {
  if (texto) trozos.push({ tipo: 'texto', texto });
}

/** Deja fuera del enlace la puntuación final de la frase; devuelve cuántos caracteres se devolvieron al texto. */
function agregarEnlace(trozos: Trozo[], crudo: string): number {
  const url = crudo.replace(/[.,;:!?)\]}'”»]+$/u, '');
  trozos.push({ tipo: 'enlace', texto: url.replace(/^https?:\/\//, ''), url });
  return crudo.length - url.length;
}
