import { z } from 'zod';
import { variablesDesconocidas } from '../../mensajes/variables.ts';
import { limpiarEscrito } from '../../web/limpiar.ts';

const limpio = z.string().max(60_000, 'Es demasiado largo.').transform(limpiarEscrito);

const hasta = (maximo: number) =>
  limpio.refine(
    (t) => Array.from(t).length <= maximo,
    `Usa ${maximo.toLocaleString('es-MX')} caracteres o menos.`,
  );

/** Texto que sale por WhatsApp: una variable mal escrita se avisa aquí y no cuando ya le llegó a alguien. */
const conVariables = (maximo: number) =>
  hasta(maximo).superRefine((t, ctx) => {
    const raras = variablesDesconocidas(t);
    if (raras.length > 0)
      ctx.addIssue({
        code: 'custom',
        message: `No existe ${raras.map((r) => `{{${r}}}`).join(', ')}. Elige una de la lista de variables.`,
      });
  });

const casilla = z.preprocess((v) => v === 'si' || v === 'on' || v === true, z.boolean());

export const cuerpoRegla = z.object({
  disparador: hasta(200)
    .refine((t) => t !== '', 'Escribe la palabra o frase que la activa.')
    .refine(
      (t) =>
        t === '' ||
        t
          .split(/[,\n]/)
          .filter((d) => d.trim())
          .every((d) => /[\p{L}\p{N}]/u.test(d)),
      'Usa letras o números: los signos y los emojis no se comparan.',
    )
    .refine(
      (t) => t === '' || t.split(/[,\n]/).some((d) => d.trim()),
      'Escribe la palabra o frase que la activa.',
    ),
  coincidencia: z.enum(['exacta', 'contiene', 'empieza'], { error: 'Elige cómo debe coincidir.' }),
  respuesta: conVariables(4000),
  prioridad: z.coerce
    .number({ error: 'Elige de 0 a 99.' })
    .int('Elige de 0 a 99.')
    .min(0, 'Elige de 0 a 99.')
    .max(99, 'Elige de 0 a 99.')
    .default(0),
  horario: z.enum(['siempre', 'dentro', 'fuera'], { error: 'Elige cuándo contesta.' }).default('siempre'),
  activo: casilla,
  quitar_adjunto: casilla,
});

export const cuerpoMensajes = z.object({
  mensaje_bienvenida: conVariables(1600).default(''),
  mensaje_fuera_horario: conVariables(1600).default(''),
});

export const cuerpoRapida = z.object({
  atajo: limpio
    .transform((t) =>
      t
        .replace(/^\/+/, '')
        .normalize('NFD')
        .replace(/\p{Diacritic}/gu, '')
        .toLowerCase()
        .replace(/\s+/g, '-'),
    )
    .refine(
      (t) => /^[a-z0-9_-]{1,40}$/.test(t),
      'De 1 a 40 letras o números, sin espacios: «ubicacion», «datos-banco».',
    ),
  texto: hasta(4000).refine((t) => t !== '', 'Escribe el texto que se va a poner.'),
});

export const consultaProbador = z.object({
  texto: limpio.catch('').transform((t) => Array.from(t).slice(0, 4000).join('')),
  momento: z.enum(['ahora', 'dentro', 'fuera']).catch('ahora'),
  nombre: limpio.catch('').transform((t) => t.slice(0, 120)),
});

export const consultaNueva = z.object({ disparador: limpio.catch('').transform((t) => t.slice(0, 200)) });

export const consultaRapidas = z.object({
  q: z.string().trim().max(100).catch(''),
  editar: z.uuid().optional().catch(undefined),
});
export const parametrosId = z.object({ id: z.uuid() });
