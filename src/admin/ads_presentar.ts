import { type Formatos, formatosDe } from '../ads/formatos.ts';
import { decirSituacion } from '../modulos/ads/avisos.ts';
import { fecha, hace, numero } from '../web/fechas.ts';
import type {
  CuentaAdmin,
  FichaAds,
  GastoMoneda,
  ReporteAdmin,
  SaludAds,
  VueltaAds,
} from './ads_consultas.ts';

type Tono = 'verde' | 'ambar' | 'rojo' | 'gris' | 'acento';

/** Los filtros de la lista, de lo que más urge a lo que menos. */
export const SALUDES: readonly [SaludAds | '' | 'atencion', string][] = [
  ['', 'Todas'],
  ['atencion', 'Piden atención'],
  ['muerta', 'Sin permiso'],
  ['fallando', 'Fallando'],
  ['por_vencer', 'Por vencer'],
  ['atrasada', 'Atrasadas'],
  ['bien', 'Bien'],
  ['demo', 'Demostración'],
  ['desconectada', 'Desconectadas'],
];

const ETIQUETAS: Readonly<Record<SaludAds, [string, Tono]>> = {
  muerta: ['Sin permiso', 'rojo'],
  fallando: ['Fallando', 'rojo'],
  por_vencer: ['Por vencer', 'ambar'],
  atrasada: ['Atrasada', 'ambar'],
  bien: ['Bien', 'verde'],
  demo: ['Demostración', 'acento'],
  desconectada: ['Desconectada', 'gris'],
};

const VUELTAS: Readonly<Record<VueltaAds['estado'], [string, Tono]>> = {
  corriendo: ['Trayendo', 'acento'],
  hecha: ['Completa', 'verde'],
  espera: ['En espera', 'ambar'],
  fallida: ['Falló', 'rojo'],
};

const REPORTES: Readonly<Record<string, [string, Tono]>> = {
  listo: ['Listo', 'verde'],
  por_aprobar: ['Por aprobar', 'ambar'],
  negado: ['No salió', 'rojo'],
  borrador: ['Preparándose', 'gris'],
};

const MOTIVOS: Readonly<Record<string, string>> = {
  token: 'el permiso venció o se retiró',
  faltan_dias: 'faltan días por traer',
  no_cuadra: 'los anuncios no suman el total de la cuenta',
  dia_abierto: 'el periodo aún no termina',
};

const CADENCIAS: Readonly<Record<string, string>> = {
  diario: 'Diario',
  semanal: 'Semanal',
  mensual: 'Mensual',
};

const ENTREGAS: Readonly<Record<string, string>> = {
  pendiente: 'por salir',
  enviando: 'saliendo',
  enviado: 'enviados',
  en_fila: 'en la fila',
  entregado: 'entregados',
  leido: 'leídos',
  rebotado: 'rebotados',
  fallido: 'fallidos',
  incierto: 'inciertos',
};

/** Un renglón de la lista. */
export function presentarFilaAds(c: CuentaAdmin, ahora: Date) {
  const f = formatosDe('es', c.moneda);
  return {
    id: c.id,
    ruta: `/admin/ads/${c.id}`,
    nombre_nora: c.nombre_nora,
    nora: c.nora,
    noraSuspendida: !c.nora_activa,
    nombre: c.nombre,
    act: c.ad_account_id,
    moneda: c.moneda ?? 'sin moneda',
    salud: etiqueta(ETIQUETAS[c.salud]),
    permiso: permisoDe(c, ahora),
    situacion: c.activo ? decirSituacion(c.situacion) : '',
    sincronizada: c.ultima_sincronizacion ? hace(c.ultima_sincronizacion, ahora) : 'nunca',
    vuelta: c.vuelta && c.vuelta.estado !== 'hecha' ? vueltaCorta(c.vuelta, ahora) : '',
    renglones: numero(c.renglones),
    gasto_7: f.dinero(c.gasto_7),
    gasto_28: f.dinero(c.gasto_28),
    reporte: c.reporte ? presentarReporte(c.reporte, f, ahora) : null,
    fallas: fallasDe(c),
    sePuede: c.activo && !c.demo,
  };
}

/** Una cuenta con su historia y sus límites. */
export function presentarCuentaAds(c: FichaAds, ahora: Date) {
  const f = formatosDe('es', c.moneda);
  return {
    ...presentarFilaAds(c, ahora),
    zona: c.zona ?? 'zona desconocida',
    demo: c.demo,
    activo: c.activo,
    conAgencia: c.con_agencia,
    guardado: c.desde && c.hasta ? f.periodo({ desde: c.desde, hasta: c.hasta }) : 'nada todavía',
    receptores: c.receptores === 1 ? 'una persona' : `${numero(c.receptores)} personas`,
    maximoDiario: montoEscrito(c.ajustes.maximo_diario),
    maximoTotal: montoEscrito(c.ajustes.maximo_total),
    panel: `/panel_cliente/${c.nombre_nora}/ads?cuenta=${c.id}`,
    vueltas: c.vueltas.map((v) => ({
      etiqueta: etiqueta(VUELTAS[v.estado]),
      cuando: hace(v.inicio, ahora),
      duracion: v.fin ? duracion(Date.parse(v.fin) - Date.parse(v.inicio)) : `${v.avance} %`,
      renglones: numero(v.renglones),
      detalle: vueltaCorta(v, ahora),
    })),
    reportes: c.reportes.map((r) => ({
      ...presentarReporte(r, f, ahora),
      ruta: `/panel_cliente/${c.nombre_nora}/ads/reportes/${r.id}`,
      entregas: Object.entries(r.entregas)
        .map(([estado, n]) => `${numero(n)} ${ENTREGAS[estado] ?? estado}`)
        .join(' · '),
    })),
  };
}

/** Cada moneda por su lado; el dinero de demostración, dicho. */
export function presentarGasto(gasto: readonly GastoMoneda[]) {
  return gasto.map((g) => {
    const f = formatosDe('es', g.moneda);
    return {
      moneda: g.moneda ?? 'Sin moneda',
      demo: g.demo,
      cuentas: `${g.cuentas === 1 ? 'una cuenta' : `${numero(g.cuentas)} cuentas`} de ${g.noras === 1 ? 'una nora' : `${numero(g.noras)} noras`}`,
      gasto_7: f.dinero(g.gasto_7),
      gasto_28: f.dinero(g.gasto_28),
    };
  });
}

function permisoDe(c: CuentaAdmin, ahora: Date): { texto: string; tono: Tono } {
  if (c.demo) return { texto: 'no hace falta', tono: 'gris' };
  if (!c.activo) return { texto: 'se olvidó al desconectar', tono: 'gris' };
  if (c.estado_conexion === 'sin_permiso')
    return { texto: 'Meta ya no lo da sobre esta cuenta', tono: 'rojo' };
  const expira = c.token_expira ? new Date(c.token_expira) : null;
  if (c.estado_conexion === 'vencida' || (expira && expira <= ahora))
    return { texto: expira ? `venció ${hace(expira, ahora)}` : 'venció', tono: 'rojo' };
  if (!expira) return { texto: 'no vence', tono: 'gris' };
  const dias = Math.floor((expira.getTime() - ahora.getTime()) / 86_400_000);
  const cuando = dias === 0 ? 'en menos de un día' : dias === 1 ? 'en un día' : `en ${dias} días`;
  return dias < 7
    ? { texto: `vence ${cuando}`, tono: 'ambar' }
    : { texto: `vence el ${fecha(expira)}`, tono: 'gris' };
}

function vueltaCorta(v: VueltaAds, ahora: Date): string {
  if (v.estado === 'fallida') return v.motivo ?? 'Se interrumpió.';
  if (v.estado === 'corriendo') return `Trayendo ${v.etapa}, ${v.avance} %`;
  if (v.estado === 'hecha') return '';
  const espera = v.reanudar_en ? Math.ceil((Date.parse(v.reanudar_en) - ahora.getTime()) / 60_000) : null;
  return `${v.motivo ?? 'Meta pidió esperar.'}${espera === null ? '' : espera > 0 ? ` Sigue en ${espera} min.` : ' Sigue en cuanto toque.'}`;
}

function presentarReporte(r: ReporteAdmin, f: Formatos, ahora: Date) {
  return {
    nombre: CADENCIAS[r.cadencia] ?? r.cadencia,
    periodo: f.periodo({ desde: r.desde, hasta: r.hasta }),
    cuando: hace(r.creado, ahora),
    etiqueta: etiqueta(REPORTES[r.estado] ?? [r.estado, 'gris']),
    motivo: r.estado === 'negado' && r.motivo ? (MOTIVOS[r.motivo] ?? r.motivo) : '',
  };
}

function fallasDe(c: CuentaAdmin): string {
  const { vueltas, negados, rebotes } = c.fallas;
  return [
    vueltas && `${numero(vueltas)} ${vueltas === 1 ? 'vuelta fallida' : 'vueltas fallidas'} en 7 días`,
    negados && `${numero(negados)} ${negados === 1 ? 'reporte que no salió' : 'reportes que no salieron'}`,
    rebotes && `${numero(rebotes)} ${rebotes === 1 ? 'entrega rebotada' : 'entregas rebotadas'}`,
  ]
    .filter(Boolean)
    .join(' · ');
}

function etiqueta([texto, tono]: [string, Tono]): { texto: string; tono: Tono } {
  return { texto, tono };
}

function montoEscrito(n: number | null): string {
  return n === null ? '' : String(n);
}

function duracion(ms: number): string {
  return ms < 60_000 ? `${Math.max(1, Math.round(ms / 1000))} s` : `${Math.round(ms / 60_000)} min`;
}
