import { type Request, type Response, Router } from 'express';
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import type { Contexto } from '../contexto.ts';
import { exigirAdmin, exigirSesion } from '../cuentas/sesion.ts';
import { ErrorApp, noEncontrado } from '../errores.ts';
import { CLAVES_MODULOS, TITULOS_MODULOS } from '../modulos/index.ts';
import type { NoraRegistrada } from '../noras/registro_dinamico.ts';
import { esFragmento, prefiereJson } from '../web/formato.ts';
import { leer } from '../web/leer.ts';
import { renderizar } from '../web/vistas.ts';
import { cambiarModulo, crearNora, editarNora } from './consultas.ts';
import { claveModulo, esquemaEditarNora, esquemaLista, esquemaNuevaNora } from './esquemas.ts';
import { paginarNoras, presentarNora } from './presentar.ts';

/** Administración de la plataforma. Quien no es admin recibe 404 en todo `/admin`. */
export function crearRutasAdmin(ctx: Contexto): Router {
  const router = Router();
  router.use(exigirSesion, exigirAdmin);

  router.get('/', (req, res) => {
    const pagina = paginarNoras(ctx.registro.noras(), leer(esquemaLista, req.query));
    if (prefiereJson(req)) return void res.json(pagina);
    const { aviso = null } = req.session;
    if (aviso) delete req.session.aviso;
    renderizar(res, 'admin/index', { ...pagina, aviso }, { layout: 'admin' });
  });

  router.get('/noras/nueva', (_req, res) => {
    renderizar(
      res,
      'admin/nueva',
      { ...FORMULARIO, valores: VALORES_NUEVA, campos: {} },
      { layout: 'admin' },
    );
  });

  router.post('/noras', async (req, res) => {
    try {
      const datos = leer(esquemaNuevaNora, req.body);
      const nora = { ...datos, numero_nora: numeroDeNora(datos.numero_nora) };
      await crearNora(ctx.bd.servicio, nora, quien(req));
      await ctx.registro.refrescar(nora.nombre_nora);
      responderCambio(req, res, obtener(ctx, nora.nombre_nora), `Se creó ${nora.nombre_visible}.`, 201);
    } catch (error) {
      if (!(error instanceof ErrorApp) || prefiereJson(req)) throw error;
      res.status(error.estado);
      const valores = { ...VALORES_NUEVA, ...(req.body as object) };
      const campos = error.extra?.['campos'] ?? {};
      renderizar(res, 'admin/nueva', { ...FORMULARIO, valores, campos }, { layout: 'admin' });
    }
  });

  router.post('/noras/:nombre_nora', async (req, res) => {
    const nora = obtener(ctx, req.params['nombre_nora']);
    const datos = leer(esquemaEditarNora, req.body);
    const cambios = { nombre_visible: datos.nombre_visible, numero_nora: numeroDeNora(datos.numero_nora) };
    await editarNora(ctx.bd.servicio, nora.nombre_nora, cambios, quien(req));
    await ctx.registro.refrescar(nora.nombre_nora);
    responderCambio(req, res, obtener(ctx, nora.nombre_nora), 'Cambios guardados.');
  });

  const ponerModulo = (activo: boolean) => async (req: Request, res: Response) => {
    const nora = obtener(ctx, req.params['nombre_nora']);
    const modulo = claveModulo.safeParse(req.params['modulo']);
    if (!modulo.success) throw noEncontrado('Ese módulo no existe.');
    await cambiarModulo(ctx.bd.servicio, nora.nombre_nora, modulo.data, activo, quien(req));
    await ctx.registro.refrescar(nora.nombre_nora);
    const titulo = TITULOS_MODULOS[modulo.data];
    const texto = `${titulo} ${activo ? 'encendido' : 'apagado'} en ${nora.nombre_visible}.`;
    responderCambio(req, res, obtener(ctx, nora.nombre_nora), texto);
  };
  router.post('/noras/:nombre_nora/modulos/:modulo', ponerModulo(true));
  router.delete('/noras/:nombre_nora/modulos/:modulo', ponerModulo(false));

  const suspender = (suspendida: boolean) => async (req: Request, res: Response) => {
    const nora = obtener(ctx, req.params['nombre_nora']);
    await editarNora(ctx.bd.servicio, nora.nombre_nora, { activo: !suspendida }, quien(req));
    await ctx.registro.refrescar(nora.nombre_nora);
    const texto = `${nora.nombre_visible} ${suspendida ? 'quedó suspendida' : 'volvió a funcionar'}.`;
    responderCambio(req, res, obtener(ctx, nora.nombre_nora), texto);
  };
  router.post('/noras/:nombre_nora/suspension', suspender(true));
  router.delete('/noras/:nombre_nora/suspension', suspender(false));

  return router;
}

function responderCambio(
  req: Request,
  res: Response,
  nora: NoraRegistrada,
  texto: string,
  estado = 200,
): void {
  if (prefiereJson(req)) return void res.status(estado).json({ nora: presentarNora(nora) });
  if (esFragmento(req))
    return renderizar(res, 'admin/_nora', { nora: presentarNora(nora) }, { layout: null });
  req.session.aviso = { tipo: 'bien', texto };
  res.redirect(303, '/admin');
}

function obtener(ctx: Contexto, nombre: unknown): NoraRegistrada {
  const nora = typeof nombre === 'string' ? ctx.registro.obtener(nombre) : null;
  if (!nora) throw noEncontrado('Esa nora no existe.');
  return nora;
}

function quien(req: Request): string {
  if (!req.usuario) throw noEncontrado();
  return req.usuario.id;
}

/**
 * El número de WhatsApp de una nora en E.164, o null si viene vacío. Sin lada se entiende México.
 * @throws ErrorApp 422 si no es un número posible
 */
function numeroDeNora(escrito: string): string | null {
  if (escrito === '') return null;
  const numero = parsePhoneNumberFromString(escrito, 'MX');
  if (numero?.isPossible()) return numero.number;
  const mensaje = 'Escribe el número con lada de país, por ejemplo +526621234567.';
  throw new ErrorApp(422, 'datos_invalidos', 'Revisa los datos marcados.', {
    campos: { numero_nora: mensaje },
  });
}

const VALORES_NUEVA = {
  nombre_nora: '',
  nombre_visible: '',
  numero_nora: '',
  zona_horaria: 'America/Hermosillo',
  modulos: ['chat', 'contactos', 'ia', 'conocimiento'] as string[],
};

const FORMULARIO = {
  modulos: CLAVES_MODULOS.map((clave) => ({ clave, titulo: TITULOS_MODULOS[clave] })),
  zonas: [
    'America/Hermosillo',
    'America/Tijuana',
    'America/Mazatlan',
    'America/Chihuahua',
    'America/Monterrey',
    'America/Mexico_City',
    'America/Cancun',
    'America/Bogota',
    'America/Lima',
    'America/Santiago',
    'America/Argentina/Buenos_Aires',
    'America/Sao_Paulo',
    'America/New_York',
    'America/Los_Angeles',
    'Europe/Madrid',
  ],
};
