import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe } from 'node:test';
import { pathToFileURL } from 'node:url';

/** Lo más que puede tardar una prueba, en ms: más que eso está trabada. */
const TOPE_MS = 240_000;
/** Lo que se espera, tras el último archivo, a que se cierre lo que quede por cerrar. */
const TOPE_CIERRE_MS = 30_000;

/**
 * Corre en este proceso, uno tras otro, los archivos de `<corrida>/lista` que ningún otro proceso haya tomado ya.
 *
 * Un proceso por archivo gastaba dos segundos de procesador en cargar lo mismo setenta veces: la tercera parte de todo lo que
 * duraban las pruebas. Cada archivo sigue abriendo su aplicación y su base: nada se comparte más que el código cargado.
 * @param corrida carpeta de esta corrida; `lista` lleva un archivo por renglón, desde la raíz del proyecto
 * @param delFinal toma la lista de atrás para adelante: así uno lleva las de navegador, que llenan el procesador, mientras otro
 * lleva las que esperan, y no los dos lo mismo a la vez
 */
export async function correrCarril(corrida: string, delFinal: boolean): Promise<void> {
  let enCurso: string | null = null;
  // Sin esto, una prueba que termina el proceso con 0 se llevaría en silencio los archivos que faltan.
  process.on('exit', () => {
    if (enCurso === null) return;
    console.error(`El proceso terminó a la mitad de ${enCurso}`);
    process.exitCode = 1;
  });
  const lista = readFileSync(join(corrida, 'lista'), 'utf8').trim().split('\n');
  for (const archivo of delFinal ? lista.toReversed() : lista) {
    if (!tomar(corrida, archivo)) continue;
    enCurso = archivo;
    await correr(archivo);
    enCurso = null;
  }
  // Sólo dispara si algo mantiene vivo al proceso: lo que un archivo dejó abierto lo haría esperar para siempre.
  setTimeout(() => {
    console.error(`Una prueba dejó algo abierto: ${process.getActiveResourcesInfo().join(', ')}`);
    process.exit(1);
  }, TOPE_CIERRE_MS).unref();
}

/** Crear una carpeta lo logra uno solo. */
function tomar(corrida: string, archivo: string): boolean {
  try {
    mkdirSync(join(corrida, archivo.replaceAll('/', '-')));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Vuelve cuando acabó la última prueba del archivo: cargar el siguiente antes revolvería a quién pertenece cada una. */
function correr(archivo: string): Promise<void> {
  return new Promise((listo) => {
    void describe(archivo, { timeout: TOPE_MS }, async () => {
      after(() => listo());
      try {
        await import(pathToFileURL(archivo).href);
      } catch (error) {
        listo();
        throw error;
      }
    });
  });
}

// `node test/apoyo/carril.ts <corrida> <carriles>`: deja ahí un archivo por carril, que es lo que `node --test` sabe correr.
if (process.argv[1] === import.meta.filename) {
  const [corrida = '', carriles = '2'] = process.argv.slice(2);
  // Las carpetas en una punta: llevan lo más largo. Los carriles se encuentran en lo corto de en medio y cierran parejo.
  const archivos = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((a) => a.endsWith('.test.ts'))
    .sort((a, b) => Number(b.includes('/')) - Number(a.includes('/')) || a.localeCompare(b));
  writeFileSync(join(corrida, 'lista'), archivos.map((a) => `test/${a}`).join('\n'));
  for (let i = 1; i <= Number(carriles); i++)
    writeFileSync(
      join(corrida, `carril_${i}.test.mjs`),
      `import { correrCarril } from ${JSON.stringify(pathToFileURL(import.meta.filename).href)};\nawait correrCarril(${JSON.stringify(corrida)}, ${i % 2 === 0});\n`,
    );
}
