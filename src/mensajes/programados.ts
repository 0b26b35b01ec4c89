import type { Contexto } from '../contexto.ts';
import { describirError } from '../errores.ts';
import { despertarPospuestas, sacarProgramados } from './consultas.ts';

type Piezas = Pick<Contexto, 'bd' | 'vivo' | 'log'>;

const BARRIDO_MS = 5000;

/**
 * El reloj del chat: a su hora pasa los mensajes programados al carril de salida y despierta lo pospuesto. La base
 * dice cuánto falta para el siguiente; un barrido cubre lo que se programe desde otro proceso. Varios relojes a la vez
 * no duplican nada: cada fila la toma uno solo.
 */
export function arrancarReloj(ctx: Piezas): { parar(): Promise<void> } {
  let parado = false;
  let proximo: NodeJS.Timeout | null = null;
  let corriendo: Promise<void> = Promise.resolve();

  function programar(ms: number): void {
    if (parado) return;
    const darVuelta = (): void => {
      corriendo = vuelta();
    };
    proximo = setTimeout(darVuelta, Math.max(50, Math.min(ms, BARRIDO_MS)));
  }

  async function vuelta(): Promise<void> {
    // Uno tras otro, y que falle el primero no le toca al segundo.
    const faltan = [await intentar(sacar), await intentar(despertar)];
    programar(Math.min(...faltan));
  }

  async function intentar(hacer: (ctx: Piezas) => Promise<number>): Promise<number> {
    try {
      return await hacer(ctx);
    } catch (error) {
      // La base no está: lo vencido sigue ahí y sale en la próxima vuelta.
      if (!parado) ctx.log.warn({ falla: describirError(error) }, 'no se pudo revisar lo programado');
      return BARRIDO_MS;
    }
  }

  programar(0);
  return {
    async parar() {
      parado = true;
      if (proximo) clearTimeout(proximo);
      await corriendo;
    },
  };
}

/** Pasa lo vencido al carril de salida. Devuelve cuánto falta para el siguiente, en ms. */
export async function sacar(ctx: Pick<Piezas, 'bd' | 'vivo'>): Promise<number> {
  const { hechos, proximo_ms } = await sacarProgramados(ctx.bd.servicio);
  for (const { nora, contacto_id, id } of hechos) {
    ctx.vivo.emitir(nora, 'mensaje:nuevo', { contacto_id, id, autor: 'humano' });
    ctx.vivo.emitir(nora, 'contacto:actualizado', { contacto_id });
  }
  if (hechos.length > 0) ctx.bd.avisar('atenciones');
  return proximo_ms ?? BARRIDO_MS;
}

/** Regresa a la vista las conversaciones pospuestas hasta ahora. Devuelve cuánto falta para la siguiente, en ms. */
export async function despertar(ctx: Pick<Piezas, 'bd' | 'vivo'>): Promise<number> {
  const { hechos, proximo_ms } = await despertarPospuestas(ctx.bd.servicio);
  for (const { nora, contacto_id } of hechos) ctx.vivo.emitir(nora, 'contacto:actualizado', { contacto_id });
  return proximo_ms ?? BARRIDO_MS;
}
