import { once } from 'node:events';
import { entregarPendientes } from '../../src/ads/reportes/entregar.ts';
import { ticReportes } from '../../src/ads/reportes/tic.ts';
import { leerConfig } from '../../src/config.ts';
import { crearContexto } from '../../src/contexto.ts';

/**
 * Un proceso que hace el tic de los reportes y reparte las cartas cuando se le dice: `node tic_reportes.ts '<json>'`.
 * Varios a la vez sobre la misma base son el lunes de una instalación con varios trabajadores.
 */
const encargo = JSON.parse(process.argv[2] ?? '{}') as {
  entorno: Record<string, string>;
  databaseUrl: string;
  autenticadorUrl: string;
  ahora: string;
};
const config = leerConfig(encargo.entorno);
config.base.databaseUrl = encargo.databaseUrl;
config.base.autenticadorUrl = encargo.autenticadorUrl;
const ctx = await crearContexto(config);
process.send?.('listo');
await once(process, 'message');
const r = await ticReportes(ctx, new Date(encargo.ahora));
await entregarPendientes(ctx);
await ctx.cerrar();
process.send?.(r);
process.disconnect?.();
