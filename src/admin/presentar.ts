import type { NoraRegistrada } from '../noras/registro_dinamico.ts';
import { CLAVES_MODULOS, type ClaveModulo, MODULOS, TITULOS_MODULOS } from '../modulos/index.ts';

export interface FilaNora {
  nombre_nora: string;
  nombre_visible: string;
  numero_nora: string | null;
  foto_perfil: string | null;
  activo: boolean;
  ia_activa: boolean;
  modulos: { clave: ClaveModulo; titulo: string; activo: boolean; disponible: boolean }[];
}

export interface PaginaNoras {
  q: string;
  total: number;
  noras: FilaNora[];
  /** Valor de `desde` para la página que sigue; null en la última. */
  siguiente: string | null;
}

/** Lo que las vistas de admin muestran de una nora. */
export function presentarNora(nora: NoraRegistrada): FilaNora {
  const { nombre_nora, nombre_visible, numero_nora, foto_perfil, activo, ia_activa } = nora;
  const conCodigo = new Set<string>(MODULOS.map((m) => m.clave));
  return {
    nombre_nora,
    nombre_visible,
    numero_nora,
    foto_perfil,
    activo,
    ia_activa,
    modulos: CLAVES_MODULOS.map((clave) => ({
      clave,
      titulo: TITULOS_MODULOS[clave],
      activo: nora.modulos.has(clave),
      disponible: conCodigo.has(clave),
    })),
  };
}

/**
 * Busca en el registro, sin ir a la base: nombre corto, nombre visible o número, sin acentos ni mayúsculas.
 * Pagina por nombre corto, así una nora nueva no recorre las páginas.
 */
export function paginarNoras(
  noras: Iterable<NoraRegistrada>,
  { q, desde, n }: { q: string; desde: string; n: number },
): PaginaNoras {
  const aguja = plano(q);
  const digitos = q.replace(/\D/g, '');
  const todas = [...noras]
    .filter((nora) => coincide(nora, aguja, digitos))
    .sort((a, b) => (a.nombre_nora < b.nombre_nora ? -1 : 1));
  const pagina = todas.filter((nora) => nora.nombre_nora > desde).slice(0, n + 1);
  const hayMas = pagina.length > n;
  const visibles = pagina.slice(0, n);
  return {
    q,
    total: todas.length,
    noras: visibles.map(presentarNora),
    siguiente: hayMas ? (visibles.at(-1)?.nombre_nora ?? null) : null,
  };
}

function coincide(nora: NoraRegistrada, aguja: string, digitos: string): boolean {
  if (aguja === '') return true;
  if (nora.nombre_nora.includes(aguja) || plano(nora.nombre_visible).includes(aguja)) return true;
  return digitos.length >= 3 && (nora.numero_nora ?? '').includes(digitos);
}

function plano(texto: string): string {
  return texto
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
    .trim();
}
