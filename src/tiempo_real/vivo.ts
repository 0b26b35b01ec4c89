import type { Server } from 'socket.io';

/** Lo que se le dice a los navegadores: señales para volver a pedir un fragmento, nunca contenido. */
export interface Eventos {
  'mensaje:nuevo': { contacto_id: string; id: string; autor: string };
  'mensaje:estado': { contacto_id: string; id: string; estado: string };
  'contacto:actualizado': { contacto_id: string };
  'nora:actualizada': Record<string, never>;
  escribiendo: { contacto_id: string; quien: string };
  'simulador:mensaje': { numero: string };
}
export type Evento = keyof Eventos;

/** Señales a los navegadores de una nora. Sin sockets montados (un trabajo suelto, una prueba) no hace nada. */
export interface Vivo {
  emitir<E extends Evento>(nora: string, evento: E, datos: Eventos[E]): void;
  conectar(io: Server): void;
}

/** La sala de una nora, o la de un módulo suyo: sólo entra quien tiene el módulo. La nombra siempre el servidor. */
export function salaDe(nora: string, modulo?: string): string {
  return modulo ? `nora:${nora}:${modulo}` : `nora:${nora}`;
}

export function crearVivo(): Vivo {
  let io: Server | null = null;
  return {
    emitir(nora, evento, datos) {
      io?.to(salaDe(nora, moduloDe(evento))).emit(evento, datos);
    },
    conectar(servidor) {
      io = servidor;
    },
  };
}

/** De qué módulo habla un evento; undefined = de la nora entera. */
function moduloDe(evento: Evento): string | undefined {
  return evento === 'nora:actualizada' || evento === 'simulador:mensaje' ? undefined : 'chat';
}
