import type { Request, Response, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { noEncontrado } from '../../errores.ts';
import { revisarCambio } from '../../ia/pruebas.ts';
import { prefiereJson } from '../../web/formato.ts';
import { fallasDe, leer } from '../../web/leer.ts';
import { idUsuario } from '../../web/pagina.ts';
import { dibujar, entornoDe, terminar } from './comun.ts';
import * as consultas from './consultas.ts';
import * as esquemas from './esquemas.ts';
import { cambiarFoto, MAXIMO_FOTO, recibirFoto } from './foto.ts';
import { horarioEscrito, opcionesModelo, valoresAjustes, valoresHorario } from './presentar_ajustes.ts';

/** Personalidad, instrucciones, horario, foto y encendido. */
export function rutasAjustes(ctx: Contexto, rutas: Router): void {
  rutas.get('/', (req, res) => dibujarAjustes(req, res, {}));

  rutas.post('/', async (req, res) => {
    const leido = esquemas.cuerpoAjustes.safeParse(req.body ?? {});
    if (!leido.success) return dibujarAjustes(req, res, { escrito: req.body, campos: fallasDe(leido.error) });
    const { accion, ...datos } = leido.data;
    if (
      datos.modelo_ia &&
      !ctx.config.ia.precios[datos.modelo_ia] &&
      !(await esElSuyo(req, datos.modelo_ia))
    ) {
      return dibujarAjustes(req, res, {
        escrito: req.body,
        campos: { modelo_ia: 'Ese modelo no está en la lista.' },
      });
    }
    const cambios = queCambia(await obtenerAjustes(req), datos);
    const nombres = Object.keys(cambios).flatMap((clave) => NOMBRES[clave] ?? []);
    if (nombres.length > 0) {
      const revision = await revisarCambio(ctx, {
        bd: req.nora.bd,
        nombre_nora: req.nora.nombre_nora,
        usuario: idUsuario(req),
        cambio: [{ op: 'ajustes', datos: { ...cambios, huella: datos.huella } }],
        resumen: `Ajustes: ${nombres.join(', ')}`,
        siempre: accion === 'probar',
      });
      if (revision.r === 'en_prueba') return res.redirect(303, revision.ruta);
    }
    const hecho = await consultas.guardarAjustes(req.nora.bd, datos, idUsuario(req));
    if (hecho?.r === 'cambiado') {
      const quien = hecho.quien ?? 'Otra persona';
      const choque = `${quien} guardó otra cosa mientras editabas. Copia lo tuyo, recarga la página y vuelve a ponerlo.`;
      return dibujarAjustes(req, res, { escrito: req.body, campos: { _: choque }, estado: 409 });
    }
    terminar(req, res, '', 'Ajustes guardados.');
  });

  rutas.post('/encendido', async (req, res) => {
    const { activa } = leer(esquemas.cuerpoEncendido, req.body);
    await consultas.guardarAjustes(req.nora.bd, { ia_activa: activa === 'si' }, idUsuario(req));
    await ctx.registro.refrescar(req.nora.nombre_nora);
    ctx.bd.avisar('atenciones');
    terminar(
      req,
      res,
      '',
      activa === 'si' ? 'Nora está encendida.' : 'Nora está apagada: los mensajes llegan, pero no contesta.',
    );
  });

  rutas.post('/horario', async (req, res) => {
    const leido = esquemas.cuerpoHorario.safeParse(req.body ?? {});
    if (!leido.success) {
      const errores = fallasDe(leido.error);
      return dibujarAjustes(req, res, {
        horario: horarioEscrito(req.body as Record<string, string>, errores),
      });
    }
    await consultas.guardarAjustes(req.nora.bd, { horario: leido.data.horario }, idUsuario(req));
    terminar(req, res, '', 'Horario guardado.');
  });

  rutas.post('/foto', async (req, res) => {
    const ruta = await recibirFoto(ctx, req, idUsuario(req));
    ctx.vivo.emitir(req.nora.nombre_nora, 'nora:actualizada', {});
    if (prefiereJson(req)) return void res.json({ ruta });
    terminar(req, res, '', 'Foto guardada.');
  });

  rutas.delete('/foto', async (req, res) => {
    await cambiarFoto(ctx, req, '', idUsuario(req));
    terminar(req, res, '', 'Foto quitada.');
  });

  // Probador
  /** La página de ajustes; con `escrito` u `horario`, tal como la persona la mandó y con sus errores al lado. */
  async function dibujarAjustes(
    req: Request,
    res: Response,
    { escrito, campos = {}, horario, estado }: Falla,
  ): Promise<void> {
    const a = await obtenerAjustes(req);
    const e = entornoDe(ctx, req);
    const valores = {
      ...valoresAjustes(a),
      ...(escrito as Partial<ReturnType<typeof valoresAjustes>> | undefined),
    };
    const datos = {
      titulo: 'Inteligencia artificial',
      valores,
      campos,
      ajustes: a,
      horario: horario ?? valoresHorario(a.horario),
      modelos: opcionesModelo(e, valores.modelo_ia),
      modelo: e.modelo,
      megas: MAXIMO_FOTO / 1_048_576,
      ultimo: a.ultimo,
    };
    dibujar(
      ctx,
      req,
      res,
      'index',
      'ajustes',
      datos,
      escrito !== undefined || horario ? (estado ?? 422) : undefined,
    );
  }
}

interface Falla {
  escrito?: unknown;
  campos?: Record<string, string>;
  horario?: ReturnType<typeof horarioEscrito>;
  estado?: number;
}

/** Los ajustes que mueven lo que Nora contesta. */
const NOMBRES: Record<string, string> = {
  personalidad: 'personalidad',
  instrucciones: 'instrucciones',
  modo_respuesta: 'modo',
  modelo_ia: 'modelo',
  palabras_pase: 'palabras de pase',
  mensaje_fuera_de_tema: 'respuesta fuera de tema',
};

type Datos = Omit<esquemas.CuerpoAjustes, 'accion' | 'huella'>;

/** Lo escrito que difiere de lo guardado; vacío y ausente son lo mismo. */
function queCambia(actual: consultas.Ajustes, { ...datos }: Datos): Partial<Datos> {
  const antes: Record<string, unknown> = { ...actual };
  const llano = (v: unknown) => JSON.stringify(v ?? '');
  return Object.fromEntries(
    Object.entries(datos).filter(
      ([clave, valor]) => clave in antes && clave !== 'huella' && llano(antes[clave]) !== llano(valor),
    ),
  );
}

async function obtenerAjustes(req: Request): Promise<consultas.Ajustes> {
  const ajustes = await consultas.leerAjustes(req.nora.bd);
  if (!ajustes) throw noEncontrado();
  return ajustes;
}

async function esElSuyo(req: Request, modelo: string): Promise<boolean> {
  return (await obtenerAjustes(req)).modelo_ia === modelo;
}
