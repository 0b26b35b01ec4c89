import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import compression from 'compression';
import express, { type Response, Router } from 'express';
import { armarSprite } from './iconos.ts';

export interface Estaticos {
  /** Sirve `/estaticos/*`, `/npm/*`, `/iconos.svg` y `/favicon.ico`. Va antes de sesiones y csrf. */
  readonly rutas: Router;
  /** URL versionada de un archivo: `recurso('/estaticos/css/nora.css')`. */
  recurso(ruta: string): string;
}

const PUBLICO = fileURLToPath(new URL('../../public/', import.meta.url));
const PAQUETES = fileURLToPath(new URL('../../node_modules/', import.meta.url));

/** Lo único de node_modules que sale al navegador. */
const NPM: Readonly<Record<string, string>> = {
  'htmx/htmx.min.js': 'htmx.org/dist/htmx.min.js',
  'socket.io/socket.io.esm.min.js': 'socket.io-client/dist/socket.io.esm.min.js',
  'inter/files/inter-latin-wght-normal.woff2':
    '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2',
  'inter/files/inter-latin-ext-wght-normal.woff2':
    '@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2',
};

/** `nora.css` es la unión de estos archivos en este orden, más todo `css/shared/`: una petición en lugar de veinte. */
const BASE_CSS = ['capas', 'reset', 'tokens', 'base'];
const FINAL_CSS = ['utilidades'];

const UN_ANO = 'public, max-age=31536000, immutable';

/**
 * Prepara los archivos públicos.
 * La huella va en la ruta (`/estaticos/~huella/js/nora.js`), no sólo en `?v=`, para que los `import` relativos
 * entre módulos la hereden y también se guarden para siempre.
 * @param sinCache en desarrollo: sin huella y revalidando siempre.
 */
export function crearEstaticos({ sinCache }: { sinCache: boolean }): Estaticos {
  const version = sinCache ? '' : huella();
  let hoja = sinCache ? '' : unirCss(recurso);

  function recurso(ruta: string): string {
    if (!version) return ruta;
    if (ruta.startsWith('/estaticos/')) return ruta.replace('/estaticos/', `/estaticos/~${version}/`);
    return `${ruta}?v=${version}`;
  }

  const rutas = Router();
  rutas.use(['/estaticos', '/npm', '/iconos.svg'], compression({ threshold: 800 }));

  rutas.use('/estaticos', (req, res, next) => {
    const partes = /^\/~([\w-]+)(\/.*)$/.exec(req.url);
    if (partes?.[2]) req.url = partes[2];
    // Una huella vieja (pestaña abierta durante un despliegue) recibe lo de hoy, pero no lo guarda.
    const vigente = version !== '' && (partes?.[1] === version || req.query.v === version);
    ponerCache(res, vigente);
    next();
  });
  rutas.get('/estaticos/css/nora.css', (_req, res) => {
    if (sinCache) hoja = unirCss(recurso);
    res.type('css').send(hoja);
  });
  rutas.use(
    '/estaticos',
    express.static(PUBLICO, { cacheControl: false, index: false, redirect: false, fallthrough: true }),
    (_req, res) => noEsta(res),
  );

  rutas.get('/npm/*archivo', (req, res) => {
    const archivo = NPM[decodeURIComponent(req.path.slice('/npm/'.length))];
    if (!archivo) return noEsta(res);
    ponerCache(res, version !== '' && req.query.v === version);
    res.sendFile(archivo, { root: PAQUETES, cacheControl: false, dotfiles: 'allow' });
  });

  rutas.get('/iconos.svg', (req, res) => {
    const { sprite, version: huellaSprite } = armarSprite();
    ponerCache(res, req.query.v === huellaSprite);
    res.type('image/svg+xml').send(sprite);
  });

  rutas.get('/favicon.ico', (_req, res) => {
    ponerCache(res, false);
    res.type('image/svg+xml').sendFile('images/favicon.svg', { root: PUBLICO, cacheControl: false });
  });

  return { rutas, recurso };
}

function noEsta(res: Response): void {
  res.set('Cache-Control', 'no-store').status(404).type('text/plain').send('No existe');
}

function ponerCache(res: Response, inmutable: boolean): void {
  res.set('Cache-Control', inmutable ? UN_ANO : 'no-cache');
  res.set('X-Content-Type-Options', 'nosniff');
}

/** Une la hoja de estilos y versiona sus `url(...)`. */
function unirCss(recurso: (ruta: string) => string): string {
  const carpeta = join(PUBLICO, 'css');
  const componentes = readdirSync(join(carpeta, 'shared')).filter((archivo) => archivo.endsWith('.css'));
  const archivos = [
    ...BASE_CSS.map((nombre) => `base/${nombre}.css`),
    ...componentes.toSorted().map((archivo) => `shared/${archivo}`),
    ...FINAL_CSS.map((nombre) => `base/${nombre}.css`),
  ];
  return archivos
    .map((archivo) => readFileSync(join(carpeta, archivo), 'utf8'))
    .join('\n')
    .replace(/url\("(\/[^"]+)"\)/g, (_todo, ruta: string) => `url("${recurso(ruta)}")`);
}

/** Huella de todo lo que se publica: cambia si cambia un byte de `public/` o un paquete del navegador. */
function huella(): string {
  const suma = createHash('sha256');
  for (const archivo of listarArchivos(PUBLICO))
    suma.update(relative(PUBLICO, archivo)).update(readFileSync(archivo));
  for (const archivo of Object.values(NPM)) suma.update(readFileSync(join(PAQUETES, archivo)));
  return suma.digest('hex').slice(0, 10);
}

function listarArchivos(carpeta: string): string[] {
  return readdirSync(carpeta, { recursive: true, withFileTypes: true })
    .filter((entrada) => entrada.isFile())
    .map((entrada) => join(entrada.parentPath, entrada.name))
    .toSorted();
}
