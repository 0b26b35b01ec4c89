import { type Formatos } from '../../ads/formatos.ts';
import { rutaDeMiniatura } from '../../ads/miniaturas.ts';
import { cambio, type Metrica, razones } from '../../ads/metricas.ts';
import { FRASES } from '../../ads/reportes/frases.ts';
import { tonoDe } from '../../ads/reportes/presentar.ts';
import type { FilaObjeto, Panel } from './consultas.ts';
import type { ConsultaPanel, Nivel, Orden } from './esquemas.ts';

export const POR_PAGINA = 50;

/** La dirección de esta misma página con otros parámetros. */
export type Ir = (cambios: Record<string, string | number | undefined>) => string;

export interface FilaVista {
  id: string;
  nombre: string;
  estado: string;
  tono: 'verde' | 'gris' | 'rojo' | 'ambar';
  presupuesto: string;
  miniatura: string | null;
  baja: string | null;
  abrir: string;
  celdas: { clave: string; titulo: string; valor: string; cambio: string; tono: string }[];
}

export interface TablaVista {
  nivel: Nivel;
  titulo: string;
  migas: { texto: string; ruta: string }[];
  columnas: {
    clave: Orden;
    texto: string;
    ruta: string;
    orden: 'ascending' | 'descending' | null;
    derecha: boolean;
  }[];
  filas: FilaVista[];
  total: string;
  anterior: string | null;
  siguiente: string | null;
}

const TITULOS: Readonly<Record<Nivel, string>> = {
  campanas: 'Campañas',
  conjuntos: 'Conjuntos de anuncios',
  anuncios: 'Anuncios',
};
const COLUMNAS: readonly [Orden, string][] = [
  ['nombre', 'Nombre'],
  ['estado', 'Estado'],
  ['presupuesto', 'Presupuesto'],
  ['gasto', 'Gasto'],
  ['impresiones', 'Impresiones'],
  ['clics', 'Clics'],
  ['ctr', 'CTR'],
  ['conversaciones', 'Conversaciones'],
  ['costo_conversacion', 'Por conversación'],
];

/** Las campañas, los conjuntos o los anuncios del periodo. Sin el periodo anterior completo no se dicen cambios. */
export function presentarTabla(
  d: Panel,
  f: Formatos,
  e: { q: ConsultaPanel; base: string },
  ir: Ir,
): TablaVista {
  const { q } = e;
  const { nivel } = q;
  const hijo: Nivel | null = nivel === 'campanas' ? 'conjuntos' : nivel === 'conjuntos' ? 'anuncios' : null;
  return {
    nivel,
    titulo: TITULOS[nivel],
    migas: [
      { texto: 'Campañas', ruta: ir({ nivel: 'campanas', padre: undefined, pagina: undefined }) },
      ...d.padres.map((x) => ({
        texto: x.nombre,
        ruta: ir({
          nivel: x.nivel === 'campanas' ? 'conjuntos' : 'anuncios',
          padre: x.id,
          pagina: undefined,
        }),
      })),
    ],
    columnas: COLUMNAS.map(([clave, texto]) => ({
      clave,
      texto,
      derecha: !['nombre', 'estado'].includes(clave),
      orden: q.orden === clave ? (q.sentido === 'asc' ? 'ascending' : 'descending') : null,
      ruta: ir({
        orden: clave,
        sentido:
          q.orden === clave ? (q.sentido === 'asc' ? 'desc' : 'asc') : clave === 'nombre' ? 'asc' : 'desc',
        pagina: undefined,
      }),
    })),
    filas: d.objetos.map((o) => presentarObjeto(o, f, nivel, hijo, ir, e.base, d.faltan_antes === 0)),
    total: f.entero(d.total_objetos),
    anterior: q.pagina > 1 ? ir({ pagina: q.pagina - 1 }) : null,
    siguiente: q.pagina * POR_PAGINA < d.total_objetos ? ir({ pagina: q.pagina + 1 }) : null,
  };
}

function presentarObjeto(
  o: FilaObjeto,
  f: Formatos,
  nivel: Nivel,
  hijo: Nivel | null,
  ir: Ir,
  base: string,
  seCompara: boolean,
): FilaVista {
  const r = razones(o);
  const contra = (ahora: number | null, antes: number | null) => (seCompara ? cambio(ahora, antes) : null);
  const costo = contra(r.costo_conversacion, razones(o.antes).costo_conversacion);
  const gasto = contra(o.gasto, o.antes.gasto);
  const conv = contra(o.conversaciones, o.antes.conversaciones);
  const celda = (clave: Metrica, n: number | null, pct: number | null = null) => ({
    clave,
    titulo: FRASES.es.metricas[clave],
    valor: f.metrica(clave, n),
    cambio: f.cambio(pct),
    tono: tonoDe(clave, pct),
  });
  return {
    id: o.id,
    nombre: o.nombre,
    ...estadoDe(o.estado),
    presupuesto: presupuestoDe(o, f) || DONDE[nivel],
    miniatura: rutaDeMiniatura(base, o.id, o.miniatura),
    baja: hijo ? ir({ nivel: hijo, padre: o.id, pagina: undefined }) : null,
    abrir: ir({}).replace('?', `/${nivel}/${encodeURIComponent(o.id)}?`),
    celdas: [
      celda('gasto', o.gasto, gasto),
      celda('impresiones', o.impresiones),
      celda('clics', o.clics),
      celda('ctr', r.ctr),
      celda('conversaciones', o.conversaciones, conv),
      celda('costo_conversacion', r.costo_conversacion, costo),
    ],
  };
}

/** Dónde está puesto el presupuesto de lo que no lo lleva. */
const DONDE: Readonly<Record<Nivel, string>> = {
  campanas: 'en sus conjuntos',
  conjuntos: 'en su campaña',
  anuncios: '',
};

/** Cómo se dice el estado efectivo de Meta. */
export function estadoDe(estado: string | null): { estado: string; tono: FilaVista['tono'] } {
  const dichos: Readonly<Record<string, [string, FilaVista['tono']]>> = {
    ACTIVE: ['Activa', 'verde'],
    PAUSED: ['En pausa', 'gris'],
    CAMPAIGN_PAUSED: ['Campaña en pausa', 'gris'],
    ADSET_PAUSED: ['Conjunto en pausa', 'gris'],
    ARCHIVED: ['Archivada', 'gris'],
    // Meta no nombra en sus listados lo archivado ni lo borrado: de lo que faltó sólo se sabe que es una de las dos.
    DELETED: ['Archivada o borrada', 'gris'],
    DISAPPROVED: ['Rechazado', 'rojo'],
    WITH_ISSUES: ['Con problemas', 'rojo'],
    PENDING_REVIEW: ['En revisión', 'ambar'],
    IN_PROCESS: ['Procesando', 'ambar'],
    PENDING_BILLING_INFO: ['Falta forma de pago', 'rojo'],
    PREAPPROVED: ['Preaprobado', 'ambar'],
  };
  const [texto, tono] = dichos[estado ?? ''] ?? [estado ?? 'Desconocido', 'gris'];
  return { estado: texto, tono };
}

/** `$200.00 al día`, `$3,000.00 en total`, o dónde está puesto. */
export function presupuestoDe(
  o: Pick<FilaObjeto, 'presupuesto_diario' | 'presupuesto_total'>,
  f: Pick<Formatos, 'dinero'>,
): string {
  if (o.presupuesto_diario !== null) return `${f.dinero(o.presupuesto_diario)} al día`;
  if (o.presupuesto_total !== null) return `${f.dinero(o.presupuesto_total)} en total`;
  return '';
}
