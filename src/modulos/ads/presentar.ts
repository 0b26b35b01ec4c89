import { type Formatos, formatosDe } from '../../ads/formatos.ts';
import { dibujarTendencia, type Tendencia } from '../../ads/grafica.ts';
import { cambio, type Metrica, METRICAS, razones } from '../../ads/metricas.ts';
import { comparado, type Periodo, periodoDe, type Rango } from '../../ads/periodos.ts';
import { FRASES, plataforma } from '../../ads/reportes/frases.ts';
import { tonoDe } from '../../ads/reportes/presentar.ts';
import { claveDia, hace } from '../../web/fechas.ts';
import { type Aviso, avisoDe } from './avisos.ts';
import type { Cuenta, Panel } from './consultas.ts';
import type { ConsultaPanel } from './esquemas.ts';
import { type NuestrosVista, presentarNuestros } from './presentar_nuestros.ts';
import { type Ir, presentarTabla, type TablaVista } from './presentar_tabla.ts';

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

export interface VistaPanel {
  cuenta: { id: string; nombre: string; moneda: string; zona: string; act: string; demo: boolean };
  cuentas: { id: string; nombre: string; actual: boolean }[];
  aviso: Aviso | null;
  rangos: { clave: Rango; texto: string; actual: boolean }[];
  desde: string;
  hasta: string;
  periodo: string;
  comparado: string;
  /** Por qué no se compara; vacío si se compara. */
  sinComparar: string;
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
    renglones: string;
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
  const ir: Ir = (cambios) => direccion(e, cuenta, p, rango, cambios);
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
    sinComparar:
      d.faltan_antes > 0
        ? `No se compara con ${comparadoTexto}: de esas fechas ${d.faltan_antes === 1 ? 'falta un día' : `faltan ${f.entero(d.faltan_antes)} días`} por traer.`
        : '',
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
      renglones: ir({ plataforma: x.id }).replace('?', '/renglones?'),
    })),
    mejores: d.mejores.map((a) => filaCorta(a, f, ir)),
    peores: d.peores.map((a) => filaCorta(a, f, ir)),
    tabla: presentarTabla(d, f, e, ir),
    nuestros: presentarNuestros(d, f, e.contactos, p),
    csv: ir({ csv: 'si' }).replace('?', '/exportar.csv?'),
    filas: f.entero(d.renglones),
  };
}

function losas(d: Panel, f: Formatos, ventana: string, antesTexto: string): Losa[] {
  const ahora = { ...d.total, ...razones(d.total), alcance: d.alcance?.n ?? null };
  const antes = { ...d.antes, ...razones(d.antes), alcance: d.alcance_antes?.n ?? null };
  const seCompara = d.faltan_antes === 0;
  return METRICAS.map((clave) => {
    const deMeta = clave === 'alcance';
    // El alcance de antes lo da Meta entero, hayamos traído o no sus días.
    const pct = seCompara || deMeta ? cambio(ahora[clave], antes[clave]) : null;
    return {
      clave,
      nombre: FRASES.es.metricas[clave],
      valor: f.metrica(clave, ahora[clave]),
      cambio: f.cambio(pct),
      tono: tonoDe(clave, pct),
      antes:
        deMeta && ahora.alcance === null
          ? 'Meta no lo ha dado para estas fechas'
          : seCompara || deMeta
            ? `antes ${f.metrica(clave, antes[clave])}`
            : 'sin periodo anterior completo',
      ventana: seCompara || deMeta ? `${ventana}, contra ${antesTexto}` : ventana,
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

function filaCorta(a: Panel['mejores'][number], f: Formatos, ir: Ir): FilaCorta {
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
