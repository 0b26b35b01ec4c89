/** Azar repetible: la misma semilla da la misma secuencia (mulberry32). */
export interface Azar {
  /** De 0 a 1, sin llegar a 1. */
  numero(): number;
  /** Entero entre los dos, incluidos. */
  entero(minimo: number, maximo: number): number;
  menorQue(probabilidad: number): boolean;
  elegir<T>(lista: readonly T[]): T;
  barajar<T>(lista: readonly T[]): T[];
}

export function crearAzar(semilla: number): Azar {
  let estado = semilla >>> 0;
  const numero = (): number => {
    estado = (estado + 0x6d2b79f5) >>> 0;
    let t = estado;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const entero = (minimo: number, maximo: number) => minimo + Math.floor(numero() * (maximo - minimo + 1));
  return {
    numero,
    entero,
    menorQue: (probabilidad) => numero() < probabilidad,
    elegir<T>(lista: readonly T[]): T {
      if (lista.length === 0) throw new RangeError('no hay de dónde elegir');
      return lista[entero(0, lista.length - 1)] as T;
    },
    barajar<T>(lista: readonly T[]): T[] {
      const copia = [...lista];
      for (let i = copia.length - 1; i > 0; i--) {
        const j = entero(0, i);
        [copia[i], copia[j]] = [copia[j] as T, copia[i] as T];
      }
      return copia;
    },
  };
}
