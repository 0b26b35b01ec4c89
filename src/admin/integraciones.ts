import type { Contexto } from '../contexto.ts';

const TOPE_MS = 8000;

/** Cómo se dice cada modo de la base. */
export const MODOS_BASE = {
  embebido: 'PostgreSQL incluido',
  postgrest: 'PostgREST propio',
  supabase: 'Supabase',
};

export interface Integracion {
  nombre: string;
  tono: 'verde' | 'ambar' | 'rojo' | 'gris';
  detalle: string;
}

/** Pregunta a cada integración ahora mismo, con tope de tiempo. */
export async function revisarIntegraciones(ctx: Contexto): Promise<Integracion[]> {
  const { modelo, correo } = ctx;
  const revisar = async (
    nombre: string,
    hacer: () => Promise<{ ok: boolean; detalle: string }>,
  ): Promise<Integracion> => {
    try {
      const { ok, detalle } = await conTope(hacer());
      return { nombre, tono: ok ? 'verde' : 'rojo', detalle };
    } catch {
      return { nombre, tono: 'rojo', detalle: 'No contestó a tiempo.' };
    }
  };
  const revisarMeta = (): Integracion | Promise<Integracion> => {
    const estado = ctx.meta.estado();
    return estado
      ? revisar('Meta', () => estado)
      : { nombre: 'Meta', tono: 'gris', detalle: 'Sin META_APP_ID: los permisos de anuncios se pegan.' };
  };
  return Promise.all([
    revisar('Base de datos', async () => {
      const e = await ctx.bd.estado();
      return { ok: e.ok, detalle: e.ok ? `${MODOS_BASE[e.modo]}, responde.` : 'No responde.' };
    }),
    ctx.whatsapp.simulado
      ? { nombre: 'WhatsApp', tono: 'ambar', detalle: 'Teléfono simulado: faltan credenciales de Twilio.' }
      : revisar('WhatsApp', () => ctx.whatsapp.estado(null)),
    modelo
      ? revisar('IA', () => modelo.estado())
      : { nombre: 'IA', tono: 'ambar', detalle: 'Modo local: falta OPENAI_API_KEY.' },
    revisarMeta(),
    correo
      ? revisar('Correo', async () => {
          const r = await correo.estado();
          return r.ok ? { ok: true, detalle: 'El servidor contesta.' } : { ok: false, detalle: r.motivo };
        })
      : { nombre: 'Correo', tono: 'gris', detalle: 'Sin SMTP_URL: las ligas se muestran en pantalla.' },
  ]);
}

/** Lo que tarde, con tope: @throws Error `tope` */
export function conTope<T>(hacer: Promise<T>): Promise<T> {
  let reloj: NodeJS.Timeout | undefined;
  const tope = new Promise<never>((_, fallar) => {
    reloj = setTimeout(() => fallar(new Error('tope')), TOPE_MS);
  });
  return Promise.race([hacer, tope]).finally(() => clearTimeout(reloj));
}
