import type { Contexto } from '../../contexto.ts';
import type { TareaProgramada } from '../../trabajos/horario.ts';
import type { Tarea } from '../../trabajos/trabajos.ts';
import { entregarPendientes } from './entregar.ts';
import { COLA_ENTREGAS, ticReportes } from './tic.ts';

const COLA_TIC = 'ads_reportes';
const MINUTO = 60_000;

/** Las colas de los reportes: el reloj que los hace y el cartero que los lleva. */
export function tareasReportes(ctx: Contexto): Tarea[] {
  return [
    // El siguiente tic llega solo: repetir éste no adelanta nada.
    {
      cola: COLA_TIC,
      trabajar: async () => void (await ticReportes(ctx, new Date())),
      reintentos: 0,
      topeSegundos: 3000,
    },
    { cola: COLA_ENTREGAS, trabajar: async () => void (await entregarPendientes(ctx)), topeSegundos: 1800 },
  ];
}

/** Cada diez minutos y no el lunes a las diez: las 10:00 de cada nora son otra hora según su zona. */
export const horarioReportes: readonly TareaProgramada[] = [
  { cola: COLA_TIC, cuando: '*/10 * * * *', cadaMs: 11 * MINUTO },
];
