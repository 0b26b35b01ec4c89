import { type Request, type Response, Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { conFormulario, type FallaFormulario, loEscrito } from '../cuentas/formulario.ts';
import { ErrorApp, noEncontrado } from '../errores.ts';
import { CLAVES_MODULOS, TITULOS_MODULOS } from '../modulos/index.ts';
import { cuantos } from '../web/fechas.ts';
import { prefiereJson } from '../web/formato.ts';
import { leer } from '../web/leer.ts';
import { hecho, pagina, quien } from './comun.ts';
import { esquemaAplicar, esquemaLista, esquemaPaquete } from './esquemas.ts';
import { modulosDe } from './presentar.ts';

interface Matriz {
  noras: { nombre_nora: string; nombre_visible: string; activo: boolean; modulos: string[] }[];
  paquetes: { id: string; nombre: string; modulos: string[] }[];
  cambios: { cuando: string; nombre_nora: string; accion: string; entidad: string; quien: string }[];
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `/admin/modulos`: matriz de noras y módulos, y paquetes que se aplican a varias. */
export function crearRutasModulos(ctx: Contexto): Router {
  const router = Router();
  const servicio = ctx.bd.servicio;

  router.get('/modulos', (req, res) => dibujar(req, res, null));

  router.post('/paquetes', async (req, res) => {
    await conFormulario(
      req,
      res,
      async () => {
        await guardar(null, leer(esquemaPaquete, req.body), quien(req));
        hecho(req, res, { ruta: '/admin/modulos#paquetes', texto: 'Paquete creado.', estado: 201 });
      },
      (falla) => dibujar(req, res, { ...falla, id: null }),
    );
  });

  router.post('/paquetes/:id', async (req, res) => {
    const id = idDe(req.params['id']);
    await conFormulario(
      req,
      res,
      async () => {
        await guardar(id, leer(esquemaPaquete, req.body), quien(req));
        hecho(req, res, { ruta: '/admin/modulos#paquetes', texto: 'Paquete guardado.' });
      },
      (falla) => dibujar(req, res, { ...falla, id }),
    );
  });

  router.delete('/paquetes/:id', async (req, res) => {
    const { data } = await servicio
      .rpc('borrar_paquete', { p_id: idDe(req.params['id']), p_quien: quien(req) })
      .throwOnError();
    if (!data) throw noEncontrado('Ese paquete ya no existe.');
    hecho(req, res, {
      ruta: '/admin/modulos#paquetes',
      texto: 'Paquete borrado. Las noras conservan sus módulos.',
    });
  });

  router.post('/paquetes/:id/noras', async (req, res) => {
    const { noras } = leer(esquemaAplicar, req.body);
    if (noras.length === 0 && !prefiereJson(req)) {
      req.session.aviso = { tipo: 'mal', texto: 'Elige arriba al menos una nora.' };
      return res.redirect(303, '/admin/modulos');
    }
    if (noras.length === 0)
      throw new ErrorApp(422, 'datos_invalidos', 'Elige al menos una nora.', {
        campos: { noras: 'Elige al menos una nora.' },
      });
    const { data } = await servicio
      .rpc('aplicar_paquete', { p_id: idDe(req.params['id']), p_noras: noras, p_quien: quien(req) })
      .throwOnError();
    const r = data as unknown as { noras: number; cambios: number } | null;
    if (!r) throw noEncontrado('Ese paquete ya no existe.');
    await Promise.all(noras.map((nora) => ctx.registro.refrescar(nora)));
    const texto = `Paquete aplicado en ${r.noras === 1 ? 'una nora' : `${r.noras} noras`}: ${cuantos(r.cambios, 'cambio', 'cambios')}.`;
    hecho(req, res, { ruta: '/admin/modulos', texto, json: r });
  });

  return router;

  /** `falla.id` dice de qué paquete es lo escrito; null = del nuevo. */
  async function dibujar(
    req: Request,
    res: Response,
    falla: (FallaFormulario & { id: string | null }) | null,
  ): Promise<void> {
    const { q, desde, n } = leer(esquemaLista, req.query);
    const { data } = await servicio.rpc('matriz_modulos', { p_q: q, p_desde: desde, p_n: n }).throwOnError();
    const { noras, paquetes, cambios } = data as unknown as Matriz;
    const visibles = noras.slice(0, n);
    const escrito = falla && { ...loEscrito(req.body), campos: falla.campos };
    const formas = [...paquetes, { id: null, nombre: '', modulos: [] as string[] }].map((p) => {
      if (!escrito || p.id !== falla.id) return { ...p, titulo: p.nombre, campos: {}, abierto: false };
      const { nombre = '', modulos = [] } = escrito as { nombre?: string; modulos?: string | string[] };
      return {
        id: p.id,
        titulo: p.nombre,
        nombre,
        modulos: [modulos].flat(),
        campos: escrito.campos,
        abierto: true,
      };
    });
    const datos = {
      q,
      claves: CLAVES_MODULOS.map((clave) => ({ clave, titulo: TITULOS_MODULOS[clave] })),
      noras: visibles.map((nora) => ({ ...nora, modulos: modulosDe(new Set(nora.modulos)) })),
      paquetes,
      formas,
      cambios: cambios.map((c) => ({ ...c, modulo: titulo(c.entidad.replace('modulo ', '')) })),
      siguiente: noras.length > n ? (visibles.at(-1)?.nombre_nora ?? null) : null,
    };
    pagina(req, res, 'modulos/index', datos, { seccion: 'modulos', titulo: 'Módulos' });
  }

  async function guardar(
    id: string | null,
    paquete: { nombre: string; modulos: string[] },
    por: string,
  ): Promise<void> {
    const { data, error } = await servicio.rpc('guardar_paquete', { p: { id, ...paquete }, p_quien: por });
    if (error?.code === '23505')
      throw new ErrorApp(409, 'repetido', 'Ya hay un paquete con ese nombre.', {
        campos: { nombre: 'Ya hay uno con ese nombre.' },
      });
    if (error) throw Object.assign(new Error(error.message), { code: error.code });
    if (!data) throw noEncontrado('Ese paquete ya no existe.');
  }
}

function idDe(id: unknown): string {
  if (typeof id !== 'string' || !UUID.test(id)) throw noEncontrado('Ese paquete no existe.');
  return id;
}

function titulo(clave: string): string {
  return (TITULOS_MODULOS as Record<string, string>)[clave] ?? clave;
}
