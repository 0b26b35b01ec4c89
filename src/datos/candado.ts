import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as dormir } from 'node:timers/promises';

let contador = 0;

/**
 * Corre `fn` siendo el unico proceso de la maquina dentro de `ruta`. Si el dueño del candado murió, se toma.
 * Es por cortesía entre arranques: quien de verdad impide dos servidores sobre la misma carpeta es PostgreSQL.
 * @throws Error si en `esperaMs` no se pudo entrar.
 */
export async function conCandado<T>(ruta: string, fn: () => Promise<T>, esperaMs = 60_000): Promise<T> {
  const limite = Date.now() + esperaMs;
  // Se escribe aparte y aparece entero: con el disco lleno quedaria uno vacio, de nadie.
  const mio = `${ruta}.${process.pid}-${(contador += 1)}`;
  try {
    writeFileSync(mio, firmaDeProceso());
    while (!tomar(ruta, mio)) {
      if (Date.now() > limite) throw new Error(`Otro proceso lleva demasiado tiempo con ${ruta}`);
      await dormir(40);
    }
  } finally {
    rmSync(mio, { force: true });
  }
  try {
    return await fn();
  } finally {
    rmSync(ruta, { force: true });
  }
}

/** Identifica un proceso de modo que un pid reciclado no se confunda: "pid" o "pid:inicio" donde hay /proc. */
export function firmaDeProceso(pid: number = process.pid): string {
  const inicio = leerEstado(pid)?.inicio;
  return inicio ? `${pid}:${inicio}` : `${pid}`;
}

/** ¿Sigue vivo el proceso de esta firma? Un zombi no cuenta. */
export function vive(firma: string): boolean {
  const [texto, inicio] = firma.trim().split(':');
  const pid = Number(texto);
  if (!Number.isInteger(pid) || pid <= 0 || !existe(pid)) return false;
  const estado = leerEstado(pid);
  if (!estado) return true;
  return estado.letra !== 'Z' && (!inicio || inicio === estado.inicio);
}

/** Nombre del programa de un pid, o null si no se puede saber (sin /proc). */
export function nombreDeProceso(pid: number): string | null {
  return leerEstado(pid)?.nombre ?? null;
}

function tomar(ruta: string, mio: string): boolean {
  try {
    linkSync(mio, ruta);
    return true;
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'EEXIST') throw e;
  }
  const dueno = leer(ruta);
  if (dueno !== null && !vive(dueno)) apartar(ruta, dueno);
  return false;
}

function apartar(ruta: string, dueno: string): void {
  if (leer(ruta) !== dueno) return;
  try {
    const muerto = `${ruta}.${process.pid}`;
    renameSync(ruta, muerto);
    rmSync(muerto, { force: true });
  } catch {
    // Otro lo aparto primero.
  }
}

function leer(ruta: string): string | null {
  try {
    return readFileSync(ruta, 'utf8');
  } catch {
    return null;
  }
}

function existe(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function leerEstado(pid: number): { nombre: string; letra: string; inicio: string } | null {
  try {
    const texto = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // El nombre va entre parentesis y puede traer espacios: se corta por el ultimo parentesis.
    const fin = texto.lastIndexOf(')');
    const campos = texto.slice(fin + 2).split(' ');
    return {
      nombre: texto.slice(texto.indexOf('(') + 1, fin),
      letra: campos[0] ?? '',
      inicio: campos[19] ?? '',
    };
  } catch {
    return null;
  }
}
