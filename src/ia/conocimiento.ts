import { z } from 'zod';
import type { BaseDeDatos } from '../datos/base_de_datos.ts';

const esquemaBloque = z.object({
  id: z.uuid(),
  titulo: z.string(),
  contenido: z.string(),
  etiquetas: z.array(z.string()).default([]),
  prioridad: z.number().default(0),
  rango: z.number().nullable().default(null),
});

/** Un fragmento de `conocimiento_nora`. `rango` es null cuando no hizo falta buscar: cupo todo. */
export type Bloque = z.infer<typeof esquemaBloque>;

/** Lo que devuelve `base_conocimiento` y lo que viaja dentro de `contexto_ia`. */
export const esquemaConocimiento = z.array(esquemaBloque);

/**
 * El conocimiento de una nora para contestar `pregunta` sin pasar de `topeTokens`: todos sus bloques activos si caben,
 * si no los mejores por búsqueda. Una consulta.
 */
export async function obtenerBaseConocimiento(
  bd: Pick<BaseDeDatos, 'servicio'>,
  nombre_nora: string,
  pregunta: string,
  topeTokens: number,
): Promise<Bloque[]> {
  const { data } = await bd.servicio
    .rpc('base_conocimiento', { p_nora: nombre_nora, p_consulta: pregunta, p_tokens: topeTokens })
    .throwOnError();
  return esquemaConocimiento.parse(data);
}

/** Tokens que ocupa un texto, a cuatro caracteres por token. `tokens_de` en SQL hace la misma cuenta. */
export function estimarTokens(texto: string): number {
  return Math.ceil(Array.from(texto).length / 4);
}
