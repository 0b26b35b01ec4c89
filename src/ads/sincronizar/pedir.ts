import type { Contexto } from '../../contexto.ts';
import type { Pedida } from './consultas.ts';

export const COLA_SINCRONIZAR = 'ads_sincronizar';
/** Dos clics son uno; quien acaba de corregir algo puede volver a pedirla enseguida. */
const ENTRE_CLICS_S = 5;

/** Trece meses de una cuenta nueva no se ponen delante de lo de hoy de todas las demás. */
const AL_FINAL = -1;

/** Encarga la sincronización de una cuenta. false: la acababan de pedir y va la misma. */
export async function pedirSincronizacion(
  ctx: Pick<Contexto, 'trabajos'>,
  p: { nombre_nora: string; cuenta_id: string; pedida?: Pedida; enSegundos?: number },
): Promise<boolean> {
  const pedida = p.pedida ?? 'persona';
  const id = await ctx.trabajos.encolar(
    COLA_SINCRONIZAR,
    { nombre_nora: p.nombre_nora, cuenta_id: p.cuenta_id, pedida },
    {
      ...(p.enSegundos
        ? { enSegundos: p.enSegundos }
        : {
            unico: `${COLA_SINCRONIZAR}:${p.cuenta_id}`,
            ...(pedida === 'persona' && { cadaSegundos: ENTRE_CLICS_S }),
          }),
      ...(pedida === 'primera' && { prioridad: AL_FINAL }),
    },
  );
  return id !== null;
}
