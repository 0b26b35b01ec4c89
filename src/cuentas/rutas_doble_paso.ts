import type { Request, Response, Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { ErrorApp, noEncontrado } from '../errores.ts';
import { prefiereJson } from '../web/formato.ts';
import { leer } from '../web/leer.ts';
import type { LimiteEntrada } from '../web/limites.ts';
import { renderizar } from '../web/vistas.ts';
import { esquemaCodigo, esquemaConfirmar } from './esquemas.ts';
import { conFormulario, type FallaFormulario, SIN_FALLA } from './formulario.ts';
import { confirmarClave, leerPropia, listo, yo } from './propia.ts';
import { trazarQr } from './qr.ts';
import { exigirIdentidad } from './sesion.ts';
import { cerrarSesiones } from './sesiones_propias.ts';
import { abrirSecreto, crearCodigos, crearSecretoTotp, pasoDe, sellarSecreto, uriTotp } from './totp.ts';

const PAGINA = { layout: 'simple' } as const;

/** El segundo paso de la cuenta propia: activarlo, sus códigos de recuperación y apagarlo. */
export function ponerRutasDoblePaso(router: Router, ctx: Contexto, limite: LimiteEntrada): void {
  const servicio = ctx.bd.servicio;

  router.get('/cuenta/doble_paso', exigirIdentidad, async (req, res) =>
    dibujarDoblePaso(req, res, SIN_FALLA),
  );

  router.post('/cuenta/doble_paso', exigirIdentidad, async (req, res) => {
    await conFormulario(
      req,
      res,
      async () => {
        const { codigo } = leer(esquemaCodigo, req.body);
        const { totp_activo } = await leerPropia(ctx, req);
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
        await confirmarClave(ctx, limite, req, leer(esquemaConfirmar, req.body).actual);
        if (!(await leerPropia(ctx, req)).totp_activo) throw noEncontrado();
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
        await confirmarClave(ctx, limite, req, leer(esquemaConfirmar, req.body).actual);
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

  async function dibujarDoblePaso(req: Request, res: Response, falla: FallaFormulario): Promise<void> {
    const fila = await leerPropia(ctx, req);
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
}
