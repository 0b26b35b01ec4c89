import { z } from 'zod';

/** Cursor de llave: `<fecha de la base>_<uuid>`. La fecha viaja como texto para no perder los microsegundos. */
const CURSOR = /^(\d{4}-\d{2}-\d{2}T[\d:.]{8,15}(?:Z|[+-]\d{2}:\d{2}))_([0-9a-f-]{36})$/;

/** Un punto del orden (fecha, id). */
export interface Cursor {
  fecha: string;
  id: string;
}

const cursor = z
  .string()
  .max(100)
  .transform((texto, ctx): Cursor => {
    // En una URL escrita a mano el «+» de la zona llega como espacio.
    const [, fecha, id] = CURSOR.exec(texto.replace(' ', '+')) ?? [];
    if (fecha && id) return { fecha, id };
    ctx.addIssue({ code: 'custom', message: 'Cursor inválido' });
    return z.NEVER;
  });

const texto = (maximo: number, nombre: string) =>
  z.string().trim().max(maximo, `${nombre}: usa ${maximo} caracteres o menos`);

export const FILTROS = ['todos', 'sin_leer', 'esperando', 'mios', 'etiqueta'] as const;

// Lo que no se entiende en la dirección se ignora: un enlace viejo debe abrir la lista, no un error.
export const consultaLista = z.object({
  filtro: z.enum(FILTROS).catch('todos'),
  etiqueta: z.string().trim().max(40).catch(''),
  q: z.string().trim().max(100).catch(''),
  antes: cursor.optional(),
  contacto: z.uuid().optional().catch(undefined),
});

export const parametrosContacto = z.object({ contacto: z.uuid() });
export const parametrosMensaje = z.object({ contacto: z.uuid(), id: z.uuid() });
export const parametrosAdjunto = z.object({ id: z.uuid() });
export const parametrosEtiqueta = z.object({ contacto: z.uuid(), nombre: z.string().trim().min(1).max(40) });

export const consultaContacto = z.object({
  ver: z.enum(['hilo', 'ficha']).catch('hilo'),
  mensaje: cursor.optional().catch(undefined),
  antes: cursor.optional().catch(undefined),
});

export const consultaMensajes = z.object({
  antes: cursor.optional(),
  despues: cursor.optional(),
  ids: z
    .string()
    .max(4000)
    .transform((lista) => lista.split(','))
    .pipe(z.array(z.uuid()).max(100))
    .optional(),
});

/** Clave de idempotencia del envío: la pone quien escribe y se repite tal cual al reintentar. */
const claveCliente = z.string().regex(/^[A-Za-z0-9-]{8,60}$/, 'Falta la clave del envío. Recarga la página.');

export const cuerpoMensaje = z.object({
  texto: z.string().max(4096, 'Usa 4,096 caracteres o menos').default(''),
  clave_cliente: claveCliente,
});

export const cuerpoDatos = z
  .object({
    nombre: texto(200, 'Nombre').optional(),
    correo: z.union([z.literal(''), z.email('Escribe un correo como ana@correo.mx').max(254)]).optional(),
    empresa: texto(200, 'Empresa').optional(),
    notas: texto(4000, 'Notas').optional(),
  })
  .strip();

export const cuerpoEtiqueta = z.object({
  nombre: z.string().trim().min(1, 'Escribe la etiqueta').max(40, 'Usa 40 caracteres o menos'),
});

export const consultaRapidas = z.object({ q: z.string().trim().max(60).catch('') });
