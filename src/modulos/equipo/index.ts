import { crearRutas } from './rutas.ts';

/** Página fija del panel: no se vende ni se apaga, así que no es una clave de `modulos_disponibles`. */
export const equipo = {
  clave: 'equipo',
  titulo: 'Equipo',
  icono: 'user-plus',
  blueprint: 'panel_equipo_bp',
  soloDuenos: true,
  crearRutas,
} as const;
