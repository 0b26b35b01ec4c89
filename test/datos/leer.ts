import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONOCIMIENTO_AURA } from '../../src/demo/aura_conocimiento.ts';
import { CONOCIMIENTO_FERRETERIA } from '../../src/demo/ferreteria_conocimiento.ts';
import type { BloqueDemo } from '../../src/demo/tipos.ts';

const GIROS: Record<string, string> = {
  v: 'veterinaria',
  d: 'dentista',
  r: 'taquería',
  g: 'gimnasio',
  t: 'taller mecánico',
  e: 'escuela de inglés',
  p: 'papelería',
  h: 'hotel',
};

/** Renglones `a|b|c` de un archivo de esta carpeta, sin comentarios. */
export function leerRenglones(archivo: string): string[][] {
  return readFileSync(join(import.meta.dirname, archivo), 'utf8')
    .split('\n')
    .filter((l) => l !== '' && !l.startsWith('#'))
    .map((l) => l.split('|'));
}

/** El corpus de búsqueda: la demo y ocho giros más, cada bloque con su clave (a01, f01, v01…). */
export function leerCorpus(): (BloqueDemo & { clave: string })[] {
  const numerar = (letra: string, bloques: BloqueDemo[]) =>
    bloques.map((b, i) => ({ ...b, clave: `${letra}${String(i + 1).padStart(2, '0')}` }));
  const otros = leerRenglones('corpus_busqueda.txt').map(([clave = '', titulo = '', contenido = '']) => ({
    clave,
    titulo,
    contenido,
    etiquetas: [GIROS[clave[0] ?? ''] ?? ''],
  }));
  return [...numerar('a', CONOCIMIENTO_AURA), ...numerar('f', CONOCIMIENTO_FERRETERIA), ...otros];
}
