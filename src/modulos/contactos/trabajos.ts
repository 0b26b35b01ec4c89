import type { Contexto } from '../../contexto.ts';
import type { TareaProgramada } from '../../trabajos/horario.ts';
import type { Tarea } from '../../trabajos/trabajos.ts';
import { COLA_IMPORTAR, importarContactos } from './importar.ts';
import { COLA_LOTES, correrLote } from './lotes.ts';

const COLA_LIMPIEZA = 'limpiar_contactos';
const HORA = 3_600_000;

/** Colas del módulo. */
export function tareasContactos(ctx: Contexto): Tarea[] {
  return [
    {
      cola: COLA_IMPORTAR,
      trabajar: (d) => importarContactos(ctx, texto(d['nombre_nora']), texto(d['id'])),
      topeSegundos: 3600,
    },
    {
      cola: COLA_LOTES,
      trabajar: (d) => correrLote(ctx, texto(d['nombre_nora']), texto(d['id'])),
      topeSegundos: 3600,
    },
    { cola: COLA_LIMPIEZA, trabajar: () => limpiar(ctx) },
  ];
}

export const horarioContactos: readonly TareaProgramada[] = [
  { cola: COLA_LIMPIEZA, cuando: '40 4 * * *', cadaMs: 25 * HORA },
];

/** Borra lo que ya no se puede deshacer y los archivos de importaciones que nadie confirmó. */
async function limpiar(ctx: Pick<Contexto, 'bd' | 'adjuntos'>): Promise<void> {
  const { data } = await ctx.bd.servicio.rpc('limpiar_contactos').throwOnError();
  for (const ruta of Array.isArray(data) ? data : [])
    if (typeof ruta === 'string') await ctx.adjuntos.borrar(ruta);
}

function texto(valor: unknown): string {
  if (typeof valor !== 'string') throw new Error('Encargo mal formado');
  return valor;
}
