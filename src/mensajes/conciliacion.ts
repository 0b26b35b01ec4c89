import type { Contexto } from '../contexto.ts';
import { ErrorTwilio, type Credenciales, type MensajeTwilio } from '../integraciones/twilio.ts';
import {
  type AvisoEstado,
  conciliadaHasta,
  type MensajeEntrante,
  marcarConciliada,
  mensajesFaltantes,
  norasConCredenciales,
} from './consultas.ts';
import { aplicarEstados, detalleDe, traducirEstado } from './estados.ts';
import { leerPreferencia } from './preferencia.ts';
import { claveDe, leerDireccion } from './telefono.ts';

type Piezas = Pick<
  Contexto,
  'bd' | 'vivo' | 'whatsapp' | 'llavero' | 'registro' | 'ingreso' | 'registrarError'
>;

const VENTANA_MS = 3600_000;
/** Tras una caída larga se mira hasta donde llegó la última vuelta de la cuenta; más de un día ya no se puede contestar. */
const VENTANA_MAXIMA_MS = 24 * VENTANA_MS;
const TRASLAPE_MS = 5 * 60_000;
/** La última vuelta en la que todas las cuentas contestaron; no es lo mismo que la última encargada. */
const AL_DIA = 'conciliacion_al_dia';
/** Lo más reciente aún puede venir en camino por el webhook. */
const MARGEN_MS = 60_000;
/** Mensajes a la vez en memoria: un tramo que trae más se parte en dos. */
const TOPE_TRAMO = 20_000;
const TRAMO_MINIMO_MS = 60_000;
const LOTE = 200;

export interface Conciliado {
  vistos: number;
  repuestos: number;
  estados: number;
}

interface Cuenta {
  /** null: la global. */
  credenciales: Credenciales | null;
  sid: string;
  nora: string | null;
}

interface Tramo {
  desde: Date;
  hasta: Date;
}

/**
 * Compara lo último de Twilio (una hora, o desde donde se quedó cada cuenta si fue antes) con el libro y repone lo que un webhook
 * perdido dejó fuera: mensajes que entraron y estados que avanzaron. Cuenta global primero, después las propias de cada nora.
 */
export async function conciliar(ctx: Piezas, topeTramo = TOPE_TRAMO): Promise<Conciliado> {
  const total: Conciliado = { vistos: 0, repuestos: 0, estados: 0 };
  const hechas = new Set<string>();
  let completa = true;
  const { cuentaGlobal } = ctx.whatsapp;
  if (cuentaGlobal) {
    const global = { credenciales: null, sid: cuentaGlobal.accountSid, nora: null };
    if (await conciliarCuenta(ctx, global, topeTramo, total)) hechas.add(global.sid);
    else completa = false;
  }
  let desde = '';
  for (;;) {
    const noras = await norasConCredenciales(ctx.bd.servicio, desde);
    for (const { nombre_nora } of noras) {
      const cuenta = await cuentaPropia(ctx, nombre_nora);
      // Dos noras pueden recibir con la misma cuenta; si el token de una ya no sirve, queda el de la otra.
      if (cuenta && hechas.has(cuenta.sid)) continue;
      if (cuenta && (await conciliarCuenta(ctx, cuenta, topeTramo, total))) hechas.add(cuenta.sid);
      else completa = false;
    }
    const ultima = noras.at(-1);
    if (!ultima) break;
    desde = ultima.nombre_nora;
  }
  if (completa) await ctx.bd.servicio.rpc('marcar_tarea', { p_nombre: AL_DIA }).throwOnError();
  return total;
}

/** Null si lo guardado ya no abre: es asunto de esa nora y no detiene a las demás. */
async function cuentaPropia(ctx: Piezas, nora: string): Promise<Cuenta | null> {
  try {
    const credenciales = await ctx.llavero.deNora(nora);
    return credenciales && { credenciales, sid: credenciales.accountSid, nora };
  } catch (error) {
    await ctx.registrarError('Twilio', error, nora, 'conciliacion');
    return null;
  }
}

/**
 * De lo más viejo a lo más nuevo, por tramos que caben en memoria; queda apuntado hasta dónde no falta nada, y la vuelta siguiente
 * sigue de ahí. Verdadero si no quedó nada por reponer.
 */
async function conciliarCuenta(
  ctx: Piezas,
  cuenta: Cuenta,
  topeTramo: number,
  total: Conciliado,
): Promise<boolean> {
  try {
    const ventana = await ventanaDe(ctx, cuenta.sid);
    let { desde, hasta } = ventana;
    let entera = true;
    while (desde < ventana.hasta) {
      const mensajes = await leerTramo(ctx, cuenta, { desde, hasta }, topeTramo);
      if (mensajes === null) {
        hasta = new Date((desde.getTime() + hasta.getTime()) / 2);
        continue;
      }
      total.vistos += mensajes.length;
      await avanzarEstados(ctx, mensajes, total);
      if (!(await reponerEntrantes(ctx, cuenta, mensajes, total))) entera = false;
      if (entera) await marcarConciliada(ctx.bd.servicio, cuenta.sid, hasta);
      desde = hasta;
      hasta = ventana.hasta;
    }
    return entera;
  } catch (error) {
    await ctx.registrarError('Twilio', error, cuenta.nora, 'conciliacion');
    return false;
  }
}

async function ventanaDe(ctx: Piezas, cuenta: string): Promise<Tramo> {
  const ahora = Date.now();
  const alDia = await conciliadaHasta(ctx.bd.servicio, cuenta);
  const ultima = alDia ? new Date(alDia).getTime() - TRASLAPE_MS : ahora;
  const desde = Math.max(ahora - VENTANA_MAXIMA_MS, Math.min(ahora - VENTANA_MS, ultima));
  return { desde: new Date(desde), hasta: new Date(ahora - MARGEN_MS) };
}

/** Los mensajes del tramo en el orden en que se dijeron; null si son más de los que caben y el tramo se puede partir. */
async function leerTramo(
  ctx: Piezas,
  { credenciales }: Cuenta,
  { desde, hasta }: Tramo,
  tope: number,
): Promise<MensajeTwilio[] | null> {
  const divisible = hasta.getTime() - desde.getTime() > TRAMO_MINIMO_MS;
  const mensajes: MensajeTwilio[] = [];
  for await (const m of ctx.whatsapp.listar({ credenciales, desde, hasta, limite: Infinity })) {
    if (m.fecha < desde || m.fecha > hasta) continue;
    mensajes.push(m);
    if (mensajes.length > tope && divisible) return null;
  }
  // Twilio los da del más nuevo al más viejo y con la hora en segundos: al revés quedan bien los que empatan.
  return mensajes.reverse().sort((a, b) => a.fecha.getTime() - b.fecha.getTime());
}

async function avanzarEstados(ctx: Piezas, mensajes: MensajeTwilio[], total: Conciliado): Promise<void> {
  const avisos = mensajes.filter((m) => m.direccion === 'saliente').map(avisoDe);
  for (const lote of enLotes(avisos)) {
    await aplicarEstados(ctx, lote, false);
    total.estados += lote.length;
  }
}

/** Falso si lo de alguien no se pudo guardar; lo de los demás sí se guarda. */
async function reponerEntrantes(
  ctx: Piezas,
  cuenta: Cuenta,
  mensajes: MensajeTwilio[],
  total: Conciliado,
): Promise<boolean> {
  const porNora = Map.groupBy(
    mensajes,
    (m) => ctx.registro.buscarPorNumero(m.direccion === 'entrante' ? m.para : m.de)?.nombre_nora,
  );
  let entera = true;
  for (const [nora, suyos] of porNora) {
    const entrantes = suyos.filter((m) => m.direccion === 'entrante');
    if (!nora || entrantes.length === 0 || !(await esSuCuenta(ctx, nora, cuenta))) continue;
    const faltan = await sinApuntar(
      ctx,
      nora,
      entrantes.map(({ sid, para, fecha }) => ({ sid, para, fecha })),
    );
    if (faltan.size === 0) continue;
    const contestados = await contestadosPorFuera(ctx, nora, suyos, faltan);
    // Lo de una persona va junto: es una sola ráfaga y se contesta una vez.
    const porPersona = Map.groupBy(
      entrantes.filter((m) => faltan.has(m.sid)),
      (m) => m.de,
    );
    for (const perdidos of porPersona.values()) {
      try {
        total.repuestos += await reponer(ctx, perdidos, contestados, cuenta.credenciales);
      } catch (error) {
        entera = false;
        await ctx.registrarError('Twilio', error, nora, 'conciliacion');
      }
    }
  }
  return entera;
}

/** De estos mensajes del número de la nora (`para`), los que no están en su libro. */
async function sinApuntar(
  ctx: Piezas,
  nora: string,
  mensajes: { sid: string; para: string; fecha: Date }[],
): Promise<Set<string>> {
  const faltan = new Set<string>();
  for (const lote of enLotes(mensajes))
    for (const sid of await mensajesFaltantes(ctx.bd.servicio, nora, lote)) faltan.add(sid);
  return faltan;
}

/** Lo que Twilio lista aunque a la persona no le haya llegado. */
const NO_LE_LLEGO = new Set(['failed', 'undelivered', 'canceled', 'scheduled']);

/**
 * De lo que falta, a qué le siguió un mensaje a esa persona que no está en el libro: lo mandó otro programa con el mismo número, o
 * esta nora antes de que se restaurara un respaldo. Lo que sí está en el libro lo juzga quien guarda.
 */
async function contestadosPorFuera(
  ctx: Piezas,
  nora: string,
  suyos: MensajeTwilio[],
  faltan: ReadonlySet<string>,
): Promise<Set<string>> {
  const personas = new Set(suyos.filter((m) => faltan.has(m.sid)).map((m) => claveDe(m.de)));
  const salientes = suyos.filter(
    (m) => m.direccion === 'saliente' && !NO_LE_LLEGO.has(m.estado) && personas.has(claveDe(m.para)),
  );
  const ajenos = await sinApuntar(
    ctx,
    nora,
    salientes.map(({ sid, de, fecha }) => ({ sid, para: de, fecha })),
  );
  const contestados = new Set<string>();
  const conRespuesta = new Set<string>();
  // Del último al primero: al llegar a lo que dijo la persona ya se sabe si después se le escribió.
  for (const m of suyos.toReversed()) {
    if (ajenos.has(m.sid)) conRespuesta.add(claveDe(m.para));
    else if (faltan.has(m.sid) && conRespuesta.has(claveDe(m.de))) contestados.add(m.sid);
  }
  return contestados;
}

/**
 * La misma regla que la firma del webhook: a una nora sólo le entra lo de la cuenta con la que recibe. Si sus credenciales no abren,
 * ninguna lo es; el error se anota al buscar la suya.
 */
async function esSuCuenta(ctx: Piezas, nora: string, cuenta: Cuenta): Promise<boolean> {
  const suya = await ctx.llavero.cuentaDe(nora).catch(() => null);
  return suya?.accountSid === cuenta.sid;
}

async function reponer(
  ctx: Piezas,
  perdidos: MensajeTwilio[],
  contestados: ReadonlySet<string>,
  credenciales: Credenciales | null,
): Promise<number> {
  const mensajes: MensajeEntrante[] = [];
  for (const m of perdidos) {
    const de = leerDireccion(m.de);
    if (!de) continue;
    const medios = m.medios > 0 ? await mediosDe(ctx, m.sid, credenciales) : [];
    mensajes.push({
      sid: m.sid,
      to: m.para,
      telefono: de.telefono,
      bsuid: de.bsuid,
      cuerpo: m.cuerpo,
      perfil: null,
      adjuntos: medios.length > 0 ? medios : null,
      referido: null,
      respuesta_a: null,
      crudo: { Conciliado: 'si' },
      fecha: m.fecha.toISOString(),
      // Un BAJA se obedece aunque después alguien le haya escrito.
      ...(leerPreferencia(m.cuerpo) !== null
        ? { atendido: false }
        : contestados.has(m.sid) && { atendido: true }),
    });
  }
  return ctx.ingreso.reponer(mensajes);
}

/** Un archivo que Twilio ya borró no detiene lo que decía el mensaje. */
async function mediosDe(ctx: Piezas, sid: string, credenciales: Credenciales | null) {
  try {
    return await ctx.whatsapp.listarMedia(sid, credenciales);
  } catch (error) {
    if (error instanceof ErrorTwilio && error.estadoHttp === 404) return [];
    throw error;
  }
}

/** Los que no son nuestros o no avanzan no cambian nada: `registrar_estados` sólo sube de rango. */
function avisoDe(m: MensajeTwilio): AvisoEstado {
  return {
    id: null,
    sid: m.sid,
    estado: m.estado,
    nuestro: traducirEstado(m.estado),
    codigo: m.codigo,
    detalle: detalleDe(m.estado, m.codigo, m.error ?? undefined),
    numero: m.de,
    crudo: {},
  };
}

function* enLotes<T>(lista: T[]): Generator<T[]> {
  for (let i = 0; i < lista.length; i += LOTE) yield lista.slice(i, i + LOTE);
}
