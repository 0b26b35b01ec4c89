import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import type { Config } from '../config.ts';
import { type ApiLocal, URL_API_LOCAL } from './api_local.ts';
import { esSqlstate } from './errores_bd.ts';
import { crearFirmador, type Firmador, type Identidad } from './jwt.ts';
import { Lru } from './lru.ts';
import type { Database } from './tipos.ts';

/** Un cliente de supabase-js con una identidad fija. Toda consulta lleva `.throwOnError()`. */
export type ClienteBd = SupabaseClient<Database>;

export interface Clientes {
  servicio: ClienteBd;
  deNora(nombre_nora: string): ClienteBd;
}

type Fetch = typeof globalThis.fetch;
/** A donde van las peticiones y que llave de proyecto las acompaña: lo unico que cambia entre los tres modos. */
interface Puerta {
  url: string;
  llave: { servicio: string; nora: string };
  fetch: Fetch;
  /** null = el servicio se identifica solo con su llave secreta, nunca como Bearer. */
  tokenDeServicio: (() => Promise<string>) | null;
}

/** Tope de espera de una peticion por red; la base corta antes sus propias consultas. */
const ESPERA_MS = 20_000;

/** Clientes de la API de datos para el modo configurado. `apiLocal` solo en modo embebido. */
export async function crearClientes(config: Config, apiLocal: ApiLocal | null): Promise<Clientes> {
  const firmador = await crearFirmador(config.base);
  const puerta = abrirPuerta(config, apiLocal, firmador);
  const porNora = new Lru<string, ClienteBd>(1000);
  return {
    servicio: crearCliente(puerta, puerta.llave.servicio, puerta.tokenDeServicio),
    deNora(nombre_nora) {
      const guardado = porNora.obtener(nombre_nora);
      if (guardado) return guardado;
      const identidad: Identidad = { role: 'nora_panel', nombre_nora };
      const cliente = crearCliente(puerta, puerta.llave.nora, () => firmador.token(identidad));
      porNora.poner(nombre_nora, cliente);
      return cliente;
    },
  };
}

function abrirPuerta(config: Config, apiLocal: ApiLocal | null, firmador: Firmador): Puerta {
  const { base } = config;
  const tokenDeServicio = () => firmador.token({ role: 'service_role' });
  if (base.modo === 'embebido') {
    if (!apiLocal) throw new Error('El modo embebido necesita la API local');
    return {
      url: URL_API_LOCAL,
      llave: { servicio: 'embebido', nora: 'embebido' },
      fetch: (entrada, opciones) => apiLocal.fetch(entrada, opciones),
      tokenDeServicio,
    };
  }
  if (base.modo === 'postgrest') {
    const url = base.postgrestUrl ?? '';
    return {
      url,
      llave: { servicio: 'postgrest', nora: 'postgrest' },
      fetch: conLimite((entrada, opciones) => globalThis.fetch(sinPrefijo(entrada, url), opciones)),
      tokenDeServicio,
    };
  }
  const secreta = base.llaveSecreta ?? '';
  // Las llaves viejas son JWT y el servidor saca el rol del Bearer; las nuevas (sb_secret_) no lo son.
  const esJwt = secreta.startsWith('eyJ');
  return {
    url: base.supabaseUrl ?? '',
    llave: { servicio: secreta, nora: base.llavePublica ?? '' },
    fetch: conLimite(globalThis.fetch),
    tokenDeServicio: esJwt ? () => Promise.resolve(secreta) : null,
  };
}

function crearCliente(puerta: Puerta, llave: string, token: (() => Promise<string>) | null): ClienteBd {
  const conIdentidad: Fetch = async (entrada, opciones) => {
    const cabeceras = new Headers(opciones?.headers);
    if (token) cabeceras.set('authorization', `Bearer ${await token()}`);
    else cabeceras.delete('authorization');
    return sinDetalle(await puerta.fetch(entrada, { ...opciones, headers: cabeceras }));
  };
  return createClient<Database>(puerta.url, llave, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    // La identidad la pone `conIdentidad`; esto evita que supabase-js arme su propio cliente de cuentas.
    accessToken: async () => null,
    global: { fetch: conIdentidad },
  });
}

/** PostgREST suelto sirve en la raiz lo que Supabase sirve en /rest/v1. */
function sinPrefijo(entrada: Parameters<Fetch>[0], url: string): string {
  const texto = entrada instanceof Request ? entrada.url : String(entrada);
  return texto.startsWith(`${url}/rest/v1`) ? url + texto.slice(url.length + '/rest/v1'.length) : texto;
}

function conLimite(fetch: Fetch): Fetch {
  return (entrada, opciones) => {
    const limite = AbortSignal.timeout(ESPERA_MS);
    const signal = opciones?.signal ? AbortSignal.any([opciones.signal, limite]) : limite;
    return fetch(entrada, { ...opciones, signal });
  };
}

/** Quita `details` de los errores de PostgreSQL antes de que nadie pueda registrarlos: traen valores de filas. */
async function sinDetalle(r: Response): Promise<Response> {
  if (r.ok || !r.headers.get('content-type')?.includes('json')) return r;
  const cuerpo: unknown = await r.json().catch(() => null);
  if (cuerpo && typeof cuerpo === 'object' && esSqlstate((cuerpo as { code?: unknown }).code))
    (cuerpo as { details?: unknown }).details = null;
  const headers = new Headers(r.headers);
  headers.delete('content-length');
  headers.delete('content-encoding');
  return new Response(JSON.stringify(cuerpo), { status: r.status, statusText: r.statusText, headers });
}
