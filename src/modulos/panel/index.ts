import type { Modulo } from '../index.ts';
import { crearRutas } from './rutas.ts';

/** El inicio del panel: siempre está, no se apaga. */
export const modulo: Modulo = {
  clave: 'panel',
  titulo: 'Inicio',
  icono: 'house',
  blueprint: 'panel_cliente_bp',
  crearRutas,
};
