import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import pdfmake from 'pdfmake';
import type { DocumentoPdf } from './pdf.ts';

/* El hilo que arma un PDF y termina. Lo lanza pdf.ts. */

const FUENTES = join(dirname(fileURLToPath(import.meta.resolve('pdfmake'))), '..', 'fonts', 'Roboto');

pdfmake.setFonts({
  Roboto: {
    normal: join(FUENTES, 'Roboto-Regular.ttf'),
    bold: join(FUENTES, 'Roboto-Medium.ttf'),
    italics: join(FUENTES, 'Roboto-Italic.ttf'),
    bolditalics: join(FUENTES, 'Roboto-MediumItalic.ttf'),
  },
});
// Un documento lleva texto de otras personas: que nada de él pueda pedir una URL ni leer un archivo del servidor.
pdfmake.setUrlAccessPolicy(() => false);
pdfmake.setLocalAccessPolicy((ruta) => ruta.startsWith(FUENTES));

// Un documento llega sin funciones, y los trazos de una tabla lo son: viven aquí y se piden por nombre.
const BORDE = '#e6e2dc';
pdfmake.setTableLayouts({
  cuadricula: {
    hLineWidth: () => 0.6,
    vLineWidth: () => 0.6,
    hLineColor: () => BORDE,
    vLineColor: () => BORDE,
  },
  renglones: {
    hLineWidth: (i, nodo) => (i === 0 || i === nodo.table.body.length ? 0 : 0.6),
    vLineWidth: () => 0,
    hLineColor: () => BORDE,
    paddingTop: () => 4,
    paddingBottom: () => 4,
    paddingLeft: (i) => (i === 0 ? 0 : 6),
    paddingRight: () => 4,
  },
});

const documento = workerData as DocumentoPdf;
const bytes = await pdfmake
  .createPdf({
    defaultStyle: { font: 'Roboto', fontSize: 9 },
    footer: (pagina, total) => ({
      text: `${pagina} ${documento.language?.startsWith('en') ? 'of' : 'de'} ${total}`,
      alignment: 'center',
      fontSize: 8,
      color: '#8a837c',
      margin: [0, 16, 0, 0],
    }),
    ...documento,
  })
  .getBuffer();
parentPort?.postMessage(new Uint8Array(bytes));
