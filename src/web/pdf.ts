import { Worker } from 'node:worker_threads';
import type { TDocumentDefinitions } from 'pdfmake/interfaces.js';

/** Un documento sin funciones: viaja a otro hilo. El pie con el número de página lo pone aquel. */
export type DocumentoPdf = Omit<TDocumentDefinitions, 'header' | 'footer' | 'background' | 'pageBreakBefore'>;

const TOPE_MS = 60_000;
const TRABAJADOR = new URL('./pdf_trabajador.ts', import.meta.url);

/**
 * Un PDF en memoria, numerado. Se arma en otro hilo: acomodar mil renglones toma segundos y aquí se atienden mensajes.
 * @throws Error si pasa de un minuto o de la memoria que se le da
 */
export function crearPdf(documento: DocumentoPdf): Promise<Buffer> {
  return new Promise((cumplir, fallar) => {
    const hilo = new Worker(TRABAJADOR, {
      workerData: documento,
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    });
    const reloj = setTimeout(() => {
      void hilo.terminate();
      fallar(new Error('El PDF tardó demasiado'));
    }, TOPE_MS);
    hilo.once('message', (bytes: Uint8Array) => cumplir(Buffer.from(bytes)));
    hilo.once('error', fallar);
    hilo.once('exit', (codigo) => {
      clearTimeout(reloj);
      if (codigo !== 0) fallar(new Error(`El PDF no se pudo armar (${codigo})`));
    });
  });
}

/** Texto que Roboto sabe dibujar: lo demás (emoji, árabe, chino…) saldría como huecos sin aviso y se cambia por `□`. */
export function paraPdf(texto: string): string {
  return texto
    .replace(/(?:(?![©®™])\p{Extended_Pictographic}(?:[\u{1F3FB}-\u{1F3FF}]|\u{FE0F}|\u{200D})*)+/gu, '□')
    .replace(/[^\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}\p{P}\p{S}\p{Zs}\n□]/gu, (c) =>
      /\p{M}|\p{C}/u.test(c) ? '' : '□',
    );
}
