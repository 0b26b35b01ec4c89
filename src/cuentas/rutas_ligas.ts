import type { Request, Response, Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { tokenCsrf } from '../web/csrf.ts';
import { prefiereJson } from '../web/formato.ts';
import { leer } from '../web/leer.ts';
import type { LimiteEntrada } from '../web/limites.ts';
import { abrirSesion } from '../web/sesiones.ts';
import { renderizar } from '../web/vistas.ts';
import { resumirClave } from './clave.ts';
import { buscarPorCorreo } from './consultas.ts';
import { abrirEnlace, crearRecuperacion, type Enlace, ligaInvalida } from './enlaces.ts';
import { destinoInicial } from './entrada.ts';
import { esquemaAceptar, esquemaClaveNueva, esquemaLiga, esquemaRecuperar } from './esquemas.ts';
import { conFormulario, loEscrito, SIN_FALLA } from './formulario.ts';
import { huellaDe } from './huella.ts';
import { cerrarSesiones } from './sesiones_propias.ts';

const CUENTAS = { layout: 'cuentas' } as const;

/**
 * Invitaciones y recuperación. El secreto va en la búsqueda de la URL y no en la ruta: la bitácora no escribe búsquedas.
 */
export function ponerRutasLigas(router: Router, ctx: Contexto, limite: LimiteEntrada): void {
  router.get('/invitacion', async (req, res) => {
    const { t } = leer(esquemaLiga, req.query);
    dibujarInvitacion(req, res, await abrirEnlace(ctx, huellaDe(t), 'invitacion'), t, SIN_FALLA);
  });

  router.post('/invitacion', async (req, res) => {
    const { t } = leer(esquemaLiga, req.query);
    const huella = huellaDe(t);
    const enlace = await abrirEnlace(ctx, huella, 'invitacion');
    await conFormulario(
      req,
      res,
      async () => {
        // Quien ya tiene cuenta sólo confirma; quien no, la crea. La base vuelve a comprobar de quién es.
        const datos = req.usuario || enlace.usuario_id ? null : leer(esquemaAceptar, req.body);
        const p = datos ? { nombre: datos.nombre, clave_hash: await resumirClave(datos.clave) } : {};
        const { data } = await ctx.bd.servicio
          .rpc('aceptar_invitacion', { p_huella: huella, p, p_usuario: (req.usuario?.id ?? null) as string })
          .throwOnError();
        const r = data as unknown as { r: string; usuario?: string; nombre_nora?: string | null };
        if (r.r === 'entrar')
          return res.redirect(303, `/login?next=${encodeURIComponent(`/invitacion?t=${t}`)}`);
        if (r.r !== 'ok' || !r.usuario) throw ligaInvalida(r.r);
        ctx.membresias.olvidar(r.usuario);
        const cuenta = await ctx.membresias.obtener(r.usuario);
        if (!cuenta) throw ligaInvalida('ajena');
        if (!req.usuario) await abrirSesion(req, cuenta);
        const destino = r.nombre_nora ? `/panel_cliente/${r.nombre_nora}` : await destinoInicial(ctx, cuenta);
        if (prefiereJson(req)) return void res.json({ destino, csrf: tokenCsrf(req) });
        res.redirect(303, destino);
      },
      (falla) => dibujarInvitacion(req, res, enlace, t, falla),
    );
  });

  router.get('/recuperar', (_req, res) => {
    renderizar(res, 'cuentas/recuperar', { ...SIN_FALLA, correo: '', pedida: false }, CUENTAS);
  });

  router.post('/recuperar', async (req, res) => {
    await conFormulario(
      req,
      res,
      async () => {
        const { correo } = leer(esquemaRecuperar, req.body);
        await limite.apartar(`recuperar:${correo}`, req.ip ?? '');
        // Sin esperar: el tiempo de respuesta no dice qué correos tienen cuenta.
        void pedirRecuperacion(ctx, correo).catch((error: unknown) =>
          ctx.registrarError('Web', error, null, 'recuperar'),
        );
        if (prefiereJson(req)) return void res.json({ ok: true });
        renderizar(
          res,
          'cuentas/recuperar',
          { ...SIN_FALLA, correo, pedida: true, conCorreo: ctx.correo !== null },
          CUENTAS,
        );
      },
      (falla) =>
        renderizar(
          res,
          'cuentas/recuperar',
          { correo: '', ...loEscrito(req.body), ...falla, pedida: false },
          CUENTAS,
        ),
    );
  });

  router.get('/recuperar/clave', async (req, res) => {
    const { t } = leer(esquemaLiga, req.query);
    const { correo } = await abrirEnlace(ctx, huellaDe(t), 'recuperacion');
    renderizar(res, 'cuentas/clave_nueva', { ...SIN_FALLA, correo, t }, CUENTAS);
  });

  router.post('/recuperar/clave', async (req, res) => {
    const { t } = leer(esquemaLiga, req.query);
    const huella = huellaDe(t);
    const { correo } = await abrirEnlace(ctx, huella, 'recuperacion');
    await conFormulario(
      req,
      res,
      async () => {
        const { clave } = leer(esquemaClaveNueva, req.body);
        const { data } = await ctx.bd.servicio
          .rpc('recuperar_clave', { p_huella: huella, p_clave_hash: await resumirClave(clave) })
          .throwOnError();
        const r = data as unknown as { r: string; usuario?: string };
        if (r.r !== 'ok' || !r.usuario) throw ligaInvalida(r.r);
        ctx.membresias.olvidar(r.usuario);
        await cerrarSesiones(ctx, r.usuario);
        // No se abre sesión: quien tenga segundo paso todavía debe darlo.
        if (prefiereJson(req)) return void res.json({ destino: '/login' });
        res.redirect(303, '/login');
      },
      (falla) => renderizar(res, 'cuentas/clave_nueva', { ...falla, correo, t }, CUENTAS),
    );
  });

  function dibujarInvitacion(
    req: Request,
    res: Response,
    enlace: Enlace,
    t: string,
    falla: typeof SIN_FALLA,
  ): void {
    const { correo, rol, nombre_visible, usuario_id } = enlace;
    const caso = req.usuario
      ? req.usuario.id === usuario_id
        ? 'aceptar'
        : 'ajena'
      : usuario_id
        ? 'entrar'
        : 'crear';
    if (prefiereJson(req)) return void res.json({ correo, rol, nombre_visible, caso, csrf: tokenCsrf(req) });
    const datos = { correo, rol, nombre_visible, caso, t, nombre: '', ...loEscrito(req.body), ...falla };
    renderizar(res, 'cuentas/invitacion', datos, CUENTAS);
  }
}

async function pedirRecuperacion(ctx: Contexto, correo: string): Promise<void> {
  // Sin servidor de correo no hay a quién dársela: la da un administrador desde su página.
  if (!ctx.correo) return;
  const usuario = await buscarPorCorreo(ctx.bd.servicio, correo);
  if (usuario?.activo) await crearRecuperacion(ctx, { id: usuario.id, correo }, null);
}
