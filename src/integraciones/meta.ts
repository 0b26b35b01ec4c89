import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as dormir } from 'node:timers/promises';
import type { z } from 'zod';
import { crearApi, type Api, cargarSdk, datosDe, leer, paginas } from './meta_api.ts';
import { ErrorMeta, explicarErrorMeta } from './meta_errores.ts';
import * as formas from './meta_formas.ts';
import { crearUso } from './meta_uso.ts';

const GRAPH = 'https://graph.facebook.com';
const DIALOGO = 'https://www.facebook.com';
const POR_PAGINA = 500;
const MAXIMO_CUENTAS = 1000;
const SONDEO_MS = 3000;
const PLAZO_INFORME_MS = 20 * 60_000;

/** Con leer basta para ver; para pausar y cambiar presupuestos hace falta administrar. */
export const PERMISO_LEER = 'ads_read';
export const PERMISO_CAMBIAR = 'ads_management';
const PERMISOS = [PERMISO_LEER, PERMISO_CAMBIAR, 'business_management', 'pages_show_list'];

export interface Dias {
  desde: string;
  hasta: string;
}

export interface EstadoToken {
  valido: boolean;
  /** null = no vence. */
  vence: Date | null;
  permisos: string[];
  /** USER, SYSTEM_USER, PAGE… */
  tipo: string;
}

export interface Canje {
  token: string;
  vence: Date | null;
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
    alAvanzar?: (pct: number) => void,
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

export interface Meta {
  /** Con META_APP_ID: se puede entrar con Facebook y renovar permisos. */
  readonly conLogin: boolean;
  /** La dirección de Facebook a la que se manda a la persona. `reto`: el de PKCE (S256). */
  direccionDeLogin(p: { estado: string; reto: string; regreso: string }): string;
  canjearCodigo(p: { codigo: string; verificador: string; regreso: string }): Promise<Canje>;
  /** Cambia un permiso corto o que está por vencer por uno de unos 60 días. Los vencidos no se pueden. */
  alargar(token: string): Promise<Canje>;
  revisarToken(token: string): Promise<EstadoToken>;
  conToken(token: string, o?: { senal?: AbortSignal }): SesionMeta;
  /** Pregunta a Meta por lo que esta instalación tiene puesto; null si no hay aplicación ni permiso de la agencia. */
  estado(): Promise<{ ok: boolean; detalle: string }> | null;
  /** true si esa dirección es de una imagen que Meta sirve. */
  esMiniatura(url: URL): boolean;
}

export interface OpcionesMeta {
  app: { id: string; secreto: string } | null;
  /** El permiso de la agencia, sólo para decir si sigue vivo. */
  tokenAgencia?: string | null;
  /** Base alterna de la Graph API y del diálogo; null = la de Meta. */
  graphUrl: string | null;
  /** Pausas más cortas para probar. */
  pausaMs?: number;
  sondeoMs?: number;
}

/** La puerta a Meta: todo por su SDK. Todo lo que falla es ErrorMeta y nunca lleva un token. */
export function crearMeta(o: OpcionesMeta): Meta {
  const base = o.graphUrl ?? GRAPH;
  const dialogo = o.graphUrl ?? DIALOGO;

  function exigirApp(): { id: string; secreto: string } {
    if (!o.app) throw new ErrorMeta('rechazo', 'Esta instalación no tiene META_APP_ID.');
    return o.app;
  }

  /** Lo que se pide en nombre de la aplicación y no de una persona. */
  async function comoApp(ruta: string[], params: Record<string, unknown>): Promise<unknown> {
    const app = exigirApp();
    const api = await crearApi(`${app.id}|${app.secreto}`, { base, uso: crearUso({ pausaMs: o.pausaMs }) });
    return api.call('GET', ruta, params);
  }

  async function canjear(params: Record<string, unknown>): Promise<Canje> {
    const app = exigirApp();
    const r = leer(
      formas.canje,
      await comoApp(['oauth', 'access_token'], { client_id: app.id, client_secret: app.secreto, ...params }),
    );
    return {
      token: r.access_token,
      vence: r.expires_in ? new Date(Date.now() + r.expires_in * 1000) : null,
    };
  }

  async function revisar(token: string): Promise<EstadoToken> {
    // Sin aplicación propia el token se revisa a sí mismo.
    const params = { input_token: token };
    const crudo = o.app
      ? await comoApp(['debug_token'], params)
      : await (await crearApi(token, { base, uso: crearUso({ pausaMs: o.pausaMs }) })).call(
          'GET',
          ['debug_token'],
          params,
        );
    const { data } = leer(formas.revision, crudo);
    return {
      valido: data.is_valid,
      vence: data.expires_at ? new Date(data.expires_at * 1000) : null,
      permisos: data.scopes,
      tipo: data.type ?? '',
    };
  }

  return {
    conLogin: o.app !== null,
    direccionDeLogin(p) {
      const q = new URLSearchParams({
        client_id: exigirApp().id,
        redirect_uri: p.regreso,
        state: p.estado,
        response_type: 'code',
        scope: PERMISOS.join(','),
        code_challenge: p.reto,
        code_challenge_method: 'S256',
      });
      return `${dialogo}/${VERSION}/dialog/oauth?${q}`;
    },
    canjearCodigo: (p) => canjear({ code: p.codigo, redirect_uri: p.regreso, code_verifier: p.verificador }),
    alargar: (token) => canjear({ grant_type: 'fb_exchange_token', fb_exchange_token: token }),
    revisarToken: revisar,
    conToken: (token, opciones = {}) => abrirSesion(token, { ...o, base, senal: opciones.senal }),
    estado() {
      const token = o.tokenAgencia ?? (o.app ? `${o.app.id}|${o.app.secreto}` : null);
      if (token === null) return null;
      const que = o.tokenAgencia ? 'el permiso de la agencia' : 'la aplicación';
      return revisar(token).then(
        ({ valido, vence }) => ({
          ok: valido,
          detalle: valido
            ? `Meta reconoce ${que}${vence ? `, hasta el ${vence.toISOString().slice(0, 10)}` : ''}.`
            : `Meta ya no reconoce ${que}.`,
        }),
        (error: unknown) => ({
          ok: false,
          detalle:
            error instanceof ErrorMeta ? explicarErrorMeta(error.clase, error.message) : 'No contestó.',
        }),
      );
    },
    esMiniatura(url) {
      if (o.graphUrl && url.origin === new URL(o.graphUrl).origin) return true;
      return url.protocol === 'https:' && /(^|\.)(fbcdn\.net|facebook\.com)$/.test(url.hostname);
    },
  };
}

/** Un verificador de PKCE y su reto (RFC 7636, S256). */
export function crearPkce(): { verificador: string; reto: string } {
  const verificador = randomBytes(48).toString('base64url');
  return { verificador, reto: createHash('sha256').update(verificador).digest('base64url') };
}

/** La versión que pide el SDK instalado; una prueba comprueba que son la misma. */
export const VERSION = 'v24.0';

function abrirSesion(
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
    forma: z.ZodType<T>,
  ): AsyncGenerator<T[]> {
    yield* paginas(await api(), ruta, { ...params, fields: campos.join(',') }, forma);
  }

  const conLimite = { limit: POR_PAGINA };
  // Un informe hecho se lee por la misma arista que la cuenta: /<id>/insights.
  const renglonesDe = (fuente: string, params: object) =>
    listar([fuente, 'insights'], formas.CAMPOS_RENGLON, { ...params, ...conLimite }, formas.renglon);

  return {
    cuentas: () =>
      juntar(
        listar(['me', 'adaccounts'], formas.CAMPOS_CUENTA, { limit: 100 }, formas.cuenta),
        MAXIMO_CUENTAS,
      ),
    paginas: () =>
      juntar(listar(['me', 'accounts'], formas.CAMPOS_PAGINA, { limit: 100 }, formas.pagina), MAXIMO_CUENTAS),
    async cuenta(act) {
      const sdk = await cargarSdk();
      const cuenta = new sdk.AdAccount(act, {}, undefined, await api());
      return leer(formas.cuenta, datosDe(await cuenta.read(formas.CAMPOS_CUENTA)));
    },
    async *campanas(act, moneda) {
      for await (const p of listar([act, 'campaigns'], formas.CAMPOS.campanas, conLimite, formas.campana))
        yield p.map((c) => ({
          ...formas.objetoDe({ ...c, fin: c.stop_time }, moneda),
          objetivo: c.objective ?? null,
        }));
    },
    async *conjuntos(act, moneda) {
      for await (const p of listar([act, 'adsets'], formas.CAMPOS.conjuntos, conLimite, formas.conjunto))
        yield p.map((c) => ({
          ...formas.objetoDe({ ...c, fin: c.end_time }, moneda),
          campana_id: c.campaign_id,
        }));
    },
    async *anuncios(act) {
      for await (const p of listar([act, 'ads'], formas.CAMPOS.anuncios, conLimite, formas.anuncio))
        yield p.map((a) => ({
          ...formas.objetoDe(a, null),
          conjunto_id: a.adset_id,
          campana_id: a.campaign_id,
          miniatura: a.creative?.thumbnail_url ?? null,
        }));
    },
    renglones: (act, p) => renglonesDe(act, porAnuncio(p)),
    async *renglonesEnInforme(act, p, alAvanzar) {
      const sdk = await cargarSdk();
      const cuenta = sinCambios(new sdk.AdAccount(act, {}, undefined, await api()));
      const informe = await cuenta.getInsightsAsync(formas.CAMPOS_RENGLON, porAnuncio(p));
      await esperarInforme(await api(), String(informe.id), o, alAvanzar);
      yield* renglonesDe(String(informe.id), {});
    },
    dias: (act, p) =>
      juntar(
        listar(
          [act, 'insights'],
          ['spend'],
          { level: 'account', time_range: rango(p), time_increment: 1, ...conLimite },
          formas.diaDeCuenta,
        ),
        2000,
      ),
    alcances: (act, ventanas) =>
      juntar(
        listar(
          [act, 'insights'],
          ['reach'],
          { level: 'account', time_ranges: ventanas.map(rango), ...conLimite },
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

function porAnuncio(p: Dias) {
  return { level: 'ad', time_range: rango(p), time_increment: 1, breakdowns: ['publisher_platform'] };
}

function rango(p: Dias) {
  return { since: p.desde, until: p.hasta };
}

/** Pregunta hasta que el informe esté. @throws ErrorMeta `pasajero` si Meta no lo terminó */
async function esperarInforme(
  api: Api,
  id: string,
  o: { senal?: AbortSignal | undefined; sondeoMs?: number },
  alAvanzar?: (pct: number) => void,
): Promise<void> {
  const hasta = Date.now() + PLAZO_INFORME_MS;
  for (;;) {
    const r = leer(
      formas.corrida,
      await api.call('GET', [id], { fields: 'async_status,async_percent_completion' }),
    );
    alAvanzar?.(r.async_percent_completion);
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
