import { z } from 'zod';

export const correo = z
  .string({ error: 'Escribe un correo.' })
  .trim()
  .max(254)
  .pipe(z.email('Escribe un correo válido.'))
  .transform((v) => v.toLowerCase());

/** Larga antes que rebuscada (NIST 800-63B): sin reglas de mayúsculas ni símbolos. */
export const claveNueva = z
  .string({ error: 'Escribe una contraseña.' })
  .min(10, 'Usa al menos 10 caracteres; una frase corta sirve.')
  .max(200, 'La contraseña es demasiado larga.');

export const nombrePersona = z
  .string({ error: 'Escribe tu nombre.' })
  .trim()
  .min(1, 'Escribe tu nombre.')
  .max(120, 'Usa 120 letras como máximo.');

export const esquemaEntrada = z.object({
  correo: z
    .string({ error: 'Escribe tu correo.' })
    .trim()
    .max(254)
    .pipe(z.email('Escribe un correo válido.')),
  clave: z
    .string({ error: 'Escribe tu clave.' })
    .min(1, 'Escribe tu clave.')
    .max(200, 'La clave es demasiado larga.'),
  next: z.string().max(500).optional(),
});

export const esquemaCodigo = z.object({
  codigo: z
    .string({ error: 'Escribe el código.' })
    .trim()
    .min(6, 'Escribe el código completo.')
    .max(20, 'Ese código es demasiado largo.'),
});

export const esquemaLiga = z.object({ t: z.string().min(20).max(100).catch('') });

export const esquemaAceptar = z.object({ nombre: nombrePersona, clave: claveNueva });
export const esquemaRecuperar = z.object({ correo });
export const esquemaClaveNueva = z.object({ clave: claveNueva });
export const esquemaPerfil = z.object({ nombre: nombrePersona });
export const esquemaCambioClave = z.object({
  actual: z
    .string({ error: 'Escribe tu contraseña actual.' })
    .min(1, 'Escribe tu contraseña actual.')
    .max(200),
  nueva: claveNueva,
});
export const esquemaConfirmar = z.object({
  actual: z.string({ error: 'Escribe tu contraseña.' }).min(1, 'Escribe tu contraseña.').max(200),
});

/** Los avisos que cada quien puede pedir por correo. */
export const CLASES_AVISO = {
  espera: 'Alguien espera a una persona más de lo permitido',
  fallidos: 'Varios envíos fallan seguidos',
  integracion: 'Una conexión (WhatsApp, IA, anuncios) dejó de funcionar',
  tope: 'Se acabaron los tokens de IA del día',
} as const;
export type ClaseAviso = keyof typeof CLASES_AVISO;

export const esquemaAvisos = z.object({
  avisos: z.preprocess(
    (v) => (v === undefined || v === '' ? [] : Array.isArray(v) ? v : [v]),
    z.array(z.enum(Object.keys(CLASES_AVISO) as [ClaseAviso, ...ClaseAviso[]])),
  ),
});
