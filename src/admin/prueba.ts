import { randomBytes } from 'node:crypto';
import type { Contexto } from '../contexto.ts';
import type { NoraRegistrada } from '../noras/registro_dinamico.ts';

export interface Paso {
  titulo: string;
  estado: 'bien' | 'mal' | 'espera' | 'pendiente';
  detalle: string;
}

const TOPE_MS = 10_000;

/** Las direcciones que se pegan en la consola de Twilio. `#rc=3&rp=all` hace que Twilio repita lo que no pudo entregar. */
export function urlsDeTwilio(ctx: Pick<Contexto, 'config'>): { webhook: string; respaldo: string } {
  const base = `${ctx.config.urlPublica}/webhook`;
  return { webhook: `${base}#rc=3&rp=all`, respaldo: `${base}#rc=3&rp=all` };
}

/**
 * Manda por la puerta de verdad un mensaje firmado como los de Twilio y dice hasta dónde llegó.
 * @returns el sid con el que se siguen los pasos, y los que ya se saben
 */
export async function mandarPrueba(
  ctx: Contexto,
  nora: NoraRegistrada,
  { telefono, texto }: { telefono: string; texto: string },
): Promise<{ sid: string; pasos: Paso[] }> {
  const pasos: Paso[] = [];
  const sid = `SM${randomBytes(16).toString('hex')}`;
  const paso = (bien: boolean, titulo: string, detalle: string): boolean => {
    pasos.push({ titulo, estado: bien ? 'bien' : 'mal', detalle });
    return bien;
  };
  if (!paso(nora.activo, 'Nora activa', nora.activo ? nora.nombre_visible : 'Está suspendida: reactívala.'))
    return { sid, pasos };
  const { numero_nora } = nora;
  if (
    !paso(Boolean(numero_nora), 'Número de WhatsApp', numero_nora ?? 'Ponle un número primero.') ||
    !numero_nora
  )
    return { sid, pasos };
  const cuenta = await ctx.llavero.cuentaDe(nora.nombre_nora);
  const estado = await ctx.whatsapp.estado(await ctx.llavero.deNora(nora.nombre_nora));
  if (!paso(estado.ok, 'Cuenta de WhatsApp', estado.detalle) || !cuenta) return { sid, pasos };
  const url = `${ctx.config.urlPublica}/webhook`;
  const params = {
    AccountSid: cuenta.accountSid,
    MessageSid: sid,
    From: `whatsapp:${telefono}`,
    To: `whatsapp:${numero_nora}`,
    Body: texto,
    ProfileName: 'Mensaje de prueba',
    NumMedia: '0',
  };
  const codigo = await publicar(url, params, ctx.whatsapp.firmar(url, params, cuenta.authToken));
  paso(
    codigo === 200,
    'Llega al webhook',
    codigo === 200
      ? 'La dirección pública contestó y aceptó la firma.'
      : codigo === 0
        ? `No se pudo llegar a ${url}: revisa URL_PUBLICA.`
        : `Contestó ${codigo}${codigo === 403 ? ': la firma no coincide, revisa URL_PUBLICA y el Auth Token' : ''}.`,
  );
  return { sid, pasos };
}

async function publicar(url: string, params: Record<string, string>, firma: string): Promise<number> {
  try {
    const r = await fetch(url, {
      method: 'POST',
      headers: { 'x-twilio-signature': firma },
      body: new URLSearchParams(params),
      redirect: 'manual',
      signal: AbortSignal.timeout(TOPE_MS),
    });
    await r.body?.cancel();
    return r.status;
  } catch {
    return 0;
  }
}

const RESULTADOS: Record<string, string> = {
  respondida: 'Contestó la IA.',
  regla: 'Contestó una respuesta automática.',
  bienvenida: 'Mandó el saludo de bienvenida.',
  preferencia: 'Era una preferencia (BAJA o ALTA).',
  pasada_a_humano: 'No encontró con qué contestar y la pasó a una persona.',
  silencio: 'Guardó silencio.',
  fallida: 'No pudo contestar.',
};

/** Por qué decidió eso, en palabras. Los motivos con dos puntos («regla: promo») ya vienen escritos para leerse. */
const MOTIVOS: Record<string, string> = {
  respondida: '',
  sin_evidencia: 'Nada de lo que sabe lo responde: agrégalo a su conocimiento.',
  pasada_a_humano: '',
  saludo: '',
  baja: 'Ese número pidió no recibir mensajes.',
  alta: '',
  solo_media: 'Sólo llegó un archivo.',
  bucle: 'Parece otro sistema automático.',
  tope_hora: 'Ya le contestó muchas veces en la última hora.',
  tope_tokens: 'Se acabaron los tokens de hoy.',
  pidio_persona: 'Pidió hablar con una persona.',
  palabra_pase: 'Dijo una palabra de pase.',
  sin_modulos: 'Están apagados los módulos de IA y de respuestas.',
  ia_inactiva: 'Está apagado el módulo de IA.',
  ia_apagada: 'La IA está apagada para ese contacto.',
  ia_apagada_nora: 'La IA de esta nora está apagada.',
  atendido_por_persona: 'A ese contacto lo atiende una persona.',
  espera_persona: 'Ese contacto espera a una persona.',
  bloqueado: 'Ese contacto está bloqueado.',
  suspendida: 'La nora está suspendida.',
  descartada: 'Llegó otro mensaje mientras pensaba.',
  error: 'Falló el proveedor de IA y contestó el modo local.',
};

function decirMotivo(motivo: string | null): string {
  if (!motivo) return '';
  return MOTIVOS[motivo] ?? (/^[a-z]+(_[a-z]+)+$/.test(motivo) ? '' : `(${motivo})`);
}

/** Los pasos que siguen después del webhook, leídos de la base; `termino` cuando ya no van a cambiar. */
export async function seguirPrueba(
  ctx: Pick<Contexto, 'bd'>,
  nora: string,
  sid: string,
): Promise<{ pasos: Paso[]; termino: boolean; contacto: string | null }> {
  const servicio = ctx.bd.servicio;
  const { data: entrante } = await servicio
    .from('historial_conversaciones')
    .select('contacto_id, fecha_hora, epoca')
    .eq('nombre_nora', nora)
    .eq('sid', sid)
    .maybeSingle()
    .throwOnError();
  if (!entrante) {
    const pasos: Paso[] = [{ titulo: 'Se guarda', estado: 'espera', detalle: 'Buscando el mensaje…' }];
    return { pasos, termino: false, contacto: null };
  }
  const [{ data: rafaga }, { data: salida }] = await Promise.all([
    servicio
      .from('rafagas')
      .select('resultado, motivo')
      .eq('nombre_nora', nora)
      .eq('contacto_id', entrante.contacto_id)
      .gte('creado', entrante.fecha_hora)
      .order('creado')
      .limit(1)
      .throwOnError(),
    servicio
      .from('historial_conversaciones')
      .select('mensaje, estado, error_detalle')
      .eq('nombre_nora', nora)
      .eq('contacto_id', entrante.contacto_id)
      .eq('tipo', 'respuesta')
      .neq('autor', 'sistema')
      .gte('fecha_hora', entrante.fecha_hora)
      .order('fecha_hora')
      .limit(1)
      .throwOnError(),
  ]);
  const decision = rafaga[0];
  const respuesta = salida[0];
  const pasos: Paso[] = [{ titulo: 'Se guarda', estado: 'bien', detalle: 'Está en el chat de la nora.' }];
  if (decision) {
    const bien = !['fallida', 'silencio'].includes(decision.resultado);
    const detalle = [RESULTADOS[decision.resultado] ?? decision.resultado, decirMotivo(decision.motivo)]
      .filter(Boolean)
      .join(' ');
    pasos.push({ titulo: 'Nora decide', estado: bien ? 'bien' : 'mal', detalle });
  } else pasos.push({ titulo: 'Nora decide', estado: 'espera', detalle: 'Pensando…' });
  const salio = respuesta ? ['enviado', 'entregado', 'leido'].includes(respuesta.estado) : false;
  const fallo = respuesta ? ['fallido', 'incierto', 'omitido'].includes(respuesta.estado) : false;
  if (respuesta) {
    const detalle = fallo
      ? (respuesta.error_detalle ?? 'No salió: Twilio no la confirmó.')
      : `«${respuesta.mensaje.slice(0, 200)}»`;
    pasos.push({ titulo: 'Sale la respuesta', estado: salio ? 'bien' : fallo ? 'mal' : 'espera', detalle });
  } else if (decision) {
    pasos.push({ titulo: 'Sale la respuesta', estado: 'mal', detalle: 'No hubo nada que mandar.' });
  } else pasos.push({ titulo: 'Sale la respuesta', estado: 'pendiente', detalle: '' });
  return {
    pasos,
    termino: salio || fallo || (Boolean(decision) && !respuesta),
    contacto: entrante.contacto_id,
  };
}
