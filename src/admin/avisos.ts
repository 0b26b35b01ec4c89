import { z } from 'zod';
import type { Contexto } from '../contexto.ts';
import { conTope, revisarIntegraciones } from './integraciones.ts';
import { TITULOS_INCIDENTE } from './presentar.ts';

const encargo = z.object({ incidente: z.uuid(), usuario: z.uuid(), momento: z.enum(['abre', 'cierra']) });

/**
 * Abre y cierra incidentes y encarga un correo por persona y momento. Sin correo configurado los incidentes
 * se ven igual en el tablero.
 */
export async function revisarAvisos(ctx: Contexto): Promise<void> {
  const { data } = await ctx.bd.servicio
    .rpc('revisar_incidentes', { p_rotas: (await integracionesRotas(ctx)) as never })
    .throwOnError();
  const { abiertos, cerrados } = data as unknown as { abiertos: string[]; cerrados: string[] };
  if (abiertos.length + cerrados.length > 0) ctx.vivo.avisarAdmin('tablero');
  if (!ctx.correo) return;
  for (const [momento, incidentes] of [
    ['abre', abiertos],
    ['cierra', cerrados],
  ] as const) {
    for (const incidente of incidentes) {
      const r = await ctx.bd.servicio
        .rpc('destinatarios_incidente', { p_incidente: incidente, p_momento: momento })
        .throwOnError();
      for (const usuario of r.data as unknown as string[])
        await ctx.trabajos.encolar('aviso_correo', { incidente, usuario, momento });
    }
  }
}

/** Las conexiones que fallan ahora: las generales y la cuenta propia de WhatsApp de cada nora que la tiene. */
async function integracionesRotas(
  ctx: Contexto,
): Promise<{ nora: string | null; clave: string; detalle: string }[]> {
  const rotas = (await revisarIntegraciones(ctx))
    .filter((i) => i.tono === 'rojo' && i.nombre !== 'Base de datos' && i.nombre !== 'Correo')
    .map((i) => ({ nora: null as string | null, clave: i.nombre, detalle: `${i.nombre}: ${i.detalle}` }));
  const propias = [...ctx.registro.noras()].filter((n) => n.activo && n.credenciales_propias);
  // De diez en diez: doscientas cuentas que no contestan, una tras otra, no caben en la vuelta.
  for (let i = 0; i < propias.length; i += A_LA_VEZ) {
    const lote = propias.slice(i, i + A_LA_VEZ).map(async ({ nombre_nora: nora }) => {
      const detalle = await problemaDeCuenta(ctx, nora);
      return detalle ? [{ nora, clave: 'WhatsApp', detalle: `WhatsApp: ${detalle}` }] : [];
    });
    rotas.push(...(await Promise.all(lote)).flat());
  }
  return rotas;
}

const A_LA_VEZ = 10;

/** Qué le pasa a la cuenta de WhatsApp de una nora; null si contesta. */
async function problemaDeCuenta(ctx: Contexto, nora: string): Promise<string | null> {
  const credenciales = await ctx.llavero.deNora(nora).catch(() => undefined);
  if (credenciales === undefined) return 'Las credenciales guardadas no abren con esta CLAVE_CIFRADO.';
  try {
    const e = await conTope(ctx.whatsapp.estado(credenciales));
    return e.ok ? null : e.detalle;
  } catch {
    return 'No contestó a tiempo.';
  }
}

interface Aviso {
  correo: string;
  nombre: string;
  clase: string;
  detalle: string;
  nombre_nora: string | null;
  nombre_visible: string | null;
}

/** Manda un aviso. Se aparta antes de mandar: ante una caída se prefiere un correo de menos a dos iguales. */
export async function mandarAviso(ctx: Contexto, datos: Record<string, unknown>): Promise<void> {
  if (!ctx.correo) return;
  const { incidente, usuario, momento } = encargo.parse(datos);
  const { data } = await ctx.bd.servicio
    .rpc('apartar_aviso', { p_incidente: incidente, p_usuario: usuario, p_momento: momento })
    .throwOnError();
  const aviso = data as unknown as Aviso | null;
  if (!aviso) return;
  const donde = aviso.nombre_visible ? ` en ${aviso.nombre_visible}` : '';
  const titulo = TITULOS_INCIDENTE[aviso.clase] ?? aviso.clase;
  const liga =
    ctx.config.urlPublica + (aviso.nombre_nora ? `/panel_cliente/${aviso.nombre_nora}` : '/admin/dashboard');
  const r = await ctx.correo.enviar({
    para: aviso.correo,
    asunto: momento === 'abre' ? `${titulo}${donde}` : `Resuelto: ${titulo.toLowerCase()}${donde}`,
    texto: `Hola, ${aviso.nombre.split(' ')[0]}:\n\n${
      momento === 'abre'
        ? `${aviso.detalle}.`
        : `Ya quedó: ${aviso.detalle.charAt(0).toLowerCase()}${aviso.detalle.slice(1)}.`
    }\n\n${liga}\n\nPuedes elegir qué avisos recibes en ${ctx.config.urlPublica}/cuenta`,
  });
  if (r.ok) return;
  // No salió: se suelta el apartado para que el reintento de la cola vuelva a probar.
  await ctx.bd.servicio
    .from('avisos_enviados')
    .delete()
    .eq('incidente_id', incidente)
    .eq('usuario_id', usuario)
    .eq('momento', momento)
    .throwOnError();
  throw new Error(`aviso por correo: ${r.motivo}`);
}
