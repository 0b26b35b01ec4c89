import { pino } from 'pino';
import { cargarConfig } from '../src/config.ts';
import { crearAdjuntos } from '../src/datos/adjuntos.ts';
import { crearBaseDeDatos } from '../src/datos/base_de_datos.ts';
import { ErrorRespaldo } from '../src/datos/respaldo.ts';
import { restaurarRespaldo } from '../src/datos/restauracion.ts';

// node scripts/restaurar.ts <carpeta del respaldo>: con Nora apagada, comprueba las sumas y lo pone en la base configurada, que
// no debe tener noras.
const carpeta = process.argv[2];
if (!carpeta) {
  process.stderr.write(
    'Di qué respaldo: node scripts/restaurar.ts .datos/respaldos/respaldo_20261121T021000Z\n',
  );
  process.exit(2);
}
const config = cargarConfig();
const bd = await crearBaseDeDatos(config, pino({ level: 'warn' }));
try {
  const r = await restaurarRespaldo({ bd, adjuntos: crearAdjuntos(config, bd.servicio) }, carpeta);
  process.stdout.write(
    `Listo: ${r.filas} filas y ${r.archivos} archivos.\nDe lo que estaba por salir no se reenvió nada: ${r.inciertos} envíos quedaron como «No sabemos si llegó» y ${r.esperan} conversaciones esperan a una persona.\nUsa la misma CLAVE_CIFRADO de antes: con otra no abren las credenciales guardadas.\n`,
  );
} catch (error) {
  if (!(error instanceof ErrorRespaldo)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  await bd.cerrar();
}
