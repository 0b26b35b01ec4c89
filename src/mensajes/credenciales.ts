import { z } from 'zod';
import type { Contexto } from '../contexto.ts';
import { descifrar } from '../datos/cifrado.ts';
import { Lru } from '../datos/lru.ts';
import type { Credenciales } from '../integraciones/twilio.ts';
import { credencialesCifradas } from './consultas.ts';

export interface LlaveroTwilio {
  /** Las credenciales propias de la nora, descifradas; null si usa las globales. */
  deNora(nombre_nora: string): Promise<Credenciales | null>;
  /** La cuenta con la que se comprueba la firma de lo que llega a esa nora; null si no hay ninguna. */
  cuentaDe(nombre_nora: string | null): Promise<Credenciales | null>;
}

const esquema = z.object({ accountSid: z.string().min(1), authToken: z.string().min(1) });
const TOPE = 5000;

/** Caché en memoria de credenciales por nora; cualquier cambio de la nora la olvida. */
export function crearLlavero(ctx: Pick<Contexto, 'bd' | 'registro' | 'config' | 'whatsapp'>): LlaveroTwilio {
  const guardadas = new Lru<string, Promise<Credenciales | null>>(TOPE);
  let generacion = 0;
  ctx.registro.alCambiar((nombre) => {
    generacion++;
    // null: se releyó todo (una conexión perdida, una ráfaga de cambios) y pudo cambiar cualquiera.
    if (nombre === null) guardadas.vaciar();
    else guardadas.borrar(nombre);
  });

  async function deNora(nombre: string): Promise<Credenciales | null> {
    const previa = guardadas.obtener(nombre);
    if (previa) return previa;
    const desde = generacion;
    const lectura = leer(nombre);
    guardadas.poner(nombre, lectura);
    try {
      const leida = await lectura;
      // Un cambio a media lectura pudo dejar aquí lo viejo.
      if (desde !== generacion) guardadas.borrar(nombre);
      return leida;
    } catch (error) {
      guardadas.borrar(nombre);
      throw error;
    }
  }

  async function leer(nombre: string): Promise<Credenciales | null> {
    const cifradas = await credencialesCifradas(ctx.bd.servicio, nombre);
    if (!cifradas) return null;
    return esquema.parse(JSON.parse(descifrar(ctx.config.secretos.cifrado, cifradas, `twilio:${nombre}`)));
  }

  return {
    deNora,
    async cuentaDe(nombre) {
      return (nombre !== null && (await deNora(nombre))) || ctx.whatsapp.cuentaGlobal;
    },
  };
}
