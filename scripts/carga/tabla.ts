import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem, type as sistema, release } from 'node:os';

/** Un renglón de la tabla, en inglés como el README que la lleva. `cumple` null = es sólo información. */
export interface Renglon {
  que: string;
  resultado: string;
  meta?: string;
  cumple?: boolean | null;
}

/** Lo que hay que saber para leer las cifras; va debajo de ellas. */
const COMO_LEERLAS =
  'The machine is shared: the same code has given from 1,600 to 3,900 webhooks/s on different days and hours. Compare rows of one run.';

const INICIO = '<!-- carga:inicio -->';
const FIN = '<!-- carga:fin -->';

/** Tabla de Markdown con las columnas alineadas, como la deja el formateador: el README debe pasar su revisión. */
export function escribirTabla(renglones: Renglon[]): string {
  const filas = [
    ['Measured', 'Result', 'Target', 'Met?'],
    ...renglones.map((r) => [
      r.que,
      r.resultado,
      r.meta ?? '',
      r.cumple === undefined || r.cumple === null ? '' : r.cumple ? 'yes' : '**no**',
    ]),
  ];
  const anchos = [0, 1, 2, 3].map((c) => Math.max(3, ...filas.map((f) => f[c]?.length ?? 0)));
  const linea = (f: string[]) => `| ${f.map((x, c) => x.padEnd(anchos[c] ?? 0)).join(' | ')} |`;
  const [cabeza = [], ...cuerpo] = filas;
  return [linea(cabeza), linea(anchos.map((n) => '-'.repeat(n))), ...cuerpo.map(linea)].join('\n');
}

/** La máquina, en una línea: sin ella las cifras no dicen nada. */
export function describirMaquina(version: string, segundos: number): string {
  const [cpu] = cpus();
  const cuantas = cpus().length;
  return (
    `${cuantas} cores, ${cpu?.model.trim() || process.arch}, ${Math.round(totalmem() / 2 ** 30)} GB, ${sistema()} ${release()}, ` +
    `Node ${process.version}, PostgreSQL ${version} with fsync; ${new Date().toISOString().slice(0, 10)}, a run of ${Math.round(segundos)} s` +
    `${revision()}. Generator, server, database and browser share those cores. ${COMO_LEERLAS}`
  );
}

function revision(): string {
  try {
    return `, revision ${execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname })
      .toString()
      .trim()}`;
  } catch {
    return '';
  }
}

/** Pone el bloque entre sus marcas; si el README no las trae, lo agrega al final. */
export function ponerEnReadme(archivo: string, bloque: string): void {
  const texto = existsSync(archivo) ? readFileSync(archivo, 'utf8') : '# Nora\n';
  const nuevo = `${INICIO}\n${bloque}\n${FIN}`;
  const desde = texto.indexOf(INICIO);
  const hasta = texto.indexOf(FIN);
  const conBloque =
    desde >= 0 && hasta > desde
      ? texto.slice(0, desde) + nuevo + texto.slice(hasta + FIN.length)
      : `${texto.trimEnd()}\n\n${nuevo}\n`;
  writeFileSync(archivo, conBloque);
}
