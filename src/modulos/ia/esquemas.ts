import { z } from 'zod';
import { cursor } from '../../web/cursor.ts';
import { DIAS, type Horario } from '../../ia/horario.ts';

/** Texto de una persona: sin NUL ni medias letras, que la base rechaza. */
const limpio = (maximo: number) =>
  z
    .string()
    .transform((t) => t.toWellFormed().replaceAll('\0', '').replaceAll('\r\n', '\n').trim())
    .pipe(z.string().max(maximo, `Usa ${maximo.toLocaleString('es-MX')} caracteres o menos.`));

/** Una cosa por renglón (o separadas por coma si `coma`), sin repetir. */
const lista = (maximo: number, largo: number, separador: RegExp) =>
  z
    .string()
    .max(20_000, 'Es demasiado texto.')
    .transform((t) => [
      ...new Map(
        t
          .toWellFormed()
          .replaceAll('\0', '')
          .split(separador)
          .map((l) => l.replace(/\s+/g, ' ').trim())
          .filter(Boolean)
          .map((l) => [l.toLowerCase(), l]),
      ).values(),
    ])
    .pipe(
      z
        .array(z.string().max(largo, `Cada una de ${largo} caracteres o menos.`))
        .max(maximo, `Son demasiadas: escribe ${maximo} o menos.`),
    );

const casilla = z
  .string()
  .optional()
  .transform((v) => v !== undefined);

export const cuerpoAjustes = z.object({
  personalidad: limpio(4000),
  instrucciones: limpio(8000),
  modo_respuesta: z.enum(['flexible', 'estricto'], 'Elige un modo.'),
  modelo_ia: z.string().trim().max(100, 'Ese modelo no existe.').default(''),
  palabras_pase: lista(50, 60, /[,\n]/),
  mensaje_fuera_de_tema: limpio(1600),
  reanudar_ia_horas: z.coerce
    .number('Escribe un número de horas.')
    .int('Escribe horas enteras.')
    .min(1, 'Al menos una hora.')
    .max(720, 'A lo más 720 horas (30 días).'),
  huella: z.string().max(64).default(''),
  accion: z.enum(['guardar', 'probar']).catch('guardar'),
});
export type CuerpoAjustes = z.output<typeof cuerpoAjustes>;

/** El teclado de números de un teléfono no trae dos puntos: «9», «930» y «0930» también son horas. */
const hora = z
  .string()
  .default('')
  .transform((escrita) => {
    const [, h, m = '00'] = /^(\d{1,2})(?:[:.]?(\d{2}))?$/.exec(escrita.trim()) ?? [];
    return h === undefined ? escrita.trim() : `${h.padStart(2, '0')}:${m}`;
  })
  .pipe(z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)?$/));

const campoTramo = z.object({ abre: hora, cierra: hora });

/**
 * El formulario de horario: `<dia>_<1|2>_abre` y `_cierra`. «definido» ausente = no se ha dicho.
 * Medianoche al cerrar es 24:00: un tramo no cruza de día.
 */
export const cuerpoHorario = z
  .record(z.string(), z.string())
  .transform((campos, ctx): { definido: boolean; horario: Horario } => {
    if (campos['definido'] !== 'si') return { definido: false, horario: {} };
    const horario: Horario = {};
    for (const dia of DIAS) {
      const tramos: [string, string][] = [];
      for (const n of ['1', '2']) {
        const ruta = `${dia}_${n}`;
        const leido = campoTramo.safeParse({
          abre: campos[`${ruta}_abre`],
          cierra: campos[`${ruta}_cierra`],
        });
        if (!leido.success) {
          ctx.addIssue({ code: 'custom', path: [dia], message: 'Escribe la hora como 09:00.' });
          continue;
        }
        const { abre, cierra: escrita } = leido.data;
        const cierra = escrita === '00:00' ? '24:00' : escrita;
        if (!abre && !cierra) continue;
        if (!abre || !cierra)
          ctx.addIssue({ code: 'custom', path: [dia], message: 'Faltó una de las dos horas.' });
        else if (abre >= cierra)
          ctx.addIssue({
            code: 'custom',
            path: [dia],
            message: 'La hora de cerrar va después de la de abrir.',
          });
        else tramos.push([abre, cierra]);
      }
      tramos.sort(([a], [b]) => a.localeCompare(b));
      const [uno, dos] = tramos;
      if (uno && dos && dos[0] < uno[1])
        ctx.addIssue({ code: 'custom', path: [dia], message: 'Los dos turnos se enciman.' });
      horario[dia] = tramos;
    }
    return { definido: true, horario };
  });

export const cuerpoEncendido = z.object({ activa: z.enum(['si', 'no']) });
export const cuerpoExigir = z.object({ exige: casilla });

/** Lo que se lleva platicado en el probador; viaja en el formulario, así que no vale más que lo que se ve. */
const turnos = z
  .string()
  .max(60_000)
  .default('[]')
  .transform((texto, ctx) => {
    try {
      return JSON.parse(texto) as unknown;
    } catch {
      ctx.addIssue({ code: 'custom', message: 'La conversación llegó dañada. Empieza otra.' });
      return z.NEVER;
    }
  })
  .pipe(
    z
      .array(
        z.object({
          autor: z.enum(['contacto', 'ia', 'automatica']),
          texto: z.string().max(8000),
        }),
      )
      .max(60, 'La conversación ya es larga. Empieza otra.'),
  );

export const cuerpoProbador = z.object({
  texto: limpio(2000).pipe(z.string().min(1, 'Escribe algo para Nora.')),
  nombre: limpio(80).default(''),
  turnos,
});
export const consultaProbador = z.object({ texto: z.string().max(2000).catch('') });

export const cuerpoPrueba = z
  .object({
    pregunta: limpio(1000).pipe(z.string().min(1, 'Escribe la pregunta.')),
    espera: z.enum(['responde', 'pasa', 'no_contesta'], 'Elige qué debe hacer Nora.'),
    contiene: lista(10, 200, /\n/),
    no_contiene: lista(10, 200, /\n/),
    citas: z
      .union([z.string(), z.array(z.string())])
      .default([])
      .transform((v) => [v].flat().filter(Boolean))
      .pipe(z.array(z.uuid('Ese bloque no existe.')).max(10, 'Elige 10 bloques o menos.')),
    activa: casilla,
  })
  .transform((p) => (p.espera === 'responde' ? p : { ...p, contiene: [], citas: [] }));
export type CuerpoPrueba = z.output<typeof cuerpoPrueba>;

export const parametrosId = z.object({ id: z.uuid() });
export const consultaPrueba = z.object({
  pregunta: z.string().trim().max(1000).catch(''),
  cita: z
    .union([z.string(), z.array(z.string())])
    .transform((v) => [v].flat())
    .pipe(z.array(z.uuid()).max(10))
    .catch([]),
  espera: z.enum(['responde', 'pasa', 'no_contesta']).catch('responde'),
});

const dia = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .refine((d) => !Number.isNaN(Date.parse(d)));

// Lo que no se entiende en la dirección se ignora: un enlace viejo debe abrir la lista, no un error.
export const consultaAuditoria = z.object({
  q: z.string().trim().max(100).catch(''),
  motivo: z.enum(['', 'respondida', 'sin_evidencia', 'pasada_a_humano', 'descartada', 'error']).catch(''),
  modo: z.enum(['', 'openai', 'local']).catch(''),
  modelo: z.string().trim().max(100).catch(''),
  fuentes: z.enum(['', 'con', 'sin']).catch(''),
  desde: z.union([z.literal(''), dia]).catch(''),
  hasta: z.union([z.literal(''), dia]).catch(''),
  contacto: z.union([z.literal(''), z.uuid()]).catch(''),
  antes: cursor.optional().catch(undefined),
});
export type ConsultaAuditoria = z.output<typeof consultaAuditoria>;

export const consultaCostos = z.object({
  mes: z
    .string()
    .regex(/^20\d{2}-(0[1-9]|1[0-2])$/)
    .catch(''),
});
