import type { Request, Response, Router } from 'express';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { prefiereJson } from '../../web/formato.ts';
import { fallasDe, leer } from '../../web/leer.ts';
import { idUsuario, tomarAviso } from '../../web/pagina.ts';
import { renderizar } from '../../web/vistas.ts';
import * as consultas from './consultas.ts';
import * as esquemas from './esquemas.ts';
import { baseDe } from './paginas.ts';
import { VISTAS } from './respuestas.ts';

/** Los campos propios de la nora. */
export function rutasCampos(rutas: Router): void {
  const pintar = async (
    req: Request,
    res: Response,
    extra: { editado?: string; valores?: object; errores?: Record<string, string> } = {},
  ): Promise<void> => {
    const { campos } = await consultas.leerCatalogo(req.nora.bd);
    const { editado = '', valores = {}, errores = {} } = extra;
    const mal = Object.keys(errores).length > 0;
    if (mal && prefiereJson(req))
      throw new ErrorApp(422, 'datos_invalidos', 'Revisa los datos marcados.', { campos: errores });
    renderizar(
      res,
      `${VISTAS}/campos`,
      {
        titulo: 'Campos propios',
        base: baseDe(req),
        campos,
        editado,
        valores,
        errores,
        aviso: tomarAviso(req),
      },
      { estado: mal ? 422 : 200 },
    );
  };

  rutas.get('/campos', (req, res) => pintar(req, res));

  rutas.post('/campos', async (req, res) => {
    const r = esquemas.cuerpoCampo.safeParse(req.body ?? {});
    if (!r.success) return pintar(req, res, { valores: req.body as object, errores: fallasDe(r.error) });
    const hecho = await consultas.guardarCampo(
      req.nora.bd,
      null,
      { ...r.data, clave: claveDeCampo(r.data.titulo) },
      idUsuario(req),
    );
    if (hecho.r === 'repetido')
      return pintar(req, res, {
        valores: req.body as object,
        errores: { titulo: 'Ya hay un campo con ese nombre' },
      });
    if (hecho.r === 'demasiados')
      throw new ErrorApp(409, 'demasiados', 'Una nora puede tener hasta 40 campos propios.');
    req.session.aviso = { tipo: 'bien', texto: `Campo «${r.data.titulo}» agregado a todas las fichas.` };
    res.redirect(303, `${baseDe(req)}/campos`);
  });

  rutas.post('/campos/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const malo = (errores: Record<string, string>): Promise<void> =>
      pintar(req, res, { editado: id, valores: (req.body ?? {}) as object, errores });
    const r = esquemas.cuerpoCampoEditado.safeParse(req.body ?? {});
    if (!r.success) return malo(fallasDe(r.error));
    const { campos } = await consultas.leerCatalogo(req.nora.bd);
    if (r.data.opciones.length === 0 && campos.find((c) => c.id === id)?.tipo === 'lista')
      return malo({ opciones: 'Escribe al menos una opción, una por renglón' });
    const hecho = await consultas.guardarCampo(req.nora.bd, id, r.data, idUsuario(req));
    if (hecho.r === 'no_esta') throw noEncontrado('Ese campo ya no está.');
    if (hecho.r === 'repetido') return malo({ titulo: 'Ya hay un campo con ese nombre' });
    req.session.aviso = { tipo: 'bien', texto: 'Campo actualizado.' };
    res.redirect(303, `${baseDe(req)}/campos`);
  });

  rutas.delete('/campos/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    if (!(await consultas.borrarCampo(req.nora.bd, id, idUsuario(req))))
      throw noEncontrado('Ese campo ya no está.');
    req.session.aviso = {
      tipo: 'bien',
      texto: 'Campo quitado de las fichas. Si lo vuelves a crear con el mismo nombre, sus valores regresan.',
    };
    res.redirect(303, `${baseDe(req)}/campos`);
  });
}

function claveDeCampo(titulo: string): string {
  const plano = titulo
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return (/^[a-z]/.test(plano) ? plano : `campo_${plano}`).slice(0, 40).replace(/_+$/, '') || 'campo';
}
