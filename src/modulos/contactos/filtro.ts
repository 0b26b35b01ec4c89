import { z } from 'zod';

/** Valor de `filtro` en la base: lo traduce a SQL `interno.condicion_contactos`, y sólo ella. */
export interface Filtro {
  q?: string;
  alguna?: string[];
  todas?: string[];
  ninguna?: string[];
  ia?: 'si' | 'no';
  bloqueado?: 'si' | 'no';
  acepta?: 'si' | 'no' | 'sin_decir' | 'no_rechaza';
  sin_leer?: true;
  espera?: true;
  /** Id del anuncio, `cualquiera` o `ninguno`. */
  anuncio?: string;
  /** Último mensaje, días civiles en la zona de la nora, los dos incluidos. */
  desde?: string;
  hasta?: string;
  /** Último mensaje hace menos o más de N días: así un segmento no envejece. */
  hace_menos?: number;
  hace_mas?: number;
  /** Sin `op`, igual. `contiene` es de texto; `min` y `max`, incluidos, de número y fecha. */
  campos?: { clave: string; valor: string; op?: OpCampo }[];
  /** Sólo para lotes y exportaciones de lo seleccionado. */
  ids?: string[];
}

export type OpCampo = 'contiene' | 'min' | 'max';
export type Orden = 'mensaje' | 'alta';

const sinBasura = (t: string): string => t.toWellFormed().replaceAll('\0', '').trim();
const texto = (maximo: number) => z.string().transform((t) => sinBasura(t).slice(0, maximo));
const lista = z
  .union([z.string(), z.array(z.string())])
  .transform((v) =>
    [...new Set([v].flat().map((t) => sinBasura(t).slice(0, 40)))].filter((t) => t !== '').slice(0, 30),
  );
const dia = z.iso.date();
const dias = z.coerce.number().int().min(1).max(3650);

// Lo que no se entiende se ignora: un enlace viejo debe abrir la lista, no un error.
const consulta = z.object({
  q: texto(100).optional().catch(undefined),
  alguna: lista.optional().catch(undefined),
  todas: lista.optional().catch(undefined),
  ninguna: lista.optional().catch(undefined),
  ia: z.enum(['si', 'no']).optional().catch(undefined),
  bloqueado: z.enum(['si', 'no']).optional().catch(undefined),
  acepta: z.enum(['si', 'no', 'sin_decir', 'no_rechaza']).optional().catch(undefined),
  sin_leer: z.literal('1').optional().catch(undefined),
  espera: z.literal('1').optional().catch(undefined),
  anuncio: texto(200).optional().catch(undefined),
  desde: dia.optional().catch(undefined),
  hasta: dia.optional().catch(undefined),
  hace_menos: dias.optional().catch(undefined),
  hace_mas: dias.optional().catch(undefined),
});

const CAMPO = /^campo\.([a-z][a-z0-9_]{0,39})(?:\.(contiene|min|max))?$/;
// Un número o un día: lo demás no tiene orden.
const ORDENABLE = /^(-?\d{1,15}(\.\d{1,10})?|\d{4}-\d{2}-\d{2})$/;

/** Lee un filtro de la dirección (`?q=ana&alguna=VIP&campo.ciudad=Hermosillo&campo.edad.min=18`). */
export function leerFiltro(query: Record<string, unknown>): Filtro {
  const { sin_leer, espera, ...resto } = consulta.parse(query);
  const campos = Object.entries(query).flatMap(([nombre, valor]) => {
    const [, clave, op] = CAMPO.exec(nombre) ?? [];
    const dicho = typeof valor === 'string' ? sinBasura(valor).slice(0, 500) : '';
    if (!clave || !dicho || ((op === 'min' || op === 'max') && !ORDENABLE.test(dicho))) return [];
    return [{ clave, valor: dicho, ...(op && { op: op as OpCampo }) }];
  });
  const filtro: Record<string, unknown> = {};
  for (const [clave, valor] of Object.entries(resto))
    if (valor !== undefined && valor !== '' && (!Array.isArray(valor) || valor.length > 0))
      filtro[clave] = valor;
  if (sin_leer) filtro['sin_leer'] = true;
  if (espera) filtro['espera'] = true;
  if (campos.length > 0) filtro['campos'] = campos.slice(0, 10);
  return filtro as Filtro;
}

/** El camino de vuelta: los mismos parámetros, en orden estable. */
export function aConsulta(filtro: Filtro, extra: Record<string, string | undefined> = {}): URLSearchParams {
  const q = new URLSearchParams();
  // La base devuelve las llaves en su orden y el formulario en el suyo: el mismo filtro da la misma dirección.
  for (const [clave, valor] of Object.entries(filtro).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (clave === 'ids') continue;
    if (clave === 'campos')
      for (const c of filtro.campos ?? []) q.append(`campo.${c.clave}${c.op ? `.${c.op}` : ''}`, c.valor);
    else if (valor === true) q.append(clave, '1');
    else for (const v of [valor].flat()) q.append(clave, String(v));
  }
  for (const [clave, valor] of Object.entries(extra)) if (valor) q.set(clave, valor);
  return q;
}

/** Cuántas condiciones tiene además de la búsqueda escrita. */
export function contarCondiciones({ q: _q, ids: _ids, ...f }: Filtro): number {
  return Object.values(f).reduce<number>((n, v) => n + (Array.isArray(v) ? v.length : 1), 0);
}

export interface Ficha {
  texto: string;
  /** Consulta sin esta condición. */
  quitar: string;
}

const ENTRE: Record<OpCampo | 'igual', string> = {
  igual: ':',
  contiene: ' contiene',
  min: ' desde',
  max: ' hasta',
};

const ACEPTA = {
  si: 'Aceptan envíos',
  no: 'Pidieron BAJA',
  sin_decir: 'No han dicho si aceptan envíos',
  no_rechaza: 'No han pedido BAJA',
};

/** Las condiciones puestas, en palabras, cada una con la dirección que la quita. */
export function describirFiltro(
  f: Filtro,
  nombres: { campos: Map<string, string>; anuncios: Map<string, string> },
): Ficha[] {
  const fichas: Ficha[] = [];
  const sin = (cambio: Partial<Record<keyof Filtro, unknown>>): string => {
    const resto = { ...f, ...cambio } as Record<string, unknown>;
    for (const [c, v] of Object.entries(resto))
      if (v === undefined || (Array.isArray(v) && v.length === 0)) delete resto[c];
    return aConsulta(resto as Filtro).toString();
  };
  for (const [clave, verbo] of [
    ['alguna', 'Con'],
    ['todas', 'También con'],
    ['ninguna', 'Sin'],
  ] as const)
    for (const e of f[clave] ?? [])
      fichas.push({ texto: `${verbo} «${e}»`, quitar: sin({ [clave]: f[clave]?.filter((x) => x !== e) }) });
  if (f.ia)
    fichas.push({
      texto: f.ia === 'si' ? 'Nora les responde' : 'Nora apagada',
      quitar: sin({ ia: undefined }),
    });
  if (f.sin_leer) fichas.push({ texto: 'Con mensajes sin leer', quitar: sin({ sin_leer: undefined }) });
  if (f.espera) fichas.push({ texto: 'Esperan a una persona', quitar: sin({ espera: undefined }) });
  if (f.bloqueado)
    fichas.push({
      texto: f.bloqueado === 'si' ? 'Bloqueados' : 'No bloqueados',
      quitar: sin({ bloqueado: undefined }),
    });
  if (f.acepta) fichas.push({ texto: ACEPTA[f.acepta], quitar: sin({ acepta: undefined }) });
  if (f.desde) fichas.push({ texto: `Último mensaje desde ${f.desde}`, quitar: sin({ desde: undefined }) });
  if (f.hasta) fichas.push({ texto: `Último mensaje hasta ${f.hasta}`, quitar: sin({ hasta: undefined }) });
  if (f.hace_menos)
    fichas.push({
      texto:
        f.hace_menos === 1
          ? 'Con mensajes en el último día'
          : `Con mensajes en los últimos ${f.hace_menos} días`,
      quitar: sin({ hace_menos: undefined }),
    });
  if (f.hace_mas)
    fichas.push({
      texto: `Sin mensajes desde hace ${f.hace_mas === 1 ? 'un día' : `${f.hace_mas} días`}`,
      quitar: sin({ hace_mas: undefined }),
    });
  if (f.anuncio) {
    const fijo: Record<string, string> = {
      cualquiera: 'Llegaron por un anuncio',
      ninguno: 'No llegaron por anuncio',
    };
    fichas.push({
      texto: fijo[f.anuncio] ?? `Anuncio: ${nombres.anuncios.get(f.anuncio) ?? f.anuncio}`,
      quitar: sin({ anuncio: undefined }),
    });
  }
  for (const c of f.campos ?? [])
    fichas.push({
      texto: `${nombres.campos.get(c.clave) ?? c.clave}${ENTRE[c.op ?? 'igual']} ${c.valor}`,
      quitar: sin({ campos: f.campos?.filter((x) => x !== c) }),
    });
  return fichas;
}
