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

/** Destinos a los que pueden ir varias columnas: se juntan con un espacio. */
export const SE_JUNTAN: ReadonlySet<string> = new Set(['apellidos', 'notas']);

const VAGOS = /^(contacto|numero)$/;

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
  elegirTelefono(mapeo, nombres.map(plano), muestra);
  return mapeo.map((d, i) => (d && !SE_JUNTAN.has(d) && mapeo.indexOf(d) !== i ? '' : d));
}

/** Deja como teléfono una sola columna: de las que se llaman así, la que trae teléfonos; si ninguna, la que los traiga. */
function elegirTelefono(mapeo: string[], titulos: readonly string[], muestra: readonly string[][]): void {
  const parte = (i: number): number =>
    muestra.filter((f) => leerTelefono(limpiarCelda(f[i] ?? '')) !== null).length /
    Math.max(1, muestra.length);
  const candidatas = titulos
    .map((titulo, i) => ({ i, vago: VAGOS.test(titulo), parte: parte(i) }))
    // «Contacto» y «Número» son mil cosas: sin teléfonos adentro no cuentan.
    .filter((c) => mapeo[c.i] === 'telefono' && !(c.vago && muestra.length > 0 && c.parte < 0.5))
    .toSorted(
      (a, b) =>
        Number(b.parte >= 0.5) - Number(a.parte >= 0.5) ||
        Number(a.vago) - Number(b.vago) ||
        b.parte - a.parte ||
        a.i - b.i,
    );
  const todas = titulos.findIndex((_, i) => muestra.length > 0 && parte(i) === 1);
  const elegida = candidatas[0]?.i ?? todas;
  titulos.forEach((titulo, i) => {
    if (i === elegida) mapeo[i] = 'telefono';
    else if (mapeo[i] === 'telefono')
      mapeo[i] = titulo === 'contacto' && !mapeo.includes('nombre') ? 'nombre' : '';
  });
}
