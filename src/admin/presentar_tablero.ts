import { cuantos, numero, telefono } from '../web/fechas.ts';
import type {
  CifrasNora,
  FilaCifras,
  OrdenCifras,
  PaginaPersonas,
  Periodo,
  Sumas,
  Tablero,
} from './consultas_tablero.ts';
import { dolares, porcentaje, presentarMedida, TITULOS_INCIDENTE } from './presentar.ts';
import type { ConteoTrabajos } from './sistema_datos.ts';

/** El tablero listo para dibujar: cada cifra con la lista a la que lleva. */
export function presentarTablero(
  t: Tablero,
  trabajos: ConteoTrabajos,
  ads: { cuentas: number; atencion: number; muertas: number },
) {
  const carriles = Object.values(t.carriles);
  const enFila = carriles.reduce((n, c) => n + c.n, 0) + trabajos.pendientes;
  return {
    noras: [
      { titulo: 'Activas', n: t.noras.activas, ruta: '/admin/noras?estado=activa' },
      {
        titulo: 'Calladas',
        n: t.noras.calladas,
        ruta: '/admin/noras?estado=callada',
        pie: 'sin mensajes en 24 h',
      },
      {
        titulo: 'Con fallas',
        n: t.noras.fallando,
        ruta: '/admin/noras?estado=fallando',
        mal: t.noras.fallando > 0,
      },
      { titulo: 'Suspendidas', n: t.noras.suspendidas, ruta: '/admin/noras?estado=suspendida' },
    ],
    ahora: [
      {
        titulo: 'Esperan a una persona',
        icono: 'hand',
        n: t.esperan,
        ruta: '/admin/esperando',
        pie: t.noras.esperando === 1 ? 'en una nora' : `en ${t.noras.esperando} noras`,
        mal: false,
      },
      {
        titulo: 'Errores sin resolver',
        icono: 'triangle-alert',
        n: t.errores,
        ruta: '/admin/debug',
        pie: t.errores ? 'revísalos' : 'todo en orden',
        mal: t.errores > 0,
      },
      {
        titulo: 'Trabajo en fila',
        icono: 'list-todo',
        n: enFila,
        ruta: '/debug_info#colas',
        pie: trabajos.fallidos ? cuantos(trabajos.fallidos, 'falló', 'fallaron') : 'ninguno falló',
        mal: trabajos.fallidos > 0,
      },
      ...(ads.cuentas
        ? [
            {
              titulo: 'Cuentas de anuncios por atender',
              icono: 'megaphone',
              n: ads.atencion,
              ruta: '/admin/ads?estado=atencion',
              pie: ads.muertas
                ? `${numero(ads.muertas)} sin permiso de Meta`
                : `de ${numero(ads.cuentas)} ${ads.cuentas === 1 ? 'cuenta' : 'cuentas'}`,
              mal: ads.atencion > 0,
            },
          ]
        : []),
    ],
    periodos: [periodo('24', t.dia, ' hoy'), periodo('30', t.mes, '')],
    incidentes: t.incidentes.map((i) => ({ ...i, titulo: TITULOS_INCIDENTE[i.clase] ?? i.clase })),
    lista: t.lista.map(presentarMedida),
    total: t.noras.total,
  };
}

/** `cuando` se pega al consumo: el de las 24 horas es el del día de cada nora. */
function periodo(cual: Periodo, s: Sumas, cuando: string) {
  const respuestas = s.ia + s.automaticas + s.humanos;
  const pct = porcentaje(s.ia, respuestas);
  const lista = (orden: OrdenCifras) => `/admin/cifras?periodo=${cual}&orden=${orden}`;
  return {
    titulo: TITULOS_PERIODO[cual],
    cifras: [
      { titulo: 'Entran', valor: numero(s.recibidos), ruta: lista('recibidos') },
      { titulo: 'Salen', valor: numero(respuestas + s.envios), ruta: lista('salen') },
      {
        titulo: 'De la IA',
        valor: pct === null ? '—' : `${pct} %`,
        ruta: lista('ia'),
        pie: cuantos(s.ia, 'respuesta', 'respuestas'),
      },
      {
        titulo: 'Fallidos',
        valor: numero(s.fallidos),
        ruta: `/admin/fallidos?periodo=${cual}`,
        mal: s.fallidos > 0,
      },
      {
        titulo: 'Costo de IA',
        valor: dolares(s.costo),
        ruta: lista('costo'),
        pie: `${cuantos(s.tokens, 'token', 'tokens')}${cuando}`,
      },
    ],
  };
}

export const TITULOS_PERIODO: Record<Periodo, string> = { 24: 'Últimas 24 horas', 30: 'Últimos 30 días' };

export const TITULOS_CIFRA: Record<OrdenCifras, string> = {
  recibidos: 'Mensajes que entran',
  salen: 'Mensajes que salen',
  ia: 'Respuestas de la IA',
  fallidos: 'Envíos fallidos',
  costo: 'Costo de IA',
};

/** La lista detrás de una cifra: cada nora con lo suyo, y las ligas a ordenar por otra o cambiar de periodo. */
export function presentarCifras(
  datos: { cuantas: number; total: CifrasNora; filas: FilaCifras[]; siguiente: FilaCifras | null },
  periodo: Periodo,
  orden: OrdenCifras,
) {
  const ruta = (otro: { periodo?: Periodo; orden?: OrdenCifras }) =>
    `/admin/cifras?${new URLSearchParams({ periodo, orden, ...otro })}`;
  const columnas: [OrdenCifras, string][] = [
    ['recibidos', 'Entran'],
    ['salen', 'Salen'],
    ['ia', 'De la IA'],
    ['fallidos', 'Fallidos'],
    ['costo', periodo === '24' ? 'Costo de hoy' : 'Costo'],
  ];
  return {
    periodo,
    orden,
    titulo: TITULOS_CIFRA[orden],
    cuando: TITULOS_PERIODO[periodo],
    cuantas: datos.cuantas,
    total: celdas(datos.total),
    filas: datos.filas.map((f) => ({ ...f, celdas: celdas(f) })),
    columnas: columnas.map(([clave, titulo]) => ({ clave, titulo, ruta: ruta({ orden: clave }) })),
    periodos: (['24', '30'] as const).map((p) => ({
      titulo: TITULOS_PERIODO[p],
      ruta: ruta({ periodo: p }),
      actual: p === periodo,
    })),
    siguiente:
      datos.siguiente &&
      `${ruta({})}&${new URLSearchParams({ valor: String(datos.siguiente.valor), nora: datos.siguiente.nombre_nora })}`,
  };
}

function celdas(c: CifrasNora): Record<OrdenCifras, string> & { ia_pct: string; tokens: string } {
  const pct = porcentaje(c.ia, c.respuestas);
  return {
    recibidos: numero(c.recibidos),
    salen: numero(c.salen),
    ia: numero(c.ia),
    ia_pct: pct === null ? '' : `${pct} %`,
    fallidos: numero(c.fallidos),
    costo: dolares(c.costo),
    tokens: cuantos(c.tokens, 'token', 'tokens'),
  };
}

/** Personas que esperan o envíos fallidos, listos para dibujar. `abre` dice si el chat de esa nora se puede abrir ahora. */
export function presentarPersonas(
  { total, filas, siguiente }: PaginaPersonas,
  {
    cual,
    nora,
    periodo,
    abre,
  }: {
    cual: 'esperando' | 'fallidos';
    nora: string | null;
    periodo: Periodo;
    abre: (nora: string) => boolean;
  },
) {
  const fallidos = cual === 'fallidos';
  const ruta = (otro: Record<string, string>) =>
    `/admin/${cual}?${new URLSearchParams({ ...(nora && { nora }), ...(fallidos && { periodo }), ...otro })}`;
  return {
    cual,
    nora,
    total,
    titulo: fallidos ? 'Envíos fallidos' : 'Esperan a una persona',
    pie: fallidos
      ? `${cuantos(total, 'envío', 'envíos')}, el más nuevo primero.`
      : `${cuantos(total, 'persona', 'personas')}; quien más espera, primero.`,
    todas: `/admin/${cual}${fallidos ? `?periodo=${periodo}` : ''}`,
    periodos: fallidos
      ? (['24', '30'] as const).map((p) => ({
          titulo: TITULOS_PERIODO[p],
          ruta: ruta({ periodo: p }),
          actual: p === periodo,
        }))
      : [],
    filas: filas.map((f) => ({
      ...f,
      ruta: abre(f.nombre_nora) ? `/panel_cliente/${f.nombre_nora}/chat/${f.contacto_id}` : null,
      quien: f.nombre || telefono(f.telefono) || 'Sin nombre',
      motivo: f.detalle ?? (f.estado === 'incierto' ? 'No se sabe si salió.' : 'Sin explicación.'),
    })),
    siguiente: siguiente && ruta({ desde: siguiente.desde, id: siguiente.id }),
  };
}
