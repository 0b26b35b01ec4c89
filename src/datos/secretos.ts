import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Los secretos que la instalacion local se inventa y conserva; perderlos deja ilegible lo cifrado. */
export interface Secretos {
  sesion: string;
  /** 32 bytes. */
  cifrado: Buffer;
  jwt: string;
  clavePostgres: string;
  claveDueno: string;
  claveAutenticador: string;
}

/** La carpeta de datos no sirve; `message` es una linea que dice que corregir. */
export class ErrorSecretos extends Error {
  override name = 'ErrorSecretos';
}

/**
 * Lee `carpeta/secretos.json` o lo crea con permisos 0600. Dos procesos a la vez acaban con el mismo.
 * @throws ErrorSecretos si no se puede escribir ahi, o si el archivo existe y no se entiende: nunca se pisa.
 */
export function abrirSecretos(carpeta: string): Secretos {
  try {
    return leerOCrear(carpeta);
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    if (!code) throw e;
    throw new ErrorSecretos(
      `DATOS_DIR: no puedo usar ${carpeta} (${code}): dale permiso de escritura a esta cuenta o pon otra carpeta`,
    );
  }
}

function leerOCrear(carpeta: string): Secretos {
  mkdirSync(carpeta, { recursive: true });
  const ruta = join(carpeta, 'secretos.json');
  const existentes = leer(ruta);
  if (existentes) return existentes;
  const temporal = `${ruta}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(temporal, `${JSON.stringify(inventar(), null, 2)}\n`, { mode: 0o600 });
  try {
    linkSync(temporal, ruta);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'EEXIST') throw e;
  } finally {
    rmSync(temporal, { force: true });
  }
  const creados = leer(ruta);
  if (!creados) throw new ErrorSecretos(`No pude crear ${ruta}`);
  return creados;
}

const esquema = z.object({
  sesion: z.string().min(32),
  cifrado: z.string().transform((v) => Buffer.from(v, 'base64')),
  jwt: z.string().min(32),
  clavePostgres: z.string().min(16),
  claveDueno: z.string().min(16),
  claveAutenticador: z.string().min(16),
});

function leer(ruta: string): Secretos | null {
  let texto: string;
  try {
    texto = readFileSync(ruta, 'utf8');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw e;
  }
  const r = esquema.safeParse(aJson(texto));
  if (!r.success || r.data.cifrado.length !== 32)
    throw new ErrorSecretos(
      `${ruta} está dañado: restaura tu copia (sin él no se puede abrir la base ni lo cifrado)`,
    );
  chmodSync(ruta, 0o600);
  return r.data;
}

function aJson(texto: string): unknown {
  try {
    return JSON.parse(texto);
  } catch {
    return null;
  }
}

function inventar(): Record<keyof Secretos, string> {
  const azar = () => randomBytes(32).toString('base64url');
  return {
    sesion: azar(),
    cifrado: randomBytes(32).toString('base64'),
    jwt: azar(),
    clavePostgres: azar(),
    claveDueno: azar(),
    claveAutenticador: azar(),
  };
}
