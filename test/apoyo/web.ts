import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { crearApp } from '../../src/app.ts';
import { type Contexto, crearContexto } from '../../src/contexto.ts';
import { resumirClave } from '../../src/cuentas/clave.ts';
import { crearTablaDeRutas, guardarRutas, type TablaDeRutas } from '../../src/noras/rutas.ts';
import type { Vida } from '../../src/web/vida.ts';
import { prepararBase } from './base.ts';

/** La aplicación entera escuchando en un puerto libre sobre una base propia, sin sockets ni trabajadores. */
export interface Web {
  ctx: Contexto;
  app: Express;
  url: string;
  rutas: TablaDeRutas;
  vida: Vida;
  visitante(): Visitante;
  cerrar(): Promise<void>;
}

/** Un navegador mínimo: guarda cookies, no sigue redirecciones y manda el token de la sesión. */
export interface Visitante {
  get(ruta: string, cabeceras?: Record<string, string>): Promise<Respuesta>;
  post(ruta: string, datos?: Datos, cabeceras?: Record<string, string>): Promise<Respuesta>;
  borrar(ruta: string, cabeceras?: Record<string, string>): Promise<Respuesta>;
  /** Abre el formulario de entrada y guarda su token. */
  pedirToken(): Promise<void>;
  /** Entra como lo haría una persona. */
  entrar(correo: string, clave?: string): Promise<Respuesta>;
  cookies: Map<string, string>;
  csrf: string;
}

export type Datos = Record<string, string | string[]>;

export interface Respuesta {
  estado: number;
  cabeceras: Headers;
  texto: string;
  json: Record<string, unknown>;
}

export const CLAVE = 'correcto caballo 7';
const JSON_ACEPTADO = { accept: 'application/json' };
let resumen: Promise<string> | null = null;

export async function abrirWeb(entorno: Record<string, string> = {}): Promise<Web> {
  const base = await prepararBase(entorno);
  const ctx = await crearContexto(base.config);
  const vida: Vida = { momento: 'listo' };
  const rutas = crearTablaDeRutas();
  const app = crearApp(ctx, { vida, rutas });
  const http = app.listen(0, '127.0.0.1');
  await once(http, 'listening');
  await guardarRutas(ctx.bd.servicio, rutas);
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return {
    ctx,
    app,
    url,
    rutas,
    vida,
    visitante: () => crearVisitante(url),
    async cerrar() {
      http.closeAllConnections();
      await new Promise((listo) => http.close(listo));
      await ctx.cerrar();
      await base.cerrar();
    },
  };
}

/** Crea un usuario con la clave de pruebas y devuelve su id. */
export async function crearUsuario(
  ctx: Contexto,
  usuario: { correo: string; rol?: 'admin' | 'cliente'; noras?: Record<string, 'dueno' | 'agente'> },
): Promise<string> {
  resumen ??= resumirClave(CLAVE);
  const noras = Object.entries(usuario.noras ?? {}).map(([nombre_nora, rol]) => ({ nombre_nora, rol }));
  const { data } = await ctx.bd.servicio
    .rpc('guardar_usuario', {
      p: {
        correo: usuario.correo,
        nombre: usuario.correo,
        rol: usuario.rol ?? 'cliente',
        clave_hash: await resumen,
        noras,
      },
    })
    .throwOnError();
  return String(data);
}

/** Crea una nora con esos módulos y espera a que el registro la vea. */
export async function crearNora(ctx: Contexto, nombre: string, modulos: string[] = ['chat']): Promise<void> {
  await ctx.bd.servicio
    .rpc('crear_nora', {
      p: { nombre_nora: nombre, nombre_visible: `Nora ${nombre}`, modulos },
      p_quien: null,
    })
    .throwOnError();
  await hasta(() => ctx.registro.obtener(nombre) !== null);
}

/** Los números de WhatsApp de las dos vecinas. */
export const NUMERO_DE = { aura: '+526620000001', demo: '+526620000002' } as const;

export interface Vecinas {
  /** Dueña de aura. */
  ana: Visitante;
  /** Dueña de demo. */
  dora: Visitante;
  idAna: string;
}

/** Dos noras con los mismos módulos y su dueña ya adentro: lo que una hace no debe verlo ni tocarlo la otra. */
export async function dosVecinas(web: Web, modulos: string[]): Promise<Vecinas> {
  for (const [nora, numero] of Object.entries(NUMERO_DE)) {
    await crearNora(web.ctx, nora, modulos);
    await web.ctx.bd.pool.query('update configuracion_bot set numero_nora = $2 where nombre_nora = $1', [
      nora,
      numero,
    ]);
  }
  const idAna = await crearUsuario(web.ctx, { correo: 'ana@aura.mx', noras: { aura: 'dueno' } });
  await crearUsuario(web.ctx, { correo: 'dora@demo.mx', noras: { demo: 'dueno' } });
  const [ana, dora] = await Promise.all([entrarComo(web, 'ana@aura.mx'), entrarComo(web, 'dora@demo.mx')]);
  return { ana, dora, idAna };
}

/** Un visitante que ya entró con la clave de pruebas. */
export async function entrarComo(web: Web, correo: string): Promise<Visitante> {
  const visitante = web.visitante();
  await visitante.entrar(correo);
  return visitante;
}

/** Espera a que algo se cumpla; lanza si pasa del tope. */
export async function hasta(cumple: () => boolean | Promise<boolean>, topeMs = 3000): Promise<number> {
  const inicio = performance.now();
  while (!(await cumple())) {
    if (performance.now() - inicio > topeMs) throw new Error(`No se cumplió en ${topeMs} ms`);
    await new Promise((listo) => setTimeout(listo, 5));
  }
  return performance.now() - inicio;
}

/** Un navegador nuevo para cualquier servidor de prueba. */
export function visitar(url: string): Visitante {
  return crearVisitante(url);
}

export function crearVisitante(url: string): Visitante {
  const cookies = new Map<string, string>();
  const visitante: Visitante = { cookies, csrf: '', get, post, borrar, pedirToken, entrar };

  async function pedir(metodo: string, ruta: string, cabeceras: Record<string, string>, cuerpo?: string) {
    const r = await fetch(url + ruta, {
      method: metodo,
      redirect: 'manual',
      headers: {
        ...JSON_ACEPTADO,
        ...(cookies.size ? { cookie: [...cookies].map(([n, v]) => `${n}=${v}`).join('; ') } : {}),
        ...(metodo === 'GET' || !visitante.csrf ? {} : { 'x-csrf-token': visitante.csrf }),
        ...cabeceras,
      },
      ...(cuerpo === undefined ? {} : { body: cuerpo }),
    });
    for (const linea of r.headers.getSetCookie()) guardarCookie(cookies, linea);
    const texto = await r.text();
    const esJson = r.headers.get('content-type')?.includes('application/json') ?? false;
    const json = (esJson ? JSON.parse(texto) : {}) as Record<string, unknown>;
    return { estado: r.status, cabeceras: r.headers, texto, json };
  }

  function get(ruta: string, cabeceras: Record<string, string> = {}) {
    return pedir('GET', ruta, cabeceras);
  }

  function post(ruta: string, datos: Datos = {}, cabeceras: Record<string, string> = {}) {
    const cuerpo = new URLSearchParams();
    for (const [campo, valor] of Object.entries(datos))
      for (const v of Array.isArray(valor) ? valor : [valor]) cuerpo.append(campo, v);
    const tipo = { 'content-type': 'application/x-www-form-urlencoded' };
    return pedir('POST', ruta, { ...tipo, ...cabeceras }, cuerpo.toString());
  }

  function borrar(ruta: string, cabeceras: Record<string, string> = {}) {
    return pedir('DELETE', ruta, cabeceras);
  }

  async function pedirToken() {
    const { csrf } = (await get('/login')).json;
    visitante.csrf = typeof csrf === 'string' ? csrf : '';
  }

  async function entrar(correo: string, clave = CLAVE) {
    await pedirToken();
    const r = await post('/login', { correo, clave });
    if (typeof r.json['csrf'] === 'string') visitante.csrf = r.json['csrf'];
    return r;
  }

  return visitante;
}

function guardarCookie(cookies: Map<string, string>, linea: string): void {
  const [par = '', ...atributos] = linea.split(';');
  const corte = par.indexOf('=');
  const nombre = par.slice(0, corte);
  const vencida = atributos.some((a) => /^\s*expires=Thu, 01 Jan 1970/i.test(a));
  if (vencida) cookies.delete(nombre);
  else cookies.set(nombre, par.slice(corte + 1));
}
