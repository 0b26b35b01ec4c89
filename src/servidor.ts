import cluster from 'node:cluster';
import { createServer, type RequestListener } from 'node:http';
import { crearApp } from './app.ts';
import { cargarConfig, type Config } from './config.ts';
import { crearContexto } from './contexto.ts';
import { asegurarAdminInicial } from './cuentas/admin_inicial.ts';
import { crearTablaDeRutas, guardarRutas } from './noras/rutas.ts';
import { montarSockets } from './tiempo_real/sockets.ts';
import { arrancarTrabajadores } from './trabajos/trabajadores.ts';
import { alSalir, anunciar, drenar, escuchar, morirConUnaLinea, repartir } from './web/proceso.ts';
import { contestarMomento, type Vida } from './web/salud.ts';
import { crearSesiones } from './web/sesiones.ts';

/** Un proceso que atiende. El puerto se abre primero: mientras arranca, /salud contesta 503. */
async function atender(config: Config): Promise<void> {
  const vida: Vida = { momento: 'arrancando' };
  let manejador: RequestListener = contestarMomento(vida);
  const http = createServer((req, res) => manejador(req, res));
  await escuchar(http, config);
  const ctx = await crearContexto(config);
  await asegurarAdminInicial(ctx);
  const rutas = crearTablaDeRutas();
  const sesiones = crearSesiones(ctx);
  const app = crearApp(ctx, { vida, sesiones, rutas });
  const sockets = await montarSockets(ctx, http, sesiones);
  await guardarRutas(ctx.bd.servicio, rutas);
  const trabajadores = config.rol === 'todo' ? await arrancarTrabajadores(ctx) : null;
  alSalir(ctx.log, async () => {
    vida.momento = 'drenando';
    await drenar(http, sockets);
    await trabajadores?.parar();
    await ctx.cerrar();
  });
  manejador = app;
  vida.momento = 'listo';
  anunciar(config);
}

/** El proceso que no atiende páginas: trabajos, y el cuidado de los procesos web cuando son varios. */
async function dirigir(config: Config): Promise<void> {
  const ctx = await crearContexto(config);
  await asegurarAdminInicial(ctx);
  const web = config.rol === 'trabajos' ? null : repartir(config.procesosWeb, ctx.log);
  const trabajadores = config.rol === 'web' ? null : await arrancarTrabajadores(ctx);
  const cerrar = async (): Promise<void> => {
    await web?.cerrar();
    await trabajadores?.parar();
    await ctx.cerrar();
  };
  alSalir(ctx.log, cerrar);
  await web?.listos.catch(async (error: unknown) => {
    await cerrar();
    throw error;
  });
  anunciar(config);
}

try {
  const config = cargarConfig();
  const variosProcesos = config.procesosWeb > 1 && cluster.isPrimary;
  await (config.rol === 'trabajos' || variosProcesos ? dirigir(config) : atender(config));
} catch (error) {
  morirConUnaLinea(error);
}
