import { crearApp } from './app.ts';
import type { Contexto } from './contexto.ts';
import { asegurarAdminInicial } from './cuentas/admin_inicial.ts';
import { asegurarDemo } from './demo/sembrar.ts';
import { crearTablaDeRutas, guardarRutas } from './noras/rutas.ts';
import { montarSockets } from './tiempo_real/sockets.ts';
import { arrancarTrabajadores } from './trabajos/trabajadores.ts';
import { type Arranque, anunciar, drenar, repartir } from './web/proceso.ts';
import { crearSesiones } from './web/sesiones.ts';
import type { Puerta } from './web/vida.ts';

/** Un proceso que atiende páginas y webhooks por la puerta ya abierta. */
export async function atender(ctx: Contexto, puerta: Puerta, { alCerrar, alto }: Arranque): Promise<void> {
  const { config } = ctx;
  const { http, vida } = puerta;
  // Comprobar la clave del admin cuesta un tercio de segundo en otro hilo: mientras, se arma la aplicación.
  const preparando = prepararCuentas(ctx);
  const rutas = crearTablaDeRutas();
  const sesiones = crearSesiones(ctx);
  const app = crearApp(ctx, { vida, sesiones, rutas });
  const [sockets, , accesos] = await Promise.all([
    montarSockets(ctx, http, sesiones),
    guardarRutas(ctx.bd.servicio, rutas),
    preparando,
  ]);
  alto.throwIfAborted();
  let trabajadores: ReturnType<typeof arrancarTrabajadores> | null = null;
  // Se cierra al revés: primero se avisa, luego se drena y al final paran los trabajadores, aunque vayan a medio entrar.
  alCerrar(async () => (await trabajadores)?.parar());
  alCerrar(() => drenar(http, sockets, config));
  alCerrar(() => void (vida.momento = 'drenando'));
  vida.momento = 'listo';
  await puerta.atenderCon(app);
  // Ya se reciben mensajes: los trabajadores toman al entrar lo que haya llegado.
  if (config.rol === 'todo') await (trabajadores = arrancarTrabajadores(ctx));
  anunciar(config, accesos);
}

/** El proceso que no atiende páginas: trabajos, y el cuidado de los procesos web cuando son varios. */
export async function dirigir(ctx: Contexto, { alCerrar, alto }: Arranque): Promise<void> {
  const { config } = ctx;
  const accesos = await prepararCuentas(ctx);
  alto.throwIfAborted();
  if (config.rol !== 'trabajos') {
    const web = repartir(config.procesosWeb, ctx.log, alto);
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

/** El admin de la configuración y, en una base vacía, las noras de demostración. Devuelve sus accesos. */
async function prepararCuentas(ctx: Contexto): ReturnType<typeof asegurarDemo> {
  await asegurarAdminInicial(ctx);
  return asegurarDemo(ctx);
}
