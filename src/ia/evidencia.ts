import type { Bloque } from './conocimiento.ts';
import { claveFonetica, difierenEnUna, normalizar, oraciones, palabras, raiz, VACIAS } from './texto.ts';

/**
 * Qué clase de dato se pide. Las palabras con que se pide no dicen de qué tema, así que valen por una sola:
 * la tiene la oración que trae un dato de esa clase. `solo`: se entiende sin tema («¿dónde están?»).
 */
interface Tipo {
  clave: string;
  pregunta: RegExp;
  evidencia: RegExp;
  solo: RegExp | null;
}

const TIPOS: Tipo[] = [
  {
    clave: 'duracion',
    pregunta:
      /\b((cuanto|cuantas|cuantos) )?(tiempo|horas de|dias de|tardan?|tardar[ia]*|duran?|demoran?)\b/g,
    evidencia:
      /\b\d+( y \d+| a \d+)? (minutos?|horas?|dias?|semanas?|meses|mes|anyos?)\b|\b(un|una|dos|tres|seis) (dia|hora|semana|mes|meses|anyos?)\b/,
    solo: null,
  },
  {
    clave: 'precio',
    pregunta:
      /\b(a como|((en|a|de|por) )?cuanto( (me|les|se|nos))?( (cuestan?|valen?|salen?|cobran?|costaria|saldria|seria|es|estan?|por))?|cuantos pesos|cuestan?|que (precio|costo|valor)|presios?|precios?|costos?|tarifas?|cobran|cobra|valen|vale)\b/g,
    evidencia: /\$ ?\d|\bgratis\b|\bsin costo\b|\bcotiza/,
    solo: null,
  },
  {
    clave: 'horario',
    pregunta:
      /\b((a|hasta|desde|de) que hora|que (dias?|horas?|horarios?)|horarios?|orarios?|abren?|abiert[oa]s?|abriran|[cs]ierran?|cerrad[oa]s?|atienden (los|el|en)|atencion)\b/g,
    evidencia: /\b\d{1,2}:\d{2}\b|\bcerramos\b/,
    solo: /\bhorarios?\b/,
  },
  {
    clave: 'lugar',
    pregunta:
      /\b((en )?donde( estan?| quedan?| se ubican?| se encuentran?| los encuentro)?|ubicacion|ubicad[oa]s?|ubican|direccion|como (llego|llegar)|quedan?|en que (calle|colonia))\b/g,
    evidencia: /\b(blvd|boulevard|calle|avenida|av|colonia|esquina|plaza)\b/,
    solo: /\b(ubicacion|direccion|donde|llegar)\b/,
  },
];

/** Cómo se nombra a un negocio al preguntar por él: no dice de qué dato se trata. */
const NEGOCIO = new Set(
  'negocio local tienda salon estudio ferreteria clinica consultorio restaurante taller oficina'.split(' '),
);

/** Un término de la pregunta y lo que distingue dentro de la nora. */
interface Termino {
  raiz: string;
  /** Otras raíces de la nora que suenan igual o difieren en una letra; sólo si la propia no aparece en ningún bloque. */
  parecidas: string[];
  peso: number;
}

interface OracionLeida {
  texto: string;
  normal: string;
  raices: Set<string>;
}

interface BloqueLeido {
  bloque: Bloque;
  titulo: string;
  raicesTitulo: Set<string>;
  oraciones: OracionLeida[];
  todas: Set<string>;
  normal: string;
}

/** Lo que contesta: oraciones copiadas de un bloque, y cuánto de la pregunta cubren (0 a 1). */
export interface Evidencia {
  id: string;
  texto: string;
  cobertura: number;
}

/** El mejor bloque para una pregunta con las reglas de `responderLocal`; `mejor` es null si ninguna oración las cumple. */
export function buscarEvidencia(
  pregunta: string,
  conocimiento: Bloque[],
): { mejor: Evidencia | null; puntajes: { id: string; cobertura: number }[] } {
  const bloques = conocimiento.map(leerBloque);
  const { tipo, terminos, numeros } = leerPregunta(pregunta, bloques);
  if (terminos.length === 0 && !tipo?.solo) return { mejor: null, puntajes: [] };
  const pesoTipo = tipo
    ? idf(bloques.length, bloques.filter((b) => tipo.evidencia.test(b.normal)).length)
    : 0;
  const total = terminos.reduce((s, t) => s + t.peso, pesoTipo);

  const medidos = bloques.map((b) => {
    const enTitulo = pesoEn(terminos, b.raicesTitulo);
    const porOracion = b.oraciones.map((o) => {
      const cubre = terminos.reduce(
        (s, t) => s + (aparece(t, o.raices) || aparece(t, b.raicesTitulo) ? t.peso : 0),
        0,
      );
      const dato = tipo ? tipo.evidencia.test(o.normal) : true;
      return {
        o,
        dato,
        propia: pesoEn(terminos, o.raices),
        cobertura: (cubre + (dato ? pesoTipo : 0)) / total,
      };
    });
    const cobertura = Math.max(0, ...porOracion.filter((p) => p.dato).map((p) => p.cobertura));
    const sinTema = terminos.length === 0 && tipo?.solo ? tipo.solo.test(b.titulo) : true;
    return { b, enTitulo, porOracion, cobertura, vale: sinTema && tieneNumeros(b, numeros) };
  });
  medidos.sort(
    (x, y) =>
      y.cobertura - x.cobertura || y.enTitulo - x.enTitulo || y.b.bloque.prioridad - x.b.bloque.prioridad,
  );
  const puntajes = medidos.slice(0, 5).map((m) => ({ id: m.b.bloque.id, cobertura: redondear(m.cobertura) }));

  const mejor = medidos.find((m) => m.vale);
  if (!mejor || mejor.cobertura <= 0.5) return { mejor: null, puntajes };
  if (mejor.b.bloque.contenido.length <= 200) {
    return {
      mejor: {
        id: mejor.b.bloque.id,
        texto: mejor.b.bloque.contenido,
        cobertura: redondear(mejor.cobertura),
      },
      puntajes,
    };
  }
  const utiles = mejor.porOracion.filter((p) => p.dato && p.cobertura > mejor.cobertura - 1e-9);
  const masPropia = Math.max(...utiles.map((p) => p.propia));
  const elegidas = utiles.filter((p) => p.propia === masPropia).map((p) => p.o.texto);
  return {
    mejor: { id: mejor.b.bloque.id, texto: recortar(elegidas), cobertura: redondear(mejor.cobertura) },
    puntajes,
  };
}

function leerPregunta(
  pregunta: string,
  bloques: BloqueLeido[],
): { tipo: Tipo | null; terminos: Termino[]; numeros: string[] } {
  let resto = ` ${normalizar(pregunta).replace(/\bbuen[oa]?s? (dias?|tardes?|noches?)\b/g, ' ')} `;
  const tipo = TIPOS.find((t) => resto.search(t.pregunta) >= 0) ?? null;
  if (tipo) resto = resto.replace(tipo.pregunta, ' ');
  const vistas = palabras(resto);
  const vocabulario = new Set(bloques.flatMap((b) => [...b.todas]));
  const sobra = (p: string) => VACIAS.has(p) || (Boolean(tipo?.solo) && NEGOCIO.has(p));
  const raices = [...new Set(vistas.filter((p) => !sobra(p)).map(raiz))];
  const terminos = raices.map((r) => {
    const propia = [...vocabulario].some((v) => mismaRaiz(v, r));
    const parecidas = propia ? [] : [...vocabulario].filter((v) => suenaIgual(v, r));
    const termino = { raiz: r, parecidas, peso: 0 };
    return { ...termino, peso: idf(bloques.length, bloques.filter((b) => aparece(termino, b.todas)).length) };
  });
  return { tipo, terminos, numeros: vistas.filter((p) => /^\d/.test(p)) };
}

function leerBloque(bloque: Bloque): BloqueLeido {
  const leidas = oraciones(bloque.contenido).map((texto) => ({
    texto,
    normal: normalizar(texto),
    raices: raicesDe(texto),
  }));
  const raicesTitulo = raicesDe(`${bloque.titulo} ${bloque.etiquetas.join(' ')}`);
  return {
    bloque,
    titulo: normalizar(bloque.titulo),
    raicesTitulo,
    oraciones: leidas,
    todas: new Set([...raicesTitulo, ...leidas.flatMap((o) => [...o.raices])]),
    normal: normalizar(bloque.contenido),
  };
}

function raicesDe(texto: string): Set<string> {
  return new Set(
    palabras(normalizar(texto))
      .filter((p) => !VACIAS.has(p))
      .map(raiz),
  );
}

/** Lo que informa un término presente en `df` de `n` bloques; sin aparecer en ninguno es el máximo. */
function idf(n: number, df: number): number {
  return Math.log(1 + (n - df + 0.5) / (df + 0.5));
}

function pesoEn(terminos: Termino[], raices: Set<string>): number {
  return terminos.reduce((s, t) => s + (aparece(t, raices) ? t.peso : 0), 0);
}

function aparece(termino: Pick<Termino, 'raiz' | 'parecidas'>, raices: Set<string>): boolean {
  if (raices.has(termino.raiz)) return true;
  for (const r of raices) if (mismaRaiz(r, termino.raiz) || termino.parecidas.includes(r)) return true;
  return false;
}

/** Iguales, o una es el principio de la otra desde cinco letras: «tornill» y «tornilleri». */
function mismaRaiz(a: string, b: string): boolean {
  if (a === b) return true;
  return a.length >= 5 && b.length >= 5 && (a.startsWith(b) || b.startsWith(a));
}

function suenaIgual(a: string, b: string): boolean {
  if (/\d/.test(a + b) || Math.min(a.length, b.length) < 4) return false;
  const [x, y] = [claveFonetica(a), claveFonetica(b)];
  return x === y || (Math.min(x.length, y.length) >= 6 && difierenEnUna(x, y));
}

function tieneNumeros(b: BloqueLeido, numeros: string[]): boolean {
  const suyos = new Set(palabras(`${b.titulo} ${b.normal}`).filter((p) => /^\d/.test(p)));
  return numeros.every((n) => suyos.has(n));
}

/** Hasta tres oraciones y unos 400 caracteres: cabe en una pantalla de WhatsApp. */
function recortar(textos: string[]): string {
  const elegidos: string[] = [];
  let largo = 0;
  for (const t of textos.slice(0, 4)) {
    if (elegidos.length > 0 && largo + t.length > 400) break;
    elegidos.push(t);
    largo += t.length;
  }
  return elegidos.join(' ');
}

function redondear(n: number): number {
  return Math.round(n * 1000) / 1000;
}
