import type { Modulo } from '../index.ts';
import { crearRutasEtiquetas, tareasEtiquetas } from './rutas.ts';

/** El catálogo de etiquetas y las reglas que las ponen solas. */
export const modulo: Modulo = {
  clave: 'etiquetas',
  titulo: 'Etiquetas',
  icono: 'tag',
  blueprint: 'panel_etiquetas_bp',
  crearRutas: crearRutasEtiquetas,
  tareas: tareasEtiquetas,
};
