import { pino } from 'pino';
import { cargarConfig } from '../src/config.ts';
import { crearAdjuntos } from '../src/datos/adjuntos.ts';
import { crearBaseDeDatos } from '../src/datos/base_de_datos.ts';
import { crearRespaldo, podarRespaldos } from '../src/datos/respaldo.ts';

// node scripts/backup_diario.ts [carpeta]: copia toda la base (una sola foto) y los archivos, con sumas, y borra los respaldos que sobran.
const config = cargarConfig();
const destino = process.argv[2] ?? config.respaldos.dir;
const bd = await crearBaseDeDatos(config, pino({ level: 'warn' }));
try {
  const r = await crearRespaldo({ bd, adjuntos: crearAdjuntos(config, bd.servicio) }, destino);
  const borrados = await podarRespaldos(destino, config.respaldos.cuantos);
  const lineas = [
    `Respaldo en ${r.carpeta}: ${r.filas} filas y ${r.archivos} archivos.`,
    ...(r.perdidos ? [`Ojo: ${r.perdidos} archivos que la base nombra ya no estaban.`] : []),
    ...(borrados.length ? [`Se borraron los viejos: ${borrados.join(', ')}.`] : []),
    'Las credenciales van cifradas: para abrirlas hace falta la misma CLAVE_CIFRADO, que no está en el respaldo. Guárdala aparte.',
  ];
  process.stdout.write(`${lineas.join('\n')}\n`);
} finally {
  await bd.cerrar();
}
