import type { Modulo } from '../index.ts';
import { crearRutasContactos } from './rutas.ts';
import { tareasContactos } from './trabajos.ts';

/** Las personas de la nora: buscarlas, editarlas, agruparlas, importarlas y unir las repetidas. */
export const modulo: Modulo = {
  clave: 'contactos',
  titulo: 'Contactos',
  icono: 'users',
  blueprint: 'panel_contactos_bp',
  crearRutas: crearRutasContactos,
  tareas: tareasContactos,
};
