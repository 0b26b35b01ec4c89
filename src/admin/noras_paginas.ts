import type { Request, Response } from 'express';
import type { Contexto } from '../contexto.ts';
import type { Entrega } from '../cuentas/enlaces.ts';
import { type FallaFormulario, loEscrito } from '../cuentas/formulario.ts';
import { noEncontrado } from '../errores.ts';
import { CLAVES_MODULOS, TITULOS_MODULOS } from '../modulos/index.ts';
import { renderizar } from '../web/vistas.ts';
import { hecho, obtenerNora, pagina } from './comun.ts';
import { leerFicha } from './consultas.ts';
import { GIROS } from './plantillas.ts';
import { modulosDe, presentarMedida, presentarNora } from './presentar.ts';
import { urlsDeTwilio } from './prueba.ts';

/** La ruta de una nora en el admin. */
export const RUTA = '/noras/:nombre_nora';

/** Tras un cambio guardado: el registro lo ve ya y la ficha lo dice. */
export async function cambiada(
  ctx: Contexto,
  req: Request,
  res: Response,
  nombre: string,
  texto: string,
): Promise<void> {
  await ctx.registro.refrescar(nombre);
  hecho(req, res, {
    ruta: `/admin/noras/${nombre}`,
    texto,
    json: { nora: presentarNora(obtenerNora(ctx, nombre)) },
  });
}

/** El formulario de alta, con lo escrito y lo que falló. */
export function dibujarNueva(req: Request, res: Response, falla: FallaFormulario): void {
  // Quien desmarcó todos los módulos no manda ninguno: no es lo mismo que abrir el formulario.
  const escrito = loEscrito(req.body);
  const valores = { ...VALORES_NUEVA, ...(req.method === 'POST' && { modulos: [] }), ...escrito };
  const datos = { ...FORMULARIO, giros: GIROS, valores, ...falla };
  renderizar(
    res,
    'admin/noras/nueva',
    { titulo: 'Nueva nora', seccion: 'noras', estilos: ['admin'], ...datos },
    { layout: 'admin' },
  );
}

/** Las direcciones que se copian a Twilio y la prueba. */
export function dibujarConectar(
  ctx: Contexto,
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

/** La ficha completa de una nora. */
export async function dibujarFicha(
  ctx: Contexto,
  req: Request,
  res: Response,
  nombre: string,
  falla: FallaFormulario,
  entrega: Entrega | null = null,
): Promise<void> {
  const [ficha, credenciales] = await Promise.all([
    leerFicha(ctx, nombre),
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

/** `AC12…cdef`: se reconoce y no se puede usar. */
export function enmascarar(sid: string): string {
  return `${sid.slice(0, 4)}…${sid.slice(-4)}`;
}

const VALORES_NUEVA = {
  nombre_nora: '',
  nombre_visible: '',
  numero_nora: '',
  zona_horaria: 'America/Hermosillo',
  giro: 'general',
  personalidad: '',
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
