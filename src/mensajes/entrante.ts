import { z } from 'zod';
import type { MensajeEntrante } from './consultas.ts';
import { limpiar } from './limpiar.ts';
import { leerDireccion } from './telefono.ts';

const MAXIMO_TEXTO = 20_000;
const MAXIMO_PARAMETRO = 4000;
const MAXIMO_MEDIOS = 10;

const esencial = z.object({
  MessageSid: z.string().regex(/^[A-Za-z0-9]{4,64}$/),
  From: z.string().min(1).max(220),
  To: z.string().min(1).max(220),
});

// Ya guardados en columnas o repetidos por Twilio con otro nombre: no van a `crudo`.
const CONOCIDOS = new Set(
  'MessageSid SmsSid SmsMessageSid AccountSid From To Body NumMedia ProfileName WaId ApiVersion SmsStatus NumSegments OriginalRepliedMessageSid ExternalUserId'.split(
    ' ',
  ),
);

/**
 * Parámetros de un webhook de mensaje (twilio.com/docs/messaging/guides/webhook-request) en la forma que guarda
 * la base, limpios y acotados. Null si falta lo esencial: sin sid no se puede reconocer un repetido.
 */
export function leerMensajeEntrante(p: Record<string, string>): MensajeEntrante | null {
  const datos = esencial.safeParse(p);
  if (!datos.success) return null;
  const de = leerDireccion(datos.data.From);
  const para = leerDireccion(datos.data.To);
  if (!de || !para?.telefono) return null;
  return {
    sid: datos.data.MessageSid,
    to: para.telefono,
    telefono: de.telefono ?? telefonoDeWaId(p['WaId']),
    bsuid: de.bsuid ?? leerBsuid(p['ExternalUserId']),
    cuerpo: cuerpoDe(p),
    perfil: p['ProfileName'] ? limpiar(p['ProfileName'], 200) : null,
    adjuntos: adjuntosDe(p),
    referido: referidoDe(p),
    respuesta_a: p['OriginalRepliedMessageSid'] ? limpiar(p['OriginalRepliedMessageSid'], 64) : null,
    crudo: restoDe(p),
  };
}

/** Texto visible: el del mensaje, el del botón o el lugar que compartió. */
function cuerpoDe(p: Record<string, string>): string {
  const texto = limpiar(p['Body'] ?? '', MAXIMO_TEXTO);
  if (texto.trim()) return texto;
  const boton = p['ButtonText'] ?? p['ListTitle'];
  if (boton) return limpiar(boton, MAXIMO_TEXTO);
  if (p['Latitude'] && p['Longitude']) {
    const lugar = [p['Label'], p['Address']].filter(Boolean).join(', ');
    return limpiar(
      `Ubicación: ${lugar ? `${lugar} · ` : ''}${p['Latitude']}, ${p['Longitude']}`,
      MAXIMO_TEXTO,
    );
  }
  return '';
}

function adjuntosDe(p: Record<string, string>): { url: string; tipo: string }[] | null {
  const cuantos = Math.min(Number(p['NumMedia'] ?? 0) || 0, MAXIMO_MEDIOS);
  const adjuntos: { url: string; tipo: string }[] = [];
  for (let i = 0; i < cuantos; i++) {
    const url = p[`MediaUrl${i}`];
    const tipo = limpiar(p[`MediaContentType${i}`] ?? '', 200).toLowerCase() || 'application/octet-stream';
    if (url && url.length <= 2000 && URL.canParse(url)) adjuntos.push({ url: limpiar(url, 2000), tipo });
  }
  return adjuntos.length > 0 ? adjuntos : null;
}

/** El anuncio por el que llegó: después une gasto con conversaciones. */
function referidoDe(p: Record<string, string>): Record<string, string> | null {
  const referido: Record<string, string> = {};
  for (const clave of Object.keys(p)) {
    const valor = p[clave];
    if (clave.startsWith('Referral') && valor) referido[limpiar(clave, 60)] = limpiar(valor, 1000);
  }
  // Twilio manda ReferralNumMedia=0 aunque no haya anuncio.
  const esAnuncio = ['SourceId', 'SourceUrl', 'CtwaClid', 'Headline'].some((c) => referido[`Referral${c}`]);
  return esAnuncio ? referido : null;
}

function restoDe(p: Record<string, string>): Record<string, string> | null {
  const resto: Record<string, string> = {};
  for (const clave of Object.keys(p)) {
    if (CONOCIDOS.has(clave) || /^(Media(Url|ContentType)\d+|Referral\w+)$/.test(clave)) continue;
    resto[limpiar(clave, 100)] = limpiar(p[clave] ?? '', MAXIMO_PARAMETRO);
  }
  return Object.keys(resto).length > 0 ? resto : null;
}

function leerBsuid(texto: string | undefined): string | null {
  return (texto && leerDireccion(texto)?.bsuid) || null;
}

function telefonoDeWaId(texto: string | undefined): string | null {
  return texto && /^\d{7,15}$/.test(texto) ? `+${texto}` : null;
}
