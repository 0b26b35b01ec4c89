import type { Campo } from './consultas.ts';
import { leerTelefono } from './esquemas.ts';
import { limpiarCelda } from './fila_csv.ts';

const SINONIMOS: [string, RegExp][] = [
  [
    'telefono',
    /^(telefono|tel|celular|cel|movil|whatsapp|whats ?app|numero|numero de telefono|phone|phone number|mobile|telefono 1|contacto)$/,
  ],
  ['apellidos', /^(apellidos?|last ?name|surname|apellido paterno|apellido materno)$/],
  ['nombre', /^(nombres?|name|full ?name|nombre completo|first ?name|cliente|contacto nombre)$/],
  ['correo', /^(correo|correo electronico|e ?mail|mail|email address)$/],
  ['empresa', /^(empresa|compania|company|negocio|organizacion|organization)$/],
  ['notas', /^(notas?|notes?|comentarios?|observaciones)$/],
  ['etiquetas', /^(etiquetas?|tags?|labels?|grupo|categoria)$/],
  ['acepta', /^(acepta envios|acepta|opt ?in|suscrito|acepta mensajes)$/],
];

/** A qué parece ir cada columna, por su título o por lo que trae. */
export function proponerMapeo(
  nombres: readonly string[],
  muestra: readonly string[][],
  campos: readonly Campo[],
): string[] {
  const plano = (t: string): string =>
    t
      .normalize('NFD')
      .replace(/\p{Diacritic}/gu, '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, ' ')
      .trim();
  const mapeo = nombres.map((nombre) => {
    const campo = campos.find((c) => plano(c.titulo) === plano(nombre) || plano(c.clave) === plano(nombre));
    return (
      SINONIMOS.find(([, patron]) => patron.test(plano(nombre)))?.[0] ?? (campo ? `dato.${campo.clave}` : '')
    );
  });
  if (!mapeo.includes('telefono')) {
    const parece = nombres.findIndex(
      (_, i) => muestra.length > 0 && muestra.every((f) => leerTelefono(limpiarCelda(f[i] ?? '')) !== null),
    );
    if (parece >= 0) mapeo[parece] = 'telefono';
  }
  // Un destino, una columna, salvo nombre y notas, que se juntan.
  return mapeo.map((d, i) => (d && d !== 'notas' && d !== 'apellidos' && mapeo.indexOf(d) !== i ? '' : d));
}
