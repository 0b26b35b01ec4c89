import cluster from 'node:cluster';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Config } from '../config.ts';
import { escuchar } from './proceso.ts';

/** En qué momento de su vida está el proceso. */
export type Momento = 'arrancando' | 'listo' | 'drenando';

export interface Vida {
  momento: Momento;
}

/** El puerto de un proceso web. */
export interface Puerta {
  http: Server;
  vida: Vida;
  /**
   * A partir de aquí atiende la aplicación.
   * @throws ErrorPuerto si apenas se abre y está ocupado
   */
  atenderCon(app: RequestListener): Promise<void>;
}

/**
 * Abre el puerto antes que nada: mientras se arranca, /salud y todo lo demás contestan 503. Uno de varios no abre hasta
 * poder atender: el reparto le daría su parte de la gente, y a esa sólo le contestaría 503.
 * @throws ErrorPuerto si está ocupado o no se permite
 */
export async function abrirPuerta(config: Pick<Config, 'puerto' | 'host'>): Promise<Puerta> {
  const vida: Vida = { momento: 'arrancando' };
  let manejador: RequestListener = contestarMomento(vida);
  const http = createServer((req, res) => manejador(req, res));
  if (!cluster.isWorker) await escuchar(http, config);
  return {
    http,
    vida,
    async atenderCon(app) {
      manejador = app;
      if (cluster.isWorker) await escuchar(http, config);
    },
  };
}

function contestarMomento(vida: Vida): RequestListener {
  return (_req, res) => {
    res.writeHead(503, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'retry-after': '1',
    });
    res.end(JSON.stringify({ estado: vida.momento }));
  };
}
