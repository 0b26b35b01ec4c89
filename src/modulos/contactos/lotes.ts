import type { Contexto } from '../../contexto.ts';
import * as consultas from './consultas.ts';

export const COLA_LOTES = 'lotes_contactos';
/** Hasta aquí se hace en la misma petición; más, lo hace un trabajo con barra de avance. */
const EN_EL_MOMENTO = 1000;

type Piezas = Pick<Contexto, 'bd' | 'vivo' | 'trabajos'>;

/** Empieza (o sigue) un lote: lo chico en el momento, lo grande en un trabajo. */
export async function arrancarLote(
  ctx: Piezas,
  nora: string,
  lote: { id: string; total: number },
): Promise<void> {
  if (lote.total > EN_EL_MOMENTO) await ctx.trabajos.encolar(COLA_LOTES, { nombre_nora: nora, id: lote.id });
  else await correrLote(ctx, nora, lote.id);
}

/** Lleva el lote hasta el final, hacia adelante o de regreso, por tandas. Repetirlo no repite nada. */
export async function correrLote(
  ctx: Pick<Contexto, 'bd' | 'vivo'>,
  nora: string,
  id: string,
): Promise<void> {
  const bd = ctx.bd.deNora(nora);
  for (;;) {
    const lote = await consultas.leerLote(bd, id);
    if (!lote || lote.estado === 'hecho' || lote.estado === 'deshecho') break;
    const hecho =
      lote.estado === 'haciendo' ? await consultas.avanzarLote(bd, id) : await consultas.regresarLote(bd, id);
    // Las pantallas abiertas vuelven a pedir su lista con una señal; no hace falta una por contacto.
    for (const contacto_id of (hecho?.tocados ?? []).slice(0, 10))
      ctx.vivo.emitir(nora, 'contacto:actualizado', { contacto_id });
  }
  // La IA apagada o un borrado pueden dejar carriles con qué hacer.
  ctx.bd.avisar('atenciones');
}
