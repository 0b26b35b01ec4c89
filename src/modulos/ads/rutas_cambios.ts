import { type Request, type Response, Router } from 'express';
import { crearCambiarEnMeta } from '../../ads/cambiar_en_meta.ts';
import { cambiarObjeto, type EstadoObjeto } from '../../ads/cambios.ts';
import { formatosDe } from '../../ads/formatos.ts';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { prefiereJson } from '../../web/formato.ts';
import { leer } from '../../web/leer.ts';
import { camposDe, idUsuario } from '../../web/pagina.ts';
import { baseDe, dibujar, elegirCuenta, terminar } from './comun.ts';
import * as consultas from './consultas.ts';
import * as esquemas from './esquemas.ts';
import { periodosDe } from './presentar.ts';
import { claveDia } from '../../web/fechas.ts';
import { decirValor, diaDeFin, presentarObjeto, UNO } from './presentar_objeto.ts';

interface Cambio {
  campo: 'estado' | 'presupuesto_diario' | 'presupuesto_total' | 'fin';
  antes: string | number | null;
  despues: string | number | null;
}

/** La página de una campaña, conjunto o anuncio y sus cambios. Cada cambio se confirma con su valor viejo y el nuevo. */
export function crearRutasCambios(ctx: Contexto): Router {
  const rutas = Router({ mergeParams: true });
  const enMeta = crearCambiarEnMeta(ctx);

  rutas.get('/:nivel/:id', async (req, res) => {
    const o = await obtener(req, leer(esquemas.consultaPanel, req.query).cuenta);
    if (prefiereJson(req)) return void res.json({ objeto: o });
    mostrar(req, res, o, {});
  });

  rutas.post('/:nivel/:id/pausa', (req, res) => cambiarEstado(req, res, 'PAUSED'));
  rutas.delete('/:nivel/:id/pausa', (req, res) => cambiarEstado(req, res, 'ACTIVE'));

  rutas.post('/:nivel/:id/presupuesto', async (req, res) => {
    const o = await obtener(req, cuentaDe(req));
    try {
      const d = leer(esquemas.cuerpoPresupuesto, req.body);
      if (o.nivel === 'anuncios' || (o.presupuesto_diario === null && o.presupuesto_total === null))
        throw campo('monto', 'Aquí no se pone el presupuesto: lo lleva otro nivel.');
      const clave = d.tipo === 'diario' ? 'presupuesto_diario' : 'presupuesto_total';
      if (o[clave] === null)
        throw campo(
          'monto',
          'Meta no deja pasar de presupuesto diario a total, ni al revés, en algo ya creado.',
        );
      exigirLimites(o, d.tipo, d.monto);
      await aplicar(req, res, o, { campo: clave, antes: o[clave], despues: d.monto }, d, 'presupuesto');
    } catch (error) {
      if (!(error instanceof ErrorApp) || prefiereJson(req) || !error.extra?.['campos']) throw error;
      mostrar(req, res, o, {
        campos: camposDe(error),
        escrito: req.body as Record<string, string>,
        estado: error.estado,
      });
    }
  });

  rutas.post('/:nivel/:id/fin', async (req, res) => {
    const o = await obtener(req, cuentaDe(req));
    try {
      const d = leer(esquemas.cuerpoFin, req.body);
      if (o.nivel !== 'conjuntos') throw campo('fin', 'La fecha de fin se pone en el conjunto de anuncios.');
      if (d.fin && d.fin < claveDia(new Date(), o.cuenta.zona ?? 'UTC'))
        throw campo('fin', 'Elige una fecha que no haya pasado.');
      if (!d.fin && o.presupuesto_total !== null)
        throw campo('fin', 'Con presupuesto total hace falta una fecha de fin.');
      await aplicar(req, res, o, { campo: 'fin', antes: diaDeFin(o), despues: d.fin || null }, d, 'fin');
    } catch (error) {
      if (!(error instanceof ErrorApp) || prefiereJson(req) || !error.extra?.['campos']) throw error;
      mostrar(req, res, o, {
        campos: camposDe(error),
        escrito: req.body as Record<string, string>,
        estado: error.estado,
      });
    }
  });

  async function cambiarEstado(req: Request, res: Response, despues: 'PAUSED' | 'ACTIVE'): Promise<void> {
    const o = await obtener(req, cuentaDe(req));
    const d = leer(esquemas.cuerpoEstado, req.body);
    await aplicar(req, res, o, { campo: 'estado', antes: o.estado, despues }, d, 'pausa');
  }

  /** Sin confirmar, pregunta; confirmado, escribe, lee de vuelta y apunta lo que quedó. */
  async function aplicar(
    req: Request,
    res: Response,
    o: consultas.Objeto,
    c: Cambio,
    d: { antes?: string | undefined; confirmado?: 'si' | undefined; cuenta: string },
    accion: string,
  ): Promise<void> {
    const ruta = `${baseDe(req)}/${o.nivel}/${encodeURIComponent(o.id)}`;
    const volver = `${ruta}?${new URLSearchParams({ cuenta: d.cuenta })}`;
    if (String(c.antes ?? '') === String(c.despues ?? ''))
      return terminar(req, res, volver, 'Ya estaba así: no hubo nada que cambiar.');
    if (d.confirmado !== 'si') {
      const moneda = o.cuenta.moneda;
      const textos = {
        antes: decirValor(c.campo, c.antes, moneda),
        despues: decirValor(c.campo, c.despues, moneda),
      };
      if (prefiereJson(req))
        return void res.status(409).json({
          error: { codigo: 'sin_confirmar', mensaje: 'Confirma el cambio.' },
          ...textos,
          valor_antes: c.antes,
        });
      return dibujar(req, res, 'confirmar', 'resumen', {
        titulo: 'Confirmar el cambio',
        uno: UNO[o.nivel].toLowerCase(),
        nombre: o.nombre,
        campo: NOMBRES[c.campo],
        ...textos,
        accion: `${ruta}/${accion}`,
        metodo: c.campo === 'estado' && c.despues === 'ACTIVE' ? 'DELETE' : '',
        campos: {
          ...(req.body as Record<string, string>),
          _csrf: undefined,
          _metodo: undefined,
          antes: String(c.antes ?? ''),
          confirmado: 'si',
        },
        volver,
        demo: o.cuenta.demo,
      });
    }
    if (d.antes !== undefined && d.antes !== String(c.antes ?? ''))
      throw new ErrorApp(
        409,
        'cambio_antes',
        `Mientras lo veías, el valor cambió a ${decirValor(c.campo, c.antes, o.cuenta.moneda)}. Vuelve a abrirlo y decide de nuevo.`,
      );
    const actual: EstadoObjeto = {
      estado: o.estado,
      presupuesto_diario: o.presupuesto_diario,
      presupuesto_total: o.presupuesto_total,
      fin: o.fin,
    };
    const r = await cambiarObjeto(
      {
        nombre_nora: req.nora.nombre_nora,
        cuenta_id: d.cuenta,
        nivel: o.nivel,
        id: o.id,
        actual,
        cambio: { [c.campo]: c.despues },
      },
      o.cuenta.demo,
      o.cuenta.zona ?? 'UTC',
      enMeta,
    );
    await consultas.apuntarCambio(
      req.nora.bd,
      {
        cuenta: d.cuenta,
        nivel: o.nivel,
        id: o.id,
        campo: c.campo,
        antes: c.antes,
        despues: r.ok ? quedo(o, c.campo, r.leido) : c.despues,
        resultado: r.ok ? 'hecho' : r.clase,
        detalle: r.ok ? null : r.motivo,
        leido: r.ok ? r.leido : null,
      },
      idUsuario(req),
    );
    if (!r.ok) throw new ErrorApp(r.clase === 'incierto' ? 502 : 422, r.clase, r.motivo);
    terminar(
      req,
      res,
      volver,
      `Hecho: ${NOMBRES[c.campo].toLowerCase()} quedó en ${decirValor(c.campo, r.leido[c.campo], o.cuenta.moneda)}.`,
      { leido: r.leido },
    );
  }

  return rutas;
}

const NOMBRES: Readonly<Record<Cambio['campo'], string>> = {
  estado: 'Estado',
  presupuesto_diario: 'Presupuesto diario',
  presupuesto_total: 'Presupuesto total',
  fin: 'Fecha de fin',
};

/** Lo leído como se pidió: la fecha de fin es un día de la cuenta. */
function quedo(o: consultas.Objeto, campo: Cambio['campo'], leido: EstadoObjeto): string | number | null {
  return campo === 'fin' ? diaDeFin({ ...o, fin: leido.fin }) : leido[campo];
}

async function obtener(req: Request, cuenta: string | undefined): Promise<consultas.Objeto> {
  const { nivel, id } = leer(esquemas.parametrosObjeto, req.params);
  const elegida = await elegirCuenta(req, cuenta);
  if (!elegida) throw noEncontrado();
  const q = leer(esquemas.consultaPanel, req.query);
  const { p, antes } = periodosDe(q, elegida.cuenta, new Date());
  const o = await consultas.leerObjeto(req.nora.bd, {
    cuenta: elegida.cuenta.id,
    nivel,
    id,
    periodo: p,
    antes,
  });
  if (!o) throw noEncontrado('Eso ya no existe en la cuenta.');
  return o;
}

function cuentaDe(req: Request): string | undefined {
  const { cuenta } = (req.body ?? {}) as { cuenta?: unknown };
  return typeof cuenta === 'string' ? leer(esquemas.consultaPanel, { cuenta }).cuenta : undefined;
}

/** Los topes de la administración, dichos con su monto. @throws ErrorApp 422 */
function exigirLimites(o: consultas.Objeto, tipo: 'diario' | 'total', monto: number): void {
  const f = formatosDe('es', o.cuenta.moneda);
  const tope = tipo === 'diario' ? o.ajustes.maximo_diario : o.ajustes.maximo_total;
  if (tope !== null && monto > tope)
    throw campo(
      'monto',
      `El tope que puso administración es ${f.dinero(tope)}${tipo === 'diario' ? ' al día' : ' en total'}.`,
    );
  const { minimo } = o.ajustes;
  if (minimo !== null && monto < minimo) throw campo('monto', `Meta pide al menos ${f.dinero(minimo)}.`);
}

function mostrar(
  req: Request,
  res: Response,
  o: consultas.Objeto,
  e: { campos?: Record<string, string>; escrito?: Record<string, string>; estado?: number },
): void {
  const q = leer(esquemas.consultaPanel, req.query);
  const ahora = new Date();
  const { p } = periodosDe(q, o.cuenta, ahora);
  const v = presentarObjeto(o, p, ahora, req.nora.zona_horaria);
  const suyos = { cuenta: o.cuenta.id, rango: 'rango', ...p, nivel: o.nivel, id: o.id };
  dibujar(
    req,
    res,
    'objeto',
    'resumen',
    {
      titulo: o.nombre,
      v: {
        ...v,
        forma: {
          ...v.forma,
          ...(e.escrito?.['monto'] !== undefined && { monto: e.escrito['monto'] }),
          ...(e.escrito?.['fin'] !== undefined && { fin: e.escrito['fin'] }),
        },
      },
      cuenta: o.cuenta.id,
      renglones: `${baseDe(req)}/renglones?${new URLSearchParams(suyos)}`,
      accion: `${baseDe(req)}/${o.nivel}/${encodeURIComponent(o.id)}`,
      campos: e.campos ?? {},
    },
    e.estado,
  );
}

function campo(nombre: string, mensaje: string): ErrorApp {
  return new ErrorApp(422, 'datos_invalidos', mensaje, { campos: { [nombre]: mensaje } });
}
