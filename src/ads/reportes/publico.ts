import express, { type Request, type Response, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { noEncontrado } from '../../errores.ts';
import { renderizar } from '../../web/vistas.ts';
import { z } from 'zod';
import { abrirBaja, abrirLiga, type Publico } from './consultas.ts';
import { entregaDe, huellaDeLiga, tokenDeBaja } from './ligas.ts';
import { crearPdfReporte } from './pdf.ts';
import { presentarReporte, type VistaReporte } from './presentar.ts';

const token = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const SIN_LIGA = 'Esta liga ya no existe o venció. Pide una nueva a quien te la mandó.';

/**
 * Lo que se abre sin cuenta: la página de un reporte, su PDF y la baja. Va antes de sesiones y csrf: quien da de baja
 * desde su programa de correo manda un POST sin haber visto la página (RFC 8058).
 */
export function crearReportesPublicos(ctx: Contexto): Router {
  const rutas = Router();
  rutas.use('/reportes', (_req, res, next) => {
    res.setHeader('X-Robots-Tag', 'noindex, nofollow, noarchive');
    res.setHeader('Cache-Control', 'private, no-store');
    res.setHeader('Referrer-Policy', 'no-referrer');
    next();
  });

  rutas.get('/reportes/baja/:token', async (req, res) => {
    dibujarBaja(res, await leerBaja(ctx, req, false), String(req.params['token']));
  });
  rutas.post(
    '/reportes/baja/:token',
    express.urlencoded({ extended: false, limit: 2048 }),
    async (req, res) => {
      dibujarBaja(res, await leerBaja(ctx, req, true), String(req.params['token']));
    },
  );

  rutas.get('/reportes/:token', async (req, res) => {
    const { publico, vista } = await abrir(ctx, req);
    renderizar(
      res,
      'reportes/publico',
      {
        r: vista,
        nora: publico.nora,
        pdf: `/reportes/${String(req.params['token'])}/reporte.pdf?idioma=${vista.idioma}`,
        otro: vista.idioma === 'en' ? 'es' : 'en',
        // Sin la marca de quién la recibió no hay a quién dar de baja.
        baja: publico.receptor ? `/reportes/baja/${tokenDeBaja(ctx.config, publico.receptor)}` : '',
      },
      { layout: null },
    );
  });
  rutas.get('/reportes/:token/reporte.pdf', async (req, res) => {
    const { publico, vista } = await abrir(ctx, req);
    res.type('application/pdf');
    res.setHeader(
      'Content-Disposition',
      `inline; filename="reporte_${publico.cifras.desde}_${publico.cifras.hasta}.pdf"`,
    );
    res.send(await crearPdfReporte(vista));
  });
  return rutas;
}

async function abrir(ctx: Contexto, req: Request): Promise<{ publico: Publico; vista: VistaReporte }> {
  const leido = token.safeParse(req.params['token']);
  if (!leido.success) throw noEncontrado(SIN_LIGA);
  const publico = await abrirLiga(
    ctx.bd.servicio,
    huellaDeLiga(leido.data),
    entregaDe(ctx.config, req.query['e']),
  );
  if (!publico) throw noEncontrado(SIN_LIGA);
  const pedido = req.query['idioma'];
  const idioma = pedido === 'en' || pedido === 'es' ? pedido : (publico.idioma ?? 'es');
  return {
    publico,
    vista: presentarReporte(publico.cifras, publico.cadencia, idioma, publico.textos[idioma]),
  };
}

async function leerBaja(ctx: Contexto, req: Request, hacer: boolean) {
  const leido = token.safeParse(req.params['token']);
  const baja = leido.success ? await abrirBaja(ctx.bd.servicio, huellaDeLiga(leido.data), hacer) : null;
  if (!baja) throw noEncontrado(SIN_LIGA);
  return baja;
}

function dibujarBaja(res: Response, baja: Awaited<ReturnType<typeof leerBaja>>, secreto: string): void {
  renderizar(res, 'reportes/baja', { ...baja, accion: `/reportes/baja/${secreto}` }, { layout: null });
}
