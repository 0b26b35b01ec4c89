import { pino } from 'pino';
import { cargarConfig } from '../src/config.ts';
import { crearBaseDeDatos } from '../src/datos/base_de_datos.ts';
import { DEMO } from '../src/demo/datos.ts';
import { sembrar } from '../src/demo/sembrar.ts';

// node scripts/sembrar.ts: pone los datos de la demo en una base vacía. En una base con noras no toca nada.
const config = cargarConfig();
const bd = await crearBaseDeDatos(config, pino({ level: config.nivelLog }));
try {
  const hecho = await sembrar(bd, DEMO);
  const lineas = hecho
    ? ['Demo lista. Entra con:', ...DEMO.usuarios.map((u) => `  ${u.correo}  ${u.clave}`)]
    : ['La base ya tiene noras; no se cambió nada.'];
  process.stdout.write(`${lineas.join('\n')}\n`);
} finally {
  await bd.cerrar();
}
