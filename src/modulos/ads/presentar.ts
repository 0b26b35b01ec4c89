import { type Formatos, formatosDe } from '../../ads/formatos.ts';
import { dibujarTendencia, type Tendencia } from '../../ads/grafica.ts';
import { rutaDeMiniatura } from '../../ads/miniaturas.ts';
import { cambio, type Metrica, METRICAS, razones } from '../../ads/metricas.ts';
import { comparado, type Periodo, periodoDe, type Rango } from '../../ads/periodos.ts';
import { FRASES, plataforma } from '../../ads/reportes/frases.ts';
import { tonoDe } from '../../ads/reportes/presentar.ts';
import { claveDia, hace } from '../../web/fechas.ts';
import type { Cuenta, FilaObjeto, Panel } from './consultas.ts';
import type { ConsultaPanel, Nivel, Orden } from './esquemas.ts';

export const POR_PAGINA = 50;

const NOMBRES_RANGO: readonly [Rango, string][] = [
  ['7d', 'Últimos 7 días'],
  ['28d', 'Últimos 28 días'],
  ['90d', 'Últimos 90 días'],
  ['semana', 'Semana pasada'],
  ['mes', 'Este mes'],
  ['mes_pasado', 'Mes pasado'],
  ['ano', 'Último año'],
  ['rango', 'Fechas…'],
];

/** Que hay 2 años guardados es más de lo que alguien compara de un vistazo. */
const MAXIMO_DIAS = 800;
const DIA_MS = 86_400_000;

/** El periodo que pide la dirección, en el calendario de la cuenta, con qué se compara. */
export function periodosDe(
  q: ConsultaPanel,
  cuenta: Pick<Cuenta, 'zona'>,
  ahora: Date,
): { p: Periodo; antes: Periodo; rango: Rango } {
  const hoy = claveDia(ahora, cuenta.zona ?? 'UTC');
  const escrito = q.rango === 'rango' && q.desde && q.hasta ? { desde: q.desde, hasta: q.hasta } : null;
  const valido =
    escrito &&
    escrito.desde <= escrito.hasta &&
    Date.parse(escrito.hasta) - Date.parse(escrito.desde) < MAXIMO_DIAS * DIA_MS;
  const rango: Rango = valido ? 'rango' : q.rango === 'rango' ? '28d' : q.rango;
  const p = rango === 'rango' && escrito ? escrito : periodoDe(rango === 'rango' ? '28d' : rango, hoy);
  return { p, antes: comparado(p), rango };
}

export interface Losa {
  clave: Metrica;
  nombre: string;
  valor: string;
  cambio: string;
  tono: 'bien' | 'mal' | 'igual';
  antes: string;
  /** De dónde sale, para quien pregunta. */
  ventana: string;
  renglones: string;
}

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

export interface VistaPanel {
  cuenta: { id: string; nombre: string; moneda: string; zona: string; act: string; demo: boolean };
  cuentas: { id: string; nombre: string; actual: boolean }[];
  aviso: { tono: 'rojo' | 'ambar'; texto: string } | null;
  rangos: { clave: Rango; texto: string; actual: boolean }[];
  desde: string;
  hasta: string;
  periodo: string;
  comparado: string;
  traido: string;
  faltan: string;
  losas: Losa[];
  tendencia: Tendencia;
  plataformas: {
    nombre: string;
    gasto: string;
    parte: number;
    conversaciones: string;
    costo: string;
    ctr: string;
  }[];
  mejores: FilaCorta[];
  peores: FilaCorta[];
  tabla: TablaVista;
  nuestros: NuestrosVista;
  csv: string;
  filas: string;
}

export interface FilaCorta {
  nombre: string;
  campana: string;
  detalle: string;
  abrir: string;
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

export interface EntornoPanel {
  base: string;
  contactos: string | null;
  q: ConsultaPanel;
  ahora: Date;
}

/** Todo lo que la página dibuja, ya escrito. */
export function presentarPanel(d: Panel, cuenta: Cuenta, e: EntornoPanel): VistaPanel {
  const f = formatosDe('es', cuenta.moneda);
  const { p, antes, rango } = periodosDe(e.q, cuenta, e.ahora);
  const ir = (cambios: Record<string, string | number | undefined>): string =>
    direccion(e, cuenta, p, rango, cambios);
  const comparadoTexto = f.periodo(antes);
  return {
    cuenta: {
      id: cuenta.id,
      nombre: cuenta.nombre ?? cuenta.ad_account_id,
      moneda: cuenta.moneda ?? 'moneda desconocida',
      zona: cuenta.zona ?? 'zona desconocida',
      act: cuenta.ad_account_id,
      demo: cuenta.demo,
    },
    cuentas: d.cuentas.map((c) => ({
      id: c.id,
      nombre: c.nombre ?? c.ad_account_id,
      actual: c.id === cuenta.id,
    })),
    aviso: avisoDe(cuenta, e.ahora),
    rangos: NOMBRES_RANGO.map(([clave, texto]) => ({ clave, texto, actual: clave === rango })),
    desde: p.desde,
    hasta: p.hasta,
    periodo: f.periodo(p),
    comparado: comparadoTexto,
    traido: d.traido ? hace(d.traido, e.ahora, cuenta.zona ?? undefined) : '',
    faltan: d.faltan.length === 0 ? '' : listaDeDias(d.faltan, f),
    losas: losas(d, f, f.periodo(p), comparadoTexto),
    tendencia: dibujarTendencia(d.dias, f, {
      semana: 'Semana del',
      resumen: FRASES.es.resumen,
      dia: (x) => FRASES.es.columna(f.dia(x.dia), f.dinero(x.gasto), f.entero(x.conversaciones)),
    }),
    plataformas: d.plataformas.map((x) => ({
      nombre: plataforma(x.id),
      gasto: f.dinero(x.gasto),
      parte: d.total.gasto > 0 ? Math.round((x.gasto / d.total.gasto) * 1000) / 10 : 0,
      conversaciones: f.entero(x.conversaciones),
      costo: f.dinero(razones(x).costo_conversacion),
      ctr: f.porciento(razones(x).ctr),
    })),
    mejores: d.mejores.map((a) => filaCorta(a, f, ir)),
    peores: d.peores.map((a) => filaCorta(a, f, ir)),
    tabla: presentarTabla(d, f, e, ir),
    nuestros: presentarNuestros(d, f, e, p),
    csv: ir({ csv: 'si' }).replace('?', '/exportar.csv?'),
    filas: f.entero(d.renglones),
  };
}

function losas(d: Panel, f: Formatos, ventana: string, antesTexto: string): Losa[] {
  const ahora = { ...d.total, ...razones(d.total), alcance: d.alcance?.n ?? null };
  const antes = { ...d.antes, ...razones(d.antes), alcance: d.alcance_antes?.n ?? null };
  return METRICAS.map((clave) => {
    const pct = cambio(ahora[clave], antes[clave]);
    const deMeta = clave === 'alcance';
    return {
      clave,
      nombre: FRASES.es.metricas[clave],
      valor: f.metrica(clave, ahora[clave]),
      cambio: f.cambio(pct),
      tono: tonoDe(clave, pct),
      antes:
        deMeta && ahora.alcance === null
          ? 'Meta no lo ha dado para estas fechas'
          : `antes ${f.metrica(clave, antes[clave])}`,
      ventana: `${ventana}, contra ${antesTexto}`,
      renglones: deMeta ? 'total de la cuenta según Meta; el alcance no se suma' : COMO[clave],
    };
  });
}

const COMO: Readonly<Record<Metrica, string>> = {
  gasto: 'suma de los renglones diarios por anuncio y plataforma',
  impresiones: 'suma de los renglones diarios por anuncio y plataforma',
  alcance: '',
  clics: 'suma de todos los clics de los renglones',
  ctr: 'clics entre impresiones',
  cpc: 'gasto entre clics',
  cpm: 'gasto por cada mil impresiones',
  conversaciones: 'conversaciones por mensaje iniciadas en los 7 días tras el clic; cada una cuenta una vez',
  costo_conversacion: 'gasto entre conversaciones iniciadas',
};

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

function presentarTabla(
  d: Panel,
  f: Formatos,
  e: Pick<EntornoPanel, 'q' | 'base'>,
  ir: (c: Record<string, string | number | undefined>) => string,
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
    filas: d.objetos.map((o) => presentarObjeto(o, f, nivel, hijo, ir, e.base)),
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
  ir: (c: Record<string, string | number | undefined>) => string,
  base: string,
): FilaVista {
  const r = razones(o);
  const costo = cambio(r.costo_conversacion, razones(o.antes).costo_conversacion);
  const gasto = cambio(o.gasto, o.antes.gasto);
  const conv = cambio(o.conversaciones, o.antes.conversaciones);
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
    presupuesto: presupuestoDe(o, f),
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

/** Cómo se dice el estado efectivo de Meta. */
export function estadoDe(estado: string | null): { estado: string; tono: FilaVista['tono'] } {
  const dichos: Readonly<Record<string, [string, FilaVista['tono']]>> = {
    ACTIVE: ['Activa', 'verde'],
    PAUSED: ['En pausa', 'gris'],
    CAMPAIGN_PAUSED: ['Campaña en pausa', 'gris'],
    ADSET_PAUSED: ['Conjunto en pausa', 'gris'],
    ARCHIVED: ['Archivada', 'gris'],
    DELETED: ['Borrada', 'gris'],
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

function filaCorta(
  a: Panel['mejores'][number],
  f: Formatos,
  ir: (c: Record<string, string | number | undefined>) => string,
): FilaCorta {
  const costo = razones(a).costo_conversacion;
  return {
    nombre: a.nombre,
    campana: a.campana ?? '',
    detalle:
      a.conversaciones === 0
        ? `${f.dinero(a.gasto)} y ninguna conversación`
        : `${f.entero(a.conversaciones)} por ${f.dinero(a.gasto)}: ${f.dinero(costo)} cada una`,
    abrir: ir({}).replace('?', `/anuncios/${encodeURIComponent(a.id)}?`),
  };
}

function presentarNuestros(d: Panel, f: Formatos, e: EntornoPanel, p: Periodo): NuestrosVista {
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
      lista: e.contactos ? `${e.contactos}?${new URLSearchParams({ anuncio: a.id })}` : '',
      etiquetas: a.etiquetas
        .map((x) => `${x.nombre} ${f.entero(x.n)}${parcial ? '' : ` (${entre(a.gasto, x.n)})`}`)
        .join(' · '),
    })),
  };
}

/** Lo que hay que saber antes de creer las cifras. */
export function avisoDe(c: Cuenta, ahora: Date): VistaPanel['aviso'] {
  const muertos: Readonly<Record<string, string>> = {
    vencida:
      'El permiso de Meta venció: las cifras no se actualizan y no saldrá ningún reporte hasta reconectar la cuenta.',
    sin_permiso:
      'Meta ya no nos da permiso sobre esta cuenta: las cifras no se actualizan y no saldrá ningún reporte.',
    error: 'La última conexión con Meta falló: las cifras pueden estar atrasadas.',
  };
  const muerto = muertos[c.estado_conexion];
  if (muerto) return { tono: 'rojo', texto: muerto };
  if (!c.token_expira) return null;
  const faltan = (new Date(c.token_expira).getTime() - ahora.getTime()) / DIA_MS;
  if (faltan > 7) return null;
  const dias = Math.max(0, Math.floor(faltan));
  return {
    tono: 'ambar',
    texto: `El permiso de Meta vence ${dias === 0 ? 'hoy' : dias === 1 ? 'mañana' : `en ${dias} días`}. Reconecta la cuenta para que los reportes no se detengan.`,
  };
}

function listaDeDias(dias: string[], f: Formatos): string {
  const primeros = dias
    .slice(0, 5)
    .map((x) => f.dia(x))
    .join(', ');
  return dias.length > 5 ? `${primeros} y ${f.entero(dias.length - 5)} días más` : primeros;
}

function direccion(
  e: EntornoPanel,
  cuenta: Cuenta,
  p: Periodo,
  rango: Rango,
  cambios: Record<string, string | number | undefined>,
): string {
  const { q } = e;
  const todo: Record<string, string | number | undefined> = {
    cuenta: cuenta.id,
    rango,
    ...(rango === 'rango' && { desde: p.desde, hasta: p.hasta }),
    nivel: q.nivel === 'campanas' ? undefined : q.nivel,
    padre: q.padre,
    orden: q.orden === 'gasto' ? undefined : q.orden,
    sentido: q.sentido === 'desc' ? undefined : q.sentido,
    ...cambios,
  };
  const limpio = Object.entries(todo).flatMap(([k, v]) => (v === undefined ? [] : [[k, String(v)]]));
  return `${e.base}?${new URLSearchParams(limpio)}`;
}
