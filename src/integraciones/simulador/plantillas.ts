import { createHash } from 'node:crypto';
import { llenarPlantilla } from '../twilio_plantillas.ts';

/** Una plantilla del teléfono simulado. El nombre empieza con `general_`: la ven todas las noras. */
export interface PlantillaSimulada {
  sid: string;
  nombre: string;
  categoria: 'UTILITY' | 'MARKETING';
  estado: 'approved' | 'pending';
  cuerpo: string;
  botones: string[];
  ejemplos: Record<string, string>;
}

const crear = (p: Omit<PlantillaSimulada, 'sid'>): PlantillaSimulada => ({
  ...p,
  sid: `HX${createHash('md5').update(p.nombre).digest('hex')}`,
});

/** Las que cualquiera puede probar sin cuenta de Twilio. */
export const PLANTILLAS_SIMULADAS: readonly PlantillaSimulada[] = [
  crear({
    nombre: 'general_recordatorio_cita',
    categoria: 'UTILITY',
    estado: 'approved',
    cuerpo: 'Hola {{1}}, te recordamos tu cita del {{2}} a las {{3}}. ¿Nos confirmas?',
    botones: ['Confirmo', 'Necesito cambiarla'],
    ejemplos: { 1: 'Lucía', 2: 'martes 24', 3: '16:00' },
  }),
  crear({
    nombre: 'general_seguimiento',
    categoria: 'UTILITY',
    estado: 'approved',
    cuerpo:
      'Hola {{1}}, somos {{2}}. Quedó pendiente tu pregunta; responde este mensaje y con gusto la retomamos.',
    botones: [],
    ejemplos: { 1: 'Lucía', 2: 'Aura' },
  }),
  crear({
    nombre: 'general_promocion_mes',
    categoria: 'MARKETING',
    estado: 'pending',
    cuerpo: 'Hola {{1}}, este mes tenemos {{2}}. ¿Te aparto lugar?',
    botones: [],
    ejemplos: { 1: 'Lucía', 2: '20 % en color' },
  }),
];

/** Como las da la Content API de Twilio (v1). */
export function presentarPlantilla(p: PlantillaSimulada, accountSid: string) {
  const tipos: Record<string, object> = { 'twilio/text': { body: p.cuerpo } };
  if (p.botones.length > 0) {
    const actions = p.botones.map((title) => ({ title, id: title.toLowerCase().replaceAll(' ', '_') }));
    tipos['twilio/quick-reply'] = { body: p.cuerpo, actions };
  }
  return {
    sid: p.sid,
    account_sid: accountSid,
    friendly_name: p.nombre,
    language: 'es_MX',
    variables: p.ejemplos,
    types: tipos,
    approval_requests: {
      name: p.nombre,
      category: p.categoria,
      content_type: p.botones.length > 0 ? 'twilio/quick-reply' : 'twilio/text',
      status: p.estado,
      rejection_reason: '',
      allow_category_change: true,
    },
    date_created: '2026-01-05T17:00:00Z',
    date_updated: '2026-01-05T17:00:00Z',
  };
}

/** El texto que ve la persona, o el error de Twilio si no se puede mandar así. */
export function llenarSimulada(
  sid: string,
  variables: string | undefined,
): { texto: string } | { error: [number, string] } {
  const plantilla = PLANTILLAS_SIMULADAS.find((p) => p.sid === sid);
  if (!plantilla) return { error: [21655, 'The ContentSid is Invalid'] };
  if (plantilla.estado !== 'approved') return { error: [63016, 'The template is not approved'] };
  const valores = leerVariables(variables);
  if (!valores || Object.keys(plantilla.ejemplos).some((k) => !valores[k]?.trim())) {
    return { error: [21656, 'The Content Variables Parameter is invalid'] };
  }
  return { texto: llenarPlantilla(plantilla.cuerpo, valores) };
}

function leerVariables(texto: string | undefined): Record<string, string> | null {
  try {
    const valor: unknown = JSON.parse(texto ?? '{}');
    if (typeof valor !== 'object' || valor === null || Array.isArray(valor)) return null;
    return Object.fromEntries(Object.entries(valor).map(([k, v]) => [k, String(v)]));
  } catch {
    return null;
  }
}
