export interface DatosPlantilla {
  nombre: string;
  cuenta: string;
  periodo: string;
  gasto: string;
  conversaciones: string;
  liga: string;
  /** Con la que deja de recibir; sólo si la plantilla tiene una variable `baja`. */
  baja: string;
  pdf: string;
}

const PATRON = /\{\{\s*([A-Za-z0-9_]+)\s*\}\}/;
/** Con variables numeradas, este es el orden; con nombres, el nombre manda. */
const EN_ORDEN = ['nombre', 'cuenta', 'periodo', 'gasto', 'conversaciones', 'liga'] as const;

/**
 * Los valores de una plantilla aprobada. La variable que va en su archivo recibe el PDF: sólo lo que falta de su
 * dirección, porque WhatsApp exige que el dominio esté escrito en la plantilla.
 */
export function variablesDe(
  plantilla: { contenido: unknown; variables: readonly string[] },
  datos: DatosPlantilla,
): Record<string, string> {
  const { variable, fijo } = variableDeArchivo(plantilla.contenido);
  const valores: Record<string, string> = {};
  let lugar = 0;
  for (const v of plantilla.variables) {
    if (v === variable) valores[v] = datos.pdf.startsWith(fijo) ? datos.pdf.slice(fijo.length) : datos.pdf;
    else if (v in datos) valores[v] = datos[v as keyof DatosPlantilla];
    else {
      const clave = EN_ORDEN[lugar++];
      valores[v] = clave ? datos[clave] : '';
    }
    valores[v] = enUnRenglon(valores[v] ?? '');
  }
  return valores;
}

function variableDeArchivo(contenido: unknown): { variable: string | null; fijo: string } {
  for (const tipo of Object.values((contenido ?? {}) as Record<string, unknown>)) {
    const media = (tipo as { media?: unknown } | null)?.media;
    for (const m of Array.isArray(media) ? media : []) {
      const hallado = typeof m === 'string' ? PATRON.exec(m) : null;
      if (hallado?.[1]) return { variable: hallado[1], fijo: String(m).slice(0, hallado.index) };
    }
  }
  return { variable: null, fijo: '' };
}

/** WhatsApp rechaza variables con saltos de línea o cuatro espacios seguidos (63013). */
function enUnRenglon(texto: string): string {
  return texto.replace(/\s+/g, ' ').trim().slice(0, 1024);
}
