import { limpiarEscrito } from '../../web/limpiar.ts';

/** Un pedazo de documento listo para ser bloque. */
export interface Pedazo {
  titulo: string;
  contenido: string;
  etiquetas: string[];
  prioridad: number;
  activo: boolean;
}

/** Lo que cabe en `conocimiento_nora.contenido`, contado como lo cuenta PostgreSQL: en caracteres, no en UTF-16. */
export const MAXIMO_CONTENIDO = 1000;
export const MAXIMO_TITULO = 120;

// Párrafos más cortos que esto se juntan con el siguiente: un bloque de una línea suelta casi nunca se entiende solo.
const MINIMO_COMODO = 220;
const COMODO = 700;

/** Cómo se reconocen los encabezados: por su forma, por Markdown, o porque el lector ya los marcó con `MARCA_TITULO`. */
export type Estilo = 'texto' | 'markdown' | 'marcado';

/** Va al principio de cada renglón que es encabezado en un DOCX o PDF; de uso privado, así que nadie la escribe. */
export const MARCA_TITULO = '\ue000';

/**
 * Parte un texto en bloques por encabezados y, dentro de cada sección, por párrafos y oraciones. Entiende Markdown
 * (`#`, subrayados con `===`), líneas cortas en mayúsculas o numeradas que encabezan, y tablas de Markdown.
 * Ningún bloque pasa de 1,000 caracteres, ninguno queda vacío y ninguna palabra se pierde.
 */
export function partirTexto(texto: string, estilo: Estilo = 'texto'): Pedazo[] {
  const pedazos: Pedazo[] = [];
  for (const seccion of seccionesDe(limpiarTexto(texto), estilo)) {
    const partes = juntar(seccion.parrafos.flatMap((p) => partirLargo(p, MAXIMO_CONTENIDO)));
    for (const [i, contenido] of partes.entries()) {
      const titulo = recortarTitulo(seccion.titulo);
      pedazos.push(
        nuevoPedazo(
          partes.length > 1 && titulo ? conParte(titulo, i + 1, partes.length) : titulo,
          contenido,
          seccion,
        ),
      );
    }
  }
  return pedazos;
}

/** Un pedazo que ya venía hecho (una fila de CSV): si no cabe se parte igual. */
export function partirPedazo(p: Pedazo): Pedazo[] {
  const partes = partirLargo(limpiarTexto(p.contenido), MAXIMO_CONTENIDO);
  const titulo = recortarTitulo(p.titulo);
  return partes.map((contenido, i) => ({
    ...p,
    titulo: partes.length > 1 && titulo ? conParte(titulo, i + 1, partes.length) : titulo,
    contenido,
  }));
}

/** Lo escrito, limpio y sin espacios ni renglones de más. */
export function limpiarTexto(texto: string): string {
  return limpiarEscrito(texto)
    .replace(/[ \t\u00a0]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n');
}

/** Cuántos caracteres son, como los cuenta la base. */
export function largoDe(texto: string): number {
  let n = 0;
  for (const _ of texto) n++;
  return n;
}

interface Seccion {
  titulo: string;
  /** Su encabezado tal cual, sin el de la sección que la contiene. */
  propio: string;
  parrafos: string[];
  etiquetas: string[];
  prioridad: number;
  activo: boolean;
  /** Viene de una exportación nuestra: su texto es uno solo y va tal cual. */
  literal: boolean;
}

// Lo que escribe `exportarMarkdown` bajo cada título, para que volver a importar dé lo mismo.
const MARCA =
  /^<!--\s*nora(?:\s+etiquetas="([^"]*)")?(?:\s+prioridad=(\d))?(\s+apagado)?(\s+sin-titulo)?\s*-->$/;

function seccionesDe(texto: string, estilo: Estilo): Seccion[] {
  const markdown = estilo === 'markdown';
  const secciones: Seccion[] = [];
  let actual = nuevaSeccion('');
  let lineas: string[] = [];
  let enCodigo = false;
  const cerrarParrafo = () => {
    const parrafo = lineas.join('\n').trim();
    if (parrafo) actual.parrafos.push(parrafo);
    lineas = [];
  };
  const esTitulo = (renglon: string) => renglon.startsWith('## ');
  const abrir = (propio: string) => {
    cerrarParrafo();
    // Un encabezado sin texto debajo sigue siendo contexto del que viene: «Servicios» → «Servicios: Uñas».
    const suelto = !actual.literal && actual.parrafos.length === 0 ? actual.titulo : '';
    const junto = suelto ? `${suelto}: ${propio}` : propio;
    const cabe = largoDe(junto) <= MAXIMO_TITULO;
    // Lo que no cabe como título se queda como texto: nada se pierde.
    if (suelto && !cabe) actual.parrafos.push(suelto);
    if (actual.parrafos.length > 0) secciones.push(actual);
    actual = nuevaSeccion(cabe ? junto : propio, propio);
    if (largoDe(propio) > MAXIMO_TITULO) {
      actual.titulo = '';
      actual.parrafos.push(propio);
    }
  };
  const renglones = texto.split('\n');
  for (const [i, renglon] of renglones.entries()) {
    if (actual.literal && !esTitulo(renglon)) {
      lineas.push(renglon.replace(/^\\(?=[\\#])/, ''));
      continue;
    }
    if (markdown && /^\s*(```|~~~)/.test(renglon)) {
      enCodigo = !enCodigo;
      continue;
    }
    const marca = markdown ? MARCA.exec(renglon.trim()) : null;
    if (marca) {
      actual.etiquetas = (marca[1] ?? '')
        .split(',')
        .map((e) => e.trim())
        .filter(Boolean);
      actual.prioridad = Number(marca[2] ?? 0);
      actual.activo = !marca[3];
      // Trae su propio título completo: no hereda el de arriba.
      actual.titulo = marca[4] ? '' : actual.propio;
      actual.literal = true;
      continue;
    }
    const titulo = enCodigo ? null : encabezado(renglon, renglones[i - 1], renglones[i + 1], estilo);
    if (titulo === '') continue;
    if (titulo !== null) abrir(titulo);
    else if (renglon.trim() === '') cerrarParrafo();
    else lineas.push(markdown ? sinMarcas(renglon) : renglon.trim());
  }
  cerrarParrafo();
  if (actual.parrafos.length > 0) secciones.push(actual);
  else if (actual.titulo) secciones.push({ ...actual, titulo: '', parrafos: [actual.titulo] });
  return secciones;
}

/** El título que abre un renglón, '' si el renglón sólo adorna (subrayado, raya) o null si es texto normal. */
function encabezado(
  renglon: string,
  antes: string | undefined,
  despues: string | undefined,
  estilo: Estilo,
): string | null {
  const t = renglon.trim();
  if (estilo === 'marcado') return t.startsWith(MARCA_TITULO) ? t.slice(1).trim() : null;
  if (estilo === 'markdown') {
    const gato = /^#{1,6}\s+(.+?)\s*#*$/.exec(t);
    if (gato) return sinMarcas(gato[1] ?? '').trim() || null;
    if (/^(=+|-{3,}|\*{3,}|_{3,})$/.test(t)) return '';
    if (/^\|?[\s:|-]+\|[\s:|-]*$/.test(t) && t.includes('-')) return '';
    if (t && /^(={3,}|-{3,})$/.test((despues ?? '').trim()) && !antes?.trim()) return sinMarcas(t);
    const fuerte = /^\*\*([^*]{2,100}?):?\*\*:?$/.exec(t);
    return fuerte ? (fuerte[1] ?? null) : null;
  }
  // En texto sin formato encabeza una línea corta, sola entre blancos (o al principio) y que no termina como oración.
  if (!t || largoDe(t) > 80 || /[.!?;,…]$/.test(t) || !/\p{L}/u.test(t)) return null;
  const sola = !antes?.trim();
  const numerada =
    /^(?:\d{1,2}(?:\.\d{1,2})*[.)]|[IVX]{1,5}\.|cap[ií]tulo|secci[oó]n|art[ií]culo)\s+\p{L}/iu.test(t);
  const mayusculas =
    t === t.toLocaleUpperCase('es') && t !== t.toLocaleLowerCase('es') && /\p{L}{3}/u.test(t);
  const pregunta = t.startsWith('¿');
  if (sola && despues !== undefined && (mayusculas || (numerada && !despues.trim()))) return t;
  const corta = t.split(/\s+/).length <= 9 && /^[\p{Lu}¿]/u.test(t) && !/:\s*\S/.test(t);
  return sola && corta && !pregunta && despues !== undefined && !despues.trim() ? t.replace(/:$/, '') : null;
}

/** Negritas, enlaces e imágenes de Markdown como texto; el destino de un enlace se conserva. */
function sinMarcas(renglon: string): string {
  return renglon
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\[([^\]]+)\]\((https?:[^)\s]+)[^)]*\)/g, (_todo, texto: string, url: string) =>
      texto === url ? url : `${texto} (${url})`,
    )
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replace(/(\*\*|__)(?=\S)(.+?)(?<=\S)\1/g, '$2')
    .replace(/(?<![\p{L}\p{N}])([*_])(?=\S)(.+?)(?<=\S)\1(?![\p{L}\p{N}])/gu, '$2')
    .replace(/`([^`]+)`/g, '$1')
    .replace(/^\s*>\s?/, '')
    .replace(/^\s*[-*+]\s+\[[ xX]\]\s+/, '- ')
    .replace(/^\s*[*+]\s+/, '- ')
    .replace(/^\|(.+)\|$/, (_todo, celdas: string) =>
      celdas
        .split('|')
        .map((c) => c.trim())
        .filter(Boolean)
        .join(' · '),
    )
    .replace(/\\([\\`*_{}[\]()#+.!|>-])/g, '$1')
    .trim();
}

/** Parte lo que no cabe: primero por párrafos y renglones, luego oraciones, comas, espacios y al final entre letras. */
function partirLargo(texto: string, maximo: number): string[] {
  if (largoDe(texto) <= maximo) return texto.trim() ? [texto.trim()] : [];
  for (const corte of [/\n{2,}/, /\n/, /(?<=[.!?…]["”»)]*)\s+/u, /(?<=[;:])\s+/, /(?<=,)\s+/, /\s+/]) {
    const partes = texto.split(corte).filter((p) => p.trim());
    if (partes.length < 2) continue;
    const union = corte.source.startsWith('\\n') ? '\n' : ' ';
    return agrupar(
      partes.flatMap((p) => partirLargo(p, maximo)),
      union,
      maximo,
    );
  }
  const letras = [...new Intl.Segmenter('es', { granularity: 'grapheme' }).segment(texto)].map(
    (s) => s.segment,
  );
  return agrupar(
    letras.flatMap((l) => (largoDe(l) <= maximo ? [l] : rebanar(l, maximo))),
    '',
    maximo,
  );
}

/** Un "grafema" puede ser enorme (mil acentos sobre una letra): ahí se corta entre puntos de código. */
function rebanar(texto: string, maximo: number): string[] {
  const puntos = Array.from(texto);
  const partes: string[] = [];
  for (let i = 0; i < puntos.length; i += maximo) partes.push(puntos.slice(i, i + maximo).join(''));
  return partes;
}

function agrupar(partes: string[], union: string, maximo: number): string[] {
  const grupos: string[] = [];
  let actual = '';
  let llevan = 0;
  for (const parte of partes) {
    const n = largoDe(parte);
    if (actual && llevan + union.length + n <= maximo) {
      actual += union + parte;
      llevan += union.length + n;
    } else {
      if (actual) grupos.push(actual);
      actual = parte;
      llevan = n;
    }
  }
  if (actual) grupos.push(actual);
  return grupos.map((g) => g.trim()).filter(Boolean);
}

/** Junta párrafos cortos de una misma sección mientras el bloque siga siendo cómodo de leer. */
function juntar(parrafos: string[]): string[] {
  const hechos: string[] = [];
  for (const parrafo of parrafos) {
    const ultimo = hechos.at(-1);
    const lista = /^(?:- |\d+[.)] )/.test(parrafo);
    const junta = ultimo !== undefined ? largoDe(ultimo) + largoDe(parrafo) + 1 : Infinity;
    const cabe = junta <= (lista ? MAXIMO_CONTENIDO : COMODO);
    const pide =
      ultimo !== undefined &&
      (lista || ultimo.endsWith(':') || largoDe(ultimo) < MINIMO_COMODO || largoDe(parrafo) < MINIMO_COMODO);
    if (ultimo !== undefined && cabe && pide) hechos[hechos.length - 1] = `${ultimo}\n${parrafo}`;
    else hechos.push(parrafo);
  }
  return hechos;
}

function recortarTitulo(titulo: string): string {
  const limpio = limpiarTexto(titulo).replace(/\s+/g, ' ');
  return largoDe(limpio) <= MAXIMO_TITULO
    ? limpio
    : `${Array.from(limpio)
        .slice(0, MAXIMO_TITULO - 1)
        .join('')
        .trimEnd()}…`;
}

function conParte(titulo: string, parte: number, de: number): string {
  const final = ` (${parte} de ${de})`;
  const base = Array.from(titulo)
    .slice(0, MAXIMO_TITULO - final.length)
    .join('')
    .trimEnd();
  return base + final;
}

function nuevaSeccion(titulo: string, propio = titulo): Seccion {
  return { titulo, propio, parrafos: [], etiquetas: [], prioridad: 0, activo: true, literal: false };
}

function nuevoPedazo(titulo: string, contenido: string, s: Seccion): Pedazo {
  return { titulo, contenido, etiquetas: s.etiquetas, prioridad: s.prioridad, activo: s.activo };
}
