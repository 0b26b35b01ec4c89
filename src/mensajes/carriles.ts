import type { Contexto } from '../contexto.ts';
import { describirError } from '../errores.ts';
import { type Carril, reclamarTurnos, renovarTurnos, reprogramarTurno, type TurnoCarril } from './consultas.ts';

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

const BARRIDO_MS = 1000;
const ESPERAS_MS = [1000, 4000, 15_000, 40_000];
const TOPE_INTENTOS = ESPERAS_MS.length + 1;
const TOPE_PARADA_MS = 8000;

/**
 * Un carril: reclama turnos vencidos en lotes, justo entre noras, y los trabaja a la vez. Lo despierta NOTIFY
 * `atenciones`; un barrido por segundo cubre los avisos perdidos. El arriendo se renueva mientras se trabaja y
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
  let proximo: NodeJS.Timeout | null = null;

  const dejarDeEscuchar = await ctx.bd.escuchar('atenciones', despertar);
  const barrido = setInterval(despertar, BARRIDO_MS);
  const renovacion = setInterval(() => void renovar(), Math.max(500, arriendoMs / 3));
  despertar();

  function despertar(): void {
    if (parado) return;
    if (reclamando) {
      otraVez = true;
      return;
    }
    reclamando = true;
    void reclamar().finally(() => {
      reclamando = false;
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
          porNora,
          desde,
          arriendoMs,
        });
        desde = reclamo.sigue;
        for (const turno of reclamo.t) empezar(turno);
        // Sin turnos y con algo vencido, lo detiene el tope por nora: lo despierta quien termine, no un bucle.
        programar(reclamo.t.length === 0 ? Math.max(100, reclamo.proximo_ms ?? BARRIDO_MS) : reclamo.proximo_ms);
        // La rueda puede haber parado a media vuelta: sólo se descansa al completarla sin encontrar nada.
        if (reclamo.t.length === 0 && desde === '') return;
      }
    } catch (error) {
      if (!parado) ctx.log.warn({ carril, falla: describirError(error) }, 'no se pudieron reclamar turnos');
    }
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
      else await reprogramarTurno(ctx.bd.servicio, carril, turno, esperaDe(turno.intentos), primeraLinea(error));
      if (ultima) await ctx.registrarError('Trabajos', error, turno.nombre_nora, `carril ${carril}`);
      else ctx.log.warn({ carril, nora: turno.nombre_nora, intento: turno.intentos, error }, 'turno fallido; se reintenta');
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
      dejarDeEscuchar();
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
