import type { Metrica } from './metricas.ts';
import type { Dia, Periodo } from './periodos.ts';

export type Idioma = 'es' | 'en';

const LOCALES: Readonly<Record<Idioma, string>> = { es: 'es-MX', en: 'en-US' };

/** Cómo se escriben cifras y fechas en un idioma y una moneda: lo mismo en la página, el PDF y el texto. */
export interface Formatos {
  dinero(n: number | null): string;
  entero(n: number | null): string;
  porciento(n: number | null): string;
  /** `+12.3 %`, `−4 %`, o vacío si no hay con qué comparar. */
  cambio(n: number | null): string;
  metrica(clave: Metrica, n: number | null): string;
  dia(dia: Dia): string;
  /** `16 – 22 de noviembre de 2026`. */
  periodo(p: Periodo): string;
}

const guardados = new Map<string, Formatos>();
const DINERO: ReadonlySet<Metrica> = new Set(['gasto', 'cpc', 'cpm', 'costo_conversacion']);

/** Formatos de un idioma y una moneda ISO 4217; una moneda que no existe se escribe con su clave delante. */
export function formatosDe(idioma: Idioma, moneda: string | null): Formatos {
  const llave = `${idioma} ${moneda}`;
  let f = guardados.get(llave);
  if (!f) guardados.set(llave, (f = crear(idioma, moneda)));
  return f;
}

function crear(idioma: Idioma, moneda: string | null): Formatos {
  const local = LOCALES[idioma];
  const deMoneda = formatoDeMoneda(local, moneda);
  const enteros = new Intl.NumberFormat(local, { maximumFractionDigits: 0 });
  const decimal = new Intl.NumberFormat(local, { maximumFractionDigits: 1 });
  const centesimo = new Intl.NumberFormat(local, { maximumFractionDigits: 2 });
  const dia = new Intl.DateTimeFormat(local, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const rango = new Intl.DateTimeFormat(local, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
  const f: Formatos = {
    dinero: (n) => (n === null ? '—' : limpio(deMoneda(n))),
    entero: (n) => (n === null ? '—' : enteros.format(n)),
    porciento: (n) => (n === null ? '—' : `${centesimo.format(n)} %`),
    // El signo es de lo que se lee: menos de media décima es «0 %», ni sube ni baja.
    cambio: (n) =>
      n === null
        ? ''
        : `${Math.round(n * 10) > 0 ? '+' : Math.round(n * 10) < 0 ? '−' : ''}${decimal.format(Math.abs(n))} %`,
    metrica: (clave, n) => (DINERO.has(clave) ? f.dinero(n) : clave === 'ctr' ? f.porciento(n) : f.entero(n)),
    dia: (d) => dia.format(enUtc(d)).replace('.', ''),
    periodo: (p) =>
      limpio(
        p.desde === p.hasta
          ? rango.format(enUtc(p.desde))
          : rango.formatRange(enUtc(p.desde), enUtc(p.hasta)),
      ),
  };
  return f;
}

function formatoDeMoneda(local: string, moneda: string | null): (n: number) => string {
  try {
    const f = new Intl.NumberFormat(local, { style: 'currency', currency: moneda ?? '' });
    return (n) => f.format(n);
  } catch {
    const f = new Intl.NumberFormat(local, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    return (n) => [moneda, f.format(n)].filter(Boolean).join(' ');
  }
}

/** Intl usa espacios finos e irrompibles que Roboto no dibuja y que estorban al buscar cifras en un texto. */
function limpio(texto: string): string {
  return texto.replace(/[\u00a0\u2009\u202f]/g, ' ');
}

function enUtc(dia: Dia): Date {
  return new Date(`${dia}T00:00:00Z`);
}
