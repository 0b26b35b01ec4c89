import type { ClienteBd } from '../datos/base_de_datos.ts';
import { ErrorApp } from '../errores.ts';
import type { ClaveModulo } from '../modulos/index.ts';

export type NuevaNora = {
  nombre_nora: string;
  nombre_visible: string;
  numero_nora: string | null;
  zona_horaria: string;
  modulos: ClaveModulo[];
};

/**
 * Crea la nora con una fila por módulo, encendido o no, y lo apunta en la auditoría, todo o nada.
 * @throws ErrorApp 409 `repetido` si el nombre o el número ya son de otra
 */
export async function crearNora(servicio: ClienteBd, nora: NuevaNora, quien: string): Promise<void> {
  const { error } = await servicio.rpc('crear_nora', { p: nora, p_quien: quien });
  if (error) throw repetido(error);
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
  cambios: { nombre_visible?: string; numero_nora?: string | null; activo?: boolean },
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
