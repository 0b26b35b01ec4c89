import { horarioAdmin, tareasAdmin } from '../admin/tareas.ts';
import { DEMO } from '../demo/datos.ts';
import { ponerAdsAlDia } from '../demo/ads/al_dia.ts';
import type { Contexto } from '../contexto.ts';
import { arrancarCarril } from '../mensajes/carriles.ts';
import { conciliar } from '../mensajes/conciliacion.ts';
import { rendirse } from '../mensajes/consultas.ts';
import { enviarPendientes } from '../mensajes/envio.ts';
import { arrancarDescargas } from '../mensajes/media.ts';
import { processMessage } from '../mensajes/process_message.ts';
import { arrancarReloj } from '../mensajes/programados.ts';
import { MODULOS } from '../modulos/index.ts';
import { programarTareas } from './horario.ts';
import { limpiarContactos } from './limpieza_contactos.ts';

const MINUTO = 60_000;
const HORA = 60 * MINUTO;

/** Todo lo que trabaja sin que nadie lo mire: los dos carriles, las descargas, las colas y su horario. */
export async function arrancarTrabajadores(ctx: Contexto): Promise<{ parar(): Promise<void> }> {
  await ctx.trabajos.atender([
    {
      cola: 'conciliacion',
      trabajar: async () => void (await conciliar(ctx)),
      topeSegundos: 280,
      reintentos: 0,
    },
    { cola: 'cerrar_dias', trabajar: () => cerrarDias(ctx) },
    { cola: 'retencion', trabajar: () => borrarViejos(ctx) },
    { cola: 'limpiar_contactos', trabajar: () => limpiarContactos(ctx) },
    { cola: 'demo_ads', trabajar: () => ponerAdsAlDia(ctx, DEMO.noras, new Date()) },
    ...tareasAdmin(ctx),
    ...MODULOS.flatMap((modulo) => modulo.tareas?.(ctx) ?? []),
  ]);
  const horario = await programarTareas(ctx, [
    { cola: 'conciliacion', cuando: '*/5 * * * *', cadaMs: 6 * MINUTO },
    { cola: 'cerrar_dias', cuando: '7 * * * *', cadaMs: HORA + MINUTO },
    { cola: 'retencion', cuando: '20 4 * * *', cadaMs: 25 * HORA },
    { cola: 'limpiar_contactos', cuando: '40 4 * * *', cadaMs: 25 * HORA },
    // El día de la demo se cierra de madrugada, como el de una cuenta de verdad.
    ...(ctx.config.demo ? [{ cola: 'demo_ads', cuando: '15 5 * * *', cadaMs: 25 * HORA }] : []),
    ...horarioAdmin(ctx),
    ...MODULOS.flatMap((modulo) => modulo.horario ?? []),
  ]);
  const respuesta = await arrancarCarril(ctx, {
    carril: 'respuesta',
    maximo: 32,
    porNora: 8,
    trabajar: (turno, senal) => processMessage(ctx, turno, senal),
    async rendirse(turno, error) {
      await rendirse(ctx.bd.servicio, turno, error);
      ctx.vivo.emitir(turno.nombre_nora, 'contacto:actualizado', { contacto_id: turno.contacto_id });
    },
  });
  const salida = await arrancarCarril(ctx, {
    carril: 'salida',
    maximo: 24,
    porNora: 8,
    trabajar: (turno, senal) => enviarPendientes(ctx, turno, senal),
  });
  const descargas = await arrancarDescargas(ctx);
  const reloj = arrancarReloj(ctx);
  return {
    async parar() {
      await horario.parar();
      await Promise.all([respuesta.parar(), salida.parar(), descargas.parar(), reloj.parar()]);
    },
  };
}

/** Cuenta una vez los días que ya terminaron, de a cien noras: el inicio de cada panel los lee hechos. */
async function cerrarDias(ctx: Pick<Contexto, 'bd'>): Promise<void> {
  let desde: string | null = '';
  while (desde !== null) {
    const { data } = await ctx.bd.servicio.rpc('cerrar_dias', { p_desde: desde, p_n: 100 }).throwOnError();
    const ultima: unknown =
      typeof data === 'object' && data !== null && 'ultima' in data ? data.ultima : null;
    desde = typeof ultima === 'string' ? ultima : null;
  }
}

/** Cada noche: los errores más viejos que ERRORES_DIAS. */
export async function borrarViejos(ctx: Pick<Contexto, 'bd' | 'config'>): Promise<void> {
  await ctx.bd.servicio.rpc('borrar_errores_viejos', { p_dias: ctx.config.erroresDias }).throwOnError();
}
