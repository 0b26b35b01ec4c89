import { z } from 'zod';
import { CLAVES_MODULOS } from '../modulos/index.ts';

/** Permanente y parte de la URL: la misma regla que `configuracion_bot`. */
export const nombreNora = z
  .string({ error: 'Escribe un nombre corto.' })
  .trim()
  .toLowerCase()
  .regex(
    /^[a-z0-9][a-z0-9_-]{1,39}$/,
    'De 2 a 40 letras minúsculas sin acentos, números, guion o guion bajo; empieza con letra o número.',
  );

const nombreVisible = z
  .string({ error: 'Escribe el nombre que verá la gente.' })
  .trim()
  .min(1, 'Escribe el nombre que verá la gente.')
  .max(80, 'Usa 80 letras como máximo.');

/** Vacío es "todavía sin número". La forma E.164 la comprueba `numeroDeNora`. */
const numero = z.string().trim().max(40, 'El número es demasiado largo.').optional().default('');

const zona = z
  .string()
  .trim()
  .optional()
  .transform((v) => v || 'America/Hermosillo')
  .refine(zonaValida, 'Elige una zona horaria de la lista.');

// Un formulario con una sola casilla marcada manda un texto y no una lista.
const modulos = z.preprocess(
  (v) => (v === undefined || v === '' ? [] : Array.isArray(v) ? v : [v]),
  z.array(z.enum(CLAVES_MODULOS, { error: 'Ese módulo no existe.' })),
);

export const esquemaNuevaNora = z.object({
  nombre_nora: nombreNora,
  nombre_visible: nombreVisible,
  numero_nora: numero,
  zona_horaria: zona,
  modulos,
});

export const esquemaEditarNora = z.object({ nombre_visible: nombreVisible, numero_nora: numero });

export const esquemaLista = z.object({
  q: z.string().trim().max(80).catch(''),
  desde: z.string().max(40).catch(''),
  n: z.coerce.number().int().min(1).max(100).catch(25),
});

export const claveModulo = z.enum(CLAVES_MODULOS);

function zonaValida(zonaHoraria: string): boolean {
  try {
    new Intl.DateTimeFormat('es-MX', { timeZone: zonaHoraria });
    return true;
  } catch {
    return false;
  }
}
