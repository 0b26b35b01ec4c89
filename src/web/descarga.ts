import type { Response } from 'express';

/**
 * Quien escribe una descarga por pedazos, al paso del que la baja: cada llamada espera a que haya lugar.
 * Un solo par de oyentes por descarga: con uno por pausa se juntaban hasta que Node avisaba de una fuga.
 * @returns false si ya nadie la está bajando
 */
export function crearDescarga(res: Response): (texto: string) => Promise<boolean> {
  let soltar: (() => void) | null = null;
  const seguir = (): void => {
    soltar?.();
    soltar = null;
  };
  res.on('drain', seguir).on('close', seguir);
  return async (texto) => {
    if (res.destroyed) return false;
    if (!res.write(texto)) await new Promise<void>((listo) => (soltar = listo));
    return !res.destroyed;
  };
}
