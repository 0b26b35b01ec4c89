import { type Request, type Response, Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { ErrorApp } from '../errores.ts';
import { prefiereJson } from '../web/formato.ts';
import { leer } from '../web/leer.ts';
import { enviarCsv, hecho, pagina, quien } from './comun.ts';
import { esquemaErrores, esquemaIds } from './esquemas.ts';

interface FilaError {
  id: string;
  tipo: string;
  descripcion: string;
  origen: string | null;
  nombre_nora: string | null;
  veces: number;
  primera_vez: string;
  fecha_hora: string;
  resuelto: boolean;
  resuelto_en: string | null;
  resuelto_por: string | null;
  reaperturas: number;
}

const TIPOS = ['IA', 'Supabase', 'OpenAI', 'Twilio', 'Webhook', 'SocketIO', 'Meta', 'Trabajos', 'Web'];
const PAGINA = 50;

/** `/admin/debug`: los errores juntos por huella. */
export function crearRutasErrores(ctx: Contexto): Router {
  const router = Router();

  router.get('/debug', async (req, res) => {
    const { antes, antes_id, ...filtro } = leer(esquemaErrores, req.query);
    const { errores, abiertos, por_tipo } = await listar(filtro, antes, antes_id, PAGINA);
    const visibles = errores.slice(0, PAGINA);
    const ultimo = errores.length > PAGINA ? visibles.at(-1) : undefined;
    const datos = {
      filtro,
      tipos: TIPOS,
      abiertos,
      por_tipo,
      errores: visibles.map((e) => ({ ...e, resumen: e.descripcion.split('\n', 1)[0] ?? '' })),
      siguiente:
        ultimo &&
        new URLSearchParams({ ...filtro, antes: ultimo.fecha_hora, antes_id: ultimo.id }).toString(),
      consulta: new URLSearchParams(filtro).toString(),
    };
    pagina(req, res, 'errores/index', datos, { seccion: 'errores', titulo: 'Errores' });
  });

  router.get('/debug/csv', async (req, res) => {
    const { antes: _a, antes_id: _b, ...filtro } = leer(esquemaErrores, req.query);
    async function* paginas(): AsyncGenerator<unknown[][]> {
      let antes: string | null = null;
      let id: string | null = null;
      for (;;) {
        const { errores } = await listar(filtro, antes, id, 500);
        const lote = errores.slice(0, 500);
        yield lote.map((e) => COLUMNAS.map((c) => e[c]));
        const ultimo = lote.at(-1);
        if (errores.length <= 500 || !ultimo) return;
        antes = ultimo.fecha_hora;
        id = ultimo.id;
      }
    }
    await enviarCsv(res, 'errores', [...COLUMNAS], paginas());
  });

  const resolver = (resuelto: boolean) => async (req: Request, res: Response) => {
    const { ids: elegidos, uno } = leer(esquemaIds, req.body);
    // El botón de un renglón manda sólo el suyo, aunque haya casillas marcadas.
    const ids = uno ? [uno] : elegidos;
    const ruta = volver(req.get('referer'));
    if (ids.length === 0) {
      if (prefiereJson(req)) throw new ErrorApp(422, 'datos_invalidos', 'Elige al menos un error.');
      req.session.aviso = { tipo: 'mal', texto: 'Elige al menos un error.' };
      return res.redirect(303, ruta);
    }
    const { data } = await ctx.bd.servicio
      .rpc('resolver_errores', { p_ids: ids, p_resuelto: resuelto, p_quien: quien(req) })
      .throwOnError();
    ctx.vivo.avisarAdmin('errores');
    const n = Number(data);
    const texto = `${n === 1 ? 'Un error' : `${n} errores`} ${resuelto ? (n === 1 ? 'resuelto' : 'resueltos') : n === 1 ? 'reabierto' : 'reabiertos'}.`;
    hecho(req, res, { ruta, texto, json: { cambiados: n } });
  };
  router.post('/debug/resueltos', resolver(true));
  router.post('/debug/abiertos', resolver(false));

  return router;

  async function listar(filtro: object, antes: string | null, id: string | null, n: number) {
    const { data } = await ctx.bd.servicio
      .rpc('listar_errores', {
        p: filtro as never,
        p_antes: antes as string,
        p_antes_id: id as string,
        p_n: n,
      })
      .throwOnError();
    return data as unknown as { errores: FilaError[]; abiertos: number; por_tipo: Record<string, number> };
  }
}

const COLUMNAS = [
  'tipo',
  'nombre_nora',
  'origen',
  'veces',
  'primera_vez',
  'fecha_hora',
  'resuelto',
  'resuelto_por',
  'reaperturas',
  'descripcion',
] as const;

/** La misma lista filtrada de la que venía, y nunca otra página. */
function volver(referer: string | undefined): string {
  const url = referer && URL.canParse(referer) ? new URL(referer) : null;
  return url?.pathname === '/admin/debug' ? `/admin/debug${url.search}` : '/admin/debug';
}
