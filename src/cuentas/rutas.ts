import { Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { leerAccesosDemo } from '../demo/sembrar.ts';
import { ErrorApp } from '../errores.ts';
import { tokenCsrf } from '../web/csrf.ts';
import { prefiereJson } from '../web/formato.ts';
import { leer } from '../web/leer.ts';
import { crearLimiteEntrada } from '../web/limites.ts';
import { abrirSesion, cerrarSesion } from '../web/sesiones.ts';
import { renderizar } from '../web/vistas.ts';
import { comprobarEntrada, destinoInicial, type Entrante } from './entrada.ts';
import { esquemaCodigo, esquemaEntrada } from './esquemas.ts';
import { conFormulario, SIN_FALLA } from './formulario.ts';
import { huellaDe } from './huella.ts';
import { ponerRutasLigas } from './rutas_ligas.ts';
import { ponerRutasDoblePaso } from './rutas_doble_paso.ts';
import { ponerRutasPerfil } from './rutas_perfil.ts';
import { exigirSesion } from './sesion.ts';
import { siguienteSeguro } from './siguiente.ts';
import { gastarSegundoPaso } from './totp.ts';

const SEGUNDO_PASO_MS = 5 * 60_000;

/** Entrar, salir, elegir nora, ligas de un solo uso y la cuenta propia. */
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
    renderizar(
      res,
      'cuentas/login',
      { ...FORMULARIO_VACIO, ...(await datosDemo(ctx)), siguiente },
      { layout: 'cuentas' },
    );
  });

  router.post('/login', async (req, res) => {
    await conFormulario(
      req,
      res,
      async () => {
        const { correo, clave, next } = leer(esquemaEntrada, req.body);
        const entrante = await comprobarEntrada(ctx, limite, { correo, clave, ip: req.ip ?? '' });
        const siguiente = siguienteSeguro(next);
        if (entrante.totp) {
          // Todavía no hay sesión: sólo la promesa de que ya comprobó su clave.
          req.session.porVerificar = {
            id: entrante.id,
            sello: entrante.sello,
            next: siguiente,
            hasta: Date.now() + SEGUNDO_PASO_MS,
          };
          if (prefiereJson(req)) return void res.json({ destino: '/login/codigo', csrf: tokenCsrf(req) });
          return res.redirect(303, '/login/codigo');
        }
        await entrarYa(req, res, entrante, siguiente);
      },
      async (falla) => {
        const { correo, next } = (req.body ?? {}) as { correo?: unknown; next?: unknown };
        renderizar(
          res,
          'cuentas/login',
          {
            ...FORMULARIO_VACIO,
            ...(await datosDemo(ctx)),
            correo: typeof correo === 'string' ? correo.slice(0, 254) : '',
            siguiente: siguienteSeguro(next),
            ...falla,
          },
          { layout: 'cuentas' },
        );
      },
    );
  });

  router.get('/login/codigo', (req, res) => {
    if (!pendiente(req)) return res.redirect(303, '/login');
    renderizar(res, 'cuentas/codigo', SIN_FALLA, { layout: 'cuentas' });
  });

  router.post('/login/codigo', async (req, res) => {
    await conFormulario(
      req,
      res,
      async () => {
        const espera = pendiente(req);
        if (!espera)
          throw new ErrorApp(401, 'sin_clave', 'Pasó mucho tiempo. Escribe otra vez tu contraseña.');
        const { codigo } = leer(esquemaCodigo, req.body);
        await limite.apartar(`totp:${espera.id}`, req.ip ?? '');
        if (!(await gastarSegundoPaso(ctx, espera.id, codigo)))
          throw new ErrorApp(401, 'codigo_invalido', 'Ese código no es correcto o ya se usó.', {
            campos: { codigo: 'Ese código no es correcto o ya se usó. Espera al siguiente.' },
          });
        await limite.perdonar(`totp:${espera.id}`, req.ip ?? '');
        const cuenta = await ctx.membresias.obtener(espera.id);
        if (!cuenta || cuenta.sello !== espera.sello)
          throw new ErrorApp(401, 'sin_clave', 'Tu cuenta cambió. Escribe otra vez tu contraseña.');
        await entrarYa(req, res, { ...cuenta }, espera.next);
      },
      (falla) => {
        if (!pendiente(req)) return res.redirect(303, '/login');
        renderizar(res, 'cuentas/codigo', falla, { layout: 'cuentas' });
      },
    );
  });

  router.post('/logout', async (req, res) => {
    ctx.vivo.cerrarSesion(huellaDe(req.sessionID));
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

  ponerRutasLigas(router, ctx, limite);
  ponerRutasPerfil(router, ctx, limite);
  ponerRutasDoblePaso(router, ctx, limite);
  return router;

  async function entrarYa(
    req: Parameters<typeof pendiente>[0],
    res: Parameters<typeof renderizar>[0],
    entrante: Pick<Entrante, 'id' | 'rol' | 'sello'>,
    siguiente: string | null,
  ): Promise<void> {
    await abrirSesion(req, entrante);
    const destino = siguiente ?? (await destinoInicial(ctx, entrante));
    if (prefiereJson(req)) return void res.json({ destino, csrf: tokenCsrf(req) });
    res.redirect(303, destino);
  }
}

/** Quien ya comprobó su clave y sigue a tiempo de dar su código. */
function pendiente(req: import('express').Request) {
  const espera = req.session.porVerificar;
  return espera && espera.hasta > Date.now() ? espera : null;
}

async function datosDemo(ctx: Contexto): Promise<{ demo: boolean; cuentas_demo: object[] }> {
  const cuentas_demo = await leerAccesosDemo(ctx);
  return { demo: cuentas_demo.length > 0, cuentas_demo };
}

const FORMULARIO_VACIO = { correo: '', siguiente: null, ...SIN_FALLA };
