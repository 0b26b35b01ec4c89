import type { Request, Response, Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { ErrorApp, noEncontrado } from '../errores.ts';
import { tokenCsrf } from '../web/csrf.ts';
import { prefiereJson } from '../web/formato.ts';
import { tomarAviso } from '../web/pagina.ts';
import { leer } from '../web/leer.ts';
import type { LimiteEntrada } from '../web/limites.ts';
import { abrirSesion } from '../web/sesiones.ts';
import { renderizar } from '../web/vistas.ts';
import { comprobarClave, resumirClave } from './clave.ts';
import {
  CLASES_AVISO,
  type ClaseAviso,
  esquemaAvisos,
  esquemaCambioClave,
  esquemaCodigo,
  esquemaConfirmar,
  esquemaPerfil,
} from './esquemas.ts';
import { conFormulario, type FallaFormulario, loEscrito, SIN_FALLA } from './formulario.ts';
import { huellaDe } from './huella.ts';
import { trazarQr } from './qr.ts';
import { exigirIdentidad } from './sesion.ts';
import { cerrarSesiones, listarSesiones } from './sesiones_propias.ts';
import { abrirSecreto, crearCodigos, crearSecretoTotp, pasoDe, sellarSecreto, uriTotp } from './totp.ts';

const PAGINA = { layout: 'simple' } as const;

/** La cuenta propia: nombre, contraseña, avisos, sesiones abiertas y doble paso. */
export function ponerRutasPerfil(router: Router, ctx: Contexto, limite: LimiteEntrada): void {
  const servicio = ctx.bd.servicio;

  router.get('/cuenta', exigirIdentidad, async (req, res) => dibujarCuenta(req, res, SIN_FALLA));

  router.post('/cuenta', exigirIdentidad, async (req, res) => {
    await conFormulario(
      req,
      res,
      async () => {
        await guardar(yo(req), leer(esquemaPerfil, req.body));
        listo(req, res, 'Nombre guardado.');
      },
      (falla) => dibujarCuenta(req, res, falla),
    );
  });

  router.post('/cuenta/avisos', exigirIdentidad, async (req, res) => {
    const { avisos } = leer(esquemaAvisos, req.body);
    const elegidos = Object.fromEntries(
      (Object.keys(CLASES_AVISO) as ClaseAviso[]).map((clase) => [clase, avisos.includes(clase)]),
    );
    await guardar(yo(req), { avisos: elegidos });
    listo(req, res, 'Avisos guardados.');
  });

  router.post('/cuenta/clave', exigirIdentidad, async (req, res) => {
    await conFormulario(
      req,
      res,
      async () => {
        const { actual, nueva } = leer(esquemaCambioClave, req.body);
        await confirmarClave(req, actual);
        await guardar(yo(req), { clave_hash: await resumirClave(nueva) });
        ctx.membresias.olvidar(yo(req));
        const cuenta = await ctx.membresias.obtener(yo(req));
        if (!cuenta) throw noEncontrado();
        // El sello cambió y todas las sesiones quedaron fuera, también ésta: se abre otra.
        await abrirSesion(req, cuenta);
        await cerrarSesiones(ctx, cuenta.id, { excepto: req.sessionID });
        if (prefiereJson(req)) return void res.json({ ok: true, csrf: tokenCsrf(req) });
        listo(req, res, 'Contraseña cambiada. Las demás sesiones se cerraron.');
      },
      (falla) => dibujarCuenta(req, res, falla),
    );
  });

  router.delete('/cuenta/sesiones/:id', exigirIdentidad, async (req, res) => {
    const cual = String(req.params['id']);
    const cerradas = await cerrarSesiones(ctx, yo(req), { cual });
    if (cerradas === 0) throw noEncontrado('Esa sesión ya estaba cerrada.');
    listo(req, res, 'Sesión cerrada.');
  });

  router.delete('/cuenta/sesiones', exigirIdentidad, async (req, res) => {
    const cerradas = await cerrarSesiones(ctx, yo(req), { excepto: req.sessionID });
    listo(req, res, cerradas === 0 ? 'No había otras sesiones.' : 'Las demás sesiones se cerraron.');
  });

  router.get('/cuenta/doble_paso', exigirIdentidad, async (req, res) =>
    dibujarDoblePaso(req, res, SIN_FALLA),
  );

  router.post('/cuenta/doble_paso', exigirIdentidad, async (req, res) => {
    await conFormulario(
      req,
      res,
      async () => {
        const { codigo } = leer(esquemaCodigo, req.body);
        const { totp_activo } = await leerUsuario(yo(req));
        const sellado = req.session.totpNuevo;
        if (totp_activo || !sellado)
          throw new ErrorApp(409, 'ya_cambio', 'El doble paso ya cambió en otra ventana. Recarga la página.');
        await limite.apartar(`totp:${yo(req)}`, req.ip ?? '');
        const paso = await pasoDe(abrirSecreto(ctx, yo(req), sellado), codigo);
        if (paso === null)
          throw new ErrorApp(422, 'codigo_invalido', 'Ese código no es correcto.', {
            campos: { codigo: 'No es correcto. Revisa que el reloj del teléfono esté en hora automática.' },
          });
        const { codigos, huellas } = crearCodigos();
        await servicio
          .rpc('cambiar_totp', {
            p_usuario: yo(req),
            p: { activo: true, secreto: sellado, codigos: huellas, paso },
            p_quien: yo(req),
          })
          .throwOnError();
        delete req.session.totpNuevo;
        ctx.membresias.olvidar(yo(req));
        // Una sesión robada de antes no debe sobrevivir al segundo paso.
        await cerrarSesiones(ctx, yo(req), { excepto: req.sessionID });
        ensenarCodigos(req, res, codigos);
      },
      (falla) => dibujarDoblePaso(req, res, falla),
    );
  });

  router.post('/cuenta/doble_paso/codigos', exigirIdentidad, async (req, res) => {
    await conFormulario(
      req,
      res,
      async () => {
        await confirmarClave(req, leer(esquemaConfirmar, req.body).actual);
        if (!(await leerUsuario(yo(req))).totp_activo) throw noEncontrado();
        const { codigos, huellas } = crearCodigos();
        const p = { activo: true, codigos: huellas };
        await servicio.rpc('cambiar_totp', { p_usuario: yo(req), p, p_quien: yo(req) }).throwOnError();
        ensenarCodigos(req, res, codigos);
      },
      (falla) => dibujarDoblePaso(req, res, falla),
    );
  });

  router.delete('/cuenta/doble_paso', exigirIdentidad, async (req, res) => {
    await conFormulario(
      req,
      res,
      async () => {
        await confirmarClave(req, leer(esquemaConfirmar, req.body).actual);
        if (ctx.config.entorno === 'produccion' && req.usuario?.rol === 'admin')
          throw new ErrorApp(
            409,
            'obligatorio',
            'En producción el doble paso es obligatorio para administrar.',
          );
        const p = { activo: false, secreto: null, codigos: [] };
        await servicio.rpc('cambiar_totp', { p_usuario: yo(req), p, p_quien: yo(req) }).throwOnError();
        ctx.membresias.olvidar(yo(req));
        listo(req, res, 'Doble paso apagado.');
      },
      (falla) => dibujarDoblePaso(req, res, falla),
    );
  });

  async function guardar(id: string, cambios: Record<string, unknown>): Promise<void> {
    await servicio
      .rpc('actualizar_usuario', { p_usuario: id, p: cambios as never, p_quien: id })
      .throwOnError();
    ctx.membresias.olvidar(id);
  }

  async function leerUsuario(id: string) {
    const { data } = await servicio
      .from('usuarios')
      .select('clave_hash, totp_activo, totp_codigos, avisos, correo, nombre')
      .eq('id', id)
      .single()
      .throwOnError();
    return data;
  }

  /** @throws ErrorApp 422 si la contraseña no es, 429 si se intenta mucho */
  async function confirmarClave(req: Request, clave: string): Promise<void> {
    await limite.apartar(`clave:${yo(req)}`, req.ip ?? '');
    const { clave_hash } = await leerUsuario(yo(req));
    if (!(await comprobarClave(clave, clave_hash)))
      throw new ErrorApp(422, 'clave_invalida', 'Esa no es tu contraseña.', {
        campos: { actual: 'Esa no es tu contraseña.' },
      });
    await limite.perdonar(`clave:${yo(req)}`, req.ip ?? '');
  }

  async function dibujarCuenta(req: Request, res: Response, falla: FallaFormulario): Promise<void> {
    const [fila, abiertas, cuenta] = await Promise.all([
      leerUsuario(yo(req)),
      listarSesiones(ctx, yo(req)),
      ctx.membresias.obtener(yo(req)),
    ]);
    const actual = huellaDe(req.sessionID);
    const sesiones = abiertas.map((s) => ({ ...s, aparato: aparatoDe(s.agente), actual: s.id === actual }));
    if (prefiereJson(req)) return void res.json({ sesiones, totp: fila.totp_activo });
    const elegidos = (fila.avisos ?? {}) as Record<string, boolean>;
    const esDueno = [...(cuenta?.noras.values() ?? [])].includes('dueno');
    const avisos = Object.entries(CLASES_AVISO).map(([clase, texto]) => ({
      clase,
      texto,
      // Lo mismo que `destinatarios_incidente` da por omisión.
      activo:
        elegidos[clase] ?? (cuenta?.rol === 'admin' ? clase !== 'espera' : esDueno || clase === 'espera'),
    }));
    const aviso = tomarAviso(req);
    renderizar(
      res,
      'cuentas/cuenta',
      {
        titulo: 'Tu cuenta',
        estilos: ['admin'],
        valores: { nombre: fila.nombre, ...loEscrito(req.body) },
        correo: fila.correo,
        totp: fila.totp_activo,
        conCorreo: ctx.correo !== null,
        sesiones,
        avisos,
        aviso,
        ...falla,
      },
      PAGINA,
    );
  }

  async function dibujarDoblePaso(req: Request, res: Response, falla: FallaFormulario): Promise<void> {
    const fila = await leerUsuario(yo(req));
    const obligatorio = ctx.config.entorno === 'produccion' && req.usuario?.rol === 'admin';
    const base = {
      titulo: 'Doble paso',
      estilos: ['admin'],
      activo: fila.totp_activo,
      quedan: fila.totp_codigos.length,
      obligatorio,
      codigos: null,
      ...falla,
    };
    if (fila.totp_activo)
      return renderizar(res, 'cuentas/doble_paso', { ...base, secreto: '', uri: '', qr: null }, PAGINA);
    // El mismo secreto mientras no se confirme: quien ya lo escaneó no tiene que repetirlo por un error.
    const previo = req.session.totpNuevo;
    const secreto = previo ? abrirSecreto(ctx, yo(req), previo) : crearSecretoTotp();
    if (!previo) req.session.totpNuevo = sellarSecreto(ctx, yo(req), secreto);
    const uri = uriTotp(secreto, fila.correo);
    if (prefiereJson(req)) return void res.json({ secreto, uri });
    const legible = secreto.replace(/(.{4})/g, '$1 ').trim();
    renderizar(res, 'cuentas/doble_paso', { ...base, secreto: legible, uri, qr: trazarQr(uri) }, PAGINA);
  }

  function ensenarCodigos(req: Request, res: Response, codigos: string[]): void {
    if (prefiereJson(req)) return void res.json({ codigos });
    const datos = {
      titulo: 'Doble paso',
      estilos: ['admin'],
      activo: true,
      quedan: codigos.length,
      obligatorio: false,
    };
    renderizar(
      res,
      'cuentas/doble_paso',
      { ...datos, codigos, secreto: '', uri: '', qr: null, ...SIN_FALLA },
      PAGINA,
    );
  }

  function listo(req: Request, res: Response, texto: string): void {
    if (prefiereJson(req)) return void res.json({ ok: true });
    req.session.aviso = { tipo: 'bien', texto };
    res.redirect(303, '/cuenta');
  }
}

function yo(req: Request): string {
  if (!req.usuario) throw noEncontrado();
  return req.usuario.id;
}

/** `Chrome en Windows` a partir de la cabecera del navegador; lo raro se queda en «Navegador». */
function aparatoDe(agente: string): string {
  const navegador = /(Edg|OPR|Firefox|Chrome|Safari)\//.exec(agente)?.[1] ?? '';
  const sistema = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(agente)?.[1] ?? '';
  const nombres: Record<string, string> = { Edg: 'Edge', OPR: 'Opera', 'Mac OS X': 'Mac' };
  const cual = nombres[navegador] ?? (navegador || 'Navegador');
  return sistema ? `${cual} en ${nombres[sistema] ?? sistema}` : cual;
}
