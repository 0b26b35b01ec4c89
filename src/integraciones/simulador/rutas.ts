import { type Request, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { exigirSesion } from '../../cuentas/sesion.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import type { NoraRegistrada } from '../../noras/registro_dinamico.ts';
import { leer } from '../../web/leer.ts';
import { renderizar } from '../../web/vistas.ts';
import '../../web/tipos_express.ts';
import {
  buscarMensaje,
  cambiarEstado,
  crearMensaje,
  guardarArchivo,
  listarHilo,
  listarNombres,
  listarPersonas,
  type MensajeSimulado,
  sidNuevo,
} from './almacen.ts';
import { crearApiSimulada, enviarArchivo } from './api.ts';
import { esquemaConsulta, esquemaEnvio, esquemaHilo, leerFormulario } from './formulario.ts';
import { ATAJOS, PERSONA_INICIAL, presentarHilo, presentarPersonas } from './presentar.ts';
import { avisarPantalla, entregarAlWebhook } from './red.ts';

export { crearApiSimulada } from './api.ts';

// El layout carga la hoja y pone el título.
const PAGINA = { titulo: 'Simulador', estilos: ['simulador'] };
const MENSAJES_A_LA_VISTA = 80;
const NORAS_A_ELEGIR = 200;
// Ordenar miles de noras con localeCompare crea un comparador por cada par.
const alfabeto = new Intl.Collator('es');

/**
 * El teléfono incluido: `api` habla como Twilio y va antes de la sesión; `paginas` es la pantalla y va después.
 * Ambas se montan en /simulador y quedan vacías si hay credenciales de Twilio o en producción.
 */
export function crearSimulador(ctx: Contexto): { api: Router; paginas: Router } {
  return { api: crearApiSimulada(ctx), paginas: crearPaginas(ctx) };
}

function crearPaginas(ctx: Contexto): Router {
  const rutas = Router();
  if (!ctx.whatsapp.simulado) return rutas;

  rutas.get('/', exigirSesion, async (req, res) => {
    const { nora: nombre, numero } = leer(esquemaConsulta, req.query);
    const noras = await norasDe(ctx, req);
    const nora = nombre ? await abrir(ctx, req, nombre) : noras.find((n) => n.numero_nora);
    if (!nora)
      return renderizar(res, 'simulador/vacio', { ...PAGINA, noras: noras.length }, { layout: 'simple' });
    const numeros = await listarPersonas(ctx.bd.servicio, nora.nombre_nora);
    const persona = numero ?? numeros[0] ?? PERSONA_INICIAL;
    const nombres = await listarNombres(ctx.bd.servicio, nora.nombre_nora, [...numeros, persona]);
    renderizar(
      res,
      'simulador/index',
      {
        ...PAGINA,
        noras: noras.slice(0, NORAS_A_ELEGIR),
        telefono: nora,
        persona: presentarPersonas([persona], nombres)[0],
        personas: presentarPersonas(numeros, nombres),
        dias: await hilo(ctx, nora, persona),
        atajos: ATAJOS,
      },
      { layout: 'simple' },
    );
  });

  rutas.get('/mensajes', exigirSesion, async (req, res) => {
    const { nora: nombre, numero } = leer(esquemaHilo, req.query);
    const nora = await abrir(ctx, req, nombre);
    renderizar(
      res,
      'simulador/_mensajes',
      { dias: await hilo(ctx, nora, numero), telefono: nora },
      { layout: null },
    );
  });

  rutas.post('/mensajes', exigirSesion, async (req, res) => {
    const { campos, archivo } = await leerFormulario(req);
    const envio = leer(esquemaEnvio, campos);
    const nora = await abrir(ctx, req, envio.nora);
    if (!nora.numero_nora)
      throw new ErrorApp(422, 'sin_numero', 'Esta nora todavía no tiene número de WhatsApp.');
    if (!envio.texto && !archivo) throw new ErrorApp(422, 'vacio', 'Escribe algo o adjunta una foto.');
    const medio = archivo && (await guardarArchivo(ctx.config.datosDir, archivo));
    const mensaje = await crearMensaje(ctx.bd.servicio, {
      sid: sidNuevo(medio ? 'MM' : 'SM'),
      nombre_nora: nora.nombre_nora,
      de: envio.numero,
      a: nora.numero_nora,
      cuerpo: envio.texto,
      medios: medio ? [medio] : [],
      estado: 'sending',
      direccion: 'entrante',
      url_estado: null,
    });
    const http = await entregar(ctx, mensaje, envio.nombre);
    if (!esPrograma(req)) return res.redirect(303, paginaDe(nora.nombre_nora, envio.numero));
    res.status(201).json({ sid: mensaje.sid, estado: http === 200 ? 'received' : 'failed', http });
  });

  // Reintentar es otra entrega del mismo MessageSid, como las de Twilio: Nora no debe duplicarlo.
  rutas.post('/mensajes/:sid/reintento', exigirSesion, async (req, res) => {
    const mensaje = await suyo(ctx, req, String(req.params['sid']));
    await entregar(ctx, mensaje, null);
    if (!esPrograma(req)) return res.redirect(303, paginaDe(mensaje.nombre_nora ?? '', mensaje.de));
    res.json({ sid: mensaje.sid });
  });

  rutas.get('/mensajes/:sid/medios/:medio', exigirSesion, async (req, res) => {
    const mensaje = await suyo(ctx, req, String(req.params['sid']));
    await enviarArchivo(ctx, res, mensaje, String(req.params['medio']));
  });

  return rutas;
}

async function entregar(ctx: Contexto, mensaje: MensajeSimulado, nombre: string | null): Promise<number> {
  const http = await entregarAlWebhook(ctx, mensaje, nombre);
  await cambiarEstado(ctx.bd.servicio, mensaje.sid, http === 200 ? 'received' : 'failed', [
    'sending',
    'failed',
  ]);
  avisarPantalla(ctx, mensaje);
  return http;
}

async function hilo(ctx: Contexto, nora: NoraRegistrada, persona: string) {
  const mensajes = await listarHilo(ctx.bd.servicio, nora.nombre_nora, persona, MENSAJES_A_LA_VISTA);
  return presentarHilo(mensajes, nora.zona_horaria);
}

/** La nora si esta persona entra a ella y usa el teléfono simulado; si no, el 404 de siempre. */
async function abrir(ctx: Contexto, req: Request, nombre: string): Promise<NoraRegistrada> {
  const nora = ctx.registro.obtener(nombre);
  const rol = nora?.activo && req.usuario ? await ctx.membresias.rolEn(req.usuario.id, nombre) : null;
  if (!nora || !rol || nora.credenciales_propias) throw noEncontrado();
  return nora;
}

async function suyo(ctx: Contexto, req: Request, sid: string): Promise<MensajeSimulado> {
  const mensaje = await buscarMensaje(ctx.bd.servicio, sid);
  if (!mensaje?.nombre_nora) throw noEncontrado();
  await abrir(ctx, req, mensaje.nombre_nora);
  return mensaje;
}

async function norasDe(ctx: Contexto, req: Request): Promise<NoraRegistrada[]> {
  const cuenta = req.usuario && (await ctx.membresias.obtener(req.usuario.id));
  if (!cuenta) return [];
  const noras =
    cuenta.rol === 'admin'
      ? [...ctx.registro.noras()]
      : [...cuenta.noras.keys()].flatMap((nombre) => ctx.registro.obtener(nombre) ?? []);
  return noras
    .filter((n) => n.activo && !n.credenciales_propias)
    .sort((a, b) => alfabeto.compare(a.nombre_visible, b.nombre_visible));
}

function paginaDe(nora: string, numero: string): string {
  return `/simulador?${new URLSearchParams({ nora, numero })}`;
}

function esPrograma(req: Request): boolean {
  return req.accepts(['html', 'json']) === 'json';
}
