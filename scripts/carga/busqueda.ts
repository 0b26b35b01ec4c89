import { leerCorpus, leerRenglones } from '../../test/datos/leer.ts';
import type { Banco } from './banco.ts';
import { resumir } from './estadistica.ts';
import type { Renglon } from './tabla.ts';

const NORA = 'busqueda';
/** Veces que se mide cada pregunta; la primera calienta y no cuenta. */
const VECES = 6;

/**
 * Qué tan bien encuentra Nora el bloque que contesta, y en cuánto tiempo.
 * El conjunto es público y va en el repositorio (`test/datos/`): diez giros en una sola nora y las preguntas como se
 * escriben por WhatsApp, con faltas, abreviaturas y sin acentos. Cada pregunta dice qué bloques valen.
 */
export async function medirBusqueda(banco: Banco): Promise<Renglon[]> {
  const corpus = leerCorpus();
  const preguntas = leerRenglones('preguntas_busqueda.txt');
  const { aciertos, tiempos } = await banco.enUna(async (c) => {
    await c.query(
      `insert into configuracion_bot (nombre_nora, nombre_visible) values ($1, 'Nora de búsqueda')`,
      [NORA],
    );
    const { rows: bloques } = await c.query<{ id: string; contenido: string }>(
      `insert into conocimiento_nora (nombre_nora, titulo, contenido, etiquetas, prioridad)
       select $1, titulo, contenido, etiquetas, coalesce(prioridad, 0)
         from jsonb_to_recordset($2) x (titulo text, contenido text, etiquetas text[], prioridad smallint) returning id, contenido`,
      [NORA, JSON.stringify(corpus)],
    );
    const claves = new Map(
      bloques.map((b) => [b.id, corpus.find((x) => x.contenido === b.contenido)?.clave ?? '']),
    );
    await c.query('analyze conocimiento_nora');
    const lugares: number[] = [];
    const duraciones: number[] = [];
    for (const [validas = '', pregunta = ''] of preguntas) {
      for (let i = 0; i < VECES; i++) {
        const inicio = performance.now();
        const { rows } = await c.query<{ id: string }>({
          name: 'buscar',
          text: 'select id from buscar_conocimiento($1, $2, 5)',
          values: [NORA, pregunta],
        });
        if (i > 0) duraciones.push(performance.now() - inicio);
        else lugares.push(rows.findIndex((r) => validas.split(',').includes(claves.get(r.id) ?? '')));
      }
    }
    return { aciertos: lugares, tiempos: resumir(duraciones) };
  });
  const recall = (n: number): number =>
    aciertos.filter((lugar) => lugar >= 0 && lugar < n).length / aciertos.length;
  return [
    {
      que: `Finding the block that answers: ${preguntas.length} questions in Spanish, ${corpus.length} blocks`,
      resultado: `recall@1 ${recall(1).toFixed(3)}, recall@5 ${recall(5).toFixed(3)}`,
      meta: 'recall@5 ≥ 0.97',
      cumple: recall(5) >= 0.97,
    },
    {
      que: 'That search, per question',
      resultado: `p50 ${tiempos.p50.toFixed(1)} ms, p95 ${tiempos.p95.toFixed(1)} ms`,
      meta: 'p50 < 5 ms',
      cumple: tiempos.p50 < 5,
    },
  ];
}
