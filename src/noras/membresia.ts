import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { BaseDeDatos, ClienteBd } from '../datos/base_de_datos.ts';

/** Cómo entra alguien a una nora. `admin` es la plataforma: pasa a todas y sus escrituras se auditan. */
export type RolMembresia = 'dueno' | 'agente' | 'admin';

/** Una cuenta activa con todo lo que decide a dónde puede entrar. */
export interface Cuenta {
  readonly id: string;
  readonly nombre: string;
  readonly correo: string;
  readonly rol: 'admin' | 'cliente';
  /** Cambia con la clave; la sesión guarda el suyo y deja de valer cuando difieren. */
  readonly sello: string;
  /** Tiene activo el segundo paso al entrar. */
  readonly totp: boolean;
  /** Sus noras en orden de nombre. */
  readonly noras: ReadonlyMap<string, 'dueno' | 'agente'>;
}

/** Quién atiende una nora y a quién se invitó, como lo dan `leer_equipo` y la ficha de la administración. */
export interface Equipo {
  miembros: {
    id: string;
    nombre: string;
    correo: string;
    rol: 'dueno' | 'agente';
    activo: boolean;
    ultimo_acceso: string | null;
  }[];
  pendientes: { id: string; correo: string; rol: string; vence: string }[];
}

export interface Membresias {
  /** Se suscribe a los cambios. Mientras no se llame, cada consulta va a la base. */
  iniciar(): Promise<void>;
  /** La cuenta, o null si no existe o está desactivada. */
  obtener(usuarioId: string): Promise<Cuenta | null>;
  /** Con qué rol entra a esa nora, o null. No mira si la nora existe o está activa: eso es del registro. */
  rolEn(usuarioId: string, nombre_nora: string): Promise<RolMembresia | null>;
  /** Avisa con el usuario que cambió, o null cuando pudo cambiar cualquiera. */
  alCambiar(fn: (usuarioId: string | null) => void): () => void;
  /** Olvida lo guardado de un usuario en este proceso. */
  olvidar(usuarioId: string): void;
  cerrar(): Promise<void>;
}

const CANAL = 'membresias';
// Red de seguridad por si se pierde un aviso sin que se note; lo normal es que el aviso llegue antes.
const VIGENCIA_MS = 10_000;
const MAXIMO_GUARDADAS = 5000;

/** El sello de una clave, igual al que da `cargar_usuario`: sale de su resumen y no sirve para recuperarla. */
export function selloDe(claveHash: string): string {
  return createHash('sha256').update(claveHash).digest('hex').slice(0, 32);
}

/**
 * Caché corta de cuentas. La base avisa por LISTEN `membresias` con el id que cambió y aquí se olvida,
 * así que perder una membresía surte efecto en la petición siguiente.
 */
export function crearMembresias(
  ctx: { bd: Pick<BaseDeDatos, 'servicio' | 'escuchar'>; log: Pick<Logger, 'warn'> },
  opciones: { vigenciaMs?: number } = {},
): Membresias {
  const vigenciaMs = opciones.vigenciaMs ?? VIGENCIA_MS;
  const guardadas = new Map<string, { hasta: number; cuenta: Promise<Cuenta | null> }>();
  const oyentes = new Set<(usuarioId: string | null) => void>();
  let dejarDeEscuchar: (() => void | Promise<void>) | null = null;

  function recibirAviso(carga: string): void {
    if (carga === 'resincronizar' || carga === '') guardadas.clear();
    else guardadas.delete(carga);
    for (const fn of oyentes) fn(carga === 'resincronizar' || carga === '' ? null : carga);
  }

  async function obtener(usuarioId: string): Promise<Cuenta | null> {
    const guardada = guardadas.get(usuarioId);
    if (guardada && guardada.hasta > Date.now()) return guardada.cuenta;
    // Se guarda la promesa: un aviso que llegue a media lectura la quita, y lo leído a medias no se queda.
    const cuenta = leerCuenta(ctx.bd.servicio, usuarioId);
    if (!dejarDeEscuchar) return cuenta;
    if (guardadas.size >= MAXIMO_GUARDADAS) guardadas.clear();
    const entrada = { hasta: Date.now() + vigenciaMs, cuenta };
    guardadas.set(usuarioId, entrada);
    cuenta.catch(() => {
      if (guardadas.get(usuarioId) === entrada) guardadas.delete(usuarioId);
    });
    return cuenta;
  }

  return {
    async iniciar() {
      dejarDeEscuchar ??= await ctx.bd.escuchar(CANAL, recibirAviso);
    },
    obtener,
    async rolEn(usuarioId, nombre_nora) {
      const cuenta = await obtener(usuarioId);
      return cuenta && rolDeCuenta(cuenta, nombre_nora);
    },
    alCambiar(fn) {
      oyentes.add(fn);
      return () => oyentes.delete(fn);
    },
    olvidar: (usuarioId) => guardadas.delete(usuarioId),
    async cerrar() {
      await dejarDeEscuchar?.();
      dejarDeEscuchar = null;
      guardadas.clear();
    },
  };
}

/** El rol con el que una cuenta ya leída entra a una nora, o null. */
export function rolDeCuenta(cuenta: Pick<Cuenta, 'rol' | 'noras'>, nombre_nora: string): RolMembresia | null {
  return cuenta.rol === 'admin' ? 'admin' : (cuenta.noras.get(nombre_nora) ?? null);
}

interface FilaUsuario {
  id: string;
  nombre: string;
  correo: string;
  rol: string;
  activo: boolean;
  sello: string;
  totp: boolean;
  noras: { nombre_nora: string; rol: string }[];
}

async function leerCuenta(servicio: ClienteBd, id: string): Promise<Cuenta | null> {
  const { data } = await servicio.rpc('cargar_usuario', { p_usuario: id }).throwOnError();
  const fila = data as unknown as FilaUsuario | null;
  if (!fila?.activo) return null;
  const { nombre, correo, sello } = fila;
  const rol = fila.rol === 'admin' ? 'admin' : 'cliente';
  const noras = fila.noras.map((n) => [n.nombre_nora, n.rol === 'dueno' ? 'dueno' : 'agente'] as const);
  return { id: fila.id, nombre, correo, rol, sello, totp: fila.totp, noras: new Map(noras) };
}
