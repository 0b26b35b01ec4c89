import type { Contexto } from '../contexto.ts';
import { comprobarClave, resumirClave } from './clave.ts';
import { actualizarUsuario, buscarPorCorreo, crearUsuario } from './consultas.ts';

/**
 * Deja listo el admin de `ADMIN_CORREO` y `ADMIN_CLAVE`: lo crea, o le repone clave, rol y acceso.
 * Si la clave ya es ésa no la toca, porque cambiarla sacaría sus sesiones en cada arranque.
 */
export async function asegurarAdminInicial(ctx: Pick<Contexto, 'config' | 'bd' | 'log'>): Promise<void> {
  const admin = ctx.config.admin;
  if (!admin) return;
  const servicio = ctx.bd.servicio;
  const usuario = await buscarPorCorreo(servicio, admin.correo);
  if (!usuario) {
    const clave_hash = await resumirClave(admin.clave);
    await crearUsuario(servicio, {
      correo: admin.correo,
      nombre: 'Administración',
      clave_hash,
      rol: 'admin',
    });
    ctx.log.info('se creó el admin inicial');
    return;
  }
  const igual = await comprobarClave(admin.clave, usuario.clave_hash);
  if (igual && usuario.activo && usuario.rol === 'admin') return;
  await actualizarUsuario(servicio, usuario.id, {
    rol: 'admin',
    activo: true,
    ...(igual ? {} : { clave_hash: await resumirClave(admin.clave) }),
  });
  ctx.log.info('se repuso el admin inicial');
}
