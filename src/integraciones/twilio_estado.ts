import type twilio from 'twilio';
import { motivoTwilio } from './twilio_codigos.ts';
import { leerError } from './twilio_errores.ts';
import type { Credenciales, EstadoServicio } from './twilio_formas.ts';

/** Pregunta a Twilio por la cuenta y lo dice en español, con qué hacer si algo falta. */
export async function revisarCuenta(
  cuenta: Credenciales | null,
  simulada: boolean,
  clienteDe: (cuenta: Credenciales) => twilio.Twilio,
): Promise<EstadoServicio> {
  if (!cuenta) {
    return {
      ok: false,
      detalle: 'Falta conectar Twilio: agrega TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN y URL_PUBLICA.',
      revisado: new Date(),
    };
  }
  if (simulada) {
    return {
      ok: true,
      detalle: 'Teléfono simulado: los mensajes no salen a WhatsApp.',
      revisado: new Date(),
    };
  }
  try {
    const datos = await clienteDe(cuenta).api.v2010.accounts(cuenta.accountSid).fetch();
    return datos.status === 'active'
      ? { ok: true, detalle: 'Conectado con Twilio.', revisado: new Date() }
      : { ok: false, detalle: motivoTwilio(20005), revisado: new Date() };
  } catch (error) {
    const { estadoHttp, codigo } = leerError(error);
    const detalle =
      estadoHttp === 401 ||
      estadoHttp === 403 ||
      (error instanceof Error && /must start with AC/.test(error.message))
        ? motivoTwilio(20003)
        : estadoHttp === null
          ? 'No se puede conectar con Twilio. Revisa la salida a internet del servidor.'
          : motivoTwilio(codigo);
    return { ok: false, detalle, revisado: new Date() };
  }
}
