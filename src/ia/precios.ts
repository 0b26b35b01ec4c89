import type { PreciosIA } from '../config_entorno.ts';

/**
 * Lo que cuestan unos tokens, en dólares; null si no se sabe el precio de ese modelo.
 * Un modelo con fecha («gpt-5-mini-2025-08-07») cuesta lo que el mismo sin ella; un hermano («gpt-5-pro») no: su precio es otro.
 * @param modelo el que contestó; «local» no cuesta
 */
export function costoDe(
  precios: PreciosIA,
  modelo: string,
  tokens: { entrada: number; salida: number },
): number | null {
  if (modelo === 'local') return 0;
  const clave = Object.keys(precios)
    .filter((p) => modelo === p || (modelo.startsWith(`${p}-`) && /^\d/.test(modelo.slice(p.length + 1))))
    .toSorted((a, b) => b.length - a.length)[0];
  const precio = clave === undefined ? undefined : precios[clave];
  if (!precio) return tokens.entrada + tokens.salida === 0 ? 0 : null;
  return (tokens.entrada * precio.entrada + tokens.salida * precio.salida) / 1_000_000;
}
