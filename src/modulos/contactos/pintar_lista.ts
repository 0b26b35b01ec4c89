import type { Request, Response } from 'express';
import { leer } from '../../web/leer.ts';
import { tomarAviso } from '../../web/pagina.ts';
import { renderizar } from '../../web/vistas.ts';
import * as consultas from './consultas.ts';
import * as esquemas from './esquemas.ts';
import { leerFiltro } from './filtro.ts';
import { datosFilas, datosLista, entornoDe } from './paginas.ts';
import { presentarLote } from './presentar.ts';
import { VISTAS } from './respuestas.ts';

/** Lo que no se pudo guardar del diálogo del segmento: se abre de nuevo con lo escrito y por qué. */
export interface SegmentoEscrito {
  nombre: string;
  error: string;
  estado: number;
}

/** La lista con el filtro de la dirección. */
export async function pintarLista(req: Request, res: Response, escrito?: SegmentoEscrito): Promise<void> {
  const { orden, antes, lote: idLote } = leer(esquemas.consultaLista, req.query);
  const filtro = leerFiltro(req.query);
  const [pagina, total, catalogo, lote] = await Promise.all([
    consultas.listarContactos(req.nora.bd, filtro, { orden, antes }),
    consultas.contarContactos(req.nora.bd, filtro),
    consultas.leerCatalogo(req.nora.bd),
    idLote ? consultas.leerLote(req.nora.bd, idLote) : null,
  ]);
  const e = entornoDe(req, catalogo);
  renderizar(
    res,
    `${VISTAS}/index`,
    {
      titulo: 'Contactos',
      aviso: tomarAviso(req),
      ...datosLista(filtro, orden, total, catalogo, e),
      ...datosFilas(pagina, filtro, orden, e),
      lote: lote && presentarLote(lote, e.base),
      segmentoEscrito: escrito ?? null,
    },
    { estado: escrito?.estado ?? 200 },
  );
}
