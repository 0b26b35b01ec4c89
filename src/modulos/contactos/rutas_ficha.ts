import type { Request, Response, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { prefiereJson } from '../../web/formato.ts';
import { fallasDe, leer } from '../../web/leer.ts';
import { idUsuario } from '../../web/pagina.ts';
import * as consultas from './consultas.ts';
import * as fichas from './consultas_ficha.ts';
import * as esquemas from './esquemas.ts';
import { comoTexto, decirChoque, type Formulario, separarPrevios } from './formulario.ts';
import { arrancarLote } from './lotes.ts';
import { avisarCambio, baseDe, manda } from './paginas.ts';
import { datosLinea, pintarFicha, pintarNuevo, rechazarNota } from './pintar_ficha.ts';
import { rutasUnion } from './rutas_union.ts';
import { resumirContacto } from './resumen.ts';
import { fragmento } from './respuestas.ts';

/** Alta y ficha de una persona. */
export function rutasFicha(ctx: Contexto, rutas: Router): void {
  // Antes que `/:contacto`: «duplicados» no es el id de nadie.
  rutasUnion(ctx, rutas);

  rutas.get('/nuevo', async (req, res) => pintarNuevo(req, res));

  rutas.post('/', async (req, res) => {
    const { campos } = await consultas.leerCatalogo(req.nora.bd);
    const cuerpo = (req.body ?? {}) as Formulario;
    const r = esquemas.cuerpoNuevo.safeParse(cuerpo);
    const { datos, errores } = esquemas.leerDatos(campos, (clave) => comoTexto(cuerpo[`dato.${clave}`]));
    if (!r.success || Object.keys(errores).length > 0) {
      return pintarNuevo(req, res, {
        valores: cuerpo,
        errores: { ...errores, ...(r.success ? {} : fallasDe(r.error)) },
      });
    }
    const hecho = await fichas.crearContacto(req.nora.bd, { ...r.data, datos }, idUsuario(req));
    if (hecho.r === 'repetido') {
      return pintarNuevo(req, res, {
        valores: cuerpo,
        errores: { telefono: 'Ya hay una ficha con ese teléfono' },
        otro: hecho.id,
      });
    }
    avisarCambio(ctx, req, hecho.id);
    req.session.aviso = { tipo: 'bien', texto: 'Contacto creado.' };
    res.redirect(303, `${baseDe(req)}/${hecho.id}`);
  });

  rutas.get('/:contacto', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    await pintarFicha(req, res, contacto);
  });

  rutas.post('/:contacto', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const cuerpo = (req.body ?? {}) as Formulario;
    const { campos } = await consultas.leerCatalogo(req.nora.bd);
    const { cambiado, previos } = separarPrevios(cuerpo);
    const r = esquemas.cuerpoFicha.safeParse(cambiado);
    const { datos, errores } = esquemas.leerDatos(campos, (clave) => comoTexto(cambiado[`dato.${clave}`]));
    if (!r.success || Object.keys(errores).length > 0) {
      return pintarFicha(req, res, contacto, {
        valores: cuerpo,
        errores: { ...errores, ...(r.success ? {} : fallasDe(r.error)) },
      });
    }
    const datosFicha = { ...r.data, datos };
    const hecho = await fichas.guardarFicha(req.nora.bd, contacto, datosFicha, previos, idUsuario(req));
    if (!hecho) throw noEncontrado('Ese contacto no existe.');
    if (hecho.r === 'cambio') {
      return pintarFicha(req, res, contacto, {
        valores: cuerpo,
        errores: Object.fromEntries(
          Object.entries(hecho.choques).map(([campo, c]) => [campo, decirChoque(campo, c)]),
        ),
        vistos: Object.keys(hecho.choques),
      });
    }
    if (hecho.r === 'sin_telefono')
      return pintarFicha(req, res, contacto, {
        valores: cuerpo,
        errores: { telefono: 'Escribe el teléfono' },
      });
    if (hecho.r === 'telefono_repetido') {
      return pintarFicha(req, res, contacto, {
        valores: cuerpo,
        errores: { telefono: 'Otra ficha tiene ese teléfono' },
        ...(hecho.otro && { otro: hecho.otro }),
      });
    }
    avisarCambio(ctx, req, contacto);
    req.session.aviso = { tipo: 'bien', texto: 'Guardado.' };
    res.redirect(303, `${baseDe(req)}/${contacto}`);
  });

  rutas.delete('/:contacto', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const lote = await consultas.crearLote(req.nora.bd, 'borrar', {}, { ids: [contacto] }, idUsuario(req));
    if (lote.total === 0) throw noEncontrado('Ese contacto no existe.');
    await arrancarLote(ctx, req.nora.nombre_nora, lote);
    res.redirect(303, `${baseDe(req)}?lote=${lote.id}`);
  });

  rutas.get('/:contacto/linea', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const { clase, antes } = leer(esquemas.consultaLinea, req.query);
    const linea = await fichas.leerLinea(req.nora.bd, contacto, clase, antes);
    if (!linea) throw noEncontrado('Ese contacto no existe.');
    fragmento(res, '_linea', datosLinea(req, contacto, clase, linea, antes !== undefined));
  });

  rutas.post('/:contacto/notas', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const r = esquemas.cuerpoNota.safeParse(req.body ?? {});
    if (!r.success) return rechazarNota(req, res, contacto, r.error);
    if (!(await fichas.guardarNota(req.nora.bd, contacto, r.data.texto, idUsuario(req))))
      throw noEncontrado('Ese contacto no existe.');
    avisarCambio(ctx, req, contacto);
    volver(req, res, contacto, 'notas_equipo');
  });

  rutas.post('/:contacto/notas/:nota', async (req, res) => {
    const { contacto, nota } = leer(esquemas.parametrosNota, req.params);
    const r = esquemas.cuerpoNota.safeParse(req.body ?? {});
    if (!r.success) return rechazarNota(req, res, contacto, r.error);
    if (!(await fichas.guardarNota(req.nora.bd, contacto, r.data.texto, idUsuario(req), nota)))
      throw noEncontrado('Sólo quien escribió una nota puede corregirla.');
    avisarCambio(ctx, req, contacto);
    volver(req, res, contacto, 'notas_equipo');
  });

  rutas.delete('/:contacto/notas/:nota', async (req, res) => {
    const { contacto, nota } = leer(esquemas.parametrosNota, req.params);
    if (!(await fichas.borrarNota(req.nora.bd, contacto, nota, idUsuario(req), manda(req))))
      throw noEncontrado('Esa nota no está o no es tuya.');
    avisarCambio(ctx, req, contacto);
    volver(req, res, contacto, 'notas_equipo');
  });

  rutas.post(
    '/:contacto/etiquetas',
    cambio((req, id) =>
      fichas.ponerEtiqueta(req.nora.bd, id, leer(esquemas.cuerpoEtiqueta, req.body).nombre, idUsuario(req)),
    ),
  );
  rutas.delete(
    '/:contacto/etiquetas/:nombre',
    cambio((req, id) =>
      fichas.quitarEtiqueta(
        req.nora.bd,
        id,
        leer(esquemas.parametrosEtiqueta, req.params).nombre,
        idUsuario(req),
      ),
    ),
  );
  rutas.post(
    '/:contacto/ia',
    cambio((req, id) => fichas.alternarIa(req.nora.bd, id, true, idUsuario(req))),
  );
  rutas.delete(
    '/:contacto/ia',
    cambio((req, id) => fichas.alternarIa(req.nora.bd, id, false, idUsuario(req))),
  );
  rutas.post(
    '/:contacto/bloqueo',
    cambio((req, id) => fichas.bloquearContacto(req.nora.bd, id, true, idUsuario(req))),
  );
  rutas.delete(
    '/:contacto/bloqueo',
    cambio((req, id) => fichas.bloquearContacto(req.nora.bd, id, false, idUsuario(req))),
  );

  rutas.post('/:contacto/resumen', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const hecho = await resumirContacto(ctx, req.nora.bd, req.nora.nombre_nora, contacto, idUsuario(req));
    if (hecho.r === 'no_esta') throw noEncontrado('Ese contacto no existe.');
    if (hecho.r === 'sin_mensajes')
      throw new ErrorApp(409, 'sin_mensajes', 'Todavía no hay mensajes que resumir.');
    volver(req, res, contacto, 'resumen');
  });

  /** Un cambio suelto: hacerlo, avisar a los demás y volver a la ficha. */
  function cambio(hacer: (req: Request, contacto: string) => Promise<unknown>) {
    return async (req: Request, res: Response): Promise<void> => {
      const { contacto } = leer(esquemas.parametrosContacto, req.params);
      if ((await hacer(req, contacto)) === null) throw noEncontrado('Ese contacto no existe.');
      ctx.bd.avisar('atenciones');
      avisarCambio(ctx, req, contacto);
      volver(req, res, contacto);
    };
  }
}

function volver(req: Request, res: Response, contacto: string, ancla = ''): void {
  if (prefiereJson(req)) res.sendStatus(204);
  else res.redirect(303, `${baseDe(req)}/${contacto}${ancla ? `#${ancla}` : ''}`);
}
