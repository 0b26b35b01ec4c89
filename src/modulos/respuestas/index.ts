import type { Modulo } from '../index.ts';
import { crearRutasRespuestas } from './rutas.ts';

/** Lo que Nora contesta por regla, las respuestas rápidas del equipo y los mensajes de bienvenida y de cierre. */
export const modulo: Modulo = {
  clave: 'respuestas',
  titulo: 'Respuestas',
  icono: 'zap',
  blueprint: 'panel_respuestas_bp',
  crearRutas: crearRutasRespuestas,
};
