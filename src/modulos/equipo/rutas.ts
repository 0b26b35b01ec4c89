import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Contexto } from '../../contexto.ts';
import { type Entrega, entregarInvitacion } from '../../cuentas/enlaces.ts';
import { correo } from '../../cuentas/esquemas.ts';
import { conFormulario, type FallaFormulario, loEscrito, SIN_FALLA } from '../../cuentas/formulario.ts';
import { nuevoSecreto } from '../../cuentas/huella.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { prefiereJson } from '../../web/formato.ts';
import type { Equipo } from '../../noras/membresia.ts';
import { tomarAviso } from '../../web/pagina.ts';
import { leer } from '../../web/leer.ts';
import { renderizar } from '../../web/vistas.ts';

const rol = z.enum(['dueno', 'agente'], { error: 'Elige un rol.' });
const esquemaInvitar = z.object({ correo, rol });
const esquemaRol = z.object({ rol });

/** `/panel_cliente/:nombre_nora/equipo`: el dueño invita, cambia roles y quita. La puerta ya dejó fuera a los agentes. */
export function crearRutas(ctx: Contexto): Router {
  const router = Router({ mergeParams: true });

  router.get('/', (req, res) => dibujar(req, res, SIN_FALLA));

  router.post('/', async (req, res) => {
    await conFormulario(
      req,
      res,
      async () => {
        const datos = leer(esquemaInvitar, req.body);
        const { secreto, huella } = nuevoSecreto();
        const { data } = await req.nora.bd
          .rpc('invitar_actual', {
            p_correo: datos.correo,
            p_rol: datos.rol,
            p_huella: huella,
            p_quien: yo(req),
          })
          .throwOnError();
        const r = data as unknown as { r: string } | null;
        if (r?.r === 'ya_esta')
          throw new ErrorApp(409, 'ya_esta', 'Esa persona ya está en el equipo.', {
            campos: { correo: 'Ya está en el equipo.' },
          });
        if (r?.r !== 'ok') throw noEncontrado();
        const entrega = await entregarInvitacion(
          ctx,
          { correo: datos.correo, nombre_nora: req.nora.nombre_nora },
          secreto,
        );
        if (prefiereJson(req)) return void res.status(201).json({ invitacion: entrega });
        await dibujar(req, res, SIN_FALLA, entrega);
      },
      (falla) => dibujar(req, res, falla),
    );
  });

  router.delete('/invitaciones/:id', async (req, res) => {
    const { data } = await req.nora.bd
      .rpc('cancelar_invitacion_actual', { p_id: idDe(req), p_quien: yo(req) })
      .throwOnError();
    if (!data) throw noEncontrado('Esa invitación ya no está pendiente.');
    listo(req, res, 'Invitación cancelada: su liga ya no sirve.');
  });

  router.post('/:id', async (req, res) => {
    await mover(req, leer(esquemaRol, req.body).rol);
    listo(req, res, 'Rol cambiado.');
  });

  router.delete('/:id', async (req, res) => {
    await mover(req, null);
    listo(req, res, 'Ya no está en el equipo.');
  });

  return router;

  async function mover(req: Request, a: string | null): Promise<void> {
    const { data } = await req.nora.bd
      .rpc('cambiar_equipo_actual', { p_usuario: idDe(req), p_rol: a as string, p_quien: yo(req) })
      .throwOnError();
    if (data === 'ultimo_dueno')
      throw new ErrorApp(409, 'ultimo_dueno', 'La nora se quedaría sin dueño. Nombra a otro antes.');
    if (data !== 'ok') throw noEncontrado('Esa persona no está en el equipo.');
    ctx.membresias.olvidar(idDe(req));
  }

  async function dibujar(
    req: Request,
    res: Response,
    falla: FallaFormulario,
    entrega: Entrega | null = null,
  ): Promise<void> {
    const { data } = await req.nora.bd.rpc('equipo_actual').throwOnError();
    const equipo = data as unknown as Equipo;
    if (prefiereJson(req)) return void res.json(equipo);
    const aviso = tomarAviso(req);
    const datos = {
      ...equipo,
      yo: req.usuario?.id,
      escrito: { correo: '', rol: 'agente', ...loEscrito(req.body) },
      entrega,
      aviso,
      ...falla,
    };
    renderizar(res, 'panel_cliente/equipo/index', { titulo: 'Equipo', estilos: ['admin'], ...datos });
  }
}

function yo(req: Request): string {
  if (!req.usuario) throw noEncontrado();
  return req.usuario.id;
}

function idDe(req: Request): string {
  const id = req.params['id'];
  if (typeof id !== 'string' || !/^[0-9a-f-]{36}$/.test(id)) throw noEncontrado();
  return id;
}

function listo(req: Request, res: Response, texto: string): void {
  if (prefiereJson(req)) return void res.json({ ok: true });
  req.session.aviso = { tipo: 'bien', texto };
  res.redirect(303, `/panel_cliente/${req.nora.nombre_nora}/equipo`);
}
