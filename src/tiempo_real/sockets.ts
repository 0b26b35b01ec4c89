import type { Server as Http } from 'node:http';
import { createAdapter } from '@socket.io/postgres-adapter';
import type { RequestHandler } from 'express';
import type { Session, SessionData } from 'express-session';
import { Server, type Socket } from 'socket.io';
import { z } from 'zod';
import type { Contexto } from '../contexto.ts';
import type { RolMembresia } from '../noras/membresia.ts';
import type { NoraRegistrada } from '../noras/registro_dinamico.ts';
import { huellaDe } from '../cuentas/huella.ts';
import { debeDoblePaso } from '../cuentas/sesion.ts';
import { describirError } from '../errores.ts';
import { modulosDeSala } from '../modulos/index.ts';
import { crearEscucha } from './escucha.ts';
import { SALA_ADMIN, salaDe, salaDeSesion } from './vivo.ts';

export interface SocketsVivos {
  io: Server;
  cerrar(): Promise<void>;
}

const peticionEntrar = z.object({ nora: z.string().max(40) });
const peticionEscribir = z.object({ nora: z.string().max(40), contacto_id: z.uuid() });
type Acuse = (respuesta: { ok: boolean; motivo?: string }) => void;

/**
 * Socket.IO sobre el mismo puerto. La sesión autentica; cada sala se autoriza al entrar y la nombra el servidor.
 * Perder la membresía, la nora o el módulo saca de la sala al momento. `http` null = sólo emite (trabajos).
 */
export async function montarSockets(
  ctx: Contexto,
  http: Http | null,
  sesiones: RequestHandler | null,
): Promise<SocketsVivos> {
  // Sólo websocket: el sondeo largo exige que el balanceador recuerde a cada cliente.
  const io = new Server({ transports: ['websocket'], serveClient: false, maxHttpBufferSize: 16_384 });
  const escucha = variosProcesos(ctx) ? crearEscucha(ctx.bd.pool) : null;
  if (escucha) {
    io.adapter(
      createAdapter(escucha.pool, {
        tableName: 'interno.socket_io_attachments',
        errorHandler: (error) =>
          void ctx.registrarError('SocketIO', describirError(error), null, 'adaptador'),
      }),
    );
  }
  if (http && sesiones) {
    io.attach(http);
    io.engine.use(sesiones);
  }
  io.use((socket, siguiente) => void autenticar(ctx, socket, siguiente));
  const marcos = new Map<string, string>();
  io.on('connection', (socket) => atender(ctx, socket, marcos));
  const dejarMembresias = ctx.membresias.alCambiar((usuario) => void revisarUsuario(ctx, io, usuario));
  const dejarRegistro = ctx.registro.alCambiar((nora) => revisarNora(ctx, io, nora, marcos));
  ctx.vivo.conectar(io);
  return {
    io,
    async cerrar() {
      dejarMembresias();
      dejarRegistro();
      io.local.disconnectSockets(true);
      // Sin puerto no hay motor que cerrar, y io.close() lo da por hecho.
      if (http) await io.close();
      else await io.of('/').adapter.close();
      escucha?.cerrar();
    },
  };
}

/** Con un solo proceso embebido no hay a quién más avisar: el adaptador costaría un NOTIFY por señal. */
function variosProcesos(ctx: Pick<Contexto, 'config'>): boolean {
  const { procesosWeb, rol, base } = ctx.config;
  return procesosWeb > 1 || rol !== 'todo' || base.modo !== 'embebido' || base.databaseUrl !== undefined;
}

async function autenticar(ctx: Contexto, socket: Socket, siguiente: (e?: Error) => void): Promise<void> {
  try {
    const peticion = socket.request as typeof socket.request & {
      session?: Session & Partial<SessionData>;
      sessionID?: string;
    };
    const enSesion = peticion.session?.usuario;
    const cuenta = enSesion ? await ctx.membresias.obtener(enSesion.id) : null;
    if (!enSesion || !cuenta || cuenta.sello !== enSesion.sello || debeDoblePaso(ctx.config, cuenta))
      return siguiente(new Error('sin_sesion'));
    socket.data.usuario = cuenta.id;
    socket.data.sello = cuenta.sello;
    socket.data.nombre = cuenta.nombre;
    await socket.join([`usuario:${cuenta.id}`, salaDeSesion(huellaDe(peticion.sessionID ?? ''))]);
    siguiente();
  } catch (error) {
    void ctx.registrarError('SocketIO', describirError(error), null, 'autenticar');
    siguiente(new Error('no_disponible'));
  }
}

function atender(ctx: Contexto, socket: Socket, marcos: Map<string, string>): void {
  socket.on('entrar', (datos: unknown, acuse?: Acuse) => {
    void entrar(ctx, socket, datos, marcos)
      .then((ok) => acuse?.(ok ? { ok } : { ok, motivo: 'sin_permiso' }))
      .catch((error: unknown) => {
        void ctx.registrarError('SocketIO', describirError(error), null, 'entrar');
        acuse?.({ ok: false, motivo: 'no_disponible' });
      });
  });
  socket.on('entrar_admin', (acuse?: Acuse) => {
    void entrarAdmin(ctx, socket)
      .then((ok) => acuse?.({ ok }))
      .catch((error: unknown) => {
        void ctx.registrarError('SocketIO', describirError(error), null, 'entrar_admin');
        acuse?.({ ok: false, motivo: 'no_disponible' });
      });
  });
  socket.on('escribiendo', (datos: unknown) => {
    const peticion = peticionEscribir.safeParse(datos);
    // Sólo a quien ya está en la sala: entrar fue la comprobación.
    if (!peticion.success || !socket.rooms.has(salaDe(peticion.data.nora, 'chat'))) return;
    const { nora, contacto_id } = peticion.data;
    const quien = String(socket.data.nombre);
    socket.volatile.to(salaDe(nora, 'chat')).emit('escribiendo', { contacto_id, quien });
  });
}

async function entrar(
  ctx: Contexto,
  socket: Socket,
  datos: unknown,
  marcos: Map<string, string>,
): Promise<boolean> {
  const peticion = peticionEntrar.safeParse(datos);
  if (!peticion.success) return false;
  const nora = ctx.registro.obtener(peticion.data.nora);
  const rol = nora?.activo ? await ctx.membresias.rolEn(String(socket.data.usuario), nora.nombre_nora) : null;
  if (!nora || !rol) return false;
  rolesDe(socket).set(nora.nombre_nora, rol);
  if (!marcos.has(nora.nombre_nora)) marcos.set(nora.nombre_nora, marcoDe(nora));
  const modulos = modulosDeSala(nora.modulos, rol);
  await socket.join([salaDe(nora.nombre_nora), ...modulos.map((m) => salaDe(nora.nombre_nora, m))]);
  return true;
}

async function entrarAdmin(ctx: Contexto, socket: Socket): Promise<boolean> {
  const cuenta = await ctx.membresias.obtener(String(socket.data.usuario));
  if (cuenta?.rol !== 'admin') return false;
  await socket.join(SALA_ADMIN);
  return true;
}

/** Con qué rol entró este socket a cada nora. */
function rolesDe(socket: Socket): Map<string, RolMembresia> {
  return (socket.data.roles ??= new Map<string, RolMembresia>()) as Map<string, RolMembresia>;
}

/** Cambió una persona (o, con null, quizá todas): se cierran sus sockets que ya no deberían estar. */
async function revisarUsuario(ctx: Contexto, io: Server, usuario: string | null): Promise<void> {
  try {
    for (const socket of socketsLocales(io)) {
      if (usuario !== null && socket.data.usuario !== usuario) continue;
      const cuenta = await ctx.membresias.obtener(String(socket.data.usuario));
      if (!cuenta || cuenta.sello !== socket.data.sello) {
        socket.disconnect(true);
        continue;
      }
      if (socket.rooms.has(SALA_ADMIN) && cuenta.rol !== 'admin') {
        socket.disconnect(true);
        continue;
      }
      for (const nora of norasDe(socket)) {
        // También al cambiar de rol: las salas de un agente no son las de un dueño, y al volver a entrar se rehacen.
        if ((await ctx.membresias.rolEn(cuenta.id, nora)) === rolesDe(socket).get(nora)) continue;
        socket.emit('fuera', { nora });
        socket.disconnect(true);
        break;
      }
    }
  } catch (error) {
    await ctx.registrarError('SocketIO', describirError(error), null, 'revisarUsuario');
  }
}

/** Cambió una nora (o, con null, quizá todas): las salas siguen a sus módulos activos. */
function revisarNora(ctx: Contexto, io: Server, cual: string | null, marcos: Map<string, string>): void {
  ctx.vivo.avisarAdmin('tablero');
  const abiertas = cual === null ? new Set(socketsLocales(io).flatMap(norasDe)) : [cual];
  for (const nombre of abiertas) {
    const nora = ctx.registro.obtener(nombre);
    const sala = io.local.in(salaDe(nombre));
    if (!nora?.activo) {
      sala.disconnectSockets(true);
      continue;
    }
    for (const socket of socketsLocales(io)) {
      if (!socket.rooms.has(salaDe(nombre))) continue;
      for (const s of [...socket.rooms]) {
        const [, suya, modulo] = s.split(':');
        if (s.startsWith('nora:') && suya === nombre && modulo && !nora.modulos.has(modulo))
          void socket.leave(s);
      }
      const rol = rolesDe(socket).get(nombre);
      if (rol)
        for (const modulo of modulosDeSala(nora.modulos, rol)) void socket.join(salaDe(nombre, modulo));
    }
    sala.emit('nora:actualizada', {});
    const marco = marcoDe(nora);
    if (marcos.get(nombre) === marco) continue;
    marcos.set(nombre, marco);
    sala.emit('nora:marco', {});
  }
}

/** Lo que el marco del panel dibuja de una nora, para saber si cambió: casi ningún aviso del registro lo toca. */
function marcoDe(nora: NoraRegistrada): string {
  return JSON.stringify([nora.nombre_visible, nora.numero_nora, nora.foto_perfil, [...nora.modulos].sort()]);
}

function socketsLocales(io: Server): Socket[] {
  return [...io.sockets.sockets.values()];
}

function norasDe(socket: Socket): string[] {
  return [...socket.rooms].flatMap((s) => /^nora:([^:]+)$/.exec(s)?.[1] ?? []);
}
