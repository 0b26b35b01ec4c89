import { dibujarTendencia, type Tendencia } from '../grafica.ts';
import { formatosDe, type Idioma } from '../formatos.ts';
import { cambio, MEJOR_BAJA, type Metrica, METRICAS, razones, type Sumas } from '../metricas.ts';
import { type Cadencia } from '../periodos.ts';
import { FRASES, type Frases, plataforma } from './frases.ts';
import { redactarPlantilla, sinMovimiento } from './redaccion.ts';
import type { CifrasReporte, ParteReporte, TextoReporte } from './tipos.ts';

export interface CifraVista {
  clave: Metrica;
  nombre: string;
  valor: string;
  cambio: string;
  /** `bien`, `mal` o `igual`: el color nunca es lo único que lo dice, el signo va en el texto. */
  tono: 'bien' | 'mal' | 'igual';
  antes: string;
}

export interface FilaVista {
  nombre: string;
  detalle: string;
  gasto: string;
  impresiones: string;
  clics: string;
  ctr: string;
  conversaciones: string;
  costo: string;
}

/** Un reporte listo para dibujar: lo mismo reciben la página, el PDF y el correo. */
export interface VistaReporte {
  idioma: Idioma;
  frases: Frases;
  encabezado: string;
  cuenta: string;
  periodo: string;
  comparado: string;
  parrafos: string[];
  modo: TextoReporte['modo'];
  cifras: CifraVista[];
  tendencia: Tendencia;
  campanas: FilaVista[];
  anuncios: FilaVista[];
  plataformas: FilaVista[];
  notas: string[];
  demo: boolean;
  vacio: boolean;
}

/** Textos y cifras ya escritos en un idioma. */
export function presentarReporte(
  c: CifrasReporte,
  cadencia: Cadencia,
  idioma: Idioma,
  texto: TextoReporte | undefined,
): VistaReporte {
  const t = FRASES[idioma];
  const f = formatosDe(idioma, c.cuenta.moneda);
  const ahora = { ...c.total, ...razones(c.total), alcance: c.alcance };
  const antes = { ...c.antes, ...razones(c.antes), alcance: null };
  const filas = (lista: ParteReporte[], nombre: (p: ParteReporte) => string = (p) => p.nombre): FilaVista[] =>
    lista.map((p) => presentarFila(p, nombre(p), idioma, c.cuenta.moneda));
  const sinAntes = c.faltan_antes?.length ?? 0;
  const anterior = f.periodo({ desde: c.antes_desde, hasta: c.antes_hasta });
  const resto = c.n_anuncios - c.anuncios.length;
  return {
    idioma,
    frases: t,
    encabezado: t.cadencia[cadencia],
    cuenta: c.cuenta.nombre,
    periodo: f.periodo({ desde: c.desde, hasta: c.hasta }),
    comparado: sinAntes > 0 ? t.sinComparar : `${t.contra} ${anterior}`,
    parrafos: texto?.parrafos ?? redactarPlantilla(c, idioma),
    modo: texto?.modo ?? 'plantilla',
    cifras: METRICAS.map((clave) => {
      const pct = cambio(ahora[clave], antes[clave]);
      return {
        clave,
        nombre: t.metricas[clave],
        valor: f.metrica(clave, ahora[clave]),
        cambio: f.cambio(pct),
        tono: tonoDe(clave, pct),
        antes:
          clave === 'alcance'
            ? ahora.alcance === null
              ? t.sinAlcance
              : ''
            : sinAntes > 0
              ? t.sinAntes
              : `${t.antes} ${f.metrica(clave, antes[clave])}`,
      };
    }),
    tendencia: dibujarTendencia(c.dias, f, {
      semana: t.semana,
      resumen: t.resumen,
      dia: (d) => t.columna(f.dia(d.dia), f.dinero(d.gasto), f.entero(d.conversaciones)),
    }),
    campanas: filas(c.campanas),
    anuncios: filas(c.anuncios),
    plataformas: filas(c.plataformas, (p) => plataforma(p.id)),
    notas: [
      ...(c.demo ? [t.demo] : []),
      ...(c.traido ? [t.traido(cuando(c.traido, idioma, c.cuenta.zona))] : []),
      ...(sinAntes > 0 ? [t.faltanAntes(anterior, sinAntes)] : []),
      ...(c.corregidos.length > 0 ? [t.corregidos(c.corregidos.map((d) => f.dia(d)).join(', '))] : []),
      ...(resto > 0 ? [t.masAnuncios(f.entero(resto))] : []),
      t.definicion,
    ],
    demo: c.demo,
    vacio: sinMovimiento(c),
  };
}

/** Qué tan buena noticia es un cambio. */
export function tonoDe(clave: Metrica, pct: number | null): 'bien' | 'mal' | 'igual' {
  if (pct === null || clave === 'gasto' || clave === 'alcance' || Math.round(pct * 10) === 0) return 'igual';
  return pct > 0 === !MEJOR_BAJA.has(clave) ? 'bien' : 'mal';
}

function presentarFila(
  p: ParteReporte & Sumas,
  nombre: string,
  idioma: Idioma,
  moneda: string | null,
): FilaVista {
  const f = formatosDe(idioma, moneda);
  const r = razones(p);
  return {
    nombre,
    detalle: p.campana ?? (p.estado ? (FRASES[idioma].estados[p.estado] ?? p.estado) : ''),
    gasto: f.dinero(p.gasto),
    impresiones: f.entero(p.impresiones),
    clics: f.entero(p.clics),
    ctr: f.porciento(r.ctr),
    conversaciones: f.entero(p.conversaciones),
    costo: f.dinero(r.costo_conversacion),
  };
}

function cuando(instante: string, idioma: Idioma, zona: string | null): string {
  const opciones = { dateStyle: 'medium', timeStyle: 'short' } as const;
  const local = idioma === 'en' ? 'en-US' : 'es-MX';
  let texto: string;
  try {
    texto = new Intl.DateTimeFormat(local, { ...opciones, timeZone: zona ?? 'UTC' }).format(
      new Date(instante),
    );
  } catch {
    texto = new Intl.DateTimeFormat(local, { ...opciones, timeZone: 'UTC' }).format(new Date(instante));
  }
  return `${idioma === 'en' ? 'on' : 'el'} ${texto.replace(/[\u00a0\u2009\u202f]/g, ' ')}`;
}
