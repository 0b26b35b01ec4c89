import { type Request, type Response, Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { type Entrega, invitar } from '../cuentas/enlaces.ts';
import { conFormulario, type FallaFormulario, loEscrito, SIN_FALLA } from '../cuentas/formulario.ts';
import { cifrar } from '../datos/cifrado.ts';
import { ErrorApp, noEncontrado } from '../errores.ts';
import { CLAVES_MODULOS, TITULOS_MODULOS } from '../modulos/index.ts';
import { esFragmento, prefiereJson } from '../web/formato.ts';
import { leer } from '../web/leer.ts';
import { renderizar } from '../web/vistas.ts';
import { hecho, numeroDeNora, obtenerNora, pagina, quien } from './comun.ts';
import { cambiarModulo, clonarNora, crearNora, editarNora, leerFicha, listarNoras } from './consultas.ts';
import {
  claveModulo,
  esquemaBorrar,
  esquemaClonar,
  esquemaCredenciales,
  esquemaEditarNora,
  esquemaInvitar,
  esquemaLista,
  esquemaNuevaNora,
  esquemaPersonalidad,
  esquemaPrueba,
  esquemaRetencion,
  esquemaRolEquipo,
} from './esquemas.ts';
import { exportarNora } from './exportar.ts';
import { GIROS, giroDe } from './plantillas.ts';
import { modulosDe, presentarMedida, presentarNora, tamano } from './presentar.ts';
import { mandarPrueba, seguirPrueba, urlsDeTwilio } from './prueba.ts';

const RUTA = '/noras/:nombre_nora';

/** Noras: lista, alta guiada, ficha con todo lo suyo, suspender, clonar, exportar y borrar. */
export function crearRutasNoras(ctx: Contexto): Router {
  const router = Router();
  const servicio = ctx.bd.servicio;
  const una = (req: Request) => obtenerNora(ctx, req.params['nombre_nora']);

  router.get('/noras', async (req, res) => {
    const filtro = leer(esquemaLista, req.query);
    const lista = await listarNoras(servicio, filtro);
    const datos = { ...filtro, ...lista, noras: lista.noras.map(presentarMedida) };
    pagina(req, res, 'noras/index', datos, { seccion: 'noras', titulo: 'Noras' });
  });

  router.get('/noras/nueva', (req, res) => dibujarNueva(req, res, SIN_FALLA));

  router.post('/noras', async (req, res) => {
    await conFormulario(
      req,
      res,
      async () => {
        const { giro, correo_dueno, personalidad, ...datos } = leer(esquemaNuevaNora, req.body);
        const plantilla = giroDe(giro);
        const nora = {
          ...datos,
          numero_nora: numeroDeNora(datos.numero_nora),
          personalidad: personalidad || plantilla.personalidad,
          instrucciones: plantilla.instrucciones,
          mensaje_bienvenida: plantilla.mensaje_bienvenida,
        };
        await crearNora(servicio, nora, quien(req));
        await ctx.registro.refrescar(nora.nombre_nora);
        const entrega = correo_dueno
          ? await invitar(
              ctx,
              { correo: correo_dueno, rol: 'dueno', nombre_nora: nora.nombre_nora },
              quien(req),
            )
          : null;
        const creada = obtenerNora(ctx, nora.nombre_nora);
        if (prefiereJson(req))
          return void res
            .status(201)
            .json({ nora: presentarNora(creada), invitacion: entrega, urls: urlsDeTwilio(ctx) });
        // Se dibuja aquí y no tras un 303: la liga de la invitación se enseña una sola vez y no se guarda.
        dibujarConectar(req, res, nora.nombre_nora, { entrega, recien: true });
      },
      (falla) => dibujarNueva(req, res, falla),
    );
  });

  router.get(RUTA, async (req, res) => dibujarFicha(req, res, una(req).nombre_nora, SIN_FALLA));

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
        await cambiada(req, res, nombre_nora, 'Cambios guardados.');
      },
      (falla) => dibujarFicha(req, res, nombre_nora, falla),
    );
  });

  router.post(`${RUTA}/personalidad`, async (req, res) => {
    const { nombre_nora } = una(req);
    await conFormulario(
      req,
      res,
      async () => {
        await editarNora(servicio, nombre_nora, leer(esquemaPersonalidad, req.body), quien(req));
        await cambiada(req, res, nombre_nora, 'Personalidad guardada.');
      },
      (falla) => dibujarFicha(req, res, nombre_nora, falla),
    );
  });

  router.get(`${RUTA}/retencion`, async (req, res) => {
    const { nombre_nora } = una(req);
    const dias = leer(esquemaRetencion, req.query);
    const ensayo = await ensayarRetencion(
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
        await cambiada(req, res, nombre_nora, 'Retención guardada: se aplica cada noche.');
      },
      (falla) => dibujarFicha(req, res, nombre_nora, falla),
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
          })
          .throwOnError();
        await cambiada(req, res, nombre_nora, 'Credenciales probadas y guardadas.');
      },
      (falla) => dibujarFicha(req, res, nombre_nora, falla),
    );
  });

  router.delete(`${RUTA}/credenciales`, async (req, res) => {
    const { nombre_nora } = una(req);
    const p = { p_nora: nombre_nora, p_cifrado: null as unknown as string, p_sena: '', p_quien: quien(req) };
    await servicio.rpc('poner_credenciales', p).throwOnError();
    await cambiada(req, res, nombre_nora, 'La nora vuelve a usar la cuenta general.');
  });

  router.get(`${RUTA}/conectar`, (req, res) =>
    dibujarConectar(req, res, una(req).nombre_nora, { entrega: null, recien: false }),
  );

  router.post(`${RUTA}/prueba`, async (req, res) => {
    const nora = una(req);
    const { telefono, texto } = leer(esquemaPrueba, req.body);
    const prueba = await mandarPrueba(ctx, nora, {
      telefono: numeroDeNora(telefono, 'telefono') ?? '',
      texto,
    });
    await servicio
      .rpc('auditar', {
        p_quien: quien(req),
        p_accion: 'probar',
        p_entidad: 'mensaje de prueba',
        p_nora: nora.nombre_nora,
        p_despues: { sid: prueba.sid, pasos: prueba.pasos.map((p) => `${p.titulo}: ${p.estado}`) },
      })
      .throwOnError();
    const sigue = prueba.pasos.every((p) => p.estado === 'bien');
    if (prefiereJson(req)) return void res.json({ ...prueba, sigue });
    renderizar(res, 'admin/noras/_prueba', { ...prueba, sigue, nora, resto: null }, { layout: null });
  });

  router.get(`${RUTA}/prueba/:sid`, async (req, res) => {
    const nora = una(req);
    const resto = await seguirPrueba(ctx, nora.nombre_nora, String(req.params['sid']).slice(0, 64));
    if (prefiereJson(req)) return void res.json(resto);
    renderizar(res, 'admin/noras/_seguimiento', { resto, nora, sid: req.params['sid'] }, { layout: null });
  });

  router.post(`${RUTA}/equipo`, async (req, res) => {
    const { nombre_nora } = una(req);
    await conFormulario(
      req,
      res,
      async () => {
        const { correo, rol } = leer(esquemaInvitar, req.body);
        if (rol === 'admin')
          throw new ErrorApp(422, 'datos_invalidos', 'Elige dueño o agente.', {
            campos: { rol: 'Elige dueño o agente.' },
          });
        const entrega = await invitar(ctx, { correo, rol, nombre_nora }, quien(req));
        if (prefiereJson(req)) return void res.status(201).json({ invitacion: entrega });
        await dibujarFicha(req, res, nombre_nora, SIN_FALLA, entrega);
      },
      (falla) => dibujarFicha(req, res, nombre_nora, falla),
    );
  });

  router.post(`${RUTA}/equipo/:usuario`, async (req, res) => {
    const { nombre_nora } = una(req);
    await moverEquipo(nombre_nora, req, leer(esquemaRolEquipo, req.body).rol);
    hecho(req, res, { ruta: `/admin/noras/${nombre_nora}#equipo`, texto: 'Rol cambiado.' });
  });

  router.delete(`${RUTA}/equipo/:usuario`, async (req, res) => {
    const { nombre_nora } = una(req);
    await moverEquipo(nombre_nora, req, null);
    hecho(req, res, { ruta: `/admin/noras/${nombre_nora}#equipo`, texto: 'Ya no está en el equipo.' });
  });

  router.post(`${RUTA}/copia`, async (req, res) => {
    const origen = una(req).nombre_nora;
    await conFormulario(
      req,
      res,
      async () => {
        const nueva = leer(esquemaClonar, req.body);
        await clonarNora(servicio, origen, nueva, quien(req));
        await ctx.registro.refrescar(nueva.nombre_nora);
        hecho(req, res, {
          ruta: `/admin/noras/${nueva.nombre_nora}`,
          texto: `Se creó ${nueva.nombre_visible} con la configuración y el conocimiento de ${origen}.`,
          json: { nora: presentarNora(obtenerNora(ctx, nueva.nombre_nora)) },
          estado: 201,
        });
      },
      (falla) => dibujarFicha(req, res, origen, falla),
    );
  });

  router.get(`${RUTA}/exportacion`, async (req, res) => {
    const { nombre_nora } = una(req);
    await servicio
      .rpc('auditar', { p_quien: quien(req), p_accion: 'exportar', p_entidad: 'nora', p_nora: nombre_nora })
      .throwOnError();
    await exportarNora(ctx, res, nombre_nora);
  });

  router.post(`${RUTA}/borrado`, async (req, res) => {
    const { nombre_nora, nombre_visible } = una(req);
    await conFormulario(
      req,
      res,
      async () => {
        if (leer(esquemaBorrar, req.body).confirma !== nombre_nora)
          throw new ErrorApp(422, 'no_coincide', 'El nombre no coincide.', {
            campos: { confirma: `Escribe ${nombre_nora} tal cual.` },
          });
        await servicio.rpc('pedir_borrado', { p_nora: nombre_nora, p_quien: quien(req) }).throwOnError();
        await ctx.registro.refrescar(nombre_nora);
        await ctx.trabajos.encolar('borrar_nora', { nombre_nora }, { unico: `borrar_nora:${nombre_nora}` });
        hecho(req, res, { ruta: '/admin/noras', texto: `${nombre_visible} se está borrando.`, estado: 202 });
      },
      (falla) => dibujarFicha(req, res, nombre_nora, falla),
    );
  });

  return router;

  async function cambiada(req: Request, res: Response, nombre: string, texto: string): Promise<void> {
    await ctx.registro.refrescar(nombre);
    hecho(req, res, {
      ruta: `/admin/noras/${nombre}`,
      texto,
      json: { nora: presentarNora(obtenerNora(ctx, nombre)) },
    });
  }

  async function moverEquipo(nora: string, req: Request, rol: string | null): Promise<void> {
    const usuario = String(req.params['usuario']);
    if (!/^[0-9a-f-]{36}$/.test(usuario)) throw noEncontrado();
    const { data } = await servicio
      .rpc('cambiar_equipo', { p_nora: nora, p_usuario: usuario, p_rol: rol as string, p_quien: quien(req) })
      .throwOnError();
    ctx.membresias.olvidar(usuario);
    exigirCambioDeEquipo(data);
  }

  async function ensayarRetencion(nora: string, mensajes: string, media: string) {
    const dias = (v: string) => (v === '' ? null : Number(v)) as number;
    const { data } = await servicio
      .rpc('retencion_ensayo', { p_nora: nora, p_mensajes: dias(mensajes), p_media: dias(media) })
      .throwOnError();
    return data as unknown as { mensajes: number; archivos: number; bytes: number };
  }

  function dibujarNueva(req: Request, res: Response, falla: FallaFormulario): void {
    const valores = { ...VALORES_NUEVA, ...loEscrito(req.body) };
    const datos = { ...FORMULARIO, giros: GIROS, valores, ...falla };
    renderizar(
      res,
      'admin/noras/nueva',
      { titulo: 'Nueva nora', seccion: 'noras', estilos: ['admin'], ...datos },
      { layout: 'admin' },
    );
  }

  function dibujarConectar(
    req: Request,
    res: Response,
    nombre: string,
    { entrega, recien }: { entrega: Entrega | null; recien: boolean },
  ): void {
    const nora = obtenerNora(ctx, nombre);
    const datos = {
      nora: presentarNora(nora),
      urls: urlsDeTwilio(ctx),
      simulado: ctx.whatsapp.simulado && !nora.credenciales_propias,
      entrega,
      recien,
    };
    pagina(req, res, 'noras/conectar', datos, {
      seccion: 'noras',
      titulo: `Conectar ${nora.nombre_visible}`,
    });
  }

  async function dibujarFicha(
    req: Request,
    res: Response,
    nombre: string,
    falla: FallaFormulario,
    entrega: Entrega | null = null,
  ): Promise<void> {
    const [ficha, credenciales] = await Promise.all([
      leerFicha(servicio, nombre),
      ctx.llavero.deNora(nombre).then(
        (c) => c && { sid: enmascarar(c.accountSid), abre: true },
        () => ({ sid: '', abre: false }),
      ),
    ]);
    if (!ficha) throw noEncontrado('Esa nora no existe.');
    const datos = {
      nora: ficha,
      medida: presentarMedida(ficha.estado),
      modulos: modulosDe(new Set(Object.keys(ficha.modulos).filter((m) => ficha.modulos[m]))),
      credenciales,
      urls: urlsDeTwilio(ctx),
      zonas: FORMULARIO.zonas,
      escrito: loEscrito(req.body),
      entrega,
      ...falla,
    };
    pagina(req, res, 'noras/ficha', datos, { seccion: 'noras', titulo: ficha.nombre_visible });
  }
}

/** @throws ErrorApp 404 o 409 según lo que dijo la base */
export function exigirCambioDeEquipo(resultado: unknown): void {
  if (resultado === 'ok') return;
  if (resultado === 'ultimo_dueno')
    throw new ErrorApp(409, 'ultimo_dueno', 'La nora se quedaría sin dueño. Nombra a otro antes.');
  throw noEncontrado('Esa persona no está en el equipo.');
}

/** `AC12…cdef`: se reconoce y no se puede usar. */
export function enmascarar(sid: string): string {
  return `${sid.slice(0, 4)}…${sid.slice(-4)}`;
}

function sinHuecos<T extends object>(datos: T): Record<string, string | number> {
  return Object.fromEntries(Object.entries(datos).filter(([, v]) => v !== undefined)) as Record<
    string,
    string | number
  >;
}

const VALORES_NUEVA = {
  nombre_nora: '',
  nombre_visible: '',
  numero_nora: '',
  zona_horaria: 'America/Hermosillo',
  giro: 'general',
  correo_dueno: '',
  modulos: ['chat', 'contactos', 'etiquetas', 'respuestas', 'ia', 'conocimiento'] as string[],
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
