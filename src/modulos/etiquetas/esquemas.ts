import { z } from 'zod';
import { limpiarEscrito } from '../../web/limpiar.ts';

export const COLORES = [
  'gris',
  'violeta',
  'azul',
  'cielo',
  'verde',
  'lima',
  'ambar',
  'naranja',
  'rojo',
  'rosa',
] as const;

/** En un renglón: un salto o una marca que voltea el texto descuadraría la lista entera. */
const limpio = (t: string): string => limpiarEscrito(t).replace(/\s+/g, ' ');
const texto = (maximo: number, minimo = 0, falta = '') =>
  z
    .string()
    .transform(limpio)
    .pipe(z.string().min(minimo, falta).max(maximo, `Usa ${maximo} caracteres o menos`));

export const parametrosId = z.object({ id: z.uuid() });

export const cuerpoEtiqueta = z.object({
  nombre: texto(40, 1, 'Escribe el nombre de la etiqueta'),
  color: z.enum(COLORES).catch('gris'),
  descripcion: texto(200).default(''),
  ia_puede: z.literal('1').optional(),
});

export const cuerpoUnion = z.object({ con: z.uuid('Elige con cuál etiqueta unirla') });

export const cuerpoRegla = z.object({
  etiqueta: z.uuid('Elige qué etiqueta poner'),
  frases: z
    .string()
    .max(5000, 'Son demasiadas frases')
    .transform((t) => [
      ...new Set(
        limpiarEscrito(t)
          .split('\n')
          .map((f) => f.replace(/\s+/g, ' ').trim())
          .filter((f) => /[\p{L}\p{N}]/u.test(f)),
      ),
    ])
    .pipe(
      z
        .array(z.string().max(200, 'Cada frase: 200 caracteres o menos'))
        .min(1, 'Escribe al menos una palabra o frase, una por renglón')
        .max(20, 'Usa 20 frases o menos'),
    ),
});

export const consultaPagina = z.object({
  editar: z.uuid().optional().catch(undefined),
  regla: z.uuid().optional().catch(undefined),
  probar: z.string().transform(limpio).pipe(z.string().max(1000)).catch(''),
});
