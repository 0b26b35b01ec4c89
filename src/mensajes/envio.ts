import type { Contexto } from '../contexto.ts';
import {
  envioAceptado,
  envioRechazado,
  reprogramarTurno,
  type SiguienteEnvio,
  siguienteEnvio,
  type TurnoCarril,
  terminarTurno,
} from './consultas.ts';
import { urlDeAdjunto } from './firma_adjuntos.ts';

type Piezas = Pick<Contexto, 'bd' | 'config' | 'vivo' | 'whatsapp' | 'llavero' | 'registrarError'>;
type PorEnviar = Extract<SiguienteEnvio, { r: 'envia' }>;
type Dudoso = Extract<SiguienteEnvio, { r: 'dudoso' }>;

const TOPE_INTENTOS = 6;
/** La lista de Twilio tarda en mostrar lo último; antes de esto "no está" no prueba nada. */
const GRACIA_DUDOSO_MS = 20_000;
const REVISION_DUDOSO_MS = 3000;

/** Manda, en su orden, lo que un contacto tiene pendiente. Un mensaje sale a lo más una vez. */
export async function enviarPendientes(ctx: Piezas, turno: TurnoCarril, senal: AbortSignal): Promise<void> {
  while (!senal.aborted) {
    const s = await siguienteEnvio(ctx.bd.servicio, turno, ctx.config.mensajes.arriendoMs);
    if (s.r === 'ajena') return;
    if (s.r === 'vacio') {
      // 'sigue' = llegó otro mientras se enviaba: el turno queda suelto y se reclama de nuevo.
      if ((await terminarTurno(ctx.bd.servicio, 'salida', turno)) === 'sigue') ctx.bd.avisar('atenciones');
      return;
    }
    if (s.r === 'impedido') anunciar(ctx, turno, s.id, 'fallido');
    if (s.r === 'omitido') anunciar(ctx, turno, s.id, 'omitido');
    if (s.r === 'dudoso' && !(await aclarar(ctx, turno, s))) return;
    if (s.r === 'envia' && !(await enviarUno(ctx, turno, s))) return;
  }
}

/** Falso si este contacto debe esperar antes de seguir. */
async function enviarUno(ctx: Piezas, turno: TurnoCarril, s: PorEnviar): Promise<boolean> {
  const adjunto = s.adjuntos[0];
  const resultado = await ctx.whatsapp.enviar({
    credenciales: await ctx.llavero.deNora(s.nora),
    de: s.de,
    para: s.para,
    ...(s.texto.trim() && { texto: s.texto }),
    ...(adjunto && { mediaUrl: urlDeAdjunto(ctx.config, adjunto.id) }),
    ...(s.plantilla && { contentSid: s.plantilla.sid, contentVariables: s.plantilla.variables }),
    urlEstado: `${ctx.config.urlPublica}/webhook/estado?m=${s.id}`,
  });
  if (resultado.ok) {
    await envioAceptado(ctx.bd.servicio, s.id, resultado.sid);
    anunciar(ctx, turno, s.id, 'enviado');
    return true;
  }
  if (resultado.clase === 'incierto') {
    // La fila se queda en 'enviando': su aviso de estado o la lista de Twilio dirán si salió.
    await reprogramarTurno(ctx.bd.servicio, 'salida', turno, REVISION_DUDOSO_MS, resultado.detalle);
    return false;
  }
  if (resultado.clase === 'reintentable' && s.intentos < TOPE_INTENTOS) {
    const espera = resultado.esperaMs ?? Math.min(60_000, 1000 * 3 ** (s.intentos - 1));
    await envioRechazado(ctx.bd.servicio, s.id, 'pendiente', resultado.codigo, resultado.motivo);
    await reprogramarTurno(ctx.bd.servicio, 'salida', turno, espera, resultado.detalle);
    return false;
  }
  await envioRechazado(ctx.bd.servicio, s.id, 'fallido', resultado.codigo, resultado.motivo);
  anunciar(ctx, turno, s.id, 'fallido');
  void ctx.registrarError('Twilio', `${resultado.motivo} (${resultado.detalle})`, s.nora, 'envio');
  return true;
}

/**
 * Quien enviaba esta fila murió o se quedó sin respuesta. Se busca en la lista de Twilio; lo que no aparece pasado
 * un rato queda `incierto` y decide una persona. Falso si hay que volver a mirar más tarde.
 */
async function aclarar(ctx: Piezas, turno: TurnoCarril, s: Dudoso): Promise<boolean> {
  const desde = new Date(new Date(s.desde).getTime() - 5000);
  let encontrado: string | null = null;
  let pudoBuscar = true;
  try {
    const lista = ctx.whatsapp.listar({
      credenciales: await ctx.llavero.deNora(s.nora),
      desde,
      limite: 200,
      de: s.de,
      para: s.para,
    });
    for await (const m of lista) {
      if (m.direccion !== 'saliente' || m.cuerpo !== s.texto || m.fecha < desde) continue;
      if (await envioAceptado(ctx.bd.servicio, s.id, m.sid)) {
        encontrado = m.sid;
        break;
      }
    }
  } catch {
    pudoBuscar = false;
  }
  if (encontrado) {
    anunciar(ctx, turno, s.id, 'enviado');
    return true;
  }
  if (s.edad_ms < GRACIA_DUDOSO_MS * (pudoBuscar ? 1 : 6)) {
    await reprogramarTurno(ctx.bd.servicio, 'salida', turno, REVISION_DUDOSO_MS, 'envío sin confirmar');
    return false;
  }
  await envioRechazado(
    ctx.bd.servicio,
    s.id,
    'incierto',
    null,
    'No sabemos si salió: se cortó la conexión con Twilio.',
  );
  anunciar(ctx, turno, s.id, 'incierto');
  return true;
}

function anunciar(ctx: Piezas, turno: TurnoCarril, id: string, estado: string): void {
  ctx.vivo.emitir(turno.nombre_nora, 'mensaje:estado', { contacto_id: turno.contacto_id, id, estado });
}
