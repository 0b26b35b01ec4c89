import type { MensajeDemo } from './tipos.ts';

/** Atajos para escribir conversaciones de la demo sin ruido. */
export const c = (texto: string, extra: Partial<MensajeDemo> = {}): MensajeDemo => ({
  autor: 'contacto',
  texto,
  ...extra,
});
export const ia = (texto: string, fuentes: string[] = [], extra: Partial<MensajeDemo> = {}): MensajeDemo => ({
  autor: 'ia',
  texto,
  fuentes,
  ...extra,
});
export const auto = (texto: string, extra: Partial<MensajeDemo> = {}): MensajeDemo => ({
  autor: 'automatica',
  texto,
  ...extra,
});
export const persona = (usuario: string, texto: string, extra: Partial<MensajeDemo> = {}): MensajeDemo => ({
  autor: 'humano',
  usuario,
  texto,
  ...extra,
});
