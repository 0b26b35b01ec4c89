import { z } from 'zod';
import { RANGOS } from '../../ads/periodos.ts';

const dia = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'Escribe la fecha como 2026-11-20.')
  .refine(
    (d) =>
      !Number.isNaN(Date.parse(`${d}T00:00:00Z`)) && new Date(`${d}T00:00:00Z`).toISOString().startsWith(d),
    'Esa fecha no existe.',
  );

export const NIVELES = ['campanas', 'conjuntos', 'anuncios'] as const;
export type Nivel = (typeof NIVELES)[number];
export const ORDENES = [
  'nombre',
  'estado',
  'presupuesto',
  'gasto',
  'impresiones',
  'clics',
  'ctr',
  'cpc',
  'conversaciones',
  'costo_conversacion',
] as const;
export type Orden = (typeof ORDENES)[number];

/** Lo que dice la dirección del panel. Un valor raro no rompe la página: se usa el de siempre. */
export const consultaPanel = z.object({
  cuenta: z.uuid().optional().catch(undefined),
  rango: z.enum(RANGOS).catch('28d'),
  desde: dia.optional().catch(undefined),
  hasta: dia.optional().catch(undefined),
  nivel: z.enum(NIVELES).catch('campanas'),
  padre: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional()
    .catch(undefined),
  orden: z.enum(ORDENES).catch('gasto'),
  sentido: z.enum(['asc', 'desc']).catch('desc'),
  pagina: z.coerce.number().int().min(1).max(1000).catch(1),
});
export type ConsultaPanel = z.output<typeof consultaPanel>;

/** Los renglones de una sola cosa. Un valor raro no rompe la página: se ven todos. */
export const filtroRenglones = z.object({
  nivel: z.enum(NIVELES).optional().catch(undefined),
  id: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional()
    .catch(undefined),
  plataforma: z
    .string()
    .regex(/^\w{1,40}$/)
    .optional()
    .catch(undefined),
});

export const parametrosObjeto = z.object({ nivel: z.enum(NIVELES), id: z.string().regex(/^[\w-]{1,64}$/) });
export const parametrosId = z.object({ id: z.uuid() });

const confirmacion = z.object({
  cuenta: z.uuid(),
  /** El valor que la persona vio: si ya no es ése, no se toca nada. */
  antes: z.string().max(100).optional(),
  confirmado: z.literal('si').optional(),
});

export const cuerpoEstado = confirmacion;
export const cuerpoPresupuesto = confirmacion.extend({
  tipo: z.enum(['diario', 'total']),
  monto: z
    .string()
    .trim()
    .regex(/^\$?\s?\d{1,3}(?:,?\d{3})*(?:\.\d{1,2})?$/, 'Escribe un monto como 250 o 1,250.50.')
    .transform((t) => Number(t.replace(/[$,\s]/g, '')))
    .refine((n) => n > 0, 'Escribe un monto mayor que cero.'),
});
export const cuerpoFin = confirmacion.extend({ fin: z.union([dia, z.literal('')]) });

const enSi = z
  .literal('si')
  .optional()
  .transform((v) => v === 'si');

/** De quién es la dirección; `ambos` es la que leen el cliente y su cliente final. */
export const QUIENES = ['cliente', 'cliente_final', 'ambos', 'persona'] as const;

export const cuerpoReceptor = z
  .object({
    cuenta: z.uuid('Elige la cuenta.'),
    nombre: z.string().trim().min(1, 'Escribe a quién se le manda.').max(120, 'Usa 120 caracteres o menos.'),
    quien: z.enum(QUIENES, 'Elige quién es.'),
    canal: z.enum(['correo', 'whatsapp'], 'Elige por dónde.'),
    destino: z.string().trim().max(200),
    diario: enSi,
    semanal: enSi,
    mensual: enSi,
    idioma: z.enum(['es', 'en']).catch('es'),
    plantilla: z
      .union([z.uuid(), z.literal('')])
      .optional()
      .transform((v) => v || null),
  })
  .superRefine((d, ctx) => {
    if (d.canal === 'correo' && !z.email().safeParse(d.destino).success)
      ctx.addIssue({ code: 'custom', path: ['destino'], message: 'Escribe un correo válido.' });
    if (!d.diario && !d.semanal && !d.mensual)
      ctx.addIssue({ code: 'custom', path: ['semanal'], message: 'Elige al menos un reporte.' });
  });

export const cuerpoReporte = z.object({
  cuenta: z.uuid('Elige la cuenta.'),
  cadencia: z.enum(['diario', 'semanal', 'mensual']).catch('semanal'),
});
export const cuerpoAjustes = z.object({
  cuenta: z.uuid(),
  revision: enSi,
  diario: enSi,
  semanal: enSi,
  mensual: enSi,
});
export const consultaReportes = z.object({
  cuenta: z.uuid().optional().catch(undefined),
  antes: z.iso.datetime({ offset: true }).optional().catch(undefined),
});
export const consultaIdioma = z.object({ idioma: z.enum(['es', 'en']).catch('es') });
export const parametrosLiga = z.object({ token: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });
export const cuerpoReenvio = z.object({ receptor: z.uuid('Elige a quién.') });

export const cuerpoPermiso = z.object({
  token: z
    .string()
    .trim()
    .min(20, 'Pega el permiso completo.')
    .max(3000, 'Eso es más largo que un permiso de Meta.')
    .regex(/^[\w|.-]+$/, 'Un permiso de Meta sólo lleva letras y números. Revisa que no traiga espacios.'),
});
export const cuerpoElegir = z.object({
  cuentas: z
    .union([z.string(), z.array(z.string()).max(1000)])
    .optional()
    .transform((v) => (v === undefined ? [] : [v].flat())),
  pagina: z
    .string()
    .regex(/^\d{0,64}$/)
    .catch(''),
});

export const parametrosMiniatura = z.object({ id: z.string().regex(/^\w{1,64}$/) });
