import { type Request, type Response, Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { crearRecuperacion, type Entrega, invitar } from '../cuentas/enlaces.ts';
import { conFormulario, type FallaFormulario, loEscrito, SIN_FALLA } from '../cuentas/formulario.ts';
import { cerrarSesiones } from '../cuentas/sesiones_propias.ts';
import { ErrorApp, noEncontrado } from '../errores.ts';
import { prefiereJson } from '../web/formato.ts';
import { leer } from '../web/leer.ts';
import { hecho, obtenerNora, pagina, quien } from './comun.ts';
import { esquemaInvitar, esquemaLista, esquemaUsuario } from './esquemas.ts';

interface FilaUsuario {
  id: string;
  correo: string;
  nombre: string;
  rol: 'admin' | 'cliente';
  activo: boolean;
  totp_activo: boolean;
  ultimo_acceso: string | null;
  noras: { nombre_nora: string; nombre_visible: string; rol: string }[];
}

const RUTA = '/usuarios/:id';

/** `/admin/usuarios`: invitar, cambiar, desactivar y ayudar a entrar. */
export function crearRutasUsuarios(ctx: Contexto): Router {
  const router = Router();
  const servicio = ctx.bd.servicio;

  router.get('/usuarios', (req, res) => dibujar(req, res, SIN_FALLA));

  router.post('/usuarios', async (req, res) => {
    await conFormulario(
      req,
      res,
      async () => {
        const { correo, rol, nombre_nora } = leer(esquemaInvitar, req.body);
        if (rol !== 'admin' && !ctx.registro.obtener(nombre_nora))
          throw new ErrorApp(422, 'datos_invalidos', 'Revisa los datos marcados.', {
            campos: { nombre_nora: 'Elige una nora.' },
          });
        const nora = rol === 'admin' ? null : obtenerNora(ctx, nombre_nora).nombre_nora;
        const entrega = await invitar(ctx, { correo, rol, nombre_nora: nora }, quien(req));
        if (prefiereJson(req)) return void res.status(201).json({ invitacion: entrega });
        await dibujar(req, res, SIN_FALLA, entrega);
      },
      (falla) => dibujar(req, res, falla),
    );
  });

  router.delete('/invitaciones/:id', async (req, res) => {
    const { data } = await servicio
      .rpc('cancelar_invitacion', { p_id: idDe(req), p_quien: quien(req) })
      .throwOnError();
    if (!data) throw noEncontrado('Esa invitación ya no está pendiente.');
    hecho(req, res, { ruta: '/admin/usuarios', texto: 'Invitación cancelada: su liga ya no sirve.' });
  });

  router.post(RUTA, async (req, res) => {
    const cambios = leer(esquemaUsuario, req.body);
    if (idDe(req) === quien(req) && cambios.rol === 'cliente') throw contraUnoMismo();
    await cambiar(idDe(req), cambios, quien(req));
    hecho(req, res, { ruta: '/admin/usuarios', texto: 'Cambios guardados.' });
  });

  router.post(`${RUTA}/suspension`, async (req, res) => {
    if (idDe(req) === quien(req)) throw contraUnoMismo();
    await cambiar(idDe(req), { activo: false }, quien(req));
    await cerrarSesiones(ctx, idDe(req));
    hecho(req, res, { ruta: '/admin/usuarios', texto: 'Cuenta desactivada: sus sesiones se cerraron.' });
  });

  router.delete(`${RUTA}/suspension`, async (req, res) => {
    await cambiar(idDe(req), { activo: true }, quien(req));
    hecho(req, res, { ruta: '/admin/usuarios', texto: 'Cuenta reactivada.' });
  });

  router.post(`${RUTA}/recuperacion`, async (req, res) => {
    const { data } = await servicio
      .from('usuarios')
      .select('id, correo, activo')
      .eq('id', idDe(req))
      .maybeSingle()
      .throwOnError();
    if (!data?.activo) throw noEncontrado('Esa cuenta no existe o está desactivada.');
    const entrega = await crearRecuperacion(ctx, { id: data.id, correo: data.correo }, quien(req));
    if (prefiereJson(req)) return void res.status(201).json({ recuperacion: entrega });
    await dibujar(req, res, SIN_FALLA, entrega);
  });

  router.delete(`${RUTA}/doble_paso`, async (req, res) => {
    const p = { activo: false, secreto: null, codigos: [] };
    const { data } = await servicio
      .rpc('cambiar_totp', { p_usuario: idDe(req), p, p_quien: quien(req) })
      .throwOnError();
    if (!data) throw noEncontrado('Esa cuenta no existe.');
    ctx.membresias.olvidar(idDe(req));
    hecho(req, res, {
      ruta: '/admin/usuarios',
      texto: 'Doble paso quitado: la persona puede volver a activarlo.',
    });
  });

  return router;

  async function cambiar(id: string, cambios: object, por: string): Promise<void> {
    const { data } = await servicio
      .rpc('actualizar_usuario', { p_usuario: id, p: cambios as never, p_quien: por })
      .throwOnError();
    ctx.membresias.olvidar(id);
    const r = data as unknown as { r: string } | null;
    if (!r) throw noEncontrado('Esa cuenta no existe.');
    if (r.r === 'ultimo_admin')
      throw new ErrorApp(409, 'ultimo_admin', 'Es el último administrador activo. Nombra a otro antes.');
  }

  async function dibujar(
    req: Request,
    res: Response,
    falla: FallaFormulario,
    entrega: Entrega | null = null,
  ): Promise<void> {
    const { q, desde, n } = leer(esquemaLista, req.query);
    const { data } = await servicio.rpc('listar_usuarios', { p_q: q, p_desde: desde, p_n: n }).throwOnError();
    const { usuarios, total, pendientes } = data as unknown as {
      usuarios: FilaUsuario[];
      total: number;
      pendientes: object[];
    };
    const visibles = usuarios.slice(0, n);
    const datos = {
      q,
      total,
      usuarios: visibles,
      pendientes,
      siguiente: usuarios.length > n ? (visibles.at(-1)?.correo.toLowerCase() ?? null) : null,
      noras: [...ctx.registro.noras()]
        .map((x) => ({ nombre_nora: x.nombre_nora, nombre_visible: x.nombre_visible }))
        .slice(0, 1000),
      yo: req.usuario?.id,
      conCorreo: ctx.correo !== null,
      escrito: { correo: '', rol: 'dueno', nombre_nora: '', ...loEscrito(req.body) },
      entrega,
      ...falla,
    };
    pagina(req, res, 'usuarios/index', datos, { seccion: 'usuarios', titulo: 'Usuarios' });
  }
}

function contraUnoMismo(): ErrorApp {
  return new ErrorApp(
    409,
    'contra_uno_mismo',
    'No puedes quitarte el acceso a ti. Pídeselo a otro administrador.',
  );
}

function idDe(req: Request): string {
  const id = req.params['id'];
  if (typeof id !== 'string' || !/^[0-9a-f-]{36}$/.test(id)) throw noEncontrado();
  return id;
}
