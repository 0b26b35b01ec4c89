import { PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import type { BaseDeDatos } from '../datos/base_de_datos.ts';
import { describirError, type RegistrarError } from '../errores.ts';

/** Un encargo de fondo: poco, repetible sin daño, con ids y nunca filas. */
export interface Tarea {
  cola: string;
  trabajar: (datos: Record<string, unknown>) => Promise<void>;
  /** Reintentos con espera creciente antes de ir a la cola de muertos. */
  reintentos?: number;
  topeSegundos?: number;
  /** Cuántos de esta cola atiende este proceso a la vez; uno si no se dice. */
  aLaVez?: number;
}

export interface Trabajos {
  /**
   * Encarga algo y da su id. Con `unico`, la misma clave en el mismo tramo (`cadaSegundos`, 60 por omisión) se encarga una
   * sola vez entre todos los procesos: null dice que ya estaba. Con `prioridad`, lo de más va antes; lo normal es 0.
   */
  encolar(
    cola: string,
    datos: object,
    opciones?: { unico?: string; cadaSegundos?: number; enSegundos?: number; prioridad?: number },
  ): Promise<string | null>;
  /** Empieza a trabajar estas colas en este proceso. */
  atender(tareas: Tarea[]): Promise<void>;
  cerrar(): Promise<void>;
}

const MUERTOS = 'muertos';

/** pg-boss sobre la conexión compartida: sin pool propio y con los avisos de la aplicación. */
export function crearTrabajos(ctx: {
  bd: Pick<BaseDeDatos, 'pool' | 'escuchar'>;
  log: Pick<Logger, 'warn'>;
  registrarError: RegistrarError;
}): Trabajos {
  let arranque: Promise<PgBoss> | null = null;
  const colas = new Set<string>();

  async function abrir(): Promise<PgBoss> {
    const boss = new PgBoss({
      schema: 'pgboss',
      useListenNotify: true,
      schedule: false,
      db: {
        executeSql: (texto, valores) => ctx.bd.pool.query(texto, valores),
        async listen(canal, alAvisar, alReconectar) {
          const dejar = await ctx.bd.escuchar(canal, (carga) =>
            carga === 'resincronizar' ? alReconectar() : alAvisar(carga),
          );
          return { close: async () => dejar() };
        },
      },
    });
    boss.on('error', (error) => ctx.log.warn({ falla: describirError(error) }, 'pg-boss'));
    await boss.start();
    await boss.createQueue(MUERTOS);
    return boss;
  }

  async function conCola(cola: string, tarea?: Tarea): Promise<PgBoss> {
    const boss = await (arranque ??= abrir());
    if (!colas.has(cola)) {
      await boss.createQueue(cola, {
        notify: true,
        retryLimit: tarea?.reintentos ?? 3,
        retryDelay: 5,
        retryBackoff: true,
        expireInSeconds: tarea?.topeSegundos ?? 900,
        deadLetter: MUERTOS,
      });
      colas.add(cola);
    }
    return boss;
  }

  return {
    async encolar(cola, datos, opciones = {}) {
      const boss = await conCola(cola);
      return boss.send(cola, datos, {
        ...(opciones.unico && {
          singletonKey: opciones.unico,
          singletonSeconds: opciones.cadaSegundos ?? 60,
        }),
        ...(opciones.enSegundos && { startAfter: opciones.enSegundos }),
        ...(opciones.prioridad && { priority: opciones.prioridad }),
      });
    },
    async atender(tareas) {
      for (const tarea of tareas) {
        const boss = await conCola(tarea.cola, tarea);
        await boss.work<Record<string, unknown>>(
          tarea.cola,
          { pollingIntervalSeconds: 10, localConcurrency: tarea.aLaVez ?? 1 },
          async (encargos) => {
            for (const encargo of encargos) await correr(tarea, encargo.data ?? {});
          },
        );
      }
    },
    async cerrar() {
      const boss = await arranque?.catch(() => null);
      await boss?.stop({ graceful: true, timeout: 8000, close: false });
    },
  };

  async function correr(tarea: Tarea, datos: Record<string, unknown>): Promise<void> {
    try {
      await tarea.trabajar(datos);
    } catch (error) {
      const nora = typeof datos['nombre_nora'] === 'string' ? datos['nombre_nora'] : null;
      await ctx.registrarError('Trabajos', error, nora, tarea.cola);
      throw error;
    }
  }
}
