import { z } from 'zod';
import { cursor } from '../../web/cursor.ts';
import { normalizarTelefono } from '../../mensajes/telefono.ts';
import type { Campo } from './consultas.ts';

/** Texto de formulario: sin nulos ni medios pares, que la base no puede guardar, y con tope. */
export const texto = (maximo: number, minimo = 0, falta = 'Escribe algo aquí') =>
  z
    .string()
    .transform((t) => t.toWellFormed().replaceAll('\0', '').trim())
    .pipe(
      z
        .string()
        .min(minimo, falta)
        .max(maximo, `Usa ${maximo.toLocaleString('es-MX')} caracteres o menos`),
    );

/** Lo que alguien escribe o copia: además de lo normal, el 1 que WhatsApp mete en México y las marcaciones viejas (044, 045, 01). */
export function leerTelefono(escrito: string): string | null {
  const digitos = escrito.replace(/\D/g, '');
  const local = /^(?:521|044|045|01)(\d{10})$/.exec(digitos)?.[1];
  return normalizarTelefono(local ? `+52${local}` : escrito);
}

const telefono = z
  .string()
  .transform((t) => t.toWellFormed().replaceAll('\0', '').trim())
  .transform((t, ctx): string | null => {
    if (t === '') return null;
    const numero = leerTelefono(t);
    if (numero) return numero;
    ctx.addIssue({ code: 'custom', message: 'Escribe un teléfono como 662 123 4567 o +1 415 555 0100' });
    return z.NEVER;
  });

export const correo = texto(254).pipe(
  z.union([z.literal(''), z.email('Escribe un correo como ana@correo.mx')]),
);

export const consultaLista = z.object({
  orden: z.enum(['mensaje', 'alta']).catch('mensaje'),
  antes: cursor.optional().catch(undefined),
  lote: z.uuid().optional().catch(undefined),
  segmento: z.uuid().optional().catch(undefined),
});

export const consultaBorrados = z.object({ antes: cursor.optional().catch(undefined) });

export const parametrosContacto = z.object({ contacto: z.uuid() });
export const parametrosId = z.object({ id: z.uuid() });
export const parametrosNota = z.object({ contacto: z.uuid(), nota: z.uuid() });
export const parametrosEtiqueta = z.object({ contacto: z.uuid(), nombre: z.string().trim().min(1).max(40) });
export const parametrosUnion = z.object({ contacto: z.uuid(), union: z.uuid() });

const camposFicha = {
  nombre: texto(200),
  telefono,
  correo,
  empresa: texto(200),
  notas: texto(4000),
  acepta: z.enum(['si', 'no', '']),
};

/** Edición: lo que no venga no se toca. */
export const cuerpoFicha = z.object(camposFicha).partial();
export const cuerpoNuevo = z.object({
  ...camposFicha,
  telefono: telefono.pipe(z.string('Escribe el teléfono')),
  acepta: camposFicha.acepta.default(''),
  correo: correo.default(''),
  empresa: texto(200).default(''),
  notas: texto(4000).default(''),
});

/** Valida los campos propios de un formulario (`dato.<clave>`). Lo vacío se borra (null). */
export function leerDatos(
  campos: readonly Campo[],
  leerValor: (clave: string) => string | undefined,
): { datos: Record<string, string | number | null>; errores: Record<string, string> } {
  const datos: Record<string, string | number | null> = {};
  const errores: Record<string, string> = {};
  for (const campo of campos) {
    const crudo = leerValor(campo.clave)?.toWellFormed().replaceAll('\0', '').trim();
    if (crudo === undefined) continue;
    const valor = crudo === '' ? null : valorDe(campo, crudo);
    if (valor instanceof Error) errores[`dato.${campo.clave}`] = valor.message;
    else datos[campo.clave] = valor;
  }
  return { datos, errores };
}

function valorDe(campo: Campo, crudo: string): string | number | Error {
  switch (campo.tipo) {
    case 'numero': {
      // «1,234.50» y «1234.5» son el mismo número; «12,5» no es ninguno en México.
      const n = /^-?\d{1,3}(,\d{3})+(\.\d+)?$|^-?\d+(\.\d+)?$/.test(crudo)
        ? Number(crudo.replaceAll(',', ''))
        : Number.NaN;
      return Number.isFinite(n) ? n : new Error('Escribe un número, por ejemplo 1500 o 12.5');
    }
    case 'fecha': {
      const iso = /^(\d{1,2})[/-](\d{1,2})[/-](\d{4})$/.exec(crudo);
      const fecha = iso ? `${iso[3]}-${iso[2]?.padStart(2, '0')}-${iso[1]?.padStart(2, '0')}` : crudo;
      return z.iso.date().safeParse(fecha).success
        ? fecha
        : new Error('Escribe la fecha como 2026-11-20 o 20/11/2026');
    }
    case 'lista':
      return (
        campo.opciones.find((o) => o.toLowerCase() === crudo.toLowerCase()) ??
        new Error(`Elige una de: ${campo.opciones.join(', ').slice(0, 150)}`)
      );
    default:
      return crudo.length <= 500 ? crudo : new Error('Usa 500 caracteres o menos');
  }
}

export const cuerpoNota = z.object({ texto: texto(4000, 1, 'Escribe la nota') });
export const cuerpoEtiqueta = z.object({ nombre: texto(40, 1, 'Escribe la etiqueta') });
export const cuerpoSegmento = z.object({ nombre: texto(60, 1, 'Ponle un nombre al segmento') });

const opciones = z
  .string()
  .max(6000, 'Son demasiadas opciones')
  .transform((t) => [
    ...new Set(
      t
        .toWellFormed()
        .replaceAll('\0', '')
        .split('\n')
        .map((o) => o.trim())
        .filter((o) => o !== ''),
    ),
  ])
  .pipe(
    z.array(z.string().max(100, 'Cada opción: 100 caracteres o menos')).max(100, 'Usa 100 opciones o menos'),
  );

export const cuerpoCampo = z
  .object({
    titulo: texto(60, 1, 'Ponle un nombre al campo'),
    tipo: z.enum(['texto', 'numero', 'fecha', 'lista']),
    opciones: opciones.default([]),
  })
  .refine((c) => c.tipo !== 'lista' || c.opciones.length > 0, {
    path: ['opciones'],
    message: 'Escribe al menos una opción, una por renglón',
  });
export const cuerpoCampoEditado = z.object({
  titulo: texto(60, 1, 'Ponle un nombre al campo'),
  opciones: opciones.default([]),
});

const ids = z
  .union([z.string(), z.array(z.string())])
  .transform((v) => [v].flat())
  .pipe(
    z
      .array(z.uuid())
      .min(1, 'Elige al menos un contacto')
      .max(1500, 'Elige «todos los que coinciden» en lugar de más de 1,500 uno por uno'),
  );

export const cuerpoSeleccion = z
  .object({ ids: ids.optional(), todos: z.literal('1').optional() })
  .refine((c) => c.todos || c.ids, { path: ['ids'], message: 'Elige al menos un contacto' });

export const cuerpoLote = cuerpoSeleccion.and(
  z.discriminatedUnion('accion', [
    z.object({ accion: z.literal('etiquetar'), etiqueta: texto(40, 1, 'Escribe qué etiqueta poner') }),
    z.object({ accion: z.literal('desetiquetar'), etiqueta: texto(40, 1, 'Escribe qué etiqueta quitar') }),
    z.object({ accion: z.enum(['ia_si', 'ia_no', 'bloquear', 'desbloquear', 'borrar']) }),
  ]),
);

export const consultaLinea = z.object({
  clase: z.enum(['todo', 'mensajes', 'cambios']).catch('todo'),
  antes: cursor.optional().catch(undefined),
});

export const consultaUnir = z.object({ con: z.uuid().optional().catch(undefined), q: texto(100).catch('') });
const lado = z.enum(['destino', 'origen']).catch('destino');
export const cuerpoUnion = z.object({
  con: z.uuid(),
  nombre: lado,
  telefono: lado,
  correo: lado,
  empresa: lado,
});
export const cuerpoDescarte = z.object({ a: z.uuid(), b: z.uuid() });

/** A qué va una columna del archivo: un campo de la ficha, `dato.<clave>` o nada. */
export const DESTINOS = [
  '',
  'telefono',
  'nombre',
  'apellidos',
  'correo',
  'empresa',
  'notas',
  'etiquetas',
  'acepta',
] as const;
export const cuerpoInicio = z.object({
  columna: z
    .union([z.string(), z.array(z.string())])
    .transform((v) => [v].flat())
    .pipe(z.array(z.string().regex(/^$|^[a-z]+$|^dato\.[a-z][a-z0-9_]{0,39}$/)).max(200)),
  modo: z.enum(['actualizar', 'completar', 'saltar']).catch('actualizar'),
  etiqueta: texto(40).default(''),
});
