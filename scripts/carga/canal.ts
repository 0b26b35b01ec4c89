import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Un proceso hijo al que se le piden cosas de a una: cada medición vive aparte de lo que mide. */
export interface Hijo<P, R> {
  pid: number;
  pedir(peticion: P): Promise<R>;
  parar(): Promise<void>;
}

/** Arranca `scripts/carga/<archivo>` como hijo con canal de mensajes. */
export function abrirHijo<P extends object, R>(archivo: string): Hijo<P, R> {
  const hijo = fork(join(import.meta.dirname, archivo), [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return {
    pid: hijo.pid ?? 0,
    async pedir(peticion) {
      const respuesta = Promise.withResolvers<R>();
      const alMensaje = (m: { error?: string; valor?: R }) =>
        m.error === undefined ? respuesta.resolve(m.valor as R) : respuesta.reject(new Error(m.error));
      const alMorir = () => respuesta.reject(new Error(`${archivo} murió`));
      hijo.once('message', alMensaje as (m: unknown) => void).once('exit', alMorir);
      hijo.send(peticion);
      try {
        return await respuesta.promise;
      } finally {
        hijo.off('message', alMensaje as (m: unknown) => void).off('exit', alMorir);
      }
    },
    parar: () => terminar(hijo),
  };
}

/** El lado del hijo: contesta cada petición con lo que devuelva `atender`. */
export function atenderPeticiones<P>(atender: (peticion: P) => Promise<unknown>): void {
  process.on('message', (peticion: P) => {
    void atender(peticion).then(
      (valor) => process.send?.({ valor }),
      (error: unknown) => process.send?.({ error: String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}

/** SIGTERM y, si no basta en 20 s, SIGKILL; siempre a ese proceso y a ningún otro. */
export async function terminar(hijo: ChildProcess): Promise<void> {
  if (hijo.exitCode !== null || hijo.signalCode !== null) return;
  const fin = once(hijo, 'exit');
  hijo.kill('SIGTERM');
  const reloj = setTimeout(() => hijo.kill('SIGKILL'), 20_000);
  await fin;
  clearTimeout(reloj);
}
