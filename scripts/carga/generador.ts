import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { atenderPeticiones } from './canal.ts';
import { resumir, type Resumen } from './estadistica.ts';
import { armarPeticion, type Cuenta, numeroDeNora, telefonoDe, textoNumero } from './mensajes.ts';

/** `prepara` firma; `cerrado` mantiene N conexiones siempre ocupadas; `ritmo` manda a paso fijo pase lo que pase. */
export type PeticionGenerador =
  | { tipo: 'prepara'; puerto: number; cuenta: Cuenta; cuantas: number; noras: number; personas: number }
  | { tipo: 'cerrado'; conexiones: number; ms: number }
  | { tipo: 'ritmo'; porSegundo: number; ms: number };

export interface ResultadoCarga extends Resumen {
  porSegundo: number;
  fallas: number;
  /** Se acabaron las peticiones firmadas antes que el tiempo. */
  agotado: boolean;
}

let lista: Buffer[] = [];
let siguiente = 0;
let puerto = 0;
const VACIO: Buffer = Buffer.alloc(0);

atenderPeticiones<PeticionGenerador>(async (p) => {
  if (p.tipo === 'prepara') return preparar(p);
  return p.tipo === 'cerrado' ? cerrado(p.conexiones, p.ms) : aRitmo(p.porSegundo, p.ms);
});

function preparar(p: Extract<PeticionGenerador, { tipo: 'prepara' }>): number {
  puerto = p.puerto;
  const host = `127.0.0.1:${puerto}`;
  const destino = { url: `http://${host}/webhook`, host };
  const serie = randomBytes(10).toString('hex');
  siguiente = 0;
  lista = Array.from({ length: p.cuantas }, (_, i) => {
    const persona = (i * 7919) % p.personas;
    return armarPeticion(destino, p.cuenta, {
      sid: `SM${serie}${i.toString(16).padStart(12, '0')}`,
      de: telefonoDe(persona),
      para: numeroDeNora(persona % p.noras),
      texto: textoNumero(i),
    });
  });
  return lista.length;
}

/** Lo más que aguanta: cada conexión manda la siguiente en cuanto le contestan la anterior. */
async function cerrado(cuantas: number, ms: number): Promise<ResultadoCarga> {
  const conexiones = await abrir(cuantas);
  const tiempos: number[] = [];
  let fallas = 0;
  const inicio = performance.now();
  const fin = inicio + ms;
  await Promise.all(
    conexiones.map(async (c) => {
      while (performance.now() < fin && siguiente < lista.length) {
        const antes = performance.now();
        if ((await c.mandar(lista[siguiente++] ?? VACIO)) === 200) tiempos.push(performance.now() - antes);
        else fallas++;
      }
    }),
  );
  return cerrar(conexiones, tiempos, fallas, performance.now() - inicio);
}

/** A paso fijo. La espera se cuenta desde que tocaba mandar, no desde que hubo conexión libre. */
async function aRitmo(porSegundo: number, ms: number): Promise<ResultadoCarga> {
  const conexiones = await abrir(64);
  const libres = [...conexiones];
  const cola: number[] = [];
  const tiempos: number[] = [];
  const paso = 1000 / porSegundo;
  let fallas = 0;
  let enVuelo = 0;
  const inicio = performance.now();
  const total = Math.min(Math.floor(ms / paso), lista.length - siguiente);

  function despachar(): void {
    while (libres.length > 0 && cola.length > 0) {
      const c = libres.pop();
      const tocaba = cola.shift();
      if (!c || tocaba === undefined) return;
      enVuelo++;
      void c.mandar(lista[siguiente++] ?? VACIO).then((estado) => {
        if (estado === 200) tiempos.push(performance.now() - tocaba);
        else fallas++;
        enVuelo--;
        libres.push(c);
        despachar();
      });
    }
  }

  let mandadas = 0;
  while (mandadas < total) {
    const ahora = performance.now();
    while (mandadas < total && inicio + mandadas * paso <= ahora) cola.push(inicio + mandadas++ * paso);
    despachar();
    await new Promise((listo) => setTimeout(listo, 1));
  }
  // Lo que no se contestó con este plazo no se contestó a tiempo: cuenta como falla y la corrida sigue.
  const plazo = performance.now() + 3000;
  while ((enVuelo > 0 || cola.length > 0) && performance.now() < plazo)
    await new Promise((listo) => setTimeout(listo, 5));
  fallas += enVuelo + cola.length;
  return cerrar(conexiones, tiempos, fallas, performance.now() - inicio);
}

function cerrar(conexiones: Conexion[], tiempos: number[], fallas: number, ms: number): ResultadoCarga {
  for (const c of conexiones) c.cerrar();
  return {
    ...resumir(tiempos),
    porSegundo: (tiempos.length * 1000) / ms,
    fallas,
    agotado: siguiente >= lista.length,
  };
}

interface Conexion {
  /** Manda los bytes y da el estado HTTP; 0 si se cortó. */
  mandar(bytes: Buffer): Promise<number>;
  cerrar(): void;
}

async function abrir(cuantas: number): Promise<Conexion[]> {
  return Promise.all(Array.from({ length: cuantas }, () => conectar()));
}

/** HTTP a mano sobre un socket: un cliente de verdad gastaría la mitad de la máquina que se quiere medir. */
async function conectar(): Promise<Conexion> {
  const socket: Socket = connect({ host: '127.0.0.1', port: puerto, noDelay: true });
  await new Promise<void>((listo, fallar) => socket.once('connect', listo).once('error', fallar));
  let recibido = '';
  let cumplir: ((estado: number) => void) | null = null;
  const terminar = (estado: number): void => {
    const fn = cumplir;
    cumplir = null;
    recibido = '';
    fn?.(estado);
  };
  socket.setEncoding('latin1');
  socket.on('data', (trozo: string) => {
    recibido += trozo;
    const fin = recibido.indexOf('\r\n\r\n');
    if (fin < 0) return;
    const largo = Number(/content-length: (\d+)/i.exec(recibido.slice(0, fin))?.[1] ?? 0);
    if (recibido.length >= fin + 4 + largo) terminar(Number(recibido.slice(9, 12)));
  });
  socket.on('error', () => undefined);
  socket.on('close', () => terminar(0));
  return {
    mandar(bytes) {
      return new Promise<number>((listo) => {
        cumplir = listo;
        if (socket.destroyed) terminar(0);
        else socket.write(bytes);
      });
    },
    cerrar: () => socket.destroy(),
  };
}
