import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { atenderPeticiones } from './canal.ts';
import { resumir, type Resumen } from './estadistica.ts';
import { armarPeticion, type Cuenta, numeroDeNora, telefonoDe, textoNumero } from './mensajes.ts';

/** `conectar` abre los sockets y entra a sus salas; `medir` escribe webhooks y espera a que todos los oigan. */
export type PeticionAbonados =
  | { tipo: 'conectar'; puerto: number; cookie: string; noras: { nombre: string; sockets: number }[] }
  | { tipo: 'medir'; cuenta: Cuenta; noras: number[]; vueltas: number; cadaMs: number }
  | { tipo: 'soltar' };

export interface ResultadoVivo extends Resumen {
  /** Avisos que no llegaron en 3 s. */
  perdidos: number;
}

interface Abonado {
  socket: Socket;
  nora: string;
}

let abonados: Abonado[] = [];
let puerto = 0;
/** Lo que se espera en cada nora: desde cuándo y cuántos faltan por oírlo. */
const esperas = new Map<string, { inicio: number; faltan: number; listo: () => void }>();
const tiempos: number[] = [];

atenderPeticiones<PeticionAbonados>(async (p) => {
  if (p.tipo === 'medir') return medir(p);
  if (p.tipo === 'conectar') return conectarTodos(p);
  for (const { socket } of abonados) socket.destroy();
  abonados = [];
  return null;
});

async function conectarTodos(p: Extract<PeticionAbonados, { tipo: 'conectar' }>): Promise<number> {
  puerto = p.puerto;
  const pendientes = p.noras.flatMap(({ nombre, sockets }) => Array<string>(sockets).fill(nombre));
  // De a cien: dos mil saludos de golpe miden la cola de aceptar, no el aviso.
  while (pendientes.length > 0) {
    const tanda = pendientes.splice(0, 100);
    abonados.push(...(await Promise.all(tanda.map((nora) => abonar(nora, p.cookie)))));
  }
  return abonados.length;
}

/**
 * Un navegador reducido a lo que oye: WebSocket y Engine.IO a mano (socket.io.github.io/engine.io-protocol, v4),
 * porque dos mil clientes completos no dejarían máquina para el servidor.
 */
function abonar(nora: string, cookie: string): Promise<Abonado> {
  const { promise, resolve, reject } = Promise.withResolvers<Abonado>();
  const socket = connect({ host: '127.0.0.1', port: puerto, noDelay: true });
  const reloj = setTimeout(() => reject(new Error('un socket no entró en 20 s')), 20_000);
  let pendiente: Buffer = Buffer.alloc(0);
  let abierto = false;
  socket.on('error', reject);
  socket.write(
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:${puerto}\r\nConnection: Upgrade\r\n` +
      `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
      `Origin: http://127.0.0.1:${puerto}\r\nCookie: ${cookie}\r\n\r\n`,
  );
  socket.on('data', (trozo: Buffer) => {
    pendiente = pendiente.length ? Buffer.concat([pendiente, trozo]) : trozo;
    if (!abierto) {
      const fin = pendiente.indexOf('\r\n\r\n');
      if (fin < 0) return;
      if (!pendiente.subarray(0, 12).toString().endsWith('101'))
        return reject(new Error('el socket no fue aceptado'));
      abierto = true;
      pendiente = pendiente.subarray(fin + 4);
    }
    for (let trama = leerTrama(); trama !== null; trama = leerTrama()) alOir(trama);
  });

  function leerTrama(): string | null {
    if (pendiente.length < 2) return null;
    const corto = (pendiente[1] ?? 0) & 127;
    const cabeza = corto === 126 ? 4 : 2;
    if (pendiente.length < cabeza) return null;
    const largo = corto === 126 ? pendiente.readUInt16BE(2) : corto;
    if (pendiente.length < cabeza + largo) return null;
    const texto = pendiente.toString('latin1', cabeza, cabeza + largo);
    pendiente = pendiente.subarray(cabeza + largo);
    return texto;
  }

  function alOir(trama: string): void {
    if (trama.startsWith('42["mensaje:nuevo"')) {
      if (trama.includes('"autor":"contacto"')) anotar(nora);
    } else if (trama === '2') socket.write(enmascarar('3'));
    else if (trama.startsWith('0{')) socket.write(enmascarar('40'));
    else if (trama.startsWith('40')) socket.write(enmascarar(`420["entrar",${JSON.stringify({ nora })}]`));
    else if (trama.startsWith('430')) {
      clearTimeout(reloj);
      if (trama.includes('"ok":true')) resolve({ socket, nora });
      else reject(new Error(`no dejó entrar a ${nora}`));
    }
  }
  return promise;
}

function anotar(nora: string): void {
  const espera = esperas.get(nora);
  // Un aviso de la vuelta anterior que llega tarde ya se contó como perdido.
  if (!espera || espera.faltan === 0) return;
  tiempos.push(performance.now() - espera.inicio);
  if (--espera.faltan === 0) espera.listo();
}

/** Los mensajes de quien es cliente van enmascarados; con máscara cero el contenido queda igual. */
function enmascarar(texto: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | texto.length, 0, 0, 0, 0]), Buffer.from(texto, 'latin1')]);
}

async function medir(p: Extract<PeticionAbonados, { tipo: 'medir' }>): Promise<ResultadoVivo> {
  tiempos.length = 0;
  const host = `127.0.0.1:${puerto}`;
  const escritor = connect({ host: '127.0.0.1', port: puerto, noDelay: true }).resume();
  const porNora = Map.groupBy(abonados, (a) => a.nora);
  let perdidos = 0;
  const enCurso: Promise<void>[] = [];
  for (let i = 0; i < p.vueltas * p.noras.length; i++) {
    const cual = p.noras[i % p.noras.length] ?? 0;
    const nora = nombreDe(cual);
    const peticion = armarPeticion({ url: `http://${host}/webhook`, host }, p.cuenta, {
      sid: `SM${randomBytes(16).toString('hex')}`,
      de: telefonoDe(900_000 + cual),
      para: numeroDeNora(cual),
      texto: textoNumero(i),
    });
    const oyentes = porNora.get(nora)?.length ?? 0;
    enCurso.push(
      new Promise<void>((cumplir) => {
        const reloj = setTimeout(() => {
          perdidos += esperas.get(nora)?.faltan ?? 0;
          cumplir();
        }, 3000);
        const listo = (): void => {
          clearTimeout(reloj);
          cumplir();
        };
        esperas.set(nora, { inicio: performance.now(), faltan: oyentes, listo });
      }),
    );
    escritor.write(peticion);
    await new Promise((seguir) => setTimeout(seguir, p.cadaMs));
  }
  await Promise.all(enCurso);
  escritor.destroy();
  return { ...resumir(tiempos), perdidos };
}

/** El nombre de la nora de carga `i`, el mismo que pone la siembra. */
function nombreDe(i: number): string {
  return `carga-${i}`;
}
