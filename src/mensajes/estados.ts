import { z } from 'zod';
import type { Contexto } from '../contexto.ts';
import { motivoTwilio } from '../integraciones/twilio_codigos.ts';
import { type Agrupador, crearAgrupador } from './agrupador.ts';
import { type AvisoEstado, registrarEstados } from './consultas.ts';
import { limpiar } from './limpiar.ts';
import { leerDireccion } from './telefono.ts';
import { conTope, TOPE_MS } from './tope.ts';

// Estados de twilio-oai v2010 en los nuestros. Los que no están aquí se guardan sin aplicarse.
const NUESTROS: Record<string, AvisoEstado['nuestro']> = {
  accepted: 'enviado',
  scheduled: 'enviado',
  queued: 'enviado',
  sending: 'enviado',
  sent: 'enviado',
  delivered: 'entregado',
  read: 'leido',
  undelivered: 'fallido',
  failed: 'fallido',
  canceled: 'fallido',
};

const esquema = z.object({
  MessageSid: z.string().regex(/^[A-Za-z0-9]{4,64}$/),
  MessageStatus: z.string().min(1).max(60),
  From: z.string().min(1).max(220),
});

export interface Estados {
  /** Aplica un aviso después del commit. @throws si la base no contestó antes de `limite` */
  recibir(aviso: AvisoEstado, limite?: number): Promise<void>;
  vaciar(): Promise<void>;
}

/** Los avisos de estado llegan en ráfagas, repetidos y en desorden: se aplican en grupo y sólo avanzan. */
export function crearEstados(ctx: Pick<Contexto, 'bd' | 'vivo'>): Estados {
  const grupos: Agrupador<AvisoEstado, void> = crearAgrupador(
    { maximo: 100, enVuelo: 1, esperaMs: 3 },
    (avisos) => aplicarEstados(ctx, avisos),
  );
  return {
    // El tope cuenta desde que llegó: un grupo que espera a otro ya gastó parte del suyo.
    recibir: (aviso, limite = Date.now() + TOPE_MS) => conTope(grupos.agregar(aviso), limite),
    vaciar: () => grupos.vaciar(),
  };
}

/** Aplica avisos y dice al panel lo que cambió. Los huérfanos son los de mensajes que no están en el libro. */
export async function aplicarEstados(
  ctx: Pick<Contexto, 'bd' | 'vivo'>,
  avisos: AvisoEstado[],
  guardarHuerfanos = true,
): Promise<void[]> {
  const cambios = await registrarEstados(
    ctx.bd.servicio,
    avisos,
    guardarHuerfanos,
    AbortSignal.timeout(TOPE_MS),
  );
  for (const { nora, contacto_id, id, estado } of cambios) {
    ctx.vivo.emitir(nora, 'mensaje:estado', { contacto_id, id, estado });
  }
  return avisos.map(() => undefined);
}

/** Parámetros de un aviso de estado; `id` es el del historial, que viaja en la URL firmada. Null si falta algo. */
export function leerAvisoEstado(p: Record<string, string>, id: string | null): AvisoEstado | null {
  const datos = esquema.safeParse(p);
  if (!datos.success) return null;
  const numero = leerDireccion(datos.data.From)?.telefono;
  if (!numero) return null;
  const estado = datos.data.MessageStatus.toLowerCase();
  const codigo = /^\d{3,6}$/.test(p['ErrorCode'] ?? '') ? Number(p['ErrorCode']) : null;
  return {
    id: z.uuid().safeParse(id).success ? id : null,
    sid: datos.data.MessageSid,
    estado: limpiar(estado, 60),
    nuestro: traducirEstado(estado),
    codigo,
    detalle: detalleDe(estado, codigo, p['ErrorMessage']),
    numero,
    crudo: Object.fromEntries(
      Object.entries(p)
        .slice(0, 60)
        .map(([clave, valor]) => [limpiar(clave, 100), limpiar(valor, 1000)]),
    ),
  };
}

export function traducirEstado(estado: string): AvisoEstado['nuestro'] {
  return NUESTROS[estado] ?? null;
}

/** ErrorMessage puede venir vacío aunque haya código; la razón para personas sale del código. */
export function detalleDe(estado: string, codigo: number | null, mensaje: string | undefined): string | null {
  if (traducirEstado(estado) !== 'fallido') return null;
  if (codigo !== null) return limpiar(motivoTwilio(codigo), 1000);
  return limpiar(mensaje || 'WhatsApp no pudo entregarlo.', 1000);
}
