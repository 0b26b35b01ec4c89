import { type Request, type Response, Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { conFormulario, SIN_FALLA } from '../cuentas/formulario.ts';
import type { ClienteBd } from '../datos/base_de_datos.ts';
import { cifrar } from '../datos/cifrado.ts';
import { ErrorApp, noEncontrado } from '../errores.ts';
import { TITULOS_MODULOS } from '../modulos/index.ts';
import { esFragmento, prefiereJson } from '../web/formato.ts';
import { leer } from '../web/leer.ts';
import { renderizar } from '../web/vistas.ts';
import { hecho, numeroDeNora, obtenerNora, quien } from './comun.ts';
import { cambiarModulo, editarNora } from './consultas.ts';
import {
  claveModulo,
  esquemaCredenciales,
  esquemaEditarNora,
  esquemaPersonalidad,
  esquemaRetencion,
} from './esquemas.ts';
import { cambiada, dibujarFicha, enmascarar, RUTA } from './noras_paginas.ts';
import { modulosDe, presentarNora, tamano } from './presentar.ts';

/** Los ajustes de una nora: datos, personalidad, retención, módulos, suspensión y credenciales. */
export function crearRutasFicha(ctx: Contexto): Router {
  const router = Router();
  const servicio = ctx.bd.servicio;
  const una = (req: Request) => obtenerNora(ctx, req.params['nombre_nora']);

  router.get(RUTA, async (req, res) => dibujarFicha(ctx, req, res, una(req).nombre_nora, SIN_FALLA));

  router.post(RUTA, async (req, res) => {
    const { nombre_nora } = una(req);
    await conFormulario(
      req,
      res,
      async () => {
        const { numero_nora, ...datos } = leer(esquemaEditarNora, req.body);
        await editarNora(
          servicio,
          nombre_nora,
          { ...sinHuecos(datos), numero_nora: numeroDeNora(numero_nora) },
          quien(req),
        );
        await cambiada(ctx, req, res, nombre_nora, 'Cambios guardados.');
      },
      (falla) => dibujarFicha(ctx, req, res, nombre_nora, falla),
    );
  });

  router.post(`${RUTA}/personalidad`, async (req, res) => {
    const { nombre_nora } = una(req);
    await conFormulario(
      req,
      res,
      async () => {
        await editarNora(servicio, nombre_nora, leer(esquemaPersonalidad, req.body), quien(req));
        await cambiada(ctx, req, res, nombre_nora, 'Personalidad guardada.');
      },
      (falla) => dibujarFicha(ctx, req, res, nombre_nora, falla),
    );
  });

  router.get(`${RUTA}/retencion`, async (req, res) => {
    const { nombre_nora } = una(req);
    const dias = leer(esquemaRetencion, req.query);
    const ensayo = await ensayarRetencion(
      servicio,
      nombre_nora,
      dias.retencion_mensajes_dias,
      dias.retencion_media_dias,
    );
    if (prefiereJson(req)) return void res.json(ensayo);
    renderizar(res, 'admin/noras/_ensayo', { ensayo, tamano: tamano(ensayo.bytes) }, { layout: null });
  });

  router.post(`${RUTA}/retencion`, async (req, res) => {
    const { nombre_nora } = una(req);
    await conFormulario(
      req,
      res,
      async () => {
        await editarNora(servicio, nombre_nora, leer(esquemaRetencion, req.body), quien(req));
        await cambiada(ctx, req, res, nombre_nora, 'Retención guardada: se aplica cada noche.');
      },
      (falla) => dibujarFicha(ctx, req, res, nombre_nora, falla),
    );
  });

  const ponerModulo = (activo: boolean) => async (req: Request, res: Response) => {
    const nora = una(req);
    const modulo = claveModulo.safeParse(req.params['modulo']);
    if (!modulo.success) throw noEncontrado('Ese módulo no existe.');
    await cambiarModulo(servicio, nora.nombre_nora, modulo.data, activo, quien(req));
    await ctx.registro.refrescar(nora.nombre_nora);
    const texto = `${TITULOS_MODULOS[modulo.data]} ${activo ? 'encendido' : 'apagado'} en ${nora.nombre_visible}.`;
    const ahora = obtenerNora(ctx, nora.nombre_nora);
    if (esFragmento(req)) {
      const m = modulosDe(ahora.modulos).find((x) => x.clave === modulo.data);
      return renderizar(
        res,
        'admin/modulos/_interruptor',
        { nora: ahora, m, celda: req.query['celda'] === '1' },
        { layout: null },
      );
    }
    hecho(req, res, {
      ruta: `/admin/noras/${nora.nombre_nora}#modulos`,
      texto,
      json: { nora: presentarNora(ahora) },
    });
  };
  router.post(`${RUTA}/modulos/:modulo`, ponerModulo(true));
  router.delete(`${RUTA}/modulos/:modulo`, ponerModulo(false));

  const suspender = (suspendida: boolean) => async (req: Request, res: Response) => {
    const nora = una(req);
    await editarNora(servicio, nora.nombre_nora, { activo: !suspendida }, quien(req));
    await cambiada(
      ctx,
      req,
      res,
      nora.nombre_nora,
      `${nora.nombre_visible} ${suspendida ? 'quedó suspendida' : 'volvió a funcionar'}.`,
    );
  };
  router.post(`${RUTA}/suspension`, suspender(true));
  router.delete(`${RUTA}/suspension`, suspender(false));

  router.post(`${RUTA}/credenciales`, async (req, res) => {
    const { nombre_nora } = una(req);
    await conFormulario(
      req,
      res,
      async () => {
        const { account_sid, auth_token } = leer(esquemaCredenciales, req.body);
        const credenciales = { accountSid: account_sid, authToken: auth_token };
        // Primero se prueban: unas que no sirven dejarían a la nora sin mandar ni recibir.
        const estado = await ctx.whatsapp.estado(credenciales);
        if (!estado.ok)
          throw new ErrorApp(422, 'credenciales_invalidas', estado.detalle, {
            campos: { auth_token: estado.detalle },
          });
        const cifradas = cifrar(
          ctx.config.secretos.cifrado,
          JSON.stringify(credenciales),
          `twilio:${nombre_nora}`,
        );
        await servicio
          .rpc('poner_credenciales', {
            p_nora: nombre_nora,
            p_cifrado: cifradas,
            p_sena: enmascarar(account_sid),
            p_quien: quien(req),
            p_misma_cuenta: (await cuentaActual(ctx, nombre_nora)) === account_sid,
          })
          .throwOnError();
        await cambiada(ctx, req, res, nombre_nora, 'Credenciales probadas y guardadas.');
      },
      (falla) => dibujarFicha(ctx, req, res, nombre_nora, falla),
    );
  });

  router.delete(`${RUTA}/credenciales`, async (req, res) => {
    const { nombre_nora } = una(req);
    await servicio
      .rpc('poner_credenciales', {
        p_nora: nombre_nora,
        p_cifrado: null as unknown as string,
        p_sena: '',
        p_quien: quien(req),
        p_misma_cuenta: (await cuentaActual(ctx, nombre_nora)) === ctx.whatsapp.cuentaGlobal?.accountSid,
      })
      .throwOnError();
    await cambiada(ctx, req, res, nombre_nora, 'La nora vuelve a usar la cuenta general.');
  });

  return router;
}

/** La cuenta con la que recibe hoy; null si no tiene o si lo guardado ya no abre. */
async function cuentaActual(ctx: Pick<Contexto, 'llavero'>, nora: string): Promise<string | null> {
  const cuenta = await ctx.llavero.cuentaDe(nora).catch(() => null);
  return cuenta?.accountSid ?? null;
}

async function ensayarRetencion(servicio: ClienteBd, nora: string, mensajes: string, media: string) {
  const dias = (v: string) => (v === '' ? null : Number(v)) as number;
  const { data } = await servicio
    .rpc('retencion_ensayo', { p_nora: nora, p_mensajes: dias(mensajes), p_media: dias(media) })
    .throwOnError();
  return data as unknown as { mensajes: number; archivos: number; bytes: number };
}

function sinHuecos<T extends object>(datos: T): Record<string, string | number> {
  return Object.fromEntries(Object.entries(datos).filter(([, v]) => v !== undefined)) as Record<
    string,
    string | number
  >;
}
