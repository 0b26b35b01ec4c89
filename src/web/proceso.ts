import cluster, { type Worker } from 'node:cluster';
import type { Server } from 'node:http';
import { setTimeout as dormir } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { describirError } from '../errores.ts';

/** El puerto no se pudo abrir; `message` es una línea que dice qué hacer. */
export class ErrorPuerto extends Error {
  override name = 'ErrorPuerto';
}

const LISTO = 'listo';
const TOPE_DRENADO_MS = 10_000;
const AVISO_DRENADO_MS = 3000;
const TOPE_SALIDA_MS = 30_000;
const REPONER_MS = 500;
const TOPE_REPONER_MS = 10_000;
/** Un solo Ctrl-C llega dos veces bajo npm o `node --watch`: la terminal se lo da a todos y el padre lo reenvía. */
const ECO_SENAL_MS = 1000;

/**
 * Abre el puerto de `config`.
 * @throws ErrorPuerto si está ocupado o no se permite
 */
export async function escuchar(http: Server, config: Pick<Config, 'puerto' | 'host'>): Promise<void> {
  const { puerto, host } = config;
  await new Promise<void>((cumplir, fallar) => {
    http.once('error', (error: NodeJS.ErrnoException) => fallar(traducirError(error, puerto, host)));
    http.listen(puerto, host, cumplir);
  });
}

function traducirError(error: NodeJS.ErrnoException, puerto: number, host: string): Error {
  if (error.code === 'EADDRINUSE')
    return new ErrorPuerto(
      `El puerto ${puerto} ya está ocupado: cierra lo que lo usa (¿otra Nora abierta?) o arranca con PORT=${puerto + 1}.`,
    );
  if (error.code === 'EACCES')
    return new ErrorPuerto(`No hay permiso para abrir el puerto ${puerto}: usa uno mayor a 1023 con PORT.`);
  if (error.code === 'EADDRNOTAVAIL')
    return new ErrorPuerto(`HOST=${host} no es una dirección de esta máquina.`);
  return error;
}

/**
 * Deja de aceptar, espera lo que está a medias y cierra. Lo que pase del tope se corta.
 * En producción sigue aceptando unos segundos con /salud en 503, para que el balanceador deje de mandar gente.
 */
export async function drenar(
  http: Server,
  sockets: { cerrar(): Promise<void> } | null,
  config: Pick<Config, 'entorno'>,
): Promise<void> {
  if (config.entorno === 'produccion') await dormir(AVISO_DRENADO_MS);
  const cerrado = new Promise<void>((cumplir) => {
    if (!http.listening) return cumplir();
    http.close(() => cumplir());
  });
  http.closeIdleConnections();
  await sockets?.cerrar();
  const aTiempo = await Promise.race([
    cerrado.then(() => true),
    dormir(TOPE_DRENADO_MS, false, { ref: false }),
  ]);
  if (!aTiempo) http.closeAllConnections();
}

/** Apunta cómo cerrar algo que se acaba de abrir; al salir se cierra en el orden contrario. */
export type AlCerrar = (paso: () => unknown) => void;

/** Lo que necesita quien arranca el proceso. */
export interface Arranque {
  alCerrar: AlCerrar;
  /** Abortada en cuanto hay que terminar: entre un paso y otro conviene preguntarle para no abrir lo que ya se va a cerrar. */
  alto: AbortSignal;
}

/**
 * Corre `arrancar` y cuida el proceso desde antes de que exista nada. Al primer SIGTERM o SIGINT, o al fallar sin
 * remedio, espera a que termine el paso que se estaba abriendo, cierra todo al revés de como se abrió y termina; si un
 * paso del cierre falla, los demás corren igual. A la segunda señal (no el eco de la primera), o si tarda demasiado, termina ya: el PostgreSQL
 * embebido queda vivo y el siguiente arranque lo adopta.
 */
export async function cuidarProceso(arrancar: (a: Arranque) => Promise<void>): Promise<void> {
  const pasos: (() => unknown)[] = [];
  const alto = new AbortController();
  let enCurso: Promise<void> = Promise.resolve();

  async function salir(codigo: number, motivo?: unknown): Promise<never> {
    if (motivo !== undefined) console.error(enUnaLinea(motivo));
    if (alto.signal.aborted) process.exit(codigo === 0 ? 130 : codigo);
    alto.abort();
    setTimeout(() => process.exit(1), TOPE_SALIDA_MS).unref();
    // Lo que se está abriendo aún no dijo cómo se cierra: sin esperarlo quedaría abierto.
    await enCurso.catch(() => {});
    let fin = codigo;
    for (const paso of pasos.reverse()) {
      try {
        await paso();
      } catch (error) {
        console.error(`Un paso del cierre falló: ${describirError(error)}`);
        fin = 1;
      }
    }
    process.exit(fin);
  }

  let primeraSenal: number | null = null;
  const terminar = (): void => {
    // Un hijo del reparto recibe la de la terminal y además la de su padre; la prisa la decide el padre, y sin él se va.
    if (primeraSenal !== null && (cluster.isWorker || performance.now() - primeraSenal < ECO_SENAL_MS))
      return;
    primeraSenal ??= performance.now();
    void salir(0);
  };
  for (const senal of ['SIGTERM', 'SIGINT'] as const) process.on(senal, terminar);
  const fatal = (error: unknown): void => {
    console.error(`Error sin atender: ${describirError(error)}`);
    if (!alto.signal.aborted) void salir(1);
  };
  process.on('uncaughtException', fatal);
  process.on('unhandledRejection', fatal);
  enCurso = arrancar({ alCerrar: (paso) => void pasos.push(paso), alto: alto.signal });
  try {
    await enCurso;
  } catch (error) {
    // Si ya se estaba terminando, abortar a medio arranque es lo esperado.
    if (!alto.signal.aborted) await salir(1, error);
  }
}

/** Lo que no deja arrancar se dice en una línea cuando se sabe qué hacer; si no, con su pila. */
function enUnaLinea(error: unknown): string {
  const conocido = error instanceof Error && error.name.startsWith('Error') && error.name !== 'Error';
  return conocido ? error.message : describirError(error);
}

/** Este proceso ya atiende: si es hijo se lo dice al padre; si no, dice a la persona por dónde entrar. */
export function anunciar(config: Config, accesos: { correo: string; clave: string }[]): void {
  if (cluster.isWorker) {
    process.send?.(LISTO);
    return;
  }
  if (config.rol === 'trabajos') return;
  const renglones = [`Nora está lista en ${config.urlPublica}`];
  if (config.entorno === 'local' && !config.twilio)
    renglones.push(`Teléfono simulado:   ${config.urlPublica}/simulador`);
  if (accesos.length > 0) renglones.push('Entra con:', ...accesos.map((a) => `  ${a.correo}  ${a.clave}`));
  console.log(`\n${renglones.map((r) => `  ${r}`).join('\n')}\n`);
}

/** Los procesos web de un mismo puerto, vigilados por su padre. */
export interface Reparto {
  /** Se cumple cuando todos atienden. @throws Error si uno muere antes de estar listo, o si hay que terminar */
  listos: Promise<void>;
  /** Espera a que terminen: en cuanto se aborta `alto` ya se les avisó. */
  cerrar(): Promise<void>;
}

/**
 * Arranca `cuantos` procesos web con node:cluster y repone al que muera hasta que se aborte `alto`. En la primera ronda, el
 * que muere sin haber estado listo hace fallar el arranque; después se insiste, cada vez más despacio.
 */
export function repartir(cuantos: number, log: Logger, alto: AbortSignal): Reparto {
  const { promise: listos, resolve, reject } = Promise.withResolvers<void>();
  const yaListos = new Set<number>();
  let primeraRonda = true;
  let espera = REPONER_MS;

  const vivos = (): Worker[] =>
    Object.values(cluster.workers ?? {}).filter((h) => h !== undefined && !h.isDead()) as Worker[];
  const abrir = (): Worker => cluster.fork({ ROL: 'web', WEB_CONCURRENCY: '1' });
  cluster.on('message', (hijo, mensaje) => {
    if (mensaje !== LISTO) return;
    yaListos.add(hijo.id);
    espera = REPONER_MS;
    if (!primeraRonda) log.info({ pid: hijo.process.pid }, 'ya atiende el proceso web repuesto');
    if (yaListos.size < cuantos) return;
    primeraRonda = false;
    resolve();
  });
  cluster.on('exit', (hijo, codigo, senal) => {
    const estabaListo = yaListos.delete(hijo.id);
    if (alto.aborted) return;
    if (!estabaListo && primeraRonda)
      return reject(new ErrorPuerto('Un proceso web no pudo arrancar; arriba dice por qué.'));
    if (!estabaListo) espera = Math.min(espera * 2, TOPE_REPONER_MS);
    setTimeout(() => {
      // La señal que lo terminó puede ser la de todos y no haberse atendido aquí todavía.
      if (alto.aborted) return;
      log.error({ pid: hijo.process.pid, codigo, senal }, 'murió un proceso web; se repone');
      abrir();
    }, espera);
  });
  // A la vez que para lo demás, y no al final: mientras, seguirían aceptando a quien ya no conviene.
  alto.addEventListener('abort', () => {
    reject(alto.reason);
    for (const hijo of vivos()) hijo.process.kill('SIGTERM');
  });
  for (let i = 0; i < cuantos; i++) abrir();

  return {
    listos,
    async cerrar() {
      await Promise.all(
        vivos().map((hijo) => new Promise<void>((cumplir) => hijo.once('exit', () => cumplir()))),
      );
    },
  };
}
