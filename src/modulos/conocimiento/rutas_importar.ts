import type { Request, Response, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import type { Cambio } from '../../ia/ensayo.ts';
import { esFragmento, prefiereJson } from '../../web/formato.ts';
import { leer } from '../../web/leer.ts';
import { camposDe, idUsuario, responder, terminar } from '../../web/pagina.ts';
import { recibirArchivo } from '../../web/subida.ts';
import { renderizar } from '../../web/vistas.ts';
import { apartar, baseDe, dibujar, entornoDe, plural, pruebasDe, VISTAS } from './comun.ts';
import * as consultas from './consultas.ts';
import * as esquemas from './esquemas.ts';
import { leerArchivo, leerPegado, MAXIMO_ARCHIVO, MAXIMO_TEXTO } from './leer_archivo.ts';
import { conteosDe, presentarImportacion, presentarImportado } from './presentar.ts';

/** Traer un documento: se parte, se revisa en la vista previa y se guarda. */
export function rutasImportar(ctx: Contexto, rutas: Router): void {
  rutas.get('/importar', (req, res) => {
    dibujar(req, res, 'importar', {
      titulo: 'Importar conocimiento',
      base: baseDe(req),
      texto: '',
      campos: {},
      megas: MAXIMO_ARCHIVO / 1_048_576,
    });
  });

  rutas.post('/importaciones', async (req, res) => {
    const { campos, archivo } = await recibirArchivo(req, {
      maximo: MAXIMO_ARCHIVO,
      maximoCampo: MAXIMO_TEXTO,
    });
    const texto = campos['texto']?.trim() ?? '';
    try {
      if (!archivo && !texto)
        throw new ErrorApp(422, 'datos_invalidos', 'Elige un archivo o pega un texto.', {
          campos: { archivo: 'Elige un archivo o pega un texto.' },
        });
      const { formato, lectura } = archivo
        ? await leerArchivo(archivo)
        : { formato: 'texto' as const, lectura: await leerPegado(texto) };
      const p = { archivo: archivo?.nombre ?? 'Texto pegado', formato, ...lectura };
      const id = await consultas.crearImportacion(req.nora.bd, p, idUsuario(req));
      terminar(
        ctx,
        req,
        res,
        `${baseDe(req)}/importaciones/${id}`,
        null,
        { id, bloques: lectura.bloques.length },
        201,
      );
    } catch (error) {
      if (!(error instanceof ErrorApp) || prefiereJson(req)) throw error;
      const datos = {
        titulo: 'Importar conocimiento',
        base: baseDe(req),
        texto,
        campos: camposDe(error),
        megas: MAXIMO_ARCHIVO / 1_048_576,
      };
      dibujar(req, res, 'importar', datos, error.estado);
    }
  });

  rutas.get('/importaciones/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const { desde } = leer(esquemas.consultaImportacion, req.query);
    const importacion = await consultas.abrirImportacion(req.nora.bd, id, desde);
    if (!importacion) throw noEncontrado('Esa importación ya no existe. Sube el archivo otra vez.');
    if (prefiereJson(req)) return void res.json({ importacion });
    if (importacion.guardada) return res.redirect(303, baseDe(req));
    const e = entornoDe(req);
    dibujar(req, res, 'importacion', {
      titulo: `Revisar ${importacion.archivo}`,
      base: e.base,
      ...presentarImportacion(importacion, desde, e),
      pruebas: await pruebasDe(req),
    });
  });

  rutas.post('/importaciones/:id/bloques/:bloque', (req, res) =>
    cambiarImportado(req, res, leer(esquemas.cuerpoImportado, req.body)),
  );
  rutas.post('/importaciones/:id/bloques/:bloque/inclusion', (req, res) =>
    cambiarImportado(req, res, leer(esquemas.cuerpoIncluir, req.body)),
  );

  rutas.post('/importaciones/:id/seleccion', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const { cuales } = leer(esquemas.cuerpoSeleccion, req.body);
    const n = await consultas.incluirImportados(req.nora.bd, id, cuales);
    if (n === null) throw noEncontrado('Esa importación ya no existe. Sube el archivo otra vez.');
    responder(req, res, `${baseDe(req)}/importaciones/${id}`, { n });
  });

  rutas.post('/importaciones/:id/guardado', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const { etiqueta, probar } = leer(esquemas.cuerpoGuardarImportacion, req.body);
    const cambio: Cambio = [{ op: 'importacion', id, etiqueta }];
    if (await apartar(ctx, req, res, cambio, 'Importar bloques', probar)) return;
    const hecho = await consultas.guardarImportacion(req.nora.bd, id, etiqueta, idUsuario(req));
    if (!hecho) throw noEncontrado('Esa importación ya no existe. Sube el archivo otra vez.');
    const repetidos =
      hecho.repetidos > 0
        ? ` ${plural(hecho.repetidos)} ya ${hecho.repetidos === 1 ? 'existía' : 'existían'}.`
        : '';
    terminar(
      ctx,
      req,
      res,
      `${baseDe(req)}?orden=recientes`,
      `Nora aprendió ${plural(hecho.guardados)}.${repetidos}`,
      { ...hecho },
    );
  });

  rutas.delete('/importaciones/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    if (!(await consultas.borrarImportacion(req.nora.bd, id)))
      throw noEncontrado('Esa importación ya no existe.');
    responder(req, res, `${baseDe(req)}/importar`, { id });
  });

  async function cambiarImportado(req: Request, res: Response, datos: object): Promise<void> {
    const { id, bloque } = leer(esquemas.parametrosImportado, req.params);
    const hecho = await consultas.editarImportado(req.nora.bd, id, bloque, datos);
    if (!hecho) throw noEncontrado('Ese bloque ya no está en la vista previa.');
    if (!esFragmento(req))
      return responder(req, res, `${baseDe(req)}/importaciones/${id}`, { bloque: hecho });
    const importacion = await consultas.abrirImportacion(req.nora.bd, id, 0);
    if (!importacion) throw noEncontrado('Esa importación ya no existe.');
    const e = entornoDe(req);
    renderizar(
      res,
      `${VISTAS}/_importado`,
      { b: presentarImportado(hecho, id, e), conteos: conteosDe(importacion) },
      { layout: null },
    );
  }
}
