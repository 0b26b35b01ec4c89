import { CLAVES_MODULOS, type ClaveModulo, MODULOS, TITULOS_MODULOS } from '../modulos/index.ts';
import type { NoraRegistrada } from '../noras/registro_dinamico.ts';
import type { EstadoNora, NoraMedida } from './consultas.ts';

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

export const TITULOS_INCIDENTE: Record<string, string> = {
  espera: 'Esperan más de lo permitido',
  fallidos: 'Fallan envíos',
  integracion: 'Conexión rota',
  tope: 'Tope de IA agotado',
};

/** Entero de 0 a 100; null sin de qué calcularlo. */
export function porcentaje(parte: number, total: number): number | null {
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
