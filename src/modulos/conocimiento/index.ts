import type { Modulo } from '../index.ts';
import { crearRutasConocimiento } from './rutas.ts';

/** Lo que Nora sabe del negocio: bloques, de dónde se traen, qué tanto sirven y qué le falta saber. */
export const modulo: Modulo = {
  clave: 'conocimiento',
  titulo: 'Conocimiento',
  icono: 'book-open',
  blueprint: 'panel_conocimiento_bp',
  crearRutas: crearRutasConocimiento,
};
