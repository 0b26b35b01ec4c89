import type { Contexto } from '../contexto.ts';
import type { Credenciales, MensajeTwilio } from '../integraciones/twilio.ts';
import { type AvisoEstado, mensajesFaltantes, norasConCredenciales } from './consultas.ts';
import { aplicarEstados, detalleDe, traducirEstado } from './estados.ts';
import { leerDireccion } from './telefono.ts';

type Piezas = Pick<
  Contexto,
  'bd' | 'vivo' | 'whatsapp' | 'llavero' | 'registro' | 'ingreso' | 'registrarError'
>;

const VENTANA_MS = 3600_000;
/** Tras una caída larga se mira hasta donde llegó la última vuelta completa; más de un día ya no se puede contestar. */
const VENTANA_MAXIMA_MS = 24 * VENTANA_MS;
const TRASLAPE_MS = 5 * 60_000;
/** La última vuelta en la que todas las cuentas contestaron; no es lo mismo que la última encargada. */
const AL_DIA = 'conciliacion_al_dia';
/** Lo más reciente aún puede venir en camino por el webhook. */
const MARGEN_MS = 60_000;
const LIMITE = 20_000;
const LOTE = 200;

export interface Conciliado {
  vistos: number;
  repuestos: number;
  estados: number;
}

/**
 * Compara lo último de Twilio (una hora, o desde la última vuelta completa si fue antes) con el libro y repone lo que un webhook perdido dejó fuera: mensajes que
 * entraron y estados que avanzaron. Cuenta global primero, después cada nora con cuenta propia.
 */
export async function conciliar(ctx: Piezas): Promise<Conciliado> {
  const total: Conciliado = { vistos: 0, repuestos: 0, estados: 0 };
  const ventana = await ventanaDe(ctx);
  let completa = true;
  if (ctx.whatsapp.cuentaGlobal) completa = await conciliarCuenta(ctx, null, null, ventana, total);
  let desde = '';
  for (;;) {
    const noras = await norasConCredenciales(ctx.bd.servicio, desde);
    for (const { nombre_nora } of noras) {
      const credenciales = await ctx.llavero.deNora(nombre_nora);
      if (!(await conciliarCuenta(ctx, credenciales, nombre_nora, ventana, total))) completa = false;
    }
    const ultima = noras.at(-1);
    if (!ultima) break;
    desde = ultima.nombre_nora;
  }
  if (completa) await ctx.bd.servicio.rpc('marcar_tarea', { p_nombre: AL_DIA }).throwOnError();
  return total;
}

interface Ventana {
  desde: Date;
  hasta: Date;
}

async function ventanaDe(ctx: Pick<Piezas, 'bd'>): Promise<Ventana> {
  const ahora = Date.now();
  const { data } = await ctx.bd.servicio.rpc('leer_tarea', { p_nombre: AL_DIA }).throwOnError();
  const ultima = data ? new Date(data).getTime() - TRASLAPE_MS : ahora;
  const desde = Math.max(ahora - VENTANA_MAXIMA_MS, Math.min(ahora - VENTANA_MS, ultima));
  return { desde: new Date(desde), hasta: new Date(ahora - MARGEN_MS) };
}

/** Verdadero si se pudo leer entera. */
async function conciliarCuenta(
  ctx: Piezas,
  credenciales: Credenciales | null,
  nora: string | null,
  ventana: Ventana,
  total: Conciliado,
): Promise<boolean> {
  const lista = ctx.whatsapp.listar({ credenciales, ...ventana, limite: LIMITE });
  try {
    let lote: MensajeTwilio[] = [];
    for await (const mensaje of lista) {
      // Twilio sólo promete filtrar por día.
      if (mensaje.fecha < ventana.desde || mensaje.fecha > ventana.hasta) continue;
      total.vistos++;
      lote.push(mensaje);
      if (lote.length >= LOTE) {
        await conciliarLote(ctx, lote, credenciales, total);
        lote = [];
      }
    }
    await conciliarLote(ctx, lote, credenciales, total);
    return true;
  } catch (error) {
    await ctx.registrarError('Twilio', error, nora, 'conciliacion');
    return false;
  }
}

async function conciliarLote(
  ctx: Piezas,
  lote: MensajeTwilio[],
  credenciales: Credenciales | null,
  total: Conciliado,
): Promise<void> {
  const entrantes = Map.groupBy(
    lote.filter((m) => m.direccion === 'entrante'),
    (m) => ctx.registro.buscarPorNumero(m.para)?.nombre_nora,
  );
  for (const [nora, mensajes] of entrantes) {
    if (!nora || !(await esSuCuenta(ctx, nora, credenciales))) continue;
    const faltan = new Set(
      await mensajesFaltantes(
        ctx.bd.servicio,
        nora,
        mensajes.map(({ sid, para, fecha }) => ({ sid, para, fecha })),
      ),
    );
    // La lista va de lo más nuevo a lo más viejo; se repone en el orden en que se dijo.
    for (const mensaje of mensajes.filter((m) => faltan.has(m.sid)).reverse()) {
      await reponer(ctx, mensaje, credenciales);
      total.repuestos++;
    }
  }
  const avisos = lote.filter((m) => m.direccion === 'saliente').map(avisoDe);
  if (avisos.length > 0) {
    await aplicarEstados(ctx, avisos, false);
    total.estados += avisos.length;
  }
}

/** La misma regla que la firma del webhook: a una nora sólo le entra lo de la cuenta con la que recibe. */
async function esSuCuenta(ctx: Piezas, nora: string, credenciales: Credenciales | null): Promise<boolean> {
  const listada = credenciales ?? ctx.whatsapp.cuentaGlobal;
  return (await ctx.llavero.cuentaDe(nora))?.accountSid === listada?.accountSid;
}

async function reponer(ctx: Piezas, m: MensajeTwilio, credenciales: Credenciales | null): Promise<void> {
  const de = leerDireccion(m.de);
  if (!de) return;
  const medios = m.medios > 0 ? await ctx.whatsapp.listarMedia(m.sid, credenciales) : [];
  await ctx.ingreso.recibir({
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
  });
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
