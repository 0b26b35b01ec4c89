import type { Contexto } from '../../contexto.ts';
import { ErrorCifrado } from '../../datos/cifrado.ts';
import { describirError } from '../../errores.ts';
import type { SesionMeta } from '../../integraciones/meta_sesion.ts';
import { ErrorMeta, explicarErrorMeta, traducirError } from '../../integraciones/meta_errores.ts';
import type { RenglonMeta, VentanaMeta } from '../../integraciones/meta_formas.ts';
import { claveDia } from '../../web/fechas.ts';
import { abrirPermiso } from '../cuentas/permiso.ts';
import { mover, type Periodo } from '../periodos.ts';
import * as consultas from './consultas.ts';
import { HISTORIA, RECIENTES, type Tramo, tramosDe, ventanasDe } from './tramos.ts';

type Piezas = Pick<Contexto, 'bd' | 'config' | 'meta' | 'registrarError' | 'vivo'>;

export type Resultado =
  | { estado: 'hecha'; renglones: number }
  | { estado: 'espera'; reanudar: Date }
  | { estado: 'fallida'; clase: string; motivo: string };

/** Tope de renglones de un solo día: más es una cuenta fuera de lo que Meta admite. */
const MAXIMO_RENGLONES = 200_000;
/** Cuántos se juntan antes de dejarlos en la base. */
const PILA = 1500;

/**
 * Trae de Meta la estructura y los días que faltan de una cuenta. Cada página queda guardada al llegar: lo que se corta
 * se retoma. null: otra vuelta ya la lleva, o no está conectada. Sólo lanza si la base falla.
 */
export async function sincronizarCuenta(
  ctx: Piezas,
  p: { nombre_nora: string; cuenta_id: string; pedida: consultas.Pedida; ahora?: Date; senal?: AbortSignal },
): Promise<Resultado | null> {
  const bd = ctx.bd.servicio;
  const vuelta = await consultas.tomarCuenta(bd, p.nombre_nora, p.cuenta_id, p.pedida);
  if (!vuelta) return null;
  try {
    const token = abrirPermiso(ctx, p.nombre_nora, vuelta);
    const meta = ctx.meta.conToken(token, p.senal ? { senal: p.senal } : {});
    const renglones = await traer(ctx, meta, vuelta, p.cuenta_id, p.ahora ?? new Date());
    await consultas.terminarVuelta(bd, vuelta.folio, { estado: 'hecha' });
    return { estado: 'hecha', renglones };
  } catch (error) {
    const { resultado, fin } = finDe(error, vuelta);
    await consultas.terminarVuelta(bd, vuelta.folio, fin).catch((otro: unknown) => {
      // Otra vuelta la tomó porque ésta tardó: lo que vale es lo que diga aquélla.
      if (!describirError(otro).includes('vuelta_perdida')) throw otro;
    });
    if (resultado.estado === 'fallida')
      await ctx.registrarError(
        'Meta',
        `No se pudo sincronizar ${vuelta.nombre ?? vuelta.act}: ${fin.motivo ?? ''} (${describirError(error)})`,
        p.nombre_nora,
        'ads_sincronizar',
      );
    return resultado;
  } finally {
    ctx.vivo.avisarAdmin('ads');
  }
}

async function traer(
  ctx: Piezas,
  meta: SesionMeta,
  vuelta: consultas.Vuelta,
  cuentaId: string,
  ahora: Date,
): Promise<number> {
  const bd = ctx.bd.servicio;
  const { folio, act } = vuelta;
  const cuenta = await meta.cuenta(act);
  if (vuelta.con_renglones && vuelta.moneda && cuenta.moneda !== vuelta.moneda)
    throw new CambioDeMoneda(vuelta.moneda, cuenta.moneda);
  await consultas.guardarCuenta(bd, folio, cuenta);

  await consultas.avanzar(bd, folio, 'estructura', 2);
  const anuncios = await traerEstructura(ctx, meta, vuelta, cuenta.moneda);
  await consultas.ponerEstadisticas(bd, cuentaId);

  const hoy = claveDia(ahora, cuenta.zona);
  const recientes = mover(hoy, -RECIENTES);
  const faltan = await consultas.diasPorTraer(bd, folio, {
    recientes,
    desde: mover(hoy, -HISTORIA),
    hasta: mover(hoy, -1),
  });
  const tramos = tramosDe(faltan, recientes, anuncios);
  let renglones = 0;
  for (const [i, tramo] of tramos.entries()) {
    await consultas.avanzar(bd, folio, 'dias', 10 + (80 * i) / tramos.length);
    renglones += await traerTramo(ctx, meta, vuelta, tramo, () =>
      consultas.avanzar(bd, folio, 'dias', 10 + (80 * i) / tramos.length),
    );
  }
  await consultas.ponerEstadisticas(bd, cuentaId);
  await consultas.avanzar(bd, folio, 'alcance', 95);
  await consultas.guardarAlcances(bd, folio, await traerAlcances(meta, act, ventanasDe(hoy)));
  return renglones;
}

/** Campañas, conjuntos y anuncios, página por página. Devuelve cuántos anuncios hay. */
async function traerEstructura(
  ctx: Piezas,
  meta: SesionMeta,
  { folio, act }: consultas.Vuelta,
  moneda: string,
): Promise<number> {
  const bd = ctx.bd.servicio;
  let anuncios = 0;
  for (const nivel of ['campanas', 'conjuntos', 'anuncios'] as const) {
    let leido = new Date();
    const paginas = nivel === 'anuncios' ? meta.anuncios(act) : meta[nivel](act, moneda);
    for await (const pagina of paginas) {
      await consultas.guardarEstructura(bd, folio, nivel, pagina, leido);
      if (nivel === 'anuncios') anuncios += pagina.length;
      leido = new Date();
    }
    await consultas.cerrarEstructura(bd, folio, nivel);
    await consultas.avanzar(bd, folio, nivel, 8);
  }
  return anuncios;
}

/** Un tramo de días, partido en dos mientras Meta diga que es demasiado; un solo día se pide como informe. */
async function traerTramo(
  ctx: Piezas,
  meta: SesionMeta,
  vuelta: consultas.Vuelta,
  tramo: Tramo,
  alAvanzar: () => Promise<void>,
): Promise<number> {
  try {
    const { renglones, apilados } = await leerRenglones(ctx, meta, vuelta, tramo, alAvanzar);
    const dias = await meta.dias(vuelta.act, tramo);
    return await consultas.guardarDias(ctx.bd.servicio, vuelta.folio, tramo, renglones, dias, apilados);
  } catch (error) {
    if (!(error instanceof ErrorMeta) || error.clase !== 'demasiado') throw error;
    if (tramo.desde === tramo.hasta) {
      if (tramo.viejo) throw error;
      return traerTramo(ctx, meta, vuelta, { ...tramo, viejo: true }, alAvanzar);
    }
    const [primero, segundo] = partir(tramo);
    return (
      (await traerTramo(ctx, meta, vuelta, { ...tramo, ...segundo }, alAvanzar)) +
      (await traerTramo(ctx, meta, vuelta, { ...tramo, ...primero }, alAvanzar))
    );
  }
}

/** El alcance de cada ventana, de a menos si son demasiadas; la que ni sola cabe se queda sin alcance y lo demás sigue. */
async function traerAlcances(
  meta: SesionMeta,
  act: string,
  ventanas: readonly Periodo[],
): Promise<VentanaMeta[]> {
  try {
    return await meta.alcances(act, ventanas);
  } catch (error) {
    if (!(error instanceof ErrorMeta) || error.clase !== 'demasiado') throw error;
    if (ventanas.length === 1) return [];
    const medio = Math.ceil(ventanas.length / 2);
    return [
      ...(await traerAlcances(meta, act, ventanas.slice(0, medio))),
      ...(await traerAlcances(meta, act, ventanas.slice(medio))),
    ];
  }
}

/** Lo que no cabe de una vez se va apilando en la base: la memoria es la misma con doscientos anuncios que con diez mil. */
async function leerRenglones(
  ctx: Piezas,
  meta: SesionMeta,
  { act, folio }: consultas.Vuelta,
  tramo: Tramo,
  alAvanzar: () => Promise<void>,
): Promise<{ renglones: RenglonMeta[]; apilados: boolean }> {
  // Por llave: una página que Meta repite no cuenta dos veces.
  const unicos = new Map<string, RenglonMeta>();
  let apilados = 0;
  // Mientras Meta prepara un informe también se renueva el arriendo: puede tardar más que él.
  const paginas = tramo.viejo ? meta.renglonesEnInforme(act, tramo, alAvanzar) : meta.renglones(act, tramo);
  for await (const pagina of paginas) {
    for (const r of pagina) unicos.set(`${r.dia} ${r.anuncio} ${r.plataforma}`, r);
    if (unicos.size >= PILA) {
      await consultas.apilar(ctx.bd.servicio, folio, [...unicos.values()], apilados === 0);
      apilados += unicos.size;
      unicos.clear();
    }
    if (apilados > MAXIMO_RENGLONES) throw new ErrorMeta('demasiado', 'Demasiados renglones.');
    await alAvanzar();
  }
  return { renglones: [...unicos.values()], apilados: apilados > 0 };
}

function partir(p: Periodo): [Periodo, Periodo] {
  const dias = Math.round((Date.parse(p.hasta) - Date.parse(p.desde)) / 86_400_000);
  const medio = mover(p.desde, Math.floor(dias / 2));
  return [
    { desde: p.desde, hasta: medio },
    { desde: mover(medio, 1), hasta: p.hasta },
  ];
}

class CambioDeMoneda extends Error {
  constructor(antes: string, ahora: string) {
    super(
      `La cuenta cambió de moneda (${antes} a ${ahora}) y lo guardado no se puede sumar con lo nuevo. Conéctala en otra nora o pide borrar lo anterior.`,
    );
  }
}

function finDe(
  error: unknown,
  vuelta: consultas.Vuelta,
): { resultado: Resultado; fin: consultas.FinDeVuelta } {
  if (error instanceof CambioDeMoneda || error instanceof ErrorCifrado) {
    const motivo =
      error instanceof ErrorCifrado
        ? 'El permiso guardado no abre con la CLAVE_CIFRADO de ahora. Vuelve a conectar la cuenta.'
        : error.message;
    return {
      resultado: { estado: 'fallida', clase: 'cuenta', motivo },
      fin: { estado: 'fallida', clase: 'cuenta', motivo, conexion: 'error' },
    };
  }
  if (!(error instanceof ErrorMeta)) {
    const cancelada = error instanceof Error && error.name === 'AbortError';
    const motivo = cancelada ? 'Se detuvo el proceso.' : 'Falló al guardar lo traído; se volverá a intentar.';
    return {
      resultado: { estado: 'fallida', clase: 'interna', motivo },
      fin: { estado: 'fallida', clase: 'interna', motivo },
    };
  }
  const falla = traducirError(error);
  const motivo = explicarErrorMeta(falla.clase, falla.message, 'trabajo');
  if (falla.clase === 'limite') {
    const reanudar = new Date(Date.now() + Math.max(falla.esperaMs, 30_000));
    return {
      resultado: { estado: 'espera', reanudar },
      fin: { estado: 'espera', clase: 'limite', motivo, reanudar_en: reanudar.toISOString() },
    };
  }
  const conexion =
    falla.clase === 'token'
      ? 'vencida'
      : falla.clase === 'permiso' || (falla.clase === 'no_existe' && !vuelta.con_renglones)
        ? 'sin_permiso'
        : null;
  return {
    resultado: { estado: 'fallida', clase: falla.clase, motivo },
    fin: { estado: 'fallida', clase: falla.clase, motivo, ...(conexion && { conexion }) },
  };
}
