import type { Banco, ServidorNora } from './banco.ts';
import { resumir } from './estadistica.ts';
import { entrar } from './navegador.ts';
import { SQL_A_MANO } from './siembra_tablero.ts';
import type { Renglon } from './tabla.ts';

const TABLERO = 'Admin dashboard, 200 noras and 1,000,000 messages';
const PAGINAS: [string, string, boolean][] = [
  [TABLERO, '/admin/dashboard', true],
  ['Admin: noras that fail', '/admin/noras?estado=fallando', false],
  ['Admin: people waiting', '/admin/esperando', false],
  ['Admin: failed sends', '/admin/fallidos', false],
  ['Admin: AI replies by nora', '/admin/cifras?orden=ia', false],
];

/**
 * El tablero y las listas a las que lleva, mezclados uno tras otro, y que sus cifras sean las de contar a mano.
 * @throws Error si una página no contesta 200
 */
export async function medirTablero(banco: Banco, nora: ServidorNora): Promise<Renglon[]> {
  const navegador = await entrar(nora.url);
  const tiempos = PAGINAS.map((): number[] => []);
  try {
    for (let i = 0; i < 65; i++) {
      for (const [j, [que, ruta]] of PAGINAS.entries()) {
        const r = await navegador.pedir(ruta);
        if (r.estado !== 200) throw new Error(`${que}: contestó ${r.estado}`);
        if (i >= 5) tiempos[j]?.push(r.ms);
      }
    }
  } finally {
    navegador.cerrar();
  }
  return [
    ...PAGINAS.map(([que, , conMeta], j) => {
      const r = resumir(tiempos[j] ?? []);
      return {
        que,
        resultado: `p50 ${r.p50.toFixed(0)} ms, p95 ${r.p95.toFixed(0)} ms`,
        ...(conMeta && { meta: 'p95 < 100 ms', cumple: r.p95 < 100 }),
      };
    }),
    await compararConSql(banco),
  ];
}

type Cifras = Record<string, number>;

async function compararConSql(banco: Banco): Promise<Renglon> {
  // En una consulta: las dos miran el mismo instante.
  const [fila] = await banco.sql<{ tablero: Cifras; a_mano: Cifras }>(
    `select admin_tablero()->'mes' tablero, (select to_jsonb(m) from (${SQL_A_MANO}) m) a_mano`,
  );
  const distintas = Object.entries(fila?.a_mano ?? {}).filter(([c, n]) => fila?.tablero[c] !== n);
  return {
    que: 'Dashboard figures against counting the million by hand',
    resultado: distintas.length === 0 && fila ? 'equal' : `differ: ${distintas.map(([c]) => c).join(', ')}`,
    meta: 'equal',
    cumple: distintas.length === 0 && fila !== undefined,
  };
}
