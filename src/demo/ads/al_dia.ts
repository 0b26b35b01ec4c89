import { randomUUID } from 'node:crypto';
import {
  type Dia,
  comparado,
  finDelDia,
  mover,
  periodoAnterior,
  periodoDe,
  RANGOS,
  type Periodo,
} from '../../ads/periodos.ts';
import { huellaDeLiga, tokenDeBaja } from '../../ads/reportes/ligas.ts';
import { hacerReporte } from '../../ads/reportes/tic.ts';
import type { Contexto } from '../../contexto.ts';
import { claveDia } from '../../web/fechas.ts';
import type { NoraDemo } from '../tipos.ts';
import { enTemporada, inventarDias, type Presupuesto, presupuestoInicial } from './dias.ts';
import type { AdsDemo, CampanaDemo } from './tipos.ts';

type Piezas = Pick<Contexto, 'bd' | 'config' | 'correo' | 'trabajos' | 'registrarError'>;

/** Dos años: el último se compara con el anterior. */
const DIAS_SEMBRADOS = 731;
const HORA = 3_600_000;

/** Lo que ya hay de una nora de la demo; `cuenta` null si la quitaron o nunca se sembró. */
interface Sembrado {
  nombre_nora: string;
  sembrada: boolean;
  cuenta: {
    id: string;
    hasta: Dia | null;
    reportes: number;
    campanas: Record<string, { estado: string | null; diario: number | null; fin: Dia | null }>;
    estados: Record<string, string | null>;
  } | null;
}

/**
 * Deja los anuncios de la demo hasta ayer: un año la primera vez, y después sólo los días que faltan, con lo que en el
 * panel esté activo y su presupuesto. Repetirla no cambia nada. Una cuenta de la demo que alguien quitó no vuelve.
 */
export async function ponerAdsAlDia(ctx: Piezas, noras: readonly NoraDemo[], ahora: Date): Promise<void> {
  const conAds = noras.flatMap((n) => (n.ads ? [{ ...n, ads: n.ads }] : []));
  const { data } = await ctx.bd.servicio
    .rpc('demo_ads_leer', {
      p: conAds.map((n) => ({ nombre_nora: n.nombre_nora, numero_nora: n.numero_nora, act: n.ads.act })),
    })
    .throwOnError();
  for (const hay of data as unknown as Sembrado[]) {
    const nora = conAds.find((n) => n.nombre_nora === hay.nombre_nora);
    if (!nora) continue;
    const hoy = claveDia(ahora, nora.ads.zona);
    const cuenta = await completar(ctx, hay, nora.ads, hoy, ahora);
    if (cuenta && !hay.cuenta?.reportes)
      await primerReporte(ctx, hay.nombre_nora, cuenta, nora.ads, hoy, ahora);
  }
}

/** El id de la cuenta, ya al día; null si no hay nada que poner al día. */
async function completar(
  ctx: Piezas,
  hay: Sembrado,
  ads: AdsDemo,
  hoy: Dia,
  ahora: Date,
): Promise<string | null> {
  const { cuenta } = hay;
  const hasta = mover(hoy, -1);
  if (!cuenta && hay.sembrada) return null;
  if (cuenta?.hasta && cuenta.hasta >= hasta) return cuenta.id;
  const desde = cuenta?.hasta ? mover(cuenta.hasta, 1) : mover(hoy, -DIAS_SEMBRADOS);
  const { renglones, dias } = inventarDias(
    ads,
    { desde, hasta },
    cuenta ? presupuestoDe(cuenta, ads) : presupuestoInicial(hoy),
  );
  const { data } = await ctx.bd.servicio
    .rpc('demo_ads_guardar', {
      p: {
        nombre_nora: hay.nombre_nora,
        ...(cuenta ? { cuenta_id: cuenta.id } : estructura(ads, hoy, ahora)),
        renglones,
        dias,
        ventanas: ventanasDe(hoy),
        traido: new Date(ahora.getTime() - HORA).toISOString(),
      } as never,
    })
    .throwOnError();
  return data as string | null;
}

/** Lo que hoy está activo en el panel: quien pausa un anuncio de la demo deja de verle gasto mañana. */
function presupuestoDe(cuenta: NonNullable<Sembrado['cuenta']>, ads: AdsDemo): Presupuesto {
  const conjuntoDe = new Map(
    ads.campanas.flatMap((k) => k.conjuntos.flatMap((s) => s.anuncios.map((a) => [a.id, s.id] as const))),
  );
  // «Campaña en pausa» de un anuncio sólo repite lo que ya dice su campaña.
  const detenido = (estado: string | null | undefined): boolean =>
    !estado || ['PAUSED', 'ARCHIVED', 'DELETED'].includes(estado);
  return (campana, anuncio, dia) => {
    const k = cuenta.campanas[campana.id];
    if (!k || detenido(k.estado) || (k.fin && dia > k.fin)) return 0;
    if (detenido(cuenta.estados[anuncio.id]) || detenido(cuenta.estados[conjuntoDe.get(anuncio.id) ?? '']))
      return 0;
    return k.diario ?? campana.diario;
  };
}

/** La cuenta con sus campañas como las dejaría el calendario de hoy. */
function estructura(ads: AdsDemo, hoy: Dia, ahora: Date) {
  const activa = (k: CampanaDemo): boolean => enTemporada(k, hoy);
  return {
    cuenta: { ad_account_id: ads.act, nombre: ads.nombre, moneda: ads.moneda, zona: ads.zona },
    campanas: ads.campanas.map((k) => ({
      id: k.id,
      nombre: k.nombre,
      objetivo: k.objetivo,
      estado: activa(k) ? 'ACTIVE' : 'PAUSED',
      diario: k.diario,
      fin: k.temporada && activa(k) ? finDelDia(`${hoy.slice(0, 4)}-${k.temporada.hasta}`, ads.zona) : null,
    })),
    conjuntos: ads.campanas.flatMap((k) =>
      k.conjuntos.map((s) => ({
        id: s.id,
        campana: k.id,
        nombre: s.nombre,
        estado: activa(k) ? 'ACTIVE' : 'CAMPAIGN_PAUSED',
      })),
    ),
    anuncios: ads.campanas.flatMap((k) =>
      k.conjuntos.flatMap((s) =>
        s.anuncios.map((a) => ({
          id: a.id,
          conjunto: s.id,
          campana: k.id,
          nombre: a.nombre,
          estado: a.pausadoHace !== undefined ? 'PAUSED' : activa(k) ? 'ACTIVE' : 'CAMPAIGN_PAUSED',
          miniatura: a.miniatura && `/estaticos/images/demo/${a.miniatura}.svg`,
        })),
      ),
    ),
    cambios: ads.cambios.map(({ dias, ...c }) => ({
      ...c,
      objeto: nombreDe(ads, c.id),
      cuando: new Date(ahora.getTime() - dias * 24 * HORA - 5 * HORA).toISOString(),
    })),
  };
}

function nombreDe(ads: AdsDemo, id: string): string {
  const todos = ads.campanas.flatMap((k) => [k, ...k.conjuntos, ...k.conjuntos.flatMap((s) => s.anuncios)]);
  return todos.find((o) => o.id === id)?.nombre ?? id;
}

/** Todas las ventanas que la página y los reportes ofrecen hoy, con las que se comparan. */
function ventanasDe(hoy: Dia): Periodo[] {
  const periodos = RANGOS.flatMap((r) => (r === 'rango' ? [] : [periodoDe(r, hoy)]));
  return [...periodos, periodoAnterior('diario', hoy)].flatMap((p) => [p, comparado(p)]);
}

/** Quién lo recibe, y el de la semana pasada hecho como cualquier otro; sin modelo, para no esperar a nadie al arrancar. */
async function primerReporte(
  ctx: Piezas,
  nombre_nora: string,
  cuenta: string,
  ads: AdsDemo,
  hoy: Dia,
  ahora: Date,
): Promise<void> {
  for (const r of ads.receptores) {
    const id = randomUUID();
    await ctx.bd
      .deNora(nombre_nora)
      .rpc('ads_guardar_receptor', {
        p: {
          nuevo_id: id,
          cuenta,
          canal: 'correo',
          ...r,
          plantilla: null,
          baja_huella: huellaDeLiga(tokenDeBaja(ctx.config, id)),
        } as never,
        p_usuario: null as never,
      })
      .throwOnError();
  }
  await hacerReporte(
    { ...ctx, modelo: null },
    { id: cuenta, nombre_nora },
    'semanal',
    periodoAnterior('semanal', hoy),
    ahora,
  );
}
