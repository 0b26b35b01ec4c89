import { z } from 'zod';

/** Lo que el modelo debe devolver. Las citas son los números cortos del conocimiento que se le dio. */
export const esquemaRespuesta = z.object({
  respuesta: z.string().describe('Mensaje de WhatsApp para la persona, en su idioma, sin números de cita'),
  citas: z
    .array(z.number().int())
    .describe('Números de los fragmentos de conocimiento que respaldan la respuesta'),
  accion: z
    .enum(['responder', 'pasar_a_humano'])
    .describe(
      'pasar_a_humano cuando no se sabe, cuando lo piden o cuando hace falta una decisión de una persona',
    ),
});

/** Lo mismo cuando la nora deja que la IA etiquete. Números de la lista que se le dio: un nombre inventado no se puede decir. */
export const esquemaRespuestaConEtiquetas = esquemaRespuesta.extend({
  etiquetas: z
    .array(z.number().int())
    .describe(
      'Números de las etiquetas que le quedan a la persona por lo que acaba de decir; vacío si ninguna',
    ),
});

export type RespuestaModelo = z.infer<typeof esquemaRespuesta> & { etiquetas?: number[] };
