import type { Contexto } from '../contexto.ts';

/**
 * Aplica las reglas de etiquetado de la nora a lo que acaba de llegar. Nunca lanza: una etiqueta no vale perder un turno,
 * y repetirlo no cambia nada.
 */
export async function etiquetarPorReglas(
  ctx: Pick<Contexto, 'bd' | 'vivo' | 'registrarError'>,
  turno: { nombre_nora: string; contacto_id: string },
  mensajes: readonly { id: string }[],
): Promise<void> {
  try {
    const { data } = await ctx.bd.servicio
      .rpc('etiquetar_por_reglas', { p_mensajes: mensajes.map((m) => m.id) })
      .throwOnError();
    if (!Array.isArray(data) || data.length === 0) return;
    ctx.vivo.emitir(turno.nombre_nora, 'contacto:actualizado', { contacto_id: turno.contacto_id });
  } catch (error) {
    await ctx.registrarError('Supabase', error, turno.nombre_nora, 'etiquetar_por_reglas');
  }
}
