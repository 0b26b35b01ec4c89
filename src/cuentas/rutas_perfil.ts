import type { Request, Response, Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { noEncontrado } from '../errores.ts';
import { tokenCsrf } from '../web/csrf.ts';
import { prefiereJson } from '../web/formato.ts';
import { tomarAviso } from '../web/pagina.ts';
import { leer } from '../web/leer.ts';
import type { LimiteEntrada } from '../web/limites.ts';
import { abrirSesion } from '../web/sesiones.ts';
import { renderizar } from '../web/vistas.ts';
import { resumirClave } from './clave.ts';
import {
  CLASES_AVISO,
  type ClaseAviso,
  esquemaAvisos,
  esquemaCambioClave,
  esquemaPerfil,
} from './esquemas.ts';
import { conFormulario, type FallaFormulario, loEscrito, SIN_FALLA } from './formulario.ts';
import { huellaDe } from './huella.ts';
import { confirmarClave, leerPropia, listo, yo } from './propia.ts';
import { exigirIdentidad } from './sesion.ts';
import { cerrarSesiones, listarSesiones } from './sesiones_propias.ts';

const PAGINA = { layout: 'simple' } as const;

/** La cuenta propia: nombre, contraseña, avisos y sesiones abiertas. */
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
        await confirmarClave(ctx, limite, req, actual);
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

  async function guardar(id: string, cambios: Record<string, unknown>): Promise<void> {
    await servicio
      .rpc('actualizar_usuario', { p_usuario: id, p: cambios as never, p_quien: id })
      .throwOnError();
    ctx.membresias.olvidar(id);
  }

  async function dibujarCuenta(req: Request, res: Response, falla: FallaFormulario): Promise<void> {
    const [fila, abiertas, cuenta] = await Promise.all([
      leerPropia(ctx, req),
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
      // Lo mismo que `avisos_pendientes` da por omisión.
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
}

/** `Chrome en Windows` a partir de la cabecera del navegador; lo raro se queda en «Navegador». */
function aparatoDe(agente: string): string {
  const navegador = /(Edg|OPR|Firefox|Chrome|Safari)\//.exec(agente)?.[1] ?? '';
  const sistema = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(agente)?.[1] ?? '';
  const nombres: Record<string, string> = { Edg: 'Edge', OPR: 'Opera', 'Mac OS X': 'Mac' };
  const cual = nombres[navegador] ?? (navegador || 'Navegador');
  return sistema ? `${cual} en ${nombres[sistema] ?? sistema}` : cual;
}
