import type { Request, Response, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { esFragmento, prefiereJson } from '../../web/formato.ts';
import { fallasDe, leer } from '../../web/leer.ts';
import { idUsuario, tomarAviso } from '../../web/pagina.ts';
import { renderizar } from '../../web/vistas.ts';
import * as consultas from './consultas.ts';
import * as esquemas from './esquemas.ts';
import { arrancarLote } from './lotes.ts';
import { avisarCambio, baseDe, entornoDe, manda } from './paginas.ts';
import { presentarFicha, presentarNota, presentarRenglon, valorCampo } from './presentar.ts';
import { rutasUnion } from './rutas_union.ts';
import { resumirContacto } from './resumen.ts';
import { fragmento, VISTAS } from './respuestas.ts';

type Formulario = Record<string, unknown>;

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
    const hecho = await consultas.crearContacto(req.nora.bd, { ...r.data, datos }, idUsuario(req));
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
    const r = esquemas.cuerpoFicha.safeParse(cuerpo);
    const { datos, errores } = esquemas.leerDatos(campos, (clave) => comoTexto(cuerpo[`dato.${clave}`]));
    if (!r.success || Object.keys(errores).length > 0) {
      return pintarFicha(req, res, contacto, {
        valores: cuerpo,
        errores: { ...errores, ...(r.success ? {} : fallasDe(r.error)) },
      });
    }
    const hecho = await consultas.guardarFicha(req.nora.bd, contacto, { ...r.data, datos }, idUsuario(req));
    if (!hecho) throw noEncontrado('Ese contacto no existe.');
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
    const linea = await consultas.leerLinea(req.nora.bd, contacto, clase, antes);
    if (!linea) throw noEncontrado('Ese contacto no existe.');
    fragmento(res, '_linea', datosLinea(req, contacto, clase, linea, antes !== undefined));
  });

  rutas.post('/:contacto/notas', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const r = esquemas.cuerpoNota.safeParse(req.body ?? {});
    if (!r.success) return rechazarNota(req, res, contacto, r.error);
    if (!(await consultas.guardarNota(req.nora.bd, contacto, r.data.texto, idUsuario(req))))
      throw noEncontrado('Ese contacto no existe.');
    avisarCambio(ctx, req, contacto);
    volver(req, res, contacto, 'notas_equipo');
  });

  rutas.post('/:contacto/notas/:nota', async (req, res) => {
    const { contacto, nota } = leer(esquemas.parametrosNota, req.params);
    const r = esquemas.cuerpoNota.safeParse(req.body ?? {});
    if (!r.success) return rechazarNota(req, res, contacto, r.error);
    if (!(await consultas.guardarNota(req.nora.bd, contacto, r.data.texto, idUsuario(req), nota)))
      throw noEncontrado('Sólo quien escribió una nota puede corregirla.');
    avisarCambio(ctx, req, contacto);
    volver(req, res, contacto, 'notas_equipo');
  });

  rutas.delete('/:contacto/notas/:nota', async (req, res) => {
    const { contacto, nota } = leer(esquemas.parametrosNota, req.params);
    if (!(await consultas.borrarNota(req.nora.bd, contacto, nota, idUsuario(req), manda(req))))
      throw noEncontrado('Esa nota no está o no es tuya.');
    avisarCambio(ctx, req, contacto);
    volver(req, res, contacto, 'notas_equipo');
  });

  rutas.post(
    '/:contacto/etiquetas',
    cambio((req, id) =>
      consultas.ponerEtiqueta(
        req.nora.bd,
        id,
        leer(esquemas.cuerpoEtiqueta, req.body).nombre,
        idUsuario(req),
      ),
    ),
  );
  rutas.delete(
    '/:contacto/etiquetas/:nombre',
    cambio((req, id) =>
      consultas.quitarEtiqueta(
        req.nora.bd,
        id,
        leer(esquemas.parametrosEtiqueta, req.params).nombre,
        idUsuario(req),
      ),
    ),
  );
  rutas.post(
    '/:contacto/ia',
    cambio((req, id) => consultas.alternarIa(req.nora.bd, id, true, idUsuario(req))),
  );
  rutas.delete(
    '/:contacto/ia',
    cambio((req, id) => consultas.alternarIa(req.nora.bd, id, false, idUsuario(req))),
  );
  rutas.post(
    '/:contacto/bloqueo',
    cambio((req, id) => consultas.bloquearContacto(req.nora.bd, id, true, idUsuario(req))),
  );
  rutas.delete(
    '/:contacto/bloqueo',
    cambio((req, id) => consultas.bloquearContacto(req.nora.bd, id, false, idUsuario(req))),
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

interface ExtraFicha {
  valores?: Formulario;
  errores?: Record<string, string>;
  otro?: string;
  nota?: string;
}

async function pintarFicha(
  req: Request,
  res: Response,
  contacto: string,
  { valores, errores = {}, otro, nota = '' }: ExtraFicha = {},
): Promise<void> {
  const [ficha, linea] = await Promise.all([
    consultas.abrirContacto(req.nora.bd, contacto),
    consultas.leerLinea(req.nora.bd, contacto, 'todo'),
  ]);
  if (!ficha || !linea) throw noEncontrado('Ese contacto no existe.');
  if (prefiereJson(req) && Object.keys(errores).length > 0)
    throw new ErrorApp(422, 'datos_invalidos', 'Revisa los datos marcados.', { campos: errores });
  const e = entornoDe(req, ficha);
  const c = ficha.contacto;
  const escrito = (campo: string, guardado: string): string => comoTexto(valores?.[campo]) ?? guardado;
  const datos = {
    titulo: c.nombre ?? 'Contacto',
    base: e.base,
    aviso: tomarAviso(req),
    contacto: presentarFicha(ficha, e),
    urlChat: req.nora.modulos.has('chat') ? `/panel_cliente/${req.nora.nombre_nora}/chat/${contacto}` : '',
    urlEtiquetas: req.nora.modulos.has('etiquetas') ? `/panel_cliente/${req.nora.nombre_nora}/etiquetas` : '',
    catalogo: ficha.etiquetas.filter((t) => !c.etiquetas.includes(t.nombre)).map((t) => t.nombre),
    valores: {
      nombre: escrito('nombre', c.nombre ?? ''),
      telefono: escrito('telefono', c.telefono ?? ''),
      correo: escrito('correo', c.correo ?? ''),
      empresa: escrito('empresa', c.empresa ?? ''),
      notas: escrito('notas', c.notas ?? ''),
      acepta: escrito('acepta', c.acepta_envios === null ? '' : c.acepta_envios ? 'si' : 'no'),
    },
    campos: ficha.campos.map((campo) => ({
      ...campo,
      valor: escrito(`dato.${campo.clave}`, valorCampo(c.datos, campo)),
    })),
    errores,
    otro: otro ?? '',
    notas: ficha.notas.map((n) => presentarNota(n, e, manda(req))),
    nota,
    ...datosLinea(req, contacto, 'todo', linea, false),
  };
  const estado = Object.keys(errores).length > 0 ? 422 : 200;
  if (esFragmento(req)) return fragmento(res.status(estado), 'ficha', datos);
  renderizar(res, `${VISTAS}/ficha`, datos, { estado });
}

function datosLinea(
  req: Request,
  contacto: string,
  clase: string,
  linea: { filas: consultas.RenglonLinea[]; hay_mas: boolean },
  sigue: boolean,
) {
  const e = entornoDe(req);
  const renglones = linea.filas.map((r) => presentarRenglon(r, e));
  const ultimo = linea.hay_mas ? renglones.at(-1) : undefined;
  return {
    clase,
    sigue,
    urlLinea: `${e.base}/${contacto}/linea`,
    renglones: renglones.map((r, i) => ({ ...r, abreDia: r.dia !== renglones[i - 1]?.dia })),
    anteriores: ultimo
      ? `${e.base}/${contacto}/linea?${new URLSearchParams({ clase, antes: ultimo.cursor })}`
      : '',
  };
}

/** La ficha con la nota que no se pudo guardar, tal como se escribió. */
function rechazarNota(
  req: Request,
  res: Response,
  contacto: string,
  error: Parameters<typeof fallasDe>[0],
): Promise<void> {
  return pintarFicha(req, res, contacto, {
    errores: { nota: fallasDe(error)['texto'] ?? 'Escribe la nota' },
    nota: comoTexto((req.body as Formulario | undefined)?.['texto']) ?? '',
  });
}

async function pintarNuevo(
  req: Request,
  res: Response,
  {
    valores = {},
    errores = {},
    otro = '',
  }: { valores?: Formulario; errores?: Record<string, string>; otro?: string } = {},
): Promise<void> {
  if (prefiereJson(req) && Object.keys(errores).length > 0)
    throw new ErrorApp(422, 'datos_invalidos', 'Revisa los datos marcados.', { campos: errores });
  const { campos } = await consultas.leerCatalogo(req.nora.bd);
  const v = (campo: string): string => comoTexto(valores[campo]) ?? '';
  renderizar(
    res,
    `${VISTAS}/nuevo`,
    {
      titulo: 'Nuevo contacto',
      base: baseDe(req),
      valores: {
        nombre: v('nombre'),
        telefono: v('telefono'),
        correo: v('correo'),
        empresa: v('empresa'),
        notas: v('notas'),
        acepta: v('acepta'),
      },
      campos: campos.map((c) => ({ ...c, valor: v(`dato.${c.clave}`) })),
      errores,
      otro,
    },
    { estado: Object.keys(errores).length > 0 ? 422 : 200 },
  );
}

function volver(req: Request, res: Response, contacto: string, ancla = ''): void {
  if (prefiereJson(req)) res.sendStatus(204);
  else res.redirect(303, `${baseDe(req)}/${contacto}${ancla ? `#${ancla}` : ''}`);
}

function comoTexto(valor: unknown): string | undefined {
  return typeof valor === 'string' ? valor : undefined;
}
