import { borrarSueltos } from '../../mensajes/limpieza.ts';
import { sincronizarTodas } from '../../mensajes/plantillas.ts';
import type { Modulo } from '../index.ts';
import { crearRutasChat } from './rutas.ts';

const HORA = 3600_000;

/** Conversaciones de WhatsApp: lista, hilo, redactor, ficha y trabajo en equipo. */
export const modulo: Modulo = {
  clave: 'chat',
  titulo: 'Chat',
  icono: 'message-circle',
  blueprint: 'panel_chat_bp',
  crearRutas: crearRutasChat,
  tareas: (ctx) => [
    { cola: 'plantillas', trabajar: () => sincronizarTodas(ctx) },
    { cola: 'adjuntos_sueltos', trabajar: () => borrarSueltos(ctx) },
  ],
  horario: [
    { cola: 'plantillas', cuando: '23 * * * *', cadaMs: HORA + 60_000 },
    { cola: 'adjuntos_sueltos', cuando: '40 3 * * *', cadaMs: 25 * HORA },
  ],
};
