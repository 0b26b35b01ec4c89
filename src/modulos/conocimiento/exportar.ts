import { campoCsv } from './csv.ts';

export interface BloqueExportado {
  id: string;
  titulo: string;
  contenido: string;
  etiquetas: string[];
  prioridad: number;
  activo: boolean;
}

const MARCA_UTF8 = '\ufeff';

/** Cabecera del CSV. Con marca UTF-8: sin ella Excel lee mal los acentos. */
export const CABEZA_CSV = `${MARCA_UTF8}titulo,contenido,etiquetas,prioridad,activo\r\n`;

export function renglonCsv(b: BloqueExportado): string {
  const campos = [b.titulo, b.contenido, b.etiquetas.join(', '), String(b.prioridad), b.activo ? 'si' : 'no'];
  return `${campos.map(campoCsv).join(',')}\r\n`;
}

/** Un bloque en Markdown. El comentario guarda lo demás, así que importarlo de nuevo da el mismo bloque. */
export function seccionMarkdown(b: BloqueExportado): string {
  const titulo = b.titulo.replace(/\s+/g, ' ').trim();
  const marca = [
    'nora',
    b.etiquetas.length > 0 && `etiquetas="${b.etiquetas.join(', ').replaceAll('"', '')}"`,
    b.prioridad > 0 && `prioridad=${b.prioridad}`,
    !b.activo && 'apagado',
    !titulo && 'sin-titulo',
  ].filter(Boolean);
  const contenido = b.contenido.replace(/^(?=[\\#])/gm, '\\');
  return `## ${titulo || 'Sin título'}\n<!-- ${marca.join(' ')} -->\n\n${contenido}\n\n`;
}
