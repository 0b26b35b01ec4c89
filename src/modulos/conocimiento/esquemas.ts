import { z } from 'zod';
import { largoDe, limpiarTexto, MAXIMO_CONTENIDO, MAXIMO_TITULO } from './partir.ts';

const limpio = (tope: number) => z.string().max(tope, 'Es demasiado largo.').transform(limpiarTexto);

const titulo = limpio(20_000)
  .transform((t) => t.replace(/\s+/g, ' '))
  .refine((t) => largoDe(t) <= MAXIMO_TITULO, `Usa ${MAXIMO_TITULO} caracteres o menos.`);

const contenido = limpio(60_000)
  .refine((t) => t !== '', 'Escribe lo que Nora debe saber.')
  .refine((t) => t === '' || /[\p{L}\p{N}]/u.test(t), 'Escribe al menos una palabra.')
  .superRefine((t, ctx) => {
    const sobran = largoDe(t) - MAXIMO_CONTENIDO;
    if (sobran > 0)
      ctx.addIssue({
        code: 'custom',
        message: `${sobran === 1 ? 'Sobra 1 carácter' : `Sobran ${sobran.toLocaleString('es-MX')} caracteres`}: un bloque lleva hasta 1,000. Divídelo en dos.`,
      });
  });

/** «precios, uñas»: separadas por coma, sin repetir. */
const etiquetas = z
  .union([z.string(), z.array(z.string())])
  .default('')
  .transform((v) =>
    (Array.isArray(v) ? v : v.split(/[,;\n]/))
      .map((e) => limpiarTexto(e).replace(/\s+/g, ' '))
      .filter(Boolean),
  )
  .transform((lista) => [...new Map(lista.map((e) => [e.toLowerCase(), e])).values()])
  .refine((lista) => lista.length <= 20, 'Usa 20 etiquetas o menos.')
  .refine((lista) => lista.every((e) => largoDe(e) <= 40), 'Cada etiqueta lleva 40 caracteres o menos.');

const casilla = z.preprocess((v) => v === 'si' || v === 'on' || v === 'true' || v === true, z.boolean());

export const cuerpoBloque = z.object({
  titulo: titulo.default(''),
  contenido,
  etiquetas,
  prioridad: z.coerce
    .number({ error: 'Elige de 0 a 9.' })
    .int('Elige de 0 a 9.')
    .min(0, 'Elige de 0 a 9.')
    .max(9, 'Elige de 0 a 9.')
    .default(0),
  activo: casilla,
  version: z.coerce.number().int().positive().optional().catch(undefined),
  aunque: casilla,
  /** Correr las pruebas antes de publicar. */
  probar: casilla,
  pregunta: z
    .union([z.uuid(), z.literal('')])
    .optional()
    .catch(undefined),
});

// Lo que no se entiende en la dirección se ignora: un enlace viejo debe abrir la lista, no un error.
export const consultaLista = z.object({
  q: z.string().trim().max(200).catch(''),
  etiqueta: z.string().trim().max(40).catch(''),
  estado: z.enum(['todos', 'activos', 'apagados', 'sin_uso']).catch('todos'),
  orden: z.enum(['prioridad', 'recientes', 'citados', 'titulo']).catch('prioridad'),
  desde: z.coerce.number().int().min(0).max(100_000).catch(0),
});

/** Lo recién borrado, para ofrecer deshacer. */
export const consultaBorrados = z.object({
  borrados: z
    .string()
    .transform((t) => t.split(','))
    .pipe(z.array(z.uuid()).max(100))
    .catch([]),
});

export const consultaNuevo = z.object({
  pregunta: z.uuid().optional().catch(undefined),
  titulo: z.string().max(2000).catch(''),
});

export const parametrosId = z.object({ id: z.uuid() });
export const parametrosVersion = z.object({ id: z.uuid(), version: z.coerce.number().int().positive() });
export const parametrosImportado = z.object({ id: z.uuid(), bloque: z.uuid() });
export const consultaImportacion = z.object({ desde: z.coerce.number().int().min(0).max(10_000).catch(0) });

export const cuerpoGemelo = z.object({
  contenido: z.string().max(60_000).transform(limpiarTexto),
  id: z.uuid().optional().catch(undefined),
});

const lista = z.preprocess(
  (v) => (v === undefined || v === '' ? [] : Array.isArray(v) ? v : [v]),
  z.array(z.uuid()).max(500),
);

export const cuerpoVarios = z.object({
  ids: lista.refine((v) => v.length > 0, 'Elige al menos un bloque.'),
  accion: z.enum(['encender', 'apagar', 'borrar', 'etiquetar', 'desetiquetar'], {
    error: 'Elige qué hacer.',
  }),
  etiqueta: limpio(200)
    .refine((e) => largoDe(e) <= 40, 'Usa 40 caracteres o menos.')
    .default(''),
});

export const cuerpoImportado = z.object({
  titulo: titulo.optional(),
  contenido: contenido.optional(),
  etiquetas: etiquetas.optional(),
});
export const cuerpoIncluir = z.object({ incluir: casilla });
export const cuerpoSeleccion = z.object({ cuales: z.enum(['todos', 'nuevos', 'ninguno']) });
export const cuerpoGuardarImportacion = z.object({
  etiqueta: limpio(200)
    .refine((e) => largoDe(e) <= 40, 'Usa 40 caracteres o menos.')
    .default(''),
  probar: casilla,
});
