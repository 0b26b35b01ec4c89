import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { BaseDePrueba } from '../apoyo/base.ts';

/** Lo que `proceso.ts` necesita para ser un proceso de Nora sobre la base de una prueba. */
export interface EncargoProceso {
  rol: 'web' | 'trabajos';
  puerto: number;
  urlPublica: string;
  entorno: Record<string, string>;
  databaseUrl: string;
  autenticadorUrl: string;
}

export interface Hijo {
  rol: EncargoProceso['rol'];
  proceso: ChildProcess;
  /** Cumple cuando ya atiende; rechaza si murió antes. */
  listo: Promise<void>;
  vivo(): boolean;
  /** kill -9 y espera a que desaparezca. */
  matar(): Promise<void>;
  /** SIGSTOP y, pasados `ms`, SIGCONT: para los demás estuvo muerto, y vuelve creyendo que no pasó nada. */
  congelar(ms: number): Promise<void>;
}

export function encargoDe(
  base: BaseDePrueba,
  rol: EncargoProceso['rol'],
  entorno: Record<string, string>,
  urlPublica: string,
  puerto = 0,
): EncargoProceso {
  return {
    rol,
    puerto,
    urlPublica,
    // La misma carpeta de datos: los secretos (firma de la API, cifrado) deben ser los mismos.
    entorno: { NORA_DEMO: '0', NIVEL_LOG: 'silent', PORT: '0', ...entorno, DATOS_DIR: base.config.datosDir },
    databaseUrl: base.config.base.databaseUrl ?? '',
    autenticadorUrl: base.config.base.autenticadorUrl ?? '',
  };
}

export function arrancarProceso(encargo: EncargoProceso): Hijo {
  const proceso = fork(join(import.meta.dirname, 'proceso.ts'), [JSON.stringify(encargo)], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const salida = once(proceso, 'exit');
  const listo = Promise.race([
    once(proceso, 'message').then(() => undefined),
    salida.then(([codigo, senal]) => {
      throw new Error(`el proceso ${encargo.rol} murió al arrancar (${String(codigo ?? senal)})`);
    }),
  ]);
  listo.catch(() => undefined);
  const vivo = () => proceso.exitCode === null && proceso.signalCode === null;
  return {
    rol: encargo.rol,
    proceso,
    listo,
    vivo,
    async matar() {
      if (!vivo()) return;
      proceso.kill('SIGKILL');
      await salida;
    },
    async congelar(ms) {
      if (!vivo()) return;
      proceso.kill('SIGSTOP');
      await new Promise((listo) => setTimeout(listo, ms));
      if (vivo()) proceso.kill('SIGCONT');
    },
  };
}

export function puertoLibre(): Promise<number> {
  return new Promise((cumplir) => {
    const s = createServer();
    s.listen(0, '127.0.0.1', () => {
      const a = s.address();
      s.close(() => cumplir(typeof a === 'object' && a ? a.port : 0));
    });
  });
}
