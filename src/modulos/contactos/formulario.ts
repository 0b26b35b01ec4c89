import type { Choque } from './consultas_ficha.ts';

/** Lo que llegó, sin validar: para volver a enseñarlo como se escribió. */
export type Formulario = Record<string, unknown>;

/** El valor de un campo de texto; nada si llegó repetido o como archivo. */
export function comoTexto(valor: unknown): string | undefined {
  return typeof valor === 'string' ? valor : undefined;
}

/**
 * Separa lo que de verdad cambió quien guarda una ficha. Cada campo viaja con `previo.<campo>`, lo que decía cuando se
 * le enseñó: lo que sigue igual no se manda, y con lo demás va su previo para que la base note si otro lo cambió antes.
 */
export function separarPrevios(cuerpo: Formulario): {
  cambiado: Formulario;
  previos: Record<string, string>;
} {
  const cambiado: Formulario = {};
  const previos: Record<string, string> = {};
  for (const [campo, valor] of Object.entries(cuerpo)) {
    if (campo.startsWith('previo.') || sinTocar(cuerpo, campo)) continue;
    cambiado[campo] = valor;
    const previo = comoTexto(cuerpo[`previo.${campo}`]);
    if (previo !== undefined) previos[campo] = previo;
  }
  return { cambiado, previos };
}

/** Llegó tal como se le enseñó. Un formulario manda los saltos de renglón a su modo. */
export function sinTocar(cuerpo: Formulario, campo: string): boolean {
  const [valor, previo] = [comoTexto(cuerpo[campo]), comoTexto(cuerpo[`previo.${campo}`])];
  return valor !== undefined && previo !== undefined && renglones(valor) === renglones(previo);
}

const renglones = (texto: string): string => texto.replace(/\r\n?/g, '\n').trim();

const ACEPTA: Record<string, string> = { si: 'Los acepta', no: 'No los quiere (BAJA)', '': 'No ha dicho' };

/** Qué pasó con un campo mientras se escribía en él, y qué hacer. */
export function decirChoque(campo: string, { ahora, quien }: Choque): string {
  if (campo === 'acepta' && ahora === 'no' && !quien)
    return 'Pidió BAJA mientras escribías. Guarda otra vez sólo si debe quedar como lo pusiste.';
  const valor = campo === 'acepta' ? (ACEPTA[ahora] ?? ahora) : ahora;
  const corto = valor.length > 80 ? `${valor.slice(0, 80)}…` : valor;
  return `${quien ?? 'Alguien'} ${corto === '' ? 'lo dejó vacío' : `puso «${corto}»`} mientras escribías. Guarda otra vez para dejar lo tuyo.`;
}
