import { horarioReportes, tareasReportes } from '../../ads/reportes/trabajos.ts';
import { horarioSincronizar, tareasSincronizar } from '../../ads/sincronizar/trabajos.ts';
import type { Modulo } from '../index.ts';
import { crearRutasAds } from './rutas.ts';

/** Lo que trajo el dinero puesto en Meta: cifras, cambios, y los reportes que llegan solos. Sólo para dueños. */
export const modulo: Modulo = {
  clave: 'ads',
  titulo: 'Anuncios',
  icono: 'megaphone',
  blueprint: 'panel_ads_bp',
  soloDuenos: true,
  crearRutas: crearRutasAds,
  tareas: (ctx) => [...tareasSincronizar(ctx), ...tareasReportes(ctx)],
  horario: [...horarioSincronizar, ...horarioReportes],
};
