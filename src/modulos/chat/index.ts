import type { Modulo } from '../index.ts';
import { crearRutasChat } from './rutas.ts';

/** Conversaciones de WhatsApp: lista, hilo, redactor y ficha del contacto. */
export const modulo: Modulo = {
  clave: 'chat',
  titulo: 'Chat',
  icono: 'message-circle',
  blueprint: 'panel_chat_bp',
  crearRutas: crearRutasChat,
};
