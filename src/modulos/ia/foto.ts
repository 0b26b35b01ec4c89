import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp } from '../../errores.ts';
import { apuntarAdjunto } from '../../mensajes/media.ts';
import { rutaFoto } from '../../noras/foto.ts';
import { recibirArchivo } from '../../web/subida.ts';
import { guardarAjustes, leerAjustes, olvidarFoto } from './consultas.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const MAXIMO_FOTO = 5 * 1024 * 1024;

/** El tipo se lee del archivo y no de lo que dijo el navegador. */
const FIRMAS: [string, (b: Buffer) => boolean][] = [
  ['image/jpeg', (b) => b[0] === 0xff && b[1] === 0xd8 && b[2] === 0xff],
  [
    'image/png',
    (b) => b.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])),
  ],
  [
    'image/webp',
    (b) => b.subarray(0, 4).toString('latin1') === 'RIFF' && b.subarray(8, 12).toString('latin1') === 'WEBP',
  ],
];

/**
 * Recibe la foto ya recortada por el navegador, la guarda y la pone en la nora. Devuelve su dirección.
 * @throws ErrorApp 413 `archivo_grande`, 415 `tipo_no_aceptado`, 422 `sin_archivo`
 */
export async function recibirFoto(
  ctx: Pick<Contexto, 'adjuntos' | 'registro'>,
  req: Request,
  usuario: string,
): Promise<string> {
  const { archivo } = await recibirArchivo(req, { maximo: MAXIMO_FOTO });
  if (!archivo || archivo.contenido.length === 0) throw conError(422, 'sin_archivo', 'Elige una foto.');
  const tipo = FIRMAS.find(([, empieza]) => empieza(archivo.contenido))?.[0];
  if (!tipo) throw conError(415, 'tipo_no_aceptado', 'Ese archivo no es una foto. Sube un JPG, PNG o WebP.');
  const { nombre_nora, bd } = req.nora;
  const id = randomUUID();
  const hecho = await ctx.adjuntos.guardar(archivo.contenido, { nombre_nora, id, tipo, maximo: MAXIMO_FOTO });
  await apuntarAdjunto(bd, { id, nombre_nora, tipo, nombre: 'foto', ...hecho });
  const ruta = rutaFoto(nombre_nora, id);
  await cambiarFoto(ctx, req, ruta, usuario);
  return ruta;
}

/** Pone otra foto (o ninguna, con `''`) y se deshace de la anterior. */
export async function cambiarFoto(
  ctx: Pick<Contexto, 'adjuntos' | 'registro'>,
  req: Request,
  ruta: string,
  usuario: string,
): Promise<void> {
  const { bd, nombre_nora } = req.nora;
  const anterior = (await leerAjustes(bd))?.foto_perfil;
  await guardarAjustes(bd, { foto_perfil: ruta }, usuario);
  await ctx.registro.refrescar(nombre_nora);
  const id = anterior?.startsWith(rutaFoto(nombre_nora, '')) ? (anterior.split('/').at(-1) ?? '') : '';
  const archivo = UUID.test(id) ? await olvidarFoto(bd, id) : null;
  if (archivo) await ctx.adjuntos.borrar(archivo);
}

function conError(estado: number, codigo: string, mensaje: string): ErrorApp {
  return new ErrorApp(estado, codigo, mensaje, { campos: { foto: mensaje } });
}
