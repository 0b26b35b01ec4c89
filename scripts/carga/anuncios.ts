import type { ServidorNora } from './banco.ts';
import { resumir } from './estadistica.ts';
import { entrar } from './navegador.ts';
import type { Renglon } from './tabla.ts';

const RANGOS: [string, string][] = [
  ['7 days', 'rango=7d'],
  ['28 days', 'rango=28d'],
  ['90 days', 'rango=90d'],
  ['one year', 'rango=ano'],
  ['one year, by ad', 'rango=ano&nivel=anuncios'],
];

/**
 * La página de anuncios en cada rango, mezclados: la comparación con lo de antes lee el doble de días.
 * @throws Error si una página no contesta 200
 */
export async function medirPaginaAnuncios(nora: ServidorNora, nombre: string): Promise<Renglon[]> {
  const navegador = await entrar(nora.url);
  const tiempos = RANGOS.map((): number[] => []);
  try {
    for (let i = 0; i < 45; i++) {
      for (const [j, [que, consulta]] of RANGOS.entries()) {
        const r = await navegador.pedir(`/panel_cliente/${nombre}/ads?${consulta}`);
        if (r.estado !== 200) throw new Error(`Anuncios, ${que}: contestó ${r.estado}`);
        if (i >= 5) tiempos[j]?.push(r.ms);
      }
    }
  } finally {
    navegador.cerrar();
  }
  return RANGOS.map(([que], j) => {
    const r = resumir(tiempos[j] ?? []);
    return {
      que: `Ads page, ${que}, over two years of 200 ads`,
      resultado: `p50 ${r.p50.toFixed(0)} ms, p95 ${r.p95.toFixed(0)} ms`,
      meta: 'p95 < 100 ms',
      cumple: r.p95 < 100,
    };
  });
}
