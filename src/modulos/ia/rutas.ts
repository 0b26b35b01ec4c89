import { type Request, type Response, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { noEncontrado } from '../../errores.ts';
import { ensayar, leerContextosEnsayo } from '../../ia/ensayo.ts';
import { encargarCorrida, encolar, revisarCambio } from '../../ia/pruebas.ts';
import { esFragmento, prefiereJson } from '../../web/formato.ts';
import { fallasDe, leer } from '../../web/leer.ts';
import { idUsuario, tomarAviso } from '../../web/pagina.ts';
import { renderizar } from '../../web/vistas.ts';
import * as consultas from './consultas.ts';
import { CABEZA_CSV, renglonCsv } from './csv.ts';
import * as esquemas from './esquemas.ts';
import { cambiarFoto, MAXIMO_FOTO, recibirFoto } from './foto.ts';
import {
  consultaDe,
  type Entorno,
  OPCIONES_MOTIVO,
  pestanas,
  presentarEnsayo,
  presentarFila,
} from './presentar.ts';
import { horarioEscrito, opcionesModelo, valoresAjustes, valoresHorario } from './presentar_ajustes.ts';
import { presentarCorrida, presentarCorridaAbierta, presentarPrueba } from './presentar_pruebas.ts';
import { presentarCostos } from './presentar_costos.ts';

const VISTAS = 'panel_cliente/ia';
const PAGINA = 40;

/** Rutas de `/panel_cliente/:nombre_nora/ia`. Todo pasa por `req.nora.bd`: sólo existe lo de esa nora. */
export function crearRutasIa(ctx: Contexto): Router {
  const rutas = Router({ mergeParams: true });

  // Ajustes
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
  rutas.get('/probador', (req, res) => {
    const { texto } = leer(esquemas.consultaProbador, req.query);
    dibujarProbador(req, res, { texto, nombre: '', turnos: [] });
  });

  rutas.post('/probador', async (req, res) => {
    const leido = esquemas.cuerpoProbador.safeParse(req.body ?? {});
    if (!leido.success) {
      const { texto = '', nombre = '' } = (req.body ?? {}) as Record<string, string>;
      const previos = esquemas.cuerpoProbador.shape.turnos.safeParse(
        (req.body as { turnos?: string } | undefined)?.turnos,
      );
      return dibujarProbador(req, res, {
        texto,
        nombre,
        turnos: previos.data ?? [],
        campos: fallasDe(leido.error),
      });
    }
    const { texto, nombre, turnos } = leido.data;
    const leidos = await leerContextosEnsayo(req.nora.bd, {
      preguntas: [
        { texto, nombre: nombre || null, turnos: ultimosTurnos(turnos), nuevo: turnos.length === 0 },
      ],
      tokens: ctx.config.ia.tokensConocimiento,
    });
    const contexto = 'contextos' in leidos ? leidos.contextos[0] : undefined;
    if (!contexto) throw noEncontrado();
    const ensayo = await ensayar(ctx, req.nora.bd, contexto, 'probador');
    const dichos = ensayo.cierre.mensajes.map((m) => ({ autor: m.autor, texto: m.texto }));
    dibujarProbador(req, res, {
      texto: '',
      nombre,
      turnos: [...turnos, { autor: 'contacto' as const, texto }, ...dichos].slice(-60),
      pregunta: texto,
      ensayo: presentarEnsayo(ensayo, entornoDe(req)),
    });
  });

  // Pruebas
  rutas.get('/pruebas', async (req, res) => {
    const e = entornoDe(req);
    const lista = await consultas.listarPruebas(req.nora.bd);
    const pruebas = lista.pruebas.map((p) => presentarPrueba(p, e.base));
    dibujar(req, res, 'pruebas', 'pruebas', {
      titulo: 'Pruebas',
      exige: lista.exige_pruebas,
      pruebas,
      activas: pruebas.filter((p) => p.activa).length,
      corridas: lista.corridas.map((c) => presentarCorrida(c, e)),
      esperando: lista.corridas
        .filter((c) => c.publicacion === 'esperando')
        .map((c) => presentarCorrida(c, e)),
    });
  });

  rutas.get('/pruebas/nueva', async (req, res) => {
    const q = leer(esquemas.consultaPrueba, req.query);
    await dibujarPrueba(req, res, null, {
      valores: { ...PRUEBA_VACIA, pregunta: q.pregunta, espera: q.espera, citas: q.cita },
    });
  });

  rutas.post('/pruebas', (req, res) => guardarPrueba(req, res, null));
  rutas.get('/pruebas/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    await dibujarPrueba(req, res, id, {});
  });
  rutas.post('/pruebas/:id', (req, res) =>
    guardarPrueba(req, res, leer(esquemas.parametrosId, req.params).id),
  );
  rutas.delete('/pruebas/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    if (!(await consultas.borrarPrueba(req.nora.bd, id, idUsuario(req))))
      throw noEncontrado('Esa prueba ya no existe.');
    terminar(req, res, '/pruebas', 'Prueba borrada.');
  });

  rutas.post('/exigencia', async (req, res) => {
    const { exige } = leer(esquemas.cuerpoExigir, req.body);
    await consultas.guardarAjustes(req.nora.bd, { exige_pruebas: exige }, idUsuario(req));
    terminar(
      req,
      res,
      '/pruebas',
      exige
        ? 'Los cambios pasarán por las pruebas antes de publicarse.'
        : 'Los cambios se guardan sin exigir las pruebas.',
    );
  });

  // Corridas
  rutas.post('/corridas', async (req, res) => {
    const { bd, nombre_nora } = req.nora;
    const hecha = await encargarCorrida(ctx, {
      bd,
      nombre_nora,
      usuario: idUsuario(req),
      cambio: null,
      resumen: null,
    });
    if (!hecha) return terminar(req, res, '/pruebas', 'Agrega una prueba para poder correrlas.', 'mal');
    res.redirect(303, hecha.ruta);
  });

  rutas.get('/pruebas/corridas/:id', async (req, res) => {
    const e = entornoDe(req);
    const corrida = await obtenerCorrida(req);
    const datos = { corrida: presentarCorridaAbierta(corrida, e), base: e.base };
    if (esFragmento(req)) return renderizar(res, `${VISTAS}/_corrida`, datos, { layout: null });
    dibujar(req, res, 'corrida', 'pruebas', { titulo: 'Corrida de pruebas', ...datos });
  });

  rutas.post('/pruebas/corridas/:id/reintento', async (req, res) => {
    const { id } = await obtenerCorrida(req);
    if (await consultas.reintentarCorrida(req.nora.bd, id)) await encolar(ctx, req.nora.nombre_nora, id);
    terminar(req, res, `/pruebas/corridas/${id}`, '');
  });

  rutas.post('/pruebas/corridas/:id/publicacion', async (req, res) => {
    const { id } = await obtenerCorrida(req);
    const hecho = await consultas.publicarCambio(req.nora.bd, id, idUsuario(req));
    if (hecho?.r === 'impedido')
      return terminar(req, res, `/pruebas/corridas/${id}`, 'No se pudo publicar.', 'mal');
    ctx.vivo.emitir(req.nora.nombre_nora, 'nora:actualizada', {});
    terminar(
      req,
      res,
      `/pruebas/corridas/${id}`,
      hecho ? 'Cambio publicado.' : 'Ese cambio ya se había resuelto.',
    );
  });

  rutas.delete('/pruebas/corridas/:id/publicacion', async (req, res) => {
    const { id } = await obtenerCorrida(req);
    const hecho = await consultas.descartarCambio(req.nora.bd, id, idUsuario(req));
    terminar(
      req,
      res,
      `/pruebas/corridas/${id}`,
      hecho ? 'Cambio descartado: todo sigue como estaba.' : 'Ese cambio ya se había resuelto.',
    );
  });

  // Auditoría de respuestas
  rutas.get('/auditoria', async (req, res) => {
    const q = leer(esquemas.consultaAuditoria, req.query);
    const e = entornoDe(req);
    const pagina = await consultas.auditar(req.nora.bd, q, PAGINA);
    const filas = pagina.filas.map((f) => presentarFila(f, e));
    const ultima = pagina.hay_mas ? pagina.filas.at(-1) : undefined;
    const datos = {
      filas,
      siguiente: ultima && `${e.base}/auditoria${consultaDe(q, { antes: `${ultima.creado}_${ultima.id}` })}`,
    };
    if (esFragmento(req)) return renderizar(res, `${VISTAS}/_respuestas`, datos, { layout: null });
    dibujar(req, res, 'auditoria', 'auditoria', {
      titulo: 'Respuestas de Nora',
      ...datos,
      q,
      filtrado: consultaDe(q) !== '',
      csv: `${e.base}/auditoria.csv${consultaDe(q)}`,
      motivos: OPCIONES_MOTIVO,
      modelos: pagina.modelos,
      seguido: q.antes !== undefined,
    });
  });

  rutas.get('/auditoria.csv', async (req, res) => {
    const q = leer(esquemas.consultaAuditoria, req.query);
    res.setHeader('Content-Type', 'text/csv; charset=utf-8');
    res.setHeader('Content-Disposition', `attachment; filename="respuestas_${req.nora.nombre_nora}.csv"`);
    res.write(`\ufeff${CABEZA_CSV}`);
    let { antes } = q;
    for (;;) {
      const pagina = await consultas.auditar(req.nora.bd, { ...q, antes }, 500);
      const seguir = res.write(pagina.filas.map((f) => renglonCsv(f, req.nora.zona_horaria)).join(''));
      const ultima = pagina.filas.at(-1);
      if (!pagina.hay_mas || !ultima || res.destroyed) break;
      antes = { fecha: ultima.creado, id: ultima.id };
      if (!seguir) await new Promise<void>((listo) => res.once('drain', listo).once('close', listo));
    }
    res.end();
  });

  // Costo
  rutas.get('/costos', async (req, res) => {
    const { mes } = leer(esquemas.consultaCostos, req.query);
    const costos = await consultas.leerCostos(req.nora.bd, mes ? `${mes}-01` : null);
    dibujar(req, res, 'costos', 'costos', {
      titulo: 'Costo de la IA',
      costos: presentarCostos(costos, entornoDe(req)),
    });
  });

  return rutas;

  function entornoDe(req: Request): Entorno {
    const { nombre_nora, zona_horaria, modulos } = req.nora;
    const panel = `/panel_cliente/${nombre_nora}`;
    return {
      base: `${panel}/ia`,
      zona: zona_horaria,
      chat: modulos.has('chat') ? `${panel}/chat` : '',
      conocimiento: modulos.has('conocimiento') ? `${panel}/conocimiento` : '',
      modelo: ctx.modelo?.modelo ?? null,
      precios: ctx.config.ia.precios,
    };
  }

  function dibujar(
    req: Request,
    res: Response,
    vista: string,
    pestana: string,
    datos: object,
    estado?: number,
  ): void {
    const e = entornoDe(req);
    const comunes = { base: e.base, pestanas: pestanas(e.base, pestana), aviso: tomarAviso(req) };
    renderizar(res, `${VISTAS}/${vista}`, { ...comunes, ...datos }, { ...(estado && { estado }) });
  }

  interface Falla {
    escrito?: unknown;
    campos?: Record<string, string>;
    horario?: ReturnType<typeof horarioEscrito>;
    estado?: number;
  }

  /** La página de ajustes; con `escrito` u `horario`, tal como la persona la mandó y con sus errores al lado. */
  async function dibujarAjustes(
    req: Request,
    res: Response,
    { escrito, campos = {}, horario, estado }: Falla,
  ): Promise<void> {
    const a = await obtenerAjustes(req);
    const e = entornoDe(req);
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
      req,
      res,
      'index',
      'ajustes',
      datos,
      escrito !== undefined || horario ? (estado ?? 422) : undefined,
    );
  }

  function dibujarProbador(
    req: Request,
    res: Response,
    datos: {
      texto: string;
      nombre: string;
      turnos: object[];
      campos?: Record<string, string>;
      pregunta?: string;
      ensayo?: object;
    },
  ): void {
    const vista = {
      campos: {},
      ensayo: null,
      pregunta: '',
      ...datos,
      apagada: !req.nora.ia_activa,
      local: ctx.modelo === null,
    };
    const base = entornoDe(req).base;
    const estado = Object.keys(vista.campos).length > 0 ? 422 : undefined;
    if (esFragmento(req))
      return renderizar(
        res,
        `${VISTAS}/_probador`,
        { base, ...vista },
        { layout: null, ...(estado && { estado }) },
      );
    dibujar(req, res, 'probador', 'probador', { titulo: 'Probador', ...vista }, estado);
  }

  async function guardarPrueba(req: Request, res: Response, id: string | null): Promise<void> {
    const leido = esquemas.cuerpoPrueba.safeParse(req.body ?? {});
    if (!leido.success)
      return dibujarPrueba(req, res, id, { escrito: req.body, campos: fallasDe(leido.error) });
    const hecho = await consultas.guardarPrueba(
      req.nora.bd,
      { ...leido.data, ...(id && { id }) },
      idUsuario(req),
    );
    if (!hecho) throw noEncontrado('Esa prueba ya no existe.');
    if (hecho.r !== 'guardada') {
      const texto =
        hecho.r === 'repetida'
          ? 'Ya hay una prueba con esa pregunta.'
          : 'Llegaste a 200 pruebas. Borra alguna para agregar otra.';
      return dibujarPrueba(req, res, id, { escrito: req.body, campos: { pregunta: texto } });
    }
    terminar(req, res, '/pruebas', 'Prueba guardada.');
  }

  async function dibujarPrueba(
    req: Request,
    res: Response,
    id: string | null,
    {
      escrito,
      valores,
      campos = {},
    }: { escrito?: unknown; valores?: typeof PRUEBA_VACIA; campos?: Record<string, string> },
  ): Promise<void> {
    const lista = await consultas.listarPruebas(req.nora.bd);
    const prueba = id ? lista.pruebas.find((p) => p.id === id) : null;
    if (id && !prueba) throw noEncontrado('Esa prueba ya no existe.');
    const de = prueba
      ? {
          pregunta: prueba.pregunta,
          espera: prueba.espera as string,
          contiene: prueba.contiene.join('\n'),
          no_contiene: prueba.no_contiene.join('\n'),
          citas: prueba.citas.map((c) => c.id),
          activa: prueba.activa,
        }
      : (valores ?? PRUEBA_VACIA);
    const puesto = escrito ? valoresEscritos(escrito as Record<string, unknown>) : de;
    const citados = new Set(puesto.citas);
    dibujar(
      req,
      res,
      'prueba',
      'pruebas',
      {
        titulo: id ? 'Editar prueba' : 'Prueba nueva',
        id,
        valores: puesto,
        campos,
        bloques: lista.bloques.map((b) => ({ ...b, puesto: citados.has(b.id) })),
        conocimiento: entornoDe(req).conocimiento,
      },
      escrito ? 422 : undefined,
    );
  }
}

const PRUEBA_VACIA = {
  pregunta: '',
  espera: 'responde' as string,
  contiene: '',
  no_contiene: '',
  citas: [] as string[],
  activa: true,
};

function valoresEscritos(cuerpo: Record<string, unknown>): typeof PRUEBA_VACIA {
  const texto = (clave: string) => (typeof cuerpo[clave] === 'string' ? cuerpo[clave] : '');
  const citas = [cuerpo['citas'] ?? []].flat().filter((c): c is string => typeof c === 'string');
  return {
    pregunta: texto('pregunta'),
    espera: texto('espera'),
    contiene: texto('contiene'),
    no_contiene: texto('no_contiene'),
    citas,
    activa: cuerpo['activa'] !== undefined,
  };
}

type Turnos = { autor: 'contacto' | 'ia' | 'automatica'; texto: string }[];

/** Los que el canal le daría: los más recientes. */
function ultimosTurnos(turnos: Turnos): Turnos {
  return turnos.slice(-40);
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

async function obtenerCorrida(req: Request): Promise<consultas.CorridaAbierta> {
  const { id } = leer(esquemas.parametrosId, req.params);
  const corrida = await consultas.abrirCorrida(req.nora.bd, id);
  if (!corrida) throw noEncontrado('Esa corrida ya no existe.');
  return corrida;
}

function terminar(
  req: Request,
  res: Response,
  ruta: string,
  texto: string,
  tipo: 'bien' | 'mal' = 'bien',
): void {
  if (texto) req.session.aviso = { tipo, texto };
  res.redirect(303, `/panel_cliente/${req.nora.nombre_nora}/ia${ruta}`);
}
