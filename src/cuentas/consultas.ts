import type { ClienteBd } from '../datos/base_de_datos.ts';

export interface UsuarioConClave {
  id: string;
  nombre: string;
  rol: 'admin' | 'cliente';
  activo: boolean;
  clave_hash: string;
  totp_activo: boolean;
}

/** Busca por correo sin importar mayúsculas; null si no existe. */
export async function buscarPorCorreo(servicio: ClienteBd, correo: string): Promise<UsuarioConClave | null> {
  // ilike con los comodines escapados usa la misma regla que el índice único lower(correo).
  const patron = correo.replace(/[\\%_]/g, '\\$&');
  const { data } = await servicio
    .from('usuarios')
    .select('id, nombre, rol, activo, clave_hash, totp_activo')
    .ilike('correo', patron)
    .limit(1)
    .throwOnError();
  const fila = data[0];
  return fila ? { ...fila, rol: fila.rol === 'admin' ? 'admin' : 'cliente' } : null;
}

export async function anotarAcceso(servicio: ClienteBd, id: string, claveHash: string | null): Promise<void> {
  await servicio
    .from('usuarios')
    .update({ ultimo_acceso: new Date().toISOString(), ...(claveHash ? { clave_hash: claveHash } : {}) })
    .eq('id', id)
    .throwOnError();
}

/** Lo crea; si otro proceso lo creó primero, quedan estos datos. */
export async function crearUsuario(
  servicio: ClienteBd,
  usuario: { correo: string; nombre: string; clave_hash: string; rol: 'admin' | 'cliente' },
): Promise<void> {
  await servicio.rpc('guardar_usuario', { p: usuario }).throwOnError();
}

export async function actualizarUsuario(
  servicio: ClienteBd,
  id: string,
  cambios: { clave_hash?: string; rol?: 'admin' | 'cliente'; activo?: boolean },
): Promise<void> {
  await servicio.from('usuarios').update(cambios).eq('id', id).throwOnError();
}
