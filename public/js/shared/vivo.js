import { meta } from './utils.js';

/*
 * Una sola conexión por página, compartida por todos los controladores. Los eventos son señales para volver a
 * pedir un fragmento, así que perder algunos no importa si al volver se avisa `reconectado`.
 */
const oyentes = new Map();
let conexion = null;
let huboConexion = false;
/** En la sala en este momento. */
let adentro = false;
/** La primera conexión que tarda más que esto desde que se pidió la página deja un hueco como cualquier corte. */
const TARDE_MS = 1500;

/**
 * Escucha un evento de la nora de esta página (`mensaje:nuevo`, `contacto:actualizado`, …) o uno propio:
 * `reconectado` (puede haber huecos: vuelve a pedir), `conectado` (la primera vez y a tiempo), `desconectado`, `expulsado`.
 * Devuelve cómo dejar de escuchar. La primera llamada abre la conexión. Quien llega cuando ya la hay (su archivo tardó más
 * en bajar que la conexión en abrirse) oye `conectado` enseguida: si no, nunca pediría lo que cambió mientras tanto.
 */
export function escucharVivo(evento, fn) {
  if (!oyentes.has(evento)) {
    oyentes.set(evento, new Set());
    conexion?.then((socket) => enlazar(socket, evento));
  }
  oyentes.get(evento).add(fn);
  if (evento === 'conectado' && adentro) queueMicrotask(() => oyentes.get(evento).has(fn) && fn({}));
  abrir();
  return () => oyentes.get(evento)?.delete(fn);
}

/**
 * Escucha lo que cambia para quien administra. Al entrar a la sala, también la primera vez, avisa de todo: lo que
 * cambió entre que se dibujó la página y que hubo conexión no volvería a decirse.
 */
export function escucharAdmin(fn) {
  const quitar = escucharVivo('admin:cambio', ({ asunto }) => fn(asunto));
  const pedir = (socket) =>
    socket.emit('entrar_admin', () => {
      for (const asunto of ['tablero', 'errores', 'ads']) fn(asunto);
    });
  conexion?.then((socket) => {
    if (socket?.connected) pedir(socket);
    socket?.on('connect', () => pedir(socket));
  });
  return quitar;
}

/** Manda una señal al servidor (`escribiendo`); sin conexión se olvida, no se guarda para después. */
export async function emitirVivo(evento, datos) {
  const socket = await abrir();
  if (socket?.connected) socket.volatile.emit(evento, datos);
}

function abrir() {
  conexion ??= crear().catch((error) => {
    console.error('vivo', error);
    conexion = null;
    return null;
  });
  return conexion;
}

async function crear() {
  const { io } = await import(meta('socket-io'));
  const socket = io({ transports: ['websocket'], reconnectionDelay: 500, reconnectionDelayMax: 8000 });
  for (const evento of oyentes.keys()) enlazar(socket, evento);
  socket.on('connect', () => entrar(socket));
  socket.on('disconnect', (razon) => {
    adentro = false;
    repartir('desconectado', { razon });
    // El servidor lo cortó y socket.io no insiste solo. Puede ser que se está reiniciando o que ya no hay acceso:
    // al volver a tocar la puerta se sabe cuál de las dos.
    if (razon === 'io server disconnect') setTimeout(() => socket.connect(), 800 + Math.random() * 1500);
  });
  socket.on('connect_error', ({ message }) => {
    // `active` dice que socket.io ya reintenta (red, reinicio); si no, contestó el servidor y dijo que no.
    if (socket.active) return;
    if (message === 'sin_sesion') repartir('expulsado', {});
    else setTimeout(() => socket.connect(), 5000);
  });
  return socket;
}

const PROPIOS = new Set(['conectado', 'reconectado', 'desconectado', 'expulsado']);

function enlazar(socket, evento) {
  if (!socket || PROPIOS.has(evento) || socket.hasListeners(evento)) return;
  socket.on(evento, (datos) => repartir(evento, datos));
}

function entrar(socket) {
  const nora = document.body.dataset.nora ?? document.querySelector('[data-nora]')?.dataset.nora;
  if (!nora) return;
  socket.timeout(5000).emit('entrar', { nora }, (falla, respuesta) => {
    if (falla) {
      // Sin acuse no hay sala: otra vuelta de conexión la pide de nuevo.
      socket.disconnect();
      setTimeout(() => socket.connect(), 1000);
      return;
    }
    if (!respuesta?.ok) return repartir('expulsado', {});
    adentro = true;
    repartir(huboConexion || performance.now() > TARDE_MS ? 'reconectado' : 'conectado', {});
    huboConexion = true;
  });
}

function repartir(evento, datos) {
  for (const fn of oyentes.get(evento) ?? []) {
    try {
      fn(datos);
    } catch (error) {
      console.error(`vivo ${evento}`, error);
    }
  }
}

// Al volver de un teléfono dormido el navegador puede creer viva una conexión muerta.
addEventListener('online', () => conexion?.then((socket) => socket?.connect()));
