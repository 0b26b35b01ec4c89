import type { Request, Response, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { VARIABLES } from '../../mensajes/variables.ts';
import { prefiereJson } from '../../web/formato.ts';
import { leer } from '../../web/leer.ts';
import { camposDe, idUsuario, terminar } from '../../web/pagina.ts';
import { baseDe, campo, dibujar } from './comun.ts';
import * as consultas from './consultas.ts';
import * as esquemas from './esquemas.ts';
import { presentarHorario } from './presentar.ts';

/** Los textos sin regla: bienvenida, fuera de horario y las respuestas rápidas del redactor. */
export function rutasTextos(ctx: Contexto, rutas: Router): void {
  rutas.get('/mensajes', async (req, res) => {
    const reglas = await consultas.listarReglas(req.nora.bd);
    const valores = {
      mensaje_bienvenida: reglas.bienvenida ?? '',
      mensaje_fuera_horario: reglas.fuera_horario ?? '',
    };
    if (prefiereJson(req)) return void res.json(valores);
    dibujarMensajes(req, res, reglas, valores, {});
  });

  rutas.post('/mensajes', async (req, res) => {
    try {
      const datos = leer(esquemas.cuerpoMensajes, req.body);
      await consultas.guardarMensajes(req.nora.bd, datos, idUsuario(req));
      terminar(ctx, req, res, `${baseDe(req)}/mensajes`, 'Mensajes guardados.', datos);
    } catch (error) {
      if (!(error instanceof ErrorApp) || prefiereJson(req)) throw error;
      const valores = { mensaje_bienvenida: '', mensaje_fuera_horario: '', ...(req.body as object) };
      dibujarMensajes(
        req,
        res,
        await consultas.listarReglas(req.nora.bd),
        valores,
        camposDe(error),
        error.estado,
      );
    }
  });

  rutas.get('/rapidas', async (req, res) => {
    const { q, editar } = leer(esquemas.consultaRapidas, req.query);
    await dibujarRapidas(req, res, { q, editar });
  });
  rutas.post('/rapidas', (req, res) => guardarRapida(req, res, null));
  rutas.post('/rapidas/:id', (req, res) =>
    guardarRapida(req, res, leer(esquemas.parametrosId, req.params).id),
  );
  rutas.delete('/rapidas/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosId, req.params);
    const rapida = await consultas.borrarRapida(req.nora.bd, id, idUsuario(req));
    if (!rapida) throw noEncontrado('Esa respuesta ya no existe.');
    terminar(ctx, req, res, `${baseDe(req)}/rapidas`, `Se borró /${rapida.atajo}.`, { id });
  });

  async function guardarRapida(req: Request, res: Response, id: string | null): Promise<void> {
    try {
      const datos = leer(esquemas.cuerpoRapida, req.body);
      const hecha = await consultas.guardarRapida(req.nora.bd, { ...datos, id }, idUsuario(req));
      if (!hecha) throw noEncontrado('Esa respuesta ya no existe.');
      if (hecha.r === 'repetida') throw campo('atajo', `Ya hay una respuesta con /${datos.atajo}.`);
      if (hecha.r === 'demasiadas')
        throw campo('atajo', 'Ya tienes 500 respuestas rápidas. Borra las que no uses.');
      terminar(
        ctx,
        req,
        res,
        `${baseDe(req)}/rapidas`,
        `Guardada: /${datos.atajo}.`,
        { id: hecha.id },
        id ? 200 : 201,
      );
    } catch (error) {
      if (!(error instanceof ErrorApp) || prefiereJson(req) || error.estado === 404) throw error;
      const valores = { atajo: '', texto: '', ...(req.body as object) };
      await dibujarRapidas(req, res, {
        q: '',
        editar: id ?? undefined,
        valores,
        campos: camposDe(error),
        estado: error.estado,
      });
    }
  }
}

function dibujarMensajes(
  req: Request,
  res: Response,
  reglas: consultas.Reglas,
  valores: object,
  campos: object,
  estado?: number,
): void {
  const base = baseDe(req);
  const ia = req.nora.modulos.has('ia') ? base.replace(/respuestas$/, 'ia') : '';
  dibujar(
    req,
    res,
    'mensajes',
    {
      titulo: 'Bienvenida y fuera de horario',
      base,
      seccion: 'mensajes',
      rapidas: reglas.rapidas,
      valores,
      campos,
      horario: presentarHorario(reglas),
      ia,
      variables: VARIABLES,
    },
    estado,
  );
}

interface VistaRapidas {
  q: string;
  editar?: string | undefined;
  valores?: { atajo: string; texto: string };
  campos?: Record<string, string>;
  estado?: number;
}

async function dibujarRapidas(req: Request, res: Response, v: VistaRapidas): Promise<void> {
  const rapidas = await consultas.listarRapidas(req.nora.bd);
  if (prefiereJson(req)) return void res.json({ rapidas });
  const abierta = rapidas.find((r) => r.id === v.editar);
  if (v.editar && !abierta) throw noEncontrado('Esa respuesta ya no existe.');
  const datos = {
    titulo: 'Respuestas rápidas',
    base: baseDe(req),
    seccion: 'rapidas',
    lista: rapidas,
    rapidas: rapidas.length,
    editar: abierta ?? null,
    valores: v.valores ?? abierta ?? { atajo: '', texto: '' },
    campos: v.campos ?? {},
  };
  dibujar(req, res, 'rapidas', datos, v.estado);
}
