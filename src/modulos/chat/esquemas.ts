import { z } from 'zod';
import { cursor } from '../../web/cursor.ts';

const texto = (maximo: number, nombre: string) =>
  z.string().trim().max(maximo, `${nombre}: usa ${maximo} caracteres o menos`);

export const FILTROS = [
  'todos',
  'sin_leer',
  'esperando',
  'mios',
  'sin_asignar',
  'pospuestas',
  'resueltas',
  'etiqueta',
  'segmento',
] as const;

// Lo que no se entiende en la dirección se ignora: un enlace viejo debe abrir la lista, no un error.
export const consultaLista = z.object({
  filtro: z.enum(FILTROS).catch('todos'),
  etiqueta: z.string().trim().max(40).catch(''),
  segmento: z.union([z.literal(''), z.uuid()]).catch(''),
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

export const consultaRapidas = z.object({
  q: z.string().trim().max(60).catch(''),
  /** A quién se le escribe: sus datos llenan las variables. */
  contacto: z.uuid().optional().catch(undefined),
});

/** Cuándo: un atajo o una hora de pared de la nora, como la da `datetime-local`. */
const cuando = z
  .string()
  .trim()
  .max(20)
  .regex(
    /^(en_1h|en_3h|manana|lunes|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?)$/,
    'Escribe una fecha y una hora.',
  );

/** El formulario sin JavaScript manda el atajo en `cuando` o la fecha elegida en `cuando_local`. */
const conCuando = <T extends z.ZodRawShape>(forma: T) =>
  z.preprocess(
    (cuerpo) => {
      const c = { ...(cuerpo as Record<string, unknown> | null) };
      return { ...c, cuando: c['cuando'] || c['cuando_local'] || '' };
    },
    z.object({ ...forma, cuando }),
  );

export const parametrosProgramado = parametrosMensaje;
export const parametrosPlantilla = z.object({ id: z.uuid() });

export const cuerpoAsignacion = z.object({ usuario: z.uuid('Elige a alguien del equipo') });
export const cuerpoPospuesta = conCuando({});
export const cuerpoNota = z.object({
  texto: z.string().trim().min(1, 'Escribe la nota.').max(4096, 'Usa 4,096 caracteres o menos'),
  clave_cliente: claveCliente,
});
export const cuerpoProgramado = conCuando({
  texto: z.string().max(4096, 'Usa 4,096 caracteres o menos').default(''),
  clave_cliente: claveCliente,
});
export const cuerpoEdicion = conCuando({
  texto: z.string().max(4096, 'Usa 4,096 caracteres o menos').default(''),
});

export const consultaProgramados = z.object({ despues: cursor.optional().catch(undefined) });
export const consultaPlantillas = z.object({ contacto: z.uuid().optional().catch(undefined) });

/** Envío de una plantilla: a un contacto, o a un teléfono con el que se empieza. Cada variable llega como `v_<clave>`. */
export const cuerpoPlantilla = z
  .object({
    contacto: z.union([z.literal(''), z.uuid()]).optional(),
    telefono: z.string().trim().max(40, 'Ese teléfono es muy largo').default(''),
    nombre: texto(200, 'Nombre').default(''),
    cuando: z.union([z.literal(''), cuando]).default(''),
    clave_cliente: claveCliente,
  })
  .catchall(z.string().max(2000, 'Usa 1,024 caracteres o menos'));

export const consultaExportacion = z.object({
  formato: z.enum(['pdf', 'csv']).catch('pdf'),
  notas: z.literal('1').optional().catch(undefined),
});

export const cuerpoBorrado = z.object({
  telefono: z.string().trim().min(1, 'Escribe el teléfono para confirmar.').max(200),
});
