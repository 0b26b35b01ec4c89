import type { Contexto } from '../../contexto.ts';

/** Cómo está un servicio en este momento. */
export interface EstadoServicio {
  ok: boolean;
  detalle: string;
  revisado: Date;
}

/** `null` en `ia`: no hay proveedor configurado. `'revisando'`: no contestó a tiempo para esta página. */
export interface Estados {
  whatsapp: (EstadoServicio & { simulado: boolean }) | 'revisando';
  ia: EstadoServicio | null | 'revisando';
  base: EstadoServicio;
}

// La página no espera a un proveedor lento: la respuesta queda en su caché y sale en la siguiente vista.
const ESPERA_MS = 120;

/** Pregunta a los tres servicios a la vez. Nunca rechaza. */
export async function leerEstados(
  ctx: Pick<Contexto, 'whatsapp' | 'llavero' | 'modelo' | 'bd'>,
  nombre_nora: string,
): Promise<Estados> {
  const [whatsapp, ia, base] = await Promise.all([
    // Con su propia cuenta de Twilio si la tiene: la luz habla del número de esta nora.
    sinEsperar(ctx.llavero.deNora(nombre_nora).then((credenciales) => ctx.whatsapp.estado(credenciales))),
    ctx.modelo ? sinEsperar(ctx.modelo.estado()) : null,
    ctx.bd.estado(),
  ]);
  const detalle = base.detalle ?? '';
  return { whatsapp, ia, base: { ok: base.ok, detalle, revisado: new Date() } };
}

async function sinEsperar<T>(pregunta: Promise<T>): Promise<T | 'revisando'> {
  let reloj: NodeJS.Timeout | undefined;
  const limite = new Promise<'revisando'>((resolver) => {
    reloj = setTimeout(() => resolver('revisando'), ESPERA_MS);
  });
  try {
    return await Promise.race([pregunta.catch((): 'revisando' => 'revisando'), limite]);
  } finally {
    clearTimeout(reloj);
  }
}
