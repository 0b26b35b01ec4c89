import { randomUUID } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { COLA_ENTREGAS } from '../../ads/reportes/tic.ts';
import { huellaDeLiga, tokenDeBaja } from '../../ads/reportes/ligas.ts';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { claveDe, normalizarTelefono } from '../../mensajes/telefono.ts';
import { prefiereJson } from '../../web/formato.ts';
import { leer } from '../../web/leer.ts';
import { camposDe, idUsuario } from '../../web/pagina.ts';
import { baseDe, dibujar, terminar } from './comun.ts';
import * as consultas from './consultas_reportes.ts';
import * as esquemas from './esquemas.ts';
import { presentarReceptores } from './presentar_reportes.ts';

const VACIO = {
  nombre: '',
  quien: 'cliente',
  canal: 'correo',
  destino: '',
  semanal: 'si',
  idioma: 'es',
  cuenta: '',
  plantilla: '',
};

/** Quién recibe los reportes de cada cuenta, y qué reportes salen. */
export function crearRutasReceptores(ctx: Contexto): Router {
  const rutas = Router({ mergeParams: true });

  rutas.get('/', async (req, res) => {
    const { editar } = req.query;
    await mostrar(req, res, { editar: typeof editar === 'string' ? editar : null });
  });
  rutas.post('/', (req, res) => guardar(req, res, null));
  rutas.post('/ajustes', async (req, res) => {
    const datos = leer(esquemas.cuerpoAjustes, req.body);
    if (!(await consultas.guardarAjustes(req.nora.bd, datos, idUsuario(req))))
      throw noEncontrado('Esa cuenta no existe.');
    terminar(req, res, `${baseDe(req)}/receptores`, 'Ajustes guardados.');
  });
  rutas.post('/:id', (req, res) => guardar(req, res, leer(esquemas.parametrosId, req.params).id));
  rutas.delete('/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const hecho = await consultas.borrarReceptor(req.nora.bd, id, idUsuario(req));
    if (!hecho) throw noEncontrado('Ese receptor ya no existe.');
    terminar(req, res, `${baseDe(req)}/receptores`, `${hecho.nombre} ya no recibe reportes.`);
  });
  rutas.post('/:id/prueba', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const { receptores } = await consultas.leerReceptores(req.nora.bd);
    const receptor = receptores.find((r) => r.id === id);
    if (!receptor) throw noEncontrado('Ese receptor ya no existe.');
    const lista = await consultas.listarReportes(req.nora.bd, { cuenta: receptor.cuenta_id, antes: null });
    const ultimo = lista.find((r) => r.estado === 'listo' || r.estado === 'por_aprobar');
    if (!ultimo)
      throw new ErrorApp(
        409,
        'sin_reporte',
        'Todavía no hay un reporte que mandar de prueba. Haz uno en Reportes.',
      );
    const hecho = await consultas.moverReporte(
      req.nora.bd,
      { id: ultimo.id, accion: 'prueba', receptor: id },
      idUsuario(req),
    );
    if (hecho?.r === 'de_baja')
      throw new ErrorApp(409, 'de_baja', 'Esa persona pidió no recibir el reporte.');
    if (hecho?.r !== 'hecho') throw noEncontrado('Ese receptor ya no existe.');
    await ctx.trabajos.encolar(COLA_ENTREGAS, {});
    terminar(req, res, `${baseDe(req)}/reportes/${ultimo.id}`, `Prueba en camino a ${receptor.destino}.`);
  });

  async function guardar(req: Request, res: Response, id: string | null): Promise<void> {
    try {
      const d = leer(esquemas.cuerpoReceptor, req.body);
      const destino = d.canal === 'correo' ? d.destino.toLowerCase() : leerTelefono(d.destino);
      const nuevo = randomUUID();
      const cadencias = (['diario', 'semanal', 'mensual'] as const).filter((c) => d[c]);
      const hecho = await consultas.guardarReceptor(
        req.nora.bd,
        {
          id,
          nuevo_id: nuevo,
          cuenta: d.cuenta,
          nombre: d.nombre,
          quien: d.quien,
          canal: d.canal,
          destino,
          cadencias,
          idioma: d.idioma,
          plantilla: d.canal === 'whatsapp' ? d.plantilla : null,
          baja_huella: huellaDeLiga(tokenDeBaja(ctx.config, nuevo)),
        },
        idUsuario(req),
      );
      if (!hecho) throw noEncontrado('Esa cuenta o ese receptor ya no existe.');
      if (hecho.r === 'repetido')
        throw campo('destino', 'Esa persona ya recibe los reportes de esta cuenta.');
      if (hecho.r === 'de_baja')
        throw campo('destino', 'Esta persona pidió no recibir más. Sólo ella puede volver a pedirlo.');
      terminar(
        req,
        res,
        `${baseDe(req)}/receptores`,
        'Receptor guardado.',
        { id: hecho.r === 'guardado' ? hecho.id : id },
        id ? 200 : 201,
      );
    } catch (error) {
      if (!(error instanceof ErrorApp) || prefiereJson(req) || error.estado === 404) throw error;
      const valores = { ...VACIO, semanal: '', ...(req.body as object) };
      await mostrar(req, res, { editar: id, valores, campos: camposDe(error), estado: error.estado });
    }
  }

  return rutas;
}

async function mostrar(
  req: Request,
  res: Response,
  o: {
    editar: string | null;
    valores?: Record<string, string>;
    campos?: Record<string, string>;
    estado?: number;
  },
): Promise<void> {
  const d = await consultas.leerReceptores(req.nora.bd);
  if (prefiereJson(req)) return void res.json(d);
  const abierto = d.receptores.find((r) => r.id === o.editar) ?? null;
  const valores =
    o.valores ??
    (abierto
      ? {
          ...VACIO,
          nombre: abierto.nombre,
          quien: abierto.quien,
          canal: abierto.canal,
          destino: abierto.destino,
          idioma: abierto.idioma,
          cuenta: abierto.cuenta_id,
          plantilla: abierto.plantilla_id ?? '',
          diario: abierto.cadencias.includes('diario') ? 'si' : '',
          semanal: abierto.cadencias.includes('semanal') ? 'si' : '',
          mensual: abierto.cadencias.includes('mensual') ? 'si' : '',
        }
      : VACIO);
  dibujar(
    req,
    res,
    'receptores',
    'receptores',
    {
      titulo: 'Receptores',
      ...presentarReceptores(d, { ahora: new Date(), zona: req.nora.zona_horaria }),
      editar: abierto?.id ?? null,
      valores,
      campos: o.campos ?? {},
    },
    o.estado,
  );
}

/** Como lo escriba la gente, y también copiado de WhatsApp con el 1 de más. @throws ErrorApp 422 */
function leerTelefono(texto: string): string {
  const digitos = texto.replace(/\D/g, '');
  const conPais = texto.startsWith('+') || /^521\d{10}$/.test(digitos);
  const e164 = normalizarTelefono(conPais ? claveDe(`+${digitos}`) : texto);
  if (!e164) throw campo('destino', 'Escribe un teléfono con lada, como 662 123 4567 o +1 415 555 0100.');
  return e164;
}

function campo(nombre: string, mensaje: string): ErrorApp {
  return new ErrorApp(422, 'datos_invalidos', mensaje, { campos: { [nombre]: mensaje } });
}
