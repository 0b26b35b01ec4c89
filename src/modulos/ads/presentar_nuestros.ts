import { type Formatos } from '../../ads/formatos.ts';
import type { Periodo } from '../../ads/periodos.ts';
import type { Panel } from './consultas.ts';

export interface NuestrosVista {
  conversacionesMeta: string;
  conversaciones: string;
  costo: string;
  etiquetas: { nombre: string; n: string; costo: string }[];
  anuncios: {
    nombre: string;
    meta: string;
    nuestras: string;
    contactos: string;
    costo: string;
    gasto: string;
    lista: string;
    etiquetas: string;
  }[];
  difieren: boolean;
  /** Cuando sólo se sabe de una parte del periodo. */
  parcial: string;
}

/** Lo que cuenta Meta y lo que llegó al chat, sin mezclarse. `contactos`: dirección de la lista, o null sin ese módulo. */
export function presentarNuestros(
  d: Panel,
  f: Formatos,
  contactos: string | null,
  p: Periodo,
): NuestrosVista {
  const n = d.nuestros;
  const parcial = n.desde !== null && n.desde > p.desde && n.desde <= p.hasta;
  // El gasto de todo el periodo entre las llegadas de una parte sería un costo inventado.
  const entre = (gasto: number, x: number): string => f.dinero(x > 0 && !parcial ? gasto / x : null);
  return {
    conversacionesMeta: f.entero(d.total.conversaciones),
    conversaciones: f.entero(n.conversaciones),
    costo: entre(d.total.gasto, n.conversaciones),
    difieren: n.conversaciones !== d.total.conversaciones,
    parcial:
      parcial && n.desde
        ? `Los mensajes que dicen de qué anuncio vienen empiezan el ${f.periodo({ desde: n.desde, hasta: n.desde })}: de antes no se sabe, así que aquí no se divide el gasto.`
        : '',
    etiquetas: n.etiquetas.map((x) => ({
      nombre: x.nombre,
      n: f.entero(x.n),
      costo: entre(d.total.gasto, x.n),
    })),
    anuncios: n.anuncios.map((a) => ({
      nombre: a.nombre,
      meta: f.entero(a.meta),
      nuestras: f.entero(a.conversaciones),
      contactos: f.entero(a.contactos),
      gasto: f.dinero(a.gasto),
      costo: entre(a.gasto, a.conversaciones),
      lista: contactos ? `${contactos}?${new URLSearchParams({ anuncio: a.id })}` : '',
      etiquetas: a.etiquetas
        .map((x) => `${x.nombre} ${f.entero(x.n)}${parcial ? '' : ` (${entre(a.gasto, x.n)})`}`)
        .join(' · '),
    })),
  };
}
