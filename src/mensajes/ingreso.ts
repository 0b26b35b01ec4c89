import { setTimeout as dormir } from 'node:timers/promises';
import type { Contexto } from '../contexto.ts';
import { describirError } from '../errores.ts';
import { type Agrupador, crearAgrupador } from './agrupador.ts';
import { BARRIDO_MS } from './carriles.ts';
import { type MensajeEntrante, type Recibido, recibirMensajes, reponerMensajes } from './consultas.ts';
import { conTope, TOPE_MS } from './tope.ts';

/**
 * Dos grupos a la vez: mientras uno está en la base el otro se lee y se contesta. Uno solo deja parados por turnos al proceso y
 * a la base; con tres, los grupos salen más chicos y cada uno cuesta lo mismo de entrada: con 128 peticiones en el aire, 5 %
 * menos por segundo que con dos.
 */
const MAXIMO_GRUPO = 64;
const GRUPOS_A_LA_VEZ = 2;
const VUELTAS_OCUPADO = 5;
/** Lo que cabe de una persona en una transacción: más que eso sin que nadie lo recibiera ya no es una conversación. */
const MAXIMO_REPUESTO = 500;
/** Interbloqueo y serialización: PostgreSQL pide repetir la transacción entera. */
const REPETIBLES = new Set(['40P01', '40001', '55P03']);

export interface Ingreso {
  /**
   * Guarda un mensaje y devuelve qué pasó con él, después del commit. `limite`: hasta cuándo esperar a la base
   * (reloj de `Date.now()`).
   * @throws si la base no contestó a tiempo: quien llama debe pedir que se lo vuelvan a mandar
   */
  recibir(mensaje: MensajeEntrante, limite?: number): Promise<Recibido>;
  /**
   * Guarda lo que se perdió de una persona, en orden y con su fecha, y dice cuántos eran nuevos. Va aparte de los grupos: todo en una
   * transacción es una sola ráfaga.
   * @throws si algo no se pudo guardar; repetirlo no lo duplica
   */
  reponer(mensajes: MensajeEntrante[]): Promise<number>;
  vaciar(): Promise<void>;
}

/** La entrada de todos los mensajes: confirma en grupo y avisa a los carriles y al panel después del commit. */
export function crearIngreso(
  ctx: Pick<Contexto, 'bd' | 'vivo' | 'config' | 'registrarError' | 'log'>,
): Ingreso {
  const grupos: Agrupador<MensajeEntrante, Recibido> = crearAgrupador(
    { maximo: MAXIMO_GRUPO, enVuelo: GRUPOS_A_LA_VEZ, esperaMs: 2 },
    (mensajes) => recibirGrupo(ctx, mensajes),
  );
  return {
    async recibir(mensaje, limite = Date.now() + TOPE_MS) {
      const recibido = await conTope(recibirConPaciencia(ctx, grupos, mensaje, limite), limite);
      anunciar(ctx, mensaje, recibido);
      return recibido;
    },
    async reponer(mensajes) {
      let nuevos = 0;
      for (let i = 0; i < mensajes.length; i += MAXIMO_REPUESTO) {
        const grupo = mensajes.slice(i, i + MAXIMO_REPUESTO);
        const recibidos = await reponerGrupo(ctx, grupo);
        for (const [n, mensaje] of grupo.entries()) {
          const recibido = recibidos[n];
          if (!recibido || recibido.r === 'ocupado') throw new Error('el contacto siguió ocupado');
          anunciar(ctx, mensaje, recibido);
          if (recibido.r === 'nuevo') nuevos++;
        }
      }
      return nuevos;
    },
    vaciar: () => grupos.vaciar(),
  };
}

/** Un contacto ocupado no detiene al grupo: se reintenta aparte y al final se espera su candado. */
async function recibirConPaciencia(
  ctx: Pick<Contexto, 'bd' | 'config'>,
  grupos: Agrupador<MensajeEntrante, Recibido>,
  mensaje: MensajeEntrante,
  limite: number,
): Promise<Recibido> {
  for (let vuelta = 0; vuelta < VUELTAS_OCUPADO; vuelta++) {
    const recibido = await grupos.agregar(mensaje);
    if (recibido.r !== 'ocupado') return recibido;
    await dormir(20 + Math.random() * 30);
  }
  while (Date.now() < limite) {
    const [recibido] = await unaVez(ctx, [mensaje], true);
    if (recibido && recibido.r !== 'ocupado') return recibido;
  }
  throw new Error('el contacto siguió ocupado');
}

async function recibirGrupo(
  ctx: Pick<Contexto, 'bd' | 'config' | 'log'>,
  mensajes: MensajeEntrante[],
): Promise<Recibido[]> {
  try {
    return await unaVez(ctx, mensajes, false);
  } catch (error) {
    if (REPETIBLES.has(codigoDe(error))) return unaVez(ctx, mensajes, false);
    if (mensajes.length === 1 || !esDeDatos(error)) throw error;
    // Algo del grupo no llegó siquiera a la función: se prueba de a uno para que falle solo el culpable.
    ctx.log.warn(
      { falla: describirError(error), grupo: mensajes.length },
      'grupo de mensajes rechazado; va de a uno',
    );
    return Promise.all(mensajes.map((m) => unaVez(ctx, [m], false).then((r) => r[0] as Recibido)));
  }
}

async function reponerGrupo(
  ctx: Pick<Contexto, 'bd' | 'config'>,
  mensajes: MensajeEntrante[],
): Promise<Recibido[]> {
  const pedir = async () =>
    enOrden(
      await reponerMensajes(
        ctx.bd.servicio,
        mensajes,
        ctx.config.mensajes.esperaRafagaMs,
        AbortSignal.timeout(TOPE_MS),
      ),
    );
  try {
    return await pedir();
  } catch (error) {
    if (!REPETIBLES.has(codigoDe(error))) throw error;
    return pedir();
  }
}

async function unaVez(
  ctx: Pick<Contexto, 'bd' | 'config'>,
  mensajes: MensajeEntrante[],
  esperarCandado: boolean,
): Promise<Recibido[]> {
  const { esperaRafagaMs } = ctx.config.mensajes;
  const senal = AbortSignal.timeout(TOPE_MS);
  return enOrden(await recibirMensajes(ctx.bd.servicio, mensajes, esperaRafagaMs, esperarCandado, senal));
}

function enOrden(recibidos: Recibido[]): Recibido[] {
  const lugares: Recibido[] = [];
  for (const r of recibidos) lugares[r.i] = r;
  return lugares;
}

function anunciar(
  ctx: Pick<Contexto, 'bd' | 'vivo' | 'config' | 'registrarError'>,
  mensaje: MensajeEntrante,
  recibido: Recibido,
): void {
  if (recibido.r === 'nuevo' && recibido.nora && recibido.c && recibido.id) {
    // Lo que espera más que un barrido no necesita aviso: el barrido ve cuándo vence y se despierta a su hora.
    if (ctx.config.mensajes.esperaRafagaMs < BARRIDO_MS) ctx.bd.avisar('entrantes');
    if (mensaje.adjuntos?.length) ctx.bd.avisar('adjuntos');
    ctx.vivo.emitir(recibido.nora, 'mensaje:nuevo', {
      contacto_id: recibido.c,
      id: recibido.id,
      autor: 'contacto',
    });
  }
  if (recibido.r === 'sin_nora') {
    void ctx.registrarError(
      'Webhook',
      `Llegó un mensaje a ${mensaje.to}, que no es de ninguna nora.`,
      null,
      'webhook',
    );
  }
  if (recibido.r === 'veneno') {
    void ctx.registrarError(
      'Webhook',
      `Un mensaje con datos imposibles quedó en cuarentena (${recibido.e ?? 'sin código'}).`,
      null,
      'webhook',
    );
  }
}

function codigoDe(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** Clases 22 y 23 de SQLSTATE (datos, restricciones), 54 (límites) y lo que la API de datos no pudo leer. */
function esDeDatos(error: unknown): boolean {
  return /^(22|23|54|PGRST1)/.test(codigoDe(error));
}
