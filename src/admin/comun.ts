import type { Request, Response } from 'express';
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import type { Contexto } from '../contexto.ts';
import { ErrorApp, noEncontrado } from '../errores.ts';
import type { NoraRegistrada } from '../noras/registro_dinamico.ts';
import { crearDescarga } from '../web/descarga.ts';
import { prefiereJson } from '../web/formato.ts';
import { tomarAviso } from '../web/pagina.ts';
import { renderizar } from '../web/vistas.ts';

/** Quien administra, para la auditoría. */
export function quien(req: Request): string {
  if (!req.usuario) throw noEncontrado();
  return req.usuario.id;
}

export function obtenerNora(ctx: Pick<Contexto, 'registro'>, nombre: unknown): NoraRegistrada {
  const nora = typeof nombre === 'string' ? ctx.registro.obtener(nombre) : null;
  if (!nora) throw noEncontrado('Esa nora no existe.');
  return nora;
}

/** Dibuja una página de administración con el aviso que dejó la anterior; a los programas les da los datos. */
export function pagina(
  req: Request,
  res: Response,
  vista: string,
  datos: Record<string, unknown>,
  { seccion, titulo }: { seccion: string; titulo: string },
): void {
  if (prefiereJson(req)) return void res.json(datos);
  renderizar(
    res,
    `admin/${vista}`,
    { titulo, seccion, estilos: ['admin'], aviso: tomarAviso(req), ...datos },
    { layout: 'admin' },
  );
}

/** Lo que sigue a un cambio: una redirección con su aviso, o el resultado para un programa. */
export function hecho(
  req: Request,
  res: Response,
  { ruta, texto, json = {}, estado = 200 }: { ruta: string; texto: string; json?: object; estado?: number },
): void {
  if (prefiereJson(req)) return void res.status(estado).json({ ok: true, ...json });
  req.session.aviso = { tipo: 'bien', texto };
  res.redirect(303, ruta);
}

/**
 * El número de WhatsApp de una nora en E.164, o null si viene vacío. Sin lada se entiende México.
 * @throws ErrorApp 422 si no es un número posible
 */
export function numeroDeNora(escrito: string, campo = 'numero_nora'): string | null {
  if (escrito === '') return null;
  const numero = parsePhoneNumberFromString(escrito, 'MX');
  if (numero?.isPossible()) return numero.number;
  const mensaje = 'Escribe el número con lada de país, por ejemplo +526621234567.';
  throw new ErrorApp(422, 'datos_invalidos', 'Revisa los datos marcados.', { campos: { [campo]: mensaje } });
}

/** Una celda de CSV: entre comillas si hace falta, y sin que una hoja de cálculo la tome por fórmula. */
export function celda(valor: unknown): string {
  const texto =
    valor === null || valor === undefined ? '' : typeof valor === 'string' ? valor : JSON.stringify(valor);
  const segura = /^[=+\-@\t\r]/.test(texto) ? `'${texto}` : texto;
  return /[",\n\r]/.test(segura) ? `"${segura.replaceAll('"', '""')}"` : segura;
}

/** Manda filas como CSV de UTF-8 con marca, que es como Excel lo abre bien. `null` acaba. */
export async function enviarCsv(
  res: Response,
  archivo: string,
  columnas: string[],
  paginas: AsyncIterable<unknown[][]>,
): Promise<void> {
  res.setHeader('Content-Type', 'text/csv; charset=utf-8');
  res.setHeader('Content-Disposition', `attachment; filename="${archivo}.csv"`);
  const escribir = crearDescarga(res);
  await escribir(`\ufeff${columnas.map(celda).join(',')}\r\n`);
  for await (const filas of paginas) {
    if (!(await escribir(filas.map((f) => `${f.map(celda).join(',')}\r\n`).join('')))) return;
  }
  res.end();
}
