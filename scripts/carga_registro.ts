import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as dormir } from 'node:timers/promises';
import pg from 'pg';
import { abrirEmbebido } from '../src/datos/embebido.ts';
import { migrar } from '../src/datos/migraciones.ts';
import { abrirWeb, crearUsuario, type Visitante, type Web } from '../test/apoyo/web.ts';

/** Costo por petición con pocas y con muchas noras, y arranque con muchas. Tiempos en ms, memoria en MB. */
export interface MedidaRegistro {
  puerta: { pocas: number; muchas: number; diferencia: number };
  inicio: { pocas: number; muchas: number; diferencia: number };
  carga: { ms: number; mb: number };
  arranque: number;
}

const POCAS = 10;
const MUCHAS = 10_000;

/**
 * Mide con la aplicación entera sobre dos bases, en tandas alternadas para que el ruido de la máquina caiga
 * igual en las dos, y se queda con la mediana de todas las peticiones.
 */
export async function medirRegistro({ tandas = 12, porTanda = 25 } = {}): Promise<MedidaRegistro> {
  const pocas = await preparar(POCAS);
  const muchas = await preparar(MUCHAS);
  try {
    const puerta = await alternar(pocas, muchas, '/panel_cliente/nora-00001/no-existe', tandas, porTanda);
    const inicio = await alternar(pocas, muchas, '/panel_cliente/nora-00001', tandas, porTanda);
    const carga = await medirCarga(muchas.web);
    return { puerta, inicio, carga, arranque: await medirArranque(MUCHAS) };
  } finally {
    await pocas.web.cerrar();
    await muchas.web.cerrar();
  }
}

interface Lado {
  web: Web;
  visitante: Visitante;
}

export async function preparar(noras: number): Promise<Lado> {
  const web = await abrirWeb();
  await sembrarNoras(web.ctx.bd.pool, noras);
  await web.ctx.registro.resincronizar();
  await crearUsuario(web.ctx, { correo: 'medida@ejemplo.mx', noras: { 'nora-00001': 'dueno' } });
  const visitante = web.visitante();
  await visitante.entrar('medida@ejemplo.mx');
  return { web, visitante };
}

async function sembrarNoras(base: Pick<pg.Pool, 'query'>, cuantas: number): Promise<void> {
  await base.query(
    `insert into configuracion_bot (nombre_nora, nombre_visible, numero_nora)
     select 'nora-' || lpad(i::text, 5, '0'), 'Nora ' || i, '+52662' || lpad(i::text, 7, '0') from generate_series(1, ${cuantas}) i`,
  );
  await base.query(
    `insert into modulos_disponibles (nombre_nora, modulo, activo)
     select nombre_nora, m, m in ('chat', 'contactos', 'ia', 'conocimiento') from configuracion_bot
      cross join unnest(interno.claves_modulos()) m`,
  );
  await base.query('analyze configuracion_bot, modulos_disponibles');
}

async function alternar(a: Lado, b: Lado, ruta: string, tandas: number, porTanda: number) {
  const muestras: [number[], number[]] = [[], []];
  await tanda(a, ruta, porTanda);
  await tanda(b, ruta, porTanda);
  for (let i = 0; i < tandas; i++) {
    muestras[0].push(...(await tanda(a, ruta, porTanda)));
    muestras[1].push(...(await tanda(b, ruta, porTanda)));
  }
  const [pocas, muchas] = [mediana(muestras[0]), mediana(muestras[1])];
  return { pocas, muchas, diferencia: muchas / pocas - 1 };
}

async function tanda({ visitante }: Lado, ruta: string, veces: number): Promise<number[]> {
  const tiempos: number[] = [];
  for (let i = 0; i < veces; i++) {
    const inicio = performance.now();
    await visitante.get(ruta, { accept: 'text/html' });
    tiempos.push(performance.now() - inicio);
  }
  return tiempos;
}

function mediana(valores: number[]): number {
  return valores.toSorted((x, y) => x - y)[Math.floor(valores.length / 2)] ?? 0;
}

export async function medirCarga(web: Web): Promise<{ ms: number; mb: number }> {
  const { crearRegistroDinamico } = await import('../src/noras/registro_dinamico.ts');
  globalThis.gc?.();
  const antes = process.memoryUsage().heapUsed;
  const registro = crearRegistroDinamico(web.ctx);
  const inicio = performance.now();
  await registro.iniciar();
  const ms = performance.now() - inicio;
  globalThis.gc?.();
  const mb = (process.memoryUsage().heapUsed - antes) / 1e6;
  await registro.cerrar();
  return { ms, mb };
}

/** De `node src/servidor.ts` al primer 200 de /salud, con la base ya creada. */
export async function medirArranque(noras: number): Promise<number> {
  const datosDir = mkdtempSync(join(tmpdir(), 'nora-arranque-'));
  try {
    const servidor = await abrirEmbebido(datosDir);
    try {
      await migrar(servidor.urlDueno);
      const cliente = new pg.Client(servidor.urlDueno);
      await cliente.connect();
      await sembrarNoras(cliente as unknown as pg.Pool, noras);
      await cliente.end();
    } finally {
      await servidor.soltar();
    }
    const puerto = await puertoLibre();
    const inicio = performance.now();
    const proceso = spawn(process.execPath, ['src/servidor.ts'], {
      cwd: join(import.meta.dirname, '..'),
      env: {
        PATH: '/usr/bin:/bin',
        DATOS_DIR: datosDir,
        PORT: String(puerto),
        NORA_DEMO: '0',
        NIVEL_LOG: 'error',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const salida = once(proceso, 'exit');
    while (!(await sana(puerto))) {
      if (proceso.exitCode !== null) throw new Error('El servidor no arrancó; arriba dice por qué.');
      await dormir(15);
    }
    const ms = performance.now() - inicio;
    proceso.kill('SIGTERM');
    await salida;
    return ms;
  } finally {
    rmSync(datosDir, { recursive: true, force: true });
  }
}

async function sana(puerto: number): Promise<boolean> {
  try {
    const r = await fetch(`http://127.0.0.1:${puerto}/salud`, { signal: AbortSignal.timeout(1000) });
    return r.status === 200;
  } catch {
    return false;
  }
}

async function puertoLibre(): Promise<number> {
  const s = createServer().listen(0, '127.0.0.1');
  await once(s, 'listening');
  const { port } = s.address() as { port: number };
  s.close();
  return port;
}

if (process.argv[1] === import.meta.filename) {
  const m = await medirRegistro();
  const fila = (nombre: string, x: MedidaRegistro['puerta']) =>
    console.log(
      `${nombre}: ${x.pocas.toFixed(2)} ms con ${POCAS}, ${x.muchas.toFixed(2)} ms con ${MUCHAS} (${(x.diferencia * 100).toFixed(1)} %)`,
    );
  fila('Puerta del panel', m.puerta);
  fila('Inicio del panel', m.inicio);
  console.log(`Registro con ${MUCHAS}: ${m.carga.ms.toFixed(0)} ms, ${m.carga.mb.toFixed(1)} MB`);
  console.log(`Arranque con ${MUCHAS} noras hasta /salud ok: ${(m.arranque / 1000).toFixed(2)} s`);
}
