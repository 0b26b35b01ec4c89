import { Agent, request } from 'node:http';
import { ADMIN } from './banco.ts';

/** Una persona con la sesión abierta que pide páginas completas, una tras otra, por la misma conexión. */
export interface Navegador {
  cookie: string;
  /** Lo que tardó la página entera, comprimida como la pide un navegador. */
  pedir(ruta: string): Promise<{ estado: number; ms: number; bytes: number; texto: string }>;
  cerrar(): void;
}

export async function entrar(url: string): Promise<Navegador> {
  const agente = new Agent({ keepAlive: true, maxSockets: 1 });
  const json = { accept: 'application/json' };
  const pagina = await fetch(`${url}/login`, { headers: json });
  const { csrf } = (await pagina.json()) as { csrf: string };
  const r = await fetch(`${url}/login`, {
    method: 'POST',
    headers: {
      ...json,
      cookie: galletas(pagina),
      'x-csrf-token': csrf,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(ADMIN).toString(),
  });
  if (!r.ok) throw new Error(`No se pudo entrar: ${r.status} ${await r.text()}`);
  await r.arrayBuffer();
  const cookie = galletas(r);
  return {
    cookie,
    pedir: (ruta) => pedir(agente, new URL(ruta, url), cookie),
    cerrar: () => agente.destroy(),
  };
}

function galletas(r: Response): string {
  return r.headers
    .getSetCookie()
    .map((g) => g.split(';', 1)[0])
    .join('; ');
}

function pedir(agente: Agent, url: URL, cookie: string): ReturnType<Navegador['pedir']> {
  return new Promise((cumplir, fallar) => {
    const inicio = performance.now();
    const headers = { cookie, accept: 'text/html', 'accept-encoding': 'gzip, deflate, br' };
    const peticion = request(url, { agent: agente, headers }, (res) => {
      const trozos: Buffer[] = [];
      res.on('data', (t: Buffer) => trozos.push(t));
      res.on('error', fallar);
      res.on('end', () => {
        const cuerpo = Buffer.concat(trozos);
        const ms = performance.now() - inicio;
        const texto = res.headers['content-encoding'] ? '' : cuerpo.toString();
        cumplir({ estado: res.statusCode ?? 0, ms, bytes: cuerpo.length, texto });
      });
    });
    peticion.on('error', fallar);
    peticion.end();
  });
}
