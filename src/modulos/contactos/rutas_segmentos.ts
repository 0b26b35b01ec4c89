import type { Request, Response, Router } from 'express';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { prefiereJson } from '../../web/formato.ts';
import { fallasDe, leer } from '../../web/leer.ts';
import { idUsuario } from '../../web/pagina.ts';
import * as consultas from './consultas.ts';
import * as esquemas from './esquemas.ts';
import { aConsulta, type Filtro, leerFiltro } from './filtro.ts';
import { baseDe } from './paginas.ts';
import { pintarLista } from './pintar_lista.ts';

/** Los filtros que se guardan con nombre. */
export function rutasSegmentos(rutas: Router): void {
  rutas.post('/segmentos', async (req, res) => {
    const filtro = leerFiltro(req.query);
    if (Object.keys(filtro).length === 0)
      throw new ErrorApp(422, 'sin_filtro', 'Pon al menos un filtro antes de guardarlo como segmento.');
    await guardar(
      req,
      res,
      null,
      filtro,
      (nombre) => `Segmento «${nombre}» guardado. También sirve en el chat.`,
    );
  });

  rutas.post('/segmentos/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const previo = (await consultas.leerCatalogo(req.nora.bd)).segmentos.find((s) => s.id === id);
    if (!previo) throw noEncontrado('Ese segmento ya no está.');
    const dado = leerFiltro(req.query);
    const filtro = Object.keys(dado).length > 0 ? dado : previo.filtro;
    await guardar(req, res, id, filtro, (nombre) => `Segmento «${nombre}» actualizado.`);
  });

  rutas.delete('/segmentos/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    if (!(await consultas.borrarSegmento(req.nora.bd, id, idUsuario(req))))
      throw noEncontrado('Ese segmento ya no está.');
    req.session.aviso = { tipo: 'bien', texto: 'Segmento borrado. Los contactos siguen igual.' };
    res.redirect(303, baseDe(req));
  });
}

async function guardar(
  req: Request,
  res: Response,
  id: string | null,
  filtro: Filtro,
  aviso: (nombre: string) => string,
): Promise<void> {
  const leido = esquemas.cuerpoSegmento.safeParse(req.body ?? {});
  const rechazar = async (estado: number, error: string): Promise<void> => {
    if (prefiereJson(req))
      throw new ErrorApp(estado, 'datos_invalidos', error, { campos: { nombre: error } });
    const escrito: unknown = (req.body as { nombre?: unknown } | undefined)?.nombre;
    await pintarLista(req, res, { nombre: typeof escrito === 'string' ? escrito : '', error, estado });
  };
  if (!leido.success) return rechazar(422, fallasDe(leido.error)['nombre'] ?? 'Ponle un nombre al segmento');
  const { nombre } = leido.data;
  const hecho = await consultas.guardarSegmento(req.nora.bd, id, nombre, filtro, idUsuario(req));
  if (hecho.r === 'repetido')
    return rechazar(409, `Ya hay un segmento que se llama «${nombre}». Usa otro nombre.`);
  req.session.aviso = { tipo: 'bien', texto: aviso(nombre) };
  res.redirect(303, `${baseDe(req)}?${aConsulta(filtro)}`);
}
