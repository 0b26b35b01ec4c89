import { type Request, Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { invitar } from '../cuentas/enlaces.ts';
import { conFormulario, SIN_FALLA } from '../cuentas/formulario.ts';
import { ErrorApp, noEncontrado } from '../errores.ts';
import { prefiereJson } from '../web/formato.ts';
import { leer } from '../web/leer.ts';
import { hecho, obtenerNora, quien } from './comun.ts';
import { esquemaInvitar, esquemaRolEquipo } from './esquemas.ts';
import { dibujarFicha, RUTA } from './noras_paginas.ts';

/** El equipo de una nora, desde el admin. */
export function crearRutasEquipoNora(ctx: Contexto): Router {
  const router = Router();
  const una = (req: Request) => obtenerNora(ctx, req.params['nombre_nora']);

  router.post(`${RUTA}/equipo`, async (req, res) => {
    const { nombre_nora } = una(req);
    await conFormulario(
      req,
      res,
      async () => {
        const { correo, rol } = leer(esquemaInvitar, req.body);
        if (rol === 'admin')
          throw new ErrorApp(422, 'datos_invalidos', 'Elige dueño o agente.', {
            campos: { rol: 'Elige dueño o agente.' },
          });
        const entrega = await invitar(ctx, { correo, rol, nombre_nora }, quien(req));
        if (prefiereJson(req)) return void res.status(201).json({ invitacion: entrega });
        await dibujarFicha(ctx, req, res, nombre_nora, SIN_FALLA, entrega);
      },
      (falla) => dibujarFicha(ctx, req, res, nombre_nora, falla),
    );
  });

  router.post(`${RUTA}/equipo/:usuario`, async (req, res) => {
    const { nombre_nora } = una(req);
    await moverEquipo(ctx, nombre_nora, req, leer(esquemaRolEquipo, req.body).rol);
    hecho(req, res, { ruta: `/admin/noras/${nombre_nora}#equipo`, texto: 'Rol cambiado.' });
  });

  router.delete(`${RUTA}/equipo/:usuario`, async (req, res) => {
    const { nombre_nora } = una(req);
    await moverEquipo(ctx, nombre_nora, req, null);
    hecho(req, res, { ruta: `/admin/noras/${nombre_nora}#equipo`, texto: 'Ya no está en el equipo.' });
  });

  return router;
}

async function moverEquipo(ctx: Contexto, nora: string, req: Request, rol: string | null): Promise<void> {
  const usuario = String(req.params['usuario']);
  if (!/^[0-9a-f-]{36}$/.test(usuario)) throw noEncontrado();
  const { data } = await ctx.bd.servicio
    .rpc('cambiar_equipo', { p_nora: nora, p_usuario: usuario, p_rol: rol as string, p_quien: quien(req) })
    .throwOnError();
  ctx.membresias.olvidar(usuario);
  exigirCambioDeEquipo(data);
}

/** @throws ErrorApp 404 o 409 según lo que dijo la base */
export function exigirCambioDeEquipo(resultado: unknown): void {
  if (resultado === 'ok') return;
  if (resultado === 'ultimo_dueno')
    throw new ErrorApp(409, 'ultimo_dueno', 'La nora se quedaría sin dueño. Nombra a otro antes.');
  throw noEncontrado('Esa persona no está en el equipo.');
}
