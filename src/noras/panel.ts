import { Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { equipo } from '../modulos/equipo/index.ts';
import { MODULO_INICIO, MODULOS } from '../modulos/index.ts';
import { crearPuerta, exigirDueno, exigirModulo } from './puerta.ts';
import type { TablaDeRutas } from './rutas.ts';

export const RUTA_PANEL = '/panel_cliente/:nombre_nora';

/**
 * El único montaje del panel: los routers se crean una vez y los comparten todas las noras. Por eso el
 * costo de una petición no crece con el número de noras.
 */
export function crearPanel(ctx: Contexto, rutas: TablaDeRutas): Router {
  const panel = Router({ mergeParams: true });
  panel.use(...crearPuerta(ctx));
  const inicio = MODULO_INICIO.crearRutas(ctx);
  rutas.registrarBlueprint(
    { nombre: MODULO_INICIO.blueprint, prefijo: RUTA_PANEL, modulo: null, por_nora: true },
    inicio,
  );
  for (const modulo of MODULOS) {
    const router = modulo.crearRutas(ctx);
    rutas.registrarBlueprint(
      {
        nombre: modulo.blueprint,
        prefijo: `${RUTA_PANEL}/${modulo.clave}`,
        modulo: modulo.clave,
        por_nora: true,
      },
      router,
    );
    panel.use(`/${modulo.clave}`, exigirModulo(ctx, modulo), marcarModulo(modulo.clave), router);
  }
  const deEquipo = equipo.crearRutas(ctx);
  rutas.registrarBlueprint(
    { nombre: equipo.blueprint, prefijo: `${RUTA_PANEL}/${equipo.clave}`, modulo: null, por_nora: true },
    deEquipo,
  );
  panel.use(`/${equipo.clave}`, exigirDueno, marcarModulo(equipo.clave), deEquipo);
  // El inicio va al final: sus rutas cuelgan de la raíz y no deben tapar a las de un módulo.
  panel.use(marcarModulo(MODULO_INICIO.clave), inicio);
  return panel;
}

function marcarModulo(clave: string) {
  return function conModuloActual(
    _req: unknown,
    res: { locals: Record<string, unknown> },
    next: () => void,
  ): void {
    res.locals['modulo_actual'] = clave;
    next();
  };
}
