import { setTimeout as dormir } from 'node:timers/promises';
import type { z } from 'zod';
import { crearApi, type Api, cargarSdk, datosDe, leer, paginas } from './meta_api.ts';
import { ErrorMeta } from './meta_errores.ts';
import * as formas from './meta_formas.ts';
import { crearUso } from './meta_uso.ts';

const POR_PAGINA = [500, 100, 25];
/** Lo que Meta calcula al momento no pesa por la página sino por los días: menos renglones no lo alivian, menos días sí. */
const DE_UNA = [500];
const POCAS = [100, 25];
const MAXIMO_CUENTAS = 1000;
const SONDEO_MS = 3000;
const PLAZO_INFORME_MS = 20 * 60_000;

export interface Dias {
  desde: string;
  hasta: string;
}

/** Lo que se le puede cambiar a algo; montos en la moneda de la cuenta, `fin` instante ISO o null. */
export interface CambioMeta {
  estado?: 'ACTIVE' | 'PAUSED';
  presupuesto_diario?: number;
  presupuesto_total?: number;
  fin?: string | null;
}

/** Un token abierto: todo lo que se hace con él comparte el mismo conteo del cupo. */
export interface SesionMeta {
  cuentas(): Promise<formas.CuentaMeta[]>;
  paginas(): Promise<formas.PaginaMeta[]>;
  cuenta(act: string): Promise<formas.CuentaMeta>;
  campanas(act: string, moneda: string): AsyncGenerator<formas.CampanaMeta[]>;
  conjuntos(act: string, moneda: string): AsyncGenerator<formas.ConjuntoMeta[]>;
  anuncios(act: string): AsyncGenerator<formas.AnuncioMeta[]>;
  /** Un renglón por anuncio, día y lugar donde salió. */
  renglones(act: string, p: Dias): AsyncGenerator<formas.RenglonMeta[]>;
  /** Lo mismo por informe en segundo plano: Meta lo prepara y se lee ya hecho. */
  renglonesEnInforme(
    act: string,
    p: Dias,
    alAvanzar?: (pct: number) => void | Promise<void>,
  ): AsyncGenerator<formas.RenglonMeta[]>;
  /** Lo gastado por la cuenta cada día; los días sin gasto no vienen. */
  dias(act: string, p: Dias): Promise<{ dia: string; gasto: number }[]>;
  /** Personas distintas en cada ventana exacta. */
  alcances(act: string, ventanas: readonly Dias[]): Promise<formas.VentanaMeta[]>;
  leerObjeto(
    nivel: formas.NivelMeta,
    id: string,
    moneda: string,
  ): Promise<formas.ObjetoMeta & { puesto: string }>;
  /** Escribe y no vuelve a leer: quien llama pregunta después qué quedó. Nunca se repite sola. */
  cambiar(nivel: formas.NivelMeta, id: string, cambio: CambioMeta, moneda: string): Promise<void>;
}

/** Un token abierto contra esa base. */
export function abrirSesion(
  token: string,
  o: { base: string; senal?: AbortSignal | undefined; pausaMs?: number; sondeoMs?: number },
): SesionMeta {
  const uso = crearUso({ pausaMs: o.pausaMs });
  let abierta: Promise<Api> | null = null;
  const api = () => (abierta ??= crearApi(token, { base: o.base, uso, senal: o.senal }));

  async function* listar<T>(
    ruta: string[],
    campos: readonly string[],
    params: object,
    porPagina: readonly number[],
    forma: z.ZodType<T>,
  ): AsyncGenerator<T[]> {
    yield* paginas(await api(), ruta, { ...params, fields: campos.join(',') }, porPagina, forma);
  }

  // Un informe hecho se lee por la misma arista que la cuenta: /<id>/insights.
  const renglonesDe = (fuente: string, params: object, porPagina: readonly number[]) =>
    listar([fuente, 'insights'], formas.CAMPOS_RENGLON, params, porPagina, formas.renglon);

  return {
    cuentas: () =>
      juntar(listar(['me', 'adaccounts'], formas.CAMPOS_CUENTA, {}, POCAS, formas.cuenta), MAXIMO_CUENTAS),
    paginas: () =>
      juntar(listar(['me', 'accounts'], formas.CAMPOS_PAGINA, {}, POCAS, formas.pagina), MAXIMO_CUENTAS),
    async cuenta(act) {
      const sdk = await cargarSdk();
      const cuenta = new sdk.AdAccount(act, {}, undefined, await api());
      return leer(formas.cuenta, datosDe(await cuenta.read(formas.CAMPOS_CUENTA)));
    },
    async *campanas(act, moneda) {
      for await (const p of listar(
        [act, 'campaigns'],
        formas.CAMPOS.campanas,
        {},
        POR_PAGINA,
        formas.campana,
      ))
        yield p.map((c) => ({
          ...formas.objetoDe({ ...c, fin: c.stop_time }, moneda),
          objetivo: c.objective ?? null,
        }));
    },
    async *conjuntos(act, moneda) {
      for await (const p of listar([act, 'adsets'], formas.CAMPOS.conjuntos, {}, POR_PAGINA, formas.conjunto))
        yield p.map((c) => ({
          ...formas.objetoDe({ ...c, fin: c.end_time }, moneda),
          campana_id: c.campaign_id,
        }));
    },
    async *anuncios(act) {
      for await (const p of listar([act, 'ads'], formas.CAMPOS.anuncios, {}, POR_PAGINA, formas.anuncio))
        yield p.map((a) => ({
          ...formas.objetoDe(a, null),
          conjunto_id: a.adset_id,
          campana_id: a.campaign_id,
          miniatura: a.creative?.thumbnail_url ?? null,
        }));
    },
    renglones: (act, p) => renglonesDe(act, porAnuncio(p), DE_UNA),
    async *renglonesEnInforme(act, p, alAvanzar) {
      const sdk = await cargarSdk();
      const cuenta = sinCambios(new sdk.AdAccount(act, {}, undefined, await api()));
      const informe = await cuenta.getInsightsAsync(formas.CAMPOS_RENGLON, porAnuncio(p));
      await esperarInforme(await api(), String(informe.id), o, alAvanzar);
      yield* renglonesDe(String(informe.id), {}, POR_PAGINA);
    },
    dias: (act, p) =>
      juntar(
        listar(
          [act, 'insights'],
          ['spend'],
          { level: 'account', time_range: rango(p), time_increment: 1 },
          DE_UNA,
          formas.diaDeCuenta,
        ),
        2000,
      ),
    alcances: (act, ventanas) =>
      juntar(
        listar(
          [act, 'insights'],
          ['reach'],
          { level: 'account', time_ranges: ventanas.map(rango) },
          DE_UNA,
          formas.ventana,
        ),
        500,
      ),
    async leerObjeto(nivel, id, moneda) {
      const objeto = await objetoSdk(await api(), nivel, id);
      const crudo = datosDe(await objeto.read([...formas.CAMPOS[nivel]]));
      if (nivel === 'campanas') {
        const c = leer(formas.campana, crudo);
        return { ...formas.objetoDe({ ...c, fin: c.stop_time }, moneda), puesto: c.status };
      }
      if (nivel === 'conjuntos') {
        const c = leer(formas.conjunto, crudo);
        return { ...formas.objetoDe({ ...c, fin: c.end_time }, moneda), puesto: c.status };
      }
      const a = leer(formas.anuncio, crudo);
      return { ...formas.objetoDe(a, null), puesto: a.status };
    },
    async cambiar(nivel, id, cambio, moneda) {
      const objeto = await objetoSdk(await api(), nivel, id);
      const centavos = (n: number) => Math.round(n * formas.divisor(moneda));
      // El primer argumento son campos: con los datos ahí el SDK no manda nada y dice que salió bien.
      const r: unknown = await objeto.update([], {
        ...(cambio.estado && { status: cambio.estado }),
        ...(cambio.presupuesto_diario !== undefined && { daily_budget: centavos(cambio.presupuesto_diario) }),
        ...(cambio.presupuesto_total !== undefined && {
          lifetime_budget: centavos(cambio.presupuesto_total),
        }),
        // 0 = sin fecha de fin: developers.facebook.com/docs/marketing-api/reference/ad-campaign#Updating.
        ...(cambio.fin !== undefined && { end_time: cambio.fin ?? 0 }),
      });
      if ((r as { success?: unknown } | null)?.success === false)
        throw new ErrorMeta('rechazo', 'Meta dice que no lo cambió.');
    },
  };
}

/**
 * Sin nombrar los estados, Meta calla lo que gastaron los anuncios borrados, que en el total de la cuenta sí está:
 * developers.facebook.com/docs/marketing-api/best-practices/manage-your-ad-object-status.
 */
function porAnuncio(p: Dias) {
  return {
    level: 'ad',
    time_range: rango(p),
    time_increment: 1,
    breakdowns: ['publisher_platform'],
    filtering: [{ field: 'ad.effective_status', operator: 'IN', value: formas.ESTADOS_ANUNCIO }],
  };
}

function rango(p: Dias) {
  return { since: p.desde, until: p.hasta };
}

/** Pregunta hasta que el informe esté. @throws ErrorMeta `pasajero` si Meta no lo terminó */
async function esperarInforme(
  api: Api,
  id: string,
  o: { senal?: AbortSignal | undefined; sondeoMs?: number },
  alAvanzar?: (pct: number) => void | Promise<void>,
): Promise<void> {
  const hasta = Date.now() + PLAZO_INFORME_MS;
  for (;;) {
    const r = leer(
      formas.corrida,
      await api.call('GET', [id], { fields: 'async_status,async_percent_completion' }),
    );
    await alAvanzar?.(r.async_percent_completion);
    if (r.async_status === 'Job Completed' && r.async_percent_completion === 100) return;
    if (r.async_status === 'Job Failed' || r.async_status === 'Job Skipped')
      throw new ErrorMeta('pasajero', `Meta no pudo preparar el informe (${r.async_status}).`);
    if (Date.now() > hasta) throw new ErrorMeta('pasajero', 'El informe de Meta tardó demasiado.');
    await dormir(o.sondeoMs ?? SONDEO_MS, undefined, o.senal ? { signal: o.senal } : {});
  }
}

async function objetoSdk(api: Api, nivel: formas.NivelMeta, id: string) {
  const sdk = await cargarSdk();
  if (nivel === 'campanas') return sinCambios(new sdk.Campaign(id, {}, undefined, api));
  if (nivel === 'conjuntos') return sinCambios(new sdk.AdSet(id, {}, undefined, api));
  return sinCambios(new sdk.Ad(id, {}, undefined, api));
}

/** El SDK apunta su propio `id` como cambio y lo mandaría en cada POST. */
function sinCambios<T extends { clearHistory(): unknown }>(objeto: T): T {
  objeto.clearHistory();
  return objeto;
}

async function juntar<T>(paginasDe: AsyncGenerator<T[]>, maximo: number): Promise<T[]> {
  const todo: T[] = [];
  for await (const p of paginasDe) {
    todo.push(...p);
    if (todo.length >= maximo) break;
  }
  return todo.slice(0, maximo);
}
