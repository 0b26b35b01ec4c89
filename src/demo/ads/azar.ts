/** Números que parecen al azar y son siempre los mismos para la misma llave: la demo no cambia al volver a sembrarla. */
export function azarDe(llave: string): () => number {
  let s = 2166136261;
  for (let i = 0; i < llave.length; i++) s = Math.imul(s ^ llave.charCodeAt(i), 16777619);
  return () => {
    s = (s + 0x6d2b79f5) | 0;
    let t = Math.imul(s ^ (s >>> 15), 1 | s);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Cuántas de `n` veces pasa algo de probabilidad `p`: cerca de lo esperado, sin decimales. */
export function cuantas(esperadas: number, azar: () => number): number {
  const ruido = (azar() + azar() + azar() - 1.5) * 1.2 * Math.sqrt(Math.max(esperadas, 0.2));
  const n = Math.max(0, esperadas + ruido);
  return Math.floor(n) + (azar() < n % 1 ? 1 : 0);
}
