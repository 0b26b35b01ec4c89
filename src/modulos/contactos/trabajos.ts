import type { Contexto } from '../../contexto.ts';
import { conPuerta } from '../../trabajos/puerta.ts';
import type { Tarea } from '../../trabajos/trabajos.ts';
import { COLA_IMPORTAR } from './consultas_importar.ts';
import { importarContactos } from './importar.ts';
import { COLA_LOTES, correrLote } from './lotes.ts';

/** Colas del módulo. */
export function tareasContactos(ctx: Contexto): Tarea[] {
  return [
    {
      cola: COLA_IMPORTAR,
      trabajar: (d) => importarContactos(ctx, texto(d['nombre_nora']), texto(d['id'])),
      topeSegundos: 3600,
    },
    conPuerta(ctx, 'contactos', {
      cola: COLA_LOTES,
      trabajar: (d) => correrLote(ctx, texto(d['nombre_nora']), texto(d['id'])),
      topeSegundos: 3600,
    }),
  ];
}

function texto(valor: unknown): string {
  if (typeof valor !== 'string') throw new Error('Encargo mal formado');
  return valor;
}
