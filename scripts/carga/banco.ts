import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as dormir } from 'node:timers/promises';
import pg from 'pg';
import { abrirEmbebido, type ServidorEmbebido } from '../../src/datos/embebido.ts';
import { migrar } from '../../src/datos/migraciones.ts';
import { terminar } from './canal.ts';
import type { Cuenta } from './mensajes.ts';

/** Una carpeta de datos propia, con su PostgreSQL embebido tal como corre en una instalación normal. */
export interface Banco {
  /** Consulta como superusuario: sembrar sin esperar disparadores y mirar sin muro. */
  sql<T extends object>(texto: string, valores?: unknown[]): Promise<T[]>;
  /** Varias sentencias en la misma conexión. */
  enUna<T>(fn: (c: pg.Client) => Promise<T>): Promise<T>;
  /** Arranca `src/servidor.ts` sobre esta carpeta y espera a que /salud diga que sí. */
  arrancar(entorno?: Record<string, string>): Promise<ServidorNora>;
  /** Corre un guion de `scripts/` sobre esta carpeta hasta que termina. */
  correr(guion: string, argumentos: string[], entorno: Record<string, string>): Promise<Corrida>;
  /** Detiene PostgreSQL para medir un arranque desde cero; la siguiente consulta lo vuelve a abrir. */
  apagar(): Promise<void>;
  cerrar(): Promise<void>;
}

export interface ServidorNora {
  url: string;
  puerto: number;
  pid: number;
  /** De lanzar el proceso a que /salud contestó 200. */
  arranqueMs: number;
  rssMb(): number;
  parar(): Promise<void>;
}

export interface Corrida {
  codigo: number | null;
  ms: number;
  /** RSS en MB cuando llevaba una quinta parte del tiempo, y lo más alto de la última quinta parte. */
  rssAlPrincipio: number;
  rssAlFinal: number;
}

export const ADMIN = { correo: 'carga@nora.local', clave: 'una clave para medir 7' };
const SERVIDOR = join(import.meta.dirname, '../../src/servidor.ts');

/** @param perfil carpeta donde dejar un perfil de CPU por proceso de Nora, si se quiere */
export async function abrirBanco(cuenta: Cuenta, urlTwilio: string, perfil: string | null): Promise<Banco> {
  const datosDir = mkdtempSync(join(tmpdir(), 'nora-carga-'));
  const vivos = new Set<ChildProcess>();
  let base: ServidorEmbebido | null = await abrirEmbebido(datosDir);
  try {
    await migrar(base.urlDueno);
  } catch (error) {
    await base.soltar();
    rmSync(datosDir, { recursive: true, force: true });
    throw error;
  }

  async function enUna<T>(fn: (c: pg.Client) => Promise<T>): Promise<T> {
    base ??= await abrirEmbebido(datosDir);
    const url = new URL(base.urlPostgres);
    url.pathname = '/nora';
    const c = new pg.Client(url.toString());
    await c.connect();
    try {
      return await fn(c);
    } finally {
      await c.end();
    }
  }

  async function apagar(): Promise<void> {
    await base?.soltar();
    base = null;
  }

  return {
    enUna,
    apagar,
    sql: (texto, valores) => enUna(async (c) => (await c.query(texto, valores)).rows as never),
    async arrancar(entorno = {}) {
      const puerto = await puertoLibre();
      const url = `http://127.0.0.1:${puerto}`;
      const inicio = performance.now();
      const banderas = perfil ? ['--cpu-prof', `--cpu-prof-dir=${perfil}`] : [];
      if (perfil) mkdirSync(perfil, { recursive: true });
      const hijo = spawn(process.execPath, [...banderas, SERVIDOR], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: {
          // Lejos de la del proyecto: el .env de quien mide no debe entrar en la medición.
          NORA_CARPETA: datosDir,
          PORT: String(puerto),
          DATOS_DIR: datosDir,
          URL_PUBLICA: url,
          // Como arranca scripts/up.
          NODE_OPTIONS: '--max-old-space-size=512 --max-semi-space-size=8',
          NODE_COMPILE_CACHE: join(tmpdir(), 'nora-carga-compilado'),
          NORA_DEMO: '0',
          // El de hoy no se ha hecho: correría a media medición.
          RESPALDO_NOCTURNO: '0',
          NIVEL_LOG: 'warn',
          ADMIN_CORREO: ADMIN.correo,
          ADMIN_CLAVE: ADMIN.clave,
          TWILIO_ACCOUNT_SID: cuenta.accountSid,
          TWILIO_AUTH_TOKEN: cuenta.authToken,
          TWILIO_API_URL: urlTwilio,
          ...entorno,
        },
      });
      vivos.add(hijo);
      await esperarSalud(url, hijo);
      const pid = hijo.pid ?? 0;
      return {
        url,
        puerto,
        pid,
        arranqueMs: performance.now() - inicio,
        rssMb: () => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]).toString()) / 1024,
        async parar() {
          await terminar(hijo);
          vivos.delete(hijo);
        },
      };
    },
    async correr(guion, argumentos, entorno) {
      // El guion adopta el PostgreSQL de la carpeta: que ya esté arriba.
      await enUna((c) => c.query('select 1'));
      const inicio = performance.now();
      const hijo = spawn(process.execPath, [join(import.meta.dirname, '..', guion), ...argumentos], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: {
          NORA_CARPETA: datosDir,
          DATOS_DIR: datosDir,
          NORA_DEMO: '0',
          NODE_OPTIONS: '--max-old-space-size=512 --max-semi-space-size=8',
          ...entorno,
        },
      });
      vivos.add(hijo);
      const muestras: number[] = [];
      const reloj = setInterval(() => {
        try {
          const estado = readFileSync(`/proc/${hijo.pid}/status`, 'utf8');
          muestras.push(Math.round(Number(/VmRSS:\s+(\d+)/.exec(estado)?.[1]) / 1024));
        } catch {
          // Ya terminó.
        }
      }, 250);
      const [codigo] = (await once(hijo, 'exit')) as [number | null];
      clearInterval(reloj);
      vivos.delete(hijo);
      const quinta = Math.floor(muestras.length / 5);
      return {
        codigo,
        ms: performance.now() - inicio,
        rssAlPrincipio: Math.max(0, ...muestras.slice(0, quinta + 1)),
        rssAlFinal: Math.max(0, ...muestras.slice(-quinta - 1)),
      };
    },
    async cerrar() {
      for (const hijo of vivos) await terminar(hijo);
      await apagar();
      rmSync(datosDir, { recursive: true, force: true });
    },
  };
}

async function esperarSalud(url: string, hijo: ChildProcess): Promise<void> {
  for (let i = 0; i < 3000; i++) {
    if (hijo.exitCode !== null) throw new Error(`Nora no arrancó (salió con ${hijo.exitCode})`);
    const r = await fetch(`${url}/salud`).catch(() => null);
    await r?.arrayBuffer();
    if (r?.status === 200) return;
    await dormir(10);
  }
  throw new Error('Nora no estuvo lista en 30 s');
}

function puertoLibre(): Promise<number> {
  return new Promise((listo) => {
    const s = createServer().listen(0, '127.0.0.1', () => {
      const { port } = s.address() as AddressInfo;
      s.close(() => listo(port));
    });
  });
}
