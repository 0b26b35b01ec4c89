import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { Config } from '../config.ts';

/**
 * Cabeceras de seguridad. La CSP no admite código ni estilos en línea, así que no hace falta nonce.
 * En local se apagan HSTS y `upgrade-insecure-requests`: sobre http dejarían la página sin estilos.
 */
export function crearCabeceras(config: Config): RequestHandler[] {
  const produccion = config.entorno === 'produccion';
  return [
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'self'"],
          baseUri: ["'none'"],
          objectSrc: ["'none'"],
          frameAncestors: ["'none'"],
          // Conectar con Facebook es un formulario nuestro que acaba allá, y el navegador revisa toda la cadena.
          formAction: ["'self'", ...origenesDeMeta(config.meta)],
          scriptSrc: ["'self'"],
          scriptSrcAttr: ["'none'"],
          styleSrc: ["'self'"],
          fontSrc: ["'self'"],
          // data: y blob: son las vistas previas de lo que se va a adjuntar.
          imgSrc: ["'self'", 'data:', 'blob:'],
          mediaSrc: ["'self'", 'blob:'],
          // Safari viejo no cuenta ws:// dentro de 'self'.
          connectSrc: ["'self'", origenDeSocket(config.urlPublica)],
          manifestSrc: ["'self'"],
          workerSrc: ["'self'"],
          ...(produccion ? { upgradeInsecureRequests: [] } : {}),
        },
      },
      strictTransportSecurity: produccion ? { maxAge: 31_536_000, includeSubDomains: false } : false,
      referrerPolicy: { policy: 'same-origin' },
      xFrameOptions: { action: 'deny' },
      crossOriginEmbedderPolicy: false,
    }),
    function permisos(_req, res, next) {
      res.setHeader(
        'Permissions-Policy',
        'camera=(), microphone=(self), geolocation=(), payment=(), usb=(), browsing-topics=()',
      );
      next();
    },
  ];
}

function origenDeSocket(urlPublica: string): string {
  return new URL(urlPublica).origin.replace(/^http/, 'ws');
}

function origenesDeMeta({ app, graphUrl }: Config['meta']): string[] {
  if (!app) return [];
  return [graphUrl ? new URL(graphUrl).origin : 'https://*.facebook.com'];
}
