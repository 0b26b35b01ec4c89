import { createHash, randomBytes } from 'node:crypto';
import { crearApi, leer } from './meta_api.ts';
import { ErrorMeta, explicarErrorMeta } from './meta_errores.ts';
import * as formas from './meta_formas.ts';
import { abrirSesion, type SesionMeta } from './meta_sesion.ts';
import { crearUso } from './meta_uso.ts';

const GRAPH = 'https://graph.facebook.com';
const DIALOGO = 'https://www.facebook.com';

/** Con leer basta para ver; para pausar y cambiar presupuestos hace falta administrar. */
export const PERMISO_LEER = 'ads_read';
export const PERMISO_CAMBIAR = 'ads_management';
const PERMISOS = [PERMISO_LEER, PERMISO_CAMBIAR, 'business_management', 'pages_show_list'];

export interface EstadoToken {
  valido: boolean;
  /** Cuándo deja de servir: lo primero entre que muera el permiso y que se cierre el acceso a los datos. null = nunca. */
  vence: Date | null;
  /** Sólo el permiso, que se puede cambiar por otro; el acceso a los datos sólo lo renueva la persona. */
  muere: Date | null;
  permisos: string[];
  /** USER, SYSTEM_USER, PAGE… */
  tipo: string;
}

export interface Canje {
  token: string;
  vence: Date | null;
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
  /** La configuración de «Facebook Login for Business» que dice qué se pide; null = el login de siempre, con sus permisos. */
  configuracion?: string | null;
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
    const fechas = [data.expires_at, data.data_access_expires_at].filter(
      (n) => n !== undefined && n > 0,
    ) as number[];
    return {
      valido: data.is_valid,
      vence: fechas.length > 0 ? new Date(Math.min(...fechas) * 1000) : null,
      muere: data.expires_at ? new Date(data.expires_at * 1000) : null,
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
        // developers.facebook.com/docs/facebook-login/facebook-login-for-business: la configuración ocupa el lugar de scope.
        ...(o.configuracion
          ? { config_id: o.configuracion, override_default_response_type: 'true' }
          : { scope: PERMISOS.join(',') }),
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
            error instanceof ErrorMeta
              ? explicarErrorMeta(error.clase, error.message, 'trabajo')
              : 'No contestó.',
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
