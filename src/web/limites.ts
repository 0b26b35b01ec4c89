import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { ErrorApp } from '../errores.ts';

/**
 * Tope de formularios y JSON. Los archivos entran por busboy con su propio tope.
 * Un emoji viaja en doce letras: con menos, diez mil caracteres se quedarían en la puerta y la persona perdería lo que
 * escribió, en vez de leer junto al campo que le sobran.
 */
export const TOPE_CUERPO = '256kb';

/** Intentos de entrada que se permiten antes de bloquear, por tipo de llave. */
const TOPES = [
  // La misma persona equivocándose.
  { clase: 'correo_ip', maximo: 5 },
  // Un lugar probando muchos correos.
  { clase: 'ip', maximo: 40 },
  // Muchos lugares probando un correo. Alto: si no, cualquiera podría dejar fuera al dueño.
  { clase: 'correo', maximo: 100 },
] as const;

const VENTANA_MIN = 15;
const BLOQUEO_MIN = 15;

export interface LimiteEntrada {
  /**
   * Aparta un intento ANTES de comprobar la clave, para que cien intentos a la vez no pasen todos.
   * @throws ErrorApp 429 `demasiados_intentos` con `extra.segundos`
   */
  apartar(correo: string, ip: string): Promise<void>;
  /**
   * La clave era buena: se olvidan los fallos de esa persona en ese lugar, y del lugar y del correo se descuenta sólo este
   * intento. Sin descontarlo, una oficina entera que entra bien en la mañana se bloquea sola; borrándolos, quien tiene una
   * cuenta propia la usaría para borrar la cuenta de sus intentos contra otras.
   */
  perdonar(correo: string, ip: string): Promise<void>;
}

/**
 * Límite de entrada en `interno.intentos_entrada`: vale igual con uno o con varios procesos.
 * Las llaves van cifradas con sha256: la tabla no guarda correos ni direcciones.
 */
export function crearLimiteEntrada(pool: Pool): LimiteEntrada {
  return {
    async apartar(correo, ip) {
      const llaves = llavesDe(correo, ip);
      const { rows } = await pool.query<{ segundos: number | null }>(APARTAR, [
        llaves.map((l) => l.clave),
        llaves.map((l) => l.maximo),
        VENTANA_MIN,
        BLOQUEO_MIN,
      ]);
      const segundos = rows[0]?.segundos;
      if (segundos === undefined || segundos === null) return;
      const minutos = Math.max(1, Math.ceil(segundos / 60));
      throw new ErrorApp(
        429,
        'demasiados_intentos',
        `Demasiados intentos. Espera ${minutos === 1 ? 'un minuto' : `${minutos} minutos`} y vuelve a probar.`,
        { segundos },
      );
    },
    async perdonar(correo, ip) {
      const llaves = llavesDe(correo, ip);
      const propia = llaves.find((l) => l.clase === 'correo_ip')?.clave;
      await pool.query(DESCONTAR, [llaves.map((l) => l.clave), propia]);
      await pool.query(OLVIDAR_VIEJOS);
    },
  };
}

// Un bloqueo vigente no se alarga por insistir: quien espera, entra. Las llaves van en orden para que
// dos peticiones con llaves comunes no se traben entre sí.
const APARTAR = `
  with llaves as (select * from unnest($1::text[], $2::int[]) as l(clave, maximo)),
  puestos as (
    insert into interno.intentos_entrada as i (clave, fallos, bloqueado_hasta, actualizado)
    select clave, 1, null, now() from llaves order by clave
    on conflict (clave) do update set
      fallos = case
        when i.bloqueado_hasta > now() then i.fallos
        when i.bloqueado_hasta is not null or i.actualizado < now() - make_interval(mins => $3::int) then 1
        else i.fallos + 1 end,
      bloqueado_hasta = case
        when i.bloqueado_hasta > now() then i.bloqueado_hasta
        when i.bloqueado_hasta is not null or i.actualizado < now() - make_interval(mins => $3::int) then null
        when i.fallos + 1 > (select maximo from llaves where llaves.clave = i.clave)
          then now() + make_interval(mins => $4::int)
        else null end,
      actualizado = now()
    returning bloqueado_hasta)
  select ceil(extract(epoch from max(bloqueado_hasta) - now()))::int as segundos
  from puestos where bloqueado_hasta > now()`;

// También en orden de llave: quien entra y quien prueba a la vez desde el mismo lugar no se traban.
const DESCONTAR = `
  with mias as (select clave from interno.intentos_entrada where clave = any($1::text[]) order by clave for update),
  menos as (
    update interno.intentos_entrada i set fallos = greatest(0, i.fallos - 1)
      from mias where i.clave = mias.clave and mias.clave <> $2::text)
  delete from interno.intentos_entrada i using mias where i.clave = mias.clave and mias.clave = $2::text`;

const OLVIDAR_VIEJOS = `
  delete from interno.intentos_entrada where clave in (
    select clave from interno.intentos_entrada where actualizado < now() - interval '1 day' for update skip locked)`;

function llavesDe(correo: string, ip: string): { clase: string; clave: string; maximo: number }[] {
  const valores = { correo_ip: `${correo.toLowerCase()}|${ip}`, ip, correo: correo.toLowerCase() };
  return TOPES.map(({ clase, maximo }) => ({
    clase,
    clave: createHash('sha256').update(`${clase}|${valores[clase]}`).digest('base64url'),
    maximo,
  }));
}
