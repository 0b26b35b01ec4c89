import cluster from 'node:cluster';
import { createServer, type RequestListener } from 'node:http';
import { crearApp } from './app.ts';
import { cargarConfig, type Config } from './config.ts';
import { crearContexto } from './contexto.ts';
import { asegurarAdminInicial } from './cuentas/admin_inicial.ts';
import { asegurarDemo } from './demo/sembrar.ts';
import { crearTablaDeRutas, guardarRutas } from './noras/rutas.ts';
import { montarSockets } from './tiempo_real/sockets.ts';
import { arrancarTrabajadores } from './trabajos/trabajadores.ts';
import { type Arranque, anunciar, cuidarProceso, drenar, escuchar, repartir } from './web/proceso.ts';
import { contestarMomento, type Vida } from './web/salud.ts';
import { crearSesiones } from './web/sesiones.ts';

/** Un proceso que atiende. El puerto se abre primero: mientras arranca, /salud contesta 503. */
async function atender(config: Config, { alCerrar, alto }: Arranque): Promise<void> {
  const vida: Vida = { momento: 'arrancando' };
  let manejador: RequestListener = contestarMomento(vida);
  const http = createServer((req, res) => manejador(req, res));
  await escuchar(http, config);
  const ctx = await crearContexto(config);
  alCerrar(() => ctx.cerrar());
  alto.throwIfAborted();
  await asegurarAdminInicial(ctx);
  const accesos = await asegurarDemo(ctx);
  alto.throwIfAborted();
  const rutas = crearTablaDeRutas();
  const sesiones = crearSesiones(ctx);
  manejador = crearApp(ctx, { vida, sesiones, rutas });
  const sockets = await montarSockets(ctx, http, sesiones);
  await guardarRutas(ctx.bd.servicio, rutas);
  if (config.rol === 'todo') {
    const trabajadores = await arrancarTrabajadores(ctx);
    alCerrar(() => trabajadores.parar());
  }
  alCerrar(() => drenar(http, sockets, config));
  alCerrar(() => void (vida.momento = 'drenando'));
  vida.momento = 'listo';
  anunciar(config, accesos);
}

/** El proceso que no atiende páginas: trabajos, y el cuidado de los procesos web cuando son varios. */
async function dirigir(config: Config, { alCerrar, alto }: Arranque): Promise<void> {
  const ctx = await crearContexto(config);
  alCerrar(() => ctx.cerrar());
  alto.throwIfAborted();
  await asegurarAdminInicial(ctx);
  const accesos = await asegurarDemo(ctx);
  alto.throwIfAborted();
  if (config.rol !== 'trabajos') {
    const web = repartir(config.procesosWeb, ctx.log);
    alCerrar(() => web.cerrar());
    await web.listos;
  }
  if (config.rol !== 'web') {
    // Después de los procesos web: el teléfono simulado les habla por HTTP.
    const sockets = await montarSockets(ctx, null, null);
    alCerrar(() => sockets.cerrar());
    const trabajadores = await arrancarTrabajadores(ctx);
    alCerrar(() => trabajadores.parar());
  }
  anunciar(config, accesos);
}

await cuidarProceso(async (arranque) => {
  const config = cargarConfig();
  const varios = config.procesosWeb > 1 && cluster.isPrimary;
  await (config.rol === 'trabajos' || varios ? dirigir : atender)(config, arranque);
});
