import { ErrorApp } from '../../errores.ts';

/**
 * Filas de un CSV (RFC 4180) separado por coma, punto y coma o tabulador: se reconoce por la primera fila.
 * @throws ErrorApp 422 `csv_danado` con el renglón si unas comillas no cierran o algo las sigue
 */
export function leerCsv(texto: string): string[][] {
  const separador = separadorDe(texto);
  const filas: string[][] = [];
  let fila: string[] = [];
  let campo = '';
  let renglon = 1;
  let i = 0;
  const cerrarCampo = () => {
    fila.push(campo);
    campo = '';
  };
  const cerrarFila = () => {
    cerrarCampo();
    if (fila.length > 1 || fila[0]?.trim()) filas.push(fila);
    fila = [];
  };
  while (i < texto.length) {
    const c = texto[i];
    if (c === '"' && campo === '') {
      const abierto = renglon;
      let cerrado = false;
      i++;
      while (i < texto.length) {
        if (texto[i] === '"' && texto[i + 1] === '"') {
          campo += '"';
          i += 2;
        } else if (texto[i] === '"') {
          cerrado = true;
          i++;
          break;
        } else {
          if (texto[i] === '\n') renglon++;
          campo += texto[i++];
        }
      }
      if (!cerrado) throw danado(abierto, 'unas comillas se abren y nunca se cierran');
      const sigue = texto[i];
      if (sigue !== undefined && sigue !== separador && sigue !== '\n')
        throw danado(renglon, 'hay texto después de unas comillas que ya cerraron');
      continue;
    }
    if (c === separador) cerrarCampo();
    else if (c === '\n') {
      cerrarFila();
      renglon++;
    } else campo += c;
    i++;
  }
  if (campo || fila.length > 0) cerrarFila();
  return filas;
}

/** Un campo de CSV. Lo que una hoja de cálculo tomaría por fórmula lleva antes un apóstrofo (OWASP, CSV injection). */
export function campoCsv(valor: string): string {
  const texto = /^[=+\-@\t\r]/.test(valor) ? `'${valor}` : valor;
  return /[",\n\r;\t]/.test(texto) ? `"${texto.replaceAll('"', '""')}"` : texto;
}

/** Quita el apóstrofo que puso `campoCsv`: exportar y volver a importar da lo mismo. */
export function sinApostrofo(valor: string): string {
  return /^'[=+\-@\t\r]/.test(valor) ? valor.slice(1) : valor;
}

function separadorDe(texto: string): string {
  const primera = texto.slice(0, Math.max(texto.indexOf('\n'), 0) || 2000).replace(/"[^"]*"/g, '');
  const cuentas = [',', ';', '\t'].map((s) => [s, primera.split(s).length] as const);
  return cuentas.reduce((mejor, otra) => (otra[1] > mejor[1] ? otra : mejor))[0];
}

function danado(renglon: number, que: string): ErrorApp {
  const mensaje = `El CSV está dañado en el renglón ${renglon}: ${que}. Vuelve a guardarlo como CSV desde tu hoja de cálculo.`;
  return new ErrorApp(422, 'csv_danado', mensaje, { campos: { archivo: mensaje } });
}
