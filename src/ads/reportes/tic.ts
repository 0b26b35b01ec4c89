import type { Contexto } from '../../contexto.ts';
import { claveDia } from '../../web/fechas.ts';
import { type Cadencia, comparado, type Dia, mover, type Periodo, periodoAnterior } from '../periodos.ts';
import { avisarEquipo } from './avisar.ts';
import { type CuentaPorReportar, cuentasPorReportar, prepararReporte, publicarReporte } from './consultas.ts';
import { huellaDeLiga, tokenDeReporte } from './ligas.ts';
import { redactar } from './redaccion_ia.ts';
import type { Idioma } from '../formatos.ts';
import type { TextoReporte } from './tipos.ts';

export const COLA_ENTREGAS = 'ads_entregas';

type Piezas = Pick<Contexto, 'bd' | 'config' | 'modelo' | 'correo' | 'trabajos' | 'registrarError'>;

const HORA_DE_SALIDA = 10;

/**
 * Una vuelta del reloj: hace los reportes que ya tocan. Repetirla, correrla en dos procesos o cambiar el reloj no manda
 * nada dos veces: cada reporte es un renglón único por cuenta, cadencia y periodo.
 */
export async function ticReportes(ctx: Piezas, ahora: Date): Promise<{ hechos: number; negados: number }> {
  const cuenta = { hechos: 0, negados: 0 };
  for (let despues: string | null = null; ; ) {
    const pagina = await cuentasPorReportar(ctx.bd.servicio, despues);
    for (const c of pagina)
      for (const cadencia of c.cadencias) {
        const periodo = toca(cadencia, c.zona, ahora);
        if (!periodo || c.hechos.includes(`${cadencia}:${periodo.desde}`)) continue;
        if (llegoTarde(c, cadencia, periodo, ahora)) continue;
        // Una cuenta que falla no deja sin reporte a las demás.
        const r = await hacerReporte(ctx, c, cadencia, periodo, ahora, true).catch(async (error: unknown) => {
          await ctx.registrarError('Trabajos', error, c.nombre_nora, 'ads_reportes');
          return null;
        });
        if (r === 'listo' || r === 'por_aprobar') cuenta.hechos++;
        if (r === 'negado') cuenta.negados++;
      }
    const ultima = pagina.at(-1);
    if (!ultima) break;
    despues = ultima.id;
  }
  await ctx.trabajos.encolar(COLA_ENTREGAS, {});
  return cuenta;
}

/**
 * El periodo que ya debe salir en esa zona, o null. Desde las 10:00 del día que toca y hasta su plazo: con todo apagado o
 * con el permiso vencido sale tarde, pero sale.
 */
export function toca(cadencia: Cadencia, zona: string, ahora: Date): Periodo | null {
  const hoy = claveDia(ahora, zona);
  const periodo = periodoAnterior(cadencia, hoy);
  if (hoy > plazoDe(cadencia, periodo)) return null;
  const primerDia = hoy === mover(periodo.hasta, 1);
  return !primerDia || horaDe(ahora, zona) >= HORA_DE_SALIDA ? periodo : null;
}

/** El último día en que el reloj lo intenta: el mismo del diario, el domingo del semanal, el 7 del mensual. */
function plazoDe(cadencia: Cadencia, periodo: Periodo): Dia {
  return mover(periodo.hasta, cadencia === 'diario' ? 1 : 7);
}

/** Pasado el primer día, una cuenta conectada después de él, o a la que después se le pidió la cadencia, espera a la siguiente. */
function llegoTarde(c: CuentaPorReportar, cadencia: Cadencia, periodo: Periodo, ahora: Date): boolean {
  const primerDia = mover(periodo.hasta, 1);
  return claveDia(ahora, c.zona) > primerDia && claveDia(c.desde[cadencia], c.zona) > primerDia;
}

/**
 * Hace un reporte, venga del reloj o de un botón. null: ya estaba hecho.
 * @param reintenta si el reloj lo va a volver a intentar hasta su plazo
 */
export async function hacerReporte(
  ctx: Piezas,
  c: Pick<CuentaPorReportar, 'id' | 'nombre_nora'>,
  cadencia: Cadencia,
  periodo: Periodo,
  ahora: Date,
  reintenta = false,
): Promise<'listo' | 'por_aprobar' | 'negado' | null> {
  const hecho = await prepararReporte(ctx.bd.servicio, {
    nora: c.nombre_nora,
    cuenta: c.id,
    cadencia,
    periodo,
    antes: comparado(periodo),
    ahora,
  });
  if (!hecho) return null;
  if (hecho.estado === 'negado') {
    await avisarEquipo(ctx, c.nombre_nora, hecho, cadencia, reintenta ? plazoDe(cadencia, periodo) : null);
    return 'negado';
  }
  if (hecho.estado !== 'borrador') return null;
  const textos: Partial<Record<Idioma, TextoReporte>> = {};
  for (const idioma of hecho.idiomas)
    textos[idioma] = await redactar(ctx, hecho.cifras, idioma, {
      nombre_nora: c.nombre_nora,
      conIa: hecho.con_ia,
    });
  const publicado = await publicarReporte(ctx.bd.servicio, {
    nora: c.nombre_nora,
    id: hecho.id,
    textos,
    huella: huellaDeLiga(tokenDeReporte(ctx.config, hecho.id, hecho.serie)),
  });
  return publicado ? 'listo' : null;
}

function horaDe(ahora: Date, zona: string): number {
  try {
    return Number(
      new Intl.DateTimeFormat('en-US', { hour: 'numeric', hourCycle: 'h23', timeZone: zona }).format(ahora),
    );
  } catch {
    return horaDe(ahora, 'America/Hermosillo');
  }
}
