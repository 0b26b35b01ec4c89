import type { Request, Response, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { noEncontrado } from '../../errores.ts';
import { ensayar, leerContextosEnsayo } from '../../ia/ensayo.ts';
import { esFragmento } from '../../web/formato.ts';
import { fallasDe, leer } from '../../web/leer.ts';
import { renderizar } from '../../web/vistas.ts';
import { dibujar, entornoDe, VISTAS } from './comun.ts';
import * as esquemas from './esquemas.ts';
import { presentarEnsayo } from './presentar.ts';

/** Hablar con Nora por el mismo camino que el canal, sin enviar nada. */
export function rutasProbador(ctx: Contexto, rutas: Router): void {
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
      ensayo: presentarEnsayo(ensayo, entornoDe(ctx, req)),
    });
  });

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
    const base = entornoDe(ctx, req).base;
    const estado = Object.keys(vista.campos).length > 0 ? 422 : undefined;
    if (esFragmento(req))
      return renderizar(
        res,
        `${VISTAS}/_probador`,
        { base, ...vista },
        { layout: null, ...(estado && { estado }) },
      );
    dibujar(ctx, req, res, 'probador', 'probador', { titulo: 'Probador', ...vista }, estado);
  }
}

type Turnos = { autor: 'contacto' | 'ia' | 'automatica'; texto: string }[];

/** Los que el canal le daría: los más recientes. */
function ultimosTurnos(turnos: Turnos): Turnos {
  return turnos.slice(-40);
}
