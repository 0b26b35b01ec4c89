import { z } from 'zod';
import { CLAVES_MODULOS } from '../modulos/index.ts';

/** Permanente y parte de la URL: la misma regla que `configuracion_bot`. */
export const nombreNora = z
  .string({ error: 'Escribe un nombre corto.' })
  .trim()
  .toLowerCase()
  .regex(
    /^[a-z0-9][a-z0-9_-]{1,39}$/,
    'De 2 a 40 letras minúsculas sin acentos, números, guion o guion bajo; empieza con letra o número.',
  );

const nombreVisible = z
  .string({ error: 'Escribe el nombre que verá la gente.' })
  .trim()
  .min(1, 'Escribe el nombre que verá la gente.')
  .max(80, 'Usa 80 letras como máximo.');

/** Vacío es "todavía sin número". La forma E.164 la comprueba `numeroDeNora`. */
const numero = z.string().trim().max(40, 'El número es demasiado largo.').optional().default('');

const zona = z
  .string()
  .trim()
  .optional()
  .transform((v) => v || 'America/Hermosillo')
  .refine(zonaValida, 'Elige una zona horaria de la lista.');

// Un formulario con una sola casilla marcada manda un texto y no una lista.
const modulos = z.preprocess(
  (v) => (v === undefined || v === '' ? [] : Array.isArray(v) ? v : [v]),
  z.array(z.enum(CLAVES_MODULOS, { error: 'Ese módulo no existe.' })),
);

/** Vacío es null; con algo escrito, un entero dentro de los límites. */
const diasOpcionales = (minimo: number, mensaje: string) =>
  z
    .string()
    .trim()
    .optional()
    .default('')
    .refine((v) => v === '' || (/^\d{1,4}$/.test(v) && Number(v) >= minimo && Number(v) <= 3650), mensaje);

const opcional = (maximo: number) =>
  z.string().trim().max(maximo, `Usa ${maximo} letras como máximo.`).optional();

const correoOpcional = z
  .string()
  .trim()
  .max(254)
  .optional()
  .default('')
  .refine((v) => v === '' || z.email().safeParse(v).success, 'Escribe un correo válido.')
  .transform((v) => v.toLowerCase());

export const esquemaNuevaNora = z.object({
  nombre_nora: nombreNora,
  nombre_visible: nombreVisible,
  numero_nora: numero,
  zona_horaria: zona,
  giro: z.string().max(40).catch('general'),
  personalidad: opcional(4000),
  correo_dueno: correoOpcional,
  modulos,
});

export const esquemaEditarNora = z.object({
  nombre_visible: nombreVisible,
  numero_nora: numero,
  zona_horaria: zona.optional(),
  limite_espera_min: z.coerce
    .number({ error: 'Escribe minutos.' })
    .int()
    .min(1, 'Al menos 1 minuto.')
    .max(1440, 'A lo más 1440.')
    .optional(),
  tope_tokens_dia: z.coerce
    .number({ error: 'Escribe un número.' })
    .int()
    .min(0, 'Desde 0.')
    .max(2_000_000_000)
    .optional(),
  modelo_ia: opcional(100),
});

export const esquemaPersonalidad = z.object({
  personalidad: z.string().trim().max(4000, 'Usa 4,000 letras como máximo.').optional().default(''),
  instrucciones: z.string().trim().max(8000, 'Usa 8,000 letras como máximo.').optional().default(''),
  mensaje_bienvenida: z.string().trim().max(1600, 'Usa 1,600 letras como máximo.').optional().default(''),
});

export const esquemaRetencion = z.object({
  retencion_mensajes_dias: diasOpcionales(7, 'De 7 a 3,650 días, o vacío para guardar siempre.'),
  retencion_media_dias: diasOpcionales(1, 'De 1 a 3,650 días, o vacío para guardar siempre.'),
});

export const esquemaCredenciales = z.object({
  account_sid: z
    .string({ error: 'Escribe el Account SID.' })
    .trim()
    .regex(/^AC[0-9a-zA-Z]{32}$/, 'Empieza con AC y tiene 34 caracteres.'),
  auth_token: z
    .string({ error: 'Escribe el Auth Token.' })
    .trim()
    .min(16, 'El Auth Token es más largo.')
    .max(200, 'El Auth Token es demasiado largo.'),
});

export const esquemaPrueba = z.object({
  telefono: z.string({ error: 'Escribe un número.' }).trim().min(1, 'Escribe un número.').max(40),
  texto: z.string({ error: 'Escribe un mensaje.' }).trim().min(1, 'Escribe un mensaje.').max(500),
});

export const esquemaClonar = z.object({ nombre_nora: nombreNora, nombre_visible: nombreVisible });
export const esquemaBorrar = z.object({ confirma: z.string().trim().max(60).catch('') });
export const esquemaInvitar = z.object({
  correo: z
    .string({ error: 'Escribe un correo.' })
    .trim()
    .max(254)
    .pipe(z.email('Escribe un correo válido.'))
    .transform((v) => v.toLowerCase()),
  rol: z.enum(['dueno', 'agente', 'admin'], { error: 'Elige un rol.' }),
  nombre_nora: z.string().max(40).optional().default(''),
});
export const esquemaRolEquipo = z.object({ rol: z.enum(['dueno', 'agente'], { error: 'Elige un rol.' }) });
export const esquemaUsuario = z.object({
  nombre: z.string().trim().min(1, 'Escribe un nombre.').max(120).optional(),
  rol: z.enum(['admin', 'cliente'], { error: 'Elige un rol.' }).optional(),
});
export const esquemaPaquete = z.object({
  nombre: z.string({ error: 'Escribe un nombre.' }).trim().min(1, 'Escribe un nombre.').max(60),
  modulos,
});
const varios = z.preprocess(
  (v) => (v === undefined || v === '' ? [] : Array.isArray(v) ? v : [v]),
  z.array(z.string().max(60)).max(500),
);
export const esquemaAplicar = z.object({ noras: varios });
export const esquemaIds = z.object({ ids: varios, uno: z.uuid().nullable().catch(null).default(null) });
const unaNora = z.string().max(40).nullable().catch(null).default(null);
const periodo = z.enum(['24', '30']).catch('30');
/** `desde` e `id` son de la última vista; la que viene a medias no cuenta. */
export const esquemaPersonas = z
  .object({
    nora: unaNora,
    periodo,
    desde: z.iso.datetime({ offset: true }).nullable().catch(null).default(null),
    id: z.uuid().nullable().catch(null).default(null),
  })
  .transform((v) => (v.desde && v.id ? v : { ...v, desde: null, id: null }));
export const esquemaCifras = z
  .object({
    periodo,
    orden: z.enum(['recibidos', 'salen', 'ia', 'fallidos', 'costo']).catch('recibidos'),
    valor: z
      .string()
      .regex(/^\d{1,15}(\.\d{1,20})?$/)
      .nullable()
      .catch(null)
      .default(null),
    nora: unaNora,
  })
  .transform((v) => (v.valor !== null && v.nora ? v : { ...v, valor: null, nora: null }));

export const esquemaLista = z.object({
  q: z.string().trim().max(80).catch(''),
  estado: z.enum(['', 'activa', 'callada', 'fallando', 'suspendida', 'esperando', 'fallidos']).catch(''),
  desde: z.string().max(254).catch(''),
  n: z.coerce.number().int().min(1).max(100).catch(25),
});

const texto = (maximo: number) => z.string().trim().max(maximo).catch('');
const cursor = {
  antes: z.iso.datetime({ offset: true }).nullable().catch(null).default(null),
  antes_id: z.uuid().nullable().catch(null).default(null),
};
export const esquemaRutas = z.object({
  q: texto(80),
  que: z.enum(['', 'diferentes', 'igual', 'sin_montar', 'sin_registrar', 'cambiada', 'repetida']).catch(''),
});
export const esquemaErrores = z.object({
  tipo: texto(20),
  nora: texto(40),
  origen: texto(100),
  q: texto(100),
  resuelto: z.enum(['no', 'si', 'todos']).catch('no'),
  ...cursor,
});
const dia = z.iso.date().or(z.literal('')).catch('');
export const esquemaAuditoria = z.object({
  nora: texto(40),
  quien: texto(100),
  accion: texto(100),
  q: texto(100),
  desde: dia,
  hasta: dia,
  ...cursor,
});

export const esquemaListaAds = z.object({
  q: texto(80),
  estado: z
    .enum(['', 'atencion', 'muerta', 'fallando', 'por_vencer', 'atrasada', 'bien', 'demo', 'desconectada'])
    .catch(''),
  /** `nora:uuid`, la última vista. */
  desde: z
    .string()
    .regex(/^[a-z0-9_-]{2,40}:[0-9a-f-]{36}$/)
    .catch(''),
  n: z.coerce.number().int().min(1).max(100).catch(25),
});
export const esquemaCuentaAds = z.object({ cuenta: z.uuid() });

/** Vacío es «sin límite»; con algo escrito, un monto como 250 o 1,250.50. */
const monto = z
  .string()
  .trim()
  .optional()
  .default('')
  .refine(
    (t) => t === '' || /^\$?\s?\d{1,3}(?:,?\d{3}){0,3}(?:\.\d{1,2})?$/.test(t),
    'Escribe un monto como 250 o 1,250.50, o déjalo vacío.',
  )
  .transform((t) => (t === '' ? null : Number(t.replace(/[$,\s]/g, ''))))
  .refine((n) => n === null || n > 0, 'Escribe un monto mayor que cero, o déjalo vacío.');
export const esquemaLimitesAds = z.object({ diario: monto, total: monto });

export const claveModulo = z.enum(CLAVES_MODULOS);

function zonaValida(zonaHoraria: string): boolean {
  try {
    new Intl.DateTimeFormat('es-MX', { timeZone: zonaHoraria });
    return true;
  } catch {
    return false;
  }
}
