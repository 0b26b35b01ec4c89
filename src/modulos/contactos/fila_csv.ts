import { claveDe } from '../../mensajes/telefono.ts';
import type { Campo } from './consultas.ts';
import { sinEscape } from './csv.ts';
import { correo, leerDatos, leerTelefono } from './esquemas.ts';

/** Una fila como la espera `importar_contactos`. Con `m` se rechaza; `x` son sus celdas como venían. */
export interface FilaLista {
  l: number;
  t?: string;
  n?: string | null;
  c?: string | null;
  e?: string | null;
  o?: string | null;
  g?: string[];
  d?: Record<string, string | number | null>;
  a?: boolean | null;
  m?: string;
  x?: string[];
}

export interface ReglasDeFila {
  /** A dónde va cada columna. */
  mapeo: readonly string[];
  opciones: { etiqueta?: string };
  campos: readonly Campo[];
}

const SI = /^(s[ií]|1|true|verdadero|acepta|x)$/i;
const NO = /^(no|0|false|falso|baja)$/i;

/**
 * Convierte celdas en una fila para la base, o dice por qué no se puede.
 * Recuerda los teléfonos que ya pasaron: el segundo se rechaza diciendo dónde venía el primero.
 */
export function lectorDeFilas(reglas: ReglasDeFila): (linea: number, celdas: string[]) => FilaLista {
  const vistas = new Map<string, number>();
  return (linea, celdas) => {
    const rechazar = (m: string): FilaLista => ({ l: linea, m, x: celdasCrudas(celdas) });
    const valores = leerValores(reglas.mapeo, celdas);
    const escrito = valores.get('telefono') ?? '';
    if (!escrito) return rechazar('Falta el teléfono');
    const telefono = leerTelefono(escrito);
    if (!telefono) return rechazar(`«${escrito.slice(0, 40)}» no es un teléfono válido`);
    const clave = claveDe(telefono);
    const antes = vistas.get(clave);
    if (antes !== undefined) return rechazar(`Repetida: el mismo teléfono ya venía en la línea ${antes}`);
    const nombre = [valores.get('nombre'), valores.get('apellidos')].filter(Boolean).join(' ');
    const etiquetas = leerEtiquetas(valores.get('etiquetas'), reglas.opciones.etiqueta);
    const { datos, errores } = leerDatos(reglas.campos, (campo) => valores.get(`dato.${campo}`));
    const queja = quejaDe(valores, nombre, etiquetas) ?? quejaDeDatos(errores, reglas.campos);
    if (queja) return rechazar(queja);
    vistas.set(clave, linea);
    const acepta = valores.get('acepta') ?? '';
    return {
      l: linea,
      t: telefono,
      n: nombre || null,
      c: valores.get('correo') ?? null,
      e: valores.get('empresa') ?? null,
      o: valores.get('notas') ?? null,
      g: etiquetas,
      d: datos,
      a: SI.test(acepta) ? true : NO.test(acepta) ? false : null,
    };
  };
}

/** Lo que traía la fila, para devolverla en el archivo de rechazadas; con topes, que una celda puede ser enorme. */
export function celdasCrudas(celdas: readonly string[]): string[] {
  return celdas.slice(0, 200).map((c) => c.toWellFormed().replaceAll('\0', '').slice(0, 1000));
}

export function limpiarCelda(celda: string): string {
  return sinEscape(celda.toWellFormed().replaceAll('\0', '').trim()).trim();
}

/** Dos columnas al mismo destino (apellidos, notas) se juntan con un espacio. */
function leerValores(mapeo: readonly string[], celdas: readonly string[]): Map<string, string> {
  const valores = new Map<string, string>();
  mapeo.forEach((destino, i) => {
    const valor = limpiarCelda(celdas[i] ?? '');
    if (destino && valor)
      valores.set(destino, valores.has(destino) ? `${valores.get(destino)} ${valor}` : valor);
  });
  return valores;
}

function leerEtiquetas(escritas: string | undefined, fija: string | undefined): string[] {
  const todas = [fija ?? '', ...(escritas ?? '').split(/[;,|]/)].map((e) => e.trim());
  return [...new Set(todas)].filter((e) => e !== '');
}

function quejaDe(valores: Map<string, string>, nombre: string, etiquetas: string[]): string | null {
  if (nombre.length > 200) return 'El nombre pasa de 200 caracteres';
  if ((valores.get('empresa')?.length ?? 0) > 200) return 'La empresa pasa de 200 caracteres';
  if ((valores.get('notas')?.length ?? 0) > 4000) return 'Las notas pasan de 4,000 caracteres';
  const direccion = valores.get('correo') ?? '';
  if (!correo.safeParse(direccion).success) return `«${direccion.slice(0, 60)}» no es un correo válido`;
  if (etiquetas.length > 20) return 'Trae más de 20 etiquetas';
  if (etiquetas.some((e) => e.length > 40)) return 'Una etiqueta pasa de 40 caracteres';
  return null;
}

function quejaDeDatos(errores: Record<string, string>, campos: readonly Campo[]): string | null {
  const [mal] = Object.entries(errores);
  if (!mal) return null;
  return `${campos.find((c) => `dato.${c.clave}` === mal[0])?.titulo ?? mal[0]}: ${mal[1]}`;
}
