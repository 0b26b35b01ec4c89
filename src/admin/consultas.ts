import { randomUUID } from 'node:crypto';
import type { Contexto } from '../contexto.ts';
import type { ClienteBd } from '../datos/base_de_datos.ts';
import { ErrorApp } from '../errores.ts';
import { preciosDe } from './consultas_tablero.ts';
import type { ClaveModulo } from '../modulos/index.ts';
import type { Equipo } from '../noras/membresia.ts';

export type NuevaNora = {
  nombre_nora: string;
  nombre_visible: string;
  numero_nora: string | null;
  zona_horaria: string;
  personalidad?: string;
  instrucciones?: string;
  mensaje_bienvenida?: string;
  modulos: ClaveModulo[];
};

export type EstadoNora = 'activa' | 'callada' | 'fallando' | 'suspendida';

/** Un renglón de `interno.estado_noras`. */
export interface NoraMedida {
  nombre_nora: string;
  nombre_visible: string;
  numero_nora: string | null;
  foto_perfil: string | null;
  activo: boolean;
  ia_activa: boolean;
  borrando: boolean;
  creada: string;
  recibidos_24: number;
  ia_24: number;
  automaticas_24: number;
  humanos_24: number;
  envios_24: number;
  fallidos_24: number;
  tokens_hoy: number;
  costo_hoy: number;
  recibidos_30: number;
  ia_30: number;
  automaticas_30: number;
  humanos_30: number;
  envios_30: number;
  fallidos_30: number;
  tokens_30: number;
  costo_30: number;
  esperan: number;
  espera_desde: string | null;
  errores: number;
  ultimo_mensaje: string | null;
  estado: EstadoNora;
}

export interface PaginaNoras {
  total: number;
  noras: NoraMedida[];
  /** Valor de `desde` para la página que sigue; null en la última. */
  siguiente: string | null;
}

export async function listarNoras(
  servicio: ClienteBd,
  { q, estado, desde, n }: { q: string; estado: string; desde: string; n: number },
): Promise<PaginaNoras> {
  const { data } = await servicio
    .rpc('admin_noras', { p_q: q, p_estado: estado, p_desde: desde, p_n: n })
    .throwOnError();
  const { total, noras } = data as unknown as { total: number; noras: NoraMedida[] };
  const visibles = noras.slice(0, n);
  return {
    total,
    noras: visibles,
    siguiente: noras.length > n ? (visibles.at(-1)?.nombre_nora ?? null) : null,
  };
}

/**
 * Crea la nora con una fila por módulo, encendido o no, y lo apunta en la auditoría, todo o nada.
 * @throws ErrorApp 409 `repetido` si el nombre o el número ya son de otra
 */
export async function crearNora(servicio: ClienteBd, nora: NuevaNora, quien: string): Promise<void> {
  const { error } = await servicio.rpc('crear_nora', { p: nora, p_quien: quien });
  if (error) throw repetido(error);
}

/**
 * Copia ajustes, conocimiento y los archivos que usan (respuestas automáticas y foto) a una nora nueva.
 * @throws ErrorApp 409 `repetido`; entonces los archivos copiados se borran
 */
export async function clonarNora(
  ctx: Pick<Contexto, 'bd' | 'adjuntos'>,
  origen: string,
  nueva: { nombre_nora: string; nombre_visible: string },
  quien: string,
): Promise<void> {
  const { servicio } = ctx.bd;
  const { data } = await servicio.rpc('archivos_clonables', { p_nora: origen }).throwOnError();
  const archivos: Record<string, { id: string; ruta: string }> = {};
  try {
    for (const a of data as unknown as { id: string; ruta: string; tipo: string }[]) {
      const contenido = await ctx.adjuntos.leer(a.ruta).catch(() => null);
      // Si el almacén ya no lo tiene, la copia se hace sin él: en la de origen tampoco sale.
      if (!contenido) continue;
      const id = randomUUID();
      const { ruta } = await ctx.adjuntos.guardar(contenido, {
        nombre_nora: nueva.nombre_nora,
        id,
        tipo: a.tipo,
      });
      archivos[a.id] = { id, ruta };
    }
    const { error } = await servicio.rpc('clonar_nora', {
      p_origen: origen,
      p: { ...nueva, archivos },
      p_quien: quien,
    });
    if (error) throw repetido(error);
  } catch (error) {
    for (const { ruta } of Object.values(archivos)) await ctx.adjuntos.borrar(ruta).catch(() => undefined);
    throw error;
  }
}

export async function cambiarModulo(
  servicio: ClienteBd,
  nora: string,
  modulo: ClaveModulo,
  activo: boolean,
  quien: string,
): Promise<void> {
  await servicio
    .rpc('cambiar_modulo', { p_nora: nora, p_modulo: modulo, p_activo: activo, p_quien: quien })
    .throwOnError();
}

/**
 * Cambia lo que sólo el admin puede cambiar de una nora y lo apunta en la auditoría.
 * @throws ErrorApp 409 `repetido` si el número ya es de otra
 */
export async function editarNora(
  servicio: ClienteBd,
  nora: string,
  cambios: Record<string, string | number | boolean | null>,
  quien: string,
): Promise<void> {
  const { error } = await servicio.rpc('actualizar_nora', { p_nora: nora, p: cambios, p_quien: quien });
  if (error) throw repetido(error);
}

function repetido(error: { code?: string; message: string }): Error {
  if (error.code !== '23505') return Object.assign(new Error(error.message), { code: error.code });
  const campo = error.message.includes('numero') ? 'numero_nora' : 'nombre_nora';
  const mensaje =
    campo === 'numero_nora' ? 'Ese número ya lo usa otra nora.' : 'Ya existe una nora con ese nombre corto.';
  return new ErrorApp(409, 'repetido', mensaje, { campos: { [campo]: mensaje } });
}

export interface FichaNora {
  nombre_nora: string;
  nombre_visible: string;
  numero_nora: string | null;
  zona_horaria: string;
  personalidad: string | null;
  instrucciones: string | null;
  mensaje_bienvenida: string | null;
  modelo_ia: string | null;
  tope_tokens_dia: number;
  limite_espera_min: number;
  retencion_mensajes_dias: number | null;
  retencion_media_dias: number | null;
  foto_perfil: string | null;
  activo: boolean;
  borrado_pedido_en: string | null;
  con_credenciales: boolean;
  estado: NoraMedida;
  modulos: Record<string, boolean>;
  equipo: Equipo;
  bloques: number;
  contactos: number;
}

export async function leerFicha(
  ctx: Pick<Contexto, 'bd' | 'config'>,
  nora: string,
): Promise<FichaNora | null> {
  const { data } = await ctx.bd.servicio
    .rpc('admin_nora', { p_nora: nora, p_precios: preciosDe(ctx.config) as never })
    .throwOnError();
  return data as unknown as FichaNora | null;
}
