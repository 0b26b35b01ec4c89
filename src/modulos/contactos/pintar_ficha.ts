import type { Request, Response } from 'express';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { esFragmento, prefiereJson } from '../../web/formato.ts';
import { fallasDe } from '../../web/leer.ts';
import { tomarAviso } from '../../web/pagina.ts';
import { renderizar } from '../../web/vistas.ts';
import * as consultas from './consultas.ts';
import * as fichas from './consultas_ficha.ts';
import { comoTexto, type Formulario, sinTocar } from './formulario.ts';
import { baseDe, entornoDe, manda } from './paginas.ts';
import { presentarFicha, presentarNota, presentarRenglon, valorCampo } from './presentar.ts';
import { fragmento, VISTAS } from './respuestas.ts';

interface ExtraFicha {
  valores?: Formulario;
  errores?: Record<string, string>;
  otro?: string;
  nota?: string;
  /** Campos cuyo valor de hoy ya se le dice a quien los editaba: si insiste, se guarda lo suyo. */
  vistos?: string[];
}

/** La ficha de una persona; con `errores`, con lo escrito y qué está mal junto a cada campo. @throws ErrorApp 404 si no está */
export async function pintarFicha(
  req: Request,
  res: Response,
  contacto: string,
  { valores = {}, errores = {}, otro, nota = '', vistos = [] }: ExtraFicha = {},
): Promise<void> {
  const [ficha, linea] = await Promise.all([
    fichas.abrirContacto(req.nora.bd, contacto),
    fichas.leerLinea(req.nora.bd, contacto, 'todo'),
  ]);
  if (!ficha || !linea) throw noEncontrado('Ese contacto no existe.');
  if (prefiereJson(req) && Object.keys(errores).length > 0)
    throw new ErrorApp(422, 'datos_invalidos', 'Revisa los datos marcados.', { campos: errores });
  const e = entornoDe(req, ficha);
  const c = ficha.contacto;
  const previos: Record<string, string> = {};
  // Lo que no se tocó se enseña como está hoy; lo escrito sigue con el previo con que se escribió.
  const escrito = (campo: string, guardado: string): string => {
    const valor = sinTocar(valores, campo) ? undefined : comoTexto(valores[campo]);
    const previo = comoTexto(valores[`previo.${campo}`]);
    previos[campo] = valor === undefined || vistos.includes(campo) ? guardado : (previo ?? guardado);
    return valor ?? guardado;
  };
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
    previos,
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

/** Los renglones de la línea de tiempo y cómo pedir los anteriores. */
export function datosLinea(
  req: Request,
  contacto: string,
  clase: string,
  linea: { filas: fichas.RenglonLinea[]; hay_mas: boolean },
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
export function rechazarNota(
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

/** El alta a mano; con `errores`, con lo escrito. */
export async function pintarNuevo(
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
