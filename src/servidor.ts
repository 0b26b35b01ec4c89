import cluster from 'node:cluster';
import { cargarConfig } from './config.ts';
import { crearBaseDeDatos } from './datos/base_de_datos.ts';
import { crearLog } from './web/bitacora.ts';
import { type Arranque, cuidarProceso } from './web/proceso.ts';
import { abrirPuerta } from './web/vida.ts';

/**
 * Abrir la base y leer todas las noras es casi pura espera; cargar el programa, puro procesador. Van a la vez: por eso
 * lo demás se importa aquí dentro y no arriba.
 */
async function arrancar(arranque: Arranque): Promise<void> {
  const { alCerrar, alto } = arranque;
  const config = cargarConfig();
  const dirige = config.rol === 'trabajos' || (config.procesosWeb > 1 && cluster.isPrimary);
  const puerta = dirige ? null : await abrirPuerta(config);
  const log = crearLog(config);

  const base = enMarcha(crearBaseDeDatos(config, log));
  alCerrar(() => base.then((bd) => bd.cerrar(), nada));
  const { crearContexto } = await import('./contexto.ts');
  const bd = await base;
  alto.throwIfAborted();

  const contexto = enMarcha(crearContexto(config, { log, bd }));
  alCerrar(() => contexto.then((ctx) => ctx.cerrar(), nada));
  const { atender, dirigir } = await import('./arranque.ts');
  const ctx = await contexto;
  alto.throwIfAborted();

  await (puerta ? atender(ctx, puerta, arranque) : dirigir(ctx, arranque));
}

/** Lo que avanza mientras se hace otra cosa: si falla antes de que alguien lo espere, no es un error sin atender. */
function enMarcha<T>(promesa: Promise<T>): Promise<T> {
  promesa.catch(nada);
  return promesa;
}

function nada(): void {}

await cuidarProceso(arrancar);
