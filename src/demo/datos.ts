import { AURA } from './aura.ts';
import { FERRETERIA } from './ferreteria.ts';
import type { DatosDemo } from './tipos.ts';

/** Todo lo que trae la demo: dos noras, su gente y dos semanas de conversaciones. Las claves se enseñan al arrancar. */
export const DEMO: DatosDemo = {
  usuarios: [
    {
      correo: 'admin@nora.local',
      nombre: 'Administración Nora',
      clave: 'nora-admin-2026',
      rol: 'admin',
      membresias: [],
    },
    {
      correo: 'mariana@aura.local',
      nombre: 'Mariana Elías',
      clave: 'aura-mariana-2026',
      rol: 'cliente',
      membresias: [{ nombre_nora: 'aura', rol: 'dueno' }],
    },
    {
      correo: 'agente@aura.local',
      nombre: 'Sofía Durazo',
      clave: 'aura-agente-2026',
      rol: 'cliente',
      membresias: [{ nombre_nora: 'aura', rol: 'agente' }],
    },
    {
      correo: 'dueno@demo.local',
      nombre: 'Jorge Tánori',
      clave: 'demo-dueno-2026',
      rol: 'cliente',
      membresias: [{ nombre_nora: 'demo', rol: 'dueno' }],
    },
  ],
  noras: [AURA, FERRETERIA],
};
