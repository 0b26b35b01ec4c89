import { type Request, Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { invitar } from '../cuentas/enlaces.ts';
import { conFormulario, SIN_FALLA } from '../cuentas/formulario.ts';
import { prefiereJson } from '../web/formato.ts';
import { leer } from '../web/leer.ts';
import { renderizar } from '../web/vistas.ts';
import { numeroDeNora, obtenerNora, pagina, quien } from './comun.ts';
import { crearNora, listarNoras } from './consultas.ts';
import { esquemaLista, esquemaNuevaNora, esquemaPrueba } from './esquemas.ts';
import { dibujarConectar, dibujarNueva, RUTA } from './noras_paginas.ts';
import { giroDe } from './plantillas.ts';
import { presentarMedida, presentarNora } from './presentar.ts';
import { mandarPrueba, seguirPrueba, urlsDeTwilio } from './prueba.ts';

/** Lista de noras, alta guiada, conexión con Twilio y mensaje de prueba. */
export function crearRutasAlta(ctx: Contexto): Router {
  const router = Router();
  const servicio = ctx.bd.servicio;
  const una = (req: Request) => obtenerNora(ctx, req.params['nombre_nora']);

  router.get('/noras', async (req, res) => {
    const filtro = leer(esquemaLista, req.query);
    const lista = await listarNoras(servicio, filtro);
    const datos = { ...filtro, ...lista, noras: lista.noras.map(presentarMedida) };
    pagina(req, res, 'noras/index', datos, { seccion: 'noras', titulo: 'Noras' });
  });

  router.get('/noras/nueva', (req, res) => dibujarNueva(req, res, SIN_FALLA));

  router.post('/noras', async (req, res) => {
    await conFormulario(
      req,
      res,
      async () => {
        const { giro, correo_dueno, personalidad, ...datos } = leer(esquemaNuevaNora, req.body);
        const plantilla = giroDe(giro);
        const nora = {
          ...datos,
          numero_nora: numeroDeNora(datos.numero_nora),
          personalidad: personalidad || plantilla.personalidad,
          instrucciones: plantilla.instrucciones,
          mensaje_bienvenida: plantilla.mensaje_bienvenida,
        };
        await crearNora(servicio, nora, quien(req));
        await ctx.registro.refrescar(nora.nombre_nora);
        const entrega = correo_dueno
          ? await invitar(
              ctx,
              { correo: correo_dueno, rol: 'dueno', nombre_nora: nora.nombre_nora },
              quien(req),
            )
          : null;
        const creada = obtenerNora(ctx, nora.nombre_nora);
        if (prefiereJson(req))
          return void res
            .status(201)
            .json({ nora: presentarNora(creada), invitacion: entrega, urls: urlsDeTwilio(ctx) });
        // Se dibuja aquí y no tras un 303: la liga de la invitación se enseña una sola vez y no se guarda.
        dibujarConectar(ctx, req, res, nora.nombre_nora, { entrega, recien: true });
      },
      (falla) => dibujarNueva(req, res, falla),
    );
  });

  router.get(`${RUTA}/conectar`, (req, res) =>
    dibujarConectar(ctx, req, res, una(req).nombre_nora, { entrega: null, recien: false }),
  );

  router.post(`${RUTA}/prueba`, async (req, res) => {
    const nora = una(req);
    const { telefono, texto } = leer(esquemaPrueba, req.body);
    const prueba = await mandarPrueba(ctx, nora, {
      telefono: numeroDeNora(telefono, 'telefono') ?? '',
      texto,
    });
    await servicio
      .rpc('auditar', {
        p_quien: quien(req),
        p_accion: 'probar',
        p_entidad: 'mensaje de prueba',
        p_nora: nora.nombre_nora,
        p_despues: { sid: prueba.sid, pasos: prueba.pasos.map((p) => `${p.titulo}: ${p.estado}`) },
      })
      .throwOnError();
    const sigue = prueba.pasos.every((p) => p.estado === 'bien');
    if (prefiereJson(req)) return void res.json({ ...prueba, sigue });
    renderizar(res, 'admin/noras/_prueba', { ...prueba, sigue, nora, resto: null }, { layout: null });
  });

  router.get(`${RUTA}/prueba/:sid`, async (req, res) => {
    const nora = una(req);
    const resto = await seguirPrueba(ctx, nora.nombre_nora, String(req.params['sid']).slice(0, 64));
    if (prefiereJson(req)) return void res.json(resto);
    renderizar(res, 'admin/noras/_seguimiento', { resto, nora, sid: req.params['sid'] }, { layout: null });
  });

  return router;
}
