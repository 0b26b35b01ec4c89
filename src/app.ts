import compression from 'compression';
import express, { type Express, type RequestHandler } from 'express';
import { crearAdmin } from './admin/index.ts';
import { crearMetricas } from './admin/metricas.ts';
import { crearRegresoFacebook } from './ads/cuentas/regreso.ts';
import { crearReportesPublicos } from './ads/reportes/publico.ts';
import type { Contexto } from './contexto.ts';
import { crearRutasCuentas } from './cuentas/rutas.ts';
import { reconocerUsuario } from './cuentas/sesion.ts';
import { crearSimulador } from './integraciones/simulador/rutas.ts';
import { crearWebhooks } from './mensajes/webhook.ts';
import { crearPanel, RUTA_PANEL } from './noras/panel.ts';
import { crearTablaDeRutas, type TablaDeRutas } from './noras/rutas.ts';
import { crearBitacora } from './web/bitacora.ts';
import { crearCabeceras } from './web/cabeceras.ts';
import { exigirCsrf } from './web/csrf.ts';
import { crearManejadorErrores, rutaDesconocida } from './web/errores.ts';
import { crearEstaticos } from './web/estaticos.ts';
import { TOPE_CUERPO } from './web/limites.ts';
import { metodoDeFormulario } from './web/metodo.ts';
import { crearSalud } from './web/salud.ts';
import type { Vida } from './web/vida.ts';
import { crearSesiones, redirigirYaGuardado } from './web/sesiones.ts';
import { localesDeVista, prepararVistas } from './web/vistas.ts';

export interface PiezasApp {
  /** Lo que /salud dice del proceso; sin él, la aplicación ya está lista (pruebas). */
  vida?: Vida;
  /** El mismo middleware que usan los sockets. */
  sesiones?: RequestHandler;
  /** Donde queda apuntado todo lo montado, para `guardarRutas`. */
  rutas?: TablaDeRutas;
}

/**
 * Arma la aplicación sin escuchar: este archivo es el mapa de lo que pasa con cada petición, de arriba abajo.
 * @throws Error si dos blueprints registran la misma ruta
 */
export function crearApp(ctx: Contexto, piezas: PiezasApp = {}): Express {
  const { vida = { momento: 'listo' }, sesiones = crearSesiones(ctx), rutas = crearTablaDeRutas() } = piezas;
  const app = express();
  const estaticos = crearEstaticos({ sinCache: ctx.config.vistasSinCache });
  prepararVistas(app, { recurso: estaticos.recurso, sinCache: ctx.config.vistasSinCache });
  app.disable('x-powered-by');
  // Sólo se cree en X-Forwarded-* cuando quien habla está en la propia red: túnel, proxy o balanceador.
  app.set('trust proxy', 'loopback, linklocal, uniquelocal');

  const montar = (prefijo: string, nombre: string, router: express.Router): void => {
    rutas.registrarBlueprint({ nombre, prefijo }, router);
    app.use(prefijo, router);
  };

  // Sin sesión ni base por petición: salud, archivos y lo que llama otro servidor con su propia firma.
  app.use(crearBitacora(ctx.log));
  montar('/', 'salud_bp', crearSalud(ctx, vida));
  // Antes que las cabeceras de las páginas: Twilio no las lee y calcularlas cuesta la décima parte de un webhook.
  montar('/', 'webhook_bp', crearWebhooks(ctx));
  app.use(...crearCabeceras(ctx.config));
  montar('/', 'estaticos_bp', estaticos.rutas);
  montar('/', 'metricas_bp', crearMetricas(ctx));
  montar('/', 'reportes_publicos_bp', crearReportesPublicos(ctx));
  const simulador = crearSimulador(ctx);
  montar('/simulador', 'simulador_api_bp', simulador.api);

  // Personas: cuerpo, sesión, token de formulario, quién es.
  app.use(compression({ threshold: 1000 }));
  app.use(express.urlencoded({ extended: false, limit: TOPE_CUERPO }), express.json({ limit: TOPE_CUERPO }));
  app.use(
    sesiones,
    redirigirYaGuardado,
    exigirCsrf,
    metodoDeFormulario,
    reconocerUsuario(ctx),
    localesDeVista,
  );

  montar('/', 'cuentas_bp', crearRutasCuentas(ctx));
  montar('/', 'ads_regreso_bp', crearRegresoFacebook());
  for (const { prefijo, nombre, router } of crearAdmin(ctx, rutas)) montar(prefijo, nombre, router);
  montar('/simulador', 'simulador_bp', simulador.paginas);
  app.use(RUTA_PANEL, crearPanel(ctx, rutas));

  app.use(rutaDesconocida);
  app.use(crearManejadorErrores(ctx));
  return app;
}
