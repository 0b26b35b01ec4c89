import { createHmac } from 'node:crypto';

/** La cuenta de Twilio con la que se firma toda la carga. */
export interface Cuenta {
  accountSid: string;
  authToken: string;
}

export interface Entrante {
  sid: string;
  de: string;
  para: string;
  texto: string;
}

const TEXTOS = [
  '¿Cuánto cuesta un corte?',
  'Hola, quiero una cita para el sábado',
  '¿A qué hora abren mañana?',
  'Gracias, ahí nos vemos',
  '¿Tienen estacionamiento?',
  'Me interesa el paquete de uñas y tinte, ¿qué incluye?',
  '¿Hacen envíos a Guaymas?',
  'Perfecto, apártame a las 5 por favor',
];

export function textoNumero(n: number): string {
  return TEXTOS[n % TEXTOS.length] ?? 'Hola';
}

/** El número de WhatsApp de la nora de carga `i`, y el teléfono de la persona `i`. */
export const numeroDeNora = (i: number): string => `+52662${String(1_000_000 + i)}`;
export const telefonoDe = (i: number): string => `+5255${String(10_000_000 + i)}`;

/** La petición HTTP entera de un webhook, firmada como firma Twilio: se arma antes de medir para que enviar no cueste. */
export function armarPeticion(destino: { url: string; host: string }, cuenta: Cuenta, m: Entrante): Buffer {
  const campos: Record<string, string> = {
    AccountSid: cuenta.accountSid,
    ApiVersion: '2010-04-01',
    Body: m.texto,
    From: `whatsapp:${m.de}`,
    MessageSid: m.sid,
    MessageType: 'text',
    NumMedia: '0',
    NumSegments: '1',
    ProfileName: `Persona ${m.de.slice(-5)}`,
    SmsMessageSid: m.sid,
    SmsSid: m.sid,
    SmsStatus: 'received',
    To: `whatsapp:${m.para}`,
    WaId: m.de.slice(1),
  };
  // Los nombres ya van en el orden en que Twilio los concatena.
  let firmado = destino.url;
  for (const [clave, valor] of Object.entries(campos)) firmado += clave + valor;
  const firma = createHmac('sha1', cuenta.authToken).update(firmado).digest('base64');
  const cuerpo = new URLSearchParams(campos).toString();
  return Buffer.from(
    `POST /webhook HTTP/1.1\r\nHost: ${destino.host}\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
      `User-Agent: TwilioProxy/1.1\r\nAccept: */*\r\nX-Twilio-Signature: ${firma}\r\nI-Twilio-Idempotency-Token: ${m.sid}\r\n` +
      `Content-Length: ${Buffer.byteLength(cuerpo)}\r\n\r\n${cuerpo}`,
  );
}
