import { CLAVES_MODULOS, type ClaveModulo, MODULOS, TITULOS_MODULOS } from '../modulos/index.ts';
import type { NoraRegistrada } from '../noras/registro_dinamico.ts';
import { contar, numero } from '../web/fechas.ts';
import type { EstadoNora, NoraMedida, Sumas, Tablero } from './consultas.ts';
import type { ConteoTrabajos } from './sistema_datos.ts';

export interface FilaNora {
  nombre_nora: string;
  nombre_visible: string;
  numero_nora: string | null;
  foto_perfil: string | null;
  activo: boolean;
  ia_activa: boolean;
  modulos: { clave: ClaveModulo; titulo: string; activo: boolean; disponible: boolean }[];
}

/** Lo que las vistas de admin muestran de una nora. */
export function presentarNora(nora: NoraRegistrada): FilaNora {
  const { nombre_nora, nombre_visible, numero_nora, foto_perfil, activo, ia_activa } = nora;
  return {
    nombre_nora,
    nombre_visible,
    numero_nora,
    foto_perfil,
    activo,
    ia_activa,
    modulos: modulosDe(nora.modulos),
  };
}

export function modulosDe(activos: ReadonlySet<string>): FilaNora['modulos'] {
  const conCodigo = new Set<string>(MODULOS.map((m) => m.clave));
  return CLAVES_MODULOS.map((clave) => ({
    clave,
    titulo: TITULOS_MODULOS[clave],
    activo: activos.has(clave),
    disponible: conCodigo.has(clave),
  }));
}

const ESTADOS: Record<EstadoNora, { texto: string; tono: string }> = {
  activa: { texto: 'Activa', tono: 'verde' },
  callada: { texto: 'Callada', tono: 'gris' },
  fallando: { texto: 'Con fallas', tono: 'rojo' },
  suspendida: { texto: 'Suspendida', tono: 'ambar' },
};

export function presentarMedida(n: NoraMedida) {
  const estado = n.borrando ? { texto: 'Borrándose', tono: 'rojo' } : ESTADOS[n.estado];
  return {
    ...n,
    etiqueta: estado,
    salen_24: n.ia_24 + n.automaticas_24 + n.humanos_24 + n.envios_24,
    salen_30: n.ia_30 + n.automaticas_30 + n.humanos_30 + n.envios_30,
    ia_pct: porcentaje(n.ia_30, n.ia_30 + n.automaticas_30 + n.humanos_30),
    costo: dolares(n.costo_30),
  };
}

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
        pie: trabajos.fallidos ? contar(trabajos.fallidos, 'falló', 'fallaron') : 'ninguno falló',
        mal: trabajos.fallidos > 0,
      },
      ...(ads.cuentas
        ? [
            {
              titulo: 'Cuentas de anuncios por atender',
              icono: 'megaphone',
              n: ads.atencion,
              ruta: ads.atencion ? '/admin/ads?estado=atencion' : '/admin/ads',
              pie: ads.muertas
                ? `${numero(ads.muertas)} sin permiso de Meta`
                : `de ${numero(ads.cuentas)} ${ads.cuentas === 1 ? 'cuenta' : 'cuentas'}`,
              mal: ads.atencion > 0,
            },
          ]
        : []),
    ],
    periodos: [periodo('Últimas 24 horas', t.dia, ' hoy'), periodo('Últimos 30 días', t.mes, '')],
    incidentes: t.incidentes.map((i) => ({ ...i, titulo: TITULOS_INCIDENTE[i.clase] ?? i.clase })),
    lista: t.lista.map(presentarMedida),
    total: t.noras.total,
  };
}

export const TITULOS_INCIDENTE: Record<string, string> = {
  espera: 'Esperan más de lo permitido',
  fallidos: 'Fallan envíos',
  integracion: 'Conexión rota',
  tope: 'Tope de IA agotado',
};

/** `cuando` se pega al consumo: el de las 24 horas es el del día de cada nora. */
function periodo(titulo: string, s: Sumas, cuando: string) {
  const respuestas = s.ia + s.automaticas + s.humanos;
  const pct = porcentaje(s.ia, respuestas);
  return {
    titulo,
    cifras: [
      { titulo: 'Entran', valor: numero(s.recibidos), ruta: '#por_nora' },
      { titulo: 'Salen', valor: numero(respuestas + s.envios), ruta: '#por_nora' },
      {
        titulo: 'De la IA',
        valor: pct === null ? '—' : `${pct} %`,
        ruta: '#por_nora',
        pie: contar(s.ia, 'respuesta', 'respuestas'),
      },
      { titulo: 'Fallidos', valor: numero(s.fallidos), ruta: '/admin/fallidos', mal: s.fallidos > 0 },
      {
        titulo: 'Costo de IA',
        valor: dolares(s.costo),
        ruta: '#por_nora',
        pie: `${contar(s.tokens, 'token', 'tokens')}${cuando}`,
      },
    ],
  };
}

/** Entero de 0 a 100; null sin de qué calcularlo. */
function porcentaje(parte: number, total: number): number | null {
  return total > 0 ? Math.round((100 * parte) / total) : null;
}

const usd = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export function dolares(n: number): string {
  return n > 0 && n < 0.01 ? 'US$<0.01' : `US$${usd.format(n)}`;
}

export function tamano(bytes: number): string {
  for (const [unidad, cuanto] of [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const)
    if (bytes >= cuanto) return `${(bytes / cuanto).toFixed(bytes >= 10 * cuanto ? 0 : 1)} ${unidad}`;
  return `${bytes} B`;
}
