import { createServer } from 'node:http';
import { crearApp } from '../../src/app.ts';
import { leerConfig } from '../../src/config.ts';
import { crearContexto } from '../../src/contexto.ts';
import { montarSockets } from '../../src/tiempo_real/sockets.ts';
import { arrancarTrabajadores } from '../../src/trabajos/trabajadores.ts';
import { crearSesiones } from '../../src/web/sesiones.ts';
import type { EncargoProceso } from './hijos.ts';

/**
 * Un proceso de Nora como los de `src/servidor.ts`, sobre la base de una prueba: `node proceso.ts '<json>'`.
 * Existe para que lo maten: no hay cierre ordenado que ayude.
 */
const encargo = JSON.parse(process.argv[2] ?? '{}') as EncargoProceso;
const config = leerConfig(encargo.entorno);
Object.assign(config, { rol: encargo.rol, puerto: encargo.puerto, urlPublica: encargo.urlPublica });
config.base.databaseUrl = encargo.databaseUrl;
config.base.autenticadorUrl = encargo.autenticadorUrl;

const ctx = await crearContexto(config);
if (encargo.rol === 'web') {
  const sesiones = crearSesiones(ctx);
  const http = createServer(crearApp(ctx, { sesiones }));
  await montarSockets(ctx, http, sesiones);
  await new Promise<void>((listo) => http.listen(encargo.puerto, '127.0.0.1', listo));
} else {
  await montarSockets(ctx, null, null);
  await arrancarTrabajadores(ctx);
}
process.send?.('listo');
// Si muere quien lo arrancó, no se queda huérfano trabajando sobre una base ajena.
process.on('disconnect', () => process.exit(0));
