import { Router } from 'express';
import { z } from 'zod';
import type { Contexto } from '../contexto.ts';
import { ErrorApp } from '../errores.ts';
import { tokenCsrf } from '../web/csrf.ts';
import { prefiereJson } from '../web/formato.ts';
import { leer } from '../web/leer.ts';
import { crearLimiteEntrada } from '../web/limites.ts';
import { abrirSesion, cerrarSesion } from '../web/sesiones.ts';
import { renderizar } from '../web/vistas.ts';
import { comprobarEntrada, destinoInicial } from './entrada.ts';
import { exigirSesion } from './sesion.ts';
import { siguienteSeguro } from './siguiente.ts';

const esquemaEntrada = z.object({
  correo: z
    .string({ error: 'Escribe tu correo.' })
    .trim()
    .max(254)
    .pipe(z.email('Escribe un correo válido.')),
  clave: z
    .string({ error: 'Escribe tu clave.' })
    .min(1, 'Escribe tu clave.')
    .max(200, 'La clave es demasiado larga.'),
  next: z.string().max(500).optional(),
});

/** Entrar, salir y elegir nora. */
export function crearRutasCuentas(ctx: Contexto): Router {
  const router = Router();
  const limite = crearLimiteEntrada(ctx.bd.pool);

  router.get('/', async (req, res) => {
    res.redirect(303, req.usuario ? await destinoInicial(ctx, req.usuario) : '/login');
  });

  router.get('/login', async (req, res) => {
    const siguiente = siguienteSeguro(req.query['next']);
    if (prefiereJson(req)) return void res.json({ csrf: tokenCsrf(req), usuario: req.usuario });
    if (req.usuario) return res.redirect(303, siguiente ?? (await destinoInicial(ctx, req.usuario)));
    renderizar(res, 'cuentas/login', { ...FORMULARIO_VACIO, siguiente }, { layout: 'cuentas' });
  });

  router.post('/login', async (req, res) => {
    try {
      const { correo, clave, next } = leer(esquemaEntrada, req.body);
      const entrante = await comprobarEntrada(ctx, limite, { correo, clave, ip: req.ip ?? '' });
      await abrirSesion(req, entrante);
      const destino = siguienteSeguro(next) ?? (await destinoInicial(ctx, entrante));
      if (prefiereJson(req)) return void res.json({ destino, csrf: tokenCsrf(req) });
      res.redirect(303, destino);
    } catch (error) {
      if (!(error instanceof ErrorApp) || prefiereJson(req)) throw error;
      const { correo, next } = (req.body ?? {}) as { correo?: unknown; next?: unknown };
      res.status(error.estado);
      renderizar(
        res,
        'cuentas/login',
        {
          ...FORMULARIO_VACIO,
          correo: typeof correo === 'string' ? correo.slice(0, 254) : '',
          siguiente: siguienteSeguro(next),
          error: { codigo: error.codigo, mensaje: error.message },
          campos: error.extra?.['campos'] ?? {},
        },
        { layout: 'cuentas' },
      );
    }
  });

  router.post('/logout', async (req, res) => {
    await cerrarSesion(req);
    res.clearCookie(ctx.config.cookie, { path: '/' });
    // Al volver atrás no debe verse la página guardada de quien ya salió.
    res.setHeader('Clear-Site-Data', '"cache"');
    if (prefiereJson(req)) return void res.json({ ok: true });
    res.redirect(303, '/login');
  });

  router.get('/noras', exigirSesion, async (req, res) => {
    const usuario = req.usuario;
    if (usuario?.rol === 'admin') return res.redirect(303, '/admin');
    const cuenta = usuario && (await ctx.membresias.obtener(usuario.id));
    const noras = [...(cuenta?.noras ?? [])].flatMap(([nombre, rol]) => {
      const nora = ctx.registro.obtener(nombre);
      if (!nora?.activo) return [];
      const { nombre_nora, nombre_visible, foto_perfil, activo } = nora;
      return [{ nombre_nora, nombre_visible, foto_perfil, activo, rol }];
    });
    if (prefiereJson(req)) return void res.json({ noras });
    renderizar(res, 'cuentas/noras', { noras }, { layout: 'cuentas' });
  });

  return router;
}

const FORMULARIO_VACIO = { correo: '', siguiente: null, error: null, campos: {} };
