import type { Contexto } from '../contexto.ts';
import type { ClienteBd } from '../datos/base_de_datos.ts';
import { describirError } from '../errores.ts';
import { adjuntoFallido, adjuntoListo, type AdjuntoPendiente, reclamarAdjuntos } from './consultas.ts';
import { tipoPermitido } from '../integraciones/media.ts';

type Piezas = Pick<
  Contexto,
  'bd' | 'config' | 'vivo' | 'whatsapp' | 'llavero' | 'adjuntos' | 'registrarError' | 'log'
>;

const A_LA_VEZ = 4;
const BARRIDO_MS = 5000;
/** Media hora: Twilio guarda el archivo, y una red que se cae vuelve. */
const TOPE_INTENTOS = 14;

export interface AdjuntoGuardado {
  tipo: string;
  nombre: string | null;
  bytes: number | null;
  ruta: string | null;
}

/** Un adjunto listo por su id, sin mirar de quién es: sólo para la URL firmada que baja Twilio. */
export async function buscarAdjunto(bd: ClienteBd, id: string): Promise<AdjuntoGuardado | null> {
  const { data } = await bd
    .from('adjuntos')
    .select('tipo, nombre, bytes, ruta')
    .eq('id', id)
    .eq('estado', 'listo')
    .maybeSingle()
    .throwOnError();
  return data;
}

/** Un archivo ya guardado en la nora de quien llama, todavía sin mensaje; `para` dice quién lo unirá al suyo. */
export async function apuntarAdjunto(
  bd: ClienteBd,
  a: {
    id: string;
    nombre_nora: string;
    tipo: string;
    nombre: string;
    bytes: number;
    ruta: string;
    sha256: string;
    para?: 'chat';
  },
): Promise<void> {
  await bd
    .from('adjuntos')
    .insert({ ...a, estado: 'listo' } as never)
    .throwOnError();
}

/** Baja de Twilio los archivos que la gente envía; lo despierta NOTIFY `adjuntos` y un barrido cubre lo perdido. */
export async function arrancarDescargas(ctx: Piezas): Promise<{ parar(): Promise<void> }> {
  let parado = false;
  let corriendo: Promise<void> | null = null;
  let otraVez = false;

  const despertar = (): void => {
    if (parado) return;
    if (corriendo) {
      otraVez = true;
      return;
    }
    corriendo = bajarTodo().finally(() => {
      corriendo = null;
      if (otraVez) {
        otraVez = false;
        despertar();
      }
    });
  };

  async function bajarTodo(): Promise<void> {
    try {
      while (!parado) {
        const pendientes = await reclamarAdjuntos(ctx.bd.servicio, A_LA_VEZ);
        if (pendientes.length === 0) return;
        await Promise.all(pendientes.map((a) => bajarUno(ctx, a)));
      }
    } catch (error) {
      ctx.log.warn({ falla: describirError(error) }, 'no se pudieron reclamar archivos por bajar');
    }
  }

  const dejarDeEscuchar = await ctx.bd.escuchar('adjuntos', despertar);
  const barrido = setInterval(despertar, BARRIDO_MS);
  despertar();
  return {
    async parar() {
      parado = true;
      clearInterval(barrido);
      dejarDeEscuchar();
      await corriendo;
    },
  };
}

async function bajarUno(ctx: Piezas, a: AdjuntoPendiente): Promise<void> {
  try {
    if (!tipoPermitido(a.tipo))
      return await fallar(ctx, a, 'Este tipo de archivo no se guarda por seguridad.', false);
    const bajada = await ctx.whatsapp.descargarMedia(a.origen_url, await ctx.llavero.deNora(a.nombre_nora));
    if (!bajada.ok) return await fallar(ctx, a, bajada.motivo, bajada.reintentable);
    const { nombre_nora, id } = a;
    const guardado = await ctx.adjuntos.guardar(bajada.flujo, { nombre_nora, id, tipo: bajada.tipo });
    await adjuntoListo(ctx.bd.servicio, id, {
      ...guardado,
      tipo: bajada.tipo,
      nombre: bajada.nombre ?? null,
    });
    anunciar(ctx, a);
  } catch (error) {
    const grande = error instanceof Error && /Grande|Adjunto/.test(error.name);
    await fallar(ctx, a, grande ? 'El archivo pesa más de 16 MB.' : describirError(error), !grande);
  }
}

async function fallar(
  ctx: Piezas,
  a: AdjuntoPendiente,
  motivo: string,
  reintentable: boolean,
): Promise<void> {
  // Twilio contesta 404 unos segundos después de avisar: se insiste con espera creciente.
  const otra =
    reintentable && a.intentos < TOPE_INTENTOS ? Math.min(240_000, 2000 * 2 ** (a.intentos - 1)) : null;
  try {
    await adjuntoFallido(ctx.bd.servicio, a.id, motivo.split('\n', 1)[0] ?? '', otra);
    if (otra !== null) return;
    anunciar(ctx, a);
    await ctx.registrarError('Twilio', `No se pudo bajar un archivo: ${motivo}`, a.nombre_nora, 'media');
  } catch (error) {
    ctx.log.warn({ falla: describirError(error) }, 'no se pudo apuntar una descarga fallida');
  }
}

function anunciar(ctx: Piezas, a: AdjuntoPendiente): void {
  if (!a.contacto_id || !a.historial_id) return;
  ctx.vivo.emitir(a.nombre_nora, 'mensaje:estado', {
    contacto_id: a.contacto_id,
    id: a.historial_id,
    estado: 'recibido',
  });
}
