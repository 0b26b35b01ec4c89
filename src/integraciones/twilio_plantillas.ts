import { z } from 'zod';

/** Una plantilla de la Content API de Twilio, ya entendida. */
export interface PlantillaTwilio {
  /** HX… */
  sid: string;
  nombre: string;
  /** El nombre con el que WhatsApp la aprobó. */
  nombre_whatsapp: string | null;
  idioma: string;
  categoria: string | null;
  /** twilio/text, twilio/quick-reply, … */
  tipo: string;
  /** Lo que lee la persona, con sus `{{variables}}`. */
  cuerpo: string;
  /** El contenido completo, como lo dio Twilio. */
  contenido: Record<string, unknown>;
  /** Todas las que aparecen en cualquier parte, en orden. */
  variables: string[];
  ejemplos: Record<string, string>;
  /** approved, pending, rejected, paused, disabled, unsubmitted… */
  estado: string;
  motivo_rechazo: string | null;
  /** Su tipo puede abrir una conversación. */
  usable: boolean;
}

// Una lista o una ubicación no pueden abrir una conversación: twilio.com/docs/api/errors/63016.
const ABREN = new Set([
  'twilio/text',
  'twilio/media',
  'twilio/quick-reply',
  'twilio/call-to-action',
  'twilio/card',
  'twilio/carousel',
  'whatsapp/card',
  'whatsapp/authentication',
]);

const texto = z.string().catch('');
const aprobacion = z.object({
  name: texto,
  category: texto,
  content_type: texto,
  status: texto,
  rejection_reason: texto,
});

// Twilio agrega campos sin avisar y en la v1 la aprobación llega suelta o en lista: se lee lo que hace falta.
const esquema = z.object({
  sid: z.string().regex(/^HX[0-9a-fA-F]{32}$/),
  friendlyName: texto,
  language: texto,
  variables: z.record(z.string(), z.unknown()).nullish().catch({}),
  types: z.record(z.string(), z.unknown()),
  approvalRequests: z
    .union([aprobacion, z.array(aprobacion)])
    .nullish()
    .catch(null),
});

/** Lo que Twilio dice de una plantilla, o null si no se entiende. */
export function leerPlantilla(cruda: unknown): PlantillaTwilio | null {
  const { data } = esquema.safeParse(cruda);
  if (!data) return null;
  const [tipo, contenido] = elegirTipo(data.types);
  if (!tipo) return null;
  const pedida = Array.isArray(data.approvalRequests) ? data.approvalRequests[0] : data.approvalRequests;
  const ejemplos = Object.fromEntries(
    Object.entries(data.variables ?? {}).flatMap(([k, v]) => (typeof v === 'string' ? [[k, v]] : [])),
  );
  return {
    sid: data.sid,
    nombre: data.friendlyName || pedida?.name || data.sid,
    nombre_whatsapp: pedida?.name || null,
    idioma: data.language,
    categoria: pedida?.category || null,
    tipo,
    cuerpo: cuerpoDe(contenido),
    contenido: { [tipo]: contenido },
    variables: variablesDe(contenido),
    ejemplos,
    estado: pedida?.status.toLowerCase() || 'unsubmitted',
    motivo_rechazo: pedida?.rejection_reason || null,
    usable: ABREN.has(tipo) && cuerpoDe(contenido) !== '',
  };
}

/** Pone los valores en una sola pasada: lo que alguien escriba en una variable no se vuelve a leer como variable. */
export function llenarPlantilla(cuerpo: string, valores: Readonly<Record<string, string>>): string {
  return cuerpo.replaceAll(PATRON, (_todo, clave: string) => valores[clave]?.trim() ?? '');
}

const PATRON = /\{\{\s*([A-Za-z0-9_]+)\s*\}\}/g;

/** El más rico que sepamos mandar; twilio/text suele venir además como respaldo. */
function elegirTipo(tipos: Record<string, unknown>): [string, Record<string, unknown>] | [null, null] {
  const claves = Object.keys(tipos).toSorted((a, b) => peso(a) - peso(b));
  for (const clave of claves) {
    const contenido = tipos[clave];
    if (typeof contenido === 'object' && contenido !== null && !Array.isArray(contenido)) {
      return [clave, contenido as Record<string, unknown>];
    }
  }
  return [null, null];
}

function peso(tipo: string): number {
  if (!ABREN.has(tipo)) return 2;
  return tipo === 'twilio/text' ? 1 : 0;
}

function cuerpoDe(contenido: Record<string, unknown> | null): string {
  const partes = ['header_text', 'title', 'body', 'subtitle', 'footer'].map((k) => contenido?.[k]);
  return partes.filter((p): p is string => typeof p === 'string' && p.trim() !== '').join('\n');
}

/** Los números en su orden; los nombres, como aparecen. */
function variablesDe(contenido: Record<string, unknown> | null): string[] {
  const halladas = new Set([...JSON.stringify(contenido ?? {}).matchAll(PATRON)].map((h) => h[1] ?? ''));
  return [...halladas].toSorted((a, b) => (/^\d+$/.test(a) && /^\d+$/.test(b) ? Number(a) - Number(b) : 0));
}
