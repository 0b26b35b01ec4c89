import { type Request, type Response, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { conPuerta } from '../../trabajos/puerta.ts';
import type { Tarea } from '../../trabajos/trabajos.ts';
import * as fechas from '../../web/fechas.ts';
import { prefiereJson } from '../../web/formato.ts';
import { fallasDe, leer } from '../../web/leer.ts';
import { avisarNora, idUsuario, tomarAviso } from '../../web/pagina.ts';
import { renderizar } from '../../web/vistas.ts';
import * as consultas from './consultas.ts';
import * as esquemas from './esquemas.ts';

const COLA_CAMBIOS = 'cambios_etiquetas';
/** Tandas de mil contactos que se llevan en la misma petición; lo demás lo termina un trabajo. */
const TANDAS_EN_EL_MOMENTO = 3;

/** Rutas de `/panel_cliente/:nombre_nora/etiquetas`. */
export function crearRutasEtiquetas(ctx: Contexto): Router {
  const rutas = Router({ mergeParams: true });

  rutas.get('/', (req, res) => pintar(req, res));

  rutas.post('/', async (req, res) => {
    const r = esquemas.cuerpoEtiqueta.safeParse(req.body ?? {});
    if (!r.success) return pintar(req, res, { valores: req.body as object, errores: fallasDe(r.error) });
    const hecho = await consultas.guardarEtiqueta(req.nora.bd, null, cuerpoDe(r.data), idUsuario(req));
    if (hecho.r === 'repetida')
      return pintar(req, res, {
        valores: req.body as object,
        errores: { nombre: 'Ya hay una etiqueta con ese nombre' },
      });
    if (hecho.r === 'demasiadas')
      throw new ErrorApp(409, 'demasiadas', 'Una nora puede tener hasta 300 etiquetas.');
    volver(ctx, req, res, `Etiqueta «${r.data.nombre}» creada.`);
  });

  rutas.post('/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const r = esquemas.cuerpoEtiqueta.safeParse(req.body ?? {});
    if (!r.success)
      return pintar(req, res, { editar: id, valores: req.body as object, errores: fallasDe(r.error) });
    const hecho = await consultas.guardarEtiqueta(req.nora.bd, id, cuerpoDe(r.data), idUsuario(req));
    if (hecho.r === 'no_esta') throw noEncontrado('Esa etiqueta ya no está.');
    if (hecho.r !== 'guardada')
      return pintar(req, res, {
        editar: id,
        valores: req.body as object,
        errores: { nombre: 'Ya hay otra con ese nombre. Si son la misma, usa «Unir con otra».' },
      });
    await llevar(ctx, req, hecho.cambio);
    volver(ctx, req, res, `Etiqueta «${r.data.nombre}» guardada.`);
  });

  rutas.delete('/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const hecho = await consultas.borrarEtiqueta(req.nora.bd, id, idUsuario(req));
    if (!hecho) throw noEncontrado('Esa etiqueta ya no está.');
    await llevar(ctx, req, hecho.cambio);
    volver(ctx, req, res, `Etiqueta «${hecho.nombre}» borrada del catálogo y de sus contactos.`);
  });

  rutas.post('/:id/union', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const { con } = leer(esquemas.cuerpoUnion, req.body);
    const hecho = await consultas.unirEtiquetas(req.nora.bd, id, con, idUsuario(req));
    if (!hecho) throw noEncontrado('Una de las dos etiquetas ya no está.');
    await llevar(ctx, req, hecho.cambio);
    volver(ctx, req, res, `«${hecho.de}» ahora es «${hecho.a}».`);
  });

  rutas.post('/reglas/nueva', (req, res) => guardarRegla(ctx, req, res, null));
  rutas.post('/reglas/:id', (req, res) =>
    guardarRegla(ctx, req, res, leer(esquemas.parametrosId, req.params).id),
  );
  rutas.delete('/reglas/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    if (!(await consultas.borrarRegla(req.nora.bd, id, idUsuario(req))))
      throw noEncontrado('Esa regla ya no está.');
    volver(ctx, req, res, 'Regla borrada. Las etiquetas que ya puso se quedan.', 'reglas');
  });
  rutas.post('/reglas/:id/actividad', cambiarActividad(true));
  rutas.delete('/reglas/:id/actividad', cambiarActividad(false));

  function cambiarActividad(activo: boolean) {
    return async (req: Request, res: Response): Promise<void> => {
      const { id } = leer(esquemas.parametrosId, req.params);
      if (!(await consultas.activarRegla(req.nora.bd, id, activo, idUsuario(req))))
        throw noEncontrado('Esa regla ya no está.');
      volver(ctx, req, res, activo ? 'Regla encendida.' : 'Regla apagada.', 'reglas');
    };
  }
  return rutas;
}

/** La cola que termina de llevar un cambio de nombre a miles de contactos. */
export function tareasEtiquetas(ctx: Contexto): Tarea[] {
  return [
    conPuerta(ctx, 'etiquetas', {
      cola: COLA_CAMBIOS,
      async trabajar({ nombre_nora, id }) {
        if (typeof nombre_nora !== 'string' || typeof id !== 'string') throw new Error('Encargo mal formado');
        const bd = ctx.bd.deNora(nombre_nora);
        while ((await consultas.avanzarCambio(bd, id))?.faltan) {
          // Cada tanda es su transacción: los mensajes que llegan no esperan a que termine todo.
        }
        ctx.vivo.emitir(nombre_nora, 'nora:actualizada', {});
      },
    }),
  ];
}

async function guardarRegla(ctx: Contexto, req: Request, res: Response, id: string | null): Promise<void> {
  const r = esquemas.cuerpoRegla.safeParse(req.body ?? {});
  if (!r.success)
    return pintar(req, res, {
      regla: id ?? 'nueva',
      valoresRegla: req.body as object,
      erroresRegla: fallasDe(r.error),
    });
  const hecho = await consultas.guardarRegla(req.nora.bd, id, r.data, idUsuario(req));
  if (hecho.r === 'no_esta') throw noEncontrado('Esa regla o su etiqueta ya no está.');
  if (hecho.r === 'demasiadas')
    throw new ErrorApp(409, 'demasiadas', 'Una nora puede tener hasta 200 reglas.');
  volver(ctx, req, res, 'Regla guardada. Vale para los mensajes que lleguen desde ahora.', 'reglas');
}

async function llevar(ctx: Contexto, req: Request, cambio: string | null): Promise<void> {
  if (!cambio) return;
  for (let i = 0; i < TANDAS_EN_EL_MOMENTO; i++)
    if (!(await consultas.avanzarCambio(req.nora.bd, cambio))?.faltan) break;
  // Aun si ya terminó: el encargo lo comprueba, y así nada queda a medias si el proceso se apaga aquí.
  const { nombre_nora } = req.nora;
  await ctx.trabajos.encolar(COLA_CAMBIOS, { nombre_nora, id: cambio });
}

interface Extra {
  editar?: string;
  regla?: string;
  valores?: object;
  errores?: Record<string, string>;
  valoresRegla?: object;
  erroresRegla?: Record<string, string>;
}

async function pintar(req: Request, res: Response, extra: Extra = {}): Promise<void> {
  const q = leer(esquemas.consultaPagina, req.query);
  const fallo = { ...extra.errores, ...extra.erroresRegla };
  const mal = Object.keys(fallo).length > 0;
  if (mal && prefiereJson(req))
    throw new ErrorApp(422, 'datos_invalidos', 'Revisa los datos marcados.', { campos: fallo });
  const [catalogo, probadas] = await Promise.all([
    consultas.listarEtiquetas(req.nora.bd),
    q.probar ? consultas.probarReglas(req.nora.bd, q.probar) : null,
  ]);
  const ahora = new Date();
  renderizar(
    res,
    'panel_cliente/etiquetas/index',
    {
      titulo: 'Etiquetas',
      estilos: ['contactos', 'etiquetas'],
      base: baseDe(req),
      urlContactos: req.nora.modulos.has('contactos') ? baseDe(req).replace(/etiquetas$/, 'contactos') : '',
      conIa: req.nora.modulos.has('ia'),
      aviso: tomarAviso(req),
      colores: esquemas.COLORES,
      etiquetas: catalogo.etiquetas.map((e) => ({
        ...e,
        descripcion: e.descripcion ?? '',
        contactos: e.n === 1 ? '1 contacto' : `${fechas.numero(e.n)} contactos`,
      })),
      pendientes: catalogo.pendientes,
      reglas: catalogo.reglas.map((r) => ({
        ...r,
        usosTexto:
          r.usos === 0
            ? 'Sin usarse todavía'
            : `${fechas.numero(r.usos)} ${r.usos === 1 ? 'vez' : 'veces'}${r.ultimo_uso ? `, ${fechas.hace(r.ultimo_uso, ahora, req.nora.zona_horaria)}` : ''}`,
      })),
      editar: extra.editar ?? q.editar ?? '',
      reglaAbierta: extra.regla ?? q.regla ?? '',
      probar: q.probar,
      probadas,
      valores: textos(extra.valores),
      errores: extra.errores ?? {},
      valoresRegla: textos(extra.valoresRegla),
      erroresRegla: extra.erroresRegla ?? {},
    },
    { estado: mal ? 422 : 200 },
  );
}

function cuerpoDe(e: { nombre: string; color: string; descripcion: string; ia_puede?: '1' | undefined }) {
  return { ...e, ia_puede: e.ia_puede === '1' };
}

function textos(valores: object = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(valores).filter((par): par is [string, string] => typeof par[1] === 'string'),
  );
}

/** Lo guardado ya lo ven las demás pantallas; la persona regresa a la lista y lo lee. */
function volver(ctx: Pick<Contexto, 'vivo'>, req: Request, res: Response, texto: string, ancla = ''): void {
  avisarNora(ctx, req);
  if (prefiereJson(req)) return void res.sendStatus(204);
  req.session.aviso = { tipo: 'bien', texto };
  res.redirect(303, `${baseDe(req)}${ancla ? `#${ancla}` : ''}`);
}

function baseDe(req: Request): string {
  return `/panel_cliente/${req.nora.nombre_nora}/etiquetas`;
}
