import type { Request, Response, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { formatearTelefono } from '../../mensajes/telefono.ts';
import { esFragmento, prefiereJson } from '../../web/formato.ts';
import { leer } from '../../web/leer.ts';
import { renderizar } from '../../web/vistas.ts';
import * as consultas from './consultas.ts';
import * as esquemas from './esquemas.ts';
import { arrancarLote } from './lotes.ts';
import { baseDe, entornoDe, idUsuario, manda } from './paginas.ts';
import {
  presentarDuplicados,
  presentarFicha,
  presentarFila,
  presentarNota,
  presentarRenglon,
  RAZONES,
  valorCampo,
} from './presentar.ts';
import { resumirContacto } from './resumen.ts';
import { erroresDe, fragmento, tomarAviso, VISTAS } from './respuestas.ts';

type Formulario = Record<string, unknown>;

/** Alta, ficha de una persona y uniones. */
export function rutasFicha(ctx: Contexto, rutas: Router): void {
  const avisarCambio = (req: Request, contacto: string): void =>
    ctx.vivo.emitir(req.nora.nombre_nora, 'contacto:actualizado', { contacto_id: contacto });

  rutas.get('/nuevo', async (req, res) => pintarNuevo(req, res));

  rutas.post('/', async (req, res) => {
    const { campos } = await consultas.leerCatalogo(req.nora.bd);
    const cuerpo = (req.body ?? {}) as Formulario;
    const r = esquemas.cuerpoNuevo.safeParse(cuerpo);
    const { datos, errores } = esquemas.leerDatos(campos, (clave) => comoTexto(cuerpo[`dato.${clave}`]));
    if (!r.success || Object.keys(errores).length > 0) {
      return pintarNuevo(req, res, {
        valores: cuerpo,
        errores: { ...errores, ...(r.success ? {} : erroresDe(r.error)) },
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
    avisarCambio(req, hecho.id);
    req.session.aviso = { tipo: 'bien', texto: 'Contacto creado.' };
    res.redirect(303, `${baseDe(req)}/${hecho.id}`);
  });

  rutas.get('/duplicados', async (req, res) => {
    const [parejas, catalogo] = await Promise.all([
      consultas.listarDuplicados(req.nora.bd),
      consultas.leerCatalogo(req.nora.bd),
    ]);
    const e = entornoDe(req, catalogo);
    renderizar(res, `${VISTAS}/duplicados`, {
      titulo: 'Posibles repetidos',
      base: e.base,
      aviso: tomarAviso(req),
      parejas: parejas.map((p) => ({
        razon: RAZONES[p.razon] ?? '',
        a: presentarFila(p.a, e),
        b: presentarFila(p.b, e),
      })),
    });
  });

  rutas.post('/duplicados', async (req, res) => {
    const { a, b } = leer(esquemas.cuerpoDescarte, req.body);
    if (!(await consultas.descartarDuplicado(req.nora.bd, a, b, idUsuario(req))))
      throw noEncontrado('Una de las dos fichas ya no está.');
    req.session.aviso = { tipo: 'bien', texto: 'Anotado: no son la misma persona.' };
    res.redirect(303, `${baseDe(req)}/duplicados`);
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
        errores: { ...errores, ...(r.success ? {} : erroresDe(r.error)) },
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
    avisarCambio(req, contacto);
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

  rutas.get('/:contacto/repetidos', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const lista = await consultas.duplicadosDe(req.nora.bd, contacto);
    if (!lista) throw noEncontrado('Ese contacto no existe.');
    const e = entornoDe(req);
    fragmento(res, '_repetidos', {
      base: e.base,
      contacto: { id: contacto },
      duplicados: presentarDuplicados(lista, e),
    });
  });

  rutas.post('/:contacto/notas', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const cuerpo = (req.body ?? {}) as Formulario;
    const r = esquemas.cuerpoNota.safeParse(cuerpo);
    if (!r.success)
      return pintarFicha(req, res, contacto, {
        errores: { nota: erroresDe(r.error)['texto'] ?? 'Escribe la nota' },
        nota: comoTexto(cuerpo['texto']) ?? '',
      });
    if (!(await consultas.guardarNota(req.nora.bd, contacto, r.data.texto, idUsuario(req))))
      throw noEncontrado('Ese contacto no existe.');
    avisarCambio(req, contacto);
    volver(req, res, contacto, 'notas_equipo');
  });

  rutas.post('/:contacto/notas/:nota', async (req, res) => {
    const { contacto, nota } = leer(esquemas.parametrosNota, req.params);
    const { texto } = leer(esquemas.cuerpoNota, req.body);
    if (!(await consultas.guardarNota(req.nora.bd, contacto, texto, idUsuario(req), nota)))
      throw noEncontrado('Sólo quien escribió una nota puede corregirla.');
    volver(req, res, contacto, 'notas_equipo');
  });

  rutas.delete('/:contacto/notas/:nota', async (req, res) => {
    const { contacto, nota } = leer(esquemas.parametrosNota, req.params);
    if (!(await consultas.borrarNota(req.nora.bd, contacto, nota, idUsuario(req), manda(req))))
      throw noEncontrado('Esa nota no está o no es tuya.');
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

  rutas.get('/:contacto/union', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const { con, q } = leer(esquemas.consultaUnir, req.query);
    const [destino, origen] = await Promise.all([
      consultas.abrirContacto(req.nora.bd, contacto),
      con ? consultas.abrirContacto(req.nora.bd, con) : null,
    ]);
    if (!destino || (con && !origen) || con === contacto) throw noEncontrado('Ese contacto no existe.');
    const e = entornoDe(req, destino);
    const parecidos = con || q ? [] : ((await consultas.duplicadosDe(req.nora.bd, contacto)) ?? []);
    const hallados = q ? await consultas.listarContactos(req.nora.bd, { q }, { n: 10 }) : null;
    renderizar(res, `${VISTAS}/unir`, {
      titulo: 'Unir fichas',
      base: e.base,
      q,
      destino: presentarFicha(destino, e),
      duplicados: presentarDuplicados(parecidos, e),
      origen: origen && presentarFicha(origen, e),
      opciones: origen ? opcionesDeUnion(destino, origen) : [],
      hallados: hallados?.filas.filter((f) => f.id !== contacto).map((f) => presentarFila(f, e)) ?? null,
    });
  });

  rutas.post('/:contacto/union', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const { con, ...elegidos } = leer(esquemas.cuerpoUnion, req.body);
    const hecho = await consultas.unirContactos(req.nora.bd, contacto, con, elegidos, idUsuario(req));
    if (!hecho) throw noEncontrado('Una de las dos fichas ya no está.');
    if (hecho.r === 'misma') throw new ErrorApp(422, 'misma', 'Son la misma ficha: elige otra.');
    ctx.bd.avisar('atenciones');
    avisarCambio(req, contacto);
    avisarCambio(req, con);
    req.session.aviso = {
      tipo: 'bien',
      texto: 'Las dos fichas ya son una. Puedes deshacerlo cuando quieras desde aquí.',
    };
    res.redirect(303, `${baseDe(req)}/${contacto}`);
  });

  rutas.delete('/:contacto/uniones/:union', async (req, res) => {
    const { contacto, union } = leer(esquemas.parametrosUnion, req.params);
    const hecho = await consultas.deshacerUnion(req.nora.bd, union, idUsuario(req));
    if (!hecho) throw noEncontrado('Esa unión ya no está.');
    const impedimento = IMPEDIMENTOS[hecho.r];
    if (impedimento) throw new ErrorApp(409, hecho.r, impedimento);
    ctx.bd.avisar('atenciones');
    avisarCambio(req, contacto);
    req.session.aviso = { tipo: 'bien', texto: 'Las fichas volvieron a ser dos, cada una con lo suyo.' };
    res.redirect(303, `${baseDe(req)}/${contacto}`);
  });

  /** Un cambio suelto: hacerlo, avisar a los demás y volver a la ficha. */
  function cambio(hacer: (req: Request, contacto: string) => Promise<unknown>) {
    return async (req: Request, res: Response): Promise<void> => {
      const { contacto } = leer(esquemas.parametrosContacto, req.params);
      if ((await hacer(req, contacto)) === null) throw noEncontrado('Ese contacto no existe.');
      ctx.bd.avisar('atenciones');
      avisarCambio(req, contacto);
      volver(req, res, contacto);
    };
  }
}

const IMPEDIMENTOS: Record<string, string> = {
  ya: 'Esa unión ya se había deshecho.',
  no_esta: 'La ficha que quedó de la unión ya se borró. Recupérala primero.',
  antes_otra: 'Después de esa unión hubo otra con la misma ficha: deshaz primero la más reciente.',
  telefono_ocupado: 'Otra ficha tiene ahora el teléfono de la persona que se separaría. Cámbialo primero.',
};

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

function opcionesDeUnion(d: consultas.FichaContacto, o: consultas.FichaContacto) {
  const campos = [
    ['nombre', 'Nombre'],
    ['telefono', 'Teléfono principal'],
    ['correo', 'Correo'],
    ['empresa', 'Empresa'],
  ] as const;
  return campos
    .map(([clave, titulo]) => ({
      clave,
      titulo,
      destino: d.contacto[clave] ?? '',
      origen: o.contacto[clave] ?? '',
    }))
    .filter((c) => c.destino !== '' && c.origen !== '' && c.destino !== c.origen)
    .map((c) =>
      c.clave === 'telefono'
        ? { ...c, destino: formatearTelefono(c.destino), origen: formatearTelefono(c.origen) }
        : c,
    );
}

function volver(req: Request, res: Response, contacto: string, ancla = ''): void {
  if (prefiereJson(req)) res.sendStatus(204);
  else res.redirect(303, `${baseDe(req)}/${contacto}${ancla ? `#${ancla}` : ''}`);
}

function comoTexto(valor: unknown): string | undefined {
  return typeof valor === 'string' ? valor : undefined;
}
