import { type Request, Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { conFormulario } from '../cuentas/formulario.ts';
import { ErrorApp } from '../errores.ts';
import { leer } from '../web/leer.ts';
import { hecho, obtenerNora, quien } from './comun.ts';
import { clonarNora } from './consultas.ts';
import { esquemaBorrar, esquemaClonar } from './esquemas.ts';
import { exportarNora } from './exportar.ts';
import { dibujarFicha, RUTA } from './noras_paginas.ts';
import { presentarNora } from './presentar.ts';

/** Copiar, exportar y borrar una nora. */
export function crearRutasVida(ctx: Contexto): Router {
  const router = Router();
  const servicio = ctx.bd.servicio;
  const una = (req: Request) => obtenerNora(ctx, req.params['nombre_nora']);

  router.post(`${RUTA}/copia`, async (req, res) => {
    const origen = una(req).nombre_nora;
    await conFormulario(
      req,
      res,
      async () => {
        const nueva = leer(esquemaClonar, req.body);
        await clonarNora(ctx, origen, nueva, quien(req));
        await ctx.registro.refrescar(nueva.nombre_nora);
        hecho(req, res, {
          ruta: `/admin/noras/${nueva.nombre_nora}`,
          texto: `Se creó ${nueva.nombre_visible} con la configuración y el conocimiento de ${origen}.`,
          json: { nora: presentarNora(obtenerNora(ctx, nueva.nombre_nora)) },
          estado: 201,
        });
      },
      (falla) => dibujarFicha(ctx, req, res, origen, falla),
    );
  });

  router.get(`${RUTA}/exportacion`, async (req, res) => {
    const { nombre_nora } = una(req);
    await servicio
      .rpc('auditar', { p_quien: quien(req), p_accion: 'exportar', p_entidad: 'nora', p_nora: nombre_nora })
      .throwOnError();
    await exportarNora(ctx, res, nombre_nora);
  });

  router.post(`${RUTA}/borrado`, async (req, res) => {
    const { nombre_nora, nombre_visible } = una(req);
    await conFormulario(
      req,
      res,
      async () => {
        if (leer(esquemaBorrar, req.body).confirma !== nombre_nora)
          throw new ErrorApp(422, 'no_coincide', 'El nombre no coincide.', {
            campos: { confirma: `Escribe ${nombre_nora} tal cual.` },
          });
        await servicio.rpc('pedir_borrado', { p_nora: nombre_nora, p_quien: quien(req) }).throwOnError();
        await ctx.registro.refrescar(nombre_nora);
        await ctx.trabajos.encolar('borrar_nora', { nombre_nora }, { unico: `borrar_nora:${nombre_nora}` });
        hecho(req, res, { ruta: '/admin/noras', texto: `${nombre_visible} se está borrando.`, estado: 202 });
      },
      (falla) => dibujarFicha(ctx, req, res, nombre_nora, falla),
    );
  });

  return router;
}
