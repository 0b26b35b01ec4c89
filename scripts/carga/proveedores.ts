import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { atenderPeticiones } from './canal.ts';
import { resumir, type Resumen } from './estadistica.ts';
import { armarPeticion, type Cuenta, numeroDeNora, telefonoDe } from './mensajes.ts';

/** `abrir` da el puerto de Twilio y del modelo; `medir` escribe a ritmo suave y espera cada respuesta. */
export type PeticionProveedores =
  | { tipo: 'abrir' }
  | {
      tipo: 'medir';
      puerto: number;
      cuenta: Cuenta;
      cuantas: number;
      cadaMs: number;
      noras: number;
      desdePersona: number;
    };

export interface ResultadoRespuesta extends Resumen {
  sinRespuesta: number;
}

/** A quién se le está esperando respuesta, por teléfono. */
const esperas = new Map<string, (cuando: number) => void>();
let serie = Date.now();

/** Twilio y un modelo de 0 ms en un solo proceso, sin historia ni validación: cuestan lo menos posible. */
const servidor = createServer((req, res) => void atender(req, res));

atenderPeticiones<PeticionProveedores>(async (p) => {
  if (p.tipo === 'medir') return medir(p);
  await new Promise<void>((listo) => servidor.listen(0, '127.0.0.1', listo));
  return (servidor.address() as AddressInfo).port;
});

async function atender(req: IncomingMessage, res: ServerResponse): Promise<void> {
  let cuerpo = '';
  req.setEncoding('utf8');
  for await (const trozo of req) cuerpo += String(trozo);
  if (req.url?.startsWith('/v1/')) return contestarModelo(res);
  if (req.method === 'GET')
    return json(res, 200, { sid: 'AC', status: 'active', messages: [], next_page_uri: null });
  const para = new URLSearchParams(cuerpo).get('To')?.replace('whatsapp:', '') ?? '';
  esperas.get(para)?.(performance.now());
  esperas.delete(para);
  json(res, 201, {
    sid: `SM${(++serie).toString(16).padStart(32, '0')}`,
    status: 'queued',
    direction: 'outbound-api',
  });
}

function contestarModelo(res: ServerResponse): void {
  const contenido = JSON.stringify({
    respuesta: 'Claro, con gusto te ayudo.',
    citas: [],
    accion: 'responder',
  });
  json(res, 200, {
    id: 'chatcmpl-carga',
    object: 'chat.completion',
    created: 0,
    model: 'modelo-carga',
    choices: [
      { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: contenido, refusal: null } },
    ],
    usage: { prompt_tokens: 500, completion_tokens: 20, total_tokens: 520 },
  });
}

function json(res: ServerResponse, estado: number, cuerpo: object): void {
  const texto = JSON.stringify(cuerpo);
  res.writeHead(estado, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(texto) });
  res.end(texto);
}

/** De que sale el webhook a que Twilio recibe la respuesta de esa misma persona. */
async function medir(p: Extract<PeticionProveedores, { tipo: 'medir' }>): Promise<ResultadoRespuesta> {
  const host = `127.0.0.1:${p.puerto}`;
  const socket = connect({ host: '127.0.0.1', port: p.puerto, noDelay: true });
  await new Promise<void>((listo, fallar) => socket.once('connect', listo).once('error', fallar));
  socket.resume();
  const tiempos: number[] = [];
  const respuestas: Promise<void>[] = [];
  for (let i = 0; i < p.cuantas; i++) {
    const persona = p.desdePersona + i;
    const de = telefonoDe(persona);
    const sid = `SM${(++serie).toString(16).padStart(32, '0')}`;
    const peticion = armarPeticion({ url: `http://${host}/webhook`, host }, p.cuenta, {
      sid,
      de,
      para: numeroDeNora(i % p.noras),
      texto: '¿Qué precio tiene el tinte completo?',
    });
    const inicio = performance.now();
    respuestas.push(
      new Promise((listo) => {
        const reloj = setTimeout(listo, 5000);
        esperas.set(de, (cuando) => {
          clearTimeout(reloj);
          tiempos.push(cuando - inicio);
          listo();
        });
      }),
    );
    socket.write(peticion);
    await new Promise((listo) => setTimeout(listo, p.cadaMs));
  }
  await Promise.all(respuestas);
  socket.destroy();
  return { ...resumir(tiempos), sinRespuesta: p.cuantas - tiempos.length };
}
