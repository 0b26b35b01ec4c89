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
const TOPE_SALIDA_MS = 30_000;

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

/** Deja de aceptar, espera lo que está a medias y cierra. Lo que pase del tope se corta. */
export async function drenar(http: Server, sockets: { cerrar(): Promise<void> } | null): Promise<void> {
  const cerrado = new Promise<void>((cumplir) => {
    if (!http.listening) return cumplir();
    http.close(() => cumplir());
  });
  http.closeIdleConnections();
  await sockets?.cerrar();
  const aTiempo = await Promise.race([cerrado.then(() => true), dormir(TOPE_DRENADO_MS, false, { ref: false })]);
  if (!aTiempo) http.closeAllConnections();
}

/**
 * Al primer SIGTERM o SIGINT (o al fallar sin remedio) cierra en orden y termina. Al segundo, o si tarda
 * demasiado, termina ya: PostgreSQL embebido queda vivo y el siguiente arranque lo adopta.
 */
export function alSalir(log: Logger, cerrar: () => Promise<void>): void {
  let saliendo = false;
  const salir = async (codigo: number): Promise<void> => {
    if (saliendo) process.exit(codigo === 0 ? 130 : codigo);
    saliendo = true;
    setTimeout(() => process.exit(1), TOPE_SALIDA_MS).unref();
    try {
      await cerrar();
    } catch (error) {
      log.error({ falla: describirError(error) }, 'el cierre falló');
      codigo = 1;
    }
    process.exit(codigo);
  };
  for (const senal of ['SIGTERM', 'SIGINT'] as const) process.on(senal, () => void salir(0));
  const fatal = (error: unknown): void => {
    log.fatal({ falla: describirError(error) }, 'error sin atender; el proceso se cierra');
    if (!saliendo) void salir(1);
  };
  process.on('uncaughtException', fatal);
  process.on('unhandledRejection', fatal);
}

/** Lo que no deja arrancar se dice en una línea cuando se sabe qué hacer; si no, con su pila. */
export function morirConUnaLinea(error: unknown): never {
  const conocido = error instanceof Error && error.name.startsWith('Error') && error.name !== 'Error';
  console.error(conocido ? error.message : error);
  process.exit(1);
}

/** Este proceso ya atiende: si es hijo se lo dice al padre; si no, dice a la persona por dónde entrar. */
export function anunciar(config: Config): void {
  if (cluster.isWorker) {
    process.send?.(LISTO);
    return;
  }
  if (config.rol === 'trabajos') return;
  const renglones = [`Nora está lista en ${config.urlPublica}`];
  if (config.entorno === 'local' && !config.twilio)
    renglones.push(`Teléfono simulado:   ${config.urlPublica}/simulador`);
  console.log(`\n${renglones.map((r) => `  ${r}`).join('\n')}\n`);
}

/** Los procesos web de un mismo puerto, vigilados por su padre. */
export interface Reparto {
  /** Se cumple cuando todos atienden. @throws Error si uno muere antes de estar listo */
  listos: Promise<void>;
  cerrar(): Promise<void>;
}

/** Arranca `cuantos` procesos web con node:cluster y repone al que muera después de haber estado listo. */
export function repartir(cuantos: number, log: Logger): Reparto {
  let cerrando = false;
  const { promise: listos, resolve, reject } = Promise.withResolvers<void>();
  const yaListos = new Set<number>();

  const abrir = (): Worker => cluster.fork({ ROL: 'web', WEB_CONCURRENCY: '1' });
  cluster.on('message', (hijo, mensaje) => {
    if (mensaje !== LISTO) return;
    yaListos.add(hijo.id);
    if (yaListos.size >= cuantos) resolve();
  });
  cluster.on('exit', (hijo, codigo) => {
    if (cerrando) return;
    if (!yaListos.has(hijo.id)) return reject(new ErrorPuerto('Un proceso web no pudo arrancar.'));
    log.error({ pid: hijo.process.pid, codigo }, 'murió un proceso web; se repone');
    setTimeout(() => {
      if (!cerrando) abrir();
    }, 500);
  });
  for (let i = 0; i < cuantos; i++) abrir();

  return {
    listos,
    async cerrar() {
      cerrando = true;
      const hijos = Object.values(cluster.workers ?? {}).filter((h) => h !== undefined);
      await Promise.all(
        hijos.map(
          (hijo) =>
            new Promise<void>((cumplir) => {
              hijo.once('exit', () => cumplir());
              hijo.process.kill('SIGTERM');
            }),
        ),
      );
    },
  };
}
