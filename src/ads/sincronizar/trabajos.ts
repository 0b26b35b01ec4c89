import { z } from 'zod';
import type { Contexto } from '../../contexto.ts';
import type { TareaProgramada } from '../../trabajos/horario.ts';
import type { Tarea } from '../../trabajos/trabajos.ts';
import { revisarTokens } from '../cuentas/tokens.ts';
import { cuentasPorSincronizar, leToca } from './consultas.ts';
import { COLA_SINCRONIZAR, pedirSincronizacion } from './pedir.ts';
import { sincronizarCuenta } from './sincronizar.ts';

const COLA_RONDA = 'ads_ronda';
const COLA_TOKENS = 'ads_tokens';
const HORA = 3_600_000;
/** Cada cuánto se vuelve a traer una cuenta: el lunes a las diez, lo de ayer ya está completo. */
const HORAS_ENTRE_VUELTAS = 4;

const encargo = z.object({
  nombre_nora: z.string(),
  cuenta_id: z.uuid(),
  pedida: z.enum(['horario', 'persona', 'primera', 'guion']).catch('horario'),
});

/** Las colas de la conexión con Meta: la ronda encarga, cada cuenta se trae sola y los permisos se revisan de noche. */
export function tareasSincronizar(ctx: Contexto): Tarea[] {
  return [
    { cola: COLA_RONDA, trabajar: async () => void (await encargarRonda(ctx)), reintentos: 0 },
    {
      cola: COLA_SINCRONIZAR,
      async trabajar(datos) {
        const { nombre_nora, cuenta_id, pedida } = encargo.parse(datos);
        // Se encargó con la puerta abierta y pudo cerrarse: la ronda la vuelve a encargar cuando se abra.
        if (!ctx.registro.moduloActivo(nombre_nora, 'ads')) return;
        // Con la fila larga, la ronda siguiente vuelve a encargar lo que aún espera turno.
        if (pedida === 'horario' && !(await leToca(ctx.bd.servicio, cuenta_id, HORAS_ENTRE_VUELTAS))) return;
        const r = await sincronizarCuenta(ctx, { nombre_nora, cuenta_id, pedida });
        if (r?.estado !== 'espera') return;
        const enSegundos = Math.max(30, Math.ceil((r.reanudar.getTime() - Date.now()) / 1000));
        await pedirSincronizacion(ctx, { nombre_nora, cuenta_id, pedida, enSegundos });
      },
      // La ronda siguiente retoma donde quedó: repetir de inmediato sólo insistiría.
      reintentos: 0,
      topeSegundos: 7200,
      // El arriendo es por cuenta, y casi todo el tiempo se espera a Meta: de una en una, doscientas cuentas no caben en cuatro horas.
      aLaVez: 4,
    },
    { cola: COLA_TOKENS, trabajar: async () => void (await revisarTokens(ctx)), reintentos: 1 },
  ];
}

export const horarioSincronizar: readonly TareaProgramada[] = [
  { cola: COLA_RONDA, cuando: '12 * * * *', cadaMs: 1.1 * HORA },
  { cola: COLA_TOKENS, cuando: '30 3 * * *', cadaMs: 25 * HORA },
];

/** Encarga cada cuenta que ya toca, de página en página. */
export async function encargarRonda(ctx: Pick<Contexto, 'bd' | 'trabajos'>): Promise<number> {
  let n = 0;
  for (let despues: string | null = null; ; ) {
    const pagina = await cuentasPorSincronizar(ctx.bd.servicio, despues, HORAS_ENTRE_VUELTAS);
    for (const c of pagina)
      await pedirSincronizacion(ctx, { nombre_nora: c.nombre_nora, cuenta_id: c.id, pedida: 'horario' });
    n += pagina.length;
    const ultima = pagina.at(-1);
    if (!ultima) return n;
    despues = ultima.id;
  }
}
