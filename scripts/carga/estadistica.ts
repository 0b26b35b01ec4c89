/** Resumen de muchas duraciones, en ms. */
export interface Resumen {
  n: number;
  p50: number;
  p95: number;
  p99: number;
  maximo: number;
}

export function resumir(muestras: number[]): Resumen {
  const orden = Float64Array.from(muestras).sort();
  const en = (fraccion: number): number =>
    orden[Math.min(orden.length - 1, Math.floor(orden.length * fraccion))] ?? 0;
  return { n: orden.length, p50: en(0.5), p95: en(0.95), p99: en(0.99), maximo: orden.at(-1) ?? 0 };
}

export function mediana(valores: number[]): number {
  const orden = [...valores].sort((a, b) => a - b);
  const mitad = orden.length >> 1;
  const alto = orden[mitad] ?? 0;
  return orden.length % 2 ? alto : (alto + (orden[mitad - 1] ?? 0)) / 2;
}
