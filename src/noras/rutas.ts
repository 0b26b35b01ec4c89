import type { IRouter, Router } from 'express';
import type { ClienteBd } from '../datos/base_de_datos.ts';

/** Un renglón de `rutas_plantilla`: `rutas_registradas` sale de cruzarlos con noras y módulos activos. */
export type RutaPlantilla = {
  metodo: string;
  ruta: string;
  blueprint: string;
  /** Clave del módulo que la enciende; null si no depende de ninguno. */
  modulo: string | null;
  /** true si existe una vez por cada nora. */
  por_nora: boolean;
};

export interface Blueprint {
  /** Quien responde por estas rutas, p. ej. `panel_chat_bp`. */
  nombre: string;
  /** Dónde queda montado, p. ej. `/panel_cliente/:nombre_nora/chat`. */
  prefijo: string;
  modulo?: string | null;
  por_nora?: boolean;
}

export interface TablaDeRutas {
  /**
   * Apunta todas las rutas de un router ya armado. No lo monta.
   * @throws Error si una ruta ya era de otro blueprint (nombra a los dos) o si no se puede ver completa.
   */
  registrarBlueprint(blueprint: Blueprint, router: IRouter): void;
  lista(): RutaPlantilla[];
}

/** Crea una tabla vacía; cada aplicación tiene la suya. */
export function crearTablaDeRutas(): TablaDeRutas {
  const apuntadas = new Map<string, RutaPlantilla>();
  return {
    registrarBlueprint(blueprint, router) {
      for (const { metodo, ruta } of recorrer(router, blueprint.prefijo, blueprint.nombre)) {
        const llave = `${metodo} ${sinNombres(ruta)}`;
        const otra = apuntadas.get(llave);
        if (otra) throw repetida(metodo, ruta, otra, blueprint.nombre);
        apuntadas.set(llave, {
          metodo,
          ruta,
          blueprint: blueprint.nombre,
          modulo: blueprint.modulo ?? null,
          por_nora: blueprint.por_nora ?? false,
        });
      }
    },
    lista: () => [...apuntadas.values()],
  };
}

/** Escribe lo montado en `rutas_plantilla`, todo en una llamada. */
export async function guardarRutas(servicio: ClienteBd, tabla: TablaDeRutas): Promise<void> {
  await servicio.rpc('guardar_rutas_plantilla', { p: tabla.lista() }).throwOnError();
}

interface Capa {
  rawPath?: unknown;
  handle?: { stack?: Capa[] };
  route?: { path: unknown; methods: Record<string, boolean | undefined> };
}

/** Camina `router.stack` de Express 5: lo que se apunta es lo montado y no una lista aparte. */
function* recorrer(
  router: IRouter | Router,
  prefijo: string,
  blueprint: string,
): Generator<{ metodo: string; ruta: string }> {
  for (const capa of (router as unknown as { stack: Capa[] }).stack) {
    if (capa.route) {
      for (const camino of caminos(capa.route.path, blueprint)) {
        for (const metodo of metodosDe(capa.route)) yield { metodo, ruta: unir(prefijo, camino) };
      }
    } else if (Array.isArray(capa.handle?.stack)) {
      for (const camino of caminos(capa.rawPath, blueprint))
        yield* recorrer(capa.handle as unknown as IRouter, unir(prefijo, camino), blueprint);
    }
  }
}

function caminos(crudo: unknown, blueprint: string): string[] {
  const lista = Array.isArray(crudo) ? crudo : [crudo];
  return lista.map((camino: unknown) => {
    if (typeof camino === 'string') return camino;
    throw new Error(
      `${blueprint} monta una ruta que no es texto (${String(camino)}): no se puede registrar.`,
    );
  });
}

function metodosDe(ruta: NonNullable<Capa['route']>): string[] {
  return Object.keys(ruta.methods)
    .filter((m) => ruta.methods[m])
    .map((m) => (m === '_all' ? 'ALL' : m.toUpperCase()));
}

function unir(prefijo: string, camino: string): string {
  return `${prefijo}/${camino}`.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1');
}

/** `/a/:id` y `/a/:contacto` son la misma ruta para Express. */
function sinNombres(ruta: string): string {
  return ruta.replace(/([:*])(?:\w+|"[^"]+")/g, '$1').toLowerCase();
}

function repetida(metodo: string, ruta: string, otra: RutaPlantilla, nombre: string): Error {
  const quienes = otra.blueprint === nombre ? `dos veces ${nombre}` : `${otra.blueprint} y ${nombre}`;
  const como = otra.ruta === ruta ? '' : ` (ya estaba como ${otra.ruta})`;
  return new Error(`Ruta repetida ${metodo} ${ruta}${como}: la registran ${quienes}.`);
}
