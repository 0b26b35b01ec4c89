import type { Idioma } from '../formatos.ts';
import type { Metrica } from '../metricas.ts';
import type { Cadencia } from '../periodos.ts';

/** Lo fijo de un reporte en cada idioma. */
export interface Frases {
  metricas: Readonly<Record<Metrica, string>>;
  cadencia: Readonly<Record<Cadencia, string>>;
  titulo: string;
  contra: string;
  antes: string;
  sinAlcance: string;
  tendencia: string;
  leyendaGasto: string;
  leyendaConversaciones: string;
  campanas: string;
  anuncios: string;
  plataformas: string;
  nombre: string;
  dia: string;
  notas: string;
  demo: string;
  corregidos: (dias: string) => string;
  sinAntes: string;
  faltanAntes: (periodo: string, n: number) => string;
  sinComparar: string;
  traido: (cuando: string) => string;
  definicion: string;
  masAnuncios: (n: string) => string;
  sinMovimiento: string;
  semana: string;
  resumen: (gasto: string, conversaciones: string) => string;
  columna: (dia: string, gasto: string, conversaciones: string) => string;
  verEnLinea: string;
  baja: string;
  adjunto: string;
  saludo: (nombre: string) => string;
  estados: Readonly<Record<string, string>>;
}

export const FRASES: Readonly<Record<Idioma, Frases>> = {
  es: {
    metricas: {
      gasto: 'Gasto',
      impresiones: 'Impresiones',
      alcance: 'Alcance',
      clics: 'Clics',
      ctr: 'CTR',
      cpc: 'CPC',
      cpm: 'CPM',
      conversaciones: 'Conversaciones',
      costo_conversacion: 'Costo por conversación',
    },
    cadencia: { diario: 'Reporte diario', semanal: 'Reporte semanal', mensual: 'Reporte mensual' },
    titulo: 'Anuncios en Facebook e Instagram',
    contra: 'Comparado con',
    antes: 'antes',
    sinAlcance: 'Meta no lo ha dado para estas fechas, y no se puede sumar',
    tendencia: 'Día por día',
    leyendaGasto: 'gasto',
    leyendaConversaciones: 'conversaciones iniciadas',
    campanas: 'Campañas',
    anuncios: 'Anuncios con más gasto',
    plataformas: 'Dónde se vieron',
    nombre: 'Nombre',
    dia: 'Día',
    notas: 'Sobre estas cifras',
    demo: 'Datos de demostración: esta cuenta no existe en Meta.',
    sinAntes: 'sin periodo anterior completo',
    faltanAntes: (periodo, n) =>
      `No se compara con ${periodo}: de esas fechas ${n === 1 ? 'falta un día' : `faltan ${n} días`} que no se trajeron de Meta.`,
    sinComparar: 'Sin periodo anterior completo con qué comparar',
    corregidos: (dias) => `Meta corrigió después las cifras de ${dias}; aquí van ya corregidas.`,
    traido: (cuando) => `Cifras traídas de Meta ${cuando.replace(/\.$/, '')}.`,
    definicion:
      'Una conversación cuenta una vez: las iniciadas por mensajes según Meta en los 7 días después del clic. El alcance no se suma entre días ni anuncios.',
    masAnuncios: (n) => `Además hay ${n} anuncios con menos gasto.`,
    sinMovimiento: 'Sin movimiento',
    semana: 'Semana del',
    resumen: (gasto, conversaciones) => `${gasto} de gasto y ${conversaciones} conversaciones en el periodo`,
    columna: (dia, gasto, conversaciones) => `${dia}: ${gasto}, ${conversaciones} conversaciones`,
    verEnLinea: 'Ver el reporte en línea',
    baja: 'No quiero recibir más este reporte',
    adjunto: 'Va adjunto en PDF.',
    saludo: (nombre) => (nombre ? `Hola, ${nombre}:` : 'Hola:'),
    estados: { ACTIVE: 'Activa', PAUSED: 'En pausa', ARCHIVED: 'Archivada', DELETED: 'Archivada o borrada' },
  },
  en: {
    metricas: {
      gasto: 'Spend',
      impresiones: 'Impressions',
      alcance: 'Reach',
      clics: 'Clicks',
      ctr: 'CTR',
      cpc: 'CPC',
      cpm: 'CPM',
      conversaciones: 'Conversations',
      costo_conversacion: 'Cost per conversation',
    },
    cadencia: { diario: 'Daily report', semanal: 'Weekly report', mensual: 'Monthly report' },
    titulo: 'Ads on Facebook and Instagram',
    contra: 'Compared with',
    antes: 'before',
    sinAlcance: 'Meta has not given it for these dates, and it cannot be added up',
    tendencia: 'Day by day',
    leyendaGasto: 'spend',
    leyendaConversaciones: 'conversations started',
    campanas: 'Campaigns',
    anuncios: 'Ads with most spend',
    plataformas: 'Where they were seen',
    nombre: 'Name',
    dia: 'Day',
    notas: 'About these figures',
    demo: 'Demonstration data: this account does not exist on Meta.',
    sinAntes: 'no complete previous period',
    faltanAntes: (periodo, n) =>
      `Not compared with ${periodo}: ${n === 1 ? 'one day of it was' : `${n} days of it were`} never fetched from Meta.`,
    sinComparar: 'No complete previous period to compare with',
    corregidos: (dias) => `Meta later restated the figures of ${dias}; they are already restated here.`,
    traido: (cuando) => `Figures fetched from Meta ${cuando}.`,
    definicion:
      'A conversation counts once: messaging conversations started according to Meta within 7 days of the click. Reach is never added across days or ads.',
    masAnuncios: (n) => `There are ${n} more ads with less spend.`,
    sinMovimiento: 'No activity',
    semana: 'Week of',
    resumen: (gasto, conversaciones) => `${gasto} spent and ${conversaciones} conversations in the period`,
    columna: (dia, gasto, conversaciones) => `${dia}: ${gasto}, ${conversaciones} conversations`,
    verEnLinea: 'See the report online',
    baja: 'Stop sending me this report',
    adjunto: 'The PDF is attached.',
    saludo: (nombre) => (nombre ? `Hello ${nombre},` : 'Hello,'),
    estados: { ACTIVE: 'Active', PAUSED: 'Paused', ARCHIVED: 'Archived', DELETED: 'Archived or deleted' },
  },
};

/** Cómo se dice cada lugar de Meta. */
export function plataforma(clave: string): string {
  const nombres: Readonly<Record<string, string>> = {
    facebook: 'Facebook',
    instagram: 'Instagram',
    messenger: 'Messenger',
    audience_network: 'Audience Network',
    threads: 'Threads',
    whatsapp: 'WhatsApp',
  };
  return nombres[clave] ?? clave;
}
