import type pg from 'pg';

/** El pool que ve el adaptador de Socket.IO. */
export interface Escucha {
  pool: pg.Pool;
  /** Tras cerrar el adaptador: recoge la conexión y ya no presta otra. */
  cerrar(): void;
}

/**
 * El adaptador (0.5.0) aparta una conexión para escuchar y no la cuida: la que se cae nunca la devuelve al pool; si se cae
 * mientras la prepara pide dos, y cada señal llegaría doble; y la que iba a recibir al cerrarse se queda fuera, con lo que
 * el pool no termina de cerrar. Así tiene como mucho una, la última.
 */
export function crearEscucha(pool: pg.Pool): Escucha {
  let cerrada = false;
  let recoger = (): void => {};

  async function connect(): Promise<pg.PoolClient> {
    const cliente = cerrada ? null : await pool.connect();
    if (!cliente || cerrada) {
      cliente?.release();
      // Ni un error: lo volvería a intentar para siempre.
      return new Promise(() => {});
    }
    recoger();
    const devolver = cliente.release;
    let devuelta = false;
    // Devuelta es tirada: seguiría escuchando en manos de quien la tomara después.
    cliente.release = () => {
      if (devuelta) return;
      devuelta = true;
      devolver(true);
    };
    cliente.once('end', () => cliente.release());
    recoger = () => {
      cliente.removeAllListeners('notification');
      // Perderla así no es una caída: el adaptador no debe pedir otra por ella.
      cliente.removeAllListeners('end');
      cliente.release();
    };
    return cliente;
  }

  return {
    pool: { connect, query: pool.query.bind(pool) } as unknown as pg.Pool,
    cerrar() {
      cerrada = true;
      recoger();
    },
  };
}
