import codificador from 'pdfmake/js/qrEnc.js';

interface Rectangulo {
  x: number;
  y: number;
  w: number;
  color: string;
}

/**
 * Un código QR como trazo de SVG: `<path d>` sobre un cuadro de `lado` unidades, una por módulo y con su margen de 4.
 * Usa el codificador que ya trae pdfmake (versión fija): no vale la pena otra dependencia para una sola página.
 */
export function trazarQr(texto: string): { lado: number; trazo: string } {
  const nodo = { qr: texto, eccLevel: 'M', fit: 0 } as { _canvas?: Rectangulo[]; _width?: number };
  codificador.default.measure(nodo);
  const puntos = (nodo._canvas ?? []).slice(1);
  const modulo = puntos[0]?.w ?? 1;
  const lado = (nodo._width ?? 0) / modulo + 8;
  return { lado, trazo: puntos.map((p) => `M${p.x / modulo + 4} ${p.y / modulo + 4}h1v1h-1z`).join('') };
}
