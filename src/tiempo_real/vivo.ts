import type { Server } from 'socket.io';

/** Lo que se le dice a los navegadores: señales para volver a pedir un fragmento, nunca contenido. */
export interface Eventos {
  'mensaje:nuevo': { contacto_id: string; id: string; autor: string };
  'mensaje:estado': { contacto_id: string; id: string; estado: string };
  'contacto:actualizado': { contacto_id: string };
  'nora:actualizada': Record<string, never>;
  /** Cambió lo que dibuja el marco del panel: sus módulos, su nombre o su foto. */
  'nora:marco': Record<string, never>;
  /** Con `quien` vacío, ya nadie escribe. */
  escribiendo: { contacto_id: string; quien: string };
  'simulador:mensaje': { numero: string };
  'pruebas:avance': { corrida_id: string };
}
export type Evento = keyof Eventos;

/** Señales a los navegadores de una nora. Sin sockets montados (un trabajo suelto, una prueba) no hace nada. */
export interface Vivo {
  emitir<E extends Evento>(nora: string, evento: E, datos: Eventos[E]): void;
  /** Algo cambió para quien administra: `tablero`, `errores`… Como mucho una señal por asunto cada dos segundos. */
  avisarAdmin(asunto: AsuntoAdmin): void;
  /** Corta los sockets abiertos con esa sesión (la huella de su id). */
  cerrarSesion(huella: string): void;
  /** Sockets abiertos en este proceso. */
  conectados(): number;
  conectar(io: Server): void;
}

export type AsuntoAdmin = 'tablero' | 'errores' | 'ads';

/** Donde están los administradores que miran /admin. */
export const SALA_ADMIN = 'admin';
const RESPIRO_ADMIN_MS = 2000;

/** La sala de una sesión de navegador. */
export function salaDeSesion(huella: string): string {
  return `sesion:${huella}`;
}

/** La sala de una nora, o la de un módulo suyo: sólo entra quien tiene el módulo. La nombra siempre el servidor. */
export function salaDe(nora: string, modulo?: string): string {
  return modulo ? `nora:${nora}:${modulo}` : `nora:${nora}`;
}

export function crearVivo(): Vivo {
  let io: Server | null = null;
  const pendientes = new Map<AsuntoAdmin, NodeJS.Timeout>();

  function avisarAdmin(asunto: AsuntoAdmin): void {
    if (!io || pendientes.has(asunto)) return;
    // La señal sale al final del respiro: lleva lo último y una ráfaga cuesta una sola.
    const reloj = setTimeout(() => {
      pendientes.delete(asunto);
      io?.to(SALA_ADMIN).emit('admin:cambio', { asunto });
    }, RESPIRO_ADMIN_MS);
    reloj.unref();
    pendientes.set(asunto, reloj);
  }

  return {
    emitir(nora, evento, datos) {
      io?.to(salaDe(nora, moduloDe(evento))).emit(evento, datos);
      if (evento !== 'escribiendo') avisarAdmin('tablero');
    },
    avisarAdmin,
    cerrarSesion(huella) {
      io?.in(salaDeSesion(huella)).disconnectSockets(true);
    },
    conectados: () => io?.engine?.clientsCount ?? 0,
    conectar(servidor) {
      io = servidor;
    },
  };
}

/** De qué módulo habla un evento; undefined = de la nora entera. */
function moduloDe(evento: Evento): string | undefined {
  if (['nora:actualizada', 'nora:marco', 'simulador:mensaje'].includes(evento)) return undefined;
  return evento === 'pruebas:avance' ? 'ia' : 'chat';
}
