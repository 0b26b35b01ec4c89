import type { FilaAuditoria } from './consultas.ts';

const COLUMNAS = [
  'fecha',
  'contacto',
  'telefono',
  'pregunta',
  'respuesta',
  'resultado',
  'detalle',
  'modo',
  'modelo',
  'fuentes',
  'tokens_entrada',
  'tokens_salida',
  'latencia_ms',
];

export const CABEZA_CSV = `${COLUMNAS.join(',')}\r\n`;

/** Un renglón de la exportación, con la fecha en la zona de la nora. */
export function renglonCsv(f: FilaAuditoria, zona: string): string {
  const valores = [
    new Date(f.creado).toLocaleString('sv-SE', { timeZone: zona }),
    f.nombre,
    f.telefono,
    f.pregunta,
    f.respuesta,
    f.motivo,
    f.detalle,
    f.modo,
    f.modelo,
    f.fuentes.map((x) => x.titulo || x.contenido.slice(0, 60)).join(' | '),
    f.tokens_entrada,
    f.tokens_salida,
    f.latencia_ms,
  ];
  return `${valores.map(celda).join(',')}\r\n`;
}

/** Una celda que empieza como fórmula se escapa: al abrirla en una hoja de cálculo se ejecutaría. */
function celda(valor: string | number | null): string {
  if (typeof valor === 'number') return String(valor);
  const texto = (valor ?? '').replaceAll('\0', '');
  const segura = /^[=+\-@\t\r]/.test(texto) ? `'${texto}` : texto;
  return /[",\r\n]/.test(segura) ? `"${segura.replaceAll('"', '""')}"` : segura;
}
