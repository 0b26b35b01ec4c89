import { performance } from 'node:perf_hooks';
import type { Contexto } from '../contexto.ts';
import { describirError } from '../errores.ts';
import {
  type Carril,
  reclamarTurnos,
  renovarTurnos,
  reprogramarTurno,
  type TurnoCarril,
} from './consultas.ts';

export interface OpcionesCarril {
  carril: Carril;
  /** Contactos a la vez en este proceso. */
  maximo: number;
  /** De ellos, cuántos de una misma nora: una inundación no deja sin turno a las demás. */
  porNora: number;
  /** Hace el trabajo de un turno. Si lanza, el turno se reintenta con espera creciente. */
  trabajar: (turno: TurnoCarril, senal: AbortSignal) => Promise<void>;
  /** Qué se hace cuando falló por última vez. */
  rendirse?: (turno: TurnoCarril, error: string) => Promise<void>;
}

export interface CarrilVivo {
  /** Turnos en curso en este proceso. */
  ocupados(): number;
  parar(): Promise<void>;
}

/** Un barrido por segundo cubre los avisos perdidos y da cuerda al reloj de lo que aún no vence. */
export const BARRIDO_MS = 1000;
/** Entre un reclamo y el siguiente: lo que llega o termina en ese rato se reclama junto. */
const PAUSA_MS = 10;
/** Ocupación del ciclo de eventos desde la que más turnos a la vez no acaban antes: sólo hacen esperar a las demás noras. */
const SATURADO = 0.85;
const HOLGADO = 0.6;
const MEDIDA_MS = 100;
const CUPO_MINIMO = 2;
const ESPERAS_MS = [1000, 4000, 15_000, 40_000];
const TOPE_INTENTOS = ESPERAS_MS.length + 1;
const TOPE_PARADA_MS = 8000;

/**
 * Un carril: reclama turnos vencidos en lotes, justo entre noras, y los trabaja a la vez. Lo despierta NOTIFY
 * `atenciones` (y `entrantes`, si es el de respuesta); un barrido por segundo cubre los avisos perdidos. El arriendo se renueva mientras se trabaja y
 * caduca solo si el proceso muere.
 */
export async function arrancarCarril(
  ctx: Pick<Contexto, 'bd' | 'config' | 'registrarError' | 'log'>,
  opciones: OpcionesCarril,
): Promise<CarrilVivo> {
  const { carril, maximo, porNora } = opciones;
  const { arriendoMs } = ctx.config.mensajes;
  const enCurso = new Map<string, { turno: TurnoCarril; control: AbortController; fin: Promise<void> }>();
  let desde = '';
  let reclamando = false;
  let otraVez = false;
  let parado = false;
  let vuelo: Promise<void> = Promise.resolve();
  let cupoActual = porNora;
  let uso = performance.eventLoopUtilization();
  let medido = performance.now();
  let proximo: NodeJS.Timeout | null = null;
  let pausa: NodeJS.Timeout | null = null;
  let ultimo = -PAUSA_MS;

  const canales = carril === 'respuesta' ? ['atenciones', 'entrantes'] : ['atenciones'];
  const dejarDeEscuchar = await Promise.all(canales.map((canal) => ctx.bd.escuchar(canal, despertar)));
  const barrido = setInterval(despertar, BARRIDO_MS);
  const renovacion = setInterval(() => void renovar(), Math.max(500, arriendoMs / 3));
  despertar();

  function despertar(): void {
    if (parado) return;
    if (reclamando) {
      otraVez = true;
      return;
    }
    const falta = ultimo + PAUSA_MS - performance.now();
    if (falta > 0) {
      pausa ??= setTimeout(() => {
        pausa = null;
        despertar();
      }, falta);
      return;
    }
    reclamando = true;
    vuelo = reclamar().finally(() => {
      reclamando = false;
      ultimo = performance.now();
      if (otraVez) {
        otraVez = false;
        despertar();
      }
    });
  }

  async function reclamar(): Promise<void> {
    try {
      while (!parado && enCurso.size < maximo) {
        const reclamo = await reclamarTurnos(ctx.bd.servicio, {
          carril,
          maximo: maximo - enCurso.size,
          porNora: cupo(),
          desde,
          arriendoMs,
        });
        desde = reclamo.sigue;
        if (parado) {
          // Se apagó a medio reclamo: lo reclamado se suelta, en vez de esperar a que caduque o de empezarlo sin base.
          await Promise.allSettled(
            reclamo.t.map((t) => reprogramarTurno(ctx.bd.servicio, carril, t, 0, 'apagado')),
          );
          return;
        }
        for (const turno of reclamo.t) empezar(turno);
        // Sin turnos y con algo vencido, lo detiene el tope por nora: lo despierta quien termine, no un bucle.
        programar(
          reclamo.t.length === 0 ? Math.max(100, reclamo.proximo_ms ?? BARRIDO_MS) : reclamo.proximo_ms,
        );
        // La rueda puede haber parado a media vuelta: sólo se descansa al completarla sin encontrar nada.
        if (reclamo.t.length === 0 && desde === '') return;
      }
    } catch (error) {
      if (!parado) ctx.log.warn({ carril, falla: describirError(error) }, 'no se pudieron reclamar turnos');
    }
  }

  /**
   * Turnos a la vez de una misma nora. Esperar a un modelo lento no ocupa al proceso y se permiten todos; con el
   * proceso saturado por una inundación se baja, para que cada consulta de las otras noras no haga fila.
   */
  function cupo(): number {
    if (performance.now() - medido < MEDIDA_MS) return cupoActual;
    medido = performance.now();
    const ahora = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(ahora, uso);
    uso = ahora;
    if (utilization > SATURADO)
      cupoActual = Math.max(Math.min(CUPO_MINIMO, porNora), Math.floor(cupoActual / 2));
    else if (utilization < HOLGADO) cupoActual = Math.min(porNora, cupoActual + 1);
    return cupoActual;
  }

  /** El siguiente vencimiento, si cae antes que el barrido. */
  function programar(ms: number | null): void {
    if (ms === null || ms >= BARRIDO_MS || parado) return;
    if (proximo) clearTimeout(proximo);
    proximo = setTimeout(despertar, Math.max(1, Math.ceil(ms)));
  }

  function empezar(turno: TurnoCarril): void {
    const control = new AbortController();
    const fin = correr(turno, control.signal).finally(() => {
      enCurso.delete(turno.arrendado_por);
      despertar();
    });
    enCurso.set(turno.arrendado_por, { turno, control, fin });
  }

  async function correr(turno: TurnoCarril, senal: AbortSignal): Promise<void> {
    try {
      await opciones.trabajar(turno, senal);
    } catch (error) {
      if (senal.aborted) return;
      await fallar(turno, describirError(error));
    }
  }

  async function fallar(turno: TurnoCarril, error: string): Promise<void> {
    const ultima = turno.intentos >= TOPE_INTENTOS;
    try {
      if (ultima && opciones.rendirse) await opciones.rendirse(turno, primeraLinea(error));
      else
        await reprogramarTurno(ctx.bd.servicio, carril, turno, esperaDe(turno.intentos), primeraLinea(error));
      if (ultima) await ctx.registrarError('Trabajos', error, turno.nombre_nora, `carril ${carril}`);
      else
        ctx.log.warn(
          { carril, nora: turno.nombre_nora, intento: turno.intentos, error },
          'turno fallido; se reintenta',
        );
    } catch (otra) {
      // La base no está: el arriendo caduca solo y otro proceso, o éste, lo retoma.
      ctx.log.warn({ carril, falla: describirError(otra) }, 'no se pudo soltar un turno');
    }
  }

  async function renovar(): Promise<void> {
    if (enCurso.size === 0) return;
    const fichas = [...enCurso.values()].map(({ turno }) => ({
      contacto: turno.contacto_id,
      carril,
      ficha: turno.arrendado_por,
    }));
    try {
      const vivas = new Set(await renovarTurnos(ctx.bd.servicio, fichas, arriendoMs));
      // Quien perdió su ficha deja de gastar modelo: lo que guarde sería rechazado de todos modos.
      for (const { ficha } of fichas) if (!vivas.has(ficha)) enCurso.get(ficha)?.control.abort();
    } catch (error) {
      ctx.log.warn({ carril, falla: describirError(error) }, 'no se pudieron renovar turnos');
    }
  }

  return {
    ocupados: () => enCurso.size,
    async parar() {
      parado = true;
      clearInterval(barrido);
      if (proximo) clearTimeout(proximo);
      if (pausa) clearTimeout(pausa);
      for (const dejar of dejarDeEscuchar) dejar();
      await Promise.race([vuelo, esperar(TOPE_PARADA_MS)]);
      const fines = [...enCurso.values()].map((e) => e.fin);
      await Promise.race([Promise.allSettled(fines), esperar(TOPE_PARADA_MS)]);
      clearInterval(renovacion);
      // Lo que no acabó se suelta para que otro lo tome ya, sin esperar a que caduque.
      await Promise.allSettled(
        [...enCurso.values()].map(({ turno, control }) => {
          control.abort();
          return reprogramarTurno(ctx.bd.servicio, carril, turno, 0, 'apagado');
        }),
      );
    },
  };
}

function esperaDe(intentos: number): number {
  return ESPERAS_MS[Math.min(intentos, ESPERAS_MS.length) - 1] ?? 1000;
}

function primeraLinea(texto: string): string {
  return texto.split('\n', 1)[0]?.slice(0, 300) ?? '';
}

function esperar(ms: number): Promise<void> {
  return new Promise((cumplir) => {
    setTimeout(cumplir, ms).unref();
  });
}
