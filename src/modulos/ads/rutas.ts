import { type Request, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { abrirMiniatura } from '../../ads/miniaturas.ts';
import { formatosDe } from '../../ads/formatos.ts';
import { plataforma } from '../../ads/reportes/frases.ts';
import { noEncontrado } from '../../errores.ts';
import { prefiereJson } from '../../web/formato.ts';
import { leer } from '../../web/leer.ts';
import { baseDe, dibujar, elegirCuenta } from './comun.ts';
import * as consultas from './consultas.ts';
import { enviarCsvAds } from './csv.ts';
import * as esquemas from './esquemas.ts';
import { periodosDe, presentarPanel } from './presentar.ts';
import { presentarCambio } from './presentar_objeto.ts';
import { POR_PAGINA } from './presentar_tabla.ts';
import { crearRutasCambios } from './rutas_cambios.ts';
import { crearRutasCuentas } from './rutas_cuentas.ts';
import { crearRutasReceptores } from './rutas_receptores.ts';
import { crearRutasReportes } from './rutas_reportes.ts';

/** Rutas de `/panel_cliente/:nombre_nora/ads`. Todo pasa por `req.nora.bd`: sólo existe lo de esa nora. */
export function crearRutasAds(ctx: Contexto): Router {
  const rutas = Router({ mergeParams: true });

  rutas.get('/', async (req, res) => {
    const q = leer(esquemas.consultaPanel, req.query);
    const elegida = await elegirCuenta(req, q.cuenta);
    if (!elegida)
      return prefiereJson(req) ? void res.json({ cuentas: [] }) : dibujar(req, res, 'vacia', 'resumen', {});
    const ahora = new Date();
    const { p, antes } = periodosDe(q, elegida.cuenta, ahora);
    const panel = await consultas.leerPanel(req.nora.bd, {
      cuenta: elegida.cuenta.id,
      periodo: p,
      antes,
      nivel: q.nivel,
      padre: q.padre,
      orden: q.orden,
      sentido: q.sentido,
      salto: (q.pagina - 1) * POR_PAGINA,
      n: POR_PAGINA,
    });
    if (!panel) throw noEncontrado('Esa cuenta de anuncios no existe.');
    const datos = { ...panel, cuentas: elegida.cuentas };
    if (prefiereJson(req))
      return void res.json({ ...datos, cuenta: elegida.cuenta, periodo: p, comparado: antes });
    const contactos = req.nora.modulos.has('contactos') ? baseDe(req).replace(/ads$/, 'contactos') : null;
    dibujar(req, res, 'index', 'resumen', {
      v: presentarPanel(datos, elegida.cuenta, { base: baseDe(req), contactos, q, ahora }),
    });
  });

  rutas.get('/exportar.csv', async (req, res) => {
    const elegida = await elegirPeriodo(req);
    if (!elegida) return res.redirect(303, baseDe(req));
    const { cuenta, periodo, filtro } = elegida;
    await enviarCsvAds(res, req.nora.bd, cuenta, periodo, filtro);
  });

  rutas.get('/renglones', async (req, res) => {
    const elegida = await elegirPeriodo(req);
    if (!elegida) return res.redirect(303, baseDe(req));
    const { cuenta, periodo, filtro } = elegida;
    const renglones = await consultas.leerRenglones(req.nora.bd, {
      ...filtro,
      cuenta: cuenta.id,
      periodo,
      despues: null,
      n: 500,
    });
    if (prefiereJson(req)) return void res.json({ renglones });
    const f = formatosDe('es', cuenta.moneda);
    dibujar(req, res, 'renglones', 'resumen', {
      titulo: 'Renglones',
      cuenta: cuenta.nombre ?? cuenta.ad_account_id,
      de: renglones.length > 0 ? deQue(filtro, renglones[0]) : '',
      periodo: f.periodo(periodo),
      csv: `${baseDe(req)}/exportar.csv?${new URLSearchParams(req.query as Record<string, string>)}`,
      filas: renglones.map((r) => ({
        ...r,
        plataforma: plataforma(r.plataforma),
        gasto: f.dinero(r.gasto),
        impresiones: f.entero(r.impresiones),
        clics: f.entero(r.clics),
        conversaciones: f.entero(r.conversaciones),
        traido: new Date(r.traido).toLocaleString('es-MX', {
          timeZone: req.nora.zona_horaria,
          dateStyle: 'short',
          timeStyle: 'short',
        }),
      })),
      tope: renglones.length === 500,
    });
  });

  rutas.get('/cambios', async (req, res) => {
    const q = leer(esquemas.consultaReportes, req.query);
    const elegida = q.cuenta ? await elegirCuenta(req, q.cuenta) : null;
    const cambios = await consultas.listarCambios(req.nora.bd, elegida?.cuenta.id ?? null);
    if (prefiereJson(req)) return void res.json({ cambios });
    dibujar(req, res, 'cambios', 'cambios', {
      titulo: 'Cambios',
      cambios: cambios.map((c) => presentarCambio(c, req.nora.zona_horaria, c.moneda)),
    });
  });

  rutas.get('/miniaturas/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosMiniatura, req.params);
    const direccion = await consultas.leerMiniatura(req.nora.bd, id);
    const imagen = direccion && (await abrirMiniatura(ctx, direccion));
    if (!imagen) throw noEncontrado();
    res.setHeader('Cache-Control', 'private, max-age=86400');
    res.type(imagen.tipo).send(imagen.datos);
  });

  rutas.use('/cuentas', crearRutasCuentas(ctx));
  rutas.use('/receptores', crearRutasReceptores(ctx));
  rutas.use('/reportes', crearRutasReportes(ctx));
  rutas.use('/', crearRutasCambios(ctx));
  return rutas;
}

/** La cuenta y el periodo de la dirección; null si la nora no ha conectado ninguna cuenta. */
async function elegirPeriodo(req: Request) {
  const q = leer(esquemas.consultaPanel, req.query);
  const elegida = await elegirCuenta(req, q.cuenta);
  if (!elegida) return null;
  const filtro = leer(esquemas.filtroRenglones, req.query);
  return { cuenta: elegida.cuenta, periodo: periodosDe(q, elegida.cuenta, new Date()).p, filtro };
}

/** De qué son los renglones filtrados, con el nombre que traen. */
function deQue(f: consultas.FiltroRenglones, r: consultas.RenglonCrudo | undefined): string {
  if (f.plataforma) return plataforma(f.plataforma);
  if (!f.id || !r) return '';
  return f.nivel === 'campanas' ? r.campana : f.nivel === 'conjuntos' ? r.conjunto : r.anuncio;
}
