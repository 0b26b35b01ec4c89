import type { Contexto } from '../../contexto.ts';
import type { Pedida } from './consultas.ts';

export const COLA_SINCRONIZAR = 'ads_sincronizar';

/** Encarga la sincronización de una cuenta; pedirla dos veces seguidas es pedirla una. */
export async function pedirSincronizacion(
  ctx: Pick<Contexto, 'trabajos'>,
  p: { nombre_nora: string; cuenta_id: string; pedida?: Pedida; enSegundos?: number },
): Promise<void> {
  await ctx.trabajos.encolar(
    COLA_SINCRONIZAR,
    { nombre_nora: p.nombre_nora, cuenta_id: p.cuenta_id, pedida: p.pedida ?? 'persona' },
    {
      ...(p.enSegundos ? { enSegundos: p.enSegundos } : { unico: `${COLA_SINCRONIZAR}:${p.cuenta_id}` }),
    },
  );
}
