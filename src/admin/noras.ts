import { Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { crearRutasAlta } from './noras_alta.ts';
import { crearRutasEquipoNora } from './noras_equipo.ts';
import { crearRutasFicha } from './noras_ficha.ts';
import { crearRutasVida } from './noras_vida.ts';

/** Noras: lista, alta guiada, ficha con todo lo suyo, suspender, clonar, exportar y borrar. */
export function crearRutasNoras(ctx: Contexto): Router {
  return Router().use(
    crearRutasAlta(ctx),
    crearRutasFicha(ctx),
    crearRutasEquipoNora(ctx),
    crearRutasVida(ctx),
  );
}
