import type { Contexto } from '../contexto.ts';
import { ErrorTwilio } from '../integraciones/twilio.ts';
import { apuntarFalloPlantillas, guardarPlantillas, norasConCredenciales } from './consultas.ts';

type Piezas = Pick<Contexto, 'bd' | 'whatsapp' | 'llavero' | 'registrarError'>;

const FALLO = 'No se pudieron leer las plantillas de Twilio. Inténtalo de nuevo en unos minutos.';

/** Trae de Twilio las plantillas de una nora (o las de la cuenta global, si la usa). Devuelve cuántas, o por qué no se pudo. */
export async function sincronizarPlantillas(
  ctx: Piezas,
  nombre_nora: string,
): Promise<{ ok: true; total: number } | { ok: false; motivo: string }> {
  const propia = await ctx.llavero.deNora(nombre_nora);
  return sincronizar(ctx, propia ? nombre_nora : null);
}

/** Todas: la cuenta global una vez, y cada nora con cuenta propia. */
export async function sincronizarTodas(ctx: Piezas): Promise<void> {
  if (ctx.whatsapp.cuentaGlobal) await sincronizar(ctx, null);
  let desde = '';
  for (;;) {
    const noras = await norasConCredenciales(ctx.bd.servicio, desde);
    for (const { nombre_nora } of noras) await sincronizar(ctx, nombre_nora);
    const ultima = noras.at(-1);
    if (!ultima) return;
    desde = ultima.nombre_nora;
  }
}

async function sincronizar(
  ctx: Piezas,
  nora: string | null,
): Promise<{ ok: true; total: number } | { ok: false; motivo: string }> {
  try {
    const credenciales = nora === null ? null : await ctx.llavero.deNora(nora);
    const plantillas = await ctx.whatsapp.listarPlantillas(credenciales);
    return { ok: true, total: await guardarPlantillas(ctx.bd.servicio, nora, plantillas) };
  } catch (error) {
    // Lo guardado sigue sirviendo: una plantilla aprobada no deja de estarlo porque Twilio no conteste.
    if (!(error instanceof ErrorTwilio)) throw error;
    await apuntarFalloPlantillas(ctx.bd.servicio, nora, FALLO);
    await ctx.registrarError('Twilio', `Plantillas: ${error.message}`, nora, 'plantillas');
    return { ok: false, motivo: FALLO };
  }
}
