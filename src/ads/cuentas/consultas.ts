import { z } from 'zod';
import type { ClienteBd } from '../../datos/clientes.ts';
import type { Json } from '../../datos/tipos.ts';
import type { CuentaMeta, PaginaMeta } from '../../integraciones/meta_formas.ts';

const conexion = z.object({
  id: z.string(),
  cuentas: z.array(
    z.object({
      id: z.string(),
      nombre: z.string(),
      moneda: z.string(),
      zona: z.string(),
      situacion: z.number(),
    }),
  ),
  paginas: z.array(z.object({ id: z.string(), nombre: z.string() })),
  permisos: z.array(z.string()),
  expira: z.string().nullable(),
  agencia: z.boolean(),
  ya: z.array(z.string()),
});
/** Un permiso recién dado, con lo que deja ver; el permiso mismo no sale de la base. */
export type Conexion = z.output<typeof conexion>;

const vueltaVista = z.object({
  id: z.string(),
  pedida: z.string(),
  inicio: z.string(),
  fin: z.string().nullable(),
  estado: z.enum(['corriendo', 'hecha', 'espera', 'fallida']),
  etapa: z.string(),
  avance: z.number(),
  renglones: z.number(),
  clase: z.string().nullable(),
  motivo: z.string().nullable(),
  reanudar_en: z.string().nullable(),
});
export type VueltaVista = z.output<typeof vueltaVista>;

const cuentaEstado = z.object({
  id: z.string(),
  ad_account_id: z.string(),
  nombre: z.string(),
  moneda: z.string().nullable(),
  zona: z.string().nullable(),
  estado_conexion: z.string(),
  token_expira: z.string().nullable(),
  ultima_sincronizacion: z.string().nullable(),
  activo: z.boolean(),
  demo: z.boolean(),
  con_agencia: z.boolean(),
  conectada_con_permiso: z.boolean(),
  pagina: z.string().nullable(),
  permisos: z.array(z.string()).nullable(),
  situacion: z.number().nullable(),
  dias: z.number(),
  desde: z.string().nullable(),
  vueltas: z.array(vueltaVista),
});
export type CuentaEstado = z.output<typeof cuentaEstado>;

/** Las cuentas de la nora con su permiso y sus últimas vueltas. */
export async function listarEstados(bd: ClienteBd): Promise<CuentaEstado[]> {
  const { data } = await bd.rpc('ads_cuentas_estado').throwOnError();
  return z.array(cuentaEstado).parse(data);
}

/** Guarda un permiso (ya cifrado; null = el de la agencia) mientras la persona elige. Devuelve su id. */
export async function guardarConexion(
  bd: ClienteBd,
  p: {
    token: string | null;
    expira: Date | null;
    permisos: string[];
    cuentas: CuentaMeta[];
    paginas: PaginaMeta[];
  },
  usuario: string,
): Promise<string> {
  const { data } = await bd
    .rpc('ads_guardar_conexion', {
      p: { ...p, expira: p.expira?.toISOString() ?? null } as unknown as Json,
      p_usuario: usuario,
    })
    .throwOnError();
  return data;
}

/** null: no existe, es de otra persona o pasó su hora. */
export async function leerConexion(bd: ClienteBd, id: string, usuario: string): Promise<Conexion | null> {
  const { data } = await bd.rpc('ads_leer_conexion', { p_id: id, p_usuario: usuario }).throwOnError();
  return conexion.nullable().parse(data);
}

const conectadas = z.union([
  z.object({ r: z.literal('conectadas'), ids: z.array(z.string()) }),
  z.object({ r: z.literal('otra_moneda'), nombre: z.string() }),
  z.object({ r: z.literal('caduca') }),
]);

export async function conectar(
  bd: ClienteBd,
  p: { conexion: string; cuentas: string[]; pagina: string; usuario: string },
): Promise<z.output<typeof conectadas>> {
  const { data } = await bd
    .rpc('ads_conectar', {
      p_id: p.conexion,
      p_cuentas: p.cuentas,
      p_pagina: p.pagina,
      p_usuario: p.usuario,
    })
    .throwOnError();
  return conectadas.parse(data);
}

/** Olvida el permiso; null si esa cuenta no estaba conectada en esta nora. */
export async function desconectar(
  bd: ClienteBd,
  cuenta: string,
  usuario: string,
): Promise<{ nombre: string } | null> {
  const { data } = await bd.rpc('ads_desconectar', { p_cuenta: cuenta, p_usuario: usuario }).throwOnError();
  return z.object({ nombre: z.string() }).nullable().parse(data);
}

const paraRevisar = z.object({
  id: z.string(),
  nombre_nora: z.string(),
  token: z.string().nullable(),
  agencia: z.boolean(),
  nombre: z.string(),
  expira: z.string().nullable(),
  estado: z.string(),
});
export type CuentaPorRevisar = z.output<typeof paraRevisar>;

/** De todas las noras, por llave: sólo para los trabajos. */
export async function cuentasPorRevisar(bd: ClienteBd, despues: string | null): Promise<CuentaPorRevisar[]> {
  const { data } = await bd.rpc('ads_tokens', { p_despues: despues as never, p_n: 100 }).throwOnError();
  return z.array(paraRevisar).parse(data);
}

/** Apunta lo que dijo Meta del permiso. null: alguien lo cambió mientras se revisaba. */
export async function guardarRevision(
  bd: ClienteBd,
  c: { nombre_nora: string; id: string },
  p: {
    viejo: string | null;
    token: string | null;
    expira: Date | null;
    valido: boolean;
    sin_permiso: boolean;
    /** null = Meta no los dijo: se conservan los de antes. */
    permisos: string[] | null;
  },
): Promise<{ antes: string; ahora: string } | null> {
  const { data } = await bd
    .rpc('ads_guardar_token', {
      p_nora: c.nombre_nora,
      p_cuenta: c.id,
      p: { ...p, expira: p.expira?.toISOString() ?? null },
    })
    .throwOnError();
  return z.object({ antes: z.string(), ahora: z.string() }).nullable().parse(data);
}

const credencial = z.object({
  token: z.string().nullable(),
  agencia: z.boolean(),
  moneda: z.string().nullable(),
  zona: z.string().nullable(),
  act: z.string(),
});

/** Con qué escribir en Meta por esa cuenta; null si no está conectada. El token viene cifrado. */
export async function credencialDe(
  bd: ClienteBd,
  nora: string,
  cuenta: string,
): Promise<z.output<typeof credencial> | null> {
  const { data } = await bd.rpc('ads_credencial', { p_nora: nora, p_cuenta: cuenta }).throwOnError();
  return credencial.nullable().parse(data);
}
