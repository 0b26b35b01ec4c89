import { createHash, randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as dormir } from 'node:timers/promises';
import pg from 'pg';
import { type Config, leerConfig } from '../../src/config.ts';
import { conCandado, firmaDeProceso, vive } from '../../src/datos/candado.ts';
import { abrirEmbebido, type ServidorEmbebido } from '../../src/datos/embebido.ts';
import { CARPETA_MIGRACIONES, leerMigraciones, migrar } from '../../src/datos/migraciones.ts';

/** Una base de datos recien migrada, solo para un archivo de pruebas. */
export interface BaseDePrueba {
  /** Conexion del dueño (la que usan migraciones y pool). */
  url: string;
  /** Configuracion lista para `crearContexto` o `crearBaseDeDatos`: modo embebido contra esta base. */
  config: Config;
  /** Borra la base y la carpeta de datos. Llamar en `after`. */
  cerrar(): Promise<void>;
}

/** Un PostgreSQL por maquina y usuario, compartido por todos los archivos de prueba que corran a la vez. */
const CARPETA = join(tmpdir(), `nora-pruebas-${process.getuid?.() ?? 0}`);
const USOS = join(CARPETA, 'usos');

/**
 * Base nueva para este archivo: se copia de una plantilla ya migrada (unos 100 ms despues de la primera).
 * @param entorno variables extra, como en `.env` (por ejemplo `{ TWILIO_ACCOUNT_SID: … }`).
 * @param carpeta otra carpeta de migraciones.
 */
export async function prepararBase(
  entorno: Record<string, string> = {},
  carpeta: string = CARPETA_MIGRACIONES,
): Promise<BaseDePrueba> {
  const servidor = await abrirServidor();
  const nombre = `t_${process.pid}_${randomBytes(4).toString('hex')}`;
  const plantilla = await asegurarPlantilla(servidor, carpeta);
  await comoPostgres(servidor, (c) =>
    // Copiar los archivos tarda la mitad que pasarlos, página por página, por la bitácora.
    c.query(`create database ${nombre} template ${plantilla} strategy file_copy owner nora_dueno`),
  );
  const datosDir = mkdtempSync(join(CARPETA, 'datos-'));
  const url = enBase(servidor.urlDueno, nombre);
  const config = leerConfig({
    DATOS_DIR: datosDir,
    PORT: '0',
    NORA_DEMO: '0',
    NIVEL_LOG: 'silent',
    VISTAS_SIN_CACHE: '0',
    ...entorno,
  });
  config.base.databaseUrl = url;
  config.base.autenticadorUrl = enBase(servidor.urlAutenticador, nombre);
  return {
    url,
    config,
    async cerrar() {
      await comoPostgres(servidor, async (c) => {
        await sinConexiones(c, nombre);
        await c.query(`drop database if exists ${nombre} with (force)`);
      });
      rmSync(datosDir, { recursive: true, force: true });
    },
  };
}

// Lo que se rechaza cuando ya no corre ninguna prueba reprueba el archivo entero sin decir por qué: que se lea.
if (process.argv[1] !== import.meta.filename) {
  process.on('unhandledRejection', (error) => console.error('Promesa sin atender:', error));
  process.on('uncaughtExceptionMonitor', (error) => console.error('Excepción sin atender:', error));
}

/**
 * `pool.end()` vuelve antes de que sus conexiones terminen de irse; cortarle una en ese instante lanza un error que ya nadie
 * espera y reprueba el archivo. Las que no se van se cortan igual.
 */
async function sinConexiones(c: pg.Client, base: string): Promise<void> {
  for (let i = 0; i < 20; i++) {
    const { rowCount } = await c.query('select from pg_stat_activity where datname = $1', [base]);
    if (!rowCount) return;
    await dormir(10);
  }
}

let abierto: Promise<ServidorEmbebido> | null = null;

/** El servidor de pruebas; lo apaga su vigilante cuando nadie lo ha usado en unos segundos. */
function abrirServidor(): Promise<ServidorEmbebido> {
  abierto ??= (async () => {
    mkdirSync(USOS, { recursive: true });
    writeFileSync(join(USOS, firmaDeProceso().replace(':', '-')), '');
    lanzarVigilante();
    return abrirEmbebido(CARPETA, { fragil: true });
  })();
  return abierto;
}

async function asegurarPlantilla(servidor: ServidorEmbebido, carpeta: string): Promise<string> {
  const huella = createHash('sha256');
  for (const m of leerMigraciones(carpeta)) huella.update(`${m.nombre}\0${m.huella}\0`);
  const plantilla = `plantilla_${huella.digest('hex').slice(0, 16)}`;
  await conCandado(join(CARPETA, `${plantilla}.candado`), () =>
    comoPostgres(servidor, async (c) => {
      const { rowCount } = await c.query('select from pg_database where datname = $1', [plantilla]);
      if (rowCount) return;
      // Se migra con otro nombre y se renombra al final: una plantilla a medias nunca se usa.
      const obra = `obra_${randomBytes(4).toString('hex')}`;
      await c.query(`create database ${obra} owner nora_dueno`);
      try {
        await migrar(enBase(servidor.urlDueno, obra), carpeta);
        await c.query(`alter database ${obra} rename to ${plantilla}`);
      } catch (e) {
        await c.query(`drop database if exists ${obra} with (force)`);
        throw e;
      }
    }),
  );
  return plantilla;
}

async function comoPostgres<T>(servidor: ServidorEmbebido, fn: (c: pg.Client) => Promise<T>): Promise<T> {
  const cliente = new pg.Client(servidor.urlPostgres);
  await cliente.connect();
  try {
    return await fn(cliente);
  } finally {
    await cliente.end();
  }
}

/** La misma conexion, hacia otra base. */
export function enBase(url: string, base: string): string {
  const u = new URL(url);
  u.pathname = `/${base}`;
  return u.toString();
}

const CANDADO_VIGILANTE = join(CARPETA, 'vigilante.candado');
const ORDEN_APAGAR = join(CARPETA, 'apagar');

function lanzarVigilante(): void {
  rmSync(ORDEN_APAGAR, { force: true });
  if (existsSync(CANDADO_VIGILANTE) && vive(readFileSync(CANDADO_VIGILANTE, 'utf8'))) return;
  spawn(process.execPath, [import.meta.filename, '--vigilar'], { detached: true, stdio: 'ignore' }).unref();
}

function usosVivos(): number {
  let n = 0;
  for (const nombre of readdirSync(USOS)) {
    if (vive(nombre.replace('-', ':'))) n++;
    else rmSync(join(USOS, nombre), { force: true });
  }
  return n;
}

/** Un solo vigilante a la vez: apaga PostgreSQL y borra la carpeta cuando dejan de usarla. */
async function vigilar(ociosoMs: number): Promise<void> {
  await conCandado(
    CANDADO_VIGILANTE,
    async () => {
      do {
        const servidor = await abrirEmbebido(CARPETA, { fragil: true });
        for (let desde = Date.now(); Date.now() - desde < ociosoMs; ) {
          await dormir(300);
          if (usosVivos() > 0) desde = Date.now();
          else if (existsSync(ORDEN_APAGAR)) break;
        }
        await servidor.soltar();
      } while (usosVivos() > 0);
      rmSync(CARPETA, { recursive: true, force: true });
    },
    100,
  );
}

/** Pide al vigilante que apague ya; si otra corrida sigue usando el servidor, la respeta. */
async function apagar(): Promise<void> {
  if (!existsSync(CARPETA)) return;
  writeFileSync(ORDEN_APAGAR, '');
  for (let i = 0; i < 40 && existsSync(CARPETA) && usosVivos() === 0; i++) await dormir(250);
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv[2] === '--vigilar') await vigilar(20_000).catch(() => {});
  if (process.argv[2] === '--apagar') await apagar();
}
