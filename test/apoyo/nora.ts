import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crearApp } from '../../src/app.ts';
import { type Contexto, crearContexto, type Sustitutos } from '../../src/contexto.ts';
import { montarSockets, type SocketsVivos } from '../../src/tiempo_real/sockets.ts';
import { arrancarTrabajadores } from '../../src/trabajos/trabajadores.ts';
import { crearSesiones } from '../../src/web/sesiones.ts';
import { type BaseDePrueba, prepararBase } from './base.ts';
import { crearFalsoOpenai, type FalsoOpenai } from './falso_openai.ts';
import { crearFalsoTwilio, type EntranteFalso, type FalsoTwilio } from './falso_twilio.ts';
import { hasta } from './web.ts';

/** Nora completa en un puerto libre: web, sockets y trabajadores, con Twilio y OpenAI falsos detrás de sus SDK. */
export interface NoraDePrueba {
  ctx: Contexto;
  url: string;
  base: BaseDePrueba;
  twilio: FalsoTwilio;
  openai: FalsoOpenai | null;
  sockets: SocketsVivos;
  /** Un mensaje firmado de una persona a una nora. */
  escribir(e: Partial<EntranteFalso> & { para: string; cuerpo: string }): Promise<Response>;
  sql<T extends object = Record<string, unknown>>(texto: string, valores?: unknown[]): Promise<T[]>;
  /** Espera a que no quede trabajo en los carriles. */
  reposo(topeMs?: number): Promise<void>;
  cerrar(): Promise<void>;
}

export interface OpcionesNora {
  /** Con proveedor de IA falso; sin él contesta el modo local. */
  conOpenai?: boolean;
  entorno?: Record<string, string>;
  trabajadores?: boolean;
  sustitutos?: Sustitutos;
}

export const AURA = '+526621234567';
export const DEMO = '+526629876543';
export const ANA = '+526621110001';

/** @throws lo que falle al abrir; nada de lo abierto antes queda vivo */
export async function abrirNora(opciones: OpcionesNora = {}): Promise<NoraDePrueba> {
  const cierres: (() => unknown)[] = [];
  // Un paso que falla no deja abierto lo demás: el proceso no terminaría y el corredor sólo diría «test failed».
  const cerrar = async (): Promise<void> => {
    const fallas: unknown[] = [];
    for (const paso of cierres.splice(0).reverse())
      await Promise.resolve()
        .then(paso)
        .catch((error: unknown) => fallas.push(error));
    if (fallas.length > 0) throw new AggregateError(fallas, 'Algo no cerró bien');
  };
  try {
    return await abrir(opciones, cierres, cerrar);
  } catch (error) {
    await cerrar();
    throw error;
  }
}

async function abrir(
  opciones: OpcionesNora,
  cierres: (() => unknown)[],
  cerrar: () => Promise<void>,
): Promise<NoraDePrueba> {
  const twilio = await crearFalsoTwilio();
  cierres.push(() => twilio.cerrar());
  const openai = opciones.conOpenai ? await crearFalsoOpenai() : null;
  if (openai) cierres.push(() => openai.cerrar());
  const base = await prepararBase({
    ESPERA_RAFAGA_MS: '60',
    TWILIO_ACCOUNT_SID: twilio.cuenta.accountSid,
    TWILIO_AUTH_TOKEN: twilio.cuenta.authToken,
    TWILIO_API_URL: twilio.url,
    ...(openai && {
      OPENAI_API_KEY: openai.apiKey,
      OPENAI_BASE_URL: openai.url,
      OPENAI_MODELO: openai.modelo,
    }),
    ...opciones.entorno,
  });
  cierres.push(() => base.cerrar());
  let manejador: RequestListener = (_req, res) => res.writeHead(503).end();
  const http = createServer((req, res) => manejador(req, res));
  await new Promise<void>((listo) => http.listen(0, '127.0.0.1', listo));
  cierres.push(() => {
    if (http.listening) return new Promise((listo) => http.close(listo));
    return undefined;
  });
  const { port } = http.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  Object.assign(base.config, { puerto: port, urlPublica: url });
  const ctx = await crearContexto(base.config, opciones.sustitutos);
  // La base se cierra después de que nadie la use: el contexto antes que el puerto dejaría peticiones sin respuesta.
  cierres.splice(cierres.length - 1, 0, () => ctx.cerrar());
  cierres.push(() => http.closeAllConnections());
  const sesiones = crearSesiones(ctx);
  manejador = crearApp(ctx, { sesiones });
  const sockets = await montarSockets(ctx, http, sesiones);
  cierres.push(() => sockets.cerrar());
  const trabajadores = opciones.trabajadores === false ? null : await arrancarTrabajadores(ctx);
  if (trabajadores) cierres.push(() => trabajadores.parar());

  const nora: NoraDePrueba = {
    ctx,
    url,
    base,
    twilio,
    openai,
    sockets,
    escribir: (e) => twilio.entregar(`${url}/webhook`, { de: ANA, ...e }),
    async sql(texto, valores) {
      return (await ctx.bd.pool.query(texto, valores)).rows as never;
    },
    async reposo(topeMs = 10_000) {
      await hasta(async () => (await nora.sql('select from atenciones limit 1')).length === 0, topeMs);
    },
    cerrar,
  };
  return nora;
}

/** Las dos noras de siempre, cada una con su número; todo encendido salvo que se diga otra cosa. */
export async function sembrarNoras(nora: NoraDePrueba, extra: Record<string, unknown> = {}): Promise<void> {
  const modulos = ['chat', 'contactos', 'etiquetas', 'ia', 'respuestas', 'conocimiento'];
  for (const [nombre, numero] of [
    ['aura', AURA],
    ['demo', DEMO],
  ] as const) {
    await nora.ctx.bd.servicio
      .rpc('crear_nora', {
        p: {
          nombre_nora: nombre,
          nombre_visible: nombre.toUpperCase(),
          numero_nora: numero,
          modulos,
          ...extra,
        } as never,
      })
      .throwOnError();
  }
  await hasta(() => nora.ctx.registro.buscarPorNumero(DEMO) !== null);
}

/** Enseña un bloque a una nora. Devuelve su id. */
export async function ensenar(
  nora: NoraDePrueba,
  nombre: string,
  titulo: string,
  contenido: string,
): Promise<string> {
  const [fila] = await nora.sql<{ id: string }>(
    'insert into conocimiento_nora (nombre_nora, titulo, contenido) values ($1, $2, $3) returning id',
    [nombre, titulo, contenido],
  );
  return fila?.id ?? '';
}
