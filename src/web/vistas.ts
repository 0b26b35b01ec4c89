import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ejs from 'ejs';
import type { Express, RequestHandler, Response } from 'express';
import { csrfPerezoso } from './csrf.ts';
import * as fechas from './fechas.ts';
import { icono } from './iconos.ts';
import { retratoDe } from './retrato.ts';
import './tipos_express.ts';

/** `null` dibuja sólo el cuerpo: es lo que espera htmx. */
export type Layout = 'panel' | 'cuentas' | 'admin' | 'simple' | null;

type Plantilla = (datos: Record<string, unknown>) => string;

const VISTAS = fileURLToPath(new URL('../../views/', import.meta.url));

/** Deja en la aplicación lo que toda vista recibe. Se llama una vez, antes de montar rutas. */
export function prepararVistas(
  app: Express,
  opciones: { recurso: (ruta: string) => string; sinCache: boolean },
): void {
  const plantillas = new Map<string, Plantilla>();
  app.locals['plantilla'] = (vista: string) => {
    if (opciones.sinCache) return compilar(vista, false);
    let lista = plantillas.get(vista);
    if (!lista) plantillas.set(vista, (lista = compilar(vista, true)));
    return lista;
  };
  app.locals['recurso'] = opciones.recurso;
}

/** Pone en `res.locals` lo que cambia con cada petición. Va después de reconocer al usuario. */
export const localesDeVista: RequestHandler = (req, res, next) => {
  // Desde aquí todo lleva datos de personas o el token de la sesión: nadie en medio debe guardarlo.
  res.setHeader('Cache-Control', 'no-store');
  res.locals['csrf'] = csrfPerezoso(req);
  res.locals['usuario'] = req.usuario;
  res.locals['tema'] = temaElegido(req.headers.cookie);
  next();
};

/**
 * Dibuja una vista y la envía. Los datos llegan también al layout, que recibe el resultado en `body`;
 * lo que la vista asigne a `locals.x` lo ve su layout.
 * @param vista ruta dentro de `views/` sin extensión, p. ej. `panel_cliente/chat/index`
 */
export function renderizar(
  res: Response,
  vista: string,
  datos: object,
  { layout = 'panel', estado }: { layout?: Layout; estado?: number } = {},
): void {
  if (estado !== undefined) res.status(estado);
  res.vary('HX-Request');
  res.type('html').send(dibujar(res, vista, datos, layout));
}

/** Como `renderizar` pero devuelve el texto; sirve para juntar varios fragmentos en una respuesta. */
export function dibujar(res: Response, vista: string, datos: object, layout: Layout = null): string {
  const plantilla = res.app.locals['plantilla'] as (vista: string) => Plantilla;
  const locales: Record<string, unknown> = {
    usuario: null,
    csrf: '',
    nonce: '',
    recurso: res.app.locals['recurso'],
    icono,
    retrato: retratoDe,
    fechas,
    ...res.locals,
    ...datos,
  };
  const body = plantilla(vista)(locales);
  if (layout === null) return body;
  locales['body'] = body;
  return plantilla(`layouts/${layout}`)(locales);
}

function compilar(vista: string, cache: boolean): Plantilla {
  const archivo = join(VISTAS, `${vista}.ejs`);
  return ejs.compile(readFileSync(archivo, 'utf8'), {
    filename: archivo,
    root: VISTAS,
    views: [VISTAS],
    cache,
  });
}

/** `claro`, `oscuro` o vacío (como el sistema). Lo guarda controladores/tema.js; así la página ya sale pintada. */
function temaElegido(galletas = ''): string {
  return /(?:^|;\s*)tema=(claro|oscuro)(?:;|$)/.exec(galletas)?.[1] ?? '';
}
