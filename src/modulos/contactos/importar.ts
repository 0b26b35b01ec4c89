import type { Contexto } from '../../contexto.ts';
import type { ClienteBd } from '../../datos/base_de_datos.ts';
import { ErrorApp } from '../../errores.ts';
import { llamar } from '../../datos/llamar.ts';
import type { Campo } from './consultas.ts';
import { type Formato, leerCsv } from './csv.ts';
import { celdasCrudas, type FilaLista, lectorDeFilas } from './fila_csv.ts';

const TANDA = 1000;

interface Encargo extends Formato {
  ruta: string;
  mapeo: string[];
  opciones: { modo?: string; etiqueta?: string; encabezado?: boolean };
  procesadas: number;
  campos: Campo[];
}

interface Leida {
  fila: FilaLista;
  celdas: string[];
}

/**
 * El trabajo: lee el archivo por flujo y guarda de mil en mil. Si se corta, al repetirse sigue donde iba: la base sólo
 * acepta la tanda que toca, así que ninguna fila cuenta dos veces.
 */
export async function importarContactos(
  ctx: Pick<Contexto, 'bd' | 'adjuntos' | 'registro' | 'vivo'>,
  nora: string,
  id: string,
): Promise<void> {
  const bd = ctx.bd.deNora(nora);
  if (!ctx.registro.moduloActivo(nora, 'contactos')) {
    await cerrar(bd, id, 'cancelada', 'El módulo de contactos se apagó antes de terminar.');
    return;
  }
  const encargo = await llamar<Encargo | null>(bd, 'tomar_importacion_contactos', { p_id: id });
  if (!encargo) return;
  try {
    if (!(await importarTandas(ctx, bd, id, encargo))) return;
  } catch (e) {
    // Lo que está mal es el archivo: repetir no lo arregla.
    if (!(e instanceof ErrorApp)) throw e;
    await cerrar(bd, id, 'fallida', e.message);
    await ctx.adjuntos.borrar(encargo.ruta);
    return;
  }
  await cerrar(bd, id, 'terminada', null);
  ctx.vivo.emitir(nora, 'nora:actualizada', {});
  await ctx.adjuntos.borrar(encargo.ruta);
}

async function importarTandas(
  ctx: Pick<Contexto, 'adjuntos'>,
  bd: ClienteBd,
  id: string,
  encargo: Encargo,
): Promise<boolean> {
  const leerFila = lectorDeFilas(encargo);
  let saltar = encargo.procesadas;
  let procesadas = encargo.procesadas;
  let tanda: Leida[] = [];
  let primera = encargo.opciones.encabezado !== false;
  // Una tanda viaja mientras se lee la siguiente; nunca dos, porque la base sólo acepta la que sigue.
  let enVuelo: Promise<boolean> = Promise.resolve(true);
  const guardar = async (): Promise<boolean> => {
    if (!(await enVuelo)) return false;
    enVuelo = guardarTanda(bd, id, procesadas, tanda);
    // El error se recoge en la siguiente espera; sin esto, mientras tanto parecería que nadie lo atiende.
    enVuelo.catch(() => {});
    procesadas += tanda.length;
    tanda = [];
    return true;
  };
  for await (const { linea, celdas } of leerCsv(await ctx.adjuntos.leer(encargo.ruta), encargo)) {
    if (primera) {
      primera = false;
      continue;
    }
    // Aun lo ya guardado se lee, para reconocer los teléfonos repetidos igual que la primera vez.
    const fila = leerFila(linea, celdas);
    if (saltar > 0) {
      saltar -= 1;
      continue;
    }
    tanda.push({ fila, celdas });
    if (tanda.length >= TANDA && !(await guardar())) return false;
  }
  if (tanda.length > 0 && !(await guardar())) return false;
  return enVuelo;
}

/** false si alguien la canceló, o si la está haciendo otro proceso: aquí se deja. */
async function guardarTanda(
  bd: ClienteBd,
  id: string,
  desde: number,
  tanda: readonly Leida[],
): Promise<boolean> {
  const mandar = (filas: FilaLista[]): Promise<{ r: string }> =>
    llamar(bd, 'importar_contactos', { p_importacion: id, p_desde: desde, p_filas: filas });
  let hecho = await mandar(tanda.map(({ fila }) => fila));
  // Una no cabe y la base irá fila por fila: entonces pide las celdas de todas, para devolver completa la que rechace.
  if (hecho.r === 'con_celdas')
    hecho = await mandar(tanda.map(({ fila, celdas }) => ({ ...fila, x: celdasCrudas(celdas) })));
  return hecho.r === 'guardada';
}

function cerrar(bd: ClienteBd, id: string, estado: string, error: string | null): Promise<unknown> {
  return llamar(bd, 'cerrar_importacion_contactos', { p_id: id, p_estado: estado, p_error: error });
}
