import type { Contexto } from '../contexto.ts';
import type { Tarea } from './trabajos.ts';

/** Cada cuánto se vuelve a mirar un encargo que espera a que su nora o su módulo vuelvan. */
const ESPERA_S = 300;

/**
 * La misma puerta de las páginas para un trabajo con `nombre_nora`: con la nora suspendida o el módulo apagado no corre;
 * se vuelve a encargar y sigue donde iba cuando la puerta se abra. El de una nora que ya no existe se olvida.
 */
export function conPuerta(ctx: Pick<Contexto, 'registro' | 'trabajos'>, modulo: string, tarea: Tarea): Tarea {
  return {
    ...tarea,
    async trabajar(datos) {
      const nora = datos['nombre_nora'];
      if (typeof nora !== 'string' || ctx.registro.moduloActivo(nora, modulo)) return tarea.trabajar(datos);
      if (ctx.registro.obtener(nora)) await ctx.trabajos.encolar(tarea.cola, datos, { enSegundos: ESPERA_S });
    },
  };
}
