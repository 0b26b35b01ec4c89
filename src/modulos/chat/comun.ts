import type { Request, Response } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { leer } from '../../web/leer.ts';
import { dibujar } from '../../web/vistas.ts';
import * as consultas from './consultas.ts';
import * as esquemas from './esquemas.ts';
import {
  baseDe,
  datosChat,
  datosMensajes,
  datosVista,
  entornoDe,
  SIN_MENSAJES,
  type Vista,
} from './paginas.ts';
import { IMPEDIMENTOS } from './presentar.ts';

/** Lo que comparten las rutas del chat: cómo se contesta, a quién se avisa y cómo se dice que no. */

export const VISTAS = 'panel_cliente/chat';

/** Un cambio de estado del contacto: hacerlo, avisar a los demás y devolver lo que cambió en pantalla. */
export function crearCambio(ctx: Contexto) {
  return (hacer: (req: Request, contacto: string) => Promise<unknown>) =>
    async (req: Request, res: Response): Promise<void> => {
      const { contacto } = leer(esquemas.parametrosContacto, req.params);
      if ((await hacer(req, contacto)) === null) throw noEncontrado('Esa conversación no existe.');
      await responderCambio(ctx, req, res, contacto);
    };
}

/** Avisa que el contacto cambió y contesta sus partes, o regresa a la conversación. */
export async function responderCambio(
  ctx: Contexto,
  req: Request,
  res: Response,
  contacto: string,
): Promise<void> {
  // Devolver a Nora o encenderla puede dejarle trabajo; callarla puede dejar algo que ya no sale.
  ctx.bd.avisar('atenciones');
  ctx.vivo.emitir(req.nora.nombre_nora, 'contacto:actualizado', { contacto_id: contacto });
  if (esFragmento(req)) await enviarPartes(req, res, contacto);
  else volver(req, res, contacto);
}

/** Dice a los demás que hay mensajes nuevos y despierta el carril de salida. */
export function avisarMensajes(
  ctx: Contexto,
  req: Request,
  contacto: string,
  ids: string[],
  autor = 'humano',
): void {
  ctx.bd.avisar('atenciones');
  for (const id of ids)
    ctx.vivo.emitir(req.nora.nombre_nora, 'mensaje:nuevo', { contacto_id: contacto, id, autor });
  ctx.vivo.emitir(req.nora.nombre_nora, 'contacto:actualizado', { contacto_id: contacto });
}

/** Cabeza, programados, redactor y ficha al día, para fundirlos con lo que está en pantalla. */
export async function enviarPartes(req: Request, res: Response, contacto: string): Promise<void> {
  const chat = await consultas.abrirChat(req.nora.bd, contacto, 1);
  if (!chat) throw noEncontrado('Esa conversación no existe.');
  const e = entornoDe(req, chat.etiquetas);
  const q: Vista = leer(esquemas.consultaLista, { ...req.query, antes: undefined });
  fragmento(res, '_partes', {
    base: e.base,
    ...datosChat(chat, datosMensajes(SIN_MENSAJES, contacto, 'atras', e, true), e, req.membresia),
    lista: datosVista(req, q, chat.etiquetas, e),
  });
}

/** Burbujas sueltas, para agregarlas al hilo abierto. */
export async function enviarMensajes(
  req: Request,
  res: Response,
  contacto: string,
  ids: string[],
): Promise<void> {
  const mensajes = await consultas.listarPorId(req.nora.bd, contacto, ids);
  fragmento(res, '_mensajes', conHilo({ mensajes, hay_mas: false }, contacto, 'atras', entornoDe(req)));
}

export function conHilo(
  pagina: consultas.PaginaMensajes,
  contacto: string,
  hacia: 'atras' | 'adelante',
  e: ReturnType<typeof entornoDe>,
) {
  // El nombre sólo lo lee un lector de pantalla; en un pedazo suelto basta con decir que es el contacto.
  return {
    base: e.base,
    contacto: { id: contacto, nombre: 'El contacto' },
    mensajes: datosMensajes(pagina, contacto, hacia, e, true),
  };
}

export function fragmento(res: Response, vista: string, datos: object): void {
  res.setHeader('Cache-Control', 'no-store');
  res.vary('HX-Request');
  res.vary('X-Fragmento');
  res.type('html').send(dibujar(res, `${VISTAS}/${vista}`, datos));
}

export function impedido(razon: string): ErrorApp {
  const { titulo, texto } = IMPEDIMENTOS[razon] ?? {
    titulo: 'No se puede enviar',
    texto: 'Recarga la página.',
  };
  return new ErrorApp(409, razon || 'impedido', `${titulo}. ${texto}`);
}

const HORAS: Record<string, string> = {
  pasado: 'Esa hora ya pasó. Elige una que todavía no llegue.',
  lejos: 'Elige una fecha dentro del próximo año.',
  ilegible: 'Escribe una fecha y una hora.',
};

/** Lanza lo que la base dijo de una hora que no sirve, junto a su campo. */
export function exigirHora(r: string): void {
  const texto = HORAS[r];
  if (texto) throw new ErrorApp(422, r, texto, { campos: { cuando: texto } });
}

export function volver(req: Request, res: Response, contacto: string): void {
  res.redirect(303, `${baseDe(req)}/${contacto}`);
}

/** Pide sólo un pedazo: htmx, o el fetch del chat, que además quiere los errores en JSON. */
export function esFragmento(req: Request): boolean {
  return req.get('hx-request') === 'true' || req.get('x-fragmento') === '1';
}
