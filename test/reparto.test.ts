import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { get, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as dormir } from 'node:timers/promises';
import { hasta } from './apoyo/web.ts';
import { puertoLibre } from './fallos/hijos.ts';

/** `WEB_CONCURRENCY=2` con el servidor de verdad: un padre y dos procesos web en el mismo puerto. */
const raiz = mkdtempSync(join(tmpdir(), 'nora-reparto-'));
chmodSync(raiz, 0o711);
const abiertos: ChildProcess[] = [];
after(async () => {
  for (const p of abiertos) {
    if (p.exitCode !== null || p.signalCode !== null) continue;
    p.kill('SIGTERM');
    await once(p, 'exit');
  }
  rmSync(raiz, { recursive: true, force: true });
});

async function arrancar() {
  const puerto = await puertoLibre();
  const padre = spawn(process.execPath, [join(import.meta.dirname, '../src/servidor.ts')], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: raiz,
      NORA_CARPETA: raiz,
      PORT: String(puerto),
      DATOS_DIR: join(raiz, 'datos'),
      WEB_CONCURRENCY: '2',
      NORA_DEMO: '0',
      RESPALDO_NOCTURNO: '0',
      NIVEL_LOG: 'info',
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Su propio grupo, como en una terminal: una señal al grupo llega a todos a la vez.
    detached: true,
  });
  abiertos.push(padre);
  let dicho = '';
  padre.stdout.on('data', (trozo) => (dicho += String(trozo)));
  padre.stderr.on('data', (trozo) => (dicho += String(trozo)));
  const salida = once(padre, 'exit') as Promise<[number | null, string | null]>;
  const pid = padre.pid ?? 0;
  const murio = salida.then(() => assert.fail(`no arrancó: ${dicho}`));
  murio.catch(() => {});
  await Promise.race([hasta(() => dicho.includes('Nora está lista'), 60_000), murio]);
  return { padre, pid, puerto, salida, dicho: () => dicho, hijos: () => hijosDe(pid) };
}

/** Los procesos web: los hijos de `padre` que no han muerto. */
function hijosDe(padre: number): number[] {
  const renglones = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args=']).toString().split('\n');
  return renglones
    .map((r) => r.trim().split(/\s+/))
    .filter(([, p, estado, , guion]) => Number(p) === padre && !estado?.startsWith('Z') && guion)
    .map(([pid]) => Number(pid));
}

/** Sin reusar conexiones: a cada una le toca el proceso que diga el reparto. */
function salud(puerto: number): Promise<number> {
  return new Promise((cumplir) => {
    const req = get({ port: puerto, host: '127.0.0.1', path: '/salud', agent: false }, (res) => {
      res.resume();
      cumplir(res.statusCode ?? 0);
    });
    req.on('error', () => cumplir(0));
    // node:cluster no suelta la conexión que estaba entregando al proceso que murió.
    req.setTimeout(3000, () => req.destroy());
  });
}

describe('varios procesos web', () => {
  let n: Awaited<ReturnType<typeof arrancar>>;
  before(async () => {
    n = await arrancar();
  });

  test('al que muere se le repone aunque su reemplazo muera arrancando, y mientras nadie recibe 503', async () => {
    const [uno = 0, otro = 0] = n.hijos();
    const preguntas: Promise<number>[] = [];
    const preguntando = setInterval(() => preguntas.push(salud(n.puerto)), 20);
    const nuevo = async (menos: number[]): Promise<number> => {
      let pid = 0;
      await hasta(() => (pid = n.hijos().find((h) => !menos.includes(h)) ?? 0) > 0, 15_000);
      return pid;
    };
    let bueno = 0;
    try {
      process.kill(uno, 'SIGKILL');
      const fallido = await nuevo([uno, otro]);
      process.kill(fallido, 'SIGKILL');
      bueno = await nuevo([uno, otro, fallido]);
      await hasta(() => n.dicho().includes('ya atiende el proceso web repuesto'), 30_000);
      await dormir(50);
    } finally {
      clearInterval(preguntando);
    }
    const estados = await Promise.all(preguntas);
    // La conexión que tenía el que murió puede perderse; 503 no lo dice nadie.
    assert.ok(estados.length > 50, String(estados.length));
    assert.deepEqual(new Set(estados.filter((e) => e !== 0)), new Set([200]));
    assert.deepEqual(new Set(n.hijos()), new Set([otro, bueno]));
  });

  test('otra señal a los procesos web, a medio drenar, no corta lo que están atendiendo', async () => {
    const hijos = n.hijos();
    const lentas = [0, 1].map(() => {
      const req = request({
        port: n.puerto,
        host: '127.0.0.1',
        path: '/webhook',
        method: 'POST',
        agent: false,
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '4' },
      });
      req.write('a=');
      const respuesta = new Promise<number | string>((cumplir) => {
        req.on('response', (res) => {
          res.resume();
          cumplir(res.statusCode ?? 0);
        });
        req.on('error', (error: NodeJS.ErrnoException) => cumplir(error.code ?? error.message));
      });
      return { terminar: () => req.end('1&'), respuesta };
    });
    // Que ya estén a medias, una en cada proceso.
    await dormir(300);
    process.kill(-n.pid, 'SIGTERM');
    // Más que el eco de la primera: lo que tarda el padre en parar lo suyo.
    await dormir(1300);
    for (const hijo of hijos) process.kill(hijo, 'SIGTERM');
    await dormir(100);
    for (const { terminar } of lentas) terminar();
    for (const { respuesta } of lentas) assert.equal(await respuesta, 403);
    assert.deepEqual(await n.salida, [0, null], n.dicho());
  });

  test('al terminar no repone a los que la misma señal ya se llevó', async () => {
    n = await arrancar();
    const hijos = n.hijos();
    // Detenido el padre, los hijos salen antes que él sin depender de quién corra más.
    process.kill(n.pid, 'SIGSTOP');
    for (const hijo of hijos) process.kill(hijo, 'SIGINT');
    await hasta(() => n.hijos().length === 0, 15_000);
    process.kill(n.pid, 'SIGINT');
    process.kill(n.pid, 'SIGCONT');
    assert.deepEqual(await n.salida, [0, null], n.dicho());
    assert.doesNotMatch(n.dicho(), /se repone/);
  });
});
