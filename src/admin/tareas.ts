import { crearRespaldo, podarRespaldos } from '../datos/respaldo.ts';
import type { Contexto } from '../contexto.ts';
import type { TareaProgramada } from '../trabajos/horario.ts';
import type { Tarea } from '../trabajos/trabajos.ts';
import { COLA_CORREOS, mandarAvisos, revisarAvisos } from './avisos.ts';
import { olvidarTrabajos } from './sistema_datos.ts';

const MINUTO = 60_000;
const HORA = 60 * MINUTO;

/** Los encargos de fondo de la administración. */
export function tareasAdmin(ctx: Contexto): Tarea[] {
  return [
    {
      cola: 'borrar_nora',
      trabajar: ({ nombre_nora }) => borrarNora(ctx, String(nombre_nora)),
      topeSegundos: 3600,
    },
    { cola: 'retencion_noras', trabajar: () => aplicarRetencion(ctx), topeSegundos: 3600, reintentos: 1 },
    { cola: 'avisos', trabajar: () => revisarAvisos(ctx), reintentos: 0, topeSegundos: 110 },
    // La revisión siguiente encarga lo que no salió.
    { cola: COLA_CORREOS, trabajar: () => mandarAvisos(ctx), reintentos: 0 },
    { cola: 'respaldo', trabajar: () => respaldar(ctx), topeSegundos: 6 * 3600, reintentos: 1 },
  ];
}

export function horarioAdmin(ctx: Pick<Contexto, 'config'>): TareaProgramada[] {
  return [
    { cola: 'retencion_noras', cuando: '40 3 * * *', cadaMs: 25 * HORA },
    { cola: 'avisos', cuando: '*/2 * * * *', cadaMs: 5 * MINUTO },
    ...(ctx.config.respaldos.nocturno ? [{ cola: 'respaldo', cuando: '10 2 * * *', cadaMs: 25 * HORA }] : []),
  ];
}

/**
 * Vacía una nora marcada para borrarse: sus encargos, sus archivos y sus filas, por trozos cortos. Repetirlo no daña: si se
 * corta, el siguiente intento sigue donde iba.
 */
export async function borrarNora(
  ctx: Pick<Contexto, 'bd' | 'adjuntos' | 'registro'>,
  nora: string,
): Promise<void> {
  const servicio = ctx.bd.servicio;
  const { data: marcada } = await servicio
    .from('configuracion_bot')
    .select('borrado_pedido_en')
    .eq('nombre_nora', nora)
    .maybeSingle()
    .throwOnError();
  // Sin fila, un intento anterior la borró y se cortó antes de terminar con los archivos.
  if (marcada && !marcada.borrado_pedido_en) return;
  // Primero lo que podría volver a escribir mientras se vacía.
  await olvidarTrabajos(ctx, nora);
  for (let despues = ''; ; ) {
    const { data } = await servicio
      .rpc('archivos_de', { p_nora: nora, p_despues: despues, p_n: 500 })
      .throwOnError();
    const rutas = data as unknown as string[];
    for (const ruta of rutas) await ctx.adjuntos.borrar(ruta);
    const ultima = rutas.at(-1);
    if (!ultima) break;
    despues = ultima;
  }
  for (;;) {
    const { data } = await servicio.rpc('borrar_trozo', { p_nora: nora, p_n: 200 }).throwOnError();
    if ((data as unknown as { fin: boolean }).fin) break;
  }
  // Lo que ninguna fila nombraba: subidas a medias y restos de una caída. Y los encargos de mientras.
  await ctx.adjuntos.vaciar(nora);
  await olvidarTrabajos(ctx, nora);
  await ctx.registro.refrescar(nora);
}

/** Borra lo que cada nora pidió no guardar: primero los archivos (también los de mensajes que van a irse) y luego los mensajes. */
export async function aplicarRetencion(ctx: Pick<Contexto, 'bd' | 'adjuntos'>): Promise<void> {
  const servicio = ctx.bd.servicio;
  const { data } = await servicio.rpc('noras_con_retencion').throwOnError();
  for (const n of data as unknown as {
    nombre_nora: string;
    mensajes: number | null;
    media: number | null;
  }[]) {
    const dias = Math.min(n.media ?? Infinity, n.mensajes ?? Infinity);
    for (;;) {
      const r = await servicio
        .rpc('retencion_media', { p_nora: n.nombre_nora, p_dias: dias, p_n: 200 })
        .throwOnError();
      const lote = r.data as unknown as { id: string; ruta: string; compartida: boolean }[];
      for (const { ruta, compartida } of lote) if (!compartida) await ctx.adjuntos.borrar(ruta);
      await servicio
        .rpc('media_borrada', { p_nora: n.nombre_nora, p_ids: lote.map((a) => a.id) })
        .throwOnError();
      if (lote.length < 200) break;
    }
    if (n.mensajes === null) continue;
    for (;;) {
      const r = await servicio
        .rpc('retencion_mensajes', { p_nora: n.nombre_nora, p_dias: n.mensajes, p_n: 1000 })
        .throwOnError();
      if (Number(r.data) < 1000) break;
    }
  }
  await servicio.rpc('borrar_enlaces_viejos').throwOnError();
}

async function respaldar(ctx: Contexto): Promise<void> {
  const { carpeta, filas, archivos } = await crearRespaldo(ctx, ctx.config.respaldos.dir);
  await podarRespaldos(ctx.config.respaldos.dir, ctx.config.respaldos.cuantos);
  ctx.log.info({ carpeta, filas, archivos }, 'respaldo hecho');
}
