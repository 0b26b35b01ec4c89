import busboy from 'busboy';
import type { Request } from 'express';
import { z } from 'zod';
import { ErrorApp } from '../../errores.ts';
import { MAXIMO_MEDIA, tipoPermitido } from '../media.ts';

// Se acepta como la gente lo escribe («+52 662 555 0123») y se guarda como viaja.
const numero = z
  .string()
  .trim()
  .transform((v) => (/^[A-Z]{2}\./.test(v) ? v : v.replace(/[\s().-]/g, '')))
  .pipe(
    z.string().regex(/^(\+[1-9]\d{6,14}|[A-Z]{2}\.[A-Za-z0-9._-]{5,128})$/, {
      error: 'Escribe el número con + y código de país, por ejemplo +52 662 555 0123.',
    }),
  );
const nora = z.string().trim().min(2).max(40);

/** `?nora=&numero=` de la pantalla; vacío es lo mismo que no venir. */
export const esquemaConsulta = z.object({
  nora: z.preprocess((v) => v || undefined, nora.optional()),
  numero: z.preprocess((v) => v || undefined, numero.optional()),
});

/** Consulta de la conversación: aquí los dos son obligatorios. */
export const esquemaHilo = z.object({ nora, numero });

export const esquemaEnvio = z.object({
  nora,
  numero,
  nombre: z
    .string()
    .trim()
    .max(80, { error: 'El nombre es muy largo.' })
    .default('')
    .transform((v) => guardable(v) || null),
  texto: z
    .string()
    .trim()
    .max(4096, { error: 'WhatsApp admite hasta 4,096 caracteres.' })
    .default('')
    .transform(guardable),
});

// Un nulo o medio emoji no caben en la base; WhatsApp tampoco los mandaría.
function guardable(texto: string): string {
  return texto.toWellFormed().replaceAll('\0', '');
}

export interface ArchivoRecibido {
  tipo: string;
  nombre: string;
  contenido: Buffer;
}

/**
 * Campos y a lo más un archivo del formulario, venga como multipart o como formulario simple.
 * @throws ErrorApp 413 o 422 si el archivo es muy grande o de un tipo que WhatsApp no manda
 */
export async function leerFormulario(
  req: Request,
): Promise<{ campos: Record<string, unknown>; archivo: ArchivoRecibido | null }> {
  if (!req.is('multipart/form-data'))
    return { campos: (req.body ?? {}) as Record<string, unknown>, archivo: null };
  return new Promise((resolver, rechazar) => {
    const campos: Record<string, unknown> = {};
    let archivo: ArchivoRecibido | null = null;
    let problema: ErrorApp | null = null;
    const lector = busboy({
      headers: req.headers,
      defParamCharset: 'utf8',
      limits: { files: 1, fileSize: MAXIMO_MEDIA, fields: 10, fieldSize: 20_000 },
    });
    lector.on('field', (campo, valor) => {
      campos[campo] = valor;
    });
    lector.on('file', (_campo, flujo, info) => {
      const trozos: Buffer[] = [];
      flujo.on('data', (trozo: Buffer) => trozos.push(trozo));
      flujo.on('limit', () => {
        problema = new ErrorApp(413, 'archivo_grande', 'El archivo pesa más de 16 MB.');
      });
      flujo.on('end', () => {
        const contenido = Buffer.concat(trozos);
        if (contenido.length === 0) return;
        if (!tipoPermitido(info.mimeType)) {
          problema ??= new ErrorApp(422, 'tipo_no_admitido', 'WhatsApp no admite ese tipo de archivo.');
        }
        archivo = { tipo: info.mimeType, nombre: info.filename || 'archivo', contenido };
      });
    });
    lector.on('error', () => rechazar(new ErrorApp(400, 'formulario', 'No se pudo leer el formulario.')));
    lector.on('close', () => (problema ? rechazar(problema) : resolver({ campos, archivo })));
    req.pipe(lector);
  });
}
