import { z } from 'zod';

/** `<fecha de la base>_<uuid>`. La fecha viaja como texto para no perder los microsegundos. */
const FORMA = /^(\d{4}-\d{2}-\d{2}T[\d:.]{8,15}(?:Z|[+-]\d{2}:\d{2}))_([0-9a-f-]{36})$/;

/** Un punto del orden (fecha, id). */
export interface Cursor {
  fecha: string;
  id: string;
}

/** Cursor de llave en una dirección: `2026-11-21T10:00:00.123456+00:00_<uuid>`. */
export const cursor = z
  .string()
  .max(100)
  .transform((texto, ctx): Cursor => {
    // En una URL escrita a mano el «+» de la zona llega como espacio.
    const [, fecha, id] = FORMA.exec(texto.replace(' ', '+')) ?? [];
    if (fecha && id) return { fecha, id };
    ctx.addIssue({ code: 'custom', message: 'Cursor inválido' });
    return z.NEVER;
  });
