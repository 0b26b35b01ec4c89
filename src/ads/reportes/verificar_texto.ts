import { formatosDe, type Idioma } from '../formatos.ts';
import { cambio, type Metrica, METRICAS, razones, type Sumas } from '../metricas.ts';
import type { CifrasReporte } from './tipos.ts';

type Clase = 'dinero' | 'porciento' | 'entero';

/** Cifras dichas con palabras: no se pueden cotejar, así que un texto que las usa no pasa. */
const EN_PALABRAS: Readonly<Record<Idioma, RegExp>> = {
  es: /(?<!\p{L})(dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|quince|veinte|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien|ciento|cientos|mil|miles|mill[oó]n(?:es)?|doble|triple|mitad|tercio|cuarta parte|docena|decena|duplic\p{L}+|triplic\p{L}+)(?!\p{L})/iu,
  en: /(?<!\p{L})(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|doubl\p{L}+|twice|tripl\p{L}+|half|halv\p{L}+|third|quarter|dozen)(?!\p{L})/iu,
};
const SUBE =
  /(?<!\p{L})(m[aá]s|subi\p{L}*|subió|aument\p{L}+|creci\p{L}*|creció|mejor\p{L}*|more|up|rose|increas\p{L}+|grew|higher)(?!\p{L})/iu;
const BAJA =
  /(?<!\p{L})(menos|baj\p{L}+|cay\p{L}+|cayó|disminuy\p{L}+|redu\p{L}+|less|fewer|down|fell|decreas\p{L}+|drop\p{L}+|lower)(?!\p{L})/iu;
// Un número con su signo de moneda o de por ciento alrededor, tal como lo escribe Intl en es-MX y en-US.
const NUMERO =
  /(?<antes>(?:\b[A-Z]{2,3}\s?|[A-Z]{0,3}[$€£¥])\s?)?(?<signo>[-−+])?(?<n>\d[\d,]*(?:\.\d+)?)(?<despues>\s?%|\s?(?:por ciento|percent)\b|\s?(?:MXN|USD|EUR|pesos|d[oó]lares|dollars)\b)?/gu;

/**
 * Lo que está mal en un texto contra las cifras del reporte, o null si cada número es una de ellas: misma clase (dinero,
 * por ciento o cuenta), misma cifra ya redondeada como se enseña y, si es un cambio, dicho en su sentido.
 */
export function revisarTexto(texto: string, c: CifrasReporte, idioma: Idioma): string | null {
  const suelto = sinNombres(texto, c);
  const palabra = EN_PALABRAS[idioma].exec(suelto)?.[0];
  if (palabra) return `dice una cantidad con palabras: «${palabra}»`;
  const dichas = cifrasDe(c, idioma);
  for (const frase of suelto.split(/(?<=[.;!?])\s+/u)) {
    for (const hallado of frase.matchAll(NUMERO)) {
      const clase = claseDe(hallado.groups ?? {});
      const n = Number((hallado.groups?.['n'] ?? '').replaceAll(',', ''));
      if (clase === 'porciento') {
        const mal = revisarPorciento(n, hallado, frase, dichas);
        if (mal) return mal;
      } else if (!dichas[clase].has(n)) return `«${hallado[0].trim()}» no es una cifra del reporte`;
    }
  }
  return null;
}

interface Dichas {
  dinero: Set<number>;
  entero: Set<number>;
  /** Por cientos que no son cambios, como el CTR. */
  porciento: Set<number>;
  /** Magnitud del cambio -> sentidos en que ocurrió. */
  cambios: Map<number, Set<1 | -1>>;
}

function revisarPorciento(n: number, hallado: RegExpMatchArray, frase: string, d: Dichas): string | null {
  if (d.porciento.has(n) && !hallado.groups?.['signo']) return null;
  const sentidos = d.cambios.get(n);
  if (!sentidos) return `«${hallado[0].trim()}» no es un cambio del reporte`;
  if (sentidos.size === 2) return null;
  const signo = hallado.groups?.['signo'];
  // La palabra que manda es la más cercana: «bajó 8 % y trajo más clics» habla de una baja.
  const dice = signo ? (signo === '+' ? 1 : -1) : sentidoCercano(frase, hallado.index ?? 0);
  if (dice !== 0 && !sentidos.has(dice)) return `«${hallado[0].trim()}» va en sentido contrario`;
  return dice === 0 ? `no dice si «${hallado[0].trim()}» subió o bajó` : null;
}

function sentidoCercano(frase: string, lugar: number): 1 | -1 | 0 {
  let mejor = { distancia: Number.POSITIVE_INFINITY, sentido: 0 as 1 | -1 | 0 };
  for (const [patron, sentido] of [
    [SUBE, 1],
    [BAJA, -1],
  ] as const)
    for (const m of frase.matchAll(new RegExp(patron.source, 'giu'))) {
      const distancia = Math.abs(m.index - lugar);
      if (distancia < mejor.distancia) mejor = { distancia, sentido };
    }
  return mejor.sentido;
}

/** Los nombres de campañas y anuncios pueden llevar números («Promo 2x1»): no son cifras del texto. */
function sinNombres(texto: string, c: CifrasReporte): string {
  const nombres = [c.cuenta.nombre, ...[...c.campanas, ...c.anuncios].map((p) => p.nombre)];
  let suelto = texto.replace(/[\u00a0\u2009\u202f]/g, ' ');
  for (const nombre of nombres.filter((n) => n.trim().length > 2).toSorted((a, b) => b.length - a.length))
    for (const [abre, cierra] of COMILLAS) suelto = suelto.replaceAll(`${abre}${nombre}${cierra}`, 'nombre');
  return suelto;
}

/** Sólo entre comillas: suelto, un anuncio que se llame «500» dejaría pasar cualquier 500. */
const COMILLAS = [
  ['«', '»'],
  ['“', '”'],
  ['"', '"'],
] as const;

function claseDe(g: Record<string, string | undefined>): Clase {
  if (/%|ciento|percent/.test(g['despues'] ?? '')) return 'porciento';
  return g['antes'] || g['despues'] ? 'dinero' : 'entero';
}

function cifrasDe(c: CifrasReporte, idioma: Idioma): Dichas {
  const f = formatosDe(idioma, c.cuenta.moneda);
  const d: Dichas = { dinero: new Set(), entero: new Set(), porciento: new Set(), cambios: new Map() };
  const apuntar = (clave: Metrica, n: number | null): void => {
    if (n === null) return;
    const escrito = f.metrica(clave, n);
    const valor = Number(/\d[\d,]*(?:\.\d+)?/.exec(escrito)?.[0].replaceAll(',', ''));
    d[clave === 'ctr' ? 'porciento' : ENTERAS.has(clave) ? 'entero' : 'dinero'].add(valor);
  };
  const apuntarTodas = (s: Sumas): void => {
    const todas = { ...s, ...razones(s) };
    for (const clave of METRICAS) if (clave !== 'alcance') apuntar(clave, todas[clave]);
  };
  for (const s of [c.total, c.antes, ...c.campanas, ...c.anuncios, ...c.plataformas]) apuntarTodas(s);
  apuntar('alcance', c.alcance);
  const ahora = { ...c.total, ...razones(c.total) };
  const antes = { ...c.antes, ...razones(c.antes) };
  for (const clave of METRICAS) {
    if (clave === 'alcance') continue;
    const n = cambio(ahora[clave], antes[clave]);
    if (n === null || Math.round(n * 10) === 0) continue;
    const magnitud = Number(/\d[\d,]*(?:\.\d+)?/.exec(f.cambio(n))?.[0].replaceAll(',', ''));
    d.cambios.set(magnitud, (d.cambios.get(magnitud) ?? new Set()).add(n > 0 ? 1 : -1));
  }
  return d;
}

const ENTERAS: ReadonlySet<Metrica> = new Set(['impresiones', 'alcance', 'clics', 'conversaciones']);
