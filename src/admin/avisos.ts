import { z } from 'zod';
import type { Contexto } from '../contexto.ts';
import { conTope, revisarIntegraciones } from './integraciones.ts';
import { TITULOS_INCIDENTE } from './presentar.ts';

const pendientes = z.array(
  z.object({ incidente: z.uuid(), usuario: z.uuid(), momento: z.enum(['abre', 'cierra']) }),
);

export const COLA_CORREOS = 'aviso_correo';

/**
 * Abre y cierra incidentes y encarga los correos que falten, también los que antes no salieron. Sin correo configurado los
 * incidentes se ven igual en el tablero.
 */
export async function revisarAvisos(ctx: Contexto): Promise<void> {
  const { data } = await ctx.bd.servicio
    .rpc('revisar_incidentes', { p_rotas: (await integracionesRotas(ctx)) as never })
    .throwOnError();
  const { abiertos, cerrados } = data as unknown as { abiertos: number; cerrados: number };
  if (abiertos + cerrados > 0) ctx.vivo.avisarAdmin('tablero');
  if (!ctx.correo || (await leerPendientes(ctx)).length === 0) return;
  // Uno que los mande todos: de uno en uno la cola tardaría más que la siguiente revisión.
  await ctx.trabajos.encolar(COLA_CORREOS, {}, { unico: COLA_CORREOS });
}

interface Rota {
  nora: string | null;
  clave: string;
  detalle: string;
  /** Otra habla por ella: no abre un incidente suyo. */
  agrupada?: boolean;
}

/** Las conexiones que fallan ahora: las generales y la cuenta propia de WhatsApp de cada nora que la tiene. */
async function integracionesRotas(ctx: Contexto): Promise<Rota[]> {
  const generales = (await revisarIntegraciones(ctx))
    .filter((i) => i.tono === 'rojo' && i.nombre !== 'Base de datos' && i.nombre !== 'Correo')
    .map((i): Rota => ({ nora: null, clave: i.nombre, detalle: `${i.nombre}: ${i.detalle}` }));
  const propias = [...ctx.registro.noras()].filter((n) => n.activo && n.credenciales_propias);
  const rotas: Rota[] = [];
  // De diez en diez: doscientas cuentas que no contestan, una tras otra, no caben en la vuelta.
  for (let i = 0; i < propias.length; i += A_LA_VEZ) {
    const lote = propias.slice(i, i + A_LA_VEZ).map(async ({ nombre_nora: nora }): Promise<Rota[]> => {
      const detalle = await problemaDeCuenta(ctx, nora);
      return detalle ? [{ nora, clave: 'WhatsApp', detalle: `WhatsApp: ${detalle}` }] : [];
    });
    rotas.push(...(await Promise.all(lote)).flat());
  }
  return [...generales, ...agrupar(rotas, generales)];
}

/** Cuando falla el proveedor fallan todas: doscientos incidentes serían doscientos correos a cada administrador. */
function agrupar(rotas: readonly Rota[], generales: readonly Rota[]): Rota[] {
  const yaDicho = generales.some((g) => g.clave === 'WhatsApp');
  if (rotas.length < MUCHAS && !yaDicho) return [...rotas];
  const agrupadas = rotas.map((r) => ({ ...r, agrupada: true }));
  if (yaDicho) return agrupadas;
  const nombres = rotas.slice(0, 10).map((r) => r.nora);
  const cuales = `${nombres.join(', ')}${rotas.length > nombres.length ? '…' : ''}`;
  const detalle = `WhatsApp: ${rotas.length} noras con cuenta propia no conectan (${cuales})`;
  return [{ nora: null, clave: 'WhatsApp de varias noras', detalle }, ...agrupadas];
}

const A_LA_VEZ = 10;
/** Desde cuántas noras a la vez la falla es del proveedor y no de cada una. */
const MUCHAS = 5;

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

/** Cómo se dice que cada clase de problema terminó; el detalle es de cuando empezó y ya no es cierto. */
const CIERRES: Readonly<Record<string, string>> = {
  espera: 'Ya nadie espera más de lo permitido.',
  fallidos: 'Los envíos dejaron de fallar.',
  integracion: 'La conexión volvió.',
  tope: 'La IA ya tiene tokens y vuelve a contestar.',
};

/**
 * Manda los avisos que faltan. Cada uno se aparta antes de mandarse: ante una caída se prefiere un correo de menos a dos
 * iguales. El que no sale se suelta y lo vuelve a encargar la siguiente revisión, dure lo que dure la falla.
 */
export async function mandarAvisos(ctx: Contexto): Promise<void> {
  const { correo } = ctx;
  if (!correo) return;
  for (const p of await leerPendientes(ctx)) {
    const { data } = await ctx.bd.servicio
      .rpc('apartar_aviso', { p_incidente: p.incidente, p_usuario: p.usuario, p_momento: p.momento })
      .throwOnError();
    const aviso = data as unknown as Aviso | null;
    if (!aviso) continue;
    const r = await correo.enviar(cartaDe(ctx, aviso, p.momento));
    if (r.ok) continue;
    await ctx.registrarError('Trabajos', `aviso por correo: ${r.motivo}`, aviso.nombre_nora, 'avisos');
    // A una dirección que no existe no le llegará nunca; las demás no tienen la culpa.
    if (r.definitivo) continue;
    await ctx.bd.servicio
      .from('avisos_enviados')
      .delete()
      .eq('incidente_id', p.incidente)
      .eq('usuario_id', p.usuario)
      .eq('momento', p.momento)
      .throwOnError();
    return;
  }
}

function cartaDe(ctx: Pick<Contexto, 'config'>, aviso: Aviso, momento: 'abre' | 'cierra') {
  const donde = aviso.nombre_visible ? ` en ${aviso.nombre_visible}` : '';
  const titulo = TITULOS_INCIDENTE[aviso.clase] ?? aviso.clase;
  const liga =
    ctx.config.urlPublica + (aviso.nombre_nora ? `/panel_cliente/${aviso.nombre_nora}` : '/admin/dashboard');
  const cuerpo =
    momento === 'abre'
      ? `${aviso.detalle}.`
      : `${CIERRES[aviso.clase] ?? 'Ya quedó.'}\n\nEl aviso decía: «${aviso.detalle}».`;
  return {
    para: aviso.correo,
    asunto: momento === 'abre' ? `${titulo}${donde}` : `Resuelto: ${titulo.toLowerCase()}${donde}`,
    texto: `Hola, ${aviso.nombre.split(' ')[0]}:\n\n${cuerpo}\n\n${liga}\n\nPuedes elegir qué avisos recibes en ${ctx.config.urlPublica}/cuenta`,
  };
}

async function leerPendientes(ctx: Pick<Contexto, 'bd'>): Promise<z.output<typeof pendientes>> {
  const { data } = await ctx.bd.servicio.rpc('avisos_pendientes').throwOnError();
  return pendientes.parse(data);
}
