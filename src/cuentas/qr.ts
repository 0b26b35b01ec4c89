import qrcode from 'qrcode-generator';

/** Módulos en blanco alrededor: los que pide la norma para que un lector lo encuentre. */
const MARGEN = 4;

/** Un código QR como trazo de SVG: `<path d>` sobre un cuadro de `lado` unidades, una por módulo y con su margen de 4. */
export function trazarQr(texto: string): { lado: number; trazo: string } {
  const qr = qrcode(0, 'M');
  qr.addData(texto);
  qr.make();
  const modulos = qr.getModuleCount();
  const indices = Array.from({ length: modulos }, (_, i) => i);
  const trazo = indices.flatMap((y) =>
    indices.filter((x) => qr.isDark(y, x)).map((x) => `M${x + MARGEN} ${y + MARGEN}h1v1h-1z`),
  );
  return { lado: modulos + 2 * MARGEN, trazo: trazo.join('') };
}
