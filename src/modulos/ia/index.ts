import { COLA_PRUEBAS, correrPruebas } from '../../ia/pruebas.ts';
import type { Modulo } from '../index.ts';
import { crearRutasIa } from './rutas.ts';

/** Cómo contesta Nora: ajustes, probador, pruebas, auditoría y costo. */
export const modulo: Modulo = {
  clave: 'ia',
  titulo: 'Inteligencia',
  icono: 'sparkles',
  blueprint: 'panel_ia_bp',
  soloDuenos: true,
  crearRutas: crearRutasIa,
  tareas: (ctx) => [
    {
      cola: COLA_PRUEBAS,
      trabajar: (datos) => correrPruebas(ctx, datos),
      reintentos: 0,
      // Doscientas preguntas a un proveedor lento, de cuatro en cuatro.
      topeSegundos: 1800,
    },
  ],
};
