import { type ScheduledTask, schedule, validate } from 'node-cron';
import type { Contexto } from '../contexto.ts';

/** Una tarea que se repite: node-cron sólo la encarga, pg-boss la hace una vez entre todos los procesos. */
export interface TareaProgramada {
  cola: string;
  /** Expresión de cron, en la zona de abajo. */
  cuando: string;
  zona?: string;
  /** Cada cuánto toca, en ms: con más tiempo que esto sin correr, se encarga al arrancar. */
  cadaMs: number;
}

const ZONA = 'America/Hermosillo';

/**
 * Programa las tareas. Un tic perdido con todo apagado se nota al arrancar y se encarga entonces.
 * @throws Error si una expresión o una zona no existen: node-cron sólo lo diría al apagarse
 */
export async function programarTareas(
  ctx: Pick<Contexto, 'bd' | 'trabajos' | 'registrarError'>,
  tareas: TareaProgramada[],
): Promise<{ parar(): Promise<void> }> {
  const vivas: ScheduledTask[] = [];
  for (const tarea of tareas) {
    const zona = tarea.zona ?? ZONA;
    if (!validate(tarea.cuando)) throw new Error(`Cron inválido en ${tarea.cola}: ${tarea.cuando}`);
    new Intl.DateTimeFormat('es-MX', { timeZone: zona });
    // Con un respiro: al arrancar, este mismo proceso todavía no atiende.
    if (await atrasada(ctx, tarea)) await encargar(ctx, tarea, 15);
    vivas.push(
      schedule(tarea.cuando, () => encargar(ctx, tarea), {
        timezone: zona,
        noOverlap: true,
        name: tarea.cola,
      }),
    );
  }
  return {
    async parar() {
      for (const viva of vivas) await viva.destroy();
    },
  };
}

async function encargar(
  ctx: Pick<Contexto, 'bd' | 'trabajos' | 'registrarError'>,
  tarea: TareaProgramada,
  enSegundos = 0,
): Promise<void> {
  try {
    const minuto = new Date().toISOString().slice(0, 16);
    await ctx.trabajos.encolar(tarea.cola, {}, { unico: `${tarea.cola}:${minuto}`, enSegundos });
    await ctx.bd.servicio.rpc('marcar_tarea', { p_nombre: tarea.cola }).throwOnError();
  } catch (error) {
    await ctx.registrarError('Trabajos', error, null, `cron ${tarea.cola}`);
  }
}

async function atrasada(ctx: Pick<Contexto, 'bd'>, tarea: TareaProgramada): Promise<boolean> {
  const { data } = await ctx.bd.servicio.rpc('leer_tarea', { p_nombre: tarea.cola }).throwOnError();
  return !data || Date.now() - new Date(data).getTime() > tarea.cadaMs;
}
