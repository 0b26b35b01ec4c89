import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { type AlmacenAdjuntos, crearAdjuntos } from './datos/adjuntos.ts';
import { type BaseDeDatos, crearBaseDeDatos } from './datos/base_de_datos.ts';
import { crearRegistrarError, type RegistrarError } from './errores.ts';
import type { Correo } from './integraciones/correo.ts';
import { crearMeta, type Meta } from './integraciones/meta.ts';
import type { Modelo } from './integraciones/openai.ts';
import { crearWhatsApp, opcionesWhatsApp, type WhatsApp } from './integraciones/twilio.ts';
import { crearLlavero, type LlaveroTwilio } from './mensajes/credenciales.ts';
import { crearEstados, type Estados } from './mensajes/estados.ts';
import { crearIngreso, type Ingreso } from './mensajes/ingreso.ts';
import { crearMembresias, type Membresias } from './noras/membresia.ts';
import { crearRegistroDinamico, type RegistroDinamico } from './noras/registro_dinamico.ts';
import { crearVivo, type Vivo } from './tiempo_real/vivo.ts';
import { crearTrabajos, type Trabajos } from './trabajos/trabajos.ts';
import { crearLog } from './web/bitacora.ts';

/** Todo lo que una pieza de la aplicacion puede necesitar; se construye una vez y se pasa como argumento. */
export interface Contexto {
  config: Config;
  log: Logger;
  bd: BaseDeDatos;
  registro: RegistroDinamico;
  membresias: Membresias;
  vivo: Vivo;
  trabajos: Trabajos;
  whatsapp: WhatsApp;
  /** null sin OPENAI_API_KEY: responde el modo local. */
  modelo: Modelo | null;
  /** La Marketing API; existe siempre: un permiso pegado no necesita aplicación propia. */
  meta: Meta;
  adjuntos: AlmacenAdjuntos;
  /** null sin SMTP_URL. */
  correo: Correo | null;
  /** Credenciales de Twilio de cada nora, descifradas. */
  llavero: LlaveroTwilio;
  /** La puerta por la que entra todo mensaje. */
  ingreso: Ingreso;
  /** La puerta por la que entra todo aviso de estado. */
  estados: Estados;
  registrarError: RegistrarError;
  /** Cierra lo que se abrió aqui, al reves de como se abrió. */
  cerrar(): Promise<void>;
}

/** Piezas que una prueba pone en lugar de las de verdad. */
export type Sustitutos = Partial<Omit<Contexto, 'config' | 'cerrar'>>;

/**
 * Construye el contexto: abre la base (la embebida si toca), carga el registro y arma las integraciones.
 * @throws lo mismo que `crearBaseDeDatos`; nada queda abierto si falla.
 */
export async function crearContexto(config: Config, sustitutos: Sustitutos = {}): Promise<Contexto> {
  const log = sustitutos.log ?? crearLog(config);
  const cierres: (() => Promise<unknown> | void)[] = [];
  // Dos cierres a la vez (Ctrl-C a medio arranque) esperan al mismo: si no, el segundo termina el proceso antes.
  let cierre: Promise<void> | null = null;
  const cerrar = (): Promise<void> =>
    (cierre ??= (async () => {
      for (const paso of cierres.splice(0).reverse()) await paso();
    })());
  try {
    const bd = sustitutos.bd ?? (await crearBaseDeDatos(config, log));
    if (!sustitutos.bd) cierres.push(() => bd.cerrar());
    const registro = sustitutos.registro ?? crearRegistroDinamico({ bd, log });
    const membresias = sustitutos.membresias ?? crearMembresias({ bd, log });
    cierres.push(
      () => registro.cerrar(),
      () => membresias.cerrar(),
    );
    if (!sustitutos.registro) await registro.iniciar();
    if (!sustitutos.membresias) await membresias.iniciar();
    const vivo = sustitutos.vivo ?? crearVivo();
    const registrarError = sustitutos.registrarError ?? avisando(crearRegistrarError({ log, bd }), vivo);
    const whatsapp = sustitutos.whatsapp ?? crearWhatsApp(opcionesWhatsApp(config));
    const trabajos = sustitutos.trabajos ?? crearTrabajos({ bd, log, registrarError });
    const ingreso = sustitutos.ingreso ?? crearIngreso({ bd, vivo, config, registrarError, log });
    const estados = sustitutos.estados ?? crearEstados({ bd, vivo });
    cierres.push(
      () => trabajos.cerrar(),
      () => estados.vaciar(),
      () => ingreso.vaciar(),
    );
    return {
      config,
      log,
      bd,
      registro,
      membresias,
      vivo,
      trabajos,
      whatsapp,
      modelo: 'modelo' in sustitutos ? (sustitutos.modelo ?? null) : await abrirModelo(config),
      meta:
        sustitutos.meta ??
        crearMeta({
          app: config.meta.app,
          configuracion: config.meta.configuracion,
          graphUrl: config.meta.graphUrl,
          tokenAgencia: config.meta.token,
        }),
      adjuntos: sustitutos.adjuntos ?? crearAdjuntos(config, bd.servicio),
      llavero: sustitutos.llavero ?? crearLlavero({ bd, registro, config, whatsapp }),
      correo: 'correo' in sustitutos ? (sustitutos.correo ?? null) : await abrirCorreo(config),
      ingreso,
      estados,
      registrarError,
      cerrar,
    };
  } catch (e) {
    await cerrar();
    throw e;
  }
}

/** Quien administra ve el error en cuanto quedó guardado. */
function avisando(registrar: RegistrarError, vivo: Vivo): RegistrarError {
  return async (...error) => {
    await registrar(...error);
    vivo.avisarAdmin('errores');
  };
}

// Cargar estos dos SDK es un octavo de lo que cuesta cargar Nora: sólo si hay con qué usarlos.
async function abrirModelo(config: Config): Promise<Modelo | null> {
  if (!config.openai) return null;
  const { crearModelo } = await import('./integraciones/openai.ts');
  return crearModelo({ ...config.openai, tiempoMs: config.ia.tiempoMs });
}

async function abrirCorreo(config: Config): Promise<Correo | null> {
  if (!config.correo) return null;
  const { crearCorreo } = await import('./integraciones/correo.ts');
  return crearCorreo(config.correo);
}
